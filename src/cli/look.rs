//! `azreach trace`, `azreach routes`, `azreach rules`: one scenario, one question.

use super::{
    Ended,
    args::{Common, Format, Reading},
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
    trace::Verdict,
};

/// Reads a scenario, with a what-if if one is asked for, and prints what was found about it.
fn open(streams: &Streams, common: &Common, file: &str, reading: &Reading) -> Option<(Asked, Sources)> {
    asked(streams, common, files::load(file, common), reading)
}

/// The same of a scenario that was read.
pub(crate) fn asked(streams: &Streams, common: &Common, loaded: Loaded, reading: &Reading) -> Option<(Asked, Sources)> {
    let Loaded { sources, scenario, mut diagnostics, tags, .. } = loaded;
    let scenario = scenario.and_then(|scenario| match &reading.what_if {
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
    asked.filter(|_| !diagnostics.has_errors()).map(|asked| (asked, sources))
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
    let Some((asked, mut sources)) = open(streams, common, file, reading) else {
        return Ended::Failed;
    };
    let id = sources.add(Source::new("FLOW", flow));
    let span = Span::new(id, 0..flow.len());
    let mut diagnostics = Diagnostics::default();
    let Some(question) = suite::question(&asked, flow, identity, Some((span, &sources)), &mut diagnostics) else {
        files::print(streams, &diagnostics, &sources);
        return Ended::Failed;
    };
    let trace = evaluate(&asked.network, &question);
    if trace.parts.is_empty() {
        diagnostics.push(Diagnostic::error("matches-nothing", span, format!("`{}` can match no packet", trace.flow)));
        files::print(streams, &diagnostics, &sources);
        return Ended::Failed;
    }
    streams.out(&match reading.format {
        Format::Text => report::text::trace(&trace, &sources),
        Format::Json => pretty(&report::json::trace(&trace, &sources)),
    });
    if trace.verdict() == Verdict::Allowed { Ended::Yes } else { Ended::No }
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
    let Some((asked, _)) = open(streams, common, file, reading) else {
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
    let Some((asked, _)) = open(streams, common, file, reading) else {
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
