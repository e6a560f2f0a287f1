//! Values of the template language: JSON with places, with what is not known, and with what only a deployment would tell.
//!
//! In: parsed JSON. Out: [`Term`]s, and nodes of a scenario's tree again. Copies are cheap: lists and maps are shared.

use crate::{
    diagnostic::Span,
    import::identity::Identity,
    scenario::tree::{Entry, Map, Node, Value as Tree},
};
use std::rc::Rc;

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    pub(super) span: Span,
    pub(super) value: Value,
}

/// What a term holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    /// A number that is no integer, as it is written.
    Decimal(Rc<str>),
    Text(Rc<str>),
    List(Rc<Vec<Term>>),
    Map(Rc<Vec<Pair>>),
    Unknown(Rc<Unknown>),
    /// What a deployed resource or deployment says of itself: looked at when someone needs it.
    Runtime(Rc<Runtime>),
}

/// An entry of a map.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pair {
    pub(super) key: Rc<str>,
    pub(super) key_span: Span,
    pub(super) value: Term,
}

/// A value that no file tells.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unknown {
    /// Why it is not known.
    pub(super) reason: Rc<str>,
    /// Where it is missing.
    pub(super) span: Span,
    /// Its text where it is a name or part of one: the same for the same expression, and no name that Azure takes.
    pub(super) stand_in: Rc<str>,
}

/// A path into the state of a resource.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Runtime {
    /// Its id, in lower case.
    pub(super) id: Rc<str>,
    /// Also what stands beside `properties`.
    pub(super) full: bool,
    pub(super) path: Vec<Step>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Key(Rc<str>),
    At(i64),
}

/// Longest text that stands in for an unknown name.
const LONGEST_STAND_IN: usize = 120;

impl Value {
    pub(super) fn text(text: impl Into<Rc<str>>) -> Value {
        Value::Text(text.into())
    }

    pub(super) fn list(items: Vec<Term>) -> Value {
        Value::List(Rc::new(items))
    }

    pub(super) fn map(pairs: Vec<Pair>) -> Value {
        Value::Map(Rc::new(pairs))
    }

    /// A word for its kind.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::Decimal(_) => "a number",
            Value::Text(_) => "a string",
            Value::List(_) => "an array",
            Value::Map(_) => "an object",
            Value::Unknown(_) | Value::Runtime(_) => "an unknown value",
        }
    }
}

impl Term {
    pub(super) fn new(span: Span, value: Value) -> Term {
        Term { span, value }
    }

    pub(super) fn unknown(span: Span, reason: impl Into<Rc<str>>, stand_in: &str) -> Term {
        let unknown = Unknown { reason: reason.into(), span, stand_in: name_like(stand_in).into() };
        Term::new(span, Value::Unknown(Rc::new(unknown)))
    }

    /// A parsed JSON value.
    pub(super) fn of(node: Node) -> Term {
        let value = match node.value {
            Tree::Null | Tree::Unknown { .. } => Value::Null,
            Tree::Scalar { text, plain: false } => Value::Text(text.into()),
            Tree::Scalar { text, .. } => match &*text {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                number => number.parse().map_or_else(|_| Value::Decimal(number.into()), Value::Int),
            },
            Tree::List(items) => Value::list(items.into_iter().map(Term::of).collect()),
            Tree::Map(map) => {
                let pair = |entry: Entry| Pair {
                    key: entry.key.into(),
                    key_span: entry.key_span,
                    value: Term::of(entry.value),
                };
                Value::map(map.entries.into_iter().map(pair).collect())
            }
        };
        Term::new(node.span, value)
    }

    pub(super) fn pairs(&self) -> &[Pair] {
        match &self.value {
            Value::Map(pairs) => pairs,
            _ => &[],
        }
    }

    pub(super) fn items(&self) -> &[Term] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A map's entry of a key, in any letter case.
    pub(super) fn pair(&self, key: &str) -> Option<&Pair> {
        self.pairs().iter().find(|pair| pair.key.eq_ignore_ascii_case(key))
    }

    /// A map's value of a key; none for absent and for null.
    pub(super) fn get(&self, key: &str) -> Option<&Term> {
        self.pair(key).map(|pair| &pair.value).filter(|term| term.value != Value::Null)
    }

    /// The text of a name: what stands in for it where it is not known.
    pub(super) fn name(&self) -> Option<Rc<str>> {
        match &self.value {
            Value::Text(text) => Some(text.clone()),
            Value::Unknown(unknown) => Some(unknown.stand_in.clone()),
            Value::Int(number) => Some(number.to_string().into()),
            _ => None,
        }
    }

