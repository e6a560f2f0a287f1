//! Expectations and what-ifs as written.
//!
//! In: the nodes under `expect` and `whatIf`. Out: [`Expectation`]s. Flows stay text: what they name is for
//! `resolve` to find.

use super::{
    short,
    tree::{Entry, Node, Value},
    with_nearest,
};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};

/// A verdict as a file names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// `allowed:`
    Allowed,
    /// `denied:`
    Denied,
    /// `mixed:`
    Mixed,
    /// `undetermined:`
    Undetermined,
}

/// What an expectation claims.
#[derive(Debug, Clone)]
pub enum Claim {
    /// A verdict on a flow, or on every leg of `all:`.
    Verdict {
        /// Which.
        want: Want,
        /// The flows, one per leg.
        flows: Vec<(String, Span)>,
    },
    /// `only: {from, to, flows}`.
    Only {
        /// Who begins: any of these ends.
        from: Vec<(String, Span)>,
        /// Who is asked: any of these.
        to: Vec<(String, Span)>,
        /// What is allowed between them.
        flows: Vec<(String, Span)>,
    },
    /// `nextHop: {at, to, is, by}`.
    NextHop {
        /// At which NIC or subnet.
        at: (String, Span),
        /// For which address.
        to: (String, Span),
        /// The type.
        is: Option<(String, Span)>,
        /// The deciding row.
        by: Option<(String, Span)>,
    },
    /// `routes: {at, has, lacks}`.
    Routes {
        /// At which NIC or subnet.
        at: (String, Span),
        /// Rows that must be there.
        has: Vec<Node>,
        /// Rows that must not.
        lacks: Vec<Node>,
    },
    /// `tag: {name, at, has, lacks}`.
    Tag {
        /// Which tag.
        name: (String, Span),
        /// At which NIC or subnet.
        at: Option<(String, Span)>,
        /// Prefixes that it must hold.
        has: Vec<(String, Span)>,
        /// Prefixes of which it must hold nothing.
        lacks: Vec<(String, Span)>,
    },
}

/// One expectation.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// What it claims.
    pub claim: Claim,
    /// Who must decide.
    pub by: Option<(String, Span)>,
    /// `with: {identity}`: how the source proves who it is.
    pub identity: Option<(String, Span)>,
    /// `via:`: what every packet passes on its way there.
    pub via: Vec<(String, Span)>,
    /// `notVia:`: what no packet passes.
    pub not_via: Vec<(String, Span)>,
    /// `established: true`: of connections that were open before the change.
    pub established: Option<Span>,
    /// Why it matters, printed on failure.
    pub reason: Option<String>,
    /// Where it is written.
    pub span: Span,
}

/// One what-if.
#[derive(Debug, Clone)]
pub struct WhatIf {
    /// Its name.
    pub name: String,
    /// Where the name is written.
    pub span: Span,
    /// A merge patch on `network`, canonical.
    pub patch: Option<Node>,
    /// Settings that it changes.
    pub settings: Vec<(Box<str>, Span, Node)>,
    /// Its own expectations.
    pub expect: Vec<Expectation>,
}

const KEYS: [&str; 15] = [
    "allowed",
    "denied",
    "mixed",
    "undetermined",
    "nextHop",
    "routes",
    "tag",
    "by",
    "reason",
    "with",
    "established",
    "via",
    "notVia",
    "only",
    "name",
];

/// Reads `expect`.
pub(super) fn expectations(node: &Node, diagnostics: &mut Diagnostics) -> Vec<Expectation> {
    if !matches!(node.value, Value::List(_) | Value::Null) {
        diagnostics.push(Diagnostic::error(
            "wrong-type",
            node.span,
            format!("`expect` takes a list, not {}", node.kind()),
        ));
        return Vec::new();
    }
    node.items().iter().filter_map(|item| expectation(item, diagnostics)).collect()
}

