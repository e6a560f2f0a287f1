//! Filtering a part whose ends every rule holds, or misses, as a whole: then a list is a table of services.
//!
//! In: a part that is a product of destinations, sources and services, as its initiator sends it. Out: the [`Sieve`] that
//! `filter` makes rule by rule, found at once; nothing where some rule cuts an end or hangs on a fact. The rules that meet
//! the ends are the key under which the table is remembered: neighbours that fare alike under a list ask it once.

use super::{
    filter::{Fragments, NO_RULE, Sieve, with_ports},
    header::Header,
};
use crate::{
    model::{Access, Known},
    network::{Match, Observed, Rule, RuleList},
    space::{Addresses, Cube, Factors, PROTOCOLS, Ports, Protocols, Set, Space, Table},
};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::{cell::OnceCell, sync::Arc};

/// A list's rules that meet some ends, by their numbers.
type Slice = SmallVec<[u32; 24]>;

/// What a slice makes of services.
#[derive(Clone)]
struct Verdicts {
    allowed: Set,
    table: Table,
    rules: Arc<[u32]>,
}

/// Slices that were asked before, by where their list is; forgotten with the space's sets.
#[derive(Default)]
struct Remembered(FxHashMap<(usize, Slice), Verdicts>);

/// How a rule's addresses relate to those of an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Misses,
    Holds,
    /// Some are held and some are not, or a fact decides.
    Cuts,
}

/// The part sieved, where every rule of the list treats its ends alike.
pub(super) fn sieve(
    space: &mut Space,
    part: Set,
    header: &Header,
    list: &RuleList,
    tags: Observed<'_>,
) -> Option<Sieve> {
    if *header != Header::original() {
        return None;
    }
    let factors = space.factors(part)?;
    let slice = slice(space, &factors, list, tags)?;
    let key = (std::ptr::from_ref(list) as usize, slice);
    let known = space.aside::<Remembered>().0.get(&key).cloned();
    let verdicts = known.unwrap_or_else(|| {
        let verdicts = decided(space, list, &key.1);
        space.aside::<Remembered>().0.insert(key, verdicts.clone());
        verdicts
    });
    let Verdicts { allowed, table, rules } = verdicts;
    let fragments = Fragments::Table(table, rules);
    let (passing, stopped) = (space.and(part, allowed), space.minus(part, allowed));
    Some(Sieve {
        allowed: (passing, fragments.clone()),
        denied: (stopped, fragments),
        unmatched: Set::EMPTY,
        doubtful: Vec::new(),
    })
}

/// The rules that may decide packets of a part.
fn slice(space: &Space, factors: &Factors, list: &RuleList, tags: Observed<'_>) -> Option<Slice> {
    let protocols = space.protocols_of(factors.services);
    let ports = space.destination_ports_of(factors.services);
    let sides = [Side::of(&factors.source, tags), Side::of(&factors.destination, tags)];
    let mut slice = Slice::new();
    for (index, rule) in list.rules.iter().enumerate() {
        if misses_services(rule, &protocols, &ports) {
            continue;
        }
        match sides[1].relation(&rule.destination).and(|| sides[0].relation(&rule.source)) {
            Relation::Misses => continue,
            Relation::Cuts => return None,
            Relation::Holds => {}
        }
        if !rule.doubts.is_empty() || rule.access.known().is_none() {
            return None;
        }
        slice.push(index as u32);
        if holds_everything(rule) {
            break;
        }
    }
    Some(slice)
}

fn misses_services(rule: &Rule, protocols: &Protocols, ports: &Ports) -> bool {
    let with_ports = rule.port_protocols.meets(protocols) && rule.destination_ports.meets(ports);
    !with_ports && !rule.portless_protocols.meets(protocols)
}

/// Whether no rule after it has a say.
fn holds_everything(rule: &Rule) -> bool {
    rule.source_ports.is_all()
        && rule.destination_ports.is_all()
        && PROTOCOLS.iter().all(|one| rule.port_protocols.contains(*one) || rule.portless_protocols.contains(*one))
}

/// What rules make of services, first match first.
fn decided(space: &mut Space, list: &RuleList, slice: &[u32]) -> Verdicts {
    let mut parts: Vec<(Set, u32)> = Vec::with_capacity(slice.len() + 1);
    let mut rules: Vec<u32> = Vec::with_capacity(slice.len() + 1);
    for index in slice {
        let services = services(space, &list.rules[*index as usize]);
        rules.push(*index);
        parts.push((services, rules.len() as u32));
    }
    rules.push(NO_RULE);
    parts.push((Set::FULL, rules.len() as u32));
    let table = space.assign(&parts);
    let access = |index: u32| list.rules.get(index as usize).map(|rule| rule.access);
    let is_allowed = |number: u32| access(rules[number as usize - 1]) == Some(Known::Known(Access::Allow));
    let allowed = space.numbered(table, is_allowed);
    Verdicts { allowed, table, rules: Arc::from(rules) }
}

/// The services that a rule names.
fn services(space: &mut Space, rule: &Rule) -> Set {
    let cubes = with_ports(Cube::all(), rule, &Header::original());
    let sets: Vec<Set> = cubes.iter().map(|cube| space.cube(cube)).collect();
    space.union(&sets)
}

impl Relation {
    fn and(self, other: impl FnOnce() -> Relation) -> Relation {
        match self {
            Relation::Misses => Relation::Misses,
            Relation::Holds => other(),
            Relation::Cuts if other() == Relation::Misses => Relation::Misses,
            Relation::Cuts => Relation::Cuts,
        }
    }

    fn of(own: &Addresses, others: &Addresses) -> Relation {
        if !own.meets(others) {
            Relation::Misses
        } else if own.is_subset(others) {
            Relation::Holds
        } else {
            Relation::Cuts
        }
    }
}

/// The addresses of one end, and how the tags of the place relate to them.
struct Side<'s> {
    own: &'s Addresses,
    tags: Observed<'s>,
    virtual_network: OnceCell<Relation>,
    internet: OnceCell<Relation>,
}

impl<'s> Side<'s> {
    fn of(own: &'s Addresses, tags: Observed<'s>) -> Self {
        Side { own, tags, virtual_network: OnceCell::new(), internet: OnceCell::new() }
    }

    fn relation(&self, field: &Match) -> Relation {
        if field.any {
            return Relation::Holds;
        }
        let hangs_on_a_fact = !field.unknown.is_empty()
            || !field.members.is_empty()
            || (field.virtual_network && !self.tags.unknown.is_empty());
        if hangs_on_a_fact {
            return Relation::Cuts;
        }
        let tags = [
            (field.virtual_network, &self.virtual_network, self.tags.virtual_network),
            (field.internet, &self.internet, self.tags.internet),
        ];
        let named = tags.into_iter().filter(|(is_named, ..)| *is_named);
        let named = named.map(|(_, cell, addresses)| *cell.get_or_init(|| Relation::of(self.own, addresses)));
        let mut relations = named.chain([Relation::of(self.own, &field.addresses)]);
        let first = relations.next().unwrap_or(Relation::Misses);
        relations.fold(first, |one, other| match (one, other) {
            (Relation::Holds, _) | (_, Relation::Holds) => Relation::Holds,
            (Relation::Misses, Relation::Misses) => Relation::Misses,
            _ => Relation::Cuts,
        })
    }
}
