//! Rule lists in the order of priority, Azure's default rules included.
//!
//! In: security groups, appliances, sites. Out: [`RuleList`]s. Deliberately absent: what VirtualNetwork
//! holds (it differs per subnet and is filled in while filtering).

use crate::{
    model::{
        Access, AddressMatch, ApplicationSecurityGroupId, Direction, FactId, Known, Model, NetworkSecurityGroupId,
        RuleProtocol, SecurityRule, TagMatch,
    },
    network::{Match, PlatformTag, Rule, RuleList},
    space::{self, Addresses, Ports, Ranges},
};
use std::sync::Arc;

/// Protocols with ports.
const PORT_PROTOCOLS: [u8; 2] = [space::TCP, space::UDP];
/// Protocols without.
const PORTLESS_PROTOCOLS: [u8; 3] = [space::ICMP, space::ESP, space::AH];

/// Both lists of every NSG.
pub(super) fn security_groups(model: &Model) -> Vec<[Arc<RuleList>; 2]> {
    let scene = Scene::new(model);
    (0..model.network_security_groups.len())
        .map(|index| {
            let id = NetworkSecurityGroupId::at(index);
            [Direction::Inbound, Direction::Outbound].map(|direction| Arc::new(scene.security_group(id, direction)))
        })
        .collect()
}

/// What each appliance forwards.
pub(super) fn appliances(model: &Model) -> Vec<Option<Arc<RuleList>>> {
    let scene = Scene::new(model);
    let lists = model.appliances.iter().map(|one| (&one.label.name, one.rules.as_ref()));
    lists.map(|(name, rules)| rules.map(|rules| Arc::new(scene.plain_list(name, rules)))).collect()
}

/// The firewall at each site's edge.
pub(super) fn sites(model: &Model) -> Vec<Option<Arc<RuleList>>> {
    let scene = Scene::new(model);
    let lists = model.sites.iter().map(|one| (&one.label.name, one.firewall.as_ref()));
    lists.map(|(name, rules)| rules.map(|rules| Arc::new(scene.plain_list(name, rules)))).collect()
}

/// What rule fields are filled in from.
struct Scene<'a> {
    model: &'a Model,
    /// Private addresses of each ASG's members, and the facts about members without one.
    members: Vec<(Addresses, Vec<FactId>)>,
}

impl<'a> Scene<'a> {
    fn new(model: &'a Model) -> Self {
        Scene { model, members: asg_members(model) }
    }

    fn security_group(&self, id: NetworkSecurityGroupId, direction: Direction) -> RuleList {
        let group = self.model.network_security_group(id);
        let mut written: Vec<&SecurityRule> =
            group.security_rules.iter().filter(|rule| rule.direction == direction).collect();
        written.sort_by_key(|rule| rule.priority.known().copied().unwrap_or(0));
        let mut rules: Vec<Rule> = written.into_iter().map(|rule| self.rule(rule)).collect();
        rules.extend(self.default_rules(direction));
        RuleList { resource: group.label.name.clone(), group: Some(id), direction, rules }
    }

    /// An appliance's or a site's list: no default rules, both directions.
    fn plain_list(&self, name: &str, rules: &[SecurityRule]) -> RuleList {
        let mut written: Vec<&SecurityRule> = rules.iter().collect();
        written.sort_by_key(|rule| rule.priority.known().copied().unwrap_or(0));
        let rules = written.into_iter().map(|rule| self.rule(rule)).collect();
        RuleList { resource: name.to_owned(), group: None, direction: Direction::Inbound, rules }
    }

    fn rule(&self, rule: &SecurityRule) -> Rule {
        let mut doubts: Vec<FactId> = Vec::new();
        let mut known = |value: &Known<_>| match value {
            Known::Known(value) => Some(*value),
            Known::Unknown(fact) => {
                doubts.push(*fact);
                None
            }
        };
        let protocol = known(&rule.protocol).unwrap_or(RuleProtocol::Any);
        if let Known::Unknown(fact) = rule.priority {
            doubts.push(fact);
        }
        let mut ports = |value: &Known<Ports>| match value {
            Known::Known(ports) => ports.clone(),
            Known::Unknown(fact) => {
                doubts.push(*fact);
                Ports::all()
            }
        };
        let (source_ports, destination_ports) = (ports(&rule.source_ports), ports(&rule.destination_ports));
        let (port_protocols, portless_protocols) = self.protocols(protocol, &source_ports, &destination_ports);
        Rule {
            name: rule.label.name.clone(),
            priority: rule.priority.known().copied(),
            access: rule.access,
            port_protocols,
            portless_protocols,
            source: self.fill_in(&rule.source),
            source_ports,
            destination: self.fill_in(&rule.destination),
            destination_ports,
            doubts,
            default: false,
            platform: platform_tag(&rule.destination),
            origin: Some(rule.label.origin.clone()),
        }
    }

