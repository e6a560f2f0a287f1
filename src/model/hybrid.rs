//! Gateways, connections, circuits: how VNETs meet networks that are not peered.

use super::*;
use ipnet::IpNet;

/// The type of a virtual network gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GatewayType {
    /// VPN.
    Vpn,
    /// ExpressRoute.
    ExpressRoute,
}

/// A virtual network gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct VirtualNetworkGateway {
    /// Name and place.
    pub label: Label,
    /// The VNET whose GatewaySubnet it stands in.
    pub virtual_network: VirtualNetworkId,
    /// VPN or ExpressRoute.
    pub gateway_type: GatewayType,
    /// Policy-based VPN gateways have static selectors and no BGP.
    pub policy_based: bool,
    /// Two instances instead of one (R187).
    pub active_active: bool,
    /// Private addresses of its instances, as far as given.
    pub private_addresses: Vec<std::net::IpAddr>,
    /// Its public addresses.
    pub public_ip_addresses: Vec<PublicIpAddressId>,
    /// BGP switched on.
    pub enable_bgp: bool,
    /// Its autonomous system number (65515 where absent).
    pub asn: u32,
    /// `gatewayDefaultSite`: forced tunnelling to this local network gateway.
    pub default_site: Option<LocalNetworkGatewayId>,
    /// `allowRemoteVnetTraffic` (R222).
    pub allow_remote_vnet_traffic: Option<bool>,
    /// Point-to-site client pool.
    pub client_address_pool: Vec<IpNet>,
}

/// A local network gateway: Azure's picture of an on-premises VPN device.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalNetworkGateway {
    /// Name and place.
    pub label: Label,
    /// Static prefixes behind it.
    pub address_prefixes: Vec<IpNet>,
    /// The device's public address.
    pub gateway_ip_address: Option<std::net::IpAddr>,
    /// It has BGP settings.
    pub bgp: bool,
}

/// What a connection leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionTarget {
    /// A site behind a local network gateway (IPsec).
    LocalNetworkGateway(LocalNetworkGatewayId),
    /// Another gateway (Vnet2Vnet).
    VirtualNetworkGateway(VirtualNetworkGatewayId),
    /// A circuit (ExpressRoute).
    ExpressRouteCircuit(ExpressRouteCircuitId),
    /// A full id outside the model.
    Unknown(FactId),
}

/// A connection of a virtual network gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// Name and place.
    pub label: Label,
    /// The gateway that it belongs to.
    pub gateway: VirtualNetworkGatewayId,
    /// What it leads to.
    pub target: ConnectionTarget,
    /// BGP on this connection.
    pub enable_bgp: bool,
    /// Policy-based traffic selectors: no transit to other sites (R106).
    pub policy_based_selectors: bool,
    /// FastPath over a provider's circuit: what is for the gateway's own VNET skips the gateway, and the routes of its
    /// subnet. ExpressRoute Direct heeds them (R233).
    pub skips_gateway: Known<bool>,
}

/// An ExpressRoute circuit.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpressRouteCircuit {
    /// Name and place.
    pub label: Label,
    /// Circuits linked by Global Reach (R111).
    pub global_reach: Vec<ExpressRouteCircuitId>,
    /// At a port of ExpressRoute Direct, not a provider's.
    pub direct: Known<bool>,
    /// Its Microsoft peering, where it has one.
    pub microsoft_peering: Option<MicrosoftPeering>,
}

/// The Microsoft peering of a circuit: public addresses at both of its ends (R234).
#[derive(Debug, Clone, PartialEq)]
pub struct MicrosoftPeering {
    /// The customer's public prefixes; none = not known.
    pub advertised: Vec<IpNet>,
    /// What the route filter lets Microsoft announce.
    pub covered: crate::space::Addresses,
    /// It lets more through, and nobody knows what.
    pub unknown: Option<FactId>,
}
