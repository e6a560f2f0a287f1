//! The one integration binary: the shipped scenarios, the laws and their book, the independent judge, the command line,
//! the house.

mod agreement;
mod application_gateways;
mod ci;
mod claims;
mod cli;
#[allow(clippy::module_inception)] // the benches call the folder otherwise
#[path = "../../benches/common/mod.rs"]
mod cloud;
mod diff;
mod fix;
mod fix_edits;
mod generate;
mod import;
mod lawbook;
mod laws;
mod lint;
mod lint_rules;
mod matrix;
mod mutations;
mod oracle;
mod pictures;
mod reach;
mod recorded;
mod refused;
mod scenarios;
mod schema;
mod templates;
mod terraform;
mod tidy;
