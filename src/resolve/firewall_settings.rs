//! What an Azure Firewall and its policy say besides rules: when the source is translated, DNS, threat intelligence.
//!
//! In: a firewall and the policy that counts. Out: fields of [`AzureFirewall`]. A classic firewall says in
//! `additionalProperties` what a policy has keys for, lists as one text. Deliberately absent: rules (that is `firewall`).

use super::Work;
use crate::{
    model::*,
    scenario::tree::{Node, Value},
    space::{self, Addresses},
};
use ipnet::IpNet;

/// Addresses and host names.
type Lists = (Addresses, Vec<String>);

impl Work {
    /// Destinations whose traffic by network rules keeps its source (F154 to F157), as far as they are known.
    pub(super) fn private_ranges(&mut self, policy: &Node, firewall: &Node) -> (Addresses, Option<FactId>) {
        let of_policy = policy.get("snat").and_then(|snat| snat.get("privateRanges"));
        let usual = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];
        let usual: Vec<IpNet> = usual.iter().filter_map(|net| net.parse().ok()).collect();
        let Some(written) = of_policy.or(classic(firewall, "Network.SNAT.PrivateRanges")) else {
            return (space::prefixes(&usual), None);
        };
        let (items, unknown) = self.known_items(Some(written));
        let mut nets: Vec<IpNet> = Vec::new();
        for item in items {
            match item.as_str().is_some_and(|text| text.eq_ignore_ascii_case("IANAPrivateRanges")) {
                true => nets.extend(&usual),
                false => nets.extend(self.prefix(&item)),
            }
        }
        (space::prefixes(&nets), unknown)
    }

    /// The items of a list or of a text with commas, and the fact of one that is not known.
    fn known_items(&mut self, node: Option<&Node>) -> (Vec<Node>, Option<FactId>) {
        let (mut known, mut unknown) = (Vec::new(), None);
        for item in node.map(apart).unwrap_or_default() {
            match self.unknown(&item) {
                Some(fact) => unknown = Some(fact),
                None => known.push(item),
            }
        }
        (known, unknown)
    }

    pub(super) fn threat_mode(&mut self, policy: &Node, firewall: &Node) -> Known<bool> {
        let value = policy.get("threatIntelMode").or(firewall.get("threatIntelMode")).cloned();
        match value {
            Some(value) => match self.unknown(&value) {
                Some(fact) => Known::Unknown(fact),
                None => Known::Known(value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("deny"))),
            },
            None => Known::Known(false),
        }
    }

    /// What threat intelligence knows, the host names that the allowlist takes out of its hands (F160), and the fact of
    /// what else it does.
    pub(super) fn threats(&mut self, policy: &Node, firewall: &Node) -> (Lists, Vec<String>, Option<FactId>) {
        let (mut addresses, mut hosts) = (Vec::new(), Vec::new());
        for list in [policy.get("threatIntelligence"), firewall.get("threatIntelligence")].into_iter().flatten() {
            addresses.extend(self.prefixes(list, "ipAddresses"));
            hosts.extend(lower(list.get("fqdns").map(Node::items).unwrap_or_default()));
        }
        let of_policy = policy.get("threatIntelWhitelist");
        let list = |key, old| of_policy.and_then(|list| list.get(key)).or(classic(firewall, old));
        let (spared, unknown) = self.known_items(list("ipAddresses", "ThreatIntel.Whitelist.IpAddresses"));
        let (names, unknown_name) = self.known_items(list("fqdns", "ThreatIntel.Whitelist.FQDNs"));
        let spared: Vec<IpNet> = spared.iter().filter_map(|one| self.prefix(one)).collect();
        let addresses = space::prefixes(&addresses).minus(&space::prefixes(&spared));
        ((addresses, hosts), lower(&names), unknown.or(unknown_name))
    }

    pub(super) fn dns_proxy(&mut self, policy: &Node, firewall: &Node) -> Option<Dns> {
        let settings = policy.get("dnsSettings");
        let mut on = |node: Option<&Node>, key| node.is_some_and(|node| self.plain_flag(node, key, false));
        let of_policy = on(settings, "enableProxy");
        if !on(firewall.get("additionalProperties"), "Network.DNS.EnableProxy") && !of_policy {
            return None;
        }
        let servers = settings.and_then(|node| node.get("servers")).or(classic(firewall, "Network.DNS.Servers"));
        let first = servers.and_then(|servers| apart(servers).into_iter().next());
        let forwarder = match first.map(|server| (self.unknown(&server), server)) {
            Some((Some(fact), _)) => Resolver::Unknown(fact),
            Some((None, server)) => {
                server.as_str().and_then(|text| text.parse().ok()).map_or(Resolver::Azure, Resolver::Server)
            }
            None => Resolver::Azure,
        };
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

/// A setting of a firewall without a policy.
fn classic<'n>(firewall: &'n Node, key: &str) -> Option<&'n Node> {
    firewall.get("additionalProperties").and_then(|map| map.get(key)).filter(|value| !value.is_hollow())
}

/// The items of a list, or of a text with commas.
fn apart(node: &Node) -> Vec<Node> {
    let split = |item: &Node| match item.as_str() {
        Some(text) => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            parts.map(|part| Node::new(item.span, Value::Scalar { text: part.into(), plain: true })).collect()
        }
        None => vec![item.clone()],
    };
    node.items().iter().flat_map(split).collect()
}

fn lower(names: &[Node]) -> Vec<String> {
    names.iter().filter_map(Node::as_str).map(str::to_lowercase).collect()
}

/// The range that says that no destination is private (F156).
pub(super) fn never_private() -> Addresses {
    Addresses::single(space::point(std::net::IpAddr::from([255, 255, 255, 255])))
}
