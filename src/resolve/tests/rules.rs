//! Security groups and their rules.

use super::*;
use crate::space::{self, Ports};

/// A security group with one rule of these extra keys.
fn rule(keys: &str) -> String {
    rules(&format!("        r: {{{COMMON}, {keys}}}\n"))
}

const COMMON: &str = "priority: 100, direction: Inbound, access: Allow, protocol: Tcp, sourcePortRange: '*'";
const FROM_ANY: &str = "sourceAddressPrefix: '*', destinationAddressPrefix: '*', destinationPortRange: '*'";

fn rules(lines: &str) -> String {
    format!("\n  networkSecurityGroups:\n    nsg:\n      securityRules:\n{lines}")
}

fn from(prefix: &str) -> String {
    rule(&format!("sourceAddressPrefix: {prefix}, destinationAddressPrefix: '*', destinationPortRange: 443"))
}

#[track_caller]
fn source(prefix: &str) -> AddressMatch {
    good(&from(prefix)).model.network_security_groups[0].security_rules[0].source.clone()
}

#[test]
fn a_rule_is_read_with_everything_in_it() {
    let model = good(&rule("sourceAddressPrefixes: [10.0.0.0/8, 192.168.1.1], destinationAddressPrefix: VirtualNetwork, destinationPortRanges: [443, 8443-8451]")).model;
    let rule = &model.network_security_groups[0].security_rules[0];
    assert_eq!(rule.priority, Known::Known(100));
    assert_eq!((rule.direction, rule.access), (Direction::Inbound, Known::Known(Access::Allow)));
    assert_eq!(rule.protocol, Known::Known(RuleProtocol::Tcp));
    assert_eq!(rule.source_ports, Known::Known(Ports::all()));
    assert_eq!(rule.destination_ports, Known::Known(Ports::from_ranges([(443, 443), (8443, 8451)])));
    assert_eq!(rule.destination.tags, [TagMatch::VirtualNetwork]);
    assert!(rule.source.prefixes.contains(space::point("10.1.2.3".parse().unwrap())));
    assert!(!rule.source.prefixes.contains(space::point("192.168.1.2".parse().unwrap())));
}

#[test]
fn addresses_prefixes_ranges_and_any() {
    assert!(source("'*'").any);
    assert!(source("Any").any);
    assert_eq!(source("0.0.0.0/0").prefixes, space::ipv4());
    assert_eq!(source("10.1.2.3/8"), source("10.0.0.0/8"));
    assert_eq!(source("10.0.0.1-10.0.0.2").prefixes.iter().count(), 1);
    for wrong in ["10.0.0.0/42", "10.0.0.9-10.0.0.1", "'10.0.0.1-::2'", "'fe80::/129'", "10.0.0.257", "'<VNET>'", "a b"]
    {
        refused(&from(wrong), &["not-a-prefix"]);
    }
}

#[test]
fn service_tags() {
    let tags = |prefix: &str| source(prefix).tags;
    assert_eq!(tags("internet"), [TagMatch::Internet]);
    assert_eq!(tags("AzureLoadBalancer"), [TagMatch::AzureLoadBalancer]);
    assert_eq!(tags("AzurePlatformDNS"), [TagMatch::AzurePlatformDns]);
    assert_eq!(tags("AzurePlatformIMDS"), [TagMatch::AzurePlatformImds]);
    assert_eq!(tags("AzurePlatformLKM"), [TagMatch::AzurePlatformLkm]);
    let [TagMatch::Service(name, addresses)] = &tags("storage")[..] else { panic!("no service") };
    assert_eq!(name, "Storage");
    assert!(!addresses.is_empty());
}

#[test]
fn a_misspelt_tag_is_an_error_everywhere_and_an_absent_one_a_fact_once() {
    let one = format!("{COMMON}, destinationAddressPrefix: '*', destinationPortRange: 1");
    let two = one.replace("100", "110");
    let lines = |tag: &str| {
        rules(&format!(
            "        a: {{{one}, sourceAddressPrefix: {tag}}}\n        b: {{{two}, sourceAddressPrefix: {tag}}}\n"
        ))
    };
    refused(&lines("Storag"), &["unknown-service-tag", "unknown-service-tag"]);
    assert_eq!(first(&lines("Storag")).1, "did you mean `Storage`?");
    refused(&lines("AzureDatabricks.WestEurope"), &["unknown-service-tag", "unknown-service-tag"]);
    let resolved = warned(&lines("BrandNewServiceOfTheYear"), &["service-tag-not-held"]);
    let tag = &resolved.model.network_security_groups[0].security_rules[1].source.tags[0];
    assert!(matches!(tag, TagMatch::Missing(name, _) if name == "BrandNewServiceOfTheYear"));
}

