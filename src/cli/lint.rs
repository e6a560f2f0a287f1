//! `azreach lint FILE…`: what does nothing, or more than anybody meant.

use super::{
    Ended,
    args::{Common, LintFormat},
    files,
    output::{Streams, VERSION, pretty},
};
use crate::{
    diagnostic::{Diagnostics, Severity},
    lint::{self, Levels, Linted},
    report, suite,
    tags::ServiceTags,
};

/// Which files, which what-if, which codes.
pub(crate) struct Asked<'a> {
    pub(crate) paths: &'a [String],
    pub(crate) what_if: Option<&'a str>,
    pub(crate) deny: &'a [String],
    pub(crate) allow: &'a [String],
}

/// Runs the command: 0 when no warning and no error is found, 1 when there are some, 2 when a file cannot be looked at.
pub(crate) fn run(streams: &Streams, common: &Common, asked: &Asked<'_>, format: LintFormat) -> Ended {
    let prepared = Levels::new(asked.deny, asked.allow).and_then(|levels| Ok((levels, files::find(asked.paths)?)));
    let (levels, found) = match prepared {
        Ok(prepared) => prepared,
        Err(why) => {
            streams.err(&format!("error: {why}\n"));
            return Ended::Failed;
        }
    };
    let results: Vec<Linted> = found.iter().map(|file| look(file, common, asked.what_if, &levels)).collect();
    // In SARIF everything has its place in the log.
    for result in results.iter().filter(|_| format != LintFormat::Sarif) {
        files::print(streams, &wanted(&result.diagnostics, common), &result.sources);
    }
    streams.out(&match format {
        LintFormat::Text => report::text::lint(&results, common.quiet),
        LintFormat::Json => pretty(&report::json::lint(&results)),
        LintFormat::Sarif => pretty(&report::sarif::lint(&results, VERSION)),
    });
    results.iter().map(ended).max().unwrap_or(Ended::Failed)
}

/// Looks at one file.
fn look(file: &str, common: &Common, what_if: Option<&str>, levels: &Levels) -> Linted {
    let files::Loaded { file, sources, scenario, mut diagnostics, tags } = files::load(file, common);
    let tags = tags.unwrap_or_else(|| ServiceTags::builtin().clone());
    let scenario = scenario.and_then(|scenario| match what_if {
        // The what-if is in it; the others have been left behind.
        Some(name) => suite::with_what_if(&scenario, name, &mut diagnostics),
        None => Some(scenario),
    });
    let result = lint::run(&file, sources, scenario.as_ref(), &tags, diagnostics);
    Linted { findings: levels.applied(result.findings), ..result }
}

/// What of the rest is told: errors always, the others when asked for.
fn wanted(all: &Diagnostics, common: &Common) -> Diagnostics {
    let mut shown = Diagnostics::default();
    let told = all.iter().filter(|one| one.severity == Severity::Error || common.verbose);
    told.for_each(|one| shown.push(one.clone()));
    shown
}

fn ended(result: &Linted) -> Ended {
    match result.findings.iter().any(|one| one.diagnostic.severity <= Severity::Warning) {
        _ if !result.usable => Ended::Failed,
        true => Ended::No,
        false => Ended::Yes,
    }
}
