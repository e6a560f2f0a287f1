//! Operators on sets and tables: one memoised recursion, one truth table each.
//!
//! In: two diagrams of one space. Out: the diagram of the result. Deliberately absent: anything that knows
//! which level means what.

use super::arena::{Id, LEVELS, Set, Space, Table};
use rustc_hash::FxHashMap;

/// What to do with the two ends that a packet reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// In both.
    And,
    /// In either.
    Or,
    /// In the left and not in the right.
    Minus,
    /// In exactly one.
    Differ,
    /// The number of the left table, else of the right.
    First,
    /// The number of the left table where the right set is.
    Keep,
    /// The right number where the left set is.
    Paint,
    /// Where the left table has the right number.
    Having,
}

const OPERATORS: usize = 8;

impl Operator {
    /// The result, when it can be seen without looking inside.
    fn at_a_glance(self, left: Id, right: Id) -> Option<Id> {
        match self {
            Operator::And if left == right || right == Id::YES => Some(left),
            Operator::And if left == Id::YES => Some(right),
            Operator::And if left == Id::NO || right == Id::NO => Some(Id::NO),
            Operator::Or if left == right || right == Id::NO => Some(left),
            Operator::Or if left == Id::NO => Some(right),
            Operator::Or if left == Id::YES || right == Id::YES => Some(Id::YES),
            Operator::Minus if left == right || left == Id::NO || right == Id::YES => Some(Id::NO),
            Operator::Minus if right == Id::NO => Some(left),
            Operator::Differ if left == right => Some(Id::NO),
            Operator::Differ if left == Id::NO => Some(right),
            Operator::Differ if right == Id::NO => Some(left),
            Operator::First if left == Id::NO => Some(right),
            Operator::First if left == right || right == Id::NO || left.number().is_some() => Some(left),
            Operator::Keep if left == Id::NO || right == Id::NO => Some(Id::NO),
            Operator::Keep if right == Id::YES => Some(left),
            Operator::Paint if left == Id::NO => Some(Id::NO),
            Operator::Paint if left == Id::YES => Some(right),
            Operator::Having => left.number().map(|_| if left == right { Id::YES } else { Id::NO }),
            _ => None,
        }
    }

    fn commutes(self) -> bool {
        matches!(self, Operator::And | Operator::Or | Operator::Differ)
    }
}

/// Results by operator and operands.
#[derive(Debug, Clone, Default)]
pub(super) struct Memo {
    results: [FxHashMap<(Id, Id), Id>; OPERATORS],
}

impl Memo {
    /// More results than this of one operator are not worth their memory; the memo starts afresh.
    const LIMIT: usize = 4_000_000;

    pub(super) fn clear(&mut self) {
        self.results.iter_mut().for_each(FxHashMap::clear);
    }

    fn recall(&self, operator: Operator, pair: (Id, Id)) -> Option<Id> {
        self.results[operator as usize].get(&pair).copied()
    }

    fn remember(&mut self, operator: Operator, pair: (Id, Id), result: Id) {
        let results = &mut self.results[operator as usize];
        if results.len() >= Self::LIMIT {
            results.clear();
        }
        results.insert(pair, result);
    }
}

/// A place among the edges of a node, seen from a level it may stand below.
#[derive(Clone, Copy)]
struct Cursor {
    at: usize,
    last: u128,
    child: Id,
}

impl Space {
    /// The packets in both.
    pub fn and(&mut self, left: Set, right: Set) -> Set {
        Set(self.operate(Operator::And, left.0, right.0))
    }

    /// The packets in either.
    pub fn or(&mut self, left: Set, right: Set) -> Set {
        Set(self.operate(Operator::Or, left.0, right.0))
    }

    /// The packets in `left` and not in `right`.
    pub fn minus(&mut self, left: Set, right: Set) -> Set {
        Set(self.operate(Operator::Minus, left.0, right.0))
    }

    /// The packets in exactly one of them.
    pub fn differ(&mut self, left: Set, right: Set) -> Set {
        Set(self.operate(Operator::Differ, left.0, right.0))
    }

    /// The packets that are not in it.
    pub fn complement(&mut self, set: Set) -> Set {
        self.minus(Set::FULL, set)
    }

    /// The packets in any of them; a balanced union.
    pub fn union(&mut self, sets: &[Set]) -> Set {
        Set(self.fold(Operator::Or, &sets.iter().map(|set| set.0).collect::<Vec<_>>()))
    }

    /// Whether they share a packet; stops at the first.
    pub fn meets(&mut self, left: Set, right: Set) -> bool {
        self.finds(Operator::And, left.0, right.0)
    }

    /// Whether all packets of `inner` are in `outer`; stops at the first that is not.
    pub fn is_subset(&mut self, inner: Set, outer: Set) -> bool {
        !self.finds(Operator::Minus, inner.0, outer.0)
    }

