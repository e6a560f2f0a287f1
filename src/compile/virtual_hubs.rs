//! What the route tables of virtual hubs hold: static routes, connected VNETs, branches, other hubs.
//!
//! In: the model. Out: [`HubFacts`], rows of connected VNETs, routes of sites. Deliberately absent: what a hub does with
//! a packet (that is `evaluate/virtual_hub`).

use super::{gateway_rows::gateway_row, routes::Scene};
use crate::{
    model::{
        BranchKind, HubBranch, HubNextHop, HubRoutingPreference, Model, SiteId, VirtualHub, VirtualHubId,
        VirtualNetworkId,
    },
    network::{HubFacts, HubHop, HubRow, RouteOrigin, RouteRow, SitePeer, SiteRoute},
};
use ipnet::IpNet;
use std::collections::{BTreeMap, HashMap};

/// The private ranges that routing intent announces instead of what is in them.
const AGGREGATES: [&str; 3] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/// How good a way is: smaller is better.
type Rank = (u8, u32, u32, u32, u32);

/// The tables of every hub.
pub(super) fn hubs(model: &Model) -> Vec<HubFacts> {
    let all = (0..model.virtual_hubs.len()).map(VirtualHubId::at);
    all.map(|id| {
        let tables = 0..model.virtual_hub(id).tables.len();
        let tables = tables.map(|table| rows_of(model, id, View::Table(table))).collect();
        HubFacts { tables, firewall: rows_of(model, id, View::Firewall) }
    })
    .collect()
}

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    /// Whoever is associated with a table.
    Table(usize),
    /// The hub's firewall, which reaches all that is connected to the hub, propagated or not, and never itself.
    Firewall,
}

/// The rows of one view: of each prefix the best ways, the longest prefix first.
fn rows_of(model: &Model, id: VirtualHubId, view: View) -> Vec<HubRow> {
    let hub = model.virtual_hub(id);
    let table = match view {
        View::Table(table) => table,
        View::Firewall => 0,
    };
    let sees = |propagated: &[(VirtualHubId, usize)], remote: bool| {
        propagated.contains(&(id, table)) || (view == View::Firewall && !remote)
    };
    let mut best: BTreeMap<IpNet, (Rank, Vec<HubHop>)> = BTreeMap::new();
    let mut offer = |prefix: IpNet, rank: Rank, hop: HubHop| {
        let entry = best.entry(prefix).or_insert((rank, Vec::new()));
        if rank < entry.0 {
            *entry = (rank, Vec::new());
        }
        if rank == entry.0 && !entry.1.contains(&hop) {
            entry.1.push(hop);
        }
    };
    // A static route wins over what is learned (R146), and stays in its hub.
    let own = |hop: &HubNextHop| view != View::Firewall || *hop != HubNextHop::Firewall;
    for (prefix, hop) in hub.tables[table].routes.iter().filter(|(_, hop)| own(hop)) {
        let hop = match hop {
            HubNextHop::Firewall => HubHop::Firewall,
            HubNextHop::Connection(at) => HubHop::Connection(id, *at),
            HubNextHop::Unknown(fact) => HubHop::Unknown(*fact),
        };
        offer(*prefix, (0, 0, 0, 0, 0), hop);
    }
    for (index, other) in model.virtual_hubs.iter().enumerate() {
        let owner = VirtualHubId::at(index);
        let remote = owner != id;
        // Basic hubs are not joined.
        if other.wan != hub.wan || (remote && !(hub.standard && other.standard)) {
            continue;
        }
        for (at, connection) in other.connections.iter().enumerate() {
            if !sees(&connection.routing.propagated, remote) {
                continue;
            }
            let rank = rank(hub.preference, None, remote, u32::from(remote));
            for prefix in &model.virtual_network(connection.network).address_prefixes {
                offer(*prefix, rank, HubHop::Connection(owner, at as u32));
            }
            for (prefix, _) in connection.static_routes.iter().filter(|_| !remote) {
                offer(*prefix, rank, HubHop::Connection(owner, at as u32));
            }
        }
        let seen = || other.branches.iter().enumerate().filter(|(_, branch)| sees(&branch.propagated, remote));
        let told = if remote { best_of(model, other, seen().map(|(_, branch)| branch)) } else { HashMap::new() };
        for (at, branch) in seen() {
            for (prefix, length) in prefixes_of(model, branch) {
                // A hub tells others of its best way alone (R150). A default route stays in the hub that learned it (R147).
                let own = rank(other.preference, Some(branch.kind), false, length);
                let kept = told.get(&prefix).is_some_and(|best| *best < own);
                if !(remote && (kept || prefix.prefix_len() == 0)) {
                    let rank = rank(hub.preference, Some(branch.kind), remote, length + u32::from(remote));
                    offer(prefix, rank, HubHop::Branch(owner, at as u32));
                }
            }
        }
    }
    let mut rows: Vec<HubRow> = best.into_iter().map(|(prefix, (_, hops))| HubRow { prefix, hops }).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.prefix.prefix_len()));
    rows
}

