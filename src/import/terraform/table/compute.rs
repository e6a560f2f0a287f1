//! Virtual machines and scale sets.

use super::{Home, LOCATION, NAME, Rule, Type, blocks, copy, id, ids};

pub(super) const TYPES: &[Type] = &[
    machine("azurerm_linux_virtual_machine"),
    machine("azurerm_windows_virtual_machine"),
    machine("azurerm_virtual_machine"),
    scale_set("azurerm_linux_virtual_machine_scale_set"),
    scale_set("azurerm_windows_virtual_machine_scale_set"),
    scale_set("azurerm_orchestrated_virtual_machine_scale_set"),
    Type {
        name: "azurerm_virtual_machine_scale_set",
        arm: "Microsoft.Compute/virtualMachineScaleSets",
        home: Home::Group,
        rules: &[
            LOCATION,
            blocks(
                "network_profile",
                INTERFACES,
                &[
                    NAME,
                    copy("ip_forwarding", "properties/enableIPForwarding"),
                    copy("primary", "properties/primary"),
                    id("network_security_group_id", "properties/networkSecurityGroup/id"),
                    blocks("ip_configuration", "properties/ipConfigurations", CONFIGURATION),
                ],
            ),
        ],
        harmless: HARMLESS,
    },
];

const fn machine(name: &'static str) -> Type {
    Type { name, arm: "Microsoft.Compute/virtualMachines", home: Home::Group, rules: MACHINE, harmless: HARMLESS }
}

const fn scale_set(name: &'static str) -> Type {
    Type {
        name,
        arm: "Microsoft.Compute/virtualMachineScaleSets",
        home: Home::Group,
        rules: SCALE_SET,
        harmless: HARMLESS,
    }
}

const MACHINE: &[Rule] = &[LOCATION, ids("network_interface_ids", "networkInterfaces")];

const SCALE_SET: &[Rule] = &[
    LOCATION,
    blocks(
        "network_interface",
        INTERFACES,
        &[
            NAME,
            copy("enable_ip_forwarding", "properties/enableIPForwarding"),
            copy("ip_forwarding_enabled", "properties/enableIPForwarding"),
            copy("primary", "properties/primary"),
            id("network_security_group_id", "properties/networkSecurityGroup/id"),
            blocks("ip_configuration", "properties/ipConfigurations", CONFIGURATION),
        ],
    ),
];

const INTERFACES: &str = "virtualMachineProfile/networkProfile/networkInterfaceConfigurations";

const CONFIGURATION: &[Rule] = &[
    NAME,
    copy("primary", "properties/primary"),
    id("subnet_id", "properties/subnet/id"),
    ids("load_balancer_backend_address_pool_ids", "properties/loadBalancerBackendAddressPools"),
    ids("load_balancer_inbound_nat_rules_ids", "properties/loadBalancerInboundNatPools"),
    ids("application_gateway_backend_address_pool_ids", "properties/applicationGatewayBackendAddressPools"),
    ids("application_security_group_ids", "properties/applicationSecurityGroups"),
    blocks("public_ip_address", "properties/publicIPAddressConfigurations", &[NAME]),
    blocks("public_ip_address_configuration", "properties/publicIPAddressConfigurations", &[NAME]),
];

/// What runs on a machine, and on what.
const HARMLESS: &[&str] = &[
    "additional_capabilities",
    "additional_unattend_content",
    "admin_password",
    "admin_ssh_key",
    "admin_username",
    "allow_extension_operations",
    "automatic_instance_repair",
    "automatic_os_upgrade",
    "automatic_os_upgrade_policy",
    "availability_set_id",
    "boot_diagnostics",
    "bypass_platform_safety_checks_on_user_schedule_enabled",
    "capacity_reservation_group_id",
    "computer_name",
    "computer_name_prefix",
    "custom_data",
    "data_disk",
    "dedicated_host_group_id",
    "dedicated_host_id",
    "delete_data_disks_on_termination",
    "delete_os_disk_on_termination",
    "disable_password_authentication",
    "disk_controller_type",
    "do_not_run_extensions_on_overprovisioned_machines",
    "edge_zone",
    "enable_automatic_updates",
    "automatic_updates_enabled",
    "encryption_at_host_enabled",
    "eviction_policy",
    "extension",
    "extension_operations_enabled",
    "extensions_time_budget",
    "gallery_application",
    "health_probe_id",
    "hotpatching_enabled",
    "instances",
    "license_type",
    "max_bid_price",
    "os_disk",
    "os_image_notification",
    "os_managed_disk_id",
    "os_profile",
    "os_profile_linux_config",
    "os_profile_secrets",
    "os_profile_windows_config",
    "overprovision",
    "patch_assessment_mode",
    "patch_mode",
    "plan",
    "platform_fault_domain",
    "platform_fault_domain_count",
    "primary_network_interface_id",
    "priority",
    "priority_mix",
    // Those of its interfaces once more.
    "private_ip_address",
    "private_ip_addresses",
    "provision_vm_agent",
    "proximity_placement_group_id",
    "public_ip_address",
    "public_ip_addresses",
    "reboot_setting",
    "resilient_vm_creation_enabled",
    "resilient_vm_deletion_enabled",
    "rolling_upgrade_policy",
    "scale_in",
    "scale_in_policy",
    "secret",
    "secure_boot_enabled",
    "single_placement_group",
    "size",
    "sku",
    "sku_profile",
    "source_image_id",
    "source_image_reference",
    "spot_restore",
    "storage_data_disk",
    "storage_image_reference",
    "storage_os_disk",
    "storage_profile_data_disk",
    "storage_profile_image_reference",
    "storage_profile_os_disk",
    "terminate_notification",
    "termination_notification",
    "timezone",
    "unique_id",
    "upgrade_mode",
    "upgrade_policy_mode",
    "user_data",
    "user_data_base64",
    "version",
    "virtual_machine_id",
    "virtual_machine_scale_set_id",
    "vm_agent_platform_updates_enabled",
    "vm_size",
    "vtpm_enabled",
    "winrm_listener",
    "zone_balance",
];
