//! YAML to a tree.
//!
//! In: a source text. Out: its tree, or one diagnostic. Bounded in size, depth, number of values and alias
//! expansion. Deliberately absent: YAML's types; what a plain scalar means is the format's to say.

use super::tree::{Entry, Map, Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceId, Span};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as Marked};
use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
};

/// Largest YAML text.
const MAX_BYTES: usize = 16 << 20;
/// Most values in one text: an honest file of that size has a fifth.
const MAX_VALUES: usize = 3_000_000;
/// Most characters read for one event. Any `[` or `{` may turn out to be a key, so the parser reads to its end first and
/// keeps what it finds at 200 times its size.
const MAX_READ_AHEAD: usize = 4 << 20;
/// Most that aliases and anchors may copy: values, and every 64 bytes of their text.
const MAX_COPIED: usize = 200_000;

/// Reads a YAML text of one document.
pub(super) fn read(source: SourceId, text: &str, diagnostics: &mut Diagnostics) -> Option<Node> {
    if let Some(problem) = refused_unread(source, text) {
        diagnostics.push(problem);
        return None;
    }
    let mut builder = Builder {
        source,
        places: Places::new(text),
        stack: Vec::new(),
        root: None,
        anchors: HashMap::new(),
        copied: 0,
        values: 0,
        last: 0,
        found: Diagnostics::default(),
    };
    let unread = Cell::new(MAX_READ_AHEAD);
    for event in Parser::new_from_iter(text.chars().take_while(|_| metered(&unread))) {
        let step = match event {
            _ if unread.get() == 0 => Err(builder.read_too_far_ahead()),
            Ok((event, at)) => builder.take(event, at),
            Err(error) => Err(builder.syntax(&error)),
        };
        unread.set(MAX_READ_AHEAD);
        if let Err(problem) = step {
            // What was found before a syntax error may be its consequence: it comes alone.
            diagnostics.push(*problem);
            return None;
        }
    }
    diagnostics.extend(builder.found);
    if builder.root.is_none() {
        diagnostics.push(Diagnostic::error("empty-file", Span::new(source, 0..0), "the file is empty"));
    }
    builder.root
}

/// Counts a character down; false when there was no leave for it.
fn metered(left: &Cell<usize>) -> bool {
    left.set(left.get().saturating_sub(1));
    left.get() > 0
}

/// What is wrong before the parser sees it. It takes NUL for the end of the text, which would hide the rest.
fn refused_unread(source: SourceId, text: &str) -> Option<Diagnostic> {
    if text.len() > MAX_BYTES {
        let message = "a YAML text may have 16 MiB at most";
        let help = "give large models as JSON, which may have 512 MiB";
        return Some(Diagnostic::error("file-too-large", Span::new(source, 0..0), message).help(help));
    }
    let at = text.find('\0')?;
    Some(Diagnostic::error("yaml-syntax", Span::new(source, at..at + 1), "a NUL character in the text"))
}

/// Characters to bytes: the parser counts characters.
struct Places<'a> {
    text: &'a str,
    /// Byte of every 64th character, unless all are one byte long.
    marks: Option<Vec<u32>>,
}

impl<'a> Places<'a> {
    fn new(text: &'a str) -> Self {
        let marks = (!text.is_ascii()).then(|| text.char_indices().step_by(64).map(|(at, _)| at as u32).collect());
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
        mark + rest.char_indices().nth(character % 64).map_or(rest.len(), |(at, _)| at)
    }
}

/// A collection that is not finished.
enum Open {
    List { start: usize, anchor: usize, items: Vec<Node> },
    Map { start: usize, anchor: usize, entries: Vec<Entry>, key: Option<(Box<str>, Span)> },
}

/// What an alias stands for.
struct Anchored {
    node: Node,
    size: Size,
}

/// How much there is of a value.
#[derive(Clone, Copy)]
struct Size {
    values: usize,
    depth: usize,
}

struct Builder<'a> {
    source: SourceId,
    places: Places<'a>,
    stack: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Anchored>,
    copied: usize,
    values: usize,
    /// Byte at which the last event began.
    last: usize,
    found: Diagnostics,
}

type Step = Result<(), Box<Diagnostic>>;