/// The rank of a hub's best way to each prefix of its branches, by its own preference.
fn best_of<'b>(model: &Model, hub: &VirtualHub, branches: impl Iterator<Item = &'b HubBranch>) -> HashMap<IpNet, Rank> {
    let mut best = HashMap::new();
    for branch in branches {
        for (prefix, length) in prefixes_of(model, branch) {
            let own = rank(hub.preference, Some(branch.kind), false, length);
            best.entry(prefix).and_modify(|best: &mut Rank| *best = own.min(*best)).or_insert(own);
        }
    }
    best
}

/// How a hub ranks a learned way (R150, R151): by its preference, then by the length of the path, or the other way
/// round. Of remote ways VPN comes before ExpressRoute.
fn rank(preference: HubRoutingPreference, kind: Option<BranchKind>, remote: bool, length: u32) -> Rank {
    let far = u32::from(remote);
    let vpn_first = remote || preference == HubRoutingPreference::VpnGateway;
    let kind = match (kind, vpn_first) {
        (None, _) => 0,
        (Some(BranchKind::ExpressRoute), false) | (Some(BranchKind::Vpn), true) => 1,
        (Some(_), _) => 2,
    };
    match preference {
        HubRoutingPreference::ExpressRoute | HubRoutingPreference::VpnGateway => (1, far, kind, length, 0),
        HubRoutingPreference::AsPath => (1, length, far, kind, 0),
    }
}

/// What a branch announces, with the length of its path; Microsoft's own system stands before a circuit's.
fn prefixes_of(model: &Model, branch: &HubBranch) -> Vec<(IpNet, u32)> {
    let sites = model.sites.iter().filter(|site| site.attachments.contains(&branch.attachment));
    let told = sites.flat_map(|site| &site.advertises);
    let length = 1 + u32::from(branch.kind == BranchKind::ExpressRoute);
    told.chain(&branch.static_prefixes).map(|prefix| (*prefix, length)).collect()
}

fn aggregates() -> Vec<IpNet> {
    AGGREGATES.iter().filter_map(|net| net.parse().ok()).collect()
}

/// What a hub announces to whom is associated with a table: its prefixes, or with a private policy the aggregates
/// instead of what lies in them (R148).
fn announced(hub: &VirtualHub, rows: &[HubRow]) -> Vec<IpNet> {
    let aggregates = if hub.private_policy.is_some() { aggregates() } else { Vec::new() };
    let beside = rows.iter().map(|row| row.prefix).filter(|prefix| prefix.prefix_len() > 0);
    let beside = beside.filter(|prefix| !aggregates.iter().any(|net| net.contains(prefix)));
    let mut prefixes: Vec<IpNet> = aggregates.iter().copied().chain(beside).collect();
    if hub.internet_policy.is_some() || rows.iter().any(|row| row.prefix.prefix_len() == 0) {
        prefixes.push(IpNet::default());
    }
    prefixes
}

