//! `azreach check PATH…`

use super::{
    Ended,
    args::{CheckFormat, Common},
    files,
    output::{Streams, VERSION, pretty},
};
use crate::{
    diagnostic::{Diagnostics, Severity},
    report,
    suite::{self, ScenarioResult, Selection},
    tags::ServiceTags,
};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// Runs all scenarios and prints their results.
pub(crate) fn run(
    streams: &Streams,
    common: &Common,
    paths: &[String],
    format: CheckFormat,
    filter: Option<&str>,
    what_if: Option<&str>,
) -> Ended {
    let found = match files::find(paths) {
        Ok(found) => found,
        Err(why) => {
            streams.err(&format!("error: {why}\n"));
            return Ended::Failed;
        }
    };
    let selection = Selection { filter: filter.map(str::to_owned), what_if: what_if.map(str::to_owned) };
    let progress = progress(found.len() as u64, common.quiet);
    let results: Vec<ScenarioResult> = found
        .iter()
        .map(|file| {
            progress.set_message(file.clone());
            let result = run_one(file, common, &selection);
            progress.inc(1);
            result
        })
        .collect();
    progress.finish_and_clear();
    print_diagnostics(streams, common, &results, format);
    streams.out(&match format {
        CheckFormat::Text => report::text::check(&results, common.verbose, common.quiet),
        CheckFormat::Json => pretty(&report::json::check(&results)),
        CheckFormat::Junit => report::junit::check(&results),
        CheckFormat::Sarif => pretty(&report::sarif::check(&results, VERSION)),
        CheckFormat::Github => report::github::check(&results),
    });
    if let Some(filter) = filter
        && results.iter().all(|result| result.usable && result.results.is_empty())
    {
        // A filter that selects nothing proves nothing.
        streams.err(&format!("error: no expectation contains `{filter}`\n"));
        return Ended::Failed;
    }
    ended(&results)
}

fn run_one(file: &str, common: &Common, selection: &Selection) -> ScenarioResult {
    let files::Loaded { file, sources, scenario, diagnostics, tags } = files::load(file, common);
    let tags = tags.unwrap_or_else(|| ServiceTags::builtin().clone());
    suite::run(&file, sources, scenario.as_ref(), &tags, selection, diagnostics)
}

/// Shown on a terminal only, and only when it takes a while.
fn progress(files: u64, quiet: bool) -> ProgressBar {
    if quiet || files < 2 {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(files);
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Text goes to stderr for people; a file that is refused as it says, says nothing more.
fn print_diagnostics(streams: &Streams, common: &Common, results: &[ScenarioResult], format: CheckFormat) {
    if matches!(format, CheckFormat::Github | CheckFormat::Sarif) {
        return;
    }
    for result in results {
        let refused = matches!(result.results.as_slice(), [one] if matches!(one.outcome, suite::Outcome::Refused { .. }) && one.passed);
        if refused && !common.verbose {
            continue;
        }
        let mut shown = Diagnostics::default();
        let wanted = |severity: Severity| match severity {
            Severity::Error => true,
            Severity::Warning => !common.quiet,
            Severity::Note => common.verbose,
        };
        for found in result.diagnostics.iter().filter(|found| wanted(found.severity)) {
            shown.push(found.clone());
        }
        files::print(streams, &shown, &result.sources);
    }
}

fn ended(results: &[ScenarioResult]) -> Ended {
    let of_one = |result: &ScenarioResult| match (result.usable, result.results.iter().all(|one| one.passed)) {
        (false, _) => Ended::Failed,
        (true, false) => Ended::No,
        (true, true) => Ended::Yes,
    };
    results.iter().map(of_one).max().unwrap_or(Ended::Failed)
}
