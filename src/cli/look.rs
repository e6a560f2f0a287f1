//! `azreach trace`, `azreach routes`, `azreach rules`, `azreach graph`: one scenario, one question.

use super::{
    Ended,
    args::{Common, Format, GraphFormat, Reading},
    files::{self, Loaded},
    output::{Streams, pretty},
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, Source, Sources, Span},
    evaluate::evaluate,
    model::Identity,
    report::{self, NetworkPlace},
    resolve::Place,
    suite::{self, Asked},
    trace::{Trace, Verdict},
};

/// A scenario that is ready to be asked.
pub(crate) struct Opened {
    pub(crate) asked: Asked,
    pub(crate) sources: Sources,
    /// Its own name, else the file's.
    name: String,
}

/// Reads a scenario, with a what-if if one is asked for, and prints what was found about it.
pub(super) fn open(streams: &Streams, common: &Common, file: &str, what_if: Option<&str>) -> Option<Opened> {
    asked(streams, common, files::load(file, common), what_if)
}

/// The same of a scenario that was read.
pub(crate) fn asked(streams: &Streams, common: &Common, loaded: Loaded, what_if: Option<&str>) -> Option<Opened> {
    let Loaded { file, sources, scenario, mut diagnostics, tags } = loaded;
    let name = scenario.as_ref().and_then(|scenario| scenario.name.clone()).unwrap_or(file);
    let scenario = scenario.and_then(|scenario| match what_if {
        Some(name) => suite::with_what_if(&scenario, name, &mut diagnostics),
        None => Some(scenario),
    });
    let asked = match (scenario, tags, diagnostics.has_errors()) {
        (Some(scenario), Some(tags), false) => suite::prepare(&scenario, &tags, &mut diagnostics),
        (Some(scenario), Some(tags), true) => {
            // Every problem in one run, not only those of reading.
            let mut more = Diagnostics::default();
            suite::prepare(&scenario, &tags, &mut more);
            diagnostics.extend(more);
            None
        }
        _ => None,
    };
    if !common.quiet || diagnostics.has_errors() {
        files::print(streams, &diagnostics, &sources);
    }
    asked.filter(|_| !diagnostics.has_errors()).map(|asked| Opened { asked, sources, name })
}

/// Asks about one flow; what is wrong with the question is printed.
fn follow(streams: &Streams, opened: &mut Opened, flow: &str, identity: Option<Identity>) -> Option<Trace> {
    let Opened { asked, sources, .. } = opened;
    let id = sources.add(Source::new("FLOW", flow));
    let span = Span::new(id, 0..flow.len());
    let mut diagnostics = Diagnostics::default();
    let question = suite::question(asked, flow, identity, Some((span, sources)), &mut diagnostics);
    let trace = question.map(|question| evaluate(&asked.network, &question));
    if let Some(trace) = trace.as_ref().filter(|trace| trace.parts.is_empty()) {
        diagnostics.push(Diagnostic::error("matches-nothing", span, format!("`{}` can match no packet", trace.flow)));
    }
    if trace.is_none() || diagnostics.has_errors() {
        files::print(streams, &diagnostics, sources);
        return None;
    }
    trace
}

/// One flow.
pub(crate) fn trace(
    streams: &Streams,
    common: &Common,
    file: &str,
    flow: &str,
    identity: Option<Identity>,
    reading: &Reading,
) -> Ended {
    let Some(mut opened) = open(streams, common, file, reading.what_if.as_deref()) else {
        return Ended::Failed;
    };
    let Some(trace) = follow(streams, &mut opened, flow, identity) else {
        return Ended::Failed;
    };
    streams.out(&match reading.format {
        Format::Text => report::text::trace(&trace, &opened.sources),
        Format::Json => pretty(&report::json::trace(&trace, &opened.sources)),
    });
    if trace.verdict() == Verdict::Allowed { Ended::Yes } else { Ended::No }
}

/// A picture. It is no answer: what became of the flow is in it, not in the exit code.
pub(crate) fn graph(
    streams: &Streams,
    common: &Common,
    file: &str,
    flow: Option<(&str, Option<Identity>)>,
    what_if: Option<&str>,
    format: GraphFormat,
) -> Ended {
    let Some(mut opened) = open(streams, common, file, what_if) else {
        return Ended::Failed;
    };
    let trace = match flow {
        None => None,
        Some((flow, identity)) => match follow(streams, &mut opened, flow, identity) {
            Some(trace) => Some(trace),
            None => return Ended::Failed,
        },
    };
    let title = match what_if {
        Some(what_if) => format!("{}: {what_if}", opened.name),
        None => opened.name,
    };
    let picture = report::graph::draw(&title, &opened.asked.network, trace.as_ref());
    streams.out(&match format {
        GraphFormat::Dot => report::graph::dot(&picture),
        GraphFormat::Mermaid => report::graph::mermaid(&picture),
        GraphFormat::Svg => report::graph::svg(&picture),
        GraphFormat::Html => report::graph::html(&picture),
    });
    Ended::Yes
}

fn place(streams: &Streams, asked: &Asked, text: &str) -> Option<Place> {
    match asked.names.place(&asked.network.model, text) {
        Ok(place) => Some(place),
        Err(error) => {
            let problem = Diagnostic::without_place(error.code, error.message);
            let mut diagnostics = Diagnostics::default();
            diagnostics.push(match error.help {
                Some(help) => problem.help(help),
                None => problem,
            });
            files::print(streams, &diagnostics, &Sources::default());
            None
        }
    }
}

/// Effective routes.
pub(crate) fn routes(streams: &Streams, common: &Common, file: &str, text: &str, reading: &Reading) -> Ended {
    let Some(Opened { asked, .. }) = open(streams, common, file, reading.what_if.as_deref()) else {
        return Ended::Failed;
    };
    let subnet = place(streams, &asked, text).and_then(|place| place.subnet(&asked.network.model));
    let Some(subnet) = subnet else {
        return Ended::Failed;
    };
    streams.out(&match reading.format {
        Format::Text => report::text::routes(&asked.network, subnet),
        Format::Json => pretty(&report::json::routes(&asked.network, subnet)),
    });
    Ended::Yes
}

/// Effective rules.
pub(crate) fn rules(streams: &Streams, common: &Common, file: &str, text: &str, reading: &Reading) -> Ended {
    let Some(Opened { asked, .. }) = open(streams, common, file, reading.what_if.as_deref()) else {
        return Ended::Failed;
    };
    let place = place(streams, &asked, text).and_then(|place| {
        let network_interface = match place {
            Place::NetworkInterface(nic) => Some(nic),
            Place::Subnet(_) => None,
        };
        place.subnet(&asked.network.model).map(|subnet| NetworkPlace { subnet, network_interface })
    });
    let Some(place) = place else { return Ended::Failed };
    streams.out(&match reading.format {
        Format::Text => report::text::rules(&asked.network, place),
        Format::Json => pretty(&report::json::rules(&asked.network, place)),
    });
    Ended::Yes
}
