//! The keys of a resource against the shapes of the format: what is used stays, the rest is in the report.
//!
//! In: a resource as some tool wrote it, nested or flat. Out: the same without what the format does not know.
//! Deliberately absent: one form for all ways of writing (that is `scenario`, which reads the result).

use super::{
    harmless::{self, is_in},
    report::Report,
};
use crate::{
    diagnostic::Span,
    scenario::{
        NOT_MODELLED_KEY,
        shape::{Field, IGNORED, Kind, Shape, is_type_of_wan},
        tree::{Entry, Map, Node, Value},
    },
};

/// And of those that only Azure writes.
const READ_ONLY: &str = "read only";

/// One resource at a time.
pub(super) struct Prune<'a> {
    pub(super) report: &'a mut Report,
    /// Type and name of the resource at hand.
    pub(super) resource: String,
    /// What the thing at hand, or an object in it without a name, has and the format does not know.
    unread: Vec<Node>,
}

impl<'a> Prune<'a> {
    pub(super) fn new(report: &'a mut Report, resource: String) -> Self {
        Prune { report, resource, unread: Vec::new() }
    }

    /// A thing with a name: it carries what is not known of it.
    pub(super) fn thing(&mut self, node: Node, shape: &'static Shape, path: &str) -> Node {
        let above = std::mem::take(&mut self.unread);
        let mut node = self.object(node, shape, path);
        let unread = std::mem::replace(&mut self.unread, above);
        if let (Value::Map(map), Some(first)) = (&mut node.value, unread.first()) {
            let key_span = first.span;
            let value = Node::new(key_span, Value::List(unread));
            map.entries.push(Entry { key: NOT_MODELLED_KEY.into(), key_span, value });
        }
        node
    }

    /// An object: `properties` count as its own keys.
    fn object(&mut self, node: Node, shape: &'static Shape, path: &str) -> Node {
        let (span, origin) = (node.span, node.origin.clone());
        let Value::Map(map) = node.value else {
            return Node { value: expression(node.value), ..Node::new(span, Value::Null) };
        };
        let mut kept: Vec<Entry> = Vec::with_capacity(map.entries.len());
        for entry in map.entries {
            let hoisted = entry.key.eq_ignore_ascii_case("properties") && shape.field("properties").is_none();
            match entry.value.value {
                Value::Map(inner) if hoisted => {
                    inner.entries.into_iter().for_each(|entry| self.entry(entry, shape, path, &mut kept));
                }
                value => self.entry(Entry { value: Node { value, ..entry.value }, ..entry }, shape, path, &mut kept),
            }
        }
        Node { span, value: Value::Map(Map { entries: kept }), origin }
    }

    fn entry(&mut self, entry: Entry, shape: &'static Shape, path: &str, kept: &mut Vec<Entry>) {
        if entry.value.is_hollow() {
            return;
        }
        let within = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let Some(field) = shape.field(&entry.key) else {
            self.unknown(&entry, within(&entry.key), kept);
            return;
        };
        // What the resource is, beside a property of the same name.
        if field.name == "type" && entry.value.as_str().is_some_and(is_type_of_wan) {
            self.report.harmless(entry.key_span, self.resource.clone(), Some(within(field.name)));
            return;
        }
        // Said twice, flat and nested: the first counts.
        if kept.iter().any(|other| other.key.eq_ignore_ascii_case(field.name)) {
            return;
        }
        if matches!(field.kind, Kind::Ignored) || field.about.starts_with(READ_ONLY) {
            self.report.harmless(entry.key_span, self.resource.clone(), Some(within(field.name)));
            return;
        }
        if field.is_not_modelled() && !is_word(&entry.value, "false") {
            self.report.not_modelled(entry.key_span, self.resource.clone(), Some(within(field.name)));
        }
        if matches!(entry.value.value, Value::Unknown { .. }) && holds_things(&field.kind) {
            self.not_modelled(entry.key_span, within(field.name));
            return;
        }
        let value = self.value(entry.value, field, &within(field.name));
        if value.is_hollow() {
            return;
        }
        kept.push(Entry { key: field.name.into(), value, ..entry });
    }

    /// A name stays, for lists of named things; other keys that the format does not know are reported.
    fn unknown(&mut self, entry: &Entry, path: String, kept: &mut Vec<Entry>) {
        if entry.key.eq_ignore_ascii_case("name") {
            kept.push(entry.clone());
        } else if is_in(&IGNORED, &entry.key) || is_in(&harmless::PROPERTIES, &entry.key) || self.is_harmless(&path) {
            self.report.harmless(entry.key_span, self.resource.clone(), Some(path));
        } else {
            self.not_modelled(entry.key_span, path);
        }
    }

    /// What is not known of the thing at hand.
    fn not_modelled(&mut self, span: Span, path: String) {
        let text = Value::Scalar { text: path.as_str().into(), plain: false };
        self.unread.push(Node::new(span, text));
        self.report.not_modelled(span, self.resource.clone(), Some(path));
    }

    /// Harmless for this type of resource.
    fn is_harmless(&self, path: &str) -> bool {
        let kind = self.resource.split('/').next().unwrap_or_default();
        harmless::PATHS.iter().any(|(family, known)| *family == kind && known.eq_ignore_ascii_case(path))
    }

