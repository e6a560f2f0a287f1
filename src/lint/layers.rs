//! A rule list as sets of packets at one place: what each rule may match, and what the rules before it leave.
//!
//! In: a list and a place. Out: [`Layers`] that are asked about single rules. Where a rule hangs on a fact, it has two
//! regions: what it certainly matches takes packets from later rules, and what it matches at most must be taken from it
//! before it is called dead. Deliberately absent: words.

use super::places::Place;
use crate::{
    evaluate::matched_by,
    model::{Access, Direction, FactId, Known},
    network::{Match, Network, Observed, Rule, RuleList},
    space::{self, Addresses, Cube, Ports, Set, Space, Table},
};

/// A rule's packets.
#[derive(Debug)]
struct Layer {
    cubes: Vec<Cube>,
    /// Certainly.
    sure: Set,
    /// At most.
    most: Set,
}

/// A list at a place.
pub(super) struct Layers<'n> {
    pub(super) list: &'n RuleList,
    pub(super) space: Space,
    layers: Vec<Layer>,
    /// For each packet the number (from one) of the first rule that certainly matches it.
    table: Table,
}

impl<'n> Layers<'n> {
    pub(super) fn of(network: &'n Network, list: &'n RuleList, place: &Place) -> Self {
        let (nothing, open) = (Addresses::empty(), [FactId::at(0)]);
        let observed = match &place.tag {
            Some(tag) => tag.observed(),
            None => {
                Observed { virtual_network: &nothing, internet: network.internet(), unknown: &open, ends: [None; 2] }
            }
        };
        let mut space = Space::new();
        let here = here(list.direction, place);
        let whole = union(&mut space, &here);
        let layers: Vec<Layer> = list
            .rules
            .iter()
            .map(|rule| {
                let (sure, most) = matched_by(rule, observed);
                let exact = sure.len() == most.len();
                let certain = within(&mut space, whole, &sure);
                let at_most = if exact { certain } else { within(&mut space, whole, &most) };
                Layer { cubes: most, sure: certain, most: at_most }
            })
            .collect();
        let parts: Vec<(Set, u32)> = layers.iter().zip(1..).map(|(layer, number)| (layer.sure, number)).collect();
        let table = space.assign(&parts);
        Layers { list, space, layers, table }
    }

    /// The packets that a rule matches at most, here.
    pub(super) fn most(&self, rule: usize) -> Set {
        self.layers[rule].most
    }

    /// What earlier rules leave of it.
    pub(super) fn left(&mut self, rule: usize) -> Set {
        let Layer { sure, most, .. } = self.layers[rule];
        if sure == most {
            let own = self.space.keep(self.table, most);
            return self.space.having(own, rule as u32 + 1);
        }
        let mut rest = most;
        for earlier in 0..rule {
            rest = self.space.minus(rest, self.layers[earlier].sure);
        }
        rest
    }

    /// What the list certainly lets through.
    pub(super) fn allowed(&mut self) -> Set {
        let allows = (0..self.layers.len()).filter(|rule| self.list.rules[*rule].access == Known::Known(Access::Allow));
        let sets: Vec<Set> = allows.map(|rule| self.space.having(self.table, rule as u32 + 1)).collect();
        self.space.union(&sets)
    }

    /// The rules that decide what a dead rule would match, by index.
    pub(super) fn deciders(&mut self, rule: usize) -> Vec<usize> {
        let own = self.space.keep(self.table, self.layers[rule].most);
        let numbers = self.space.numbers_of(own);
        numbers.into_iter().map(|number| number as usize - 1).filter(|decider| *decider < rule).collect()
    }

    /// Few of `candidates` that cover what a rule matches: the one that covers most of the rest, again and again, and
    /// then without those that turned out not to be needed.
    pub(super) fn cover(&mut self, rule: usize, candidates: &[usize]) -> Vec<usize> {
        let most = self.layers[rule].most;
        let mut rest = most;
        let mut chosen: Vec<usize> = Vec::new();
        while !rest.is_empty() {
            let takes = |layers: &mut Self, by: usize| {
                let taken = layers.space.and(rest, layers.layers[by].sure);
                layers.space.cubes(taken).iter().map(Cube::volume).sum::<f64>()
            };
            let left = candidates.iter().filter(|one| !chosen.contains(one));
            let measured: Vec<(f64, usize)> = left.map(|by| (takes(self, *by), *by)).collect();
            let best = measured.into_iter().reduce(|best, one| if one.0 > best.0 { one } else { best });
            let Some((_, best)) = best else { break };
            chosen.push(best);
            rest = self.space.minus(rest, self.layers[best].sure);
        }
        self.without_needless(most, &mut chosen);
        chosen.sort_unstable();
        chosen
    }

