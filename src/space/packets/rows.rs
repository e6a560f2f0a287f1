//! A set as a short list of cubes, for people.
//!
//! In: a set. Out: pairwise disjoint cubes that make it up exactly, in an order that depends on the set
//! alone. Deliberately absent: the fewest possible cubes (too costly), and names for them.

use super::arena::{Id, LEVELS, Set, Space};
use super::cube::{Cube, Dimension, Intervals};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

/// A map in the order of its insertions.
type FxIndexMap<K, V> = IndexMap<K, V, FxBuildHasher>;

/// Up to this many rows the port-first order is tried too.
const SMALL: usize = 512;
/// What the port-first diagram may cost, in edges.
const REGROUPING_BUDGET: usize = 200_000;

const PORTS_FIRST: [Dimension; LEVELS] =
    [Dimension::Protocol, Dimension::DestinationPort, Dimension::SourcePort, Dimension::Destination, Dimension::Source];

impl Space {
    /// The set as pairwise disjoint cubes, few rather than many, in a deterministic order.
    ///
    /// Large sets give many: see [`Space::cubes_up_to`].
    pub fn cubes(&self, set: Set) -> Vec<Cube> {
        self.cubes_up_to(set, usize::MAX).unwrap_or_default()
    }

    /// The same, or nothing when there would be more than `limit` paths to write down.
    pub fn cubes_up_to(&self, set: Set, limit: usize) -> Option<Vec<Cube>> {
        let native = merged(self.paths(set, limit)?);
        let mut rows = match regrouped(&native) {
            Some(ports_first) if length(&ports_first) < length(&native) => ports_first,
            _ => native,
        };
        rows.sort_by_key(sort_key);
        Some(rows)
    }

    /// One row for each path, edges with the same child taken together.
    fn paths(&self, set: Set, limit: usize) -> Option<Vec<Cube>> {
        let mut rows = Vec::new();
        self.follow(set.0, &mut Cube::all(), limit, &mut rows).then_some(rows)
    }

    /// Adds the paths below a node; false when there are too many.
    fn follow(&self, id: Id, row: &mut Cube, limit: usize, rows: &mut Vec<Cube>) -> bool {
        if id == Id::NO {
            return true;
        }
        if id == Id::YES {
            rows.push(row.clone());
            return rows.len() <= limit;
        }
        let dimension = self.order[self.level(id)];
        let complete = self.grouped(id).into_iter().all(|(child, intervals)| {
            row.set_intervals(dimension, &intervals);
            self.follow(child, row, limit, rows)
        });
        row.set_intervals(dimension, &[(0, dimension.last())]);
        complete
    }

    /// The children of a node and the intervals that lead to each.
    fn grouped(&self, id: Id) -> FxIndexMap<Id, Intervals> {
        let mut groups: FxIndexMap<Id, Intervals> = FxIndexMap::default();
        for (first, last, child) in self.intervals(id).filter(|edge| edge.2 != Id::NO) {
            groups.entry(child).or_default().push((first, last));
        }
        groups
    }
}

/// How long the rows are to read: how many, then how many intervals.
fn length(rows: &[Cube]) -> (usize, usize) {
    (rows.len(), rows.iter().flat_map(sort_key).map(|intervals| intervals.len()).sum())
}

/// The rows of the same set in the other order of fields.
fn regrouped(rows: &[Cube]) -> Option<Vec<Cube>> {
    if rows.len() < 2 || rows.len() > SMALL {
        return None;
    }
    let mut space = Space::in_order(PORTS_FIRST, REGROUPING_BUDGET);
    let sets: Vec<Set> = rows.iter().map(|row| space.cube(row)).collect();
    let whole = space.union(&sets);
    if space.overflowed() { None } else { space.paths(whole, 4 * SMALL).map(merged) }
}

/// Rows that differ in one field become one, until none do.
fn merged(mut rows: Vec<Cube>) -> Vec<Cube> {
    while rows.len() > 1 {
        let before = rows.len();
        for dimension in PORTS_FIRST {
            rows = merged_along(rows, dimension);
        }
        if rows.len() == before {
            break;
        }
    }
    rows
}

fn merged_along(rows: Vec<Cube>, dimension: Dimension) -> Vec<Cube> {
    let mut groups: FxIndexMap<Cube, Intervals> = FxIndexMap::default();
    for mut row in rows {
        let intervals = row.intervals(dimension);
        row.set_intervals(dimension, &[]);
        groups.entry(row).or_default().extend(intervals);
    }
    let join = |(mut row, intervals): (Cube, Intervals)| {
        row.set_intervals(dimension, &intervals);
        row
    };
    groups.into_iter().map(join).collect()
}

fn sort_key(row: &Cube) -> [Intervals; LEVELS] {
    PORTS_FIRST.map(|dimension| row.intervals(dimension))
}
