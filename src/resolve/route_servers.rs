//! Route Servers: where they stand, who speaks BGP with them, and what each tells.
//!
//! In: `virtualHubs` without a virtual WAN. Out: [`RouteServer`]s. Deliberately absent: which routes win (that is
//! `compile`).

use super::{Work, family, index::Kind, label};
use crate::{
    model::*,
    scenario::tree::{Entry, Node},
};
use std::net::IpAddr;

/// Autonomous systems that Azure and IANA keep for themselves, from and to.
const RESERVED_ASNS: [(u32, u32); 7] =
    [(8074, 8075), (12076, 12076), (23456, 23456), (64496, 64511), (65515, 65515), (65517, 65520), (65535, 65551)];

impl Work {
    /// Reads them all.
    pub(super) fn route_servers(&mut self, network: &Node) {
        for entry in family(network, "virtualHubs") {
            if is_route_server(&entry.value) {
                self.route_server(entry);
            }
        }
        // What a hub of a virtual WAN hears is not modelled.
        let speaks =
            |entry: &Entry| !is_route_server(&entry.value) && !family(&entry.value, "bgpConnections").is_empty();
        if !family(network, "virtualHubs").iter().any(speaks) {
            self.warn_of_unheard_appliances();
        }
    }

    /// What an appliance announces over no session does nothing.
    fn warn_of_unheard_appliances(&mut self) {
        let peers = || self.model.route_servers.iter().flat_map(|server| &server.peers);
        // A session of which the file does not say with whom it is may be with any of them.
        if peers().any(|peer| peer.address.is_none())
            || self.model.unmodelled.iter().any(|one| one.kind == "routeServers")
        {
            return;
        }
        let heard: Vec<ApplianceId> = peers().filter_map(|peer| peer.appliance).map(|(id, _)| id).collect();
        let announces = |appliance: &Appliance| match &appliance.advertises {
            Some(Known::Known(told)) => !told.is_empty(),
            Some(Known::Unknown(_)) => true,
            None => false,
        };
        let silent = self.model.appliances.iter().enumerate();
        let silent = silent.filter(|(index, one)| announces(one) && !heard.contains(&ApplianceId::at(*index)));
        let silent: Vec<Label> = silent.map(|(_, one)| one.label.clone()).collect();
        for label in silent {
            let message = format!("appliance `{}` announces prefixes to nobody", label.name);
            let help = "add a BGP connection with its address to a Route Server";
            self.warn("nobody-to-advertise-to", label.origin.span(), message, help);
        }
    }

    fn route_server(&mut self, entry: &Entry) {
        let node = &entry.value;
        let home = match self.route_server_subnet(entry) {
            Some(Known::Known(home)) => home,
            Some(Known::Unknown(fact)) => return self.lose("routeServers", label(entry), fact),
            None => return,
        };
        self.check_route_server(entry, home);
        let addresses = node.get("virtualRouterIps").map(Node::items).unwrap_or_default().to_vec();
        let addresses = addresses.iter().filter_map(|item| self.address(item)?.known().copied()).collect();
        let peers = family(node, "bgpConnections").iter();
        let peers = peers.filter_map(|connection| self.bgp_peer(entry, connection, home)).collect();
        let branch_to_branch = self.plain_flag(node, "allowBranchToBranchTraffic", false);
        let (label, preference) = (label(entry), preference(node));
        let server = RouteServer { label, subnet: home, addresses, branch_to_branch, preference, peers };
        self.model.route_servers.push(server);
    }

