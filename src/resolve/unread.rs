//! Properties that azreach does not model: what depends on their resource is undetermined.
//!
//! In: the keys that an import could not use (`$notModelled`), and those that the shapes call not modelled yet. Out:
//! [`Model::unread`](crate::model::Model::unread). Deliberately absent: whole resources (that is `unmodelled`).

use super::{Work, label};
use crate::{
    diagnostic::{Diagnostic, Origin, Span},
    model::FactId,
    scenario::{
        NOT_MODELLED_KEY,
        shape::{Kind, NETWORK, Shape},
        tree::{Entry, Node},
    },
};

impl Work {
    /// Notes them all, each at the nearest thing with a name.
    pub(super) fn unread(&mut self, network: &Node) {
        for family in &NETWORK {
            for entry in super::family(network, family.name) {
                let owner = format!("{} `{}`", family.name, entry.key);
                self.unread_within(entry, &owner, family.shape, &[]);
            }
        }
    }

    /// A named thing. What is not known of those above it holds for it too.
    fn unread_within(&mut self, entry: &Entry, owner: &str, shape: &'static Shape, above: &[FactId]) {
        let mut facts = above.to_vec();
        self.keys_of(&entry.value, owner, shape, &mut facts);
        if !facts.is_empty() {
            self.model.unread.insert(label(entry).origin, facts.clone());
        }
        for (child, shape) in children(&entry.value, shape) {
            let owner = format!("`{}` of {owner}", child.key);
            self.unread_within(child, &owner, shape, &facts);
        }
    }

    /// The keys of one thing, with those of objects in it that have no name of their own.
    fn keys_of(&mut self, node: &Node, owner: &str, shape: &'static Shape, facts: &mut Vec<FactId>) {
        for entry in node.entries() {
            if *entry.key == *NOT_MODELLED_KEY {
                for item in entry.value.items() {
                    let Some(text) = item.as_str() else { continue };
                    facts.push(self.note_unread("import-not-modelled", text, owner, item.span));
                }
                continue;
            }
            let Some(field) = shape.field(&entry.key) else { continue };
            match field.kind {
                _ if field.is_not_modelled() && says_something(&entry.value) => {
                    facts.push(self.note_unread("not-modelled-yet", field.name, owner, entry.key_span));
                }
                Kind::Object(inner) | Kind::Lift(inner) => self.keys_of(&entry.value, owner, inner, facts),
                Kind::List(inner) => {
                    entry.value.items().iter().for_each(|item| self.keys_of(item, owner, inner, facts));
                }
                _ => {}
            }
        }
    }

    pub(super) fn note_unread(&mut self, code: &'static str, key: &str, owner: &str, span: Span) -> FactId {
        let message = format!("`{key}` of {owner} is not modelled");
        let problem = Diagnostic::warning(code, span, message.clone());
        self.report(problem.help("verdicts that depend on it are undetermined"));
        self.fact(message, Some(Origin::Text(span)))
    }
}

/// A flag that is off says as much as none.
fn says_something(node: &Node) -> bool {
    let off = |text: &str| ["false", "disabled"].iter().any(|word| text.eq_ignore_ascii_case(word));
    !node.is_hollow() && !node.as_str().is_some_and(off)
}

/// The named things right below a thing.
fn children<'n>(node: &'n Node, shape: &'static Shape) -> Vec<(&'n Entry, &'static Shape)> {
    let below = |entry: &'n Entry| match shape.field(&entry.key)?.kind {
        Kind::Children(inner) | Kind::ReferencesOrChildren(inner) => Some((entry.value.entries(), inner)),
        _ => None,
    };
    let lists = node.entries().iter().filter_map(below);
    lists.flat_map(|(entries, inner)| entries.iter().map(move |entry| (entry, inner))).collect()
}
