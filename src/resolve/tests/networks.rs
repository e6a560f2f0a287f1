//! VNETs, subnets, peerings, public addresses, NAT gateways.

use super::*;

const ID: &str = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network";

fn subnets(keys: &str) -> String {
    format!("\n  virtualNetworks: {{hub: {{addressPrefixes: [10.0.0.0/16, 'fd00::/48'], subnets: {{{keys}}}}}}}\n")
}

#[test]
fn arm_defaults() {
    let model = good(BASE).model;
    assert_eq!(model.virtual_networks[0].location.as_deref(), Some("westeurope"));
    let purposes: Vec<SubnetPurpose> = model.subnets.iter().map(|subnet| subnet.purpose).collect();
    assert_eq!(purposes, [SubnetPurpose::Ordinary, SubnetPurpose::Ordinary, SubnetPurpose::Gateway]);
    assert_eq!(model.subnets[0].default_outbound_access, Known::Known(true));
    let late = good(
        "\n  virtualNetworks: {v: {apiVersion: 2026-05-01, addressPrefixes: [10.0.0.0/16], subnets: {s: {addressPrefix: 10.0.0.0/24}}}}\n",
    );
    assert_eq!(late.model.subnets[0].default_outbound_access, Known::Known(false));
    let public = good("\n  publicIPAddresses: {p: {}}\n").model.public_ip_addresses[0].clone();
    assert_eq!(public.sku, Known::Known(PublicIpSku::Basic));
    assert!(public.address.known().is_none());
}

#[test]
fn address_spaces() {
    let space = |list: &str| format!("\n  virtualNetworks: {{v: {{addressPrefixes: [{list}]}}}}\n");
    refused(
        &space("10.0.0.0/8, 10.1.0.0/16, 10.2.0.0/16"),
        &["overlapping-address-space", "overlapping-address-space"],
    );
    for range in ["224.0.0.0/4", "127.0.0.0/8", "169.254.0.0/24", "168.63.129.0/24", "255.255.255.255/32"] {
        refused(&space(range), &["disallowed-address-space"]);
    }
    refused(&space("10.10.10.10"), &["not-a-prefix"]);
    refused(&space("10.0.0.1/8"), &["host-bits"]);
    refused("\n  virtualNetworks: {v: {}}\n", &["missing-key"]);
    refused("\n  virtualNetworks: {v: {}, w: {}}\n", &["missing-key", "missing-key"]);
}

#[test]
fn what_azure_refuses_of_subnets() {
    refused(&subnets("s: {addressPrefix: 10.1.0.0/24}"), &["subnet-outside-virtual-network"]);
    refused(&subnets("s: {addressPrefix: 10.0.0.0/30}"), &["subnet-too-small"]);
    refused(&subnets("s: {addressPrefix: 'fd00::/65'}"), &["ipv6-subnet-not-64"]);
    refused(&subnets("s: {addressPrefix: 10.0.4.0/24--no-wait}"), &["not-a-prefix"]);
    refused(&subnets("s: {}"), &["missing-key"]);
    let three = "a: {addressPrefix: 10.0.0.0/20}, b: {addressPrefix: 10.0.1.0/24}, c: {addressPrefix: 10.0.2.0/24}";
    refused(&subnets(three), &["overlapping-subnets", "overlapping-subnets"]);
    let both = "s: {addressPrefix: 10.0.0.0/24, serviceEndpoints: [Microsoft.Storage, Microsoft.Storage.Global]}";
    refused(&subnets(both), &["both-storage-endpoints"]);
    let across = "\n  virtualNetworks: {v: {addressPrefixes: [10.0.0.0/24, 10.0.1.0/24], subnets: {s: {addressPrefix: 10.0.0.0/23}}}}\n";
    refused(across, &["subnet-outside-virtual-network"]);
}

#[test]
fn platform_subnets() {
    let with = |name: &str, keys: &str| {
        subnets(&format!("{name}: {{addressPrefix: 10.0.0.0/26, {keys}}}"))
            + "  networkSecurityGroups: {nsg: {}}\n  routeTables: {rt: {}}\n"
    };
    refused(&with("AzureBastionSubnet", "routeTable: rt"), &["route-table-not-allowed"]);
    refused(&with("RouteServerSubnet", "routeTable: rt"), &["route-table-not-allowed"]);
    refused(&with("RouteServerSubnet", "networkSecurityGroup: nsg"), &["network-security-group-not-allowed"]);
    refused(&with("AzureFirewallSubnet", "networkSecurityGroup: nsg"), &["network-security-group-not-allowed"]);
    // Accepted, and the gateway does not work then: `compile` says so (F38).
    warned(&with("GatewaySubnet", "networkSecurityGroup: nsg"), &[]);
}

#[test]
fn nat_gateways_take_no_basic_address() {
    let nat = |sku: &str| {
        format!("\n  publicIPAddresses: {{p: {{sku: {sku}}}}}\n  natGateways: {{nat: {{publicIpAddresses: [p]}}}}\n")
    };
    refused(&nat("Basic"), &["nat-gateway-with-basic-public-ip"]);
    good(&nat("Standard"));
    refused(&nat("Premium"), &["bad-value"]);
    let beside = subnets("s: {addressPrefix: 10.0.0.0/24, natGateway: nat}")
        + "  natGateways: {nat: {}}\n  publicIPAddresses: {p: {}}\n"
        + "  workloads: {w: {subnet: hub/s, address: 10.0.0.4, publicIPAddress: p}}\n";
    refused(&beside, &["nat-gateway-with-basic-public-ip"]);
}

