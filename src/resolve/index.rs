//! Which names there are: every resource under its name and under its ARM id.
//!
//! In: the canonical `network`. Out: look-ups by kind. Ids are the places of resources in the file, so that
//! references may point forwards.

use crate::{
    diagnostic::{Span, nearest},
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
    VirtualMachineScaleSet,
    PublicIpAddress,
    NatGateway,
    VirtualNetworkGateway,
    LocalNetworkGateway,
    Connection,
    ExpressRouteCircuit,
    RouteFilter,
    Workload,
    External,
    Site,
    Appliance,
    StorageAccount,
    DataLakeStoreAccount,
    Server,
    Vault,
    Namespace,
    DatabaseAccount,
    Factory,
    Workspace,
    WebApp,
    Cluster,
    PrivateEndpoint,
    PrivateDnsZone,
    ServiceEndpointPolicy,
    NetworkSecurityPerimeter,
    AzureFirewall,
    FirewallPolicy,
    IpGroup,
    LoadBalancer,
    ApplicationGateway,
    BastionHost,
    VirtualHub,
    VirtualWan,
    VpnSite,
    PrivateLinkService,
    PublicIpPrefix,
}

impl Kind {
    /// Kinds of platform services, in the order of `Model::services`.
    pub(crate) const SERVICES: [Kind; 9] = [
        Kind::StorageAccount,
        Kind::DataLakeStoreAccount,
        Kind::Server,
        Kind::Vault,
        Kind::Namespace,
        Kind::DatabaseAccount,
        Kind::Factory,
        Kind::Workspace,
        Kind::WebApp,
    ];

    /// Every kind with its map under `network`.
    pub(crate) const ALL: [(Kind, &'static str); 44] = [
        (Kind::VirtualNetwork, "virtualNetworks"),
        (Kind::Subnet, "subnets"),
        (Kind::NetworkSecurityGroup, "networkSecurityGroups"),
        (Kind::ApplicationSecurityGroup, "applicationSecurityGroups"),
        (Kind::RouteTable, "routeTables"),
        (Kind::NetworkInterface, "networkInterfaces"),
        (Kind::VirtualMachine, "virtualMachines"),
        (Kind::VirtualMachineScaleSet, "virtualMachineScaleSets"),
        (Kind::PublicIpAddress, "publicIPAddresses"),
        (Kind::NatGateway, "natGateways"),
        (Kind::VirtualNetworkGateway, "virtualNetworkGateways"),
        (Kind::LocalNetworkGateway, "localNetworkGateways"),
        (Kind::Connection, "connections"),
        (Kind::ExpressRouteCircuit, "expressRouteCircuits"),
        (Kind::RouteFilter, "routeFilters"),
        (Kind::Workload, "workloads"),
        (Kind::External, "externals"),
        (Kind::Site, "sites"),
        (Kind::Appliance, "appliances"),
        (Kind::StorageAccount, "storageAccounts"),
        (Kind::DataLakeStoreAccount, "dataLakeStoreAccounts"),
        (Kind::Server, "servers"),
        (Kind::Vault, "vaults"),
        (Kind::Namespace, "namespaces"),
        (Kind::DatabaseAccount, "databaseAccounts"),
        (Kind::Factory, "factories"),
        (Kind::Workspace, "workspaces"),
        (Kind::WebApp, "webApps"),
        (Kind::Cluster, "clusters"),
        (Kind::PrivateEndpoint, "privateEndpoints"),
        (Kind::PrivateDnsZone, "privateDnsZones"),
        (Kind::ServiceEndpointPolicy, "serviceEndpointPolicies"),
        (Kind::NetworkSecurityPerimeter, "networkSecurityPerimeters"),
        (Kind::AzureFirewall, "azureFirewalls"),
        (Kind::FirewallPolicy, "firewallPolicies"),
        (Kind::IpGroup, "ipGroups"),
        (Kind::LoadBalancer, "loadBalancers"),
        (Kind::ApplicationGateway, "applicationGateways"),
        (Kind::BastionHost, "bastionHosts"),
        (Kind::VirtualHub, "virtualHubs"),
        (Kind::VirtualWan, "virtualWans"),
        (Kind::VpnSite, "vpnSites"),
        (Kind::PrivateLinkService, "privateLinkServices"),
        (Kind::PublicIpPrefix, "publicIPPrefixes"),
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
    /// What follows a `/` in a name: a subnet without its VNET, a resource without its group. `None` where several
    /// names end like that.
    endings: HashMap<(Kind, String), Option<usize>>,
    /// In the order of the file, as written.
    written: HashMap<Kind, Vec<String>>,
}

/// What a reference led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// A resource of the file.
    Here(usize),
    /// A full ARM id that the file does not hold.
    Outside,
    /// A full ARM id of a resource of another type: this one.
    OtherType(String),
    /// Several names end like this.
    Several(Vec<String>),
    /// No such name.
    Nowhere,
}

impl Index {
    /// Declares every name.
    pub(crate) fn of(network: &Node) -> Index {
        let mut index = Index::default();
        for (kind, map) in Kind::ALL.iter().filter(|(kind, _)| *kind != Kind::Subnet) {
            for entry in network.get(map).map(Node::entries).unwrap_or_default() {
                index.declare(*kind, &entry.key);
                if *kind == Kind::VirtualNetwork {
                    index.declare_subnets(entry);
                }
            }
        }
        index
    }

