//! Exports to trees.
