//! The scenario as written.
pub mod settings;
pub mod tree;
