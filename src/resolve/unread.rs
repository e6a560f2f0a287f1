//! Properties that azreach does not model: what depends on their resource is undetermined.
//!
//! In: the keys that an import could not use (`$notModelled`), and those that the shapes call not modelled yet. Out:
//! [`Model::unread`](crate::model::Model::unread). Deliberately absent: whole resources (that is `unmodelled`).

use super::{Work, family, label, services::bare};
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
        for kind in &NETWORK {
            for entry in family(network, kind.name) {
                let owner = format!("{} `{}`", kind.name, entry.key);
                self.unread_within(entry, &owner, kind.shape, &[]);
            }
        }
        self.unread_connections(network);
    }

    /// A step at a gateway does not say over which of its connections: what is not known of one holds for the gateway.
    fn unread_connections(&mut self, network: &Node) {
        for connection in family(network, "connections") {
            let Some(facts) = self.model.unread.get(&label(connection).origin).cloned() else { continue };
            let ends = ["virtualNetworkGateway1", "virtualNetworkGateway2"].map(|key| connection.value.get(key));
            for name in ends.into_iter().flatten().filter_map(Node::as_str).map(bare) {
                let gateways = family(network, "virtualNetworkGateways").iter();
                let named = gateways.filter(|gateway| bare(&gateway.key).eq_ignore_ascii_case(name));
                named.for_each(|gateway| self.add_unread(gateway, &facts));
            }
        }
    }

    fn add_unread(&mut self, entry: &Entry, facts: &[FactId]) {
        let known = self.model.unread.entry(label(entry).origin).or_default();
        known.extend(facts.iter().filter(|fact| !known.contains(fact)).copied().collect::<Vec<_>>());
    }

    /// A named thing. What is not known of those above it holds for it too.
    fn unread_within(&mut self, entry: &Entry, owner: &str, shape: &'static Shape, above: &[FactId]) {
        let mut facts = above.to_vec();
        self.keys_of(&entry.value, owner, shape, &mut facts);
        if !facts.is_empty() {
            self.model.unread.insert(label(entry).origin, facts.clone());
        }
        for (child, shape, list) in children(&entry.value, shape) {
            let owner = format!("`{}` of {owner}", child.key);
            self.unread_within(child, &owner, shape, &facts);
            // A trace speaks of interfaces and balancers, not of their configurations.
            let part = ["ipConfigurations", "frontendIPConfigurations"].contains(&list);
            if let Some(facts) = self.model.unread.get(&label(child).origin).filter(|_| part).cloned() {
                self.add_unread(entry, &facts);
            }
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

/// The named things right below a thing, and in which of its lists they stand.
fn children<'n>(node: &'n Node, shape: &'static Shape) -> Vec<(&'n Entry, &'static Shape, &'static str)> {
    let below = |entry: &'n Entry| {
        let field = shape.field(&entry.key)?;
        match field.kind {
            Kind::Children(inner) | Kind::ReferencesOrChildren(inner) => {
                Some((entry.value.entries(), inner, field.name))
            }
            _ => None,
        }
    };
    let lists = node.entries().iter().filter_map(below);
    lists.flat_map(|(entries, inner, list)| entries.iter().map(move |entry| (entry, inner, list))).collect()
}
