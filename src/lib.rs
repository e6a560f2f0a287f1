//! azreach answers, offline, whether a flow is allowed in an Azure network, why, and what would
//! change the answer.
//!
//! The modules in the order in which a question travels through them:
//!
//! ```text
//!  YAML text ──read────▶ Scenario ──resolve──▶ Model ──compile──▶ Network ─┐
//!  az export ──import──▶ Scenario                                          │
//!                                                     Flow (set of packets)┴─evaluate─▶ Trace ─▶ suite ─▶ report
//! ```

// Vocabulary: imports nothing of ours.
pub mod diagnostic;
pub mod flow;
pub mod space;
pub mod tags;
// Facts about services: imports vocabulary only.
pub mod catalog;
// The corridor.
pub mod compile;
pub mod evaluate;
pub mod import;
pub mod model;
pub mod network;
pub mod resolve;
pub mod scenario;
pub mod trace;
// Telling.
pub mod diff;
pub mod fix;
pub mod lint;
pub mod matrix;
pub mod reach;
pub mod report;
pub mod suite;
pub mod verify;
// Shell.
pub mod cli;
