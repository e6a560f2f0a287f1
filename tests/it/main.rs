//! The one integration binary: the shipped scenarios, the laws, the independent judge, the command line, the house.

mod agreement;
mod cli;
mod generate;
mod import;
mod laws;
mod oracle;
mod recorded;
mod refused;
mod scenarios;
mod schema;
mod tidy;
