//! Sets: address prefixes, ports, packets. Pure and small; knows nothing of Azure.
//!
//! In: intervals. Out: canonical sets, so that equality is a comparison. Deliberately absent: names,
//! rules, routes.
//!
//! Both address families share one line of 128-bit points: IPv6 addresses stand where they are, IPv4
//! addresses in `::ffff:0:0/96`, which no IPv6 packet uses. So `0.0.0.0/0` and `::/0` never meet.

mod packets;
mod ranges;

pub use packets::{
    Classifier, Cube, Dimension, Factors, PROTOCOLS, Packet, Protocols, Set, Space, Table, every_protocol, has_ports,
};
pub use ranges::{Bound, Ranges};

use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr};

/// A set of addresses of both families, on the one line.
pub type Addresses = Ranges<u128>;
/// A set of ports.
pub type Ports = Ranges<u16>;

/// First point of the stretch of the line that holds IPv4.
pub const IPV4_BASE: u128 = 0xffff_0000_0000;
/// Last point of the stretch of the line that holds IPv4.
pub const IPV4_LAST: u128 = 0xffff_ffff_ffff;

/// The point of an address on the line.
pub fn point(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => IPV4_BASE | u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

/// The address at a point of the line.
pub fn address(point: u128) -> IpAddr {
    if (IPV4_BASE..=IPV4_LAST).contains(&point) {
        IpAddr::V4((point as u32).into())
    } else {
        IpAddr::V6(Ipv6Addr::from(point))
    }
}

/// The addresses of one prefix. `::/0` does not hold the IPv4 stretch.
pub fn prefix(net: IpNet) -> Addresses {
    let ends = Ranges::range(point(net.network()), point(net.broadcast()));
    match net {
        IpNet::V4(_) => ends,
        IpNet::V6(_) => ends.minus(&ipv4()),
    }
}

/// The addresses of several prefixes.
pub fn prefixes<'a>(nets: impl IntoIterator<Item = &'a IpNet>) -> Addresses {
    Ranges::from_ranges(nets.into_iter().flat_map(|net| prefix(*net).iter().collect::<Vec<_>>()))
}

/// All IPv4 addresses.
pub fn ipv4() -> Addresses {
    Ranges::range(IPV4_BASE, IPV4_LAST)
}

/// All IPv6 addresses.
pub fn ipv6() -> Addresses {
    Addresses::all().minus(&ipv4())
}

/// The fewest prefixes that make up `addresses`, IPv4 first, ascending.
pub fn to_prefixes(addresses: &Addresses) -> Vec<IpNet> {
    let mut v4 = Vec::new();
    let mut v6 = Vec::new();
    for (first, last) in addresses.intersect(&ipv4()).iter() {
        let (first, last) = ((first as u32).into(), (last as u32).into());
        v4.extend(ipnet::Ipv4Subnets::new(first, last, 0).map(IpNet::V4));
    }
    // A full IPv6 space is printed as `::/0` although the IPv4 stretch is cut out of it.
    let mut six = addresses.intersect(&ipv6());
    if !six.is_empty() && six.contains(IPV4_BASE - 1) && six.contains(IPV4_LAST + 1) {
        six = six.union(&ipv4());
    }
    for (first, last) in six.iter() {
        v6.extend(ipnet::Ipv6Subnets::new(first.into(), last.into(), 0).map(IpNet::V6));
    }
    v4.append(&mut v6);
    v4
}

/// The protocol number of TCP.
pub const TCP: u8 = 6;
/// The protocol number of UDP.
pub const UDP: u8 = 17;
/// The protocol number of ICMP.
pub const ICMP: u8 = 1;
/// The protocol number of ESP.
pub const ESP: u8 = 50;
/// The protocol number of AH.
pub const AH: u8 = 51;

/// Where parties that are known by name only stand on the line: the unspecified address, which no packet has.
pub const NAMED: u128 = 0;

/// A packet of a box, not to its own sender if it can be.
pub fn example(space: &mut Space, cube: &Cube) -> Option<Packet> {
    let set = space.cube(cube);
    let packet = space.witness(set)?;
    if packet.source != packet.destination || packet.source == NAMED {
        return Some(packet);
    }
    let itself = Addresses::single(packet.destination);
    let from_another = Cube { source: cube.source.minus(&itself), ..cube.clone() };
    let to_another = Cube { destination: cube.destination.minus(&itself), ..cube.clone() };
    let other = if from_another.source.is_empty() { to_another } else { from_another };
    let set = space.cube(&other);
    space.witness(set)
}
