//! The published JSON Schema is the one that the reader's shapes make.
//!
//! In: `docs/scenario.schema.json`; `AZREACH_BLESS=1` rewrites it. Out: a failure where it is stale, or where a field
//! of the format is not in it.

use crate::scenarios::root;
use azreach::scenario::{
    json_schema, settings,
    shape::{Kind, NETWORK, Shape, UNMODELLED},
};
use serde_json::Value;
use std::fs;

#[test]
fn the_checked_in_schema_is_the_one_that_the_shapes_make() {
    let path = root("docs/scenario.schema.json");
    let made = serde_json::to_string_pretty(&json_schema()).expect("JSON") + "\n";
    if std::env::var_os("AZREACH_BLESS").is_some() {
        fs::write(&path, &made).expect("a writable file");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "{} is stale: AZREACH_BLESS=1 cargo test schema", path.display());
}

#[test]
fn every_field_of_the_format_is_in_the_schema() {
    let schema = json_schema();
    let network = &schema["properties"]["network"]["properties"];
    let mut missing = Vec::new();
    for family in &NETWORK {
        let one = &network[family.name]["anyOf"][0]["additionalProperties"];
        look(family.name, family.shape, &schema, one, &mut missing);
    }
    for name in UNMODELLED {
        if network[name].is_null() {
            missing.push((*name).to_owned());
        }
    }
    for (name, values) in settings::TABLE {
        let written = &schema["$defs"]["settings"]["properties"][name]["enum"];
        if values.iter().any(|value| !written.as_array().is_some_and(|words| words.contains(&(*value).into()))) {
            missing.push(format!("settings.{name}"));
        }
    }
    assert!(missing.is_empty(), "not in the schema: {missing:#?}");
}

/// Each field flat and under `properties`, with everything below it.
fn look(path: &str, shape: &Shape, schema: &Value, node: &Value, missing: &mut Vec<String>) {
    let node = led_to(schema, node);
    let nested = led_to(schema, &node["properties"]["properties"]);
    for field in shape.fields {
        let path = format!("{path}.{}", field.name);
        let flat = &node["properties"][field.name];
        let has_properties = shape.field("properties").is_some();
        if !flat.is_object() || (!has_properties && nested["properties"][field.name] != *flat) {
            missing.push(path);
            continue;
        }
        match field.kind {
            Kind::Object(shape) | Kind::Lift(shape) => look(&path, shape, schema, flat, missing),
            Kind::Children(shape) => look(&path, shape, schema, &flat["anyOf"][0]["additionalProperties"], missing),
            Kind::List(shape) => look(&path, shape, schema, &flat["items"], missing),
            Kind::ReferencesOrChildren(shape) => {
                look(&path, shape, schema, &flat["anyOf"][0]["anyOf"][0]["additionalProperties"], missing);
            }
            _ => {}
        }
    }
}

/// The definition that a reference names; anything else is itself.
fn led_to<'v>(schema: &'v Value, node: &'v Value) -> &'v Value {
    let name = node["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/"));
    name.map_or(node, |name| &schema["$defs"][name])
}
