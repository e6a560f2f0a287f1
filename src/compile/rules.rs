//! Rule lists in the order of priority, Azure's default rules included.
//!
//! In: security groups, appliances, sites. Out: [`RuleList`]s. Deliberately absent: what VirtualNetwork
//! holds (it differs per subnet and is filled in while filtering).

use crate::{
    model::{
        Access, AddressMatch, AdminAccess, ApplicationSecurityGroupId, AzureFirewall, Direction, FactId,
        FirewallApplicationRule, FirewallNetworkRule, Known, Label, Model, NetworkManager, NetworkSecurityGroupId,
        OnIntentPolicies, RuleProtocol, SecurityAdminRule, SecurityRule, SubnetId, TagMatch, VirtualNetworkId,
    },
    network::{AdminRules, FirewallRules, Match, PlatformTag, Rule, RuleList},
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

/// Admin rules of each VNET, inbound and outbound, by manager.
pub(super) fn admin_rules(model: &Model) -> Vec<[Vec<AdminRules>; 2]> {
    let scene = Scene::new(model);
    (0..model.virtual_networks.len())
        .map(|index| {
            let id = VirtualNetworkId::at(index);
            [Direction::Inbound, Direction::Outbound].map(|direction| {
                let lists = model.network_managers.iter().map(|manager| scene.admin_list(manager, id, direction));
                lists.filter(|list| !list.rules.rules.is_empty()).collect()
            })
        })
        .collect()
}

/// The rules of each Azure Firewall: what network rules and application rules say, by address; host names are looked at
/// where a packet's is known (that is `evaluate/firewall`).
pub(super) fn azure_firewalls(model: &Model) -> Vec<FirewallRules> {
    let scene = Scene::new(model);
    let of = |firewall: &AzureFirewall| {
        let network = firewall.network_rules.iter().map(|rule| scene.network_rule(rule)).collect();
        let application = firewall.application_rules.iter().map(|rule| scene.application_rule(rule)).collect();
        let list = |rules| {
            let resource = firewall.label.name.clone();
            Arc::new(RuleList { resource, group: None, direction: Direction::Outbound, rules })
        };
        FirewallRules {
            network: list(network),
            application: list(application),
            nat_sources: firewall.nat_rules.iter().map(|rule| scene.fill_in(&rule.source)).collect(),
        }
    };
    model.azure_firewalls.iter().map(of).collect()
}

/// What rule fields are filled in from.
struct Scene<'a> {
    model: &'a Model,
    /// Private addresses of each ASG's members, and the facts about members without one.
    members: Vec<Members>,
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

    fn admin_list(&self, manager: &NetworkManager, id: VirtualNetworkId, direction: Direction) -> AdminRules {
        let guarded = self.has_intent_policies(id);
        let with_always = self.model.settings.allow_rules_only_includes_always_allow;
        let applies = |rule: &&SecurityAdminRule| {
            let wanted = match (guarded, rule.on_intent_policies, rule.access) {
                (false, ..) | (true, OnIntentPolicies::All, _) => true,
                (true, OnIntentPolicies::None, _) => false,
                (true, _, Known::Known(AdminAccess::Deny)) => false,
                (true, _, Known::Known(AdminAccess::AlwaysAllow)) => with_always,
                (true, ..) => true,
            };
            wanted && rule.direction == direction && rule.virtual_networks.contains(&id)
        };
        let (mut rules, mut always) = (Vec::new(), Vec::new());
        for rule in manager.rules.iter().filter(applies) {
            if rule.access == Known::Known(AdminAccess::AlwaysAllow) {
                always.push(rules.len() as u32);
            }
            rules.push(self.admin_rule(rule));
        }
        let resource = manager.label.name.clone();
        AdminRules { rules: RuleList { resource, group: None, direction, rules }, always }
    }

    /// VNETs with Databricks or managed instances guard their rules (F80).
    fn has_intent_policies(&self, id: VirtualNetworkId) -> bool {
        let guarded = ["Microsoft.Databricks/workspaces", "Microsoft.Sql/managedInstances"];
        let own = |subnet: &SubnetId| self.model.virtual_network(id).subnets.contains(subnet);
        let workspaces = self.model.services.iter().filter_map(|service| service.workspace.as_ref());
        let injected = workspaces.into_iter().any(|one| one.host_subnet.iter().chain(&one.container_subnet).any(own));
        let delegated = self.model.virtual_network(id).subnets.iter().any(|subnet| {
            let to = &self.model.subnet(*subnet).delegations;
            to.iter().any(|name| guarded.iter().any(|one| one.eq_ignore_ascii_case(name)))
        });
        injected || delegated
    }

    fn admin_rule(&self, rule: &SecurityAdminRule) -> Rule {
        let access = match rule.access {
            Known::Known(AdminAccess::Deny) => Known::Known(Access::Deny),
            Known::Known(_) => Known::Known(Access::Allow),
            Known::Unknown(fact) => Known::Unknown(fact),
        };
        self.rule(&SecurityRule {
            label: rule.label.clone(),
            priority: Known::Known(rule.priority),
            direction: rule.direction,
            access,
            protocol: Known::Known(rule.protocol),
            source: rule.source.clone(),
            source_ports: Known::Known(rule.source_ports.clone()),
            destination: rule.destination.clone(),
            destination_ports: Known::Known(rule.destination_ports.clone()),
        })
    }

    /// `Any` is every protocol, with ports TCP and UDP.
    fn network_rule(&self, rule: &FirewallNetworkRule) -> Rule {
        let (mut with_ports, mut without) = (Ranges::empty(), Ranges::empty());
        for protocol in &rule.protocols {
            let (more, others) = self.protocols(*protocol, &Ports::all(), &rule.ports);
            (with_ports, without) = (with_ports.union(&more), without.union(&others));
        }
        Rule {
            port_protocols: with_ports,
            portless_protocols: without,
            destination: self.fill_in(&rule.destination),
            doubts: rule.doubts.clone(),
            ..self.firewall_rule(&rule.label, rule.access, &rule.source, &rule.ports)
        }
    }

    /// HTTP, HTTPS and MSSQL run over TCP; which host is not told by the address.
    fn application_rule(&self, rule: &FirewallApplicationRule) -> Rule {
        Rule { doubts: rule.doubts.clone(), ..self.firewall_rule(&rule.label, rule.access, &rule.source, &rule.ports) }
    }

    fn firewall_rule(&self, label: &Label, access: Known<Access>, source: &AddressMatch, ports: &Ports) -> Rule {
        Rule {
            name: label.name.clone(),
            priority: None,
            access,
            port_protocols: Ranges::single(space::TCP),
            portless_protocols: Ranges::empty(),
            source: self.fill_in(source),
            source_ports: Ports::all(),
            destination: Match { any: true, addresses: Addresses::all(), ..Match::default() },
            destination_ports: ports.clone(),
            doubts: Vec::new(),
            default: false,
            platform: None,
            origin: Some(label.origin.clone()),
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
            let members = &self.members[group.index()];
            filled.addresses = filled.addresses.union(&members.addresses);
            filled.unknown.extend(&members.unknown);
            filled.members.extend(&members.dynamic);
            filled.within = filled.within.union(&members.within);
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

/// Who is in an ASG.
#[derive(Clone, Default)]
struct Members {
    addresses: Addresses,
    /// Private endpoints whose addresses are not known.
    unknown: Vec<FactId>,
    /// Network interfaces whose address is not known.
    dynamic: Vec<FactId>,
    /// Where those may be.
    within: Addresses,
}

/// The private addresses of each ASG's members (filtering.md 1.9: read it as a set of addresses).
fn asg_members(model: &Model) -> Vec<Members> {
    let mut points: Vec<Vec<(u128, u128)>> = vec![Vec::new(); model.application_security_groups.len()];
    let mut members: Vec<Members> = vec![Members::default(); points.len()];
    for configuration in model.network_interfaces.iter().flat_map(|nic| &nic.ip_configurations) {
        for ApplicationSecurityGroupId(group) in &configuration.application_security_groups {
            let group = *group as usize;
            match configuration.address {
                Known::Known(address) => points[group].push((space::point(address), space::point(address))),
                Known::Unknown(fact) => {
                    members[group].dynamic.push(fact);
                    let subnet = space::prefixes(&model.subnet(configuration.subnet).address_prefixes);
                    // A subnet whose range is not known may be anywhere.
                    let within = if subnet.is_empty() { Addresses::all() } else { subnet };
                    members[group].within = members[group].within.union(&within);
                }
            }
        }
    }
    // Private endpoints are members too.
    for endpoint in &model.private_endpoints {
        for ApplicationSecurityGroupId(group) in &endpoint.application_security_groups {
            let group = *group as usize;
            match &endpoint.addresses {
                Known::Known(all) => {
                    points[group].extend(all.iter().map(|one| (space::point(*one), space::point(*one))));
                }
                Known::Unknown(fact) => members[group].unknown.push(*fact),
            }
        }
    }
    let taken = taken(model, &members);
    for (group, points) in members.iter_mut().zip(points) {
        group.addresses = Addresses::from_ranges(points);
        group.within = group.within.minus(&taken);
    }
    members
}

/// Addresses that network interfaces are known to have; only looked for where somebody has an unknown one.
fn taken(model: &Model, members: &[Members]) -> Addresses {
    if members.iter().all(|group| group.dynamic.is_empty()) {
        return Addresses::empty();
    }
    let all = model.network_interfaces.iter().flat_map(|nic| &nic.ip_configurations);
    let known = all.filter_map(|one| one.address.known().map(|address| space::point(*address)));
    Addresses::from_ranges(known.map(|point| (point, point)))
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
