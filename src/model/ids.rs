//! Typed ids: an index into one list of the model, and nothing else.

macro_rules! ids {
    ($($name:ident),* $(,)?) => {$(
        #[doc = concat!("Index of one resource in the model: `", stringify!($name), "`.")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// The id of the resource at `index`.
            pub fn at(index: usize) -> Self {
                $name(u32::try_from(index).expect("fewer than 2^32 resources of a kind"))
            }

            /// The index in the model's list.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    VirtualNetworkId, SubnetId, NetworkInterfaceId, NetworkSecurityGroupId, ApplicationSecurityGroupId,
    RouteTableId, PeeringId, PublicIpAddressId, NatGatewayId, VirtualNetworkGatewayId,
    LocalNetworkGatewayId, ConnectionId, ExpressRouteCircuitId, WorkloadId, ExternalId, SiteId,
    ApplianceId, ServiceId, PrivateEndpointId, PrivateDnsZoneId, ServiceEndpointPolicyId,
    ClusterId, AzureFirewallId, LoadBalancerId, ApplicationGatewayId, BastionHostId, RouteServerId,
    VirtualHubId,     VpnSiteId, PrivateLinkServiceId, FactId,
}
