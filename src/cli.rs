//! The command line.

use std::{ffi::OsString, process::ExitCode};

/// Runs the command that `arguments` name.
pub fn run(_arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    ExitCode::from(2)
}
