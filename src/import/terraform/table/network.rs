//! Virtual networks, subnets, peerings, security groups, routes, public addresses, NAT gateways, interfaces.

use super::{Home, How, LOCATION, NAME, Rule, Type, block, blocks, copy, id, ids, listed, needed, not, plain, words};

pub(super) const TYPES: &[Type] = &[
    Type {
        name: "azurerm_virtual_network",
        arm: "Microsoft.Network/virtualNetworks",
        home: Home::Group,
        rules: &[
            LOCATION,
            needed("address_space", "addressPrefixes"),
            copy("dns_servers", "dhcpOptions/dnsServers"),
            blocks("subnet", "subnets", INLINE_SUBNET),
        ],
        harmless: &[
            "bgp_community",
            "ddos_protection_plan",
            "edge_zone",
            "encryption",
            "flow_timeout_in_minutes",
            "guid",
            "private_endpoint_vnet_policies",
            // Of a data source: names, without anything else.
            "subnets",
            "vnet_peerings",
            "vnet_peerings_addresses",
            "vm_protection_enabled",
        ],
    },
    Type {
        name: "azurerm_subnet",
        arm: "Microsoft.Network/virtualNetworks/subnets",
        home: Home::Under("virtual_network_name"),
        rules: &[
            copy("address_prefixes", "addressPrefixes"),
            needed("address_prefix", "addressPrefix"),
            id("network_security_group_id", "networkSecurityGroup"),
            id("route_table_id", "routeTable"),
            copy("service_endpoints", "serviceEndpoints"),
            ids("service_endpoint_policy_ids", "serviceEndpointPolicies"),
            blocks("delegation", "delegations", DELEGATION),
            copy("default_outbound_access_enabled", "defaultOutboundAccess"),
            copy("private_endpoint_network_policies", "privateEndpointNetworkPolicies"),
            words("private_endpoint_network_policies_enabled", "privateEndpointNetworkPolicies", super::ENABLED),
            // True switches the policies off.
            words(
                "enforce_private_link_endpoint_network_policies",
                "privateEndpointNetworkPolicies",
                &[("true", "Disabled"), ("false", "Enabled")],
            ),
            words("private_link_service_network_policies_enabled", "privateLinkServiceNetworkPolicies", super::ENABLED),
            words(
                "enforce_private_link_service_network_policies",
                "privateLinkServiceNetworkPolicies",
                &[("true", "Disabled"), ("false", "Enabled")],
            ),
        ],
        harmless: &["ip_configurations", "sharing_scope"],
    },
    plain(
        "azurerm_subnet_network_security_group_association",
        "Microsoft.Network/virtualNetworks/subnets",
        Home::About("subnet_id"),
        &[id("network_security_group_id", "networkSecurityGroup")],
    ),
    plain(
        "azurerm_subnet_route_table_association",
        "Microsoft.Network/virtualNetworks/subnets",
        Home::About("subnet_id"),
        &[id("route_table_id", "routeTable")],
    ),
    plain(
        "azurerm_subnet_nat_gateway_association",
        "Microsoft.Network/virtualNetworks/subnets",
        Home::About("subnet_id"),
        &[id("nat_gateway_id", "natGateway")],
    ),
    plain(
        "azurerm_virtual_network_dns_servers",
        "Microsoft.Network/virtualNetworks",
        Home::About("virtual_network_id"),
        &[copy("dns_servers", "dhcpOptions/dnsServers")],
    ),
    Type {
        name: "azurerm_virtual_network_peering",
        arm: "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
        home: Home::Under("virtual_network_name"),
        rules: &[
            id("remote_virtual_network_id", "remoteVirtualNetwork"),
            copy("allow_virtual_network_access", "allowVirtualNetworkAccess"),
            copy("allow_forwarded_traffic", "allowForwardedTraffic"),
            copy("allow_gateway_transit", "allowGatewayTransit"),
            copy("use_remote_gateways", "useRemoteGateways"),
            copy("peer_complete_virtual_networks_enabled", "peerCompleteVnets"),
            copy("only_ipv6_peering_enabled", "enableOnlyIPv6Peering"),
            copy("local_subnet_names", "localSubnetNames"),
            copy("remote_subnet_names", "remoteSubnetNames"),
        ],
        harmless: &["triggers"],
    },
    plain(
        "azurerm_network_security_group",
        "Microsoft.Network/networkSecurityGroups",
        Home::Group,
        &[LOCATION, blocks("security_rule", "securityRules", SECURITY_RULE)],
    ),
    Type {
        name: "azurerm_network_security_rule",
        arm: "Microsoft.Network/networkSecurityGroups/securityRules",
        home: Home::Under("network_security_group_name"),
        rules: SECURITY_RULE,
        harmless: &["description"],
    },
    plain(
        "azurerm_application_security_group",
        "Microsoft.Network/applicationSecurityGroups",
        Home::Group,
        &[LOCATION],
    ),
    Type {
        name: "azurerm_route_table",
        arm: "Microsoft.Network/routeTables",
        home: Home::Group,
        rules: &[
            LOCATION,
            blocks("route", "routes", ROUTE),
            copy("disable_bgp_route_propagation", "disableBgpRoutePropagation"),
            not("bgp_route_propagation_enabled", "disableBgpRoutePropagation"),
        ],
        harmless: &["subnets"],
    },
    plain("azurerm_route", "Microsoft.Network/routeTables/routes", Home::Under("route_table_name"), ROUTE),
    Type {
        name: "azurerm_public_ip",
        arm: "Microsoft.Network/publicIPAddresses",
        home: Home::Group,
        rules: &[LOCATION, copy("sku", "sku/name"), copy("ip_address", "ipAddress")],
        harmless: &[
            "allocation_method",
            "ddos_protection_mode",
            "ddos_protection_plan_id",
            "domain_name_label",
            "domain_name_label_scope",
            "edge_zone",
            "fqdn",
            "idle_timeout_in_minutes",
            "ip_tags",
            "ip_version",
            "public_ip_prefix_id",
            "reverse_fqdn",
            "sku_tier",
        ],
    },
    Type {
        name: "azurerm_public_ip_prefix",
        arm: "Microsoft.Network/publicIPPrefixes",
        home: Home::Group,
        rules: &[
            LOCATION,
            copy("sku", "sku/name"),
            copy("ip_prefix", "ipPrefix"),
            copy("prefix_length", "prefixLength"),
        ],
        harmless: &["custom_ip_prefix_id", "ip_version", "sku_tier"],
    },
    Type {
        name: "azurerm_nat_gateway",
        arm: "Microsoft.Network/natGateways",
        home: Home::Group,
        rules: &[
            LOCATION,
            copy("sku_name", "sku/name"),
            ids("public_ip_address_ids", "publicIpAddresses"),
            ids("public_ip_prefix_ids", "publicIpPrefixes"),
        ],
        harmless: &["idle_timeout_in_minutes", "resource_guid"],
    },
    plain(
        "azurerm_nat_gateway_public_ip_association",
        "Microsoft.Network/natGateways",
        Home::About("nat_gateway_id"),
        &[listed("public_ip_address_id", "publicIpAddresses")],
    ),
    plain(
        "azurerm_nat_gateway_public_ip_prefix_association",
        "Microsoft.Network/natGateways",
        Home::About("nat_gateway_id"),
        &[listed("public_ip_prefix_id", "publicIpPrefixes")],
    ),
    Type {
        name: "azurerm_network_interface",
        arm: "Microsoft.Network/networkInterfaces",
        home: Home::Group,
        rules: &[
            LOCATION,
            blocks("ip_configuration", "ipConfigurations", IP_CONFIGURATION),
            id("network_security_group_id", "networkSecurityGroup"),
            copy("enable_ip_forwarding", "enableIPForwarding"),
            copy("ip_forwarding_enabled", "enableIPForwarding"),
            copy("dns_servers", "dnsSettings/dnsServers"),
            copy("tags", "tags"),
        ],
        harmless: &[
            "accelerated_networking_enabled",
            "applied_dns_servers",
            "auxiliary_mode",
            "auxiliary_sku",
            "edge_zone",
            "enable_accelerated_networking",
            "internal_dns_name_label",
            "internal_domain_name_suffix",
            "internal_fqdn",
            "mac_address",
            // Those of its configurations once more.
            "private_ip_address",
            "private_ip_addresses",
            // The machine names its interfaces.
            "virtual_machine_id",
        ],
    },
    plain(
        "azurerm_network_interface_security_group_association",
        "Microsoft.Network/networkInterfaces",
        Home::About("network_interface_id"),
        &[id("network_security_group_id", "networkSecurityGroup")],
    ),
    plain(
        "azurerm_network_interface_application_security_group_association",
        "Microsoft.Network/networkInterfaces",
        Home::Configurations,
        &[listed("application_security_group_id", "applicationSecurityGroups")],
    ),
    plain(
        "azurerm_network_interface_backend_address_pool_association",
        "Microsoft.Network/networkInterfaces",
        Home::Configuration,
        &[listed("backend_address_pool_id", "loadBalancerBackendAddressPools")],
    ),
    plain(
        "azurerm_network_interface_nat_rule_association",
        "Microsoft.Network/networkInterfaces",
        Home::Configuration,
        &[listed("nat_rule_id", "loadBalancerInboundNatRules")],
    ),
    plain(
        "azurerm_network_interface_application_gateway_backend_address_pool_association",
        "Microsoft.Network/networkInterfaces",
        Home::Configuration,
        &[listed("backend_address_pool_id", "applicationGatewayBackendAddressPools")],
    ),
    plain(
        "azurerm_subnet_service_endpoint_storage_policy",
        "Microsoft.Network/serviceEndpointPolicies",
        Home::Group,
        &[LOCATION, blocks("definition", "serviceEndpointPolicyDefinitions", POLICY_DEFINITION)],
    ),
];

