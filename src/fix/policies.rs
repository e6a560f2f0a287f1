//! Rules of Azure Firewalls and of network managers: one more, ahead of what decides, for exactly the packets.
//!
//! In: packets that a firewall or an admin rule stops. Out: a rule that lets them through, in the policy or the collection that
//! decides. Deliberately absent: ways round a firewall; destination translation.

use super::{
    blocked::Blocked,
    edit::Edit,
    rules::{direction, fields, host_of, narrowest, protocol, ranges, rule_name, rule_note, source_ranges, tag_note},
};
use crate::{
    model::{Access, Direction, Model, NetworkManager, SecurityAdminRule},
    network::Network,
    scenario::tree::{Entry, Node},
    space::{self, Addresses, NAMED},
};
use serde_json::{Value as Json, json};

/// Where collections of firewalls and their groups may stand.
const PRIORITIES: std::ops::RangeInclusive<u32> = 100..=65000;
/// Protocols of application rules, by port.
const WEB: [(u16, &str); 3] = [(80, "Http"), (443, "Https"), (1433, "Mssql")];

/// Where a new collection of a firewall goes: behind which path, at which priority.
struct Site {
    path: Vec<String>,
    priority: u32,
    classic: bool,
}

/// Rules for packets that a firewall drops: by address, by service tag, by host name.
pub(super) fn firewall_rules(network: &Network, tree: &Node, blocked: &Blocked) -> Vec<Vec<Edit>> {
    let Some(site) = site(tree, blocked) else {
        return Vec::new();
    };
    let name = rule_name(blocked, Access::Allow);
    let Some(source) = fields(network, &blocked.source, "").into_iter().next() else {
        return Vec::new();
    };
    // Senders are addresses here, never service tags (F159).
    let source = if source.iter().any(|one| one == "Internet") { vec!["*".to_owned()] } else { source };
    let mut found: Vec<Vec<Edit>> = Vec::new();
    if let Some((host, protocols)) = web(network, blocked) {
        let rule = json!({
            "ruleType": "ApplicationRule",
            "sourceAddresses": source,
            "protocols": protocols,
            "targetFqdns": [host],
        });
        found.push(vec![site.edit("applicationRuleCollections", &name, rule)]);
    } else if let Some(host) = asked_host(network, blocked) {
        // Where the firewall is the DNS proxy (F158).
        let rule = network_rule(blocked, &site, &source, ("destinationFqdns", &[host]));
        found.push(vec![site.edit("networkRuleCollections", &name, rule)]);
    }
    for destination in fields(network, &blocked.destination, &blocked.name) {
        let destination =
            if destination.iter().any(|one| one == "Internet") { vec!["*".to_owned()] } else { destination };
        let note = tag_note(blocked, &destination);
        let rule = network_rule(blocked, &site, &source, ("destinationAddresses", &destination));
        found.push(vec![site.edit("networkRuleCollections", &name, rule).with_note(note)]);
    }
    found
}

fn network_rule(blocked: &Blocked, site: &Site, source: &[String], (key, destination): (&str, &[String])) -> Json {
    let protocols = if protocol(blocked) == "*" { "Any".to_owned() } else { protocol(blocked).to_uppercase() };
    let mut rule = json!({
        "ruleType": "NetworkRule",
        "sourceAddresses": source,
        "destinationPorts": ranges(&blocked.ports),
    });
    rule[key] = json!(destination);
    rule[if site.classic { "protocols" } else { "ipProtocols" }] = json!([protocols]);
    rule
}

/// The host name that is asked for, of parties that are known by name.
fn asked_host(network: &Network, blocked: &Blocked) -> Option<String> {
    let is_named = blocked.destination == Addresses::single(NAMED);
    let by_name = || is_named.then(|| host_of(&network.model, &blocked.name)).filter(|host| host.contains('.'));
    blocked.host.clone().or_else(by_name)
}

