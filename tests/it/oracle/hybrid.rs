//! Gateways, tunnels and sites, from routing.md section 4.
//!
//! In: the model. Out: what a gateway learned and from whom, what a site knows, whether a gateway works.

use super::routes::{self, connected, net};
use azreach::model::*;
use ipnet::IpNet;

/// A way out of a gateway: one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tunnel {
    pub gateway: VirtualNetworkGatewayId,
    pub connection: ConnectionId,
}

/// The gateways whose rows a VNET has: its own, or through transit its hub's (R91 to R94).
pub(crate) fn gateways_for(model: &Model, id: VirtualNetworkId) -> Vec<VirtualNetworkGatewayId> {
    let own = &model.virtual_network(id).gateways;
    if !own.is_empty() {
        return own.clone();
    }
    let hubs = connected(model, id)
        .into_iter()
        .filter(|(_, link)| uses_transit(model, link))
        .filter_map(|(_, link)| link.remote.known().copied());
    hubs.flat_map(|hub| model.virtual_network(hub).gateways.clone()).collect()
}

/// Whether the owner of this link uses the gateway at its other end.
pub(crate) fn uses_transit(model: &Model, link: &Peering) -> bool {
    let offered =
        link.reverse.is_some_and(|reverse| model.peering(reverse).allow_gateway_transit.known() == Some(&true));
    link.use_remote_gateways.known() == Some(&true) && offered
}

/// A connection's ids with its data.
fn connections_of(model: &Model, gateway: VirtualNetworkGatewayId) -> Vec<(ConnectionId, &Connection)> {
    (0..model.connections.len())
        .map(ConnectionId::at)
        .map(|id| (id, model.connection(id)))
        .filter(|(_, connection)| connection.gateway == gateway)
        .collect()
}

/// The sites at the far end of a connection.
pub(crate) fn sites_behind(model: &Model, connection: ConnectionId) -> Vec<SiteId> {
    let attachment = match model.connection(connection).target {
        ConnectionTarget::LocalNetworkGateway(id) => Attachment::LocalNetworkGateway(id),
        ConnectionTarget::ExpressRouteCircuit(id) => Attachment::ExpressRouteCircuit(id),
        _ => return Vec::new(),
    };
    (0..model.sites.len()).map(SiteId::at).filter(|site| model.site(*site).attachments.contains(&attachment)).collect()
}

/// Whether a connection exchanges routes.
pub(crate) fn speaks_bgp(model: &Model, connection: &Connection) -> bool {
    match connection.target {
        ConnectionTarget::ExpressRouteCircuit(_) => true,
        ConnectionTarget::LocalNetworkGateway(local) => {
            connection.enable_bgp
                && model.virtual_network_gateway(connection.gateway).enable_bgp
                && model.local_network_gateway(local).bgp
        }
        _ => false,
    }
}

/// Prefixes that come in over one connection (R99, R100, R101, R187).
fn learned_over(model: &Model, id: ConnectionId) -> Vec<IpNet> {
    let connection = model.connection(id);
    if !speaks_bgp(model, connection) {
        return match connection.target {
            ConnectionTarget::LocalNetworkGateway(local) => model.local_network_gateway(local).address_prefixes.clone(),
            _ => Vec::new(),
        };
    }
    let ranges = ranges_of(model, connection.gateway);
    sites_behind(model, id)
        .into_iter()
        .flat_map(|site| model.site(site).advertises.clone())
        // R100: nothing equal to or inside any of the ranges that the gateway itself advertises.
        .filter(|prefix| !ranges.iter().any(|range| range.contains(prefix)))
        .collect()
}

/// All that a gateway learned.
pub(crate) fn learned(model: &Model, gateway: VirtualNetworkGatewayId) -> Vec<(IpNet, Tunnel)> {
    let mut rows = Vec::new();
    for (connection, _) in connections_of(model, gateway) {
        for prefix in learned_over(model, connection) {
            rows.push((prefix, Tunnel { gateway, connection }));
        }
    }
    rows
}

/// The way that a gateway knows to an address, by the longest prefix: a tunnel, or back to its own side.
pub(crate) fn gateway_route(
    model: &Model,
    gateway: VirtualNetworkGatewayId,
    to: std::net::IpAddr,
) -> routes::Maybe<Option<Option<Tunnel>>> {
    let learned = learned(model, gateway).into_iter().map(|(prefix, tunnel)| (prefix, Some(tunnel)));
    let own = ranges_of(model, gateway).into_iter().map(|range| (range, None));
    let mut ways: Vec<_> = learned.chain(own).filter(|(prefix, _)| prefix.contains(&to)).collect();
    let longest = ways.iter().map(|(prefix, _)| prefix.prefix_len()).max();
    ways.retain(|(prefix, _)| Some(prefix.prefix_len()) == longest);
    ways.dedup_by_key(|(_, way)| *way);
    match ways.as_slice() {
        [] => Ok(None),
        [(_, way)] => Ok(Some(*way)),
        _ => Err("a gateway with two equal ways".into()),
    }
}

/// Ranges that a gateway speaks for.
fn ranges_of(model: &Model, gateway: VirtualNetworkGatewayId) -> Vec<IpNet> {
    let served = served(model, gateway).into_iter();
    served.flat_map(|id| model.virtual_network(id).address_prefixes.clone()).collect()
}

/// VNETs that a gateway speaks for: its own, and spokes with transit (3.5).
pub(crate) fn served(model: &Model, gateway: VirtualNetworkGatewayId) -> Vec<VirtualNetworkId> {
    let own = model.virtual_network_gateway(gateway).virtual_network;
    let spokes = connected(model, own).into_iter().filter_map(|(_, link)| {
        let reverse = model.peering(link.reverse?);
        uses_transit(model, reverse).then_some(reverse.local)
    });
    std::iter::once(own).chain(spokes).collect()
}

