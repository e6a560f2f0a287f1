//! azreach answers, offline, whether a flow is allowed in an Azure network, why, and what would
//! change the answer.
//!
//! The modules in the order in which a question travels through them:
//!
//! ```text
//!  YAML text ──read────▶ Scenario ──resolve──▶ Model ──compile──▶ Network ─┐
//!                                                     Flow (set of packets)┴─evaluate─▶ Trace ─▶ suite ─▶ report
//! ```

// Vocabulary: imports nothing of ours.
pub mod diagnostic;
pub mod space;
pub mod flow;
pub mod tags;
// The corridor.
pub mod scenario;
pub mod model;
pub mod resolve;
pub mod compile;
pub mod network;
pub mod evaluate;
pub mod trace;
// Telling.
pub mod suite;
pub mod report;
// Shell.
pub mod cli;
