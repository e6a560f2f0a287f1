//! From texts to one [`Scenario`]: the file, its imports below it, its what-ifs over it.
//!
//! In: a source id and a loader for other files. Out: a scenario. Deliberately absent: the file system; the
//! loader is the caller's.

use super::{
    expectations::{Expectation, WhatIf, check_keys, expectations, text},
    imports::{self, Imports},
    json, normalise, patch,
    tree::{Entry, Map, Node, Value},
    yaml,
};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, SourceId, Sources, Span};

/// An import of a foreign kind.
#[derive(Debug, Clone, Copy)]
pub struct Foreign<'i> {
    /// Its kind in lower case: `az`, `arm`.
    pub kind: &'i str,
    /// The texts that its path names.
    pub texts: &'i [SourceId],
    /// The import as it is written, with what else it says.
    pub import: &'i Node,
}

/// Finds what a scenario imports. A function that finds the text of a file is one, too.
pub trait Loader {
    /// The text of a file: its path as written, and the name of the file that imports it.
    fn text(&mut self, path: &str, importer: &str) -> Result<Source, String>;

    /// The texts of a file of a foreign kind, or of all such files of a folder.
    fn texts(&mut self, _kind: &str, path: &str, importer: &str) -> Result<Vec<Source>, String> {
        self.text(path, importer).map(|text| vec![text])
    }

    /// Whether it reads files of a foreign kind: `az`.
    fn reads(&self, _kind: &str) -> bool {
        false
    }

    /// The canonical `network` in texts of a foreign kind that it reads.
    fn foreign(
        &mut self,
        _foreign: &Foreign<'_>,
        _sources: &mut Sources,
        _diagnostics: &mut Diagnostics,
    ) -> Option<Node> {
        None
    }
}

impl<F: FnMut(&str, &str) -> Result<Source, String>> Loader for F {
    fn text(&mut self, path: &str, importer: &str) -> Result<Source, String> {
        self(path, importer)
    }
}

/// What someone wrote.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Its own name.
    pub name: Option<String>,
    /// `serviceTags`: builtin, or a path, relative to the file in which the span lies.
    pub service_tags: Option<(String, Span)>,
    /// Canonical `network`, imports included.
    pub network: Node,
    /// Names for lists of ends.
    pub groups: Vec<Entry>,
    /// Expectations of the base.
    pub expect: Vec<Expectation>,
    /// What-ifs.
    pub what_if: Vec<WhatIf>,
    /// Settings, imports' first.
    pub settings: Vec<(Box<str>, Span, Node)>,
    /// Codes that it must be refused with.
    pub refused: Option<Vec<String>>,
}

impl Scenario {
    /// A scenario that is a canonical `network` and no more.
    pub fn of_network(network: Node) -> Scenario {
        Scenario { network, ..empty(Span::new(SourceId(0), 0..0)) }
    }
}

const KEYS: [&str; 11] = [
    "$schema",
    "name",
    "description",
    "serviceTags",
    "import",
    "network",
    "groups",
    "expect",
    "whatIf",
    "settings",
    "refused",
];

/// Reads a text and everything that it imports.
pub fn read(
    sources: &mut Sources,
    id: SourceId,
    loader: &mut dyn Loader,
    diagnostics: &mut Diagnostics,
) -> Option<Scenario> {
    read_one(&mut Imports::new(sources, loader, diagnostics), id)
}

/// One file with what it imports.
pub(super) fn read_one(imports: &mut Imports<'_, '_>, id: SourceId) -> Option<Scenario> {
    let mut root = parse(imports.sources, id, imports.diagnostics)?;
    let mut scenario = empty(root.span);
    if root.as_map().is_none() {
        let message = format!("a scenario is a map, not {}", root.kind());
        let problem = Diagnostic::error("wrong-type", root.span, message);
        imports.diagnostics.push(problem.help("it begins with `network:`"));
        return Some(scenario);
    }
    check_keys(&root, &KEYS, imports.diagnostics);
    if let Some(node) = root.get("import") {
        scenario = imports::all(imports, node, id, scenario);
    }
    if let Some(node) = take(&mut root, "network") {
        scenario.network = network(&scenario.network, node, imports.diagnostics);
    }
    fill(&mut scenario, &root, imports.diagnostics);
    Some(scenario)
}

