//! The shell: arguments, files, standard streams, exit codes. The only user of `std::fs` and of stdout.
//!
//! In: the command line. Out: text on stdout, diagnostics on stderr, an exit code: 0 the answer is yes, 1 it
//! is no, 2 the command could not run.

mod args;
mod check;
mod diff;
mod explain;
mod files;
mod fix;
mod import;
mod lint;
mod look;
mod matrix;
mod output;
mod reach;
mod tags;
mod templates;
mod verify;

use args::{Arguments, Command, ImportKind};
use clap::{CommandFactory, Parser};
use output::Streams;
use std::{ffi::OsString, process::ExitCode};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ended {
    /// The answer is yes.
    Yes,
    /// It ran, and the answer is no.
    No,
    /// It could not run.
    Failed,
}

impl From<Ended> for ExitCode {
    fn from(ended: Ended) -> ExitCode {
        ExitCode::from(ended as u8)
    }
}

/// Runs the command that `arguments` name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Ended::Failed.into() } else { Ended::Yes.into() };
        }
    };
    if let Some(jobs) = arguments.common.jobs {
        crate::evaluate::use_threads(jobs);
    }
    dispatch(arguments).into()
}

fn dispatch(arguments: Arguments) -> Ended {
    let streams = Streams::new(arguments.common.color);
    let common = &arguments.common;
    match &arguments.command {
        Command::Check { paths, format, filter, what_if } => {
            check::run(&streams, common, paths, *format, filter.as_deref(), what_if.as_deref())
        }
        Command::Trace { file, flow, identity, reading } => {
            look::trace(&streams, common, file, flow, *identity, reading)
        }
        Command::Reach { file, flow, from, to, identity, reading } => {
            let asked = reach::Ends { flow: flow.as_deref(), from: from.as_deref(), to: to.as_deref() };
            reach::run(&streams, common, file, &asked, *identity, reading)
        }
        Command::Matrix { file, flow, format, what_if } => {
            matrix::run(&streams, common, file, flow.as_deref(), what_if.as_deref(), *format)
        }
        Command::Diff { before, after, what_if, format } => {
            diff::run(&streams, common, before, after.as_deref(), what_if.as_deref(), *format)
        }
        Command::Lint { paths, format, deny, allow, what_if } => {
            let asked = lint::Asked { paths, what_if: what_if.as_deref(), deny, allow };
            lint::run(&streams, common, &asked, *format)
        }
        Command::Fix { file, flow, want, identity, reading } => {
            let request = crate::fix::Request { flow, identity: *identity, want: want.verdict() };
            fix::run(&streams, common, file, &request, reading)
        }
        Command::Routes { file, place, reading } => look::routes(&streams, common, file, place, reading),
        Command::Rules { file, place, reading } => look::rules(&streams, common, file, place, reading),
        Command::Graph { file, flow, identity, format, what_if } => {
            let flow = flow.as_deref().map(|flow| (flow, *identity));
            look::graph(&streams, common, file, flow, what_if.as_deref(), *format)
        }
        Command::Import { kind: ImportKind::Arm { paths, parameters, writing } } => {
            import::arm(&streams, common, paths, parameters, writing)
        }
        Command::Import { kind: ImportKind::Az { paths, writing } } => import::az(&streams, common, paths, writing),
        Command::Import { kind: ImportKind::Terraform { paths, side, writing } } => {
            import::terraform(&streams, common, paths, (*side).into(), writing)
        }
        Command::Verify { file, answers, reading } => verify::run(&streams, common, file, answers, reading),
        Command::Tags { subject, format } => tags::run(&streams, common, subject, *format),
        Command::Explain { subject } => explain::run(&streams, subject),
        Command::Schema => {
            streams.out(&output::pretty(&crate::scenario::json_schema()));
            Ended::Yes
        }
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "azreach", &mut text);
            streams.out(&String::from_utf8_lossy(&text));
            Ended::Yes
        }
    }
}
