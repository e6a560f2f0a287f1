//! A network as a scenario file: YAML or JSON, with `$origin` on every resource.
//!
//! In: a canonical tree, as an import makes it, and the texts that its spans lie in. Out: text that the reader of scenarios reads back to the
//! same tree. Deliberately absent: expectations; they are for people to write.

use super::places::Places;
use crate::{
    diagnostic::{Origin, Sources, Span},
    scenario::{
        shape::{Kind, NETWORK, Shape},
        tree::{Entry, Node, Value},
    },
};
use serde_json::{Map, Value as Json, json};
use std::fmt::Write as _;

/// A scenario as JSON.
pub fn scenario_json(network: &Node, sources: &Sources) -> String {
    let mut text = serde_json::to_string_pretty(&scenario(network, &Places::new(sources))).unwrap_or_default();
    text.push('\n');
    text
}

/// A scenario as YAML.
pub fn scenario_yaml(network: &Node, sources: &Sources) -> String {
    let mut text = String::new();
    block(&scenario(network, &Places::new(sources)), 0, &mut text);
    text
}

/// A merge patch as a what-if to paste into a scenario.
pub fn what_if_yaml(name: &str, patch: &Json) -> String {
    let mut text = String::new();
    block(&json!({"whatIf": {name: {"patch": patch}}}), 0, &mut text);
    text
}

fn scenario(network: &Node, places: &Places<'_>) -> Json {
    let families = network.entries().iter().map(|family| {
        let shape = NETWORK.iter().find(|known| *known.name == *family.key).map(|known| known.shape);
        (family.key.to_string(), children(family.value.entries(), shape, places))
    });
    json!({ "network": families.collect::<Map<String, Json>>() })
}

/// Named things, each with the place that it comes from.
fn children(entries: &[Entry], shape: Option<&'static Shape>, places: &Places<'_>) -> Json {
    let one = |entry: &Entry| {
        let mut value = value(&entry.value, shape, places);
        if let Some(map) = value.as_object_mut().filter(|_| entry.value.as_map().is_some()) {
            let origin = entry.value.origin.as_ref().map_or_else(|| place(places, entry.key_span), ToString::to_string);
            map.shift_insert(0, "$origin".to_owned(), origin.into());
        }
        (entry.key.to_string(), value)
    };
    Json::Object(entries.iter().map(one).collect())
}

fn value(node: &Node, shape: Option<&'static Shape>, places: &Places<'_>) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Scalar { text, plain } => scalar(text, *plain),
        Value::Unknown { reason, at } => {
            let at = at.as_ref().map_or_else(|| place(places, node.span), ToString::to_string);
            json!({"$unknown": reason, "at": at})
        }
        Value::List(items) => items.iter().map(|item| value(item, shape, places)).collect(),
        Value::Map(map) => Json::Object(map.entries.iter().map(|entry| field(entry, shape, places)).collect()),
    }
}

fn field(entry: &Entry, shape: Option<&'static Shape>, places: &Places<'_>) -> (String, Json) {
    let kind = shape.and_then(|shape| shape.field(&entry.key)).map(|field| &field.kind);
    let written = match kind {
        Some(Kind::Children(inner)) => children(entry.value.entries(), Some(inner), places),
        Some(Kind::Object(inner) | Kind::List(inner) | Kind::ScalarsOrObjects(inner)) => {
            value(&entry.value, Some(inner), places)
        }
        _ => value(&entry.value, None, places),
    };
    (entry.key.to_string(), written)
}

fn place(places: &Places<'_>, span: Span) -> String {
    places.told(&Origin::Text(span))
}

/// Numbers and booleans stay what they are where JSON has the same text for them.
fn scalar(text: &str, plain: bool) -> Json {
    let number = || text.parse::<i64>().ok().filter(|number| number.to_string() == text);
    match (plain, text) {
        (true, "true") => true.into(),
        (true, "false") => false.into(),
        (true, _) => number().map_or_else(|| text.into(), Json::from),
        (false, _) => text.into(),
    }
}

/// A value on lines of its own.
fn block(value: &Json, indent: usize, text: &mut String) {
    match value {
        Json::Object(map) => {
            for (key, value) in map {
                let _ = write!(text, "{:indent$}{}:", "", word(key));
                behind(value, indent, text);
            }
        }
        Json::Array(items) => {
            for item in items {
                let _ = write!(text, "{:indent$}-", "");
                behind(item, indent, text);
            }
        }
        other => {
            let _ = writeln!(text, "{:indent$}{}", "", inline(other));
        }
    }
}

/// A value behind a key or a dash.
fn behind(value: &Json, indent: usize, text: &mut String) {
    let short = match value {
        Json::Object(map) => map.is_empty() || map.contains_key("$unknown"),
        Json::Array(items) => items.iter().all(|item| !item.is_object() && !item.is_array()),
        _ => true,
    };
    if short {
        let _ = writeln!(text, " {}", inline(value));
    } else {
        text.push('\n');
        block(value, indent + 2, text);
    }
}

/// A value on one line.
fn inline(value: &Json) -> String {
    match value {
        Json::String(text) => word(text),
        Json::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Json::Object(map) => {
            let entries = map.iter().map(|(key, value)| format!("{}: {}", word(key), inline(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A text, in quotes wherever YAML could take it for something else.
fn word(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./".contains(letter);
    let safe = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && text.chars().all(plain)
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&&*text.to_ascii_lowercase());
    let address = text.parse::<ipnet::IpNet>().is_ok() || text.parse::<std::net::Ipv4Addr>().is_ok();
    if safe || address { text.to_owned() } else { serde_json::to_string(text).unwrap_or_default() }
}
