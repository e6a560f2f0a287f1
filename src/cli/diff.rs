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
    let first = files::load(before, common);
    let second = match after {
        Some(after) => files::load(after, common),
        None => first.clone(),
    };
    // What was found in the one file is said once.
    let quietly = Common { quiet: common.quiet || after.is_none(), ..common.clone() };
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
