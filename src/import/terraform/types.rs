//! What becomes of types that have no rules of their own.
//!
//! In: a type's name. Out: whether it says something about traffic, and its ARM type. The lists are documented in `docs/import.md`.

use super::table;
use crate::import::identity::Identity;

/// Types of azurerm's that say nothing about who reaches whom; a name with `*` stands for all that begin so.
pub const HARMLESS: [&str; 91] = [
    "azurerm_advanced_threat_protection",
    "azurerm_app_service_certificate*",
    "azurerm_app_service_plan",
    "azurerm_application_insights*",
    "azurerm_automation_*",
    "azurerm_availability_set",
    "azurerm_backup_*",
    "azurerm_billing_*",
    "azurerm_cdn_frontdoor_firewall_policy",
    "azurerm_cdn_frontdoor_secret",
    "azurerm_client_config",
    "azurerm_consumption_*",
    "azurerm_container_registry_scope_map",
    "azurerm_container_registry_token*",
    "azurerm_container_registry_webhook",
    "azurerm_cosmosdb_cassandra_*",
    "azurerm_cosmosdb_gremlin_*",
    "azurerm_cosmosdb_mongo_*",
    "azurerm_cosmosdb_sql_*",
    "azurerm_cosmosdb_table",
    "azurerm_cost_*",
    "azurerm_custom_ip_prefix",
    "azurerm_data_factory_data_flow",
    "azurerm_data_factory_dataset_*",
    "azurerm_data_factory_pipeline",
    "azurerm_data_factory_trigger_*",
    "azurerm_data_protection_*",
    "azurerm_databricks_access_connector",
    "azurerm_databricks_workspace_customer_managed_key",
    "azurerm_databricks_workspace_root_dbfs_customer_managed_key",
    "azurerm_dedicated_host*",
    "azurerm_dev_test_*",
    "azurerm_disk_*",
    "azurerm_dns_*",
    "azurerm_eventhub",
    "azurerm_eventhub_authorization_rule",
    "azurerm_eventhub_consumer_group",
    "azurerm_eventhub_namespace_authorization_rule",
    "azurerm_eventhub_namespace_schema_group",
    "azurerm_federated_identity_credential",
    "azurerm_frontdoor_firewall_policy",
    "azurerm_image",
    "azurerm_key_vault_access_policy",
    "azurerm_key_vault_certificate*",
    "azurerm_key_vault_key",
    "azurerm_key_vault_secret*",
    "azurerm_log_analytics_*",
    "azurerm_maintenance_*",
    "azurerm_managed_disk",
    "azurerm_management_group*",
    "azurerm_management_lock",
    "azurerm_marketplace_agreement",
    "azurerm_monitor_*",
    "azurerm_mssql_database*",
    "azurerm_mssql_elasticpool",
    "azurerm_mssql_server_*",
    "azurerm_mssql_virtual_machine*",
    "azurerm_network_ddos_protection_plan",
    "azurerm_network_manager_deployment",
    "azurerm_network_manager_ipam_pool*",
    "azurerm_network_manager_verifier_workspace*",
    "azurerm_network_packet_capture",
    "azurerm_network_profile",
    "azurerm_network_security_perimeter_logging*",
    "azurerm_network_watcher*",
    "azurerm_policy_*",
    "azurerm_portal_dashboard",
    "azurerm_private_dns_mx_record",
    "azurerm_private_dns_ptr_record",
    "azurerm_private_dns_srv_record",
    "azurerm_private_dns_txt_record",
    "azurerm_proximity_placement_group",
    "azurerm_recovery_services_vault",
    "azurerm_resource_group*",
    "azurerm_resource_policy_*",
    "azurerm_resource_provider_registration",
    "azurerm_resources",
    "azurerm_role_*",
    "azurerm_security_center_*",
    "azurerm_sentinel_*",
    "azurerm_service_plan",
    "azurerm_servicebus_namespace_authorization_rule",
    "azurerm_servicebus_queue*",
    "azurerm_servicebus_subscription*",
    "azurerm_servicebus_topic*",
    "azurerm_shared_image*",
    "azurerm_snapshot",
    "azurerm_ssh_public_key",
    "azurerm_storage_*",
    "azurerm_subscription*",
    "azurerm_user_assigned_identity",
];

/// Those that begin like a harmless one and are none.
const NOT_HARMLESS: [&str; 4] = [
    "azurerm_storage_account_network_rules",
    "azurerm_storage_mover",
    "azurerm_storage_sync",
    "azurerm_automation_account",
];

/// Types that run on machines: they change what answers, and not who reaches whom.
pub const ON_MACHINES: [&str; 3] = [
    "azurerm_virtual_machine_data_disk_attachment",
    "azurerm_virtual_machine_extension",
    "azurerm_virtual_machine_scale_set_extension",
];

/// Types of other providers that say something about traffic in Azure.
const OTHERS: [&str; 4] = [
    "databricks_ip_access_list",
    "databricks_mws_network_connectivity_config",
    "databricks_mws_ncc_binding",
    "databricks_workspace_conf",
];

