//! Gateways, local network gateways, connections, circuits.

use super::{
    Work, family,
    index::{ArmId, Kind},
    label,
};
use crate::{
    model::*,
    scenario::tree::{Entry, Node, Value},
};
use std::net::IpAddr;

/// Gateways with FastPath.
const FAST_PATH_SKUS: [&str; 3] = ["UltraPerformance", "ErGw3AZ", "ErGwScale"];

impl Work {
    /// Reads them all.
    pub(super) fn hybrid(&mut self, network: &Node) {
        for entry in family(network, "localNetworkGateways") {
            let gateway = self.local_network_gateway(entry);
            self.model.local_network_gateways.push(gateway);
        }
        for entry in family(network, "expressRouteCircuits") {
            let circuit = self.circuit(network, entry);
            self.model.express_route_circuits.push(circuit);
        }
        for entry in family(network, "virtualNetworkGateways") {
            self.virtual_network_gateway(entry);
        }
        for entry in family(network, "connections") {
            if let Some(connection) = self.connection(entry) {
                self.check_fast_path(network, entry, connection.gateway);
                self.model.connections.push(connection);
            }
        }
    }

    fn local_network_gateway(&mut self, entry: &Entry) -> LocalNetworkGateway {
        let node = &entry.value;
        let address = node.get("gatewayIpAddress").filter(|value| !value.is_hollow());
        let address = address.and_then(|value| self.address(value));
        self.autonomous_system(node);
        LocalNetworkGateway {
            label: label(entry),
            address_prefixes: self.cidrs(node, "addressPrefixes"),
            gateway_ip_address: address.and_then(|address| address.known().copied()),
            bgp: node.get("bgpSettings").is_some(),
        }
    }

    /// The number in `bgpSettings`; zero is none (LocalNetworkGatewayCannotHaveZeroAsn).
    fn autonomous_system(&mut self, node: &Node) -> Option<u32> {
        let settings = node.get("bgpSettings")?;
        let help = "an autonomous system number is between 1 and 4294967295";
        let asn = self.number(settings, "asn", help);
        if asn == Some(0) {
            self.error("bad-value", settings.span, "the autonomous system number is zero", help);
        }
        asn
    }

    fn circuit(&mut self, network: &Node, entry: &Entry) -> ExpressRouteCircuit {
        let mut global_reach = self.references_here(&entry.value, "globalReach", Kind::ExpressRouteCircuit);
        for key in ["connections", "peerings"] {
            entry.value.get(key).inspect(|tree| self.peer_circuits(tree, &mut global_reach));
        }
        ExpressRouteCircuit {
            label: label(entry),
            global_reach: global_reach.into_iter().map(ExpressRouteCircuitId::at).collect(),
            direct: self.is_direct(entry),
            microsoft_peering: self.microsoft_peering(network, entry),
        }
    }

    /// A circuit names its port, or its provider.
    fn is_direct(&mut self, entry: &Entry) -> Known<bool> {
        let written = |key: &str| entry.value.get(key).filter(|value| !value.is_hollow()).cloned();
        match (written("expressRoutePort"), written("serviceProviderProperties")) {
            (Some(port), _) => match self.unknown(&port) {
                Some(fact) => Known::Unknown(fact),
                None => Known::Known(true),
            },
            (None, Some(_)) => Known::Known(false),
            (None, None) => {
                let text = format!("whether circuit `{}` is one of ExpressRoute Direct or of a provider", entry.key);
                Known::Unknown(self.fact(text, Some(label(entry).origin)))
            }
        }
    }

    /// Global Reach as ARM nests it: the far circuit is named by its peering (R111).
    fn peer_circuits(&mut self, node: &Node, found: &mut Vec<usize>) {
        let far = node.get("peerExpressRouteCircuitPeering").and_then(|far| far.get("id").or(Some(far)));
        if let Some(name) = far.and_then(Node::as_str).and_then(ArmId::parse)
            && let Some(circuit) = name.name_of(Kind::ExpressRouteCircuit)
        {
            found.extend(self.index.by_name(Kind::ExpressRouteCircuit, circuit));
        }
        match &node.value {
            Value::List(items) => items.iter().for_each(|item| self.peer_circuits(item, found)),
            Value::Map(map) => map.entries.iter().for_each(|entry| self.peer_circuits(&entry.value, found)),
            _ => {}
        }
    }