impl Builder<'_> {
    fn span(&self, at: Marked) -> Span {
        let start = self.places.byte(at.start.index());
        Span::new(self.source, start..self.places.byte(at.end.index()).max(start))
    }

    fn take(&mut self, event: Event<'_>, at: Marked) -> Step {
        self.last = self.places.byte(at.start.index());
        match event {
            Event::Scalar(text, style, anchor, _) => self.scalar(&text, style, anchor, at),
            Event::Alias(anchor) => self.alias(anchor, at),
            Event::SequenceStart(anchor, _) => {
                let start = self.places.byte(at.start.index());
                self.open(Open::List { start, anchor, items: Vec::new() }, at)
            }
            Event::MappingStart(anchor, _) => {
                let start = self.places.byte(at.start.index());
                self.open(Open::Map { start, anchor, entries: Vec::new(), key: None }, at)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(at),
            Event::DocumentStart(_) if self.root.is_some() => {
                let message = "a scenario file has one document";
                Err(Box::new(Diagnostic::error("several-documents", self.span(at), message)))
            }
            _ => Ok(()),
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, at: Marked) -> Step {
        let plain = style == ScalarStyle::Plain;
        let value = match text {
            "" | "~" | "null" | "Null" | "NULL" if plain => Value::Null,
            text => Value::Scalar { text: text.into(), plain },
        };
        self.put(Node::new(self.span(at), value), anchor)
    }

    fn open(&mut self, open: Open, at: Marked) -> Step {
        if self.stack.len() >= super::MAX_DEPTH {
            return Err(Box::new(super::too_deep(self.span(at))));
        }
        if let Some(Open::Map { key: None, .. }) = self.stack.last() {
            return Err(key_not_scalar(self.span(at)));
        }
        self.stack.push(open);
        Ok(())
    }

    fn close(&mut self, at: Marked) -> Step {
        let end = self.places.byte(at.start.index());
        match self.stack.pop() {
            Some(Open::List { start, anchor, mut items }) => {
                items.shrink_to_fit();
                let span = self.trimmed(start, end);
                self.put(Node::new(span, Value::List(items)), anchor)
            }
            Some(Open::Map { start, anchor, entries, .. }) => {
                let span = self.trimmed(start, end);
                super::report_duplicates(&entries, &mut self.found);
                let mut entries = merge_keys(entries);
                entries.shrink_to_fit();
                self.put(Node::new(span, Value::Map(Map { entries })), anchor)
            }
            None => Ok(()),
        }
    }

    /// A block collection's end lies behind its line breaks.
    fn trimmed(&self, start: usize, end: usize) -> Span {
        let closes = self.places.text[end..].starts_with([']', '}']);
        let end = if closes { end + 1 } else { start + self.places.text[start..end.max(start)].trim_end().len() };
        Span::new(self.source, start..end.max(start))
    }

    fn put(&mut self, node: Node, anchor: usize) -> Step {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(Box::new(Diagnostic::error(
                "file-too-large",
                node.span,
                "more than 3000000 values in one file",
            )));
        }
        if anchor > 0 {
            let size = size(&node);
            self.copy(size, node.span)?;
            self.anchors.insert(anchor, Anchored { node: node.clone(), size });
        }
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                Some((key, key_span)) => entries.push(Entry { key, key_span, value: node }),
                None => *key = Some(as_key(node)?),
            },
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, at: Marked) -> Step {
        let span = self.span(at);
        let Some(Anchored { node, size }) = self.anchors.get(&anchor) else {
            return Err(Box::new(Diagnostic::error("yaml-syntax", span, "an alias of something that contains it")));
        };
        let size = *size;
        if self.stack.len() + size.depth > super::MAX_DEPTH {
            return Err(Box::new(super::too_deep(span)));
        }
        if self.copied + size.values > MAX_COPIED {
            return Err(too_much_copied(span));
        }
        self.copied += size.values;
        let node = node.clone();
        self.put(node, 0)
    }

    /// Copies are counted before they are made.
    fn copy(&mut self, size: Size, span: Span) -> Step {
        self.copied += size.values;
        if self.copied > MAX_COPIED { Err(too_much_copied(span)) } else { Ok(()) }
    }

    fn read_too_far_ahead(&self) -> Box<Diagnostic> {
        let span = Span::new(self.source, self.last..self.last);
        let message = "more than 4 MiB in one piece of YAML: a single value, or one pair of brackets or braces";
        Box::new(
            Diagnostic::error("file-too-large", span, message)
                .help("give large models as JSON, which may have 512 MiB"),
        )
    }

    fn syntax(&self, error: &ScanError) -> Box<Diagnostic> {
        let text = self.places.text;
        let start = self.places.byte(error.marker().index());
        if let Some(star) = lone_star(text, start) {
            let message = "a lone `*` is an alias without a name in YAML";
            let span = Span::new(self.source, star..star + 1);
            return Box::new(Diagnostic::error("unquoted-star", span, message).help("quote it: `\"*\"`"));
        }
        if error.info().contains("recursion limit") {
            return Box::new(super::too_deep(Span::new(self.source, start..start)));
        }
        let end = text[start..].chars().next().map_or(start, |letter| start + letter.len_utf8());
        Box::new(Diagnostic::error("yaml-syntax", Span::new(self.source, start..end), error.info().to_lowercase()))
    }
}

