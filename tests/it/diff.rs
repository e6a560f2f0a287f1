//! `diff` against single packets: a packet is in a list exactly when its verdict is another, and every witness differs.
//!
//! In: random networks, each with one random change. Out: a failure with the seed, the flow and both verdicts.

use crate::{
    cloud,
    generate::{self, Random},
    reach::{is_unique, names},
};
use azreach::{
    compile::compile,
    diff::{Change, Diff, diff, diff_of_all_pairs},
    evaluate::{Question, evaluate},
    flow::{End, Flow, Protocol},
    model::{Access, Known, Model, Party},
    network::Network,
    space::{self, NAMED, Packet, Ports},
    trace::Verdict,
};

/// One change, of the kind that people make.
fn changed(model: &Model, random: &mut Random) -> Model {
    let mut model = model.clone();
    match *random.pick(&[0, 0, 1, 2, 3]) {
        0 => {
            let groups = model.network_security_groups.iter_mut().filter(|group| !group.security_rules.is_empty());
            if let Some(group) = groups.last() {
                group.security_rules.remove(0);
            }
        }
        1 => model.route_tables.iter_mut().for_each(|table| table.routes.truncate(1)),
        2 => {
            if let Some(peering) = model.peerings.last_mut() {
                peering.allow_virtual_network_access = Known::Known(false);
            }
        }
        _ => {
            if let Some(subnet) = model.subnets.iter_mut().find(|subnet| subnet.network_security_group.is_some()) {
                subnet.network_security_group = None;
            }
        }
    }
    model
}

/// The verdicts before and after of all changes that hold a packet between two ends.
fn held(diff: &Diff, ends: &[Vec<String>; 2], packet: &Packet) -> Vec<(Verdict, Verdict)> {
    let all = diff.gained.iter().chain(&diff.lost).chain(&diff.undetermined);
    let is = |change: &&Change| {
        let named = |members: &[azreach::reach::Member], names: &[String], point| {
            members.iter().any(|one| names.contains(&one.name) && one.addresses.contains(point))
        };
        change.boxes.iter().any(|cube| cube.contains(packet))
            && named(&change.sources, &ends[0], packet.source)
            && named(&change.destinations, &ends[1], packet.destination)
    };
    let told = |change: &Change| (Change::verdict(change.before.as_ref()), Change::verdict(change.after.as_ref()));
    all.filter(is).map(told).collect()
}

fn verdict_of(network: &Network, packet: &Packet) -> Verdict {
    let protocol = Protocol::ALL.into_iter().skip(1).find(|one| one.numbers().contains(packet.protocol));
    let protocol = protocol.expect("a protocol");
    let (from, to) = (space::address(packet.source), space::address(packet.destination));
    let ported = protocol.takes_ports();
    let flow = Flow {
        source: End::Address(from),
        destination: End::Address(to),
        protocol,
        ports: if ported { Ports::single(packet.destination_port) } else { Ports::all() },
        source_ports: ported.then(|| Ports::single(packet.source_port)),
    };
    evaluate(network, &Question::new(flow, vec![Party::Address(from)], vec![Party::Address(to)])).verdict()
}

#[test]
fn a_packet_is_in_a_list_exactly_when_its_verdict_is_another() {
    let (mut failures, mut differing, mut same) = (Vec::new(), 0, 0);
    for seed in 1..=16 {
        let mut random = Random::new(seed);
        let model = generate::network(&mut random);
        let asks = generate::asks(&model, &mut random, 60);
        let other = changed(&model, &mut random);
        let (before, after) = (compile(model.clone()), compile(other));
        let found = diff(&before, &after);
        for ask in asks.iter().filter(|ask| is_unique(&model, &ask.packet)) {
            let ends = [
                names(&before, &ask.source, space::address(ask.packet.source)),
                names(&before, &ask.destination, space::address(ask.packet.destination)),
            ];
            if ends.iter().any(Vec::is_empty) {
                continue;
            }
            let question = Question::new(ask.flow.clone(), vec![ask.source.clone()], vec![ask.destination.clone()]);
            let verdicts = (evaluate(&before, &question).verdict(), evaluate(&after, &question).verdict());
            let held = held(&found, &ends, &ask.packet);
            let fits = if verdicts.0 == verdicts.1 { held.is_empty() } else { held == [verdicts] };
            *(if verdicts.0 == verdicts.1 { &mut same } else { &mut differing }) += 1;
            if !fits {
                failures.push(format!("seed {seed}: {} {ends:?}: {verdicts:?}, told {held:?}", ask.flow));
            }
        }
    }
    let some: Vec<String> = failures.iter().take(8).cloned().collect();
    assert!(failures.is_empty(), "{} of {} differ\n{}", failures.len(), same + differing, some.join("\n"));
    assert!(differing > 0 && same > 150, "too few: {differing} differ, {same} do not");
}

