//! Azure Firewall, its policies and rule collections, groups of addresses.

use super::{
    Home, How, LOCATION, NAME, Rule, Type, always, block, blocks, copy, id, ids, listed, network::IP_CONFIGURATION,
    network::configuration, plain, words,
};

pub(super) const TYPES: &[Type] = &[
    Type {
        name: "azurerm_firewall",
        arm: "Microsoft.Network/azureFirewalls",
        home: Home::Group,
        rules: &[
            LOCATION,
            copy("sku_name", "sku/name"),
            copy("sku_tier", "sku/tier"),
            blocks("ip_configuration", "ipConfigurations", IP_CONFIGURATION),
            configuration("management_ip_configuration", "managementIpConfiguration"),
            id("firewall_policy_id", "firewallPolicy"),
            super::lift("virtual_hub", &[id("virtual_hub_id", "virtualHub")]),
            copy("threat_intel_mode", "threatIntelMode"),
            Rule { from: "private_ip_ranges", to: "additionalProperties/Network.SNAT.PrivateRanges", how: How::Joined },
            copy("dns_proxy_enabled", "additionalProperties/Network.DNS.EnableProxy"),
            Rule { from: "dns_servers", to: "additionalProperties/Network.DNS.Servers", how: How::Joined },
        ],
        // How many public addresses a hub gives it.
        harmless: &["public_ip_count"],
    },
    plain(
        "azurerm_firewall_network_rule_collection",
        "Microsoft.Network/azureFirewalls/networkRuleCollections",
        Home::Under("azure_firewall_name"),
        &[
            copy("priority", "priority"),
            copy("action", "action/type"),
            blocks(
                "rule",
                "rules",
                &[
                    NAME,
                    copy("source_addresses", "sourceAddresses"),
                    ids("source_ip_groups", "sourceIpGroups"),
                    copy("destination_addresses", "destinationAddresses"),
                    ids("destination_ip_groups", "destinationIpGroups"),
                    copy("destination_fqdns", "destinationFqdns"),
                    copy("destination_ports", "destinationPorts"),
                    copy("protocols", "protocols"),
                ],
            ),
        ],
    ),
    plain(
        "azurerm_firewall_application_rule_collection",
        "Microsoft.Network/azureFirewalls/applicationRuleCollections",
        Home::Under("azure_firewall_name"),
        &[
            copy("priority", "priority"),
            copy("action", "action/type"),
            blocks(
                "rule",
                "rules",
                &[
                    NAME,
                    copy("source_addresses", "sourceAddresses"),
                    ids("source_ip_groups", "sourceIpGroups"),
                    copy("target_fqdns", "targetFqdns"),
                    copy("fqdn_tags", "fqdnTags"),
                    blocks("protocol", "protocols", PROTOCOL),
                ],
            ),
        ],
    ),
    plain(
        "azurerm_firewall_nat_rule_collection",
        "Microsoft.Network/azureFirewalls/natRuleCollections",
        Home::Under("azure_firewall_name"),
        &[
            copy("priority", "priority"),
            copy("action", "action/type"),
            blocks(
                "rule",
                "rules",
                &[
                    NAME,
                    copy("source_addresses", "sourceAddresses"),
                    ids("source_ip_groups", "sourceIpGroups"),
                    copy("destination_addresses", "destinationAddresses"),
                    copy("destination_ports", "destinationPorts"),
                    copy("protocols", "protocols"),
                    copy("translated_address", "translatedAddress"),
                    copy("translated_port", "translatedPort"),
                ],
            ),
        ],
    ),
    Type {
        name: "azurerm_firewall_policy",
        arm: "Microsoft.Network/firewallPolicies",
        home: Home::Group,
        rules: &[
            LOCATION,
            id("base_policy_id", "basePolicy"),
            copy("threat_intelligence_mode", "threatIntelMode"),
            block(
                "threat_intelligence_allowlist",
                "threatIntelWhitelist",
                &[copy("ip_addresses", "ipAddresses"), copy("fqdns", "fqdns")],
            ),
            block("dns", "dnsSettings", &[copy("proxy_enabled", "enableProxy"), copy("servers", "servers")]),
            copy("private_ip_ranges", "snat/privateRanges"),
            words("auto_learn_private_ranges_enabled", "snat/autoLearnPrivateRanges", &[("true", "Enabled")]),
        ],
        harmless: &[
            "child_policies",
            "explicit_proxy",
            "firewalls",
            "insights",
            "intrusion_detection",
            "rule_collection_groups",
            "sku",
            "sql_redirect_allowed",
            "tls_certificate",
        ],
    },
    plain(
        "azurerm_firewall_policy_rule_collection_group",
        "Microsoft.Network/firewallPolicies/ruleCollectionGroups",
        Home::Below("firewall_policy_id"),
        &[
            copy("priority", "priority"),
            blocks(
                "network_rule_collection",
                "ruleCollections",
                &[
                    NAME,
                    FILTER,
                    copy("priority", "priority"),
                    copy("action", "action/type"),
                    blocks("rule", "rules", NETWORK_RULE),
                ],
            ),
            blocks(
                "application_rule_collection",
                "ruleCollections",
                &[
                    NAME,
                    FILTER,
                    copy("priority", "priority"),
                    copy("action", "action/type"),
                    blocks("rule", "rules", APPLICATION_RULE),
                ],
            ),
            blocks(
                "nat_rule_collection",
                "ruleCollections",
                &[
                    NAME,
                    always("ruleCollectionType", "FirewallPolicyNatRuleCollection"),
                    copy("priority", "priority"),
                    words("action", "action/type", &[("Dnat", "DNAT")]),
                    blocks("rule", "rules", NAT_RULE),
                ],
            ),
        ],
    ),
    Type {
        name: "azurerm_ip_group",
        arm: "Microsoft.Network/ipGroups",
        home: Home::Group,
        rules: &[LOCATION, copy("cidrs", "ipAddresses")],
        harmless: &["firewall_ids", "firewall_policy_ids"],
    },
    plain(
        "azurerm_ip_group_cidr",
        "Microsoft.Network/ipGroups",
        Home::About("ip_group_id"),
        &[listed("cidr", "ipAddresses")],
    ),
];

