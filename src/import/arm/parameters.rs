//! Values for parameters: files in the schema of deployment parameters or plain, and single values.
//!
//! In: texts. Out: values by name in lower case. Deliberately absent: what a template declares.

use super::{
    value::{Pair, Term, Value},
    world::Given,
};
use std::collections::HashMap;

/// How the public quickstart templates write a value that an earlier deployment puts out.
const OF_PREREQUISITES: &str = "GET-PREREQ-";

/// The values of a file. `{"parameters": {"x": {"value": 1}}}` and `{"x": 1}` are both taken.
pub(super) fn in_file(root: &Term) -> HashMap<String, Given> {
    let wrapped =
        root.get("parameters").filter(|_| root.get("$schema").is_some() || root.get("contentVersion").is_some());
    let pairs = wrapped.unwrap_or(root).pairs();
    let own = |pair: &&Pair| !["$schema", "contentVersion"].contains(&&*pair.key);
    pairs.iter().filter(own).map(|pair| (pair.key.to_lowercase(), given(pair))).collect()
}

fn given(pair: &Pair) -> Given {
    let value = pair.value.get("value").unwrap_or(&pair.value);
    if value.as_str().is_some_and(|text| text.starts_with(OF_PREREQUISITES)) {
        let reason = format!("parameter {} is an output of another deployment", pair.key);
        return Given { term: Term::unknown(value.span, reason, &format!("{}()", pair.key)), place: None };
    }
    if let Some(value) = pair.value.pair("value") {
        return Given { term: value.value.clone(), place: None };
    }
    match pair.value.get("reference").is_some_and(|reference| reference.get("keyVault").is_some()) {
        true => secret(pair),
        false => Given { term: pair.value.clone(), place: None },
    }
}

/// A value that a key vault holds.
pub(super) fn secret(pair: &Pair) -> Given {
    let reason = format!("parameter {} is a secret in a key vault", pair.key);
    Given { term: Term::unknown(pair.key_span, reason, &format!("{}()", pair.key)), place: None }
}

/// A value from the command line: JSON where the template declares no string.
pub(super) fn typed(text: &Term, json: Option<Term>, declared: Option<&str>) -> Term {
    let is_text = declared.is_none_or(|kind| kind.eq_ignore_ascii_case("string"));
    match json {
        Some(json) if !is_text => json,
        _ => Term::new(text.span, Value::Text(text.name().unwrap_or_default())),
    }
}
