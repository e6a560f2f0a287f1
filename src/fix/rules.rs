//! Security rules: one more, at the right place of the list, for exactly the packets.
//!
//! In: packets at an NSG's decision. Out: the rule that decides otherwise: its priority is the nearest free one before the
//! rule that decides now, so that it overrides nothing that goes before that (F16). Deliberately absent: other edits.

use super::{blocked::Blocked, edit::Edit};
use crate::{
    flow::default_source_ports,
    model::{Access, Direction, Known, Model, NetworkSecurityGroup},
    network::Network,
    space::{self, Addresses, NAMED, Ports},
    tags::host_tag,
};
use serde_json::{Value as Json, json};

/// Longer lists of prefixes are no rule that people would write.
const MOST_PREFIXES: usize = 24;
/// Where custom rules may stand.
const PRIORITIES: std::ops::RangeInclusive<u16> = 100..=4096;
/// Rules are written with some room between them.
const ROOM: u16 = 10;

/// Rules for packets at the decision of an NSG: the exact one, then wider ones for packets that were translated before.
pub(super) fn rules(network: &Network, blocked: &Blocked, access: Access) -> Vec<Edit> {
    let model = &network.model;
    let named = |one: &&NetworkSecurityGroup| one.label.name.eq_ignore_ascii_case(&blocked.step.resource);
    let Some(group) = model.network_security_groups.iter().find(named) else {
        return Vec::new();
    };
    let Some(direction) = direction(blocked) else {
        return Vec::new();
    };
    let Some(priority) = priority(group, &blocked.step.name, direction) else {
        return Vec::new();
    };
    let name = free_name(group, blocked, access);
    let sources = fields(network, &blocked.source, "");
    let destinations = destinations(network, blocked, direction);
    let any = || vec!["*".to_owned()];
    let mut ends: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for source in &sources {
        ends.extend(destinations.iter().map(|destination| (source.clone(), destination.clone())));
    }
    ends.extend(destinations.iter().map(|destination| (any(), destination.clone())));
    ends.extend(sources.iter().map(|source| (source.clone(), any())));
    ends.dedup();
    let rule = |(source, destination): (Vec<String>, Vec<String>)| {
        let note = rule_note(blocked, &destination);
        let value = rule_value(blocked, (priority, direction, access), source, destination);
        let edit = Edit::new(&["networkSecurityGroups", &group.label.name, "securityRules", &name], value);
        edit.with_note(note)
    };
    ends.into_iter().map(rule).collect()
}

/// A new NSG on a subnet that has none, with a rule for the packets: for places that let everything through.
pub(super) fn new_group(
    network: &Network,
    blocked: &Blocked,
    path: &str,
    (direction, access): (Direction, Access),
) -> Vec<Edit> {
    let Some((vnet, subnet)) = path.split_once('/') else {
        return Vec::new();
    };
    let name = format!("{subnet}-nsg");
    if network.model.network_security_groups.iter().any(|one| one.label.name.eq_ignore_ascii_case(&name)) {
        return Vec::new();
    }
    let source = fields(network, &blocked.source, "").into_iter().next();
    let destination = destinations(network, blocked, direction).into_iter().next();
    let (Some(source), Some(destination)) = (source, destination) else {
        return Vec::new();
    };
    let note = rule_note(blocked, &destination);
    let value = rule_value(blocked, (*PRIORITIES.start(), direction, access), source, destination);
    let rule =
        Edit::new(&["networkSecurityGroups", &name, "securityRules", rule_name(blocked, access).as_str()], value);
    vec![
        rule.with_note(note),
        Edit::new(&["virtualNetworks", vnet, "subnets", subnet, "networkSecurityGroup"], json!(name)),
    ]
}

/// A party known by name stands in a rule under its service tag, and so do all others of the tag: lists of effects, which know
/// the file's parties alone, cannot show that.
pub(super) fn tag_note(blocked: &Blocked, destination: &[String]) -> Option<String> {
    let is_tag = |text: &String| text.starts_with(|letter: char| letter.is_ascii_alphabetic()) && !text.contains(':');
    let tag = destination.iter().find(|text| is_tag(text))?;
    let all = if tag == "Internet" {
        "every public address".to_owned()
    } else {
        format!("everything in the service tag {tag}")
    };
    let named = blocked.destination == Addresses::single(NAMED);
    named.then(|| format!("the rule is for {all}, of any customer, not for {} alone", blocked.name))
}

