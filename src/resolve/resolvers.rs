//! DNS Private Resolvers: endpoints, and rulesets with what they are linked to.
//!
//! In: dnsResolvers, dnsForwardingRulesets. Out: [`InboundEndpoint`]s, [`ForwardingRuleset`]s. Deliberately absent: who asks
//! them (that is `evaluate/rulesets`).

use super::{
    Work,
    balancing::names_child,
    family,
    index::{ArmId, Kind},
    label,
};
use crate::{
    model::*,
    scenario::tree::{Entry, Node},
};

impl Work {
    /// Reads them all.
    pub(super) fn resolvers(&mut self, network: &Node) {
        for resolver in family(network, "dnsResolvers") {
            for entry in family(&resolver.value, "inboundEndpoints") {
                self.inbound_endpoint(resolver, entry);
            }
        }
        for entry in family(network, "dnsForwardingRulesets") {
            let ruleset = self.ruleset(network, entry);
            self.model.forwarding_rulesets.push(ruleset);
        }
    }

    fn inbound_endpoint(&mut self, resolver: &Entry, entry: &Entry) {
        let name = format!("{}/{}", resolver.key, entry.key);
        for configuration in entry.value.get("ipConfigurations").map(Node::items).unwrap_or_default() {
            let Some(Known::Known(subnet)) = self.reference(configuration, "subnet", Kind::Subnet) else { continue };
            let written = configuration.get("privateIpAddress").filter(|value| !value.is_hollow()).cloned();
            let address = match written {
                Some(value) => {
                    let Some(address) = self.address(&value) else { continue };
                    self.check_address(&address, subnet, &value);
                    address
                }
                None => {
                    let text = format!("the address of inbound endpoint `{name}`");
                    Known::Unknown(self.fact(text, Some(label(entry).origin)))
                }
            };
            let label = Label { name: name.clone(), ..label(entry) };
            self.model.inbound_endpoints.push(InboundEndpoint { label, subnet: SubnetId::at(subnet), address });
        }
    }

    fn ruleset(&mut self, network: &Node, entry: &Entry) -> ForwardingRuleset {
        let node = &entry.value;
        let mut outbound = Vec::new();
        for item in node.get("dnsResolverOutboundEndpoints").map(Node::items).unwrap_or_default() {
            outbound.extend(self.outbound_endpoint(network, item));
        }
        let mut rules = Vec::new();
        for rule in family(node, "forwardingRules") {
            rules.extend(self.forwarding_rule(rule));
        }
        let mut virtual_networks = Vec::new();
        for link in family(node, "virtualNetworkLinks") {
            let linked = self.reference(&link.value, "virtualNetwork", Kind::VirtualNetwork);
            virtual_networks.extend(linked.map(|found| found.map(VirtualNetworkId::at)));
        }
        ForwardingRuleset { label: label(entry), outbound, rules, virtual_networks }
    }

    /// The subnet of an outbound endpoint, by the name of its resolver and its own.
    fn outbound_endpoint(&mut self, network: &Node, node: &Node) -> Option<Known<SubnetId>> {
        if let Some(fact) = self.unknown(node) {
            return Some(Known::Unknown(fact));
        }
        let text = node.as_str()?;
        let found = family(network, "dnsResolvers").iter().find_map(|resolver| {
            let named = |one: &&Entry| names_child(text, &resolver.key, &one.key, "outboundendpoints");
            family(&resolver.value, "outboundEndpoints").iter().find(named)
        });
        if let Some(endpoint) = found {
            return self.reference(&endpoint.value, "subnet", Kind::Subnet).map(|found| found.map(SubnetId::at));
        }
        if ArmId::parse(text).is_some() {
            return Some(Known::Unknown(self.outside(text, node.span)));
        }
        let message = format!("`{text}` is no outbound endpoint of a DNS resolver");
        self.error("unknown-reference", node.span, message, "write it like `resolver/endpoint`");
        None
    }

    /// Absent where it is disabled.
    fn forwarding_rule(&mut self, entry: &Entry) -> Option<ForwardingRule> {
        let node = &entry.value;
        let state = node.get("forwardingRuleState").cloned();
        let doubt = state.as_ref().and_then(|state| self.unknown(state));
        if state.as_ref().and_then(Node::as_str) == Some("Disabled") {
            return None;
        }
        let Some(written) = node.get("domainName").filter(|value| !value.is_hollow()).cloned() else {
            let message = format!("rule `{}` names no domain", entry.key);
            self.error("missing-key", entry.key_span, message, "add domainName, as `contoso.com.`");
            return None;
        };
        let domain = match self.unknown(&written) {
            Some(fact) => Known::Unknown(fact),
            None => Known::Known(written.as_str().unwrap_or_default().trim_matches('.').to_lowercase()),
        };
        let mut servers = Vec::new();
        for server in node.get("targetDnsServers").map(Node::items).unwrap_or_default() {
            servers.extend(server.get("ipAddress").cloned().and_then(|value| self.address(&value)));
        }
        Some(ForwardingRule { label: label(entry), domain, servers, doubt })
    }
}
