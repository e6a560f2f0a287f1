//! Network managers: admin rules for groups of VNETs, meshes, hubs and spokes.
//!
//! In: networkManagers. Out: [`NetworkManager`]s, [`ConnectedGroup`]s, and the peerings that a hub and its spokes get.
//! Deliberately absent: asking the rules (that is `evaluate/admin`).

use super::{Work, family, index::Kind, label, services::bare};
use crate::{
    model::*,
    scenario::tree::{Entry, Node, Value},
    space::{Addresses, Ports},
};
use std::collections::HashMap;

/// VNETs of a group, by its lower-case name.
type Groups = HashMap<String, Vec<VirtualNetworkId>>;

impl Work {
    /// Admin rules and meshes. VNETs and peerings are there already.
    pub(super) fn network_managers(&mut self, network: &Node) {
        for entry in family(network, "networkManagers") {
            let groups = self.network_groups(entry, true);
            let scopes = entry.value.get("networkManagerScopes");
            let wide =
                scopes.and_then(|node| node.get("managementGroups")).is_some_and(|node| !node.items().is_empty());
            let mut rules = Vec::new();
            for configuration in family(&entry.value, "securityAdminConfigurations") {
                let on = on_intent_policies(&configuration.value);
                for collection in family(&configuration.value, "ruleCollections") {
                    let members = self.members_of(&collection.value, &groups);
                    for rule in family(&collection.value, "rules") {
                        let name = format!("{}/{}/{}", configuration.key, collection.key, rule.key);
                        rules.extend(self.admin_rule(rule, name, &members, on));
                    }
                }
            }
            rules.sort_by_key(|rule| rule.priority);
            self.model.network_managers.push(NetworkManager { label: label(entry), scope: u8::from(!wide), rules });
            self.meshes(entry, &groups);
        }
        // Wider scopes are asked first; of one scope, as the file has them.
        self.model.network_managers.sort_by_key(|manager| manager.scope);
    }

    fn network_groups(&mut self, manager: &Entry, report: bool) -> Groups {
        let mut groups = Groups::new();
        for group in family(&manager.value, "networkGroups") {
            let members = group.value.get("staticMembers");
            let written: Vec<Node> = match members.map(|node| &node.value) {
                Some(Value::Map(map)) => map
                    .entries
                    .iter()
                    .filter_map(|entry| match &entry.value.value {
                        Value::Map(_) => entry.value.get("resourceId").cloned(),
                        _ => Some(entry.value.clone()),
                    })
                    .collect(),
                _ => members.map(Node::items).unwrap_or_default().to_vec(),
            };
            let mut found = Vec::new();
            for member in &written {
                let place = if report {
                    self.reference_at(member, Kind::VirtualNetwork).and_then(|found| found.known().copied())
                } else {
                    member.as_str().and_then(|text| match self.index.find(Kind::VirtualNetwork, text) {
                        super::index::Found::Here(place) => Some(place),
                        _ => None,
                    })
                };
                found.extend(place.map(VirtualNetworkId::at));
            }
            groups.insert(group.key.to_lowercase(), found);
        }
        groups
    }

    fn members_of(&mut self, node: &Node, groups: &Groups) -> Vec<VirtualNetworkId> {
        let mut members = Vec::new();
        for item in node.get("appliesToGroups").map(Node::items).unwrap_or_default() {
            members.extend(self.members_of_group(item, groups));
        }
        members.sort_unstable();
        members.dedup();
        members
    }

    fn members_of_group(&mut self, item: &Node, groups: &Groups) -> Vec<VirtualNetworkId> {
        let reference = item.get("networkGroupId").unwrap_or(item);
        let Some(text) = reference.as_str() else {
            return Vec::new();
        };
        let found = groups.get(&bare(text).to_lowercase()).cloned();
        found.unwrap_or_else(|| {
            let help = "name one of the manager's networkGroups";
            self.error("unknown-reference", reference.span, format!("there is no network group `{text}`"), help);
            Vec::new()
        })
    }

