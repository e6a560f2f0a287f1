//! YAML and JSON to trees: places, duplicates, aliases, what people forget to quote.

use super::{clean, codes, found, named, one};
use crate::{
    diagnostic::{Diagnostics, SourceId},
    scenario::{
        json,
        tree::{Node, Value},
        yaml,
    },
};

fn tree(text: &str) -> Node {
    let mut diagnostics = Diagnostics::default();
    let node = yaml::read(SourceId(0), text, &mut diagnostics);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    node.unwrap()
}

/// Every key and plain value lies where its span says.
fn places(node: &Node, text: &str) {
    if let Value::Scalar { text: value, plain: true } = &node.value {
        assert_eq!(&text[node.span.range()], &**value);
    }
    for entry in node.entries() {
        let key = text[entry.key_span.range()].trim_matches(['"', '\'']);
        assert_eq!(key, &*entry.key);
        places(&entry.value, text);
    }
    if let Value::List(items) = &node.value {
        items.iter().for_each(|item| places(item, text));
    }
}

#[test]
fn spans_are_bytes() {
    let texts = [
        "a: 1\nb: [x, y]\nc: {d: e}\n",
        "# Zürich → Köln 🚀\nname: Größe ü\nb: [ä, ö]\n'k€y': {\"d\": ß}\n",
        "\u{feff}a: 1\nb:\n  - c: d\n  - e\n",
        "a: 1\r\nb:\r\n  c: d # é\r\n  e: f\r\n",
        "long: |\n  Zürich\n  two\nafter: é\nfolded: >-\n  x\n  y\nlast: z\n",
        "multi: \"a\\u00e9\n  b\"\nafter: x\n? complex\n: value\n",
        "{\"a\": [1, {\"ü\": 2}], b: 'it''s', c: d}",
    ];
    for text in texts {
        places(&tree(text), text);
    }
}

#[test]
fn spans_of_many_characters() {
    let text: String = (0..500).map(|at| format!("schlüssel{at}: wért{at} # 🚀\n")).collect();
    places(&tree(&text), &text);
}

#[test]
fn collections_span_their_text() {
    let text = "a:\n  b: c\n  d: [e, f]\n\ng: {h: i}\n";
    let root = tree(text);
    assert_eq!(&text[root.get("a").unwrap().span.range()], "b: c\n  d: [e, f]");
    assert_eq!(&text[root.get("a").unwrap().get("d").unwrap().span.range()], "[e, f]");
    assert_eq!(&text[root.get("g").unwrap().span.range()], "{h: i}");
}

