//! What Azure's own resolver does with a name in a network: zones linked to it first, then rulesets linked to it, else the
//! public name system (F224).
//!
//! In: a name, and the network in which it is asked for. Out: what the asker is told. Deliberately absent: zones (that is
//! `names`), servers (that is `lookup`).

use super::{
    ends::Start,
    flight::{Doubts, Place},
    legs::Planner,
    lookup::LONGEST_CHAIN,
    names::{Answer, NameSystem, Told, is_under},
    services::dns_step,
};
use crate::{
    flow::Flow,
    model::{FactId, ForwardingRule, ForwardingRuleset, Known, Label, VirtualNetworkId},
    network::Network,
    trace::{Outcome, Verdict},
};
use std::net::IpAddr;

/// The rule that is about a name.
enum Fit<'n> {
    None,
    Rule(&'n ForwardingRuleset, &'n ForwardingRule),
    /// Whether one is, hangs on this.
    Doubt(Doubts),
}

impl Planner<'_, '_> {
    /// What Azure's resolver says in a network.
    pub(super) fn by_azure(&mut self, flow: &Flow, home: VirtualNetworkId, host: &str, depth: usize) -> Told {
        let names = NameSystem { network: self.network };
        if names.has_zone(home, host) {
            return names.as_seen_from(home, host);
        }
        let (alias, doubt) = self.public_alias(host);
        let alias = alias.filter(|alias| !names.has_zone(home, alias));
        let told = self.by_ruleset(flow, home, host, alias.as_deref(), depth);
        let Some(fact) = doubt.filter(|_| alias.is_some()) else {
            return told;
        };
        // Without an endpoint in force the name is no alias (F193), and another rule may be about it.
        let other = self.by_ruleset(flow, home, host, None, depth);
        let detail = "which rule is about it hangs on whether the endpoint is approved";
        told.or_unknown(&other, fact, dns_step("", host, Outcome::Unknown, detail, "F193"))
    }

    /// What the rule says that is about a name, or about the one into which it is an alias.
    fn by_ruleset(
        &mut self,
        flow: &Flow,
        home: VirtualNetworkId,
        host: &str,
        alias: Option<&str>,
        depth: usize,
    ) -> Told {
        let names = NameSystem { network: self.network };
        match fitting(self.network, home, host, alias) {
            Fit::None => names.as_seen_from(home, host),
            Fit::Rule(ruleset, rule) => self.forwarded(flow, (ruleset, rule), host, depth),
            Fit::Doubt(doubts) => {
                let step = dns_step("", host, Outcome::Unknown, "whether a forwarding rule is about it", "F224");
                Told { answer: Answer::Unknown(doubts), steps: vec![step] }
            }
        }
    }

    /// From the ruleset's outbound endpoint to the first of the rule's servers that answers.
    fn forwarded(
        &mut self,
        flow: &Flow,
        (ruleset, rule): (&ForwardingRuleset, &ForwardingRule),
        host: &str,
        depth: usize,
    ) -> Told {
        let name = format!("{}/{}", ruleset.label.name, rule.label.name);
        let nothing = |outcome, detail: &str, answer| Told {
            answer,
            steps: vec![dns_step(&name, host, outcome, detail, "F224")],
        };
        if depth >= LONGEST_CHAIN {
            return nothing(Outcome::Deny, "DNS servers ask each other in a circle", Answer::Nothing);
        }
        let start = match self.outbound_start(ruleset) {
            Ok(start) => start,
            Err(doubts) => {
                return nothing(Outcome::Unknown, "its outbound endpoint is not known", Answer::Unknown(doubts));
            }
        };
        let mut steps = Vec::new();
        for server in &rule.servers {
            let address: IpAddr = match server {
                Known::Known(address) => *address,
                Known::Unknown(fact) => {
                    let doubts = Doubts::from_facts(&[*fact]);
                    return nothing(Outcome::Unknown, "whom it asks is not known", Answer::Unknown(doubts));
                }
            };
            let fates = self.send_query(&start, address);
            if fates.iter().all(|fate| fate.verdict == Verdict::Denied) {
                steps.extend(self.unreachable(&start, address, host, &fates));
                continue;
            }
            let mut told = self.server_answers(flow, &start, address, host, depth + 1);
            self.note_forwarded(flow, &start, address, fates, &mut told);
            let detail = format!("asks {address}");
            told.steps.insert(0, dns_step(&name, host, Outcome::Pass, &detail, "F224"));
            return told;
        }
        Told { answer: Answer::Nothing, steps }
    }

    /// It asks from some address of its subnet.
    fn outbound_start(&self, ruleset: &ForwardingRuleset) -> Result<Start, Doubts> {
        let subnet = match ruleset.outbound.first() {
            Some(Known::Known(subnet)) => *subnet,
            Some(Known::Unknown(fact)) => return Err(Doubts::from_facts(&[*fact])),
            None => {
                let text = format!("the outbound endpoint of ruleset `{}`", ruleset.label.name);
                return Err(Doubts::of_text(&text));
            }
        };
        let label = ruleset.label.name.clone();
        Ok(Start {
            place: Place::Subnet(subnet),
            addresses: self.network.subnet(subnet).anonymous.clone(),
            named: None,
            doubts: Doubts::of_text(&format!("which address outbound queries of `{label}` come from")),
            label,
            relays: 0,
        })
    }
}

/// The rule with the longest domain of all rulesets that are linked to a network. Whether a rule about what a public name is
/// an alias of counts, no document says.
fn fitting<'n>(network: &'n Network, home: VirtualNetworkId, host: &str, alias: Option<&str>) -> Fit<'n> {
    let mut open: Vec<FactId> = Vec::new();
    let mut best: Option<(usize, &ForwardingRuleset, &ForwardingRule)> = None;
    for ruleset in &network.model.forwarding_rulesets {
        let linked = ruleset.virtual_networks.contains(&Known::Known(home));
        let perhaps = ruleset.virtual_networks.iter().find_map(|one| match one {
            Known::Unknown(fact) if !linked => Some(*fact),
            _ => None,
        });
        // What is not known of it may be its links, or a rule.
        open.extend(unread(network, &ruleset.label));
        if !linked && perhaps.is_none() {
            continue;
        }
        for rule in &ruleset.rules {
            let domain = match &rule.domain {
                Known::Known(domain) => domain,
                Known::Unknown(fact) => {
                    open.push(*fact);
                    continue;
                }
            };
            if !domain.is_empty() && !is_under(host, domain) {
                if alias.is_some_and(|alias| is_under(alias, domain)) {
                    return Fit::Doubt(Doubts::of_text("whether a forwarding rule about the alias of a name counts"));
                }
                continue;
            }
            open.extend(perhaps.into_iter().chain(rule.doubt).chain(unread(network, &rule.label)));
            if best.is_none_or(|(length, ..)| domain.len() > length) {
                best = Some((domain.len(), ruleset, rule));
            }
        }
    }
    match best {
        _ if !open.is_empty() => Fit::Doubt(Doubts::from_facts(&open)),
        Some((_, ruleset, rule)) => Fit::Rule(ruleset, rule),
        None => Fit::None,
    }
}

/// Facts that are missing of a ruleset, or of one of its rules.
fn unread(network: &Network, label: &Label) -> Vec<FactId> {
    network.model.unread.get(&label.origin).cloned().unwrap_or_default()
}