    fn admin_rule(
        &mut self,
        entry: &Entry,
        name: String,
        members: &[VirtualNetworkId],
        on_intent_policies: OnIntentPolicies,
    ) -> Option<SecurityAdminRule> {
        let node = &entry.value;
        let priority = self.number::<u16>(node, "priority", "admin rules have 1 to 4096")?;
        if !(1..=4096).contains(&priority) {
            let span = node.get("priority").map_or(entry.key_span, |value| value.span);
            let message = format!("priority {priority} of `{}` is out of range", entry.key);
            self.error("priority-out-of-range", span, message, "admin rules have 1 to 4096");
        }
        let access = match node.get("access").cloned() {
            Some(value) => match (self.unknown(&value), value.as_str()) {
                (Some(fact), _) => Known::Unknown(fact),
                (None, Some("Deny")) => Known::Known(AdminAccess::Deny),
                (None, Some("AlwaysAllow")) => Known::Known(AdminAccess::AlwaysAllow),
                _ => Known::Known(AdminAccess::Allow),
            },
            None => {
                let message = format!("admin rule `{}` has no access", entry.key);
                self.error("missing-key", entry.key_span, message, "write Allow, AlwaysAllow or Deny");
                return None;
            }
        };
        let word = |key: &str| node.get(key).and_then(Node::as_str);
        let protocol = match word("protocol").map(str::to_lowercase).as_deref() {
            Some("tcp") => RuleProtocol::Tcp,
            Some("udp") => RuleProtocol::Udp,
            Some("icmp") => RuleProtocol::Icmp,
            Some("esp") => RuleProtocol::Esp,
            Some("ah") => RuleProtocol::Ah,
            _ => RuleProtocol::Any,
        };
        let direction = if word("direction") == Some("Outbound") { Direction::Outbound } else { Direction::Inbound };
        Some(SecurityAdminRule {
            priority,
            direction,
            access,
            protocol,
            source: self.admin_side(node, "sources"),
            source_ports: self.admin_ports(node, "sourcePortRanges")?,
            destination: self.admin_side(node, "destinations"),
            destination_ports: self.admin_ports(node, "destinationPortRanges")?,
            virtual_networks: members.to_vec(),
            on_intent_policies,
            label: Label { name, ..label(entry) },
        })
    }

    fn admin_side(&mut self, node: &Node, key: &str) -> AddressMatch {
        let items = node.get(key).map(Node::items).unwrap_or_default().to_vec();
        let mut found = AddressMatch { any: items.is_empty(), ..AddressMatch::default() };
        let mut ranges = Vec::new();
        for item in items {
            match (self.unknown(&item), item.as_str()) {
                (Some(fact), _) => found.unknown.push(fact),
                (None, Some(text)) => self.address_or_tag(text.trim(), item.span, &mut found, &mut ranges),
                _ => {}
            }
        }
        found.prefixes = Addresses::from_ranges(ranges);
        found
    }

    fn admin_ports(&mut self, node: &Node, key: &str) -> Option<Ports> {
        match node.get(key).cloned() {
            Some(value) => self.ports(value.items())?.known().cloned(),
            None => Some(Ports::all()),
        }
    }

    /// Meshes, and spokes that are directly connected (R213, R214).
    fn meshes(&mut self, manager: &Entry, groups: &Groups) {
        for configuration in family(&manager.value, "connectivityConfigurations") {
            let node = &configuration.value;
            let mesh = node.get("connectivityTopology").and_then(Node::as_str) != Some("HubAndSpoke");
            let own = Label { name: format!("{}/{}", manager.key, configuration.key), ..label(configuration) };
            let global = is_true(node, "isGlobal");
            if mesh {
                let members = self.members_of(node, groups);
                self.model.connected_groups.push(ConnectedGroup { label: own, members, global });
                continue;
            }
            for hub in node.get("hubs").map(Node::items).unwrap_or_default() {
                self.reference_at(hub, Kind::VirtualNetwork);
            }
            let hubs: Vec<VirtualNetworkId> = self.hubs(node);
            for item in node.get("appliesToGroups").map(Node::items).unwrap_or_default() {
                let mut members = self.members_of_group(item, groups);
                if item.get("groupConnectivity").and_then(Node::as_str) != Some("DirectlyConnected") {
                    continue;
                }
                members.extend(&hubs);
                let global = global || is_true(item, "isGlobal");
                self.model.connected_groups.push(ConnectedGroup { label: own.clone(), members, global });
            }
        }
    }

