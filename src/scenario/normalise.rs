//! One form for every way of writing: `properties` hoisted, lists of named things turned into maps, references
//! reduced to text, keys spelt as ARM spells them.
//!
//! In: a raw tree and the shapes. Out: a canonical tree. Unknown keys and values of the wrong kind are errors,
//! all of them in one run.

use super::{
    NOT_MODELLED_KEY,
    shape::{CLI_NAMES, Field, IGNORED, Kind, NETWORK, Shape, UNMODELLED, UNNAMED, is_type_of_wan},
    short,
    tree::{Entry, Map, Node, Value},
    with_nearest,
};
use crate::diagnostic::{Diagnostic, Diagnostics};

/// Puts `network` into its canonical form.
pub(super) fn network(node: Node, diagnostics: &mut Diagnostics) -> Node {
    let mut work = Work { diagnostics, patch: false };
    work.network(node)
}

/// The same for a patch, in which null deletes.
pub(super) fn network_patch(node: Node, diagnostics: &mut Diagnostics) -> Node {
    let mut work = Work { diagnostics, patch: true };
    work.network(node)
}

/// Most resources of one file: memory stays under 1 GB.
const MAX_RESOURCES: usize = 500_000;

struct Work<'a> {
    diagnostics: &'a mut Diagnostics,
    /// Null means "delete" and stays.
    patch: bool,
}

