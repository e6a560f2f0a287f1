//! What must hold of every network: laws as properties over random networks.
//!
//! In: seeds from proptest, networks from `generate`, the shipped scenarios. Out: the smallest seed that breaks a law.
//! Deliberately absent: what the right verdict is (that is for `agreement`).

use crate::{
    generate::{self, Ask, Random, SetAsk},
    oracle::Start,
    scenarios::{files_below, read, root},
};
use azreach::{
    compile::compile,
    diagnostic::{Diagnostics, Severity},
    evaluate::{Question, evaluate, evaluate_all},
    flow::{End, Flow, Protocol},
    model::*,
    network::Network,
    scenario::{
        Scenario, WhatIf, overlay,
        tree::{Entry, Map, Node, Value},
    },
    space::{self, Packet, Ports},
    trace::{Trace, Verdict},
};
use proptest::prelude::*;

const ASKS: usize = 20;

/// So many networks a law, unless `PROPTEST_CASES` says otherwise.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(cases);
    ProptestConfig { cases, failure_persistence: None, max_global_rejects: 20 * cases, ..ProptestConfig::default() }
}

/// A network and questions about it: single packets and two whole subnets.
fn drawn(seed: u64) -> (Model, Vec<Question>, Random) {
    let mut random = Random::new(seed);
    let model = generate::network(&mut random);
    let mut questions: Vec<Question> = generate::asks(&model, &mut random, ASKS).iter().map(single).collect();
    questions.push(whole(&generate::set_ask(&model, &mut random, 0)));
    (model, questions, random)
}

fn single(ask: &Ask) -> Question {
    Question {
        flow: ask.flow.clone(),
        sources: vec![ask.source.clone()],
        destinations: vec![ask.destination.clone()],
        identity: None,
    }
}

fn whole(ask: &SetAsk) -> Question {
    let (sources, destinations) = (vec![Party::Subnet(ask.source)], vec![Party::Subnet(ask.destination)]);
    Question::new(ask.flow.clone(), sources, destinations)
}

fn answers(model: &Model, questions: &[Question]) -> Vec<Trace> {
    let network = compile(model.clone());
    questions.iter().map(|question| evaluate(&network, question)).collect()
}

fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for last in (1..items.len()).rev() {
        items.swap(last, random.below(last + 1));
    }
}

/// Every list of rules of a model.
fn rule_lists(model: &mut Model) -> Vec<&mut Vec<SecurityRule>> {
    let groups = model.network_security_groups.iter_mut().map(|group| &mut group.security_rules);
    let appliances = model.appliances.iter_mut().filter_map(|one| one.rules.as_mut());
    let sites = model.sites.iter_mut().filter_map(|site| site.firewall.as_mut());
    groups.chain(appliances).chain(sites).collect()
}

/// Every name of a model.
fn labels(model: &mut Model) -> Vec<&mut Label> {
    let mut all: Vec<&mut Label> = Vec::new();
    all.extend(model.virtual_networks.iter_mut().map(|one| &mut one.label));
    all.extend(model.subnets.iter_mut().map(|one| &mut one.label));
    all.extend(model.network_interfaces.iter_mut().map(|one| &mut one.label));
    all.extend(model.application_security_groups.iter_mut().map(|one| &mut one.label));
    all.extend(model.peerings.iter_mut().map(|one| &mut one.label));
    all.extend(model.public_ip_addresses.iter_mut().map(|one| &mut one.label));
    all.extend(model.nat_gateways.iter_mut().map(|one| &mut one.label));
    all.extend(model.virtual_network_gateways.iter_mut().map(|one| &mut one.label));
    all.extend(model.local_network_gateways.iter_mut().map(|one| &mut one.label));
    all.extend(model.connections.iter_mut().map(|one| &mut one.label));
    all.extend(model.express_route_circuits.iter_mut().map(|one| &mut one.label));
    all.extend(model.workloads.iter_mut().map(|one| &mut one.label));
    all.extend(model.externals.iter_mut().map(|one| &mut one.label));
    for table in &mut model.route_tables {
        all.push(&mut table.label);
        all.extend(table.routes.iter_mut().map(|route| &mut route.label));
    }
    for group in &mut model.network_security_groups {
        all.push(&mut group.label);
        all.extend(group.security_rules.iter_mut().map(|rule| &mut rule.label));
    }
    for appliance in &mut model.appliances {
        all.push(&mut appliance.label);
        all.extend(appliance.rules.iter_mut().flatten().map(|rule| &mut rule.label));
    }
    for site in &mut model.sites {
        all.push(&mut site.label);
        all.extend(site.firewall.iter_mut().flatten().map(|rule| &mut rule.label));
    }
    all
}

