//! The one integration binary: the independent judge and what it is asked.

mod agreement;
mod generate;
mod oracle;
