//! One pair of ends before and after: which packets have another verdict.
//!
//! In: the traces of both. Out: [`Piece`]s: boxes with the part that they were in before, and the one that they are in
//! now. The pieces are disjoint and hold exactly the packets whose verdicts differ.

use super::{
    Kind,
    pairs::{Couple, Scene},
};
use crate::{
    model::Party,
    reach::Member,
    space::{Addresses, Cube, NAMED, Set, Space},
    trace::{Part, Trace, Verdict},
};

/// A box of one pair of ends.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    pub(super) source: Member,
    pub(super) destination: Member,
    pub(super) cube: Cube,
    /// What ends that are known by name are called.
    pub(super) ends: (String, String),
    pub(super) before: Option<Part>,
    pub(super) after: Option<Part>,
}

/// Every verdict.
pub(super) const VERDICTS: [Verdict; 4] = [Verdict::Allowed, Verdict::Undetermined, Verdict::Mixed, Verdict::Denied];

/// A part as seen by name or by address: its boxes in the terms that both networks share.
struct View<'t> {
    part: &'t Part,
    boxes: Vec<Cube>,
    /// Names of what is known by name.
    ends: (String, String),
}

/// The differences of one pair.
pub(super) fn compare(
    space: &mut Space,
    scene: &Scene<'_>,
    couples: [&Couple; 2],
    before: Option<&Trace>,
    after: Option<&Trace>,
) -> Vec<Piece> {
    if let (Some(before), Some(after)) = (before, after)
        && same_at_a_glance(before, after)
        && couples.iter().all(|couple| !couple.moved)
    {
        return Vec::new();
    }
    let [old, new] = [before, after].map(|trace| views(trace, scene, couples));
    let mut names: Vec<(String, String)> = Vec::new();
    for view in old.iter().chain(&new) {
        if !names.contains(&view.ends) {
            names.push(view.ends.clone());
        }
    }
    names.into_iter().flat_map(|ends| compare_named(space, couples, ends, &old, &new)).collect()
}

fn same_at_a_glance(before: &Trace, after: &Trace) -> bool {
    let same = |(one, other): (&Part, &Part)| {
        one.verdict == other.verdict && one.ends == other.ends && one.boxes == other.boxes
    };
    before.parts.len() == after.parts.len() && before.parts.iter().zip(&after.parts).all(same)
}

fn views<'t>(trace: Option<&'t Trace>, scene: &Scene<'_>, [source, destination]: [&Couple; 2]) -> Vec<View<'t>> {
    let left_out = [source.without(), destination.without()];
    let parts = trace.into_iter().flat_map(|trace| &trace.parts);
    let view = |part: &'t Part| {
        let boxes = part.boxes.iter().map(|cube| Cube {
            source: shared(&cube.source, scene, source, &left_out[0]),
            destination: shared(&cube.destination, scene, destination, &left_out[1]),
            ..cube.clone()
        });
        let boxes: Vec<Cube> = boxes.filter(|cube| !cube.is_empty()).collect();
        let first = boxes.first();
        let name = |addresses: Option<&Addresses>, couple: &Couple, label: &String| match addresses {
            Some(addresses) if is_name(addresses) && couple.moved => couple.name().to_owned(),
            Some(addresses) if is_name(addresses) => label.clone(),
            _ => String::new(),
        };
        let ends = (
            name(first.map(|cube| &cube.source), source, &part.ends.0),
            name(first.map(|cube| &cube.destination), destination, &part.ends.1),
        );
        View { part, boxes, ends }
    };
    parts.map(view).filter(|view| !view.boxes.is_empty()).collect()
}

/// One field in the terms that both networks share.
fn shared(addresses: &Addresses, scene: &Scene<'_>, couple: &Couple, left_out: &Addresses) -> Addresses {
    if couple.moved || is_name(addresses) {
        return Addresses::single(NAMED);
    }
    let both = couple.before.is_some() && couple.after.is_some();
    match couple.party() {
        Some(Party::Internet) if both => addresses.intersect(&scene.internet),
        _ => addresses.minus(left_out),
    }
}

fn is_name(addresses: &Addresses) -> bool {
    *addresses == Addresses::single(NAMED)
}

