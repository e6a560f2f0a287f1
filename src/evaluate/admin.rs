//! Security admin rules of network managers: before any security group, in both directions (F72 to F83).
//!
//! In: a flight at a NIC. Out: what goes on to the security groups, what is through without them, what is dropped.
//! Deliberately absent: which rules a VNET has (that is `compile/rules`).

use super::{
    filter::{Fragments, NO_RULE, filter_open_ended},
    flight::{Fates, Flight, ListRef, Mark, Place},
    walk::Walk,
};
use crate::{
    model::{Direction, SubnetId, SubnetPurpose},
    network::Observed,
    space::Set,
    trace::{Outcome, Verdict},
};
use std::rc::Rc;

/// What admin rules made of a flight.
#[derive(Default)]
pub(super) struct Judged {
    /// Security groups are asked next.
    pub(super) open: Vec<Flight>,
    /// Through, whatever security groups say (F73).
    pub(super) through: Vec<Flight>,
    pub(super) fates: Fates,
}

impl Walk<'_> {
    /// Asks the managers of a VNET, the widest scope first.
    pub(super) fn judge_by_admin(
        &mut self,
        flight: Flight,
        place: Place,
        subnet: SubnetId,
        direction: Direction,
    ) -> Judged {
        let network = self.network;
        let here = network.model.subnet(subnet);
        let lists = network.admin_rules(here.virtual_network, direction);
        // Not on platform subnets nor on those of application gateways without network isolation (F82), not for private
        // endpoints (F79).
        let of_gateway = || {
            let gateways = network.model.application_gateways.iter();
            gateways.into_iter().any(|one| one.subnet == subnet && !one.isolated)
        };
        let exempt =
            here.purpose != SubnetPurpose::Ordinary || matches!(place, Place::PrivateEndpoint(_)) || of_gateway();
        let mut judged = Judged::default();
        if lists.is_empty() || exempt {
            judged.open.push(flight);
            return judged;
        }
        let mut open = vec![flight];
        for (level, list) in lists.iter().enumerate() {
            let mut next = Vec::new();
            for flight in open {
                let tags = network.subnet(subnet).virtual_network_tag.observed();
                let tags = Observed { ends: self.ends(), ..tags };
                let sieve = filter_open_ended(self.space, flight.part, &flight.header, &list.rules, tags);
                let reference = ListRef::Admin(here.virtual_network, direction, level as u32);
                let words = match direction {
                    Direction::Inbound => "network manager, inbound",
                    Direction::Outbound => "network manager, outbound",
                };
                let mark = |outcome, fragments| Mark::Filtered {
                    list: reference,
                    outcome,
                    fragments,
                    level: words,
                    widened_by: None,
                };
                let mut unmatched = Set::EMPTY;
                let mut denied = Set::EMPTY;
                let stopped = sieve.denied.1.sets(self.space);
                for (rule, set) in &stopped {
                    let side = if *rule == NO_RULE { &mut unmatched } else { &mut denied };
                    *side = self.space.or(*side, *set);
                }
                let mut always = Set::EMPTY;
                for (rule, set) in sieve.allowed.1.sets(self.space) {
                    if list.always.contains(&rule) {
                        always = self.space.or(always, set);
                    }
                }
                let allowed = self.space.minus(sieve.allowed.0, always);
                let fragments = sieve.allowed.1.clone();
                if always != Set::EMPTY {
                    judged.through.push(flight.with(always).mark(mark(Outcome::Allow, fragments.clone())));
                }
                if allowed != Set::EMPTY {
                    judged.open.push(flight.with(allowed).mark(mark(Outcome::Allow, fragments)));
                }
                for (part, fragments, doubts) in sieve.doubtful {
                    next.push(flight.with(part).doubt(&doubts).mark(mark(Outcome::Unknown, fragments)));
                }
                if denied != Set::EMPTY {
                    let only = stopped.into_iter().filter(|(rule, _)| *rule != NO_RULE).collect();
                    let fragments = Fragments::Sets(Rc::new(only));
                    let flight = flight.with(denied).mark(mark(Outcome::Deny, fragments));
                    judged.fates.extend(self.end(flight, Verdict::Denied));
                }
                if unmatched != Set::EMPTY {
                    next.push(flight.with(unmatched));
                }
            }
            open = next;
            if !network.model.settings.admin_rules_lower_scope_also_applies {
                break;
            }
        }
        judged.open.extend(open);
        judged
    }
}