const INLINE_SUBNET: &[Rule] = &[
    NAME,
    copy("address_prefixes", "addressPrefixes"),
    needed("address_prefix", "addressPrefix"),
    id("security_group", "networkSecurityGroup"),
    id("route_table_id", "routeTable"),
    copy("service_endpoints", "serviceEndpoints"),
    ids("service_endpoint_policy_ids", "serviceEndpointPolicies"),
    blocks("delegation", "delegations", DELEGATION),
    copy("default_outbound_access_enabled", "defaultOutboundAccess"),
    copy("private_endpoint_network_policies", "privateEndpointNetworkPolicies"),
];

/// What stands in a block in azurerm is one word in ARM.
const DELEGATION: &[Rule] = &[NAME, super::lift("service_delegation", &[copy("name", "serviceName")])];

const SECURITY_RULE: &[Rule] = &[
    NAME,
    copy("priority", "priority"),
    copy("direction", "direction"),
    copy("access", "access"),
    copy("protocol", "protocol"),
    copy("source_address_prefix", "sourceAddressPrefix"),
    copy("source_address_prefixes", "sourceAddressPrefixes"),
    ids("source_application_security_group_ids", "sourceApplicationSecurityGroups"),
    copy("source_port_range", "sourcePortRange"),
    copy("source_port_ranges", "sourcePortRanges"),
    copy("destination_address_prefix", "destinationAddressPrefix"),
    copy("destination_address_prefixes", "destinationAddressPrefixes"),
    ids("destination_application_security_group_ids", "destinationApplicationSecurityGroups"),
    copy("destination_port_range", "destinationPortRange"),
    copy("destination_port_ranges", "destinationPortRanges"),
];

