//! What Azure refused, azreach refuses, and names the field.
//!
//! In: small requests of our own, one for each of Azure's codes; the collected requests, where they lie beside the
//! repository. Out: a failure that names the code.

use crate::scenarios::root;
use azreach::{
    diagnostic::{Diagnostics, Severity, Source, Sources},
    import,
    scenario::Scenario,
    suite,
    tags::ServiceTags,
};
use serde_json::{Value, json};
use std::fs;

const GROUP: &str = "/subscriptions/5a7b0c1d-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.Network";

/// Codes that depend on more than the request: on the region, the subscription, the provider's catalogue, on what was
/// there before, or on how Azure was at the time.
const NOT_OF_THE_REQUEST: [(&str, &str); 10] = [
    ("ApplicationGatewayFeatureCannotBeEnabledForSelectedSku", "a preview of the time"),
    ("ExpressRouteCircuitServiceProviderDoesNotExist", "the catalogue of providers"),
    ("InUseDdosProtectionPlanCannotBeDeleted", "what was there before"),
    ("InUseSubnetCannotBeDeleted", "what was there before"),
    ("InvalidGatewaySkuSpecifiedForGatewayDeploymentType", "the region, for VPN gateways"),
    ("IpConfigProfileCannotReferToSubnetInUseWithResource", "what was there before"),
    ("LoadBalancingRulesNotSupportedOnSecondaryIpConfigurations", "allowed since"),
    ("LocalNetworkGatewayIpAddressCannotBeUpdated", "what was there before"),
    ("ResourceAvailabilityZonesCannotBeModified", "what was there before"),
    ("ResourceTypeNotSupportAvailabilityZones", "the region"),
];

/// A resource by its type, children as `type/type`.
fn resource(kind: &str, properties: Value) -> Value {
    let id: String = kind.split('/').map(|part| format!("/{part}/n")).collect();
    json!({"id": format!("{GROUP}{id}"), "name": "n", "type": format!("Microsoft.Network/{kind}"), "properties": properties})
}

/// Messages and helps of all errors, in one text.
fn errors(resources: &[Value]) -> String {
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let id = sources.add(Source::new("request.json", Value::from(resources.to_vec()).to_string()));
    let imported = import::az(&sources, &[id], &mut diagnostics);
    let scenario = Scenario::of_network(imported.network);
    suite::prepare(&scenario, ServiceTags::builtin(), &mut diagnostics);
    let errors = diagnostics.iter().filter(|one| one.severity == Severity::Error);
    errors.map(|one| format!("{} {}\n", one.message, one.help.as_deref().unwrap_or_default())).collect()
}

fn network(space: &str, subnet: &str) -> Value {
    let subnets = json!([{"name": "s", "properties": {"addressPrefix": subnet}}]);
    resource("virtualNetworks", json!({"addressSpace": {"addressPrefixes": [space]}, "subnets": subnets}))
}

fn rule(changes: Value) -> Value {
    let mut properties = json!({
        "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourceAddressPrefix": "*",
        "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "22",
    });
    for (key, value) in changes.as_object().expect("a map") {
        properties[key] = value.clone();
    }
    resource("networkSecurityGroups/securityRules", properties)
}

fn interface(configurations: Value) -> Vec<Value> {
    vec![
        network("10.1.0.0/16", "10.1.1.0/24"),
        resource("networkInterfaces", json!({"ipConfigurations": configurations})),
    ]
}

fn configuration(name: &str, changes: Value) -> Value {
    let mut properties = json!({"subnet": {"id": format!("{GROUP}/virtualNetworks/n/subnets/s")}});
    for (key, value) in changes.as_object().expect("a map") {
        properties[key] = value.clone();
    }
    json!({"name": name, "properties": properties})
}

/// A balancer with one thing in it.
fn balancer(key: &str, mut thing: Value) -> Vec<Value> {
    let frontend =
        json!({"subnet": {"id": format!("{GROUP}/virtualNetworks/n/subnets/s")}, "privateIPAddress": "10.1.1.9"});
    if key != "probes" {
        thing["frontendIPConfiguration"] = json!({"id": format!("{GROUP}/loadBalancers/n/frontendIPConfigurations/f")});
    }
    let properties = json!({
        "frontendIPConfigurations": [{"name": "f", "properties": frontend}], key: [{"name": "t", "properties": thing}],
    });
    vec![network("10.1.0.0/16", "10.1.1.0/24"), resource("loadBalancers", properties)]
}

