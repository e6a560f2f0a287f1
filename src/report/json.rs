//! The stable JSON contract (product.md section 5): additions are allowed, renames are not.
//!
//! In: traces, results, a network. Out: values whose keys stand in the order of the contract. Deliberately absent:
//! shortening; other programs get everything.

mod check;
mod diff;
mod fix;
mod import;
mod lint;
mod matrix;
mod reach;
mod routes;
mod rules;
mod trace;
mod verify;

pub use check::check;
pub use diff::diff;
pub use fix::fix;
pub use import::import;
pub use lint::lint;
pub use matrix::matrix;
pub use reach::reach;
pub use routes::routes;
pub use rules::rules;
pub use trace::trace;
pub use verify::verify;

use super::{
    boxes::{self, BoxText},
    places::Places,
};
use crate::{
    space::Cube,
    trace::{Outcome, Step},
};
use serde_json::{Value, json};

/// Version of the contract.
const VERSION: u32 = 1;

/// Boxes of the contract.
pub fn boxes(cubes: &[Cube], ends: &(String, String)) -> Value {
    boxes::boxes(cubes, ends).into_iter().map(box_value).collect()
}

fn box_value(one: BoxText) -> Value {
    let mut value = json!({
        "source": one.source,
        "destination": one.destination,
        "protocol": one.protocol,
        "ports": one.ports,
    });
    if let Some(ports) = one.source_ports {
        value["sourcePorts"] = ports.into();
    }
    value
}

fn decider(step: &Step, places: &Places<'_>) -> Value {
    let access = match step.outcome {
        Outcome::Allow => Some("Allow"),
        Outcome::Deny => Some("Deny"),
        Outcome::Pass | Outcome::Unknown => None,
    };
    json!({
        "kind": step.kind.as_str(),
        "resource": step.resource,
        "name": step.name,
        "access": access,
        "detail": step.detail,
        "law": step.law,
        "origin": origin(step, places),
    })
}

/// `file:line:column` of the decider.
fn origin(step: &Step, places: &Places<'_>) -> Option<String> {
    step.origin.as_ref().map(|origin| places.told(origin))
}

fn deciders<'a>(steps: impl IntoIterator<Item = &'a Step>, places: &Places<'_>) -> Value {
    steps.into_iter().map(|step| decider(step, places)).collect()
}
