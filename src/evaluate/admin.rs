//! Security admin rules of network managers: before any security group, in both directions (F72 to F83).
//!
//! In: a flight at a NIC. Out: what goes on to the security groups, what is through without them, what is dropped.
//! Deliberately absent: which rules a VNET has (that is `compile/rules`).

use super::{
    filter::{View, filter_open_ended},
    flight::{Fates, Flight, ListRef, Mark, Place},
    walk::Walk,
};
use crate::{
    model::{Access, Direction, SubnetId, SubnetPurpose},
    network::{AdminRules, Observed},
    space::Set,
    trace::{Outcome, Verdict},
};

/// What admin rules made of a flight.
#[derive(Default)]
pub(super) struct Judged {
    /// Security groups are asked next.
    pub(super) open: Vec<Flight>,
    /// Through, whatever security groups say (F73).
    pub(super) through: Vec<Flight>,
    /// Through, or judged by others: which, is not known, so that no denial of theirs is certain.
    pub(super) perhaps_through: Vec<Flight>,
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
        let mut open = vec![Asked { flight, perhaps_allowed: false }];
        for (level, list) in lists.iter().enumerate() {
            let reference = ListRef::Admin(here.virtual_network, direction, level as u32);
            let mut next = Vec::new();
            for asked in open {
                let tags = network.subnet(subnet).virtual_network_tag.observed();
                let tags = Observed { ends: self.ends(), ..tags };
                next.extend(self.ask_manager(asked, list, tags, reference, &mut judged));
            }
            open = next;
            if !network.model.settings.admin_rules_lower_scope_also_applies {
                break;
            }
        }
        judged.open.extend(open.into_iter().map(|asked| asked.flight));
        judged
    }

    /// Asks one manager; what none of its rules decides is for the next.
    fn ask_manager(
        &mut self,
        asked: Asked,
        list: &AdminRules,
        tags: Observed<'_>,
        reference: ListRef,
        judged: &mut Judged,
    ) -> Vec<Asked> {
        let Asked { flight, perhaps_allowed } = asked;
        let (part, header) = (flight.part, &flight.header);
        let sieve = filter_open_ended(self.space, part, header, &list.rules, tags, &|_| View::AsWritten);
        let level = match reference {
            ListRef::Admin(_, Direction::Inbound, _) => "network manager, inbound",
            _ => "network manager, outbound",
        };
        let mark = |outcome, fragments| Mark::Filtered { list: reference, outcome, fragments, level, widened_by: None };
        let mut next = Vec::new();
        if sieve.unmatched != Set::EMPTY {
            next.push(Asked { flight: flight.with(sieve.unmatched), perhaps_allowed });
        }
        if sieve.denied.0 != Set::EMPTY {
            let flight = flight.with(sieve.denied.0);
            match perhaps_allowed {
                true => judged.open.push(flight.mark(mark(Outcome::Unknown, sieve.denied.1))),
                false => {
                    let flight = flight.mark(mark(Outcome::Deny, sieve.denied.1));
                    judged.fates.extend(self.end(flight, Verdict::Denied));
                }
            }
        }
        let is_always = |rule: &u32| list.always.contains(rule);
        let allowed_by = sieve.allowed.1.sets(self.space);
        let always = allowed_by.iter().filter(|(rule, _)| is_always(rule));
        let always = always.fold(Set::EMPTY, |all, (_, set)| self.space.or(all, *set));
        let allowed = self.space.minus(sieve.allowed.0, always);
        let mark_allowed = |flight: Flight| flight.mark(mark(Outcome::Allow, sieve.allowed.1.clone()));
        if always != Set::EMPTY {
            let through = if perhaps_allowed { &mut judged.perhaps_through } else { &mut judged.through };
            through.push(mark_allowed(flight.with(always)));
        }
        if allowed != Set::EMPTY {
            judged.open.push(mark_allowed(flight.with(allowed)));
        }
        for piece in sieve.doubtful {
            let perhaps_allowed = perhaps_allowed || piece.may(Access::Allow, &list.rules);
            let (through, unmatched) = (piece.rules.iter().any(is_always), piece.may_be_unmatched());
            let flight = flight.with(piece.set).doubt(&piece.doubts).mark(mark(Outcome::Unknown, piece.fragments));
            match (through, unmatched) {
                (true, _) => judged.perhaps_through.push(flight),
                (false, true) => next.push(Asked { flight, perhaps_allowed }),
                (false, false) => judged.open.push(flight),
            }
        }
        next
    }
}

/// A flight before a manager. One of a wider scope may have allowed it, so that no narrower one is asked: then what this one
/// denies is open.
struct Asked {
    flight: Flight,
    perhaps_allowed: bool,
}
