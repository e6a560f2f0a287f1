//! Expectations and what-ifs as written.
//!
//! In: the nodes under `expect` and `whatIf`. Out: [`Expectation`]s. Flows stay text: what they name is for
//! `resolve` to find.

use super::{
    normalise,
    tree::{Entry, Node, Value},
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
    node.items()
        .iter()
        .filter_map(|item| expectation(item, diagnostics))
        .collect()
}

fn expectation(node: &Node, diagnostics: &mut Diagnostics) -> Option<Expectation> {
    let Some(map) = node.as_map() else {
        let problem = Diagnostic::error(
            "wrong-type",
            node.span,
            format!("an expectation is a map, not {}", node.kind()),
        );
        diagnostics.push(problem.help("write `- allowed: a -> b tcp/443`"));
        return None;
    };
    let mut claims = Vec::new();
    for entry in &map.entries {
        match KEYS.iter().find(|key| key.eq_ignore_ascii_case(&entry.key)) {
            Some(
                &("allowed" | "denied" | "mixed" | "undetermined" | "nextHop" | "routes" | "tag"),
            ) => claims.push(entry),
            Some(key @ &("via" | "notVia" | "only" | "established" | "with")) => {
                diagnostics.push(
                    Diagnostic::error(
                        "not-modelled-yet",
                        entry.key_span,
                        format!("`{key}` is not modelled yet"),
                    )
                    .help("the expectation cannot be checked without it"),
                );
            }
            Some(_) => {}
            None => diagnostics.push(unknown_key(entry)),
        }
    }
    let claim = match claims.as_slice() {
        [one] => claim(one, diagnostics)?,
        [] => {
            let problem = Diagnostic::error(
                "expectation-without-claim",
                node.span,
                "the expectation claims nothing",
            );
            diagnostics.push(problem.help(
                "it needs one of allowed, denied, mixed, undetermined, nextHop, routes, tag",
            ));
            return None;
        }
        [_, second, ..] => {
            let problem = Diagnostic::error(
                "several-claims",
                second.key_span,
                "one expectation makes one claim",
            );
            diagnostics.push(problem.related(claims[0].key_span, "the first one"));
            return None;
        }
    };
    let text = |key: &str| {
        node.get(key)
            .and_then(|value| value.as_str().map(|text| (text.to_owned(), value.span)))
    };
    Some(Expectation {
        claim,
        by: text("by"),
        reason: text("reason").map(|(text, _)| text),
        span: node.span,
    })
}

/// A key that a flow with commas left behind looks like a port; anything else is misspelt.
fn unknown_key(entry: &Entry) -> Diagnostic {
    let like_ports = entry
        .key
        .starts_with(|letter: char| letter.is_ascii_digit());
    if like_ports || entry.key.contains("->") {
        return Diagnostic::error(
            "unquoted-flow",
            entry.key_span,
            "a flow with commas must be quoted inside braces or brackets",
        )
        .help("write `{allowed: \"a -> b tcp/80,443\"}`");
    }
    let problem = Diagnostic::error(
        "unknown-key",
        entry.key_span,
        format!("an expectation has no key `{}`", entry.key),
    );
    normalise::with_nearest(problem, &entry.key, KEYS.into_iter())
}

