//! One form for every way of writing: `properties` hoisted, lists of named things turned into maps, references
//! reduced to text, keys spelt as ARM spells them.
//!
//! In: a raw tree and the shapes. Out: a canonical tree. Unknown keys and values of the wrong kind are errors,
//! all of them in one run.

use super::{
    shape::{Field, IGNORED, Kind, NETWORK, Shape, UNMODELLED},
    tree::{Entry, Map, Node, Value},
};
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};

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

struct Work<'a> {
    diagnostics: &'a mut Diagnostics,
    /// Null means "delete" and stays.
    patch: bool,
}

impl Work<'_> {
    fn network(&mut self, node: Node) -> Node {
        let span = node.span;
        let entries = self.map_entries(node, "`network`");
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
        let problem =
            Diagnostic::error("unknown-key", entry.key_span, format!("`network` has no resource map `{}`", entry.key));
        self.diagnostics.push(with_nearest(problem, &entry.key, known));
        None
    }

    /// Named things of one shape.
    fn children(&mut self, node: Node, shape: &'static Shape, what: &str) -> Node {
        let mut node = self.named(node, what);
        if let Value::Map(map) = &mut node.value {
            for entry in &mut map.entries {
                let value = std::mem::replace(&mut entry.value, Node::new(entry.key_span, Value::Null));
                entry.value = self.object(value, shape, &entry.key);
            }
        }
        node
    }

    /// A map of named things, or a list of `{name, …}` made into one.
    fn named(&mut self, node: Node, what: &str) -> Node {
        let Node { span, value, origin } = node;
        match value {
            Value::List(items) => {
                let mut entries = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    let (key, key_span) = match item.get("name") {
                        Some(name) => (name.as_str().unwrap_or_default().into(), name.span),
                        None => (index.to_string().into_boxed_str(), item.span),
                    };
                    entries.push(Entry { key, key_span, value: item });
                }
                super::report_duplicates(&entries, self.diagnostics);
                Node { span, value: Value::Map(Map { entries }), origin }
            }
            Value::Map(_) | Value::Null => Node { span, value, origin },
            other => {
                let node = Node { span, value: other, origin };
                self.wrong(&node, what, "a map from names to things, or a list of things with names");
                Node::new(span, Value::Map(Map::default()))
            }
        }
    }

    /// One thing of a shape.
    fn object(&mut self, node: Node, shape: &'static Shape, name: &str) -> Node {
        if node.value == Value::Null || matches!(node.value, Value::Unknown { .. }) {
            return node;
        }
        let (span, mut origin) = (node.span, node.origin.clone());
        let mut fields: Vec<Entry> = Vec::new();
        for entry in self.map_entries(node, &format!("`{name}`")) {
            if entry.key.eq_ignore_ascii_case("$origin") {
                origin = entry.value.as_str().map(Into::into);
            } else if entry.key.eq_ignore_ascii_case("properties") && shape.field("properties").is_none() {
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
        let Some(field) = shape.field(&entry.key) else {
            self.unknown_field(&entry, shape, name);
            return;
        };
        if entry.value.value == Value::Null {
            if self.patch {
                add(fields, Entry { key: field.name.into(), ..entry }, self.diagnostics);
            }
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
        if harmless || entry.key.starts_with("$") || entry.key.starts_with("//") {
            return;
        }
        let problem = Diagnostic::error("unknown-key", entry.key_span, format!("`{name}` has no key `{}`", entry.key));
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
        let known =
            node.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"));
        if !known {
            self.wrong(&node, name, "true or false");
        }
        node
    }

    fn one_of(&mut self, node: Node, name: &str, words: &'static [&'static str]) -> Node {
        let Some(text) = node.as_str() else {
            self.wrong(&node, name, "a single value");
            return node;
        };
        match words.iter().find(|word| word.eq_ignore_ascii_case(text)) {
            Some(word) => Node { value: Value::Scalar { text: (*word).into(), plain: false }, ..node },
            None => {
                let problem = Diagnostic::error("bad-value", node.span, format!("`{text}` is no value of `{name}`"));
                self.diagnostics.push(problem.help(format!("it takes {}", words.join(", "))));
                node
            }
        }
    }

    /// A name, an ARM id, or an object with an `id`.
    fn reference(&mut self, node: Node, name: &str) -> Node {
        match node.get("id") {
            Some(id) if id.as_str().is_some() || matches!(id.value, Value::Unknown { .. }) => id.clone(),
            Some(id) => {
                self.wrong(&id.clone(), "id", "a single value");
                id.clone()
            }
            None => self.scalar(node, name),
        }
    }

    fn named_word(&mut self, node: Node, name: &str, key: &str) -> Node {
        let inner = node.get(key).or_else(|| node.get("properties").and_then(|inner| inner.get(key))).cloned();
        match inner {
            Some(word) => word,
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
        let entries = match node.value {
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
        let entries = entries.into_iter().map(|entry| self.reference_or_child(entry, shape)).collect();
        Node { span, value: Value::Map(Map { entries }), origin }
    }

    fn reference_or_child(&mut self, entry: Entry, shape: &'static Shape) -> Entry {
        let is_reference = entry.value.as_str().is_some() || entry.value.get("id").is_some();
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
        let what = what.trim_matches('`');
        let message = format!("`{what}` takes {wanted}, not {}", node.kind());
        self.diagnostics.push(Diagnostic::error("wrong-type", node.span, message));
    }
}

/// Adds an entry; the same key from two places (flat and under `properties`) is an error.
fn add(entries: &mut Vec<Entry>, entry: Entry, diagnostics: &mut Diagnostics) {
    match entries.iter().find(|other| other.key == entry.key) {
        Some(first) => {
            let problem = Diagnostic::error("duplicate-key", entry.key_span, format!("`{}` is here twice", entry.key));
            diagnostics.push(problem.related(first.key_span, "first here"));
        }
        None => entries.push(entry),
    }
}

/// Names the nearest known key.
pub(super) fn with_nearest<'a>(problem: Diagnostic, key: &str, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    match nearest(key, known, 3) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help("docs/scenario.md lists the keys"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diagnostic::{Source, Sources},
        scenario::read,
    };

    fn show(node: &Node) -> String {
        match &node.value {
            Value::Null => "null".to_owned(),
            Value::Scalar { text, .. } => text.to_string(),
            Value::Unknown { reason, .. } => format!("?{reason}"),
            Value::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(",")),
            Value::Map(map) => {
                let mut entries: Vec<_> =
                    map.entries.iter().map(|entry| format!("{}:{}", entry.key, show(&entry.value))).collect();
                entries.sort();
                format!("{{{}}}", entries.join(","))
            }
        }
    }

    /// The canonical `network` of a text, and the codes of what was found.
    fn canonical(network: &str) -> (String, Vec<&'static str>) {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("text.yaml", format!("network: {network}\n")));
        let mut diagnostics = Diagnostics::default();
        let mut none = |_: &str, _: &str| Err("there is nothing to import".to_owned());
        let scenario = read(&mut sources, id, &mut none, &mut diagnostics).expect("a tree");
        (show(&scenario.network), diagnostics.iter().map(|one| one.code).collect())
    }

    #[test]
    fn every_way_of_writing_is_the_same() {
        for (short, long) in [
            (
                "{virtualNetworks: {v: {addressPrefixes: [10.0.0.0/16]}}}",
                "{virtualNetworks: [{name: v, properties: {addressSpace: {addressPrefixes: [10.0.0.0/16]}}}]}",
            ),
            (
                "{virtualNetworks: {v: {subnets: {a: {addressPrefix: 10.0.0.0/24}}}}}",
                "{VirtualNetworks: {v: {SUBNETS: [{name: a, properties: {AddressPrefix: 10.0.0.0/24, provisioningState: Succeeded}}]}}}",
            ),
            (
                "{virtualNetworks: {v: {subnets: {a: {networkSecurityGroup: n}}}}}",
                "{virtualNetworks: {v: {subnets: {a: {networkSecurityGroup: {id: n}}}}}}",
            ),
            (
                "{publicIPAddresses: {p: {sku: Standard}}}",
                "{publicIPAddresses: [{name: p, sku: {name: Standard}, etag: x, id: y, type: z, routeTable: null}]}",
            ),
            (
                "{virtualNetworks: {v: {subnets: {a: {serviceEndpoints: [Microsoft.Storage]}}}}}",
                "{virtualNetworks: {v: {subnets: {a: {serviceEndpoints: [{service: Microsoft.Storage}]}}}}}",
            ),
        ] {
            let (short, long) = (canonical(short), canonical(&long.replace(", routeTable: null", "")));
            assert_eq!(short.1, Vec::<&str>::new());
            assert_eq!(short, long);
        }
    }

    #[test]
    fn null_is_absent() {
        let absent = canonical("{virtualNetworks: {v: {addressPrefixes: [10.0.0.0/16]}}}");
        assert_eq!(
            canonical("{routeTables: null, virtualNetworks: {v: {addressPrefixes: [10.0.0.0/16], location: null}}}"),
            absent
        );
    }

    #[test]
    fn the_same_key_flat_and_under_properties_is_said_twice() {
        let (_, codes) = canonical(
            "{virtualNetworks: {v: {addressPrefixes: [10.0.0.0/16], properties: {addressPrefixes: [10.0.0.0/16]}}}}",
        );
        assert_eq!(codes, ["duplicate-key"]);
    }

    #[test]
    fn all_problems_come_in_one_run() {
        let (_, codes) = canonical(
            "{virtualNetwork: {}, virtualNetworks: {v: {addressPrefix5: x, subnets: 5}}, routeTables: {r: {disableBgpRoutePropagation: [1]}}}",
        );
        assert_eq!(codes, ["unknown-key", "unknown-key", "wrong-type", "wrong-type"]);
    }
}
