//! Every code of `lint` with its level.
//!
//! In: a code. Out: how bad it is. Deliberately absent: what it means: that is `docs/lint.md`, and for what `resolve` and
//! `compile` find already, `docs/diagnostics.md`.

use crate::diagnostic::Severity;

/// Codes and levels. A warning is certainly not what anybody meant; a note may well be.
pub const CODES: &[(&str, Severity)] = &[
    ("rule-shadowed", Severity::Warning),
    ("rule-redundant", Severity::Warning),
    ("rule-repeats-later-rules", Severity::Note),
    ("rule-without-match", Severity::Warning),
    ("rule-wider-than-needed", Severity::Note),
    ("default-rule-decides", Severity::Warning),
    ("group-not-attached", Severity::Warning),
    ("rules-too-complex", Severity::Note),
    ("virtual-network-widened", Severity::Note),
    ("route-table-not-attached", Severity::Warning),
    ("route-never-selected", Severity::Warning),
    ("service-endpoint-without-service", Severity::Note),
    ("site-prefix-without-route", Severity::Warning),
    ("asymmetric-path", Severity::Warning),
    ("private-endpoint-not-resolved", Severity::Warning),
    ("private-endpoint-not-resolved-by-peers", Severity::Note),
    ("private-endpoint-without-zone", Severity::Note),
    ("setting-without-effect", Severity::Note),
    // What `resolve` and `compile` know to be without effect.
    ("too-many-rules", Severity::Warning),
    ("remote-asg", Severity::Warning),
    ("private-ip-rule", Severity::Warning),
    ("route-without-effect", Severity::Warning),
    ("subnet-rule-without-effect", Severity::Warning),
    ("peering-not-connected", Severity::Warning),
    ("no-remote-gateway", Severity::Warning),
    ("gateway-not-functional", Severity::Warning),
    ("connection-without-twin", Severity::Warning),
    ("firewall-without-internet", Severity::Warning),
    ("databricks-required-rules", Severity::Warning),
    ("databricks-not-delegated", Severity::Warning),
];

/// Whether `lint` finds such a thing.
pub fn is_code(code: &str) -> bool {
    CODES.iter().any(|(known, _)| *known == code)
}

/// The level of a code of ours.
pub(super) fn level(code: &str) -> Severity {
    CODES.iter().find(|(known, _)| *known == code).map_or(Severity::Note, |(_, level)| *level)
}
