//! Answers of the real Azure, where the collection lies beside the repository; without it the test says so and passes.
//!
//! In: `../shared/corpus/recorded`. Out: a failure that prints every difference. Cases of grade A must agree wholly, of
//! grade B in the parts that the recording has. Nothing here knows a case by its name.

use crate::scenarios::{files_below, root};
use azreach::{
    diagnostic::{Diagnostics, Source, SourceId, Sources},
    import, report,
    scenario::Scenario,
    suite,
    tags::ServiceTags,
    verify::{self, Agreement, Checked},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs};

/// What `az vm create` makes where nobody names a network.
const DEFAULT_SPACE: &str = "10.0.0.0/16";

/// Operations whose answers are compared elsewhere or not at all: a listing, and the state of sessions.
const NOT_COMPARED: [&str; 2] = ["topology", "getBgpPeerStatus"];

struct Case {
    name: String,
    grade: String,
    kind: String,
    text: Value,
}

#[allow(clippy::print_stderr)] // a test that compares nothing must say so
fn cases() -> Vec<Case> {
    let folder = root("../shared/corpus/recorded");
    if !folder.is_dir() {
        eprintln!("no recorded answers at {}: nothing is compared", folder.display());
        return Vec::new();
    }
    let read = |path: &std::path::PathBuf| {
        let text: Value = serde_json::from_str(&fs::read_to_string(path).expect("a readable file")).expect("JSON");
        let word = |key: &str| text[key].as_str().unwrap_or_default().to_owned();
        Case { name: word("id"), grade: word("oracle_grade"), kind: word("kind"), text }
    };
    files_below(&folder, &["json"]).iter().map(read).collect()
}

impl Case {
    /// The topology as an export, with what the recording lacks and the answer has.
    fn texts(&self) -> Vec<Value> {
        let mut texts = vec![self.text["topology"].clone()];
        texts.extend(self.spaces());
        texts.extend(self.groups());
        texts
    }

    /// Security groups that only the answer has: a view of them as it is, effective rules as their own rules.
    fn groups(&self) -> Vec<Value> {
        let answer = &self.text["azure_answer"];
        if self.kind == "securityGroupView" {
            return vec![answer.clone()];
        }
        let topology = self.text["topology"].to_string().to_lowercase();
        let held = |id: &str| {
            topology.contains(&format!("\"name\":\"{}\"", id.rsplit('/').next().unwrap_or_default().to_lowercase()))
        };
        let group = |entry: &Value| {
            let id = entry["networkSecurityGroup"]["id"].as_str().filter(|id| !held(id))?;
            let rules = entry["effectiveSecurityRules"].as_array().into_iter().flatten().filter_map(custom_rule);
            Some(json!({"id": id, "properties": {"securityRules": rules.collect::<Value>()}}))
        };
        answer["value"].as_array().into_iter().flatten().filter_map(group).collect()
    }

    /// Address spaces that only the answer has, or that are `az`'s own.
    fn spaces(&self) -> Vec<Value> {
        let prefixes = self.space_of_the_answer().unwrap_or_else(|| vec![DEFAULT_SPACE.to_owned()]);
        let network = |(network, subnet): &(String, String)| {
            let subnets = json!([{"name": subnet, "properties": {"addressPrefix": first_24(&prefixes[0])}}]);
            let space = json!({"addressPrefixes": prefixes});
            let name = network.rsplit('/').next().unwrap_or_default();
            json!({"id": network, "name": name, "properties": {"addressSpace": space, "subnets": subnets}})
        };
        self.networks_not_held(&first_24(&prefixes[0])).iter().map(network).collect()
    }

