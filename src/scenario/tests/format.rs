//! The format: one form for every way of writing, and every code that says what is wrong.

use super::{clean, codes, found, network, one, scenario};
use crate::diagnostic::{Diagnostics, Severity};
use crate::scenario::{
    Claim, Want,
    settings::{Settings, TABLE},
};

const FLAT: &str = "
network:
  virtualNetworks:
    v:
      addressPrefixes: [10.0.0.0/16]
      subnets:
        a: {addressPrefix: 10.0.0.0/24, networkSecurityGroup: n, serviceEndpoints: [Microsoft.Sql]}
  networkSecurityGroups:
    n:
      securityRules:
        r: {priority: 100, access: Allow, protocol: '*'}
";

#[test]
fn every_way_of_writing_is_one() {
    let nested = "
network:
  virtualNetworks:
    - name: v
      id: /subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v
      etag: W/1
      type: Microsoft.Network/virtualNetworks
      tags: {a: b}
      properties:
        provisioningState: Succeeded
        addressSpace: {addressPrefixes: [10.0.0.0/16]}
        flowTimeoutInMinutes: 4
        subnets:
          - name: a
            properties:
              addressPrefix: 10.0.0.0/24
              networkSecurityGroup: {id: n}
              routeTable: null
              serviceEndpoints: [{service: Microsoft.Sql, locations: ['*']}]
              ipConfigurations: [{id: x}]
  NETWORKSECURITYGROUPS:
    n:
      properties:
        securityRules:
          - {name: r, properties: {Priority: 100, access: allow, PROTOCOL: '*', provisioningState: Succeeded}}
";
    assert_eq!(network(FLAT), network(nested));
}

#[test]
fn a_list_finds_names_in_ids() {
    let text = "network: {publicIPAddresses: [{id: /subscriptions/s/x/publicIPAddresses/pip, sku: {name: Standard, tier: Regional}}]}";
    assert_eq!(network(text), "{publicIPAddresses:{pip:{sku:Standard}}}");
    one("network: {publicIPAddresses: [{sku: Standard}]}", "missing-name", "{sku: Standard}");
    one("network: {publicIPAddresses: [{name: a}, {name: A}]}", "duplicate-key", "A");
}

#[test]
fn unnamed_items_are_numbered_where_names_do_not_matter() {
    let text =
        "network: {appliances: {fw: {rules: [{access: Deny}, {name: x, access: Allow}], networkInterfaces: [nic]}}}";
    assert_eq!(network(text), "{appliances:{fw:{rules:{0:{access:Deny},x:{access:Allow}},networkInterfaces:{0:nic}}}}");
}

#[test]
fn unknown_keys_name_the_nearest() {
    let text = "network: {virtualNetworks: {v: {subnets: {a: {networkSecurityGruop: n, adressPrefix: x}}}}}";
    let (_, diagnostics) = scenario(text);
    let helps: Vec<_> = diagnostics.iter().map(|problem| problem.help.as_deref().unwrap()).collect();
    assert_eq!(helps, ["did you mean `networkSecurityGroup`?", "did you mean `addressPrefix`?"]);
    one("network: {virtualNetwork: {}}", "unknown-key", "virtualNetwork");
    one("network: {virtualNetworks: {v: {$odd: 1}}}", "unknown-key", "$odd");
    one("network: {virtualNetworks: {v: {addressSpace: {prefixes: 1}}}}", "unknown-key", "prefixes");
    one("networks: {}", "unknown-key", "networks");
    one("expect: [{allowed: a -> b, bye: x}]", "unknown-key", "bye");
    one("expect: [{allowed: {any: [a -> b]}}]", "unknown-key", "any");
}

#[test]
fn wrong_types_come_together() {
    let text = "
network:
  virtualNetworks:
    v: {location: [a], subnets: {a: text}, virtualNetworkPeerings: 3}
  routeTables: nothing
  networkSecurityGroups:
    n: {flushConnection: maybe, securityRules: {r: {priority: {a: 1}, access: Maybe}}}
";
    let places: Vec<_> = found(text).into_iter().map(|(code, at)| format!("{code} {at}")).collect();
    assert_eq!(
        places,
        [
            "wrong-type [a]",
            "wrong-type text",
            "wrong-type 3",
            "wrong-type nothing",
            "wrong-type maybe",
            "wrong-type {a: 1}",
            "bad-value Maybe"
        ]
    );
}

