//! Shapes of the resources that ARM knows.

use super::{Field, Kind, Shape, field, ignored};

pub(super) static VIRTUAL_NETWORK: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("addressPrefixes", Kind::Scalars, "address space, both families"),
        field("addressSpace", Kind::Lift(&POOLED_SPACE), "address space as ARM nests it"),
        field(
            "ipamPoolPrefixAllocations",
            Kind::Any,
            "pools that its ranges are drawn from: not known before they are",
        ),
        field("subnets", Kind::Children(&SUBNET), "subnets"),
        field("virtualNetworkPeerings", Kind::Children(&PEERING), "peering links that this VNET owns"),
        field("dhcpOptions", Kind::Object(&DHCP_OPTIONS), "custom DNS servers"),
        field("apiVersion", Kind::Scalar, "moves defaults that depend on it (R223)"),
        field("enableDdosProtection", Kind::Boolean, "goes with a plan"),
        field("ddosProtectionPlan", Kind::Reference, "left alone"),
        ignored("flowTimeoutInMinutes"),
        field("encryption", Kind::Any, "left alone"),
        ignored("bgpCommunities"),
        ignored("enableVmProtection"),
        ignored("privateEndpointVNetPolicies"),
        ignored("ipAllocations"),
        ignored("flowLogs"),
        ignored("flowLogConfiguration"),
        ignored("cloudServices"),
        ignored("defaultPublicNatGateway"),
        field(
            "summarizedGatewayPrefixes",
            Kind::Object(&ADDRESS_SPACE),
            "what its gateways advertise instead of its own ranges (R98)",
        ),
    ],
};

static ADDRESS_SPACE: Shape =
    Shape { fields: &[field("addressPrefixes", Kind::Scalars, "prefixes"), ignored("ipamPoolPrefixAllocations")] };

static POOLED_SPACE: Shape = Shape {
    fields: &[
        field("addressPrefixes", Kind::Scalars, "prefixes"),
        field("ipamPoolPrefixAllocations", Kind::Any, "pools that they are drawn from"),
    ],
};

static DHCP_OPTIONS: Shape = Shape { fields: &[field("dnsServers", Kind::Scalars, "addresses")] };

pub(super) static SUBNET: Shape = Shape {
    fields: &[
        field("addressPrefix", Kind::Scalar, "its prefix"),
        field("addressPrefixes", Kind::Scalars, "its prefixes, both families"),
        field("networkSecurityGroup", Kind::Reference, "the NSG on it"),
        field("routeTable", Kind::Reference, "the route table on it"),
        field("natGateway", Kind::Reference, "the NAT gateway on it"),
        field("serviceEndpoints", Kind::NamedList("service"), "service endpoints"),
        field("delegations", Kind::NamedList("serviceName"), "services it is delegated to"),
        field("defaultOutboundAccess", Kind::Boolean, "false makes it private (R157)"),
        field(
            "privateEndpointNetworkPolicies",
            Kind::OneOf(&["Disabled", "Enabled", "NetworkSecurityGroupEnabled", "RouteTableEnabled"]),
            "what applies to private endpoints in it",
        ),
        field(
            "privateLinkServiceNetworkPolicies",
            Kind::OneOf(&["Disabled", "Enabled"]),
            "Enabled (default) keeps NAT addresses of private link services out of it (F221)",
        ),
        field("serviceEndpointPolicies", Kind::References, "which storage accounts its endpoint reaches"),
        field("sharingScope", Kind::Ignored, "read and left alone"),
        ignored("ipConfigurations"),
        ignored("ipConfigurationProfiles"),
        ignored("privateEndpoints"),
        ignored("resourceNavigationLinks"),
        ignored("serviceAssociationLinks"),
        ignored("purpose"),
        ignored("networkIntentPolicies"),
        ignored("cloudServices"),
        ignored("privateLinkIpConfigurations"),
        ignored("applicationGatewayIPConfigurations"),
        ignored("serviceGateway"),
        ignored("interfaceEndpoints"),
        field("ipamPoolPrefixAllocations", Kind::Any, "pools that its range is drawn from: not known before it is"),
    ],
};

