//! Effective security groups, and the view of security groups.
//!
//! In: rules and tag expansions as Network Watcher prints them. Out: differences. Not compared: the order of rules; what
//! service tags hold, which follows Microsoft's data of the day; of Internet, the ranges that Microsoft keeps for itself
//! (F165); the IPv6 address of AzureLoadBalancer, which came in 2020 (F164).

use super::{Difference, Outcome, Scene, Unasked, answers::rows, compare, names};
use crate::{
    model::{Direction, Known, NetworkSecurityGroupId, SubnetId},
    network::Rule,
    resolve::Place,
    scenario::tree::Node,
    space::{self, Addresses, Ports},
    tags,
};
use ipnet::IpNet;
use std::{collections::BTreeSet, net::IpAddr};

/// A rule, ready to be compared.
struct Comparable {
    name: String,
    fields: [(&'static str, String); 8],
}

impl Scene<'_> {
    pub(super) fn effective_rules(&self) -> Vec<Outcome> {
        let entries = rows(&self.observation.answer);
        if entries.is_empty() {
            return vec![self.no_group()];
        }
        entries.iter().map(|entry| self.effective_group(entry)).collect()
    }

    /// An answer without groups: there must be none.
    fn no_group(&self) -> Outcome {
        let (nic, subnet) = self.interface(None)?;
        let model = &self.asked.network.model;
        let groups = [model.network_interface(nic).network_security_group, model.subnet(subnet).network_security_group];
        let number = groups.iter().flatten().count().to_string();
        Ok((self.name_of(nic), compare("security groups", number, "0").into_iter().collect()))
    }

    fn effective_group(&self, entry: &Node) -> Outcome {
        let id = |node: Option<&Node>| node.and_then(|node| node.get("id")).and_then(Node::as_str).map(str::to_owned);
        let association = entry.get("association");
        let of = |key: &str| id(association.and_then(|node| node.get(key)));
        let on = of("networkInterface").or_else(|| of("subnet")).unwrap_or_else(|| self.observation.target());
        let (group, subnet, subject) = self.group_on(&on)?;
        let mut found = Vec::new();
        if let Some(recorded) = id(entry.get("networkSecurityGroup")) {
            let recorded = recorded.rsplit('/').next().unwrap_or_default().to_lowercase();
            let label = &self.asked.network.model.network_security_group(group).label.name;
            let predicted = label.rsplit('/').next().unwrap_or_default().to_lowercase();
            found.extend(compare("networkSecurityGroup", predicted, recorded));
        }
        let recorded = entry.get("effectiveSecurityRules").map(Node::items).unwrap_or_default();
        found.extend(self.compare_rules(group, recorded, Part::All));
        found.extend(self.compare_expansions(subnet, recorded));
        Ok((subject, found))
    }

    /// The group on a network interface or a subnet.
    fn group_on(&self, on: &str) -> Result<(NetworkSecurityGroupId, SubnetId, String), Unasked> {
        let model = &self.asked.network.model;
        let short: Vec<&str> = on.rsplit('/').take(3).collect();
        let subject = match short.as_slice() {
            [subnet, "subnets", network] => format!("{network}/{subnet}"),
            [name, ..] => (*name).to_owned(),
            [] => on.to_owned(),
        };
        let place = self.asked.names.place(model, on);
        let place = place.map_err(|_| Unasked::new(&subject, "the scenario does not hold this place"))?;
        let group = match place {
            Place::NetworkInterface(nic) => model.network_interface(nic).network_security_group,
            Place::Subnet(subnet) => model.subnet(subnet).network_security_group,
        };
        let subnet = place.subnet(model);
        match (group, subnet) {
            (Some(Known::Known(group)), Some(subnet)) => Ok((group, subnet, subject)),
            (Some(Known::Unknown(fact)), _) => Err(Unasked::new(subject, model.fact(fact).text.clone())),
            _ => Err(Unasked::new(subject, "the scenario has no security group here")),
        }
    }

    pub(super) fn security_group_view(&self) -> Vec<Outcome> {
        let interfaces = self.observation.answer.get("networkInterfaces").map(Node::items).unwrap_or_default();
        interfaces.iter().flat_map(|interface| self.view_of(interface)).collect()
    }

    fn view_of(&self, interface: &Node) -> Vec<Outcome> {
        let Some(associations) = interface.get("securityRuleAssociations") else {
            return Vec::new();
        };
        // The second spelling is that of the interface of 2016.
        let keys = ["networkInterfaceAssociation", "networkInterfaceAssocation", "subnetAssociation"];
        let found = keys.iter().filter_map(|key| associations.get(key));
        found.map(|association| self.association(association)).collect()
    }

    /// The rules of one association, as configured.
    fn association(&self, association: &Node) -> Outcome {
        let on = association.get("id").and_then(Node::as_str).unwrap_or_default();
        let (group, _, subject) = self.group_on(on)?;
        let rules = association.get("securityRules").map(Node::items).unwrap_or_default();
        Ok((subject, self.compare_rules(group, rules, Part::Custom)))
    }

    fn compare_rules(&self, group: NetworkSecurityGroupId, recorded: &[Node], part: Part) -> Vec<Difference> {
        let predicted: Vec<Comparable> = [Direction::Inbound, Direction::Outbound]
            .iter()
            .flat_map(|direction| {
                let rules = &self.asked.network.rules(group, *direction).rules;
                let wanted = rules.iter().filter(move |rule| part == Part::All || !rule.default);
                wanted.map(move |rule| self.predicted(rule, *direction))
            })
            .collect();
        let recorded: Vec<Comparable> = recorded.iter().map(recorded_rule).collect();
        let mut found = Vec::new();
        for rule in &recorded {
            match predicted.iter().find(|own| own.name.eq_ignore_ascii_case(&rule.name)) {
                Some(own) => {
                    found.extend(own.fields.iter().zip(&rule.fields).filter_map(|((what, own), (_, theirs))| {
                        compare(&format!("rule {}: {what}", rule.name), own, theirs)
                    }))
                }
                None => found.extend(compare(&format!("rule {}", rule.name), "no such rule", "there")),
            }
        }
        for own in predicted.iter().filter(|own| !recorded.iter().any(|rule| own.name.eq_ignore_ascii_case(&rule.name)))
        {
            found.extend(compare(&format!("rule {}", own.name), "there", "no such rule"));
        }
        found
    }

    fn predicted(&self, rule: &Rule, direction: Direction) -> Comparable {
        let ports = |ports: &Ports| port_words(ports.iter());
        let access = rule.access.known().map_or("unknown", |access| access.as_str());
        let protocol = match (rule.port_protocols.iter().len(), rule.portless_protocols.iter().len()) {
            (0, _) => rule.portless_protocols.first().map(protocol_name),
            (_, 0) if rule.port_protocols.only().is_some() => rule.port_protocols.only().map(protocol_name),
            _ => Some("any"),
        };
        Comparable {
            name: rule.name.clone(),
            fields: [
                ("access", access.to_lowercase()),
                ("direction", format!("{direction:?}").to_lowercase()),
                ("priority", rule.priority.map(|number| number.to_string()).unwrap_or_default()),
                ("protocol", protocol.unwrap_or("any").to_owned()),
                ("source", address_words(rule.source.words.iter().map(String::as_str))),
                ("source ports", ports(&rule.source_ports)),
                ("destination", address_words(rule.destination.words.iter().map(String::as_str))),
                ("destination ports", ports(&rule.destination_ports)),
            ],
        }
    }

    /// What each tag holds at the place.
    fn compare_expansions(&self, subnet: SubnetId, recorded: &[Node]) -> Vec<Difference> {
        let facts = self.asked.network.subnet(subnet);
        let mut found: Vec<Difference> = Vec::new();
        for rule in recorded {
            for (side, expanded) in [
                ("sourceAddressPrefix", "expandedSourceAddressPrefix"),
                ("destinationAddressPrefix", "expandedDestinationAddressPrefix"),
            ] {
                let tag = rule.get(side).and_then(Node::as_str).unwrap_or_default();
                let prefixes = rule.get(expanded).map(Node::items).unwrap_or_default();
                if prefixes.is_empty() {
                    continue;
                }
                let nets: Vec<IpNet> =
                    prefixes.iter().filter_map(Node::as_str).filter_map(|text| text.parse().ok()).collect();
                let held = space::prefixes(&nets);
                let difference = match tag.to_lowercase().as_str() {
                    "virtualnetwork" if facts.virtual_network_tag.unknown.is_empty() => {
                        tag_difference(tag, &facts.virtual_network_tag.addresses, &held)
                    }
                    "azureloadbalancer" => {
                        let ipv4 = |all: &Addresses| all.intersect(&space::ipv4());
                        tag_difference(tag, &ipv4(&tags::azure_load_balancer()), &ipv4(&held))
                    }
                    "internet" => internet_difference(&facts.virtual_network_tag.internet, &held),
                    _ => None,
                };
                found.extend(difference.filter(|one| !found.contains(one)));
            }
        }
        found
    }
}

/// Which rules of a group are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    Custom,
}

