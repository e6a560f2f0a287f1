//! Limits of Azure that say nothing about traffic and refuse a deployment all the same.
//!
//! In: the canonical `network`. Out: diagnostics that name the field. Each is an answer that Azure gave to a request
//! (the codes in parentheses are Azure's own). Deliberately absent: what depends on a subscription, a region, or what
//! was there before.

use super::{Work, family};
use crate::scenario::tree::{Entry, Node};
use ipnet::IpNet;
use std::{net::IpAddr, ops::RangeInclusive};

/// Most letters of a rule's description (SecurityRuleDescriptionTooLong).
const DESCRIPTION: usize = 140;
/// SKUs of ExpressRoute gateways (InvalidGatewaySkuSpecifiedForGatewayDeploymentType).
const EXPRESS_ROUTE_SKUS: [&str; 7] =
    ["Standard", "HighPerformance", "UltraPerformance", "ErGw1AZ", "ErGw2AZ", "ErGw3AZ", "ErGwScale"];

impl Work {
    /// Holds everything against them.
    pub(super) fn limits(&mut self, network: &Node) {
        family(network, "virtualNetworks").iter().for_each(|entry| self.virtual_network_limits(entry));
        for entry in family(network, "networkSecurityGroups") {
            family(&entry.value, "securityRules").iter().for_each(|rule| self.description_limit(&rule.value));
        }
        for entry in family(network, "publicIPAddresses") {
            self.within(&entry.value, "idleTimeoutInMinutes", 4..=30);
        }
        for entry in family(network, "natGateways") {
            self.within(&entry.value, "idleTimeoutInMinutes", 4..=120);
        }
        family(network, "virtualNetworkGateways").iter().for_each(|entry| self.sku_limit(&entry.value));
        for entry in family(network, "expressRouteCircuits") {
            let peerings = entry.value.get("peerings").map(things).unwrap_or_default();
            peerings.into_iter().for_each(|peering| self.circuit_peering_limits(peering));
        }
        family(network, "networkInterfaces").iter().for_each(|entry| self.secondary_limit(&entry.value));
        family(network, "loadBalancers").iter().for_each(|entry| self.load_balancer_limits(&entry.value));
    }

    /// DdosProtectionPlanMustBeSet, MustSpecifyBothEncryptionIntentAndEnforcementPolicy, NetcfgInvalidDnsServer.
    fn virtual_network_limits(&mut self, entry: &Entry) {
        let node = &entry.value;
        let protected = node.get("enableDdosProtection").filter(|value| is(value, "true"));
        if let Some(value) = protected.filter(|_| node.get("ddosProtectionPlan").is_none_or(Node::is_hollow)) {
            let help = "name a ddosProtectionPlan, or leave enableDdosProtection out";
            self.error("missing-key", value.span, "enableDdosProtection goes with a ddosProtectionPlan", help);
        }
        if let Some(encryption) = node.get("encryption").filter(|value| !value.is_hollow()) {
            let has = |key: &str| part(encryption, key).is_some();
            if has("enabled") != has("enforcement") {
                let help = "write both, or neither";
                self.error("missing-key", encryption.span, "encryption has both `enabled` and `enforcement`", help);
            }
        }
        let servers = node.get("dhcpOptions").and_then(|options| options.get("dnsServers"));
        for server in servers.map(Node::items).unwrap_or_default() {
            if server.as_str().is_some_and(|text| text.parse::<IpAddr>().is_err()) {
                let text = server.as_str().unwrap_or_default();
                let message = format!("`{text}` in dnsServers is not an address");
                self.error("not-an-address", server.span, message, "write it like `10.0.0.4`");
            }
        }
    }

    fn description_limit(&mut self, rule: &Node) {
        let Some(description) = rule.get("description") else { return };
        let letters = description.as_str().unwrap_or_default().chars().count();
        if letters > DESCRIPTION {
            let message = format!("the description has {letters} letters");
            self.error("bad-value", description.span, message, format!("Azure takes {DESCRIPTION} at most"));
        }
    }

    fn sku_limit(&mut self, gateway: &Node) {
        let express = gateway.get("gatewayType").is_some_and(|value| is(value, "ExpressRoute"));
        let Some(sku) = gateway.get("sku").filter(|sku| sku.as_str().is_some_and(|text| !text.is_empty())) else {
            return;
        };
        let known = EXPRESS_ROUTE_SKUS.iter().any(|one| is(sku, one));
        if express && !known {
            let message = format!("`{}` is no sku of an ExpressRoute gateway", sku.as_str().unwrap_or_default());
            self.error("bad-value", sku.span, message, format!("it takes {}", EXPRESS_ROUTE_SKUS.join(", ")));
        }
    }

