//! Virtual hubs, from routing.md section 5.6 (R142 to R151).
//!
//! In: a packet at a hub, a VNET or a site that one is connected to. Out: the next place. Tables are read anew for every
//! packet: who propagates to one, what is static in it, and then which of the ways to the longest prefix is the best.

use super::{Carrier, Header, Place, Step, Walk, by_hand, denied, is_public_host, route_address, routes::net};
use azreach::model::*;
use ipnet::IpNet;
use std::{cmp::Ordering, net::IpAddr};

/// Where a packet entered a hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Connection(usize),
    Branch(usize),
    AnotherHub,
    Firewall,
}

/// Where a hub sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Firewall,
    Connection(VirtualHubId, usize),
    Branch(VirtualHubId, usize),
}

/// One route of a table.
#[derive(Debug, Clone, Copy)]
struct Offer {
    prefix: IpNet,
    way: Way,
    is_static: bool,
    remote: bool,
    /// Of a branch.
    kind: Option<BranchKind>,
    /// Autonomous systems on the way.
    path: u32,
}

/// Who looks at routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Table(usize),
    /// The hub's firewall: the default table, and all that is connected to the hub itself.
    Firewall,
}

/// All routes of a view. Hubs of one Standard WAN are joined (R142); static routes and default routes stay in theirs
/// (R146, R147).
fn offers(model: &Model, id: VirtualHubId, view: View) -> Vec<Offer> {
    let hub = model.virtual_hub(id);
    let table = if let View::Table(table) = view { table } else { 0 };
    let mut found = Vec::new();
    for (prefix, hop) in &hub.tables[table].routes {
        let way = match hop {
            HubNextHop::Firewall if view == View::Firewall => continue,
            HubNextHop::Firewall => Way::Firewall,
            HubNextHop::Connection(at) => Way::Connection(id, *at as usize),
            HubNextHop::Unknown(_) => continue,
        };
        found.push(Offer { prefix: *prefix, way, is_static: true, remote: false, kind: None, path: 0 });
    }
    for owner in (0..model.virtual_hubs.len()).map(VirtualHubId::at) {
        let other = model.virtual_hub(owner);
        let remote = owner != id;
        let joined = other.wan == hub.wan && hub.standard && other.standard;
        if remote && !joined {
            continue;
        }
        let seen = |propagated: &[(VirtualHubId, usize)]| {
            propagated.contains(&(id, table)) || (view == View::Firewall && !remote)
        };
        for (at, connection) in other.connections.iter().enumerate() {
            if !seen(&connection.routing.propagated) {
                continue;
            }
            let own = model.virtual_network(connection.network).address_prefixes.iter();
            let behind = connection.static_routes.iter().map(|(prefix, _)| prefix).filter(|_| !remote);
            found.extend(own.chain(behind).map(|prefix| Offer {
                prefix: *prefix,
                way: Way::Connection(owner, at),
                is_static: false,
                remote,
                kind: None,
                path: u32::from(remote),
            }));
        }
        for (at, branch) in other.branches.iter().enumerate() {
            if !seen(&branch.propagated) {
                continue;
            }
            // R151: Microsoft's own system counts on a circuit.
            let path = 1 + u32::from(branch.kind == BranchKind::ExpressRoute) + u32::from(remote);
            let told = model.sites.iter().filter(|site| site.attachments.contains(&branch.attachment));
            let told = told.flat_map(|site| &site.advertises).chain(&branch.static_prefixes);
            let crosses = |prefix: &&IpNet| !(remote && prefix.prefix_len() == 0);
            found.extend(told.filter(crosses).map(|prefix| Offer {
                prefix: *prefix,
                way: Way::Branch(owner, at),
                is_static: false,
                remote,
                kind: Some(branch.kind),
                path,
            }));
        }
    }
    found
}

