//! What gateways and sites know of each other: static prefixes, BGP both ways, the way back.
//!
//! In: the model and its topology. Out: [`GatewayFacts`] and [`SiteFacts`]. Deliberately absent: rows of
//! subnets (that is `routes`).

use super::{
    topology::{Heard, Speaker, Topology, far_ends, lacks_its_twin},
    virtual_hubs,
};
use crate::{
    model::{
        Attachment, Connection, ConnectionId, ConnectionTarget, ExpressRouteCircuitId, GatewayType, Known, Model,
        SiteId, SubnetPurpose, VirtualNetworkGatewayId, VirtualNetworkId,
    },
    network::{CompileWarning, GatewayFacts, GatewayPeer, HubFacts, Learned, SiteFacts, SitePeer, SiteRoute},
    space,
};
use ipnet::IpNet;

/// What every gateway knows.
pub(super) fn gateways(model: &Model, topology: &Topology, warnings: &mut Vec<CompileWarning>) -> Vec<GatewayFacts> {
    for connection in model.connections.iter().filter(|one| lacks_its_twin(model, one)) {
        warnings.push(CompileWarning {
            code: "connection-without-twin",
            message: format!(
                "connection `{}` stays down: the other gateway has no connection back",
                connection.label.name
            ),
            origin: connection.label.origin.clone(),
            law: "R219",
        });
    }
    (0..model.virtual_network_gateways.len())
        .map(|index| {
            let id = VirtualNetworkGatewayId::at(index);
            let broken = broken(model, id);
            if let Some((why, law)) = &broken {
                let label = &model.virtual_network_gateway(id).label;
                warnings.push(CompileWarning {
                    code: "gateway-not-functional",
                    message: format!("gateway `{}` does not work: {why}", label.name),
                    origin: label.origin.clone(),
                    law,
                });
            }
            warn_beside_route_server(model, id, warnings);
            GatewayFacts { learned: learned(model, topology, id), broken, exchanges: takes_part(model, id) }
        })
        .collect()
}

fn warn_beside_route_server(model: &Model, id: VirtualNetworkGatewayId, warnings: &mut Vec<CompileWarning>) {
    let gateway = model.virtual_network_gateway(id);
    let server = model.route_server_of(gateway.virtual_network).map(|server| model.route_server(server));
    if server.is_some_and(|server| server.branch_to_branch) && !takes_part(model, id) {
        warnings.push(CompileWarning {
            code: "gateway-beside-route-server",
            message: format!(
                "gateway `{}` exchanges no routes with the Route Server: it needs activeActive and AS {ROUTE_SERVER_ASN}",
                gateway.label.name
            ),
            origin: gateway.label.origin.clone(),
            law: "R109",
        });
    }
}

/// What every site has routes for.
pub(super) fn sites(model: &Model, topology: &Topology, hubs: &[HubFacts]) -> Vec<SiteFacts> {
    (0..model.sites.len())
        .map(|index| {
            let id = SiteId::at(index);
            let site = model.site(id);
            let hosts = site.hosts.iter().map(|(_, host)| (space::point(*host), space::point(*host)));
            let own = space::prefixes(&site.address_prefixes);
            SiteFacts {
                addresses: space::Addresses::from_ranges(own.iter().chain(hosts)),
                routes: site_routes(model, topology, hubs, id),
            }
        })
        .collect()
}

/// Ranges that a gateway speaks for: its VNET's, and those of the spokes that use it (R91).
pub(super) fn local_prefixes(model: &Model, topology: &Topology, gateway: VirtualNetworkGatewayId) -> Vec<IpNet> {
    let hub = model.virtual_network_gateway(gateway).virtual_network;
    let mut prefixes = model.virtual_network(hub).address_prefixes.clone();
    for spoke in topology.spokes(hub) {
        prefixes.extend(spoke_prefixes(model, topology, spoke));
    }
    prefixes
}

/// Ranges of a spoke that its hub's gateway speaks for: of a link between subnets those of the subnets (R97).
fn spoke_prefixes(model: &Model, topology: &Topology, spoke: VirtualNetworkId) -> Vec<IpNet> {
    let back = topology.transit(spoke).and_then(|(_, link)| model.peering(link).reverse);
    match back.filter(|back| model.peered_subnets(*back).is_some()) {
        Some(back) => model.ranges_behind(back, spoke),
        None => model.virtual_network(spoke).address_prefixes.clone(),
    }
}

