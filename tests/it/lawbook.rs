//! The laws of `docs/semantics.md` against the scenarios that show them.
//!
//! In: the page, the files under `scenarios/`. Out: a failure that names laws and files that do not know each other.
//! Deliberately absent: whether the scenarios hold (that is `scenarios`).

use crate::scenarios::{files_below, root};
use std::{collections::BTreeSet, fs};

/// A law and the files that show it, as its line names them: `laws/filtering/F084-service-endpoints`.
struct Law {
    name: String,
    scenarios: Vec<String>,
}

fn laws() -> Vec<Law> {
    let page = fs::read_to_string(root("docs/semantics.md")).expect("the page is there");
    let folders = ["laws/", "learn/", "invalid/", "seed/"];
    let of_line = |line: &str| {
        let (name, text) = line.strip_prefix("- **")?.split_once("** ")?;
        let shown = text.split_once("Scenario: ").map_or("", |(_, shown)| shown);
        let words = shown.split([' ', ',', ';']).map(|word| word.trim_end_matches('.'));
        let scenarios = words.filter(|word| folders.iter().any(|folder| word.starts_with(folder)));
        Some(Law { name: name.to_owned(), scenarios: scenarios.map(str::to_owned).collect() })
    };
    let found: Vec<Law> = page.lines().filter_map(of_line).collect();
    assert!(found.len() > 200, "only {} laws", found.len());
    found
}

fn text(scenario: &str) -> Option<String> {
    fs::read_to_string(root("scenarios").join(format!("{scenario}.yaml"))).ok()
}

/// The laws named in a text.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|one: char| !one.is_ascii_alphanumeric());
    let law = |word: &&str| {
        let digits = word.strip_prefix(['F', 'R']).unwrap_or_default();
        (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    words.filter(law).map(str::to_owned).collect()
}

/// The laws named in the reasons of a scenario.
fn reasons(text: &str) -> BTreeSet<String> {
    text.lines().filter_map(|line| line.split_once("reason: ")).flat_map(|(_, reason)| named(reason)).collect()
}

/// The files of `scenarios/laws`, as lines of the page name them.
fn law_files() -> Vec<String> {
    let base = root("scenarios");
    let files = files_below(&base.join("laws"), &["yaml"]);
    let name = |path: &std::path::PathBuf| {
        let below = path.strip_prefix(&base).expect("below scenarios").with_extension("");
        below.to_string_lossy().replace('\\', "/")
    };
    files.iter().map(name).collect()
}

fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn every_law_stands_once() {
    let mut seen = BTreeSet::new();
    let twice: Vec<String> = laws().into_iter().map(|law| law.name).filter(|name| !seen.insert(name.clone())).collect();
    none("twice in docs/semantics.md", &twice);
}

#[test]
fn every_scenario_that_a_law_names_is_there() {
    let laws = laws();
    let pairs = laws.iter().flat_map(|law| law.scenarios.iter().map(move |file| (law, file)));
    let missing = pairs.filter(|(_, file)| text(file).is_none());
    let missing: Vec<String> = missing.map(|(law, file)| format!("{}: {file}", law.name)).collect();
    none("named in docs/semantics.md and not in scenarios", &missing);
}

#[test]
fn a_scenario_of_laws_says_which_expectation_shows_which() {
    let mut silent = Vec::new();
    for law in laws() {
        for file in law.scenarios.iter().filter(|file| file.starts_with("laws/")) {
            if text(file).is_some_and(|text| !reasons(&text).contains(&law.name)) {
                silent.push(format!("{file}: no reason names {}", law.name));
            }
        }
    }
    none("laws without an expectation", &silent);
}

#[test]
fn every_scenario_of_laws_is_named_by_the_laws_that_it_shows() {
    let laws = laws();
    let mut stray = Vec::new();
    for file in law_files() {
        if !laws.iter().any(|law| law.scenarios.contains(&file)) {
            stray.push(format!("{file}: no law names it"));
        }
        for name in reasons(&text(&file).expect("listed")) {
            if !laws.iter().any(|law| law.name == name) {
                stray.push(format!("{file}: there is no law {name}"));
            }
        }
    }
    none("scenarios without laws", &stray);
}