fn expectation(node: &Node, diagnostics: &mut Diagnostics) -> Option<Expectation> {
    let Some(map) = node.as_map() else {
        let problem =
            Diagnostic::error("wrong-type", node.span, format!("an expectation is a map, not {}", node.kind()));
        diagnostics.push(problem.help("write `- allowed: a -> b tcp/443`"));
        return None;
    };
    let mut claims = Vec::new();
    for entry in &map.entries {
        match KEYS.iter().find(|key| key.eq_ignore_ascii_case(&entry.key)) {
            Some(&("allowed" | "denied" | "mixed" | "undetermined" | "nextHop" | "routes" | "tag" | "only")) => {
                claims.push(entry)
            }
            Some(&"with") => check_with(&entry.value, diagnostics),
            Some(_) => {}
            None => diagnostics.push(unknown_key(entry, &KEYS)),
        }
    }
    let claim = match claims.as_slice() {
        [one] => claim(one, diagnostics)?,
        [] => {
            let problem = Diagnostic::error("expectation-without-claim", node.span, "the expectation claims nothing");
            diagnostics
                .push(problem.help("it needs one of allowed, denied, mixed, undetermined, only, nextHop, routes, tag"));
            return None;
        }
        [_, second, ..] => {
            let problem = Diagnostic::error("several-claims", second.key_span, "one expectation makes one claim");
            diagnostics.push(problem.related(claims[0].key_span, "the first one"));
            return None;
        }
    };
    let (by, reason) = (text(node, "by", diagnostics), text(node, "reason", diagnostics));
    let identity = node.get("with").and_then(|with| text(with, "identity", diagnostics));
    let established = established(node, &claim, diagnostics);
    let (via, not_via) = (passing(node, "via", &claim, diagnostics), passing(node, "notVia", &claim, diagnostics));
    if let (Claim::Only { .. }, Some((_, span))) = (&claim, &by) {
        let problem = Diagnostic::error("bad-value", *span, "`only` is about many flows, which many things decide");
        diagnostics.push(problem.help("write a further expectation about one flow"));
    }
    let reason = reason.map(|(text, _)| text);
    Some(Expectation { claim, by, identity, via, not_via, established, reason, span: node.span })
}

/// `via:` and `notVia:`: one name or several, beside `allowed:` alone.
fn passing(node: &Node, key: &str, claim: &Claim, diagnostics: &mut Diagnostics) -> Vec<(String, Span)> {
    let Some(value) = node.get(key) else {
        return Vec::new();
    };
    if !matches!(claim, Claim::Verdict { want: Want::Allowed, .. }) {
        let message = format!("`{key}` goes with `allowed` only");
        let problem = Diagnostic::error("via-without-allowed", value.span, message);
        diagnostics.push(problem.help("it says which way the packets take that get through"));
        return Vec::new();
    }
    if value.items().is_empty() {
        diagnostics.push(Diagnostic::error("missing-key", value.span, format!("`{key}` names nothing")));
    }
    texts(node, key, diagnostics)
}

/// `established: true` beside a verdict; in the file's own expectations, where nothing changes, it is refused later.
fn established(node: &Node, claim: &Claim, diagnostics: &mut Diagnostics) -> Option<Span> {
    let (text, span) = text(node, "established", diagnostics)?;
    let problem = match (text.to_lowercase().as_str(), claim) {
        ("true", Claim::Verdict { .. }) => return Some(span),
        ("false", _) => return None,
        ("true", _) => Diagnostic::error("bad-value", span, "only a flow can be established"),
        _ => Diagnostic::error("bad-value", span, "`established` is true or false"),
    };
    diagnostics.push(problem.help("write `{allowed: a -> b tcp/22, established: true}` in a what-if"));
    None
}

/// `with` is a map that has an identity.
fn check_with(node: &Node, diagnostics: &mut Diagnostics) {
    match node.get("identity") {
        Some(_) => check_keys(node, &["identity"], diagnostics),
        None => {
            let problem = Diagnostic::error("missing-key", node.span, "`with` says nothing");
            diagnostics.push(problem.help("write `with: {identity: servicePrincipal}`"));
        }
    }
}

