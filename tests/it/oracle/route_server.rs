//! Route Servers, from routing.md section 5.5 (R137 to R141, R185, R186).
//!
//! In: a VNET, an appliance, a connection. Out: what appliances told them. A Route Server is on no packet's way.

use super::{
    Header, Host, Member, Place, Step, Walk, by_hand, denied, hybrid,
    routes::{Hop, Maybe, Rank, Row, connected},
};
use azreach::model::*;
use ipnet::IpNet;
use std::net::IpAddr;

/// A prefix as an appliance told it.
#[derive(Debug, Clone, Copy)]
struct Told {
    prefix: IpNet,
    next_hop: IpAddr,
    by: Option<ApplianceId>,
    path: u32,
    no_advertise: bool,
}

/// The Route Server of a VNET, or through transit that of the VNET whose gateways it uses (R186).
fn server_for(model: &Model, id: VirtualNetworkId) -> Option<&RouteServer> {
    let at = |home: VirtualNetworkId| {
        model.route_servers.iter().find(|server| model.subnet(server.subnet).virtual_network == home)
    };
    let remote = || {
        let links = connected(model, id).into_iter().filter(|(_, link)| hybrid::uses_transit(model, link));
        links.filter_map(|(_, link)| at(*link.remote.known()?)).next()
    };
    at(id).or_else(remote)
}

fn told(server: &RouteServer) -> Vec<Told> {
    let of_peer = |peer: &BgpPeer| {
        let routes = peer.routes.known().cloned().unwrap_or_default();
        let (address, by) = (peer.address, peer.appliance.map(|(id, _)| id));
        let each = routes.into_iter().filter_map(move |route| {
            let next_hop = route.next_hop.or(address)?;
            let (prefix, path, no_advertise) = (route.prefix, route.path_length, route.no_advertise);
            Some(Told { prefix, next_hop, by, path, no_advertise })
        });
        each.collect::<Vec<_>>()
    };
    server.peers.iter().flat_map(of_peer).collect()
}

/// What a Route Server injects: not what equals a range of its VNET or of one that it serves, or lies inside (R138); of several to one prefix the
/// shortest; to gateways only with branch-to-branch, and not what is for the network alone (R137).
fn injected(model: &Model, id: VirtualNetworkId, to_gateway: bool) -> Vec<Told> {
    let Some(server) = server_for(model, id) else { return Vec::new() };
    let all_networks = (0..model.virtual_networks.len()).map(VirtualNetworkId::at);
    let served = all_networks.filter(|other| server_for(model, *other).is_some_and(|one| one.subnet == server.subnet));
    let own: Vec<IpNet> = served.flat_map(|other| model.virtual_network(other).address_prefixes.clone()).collect();
    let mut all = told(server);
    all.retain(|one| !own.iter().any(|range| range.contains(&one.prefix)));
    all.retain(|one| !to_gateway || (server.branch_to_branch && !one.no_advertise));
    let shortest = |one: &Told| all.iter().all(|other| other.prefix != one.prefix || other.path >= one.path);
    all.iter().filter(|one| shortest(one)).copied().collect()
}

