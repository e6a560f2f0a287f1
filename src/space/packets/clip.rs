//! Sets against a single cube, and sets with one field fixed or forgotten.
//!
//! In: a set and a cube, a field, a value. Out: sets. Only the edges that the cube touches are visited, and
//! the diagram of the cube is never built. Deliberately absent: rewrites as such; a rewrite
//! "field := value" is [`Space::fixed_at`] read backwards.

use super::arena::{Id, LEVELS, Set, Space, Table};
use super::cube::{Cube, Dimension, Interval, Intervals, Protocols};
use super::operate::Operator;
use crate::space::{Addresses, Ports};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// A cube by level, and what becomes of the packets inside and outside of it.
struct Stencil {
    levels: [Intervals; LEVELS],
    /// Where the cube is full.
    is_full: [bool; LEVELS],
    /// From this level on the cube is full.
    full_from: usize,
    /// Whether the inside is kept and the outside dropped, or the other way round.
    keeps: bool,
    memo: Known,
}

/// Results by node and level. Most sets are small: their few results are found faster in a list than by a hash.
#[derive(Default)]
struct Known {
    first: SmallVec<[(Id, u8, Id); Known::FEW]>,
    more: FxHashMap<(Id, u8), Id>,
}

impl Known {
    const FEW: usize = 16;

    fn get(&self, id: Id, level: usize) -> Option<Id> {
        let level = level as u8;
        let early = self.first.iter().find(|(node, at, _)| *node == id && *at == level).map(|(.., result)| *result);
        early.or_else(|| if self.more.is_empty() { None } else { self.more.get(&(id, level)).copied() })
    }

    fn insert(&mut self, id: Id, level: usize, result: Id) {
        if self.first.len() < Self::FEW {
            self.first.push((id, level as u8, result));
        } else {
            self.more.insert((id, level as u8), result);
        }
    }
}

impl Space {
    /// The packets of a cube.
    pub fn cube(&mut self, cube: &Cube) -> Set {
        if cube.is_empty() {
            return Set::EMPTY;
        }
        let mut below = Id::YES;
        for level in (0..LEVELS).rev() {
            below = self.within(level, &cube.intervals(self.order[level]), below);
        }
        Set(below)
    }

    /// All packets to these addresses.
    pub fn destinations(&mut self, addresses: &Addresses) -> Set {
        self.cube(&Cube { destination: addresses.clone(), ..Cube::all() })
    }

    /// All packets from these addresses.
    pub fn sources(&mut self, addresses: &Addresses) -> Set {
        self.cube(&Cube { source: addresses.clone(), ..Cube::all() })
    }

    /// All packets of these protocols.
    pub fn protocols(&mut self, protocols: &Protocols) -> Set {
        self.cube(&Cube { protocols: protocols.clone(), ..Cube::all() })
    }

    /// All packets to these ports; of every protocol, also those whose ports carry no meaning.
    pub fn destination_ports(&mut self, ports: &Ports) -> Set {
        self.cube(&Cube { destination_ports: ports.clone(), ..Cube::all() })
    }

    /// All packets from these ports; of every protocol, also those whose ports carry no meaning.
    pub fn source_ports(&mut self, ports: &Ports) -> Set {
        self.cube(&Cube { source_ports: ports.clone(), ..Cube::all() })
    }

    /// The packets of the set that are in the cube.
    pub fn and_cube(&mut self, set: Set, cube: &Cube) -> Set {
        if cube.is_empty() {
            return Set::EMPTY;
        }
        let mut stencil = self.stencil(cube, true);
        Set(self.clip(set.0, 0, &mut stencil))
    }

    /// The packets of the set that are not in the cube.
    pub fn minus_cube(&mut self, set: Set, cube: &Cube) -> Set {
        if cube.is_empty() {
            return set;
        }
        let mut stencil = self.stencil(cube, false);
        Set(self.clip(set.0, 0, &mut stencil))
    }

    /// The packets that would be in the set if the field had this value, whatever it is: the set before a
    /// rewrite "field := value". Protocols are given by number.
    pub fn fixed_at(&mut self, set: Set, dimension: Dimension, value: u128) -> Set {
        match axis_value(dimension, value) {
            Some(value) => {
                let level = self.level_of(dimension);
                Set(self.fix(set.0, level, value, &mut FxHashMap::default()))
            }
            None => Set::EMPTY,
        }
    }

    /// The same for a table.
    pub fn table_fixed_at(&mut self, table: Table, dimension: Dimension, value: u128) -> Table {
        Table(self.fixed_at(Set(table.0), dimension, value).0)
    }

    /// The packets that are in the set for some value of the field.
    pub fn forget(&mut self, set: Set, dimension: Dimension) -> Set {
        let level = self.level_of(dimension);
        Set(self.quantify(set.0, level, &mut FxHashMap::default()))
    }

    /// Copies a set of another space into this one.
    pub fn import(&mut self, from: &Space, set: Set) -> Set {
        debug_assert_eq!(self.order, from.order, "only spaces with the same order of levels");
        Set(self.copy(from, set.0, &mut FxHashMap::default()))
    }

    /// Copies a table of another space into this one.
    pub fn import_table(&mut self, from: &Space, table: Table) -> Table {
        Table(self.import(from, Set(table.0)).0)
    }

    fn stencil(&self, cube: &Cube, keeps: bool) -> Stencil {
        let levels: [Intervals; LEVELS] = std::array::from_fn(|level| cube.intervals(self.order[level]));
        let is_full: [bool; LEVELS] =
            std::array::from_fn(|level| levels[level].as_slice() == [(0, self.last_of(level))]);
        let full_from = LEVELS - is_full.iter().rev().take_while(|full| **full).count();
        Stencil { levels, is_full, full_from, keeps, memo: Known::default() }
    }

