//! Many flows at once, in parallel. The only file that names rayon.
//!
//! In: questions, or single packets between known ends. Out: answers in the order of the input, the same as one
//! by one.
//!
//! [`evaluate_all`] answers questions with all their evidence. [`Batch`] is for packets by the million: everything
//! that two groups of equivalent ends can say to each other is walked once, as one set, and kept as a diagram; a
//! packet is then five binary searches in it.

use super::{
    Question,
    ends::{Ends, Entry, Goal, Start},
    evaluate_in, evidence,
    flight::{Doubts, Fates, Place},
    legs::{Planner, own_identity},
    reserved, travel,
    walk::Aim,
};
use crate::{
    flow::{End, Flow, Protocol},
    model::{Identity, Party},
    network::{LocalOwner, Network},
    space::{self, Addresses, Classifier, Dimension, Packet, Ports, Set, Space, Table},
    trace::{Part, Trace, Verdict},
};
use rayon::prelude::*;
use std::collections::HashMap;

/// Answers every question; output in input order.
pub fn evaluate_all(network: &Network, questions: &[Question]) -> Vec<Trace> {
    questions.par_iter().map_init(Space::new, |space, question| evaluate_in(space, network, question)).collect()
}

/// Edges that a space may hold when other work begins in it: some tens of megabytes.
const ROOM: usize = 250_000;

/// Does some work for each, in parallel, in spaces that are used again: what one piece of work left there may serve the
/// next. Output in input order.
pub fn each<T: Sync, R: Send>(all: &[T], work: impl Fn(&mut Space, &T) -> R + Sync) -> Vec<R> {
    let begin = |space: &mut Space, one: &T| {
        if space.edges() > ROOM || space.overflowed() {
            space.clear();
        }
        work(space, one)
    };
    all.par_iter().map_init(Space::new, begin).collect()
}

/// Uses so many threads for all that follows; without effect once work has begun.
pub fn use_threads(threads: usize) {
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
}

/// A single packet between two ends of a [`Batch`].
#[derive(Debug, Clone, Copy)]
pub struct BatchFlow {
    /// Which path; made by [`Batch::flow`].
    path: u32,
    /// Its header.
    packet: Packet,
}

/// What the walk says about everything between two groups of ends.
#[derive(Debug)]
struct Path {
    classifier: Classifier,
    /// For the few packets that Azure never carries (R171): kept apart, the table for all others is half as large.
    reserved: Option<Classifier>,
    parts: Vec<Part>,
}

impl Path {
    /// The number of a packet's part, from 1; 0 where it has none.
    #[inline]
    fn classify(&self, packet: &Packet) -> u32 {
        match &self.reserved {
            Some(reserved) if reserved::holds(packet) => reserved.classify(packet),
            _ => self.classifier.classify(packet),
        }
    }
}

/// Two groups of ends: the NICs of a subnet with nothing of their own are one group, any other end is its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Ways {
    start: Place,
    sources: Addresses,
    to: Target,
}

/// The far end of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Target {
    /// Addresses, and where they should be found.
    Addresses { aim: Aim, entry: Option<Place>, destinations: Addresses },
    /// A service or a host: its name is looked up once for the path. Ports that bring a further connection with them
    /// have paths of their own.
    Name { party: Party, port: Option<u16>, identity: Option<Identity> },
}

/// Ports on which a service sends its clients on: SQL's gateway, Kafka's brokers.
const REDIRECTING: [u16; 3] = [1433, 9092, 9093];

/// Flows by the million through one network.
#[derive(Debug)]
pub struct Batch<'n> {
    network: &'n Network,
    known: HashMap<Ways, u32>,
    open: Vec<Ways>,
    paths: Vec<Path>,
}

impl<'n> Batch<'n> {
    /// Nothing is walked yet.
    pub fn new(network: &'n Network) -> Self {
        Batch { network, known: HashMap::new(), open: Vec::new(), paths: Vec::new() }
    }

