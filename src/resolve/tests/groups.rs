//! Groups.

use super::*;

fn with_groups(groups: &str) -> (Option<Resolved>, Diagnostics) {
    resolved(&format!("{}groups: {groups}\n", network(BASE)))
}

#[track_caller]
fn good_groups(groups: &str) -> Resolved {
    let (resolved, diagnostics) = with_groups(groups);
    resolved.unwrap_or_else(|| panic!("{diagnostics:#?}"))
}

#[track_caller]
fn refused_groups(groups: &str, expected: &[&str]) {
    let (_, diagnostics) = with_groups(groups);
    assert_eq!(codes(&diagnostics, Severity::Error), expected, "{diagnostics:#?}");
}

const APP: Party = Party::Subnet(SubnetId(0));
const DATA: Party = Party::Subnet(SubnetId(1));
const WORKER: Party = Party::Workload(WorkloadId(0));

#[test]
fn groups_list_ends_each_once() {
    let resolved = good_groups("{inner: [worker, data], outer: [inner, WORKER, app], twice: [outer, outer]}");
    assert_eq!(end(&resolved, "Outer"), Ok(vec![WORKER, DATA, APP]));
    assert_eq!(end(&resolved, "twice"), Ok(vec![WORKER, DATA, APP]));
}

#[test]
fn groups_have_exceptions() {
    let resolved =
        good_groups("{most: {of: [worker, app, data], except: [app]}, rest: {of: [hub], except: [hub/data]}}");
    assert_eq!(end(&resolved, "most"), Ok(vec![WORKER, DATA]));
    assert_eq!(end(&resolved, "rest"), Ok(vec![APP]));
    refused_groups("{g: {of: [app], except: [worker]}}", &["except-without-effect"]);
}

#[test]
fn what_is_wrong_with_groups() {
    refused_groups("{g: []}", &["empty-group"]);
    refused_groups("{g: {of: []}}", &["empty-group"]);
    refused_groups("{g: [wroker]}", &["unknown-end"]);
    refused_groups("{g: [a b]}", &["bad-flow"]);
    refused_groups("{g: [g]}", &["group-cycle"]);
    refused_groups("{worker: [app]}", &["ambiguous-end"]);
    let (_, diagnostics) = with_groups("{a: [b], b: [a]}");
    assert_eq!(codes(&diagnostics, Severity::Error)[0], "group-cycle");
}

#[test]
fn deep_and_wide_groups_cost_little() {
    let mut groups = String::from("{g0: [worker]");
    for place in 1..30 {
        let below = place - 1;
        groups += &format!(", g{place}: {{of: [g{below}, app, g{below}], except: [app]}}");
    }
    let resolved = good_groups(&(groups.clone() + "}"));
    assert_eq!(end(&resolved, "g29"), Ok(vec![WORKER]));
    for place in 30..40 {
        groups += &format!(", g{place}: [g{}]", place - 1);
    }
    let (resolved, diagnostics) = with_groups(&(groups + "}"));
    assert!(resolved.is_none());
    assert!(codes(&diagnostics, Severity::Error).iter().all(|code| *code == "group-cycle"));
}

#[test]
fn a_group_with_a_host_cannot_send() {
    let resolved = good_groups("{g: [worker, kafka.example.org]}");
    let group: End = "g".parse().unwrap();
    assert!(resolved.names.end(&resolved.model, &group, false).is_ok());
    assert_eq!(resolved.names.end(&resolved.model, &group, true).unwrap_err().code, "host-as-source");
}
