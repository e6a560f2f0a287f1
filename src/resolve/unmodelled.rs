//! Resources that are read but not modelled yet: never silently ignored.

use super::{
    Work,
    index::{ArmId, Kind},
    label,
    services::bare,
};
use crate::{
    diagnostic::{Diagnostic, Origin, Severity},
    model::*,
    scenario::{
        shape::{OUTSIDE_NETWORKS, UNMODELLED, WITHOUT_PART},
        tree::{Entry, Node, Value},
    },
};
use std::net::IpAddr;

impl Work {
    /// Notes each, with the addresses and subnets that it names.
    pub(super) fn unmodelled(&mut self, network: &Node) {
        for kind in UNMODELLED.into_iter().filter(|kind| !WITHOUT_PART.contains(kind)) {
            let Some(map) = network.get(kind) else {
                continue;
            };
            if map.entries().is_empty() {
                continue;
            }
            let message = format!("`{kind}` are read but not modelled yet");
            let origin = Some(Origin::Text(map.span));
            let note = Diagnostic::new("not-modelled-yet", Severity::Note, origin, message);
            self.report(note.help("verdicts that depend on them are undetermined"));
            for entry in map.entries() {
                let resource = self.unmodelled_resource(kind, entry);
                self.model.unmodelled.push(resource);
            }
        }
    }

    fn unmodelled_resource(&mut self, kind: &str, entry: &Entry) -> Unmodelled {
        let label = label(entry);
        let fact = self.fact(format!("{kind} `{}` is not modelled yet", label.name), Some(label.origin.clone()));
        let mut scan = Scan::default();
        scan.visit(&entry.value);
        if OUTSIDE_NETWORKS.contains(&kind) {
            scan.addresses.clear();
        }
        let subnets = scan.texts.iter().filter_map(|text| self.place(Kind::Subnet, text)).map(SubnetId::at).collect();
        let networks = scan.texts.iter().filter_map(|text| self.place(Kind::VirtualNetwork, text));
        Unmodelled {
            kind: kind.to_owned(),
            label,
            fact,
            addresses: scan.addresses,
            subnets,
            virtual_networks: networks.map(VirtualNetworkId::at).collect(),
            host_names: host_names(kind, entry),
        }
    }

    fn place(&self, kind: Kind, text: &str) -> Option<usize> {
        match ArmId::parse(text) {
            Some(id) => id.kind().filter(|found| *found == kind).and_then(|_| self.index.by_id(kind, &id)),
            None if kind == Kind::Subnet && !text.contains('/') => None,
            None => self.index.by_name(kind, text),
        }
    }
}

/// The public names of a front door or a Traffic Manager profile: who asks for one of them asks for it.
fn host_names(kind: &str, entry: &Entry) -> Vec<String> {
    let text = |node: Option<&Node>| node.and_then(Node::as_str).map(str::to_lowercase);
    let told = |key: &str| {
        let things = property(&entry.value, key).map(things).unwrap_or_default();
        things.into_iter().filter_map(|one| text(property(one, "hostName"))).collect::<Vec<String>>()
    };
    match kind {
        "trafficManagerProfiles" => {
            let dns = property(&entry.value, "dnsConfig");
            let own =
                text(dns.and_then(|dns| dns.get("relativeName"))).map(|name| format!("{name}.trafficmanager.net"));
            own.into_iter().chain(text(dns.and_then(|dns| dns.get("fqdn")))).collect()
        }
        "frontDoors" => {
            let own = format!("{}.azurefd.net", bare(&entry.key).to_lowercase());
            [vec![own], told("frontendEndpoints")].concat()
        }
        "profiles" => [told("customDomains"), told("afdEndpoints"), told("endpoints")].concat(),
        _ => Vec::new(),
    }
}

/// A property, nested or flat.
fn property<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.get(key).or_else(|| node.get("properties")?.get(key))
}

/// The things of a list, or of a map by name.
fn things(node: &Node) -> Vec<&Node> {
    match &node.value {
        Value::Map(map) => map.entries.iter().map(|entry| &entry.value).collect(),
        _ => node.items().iter().collect(),
    }
}

/// Every text and address in a tree.
#[derive(Default)]
struct Scan {
    texts: Vec<String>,
    addresses: Vec<IpAddr>,
}

impl Scan {
    fn visit(&mut self, node: &Node) {
        match &node.value {
            Value::Scalar { text, .. } => match text.parse() {
                Ok(address) => self.addresses.push(address),
                Err(_) => self.texts.push(text.to_string()),
            },
            Value::List(items) => items.iter().for_each(|item| self.visit(item)),
            Value::Map(map) => map.entries.iter().for_each(|entry| self.visit(&entry.value)),
            Value::Null | Value::Unknown { .. } => {}
        }
    }
}