pub(super) static PEERING: Shape = Shape {
    fields: &[
        field("remoteVirtualNetwork", Kind::Reference, "the VNET at the other end"),
        field("allowVirtualNetworkAccess", Kind::Boolean, "default true"),
        field("allowForwardedTraffic", Kind::Boolean, "default false"),
        field("allowGatewayTransit", Kind::Boolean, "default false"),
        field("useRemoteGateways", Kind::Boolean, "default false"),
        field(
            "peeringState",
            Kind::OneOf(&["Initiated", "Connected", "Disconnected"]),
            "worked out from both links where absent",
        ),
        field("peeringSyncLevel", Kind::Scalar, "FullyInSync or not (R211)"),
        field("remoteAddressSpace", Kind::Object(&ADDRESS_SPACE), "remote prefixes as this link knows them"),
        field("remoteVirtualNetworkAddressSpace", Kind::Object(&ADDRESS_SPACE), "remote prefixes as they are"),
        field("peerCompleteVnets", Kind::Boolean, "false: only the named subnets are peered (R97)"),
        field("localSubnetNames", Kind::Scalars, "peered subnets of this VNET"),
        field("remoteSubnetNames", Kind::Scalars, "peered subnets of the other VNET"),
        field("enableOnlyIPv6Peering", Kind::Boolean, "only their IPv6 prefixes"),
        ignored("doNotVerifyRemoteGateways"),
        ignored("remoteBgpCommunities"),
        ignored("remoteVirtualNetworkEncryption"),
        ignored("localAddressSpace"),
        ignored("localVirtualNetworkAddressSpace"),
        ignored("routeServiceVips"),
        ignored("remoteGateways"),
    ],
};

pub(super) static NETWORK_SECURITY_GROUP: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("securityRules", Kind::Children(&SECURITY_RULE), "custom rules"),
        field("defaultSecurityRules", Kind::Any, "read only: every NSG has its six"),
        field("flushConnection", Kind::Boolean, "re-evaluate open flows when rules change (F24)"),
        ignored("subnets"),
        ignored("networkInterfaces"),
        ignored("flowLogs"),
    ],
};

pub(super) static SECURITY_RULE: Shape = Shape { fields: SECURITY_RULE_FIELDS };

pub(super) const SECURITY_RULE_FIELDS: &[Field] = &[
    field("priority", Kind::Scalar, "100 to 4096, lower first"),
    field("direction", Kind::OneOf(&["Inbound", "Outbound"]), "which way it looks"),
    field("access", Kind::OneOf(&["Allow", "Deny"]), "what it does"),
    field("protocol", Kind::OneOf(&["*", "Tcp", "Udp", "Icmp", "Esp", "Ah", "Any"]), "protocol"),
    field("sourceAddressPrefix", Kind::Scalar, "`*`, address, CIDR or service tag"),
    field("sourceAddressPrefixes", Kind::Scalars, "several"),
    field("sourceApplicationSecurityGroups", Kind::References, "ASGs"),
    field("sourcePortRange", Kind::Scalar, "`*`, port or range"),
    field("sourcePortRanges", Kind::Scalars, "several"),
    field("destinationAddressPrefix", Kind::Scalar, "`*`, address, CIDR or service tag"),
    field("destinationAddressPrefixes", Kind::Scalars, "several"),
    field("destinationApplicationSecurityGroups", Kind::References, "ASGs"),
    field("destinationPortRange", Kind::Scalar, "`*`, port or range"),
    field("destinationPortRanges", Kind::Scalars, "several"),
    field("description", Kind::Scalar, "140 letters at most"),
];

pub(super) static APPLICATION_SECURITY_GROUP: Shape = Shape { fields: &[field("location", Kind::Scalar, "region")] };

pub(super) static ROUTE_TABLE: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("routes", Kind::Children(&ROUTE), "user-defined routes"),
        field("disableBgpRoutePropagation", Kind::Boolean, "true keeps gateway rows out (R26 to R28)"),
        ignored("subnets"),
    ],
};

static ROUTE: Shape = Shape {
    fields: &[
        field("addressPrefix", Kind::Scalar, "CIDR or service tag"),
        field("nextHopType", Kind::Scalar, "VnetLocal, VirtualAppliance, VirtualNetworkGateway, Internet, None"),
        field("nextHopIpAddress", Kind::Scalar, "the appliance's address"),
        field("hasBgpOverride", Kind::Boolean, "read-only flag of an export"),
        ignored("nextHop"),
    ],
};

