//! What an import left out, for programs.
//!
//! In: an import's report. Out: `{version, files, resources, notModelled, harmless}`. Deliberately absent: shortening.

use super::VERSION;
use crate::{
    diagnostic::Sources,
    import::{Report, Unused, Use},
};
use serde_json::{Value, json};

/// The report.
pub fn import(report: &Report, sources: &Sources) -> Value {
    let of = |kind| report.of(kind).map(|one| unused(one, sources)).collect::<Value>();
    json!({
        "version": VERSION,
        "files": report.texts,
        "resources": report.resources,
        "notModelled": of(Use::NotModelled),
        "harmless": of(Use::Harmless),
    })
}

fn unused(one: &Unused, sources: &Sources) -> Value {
    let (line, column) = sources.position(&one.span);
    json!({
        "resource": one.resource,
        "property": one.property,
        "file": sources.get(one.span.source).name,
        "line": line,
        "column": column,
    })
}
