//! What an import used, and what it did not.
//!
//! In: notes of the steps of an import. Out: [`Report`]. Deliberately absent: its layout (that is `report`).

use crate::diagnostic::Span;
use std::collections::BTreeMap;

/// What an import used, and what it did not.
#[derive(Debug, Default)]
pub struct Report {
    /// Texts read.
    pub texts: usize,
    /// Resources found in them, children that stand by themselves included.
    pub found: usize,
    /// Resources in the result, by map under `network`.
    pub resources: BTreeMap<String, usize>,
    /// Everything that was not used, in the order of the texts.
    pub unused: Vec<Unused>,
}

/// Why a thing was not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Use {
    /// It says something about traffic: verdicts that depend on it are undetermined.
    NotModelled,
    /// It says nothing about who reaches whom.
    Harmless,
}

/// A resource, or a property of one, that was not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// Why.
    pub kind: Use,
    /// The resource: `loadBalancers/lb`.
    pub resource: String,
    /// The property with those above it: `backendPools.tunnel`; absent for the resource as a whole.
    pub property: Option<String>,
    /// Where it stands.
    pub span: Span,
}

impl Report {
    /// Whether something was left out that says something about traffic.
    pub fn incomplete(&self) -> bool {
        self.of(Use::NotModelled).next().is_some()
    }

    /// What was not used, of one kind.
    pub fn of(&self, kind: Use) -> impl Iterator<Item = &Unused> {
        self.unused.iter().filter(move |one| one.kind == kind)
    }

    pub(super) fn harmless(&mut self, span: Span, resource: String, property: Option<String>) {
        self.unused.push(Unused { kind: Use::Harmless, resource, property, span });
    }

    pub(super) fn not_modelled(&mut self, span: Span, resource: String, property: Option<String>) {
        self.unused.push(Unused { kind: Use::NotModelled, resource, property, span });
    }
}
