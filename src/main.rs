//! The door: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    azreach::cli::run(std::env::args_os())
}
