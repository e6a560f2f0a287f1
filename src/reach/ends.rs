//! Everybody who may be at the other end: the parties of a network, each packet's end once.
//!
//! In: a network. Out: [`End`]s in the order of the model. Subnets stand for their machines, as long as nothing but the
//! address tells a machine apart; one with credentials of its own, or that the caller wants told by its name, is an end
//! of its own and is left out of its subnet. Deliberately absent: what a name of the user's means (that is `resolve`).

use crate::{
    model::{
        ApplicationGatewayId, AzureFirewallId, BastionHostId, ExternalId, Known, LoadBalancerId, NetworkInterfaceId,
        Party, PrivateEndpointId, ServiceId, SiteId, SubnetId, SubnetPurpose, VirtualNetworkGatewayId,
    },
    network::Network,
    space::{self, Addresses},
};
use std::collections::{HashMap, HashSet};

/// Which end of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Who begins.
    Source,
    /// Who is asked.
    Destination,
}

/// One end that flows are asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct End {
    /// In the user's words; the same name in another network is the same end.
    pub name: String,
    /// What it is.
    pub party: Party,
    /// Its addresses that are ends of their own.
    pub without: Addresses,
}

impl End {
    fn new(name: impl Into<String>, party: Party) -> Self {
        End { name: name.into(), party, without: Addresses::empty() }
    }
}

/// All ends of one side. `apart` names machines (lower case) that are told by their names.
pub fn ends(network: &Network, side: Side, apart: &HashSet<String>) -> Vec<End> {
    let model = &network.model;
    let mut found = machines(network, side, apart);
    let mut taken: HashMap<SubnetId, Vec<u128>> = HashMap::new();
    for (at, address) in found.iter().flat_map(|end| addresses_of(network, end)) {
        taken.entry(at).or_default().push(address);
    }
    for (index, subnet) in model.subnets.iter().enumerate() {
        let id = SubnetId::at(index);
        if subnet.purpose != SubnetPurpose::Ordinary {
            continue;
        }
        let own = taken.get(&id).into_iter().flatten();
        let without = Addresses::from_ranges(own.map(|address| (*address, *address)));
        found.push(End { without, ..End::new(network.subnet_path(id), Party::Subnet(id)) });
    }
    let named = |found: &mut Vec<End>, name: &str, party| found.push(End::new(name, party));
    for (index, site) in model.sites.iter().enumerate() {
        named(&mut found, &site.label.name, Party::Site(SiteId::at(index)));
    }
    for (index, gateway) in model.virtual_network_gateways.iter().enumerate() {
        let id = VirtualNetworkGatewayId::at(index);
        if !gateway.client_address_pool.is_empty() {
            named(&mut found, &model.clients_name(id), Party::Clients(id));
        }
    }
    for (index, external) in model.externals.iter().enumerate() {
        named(&mut found, &external.label.name, Party::External(ExternalId::at(index)));
    }
    found.push(End::new("internet", Party::Internet));
    for (index, service) in model.services.iter().enumerate() {
        named(&mut found, &service.label.name, Party::Service(ServiceId::at(index), None));
    }
    if side == Side::Destination {
        for (index, endpoint) in model.private_endpoints.iter().enumerate() {
            named(&mut found, &endpoint.label.name, Party::PrivateEndpoint(PrivateEndpointId::at(index)));
        }
        for (index, firewall) in model.azure_firewalls.iter().enumerate() {
            named(&mut found, &firewall.label.name, Party::AzureFirewall(AzureFirewallId::at(index)));
        }
        for (index, balancer) in model.load_balancers.iter().enumerate() {
            named(&mut found, &balancer.label.name, Party::LoadBalancer(LoadBalancerId::at(index)));
        }
        for (index, gateway) in model.application_gateways.iter().enumerate() {
            named(&mut found, &gateway.label.name, Party::ApplicationGateway(ApplicationGatewayId::at(index)));
        }
    }
    // Its subnet is none of the ordinary ones, so nobody else speaks for it as a source.
    for (index, bastion) in model.bastion_hosts.iter().enumerate() {
        named(&mut found, &bastion.label.name, Party::BastionHost(BastionHostId::at(index)));
    }
    for (index, resource) in model.unmodelled.iter().enumerate() {
        named(&mut found, &resource.label.name, Party::Unmodelled(index));
    }
    found
}

/// Network interfaces that their subnet cannot speak for.
fn machines(network: &Network, side: Side, apart: &HashSet<String>) -> Vec<End> {
    let model = &network.model;
    let mut found = Vec::new();
    for (index, nic) in model.network_interfaces.iter().enumerate() {
        let id = NetworkInterfaceId::at(index);
        let machine = nic.workload.map(|id| model.workload(id));
        let name = machine_name(network, id);
        let with_credentials = side == Side::Source && machine.is_some_and(|machine| machine.identity.is_some());
        let somewhere = nic.ip_configurations.iter().any(|one| one.address.known().is_none());
        let hidden = somewhere && !model.fares_like_its_subnet(id);
        if with_credentials || hidden || apart.contains(&name.to_lowercase()) {
            found.push(End::new(name, Party::NetworkInterface(id)));
        }
    }
    found
}

/// A NIC by the name of its machine, when it is the machine's first.
pub(crate) fn machine_name(network: &Network, id: NetworkInterfaceId) -> String {
    let nic = network.model.network_interface(id);
    let machine = nic.workload.map(|id| network.model.workload(id));
    let machine = machine.filter(|machine| machine.network_interfaces.first() == Some(&id));
    machine.map_or(&nic.label, |machine| &machine.label).name.clone()
}

/// The known addresses of a machine, with their subnets.
fn addresses_of(network: &Network, end: &End) -> Vec<(SubnetId, u128)> {
    let Party::NetworkInterface(id) = end.party else {
        return Vec::new();
    };
    let configurations = network.model.network_interface(id).ip_configurations.iter();
    let known = configurations.filter_map(|one| match one.address {
        Known::Known(address) => Some((one.subnet, space::point(address))),
        Known::Unknown(_) => None,
    });
    known.collect()
}
