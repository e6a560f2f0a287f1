//! Platform services with their firewalls, private endpoints, private DNS.

use super::{
    ENABLED, Home, How, LOCATION, NAME, Rule, Type, always, block, blocks, copy, id, ids, lift, listed, plain, words,
};

pub(super) const TYPES: &[Type] = &[
    Type {
        name: "azurerm_storage_account",
        arm: "Microsoft.Storage/storageAccounts",
        home: Home::Group,
        rules: &[LOCATION, ACCESS, block("network_rules", "networkAcls", ACLS)],
        harmless: STORAGE,
    },
    Type {
        name: "azurerm_storage_account_network_rules",
        arm: "Microsoft.Storage/storageAccounts",
        home: Home::About("storage_account_id"),
        rules: &[
            copy("default_action", "networkAcls/defaultAction"),
            Rule { from: "bypass", to: "networkAcls/bypass", how: How::Joined },
            copy("ip_rules", "networkAcls/ipRules"),
            ids("virtual_network_subnet_ids", "networkAcls/virtualNetworkRules"),
            blocks("private_link_access", "networkAcls/resourceAccessRules", RESOURCE_ACCESS),
        ],
        harmless: &["storage_account_name"],
    },
    Type {
        name: "azurerm_key_vault",
        arm: "Microsoft.KeyVault/vaults",
        home: Home::Group,
        rules: &[LOCATION, ACCESS, block("network_acls", "networkAcls", ACLS)],
        harmless: &[
            "access_policy",
            "contact",
            "enable_rbac_authorization",
            "enabled_for_deployment",
            "enabled_for_disk_encryption",
            "enabled_for_template_deployment",
            "purge_protection_enabled",
            "rbac_authorization_enabled",
            "sku_name",
            "soft_delete_enabled",
            "soft_delete_retention_days",
            "tenant_id",
            "vault_uri",
        ],
    },
    Type {
        name: "azurerm_mssql_server",
        arm: "Microsoft.Sql/servers",
        home: Home::Group,
        rules: &[LOCATION, ACCESS, copy("connection_policy", "connectionPolicies/default/connectionType")],
        harmless: SQL,
    },
    Type {
        name: "azurerm_sql_server",
        arm: "Microsoft.Sql/servers",
        home: Home::Group,
        rules: &[LOCATION, copy("connection_policy", "connectionPolicies/default/connectionType")],
        harmless: SQL,
    },
    plain("azurerm_mssql_firewall_rule", "Microsoft.Sql/servers/firewallRules", Home::Below("server_id"), SPAN),
    plain("azurerm_sql_firewall_rule", "Microsoft.Sql/servers/firewallRules", Home::Under("server_name"), SPAN),
    plain(
        "azurerm_mssql_virtual_network_rule",
        "Microsoft.Sql/servers/virtualNetworkRules",
        Home::Below("server_id"),
        SUBNET_RULE,
    ),
    plain(
        "azurerm_sql_virtual_network_rule",
        "Microsoft.Sql/servers/virtualNetworkRules",
        Home::Under("server_name"),
        SUBNET_RULE,
    ),
    namespace(
        "azurerm_eventhub_namespace",
        "Microsoft.EventHub/namespaces",
        &[LOCATION, ACCESS, block("network_rulesets", "networkRuleSets/default", NAMESPACE_RULES)],
    ),
    namespace(
        "azurerm_servicebus_namespace",
        "Microsoft.ServiceBus/namespaces",
        &[
            LOCATION,
            ACCESS,
            always("type", "Microsoft.ServiceBus/namespaces"),
            block("network_rule_set", "networkRuleSets/default", NAMESPACE_RULES),
        ],
    ),
    Type {
        name: "azurerm_cosmosdb_account",
        arm: "Microsoft.DocumentDB/databaseAccounts",
        home: Home::Group,
        rules: &[
            LOCATION,
            ACCESS,
            // Text with commas before 4.0, a list since.
            Rule { from: "ip_range_filter", to: "ipRangeFilter", how: How::Joined },
            copy("is_virtual_network_filter_enabled", "isVirtualNetworkFilterEnabled"),
            Rule { from: "virtual_network_rule", to: "virtualNetworkRules", how: How::BlockIds("id") },
            words(
                "network_acl_bypass_for_azure_services",
                "networkAclBypass",
                &[("true", "AzureServices"), ("false", "None")],
            ),
        ],
        harmless: COSMOS,
    },
    Type {
        name: "azurerm_data_factory",
        arm: "Microsoft.DataFactory/factories",
        home: Home::Group,
        rules: &[LOCATION, words("public_network_enabled", "publicNetworkAccess", ENABLED)],
        harmless: &[
            "customer_managed_key_id",
            "customer_managed_key_identity_id",
            "github_configuration",
            "global_parameter",
            // Its own network, whose endpoints are resources by themselves.
            "managed_virtual_network_enabled",
            "purview_id",
            "vsts_configuration",
        ],
    },
    Type {
        name: "azurerm_databricks_workspace",
        arm: "Microsoft.Databricks/workspaces",
        home: Home::Group,
        rules: &[
            LOCATION,
            ACCESS,
            copy("workspace_url", "workspaceUrl"),
            copy("network_security_group_rules_required", "requiredNsgRules"),
            block(
                "custom_parameters",
                "parameters",
                &[
                    id("virtual_network_id", "customVirtualNetworkId"),
                    copy("public_subnet_name", "customPublicSubnetName"),
                    copy("private_subnet_name", "customPrivateSubnetName"),
                    copy("no_public_ip", "enableNoPublicIp"),
                ],
            ),
        ],
        harmless: &[
            "access_connector_id",
            "customer_managed_key_enabled",
            "default_storage_firewall_enabled",
            "disk_encryption_set_id",
            "enhanced_security_compliance",
            "infrastructure_encryption_enabled",
            "managed_disk_cmk_key_vault_id",
            "managed_disk_cmk_key_vault_key_id",
            "managed_disk_cmk_rotation_to_latest_version_enabled",
            "managed_disk_identity",
            "managed_resource_group_id",
            "managed_resource_group_name",
            "managed_services_cmk_key_vault_id",
            "managed_services_cmk_key_vault_key_id",
            "storage_account_identity",
            "workspace_id",
        ],
    },
    cluster(
        "azurerm_hdinsight_hadoop_cluster",
        &[LOCATION, always("clusterDefinition/kind", "Hadoop"), lift("roles", ROLES)],
    ),
    cluster(
        "azurerm_hdinsight_hbase_cluster",
        &[LOCATION, always("clusterDefinition/kind", "HBase"), lift("roles", ROLES)],
    ),
    cluster(
        "azurerm_hdinsight_interactive_query_cluster",
        &[LOCATION, always("clusterDefinition/kind", "InteractiveHive"), lift("roles", ROLES)],
    ),
    cluster(
        "azurerm_hdinsight_kafka_cluster",
        &[LOCATION, always("clusterDefinition/kind", "Kafka"), lift("roles", ROLES)],
    ),
    cluster(
        "azurerm_hdinsight_spark_cluster",
        &[LOCATION, always("clusterDefinition/kind", "Spark"), lift("roles", ROLES)],
    ),
    Type {
        name: "azurerm_private_endpoint",
        arm: "Microsoft.Network/privateEndpoints",
        home: Home::Group,
        rules: &[
            LOCATION,
            id("subnet_id", "subnet"),
            Rule {
                from: "private_service_connection",
                to: "privateLinkServiceConnections",
                how: How::BlocksWith("is_manual_connection", "false", LINK),
            },
            Rule {
                from: "private_service_connection",
                to: "manualPrivateLinkServiceConnections",
                how: How::BlocksWith("is_manual_connection", "true", LINK),
            },
            blocks(
                "ip_configuration",
                "ipConfigurations",
                &[
                    NAME,
                    copy("private_ip_address", "privateIPAddress"),
                    copy("subresource_name", "groupId"),
                    copy("member_name", "memberName"),
                ],
            ),
            blocks(
                "custom_dns_configs",
                "customDnsConfigs",
                &[copy("fqdn", "fqdn"), copy("ip_addresses", "ipAddresses")],
            ),
            lift("private_service_connection", &[copy("private_ip_address", "address")]),
            blocks(
                "private_dns_zone_group",
                "privateDnsZoneGroups",
                &[
                    NAME,
                    Rule {
                        from: "private_dns_zone_ids",
                        to: "privateDnsZoneConfigs",
                        how: How::Wrapped("privateDnsZoneId"),
                    },
                ],
            ),
        ],
        harmless: &["custom_network_interface_name", "network_interface", "private_dns_zone_configs"],
    },
    plain(
        "azurerm_private_endpoint_application_security_group_association",
        "Microsoft.Network/privateEndpoints",
        Home::About("private_endpoint_id"),
        &[listed("application_security_group_id", "applicationSecurityGroups")],
    ),
    Type {
        name: "azurerm_private_dns_zone",
        arm: "Microsoft.Network/privateDnsZones",
        home: Home::Group,
        rules: &[],
        harmless: &[
            "max_number_of_record_sets",
            "max_number_of_virtual_network_links",
            "max_number_of_virtual_network_links_with_registration",
            "number_of_record_sets",
            "soa_record",
        ],
    },
    record("azurerm_private_dns_a_record", "Microsoft.Network/privateDnsZones/A", &[copy("records", "addresses")]),
    record(
        "azurerm_private_dns_aaaa_record",
        "Microsoft.Network/privateDnsZones/AAAA",
        &[copy("records", "addresses")],
    ),
    record(
        "azurerm_private_dns_cname_record",
        "Microsoft.Network/privateDnsZones/CNAME",
        &[copy("record", "cnameRecord/cname")],
    ),
    plain(
        "azurerm_private_dns_zone_virtual_network_link",
        "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
        Home::Under("private_dns_zone_name"),
        &[
            id("virtual_network_id", "virtualNetwork"),
            copy("registration_enabled", "registrationEnabled"),
            copy("resolution_policy", "resolutionPolicy"),
        ],
    ),
];

