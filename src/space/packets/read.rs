//! Reading sets and tables: membership, a witness, the values of one field.
//!
//! In: a set or table and a packet. Out: yes or no, a number, a packet, one-dimensional sets. Nothing here
//! adds to the arena.

use super::arena::{Id, LEVELS, Set, Space, Table};
use super::cube::{self, Dimension, Interval, PROTOCOLS, Packet, Protocols};
use crate::space::{Addresses, IPV4_BASE, IPV4_LAST, Ports};
use rustc_hash::FxHashSet;

/// Values of a field from the nicest to the least nice.
type Taste = [Interval];

const IPV4: Interval = (IPV4_BASE, IPV4_LAST);
const BELOW_IPV4: Interval = (0, IPV4_BASE - 1);
const ABOVE_IPV4: Interval = (IPV4_LAST + 1, u128::MAX);
const IPV4_FIRST: [Interval; 3] = [IPV4, BELOW_IPV4, ABOVE_IPV4];
const IPV6_FIRST: [Interval; 3] = [BELOW_IPV4, ABOVE_IPV4, IPV4];
/// tcp, udp, icmp, esp, ah, by their places in [`PROTOCOLS`].
const TCP_FIRST: [Interval; 5] = [(1, 1), (2, 2), (0, 0), (3, 3), (4, 4)];
const REAL_PORT_FIRST: [Interval; 2] = [(1, 65535), (0, 0)];
const EPHEMERAL_FIRST: [Interval; 3] = [(1024, 65535), (1, 1023), (0, 0)];

/// A set that is a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factors {
    /// Where its packets go.
    pub destination: Addresses,
    /// Where they come from.
    pub source: Addresses,
    /// Their protocols and ports, from anywhere to anywhere.
    pub services: Set,
}

impl Space {
    /// Whether the packet is in the set. Packets of a protocol outside of [`PROTOCOLS`] are in none.
    pub fn contains(&self, set: Set, packet: &Packet) -> bool {
        self.look_up(Table(set.0), packet) == 1
    }

    /// The number of the packet, 0 when it has none.
    pub fn look_up(&self, table: Table, packet: &Packet) -> u32 {
        if cube::place_of(packet.protocol).is_none() {
            return 0;
        }
        let mut id = table.0;
        loop {
            if let Some(number) = id.number() {
                return number;
            }
            let value = packet.coordinate(self.order[self.level(id)]).unwrap_or(0);
            id = self.edge(self.edge_at(id, value)).1;
        }
    }

    /// A packet of the set, always the same: IPv4 before IPv6, both ends of one family if it can be, the
    /// lowest addresses, tcp before udp, icmp, esp, ah, the lowest ports, a source port from 1024 up if it can be.
    pub fn witness(&self, set: Set) -> Option<Packet> {
        if set.is_empty() {
            return None;
        }
        let mut values = [0; LEVELS];
        let mut id = set.0;
        for level in 0..LEVELS {
            let taste = self.taste(level, &values);
            (values[level], id) = self.nicest(id, level, taste)?;
        }
        let value = |dimension| values[self.level_of(dimension)];
        Some(Packet {
            destination: value(Dimension::Destination),
            source: value(Dimension::Source),
            protocol: PROTOCOLS[value(Dimension::Protocol) as usize],
            destination_port: value(Dimension::DestinationPort) as u16,
            source_port: value(Dimension::SourcePort) as u16,
        })
    }