#[test]
fn duplicate_keys_know_no_letter_case() {
    one("name: a\nName: b\n", "duplicate-key", "Name");
    let many: String = (0..40).map(|at| format!("  g{at}: [a]\n")).collect();
    one(&format!("groups:\n{many}  G7: [b]\n"), "duplicate-key", "G7");
    let (_, diagnostics) = named("test.json", r#"{"name": "a", "NAME": "b"}"#);
    assert_eq!(diagnostics.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["duplicate-key"]);
}

#[test]
fn syntax_errors_come_alone() {
    one("name: a\nname: b\nnetwork: [\n", "yaml-syntax", "");
    one("name: \"a\\q\"\n", "yaml-syntax", "\"");
    assert_eq!(codes("a: b: c\n"), ["yaml-syntax"]);
    assert_eq!(codes("name: *nowhere\n"), ["yaml-syntax"]);
    one("name: a\n\0network: {}\n", "yaml-syntax", "\0");
    one("name: x\n---\nname: y\n", "several-documents", "---");
    one("[a]: b\n", "yaml-syntax", "[");
    assert_eq!(codes(""), ["empty-file"]);
    assert_eq!(codes("# only a comment\n"), ["empty-file"]);
    assert_eq!(codes("- a\n"), ["wrong-type"]);
}

#[test]
fn an_unquoted_star() {
    for text in [
        "network: {networkSecurityGroups: {n: {securityRules: {r: {protocol: *, priority: 100}}}}}",
        "rule:\n  protocol: *\n  priority: 100\n",
        "rule:\n  protocol: *",
        "ports: [*]\n",
        "ports: [a, *, b]\n",
        "ports: {a: *}\n",
        "ports:\n  - *\n",
        "rule: {sourcePortRange: * }\n",
    ] {
        one(text, "unquoted-star", "*");
    }
}

#[test]
fn an_unquoted_flow() {
    one("expect: [{allowed: a -> b tcp/80,443}]\n", "unquoted-flow", "443");
    one("expect:\n  - allowed: {all: [a -> b tcp/80,443-445]}\n", "unquoted-flow", "443-445");
    one("expect:\n  - {denied: a -> b tcp/80,443 from 1024-2000, by: x}\n", "unquoted-flow", "443 from 1024-2000");
    one("expect:\n  - allowed: [a -> b tcp/80,443 from 1]\n", "unquoted-flow", "443 from 1");
    let quoted = clean("expect:\n  - allowed: {all: [\"a -> b tcp/80,443\"]}\n  - denied: a -> b tcp/1,2\n");
    assert_eq!(quoted.expect.len(), 2);
}

#[test]
fn aliases_and_merge_keys() {
    let root = tree("base: &base {x: 1, y: 2}\nown: {<<: *base, Y: 3}\nagain: *base\nboth: {<<: [*base, {z: 4}]}\n");
    let own = root.get("own").unwrap();
    assert_eq!(own.get("x").unwrap().as_str(), Some("1"));
    assert_eq!(own.get("y").unwrap().as_str(), Some("3"));
    assert_eq!(own.entries().len(), 2);
    assert_eq!(root.get("both").unwrap().entries().len(), 3);
    assert_eq!(root.get("again").unwrap().get("y").unwrap().as_str(), Some("2"));
    one("name: &a [*a]\n", "yaml-syntax", "*a");
}

#[test]
fn json_lets_pass_what_arm_does() {
    let text = "\u{feff}// head\n{\"name\": \"a\nb\", /* c */ \"groups\": {\"g\": [\"x\",],},}";
    let (scenario, diagnostics) = named("x.json", text);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    assert_eq!(scenario.unwrap().name.as_deref(), Some("a\nb"));
    let node = json::read(SourceId(0), text, &mut Diagnostics::default()).unwrap();
    let name = &node.entries()[0];
    assert_eq!(&text[name.key_span.range()], "\"name\"");
    assert_eq!(&text[name.value.span.range()], "\"a\nb\"");
    assert!(text[node.span.range()].starts_with('{') && text[node.span.range()].ends_with('}'));
}

#[test]
fn json_syntax_errors() {
    for text in [
        "{",
        "[1 2]",
        "{\"a\" 1}",
        "{\"a\": }",
        "{'a': 1}",
        "{a: 1}",
        "[1,,2]",
        "{} {}",
        "\"\\q\"",
        "[}",
        "{]",
        "",
        "tru",
        "[0x1]",
        "{\"a\": 1 \"b\": 2}",
        ",",
    ] {
        let mut diagnostics = Diagnostics::default();
        assert!(json::read(SourceId(0), text, &mut diagnostics).is_none(), "{text}");
        assert_eq!(diagnostics.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["json-syntax"], "{text}");
    }
}

#[test]
fn json_or_yaml() {
    assert!(named("-", "{\"name\": \"a\"}").1.is_empty());
    assert!(named("-", "{name: a}").1.is_empty());
    assert!(named("x.yaml", "{\"name\": a}").1.is_empty());
    assert!(named("x.json", " {\"name\": \"a\"}").1.is_empty());
    assert!(!named("x.json", "name: a").1.is_empty());
}

#[test]
fn long_words_are_cut_in_messages() {
    let key = "k".repeat(1000);
    let (_, diagnostics) = super::scenario(&format!("{key}: 1\n"));
    let problem = diagnostics.iter().next().unwrap();
    assert_eq!(problem.code, "unknown-key");
    assert!(problem.message.len() < 200);
    assert_eq!(found("nam: x\n"), [("unknown-key", "nam".to_owned())]);
}
