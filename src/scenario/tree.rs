//! A text as a tree with spans: what someone wrote, before it means anything.
//!
//! In: YAML or JSON events. Out: [`Node`]s. Deliberately absent: the scenario format.

use crate::diagnostic::Span;

/// One value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it is written.
    pub span: Span,
    /// What it is.
    pub value: Value,
    /// `$origin: file:line:col` of a thing that was imported.
    pub origin: Option<Box<str>>,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Absent.
    Null,
    /// A string, number or boolean, as text; `plain` when it was not quoted.
    Scalar {
        /// The text.
        text: Box<str>,
        /// Not quoted.
        plain: bool,
    },
    /// `{$unknown: reason, at: place}`.
    Unknown {
        /// Why it is not known.
        reason: Box<str>,
        /// Where it is missing.
        at: Option<Box<str>>,
    },
    /// A list.
    List(Vec<Node>),
    /// A map.
    Map(Map),
}

/// A map in the order of the file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Map {
    /// Its entries.
    pub entries: Vec<Entry>,
}

/// One entry of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Box<str>,
    /// Where the key is written.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Map {
    /// The value of a key, whatever its letter case.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key, whatever its letter case.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.eq_ignore_ascii_case(key))
    }

    /// The place of a key among the entries.
    pub fn position(&self, key: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.key.eq_ignore_ascii_case(key))
    }
}

impl Node {
    /// A node without `$origin`.
    pub fn new(span: Span, value: Value) -> Self {
        Node { span, value, origin: None }
    }

    /// A scalar's text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// A map's value of a key; `None` for absent and for null.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key).filter(|node| node.value != Value::Null)
    }

    /// A map.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// A list's items; a single scalar counts as a list of one, anything else as none.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// A map's entries; none for anything else.
    pub fn entries(&self) -> &[Entry] {
        self.as_map().map_or(&[], |map| &map.entries)
    }

    /// Nothing, an empty list or map, an empty text: as good as absent.
    pub fn is_hollow(&self) -> bool {
        match &self.value {
            Value::Null => true,
            Value::Scalar { text, .. } => text.is_empty(),
            Value::List(items) => items.is_empty(),
            Value::Map(map) => map.entries.is_empty(),
            Value::Unknown { .. } => false,
        }
    }

    /// A word for its kind.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Scalar { .. } => "a single value",
            Value::Unknown { .. } => "an unknown value",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}
