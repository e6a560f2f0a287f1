//! What gateways, hubs and sites know: rows that they learned or were given.
//!
//! In: what `compile` made. Out: plain data for the walk. Deliberately absent: what they do with a packet (that is
//! `evaluate/hybrid` and `evaluate/virtual_hub`).

use super::*;

/// How a gateway reaches a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// The prefix.
    pub prefix: IpNet,
    /// The connection that leads there; none for the gateway's own point-to-site clients.
    pub via: Option<ConnectionId>,
    /// Where that leads.
    pub to: GatewayPeer,
    /// Length of the path in hops: shorter is better.
    pub length: u32,
    /// Learned over BGP (else configured by hand).
    pub bgp: bool,
}

/// The other end of a gateway's connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GatewayPeer {
    /// A site.
    Site(SiteId),
    /// A gateway of another VNET.
    Gateway(VirtualNetworkGatewayId),
    /// A local network gateway or circuit behind which no site is modelled.
    Nowhere(ConnectionId),
    /// Point-to-site clients.
    Clients,
}

/// What is worked out once per gateway.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GatewayFacts {
    /// What it knows.
    pub learned: Vec<Learned>,
    /// Why it does not work (R113, R114), if it does not: decider words and the law.
    pub broken: Option<(String, &'static str)>,
    /// It exchanges routes with the Route Server of its VNET, and traffic with the VNET's other gateway (R109).
    pub exchanges: bool,
}

/// Where a hub of a virtual WAN leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HubHop {
    /// A VNET: the hub that it is connected to, and the place of its connection.
    Connection(VirtualHubId, u32),
    /// A branch: the hub that it is connected to, and its place there.
    Branch(VirtualHubId, u32),
    /// The hub's own firewall.
    Firewall,
    /// Not known.
    Unknown(FactId),
}

/// One prefix of a hub's route table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubRow {
    /// The prefix.
    pub prefix: IpNet,
    /// Where it leads; several equal ways among which the hub chooses.
    pub hops: Vec<HubHop>,
}

/// What is worked out once per hub of a virtual WAN.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HubFacts {
    /// By table, the default one first: its rows, the longest prefix first.
    pub tables: Vec<Vec<HubRow>>,
    /// The rows by which its firewall sends on.
    pub firewall: Vec<HubRow>,
}

/// How a site reaches a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteRoute {
    /// The prefix.
    pub prefix: IpNet,
    /// Where it leads.
    pub to: SitePeer,
    /// Preferred first: ExpressRoute before VPN (R107), then shorter paths.
    pub rank: (u8, u32),
}

/// The other end of a site's attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SitePeer {
    /// A gateway.
    Gateway(VirtualNetworkGatewayId),
    /// Another site, over Global Reach (R111).
    Site(SiteId),
    /// A hub of a virtual WAN, and the place of the branch by which it is reached.
    Hub(VirtualHubId, u32),
}

/// What is worked out once per site.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SiteFacts {
    /// Its own addresses.
    pub addresses: Addresses,
    /// What it has routes for.
    pub routes: Vec<SiteRoute>,
}
