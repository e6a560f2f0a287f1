//! The yardstick: every list scanned rule by rule, each field compared, first match wins. No routes, no reply: it does
//! less than the evaluator.

use azreach::{
    model::*,
    space::{Addresses, Packet, Ports},
};

/// A rule as a router would keep it.
pub(crate) struct Line {
    protocol: Option<u8>,
    source: Addresses,
    destination: Addresses,
    source_ports: Ports,
    ports: Ports,
    allow: bool,
}

/// The rules of one direction, defaults aside.
pub(crate) fn list(group: &NetworkSecurityGroup, direction: Direction, virtual_network: &Addresses) -> Vec<Line> {
    let field = |field: &AddressMatch| {
        let mut addresses = field.prefixes.clone();
        for tag in &field.tags {
            addresses = addresses.union(match tag {
                TagMatch::VirtualNetwork => virtual_network,
                _ => return azreach::tags::internet().union(&addresses),
            });
        }
        if field.any { Addresses::all() } else { addresses }
    };
    let mut rules: Vec<&SecurityRule> =
        group.security_rules.iter().filter(|rule| rule.direction == direction).collect();
    rules.sort_by_key(|rule| *rule.priority.known().unwrap());
    rules
        .iter()
        .map(|rule| Line {
            protocol: match rule.protocol.known().unwrap() {
                RuleProtocol::Tcp => Some(6),
                RuleProtocol::Udp => Some(17),
                _ => None,
            },
            source: field(&rule.source),
            destination: field(&rule.destination),
            source_ports: rule.source_ports.known().unwrap().clone(),
            ports: rule.destination_ports.known().unwrap().clone(),
            allow: rule.access == Known::Known(Access::Allow),
        })
        .collect()
}

/// Scans one list.
pub(crate) fn scan(list: &[Line], packet: &Packet) -> bool {
    list.iter()
        .find(|line| {
            line.protocol.is_none_or(|protocol| protocol == packet.protocol)
                && line.ports.contains(packet.destination_port)
                && line.destination.contains(packet.destination)
                && line.source.contains(packet.source)
                && line.source_ports.contains(packet.source_port)
        })
        .is_none_or(|line| line.allow)
}
