//! Other scenario files below this one.
//!
//! In: the nodes under `import` and a loader. Out: the scenario that they make together. Bounded in depth, number and
//! size, so that files which import each other in a web end. Deliberately absent: foreign formats (that is `import`).

use super::{
    patch,
    read::{Foreign, Loader, Scenario, read_one},
    short,
    tree::{Entry, Node, Value},
};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, SourceId, Sources, Span};
use std::collections::HashSet;

/// Deepest chain of imports.
const MAX_CHAIN: usize = 16;
/// Most files of one scenario.
const MAX_FILES: usize = 256;
/// Most text of one scenario.
const MAX_BYTES: usize = 512 << 20;
/// Kinds of imports; the files of all but the first are not scenarios.
const KINDS: [&str; 4] = ["scenario", "arm", "terraform", "az"];

/// What reading a file and its imports needs.
pub(super) struct Imports<'a, 'l> {
    pub(super) sources: &'a mut Sources,
    pub(super) diagnostics: &'a mut Diagnostics,
    loader: &'a mut (dyn Loader + 'l),
    chain: Vec<String>,
    files: usize,
    bytes: usize,
}

impl<'a, 'l> Imports<'a, 'l> {
    pub(super) fn new(
        sources: &'a mut Sources,
        loader: &'a mut (dyn Loader + 'l),
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        Imports { sources, diagnostics, loader, chain: Vec::new(), files: 0, bytes: 0 }
    }

    /// Finds and adds the text of an import, unless it leads back here or too far.
    fn load(&mut self, path: &str, span: Span, from: SourceId) -> Option<SourceId> {
        let found = self.loader.text(path, &self.sources.get(from).name);
        self.accept(found.map(|source| vec![source]), path, span).first().copied()
    }

    /// What an import of a foreign kind adds up to.
    fn foreign(&mut self, whole: &Node, import: &Entry, path: &str, from: SourceId) -> Option<Node> {
        let kind = import.key.to_ascii_lowercase();
        if !self.loader.reads(&kind) {
            let message = format!("import of kind `{}` is not modelled yet", import.key);
            self.diagnostics.push(Diagnostic::error("not-modelled-yet", import.key_span, message));
            return None;
        }
        let found = self.loader.texts(&kind, path, &self.sources.get(from).name);
        let texts = self.accept(found, path, import.value.span);
        if texts.is_empty() {
            return None;
        }
        let foreign = Foreign { kind: &kind, texts: &texts, import: whole };
        self.loader.foreign(&foreign, self.sources, self.diagnostics)
    }

    /// Adds texts that may be added; says why others may not.
    fn accept(&mut self, found: Result<Vec<Source>, String>, path: &str, span: Span) -> Vec<SourceId> {
        let sources = found.unwrap_or_else(|why| {
            let message = format!("cannot read `{}`: {why}", short(path));
            self.diagnostics.push(Diagnostic::error("cannot-read-file", span, message));
            Vec::new()
        });
        let mut accepted = Vec::with_capacity(sources.len());
        for source in sources {
            match self.refusal(&source, path, span) {
                None => accepted.push(self.sources.add(source)),
                Some(problem) => self.diagnostics.push(problem),
            }
        }
        accepted
    }

    fn refusal(&mut self, source: &Source, path: &str, span: Span) -> Option<Diagnostic> {
        self.files += 1;
        self.bytes += source.text.len();
        let path = short(path);
        if self.chain.contains(&source.name) {
            return Some(Diagnostic::error("import-cycle", span, format!("`{path}` imports itself")));
        }
        if self.chain.len() >= MAX_CHAIN {
            return Some(Diagnostic::error("import-too-deep", span, format!("more than {MAX_CHAIN} imports in a row")));
        }
        if self.files > MAX_FILES {
            return Some(Diagnostic::error(
                "too-many-imports",
                span,
                format!("more than {MAX_FILES} files in one scenario"),
            ));
        }
        let large = self.bytes > MAX_BYTES;
        large.then(|| {
            Diagnostic::error("file-too-large", span, format!("with `{path}` the scenario has more than 512 MiB"))
        })
    }
}