/// What an answer says without names: each fate with its packets.
fn fates(trace: &Trace) -> Vec<String> {
    let mut all: Vec<String> = trace.parts.iter().map(|part| format!("{:?} {:?}", part.verdict, part.boxes)).collect();
    all.sort();
    all
}

/// Every subnet sends everything to one appliance that forwards it, its own subnet included.
fn self_routing(model: &mut Model, random: &mut Random) {
    let addresses: Vec<_> = model.network_interfaces.iter().map(|nic| nic.ip_configurations[0].address).collect();
    for nic in &mut model.network_interfaces {
        nic.ip_forwarding = Known::Known(true);
    }
    let origin = model.virtual_networks[0].label.clone();
    for subnet in &mut model.subnets {
        let route = |text: &str, random: &mut Random| Route {
            label: origin.clone(),
            address_prefix: Known::Known(RoutePrefix::Prefix(text.parse().expect("a prefix"))),
            next_hop_type: Known::Known(NextHopType::VirtualAppliance),
            next_hop_ip_address: Some(*random.pick(&addresses)),
            has_bgp_override: false,
        };
        let mut routes = vec![route("0.0.0.0/0", random)];
        // More specific than every system route.
        for third in 1..=3 {
            for second in 0..4 {
                routes.push(route(&format!("10.{second}.{third}.0/24"), random));
            }
        }
        subnet.route_table = Some(Known::Known(RouteTableId::at(model.route_tables.len())));
        model.route_tables.push(RouteTable {
            label: origin.clone(),
            routes,
            disable_bgp_route_propagation: Known::Known(false),
        });
    }
}

/// The question about one packet of a set question.
fn packet_question(model: &Model, start: Start, packet: &Packet) -> Option<Question> {
    let protocol = Protocol::ALL.into_iter().skip(1).find(|one| one.numbers().contains(packet.protocol))?;
    let ported = protocol.takes_ports();
    let (source, destination) = (space::address(packet.source), space::address(packet.destination));
    let flow = Flow {
        source: End::Address(source),
        destination: End::Address(destination),
        protocol,
        ports: if ported { Ports::single(packet.destination_port) } else { Ports::all() },
        source_ports: ported.then(|| Ports::single(packet.source_port)),
    };
    let party = match start {
        Start::Nic(id) => Party::NetworkInterface(id),
        _ => Party::Address(source),
    };
    let owner = model
        .network_interfaces
        .iter()
        .position(|nic| nic.ip_configurations.iter().any(|one| one.address == Known::Known(destination)));
    let goal = match owner {
        Some(index) => Party::NetworkInterface(NetworkInterfaceId::at(index)),
        None => Party::Address(destination),
    };
    Some(Question { flow, sources: vec![party], destinations: vec![goal], identity: None })
}