    fn without_needless(&mut self, most: Set, chosen: &mut Vec<usize>) {
        for at in (0..chosen.len()).rev() {
            let others: Vec<Set> =
                chosen.iter().filter(|one| **one != chosen[at]).map(|one| self.layers[*one].sure).collect();
            let others = self.space.union(&others);
            if self.space.is_subset(most, others) {
                chosen.remove(at);
            }
        }
    }

    /// The packets of `set` that a rule would match if it named every protocol, every port but nought, and, where the
    /// place has addresses of both families, both of them.
    pub(super) fn beside(&mut self, set: Set, rule: usize, place: &Place) -> Set {
        let both = place.local.as_ref().is_some_and(|local| local.meets(&space::ipv6()));
        let widened = |field: &Match, held: &Addresses| match field.any || space::ipv4().is_subset(held) {
            true if both => Addresses::all(),
            true => space::ipv4(),
            false => held.clone(),
        };
        let Some(cube) = self.layers[rule].cubes.first() else { return Set::EMPTY };
        let rule = &self.list.rules[rule];
        // The platform's own address is in VirtualNetwork, and on no list of anybody's.
        let platform = Addresses::single(space::point(crate::tags::HOST_ADDRESS.into()));
        let cube = Cube {
            source: widened(&rule.source, &cube.source).minus(&platform),
            destination: widened(&rule.destination, &cube.destination).minus(&platform),
            source_ports: Ports::range(1, u16::MAX),
            destination_ports: Ports::range(1, u16::MAX),
            ..Cube::all()
        };
        self.space.and_cube(set, &cube)
    }

    /// The later rules that decide the same about all that is left for a rule, if they do; empty where no rule is needed,
    /// because what no rule matches is dropped.
    pub(super) fn repeated_by(&mut self, rule: usize) -> Option<Vec<usize>> {
        let Known::Known(access) = self.list.rules[rule].access else { return None };
        let mut rest = self.left(rule);
        if rest.is_empty() {
            return None;
        }
        let mut same = Vec::new();
        for later in rule + 1..self.layers.len() {
            if !meets(&self.layers[rule].cubes, &self.layers[later].cubes) {
                continue;
            }
            if self.list.rules[later].access != Known::Known(access) {
                if self.space.meets(rest, self.layers[later].most) {
                    return None;
                }
                continue;
            }
            let fewer = self.space.minus(rest, self.layers[later].sure);
            if fewer != rest {
                same.push(later);
            }
            rest = fewer;
            if rest.is_empty() {
                return Some(same);
            }
        }
        (access == Access::Deny).then_some(same)
    }
}

/// All packets that a place filters: of one family, to its addresses or from them.
fn here(direction: Direction, place: &Place) -> Vec<Cube> {
    [space::ipv4(), space::ipv6()]
        .into_iter()
        .map(|family| {
            let local = place.local.as_ref().map_or_else(|| family.clone(), |local| local.intersect(&family));
            match direction {
                Direction::Inbound => Cube { source: family, destination: local, ..Cube::all() },
                Direction::Outbound => Cube { source: local, destination: family, ..Cube::all() },
            }
        })
        .collect()
}

fn union(space: &mut Space, cubes: &[Cube]) -> Set {
    let sets: Vec<Set> = cubes.iter().map(|cube| space.cube(cube)).collect();
    space.union(&sets)
}

fn within(space: &mut Space, whole: Set, cubes: &[Cube]) -> Set {
    let sets: Vec<Set> = cubes.iter().map(|cube| space.and_cube(whole, cube)).collect();
    space.union(&sets)
}

/// A quick test: whether rules may share a packet.
fn meets(one: &[Cube], other: &[Cube]) -> bool {
    let share = |one: &Cube, other: &Cube| {
        one.protocols.meets(&other.protocols)
            && one.destination_ports.meets(&other.destination_ports)
            && one.source_ports.meets(&other.source_ports)
            && one.source.meets(&other.source)
            && one.destination.meets(&other.destination)
    };
    one.iter().any(|one| other.iter().any(|other| share(one, other)))
}

/// The field of a rule that names those whom its list protects.
pub(super) fn local_field(rule: &Rule, direction: Direction) -> &Match {
    match direction {
        Direction::Inbound => &rule.destination,
        Direction::Outbound => &rule.source,
    }
}
