//! The colours of the house.

use crate::trace::{Outcome, Verdict};
use anstyle::{AnsiColor, Style};

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const GREEN: Style = AnsiColor::Green.on_default();
pub(super) const RED: Style = AnsiColor::Red.on_default();
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(super) const CYAN: Style = AnsiColor::Cyan.on_default();

/// The colour of a verdict.
pub(super) fn of_verdict(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Allowed => GREEN.bold(),
        Verdict::Denied => RED.bold(),
        Verdict::Mixed | Verdict::Undetermined => YELLOW.bold(),
    }
}

/// The colour of a step.
pub(super) fn of_outcome(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Allow => GREEN,
        Outcome::Deny => RED,
        Outcome::Unknown => YELLOW,
        Outcome::Pass => DIM,
    }
}

/// A text in a style.
pub(super) fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}