/// Which of two ways to one prefix a hub takes (5.6: static, then by the hub's preference).
fn better(preference: HubRoutingPreference, a: &Offer, b: &Offer) -> Ordering {
    let is_static = b.is_static.cmp(&a.is_static);
    let local = a.remote.cmp(&b.remote);
    let path = a.path.cmp(&b.path);
    let first = match (preference, a.remote) {
        (HubRoutingPreference::VpnGateway, _) | (_, true) => BranchKind::Vpn,
        _ => BranchKind::ExpressRoute,
    };
    let place = |one: &Offer| one.kind.map_or(0, |kind| if kind == first { 1 } else { 2 });
    let kind = place(a).cmp(&place(b));
    is_static.then(match preference {
        HubRoutingPreference::AsPath => path.then(local).then(kind),
        _ => local.then(kind).then(path),
    })
}

/// The best ways to a prefix of a view.
fn best(model: &Model, id: VirtualHubId, offers: &[Offer], prefix: IpNet) -> Vec<Way> {
    let preference = model.virtual_hub(id).preference;
    let mut equal: Vec<Offer> = offers.iter().filter(|one| one.prefix == prefix).copied().collect();
    equal.sort_by(|a, b| better(preference, a, b));
    let first = equal.first().copied();
    let best = equal.iter().filter(|one| first.is_some_and(|first| better(preference, one, &first).is_eq()));
    let mut ways: Vec<Way> = Vec::new();
    for one in best {
        if !ways.contains(&one.way) {
            ways.push(one.way);
        }
    }
    ways
}

/// The prefixes that a view holds, each with its best ways.
fn table(model: &Model, id: VirtualHubId, view: View) -> Vec<(IpNet, Vec<Way>)> {
    let offers = offers(model, id, view);
    let mut prefixes: Vec<IpNet> = offers.iter().map(|one| one.prefix).collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    prefixes.into_iter().map(|prefix| (prefix, best(model, id, &offers, prefix))).collect()
}

/// R148: with a private policy the aggregates stand for all that lies in them, with one for the Internet a default route.
fn with_policies(hub: &VirtualHub, known: Vec<IpNet>) -> Vec<IpNet> {
    let aggregates = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(net);
    let mut told = known;
    if hub.private_policy.is_some() {
        told.retain(|prefix| !aggregates.iter().any(|aggregate| aggregate.contains(prefix)));
        told.extend(aggregates);
    }
    if hub.internet_policy.is_some() && !told.contains(&net("0.0.0.0/0")) {
        told.push(net("0.0.0.0/0"));
    }
    told
}

/// The hub that a VNET is connected to, and its connection.
fn connection_of(model: &Model, network: VirtualNetworkId) -> Option<(VirtualHubId, usize)> {
    (0..model.virtual_hubs.len()).map(VirtualHubId::at).find_map(|id| {
        let connections = &model.virtual_hub(id).connections;
        connections.iter().position(|one| one.network == network).map(|at| (id, at))
    })
}

/// What a hub programs into a connected VNET: not what equals a range of it or lies inside (R145).
pub(crate) fn programmed(model: &Model, network: VirtualNetworkId) -> Option<(VirtualHubId, Vec<IpNet>)> {
    let (id, at) = connection_of(model, network)?;
    let hub = model.virtual_hub(id);
    let connection = &hub.connections[at];
    let of_networks = |ways: &[Way]| ways.iter().all(|way| matches!(way, Way::Connection(..)));
    let known = table(model, id, View::Table(connection.routing.associated)).into_iter();
    // R142: a Basic hub leads networks to branches alone.
    let known = known.filter(|(_, ways)| hub.standard || !of_networks(ways)).map(|(prefix, _)| prefix).collect();
    let mut told = with_policies(hub, known);
    let own = &model.virtual_network(network).address_prefixes;
    told.retain(|prefix| !own.iter().any(|range| range.contains(prefix)));
    told.retain(|prefix| prefix.prefix_len() > 0 || connection.internet_security);
    Some((id, told))
}