#[test]
fn every_witness_differs_and_nothing_differs_from_itself() {
    let (mut failures, mut checked) = (Vec::new(), 0);
    for seed in 1..=24 {
        let mut random = Random::new(seed);
        let model = generate::network(&mut random);
        let before = compile(model.clone());
        assert!(diff(&before, &compile(model.clone())).is_empty(), "seed {seed}");
        let after = compile(changed(&model, &mut random));
        let found = diff(&before, &after);
        for change in found.gained.iter().chain(&found.lost).chain(&found.undetermined) {
            let packet = change.witness;
            assert!(change.boxes.iter().any(|cube| cube.contains(&packet)), "seed {seed}");
            assert!(packet.source != packet.destination, "seed {seed}");
            for (at, one) in change.boxes.iter().enumerate() {
                assert!(change.boxes[at + 1..].iter().all(|other| one.intersect(other).is_empty()), "seed {seed}");
            }
            let claimed = [&change.before, &change.after].map(|part| Change::verdict(part.as_ref()));
            assert!(claimed[0] != claimed[1], "seed {seed}: {claimed:?}");
            // The walk tells icmp apart by the port of the licence servers, which no icmp packet has.
            let ports = change.boxes.iter().find(|cube| cube.contains(&packet)).map(|cube| &cube.destination_ports);
            if !space::has_ports(packet.protocol) && !ports.is_some_and(Ports::is_all) {
                continue;
            }
            let literal = ![packet.source, packet.destination].contains(&NAMED) && is_unique(&model, &packet);
            if literal {
                checked += 1;
                let really = [verdict_of(&before, &packet), verdict_of(&after, &packet)];
                if really != claimed {
                    failures
                        .push(format!("seed {seed}: {packet:?} {claimed:?}, really {really:?} {:?}", change.sources));
                }
            }
        }
    }
    let some: Vec<String> = failures.iter().take(6).cloned().collect();
    assert!(failures.is_empty(), "{} of {checked}\n{}", failures.len(), some.join("\n"));
    assert!(checked > 15, "only {checked} witnesses");
}

/// One change to one place, so that most pairs of ends have nothing to do with it.
fn changed_somewhere(model: &Model, random: &mut Random) -> Model {
    let mut model = model.clone();
    let places: Vec<usize> = (0..model.subnets.len()).collect();
    let at = *random.pick(&places);
    match *random.pick(&[0, 0, 0, 1, 2, 3, 4]) {
        0 => {
            let groups: Vec<usize> = (0..model.network_security_groups.len()).collect();
            if let Some(group) = (!groups.is_empty()).then(|| *random.pick(&groups)) {
                let rules = &mut model.network_security_groups[group].security_rules;
                if let Some(rule) = rules.last_mut() {
                    rule.access = match rule.access {
                        Known::Known(Access::Allow) => Known::Known(Access::Deny),
                        _ => Known::Known(Access::Allow),
                    };
                }
            }
        }
        1 => model.subnets[at].network_security_group = None,
        2 => model.subnets[at].route_table = None,
        3 => {
            if let Some(nic) = model.network_interfaces.iter_mut().rfind(|nic| nic.network_security_group.is_some()) {
                nic.network_security_group = model.subnets[at].network_security_group.or(nic.network_security_group);
            }
        }
        _ => {
            if let Some(table) = model.route_tables.last_mut() {
                table.routes.pop();
            }
        }
    }
    model
}

#[test]
fn pairs_that_are_not_walked_do_not_differ() {
    let mut differing = 0;
    for seed in 1..=40 {
        let mut random = Random::new(seed);
        let model = generate::network(&mut random);
        let other = changed_somewhere(&model, &mut random);
        let (before, after) = (compile(model), compile(other));
        let found = diff(&before, &after);
        assert_eq!(found, diff_of_all_pairs(&before, &after), "seed {seed}");
        differing += usize::from(!found.is_empty());
    }
    assert!(differing > 5, "only {differing} differ");
}

#[test]
fn pairs_of_hubs_and_spokes_that_are_not_walked_do_not_differ() {
    let mut differing = 0;
    for seed in 1..=6 {
        let mut random = Random::new(seed);
        let model = cloud::network_of(16, 4, 12, 12);
        let other = changed_somewhere(&model, &mut random);
        let (before, after) = (compile(model), compile(other));
        let found = diff(&before, &after);
        assert_eq!(found, diff_of_all_pairs(&before, &after), "seed {seed}");
        differing += usize::from(!found.is_empty());
    }
    assert!(differing > 1, "only {differing} differ");
}