/// HTTP, HTTPS or SQL to a host name: what application rules are for (F149).
fn web(network: &Network, blocked: &Blocked) -> Option<(String, Json)> {
    let host = asked_host(network, blocked)?;
    if blocked.protocols.only() != Some(space::TCP) {
        return None;
    }
    let port = blocked.ports.only()?;
    let (_, word) = WEB.iter().find(|(known, _)| *known == port)?;
    Some((host, json!([{"protocolType": word, "port": port}])))
}

impl Site {
    fn edit(&self, classic: &str, name: &str, mut rule: Json) -> Edit {
        let mut path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        if self.classic {
            path.push(classic);
            if let Some(rule) = rule.as_object_mut() {
                rule.remove("ruleType");
            }
        }
        path.push(name);
        let action = json!({"type": "Allow"});
        let rules = json!({name: rule});
        let value = match self.classic {
            true => json!({"priority": self.priority, "action": action, "rules": rules}),
            false => json!({"priority": self.priority, "ruleCollections": {name: {
                "ruleCollectionType": "FirewallPolicyFilterRuleCollection",
                "priority": PRIORITIES.start(),
                "action": action,
                "rules": rules,
            }}}),
        };
        Edit::new(&path, value)
    }
}

/// The policy that decides, or the firewall's own rules; before the group or collection of the rule that decides, behind all
/// others where none does (F146, F148).
fn site(tree: &Node, blocked: &Blocked) -> Option<Site> {
    let firewall = named(tree, "azureFirewalls", &blocked.step.resource)?;
    let parts: Vec<&str> = blocked.step.name.split('/').collect();
    let Some(reference) = firewall.value.get("firewallPolicy") else {
        let own = ["networkRuleCollections", "applicationRuleCollections"].map(|key| firewall.value.get(key));
        let all: Vec<&Entry> = own.into_iter().flatten().flat_map(Node::entries).collect();
        let priority = free(&all, parts.first().copied().unwrap_or_default())?;
        let path = vec!["azureFirewalls".to_owned(), firewall.key.to_string()];
        return Some(Site { path, priority, classic: true });
    };
    let policy = policy_of_rule(tree, last_segment(reference.as_str()?), &parts)?;
    let all: Vec<&Entry> = groups(policy).iter().collect();
    let priority = free(&all, parts.first().copied().unwrap_or_default())?;
    let path = vec!["firewallPolicies".to_owned(), policy.key.to_string(), "ruleCollectionGroups".to_owned()];
    Some(Site { path, priority, classic: false })
}

fn groups(policy: &Entry) -> &[Entry] {
    policy.value.get("ruleCollectionGroups").map(Node::entries).unwrap_or_default()
}

/// The policy or parent that has the deciding rule: what a parent denies, its child cannot allow (F152). The firewall's own
/// where no rule decides.
fn policy_of_rule<'t>(tree: &'t Node, name: &str, parts: &[&str]) -> Option<&'t Entry> {
    let own = named(tree, "firewallPolicies", name)?;
    let [group, _, _] = parts else { return Some(own) };
    let mut next = Some(own);
    for _ in 0..tree.get("firewallPolicies").map_or(0, |all| all.entries().len()) {
        let Some(policy) = next else { break };
        if groups(policy).iter().any(|one| one.key.eq_ignore_ascii_case(group)) {
            return Some(policy);
        }
        let base = policy.value.get("basePolicy").and_then(Node::as_str);
        next = base.and_then(|base| named(tree, "firewallPolicies", last_segment(base)));
    }
    Some(own)
}