    /// Ports mean nothing to ICMP, ESP and AH: a rule for `*` that names ports does not match them, one
    /// for their own protocol does (F30, F31; settings portlessProtocolsMatchSpecificPorts, anyIncludesEspAh).
    fn protocols(&self, protocol: RuleProtocol, source: &Ports, destination: &Ports) -> (Ranges<u8>, Ranges<u8>) {
        let settings = &self.model.settings;
        let of = |numbers: &[u8]| Ranges::from_ranges(numbers.iter().map(|number| (*number, *number)));
        let all_ports = source.is_all() && destination.is_all();
        match protocol {
            RuleProtocol::Tcp => (of(&[space::TCP]), Ranges::empty()),
            RuleProtocol::Udp => (of(&[space::UDP]), Ranges::empty()),
            RuleProtocol::Icmp => (Ranges::empty(), of(&[space::ICMP])),
            RuleProtocol::Esp => (Ranges::empty(), of(&[space::ESP])),
            RuleProtocol::Ah => (Ranges::empty(), of(&[space::AH])),
            RuleProtocol::Any => {
                let portless =
                    match (all_ports || settings.portless_protocols_match_specific_ports, settings.any_includes_esp_ah)
                    {
                        (false, _) => Ranges::empty(),
                        (true, true) => of(&PORTLESS_PROTOCOLS),
                        (true, false) => of(&[space::ICMP]),
                    };
                (of(&PORT_PROTOCOLS), portless)
            }
        }
    }

    fn fill_in(&self, field: &AddressMatch) -> Match {
        let mut filled = Match {
            any: field.any,
            addresses: field.prefixes.clone(),
            unknown: field.unknown.clone(),
            ..Match::default()
        };
        for tag in &field.tags {
            self.fill_in_tag(tag, &mut filled);
        }
        for group in &field.application_security_groups {
            let (members, doubts) = &self.members[group.index()];
            filled.addresses = filled.addresses.union(members);
            filled.unknown.extend(doubts);
        }
        filled.words = self.words(field);
        if filled.any {
            filled.addresses = Addresses::all();
        }
        filled
    }

    /// The field as it reads.
    fn words(&self, field: &AddressMatch) -> Vec<String> {
        let mut words: Vec<String> = field.any.then(|| "*".to_owned()).into_iter().collect();
        words.extend(space::to_prefixes(&field.prefixes).iter().map(ToString::to_string));
        words.extend(field.tags.iter().map(|tag| match tag {
            TagMatch::VirtualNetwork => "VirtualNetwork".to_owned(),
            TagMatch::Internet => "Internet".to_owned(),
            TagMatch::AzureLoadBalancer => "AzureLoadBalancer".to_owned(),
            TagMatch::AzurePlatformDns => "AzurePlatformDNS".to_owned(),
            TagMatch::AzurePlatformImds => "AzurePlatformIMDS".to_owned(),
            TagMatch::AzurePlatformLkm => "AzurePlatformLKM".to_owned(),
            TagMatch::Service(name, _) | TagMatch::Missing(name, _) => name.clone(),
        }));
        let groups = field.application_security_groups.iter();
        words.extend(groups.map(|group| self.model.application_security_group(*group).label.name.clone()));
        words
    }

    fn fill_in_tag(&self, tag: &TagMatch, filled: &mut Match) {
        let mut add = |addresses: &Addresses| filled.addresses = filled.addresses.union(addresses);
        match tag {
            TagMatch::VirtualNetwork => filled.virtual_network = true,
            TagMatch::Internet => filled.internet = true,
            TagMatch::AzureLoadBalancer => add(&crate::tags::azure_load_balancer()),
            TagMatch::AzurePlatformDns => add(&crate::tags::azure_platform_dns()),
            TagMatch::AzurePlatformImds => add(&crate::tags::azure_platform_imds()),
            TagMatch::AzurePlatformLkm => add(&crate::tags::azure_platform_lkm()),
            TagMatch::Service(name, addresses) => {
                add(addresses);
                filled.tags.push(name.to_lowercase());
            }
            TagMatch::Missing(_, fact) => filled.unknown.push(*fact),
        }
    }