const fn namespace(name: &'static str, arm: &'static str, rules: &'static [Rule]) -> Type {
    Type { name, arm, home: Home::Group, rules, harmless: NAMESPACE }
}

const fn cluster(name: &'static str, rules: &'static [Rule]) -> Type {
    Type { name, arm: "Microsoft.HDInsight/clusters", home: Home::Group, rules, harmless: CLUSTER }
}

const fn record(name: &'static str, arm: &'static str, rules: &'static [Rule]) -> Type {
    Type { name, arm, home: Home::Under("zone_name"), rules, harmless: &["fqdn", "ttl"] }
}

const ACCESS: Rule = words("public_network_access_enabled", "publicNetworkAccess", ENABLED);

const ACLS: &[Rule] = &[
    copy("default_action", "defaultAction"),
    Rule { from: "bypass", to: "bypass", how: How::Joined },
    copy("ip_rules", "ipRules"),
    ids("virtual_network_subnet_ids", "virtualNetworkRules"),
    blocks("private_link_access", "resourceAccessRules", RESOURCE_ACCESS),
];

const RESOURCE_ACCESS: &[Rule] = &[id("endpoint_resource_id", "resourceId"), copy("endpoint_tenant_id", "tenantId")];

const SPAN: &[Rule] = &[copy("start_ip_address", "startIpAddress"), copy("end_ip_address", "endIpAddress")];