proptest! {
    #![proptest_config(config(30))]

    #[test]
    fn priority_decides_not_the_order_of_the_file(seed: u64) {
        let (model, questions, mut random) = drawn(seed);
        let mut shuffled = model.clone();
        rule_lists(&mut shuffled).into_iter().for_each(|rules| shuffle(rules, &mut random));
        prop_assert_eq!(answers(&shuffled, &questions), answers(&model, &questions));
    }

    #[test]
    fn the_order_of_routes_does_not_matter(seed: u64) {
        let (model, questions, mut random) = drawn(seed);
        let mut shuffled = model.clone();
        shuffled.route_tables.iter_mut().for_each(|table| shuffle(&mut table.routes, &mut random));
        prop_assert_eq!(answers(&shuffled, &questions), answers(&model, &questions));
    }

    #[test]
    fn names_carry_no_meaning(seed: u64) {
        let (model, questions, mut random) = drawn(seed);
        let mut renamed = model.clone();
        for (index, label) in labels(&mut renamed).into_iter().enumerate() {
            label.name = format!("{:x}-{index}", random.next());
        }
        let (before, after) = (answers(&model, &questions), answers(&renamed, &questions));
        for (before, after) in before.iter().zip(&after) {
            prop_assert_eq!(before.verdict(), after.verdict(), "{}", before.flow);
            prop_assert_eq!(fates(before), fates(after), "{}", before.flow);
        }
    }

    #[test]
    fn peering_is_not_transitive(seed: u64) {
        let mut random = Random::new(seed);
        let mut model = generate::network(&mut random);
        prop_assume!(model.virtual_network_gateways.is_empty());
        // Only what the VNETs themselves know: no user routes, nobody who forwards.
        model.subnets.iter_mut().for_each(|subnet| subnet.route_table = None);
        let peered = |a: VirtualNetworkId, b: VirtualNetworkId| {
            model.peerings.iter().any(|link| link.local == a && link.remote == Known::Known(b))
        };
        let network = compile(model.clone());
        let nics = model.network_interfaces.iter().enumerate().filter(|(_, nic)| nic.appliance.is_none());
        let ends: Vec<_> = nics.map(|(index, nic)| {
            let one = &nic.ip_configurations[0];
            let address = *one.address.known().expect("all are known");
            (NetworkInterfaceId::at(index), model.subnet(one.subnet).virtual_network, address)
        }).collect();
        for (source, home, from) in &ends {
            for (destination, other, to) in &ends {
                if home != other && !peered(*home, *other) {
                    let flow: Flow = format!("{from} -> {to}").parse().expect("a flow");
                    let question = Question {
                        flow,
                        sources: vec![Party::NetworkInterface(*source)],
                        destinations: vec![Party::NetworkInterface(*destination)],
                        identity: None,
                    };
                    let trace = evaluate(&network, &question);
                    prop_assert_eq!(trace.verdict(), Verdict::Denied, "{}: {:#?}", trace.flow, trace.parts);
                }
            }
        }
    }

    #[test]
    fn every_walk_ends_with_a_fate_for_every_packet(seed: u64) {
        let (mut model, questions, mut random) = drawn(seed);
        self_routing(&mut model, &mut random);
        for trace in answers(&model, &questions) {
            let within = trace.flow.source == trace.flow.destination;
            prop_assert!(within || !trace.parts.is_empty(), "{} has no fate", trace.flow);
            for part in &trace.parts {
                // From outsider to outsider nothing of the network has a say.
                let outside = part.forward.iter().all(|hop| hop.steps.is_empty());
                prop_assert!(outside || !part.decided_by.is_empty(), "{}: {part:#?}", trace.flow);
                prop_assert!(part.boxes.iter().any(|cube| cube.contains(&part.witness)), "{}: {part:#?}", trace.flow);
                prop_assert!(part.forward.len() + part.reply.len() < 1000);
            }
        }
    }

    #[test]
    fn parts_are_disjoint(seed: u64) {
        let (model, questions, _) = drawn(seed);
        let mut space = space::Space::new();
        for trace in answers(&model, &questions) {
            space.clear();
            let mut seen = space::Set::EMPTY;
            for cube in trace.parts.iter().flat_map(|part| &part.boxes) {
                let set = space.cube(cube);
                let shared = space.and(seen, set);
                prop_assert_eq!(shared, space::Set::EMPTY, "{}", trace.flow);
                seen = space.or(seen, set);
            }
        }
    }

    #[test]
    fn parallel_equals_sequential(seed: u64) {
        let (model, questions, _) = drawn(seed);
        let network = compile(model);
        let one_by_one: Vec<Trace> = questions.iter().map(|question| evaluate(&network, question)).collect();
        prop_assert_eq!(evaluate_all(&network, &questions), one_by_one);
    }

    #[test]
    fn a_packet_fares_as_the_box_that_holds_it(seed: u64) {
        let mut random = Random::new(seed);
        let model = generate::network(&mut random);
        let network: Network = compile(model.clone());
        let ask = generate::set_ask(&model, &mut random, 15);
        let all = evaluate(&network, &whole(&ask));
        for (start, packet) in &ask.samples {
            let holders: Vec<_> =
                all.parts.iter().filter(|part| part.boxes.iter().any(|cube| cube.contains(packet))).collect();
            prop_assert_eq!(holders.len(), 1, "{} {:?}", all.flow, packet);
            let question = packet_question(&model, *start, packet).expect("a protocol of a flow");
            let one = evaluate(&network, &question);
            prop_assert_eq!(one.verdict(), holders[0].verdict, "{} in {}", one.flow, all.flow);
            if all.verdict() == Verdict::Mixed {
                let listed = all.allowed.iter().any(|cube| cube.contains(packet));
                prop_assert_eq!(listed, one.verdict() == Verdict::Allowed, "{} in {}", one.flow, all.flow);
            }
        }
    }

    #[test]
    fn the_text_of_a_flow_reads_back(seed: u64) {
        let (_, questions, _) = drawn(seed);
        for flow in questions.into_iter().map(|question| question.flow) {
            prop_assert_eq!(flow.to_string().parse::<Flow>(), Ok(flow));
        }
    }

    #[test]
    fn a_whole_is_what_its_legs_are(seed: u64) {
        // Asked together or apart, two sources get the same.
        let (model, questions, mut random) = drawn(seed);
        let network = compile(model);
        let (one, other) = (random.pick(&questions).clone(), random.pick(&questions).clone());
        let apart = [&one, &other].map(|question| {
            evaluate(&network, &Question { flow: one.flow.clone(), destinations: one.destinations.clone(), ..question.clone() })
        });
        let together = evaluate(&network, &Question { sources: [one.sources.clone(), other.sources].concat(), ..one });
        let allowed = |trace: &Trace| trace.parts.iter().any(|part| part.verdict == Verdict::Allowed);
        prop_assert_eq!(allowed(&together), apart.iter().any(allowed));
    }
}