/// What a gateway tells others of its own side: its ranges, or what the VNET says instead of them; then only spokes that
/// lie outside count with their own ranges (R98).
fn advertised_prefixes(model: &Model, topology: &Topology, gateway: VirtualNetworkGatewayId) -> Vec<IpNet> {
    let hub = model.virtual_network_gateway(gateway).virtual_network;
    let summary = &model.virtual_network(hub).summarized_gateway_prefixes;
    if summary.is_empty() {
        return local_prefixes(model, topology, gateway);
    }
    let spokes = topology.spokes(hub).flat_map(|spoke| spoke_prefixes(model, topology, spoke));
    let covered = |range: &IpNet| summary.iter().any(|prefix| prefix.contains(range));
    summary.iter().copied().chain(spokes.filter(|range| !covered(range))).collect()
}

/// All that a gateway knows, one entry per prefix, the shortest path first found.
fn learned(model: &Model, topology: &Topology, id: VirtualNetworkGatewayId) -> Vec<Learned> {
    let mut learned = Vec::new();
    for connection in topology.connections(id) {
        learn_static(model, id, *connection, &mut learned);
    }
    learn_over_bgp(model, topology, id, &mut learned);
    learn_over_circuits(model, topology, id, &mut learned);
    for pool in &model.virtual_network_gateway(id).client_address_pool {
        learned.push(Learned { prefix: *pool, via: None, to: GatewayPeer::Clients, length: 0, bgp: false });
    }
    // A prefix that equals one of the VNET's own ranges or lies inside one is not accepted (R100, R101).
    // Ranges of the spokes that use the gateway count alike: peering rows beat gateway rows (R19).
    let own = local_prefixes(model, topology, id);
    learned.retain(|entry| !own.iter().any(|range| range.contains(&entry.prefix)));
    learned.sort_by_key(|entry| (entry.prefix, entry.length, entry.bgp, entry.to));
    learned.dedup_by_key(|entry| entry.prefix);
    learned
}

/// Prefixes configured by hand: a local network gateway's, the default site, the other VNET of a tunnel.
fn learn_static(model: &Model, id: VirtualNetworkGatewayId, via: ConnectionId, learned: &mut Vec<Learned>) {
    let connection = model.connection(via);
    let mut add = |prefix: IpNet, to| {
        learned.push(Learned { prefix, via: Some(via), to, length: 1, bgp: false });
    };
    match connection.target {
        ConnectionTarget::LocalNetworkGateway(target) => {
            for prefix in &model.local_network_gateway(target).address_prefixes {
                add(*prefix, site_behind(model, connection, via, prefix));
            }
            if model.virtual_network_gateway(id).default_site == Some(target) {
                let everything = IpNet::V4(ipnet::Ipv4Net::default());
                add(everything, site_behind(model, connection, via, &everything));
            }
        }
        ConnectionTarget::VirtualNetworkGateway(other) => {
            let remote = model.virtual_network_gateway(other).virtual_network;
            for prefix in &model.virtual_network(remote).address_prefixes {
                add(*prefix, GatewayPeer::Gateway(other));
            }
        }
        ConnectionTarget::ExpressRouteCircuit(_) | ConnectionTarget::Unknown(_) => {}
    }
}

/// The site behind a connection that has `prefix`, else any site there.
fn site_behind(model: &Model, connection: &Connection, via: ConnectionId, prefix: &IpNet) -> GatewayPeer {
    let sites: Vec<SiteId> = far_ends(model, connection)
        .into_iter()
        .filter_map(|end| match end {
            Speaker::Site(site) => Some(site),
            Speaker::Gateway(_) => None,
        })
        .collect();
    let owner = sites.iter().find(|site| model.site(**site).address_prefixes.iter().any(|own| own.contains(prefix)));
    owner.or(sites.first()).map_or(GatewayPeer::Nowhere(via), |site| GatewayPeer::Site(*site))
}

