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
        look(family.name, family.shape, &network[family.name]["anyOf"][0]["additionalProperties"], &mut missing);
    }
    for name in UNMODELLED {
        if network[name].is_null() {
            missing.push((*name).to_owned());
        }
    }
    for (name, values) in settings::TABLE {
        if schema["$defs"]["settings"]["properties"][name]["enum"] != serde_json::json!(values) {
            missing.push(format!("settings.{name}"));
        }
    }
    assert!(missing.is_empty(), "not in the schema: {missing:#?}");
}

/// Each field flat and under `properties`, with everything below it.
fn look(path: &str, shape: &Shape, node: &Value, missing: &mut Vec<String>) {
    for field in shape.fields {
        let path = format!("{path}.{}", field.name);
        let flat = &node["properties"][field.name];
        if !flat.is_object() || node["properties"]["properties"]["properties"][field.name] != *flat {
            missing.push(path);
            continue;
        }
        match field.kind {
            Kind::Object(shape) | Kind::Lift(shape) => look(&path, shape, flat, missing),
            Kind::Children(shape) => look(&path, shape, &flat["anyOf"][0]["additionalProperties"], missing),
            Kind::List(shape) => look(&path, shape, &flat["items"], missing),
            Kind::ReferencesOrChildren(shape) => {
                look(&path, shape, &flat["anyOf"][0]["anyOf"][0]["additionalProperties"], missing);
            }
            _ => {}
        }
    }
}