/// What a rule is for besides: the others of a service tag, and source ports that no client uses.
pub(super) fn rule_note(blocked: &Blocked, destination: &[String]) -> Option<String> {
    let ports = (blocked.source_ports == default_source_ports()).then(|| {
        "the rule is for every source port; effects are told for those that clients use, 1024-65535".to_owned()
    });
    let notes: Vec<String> = tag_note(blocked, destination).into_iter().chain(ports).collect();
    (!notes.is_empty()).then(|| notes.join("; "))
}

fn rule_value(
    blocked: &Blocked,
    (priority, direction, access): (u16, Direction, Access),
    source: Vec<String>,
    destination: Vec<String>,
) -> Json {
    let mut value = json!({
        "priority": priority,
        "direction": direction.as_str(),
        "access": access.as_str(),
        "protocol": protocol(blocked),
    });
    put(&mut value, "sourceAddressPrefix", "sourceAddressPrefixes", source);
    put(&mut value, "sourcePortRange", "sourcePortRanges", source_ranges(&blocked.source_ports));
    put(&mut value, "destinationAddressPrefix", "destinationAddressPrefixes", destination);
    put(&mut value, "destinationPortRange", "destinationPortRanges", ranges(&blocked.ports));
    value
}

fn put(rule: &mut Json, one: &str, many: &str, mut values: Vec<String>) {
    if values.len() == 1 {
        rule[one] = json!(values.remove(0));
    } else {
        rule[many] = json!(values);
    }
}

/// Which list of the group decided: the level of the step says so.
pub(super) fn direction(blocked: &Blocked) -> Option<Direction> {
    match blocked.step.detail.rsplit(", ").next() {
        Some("inbound") => Some(Direction::Inbound),
        Some("outbound") => Some(Direction::Outbound),
        _ => None,
    }
}

/// The nearest free number before the rule that decides.
fn priority(group: &NetworkSecurityGroup, decider: &str, direction: Direction) -> Option<u16> {
    let own = || group.security_rules.iter().filter(|rule| rule.direction == direction);
    // A number that is not known may be any: no place is right for sure.
    let taken: Option<Vec<u16>> = own().map(|rule| rule.priority.known().copied()).collect();
    let taken = taken?;
    let decides = own().find(|rule| rule.label.name.eq_ignore_ascii_case(decider));
    match decides.map(|rule| rule.priority) {
        Some(Known::Known(limit)) => (*PRIORITIES.start()..limit).rev().find(|number| !taken.contains(number)),
        Some(Known::Unknown(_)) => None,
        // A default rule: behind all others.
        None => {
            let last = taken.iter().max().map_or(*PRIORITIES.start(), |last| last.saturating_add(ROOM));
            let behind = PRIORITIES.contains(&last).then_some(last);
            behind.or_else(|| PRIORITIES.rev().find(|number| !taken.contains(number)))
        }
    }
}

fn free_name(group: &NetworkSecurityGroup, blocked: &Blocked, access: Access) -> String {
    let name = rule_name(blocked, access);
    let is_taken = |name: &str| group.security_rules.iter().any(|rule| rule.label.name.eq_ignore_ascii_case(name));
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.clone()).chain(numbered).find(|name| !is_taken(name)).unwrap_or(name)
}

pub(super) fn rule_name(blocked: &Blocked, access: Access) -> String {
    let word = if access == Access::Allow { "allow" } else { "deny" };
    let letters = |text: &str| -> String {
        text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).take(40).collect()
    };
    let port = blocked.ports.only().map(|port| format!("-{port}")).unwrap_or_default();
    let address =
        blocked.destination.first().filter(|point| *point != NAMED).map(|point| space::address(point).to_string());
    let name = if blocked.name.is_empty() { address.unwrap_or_default() } else { blocked.name.clone() };
    let to = letters(name.trim_matches(|letter: char| !letter.is_ascii_alphanumeric()));
    format!("{word}-to-{to}{port}").trim_end_matches('-').to_owned()
}