    /// A term in which names may be what stands in for them.
    pub(super) fn standing_in(&self) -> Term {
        match &self.value {
            Value::Unknown(unknown) => Term::new(self.span, Value::Text(unknown.stand_in.clone())),
            _ => self.clone(),
        }
    }

    /// The first thing within it that is not known.
    pub(super) fn first_unknown(&self) -> Option<&Rc<Unknown>> {
        match &self.value {
            Value::Unknown(unknown) => Some(unknown),
            Value::List(items) => items.iter().find_map(Term::first_unknown),
            Value::Map(pairs) => pairs.iter().find_map(|pair| pair.value.first_unknown()),
            _ => None,
        }
    }
}

/// Letters of names, others as underscores; an id keeps its slashes. What is too long keeps its head and a sum of all.
fn name_like(text: &str) -> String {
    let keeps = |letter: char| letter.is_ascii_alphanumeric() || "_.()-/".contains(letter);
    let name: String = text.chars().map(|letter| if keeps(letter) { letter } else { '_' }).collect();
    match name.char_indices().nth(LONGEST_STAND_IN) {
        Some((at, _)) if !name.starts_with('/') => {
            format!("{}.{}", &name[..at], super::functions::digest(&name))
        }
        _ => name,
    }
}

/// Keys that hold the name of another thing.
const NAMES: [&str; 2] = ["customPublicSubnetName", "customPrivateSubnetName"];

/// Trees of a scenario from values, within a budget of nodes.
#[derive(Debug)]
pub(super) struct Trees {
    pub(super) left: usize,
}

impl Trees {
    /// The tree of a value; unknown where the budget ends.
    pub(super) fn node(&mut self, term: &Term) -> Node {
        self.left = self.left.saturating_sub(1);
        let plain = |text: String| Tree::Scalar { text: text.into(), plain: true };
        let value = match &term.value {
            _ if self.left == 0 => Tree::Unknown { reason: "the template makes too many values".into(), at: None },
            Value::Null => Tree::Null,
            Value::Bool(value) => plain(value.to_string()),
            Value::Int(value) => plain(value.to_string()),
            Value::Decimal(text) => plain(text.to_string()),
            Value::Text(text) => Tree::Scalar { text: (&**text).into(), plain: false },
            Value::List(items) => Tree::List(items.iter().map(|item| self.item(item)).collect()),
            Value::Map(pairs) => match no_id(pairs) {
                Some(text) => Tree::Unknown { reason: format!("`{text}` is no id of a resource").into(), at: None },
                None => Tree::Map(Map { entries: self.entries(pairs) }),
            },
            Value::Unknown(unknown) => return unknown_node(term.span, unknown),
            Value::Runtime(_) => Tree::Unknown { reason: "it is known once it is deployed".into(), at: None },
        };
        Node::new(term.span, value)
    }

    /// An item of a list: what it is called is a name.
    fn item(&mut self, item: &Term) -> Node {
        let mut node = self.node(item);
        let name = item.pair("name").filter(|pair| matches!(pair.value.value, Value::Unknown(_)));
        if let (Tree::Map(map), Some(pair)) = (&mut node.value, name)
            && let Some(at) = map.position("name")
        {
            map.entries[at].value = named(&pair.value);
        }
        node
    }

    fn entries(&mut self, pairs: &[Pair]) -> Vec<Entry> {
        let entry = |pair: &Pair| {
            let is_name = NAMES.iter().any(|key| key.eq_ignore_ascii_case(&pair.key));
            let value = match pair.value.get("value") {
                Some(value) if is_name => named(value),
                _ if is_name => named(&pair.value),
                _ => self.node(&pair.value),
            };
            Entry { key: (&*pair.key).into(), key_span: pair.key_span, value }
        };
        pairs.iter().map(entry).collect()
    }
}

/// What `{id: …}` holds where it is no id: nobody knows which resource is meant.
fn no_id(pairs: &[Pair]) -> Option<&str> {
    let [Pair { key, value, .. }] = pairs else { return None };
    value.as_str().filter(|text| key.eq_ignore_ascii_case("id") && !text.is_empty() && !text.starts_with('/'))
}

/// A name as a tree.
pub(super) fn named(term: &Term) -> Node {
    let value = term.name().map_or(Tree::Null, |text| Tree::Scalar { text: (&*text).into(), plain: false });
    Node::new(term.span, value)
}

/// An unknown value; the id of a resource with an unknown name is that of the resource which is called so here.
fn unknown_node(span: Span, unknown: &Unknown) -> Node {
    if Identity::parse(&unknown.stand_in).is_some() {
        return Node::new(span, Tree::Scalar { text: (&*unknown.stand_in).into(), plain: false });
    }
    Node::new(unknown.span, Tree::Unknown { reason: (&*unknown.reason).into(), at: None })
}
