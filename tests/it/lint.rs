//! What `lint` finds: in the files built to show it, exactly what they say; in all others, nothing that is not their point.
//!
//! In: `scenarios/`. Out: a failure that names file, line and code. `# finds: CODE` in a file of `scenarios/lint` stands on
//! the line of the finding.

use crate::scenarios::{files_below, read, root};
use azreach::{
    diagnostic::Severity,
    lint::{self, Finding, Linted, Proof},
    report::manual,
    scenario::Scenario,
    tags::ServiceTags,
};
use std::{collections::BTreeSet, fs, path::Path};

fn lint_file(path: &Path) -> (Linted, Option<Scenario>) {
    let (sources, scenario, diagnostics) = read(path);
    let name = path.strip_prefix(root("")).expect("below the root").to_string_lossy().into_owned();
    (lint::run(&name, sources, scenario.as_ref(), ServiceTags::builtin(), diagnostics), scenario)
}

/// Line and code of a finding.
fn place(result: &Linted, finding: &Finding) -> (usize, String) {
    let span = finding.diagnostic.origin.as_ref().expect("every finding has a place").span();
    (result.sources.position(&span).0, finding.diagnostic.code.to_owned())
}

/// What a file says must be found in it.
fn announced(text: &str) -> Vec<(usize, String)> {
    let lines = text.lines().zip(1..).filter_map(|(line, number)| Some((number, line.split_once("# finds: ")?.1)));
    lines.flat_map(|(number, codes)| codes.split(", ").map(move |code| (number, code.trim().to_owned()))).collect()
}

#[test]
fn the_files_built_to_show_a_finding_show_exactly_that() {
    let mut shown = BTreeSet::new();
    for path in files_below(&root("scenarios/lint"), &["yaml"]) {
        let (result, _) = lint_file(&path);
        let mut expected = announced(&fs::read_to_string(&path).expect("a readable file"));
        let mut found: Vec<_> = result.findings.iter().map(|one| place(&result, one)).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{}: found (left) and announced (right)", result.file);
        shown.extend(found.into_iter().map(|(_, code)| code));
    }
    let own = lint::CODES.iter().map(|(code, _)| *code).filter(|code| !told_by_every_command(code));
    let unshown: Vec<&str> = own.filter(|code| !shown.contains(*code) && *code != "rules-too-complex").collect();
    assert!(unshown.is_empty(), "codes that no file shows: {unshown:?}");
}

/// Warnings of `resolve` and `compile`, which their own tests judge.
fn told_by_every_command(code: &str) -> bool {
    let page = fs::read_to_string(root("docs/diagnostics.md")).expect("a readable page");
    page.contains(&format!("- **{code}**"))
}

/// A file may hold a finding when it is the file's point: an expectation names what the finding is about.
fn is_the_point(scenario: &Scenario, finding: &Finding) -> bool {
    let named = |word: &str| {
        let mut all = scenario.expect.iter().chain(scenario.what_if.iter().flat_map(|what_if| &what_if.expect));
        all.any(|one| one.by.as_ref().is_some_and(|(by, _)| by.ends_with(&format!("/{word}"))))
    };
    match &finding.proof {
        // Shadowed: a claim says that the earlier rule decides.
        Proof::Rules(rules) => rules.iter().any(|rule| named(&rule.name)),
        _ => false,
    }
}

#[test]
fn no_other_shipped_file_has_a_warning_that_is_not_its_point() {
    let mut stray = Vec::new();
    for path in files_below(&root("scenarios"), &["yaml"]) {
        if path.starts_with(root("scenarios/lint")) || path.starts_with(root("scenarios/invalid")) {
            continue;
        }
        let (result, scenario) = lint_file(&path);
        assert!(result.usable, "{} cannot be looked at", result.file);
        let scenario = scenario.expect("a usable file");
        let warnings = result.findings.iter().filter(|one| one.diagnostic.severity <= Severity::Warning);
        let own = warnings.filter(|one| !told_by_every_command(one.diagnostic.code));
        for one in own.filter(|one| !is_the_point(&scenario, one)) {
            let (line, code) = place(&result, one);
            stray.push(format!("{}:{line}: {code}: {}", result.file, one.diagnostic.message));
        }
    }
    assert!(stray.is_empty(), "{}", stray.join("\n"));
}

#[test]
fn every_code_is_explained_and_says_its_level() {
    for (code, level) in lint::CODES {
        let (_, text) = manual::entry(code).unwrap_or_else(|| panic!("{code} is not explained"));
        if !told_by_every_command(code) {
            assert!(text.starts_with(&format!("({level})")), "{code}: {text}");
        }
    }
}
