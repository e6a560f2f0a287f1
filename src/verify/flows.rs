//! IP flow verify and NSG diagnostics: what the security groups at one network interface make of one packet.
//!
//! In: questions with addresses and ports. Out: differences. Deliberately absent: routes; neither operation asks them.

use super::{Difference, Outcome, Scene, Unasked, compare, names};
use crate::{
    evaluate::{Ruling, rule_on},
    model::{Direction, FactId, Known, NetworkInterfaceId, NetworkSecurityGroupId, SubnetId},
    network::{Match, Rule},
    scenario::tree::Node,
    space::{self, Addresses, Cube, Ports, Ranges},
    tags,
    trace::Outcome as Access,
};
use ipnet::IpNet;
use std::net::IpAddr;

/// The groups at a network interface in the order in which Azure asks them.
struct Groups {
    subnet: SubnetId,
    in_order: Vec<NetworkSecurityGroupId>,
}

/// What all groups together make of a packet.
struct Verdict {
    access: String,
    /// Rules that decide.
    rules: Vec<String>,
}

impl Scene<'_> {
    pub(super) fn ip_flow(&self) -> Outcome {
        let ask = |key: &str| self.asks(key).unwrap_or_default();
        let (local, remote) = (ask("localIPAddress"), ask("remoteIPAddress"));
        let subject = format!("{} {local} {} {remote}:{}", ask("direction"), ask("protocol"), ask("remotePort"));
        let direction =
            direction(ask("direction")).ok_or_else(|| Unasked::new(&subject, "the question has no direction"))?;
        let (nic, subnet) = self.interface(self.asks("localIPAddress"))?;
        let groups = self.groups(nic, subnet, direction, &subject)?;
        let here = (local, ask("localPort"));
        let there = (remote, ask("remotePort"));
        let (from, to) = if direction == Direction::Outbound { (here, there) } else { (there, here) };
        let packets = self.packets(ask("protocol"), from, to);
        let packets = packets.ok_or_else(|| Unasked::new(&subject, "the question names no single packet"))?;
        let recorded = self.says("access").unwrap_or_default();
        if !["Allow", "Deny"].contains(&recorded) {
            return Err(Unasked::new(subject, format!("Azure could not tell: `{recorded}`")));
        }
        let mut found = Vec::new();
        if groups.in_order.is_empty() {
            found.extend(compare("access", "an error: no security group", recorded));
            return Ok((subject, found));
        }
        let verdict = self.together(&groups, direction, &packets, &subject)?;
        found.extend(compare("access", verdict.access.as_str(), recorded));
        let rule = self.says("ruleName").map(names::rule).unwrap_or_default();
        if !rule.is_empty() && !verdict.rules.iter().any(|own| own.eq_ignore_ascii_case(rule)) {
            found.extend(compare("ruleName", verdict.rules.join(" or "), rule));
        }
        Ok((subject, found))
    }

    /// IP flow verify answers an error where there is no security group at all (F166).
    pub(super) fn ip_flow_error(&self, code: &str) -> Outcome {
        let (nic, subnet) = self.interface(self.asks("localIPAddress"))?;
        let name = self.name_of(nic);
        let groups = self.groups(nic, subnet, Direction::Inbound, &name)?;
        match groups.in_order.is_empty() {
            true => Ok((name, Vec::new())),
            false => Err(Unasked::new(name, format!("Azure answered an error: {code}"))),
        }
    }

    /// Inbound the subnet's group is asked first, outbound the network interface's (F11).
    fn groups(
        &self,
        nic: NetworkInterfaceId,
        subnet: SubnetId,
        direction: Direction,
        subject: &str,
    ) -> Result<Groups, Unasked> {
        let model = &self.asked.network.model;
        let on_nic = model.network_interface(nic).network_security_group;
        let on_subnet = model.subnet(subnet).network_security_group;
        let order = match direction {
            Direction::Inbound => [on_subnet, on_nic],
            Direction::Outbound => [on_nic, on_subnet],
        };
        let mut in_order = Vec::new();
        for group in order.into_iter().flatten() {
            match group {
                Known::Known(group) => in_order.push(group),
                Known::Unknown(fact) => return Err(Unasked::new(subject, model.fact(fact).text.clone())),
            }
        }
        Ok(Groups { subnet, in_order })
    }

    /// What all groups make of a packet; the first denial counts. A fact that is missing leaves nothing to compare.
    fn together(
        &self,
        groups: &Groups,
        direction: Direction,
        packets: &Cube,
        subject: &str,
    ) -> Result<Verdict, Unasked> {
        let mut rules = Vec::new();
        let mut missing: Option<FactId> = None;
        for group in &groups.in_order {
            let rulings = rule_on(&self.asked.network, *group, groups.subnet, direction, packets);
            let own: Vec<String> = rulings.iter().flat_map(|ruling| ruling.rules.clone()).collect();
            match access(&rulings) {
                "Allow" => rules.extend(own),
                "undetermined" => missing = missing.or(rulings.iter().find_map(|one| one.facts.first().copied())),
                other => return Ok(Verdict { access: other.to_owned(), rules: own }),
            }
        }
        match missing {
            Some(fact) => Err(Unasked::new(subject, self.asked.network.model.fact(fact).text.clone())),
            None => Ok(Verdict { access: "Allow".to_owned(), rules }),
        }
    }

    fn packets(&self, protocol: &str, from: (&str, &str), to: (&str, &str)) -> Option<Cube> {
        let protocols = match names::protocol(protocol).as_str() {
            "tcp" => Ranges::from_ranges([(space::TCP, space::TCP)]),
            "udp" => Ranges::from_ranges([(space::UDP, space::UDP)]),
            "icmp" => Ranges::from_ranges([(space::ICMP, space::ICMP)]),
            _ => Cube::all().protocols,
        };
        Some(Cube {
            protocols,
            source: self.addresses(from.0)?,
            source_ports: ports(from.1)?,
            destination: self.addresses(to.0)?,
            destination_ports: ports(to.1)?,
        })
    }

    /// `*`, an address, a prefix, a service tag.
    fn addresses(&self, text: &str) -> Option<Addresses> {
        if text == "*" {
            return Some(Addresses::all());
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Some(Addresses::single(space::point(address)));
        }
        if let Ok(net) = text.parse::<IpNet>() {
            return Some(space::prefix(net));
        }
        let held = || self.asked.network.model.tags.get(text).map(|tag| tag.addresses.clone());
        tags::computed(text).or_else(held)
    }

    pub(super) fn nsg_diagnostic(&self) -> Vec<Outcome> {
        let results = self.observation.answer.get("results").map(Node::items).unwrap_or_default();
        if results.is_empty() {
            return vec![Err(Unasked::new(self.observation.target(), "Azure gives no result"))];
        }
        let asked = ["profiles", "queries"].iter().find_map(|key| self.observation.question.as_ref()?.get(key));
        let asked = asked.map(Node::items).unwrap_or_default();
        let outcomes = results.iter().enumerate().map(|(at, result)| {
            let own = ["profile", "trafficQuery"].iter().find_map(|key| result.get(key));
            match own.or(asked.get(at)) {
                Some(profile) => self.diagnosed(profile, result),
                None => Err(Unasked::new(self.observation.target(), "the question has no profile")),
            }
        });
        outcomes.collect()
    }

    fn diagnosed(&self, profile: &Node, result: &Node) -> Outcome {
        let text = |key: &str| profile.get(key).and_then(Node::as_str).unwrap_or_default();
        let (from, to, port) = (text("source"), text("destination"), text("destinationPort"));
        let subject = format!("{} {from} -> {to} {}/{port}", text("direction"), text("protocol"));
        let direction = direction(text("direction")).ok_or_else(|| Unasked::new(&subject, "no direction"))?;
        let local = if direction == Direction::Inbound { to } else { from };
        let (nic, subnet) = self.interface(Some(local))?;
        let groups = self.groups(nic, subnet, direction, &subject)?;
        let packets = self.packets(text("protocol"), (from, "*"), (to, port));
        let packets = packets.ok_or_else(|| Unasked::new(&subject, "the question names no packets"))?;
        let answer = result.get("networkSecurityGroupResult").unwrap_or(result);
        let verdict = self.together(&groups, direction, &packets, &subject)?;
        let recorded = answer.get("securityRuleAccessResult").and_then(Node::as_str).unwrap_or_default();
        let mut found: Vec<Difference> =
            compare("securityRuleAccessResult", verdict.access, recorded).into_iter().collect();
        let evaluated = answer.get("evaluatedNetworkSecurityGroups").map(Node::items).unwrap_or_default();
        for one in evaluated {
            found.extend(self.evaluated_group(one, &groups, direction, &packets));
        }
        Ok((subject, found))
    }

    /// One group of a diagnosis: its rule, and what each of its rules says to the packet.
    fn evaluated_group(&self, one: &Node, groups: &Groups, direction: Direction, packets: &Cube) -> Vec<Difference> {
        let id = one.get("networkSecurityGroupId").and_then(Node::as_str).unwrap_or_default();
        let name = id.rsplit('/').next().unwrap_or_default();
        let network = &self.asked.network;
        let label = |group: NetworkSecurityGroupId| &network.model.network_security_group(group).label.name;
        let is_it = |group: &&NetworkSecurityGroupId| {
            label(**group).rsplit('/').next().is_some_and(|own| own.eq_ignore_ascii_case(name))
        };
        let Some(group) = groups.in_order.iter().find(is_it) else {
            return compare(&format!("group {name}"), "not at this network interface", "evaluated")
                .into_iter()
                .collect();
        };
        let mut found = Vec::new();
        let rulings = rule_on(network, *group, groups.subnet, direction, packets);
        let own: Vec<String> = rulings.iter().flat_map(|ruling| ruling.rules.clone()).collect();
        let recorded = matched_rule(one);
        if !recorded.is_empty() && !own.iter().any(|own| own.eq_ignore_ascii_case(recorded)) {
            found.extend(compare(&format!("{name}: rule"), own.join(" or "), recorded));
        }
        for evaluation in one.get("rulesEvaluationResult").map(Node::items).unwrap_or_default() {
            found.extend(self.flags(name, *group, groups.subnet, direction, packets, evaluation));
        }
        found
    }

    fn flags(
        &self,
        group_name: &str,
        group: NetworkSecurityGroupId,
        subnet: SubnetId,
        direction: Direction,
        packets: &Cube,
        evaluation: &Node,
    ) -> Vec<Difference> {
        let name = names::rule(evaluation.get("name").and_then(Node::as_str).unwrap_or_default());
        let list = self.asked.network.rules(group, direction);
        let Some(rule) = list.rules.iter().find(|rule| rule.name.eq_ignore_ascii_case(name)) else {
            return compare(&format!("{group_name}/{name}"), "no such rule", "evaluated").into_iter().collect();
        };
        let said = |flag: &str| evaluation.get(flag).and_then(Node::as_str).map(str::to_lowercase);
        let flags = self.matched(rule, subnet, packets);
        let differ = flags.into_iter().filter_map(|(flag, matched)| {
            let (matched, recorded) = (matched?, said(flag)?);
            compare(&format!("{group_name}/{name}: {flag}"), matched.to_string(), recorded)
        });
        differ.collect()
    }

    /// Which fields of a rule hold the packets; nothing for a field of which a part is not known.
    fn matched(&self, rule: &Rule, subnet: SubnetId, packets: &Cube) -> [(&'static str, Option<bool>); 4] {
        let tags = self.asked.network.subnet(subnet).virtual_network_tag.observed();
        let holds = |field: &Match, wanted: &Addresses| {
            let open = !field.unknown.is_empty() || !field.members.is_empty();
            let unknown = open || (field.virtual_network && !tags.unknown.is_empty());
            match wanted.is_subset(&field.held(tags)) {
                false if unknown => None,
                holds => Some(holds),
            }
        };
        let protocols = rule.port_protocols.union(&rule.portless_protocols);
        [
            ("protocolMatched", Some(packets.protocols.is_subset(&protocols))),
            ("sourceMatched", holds(&rule.source, &packets.source)),
            ("destinationMatched", holds(&rule.destination, &packets.destination)),
            ("destinationPortMatched", Some(packets.destination_ports.is_subset(&rule.destination_ports))),
        ]
    }
}

