//! Azure Firewall: the rules of a firewall, of its policy and of the policy's parents, in the order in which they are
//! tried (F146 to F152).
//!
//! In: azureFirewalls, firewallPolicies, ipGroups. Out: [`AzureFirewall`]s. Deliberately absent: the passes themselves
//! (that is `evaluate/firewall`).

use super::{Work, family, firewall_settings::never_private, index::Kind, label, services::bare};
use crate::{
    model::*,
    scenario::tree::{Entry, Node},
    space::{self, Addresses, Ports},
};

/// Rules of the three types, with what puts them in order.
#[derive(Default)]
struct Rules {
    nat: Vec<(Rank, FirewallNatRule)>,
    network: Vec<(Rank, FirewallNetworkRule)>,
    application: Vec<(Rank, FirewallApplicationRule)>,
    unknown: Option<FactId>,
}

/// Policies from the root down, then priority of the group, of the collection, then the place.
type Rank = (usize, u32, u32, usize);

/// Where a collection stands.
struct Collection<'e> {
    entry: &'e Entry,
    depth: usize,
    group: Option<&'e Entry>,
    kind: RuleType,
}

/// The type of a rule.
#[derive(Clone, Copy, PartialEq)]
enum RuleType {
    Nat,
    Network,
    Application,
    /// As each rule says.
    Told,
}

impl Work {
    /// Reads them all.
    pub(super) fn azure_firewalls(&mut self, network: &Node) {
        for entry in family(network, "azureFirewalls") {
            if let Some(firewall) = self.azure_firewall(network, entry) {
                self.model.azure_firewalls.push(firewall);
            }
        }
        // A policy that no firewall has is still read for mistakes.
        let used: Vec<String> = family(network, "azureFirewalls")
            .iter()
            .filter_map(|entry| {
                entry.value.get("firewallPolicy").and_then(Node::as_str).map(|text| bare(text).to_lowercase())
            })
            .collect();
        for entry in family(network, "firewallPolicies") {
            if !used.contains(&bare(&entry.key).to_lowercase()) {
                self.rules_of_policy(entry, 0, &mut Rules::default());
            }
        }
    }

    fn azure_firewall(&mut self, network: &Node, entry: &Entry) -> Option<AzureFirewall> {
        let node = &entry.value;
        let configurations = family(node, "ipConfigurations");
        let subnet = self.firewall_subnet(entry, configurations)?;
        let label = label(entry);
        let written = configurations.iter().find_map(|one| one.value.get("privateIPAddress")).or(node.get("address"));
        let (in_hub, mut public) = self.hub_addresses(node, &label);
        let private_address = match (written.cloned(), in_hub) {
            (Some(value), _) => self.address(&value)?,
            (None, Some(address)) => address,
            (None, None) => self.first_address(subnet, &label),
        };
        for one in configurations {
            public.extend(one.value.get("publicIPAddress").and_then(|value| self.public_ip(value)));
        }
        for value in node.get("publicIPAddresses").map(Node::items).unwrap_or_default() {
            public.extend(self.public_ip(value));
        }
        let home = self.model.subnet(subnet).virtual_network;
        let management = node.get("managementIpConfiguration").is_some()
            || self.model.virtual_network(home).subnets.iter().any(|subnet| {
                self.model.subnet(*subnet).label.name.eq_ignore_ascii_case("AzureFirewallManagementSubnet")
            });
        let policies = self.policy_chain(network, node);
        let mut rules = Rules::default();
        for (depth, policy) in policies.iter().enumerate() {
            self.rules_of_policy(policy, depth, &mut rules);
        }
        self.classic_rules(entry, &mut rules);
        if node.get("firewallPolicy").is_some() && policies.is_empty() {
            rules.unknown = Some(self.fact(format!("the policy of `{}`", label.name), Some(label.origin.clone())));
        }
        let last = policies.last().map(|policy| &policy.value).unwrap_or(node);
        let (private_ranges, unknown_ranges) = self.private_ranges(last, node);
        let (threats, spared_hosts, unknown_spared) = self.threats(last, node);
        let threat = match (self.threat_mode(last, node), unknown_spared) {
            // What a list that is not known may spare is not surely dropped.
            (Known::Known(true), Some(fact)) => Known::Unknown(fact),
            (mode, _) => mode,
        };
        Some(AzureFirewall {
            subnet,
            private_address,
            public_ip_addresses: public,
            management,
            threat_deny: threat,
            threats,
            spared_hosts,
            always_translates: unknown_ranges.is_none() && private_ranges == never_private(),
            private_ranges,
            unknown_ranges,
            dns: self.dns_proxy(last, node),
            nat_rules: in_order(rules.nat),
            network_rules: in_order(rules.network),
            application_rules: in_order(rules.application),
            unknown: rules.unknown,
            label,
        })
    }

