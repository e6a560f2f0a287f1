//! Plans and states of Terraform's to resources in ARM's form.
//!
//! In: the JSON of `terraform show -json`, or a state file. Out: `Found` resources for the same fold that exports of
//! `az` go through; what is not used is in the report. Deliberately absent: HCL, and running Terraform.
//!
//! ```text
//! plan.rs       resources, values and configuration of one side of a plan
//! reference.rs  addresses and references
//! follow.rs     values that are known only after apply
//! identity.rs   ARM ids of what has none yet
//! names.rs      names of blocks that are known only after apply
//! table.rs      azurerm's types and attributes in ARM's names
//! azapi.rs      resources whose bodies are ARM's
//! types.rs      types without rules: harmless, or not modelled
//! build.rs      attributes to properties
//! join.rs       resources that say something about another
//! ```

mod azapi;
mod build;
mod follow;
mod identity;
mod join;
mod names;
mod plan;
mod reference;
mod table;
#[cfg(test)]
mod tests;
pub mod types;

use super::{
    find::Found,
    identity::{Family, Identity},
    report::Report,
};
use crate::scenario::tree::{Node, Value};
use build::Build;
use follow::Follow;
use plan::Plan;
use table::Home;

pub use plan::{is_plan, is_terraform};

/// Which side of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    /// What is there now.
    Before,
    /// What will be there when the plan has been applied.
    #[default]
    After,
}

/// Every resource of a text.
pub(super) fn resources(root: &Node, side: Side, found: &mut Vec<Found>, report: &mut Report) {
    let plan = Plan::of(root, side);
    let follow = Follow::new(&plan);
    let mut joins = Vec::new();
    let first = found.len();
    for at in 0..plan.instances.len() {
        report.found += usize::from(!plan.instances[at].place.data);
        one(&follow, at, found, &mut joins, report);
    }
    join::all(&follow, joins, found, first, report);
}

/// One instance: a resource, something about another one, or nothing for us.
fn one(follow: &Follow<'_>, at: usize, found: &mut Vec<Found>, joins: &mut Vec<join::Join>, report: &mut Report) {
    let one = &follow.plan.instances[at];
    let kind = one.place.kind.as_str();
    if types::is_harmless(kind) {
        return report.harmless(one.span, one.address.clone(), None);
    }
    if kind == azapi::RESOURCE && !one.place.data {
        return match follow.identity(at) {
            Some(identity) => found.push(resource(identity, one, azapi::node(follow, at))),
            None => report.not_modelled(one.span, one.address.clone(), None),
        };
    }
    let Some(known) = table::of(kind) else {
        let identity = follow.identity(at).filter(|id| matches!(id.family(), Family::Map(_)));
        return match identity {
            Some(identity) => found.push(resource(identity, one, build::whole(follow, at))),
            None => report.not_modelled(one.span, one.address.clone(), None),
        };
    };
    let node = Build { follow, report, at, known, unread: Vec::new() }.node();
    if matches!(known.home, Home::About(_) | Home::Configuration | Home::Configurations) {
        return joins.push(join::Join { at, known, node });
    }
    match follow.identity(at) {
        Some(identity) => found.push(resource(identity, one, node)),
        None => report.not_modelled(one.span, one.address.clone(), None),
    }
}

fn resource(identity: Identity, one: &plan::Instance<'_>, node: Node) -> Found {
    let name = one.values.get("name").filter(|name| matches!(name.value, Value::Scalar { .. }));
    Found { identity, name_span: name.map_or(one.span, |name| name.span), in_passing: false, node }
}