const SUBNET_RULE: &[Rule] = &[
    id("subnet_id", "virtualNetworkSubnetId"),
    copy("ignore_missing_vnet_service_endpoint", "ignoreMissingVnetServiceEndpoint"),
];

const NAMESPACE_RULES: &[Rule] = &[
    copy("default_action", "defaultAction"),
    words("public_network_access_enabled", "publicNetworkAccess", ENABLED),
    copy("trusted_service_access_enabled", "trustedServiceAccessEnabled"),
    copy("trusted_services_allowed", "trustedServiceAccessEnabled"),
    blocks("ip_rule", "ipRules", &[copy("ip_mask", "ipMask")]),
    copy("ip_rules", "ipRules"),
    blocks("virtual_network_rule", "virtualNetworkRules", &[id("subnet_id", "subnet")]),
    blocks("network_rules", "virtualNetworkRules", &[id("subnet_id", "subnet")]),
];

const LINK: &[Rule] = &[
    NAME,
    id("private_connection_resource_id", "privateLinkServiceId"),
    copy("private_connection_resource_alias", "privateLinkServiceId"),
    copy("subresource_names", "groupIds"),
];

const ROLE: &[Rule] =
    &[id("subnet_id", "virtualNetworkProfile/subnet"), id("virtual_network_id", "virtualNetworkProfile/id")];