/// What one group makes of the packets.
fn access(rulings: &[Ruling]) -> &'static str {
    let all = |outcome| rulings.iter().all(|ruling| ruling.outcome == outcome);
    match rulings {
        [] => "no packet",
        _ if all(Access::Allow) => "Allow",
        _ if all(Access::Deny) => "Deny",
        _ if rulings.iter().any(|ruling| ruling.outcome == Access::Unknown) => "undetermined",
        _ => "Allow and Deny",
    }
}

/// The rule that decided in a group. Azure's own evaluation of the rules counts more than the name that it prints beside
/// it: recordings of 2019 repeat the first group's rule for the second.
fn matched_rule(one: &Node) -> &str {
    let flags =
        ["protocolMatched", "sourceMatched", "sourcePortMatched", "destinationMatched", "destinationPortMatched"];
    let is = |rule: &Node, flag: &str| rule.get(flag).and_then(Node::as_str).is_none_or(|word| word == "true");
    let evaluated = one.get("rulesEvaluationResult").map(Node::items).unwrap_or_default();
    let first = evaluated.iter().find(|rule| flags.iter().all(|flag| is(rule, flag)));
    let printed = || one.get("matchedRule").and_then(|rule| rule.get("ruleName"));
    let name = first.and_then(|rule| rule.get("name")).or_else(printed).and_then(Node::as_str);
    names::rule(name.unwrap_or_default())
}

fn direction(text: &str) -> Option<Direction> {
    match text.to_lowercase().as_str() {
        "inbound" => Some(Direction::Inbound),
        "outbound" => Some(Direction::Outbound),
        _ => None,
    }
}

/// `*`, a port, or a range.
fn ports(text: &str) -> Option<Ports> {
    if text == "*" || text.is_empty() {
        return Some(Ports::all());
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some(Ports::from_ranges([(first.trim().parse().ok()?, last.trim().parse().ok()?)]))
}
