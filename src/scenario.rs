//! The scenario as written.
pub mod tree;