/// The rows of a subnet, where gateways of the VNET know some as well (R141).
pub(crate) fn rows(model: &Model, id: VirtualNetworkId, of_gateways: Vec<Row>) -> Maybe<Vec<Row>> {
    let mut rows = of_gateways;
    let preference = server_for(model, id).map(|server| server.preference);
    for one in injected(model, id, false) {
        let express = |row: &Row| match row.hop {
            Hop::Tunnel(tunnel) => {
                model.virtual_network_gateway(tunnel.gateway).gateway_type == GatewayType::ExpressRoute
            }
            _ => false,
        };
        let same: Vec<Row> = rows.iter().filter(|row| row.prefix == one.prefix).copied().collect();
        let tunnels: Vec<&Row> = same.iter().filter(|row| matches!(row.hop, Hop::Tunnel(_))).collect();
        let hop = Hop::Told { next_hop: one.next_hop, by: one.by };
        let row = Row { prefix: one.prefix, rank: Rank::Gateway, hop };
        match (tunnels.first(), preference) {
            (None, _) => {}
            (Some(tunnel), Some(HubRoutingPreference::ExpressRoute)) if express(tunnel) => continue,
            (Some(tunnel), Some(HubRoutingPreference::VpnGateway)) if express(tunnel) => {
                rows.retain(|row| row.prefix != one.prefix || !express(row));
            }
            _ => return Err("an appliance and a gateway tell the same".into()),
        }
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Whether a VNET has a prefix of its Route Server that holds an address.
pub(crate) fn knows(model: &Model, id: VirtualNetworkId, address: IpAddr, default_route: bool) -> bool {
    let counts = |one: &Told| one.prefix.prefix_len() > 0 || default_route;
    injected(model, id, false).iter().any(|one| counts(one) && one.prefix.contains(&address))
}

/// What a gateway passes on to the far end of a connection; a VPN gateway takes part with two active instances and Azure's
/// own number only (R109).
pub(crate) fn passed_on(model: &Model, gateway: VirtualNetworkGatewayId) -> Vec<IpNet> {
    let own = model.virtual_network_gateway(gateway);
    let home = own.virtual_network;
    if own.gateway_type == GatewayType::Vpn && !(own.active_active && own.asn == 65515) {
        return Vec::new();
    }
    injected(model, home, true).into_iter().map(|one| one.prefix).collect()
}

/// Whether a gateway learned the prefix of a row (R137).
pub(crate) fn hears(model: &Model, gateway: VirtualNetworkGatewayId, row: Option<Row>) -> bool {
    row.is_some_and(|row| passed_on(model, gateway).contains(&row.prefix))
}

/// Whether an appliance has an address behind itself: it announces it with itself as the next hop, outside all that the
/// file has (R186).
fn is_behind(model: &Model, id: ApplianceId, address: IpAddr) -> bool {
    let networks = model.virtual_networks.iter().flat_map(|one| &one.address_prefixes);
    let of_file: Vec<&IpNet> = networks.chain(model.sites.iter().flat_map(|one| &one.address_prefixes)).collect();
    // A summary of what the file has is not its own.
    let summary = |prefix: &IpNet| of_file.iter().any(|net| net.contains(prefix) || prefix.contains(*net));
    let nics = model.appliance(id).network_interfaces.iter().map(|nic| model.network_interface(*nic));
    let own: Vec<Known<IpAddr>> = nics.flat_map(|nic| &nic.ip_configurations).map(|one| one.address).collect();
    let by_itself = |one: &Told| one.by == Some(id) && own.contains(&Known::Known(one.next_hop));
    let mut announced = model.route_servers.iter().flat_map(told).filter(by_itself);
    announced.any(|one| one.prefix.contains(&address) && !summary(&one.prefix))
}

impl Walk<'_> {
    /// What an appliance sends to what lies behind it never meets Azure's routes.
    pub(super) fn behind(&self, member: Member, header: &Header) -> Option<Place> {
        let id = self.model.network_interface(member.nic?).appliance?;
        let Host::Ip(to) = header.destination else { return None };
        is_behind(self.model, id, to).then_some(Place::Behind { id, member })
    }

    /// By what an appliance told; its own packets come back to it.
    pub(super) fn by_told(
        &self,
        row: Row,
        next_hop: IpAddr,
        by: Option<ApplianceId>,
        member: Option<Member>,
    ) -> Step<IpAddr> {
        let sender = member.and_then(|member| self.model.network_interface(member.nic?).appliance);
        match (sender.is_some() && sender == by, row.prefix.prefix_len()) {
            (true, 0) => denied("loop: the appliance announced the default route itself"),
            (true, _) => by_hand("an appliance that has no way to what it announces"),
            (false, _) => Ok(next_hop),
        }
    }

    /// The answer from behind an appliance: through any that has the sender behind itself, and to its own address where
    /// it had translated.
    pub(super) fn leave_behind(&mut self, member: Member, header: Header) -> Step<(Place, Header)> {
        if header.destination == Host::Ip(member.address) {
            let undo = self.snats.iter().rev();
            let undo = undo.into_iter().find(|one| one.at == Place::Member(member) && one.after == header.destination);
            let Some(step) = undo.copied() else { return denied("reply delivered to somebody else") };
            self.seen_back.extend(member.nic.and_then(|nic| self.model.network_interface(nic).appliance));
            let header = Header { destination: step.before, destination_port: step.before_port, ..header };
            return self.leave_member(member, header);
        }
        let Host::Ip(from) = header.source else { return by_hand("nobody behind an appliance") };
        let mut ways: Vec<Member> = vec![member];
        for server in &self.model.route_servers {
            for (id, nic) in server.peers.iter().filter_map(|peer| peer.appliance) {
                let own = &self.model.network_interface(nic).ip_configurations[0];
                let Known::Known(address) = own.address else { continue };
                let way = Member { subnet: own.subnet, nic: Some(nic), address };
                if is_behind(self.model, id, from) && !ways.contains(&way) {
                    ways.push(way);
                }
            }
        }
        let way = ways[if ways.len() > 1 { self.choose(ways.len()) } else { 0 }];
        let header = self.forward(way, header)?;
        self.leave_member(way, header)
    }
}
