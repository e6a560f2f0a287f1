//! What is the same by content: lists that decide alike, tables that lead alike, whatever they are called.
//!
//! In: two rule lists, two tables of effective routes. Out: whether every packet fares the same at both.

use super::{EffectiveRoutes, RouteOrigin, RouteRow, Rule, RuleList};

impl RuleList {
    /// Whether two lists decide the same of every packet for sure.
    pub(crate) fn decides_like(&self, other: &RuleList) -> bool {
        // A list by another name, or at another place of the file, decides the same.
        let RuleList { resource: _, group: _, direction, rules } = self;
        *direction == other.direction && each(rules, &other.rules, same_rule)
    }
}

impl EffectiveRoutes {
    /// Whether two tables lead every packet the same way for sure.
    pub(crate) fn leads_like(&self, other: &EffectiveRoutes) -> bool {
        // Which table the rows come from, and whether it keeps others out, is in the rows.
        let EffectiveRoutes { rows, intervals, uncertain, table: _, propagation_disabled: _, answers: _ } = self;
        each(rows, &other.rows, same_row) && *intervals == other.intervals && *uncertain == other.uncertain
    }
}

fn each<T>(before: &[T], after: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    before.len() == after.len() && before.iter().zip(after).all(|(one, other)| same(one, other))
}

fn same_rule(before: &Rule, after: &Rule) -> bool {
    let Rule {
        name,
        priority,
        access,
        port_protocols,
        portless_protocols,
        source,
        source_ports,
        destination,
        destination_ports,
        doubts,
        default,
        platform,
        origin: _,
    } = before;
    *name == after.name
        && *priority == after.priority
        && *access == after.access
        && *port_protocols == after.port_protocols
        && *portless_protocols == after.portless_protocols
        && *source == after.source
        && *source_ports == after.source_ports
        && *destination == after.destination
        && *destination_ports == after.destination_ports
        && *doubts == after.doubts
        && *default == after.default
        && *platform == after.platform
}

fn same_row(before: &RouteRow, after: &RouteRow) -> bool {
    let same_origin = match (&before.origin, &after.origin) {
        (RouteOrigin::User(..), RouteOrigin::User(..)) => true,
        (one, other) => one == other,
    };
    same_origin && RouteRow { origin: after.origin.clone(), ..before.clone() } == *after
}
