//! Names: what they mean to those who ask, and whom these ask.
//!
//! In: flows whose name leads nowhere, or past where it should. Out: links of private zones and what a missing record means
//! there, servers that are asked no more, brokers that tell addresses; and the queries themselves, which are flows like any
//! other. Deliberately absent: records by hand.

use super::{blocked::Blocked, edit::Edit, ways::subnets_of};
use crate::{
    evaluate::Question,
    flow::{End, Flow, Protocol},
    model::{Known, Model, Party, SubnetId, VirtualNetworkId},
    space::Ports,
};
use serde_json::{Value as Json, json};
use std::net::IpAddr;

/// What may help where a name is in the way.
pub(super) fn edits(model: &Model, blocked: &Blocked, question: &Question, ends: [&[SubnetId]; 2]) -> Vec<Vec<Edit>> {
    let mut all = zone_links(model, &ends.concat());
    all.extend(fallbacks(model, blocked, ends[0]));
    all.extend(azures_own(model, ends[0]));
    all.extend(advertised(model, &question.destinations));
    all
}

/// Links of private zones to the VNETs that ask, where they have none.
pub(super) fn zone_links(model: &Model, ends: &[SubnetId]) -> Vec<Vec<Edit>> {
    let mut found = Vec::new();
    let homes = homes(model, ends);
    for zone in &model.private_dns_zones {
        for home in &homes {
            if zone.links.iter().any(|link| link.virtual_network == Known::Known(*home)) {
                continue;
            }
            let vnet = &model.virtual_network(*home).label.name;
            let path = ["privateDnsZones", &zone.label.name, "virtualNetworkLinks", &format!("to-{vnet}")];
            found.push(vec![Edit::new(&path, json!({"virtualNetwork": vnet}))]);
        }
    }
    found
}

/// The VNETs of subnets.
fn homes(model: &Model, subnets: &[SubnetId]) -> Vec<VirtualNetworkId> {
    let mut homes: Vec<_> = subnets.iter().map(|id| model.subnet(*id).virtual_network).collect();
    homes.sort();
    homes.dedup();
    homes
}

/// Links by which a name that the zone does not hold is looked up in public (F134).
fn fallbacks(model: &Model, blocked: &Blocked, ends: &[SubnetId]) -> Vec<Vec<Edit>> {
    let Some(zone) = model.private_dns_zones.iter().find(|zone| zone.label.name == blocked.step.resource) else {
        return Vec::new();
    };
    let homes = homes(model, ends);
    let shut = zone.links.iter().filter(|link| {
        let asks = link.virtual_network.known().is_some_and(|home| homes.contains(home));
        asks && link.fallback == Known::Known(false)
    });
    shut.map(|link| {
        let path = ["privateDnsZones", &zone.label.name, "virtualNetworkLinks", &link.label.name, "resolutionPolicy"];
        vec![Edit::new(&path, json!("NxDomainRedirect"))]
    })
    .collect()
}

/// Azure's own resolver instead of the servers of the VNETs that ask.
fn azures_own(model: &Model, ends: &[SubnetId]) -> Vec<Vec<Edit>> {
    let asked = homes(model, ends).into_iter().map(|id| model.virtual_network(id));
    let own = asked.filter(|vnet| !vnet.dns_servers.is_empty());
    own.map(|vnet| {
        let path = ["virtualNetworks", &vnet.label.name, "dhcpOptions", "dnsServers"];
        let note = "names that only those servers know are not found any more".to_owned();
        vec![Edit::new(&path, Json::Null).with_note(note)]
    })
    .collect()
}

/// Brokers that tell their clients addresses.
fn advertised(model: &Model, destinations: &[Party]) -> Vec<Vec<Edit>> {
    let clusters = destinations.iter().filter_map(|party| match party {
        Party::Cluster(id) => Some(model.cluster(*id)),
        _ => None,
    });
    let named = clusters.filter(|cluster| cluster.kafka && cluster.advertises_names);
    named
        .map(|cluster| {
            let edit = Edit::new(&["clusters", &cluster.label.name, "advertises"], json!("addresses"));
            vec![edit.with_note("in Kafka's own configuration: `advertised.listeners` with addresses".to_owned())]
        })
        .collect()
}

/// The queries that the sources send to their own DNS servers.
pub(super) fn queries(model: &Model, question: &Question) -> Vec<Question> {
    let mut servers: Vec<IpAddr> = Vec::new();
    let of_machines = question.sources.iter().filter_map(|party| match party {
        Party::Workload(id) => Some(model.workload(*id).network_interfaces.clone()),
        Party::NetworkInterface(id) => Some(vec![*id]),
        _ => None,
    });
    for nic in of_machines.flatten() {
        servers.extend(model.network_interface(nic).dns_servers.iter().filter_map(Known::known));
    }
    for home in homes(model, &subnets_of(model, &question.sources)) {
        servers.extend(model.virtual_network(home).dns_servers.iter().filter_map(Known::known));
    }
    servers.sort();
    servers.dedup();
    let query = |server: IpAddr| {
        let source = question.flow.source.clone();
        let destination = End::Address(server);
        let flow = Flow { source, destination, protocol: Protocol::Udp, ports: Ports::single(53), source_ports: None };
        Question::new(flow, question.sources.clone(), vec![Party::Address(server)])
    };
    servers.into_iter().map(query).collect()
}
