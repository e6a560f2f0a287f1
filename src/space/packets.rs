//! Sets of packets: exact, canonical, cheap to compare.
//!
//! In: products of one-dimensional sets ([`Cube`]). Out: [`Set`]s (ids in the arena of a [`Space`]) under
//! union, intersection and difference, and [`Table`]s that give every packet a number. Deliberately absent:
//! rules, routes, names, and any notion of what a packet is for.
//!
//! A set is an *interval decision diagram*: five levels, one per header field; a node cuts its field into
//! intervals and sends each to a child. Neighbours with the same child are merged, a node with one child
//! is left out, and equal nodes are stored once; so two sets are equal exactly when their ids are.
//!
//! ```text
//! cube.rs        Packet, Cube, Dimension: the vocabulary
//! arena.rs       nodes, each stored once; the budget
//! operate.rs     and, or, minus, first match: one memoised recursion
//! clip.rs        the same against a single cube, without building its diagram; cofactors
//! read.rs        membership, witness, projections
//! rows.rs        a set as a short list of disjoint cubes, for people
//! classifier.rs  a table frozen into flat arrays, for millions of packets
//! ```

mod arena;
mod classifier;
mod clip;
mod cube;
mod operate;
mod read;
mod rows;
#[cfg(test)]
mod tests;

pub use arena::{Set, Space, Table};
pub use classifier::Classifier;
pub use cube::{Cube, Dimension, PROTOCOLS, Packet, Protocols, every_protocol, has_ports};
pub use read::Factors;