/// Types without rules, with the ARM types that private endpoints and ids name.
const ARM: [(&str, &str); 25] = [
    ("azurerm_api_management", "Microsoft.ApiManagement/service"),
    ("azurerm_app_configuration", "Microsoft.AppConfiguration/configurationStores"),
    ("azurerm_automation_account", "Microsoft.Automation/automationAccounts"),
    ("azurerm_cdn_frontdoor_profile", "Microsoft.Cdn/profiles"),
    ("azurerm_cdn_profile", "Microsoft.Cdn/profiles"),
    ("azurerm_cognitive_account", "Microsoft.CognitiveServices/accounts"),
    ("azurerm_container_registry", "Microsoft.ContainerRegistry/registries"),
    ("azurerm_eventgrid_domain", "Microsoft.EventGrid/domains"),
    ("azurerm_eventgrid_topic", "Microsoft.EventGrid/topics"),
    ("azurerm_express_route_port", "Microsoft.Network/expressRoutePorts"),
    ("azurerm_frontdoor", "Microsoft.Network/frontDoors"),
    ("azurerm_iothub", "Microsoft.Devices/IotHubs"),
    ("azurerm_kubernetes_cluster", "Microsoft.ContainerService/managedClusters"),
    ("azurerm_machine_learning_workspace", "Microsoft.MachineLearningServices/workspaces"),
    ("azurerm_mariadb_server", "Microsoft.DBforMariaDB/servers"),
    ("azurerm_mssql_managed_instance", "Microsoft.Sql/managedInstances"),
    ("azurerm_mysql_flexible_server", "Microsoft.DBforMySQL/flexibleServers"),
    ("azurerm_mysql_server", "Microsoft.DBforMySQL/servers"),
    ("azurerm_postgresql_flexible_server", "Microsoft.DBforPostgreSQL/flexibleServers"),
    ("azurerm_postgresql_server", "Microsoft.DBforPostgreSQL/servers"),
    ("azurerm_redis_cache", "Microsoft.Cache/redis"),
    ("azurerm_resource_group", "Microsoft.Resources/resourceGroups"),
    ("azurerm_search_service", "Microsoft.Search/searchServices"),
    ("azurerm_synapse_workspace", "Microsoft.Synapse/workspaces"),
    ("azurerm_traffic_manager_profile", "Microsoft.Network/trafficManagerProfiles"),
];

/// Attributes of any resource, and of any block, that say nothing about who reaches whom.
pub const ATTRIBUTES: [&str; 24] = [
    "actions",
    "description",
    "domain_name_label",
    "edge_zone",
    "gateway_load_balancer_frontend_ip_configuration_id",
    "id",
    "identity",
    "idle_timeout_in_minutes",
    "inbound_nat_rules",
    "ip_tag",
    "load_balancer_rules",
    "location",
    "name",
    "outbound_rules",
    "private_ip_address_allocation",
    "private_ip_address_version",
    "request_message",
    "resource_group_name",
    "resource_guid",
    "tags",
    "tags_all",
    "timeouts",
    "zone",
    "zones",
];

/// Endings of attributes that only Azure writes: addresses and keys for people.
pub const ENDINGS: [&str; 10] = [
    "_access_key",
    "_blob_endpoint",
    "_connection_string",
    "_connection_string_alias",
    "_endpoint",
    "_host",
    "_key",
    "_master_key",
    "_primary_key",
    "_secondary_key",
];

/// Whether a type says nothing about who reaches whom: those of other providers, and those of the list.
pub(super) fn is_harmless(kind: &str) -> bool {
    if !kind.starts_with("azurerm_") && !kind.starts_with("azapi_") {
        return !OTHERS.contains(&kind);
    }
    let fits = |known: &&str| known.strip_suffix('*').map_or(*known == kind, |start| kind.starts_with(start));
    let listed = HARMLESS.iter().chain(&ON_MACHINES).any(fits);
    listed && !NOT_HARMLESS.contains(&kind) && table::of(kind).is_none()
}

/// The ARM type of a type.
pub(super) fn arm(kind: &str) -> Option<&'static str> {
    let listed = || ARM.iter().find(|(name, _)| *name == kind).map(|(_, arm)| *arm);
    table::of(kind).map(|known| known.arm).or_else(listed)
}

/// A resource of an ARM type, without names.
pub(super) fn identity(arm: &str) -> Option<Identity> {
    let (provider, kinds) = arm.split_once('/')?;
    let types: Vec<String> = kinds.split('/').map(str::to_owned).collect();
    let names = vec![String::new(); types.len()];
    Some(Identity { provider: provider.to_owned(), types, names, ..Identity::default() })
}

/// Whether an attribute of any resource says nothing about who reaches whom.
pub(super) fn is_harmless_attribute(name: &str) -> bool {
    ATTRIBUTES.contains(&name) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}
