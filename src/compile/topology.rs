//! The graph of VNETs, gateways and sites: which are joined, and by what.
//!
//! In: the model. Out: who is peered with whom, whose gateways a VNET uses, which parties of the hybrid
//! network hear of each other over BGP and how far apart they are. The only file that builds a petgraph.

use crate::model::{
    Attachment, Connection, ConnectionId, ConnectionTarget, FactId, GatewayType, Known, Model, PeeringId, PeeringState,
    RouteServerId, SiteId, SubnetPurpose, VirtualNetworkGateway, VirtualNetworkGatewayId, VirtualNetworkId,
};
use petgraph::graph::{NodeIndex, UnGraph};
use std::collections::{HashMap, HashSet, VecDeque};

/// How the model calls Route Servers of which the file does not say where they stand.
const LOST_ROUTE_SERVER: &str = "routeServers";

/// Who is joined to whom.
#[derive(Debug)]
pub(super) struct Topology {
    /// By VNET: the links that carry traffic, with the VNET at the other end.
    peers: Vec<Vec<(PeeringId, VirtualNetworkId)>>,
    /// By VNET: the hub whose gateways it uses, and its link to it.
    transit: Vec<Option<(VirtualNetworkId, PeeringId)>>,
    /// By gateway: its working connections.
    connections: Vec<Vec<ConnectionId>>,
    /// Parties that speak BGP with each other.
    speakers: UnGraph<Speaker, ()>,
    places: HashMap<Speaker, NodeIndex>,
    /// VPN gateways: they tell one neighbour what they heard from another (R105). ExpressRoute gateways do
    /// not (R111), and what a site passes on is the customer's to configure.
    passes_on: HashSet<Speaker>,
}

/// A party of the hybrid network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Speaker {
    /// A gateway of ours.
    Gateway(VirtualNetworkGatewayId),
    /// A site.
    Site(SiteId),
}

/// A party whose announcements reach another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heard {
    /// Who announces.
    pub(super) speaker: Speaker,
    /// Who passes it on, from the listener's neighbour to the speaker's; a neighbour is heard without.
    pub(super) relays: Vec<Speaker>,
}

impl Heard {
    /// The number of sessions between.
    pub(super) fn distance(&self) -> u32 {
        self.relays.len() as u32 + 1
    }

    /// The neighbour from which the listener has it.
    pub(super) fn through(&self) -> Speaker {
        self.relays.first().copied().unwrap_or(self.speaker)
    }
}

impl Topology {
    /// Reads it off the model.
    pub(super) fn of(model: &Model) -> Self {
        let peers = (0..model.virtual_networks.len())
            .map(|index| connected_peers(model, VirtualNetworkId::at(index)))
            .collect::<Vec<_>>();
        let transit = peers.iter().map(|links| transit_hub(model, links)).collect();
        let connections = (0..model.virtual_network_gateways.len())
            .map(|index| working_connections(model, VirtualNetworkGatewayId::at(index)))
            .collect::<Vec<_>>();
        let vpn = |(_, gateway): &(usize, &VirtualNetworkGateway)| gateway.gateway_type == GatewayType::Vpn;
        let passes_on = model.virtual_network_gateways.iter().enumerate().filter(vpn);
        let passes_on = passes_on.map(|(index, _)| Speaker::Gateway(VirtualNetworkGatewayId::at(index))).collect();
        let (speakers, places) = (UnGraph::default(), HashMap::new());
        let mut topology = Topology { peers, transit, connections, speakers, places, passes_on };
        topology.join_speakers(model);
        topology
    }

    /// The VNETs that a VNET exchanges traffic with, by its own links.
    pub(super) fn peers(&self, id: VirtualNetworkId) -> &[(PeeringId, VirtualNetworkId)] {
        &self.peers[id.index()]
    }

