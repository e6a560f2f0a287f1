//! JSON Merge Patch (RFC 7396) on canonical trees, spans kept.
//!
//! In: a tree and a patch. Out: the patched tree. A patch that deletes or changes nothing is an error.

use super::tree::{Entry, Map, Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics};

/// Applies a patch.
pub(super) fn apply(base: &Node, patch: &Node, diagnostics: &mut Diagnostics) -> Node {
    merge(base, patch, "network", Some(diagnostics))
}

/// Lays one `network` over another: the same, but saying again what is there already is no error.
pub(super) fn lay_over(base: &Node, top: &Node) -> Node {
    merge(base, top, "network", None)
}

fn merge(base: &Node, patch: &Node, key: &str, mut diagnostics: Option<&mut Diagnostics>) -> Node {
    let Value::Map(changes) = &patch.value else {
        if same(base, patch)
            && let Some(diagnostics) = diagnostics
        {
            diagnostics.push(without_effect(patch, key, "is that already"));
        }
        return patch.clone();
    };
    let mut entries = match &base.value {
        Value::Map(map) => map.entries.clone(),
        _ => Vec::new(),
    };
    for change in &changes.entries {
        let at = entries
            .iter()
            .position(|entry| entry.key.eq_ignore_ascii_case(&change.key));
        match (at, &change.value.value) {
            (Some(at), Value::Null) => {
                entries.remove(at);
            }
            (None, Value::Null) => {
                if let Some(diagnostics) = diagnostics.as_deref_mut() {
                    diagnostics.push(without_effect_at(change, "is not there to be deleted"));
                }
            }
            (Some(at), _) => {
                let merged = merge(
                    &entries[at].value,
                    &change.value,
                    &change.key,
                    diagnostics.as_deref_mut(),
                );
                entries[at].value = merged;
            }
            (None, _) => entries.push(Entry {
                value: without_nulls(&change.value),
                ..change.clone()
            }),
        }
    }
    let span = if base.as_map().is_some() {
        base.span
    } else {
        patch.span
    };
    Node {
        span,
        value: Value::Map(Map { entries }),
        origin: patch.origin.clone().or(base.origin.clone()),
    }
}

/// Something new has nothing to delete.
fn without_nulls(node: &Node) -> Node {
    let Value::Map(map) = &node.value else {
        return node.clone();
    };
    let kept = map
        .entries
        .iter()
        .filter(|entry| entry.value.value != Value::Null);
    let entries = kept
        .map(|entry| Entry {
            value: without_nulls(&entry.value),
            ..entry.clone()
        })
        .collect();
    Node {
        value: Value::Map(Map { entries }),
        ..node.clone()
    }
}

/// Whether two nodes say the same, places aside.
fn same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::Scalar { text: a, .. }, Value::Scalar { text: b, .. }) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            let found = |entry: &Entry| {
                b.get(&entry.key)
                    .is_some_and(|other| same(&entry.value, other))
            };
            a.entries.len() == b.entries.len() && a.entries.iter().all(found)
        }
        (a, b) => a == b,
    }
}

fn without_effect(patch: &Node, key: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        "patch-without-effect",
        patch.span,
        format!("the patch changes nothing: `{key}` {why}"),
    )
}

fn without_effect_at(change: &Entry, why: &str) -> Diagnostic {
    Diagnostic::error(
        "patch-without-effect",
        change.key_span,
        format!("the patch changes nothing: `{}` {why}", change.key),
    )
}