fn claim(entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Claim> {
    let want = match entry.key.to_lowercase().as_str() {
        "allowed" => Want::Allowed,
        "denied" => Want::Denied,
        "mixed" => Want::Mixed,
        "undetermined" => Want::Undetermined,
        "nexthop" => return next_hop(entry, diagnostics),
        "routes" => return routes(entry, diagnostics),
        _ => return tag(entry, diagnostics),
    };
    let node = &entry.value;
    let legs = match &node.value {
        Value::Map(_) => {
            for other in node
                .entries()
                .iter()
                .filter(|other| !other.key.eq_ignore_ascii_case("all"))
            {
                diagnostics.push(unknown_key(other));
            }
            node.get("all").unwrap_or(node)
        }
        _ => node,
    };
    let mut flows = Vec::new();
    for leg in legs.items() {
        match leg.as_str() {
            Some(text) if bare_ports(text) => {
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
    if flows.is_empty() && !diagnostics.has_errors() {
        diagnostics.push(Diagnostic::error(
            "expectation-without-claim",
            entry.key_span,
            "no flow is given",
        ));
    }
    (!flows.is_empty()).then_some(Claim::Verdict { want, flows })
}

/// What remains of a flow cut at a comma.
fn bare_ports(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|letter| letter.is_ascii_digit() || letter == '-')
}

fn required(node: &Node, key: &str, diagnostics: &mut Diagnostics) -> Option<(String, Span)> {
    match node
        .get(key)
        .and_then(|value| value.as_str().map(|text| (text.to_owned(), value.span)))
    {
        Some(found) => Some(found),
        None => {
            diagnostics.push(Diagnostic::error(
                "missing-key",
                node.span,
                format!("`{key}` is missing here"),
            ));
            None
        }
    }
}

fn check_keys(node: &Node, known: &[&'static str], diagnostics: &mut Diagnostics) {
    for entry in node.entries() {
        if !known.iter().any(|key| key.eq_ignore_ascii_case(&entry.key)) {
            let problem = Diagnostic::error(
                "unknown-key",
                entry.key_span,
                format!("no key `{}` here", entry.key),
            );
            diagnostics.push(normalise::with_nearest(
                problem,
                &entry.key,
                known.iter().copied(),
            ));
        }
    }
}

fn texts(node: &Node, key: &str) -> Vec<(String, Span)> {
    let items = node.get(key).map(Node::items).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| item.as_str().map(|text| (text.to_owned(), item.span)))
        .collect()
}

fn next_hop(entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Claim> {
    let node = &entry.value;
    check_keys(node, &["at", "to", "is", "by"], diagnostics);
    let text = |key: &str| {
        node.get(key)
            .and_then(|value| value.as_str().map(|text| (text.to_owned(), value.span)))
    };
    let (is, by) = (text("is"), text("by"));
    if is.is_none() && by.is_none() {
        diagnostics.push(Diagnostic::error(
            "missing-key",
            node.span,
            "`is` or `by` is missing here",
        ));
    }
    Some(Claim::NextHop {
        at: required(node, "at", diagnostics)?,
        to: required(node, "to", diagnostics)?,
        is,
        by,
    })
}

fn routes(entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Claim> {
    let node = &entry.value;
    check_keys(node, &["at", "has", "lacks"], diagnostics);
    let rows = |key: &str| {
        node.get(key)
            .map(|value| value.items().to_vec())
            .unwrap_or_default()
    };
    let (has, lacks) = (rows("has"), rows("lacks"));
    let known = [
        "addressPrefix",
        "nextHopType",
        "nextHopIpAddress",
        "state",
        "source",
        "name",
    ];
    for row in has.iter().chain(&lacks) {
        check_keys(row, &known, diagnostics);
        if row.as_map().is_none() {
            diagnostics.push(Diagnostic::error(
                "wrong-type",
                row.span,
                format!("a row is a map, not {}", row.kind()),
            ));
        }
    }
    if has.is_empty() && lacks.is_empty() {
        diagnostics.push(Diagnostic::error(
            "missing-key",
            node.span,
            "`has` or `lacks` is missing here",
        ));
    }
    Some(Claim::Routes {
        at: required(node, "at", diagnostics)?,
        has,
        lacks,
    })
}

fn tag(entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Claim> {
    let node = &entry.value;
    check_keys(node, &["name", "at", "has", "lacks"], diagnostics);
    let (has, lacks) = (texts(node, "has"), texts(node, "lacks"));
    if has.is_empty() && lacks.is_empty() {
        diagnostics.push(Diagnostic::error(
            "missing-key",
            node.span,
            "`has` or `lacks` is missing here",
        ));
    }
    let at = node
        .get("at")
        .and_then(|value| value.as_str().map(|text| (text.to_owned(), value.span)));
    Some(Claim::Tag {
        name: required(node, "name", diagnostics)?,
        at,
        has,
        lacks,
    })
}