    /// The six rules that every NSG has (filtering.md 1.4).
    fn default_rules(&self, direction: Direction) -> Vec<Rule> {
        let words = |word: &str| vec![word.to_owned()];
        let any = || Match { any: true, addresses: Addresses::all(), words: words("*"), ..Match::default() };
        let virtual_network = || Match { virtual_network: true, words: words("VirtualNetwork"), ..Match::default() };
        let load_balancer = || Match {
            addresses: crate::tags::azure_load_balancer(),
            words: words("AzureLoadBalancer"),
            ..Match::default()
        };
        let internet = || Match { internet: true, words: words("Internet"), ..Match::default() };
        let rule = |priority, name: &str, source, destination, access| {
            self.default_rule(priority, name, source, destination, access)
        };
        match direction {
            Direction::Inbound => vec![
                rule(65000, "AllowVnetInBound", virtual_network(), virtual_network(), Access::Allow),
                rule(65001, "AllowAzureLoadBalancerInBound", load_balancer(), any(), Access::Allow),
                rule(65500, "DenyAllInBound", any(), any(), Access::Deny),
            ],
            Direction::Outbound => vec![
                rule(65000, "AllowVnetOutBound", virtual_network(), virtual_network(), Access::Allow),
                rule(65001, "AllowInternetOutBound", any(), internet(), Access::Allow),
                rule(65500, "DenyAllOutBound", any(), any(), Access::Deny),
            ],
        }
    }

    fn default_rule(&self, priority: u16, name: &str, source: Match, destination: Match, access: Access) -> Rule {
        let all = Ranges::from_ranges(PORTLESS_PROTOCOLS.map(|number| (number, number)));
        Rule {
            name: name.to_owned(),
            priority: Some(priority),
            access: Known::Known(access),
            port_protocols: Ranges::from_ranges(PORT_PROTOCOLS.map(|number| (number, number))),
            portless_protocols: all,
            source,
            source_ports: Ports::all(),
            destination,
            destination_ports: Ports::all(),
            doubts: Vec::new(),
            default: true,
            platform: None,
            origin: None,
        }
    }
}

/// The private addresses of each ASG's members (filtering.md 1.9: read it as a set of addresses).
fn asg_members(model: &Model) -> Vec<(Addresses, Vec<FactId>)> {
    type Members = (Vec<(u128, u128)>, Vec<FactId>);
    let mut members: Vec<Members> = vec![Default::default(); model.application_security_groups.len()];
    for configuration in model.network_interfaces.iter().flat_map(|nic| &nic.ip_configurations) {
        for ApplicationSecurityGroupId(group) in &configuration.application_security_groups {
            let group = &mut members[*group as usize];
            match configuration.address {
                Known::Known(address) => group.0.push((space::point(address), space::point(address))),
                Known::Unknown(fact) => group.1.push(fact),
            }
        }
    }
    for endpoint in &model.private_endpoints {
        for ApplicationSecurityGroupId(group) in &endpoint.application_security_groups {
            let group = &mut members[*group as usize];
            match &endpoint.addresses {
                Known::Known(addresses) => {
                    group.0.extend(addresses.iter().map(|address| (space::point(*address), space::point(*address))));
                }
                Known::Unknown(fact) => group.1.push(*fact),
            }
        }
    }
    members.into_iter().map(|(points, facts)| (Addresses::from_ranges(points), facts)).collect()
}

/// The platform service that a field names, if it names one.
fn platform_tag(field: &AddressMatch) -> Option<PlatformTag> {
    field.tags.iter().find_map(|tag| match tag {
        TagMatch::AzurePlatformDns => Some(PlatformTag::Dns),
        TagMatch::AzurePlatformImds => Some(PlatformTag::Imds),
        TagMatch::AzurePlatformLkm => Some(PlatformTag::Lkm),
        _ => None,
    })
}
