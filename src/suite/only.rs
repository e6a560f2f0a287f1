//! `only:`: these flows are allowed, and nothing else between two lists of ends. Least privilege as a test.
//!
//! In: ends, flows. Out: [`Breach`]es: what gets through, or may, besides the flows, exactly; and what of the flows does
//! not. Deliberately absent: deciding anything; it is the walk of `evaluate`, over everything and over each flow.

use super::{
    Asked, Breach, Outcome,
    run::{question, report},
};
use crate::{
    diagnostic::{Diagnostics, Sources, Span},
    evaluate::{Question, evaluate_all},
    flow::{End, Flow, Protocol},
    model::{Identity, Model, Party},
    space::{self, Addresses, Cube, NAMED, Ports, Set, Space, example},
    trace::{Part, Trace, Verdict},
};

/// Checks the claim: no result where it cannot be asked.
pub(super) fn only(
    asked: &Asked,
    [from, to]: [&[(String, Span)]; 2],
    flows: &[(String, Span)],
    (span, identity, sources): (Span, Option<Identity>, &Sources),
    diagnostics: &mut Diagnostics,
) -> Option<(bool, Outcome)> {
    let (begin, end) = (parties(asked, from, true, diagnostics), parties(asked, to, false, diagnostics));
    let questions: Vec<Question> = flows
        .iter()
        .filter_map(|(text, place)| question(asked, text, identity, Some((*place, sources)), diagnostics))
        .collect();
    let (begin, end) = (begin?, end?);
    if questions.len() < flows.len() {
        return None;
    }
    let everything = Question { identity, ..Question::new(any_flow(), begin, end) };
    let asked_all: Vec<Question> = std::iter::once(everything).chain(questions).collect();
    let mut traces = evaluate_all(&asked.network, &asked_all).into_iter();
    let whole = traces.next()?;
    let listed: Vec<Trace> = traces.collect();
    let mut sound = can_be_told_apart(&asked.network.model, &whole, span, diagnostics);
    for (trace, (text, place)) in listed.iter().zip(flows) {
        sound &= is_within(trace, &whole, text, *place, diagnostics);
    }
    if !sound {
        return None;
    }
    let mut breaches: Vec<Breach> = listed.iter().flat_map(lacking).collect();
    breaches.extend(extra(&whole, &listed));
    let names = |ends: &[(String, Span)]| ends.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(", ");
    let subject = format!("{} -> {}", names(from), names(to));
    let flows = listed.iter().map(|trace| trace.flow.to_string()).collect();
    Some((breaches.is_empty(), Outcome::Only { subject, flows, breaches }))
}

/// Every packet; its ends are told by the parties.
fn any_flow() -> Flow {
    let (source, destination) = (End::Internet, End::Internet);
    Flow { source, destination, protocol: Protocol::Any, ports: Ports::all(), source_ports: None }
}

fn parties(asked: &Asked, ends: &[(String, Span)], source: bool, diagnostics: &mut Diagnostics) -> Option<Vec<Party>> {
    let mut found: Vec<Party> = Vec::new();
    let mut fine = true;
    for (text, span) in ends {
        let end = text.parse::<End>().map_err(|error| ("bad-flow", error.message, error.help));
        let parties = end.and_then(|end| {
            let parties = asked.names.end(&asked.network.model, &end, source);
            parties.map_err(|error| (error.code, error.message, error.help))
        });
        match parties {
            Ok(parties) => parties.into_iter().for_each(|party| {
                if !found.contains(&party) {
                    found.push(party);
                }
            }),
            Err((code, message, help)) => {
                report(diagnostics, code, Some(*span), message, help);
                fine = false;
            }
        }
    }
    fine.then_some(found)
}

/// Packets are subtracted by their addresses: an address that two networks have would excuse the one by the other.
fn can_be_told_apart(model: &Model, whole: &Trace, span: Span, diagnostics: &mut Diagnostics) -> bool {
    let spaces = model.virtual_networks.iter().map(|network| space::prefixes(&network.address_prefixes));
    let spaces = spaces.chain(model.sites.iter().map(|site| space::prefixes(&site.address_prefixes)));
    let (mut seen, mut twice) = (Addresses::empty(), Addresses::empty());
    for one in spaces {
        twice = twice.union(&seen.intersect(&one));
        seen = seen.union(&one);
    }
    let boxes = || whole.parts.iter().flat_map(|part| &part.boxes);
    if whole.parts.is_empty() {
        let message = "there is no packet between these ends".to_owned();
        let help = "an expectation that nothing can break is no test".to_owned();
        report(diagnostics, "matches-nothing", Some(span), message, Some(help));
        return false;
    }
    if boxes().any(|cube| cube.source.meets(&twice) || cube.destination.meets(&twice)) {
        let message = "two networks have the same addresses, and `only` cannot tell them apart".to_owned();
        let help = "name ends whose addresses belong to one network".to_owned();
        report(diagnostics, "ambiguous-address", Some(span), message, Some(help));
        return false;
    }
    true
}