/// A key that a flow with commas left behind looks like a port; anything else is misspelt.
fn unknown_key(entry: &Entry, known: &[&'static str]) -> Diagnostic {
    if entry.value.value == Value::Null && (cut_off(&entry.key) || entry.key.contains("->")) {
        return Diagnostic::error(
            "unquoted-flow",
            entry.key_span,
            "a flow with commas must be quoted inside braces or brackets",
        )
        .help("write `{allowed: \"a -> b tcp/80,443\"}`");
    }
    let problem = Diagnostic::error("unknown-key", entry.key_span, format!("no key `{}` here", short(&entry.key)));
    with_nearest(problem, &entry.key, known.iter().copied())
}

fn claim(entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Claim> {
    let want = match entry.key.to_lowercase().as_str() {
        "allowed" => Want::Allowed,
        "denied" => Want::Denied,
        "mixed" => Want::Mixed,
        "undetermined" => Want::Undetermined,
        "only" => return only(entry, diagnostics),
        "nexthop" => return next_hop(entry, diagnostics),
        "routes" => return routes(entry, diagnostics),
        _ => return tag(entry, diagnostics),
    };
    let before = diagnostics.iter().len();
    let flows = flow_texts(legs(&entry.value, diagnostics), diagnostics);
    if flows.is_empty() && diagnostics.iter().len() == before {
        diagnostics.push(Diagnostic::error("expectation-without-claim", entry.key_span, "no flow is given"));
    }
    (!flows.is_empty()).then_some(Claim::Verdict { want, flows })
}

/// `only: {from, to, flows}`. An empty list of flows is a claim, too: nothing is allowed.
fn only(entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Claim> {
    let node = &entry.value;
    check_keys(node, &["from", "to", "flows"], diagnostics);
    let before = diagnostics.iter().len();
    for key in ["from", "to", "flows"] {
        if node.get(key).is_none_or(|value| key != "flows" && value.items().is_empty()) {
            diagnostics.push(Diagnostic::error("missing-key", node.span, format!("`{key}` is missing here")));
        }
    }
    let (from, to) = (texts(node, "from", diagnostics), texts(node, "to", diagnostics));
    let flows = flow_texts(node.get("flows").map(Node::items).unwrap_or_default(), diagnostics);
    (diagnostics.iter().len() == before).then_some(Claim::Only { from, to, flows })
}

fn flow_texts(nodes: &[Node], diagnostics: &mut Diagnostics) -> Vec<(String, Span)> {
    let mut flows = Vec::new();
    for leg in nodes {
        match leg.as_str() {
            Some(text) if cut_off(text) => {
                let message = "a flow with commas must be quoted inside braces or brackets";
                let help = "write `{all: [\"a -> b tcp/80,443\"]}`";
                diagnostics.push(Diagnostic::error("unquoted-flow", leg.span, message).help(help));
            }
            Some(text) => flows.push((text.to_owned(), leg.span)),
            None => {
                let message = format!("a flow is a single value, not {}", leg.kind());
                diagnostics.push(Diagnostic::error("wrong-type", leg.span, message));
            }
        }
    }
    flows
}

/// One flow, a list of them, or `{all: […]}`.
fn legs<'n>(node: &'n Node, diagnostics: &mut Diagnostics) -> &'n [Node] {
    let Value::Map(map) = &node.value else {
        return node.items();
    };
    let others = map.entries.iter().filter(|other| !other.key.eq_ignore_ascii_case("all"));
    let before = diagnostics.iter().len();
    others.for_each(|other| diagnostics.push(unknown_key(other, &["all"])));
    match node.get("all") {
        Some(legs) => legs.items(),
        None if diagnostics.iter().len() > before => &[],
        None => std::slice::from_ref(node),
    }
}

/// What remains of a flow that YAML cut at a comma: ports, perhaps with source ports behind them.
fn cut_off(text: &str) -> bool {
    let ports = text.split_whitespace().next().unwrap_or("");
    let digits = ports.starts_with(|letter: char| letter.is_ascii_digit());
    let only = ports.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '-' | ','));
    digits && only && !text.contains("->")
}

/// One value of a key; absent is fine, anything else is an error, never ignored.
pub(super) fn text(node: &Node, key: &str, diagnostics: &mut Diagnostics) -> Option<(String, Span)> {
    one_text(node.get(key)?, key, diagnostics)
}

