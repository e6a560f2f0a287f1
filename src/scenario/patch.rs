//! JSON Merge Patch (RFC 7396) on canonical trees, spans kept.
//!
//! In: a tree and a patch. Out: the patched tree. A patch that deletes or changes nothing is an error; saying
//! again what holds already is none, as long as something beside it changes (a rule written out whole, a list).

use super::{
    short,
    tree::{Entry, Map, Node, Value},
    with_nearest,
};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use std::collections::HashMap;

/// Default rules are read-only: a patch that deletes one leaves the null for `resolve` to refuse (F35).
const NULLS_STAY: &str = "defaultSecurityRules";

/// Of more changes than these the keys are looked up in an index.
const FEW: usize = 4;

/// Applies a patch.
pub(super) fn apply(base: &Node, patch: &Node, diagnostics: &mut Diagnostics) -> Node {
    let mut work = Work { problems: Vec::new() };
    let mut node = base.clone();
    if !work.merge(&mut node, patch, false) && work.problems.is_empty() {
        work.problems.push(Diagnostic::error("patch-without-effect", patch.span, "the patch changes nothing"));
    }
    work.problems.into_iter().for_each(|problem| diagnostics.push(problem));
    node
}

/// Lays one `network`, or a part of one, over another: the same, but changing nothing is no error.
pub(super) fn lay_over(mut base: Node, top: &Node) -> Node {
    Work { problems: Vec::new() }.merge(&mut base, top, false);
    base
}

struct Work {
    problems: Vec<Diagnostic>,
}

impl Work {
    /// Merges into the base; whether that changes it.
    fn merge(&mut self, base: &mut Node, patch: &Node, nulls_stay: bool) -> bool {
        let Value::Map(changes) = &patch.value else {
            let changed = !same(base, patch);
            if changed {
                *base = patch.clone();
            }
            return changed;
        };
        let Value::Map(old) = &mut base.value else {
            *base = without_nulls(patch, nulls_stay);
            return true;
        };
        let index = (changes.entries.len() > FEW).then(|| index(old));
        let (mut gone, mut changed, mut idle) = (Vec::new(), false, Vec::new());
        for change in &changes.entries {
            let at = match &index {
                Some(index) => index.get(&change.key.to_ascii_lowercase()).copied(),
                None => old.position(&change.key),
            };
            match self.change(old, at.filter(|at| !gone.contains(at)), change, nulls_stay) {
                Effect::Changed => changed = true,
                Effect::Deleted(at) => {
                    changed = true;
                    gone.push(at);
                }
                Effect::None => idle.push(change),
            }
        }
        if changed {
            let named = idle.into_iter().filter(|change| change.value.as_map().is_some() && !is_element(change));
            self.problems.extend(named.map(|change| without_effect(change, "is that already")));
        }
        if !gone.is_empty() {
            let mut places = 0..old.entries.len();
            old.entries.retain(|_| places.next().is_none_or(|at| !gone.contains(&at)));
        }
        if changed {
            base.origin = patch.origin.clone().or(base.origin.take());
        }
        changed
    }

    fn change(&mut self, old: &mut Map, at: Option<usize>, change: &Entry, nulls_stay: bool) -> Effect {
        let deletes = change.value.value == Value::Null;
        let inner_nulls_stay = &*change.key == NULLS_STAY;
        match at {
            Some(at) if deletes && nulls_stay => {
                old.entries[at] = change.clone();
                Effect::Changed
            }
            Some(at) if deletes => Effect::Deleted(at),
            // A repeated value keeps the place where it was first written.
            Some(at) => match self.merge(&mut old.entries[at].value, &change.value, inner_nulls_stay) {
                true => Effect::Changed,
                false => Effect::None,
            },
            None if deletes && !nulls_stay => {
                let problem = without_effect(change, "is not there to be deleted");
                self.problems.push(with_nearest(problem, &change.key, old.entries.iter().map(|entry| &*entry.key)));
                // Said once, here: what is around it need not be blamed too.
                Effect::Changed
            }
            None => {
                let value = without_nulls(&change.value, inner_nulls_stay);
                old.entries.push(Entry { value, ..change.clone() });
                Effect::Changed
            }
        }
    }
}

/// What one entry of a patch does.
enum Effect {
    Changed,
    Deleted(usize),
    None,
}

/// Whether it was an element of a list, which is written out whole: its name stands within it.
fn is_element(entry: &Entry) -> bool {
    entry.value.span.start <= entry.key_span.start && entry.key_span.end <= entry.value.span.end
}

/// Where each key stands.
fn index(map: &Map) -> HashMap<String, usize> {
    map.entries.iter().enumerate().rev().map(|(at, entry)| (entry.key.to_ascii_lowercase(), at)).collect()
}

/// Something new has nothing to delete.
fn without_nulls(node: &Node, nulls_stay: bool) -> Node {
    let Value::Map(map) = &node.value else {
        return node.clone();
    };
    let kept = map.entries.iter().filter(|entry| nulls_stay || entry.value.value != Value::Null);
    let entries =
        kept.map(|entry| Entry { value: without_nulls(&entry.value, &*entry.key == NULLS_STAY), ..entry.clone() });
    Node { value: Value::Map(Map { entries: entries.collect() }), ..node.clone() }
}

/// Whether two nodes say the same, places aside.
fn same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::Scalar { text: a, .. }, Value::Scalar { text: b, .. }) => a == b,
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Map(a), Value::Map(b)) => {
            let there = index(b);
            let found = |entry: &Entry| {
                let at = there.get(&entry.key.to_ascii_lowercase());
                at.is_some_and(|at| same(&entry.value, &b.entries[*at].value))
            };
            a.entries.len() == b.entries.len() && a.entries.iter().all(found)
        }
        (a, b) => a == b,
    }
}

fn without_effect(change: &Entry, why: &str) -> Diagnostic {
    let span: Span = change.key_span;
    Diagnostic::error(
        "patch-without-effect",
        span,
        format!("the patch changes nothing: `{}` {why}", short(&change.key)),
    )
}
