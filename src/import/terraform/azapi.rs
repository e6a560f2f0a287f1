//! Resources of the provider azapi: their bodies are ARM's already.
//!
//! In: an `azapi_resource`. Out: its identity and its tree. Deliberately absent: what azapi changes in resources that
//! others make, which is not modelled.

use super::{
    build::{put, scalar},
    follow::{Follow, Wanted},
    identity::text,
    plan::empty,
    types,
};
use crate::{
    diagnostic::{Diagnostics, Source, Sources, Span},
    import::identity::Identity,
    scenario::{
        self,
        tree::{Entry, Node, Value},
    },
};

/// The one kind that makes resources.
pub(super) const RESOURCE: &str = "azapi_resource";

/// By its type, its name and the id of what it is in.
pub(super) fn identity(follow: &Follow<'_>, at: usize) -> Option<Identity> {
    let kind = follow.plan.instances[at].values.get("type").and_then(Node::as_str)?;
    let mut identity = types::identity(kind.split('@').next()?)?;
    let name = follow.name(at).as_str()?.to_owned();
    let parent = text(follow, at, "parent_id", Wanted::Id(None)).unwrap_or_default();
    match Identity::parse(&parent).filter(|parent| parent.types.len() + 1 == identity.types.len()) {
        Some(parent) => Some(parent.child(identity.types.last()?, &name)),
        None if identity.types.len() == 1 => {
            let parts: Vec<&str> = parent.split('/').collect();
            let after = |word: &str| {
                let at = parts.iter().position(|part| part.eq_ignore_ascii_case(word))?;
                parts.get(at + 1).map(|part| (*part).to_owned())
            };
            identity.subscription = after("subscriptions").unwrap_or_default();
            identity.group = after("resourceGroups").unwrap_or_default();
            identity.names = vec![name];
            Some(identity)
        }
        None => None,
    }
}

/// The body with the place of the resource; where parts of it are known only after apply, it is in doubt.
pub(super) fn node(follow: &Follow<'_>, at: usize) -> Node {
    let one = &follow.plan.instances[at];
    let body = one.values.get("body");
    let read = body.and_then(|body| match body.as_str() {
        Some(text) => inner(text, body.span),
        None => Some(body.clone()).filter(|body| body.as_map().is_some()),
    });
    let whole = read.is_some() && !has_unknown(follow, at);
    let mut node = read.unwrap_or_else(|| empty(one.values.span));
    if let Some(location) = one.values.get("location") {
        put(&mut node, "location", location.span, location.clone());
    }
    if !whole {
        put(&mut node, "azapi body", one.span, scalar(one.span, "known only after apply"));
    }
    node
}

/// Whether the plan says that a part of the body is not known yet.
fn has_unknown(follow: &Follow<'_>, at: usize) -> bool {
    match follow.plan.change_of(at) {
        Some(_) => follow.plan.unknown_in(at, &[], "body").is_some_and(says_true),
        None => follow.place_of(at, &[("body", 0)]).is_some() && !follow.is_constant(at, "body"),
    }
}

/// Whether something in it is known only after apply.
pub(super) fn says_true(node: &Node) -> bool {
    match &node.value {
        Value::List(items) => items.iter().any(says_true),
        Value::Map(map) => map.entries.iter().any(|entry| says_true(&entry.value)),
        _ => node.as_str() == Some("true"),
    }
}

/// JSON in a text: all of it is at the place of the text.
fn inner(text: &str, span: Span) -> Option<Node> {
    let mut sources = Sources::default();
    let id = sources.add(Source::new("body", text));
    let mut problems = Diagnostics::default();
    let node = scenario::parse_json(&sources, id, &mut problems)?;
    Some(placed(node, span)).filter(|node| node.as_map().is_some() && !problems.has_errors())
}

fn placed(mut node: Node, span: Span) -> Node {
    node.value = match node.value {
        Value::List(items) => Value::List(items.into_iter().map(|item| placed(item, span)).collect()),
        Value::Map(mut map) => {
            let entries = map.entries.into_iter();
            map.entries =
                entries.map(|entry| Entry { key_span: span, value: placed(entry.value, span), ..entry }).collect();
            Value::Map(map)
        }
        other => other,
    };
    Node { span, ..node }
}