/// Every path to a value below a node, as a patch that says the value again.
fn echoes(node: &Node) -> Vec<Node> {
    let mut found = Vec::new();
    for entry in node.entries() {
        let below = match &entry.value.value {
            Value::Map(_) => echoes(&entry.value),
            _ => vec![entry.value.clone()],
        };
        let wrap =
            |value: Node| Node::new(node.span, Value::Map(Map { entries: vec![Entry { value, ..entry.clone() }] }));
        found.extend(below.into_iter().map(wrap));
    }
    found
}

fn codes_of(scenario: &Scenario, patch: Node) -> Vec<&'static str> {
    let what_if =
        WhatIf { name: "again".into(), span: patch.span, patch: Some(patch), settings: vec![], expect: vec![] };
    let mut diagnostics = Diagnostics::default();
    overlay(scenario, &what_if, &mut diagnostics);
    diagnostics.iter().filter(|one| one.severity == Severity::Error).map(|one| one.code).collect()
}

#[test]
fn an_overlay_that_changes_nothing_is_refused() {
    let mut tried = 0;
    for path in files_below(&root("scenarios/learn"), &["yaml"]) {
        let (_, scenario, _) = read(&path);
        let scenario = scenario.expect("a readable scenario");
        for patch in echoes(&scenario.network) {
            let shown = format!("{}: {patch:?}", path.display());
            assert_eq!(codes_of(&scenario, patch), ["patch-without-effect"], "{shown}");
            tried += 1;
        }
        let span = scenario.network.span;
        let absent = Entry { key: "appliances".into(), key_span: span, value: Node::new(span, Value::Null) };
        if scenario.network.get("appliances").is_none() {
            let patch = Node::new(span, Value::Map(Map { entries: vec![absent] }));
            assert_eq!(codes_of(&scenario, patch), ["patch-without-effect"], "{}", path.display());
        }
    }
    assert!(tried > 300, "only {tried} values");
}

#[test]
fn an_empty_overlay_is_refused() {
    let (_, scenario, _) = read(&root("scenarios/learn/03-rules-and-priorities.yaml"));
    let scenario = scenario.expect("a readable scenario");
    let span = scenario.network.span;
    let nothing = Node::new(span, Value::Map(Map::default()));
    let below = Entry { key: "networkSecurityGroups".into(), key_span: span, value: nothing.clone() };
    let deeper = Node::new(span, Value::Map(Map { entries: vec![below] }));
    for patch in [nothing, deeper] {
        assert_eq!(codes_of(&scenario, patch), ["patch-without-effect"]);
    }
}

#[test]
fn a_flow_between_outsiders_has_a_decider() {
    let mut random = Random::new(1);
    let model = generate::network(&mut random);
    let party = |text: &str| vec![Party::Address(text.parse().expect("an address"))];
    let flow: Flow = "8.8.8.8 -> 8.8.4.4 tcp/443".parse().expect("a flow");
    let question = Question::new(flow, party("8.8.8.8"), party("8.8.4.4"));
    for part in evaluate(&compile(model), &question).parts {
        assert!(!part.decided_by.is_empty(), "{part:#?}");
    }
}
