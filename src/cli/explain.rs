//! `azreach explain CODE|LAW`: what a diagnostic code or a law means.

use super::{Ended, output::Streams};
use crate::diagnostic::nearest;

/// The pages that it reads from: the documentation itself, so that the two cannot differ.
const CODES: &str = include_str!("../../docs/diagnostics.md");
const LAWS: &str = include_str!("../../docs/semantics.md");

/// Prints the entry of a code or a law.
pub(crate) fn run(streams: &Streams, subject: &str) -> Ended {
    let entries = || entries(CODES).chain(entries(LAWS));
    if let Some((name, text)) = entries().find(|(name, _)| name.eq_ignore_ascii_case(subject)) {
        streams.out(&format!("{name}\n{text}\n"));
        return Ended::Yes;
    }
    let near = nearest(subject, entries().map(|(name, _)| name).collect::<Vec<_>>(), 3);
    let help = near.map(|near| format!("\nhelp: did you mean `{near}`?")).unwrap_or_default();
    streams.err(&format!("error: nothing is known about `{subject}`{help}\n"));
    Ended::Failed
}

/// Entries of a page: lines like "- **name** text".
fn entries(page: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    page.lines().filter_map(|line| line.strip_prefix("- **")?.split_once("** "))
}