    /// Networks in which interfaces with an address of the prefix stand and of which the topology says nothing, with the
    /// subnet.
    fn networks_not_held(&self, prefix: &str) -> Vec<(String, String)> {
        let prefix: ipnet::Ipv4Net = prefix.parse().expect("a prefix");
        let fits = |one: &Value| {
            let address = one["properties"]["privateIPAddress"].as_str().and_then(|text| text.parse().ok());
            address.is_some_and(|address: std::net::Ipv4Addr| prefix.contains(&address))
        };
        let text = self.text["topology"].to_string();
        let mut found: Vec<(String, String)> = Vec::new();
        let resources = self.text["topology"]["resources"].as_array().cloned().unwrap_or_default();
        for resource in resources.iter().filter(|one| !one["properties"]["ipConfigurations"].is_null()) {
            let configurations = resource["properties"]["ipConfigurations"].as_array();
            for one in configurations.into_iter().flatten().filter(|one| fits(one)) {
                let subnet = one["properties"]["subnet"]["id"].as_str().unwrap_or_default();
                let Some((network, subnet)) = subnet.split_once("/subnets/") else { continue };
                let name = network.rsplit('/').next().unwrap_or_default();
                let held = text.contains(&format!("\"name\":\"{name}\""));
                if !held && !found.iter().any(|(id, _)| id == network) {
                    found.push((network.to_owned(), subnet.to_owned()));
                }
            }
        }
        found
    }

    fn space_of_the_answer(&self) -> Option<Vec<String>> {
        let rows = self.text["azure_answer"]["value"].as_array()?;
        let texts = |value: &Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let local = rows.iter().filter(|row| row["nextHopType"] == "VnetLocal");
        let routes: Vec<String> = local.flat_map(|row| texts(&row["addressPrefix"])).collect();
        let tag = rows.iter().flat_map(|row| texts(&row["tagMap"]["VirtualNetwork"]));
        let tag: Vec<String> = tag.filter(|prefix| prefix != "168.63.129.16/32").collect();
        let found = if routes.is_empty() { tag } else { routes };
        (!found.is_empty()).then_some(found)
    }

    fn check(&self) -> (Sources, Vec<Checked>) {
        let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
        let add = |text: Value, name: String, sources: &mut Sources| sources.add(Source::new(name, text.to_string()));
        let texts: Vec<SourceId> = self
            .texts()
            .into_iter()
            .enumerate()
            .map(|(number, text)| add(text, format!("{}-{number}.json", self.name), &mut sources))
            .collect();
        let imported = import::az(&sources, &texts, &mut diagnostics);
        let scenario = Scenario::of_network(imported.network);
        let asked = suite::prepare(&scenario, ServiceTags::builtin(), &mut diagnostics);
        let problems = report::diagnostics(&diagnostics, &sources);
        let asked = asked.unwrap_or_else(|| panic!("{} does not resolve:\n{problems}", self.name));
        let answer = json!({
            "kind": self.text["kind"], "question": self.text["question"], "answer": self.text["azure_answer"],
        });
        let id = add(answer, format!("{}.json", self.name), &mut sources);
        let observations = verify::read(&sources, id, &mut diagnostics);
        assert_eq!(observations.len(), 1, "{} is not read as one answer", self.name);
        let checked = verify::verify(&asked, &observations);
        (sources, checked)
    }
}

/// An effective rule that somebody wrote, as its group has it.
fn custom_rule(rule: &Value) -> Option<Value> {
    let name = rule["name"].as_str()?.strip_prefix("securityRules/")?;
    let mut properties = rule.clone();
    for key in ["sourceAddressPrefixes", "destinationAddressPrefixes", "sourcePortRanges", "destinationPortRanges"] {
        properties[key] = Value::Null;
    }
    for key in ["expandedSourceAddressPrefix", "expandedDestinationAddressPrefix"] {
        properties.as_object_mut()?.remove(key);
    }
    Some(json!({"name": name, "properties": properties}))
}

/// The first /24 of a prefix, as `az` cuts its subnet.
fn first_24(prefix: &str) -> String {
    let net: ipnet::Ipv4Net = prefix.parse().expect("an IPv4 prefix");
    ipnet::Ipv4Net::new(net.network(), net.prefix_len().max(24)).expect("a length").to_string()
}

