//! Network managers and perimeters.

use super::{Home, LOCATION, Rule, Type, blocks, copy, id, ids, plain};
use super::{How, block};

pub(super) const TYPES: &[Type] = &[
    Type {
        name: "azurerm_network_manager",
        arm: "Microsoft.Network/networkManagers",
        home: Home::Group,
        rules: &[
            LOCATION,
            block(
                "scope",
                "networkManagerScopes",
                &[copy("management_group_ids", "managementGroups"), copy("subscription_ids", "subscriptions")],
            ),
        ],
        harmless: &["cross_tenant_scopes", "description", "scope_accesses"],
    },
    Type {
        name: "azurerm_network_manager_network_group",
        arm: "Microsoft.Network/networkManagers/networkGroups",
        home: Home::Below("network_manager_id"),
        rules: &[],
        harmless: &["description", "member_type"],
    },
    Type {
        name: "azurerm_network_manager_static_member",
        arm: "Microsoft.Network/networkManagers/networkGroups/staticMembers",
        home: Home::Below("network_group_id"),
        rules: &[id("target_virtual_network_id", "resourceId")],
        harmless: &["region"],
    },
    Type {
        name: "azurerm_network_manager_security_admin_configuration",
        arm: "Microsoft.Network/networkManagers/securityAdminConfigurations",
        home: Home::Below("network_manager_id"),
        rules: &[copy("apply_on_network_intent_policy_based_services", "applyOnNetworkIntentPolicyBasedServices")],
        harmless: &["description"],
    },
    Type {
        name: "azurerm_network_manager_admin_rule_collection",
        arm: "Microsoft.Network/networkManagers/securityAdminConfigurations/ruleCollections",
        home: Home::Below("security_admin_configuration_id"),
        rules: &[Rule { from: "network_group_ids", to: "appliesToGroups", how: How::Wrapped("networkGroupId") }],
        harmless: &["description"],
    },
    Type {
        name: "azurerm_network_manager_admin_rule",
        arm: "Microsoft.Network/networkManagers/securityAdminConfigurations/ruleCollections/rules",
        home: Home::Below("admin_rule_collection_id"),
        rules: &[
            copy("action", "access"),
            copy("direction", "direction"),
            copy("priority", "priority"),
            copy("protocol", "protocol"),
            copy("source_port_ranges", "sourcePortRanges"),
            copy("destination_port_ranges", "destinationPortRanges"),
            blocks("source", "sources", &[copy("address_prefix", "addressPrefix")]),
            blocks("destination", "destinations", &[copy("address_prefix", "addressPrefix")]),
        ],
        harmless: &["description"],
    },
    Type {
        name: "azurerm_network_manager_connectivity_configuration",
        arm: "Microsoft.Network/networkManagers/connectivityConfigurations",
        home: Home::Below("network_manager_id"),
        rules: &[
            copy("connectivity_topology", "connectivityTopology"),
            Rule { from: "hub", to: "hubs", how: How::BlockIds("resource_id") },
            blocks(
                "applies_to_group",
                "appliesToGroups",
                &[
                    id("network_group_id", "networkGroupId"),
                    copy("group_connectivity", "groupConnectivity"),
                    copy("use_hub_gateway", "useHubGateway"),
                    copy("global_mesh_enabled", "isGlobal"),
                ],
            ),
            copy("global_mesh_enabled", "isGlobal"),
        ],
        harmless: &["delete_existing_peering_enabled", "description"],
    },
    plain(
        "azurerm_network_security_perimeter",
        "Microsoft.Network/networkSecurityPerimeters",
        Home::Group,
        &[LOCATION],
    ),
    plain(
        "azurerm_network_security_perimeter_profile",
        "Microsoft.Network/networkSecurityPerimeters/profiles",
        Home::Below("network_security_perimeter_id"),
        &[],
    ),
    plain(
        "azurerm_network_security_perimeter_access_rule",
        "Microsoft.Network/networkSecurityPerimeters/profiles/accessRules",
        Home::Below("network_security_perimeter_profile_id"),
        &[
            copy("direction", "direction"),
            copy("address_prefixes", "addressPrefixes"),
            copy("fqdns", "fullyQualifiedDomainNames"),
            ids("subscription_ids", "subscriptions"),
        ],
    ),
    plain(
        "azurerm_network_security_perimeter_association",
        "Microsoft.Network/networkSecurityPerimeters/resourceAssociations",
        Home::Below("network_security_perimeter_profile_id"),
        &[
            copy("access_mode", "accessMode"),
            id("resource_id", "privateLinkResource"),
            id("network_security_perimeter_profile_id", "profile"),
        ],
    ),
];
