//! `diff --format json`.
//!
//! In: a diff, and the texts of both sides. Out: its value: boxes under `gained`, `lost` and `undetermined`, each with a
//! witness, and verdict and deciders before and after. Deliberately absent: shortening.

use super::{VERSION, box_value, deciders, trace::missing};
use crate::{
    diagnostic::Sources,
    diff::{Change, Diff},
    reach::Member,
    report::{
        boxes::{boxes, joined, witness},
        places::Places,
    },
    space::{Addresses, Cube, NAMED},
    trace::Part,
};
use serde_json::{Value, json};

/// The whole answer.
pub fn diff(diff: &Diff, [before, after]: [&Sources; 2]) -> Value {
    let places = [Places::new(before), Places::new(after)];
    let all = |changes: &[Change]| -> Value { changes.iter().flat_map(|change| told(change, &places)).collect() };
    json!({
        "version": VERSION,
        "same": diff.is_empty(),
        "sources": diff.sources,
        "destinations": diff.destinations,
        "gained": all(&diff.gained),
        "lost": all(&diff.lost),
        "undetermined": all(&diff.undetermined),
    })
}

fn told(change: &Change, places: &[Places<'_>; 2]) -> Vec<Value> {
    let names = |members: &[Member]| -> Vec<String> { members.iter().map(|member| member.name.clone()).collect() };
    let (from, to) = (names(&change.sources), names(&change.destinations));
    let one = |cube: &Cube| {
        let told = boxes(std::slice::from_ref(cube), &change.ends).into_iter().next();
        let mut value = told.map_or(Value::Null, box_value);
        for (key, addresses, names) in [("source", &cube.source, &from), ("destination", &cube.destination, &to)] {
            if *addresses == Addresses::single(NAMED) {
                value[key] = json!(names);
            }
        }
        value["witness"] = witness(&change.witness_in(cube), &change.ends).into();
        value["from"] = json!(from);
        value["to"] = json!(to);
        value["before"] = side(change.before.as_ref(), &places[0]);
        value["after"] = side(change.after.as_ref(), &places[1]);
        value
    };
    joined(&change.boxes).iter().map(one).collect()
}

fn side(part: Option<&Part>, places: &Places<'_>) -> Value {
    match part {
        None => json!({"verdict": "denied", "absent": true, "decidedBy": [], "missing": []}),
        Some(part) => json!({
            "verdict": part.verdict.as_str(),
            "decidedBy": deciders(&part.decided_by, places),
            "missing": missing(&part.missing, places),
        }),
    }
}
