//! The scenario as written: a tree with spans, its keys checked and spelt as Azure spells them.
//!
//! In: YAML or JSON texts. Out: a [`Scenario`]. Every problem of a file in one run (a syntax error comes
//! alone). Deliberately absent: what names and values mean (that is `resolve`).

mod expectations;
mod imports;
mod json;
mod normalise;
mod patch;
mod read;
mod schema;
pub mod settings;
pub mod shape;
#[cfg(test)]
mod tests;
pub mod tree;
mod yaml;

pub use expectations::{Claim, Expectation, Want, WhatIf};
pub use read::{Foreign, Loader, Scenario, overlay, read};
pub use schema::json_schema;

use crate::diagnostic::{Diagnostic, Diagnostics, SourceId, Sources, Span, nearest};
use rustc_hash::FxHasher;
use std::{borrow::Cow, hash::Hasher};
use tree::{Entry, Node};

/// On a thing that was imported: keys that its text has and azreach does not model.
pub const NOT_MODELLED_KEY: &str = "$notModelled";
/// Deepest nesting of a text.
const MAX_DEPTH: usize = 64;
/// Up to here, comparing each with each is the quickest way.
const FEW: usize = 16;

/// A JSON text as a tree with spans.
pub fn parse_json(sources: &Sources, id: SourceId, diagnostics: &mut Diagnostics) -> Option<Node> {
    json::read(id, &sources.get(id).text, diagnostics)
}

/// A `network` in its canonical form.
pub fn canonical(network: Node, diagnostics: &mut Diagnostics) -> Node {
    normalise::network(network, diagnostics)
}

/// One canonical tree on top of another: maps merge, everything else is the upper one's.
pub fn lay_over(below: Node, top: &Node) -> Node {
    patch::lay_over(below, top)
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error("nesting-too-deep", span, "nested more than 64 levels deep")
}

/// Keys that are there twice, letter case aside: Azure's names do not know it.
fn report_duplicates(entries: &[Entry], diagnostics: &mut Diagnostics) {
    if entries.len() <= FEW {
        for (at, entry) in entries.iter().enumerate().skip(1) {
            if let Some(first) = entries[..at].iter().find(|first| first.key.eq_ignore_ascii_case(&entry.key)) {
                report_duplicate(first, entry, diagnostics);
            }
        }
        return;
    }
    let mut order: Vec<(u64, u32)> = entries.iter().map(|entry| caseless_hash(&entry.key)).zip(0..).collect();
    order.sort_unstable();
    for same_hash in order.chunk_by(|left, right| left.0 == right.0).filter(|chunk| chunk.len() > 1) {
        let first = &entries[same_hash[0].1 as usize];
        for entry in same_hash[1..].iter().map(|(_, at)| &entries[*at as usize]) {
            if first.key.eq_ignore_ascii_case(&entry.key) {
                report_duplicate(first, entry, diagnostics);
            }
        }
    }
}

fn report_duplicate(first: &Entry, second: &Entry, diagnostics: &mut Diagnostics) {
    // YAML lets a map have several merge keys in practice; they are not names.
    if &*second.key == "<<" {
        return;
    }
    let problem =
        Diagnostic::error("duplicate-key", second.key_span, format!("`{}` is here twice", short(&second.key)));
    diagnostics.push(problem.related(first.key_span, "first here").help("names are compared without letter case"));
}

/// A hash that letter case does not change.
fn caseless_hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    for chunk in text.as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        word.make_ascii_lowercase();
        hasher.write_u64(u64::from_le_bytes(word));
    }
    hasher.finish()
}

/// A user's word for a message: whole, unless it is a page long.
fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(80) {
        None => Cow::Borrowed(text),
        Some((at, _)) => Cow::Owned(format!("{}…", &text[..at])),
    }
}

/// Names the nearest known key. A hostile file's millionth unknown key gets no such care.
fn with_nearest<'a>(problem: Diagnostic, key: &str, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let alike = known.filter(|known| known.len().abs_diff(key.len()) <= 3);
    match nearest(key, alike, 3.min(key.len() / 2 + 1)) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help("docs/scenario.md lists the keys"),
    }
}