/// R98: the ranges of all that it speaks for, or a summary and what of the spokes lies outside.
fn told_of_own_side(model: &Model, gateway: VirtualNetworkGatewayId) -> Vec<IpNet> {
    let home = model.virtual_network_gateway(gateway).virtual_network;
    let summary = &model.virtual_network(home).summarized_gateway_prefixes;
    let spokes = served(model, gateway).into_iter().filter(|id| summary.is_empty() || *id != home);
    let ranges = spokes.flat_map(|id| model.virtual_network(id).address_prefixes.clone());
    let outside = ranges.filter(|range| !summary.iter().any(|prefix| prefix.contains(range)));
    summary.iter().copied().chain(outside).collect()
}

/// What a gateway tells the far end of a connection (4.1, R104 to R106, R109, R111).
fn advertised(model: &Model, id: ConnectionId) -> Vec<IpNet> {
    let connection = model.connection(id);
    let gateway = model.virtual_network_gateway(connection.gateway);
    let own = ranges_of(model, connection.gateway);
    let mut prefixes = told_of_own_side(model, connection.gateway);
    prefixes.extend(super::clients::told(model, connection));
    if speaks_bgp(model, connection) {
        prefixes.extend(super::route_server::passed_on(model, connection.gateway));
    }
    let transit = gateway.gateway_type == GatewayType::Vpn && speaks_bgp(model, connection) && may_transit(model, id);
    if transit {
        let others = connections_of(model, connection.gateway)
            .into_iter()
            .filter(|(other, _)| *other != id && may_transit(model, *other));
        // R104: of what other peers told it, no default route and nothing that overlaps a range of its own.
        let overlaps = |prefix: &IpNet| own.iter().any(|range| range.contains(prefix) || prefix.contains(range));
        let passed_on = |prefix: &IpNet| *prefix != net("0.0.0.0/0") && !overlaps(prefix);
        for (other, connection) in others {
            let heard = speaks_bgp(model, connection);
            prefixes.extend(learned_over(model, other).into_iter().filter(|prefix| !heard || passed_on(prefix)));
        }
    }
    prefixes
}

/// R106: policy-based selectors carry no transit.
pub(crate) fn may_transit(model: &Model, id: ConnectionId) -> bool {
    let connection = model.connection(id);
    !connection.policy_based_selectors && !model.virtual_network_gateway(connection.gateway).policy_based
}

/// The tunnel by which a site sends to an address: longest prefix, ExpressRoute first for the same (R107, R108).
pub(crate) fn site_route(model: &Model, site: SiteId, to: std::net::IpAddr) -> routes::Maybe<Option<Tunnel>> {
    let mut best: Vec<(u8, bool, Tunnel)> = Vec::new();
    for index in 0..model.connections.len() {
        let connection = ConnectionId::at(index);
        if !sites_behind(model, connection).contains(&site) {
            continue;
        }
        let gateway = model.connection(connection).gateway;
        let express = model.virtual_network_gateway(gateway).gateway_type == GatewayType::ExpressRoute;
        for prefix in advertised(model, connection) {
            for route in accepted(&model.site(site).learns, prefix) {
                if route.contains(&to) {
                    best.push((route.prefix_len(), express, Tunnel { gateway, connection }));
                }
            }
        }
    }
    let Some(top) = best.iter().map(|(length, express, _)| (*length, *express)).max() else {
        return Ok(None);
    };
    best.retain(|(length, express, _)| (*length, *express) == top);
    best.dedup_by_key(|(_, _, tunnel)| *tunnel);
    match best.as_slice() {
        [(_, _, tunnel)] => Ok(Some(*tunnel)),
        _ => Err("a site with two equal ways".into()),
    }
}

/// What a site keeps of a prefix: where both lists overlap, the narrower of the two.
pub(crate) fn accepted(learns: &Option<Vec<IpNet>>, advertised: IpNet) -> Vec<IpNet> {
    let Some(learns) = learns else { return vec![advertised] };
    let overlap = |learns: &IpNet| match advertised.prefix_len() >= learns.prefix_len() {
        true => learns.contains(&advertised).then_some(advertised),
        false => advertised.contains(learns).then_some(*learns),
    };
    learns.iter().filter_map(overlap).collect()
}

/// Where a gateway stands.
pub(crate) fn gateway_subnet(model: &Model, gateway: VirtualNetworkGatewayId) -> Option<SubnetId> {
    let own = model.virtual_network_gateway(gateway).virtual_network;
    let subnets = &model.virtual_network(own).subnets;
    subnets.iter().copied().find(|subnet| model.subnet(*subnet).purpose == SubnetPurpose::Gateway)
}

/// R113, R114, F38: an NSG, a User 0/0, or propagation switched off on GatewaySubnet stops the gateway.
pub(crate) fn works(model: &Model, gateway: VirtualNetworkGatewayId) -> routes::Maybe<bool> {
    let Some(subnet) = gateway_subnet(model, gateway) else {
        return Ok(true);
    };
    if model.subnet(subnet).network_security_group.is_some() {
        return Ok(false);
    }
    let Some(table) = routes::route_table(model, subnet)? else {
        return Ok(true);
    };
    let default = |route: &Route| route.address_prefix.known() == Some(&RoutePrefix::Prefix(net("0.0.0.0/0")));
    let silent = table.disable_bgp_route_propagation.known() == Some(&true);
    Ok(!silent && !table.routes.iter().any(default))
}