    fn taste(&self, level: usize, values: &[u128; LEVELS]) -> &'static Taste {
        let destination = values[self.level_of(Dimension::Destination)];
        match self.order[level] {
            Dimension::Source if level > 0 && !(IPV4.0..=IPV4.1).contains(&destination) => &IPV6_FIRST,
            Dimension::Destination | Dimension::Source => &IPV4_FIRST,
            Dimension::Protocol => &TCP_FIRST,
            Dimension::DestinationPort => &REAL_PORT_FIRST,
            Dimension::SourcePort => &EPHEMERAL_FIRST,
        }
    }

    /// The nicest value at a level that leads to a packet, and where it leads.
    fn nicest(&self, id: Id, level: usize, taste: &Taste) -> Option<(u128, Id)> {
        if self.level(id) > level {
            return taste.first().map(|(first, _)| (*first, id));
        }
        taste.iter().find_map(|stretch| self.lowest_in(id, *stretch))
    }

    fn lowest_in(&self, id: Id, (first, last): Interval) -> Option<(u128, Id)> {
        self.intervals(id)
            .filter(|(from, to, child)| *child != Id::NO && *from <= last && first <= *to)
            .map(|(from, _, child)| (from.max(first), child))
            .next()
    }

    /// The source addresses that occur.
    pub fn sources_of(&self, set: Set) -> Addresses {
        cube::addresses(&self.project(set, Dimension::Source))
    }

    /// The destination addresses that occur.
    pub fn destinations_of(&self, set: Set) -> Addresses {
        cube::addresses(&self.project(set, Dimension::Destination))
    }

    /// The protocols that occur.
    pub fn protocols_of(&self, set: Set) -> Protocols {
        cube::protocols(&self.project(set, Dimension::Protocol))
    }

    /// The source ports that occur.
    pub fn source_ports_of(&self, set: Set) -> Ports {
        cube::ports(&self.project(set, Dimension::SourcePort))
    }

    /// The destination ports that occur.
    pub fn destination_ports_of(&self, set: Set) -> Ports {
        cube::ports(&self.project(set, Dimension::DestinationPort))
    }

    /// The numbers that occur in a table, ascending, without 0.
    pub fn numbers_of(&self, table: Table) -> Vec<u32> {
        let mut numbers: Vec<u32> = self.reachable(table.0).into_iter().filter_map(Id::number).collect();
        numbers.retain(|number| *number != 0);
        numbers.sort_unstable();
        numbers
    }

    /// A set as destinations times sources times what else its packets are, if it is that.
    pub fn factors(&self, set: Set) -> Option<Factors> {
        if set.is_empty() || self.level_of(Dimension::Destination) != 0 || self.level_of(Dimension::Source) != 1 {
            return None;
        }
        let (destination, rest) = self.only_child(set.0, 0)?;
        let (source, services) = self.only_child(rest, 1)?;
        Some(Factors { destination, source, services: Set(services) })
    }

    /// The values of a level that lead to something, if it is the same for all of them.
    fn only_child(&self, id: Id, level: usize) -> Option<(Addresses, Id)> {
        if self.level(id) > level {
            return Some((Addresses::all(), id));
        }
        let mut children = self.edges_of(id).map(|at| self.edge(at).1).filter(|child| *child != Id::NO);
        let child = children.next()?;
        children.all(|other| other == child).then(|| {
            let held = self.intervals(id).filter(|edge| edge.2 == child).map(|(first, last, _)| (first, last));
            (Addresses::from_ranges(held), child)
        })
    }

    fn project(&self, set: Set, dimension: Dimension) -> Vec<Interval> {
        let level = self.level_of(dimension);
        let mut found = Vec::new();
        self.collect(set.0, level, &mut FxHashSet::default(), &mut found);
        found
    }

    fn collect(&self, id: Id, level: usize, seen: &mut FxHashSet<Id>, found: &mut Vec<Interval>) {
        if id == Id::NO || !seen.insert(id) {
            return;
        }
        if self.level(id) > level {
            found.push((0, self.last_of(level)));
        } else if self.level(id) == level {
            found.extend(self.intervals(id).filter(|edge| edge.2 != Id::NO).map(|(first, last, _)| (first, last)));
        } else {
            self.edges_of(id).for_each(|at| self.collect(self.edge(at).1, level, seen, found));
        }
    }

    /// The diagram's nodes and ends.
    fn reachable(&self, root: Id) -> FxHashSet<Id> {
        let mut seen = FxHashSet::default();
        let mut open = vec![root];
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(self.edges_of(id).map(|at| self.edge(at).1));
            }
        }
        seen
    }
}
