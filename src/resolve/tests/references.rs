//! References: names, ARM ids, groups of resources, and all that can be wrong with them.

use super::*;

const ID: &str = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network";

fn subnet_with_group(reference: &str, groups: &str) -> String {
    format!(
        "
  virtualNetworks: {{hub: {{addressPrefixes: [10.0.0.0/16], subnets: {{app: {{addressPrefix: 10.0.0.0/24, networkSecurityGroup: {reference}}}}}}}}}
  networkSecurityGroups: {groups}
"
    )
}

fn group_of(reference: &str, groups: &str) -> Option<Known<NetworkSecurityGroupId>> {
    good(&subnet_with_group(reference, groups)).model.subnets[0].network_security_group
}

#[test]
fn names_and_ids_lead_to_the_same_resource_whatever_their_case() {
    let nsg = Some(Known::Known(NetworkSecurityGroupId(1)));
    let groups = "{other: {}, nsg: {}}";
    assert_eq!(group_of("NSG", groups), nsg);
    assert_eq!(group_of(&format!("{ID}/networkSecurityGroups/nsg"), groups), nsg);
    assert_eq!(group_of(&format!("{}/networksecuritygroups/NSG", ID.to_uppercase()), groups), nsg);
    assert_eq!(group_of(&format!("{{id: {ID}/networkSecurityGroups/nsg}}"), groups), nsg);
    assert_eq!(group_of("rg/nsg", groups), nsg);
}

#[test]
fn the_group_tells_names_apart() {
    let groups = "{rg1/nsg: {}, rg2/nsg: {}}";
    assert_eq!(group_of("rg2/nsg", groups), Some(Known::Known(NetworkSecurityGroupId(1))));
    let id = format!("{}/networkSecurityGroups/nsg", ID.replace("/rg/", "/rg2/"));
    assert_eq!(group_of(&id, groups), Some(Known::Known(NetworkSecurityGroupId(1))));
    assert_eq!(group_of("only", "{rg1/only: {}}"), Some(Known::Known(NetworkSecurityGroupId(0))));
    refused(&subnet_with_group("nsg", groups), &["ambiguous-reference"]);
    let (_, help) = first(&subnet_with_group("nsg", groups));
    assert_eq!(help, "write `rg1/nsg` or `rg2/nsg`");
}

#[test]
fn a_dangling_name_is_an_error_with_the_nearest_name() {
    refused(&subnet_with_group("ngs", "{nsg: {}}"), &["unknown-reference"]);
    let (message, help) = first(&subnet_with_group("ngs", "{nsg: {}}"));
    assert_eq!(message, "there is no `ngs` in networkSecurityGroups");
    assert_eq!(help, "did you mean `nsg`?");
    assert_eq!(first(&subnet_with_group("hub", "{firewall-rules: {}}")).1, "`hub` is in virtualNetworks");
    assert_eq!(first(&subnet_with_group("something", "{}")).1, "the file has no networkSecurityGroups");
}

#[test]
fn an_id_outside_the_model_is_a_fact_that_is_missing() {
    let resolved = warned(&subnet_with_group(&format!("{ID}/networkSecurityGroups/far"), "{}"), &["outside-the-model"]);
    let Some(Known::Unknown(fact)) = resolved.model.subnets[0].network_security_group else { panic!("known") };
    assert!(resolved.model.fact(fact).text.ends_with("far` is outside the model"));
}

#[test]
fn an_id_of_another_type_is_refused() {
    refused(&subnet_with_group(&format!("{ID}/routeTables/rt"), "{}"), &["wrong-resource-type"]);
    refused(&subnet_with_group(&format!("{ID}/virtualNetworks/hub/subnets/app"), "{}"), &["wrong-resource-type"]);
}

#[test]
fn subnets_are_named_with_their_network_or_alone() {
    for name in ["hub/data", "HUB/Data", "data", "rg/hub/data", &format!("{ID}/virtualNetworks/hub/subnets/data")] {
        let model = good(&format!("{BASE}    other: {{subnet: {name}, address: 10.0.1.4}}\n")).model;
        assert_eq!(model.network_interfaces[1].ip_configurations[0].subnet, SubnetId(1), "{name}");
    }
}

#[test]
fn names_are_of_letters_digits_and_a_few_marks() {
    refused("\n  routeTables: {my table: {}}\n", &["bad-name"]);
    refused("\n  routeTables: {-rt: {}}\n", &["bad-name"]);
    refused("\n  routeTables: {a/b/c/d: {}}\n", &["bad-name"]);
    good("\n  routeTables: {rg/rt_1.x-(2): {}, subscription/rg/rt: {}}\n");
}

#[test]
fn too_many_findings_do_not_hide_an_error() {
    let mut lines =
        String::from("\n  virtualNetworks:\n    hub:\n      addressPrefixes: [10.0.0.0/8]\n      subnets:\n");
    for place in 0..1100 {
        let (high, low) = (place / 256, place % 256);
        let prefix = format!("10.{high}.{low}.0/24");
        lines += &format!(
            "        s{place}: {{addressPrefix: {prefix}, networkSecurityGroup: {ID}/networkSecurityGroups/n{place}}}\n"
        );
    }
    assert!(resolved(&network(&lines)).0.is_some());
    lines += "        last: {addressPrefix: 10.200.0.0/24, networkSecurityGroup: nowhere}\n";
    let (resolved, diagnostics) = resolved(&network(&lines));
    assert!(resolved.is_none());
    assert_eq!(codes(&diagnostics, Severity::Error), ["unknown-reference"]);
}
