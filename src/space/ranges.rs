//! Sorted, disjoint, non-adjacent inclusive ranges: the one-dimensional sets of the house.
//!
//! In: bounds. Out: canonical sets with the usual algebra; equality of sets is equality of values.

use smallvec::{SmallVec, smallvec};
use std::fmt::Debug;

/// An integer that can bound a range.
pub trait Bound: Copy + Ord + Debug {
    /// As many ranges as most sets of these have: they need no memory of their own.
    type Few: smallvec::Array<Item = (Self, Self)>;
    /// The smallest value.
    const MIN: Self;
    /// The largest value.
    const MAX: Self;
    /// The value after this one, if any.
    fn next(self) -> Option<Self>;
    /// The value before this one, if any.
    fn previous(self) -> Option<Self>;
}

macro_rules! bounds {
    ($($integer:ty: $few:literal),*) => {$(
        impl Bound for $integer {
            type Few = [(Self, Self); $few];
            const MIN: Self = <$integer>::MIN;
            const MAX: Self = <$integer>::MAX;
            fn next(self) -> Option<Self> { self.checked_add(1) }
            fn previous(self) -> Option<Self> { self.checked_sub(1) }
        }
    )*};
}
bounds!(u8: 4, u16: 2, u32: 1, u128: 1);

/// A canonical set of integers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ranges<T: Bound> {
    /// Inclusive, sorted, never touching.
    ranges: Few<T>,
}

type Few<T> = SmallVec<<T as Bound>::Few>;

impl<T: Bound> Default for Ranges<T> {
    fn default() -> Self {
        Ranges { ranges: Few::<T>::new() }
    }
}

impl<T: Bound> Ranges<T> {
    /// Nothing.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Everything.
    pub fn all() -> Self {
        Self::range(T::MIN, T::MAX)
    }

    /// One value.
    pub fn single(value: T) -> Self {
        Self::range(value, value)
    }

    /// `first` to `last`, both included; empty when `first > last`.
    pub fn range(first: T, last: T) -> Self {
        if first > last { Self::empty() } else { Ranges { ranges: smallvec![(first, last)] } }
    }

    /// The union of ranges given in any order.
    pub fn from_ranges(ranges: impl IntoIterator<Item = (T, T)>) -> Self {
        let mut sorted: Few<T> = ranges.into_iter().filter(|(first, last)| first <= last).collect();
        sorted.sort_unstable();
        let mut merged = Few::<T>::new();
        for (first, last) in sorted {
            match merged.last_mut() {
                Some(open) if touches(open.1, first) => open.1 = open.1.max(last),
                _ => merged.push((first, last)),
            }
        }
        Ranges { ranges: merged }
    }

    /// True when there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// True when every value is in it.
    pub fn is_all(&self) -> bool {
        self.ranges.first() == Some(&(T::MIN, T::MAX))
    }

    /// Whether `value` is in it.
    pub fn contains(&self, value: T) -> bool {
        let after = self.ranges.partition_point(|(first, _)| *first <= value);
        after > 0 && value <= self.ranges[after - 1].1
    }

    /// The ranges, ascending.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (T, T)> + '_ {
        self.ranges.iter().copied()
    }

    /// The smallest value.
    pub fn first(&self) -> Option<T> {
        self.ranges.first().map(|(first, _)| *first)
    }

    /// The only value, when there is exactly one.
    pub fn only(&self) -> Option<T> {
        match self.ranges.as_slice() {
            [(first, last)] if first == last => Some(*first),
            _ => None,
        }
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::from_ranges(self.iter().chain(other.iter()))
    }

    /// What is in both.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let mut common = Few::<T>::new();
        let (mut i, mut j) = (0, 0);
        while i < self.ranges.len() && j < other.ranges.len() {
            let (a, b) = (self.ranges[i], other.ranges[j]);
            let (first, last) = (a.0.max(b.0), a.1.min(b.1));
            if first <= last {
                common.push((first, last));
            }
            if a.1 < b.1 { i += 1 } else { j += 1 }
        }
        Ranges { ranges: common }
    }

    /// What is not in it.
    #[must_use]
    pub fn complement(&self) -> Self {
        let mut gaps = Few::<T>::new();
        let mut from = Some(T::MIN);
        for (first, last) in self.iter() {
            if let (Some(start), Some(end)) = (from, first.previous())
                && start <= end
            {
                gaps.push((start, end));
            }
            from = last.next();
        }
        if let Some(start) = from {
            gaps.push((start, T::MAX));
        }
        Ranges { ranges: gaps }
    }

    /// What is in `self` and not in `other`.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        self.intersect(&other.complement())
    }

    /// Whether all of `self` is in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.iter().all(|(first, last)| {
            let after = other.ranges.partition_point(|(start, _)| *start <= first);
            after > 0 && last <= other.ranges[after - 1].1
        })
    }

    /// Whether they share a value.
    pub fn meets(&self, other: &Self) -> bool {
        let (mut i, mut j) = (0, 0);
        while i < self.ranges.len() && j < other.ranges.len() {
            let (a, b) = (self.ranges[i], other.ranges[j]);
            if a.0.max(b.0) <= a.1.min(b.1) {
                return true;
            }
            if a.1 < b.1 { i += 1 } else { j += 1 }
        }
        false
    }
}

/// Whether a range starting at `next` continues one ending at `last`.
fn touches<T: Bound>(last: T, next: T) -> bool {
    last.next().is_none_or(|after| next <= after)
}
