//! YAML to a tree.
//!
//! In: a source text. Out: its tree, or one syntax diagnostic. Bounded in size, depth and alias expansion.
//! Deliberately absent: YAML's types; what a plain scalar means is the format's to say.

use super::tree::{Entry, Map, Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceId, Span};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as Marked};
use std::collections::HashMap;

/// Largest YAML text.
pub(super) const MAX_BYTES: usize = 16 << 20;
/// Most nodes that aliases may add.
const MAX_ALIAS_NODES: usize = 100_000;

/// Reads a YAML text of one document.
pub(super) fn read(source: SourceId, text: &str, diagnostics: &mut Diagnostics) -> Option<Node> {
    if text.len() > MAX_BYTES {
        let message = "a YAML text may have 16 MiB at most";
        let help = "give large models as JSON, which may have 512 MiB";
        diagnostics
            .push(Diagnostic::error("file-too-large", Span::new(source, 0..0), message).help(help));
        return None;
    }
    let mut builder = Builder {
        source,
        places: Places::new(text),
        stack: Vec::new(),
        root: None,
        anchors: HashMap::new(),
        alias_nodes: 0,
    };
    for event in Parser::new_from_str(text) {
        let step = match event {
            Ok((event, at)) => builder.take(event, at, diagnostics),
            Err(error) => Err(builder.syntax(&error, text)),
        };
        if let Err(problem) = step {
            diagnostics.push(*problem);
            return None;
        }
    }
    let root = builder.root.take();
    if root.is_none() {
        diagnostics.push(Diagnostic::error(
            "empty-file",
            Span::new(source, 0..0),
            "the file is empty",
        ));
    }
    root
}

/// Characters to bytes: the parser counts characters.
struct Places<'a> {
    text: &'a str,
    /// Byte of every 64th character, unless all are one byte long.
    marks: Option<Vec<u32>>,
}

impl<'a> Places<'a> {
    fn new(text: &'a str) -> Self {
        let marks = (!text.is_ascii()).then(|| {
            text.char_indices()
                .step_by(64)
                .map(|(at, _)| at as u32)
                .collect()
        });
        Places { text, marks }
    }

    /// The byte at which a character starts.
    fn byte(&self, character: usize) -> usize {
        let Some(marks) = &self.marks else {
            return character.min(self.text.len());
        };
        let Some(mark) = marks.get(character / 64).map(|mark| *mark as usize) else {
            return self.text.len();
        };
        let rest = &self.text[mark..];
        mark + rest
            .char_indices()
            .nth(character % 64)
            .map_or(rest.len(), |(at, _)| at)
    }
}

/// A collection that is not finished.
enum Open {
    List {
        start: usize,
        anchor: usize,
        items: Vec<Node>,
    },
    Map {
        start: usize,
        anchor: usize,
        entries: Vec<Entry>,
        key: Option<(Box<str>, Span)>,
    },
}

struct Builder<'a> {
    source: SourceId,
    places: Places<'a>,
    stack: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    alias_nodes: usize,
}

type Step = Result<(), Box<Diagnostic>>;

