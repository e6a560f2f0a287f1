//! `matrix` against single packets: a cell says of every packet of its pair what the walk says of it alone.
//!
//! In: random networks and questions, from seeds. Out: a failure with the seed, the flow and both answers.

use crate::{
    generate::{self, Random},
    reach::{is_unique, names},
};
use azreach::{
    compile::compile,
    evaluate::{Question, evaluate},
    flow::Flow,
    matrix::{Cell, Matrix, ends_and_classes, matrix, matrix_of_all_pairs},
    space,
    trace::Verdict,
};

fn everything() -> Flow {
    "internet -> internet".parse().expect("a flow")
}

/// The group of an end.
fn place(found: &Matrix, names: &[String]) -> Option<(usize, String)> {
    names.iter().find_map(|name| {
        let at = found.groups.iter().position(|group| group.names.contains(name))?;
        Some((at, name.clone()))
    })
}

#[test]
fn a_packet_fares_as_its_cell_says() {
    let (mut failures, mut said, mut open) = (Vec::new(), [0; 3], 0);
    for seed in 1..=60 {
        let mut random = Random::new(seed);
        let model = generate::network(&mut random);
        let network = compile(model.clone());
        let found = matrix(&network, &everything());
        for ask in generate::asks(&model, &mut random, 40) {
            if !is_unique(&model, &ask.packet) {
                continue;
            }
            let from = names(&network, &ask.source, space::address(ask.packet.source));
            let to = names(&network, &ask.destination, space::address(ask.packet.destination));
            let (Some((at, from)), Some((other, to))) = (place(&found, &from), place(&found, &to)) else {
                continue;
            };
            let cell = if from == to { &found.groups[at].inside } else { &found.cells[at][other] };
            let question = Question::new(ask.flow.clone(), vec![ask.source.clone()], vec![ask.destination.clone()]);
            let verdict = evaluate(&network, &question).verdict();
            let wanted = match cell {
                Cell::All => Verdict::Allowed,
                Cell::None => Verdict::Denied,
                Cell::Services(services) => {
                    let holds = services.iter().any(|(protocols, ports)| {
                        protocols.contains(ask.packet.protocol)
                            && (!space::has_ports(ask.packet.protocol) || ports.contains(ask.packet.destination_port))
                    });
                    said[2] += 1;
                    if holds { Verdict::Allowed } else { Verdict::Denied }
                }
                Cell::Some | Cell::Unknown | Cell::Nothing => {
                    open += 1;
                    continue;
                }
            };
            said[usize::from(*cell == Cell::All)] += 1;
            if wanted != verdict {
                failures.push(format!("seed {seed}: {} is {verdict}, {from} -> {to} says {cell:?}", ask.flow));
            }
        }
    }
    let some: Vec<String> = failures.iter().take(8).cloned().collect();
    assert!(failures.is_empty(), "{} differ\n{}", failures.len(), some.join("\n"));
    assert!(said.iter().all(|count| *count > 20), "too few: {said:?}, {open} say nothing of one packet");
}

#[test]
fn every_pair_of_a_group_says_the_same() {
    use azreach::{
        matrix::cell,
        reach::{Side, ends},
        space::Addresses,
    };
    let none = Addresses::empty();
    let mut shared = 0;
    for seed in 1..=20 {
        let model = generate::network(&mut Random::new(seed));
        let network = compile(model);
        let found = matrix(&network, &everything());
        let all = ends(&network, Side::Source, &Default::default());
        // Where nothing stands apart, a subnet's cell is that of the question about it.
        let whole: Vec<_> = all.iter().filter(|end| end.without == none).collect();
        for one in &whole {
            for other in &whole {
                let (from, to) = ([one.name.clone()], [other.name.clone()]);
                let (Some((at, _)), Some((to, _))) = (place(&found, &from), place(&found, &to)) else { continue };
                let told = if one.name == other.name { &found.groups[at].inside } else { &found.cells[at][to] };
                let is_apart = found.groups.iter().any(|group| group.names.len() > 1);
                let question = Question::new(everything(), vec![one.party.clone()], vec![other.party.clone()]);
                let alone = cell(&evaluate(&network, &question), [&none, &none]);
                if matches!(told, Cell::All | Cell::None) && matches!(alone, Cell::All | Cell::None) {
                    assert_eq!(*told, alone, "seed {seed}: {} -> {}", one.name, other.name);
                    shared += usize::from(is_apart);
                }
            }
        }
    }
    assert!(shared > 20, "too few in groups: {shared}");
}

