//! Do all expectations hold? One question: `check`.
//!
//! In: a scenario with its network, base and what-ifs. Out: [`ScenarioResult`]s. Deliberately absent: reading
//! files (that is `cli`) and printing (that is `report`).

mod by;
pub mod facts;
mod only;
mod run;
mod way;

pub use by::By;
pub use run::{Asked, Selection, expectations, networks_of_what_ifs, prepare, question, run, with_what_if};

use crate::{
    diagnostic::{Diagnostics, Sources, Span},
    trace::{Part, Trace, Verdict},
};

/// What came of one scenario file.
#[derive(Debug)]
pub struct ScenarioResult {
    /// As the user named the file.
    pub file: String,
    /// The scenario's own name, else the file's.
    pub name: String,
    /// Everything found while reading, resolving and compiling it.
    pub diagnostics: Diagnostics,
    /// The texts that diagnostics and deciders point into.
    pub sources: Sources,
    /// False when the file could not be run (exit code 2), unless it says that it must be refused and is.
    pub usable: bool,
    /// Its expectations in the order of the file, the base's first, then each what-if's.
    pub results: Vec<ExpectationResult>,
}

/// What came of one expectation.
#[derive(Debug)]
pub struct ExpectationResult {
    /// The what-if that it belongs to.
    pub what_if: Option<String>,
    /// Where it is written.
    pub span: Span,
    /// One-based line.
    pub line: usize,
    /// Whether it holds.
    pub passed: bool,
    /// `reason:` of the file, printed on failure.
    pub reason: Option<String>,
    /// What was claimed, and what is.
    pub outcome: Outcome,
}

/// Exactly those packets that break a claim.
#[derive(Debug, Clone)]
pub struct Breach {
    /// How, in words.
    pub says: String,
    /// The packets, one of them, their way.
    pub part: Part,
}

/// A claim beside the truth.
#[derive(Debug)]
pub enum Outcome {
    /// allowed, denied, mixed, undetermined.
    Verdict {
        /// The flow as canonical text; several legs joined by `; `.
        flow: String,
        /// What the file says.
        expected: Verdict,
        /// What is: of all legs together.
        actual: Verdict,
        /// One per leg.
        traces: Vec<Trace>,
        /// `by:` of the file, and whether a deciding step matches it.
        by: Option<(String, bool)>,
        /// `via:` and `notVia:` of the file, in words.
        way: Vec<String>,
        /// The packets whose way is another.
        breaches: Vec<Breach>,
    },
    /// only: between two lists of ends, these flows and nothing else.
    Only {
        /// Between whom.
        subject: String,
        /// The flows that the file lists.
        flows: Vec<String>,
        /// What is allowed besides them, and what is listed and not allowed.
        breaches: Vec<Breach>,
    },
    /// nextHop, routes, tag: the kind, and both sides in words.
    Fact {
        /// `nextHop`, `routes`, `tag`.
        kind: &'static str,
        /// At which place, for which address or tag.
        subject: String,
        /// What the file says.
        expected: String,
        /// What is.
        actual: String,
    },
    /// refused: the codes that the file must be refused with.
    Refused {
        /// As the file lists them, sorted.
        expected: Vec<String>,
        /// The codes of the errors found, sorted, each once.
        actual: Vec<String>,
    },
}
