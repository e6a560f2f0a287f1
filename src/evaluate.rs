//! The evaluator: a flow, as a set of packets, walks through a network, and every packet gets a fate.
//!
//! In: a [`Network`] and a [`Question`]. Out: a [`Trace`]. Total, bounded, without panics: loops, black holes
//! and asymmetric paths are answers. Deliberately absent: reading, names, printing.
//!
//! One walk serves single packets and whole regions: a packet is a set of one.

mod admin;
mod admit;
mod appliance;
mod balancing;
mod bastion;
mod batch;
mod clients;
mod ends;
mod evidence;
mod filter;
mod firewall;
mod flight;
mod forward;
mod gateways;
mod group;
mod header;
mod hybrid;
mod legs;
mod lookup;
mod microsoft_peering;
mod names;
mod opened;
mod private;
mod private_link_service;
mod public;
mod reserved;
mod route_server;
mod rulesets;
mod services;
mod several;
mod steps;
mod subnet_peering;
mod uniform;
mod unread;
mod virtual_hub;
mod walk;
mod web_apps;

pub use batch::{Batch, BatchFlow, each, evaluate_all, use_threads};
pub use group::{Ruling, matched_by, rule_on};
pub use names::resolves_publicly;
pub use several::{Far, Verdicts, in_halves, row, verdicts_from};

use crate::{
    flow::{Flow, Protocol},
    model::{Identity, Party},
    network::Network,
    space::{self, Addresses, Cube, Dimension, Ports, Set, Space},
    trace::{self, Trace, Verdict},
};
use ends::{Ends, Entry, Goal, Start};
use flight::{Doubts, Fate, Fates, Flight, Trail};
use header::{Field, Header};
use legs::Planner;
use opened::{Lot, Opened};
use walk::Walk;

/// A flow with its ends found.
#[derive(Debug, Clone)]
pub struct Question {
    /// As asked.
    pub flow: Flow,
    /// What the source names.
    pub sources: Vec<Party>,
    /// What the destination names.
    pub destinations: Vec<Party>,
    /// How the source proves who it is; its own where absent.
    pub identity: Option<Identity>,
}

impl Question {
    /// A question in which the source's own credentials count.
    pub fn new(flow: Flow, sources: Vec<Party>, destinations: Vec<Party>) -> Self {
        Question { flow, sources, destinations, identity: None }
    }
}

/// Answers one question, with all its evidence.
pub fn evaluate(network: &Network, question: &Question) -> Trace {
    evaluate_in(&mut Space::new(), network, question)
}

/// The same in a space that is used again: its memory is kept, its sets are not.
pub fn evaluate_in(space: &mut Space, network: &Network, question: &Question) -> Trace {
    space.clear();
    let journeys = journeys(space, network, question, None);
    tell(space, network, question, journeys)
}

/// Of the packets that were let through before a change: what becomes of those connections after it (F23, R173). The
/// trace has no parts where nothing was.
pub fn evaluate_established(before: (&Network, &Question), after: (&Network, &Question)) -> Trace {
    let mut space = Space::new();
    let opened = Opened::of(&mut space, before.0, before.1);
    let journeys = journeys(&mut space, after.0, after.1, Some(&opened));
    tell(&mut space, after.0, after.1, journeys)
}

/// Everything that a question asks for.
#[derive(Default)]
struct Journeys {
    arrivals: Vec<((String, String), Fates)>,
    legs: Vec<legs::Leg>,
    notes: Vec<String>,
}

fn journeys(space: &mut Space, network: &Network, question: &Question, opened: Option<&Opened>) -> Journeys {
    let mut ends = Ends { network, notes: Vec::new() };
    let mut all = Journeys::default();
    for source in &question.sources {
        for start in ends.starts(source) {
            for destination in &question.destinations {
                let mut planner = Planner::new(network, space, opened);
                let journey = planner.journey(question, source, &start, destination);
                add_notes(&mut ends.notes, planner.notes);
                all.arrivals.extend(journey.arrivals);
                all.legs.extend(journey.legs);
            }
        }
    }
    note_clock(&mut ends.notes, question);
    Journeys { notes: ends.notes, ..all }
}

fn tell(space: &mut Space, network: &Network, question: &Question, journeys: Journeys) -> Trace {
    let mut sketches = Vec::new();
    for (labels, fates) in &journeys.arrivals {
        sketches.extend(fates.iter().filter_map(|fate| evidence::sketch(network, space, fate, labels)));
    }
    let legs = journeys.legs.iter().map(|leg| evidence::leg(network, space, leg)).collect();
    let merged = evidence::merge(space, sketches);
    let allowed = merged.iter().filter(|sketch| sketch.part.verdict == Verdict::Allowed).map(|sketch| sketch.set);
    let allowed = allowed.collect::<Vec<_>>().into_iter().fold(Set::EMPTY, |all, set| space.or(all, set));
    let mut parts: Vec<_> =
        merged.into_iter().map(|sketch| trace::Part { boxes: space.cubes(sketch.set), ..sketch.part }).collect();
    parts.sort_by_key(|part| part.verdict == Verdict::Denied);
    let legs = once_each(legs);
    let mut trace = Trace { flow: question.flow.clone(), parts, allowed: Vec::new(), legs, notes: journeys.notes };
    if trace.verdict() == Verdict::Mixed {
        trace.allowed = space.cubes(allowed);
    }
    trace
}