/// Takes a key out of a map: the largest part of a file is not copied.
fn take(root: &mut Node, key: &str) -> Option<Node> {
    let Value::Map(map) = &mut root.value else {
        return None;
    };
    let entry = map.entries.remove(map.position(key)?);
    (entry.value.value != Value::Null).then_some(entry.value)
}

/// JSON by its name or its first letters, else YAML.
fn parse(sources: &Sources, id: SourceId, diagnostics: &mut Diagnostics) -> Option<Node> {
    let source = sources.get(id);
    let name = source.name.to_ascii_lowercase();
    let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
    let node = if name.ends_with(".json") || (!is_yaml && begins_like_json(&source.text)) {
        json::read(id, &source.text, diagnostics)
    } else {
        yaml::read(id, &source.text, diagnostics)
    };
    node.map(|node| marks(node, diagnostics))
}

/// A brace with a quoted key behind it; `{name: x}` is YAML.
fn begins_like_json(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let inside = text.strip_prefix('{').map(str::trim_start);
    inside.is_some_and(|inside| inside.starts_with(['"', '}', '/'])) || text.starts_with(['[', '/'])
}

/// `{$unknown: reason, at: place}` becomes what it says, `$origin: place` the origin of what it stands in.
fn marks(node: Node, diagnostics: &mut Diagnostics) -> Node {
    let Node { span, value, mut origin } = node;
    let value = match value {
        Value::Map(map) if map.get("$unknown").is_some() => unknown(&map, diagnostics),
        Value::Map(mut map) => {
            if let Some(at) = map.position("$origin") {
                origin = map.entries.remove(at).value.as_str().map(Into::into);
            }
            let entries = map.entries.into_iter();
            let entries = entries.map(|entry| Entry { value: marks(entry.value, diagnostics), ..entry });
            Value::Map(Map { entries: entries.collect() })
        }
        Value::List(items) => Value::List(items.into_iter().map(|item| marks(item, diagnostics)).collect()),
        other => other,
    };
    Node { span, value, origin }
}

fn unknown(map: &Map, diagnostics: &mut Diagnostics) -> Value {
    let word = |key: &str| map.get(key).and_then(Node::as_str);
    let known = ["$unknown", "at", "$origin"];
    for entry in map.entries.iter().filter(|entry| !known.iter().any(|key| key.eq_ignore_ascii_case(&entry.key))) {
        let message = format!("an unknown value has no key `{}`", super::short(&entry.key));
        diagnostics.push(Diagnostic::error("unknown-key", entry.key_span, message).help("it has `$unknown` and `at`"));
    }
    Value::Unknown { reason: word("$unknown").unwrap_or("not known").into(), at: word("at").map(Into::into) }
}

fn empty(span: Span) -> Scenario {
    Scenario {
        name: None,
        service_tags: None,
        network: Node::new(span, Value::Map(Map::default())),
        groups: Vec::new(),
        expect: Vec::new(),
        what_if: Vec::new(),
        settings: Vec::new(),
        refused: None,
    }
}

/// The file's own keys over what it imports.
fn fill(scenario: &mut Scenario, root: &Node, diagnostics: &mut Diagnostics) {
    scenario.name = text(root, "name", diagnostics).map(|(name, _)| name);
    scenario.service_tags = text(root, "serviceTags", diagnostics).or(scenario.service_tags.take());
    scenario.refused = root.get("refused").map(|codes| refused(codes, diagnostics));

    let groups = map_of(root, "groups", diagnostics);
    groups.iter().for_each(|entry| check_group(entry, diagnostics));
    scenario.groups = imports::groups_over(std::mem::take(&mut scenario.groups), groups.to_vec());
    scenario.settings.extend(settings(root, diagnostics));
    if let Some(node) = root.get("expect") {
        scenario.expect = expectations(node, diagnostics);
    }
    for entry in map_of(root, "whatIf", diagnostics) {
        scenario.what_if.push(what_if(entry, diagnostics));
    }
}

