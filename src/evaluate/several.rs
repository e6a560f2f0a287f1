//! One end against many: the bare verdicts of all that it can say to each of them.
//!
//! In: an end, the far ends. Out: for each of these its packets by verdict. Far ends that are nothing but addresses in
//! VNETs of the file set out together, as one set of packets: the walk splits it where they differ, and no sooner.
//! Deliberately absent: evidence, and any other way to decide; it is the walk.

use super::{
    Question,
    ends::{Ends, Entry, Goal, Start},
    flight::{Doubts, Fates},
    legs::{Planner, own_identity},
    travel,
    walk::Aim,
};
use crate::{
    flow::Flow,
    model::{Party, VirtualNetworkId},
    network::Network,
    space::{Addresses, Cube, Set, Space},
    trace::Verdict,
};
use smallvec::{SmallVec, smallvec};
use std::rc::Rc;

/// One end, less addresses of it that are not asked about.
#[derive(Debug, Clone, Copy)]
pub struct Far<'e> {
    /// What it is.
    pub party: &'e Party,
    /// Addresses that are ends of their own.
    pub without: &'e Addresses,
}

/// Packets by verdict, in the space of the question. Where the question is too large, everything is undetermined.
pub type Verdicts = SmallVec<[(Verdict, Set); 2]>;

const VERDICTS: [Verdict; 4] = [Verdict::Allowed, Verdict::Denied, Verdict::Mixed, Verdict::Undetermined];