/// A star that begins a value and has no name behind it, at or shortly before the place of an error.
fn lone_star(text: &str, at: usize) -> Option<usize> {
    let line = text[..at].rfind('\n').map_or(0, |found| found + 1);
    let until = at + text[at..].chars().next().map_or(0, char::len_utf8);
    let star = text[line..until].rfind('*')? + line;
    let before = text[line..star].trim_end().chars().next_back();
    let behind = text[star + 1..].chars().next();
    let begins = before.is_none_or(|letter| matches!(letter, ':' | ',' | '[' | '{' | '-'));
    let nameless = behind.is_none_or(|letter| letter.is_whitespace() || matches!(letter, ',' | ']' | '}'));
    (begins && nameless).then_some(star)
}

fn as_key(node: Node) -> Result<(Box<str>, Span), Box<Diagnostic>> {
    match node.value {
        Value::Scalar { text, .. } => Ok((text, node.span)),
        Value::Null => Ok((Box::default(), node.span)),
        _ => Err(key_not_scalar(node.span)),
    }
}

fn key_not_scalar(span: Span) -> Box<Diagnostic> {
    let problem = Diagnostic::error("yaml-syntax", span, "a key must be a single value");
    Box::new(problem.help("quote text that begins with `[` or `{`"))
}

fn too_much_copied(span: Span) -> Box<Diagnostic> {
    let message = format!("anchors and aliases copy more than {MAX_COPIED} values");
    Box::new(Diagnostic::error("alias-expansion-too-large", span, message))
}

/// How much a copy of a node costs.
fn size(node: &Node) -> Size {
    let of_text = |text: &str| 1 + text.len() / 64;
    let (values, inner) = match &node.value {
        Value::List(items) => (1, total(items.iter().map(size))),
        Value::Map(map) => {
            let keys: usize = map.entries.iter().map(|entry| of_text(&entry.key)).sum();
            (1 + keys, total(map.entries.iter().map(|entry| size(&entry.value))))
        }
        Value::Scalar { text, .. } => {
            return Size { values: of_text(text), depth: 0 };
        }
        Value::Null | Value::Unknown { .. } => {
            return Size { values: 1, depth: 0 };
        }
    };
    Size { values: values + inner.values, depth: 1 + inner.depth }
}

fn total(sizes: impl Iterator<Item = Size>) -> Size {
    sizes.fold(Size { values: 0, depth: 0 }, |sum, size| Size {
        values: sum.values + size.values,
        depth: sum.depth.max(size.depth),
    })
}

/// YAML's `<<`: entries of other maps that this one does not have.
fn merge_keys(entries: Vec<Entry>) -> Vec<Entry> {
    if entries.iter().all(|entry| &*entry.key != "<<") {
        return entries;
    }
    let (merged, mut own): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(|entry| &*entry.key == "<<");
    let mut there: HashSet<String> = own.iter().map(|entry| entry.key.to_ascii_lowercase()).collect();
    for source in merged.iter().flat_map(|entry| entry.value.items()) {
        for entry in source.entries() {
            if there.insert(entry.key.to_ascii_lowercase()) {
                own.push(entry.clone());
            }
        }
    }
    own
}