/// What a rule may name at least, for both ends of the packets.
pub(super) fn narrowest(network: &Network, blocked: &Blocked) -> Option<(Vec<String>, Vec<String>)> {
    let source = fields(network, &blocked.source, "").into_iter().next()?;
    let destination = fields(network, &blocked.destination, &blocked.name).into_iter().next()?;
    Some((source, destination))
}

/// What a rule of an NSG may name as destination: behind public addresses stand the machines' own (F44).
fn destinations(network: &Network, blocked: &Blocked, direction: Direction) -> Vec<Vec<String>> {
    let translated = direction == Direction::Inbound && !blocked.inner.is_empty();
    if translated && !blocked.destination.meets(&blocked.inner) {
        return fields(network, &blocked.inner, "");
    }
    fields(network, &blocked.destination, &blocked.name)
}

/// What a rule may name so that it holds these addresses, the narrowest first.
pub(super) fn fields(network: &Network, addresses: &Addresses, name: &str) -> Vec<Vec<String>> {
    if *addresses == Addresses::single(NAMED) {
        return tags_of(&network.model, name).into_iter().map(|tag| vec![tag]).collect();
    }
    let prefixes = space::to_prefixes(addresses);
    if prefixes.len() <= MOST_PREFIXES && !prefixes.is_empty() {
        return vec![prefixes.iter().map(short).collect()];
    }
    if addresses.is_subset(network.internet()) { vec![vec!["Internet".to_owned()]] } else { vec![vec!["*".to_owned()]] }
}

fn short(prefix: &ipnet::IpNet) -> String {
    if prefix.prefix_len() == prefix.max_prefix_len() { prefix.addr().to_string() } else { prefix.to_string() }
}

/// The host name of a party that is known by name.
pub(super) fn host_of(model: &Model, name: &str) -> String {
    let outside = model.externals.iter().find(|one| one.label.name.eq_ignore_ascii_case(name));
    if let Some(host) = outside.and_then(|one| one.host_names.first()) {
        return host.to_lowercase();
    }
    let (of_service, part) = name.split_once('/').unwrap_or((name, ""));
    let service = model.services.iter().find(|one| one.label.name.eq_ignore_ascii_case(of_service));
    let host = service.and_then(|one| {
        let parts = &one.sub_resources;
        parts.iter().find(|one| one.name.eq_ignore_ascii_case(part)).or(parts.first()).map(|part| part.host.clone())
    });
    host.unwrap_or_else(|| name.to_lowercase())
}

/// Service tags that stand for a party that is known by name: its region's first.
pub(super) fn tags_of(model: &Model, name: &str) -> Vec<String> {
    let of_service = name.split('/').next().unwrap_or(name);
    let service = model.services.iter().find(|one| one.label.name.eq_ignore_ascii_case(of_service));
    let host = host_of(model, name);
    let Some(tag) = host_tag(&host).and_then(|service| service.only_tag()) else {
        return vec!["Internet".to_owned()];
    };
    let region = service.and_then(|one| one.location.as_ref());
    let regional = region.and_then(|region| model.tags.get(&format!("{tag}.{region}")));
    regional.map(|tag| tag.name.clone()).into_iter().chain([tag.to_owned()]).collect()
}

/// ARM's word for one protocol; `*` for several.
pub(super) fn protocol(blocked: &Blocked) -> &'static str {
    match blocked.protocols.only() {
        Some(space::TCP) => "Tcp",
        Some(space::UDP) => "Udp",
        Some(space::ICMP) => "Icmp",
        Some(space::ESP) => "Esp",
        Some(space::AH) => "Ah",
        _ => "*",
    }
}

/// Source ports as ARM writes them; those that clients use as people do: all of them.
pub(super) fn source_ranges(ports: &Ports) -> Vec<String> {
    if *ports == default_source_ports() { vec!["*".to_owned()] } else { ranges(ports) }
}

/// Ports as ARM writes them. Protocols without ports match rules for every port only (F30).
pub(super) fn ranges(ports: &Ports) -> Vec<String> {
    if ports.is_empty() || ports.is_all() {
        return vec!["*".to_owned()];
    }
    let one = |(first, last): (u16, u16)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    ports.iter().map(one).collect()
}
