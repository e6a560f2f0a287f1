//! Who reaches whom: all pairs of ends, told by groups of ends that fare alike.
//!
//! In: a network. Out: a [`Matrix`]: groups and a cell for each pair of them. Two ends are alike when swapping them changes
//! no cell, so that a group's cells hold for each of its members. Ends that fare alike for sure (`alike`) are walked once
//! for all of them. Deliberately absent: deciding anything; it is the walk of `evaluate`, over everything that each pair
//! can say.

mod alike;
mod names;
mod sets;

use crate::{
    evaluate::{self, Far, Verdicts},
    flow::Flow,
    model::{NetworkInterfaceId, Party},
    network::Network,
    reach::{End, Side, ends, is_outsider, machine_name},
    space::{Addresses, Cube, Dimension, NAMED, Ports, Protocols, Set, Space},
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
    let mut space = Space::new();
    let mut told = Verdicts::new();
    for part in &trace.parts {
        let left = part.boxes.iter().map(|cube| Cube {
            source: cube.source.minus(without[0]),
            destination: cube.destination.minus(without[1]),
            ..cube.clone()
        });
        let sets: Vec<Set> = left.map(|cube| space.cube(&cube)).collect();
        told.push((part.verdict, space.union(&sets)));
    }
    cell_of(&mut space, &told)
}

/// What packets by verdict come to.
fn cell_of(space: &mut Space, told: &[(Verdict, Set)]) -> Cell {
    let sets: Vec<Set> = told.iter().map(|(_, set)| *set).collect();
    let all = space.union(&sets);
    if all.is_empty() || is_to_itself(space, all) {
        return Cell::Nothing;
    }
    let has = |wanted| told.iter().any(|(verdict, set)| *verdict == wanted && !set.is_empty());
    match (has(Verdict::Undetermined), has(Verdict::Mixed), has(Verdict::Allowed), has(Verdict::Denied)) {
        (true, ..) => Cell::Unknown,
        (_, true, ..) => Cell::Some,
        (_, _, false, _) => Cell::None,
        (_, _, true, false) => Cell::All,
        (_, _, true, true) => partly(space, told),
    }
}

/// A flow to oneself is left out (R224).
fn is_to_itself(space: &Space, all: Set) -> bool {
    let source = space.sources_of(all).only().filter(|address| *address != NAMED);
    source.is_some() && source == space.destinations_of(all).only()
}

/// Of a pair of which some gets through: its services, where they are the same for all addresses and source ports.
fn partly(space: &mut Space, told: &[(Verdict, Set)]) -> Cell {
    let mut services = |is_allowed: bool| {
        let wanted = told.iter().filter(|(verdict, _)| (*verdict == Verdict::Allowed) == is_allowed);
        let sets: Vec<Set> = wanted.map(|(_, set)| *set).collect();
        let all = space.union(&sets);
        match space.factors(all) {
            Some(factors) => space.forget(factors.services, Dimension::SourcePort),
            None => [Dimension::Destination, Dimension::Source, Dimension::SourcePort]
                .into_iter()
                .fold(all, |set, field| space.forget(set, field)),
        }
    };
    let (allowed, denied) = (services(true), services(false));
    if let Some(known) = space.aside::<Known>().0.get(&(allowed, denied)) {
        return known.clone();
    }
    let cell = services_cell(space, allowed, denied);
    space.aside::<Known>().0.insert((allowed, denied), cell.clone());
    cell
}

/// Cells by the services that are allowed and denied.
#[derive(Default)]
struct Known(HashMap<(Set, Set), Cell>);

fn services_cell(space: &mut Space, allowed: Set, denied: Set) -> Cell {
    if space.meets(allowed, denied) || space.overflowed() {
        return Cell::Some;
    }
    let told = space.cubes(allowed).into_iter().map(|cube| (cube.protocols, cube.destination_ports));
    Cell::Services(told.collect())
}

/// All pairs, for the protocol and ports of a flow.
pub fn matrix(network: &Network, flow: &Flow) -> Matrix {
    let everybody = Everybody::of(network);
    let classes = alike::classes(network, &everybody.pairs());
    everybody.told(network, flow, classes)
}

/// The same, with every pair walked: what `matrix` is held against.
pub fn matrix_of_all_pairs(network: &Network, flow: &Flow) -> Matrix {
    let everybody = Everybody::of(network);
    let classes = (0..everybody.names.len()).collect();
    everybody.told(network, flow, classes)
}