    /// A gateway; one whose VNET the file does not hold keeps its place all the same.
    fn virtual_network_gateway(&mut self, entry: &Entry) {
        let home = self.gateway_home(entry);
        let gateway = home.map(|home| home.map(|home| self.gateway_in(entry, home)));
        self.gateways.push(gateway);
    }

    fn gateway_in(&mut self, entry: &Entry, home: VirtualNetworkId) -> VirtualNetworkGatewayId {
        let node = &entry.value;
        let id = VirtualNetworkGatewayId::at(self.model.virtual_network_gateways.len());
        let is = |key: &str, word: &str| {
            node.get(key).and_then(Node::as_str).is_some_and(|text| text.eq_ignore_ascii_case(word))
        };
        let gateway_type = if is("gatewayType", "ExpressRoute") { GatewayType::ExpressRoute } else { GatewayType::Vpn };
        self.check_gateway_home(entry, home, gateway_type);
        let (private_addresses, public_ip_addresses) = self.gateway_addresses(node);
        let pool = node.get("vpnClientConfiguration").and_then(|one| one.get("vpnClientAddressPool"));
        let client_address_pool = pool.map(|pool| self.cidrs(pool, "addressPrefixes")).unwrap_or_default();
        let default_site = self.reference_here(node, "gatewayDefaultSite", Kind::LocalNetworkGateway);
        let remote = node
            .get("allowRemoteVnetTraffic")
            .is_some()
            .then(|| self.plain_flag(node, "allowRemoteVnetTraffic", false));
        self.model.virtual_networks[home.index()].gateways.push(id);
        let gateway = VirtualNetworkGateway {
            label: label(entry),
            virtual_network: home,
            gateway_type,
            policy_based: is("vpnType", "PolicyBased"),
            active_active: self.plain_flag(node, "activeActive", false),
            private_addresses,
            public_ip_addresses,
            enable_bgp: self.plain_flag(node, "enableBgp", node.get("bgpSettings").is_some()),
            asn: self.autonomous_system(node).unwrap_or(65515),
            default_site: default_site.map(LocalNetworkGatewayId::at),
            allow_remote_vnet_traffic: remote,
            client_address_pool,
        };
        self.model.virtual_network_gateways.push(gateway);
        id
    }

    fn gateway_addresses(&mut self, node: &Node) -> (Vec<IpAddr>, Vec<PublicIpAddressId>) {
        let (mut private, mut public) = (Vec::new(), Vec::new());
        for configuration in family(node, "ipConfigurations").iter().map(|entry| &entry.value) {
            let address = configuration.get("privateIPAddress").filter(|value| !value.is_hollow());
            private.extend(address.and_then(|value| self.address(value)).and_then(|address| address.known().copied()));
            public.extend(configuration.get("publicIPAddress").and_then(|value| self.public_ip(value)));
        }
        (private, public)
    }

    /// The VNET of a gateway: by its GatewaySubnet, or named directly.
    fn gateway_home(&mut self, entry: &Entry) -> Option<Known<VirtualNetworkId>> {
        let node = &entry.value;
        let configurations: Vec<&Node> = family(node, "ipConfigurations").iter().map(|one| &one.value).collect();
        let mut home = self.reference(node, "virtualNetwork", Kind::VirtualNetwork);
        for subnet in configurations.iter().filter_map(|one| one.get("subnet")) {
            let found = self.gateway_subnet(entry, subnet);
            home = home.or(found);
        }
        let named =
            node.get("virtualNetwork").is_some() || configurations.iter().any(|one| one.get("subnet").is_some());
        if !named {
            let message = format!("gateway `{}` stands in no virtual network", entry.key);
            let help = "add `virtualNetwork: NAME` or an ipConfiguration with a subnet";
            self.error("missing-key", entry.key_span, message, help);
        }
        home.map(|home| home.map(VirtualNetworkId::at))
    }

