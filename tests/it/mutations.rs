//! Broken input: templates, plans, exports and scenarios with random damage are refused or read, and never end in a panic.
//!
//! In: files of the repository, damaged. Out: a failure with the damage. The long runs are under `fuzz/`.

use crate::{laws::config, scenarios::root};
use azreach::{
    diagnostic::{Diagnostics, Source, Sources},
    import::{self, Template, terraform::Side},
    scenario::{self, Scenario},
    suite,
    tags::ServiceTags,
};
use proptest::prelude::*;
use std::fs;

/// One change of a text.
#[derive(Debug, Clone)]
enum Damage {
    /// Takes out so many letters behind a place.
    Cut(usize, usize),
    /// Puts one of the words at a place.
    Word(usize, usize),
    /// Says the end of the text at another place once more.
    Again(usize, usize),
}

/// What is likely to hurt.
const WORDS: [&str; 22] = [
    "null",
    "[",
    "]",
    "{",
    "}",
    "\"",
    ",",
    ":",
    "-1",
    "99999999999999999999",
    "0.0.0.0/0",
    "::/0",
    "/33",
    "[parameters('x')]",
    "[copyIndex()]",
    "[reference('a').b[0]]",
    "[[",
    "\\u0000",
    "é",
    "$unknown: x",
    "&a *a",
    "true",
];

fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let one = prop_oneof![
        (any::<usize>(), 0usize..40).prop_map(|(at, many)| Damage::Cut(at, many)),
        (any::<usize>(), 0..WORDS.len()).prop_map(|(at, word)| Damage::Word(at, word)),
        (any::<usize>(), any::<usize>()).prop_map(|(from, to)| Damage::Again(from, to)),
    ];
    prop::collection::vec(one, 1..6)
}

fn damaged(text: &str, all: &[Damage]) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for one in all {
        let many = letters.len() + 1;
        match *one {
            Damage::Cut(at, count) => {
                let at = at % many;
                letters.drain(at..(at + count).min(letters.len()));
            }
            Damage::Word(at, word) => {
                let at = at % many;
                letters.splice(at..at, WORDS[word].chars());
            }
            Damage::Again(from, to) => {
                let end: Vec<char> = letters[from % many..].iter().copied().take(200).collect();
                let to = to % many;
                letters.splice(to..to, end);
            }
        }
    }
    letters.into_iter().collect()
}

fn file(path: &str) -> String {
    fs::read_to_string(root(path)).expect("a readable file")
}

fn resolved(scenario: &Scenario, diagnostics: &mut Diagnostics) {
    suite::prepare(scenario, ServiceTags::builtin(), diagnostics);
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn templates_never_panic(all in damage(), which in 0usize..2) {
        let path = ["scenarios/templates/hub-and-spoke.json", "scenarios/templates/databricks.json"][which];
        let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
        let text = sources.add(Source::new("template.json", damaged(&file(path), &all)));
        let template = Template { text, beside: None };
        let imported = import::arm(&mut sources, &[template], &[], &mut |_: &str, _: &str| None, &mut diagnostics);
        resolved(&Scenario::of_network(imported.network), &mut diagnostics);
    }

    #[test]
    fn plans_never_panic(all in damage(), before in any::<bool>()) {
        let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
        let id = sources.add(Source::new("plan.json", damaged(&file("scenarios/terraform/shop.plan.json"), &all)));
        let side = if before { Side::Before } else { Side::After };
        let imported = import::terraform(&sources, &[id], side, &mut diagnostics);
        resolved(&Scenario::of_network(imported.network), &mut diagnostics);
    }

    #[test]
    fn exports_never_panic(all in damage()) {
        let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
        let id = sources.add(Source::new("export.json", damaged(&file("tests/data/az/export/rest.json"), &all)));
        let imported = import::az(&sources, &[id], &mut diagnostics);
        resolved(&Scenario::of_network(imported.network), &mut diagnostics);
    }

    #[test]
    fn scenarios_never_panic(all in damage()) {
        let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
        let text = damaged(&file("scenarios/learn/03-rules-and-priorities.yaml"), &all);
        let id = sources.add(Source::new("scenario.yaml", text));
        let mut nothing = |_: &str, _: &str| Err("nothing lies beside it".to_owned());
        if let Some(scenario) = scenario::read(&mut sources, id, &mut nothing, &mut diagnostics) {
            resolved(&scenario, &mut diagnostics);
        }
    }

    #[test]
    fn expressions_never_panic(text in r"[a-z0-9'(),.\[\] {}]{0,60}") {
        let template = format!(
            r#"{{"variables": {{"v": "[{text}]"}}, "resources": [{{"type": "Microsoft.Network/virtualNetworks",
                "name": "[variables('v')]", "properties": {{"addressSpace": {{"addressPrefixes": ["[{text}]"]}}}}}}]}}"#
        );
        let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
        let text = sources.add(Source::new("template.json", template));
        import::arm(&mut sources, &[Template { text, beside: None }], &[], &mut |_: &str, _: &str| None, &mut diagnostics);
    }
}