impl Work<'_> {
    fn network(&mut self, node: Node) -> Node {
        let span = node.span;
        let entries = self.map_entries(node, "`network`");
        let resources: usize =
            entries.iter().map(|entry| entry.value.items().len().max(entry.value.entries().len())).sum();
        if resources > MAX_RESOURCES {
            let message = format!("{resources} resources, more than {MAX_RESOURCES} in one file");
            self.diagnostics.push(Diagnostic::error("file-too-large", span, message).help("split the model"));
            return Node::new(span, Value::Map(Map::default()));
        }
        let mut families: Vec<Entry> = Vec::new();
        for entry in entries {
            if let Some(family) = self.family(entry) {
                add(&mut families, family, self.diagnostics);
            }
        }
        Node::new(span, Value::Map(Map { entries: families }))
    }

    /// One resource map: modelled, read only, or unknown.
    fn family(&mut self, entry: Entry) -> Option<Entry> {
        if entry.value.value == Value::Null && !self.patch {
            return None;
        }
        if let Some(family) = NETWORK.iter().find(|family| family.name.eq_ignore_ascii_case(&entry.key)) {
            let value = self.children(entry.value, family.shape, family.name);
            return Some(Entry { key: family.name.into(), value, ..entry });
        }
        if let Some(name) = UNMODELLED.iter().find(|name| name.eq_ignore_ascii_case(&entry.key)) {
            let value = self.named(entry.value, name);
            return Some(Entry { key: (*name).into(), value, ..entry });
        }
        let known = NETWORK.iter().map(|family| family.name).chain(UNMODELLED);
        let problem = Diagnostic::error(
            "unknown-key",
            entry.key_span,
            format!("`network` has no resource map `{}`", short(&entry.key)),
        );
        self.diagnostics.push(with_nearest(problem, &entry.key, known));
        None
    }

    /// Named things of one shape.
    fn children(&mut self, node: Node, shape: &'static Shape, what: &str) -> Node {
        let mut node = self.named(node, what);
        if let Value::Map(map) = &mut node.value {
            map.entries.retain(|entry| self.is_there(entry));
            for entry in &mut map.entries {
                let value = std::mem::replace(&mut entry.value, Node::new(entry.key_span, Value::Null));
                entry.value = self.object(value, shape, &entry.key);
            }
        }
        node
    }

    /// Null is absent, which is seldom meant where a name stands before it.
    fn is_there(&mut self, entry: &Entry) -> bool {
        let absent = entry.value.value == Value::Null && !self.patch;
        if absent {
            let name = short(&entry.key);
            let problem =
                Diagnostic::warning("null-is-absent", entry.key_span, format!("`{name}` is null and therefore absent"));
            self.diagnostics.push(problem.help(format!("write `{name}: {{}}` for one without properties")));
        }
        !absent
    }

    /// A map of named things, or a list of `{name, …}` made into one.
    fn named(&mut self, node: Node, what: &str) -> Node {
        let Node { span, value, origin } = node;
        let entries = match value {
            Value::List(items) => items,
            Value::Map(_) | Value::Null => {
                return Node { span, value, origin };
            }
            other => {
                let node = Node { span, value: other, origin };
                self.wrong(&node, what, "a map from names to things, or a list of things with names");
                return Node::new(span, Value::Map(Map::default()));
            }
        };
        let entries: Vec<Entry> =
            entries.into_iter().enumerate().filter_map(|(at, item)| self.with_name(at, item, what)).collect();
        super::report_duplicates(&entries, self.diagnostics);
        Node { span, value: Value::Map(Map { entries }), origin }
    }

    /// An item of a list under its `name`, the last part of its `id`, or its number where names do not matter.
    fn with_name(&mut self, at: usize, item: Node, what: &str) -> Option<Entry> {
        let last = |id: &Node| id.as_str().and_then(|id| id.rsplit('/').next().map(Box::from));
        let name = item.get("name").and_then(|name| Some((name.as_str()?.into(), name.span)));
        let id = || item.get("id").and_then(|id| Some((last(id)?, id.span)));
        let number = || UNNAMED.contains(&what).then(|| (at.to_string().into_boxed_str(), item.span));
        let found = name.or_else(id).or_else(number);
        if found.is_none() {
            let problem = Diagnostic::error("missing-name", item.span, format!("an item of `{what}` has no `name`"));
            self.diagnostics.push(problem.help("write `- name: …`, or a map from names to things"));
        }
        found.map(|(key, key_span)| Entry { key, key_span, value: item })
    }

    /// One thing of a shape.
    fn object(&mut self, node: Node, shape: &'static Shape, name: &str) -> Node {
        if node.value == Value::Null || matches!(node.value, Value::Unknown { .. }) {
            return node;
        }
        let (span, origin) = (node.span, node.origin.clone());
        let mut fields: Vec<Entry> = Vec::with_capacity(node.entries().len());
        for entry in self.map_entries(node, &format!("`{name}`")) {
            if entry.key.eq_ignore_ascii_case("properties") && shape.field("properties").is_none() {
                for inner in self.map_entries(entry.value, "`properties`") {
                    self.field(inner, shape, name, &mut fields);
                }
            } else {
                self.field(entry, shape, name, &mut fields);
            }
        }
        Node { span, value: Value::Map(Map { entries: fields }), origin }
    }

    fn field(&mut self, entry: Entry, shape: &'static Shape, name: &str, fields: &mut Vec<Entry>) {
        if *entry.key == *NOT_MODELLED_KEY {
            let value = self.list_of(entry.value, |work, item| work.scalar(item, NOT_MODELLED_KEY));
            add(fields, Entry { value, ..entry }, self.diagnostics);
            return;
        }
        let Some(field) = shape.field(&entry.key) else {
            self.unknown_field(&entry, shape, name);
            return;
        };
        // What a resource is, beside a property of the same name.
        if field.name == "type" && entry.value.as_str().is_some_and(is_type_of_wan) {
            return;
        }
        if entry.value.value == Value::Null {
            self.null(&entry, field, shape, fields);
            return;
        }
        match field.kind {
            Kind::Ignored => {}
            Kind::Lift(inner) => {
                let lifted = self.map_entries(entry.value, &format!("`{}`", field.name));
                for inner_entry in lifted {
                    self.lifted(inner_entry, inner, shape, field.name, fields);
                }
            }
            _ => {
                let value = self.value(entry.value, field);
                add(fields, Entry { key: field.name.into(), key_span: entry.key_span, value }, self.diagnostics);
            }
        }
    }

    /// Null is absent; in a patch it deletes, what an object lifts included.
    fn null(&mut self, entry: &Entry, field: &'static Field, shape: &'static Shape, fields: &mut Vec<Entry>) {
        let names: Vec<&'static str> = match field.kind {
            _ if !self.patch => Vec::new(),
            Kind::Ignored => Vec::new(),
            Kind::Lift(inner) => {
                // What it is mainly about: pools beside prefixes are seldom there.
                let main = inner.fields.iter().filter(|lifted| !matches!(lifted.kind, Kind::Any));
                main.map(|lifted| lifted.name).filter(|name| shape.field(name).is_some()).collect()
            }
            _ => vec![field.name],
        };
        for name in names {
            add(fields, Entry { key: name.into(), ..entry.clone() }, self.diagnostics);
        }
    }

    /// A key of a lifted object is the parent's own.
    fn lifted(
        &mut self,
        entry: Entry,
        inner: &'static Shape,
        outer: &'static Shape,
        name: &str,
        fields: &mut Vec<Entry>,
    ) {
        if inner.field(&entry.key).is_some_and(|field| !matches!(field.kind, Kind::Ignored)) {
            self.field(entry, outer, name, fields);
        } else if inner.field(&entry.key).is_none() {
            self.unknown_field(&entry, inner, name);
        }
    }

    fn unknown_field(&mut self, entry: &Entry, shape: &'static Shape, name: &str) {
        let harmless = ["name", "apiVersion"].iter().chain(&IGNORED).any(|key| key.eq_ignore_ascii_case(&entry.key));
        let full = self.diagnostics.iter().len() >= Diagnostics::LIMIT;
        if harmless || full || entry.key.starts_with("//") {
            return;
        }
        let problem = Diagnostic::error(
            "unknown-key",
            entry.key_span,
            format!("`{}` has no key `{}`", short(name), short(&entry.key)),
        );
        let known = shape.fields.iter().map(|field| field.name);
        self.diagnostics.push(with_nearest(problem, &entry.key, known));
    }

    fn value(&mut self, node: Node, field: &'static Field) -> Node {
        if matches!(node.value, Value::Unknown { .. }) {
            return node;
        }
        match field.kind {
            Kind::Scalar => self.scalar(node, field.name),
            Kind::Boolean => self.boolean(node, field.name),
            Kind::OneOf(words) => self.one_of(node, field.name, words),
            Kind::Scalars => self.list_of(node, |work, item| work.scalar(item, field.name)),
            Kind::Reference => self.reference(node, field.name),
            Kind::References => self.list_of(node, |work, item| work.reference(item, field.name)),
            Kind::Named(key) => self.named_word(node, field.name, key),
            Kind::NamedList(key) => self.list_of(node, |work, item| work.named_word(item, field.name, key)),
            Kind::Object(shape) => self.object(node, shape, field.name),
            Kind::Children(shape) => self.children(node, shape, field.name),
            Kind::ScalarMap => self.scalar_map(node, field.name),
            Kind::List(shape) => self.list_of(node, |work, item| work.object(item, shape, field.name)),
            Kind::ScalarsOrObjects(shape) => self.list_of(node, |work, item| match item.value {
                Value::Map(_) => work.object(item, shape, field.name),
                _ => work.scalar(item, field.name),
            }),
            Kind::ReferencesOrChildren(shape) => self.references_or_children(node, shape, field.name),
            Kind::Any | Kind::Ignored | Kind::Lift(_) => node,
        }
    }

    fn list_of(&mut self, node: Node, mut each: impl FnMut(&mut Self, Node) -> Node) -> Node {
        let (span, origin) = (node.span, node.origin.clone());
        let items = match node.value {
            Value::List(items) => items,
            _ => vec![node],
        };
        let items = items.into_iter().filter(|item| item.value != Value::Null).map(|item| each(self, item)).collect();
        Node { span, value: Value::List(items), origin }
    }

    fn scalar(&mut self, node: Node, name: &str) -> Node {
        if !matches!(node.value, Value::Scalar { .. } | Value::Unknown { .. }) {
            self.wrong(&node, name, "a single value");
        }
        node
    }

    fn boolean(&mut self, node: Node, name: &str) -> Node {
        let known = ["true", "false"]
            .into_iter()
            .find(|word| node.as_str().is_some_and(|text| text.eq_ignore_ascii_case(word)));
        match known {
            Some(word) => Node { value: Value::Scalar { text: word.into(), plain: true }, ..node },
            None => {
                self.wrong(&node, name, "true or false");
                node
            }
        }
    }

    fn one_of(&mut self, node: Node, name: &str, words: &'static [&'static str]) -> Node {
        let Some(text) = node.as_str() else {
            self.wrong(&node, name, "a single value");
            return node;
        };
        match words.iter().find(|word| word.eq_ignore_ascii_case(text)) {
            Some(word) => Node { value: Value::Scalar { text: (*word).into(), plain: false }, ..node },
            None => {
                let problem =
                    Diagnostic::error("bad-value", node.span, format!("`{}` is no value of `{name}`", short(text)));
                self.diagnostics.push(problem.help(format!("it takes {}", words.join(", "))));
                node
            }
        }
    }

    /// A name, an ARM id, or an object with an `id`.
    fn reference(&mut self, node: Node, name: &str) -> Node {
        match by_name(&node, "id") {
            Some(id) if id.as_str().is_some() || matches!(id.value, Value::Unknown { .. }) => id.clone(),
            Some(id) => {
                self.wrong(&id.clone(), "id", "a single value");
                id.clone()
            }
            None => self.scalar(node, name),
        }
    }

    fn named_word(&mut self, node: Node, name: &str, key: &str) -> Node {
        let inner = by_name(&node, key).or_else(|| node.get("properties").and_then(|inner| inner.get(key))).cloned();
        match inner {
            // `{subnet: {id}}`: the word is a reference.
            Some(word) => word.get("id").cloned().unwrap_or(word),
            None => self.scalar(node, name),
        }
    }

    fn scalar_map(&mut self, node: Node, name: &str) -> Node {
        if node.as_map().is_none() {
            self.wrong(&node, name, "a map from names to addresses");
        }
        for entry in node.entries() {
            if !matches!(entry.value.value, Value::Scalar { .. } | Value::Unknown { .. } | Value::Null) {
                self.wrong(&entry.value, &entry.key, "a single value");
            }
        }
        node
    }

    /// A list of references and of things, or a map of things: always a map; a reference keeps its text as value.
    fn references_or_children(&mut self, node: Node, shape: &'static Shape, name: &str) -> Node {
        let (span, origin) = (node.span, node.origin.clone());
        let entries: Vec<Entry> = match node.value {
            Value::List(items) => items
                .into_iter()
                .enumerate()
                .map(|(index, item)| {
                    let key = item.get("name").and_then(Node::as_str).map_or_else(|| index.to_string(), str::to_owned);
                    Entry { key: key.into(), key_span: item.span, value: item }
                })
                .collect(),
            Value::Map(map) => map.entries,
            value @ Value::Scalar { .. } => {
                vec![Entry { key: "0".into(), key_span: span, value: Node { span, value, origin: None } }]
            }
            other => {
                self.wrong(&Node { span, value: other, origin: None }, name, "references, or things with names");
                Vec::new()
            }
        };
        super::report_duplicates(&entries, self.diagnostics);
        let entries = entries.into_iter().filter(|entry| self.is_there(entry)).collect::<Vec<Entry>>();
        let entries = entries.into_iter().map(|entry| self.reference_or_child(entry, shape)).collect();
        Node { span, value: Value::Map(Map { entries }), origin }
    }

    fn reference_or_child(&mut self, entry: Entry, shape: &'static Shape) -> Entry {
        // An export's child has an id of its own beside its properties.
        let has_fields = entry
            .value
            .entries()
            .iter()
            .any(|inner| inner.key.eq_ignore_ascii_case("properties") || shape.field(&inner.key).is_some());
        let is_reference = entry.value.as_str().is_some() || (entry.value.get("id").is_some() && !has_fields);
        let value = if is_reference {
            self.reference(entry.value, &entry.key)
        } else {
            self.object(entry.value, shape, &entry.key)
        };
        Entry { value, ..entry }
    }

    fn map_entries(&mut self, node: Node, what: &str) -> Vec<Entry> {
        match node.value {
            Value::Map(map) => map.entries,
            Value::Null => Vec::new(),
            other => {
                self.wrong(&Node { value: other, ..node }, what, "a map");
                Vec::new()
            }
        }
    }

    fn wrong(&mut self, node: &Node, what: &str, wanted: &str) {
        let what = short(what.trim_matches('`'));
        let message = format!("`{what}` takes {wanted}, not {}", node.kind());
        self.diagnostics.push(Diagnostic::error("wrong-type", node.span, message));
    }
}

/// A key by ARM's name, or by that of `az`.
fn by_name<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    let cli = || CLI_NAMES.iter().find(|(_, arm)| *arm == key).and_then(|(cli, _)| node.get(cli));
    node.get(key).or_else(cli)
}

/// Adds an entry; the same key from two places (flat and under `properties`) is an error.
fn add(entries: &mut Vec<Entry>, entry: Entry, diagnostics: &mut Diagnostics) {
    match entries.iter().find(|other| other.key == entry.key) {
        Some(first) => {
            let problem =
                Diagnostic::error("duplicate-key", entry.key_span, format!("`{}` is here twice", short(&entry.key)));
            diagnostics.push(problem.related(first.key_span, "first here"));
        }
        None => entries.push(entry),
    }
}
