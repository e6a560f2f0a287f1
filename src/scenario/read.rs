//! From texts to one [`Scenario`]: the file, its imports below it, its what-ifs over it.
//!
//! In: a source id and a loader for other files. Out: a scenario. Deliberately absent: the file system; the
//! loader is the caller's.

use super::{
    expectations::{Expectation, WhatIf, expectations},
    json, normalise, patch,
    tree::{Entry, Map, Node, Value},
    yaml,
};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, SourceId, Sources, Span};

/// Deepest chain of imports.
const MAX_IMPORTS: usize = 16;

/// Finds the text of an imported file: its path as written, and the name of the file that imports it.
pub type Loader<'a> = dyn FnMut(&str, &str) -> Result<Source, String> + 'a;

/// What someone wrote.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Its own name.
    pub name: Option<String>,
    /// `serviceTags`: builtin, or a path.
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

const KEYS: [&str; 10] = [
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
    loader: &mut Loader<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Scenario> {
    let mut chain = Vec::new();
    read_below(sources, id, loader, &mut chain, diagnostics)
}

/// `refused` of a text, even when the rest of it cannot be read.
pub(super) fn refused_codes(root: &Node) -> Option<Vec<String>> {
    let node = root.get("refused")?;
    Some(
        node.items()
            .iter()
            .filter_map(|code| code.as_str().map(str::to_owned))
            .collect(),
    )
}

fn read_below(
    sources: &mut Sources,
    id: SourceId,
    loader: &mut Loader<'_>,
    chain: &mut Vec<String>,
    diagnostics: &mut Diagnostics,
) -> Option<Scenario> {
    let root = parse(sources, id, diagnostics)?;
    let mut scenario = empty(root.span);
    scenario.refused = refused_codes(&root);
    if root.as_map().is_none() {
        let problem = Diagnostic::error(
            "wrong-type",
            root.span,
            format!("a scenario is a map, not {}", root.kind()),
        );
        diagnostics.push(problem.help("it begins with `network:`"));
        return Some(scenario);
    }
    for entry in root.entries() {
        if !KEYS.iter().any(|key| key.eq_ignore_ascii_case(&entry.key)) {
            let problem = Diagnostic::error(
                "unknown-key",
                entry.key_span,
                format!("a scenario has no key `{}`", entry.key),
            );
            diagnostics.push(normalise::with_nearest(
                problem,
                &entry.key,
                KEYS.into_iter(),
            ));
        }
    }
    chain.push(sources.get(id).name.clone());
    for import in root.get("import").map(Node::items).unwrap_or_default() {
        if let Some(below) = import_one(sources, id, import, loader, chain, diagnostics) {
            scenario = on_top_of(below, scenario);
        }
    }
    chain.pop();
    fill(&mut scenario, &root, diagnostics);
    Some(scenario)
}

/// JSON by its name or its first letter, else YAML.
fn parse(sources: &Sources, id: SourceId, diagnostics: &mut Diagnostics) -> Option<Node> {
    let source = sources.get(id);
    let begins_like_json = source
        .text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with(['{', '[']);
    let node = if source.name.to_lowercase().ends_with(".json")
        || (begins_like_json && !source.name.to_lowercase().ends_with("ml"))
    {
        json::read(id, &source.text, diagnostics)
    } else {
        yaml::read(id, &source.text, diagnostics)
    };
    node.map(unknowns)
}

/// `{$unknown: reason, at: place}` becomes what it says.
fn unknowns(node: Node) -> Node {
    let Node {
        span,
        value,
        origin,
    } = node;
    let value = match value {
        Value::Map(map) => match map.get("$unknown") {
            Some(reason) => Value::Unknown {
                reason: reason.as_str().unwrap_or("not known").into(),
                at: map.get("at").and_then(Node::as_str).map(Into::into),
            },
            None => {
                let entries = map.entries.into_iter().map(|entry| Entry {
                    value: unknowns(entry.value),
                    ..entry
                });
                Value::Map(Map {
                    entries: entries.collect(),
                })
            }
        },
        Value::List(items) => Value::List(items.into_iter().map(unknowns).collect()),
        other => other,
    };
    Node {
        span,
        value,
        origin,
    }
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

fn import_one(
    sources: &mut Sources,
    from: SourceId,
    import: &Node,
    loader: &mut Loader<'_>,
    chain: &mut Vec<String>,
    diagnostics: &mut Diagnostics,
) -> Option<Scenario> {
    let entry = import.entries().first();
    let Some(entry) = entry.filter(|entry| entry.key.eq_ignore_ascii_case("scenario")) else {
        let kind = entry.map_or("", |entry| &entry.key);
        let (code, message) = match kind.to_lowercase().as_str() {
            "arm" | "terraform" | "az" => (
                "not-modelled-yet",
                format!("import of kind `{kind}` is not modelled yet"),
            ),
            _ => ("unknown-import", "an import names its kind".to_owned()),
        };
        diagnostics.push(
            Diagnostic::error(code, import.span, message).help("write `- scenario: base.yaml`"),
        );
        return None;
    };
    let Some(path) = entry.value.as_str() else {
        diagnostics.push(Diagnostic::error(
            "wrong-type",
            entry.value.span,
            "an import takes a path",
        ));
        return None;
    };
    let source = match loader(path, &sources.get(from).name) {
        Ok(source) => source,
        Err(why) => {
            diagnostics.push(Diagnostic::error(
                "cannot-read-file",
                entry.value.span,
                format!("cannot read `{path}`: {why}"),
            ));
            return None;
        }
    };
    if chain.contains(&source.name) {
        diagnostics.push(Diagnostic::error(
            "import-cycle",
            entry.value.span,
            format!("`{path}` imports itself"),
        ));
        return None;
    }
    if chain.len() >= MAX_IMPORTS {
        diagnostics.push(Diagnostic::error(
            "import-too-deep",
            entry.value.span,
            "more than 16 imports in a row",
        ));
        return None;
    }
    let id = sources.add(source);
    read_below(sources, id, loader, chain, diagnostics)
}

/// A later import on top of an earlier one. Expectations and what-ifs stay with the file that has them.
fn on_top_of(top: Scenario, below: Scenario) -> Scenario {
    let mut groups = below.groups;
    groups.retain(|entry| {
        !top.groups
            .iter()
            .any(|other| other.key.eq_ignore_ascii_case(&entry.key))
    });
    groups.extend(top.groups);
    Scenario {
        network: patch::lay_over(&below.network, &top.network),
        service_tags: top.service_tags.or(below.service_tags),
        settings: below.settings.into_iter().chain(top.settings).collect(),
        groups,
        name: below.name,
        refused: below.refused,
        expect: Vec::new(),
        what_if: Vec::new(),
    }
}

/// The file's own keys over what it imports.
fn fill(scenario: &mut Scenario, root: &Node, diagnostics: &mut Diagnostics) {
    let text = |key: &str| {
        root.get(key)
            .and_then(|node| node.as_str().map(|text| (text.to_owned(), node.span)))
    };
    scenario.name = text("name").map(|(name, _)| name);
    scenario.service_tags = text("serviceTags").or(scenario.service_tags.take());
    if let Some(node) = root.get("network") {
        let network = if scenario.network.entries().is_empty() {
            normalise::network(node.clone(), diagnostics)
        } else {
            let top = normalise::network_patch(node.clone(), diagnostics);
            patch::lay_over(&scenario.network, &top)
        };
        scenario.network = network;
    }
    for entry in root.get("groups").map(Node::entries).unwrap_or_default() {
        scenario
            .groups
            .retain(|other| !other.key.eq_ignore_ascii_case(&entry.key));
        scenario.groups.push(entry.clone());
    }
    scenario.settings.extend(settings(root));
    if let Some(node) = root.get("expect") {
        scenario.expect = expectations(node, diagnostics);
    }
    if let Some(node) = root.get("whatIf") {
        scenario.what_if = what_ifs(node, diagnostics);
    }
}

fn settings(node: &Node) -> Vec<(Box<str>, Span, Node)> {
    let entries = node.get("settings").map(Node::entries).unwrap_or_default();
    entries
        .iter()
        .map(|entry| (entry.key.clone(), entry.key_span, entry.value.clone()))
        .collect()
}

fn what_ifs(node: &Node, diagnostics: &mut Diagnostics) -> Vec<WhatIf> {
    if node.as_map().is_none() {
        let message = format!(
            "`whatIf` takes a map from names to changes, not {}",
            node.kind()
        );
        diagnostics.push(Diagnostic::error("wrong-type", node.span, message));
    }
    node.entries()
        .iter()
        .map(|entry| what_if(entry, diagnostics))
        .collect()
}

fn what_if(entry: &Entry, diagnostics: &mut Diagnostics) -> WhatIf {
    let known = ["patch", "settings", "expect", "description"];
    for inner in entry.value.entries() {
        if !known.iter().any(|key| key.eq_ignore_ascii_case(&inner.key)) {
            let problem = Diagnostic::error(
                "unknown-key",
                inner.key_span,
                format!("a what-if has no key `{}`", inner.key),
            );
            diagnostics.push(normalise::with_nearest(
                problem,
                &inner.key,
                known.into_iter(),
            ));
        }
    }
    let patch = entry
        .value
        .get("patch")
        .map(|patch| normalise::network_patch(patch.clone(), diagnostics));
    let settings = settings(&entry.value);
    if patch.is_none() && settings.is_empty() {
        diagnostics.push(Diagnostic::error(
            "patch-without-effect",
            entry.key_span,
            "the what-if changes nothing",
        ));
    }
    let expect = entry
        .value
        .get("expect")
        .map(|node| expectations(node, diagnostics))
        .unwrap_or_default();
    WhatIf {
        name: entry.key.to_string(),
        span: entry.key_span,
        patch,
        settings,
        expect,
    }
}

/// A scenario with a what-if laid over it; the expectations are the what-if's.
pub fn overlay(scenario: &Scenario, what_if: &WhatIf, diagnostics: &mut Diagnostics) -> Scenario {
    let network = match &what_if.patch {
        Some(patch) => patch::apply(&scenario.network, patch, diagnostics),
        None => scenario.network.clone(),
    };
    Scenario {
        network,
        settings: scenario
            .settings
            .iter()
            .chain(&what_if.settings)
            .cloned()
            .collect(),
        expect: what_if.expect.clone(),
        what_if: Vec::new(),
        ..scenario.clone()
    }
}
