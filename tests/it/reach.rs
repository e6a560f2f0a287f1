//! `reach` against single packets: a packet is in the sets exactly when it fares as they say.
//!
//! In: random networks and questions, from seeds. Out: a failure with the seed, the flow and both answers.

use crate::generate::{self, Ask, Random};
use azreach::{
    compile::compile,
    evaluate::{Question, evaluate},
    flow::Flow,
    model::{Known, Model, NetworkInterfaceId, Party, SubnetId, SubnetPurpose, VirtualNetworkId},
    network::{LocalOwner, Network},
    reach::{Group, Inquiry, Side, reach},
    space::{self, Addresses, Packet},
    trace::Verdict,
};
use std::net::IpAddr;

fn everything() -> Flow {
    "internet -> internet".parse().expect("a flow")
}

fn single(ask: &Ask) -> Question {
    Question::new(ask.flow.clone(), vec![ask.source.clone()], vec![ask.destination.clone()])
}

/// What the end that has an address may be called: its NIC, else its subnet.
pub(crate) fn names(network: &Network, party: &Party, address: IpAddr) -> Vec<String> {
    let model = &network.model;
    let nic = |id: NetworkInterfaceId| {
        let nic = model.network_interface(id);
        vec![nic.label.name.clone(), network.subnet_path(nic.ip_configurations[0].subnet)]
    };
    match party {
        Party::NetworkInterface(id) => nic(*id),
        Party::Address(_) if device(network, address).is_some() => device(network, address).into_iter().collect(),
        Party::Address(_) => model
            .subnets
            .iter()
            .enumerate()
            .filter(|(_, subnet)| holds(subnet, address))
            .map(|(at, _)| network.subnet_path(SubnetId::at(at)))
            .collect(),
        Party::SiteHost(id, _) => vec![model.site(*id).label.name.clone()],
        _ => Vec::new(),
    }
}

/// The balancer or firewall that has an address: an end of its own, and none of its subnet's.
fn device(network: &Network, address: IpAddr) -> Option<String> {
    let model = &network.model;
    let point = Addresses::single(space::point(address));
    let all = (0..model.virtual_networks.len()).map(VirtualNetworkId::at);
    let owners = all.flat_map(|id| network.virtual_network(id).owners_of(&point));
    owners.into_iter().find_map(|(owner, _)| match owner {
        LocalOwner::LoadBalancer(id, _) => Some(model.load_balancer(id).label.name.clone()),
        LocalOwner::AzureFirewall(id) => Some(model.azure_firewall(id).label.name.clone()),
        _ => None,
    })
}

fn holds(subnet: &azreach::model::Subnet, address: IpAddr) -> bool {
    subnet.purpose == SubnetPurpose::Ordinary && subnet.address_prefixes.iter().any(|net| net.contains(&address))
}

/// The verdicts of the groups that hold a packet of an end.
fn verdicts(groups: [&[Group]; 3], side: Side, names: &[String], packet: &Packet) -> Vec<Verdict> {
    let address = if side == Side::Source { packet.source } else { packet.destination };
    let member =
        |group: &&Group| group.members.iter().any(|one| names.contains(&one.name) && one.addresses.contains(address));
    let holds = |group: &&Group| group.part.boxes.iter().any(|cube| cube.contains(packet));
    groups.into_iter().flatten().filter(member).filter(holds).map(|group| group.part.verdict).collect()
}

/// Two VNETs may have the same addresses: then an address is no name for an end.
pub(crate) fn is_unique(model: &Model, packet: &Packet) -> bool {
    [packet.source, packet.destination].into_iter().all(|point| {
        let address = space::address(point);
        let owners = model.virtual_networks.iter();
        owners.filter(|one| one.address_prefixes.iter().any(|net| net.contains(&address))).count() < 2
    })
}

#[test]
fn a_packet_is_in_the_sets_exactly_when_it_fares_so() {
    let (mut failures, mut allowed, mut denied) = (Vec::new(), 0, 0);
    for seed in 1..=60 {
        let mut random = Random::new(seed);
        let model = generate::network(&mut random);
        let network = compile(model.clone());
        for ask in generate::asks(&model, &mut random, 12) {
            if !is_unique(&model, &ask.packet) {
                continue;
            }
            for side in [Side::Source, Side::Destination] {
                let (party, point) = match side {
                    Side::Source => (&ask.source, ask.packet.source),
                    Side::Destination => (&ask.destination, ask.packet.destination),
                };
                let names = names(&network, party, space::address(point));
                if names.is_empty() {
                    continue;
                }
                let given = |is: bool, party: &Party| is.then(|| vec![party.clone()]);
                let inquiry = Inquiry {
                    flow: everything(),
                    from: given(side == Side::Destination, &ask.source),
                    to: given(side == Side::Source, &ask.destination),
                    identity: None,
                };
                let found = reach(&network, &inquiry);
                let held = verdicts([&found.allowed, &found.chosen, &found.undetermined], side, &names, &ask.packet);
                let concrete = evaluate(&network, &single(&ask)).verdict();
                let same = match concrete {
                    Verdict::Denied => held.is_empty(),
                    other => held == [other],
                };
                allowed += usize::from(concrete == Verdict::Allowed);
                denied += usize::from(concrete == Verdict::Denied);
                if !same {
                    failures.push(format!("seed {seed}, {side:?} {names:?}: {} is {concrete}, in {held:?}", ask.flow));
                }
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} differ\n{}",
        failures.len(),
        failures.iter().take(8).cloned().collect::<Vec<_>>().join("\n")
    );
    assert!(allowed > 150 && denied > 150, "too few: {allowed} allowed, {denied} denied");
}

#[test]
fn the_boxes_of_a_group_are_disjoint_and_hold_its_witness() {
    for seed in 1..=20 {
        let mut random = Random::new(seed);
        let model = generate::network(&mut random);
        let network = compile(model.clone());
        let Some(nic) =
            model.network_interfaces.iter().position(|nic| matches!(nic.ip_configurations[0].address, Known::Known(_)))
        else {
            continue;
        };
        let to = Some(vec![Party::NetworkInterface(NetworkInterfaceId::at(nic))]);
        let found = reach(&network, &Inquiry { flow: everything(), from: None, to, identity: None });
        for group in found.allowed.iter().chain(&found.undetermined) {
            let boxes = &group.part.boxes;
            assert!(boxes.iter().any(|cube| cube.contains(&group.part.witness)), "seed {seed}");
            for (at, one) in boxes.iter().enumerate() {
                assert!(boxes[at + 1..].iter().all(|other| one.intersect(other).is_empty()), "seed {seed}");
            }
        }
    }
}
