//! The JSON Schema of the scenario format, made from the shapes that the reader itself checks files against.

use super::{
    settings,
    shape::{Field, Kind, NETWORK, Shape, UNMODELLED},
};
use serde_json::{Map, Value, json};

/// The schema, draft 2020-12.
pub fn json_schema() -> Value {
    let mut network = Map::new();
    let mut shapes = Shapes::default();
    for family in &NETWORK {
        network.insert(family.name.to_owned(), shapes.children(family.shape, family.name));
    }
    for name in UNMODELLED {
        network.insert(name.to_owned(), json!({"type": ["object", "array"], "description": "read, not modelled yet"}));
    }
    let mut definitions = shapes.definitions;
    definitions.insert("expectation".to_owned(), expectation());
    definitions.insert("settings".to_owned(), setting_values());
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
        "$defs": definitions
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
        "by": {"type": "string"}, "reason": {"type": "string"},
        "with": {"type": "object", "properties": {"identity": {"type": "string"}}},
        "established": {"type": "boolean", "description": "of connections that were open before the change"}
    }})
}

fn setting_values() -> Value {
    let mut properties = Map::new();
    for (name, values) in settings::TABLE {
        let mut written: Vec<Value> = values.iter().map(|word| Value::from(*word)).collect();
        // A YAML reader makes booleans of these words, where they are not quoted.
        if values.iter().any(|word| ["true", "on"].contains(word)) {
            written.extend([true.into(), false.into()]);
        }
        properties.insert(name.to_owned(), json!({"enum": written, "default": values[0]}));
    }
    json!({"type": "object", "properties": properties})
}

/// Each shape once, under the path at which it was first met.
#[derive(Default)]
struct Shapes {
    names: Vec<(*const Shape, String)>,
    definitions: Map<String, Value>,
}

impl Shapes {
    fn children(&mut self, shape: &'static Shape, path: &str) -> Value {
        let one = self.object(shape, path);
        json!({"anyOf": [
            {"type": "object", "additionalProperties": one},
            {"type": "array", "items": one}
        ]})
    }

    /// A reference to the shape's definition, which is made when it is first met. Keys may stand under `properties`, too.
    fn object(&mut self, shape: &'static Shape, path: &str) -> Value {
        let address = std::ptr::from_ref(shape);
        let reference = |name: &str| json!({"$ref": format!("#/$defs/{name}")});
        if let Some((_, name)) = self.names.iter().find(|(known, _)| *known == address) {
            return reference(name);
        }
        self.names.push((address, path.to_owned()));
        let mut properties = Map::new();
        for field in shape.fields {
            properties.insert(field.name.to_owned(), self.described(field, path));
        }
        properties.entry("properties").or_insert_with(|| reference(path));
        let definition = json!({"type": ["object", "null"], "properties": properties});
        self.definitions.insert(path.to_owned(), definition);
        reference(path)
    }

    fn described(&mut self, field: &'static Field, path: &str) -> Value {
        let mut value = self.of_kind(&field.kind, &format!("{path}.{}", field.name));
        if let Value::Object(map) = &mut value {
            map.insert("description".to_owned(), Value::String(field.about.to_owned()));
        }
        value
    }

    fn of_kind(&mut self, kind: &'static Kind, path: &str) -> Value {
        match kind {
            Kind::Scalar => scalar(),
            Kind::Boolean => json!({"type": ["boolean", "string", "object"]}),
            Kind::OneOf(words) => json!({"type": ["string", "object"], "examples": words}),
            Kind::Scalars | Kind::NamedList(_) | Kind::References => scalars(),
            Kind::Reference | Kind::Named(_) => json!({"type": ["string", "object"]}),
            Kind::Lift(shape) | Kind::Object(shape) => self.object(shape, path),
            Kind::Children(shape) => self.children(shape, path),
            Kind::ScalarMap => json!({"type": "object", "additionalProperties": scalar()}),
            Kind::List(shape) => json!({"type": "array", "items": self.object(shape, path)}),
            Kind::ScalarsOrObjects(shape) => {
                let one = self.object(shape, path);
                json!({"anyOf": [{"type": "array", "items": {"anyOf": [scalar(), one]}}, scalar()]})
            }
            Kind::ReferencesOrChildren(shape) => json!({"anyOf": [self.children(shape, path), scalars()]}),
            Kind::Any | Kind::Ignored => json!({}),
        }
    }
}