fn one_text(value: &Node, key: &str, diagnostics: &mut Diagnostics) -> Option<(String, Span)> {
    if value.as_str().is_none() {
        let message = format!("`{key}` takes a single value, not {}", value.kind());
        diagnostics.push(Diagnostic::error("wrong-type", value.span, message));
    }
    value.as_str().map(|text| (text.to_owned(), value.span))
}

fn required(node: &Node, key: &str, diagnostics: &mut Diagnostics) -> Option<(String, Span)> {
    if node.get(key).is_none() {
        diagnostics.push(Diagnostic::error("missing-key", node.span, format!("`{key}` is missing here")));
    }
    text(node, key, diagnostics)
}

fn texts(node: &Node, key: &str, diagnostics: &mut Diagnostics) -> Vec<(String, Span)> {
    let items = node.get(key).map(Node::items).unwrap_or_default();
    items.iter().filter_map(|item| one_text(item, key, diagnostics)).collect()
}

pub(super) fn check_keys(node: &Node, known: &[&'static str], diagnostics: &mut Diagnostics) {
    for entry in node.entries() {
        if diagnostics.iter().len() < Diagnostics::LIMIT
            && !known.iter().any(|key| key.eq_ignore_ascii_case(&entry.key))
        {
            let problem =
                Diagnostic::error("unknown-key", entry.key_span, format!("no key `{}` here", short(&entry.key)));
            diagnostics.push(with_nearest(problem, &entry.key, known.iter().copied()));
        }
    }
}

fn next_hop(entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Claim> {
    let node = &entry.value;
    check_keys(node, &["at", "to", "is", "by"], diagnostics);
    let (is, by) = (text(node, "is", diagnostics), text(node, "by", diagnostics));
    if is.is_none() && by.is_none() {
        diagnostics.push(Diagnostic::error("missing-key", node.span, "`is` or `by` is missing here"));
    }
    Some(Claim::NextHop { at: required(node, "at", diagnostics)?, to: required(node, "to", diagnostics)?, is, by })
}

fn routes(entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Claim> {
    let node = &entry.value;
    check_keys(node, &["at", "has", "lacks"], diagnostics);
    let rows = |key: &str| node.get(key).map(|value| value.items().to_vec()).unwrap_or_default();
    let (has, lacks) = (rows("has"), rows("lacks"));
    let known = ["addressPrefix", "nextHopType", "nextHopIpAddress", "state", "source", "name"];
    for row in has.iter().chain(&lacks) {
        check_keys(row, &known, diagnostics);
        check_row(row, diagnostics);
    }
    if has.is_empty() && lacks.is_empty() {
        diagnostics.push(Diagnostic::error("missing-key", node.span, "`has` or `lacks` is missing here"));
    }
    Some(Claim::Routes { at: required(node, "at", diagnostics)?, has, lacks })
}

/// A row of a route table: a map of single values, at least one.
fn check_row(row: &Node, diagnostics: &mut Diagnostics) {
    match row.as_map() {
        None => {
            let message = format!("a row is a map, not {}", row.kind());
            diagnostics.push(Diagnostic::error("wrong-type", row.span, message));
        }
        Some(map) if map.entries.is_empty() => {
            let problem = Diagnostic::error("missing-key", row.span, "a row without keys matches every row");
            diagnostics.push(problem.help("give its `addressPrefix`"));
        }
        Some(map) => map.entries.iter().for_each(|entry| {
            one_text(&entry.value, &short(&entry.key), diagnostics);
        }),
    }
}

fn tag(entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Claim> {
    let node = &entry.value;
    check_keys(node, &["name", "at", "has", "lacks"], diagnostics);
    let before = diagnostics.iter().len();
    let (has, lacks) = (texts(node, "has", diagnostics), texts(node, "lacks", diagnostics));
    if has.is_empty() && lacks.is_empty() && diagnostics.iter().len() == before {
        diagnostics.push(Diagnostic::error("missing-key", node.span, "`has` or `lacks` is missing here"));
    }
    let at = text(node, "at", diagnostics);
    Some(Claim::Tag { name: required(node, "name", diagnostics)?, at, has, lacks })
}
