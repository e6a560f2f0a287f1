//! What one security group by itself makes of packets: the question of IP flow verify.
//!
//! In: a group, the subnet whose tags it sees, packets. Out: [`Ruling`]s that cover them. Deliberately absent: routes,
//! the other group, the reply; the walk has them.

use super::{
    filter::{self, Fragments, NO_RULE, filter},
    header::Header,
};
use crate::{
    model::{Direction, FactId, NetworkSecurityGroupId, SubnetId},
    network::{Network, Observed, Rule, RuleList},
    space::{self, Cube, Set, Space},
    tags::internet,
    trace::Outcome,
};

/// What a group makes of some of the packets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// Allow, Deny, or Unknown where a fact is missing.
    pub outcome: Outcome,
    /// The rules that decide, as Azure names them.
    pub rules: Vec<String>,
    /// Facts that are missing.
    pub facts: Vec<FactId>,
}

/// What a group makes of the packets of a cube, at the NICs of a subnet.
///
/// Address space that the input does not hold is taken to be private here, as it nearly always is: a packet that fares
/// alike whether or not all private addresses are in VirtualNetwork needs to know no more.
pub fn rule_on(
    network: &Network,
    group: NetworkSecurityGroupId,
    subnet: SubnetId,
    direction: Direction,
    packets: &Cube,
) -> Vec<Ruling> {
    let list = network.rules(group, direction);
    let tags = network.subnet(subnet).virtual_network_tag.observed();
    if !tags.unknown.is_empty() {
        let most = tags.virtual_network.union(&space::ipv4().minus(&internet()));
        let least = rulings(list, packets, Observed { unknown: &[], ..tags });
        if least == rulings(list, packets, Observed { unknown: &[], virtual_network: &most, ..tags }) {
            return least;
        }
    }
    rulings(list, packets, tags)
}

fn rulings(list: &RuleList, packets: &Cube, tags: Observed<'_>) -> Vec<Ruling> {
    let mut space = Space::new();
    let part = space.cube(packets);
    let sieve = filter(&mut space, part, &Header::original(), list, tags);
    let mut rulings: Vec<Ruling> = Vec::new();
    for (outcome, (set, fragments)) in [(Outcome::Allow, sieve.allowed), (Outcome::Deny, sieve.denied)] {
        if !set.is_empty() {
            rulings.push(Ruling { outcome, rules: names(&mut space, set, list, &fragments), facts: Vec::new() });
        }
    }
    for piece in sieve.doubtful {
        let rules = names(&mut space, piece.set, list, &piece.fragments);
        let facts = piece.doubts.facts.to_vec();
        rulings.push(Ruling { outcome: Outcome::Unknown, rules, facts });
    }
    rulings
}

/// Which packets a rule matches where these tags are seen: certainly, and at most. The two differ by what hangs on a fact.
pub fn matched_by(rule: &Rule, tags: Observed<'_>) -> (Vec<Cube>, Vec<Cube>) {
    filter::reach_of(rule, tags)
}

fn names(space: &mut Space, part: Set, list: &RuleList, fragments: &Fragments) -> Vec<String> {
    let rules = fragments.rules(space, part).into_iter().filter(|rule| *rule != NO_RULE);
    rules.filter_map(|rule| list.rules.get(rule as usize)).map(|rule| rule.name.clone()).collect()
}
