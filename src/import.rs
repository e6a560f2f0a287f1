//! Foreign files to a scenario's `network`, and what was not understood of them.
//!
//! In: JSON texts that Azure's own tools wrote. Out: a canonical tree whose spans lie in those texts, and a [`Report`].
//! Nothing is dropped in silence: what is not used is in the report, as harmless for reachability or as not modelled.
//! Deliberately absent: files and folders (that is `cli`), the result as text (that is `report`), what names and values mean (that is `resolve`).
//!
//! ```text
//! arm.rs        templates and their language
//! find.rs       which parts of a text are resources
//! identity.rs   ARM ids and types: to which map under `network` a resource belongs
//! prune.rs      the keys of a resource against the shapes of the format
//! fold.rs       children into their parents, names that are unique, references by name
//! terraform.rs  plans and states of Terraform's
//! partial.rs    what an export names and does not hold
//! harmless.rs   the lists of what says nothing about who reaches whom
//! ```

mod arm;
mod find;
mod fold;
pub mod harmless;
mod identity;
mod partial;
mod prune;
mod report;
pub mod terraform;
#[cfg(test)]
mod tests;

pub use arm::{Linked, Parameters, Template, arm};
pub use report::{Report, Unused, Use};

use crate::{
    diagnostic::{Diagnostic, Diagnostics, SourceId, Sources},
    scenario::{self, tree::Node},
};

/// What came of an import.
#[derive(Debug)]
pub struct Imported {
    /// The canonical `network`.
    pub network: Node,
    /// What was used, and what was not.
    pub report: Report,
}

impl Imported {
    /// One network of all resources that were found, and the report in the order of the texts.
    fn of(found: Vec<find::Found>, mut report: Report, diagnostics: &mut Diagnostics) -> Imported {
        let network = fold::network(found, &mut report, diagnostics);
        report.unused.sort_by_key(|one| (one.span.source, one.span.start));
        Imported { network, report }
    }
}

/// Reads exports of `az`, of the REST interface and of Resource Graph: one network from all texts together.
pub fn az(sources: &Sources, texts: &[SourceId], diagnostics: &mut Diagnostics) -> Imported {
    let mut report = Report::default();
    let mut found = Vec::new();
    for id in texts {
        let Some(root) = scenario::parse_json(sources, *id, diagnostics) else {
            continue;
        };
        let before = found.len();
        let noted = report.unused.len();
        let root_span = root.span;
        find::resources(root, &mut found, &mut report);
        report.texts += 1;
        if found.len() == before && report.unused.len() == noted {
            report.harmless(root_span, sources.get(*id).name.clone(), None);
        }
    }
    report.found = found.len();
    Imported::of(found, report, diagnostics)
}

/// Reads plans and states of Terraform's: one network from one side of all texts together.
pub fn terraform(
    sources: &Sources,
    texts: &[SourceId],
    side: terraform::Side,
    diagnostics: &mut Diagnostics,
) -> Imported {
    let mut report = Report::default();
    let mut found = Vec::new();
    for id in texts {
        let Some(root) = scenario::parse_json(sources, *id, diagnostics) else {
            continue;
        };
        report.texts += 1;
        match terraform::is_terraform(&root) {
            true => terraform::resources(&root, side, &mut found, &mut report),
            false => diagnostics.push(not_terraform(root.span)),
        }
    }
    Imported::of(found, report, diagnostics)
}

fn not_terraform(span: crate::diagnostic::Span) -> Diagnostic {
    let message = "this is neither a plan nor a state of Terraform's";
    Diagnostic::error("not-terraform", span, message)
        .help("write `terraform show -json tfplan > plan.json` and take that file")
}
