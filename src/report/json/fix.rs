//! `fix --format json`.
//!
//! In: what was found, and the texts. Out: its value: blockers in packet order, proposals with their edits, patch and
//! effects. Deliberately absent: shortening.

use super::{VERSION, deciders, diff};
use crate::{
    diagnostic::Sources,
    fix::{Edit, Fix, Proposal},
    report::places::Places,
};
use serde_json::{Value, json};

/// The whole answer.
pub fn fix(fix: &Fix, sources: &Sources) -> Value {
    let places = Places::new(sources);
    json!({
        "version": VERSION,
        "flow": fix.trace.flow.to_string(),
        "verdict": fix.trace.verdict().as_str(),
        "want": fix.want.as_str(),
        "blockers": deciders(&fix.blockers, &places),
        "tried": fix.tried,
        "cutShort": fix.cut_short,
        "proposals": fix.proposals.iter().map(|proposal| told(proposal, sources)).collect::<Value>(),
    })
}

fn told(proposal: &Proposal, sources: &Sources) -> Value {
    let effects = diff(&proposal.changes, [sources, sources]);
    json!({
        "edits": proposal.edits.iter().map(edit).collect::<Value>(),
        "patch": proposal.patch,
        "gained": effects["gained"],
        "lost": effects["lost"],
        "undetermined": effects["undetermined"],
        "onlyTheFlow": !proposal.spills,
        "breaks": proposal.breaks,
        "flips": proposal.flips,
    })
}

fn edit(edit: &Edit) -> Value {
    let mut told = json!({"resource": edit.resource(), "property": edit.property(), "value": edit.value});
    if let Some(note) = &edit.note {
        told["note"] = json!(note);
    }
    told
}
