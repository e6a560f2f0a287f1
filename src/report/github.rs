//! GitHub Actions workflow commands: annotations on the lines of the pull request.

use super::{diagnostics, text};
use crate::{diagnostic::Severity, suite::ScenarioResult};
use std::fmt::Write;

/// One line per finding and failed expectation.
pub fn check(results: &[ScenarioResult]) -> String {
    let mut out = String::new();
    for scenario in results {
        for found in scenario.diagnostics.iter() {
            let level = match found.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "notice",
            };
            let (file, line, column) = diagnostics::place(found, &scenario.sources);
            let file = file.unwrap_or_else(|| scenario.file.clone());
            let message = match &found.help {
                Some(help) => format!("{}\nhelp: {help}", found.message),
                None => found.message.clone(),
            };
            command(&mut out, level, &file, (line.unwrap_or(1), column.unwrap_or(1)), found.code, &message);
        }
        for result in scenario.results.iter().filter(|result| !result.passed) {
            let (line, column) = scenario.sources.position(&result.span);
            let file = scenario.sources.get(result.span.source).name.clone();
            let message = text::plain(&text::failure(result, scenario));
            command(&mut out, "error", &file, (line, column), &text::headline(result), &message);
        }
    }
    out
}

fn command(out: &mut String, level: &str, file: &str, at: (usize, usize), title: &str, message: &str) {
    let (line, column) = at;
    let _ = writeln!(
        out,
        "::{level} file={},line={line},col={column},title={}::{}",
        property(file),
        property(title),
        data(message)
    );
}

/// Escapes a message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
