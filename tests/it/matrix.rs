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
    matrix::{Cell, Matrix, matrix},
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
