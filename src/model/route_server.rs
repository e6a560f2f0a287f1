//! Route Servers, and what appliances tell them.

use super::*;
use ipnet::IpNet;
use std::net::IpAddr;

/// Which of several ways to one prefix a Route Server or virtual hub takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum HubRoutingPreference {
    /// ExpressRoute first.
    #[default]
    ExpressRoute,
    /// VPN and appliances first.
    VpnGateway,
    /// The shortest path first, whatever its type.
    AsPath,
}

/// One prefix that a party announces over BGP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advertisement {
    /// The prefix.
    pub prefix: IpNet,
    /// How many autonomous systems are on the way.
    pub path_length: u32,
    /// Another next hop than the party itself.
    pub next_hop: Option<IpAddr>,
    /// For the network alone: not passed on to gateways (community no-advertise).
    pub no_advertise: bool,
}

/// A Route Server: the control plane of a VNET's routes, never on the way of packets.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteServer {
    /// Name and place.
    pub label: Label,
    /// Its RouteServerSubnet.
    pub subnet: SubnetId,
    /// Its own addresses, as far as given.
    pub addresses: Vec<IpAddr>,
    /// Gateways and appliances learn of each other.
    pub branch_to_branch: bool,
    /// Which of several ways to one prefix it takes.
    pub preference: HubRoutingPreference,
    /// Who speaks BGP with it.
    pub peers: Vec<BgpPeer>,
}

/// A session of a Route Server.
#[derive(Debug, Clone, PartialEq)]
pub struct BgpPeer {
    /// Name and place.
    pub label: Label,
    /// The address at the other end, where it is known.
    pub address: Option<IpAddr>,
    /// The appliance that has it, with the NIC.
    pub appliance: Option<(ApplianceId, NetworkInterfaceId)>,
    /// What it tells.
    pub routes: Known<Vec<Advertisement>>,
}

impl Model {
    /// The Route Server of a VNET.
    pub fn route_server_of(&self, home: VirtualNetworkId) -> Option<RouteServerId> {
        let here = |server: &RouteServer| self.subnet(server.subnet).virtual_network == home;
        self.route_servers.iter().position(here).map(RouteServerId::at)
    }
}
