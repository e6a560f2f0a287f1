//! Rows that gateways and Route Servers put into subnets, and which of several ways to one prefix is taken.
//!
//! In: what gateways know and what appliances tell Route Servers. Out: rows of a VNET. Deliberately absent: how these
//! rows fare against others (that is `routes`).

use super::routes::{Scene, system_row};
use crate::{
    model::{
        GatewayType, HubRoutingPreference, Known, NextHopType, RouteServerId, VirtualNetworkGatewayId, VirtualNetworkId,
    },
    network::{RouteOrigin, RouteRow, RouteSource},
};
use ipnet::IpNet;
use std::{collections::HashMap, net::IpAddr};

/// A row that competes with others of its prefix.
struct Candidate {
    row: RouteRow,
    express_route: bool,
    /// Autonomous systems on the way.
    path_length: u32,
}

impl Scene<'_> {
    /// What the VNET's own gateways and Route Server know, or the hub's through transit (R91, R99, R186).
    pub(super) fn gateway_rows(&self, id: VirtualNetworkId) -> Vec<RouteRow> {
        let facts = &self.virtual_networks[id.index()];
        let mut candidates: Vec<Candidate> = Vec::new();
        for gateway in &facts.gateways {
            candidates.extend(self.rows_of_gateway(*gateway));
        }
        let server = self.topology.route_server(self.model, id);
        if let Some(server) = server {
            candidates.extend(self.rows_of_route_server(server, id));
        }
        let hub = self.rows_of_hub(id);
        let preference = server.map(|server| self.model.route_server(server).preference);
        let mut rows = preferred(candidates, preference.unwrap_or_default());
        rows.extend(hub);
        rows
    }

    fn rows_of_gateway(&self, id: VirtualNetworkGatewayId) -> Vec<Candidate> {
        let addresses = self.next_hop_addresses(id);
        let express_route = self.model.virtual_network_gateway(id).gateway_type == GatewayType::ExpressRoute;
        let learned = self.gateways[id.index()].learned.iter();
        learned
            .flat_map(|entry| {
                // An active-active gateway has one row per instance, another one row (R187).
                let instances = if addresses.len() > 1 {
                    addresses.iter().map(|one| vec![*one]).collect()
                } else {
                    vec![addresses.clone()]
                };
                instances.into_iter().map(move |next_hop_addresses| Candidate {
                    row: gateway_row(entry.prefix, next_hop_addresses, RouteOrigin::Gateway(id)),
                    express_route,
                    // Microsoft's own system stands before the customer's on a circuit.
                    path_length: entry.length + u32::from(express_route),
                })
            })
            .collect()
    }

    /// Private addresses of an active-active gateway, the public one of another.
    fn next_hop_addresses(&self, id: VirtualNetworkGatewayId) -> Vec<IpAddr> {
        let gateway = self.model.virtual_network_gateway(id);
        if gateway.active_active && gateway.private_addresses.len() > 1 {
            return gateway.private_addresses.clone();
        }
        let public = gateway.public_ip_addresses.iter().map(|id| self.model.public_ip_address(*id).address);
        public.filter_map(|address| address.known().copied()).take(1).collect()
    }

    /// One row for each prefix and next hop that appliances told it (R186). What equals a range of the VNET, or of one
    /// that uses it, or lies inside, is not injected (R138).
    fn rows_of_route_server(&self, id: RouteServerId, home: VirtualNetworkId) -> Vec<Candidate> {
        let server = self.model.route_server(id);
        let hub = self.model.subnet(server.subnet).virtual_network;
        let within = self.topology.spokes(hub).chain([hub, home]);
        let own: Vec<IpNet> =
            within.flat_map(|network| &self.model.virtual_network(network).address_prefixes).copied().collect();
        let mut candidates: Vec<Candidate> = Vec::new();
        for (index, peer) in server.peers.iter().enumerate() {
            let (Known::Known(told), Some(address)) = (&peer.routes, peer.address) else { continue };
            for one in told.iter().filter(|one| !own.iter().any(|range| range.contains(&one.prefix))) {
                let next_hop = vec![one.next_hop.unwrap_or(address)];
                let same =
                    |other: &Candidate| other.row.prefixes == [one.prefix] && other.row.next_hop_addresses == next_hop;
                // Two appliances may name one next hop, as a load balancer before both.
                if !candidates.iter().any(same) {
                    let row = gateway_row(one.prefix, next_hop, RouteOrigin::RouteServer(id, index as u32));
                    candidates.push(Candidate { row, express_route: false, path_length: one.path_length });
                }
            }
        }
        candidates
    }
}

pub(super) fn gateway_row(prefix: IpNet, next_hop_addresses: Vec<IpAddr>, origin: RouteOrigin) -> RouteRow {
    RouteRow {
        next_hop_addresses,
        source: RouteSource::VirtualNetworkGateway,
        ..system_row(prefix, NextHopType::VirtualNetworkGateway, origin)
    }
}

/// Of several ways to one prefix those that are best: by type and then by the length of the path, or the other way round
/// (R47, R107, R141). Several equal ones all stay (R46).
fn preferred(candidates: Vec<Candidate>, preference: HubRoutingPreference) -> Vec<RouteRow> {
    let rank = |one: &Candidate| match preference {
        HubRoutingPreference::ExpressRoute => (u32::from(!one.express_route), one.path_length),
        HubRoutingPreference::VpnGateway => (u32::from(one.express_route), one.path_length),
        HubRoutingPreference::AsPath => (one.path_length, u32::from(!one.express_route)),
    };
    let mut best: HashMap<IpNet, (u32, u32)> = HashMap::new();
    for one in &candidates {
        let entry = best.entry(one.row.prefixes[0]).or_insert((u32::MAX, u32::MAX));
        *entry = (*entry).min(rank(one));
    }
    candidates.into_iter().filter(|one| best[&one.row.prefixes[0]] == rank(one)).map(|one| one.row).collect()
}
