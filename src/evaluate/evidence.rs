//! From fates to the parts of a trace: hops, steps, deciders, boxes.
//!
//! In: the [`Fate`]s of one journey. Out: [`Part`]s. Deliberately absent: deciding anything anew; what is said
//! here was recorded by the walk.

use super::{
    filter::NO_RULE,
    flight::{Fate, Mark},
    steps,
};
use crate::{
    model::Fact,
    network::Network,
    space::{Set, Space},
    trace::{self, DeciderKind, Hop, Outcome, Part, Step, Trace, Verdict},
};

/// A part before its boxes are drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sketch {
    pub(super) set: Set,
    pub(super) part: Part,
}

/// Tells a fate.
pub(super) fn sketch(network: &Network, space: &mut Space, fate: &Fate, ends: &(String, String)) -> Option<Sketch> {
    let witness = space.witness(fate.part)?;
    let (mut forward, mut reply) = (Vec::new(), Vec::new());
    let mut back = false;
    for mark in fate.trail.marks() {
        let hops: &mut Vec<Hop> = if back { &mut reply } else { &mut forward };
        match mark {
            Mark::Turn => back = true,
            Mark::At(at) => hops.push(Hop { at: at.to_string(), steps: Vec::new() }),
            Mark::Step(step) => add(hops, (*step).clone()),
            Mark::Filtered { .. } => {
                for step in rules_of(network, space, &mark, fate.part) {
                    add(hops, step);
                }
            }
        }
    }
    for step in &fate.beside {
        add(if back { &mut reply } else { &mut forward }, (**step).clone());
    }
    let decided_by = match fate.hung_on.as_slice() {
        [] => {
            let mut deciders = deciders(fate.verdict, &forward, &reply);
            deciders.extend(denials_elsewhere(fate, &deciders));
            deciders
        }
        steps => steps.iter().map(|step| (**step).clone()).collect(),
    };
    let part = Part {
        verdict: fate.verdict,
        ends: ends.clone(),
        boxes: Vec::new(),
        witness,
        decided_by,
        other_ways: other_ways(network, fate, &forward),
        forward,
        reply,
        missing: missing(network, fate),
        notes: fate.notes.iter().map(|note| note.to_string()).collect(),
    };
    Some(Sketch { set: fate.part, part })
}