    fn hubs(&self, node: &Node) -> Vec<VirtualNetworkId> {
        let items = node.get("hubs").map(Node::items).unwrap_or_default();
        let found = items.iter().filter_map(Node::as_str).filter_map(|text| {
            match self.index.find(Kind::VirtualNetwork, text) {
                super::index::Found::Here(place) => Some(VirtualNetworkId::at(place)),
                _ => None,
            }
        });
        found.collect()
    }

    /// Hub and spoke makes peerings both ways, unless somebody wrote them (R214). Gateways are not read yet: whether the
    /// hub has one is told by the file.
    pub(super) fn managed_peerings(&mut self, network: &Node) {
        let has_gateway = |hub: &str| {
            family(network, "virtualNetworkGateways").iter().any(|gateway| {
                let texts = ["virtualNetwork"].iter().filter_map(|key| gateway.value.get(key)).filter_map(Node::as_str);
                let by_subnet = family(&gateway.value, "ipConfigurations")
                    .iter()
                    .filter_map(|one| one.value.get("subnet")?.as_str());
                let names_it = |text: &str| text.split('/').any(|part| part.eq_ignore_ascii_case(bare(hub)));
                texts.chain(by_subnet).any(names_it)
            })
        };
        for manager in family(network, "networkManagers") {
            let groups = self.network_groups(manager, false);
            for configuration in family(&manager.value, "connectivityConfigurations") {
                let node = &configuration.value;
                if node.get("connectivityTopology").and_then(Node::as_str) != Some("HubAndSpoke") {
                    continue;
                }
                for hub in self.hubs(node) {
                    let hub_name = self.model.virtual_network(hub).label.name.clone();
                    for item in node.get("appliesToGroups").map(Node::items).unwrap_or_default() {
                        let name =
                            item.get("networkGroupId").and_then(Node::as_str).map(|text| bare(text).to_lowercase());
                        let transit = is_true(item, "useHubGateway");
                        if transit && !has_gateway(&hub_name) {
                            continue;
                        }
                        for spoke in name.and_then(|name| groups.get(&name)).cloned().unwrap_or_default() {
                            self.managed_peering(configuration, hub, spoke, transit);
                        }
                    }
                }
            }
        }
    }

    fn managed_peering(
        &mut self,
        configuration: &Entry,
        hub: VirtualNetworkId,
        spoke: VirtualNetworkId,
        transit: bool,
    ) {
        let joined = |this: &Self, from: VirtualNetworkId, to: VirtualNetworkId| {
            this.model
                .virtual_network(from)
                .peerings
                .iter()
                .any(|link| this.model.peering(*link).remote == Known::Known(to))
        };
        for (local, remote, is_hub) in [(hub, spoke, true), (spoke, hub, false)] {
            if local == remote || joined(self, local, remote) {
                continue;
            }
            let name = format!("ANM_{}_{}", configuration.key, self.model.virtual_network(remote).label.name);
            let id = PeeringId::at(self.model.peerings.len());
            self.model.peerings.push(Peering {
                allow_gateway_transit: Known::Known(transit && is_hub),
                use_remote_gateways: Known::Known(transit && !is_hub),
                ..Peering::open(Label { name, ..label(configuration) }, local, remote)
            });
            self.model.virtual_networks[local.index()].peerings.push(id);
        }
    }
}

fn is_true(node: &Node, key: &str) -> bool {
    node.get(key).and_then(Node::as_str).is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

fn on_intent_policies(node: &Node) -> OnIntentPolicies {
    let words = node.get("applyOnNetworkIntentPolicyBasedServices").map(Node::items).unwrap_or_default();
    let has = |word: &str| words.iter().filter_map(Node::as_str).any(|text| text.eq_ignore_ascii_case(word));
    match (has("All"), has("AllowRulesOnly")) {
        (true, _) => OnIntentPolicies::All,
        (false, true) => OnIntentPolicies::AllowRulesOnly,
        (false, false) => OnIntentPolicies::None,
    }
}