/// Answers made of what a source says to each destination, in their order. `answer` is called with the space in which its
/// sets have their meaning.
pub fn row<R>(
    space: &mut Space,
    network: &Network,
    flow: &Flow,
    source: Far<'_>,
    destinations: &[Far<'_>],
    answer: impl Fn(&mut Space, Verdicts) -> R,
) -> Vec<R> {
    in_halves(space, destinations, &|space: &mut Space, some: &[Far<'_>]| {
        let told = verdicts_from(space, network, flow, source, some);
        told.into_iter().map(|verdicts| answer(space, verdicts)).collect()
    })
}

/// Asks about many at once; where that is too much for the space, about half of them.
pub fn in_halves<T, R>(space: &mut Space, all: &[T], ask: &impl Fn(&mut Space, &[T]) -> Vec<R>) -> Vec<R> {
    let answers = ask(space, all);
    if !space.overflowed() || all.len() < 2 {
        return answers;
    }
    space.clear();
    let (front, back) = all.split_at(all.len() / 2);
    let mut answers = in_halves(space, front, ask);
    if space.overflowed() {
        space.clear();
    }
    answers.extend(in_halves(space, back, ask));
    answers
}

/// What one end says to each of the others, in a space that is not cleared. Where it overflows, nothing is known.
pub fn verdicts_from(
    space: &mut Space,
    network: &Network,
    flow: &Flow,
    source: Far<'_>,
    destinations: &[Far<'_>],
) -> Vec<Verdicts> {
    let mut told = vec![Verdicts::new(); destinations.len()];
    let mut ends = Ends { network, notes: Vec::new() };
    for mut start in ends.starts(source.party) {
        if start.named.is_none() && !source.without.is_empty() {
            start.addresses = start.addresses.minus(source.without);
            if start.addresses.is_empty() {
                continue;
            }
        }
        let crowd = Crowd::of(space, network, &start, destinations);
        crowd.walk(space, network, flow, source.party, &start, &mut told);
        for at in crowd.alone {
            let far = destinations[at];
            let question = Question::new(flow.clone(), vec![source.party.clone()], vec![far.party.clone()]);
            let mut planner = Planner { left_out: far.without.clone(), ..Planner::new(network, space, None) };
            let journey = planner.journey(&question, source.party, &start, far.party);
            for (_, fates) in &journey.arrivals {
                told[at].extend(by_verdict(space, fates));
            }
        }
    }
    if space.overflowed() { vec![smallvec![(Verdict::Undetermined, Set::FULL)]; destinations.len()] } else { told }
}

/// What fates come to, each verdict's packets once.
pub(super) fn by_verdict(space: &mut Space, fates: &Fates) -> Verdicts {
    let mut told = Verdicts::new();
    for verdict in VERDICTS {
        let sets: Vec<Set> = fates.iter().filter(|fate| fate.verdict == verdict).map(|fate| fate.part).collect();
        let set = space.union(&sets);
        told.extend((!set.is_empty()).then_some((verdict, set)));
    }
    told
}

/// The VNETs in which several ends are, and their addresses there.
pub(super) type Homes = Vec<(VirtualNetworkId, Addresses)>;

/// Far ends as seen from one start: those whose packets set out together, and those that are asked alone.
#[derive(Default)]
struct Crowd {
    together: Vec<(usize, VirtualNetworkId, Addresses)>,
    alone: Vec<usize>,
}

impl Crowd {
    fn of(space: &mut Space, network: &Network, start: &Start, destinations: &[Far<'_>]) -> Self {
        let mut crowd = Crowd::default();
        // What is not modelled, and what is not known, puts into doubt by the ends of a flow: they are told apart.
        let may_join = network.model.unread.is_empty() && start.doubts.is_empty();
        for (at, far) in destinations.iter().enumerate() {
            let is_place = matches!(far.party, Party::Subnet(_) | Party::NetworkInterface(_));
            let goals = (may_join && is_place && !has_advertised_names(network, far.party)).then(|| {
                let mut planner = Planner { left_out: far.without.clone(), ..Planner::new(network, space, None) };
                planner.goals(far.party, start)
            });
            match goals.and_then(|goals| goals.into_iter().map(plain).collect::<Option<Homes>>()) {
                Some(homes) => crowd.together.extend(homes.into_iter().map(|(home, addresses)| (at, home, addresses))),
                None => crowd.alone.push(at),
            }
        }
        crowd.part_from_doubles();
        crowd
    }

    /// An address that two ends have does not tell which one is meant.
    fn part_from_doubles(&mut self) {
        let mut ranges: Vec<(u128, u128, usize)> = Vec::new();
        for (at, _, addresses) in &self.together {
            ranges.extend(addresses.iter().map(|(first, last)| (first, last, *at)));
        }
        ranges.sort_unstable();
        let mut double: Vec<usize> = Vec::new();
        let mut reached: Option<(u128, usize)> = None;
        for (first, last, at) in ranges {
            match reached {
                Some((end, by)) if first <= end => {
                    double.extend([by, at]);
                    reached = Some(if last > end { (last, at) } else { (end, by) });
                }
                _ => reached = Some((last, at)),
            }
        }
        double.sort_unstable();
        double.dedup();
        self.together.retain(|(at, ..)| double.binary_search(at).is_err());
        self.alone.extend(double);
    }

    /// All packets to those that set out together, in one walk.
    fn walk(
        &self,
        space: &mut Space,
        network: &Network,
        flow: &Flow,
        source: &Party,
        start: &Start,
        told: &mut [Verdicts],
    ) {
        if self.together.is_empty() {
            return;
        }
        let all = self.together.iter().flat_map(|(.., addresses)| addresses.iter());
        let goal = Goal {
            aim: Aim::Several,
            addresses: Addresses::from_ranges(all),
            named: None,
            entry: Entry::Walk,
            doubts: Doubts::default(),
            label: String::new(),
            hosts: Vec::new(),
            homes: Some(Rc::new(self.homes())),
        };
        let fates = travel(space, network, flow, start, &goal, own_identity(network, source));
        let verdicts = by_verdict(space, &fates);
        for (at, _, addresses) in &self.together {
            let here = Cube { destination: addresses.clone(), ..Cube::all() };
            for (verdict, set) in &verdicts {
                let part = space.and_cube(*set, &here);
                told[*at].extend((!part.is_empty()).then_some((*verdict, part)));
            }
        }
    }

    fn homes(&self) -> Homes {
        let mut sorted: Vec<(VirtualNetworkId, u128, u128)> = Vec::new();
        for (_, home, addresses) in &self.together {
            sorted.extend(addresses.iter().map(|(first, last)| (*home, first, last)));
        }
        sorted.sort_unstable();
        let run = |run: &[(VirtualNetworkId, u128, u128)]| {
            (run[0].0, Addresses::from_ranges(run.iter().map(|(_, first, last)| (*first, *last))))
        };
        sorted.chunk_by(|one, other| one.0 == other.0).map(run).collect()
    }
}

/// The VNET and addresses of a goal that is nothing else.
fn plain(goal: Goal) -> Option<(VirtualNetworkId, Addresses)> {
    let is_plain = goal.entry == Entry::Walk && goal.named.is_none() && goal.doubts.is_empty() && goal.hosts.is_empty();
    match goal.aim {
        Aim::VirtualNetwork(home) if is_plain => Some((home, goal.addresses)),
        _ => None,
    }
}

/// Whether a flow to it may bring further ones with it.
fn has_advertised_names(network: &Network, party: &Party) -> bool {
    matches!(party, Party::NetworkInterface(nic) if network.model.cluster_of_node(*nic).is_some())
}
