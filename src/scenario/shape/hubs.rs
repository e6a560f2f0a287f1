//! Virtual hubs: Route Servers, and the hubs of virtual WANs with their gateways.

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
        field("hubVirtualNetworkConnections", Kind::Children(&HUB_CONNECTION), "connected VNETs"),
        field("hubRouteTables", Kind::Children(&HUB_ROUTE_TABLE), "defaultRouteTable and others"),
        field("routingIntent", Kind::Children(&ROUTING_INTENT), "what goes through the hub's firewall"),
        field("routeMaps", Kind::Children(&ROUTE_MAP), "not modelled: routes of the connections that they are for"),
        field("virtualNetworkConnections", Kind::Any, "not modelled yet"),
        field("virtualHubRouteTableV2s", Kind::Any, "not modelled yet"),
        field("routeTable", Kind::Object(&OLD_ROUTES), "routes of the first kind"),
        ignored("vpnGateway"),
        ignored("p2SVpnGateway"),
        ignored("expressRouteGateway"),
        ignored("azureFirewall"),
        ignored("securityPartnerProvider"),
        ignored("securityProviderName"),
        ignored("routingState"),
        ignored("virtualRouterAutoScaleConfiguration"),
        ignored("preferredRoutingGateway"),
    ],
};

static ROUTE_MAP: Shape = Shape {
    fields: &[
        field("associatedInboundConnections", Kind::Scalars, "connections whose routes it changes on their way in"),
        field("associatedOutboundConnections", Kind::Scalars, "connections whose routes it changes on their way out"),
        ignored("rules"),
    ],
};

static OLD_ROUTES: Shape = Shape { fields: &[field("routes", Kind::Any, "not modelled yet")] };

static BGP_CONNECTION: Shape = Shape {
    fields: &[
        field("peerIp", Kind::Scalar, "the appliance's address"),
        field("peerAsn", Kind::Scalar, "the appliance's autonomous system number"),
        field("hubVirtualNetworkConnection", Kind::Reference, "virtual hub: the connection over which it is reached"),
        ignored("connectionState"),
    ],
};

static HUB_CONNECTION: Shape = Shape {
    fields: &[
        field("remoteVirtualNetwork", Kind::Reference, "the VNET"),
        field("enableInternetSecurity", Kind::Boolean, "takes a default route from the hub (default true)"),
        field("routingConfiguration", Kind::Object(&ROUTING_CONFIGURATION), "association and propagation"),
        ignored("allowHubToRemoteVnetTransit"),
        ignored("allowRemoteVnetToUseHubVnetGateways"),
        ignored("routingStatus"),
        ignored("connectivityStatus"),
    ],
};

static ROUTING_CONFIGURATION: Shape = Shape {
    fields: &[
        field("associatedRouteTable", Kind::Reference, "by which its traffic is routed (default defaultRouteTable)"),
        field(
            "propagatedRouteTables",
            Kind::Object(&PROPAGATED),
            "which have its prefixes (default the label default)",
        ),
        field("vnetRoutes", Kind::Object(&VNET_ROUTES), "static routes"),
        field("inboundRouteMap", Kind::Any, "not modelled yet"),
        field("outboundRouteMap", Kind::Any, "not modelled yet"),
    ],
};

static PROPAGATED: Shape = Shape {
    fields: &[
        field("ids", Kind::References, "route tables"),
        field("labels", Kind::Scalars, "labels of route tables, of all hubs"),
    ],
};

static VNET_ROUTES: Shape = Shape {
    fields: &[
        field("staticRoutes", Kind::List(&STATIC_ROUTE), "prefixes behind an appliance in the VNET"),
        ignored("staticRoutesConfig"),
        ignored("bgpConnections"),
    ],
};

static STATIC_ROUTE: Shape = Shape {
    fields: &[
        field("addressPrefixes", Kind::Scalars, "prefixes"),
        field("nextHopIpAddress", Kind::Scalar, "the appliance's address"),
    ],
};

static HUB_ROUTE_TABLE: Shape = Shape {
    fields: &[
        field("labels", Kind::Scalars, "labels"),
        field("routes", Kind::List(&HUB_ROUTE), "static routes"),
        ignored("associatedConnections"),
        ignored("propagatingConnections"),
    ],
};

static HUB_ROUTE: Shape = Shape {
    fields: &[
        field("destinationType", Kind::OneOf(&["CIDR", "ResourceId", "Service"]), "CIDR"),
        field("destinations", Kind::Scalars, "prefixes"),
        field("nextHopType", Kind::OneOf(&["ResourceId"]), "ResourceId"),
        field("nextHop", Kind::Reference, "a connection of the hub, or its firewall"),
    ],
};