    fn firewall_subnet(&mut self, entry: &Entry, configurations: &[Entry]) -> Option<SubnetId> {
        let written = configurations.iter().find_map(|one| one.value.get("subnet")).or(entry.value.get("subnet"));
        if let Some(value) = written.cloned() {
            return self.reference_at(&value, Kind::Subnet)?.known().map(|place| SubnetId::at(*place));
        }
        if let Some(value) = entry.value.get("virtualNetwork").cloned() {
            let place = *self.reference_at(&value, Kind::VirtualNetwork)?.known()?;
            let found = self
                .model
                .virtual_networks
                .get(place)?
                .subnets
                .iter()
                .copied()
                .find(|subnet| self.model.subnet(*subnet).label.name.eq_ignore_ascii_case("AzureFirewallSubnet"));
            if found.is_none() {
                let message = format!("`{}` has no AzureFirewallSubnet", value.as_str().unwrap_or_default());
                self.error("missing-key", value.span, message, "a firewall stands in a subnet of this name");
            }
            return found;
        }
        if entry.value.get("virtualHub").is_some() {
            return self.subnet_of_hub(entry);
        }
        let message = format!("firewall `{}` is nowhere", entry.key);
        self.error("missing-key", entry.key_span, message, "add ipConfigurations with a subnet, or virtualNetwork");
        None
    }

    /// A firewall of a virtual hub stands in the hub's own range; one hub has one.
    fn subnet_of_hub(&mut self, entry: &Entry) -> Option<SubnetId> {
        let hub = self.hub_named_by(entry)?;
        if self.model.virtual_hub(hub).firewall.is_some() {
            let message = format!("the virtual hub of `{}` has a firewall already", entry.key);
            self.error("several-firewalls", entry.key_span, message, "Azure takes one for each hub");
        }
        let id = AzureFirewallId::at(self.model.azure_firewalls.len());
        self.model.virtual_hubs[hub.index()].firewall = Some(id);
        let home = self.model.virtual_hub(hub).network;
        self.model.virtual_network(home).subnets.first().copied()
    }

