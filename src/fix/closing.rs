//! Ways that are taken away, for packets that shall not get through.
//!
//! In: packets that pass. Out: routes that drop them, peerings that do not carry them, services that do not admit them.
//! Deliberately absent: rules of security groups (that is `rules`).

use super::{
    blocked::Blocked,
    edit::Edit,
    ways::{is_there, routed, subnets_of},
};
use crate::{
    evaluate::Question,
    model::{Known, NextHopType, Route, RoutePrefix, SubnetId},
    network::Network,
    space,
};
use serde_json::json;

/// Routes to None at the source: an existing row of exactly the prefix, or a new one.
pub(super) fn routes(network: &Network, blocked: &Blocked, question: &Question) -> Vec<Vec<Edit>> {
    let model = &network.model;
    let prefixes = space::to_prefixes(&blocked.destination);
    let mut found = Vec::new();
    for subnet in subnets_of(model, &question.sources) {
        let own = match model.subnet(subnet).route_table {
            Some(Known::Known(table)) => Some(model.route_table(table)),
            _ => None,
        };
        let same = own.and_then(|table| {
            let fits = |one: &&Route| {
                prefixes.iter().any(|prefix| one.address_prefix == Known::Known(RoutePrefix::Prefix(*prefix)))
            };
            table.routes.iter().find(fits).map(|route| (table, route))
        });
        match same {
            Some((table, route)) if route.next_hop_type != Known::Known(NextHopType::None) => {
                let path = |key| ["routeTables", &table.label.name, "routes", &route.label.name, key];
                let mut edits = vec![Edit::new(&path("nextHopType"), json!("None"))];
                if route.next_hop_ip_address.is_some() {
                    edits.push(Edit::new(&path("nextHopIpAddress"), json!(null)));
                }
                found.push(edits);
            }
            _ => found.extend(dropped(network, subnet, blocked)),
        }
    }
    found
}

/// A row that drops what is for the destination.
fn dropped(network: &Network, subnet: SubnetId, blocked: &Blocked) -> Option<Vec<Edit>> {
    let row = |prefix: &ipnet::IpNet| json!({"addressPrefix": prefix.to_string(), "nextHopType": "None"});
    let edits = routed(network, subnet, &blocked.destination, &row);
    (!edits.is_empty()).then_some(edits)
}

/// Peerings on the way that no longer carry the traffic of their networks.
pub(super) fn peerings(network: &Network, blocked: &Blocked, ends: [&[SubnetId]; 2]) -> Vec<Vec<Edit>> {
    let model = &network.model;
    let mut found = Vec::new();
    for peering in &model.peerings {
        let Known::Known(remote) = peering.remote else { continue };
        let on_the_way = [peering.local, remote].into_iter().all(|id| is_there(network, blocked, ends, id));
        // Links that a network manager makes are no resources of the file.
        if !on_the_way || peering.label.name.starts_with("ANM_") {
            continue;
        }
        let vnet = &model.virtual_network(peering.local).label.name;
        for (flag, value) in [
            ("allowVirtualNetworkAccess", peering.allow_virtual_network_access),
            ("allowForwardedTraffic", peering.allow_forwarded_traffic),
            ("useRemoteGateways", peering.use_remote_gateways),
        ] {
            let path = ["virtualNetworks", vnet, "virtualNetworkPeerings", &peering.label.name, flag];
            found.extend((value == Known::Known(true)).then(|| vec![Edit::new(&path, json!(false))]));
        }
    }
    found
}
