//! `azreach matrix`: who reaches whom, all pairs by group.

use super::{
    Ended,
    args::{Common, MatrixFormat},
    files, look,
    output::{Streams, pretty},
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, Source, Span},
    flow::Flow,
    matrix::matrix,
    report,
};

/// Runs the command; a table is neither yes nor no.
pub(crate) fn run(
    streams: &Streams,
    common: &Common,
    file: &str,
    service: Option<&str>,
    what_if: Option<&str>,
    format: MatrixFormat,
) -> Ended {
    let Some(mut opened) = look::open(streams, common, file, what_if) else {
        return Ended::Failed;
    };
    let text = format!("internet -> internet {}", service.unwrap_or("any"));
    let flow: Flow = match text.parse() {
        Ok(flow) => flow,
        Err(error) => {
            let error: crate::flow::FlowError = error;
            let text = service.unwrap_or_default();
            let id = opened.sources.add(Source::new("FLOW", text));
            let mut diagnostics = Diagnostics::default();
            let problem = Diagnostic::error("bad-flow", Span::new(id, 0..text.len()), error.message);
            diagnostics.push(problem.help("write `--flow tcp/443` or `--flow udp`"));
            files::print(streams, &diagnostics, &opened.sources);
            return Ended::Failed;
        }
    };
    let found = matrix(&opened.asked.network, &flow);
    streams.out(&match format {
        MatrixFormat::Text => report::text::matrix(&found),
        MatrixFormat::Csv => report::csv(&found),
        MatrixFormat::Json => pretty(&report::json::matrix(&found)),
    });
    Ended::Yes
}
