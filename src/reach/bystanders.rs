//! Who only sends and receives for itself: nothing ever leads a packet past its NIC that is not its own.
//!
//! In: a network. Out: whether a NIC keeps to itself, whether a subnet holds a waypoint, which addresses the file leads
//! packets to. Deliberately absent: what follows from that (`diff/spared`, `matrix/alike`).

use crate::{
    model::{
        Dns, FrontendAddress, Known, Model, NetworkInterface, NetworkInterfaceId, RecordData, Resolver, RuleSubnet,
        SubnetId,
    },
    network::{EffectiveRoutes, Network},
    space::{self, Addresses},
};
use std::{collections::HashSet, net::IpAddr, sync::Arc};

/// Every NIC of a subnet, those whose address is not known too.
pub(crate) fn nics_in(model: &Model, id: SubnetId) -> impl Iterator<Item = (NetworkInterfaceId, &NetworkInterface)> {
    let all = model.network_interfaces.iter().enumerate();
    all.filter(move |(_, nic)| nic.ip_configurations.iter().any(|one| one.subnet == id))
        .map(|(index, nic)| (NetworkInterfaceId::at(index), nic))
}

/// Whether a NIC takes only packets that are for its machine.
pub(crate) fn keeps_to_itself(model: &Model, id: NetworkInterfaceId, mentioned: &Addresses) -> bool {
    let nic = model.network_interface(id);
    let public = |address: &crate::model::PublicIpAddressId| match model.public_ip_address(*address).address {
        Known::Known(address) => !mentioned.contains(space::point(address)),
        Known::Unknown(_) => false,
    };
    nic.appliance.is_none()
        && nic.ip_forwarding == Known::Known(false)
        && !model.balanced.contains(&id)
        && nic.ip_configurations.iter().filter_map(|one| one.public_ip_address.as_ref()).all(public)
        && nic.workload.is_none_or(|machine| model.workload(machine).network_interfaces.len() < 2)
}

/// Whether something stands in a subnet, perhaps at an address that is not known, to which packets are sent on.
pub(crate) fn holds_a_waypoint(model: &Model, id: SubnetId) -> bool {
    model.private_endpoints.iter().any(|one| match one.subnet {
        RuleSubnet::Here(at) => at == id,
        RuleSubnet::Outside(_) => false,
        RuleSubnet::Unknown(_) => true,
    }) || model.azure_firewalls.iter().any(|one| one.subnet == id)
        || model.load_balancers.iter().flat_map(|one| &one.frontends).any(|frontend| match frontend.address {
            FrontendAddress::Private(at, _) => at == id,
            FrontendAddress::Public(_) => false,
        })
        // Questions about names go there, and on from there.
        || model.inbound_endpoints.iter().any(|one| one.subnet == id)
        || model.forwarding_rulesets.iter().flat_map(|one| &one.outbound).any(|one| one.known().is_none_or(|at| *at == id))
        || !model.clusters.is_empty()
        // They send packets on to wherever their pools and routes say.
        || !model.application_gateways.is_empty()
        || !model.route_servers.is_empty()
        || !model.virtual_hubs.is_empty()
        || model.unmodelled.iter().any(|one| !one.subnets.is_empty() || !one.virtual_networks.is_empty())
}

/// All addresses by which the file leads packets somewhere: next hops, translations, name servers and what they answer,
/// parties outside.
pub(crate) fn mentioned(network: &Network) -> Addresses {
    let model = &network.model;
    let mut points: Vec<IpAddr> = Vec::new();
    let mut ranges = Addresses::empty();
    let known = |address: &Known<IpAddr>| address.known().copied();
    let tables = network.subnets.iter().map(|facts| &facts.routes).chain(&network.private_endpoint_routes);
    // Many subnets share a table.
    let mut seen: HashSet<*const EffectiveRoutes> = HashSet::new();
    for table in tables.filter(|table| seen.insert(Arc::as_ptr(table))) {
        points.extend(table.rows.iter().flat_map(|row| &row.next_hop_addresses));
    }
    points.extend(model.virtual_networks.iter().flat_map(|one| one.dns_servers.iter().filter_map(known)));
    points.extend(model.network_interfaces.iter().flat_map(|one| one.dns_servers.iter().filter_map(known)));
    let answers = model.workloads.iter().map(|one| &one.dns).chain(model.sites.iter().map(|one| &one.dns));
    let answers = answers.chain(model.appliances.iter().map(|one| &one.dns));
    for dns in answers.chain(model.azure_firewalls.iter().filter_map(|one| one.dns.as_ref())) {
        told(dns, &mut points);
    }
    for record in model.private_dns_zones.iter().flat_map(|zone| &zone.records) {
        match &record.data {
            RecordData::Addresses(all) => points.extend(all.iter().filter_map(known)),
            RecordData::PrivateEndpoint(_) | RecordData::Alias(_) => {}
        }
    }
    for rule in model.forwarding_rulesets.iter().flat_map(|one| &one.rules) {
        points.extend(rule.servers.iter().filter_map(known));
    }
    for translation in model.appliances.iter().flat_map(|one| &one.dnat) {
        points.extend(translation.address);
        points.push(translation.translated_address);
    }
    for translation in model.azure_firewalls.iter().flat_map(|one| &one.nat_rules) {
        ranges = ranges.union(&translation.destination);
        points.extend(known(&translation.translated_address));
    }
    for gateway in &model.virtual_network_gateways {
        points.extend(&gateway.private_addresses);
    }
    for endpoint in &model.private_endpoints {
        points.extend(endpoint.addresses.known().into_iter().flatten());
    }
    points.extend(model.sites.iter().flat_map(|site| site.hosts.iter().map(|(_, address)| *address)));
    points.extend(model.unmodelled.iter().flat_map(|one| &one.addresses));
    let outside = model.sites.iter().flat_map(|site| site.address_prefixes.iter().chain(&site.advertises));
    let outside = outside.chain(model.externals.iter().flat_map(|one| &one.addresses));
    let outside = outside.chain(model.virtual_network_gateways.iter().flat_map(|one| &one.client_address_pool));
    for prefix in outside {
        ranges = ranges.union(&space::prefix(*prefix));
    }
    let points = points.into_iter().map(space::point).map(|point| (point, point));
    ranges.union(&Addresses::from_ranges(points.collect::<Vec<_>>()))
}

/// Addresses that a name server tells, or asks.
fn told(dns: &Dns, points: &mut Vec<IpAddr>) {
    points.extend(dns.records.iter().map(|(_, address)| *address));
    let asked = dns.conditional.iter().map(|(_, resolver)| resolver).chain([&dns.forwarder]);
    points.extend(asked.filter_map(|resolver| match resolver {
        Resolver::Server(address) => Some(*address),
        Resolver::Azure | Resolver::Public | Resolver::Unknown(_) => None,
    }));
}
