//! Exports of `az`: what they become, and that nothing is lost on the way.
//!
//! In: small exports of our own under `tests/data/az`. Out: a failure that says what differs.

use crate::{cli::printed, scenarios::root};
use azreach::import;
use serde_json::Value;
use std::fs;

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&printed(arguments).0).expect("JSON on stdout")
}

/// A file of this test run.
fn scratch(name: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("import");
    fs::create_dir_all(&folder).expect("a folder");
    folder.join(name).to_string_lossy().into_owned()
}

#[test]
fn a_scenario_may_import_an_export() {
    let (out, err, code) = printed(&["check", "tests/data/az/shop.yaml"]);
    assert_eq!(code, 0, "{out}{err}");
}

#[test]
fn what_is_written_says_what_was_read() {
    for name in ["shop.yaml", "shop.json"] {
        let file = scratch(name);
        let (_, err, code) = printed(&["import", "az", "tests/data/az/export", "-o", &file]);
        assert_eq!(code, 0, "{err}");
        for place in ["shop-vnet/web", "data-nic", "hub-vnet/nva"] {
            for question in ["routes", "rules"] {
                let written = json(&[question, &file, place, "--format", "json"]);
                let read = json(&[question, "tests/data/az/shop.yaml", place, "--format", "json"]);
                assert_eq!(written, read, "{question} of {place} in {name}");
            }
        }
    }
}

#[test]
fn deciders_point_into_the_export() {
    let file = scratch("origins.yaml");
    printed(&["import", "az", "tests/data/az/export", "-o", &file]);
    for scenario in ["tests/data/az/shop.yaml", &file] {
        let trace = json(&["trace", scenario, "198.51.100.7 -> web-vm tcp/443", "--format", "json"]);
        let origins: Vec<&str> =
            trace["decidedBy"].as_array().expect("a list").iter().filter_map(|one| one["origin"].as_str()).collect();
        assert!(origins.contains(&"tests/data/az/export/rest.json:13:21"), "{scenario}: {origins:?}");
    }
}

#[test]
fn everything_that_is_not_used_is_reported() {
    let file = scratch("report.yaml");
    let report = json(&["import", "az", "tests/data/az/export", "-o", &file, "--format", "json"]);
    let of = |list: &str| -> Vec<String> {
        let items = report[list].as_array().expect("a list").iter();
        items
            .map(|one| format!("{} {}", one["resource"].as_str().unwrap_or(""), one["property"].as_str().unwrap_or("")))
            .collect()
    };
    assert_eq!(
        of("notModelled"),
        ["virtualNetworks/hub-vnet quantumEntanglement", "expressRoutePorts/hub-port ", "widgets/w "]
    );
    let harmless = of("harmless");
    for one in ["components/hub-insights ", "routeTables/data-rt routes.provisioningState"] {
        assert!(harmless.iter().any(|item| item == one), "{one} is not among {harmless:#?}");
    }
}

#[test]
fn the_harmless_lists_are_documented() {
    let page = fs::read_to_string(root("docs/import.md")).expect("a readable page");
    let lists: [&[&str]; 3] = [&import::harmless::PROVIDERS, &import::harmless::TYPES, &import::harmless::PROPERTIES];
    let paths = import::harmless::PATHS.iter().map(|(_, path)| path);
    for name in lists.into_iter().flatten().chain(&azreach::scenario::shape::IGNORED).chain(paths) {
        assert!(page.contains(&format!("`{name}`")), "`{name}` is not in docs/import.md");
    }
}