fn tag_difference(tag: &str, predicted: &Addresses, recorded: &Addresses) -> Option<Difference> {
    let words = |all: &Addresses| {
        let nets: Vec<String> = space::to_prefixes(all).iter().take(12).map(ToString::to_string).collect();
        nets.join(", ")
    };
    if predicted == recorded {
        return None;
    }
    compare(&format!("tag {tag}"), words(predicted), words(recorded))
}

/// Azure's Internet is ours without ranges of Microsoft's own, which are less than a tenth of it (F165).
fn internet_difference(predicted: &Addresses, recorded: &Addresses) -> Option<Difference> {
    let ipv4 = |all: &Addresses| all.intersect(&space::ipv4());
    let (predicted, recorded) = (ipv4(predicted), ipv4(recorded));
    let size = |all: &Addresses| all.iter().map(|(first, last)| last - first + 1).sum::<u128>();
    let missing = predicted.minus(&recorded);
    if recorded.is_subset(&predicted) && size(&missing) * 10 < size(&predicted) {
        return None;
    }
    tag_difference("Internet", &predicted.minus(&recorded), &recorded.minus(&predicted))
}

fn recorded_rule(rule: &Node) -> Comparable {
    let node = |key: &str| rule.get(key).or_else(|| rule.get("properties").and_then(|inner| inner.get(key)));
    let text = |key: &str| node(key).and_then(Node::as_str).unwrap_or_default();
    let both = |one: &str, several: &str| {
        let items: Vec<String> = node(several)
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(Node::as_str)
            .map(str::to_owned)
            .collect();
        if items.is_empty() { vec![text(one).to_owned()] } else { items }
    };
    let ports = |one: &str, several: &str| {
        let ranges = both(one, several);
        port_words(Ports::from_ranges(ranges.iter().filter_map(|text| port_range(text))).iter())
    };
    Comparable {
        name: names::rule(text("name")).to_owned(),
        fields: [
            ("access", text("access").to_lowercase()),
            ("direction", text("direction").to_lowercase()),
            ("priority", text("priority").to_owned()),
            ("protocol", names::protocol(text("protocol"))),
            ("source", address_words(both("sourceAddressPrefix", "sourceAddressPrefixes").iter().map(String::as_str))),
            ("source ports", ports("sourcePortRange", "sourcePortRanges")),
            (
                "destination",
                address_words(
                    both("destinationAddressPrefix", "destinationAddressPrefixes").iter().map(String::as_str),
                ),
            ),
            ("destination ports", ports("destinationPortRange", "destinationPortRanges")),
        ],
    }
}

