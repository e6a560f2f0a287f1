//! Private endpoints and private DNS zones.
//!
//! In: privateEndpoints, privateDnsZones. Out: the endpoints with their services, the zones with every record, those
//! that zone groups register included. Deliberately absent: who asks which zone (that is `evaluate/names`).

use super::{
    Work, family,
    index::{ArmId, Found, Kind},
    label,
    services::bare,
};
use crate::{
    diagnostic::Origin,
    model::*,
    scenario::tree::{Entry, Node},
};
use std::net::IpAddr;

impl Work {
    /// Reads them all. Machines and services are there already.
    pub(super) fn private_links(&mut self, network: &Node) {
        for entry in family(network, "privateDnsZones") {
            let zone = self.private_dns_zone(entry);
            self.model.private_dns_zones.push(zone);
        }
        for entry in family(network, "privateEndpoints") {
            if let Some(endpoint) = self.private_endpoint(network, entry) {
                let id = PrivateEndpointId::at(self.model.private_endpoints.len());
                self.model.private_endpoints.push(endpoint);
                self.register(entry, id);
            }
        }
    }

    fn private_endpoint(&mut self, network: &Node, entry: &Entry) -> Option<PrivateEndpoint> {
        let node = &entry.value;
        let Some(subnet) = node.get("subnet").cloned() else {
            let message = format!("private endpoint `{}` has no subnet", entry.key);
            self.error("missing-key", entry.key_span, message, "add `subnet`");
            return None;
        };
        let subnet = self.rule_subnet(&subnet)?;
        let connections = ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"];
        let mut connection = None;
        for key in connections {
            for written in family(node, key) {
                connection = connection.or(Some((written.clone(), key.starts_with("manual"))));
            }
        }
        let Some((connection, manual)) = connection else {
            let message = format!("private endpoint `{}` leads to nothing", entry.key);
            self.error("missing-key", entry.key_span, message, "add privateLinkServiceConnections");
            return None;
        };
        let target = self.link_target(&connection)?;
        let written = connection.value.get("groupIds").map(Node::items).unwrap_or_default();
        let group_ids: Vec<String> = written.iter().filter_map(Node::as_str).map(str::to_owned).collect();
        let label = label(entry);
        let group_ids = self.check_group_ids(&connection, target, group_ids);
        let addresses = self.endpoint_addresses(node, &subnet, &label);
        let groups = self.references_here(node, "applicationSecurityGroups", Kind::ApplicationSecurityGroup);
        Some(PrivateEndpoint {
            label,
            subnet,
            addresses,
            target,
            group_ids,
            state: self.link_state(network, entry, &connection.value, (target, manual)),
            application_security_groups: groups.into_iter().map(ApplicationSecurityGroupId::at).collect(),
        })
    }

    fn link_target(&mut self, connection: &Entry) -> Option<LinkTarget> {
        let Some(target) = connection.value.get("privateLinkServiceId").cloned() else {
            let message = format!("connection `{}` names no resource", connection.key);
            self.error("missing-key", connection.key_span, message, "add privateLinkServiceId");
            return None;
        };
        let text = target.as_str().unwrap_or_default();
        if let Found::Here(place) = self.index.find(Kind::PrivateLinkService, text) {
            return Some(LinkTarget::PrivateLinkService(PrivateLinkServiceId::at(place)));
        }
        if matches!(self.index.find(Kind::ApplicationGateway, text), Found::Here(_)) {
            let words = format!("the private link of application gateway `{text}` is not modelled");
            return Some(LinkTarget::Unknown(self.fact(words, Some(Origin::Text(target.span)))));
        }
        if text.to_lowercase().ends_with(".azure.privatelinkservice") {
            let words = format!("what stands behind private link service `{text}`");
            return Some(LinkTarget::Unknown(self.fact(words, Some(Origin::Text(target.span)))));
        }
        // Only platform services have parts to choose from.
        let has_parts = connection.value.get("groupIds").is_some_and(|groups| !groups.items().is_empty());
        let more = |kind: &str| {
            ["privateLinkServices", "applicationGateways"].iter().any(|one| one.eq_ignore_ascii_case(kind))
        };
        let decides_more = ArmId::parse(text).map_or(!has_parts, |id| id.family().is_some_and(|(kind, _)| more(kind)));
        Some(match self.service_reference(&target)? {
            Known::Known(service) => LinkTarget::Service(service),
            Known::Unknown(fact) if decides_more => LinkTarget::Unknown(fact),
            Known::Unknown(fact) => LinkTarget::Elsewhere(fact),
        })
    }

