//! What a change gains and loses: two networks, every pair of ends, exactly.
//!
//! In: two networks. Out: a [`Diff`]: boxes of packets whose verdict is another, each with its verdict and deciders before
//! and after. Ends are matched by name; where a machine has moved, its packets are matched by its name too. Every packet
//! between two ends is in no change when its verdict is the same, else in exactly one list: so an empty diff is a proof.
//! Deliberately absent: deciding anything; it is the walk of `evaluate`, twice.

mod compare;
mod group;
mod pairs;
mod spared;
mod verdicts;

pub use group::Change;

use crate::{
    evaluate::{self, Question, evaluate_all},
    flow,
    network::Network,
    reach::{End, Side, is_outsider},
    space::Space,
    trace::{Trace, Verdict},
};
use compare::compare;
use pairs::{Couple, Scene};
use spared::Spared;

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// How many sources were asked about.
    pub sources: usize,
    /// How many destinations.
    pub destinations: usize,
    /// Now allowed.
    pub gained: Vec<Change>,
    /// No longer allowed; or surely denied where a fact was missing.
    pub lost: Vec<Change>,
    /// Now hangs on a missing fact.
    pub undetermined: Vec<Change>,
}

impl Diff {
    /// Whether every packet fares as before.
    pub fn is_empty(&self) -> bool {
        self.gained.is_empty() && self.lost.is_empty() && self.undetermined.is_empty()
    }
}

/// Compares all flows of two networks. Pairs of ends that nothing has changed for are not walked.
pub fn diff(before: &Network, after: &Network) -> Diff {
    compared(before, after, &Spared::of(before, after), verdicts::differing)
}

/// The same with every pair walked by itself and explained: slow, and the judge of [`diff`].
pub fn diff_of_all_pairs(before: &Network, after: &Network) -> Diff {
    compared(before, after, &Spared::None, |_, _, _, all| all)
}

/// The destinations of a source whose packets are compared in full.
type Choice = for<'c> fn(&mut Space, [&Network; 2], &Couple, Vec<&'c Couple>) -> Vec<&'c Couple>;

fn compared(before: &Network, after: &Network, spared: &Spared<'_>, chosen: Choice) -> Diff {
    let scene = Scene::of(before, after);
    let (sources, destinations) = (scene.couples(Side::Source), scene.couples(Side::Destination));
    let mut space = Space::new();
    let mut pieces = Vec::new();
    let differing = evaluate::each(&sources, |space, source| {
        let is_asked = |one: &&Couple| !is_nothing(source, one) && !spared.holds([source, one]);
        let asked: Vec<&Couple> = destinations.iter().filter(is_asked).collect();
        chosen(space, [before, after], source, asked)
    });
    for (source, asked) in sources.iter().zip(differing) {
        let of_before = answers(before, &asked, |couple| couple.before.as_ref(), source.before.as_ref());
        let of_after = answers(after, &asked, |couple| couple.after.as_ref(), source.after.as_ref());
        for ((destination, one), other) in asked.iter().zip(of_before).zip(of_after) {
            let found = compare(&mut space, &scene, [source, destination], one.as_ref(), other.as_ref());
            pieces.extend(found);
        }
    }
    let all = group::changes(pieces);
    let with =
        |wanted: Kind| all.iter().filter(|(kind, _)| *kind == wanted).map(|(_, change)| change.clone()).collect();
    Diff {
        sources: sources.len(),
        destinations: destinations.len(),
        gained: with(Kind::Gained),
        lost: with(Kind::Lost),
        undetermined: with(Kind::Undetermined),
    }
}

/// What outsiders say to each other is no question about these networks.
fn is_nothing(source: &Couple, destination: &Couple) -> bool {
    [source, destination].iter().all(|one| one.party().is_some_and(is_outsider))
}

/// Which list a difference belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Gained,
    Lost,
    Undetermined,
}

impl Kind {
    /// By the verdicts, which differ.
    fn of(before: Verdict, after: Verdict) -> Kind {
        match (before, after) {
            (_, Verdict::Allowed) | (Verdict::Denied, Verdict::Mixed) => Kind::Gained,
            (_, Verdict::Undetermined) => Kind::Undetermined,
            _ => Kind::Lost,
        }
    }
}

/// Every packet, between whomever.
fn everything() -> flow::Flow {
    flow::Flow {
        source: flow::End::Internet,
        destination: flow::End::Internet,
        protocol: flow::Protocol::Any,
        ports: crate::space::Ports::all(),
        source_ports: None,
    }
}

/// One side's answers about a source and all destinations; nothing where an end is not there.
fn answers(
    network: &Network,
    asked: &[&Couple],
    of: impl Fn(&Couple) -> Option<&End>,
    source: Option<&End>,
) -> Vec<Option<Trace>> {
    let question = |from: &End, to: &End| {
        let named = |end: &End| flow::End::Name(vec![end.name.to_lowercase()]);
        let flow = flow::Flow { source: named(from), destination: named(to), ..everything() };
        Question::new(flow, vec![from.party.clone()], vec![to.party.clone()])
    };
    let questions: Vec<Option<Question>> = asked.iter().map(|couple| Some(question(source?, of(couple)?))).collect();
    let some: Vec<Question> = questions.iter().flatten().cloned().collect();
    let mut traces = evaluate_all(network, &some).into_iter();
    questions.into_iter().map(|question| question.and_then(|_| traces.next())).collect()
}
