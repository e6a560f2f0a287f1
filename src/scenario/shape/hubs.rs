//! Virtual hubs: Route Servers, and the hubs of virtual WANs.

use super::{Kind, Shape, field, ignored, network::IP_CONFIGURATION};

pub(super) static VIRTUAL_HUB: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("sku", Kind::Named("name"), "Basic, Standard"),
        field("hubRoutingPreference", Kind::OneOf(&["ExpressRoute", "VpnGateway", "ASPath"]), "default ExpressRoute"),
        field("ipConfigurations", Kind::Children(&IP_CONFIGURATION), "Route Server: its RouteServerSubnet"),
        field("virtualNetwork", Kind::Reference, "Route Server, short form: the VNET whose RouteServerSubnet it is in"),
        field("bgpConnections", Kind::Children(&BGP_CONNECTION), "appliances that speak BGP with it"),
        field("allowBranchToBranchTraffic", Kind::Boolean, "Route Server: gateways and appliances learn of each other"),
        field("virtualRouterAsn", Kind::Scalar, "its autonomous system number, 65515"),
        field("virtualRouterIps", Kind::Scalars, "its own addresses"),
        field("virtualWan", Kind::Reference, "the virtual WAN that the hub belongs to"),
        field("addressPrefix", Kind::Scalar, "the hub's own range"),
        field("hubVirtualNetworkConnections", Kind::Any, "not modelled yet"),
        field("hubRouteTables", Kind::Any, "not modelled yet"),
        field("routingIntent", Kind::Any, "not modelled yet"),
        field("virtualNetworkConnections", Kind::Any, "not modelled yet"),
        field("virtualHubRouteTableV2s", Kind::Any, "not modelled yet"),
        field("routeTable", Kind::Any, "not modelled yet"),
        ignored("vpnGateway"),
        ignored("p2SVpnGateway"),
        ignored("expressRouteGateway"),
        ignored("azureFirewall"),
        ignored("securityPartnerProvider"),
        ignored("securityProviderName"),
        ignored("routingState"),
        ignored("routeMaps"),
        ignored("virtualRouterAutoScaleConfiguration"),
        ignored("preferredRoutingGateway"),
    ],
};

static BGP_CONNECTION: Shape = Shape {
    fields: &[
        field("peerIp", Kind::Scalar, "the appliance's address"),
        field("peerAsn", Kind::Scalar, "the appliance's autonomous system number"),
        field("hubVirtualNetworkConnection", Kind::Reference, "virtual hub: the connection over which it is reached"),
        ignored("connectionState"),
    ],
};
