//! Random questions about one network: a packet, and both ends as the flow names them.

use super::{Random, network::ip};
use crate::oracle::{Start, rules};
use azreach::{
    flow::{End, Flow, Protocol},
    model::*,
    space::{self, Packet, Ports},
};
use std::net::IpAddr;

/// One packet, where it starts, and the same as a question to the fast walk.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub start: Start,
    pub packet: Packet,
    pub flow: Flow,
    pub source: Party,
    pub destination: Party,
}

/// One end.
#[derive(Debug, Clone)]
struct Side {
    start: Start,
    address: IpAddr,
    party: Party,
}

/// So many questions about a network.
pub(crate) fn asks(model: &Model, random: &mut Random, count: usize) -> Vec<Ask> {
    let sources = sources(model);
    (0..count).filter_map(|_| ask(model, random, &sources)).collect()
}

fn ask(model: &Model, random: &mut Random, sources: &[Side]) -> Option<Ask> {
    let source = random.pick(sources).clone();
    let targets = targets(model, &source);
    let target = random.pick(&targets).clone();
    if source.address == target.address {
        return None;
    }
    let protocol = *random.pick(&[
        Protocol::Tcp,
        Protocol::Tcp,
        Protocol::Tcp,
        Protocol::Udp,
        Protocol::Icmp,
        Protocol::Esp,
        Protocol::Ah,
    ]);
    let port = *random.pick(&[22, 53, 443, 445, 8080]);
    let from = *random.pick(&[30000, 50000]);
    Some(build(source, target, protocol, from, port))
}

fn build(source: Side, target: Side, protocol: Protocol, from: u16, port: u16) -> Ask {
    let ported = protocol.takes_ports();
    let flow = Flow {
        source: End::Address(source.address),
        destination: End::Address(target.address),
        protocol,
        ports: if ported { Ports::single(port) } else { Ports::all() },
        source_ports: ported.then(|| Ports::single(from)),
    };
    let packet = Packet {
        source: space::point(source.address),
        destination: space::point(target.address),
        protocol: protocol.numbers().first().unwrap_or(6),
        source_port: if ported { from } else { 0 },
        destination_port: if ported { port } else { 0 },
    };
    Ask { start: source.start, packet, flow, source: source.party, destination: target.party }
}

/// Machines, addresses that nobody has, site hosts, the Internet.
fn sources(model: &Model) -> Vec<Side> {
    let mut sides = inside(model);
    sides.extend(sides.clone());
    for address in ["198.51.100.5", "8.8.8.8"].map(ip) {
        sides.push(Side { start: Start::Internet, address, party: Party::Address(address) });
    }
    sides
}

/// Everybody inside: where, by which address, as which party.
pub(crate) fn insiders(model: &Model) -> Vec<(Start, IpAddr, Party)> {
    inside(model).into_iter().map(|side| (side.start, side.address, side.party)).collect()
}

fn inside(model: &Model) -> Vec<Side> {
    let mut sides = Vec::new();
    for (index, nic) in model.network_interfaces.iter().enumerate() {
        let Known::Known(address) = nic.ip_configurations[0].address else {
            continue;
        };
        if nic.appliance.is_none() {
            let id = NetworkInterfaceId::at(index);
            sides.push(Side { start: Start::Nic(id), address, party: Party::NetworkInterface(id) });
        }
    }
    for (index, site) in model.sites.iter().enumerate() {
        let id = SiteId::at(index);
        sides.push(Side { start: Start::Site(id), address: site.hosts[0].1, party: Party::SiteHost(id, 0) });
    }
    for (index, gateway) in model.virtual_network_gateways.iter().enumerate() {
        let id = VirtualNetworkGatewayId::at(index);
        let pool = gateway.client_address_pool.first();
        let address = pool.and_then(|pool| pool.hosts().nth(4));
        sides.extend(address.map(|address| Side { start: Start::Clients(id), address, party: Party::Clients(id) }));
    }
    for index in 0..model.subnets.len() {
        let subnet = &model.subnets[index];
        if subnet.purpose == SubnetPurpose::Ordinary && index % 3 == 0 {
            let text = subnet.address_prefixes[0].to_string().replace(".0/24", ".200");
            sides.push(Side {
                start: Start::Subnet(SubnetId::at(index)),
                address: ip(&text),
                party: Party::Address(ip(&text)),
            });
        }
    }
    sides
}

/// Addresses of firewalls and of frontends, and whether they are public.
fn devices(model: &Model) -> Vec<(IpAddr, bool)> {
    let public = |id: PublicIpAddressId| Some((*model.public_ip_address(id).address.known()?, true));
    let private = |address: Known<IpAddr>| Some((*address.known()?, false));
    let firewalls = model.azure_firewalls.iter();
    let of_firewalls = firewalls.flat_map(|one| {
        one.public_ip_addresses.iter().map(|id| public(*id)).chain([private(one.private_address)]).collect::<Vec<_>>()
    });
    let of_gateways = model.application_gateways.iter().flat_map(|one| &one.frontends);
    let frontends = model.load_balancers.iter().flat_map(|one| &one.frontends).chain(of_gateways);
    let of_balancers = frontends.map(|one| match one.address {
        FrontendAddress::Public(id) => public(id),
        FrontendAddress::Private(_, address) => private(address),
    });
    of_firewalls.chain(of_balancers).flatten().collect()
}

