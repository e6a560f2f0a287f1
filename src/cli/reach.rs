//! `azreach reach`: what an end can reach, who can reach it, the allowed part of a flow.

use super::{
    Ended,
    args::{Common, Format, Reading},
    files, look,
    output::{Streams, pretty},
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, Source, Span},
    model::Identity,
    reach::{Inquiry, reach},
    report, suite,
};

/// What the command line gives.
pub(crate) struct Ends<'a> {
    pub(crate) flow: Option<&'a str>,
    pub(crate) from: Option<&'a str>,
    pub(crate) to: Option<&'a str>,
}

impl Ends<'_> {
    /// As a flow; an end that is not given is everybody, and `internet` stands in for it.
    fn flow(&self) -> String {
        let or_anybody = |end: Option<&str>| end.unwrap_or("internet").trim().to_owned();
        match self.flow {
            Some(flow) => flow.to_owned(),
            None => format!("{} -> {}", or_anybody(self.from), or_anybody(self.to)),
        }
    }

    /// The question as the report's first line says it.
    fn title(&self, inquiry: &Inquiry) -> String {
        match (inquiry.from.is_some(), inquiry.to.is_some()) {
            (true, false) => format!("what {} can reach", inquiry.flow.source),
            (false, _) => format!("who can reach {}", inquiry.flow.destination),
            _ => inquiry.flow.to_string(),
        }
    }
}

/// Runs the command: 0 when something gets through, 1 when nothing surely does.
pub(crate) fn run(
    streams: &Streams,
    common: &Common,
    file: &str,
    ends: &Ends<'_>,
    identity: Option<Identity>,
    reading: &Reading,
) -> Ended {
    let Some(mut opened) = look::open(streams, common, file, reading.what_if.as_deref()) else {
        return Ended::Failed;
    };
    let text = ends.flow();
    let id = opened.sources.add(Source::new("FLOW", text.as_str()));
    let span = Span::new(id, 0..text.len());
    let mut diagnostics = Diagnostics::default();
    let place = Some((span, &opened.sources));
    let Some(question) = suite::question(&opened.asked, &text, identity, place, &mut diagnostics) else {
        files::print(streams, &diagnostics, &opened.sources);
        return Ended::Failed;
    };
    let both = ends.flow.is_some();
    let inquiry = Inquiry {
        flow: question.flow,
        from: (both || ends.from.is_some()).then_some(question.sources),
        to: (both || ends.to.is_some()).then_some(question.destinations),
        identity,
    };
    let found = reach(&opened.asked.network, &inquiry);
    if [&found.allowed, &found.chosen, &found.undetermined, &found.denied].iter().all(|groups| groups.is_empty()) {
        diagnostics.push(Diagnostic::error("matches-nothing", span, format!("`{text}` can match no packet")));
        files::print(streams, &diagnostics, &opened.sources);
        return Ended::Failed;
    }
    let title = ends.title(&inquiry);
    streams.out(&match reading.format {
        Format::Text => report::text::reach(&title, &found, &opened.sources),
        Format::Json => pretty(&report::json::reach(&inquiry, &found, &opened.sources)),
    });
    if found.allowed.is_empty() { Ended::No } else { Ended::Yes }
}
