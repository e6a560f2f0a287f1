//! Resource maps that are read but not modelled yet, and keys that say nothing about who reaches whom.

/// Resource maps whose content is taken as it is; verdicts that depend on them are undetermined.
pub const UNMODELLED: [&str; 12] = [
    "p2sVpnGateways",
    "vpnServerConfigurations",
    "expressRoutePorts",
    "managedInstances",
    "serverfarms",
    "registries",
    "managedClusters",
    "frontDoors",
    "profiles",
    "trafficManagerProfiles",
    "networkWatchers",
    "ddosProtectionPlans",
];

/// Those of them that have no part in who reaches whom: no verdict depends on them.
pub const WITHOUT_PART: [&str; 3] = ["serverfarms", "networkWatchers", "ddosProtectionPlans"];

/// Those of them that stand in no virtual network: addresses in them are other people's.
pub const OUTSIDE_NETWORKS: [&str; 3] = ["frontDoors", "profiles", "trafficManagerProfiles"];

/// Read-only or administrative keys of any resource: ignored everywhere.
pub const IGNORED: [&str; 26] = [
    "id",
    "etag",
    "type",
    "kind",
    "tags",
    "zones",
    "location",
    "zone",
    "managedBy",
    "resourceGroup",
    "subscriptionId",
    "tenantId",
    "systemData",
    "provisioningState",
    "resourceGuid",
    "extendedLocation",
    "dependsOn",
    "comments",
    "condition",
    "scale",
    "creationTime",
    "changedTime",
    "sharedWithResource",
    "scope",
    "plan",
    "asyncOperation",
];

/// Children that need no name when they stand in a list: they are numbered from 0, in their order.
pub const UNNAMED: [&str; 4] = ["rules", "firewall", "ipConfigurations", "networkInterfaces"];

/// Names that `az` prints for what ARM calls otherwise (`az storage account show`).
pub const CLI_NAMES: [(&str, &str); 4] = [
    ("networkRuleSet", "networkAcls"),
    ("enableHttpsTrafficOnly", "supportsHttpsTrafficOnly"),
    ("ipAddressOrRange", "value"),
    ("virtualNetworkResourceId", "id"),
];