    /// The table that gives each packet the number of the first part it is in; 0 where it is in none.
    /// Numbers have 31 bits.
    pub fn assign(&mut self, parts: &[(Set, u32)]) -> Table {
        let tables: Vec<Id> =
            parts.iter().map(|(set, number)| self.operate(Operator::Paint, set.0, Id::end(*number))).collect();
        Table(self.fold(Operator::First, &tables))
    }

    /// The number of `left` where it has one, else that of `right`.
    pub fn first(&mut self, left: Table, right: Table) -> Table {
        Table(self.operate(Operator::First, left.0, right.0))
    }

    /// The table cut down to a set; 0 outside of it.
    pub fn keep(&mut self, table: Table, set: Set) -> Table {
        Table(self.operate(Operator::Keep, table.0, set.0))
    }

    /// The packets with this number.
    pub fn having(&mut self, table: Table, number: u32) -> Set {
        Set(self.operate(Operator::Having, table.0, Id::end(number)))
    }

    /// The packets whose number is wanted.
    pub fn numbered(&mut self, table: Table, is_wanted: impl Fn(u32) -> bool) -> Set {
        Set(self.chosen(table.0, &is_wanted, &mut FxHashMap::default()))
    }

    fn chosen(&mut self, id: Id, is_wanted: &impl Fn(u32) -> bool, known: &mut FxHashMap<Id, Id>) -> Id {
        if let Some(number) = id.number() {
            return if number != 0 && is_wanted(number) { Id::YES } else { Id::NO };
        }
        if let Some(result) = known.get(&id) {
            return *result;
        }
        let begun = self.begin();
        for at in self.edges_of(id) {
            let (last, child) = self.edge(at);
            let child = self.chosen(child, is_wanted, known);
            self.push(begun, last, child);
        }
        let result = self.finish(begun, self.level(id));
        known.insert(id, result);
        result
    }

    /// Combines in order and in halves, which keeps the intermediate diagrams small.
    fn fold(&mut self, operator: Operator, ids: &[Id]) -> Id {
        match ids {
            [] => Id::NO,
            [only] => *only,
            _ => {
                let (front, back) = ids.split_at(ids.len() / 2);
                let (front, back) = (self.fold(operator, front), self.fold(operator, back));
                self.operate(operator, front, back)
            }
        }
    }

    pub(super) fn operate(&mut self, operator: Operator, left: Id, right: Id) -> Id {
        if let Some(result) = operator.at_a_glance(left, right) {
            return result;
        }
        let pair = if operator.commutes() && right < left { (right, left) } else { (left, right) };
        if let Some(result) = self.memo.recall(operator, pair) {
            return result;
        }
        if self.overflowed() {
            return Id::NO;
        }
        let result = self.operate_on_edges(operator, pair);
        if !self.overflowed() {
            self.memo.remember(operator, pair, result);
        }
        result
    }

    fn operate_on_edges(&mut self, operator: Operator, (left, right): (Id, Id)) -> Id {
        let level = self.level(left).min(self.level(right));
        let end = self.last_of(level);
        let (mut a, mut b) = (self.enter(left, level), self.enter(right, level));
        let begun = self.begin();
        loop {
            let last = a.last.min(b.last);
            let child = self.operate(operator, a.child, b.child);
            self.push(begun, last, child);
            if last == end {
                return self.finish(begun, level);
            }
            self.pass(&mut a, last);
            self.pass(&mut b, last);
        }
    }

    /// Whether the result of the operator holds anything, without building it.
    fn finds(&mut self, operator: Operator, left: Id, right: Id) -> bool {
        if let Some(result) = operator.at_a_glance(left, right) {
            return result != Id::NO;
        }
        let pair = if operator.commutes() && right < left { (right, left) } else { (left, right) };
        if let Some(result) = self.memo.recall(operator, pair) {
            return result != Id::NO;
        }
        let found = self.finds_on_edges(operator, pair);
        if !found {
            self.memo.remember(operator, pair, Id::NO);
        }
        found
    }

    fn finds_on_edges(&mut self, operator: Operator, (left, right): (Id, Id)) -> bool {
        let level = self.level(left).min(self.level(right));
        let end = self.last_of(level);
        let (mut a, mut b) = (self.enter(left, level), self.enter(right, level));
        loop {
            let last = a.last.min(b.last);
            if self.finds(operator, a.child, b.child) {
                return true;
            }
            if last == end {
                return false;
            }
            self.pass(&mut a, last);
            self.pass(&mut b, last);
        }
    }

    fn enter(&self, id: Id, level: usize) -> Cursor {
        debug_assert!(level < LEVELS, "two ends are decided at a glance");
        if self.level(id) > level {
            return Cursor { at: 0, last: self.last_of(level), child: id };
        }
        let at = self.edges_of(id).start;
        let (last, child) = self.edge(at);
        Cursor { at, last, child }
    }

    fn pass(&self, cursor: &mut Cursor, last: u128) {
        if cursor.last == last {
            cursor.at += 1;
            (cursor.last, cursor.child) = self.edge(cursor.at);
        }
    }
}