pub(super) static NETWORK_INTERFACE: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("ipConfigurations", Kind::Children(&IP_CONFIGURATION), "its addresses"),
        field("subnet", Kind::Reference, "short form: the subnet of its one address"),
        field("address", Kind::Scalar, "short form: its one address"),
        field("privateIPAddress", Kind::Scalar, "short form: its one address"),
        field("publicIPAddress", Kind::Reference, "short form: the public address bound to it"),
        field("applicationSecurityGroups", Kind::References, "short form: ASGs"),
        field("networkSecurityGroup", Kind::Reference, "the NSG on it"),
        field("enableIPForwarding", Kind::Boolean, "sends and receives what is not its own (R121)"),
        field("virtualMachine", Kind::Reference, "the machine it belongs to"),
        field("dnsSettings", Kind::Object(&NIC_DNS), "DNS servers of its own"),
        field("tags", Kind::Any, "`disableSnatOnPL: true` brings the answers of private endpoints back to it (R207)"),
        ignored("enableAcceleratedNetworking"),
        ignored("primary"),
        ignored("macAddress"),
        ignored("hostedWorkloads"),
        ignored("tapConfigurations"),
        ignored("vnetEncryptionSupported"),
        ignored("disableTcpStateTracking"),
        ignored("auxiliaryMode"),
        ignored("auxiliarySku"),
        ignored("nicType"),
        ignored("allowPort25Out"),
        ignored("defaultOutboundConnectivityEnabled"),
        ignored("privateEndpoint"),
        ignored("workloadType"),
        ignored("isInUseWithService"),
        ignored("virtualNetworkTapProvisioningState"),
        ignored("services"),
        ignored("nicAuxiliarySkuBillingNotificationType"),
        ignored("linkedResourceType"),
        ignored("bareMetalServer"),
        ignored("privateLinkService"),
        ignored("networkInterfaceTapConfigurations"),
        ignored("interfaceEndpoint"),
        ignored("dscpConfiguration"),
        ignored("migrationPhase"),
        ignored("virtualMachineScaleSet"),
        ignored("deleteOption"),
    ],
};

pub(super) static NIC_DNS: Shape = Shape {
    fields: &[
        field("dnsServers", Kind::Scalars, "addresses, before those of the VNET"),
        ignored("appliedDnsServers"),
        ignored("internalDnsNameLabel"),
        ignored("internalFqdn"),
        ignored("internalDomainNameSuffix"),
    ],
};

pub(super) static IP_CONFIGURATION: Shape = Shape {
    fields: &[
        field("privateIPAddress", Kind::Scalar, "its address"),
        field("address", Kind::Scalar, "its address, short"),
        field("subnet", Kind::Reference, "the subnet it lies in"),
        field("publicIPAddress", Kind::Reference, "the public address bound to it"),
        field("publicIPPrefix", Kind::Reference, "load balancers: the prefix that its address is from"),
        field("applicationSecurityGroups", Kind::References, "ASGs that it is a member of"),
        field("primary", Kind::Boolean, "the one that is sent from"),
        field("loadBalancerBackendAddressPools", Kind::References, "pools that it is a member of"),
        field("loadBalancerInboundNatRules", Kind::References, "inbound NAT rules that lead to it"),
        field(
            "applicationGatewayBackendAddressPools",
            Kind::References,
            "application gateways' pools that it is a member of",
        ),
        ignored("privateIPAllocationMethod"),
        ignored("privateIPAddressVersion"),
        ignored("privateLinkConnectionProperties"),
        ignored("virtualNetworkTaps"),
        ignored("privateIPAddressPrefixLength"),
        ignored("isInUseWithService"),
        ignored("deleteOption"),
        field("gatewayLoadBalancer", Kind::Any, "not modelled yet"),
        field("publicIPPrefix", Kind::Any, "not modelled yet"),
        // What of a balancer or gateway names it.
        ignored("loadBalancingRules"),
        ignored("inboundNatRules"),
        ignored("inboundNatPools"),
        ignored("outboundRules"),
        ignored("httpListeners"),
    ],
};

pub(super) static VIRTUAL_MACHINE: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("networkProfile", Kind::Lift(&NETWORK_PROFILE), "as ARM nests it"),
        field("networkInterfaces", Kind::References, "its NICs"),
        ignored("hardwareProfile"),
        ignored("storageProfile"),
        ignored("osProfile"),
        ignored("diagnosticsProfile"),
        ignored("availabilitySet"),
        ignored("securityProfile"),
        ignored("licenseType"),
        ignored("vmId"),
        ignored("identity"),
        ignored("plan"),
        ignored("priority"),
        ignored("evictionPolicy"),
        ignored("billingProfile"),
        ignored("extensions"),
        ignored("resources"),
        ignored("instanceView"),
        ignored("proximityPlacementGroup"),
        ignored("host"),
        ignored("timeCreated"),
        ignored("additionalCapabilities"),
        ignored("userData"),
        ignored("applicationProfile"),
        ignored("capacityReservation"),
        ignored("scheduledEventsProfile"),
        ignored("scheduledEventsPolicy"),
        ignored("hostGroup"),
        ignored("platformFaultDomain"),
        ignored("extensionsTimeBudget"),
        ignored("placement"),
        ignored("virtualMachineScaleSet"),
    ],
};

