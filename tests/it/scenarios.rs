//! Every file under `scenarios/` is a test.
//!
//! In: the files. Out: a failure that prints the report of all that do not hold. Deliberately absent: the command line
//! (that is `cli`); this is the library's own path.

use azreach::{
    diagnostic::{Diagnostics, Severity, Source, Sources},
    import::terraform::Side,
    report,
    scenario::{self, Scenario},
    suite::{self, ScenarioResult, Selection},
    tags::ServiceTags,
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The files under a folder with one of these endings, sorted.
pub(crate) fn files_below(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_below(&path, endings));
        } else if path.extension().is_some_and(|ending| endings.iter().any(|one| ending == *one)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A path below the repository's root.
pub(crate) fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// An imported file lies beside the one that imports it; plans are read, too.
struct Beside;

impl scenario::Loader for Beside {
    fn text(&mut self, wanted: &str, importer: &str) -> Result<Source, String> {
        let path = Path::new(importer).parent().expect("a file lies in a folder").join(wanted);
        let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        Ok(Source::new(path.to_string_lossy(), text))
    }

    fn reads(&self, kind: &str) -> bool {
        kind == "terraform"
    }

    fn foreign(
        &mut self,
        foreign: &scenario::Foreign<'_>,
        sources: &mut Sources,
        diagnostics: &mut Diagnostics,
    ) -> Option<scenario::tree::Node> {
        let before = foreign.import.get("side").and_then(scenario::tree::Node::as_str) == Some("before");
        let side = if before { Side::Before } else { Side::After };
        Some(azreach::import::terraform(sources, foreign.texts, side, diagnostics).network)
    }
}

/// Reads a file with what it imports.
pub(crate) fn read(path: &Path) -> (Sources, Option<Scenario>, Diagnostics) {
    let mut sources = Sources::default();
    let mut diagnostics = Diagnostics::default();
    let text = fs::read_to_string(path).expect("a readable file");
    let id = sources.add(Source::new(path.to_string_lossy(), text));
    let scenario = scenario::read(&mut sources, id, &mut Beside, &mut diagnostics);
    (sources, scenario, diagnostics)
}

fn run(path: &Path) -> ScenarioResult {
    let (sources, scenario, diagnostics) = read(path);
    let name = path.strip_prefix(root("")).expect("below the root").to_string_lossy().into_owned();
    suite::run(&name, sources, scenario.as_ref(), ServiceTags::builtin(), &Selection::default(), diagnostics)
}

#[test]
fn every_shipped_scenario_holds() {
    let mut files = files_below(&root("scenarios"), &["yaml", "yml"]);
    // Those that import templates need the command's way to files: `templates.rs` runs them.
    files.retain(|path| !path.starts_with(root("scenarios/templates")));
    let results: Vec<ScenarioResult> = files.iter().map(|path| run(path)).collect();
    let held = |result: &&ScenarioResult| result.usable && result.results.iter().all(|one| one.passed);
    let mut failures = String::new();
    for result in results.iter().filter(|result| !held(result)) {
        failures.push_str(&report::diagnostics(&result.diagnostics, &result.sources));
        failures.push_str(&report::text::check(std::slice::from_ref(result), true, false));
    }
    assert!(failures.is_empty(), "{failures}");
    let empty: Vec<_> = results.iter().filter(|one| one.results.is_empty()).map(|one| &one.file).collect();
    assert!(empty.is_empty(), "files that claim nothing: {empty:?}");
    let expectations: usize = results.iter().map(|result| result.results.len()).sum();
    assert!(files.len() >= 90, "only {} files", files.len());
    assert!(expectations >= 340, "only {expectations} expectations");
}

#[test]
fn files_that_must_be_refused_say_so_and_have_no_other_claims() {
    for path in files_below(&root("scenarios/invalid"), &["yaml"]) {
        let result = run(&path);
        let refused =
            matches!(result.results.as_slice(), [one] if matches!(one.outcome, suite::Outcome::Refused { .. }));
        assert!(refused, "{} does not say how it is refused", result.file);
    }
}

#[test]
fn scenario_names_are_not_used_twice() {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in files_below(&root("scenarios"), &["yaml"]) {
        let result = run(&path);
        names.entry(result.name).or_default().push(result.file);
    }
    names.retain(|_, files| files.len() > 1);
    assert!(names.is_empty(), "{names:#?}");
}

/// Errors of a scenario text without imports.
fn errors(text: &str) -> Vec<&'static str> {
    let mut sources = Sources::default();
    let mut diagnostics = Diagnostics::default();
    let id = sources.add(Source::new("text.yaml", text));
    let mut none = |_: &str, _: &str| Err("there is nothing to import".to_owned());
    let scenario = scenario::read(&mut sources, id, &mut none, &mut diagnostics);
    let tags = ServiceTags::builtin();
    let result = suite::run("text.yaml", sources, scenario.as_ref(), tags, &Selection::default(), diagnostics);
    result.diagnostics.iter().filter(|one| one.severity == Severity::Error).map(|one| one.code).collect()
}

const BASE: &str = "
network:
  virtualNetworks:
    v: {location: westeurope, addressPrefixes: [10.1.0.0/16], subnets: {a: {addressPrefix: 10.1.1.0/24}}}
  workloads: {w: {subnet: v/a, address: 10.1.1.4}, x: {subnet: v/a, address: 10.1.1.5}}
";

#[test]
fn the_base_of_the_following_is_fine() {
    assert_eq!(errors(&format!("{BASE}expect: [{{allowed: w -> x tcp/22}}]")), Vec::<&str>::new());
}

#[test]
fn an_empty_decider_is_refused() {
    assert_ne!(errors(&format!("{BASE}expect: [{{allowed: w -> x tcp/22, by: \"\"}}]")), Vec::<&str>::new());
}

#[test]
fn a_row_that_cannot_be_is_refused() {
    for row in ["nextHopType: Appliance", "state: Actve", "addressPrefix: 10.0.0.0.0/8", "source: Usr"] {
        let text = format!("{BASE}expect: [{{routes: {{at: v/a, lacks: [{{{row}}}]}}}}]");
        assert_ne!(errors(&text), Vec::<&str>::new(), "{row}");
    }
}

#[test]
fn a_rule_without_a_name_is_refused() {
    let rule = "priority: 100, direction: Inbound, access: Allow, protocol: Tcp, sourceAddressPrefix: '*', \
        sourcePortRange: '*', destinationAddressPrefix: '*', destinationPortRange: '22'";
    let text = format!("{BASE}  networkSecurityGroups: {{n: {{securityRules: [{{{rule}}}]}}}}\n");
    assert_ne!(errors(&text), Vec::<&str>::new());
}

#[test]
fn problems_of_network_and_expectations_come_in_one_run() {
    let text =
        format!("{BASE}  routeTables: {{r: {{routes: {{}}, nosuch: 1}}}}\nexpect: [{{allowed: w -> nobody tcp/22}}]");
    assert_eq!(errors(&text), ["unknown-key", "unknown-end"]);
    let text = format!("{BASE}expect: [{{allowed: w -> nobody tcp/22}}]").replace("10.1.1.5", "10.1.1.2");
    assert_eq!(errors(&text), ["reserved-address", "unknown-end"]);
}