/// What lets the packets pass on the way there, by each choice that is not told.
fn other_ways(network: &Network, fate: &Fate, told: &[Hop]) -> Vec<Vec<(DeciderKind, String)>> {
    let told = trace::passed(told.iter().flat_map(|hop| &hop.steps));
    let mut ways: Vec<Vec<(DeciderKind, String)>> = Vec::new();
    for trail in &fate.other_trails {
        let there = trail.marks().into_iter().take_while(|mark| !matches!(mark, Mark::Turn));
        let steps: Vec<Step> = there
            .filter_map(|mark| match mark {
                Mark::Step(step) => Some((*step).clone()),
                Mark::Filtered { list, outcome, level, .. } => {
                    Some(steps::rule(network, list, NO_RULE, level, outcome))
                }
                Mark::At(_) | Mark::Turn => None,
            })
            .collect();
        let way = trace::passed(&steps);
        if way != told && !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways
}

fn add(hops: &mut Vec<Hop>, step: Step) {
    match hops.last_mut() {
        Some(hop) => hop.steps.push(step),
        None => hops.push(Hop { at: String::new(), steps: vec![step] }),
    }
}

/// The rules that decided packets of the final part, in order.
fn rules_of(network: &Network, space: &mut Space, mark: &Mark, part: Set) -> Vec<Step> {
    let Mark::Filtered { list, outcome, fragments, level, widened_by } = mark else {
        return Vec::new();
    };
    let meeting = fragments.rules(space, part);
    let words = match widened_by {
        Some(route) => format!("{level}; VirtualNetwork holds everything because of {route}"),
        None => (*level).to_owned(),
    };
    let mut told: Vec<Step> = meeting.iter().map(|rule| steps::rule(network, *list, *rule, &words, *outcome)).collect();
    if told.is_empty() {
        told.push(steps::rule(network, *list, NO_RULE, &words, *outcome));
    }
    told
}

/// What decided: on denied first what stopped it, on allowed all that had a say, in packet order.
fn deciders(verdict: Verdict, forward: &[Hop], reply: &[Hop]) -> Vec<Step> {
    let all = || forward.iter().chain(reply).flat_map(|hop| &hop.steps);
    let with = |outcome: Outcome| all().filter(|step| step.outcome == outcome).cloned().collect::<Vec<Step>>();
    match verdict {
        Verdict::Denied | Verdict::Mixed => with(Outcome::Deny),
        Verdict::Undetermined => with(Outcome::Unknown),
        Verdict::Allowed => all().cloned().collect(),
    }
}

/// What stops the packets on the choices that are not told: where all are denied, each by what it meets.
fn denials_elsewhere(fate: &Fate, told: &[Step]) -> Vec<Step> {
    let mut found: Vec<Step> = Vec::new();
    for trail in fate.other_trails.iter().filter(|_| fate.verdict == Verdict::Denied) {
        let denials = trail.marks().into_iter().filter_map(|mark| match mark {
            Mark::Step(step) if step.outcome == Outcome::Deny => Some((*step).clone()),
            _ => None,
        });
        for step in denials {
            if !told.contains(&step) && !found.contains(&step) {
                found.push(step);
            }
        }
    }
    found
}

/// The facts that are missing, in the model's words or the walk's.
fn missing(network: &Network, fate: &Fate) -> Vec<Fact> {
    if fate.verdict != Verdict::Undetermined {
        return Vec::new();
    }
    let facts = fate.doubts.facts.iter().map(|id| network.model.fact(*id).clone());
    let texts = fate.doubts.texts.iter().map(|text| Fact { text: text.to_string(), origin: None });
    facts.chain(texts).collect()
}

/// Tells a further flow by its worst part.
pub(super) fn leg(network: &Network, space: &mut Space, leg: &super::legs::Leg) -> trace::Leg {
    let parts: Vec<Part> =
        leg.fates.iter().filter_map(|fate| sketch(network, space, fate, &leg.ends)).map(|sketch| sketch.part).collect();
    let told = Trace { flow: leg.flow.clone(), parts, allowed: Vec::new(), legs: Vec::new(), notes: Vec::new() };
    let verdict = told.verdict();
    let wanted = if verdict == Verdict::Mixed { Verdict::Denied } else { verdict };
    let leading = told.parts.iter().find(|part| part.verdict == wanted).or(told.leading_part());
    let (mut decided_by, mut forward, reply) =
        leading.map(|part| (part.decided_by.clone(), part.forward.clone(), part.reply.clone())).unwrap_or_default();
    for step in &leg.steps {
        add(&mut forward, step.clone());
        decided_by.push(step.clone());
    }
    trace::Leg { flow: leg.flow.clone(), verdict, decided_by, forward, reply }
}

/// Puts parts with the same evidence together.
pub(super) fn merge(space: &mut Space, sketches: Vec<Sketch>) -> Vec<Sketch> {
    let mut merged: Vec<Sketch> = Vec::new();
    for sketch in sketches {
        let same = merged.iter_mut().find(|other| {
            other.part.verdict == sketch.part.verdict
                && other.part.ends == sketch.part.ends
                && other.part.forward == sketch.part.forward
                && other.part.reply == sketch.part.reply
                && other.part.other_ways == sketch.part.other_ways
                && other.part.missing == sketch.part.missing
                && other.part.decided_by == sketch.part.decided_by
        });
        match same {
            Some(other) => other.set = space.or(other.set, sketch.set),
            None => merged.push(sketch),
        }
    }
    merged
}
