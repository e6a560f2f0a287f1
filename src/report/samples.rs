//! Hand-built answers and a small network for the tests of this room.
//!
//! In: nothing. Out: traces, results of `check`, a compiled network. Deliberately absent: reading files.

use crate::{
    diagnostic::{Diagnostic, Diagnostics, Origin, Source, SourceId, Sources, Span},
    flow::{Flow, default_source_ports},
    model::*,
    scenario::settings::Settings,
    space::{Cube, Packet, Ranges, point, prefix},
    suite::{ExpectationResult, Outcome as Claim, ScenarioResult},
    tags::ServiceTags,
    trace::{DeciderKind, Hop, Outcome, Part, Step, Trace, Verdict},
};

pub(super) fn sources() -> Sources {
    let mut sources = Sources::default();
    sources.add(Source::new("net.yaml", "network:\n  rules:\n    deny-outbound: x\n  adminIp: ?\n"));
    sources
}

pub(super) fn span(start: usize, end: usize) -> Span {
    Span::new(SourceId(0), start..end)
}

fn step(kind: DeciderKind, resource: &str, name: &str, outcome: Outcome, detail: &str) -> Step {
    Step {
        kind,
        resource: resource.into(),
        name: name.into(),
        outcome,
        detail: detail.into(),
        law: "F16",
        origin: None,
    }
}

fn allow_step() -> Step {
    step(DeciderKind::NetworkSecurityGroup, "databricks-nsg", "AllowVnetOutBound", Outcome::Allow, "subnet, outbound")
}

fn deny_step() -> Step {
    Step {
        origin: Some(Origin::Text(span(22, 35))),
        ..step(DeciderKind::NetworkSecurityGroup, "databricks-nsg", "deny-outbound", Outcome::Deny, "subnet, outbound")
    }
}

fn route_step() -> Step {
    step(DeciderKind::DefaultRoute, "10.0.0.0/16", "VnetLocal", Outcome::Pass, "VnetLocal")
}

fn hop(at: &str, steps: &[Step]) -> Hop {
    Hop { at: at.into(), steps: steps.to_vec() }
}

fn packet(port: u16) -> Packet {
    Packet {
        source: point("10.0.0.4".parse().unwrap()),
        destination: point("10.0.1.4".parse().unwrap()),
        protocol: 6,
        source_port: 49152,
        destination_port: port,
    }
}

fn cube(ports: (u16, u16)) -> Cube {
    Cube {
        source: prefix("10.0.0.4/32".parse().unwrap()),
        destination: prefix("10.0.1.0/24".parse().unwrap()),
        protocols: Ranges::single(6),
        source_ports: default_source_ports(),
        destination_ports: Ranges::from_ranges([ports]),
    }
}

fn part(verdict: Verdict, ports: (u16, u16), decided_by: &[Step]) -> Part {
    Part {
        verdict,
        ends: ("worker".into(), "kafka".into()),
        boxes: vec![cube(ports)],
        witness: packet(ports.0),
        decided_by: decided_by.to_vec(),
        forward: Vec::new(),
        reply: Vec::new(),
        other_ways: Vec::new(),
        missing: Vec::new(),
        notes: Vec::new(),
    }
}

fn allowed_part() -> Part {
    Part {
        forward: vec![
            hop("databricks-vnet/public-subnet", &[allow_step(), route_step()]),
            hop("databricks-vnet/kafka-subnet", &[]),
        ],
        reply: vec![hop("databricks-vnet/kafka-subnet", &[route_step()])],
        ..part(Verdict::Allowed, (443, 443), &[allow_step(), route_step()])
    }
}

fn denied_part() -> Part {
    Part {
        forward: vec![hop("databricks-vnet/public-subnet", &[deny_step()])],
        ..part(Verdict::Denied, (9092, 9093), &[deny_step()])
    }
}

