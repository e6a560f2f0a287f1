//! Resource maps that are read but not modelled yet, and keys that say nothing about who reaches whom.

/// Resource maps whose content is taken as it is; verdicts that depend on them are undetermined.
pub const UNMODELLED: [&str; 16] = [
    "privateLinkServices",
    "dnsResolvers",
    "dnsForwardingRulesets",
    "bastionHosts",
    "p2sVpnGateways",
    "vpnServerConfigurations",
    "expressRoutePorts",
    "managedInstances",
    "serverfarms",
    "registries",
    "managedClusters",
    "publicIPPrefixes",
    "frontDoors",
    "trafficManagerProfiles",
    "networkWatchers",
    "ddosProtectionPlans",
];

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
