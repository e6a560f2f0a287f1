//! Findings while resolving: so many are kept, and an error never gives way to a warning.
//!
//! In: diagnostics in the order found. Out: the same, poured into the scenario's own. Deliberately absent: their texts.

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};

/// Findings in the order found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Errors with their number in that order.
    errors: Vec<(usize, Diagnostic)>,
    /// Warnings and notes likewise.
    others: Vec<(usize, Diagnostic)>,
    seen: usize,
}

impl Findings {
    /// Adds a finding.
    pub(crate) fn push(&mut self, finding: Diagnostic) {
        let kept = if finding.severity == Severity::Error { &mut self.errors } else { &mut self.others };
        if kept.len() < Diagnostics::LIMIT {
            kept.push((self.seen, finding));
        }
        self.seen += 1;
    }

    /// How many there were.
    pub(crate) fn len(&self) -> usize {
        self.seen
    }

    /// Adds them all to the scenario's; where there is no room for all, the errors first.
    pub(crate) fn pour(self, diagnostics: &mut Diagnostics) {
        let crowded = diagnostics.iter().len() + self.seen > Diagnostics::LIMIT;
        let mut all = self.errors;
        all.extend(self.others);
        if !crowded {
            all.sort_by_key(|(number, _)| *number);
        }
        all.into_iter().for_each(|(_, finding)| diagnostics.push(finding));
    }
}