/// What others announce over BGP, directly or through VPN gateways in between (R105, R118).
fn learn_over_bgp(model: &Model, topology: &Topology, id: VirtualNetworkGatewayId, learned: &mut Vec<Learned>) {
    for heard in topology.heard_by(Speaker::Gateway(id)) {
        let via = connection_to(model, topology, id, heard.through());
        let to = match heard.through() {
            Speaker::Gateway(gateway) => GatewayPeer::Gateway(gateway),
            Speaker::Site(site) => GatewayPeer::Site(site),
        };
        let prefixes = passed_on(model, topology, &heard).into_iter();
        learned.extend(prefixes.map(|prefix| Learned { prefix, via, to, length: heard.distance(), bgp: true }));
    }
}

/// What arrives of a party's announcements: who passes them on leaves out default routes, and what overlaps a range that
/// it speaks for itself (R104).
fn passed_on(model: &Model, topology: &Topology, heard: &Heard) -> Vec<IpNet> {
    let mut prefixes = announced(model, topology, heard.speaker);
    for relay in &heard.relays {
        let own = match relay {
            Speaker::Gateway(gateway) => local_prefixes(model, topology, *gateway),
            Speaker::Site(_) => Vec::new(),
        };
        let overlaps = |prefix: &IpNet| own.iter().any(|range| range.contains(prefix) || prefix.contains(range));
        prefixes.retain(|prefix| prefix.prefix_len() > 0 && !overlaps(prefix));
    }
    prefixes
}

/// Other VNETs on the same circuit, where that is allowed (R120, R222).
fn learn_over_circuits(model: &Model, topology: &Topology, id: VirtualNetworkGatewayId, learned: &mut Vec<Learned>) {
    for (via, other) in gateways_on_same_circuit(model, topology, id) {
        let allowed = |gateway| {
            let written = model.virtual_network_gateway(gateway).allow_remote_vnet_traffic;
            written.unwrap_or(model.settings.express_route_vnet_to_vnet)
        };
        if allowed(id) && allowed(other) {
            for prefix in advertised_prefixes(model, topology, other) {
                let to = GatewayPeer::Gateway(other);
                learned.push(Learned { prefix, via: Some(via), to, length: 2, bgp: true });
            }
        }
    }
}

/// Gateways linked to a circuit that this gateway is linked to as well.
fn gateways_on_same_circuit(
    model: &Model,
    topology: &Topology,
    id: VirtualNetworkGatewayId,
) -> Vec<(ConnectionId, VirtualNetworkGatewayId)> {
    let circuits = topology.connections(id).iter().filter_map(|via| match model.connection(*via).target {
        ConnectionTarget::ExpressRouteCircuit(circuit) => Some((*via, circuit)),
        _ => None,
    });
    circuits
        .flat_map(|(via, circuit)| {
            let sharing = model.connections.iter().filter(move |other| {
                other.target == ConnectionTarget::ExpressRouteCircuit(circuit) && other.gateway != id
            });
            sharing.map(move |other| (via, other.gateway))
        })
        .collect()
}

/// What the Route Server of its VNET tells a gateway, with branch-to-branch on: what appliances told it for others too,
/// and what the VNET's other gateway knows (R109, R137). Point-to-site clients stay where they are (R110), and so does a
/// default route that a gateway learned (R104).
fn exchanged(model: &Model, topology: &Topology, id: VirtualNetworkGatewayId) -> Vec<IpNet> {
    let home = model.virtual_network_gateway(id).virtual_network;
    let Some(server) = model.route_server_of(home).filter(|_| takes_part(model, id)) else {
        return Vec::new();
    };
    let known = model.route_server(server).peers.iter().filter_map(|peer| peer.routes.known());
    let told = known.flatten().filter(|one| !one.no_advertise).map(|one| one.prefix);
    let others =
        model.virtual_network(home).gateways.iter().filter(|other| **other != id && takes_part(model, **other));
    let others = others.flat_map(|other| learned(model, topology, *other));
    let passed_on = others.filter(|entry| entry.to != GatewayPeer::Clients && entry.prefix.prefix_len() > 0);
    let own = local_prefixes(model, topology, id);
    let mut prefixes: Vec<IpNet> = told.chain(passed_on.map(|entry| entry.prefix)).collect();
    prefixes.retain(|prefix| !own.iter().any(|range| range.contains(prefix)));
    prefixes
}