/// A listed flow from or to somebody else says nothing about these ends.
fn is_within(flow: &Trace, whole: &Trace, text: &str, span: Span, diagnostics: &mut Diagnostics) -> bool {
    let mut problem = |code, message: String| {
        let help = "an entry of `flows` is a flow from one of `from` to one of `to`".to_owned();
        report(diagnostics, code, Some(span), message, Some(help));
        false
    };
    if flow.parts.is_empty() {
        return problem("matches-nothing", format!("`{text}` can match no packet"));
    }
    let mut space = Space::new();
    for key in names(&[flow]) {
        let without_rest =
            |cube: &Cube| Cube { source: cube.source.clone(), destination: cube.destination.clone(), ..Cube::all() };
        let asked = drawn(&mut space, flow, &key, without_rest);
        let there = drawn(&mut space, whole, &key, without_rest);
        if space.minus(asked, there) != Set::EMPTY {
            return problem("flow-outside-only", format!("`{text}` is not only between these ends"));
        }
    }
    true
}

/// What of a listed flow does not surely get through.
fn lacking(flow: &Trace) -> Vec<Breach> {
    let lost = flow.parts.iter().filter(|part| part.verdict != Verdict::Allowed);
    lost.map(|part| Breach { says: format!("`{}` is listed and {}", flow.flow, part.verdict), part: part.clone() })
        .collect()
}

/// What gets through, or may, and is not listed.
fn extra(whole: &Trace, listed: &[Trace]) -> Vec<Breach> {
    let mut space = Space::new();
    let mut found = Vec::new();
    for part in whole.parts.iter().filter(|part| part.verdict != Verdict::Denied) {
        space.clear();
        let key = name_of(part);
        let mut rest = of_part(&mut space, part, Clone::clone);
        for flow in listed {
            let known = drawn(&mut space, flow, &key, Clone::clone);
            rest = space.minus(rest, known);
        }
        let boxes = if space.overflowed() { part.boxes.clone() } else { space.cubes(rest) };
        // A flow to oneself is left out (R224).
        let to_others = |cube: &Cube| {
            let itself = cube.source.only().filter(|_| cube.source == cube.destination);
            itself.is_none_or(|address| address == NAMED)
        };
        let boxes: Vec<Cube> = boxes.into_iter().filter(to_others).collect();
        let Some(witness) = boxes.iter().find_map(|cube| example(&mut space, cube)) else {
            continue;
        };
        let says = match part.verdict {
            Verdict::Allowed => "allowed, and in no listed flow".to_owned(),
            verdict => format!("{verdict}, and in no listed flow: may get through"),
        };
        found.push(Breach { says, part: Part { boxes, witness, ..part.clone() } });
    }
    found
}

/// The names of those ends of a part that are known by name only.
type Key = (String, String);

fn name_of(part: &Part) -> Key {
    let by_name = |of: fn(&Cube) -> &Addresses| part.boxes.iter().any(|cube| of(cube).contains(NAMED));
    let or_none = |named: bool, name: &String| if named { name.clone() } else { String::new() };
    (or_none(by_name(|cube| &cube.source), &part.ends.0), or_none(by_name(|cube| &cube.destination), &part.ends.1))
}

fn names(traces: &[&Trace]) -> Vec<Key> {
    let mut found: Vec<Key> = Vec::new();
    for part in traces.iter().flat_map(|trace| &trace.parts) {
        let key = name_of(part);
        if !found.contains(&key) {
            found.push(key);
        }
    }
    found
}

fn of_part(space: &mut Space, part: &Part, of: impl Fn(&Cube) -> Cube) -> Set {
    let sets: Vec<Set> = part.boxes.iter().map(|cube| space.cube(&of(cube))).collect();
    space.union(&sets)
}

/// The packets of a trace whose ends have these names.
fn drawn(space: &mut Space, trace: &Trace, key: &Key, of: impl Fn(&Cube) -> Cube) -> Set {
    let parts = trace.parts.iter().filter(|part| name_of(part) == *key);
    let sets: Vec<Set> = parts.map(|part| of_part(space, part, &of)).collect();
    space.union(&sets)
}