#[test]
fn what_azure_refuses_in_one_rule() {
    refused(&rule(&format!("{FROM_ANY}, sourceAddressPrefixes: [10.0.0.0/8]")), &["single-and-plural"]);
    refused(&rule(&format!("{FROM_ANY}, destinationPortRanges: [80]")), &["single-and-plural"]);
    refused(&from("'Storage,Sql'"), &["several-tags-in-one-field"]);
    let two = "sourceAddressPrefixes: [10.0.0.0/8, 'fd00::/8'], destinationAddressPrefix: '*', destinationPortRange: 1";
    refused(&rule(two), &["mixed-address-families"]);
    for port in ["65536", "443-80", "http"] {
        let lines = format!("sourceAddressPrefix: '*', destinationAddressPrefix: '*', destinationPortRange: {port}");
        refused(&rule(&lines), &["bad-port"]);
    }
    let asg = format!(
        "\n  applicationSecurityGroups: {{web: {{}}}}{}",
        rule(&format!("{FROM_ANY}, sourceApplicationSecurityGroups: [web]"))
    );
    refused(&asg, &["prefix-and-asg"]);
}

#[test]
fn what_a_rule_must_have() {
    for key in ["priority", "direction", "access", "protocol", "sourceAddressPrefix", "destinationAddressPrefix"] {
        let whole = format!("{COMMON}, {FROM_ANY}");
        let kept: Vec<&str> = whole.split(", ").filter(|one| !one.starts_with(&format!("{key}:"))).collect();
        refused(&rules(&format!("        r: {{{}}}\n", kept.join(", "))), &["missing-key"]);
    }
}

#[test]
fn priorities_names_and_defaults_of_a_group() {
    let with = |name: &str, priority: u32, direction: &str| {
        let common = COMMON.replace("100", &priority.to_string()).replace("Inbound", direction);
        format!("        {name}: {{{common}, {FROM_ANY}}}\n")
    };
    for priority in [99, 4097, 0, 70000] {
        refused(&rules(&with("r", priority, "Inbound")), &["priority-out-of-range"]);
    }
    refused(&rules(&(with("a", 200, "Inbound") + &with("b", 200, "Inbound"))), &["duplicate-priority"]);
    good(&rules(&(with("a", 200, "Inbound") + &with("b", 200, "Outbound"))));
    refused(&rules(&with("-r", 200, "Inbound")), &["bad-rule-name"]);
    refused(
        "\n  networkSecurityGroups: {nsg: {defaultSecurityRules: {AllowVnetInBound: null}}}\n",
        &["default-rule-removed"],
    );
    let many: String = (0..1001).map(|place| with(&format!("r{place}"), 100 + place, "Inbound")).collect();
    warned(&rules(&many), &["too-many-rules"]);
}

#[test]
fn a_rule_of_unknown_direction_may_match_either_way() {
    let keys = format!("{COMMON}, {FROM_ANY}").replace("direction: Inbound", "direction: {$unknown: not given}");
    let model = good(&rules(&format!("        r: {{{keys}}}\n"))).model;
    let rules = &model.network_security_groups[0].security_rules;
    let directions: Vec<Direction> = rules.iter().map(|rule| rule.direction).collect();
    assert_eq!(directions, [Direction::Inbound, Direction::Outbound]);
    assert!(rules.iter().all(|rule| !rule.source.any && rule.source.unknown.len() == 1));
}

#[test]
fn application_security_groups_stay_in_one_network() {
    let two = |rule: &str, b: &str| {
        format!(
            "
  virtualNetworks:
    a: {{addressPrefixes: [10.0.0.0/16], subnets: {{s: {{addressPrefix: 10.0.0.0/24, networkSecurityGroup: nsg}}}}}}
    b: {{addressPrefixes: [10.1.0.0/16], subnets: {{s: {{addressPrefix: 10.1.0.0/24}}}}}}
  applicationSecurityGroups: {{web: {{}}, db: {{}}}}
  workloads:
    one: {{subnet: a/s, address: 10.0.0.4, applicationSecurityGroups: [web]}}
    two: {{subnet: b/s, address: 10.1.0.4, applicationSecurityGroups: [{b}]}}
{}",
            if rule.is_empty() { "  networkSecurityGroups: {nsg: {}}\n".to_owned() } else { self::rule(rule) }
        )
    };
    refused(&two("", "web"), &["asg-in-two-virtual-networks"]);
    good(&two("", "db"));
    let both =
        "sourceApplicationSecurityGroups: [web], destinationApplicationSecurityGroups: [db], destinationPortRange: 1";
    let (_, diagnostics) = resolved(&network(&two(both, "db")));
    assert_eq!(codes(&diagnostics, Severity::Error), ["asgs-of-two-virtual-networks"]);
    let remote =
        "sourceApplicationSecurityGroups: [db], destinationAddressPrefix: 10.0.0.0/24, destinationPortRange: 1";
    warned(&two(remote, "db"), &["remote-asg"]);
}