/// From inside: everything; from the Internet: public IPs of machines.
fn targets(model: &Model, source: &Side) -> Vec<Side> {
    let outside = |address: IpAddr, party| Side { start: Start::Internet, address, party };
    let mut sides = Vec::new();
    for (index, nic) in model.network_interfaces.iter().enumerate() {
        let Some(id) = nic.ip_configurations[0].public_ip_address.filter(|_| nic.appliance.is_none()) else {
            continue;
        };
        if let Known::Known(address) = model.public_ip_address(id).address {
            sides.push(outside(address, Party::PublicIpAddress(id)));
            sides.push(outside(address, Party::Address(address)));
            if source.start == Start::Internet {
                // product.md 1: a workload's name seen from outside means its public IP.
                sides.push(outside(address, Party::NetworkInterface(NetworkInterfaceId::at(index))));
            }
        }
    }
    for (address, public) in devices(model) {
        if public || source.start != Start::Internet {
            sides.extend([outside(address, Party::Address(address)), outside(address, Party::Address(address))]);
        }
    }
    if source.start == Start::Internet {
        sides.push(outside(ip("8.8.4.4"), Party::Address(ip("8.8.4.4"))));
        return sides;
    }
    if matches!(source.start, Start::Site(_)) {
        sides.retain(|side| !rules::is_public(side.address));
    }
    let insiders = inside(model);
    sides.extend(insiders.clone());
    sides.extend(insiders);
    if !matches!(source.start, Start::Site(_)) {
        for text in ["8.8.8.8", "8.8.8.8", "198.51.100.5", "10.200.0.1", "168.63.129.16"] {
            sides.push(outside(ip(text), Party::Address(ip(text))));
        }
        if !model.route_servers.is_empty() {
            let announced = ip("172.22.0.9");
            sides
                .extend([outside(announced, Party::Address(announced)), outside(announced, Party::Address(announced))]);
        }
    }
    sides
}

/// A question about two whole subnets, and packets of it to look at.
#[derive(Debug, Clone)]
pub(crate) struct SetAsk {
    pub(crate) flow: Flow,
    pub(crate) source: SubnetId,
    pub(crate) destination: SubnetId,
    pub(crate) samples: Vec<(Start, Packet)>,
}

/// One question of a subnet to a subnet, all protocols and ports.
pub(crate) fn set_ask(model: &Model, random: &mut Random, count: usize) -> SetAsk {
    let ordinary: Vec<_> = (0..model.subnets.len())
        .filter(|index| model.subnets[*index].purpose == SubnetPurpose::Ordinary)
        .map(SubnetId::at)
        .collect();
    let (source, destination) = (*random.pick(&ordinary), *random.pick(&ordinary));
    let samples = (0..count).filter_map(|_| sample(model, random, source, destination)).collect();
    let end = |id: SubnetId| End::Prefix(model.subnet(id).address_prefixes[0]);
    let flow = Flow {
        source: end(source),
        destination: end(destination),
        protocol: Protocol::Any,
        ports: Ports::all(),
        source_ports: None,
    };
    SetAsk { flow, source, destination, samples }
}

fn sample(model: &Model, random: &mut Random, from: SubnetId, to: SubnetId) -> Option<(Start, Packet)> {
    let (start, source) = somebody(model, random, from)?;
    let (_, destination) = somebody(model, random, to)?;
    if source == destination {
        return None;
    }
    let protocol = *random.pick(&[6, 6, 6, 17, 17, 1, 50, 51]);
    let ported = space::has_ports(protocol);
    let packet = Packet {
        source: space::point(source),
        destination: space::point(destination),
        protocol,
        source_port: if ported { *random.pick(&[1024, 30000, 40000, 40001, 65535]) } else { 0 },
        destination_port: if ported { *random.pick(&[0, 21, 22, 23, 439, 440, 443, 450, 451, 65535]) } else { 0 },
    };
    Some((start, packet))
}

/// An assignable address of a subnet, with its NIC if one has it; appliances are left out.
fn somebody(model: &Model, random: &mut Random, subnet: SubnetId) -> Option<(Start, IpAddr)> {
    let last = *random.pick(&[4, 4, 5, 5, 6, 200, 254]);
    let prefix = model.subnet(subnet).address_prefixes[0].to_string();
    let address = ip(&prefix.replace(".0/24", &format!(".{last}")));
    let owner = model.network_interfaces.iter().position(|nic| {
        nic.ip_configurations[0].address == Known::Known(address) && nic.ip_configurations[0].subnet == subnet
    });
    match owner {
        Some(nic) if model.network_interfaces[nic].appliance.is_some() => None,
        Some(nic) => Some((Start::Nic(NetworkInterfaceId::at(nic)), address)),
        None => Some((Start::Subnet(subnet), address)),
    }
}
