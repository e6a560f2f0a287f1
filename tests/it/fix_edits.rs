//! `fix`: each kind of edit is proposed where it helps, and says what its text does not.
//!
//! In: small scenarios and shipped ones. Out: a failure with the proposals that came instead. Deliberately absent: whether a
//! proposal works and what else it changes, which `fix` judges for all of them alike.

use crate::{
    fix::{asked_for, judge, read_text},
    scenarios::root,
};
use azreach::{
    diagnostic::{Source, Sources},
    fix::{Fix, Proposal},
    report,
    scenario::{Claim, Scenario, Want},
    trace::Verdict,
};
use std::path::Path;

/// Two peered VNETs, a firewall in the one, a manager that forbids SSH, services of every kind.
const NETWORK: &str = r#"
network:
  virtualNetworks:
    hub:
      location: westeurope
      addressPrefixes: [10.0.0.0/16]
      subnets:
        AzureFirewallSubnet: {addressPrefix: 10.0.1.0/26}
        app: {addressPrefix: 10.0.2.0/24}
      virtualNetworkPeerings: {to-spoke: {remoteVirtualNetwork: spoke, allowForwardedTraffic: true}}
    spoke:
      location: westeurope
      addressPrefixes: [10.1.0.0/16]
      subnets:
        app: {addressPrefix: 10.1.1.0/24, routeTable: rt}
        web: {addressPrefix: 10.1.2.0/24, networkSecurityGroup: web-nsg}
      virtualNetworkPeerings: {to-hub: {remoteVirtualNetwork: hub, allowForwardedTraffic: true}}
  routeTables:
    rt: {routes: {default: {addressPrefix: 0.0.0.0/0, nextHopType: VirtualAppliance, nextHopIpAddress: 10.0.1.4}}}
  networkSecurityGroups:
    web-nsg:
      securityRules:
        deny-all: {priority: 4000, direction: Outbound, access: Deny, protocol: "*", sourceAddressPrefix: "*", sourcePortRange: "*", destinationAddressPrefix: "*", destinationPortRange: "*"}
  publicIPAddresses:
    fw-pip: {sku: Standard, ipAddress: 20.50.1.20}
    web-pip: {sku: Standard, ipAddress: 20.50.1.21}
  azureFirewalls: {fw: {virtualNetwork: hub, publicIPAddresses: [fw-pip], firewallPolicy: child}}
  firewallPolicies:
    parent:
      ruleCollectionGroups:
        deny: {priority: 200, ruleCollections: {bad: {priority: 100, action: Deny, rules: {bad: {ruleType: NetworkRule, ipProtocols: [TCP], sourceAddresses: ["*"], destinationAddresses: [198.51.100.66], destinationPorts: ["443"]}}}}}
    child: {basePolicy: parent}
  networkManagers:
    manager:
      networkGroups: {all: {staticMembers: [hub, spoke]}}
      securityAdminConfigurations:
        admin:
          ruleCollections:
            base:
              appliesToGroups: [all]
              rules:
                no-ssh: {priority: 10, direction: Inbound, access: Deny, protocol: Tcp, destinationPortRanges: ["22"]}
  storageAccounts:
    lake: {location: northeurope, networkAcls: {defaultAction: Deny, bypass: None, ipRules: [203.0.113.200]}}
    shut: {location: northeurope, publicNetworkAccess: Disabled}
  databaseAccounts: {orders: {location: westeurope, ipRules: [203.0.113.200]}}
  namespaces: {events: {location: westeurope, networkRuleSets: {default: {defaultAction: Deny, ipRules: [203.0.113.200]}}}}
  workspaces: {bricks: {location: westeurope, ipAccessLists: {office: {listType: ALLOW, ipAddresses: [203.0.113.200]}}}}
  factories: {adf: {location: westeurope}}
  workloads:
    hub-vm: {subnet: hub/app, address: 10.0.2.4}
    app: {subnet: spoke/app, address: 10.1.1.4}
    web: {subnet: spoke/web, address: 10.1.2.4, publicIPAddress: web-pip}
  externals:
    laptop: {addresses: [203.0.113.7]}
    bad: {addresses: [198.51.100.66]}
    site: {hostNames: [www.example.com], addresses: [198.51.100.80]}
expect:
  - denied: laptop -> orders tcp/443
  - allowed: hub-vm -> app tcp/443
"#;

