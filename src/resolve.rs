//! Names become ids: the only place where a name can be wrong, and where Azure's rules of validity are held.
//!
//! In: a [`Scenario`]. Out: a [`Model`], and [`Names`] for the ends of flows. Every problem in one run.
//! Deliberately absent: what Azure makes of the resources (that is `compile`).

mod checks;
mod ends;
mod hybrid;
mod index;
mod networks;
mod peerings;
mod parties;
mod routes;
mod rules;
mod unmodelled;
mod values;

pub use ends::{EndError, Names, Place};

use crate::{
    diagnostic::{Diagnostic, Diagnostics, Origin, Span},
    model::{Fact, FactId, Label, Model},
    scenario::{
        Scenario,
        settings::Settings,
        tree::{Entry, Node},
    },
    tags::ServiceTags,
};
use index::Index;
use std::sync::Arc;

/// A checked scenario.
#[derive(Debug)]
pub struct Resolved {
    /// Its resources.
    pub model: Model,
    /// Its names.
    pub names: Names,
}

/// Finds every name and checks every value; `None` when anything is wrong.
pub fn resolve(scenario: &Scenario, tags: Arc<ServiceTags>, diagnostics: &mut Diagnostics) -> Option<Resolved> {
    let settings = Settings::of(&scenario.settings, diagnostics);
    let index = Index::of(&scenario.network, diagnostics);
    let mut work = Work { index, model: empty(tags, settings), diagnostics };
    work.networks(&scenario.network);
    work.rules(&scenario.network);
    work.hybrid(&scenario.network);
    work.parties(&scenario.network);
    work.unmodelled(&scenario.network);
    work.check();
    let Work { index, model, diagnostics } = work;
    let names = Names::of(&model, index, &scenario.groups, diagnostics);
    (!diagnostics.has_errors()).then_some(Resolved { model, names })
}

fn empty(tags: Arc<ServiceTags>, settings: Settings) -> Model {
    Model {
        tags,
        settings,
        virtual_networks: Vec::new(),
        subnets: Vec::new(),
        network_interfaces: Vec::new(),
        network_security_groups: Vec::new(),
        application_security_groups: Vec::new(),
        route_tables: Vec::new(),
        peerings: Vec::new(),
        public_ip_addresses: Vec::new(),
        nat_gateways: Vec::new(),
        virtual_network_gateways: Vec::new(),
        local_network_gateways: Vec::new(),
        connections: Vec::new(),
        express_route_circuits: Vec::new(),
        workloads: Vec::new(),
        externals: Vec::new(),
        sites: Vec::new(),
        appliances: Vec::new(),
        unmodelled: Vec::new(),
        facts: Vec::new(),
    }
}

/// Everything at hand while resolving.
pub(crate) struct Work<'a> {
    pub(crate) index: Index,
    pub(crate) model: Model,
    pub(crate) diagnostics: &'a mut Diagnostics,
}

impl Work<'_> {
    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: impl Into<String>) {
        let help = help.into();
        let problem = Diagnostic::error(code, span, message);
        self.diagnostics.push(if help.is_empty() { problem } else { problem.help(help) });
    }

    fn warn(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: impl Into<String>) {
        let help = help.into();
        let problem = Diagnostic::warning(code, span, message);
        self.diagnostics.push(if help.is_empty() { problem } else { problem.help(help) });
    }

    /// A fact that is missing.
    fn fact(&mut self, text: impl Into<String>, origin: Option<Origin>) -> FactId {
        self.model.facts.push(Fact { text: text.into(), origin });
        FactId::at(self.model.facts.len() - 1)
    }
}

/// Name and place of a resource.
fn label(entry: &Entry) -> Label {
    let origin = match &entry.value.origin {
        Some(place) => Origin::Foreign(place.to_string(), entry.key_span),
        None => Origin::Text(entry.key_span),
    };
    Label { name: entry.key.to_string(), origin }
}

/// The entries of one resource map.
fn family<'n>(network: &'n Node, name: &str) -> &'n [Entry] {
    network.get(name).map(Node::entries).unwrap_or_default()
}
