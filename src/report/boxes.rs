//! Boxes of packets in words: prefixes, protocols, ports.

use crate::{
    flow::{default_source_ports, show_ports},
    space::{self, Addresses, Cube, PROTOCOLS, Packet, Ports},
};

/// A box in the words of the flow grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) source: Vec<String>,
    pub(super) destination: Vec<String>,
    pub(super) protocol: String,
    /// Empty for protocols without ports and for all ports.
    pub(super) ports: String,
    /// Absent for the default source ports.
    pub(super) source_ports: Option<String>,
}

/// A box; `named` stands for an end that is known by name only.
pub(super) fn words(cube: &Cube, named: &str) -> Words {
    let ported = cube.protocols.iter().any(|(first, last)| (first..=last).any(space::has_ports));
    let default = !ported || cube.source_ports == default_source_ports() || cube.source_ports.is_all();
    Words {
        source: addresses(&cube.source, named),
        destination: addresses(&cube.destination, named),
        protocol: protocols(cube),
        ports: if !ported || cube.destination_ports.is_all() { String::new() } else { ports(&cube.destination_ports) },
        source_ports: (!default).then(|| ports(&cube.source_ports)),
    }
}

fn addresses(addresses: &Addresses, named: &str) -> Vec<String> {
    if addresses.only() == Some(space::NAMED) {
        return vec![named.to_owned()];
    }
    space::to_prefixes(addresses).iter().map(ToString::to_string).collect()
}

fn ports(ports: &Ports) -> String {
    show_ports(ports)
}

fn protocols(cube: &Cube) -> String {
    let held: Vec<u8> = PROTOCOLS.into_iter().filter(|number| cube.protocols.contains(*number)).collect();
    if held.len() == PROTOCOLS.len() {
        return "any".to_owned();
    }
    let mut names: Vec<&str> = held.iter().map(|number| protocol(*number)).collect();
    names.sort_by_key(|name| ["tcp", "udp", "icmp", "esp", "ah"].iter().position(|one| one == name));
    names.join(",")
}

fn protocol(number: u8) -> &'static str {
    match number {
        space::TCP => "tcp",
        space::UDP => "udp",
        space::ICMP => "icmp",
        space::ESP => "esp",
        _ => "ah",
    }
}

/// One packet as a flow.
pub(super) fn packet(packet: &Packet, named: &(String, String)) -> String {
    let end = |point: u128, name: &str| {
        if point == space::NAMED { name.to_owned() } else { space::address(point).to_string() }
    };
    let ends = format!("{} -> {}", end(packet.source, &named.0), end(packet.destination, &named.1));
    let name = protocol(packet.protocol);
    if space::has_ports(packet.protocol) {
        format!("{ends} {name}/{} from {}", packet.destination_port, packet.source_port)
    } else {
        format!("{ends} {name}")
    }
}

/// A list cut to a readable length.
pub(super) fn short(items: &[String], most: usize) -> String {
    if items.len() <= most {
        return items.join(", ");
    }
    format!("{}, … and {} more", items[..most].join(", "), items.len() - most)
}