/// A file's `network` on top of what it imports: null takes away what is below.
fn network(below: &Node, node: Node, diagnostics: &mut Diagnostics) -> Node {
    if below.entries().is_empty() {
        return normalise::network(node, diagnostics);
    }
    patch::lay_over(below.clone(), &normalise::network_patch(node, diagnostics))
}

fn refused(codes: &Node, diagnostics: &mut Diagnostics) -> Vec<String> {
    let mut kept = Vec::new();
    for code in codes.items() {
        match code.as_str() {
            Some(code) => kept.push(code.to_owned()),
            None => diagnostics.push(wrong_type(code, "refused", "a list of codes")),
        }
    }
    kept
}

/// The entries of a key that takes a map.
fn map_of<'a>(node: &'a Node, key: &str, diagnostics: &mut Diagnostics) -> &'a [Entry] {
    let Some(value) = node.get(key) else {
        return &[];
    };
    if value.as_map().is_none() {
        diagnostics.push(wrong_type(value, key, "a map"));
    }
    value.entries()
}

fn wrong_type(node: &Node, key: &str, wanted: &str) -> Diagnostic {
    Diagnostic::error("wrong-type", node.span, format!("`{key}` takes {wanted}, not {}", node.kind()))
}

/// A list of ends, or `{of, except}`.
fn check_group(entry: &Entry, diagnostics: &mut Diagnostics) {
    check_keys(&entry.value, &["of", "except"], diagnostics);
    let lists: Vec<&Node> = match entry.value.as_map() {
        Some(map) => map.entries.iter().map(|inner| &inner.value).collect(),
        None => vec![&entry.value],
    };
    for member in lists.into_iter().flat_map(Node::items).filter(|member| member.as_str().is_none()) {
        diagnostics.push(wrong_type(member, &super::short(&entry.key), "a list of names"));
    }
}

fn settings(node: &Node, diagnostics: &mut Diagnostics) -> Vec<(Box<str>, Span, Node)> {
    let entries = map_of(node, "settings", diagnostics);
    entries.iter().map(|entry| (entry.key.clone(), entry.key_span, entry.value.clone())).collect()
}

fn what_if(entry: &Entry, diagnostics: &mut Diagnostics) -> WhatIf {
    check_keys(&entry.value, &["patch", "settings", "expect", "description"], diagnostics);
    let before = diagnostics.iter().len();
    if entry.value.as_map().is_none() {
        diagnostics.push(wrong_type(&entry.value, &super::short(&entry.key), "a map with `patch` and `expect`"));
    }
    let patch = entry.value.get("patch").map(|patch| normalise::network_patch(patch.clone(), diagnostics));
    let settings = settings(&entry.value, diagnostics);
    if patch.is_none() && settings.is_empty() && diagnostics.iter().len() == before {
        diagnostics.push(Diagnostic::error("patch-without-effect", entry.key_span, "the what-if changes nothing"));
    }
    let expect = entry.value.get("expect").map(|node| expectations(node, diagnostics)).unwrap_or_default();
    WhatIf { name: entry.key.to_string(), span: entry.key_span, patch, settings, expect }
}

/// A scenario with a what-if laid over it; the expectations are the what-if's.
pub fn overlay(scenario: &Scenario, what_if: &WhatIf, diagnostics: &mut Diagnostics) -> Scenario {
    let network = match &what_if.patch {
        Some(patch) => patch::apply(&scenario.network, patch, diagnostics),
        None => scenario.network.clone(),
    };
    Scenario {
        network,
        settings: scenario.settings.iter().chain(&what_if.settings).cloned().collect(),
        expect: what_if.expect.clone(),
        what_if: Vec::new(),
        name: scenario.name.clone(),
        service_tags: scenario.service_tags.clone(),
        groups: scenario.groups.clone(),
        refused: scenario.refused.clone(),
    }
}