/// Azure's code, the request, and the word that names the field or the value.
fn refused() -> Vec<(&'static str, Vec<Value>, &'static str)> {
    let two = |changes: Value| vec![configuration("a", json!({})), configuration("b", changes)];
    let pool = json!({"applicationGatewayBackendAddressPools": [{"id": format!("{GROUP}/applicationGateways/g/backendAddressPools/p")}]});
    vec![
        ("InvalidAddressPrefixFormat", vec![network("10.1.0.0", "10.1.1.0/24")], "10.1.0.0"),
        ("InvalidAddressPrefixFormat", vec![network("10.1.0.0/16", "all-of-it")], "all-of-it"),
        (
            "InvalidAddressPrefixFormat",
            vec![resource(
                "localNetworkGateways",
                json!({"localNetworkAddressSpace": {"addressPrefixes": ["192.168.7.0"]}}),
            )],
            "192.168.7.0",
        ),
        (
            "InvalidAddressPrefixFormat",
            vec![resource("expressRouteCircuits/peerings", json!({"primaryPeerAddressPrefix": "192.168.7.1"}))],
            "primaryPeerAddressPrefix",
        ),
        (
            "InvalidCIDRNotation",
            vec![resource("routeTables/routes", json!({"addressPrefix": "10.7.7.7/8", "nextHopType": "None"}))],
            "10.7.7.7/8",
        ),
        ("NetcfgInvalidSubnet", vec![network("10.1.0.0/16", "10.2.1.0/24")], "10.2.1.0/24"),
        (
            "NetcfgInvalidDnsServer",
            vec![resource(
                "virtualNetworks",
                json!({"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}, "dhcpOptions": {"dnsServers": ["0"]}}),
            )],
            "dnsServers",
        ),
        (
            "DdosProtectionPlanMustBeSet",
            vec![resource(
                "virtualNetworks",
                json!({"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}, "enableDdosProtection": true}),
            )],
            "ddosProtectionPlan",
        ),
        (
            "MustSpecifyBothEncryptionIntentAndEnforcementPolicy",
            vec![resource(
                "virtualNetworks",
                json!({"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}, "encryption": {"enabled": true}}),
            )],
            "enforcement",
        ),
        ("InvalidIPConfigCount", interface(json!([])), "ipConfigurations"),
        (
            "InvalidPrivateIPAddressFormat",
            interface(json!([configuration("a", json!({"privateIPAddress": "10.1.1.4.4"}))])),
            "10.1.1.4.4",
        ),
        (
            "NetworkInterfaceMustHaveOneOneIPConfigAsPrimary",
            interface(
                json!(two(json!({"primary": true})))
                    .as_array()
                    .map(|both| {
                        let mut both = both.clone();
                        both[0]["properties"]["primary"] = true.into();
                        Value::from(both)
                    })
                    .expect("a list"),
            ),
            "primary",
        ),
        (
            "ApplicationGatewayLoadBalancingNotSupportedOnSecondaryIpConfigurations",
            interface(json!([configuration("a", json!({"primary": true})), configuration("b", pool)])),
            "application gateway",
        ),
        (
            "InvalidIpAddress",
            vec![resource("localNetworkGateways", json!({"gatewayIpAddress": "203.0.113.256"}))],
            "203.0.113.256",
        ),
        (
            "LocalNetworkGatewayCannotHaveZeroAsn",
            vec![resource(
                "localNetworkGateways",
                json!({"gatewayIpAddress": "203.0.113.4", "bgpSettings": {"asn": 0, "bgpPeeringAddress": "10.9.0.4"}}),
            )],
            "autonomous system number",
        ),
        (
            "InvalidGatewaySkuSpecifiedForGatewayDeploymentType",
            vec![
                network("10.1.0.0/16", "10.1.1.0/24"),
                resource("virtualNetworkGateways", json!({"gatewayType": "ExpressRoute", "sku": {"name": "Basic"}})),
            ],
            "sku",
        ),
        (
            "PublicIPIdleTimeoutIsOutOfRange",
            vec![resource("publicIPAddresses", json!({"idleTimeoutInMinutes": 31}))],
            "idleTimeoutInMinutes",
        ),
        (
            "PublicIPIdleTimeoutIsOutOfRange",
            vec![resource("publicIPAddresses", json!({"idleTimeoutInMinutes": 3}))],
            "idleTimeoutInMinutes",
        ),
        ("SecurityRuleDescriptionTooLong", vec![rule(json!({"description": "d".repeat(141)}))], "description"),
        (
            "SecurityRuleInvalidAddressPrefix",
            vec![rule(json!({"destinationAddressPrefix": "10.1.1.1.1"}))],
            "10.1.1.1.1",
        ),
        ("SecurityRuleInvalidPortRange", vec![rule(json!({"destinationPortRange": "65536"}))], "65536"),
        ("SecurityRuleInvalidPriority", vec![rule(json!({"priority": 4097}))], "4097"),
        ("SecurityRuleInvalidPriority", vec![rule(json!({"priority": 99}))], "99"),
        (
            "PortValueIsOutOfRange",
            balancer("inboundNatPools", json!({"frontendPortRangeStart": 0})),
            "frontendPortRangeStart",
        ),
        (
            "PortValueIsOutOfRange",
            balancer("inboundNatPools", json!({"frontendPortRangeEnd": 65535})),
            "frontendPortRangeEnd",
        ),
        ("PortValueIsOutOfRange", balancer("inboundNatRules", json!({"backendPort": 65536})), "backendPort"),
        (
            "RuleIdleTimeoutIsOutOfRange",
            balancer("inboundNatRules", json!({"idleTimeoutInMinutes": 31})),
            "idleTimeoutInMinutes",
        ),
        ("ProbeIntervalIsOutOfRange", balancer("probes", json!({"intervalInSeconds": 4})), "intervalInSeconds"),
        ("NumberOfProbesIsOutOfRange", balancer("probes", json!({"numberOfProbes": 0})), "numberOfProbes"),
        (
            "ProbeRequestPathIsNotNull",
            balancer("probes", json!({"protocol": "Tcp", "requestPath": "/"})),
            "requestPath",
        ),
    ]
}

#[test]
fn requests_that_azure_refuses_are_refused_with_the_field() {
    let mut failures = Vec::new();
    for (code, resources, field) in refused() {
        let found = errors(&resources);
        if !found.contains(field) {
            failures.push(format!("{code}: `{field}` is not named in {found:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn requests_that_azure_takes_are_taken() {
    let nat = json!({"protocol": "Tcp", "frontendPort": 50001, "backendPort": 22, "idleTimeoutInMinutes": 4});
    let mut resources = balancer("inboundNatRules", nat);
    resources.push(rule(json!({"description": "d".repeat(140), "priority": 4096})));
    resources.push(resource("publicIPAddresses", json!({"idleTimeoutInMinutes": 30})));
    assert_eq!(errors(&resources), "");
}

#[test]
#[allow(clippy::print_stderr)] // a test that compares nothing must say so
fn the_collected_requests_are_refused() {
    let path = root("../shared/corpus/recorded-errors/validation_errors.json");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("no collected requests at {}: nothing is compared", path.display());
        return;
    };
    let all: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let mut failures = Vec::new();
    for one in all.iter().filter(|one| one["request"].is_object() && one["method"] == "PUT") {
        let code = one["code"].as_str().unwrap_or_default();
        let mut request = resource(one["resource_type"].as_str().unwrap_or_default(), Value::Null);
        for (key, value) in one["request"].as_object().into_iter().flatten().filter(|(key, _)| *key != "id") {
            request[key] = value.clone();
        }
        let excused = NOT_OF_THE_REQUEST.iter().any(|(known, _)| *known == code);
        if errors(&[request]).is_empty() && !excused {
            failures.push(format!("{code}: {}", one["error"]["message"]));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