impl Builder<'_> {
    fn span(&self, at: Marked) -> Span {
        let start = self.places.byte(at.start.index());
        Span::new(
            self.source,
            start..self.places.byte(at.end.index()).max(start),
        )
    }

    fn take(&mut self, event: Event<'_>, at: Marked, diagnostics: &mut Diagnostics) -> Step {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                let span = self.span(at);
                let value = match text.as_ref() {
                    "" | "~" | "null" | "Null" | "NULL" if plain => Value::Null,
                    text => Value::Scalar {
                        text: text.into(),
                        plain,
                    },
                };
                self.put(Node::new(span, value), anchor)
            }
            Event::Alias(anchor) => self.alias(anchor, at),
            Event::SequenceStart(anchor, _) => {
                let start = self.places.byte(at.start.index());
                self.open(
                    Open::List {
                        start,
                        anchor,
                        items: Vec::new(),
                    },
                    at,
                )
            }
            Event::MappingStart(anchor, _) => {
                let start = self.places.byte(at.start.index());
                self.open(
                    Open::Map {
                        start,
                        anchor,
                        entries: Vec::new(),
                        key: None,
                    },
                    at,
                )
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(at, diagnostics),
            Event::DocumentStart(_) if self.root.is_some() => {
                let message = "a scenario file has one document";
                Err(Box::new(Diagnostic::error(
                    "several-documents",
                    self.span(at),
                    message,
                )))
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, open: Open, at: Marked) -> Step {
        if self.stack.len() >= super::MAX_DEPTH {
            let message = "nested more than 64 levels deep";
            return Err(Box::new(Diagnostic::error(
                "nesting-too-deep",
                self.span(at),
                message,
            )));
        }
        if let Some(Open::Map { key: None, .. }) = self.stack.last() {
            return Err(Box::new(self.key_not_scalar(self.span(at))));
        }
        self.stack.push(open);
        Ok(())
    }

    fn key_not_scalar(&self, span: Span) -> Diagnostic {
        Diagnostic::error("yaml-syntax", span, "a key must be a single value")
            .help("quote text that begins with `[` or `{`")
    }

    fn close(&mut self, at: Marked, diagnostics: &mut Diagnostics) -> Step {
        let end = self.places.byte(at.start.index());
        match self.stack.pop() {
            Some(Open::List {
                start,
                anchor,
                items,
            }) => {
                let span = self.trimmed(start, end);
                self.put(Node::new(span, Value::List(items)), anchor)
            }
            Some(Open::Map {
                start,
                anchor,
                entries,
                ..
            }) => {
                let span = self.trimmed(start, end);
                super::report_duplicates(&entries, diagnostics);
                let entries = merge_keys(entries);
                self.put(Node::new(span, Value::Map(Map { entries })), anchor)
            }
            None => Ok(()),
        }
    }

    /// A block collection's end lies behind its line breaks.
    fn trimmed(&self, start: usize, end: usize) -> Span {
        let closes = self.places.text[end..].starts_with([']', '}']);
        let end = if closes {
            end + 1
        } else {
            start + self.places.text[start..end.max(start)].trim_end().len()
        };
        Span::new(self.source, start..end.max(start))
    }

    fn put(&mut self, node: Node, anchor: usize) -> Step {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
            self.alias_nodes += size(&node);
            self.check_aliases(node.span)?;
        }
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                Some((key, key_span)) => entries.push(Entry {
                    key,
                    key_span,
                    value: node,
                }),
                None => match node.value {
                    Value::Scalar { text, .. } => *key = Some((text, node.span)),
                    Value::Null => *key = Some(("".into(), node.span)),
                    _ => {
                        let span = node.span;
                        return Err(Box::new(self.key_not_scalar(span)));
                    }
                },
            },
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, at: Marked) -> Step {
        let span = self.span(at);
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(Box::new(Diagnostic::error(
                "yaml-syntax",
                span,
                "an alias of something that contains it",
            )));
        };
        self.alias_nodes += size(node);
        let node = node.clone();
        self.check_aliases(span)?;
        self.put(node, 0)
    }

    fn check_aliases(&self, span: Span) -> Step {
        if self.alias_nodes <= MAX_ALIAS_NODES {
            return Ok(());
        }
        let message = format!("aliases add more than {MAX_ALIAS_NODES} values");
        Err(Box::new(Diagnostic::error(
            "alias-expansion-too-large",
            span,
            message,
        )))
    }

    fn syntax(&self, error: &ScanError, text: &str) -> Box<Diagnostic> {
        let start = self.places.byte(error.marker().index()).min(text.len());
        let end = text[start..]
            .chars()
            .next()
            .map_or(start, |letter| start + letter.len_utf8());
        let span = Span::new(self.source, start..end);
        let info = error.info().to_lowercase();
        let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let rest = text[line..].lines().next().unwrap_or("");
        let starred = rest
            .split([':', ','])
            .any(|field| field.trim_start().starts_with('*'));
        let problem = Diagnostic::error("yaml-syntax", span, info);
        Box::new(if starred {
            problem.help("quote a star: `\"*\"`")
        } else {
            problem
        })
    }
}

/// Number of values in a node.
fn size(node: &Node) -> usize {
    match &node.value {
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Map(map) => {
            1 + map
                .entries
                .iter()
                .map(|entry| size(&entry.value))
                .sum::<usize>()
        }
        _ => 1,
    }
}

/// YAML's `<<`: entries of other maps that this one does not have.
fn merge_keys(entries: Vec<Entry>) -> Vec<Entry> {
    if entries.iter().all(|entry| &*entry.key != "<<") {
        return entries;
    }
    let (merged, mut own): (Vec<Entry>, Vec<Entry>) =
        entries.into_iter().partition(|entry| &*entry.key == "<<");
    for source in merged.iter().flat_map(|entry| entry.value.items()) {
        for entry in source.entries() {
            if !own.iter().any(|existing| existing.key == entry.key) {
                own.push(entry.clone());
            }
        }
    }
    own
}
