//! `only`, `via` and `notVia`: what breaks them, exactly.
//!
//! In: shipped scenarios with other expectations. Out: a failure with what the command said.

use serde_json::{Value, json};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const LESSON: &str = "scenarios/learn/11-least-privilege.yaml";
const BALANCED: &str = "scenarios/laws/routing/R124-appliances-behind-balancers.yaml";

/// The network of a shipped scenario with one expectation of ours, checked.
fn checked(file: &str, expectation: &Value) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join(PathBuf::from(file))).expect("a shipped scenario");
    let (network, _) = text.split_once("\nexpect:").expect("it has expectations");
    let input = format!("{network}\nexpect:\n  - {expectation}\n");
    let mut command = Command::new(env!("CARGO_BIN_EXE_azreach"));
    command.args(["check", "-", "--format", "json"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the binary runs");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The one result.
fn result(file: &str, expectation: &Value) -> Value {
    let all = checked(file, expectation);
    assert_eq!(
        all["diagnostics"].as_array().expect("a list").iter().filter(|one| one["severity"] == "error").count(),
        0,
        "{all}"
    );
    all["scenarios"][0]["results"][0].clone()
}

fn holds(file: &str, expectation: &Value) {
    let result = result(file, expectation);
    assert_eq!((&result["passed"], &result["breaches"]), (&json!(true), &json!([])), "{expectation}: {result}");
}

/// The boxes that break a claim, as `source -> destination protocol/ports`.
fn broken(file: &str, expectation: &Value) -> Vec<String> {
    let result = result(file, expectation);
    assert_eq!(result["passed"], false, "{expectation}: {result}");
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let words = |value: &Value| {
        list(value).iter().map(|one| one.as_str().expect("text").to_owned()).collect::<Vec<_>>().join(",")
    };
    let text = |one: &Value| {
        let (protocol, ports) = (one["protocol"].as_str().expect("text"), one["ports"].as_str().expect("text"));
        format!("{} -> {} {protocol}/{ports}", words(&one["source"]), words(&one["destination"]))
    };
    list(&result["breaches"]).iter().flat_map(|breach| list(&breach["boxes"])).map(|one| text(&one)).collect()
}

fn codes(file: &str, expectation: &Value) -> Vec<String> {
    let all = checked(file, expectation);
    let list = all["diagnostics"].as_array().expect("a list").clone();
    list.iter().map(|one| one["code"].as_str().expect("text").to_owned()).collect()
}

#[test]
fn a_way_past_the_device_is_told_exactly() {
    let dns = "spokes -> hub-vnet/shared udp/53";
    let past = broken(LESSON, &json!({"allowed": dns, "via": "hub-fw"}));
    assert_eq!(past.len(), 2, "{past:?}");
    assert!(past.iter().all(|one| one.ends_with("udp/53") && one.contains("10.0.2.")), "{past:?}");
    let through = broken(LESSON, &json!({"allowed": "spokes -> internet tcp/443", "notVia": ["HUB-FW"]}));
    assert!(!through.is_empty() && through.iter().all(|one| one.ends_with("tcp/443")), "{through:?}");
}

#[test]
fn one_network_past_the_firewall_breaks_the_proof_for_all() {
    let past = broken(LESSON, &json!({"allowed": "hub-vnet/shared -> internet tcp/443", "via": "hub-fw"}));
    assert!(past.iter().all(|one| one.starts_with("10.0.2.")), "{past:?}");
}

#[test]
fn where_azure_chooses_every_choice_counts() {
    let flow = "one -> two tcp/443";
    holds(BALANCED, &json!({"allowed": flow}));
    holds(BALANCED, &json!({"allowed": flow, "via": "ilb"}));
    for nva in ["nva-1", "nva-2"] {
        assert_eq!(broken(BALANCED, &json!({"allowed": flow, "via": nva})), ["10.1.0.4/32 -> 10.2.0.4/32 tcp/443"]);
        assert_eq!(broken(BALANCED, &json!({"allowed": flow, "notVia": nva})), ["10.1.0.4/32 -> 10.2.0.4/32 tcp/443"]);
    }
}

#[test]
fn what_is_not_listed_is_told_exactly() {
    let ends = ["app-vnet", "hub-vnet/shared"];
    let of = |flows: &[&str]| json!({"only": {"from": ends[0], "to": ends[1], "flows": flows}});
    holds(LESSON, &of(&["app-vnet -> hub-vnet/shared udp/53"]));
    let extra = broken(LESSON, &of(&[]));
    assert_eq!(extra.len(), 1, "{extra:?}");
    assert!(extra[0].ends_with("udp/53"), "{extra:?}");
    let other = broken(LESSON, &of(&["app-vnet -> 10.0.2.4 udp/53"]));
    assert!(other.iter().all(|one| one.ends_with("udp/53") && !one.contains("10.0.2.4/32")), "{other:?}");
}

#[test]
fn a_listed_flow_must_be_allowed_wholly() {
    let flows = ["app-vnet -> hub-vnet/shared udp/53-54"];
    let lost = broken(LESSON, &json!({"only": {"from": "app-vnet", "to": "hub-vnet/shared", "flows": flows}}));
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert!(lost[0].ends_with("udp/54"), "{lost:?}");
}

#[test]
fn what_cannot_be_claimed_is_refused() {
    let refused = |expectation: Value, code: &str| {
        let codes = codes(LESSON, &expectation);
        assert!(codes.iter().any(|one| one == code), "{expectation}: {codes:?}");
    };
    refused(json!({"allowed": "spokes -> internet tcp/443", "via": "hub-fx"}), "unknown-device");
    refused(json!({"denied": "internet -> spokes", "via": "hub-fw"}), "via-without-allowed");
    refused(json!({"only": {"from": "spoke", "to": "internet", "flows": []}}), "unknown-end");
    let elsewhere = ["data-vnet -> internet tcp/443"];
    refused(json!({"only": {"from": "app-vnet", "to": "internet", "flows": elsewhere}}), "flow-outside-only");
    let wider = ["spokes -> internet tcp/443"];
    refused(json!({"only": {"from": "app-vnet", "to": "internet", "flows": wider}}), "flow-outside-only");
}
