//! Names become ids: the only place where a name can be wrong, and where Azure's rules of validity are held.
//!
//! In: a [`Scenario`]. Out: a [`Model`], and [`Names`] for the ends of flows. Every problem in one run.
//! Deliberately absent: what Azure makes of the resources (that is `compile`).

mod asgs;
mod balancing;
mod bastion;
mod checks;
mod databricks;
mod devices;
mod ends;
mod findings;
mod firewall;
mod firewall_settings;
mod gateways;
mod groups;
mod hybrid;
mod index;
mod limits;
mod managers;
mod microsoft_peering;
mod nearby;
mod networks;
mod parties;
mod peerings;
mod perimeters;
mod private_link;
mod private_link_services;
mod public_prefixes;
mod required_rules;
mod resolvers;
mod route_servers;
mod routes;
mod rules;
mod scale_sets;
mod services;
mod subnet_peerings;
mod subnet_rules;
#[cfg(test)]
mod tests;
mod unmodelled;
mod unread;
mod values;
mod virtual_wan;
mod web_apps;

pub use devices::{Device, device};
pub use ends::{EndError, Names, Place};

use crate::{
    diagnostic::{Diagnostic, Diagnostics, Origin, Span},
    model::{Fact, FactId, Known, Label, Model, NetworkInterfaceId, PeeringId, VirtualNetworkGatewayId},
    scenario::{
        Scenario,
        settings::Settings,
        tree::{Entry, Node},
    },
    space::Addresses,
    tags::ServiceTags,
};
use findings::Findings;
use index::{Index, Kind};
use rules::AbsentTag;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// A checked scenario.
#[derive(Debug)]
pub struct Resolved {
    /// Its resources.
    pub model: Model,
    /// Its names.
    pub names: Names,
}

/// Finds every name and checks every value. Where the diagnostics then hold an error, the model is not sound: its
/// names may be looked up, but it must not be compiled.
pub fn resolve(scenario: &Scenario, tags: Arc<ServiceTags>, diagnostics: &mut Diagnostics) -> Resolved {
    let settings = Settings::of(&scenario.settings, diagnostics);
    let mut work = Work::new(Index::of(&scenario.network), Model::empty(tags, settings));
    work.check_names(&scenario.network);
    work.unread(&scenario.network);
    work.networks(&scenario.network);
    work.rules(&scenario.network);
    work.hybrid(&scenario.network);
    work.note_outside_networks(&scenario.network);
    work.unmodelled(&scenario.network);
    work.services(&scenario.network);
    work.vpn_sites(&scenario.network);
    work.parties(&scenario.network);
    work.route_servers(&scenario.network);
    work.virtual_wans(&scenario.network);
    work.private_links(&scenario.network);
    work.resolvers(&scenario.network);
    work.perimeters(&scenario.network);
    work.clusters(&scenario.network);
    work.read_ip_groups(&scenario.network);
    work.azure_firewalls(&scenario.network);
    work.load_balancers(&scenario.network);
    work.private_link_services(&scenario.network);
    work.application_gateways(&scenario.network);
    work.bastion_hosts(&scenario.network);
    work.network_managers(&scenario.network);
    work.settle_workspaces(&scenario.network);
    work.warn_of_idle_subnet_rules();
    work.limits(&scenario.network);
    work.check();
    let Work { index, model, mut findings, aliases, .. } = work;
    let names = Names::of(&model, index, &aliases, &scenario.groups, &mut findings);
    findings.pour(diagnostics);
    Resolved { model, names }
}

/// Everything at hand while resolving.
pub(crate) struct Work {
    index: Index,
    model: Model,
    findings: Findings,
    /// How many more names may be looked at for advice: a hostile file has many names and means none of them.
    patience: usize,
    /// Gateways by their place in the file; a fact for one whose VNET the file does not hold.
    gateways: Vec<Option<Known<VirtualNetworkGatewayId>>>,
    /// Links with what they say of the subnets that they join.
    partial_peerings: Vec<(PeeringId, Node)>,
    /// Resources made for ids outside the model, by kind and lower-case id.
    stand_ins: HashMap<(Kind, String), usize>,
    /// NICs whose subnet the file does not hold.
    lost_nics: HashMap<NetworkInterfaceId, FactId>,
    /// Ids of subnets outside the file from which parties outside send, lower case.
    outside_networks: HashSet<String>,
    /// What NICs say of the pools and inbound NAT rules that they are behind: configuration, references.
    pool_members: Vec<(NetworkInterfaceId, (usize, Vec<String>))>,
    /// The same of application gateways' pools, which take the primary configuration only.
    gateway_members: Vec<(NetworkInterfaceId, Vec<String>)>,
    /// The same of inbound NAT rules.
    nat_members: Vec<(NetworkInterfaceId, (usize, Vec<String>))>,
    /// Public IP prefixes with their ranges, in the order of the file.
    public_prefixes: Vec<(Label, Known<ipnet::IpNet>)>,
    /// The names of NICs' configurations, in the order of the model.
    configuration_names: HashMap<NetworkInterfaceId, Vec<String>>,
    /// Groups of addresses, in the order of the file.
    ip_groups: Vec<Known<Addresses>>,
    /// Further names of NICs: `worker/host` for the NIC that `worker` calls `host`.
    aliases: Vec<(String, NetworkInterfaceId)>,
    /// Service tags that the data does not hold, by lower-case name.
    absent_tags: HashMap<String, AbsentTag>,
}

impl Work {
    fn new(index: Index, model: Model) -> Self {
        Work {
            index,
            model,
            findings: Findings::default(),
            patience: 1_000_000,
            gateways: Vec::new(),
            partial_peerings: Vec::new(),
            stand_ins: HashMap::new(),
            lost_nics: HashMap::new(),
            outside_networks: HashSet::new(),
            pool_members: Vec::new(),
            configuration_names: HashMap::new(),
            gateway_members: Vec::new(),
            nat_members: Vec::new(),
            public_prefixes: Vec::new(),
            ip_groups: Vec::new(),
            aliases: Vec::new(),
            absent_tags: HashMap::new(),
        }
    }

    fn report(&mut self, problem: Diagnostic) {
        self.findings.push(problem);
    }

    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: impl Into<String>) {
        let help = help.into();
        let problem = Diagnostic::error(code, span, message);
        self.report(if help.is_empty() { problem } else { problem.help(help) });
    }

    fn warn(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: impl Into<String>) {
        let help = help.into();
        let problem = Diagnostic::warning(code, span, message);
        self.report(if help.is_empty() { problem } else { problem.help(help) });
    }

    /// What to try instead of a name that leads nowhere.
    fn advice(&mut self, kind: Kind, name: &str) -> String {
        match self.patience.checked_sub(self.index.count(kind)) {
            Some(left) => {
                self.patience = left;
                self.index.advice(kind, name)
            }
            None => format!("write a name that is in {}", kind.map()),
        }
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
