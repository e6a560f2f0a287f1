//! Random small networks as [`Model`] values, and random questions about them, from one seed.
//!
//! In: a seed. Out: a model that Azure would accept, and single packets between two ends. Deliberately absent:
//! files and names to find; everything is built by index. Addresses come from small pools so that things collide.

mod network;
mod questions;
mod random;

pub(crate) use network::network;
pub(crate) use questions::{Ask, SetAsk, asks, set_ask};
pub(crate) use random::Random;
