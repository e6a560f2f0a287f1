//! The arena: every node of every diagram, each stored once.
//!
//! In: edges in ascending order. Out: ids; equal diagrams get equal ids. Deliberately absent: operators
//! (see `operate.rs`, `clip.rs`) and any way to free a single node; [`Space::clear`] drops all of them.

use super::cube::Dimension;
use rustc_hash::{FxHashMap, FxHasher};
use std::{
    any::{Any, TypeId},
    fmt,
    hash::Hasher,
};

/// A node, or the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Id(pub(super) u32);

impl Id {
    const END: u32 = 1 << 31;
    /// The end that means "not in the set", or "no number".
    pub(super) const NO: Id = Id(Self::END);
    /// The end that means "in the set".
    pub(super) const YES: Id = Id(Self::END | 1);

    /// The end of a path that carries a number.
    pub(super) fn end(number: u32) -> Id {
        debug_assert!(number < Self::END, "table numbers have 31 bits");
        Id(Self::END | number)
    }

    /// The number at the end of a path, if it is one.
    pub(super) fn number(self) -> Option<u32> {
        (self.0 & Self::END != 0).then_some(self.0 & !Self::END)
    }
}

/// A set of packets in some [`Space`]; equal ids of one space are equal sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Set(pub(super) Id);

impl Set {
    /// No packet.
    pub const EMPTY: Set = Set(Id::NO);
    /// Every packet.
    pub const FULL: Set = Set(Id::YES);

    /// Whether there is no packet in it.
    pub fn is_empty(self) -> bool {
        self == Set::EMPTY
    }
}

/// A number for every packet, in some [`Space`]; 0 means none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Table(pub(super) Id);

impl Table {
    /// No packet has a number.
    pub const EMPTY: Table = Table(Id::NO);
}

impl From<Set> for Table {
    /// 1 for the packets of the set.
    fn from(set: Set) -> Table {
        Table(set.0)
    }
}

/// How many levels a diagram has.
pub(super) const LEVELS: usize = 5;

/// The order for computing: next hops depend on the destination, so route tables stay one level deep.
const DESTINATION_FIRST: [Dimension; LEVELS] =
    [Dimension::Destination, Dimension::Source, Dimension::Protocol, Dimension::DestinationPort, Dimension::SourcePort];

/// Where the edges of a node are, and the next node whose content hashes alike.
#[derive(Debug, Clone, Copy)]
struct Node {
    level: u8,
    edges: u32,
    count: u32,
    same_hash: u32,
}

const NOBODY: u32 = u32::MAX;

/// The edges an arena may hold unless told otherwise, about 200 MB.
const DEFAULT_BUDGET: usize = 8_000_000;

/// The home of sets and tables: they have a meaning only in the space that made them.
#[derive(Debug, Clone)]
pub struct Space {
    pub(super) order: [Dimension; LEVELS],
    nodes: Vec<Node>,
    /// The last value of each edge; the first follows the edge before.
    lasts: Vec<u128>,
    /// The child of each edge.
    children: Vec<Id>,
    /// The newest node with a given hash of its content.
    by_hash: FxHashMap<u64, u32>,
    /// Results of operators, by operator and operands.
    pub(super) memo: super::operate::Memo,
    /// Edges of nodes under construction; each recursion owns the tail it began.
    pending: Vec<(u128, Id)>,
    /// What callers remember beside their sets.
    aside: Aside,
    budget: usize,
    overflowed: bool,
}

/// A value of each type; copies of a space begin with none.
#[derive(Default)]
struct Aside(FxHashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Aside {
    fn of<T: Default + Send + Sync + 'static>(&mut self) -> &mut T {
        let held = self.0.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(T::default()));
        held.downcast_mut().expect("just made of this type")
    }
}

impl Clone for Aside {
    fn clone(&self) -> Self {
        Aside::default()
    }
}

impl fmt::Debug for Aside {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} kinds", self.0.len())
    }
}

impl Default for Space {
    fn default() -> Self {
        Self::new()
    }
}

impl Space {
    /// An empty space with the default budget.
    pub fn new() -> Self {
        Self::with_budget(DEFAULT_BUDGET)
    }

    /// An empty space that holds at most `edges` edges (about 25 bytes each with their nodes, and as much
    /// again for remembered results).
    pub fn with_budget(edges: usize) -> Self {
        Self::in_order(DESTINATION_FIRST, edges)
    }

    /// An empty space whose levels are in another order.
    pub(super) fn in_order(order: [Dimension; LEVELS], edges: usize) -> Self {
        Space {
            order,
            nodes: Vec::new(),
            lasts: Vec::new(),
            children: Vec::new(),
            by_hash: FxHashMap::default(),
            memo: super::operate::Memo::default(),
            pending: Vec::new(),
            aside: Aside::default(),
            budget: edges.min(Id::END as usize - 1),
            overflowed: false,
        }
    }

