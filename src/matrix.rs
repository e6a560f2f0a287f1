//! Who reaches whom: all pairs of ends, told by groups of ends that fare alike.
//!
//! In: a network. Out: a [`Matrix`]: groups and a cell for each pair of them. Two ends are alike when swapping them changes
//! no cell, so that a group's cells hold for each of its members. Deliberately absent: deciding anything; it is the walk of
//! `evaluate`, over everything that each pair can say.

use crate::{
    evaluate::{Question, evaluate_all},
    flow::Flow,
    model::{NetworkInterfaceId, Party},
    network::Network,
    reach::{End, Side, ends, is_outsider, machine_name},
    space::{Addresses, Cube, NAMED, Ports, Protocols, Set, Space},
    trace::{Trace, Verdict},
};
use std::collections::{HashMap, HashSet};

/// What one end may say to another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Cell {
    /// There is nothing to ask: outsiders among themselves, a single machine and itself.
    Nothing,
    /// Every packet.
    All,
    /// No packet.
    None,
    /// From every address to every address these protocols and destination ports, and nothing else.
    Services(Vec<(Protocols, Ports)>),
    /// It differs from address to address, by source port, or by Azure's own choice.
    Some,
    /// A fact is missing.
    Unknown,
}

/// Ends that fare alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its members, in the user's words.
    pub names: Vec<String>,
    /// What each says to itself: the machines of a subnet to each other.
    pub inside: Cell,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// The groups, in the order of their first members.
    pub groups: Vec<Group>,
    /// A row for each group as source, a cell for each group as destination; on the diagonal what two different
    /// members say to each other, with one member what it says to itself.
    pub cells: Vec<Vec<Cell>>,
}

/// The cell of one pair of ends, less addresses that are ends of their own.
pub fn cell(trace: &Trace, without: [&Addresses; 2]) -> Cell {
    let mut boxes: Vec<(Verdict, Cube)> = Vec::new();
    for part in &trace.parts {
        let left = part.boxes.iter().map(|cube| Cube {
            source: cube.source.minus(without[0]),
            destination: cube.destination.minus(without[1]),
            ..cube.clone()
        });
        boxes.extend(left.filter(|cube| !cube.is_empty() && !is_to_itself(cube)).map(|cube| (part.verdict, cube)));
    }
    let has = |verdict| boxes.iter().any(|(one, _)| *one == verdict);
    if boxes.is_empty() {
        return Cell::Nothing;
    }
    match (has(Verdict::Undetermined), has(Verdict::Mixed), has(Verdict::Allowed), has(Verdict::Denied)) {
        (true, ..) => Cell::Unknown,
        (_, true, ..) => Cell::Some,
        (_, _, false, _) => Cell::None,
        (_, _, true, false) => Cell::All,
        (_, _, true, true) => partly(&boxes),
    }
}

/// A flow to oneself is left out (R224).
fn is_to_itself(cube: &Cube) -> bool {
    cube.source == cube.destination && cube.source.only().is_some_and(|address| address != NAMED)
}

/// Of a pair of which some gets through: its services, where they are the same for all addresses and source ports.
fn partly(boxes: &[(Verdict, Cube)]) -> Cell {
    let mut space = Space::new();
    let service = |cube: &Cube| Cube {
        protocols: cube.protocols.clone(),
        destination_ports: cube.destination_ports.clone(),
        ..Cube::all()
    };
    let mut services = |is_allowed: bool| {
        let wanted = boxes.iter().filter(|(verdict, _)| (*verdict == Verdict::Allowed) == is_allowed);
        let sets: Vec<Set> = wanted.map(|(_, cube)| space.cube(&service(cube))).collect();
        space.union(&sets)
    };
    let (allowed, denied) = (services(true), services(false));
    if space.meets(allowed, denied) || space.overflowed() {
        return Cell::Some;
    }
    let told = space.cubes(allowed).into_iter().map(|cube| (cube.protocols, cube.destination_ports));
    Cell::Services(told.collect())
}