/// Everything under `import`, in order, later ones on top.
pub(super) fn all(imports: &mut Imports<'_, '_>, node: &Node, from: SourceId, mut scenario: Scenario) -> Scenario {
    if !matches!(node.value, Value::List(_)) {
        let message = format!("`import` takes a list, not {}", node.kind());
        imports
            .diagnostics
            .push(Diagnostic::error("wrong-type", node.span, message).help("write `- scenario: base.yaml`"));
        return scenario;
    }
    imports.chain.push(imports.sources.get(from).name.clone());
    for import in node.items() {
        let Some(path) = path(import, imports.diagnostics) else {
            continue;
        };
        let Some(text) = path.value.as_str() else {
            continue;
        };
        if !path.key.eq_ignore_ascii_case("scenario") {
            if let Some(network) = imports.foreign(import, path, text, from) {
                scenario.network = network_over(network, scenario.network);
            }
        } else if let Some(id) = imports.load(text, path.value.span, from)
            && let Some(below) = read_one(imports, id)
        {
            scenario = on_top_of(below, scenario);
        }
    }
    imports.chain.pop();
    scenario
}

/// The `kind: path` of one import.
fn path<'n>(import: &'n Node, diagnostics: &mut Diagnostics) -> Option<&'n Entry> {
    let entries = import.entries();
    let named = entries.iter().find(|entry| KINDS.iter().any(|kind| kind.eq_ignore_ascii_case(&entry.key)));
    let problem = match named {
        None => Diagnostic::error("unknown-import", import.span, "an import names its kind"),
        Some(entry) if entry.value.as_str().is_none() => Diagnostic::error(
            "wrong-type",
            entry.value.span,
            format!("an import takes a path, not {}", entry.value.kind()),
        ),
        Some(entry) => match entries.iter().find(|other| !may_say(entry, other)) {
            Some(other) => {
                let message = format!("an import has no key `{}`", short(&other.key));
                Diagnostic::error("unknown-key", other.key_span, message)
            }
            None => return Some(entry),
        },
    };
    diagnostics.push(problem.help("write `- scenario: base.yaml`, or `- az: export.json`"));
    None
}

/// Whether a key may stand in an import: its kind, and what else that kind takes.
fn may_say(kind: &Entry, other: &Entry) -> bool {
    let also = [("arm", "parameters"), ("terraform", "side")];
    let is_also =
        |(name, key): &(&str, &str)| kind.key.eq_ignore_ascii_case(name) && other.key.eq_ignore_ascii_case(key);
    other.key_span == kind.key_span || also.iter().any(is_also)
}

/// A later import on top of an earlier one. Expectations and what-ifs stay with the file that has them.
fn on_top_of(top: Scenario, below: Scenario) -> Scenario {
    Scenario {
        network: network_over(top.network, below.network),
        service_tags: top.service_tags.or(below.service_tags),
        settings: below.settings.into_iter().chain(top.settings).collect(),
        groups: groups_over(below.groups, top.groups),
        name: below.name,
        refused: below.refused,
        expect: Vec::new(),
        what_if: Vec::new(),
    }
}

/// One `network` on top of another.
fn network_over(top: Node, below: Node) -> Node {
    if below.entries().is_empty() { top } else { patch::lay_over(below, &top) }
}

/// Groups of two files; a name in both is the upper one's.
pub(super) fn groups_over(mut below: Vec<Entry>, top: Vec<Entry>) -> Vec<Entry> {
    let names: HashSet<String> = top.iter().map(|entry| entry.key.to_ascii_lowercase()).collect();
    below.retain(|entry| !names.contains(&entry.key.to_ascii_lowercase()));
    below.extend(top);
    below
}
