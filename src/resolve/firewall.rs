//! Azure Firewall: the rules of a firewall, of its policy and of the policy's parents, in the order in which they are
//! tried (F146 to F152).
//!
//! In: azureFirewalls, firewallPolicies, ipGroups. Out: [`AzureFirewall`]s. Deliberately absent: the passes themselves
//! (that is `evaluate/firewall`).

use super::{Work, family, index::Kind, label, services::bare};
use crate::{
    model::*,
    scenario::tree::{Entry, Node, Value},
    space::{self, Addresses, Ports},
};
use ipnet::IpNet;

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
        let (private_ranges, always_translates) = self.private_ranges(last, node);
        let threat = self.threat_mode(last, node);
        Some(AzureFirewall {
            subnet,
            private_address,
            public_ip_addresses: public,
            management,
            threat_deny: threat,
            threats: self.threats(last, node),
            private_ranges,
            always_translates,
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
        let access = match entry.value.get("action").and_then(Node::as_str).map(str::to_lowercase).as_deref() {
            Some("deny") => Access::Deny,
            _ => Access::Allow,
        };
        let number = |entry: &Entry| -> Option<u32> { entry.value.get("priority")?.as_str()?.trim().parse().ok() };
        let group_priority = collection.group.map_or(0, |group| number(group).unwrap_or(65000));
        let priority = number(entry).unwrap_or(65000);
        if !(100..=65000).contains(&priority) {
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
            match self.rule_type(collection.kind, rule) {
                RuleType::Nat => {
                    let found = self.nat_rule(rule, own);
                    rules.nat.extend(found.map(|rule| (rank, rule)));
                }
                RuleType::Application => {
                    let found = self.application_rule(rule, own, access);
                    rules.application.extend(found.map(|rule| (rank, rule)));
                }
                _ => {
                    let found = self.network_rule(rule, own, access);
                    rules.network.extend(found.map(|rule| (rank, rule)));
                }
            }
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

    fn network_rule(&mut self, rule: &Entry, label: Label, access: Access) -> Option<FirewallNetworkRule> {
        let hosts = self.network_hosts(rule);
        let mut destination = self.firewall_side(rule, "destination")?;
        // Names alone: no address is meant besides.
        if !hosts.is_empty() && rule.value.get("destinationAddresses").is_none_or(Node::is_hollow) {
            destination.any = false;
        }
        Some(FirewallNetworkRule {
            access,
            protocols: protocols(&rule.value),
            source: self.firewall_source(rule)?,
            destination,
            hosts,
            ports: self.firewall_ports(rule, "destinationPorts")?,
            label,
        })
    }

    /// Host names in network rules: no wildcards (F158).
    fn network_hosts(&mut self, rule: &Entry) -> Vec<String> {
        let items = rule.value.get("destinationFqdns").map(Node::items).unwrap_or_default();
        for item in items.iter().filter(|item| item.as_str().is_some_and(|text| text.contains('*'))) {
            let message = format!("network rule `{}` names a host with a wildcard", rule.key);
            self.error("wildcard-in-network-rule", item.span, message, "network rules take whole host names (F158)");
        }
        items.iter().filter_map(Node::as_str).map(str::to_lowercase).collect()
    }

    fn application_rule(&mut self, rule: &Entry, label: Label, access: Access) -> Option<FirewallApplicationRule> {
        let node = &rule.value;
        let texts = |key: &str| node.get(key).map(Node::items).unwrap_or_default();
        let mut hosts: Vec<String> =
            texts("targetFqdns").iter().filter_map(Node::as_str).map(str::to_lowercase).collect();
        let mut unknown = None;
        for tag in texts("fqdnTags").iter().filter_map(Node::as_str) {
            match hosts_of_tag(tag) {
                Some(known) => hosts.extend(known.iter().map(|host| (*host).to_owned())),
                None => {
                    let text = format!("the host names of FQDN tag {tag} (rule `{}`)", rule.key);
                    unknown = Some(self.fact(text, Some(label.origin.clone())));
                }
            }
        }
        if ["webCategories", "targetUrls"].iter().any(|key| node.get(key).is_some_and(|value| !value.is_hollow())) {
            let text = format!("what the categories or URLs of rule `{}` hold", rule.key);
            unknown = Some(self.fact(text, Some(label.origin.clone())));
        }
        let ports = application_ports(node);
        Some(FirewallApplicationRule { access, source: self.firewall_source(rule)?, ports, hosts, unknown, label })
    }

    fn nat_rule(&mut self, rule: &Entry, label: Label) -> Option<FirewallNatRule> {
        let node = &rule.value;
        let destination = self.firewall_side(rule, "destination")?;
        let destination = if destination.any { Addresses::all() } else { destination.prefixes };
        let translated_address = match node.get("translatedAddress").cloned() {
            Some(value) => self.address(&value)?,
            None => {
                let text = format!("where DNAT rule `{}` leads", rule.key);
                Known::Unknown(self.fact(text, Some(label.origin.clone())))
            }
        };
        let port = node.get("translatedPort").and_then(Node::as_str).and_then(|text| text.trim().parse().ok());
        Some(FirewallNatRule {
            protocols: protocols(node),
            source: self.firewall_source(rule)?,
            destination,
            ports: self.firewall_ports(rule, "destinationPorts")?,
            translated_address,
            translated_port: port,
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

    fn firewall_ports(&mut self, rule: &Entry, key: &str) -> Option<Ports> {
        match rule.value.get(key).cloned() {
            Some(value) => self.ports(value.items())?.known().cloned(),
            None => Some(Ports::all()),
        }
    }

    /// Destinations whose traffic by network rules keeps its source (F154 to F157).
    fn private_ranges(&mut self, policy: &Node, firewall: &Node) -> (Addresses, bool) {
        let of_policy = policy.get("snat").and_then(|snat| snat.get("privateRanges")).cloned();
        let classic =
            firewall.get("additionalProperties").and_then(|map| map.get("Network.SNAT.PrivateRanges")).cloned();
        let usual = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];
        let usual: Vec<IpNet> = usual.iter().filter_map(|net| net.parse().ok()).collect();
        let Some(written) = of_policy.or(classic) else {
            return (space::prefixes(&usual), false);
        };
        let mut nets: Vec<IpNet> = Vec::new();
        for item in written.items() {
            for text in item.as_str().unwrap_or_default().split(',').map(str::trim) {
                if text.eq_ignore_ascii_case("IANAPrivateRanges") {
                    nets.extend(&usual);
                } else {
                    let node = Node::new(item.span, Value::Scalar { text: text.into(), plain: true });
                    nets.extend(self.prefix(&node));
                }
            }
        }
        let never: IpNet = IpNet::from(std::net::IpAddr::from([255, 255, 255, 255]));
        let always = nets == [never];
        (space::prefixes(&nets), always)
    }

    fn threat_mode(&mut self, policy: &Node, firewall: &Node) -> Known<bool> {
        let value = policy.get("threatIntelMode").or(firewall.get("threatIntelMode")).cloned();
        match value {
            Some(value) => match self.unknown(&value) {
                Some(fact) => Known::Unknown(fact),
                None => Known::Known(value.as_str() == Some("Deny")),
            },
            None => Known::Known(false),
        }
    }

    fn threats(&mut self, policy: &Node, firewall: &Node) -> (Addresses, Vec<String>) {
        let (mut addresses, mut hosts) = (Vec::new(), Vec::new());
        for list in [policy.get("threatIntelligence"), firewall.get("threatIntelligence")].into_iter().flatten() {
            addresses.extend(self.prefixes(list, "ipAddresses"));
            hosts.extend(
                list.get("fqdns")
                    .map(Node::items)
                    .unwrap_or_default()
                    .iter()
                    .filter_map(Node::as_str)
                    .map(str::to_lowercase),
            );
        }
        let spared =
            policy.get("threatIntelWhitelist").map(|list| self.prefixes(list, "ipAddresses")).unwrap_or_default();
        let spared_hosts: Vec<String> = policy
            .get("threatIntelWhitelist")
            .and_then(|list| list.get("fqdns"))
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(Node::as_str)
            .map(str::to_lowercase)
            .collect();
        hosts.retain(|host| !spared_hosts.contains(host));
        (space::prefixes(&addresses).minus(&space::prefixes(&spared)), hosts)
    }

    fn dns_proxy(&mut self, policy: &Node, firewall: &Node) -> Option<Dns> {
        let settings = policy.get("dnsSettings");
        let on =
            |node: Option<&Node>| node.and_then(Node::as_str).is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let classic = firewall.get("additionalProperties");
        let enabled = on(settings.and_then(|node| node.get("enableProxy")))
            || on(classic.and_then(|map| map.get("Network.DNS.EnableProxy")));
        if !enabled {
            return None;
        }
        let server =
            settings.and_then(|node| node.get("servers")).map(Node::items).unwrap_or_default().first().cloned();
        let forwarder = server.and_then(|node| node.as_str()?.parse().ok()).map_or(Resolver::Azure, Resolver::Server);
        Some(Dns { written: true, ..Dns::usual(forwarder) })
    }

    /// Host names in network rules need the DNS proxy (F158): checked when policy and firewall are together.
    pub(super) fn check_firewalls(&mut self) {
        for index in 0..self.model.azure_firewalls.len() {
            let firewall = &self.model.azure_firewalls[index];
            if firewall.dns.is_some() {
                continue;
            }
            let named = firewall.network_rules.iter().find(|rule| !rule.hosts.is_empty());
            if let Some((span, name)) = named.map(|rule| (rule.label.origin.span(), rule.label.name.clone())) {
                let message = format!("network rule `{name}` names hosts, and the DNS proxy is off");
                self.error("fqdn-without-dns-proxy", span, message, "set dnsSettings: {enableProxy: true} (F158)");
            }
        }
    }
}

fn in_order<T>(mut rules: Vec<(Rank, T)>) -> Vec<T> {
    rules.sort_by_key(|(rank, _)| *rank);
    rules.into_iter().map(|(_, rule)| rule).collect()
}

/// TCP, UDP, ICMP, or everything.
fn protocols(node: &Node) -> Vec<RuleProtocol> {
    let written = node.get("ipProtocols").or(node.get("protocols")).map(Node::items).unwrap_or_default();
    let word = |text: &str| match text.to_lowercase().as_str() {
        "tcp" => RuleProtocol::Tcp,
        "udp" => RuleProtocol::Udp,
        "icmp" => RuleProtocol::Icmp,
        _ => RuleProtocol::Any,
    };
    let found: Vec<RuleProtocol> = written.iter().filter_map(Node::as_str).map(word).collect();
    if found.is_empty() { vec![RuleProtocol::Any] } else { found }
}

/// Ports of `[{protocolType: Https, port: 443}]` or `["Https:443"]`.
fn application_ports(node: &Node) -> Ports {
    let usual = |kind: &str| match kind.to_lowercase().as_str() {
        "http" => 80,
        "mssql" => 1433,
        _ => 443,
    };
    let mut ports = Vec::new();
    for item in node.get("protocols").map(Node::items).unwrap_or_default() {
        let (kind, port) = match item.as_str() {
            Some(text) => {
                let (kind, port) = text.split_once([':', '=']).unwrap_or((text, ""));
                (kind.to_owned(), port.trim().parse().ok())
            }
            None => {
                let kind = item.get("protocolType").or(item.get("type")).and_then(Node::as_str).unwrap_or_default();
                (kind.to_owned(), item.get("port").and_then(Node::as_str).and_then(|text| text.trim().parse().ok()))
            }
        };
        let port: u16 = port.unwrap_or_else(|| usual(&kind));
        ports.push((port, port));
    }
    if ports.is_empty() { Ports::from_ranges([(80, 80), (443, 443)]) } else { Ports::from_ranges(ports) }
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