/// All pairs, for the protocol and ports of a flow.
pub fn matrix(network: &Network, flow: &Flow) -> Matrix {
    let apart = machines_apart(network);
    let (sources, destinations) = (ends(network, Side::Source, &apart), ends(network, Side::Destination, &apart));
    let known: HashSet<&Party> = sources.iter().map(|end| &end.party).collect();
    let others = destinations.iter().filter(|end| !known.contains(&end.party));
    let all: Vec<&End> = sources.iter().chain(others).collect();
    let side = |found: &[End]| -> Vec<Option<End>> {
        let places: HashMap<&Party, &End> = found.iter().map(|end| (&end.party, end)).collect();
        all.iter().map(|end| places.get(&end.party).map(|end| (*end).clone())).collect()
    };
    let (senders, receivers) = (side(&sources), side(&destinations));
    let rows: Vec<Vec<Cell>> = senders
        .iter()
        .map(|sender| match sender {
            Some(source) => row(network, flow, source, &receivers),
            None => vec![Cell::Nothing; receivers.len()],
        })
        .collect();
    let names: Vec<String> = all.iter().map(|end| end.name.clone()).collect();
    grouped(&names, &rows)
}

/// Machines that do not fare like their subnet, by name: rules, addresses or forwarding of their own.
fn machines_apart(network: &Network) -> HashSet<String> {
    let model = &network.model;
    let all = (0..model.network_interfaces.len()).map(NetworkInterfaceId::at);
    let own = all.filter(|id| !model.fares_like_its_subnet(*id));
    own.map(|id| machine_name(network, id).to_lowercase()).collect()
}

/// What one source says to everybody.
fn row(network: &Network, flow: &Flow, source: &End, columns: &[Option<End>]) -> Vec<Cell> {
    let asked = |end: &End| !(is_outsider(&source.party) && is_outsider(&end.party));
    let question = |end: &End| Question::new(flow.clone(), vec![source.party.clone()], vec![end.party.clone()]);
    let questions: Vec<Option<Question>> =
        columns.iter().map(|end| end.as_ref().filter(|end| asked(end)).map(question)).collect();
    let some: Vec<Question> = questions.iter().flatten().cloned().collect();
    let mut traces = evaluate_all(network, &some).into_iter();
    let mut told = Vec::with_capacity(columns.len());
    for (question, end) in questions.iter().zip(columns) {
        let trace = question.as_ref().and_then(|_| traces.next());
        let pair = trace.zip(end.as_ref());
        told.push(pair.map_or(Cell::Nothing, |(trace, end)| cell(&trace, [&source.without, &end.without])));
    }
    told
}

/// Ends that may change places without any cell changing are one group.
fn grouped(names: &[String], rows: &[Vec<Cell>]) -> Matrix {
    let mut members: Vec<Vec<usize>> = Vec::new();
    for end in 0..names.len() {
        match members.iter_mut().find(|group| are_alike(rows, group[0], end)) {
            Some(group) => group.push(end),
            None => members.push(vec![end]),
        }
    }
    let cell = |from: &[usize], to: &[usize]| match (from, to) {
        ([first, second, ..], [one, ..]) if first == one => rows[*first][*second].clone(),
        ([first, ..], [one, ..]) => rows[*first][*one].clone(),
        _ => Cell::Nothing,
    };
    let cells = members.iter().map(|from| members.iter().map(|to| cell(from, to)).collect()).collect();
    let group = |group: &Vec<usize>| Group {
        names: group.iter().map(|end| names[*end].clone()).collect(),
        inside: rows[group[0]][group[0]].clone(),
    };
    Matrix { groups: members.iter().map(group).collect(), cells }
}

/// Whether two ends may change places.
fn are_alike(rows: &[Vec<Cell>], one: usize, other: usize) -> bool {
    let elsewhere = (0..rows.len()).filter(|end| *end != one && *end != other);
    rows[one][one] == rows[other][other]
        && rows[one][other] == rows[other][one]
        && elsewhere.clone().all(|end| rows[one][end] == rows[other][end])
        && elsewhere.clone().all(|end| rows[end][one] == rows[end][other])
}
