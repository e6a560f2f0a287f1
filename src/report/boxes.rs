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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Protocols, Ranges};

    fn tcp(ports: Ports) -> Cube {
        Cube {
            source: space::prefix("10.0.0.0/24".parse().expect("a prefix")),
            destination: space::prefix("10.1.0.4/32".parse().expect("a prefix")),
            protocols: Ranges::single(space::TCP),
            source_ports: default_source_ports(),
            destination_ports: ports,
        }
    }

    #[test]
    fn a_box_in_words() {
        let said = words(&tcp(Ports::from_ranges([(443, 443), (8443, 8451)])), "");
        assert_eq!((said.source, said.destination), (vec!["10.0.0.0/24".to_owned()], vec!["10.1.0.4/32".to_owned()]));
        assert_eq!((said.protocol.as_str(), said.ports.as_str(), said.source_ports), ("tcp", "443,8443-8451", None));
    }

    #[test]
    fn what_goes_without_saying_is_not_said() {
        let all = words(&tcp(Ports::all()), "");
        assert_eq!((all.ports.as_str(), all.source_ports), ("", None));
        let mut cube = Cube { source_ports: Ports::all(), ..tcp(Ports::single(22)) };
        assert_eq!(words(&cube, "").source_ports, None);
        cube.source_ports = Ports::range(1024, 2000);
        assert_eq!(words(&cube, "").source_ports.as_deref(), Some("1024-2000"));
        cube.protocols = Ranges::single(space::ICMP);
        assert_eq!((words(&cube, "").ports.as_str(), words(&cube, "").source_ports), ("", None));
    }

    #[test]
    fn protocols_are_listed_as_people_list_them() {
        let of = |numbers: &[u8]| Protocols::from_ranges(numbers.iter().map(|number| (*number, *number)));
        for (numbers, said) in [(&[1, 6, 17, 50, 51][..], "any"), (&[1, 6], "tcp,icmp"), (&[51, 50, 17], "udp,esp,ah")]
        {
            assert_eq!(words(&Cube { protocols: of(numbers), ..tcp(Ports::all()) }, "").protocol, said);
        }
    }

    #[test]
    fn who_is_known_by_name_is_called_by_it() {
        let cube = Cube { destination: Addresses::single(space::NAMED), ..tcp(Ports::single(443)) };
        assert_eq!(words(&cube, "lake").destination, ["lake"]);
        let one = Packet {
            source: space::point("10.0.0.4".parse().expect("an address")),
            destination: space::NAMED,
            protocol: space::TCP,
            source_port: 1024,
            destination_port: 443,
        };
        let names = ("worker".to_owned(), "lake".to_owned());
        assert_eq!(packet(&one, &names), "10.0.0.4 -> lake tcp/443 from 1024");
        assert_eq!(packet(&Packet { protocol: space::ICMP, ..one }, &names), "10.0.0.4 -> lake icmp");
    }

    #[test]
    fn long_lists_are_cut() {
        let items: Vec<String> = (1..=6).map(|number| number.to_string()).collect();
        assert_eq!(short(&items[..2], 4), "1, 2");
        assert_eq!(short(&items, 4), "1, 2, 3, 4, … and 2 more");
    }
}