/// A gateway that exchanges routes with the Route Server of its VNET; a VPN gateway must have two active instances and
/// Azure's own number for it.
pub(super) fn takes_part(model: &Model, id: VirtualNetworkGatewayId) -> bool {
    let gateway = model.virtual_network_gateway(id);
    let server = model.route_server_of(gateway.virtual_network).map(|server| model.route_server(server));
    let able = match gateway.gateway_type {
        GatewayType::ExpressRoute => true,
        GatewayType::Vpn => gateway.active_active && gateway.asn == ROUTE_SERVER_ASN,
    };
    able && server.is_some_and(|server| server.branch_to_branch)
}

/// The autonomous system number that a VPN gateway must have beside a Route Server.
const ROUTE_SERVER_ASN: u32 = 65515;

/// The connection of a gateway that leads to a neighbour.
fn connection_to(
    model: &Model,
    topology: &Topology,
    id: VirtualNetworkGatewayId,
    neighbour: Speaker,
) -> Option<ConnectionId> {
    let connections = topology.connections(id).iter().copied();
    connections.into_iter().find(|via| far_ends(model, model.connection(*via)).contains(&neighbour))
}

/// What a party announces of its own.
fn announced(model: &Model, topology: &Topology, speaker: Speaker) -> Vec<IpNet> {
    match speaker {
        Speaker::Site(site) => model.site(site).advertises.clone(),
        Speaker::Gateway(gateway) => {
            let mut prefixes = advertised_prefixes(model, topology, gateway);
            for connection in topology.connections(gateway) {
                if let ConnectionTarget::LocalNetworkGateway(target) = model.connection(*connection).target {
                    prefixes.extend(&model.local_network_gateway(target).address_prefixes);
                }
            }
            prefixes.extend(&model.virtual_network_gateway(gateway).client_address_pool);
            prefixes.extend(exchanged(model, topology, gateway));
            prefixes
        }
    }
}

/// What a site has routes for, through everything that it is attached to.
fn site_routes(model: &Model, topology: &Topology, hubs: &[HubFacts], id: SiteId) -> Vec<SiteRoute> {
    let site = model.site(id);
    let mut routes = virtual_hubs::site_routes(model, hubs, id);
    for attachment in &site.attachments {
        for (gateway, rank) in gateways_at(model, topology, *attachment) {
            let mut heard = vec![
                (gateway, 1, advertised_prefixes(model, topology, gateway)),
                (gateway, 2, exchanged(model, topology, gateway)),
            ];
            if rank == VPN {
                heard.push((gateway, 1, clients_told(model, topology, id, gateway)));
                heard.extend(heard_behind(model, topology, id, gateway));
            }
            for (to, length, prefixes) in heard {
                let wanted = prefixes.into_iter().filter(|prefix| !site.address_prefixes.contains(prefix));
                routes.extend(wanted.map(|prefix| SiteRoute {
                    prefix,
                    to: SitePeer::Gateway(to),
                    rank: (rank, length),
                }));
            }
        }
        routes.extend(over_global_reach(model, *attachment));
    }
    if let Some(learns) = &site.learns {
        routes = accepted(&routes, learns);
    }
    routes.sort_by_key(|route| (route.prefix, route.rank, route.to));
    routes.dedup_by_key(|route| route.prefix);
    routes
}

const EXPRESS_ROUTE: u8 = 0;
const VPN: u8 = 1;

/// The gateways that an attachment leads to, with the rank of that way.
fn gateways_at(model: &Model, topology: &Topology, attachment: Attachment) -> Vec<(VirtualNetworkGatewayId, u8)> {
    let all = (0..model.virtual_network_gateways.len()).map(VirtualNetworkGatewayId::at);
    all.flat_map(|gateway| {
        let connections = topology.connections(gateway).iter();
        connections.filter_map(move |connection| match (model.connection(*connection).target, attachment) {
            (ConnectionTarget::LocalNetworkGateway(a), Attachment::LocalNetworkGateway(b)) if a == b => {
                Some((gateway, VPN))
            }
            (ConnectionTarget::ExpressRouteCircuit(a), Attachment::ExpressRouteCircuit(b)) if a == b => {
                Some((gateway, EXPRESS_ROUTE))
            }
            _ => None,
        })
    })
    .collect()
}

/// The pool of a gateway's point-to-site clients, of which a site hears over BGP alone (R118, R119).
fn clients_told(model: &Model, topology: &Topology, id: SiteId, gateway: VirtualNetworkGatewayId) -> Vec<IpNet> {
    let mut heard = topology.heard_by(Speaker::Site(id)).into_iter();
    match heard.any(|one| one.speaker == Speaker::Gateway(gateway)) {
        true => model.virtual_network_gateway(gateway).client_address_pool.clone(),
        false => Vec::new(),
    }
}

