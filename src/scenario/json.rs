//! JSON to a tree: comments, trailing commas, raw line breaks and a byte-order mark are let pass.
//!
//! In: a source text. Out: its tree, or one diagnostic. Bounded in size, depth and number of values.

use super::tree::{Entry, Map, Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceId, Span};
use jsonc_parser::{
    CollectOptions, ParseOptions,
    ast::{self, ObjectPropName},
    common::Ranged,
    parse_to_ast,
};

/// Largest JSON text.
pub(super) const MAX_BYTES: usize = 512 << 20;
/// Most values in one text: memory stays under 1 GB.
const MAX_VALUES: usize = 5_000_000;

/// Reads a JSON text.
pub(super) fn read(source: SourceId, text: &str, diagnostics: &mut Diagnostics) -> Option<Node> {
    let (body, offset) = match text.strip_prefix('\u{feff}') {
        Some(body) => (body, text.len() - body.len()),
        None => (text, 0),
    };
    if let Some(problem) = too_large(source, text, body) {
        diagnostics.push(problem);
        return None;
    }
    let options = ParseOptions {
        allow_missing_commas: false,
        ..ParseOptions::default()
    };
    match parse_to_ast(body, &CollectOptions::default(), &options) {
        Ok(parsed) => {
            let reader = Reader { source, offset };
            let root = parsed.value?;
            let node = reader.node(&root, diagnostics);
            (!diagnostics.has_errors()).then_some(node)
        }
        Err(error) => {
            let start = (offset + error.range().start).min(text.len());
            let span = Span::new(source, start..(start + 1).min(text.len()).max(start));
            diagnostics.push(Diagnostic::error(
                "json-syntax",
                span,
                lower_first(&error.kind().to_string()),
            ));
            None
        }
    }
}

/// Counts before parsing, so that a hostile text costs nothing.
fn too_large(source: SourceId, text: &str, body: &str) -> Option<Diagnostic> {
    let start = Span::new(source, 0..0);
    if text.len() > MAX_BYTES {
        return Some(Diagnostic::error(
            "file-too-large",
            start,
            "a JSON text may have 512 MiB at most",
        ));
    }
    let (values, deepest) = count(body);
    if values > MAX_VALUES {
        return Some(Diagnostic::error(
            "file-too-large",
            start,
            format!("more than {MAX_VALUES} values in one file"),
        ));
    }
    deepest.map(|at| {
        let at = text.len() - body.len() + at;
        Diagnostic::error(
            "nesting-too-deep",
            Span::new(source, at..at + 1),
            "nested more than 64 levels deep",
        )
    })
}

/// Number of values (roughly), and where nesting exceeds the limit.
fn count(text: &str) -> (usize, Option<usize>) {
    let (mut values, mut depth, mut deepest) = (1, 0usize, None);
    let (mut in_string, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b',' | b':' => values += 1,
            b'[' | b'{' => {
                depth += 1;
                if depth > super::MAX_DEPTH && deepest.is_none() {
                    deepest = Some(at);
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (values, deepest)
}

struct Reader {
    source: SourceId,
    offset: usize,
}

impl Reader {
    fn span(&self, ranged: &impl Ranged) -> Span {
        let range = ranged.range();
        Span::new(
            self.source,
            range.start + self.offset..range.end + self.offset,
        )
    }

    fn node(&self, value: &ast::Value<'_>, diagnostics: &mut Diagnostics) -> Node {
        let span = self.span(value);
        let plain = |text: &str| Value::Scalar {
            text: text.into(),
            plain: true,
        };
        let value = match value {
            ast::Value::StringLit(text) => Value::Scalar {
                text: text.value.as_ref().into(),
                plain: false,
            },
            ast::Value::NumberLit(number) => plain(number.value),
            ast::Value::BooleanLit(boolean) => plain(if boolean.value { "true" } else { "false" }),
            ast::Value::NullKeyword(_) => Value::Null,
            ast::Value::Array(array) => Value::List(
                array
                    .elements
                    .iter()
                    .map(|element| self.node(element, diagnostics))
                    .collect(),
            ),
            ast::Value::Object(object) => Value::Map(self.map(object, diagnostics)),
        };
        Node::new(span, value)
    }

    fn map(&self, object: &ast::Object<'_>, diagnostics: &mut Diagnostics) -> Map {
        let mut entries: Vec<Entry> = Vec::with_capacity(object.properties.len());
        for property in &object.properties {
            let (key, key_span) = match &property.name {
                ObjectPropName::String(text) => (text.value.as_ref(), self.span(text)),
                ObjectPropName::Word(word) => (word.value, self.span(word)),
            };
            entries.push(Entry {
                key: key.into(),
                key_span,
                value: self.node(&property.value, diagnostics),
            });
        }
        super::report_duplicates(&entries, diagnostics);
        Map { entries }
    }
}

/// Messages are lower case.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}