    /// Resolves one packet's ends: protocol and ports as given, addresses those of the ends. `None` where an end
    /// has no address, or several: ask [`super::evaluate`] about such flows.
    pub fn flow(
        &mut self,
        source: &Party,
        destination: &Party,
        protocol: u8,
        source_port: u16,
        port: u16,
    ) -> Option<BatchFlow> {
        let mut ends = Ends { network: self.network, notes: Vec::new() };
        let [start] = <[Start; 1]>::try_from(ends.starts(source)).ok()?;
        if matches!(destination, Party::Service(..) | Party::Host(_)) {
            return self.named_flow(source, &start, destination, protocol, source_port, port);
        }
        let [goal] = <[Goal; 1]>::try_from(ends.goals(destination, &start)).ok()?;
        let (from, to) = (start.addresses.only()?, goal.addresses.only()?);
        let plain = start.named.is_none() && goal.named.is_none() && start.doubts.is_empty() && goal.doubts.is_empty();
        let ways = plain.then(|| self.ways(&start, &goal, to))?;
        let path = self.path(ways);
        let packet = Packet { source: from, destination: to, protocol, source_port, destination_port: port };
        Some(BatchFlow { path, packet })
    }

    /// The number of a path, walked or to be walked.
    fn path(&mut self, ways: Ways) -> u32 {
        let next = (self.paths.len() + self.open.len()) as u32;
        *self.known.entry(ways).or_insert_with_key(|ways| {
            self.open.push(ways.clone());
            next
        })
    }

    /// A packet to a service or a host. Where its name leads is found when the path is walked.
    fn named_flow(
        &mut self,
        source: &Party,
        start: &Start,
        destination: &Party,
        protocol: u8,
        source_port: u16,
        port: u16,
    ) -> Option<BatchFlow> {
        let from = start.addresses.only().filter(|_| start.named.is_none() && start.doubts.is_empty())?;
        let identity = own_identity(self.network, source);
        let port_of_its_own = REDIRECTING.contains(&port).then_some(port);
        let to = Target::Name { party: destination.clone(), port: port_of_its_own, identity };
        let path = self.path(Ways { start: start.place, sources: self.group(start), to });
        let packet = Packet { source: from, destination: space::NAMED, protocol, source_port, destination_port: port };
        Some(BatchFlow { path, packet })
    }

    /// All addresses that fare like those of a starting place.
    fn group(&self, start: &Start) -> Addresses {
        match start.place {
            Place::Subnet(subnet) => self.network.subnet(subnet).anonymous.clone(),
            _ => start.addresses.clone(),
        }
    }

    /// The groups of two ends.
    fn ways(&self, start: &Start, goal: &Goal, to: u128) -> Ways {
        let owner = match goal.aim {
            Aim::VirtualNetwork(id) => {
                self.network.virtual_network(id).owners_of(&Addresses::single(to)).first().map(|(owner, _)| *owner)
            }
            _ => None,
        };
        let destinations = match owner {
            Some(LocalOwner::Anonymous(subnet)) => self.network.subnet(subnet).anonymous.clone(),
            _ => goal.addresses.clone(),
        };
        let entry = match goal.entry {
            Entry::Walk => None,
            Entry::Edge(place) => Some(place),
            Entry::Foreign(endpoint) => Some(Place::PrivateEndpoint(endpoint)),
        };
        let to = Target::Addresses { aim: goal.aim, entry, destinations };
        Ways { start: start.place, sources: self.group(start), to }
    }

    /// Walks every path that flows were resolved for since the last time, in parallel.
    pub fn prepare(&mut self) {
        let open = std::mem::take(&mut self.open);
        let walked: Vec<Path> =
            open.par_iter().map_init(Space::new, |space, ways| walk(space, self.network, ways)).collect();
        self.paths.extend(walked);
    }

    /// One packet's part of its path: verdict and evidence.
    pub fn part(&self, flow: &BatchFlow) -> Option<&Part> {
        let path = self.paths.get(flow.path as usize)?;
        let number = path.classify(&flow.packet);
        path.parts.get((number as usize).checked_sub(1)?)
    }

    /// One packet's verdict.
    pub fn verdict(&self, flow: &BatchFlow) -> Option<Verdict> {
        self.part(flow).map(|part| part.verdict)
    }

    /// All verdicts, in input order, in parallel. Flows are answered path by path, so that a diagram stays in the
    /// cache while it is used.
    pub fn verdicts(&self, flows: &[BatchFlow]) -> Vec<Option<Verdict>> {
        let order = self.by_path(flows);
        let answered: Vec<Option<Verdict>> =
            order.par_iter().with_min_len(4096).map(|index| self.verdict(&flows[*index as usize])).collect();
        let mut verdicts = vec![None; flows.len()];
        for (index, verdict) in order.iter().zip(answered) {
            verdicts[*index as usize] = verdict;
        }
        verdicts
    }

