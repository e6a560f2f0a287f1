//! Where Azure chooses among several fates of a packet: every choice is tried, one after the other.
//!
//! In: a walk that asks for a choice where Azure has one. Out: allowed where every choice works, denied where none does.

use super::{Verdict, Walk};
use std::cell::RefCell;

/// More than that many ways through a network and the oracle is no judge.
const MOST: usize = 256;

/// The choices of one walk: what was taken, out of how many; those beyond the end take the first.
#[derive(Debug, Clone, Default)]
pub(super) struct Choices(RefCell<Taken>);

#[derive(Debug, Clone, Default)]
struct Taken {
    script: Vec<(usize, usize)>,
    asked: usize,
}

impl Choices {
    /// The next combination, like an odometer.
    fn next(self) -> Option<Choices> {
        let mut script = self.0.into_inner().script;
        while let Some((taken, of)) = script.pop() {
            if taken + 1 < of {
                script.push((taken + 1, of));
                return Some(Choices(RefCell::new(Taken { script, asked: 0 })));
            }
        }
        None
    }
}

impl Walk<'_> {
    /// One of so many.
    pub(super) fn choose(&self, of: usize) -> usize {
        let mut taken = self.choices.0.borrow_mut();
        let at = taken.asked;
        taken.asked += 1;
        if at == taken.script.len() {
            taken.script.push((0, of));
        }
        taken.script[at].0
    }
}

/// The verdict over all choices.
pub(super) fn every(walk: impl Fn(Choices) -> (Verdict, Choices)) -> Verdict {
    let mut choices = Choices::default();
    let mut verdicts = Vec::new();
    for _ in 0..MOST {
        let (verdict, taken) = walk(choices);
        if matches!(verdict, Verdict::Undetermined(_)) {
            return verdict;
        }
        verdicts.push(verdict);
        match taken.next() {
            Some(next) => choices = next,
            None => return together(verdicts),
        }
    }
    Verdict::Undetermined("too many choices".into())
}

fn together(mut verdicts: Vec<Verdict>) -> Verdict {
    let allowed = verdicts.iter().filter(|verdict| **verdict == Verdict::Allowed).count();
    match allowed {
        0 => verdicts.swap_remove(0),
        all if all == verdicts.len() => Verdict::Allowed,
        _ => Verdict::Mixed,
    }
}
