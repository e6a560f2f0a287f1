//! Virtual WAN, virtual hubs, Route Server, Bastion.

use super::{Home, LOCATION, NAME, Rule, Type, always, block, blocks, copy, id, network::IP_CONFIGURATION, plain};

pub(super) const TYPES: &[Type] = &[
    plain(
        "azurerm_virtual_wan",
        "Microsoft.Network/virtualWans",
        Home::Group,
        &[LOCATION, copy("type", "type"), copy("allow_branch_to_branch_traffic", "allowBranchToBranchTraffic")],
    ),
    plain(
        "azurerm_virtual_hub",
        "Microsoft.Network/virtualHubs",
        Home::Group,
        &[
            LOCATION,
            copy("sku", "sku"),
            copy("address_prefix", "addressPrefix"),
            copy("hub_routing_preference", "hubRoutingPreference"),
            id("virtual_wan_id", "virtualWan"),
        ],
    ),
    plain(
        "azurerm_virtual_hub_connection",
        "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections",
        Home::Below("virtual_hub_id"),
        &[
            id("remote_virtual_network_id", "remoteVirtualNetwork"),
            copy("internet_security_enabled", "enableInternetSecurity"),
            block("routing", "routingConfiguration", ROUTING),
        ],
    ),
    plain(
        "azurerm_virtual_hub_route_table",
        "Microsoft.Network/virtualHubs/hubRouteTables",
        Home::Below("virtual_hub_id"),
        &[copy("labels", "labels"), blocks("route", "routes", HUB_ROUTE)],
    ),
    plain(
        "azurerm_virtual_hub_routing_intent",
        "Microsoft.Network/virtualHubs/routingIntent",
        Home::Below("virtual_hub_id"),
        &[blocks(
            "routing_policy",
            "routingPolicies",
            &[NAME, copy("destinations", "destinations"), id("next_hop", "nextHop")],
        )],
    ),
    plain(
        "azurerm_route_server",
        "Microsoft.Network/virtualHubs",
        Home::Group,
        &[
            LOCATION,
            always("sku", "Standard"),
            copy("branch_to_branch_traffic_enabled", "allowBranchToBranchTraffic"),
            id("subnet_id", "ipConfigurations/ipconfig1/subnet"),
            id("public_ip_address_id", "ipConfigurations/ipconfig1/publicIPAddress"),
        ],
    ),
    plain(
        "azurerm_route_server_bgp_connection",
        "Microsoft.Network/virtualHubs/bgpConnections",
        Home::Below("route_server_id"),
        &[copy("peer_asn", "peerAsn"), copy("peer_ip", "peerIp")],
    ),
    plain(
        "azurerm_virtual_hub_bgp_connection",
        "Microsoft.Network/virtualHubs/bgpConnections",
        Home::Below("virtual_hub_id"),
        &[
            copy("peer_asn", "peerAsn"),
            copy("peer_ip", "peerIp"),
            id("virtual_network_connection_id", "hubVirtualNetworkConnection"),
        ],
    ),
    plain(
        "azurerm_vpn_gateway",
        "Microsoft.Network/vpnGateways",
        Home::Group,
        &[LOCATION, id("virtual_hub_id", "virtualHub"), block("bgp_settings", "bgpSettings", &[copy("asn", "asn")])],
    ),
    plain(
        "azurerm_vpn_gateway_connection",
        "Microsoft.Network/vpnGateways/vpnConnections",
        Home::Below("vpn_gateway_id"),
        &[
            id("remote_vpn_site_id", "remoteVpnSite"),
            copy("internet_security_enabled", "enableInternetSecurity"),
            block("routing", "routingConfiguration", ROUTING),
        ],
    ),
    plain(
        "azurerm_vpn_site",
        "Microsoft.Network/vpnSites",
        Home::Group,
        &[
            LOCATION,
            id("virtual_wan_id", "virtualWan"),
            copy("address_cidrs", "addressSpace/addressPrefixes"),
            blocks(
                "link",
                "vpnSiteLinks",
                &[
                    NAME,
                    copy("ip_address", "ipAddress"),
                    copy("fqdn", "fqdn"),
                    block("bgp", "bgpProperties", &[copy("asn", "asn"), copy("peering_address", "bgpPeeringAddress")]),
                ],
            ),
        ],
    ),
    plain(
        "azurerm_express_route_gateway",
        "Microsoft.Network/expressRouteGateways",
        Home::Group,
        &[LOCATION, id("virtual_hub_id", "virtualHub")],
    ),
    plain(
        "azurerm_express_route_connection",
        "Microsoft.Network/expressRouteGateways/expressRouteConnections",
        Home::Below("express_route_gateway_id"),
        &[
            id("express_route_circuit_peering_id", "expressRouteCircuitPeering"),
            copy("internet_security_enabled", "enableInternetSecurity"),
            block("routing", "routingConfiguration", ROUTING),
        ],
    ),
    plain(
        "azurerm_point_to_site_vpn_gateway",
        "Microsoft.Network/p2sVpnGateways",
        Home::Group,
        &[
            LOCATION,
            id("virtual_hub_id", "virtualHub"),
            blocks(
                "connection_configuration",
                "p2SConnectionConfigurations",
                &[
                    NAME,
                    super::lift(
                        "vpn_client_address_pool",
                        &[copy("address_prefixes", "vpnClientAddressPool/addressPrefixes")],
                    ),
                ],
            ),
        ],
    ),
    Type {
        name: "azurerm_bastion_host",
        arm: "Microsoft.Network/bastionHosts",
        home: Home::Group,
        rules: &[
            LOCATION,
            copy("sku", "sku/name"),
            blocks("ip_configuration", "ipConfigurations", IP_CONFIGURATION),
            id("virtual_network_id", "virtualNetwork"),
            copy("ip_connect_enabled", "enableIpConnect"),
        ],
        harmless: &[
            "copy_paste_enabled",
            "dns_name",
            "file_copy_enabled",
            "kerberos_enabled",
            "scale_units",
            "session_recording_enabled",
            "shareable_link_enabled",
            "tunneling_enabled",
        ],
    },
];

const ROUTING: &[Rule] = &[
    id("associated_route_table_id", "associatedRouteTable"),
    id("associated_route_table", "associatedRouteTable"),
    block(
        "propagated_route_table",
        "propagatedRouteTables",
        &[copy("labels", "labels"), super::ids("route_table_ids", "ids")],
    ),
    blocks(
        "static_vnet_route",
        "vnetRoutes/staticRoutes",
        &[NAME, copy("address_prefixes", "addressPrefixes"), copy("next_hop_ip_address", "nextHopIpAddress")],
    ),
];

const HUB_ROUTE: &[Rule] = &[
    NAME,
    copy("destinations_type", "destinationType"),
    copy("destinations", "destinations"),
    copy("next_hop_type", "nextHopType"),
    id("next_hop", "nextHop"),
];
