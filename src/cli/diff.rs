//! `azreach diff`: what a change gains and loses.

use super::{
    Ended,
    args::{Common, DiffFormat},
    files, look,
    output::{Streams, pretty},
};
use crate::{diff::diff, report};

/// Runs the command: 0 when nothing differs, 1 when something does.
pub(crate) fn run(
    streams: &Streams,
    common: &Common,
    before: &str,
    after: Option<&str>,
    what_if: Option<&str>,
    format: DiffFormat,
) -> Ended {
    if before == "-" && after == Some("-") {
        streams.err("error: only one of the two can be standard input\n");
        return Ended::Failed;
    }
    let both = match (after, what_if) {
        (Some(after), _) => Some([files::load(before, common), files::load(after, common)]),
        (None, Some(_)) => {
            let first = files::load(before, common);
            Some([first.clone(), first])
        }
        (None, None) => files::load_plan(before, common),
    };
    let Some([first, second]) = both else {
        streams.err(&format!("error: `{before}` is no Terraform plan, so there is nothing to compare it with\n"));
        streams
            .err("  help: give a second scenario, `--what-if NAME`, or what `terraform show -json` prints of a plan\n");
        return Ended::Failed;
    };
    // What was found in the one file is said once.
    let quietly = Common { quiet: common.quiet || what_if.is_some(), ..common.clone() };
    let old = look::asked(streams, common, first, None);
    if old.is_none() && after.is_none() {
        return Ended::Failed;
    }
    let new = look::asked(streams, &quietly, second, what_if);
    let (Some(old), Some(new)) = (old, new) else {
        return Ended::Failed;
    };
    let found = diff(&old.asked.network, &new.asked.network);
    let sources = [&old.sources, &new.sources];
    streams.out(&match format {
        DiffFormat::Text => report::text::diff(&found, sources),
        DiffFormat::Json => pretty(&report::json::diff(&found, sources)),
        DiffFormat::Markdown => report::markdown::diff(&found, sources),
    });
    if found.is_empty() { Ended::Yes } else { Ended::No }
}
