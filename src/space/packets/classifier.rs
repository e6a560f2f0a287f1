//! A table frozen for millions of packets.
//!
//! In: a [`Table`]. Out: an immutable value that threads can share and that needs no [`Space`]: flat
//! arrays, at most five binary searches for a packet. Deliberately absent: change; build another.
//!
//! The diagram is frozen twice: once cut down to IPv4 addresses, where bounds have 32 bits, and once whole.

use super::arena::{Id, Space, Table};
use super::cube::{Dimension, PROTOCOLS, Packet};
use crate::space::{Bound, IPV4_BASE, IPV4_LAST};
use rustc_hash::FxHashMap;

/// A number for every packet; `Send + Sync`.
#[derive(Debug, Clone)]
pub struct Classifier {
    four: Flat<u32>,
    whole: Flat<u128>,
}

impl Space {
    /// Freezes a table.
    pub fn freeze(&self, table: Table) -> Classifier {
        let four = Window { first: IPV4_BASE, last: IPV4_LAST, narrow: |bound| (bound - IPV4_BASE) as u32 };
        let whole = Window { first: 0, last: u128::MAX, narrow: |bound| bound };
        Classifier { four: Flat::cut(self, table.0, four), whole: Flat::cut(self, table.0, whole) }
    }
}

impl Classifier {
    /// The number of the packet, 0 when it has none.
    #[inline]
    pub fn classify(&self, packet: &Packet) -> u32 {
        let is_four = |point: u128| point >> 32 == IPV4_BASE >> 32;
        if is_four(packet.source) && is_four(packet.destination) {
            self.four.classify(packet, packet.destination as u32, packet.source as u32)
        } else {
            self.whole.classify(packet, packet.destination, packet.source)
        }
    }

    /// The bytes it takes, roughly.
    pub fn bytes(&self) -> usize {
        self.four.bytes() + self.whole.bytes()
    }
}

/// The place of each protocol number in [`PROTOCOLS`]; for all others, one past the last.
const PLACES: [u8; 256] = {
    let mut places = [PROTOCOLS.len() as u8; 256];
    let mut place = 0;
    while place < PROTOCOLS.len() {
        places[PROTOCOLS[place] as usize] = place as u8;
        place += 1;
    }
    places
};

/// A diagram in flat arrays; `A` bounds addresses.
#[derive(Debug, Clone)]
struct Flat<A> {
    root: Id,
    nodes: Vec<FlatNode>,
    /// The last value of each edge of the address nodes.
    addresses: Vec<A>,
    /// The last value of each edge of the port nodes.
    ports: Vec<u16>,
    /// The child of each edge, node after node.
    children: Vec<Id>,
}

#[derive(Debug, Clone, Copy)]
struct FlatNode {
    dimension: Dimension,
    /// Where its edges begin among the bounds of its kind.
    bounds: u32,
    count: u32,
    /// Where its edges begin among the children.
    children: u32,
}

/// Where the nodes of the space went.
type Frozen = FxHashMap<Id, Id>;

/// The last value of an edge, and its child.
type Edge = (u128, Id);

/// The addresses that a flat diagram is about, and how it writes them.
#[derive(Clone, Copy)]
struct Window<A> {
    first: u128,
    last: u128,
    narrow: fn(u128) -> A,
}

impl<A: Bound> Flat<A> {
    /// The diagram seen by packets whose addresses are in `window`.
    fn cut(space: &Space, root: Id, window: Window<A>) -> Self {
        let mut flat = Flat { root, nodes: Vec::new(), addresses: Vec::new(), ports: Vec::new(), children: Vec::new() };
        flat.root = flat.add(space, root, window, &mut Frozen::default());
        flat
    }

    fn add(&mut self, space: &Space, id: Id, window: Window<A>, frozen: &mut Frozen) -> Id {
        if id.number().is_some() {
            return id;
        }
        if let Some(known) = frozen.get(&id) {
            return *known;
        }
        let dimension = space.order[space.level(id)];
        let edges = self.add_edges(space, id, window, frozen);
        let added = match edges.as_slice() {
            [(_, only)] => *only,
            _ => self.store(dimension, &edges, window.narrow),
        };
        frozen.insert(id, added);
        added
    }

    /// The edges of a node inside the window, their children frozen.
    fn add_edges(&mut self, space: &Space, id: Id, window: Window<A>, frozen: &mut Frozen) -> Vec<Edge> {
        let is_address = space.order[space.level(id)].is_address();
        let (from, to) = if is_address { (window.first, window.last) } else { (0, u128::MAX) };
        let mut edges: Vec<Edge> = Vec::new();
        for (_, last, child) in space.intervals(id).filter(|(first, last, _)| *first <= to && *last >= from) {
            let child = self.add(space, child, window, frozen);
            match edges.last_mut() {
                Some(open) if open.1 == child => open.0 = last.min(to),
                _ => edges.push((last.min(to), child)),
            }
        }
        edges
    }

    fn store(&mut self, dimension: Dimension, edges: &[Edge], narrow: fn(u128) -> A) -> Id {
        let children = self.children.len() as u32;
        let bounds = if dimension.is_address() { self.addresses.len() } else { self.ports.len() } as u32;
        match dimension {
            Dimension::Destination | Dimension::Source => {
                self.addresses.extend(edges.iter().map(|(last, _)| narrow(*last)));
                self.children.extend(edges.iter().map(|(_, child)| *child));
            }
            Dimension::Protocol => self.children.extend(by_place(edges)),
            Dimension::DestinationPort | Dimension::SourcePort => {
                self.ports.extend(edges.iter().map(|(last, _)| *last as u16));
                self.children.extend(edges.iter().map(|(_, child)| *child));
            }
        }
        self.nodes.push(FlatNode { dimension, bounds, count: edges.len() as u32, children });
        Id(self.nodes.len() as u32 - 1)
    }

    #[inline]
    fn classify(&self, packet: &Packet, destination: A, source: A) -> u32 {
        let protocol = usize::from(PLACES[usize::from(packet.protocol)]);
        if protocol == PROTOCOLS.len() {
            return 0;
        }
        let mut id = self.root;
        loop {
            if let Some(number) = id.number() {
                return number;
            }
            let node = &self.nodes[id.0 as usize];
            let edge = match node.dimension {
                Dimension::Destination => place_in(&self.addresses, node, destination),
                Dimension::Source => place_in(&self.addresses, node, source),
                Dimension::Protocol => protocol,
                Dimension::DestinationPort => place_in(&self.ports, node, packet.destination_port),
                Dimension::SourcePort => place_in(&self.ports, node, packet.source_port),
            };
            id = self.children[node.children as usize + edge];
        }
    }

    fn bytes(&self) -> usize {
        self.nodes.len() * size_of::<FlatNode>()
            + size_of_val(self.addresses.as_slice())
            + size_of_val(self.ports.as_slice())
            + size_of_val(self.children.as_slice())
    }
}

/// Which edge of the node holds the value.
#[inline]
fn place_in<T: Bound>(bounds: &[T], node: &FlatNode, value: T) -> usize {
    bounds[node.bounds as usize..][..node.count as usize].partition_point(|last| *last < value)
}

/// One child for each protocol.
fn by_place(edges: &[Edge]) -> impl Iterator<Item = Id> + '_ {
    (0..PROTOCOLS.len() as u128)
        .filter_map(|place| edges.iter().find(|(last, _)| *last >= place).map(|(_, child)| *child))
}