/// Nobody needs a flow for the time in Azure: it comes from the host's clock, not over the network.
fn note_clock(notes: &mut Vec<String>, question: &Question) {
    let machine = |party: &Party| matches!(party, Party::Workload(_) | Party::NetworkInterface(_) | Party::Subnet(_));
    let ntp = question.flow.protocol == Protocol::Udp && question.flow.ports == Ports::single(123);
    if ntp && question.sources.iter().any(machine) {
        notes.push("machines in Azure take their time from the host's clock: no flow is needed for it".to_owned());
    }
}

fn add_notes(notes: &mut Vec<String>, more: Vec<String>) {
    for note in more {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
}

/// Several starting places may need the same further flow: it is told once, at its worst.
fn once_each(legs: Vec<trace::Leg>) -> Vec<trace::Leg> {
    let badness = |leg: &trace::Leg| match leg.verdict {
        Verdict::Allowed => 0,
        Verdict::Mixed => 1,
        Verdict::Undetermined => 2,
        Verdict::Denied => 3,
    };
    let mut told: Vec<trace::Leg> = Vec::new();
    for leg in legs {
        match told.iter_mut().find(|one| one.flow == leg.flow) {
            Some(one) if badness(one) < badness(&leg) => *one = leg,
            Some(_) => {}
            None => told.push(leg),
        }
    }
    told
}

/// Walks one pair: all packets of the flow from a place to a goal.
fn travel(
    space: &mut Space,
    network: &Network,
    flow: &Flow,
    start: &Start,
    goal: &Goal,
    identity: Option<Identity>,
) -> Fates {
    let part = packets(space, flow, start, goal);
    travel_part(space, network, part, start, goal, identity, None)
}

/// The same for those of its packets that were open before a change.
fn travel_open(
    space: &mut Space,
    network: &Network,
    flow: &Flow,
    start: &Start,
    goal: &Goal,
    identity: Option<Identity>,
    lot: Lot<'_>,
) -> Fates {
    let part = packets(space, flow, start, goal);
    let part = space.and(part, lot.part);
    let fates = travel_part(space, network, part, start, goal, identity, Some(lot));
    opened::settle(network, lot, fates)
}

fn travel_part(
    space: &mut Space,
    network: &Network,
    part: Set,
    start: &Start,
    goal: &Goal,
    identity: Option<Identity>,
    lot: Option<Lot<'_>>,
) -> Fates {
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
        doubts: first_doubts(start, lot),
        origin: ends::start_home(network, start.place),
        ..Flight::new(part, header)
    };
    let mut walk = Walk {
        network,
        space,
        start: start.place,
        aim: goal.aim,
        goal: goal.label.clone(),
        identity,
        hosts: goal.hosts.clone(),
        lot,
        relays: start.relays,
        homes: goal.homes.clone(),
    };
    let fates = match goal.entry {
        Entry::Walk => walk.leave(flight, start.place),
        Entry::Edge(place) => walk.judge_at_edge(flight, place),
        Entry::Foreign(endpoint) => walk.enter_foreign(flight, endpoint),
    };
    let fates = doubt_unknown_addresses(space, fates, start, goal);
    let fates = unread::doubt(space, network, fates, start, goal);
    if space.overflowed() { out_of_budget(part) } else { fates }
}

/// A sender that is known by name only because it is not modelled yet puts everything in doubt, and so does a connection
/// that may not have been open.
fn first_doubts(start: &Start, lot: Option<Lot<'_>>) -> Doubts {
    let mut doubts = if start.named.is_some() { start.doubts.clone() } else { Doubts::default() };
    if lot.is_some_and(|lot| lot.doubtful) {
        doubts.extend(&Doubts::of_text("whether the connection was open before the change"));
    }
    doubts
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

/// An end whose address is not known stands for every address that it may have: of packets that fare differently with
/// different ones, the address is a fact that is missing.
fn doubt_unknown_addresses(space: &mut Space, fates: Fates, start: &Start, goal: &Goal) -> Fates {
    let ends = [(&start.doubts, Dimension::Source), (&goal.doubts, Dimension::Destination)];
    let unknown: Vec<(&Doubts, Dimension)> = ends.into_iter().filter(|(doubts, _)| !doubts.is_empty()).collect();
    if unknown.is_empty() || fates.windows(2).all(|pair| pair[0].verdict == pair[1].verdict) {
        return fates;
    }
    let mut blurred = Vec::new();
    for fate in &fates {
        let part = unknown.iter().fold(fate.part, |part, (_, dimension)| space.forget(part, *dimension));
        blurred.push((fate.verdict, part));
    }
    let mut told = Fates::new();
    for fate in fates {
        let others = blurred.iter().filter(|(verdict, _)| *verdict != fate.verdict);
        let others = others.fold(Set::EMPTY, |all, (_, part)| space.or(all, *part));
        let open = space.and(fate.part, others);
        let sure = space.minus(fate.part, open);
        if sure != Set::EMPTY {
            told.push(Fate { part: sure, ..fate.clone() });
        }
        if open != Set::EMPTY {
            let mut fate = Fate { part: open, verdict: Verdict::Undetermined, ..fate };
            unknown.iter().for_each(|(doubts, _)| fate.doubts.extend(doubts));
            told.push(fate);
        }
    }
    told
}

/// The diagram grew beyond its bound: never an approximate answer called exact.
fn out_of_budget(part: Set) -> Fates {
    vec![Fate {
        part,
        verdict: Verdict::Undetermined,
        trail: Trail::default(),
        other_trails: Vec::new(),
        beside: Vec::new(),
        hung_on: Vec::new(),
        doubts: Doubts::of_text("budget: the question has too many different answers; ask about less at once"),
        notes: Default::default(),
        records: Vec::new(),
    }]
}
