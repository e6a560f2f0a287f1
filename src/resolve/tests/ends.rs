//! Ends of flows and places.

use super::*;

const MORE: &str = "    node: {networkInterfaces: {host: {subnet: hub/app, address: 10.0.0.8}, container: {subnet: hub/data, address: 10.0.1.8}}}
    byref: {networkInterfaces: {host: nic}}
  networkInterfaces: {nic: {subnet: hub/app, address: 10.0.0.9}, same: {subnet: hub/app, address: 10.0.0.10}}
  virtualMachines: {vm: {networkInterfaces: [same]}}
  publicIPAddresses: {pip: {}}
  sites: {dc: {addressPrefixes: [172.16.0.0/16], hosts: {sql: 172.16.0.4}}}
  externals: {dbx: {hostNames: [westeurope.azuredatabricks.net]}}
  appliances: {fw: {networkInterfaces: [nic]}}
";

fn names() -> Resolved {
    good(&format!("{BASE}{MORE}"))
}

#[test]
fn every_kind_of_name() {
    let resolved = names();
    let one = |text: &str| end(&resolved, text).unwrap_or_else(|error| panic!("{text}: {error:?}")).remove(0);
    let workload = |name: &str| {
        let place = resolved.model.workloads.iter().position(|one| one.label.name == name);
        Party::Workload(WorkloadId::at(place.expect(name)))
    };
    assert_eq!(one("internet"), Party::Internet);
    assert_eq!(one("tag:Storage"), Party::ServiceTag("storage".to_owned()));
    assert_eq!(one("10.0.0.4"), Party::Address("10.0.0.4".parse().unwrap()));
    assert_eq!(one("10.0.0.0/24"), Party::Prefix("10.0.0.0/24".parse().unwrap()));
    assert_eq!(one("WORKER"), workload("worker"));
    assert_eq!(one("vm"), workload("vm"));
    assert!(matches!(one("node/container"), Party::NetworkInterface(_)));
    assert_eq!(one("byref/host"), Party::NetworkInterface(NetworkInterfaceId(0)));
    assert_eq!(one("hub"), Party::VirtualNetwork(VirtualNetworkId(0)));
    assert_eq!(one("hub/app"), Party::Subnet(SubnetId(0)));
    assert_eq!(one("app"), Party::Subnet(SubnetId(0)));
    assert_eq!(one("dc"), Party::Site(SiteId(0)));
    assert_eq!(one("dc/sql"), Party::SiteHost(SiteId(0), 0));
    assert_eq!(one("dbx"), Party::External(ExternalId(0)));
    assert_eq!(one("fw"), Party::Appliance(ApplianceId(0)));
    assert_eq!(one("pip"), Party::PublicIpAddress(PublicIpAddressId(0)));
    let id = "/subscriptions/1/resourceGroups/rg/providers";
    assert_eq!(one(&format!("{id}/Microsoft.Network/virtualNetworks/hub/subnets/data")), Party::Subnet(SubnetId(1)));
    assert_eq!(one(&format!("{id}/Microsoft.Compute/virtualMachines/vm")), workload("vm"));
}

#[test]
fn host_names() {
    let resolved = names();
    assert_eq!(end(&resolved, "westeurope.azuredatabricks.net"), Ok(vec![Party::External(ExternalId(0))]));
    assert_eq!(end(&resolved, "kafka.example.org"), Ok(vec![Party::Host("kafka.example.org".to_owned())]));
    let host: End = "kafka.example.org".parse().unwrap();
    assert_eq!(resolved.names.end(&resolved.model, &host, true).unwrap_err().code, "host-as-source");
}

#[test]
fn names_that_mean_nothing() {
    let resolved = names();
    let error = end(&resolved, "wroker").unwrap_err();
    assert_eq!((error.code, error.help.as_deref()), ("unknown-end", Some("did you mean `worker`?")));
    assert_eq!(end(&resolved, "ap.p").unwrap_err().code, "unknown-end");
    assert_eq!(end_code(&resolved, "completely-different"), "unknown-end");
    assert_eq!(
        end_code(&resolved, "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/no"),
        "unknown-end"
    );
    assert_eq!(end_code(&resolved, "tag:Storag"), "unknown-service-tag");
}

#[test]
fn names_that_mean_several_things() {
    let lines = "
  virtualNetworks:
    a: {addressPrefixes: [10.0.0.0/16], subnets: {s: {addressPrefix: 10.0.0.0/24}}}
    b: {addressPrefixes: [10.0.0.0/16], subnets: {s: {addressPrefix: 10.0.0.0/24}}}
  workloads: {a: {subnet: a/s, address: 10.0.0.4}}
  externals: {one: {hostNames: [x.example.org]}, two: {hostNames: [x.example.org]}}
";
    let resolved = good(lines);
    let error = end(&resolved, "a").unwrap_err();
    assert_eq!(error.code, "ambiguous-end");
    assert_eq!(error.message, "`a` is the name of workload `a` and of virtual network `a`");
    let error = end(&resolved, "s").unwrap_err();
    assert_eq!((error.code, error.help.as_deref()), ("ambiguous-end", Some("write the whole name")));
    assert_eq!(end_code(&resolved, "x.example.org"), "ambiguous-end");
    assert_eq!(end_code(&resolved, "10.0.0.4"), "ambiguous-address");
    assert_eq!(end_code(&resolved, "10.0.0.0/24"), "ambiguous-address");
    assert!(end(&resolved, "10.0.0.0/8").is_ok());
}

#[test]
fn a_machine_and_its_one_nic_may_share_a_name() {
    let lines = format!(
        "{BASE}  networkInterfaces: {{web: {{subnet: hub/app, address: 10.0.0.9}}}}
  virtualMachines: {{web: {{networkInterfaces: [web]}}}}
  appliances: {{web: {{networkInterfaces: [web]}}}}
"
    );
    let resolved = good(&lines);
    assert_eq!(end(&resolved, "web"), Ok(vec![Party::Workload(WorkloadId(0))]));
}

#[test]
fn places() {
    let resolved = names();
    assert_eq!(place(&resolved, "hub/app"), Ok(Place::Subnet(SubnetId(0))));
    assert_eq!(place(&resolved, "nic"), Ok(Place::NetworkInterface(NetworkInterfaceId(0))));
    assert_eq!(place(&resolved, "10.0.0.9"), Ok(Place::NetworkInterface(NetworkInterfaceId(0))));
    assert_eq!(place(&resolved, "10.0.1.99"), Ok(Place::Subnet(SubnetId(1))));
    assert_eq!(place(&resolved, "fw"), Ok(Place::NetworkInterface(NetworkInterfaceId(0))));
    assert!(matches!(place(&resolved, "worker"), Ok(Place::NetworkInterface(_))));
    assert_eq!(place(&resolved, "hub").unwrap_err().code, "not-a-place");
    assert_eq!(place(&resolved, "not a place").unwrap_err().code, "bad-flow");
}
