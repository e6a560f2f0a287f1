//! The fast walk against the slow oracle in wider networks; their text, and what to take away from them.
//!
//! In: seeds. Out: as its parent. Deliberately absent: what every network has (`show`, `shrink`).

use super::{packets, sets, shrink::Change};
use crate::generate;
use azreach::model::*;
use std::fmt::Write;

#[test]
fn the_fast_walk_agrees_with_the_slow_oracle_in_wider_networks() {
    let [allowed, denied, ..] = packets(generate::wide, 120);
    if std::env::var("AZREACH_NETWORKS").is_err() && std::env::var("AZREACH_SEED").is_err() {
        assert!(allowed > 500 && allowed + denied > 3500, "too few definite answers: {allowed} and {denied}");
    }
}

#[test]
fn sets_in_wider_networks_hold_exactly_the_packets_with_their_fate() {
    sets(generate::wide, 40);
}

/// Hubs and application gateways, a line each.
pub(super) fn show(model: &Model, text: &mut String) {
    for link in model.peerings.iter().filter(|link| link.subnets.is_some()) {
        let _ = writeln!(text, "{} joins {:?}", link.label.name, link.subnets);
    }
    for network in model.virtual_networks.iter().filter(|one| !one.summarized_gateway_prefixes.is_empty()) {
        let _ = writeln!(text, "{} says {:?}", network.label.name, network.summarized_gateway_prefixes);
    }
    for gateway in model.virtual_network_gateways.iter().filter(|one| !one.client_address_pool.is_empty()) {
        let _ = writeln!(text, "{} has clients {:?}", gateway.label.name, gateway.client_address_pool);
    }
    for server in &model.route_servers {
        let (both, preference) = (server.branch_to_branch, server.preference);
        let _ = writeln!(text, "route server branchToBranch {both} {preference:?}");
        for peer in &server.peers {
            let _ = writeln!(text, "  {:?} {:?} tells {:?}", peer.address, peer.appliance, peer.routes);
        }
    }
    for gateway in &model.application_gateways {
        let frontends: Vec<_> = gateway.frontends.iter().map(|one| one.address).collect();
        let name = &gateway.label.name;
        let _ = writeln!(text, "application gateway {name} in {:?} isolated {}", gateway.subnet, gateway.isolated);
        let _ = writeln!(text, "  frontends {frontends:?}");
        for one in &gateway.listeners {
            let _ = writeln!(text, "  {} at {} {:?} to {:?}", one.label.name, one.frontend, one.port, one.ways);
        }
        for pool in &gateway.pools {
            let _ = writeln!(text, "  {} {:?}", pool.name, pool.members);
        }
    }
    for hub in &model.virtual_hubs {
        let _ = writeln!(
            text,
            "virtual hub {} standard {} branchToBranch {} {:?} private {:?} internet {:?} firewall {:?}",
            hub.label.name,
            hub.standard,
            hub.branch_to_branch,
            hub.preference,
            hub.private_policy,
            hub.internet_policy,
            hub.firewall,
        );
        for table in &hub.tables {
            let _ = writeln!(text, "  {} {:?}", table.name, table.routes);
        }
        for one in &hub.connections {
            let routing = &one.routing;
            let _ = writeln!(
                text,
                "  {} sees {} in {:?} static {:?} internetSecurity {}",
                one.label.name, routing.associated, routing.propagated, one.static_routes, one.internet_security,
            );
        }
        for one in &hub.branches {
            let _ = writeln!(
                text,
                "  {} {:?} in {:?} static {:?} internetSecurity {} by {:?}",
                one.label.name, one.kind, one.propagated, one.static_prefixes, one.internet_security, one.attachment,
            );
        }
    }
}

/// Less of hubs.
pub(super) fn changes(model: &Model) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for (index, gateway) in model.application_gateways.iter().enumerate() {
        changes.push(Box::new(move |model| model.application_gateways[index].listeners.clear()));
        changes.push(Box::new(move |model| model.application_gateways[index].listeners.truncate(1)));
        for pool in 0..gateway.pools.len() {
            changes.push(Box::new(move |model| model.application_gateways[index].pools[pool].members.truncate(1)));
        }
    }
    for (index, server) in model.route_servers.iter().enumerate() {
        for peer in 0..server.peers.len() {
            changes.push(Box::new(move |model| {
                let routes = Known::Known(Vec::new());
                model.route_servers[index].peers[peer].routes = routes;
            }));
        }
    }
    for index in 0..model.peerings.len() {
        changes.push(Box::new(move |model| model.peerings[index].subnets = None));
    }
    changes.push(Box::new(|model| {
        model.virtual_networks.iter_mut().for_each(|one| one.summarized_gateway_prefixes.clear());
    }));
    for (index, hub) in model.virtual_hubs.iter().enumerate() {
        changes.push(Box::new(move |model| model.virtual_hubs[index].preference = HubRoutingPreference::ExpressRoute));
        changes.push(Box::new(move |model| model.virtual_hubs[index].private_policy = None));
        changes.push(Box::new(move |model| model.virtual_hubs[index].internet_policy = None));
        changes.push(Box::new(move |model| model.virtual_hubs[index].standard = true));
        changes.push(Box::new(move |model| model.virtual_hubs[index].branch_to_branch = true));
        for table in 0..hub.tables.len() {
            for route in (0..hub.tables[table].routes.len()).rev() {
                changes.push(Box::new(move |model| {
                    let routes = &mut model.virtual_hubs[index].tables[table].routes;
                    if route < routes.len() {
                        routes.remove(route);
                    }
                }));
            }
        }
        for at in 0..hub.connections.len() {
            changes.push(Box::new(move |model| model.virtual_hubs[index].connections[at].static_routes.clear()));
            changes.push(Box::new(move |model| model.virtual_hubs[index].connections[at].routing.propagated.clear()));
        }
        for at in 0..hub.branches.len() {
            changes.push(Box::new(move |model| {
                let branch = &mut model.virtual_hubs[index].branches[at];
                (branch.propagated, branch.static_prefixes) = (Vec::new(), Vec::new());
            }));
        }
    }
    changes
}
