//! Texts that mean harm: no panic, no long wait, no flood.

use crate::{
    diagnostic::{Diagnostics, SourceId},
    scenario::{json, yaml},
};
use proptest::prelude::*;

fn yaml_codes(text: &str) -> Vec<&'static str> {
    let mut diagnostics = Diagnostics::default();
    yaml::read(SourceId(0), text, &mut diagnostics);
    diagnostics.iter().map(|problem| problem.code).collect()
}

fn json_codes(text: &str) -> Vec<&'static str> {
    let mut diagnostics = Diagnostics::default();
    json::read(SourceId(0), text, &mut diagnostics);
    diagnostics.iter().map(|problem| problem.code).collect()
}

#[test]
fn deep_nesting() {
    assert_eq!(json_codes(&"[".repeat(1_000_000)), ["nesting-too-deep"]);
    assert_eq!(json_codes(&"{\"a\":".repeat(1_000_000)), ["nesting-too-deep"]);
    assert_eq!(yaml_codes(&"[".repeat(1_000_000)), ["nesting-too-deep"]);
    assert_eq!(yaml_codes(&"{a: ".repeat(100_000)), ["nesting-too-deep"]);
    assert_eq!(yaml_codes(&"- ".repeat(100_000)), ["nesting-too-deep"]);
    assert_eq!(yaml_codes(&"? ".repeat(100_000)), ["yaml-syntax"]);
    assert!(yaml_codes(&format!("{}{}", "[".repeat(64), "]".repeat(64))).is_empty());
    assert_eq!(yaml_codes(&format!("{}{}", "[".repeat(65), "]".repeat(65))), ["nesting-too-deep"]);
    assert!(json_codes(&format!("{}{}", "[".repeat(64), "]".repeat(64))).is_empty());
    assert_eq!(json_codes(&format!("{}{}", "[".repeat(65), "]".repeat(65))), ["nesting-too-deep"]);
}

#[test]
fn alias_bombs() {
    let laughs: String =
        (1..20).map(|at| format!("a{at}: &a{at} [{}]\n", format!("*a{},", at - 1).repeat(9))).collect();
    assert_eq!(yaml_codes(&format!("a0: &a0 [lol]\n{laughs}")), ["alias-expansion-too-large"]);
    let long = "x".repeat(100_000);
    assert_eq!(yaml_codes(&format!("a: &a {long}\nb: [{}]\n", "*a,".repeat(10_000))), ["alias-expansion-too-large"]);
    let long_key = format!("a: &a {{? {long}\n : 1}}\nb: [{}]\n", "*a,".repeat(10_000));
    assert_eq!(yaml_codes(&long_key), ["alias-expansion-too-large"]);
    let (open, close) = ("[".repeat(40), "]".repeat(40));
    let deep = format!("a: &a {open}{close}\nb: &b {open}*a{close}\n");
    assert_eq!(yaml_codes(&deep), ["nesting-too-deep"]);
}

#[test]
fn too_large() {
    assert_eq!(yaml_codes(&" ".repeat((16 << 20) + 1)), ["file-too-large"]);
    assert_eq!(yaml_codes(&format!("[{}]", "a,".repeat(3_000_001))), ["file-too-large"]);
    assert_eq!(json_codes(&format!("[{}]", "1,".repeat(6_300_000))), ["file-too-large"]);
}

#[test]
fn many_keys() {
    let many: String = (0..100_000).map(|at| format!("k{at}: &a{at} v\n")).collect();
    assert!(yaml_codes(&many).is_empty());
    let merged = format!(
        "a: &a {{{}}}\nb: {{<<: *a, {}}}\n",
        "k: 1,",
        (0..100_000).map(|at| format!("m{at}: 1, ")).collect::<String>()
    );
    assert!(yaml_codes(&merged).is_empty());
}

/// Pieces that YAML gives a meaning.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b: ",
        ": ",
        "- ",
        "? ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "&a ",
        "*a",
        "*",
        "\n",
        "\n  ",
        "\n    ",
        "|",
        ">",
        "|+\n",
        "'",
        "\"",
        "\\",
        "\\x",
        "#",
        " #",
        "%",
        "---\n",
        "...\n",
        "!",
        "!!str ",
        "!<",
        "<<: ",
        "\t",
        "\r\n",
        "\u{feff}",
        "é",
        "🚀",
        "\u{85}",
        "\u{2028}",
        "\0",
        "~",
        "null",
        "/*",
        "//",
        "1",
        "-",
        "$unknown: ",
        "network: ",
        "expect: ",
        "@",
        "`",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        super::scenario(&text);
        super::named("x.json", &text);
    }

    #[test]
    fn yaml_pieces_never_panic(text in pieces()) {
        super::scenario(&text);
        super::named("x.json", &text);
    }

    #[test]
    fn every_place_lies_in_the_text(text in pieces()) {
        let (_, diagnostics) = super::scenario(&text);
        for problem in diagnostics.iter() {
            let range = problem.origin.as_ref().map(|origin| origin.span().range()).unwrap_or(0..0);
            prop_assert!(text.get(range).is_some(), "{problem:?}");
        }
    }
}