/// What a site hears over BGP from behind one gateway: other gateways and sites (R105).
fn heard_behind(
    model: &Model,
    topology: &Topology,
    id: SiteId,
    gateway: VirtualNetworkGatewayId,
) -> Vec<(VirtualNetworkGatewayId, u32, Vec<IpNet>)> {
    let heard = topology.heard_by(Speaker::Site(id)).into_iter();
    heard
        .filter(|heard| heard.relays.first() == Some(&Speaker::Gateway(gateway)))
        .map(|heard| (gateway, heard.distance(), passed_on(model, topology, &heard)))
        .collect()
}

/// Sites on circuits that Global Reach links with this one, whichever of the two says so (R111).
fn over_global_reach(model: &Model, attachment: Attachment) -> Vec<SiteRoute> {
    let Attachment::ExpressRouteCircuit(circuit) = attachment else {
        return Vec::new();
    };
    let says = |one: ExpressRouteCircuitId, other| model.express_route_circuit(one).global_reach.contains(&other);
    let mut routes = Vec::new();
    for (index, other) in model.sites.iter().enumerate() {
        let there = |one: &Attachment| match one {
            Attachment::ExpressRouteCircuit(id) => says(circuit, *id) || says(*id, circuit),
            Attachment::LocalNetworkGateway(_) | Attachment::VpnSite(_) => false,
        };
        if other.attachments.iter().any(there) {
            routes.extend(other.address_prefixes.iter().map(|prefix| SiteRoute {
                prefix: *prefix,
                to: SitePeer::Site(SiteId::at(index)),
                rank: (EXPRESS_ROUTE, 2),
            }));
        }
    }
    routes
}

/// The routes that a site keeps when it is said what it learns: of each prefix the part of what is advertised that it
/// accepts, through the best way. Nothing is added to what Azure advertises.
fn accepted(offered: &[SiteRoute], learns: &[IpNet]) -> Vec<SiteRoute> {
    let narrower =
        |route: &SiteRoute, prefix: &IpNet| match (prefix.contains(&route.prefix), route.prefix.contains(prefix)) {
            (true, _) => Some(route.clone()),
            (_, true) => Some(SiteRoute { prefix: *prefix, ..route.clone() }),
            _ => None,
        };
    learns.iter().flat_map(|prefix| offered.iter().filter_map(|route| narrower(route, prefix))).collect()
}

/// Why a gateway does not work: what must not be on its subnet is (R113, R114, F38).
fn broken(model: &Model, id: VirtualNetworkGatewayId) -> Option<(String, &'static str)> {
    let home: VirtualNetworkId = model.virtual_network_gateway(id).virtual_network;
    let subnets = model.virtual_network(home).subnets.iter().map(|subnet| model.subnet(*subnet));
    let subnet = subnets.into_iter().find(|subnet| subnet.purpose == SubnetPurpose::Gateway)?;
    if subnet.network_security_group.is_some() {
        return Some(("its GatewaySubnet has a network security group".to_owned(), "F38"));
    }
    let Some(Known::Known(table)) = subnet.route_table else {
        return None;
    };
    let table = model.route_table(table);
    if table.disable_bgp_route_propagation == Known::Known(true) {
        return Some((format!("route table `{}` on its GatewaySubnet disables propagation", table.label.name), "R114"));
    }
    let default = |prefix: &crate::model::RoutePrefix| matches!(prefix, crate::model::RoutePrefix::Prefix(net) if net.prefix_len() == 0);
    let has_default = table.routes.iter().any(|route| route.address_prefix.known().is_some_and(default));
    has_default
        .then(|| (format!("route table `{}` on its GatewaySubnet has a default route", table.label.name), "R113"))
}

/// True for gateways that a user route's VirtualNetworkGateway can lead to (R42, R43).
pub(super) fn usable_as_next_hop(model: &Model, gateways: &[VirtualNetworkGatewayId]) -> bool {
    let types: Vec<GatewayType> = gateways.iter().map(|id| model.virtual_network_gateway(*id).gateway_type).collect();
    types.contains(&GatewayType::Vpn) && !types.contains(&GatewayType::ExpressRoute)
}