/// A flow, what is wanted, and a part of an edit's path and value that a proposal must have.
const CASES: &[(&str, Verdict, &str, &str)] = &[
    ("app -> bad tcp/443", Verdict::Allowed, "firewallPolicies/parent/ruleCollectionGroups", r#""priority":199"#),
    (
        "app -> laptop udp/53",
        Verdict::Allowed,
        "firewallPolicies/child/ruleCollectionGroups",
        r#""ipProtocols":["UDP"]"#,
    ),
    (
        "app -> www.example.com tcp/443",
        Verdict::Allowed,
        "firewallPolicies/child",
        r#""targetFqdns":["www.example.com"]"#,
    ),
    ("hub-vm -> app tcp/22", Verdict::Allowed, "ruleCollections/base/rules", r#""priority":9"#),
    (
        "laptop -> orders tcp/443",
        Verdict::Allowed,
        "databaseAccounts/orders/ipRules",
        r#"{"ipAddressOrRange":"203.0.113.7"}"#,
    ),
    (
        "laptop -> events tcp/443",
        Verdict::Allowed,
        "namespaces/events/networkRuleSets/default/ipRules",
        r#"{"ipMask":"203.0.113.7"}"#,
    ),
    ("laptop -> bricks tcp/443", Verdict::Allowed, "workspaces/bricks/ipAccessLists", r#""ALLOW""#),
    (
        "laptop -> lake/dfs tcp/443",
        Verdict::Allowed,
        "storageAccounts/lake/networkAcls/ipRules",
        r#"{"value":"203.0.113.200"},{"value":"203.0.113.7"}"#,
    ),
    ("adf -> lake/dfs tcp/443", Verdict::Allowed, "storageAccounts/lake/networkAcls/bypass", r#""AzureServices""#),
    ("adf -> lake/dfs tcp/443", Verdict::Allowed, "storageAccounts/lake/networkAcls/resourceAccessRules", r#""adf""#),
    ("laptop -> shut/dfs tcp/443", Verdict::Allowed, "storageAccounts/shut/publicNetworkAccess", r#""Enabled""#),
    ("hub-vm -> app tcp/443", Verdict::Denied, "virtualNetworkPeerings/to-spoke/allowVirtualNetworkAccess", "false"),
    ("hub-vm -> app tcp/443", Verdict::Denied, "routeTables/app-rt/routes", r#""nextHopType":"None""#),
    ("203.0.113.200 -> lake/dfs tcp/443", Verdict::Denied, "storageAccounts/lake/networkAcls/ipRules", "[]"),
    ("laptop -> adf tcp/443", Verdict::Denied, "factories/adf/publicNetworkAccess", r#""Disabled""#),
];

fn base(what_if: &str) -> Scenario {
    read_text(Path::new("edits.yaml"), format!("{NETWORK}{what_if}")).expect("a scenario")
}

fn sources() -> Sources {
    let mut sources = Sources::default();
    sources.add(Source::new("edits.yaml", NETWORK));
    sources
}

fn found(flow: &str, want: Verdict) -> Fix {
    asked_for(&base(""), &mut sources(), flow, want)
}

fn has(proposal: &Proposal, path: &str, value: &str) -> bool {
    let fits = |edit: &azreach::fix::Edit| edit.path.join("/").contains(path) && edit.value.to_string().contains(value);
    proposal.edits.iter().any(fits)
}

#[test]
fn each_kind_of_edit_is_proposed_where_it_helps() {
    for (flow, want, path, value) in CASES {
        let found = found(flow, *want);
        let told: Vec<String> = found.proposals.iter().map(|one| one.patch.to_string()).collect();
        assert!(found.proposals.iter().any(|one| has(one, path, value)), "{flow} {want}: {told:#?}");
        judge(&base, flow, &found);
    }
}

#[test]
fn what_is_known_by_name_alone_is_let_through_by_a_tag_and_the_proposal_says_so() {
    let mut sources = sources();
    let found = asked_for(&base(""), &mut sources, "web -> orders tcp/443", Verdict::Allowed);
    let notes: Vec<&String> =
        found.proposals.iter().flat_map(|one| &one.edits).filter_map(|edit| edit.note.as_ref()).collect();
    assert!(
        notes.iter().any(|note| note.contains("service tag AzureCosmosDB") && note.contains("not for orders")),
        "{notes:?}"
    );
    let text = report::text::fix(&found, &sources);
    assert!(text.contains("the rule is for everything in the service tag"), "{text}");
}

#[test]
fn expectations_about_the_asked_flow_flip_and_others_break() {
    let opened = found("laptop -> orders tcp/443", Verdict::Allowed);
    let first = opened.proposals.first().expect("a proposal");
    assert!(first.flips.len() == 1 && first.breaks.is_empty(), "{:?} {:?}", first.flips, first.breaks);
    // An admin rule for one port breaks nothing; a peering without access breaks what else passes it.
    let closed = found("hub-vm -> app tcp/9000", Verdict::Denied);
    let peering =
        closed.proposals.iter().find(|one| has(one, "allowVirtualNetworkAccess", "false")).expect("the peering");
    assert!(peering.flips.is_empty() && peering.breaks.len() == 1, "{:?} {:?}", peering.flips, peering.breaks);
}

#[test]
fn links_that_are_not_in_sync_are_synchronised() {
    let name = "peering-not-synced.yaml";
    let path = root("scenarios/stories").join(name);
    let base = |what_if: &str| {
        read_text(&path.with_file_name("pasted.yaml"), format!("import:\n  - scenario: {name}\n{what_if}"))
            .expect("a scenario")
    };
    let (_, scenario, _) = crate::scenarios::read(&path);
    let scenario = scenario.expect("a scenario");
    let denied = scenario.expect.iter().find_map(|one| match &one.claim {
        Claim::Verdict { want: Want::Denied, flows, .. } => flows.first().map(|(flow, _)| flow.clone()),
        _ => None,
    });
    let flow = denied.expect("a denied flow");
    let found = asked_for(&base(""), &mut Default::default(), &flow, Verdict::Allowed);
    assert!(
        found.proposals.iter().any(|one| has(one, "peeringSyncLevel", "FullyInSync")),
        "{flow}: {:?}",
        found.blockers
    );
    judge(&base, &flow, &found);
}