static NETWORK_PROFILE: Shape =
    Shape { fields: &[field("networkInterfaces", Kind::References, "its NICs"), ignored("inputEndpoints")] };

pub(super) static PUBLIC_IP_ADDRESS: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("sku", Kind::Named("name"), "Basic (default), Standard, StandardV2"),
        field("ipAddress", Kind::Scalar, "the address, when known"),
        ignored("publicIPAllocationMethod"),
        ignored("publicIPAddressVersion"),
        ignored("ipConfiguration"),
        ignored("dnsSettings"),
        field("idleTimeoutInMinutes", Kind::Scalar, "left alone"),
        ignored("ipTags"),
        ignored("ddosSettings"),
        ignored("natGateway"),
        ignored("publicIPPrefix"),
        ignored("migrationPhase"),
        ignored("deleteOption"),
        ignored("linkedPublicIPAddress"),
        ignored("servicePublicIPAddress"),
    ],
};

pub(super) static PUBLIC_IP_PREFIX: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("sku", Kind::Named("name"), "Standard, StandardV2"),
        field("ipPrefix", Kind::Scalar, "the range, once Azure has given it"),
        ignored("prefixLength"),
        ignored("publicIPAddressVersion"),
        ignored("publicIPAddresses"),
        ignored("customIPPrefix"),
        ignored("ipTags"),
        ignored("natGateway"),
        ignored("loadBalancerFrontendIpConfiguration"),
    ],
};

pub(super) static NAT_GATEWAY: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("sku", Kind::Named("name"), "Standard, StandardV2"),
        field("publicIpAddresses", Kind::References, "its public addresses"),
        field("publicIpPrefixes", Kind::References, "its public prefixes, or CIDRs"),
        field("idleTimeoutInMinutes", Kind::Scalar, "left alone"),
        ignored("subnets"),
    ],
};

pub(super) static VIRTUAL_NETWORK_GATEWAY: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("gatewayType", Kind::OneOf(&["Vpn", "ExpressRoute", "LocalGateway"]), "VPN (default) or ExpressRoute"),
        field("vpnType", Kind::OneOf(&["RouteBased", "PolicyBased"]), "default RouteBased"),
        field("virtualNetwork", Kind::Reference, "short form: the VNET whose GatewaySubnet it stands in"),
        field("ipConfigurations", Kind::Children(&IP_CONFIGURATION), "its subnet and public addresses"),
        field("sku", Kind::Named("name"), "left alone"),
        field("activeActive", Kind::Boolean, "two instances (R187)"),
        field("enableBgp", Kind::Boolean, "BGP on"),
        field("bgpSettings", Kind::Object(&BGP_SETTINGS), "autonomous system"),
        field("gatewayDefaultSite", Kind::Reference, "forced tunnelling to this local network gateway"),
        field("allowRemoteVnetTraffic", Kind::Boolean, "VNETs of one circuit (R222)"),
        field("allowVirtualWanTraffic", Kind::Boolean, "not modelled yet"),
        field("vpnClientConfiguration", Kind::Object(&VPN_CLIENT), "point-to-site"),
        field("customRoutes", Kind::Any, "not modelled yet"),
        field("natRules", Kind::Any, "not modelled yet"),
        ignored("vpnGatewayGeneration"),
        ignored("enablePrivateIpAddress"),
        ignored("enableDnsForwarding"),
        ignored("inboundDnsForwardingEndpoint"),
        ignored("enableBgpRouteTranslationForNat"),
        ignored("disableIPSecReplayProtection"),
        ignored("adminState"),
        ignored("autoScaleConfiguration"),
        ignored("extendedLocation"),
        ignored("vNetExtendedLocationResourceId"),
        ignored("virtualNetworkGatewayPolicyGroups"),
        ignored("resiliencyModel"),
        ignored("packetCaptureDiagnosticState"),
        ignored("isMigrateToCSES"),
        ignored("virtualNetworkExtendedLocation"),
        ignored("inboundDnsForwardingIPAddress"),
        ignored("identity"),
    ],
};

pub(super) static BGP_SETTINGS: Shape = Shape {
    fields: &[
        field("asn", Kind::Scalar, "autonomous system number"),
        field("bgpPeeringAddress", Kind::Scalar, "peering address"),
        ignored("peerWeight"),
        ignored("bgpPeeringAddresses"),
    ],
};