/// The differences among packets whose named ends are the same.
fn compare_named(
    space: &mut Space,
    couples: [&Couple; 2],
    ends: (String, String),
    old: &[View<'_>],
    new: &[View<'_>],
) -> Vec<Piece> {
    space.clear();
    let (old, new) = (drawn(space, old, &ends), drawn(space, new, &ends));
    let (before, after) = (by_verdict(space, &old), by_verdict(space, &new));
    let mut pieces = Vec::new();
    for (at, old_verdict) in VERDICTS.into_iter().enumerate() {
        for (to, new_verdict) in VERDICTS.into_iter().enumerate() {
            if at == to {
                continue;
            }
            let differing = space.and(before[at], after[to]);
            for (set, was, is) in split(space, differing, &old, &new) {
                for cube in space.cubes(set).iter().filter_map(to_others) {
                    let named = |name: &str, couple: &Couple| {
                        if name.is_empty() { couple.name().to_owned() } else { name.to_owned() }
                    };
                    pieces.push(Piece {
                        kind: Kind::of(old_verdict, new_verdict),
                        source: Member { name: named(&ends.0, couples[0]), addresses: cube.source.clone() },
                        destination: Member { name: named(&ends.1, couples[1]), addresses: cube.destination.clone() },
                        cube,
                        ends: ends.clone(),
                        before: was.cloned(),
                        after: is.cloned(),
                    });
                }
            }
        }
    }
    pieces
}

/// A box without the packets to their own sender, where they can be left out (R224).
fn to_others(cube: &Cube) -> Option<Cube> {
    let only = |addresses: &Addresses| addresses.only().filter(|address| *address != NAMED).map(Addresses::single);
    let source = only(&cube.destination).map_or(cube.source.clone(), |itself| cube.source.minus(&itself));
    let destination = only(&cube.source).map_or(cube.destination.clone(), |itself| cube.destination.minus(&itself));
    let others = Cube { source, destination, ..cube.clone() };
    (!others.is_empty()).then_some(others)
}

fn drawn<'t>(space: &mut Space, views: &[View<'t>], ends: &(String, String)) -> Vec<(Set, &'t Part)> {
    let mut parts = Vec::new();
    for view in views.iter().filter(|view| view.ends == *ends) {
        let sets: Vec<Set> = view.boxes.iter().map(|cube| space.cube(cube)).collect();
        parts.push((space.union(&sets), view.part));
    }
    parts
}

/// The packets of each verdict of [`VERDICTS`]. What has several is mixed; what has none is not there, so denied.
fn by_verdict(space: &mut Space, parts: &[(Set, &Part)]) -> [Set; 4] {
    let mut sets = [Set::EMPTY; 4];
    let (mut seen, mut twice) = (Set::EMPTY, Set::EMPTY);
    for (at, verdict) in VERDICTS.into_iter().enumerate() {
        for (set, _) in parts.iter().filter(|(_, part)| part.verdict == verdict) {
            sets[at] = space.or(sets[at], *set);
        }
        let again = space.and(seen, sets[at]);
        twice = space.or(twice, again);
        seen = space.or(seen, sets[at]);
    }
    let [allowed, open, mixed, _] = sets.map(|set| space.minus(set, twice));
    let mixed = space.or(mixed, twice);
    let some = space.union(&[allowed, open, mixed]);
    [allowed, open, mixed, space.complement(some)]
}

/// A set by the parts that its packets were in and are in.
fn split<'t>(
    space: &mut Space,
    set: Set,
    old: &[(Set, &'t Part)],
    new: &[(Set, &'t Part)],
) -> Vec<(Set, Option<&'t Part>, Option<&'t Part>)> {
    let mut pieces = Vec::new();
    for (of_old, was) in by_part(space, set, old) {
        pieces.extend(by_part(space, of_old, new).into_iter().map(|(set, is)| (set, was, is)));
    }
    pieces
}

fn by_part<'t>(space: &mut Space, set: Set, parts: &[(Set, &'t Part)]) -> Vec<(Set, Option<&'t Part>)> {
    let mut rest = set;
    let mut found = Vec::new();
    for (of_part, part) in parts {
        let here = space.and(rest, *of_part);
        if here != Set::EMPTY {
            found.push((here, Some(*part)));
            rest = space.minus(rest, here);
        }
    }
    if rest != Set::EMPTY {
        found.push((rest, None));
    }
    found
}