    /// The VNET of the subnet that a gateway stands in, which is GatewaySubnet.
    fn gateway_subnet(&mut self, entry: &Entry, node: &Node) -> Option<Known<usize>> {
        let place = match self.reference_at(node, Kind::Subnet)? {
            Known::Known(place) => place,
            Known::Unknown(fact) => return Some(Known::Unknown(fact)),
        };
        let subnet = self.model.subnets.get(place)?;
        let (home, name) = (subnet.virtual_network.index(), subnet.label.name.clone());
        if subnet.purpose != SubnetPurpose::Gateway {
            let message = format!("gateway `{}` stands in subnet `{name}`", entry.key);
            self.error(
                "gateway-without-subnet",
                node.span,
                message,
                "a gateway stands in a subnet named `GatewaySubnet`",
            );
        }
        Some(Known::Known(home))
    }

    fn check_gateway_home(&mut self, entry: &Entry, home: VirtualNetworkId, gateway_type: GatewayType) {
        let network = self.model.virtual_network(home);
        let has_subnet =
            network.subnets.iter().any(|subnet| self.model.subnet(*subnet).purpose == SubnetPurpose::Gateway);
        let name = network.label.name.clone();
        let same = network
            .gateways
            .iter()
            .any(|other| self.model.virtual_network_gateway(*other).gateway_type == gateway_type);
        if !has_subnet {
            let message = format!("virtual network `{name}` has no GatewaySubnet");
            self.error("gateway-without-subnet", entry.key_span, message, "add a subnet named `GatewaySubnet`");
        }
        if same {
            let message = format!("virtual network `{name}` has two gateways of one type");
            self.error(
                "several-gateways",
                entry.key_span,
                message,
                "a virtual network has one VPN and one ExpressRoute gateway at most",
            );
        }
    }

    fn connection(&mut self, entry: &Entry) -> Option<Connection> {
        let node = &entry.value;
        let gateway = self.gateway_of(entry);
        let target = self.connection_target(entry);
        let (gateway, target) = (gateway?, target?);
        self.check_connection(entry, gateway, &target);
        Some(Connection {
            label: label(entry),
            gateway,
            enable_bgp: self.plain_flag(node, "enableBgp", false),
            policy_based_selectors: self.plain_flag(node, "usePolicyBasedTrafficSelectors", false),
            skips_gateway: self.fast_path(entry, &target),
            target,
        })
    }

    /// FastPath, where the gateway has a SKU for it.
    fn fast_path(&mut self, entry: &Entry, target: &ConnectionTarget) -> Known<bool> {
        let node = &entry.value;
        let direct = match target {
            ConnectionTarget::ExpressRouteCircuit(id) => self.model.express_route_circuit(*id).direct,
            ConnectionTarget::Unknown(fact) => Known::Unknown(*fact),
            ConnectionTarget::LocalNetworkGateway(_) | ConnectionTarget::VirtualNetworkGateway(_) => Known::Known(true),
        };
        match (self.flag(node, "expressRouteGatewayBypass", false), direct) {
            (Known::Known(false), _) | (_, Known::Known(true)) => Known::Known(false),
            (Known::Unknown(fact), _) | (_, Known::Unknown(fact)) => Known::Unknown(fact),
            (Known::Known(true), Known::Known(false)) => Known::Known(true),
        }
    }

