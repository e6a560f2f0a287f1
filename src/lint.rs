//! What of a network does nothing, does less than it says, or does more than anybody meant. One question: `lint`.
//!
//! In: a scenario with its network, and what `resolve` found about it. Out: [`Finding`]s, each with its code, its place, its
//! proof and what to do. Deliberately absent: deciding anything about traffic: rules are laid over each other as exact sets
//! of packets, and everything else is asked of `evaluate`; printing (that is `report`).
//!
//! ```text
//! codes.rs      every code with its level
//! levels.rs     what the caller asks to deny or to allow
//! places.rs     where a rule list is applied, and to which packets
//! layers.rs     a rule list as sets of packets: what each rule may match, what is left for it
//! rules.rs      dead, redundant, over-wide rules; defaults that decide
//! widened.rs    what a default route does to VirtualNetwork, and so to security groups
//! idle.rs       routes, tables, endpoints, sites that nothing uses or nothing leads to
//! paths.rs      devices that see one direction only; names that lead past their private endpoint
//! settings.rs   settings that change no answer
//! ```

mod codes;
mod idle;
mod layers;
mod levels;
mod paths;
mod places;
mod rules;
mod settings;
mod widened;

pub use codes::{CODES, is_code};
pub use levels::Levels;

use crate::{
    diagnostic::{Diagnostic, Diagnostics, Origin, Severity, Sources, Span},
    network::Network,
    scenario::Scenario,
    space::Packet,
    suite,
    tags::ServiceTags,
};
use serde_json::Value;
use std::sync::Arc;

/// What came of one scenario file.
#[derive(Debug)]
pub struct Linted {
    /// As the user named the file.
    pub file: String,
    /// The scenario's own name, else the file's.
    pub name: String,
    /// In the order of the file, at the levels asked for.
    pub findings: Vec<Finding>,
    /// Everything else that was found while reading and resolving it.
    pub diagnostics: Diagnostics,
    /// The texts that findings point into.
    pub sources: Sources,
    /// False when the file could not be looked at.
    pub usable: bool,
}

/// One thing found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Code, level, message, place, help.
    pub diagnostic: Diagnostic,
    /// Why it is so.
    pub proof: Proof,
    /// A patch of `network` that mends it, to paste under `whatIf`.
    pub patch: Option<Value>,
}

/// Why a finding holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Proof {
    /// The message says it all.
    #[default]
    Plain,
    /// These rules, in the order of priority, decide all that it could.
    Rules(Vec<Covering>),
    /// This packet.
    Witness(Packet),
    /// This flow, which `trace` explains.
    Flow(String),
}

/// A rule that stands in a proof.
#[derive(Debug, Clone, PartialEq)]
pub struct Covering {
    /// Its name.
    pub name: String,
    /// Where it is written; default rules are not.
    pub origin: Option<Origin>,
}

impl Finding {
    fn new(code: &'static str, origin: Option<Origin>, message: impl Into<String>) -> Finding {
        let diagnostic = Diagnostic::new(code, codes::level(code), origin, message);
        Finding { diagnostic, proof: Proof::Plain, patch: None }
    }

    fn help(mut self, help: impl Into<String>) -> Finding {
        self.diagnostic = self.diagnostic.help(help);
        self
    }

    fn related(mut self, span: Span, label: impl Into<String>) -> Finding {
        self.diagnostic = self.diagnostic.related(span, label);
        self
    }

    fn proof(mut self, proof: Proof) -> Finding {
        self.proof = proof;
        self
    }

    fn patch_if(mut self, patch: Option<Value>) -> Finding {
        self.patch = patch;
        self
    }
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What Azure would apply.
    pub network: &'a Network,
    /// The same with each what-if of the file: what only a what-if uses is not idle.
    pub what_ifs: &'a [Network],
}

/// Everything found about a network, in the order of the file. What `resolve` and `compile` found to be without effect is
/// among it.
pub fn lint(subject: Subject<'_>, found_before: &Diagnostics) -> Vec<Finding> {
    let ineffective = found_before.iter().filter(|one| one.severity != Severity::Error && is_code(one.code));
    let known = |one: &Diagnostic| Finding { diagnostic: one.clone(), proof: Proof::Plain, patch: None };
    let mut findings: Vec<Finding> = ineffective.map(known).collect();
    findings.extend(rules::findings(subject));
    findings.extend(widened::findings(subject));
    findings.extend(idle::findings(subject));
    findings.extend(paths::findings(subject));
    in_order(findings)
}

fn in_order(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings
        .sort_by_key(|one| one.diagnostic.origin.as_ref().map(|origin| (origin.span().source, origin.span().start)));
    findings
}

/// Looks at one scenario that was read: its network, and that of each of its what-ifs. The levels are those of the codes.
pub fn run(
    file: &str,
    sources: Sources,
    scenario: Option<&Scenario>,
    tags: &Arc<ServiceTags>,
    mut diagnostics: Diagnostics,
) -> Linted {
    let name = scenario.and_then(|scenario| scenario.name.clone()).unwrap_or_else(|| file.to_owned());
    let mut findings = Vec::new();
    // A file that must be refused is no network.
    let refused = scenario.is_some_and(|scenario| scenario.refused.is_some());
    if refused {
        diagnostics = Diagnostics::default();
    } else if let Some(scenario) = scenario {
        let what_ifs = suite::networks_of_what_ifs(scenario, tags);
        if let Some(asked) = suite::prepare(scenario, tags, &mut diagnostics) {
            findings = lint(Subject { network: &asked.network, what_ifs: &what_ifs }, &diagnostics);
            findings.extend(settings::findings(scenario, tags, &sources));
            findings = in_order(findings);
        }
    }
    let mut others = Diagnostics::default();
    let of_ours = |one: &&Diagnostic| one.severity != Severity::Error && is_code(one.code);
    diagnostics.iter().filter(|one| !of_ours(one)).for_each(|one| others.push(one.clone()));
    let usable = !diagnostics.has_errors();
    Linted { file: file.to_owned(), name, findings, diagnostics: others, sources, usable }
}
