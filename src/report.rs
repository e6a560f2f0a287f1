//! Telling: one format per file.
//!
//! In: results, traces, networks, diagnostics. Out: text. Pure and deterministic; text formats carry ANSI
//! styles, which the caller strips where they are not wanted. Deliberately absent: writing to anything.

mod boxes;
pub mod diagnostics;
pub mod github;
pub mod json;
pub mod junit;
mod style;
pub mod text;
