//! Effective rules as people see them: both levels of a place, tags by name and by what they hold there.
//!
//! In: a network and a place. Out: rules in the order in which Azure asks them. Deliberately absent: layout, and
//! packets.

use crate::{
    model::{
        Access, AddressMatch, Direction, FactId, Known, NetworkInterfaceId, NetworkSecurityGroupId, RuleProtocol,
        SecurityRule, SubnetId, TagMatch,
    },
    network::{Match, Network, Rule},
    space::{self, Addresses, Ports},
    tags,
};
use ipnet::IpNet;

/// Priorities of the three default rules of a direction.
const DEFAULT_PRIORITIES: [u16; 3] = [65000, 65001, 65500];

/// Where rules take effect: at a subnet, or at a NIC in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkPlace {
    /// The subnet.
    pub subnet: SubnetId,
    /// The NIC, if one is meant.
    pub network_interface: Option<NetworkInterfaceId>,
}

/// The security group of one level.
#[derive(Debug, Clone)]
pub struct Level {
    /// True at the NIC, false at the subnet.
    pub at_network_interface: bool,
    /// The subnet or the NIC that the group is on.
    pub on: String,
    /// The group's name, or the fact that is missing about it.
    pub group: Result<String, FactId>,
    /// Inbound, in order.
    pub inbound: Vec<EffectiveRule>,
    /// Outbound, in order.
    pub outbound: Vec<EffectiveRule>,
}

/// A rule as Azure applies it at a place; what is not known is absent.
#[derive(Debug, Clone)]
pub struct EffectiveRule {
    /// Its name.
    pub name: String,
    /// Whether Azure made it.
    pub default: bool,
    /// Lower numbers first.
    pub priority: Option<u16>,
    /// Which way it looks.
    pub direction: Direction,
    /// What it does.
    pub access: Option<Access>,
    /// Its protocol.
    pub protocol: Option<RuleProtocol>,
    /// Who sends.
    pub source: Field,
    /// From which ports.
    pub source_ports: Option<Ports>,
    /// Who receives.
    pub destination: Field,
    /// On which ports.
    pub destination_ports: Option<Ports>,
}

/// An address field by name and by what it holds.
#[derive(Debug, Clone, Default)]
pub struct Field {
    /// Every address.
    pub any: bool,
    /// Prefixes as written.
    pub prefixes: Vec<IpNet>,
    /// Tags and what they hold here; nothing for one that the tag data lacks.
    pub tags: Vec<(String, Option<Addresses>)>,
    /// Application security groups by name.
    pub application_security_groups: Vec<String>,
    /// Members that are not known.
    pub unknown: usize,
    /// All that is known of it, when tags or application security groups are in it.
    pub expanded: Vec<IpNet>,
}

/// The levels at a place, the subnet's first; a level without a security group is left out.
pub fn effective_rules(network: &Network, place: NetworkPlace) -> Vec<Level> {
    let subnet = network.model.subnet(place.subnet);
    let at_subnet = subnet.network_security_group.map(|group| {
        let on = network.subnet_path(place.subnet);
        level(network, place.subnet, group, on, false)
    });
    let at_interface = place.network_interface.and_then(|id| {
        let interface = network.model.network_interface(id);
        let group = interface.network_security_group?;
        let on = interface.label.name.clone();
        Some(level(network, place.subnet, group, on, true))
    });
    at_subnet.into_iter().chain(at_interface).collect()
}

fn level(
    network: &Network,
    subnet: SubnetId,
    group: Known<NetworkSecurityGroupId>,
    on: String,
    at_network_interface: bool,
) -> Level {
    let rules = |direction| match group {
        Known::Known(group) => rules_of(network, subnet, group, direction),
        Known::Unknown(_) => Vec::new(),
    };
    Level {
        at_network_interface,
        on,
        inbound: rules(Direction::Inbound),
        outbound: rules(Direction::Outbound),
        group: match group {
            Known::Known(group) => Ok(network.model.network_security_group(group).label.name.clone()),
            Known::Unknown(fact) => Err(fact),
        },
    }
}

fn rules_of(
    network: &Network,
    subnet: SubnetId,
    group: NetworkSecurityGroupId,
    direction: Direction,
) -> Vec<EffectiveRule> {
    let scene = Scene { network, subnet };
    let written = &network.model.network_security_group(group).security_rules;
    let mut defaults = DEFAULT_PRIORITIES.into_iter();
    let rules = &network.rules(group, direction).rules;
    rules
        .iter()
        .map(|rule| match as_written(rule, direction, written) {
            Some(written) => scene.custom(rule, written),
            None => scene.default(rule, direction, defaults.next()),
        })
        .collect()
}

