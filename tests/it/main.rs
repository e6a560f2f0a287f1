//! The one integration binary: the shipped scenarios, the laws, the independent judge, the command line, the house.

mod agreement;
mod cli;
mod generate;
mod laws;
mod oracle;
mod pictures;
mod scenarios;
mod schema;
mod tidy;
