//! Lines between what is drawn: peerings, connections, user routes, NAT gateways.

use super::{
    super::picture::{EdgeKind, FrameKind, NodeKind, Spot},
    Drawing,
    outside::prefixes,
};
use crate::model::{
    Attachment, BranchKind, Connection, ConnectionTarget, GatewayType, Known, NatGatewayId, NextHopType, Peering,
    PeeringId, PeeringState, Route, RoutePrefix, SubnetId, VirtualNetworkGatewayId, VirtualNetworkId,
};

impl Drawing<'_> {
    /// Peerings, both links in one line.
    pub(super) fn peerings(&mut self) {
        let model = &self.network.model;
        for (index, link) in model.peerings.iter().enumerate() {
            let second = link.reverse.is_some_and(|reverse| reverse < PeeringId::at(index));
            let Some(from) = self.networks[link.local.index()].filter(|_| !second) else { continue };
            let Known::Known(remote) = link.remote else {
                self.picture.frames[from.0]
                    .labels
                    .push(format!("peered with a network elsewhere: {}", link.label.name));
                continue;
            };
            let Some(to) = self.networks[remote.index()] else { continue };
            let (here, there) = (model.virtual_network(link.local), model.virtual_network(remote));
            let global = here.location.is_some() && there.location.is_some() && here.location != there.location;
            let (kind, word) = match global {
                true => (EdgeKind::GlobalPeering, "global peering"),
                false => (EdgeKind::Peering, "peering"),
            };
            let back = link.reverse.map(|reverse| model.peering(reverse));
            let own = link_words(link);
            let others = back.map(link_words).unwrap_or_default();
            let mut label = vec![word.to_owned()];
            if back.is_none() {
                label[0].push_str(", one side only");
            }
            if own == others && !own.is_empty() {
                label.push(format!("both: {own}"));
            } else {
                let told = |name: &str, words: &str| (!words.is_empty()).then(|| format!("{name}: {words}"));
                label.extend(told(&here.label.name, &own));
                label.extend(told(&there.label.name, &others));
            }
            self.line(Spot::Frame(from), Spot::Frame(to), kind, label);
        }
    }

    /// Connections of gateways, to the sites behind them.
    pub(super) fn connections(&mut self) {
        let model = &self.network.model;
        for connection in &model.connections {
            let Some(gateway) = self.gateways[connection.gateway.index()] else { continue };
            let label = self.connection_label(connection);
            let ends: Vec<Spot> = match connection.target {
                ConnectionTarget::LocalNetworkGateway(id) => {
                    self.behind(Attachment::LocalNetworkGateway(id), &model.local_network_gateway(id).label.name)
                }
                ConnectionTarget::ExpressRouteCircuit(id) => {
                    self.behind(Attachment::ExpressRouteCircuit(id), &model.express_route_circuit(id).label.name)
                }
                ConnectionTarget::VirtualNetworkGateway(id) => self.gateways[id.index()].into_iter().collect(),
                ConnectionTarget::Unknown(_) => Vec::new(),
            };
            for end in ends {
                // Both gateways have a connection to the other: one line.
                let there = self.lines.contains_key(&(end, gateway, EdgeKind::Connection));
                let (from, to) = if there { (end, gateway) } else { (gateway, end) };
                self.known_as(connection.label.name.clone(), end);
                self.line(from, to, EdgeKind::Connection, label.clone());
            }
        }
        self.branches();
        self.global_reach();
    }

    /// Branches of virtual hubs, to the sites behind them.
    fn branches(&mut self) {
        let model = &self.network.model;
        for (index, hub) in model.virtual_hubs.iter().enumerate() {
            let Some(frame) = self.networks[hub.network.index()] else { continue };
            for other in model.virtual_hubs.iter().skip(index + 1).filter(|other| other.wan == hub.wan) {
                if let (Some(to), true) = (self.networks[other.network.index()], hub.standard) {
                    self.line(
                        Spot::Frame(frame),
                        Spot::Frame(to),
                        EdgeKind::Connection,
                        vec!["virtual WAN".to_owned()],
                    );
                }
            }
            for branch in &hub.branches {
                let name = match branch.attachment {
                    Attachment::VpnSite(id) => &model.vpn_site(id).label.name,
                    Attachment::ExpressRouteCircuit(id) => &model.express_route_circuit(id).label.name,
                    Attachment::LocalNetworkGateway(id) => &model.local_network_gateway(id).label.name,
                };
                let words = match branch.kind {
                    BranchKind::Vpn => "VPN",
                    BranchKind::ExpressRoute => "ExpressRoute",
                };
                let label = vec![words.to_owned(), branch.label.name.clone(), format!("via {name}")];
                for end in self.behind(branch.attachment, name) {
                    self.line(Spot::Frame(frame), end, EdgeKind::Connection, label.clone());
                }
            }
        }
    }

    fn connection_label(&self, connection: &Connection) -> Vec<String> {
        let model = &self.network.model;
        let (words, through) = match connection.target {
            ConnectionTarget::ExpressRouteCircuit(id) => {
                ("ExpressRoute", Some(&model.express_route_circuit(id).label.name))
            }
            ConnectionTarget::LocalNetworkGateway(id) => ("VPN", Some(&model.local_network_gateway(id).label.name)),
            ConnectionTarget::VirtualNetworkGateway(_) | ConnectionTarget::Unknown(_) => ("VPN", None),
        };
        let vpn = model.virtual_network_gateway(connection.gateway).gateway_type == GatewayType::Vpn;
        let bgp = if connection.enable_bgp && vpn { ", BGP" } else { "" };
        let mut label = vec![format!("{words}{bgp}"), connection.label.name.clone()];
        label.extend(through.map(|name| format!("via {name}")));
        label
    }

    /// The sites behind an attachment, else what stands for it.
    fn behind(&self, attachment: Attachment, name: &str) -> Vec<Spot> {
        let model = &self.network.model;
        let sites = model.sites.iter().enumerate().filter(|(_, site)| site.attachments.contains(&attachment));
        let found: Vec<Spot> = sites.filter_map(|(index, _)| self.sites[index]).map(Spot::Frame).collect();
        match found.is_empty() {
            false => found,
            true => self.spots.get(&name.to_lowercase()).copied().into_iter().collect(),
        }
    }

    /// Sites whose circuits are linked.
    fn global_reach(&mut self) {
        let model = &self.network.model;
        for (index, circuit) in model.express_route_circuits.iter().enumerate() {
            let own = Attachment::ExpressRouteCircuit(crate::model::ExpressRouteCircuitId::at(index));
            for other in circuit.global_reach.iter().filter(|other| other.index() > index) {
                let there = self.behind(Attachment::ExpressRouteCircuit(*other), "");
                for from in self.behind(own, "") {
                    for to in &there {
                        self.line(from, *to, EdgeKind::Connection, vec!["Global Reach".to_owned()]);
                    }
                }
            }
        }
    }

    /// User routes, from their subnets to their next hops.
    pub(super) fn routes(&mut self) {
        let model = &self.network.model;
        for (index, subnet) in model.subnets.iter().enumerate() {
            let Some(Known::Known(table)) = subnet.route_table else { continue };
            let id = SubnetId::at(index);
            let Some(from) = self.routes_start(id) else { continue };
            for route in &model.route_table(table).routes {
                self.route(from, id, route);
            }
        }
    }

    /// Where the routes of a subnet start: at its VNET when all of its several subnets have the same table.
    fn routes_start(&self, id: SubnetId) -> Option<Spot> {
        let model = &self.network.model;
        let table = |id: SubnetId| model.subnet(id).route_table;
        let network = self.network_of(id);
        let subnets = &model.virtual_network(network).subnets;
        let alike = subnets.len() > 2 && subnets.iter().all(|other| table(*other) == table(id));
        match self.networks[network.index()].filter(|_| alike) {
            Some(frame) => Some(Spot::Frame(frame)),
            None => self.subnet_spot(id),
        }
    }

    fn route(&mut self, from: Spot, subnet: SubnetId, route: &Route) {
        let prefix = match &route.address_prefix {
            Known::Known(RoutePrefix::Prefix(prefix)) => prefix.to_string(),
            Known::Known(RoutePrefix::ServiceTag(tag)) => tag.clone(),
            Known::Unknown(_) => "unknown prefix".to_owned(),
        };
        let network = self.network_of(subnet);
        let target = match &route.next_hop_type {
            Known::Known(NextHopType::VirtualAppliance) => match &route.next_hop_ip_address {
                Some(Known::Known(address)) => self.owner(network, *address).ok_or_else(|| address.to_string()),
                _ => Err("an address not known".to_owned()),
            },
            Known::Known(NextHopType::VirtualNetworkGateway) => self.gateway_of(network).ok_or("no gateway".to_owned()),
            Known::Known(NextHopType::Internet) => self.internet.ok_or("Internet".to_owned()),
            Known::Known(other) => Err(other.as_str().to_owned()),
            Known::Unknown(_) => Err("a next hop not known".to_owned()),
        };
        match target {
            Ok(to) if to != from => self.line(from, to, EdgeKind::Route, vec![prefix]),
            Ok(_) => {}
            Err(words) => {
                if let Spot::Frame(frame) = from {
                    let label = format!("{prefix} to {words}");
                    let labels = &mut self.picture.frames[frame.0].labels;
                    if !labels.contains(&label) {
                        labels.push(label);
                    }
                }
            }
        }
    }

    /// Who answers to an address, seen from a VNET: its own first, then its peers', then anybody.
    fn owner(&self, network: VirtualNetworkId, address: std::net::IpAddr) -> Option<Spot> {
        let model = &self.network.model;
        let found = self.addresses.get(&address)?;
        let peers = model.virtual_network(network).peerings.iter().map(|link| model.peering(*link).remote);
        let peers: Vec<VirtualNetworkId> = peers.filter_map(|remote| remote.known().copied()).collect();
        let own = found.iter().find(|(at, _)| *at == network);
        let peer = || found.iter().find(|(at, _)| peers.contains(at));
        own.or_else(peer).or(found.first()).map(|(_, spot)| *spot)
    }

    fn gateway_of(&self, network: VirtualNetworkId) -> Option<Spot> {
        let gateways = &self.network.virtual_network(network).gateways;
        let vpn = |id: &&VirtualNetworkGatewayId| {
            self.network.model.virtual_network_gateway(**id).gateway_type == GatewayType::Vpn
        };
        let chosen = gateways.iter().find(vpn).or(gateways.first())?;
        self.gateways[chosen.index()]
    }

    /// NAT gateways, in the region of the first subnet that uses them.
    pub(super) fn nat_gateways(&mut self) {
        let model = &self.network.model;
        for (index, nat) in model.nat_gateways.iter().enumerate() {
            let users: Vec<Spot> = (0..model.subnets.len())
                .filter(|subnet| model.subnets[*subnet].nat_gateway == Some(NatGatewayId::at(index)))
                .filter_map(|subnet| self.subnets[subnet])
                .collect();
            let around = users.first().map(|spot| self.picture.around(*spot)).unwrap_or_default();
            let region = around.iter().copied().find(|id| self.picture.frame(*id).kind == FrameKind::Region);
            let Some(region) = region else { continue };
            let addresses = nat.public_ip_addresses.iter().map(|id| model.public_ip_address(*id));
            let mut details: Vec<String> = addresses
                .map(|address| match &address.address {
                    Known::Known(known) => format!("public {known}"),
                    Known::Unknown(_) => format!("public {}", address.label.name),
                })
                .collect();
            if !nat.public_ip_prefixes.is_empty() {
                details.push(format!("public {}", prefixes(&nat.public_ip_prefixes)));
            }
            let node = Spot::Node(self.node(NodeKind::NatGateway, "NAT gateway", region, &nat.label.name, details));
            self.known_as(nat.label.name.clone(), node);
            for user in users {
                self.line(user, node, EdgeKind::NatGateway, Vec::new());
            }
        }
    }
}

/// The flags of a link that matter: what differs from a plain peering.
fn link_words(link: &Peering) -> String {
    let flag = |value: Known<bool>, on: &str, off: &str| match value {
        Known::Known(true) => on.to_owned(),
        Known::Known(false) => off.to_owned(),
        Known::Unknown(_) if on.is_empty() => "access not known".to_owned(),
        Known::Unknown(_) => format!("{on} not known"),
    };
    let state = match link.state {
        PeeringState::Connected | PeeringState::Initiated => String::new(),
        PeeringState::Disconnected => "disconnected".to_owned(),
    };
    let words = [
        state,
        flag(link.allow_virtual_network_access, "", "no access"),
        flag(link.allow_gateway_transit, "gateway transit", ""),
        flag(link.use_remote_gateways, "uses remote gateway", ""),
        flag(link.allow_forwarded_traffic, "forwarded traffic", ""),
    ];
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ")
}
