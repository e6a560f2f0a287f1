//! Templates on disk: which files are templates, what lies beside them, values for their parameters.
//!
//! In: paths, and what is written behind `--parameters` or in an import. Out: texts for `import::arm`.

use super::files::{below, next_to, text};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, Source, SourceId, Sources},
    import::{Linked, Parameters, Template},
    scenario::tree::{Node, Value},
};
use std::path::{Component, Path};

/// What a template links to lies below the folder that it is in.
pub(crate) struct Below;

impl Linked for Below {
    fn linked(&mut self, path: &str, from: &str) -> Option<Source> {
        let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        let name = next_to(path, from);
        if !inside || !Path::new(&name).is_file() {
            return None;
        }
        text(&name).ok().map(|text| Source::new(name, text))
    }
}

/// A template, or every template below a folder, those above the others first.
pub(crate) fn texts(path: &str) -> Result<Vec<Source>, String> {
    if !Path::new(path).is_dir() {
        return text(path).map(|text| vec![Source::new(path, text)]);
    }
    let mut names = below(path, &["json"])?;
    names.sort_by_key(|name| (name.matches(['/', '\\']).count(), name.clone()));
    let mut found = Vec::new();
    for name in names {
        let text = text(&name).map_err(|why| format!("`{name}`: {why}"))?;
        if is_template(&text) {
            found.push(Source::new(name, text));
        }
    }
    match found.is_empty() {
        true => Err("no ARM template is in this folder".to_owned()),
        false => Ok(found),
    }
}

fn is_template(text: &str) -> bool {
    text.to_ascii_lowercase().contains("deploymenttemplate.json") && text.contains("\"resources\"")
}

/// Each template with the parameters that lie beside it: `X.parameters.json` beside `X.json`.
pub(crate) fn with_beside(texts: &[SourceId], sources: &mut Sources, wanted: bool) -> Vec<Template> {
    let mut templates = Vec::with_capacity(texts.len());
    for id in texts {
        let name = sources.get(*id).name.clone();
        let stem = name.strip_suffix(".json").filter(|_| wanted);
        let beside = stem.map(|stem| format!("{stem}.parameters.json")).filter(|path| Path::new(path).is_file());
        let source = beside.and_then(|path| text(&path).ok().map(|text| Source::new(path, text)));
        templates.push(Template { text: *id, beside: source.map(|source| sources.add(source)) });
    }
    templates
}

/// What stands behind `--parameters`: files, with or without `@`, and `name=value`.
pub(crate) fn given(words: &[String], sources: &mut Sources, diagnostics: &mut Diagnostics) -> Vec<Parameters> {
    let mut all = Vec::with_capacity(words.len());
    for word in words {
        let path = word.strip_prefix('@').unwrap_or(word);
        match word.split_once('=').filter(|_| !Path::new(path).is_file()) {
            Some((name, value)) => {
                let source = Source::new(format!("--parameters {name}"), value);
                all.push(Parameters::Value(name.to_owned(), sources.add(source)));
            }
            None => match text(path) {
                Ok(text) => all.push(Parameters::File(sources.add(Source::new(path, text)))),
                Err(why) => {
                    let message = format!("cannot read `{path}`: {why}");
                    let help = "`--parameters` takes files and `name=value`";
                    diagnostics.push(Diagnostic::without_place("cannot-read-file", message).help(help));
                }
            },
        }
    }
    all
}

/// `parameters` of an import in a scenario: a file, a list of files, a map of values.
pub(crate) fn in_scenario(node: &Node, sources: &mut Sources, diagnostics: &mut Diagnostics) -> Vec<Parameters> {
    if let Value::Map(_) = node.value {
        return vec![Parameters::Map(node.clone())];
    }
    let mut all = Vec::new();
    for item in node.items() {
        let Some(path) = item.as_str() else {
            all.extend(in_list(item, diagnostics));
            continue;
        };
        let name = next_to(path, &sources.get(item.span.source).name);
        match text(&name) {
            Ok(text) => all.push(Parameters::File(sources.add(Source::new(name, text)))),
            Err(why) => {
                let message = format!("cannot read `{path}`: {why}");
                diagnostics.push(Diagnostic::error("cannot-read-file", item.span, message));
            }
        }
    }
    all
}

/// A list may mix files and maps of values.
fn in_list(item: &Node, diagnostics: &mut Diagnostics) -> Option<Parameters> {
    if let Value::Map(_) = item.value {
        return Some(Parameters::Map(item.clone()));
    }
    let message = format!("`parameters` takes a path or a map of values, not {}", item.kind());
    diagnostics.push(Diagnostic::error("wrong-type", item.span, message));
    None
}
