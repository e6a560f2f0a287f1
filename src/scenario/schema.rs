//! The JSON Schema of the scenario format, made from the shapes that the reader itself checks files against.

use super::{
    settings,
    shape::{Field, Kind, NETWORK, Shape, UNMODELLED},
};
use serde_json::{Map, Value, json};

/// The schema, draft 2020-12.
pub fn json_schema() -> Value {
    let mut network = Map::new();
    for family in &NETWORK {
        network.insert(family.name.to_owned(), children(family.shape));
    }
    for name in UNMODELLED {
        network.insert(name.to_owned(), json!({"type": ["object", "array"], "description": "read, not modelled yet"}));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "azreach scenario",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "$schema": {"type": "string"},
            "name": {"type": "string"},
            "description": {"type": "string"},
            "serviceTags": {"type": "string", "description": "builtin, or a path to Microsoft's ServiceTags JSON"},
            "import": {"type": "array", "items": {"type": "object", "properties": {"scenario": {"type": "string"}}}},
            "network": {"type": "object", "additionalProperties": false, "properties": network},
            "groups": {"type": "object", "additionalProperties": {"anyOf": [scalars(), {"type": "object", "properties": {"of": scalars(), "except": scalars()}}]}},
            "expect": {"type": "array", "items": {"$ref": "#/$defs/expectation"}},
            "whatIf": {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": false, "properties": {
                "description": {"type": "string"},
                "patch": {"type": "object", "description": "JSON Merge Patch on network"},
                "settings": {"$ref": "#/$defs/settings"},
                "expect": {"type": "array", "items": {"$ref": "#/$defs/expectation"}}
            }}},
            "settings": {"$ref": "#/$defs/settings"},
            "refused": {"type": "array", "items": {"type": "string"}}
        },
        "$defs": {"expectation": expectation(), "settings": setting_values()}
    })
}

fn scalar() -> Value {
    json!({"type": ["string", "number", "boolean", "object"]})
}

fn scalars() -> Value {
    json!({"anyOf": [scalar(), {"type": "array", "items": scalar()}]})
}

fn expectation() -> Value {
    let flow = json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "object", "properties": {"all": {"type": "array", "items": {"type": "string"}}}}]});
    let row = json!({"type": "object", "properties": {"addressPrefix": scalar(), "nextHopType": scalar(), "nextHopIpAddress": scalar(), "state": scalar(), "source": scalar(), "name": scalar()}});
    json!({"type": "object", "properties": {
        "allowed": flow, "denied": flow, "mixed": flow, "undetermined": flow,
        "nextHop": {"type": "object", "properties": {"at": scalar(), "to": scalar(), "is": scalar(), "by": scalar()}},
        "routes": {"type": "object", "properties": {"at": scalar(), "has": {"type": "array", "items": row}, "lacks": {"type": "array", "items": row}}},
        "tag": {"type": "object", "properties": {"name": scalar(), "at": scalar(), "has": scalars(), "lacks": scalars()}},
        "only": {"type": "object", "additionalProperties": false, "required": ["from", "to", "flows"], "properties": {"from": scalars(), "to": scalars(), "flows": {"type": "array", "items": {"type": "string"}}}},
        "via": scalars(), "notVia": scalars(),
        "by": {"type": "string"}, "reason": {"type": "string"}
    }})
}

fn setting_values() -> Value {
    let mut properties = Map::new();
    for (name, values) in settings::TABLE {
        properties.insert(name.to_owned(), json!({"enum": values, "default": values[0]}));
    }
    json!({"type": "object", "properties": properties})
}

fn children(shape: &Shape) -> Value {
    let one = object(shape);
    json!({"anyOf": [
        {"type": "object", "additionalProperties": one},
        {"type": "array", "items": one}
    ]})
}

fn object(shape: &Shape) -> Value {
    let mut properties = Map::new();
    for field in shape.fields {
        properties.insert(field.name.to_owned(), described(field));
    }
    let inner = Value::Object(properties.clone());
    properties.insert("properties".to_owned(), json!({"type": "object", "properties": inner}));
    json!({"type": ["object", "null"], "properties": properties})
}

fn described(field: &Field) -> Value {
    let mut value = of_kind(&field.kind);
    if let Value::Object(map) = &mut value {
        map.insert("description".to_owned(), Value::String(field.about.to_owned()));
    }
    value
}

fn of_kind(kind: &Kind) -> Value {
    match kind {
        Kind::Scalar => scalar(),
        Kind::Boolean => json!({"type": ["boolean", "string", "object"]}),
        Kind::OneOf(words) => json!({"type": ["string", "object"], "examples": words}),
        Kind::Scalars | Kind::NamedList(_) | Kind::References => scalars(),
        Kind::Reference | Kind::Named(_) => json!({"type": ["string", "object"]}),
        Kind::Lift(shape) | Kind::Object(shape) => object(shape),
        Kind::Children(shape) => children(shape),
        Kind::ScalarMap => json!({"type": "object", "additionalProperties": scalar()}),
        Kind::List(shape) => json!({"type": "array", "items": object(shape)}),
        Kind::ReferencesOrChildren(shape) => json!({"anyOf": [children(shape), scalars()]}),
        Kind::Any | Kind::Ignored => json!({}),
    }
}
