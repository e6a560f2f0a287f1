//! Terraform plans: public ones wholly, and what a plan of our own will do.
//!
//! In: `../shared/corpus`, where it is; `scenarios/terraform`. Out: a failure that says which resource is missing.

use crate::{cli::printed, scenarios::root};
use azreach::{
    diagnostic::{Diagnostics, Source, Sources},
    import::{self, Use, terraform::Side},
    report,
    scenario::Scenario,
    suite,
    tags::ServiceTags,
};
use serde_json::Value;
use std::fs;

/// Managed resources of a plan or state, as `(type, name)`.
fn managed(root: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let text = |node: &Value, key: &str| node[key].as_str().unwrap_or_default().to_owned();
    let mut modules = vec![&root["planned_values"]["root_module"], &root["values"]["root_module"]];
    while let Some(module) = modules.pop() {
        modules.extend(module["child_modules"].as_array().into_iter().flatten());
        let resources = module["resources"].as_array().into_iter().flatten().filter(|one| one["mode"] == "managed");
        found.extend(resources.map(|one| (text(one, "type"), text(&one["values"], "name"))));
    }
    for resource in root["resources"].as_array().into_iter().flatten().filter(|one| one["mode"] == "managed") {
        let instances = resource["instances"].as_array().into_iter().flatten();
        found.extend(instances.map(|one| (text(resource, "type"), text(&one["attributes"], "name"))));
    }
    found
}

/// Whether a thing of this name is anywhere under a key.
fn holds(node: &Value, key: &str, name: &str) -> bool {
    let own = node.get(key).and_then(|inner| inner.get(name)).is_some();
    own || node.as_object().is_some_and(|map| map.values().any(|inner| holds(inner, key, name)))
}

/// Types that lie under a map of the same meaning in every import.
const PLACES: [(&str, &str); 8] = [
    ("azurerm_virtual_network", "virtualNetworks"),
    ("azurerm_subnet", "subnets"),
    ("azurerm_network_security_group", "networkSecurityGroups"),
    ("azurerm_network_security_rule", "securityRules"),
    ("azurerm_network_interface", "networkInterfaces"),
    ("azurerm_public_ip", "publicIPAddresses"),
    ("azurerm_route", "routes"),
    ("azurerm_firewall", "azureFirewalls"),
];

#[test]
#[allow(clippy::print_stderr)] // a test that compares nothing must say so
fn public_plans_are_understood() {
    let folder = root("../shared/corpus");
    let Ok(index) = fs::read_to_string(folder.join("INDEX.json")) else {
        eprintln!("no public plans beside the repository");
        return;
    };
    let index: Value = serde_json::from_str(&index).expect("JSON");
    let paths = index.as_array().into_iter().flatten();
    let paths = paths.filter(|one| one["kind"].as_str().is_some_and(|kind| kind.starts_with("terraform")));
    let (mut plans, mut loaded, mut resources, mut lost) = (0, 0, 0, Vec::new());
    for path in paths.filter_map(|one| one["path"].as_str()) {
        let text = fs::read_to_string(folder.join(path)).expect("a readable plan");
        let all = managed(&serde_json::from_str(&text).expect("JSON"));
        let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
        let id = sources.add(Source::new(path, text));
        let imported = import::terraform(&sources, &[id], Side::After, &mut diagnostics);
        assert_eq!(imported.report.found, all.len(), "{path}");
        let written: Value = serde_json::from_str(&report::scenario_json(&imported.network, &sources)).expect("JSON");
        let left: Vec<&str> = imported
            .report
            .unused
            .iter()
            .filter(|one| one.property.is_none())
            .map(|one| one.resource.as_str())
            .collect();
        for (kind, name) in &all {
            let Some((_, place)) = PLACES.iter().find(|(known, _)| known == kind) else { continue };
            let told = || left.iter().any(|one| one.contains(name.as_str()));
            assert!(holds(&written, place, name) || told(), "{path}: {kind} {name}");
        }
        let whole = imported.report.of(Use::NotModelled).filter(|one| one.property.is_none());
        let steps = whole.filter_map(|one| one.resource.split('.').find(|step| step.starts_with("azurerm_")));
        lost.extend(steps.map(str::to_owned));
        (plans, resources) = (plans + 1, resources + all.len());
        suite::prepare(&Scenario::of_network(imported.network), ServiceTags::builtin(), &mut diagnostics);
        loaded += usize::from(!diagnostics.has_errors());
    }
    // Two would be refused by Azure, too: rules with one priority, a storage rule with private addresses.
    assert_eq!((plans, loaded), (22, 20));
    lost.sort();
    assert_eq!(resources, 640);
    assert_eq!(lost, LOST);
}

/// Resources of the public plans whose types are not read, and a peering of a network that a data source finds.
const LOST: [&str; 8] = [
    "azurerm_api_management",
    "azurerm_container_group",
    "azurerm_postgresql_server",
    "azurerm_postgresql_server",
    "azurerm_postgresql_virtual_network_rule",
    "azurerm_postgresql_virtual_network_rule",
    "azurerm_redis_cache",
    "azurerm_virtual_network_peering",
];

#[test]
fn what_a_plan_will_do_is_one_command() {
    let plan = "scenarios/terraform/shop.plan.json";
    let (out, err, code) = printed(&["diff", plan, "--format", "json"]);
    assert_eq!(code, 1, "{err}");
    let found: Value = serde_json::from_str(&out).expect("JSON");
    let (by_plan, _, _) = printed(&["diff", plan]);
    let (by_files, _, _) =
        printed(&["diff", "scenarios/terraform/shop-before.yaml", "scenarios/terraform/shop-before.yaml"]);
    assert!(by_files.contains("no difference") || by_files.starts_with("0 "), "{by_files}");
    assert!(by_plan.contains("shop/worker -> shop-secrets, shop-secrets-pe"), "{by_plan}");
    assert!(by_plan.contains("shop.plan.json:231:21"), "the place of the vault: {by_plan}");
    assert!(found["gained"].as_array().is_some_and(|all| !all.is_empty()), "{found:#}");
    let (markdown, _, _) = printed(&["diff", plan, "--format", "markdown"]);
    assert!(markdown.contains("### Lost"), "{markdown}");
}

#[test]
fn a_scenario_is_no_plan() {
    let (_, err, code) = printed(&["diff", "scenarios/terraform/shop-before.yaml"]);
    assert_eq!(code, 2);
    assert!(err.contains("is no Terraform plan"), "{err}");
    let (_, err, code) = printed(&["import", "terraform", "tests/data/az/export/rest.json"]);
    assert_eq!(code, 2);
    assert!(err.contains("not-terraform"), "{err}");
}

#[test]
fn the_harmless_lists_are_documented() {
    let page = fs::read_to_string(root("docs/import.md")).expect("a readable page");
    let types = import::terraform::types::HARMLESS.iter().chain(&import::terraform::types::ON_MACHINES);
    for name in types.chain(&import::terraform::types::ATTRIBUTES).chain(&import::terraform::types::ENDINGS) {
        assert!(page.contains(&format!("`{name}`")), "`{name}` is not in docs/import.md");
    }
}
