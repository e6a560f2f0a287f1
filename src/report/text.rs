//! Answers in a terminal.
//!
//! In: traces, results, a network. Out: text with colours. Deliberately absent: stripping the colours, progress.

mod check;
mod diff;
mod fix;
mod import;
mod lint;
mod matrix;
mod reach;
mod routes;
mod rules;
mod steps;
mod trace;
mod verify;

pub use check::check;
pub(super) use check::{actual, expected, subject};
pub use diff::diff;
pub use fix::fix;
pub use import::import;
pub use lint::lint;
pub use matrix::matrix;
pub use reach::reach;
pub use routes::routes;
pub use rules::rules;
pub use trace::trace;
pub use verify::verify;