    /// FastPath takes one of the largest gateways (R233).
    fn check_fast_path(&mut self, network: &Node, entry: &Entry, gateway: VirtualNetworkGatewayId) {
        let asked = entry.value.get("expressRouteGatewayBypass").and_then(Node::as_str);
        let Some("true") = asked.map(str::to_lowercase).as_deref() else { return };
        let name = self.model.virtual_network_gateway(gateway).label.name.clone();
        let written = family(network, "virtualNetworkGateways").iter().find(|one| one.key.eq_ignore_ascii_case(&name));
        let Some(sku) = written.and_then(|one| one.value.get("sku")).and_then(Node::as_str) else { return };
        if FAST_PATH_SKUS.iter().any(|one| one.eq_ignore_ascii_case(sku)) {
            return;
        }
        let message = format!("connection `{}` asks for FastPath, and gateway `{name}` is a {sku}", entry.key);
        let help = format!("FastPath takes {} (R233)", FAST_PATH_SKUS.join(", "));
        self.warn("fast-path-gateway-sku", entry.key_span, message, help);
    }

    fn gateway_of(&mut self, entry: &Entry) -> Option<VirtualNetworkGatewayId> {
        if entry.value.get("virtualNetworkGateway1").is_none() {
            let message = format!("connection `{}` names no virtualNetworkGateway1", entry.key);
            self.error("missing-key", entry.key_span, message, "name the gateway that it belongs to");
        }
        let place = self.reference_here(&entry.value, "virtualNetworkGateway1", Kind::VirtualNetworkGateway)?;
        self.gateways.get(place).copied()??.known().copied()
    }

    fn connection_target(&mut self, entry: &Entry) -> Option<ConnectionTarget> {
        let node = &entry.value;
        let ways = [
            ("localNetworkGateway2", Kind::LocalNetworkGateway),
            ("virtualNetworkGateway2", Kind::VirtualNetworkGateway),
            ("peer", Kind::ExpressRouteCircuit),
        ];
        let mut given = ways.into_iter().filter(|(key, _)| node.get(key).is_some_and(|value| !value.is_hollow()));
        let Some((key, kind)) = given.next() else {
            let help = "add localNetworkGateway2, virtualNetworkGateway2 or peer";
            self.error("missing-key", entry.key_span, format!("connection `{}` leads nowhere", entry.key), help);
            return None;
        };
        if let Some((other, _)) = given.next() {
            let message = format!("connection `{}` leads to {key} and to {other}", entry.key);
            self.error("connection-mismatch", entry.key_span, message, "keep one of them");
        }
        Some(match (self.reference(node, key, kind)?, kind) {
            (Known::Unknown(fact), _) => ConnectionTarget::Unknown(fact),
            (Known::Known(place), Kind::LocalNetworkGateway) => {
                ConnectionTarget::LocalNetworkGateway(LocalNetworkGatewayId::at(place))
            }
            (Known::Known(place), Kind::VirtualNetworkGateway) => match self.gateways.get(place).copied()?? {
                Known::Known(id) => ConnectionTarget::VirtualNetworkGateway(id),
                Known::Unknown(fact) => ConnectionTarget::Unknown(fact),
            },
            (Known::Known(place), _) => ConnectionTarget::ExpressRouteCircuit(ExpressRouteCircuitId::at(place)),
        })
    }

    /// An ExpressRoute gateway leads to circuits, a VPN gateway to sites and to other VPN gateways.
    fn check_connection(&mut self, entry: &Entry, gateway: VirtualNetworkGatewayId, target: &ConnectionTarget) {
        let express = |id| self.model.virtual_network_gateway(id).gateway_type == GatewayType::ExpressRoute;
        let to_circuit = match target {
            ConnectionTarget::ExpressRouteCircuit(_) => true,
            ConnectionTarget::LocalNetworkGateway(_) => false,
            ConnectionTarget::VirtualNetworkGateway(other) => express(*other),
            ConnectionTarget::Unknown(_) => return,
        };
        let between_gateways = matches!(target, ConnectionTarget::VirtualNetworkGateway(_));
        if express(gateway) != to_circuit || (between_gateways && to_circuit) {
            let name = &self.model.virtual_network_gateway(gateway).label.name;
            let message = format!("connection `{}` leads from gateway `{name}` to the wrong type of target", entry.key);
            let help = "an ExpressRoute gateway connects to a circuit (`peer`), a VPN gateway to a local network gateway \
                        or another VPN gateway";
            self.error("connection-mismatch", entry.key_span, message, help);
        }
    }
}