fn trace(flow: &str, parts: Vec<Part>) -> Trace {
    Trace {
        flow: flow.parse::<Flow>().unwrap(),
        parts,
        allowed: Vec::new(),
        legs: Vec::new(),
        notes: vec!["tags are a subset".into()],
    }
}

pub(super) fn allowed() -> Trace {
    trace("worker -> kafka tcp/443", vec![allowed_part()])
}

pub(super) fn denied() -> Trace {
    trace("worker -> kafka tcp/9092-9093", vec![denied_part()])
}

pub(super) fn mixed() -> Trace {
    Trace {
        allowed: vec![cube((443, 443))],
        ..trace("worker -> kafka tcp/443,9092-9093", vec![allowed_part(), denied_part()])
    }
}

pub(super) fn undetermined() -> Trace {
    let step = step(DeciderKind::NetworkSecurityGroup, "databricks-nsg", "admin", Outcome::Unknown, "");
    let part = Part {
        missing: vec![Fact { text: "parameter adminIp has no value".into(), origin: Some(Origin::Text(span(41, 48))) }],
        forward: vec![hop("databricks-vnet/public-subnet", std::slice::from_ref(&step))],
        notes: vec!["went on as if it matched".into()],
        ..part(Verdict::Undetermined, (22, 22), &[step])
    };
    trace("worker -> kafka tcp/22", vec![part])
}

pub(super) fn reply_lost() -> Trace {
    let lost = step(DeciderKind::Asymmetric, "hub-fw", "", Outcome::Deny, "never saw the request");
    let part = Part {
        forward: vec![hop("databricks-vnet/public-subnet", &[allow_step()])],
        reply: vec![hop("hub-fw", std::slice::from_ref(&lost))],
        ..part(Verdict::Denied, (443, 443), &[lost])
    };
    trace("worker -> kafka tcp/443", vec![part])
}

fn claim(trace: Trace, expected: Verdict, line: usize) -> ExpectationResult {
    ExpectationResult {
        what_if: None,
        span: span(9, 14),
        line,
        passed: trace.verdict() == expected,
        reason: None,
        outcome: Claim::Verdict {
            flow: trace.flow.to_string(),
            expected,
            actual: trace.verdict(),
            traces: vec![trace],
            by: None,
            way: Vec::new(),
            breaches: Vec::new(),
        },
    }
}

fn scenario(file: &str, results: Vec<ExpectationResult>) -> ScenarioResult {
    ScenarioResult {
        file: file.into(),
        name: "Learn".into(),
        diagnostics: Diagnostics::default(),
        sources: sources(),
        usable: true,
        results,
    }
}

pub(super) fn holding() -> ScenarioResult {
    scenario("learn/01.yaml", vec![claim(allowed(), Verdict::Allowed, 2), claim(denied(), Verdict::Denied, 3)])
}

pub(super) fn failing() -> ScenarioResult {
    let mut wrong = claim(denied(), Verdict::Allowed, 3);
    wrong.what_if = Some("open".into());
    wrong.reason = Some("kafka must be reached".into());
    let fact = ExpectationResult {
        what_if: None,
        span: span(9, 14),
        line: 4,
        passed: false,
        reason: None,
        outcome: Claim::Fact {
            kind: "nextHop",
            subject: "spoke/app to 10.1.0.4".into(),
            expected: "VirtualAppliance 10.0.0.4".into(),
            actual: "VNetPeering".into(),
        },
    };
    let refused = ExpectationResult {
        what_if: None,
        span: span(9, 14),
        line: 5,
        passed: true,
        reason: None,
        outcome: Claim::Refused { expected: vec!["unknown-name".into()], actual: vec!["unknown-name".into()] },
    };
    scenario("net.yaml", vec![wrong, fact, refused])
}

pub(super) fn unusable() -> ScenarioResult {
    let mut result = scenario("broken.yaml", Vec::new());
    result.usable = false;
    result.diagnostics.push(Diagnostic::error("unknown-name", span(11, 16), "no `rules`, 100% sure"));
    result
}

