//! `azreach fix`: what stands in a flow's way, and what would change that.

use super::{
    Ended,
    args::{Common, Format, Reading},
    files,
    output::{Streams, pretty},
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    fix::{Request, fix},
    report, suite,
};

/// Runs the command: 0 when the flow is as wanted already or something helps, 1 when nothing does.
pub(crate) fn run(streams: &Streams, common: &Common, file: &str, request: &Request<'_>, reading: &Reading) -> Ended {
    let files::Loaded { mut sources, scenario, mut diagnostics, tags, .. } = files::load(file, common);
    let scenario = scenario.and_then(|scenario| match reading.what_if.as_deref() {
        Some(name) => suite::with_what_if(&scenario, name, &mut diagnostics),
        None => Some(scenario),
    });
    let found = match (&scenario, &tags, diagnostics.has_errors()) {
        (Some(scenario), Some(tags), false) => fix(scenario, &mut sources, tags, request, &mut diagnostics),
        (Some(scenario), Some(tags), true) => {
            // Every problem in one run, not only those of reading.
            let mut more = Diagnostics::default();
            suite::prepare(scenario, tags, &mut more);
            diagnostics.extend(more);
            None
        }
        _ => None,
    };
    if let Some(fix) = found.as_ref().filter(|fix| fix.trace.parts.is_empty()) {
        let message = format!("`{}` can match no packet", fix.trace.flow);
        diagnostics.push(Diagnostic::without_place("matches-nothing", message));
    }
    if !common.quiet || diagnostics.has_errors() {
        files::print(streams, &diagnostics, &sources);
    }
    let Some(found) = found.filter(|_| !diagnostics.has_errors()) else {
        return Ended::Failed;
    };
    streams.out(&match reading.format {
        Format::Text => report::text::fix(&found, &sources),
        Format::Json => pretty(&report::json::fix(&found, &sources)),
    });
    if found.is_possible() { Ended::Yes } else { Ended::No }
}
