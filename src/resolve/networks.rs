//! VNETs, subnets, peerings, route tables, public addresses, NAT gateways.

use super::{Work, family, index::Kind, label, public_prefixes::PublicPrefix};
use crate::{
    model::*,
    scenario::tree::{Entry, Node, Value},
    tags::canonical_region,
};
use ipnet::IpNet;

impl Work {
    /// Reads them all.
    pub(super) fn networks(&mut self, network: &Node) {
        for entry in family(network, "publicIPAddresses") {
            let public = self.public_ip_address(entry);
            self.model.public_ip_addresses.push(public);
        }
        self.public_prefixes(network);
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
        self.managed_peerings(network);
        self.pair_peerings();
        self.peered_subnets();
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
                (None, Some(text)) if ["standard", "standardv2"].contains(&&*text.to_lowercase()) => {
                    Known::Known(PublicIpSku::Standard)
                }
                _ => {
                    let message = format!("`{}` is no SKU of a public IP address", sku.as_str().unwrap_or_default());
                    self.error("bad-value", sku.span, message, "write Basic, Standard or StandardV2");
                    Known::Known(PublicIpSku::Standard)
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
        PublicIpAddress { location: self.location(node), label, sku, address, ports: None }
    }

    fn nat_gateway(&mut self, entry: &Entry) -> NatGateway {
        let node = &entry.value;
        let items = |key: &str| node.get(key).map(Node::items).unwrap_or_default();
        let mut addresses: Vec<PublicIpAddressId> = Vec::new();
        for item in items("publicIpAddresses") {
            addresses.extend(self.public_ip(item));
        }
        for id in &addresses {
            // A NAT gateway takes no Basic address (R191).
            if self.model.public_ip_address(*id).sku == Known::Known(PublicIpSku::Basic) {
                let span = node.get("publicIpAddresses").map_or(entry.key_span, |value| value.span);
                let message = format!("NAT gateway `{}` has a Basic public IP address", entry.key);
                let help = "give the public IP address `sku: Standard`";
                self.error("nat-gateway-with-basic-public-ip", span, message, help);
            }
        }
        let mut prefixes = Vec::new();
        for item in items("publicIpPrefixes") {
            match self.public_prefix(item) {
                Some(PublicPrefix::Range(range)) => prefixes.push(range),
                Some(PublicPrefix::Unknown(id)) => addresses.push(id),
                None => {}
            }
        }
        let sku = node.get("sku").and_then(Node::as_str);
        NatGateway {
            label: label(entry),
            public_ip_addresses: addresses,
            public_ip_prefixes: prefixes,
            standard_v2: sku.is_some_and(|sku| sku.eq_ignore_ascii_case("StandardV2")),
        }
    }

    fn virtual_network(&mut self, entry: &Entry) {
        let node = &entry.value;
        let id = VirtualNetworkId::at(self.model.virtual_networks.len());
        let unknown_space = match node.get("addressPrefixes") {
            Some(value) => self.unknown(value),
            None => self.space_of_pool(entry),
        };
        let mut address_prefixes = match unknown_space {
            Some(_) => Vec::new(),
            None => self.cidrs(node, "addressPrefixes"),
        };
        if node.get("addressPrefixes").is_none_or(Node::is_hollow) && unknown_space.is_none() {
            let message = format!("virtual network `{}` has no address space", entry.key);
            self.error("missing-key", entry.key_span, message, "add addressPrefixes");
        }
        self.check_address_space(entry, &address_prefixes);
        let private_by_default = private_by_default(node);
        let mut subnets = Vec::new();
        for subnet in family(node, "subnets") {
            subnets.push(SubnetId::at(self.model.subnets.len()));
            let subnet = self.subnet(subnet, id, private_by_default, unknown_space.is_some());
            // Of a space that is not known, the subnets at least are in it.
            address_prefixes.extend(subnet.address_prefixes.iter().filter(|_| unknown_space.is_some()));
            self.model.subnets.push(subnet);
        }
        let mut peerings = Vec::new();
        for link in family(node, "virtualNetworkPeerings") {
            if let Some(link) = self.peering(link, id) {
                peerings.push(PeeringId::at(self.model.peerings.len()));
                self.model.peerings.push(link);
            }
        }
        let summarized_gateway_prefixes = self.summarized_gateway_prefixes(node);
        let dns_servers = self.dns_servers(node.get("dhcpOptions"));
        let location = self.location(node);
        let label = label(entry);
        self.model.virtual_networks.push(VirtualNetwork {
            label,
            location,
            address_prefixes,
            unknown_space,
            summarized_gateway_prefixes,
            dns_servers,
            subnets,
            peerings,
            gateways: Vec::new(),
        });
    }

    /// Azure draws the ranges from pools of a network manager when it makes the network.
    fn space_of_pool(&mut self, entry: &Entry) -> Option<FactId> {
        let text = format!("the address space that virtual network `{}` gets from its pool", entry.key);
        is_pooled(&entry.value).then(|| self.fact(text, Some(label(entry).origin)))
    }

    /// Prefixes within the list do not overlap (R98).
    fn summarized_gateway_prefixes(&mut self, node: &Node) -> Vec<IpNet> {
        let Some(list) = node.get("summarizedGatewayPrefixes") else {
            return Vec::new();
        };
        let mut prefixes = self.cidrs(list, "addressPrefixes");
        prefixes.sort_unstable();
        // Sorted, a prefix stands right before the first that it holds.
        let overlap = prefixes.windows(2).find(|pair| pair[0].contains(&pair[1]));
        if let Some(pair) = overlap {
            let message = format!("{} and {} overlap", pair[0], pair[1]);
            self.error(
                "overlapping-prefixes",
                list.span,
                message,
                "summarized gateway prefixes must not overlap (R98)",
            );
        }
        prefixes
    }

    fn subnet(
        &mut self,
        entry: &Entry,
        virtual_network: VirtualNetworkId,
        private_by_default: bool,
        may_be_unknown: bool,
    ) -> Subnet {
        let node = &entry.value;
        let address_prefixes = self.subnet_prefixes(node, may_be_unknown);
        let pooled = may_be_unknown && is_pooled(node);
        if !pooled && ["addressPrefix", "addressPrefixes"].iter().all(|key| node.get(key).is_none_or(Node::is_hollow)) {
            let message = format!("subnet `{}` has no address prefix", entry.key);
            self.error("missing-key", entry.key_span, message, "add addressPrefix");
        }
        let group = self.reference(node, "networkSecurityGroup", Kind::NetworkSecurityGroup);
        let table = self.reference(node, "routeTable", Kind::RouteTable);
        let nat = node.get("natGateway").and_then(|nat| self.nat(nat));
        let words = |key: &str| {
            let items = node.get(key).map(Node::items).unwrap_or_default();
            items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect::<Vec<String>>()
        };
        let purpose = purpose(&entry.key);
        self.check_platform_subnet(entry, purpose);
        self.check_service_endpoints(entry);
        let policies = node.get("serviceEndpointPolicies").map(Node::items).unwrap_or_default();
        let mut service_endpoint_policies = Vec::new();
        for policy in policies {
            let found = self.reference_at(policy, Kind::ServiceEndpointPolicy);
            service_endpoint_policies.extend(found.map(|found| found.map(ServiceEndpointPolicyId::at)));
        }
        Subnet {
            label: label(entry),
            virtual_network,
            address_prefixes,
            purpose,
            network_security_group: group.map(|found| found.map(NetworkSecurityGroupId::at)),
            route_table: table.map(|found| found.map(RouteTableId::at)),
            nat_gateway: nat,
            service_endpoints: words("serviceEndpoints"),
            service_endpoint_policies,
            private_endpoint_policies: self.private_endpoint_policies(node),
            delegations: words("delegations"),
            default_outbound_access: self.flag(node, "defaultOutboundAccess", !private_by_default),
        }
    }

    /// A subnet's prefixes, both families; they may be unknown where the network's space is.
    fn subnet_prefixes(&mut self, node: &Node, may_be_unknown: bool) -> Vec<IpNet> {
        let mut address_prefixes: Vec<IpNet> = Vec::new();
        for key in ["addressPrefix", "addressPrefixes"] {
            if may_be_unknown && node.get(key).is_some_and(|value| matches!(value.value, Value::Unknown { .. })) {
                continue;
            }
            for prefix in self.cidrs(node, key) {
                if !address_prefixes.contains(&prefix) {
                    address_prefixes.push(prefix);
                }
            }
        }
        address_prefixes
    }

    /// privateEndpointNetworkPolicies, after the setting's default (F136).
    fn private_endpoint_policies(&mut self, node: &Node) -> Known<PrivateEndpointPolicies> {
        let value = node.get("privateEndpointNetworkPolicies");
        if let Some(fact) = value.and_then(|value| self.unknown(value)) {
            return Known::Unknown(fact);
        }
        let default = if self.model.settings.private_endpoint_policies_enabled { "Enabled" } else { "Disabled" };
        let word = value.and_then(Node::as_str).unwrap_or(default);
        Known::Known(PrivateEndpointPolicies {
            security_groups: ["Enabled", "NetworkSecurityGroupEnabled"].contains(&word),
            route_tables: ["Enabled", "RouteTableEnabled"].contains(&word),
        })
    }

    /// Storage has two endpoints, and a subnet takes one of them (F98).
    fn check_service_endpoints(&mut self, entry: &Entry) {
        let Some(list) = entry.value.get("serviceEndpoints") else {
            return;
        };
        let has = |name: &str| list.items().iter().filter_map(Node::as_str).any(|text| text.eq_ignore_ascii_case(name));
        if has("Microsoft.Storage") && has("Microsoft.Storage.Global") {
            let message = format!("subnet `{}` has Microsoft.Storage and Microsoft.Storage.Global", entry.key);
            self.error("both-storage-endpoints", list.span, message, "keep one of them (F98)");
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
            self.error("network-security-group-not-allowed", group.span, message, "Azure refuses it");
        }
        if let (Some(nat), SubnetPurpose::Gateway) = (node.get("natGateway"), purpose) {
            let message = format!("`{}` takes no NAT gateway", entry.key);
            self.error("nat-gateway-not-allowed", nat.span, message, "gateways have public addresses of their own");
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

fn is_pooled(node: &Node) -> bool {
    node.get("ipamPoolPrefixAllocations").is_some_and(|pools| !pools.is_hollow())
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