    /// Links of a VNET that are connected to a VNET outside the model, each with the fact that is missing.
    pub(super) fn outside_peers<'m>(
        &self,
        model: &'m Model,
        id: VirtualNetworkId,
    ) -> impl Iterator<Item = (PeeringId, FactId)> + 'm {
        let links = model.virtual_network(id).peerings.iter();
        links.filter_map(|link| match (model.peering(*link).remote, model.peering(*link).state) {
            (Known::Unknown(fact), PeeringState::Connected) => Some((*link, fact)),
            _ => None,
        })
    }

    /// The Route Server whose routes a VNET gets: its own, or that of the hub whose gateways it uses (R186).
    pub(super) fn route_server(&self, model: &Model, id: VirtualNetworkId) -> Option<RouteServerId> {
        let of_hub = || self.transit(id).and_then(|(hub, _)| model.route_server_of(hub));
        model.route_server_of(id).or_else(of_hub)
    }

    /// What is not known of the Route Server of a VNET: what a peer tells it, or where it stands; of a virtual hub, which
    /// prefixes it has.
    pub(super) fn unknown_route_servers(&self, model: &Model, id: VirtualNetworkId) -> Vec<FactId> {
        if let Some(server) = self.route_server(model, id) {
            let peers = model.route_server(server).peers.iter();
            return peers.filter_map(|peer| unknown(&peer.routes)).collect();
        }
        if let Some((hub, _)) = model.hub_of(id) {
            return model.unknown_of_hub(hub);
        }
        let home = self.transit(id).map_or(id, |(hub, _)| hub);
        if !may_be_served(model, home) {
            return Vec::new();
        }
        model.unmodelled.iter().filter(|one| one.kind == LOST_ROUTE_SERVER).map(|one| one.fact).collect()
    }

    /// The hub whose gateways a VNET uses.
    pub(super) fn transit(&self, id: VirtualNetworkId) -> Option<(VirtualNetworkId, PeeringId)> {
        self.transit[id.index()]
    }

    /// The spokes that use the gateways of a VNET.
    pub(super) fn spokes(&self, hub: VirtualNetworkId) -> impl Iterator<Item = VirtualNetworkId> + '_ {
        self.transit.iter().enumerate().filter_map(move |(index, transit)| {
            transit.filter(|(of, _)| *of == hub).map(|_| VirtualNetworkId::at(index))
        })
    }

    /// The working connections of a gateway.
    pub(super) fn connections(&self, id: VirtualNetworkGatewayId) -> &[ConnectionId] {
        &self.connections[id.index()]
    }

    /// Everybody whose BGP announcements reach `from`, nearest first.
    pub(super) fn heard_by(&self, from: Speaker) -> Vec<Heard> {
        let Some(start) = self.places.get(&from) else {
            return Vec::new();
        };
        let mut heard = Vec::new();
        let mut seen = HashSet::from([*start]);
        let mut queue = VecDeque::from([(*start, Vec::new())]);
        while let Some((node, relays)) = queue.pop_front() {
            let speaker = self.speakers[node];
            let onward = match node == *start {
                true => Vec::new(),
                false => relays.iter().copied().chain([speaker]).collect(),
            };
            if node != *start {
                heard.push(Heard { speaker, relays });
                if !self.passes_on.contains(&speaker) {
                    continue;
                }
            }
            let mut next: Vec<NodeIndex> = self.speakers.neighbors(node).filter(|node| seen.insert(*node)).collect();
            next.sort_by_key(|node| self.speakers[*node]);
            queue.extend(next.into_iter().map(|neighbour| (neighbour, onward.clone())));
        }
        heard
    }

    /// Draws a line between parties with a BGP session over IPsec, both ends having it on.
    fn join_speakers(&mut self, model: &Model) {
        for (gateway, connections) in self.connections.clone().into_iter().enumerate() {
            let gateway = Speaker::Gateway(VirtualNetworkGatewayId::at(gateway));
            for connection in connections.iter().map(|id| model.connection(*id)).filter(|one| speaks_bgp(model, one)) {
                for other in far_ends(model, connection) {
                    let (a, b) = (self.place(gateway), self.place(other));
                    self.speakers.update_edge(a, b, ());
                }
            }
        }
    }

    fn place(&mut self, speaker: Speaker) -> NodeIndex {
        *self.places.entry(speaker).or_insert_with(|| self.speakers.add_node(speaker))
    }
}

/// Links of a VNET of which both ends are connected (R78, R79) and whose other end is in the model.
fn connected_peers(model: &Model, id: VirtualNetworkId) -> Vec<(PeeringId, VirtualNetworkId)> {
    let links = model.virtual_network(id).peerings.iter();
    links.filter_map(|link| model.connected_remote(*link).map(|remote| (*link, remote))).collect()
}

