//! Which names there are: every resource under its name and under its ARM id.
//!
//! In: the canonical `network`. Out: look-ups by kind. Ids are the places of resources in the file, so that
//! references may point forwards.

use crate::{
    diagnostic::{Diagnostics, Span, nearest},
    scenario::tree::{Entry, Node},
};
use std::collections::HashMap;

/// What a reference may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    VirtualNetwork,
    Subnet,
    NetworkSecurityGroup,
    ApplicationSecurityGroup,
    RouteTable,
    NetworkInterface,
    VirtualMachine,
    PublicIpAddress,
    NatGateway,
    VirtualNetworkGateway,
    LocalNetworkGateway,
    Connection,
    ExpressRouteCircuit,
    Workload,
    External,
    Site,
    Appliance,
}

impl Kind {
    /// Every kind with its map under `network`.
    pub(crate) const ALL: [(Kind, &'static str); 17] = [
        (Kind::VirtualNetwork, "virtualNetworks"),
        (Kind::Subnet, "subnets"),
        (Kind::NetworkSecurityGroup, "networkSecurityGroups"),
        (Kind::ApplicationSecurityGroup, "applicationSecurityGroups"),
        (Kind::RouteTable, "routeTables"),
        (Kind::NetworkInterface, "networkInterfaces"),
        (Kind::VirtualMachine, "virtualMachines"),
        (Kind::PublicIpAddress, "publicIPAddresses"),
        (Kind::NatGateway, "natGateways"),
        (Kind::VirtualNetworkGateway, "virtualNetworkGateways"),
        (Kind::LocalNetworkGateway, "localNetworkGateways"),
        (Kind::Connection, "connections"),
        (Kind::ExpressRouteCircuit, "expressRouteCircuits"),
        (Kind::Workload, "workloads"),
        (Kind::External, "externals"),
        (Kind::Site, "sites"),
        (Kind::Appliance, "appliances"),
    ];

    /// Its map under `network`.
    pub(crate) fn map(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// Names by kind.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Lower-case name to place in the file.
    names: HashMap<(Kind, String), usize>,
    /// In the order of the file, as written.
    written: HashMap<Kind, Vec<String>>,
    /// Subnets by their own name; `None` where several have it.
    bare_subnets: HashMap<String, Option<usize>>,
}

/// What a reference led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// A resource of the file.
    Here(usize),
    /// A full ARM id that the file does not hold.
    Outside,
    /// No such name; the nearest one.
    Nowhere(Option<String>),
}

impl Index {
    /// Declares every name.
    pub(crate) fn of(network: &Node, _diagnostics: &mut Diagnostics) -> Index {
        let mut index = Index::default();
        for (kind, map) in Kind::ALL.iter().filter(|(kind, _)| *kind != Kind::Subnet) {
            for (place, entry) in network.get(map).map(Node::entries).unwrap_or_default().iter().enumerate() {
                index.declare(*kind, &entry.key, place);
                if *kind == Kind::VirtualNetwork {
                    index.declare_subnets(entry);
                }
            }
        }
        index
    }

    fn declare_subnets(&mut self, network: &Entry) {
        for subnet in network.value.get("subnets").map(Node::entries).unwrap_or_default() {
            let place = self.written.get(&Kind::Subnet).map_or(0, Vec::len);
            self.declare(Kind::Subnet, &format!("{}/{}", network.key, subnet.key), place);
            let bare = self.bare_subnets.entry(subnet.key.to_lowercase());
            bare.and_modify(|one| *one = None).or_insert(Some(place));
        }
    }

    fn declare(&mut self, kind: Kind, name: &str, place: usize) {
        self.names.insert((kind, name.to_lowercase()), place);
        self.written.entry(kind).or_default().push(name.to_owned());
    }

    /// The place of a name of one kind.
    pub(crate) fn by_name(&self, kind: Kind, name: &str) -> Option<usize> {
        let name = name.to_lowercase();
        let found = self.names.get(&(kind, name.clone())).copied();
        found.or_else(|| self.without_group(kind, &name)).or_else(|| match kind {
            Kind::Subnet => self.bare_subnets.get(&name).copied().flatten(),
            _ => None,
        })
    }

    /// `rg/name` of a resource that is here under its bare name, or the reverse where that is unique.
    fn without_group(&self, kind: Kind, name: &str) -> Option<usize> {
        if kind == Kind::Subnet {
            return None;
        }
        if let Some((_, bare)) = name.split_once('/')
            && let Some(place) = self.names.get(&(kind, bare.to_owned()))
        {
            return Some(*place);
        }
        let ending = format!("/{name}");
        let mut grouped =
            self.written.get(&kind)?.iter().enumerate().filter(|(_, other)| other.to_lowercase().ends_with(&ending));
        match (grouped.next(), grouped.next()) {
            (Some((place, _)), None) => Some(place),
            _ => None,
        }
    }

    /// What a reference of one kind leads to: a name or an ARM id.
    pub(crate) fn find(&self, kind: Kind, reference: &str) -> Found {
        if let Some(id) = ArmId::parse(reference) {
            return match id.kind().filter(|found| *found == kind).and_then(|_| self.by_id(kind, &id)) {
                Some(place) => Found::Here(place),
                None => Found::Outside,
            };
        }
        match self.by_name(kind, reference) {
            Some(place) => Found::Here(place),
            None => Found::Nowhere(nearest(reference, self.names_of(kind), 3).map(str::to_owned)),
        }
    }

    /// The place of an ARM id.
    pub(crate) fn by_id(&self, kind: Kind, id: &ArmId<'_>) -> Option<usize> {
        let name = id.names.join("/");
        let grouped = format!("{}/{name}", id.group);
        let exact = |name: &str| self.names.get(&(kind, name.to_lowercase())).copied();
        exact(&grouped).or_else(|| exact(&name))
    }

    /// All names of a kind.
    pub(crate) fn names_of(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.written.get(&kind).into_iter().flatten().map(String::as_str)
    }
}

/// A parsed ARM id.
#[derive(Debug)]
pub(crate) struct ArmId<'a> {
    group: &'a str,
    types: Vec<&'a str>,
    names: Vec<&'a str>,
}

impl<'a> ArmId<'a> {
    /// `/subscriptions/S/resourceGroups/G/providers/Microsoft.Network/TYPE/NAME[/TYPE/NAME…]`.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let segments: Vec<&str> = text.strip_prefix('/')?.split('/').collect();
        if !segments.first()?.eq_ignore_ascii_case("subscriptions") {
            return None;
        }
        let after = |word: &str| segments.iter().position(|one| one.eq_ignore_ascii_case(word)).map(|at| at + 1);
        let group = after("resourceGroups").and_then(|at| segments.get(at)).copied().unwrap_or("");
        let rest = after("providers").map(|at| &segments[(at + 1).min(segments.len())..]).unwrap_or_default();
        let types = rest.iter().step_by(2).copied().collect();
        let names = rest.iter().skip(1).step_by(2).copied().collect();
        Some(ArmId { group, types, names })
    }

    /// The kind of resource that it names.
    pub(crate) fn kind(&self) -> Option<Kind> {
        let last = self.types.last()?;
        Kind::ALL.iter().find(|(_, map)| map.eq_ignore_ascii_case(last)).map(|(kind, _)| *kind)
    }
}

/// A reference with its place.
pub(crate) fn reference(node: &Node) -> Option<(&str, Span)> {
    node.as_str().map(|text| (text, node.span))
}
