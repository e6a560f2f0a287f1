//! `reach --format json`.
//!
//! In: an inquiry and its answer. Out: its value: boxes under `allowed`, each with a witness, its deciders, its ends
//! and their way. Deliberately absent: shortening.

use super::{VERSION, box_value, deciders, trace::missing};
use crate::{
    diagnostic::Sources,
    reach::{Group, Inquiry, Reach, Side},
    report::{
        boxes::{boxes, joined, witness},
        places::Places,
    },
    space::{Addresses, Cube, NAMED, Space, example},
    trace::Part,
};
use serde_json::{Value, json};

/// The whole answer.
pub fn reach(inquiry: &Inquiry, reach: &Reach, sources: &Sources) -> Value {
    let places = Places::new(sources);
    let given = |is: bool, end: String| is.then_some(end);
    let all =
        |groups: &[Group]| -> Value { groups.iter().flat_map(|group| told(group, reach.side, &places)).collect() };
    let denied = |group: &Group| json!({"ends": names(group), "decidedBy": deciders(&group.part.decided_by, &places)});
    json!({
        "version": VERSION,
        "from": given(inquiry.from.is_some(), inquiry.flow.source.to_string()),
        "to": given(inquiry.to.is_some(), inquiry.flow.destination.to_string()),
        "ends": reach.ends,
        "allowed": all(&reach.allowed),
        "mixed": all(&reach.chosen),
        "undetermined": all(&reach.undetermined),
        "denied": reach.denied.iter().map(denied).collect::<Value>(),
        "notes": reach.notes,
    })
}

fn names(group: &Group) -> Vec<&str> {
    group.members.iter().map(|member| member.name.as_str()).collect()
}

/// A group's boxes.
fn told(group: &Group, side: Side, places: &Places<'_>) -> Vec<Value> {
    let part = &group.part;
    let one = |cube: &Cube| {
        let mut value = single(cube, part);
        let (key, open) = match side {
            Side::Source => ("source", &cube.source),
            Side::Destination => ("destination", &cube.destination),
        };
        if *open == Addresses::single(NAMED) {
            value[key] = json!(names(group));
        }
        value["decidedBy"] = deciders(&part.decided_by, places);
        value["ends"] = json!(names(group));
        value["path"] = part.forward.iter().map(|hop| Value::from(hop.at.as_str())).collect();
        if !part.missing.is_empty() {
            value["missing"] = missing(&part.missing, places);
        }
        value
    };
    joined(&part.boxes).iter().map(one).collect()
}

/// A box with one of its packets.
fn single(cube: &Cube, part: &Part) -> Value {
    let mut value = boxes(std::slice::from_ref(cube), &part.ends).into_iter().next().map_or(Value::Null, box_value);
    let packet = example(&mut Space::new(), cube).unwrap_or(part.witness);
    value["witness"] = witness(&packet, &part.ends).into();
    value
}