    /// A service with one part needs no group id; others do, and only of their own parts.
    fn check_group_ids(&mut self, connection: &Entry, target: LinkTarget, written: Vec<String>) -> Vec<String> {
        let LinkTarget::Service(service) = target else {
            return written;
        };
        let service = &self.model.services[service.index()];
        let mut known: Vec<String> = service.sub_resources.iter().map(|part| part.group_id.clone()).collect();
        known.dedup();
        if let ([only], true) = (known.as_slice(), written.is_empty()) {
            return vec![only.clone()];
        }
        let bare_group = |group: &str| group.strip_suffix("_secondary").unwrap_or(group).to_lowercase();
        // Deployment slots of apps are parts of which the file says nothing.
        let is_slot = |group: &str| service.kind == ServiceKind::WebApp && group.to_lowercase().starts_with("sites-");
        let named = written.iter().filter(|group| !is_slot(group));
        let wrong =
            named.into_iter().find(|group| !known.iter().any(|one| one.eq_ignore_ascii_case(&bare_group(group))));
        let span = connection.value.get("groupIds").map_or(connection.key_span, |value| value.span);
        if let Some(wrong) = wrong {
            let message = format!("`{wrong}` is no part of `{}`", service.label.name);
            let help = format!("it has {}", known.join(", "));
            self.error("unknown-group-id", span, message, help);
        } else if written.is_empty() {
            let message = format!("connection `{}` names no group id", connection.key);
            let help = format!("add groupIds: one of {}", known.join(", "));
            self.error("missing-key", span, message, help);
        }
        written
    }

    fn link_state(
        &mut self,
        network: &Node,
        endpoint: &Entry,
        connection: &Node,
        (target, manual): (LinkTarget, bool),
    ) -> Known<LinkState> {
        let state = connection.get("privateLinkServiceConnectionState");
        let written = state.and_then(|state| state.get("status")).cloned();
        if let Some(state) = written.and_then(|status| self.state_named(&status)) {
            return state;
        }
        if let LinkTarget::PrivateLinkService(id) = target
            && let Some(service) = family(network, "privateLinkServices").get(id.index())
            && let Some(state) = self.state_at_service(service, endpoint, manual)
        {
            return state;
        }
        // What is approved by hand waits until somebody does it.
        Known::Known(if manual { LinkState::Pending } else { LinkState::Approved })
    }

    /// Azure's word for the state of a connection.
    pub(super) fn state_named(&mut self, status: &Node) -> Option<Known<LinkState>> {
        if let Some(fact) = self.unknown(status) {
            return Some(Known::Unknown(fact));
        }
        Some(Known::Known(match status.as_str()? {
            "Pending" => LinkState::Pending,
            "Rejected" => LinkState::Rejected,
            "Disconnected" => LinkState::Disconnected,
            _ => LinkState::Approved,
        }))
    }

    /// From its own configurations, its NIC, its names; else given out at deployment.
    fn endpoint_addresses(&mut self, node: &Node, subnet: &RuleSubnet, label: &Label) -> Known<Vec<IpAddr>> {
        let mut written: Vec<Node> = node.get("address").cloned().into_iter().collect();
        let configurations = family(node, "ipConfigurations").iter();
        written.extend(configurations.filter_map(|one| one.value.get("privateIPAddress").cloned()));
        let mut addresses = Vec::new();
        for value in &written {
            match self.address(value) {
                Some(Known::Known(address)) => {
                    if let RuleSubnet::Here(subnet) = subnet {
                        self.check_address(&Known::Known(address), subnet.index(), value);
                    }
                    addresses.push(address);
                }
                Some(Known::Unknown(fact)) => return Known::Unknown(fact),
                None => {}
            }
        }
        if addresses.is_empty() {
            addresses = self.addresses_of_nics(node);
        }
        if addresses.is_empty() {
            let configs = node.get("customDnsConfigs").map(Node::items).unwrap_or_default();
            let texts = configs.iter().filter_map(|one| one.get("ipAddresses")).flat_map(Node::items);
            addresses = texts.filter_map(|text| text.as_str()?.parse().ok()).collect();
        }
        addresses.sort_unstable();
        addresses.dedup();
        if addresses.is_empty() {
            let text = format!("the address of private endpoint `{}`", label.name);
            return Known::Unknown(self.fact(text, Some(label.origin.clone())));
        }
        Known::Known(addresses)
    }