const ROUTE: &[Rule] = &[
    NAME,
    copy("address_prefix", "addressPrefix"),
    copy("next_hop_type", "nextHopType"),
    copy("next_hop_in_ip_address", "nextHopIpAddress"),
];

/// Those of interfaces, gateways, firewalls and balancers.
pub(super) const IP_CONFIGURATION: &[Rule] = &[
    NAME,
    id("subnet_id", "subnet"),
    copy("private_ip_address", "privateIPAddress"),
    id("public_ip_address_id", "publicIPAddress"),
    copy("primary", "primary"),
    // Of interfaces before 2.0, where no resource of its own said so.
    ids("application_security_group_ids", "applicationSecurityGroups"),
    ids("load_balancer_backend_address_pools_ids", "loadBalancerBackendAddressPools"),
    ids("load_balancer_inbound_nat_rules_ids", "loadBalancerInboundNatRules"),
    ids("application_gateway_backend_address_pools_ids", "applicationGatewayBackendAddressPools"),
];

const POLICY_DEFINITION: &[Rule] =
    &[NAME, copy("service", "service"), Rule { from: "service_resources", to: "serviceResources", how: How::Ids }];

/// An object with an address in it, of gateways and firewalls.
pub(super) const fn configuration(from: &'static str, to: &'static str) -> Rule {
    block(from, to, IP_CONFIGURATION)
}
