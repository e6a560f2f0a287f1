//! `--format github`: workflow commands that GitHub shows beside the line in a pull request.
//!
//! In: results or diagnostics. Out: a command per line. Deliberately absent: what holds.

use super::{
    junit::{message, story},
    places::{Places, Spot},
    text::subject,
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, Severity, Sources},
    suite::{ExpectationResult, ScenarioResult},
};

/// Findings about all files, then every expectation that fails.
pub fn check(results: &[ScenarioResult]) -> String {
    let of_file = |result: &ScenarioResult| {
        let failures = result.results.iter().filter(|one| !one.passed);
        let places = Places::new(&result.sources);
        let failures: String = failures.map(|one| failure(result, one, &places)).collect();
        diagnostics(&result.diagnostics, &result.sources) + &failures
    };
    results.iter().map(of_file).collect()
}

/// Findings about one file.
pub fn diagnostics(all: &Diagnostics, sources: &Sources) -> String {
    let places = Places::new(sources);
    all.iter().map(|one| finding(one, &places)).collect()
}

fn finding(one: &Diagnostic, places: &Places<'_>) -> String {
    let kind = match one.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let message = match &one.help {
        Some(help) => format!("{}\nhelp: {help}", one.message),
        None => one.message.clone(),
    };
    let spot = one.origin.as_ref().map(|origin| places.spot(origin));
    command(kind, spot, one.code, &message)
}

fn failure(result: &ScenarioResult, one: &ExpectationResult, places: &Places<'_>) -> String {
    let (_, column) = places.position(one.span.source, one.span.start as usize);
    let spot = Spot { file: result.file.clone(), line: Some(one.line), column: Some(column) };
    let text = format!("{}: {}\n{}", subject(one), message(one), story(one));
    command("error", Some(spot), "expectation fails", text.trim_end())
}

/// `::error file=a.yaml,line=1,col=2,title=code::message`.
fn command(kind: &str, spot: Option<Spot>, title: &str, message: &str) -> String {
    let mut properties = Vec::new();
    if let Some(spot) = spot {
        properties.push(format!("file={}", property(&spot.file)));
        properties.extend(spot.line.map(|line| format!("line={line}")));
        properties.extend(spot.column.map(|column| format!("col={column}")));
    }
    properties.push(format!("title={}", property(title)));
    format!("::{kind} {}::{}\n", properties.join(","), data(message))
}

/// What a message must not contain as it is.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What a property must not contain as it is.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use crate::report::samples;

    #[test]
    fn findings_and_failures() {
        let told = super::check(&[samples::holding(), samples::failing(), samples::unusable()]);
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines.len(), 3, "{told}");
        assert!(
            lines[0].starts_with(
                "::error file=net.yaml,line=3,col=1,title=expectation fails::worker -> kafka tcp/9092-9093: expected allowed, is denied%0Aworker -> kafka"
            ),
            "{told}"
        );
        assert_eq!(
            lines[1],
            "::error file=net.yaml,line=4,col=1,title=expectation fails::nextHop spoke/app to 10.1.0.4: expected VirtualAppliance 10.0.0.4, is VNetPeering"
        );
        assert_eq!(lines[2], "::error file=net.yaml,line=2,col=3,title=unknown-name::no `rules`, 100%25 sure");
    }

    #[test]
    fn properties_are_escaped_further() {
        assert_eq!(super::property("C:\\a,b%\n"), "C%3A\\a%2Cb%25%0A");
    }
}