/// The rule of the file behind a rule ready for filtering.
fn as_written<'a>(rule: &Rule, direction: Direction, written: &'a [SecurityRule]) -> Option<&'a SecurityRule> {
    written.iter().find(|one| {
        !rule.default
            && one.direction == direction
            && one.label.name == rule.name
            && rule.origin.as_ref() == Some(&one.label.origin)
    })
}

/// Where tags are expanded.
struct Scene<'a> {
    network: &'a Network,
    subnet: SubnetId,
}

impl Scene<'_> {
    fn custom(&self, rule: &Rule, written: &SecurityRule) -> EffectiveRule {
        EffectiveRule {
            name: rule.name.clone(),
            default: false,
            priority: written.priority.known().copied(),
            direction: written.direction,
            access: written.access.known().copied(),
            protocol: written.protocol.known().copied(),
            source: self.written_field(&rule.source, &written.source),
            source_ports: written.source_ports.known().cloned(),
            destination: self.written_field(&rule.destination, &written.destination),
            destination_ports: written.destination_ports.known().cloned(),
        }
    }

    fn default(&self, rule: &Rule, direction: Direction, priority: Option<u16>) -> EffectiveRule {
        EffectiveRule {
            name: rule.name.clone(),
            default: true,
            priority,
            direction,
            access: rule.access.known().copied(),
            protocol: Some(RuleProtocol::Any),
            source: self.default_field(&rule.source),
            source_ports: Some(rule.source_ports.clone()),
            destination: self.default_field(&rule.destination),
            destination_ports: Some(rule.destination_ports.clone()),
        }
    }

    fn written_field(&self, filled: &Match, written: &AddressMatch) -> Field {
        let groups = written.application_security_groups.iter().map(|id| {
            let group = self.network.model.application_security_group(*id);
            group.label.name.clone()
        });
        let tags = written.tags.iter().map(|tag| self.tag(tag)).collect();
        let field = Field {
            any: written.any,
            prefixes: space::to_prefixes(&written.prefixes),
            tags,
            application_security_groups: groups.collect(),
            unknown: written.unknown.len(),
            expanded: Vec::new(),
        };
        self.expand(field, filled)
    }

    /// Azure's own rules name one tag, or everything.
    fn default_field(&self, filled: &Match) -> Field {
        let tag = match (filled.any, filled.virtual_network, filled.internet) {
            (true, _, _) => None,
            (_, true, _) => Some(TagMatch::VirtualNetwork),
            (_, _, true) => Some(TagMatch::Internet),
            _ => Some(TagMatch::AzureLoadBalancer),
        };
        let field = Field { any: filled.any, tags: tag.iter().map(|tag| self.tag(tag)).collect(), ..Field::default() };
        self.expand(field, filled)
    }

    fn expand(&self, field: Field, filled: &Match) -> Field {
        let by_name = !field.tags.is_empty() || !field.application_security_groups.is_empty();
        if field.any || !by_name {
            return field;
        }
        let tags = self.network.subnet(self.subnet).virtual_network_tag.observed();
        Field { expanded: space::to_prefixes(&filled.held(tags)), ..field }
    }

    fn virtual_network(&self) -> &Addresses {
        let facts = self.network.subnet(self.subnet);
        &facts.virtual_network_tag.addresses
    }

    fn tag(&self, tag: &TagMatch) -> (String, Option<Addresses>) {
        let (name, addresses) = match tag {
            TagMatch::VirtualNetwork => ("VirtualNetwork", self.virtual_network().clone()),
            TagMatch::Internet => ("Internet", self.network.internet().clone()),
            TagMatch::AzureLoadBalancer => ("AzureLoadBalancer", tags::azure_load_balancer()),
            TagMatch::AzurePlatformDns => ("AzurePlatformDNS", tags::azure_platform_dns()),
            TagMatch::AzurePlatformImds => ("AzurePlatformIMDS", tags::azure_platform_imds()),
            TagMatch::AzurePlatformLkm => ("AzurePlatformLKM", tags::azure_platform_lkm()),
            TagMatch::Service(name, addresses) => (name.as_str(), addresses.clone()),
            TagMatch::Missing(name, _) => return (name.clone(), None),
        };
        (name.to_owned(), Some(addresses))
    }
}

impl Level {
    /// All its rules, inbound first.
    pub fn rules(&self) -> impl Iterator<Item = &EffectiveRule> {
        self.inbound.iter().chain(&self.outbound)
    }

    /// Every tag that its rules name, each once, with what it holds here.
    pub fn tags(&self) -> Vec<(&str, &Addresses)> {
        let mut found: Vec<(&str, &Addresses)> = Vec::new();
        for field in self.rules().flat_map(|rule| [&rule.source, &rule.destination]) {
            for (name, addresses) in &field.tags {
                if let Some(addresses) = addresses
                    && !found.iter().any(|(known, _)| known == name)
                {
                    found.push((name, addresses));
                }
            }
        }
        found
    }
}
