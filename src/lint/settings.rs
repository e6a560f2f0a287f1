//! Settings of a file that change none of its answers.
//!
//! In: a scenario that was read. Out: findings. Each setting is taken away, and every expectation asked again, those of the
//! what-ifs too. Deliberately absent: files without expectations, of which nothing can be said.

use super::Finding;
use crate::{
    diagnostic::{Diagnostics, Origin, Sources},
    scenario::Scenario,
    suite::{self, Outcome, Selection},
    tags::ServiceTags,
};
use std::sync::Arc;

/// Settings without effect.
pub(super) fn findings(scenario: &Scenario, tags: &Arc<ServiceTags>, sources: &Sources) -> Vec<Finding> {
    if scenario.settings.is_empty() {
        return Vec::new();
    }
    let with = answers(scenario, tags, sources);
    let idle = (0..scenario.settings.len()).filter(|at| {
        let mut without = scenario.clone();
        without.settings.remove(*at);
        !with.is_empty() && answers(&without, tags, sources) == with
    });
    idle.map(|at| {
        let (name, span, _) = &scenario.settings[at];
        let message = format!("the setting `{name}` changes no answer of this file");
        Finding::new("setting-without-effect", Some(Origin::Text(*span)), message).help("delete it")
    })
    .collect()
}

/// What becomes of every expectation.
fn answers(scenario: &Scenario, tags: &Arc<ServiceTags>, sources: &Sources) -> Vec<String> {
    let (all, none) = (Selection::default(), Diagnostics::default());
    let result = suite::run("", sources.clone(), Some(scenario), tags, &all, none);
    let told = result.results.iter().map(|one| match &one.outcome {
        Outcome::Verdict { actual, traces, .. } => {
            let parts = traces.iter().flat_map(|trace| &trace.parts);
            let parts: Vec<_> = parts.map(|part| (part.verdict, &part.boxes, &part.decided_by)).collect();
            format!("{actual} {parts:?}")
        }
        Outcome::Only { breaches, .. } => {
            let parts = breaches.iter().map(|one| (&one.says, &one.part.boxes, &one.part.decided_by));
            format!("{:?}", parts.collect::<Vec<_>>())
        }
        Outcome::Fact { actual, .. } => actual.clone(),
        Outcome::Refused { actual, .. } => actual.join(" "),
    });
    told.collect()
}