/// The hub whose gateways a VNET uses: its link says useRemoteGateways, the hub's allowGatewayTransit, and
/// the hub has a gateway (R91, R92, R220).
fn transit_hub(model: &Model, links: &[(PeeringId, VirtualNetworkId)]) -> Option<(VirtualNetworkId, PeeringId)> {
    links.iter().copied().map(|(link, hub)| (hub, link)).find(|(hub, link)| {
        let link = model.peering(*link);
        let offered = link.reverse.map(|reverse| model.peering(reverse).allow_gateway_transit);
        // A flag that is not known may be set: its rows are then in doubt, not absent.
        link.use_remote_gateways != Known::Known(false)
            && offered.is_some_and(|offered| offered != Known::Known(false))
            && (!model.virtual_network(*hub).gateways.is_empty()
                || model.route_server_of(*hub).is_some()
                || may_be_served(model, *hub))
    })
}

/// A VNET with a subnet for a Route Server, while the file has one that it does not place.
fn may_be_served(model: &Model, id: VirtualNetworkId) -> bool {
    let mut subnets = model.virtual_network(id).subnets.iter();
    model.route_server_of(id).is_none()
        && model.unmodelled.iter().any(|one| one.kind == LOST_ROUTE_SERVER)
        && subnets.any(|subnet| model.subnet(*subnet).purpose == SubnetPurpose::RouteServer)
}

fn unknown<T>(value: &Known<T>) -> Option<FactId> {
    match value {
        Known::Unknown(fact) => Some(*fact),
        Known::Known(_) => None,
    }
}

/// Connections of a gateway that can come up: a VNet-to-VNet tunnel needs one on each side.
fn working_connections(model: &Model, gateway: VirtualNetworkGatewayId) -> Vec<ConnectionId> {
    let all = (0..model.connections.len()).map(ConnectionId::at);
    all.filter(|id| {
        let connection = model.connection(*id);
        connection.gateway == gateway && !lacks_its_twin(model, connection)
    })
    .collect()
}

/// A VNet-to-VNet connection without the other gateway's connection back.
pub(super) fn lacks_its_twin(model: &Model, connection: &Connection) -> bool {
    let ConnectionTarget::VirtualNetworkGateway(other) = connection.target else {
        return false;
    };
    !model
        .connections
        .iter()
        .any(|twin| twin.gateway == other && twin.target == ConnectionTarget::VirtualNetworkGateway(connection.gateway))
}

/// Whether BGP runs over a connection, as far as our side can say.
fn speaks_bgp(model: &Model, connection: &Connection) -> bool {
    let gateway = model.virtual_network_gateway(connection.gateway);
    let vpn = gateway.gateway_type == GatewayType::Vpn;
    let able = !gateway.policy_based && !connection.policy_based_selectors && connection.enable_bgp;
    match connection.target {
        ConnectionTarget::LocalNetworkGateway(_) => vpn && able,
        ConnectionTarget::VirtualNetworkGateway(other) => {
            let back = model.connections.iter().find(|twin| {
                twin.gateway == other && twin.target == ConnectionTarget::VirtualNetworkGateway(connection.gateway)
            });
            vpn && able && back.is_some_and(|back| back.enable_bgp)
        }
        ConnectionTarget::ExpressRouteCircuit(_) => true,
        ConnectionTarget::Unknown(_) => false,
    }
}

/// Who stands at the far end of a connection.
pub(super) fn far_ends(model: &Model, connection: &Connection) -> Vec<Speaker> {
    match connection.target {
        ConnectionTarget::VirtualNetworkGateway(other) => vec![Speaker::Gateway(other)],
        ConnectionTarget::LocalNetworkGateway(id) => attached_sites(model, Attachment::LocalNetworkGateway(id)),
        ConnectionTarget::ExpressRouteCircuit(id) => attached_sites(model, Attachment::ExpressRouteCircuit(id)),
        ConnectionTarget::Unknown(_) => Vec::new(),
    }
}

/// The sites attached through something.
fn attached_sites(model: &Model, attachment: Attachment) -> Vec<Speaker> {
    let sites = model.sites.iter().enumerate();
    sites
        .filter(|(_, site)| site.attachments.contains(&attachment))
        .map(|(index, _)| Speaker::Site(SiteId::at(index)))
        .collect()
}
