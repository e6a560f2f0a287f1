//! Resources that say something about another: associations of security groups, route tables, pools, rules.
//!
//! In: such resources, built, and all others. Out: the others, with what is said about them. Where nobody knows whom
//! one is about, all that it may be about have a value that is not known.

use super::{
    build::{append, put, unknown},
    follow::Follow,
    identity::target,
    table::{Home, Type},
};
use crate::{
    import::{find::Found, identity::Identity, report::Report},
    scenario::tree::{Node, Value},
};
use std::collections::HashMap;

/// Resources by their names in lower case.
type Places = HashMap<String, Vec<usize>>;

/// One such resource.
pub(super) struct Join {
    pub(super) at: usize,
    pub(super) known: &'static Type,
    /// What it says.
    pub(super) node: Node,
}

/// Says all of it.
pub(super) fn all(follow: &Follow<'_>, joins: Vec<Join>, found: &mut Vec<Found>, first: usize, report: &mut Report) {
    let mut nowhere = Vec::new();
    let mut places: Places = HashMap::new();
    for (at, one) in found.iter().enumerate().skip(first) {
        places.entry(one.identity.name().to_lowercase()).or_default().push(at);
    }
    for join in joins {
        let attribute = match join.known.home {
            Home::About(attribute) => attribute,
            _ => "network_interface_id",
        };
        match target(follow, join.at, attribute) {
            Some(identity) => about(follow, &identity, &join, found, &mut places, report),
            None => nowhere.push(join),
        }
    }
    for join in nowhere {
        anywhere(follow, join, &mut found[first..], report);
    }
}

/// About one resource that is known.
fn about(
    follow: &Follow<'_>,
    identity: &Identity,
    join: &Join,
    found: &mut Vec<Found>,
    places: &mut Places,
    report: &mut Report,
) {
    let at = place(follow, identity, join, found, places);
    let one = &follow.plan.instances[join.at];
    match join.known.home {
        Home::About(_) => merge(&mut found[at].node, &join.node),
        _ => {
            let name = one.values.get("ip_configuration_name").and_then(Node::as_str);
            let every = matches!(join.known.home, Home::Configurations);
            let configurations = configurations(&mut found[at].node);
            let fits = |item: &&mut Node| {
                let own = item.get("name").and_then(Node::as_str);
                every
                    || name.is_none()
                    || own.is_some_and(|own| name.is_some_and(|name| name.eq_ignore_ascii_case(own)))
            };
            let mut said = false;
            for item in configurations.iter_mut().filter(fits) {
                merge(item, &join.node);
                said = true;
            }
            if !said {
                report.not_modelled(one.span, one.address.clone(), None);
            }
        }
    }
}

/// Where the resource is among those of this text; one that is not there is named in passing.
fn place(follow: &Follow<'_>, identity: &Identity, join: &Join, found: &mut Vec<Found>, places: &mut Places) -> usize {
    let same_text = |left: &str, right: &str| left.is_empty() || right.is_empty() || left.eq_ignore_ascii_case(right);
    let same = |at: &usize| {
        let other = &found[*at].identity;
        let types = other.types.iter().zip(&identity.types).all(|(left, right)| left.eq_ignore_ascii_case(right));
        other.types.len() == identity.types.len()
            && types
            && same_text(&other.group, &identity.group)
            && same_text(&other.subscription, &identity.subscription)
    };
    let alike = places.entry(identity.name().to_lowercase()).or_default();
    if let Some(at) = alike.iter().copied().find(|at| same(at)) {
        return at;
    }
    alike.push(found.len());
    let one = &follow.plan.instances[join.at];
    let node = super::plan::empty(one.span);
    found.push(Found { identity: identity.clone(), name_span: one.span, in_passing: true, node });
    found.len() - 1
}

/// The IP configurations of a network interface.
fn configurations(node: &mut Node) -> &mut [Node] {
    let Value::Map(map) = &mut node.value else { return &mut [] };
    let Some(at) = map.position("ipConfigurations") else { return &mut [] };
    match &mut map.entries[at].value.value {
        Value::List(items) => items,
        _ => &mut [],
    }
}

/// Lists grow; everything else is said once.
fn merge(node: &mut Node, said: &Node) {
    for entry in said.entries() {
        match &entry.value.value {
            Value::List(items) => {
                let said = |node: &Node, item: &Node| {
                    let own = node.get(&entry.key).map(Node::items).unwrap_or_default();
                    own.iter().any(|one| one.as_str().is_some() && one.as_str() == item.as_str())
                };
                for item in items {
                    if !said(node, item) {
                        append(node, &entry.key, entry.key_span, item.clone());
                    }
                }
            }
            Value::Map(_) => {
                let Value::Map(map) = &mut node.value else { continue };
                match map.position(&entry.key) {
                    Some(at) => merge(&mut map.entries[at].value, &entry.value),
                    None => map.entries.push(entry.clone()),
                }
            }
            _ => put(node, &entry.key, entry.key_span, entry.value.clone()),
        }
    }
}

/// About one of several, and nobody knows which: each that has no such property may be the one.
fn anywhere(follow: &Follow<'_>, join: Join, found: &mut [Found], report: &mut Report) {
    let one = &follow.plan.instances[join.at];
    report.not_modelled(one.span, one.address.clone(), None);
    let last = join.known.arm.rsplit('/').next().unwrap_or_default();
    let fits = |found: &&mut Found| found.identity.types.last().is_some_and(|kind| kind.eq_ignore_ascii_case(last));
    for found in found.iter_mut().filter(fits) {
        for entry in join.node.entries() {
            let reason = format!("`{}` may be about this one, which is known only after apply", one.address);
            if found.node.get(&entry.key).is_none() {
                put(&mut found.node, &entry.key, entry.key_span, unknown(one.span, reason));
            }
        }
    }
}