/// R144, 5.6: whether a hub carries between branches.
fn meet(model: &Model, id: VirtualHubId, one: &HubBranch, other: &HubBranch) -> bool {
    let circuits = one.kind == BranchKind::ExpressRoute && other.kind == BranchKind::ExpressRoute;
    model.virtual_hub(id).branch_to_branch && !circuits
}

/// What a hub tells a branch, which is associated with the default table.
fn told_to_branch(model: &Model, id: VirtualHubId, at: usize) -> Vec<IpNet> {
    let hub = model.virtual_hub(id);
    let branch = &hub.branches[at];
    let passes = |way: &Way| match way {
        Way::Branch(owner, at) => {
            let other = &model.virtual_hub(*owner).branches[*at];
            meet(model, id, branch, other) && branch.attachment != other.attachment
        }
        _ => true,
    };
    let known = table(model, id, View::Table(0)).into_iter();
    let known = known.filter(|(_, ways)| ways.iter().any(passes)).map(|(prefix, _)| prefix).collect();
    let mut told = with_policies(hub, known);
    told.retain(|prefix| prefix.prefix_len() > 0 || branch.internet_security);
    told
}

impl Walk<'_> {
    /// The hub of whose range a VNET is made.
    pub(super) fn hub_at(&self, network: VirtualNetworkId) -> Option<VirtualHubId> {
        let hubs = (0..self.model.virtual_hubs.len()).map(VirtualHubId::at);
        hubs.into_iter().find(|id| self.model.virtual_hub(*id).network == network)
    }

    /// The hub that a firewall secures.
    pub(super) fn hub_of_firewall(&self, firewall: AzureFirewallId) -> Option<VirtualHubId> {
        let hubs = (0..self.model.virtual_hubs.len()).map(VirtualHubId::at);
        hubs.into_iter().find(|id| self.model.virtual_hub(*id).firewall == Some(firewall))
    }

    /// From a connected VNET into its hub.
    pub(super) fn enter_hub(
        &mut self,
        own: VirtualNetworkId,
        hub: VirtualHubId,
        carrier: Carrier,
        header: Header,
    ) -> Step<(Place, Header)> {
        let Some((_, at)) = connection_of(self.model, own) else {
            return denied("not connected to the hub");
        };
        let link = self.link(own, self.model.virtual_hub(hub).network)?;
        self.cross(link, carrier)?;
        Ok((Place::Hub { hub, side: Side::Connection(at) }, header))
    }

    /// By the longest prefix that a hub told a site; ExpressRoute first for the same.
    pub(super) fn hub_of_site(&self, site: SiteId, to: IpAddr) -> Step<Option<Place>> {
        let mut ways: Vec<(u8, bool, Place)> = Vec::new();
        let own = self.model.site(site);
        for hub in (0..self.model.virtual_hubs.len()).map(VirtualHubId::at) {
            for (at, branch) in self.model.virtual_hub(hub).branches.iter().enumerate() {
                if !own.attachments.contains(&branch.attachment) {
                    continue;
                }
                let told = told_to_branch(self.model, hub, at).into_iter();
                let heard = told.flat_map(|prefix| super::hybrid::accepted(&own.learns, prefix));
                let express = branch.kind == BranchKind::ExpressRoute;
                for prefix in heard.filter(|prefix| prefix.contains(&to)) {
                    ways.push((prefix.prefix_len(), express, Place::Hub { hub, side: Side::Branch(at) }));
                }
            }
        }
        let Some(top) = ways.iter().map(|(length, express, _)| (*length, *express)).max() else {
            return Ok(None);
        };
        ways.retain(|(length, express, _)| (*length, *express) == top);
        ways.dedup_by_key(|(_, _, place)| *place);
        match ways.as_slice() {
            [(_, _, place)] => Ok(Some(*place)),
            _ => by_hand("a site with two equal ways"),
        }
    }

    /// Out of a hub: policies first (R148), then the table of whoever sent it.
    pub(super) fn leave_hub(&mut self, id: VirtualHubId, side: Side, header: Header) -> Step<(Place, Header)> {
        let hub = self.model.virtual_hub(id);
        let public = is_public_host(header.destination);
        let policy = if public { hub.internet_policy } else { hub.private_policy };
        match policy.filter(|_| side != Side::Firewall) {
            Some(HubNextHop::Firewall) => return self.hub_firewall(id, header),
            Some(_) => return by_hand("a policy that leads elsewhere"),
            None => {}
        }
        let view = match side {
            Side::Connection(at) => View::Table(hub.connections[at].routing.associated),
            Side::Branch(_) | Side::AnotherHub => View::Table(0),
            Side::Firewall => View::Firewall,
        };
        let to = route_address(self.model, header.destination);
        let covering = table(self.model, id, view).into_iter().filter(|(prefix, _)| prefix.contains(&to));
        let Some((_, ways)) = covering.max_by_key(|(prefix, _)| prefix.prefix_len()) else {
            return match (side, hub.firewall) {
                (Side::Firewall, Some(firewall)) if public => self.firewall_to_internet(firewall, header),
                _ => denied("noRoute in the hub"),
            };
        };
        let open: Vec<Way> = ways.into_iter().filter(|way| self.is_open(id, side, *way)).collect();
        if open.is_empty() {
            return by_hand("a hub that knows only a way which is closed to the sender");
        }
        let way = open[if open.len() > 1 { self.choose(open.len()) } else { 0 }];
        match way {
            Way::Firewall => self.hub_firewall(id, header),
            Way::Connection(owner, _) | Way::Branch(owner, _) if owner != id => {
                Ok((Place::Hub { hub: owner, side: Side::AnotherHub }, header))
            }
            Way::Connection(_, at) => self.enter_connected(id, at, header),
            Way::Branch(_, at) => self.enter_branch(id, at, header),
        }
    }

    /// A Basic hub does not join networks (R142), and not all branches meet (R144).
    fn is_open(&self, id: VirtualHubId, side: Side, way: Way) -> bool {
        let hub = self.model.virtual_hub(id);
        match (side, way) {
            (Side::Connection(_), Way::Connection(..)) => hub.standard,
            (Side::Branch(own), Way::Branch(owner, at)) => {
                meet(self.model, id, &hub.branches[own], &self.model.virtual_hub(owner).branches[at])
            }
            _ => true,
        }
    }

    fn hub_firewall(&self, id: VirtualHubId, header: Header) -> Step<(Place, Header)> {
        match self.model.virtual_hub(id).firewall {
            Some(firewall) => Ok((Place::Firewall { id: firewall, outside: false }, header)),
            None => by_hand("a hub without its firewall"),
        }
    }

    /// To a VNET's own addresses, or by the connection's static routes to an appliance in it (R146).
    fn enter_connected(&mut self, id: VirtualHubId, at: usize, header: Header) -> Step<(Place, Header)> {
        let mut header = header;
        let hub = self.model.virtual_hub(id);
        let connection = &hub.connections[at];
        let link = self.link(hub.network, connection.network)?;
        let network = self.cross(link, Carrier::Gateway)?;
        let to = route_address(self.model, header.destination);
        if self.has_range(network, to) {
            return Ok((self.deliver(network, &mut header)?, header));
        }
        let covering = connection.static_routes.iter().filter(|(prefix, _)| prefix.contains(&to));
        match covering.max_by_key(|(prefix, _)| prefix.prefix_len()) {
            Some((_, address)) => Ok((self.nic_at(network, *address, &header)?, header)),
            None => denied("the connection has no static route"),
        }
    }

    fn enter_branch(&self, id: VirtualHubId, at: usize, header: Header) -> Step<(Place, Header)> {
        let attachment = &self.model.virtual_hub(id).branches[at].attachment;
        let all = (0..self.model.sites.len()).map(SiteId::at);
        let sites: Vec<SiteId> = all.filter(|id| self.model.site(*id).attachments.contains(attachment)).collect();
        match sites.as_slice() {
            [site] => Ok((Place::Site(*site), header)),
            _ => by_hand("several sites behind one branch, or none"),
        }
    }
}
