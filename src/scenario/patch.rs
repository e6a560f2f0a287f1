//! JSON Merge Patch (RFC 7396) on canonical trees, spans kept.
//!
//! In: a tree and a patch. Out: the patched tree. A patch that deletes or changes nothing is an error.

use super::tree::{Entry, Map, Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics};

/// Applies a patch.
pub(super) fn apply(base: &Node, patch: &Node, diagnostics: &mut Diagnostics) -> Node {
    merge(base, patch, "network", Some(diagnostics))
}

/// Lays one `network` over another: the same, but saying again what is there already is no error.
pub(super) fn lay_over(base: &Node, top: &Node) -> Node {
    merge(base, top, "network", None)
}

fn merge(base: &Node, patch: &Node, key: &str, mut diagnostics: Option<&mut Diagnostics>) -> Node {
    let Value::Map(changes) = &patch.value else {
        if same(base, patch)
            && let Some(diagnostics) = diagnostics
        {
            diagnostics.push(without_effect(patch, key, "is that already"));
        }
        return patch.clone();
    };
    let mut entries = match &base.value {
        Value::Map(map) => map.entries.clone(),
        _ => Vec::new(),
    };
    for change in &changes.entries {
        let at = entries.iter().position(|entry| entry.key.eq_ignore_ascii_case(&change.key));
        match (at, &change.value.value) {
            (Some(at), Value::Null) => {
                entries.remove(at);
            }
            (None, Value::Null) => {
                if let Some(diagnostics) = diagnostics.as_deref_mut() {
                    diagnostics.push(without_effect_at(change, "is not there to be deleted"));
                }
            }
            (Some(at), _) => {
                let merged = merge(&entries[at].value, &change.value, &change.key, diagnostics.as_deref_mut());
                entries[at].value = merged;
            }
            (None, _) => entries.push(Entry { value: without_nulls(&change.value), ..change.clone() }),
        }
    }
    let span = if base.as_map().is_some() { base.span } else { patch.span };
    Node { span, value: Value::Map(Map { entries }), origin: patch.origin.clone().or(base.origin.clone()) }
}

/// Something new has nothing to delete.
fn without_nulls(node: &Node) -> Node {
    let Value::Map(map) = &node.value else {
        return node.clone();
    };
    let kept = map.entries.iter().filter(|entry| entry.value.value != Value::Null);
    let entries = kept.map(|entry| Entry { value: without_nulls(&entry.value), ..entry.clone() }).collect();
    Node { value: Value::Map(Map { entries }), ..node.clone() }
}

/// Whether two nodes say the same, places aside.
fn same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::Scalar { text: a, .. }, Value::Scalar { text: b, .. }) => a == b,
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Map(a), Value::Map(b)) => {
            let found = |entry: &Entry| b.get(&entry.key).is_some_and(|other| same(&entry.value, other));
            a.entries.len() == b.entries.len() && a.entries.iter().all(found)
        }
        (a, b) => a == b,
    }
}

fn without_effect(patch: &Node, key: &str, why: &str) -> Diagnostic {
    Diagnostic::error("patch-without-effect", patch.span, format!("the patch changes nothing: `{key}` {why}"))
}

fn without_effect_at(change: &Entry, why: &str) -> Diagnostic {
    Diagnostic::error(
        "patch-without-effect",
        change.key_span,
        format!("the patch changes nothing: `{}` {why}", change.key),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Source, Sources};

    fn tree(text: &str) -> Node {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("text.json", text));
        let mut diagnostics = Diagnostics::default();
        crate::scenario::json::read(id, text, &mut diagnostics).expect("JSON")
    }

    fn show(node: &Node) -> String {
        match &node.value {
            Value::Null => "null".to_owned(),
            Value::Scalar { text, .. } => text.to_string(),
            Value::Unknown { reason, .. } => format!("?{reason}"),
            Value::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(",")),
            Value::Map(map) => {
                let entries = map.entries.iter().map(|entry| format!("{}:{}", entry.key, show(&entry.value)));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
            }
        }
    }

    /// The patched tree, and how many parts of the patch had no effect.
    fn patched(base: &str, patch: &str) -> (String, usize) {
        let mut diagnostics = Diagnostics::default();
        let result = apply(&tree(base), &tree(patch), &mut diagnostics);
        (show(&result), diagnostics.iter().filter(|one| one.code == "patch-without-effect").count())
    }

    /// RFC 7396, appendix A, those that patch a map with a map.
    #[test]
    fn the_examples_of_rfc_7396() {
        for (base, patch, result) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, "{a:c}"),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, "{a:b,b:c}"),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, "{b:c}"),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, "{a:c}"),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, "{a:[b]}"),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, "{a:[1]}"),
            (r#"{"a":"foo"}"#, r#"{"b":{"c":"d"}}"#, "{a:foo,b:{c:d}}"),
            (r#"{}"#, r#"{"a":{"bb":{"ccc":null}}}"#, "{a:{bb:{}}}"),
        ] {
            assert_eq!(patched(base, patch), (result.to_owned(), 0), "{base} with {patch}");
        }
        // A deletion of what is not there is right in the RFC, and an error here.
        let (result, without_effect) = patched(r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#);
        assert_eq!((result.as_str(), without_effect), ("{a:{b:d}}", 1));
    }

    #[test]
    fn each_part_without_effect_is_reported() {
        let base = r#"{"a":{"b":"c","d":["e","f"]}}"#;
        assert_eq!(patched(base, r#"{"a":{"b":"c"}}"#).1, 1);
        assert_eq!(patched(base, r#"{"a":{"b":"c","d":["e","f"]}}"#).1, 2);
        assert_eq!(patched(base, r#"{"a":{"d":["f","e"]}}"#), ("{a:{b:c,d:[f,e]}}".to_owned(), 0));
        assert_eq!(patched(base, r#"{"x":null,"a":{"y":null}}"#).1, 2);
    }

    #[test]
    fn keys_are_compared_without_letter_case() {
        assert_eq!(patched(r#"{"Web":{"a":"1"}}"#, r#"{"web":{"A":"2"}}"#), ("{Web:{a:2}}".to_owned(), 0));
        assert_eq!(patched(r#"{"Web":{"a":"1"}}"#, r#"{"WEB":null}"#), ("{}".to_owned(), 0));
    }

    #[test]
    fn what_lies_over_may_say_the_same_again() {
        let (base, top) = (tree(r#"{"a":{"b":"c"}}"#), tree(r#"{"a":{"b":"c","d":"e"}}"#));
        assert_eq!(show(&lay_over(&base, &top)), "{a:{b:c,d:e}}");
    }
}