    fn addresses_of_nics(&mut self, node: &Node) -> Vec<IpAddr> {
        let items = node.get("networkInterfaces").map(Node::items).unwrap_or_default();
        let places: Vec<usize> = items
            .iter()
            .filter_map(|item| item.as_str())
            .filter_map(|text| match self.index.find(Kind::NetworkInterface, text) {
                Found::Here(place) => Some(place),
                _ => None,
            })
            .collect();
        let nics = places.iter().filter_map(|place| self.model.network_interfaces.get(*place));
        nics.flat_map(|nic| &nic.ip_configurations).filter_map(|one| one.address.known().copied()).collect()
    }

    /// Zone groups: the endpoint's names become records of the zones.
    fn register(&mut self, entry: &Entry, id: PrivateEndpointId) {
        let configs: Vec<Node> = family(&entry.value, "privateDnsZoneGroups")
            .iter()
            .flat_map(|group| family(&group.value, "privateDnsZoneConfigs"))
            .filter_map(|config| config.value.get("privateDnsZoneId").cloned())
            .collect();
        for config in configs {
            if let Some(Known::Known(zone)) = self.reference_at(&config, Kind::PrivateDnsZone) {
                self.register_in(PrivateDnsZoneId::at(zone), id);
            }
        }
    }

    fn register_in(&mut self, zone: PrivateDnsZoneId, id: PrivateEndpointId) {
        let endpoint = &self.model.private_endpoints[id.index()];
        let Some(service) = endpoint.service() else {
            return;
        };
        let data = match &endpoint.addresses {
            Known::Known(addresses) => RecordData::Addresses(addresses.iter().map(|one| Known::Known(*one)).collect()),
            Known::Unknown(_) => RecordData::PrivateEndpoint(id),
        };
        let domain = self.model.private_dns_zones[zone.index()].domain.clone();
        let service = &self.model.services[service.index()];
        let mut names: Vec<String> = Vec::new();
        for part in &service.sub_resources {
            let linked = endpoint.group_ids.iter().any(|group| group.eq_ignore_ascii_case(&part.group_id));
            let name =
                part.private_host().strip_suffix(&domain).and_then(|name| name.strip_suffix('.')).map(str::to_owned);
            names.extend(name.filter(|_| linked));
        }
        names.dedup();
        let records = &mut self.model.private_dns_zones[zone.index()].records;
        records.extend(names.into_iter().map(|name| DnsRecord { name, data: data.clone() }));
    }

    fn private_dns_zone(&mut self, entry: &Entry) -> PrivateDnsZone {
        let node = &entry.value;
        let mut records = Vec::new();
        for kind in ["A", "AAAA"] {
            for record in family(node, kind) {
                let mut addresses = Vec::new();
                for key in ["aRecords", "aaaaRecords", "addresses"] {
                    for item in record.value.get(key).map(Node::items).unwrap_or_default() {
                        addresses.extend(self.address(item));
                    }
                }
                records.push(DnsRecord { name: record.key.to_lowercase(), data: RecordData::Addresses(addresses) });
            }
        }
        for record in family(node, "CNAME") {
            if let Some(alias) = record.value.get("cnameRecord").and_then(Node::as_str) {
                let data = RecordData::Alias(alias.trim_end_matches('.').to_lowercase());
                records.push(DnsRecord { name: record.key.to_lowercase(), data });
            }
        }
        let mut links = Vec::new();
        for link in family(node, "virtualNetworkLinks") {
            links.extend(self.zone_link(link));
        }
        PrivateDnsZone { domain: bare(&entry.key).to_lowercase(), label: label(entry), records, links }
    }