/// A VNET `spoke` with the subnet `app`, a route table, and a security group on the subnet and on the NIC `web`.
pub(super) fn network() -> crate::network::Network {
    crate::compile::compile(model())
}

/// The NIC `web` in `spoke/app`.
pub(super) fn web() -> crate::report::NetworkPlace {
    crate::report::NetworkPlace { subnet: SubnetId(0), network_interface: Some(NetworkInterfaceId(0)) }
}

fn label(name: &str) -> Label {
    Label { name: name.into(), origin: Origin::Text(span(0, 7)) }
}

fn model() -> Model {
    let group = Some(Known::Known(NetworkSecurityGroupId(0)));
    Model {
        tags: ServiceTags::builtin().clone(),
        settings: Settings::default(),
        virtual_networks: vec![VirtualNetwork {
            dns_servers: Vec::new(),
            label: label("spoke"),
            location: None,
            unknown_space: None,
            summarized_gateway_prefixes: Vec::new(),
            address_prefixes: vec!["10.0.0.0/16".parse().unwrap()],
            subnets: vec![SubnetId(0)],
            peerings: Vec::new(),
            gateways: Vec::new(),
        }],
        subnets: vec![Subnet {
            service_endpoint_policies: Vec::new(),
            private_endpoint_policies: Known::Known(PrivateEndpointPolicies {
                security_groups: false,
                route_tables: false,
            }),
            label: label("app"),
            virtual_network: VirtualNetworkId(0),
            address_prefixes: vec!["10.0.0.0/24".parse().unwrap()],
            purpose: SubnetPurpose::Ordinary,
            network_security_group: group,
            route_table: Some(Known::Known(RouteTableId(0))),
            nat_gateway: None,
            service_endpoints: Vec::new(),
            delegations: Vec::new(),
            default_outbound_access: Known::Known(true),
        }],
        network_interfaces: vec![NetworkInterface {
            dns_servers: Vec::new(),
            private_link_answers: false,
            label: label("web"),
            implicit: false,
            ip_configurations: vec![IpConfiguration {
                subnet: SubnetId(0),
                address: Known::Known("10.0.0.4".parse().unwrap()),
                public_ip_address: None,
                application_security_groups: Vec::new(),
            }],
            network_security_group: group,
            ip_forwarding: Known::Known(false),
            appliance: None,
            workload: None,
        }],
        network_security_groups: vec![NetworkSecurityGroup {
            label: label("app-nsg"),
            security_rules: vec![security_rule()],
            flush_connection: false,
        }],
        route_tables: vec![route_table()],
        ..Model::empty(ServiceTags::builtin().clone(), Settings::default())
    }
}

fn route_table() -> RouteTable {
    RouteTable {
        label: label("rt-app"),
        routes: vec![Route {
            label: label("to-nowhere"),
            address_prefix: Known::Known(RoutePrefix::Prefix("10.9.0.0/16".parse().unwrap())),
            next_hop_type: Known::Known(NextHopType::None),
            next_hop_ip_address: None,
            has_bgp_override: false,
        }],
        disable_bgp_route_propagation: Known::Known(true),
    }
}

fn security_rule() -> SecurityRule {
    SecurityRule {
        label: label("allow-ssh"),
        priority: Known::Known(100),
        direction: Direction::Inbound,
        access: Known::Known(Access::Allow),
        protocol: Known::Known(RuleProtocol::Tcp),
        source: AddressMatch {
            prefixes: prefix("203.0.113.7/32".parse().unwrap()),
            tags: vec![TagMatch::VirtualNetwork],
            ..AddressMatch::default()
        },
        source_ports: Known::Known(Ranges::all()),
        destination: AddressMatch { any: true, ..AddressMatch::default() },
        destination_ports: Known::Known(Ranges::single(22)),
    }
}