#[test]
fn a_nat_gateway_outside_the_model_still_carries_traffic() {
    let lines = subnets(&format!("s: {{addressPrefix: 10.0.0.0/24, natGateway: {ID}/natGateways/far}}"));
    let model = warned(&lines, &["outside-the-model"]).model;
    let nat = model.nat_gateway(model.subnets[0].nat_gateway.expect("a NAT gateway"));
    assert_eq!(nat.label.name, "far");
    assert!(model.public_ip_address(nat.public_ip_addresses[0]).address.known().is_none());
}

#[test]
fn a_public_prefix_of_a_nat_gateway_has_addresses_that_are_not_known() {
    let lines = format!("\n  natGateways: {{nat: {{publicIpPrefixes: [20.0.0.0/30, {ID}/publicIPPrefixes/x]}}}}\n");
    let nat = &good(&lines).model.nat_gateways[0];
    assert_eq!((nat.public_ip_prefixes.len(), nat.public_ip_addresses.len()), (1, 1));
}

fn peered(a: &str, b: &str, more: &str) -> String {
    format!(
        "
  virtualNetworks:
    a: {{addressPrefixes: [10.0.0.0/16], subnets: {{GatewaySubnet: {{addressPrefix: 10.0.0.0/27}}}}, virtualNetworkPeerings: {{{a}}}}}
    b: {{addressPrefixes: [10.1.0.0/16], virtualNetworkPeerings: {{{b}}}}}
    c: {{addressPrefixes: [10.1.0.0/24]}}
{more}"
    )
}

const TO_A: &str = "to-a: {remoteVirtualNetwork: a}";
const TO_B: &str = "to-b: {remoteVirtualNetwork: b}";

#[test]
fn peerings_are_paired() {
    let model = good(&peered(TO_B, TO_A, "")).model;
    assert_eq!(model.peerings[0].reverse, Some(PeeringId(1)));
    assert!(model.peerings.iter().all(|link| link.state == PeeringState::Connected));
    assert_eq!(model.peerings[0].allow_virtual_network_access, Known::Known(true));
    assert_eq!(model.peerings[0].allow_forwarded_traffic, Known::Known(false));

    let alone = warned(&peered(TO_B, "", ""), &["peering-not-connected"]).model;
    assert_eq!((alone.peerings[0].reverse, alone.peerings[0].state), (None, PeeringState::Initiated));

    let written = TO_A.replace('}', ", peeringState: Disconnected}");
    let model = good(&peered(TO_B, &written, "")).model;
    assert_eq!(model.peerings[1].state, PeeringState::Disconnected);

    let far = format!("far: {{remoteVirtualNetwork: {ID}/virtualNetworks/far}}");
    let model = warned(&peered(&far, "", ""), &["outside-the-model"]).model;
    assert!(model.peerings[0].remote.known().is_none());
}

#[test]
fn a_link_out_of_sync_keeps_its_own_picture() {
    let link = |level: &str| {
        format!(
            "to-b: {{remoteVirtualNetwork: b, peeringSyncLevel: {level}, remoteAddressSpace: {{addressPrefixes: [10.1.0.0/17]}}}}"
        )
    };
    let space = |level: &str| good(&peered(&link(level), TO_A, "")).model.peerings[0].remote_address_space.clone();
    assert_eq!(space("LocalNotInSync"), Some(vec!["10.1.0.0/17".parse().unwrap()]));
    assert_eq!(space("FullyInSync"), None);
}

#[test]
fn what_azure_refuses_of_peerings() {
    let twice = format!("{TO_B}, again: {{remoteVirtualNetwork: b}}");
    refused(&peered("to-a: {remoteVirtualNetwork: a}", "", ""), &["peering-with-itself"]);
    refused(&peered("x: {}", "", ""), &["missing-key"]);
    let (_, diagnostics) = resolved(&network(&peered(&twice, TO_A, "")));
    assert_eq!(codes(&diagnostics, Severity::Error), ["duplicate-peering"]);
    let (_, diagnostics) = resolved(&network(&peered(&format!("{TO_B}, to-c: {{remoteVirtualNetwork: c}}"), TO_A, "")));
    assert_eq!(codes(&diagnostics, Severity::Error), ["overlapping-peering"]);
    let (_, diagnostics) = resolved(&network(&peered("", "to-c: {remoteVirtualNetwork: c}", "")));
    assert_eq!(codes(&diagnostics, Severity::Error), ["overlapping-peering"]);

    let using = TO_B.replace('}', ", useRemoteGateways: true}");
    let gateway = "  virtualNetworkGateways: {gw: {virtualNetwork: a}}\n";
    let (_, diagnostics) = resolved(&network(&peered(&using, TO_A, gateway)));
    assert_eq!(codes(&diagnostics, Severity::Error), ["own-and-remote-gateway"]);
    warned(&peered(&using, TO_A, ""), &["no-remote-gateway"]);
    // A Route Server offers its routes like a gateway.
    let served = peered(TO_B, &TO_A.replace('}', ", useRemoteGateways: true}"), "")
        .replace("GatewaySubnet", "RouteServerSubnet");
    warned(&served, &[]);

    let hub = |name: &str, range: &str| {
        format!(
            "    {name}: {{addressPrefixes: [{range}], virtualNetworkPeerings: {{to-s: {{remoteVirtualNetwork: s}}}}}}\n"
        )
    };
    let spoke = "    s: {addressPrefixes: [10.9.0.0/16], virtualNetworkPeerings: {one: {remoteVirtualNetwork: h1, useRemoteGateways: true}, two: {remoteVirtualNetwork: h2, useRemoteGateways: true}}}\n";
    let lines = format!("\n  virtualNetworks:\n{}{}{spoke}", hub("h1", "10.1.0.0/16"), hub("h2", "10.2.0.0/16"));
    let (_, diagnostics) = resolved(&network(&lines));
    assert_eq!(codes(&diagnostics, Severity::Error), ["several-remote-gateways"]);
}
