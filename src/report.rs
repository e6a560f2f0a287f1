//! Telling: what was found, in text for people and in the formats that other programs read.
//!
//! In: diagnostics, traces, results of `check`, a network. Out: strings and JSON values; the same input gives the
//! same bytes. Deliberately absent: deciding anything, writing anywhere (that is `cli`), asking for the terminal:
//! text always carries its colours, and `cli` strips them where nobody wants them.
//!
//! ```text
//! page.rs         styled text, aligned columns, names made harmless for terminals
//! places.rs       lines and columns of spans, quick in long files too
//! boxes.rs        sets of packets in words           ┐
//! cells.rs        cells of a matrix in words; CSV   │
//! words.rs        deciders and reasons in words      ├ said once, for text and JSON alike
//! effective.rs    effective rules as people see them ┘
//! diagnostics.rs  findings about a file, the line underlined
//! text/           trace, check, routes, rules in a terminal
//! json/           the stable contract
//! scenario.rs     an imported network as a scenario file
//! junit.rs, github.rs, sarif.rs   for build servers and code scanning
//! manual.rs      what the pages say of a code or a law
//! markdown.rs     a diff for a pull request
//! graph/          pictures: dot, mermaid, svg, html
//! ```

mod boxes;
mod cells;
mod diagnostics;
mod effective;
pub mod github;
pub mod graph;
pub mod json;
pub mod junit;
pub mod manual;
pub mod markdown;
mod page;
mod places;
#[cfg(test)]
mod samples;
pub mod sarif;
mod scenario;
pub mod text;
mod words;

pub use boxes::{BoxText, boxes, witness};
pub use cells::csv;
pub use diagnostics::{diagnostics, diagnostics_json};
pub use effective::{EffectiveRule, Field, Level, NetworkPlace, effective_rules};
pub use scenario::{scenario_json, scenario_yaml, what_if_yaml};
