//! The one integration binary: the shipped scenarios, the laws and their book, the independent judge, the command line,
//! the house.

mod agreement;
mod claims;
mod cli;
mod diff;
mod generate;
mod import;
mod lawbook;
mod laws;
mod matrix;
mod oracle;
mod pictures;
mod reach;
mod recorded;
mod refused;
mod scenarios;
mod schema;
mod tidy;