    /// What `hubIPAddresses` says: the private address, and public ones that no other resource has.
    fn hub_addresses(
        &mut self,
        node: &Node,
        label: &Label,
    ) -> (Option<Known<std::net::IpAddr>>, Vec<PublicIpAddressId>) {
        let Some(written) = node.get("hubIPAddresses") else {
            return (None, Vec::new());
        };
        let private = written.get("privateIPAddress").and_then(|value| self.address(value));
        let items = written.get("publicIPs").and_then(|one| one.get("addresses")).map(Node::items).unwrap_or_default();
        let mut public = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let Some(address) = self.address(item) else { continue };
            let label = Label { name: format!("{}-{at}", label.name), ..label.clone() };
            let sku = Known::Known(PublicIpSku::Standard);
            self.model.public_ip_addresses.push(PublicIpAddress { label, sku, address, location: None, ports: None });
            public.push(PublicIpAddressId::at(self.model.public_ip_addresses.len() - 1));
        }
        (private, public)
    }

    /// Azure gives the firewall the first address of its subnet that may be used.
    fn first_address(&mut self, subnet: SubnetId, label: &Label) -> Known<std::net::IpAddr> {
        match self.model.subnet(subnet).address_prefixes.first() {
            Some(net) => Known::Known(space::address(space::point(net.network()) + 4)),
            None => Known::Unknown(self.fact(format!("the address of `{}`", label.name), Some(label.origin.clone()))),
        }
    }

    /// The policy and its parents, the root first.
    fn policy_chain<'n>(&mut self, network: &'n Node, node: &Node) -> Vec<&'n Entry> {
        let all = family(network, "firewallPolicies");
        let mut chain: Vec<&Entry> = Vec::new();
        let mut next = node.get("firewallPolicy").cloned();
        while let Some(reference) = next {
            let place = match self.reference_at(&reference, Kind::FirewallPolicy) {
                Some(Known::Known(place)) => place,
                _ => return Vec::new(),
            };
            let Some(entry) = all.get(place) else { break };
            if chain.iter().any(|one| std::ptr::eq(*one, entry)) {
                self.error("policy-in-itself", reference.span, "a policy is its own parent", "Azure refuses it");
                break;
            }
            chain.push(entry);
            next = entry.value.get("basePolicy").cloned();
        }
        chain.reverse();
        chain
    }

    fn rules_of_policy(&mut self, policy: &Entry, depth: usize, rules: &mut Rules) {
        for group in family(&policy.value, "ruleCollectionGroups") {
            for collection in family(&group.value, "ruleCollections") {
                let nat = collection.value.get("ruleCollectionType").and_then(Node::as_str)
                    == Some("FirewallPolicyNatRuleCollection");
                let kind = if nat { RuleType::Nat } else { RuleType::Told };
                self.collection(&Collection { entry: collection, depth, group: Some(group), kind }, rules);
            }
        }
    }

    fn classic_rules(&mut self, firewall: &Entry, rules: &mut Rules) {
        for (key, kind) in [
            ("natRuleCollections", RuleType::Nat),
            ("networkRuleCollections", RuleType::Network),
            ("applicationRuleCollections", RuleType::Application),
        ] {
            for entry in family(&firewall.value, key) {
                self.collection(&Collection { entry, depth: 0, group: None, kind }, rules);
            }
        }
    }

    fn collection(&mut self, collection: &Collection<'_>, rules: &mut Rules) {
        let entry = collection.entry;
        let access = self.action(entry);
        // A collection whose place in the order is not known may come before all others, or after them.
        let mut doubts = Vec::new();
        let group_priority = collection.group.map_or(0, |group| self.collection_priority(group, &mut doubts));
        let priority = self.collection_priority(entry, &mut doubts);
        if doubts.is_empty() && !(100..=65000).contains(&priority) {
            let message = format!("priority {priority} of `{}` is out of range", entry.key);
            self.error("priority-out-of-range", entry.key_span, message, "collections have 100 to 65000");
        }
        let filters = |rule: &Entry| self.rule_type(collection.kind, rule) != RuleType::Nat;
        if entry.value.get("action").is_none() && family(&entry.value, "rules").iter().any(filters) {
            let message = format!("rule collection `{}` has no action", entry.key);
            self.error("missing-key", entry.key_span, message, "write `action: {type: Allow}` or Deny");
        }
        for (place, rule) in family(&entry.value, "rules").iter().enumerate() {
            let rank = (collection.depth, group_priority, priority, place);
            let name = match collection.group {
                Some(group) => format!("{}/{}/{}", group.key, entry.key, rule.key),
                None => format!("{}/{}", entry.key, rule.key),
            };
            let own = Label { name, ..label(rule) };
            let doubts = doubts.clone();
            match self.rule_type(collection.kind, rule) {
                RuleType::Nat => {
                    let found = self.nat_rule(rule, own, doubts);
                    rules.nat.extend(found.map(|rule| (rank, rule)));
                }
                RuleType::Application => {
                    let found = self.application_rule(rule, own, access, doubts);
                    rules.application.extend(found.map(|rule| (rank, rule)));
                }
                _ => {
                    let found = self.network_rule(rule, own, access, doubts);
                    rules.network.extend(found.map(|rule| (rank, rule)));
                }
            }
        }
    }

    fn action(&mut self, collection: &Entry) -> Known<Access> {
        let written = collection.value.get("action");
        let Some(value) = written.map(|value| value.get("type").unwrap_or(value)) else {
            return Known::Known(Access::Allow);
        };
        match self.unknown(value) {
            Some(fact) => Known::Unknown(fact),
            None if value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("deny")) => Known::Known(Access::Deny),
            None => Known::Known(Access::Allow),
        }
    }

    /// The number of a group or a collection, 0 where it is not known.
    fn collection_priority(&mut self, entry: &Entry, doubts: &mut Vec<FactId>) -> u32 {
        let Some(value) = entry.value.get("priority") else {
            return 65000;
        };
        match self.unknown(value) {
            Some(fact) => {
                doubts.push(fact);
                0
            }
            None => value.as_str().and_then(|text| text.trim().parse().ok()).unwrap_or(65000),
        }
    }

    fn rule_type(&self, kind: RuleType, rule: &Entry) -> RuleType {
        if kind != RuleType::Told {
            return kind;
        }
        match rule.value.get("ruleType").and_then(Node::as_str) {
            Some("ApplicationRule") => RuleType::Application,
            Some("NatRule") => RuleType::Nat,
            Some(_) => RuleType::Network,
            None if ["targetFqdns", "fqdnTags", "webCategories"].iter().any(|key| rule.value.get(key).is_some()) => {
                RuleType::Application
            }
            None if ["translatedAddress", "translatedFqdn"].iter().any(|key| rule.value.get(key).is_some()) => {
                RuleType::Nat
            }
            None => RuleType::Network,
        }
    }

    fn network_rule(
        &mut self,
        rule: &Entry,
        label: Label,
        access: Known<Access>,
        mut doubts: Vec<FactId>,
    ) -> Option<FirewallNetworkRule> {
        let (hosts, unknown) = self.network_hosts(rule);
        let mut destination = self.firewall_side(rule, "destination")?;
        // Names alone: no address is meant besides.
        let named = !hosts.is_empty() || unknown.is_some();
        if named && rule.value.get("destinationAddresses").is_none_or(Node::is_hollow) {
            destination.any = false;
        }
        Some(FirewallNetworkRule {
            access,
            protocols: self.protocols(&rule.value, &mut doubts),
            source: self.firewall_source(rule)?,
            destination,
            hosts,
            unknown,
            ports: self.firewall_ports(rule, "destinationPorts", &mut doubts)?,
            doubts,
            label,
        })
    }

    /// Host names in network rules: no wildcards (F158).
    fn network_hosts(&mut self, rule: &Entry) -> (Vec<String>, Option<FactId>) {
        let items = rule.value.get("destinationFqdns").map(Node::items).unwrap_or_default();
        for item in items.iter().filter(|item| item.as_str().is_some_and(|text| text.contains('*'))) {
            let message = format!("network rule `{}` names a host with a wildcard", rule.key);
            self.error("wildcard-in-network-rule", item.span, message, "network rules take whole host names (F158)");
        }
        self.host_names(items)
    }

    /// Names in lower case, and the fact of one that is not known.
    pub(super) fn host_names(&mut self, items: &[Node]) -> (Vec<String>, Option<FactId>) {
        let unknown = items.iter().filter_map(|item| self.unknown(item)).last();
        (items.iter().filter_map(Node::as_str).map(str::to_lowercase).collect(), unknown)
    }

    fn application_rule(
        &mut self,
        rule: &Entry,
        label: Label,
        access: Known<Access>,
        mut doubts: Vec<FactId>,
    ) -> Option<FirewallApplicationRule> {
        let node = &rule.value;
        let texts = |key: &str| node.get(key).map(Node::items).unwrap_or_default();
        let (mut hosts, mut unknown) = self.host_names(texts("targetFqdns"));
        for item in texts("fqdnTags") {
            match (self.unknown(item), item.as_str().map(|tag| (tag, hosts_of_tag(tag)))) {
                (Some(fact), _) => unknown = Some(fact),
                (None, Some((_, Some(known)))) => hosts.extend(known.iter().map(|host| (*host).to_owned())),
                (None, Some((tag, None))) => {
                    let text = format!("the host names of FQDN tag {tag} (rule `{}`)", rule.key);
                    unknown = Some(self.fact(text, Some(label.origin.clone())));
                }
                (None, None) => {}
            }
        }
        if ["webCategories", "targetUrls"].iter().any(|key| node.get(key).is_some_and(|value| !value.is_hollow())) {
            let text = format!("what the categories or URLs of rule `{}` hold", rule.key);
            unknown = Some(self.fact(text, Some(label.origin.clone())));
        }
        let ports = self.application_ports(node, &mut doubts);
        Some(FirewallApplicationRule {
            access,
            source: self.firewall_source(rule)?,
            ports,
            hosts,
            unknown,
            doubts,
            label,
        })
    }

    fn nat_rule(&mut self, rule: &Entry, label: Label, mut doubts: Vec<FactId>) -> Option<FirewallNatRule> {
        let node = &rule.value;
        let destination = self.firewall_side(rule, "destination")?;
        doubts.extend(&destination.unknown);
        let anywhere = destination.any || !destination.unknown.is_empty();
        let translated_address = match node.get("translatedAddress").cloned() {
            Some(value) => self.address(&value)?,
            None => {
                let text = format!("where DNAT rule `{}` leads", rule.key);
                Known::Unknown(self.fact(text, Some(label.origin.clone())))
            }
        };
        let port = node.get("translatedPort");
        let unknown_port = port.and_then(|value| self.unknown(value));
        Some(FirewallNatRule {
            protocols: self.protocols(node, &mut doubts),
            source: self.firewall_source(rule)?,
            destination: if anywhere { Addresses::all() } else { destination.prefixes },
            ports: self.firewall_ports(rule, "destinationPorts", &mut doubts)?,
            doubts,
            translated_address: unknown_port.map_or(translated_address, Known::Unknown),
            translated_port: port.and_then(Node::as_str).and_then(|text| text.trim().parse().ok()),
            label,
        })
    }

    /// Senders: no service tags (F159).
    fn firewall_source(&mut self, rule: &Entry) -> Option<AddressMatch> {
        let source = self.firewall_side(rule, "source")?;
        if !source.tags.is_empty() {
            let span = rule.value.get("sourceAddresses").map_or(rule.key_span, |value| value.span);
            let message = format!("rule `{}` has a service tag as source", rule.key);
            self.error(
                "service-tag-as-source",
                span,
                message,
                "firewall rules take addresses and IP groups there (F159)",
            );
        }
        Some(source)
    }

    fn firewall_side(&mut self, rule: &Entry, side: &str) -> Option<AddressMatch> {
        let node = &rule.value;
        let mut found = AddressMatch::default();
        let mut ranges = Vec::new();
        let addresses = node.get(&format!("{side}Addresses")).cloned();
        let groups = node.get(&format!("{side}IpGroups")).cloned();
        let items = |node: &Option<Node>| node.as_ref().map(Node::items).unwrap_or_default().to_vec();
        for item in items(&addresses) {
            match (self.unknown(&item), item.as_str()) {
                (Some(fact), _) => found.unknown.push(fact),
                (None, Some(text)) => {
                    for part in text.split(',').map(str::trim) {
                        self.address_or_tag(part, item.span, &mut found, &mut ranges);
                    }
                }
                _ => {}
            }
        }
        for item in items(&groups) {
            match self.reference_at(&item, Kind::IpGroup) {
                Some(Known::Known(place)) => match self.ip_groups.get(place) {
                    Some(Known::Known(addresses)) => ranges.extend(addresses.iter()),
                    Some(Known::Unknown(fact)) => found.unknown.push(*fact),
                    None => {}
                },
                Some(Known::Unknown(fact)) => found.unknown.push(fact),
                None => {}
            }
        }
        found.prefixes = Addresses::from_ranges(ranges);
        found.any |= items(&addresses).is_empty() && items(&groups).is_empty();
        Some(found)
    }

    /// Reads groups of addresses, before the rules that name them.
    pub(super) fn read_ip_groups(&mut self, network: &Node) {
        for entry in family(network, "ipGroups") {
            let items = entry.value.get("ipAddresses").map(Node::items).unwrap_or_default().to_vec();
            let mut found = AddressMatch::default();
            let mut ranges = Vec::new();
            let mut unknown = None;
            for item in items {
                match (self.unknown(&item), item.as_str()) {
                    (Some(fact), _) => unknown = Some(fact),
                    (None, Some(text)) => self.address_or_tag(text.trim(), item.span, &mut found, &mut ranges),
                    _ => {}
                }
            }
            self.ip_groups.push(match unknown {
                Some(fact) => Known::Unknown(fact),
                None => Known::Known(Addresses::from_ranges(ranges)),
            });
        }
    }

    fn firewall_ports(&mut self, rule: &Entry, key: &str, doubts: &mut Vec<FactId>) -> Option<Ports> {
        let Some(value) = rule.value.get(key).cloned() else {
            return Some(Ports::all());
        };
        Some(match self.ports(value.items())? {
            Known::Known(ports) => ports,
            Known::Unknown(fact) => {
                doubts.push(fact);
                Ports::all()
            }
        })
    }

    /// TCP, UDP, ICMP, or everything.
    fn protocols(&mut self, node: &Node, doubts: &mut Vec<FactId>) -> Vec<RuleProtocol> {
        let written = node.get("ipProtocols").or(node.get("protocols")).map(Node::items).unwrap_or_default();
        let word = |text: &str| match text.to_lowercase().as_str() {
            "tcp" => RuleProtocol::Tcp,
            "udp" => RuleProtocol::Udp,
            "icmp" => RuleProtocol::Icmp,
            _ => RuleProtocol::Any,
        };
        let unknown: Vec<FactId> = written.iter().filter_map(|item| self.unknown(item)).collect();
        let found: Vec<RuleProtocol> = written.iter().filter_map(Node::as_str).map(word).collect();
        let any = found.is_empty() || !unknown.is_empty();
        doubts.extend(unknown);
        if any { vec![RuleProtocol::Any] } else { found }
    }

    /// Ports of `[{protocolType: Https, port: 443}]` or `["Https:443"]`.
    fn application_ports(&mut self, node: &Node, doubts: &mut Vec<FactId>) -> Ports {
        let usual = |kind: &str| match kind.to_lowercase().as_str() {
            "http" => 80,
            "mssql" => 1433,
            _ => 443,
        };
        let mut ports = Vec::new();
        for item in node.get("protocols").map(Node::items).unwrap_or_default() {
            let said = item.get("port");
            let kind_said = item.get("protocolType").or(item.get("type"));
            let parts = [Some(item), said, kind_said.filter(|_| said.is_none())];
            let unknown: Vec<FactId> = parts.into_iter().flatten().filter_map(|part| self.unknown(part)).collect();
            if !unknown.is_empty() {
                doubts.extend(unknown);
                return Ports::all();
            }
            let (kind, port) = match item.as_str() {
                Some(text) => {
                    let (kind, port) = text.split_once([':', '=']).unwrap_or((text, ""));
                    (kind, port.trim().parse().ok())
                }
                None => {
                    let port = said.and_then(Node::as_str).and_then(|text| text.trim().parse().ok());
                    (kind_said.and_then(Node::as_str).unwrap_or_default(), port)
                }
            };
            let port: u16 = port.unwrap_or_else(|| usual(kind));
            ports.push((port, port));
        }
        if ports.is_empty() { Ports::from_ranges([(80, 80), (443, 443)]) } else { Ports::from_ranges(ports) }
    }
}

fn in_order<T>(mut rules: Vec<(Rank, T)>) -> Vec<T> {
    rules.sort_by_key(|(rank, _)| *rank);
    rules.into_iter().map(|(_, rule)| rule).collect()
}

/// Host names of an FQDN tag, as far as they are published.
fn hosts_of_tag(tag: &str) -> Option<&'static [&'static str]> {
    match tag.to_lowercase().as_str() {
        "windowsupdate" => Some(&[
            "*.windowsupdate.com",
            "*.update.microsoft.com",
            "*.windowsupdate.microsoft.com",
            "*.delivery.mp.microsoft.com",
        ]),
        "azurebackup" => Some(&["*.backup.windowsazure.com"]),
        _ => None,
    }
}
