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

    fn route_table(&mut self, entry: &Entry) -> RouteTable {
        let routes: Vec<Entry> = family(&entry.value, "routes").to_vec();
        let routes: Vec<Route> = routes.iter().filter_map(|route| self.route(route)).collect();
        let tagged = |route: &&Route| matches!(route.address_prefix, Known::Known(RoutePrefix::ServiceTag(_)));
        if routes.iter().filter(tagged).count() > 25 {
            let message = format!("route table `{}` has more than 25 routes with service tags", entry.key);
            self.error("too-many-tag-routes", entry.key_span, message, "Azure takes 25 (R39)");
        }
        self.check_route_prefixes(&routes);
        let disable_bgp_route_propagation = self.flag(&entry.value, "disableBgpRoutePropagation", false);
        RouteTable { label: label(entry), routes, disable_bgp_route_propagation }
    }

    /// Two routes of one table may not have the same prefix.
    fn check_route_prefixes(&mut self, routes: &[Route]) {
        for (index, route) in routes.iter().enumerate() {
            let same =
                |other: &&Route| other.address_prefix.known().is_some() && other.address_prefix == route.address_prefix;
            if let Some(first) = routes[..index].iter().find(same) {
                let message = format!("routes `{}` and `{}` have the same prefix", first.label.name, route.label.name);
                self.error(
                    "duplicate-route-prefix",
                    route.label.origin.span(),
                    message,
                    "a route table takes each prefix once",
                );
            }
        }
    }

    fn route(&mut self, entry: &Entry) -> Option<Route> {
        let node = &entry.value;
        let address_prefix = match node.get("addressPrefix").cloned() {
            Some(value) => self.route_prefix(&value)?,
            None => {
                self.error("missing-key", entry.key_span, format!("route `{}` has no addressPrefix", entry.key), "");
                return None;
            }
        };
        let next_hop_type = match node.get("nextHopType").cloned() {
            Some(value) => self.next_hop_type(&value)?,
            None => {
                self.error("missing-key", entry.key_span, format!("route `{}` has no nextHopType", entry.key), "");
                return None;
            }
        };
        let next_hop_ip_address = match node.get("nextHopIpAddress").cloned().filter(|value| value.as_str() != Some(""))
        {
            Some(value) => Some((self.address(&value)?, value.span)),
            None => None,
        };
        let is_appliance = next_hop_type == Known::Known(NextHopType::VirtualAppliance);
        match &next_hop_ip_address {
            Some((_, span)) if next_hop_type.known().is_some() && !is_appliance => {
                let help = "only VirtualAppliance takes one";
                self.error(
                    "next-hop-address-without-appliance",
                    *span,
                    "nextHopIpAddress does not go with this nextHopType",
                    help,
                );
            }
            None if is_appliance => {
                let message = format!("route `{}` leads to an appliance without an address", entry.key);
                self.error("appliance-without-address", entry.key_span, message, "add nextHopIpAddress");
            }
            Some((Known::Known(hop), span)) => self.check_families(&address_prefix, hop, *span),
            _ => {}
        }
        let has_bgp_override = self.plain_flag(node, "hasBgpOverride", false);
        let next_hop_ip_address = next_hop_ip_address.map(|(address, _)| address);
        Some(Route { label: label(entry), address_prefix, next_hop_type, next_hop_ip_address, has_bgp_override })
    }

    fn check_families(&mut self, prefix: &Known<RoutePrefix>, hop: &IpAddr, span: crate::diagnostic::Span) {
        if let Known::Known(RoutePrefix::Prefix(net)) = prefix
            && net.addr().is_ipv4() != hop.is_ipv4()
        {
            self.error("mixed-address-families", span, "prefix and next hop are of different families", "");
        }
    }

    /// A CIDR or a service tag.
    fn route_prefix(&mut self, node: &Node) -> Option<Known<RoutePrefix>> {
        if let Some(fact) = self.unknown(node) {
            return Some(Known::Unknown(fact));
        }
        let text = node.as_str()?;
        if text.starts_with(|letter: char| letter.is_ascii_digit()) || text.contains(':') {
            let net = self.prefix(node)?;
            let restricted: IpNet = IpNet::from(IpAddr::from(crate::tags::HOST_ADDRESS));
            if net == restricted {
                self.error(
                    "restricted-prefix",
                    node.span,
                    "the host's address cannot be routed",
                    "Azure reserves 168.63.129.16",
                );
                return None;
            }
            return Some(Known::Known(RoutePrefix::Prefix(net)));
        }
        let computed = crate::tags::COMPUTED_TAG_NAMES.iter().any(|name| name.eq_ignore_ascii_case(text));
        if computed {
            let message = format!("a route cannot be for the tag `{text}`");
            self.error("tag-not-routable", node.span, message, "Azure computes it; name prefixes instead (F71)");
            return None;
        }
        match self.model.tags.get(text) {
            Some(_) => Some(Known::Known(RoutePrefix::ServiceTag(text.to_owned()))),
            None => self.missing_tag(node, text).map(Known::Unknown),
        }
    }

    fn next_hop_type(&mut self, node: &Node) -> Option<Known<NextHopType>> {
        if let Some(fact) = self.unknown(node) {
            return Some(Known::Unknown(fact));
        }
        let text = node.as_str()?;
        let hop = match text.to_lowercase().as_str() {
            "vnetlocal" | "virtualnetwork" => NextHopType::VnetLocal,
            "virtualappliance" => NextHopType::VirtualAppliance,
            "virtualnetworkgateway" => NextHopType::VirtualNetworkGateway,
            "internet" => NextHopType::Internet,
            "none" => NextHopType::None,
            _ => {
                let help = "a route takes VnetLocal, VirtualAppliance, VirtualNetworkGateway, Internet or None (R41)";
                self.error("bad-next-hop-type", node.span, format!("a route cannot lead to `{text}`"), help);
                return None;
            }
        };
        Some(Known::Known(hop))
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
            self.error("network-security-group-not-allowed", group.span, message, "Azure refuses it");
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

    fn peering(&mut self, entry: &Entry, local: VirtualNetworkId) -> Option<Peering> {
        let node = &entry.value;
        let Some(remote) = self.reference(node, "remoteVirtualNetwork", Kind::VirtualNetwork) else {
            if node.get("remoteVirtualNetwork").is_none() {
                let message = format!("peering `{}` names no remoteVirtualNetwork", entry.key);
                self.error("missing-key", entry.key_span, message, "");
            }
            return None;
        };
        if remote == Known::Known(local.index()) {
            self.error("peering-with-itself", entry.key_span, "a virtual network cannot be peered with itself", "");
            return None;
        }
        let written = node.get("peeringState").and_then(Node::as_str).map(|text| match text.to_lowercase().as_str() {
            "initiated" => PeeringState::Initiated,
            "disconnected" => PeeringState::Disconnected,
            _ => PeeringState::Connected,
        });
        if let Some(span) =
            node.get("peerCompleteVnets").filter(|value| value.as_str() == Some("false")).map(|value| value.span)
        {
            self.warn(
                "not-modelled-yet",
                span,
                "subnet peering is not modelled yet: the whole VNETs count as peered",
                "",
            );
        }
        Some(Peering {
            label: label(entry),
            local,
            remote: remote.map(VirtualNetworkId::at),
            reverse: None,
            state: written.unwrap_or(PeeringState::Connected),
            remote_address_space: self.remote_address_space(node),
            allow_virtual_network_access: self.flag(node, "allowVirtualNetworkAccess", true),
            allow_forwarded_traffic: self.flag(node, "allowForwardedTraffic", false),
            allow_gateway_transit: self.flag(node, "allowGatewayTransit", false),
            use_remote_gateways: self.flag(node, "useRemoteGateways", false),
        })
    }

    /// The link's own picture of the remote space counts while it is not in sync (R211).
    fn remote_address_space(&mut self, node: &Node) -> Option<Vec<IpNet>> {
        let level = node.get("peeringSyncLevel").and_then(Node::as_str);
        if level.is_none_or(|level| level.eq_ignore_ascii_case("FullyInSync")) {
            return None;
        }
        let known = node.get("remoteAddressSpace").cloned()?;
        Some(self.prefixes(&known, "addressPrefixes"))
    }

    /// Finds the link back of every link.
    fn pair_peerings(&mut self) {
        let ends: Vec<_> = self.model.peerings.iter().map(|link| (link.local, link.remote)).collect();
        for (index, (local, remote)) in ends.iter().enumerate() {
            let reverse =
                ends.iter().position(|(other, back)| Known::Known(*other) == *remote && *back == Known::Known(*local));
            let link = &mut self.model.peerings[index];
            link.reverse = reverse.map(PeeringId::at);
            if reverse.is_none() && link.state == PeeringState::Connected {
                link.state = PeeringState::Initiated;
            }
        }
        for index in 0..self.model.peerings.len() {
            let link = &self.model.peerings[index];
            if link.reverse.is_none() && link.remote.known().is_some() {
                let message = format!("peering `{}` carries nothing: the other side has no link back", link.label.name);
                let span = link.label.origin.span();
                self.warn("peering-not-connected", span, message, "add a peering in the remote virtual network (R78)");
            }
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
