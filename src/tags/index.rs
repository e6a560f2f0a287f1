//! Which sets of a list hold an address, without asking each.
//!
//! In: address sets in an order. Out: the positions of those that hold a point. Deliberately absent: names.

use crate::space::{Addresses, Bound};
use std::collections::BTreeSet;

/// The line of addresses cut at every border of every set.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// First point of each stretch, ascending; the stretch ends before the next.
    starts: Vec<u128>,
    /// Where the members of each stretch begin in `members`; one more entry than `starts`.
    bounds: Vec<usize>,
    /// Positions of sets, ascending within a stretch.
    members: Vec<u32>,
}

impl Index {
    /// The index of `sets`.
    pub(super) fn new<'a>(sets: impl IntoIterator<Item = &'a Addresses>) -> Self {
        let borders = borders(sets);
        let mut index = Index { bounds: vec![0], ..Index::default() };
        let mut open = BTreeSet::new();
        for here in borders.chunk_by(|a, b| a.0 == b.0) {
            for (_, set, opens) in here {
                if *opens {
                    open.insert(*set)
                } else {
                    open.remove(set)
                };
            }
            index.starts.push(here[0].0);
            index.members.extend(&open);
            index.bounds.push(index.members.len());
        }
        index
    }

    /// Positions of the sets that hold `point`, ascending.
    pub(super) fn holders(&self, point: u128) -> &[u32] {
        match self.starts.partition_point(|start| *start <= point).checked_sub(1) {
            Some(stretch) => &self.members[self.bounds[stretch]..self.bounds[stretch + 1]],
            None => &[],
        }
    }
}

/// Every point at which a set begins, or has ended, ascending. A set's ranges never touch, so it never does both
/// at one point.
fn borders<'a>(sets: impl IntoIterator<Item = &'a Addresses>) -> Vec<(u128, u32, bool)> {
    let mut borders = Vec::new();
    for (position, set) in (0_u32..).zip(sets) {
        for (first, last) in set.iter() {
            borders.push((first, position, true));
            borders.extend(last.next().map(|after| (after, position, false)));
        }
    }
    borders.sort_unstable();
    borders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_asking_each() {
        let sets = [
            Addresses::from_ranges([(0, 3), (10, 20)]),
            Addresses::range(5, 15),
            Addresses::empty(),
            Addresses::range(15, u128::MAX),
            Addresses::all(),
        ];
        let index = Index::new(&sets);
        for point in (0..30).chain([u128::MAX - 1, u128::MAX]) {
            let slow: Vec<u32> = (0_u32..).zip(&sets).filter(|(_, set)| set.contains(point)).map(|(i, _)| i).collect();
            assert_eq!(index.holders(point), slow, "{point}");
        }
    }

    #[test]
    fn nothing_holds_nothing() {
        assert!(Index::new([]).holders(7).is_empty());
        assert!(Index::new(&[Addresses::single(9)]).holders(7).is_empty());
    }
}
