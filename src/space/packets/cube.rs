//! One packet, and products of one-dimensional sets.
//!
//! In: addresses, protocol numbers, ports. Out: values to compare and intersect. Deliberately absent: the
//! diagram; nothing here knows how sets are stored.

use crate::space::{Addresses, Ports, Ranges};
use smallvec::SmallVec;

/// A set of protocol numbers; only those in [`PROTOCOLS`] count.
pub type Protocols = Ranges<u8>;

/// The universe of protocols, ascending: icmp, tcp, udp, esp, ah.
pub const PROTOCOLS: [u8; 5] = [1, 6, 17, 50, 51];

/// All of [`PROTOCOLS`].
pub fn every_protocol() -> Protocols {
    Ranges::from_ranges(PROTOCOLS.map(|number| (number, number)))
}

/// Whether packets of this protocol have ports: tcp and udp.
pub fn has_ports(protocol: u8) -> bool {
    matches!(protocol, 6 | 17)
}

/// A header field; the order is the order of the levels of the diagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimension {
    /// Where the packet goes.
    Destination,
    /// Where it comes from.
    Source,
    /// Its protocol.
    Protocol,
    /// Its destination port.
    DestinationPort,
    /// Its source port.
    SourcePort,
}

impl Dimension {
    /// Whether its values are addresses.
    pub(super) fn is_address(self) -> bool {
        matches!(self, Dimension::Destination | Dimension::Source)
    }

    /// The last value of this field on the axis of the diagram (protocols stand by their place in [`PROTOCOLS`]).
    pub(super) fn last(self) -> u128 {
        match self {
            Dimension::Destination | Dimension::Source => u128::MAX,
            Dimension::Protocol => PROTOCOLS.len() as u128 - 1,
            Dimension::DestinationPort | Dimension::SourcePort => u128::from(u16::MAX),
        }
    }
}

/// A single packet. The ports of icmp, esp and ah packets carry no meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Packet {
    /// Source address, on the line of [`crate::space::point`].
    pub source: u128,
    /// Destination address, on the same line.
    pub destination: u128,
    /// Protocol number, one of [`PROTOCOLS`].
    pub protocol: u8,
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
}

impl Packet {
    /// Where the packet stands on an axis of the diagram; nothing for a protocol outside the universe.
    pub(super) fn coordinate(&self, dimension: Dimension) -> Option<u128> {
        match dimension {
            Dimension::Destination => Some(self.destination),
            Dimension::Source => Some(self.source),
            Dimension::Protocol => place_of(self.protocol).map(|place| place as u128),
            Dimension::DestinationPort => Some(self.destination_port.into()),
            Dimension::SourcePort => Some(self.source_port.into()),
        }
    }
}

/// The place of a protocol in [`PROTOCOLS`].
pub(super) fn place_of(protocol: u8) -> Option<usize> {
    PROTOCOLS.iter().position(|known| *known == protocol)
}

/// The packets whose every field is in the given set.
///
/// Ports of icmp, esp and ah packets carry no meaning, so a cube with those protocols should have full
/// port sets, or the diagram will tell apart packets that nobody can. When ports are restricted, use
/// [`Cube::ported`] and [`Cube::portless`] to treat the two kinds apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cube {
    /// Source addresses.
    pub source: Addresses,
    /// Destination addresses.
    pub destination: Addresses,
    /// Protocols; numbers outside [`PROTOCOLS`] are ignored.
    pub protocols: Protocols,
    /// Source ports.
    pub source_ports: Ports,
    /// Destination ports.
    pub destination_ports: Ports,
}

impl Cube {
    /// Every packet.
    pub fn all() -> Self {
        Cube {
            source: Ranges::all(),
            destination: Ranges::all(),
            protocols: every_protocol(),
            source_ports: Ranges::all(),
            destination_ports: Ranges::all(),
        }
    }

    /// Just this packet.
    pub fn single(packet: &Packet) -> Self {
        Cube {
            source: Ranges::single(packet.source),
            destination: Ranges::single(packet.destination),
            protocols: Ranges::single(packet.protocol),
            source_ports: Ranges::single(packet.source_port),
            destination_ports: Ranges::single(packet.destination_port),
        }
    }

    /// Whether no packet is in it.
    pub fn is_empty(&self) -> bool {
        self.source.is_empty()
            || self.destination.is_empty()
            || self.source_ports.is_empty()
            || self.destination_ports.is_empty()
            || !PROTOCOLS.iter().any(|protocol| self.protocols.contains(*protocol))
    }

