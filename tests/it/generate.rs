//! Random small networks as [`Model`] values, and random questions about them, from one seed.
//!
//! In: a seed. Out: a model that Azure would accept, and single packets between two ends. Deliberately absent:
//! files and names to find; everything is built by index. Addresses come from small pools so that things collide.

mod devices;
mod gateways;
mod network;
mod platform;
mod questions;
mod random;
mod requests;
mod route_servers;
mod tags;
mod virtual_wan;
mod wide;
mod zones;

pub(crate) use network::network;
pub(crate) use platform::platform;
pub(crate) use questions::{Ask, SetAsk, asks, insiders, set_ask};
pub(crate) use random::Random;
pub(crate) use requests::{Call, calls};
pub(crate) use wide::wide;