#[test]
#[allow(clippy::print_stderr)] // how much agrees is worth seeing
fn azure_says_the_same() {
    let mut failures = String::new();
    let mut numbers: BTreeMap<(String, String), [usize; 2]> = BTreeMap::new();
    let comparable = cases().into_iter().filter(|case| !NOT_COMPARED.contains(&case.kind.as_str()));
    for case in comparable.filter(|case| ["A", "B"].contains(&case.grade.as_str())) {
        let (sources, checked) = case.check();
        let agrees = !checked.is_empty() && checked.iter().all(|one| one.agreement == Agreement::Agrees);
        let differs = checked.iter().any(|one| matches!(one.agreement, Agreement::Differs(_)));
        let number = numbers.entry((case.grade.clone(), case.kind.clone())).or_default();
        number[0] += usize::from(agrees);
        number[1] += 1;
        if differs || (case.grade == "A" && !agrees) {
            failures.push_str(&format!("==== {}\n{}", case.name, report::text::verify(&checked, &sources, true)));
        }
    }
    for ((grade, kind), [agree, all]) in &numbers {
        eprintln!("{grade} {kind}: {agree} of {all} agree");
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn a_listing_names_nothing_that_the_import_lacks() {
    for case in cases().into_iter().filter(|case| case.kind == "topology") {
        let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
        let id = sources.add(Source::new("topology.json", case.text["topology"].to_string()));
        let imported = import::az(&sources, &[id], &mut diagnostics);
        let written = report::scenario_json(&imported.network, &sources).to_lowercase();
        let held = case.text["topology"].to_string().to_lowercase();
        for resource in case.text["azure_answer"]["resources"].as_array().into_iter().flatten() {
            let name = format!("\"{}\"", resource["name"].as_str().unwrap_or_default().to_lowercase());
            // The topology of a recording holds what the recorded program asked for.
            if held.contains(&format!("\"name\":{name}")) {
                assert!(written.contains(&name), "{}: {name} is not imported\n{written}", case.name);
            }
        }
    }
}

#[test]
fn address_space_that_an_export_does_not_hold_is_private_to_verify() {
    let id = |rest: &str| format!("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/{rest}");
    let ask = |remote: &str, access: &str, rule: &str| Case {
        name: "no-space".to_owned(),
        grade: "A".to_owned(),
        kind: "ipFlowVerify".to_owned(),
        text: json!({
            "kind": "ipFlowVerify",
            "topology": {"resources": [
                {"id": id("networkSecurityGroups/nsg"), "properties": {"securityRules": []}},
                {"id": id("networkInterfaces/nic"), "properties": {
                    "networkSecurityGroup": {"id": id("networkSecurityGroups/nsg")},
                    "ipConfigurations": [{"name": "one", "properties": {
                        "privateIPAddress": "172.20.0.4",
                        "subnet": {"id": id("virtualNetworks/vnet/subnets/app")},
                    }}],
                }},
            ]},
            "question": {
                "targetResourceId": id("networkInterfaces/nic"), "direction": "Inbound", "protocol": "TCP",
                "localIPAddress": "172.20.0.4", "localPort": "22", "remoteIPAddress": remote, "remotePort": "60000",
            },
            "azure_answer": {"access": access, "ruleName": format!("defaultSecurityRules/{rule}")},
        }),
    };
    let agreement = |case: Case| case.check().1.remove(0).agreement;
    let denied = agreement(ask("100.1.2.3", "Deny", "DenyAllInBound"));
    assert_eq!(denied, Agreement::Agrees, "a public address is in nobody's private space");
    let perhaps = agreement(ask("172.20.0.9", "Allow", "AllowVnetInBound"));
    assert!(matches!(perhaps, Agreement::NotComparable(_)), "a private one may be: {perhaps:?}");
}
