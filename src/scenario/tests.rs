//! The reader's own tests: texts to trees, trees to scenarios, hostile texts.

mod format;
mod hostile;
mod imports;
mod patches;
mod texts;

use super::{Scenario, overlay, read};
use crate::diagnostic::{Diagnostics, Source, Sources};

/// Reads a YAML text without imports.
fn scenario(text: &str) -> (Option<Scenario>, Diagnostics) {
    named("test.yaml", text)
}

/// Reads a text under a name.
fn named(name: &str, text: &str) -> (Option<Scenario>, Diagnostics) {
    let mut sources = Sources::default();
    let id = sources.add(Source::new(name, text));
    let mut diagnostics = Diagnostics::default();
    let mut loader = |_: &str, _: &str| Err("no files here".to_owned());
    let scenario = read(&mut sources, id, &mut loader, &mut diagnostics);
    (scenario, diagnostics)
}

/// A text that must be read without a word.
fn clean(text: &str) -> Scenario {
    let (scenario, diagnostics) = scenario(text);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    scenario.unwrap()
}

/// Codes, in the order found, with the text they point at.
fn found(text: &str) -> Vec<(&'static str, String)> {
    let (_, diagnostics) = scenario(text);
    let place = |span: crate::diagnostic::Span| text[span.range()].to_owned();
    diagnostics
        .iter()
        .map(|problem| (problem.code, problem.origin.as_ref().map(|origin| place(origin.span())).unwrap_or_default()))
        .collect()
}

/// Codes only.
fn codes(text: &str) -> Vec<&'static str> {
    found(text).into_iter().map(|(code, _)| code).collect()
}

/// Asserts one finding: code and the text under it.
#[track_caller]
fn one(text: &str, code: &str, at: &str) {
    let found = found(text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].0, found[0].1.as_str()), (code, at));
}

/// The canonical network of a text as compact words, for comparing two ways of writing.
fn network(text: &str) -> String {
    words(&clean(text).network)
}

fn words(node: &super::tree::Node) -> String {
    use super::tree::Value;
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Scalar { text, .. } => text.to_string(),
        Value::Unknown { reason, .. } => format!("?{reason}"),
        Value::List(items) => format!("[{}]", items.iter().map(words).collect::<Vec<_>>().join(",")),
        Value::Map(map) => {
            let inner: Vec<String> =
                map.entries.iter().map(|entry| format!("{}:{}", entry.key, words(&entry.value))).collect();
            format!("{{{}}}", inner.join(","))
        }
    }
}

/// The network of a text after its first what-if, and the codes of applying that.
fn after(text: &str) -> (String, Vec<&'static str>) {
    let base = clean(text);
    let mut diagnostics = Diagnostics::default();
    let changed = overlay(&base, &base.what_if[0], &mut diagnostics);
    (words(&changed.network), diagnostics.iter().map(|problem| problem.code).collect())
}