    /// Indices of flows, those of one path together: a counting sort.
    fn by_path(&self, flows: &[BatchFlow]) -> Vec<u32> {
        let mut starts = vec![0u32; self.paths.len() + self.open.len() + 1];
        for flow in flows {
            starts[flow.path as usize + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut order = vec![0; flows.len()];
        for (index, flow) in flows.iter().enumerate() {
            let place = &mut starts[flow.path as usize];
            order[*place as usize] = index as u32;
            *place += 1;
        }
        order
    }

    /// How many paths were walked.
    pub fn paths(&self) -> usize {
        self.paths.len()
    }
}

/// Everything that one group can say to another.
fn walk(space: &mut Space, network: &Network, ways: &Ways) -> Path {
    space.clear();
    let start = Start {
        place: ways.start,
        addresses: ways.sources.clone(),
        named: None,
        doubts: Doubts::default(),
        label: String::new(),
        relays: 0,
    };
    let fates = match &ways.to {
        Target::Addresses { aim, entry, destinations } => {
            let goal = Goal {
                aim: *aim,
                addresses: destinations.clone(),
                named: None,
                entry: entry.map_or(Entry::Walk, Entry::Edge),
                doubts: Doubts::default(),
                label: String::new(),
                hosts: Vec::new(),
                homes: None,
            };
            travel(space, network, &everything(None), &start, &goal, None)
        }
        Target::Name { party, port, identity } => by_name(space, network, &start, party, *port, *identity),
    };
    let labels = (String::new(), String::new());
    let sketches = fates.iter().filter_map(|fate| evidence::sketch(network, space, fate, &labels)).collect();
    let merged = evidence::merge(space, sketches);
    let numbered: Vec<_> = merged.iter().enumerate().map(|(index, sketch)| (sketch.set, index as u32 + 1)).collect();
    let table = space.assign(&numbered);
    let (most, reserved) = without_reserved(space, table);
    let reserved = reserved.map(|table| space.freeze(table));
    let parts = merged.into_iter().map(|sketch| sketch.part).collect();
    Path { classifier: space.freeze(most), reserved, parts }
}

/// A table in which reserved packets have the numbers of their neighbours, and one for these packets alone.
fn without_reserved(space: &mut Space, table: Table) -> (Table, Option<Table>) {
    let (mut most, mut held) = (table, Set::EMPTY);
    for (cube, beside) in reserved::cubes() {
        let packets = space.cube(&cube);
        held = space.or(held, packets);
        let neighbours = space.table_fixed_at(table, Dimension::SourcePort, u128::from(beside));
        let theirs = space.keep(neighbours, packets);
        most = space.first(theirs, most);
    }
    let apart = (most != table).then(|| space.keep(table, held));
    (most, apart)
}

/// Every packet, or every packet to one port.
fn everything(port: Option<u16>) -> Flow {
    Flow {
        source: End::Internet,
        destination: End::Internet,
        protocol: if port.is_some() { Protocol::Tcp } else { Protocol::Any },
        ports: port.map_or_else(Ports::all, Ports::single),
        source_ports: Some(Ports::all()),
    }
}

/// Fates of packets to a name. Wherever it leads they are told apart by everything but the destination, as long as it
/// leads to one address; several are left to [`super::evaluate`].
fn by_name(
    space: &mut Space,
    network: &Network,
    start: &Start,
    party: &Party,
    port: Option<u16>,
    identity: Option<Identity>,
) -> Fates {
    let question = Question { flow: everything(port), sources: Vec::new(), destinations: Vec::new(), identity };
    let mut planner = Planner::new(network, space, None);
    let journey = planner.journey(&question, party, start, party);
    let mut fates: Fates = journey.arrivals.into_iter().flat_map(|(_, fates)| fates).collect();
    let all = fates.iter().fold(Addresses::empty(), |all, fate| all.union(&space.destinations_of(fate.part)));
    if all.only().is_none() {
        return Fates::new();
    }
    for fate in &mut fates {
        fate.part = space.forget(fate.part, Dimension::Destination);
    }
    fates
}
