//! `azreach explain CODE|LAW`: what a diagnostic code or a law means.

use super::{Ended, output::Streams};
use crate::{diagnostic::nearest, report::manual};

/// Prints the entry of a code or a law.
pub(crate) fn run(streams: &Streams, subject: &str) -> Ended {
    if let Some((name, text)) = manual::entry(subject) {
        streams.out(&format!("{name}\n{text}\n"));
        return Ended::Yes;
    }
    let near = nearest(subject, manual::entries().map(|(name, _)| name).collect::<Vec<_>>(), 3);
    let help = near.map(|near| format!("\nhelp: did you mean `{near}`?")).unwrap_or_default();
    streams.err(&format!("error: nothing is known about `{subject}`{help}\n"));
    Ended::Failed
}
