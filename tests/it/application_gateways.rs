//! What azreach says of the subnet of an application gateway (F187, R230): verdicts cannot show a warning.
//!
//! In: a gateway with a security group and a route table. Out: the codes of the warnings. Deliberately absent: what becomes
//! of packets (that is for the scenarios).

use azreach::{
    diagnostic::{Diagnostics, Severity, Source, Sources},
    scenario, suite,
    tags::ServiceTags,
};

const RULES: &str = "application-gateway-required-rules";
const DEFAULT_ROUTE: &str = "application-gateway-default-route";

/// A rule by priority, way, access, far end and ports.
fn rule(priority: u16, direction: &str, access: &str, far: &str, ports: &str) -> String {
    let (source, destination) = if direction == "Inbound" { (far, "*") } else { ("*", far) };
    format!(
        "r{priority}-{direction}: {{priority: {priority}, direction: {direction}, access: {access}, protocol: '*', \
         sourceAddressPrefix: '{source}', sourcePortRange: '*', destinationAddressPrefix: '{destination}', \
         destinationPortRange: '{ports}'}}"
    )
}

/// The codes of all warnings.
fn warned(gateway: &str, rules: &[String], routes: &str) -> Vec<String> {
    let text = format!(
        "network:
  networkSecurityGroups: {{nsg: {{securityRules: {{{}}}}}}}
  routeTables: {{rt: {{routes: {{{routes}}}}}}}
  virtualNetworks:
    v: {{location: westeurope, addressPrefixes: [10.0.0.0/16], subnets: {{agw: {{addressPrefix: 10.0.1.0/24, networkSecurityGroup: nsg, routeTable: rt}}}}}}
  applicationGateways:
    agw: {{subnet: v/agw, {gateway} frontendIPConfigurations: {{private: {{subnet: v/agw, privateIPAddress: 10.0.1.100}}}}}}
",
        rules.join(", ")
    );
    let mut sources = Sources::default();
    let mut diagnostics = Diagnostics::default();
    let id = sources.add(Source::new("test.yaml", text));
    let mut nothing_beside = |_: &str, _: &str| Err("no files here".to_owned());
    let scenario = scenario::read(&mut sources, id, &mut nothing_beside, &mut diagnostics).expect("a scenario");
    suite::prepare(&scenario, ServiceTags::builtin(), &mut diagnostics).expect("Azure takes it");
    let warnings = diagnostics.iter().filter(|one| one.severity == Severity::Warning);
    warnings.map(|one| one.code.to_string()).collect()
}

#[test]
fn the_manager_must_be_let_in_on_the_ports_of_the_generation() {
    let manager = |ports: &str| rule(100, "Inbound", "Allow", "GatewayManager", ports);
    assert_eq!(warned("", &[manager("65200-65535")], ""), [""; 0]);
    assert_eq!(warned("", &[], ""), [RULES]);
    assert_eq!(warned("", &[manager("65200-65500")], ""), [RULES]);
    assert_eq!(
        warned("", &[rule(110, "Inbound", "Deny", "Internet", "65300"), rule(120, "Inbound", "Allow", "*", "*")], ""),
        [RULES]
    );
    assert_eq!(warned("sku: Standard_Small,", &[manager("65503-65534")], ""), [""; 0]);
    assert_eq!(warned("sku: Standard_v2,", &[manager("65503-65534")], ""), [RULES]);
}

#[test]
fn probes_and_the_way_out_must_stay_open() {
    let manager = rule(100, "Inbound", "Allow", "GatewayManager", "65200-65535");
    let probes = rule(110, "Inbound", "Allow", "AzureLoadBalancer", "*");
    let closed = rule(200, "Inbound", "Deny", "*", "*");
    assert_eq!(warned("", &[manager.clone(), probes.clone(), closed.clone()], ""), [""; 0]);
    assert_eq!(warned("", &[manager.clone(), closed.clone()], ""), [RULES]);
    assert_eq!(warned("", &[manager, rule(100, "Outbound", "Deny", "Internet", "*")], ""), [RULES]);
    let isolated = "tags: {EnhancedNetworkControl: 'true'},";
    assert_eq!(warned(isolated, &[probes, closed.clone()], ""), [""; 0]);
    assert_eq!(warned(isolated, &[closed], ""), [RULES]);
}

#[test]
fn the_default_route_must_lead_to_the_internet() {
    let manager = [rule(100, "Inbound", "Allow", "GatewayManager", "65200-65535")];
    let all = |hop: &str| format!("all: {{addressPrefix: 0.0.0.0/0, {hop}}}");
    let appliance = all("nextHopType: VirtualAppliance, nextHopIpAddress: 10.0.9.4");
    assert_eq!(warned("", &manager, &appliance), [DEFAULT_ROUTE]);
    assert_eq!(warned("", &manager, &all("nextHopType: Internet")), [""; 0]);
    assert_eq!(warned("tags: {EnhancedNetworkControl: 'true'},", &manager, &appliance), [""; 0]);
}