#[test]
fn every_pair_asked_singly_equals_its_cell() {
    let mut failures = Vec::new();
    for seed in 1..=24 {
        let network = compile(generate::network(&mut Random::new(seed)));
        if matrix(&network, &everything()) != matrix_of_all_pairs(&network, &everything()) {
            failures.push(seed);
        }
    }
    assert!(failures.is_empty(), "seeds {failures:?}");
}

/// Four rows of machines, with security groups of two contents, under rules that name some of them by address.
fn rows_of_machines(rule: &str, route: &str) -> String {
    let machine = |row: usize, at: usize| {
        format!(
            "    vm-{row}{at}: {{subnet: v/row-{row}, address: 10.0.{row}.{}, networkSecurityGroup: nsg-{}}}\n",
            at + 4,
            at % 3
        )
    };
    let machines: String = (0..4).flat_map(|row| (0..6).map(move |at| machine(row, at))).collect();
    let subnet =
        |row: usize| format!("        row-{row}: {{addressPrefix: 10.0.{row}.0/24, routeTable: rt-{}}}\n", row % 2);
    let subnets: String = (0..4).map(subnet).collect();
    let own = "{priority: 200, direction: Inbound, access: Deny, protocol: Tcp, sourceAddressPrefix: 10.0.0.0/24, sourcePortRange: \"*\", destinationAddressPrefix: \"*\", destinationPortRange: \"22\"}";
    format!(
        "network:\n  networkSecurityGroups:\n    nsg-0: {{securityRules: {{ssh: {own}}}}}\n    nsg-1: {{securityRules: {{ssh: {own}}}}}\n    nsg-2: {{securityRules: {{named: {{priority: 100, direction: Inbound, access: Deny, protocol: \"*\", sourceAddressPrefix: \"{rule}\", sourcePortRange: \"*\", destinationAddressPrefix: \"*\", destinationPortRange: \"*\"}}}}}}\n  routeTables:\n    rt-0: {{routes: {{}}}}\n    rt-1: {{routes: {{some: {{addressPrefix: \"{route}\", nextHopType: None}}}}}}\n  virtualNetworks:\n    v:\n      location: westeurope\n      addressPrefixes: [10.0.0.0/16]\n      subnets:\n{subnets}  workloads:\n{machines}"
    )
}

#[test]
fn machines_that_fare_alike_are_walked_once() {
    for (rule, route, most) in [
        ("192.168.0.0/16", "192.168.0.0/16", 17),
        ("10.0.1.4/32", "10.0.2.0/24", 24),
        ("10.0.3.0/25", "10.0.0.4/31", 24),
        ("VirtualNetwork", "0.0.0.0/0", 17),
    ] {
        let asked = crate::pictures::asked(&rows_of_machines(rule, route));
        let (ends, classes) = ends_and_classes(&asked.network);
        assert_eq!(ends, 29, "4 subnets, 24 machines, the Internet");
        assert!(classes <= most, "{rule}, {route}: {classes} of {ends}");
        let found = matrix(&asked.network, &everything());
        assert_eq!(found, matrix_of_all_pairs(&asked.network, &everything()), "{rule}, {route}");
    }
}

#[test]
fn ends_of_one_name_are_told_apart() {
    let text = "network:\n  virtualNetworks:\n    v:\n      location: westeurope\n      addressPrefixes: [10.0.0.0/16]\n      subnets: {a: {addressPrefix: 10.0.0.0/24}}\n  externals:\n    shop: {addresses: [203.0.113.7]}\n  sites:\n    shop: {addressPrefixes: [192.168.0.0/16]}\n";
    let asked = crate::pictures::asked(text);
    let found = matrix(&asked.network, &everything());
    let names: Vec<&String> = found.groups.iter().flat_map(|group| &group.names).collect();
    assert!(names.iter().any(|name| *name == "shop (external)"), "{names:?}");
    assert!(names.iter().any(|name| *name == "shop (site)"), "{names:?}");
}