    /// Forgets all sets, keeping the allocation and the budget.
    pub fn clear(&mut self) {
        self.nodes.clear();
        self.lasts.clear();
        self.children.clear();
        self.by_hash.clear();
        self.memo.clear();
        self.pending.clear();
        self.aside.0.clear();
        self.overflowed = false;
    }

    /// Whether the budget was exceeded. Sets made since mean nothing (most are empty), older ones are still
    /// exact; so ask this before believing an answer, and [`Space::clear`] to go on.
    pub fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// A caller's own memory beside its sets, one of each type; it is forgotten with them.
    pub fn aside<T: Default + Send + Sync + 'static>(&mut self) -> &mut T {
        self.aside.of()
    }

    /// How many nodes are stored.
    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// How many edges are stored; the budget counts these.
    pub fn edges(&self) -> usize {
        self.lasts.len()
    }

    /// The level of a node; ends stand below the last.
    pub(super) fn level(&self, id: Id) -> usize {
        match id.number() {
            Some(_) => LEVELS,
            None => usize::from(self.nodes[id.0 as usize].level),
        }
    }

    /// The level of a field.
    pub(super) fn level_of(&self, dimension: Dimension) -> usize {
        self.order.iter().position(|other| *other == dimension).unwrap_or(LEVELS)
    }

    /// The last value of a level.
    pub(super) fn last_of(&self, level: usize) -> u128 {
        self.order[level].last()
    }

    /// Where the edges of a node are; none for an end.
    pub(super) fn edges_of(&self, id: Id) -> std::ops::Range<usize> {
        match id.number() {
            Some(_) => 0..0,
            None => {
                let node = self.nodes[id.0 as usize];
                node.edges as usize..(node.edges + node.count) as usize
            }
        }
    }

    /// The last value and the child of an edge.
    pub(super) fn edge(&self, at: usize) -> (u128, Id) {
        (self.lasts[at], self.children[at])
    }

    /// The first edge of a node that ends at `value` or later.
    pub(super) fn edge_at(&self, id: Id, value: u128) -> usize {
        let edges = self.edges_of(id);
        edges.start + self.lasts[edges].partition_point(|last| *last < value)
    }

    /// The edges of a node as (first, last, child).
    pub(super) fn intervals(&self, id: Id) -> impl Iterator<Item = (u128, u128, Id)> + '_ {
        let mut first = 0;
        self.edges_of(id).map(move |at| {
            let (last, child) = self.edge(at);
            let start = std::mem::replace(&mut first, last.wrapping_add(1));
            (start, last, child)
        })
    }

    /// Begins a node.
    pub(super) fn begin(&self) -> usize {
        self.pending.len()
    }

    /// Adds the edge up to `last` to the node begun at `begun`, merging neighbours with the same child.
    pub(super) fn push(&mut self, begun: usize, last: u128, child: Id) {
        match self.pending[begun..].last_mut() {
            Some(open) if open.1 == child => open.0 = last,
            _ => self.pending.push((last, child)),
        }
    }

    /// Ends the node begun at `begun`: its only child, an equal node, or a new one.
    pub(super) fn finish(&mut self, begun: usize, level: usize) -> Id {
        let id = match self.pending[begun..] {
            [(_, child)] => child,
            _ => self.stored(begun, level as u8),
        };
        self.pending.truncate(begun);
        id
    }

    fn stored(&mut self, begun: usize, level: u8) -> Id {
        let hash = hash_of(level, &self.pending[begun..]);
        let newest = self.by_hash.get(&hash).copied().unwrap_or(NOBODY);
        let mut candidate = newest;
        while candidate != NOBODY {
            if self.is_same(candidate, level, begun) {
                return Id(candidate);
            }
            candidate = self.nodes[candidate as usize].same_hash;
        }
        self.store(begun, level, hash, newest)
    }

    fn store(&mut self, begun: usize, level: u8, hash: u64, same_hash: u32) -> Id {
        let count = self.pending.len() - begun;
        if self.overflowed || self.lasts.len() + count > self.budget {
            self.overflowed = true;
            return Id::NO;
        }
        let id = self.nodes.len() as u32;
        self.nodes.push(Node { level, edges: self.lasts.len() as u32, count: count as u32, same_hash });
        self.lasts.extend(self.pending[begun..].iter().map(|(last, _)| *last));
        self.children.extend(self.pending[begun..].iter().map(|(_, child)| *child));
        self.by_hash.insert(hash, id);
        Id(id)
    }

    fn is_same(&self, candidate: u32, level: u8, begun: usize) -> bool {
        let node = self.nodes[candidate as usize];
        let pending = &self.pending[begun..];
        node.level == level
            && node.count as usize == pending.len()
            && self.edges_of(Id(candidate)).zip(pending).all(|(at, edge)| self.edge(at) == *edge)
    }
}

fn hash_of(level: u8, edges: &[(u128, Id)]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u8(level);
    for (last, child) in edges {
        hasher.write_u64((*last >> 64) as u64);
        hasher.write_u64(*last as u64);
        hasher.write_u32(child.0);
    }
    hasher.finish()
}
