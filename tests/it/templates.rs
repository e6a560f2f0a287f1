//! ARM templates: what becomes of them, and that public ones can be read.
//!
//! In: `scenarios/templates`, and a collection of public templates where it lies beside this folder. Out: a failure that says what differs.

use crate::{cli::printed, scenarios::root};
use azreach::{
    diagnostic::{Diagnostics, Severity, Source, Sources},
    import::{Imported, Template, arm},
    scenario::Scenario,
    suite,
    tags::ServiceTags,
};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

#[test]
fn the_shipped_templates_hold() {
    let (out, err, code) = printed(&["check", "scenarios/templates"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("3 files"), "{out}");
}

#[test]
fn the_command_reads_what_a_scenario_reads() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("templates");
    fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("hub.yaml").to_string_lossy().into_owned();
    // The file of parameters lies beside the template and is found there.
    let (_, err, code) = printed(&["import", "arm", "scenarios/templates/hub-and-spoke.json", "-o", &file, "--strict"]);
    assert_eq!(code, 0, "{err}");
    for place in ["web-vnet/app", "data-vnet/app", "hub-vnet/AzureFirewallSubnet"] {
        let routes = |file: &str| printed(&["routes", file, place, "--format", "json"]).0;
        assert_eq!(routes(&file), routes("scenarios/templates/hub-and-spoke.yaml"), "routes of {place}");
    }
}

#[test]
fn deciders_point_to_the_rule_in_the_template() {
    let (out, err, _) =
        printed(&["trace", "scenarios/templates/databricks.yaml", "node -> web tcp/443", "--format", "json"]);
    let trace: Value = serde_json::from_str(&out).expect(&err);
    let origins: Vec<&str> =
        trace["decidedBy"].as_array().expect("a list").iter().filter_map(|one| one["origin"].as_str()).collect();
    assert!(origins.iter().any(|origin| origin.starts_with("scenarios/templates/databricks.json:")), "{origins:?}");
}

#[test]
fn a_folder_is_one_network_and_what_is_deployed_counts_once() {
    let (out, err, code) = printed(&[
        "import",
        "arm",
        "scenarios/templates",
        "--parameters",
        "scenarios/templates/hub-and-spoke.parameters.json",
        "controlPlane=23.100.0.135/32",
        "webApp=52.232.19.246/32",
        "adminAddress=198.51.100.7/32",
    ]);
    assert_eq!(code, 0, "{err}");
    for name in ["analytics-vnet:", "hub-vnet:", "web-vnet:", "data-vnet:"] {
        assert_eq!(out.lines().filter(|line| line.trim() == name).count(), 1, "{name} in {out}");
    }
    assert!(!out.contains("$unknown"), "{out}");
}

/// Imports a template as the command does, with what lies beside it.
fn import(path: &Path) -> (Imported, Diagnostics) {
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let source = |path: &Path| Some(Source::new(path.to_string_lossy(), fs::read_to_string(path).ok()?));
    let text = sources.add(source(path).expect("a readable template"));
    let beside = source(&path.with_extension("parameters.json")).map(|source| sources.add(source));
    let mut linked = |path: &str, from: &str| source(&Path::new(from).parent()?.join(path));
    let imported = arm(&mut sources, &[Template { text, beside }], &[], &mut linked, &mut diagnostics);
    let tags = ServiceTags::builtin();
    suite::prepare(&Scenario::of_network(imported.network.clone()), tags, &mut diagnostics);
    (imported, diagnostics)
}

#[test]
fn public_templates_are_read() {
    let corpus: PathBuf = root("../shared/corpus");
    let Ok(index) = fs::read_to_string(corpus.join("INDEX.json")) else { return };
    let index: Value = serde_json::from_str(&index).expect("an index");
    let templates: Vec<&Value> =
        index.as_array().expect("a list").iter().filter(|one| one["kind"] == "ARM template").collect();
    let (mut lost, mut refused) = (Vec::new(), Vec::new());
    for template in &templates {
        let path = template["path"].as_str().expect("a path");
        let (imported, diagnostics) = import(&corpus.join(path));
        let told: String =
            imported.report.unused.iter().map(|one| format!(" {}", one.resource.to_lowercase())).collect();
        for kind in template["network_types"].as_object().into_iter().flat_map(|map| map.keys()) {
            let mut parts = kind.split('/').skip(1);
            let (first, last) = (parts.next().unwrap_or_default(), kind.rsplit('/').next().unwrap_or_default());
            let here = imported.report.resources.keys().any(|family| family.eq_ignore_ascii_case(first));
            if !here && !told.contains(first) && !told.contains(last) {
                lost.push(format!("{path}: {kind}"));
            }
        }
        if diagnostics.iter().any(|one| one.severity == Severity::Error) {
            refused.push(path);
        }
    }
    assert_eq!(lost, Vec::<String>::new());
    assert!(templates.len() > 500, "{} templates", templates.len());
    assert!(refused.len() * 20 < templates.len(), "{} of {}: {refused:#?}", refused.len(), templates.len());
}
