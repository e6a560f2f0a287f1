//! Scenario files below others.

use super::words;
use crate::{
    diagnostic::{Diagnostics, Source, Sources},
    scenario::{Scenario, read},
};

/// Reads the first of several files.
fn files(files: &[(&str, &str)]) -> (Option<Scenario>, Vec<&'static str>) {
    let mut sources = Sources::default();
    let id = sources.add(Source::new(files[0].0, files[0].1));
    let mut diagnostics = Diagnostics::default();
    let mut loader = |path: &str, _: &str| {
        let found = files.iter().find(|(name, _)| *name == path);
        found.map(|(name, text)| Source::new(*name, *text)).ok_or("no such file".to_owned())
    };
    let scenario = read(&mut sources, id, &mut loader, &mut diagnostics);
    (scenario, diagnostics.iter().map(|problem| problem.code).collect())
}

#[test]
fn the_importer_lies_on_top() {
    let (scenario, codes) = files(&[
        (
            "top",
            "import: [{scenario: a}, {scenario: b}]\nnetwork: {routeTables: {t: {location: null, routes: {r: {nextHopType: None}}}, gone: null}}\nexpect: [{allowed: x -> y}]\ngroups: {g: [top]}\n",
        ),
        (
            "a",
            "name: A\nnetwork: {routeTables: {t: {location: a, routes: {q: {nextHopType: Internet}}}, gone: {}}}\nexpect: [{denied: x -> y}]\nsettings: {peeringForwardedFlag: tagOnly}\ngroups: {G: [a], h: [a]}\nserviceTags: a.json\nwhatIf: {w: {settings: {a: b}}}\nrefused: []\n",
        ),
        ("b", "network: {routeTables: {u: {location: b}, t: {location: b}}}"),
    ]);
    let scenario = scenario.unwrap();
    assert_eq!(codes, [""; 0]);
    assert_eq!(
        words(&scenario.network),
        "{routeTables:{t:{routes:{q:{nextHopType:Internet},r:{nextHopType:None}}},u:{location:b}}}"
    );
    assert_eq!((scenario.name, scenario.refused, scenario.expect.len(), scenario.what_if.len()), (None, None, 1, 0));
    assert_eq!(scenario.service_tags.unwrap().0, "a.json");
    assert_eq!(scenario.settings.len(), 1);
    assert_eq!(scenario.groups.iter().map(|group| words(&group.value)).collect::<Vec<_>>(), ["[a]", "[top]"]);
}

#[test]
fn imports_that_cannot_be() {
    assert_eq!(files(&[("a", "import: [{scenario: b}]"), ("b", "import: [{scenario: a}]")]).1, ["import-cycle"]);
    assert_eq!(files(&[("a", "import: [{scenario: a}]")]).1, ["import-cycle"]);
    assert_eq!(files(&[("a", "import: [{scenario: nowhere}]")]).1, ["cannot-read-file"]);
    assert_eq!(files(&[("a", "import: [{parameters: p.json, arm: t.json}]")]).1, ["not-modelled-yet"]);
    assert_eq!(files(&[("a", "import: [{bicep: t}]")]).1, ["unknown-import"]);
    assert_eq!(files(&[("a", "import: [{scenario: b, as: c}]"), ("b", "")]).1, ["unknown-key"]);
    assert_eq!(files(&[("a", "import: b")]).1, ["wrong-type"]);
    assert_eq!(files(&[("a", "import: [{scenario: [b]}]")]).1, ["wrong-type"]);
    assert_eq!(files(&[("a", "import: [{scenario: b}]"), ("b", "x: [")]).1, ["yaml-syntax"]);
}

#[test]
fn chains_and_webs_of_imports_end() {
    let names: Vec<String> = (0..20).map(|at| format!("f{at}")).collect();
    let chain: Vec<String> = (1..21).map(|at| format!("import: [{{scenario: f{at}}}]")).collect();
    let texts: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(chain.iter().map(String::as_str)).collect();
    assert_eq!(files(&texts).1, ["import-too-deep"]);
    let web: Vec<String> = (1..13)
        .map(|at| format!("import: [{{scenario: f{at}}}, {{scenario: f{at}}}]"))
        .chain(["name: end".to_owned()])
        .collect();
    let texts: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(web.iter().map(String::as_str)).collect();
    assert!(files(&texts).1.iter().all(|code| *code == "too-many-imports"));
    assert!(!files(&texts).1.is_empty());
}
