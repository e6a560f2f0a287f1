//! Who reaches whom, exactly: the blast radius of an end, its exposure, the allowed part of a flow.
//!
//! In: a network, one end or both, a flow's protocol and ports. Out: a [`Reach`]: groups of ends that fare alike, each
//! with the boxes of its packets. Every packet between the asked ends is in exactly one group of its ends; what is in no
//! group of `allowed`, `chosen` and `undetermined` is denied. Deliberately absent: deciding anything; it is the walk of
//! `evaluate`, over whole sets.

pub(crate) mod bystanders;
pub mod ends;
mod group;

pub(crate) use ends::machine_name;
pub use ends::{End, Side, ends};
use group::Line;
pub use group::{Group, Member};
pub(crate) use group::{is_of_the_way, step_alike};

use crate::{
    evaluate::{Question, evaluate_all},
    flow,
    model::{Identity, Party},
    network::Network,
    space::{Addresses, Cube, NAMED},
    trace::{Part, Trace, Verdict},
};
use std::collections::HashSet;

/// What is asked: an end that is not given is everybody.
#[derive(Debug, Clone)]
pub struct Inquiry {
    /// Protocol and ports, and the given ends as written.
    pub flow: flow::Flow,
    /// Who begins.
    pub from: Option<Vec<Party>>,
    /// Who is asked.
    pub to: Option<Vec<Party>>,
    /// How the source proves who it is.
    pub identity: Option<Identity>,
}

impl Inquiry {
    /// The side whose ends are listed: the one that is not given.
    pub fn open_side(&self) -> Side {
        if self.to.is_none() { Side::Destination } else { Side::Source }
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Reach {
    /// Whose ends the groups list.
    pub side: Side,
    /// How many ends were asked about.
    pub ends: usize,
    /// What gets through, there and back.
    pub allowed: Vec<Group>,
    /// What gets through or not as Azure itself chooses.
    pub chosen: Vec<Group>,
    /// What hangs on a fact that the model lacks.
    pub undetermined: Vec<Group>,
    /// The rest, by what stops it; without boxes.
    pub denied: Vec<Group>,
    /// Remarks.
    pub notes: Vec<String>,
}

/// Answers an inquiry.
pub fn reach(network: &Network, inquiry: &Inquiry) -> Reach {
    let side = inquiry.open_side();
    let asked = match (&inquiry.from, &inquiry.to) {
        (Some(from), Some(to)) => {
            let question = Question {
                identity: inquiry.identity,
                ..Question::new(inquiry.flow.clone(), from.clone(), to.clone())
            };
            vec![(String::new(), Addresses::empty(), question)]
        }
        _ => everybody(network, inquiry, side),
    };
    let questions: Vec<Question> = asked.iter().map(|(.., question)| question.clone()).collect();
    let traces = evaluate_all(network, &questions);
    let mut notes: Vec<String> = Vec::new();
    let mut lines = Vec::new();
    for ((name, without, _), trace) in asked.iter().zip(&traces) {
        for note in trace.notes.iter().chain(trace.parts.iter().flat_map(|part| &part.notes)) {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
        lines.extend(trace.parts.iter().flat_map(|part| lines_of(part, name, without, side)));
    }
    let groups = group::groups(lines, side);
    let with = |verdict| groups.iter().filter(|group| group.part.verdict == verdict).cloned().collect::<Vec<Group>>();
    Reach {
        side,
        ends: match inquiry.from.is_some() && inquiry.to.is_some() {
            true => labels(&traces, side),
            false => asked.len(),
        },
        allowed: with(Verdict::Allowed),
        chosen: with(Verdict::Mixed),
        undetermined: with(Verdict::Undetermined),
        denied: with(Verdict::Denied),
        notes,
    }
}

/// One question for each end of the open side.
fn everybody(network: &Network, inquiry: &Inquiry, side: Side) -> Vec<(String, Addresses, Question)> {
    let mut others = ends(network, side, &HashSet::new());
    // What outsiders say to each other is no question about this network.
    let mut given = inquiry.from.iter().chain(&inquiry.to).flatten();
    if given.all(is_outsider) {
        others.retain(|end| !is_outsider(&end.party));
    }
    let question = |end: &End| {
        let (from, to) = (inquiry.from.clone(), inquiry.to.clone());
        let other = || vec![end.party.clone()];
        let named = flow::End::Name(vec![end.name.to_lowercase()]);
        let flow = match side {
            Side::Source => flow::Flow { source: named, ..inquiry.flow.clone() },
            Side::Destination => flow::Flow { destination: named, ..inquiry.flow.clone() },
        };
        let (from, to) = (from.unwrap_or_else(other), to.unwrap_or_else(other));
        Question { identity: inquiry.identity, ..Question::new(flow, from, to) }
    };
    others.iter().map(|end| (end.name.clone(), end.without.clone(), question(end))).collect()
}

/// Whether a party is outside all networks.
pub(crate) fn is_outsider(party: &Party) -> bool {
    matches!(party, Party::Internet | Party::External(_))
}

/// A part's boxes, each with the end that it is of.
fn lines_of(part: &Part, name: &str, without: &Addresses, side: Side) -> Vec<Line> {
    let label = match side {
        Side::Source => &part.ends.0,
        Side::Destination => &part.ends.1,
    };
    let name = if label.is_empty() { name } else { label };
    // A flow to oneself is left out (R224).
    let left = |cube: &Cube| {
        let given = if side == Side::Source { &cube.destination } else { &cube.source };
        let itself = given.only().filter(|address| *address != NAMED).map(Addresses::single).unwrap_or_default();
        let addresses = group::field(cube, side).minus(without).minus(&itself);
        (!addresses.is_empty()).then_some(addresses)
    };
    let line = |cube: &Cube| {
        let addresses = left(cube)?;
        Some(Line { member: Member { name: name.to_owned(), addresses }, cube: cube.clone(), part: part.clone() })
    };
    part.boxes.iter().filter_map(line).collect()
}

fn labels(traces: &[Trace], side: Side) -> usize {
    let parts = traces.iter().flat_map(|trace| &trace.parts);
    let names: HashSet<&String> =
        parts.map(|part| if side == Side::Source { &part.ends.0 } else { &part.ends.1 }).collect();
    names.len()
}
