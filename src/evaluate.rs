//! The evaluator: a flow, as a set of packets, walks through a network, and every packet gets a fate.
//!
//! In: a [`Network`] and a [`Question`]. Out: a [`Trace`]. Total, bounded, without panics: loops, black holes
//! and asymmetric paths are answers. Deliberately absent: reading, names, printing.
//!
//! One walk serves single packets and whole regions: a packet is a set of one.

mod appliance;
mod batch;
mod ends;
mod evidence;
mod filter;
mod flight;
mod forward;
mod group;
mod header;
mod hybrid;
mod public;
mod steps;
mod walk;

pub use batch::{Batch, BatchFlow, evaluate_all, use_threads};
pub use group::{Ruling, rule_on};

use crate::{
    flow::Flow,
    model::Party,
    network::Network,
    space::{self, Addresses, Cube, Set, Space},
    trace::{Trace, Verdict},
};
use ends::{Ends, Entry, Goal, Start};
use flight::{Doubts, Fate, Fates, Flight, Leg, Trail};
use header::{Field, Header};
use walk::{HOP_BUDGET, Walk};

/// A flow with its ends found.
#[derive(Debug, Clone)]
pub struct Question {
    /// As asked.
    pub flow: Flow,
    /// What the source names.
    pub sources: Vec<Party>,
    /// What the destination names.
    pub destinations: Vec<Party>,
}

/// Answers one question, with all its evidence.
pub fn evaluate(network: &Network, question: &Question) -> Trace {
    evaluate_in(&mut Space::new(), network, question)
}

/// The same in a space that is used again: its memory is kept, its sets are not.
pub fn evaluate_in(space: &mut Space, network: &Network, question: &Question) -> Trace {
    space.clear();
    let mut ends = Ends { network, notes: Vec::new() };
    let mut sketches = Vec::new();
    for (start, goal) in journeys(&mut ends, question) {
        let fates = travel(space, network, &question.flow, &start, &goal);
        let labels = (start.label.clone(), goal.label.clone());
        sketches.extend(fates.iter().filter_map(|fate| evidence::sketch(network, space, fate, &labels)));
    }
    let merged = evidence::merge(space, sketches);
    let allowed = merged.iter().filter(|sketch| sketch.part.verdict == Verdict::Allowed).map(|sketch| sketch.set);
    let allowed = allowed.collect::<Vec<_>>().into_iter().fold(Set::EMPTY, |all, set| space.or(all, set));
    let mut parts: Vec<_> =
        merged.into_iter().map(|sketch| crate::trace::Part { boxes: space.cubes(sketch.set), ..sketch.part }).collect();
    parts.sort_by_key(|part| part.verdict == Verdict::Denied);
    let mut trace = Trace { flow: question.flow.clone(), parts, allowed: Vec::new(), notes: ends.notes };
    if trace.verdict() == Verdict::Mixed {
        trace.allowed = space.cubes(allowed);
    }
    trace
}

/// Every pair of a starting place and a goal.
fn journeys(ends: &mut Ends<'_>, question: &Question) -> Vec<(Start, Goal)> {
    let mut journeys = Vec::new();
    for source in &question.sources {
        for start in ends.starts(source) {
            for destination in &question.destinations {
                for goal in ends.goals(destination, &start) {
                    journeys.push((start.clone(), goal));
                }
            }
        }
    }
    journeys
}

/// Walks one pair: all packets of the flow from a place to a goal.
fn travel(space: &mut Space, network: &Network, flow: &Flow, start: &Start, goal: &Goal) -> Fates {
    let part = packets(space, flow, start, goal);
    if part == Set::EMPTY {
        return Fates::new();
    }
    let mut header = Header::original();
    if let Some(point) = &start.named {
        header.source = Field::Named(point.clone());
    }
    if let Some(point) = &goal.named {
        header.destination = Field::Named(point.clone());
    }
    let flight = Flight {
        part,
        header,
        leg: Leg::Forward,
        trail: Trail::default(),
        // A sender that is known by name only because it is not modelled yet puts everything in doubt.
        doubts: if start.named.is_some() { start.doubts.clone() } else { Doubts::default() },
        waypoints: Vec::new(),
        records: Vec::new(),
        passed: Vec::new(),
        origin: ends::start_home(network, start.place),
        through_gateway: None,
        budget: HOP_BUDGET,
        notes: Default::default(),
    };
    let mut walk = Walk { network, space, start: start.place, aim: goal.aim, goal: goal.label.clone() };
    let fates = match goal.entry {
        Entry::Walk => walk.leave(flight, start.place),
        Entry::Edge(place) => walk.judge_at_edge(flight, place),
    };
    let fates = doubt_unknown_addresses(fates, start, goal);
    if space.overflowed() { out_of_budget(part) } else { fates }
}

/// The packets of a flow between a start and a goal, in the initiator's coordinates.
fn packets(space: &mut Space, flow: &Flow, start: &Start, goal: &Goal) -> Set {
    let or_name = |addresses: &Addresses, named: bool| {
        if named { Addresses::single(space::NAMED) } else { addresses.clone() }
    };
    let ends = Cube {
        source: or_name(&start.addresses, start.named.is_some()),
        destination: or_name(&goal.addresses, goal.named.is_some()),
        ..Cube::all()
    };
    let mixed = start.named.is_some() || goal.named.is_some();
    let mut all = Set::EMPTY;
    for header in flow.headers() {
        let cube = Cube { source: ends.source.clone(), destination: ends.destination.clone(), ..header };
        for cube in if mixed { vec![cube] } else { by_family(&cube) } {
            let set = space.cube(&cube);
            all = space.or(all, set);
        }
    }
    all
}

/// A packet has both addresses of one family.
fn by_family(cube: &Cube) -> Vec<Cube> {
    let of = |family: Addresses| Cube {
        source: cube.source.intersect(&family),
        destination: cube.destination.intersect(&family),
        ..cube.clone()
    };
    vec![of(space::ipv4()), of(space::ipv6())]
}

/// An end whose address is not known stands for every address that it may have: when they fare
/// differently, the address is a fact that is missing.
fn doubt_unknown_addresses(mut fates: Fates, start: &Start, goal: &Goal) -> Fates {
    let mut doubts = start.doubts.clone();
    doubts.extend(&goal.doubts);
    let differ = fates.windows(2).any(|pair| pair[0].verdict != pair[1].verdict);
    if !doubts.is_empty() && differ {
        for fate in &mut fates {
            fate.verdict = Verdict::Undetermined;
            fate.doubts.extend(&doubts);
        }
    }
    fates
}

/// The diagram grew beyond its bound: never an approximate answer called exact.
fn out_of_budget(part: Set) -> Fates {
    vec![Fate {
        part,
        verdict: Verdict::Undetermined,
        trail: Trail::default(),
        beside: Vec::new(),
        doubts: Doubts::of_text("budget: the question has too many different answers; ask about less at once"),
        notes: Default::default(),
    }]
}