    fn zone_link(&mut self, entry: &Entry) -> Option<ZoneLink> {
        let node = &entry.value;
        let virtual_network = self.reference(node, "virtualNetwork", Kind::VirtualNetwork)?;
        let fallback = match node.get("resolutionPolicy") {
            Some(value) => match self.unknown(value) {
                Some(fact) => Known::Unknown(fact),
                None => Known::Known(value.as_str() == Some("NxDomainRedirect")),
            },
            None => Known::Known(false),
        };
        Some(ZoneLink {
            label: label(entry),
            virtual_network: virtual_network.map(VirtualNetworkId::at),
            fallback,
            registration: node.get("registrationEnabled").and_then(Node::as_str) == Some("true"),
        })
    }

    /// How a DNS server answers: `azure`, `public`, a server's address, or
    /// `{forwarder, conditionalForwarders, records}`.
    pub(super) fn dns(&mut self, node: &Node, usual: Resolver) -> Dns {
        let Some(value) = node.get("dns").filter(|value| !value.is_hollow()).cloned() else {
            return Dns::usual(usual);
        };
        if value.as_map().is_none() {
            return Dns { written: true, ..Dns::usual(self.resolver(&value).unwrap_or(usual)) };
        }
        let mut dns = Dns { written: true, ..Dns::usual(usual) };
        for entry in value.entries() {
            match &*entry.key.to_lowercase() {
                "forwarder" => dns.forwarder = self.resolver(&entry.value).unwrap_or(dns.forwarder),
                "conditionalforwarders" => {
                    for inner in entry.value.entries() {
                        let to = self.resolver(&inner.value);
                        dns.conditional.extend(to.map(|to| (inner.key.trim_matches('.').to_lowercase(), to)));
                    }
                }
                "records" => {
                    for inner in entry.value.entries() {
                        if let Some(Known::Known(address)) = self.address(&inner.value) {
                            dns.records.push((inner.key.trim_matches('.').to_lowercase(), address));
                        }
                    }
                }
                _ => {
                    let help = "`dns` has forwarder, conditionalForwarders, records";
                    self.error("unknown-key", entry.key_span, format!("`dns` has no key `{}`", entry.key), help);
                }
            }
        }
        dns.conditional.sort_by_key(|(domain, _)| std::cmp::Reverse(domain.len()));
        dns
    }

    fn resolver(&mut self, node: &Node) -> Option<Resolver> {
        if let Some(fact) = self.unknown(node) {
            return Some(Resolver::Unknown(fact));
        }
        let text = node.items().first().and_then(Node::as_str).unwrap_or_default();
        match (text.to_lowercase().as_str(), text.parse::<IpAddr>()) {
            ("azure", _) => Some(Resolver::Azure),
            ("public", _) => Some(Resolver::Public),
            (_, Ok(address)) if address == IpAddr::from(crate::tags::HOST_ADDRESS) => Some(Resolver::Azure),
            (_, Ok(address)) => Some(Resolver::Server(address)),
            _ => {
                let help = "write azure, public, or the address of a DNS server";
                self.error("bad-value", node.span, format!("`{text}` is no DNS server"), help);
                None
            }
        }
    }

    /// Addresses of DNS servers; Azure's own is the default that it is.
    pub(super) fn dns_servers(&mut self, node: Option<&Node>) -> Vec<Known<IpAddr>> {
        let items = node.and_then(|node| node.get("dnsServers")).map(Node::items).unwrap_or_default().to_vec();
        let azure = |text: &Node| {
            let text = text.as_str().unwrap_or_default();
            text.eq_ignore_ascii_case("AzureProvidedDNS") || text == crate::tags::HOST_ADDRESS.to_string()
        };
        if items.iter().all(azure) {
            return Vec::new();
        }
        items.iter().filter_map(|item| self.address(item)).collect()
    }
}

impl SubResource {
    /// The name that the public one is an alias of once there is a private endpoint:
    /// `lake.privatelink.dfs.core.windows.net`.
    pub fn private_host(&self) -> String {
        let public = self.private_zone.strip_prefix("privatelink.").unwrap_or(self.private_zone);
        // Key Vault's public domain differs from its private zone's.
        let domains = [public, "vault.azure.net"];
        let name =
            domains.iter().find_map(|domain| self.host.strip_suffix(domain)).and_then(|name| name.strip_suffix('.'));
        match (name, self.private_zone.is_empty()) {
            (Some(name), false) => format!("{name}.{}", self.private_zone),
            _ => self.host.clone(),
        }
    }
}
