//! Settings (stand-in until the reader lands).
/// A.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ServiceEndpointVersusRoute {
    /// A.
    #[default]
    LongestPrefix,
    /// A.
    Documented,
    /// A.
    UserWins,
}
/// A.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VirtualNetworkTagDefaultRoute {
    /// A.
    #[default]
    User,
    /// A.
    UserAndBgp,
    /// A.
    Never,
}
/// A.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PeeringForwardedFlag {
    /// A.
    #[default]
    Strict,
    /// A.
    TagOnly,
}
/// A.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// A.
    pub service_endpoint_versus_route: ServiceEndpointVersusRoute,
    /// A.
    pub virtual_network_tag_default_route: VirtualNetworkTagDefaultRoute,
    /// A.
    pub peering_forwarded_flag: PeeringForwardedFlag,
    /// A.
    pub portless_protocols_match_specific_ports: bool,
    /// A.
    pub any_includes_esp_ah: bool,
    /// A.
    pub express_route_vnet_to_vnet: bool,
}