#[test]
fn keys_from_two_places() {
    one("network: {routeTables: {t: {location: a, properties: {location: b}}}}", "duplicate-key", "location");
    one(
        "network: {virtualNetworks: {v: {addressPrefixes: [a], addressSpace: {addressPrefixes: [b]}}}}",
        "duplicate-key",
        "addressPrefixes",
    );
}

#[test]
fn null_is_absent() {
    let text = "network: {applicationSecurityGroups: {a: , b: {}}, routeTables: null}";
    let (scenario, diagnostics) = scenario(text);
    assert_eq!(super::words(&scenario.unwrap().network), "{applicationSecurityGroups:{b:{}}}");
    let problem = diagnostics.iter().next().unwrap();
    assert_eq!((problem.code, problem.severity), ("null-is-absent", Severity::Warning));
    assert_eq!(
        network("network: {networkSecurityGroups: {n: {defaultSecurityRules: {X: null}}}}"),
        "{networkSecurityGroups:{n:{defaultSecurityRules:{X:null}}}}"
    );
}

#[test]
fn unknown_values_and_origins() {
    let text = "
network:
  networkSecurityGroups:
    n:
      $origin: main.tf:3:1
      securityRules:
        r: {priority: {$unknown: no value, at: 'a.json:1:2'}, $origin: 'main.tf:9:1', sourceAddressPrefixes: [{$unknown: x}]}
";
    let read = clean(text);
    let nsg = read.network.get("networkSecurityGroups").unwrap().get("n").unwrap();
    assert_eq!(nsg.origin.as_deref(), Some("main.tf:3:1"));
    let rule = nsg.get("securityRules").unwrap().get("r").unwrap();
    assert_eq!(rule.origin.as_deref(), Some("main.tf:9:1"));
    assert_eq!(super::words(rule), "{priority:?no value,sourceAddressPrefixes:[?x]}");
    one("network: {routeTables: {t: {location: {$unknown: a, where: b}}}}", "unknown-key", "where");
}

#[test]
fn unmodelled_resources_keep_anything() {
    let text = "network: {registries: [{name: acr, properties: {networkRuleSet: {defaultAction: Deny, odd: [1]}}}]}";
    assert_eq!(network(text), "{registries:{acr:{name:acr,properties:{networkRuleSet:{defaultAction:Deny,odd:[1]}}}}}");
}

#[test]
fn expectations() {
    let read = clean(
        "
expect:
  - {allowed: a -> b tcp/1, by: n/r, reason: because}
  - denied: {all: [a -> b, c -> d]}
  - nextHop: {at: a, to: 1.2.3.4, is: Internet, by: route rt/x}
  - routes: {at: v/a, has: [{addressPrefix: 0.0.0.0/0}], lacks: []}
  - tag: {name: VirtualNetwork, at: a, has: [10.0.0.0/8]}
",
    );
    let claims: Vec<&Claim> = read.expect.iter().map(|expectation| &expectation.claim).collect();
    assert!(matches!(claims[0], Claim::Verdict { want: Want::Allowed, flows } if flows[0].0 == "a -> b tcp/1"));
    assert!(matches!(claims[1], Claim::Verdict { want: Want::Denied, flows } if flows.len() == 2));
    assert!(matches!(claims[2], Claim::NextHop { is: Some((word, _)), .. } if word == "Internet"));
    assert!(matches!(claims[3], Claim::Routes { has, lacks, .. } if has.len() == 1 && lacks.is_empty()));
    assert!(matches!(claims[4], Claim::Tag { has, .. } if has.len() == 1));
    assert_eq!(read.expect[0].by.as_ref().unwrap().0, "n/r");
    assert_eq!(read.expect[0].reason.as_deref(), Some("because"));
}