    /// Its subnet, by an ipConfiguration, or that of the VNET which is named directly.
    fn route_server_subnet(&mut self, entry: &Entry) -> Option<Known<SubnetId>> {
        let node = &entry.value;
        let written = family(node, "ipConfigurations").iter().find_map(|one| one.value.get("subnet"));
        if let Some(value) = written {
            let place = match self.reference_at(value, Kind::Subnet)? {
                Known::Known(place) => place,
                Known::Unknown(fact) => return Some(Known::Unknown(fact)),
            };
            let id = SubnetId::at(place);
            if self.model.subnets.get(place)?.purpose != SubnetPurpose::RouteServer {
                let name = self.model.subnet(id).label.name.clone();
                let message = format!("Route Server `{}` stands in subnet `{name}`", entry.key);
                let help = "it stands in a subnet named `RouteServerSubnet`";
                self.error("route-server-without-subnet", value.span, message, help);
                return None;
            }
            return Some(Known::Known(id));
        }
        if node.get("virtualNetwork").is_none() {
            // An export lists the configurations by id only.
            let text = format!("where Route Server `{}` stands", entry.key);
            let help = "add an ipConfiguration with its subnet, or `virtualNetwork: NAME`";
            self.warn("route-server-without-place", entry.key_span, format!("{text} is not said"), help);
            return Some(Known::Unknown(self.fact(text, Some(label(entry).origin))));
        }
        let home = match self.reference(node, "virtualNetwork", Kind::VirtualNetwork)? {
            Known::Known(place) => self.model.virtual_networks.get(place)?,
            Known::Unknown(fact) => return Some(Known::Unknown(fact)),
        };
        let is_its = |id: &SubnetId| self.model.subnet(*id).purpose == SubnetPurpose::RouteServer;
        let found = home.subnets.iter().copied().find(is_its);
        if found.is_none() {
            let message = format!("virtual network `{}` has no RouteServerSubnet", home.label.name);
            let help = "add a subnet named `RouteServerSubnet`";
            self.error("route-server-without-subnet", entry.key_span, message, help);
        }
        found.map(Known::Known)
    }

    /// One in a VNET, in a subnet of /27 or larger, without addresses of the Basic kind.
    fn check_route_server(&mut self, entry: &Entry, home: SubnetId) {
        let network = self.model.subnet(home).virtual_network;
        let same = |other: &RouteServer| self.model.subnet(other.subnet).virtual_network == network;
        if self.model.route_servers.iter().any(same) {
            let message =
                format!("virtual network `{}` has two Route Servers", self.model.virtual_network(network).label.name);
            self.error("several-route-servers", entry.key_span, message, "Azure takes one");
        }
        let small = |net: &ipnet::IpNet| matches!(net, ipnet::IpNet::V4(net) if net.prefix_len() > 27);
        if self.model.subnet(home).address_prefixes.iter().any(small) {
            let message = format!("the RouteServerSubnet of `{}` is too small", entry.key);
            self.error("route-server-subnet-too-small", entry.key_span, message, "give it a /26, at least a /27");
        }
    }

    fn bgp_peer(&mut self, server: &Entry, entry: &Entry, home: SubnetId) -> Option<BgpPeer> {
        let node = &entry.value;
        let Some(written) = node.get("peerIp") else {
            // An export lists the connections of a hub by id only.
            let text = format!("who speaks BGP over `{}`", entry.key);
            let routes = Known::Unknown(self.fact(text, Some(label(entry).origin)));
            return Some(BgpPeer { label: label(entry), address: None, appliance: None, routes });
        };
        let address = match self.address(written)? {
            Known::Known(address) => address,
            Known::Unknown(fact) => {
                let routes = Known::Unknown(fact);
                return Some(BgpPeer { label: label(entry), address: None, appliance: None, routes });
            }
        };
        let asn = self.number::<u32>(node, "peerAsn", "an autonomous system number is between 1 and 4294967295");
        self.check_asn(entry, asn);
        let appliance = self.appliance_with(address, self.model.subnet(home).virtual_network);
        let told = appliance.and_then(|(id, _)| self.told_by(entry, asn, id));
        let routes = told.unwrap_or_else(|| {
            let text = format!("what {address} tells Route Server `{}`", server.key);
            Known::Unknown(self.fact(text, Some(label(entry).origin)))
        });
        Some(BgpPeer { label: label(entry), address: Some(address), appliance, routes })
    }

    /// What an appliance tells over a session; absent where the file does not say. Where the two sides disagree on the
    /// appliance's number, the session stays down.
    fn told_by(&mut self, entry: &Entry, asn: Option<u32>, id: ApplianceId) -> Option<Known<Vec<Advertisement>>> {
        let appliance = self.model.appliance(id);
        let (name, own, told) = (appliance.label.name.clone(), appliance.peer_asn, appliance.advertises.clone());
        match (asn, own) {
            (Some(asn), Some(own)) if asn != own => {
                let message = format!("BGP connection `{}` stays down: AS {asn} here, AS {own} at `{name}`", entry.key);
                self.warn("bgp-session-down", entry.key_span, message, "write the same number on both sides");
                Some(Known::Known(Vec::new()))
            }
            _ => told,
        }
    }