/// How many ends there are, and how many of them are walked for all.
pub fn ends_and_classes(network: &Network) -> (usize, usize) {
    let everybody = Everybody::of(network);
    let classes = alike::classes(network, &everybody.pairs());
    (classes.len(), classes.iter().collect::<HashSet<_>>().len())
}

/// All ends, each as source and as destination.
struct Everybody {
    names: Vec<String>,
    sides: Vec<[Option<End>; 2]>,
}

impl Everybody {
    fn of(network: &Network) -> Self {
        let apart = machines_apart(network);
        let (sources, destinations) = (ends(network, Side::Source, &apart), ends(network, Side::Destination, &apart));
        let known: HashSet<&Party> = sources.iter().map(|end| &end.party).collect();
        let others = destinations.iter().filter(|end| !known.contains(&end.party));
        let all: Vec<&End> = sources.iter().chain(others).collect();
        let places = |found: &[End]| -> HashMap<Party, End> {
            found.iter().map(|end| (end.party.clone(), end.clone())).collect()
        };
        let (senders, receivers) = (places(&sources), places(&destinations));
        let side = |end: &&End| [&senders, &receivers].map(|side| side.get(&end.party).cloned());
        Everybody { names: names::told_apart(network, &all), sides: all.iter().map(side).collect() }
    }

    fn pairs(&self) -> Vec<[Option<&End>; 2]> {
        self.sides.iter().map(|[sender, receiver]| [sender.as_ref(), receiver.as_ref()]).collect()
    }

    fn told(&self, network: &Network, flow: &Flow, classes: Vec<usize>) -> Matrix {
        grouped(&self.names, &Walked::of(network, flow, &self.pairs(), Classes::of(classes)))
    }
}

/// The members of each class of ends.
struct Classes {
    members: Vec<Vec<usize>>,
}

impl Classes {
    fn of(numbers: Vec<usize>) -> Self {
        let mut members: Vec<Vec<usize>> = Vec::new();
        for (end, number) in numbers.into_iter().enumerate() {
            members.resize_with(members.len().max(number + 1), Vec::new);
            members[number].push(end);
        }
        Classes { members }
    }
}

/// Cells by number, so that they compare at once.
#[derive(Default)]
struct Cells {
    numbers: HashMap<Cell, u32>,
    all: Vec<Cell>,
}

impl Cells {
    fn number(&mut self, cell: Cell) -> u32 {
        let next = self.all.len() as u32;
        *self.numbers.entry(cell).or_insert_with_key(|cell| {
            self.all.push(cell.clone());
            next
        })
    }
}

/// One pair walked for each two classes.
struct Walked {
    classes: Classes,
    /// What a member of one says to a member of another; to itself on the diagonal.
    rows: Vec<Vec<u32>>,
    /// What two members of one say to each other, where there are two.
    between: Vec<Option<u32>>,
    cells: Cells,
}

impl Walked {
    fn of(network: &Network, flow: &Flow, ends: &[[Option<&End>; 2]], classes: Classes) -> Self {
        let mut cells = Cells::default();
        let columns: Vec<Vec<[usize; 2]>> = classes.members.iter().map(|members| columns(&classes, members)).collect();
        let mut rows = Vec::with_capacity(classes.members.len());
        let mut between = Vec::with_capacity(classes.members.len());
        for row in told(network, flow, ends, &columns) {
            let mut row: Vec<u32> = row.into_iter().map(|cell| cells.number(cell)).collect();
            between.push(row.get(classes.members.len()).copied());
            row.truncate(classes.members.len());
            rows.push(row);
        }
        Walked { classes, rows, between, cells }
    }

    /// What members of a class say to members of it or of another; two different ones.
    fn said(&self, from: usize, to: usize) -> Option<u32> {
        if from == to { self.between[from] } else { Some(self.rows[from][to]) }
    }

    /// Whether the members of two classes may change places.
    fn are_alike(&self, one: usize, other: usize) -> bool {
        let mutual = self.rows[one][other];
        let inner = [self.between[one], self.between[other]];
        let elsewhere = (0..self.rows.len()).filter(|class| *class != one && *class != other);
        self.rows[one][one] == self.rows[other][other]
            && mutual == self.rows[other][one]
            && inner.into_iter().flatten().all(|cell| cell == mutual)
            && elsewhere.clone().all(|class| self.rows[one][class] == self.rows[other][class])
            && elsewhere.clone().all(|class| self.rows[class][one] == self.rows[class][other])
    }

