//! NICs, machines, externals, sites, appliances.

use super::*;

const ID: &str = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network";

fn with(lines: &str) -> String {
    format!("{BASE}{lines}")
}

fn nic(keys: &str) -> String {
    with(&format!("  networkInterfaces: {{nic: {{{keys}}}}}\n"))
}

#[test]
fn a_workload_has_an_implicit_nic() {
    let model = good(BASE).model;
    let nic = &model.network_interfaces[0];
    assert_eq!((nic.label.name.as_str(), nic.implicit, nic.workload), ("worker", true, Some(WorkloadId(0))));
    assert_eq!(nic.ip_configurations[0].address, Known::Known("10.0.0.4".parse().unwrap()));
    assert_eq!(nic.ip_forwarding, Known::Known(false));
}

#[test]
fn a_workload_without_an_address_is_somewhere_in_its_subnet() {
    let model = good(&with("    other: {subnet: hub/app}\n")).model;
    let Known::Unknown(fact) = model.network_interfaces[1].ip_configurations[0].address else { panic!("known") };
    assert_eq!(model.fact(fact).text, "the address of `other`");
}

#[test]
fn machines_of_arm_are_workloads() {
    let lines = "  networkInterfaces:
    nic1: {ipConfigurations: [{name: second, properties: {subnet: {id: hub/app}, privateIPAddress: 10.0.0.6}}, {name: first, properties: {primary: true, subnet: {id: hub/app}, privateIPAddress: 10.0.0.5}}]}
    nic2: {subnet: hub/app, address: 10.0.0.7, virtualMachine: vm}
    nic3: {subnet: hub/app, address: 10.0.0.8, virtualMachine: /subscriptions/1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/elsewhere}
  virtualMachines: {vm: {properties: {networkProfile: {networkInterfaces: [{id: nic1}]}}}}
";
    let model = warned(&with(lines), &[]).model;
    assert_eq!(model.workloads[0].network_interfaces, [NetworkInterfaceId(0), NetworkInterfaceId(1)]);
    assert_eq!(model.network_interfaces[0].ip_configurations[0].address, Known::Known("10.0.0.5".parse().unwrap()));
    let bare = with("  virtualMachines: {vm: {}}\n");
    refused(&bare, &["missing-key"]);
    let shared = "  networkInterfaces: {nic: {subnet: hub/app, address: 10.0.0.5}}
  virtualMachines: {a: {networkInterfaces: [nic]}, b: {networkInterfaces: [nic]}}
";
    refused(&with(shared), &["nic-of-two-machines"]);
}

#[test]
fn what_azure_refuses_of_addresses() {
    refused(&nic("subnet: hub/app, address: 10.0.1.4"), &["address-outside-subnet"]);
    for reserved in ["10.0.0.0", "10.0.0.3", "10.0.0.255"] {
        refused(&nic(&format!("subnet: hub/app, address: {reserved}")), &["reserved-address"]);
    }
    refused(&nic("subnet: hub/app, address: 10.0.0.4"), &["address-used-twice"]);
    refused(&nic("subnet: hub/app, address: 10.11.12.13.14"), &["not-an-address"]);
    refused(&nic("networkSecurityGroup: nsg"), &["missing-key"]);
    refused(&nic("ipConfigurations: []"), &["missing-key"]);
    refused(&nic("ipConfigurations: [{name: a, privateIPAddress: 10.0.0.5}]"), &["missing-key"]);
    let two = |a: &str, b: &str| {
        nic(&format!(
            "ipConfigurations: {{a: {{subnet: hub/app, privateIPAddress: 10.0.0.5{a}}}, b: {{subnet: hub/{b}}}}}"
        ))
    };
    refused(&two("", "app, privateIPAddress: 10.0.0.6"), &["not-one-primary"]);
    refused(&two(", primary: true", "app, privateIPAddress: 10.0.0.6, primary: true"), &["not-one-primary"]);
    good(&two("", "app"));
    refused(&two(", primary: true", "data, privateIPAddress: 10.0.1.6"), &["nic-in-two-subnets"]);
}

#[test]
fn a_public_address_is_bound_once() {
    let lines = "  publicIPAddresses: {p: {sku: Standard}}
  natGateways: {nat: {publicIpAddresses: [p]}}
  networkInterfaces: {nic: {subnet: hub/app, address: 10.0.0.5, publicIPAddress: p}}
";
    refused(&with(lines), &["public-ip-bound-twice"]);
}

#[test]
fn a_public_address_outside_the_model_is_there_all_the_same() {
    let lines =
        format!("    other: {{subnet: hub/app, address: 10.0.0.5, publicIPAddress: {ID}/publicIPAddresses/far}}\n");
    let model = warned(&with(&lines), &["outside-the-model"]).model;
    let public = model.network_interfaces[1].ip_configurations[0].public_ip_address.expect("a public address");
    assert!(model.public_ip_address(public).sku.known().is_none());
}

