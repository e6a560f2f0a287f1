//! Route tables.

use super::*;

fn route(keys: &str) -> String {
    format!("\n  routeTables: {{rt: {{routes: {{r: {{{keys}}}}}}}}}\n")
}

fn only(keys: &str) -> Route {
    good(&route(keys)).model.route_tables[0].routes[0].clone()
}

#[test]
fn a_route_is_read() {
    let route = only("addressPrefix: 0.0.0.0/0, nextHopType: virtualappliance, nextHopIpAddress: 10.0.0.4");
    assert_eq!(route.address_prefix, Known::Known(RoutePrefix::Prefix("0.0.0.0/0".parse().unwrap())));
    assert_eq!(route.next_hop_type, Known::Known(NextHopType::VirtualAppliance));
    assert_eq!(route.next_hop_ip_address, Some(Known::Known("10.0.0.4".parse().unwrap())));
    assert_eq!(only("addressPrefix: 10.0.0.0/8, nextHopType: None, nextHopIpAddress: ''").next_hop_ip_address, None);
    assert_eq!(
        only("addressPrefix: Storage, nextHopType: Internet").address_prefix,
        Known::Known(RoutePrefix::ServiceTag("Storage".to_owned()))
    );
    let model = good("\n  routeTables: {rt: {}}\n").model;
    assert_eq!(model.route_tables[0].disable_bgp_route_propagation, Known::Known(false));
}

#[test]
fn what_azure_refuses_in_a_route() {
    let internet = |prefix: &str| route(&format!("addressPrefix: {prefix}, nextHopType: Internet"));
    refused(&internet("10.11.12.13/8"), &["host-bits"]);
    refused(&internet("10.10.10.10"), &["not-a-prefix"]);
    refused(&internet("168.63.129.16/32"), &["restricted-prefix"]);
    refused(&internet("VirtualNetwork"), &["tag-not-routable"]);
    refused(&internet("Storag"), &["unknown-service-tag"]);
    refused(&route("addressPrefix: 10.0.0.0/8"), &["missing-key"]);
    refused(&route("nextHopType: Internet"), &["missing-key"]);
    refused(&route("{}".trim_matches(['{', '}'])), &["missing-key", "missing-key"]);
    refused(&route("addressPrefix: 10.0.0.0/8, nextHopType: VNetPeering"), &["bad-next-hop-type"]);
    refused(&route("addressPrefix: 10.0.0.0/8, nextHopType: VirtualAppliance"), &["appliance-without-address"]);
    let with_address = |kind: &str, address: &str| {
        route(&format!("addressPrefix: 10.0.0.0/8, nextHopType: {kind}, nextHopIpAddress: '{address}'"))
    };
    refused(&with_address("None", "10.0.0.4"), &["next-hop-address-without-appliance"]);
    refused(&with_address("VirtualAppliance", "fd00::4"), &["mixed-address-families"]);
    refused(&with_address("VirtualAppliance", "10.0.0.257"), &["not-an-address"]);
}

#[test]
fn what_azure_refuses_in_a_table() {
    let routes = |list: &[String]| format!("\n  routeTables: {{rt: {{routes: {{{}}}}}}}\n", list.join(", "));
    let one = |name: &str, prefix: &str| format!("{name}: {{addressPrefix: {prefix}, nextHopType: Internet}}");
    refused(&routes(&[one("a", "10.0.0.0/8"), one("b", "10.0.0.0/8")]), &["duplicate-route-prefix"]);
    refused(&routes(&[one("a", "Storage"), one("b", "storage")]), &["duplicate-route-prefix"]);
    let tags: Vec<String> = ServiceTags::builtin()
        .iter()
        .take(26)
        .enumerate()
        .map(|(place, tag)| one(&format!("r{place}"), &tag.name))
        .collect();
    refused(&routes(&tags), &["too-many-tag-routes"]);
    good(&routes(&tags[..25]));
}
