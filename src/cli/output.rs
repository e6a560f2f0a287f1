//! Standard streams, with colour or without.

use super::args::Colour;
use anstream::{AutoStream, ColorChoice};
use std::io::Write;

/// Of this program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where text goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Streams {
    choice: ColorChoice,
}

impl Streams {
    pub(crate) fn new(colour: Colour) -> Self {
        let choice = match colour {
            Colour::Auto => ColorChoice::Auto,
            Colour::Always => ColorChoice::Always,
            Colour::Never => ColorChoice::Never,
        };
        Streams { choice }
    }

    /// Data. A reader that went away is no error of ours.
    pub(crate) fn out(&self, text: &str) {
        let mut stream = AutoStream::new(std::io::stdout(), self.choice);
        let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    }

    /// Diagnostics.
    pub(crate) fn err(&self, text: &str) {
        let mut stream = AutoStream::new(std::io::stderr(), self.choice);
        let _ = stream.write_all(text.as_bytes());
    }
}

/// JSON for people and programs.
pub(crate) fn pretty(value: &serde_json::Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
