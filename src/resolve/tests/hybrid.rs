//! Gateways, connections, circuits.

use super::*;

const ID: &str = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network";

fn with(lines: &str) -> String {
    format!("{BASE}{lines}")
}

#[test]
fn a_gateway_with_arms_defaults() {
    let model =
        good(&with("  virtualNetworkGateways: {gw: {ipConfigurations: {one: {subnet: hub/GatewaySubnet}}}}\n")).model;
    let gateway = &model.virtual_network_gateways[0];
    assert_eq!((gateway.virtual_network, gateway.gateway_type), (VirtualNetworkId(0), GatewayType::Vpn));
    assert_eq!((gateway.asn, gateway.enable_bgp, gateway.policy_based), (65515, false, false));
    assert_eq!(model.virtual_networks[0].gateways, [VirtualNetworkGatewayId(0)]);
}

#[test]
fn where_a_gateway_stands() {
    refused(&with("  virtualNetworkGateways: {gw: {}}\n"), &["missing-key"]);
    let app = "  virtualNetworkGateways: {gw: {ipConfigurations: {one: {subnet: hub/app}}}}\n";
    refused(&with(app), &["gateway-without-subnet"]);
    let bare = "
  virtualNetworks: {v: {addressPrefixes: [10.0.0.0/16]}}
  virtualNetworkGateways: {gw: {virtualNetwork: v}}
";
    refused(bare, &["gateway-without-subnet"]);
    let two = "  virtualNetworkGateways: {a: {virtualNetwork: hub}, b: {virtualNetwork: hub}}\n";
    refused(&with(two), &["several-gateways"]);
    good(&with(
        "  virtualNetworkGateways: {a: {virtualNetwork: hub}, b: {virtualNetwork: hub, gatewayType: ExpressRoute}}\n",
    ));
}

#[test]
fn a_gateway_of_an_unknown_network_does_not_shift_the_others() {
    let lines = format!(
        "  virtualNetworkGateways:
    far: {{virtualNetwork: {ID}/virtualNetworks/far}}
    near: {{virtualNetwork: hub}}
  localNetworkGateways: {{lng: {{addressPrefixes: [10.9.0.0/16], gatewayIpAddress: 1.2.3.4}}}}
  connections:
    c: {{virtualNetworkGateway1: near, localNetworkGateway2: lng}}
    d: {{virtualNetworkGateway1: near, virtualNetworkGateway2: far}}
"
    );
    let model = warned(&with(&lines), &["outside-the-model"]).model;
    assert_eq!(model.virtual_network_gateway(model.connections[0].gateway).label.name, "near");
    assert!(matches!(model.connections[1].target, ConnectionTarget::Unknown(_)));
}

#[test]
fn connections_lead_to_what_their_gateway_speaks() {
    let lines = |connection: &str| {
        with(&format!(
            "  virtualNetworkGateways: {{vpn: {{virtualNetwork: hub}}, er: {{virtualNetwork: hub, gatewayType: ExpressRoute}}}}
  localNetworkGateways: {{lng: {{addressPrefixes: [10.9.0.0/16]}}}}
  expressRouteCircuits: {{circuit: {{}}}}
  connections: {{c: {{{connection}}}}}
"
        ))
    };
    good(&lines("virtualNetworkGateway1: vpn, localNetworkGateway2: lng"));
    good(&lines("virtualNetworkGateway1: er, peer: circuit"));
    refused(&lines("virtualNetworkGateway1: er, localNetworkGateway2: lng"), &["connection-mismatch"]);
    refused(&lines("virtualNetworkGateway1: vpn, peer: circuit"), &["connection-mismatch"]);
    refused(&lines("virtualNetworkGateway1: vpn, virtualNetworkGateway2: er"), &["connection-mismatch"]);
    refused(&lines("virtualNetworkGateway1: vpn, localNetworkGateway2: lng, peer: circuit"), &["connection-mismatch"]);
    refused(&lines("virtualNetworkGateway1: vpn"), &["missing-key"]);
    refused(&lines("localNetworkGateway2: lng"), &["missing-key"]);
}

#[test]
fn local_network_gateways() {
    let lng = |keys: &str| format!("\n  localNetworkGateways: {{lng: {{{keys}}}}}\n");
    refused(&lng("addressPrefixes: [192.168.0.0]"), &["not-a-prefix"]);
    refused(&lng("bgpSettings: {asn: 0}"), &["bad-value"]);
    refused(&lng("bgpSettings: {asn: many}"), &["bad-value"]);
    assert!(good(&lng("bgpSettings: {asn: 65010}")).model.local_network_gateways[0].bgp);
}

#[test]
fn global_reach_short_or_as_arm_nests_it() {
    let reach = |keys: &str| {
        let lines = format!("\n  expressRouteCircuits: {{a: {{{keys}}}, b: {{}}}}\n");
        good(&lines).model.express_route_circuits[0].global_reach.clone()
    };
    assert_eq!(reach("globalReach: [b]"), [ExpressRouteCircuitId(1)]);
    let nested = format!(
        "peerings: [{{name: AzurePrivatePeering, properties: {{connections: [{{name: c, properties: {{peerExpressRouteCircuitPeering: {{id: {ID}/expressRouteCircuits/b/peerings/AzurePrivatePeering}}}}}}]}}}}]"
    );
    assert_eq!(reach(&nested), [ExpressRouteCircuitId(1)]);
}