static ROUTING_INTENT: Shape =
    Shape { fields: &[field("routingPolicies", Kind::List(&ROUTING_POLICY), "one for each kind of destination")] };

static ROUTING_POLICY: Shape = Shape {
    fields: &[
        field("destinations", Kind::Scalars, "Internet, PrivateTraffic"),
        field("nextHop", Kind::Reference, "the hub's firewall"),
    ],
};

pub(super) static VIRTUAL_WAN: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("type", Kind::Scalar, "Standard (default), Basic"),
        field("allowBranchToBranchTraffic", Kind::Boolean, "branches reach each other (default true)"),
        ignored("allowVnetToVnetTraffic"),
        ignored("disableVpnEncryption"),
        ignored("office365LocalBreakoutCategory"),
        ignored("virtualHubs"),
        ignored("vpnSites"),
    ],
};

/// The type of a virtual WAN as a resource, which has a property of this name besides.
pub fn is_type_of_wan(text: &str) -> bool {
    text.eq_ignore_ascii_case("Microsoft.Network/virtualWans")
}

pub(super) static VPN_SITE: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("virtualWan", Kind::Reference, "its virtual WAN"),
        field("addressSpace", Kind::Lift(&ADDRESS_SPACE), "prefixes behind it"),
        field("addressPrefixes", Kind::Scalars, "prefixes behind it"),
        ignored("ipAddress"),
        ignored("siteKey"),
        ignored("deviceProperties"),
        ignored("bgpProperties"),
        ignored("isSecuritySite"),
        ignored("vpnSiteLinks"),
        ignored("o365Policy"),
    ],
};

static ADDRESS_SPACE: Shape = Shape { fields: &[field("addressPrefixes", Kind::Scalars, "prefixes")] };

pub(super) static VPN_GATEWAY: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("virtualHub", Kind::Reference, "the hub that it is in"),
        field("connections", Kind::Children(&VPN_CONNECTION), "its sites"),
        field("vpnConnections", Kind::Children(&VPN_CONNECTION), "its sites, as children"),
        field("natRules", Kind::Any, "not modelled yet"),
        ignored("bgpSettings"),
        ignored("vpnGatewayScaleUnit"),
        ignored("ipConfigurations"),
        ignored("isRoutingPreferenceInternet"),
        ignored("enableBgpRouteTranslationForNat"),
    ],
};

static VPN_CONNECTION: Shape = Shape {
    fields: &[
        field("remoteVpnSite", Kind::Reference, "the site"),
        field("enableInternetSecurity", Kind::Boolean, "takes a default route from the hub (default false)"),
        field("routingConfiguration", Kind::Object(&ROUTING_CONFIGURATION), "propagation"),
        field("trafficSelectorPolicies", Kind::Any, "not modelled yet"),
        ignored("enableBgp"),
        ignored("vpnLinkConnections"),
        ignored("connectionBandwidth"),
        ignored("connectionStatus"),
        ignored("ingressBytesTransferred"),
        ignored("egressBytesTransferred"),
        ignored("enableRateLimiting"),
        ignored("ipsecPolicies"),
        ignored("routingWeight"),
        ignored("sharedKey"),
        ignored("useLocalAzureIpAddress"),
        ignored("usePolicyBasedTrafficSelectors"),
        ignored("vpnConnectionProtocolType"),
        ignored("dpdTimeoutSeconds"),
    ],
};

pub(super) static EXPRESS_ROUTE_GATEWAY: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("virtualHub", Kind::Reference, "the hub that it is in"),
        field("expressRouteConnections", Kind::Children(&EXPRESS_ROUTE_CONNECTION), "its circuits"),
        field("allowNonVirtualWanTraffic", Kind::Boolean, "not modelled yet"),
        ignored("autoScaleConfiguration"),
    ],
};

static EXPRESS_ROUTE_CONNECTION: Shape = Shape {
    fields: &[
        field("expressRouteCircuitPeering", Kind::Reference, "the circuit, or its private peering"),
        field("enableInternetSecurity", Kind::Boolean, "takes a default route from the hub (default false)"),
        field("routingConfiguration", Kind::Object(&ROUTING_CONFIGURATION), "propagation"),
        ignored("authorizationKey"),
        ignored("routingWeight"),
        ignored("expressRouteGatewayBypass"),
        ignored("enablePrivateLinkFastPath"),
    ],
};
