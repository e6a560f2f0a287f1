//! The one integration binary: the shipped scenarios, the laws and their book, the independent judge, the command line,
//! the house.

mod agreement;
mod cli;
mod generate;
mod lawbook;
mod laws;
mod oracle;
mod pictures;
mod scenarios;
mod schema;
mod tidy;
