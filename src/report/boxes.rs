//! Sets of packets in words: prefixes, protocols, ports.
//!
//! In: disjoint cubes and the names of the flow's ends. Out: the fields of the JSON contract's boxes, for text too;
//! a packet as a flow. Deliberately absent: shortening; whoever has little room leaves out the rest and says so.

use crate::{
    flow::{Protocol, default_source_ports, show_ports},
    space::{self, Addresses, Cube, NAMED, PROTOCOLS, Packet, Ports, Protocols, has_ports},
};

/// What stands for every port and every protocol.
pub(super) const ANY: &str = "any";

/// One box of packets in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxText {
    /// Prefixes, or the name of a party that is known by name only.
    pub source: Vec<String>,
    /// Prefixes, or the name of a party that is known by name only.
    pub destination: Vec<String>,
    /// `any`, `tcp`, `tcp,udp`.
    pub protocol: String,
    /// `443,8443-8451`, or `any`.
    pub ports: String,
    /// Only when they are not the usual ones.
    pub source_ports: Option<String>,
}

/// The cubes in words; what stands at [`NAMED`] is called by the name of its end.
///
/// All packets of a flow without protocol are two cubes, since only tcp and udp have ports: they are told as one.
pub fn boxes(cubes: &[Cube], ends: &(String, String)) -> Vec<BoxText> {
    joined(cubes)
        .iter()
        .map(|cube| BoxText {
            source: addresses(&cube.source, &ends.0),
            destination: addresses(&cube.destination, &ends.1),
            protocol: protocols(&cube.protocols),
            ports: ports(&cube.destination_ports),
            source_ports: source_ports(cube),
        })
        .collect()
}

/// A packet as a flow: `10.0.0.4 -> 10.1.0.4 tcp/443 from 49152`.
pub fn witness(packet: &Packet, ends: &(String, String)) -> String {
    let (source, destination) = (party(packet.source, &ends.0), party(packet.destination, &ends.1));
    let protocol = protocol_name(packet.protocol);
    let way = format!("{source} -> {destination} {protocol}");
    if has_ports(packet.protocol) {
        let (to, from) = (packet.destination_port, packet.source_port);
        format!("{way}/{to} from {from}")
    } else {
        way
    }
}

/// The prefix as people write it: a single address without its length.
pub(super) fn short(prefix: &str) -> &str {
    let length = if prefix.contains(':') { "/128" } else { "/32" };
    prefix.strip_suffix(length).unwrap_or(prefix)
}

/// Ports in words.
pub(super) fn ports(ports: &Ports) -> String {
    if ports.is_all() { ANY.to_owned() } else { show_ports(ports) }
}

/// Puts the part without ports to the part with all of them.
pub(super) fn joined(cubes: &[Cube]) -> Vec<Cube> {
    let mut told: Vec<Cube> = Vec::new();
    for cube in cubes {
        match told.iter_mut().find(|other| complete_each_other(other, cube)) {
            Some(other) => join(other, cube),
            None => told.push(cube.clone()),
        }
    }
    told
}

fn complete_each_other(one: &Cube, other: &Cube) -> bool {
    let whole = |cube: &Cube| {
        cube.destination_ports.is_all() && (carries_ports(cube) == (cube.source_ports == default_source_ports()))
    };
    one.source == other.source
        && one.destination == other.destination
        && carries_ports(one) != carries_ports(other)
        && whole(one)
        && whole(other)
}

fn join(one: &mut Cube, other: &Cube) {
    one.protocols = one.protocols.union(&other.protocols);
    one.source_ports = default_source_ports();
}

fn carries_ports(cube: &Cube) -> bool {
    PROTOCOLS.iter().any(|number| has_ports(*number) && cube.protocols.contains(*number))
}

fn source_ports(cube: &Cube) -> Option<String> {
    let usual = !carries_ports(cube) || cube.source_ports == default_source_ports();
    (!usual).then(|| ports(&cube.source_ports))
}