    /// The packets in both.
    #[must_use]
    pub fn intersect(&self, other: &Cube) -> Cube {
        Cube {
            source: self.source.intersect(&other.source),
            destination: self.destination.intersect(&other.destination),
            protocols: self.protocols.intersect(&other.protocols),
            source_ports: self.source_ports.intersect(&other.source_ports),
            destination_ports: self.destination_ports.intersect(&other.destination_ports),
        }
    }

    /// Whether the packet is in it.
    pub fn contains(&self, packet: &Packet) -> bool {
        self.destination.contains(packet.destination)
            && self.source.contains(packet.source)
            && place_of(packet.protocol).is_some()
            && self.protocols.contains(packet.protocol)
            && self.destination_ports.contains(packet.destination_port)
            && self.source_ports.contains(packet.source_port)
    }

    /// Its tcp and udp packets, ports as they are.
    #[must_use]
    pub fn ported(&self) -> Cube {
        Cube { protocols: self.protocols.intersect(&protocols_where(has_ports)), ..self.clone() }
    }

    /// Its icmp, esp and ah packets, whatever their (meaningless) ports.
    #[must_use]
    pub fn portless(&self) -> Cube {
        Cube {
            protocols: self.protocols.intersect(&protocols_where(|protocol| !has_ports(protocol))),
            source_ports: Ranges::all(),
            destination_ports: Ranges::all(),
            ..self.clone()
        }
    }

    /// How many packets are in it, roughly: to put larger cubes first.
    pub fn volume(&self) -> f64 {
        let protocols = PROTOCOLS.iter().filter(|protocol| self.protocols.contains(**protocol)).count();
        width(&widen(&self.source))
            * width(&widen(&self.destination))
            * width(&widen(&self.source_ports))
            * width(&widen(&self.destination_ports))
            * protocols as f64
    }

    /// The intervals of one field on the axis of the diagram.
    pub(super) fn intervals(&self, dimension: Dimension) -> Intervals {
        match dimension {
            Dimension::Destination => widen(&self.destination),
            Dimension::Source => widen(&self.source),
            Dimension::Protocol => places(&self.protocols),
            Dimension::DestinationPort => widen(&self.destination_ports),
            Dimension::SourcePort => widen(&self.source_ports),
        }
    }

    /// Replaces one field by intervals of the axis of the diagram.
    pub(super) fn set_intervals(&mut self, dimension: Dimension, intervals: &[Interval]) {
        match dimension {
            Dimension::Destination => self.destination = addresses(intervals),
            Dimension::Source => self.source = addresses(intervals),
            Dimension::Protocol => self.protocols = protocols(intervals),
            Dimension::DestinationPort => self.destination_ports = ports(intervals),
            Dimension::SourcePort => self.source_ports = ports(intervals),
        }
    }
}

/// First and last value, both included, on an axis of the diagram.
pub(super) type Interval = (u128, u128);

/// The intervals of one field, mostly one.
pub(super) type Intervals = SmallVec<[Interval; 1]>;

/// Intervals as addresses.
pub(super) fn addresses(intervals: &[Interval]) -> Addresses {
    Ranges::from_ranges(intervals.iter().copied())
}

/// Intervals as ports.
pub(super) fn ports(intervals: &[Interval]) -> Ports {
    Ranges::from_ranges(intervals.iter().map(|(first, last)| (*first as u16, *last as u16)))
}

/// Intervals of places as protocol numbers.
pub(super) fn protocols(intervals: &[Interval]) -> Protocols {
    let numbers = intervals.iter().flat_map(|(first, last)| &PROTOCOLS[*first as usize..=*last as usize]);
    Ranges::from_ranges(numbers.map(|number| (*number, *number)))
}

fn protocols_where(wanted: impl Fn(u8) -> bool) -> Protocols {
    Ranges::from_ranges(PROTOCOLS.into_iter().filter(|number| wanted(*number)).map(|number| (number, number)))
}

fn places(protocols: &Protocols) -> Intervals {
    let mut intervals = Intervals::new();
    for (place, _) in PROTOCOLS.iter().enumerate().filter(|(_, number)| protocols.contains(**number)) {
        let place = place as u128;
        match intervals.last_mut() {
            Some(open) if open.1 + 1 == place => open.1 = place,
            _ => intervals.push((place, place)),
        }
    }
    intervals
}

fn widen<T: crate::space::Bound + Into<u128>>(ranges: &Ranges<T>) -> Intervals {
    ranges.iter().map(|(first, last)| (first.into(), last.into())).collect()
}

fn width(intervals: &[Interval]) -> f64 {
    intervals.iter().map(|(first, last)| (last - first) as f64 + 1.0).sum()
}
