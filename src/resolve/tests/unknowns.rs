//! Values that the file calls unknown, and resources that are not modelled yet.

use super::*;

const UNKNOWN: &str = "{$unknown: 'parameter p has no value', at: 'azuredeploy.json:14:7'}";

#[test]
fn an_unknown_value_is_a_fact_with_its_place() {
    let lines = BASE.replace("address: 10.0.0.4", &format!("address: {UNKNOWN}"));
    let model = good(&lines).model;
    let Known::Unknown(fact) = model.network_interfaces[0].ip_configurations[0].address else { panic!("known") };
    assert_eq!(model.fact(fact).text, "parameter p has no value");
    let place = model.fact(fact).origin.as_ref().expect("a place");
    assert!(matches!(place, crate::diagnostic::Origin::Foreign(at, _) if at == "azuredeploy.json:14:7"));
}

#[test]
fn what_azreach_cannot_do_without_is_refused_when_unknown() {
    refused(&BASE.replace("addressPrefix: 10.0.1.0/24", &format!("addressPrefix: {UNKNOWN}")), &["value-not-known"]);
    refused(&format!("\n  sites: {{dc: {{addressPrefixes: [{UNKNOWN}]}}}}\n"), &["value-not-known"]);
    refused(&format!("\n  sites: {{dc: {{hosts: {{sql: {UNKNOWN}}}}}}}\n"), &["value-not-known"]);
    refused(&format!("\n  localNetworkGateways: {{l: {{bgpSettings: {{asn: {UNKNOWN}}}}}}}\n"), &["value-not-known"]);
}

#[test]
fn an_appliance_of_which_a_part_is_unknown_is_opaque() {
    for keys in [format!("snat: {UNKNOWN}"), format!("dnat: [{{to: {UNKNOWN}}}]"), format!("opaque: {UNKNOWN}")] {
        let lines = format!("{BASE}  appliances: {{fw: {{subnet: hub/data, address: 10.0.1.4, {keys}}}}}\n");
        assert!(good(&lines).model.appliances[0].opaque.is_some(), "{keys}");
    }
}

#[test]
fn an_unknown_flag_is_unknown_or_its_default_with_a_warning() {
    let table = format!("\n  routeTables: {{rt: {{disableBgpRoutePropagation: {UNKNOWN}}}}}\n");
    assert!(good(&table).model.route_tables[0].disable_bgp_route_propagation.known().is_none());
    warned(
        &format!("\n  networkSecurityGroups: {{n: {{flushConnection: {UNKNOWN}}}}}\n"),
        &["unknown-taken-as-default"],
    );
}

#[test]
fn what_is_not_modelled_yet_is_noted_once_per_kind() {
    let lines = format!(
        "{BASE}  managedInstances:
    agw: {{frontendIPConfigurations: [{{privateIPAddress: 10.0.1.7, subnet: {{id: hub/data}}}}]}}
  registries: {{acr: {{networkRuleSet: {{defaultAction: Deny}}}}, other: {{}}}}
"
    );
    let (resolved, diagnostics) = resolved(&network(&lines));
    assert_eq!(codes(&diagnostics, Severity::Note), ["not-modelled-yet", "not-modelled-yet"]);
    let resolved = resolved.expect("a model");
    let lb = &resolved.model.unmodelled[0];
    assert_eq!((lb.kind.as_str(), &lb.subnets[..]), ("managedInstances", &[SubnetId(1)][..]));
    assert_eq!(lb.addresses, ["10.0.1.7".parse::<std::net::IpAddr>().unwrap()]);
    assert_eq!(resolved.model.fact(lb.fact).text, "managedInstances `agw` is not modelled yet");
    for name in [
        "acr",
        "acr/registry",
        "/subscriptions/1/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/acr",
    ] {
        assert_eq!(end(&resolved, name), Ok(vec![Party::Unmodelled(1)]), "{name}");
    }
}

#[test]
fn keys_that_are_not_modelled_are_said() {
    let cases = [
        (
            "virtualNetworkGateways: {gw: {virtualNetwork: hub, customRoutes: {addressPrefixes: [10.7.0.0/16]}}}",
            "not-modelled-yet",
        ),
        ("applicationSecurityGroups: {n: {$notModelled: [flushEverything]}}", "import-not-modelled"),
        (
            "networkInterfaces: {n: {ipConfigurations: {a: {subnet: hub/app, $notModelled: [ipConfigurations.overlay]}}}}",
            "import-not-modelled",
        ),
    ];
    for (line, code) in cases {
        warned(&format!("{BASE}  {line}\n"), &[code]);
    }
}
