//! Hubs of virtual WANs: route tables, connections of VNETs and branches, routing intent.

use super::*;
use ipnet::IpNet;
use std::net::IpAddr;

/// A hub of a virtual WAN: a router of Azure's own, with a range of its own that is modelled as a VNET of its name.
#[derive(Debug, Clone, PartialEq)]
pub struct VirtualHub {
    /// Name and place.
    pub label: Label,
    /// The VNET that stands for its range, peered with those that are connected.
    pub network: VirtualNetworkId,
    /// The virtual WAN, by its lower-case name.
    pub wan: String,
    /// Standard; a Basic one joins branches and VNETs only.
    pub standard: bool,
    /// Branches reach each other (R144).
    pub branch_to_branch: bool,
    /// Which of several ways to one prefix it takes (R150, R151).
    pub preference: HubRoutingPreference,
    /// Its route tables; the first is `defaultRouteTable`.
    pub tables: Vec<HubRouteTable>,
    /// Connected VNETs.
    pub connections: Vec<HubConnection>,
    /// Connected branches.
    pub branches: Vec<HubBranch>,
    /// Where routing intent leads what is for the Internet.
    pub internet_policy: Option<HubNextHop>,
    /// Where it leads what is private (R148).
    pub private_policy: Option<HubNextHop>,
    /// Its firewall: a secured hub.
    pub firewall: Option<AzureFirewallId>,
    /// Connections to what the file does not hold: it may have any prefix.
    pub unknown: Vec<FactId>,
}

/// A route table of a hub.
#[derive(Debug, Clone, PartialEq)]
pub struct HubRouteTable {
    /// Its name.
    pub name: String,
    /// Labels, lower case: a connection that propagates to one propagates to every table that has it.
    pub labels: Vec<String>,
    /// Static routes.
    pub routes: Vec<(IpNet, HubNextHop)>,
}

/// Where a hub's static route or policy leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HubNextHop {
    /// The hub's own firewall.
    Firewall,
    /// A connected VNET: index in the hub's connections.
    Connection(u32),
    /// Not known, or not modelled.
    Unknown(FactId),
}

/// Which tables a connection sees and is seen in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubRouting {
    /// The table of its own hub by which its traffic is routed.
    pub associated: usize,
    /// The tables that have its prefixes.
    pub propagated: Vec<(VirtualHubId, usize)>,
}

/// A VNET's connection to a hub.
#[derive(Debug, Clone, PartialEq)]
pub struct HubConnection {
    /// Name and place.
    pub label: Label,
    /// The VNET.
    pub network: VirtualNetworkId,
    /// Association and propagation.
    pub routing: HubRouting,
    /// Prefixes behind an appliance in the VNET.
    pub static_routes: Vec<(IpNet, IpAddr)>,
    /// It takes a default route from the hub.
    pub internet_security: bool,
}

/// How a branch is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BranchKind {
    /// A site of a VPN gateway.
    Vpn,
    /// A circuit of an ExpressRoute gateway.
    ExpressRoute,
}

/// A branch's connection to a hub.
#[derive(Debug, Clone, PartialEq)]
pub struct HubBranch {
    /// Name and place.
    pub label: Label,
    /// VPN or ExpressRoute.
    pub kind: BranchKind,
    /// What sites are attached through.
    pub attachment: Attachment,
    /// Prefixes configured by hand.
    pub static_prefixes: Vec<IpNet>,
    /// The tables that have its prefixes.
    pub propagated: Vec<(VirtualHubId, usize)>,
    /// It takes a default route from the hub.
    pub internet_security: bool,
}

/// A branch site as a virtual WAN knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct VpnSite {
    /// Name and place.
    pub label: Label,
    /// Prefixes configured by hand.
    pub address_prefixes: Vec<IpNet>,
}

impl Model {
    /// The hub that a VNET is connected to, with the place of its connection.
    pub fn hub_of(&self, network: VirtualNetworkId) -> Option<(VirtualHubId, u32)> {
        self.virtual_hubs.iter().enumerate().find_map(|(index, hub)| {
            let at = hub.connections.iter().position(|one| one.network == network)?;
            Some((VirtualHubId::at(index), at as u32))
        })
    }

    /// What is not known of a hub's prefixes, and of those of the hubs that it is joined to.
    pub fn unknown_of_hub(&self, id: VirtualHubId) -> Vec<FactId> {
        let own = self.virtual_hub(id);
        let joined = |hub: &&VirtualHub| hub.wan == own.wan && (own.standard || hub.network == own.network);
        self.virtual_hubs.iter().filter(joined).flat_map(|hub| hub.unknown.clone()).collect()
    }

    /// The hub whose range a VNET stands for.
    pub fn hub_at(&self, network: VirtualNetworkId) -> Option<VirtualHubId> {
        self.virtual_hubs.iter().position(|hub| hub.network == network).map(VirtualHubId::at)
    }
}