    /// Cells that a class sends and receives, in no order: classes that are alike have the same.
    fn marks(&self) -> Vec<(u64, u64)> {
        let weigh = |cell: u32| (u64::from(cell) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        let mut marks = vec![(0u64, 0u64); self.rows.len()];
        for (from, row) in self.rows.iter().enumerate() {
            for (to, cell) in row.iter().enumerate() {
                marks[from].0 = marks[from].0.wrapping_add(weigh(*cell));
                marks[to].1 = marks[to].1.wrapping_add(weigh(*cell));
            }
        }
        marks
    }
}

/// Machines that do not fare like their subnet, by name: rules, addresses or forwarding of their own.
fn machines_apart(network: &Network) -> HashSet<String> {
    let model = &network.model;
    let all = (0..model.network_interfaces.len()).map(NetworkInterfaceId::at);
    let own = all.filter(|id| !model.fares_like_its_subnet(*id));
    own.map(|id| machine_name(network, id).to_lowercase()).collect()
}

/// The pairs that are walked for a class: its first member and the first of each class, and its first two.
fn columns(classes: &Classes, members: &[usize]) -> Vec<[usize; 2]> {
    let source = members[0];
    let to_each = classes.members.iter().map(|to| [source, to[0]]);
    to_each.chain(members.get(1).map(|other| [source, *other])).collect()
}

fn far(end: &End) -> Far<'_> {
    Far { party: &end.party, without: &end.without }
}

/// What pairs of ends say, in rows with one source each.
fn told(network: &Network, flow: &Flow, ends: &[[Option<&End>; 2]], rows: &[Vec<[usize; 2]>]) -> Vec<Vec<Cell>> {
    let sides = |pair: &[usize; 2]| ends[pair[0]][0].zip(ends[pair[1]][1]);
    let is_asked = |(from, to): &(&End, &End)| !(is_outsider(&from.party) && is_outsider(&to.party));
    let mut asked = Vec::new();
    let mut places = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let some = row.iter().enumerate().filter_map(|(to, pair)| Some((to, sides(pair).filter(is_asked)?)));
        let (columns, pairs): (Vec<usize>, Vec<(&End, &End)>) = some.unzip();
        if let Some((source, _)) = pairs.first() {
            asked.push((far(source), pairs.iter().map(|(_, to)| far(to)).collect()));
            places.push((at, columns));
        }
    }
    let mut cells: Vec<Vec<Cell>> = rows.iter().map(|row| vec![Cell::Nothing; row.len()]).collect();
    let answers = evaluate::each(&asked, |space, (source, destinations): &(Far<'_>, Vec<Far<'_>>)| {
        evaluate::row(space, network, flow, *source, destinations, |space, told| cell_of(space, &told))
    });
    for ((at, columns), answers) in places.into_iter().zip(answers) {
        columns.into_iter().zip(answers).for_each(|(column, cell)| cells[at][column] = cell);
    }
    cells
}

/// Ends that may change places without any cell changing are one group.
fn grouped(names: &[String], walked: &Walked) -> Matrix {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut alike: HashMap<(u64, u64), Vec<usize>> = HashMap::new();
    for (class, mark) in walked.marks().into_iter().enumerate() {
        let candidates = alike.entry(mark).or_default();
        match candidates.iter().find(|group| walked.are_alike(groups[**group][0], class)) {
            Some(group) => groups[*group].push(class),
            None => {
                candidates.push(groups.len());
                groups.push(vec![class]);
            }
        }
    }
    let cell = |number: u32| walked.cells.all[number as usize].clone();
    let inside = |group: &Vec<usize>| walked.rows[group[0]][group[0]];
    let between = |from: &Vec<usize>, to: &Vec<usize>| match from.as_slice() {
        [one, second, ..] if *one == to[0] => walked.rows[*one][*second],
        _ => walked.said(from[0], to[0]).unwrap_or_else(|| inside(from)),
    };
    let cells = groups.iter().map(|from| groups.iter().map(|to| cell(between(from, to))).collect()).collect();
    let group = |group: &Vec<usize>| {
        let mut members: Vec<usize> =
            group.iter().flat_map(|class| walked.classes.members[*class].iter().copied()).collect();
        members.sort_unstable();
        Group { names: members.into_iter().map(|end| names[end].clone()).collect(), inside: cell(inside(group)) }
    };
    Matrix { groups: groups.iter().map(group).collect(), cells }
}