    /// InvalidAddressPrefixFormat.
    fn circuit_peering_limits(&mut self, peering: &Node) {
        for key in ["primaryPeerAddressPrefix", "secondaryPeerAddressPrefix"] {
            let Some(value) = part(peering, key) else { continue };
            let Some(text) = value.as_str().filter(|text| text.parse::<IpNet>().is_err()) else { continue };
            let message = format!("`{text}` in {key} is not a prefix");
            self.error("not-a-prefix", value.span, message, "write it like `192.168.16.0/30`");
        }
    }

    /// ApplicationGatewayLoadBalancingNotSupportedOnSecondaryIpConfigurations.
    fn secondary_limit(&mut self, nic: &Node) {
        let configurations = family(nic, "ipConfigurations");
        let has_primary =
            configurations.iter().any(|one| one.value.get("primary").is_some_and(|flag| is(flag, "true")));
        let secondary = |one: &&Entry| has_primary && one.value.get("primary").is_none_or(|flag| is(flag, "false"));
        for one in configurations.iter().filter(secondary) {
            let pools = one.value.get("applicationGatewayBackendAddressPools").filter(|pools| !pools.is_hollow());
            if let Some(pools) = pools {
                let message = "a secondary IP configuration is in no pool of an application gateway";
                self.error("pool-on-secondary", pools.span, message, "put the primary one into the pool");
            }
        }
    }

    /// PortValueIsOutOfRange, RuleIdleTimeoutIsOutOfRange, ProbeIntervalIsOutOfRange, NumberOfProbesIsOutOfRange,
    /// ProbeRequestPathIsNotNull.
    fn load_balancer_limits(&mut self, balancer: &Node) {
        let lists = |key: &str| part(balancer, key).map(things).unwrap_or_default();
        for rule in lists("loadBalancingRules") {
            // Every port is port 0 of every protocol.
            let first = u64::from(!part(rule, "protocol").is_some_and(|word| is(word, "All")));
            self.within(rule, "frontendPort", first..=65534);
            self.within(rule, "backendPort", 0..=65535);
            self.within(rule, "idleTimeoutInMinutes", 4..=100);
        }
        for rule in lists("inboundNatRules") {
            self.within(rule, "frontendPort", 0..=65534);
            self.within(rule, "backendPort", 0..=65535);
            self.within(rule, "idleTimeoutInMinutes", 4..=30);
        }
        for pool in lists("inboundNatPools") {
            self.within(pool, "frontendPortRangeStart", 1..=65534);
            self.within(pool, "frontendPortRangeEnd", 1..=65534);
            self.within(pool, "backendPort", 1..=65535);
        }
        lists("probes").into_iter().for_each(|probe| self.probe_limits(probe));
    }

    fn probe_limits(&mut self, probe: &Node) {
        self.within(probe, "port", 1..=65535);
        self.within(probe, "intervalInSeconds", 5..=2_147_483_646);
        let number = |key: &str| part(probe, key).and_then(Node::as_str).and_then(|text| text.parse::<u64>().ok());
        let interval = number("intervalInSeconds").unwrap_or(15).max(1);
        self.within(probe, "numberOfProbes", 1..=2_147_483_647 / interval);
        let path = part(probe, "requestPath").filter(|path| !path.is_hollow());
        if let (Some(path), Some(true)) = (path, part(probe, "protocol").map(|word| is(word, "Tcp"))) {
            self.error("bad-value", path.span, "requestPath goes with http and https", "leave it out of a tcp probe");
        }
    }

    /// A number between bounds.
    fn within(&mut self, node: &Node, key: &str, bounds: RangeInclusive<u64>) {
        let Some(value) = part(node, key) else { return };
        let Some(text) = value.as_str().filter(|text| !text.is_empty()) else { return };
        if !text.parse::<u64>().is_ok_and(|number| bounds.contains(&number)) {
            let help = format!("it is between {} and {}", bounds.start(), bounds.end());
            self.error("bad-value", value.span, format!("{key} is `{text}`"), help);
        }
    }
}

/// A value of a thing, flat or under `properties`.
fn part<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.get(key).or_else(|| node.get("properties")?.get(key))
}

/// The things of a list, or of a map from names.
fn things(node: &Node) -> Vec<&Node> {
    match node.as_map() {
        Some(map) => map.entries.iter().map(|entry| &entry.value).collect(),
        None => node.items().iter().collect(),
    }
}

fn is(node: &Node, word: &str) -> bool {
    node.as_str().is_some_and(|text| text.eq_ignore_ascii_case(word))
}