    fn declare_subnets(&mut self, network: &Entry) {
        for subnet in network.value.get("subnets").map(Node::entries).unwrap_or_default() {
            self.declare(Kind::Subnet, &format!("{}/{}", network.key, subnet.key));
        }
    }

    fn declare(&mut self, kind: Kind, name: &str) {
        let written = self.written.entry(kind).or_default();
        let place = written.len();
        written.push(name.to_owned());
        let name = name.to_lowercase();
        for (slash, _) in name.match_indices('/') {
            let ending = self.endings.entry((kind, name[slash + 1..].to_owned()));
            ending.and_modify(|one| *one = None).or_insert(Some(place));
        }
        self.names.insert((kind, name), place);
    }

    /// The place of a name of one kind; `None` too where several fit.
    pub(crate) fn by_name(&self, kind: Kind, name: &str) -> Option<usize> {
        let key = (kind, name.to_lowercase());
        let whole = self.names.get(&key).copied();
        whole.or_else(|| self.endings.get(&key).copied().flatten()).or_else(|| self.without_group(kind, &key.1))
    }

    /// `rg/name` of a resource that is here without its group.
    fn without_group(&self, kind: Kind, name: &str) -> Option<usize> {
        let parts = if kind == Kind::Subnet { 3 } else { 2 };
        let (_, bare) = name.split_once('/').filter(|_| name.split('/').count() == parts)?;
        self.names.get(&(kind, bare.to_owned())).copied()
    }

    /// What a reference of one kind leads to: a name or an ARM id.
    pub(crate) fn find(&self, kind: Kind, reference: &str) -> Found {
        if let Some(id) = ArmId::parse(reference) {
            return match (id.kind() == Some(kind), self.by_id(kind, &id)) {
                (false, _) => Found::OtherType(id.types.join("/")),
                (true, Some(place)) => Found::Here(place),
                (true, None) => Found::Outside,
            };
        }
        match self.by_name(kind, reference) {
            Some(place) => Found::Here(place),
            None if self.endings.contains_key(&(kind, reference.to_lowercase())) => {
                Found::Several(self.ending_with(kind, reference))
            }
            None => Found::Nowhere,
        }
    }

    fn ending_with(&self, kind: Kind, reference: &str) -> Vec<String> {
        let ending = format!("/{}", reference.to_lowercase());
        let fits = |name: &&str| name.to_lowercase().ends_with(&ending);
        self.names_of(kind).filter(fits).take(5).map(str::to_owned).collect()
    }

    /// The place of an ARM id.
    pub(crate) fn by_id(&self, kind: Kind, id: &ArmId<'_>) -> Option<usize> {
        let name = id.names.join("/");
        let exact = |name: &str| self.names.get(&(kind, name.to_lowercase())).copied();
        let in_group = format!("{}/{name}", id.group);
        exact(&format!("{}/{in_group}", id.subscription)).or_else(|| exact(&in_group)).or_else(|| exact(&name))
    }

    /// What to try instead of a name that leads nowhere.
    pub(crate) fn advice(&self, kind: Kind, name: &str) -> String {
        if let Some(near) = nearest(name, self.names_of(kind), 3) {
            return format!("did you mean `{near}`?");
        }
        let elsewhere = Kind::ALL.iter().find(|(other, _)| self.names.contains_key(&(*other, name.to_lowercase())));
        if let Some((_, map)) = elsewhere {
            return format!("`{name}` is in {map}");
        }
        let some: Vec<String> = self.names_of(kind).take(5).map(|name| format!("`{name}`")).collect();
        match some.len() {
            0 => format!("the file has no {}", kind.map()),
            5 => format!("there are {}, …", some[..4].join(", ")),
            _ => format!("there are {}", some.join(", ")),
        }
    }

    /// How many names of a kind there are.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.written.get(&kind).map_or(0, Vec::len)
    }

    /// All names of a kind.
    pub(crate) fn names_of(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.written.get(&kind).into_iter().flatten().map(String::as_str)
    }
}

/// A parsed ARM id.
#[derive(Debug)]
pub(crate) struct ArmId<'a> {
    subscription: &'a str,
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
        let subscription = segments.get(1).copied().unwrap_or("");
        Some(ArmId { subscription, group, types, names })
    }

    /// Its last name.
    pub(crate) fn name(&self) -> &'a str {
        self.names.last().copied().unwrap_or_default()
    }

    /// The name of the resource of type `kind` that it names or lies below: the circuit of a peering's id.
    pub(crate) fn name_of(&self, kind: Kind) -> Option<&'a str> {
        let at = self.types.iter().position(|one| one.eq_ignore_ascii_case(kind.map()))?;
        self.names.get(at).copied()
    }

    /// The map under `network` of what it names, and the key there.
    pub(crate) fn family(&self) -> Option<(&'a str, &'a str)> {
        Some((self.types.first().copied()?, self.names.first().copied()?))
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
