//! Private link services and DNS Private Resolvers.

use super::{Home, LOCATION, NAME, Type, blocks, copy, id, ids, plain, words};

pub(super) const TYPES: &[Type] = &[
    Type {
        name: "azurerm_private_link_service",
        arm: "Microsoft.Network/privateLinkServices",
        home: Home::Group,
        rules: &[
            LOCATION,
            blocks(
                "nat_ip_configuration",
                "ipConfigurations",
                &[NAME, id("subnet_id", "subnet"), copy("private_ip_address", "privateIPAddress")],
            ),
            ids("load_balancer_frontend_ip_configuration_ids", "loadBalancerFrontendIpConfigurations"),
            copy("auto_approval_subscription_ids", "autoApproval/subscriptions"),
            copy("visibility_subscription_ids", "visibility/subscriptions"),
            copy("destination_ip_address", "destinationIPAddress"),
        ],
        harmless: &["alias", "enable_proxy_protocol", "fqdns", "primary", "proxy_protocol_enabled"],
    },
    plain(
        "azurerm_private_dns_resolver",
        "Microsoft.Network/dnsResolvers",
        Home::Group,
        &[LOCATION, id("virtual_network_id", "virtualNetwork")],
    ),
    plain(
        "azurerm_private_dns_resolver_inbound_endpoint",
        "Microsoft.Network/dnsResolvers/inboundEndpoints",
        Home::Below("private_dns_resolver_id"),
        &[
            LOCATION,
            blocks(
                "ip_configurations",
                "ipConfigurations",
                &[
                    id("subnet_id", "subnet"),
                    copy("private_ip_address", "privateIpAddress"),
                    copy("private_ip_allocation_method", "privateIpAllocationMethod"),
                ],
            ),
        ],
    ),
    plain(
        "azurerm_private_dns_resolver_outbound_endpoint",
        "Microsoft.Network/dnsResolvers/outboundEndpoints",
        Home::Below("private_dns_resolver_id"),
        &[LOCATION, id("subnet_id", "subnet")],
    ),
    plain(
        "azurerm_private_dns_resolver_dns_forwarding_ruleset",
        "Microsoft.Network/dnsForwardingRulesets",
        Home::Group,
        &[LOCATION, ids("private_dns_resolver_outbound_endpoint_ids", "dnsResolverOutboundEndpoints")],
    ),
    Type {
        name: "azurerm_private_dns_resolver_forwarding_rule",
        arm: "Microsoft.Network/dnsForwardingRulesets/forwardingRules",
        home: Home::Below("dns_forwarding_ruleset_id"),
        rules: &[
            copy("domain_name", "domainName"),
            words("enabled", "forwardingRuleState", super::ENABLED),
            blocks("target_dns_servers", "targetDnsServers", &[copy("ip_address", "ipAddress"), copy("port", "port")]),
        ],
        harmless: &["metadata"],
    },
    Type {
        name: "azurerm_private_dns_resolver_virtual_network_link",
        arm: "Microsoft.Network/dnsForwardingRulesets/virtualNetworkLinks",
        home: Home::Below("dns_forwarding_ruleset_id"),
        rules: &[id("virtual_network_id", "virtualNetwork")],
        harmless: &["metadata"],
    },
];