const FILTER: Rule = always("ruleCollectionType", "FirewallPolicyFilterRuleCollection");
const PROTOCOL: &[Rule] = &[copy("type", "protocolType"), copy("port", "port")];

const NETWORK_RULE: &[Rule] = &[
    NAME,
    always("ruleType", "NetworkRule"),
    copy("protocols", "ipProtocols"),
    copy("source_addresses", "sourceAddresses"),
    ids("source_ip_groups", "sourceIpGroups"),
    copy("destination_addresses", "destinationAddresses"),
    ids("destination_ip_groups", "destinationIpGroups"),
    copy("destination_fqdns", "destinationFqdns"),
    copy("destination_ports", "destinationPorts"),
];

const APPLICATION_RULE: &[Rule] = &[
    NAME,
    always("ruleType", "ApplicationRule"),
    blocks("protocols", "protocols", PROTOCOL),
    copy("source_addresses", "sourceAddresses"),
    ids("source_ip_groups", "sourceIpGroups"),
    copy("destination_addresses", "destinationAddresses"),
    copy("destination_fqdns", "targetFqdns"),
    copy("destination_fqdn_tags", "fqdnTags"),
    copy("destination_urls", "targetUrls"),
    copy("web_categories", "webCategories"),
];

const NAT_RULE: &[Rule] = &[
    NAME,
    always("ruleType", "NatRule"),
    copy("protocols", "ipProtocols"),
    copy("source_addresses", "sourceAddresses"),
    ids("source_ip_groups", "sourceIpGroups"),
    listed("destination_address", "destinationAddresses"),
    copy("destination_ports", "destinationPorts"),
    copy("translated_address", "translatedAddress"),
    copy("translated_fqdn", "translatedFqdn"),
    copy("translated_port", "translatedPort"),
];
