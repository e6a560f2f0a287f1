//! Gateways, local network gateways, connections, circuits.

use super::{Work, family, index::Kind, label};
use crate::{
    model::*,
    scenario::tree::{Entry, Node},
};

impl Work<'_> {
    /// Reads them all.
    pub(super) fn hybrid(&mut self, network: &Node) {
        for entry in family(network, "localNetworkGateways") {
            let gateway = self.local_network_gateway(entry);
            self.model.local_network_gateways.push(gateway);
        }
        for entry in family(network, "expressRouteCircuits") {
            let circuit = self.circuit(entry);
            self.model.express_route_circuits.push(circuit);
        }
        for entry in family(network, "virtualNetworkGateways") {
            // A gateway without a home keeps its place, so that ids stay those of the file.
            if let Some(gateway) = self.virtual_network_gateway(entry) {
                self.model.virtual_network_gateways.push(gateway);
            }
        }
        for entry in family(network, "connections") {
            if let Some(connection) = self.connection(entry) {
                self.model.connections.push(connection);
            }
        }
    }

    fn local_network_gateway(&mut self, entry: &Entry) -> LocalNetworkGateway {
        let node = &entry.value;
        let address = node.get("gatewayIpAddress").cloned().and_then(|value| self.address(&value));
        LocalNetworkGateway {
            label: label(entry),
            address_prefixes: self.prefixes(node, "addressPrefixes"),
            gateway_ip_address: address.and_then(|address| address.known().copied()),
            bgp: node.get("bgpSettings").is_some(),
        }
    }

    fn circuit(&mut self, entry: &Entry) -> ExpressRouteCircuit {
        let global_reach = self.references_here(&entry.value, "globalReach", Kind::ExpressRouteCircuit);
        ExpressRouteCircuit {
            label: label(entry),
            global_reach: global_reach.into_iter().map(ExpressRouteCircuitId::at).collect(),
        }
    }

    fn virtual_network_gateway(&mut self, entry: &Entry) -> Option<VirtualNetworkGateway> {
        let node = &entry.value;
        let configurations: Vec<Entry> = family(node, "ipConfigurations").to_vec();
        let id = VirtualNetworkGatewayId::at(self.model.virtual_network_gateways.len());
        let home = self.gateway_home(entry, &configurations)?;
        let express = node
            .get("gatewayType")
            .and_then(Node::as_str)
            .is_some_and(|text| text.eq_ignore_ascii_case("ExpressRoute"));
        let gateway_type = if express { GatewayType::ExpressRoute } else { GatewayType::Vpn };
        self.check_gateway_home(entry, home, gateway_type);
        let mut private_addresses = Vec::new();
        let mut public = Vec::new();
        for configuration in &configurations {
            if let Some(Known::Known(address)) =
                configuration.value.get("privateIPAddress").cloned().and_then(|value| self.address(&value))
            {
                private_addresses.push(address);
            }
            public.extend(
                self.reference_here(&configuration.value, "publicIPAddress", Kind::PublicIpAddress)
                    .map(PublicIpAddressId::at),
            );
        }
        let bgp = node.get("bgpSettings").cloned();
        let asn = bgp.as_ref().and_then(|settings| settings.get("asn")).and_then(|asn| asn.as_str()?.parse().ok());
        let pool = node.get("vpnClientConfiguration").and_then(|one| one.get("vpnClientAddressPool")).cloned();
        let client_address_pool = pool.map(|pool| self.prefixes(&pool, "addressPrefixes")).unwrap_or_default();
        let default_site = self.reference_here(node, "gatewayDefaultSite", Kind::LocalNetworkGateway);
        let remote = node
            .get("allowRemoteVnetTraffic")
            .is_some()
            .then(|| self.plain_flag(node, "allowRemoteVnetTraffic", false));
        self.model.virtual_networks[home.index()].gateways.push(id);
        Some(VirtualNetworkGateway {
            label: label(entry),
            virtual_network: home,
            gateway_type,
            policy_based: node
                .get("vpnType")
                .and_then(Node::as_str)
                .is_some_and(|text| text.eq_ignore_ascii_case("PolicyBased")),
            active_active: self.plain_flag(node, "activeActive", false),
            private_addresses,
            public_ip_addresses: public,
            enable_bgp: self.plain_flag(node, "enableBgp", bgp.is_some()),
            asn: asn.unwrap_or(65515),
            default_site: default_site.map(LocalNetworkGatewayId::at),
            allow_remote_vnet_traffic: remote,
            client_address_pool,
        })
    }

    /// The VNET of a gateway: by its GatewaySubnet, or named directly.
    fn gateway_home(&mut self, entry: &Entry, configurations: &[Entry]) -> Option<VirtualNetworkId> {
        if let Some(place) = self.reference_here(&entry.value, "virtualNetwork", Kind::VirtualNetwork) {
            return Some(VirtualNetworkId::at(place));
        }
        for configuration in configurations {
            if let Some(place) = self.reference_here(&configuration.value, "subnet", Kind::Subnet) {
                return self.model.subnets.get(place).map(|subnet| subnet.virtual_network);
            }
        }
        let named = entry.value.get("virtualNetwork").is_some()
            || configurations.iter().any(|one| one.value.get("subnet").is_some());
        if !named {
            let message = format!("gateway `{}` stands in no virtual network", entry.key);
            self.error(
                "missing-key",
                entry.key_span,
                message,
                "add `virtualNetwork: NAME` or an ipConfiguration with a subnet",
            );
        }
        None
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
        let gateway = self.gateway_of(entry)?;
        let target = self.connection_target(entry)?;
        Some(Connection {
            label: label(entry),
            gateway,
            target,
            enable_bgp: self.plain_flag(node, "enableBgp", false),
            policy_based_selectors: self.plain_flag(node, "usePolicyBasedTrafficSelectors", false),
        })
    }

    fn gateway_of(&mut self, entry: &Entry) -> Option<VirtualNetworkGatewayId> {
        if entry.value.get("virtualNetworkGateway1").is_none() {
            let message = format!("connection `{}` names no virtualNetworkGateway1", entry.key);
            self.error("missing-key", entry.key_span, message, "");
        }
        let place = self.reference_here(&entry.value, "virtualNetworkGateway1", Kind::VirtualNetworkGateway)?;
        (place < self.model.virtual_network_gateways.len()).then(|| VirtualNetworkGatewayId::at(place))
    }

    fn connection_target(&mut self, entry: &Entry) -> Option<ConnectionTarget> {
        let node = &entry.value;
        let ways = [
            ("localNetworkGateway2", Kind::LocalNetworkGateway),
            ("virtualNetworkGateway2", Kind::VirtualNetworkGateway),
            ("peer", Kind::ExpressRouteCircuit),
        ];
        for (key, kind) in ways {
            let Some(found) = self.reference(node, key, kind) else {
                continue;
            };
            return Some(match (found, kind) {
                (Known::Unknown(fact), _) => ConnectionTarget::Unknown(fact),
                (Known::Known(place), Kind::LocalNetworkGateway) => {
                    ConnectionTarget::LocalNetworkGateway(LocalNetworkGatewayId::at(place))
                }
                (Known::Known(place), Kind::VirtualNetworkGateway) => {
                    ConnectionTarget::VirtualNetworkGateway(VirtualNetworkGatewayId::at(place))
                }
                (Known::Known(place), _) => ConnectionTarget::ExpressRouteCircuit(ExpressRouteCircuitId::at(place)),
            });
        }
        if ways.iter().all(|(key, _)| node.get(key).is_none()) {
            let help = "add localNetworkGateway2, virtualNetworkGateway2 or peer";
            self.error("missing-key", entry.key_span, format!("connection `{}` leads nowhere", entry.key), help);
        }
        None
    }
}
