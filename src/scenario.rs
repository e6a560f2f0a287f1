//! The scenario as written: a tree with spans, its keys checked and spelt as Azure spells them.
//!
//! In: YAML or JSON texts. Out: a [`Scenario`]. Every problem of a file in one run (a syntax error comes
//! alone). Deliberately absent: what names and values mean (that is `resolve`).

mod expectations;
mod json;
mod normalise;
mod patch;
mod read;
mod schema;
pub mod settings;
pub mod shape;
pub mod tree;
mod yaml;

pub use expectations::{Claim, Expectation, WhatIf};
pub use read::{Loader, Scenario, overlay, read};
pub use schema::json_schema;

use crate::diagnostic::{Diagnostic, Diagnostics};
use std::collections::HashMap;
use tree::Entry;

/// Deepest nesting of a text.
const MAX_DEPTH: usize = 64;

/// Keys that are there twice, letter case aside: Azure's names do not know it.
fn report_duplicates(entries: &[Entry], diagnostics: &mut Diagnostics) {
    let mut seen: HashMap<String, &Entry> = HashMap::with_capacity(entries.len());
    for entry in entries.iter().filter(|entry| &*entry.key != "<<") {
        if let Some(first) = seen.insert(entry.key.to_lowercase(), entry) {
            let problem = Diagnostic::error(
                "duplicate-key",
                entry.key_span,
                format!("`{}` is here twice", entry.key),
            );
            diagnostics.push(
                problem
                    .related(first.key_span, "first here")
                    .help("names are compared without letter case"),
            );
        }
    }
}