/// Whether a prefix is announced because of a policy, whatever the tables hold (R148).
fn is_of_policy(hub: &VirtualHub, prefix: &IpNet) -> bool {
    let policy = if prefix.prefix_len() == 0 { hub.internet_policy } else { hub.private_policy };
    policy.is_some() && (prefix.prefix_len() == 0 || aggregates().contains(prefix))
}

impl Scene<'_> {
    /// What a hub announces to a connected VNET; not what equals a range of its own or lies inside (R145).
    pub(super) fn rows_of_hub(&self, home: VirtualNetworkId) -> Vec<RouteRow> {
        let Some((id, at)) = self.model.hub_of(home) else {
            return Vec::new();
        };
        let hub = self.model.virtual_hub(id);
        let connection = &hub.connections[at as usize];
        let rows = &self.hubs[id.index()].tables[connection.routing.associated];
        let own = &self.model.virtual_network(home).address_prefixes;
        let firewall = hub.firewall.map(|firewall| self.model.azure_firewall(firewall).private_address);
        let through = firewall.and_then(|address| address.known().copied());
        let wanted = announced(hub, rows).into_iter().filter(|prefix| {
            let taken = own.iter().any(|range| range.contains(prefix));
            !taken && (prefix.prefix_len() > 0 || connection.internet_security) && self.is_carried(hub, rows, prefix)
        });
        wanted
            .map(|prefix| {
                let policy = if prefix.prefix_len() == 0 { hub.internet_policy } else { hub.private_policy };
                let next_hop = through.filter(|_| policy == Some(HubNextHop::Firewall));
                gateway_row(prefix, next_hop.into_iter().collect(), RouteOrigin::VirtualHub(id))
            })
            .collect()
    }

    /// A Basic hub leads VNETs to branches alone.
    fn is_carried(&self, hub: &VirtualHub, rows: &[HubRow], prefix: &IpNet) -> bool {
        let row = rows.iter().find(|row| row.prefix == *prefix);
        let to_network = |row: &HubRow| row.hops.iter().all(|hop| matches!(hop, HubHop::Connection(..)));
        hub.standard || !row.is_some_and(to_network)
    }
}

/// What a site learns from hubs: the default table's prefixes, those of other branches only where the WAN allows it
/// (R144), and of circuits never over another circuit.
pub(super) fn site_routes(model: &Model, hubs: &[HubFacts], id: SiteId) -> Vec<SiteRoute> {
    let site = model.site(id);
    let mut routes = Vec::new();
    for (index, hub) in model.virtual_hubs.iter().enumerate() {
        for (at, branch) in hub.branches.iter().enumerate() {
            if !site.attachments.contains(&branch.attachment) {
                continue;
            }
            let rows = &hubs[index].tables[0];
            for prefix in announced(hub, rows) {
                let row = rows.iter().find(|row| row.prefix == prefix && !is_of_policy(hub, &prefix));
                let reached = |hop: &HubHop| is_announced_to(model, hub, branch, *hop);
                let known = row.is_none_or(|row| row.hops.iter().any(reached));
                let default = prefix.prefix_len() == 0;
                if known && !site.address_prefixes.contains(&prefix) && (!default || branch.internet_security) {
                    let rank = (u8::from(branch.kind == BranchKind::Vpn), 1);
                    let to = SitePeer::Hub(VirtualHubId::at(index), at as u32);
                    routes.push(SiteRoute { prefix, to, rank });
                }
            }
        }
    }
    routes
}

/// Whether a hub tells a branch of a way: of VNETs and the firewall always, of other branches not everywhere.
fn is_announced_to(model: &Model, hub: &VirtualHub, branch: &HubBranch, hop: HubHop) -> bool {
    let HubHop::Branch(owner, at) = hop else {
        return true;
    };
    let other = &model.virtual_hub(owner).branches[at as usize];
    let circuits = [other, branch].iter().all(|one| one.kind == BranchKind::ExpressRoute);
    other.attachment != branch.attachment && hub.branch_to_branch && !circuits
}