    fn value(&mut self, node: Node, field: &'static Field, path: &str) -> Node {
        match field.kind {
            Kind::Object(shape) | Kind::Lift(shape) => self.object(node, shape, path),
            Kind::Children(shape) => self.each(node, path, |prune, item| match name_of_bare(&item) {
                Some(name) => name,
                None => prune.thing(item, shape, path),
            }),
            Kind::List(shape) => self.each(node, path, |prune, item| prune.object(item, shape, path)),
            Kind::ScalarsOrObjects(shape) => self.each(node, path, |prune, item| match item.as_map() {
                Some(_) => prune.object(item, shape, path),
                None => expressions(item),
            }),
            Kind::ReferencesOrChildren(shape) => self.each(node, path, |prune, item| match is_reference(&item) {
                true => expressions(item),
                false => prune.thing(item, shape, path),
            }),
            Kind::References if field.name == "networkInterfaces" => primary_first(node),
            Kind::Any => node,
            // `{id: null}` names nothing.
            Kind::Reference if node.as_map().is_some_and(|map| map.entries.iter().all(|one| one.value.is_hollow())) => {
                Node::new(node.span, Value::Null)
            }
            // What a parameter has is its value; an empty one is none.
            Kind::Named(key) if node.get(key).is_some_and(Node::is_hollow) => Node::new(node.span, Value::Null),
            _ => expressions(node),
        }
    }

    /// Each item; one of which nothing is known is told.
    fn each(&mut self, node: Node, path: &str, mut change: impl FnMut(&mut Self, Node) -> Node) -> Node {
        let Node { span, value, origin } = node;
        let value = match value {
            Value::List(items) => {
                let (unknown, known): (Vec<Node>, Vec<Node>) =
                    items.into_iter().partition(|item| matches!(item.value, Value::Unknown { .. }));
                unknown.iter().for_each(|item| self.not_modelled(item.span, path.to_owned()));
                Value::List(known.into_iter().map(|item| change(self, item)).collect())
            }
            Value::Map(map) => {
                let entries = map.entries.into_iter();
                let entries = entries.map(|entry| Entry { value: change(self, entry.value), ..entry });
                Value::Map(Map { entries: entries.collect() })
            }
            other => other,
        };
        Node { span, value, origin }
    }
}

/// A child of which a text has the id alone: its name, under which it is found elsewhere.
fn name_of_bare(item: &Node) -> Option<Node> {
    let map = item.as_map().filter(|map| map.entries.len() == 1)?;
    let id = map.get("id")?;
    let name =
        Node { value: Value::Scalar { text: id.as_str()?.rsplit('/').next()?.into(), plain: false }, ..id.clone() };
    let entries = vec![Entry { key: "name".into(), key_span: id.span, value: name }];
    Some(Node { value: Value::Map(Map { entries }), ..item.clone() })
}

/// Whether a key holds things, which cannot be looked at where it is unknown as a whole.
fn holds_things(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Children(_)
            | Kind::List(_)
            | Kind::ScalarsOrObjects(_)
            | Kind::ReferencesOrChildren(_)
            | Kind::Object(_)
            | Kind::Lift(_)
            | Kind::ScalarMap
    )
}

/// A name, an id, or an object with nothing but an `id`.
fn is_reference(node: &Node) -> bool {
    node.as_map().is_none_or(|map| map.entries.iter().all(|entry| entry.key.eq_ignore_ascii_case("id")))
}

/// A machine sends from its primary interface: that one stands first.
fn primary_first(mut node: Node) -> Node {
    let is_primary = |item: &Node| {
        let nested = item.get("properties").and_then(|inner| inner.get("primary"));
        nested.or(item.get("primary")).is_some_and(|word| is_word(word, "true"))
    };
    if let Value::List(items) = &mut node.value {
        items.sort_by_key(|item| !is_primary(item));
    }
    expressions(node)
}

/// Expressions of templates, which are not evaluated here, are not known.
fn expressions(node: Node) -> Node {
    let Node { span, value, origin } = node;
    let value = match value {
        Value::List(items) => Value::List(items.into_iter().map(expressions).collect()),
        Value::Map(map) => {
            let entries = map.entries.into_iter();
            let entries = entries.map(|entry| Entry { value: expressions(entry.value), ..entry });
            Value::Map(Map { entries: entries.collect() })
        }
        other => expression(other),
    };
    Node { span, value, origin }
}

fn expression(value: Value) -> Value {
    match &value {
        Value::Scalar { text, plain: false } if is_expression(text) => {
            Value::Unknown { reason: format!("the expression `{text}` is not evaluated").into(), at: None }
        }
        _ => value,
    }
}

/// `[…]`, as templates write what is worked out when they are deployed.
pub(super) fn is_expression(text: &str) -> bool {
    text.starts_with('[') && text.ends_with(']') && !text.starts_with("[[")
}

fn is_word(node: &Node, word: &str) -> bool {
    node.as_str().is_some_and(|text| text.eq_ignore_ascii_case(word))
}