#[test]
fn bad_expectations() {
    one("expect: [{by: x}]", "expectation-without-claim", "{by: x}");
    one("expect: [{allowed: []}]", "expectation-without-claim", "allowed");
    one("expect: [{allowed: a -> b, denied: a -> c}]", "several-claims", "denied");
    one("expect: {allowed: a}", "wrong-type", "{allowed: a}");
    one("expect: [a -> b]", "wrong-type", "a -> b");
    one("expect: [{allowed: a -> b, by: [x]}]", "wrong-type", "[x]");
    one("expect: [{allowed: [[a]]}]", "wrong-type", "[a]");
    one("expect: [{denied: a -> b, via: fw}]", "via-without-allowed", "fw");
    one("expect: [{nextHop: {at: a, to: b, is: c}, notVia: fw}]", "via-without-allowed", "fw");
    one("expect: [{allowed: a -> b, via: []}]", "missing-key", "[]");
    one("expect: [{allowed: a -> b, via: [[fw]]}]", "wrong-type", "[fw]");
    one("expect: [{only: {from: a, to: b}}]", "missing-key", "{from: a, to: b}");
    one("expect: [{only: {from: [], to: b, flows: []}}]", "missing-key", "{from: [], to: b, flows: []}");
    one("expect: [{only: {from: a, to: b, flows: [], x: y}}]", "unknown-key", "x");
    one("expect: [{only: {from: a, to: b, flows: [443]}}]", "unquoted-flow", "443");
    one("expect: [{only: {from: a, to: b, flows: []}, by: nsg}]", "bad-value", "nsg");
    one("expect: [{nextHop: {at: a, is: Internet}}]", "missing-key", "{at: a, is: Internet}");
    one("expect: [{nextHop: {at: a, to: b}}]", "missing-key", "{at: a, to: b}");
    one("expect: [{routes: {at: a}}]", "missing-key", "{at: a}");
    one("expect: [{routes: {at: a, has: [{}]}}]", "missing-key", "{}");
    one("expect: [{routes: {at: a, has: [x]}}]", "wrong-type", "x");
    one("expect: [{tag: {name: x, has: [[y]]}}]", "wrong-type", "[y]");
}

#[test]
fn the_other_top_level_keys() {
    let read =
        clean("name: n\nserviceTags: builtin\ngroups: {g: [a], h: {of: [g], except: [b]}}\nrefused: [unknown-key]\n");
    assert_eq!(read.groups.len(), 2);
    assert_eq!(read.refused, Some(vec!["unknown-key".to_owned()]));
    assert_eq!(clean("refused: []").refused, Some(Vec::new()));
    assert_eq!(codes("name: [a]\ngroups: 3\nsettings: x\nwhatIf: [a]\nrefused: [[a]]\n"), ["wrong-type"; 5]);
    assert_eq!(codes("groups: {g: [[a]], h: {off: [a]}}"), ["wrong-type", "unknown-key"]);
}

#[test]
fn settings() {
    let of = |text: &str| {
        let mut diagnostics = Diagnostics::default();
        let settings = Settings::of(&clean(text).settings, &mut diagnostics);
        (settings, diagnostics.iter().map(|problem| problem.code).collect::<Vec<_>>())
    };
    assert_eq!(of("name: x").0, Settings::default());
    for (name, values) in TABLE {
        assert_eq!(of(&format!("settings: {{{name}: {}}}", values[0])).1, [""; 0]);
        assert_eq!(of(&format!("settings: {{{name}: {}}}", values[1].to_uppercase())).1, [""; 0]);
        assert_eq!(of(&format!("settings: {{{name}: perhaps}}")).1, ["bad-setting-value"]);
    }
    assert!(of("settings: {expressRouteVnetToVnet: on}").0.express_route_vnet_to_vnet);
    assert_eq!(of("settings: {peeringForwardFlag: strict}").1, ["unknown-setting"]);
    assert_eq!(of("settings: {peeringForwardedFlag: [strict]}").1, ["bad-setting-value"]);
}