/// The nearest free priority before the one that decides; behind the last where none of them does.
fn free(all: &[&Entry], decider: &str) -> Option<u32> {
    let number =
        |entry: &Entry| entry.value.get("priority").and_then(Node::as_str).and_then(|text| text.trim().parse().ok());
    // A number that is not known may be any: no place is right for sure.
    let taken: Option<Vec<u32>> = all.iter().map(|entry| number(entry)).collect();
    let taken = taken?;
    let decides = all.iter().find(|entry| entry.key.eq_ignore_ascii_case(decider)).and_then(|entry| number(entry));
    match decides {
        Some(limit) => (*PRIORITIES.start()..limit).rev().find(|number| !taken.contains(number)),
        None => {
            let behind = taken.iter().max().map_or(*PRIORITIES.start(), |last| last.saturating_add(100));
            if PRIORITIES.contains(&behind) { Some(behind) } else { PRIORITIES.rev().find(|one| !taken.contains(one)) }
        }
    }
}

fn named<'t>(tree: &'t Node, family: &str, name: &str) -> Option<&'t Entry> {
    tree.get(family)?.entries().iter().find(|entry| last_segment(&entry.key).eq_ignore_ascii_case(last_segment(name)))
}

fn last_segment(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Rules ahead of an admin rule that denies: one that hands on to the security groups, one that lets through (F73, F74).
pub(super) fn admin_rules(network: &Network, blocked: &Blocked) -> Vec<Vec<Edit>> {
    let parts: Vec<&str> = blocked.step.name.split('/').collect();
    let (Some(manager), [configuration, collection, _], Some(direction)) =
        (manager(&network.model, blocked), parts.as_slice(), direction(blocked))
    else {
        return Vec::new();
    };
    let Some(priority) = before(manager, &blocked.step.name, direction) else {
        return Vec::new();
    };
    let Some((source, destination)) = narrowest(network, blocked) else {
        return Vec::new();
    };
    let name = rule_name(blocked, Access::Allow);
    let rule = |access: &str| {
        let protocol = if protocol(blocked) == "*" { "Any" } else { protocol(blocked) };
        let mut value = json!({
            "priority": priority,
            "direction": direction.as_str(),
            "access": access,
            "protocol": protocol,
            "sourcePortRanges": whole(source_ranges(&blocked.source_ports)),
            "destinationPortRanges": whole(ranges(&blocked.ports)),
        });
        for (key, side) in [("sources", &source), ("destinations", &destination)] {
            if !side.iter().any(|one| one == "*") {
                value[key] = side.iter().map(|one| admin_side(one)).collect();
            }
        }
        let path = [
            "networkManagers",
            &manager.label.name,
            "securityAdminConfigurations",
            configuration,
            "ruleCollections",
            collection,
            "rules",
            &name,
        ];
        Edit::new(&path, value).with_note(rule_note(blocked, &destination))
    };
    let always = rule("AlwaysAllow");
    let unasked = "no security group is asked about these packets any more".to_owned();
    let note = always.note.clone().map_or_else(|| unasked.clone(), |note| format!("{note}; {unasked}"));
    vec![vec![rule("Allow")], vec![always.with_note(note)]]
}

fn admin_side(text: &str) -> Json {
    let is_tag = text.starts_with(|letter: char| letter.is_ascii_alphabetic()) && !text.contains(':');
    json!({"addressPrefixType": if is_tag { "ServiceTag" } else { "IPPrefix" }, "addressPrefix": text})
}

/// Admin rules write every port as a range.
fn whole(ports: Vec<String>) -> Vec<String> {
    ports.into_iter().map(|one| if one == "*" { "0-65535".to_owned() } else { one }).collect()
}

fn manager<'m>(model: &'m Model, blocked: &Blocked) -> Option<&'m NetworkManager> {
    model.network_managers.iter().find(|one| one.label.name.eq_ignore_ascii_case(&blocked.step.resource))
}

/// The nearest free priority before the rule that decides.
fn before(manager: &NetworkManager, decider: &str, direction: Direction) -> Option<u16> {
    let own = || manager.rules.iter().filter(|rule| rule.direction == direction);
    let decides: &SecurityAdminRule = own().find(|rule| rule.label.name.eq_ignore_ascii_case(decider))?;
    (1..decides.priority).rev().find(|number| !own().any(|rule| rule.priority == *number))
}