#[test]
fn places_of_workloads() {
    refused(&with("    other: {identity: accountKey}\n"), &["missing-key"]);
    let misplaced =
        "    other: {networkInterfaces: {host: {subnet: hub/app, address: 10.0.0.5}}, networkSecurityGroup: nsg}\n";
    refused(&with(misplaced), &["key-without-subnet"]);
    let lost = format!("    other: {{networkInterfaces: [{ID}/networkInterfaces/far]}}\n");
    let resolved = warned(&with(&lost), &["outside-the-model"]);
    assert_eq!(end(&resolved, "other"), Ok(vec![Party::Unmodelled(0)]));
    let lost = format!("    other: {{subnet: {ID}/virtualNetworks/far/subnets/s, address: 10.0.0.5}}\n");
    let resolved = warned(&with(&lost), &["outside-the-model"]);
    assert_eq!(end(&resolved, "other"), Ok(vec![Party::Unmodelled(0)]));
}

#[test]
fn what_stands_outside_the_model_is_undetermined_by_every_name() {
    let far = format!("subnet: {ID}/virtualNetworks/far/subnets/s, address: 10.0.0.5");
    let lines = format!(
        "    node: {{networkInterfaces: {{host: {{{far}}}, container: {{subnet: hub/app, address: 10.0.0.6}}}}}}
  networkInterfaces: {{nic: {{{far}}}}}
  virtualMachines: {{vm: {{networkInterfaces: [nic]}}}}
"
    );
    let resolved = good(&with(&lines));
    for name in
        ["node/host", "nic", "vm", "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm"]
    {
        assert!(matches!(end(&resolved, name).unwrap()[0], Party::Unmodelled(_)), "{name}");
    }
    assert!(matches!(end(&resolved, "node").unwrap()[0], Party::Workload(_)));
}

#[test]
fn externals() {
    let lines = "\n  externals: {dbx: {addresses: [23.100.0.135, 23.0.0.0/24], hostNames: [WestEurope.azuredatabricks.net], location: West Europe, trustedService: AzureDatabricks}}\n";
    let external = &good(lines).model.externals[0];
    assert_eq!(external.addresses.len(), 2);
    assert_eq!(external.host_names, ["westeurope.azuredatabricks.net"]);
    assert_eq!(external.location.as_deref(), Some("westeurope"));
}

#[test]
fn sites() {
    let site = |keys: &str| {
        format!(
            "\n  localNetworkGateways: {{lng: {{}}}}\n  expressRouteCircuits: {{c: {{}}}}\n  sites: {{dc: {{addressPrefixes: [172.16.0.0/16], {keys}}}}}\n"
        )
    };
    let only = |keys: &str| good(&site(keys)).model.sites[0].clone();
    let dc = only("hosts: {sql: 172.16.0.4}, localNetworkGateway: lng, expressRouteCircuit: [c]");
    assert_eq!(dc.hosts, [("sql".to_owned(), "172.16.0.4".parse().unwrap())]);
    assert_eq!(
        dc.attachments,
        [
            Attachment::LocalNetworkGateway(LocalNetworkGatewayId(0)),
            Attachment::ExpressRouteCircuit(ExpressRouteCircuitId(0))
        ]
    );
    assert_eq!((dc.advertises, dc.learns), (dc.address_prefixes.clone(), None));
    assert!(matches!(dc.internet_egress, InternetEgress::Unknown(_)));
    assert_eq!(only("internetEgress: false").internet_egress, InternetEgress::No);
    assert_eq!(only("internetEgress: true").internet_egress, InternetEgress::Yes(Vec::new()));
    let addresses = vec!["20.0.0.1/32".parse().unwrap()];
    assert_eq!(only("internetEgress: [20.0.0.1]").internet_egress, InternetEgress::Yes(addresses));
    assert_eq!(only("learns: []").learns, Some(Vec::new()));
    warned(&site("hosts: {sql: 10.0.0.4}"), &["host-outside-site"]);
    refused(&site("hosts: {sql: nowhere}"), &["not-an-address"]);
}

#[test]
fn appliances() {
    let appliance =
        |keys: &str| with(&format!("  appliances: {{fw: {{subnet: hub/data, address: 10.0.1.4, {keys}}}}}\n"));
    let only = |keys: &str| good(&appliance(keys)).model.appliances[0].clone();
    let fw = only("snat: Internet");
    assert_eq!((fw.snat, fw.stateful, fw.forwarding), (Snat::Internet, true, Known::Known(true)));
    assert!(fw.rules.is_none() && fw.opaque.is_none());
    let model = good(&appliance("stateful: false")).model;
    let nic = model.network_interface(model.appliances[0].network_interfaces[0]);
    assert_eq!((nic.ip_forwarding, nic.appliance), (Known::Known(true), Some(ApplianceId(0))));
    assert!(only("opaque: true").opaque.is_some());
    let dnat = &only("dnat: [{port: 443, translatedAddress: 10.0.0.4, translatedPort: 8443, protocol: Tcp}]").dnat[0];
    assert_eq!((dnat.translated_port, dnat.protocol), (Some(8443), RuleProtocol::Tcp));
    let rules =
        only("rules: [{name: a, access: Allow}, {name: b, access: Deny, destinationAddressPrefix: 10.0.0.4}]").rules;
    let priorities: Vec<_> = rules.expect("rules").iter().map(|rule| rule.priority).collect();
    assert_eq!(priorities, [Known::Known(0), Known::Known(1)]);
    refused(&appliance("dnat: [{port: 443}]"), &["missing-key"]);
    refused(&appliance("dnat: [{to: 10.0.0.4, toPort: '80-90'}]"), &["bad-port"]);
    refused(&with("  appliances: {fw: {snat: never}}\n"), &["missing-key"]);
}