/// An address field in one form: prefixes merged, sorted, each once; `*` for everything, under whatever name.
fn address_words<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let (mut nets, mut all): (Vec<IpNet>, BTreeSet<String>) = Default::default();
    for word in words {
        match (word.parse::<IpNet>(), word.parse::<IpAddr>()) {
            _ if matches!(word, "*" | "0.0.0.0/0" | "::/0" | "") => return "*".to_owned(),
            (Ok(net), _) => nets.push(net),
            (_, Ok(address)) => nets.push(IpNet::from(address)),
            _ => {
                all.insert(word.to_lowercase());
            }
        }
    }
    all.extend(space::to_prefixes(&space::prefixes(&nets)).iter().map(ToString::to_string));
    all.into_iter().collect::<Vec<_>>().join(", ")
}

fn port_words(ranges: impl Iterator<Item = (u16, u16)>) -> String {
    let one = |(first, last): (u16, u16)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    ranges.map(one).collect::<Vec<_>>().join(", ")
}

/// `*`, a port, or a range.
fn port_range(text: &str) -> Option<(u16, u16)> {
    if text == "*" || text.is_empty() {
        return Some((0, u16::MAX));
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
}

fn protocol_name(number: u8) -> &'static str {
    match number {
        space::TCP => "tcp",
        space::UDP => "udp",
        space::ICMP => "icmp",
        space::ESP => "esp",
        space::AH => "ah",
        _ => "any",
    }
}
