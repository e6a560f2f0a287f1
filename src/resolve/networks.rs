//! VNETs, subnets, peerings, route tables, public addresses, NAT gateways.

use super::{Work, family, index::Kind, label};
use crate::{
    model::*,
    scenario::tree::{Entry, Node},
    tags::canonical_region,
};
use ipnet::IpNet;
use std::net::IpAddr;

impl Work<'_> {
    /// Reads them all.
    pub(super) fn networks(&mut self, network: &Node) {
        for entry in family(network, "publicIPAddresses") {
            let public = self.public_ip_address(entry);
            self.model.public_ip_addresses.push(public);
        }
        for entry in family(network, "natGateways") {
            let nat = self.nat_gateway(entry);
            self.model.nat_gateways.push(nat);
        }
        for entry in family(network, "routeTables") {
            let table = self.route_table(entry);
            self.model.route_tables.push(table);
        }
        for entry in family(network, "virtualNetworks") {
            self.virtual_network(entry);
        }
        self.pair_peerings();
    }

    fn location(&self, node: &Node) -> Option<String> {
        node.get("location").and_then(Node::as_str).map(canonical_region)
    }

    fn public_ip_address(&mut self, entry: &Entry) -> PublicIpAddress {
        let node = &entry.value;
        let sku = match node.get("sku") {
            None => Known::Known(PublicIpSku::Basic),
            Some(sku) => match (self.unknown(sku), sku.as_str()) {
                (Some(fact), _) => Known::Unknown(fact),
                (None, Some(text)) if text.eq_ignore_ascii_case("basic") => Known::Known(PublicIpSku::Basic),
                (None, Some(text)) if text.to_lowercase().starts_with("standard") => {
                    Known::Known(PublicIpSku::Standard)
                }
                _ => {
                    self.error("bad-value", sku.span, "a public IP address is Basic, Standard or StandardV2", "");
                    Known::Known(PublicIpSku::Basic)
                }
            },
        };
        let label = label(entry);
        let address = match node.get("ipAddress").cloned().and_then(|value| self.address(&value)) {
            Some(address) => address,
            None => Known::Unknown(
                self.fact(format!("the address of public IP `{}`", label.name), Some(label.origin.clone())),
            ),
        };
        PublicIpAddress { location: self.location(node), label, sku, address }
    }

    fn nat_gateway(&mut self, entry: &Entry) -> NatGateway {
        let node = &entry.value;
        let addresses = self.references_here(node, "publicIpAddresses", Kind::PublicIpAddress);
        for place in &addresses {
            // A NAT gateway takes no Basic address (R191).
            if self.model.public_ip_addresses[*place].sku == Known::Known(PublicIpSku::Basic) {
                let span = node.get("publicIpAddresses").map_or(entry.key_span, |value| value.span);
                let message = format!("NAT gateway `{}` has a Basic public IP address", entry.key);
                self.error(
                    "nat-gateway-with-basic-public-ip",
                    span,
                    message,
                    "give the public IP address `sku: Standard`",
                );
            }
        }
        let prefixes = node.get("publicIpPrefixes").map(|value| value.items().to_vec()).unwrap_or_default();
        let prefixes = prefixes.iter().filter_map(|item| item.as_str().and_then(|text| text.parse::<IpNet>().ok()));
        NatGateway {
            label: label(entry),
            public_ip_addresses: addresses.into_iter().map(PublicIpAddressId::at).collect(),
            public_ip_prefixes: prefixes.collect(),
            standard_v2: node
                .get("sku")
                .and_then(Node::as_str)
                .is_some_and(|sku| sku.eq_ignore_ascii_case("StandardV2")),
        }
    }

    fn virtual_network(&mut self, entry: &Entry) {
        let node = &entry.value;
        let id = VirtualNetworkId::at(self.model.virtual_networks.len());
        let address_prefixes = self.prefixes(node, "addressPrefixes");
        if address_prefixes.is_empty() && !self.diagnostics.has_errors() {
            let message = format!("virtual network `{}` has no address space", entry.key);
            self.error("missing-key", entry.key_span, message, "add addressPrefixes");
        }
        self.check_address_space(entry, &address_prefixes);
        let private_by_default = private_by_default(node);
        let mut subnets = Vec::new();
        for subnet in family(node, "subnets").to_vec() {
            subnets.push(SubnetId::at(self.model.subnets.len()));
            let subnet = self.subnet(&subnet, id, private_by_default);
            self.model.subnets.push(subnet);
        }
        let mut peerings = Vec::new();
        for link in family(node, "virtualNetworkPeerings").to_vec() {
            if let Some(link) = self.peering(&link, id) {
                peerings.push(PeeringId::at(self.model.peerings.len()));
                self.model.peerings.push(link);
            }
        }
        let location = self.location(node);
        let label = label(entry);
        self.model.virtual_networks.push(VirtualNetwork {
            label,
            location,
            address_prefixes,
            subnets,
            peerings,
            gateways: Vec::new(),
        });
    }

    fn subnet(&mut self, entry: &Entry, virtual_network: VirtualNetworkId, private_by_default: bool) -> Subnet {
        let node = &entry.value;
        let mut address_prefixes: Vec<IpNet> = Vec::new();
        if let Some(value) = node.get("addressPrefix").cloned() {
            address_prefixes.extend(self.prefix(&value));
        }
        for prefix in self.prefixes(node, "addressPrefixes") {
            if !address_prefixes.contains(&prefix) {
                address_prefixes.push(prefix);
            }
        }
        if node.get("addressPrefix").is_none() && node.get("addressPrefixes").is_none() {
            self.error(
                "missing-key",
                entry.key_span,
                format!("subnet `{}` has no address prefix", entry.key),
                "add addressPrefix",
            );
        }
        let group = self.reference(node, "networkSecurityGroup", Kind::NetworkSecurityGroup);
        let table = self.reference(node, "routeTable", Kind::RouteTable);
        let nat = self.reference_here(node, "natGateway", Kind::NatGateway);
        let words = |key: &str| {
            let items = node.get(key).map(Node::items).unwrap_or_default();
            items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect::<Vec<String>>()
        };
        let purpose = purpose(&entry.key);
        self.check_platform_subnet(entry, purpose);
        let policies = node.get("serviceEndpointPolicies").map(|value| value.items().len()).unwrap_or(0);
        if policies > 0 {
            let span = node.get("serviceEndpointPolicies").map_or(entry.key_span, |value| value.span);
            self.warn("not-modelled-yet", span, "service endpoint policies are not modelled yet", "");
        }
        Subnet {
            label: label(entry),
            virtual_network,
            address_prefixes,
            purpose,
            network_security_group: group.map(|found| found.map(NetworkSecurityGroupId::at)),
            route_table: table.map(|found| found.map(RouteTableId::at)),
            nat_gateway: nat.map(NatGatewayId::at),
            service_endpoints: words("serviceEndpoints"),
            delegations: words("delegations"),
            default_outbound_access: self.flag(node, "defaultOutboundAccess", !private_by_default),
        }
    }

    fn check_platform_subnet(&mut self, entry: &Entry, purpose: SubnetPurpose) {
        let node = &entry.value;
        if let (Some(table), SubnetPurpose::Bastion | SubnetPurpose::RouteServer) = (node.get("routeTable"), purpose) {
            let message = format!("`{}` takes no route table", entry.key);
            self.error("route-table-not-allowed", table.span, message, "Azure refuses it (R135, R139)");
        }
        if let (Some(group), SubnetPurpose::Firewall | SubnetPurpose::RouteServer) =
            (node.get("networkSecurityGroup"), purpose)
        {
            let message = format!("`{}` takes no network security group", entry.key);
            self.error("network-security-group-not-allowed", group.span, message, "Azure refuses it (R139)");
        }
        if let (Some(group), SubnetPurpose::Gateway) = (node.get("networkSecurityGroup"), purpose) {
            let message = "a network security group on GatewaySubnet stops the gateway from working";
            self.warn("gateway-not-functional", group.span, message, "take it off (F38)");
        }
        let six = |item: &&Node| {
            item.as_str().and_then(|text| text.parse::<ipnet::Ipv6Net>().ok()).is_some_and(|net| net.prefix_len() != 64)
        };
        let prefixes =
            ["addressPrefix", "addressPrefixes"].iter().filter_map(|key| node.get(key)).flat_map(Node::items);
        if let Some(item) = prefixes.into_iter().find(six) {
            let span = item.span;
            self.error(
                "ipv6-subnet-not-64",
                span,
                "an IPv6 subnet has a prefix of length 64",
                "Azure takes no other (R228)",
            );
        }
    }
}

impl<T> Known<T> {
    /// The same of another type.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Known::Known(value) => Known::Known(change(value)),
            Known::Unknown(fact) => Known::Unknown(fact),
        }
    }
}

/// VNETs made with an API version after 2026-03-31 have private subnets by default (R223).
fn private_by_default(node: &Node) -> bool {
    node.get("apiVersion")
        .and_then(Node::as_str)
        .is_some_and(|version| version.get(..10).unwrap_or(version) > "2026-03-31")
}

/// What a subnet is for, from its name.
fn purpose(name: &str) -> SubnetPurpose {
    match name.to_lowercase().as_str() {
        "gatewaysubnet" => SubnetPurpose::Gateway,
        "azurefirewallsubnet" | "azurefirewallmanagementsubnet" => SubnetPurpose::Firewall,
        "azurebastionsubnet" => SubnetPurpose::Bastion,
        "routeserversubnet" => SubnetPurpose::RouteServer,
        _ => SubnetPurpose::Ordinary,
    }
}
