//! What Azure asks of the subnet of an application gateway.
//!
//! In: the rules and routes of that subnet. Out: warnings, for Azure takes all of it. Deliberately absent: what becomes of
//! packets (that is `evaluate/gateways`).

use crate::{
    model::{
        Access, AddressMatch, ApplicationGateway, Direction, Known, Model, NetworkSecurityGroup, NextHopType,
        RuleProtocol, SecurityRule, TagMatch,
    },
    network::{CompileWarning, RouteRow, SubnetFacts},
    space::Ports,
};
use ipnet::IpNet;

/// A flow that the gateway needs.
struct Needed {
    direction: Direction,
    tag: &'static str,
    words: &'static str,
    ports: Ports,
    /// What the default rules say of it.
    by_default: bool,
}

/// Warns of what the documents call unsupported; network isolation takes most of it back (F187, R230).
pub(super) fn warn(model: &Model, subnets: &[SubnetFacts], warnings: &mut Vec<CompileWarning>) {
    for gateway in &model.application_gateways {
        let mut say = |code, law, why: String| {
            let message = format!("application gateway `{}` may not work: {why}", gateway.label.name);
            warnings.push(CompileWarning { code, message, origin: gateway.label.origin.clone(), law });
        };
        let group = model.subnet(gateway.subnet).network_security_group.and_then(|group| group.known().copied());
        if let Some(group) = group.map(|group| model.network_security_group(group)) {
            for needed in needed(gateway).iter().filter(|needed| !lets(group, needed)) {
                let way = match needed.direction {
                    Direction::Inbound => "from",
                    Direction::Outbound => "to",
                };
                let name = &group.label.name;
                let why = format!("`{name}` does not let everything through {way} {}", needed.words);
                say("application-gateway-required-rules", "F187", why);
            }
        }
        let default = |row: &&RouteRow| row.active && row.prefixes.contains(&IpNet::default());
        let row = subnets[gateway.subnet.index()].routes.rows.iter().find(default);
        let elsewhere = |row: &&RouteRow| row.next_hop_type.known().is_some_and(|kind| *kind != NextHopType::Internet);
        if gateway.v2 != Known::Known(false) && !gateway.isolated && row.filter(elsewhere).is_some() {
            let why = "the default route of its subnet does not lead to the Internet".to_owned();
            say("application-gateway-default-route", "R230", why);
        }
    }
}

fn needed(gateway: &ApplicationGateway) -> Vec<Needed> {
    let probes = Needed {
        direction: Direction::Inbound,
        tag: "AzureLoadBalancer",
        words: "AzureLoadBalancer",
        ports: Ports::all(),
        by_default: true,
    };
    if gateway.isolated {
        return vec![probes];
    }
    // Of an unknown generation: what both need.
    let (management, words) = match gateway.v2 {
        Known::Known(true) => (Ports::range(65200, 65535), "GatewayManager on tcp/65200-65535"),
        _ => (Ports::range(65503, 65534), "GatewayManager on tcp/65503-65534"),
    };
    let inbound = Direction::Inbound;
    let manager = Needed { direction: inbound, tag: "GatewayManager", words, ports: management, by_default: false };
    let internet = Needed {
        direction: Direction::Outbound,
        tag: "Internet",
        words: "Internet",
        ports: Ports::all(),
        by_default: true,
    };
    vec![manager, probes, internet]
}

/// Whether a group lets everything of a needed flow through: rules by priority, as far as they speak of all of the tag.
fn lets(group: &NetworkSecurityGroup, needed: &Needed) -> bool {
    let mut rules: Vec<&SecurityRule> =
        group.security_rules.iter().filter(|rule| rule.direction == needed.direction).collect();
    rules.sort_by_key(|rule| rule.priority.known().copied().unwrap_or_default());
    let mut open = needed.ports.clone();
    for rule in rules.into_iter().filter(|rule| speaks_of(rule, needed)) {
        let Known::Known(ports) = &rule.destination_ports else { return true };
        match rule.access {
            Known::Known(Access::Allow) => open = open.minus(ports),
            Known::Known(Access::Deny) if open.meets(ports) => return false,
            Known::Known(Access::Deny) => {}
            Known::Unknown(_) => return true,
        }
    }
    open.is_empty() || needed.by_default
}

fn speaks_of(rule: &SecurityRule, needed: &Needed) -> bool {
    let far = match needed.direction {
        Direction::Inbound => &rule.source,
        Direction::Outbound => &rule.destination,
    };
    let tcp = matches!(rule.protocol, Known::Known(RuleProtocol::Any | RuleProtocol::Tcp));
    tcp && holds(far, needed.tag)
}

fn holds(field: &AddressMatch, tag: &str) -> bool {
    let same = |one: &TagMatch| match one {
        TagMatch::AzureLoadBalancer => tag == "AzureLoadBalancer",
        TagMatch::Internet => tag == "Internet",
        TagMatch::Service(name, _) | TagMatch::Missing(name, _) => name.eq_ignore_ascii_case(tag),
        _ => false,
    };
    // The manager's addresses are public ones.
    let public = tag == "GatewayManager" && field.tags.contains(&TagMatch::Internet);
    field.any || public || crate::space::ipv4().is_subset(&field.prefixes) || field.tags.iter().any(same)
}