fn addresses(addresses: &Addresses, name: &str) -> Vec<String> {
    if *addresses == Addresses::single(NAMED) {
        return vec![name.to_owned()];
    }
    space::to_prefixes(addresses).iter().map(ToString::to_string).collect()
}

fn party(point: u128, name: &str) -> String {
    match point {
        NAMED => name.to_owned(),
        _ => space::address(point).to_string(),
    }
}

pub(super) fn protocols(protocols: &Protocols) -> String {
    let names: Vec<&str> =
        PROTOCOLS.iter().filter(|number| protocols.contains(**number)).map(|number| protocol_name(*number)).collect();
    if names.len() == PROTOCOLS.len() { ANY.to_owned() } else { names.join(",") }
}

fn protocol_name(number: u8) -> &'static str {
    let only = |protocol: &&Protocol| **protocol != Protocol::Any && protocol.numbers().contains(number);
    Protocol::ALL.iter().find(only).map_or(ANY, |one| one.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Ranges, every_protocol, point, prefix};

    fn ends() -> (String, String) {
        ("worker".into(), "lake.dfs.core.windows.net".into())
    }

    fn cube() -> Cube {
        Cube {
            source: prefix("10.0.0.0/24".parse().unwrap()),
            destination: prefix("10.1.0.4/32".parse().unwrap()),
            protocols: Ranges::single(6),
            source_ports: default_source_ports(),
            destination_ports: Ranges::from_ranges([(443, 443), (8443, 8451)]),
        }
    }

    #[test]
    fn the_box_of_the_contract() {
        let told = boxes(&[cube()], &ends());
        assert_eq!(
            told,
            [BoxText {
                source: vec!["10.0.0.0/24".into()],
                destination: vec!["10.1.0.4/32".into()],
                protocol: "tcp".into(),
                ports: "443,8443-8451".into(),
                source_ports: None,
            }]
        );
    }

    #[test]
    fn a_party_known_by_name_is_called_by_it() {
        let named = Cube { destination: Addresses::single(NAMED), ..cube() };
        assert_eq!(boxes(&[named], &ends())[0].destination, ["lake.dfs.core.windows.net"]);
    }

    #[test]
    fn both_kinds_of_protocols_are_told_as_one_box_only_when_whole() {
        let ported =
            Cube { protocols: Ranges::from_ranges([(6, 6), (17, 17)]), destination_ports: Ranges::all(), ..cube() };
        let portless = Cube { protocols: every_protocol(), ..ported.clone() }.portless();
        let told = boxes(&[portless.clone(), ported], &ends());
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].protocol.as_str(), told[0].ports.as_str()), ("any", "any"));
        assert_eq!(told[0].source_ports, None);
        assert_eq!(boxes(&[portless, cube()], &ends()).len(), 2);
    }

    #[test]
    fn unusual_source_ports_are_told() {
        let from = |ports: Ports| {
            let cube = Cube { source_ports: ports, ..cube() };
            boxes(&[cube], &ends())[0].source_ports.clone()
        };
        assert_eq!(from(Ranges::single(53)).as_deref(), Some("53"));
        assert_eq!(from(Ranges::all()).as_deref(), Some("any"));
    }

    #[test]
    fn a_witness_is_a_flow() {
        let packet = Packet {
            source: point("10.0.0.4".parse().unwrap()),
            destination: NAMED,
            protocol: 6,
            source_port: 49152,
            destination_port: 443,
        };
        let told = witness(&packet, &ends());
        assert_eq!(told, "10.0.0.4 -> lake.dfs.core.windows.net tcp/443 from 49152");
        let packet = Packet { protocol: 1, destination: point("::1".parse().unwrap()), ..packet };
        assert_eq!(witness(&packet, &ends()), "10.0.0.4 -> ::1 icmp");
    }

    #[test]
    fn single_addresses_lose_their_length() {
        assert_eq!(short("10.1.0.4/32"), "10.1.0.4");
        assert_eq!(short("2001:db8::/32"), "2001:db8::/32");
        assert_eq!(short("::1/128"), "::1");
    }
}