static VPN_CLIENT: Shape = Shape {
    fields: &[
        field("vpnClientAddressPool", Kind::Object(&ADDRESS_SPACE), "client addresses"),
        ignored("vpnClientProtocols"),
        ignored("vpnClientConnectionHealth"),
        ignored("vpnAuthenticationTypes"),
        ignored("vpnClientRootCertificates"),
        ignored("vpnClientRevokedCertificates"),
        ignored("vpnClientIpsecPolicies"),
        ignored("radiusServerAddress"),
        ignored("radiusServerSecret"),
        ignored("radiusServers"),
        ignored("aadTenant"),
        ignored("aadAudience"),
        ignored("aadIssuer"),
        ignored("vngClientConnectionConfigurations"),
    ],
};

pub(super) static LOCAL_NETWORK_GATEWAY: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("localNetworkAddressSpace", Kind::Lift(&ADDRESS_SPACE), "as ARM nests it"),
        field("addressPrefixes", Kind::Scalars, "static prefixes behind it"),
        field("gatewayIpAddress", Kind::Scalar, "the device's public address"),
        field("bgpSettings", Kind::Object(&BGP_SETTINGS), "the device speaks BGP"),
        ignored("fqdn"),
    ],
};

pub(super) static CONNECTION: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field(
            "connectionType",
            Kind::OneOf(&["IPsec", "Vnet2Vnet", "ExpressRoute", "VPNClient"]),
            "worked out where absent",
        ),
        field("virtualNetworkGateway1", Kind::Reference, "the gateway it belongs to"),
        field("virtualNetworkGateway2", Kind::Reference, "Vnet2Vnet: the other gateway"),
        field("localNetworkGateway2", Kind::Reference, "IPsec: the site's device"),
        field("peer", Kind::Reference, "ExpressRoute: the circuit"),
        field("enableBgp", Kind::Boolean, "BGP on this connection"),
        field("usePolicyBasedTrafficSelectors", Kind::Boolean, "no transit to other sites (R106)"),
        field("trafficSelectorPolicies", Kind::Any, "not modelled yet"),
        ignored("routingWeight"),
        ignored("sharedKey"),
        ignored("connectionProtocol"),
        ignored("connectionMode"),
        ignored("ipsecPolicies"),
        ignored("dpdTimeoutSeconds"),
        field("expressRouteGatewayBypass", Kind::Boolean, "FastPath: skips the gateway (R233)"),
        ignored("enablePrivateLinkFastPath"),
        ignored("useLocalAzureIpAddress"),
        ignored("connectionStatus"),
        ignored("packetCaptureDiagnosticState"),
        ignored("tunnelConnectionStatus"),
        ignored("egressBytesTransferred"),
        ignored("ingressBytesTransferred"),
        ignored("authorizationKey"),
        ignored("gatewayCustomBgpIpAddresses"),
        ignored("tunnelProperties"),
        ignored("authenticationType"),
        ignored("certificateAuthentication"),
        field("ingressNatRules", Kind::Any, "not modelled yet"),
        field("egressNatRules", Kind::Any, "not modelled yet"),
    ],
};

pub(super) static EXPRESS_ROUTE_CIRCUIT: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("globalReach", Kind::References, "short form: circuits linked by Global Reach (R111)"),
        field("peerings", Kind::Any, "private and Microsoft peering"),
        field("connections", Kind::Any, "Global Reach as ARM nests it"),
        ignored("sku"),
        field("serviceProviderProperties", Kind::Any, "a provider's circuit"),
        ignored("serviceProviderProvisioningState"),
        ignored("circuitProvisioningState"),
        ignored("allowClassicOperations"),
        ignored("allowGlobalReach"),
        ignored("globalReachEnabled"),
        ignored("bandwidthInGbps"),
        field("expressRoutePort", Kind::Reference, "the port of ExpressRoute Direct"),
        ignored("authorizations"),
        ignored("serviceKey"),
        ignored("stag"),
        ignored("gatewayManagerEtag"),
        ignored("serviceProviderNotes"),
        ignored("authorizationKey"),
        ignored("authorizationStatus"),
        ignored("enableDirectPortRateLimit"),
    ],
};

pub(super) static ROUTE_FILTER: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("rules", Kind::Children(&ROUTE_FILTER_RULE), "which routes Microsoft may announce (R234)"),
        ignored("peerings"),
        field("routeFilterRules", Kind::Children(&ROUTE_FILTER_RULE), "the same, as ARM's child type is called"),
        ignored("ipv6Peerings"),
    ],
};

static ROUTE_FILTER_RULE: Shape = Shape {
    fields: &[
        field("access", Kind::OneOf(&["Allow", "Deny"]), "default Allow"),
        field("communities", Kind::Scalars, "BGP communities of regions and services: `12076:51002`"),
        ignored("routeFilterRuleType"),
    ],
};