    /// A node that is `inside` in the intervals and [`Id::NO`] elsewhere.
    fn within(&mut self, level: usize, intervals: &[Interval], inside: Id) -> Id {
        let end = self.last_of(level);
        let begun = self.begin();
        for &(first, last) in intervals {
            if first > 0 {
                self.push(begun, first - 1, Id::NO);
            }
            self.push(begun, last, inside);
        }
        if intervals.last().is_none_or(|(_, last)| *last < end) {
            self.push(begun, end, Id::NO);
        }
        self.finish(begun, level)
    }

    fn clip(&mut self, id: Id, level: usize, stencil: &mut Stencil) -> Id {
        if id == Id::NO {
            return Id::NO;
        }
        // A level at which everything goes on alike needs no node.
        let above = self.level(id).min(stencil.full_from);
        let level = (level..above).find(|level| !stencil.is_full[*level]).unwrap_or(above.max(level));
        if level >= stencil.full_from {
            return if stencil.keeps { id } else { Id::NO };
        }
        if let Some(known) = stencil.memo.get(id, level) {
            return known;
        }
        let clipped = self.clip_edges(id, level, stencil);
        stencil.memo.insert(id, level, clipped);
        clipped
    }

    fn clip_edges(&mut self, id: Id, level: usize, stencil: &mut Stencil) -> Id {
        let end = self.last_of(level);
        let begun = self.begin();
        let mut next = 0;
        for at in 0..stencil.levels[level].len() {
            let (first, last) = stencil.levels[level][at];
            if first > next {
                self.copy_outside(begun, id, level, (next, first - 1), stencil.keeps);
            }
            self.clip_inside(begun, id, level, (first, last), stencil);
            if last == end {
                return self.finish(begun, level);
            }
            next = last + 1;
        }
        self.copy_outside(begun, id, level, (next, end), stencil.keeps);
        self.finish(begun, level)
    }

    fn copy_outside(&mut self, begun: usize, id: Id, level: usize, stretch: Interval, keeps: bool) {
        if keeps {
            return self.push(begun, stretch.1, Id::NO);
        }
        if self.level(id) > level {
            return self.push(begun, stretch.1, id);
        }
        let mut at = self.edge_at(id, stretch.0);
        loop {
            let (last, child) = self.edge(at);
            self.push(begun, last.min(stretch.1), child);
            if last >= stretch.1 {
                return;
            }
            at += 1;
        }
    }

    fn clip_inside(&mut self, begun: usize, id: Id, level: usize, stretch: Interval, stencil: &mut Stencil) {
        if self.level(id) > level {
            let child = self.clip(id, level + 1, stencil);
            return self.push(begun, stretch.1, child);
        }
        let mut at = self.edge_at(id, stretch.0);
        loop {
            let (last, child) = self.edge(at);
            let child = self.clip(child, level + 1, stencil);
            self.push(begun, last.min(stretch.1), child);
            if last >= stretch.1 {
                return;
            }
            at += 1;
        }
    }

    fn fix(&mut self, id: Id, level: usize, value: u128, memo: &mut FxHashMap<Id, Id>) -> Id {
        if self.level(id) > level {
            return id;
        }
        if self.level(id) == level {
            return self.edge(self.edge_at(id, value)).1;
        }
        self.rebuild(id, memo, |space, child, memo| space.fix(child, level, value, memo))
    }

    fn quantify(&mut self, id: Id, level: usize, memo: &mut FxHashMap<Id, Id>) -> Id {
        if self.level(id) > level {
            return id;
        }
        if self.level(id) == level {
            let children = self.edges_of(id).map(|at| self.edge(at).1).collect::<Vec<_>>();
            return children.into_iter().fold(Id::NO, |any, child| self.operate(Operator::Or, any, child));
        }
        self.rebuild(id, memo, |space, child, memo| space.quantify(child, level, memo))
    }

    /// The node with each child replaced.
    fn rebuild(
        &mut self,
        id: Id,
        memo: &mut FxHashMap<Id, Id>,
        replace: impl Fn(&mut Space, Id, &mut FxHashMap<Id, Id>) -> Id,
    ) -> Id {
        if let Some(known) = memo.get(&id) {
            return *known;
        }
        let begun = self.begin();
        for at in self.edges_of(id) {
            let (last, child) = self.edge(at);
            let child = replace(self, child, memo);
            self.push(begun, last, child);
        }
        let rebuilt = self.finish(begun, self.level(id));
        memo.insert(id, rebuilt);
        rebuilt
    }

    fn copy(&mut self, from: &Space, id: Id, memo: &mut FxHashMap<Id, Id>) -> Id {
        if id.number().is_some() {
            return id;
        }
        if let Some(known) = memo.get(&id) {
            return *known;
        }
        let begun = self.begin();
        for at in from.edges_of(id) {
            let (last, child) = from.edge(at);
            let child = self.copy(from, child, memo);
            self.push(begun, last, child);
        }
        let copied = self.finish(begun, from.level(id));
        memo.insert(id, copied);
        copied
    }
}

fn axis_value(dimension: Dimension, value: u128) -> Option<u128> {
    match dimension {
        Dimension::Protocol => u8::try_from(value).ok().and_then(super::cube::place_of).map(|place| place as u128),
        _ => (value <= dimension.last()).then_some(value),
    }
}