    /// Numbers of Azure's and IANA's own are no appliance's.
    fn check_asn(&mut self, entry: &Entry, asn: Option<u32>) {
        let Some(asn) = asn else { return };
        if asn == 0 || RESERVED_ASNS.iter().any(|(first, last)| (*first..=*last).contains(&asn)) {
            let message = format!("BGP connection `{}` has the reserved AS {asn}", entry.key);
            self.error("reserved-asn", entry.key_span, message, "Azure takes any other, as 65001");
        }
    }

    /// The appliance with an address, in a VNET or one of its peers.
    fn appliance_with(&self, address: IpAddr, home: VirtualNetworkId) -> Option<(ApplianceId, NetworkInterfaceId)> {
        let links = self.model.virtual_network(home).peerings.iter();
        let peers = links.filter_map(|link| self.model.peering(*link).remote.known().copied());
        let near: Vec<VirtualNetworkId> = std::iter::once(home).chain(peers).collect();
        self.model.network_interfaces.iter().enumerate().find_map(|(index, nic)| {
            let here = |one: &&IpConfiguration| {
                let network = self.model.subnet(one.subnet).virtual_network;
                one.address == Known::Known(address) && near.contains(&network)
            };
            nic.ip_configurations.iter().find(here)?;
            Some((nic.appliance?, NetworkInterfaceId::at(index)))
        })
    }

    /// What an appliance announces; absent where it does not say.
    pub(super) fn advertisements(&mut self, node: &Node) -> Option<Known<Vec<Advertisement>>> {
        let items = node.get("advertises")?.items();
        let values = items.iter().flat_map(|item| item.entries().iter().map(|entry| &entry.value).chain([item]));
        if let Some(fact) = values.into_iter().find_map(|value| self.unknown(value)) {
            return Some(Known::Unknown(fact));
        }
        Some(Known::Known(items.iter().filter_map(|item| self.advertisement(item)).collect()))
    }

    fn advertisement(&mut self, node: &Node) -> Option<Advertisement> {
        if node.as_map().is_none() {
            let prefix = self.prefix(node)?;
            return Some(Advertisement { prefix, path_length: 1, next_hop: None, no_advertise: false });
        }
        let Some(prefix) = node.get("addressPrefix") else {
            self.error("missing-key", node.span, "an advertisement has no addressPrefix", "write the prefix");
            return None;
        };
        let prefix = self.prefix(prefix)?;
        let path = node.get("asPath").map(Node::items).unwrap_or_default();
        // As one text, numbers are set apart by blanks or hyphens.
        let numbers = path.iter().filter_map(Node::as_str).flat_map(|text| text.split([' ', '-', ',']));
        let length = numbers.filter(|number| !number.is_empty()).count();
        let next_hop = node.get("nextHopIpAddress").and_then(|address| self.address(address));
        Some(Advertisement {
            prefix,
            path_length: u32::try_from(length.max(1)).unwrap_or(u32::MAX),
            next_hop: next_hop.and_then(|address| address.known().copied()),
            no_advertise: self.plain_flag(node, "noAdvertise", false),
        })
    }
}

/// A hub of no virtual WAN.
pub(super) fn is_route_server(node: &Node) -> bool {
    let says = |key: &str| node.get(key).is_some_and(|value| !value.is_hollow());
    let of_wan = ["virtualWan", "addressPrefix", "hubVirtualNetworkConnections", "hubRouteTables", "routingIntent"];
    !of_wan.iter().any(|key| says(key))
}

pub(super) fn preference(node: &Node) -> HubRoutingPreference {
    match node.get("hubRoutingPreference").and_then(Node::as_str) {
        Some("VpnGateway") => HubRoutingPreference::VpnGateway,
        Some("ASPath") => HubRoutingPreference::AsPath,
        _ => HubRoutingPreference::ExpressRoute,
    }
}