const ROLES: &[Rule] = &[
    blocks("head_node", "computeProfile/roles", ROLE),
    blocks("worker_node", "computeProfile/roles", ROLE),
    blocks("zookeeper_node", "computeProfile/roles", ROLE),
    blocks("kafka_management_node", "computeProfile/roles", ROLE),
    blocks("edge_node", "computeProfile/roles", ROLE),
];

const STORAGE: &[&str] = &[
    "access_tier",
    "account_kind",
    "account_replication_type",
    "account_tier",
    "allow_blob_public_access",
    "allow_nested_items_to_be_public",
    "allowed_copy_scope",
    "azure_files_authentication",
    "blob_properties",
    "cross_tenant_replication_enabled",
    "custom_domain",
    "customer_managed_key",
    "default_to_oauth_authentication",
    "dns_endpoint_type",
    "edge_zone",
    "enable_blob_encryption",
    "enable_file_encryption",
    "enable_https_traffic_only",
    "https_traffic_only_enabled",
    "immutability_policy",
    "infrastructure_encryption_enabled",
    "is_hns_enabled",
    "large_file_share_enabled",
    "local_user_enabled",
    "min_tls_version",
    "nfsv3_enabled",
    "primary_location",
    "provisioned_billing_model_version",
    "queue_encryption_key_type",
    "queue_properties",
    "routing",
    "sas_policy",
    "secondary_location",
    "sftp_enabled",
    "share_properties",
    "shared_access_key_enabled",
    "static_website",
    "table_encryption_key_type",
];

const SQL: &[&str] = &[
    "administrator_login",
    "administrator_login_password",
    "administrator_login_password_wo_version",
    "azuread_administrator",
    "express_vulnerability_assessment_enabled",
    "extended_auditing_policy",
    "fully_qualified_domain_name",
    "minimum_tls_version",
    "outbound_network_restriction_enabled",
    "primary_user_assigned_identity_id",
    "restorable_dropped_database_ids",
    "threat_detection_policy",
    "transparent_data_encryption_key_vault_key_id",
    "version",
];

const NAMESPACE: &[&str] = &[
    "auto_inflate_enabled",
    "capacity",
    "customer_managed_key",
    "dedicated_cluster_id",
    "endpoint",
    "local_auth_enabled",
    "local_authentication_enabled",
    "maximum_throughput_units",
    "minimum_tls_version",
    "premium_messaging_partitions",
    "sku",
    "zone_redundant",
];

const COSMOS: &[&str] = &[
    "access_key_metadata_writes_enabled",
    "analytical_storage",
    "analytical_storage_enabled",
    "automatic_failover_enabled",
    "backup",
    "burst_capacity_enabled",
    "capabilities",
    "capacity",
    "consistency_policy",
    "cors_rule",
    "create_mode",
    "default_identity_type",
    "enable_automatic_failover",
    "enable_free_tier",
    "enable_multiple_write_locations",
    "endpoint",
    "free_tier_enabled",
    "geo_location",
    "key_vault_key_id",
    "kind",
    "local_authentication_disabled",
    "local_authentication_enabled",
    "managed_hsm_key_id",
    "minimal_tls_version",
    "mongo_server_version",
    "multiple_write_locations_enabled",
    "network_acl_bypass_ids",
    "offer_type",
    "partition_merge_enabled",
    "read_endpoints",
    "restore",
    "write_endpoints",
];

const CLUSTER: &[&str] = &[
    "cluster_version",
    "component_version",
    "compute_isolation",
    "disk_encryption",
    "encryption_in_transit_enabled",
    "extension",
    "gateway",
    "https_endpoint",
    "kafka_rest_proxy_endpoint",
    "metastores",
    "monitor",
    "network",
    "private_link_configuration",
    "rest_proxy",
    "security_profile",
    "ssh_endpoint",
    "storage_account",
    "storage_account_gen2",
    "tier",
    "tls_min_version",
];
