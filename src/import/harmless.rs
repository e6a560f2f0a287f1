//! What says nothing about who reaches whom: resource types and properties that an import leaves aside.
//!
//! In: nothing. Out: lists, documented in `docs/import.md`. Properties that one type of resource alone has are in the
//! shapes of the format (`scenario/shape`), marked as ignored.

/// Providers none of whose resources carries or filters traffic between workloads.
pub const PROVIDERS: [&str; 17] = [
    "Microsoft.Advisor",
    "Microsoft.AlertsManagement",
    "Microsoft.Authorization",
    "Microsoft.Automation",
    "Microsoft.DevTestLab",
    "Microsoft.Insights",
    "Microsoft.Maintenance",
    "Microsoft.ManagedIdentity",
    "Microsoft.OperationalInsights",
    "Microsoft.OperationsManagement",
    "Microsoft.PolicyInsights",
    "Microsoft.Portal",
    "Microsoft.RecoveryServices",
    "Microsoft.ResourceHealth",
    "Microsoft.Resources",
    "Microsoft.Security",
    "Microsoft.VirtualMachineImages",
];

/// Resource types of other providers, with the types above them.
pub const TYPES: [&str; 29] = [
    "Microsoft.Compute/availabilitySets",
    "Microsoft.Compute/diskEncryptionSets",
    "Microsoft.Compute/disks",
    "Microsoft.Compute/galleries",
    "Microsoft.Compute/hostGroups",
    "Microsoft.Compute/images",
    "Microsoft.Compute/proximityPlacementGroups",
    "Microsoft.Compute/restorePointCollections",
    "Microsoft.Compute/snapshots",
    "Microsoft.Compute/sshPublicKeys",
    "Microsoft.Compute/virtualMachines/extensions",
    "Microsoft.Compute/virtualMachines/runCommands",
    "Microsoft.Network/ddosCustomPolicies",
    "Microsoft.Network/ddosProtectionPlans",
    "Microsoft.Network/networkIntentPolicies",
    "Microsoft.Network/networkProfiles",
    "Microsoft.Network/networkSecurityGroups/defaultSecurityRules",
    "Microsoft.Network/networkWatchers",
    "Microsoft.Network/networkWatchers/flowLogs",
    "Microsoft.Network/networkWatchers/connectionMonitors",
    "Microsoft.Network/networkWatchers/packetCaptures",
    "Microsoft.Network/privateDnsZones/MX",
    "Microsoft.Network/privateDnsZones/PTR",
    "Microsoft.Network/privateDnsZones/SOA",
    "Microsoft.Network/privateDnsZones/SRV",
    "Microsoft.Network/privateDnsZones/TXT",
    "Microsoft.Storage/storageAccounts/blobServices",
    "Microsoft.Storage/storageAccounts/fileServices",
    "Microsoft.Storage/storageAccounts/queueServices",
];

/// Properties that any resource may have, besides those that the format ignores everywhere (`IGNORED` of the shapes).
pub const PROPERTIES: [&str; 12] = [
    "$schema",
    "apiVersion",
    "createdTime",
    "fqdns",
    "lastModified",
    "macAddresses",
    "metadata",
    "powerState",
    "privateIps",
    "publicIps",
    "resources",
    "timeCreated",
];

/// Keys around resources in an answer: how many there are, where the next page is.
pub const ENVELOPE: [&str; 17] = [
    "$schema",
    "$skipToken",
    "contentVersion",
    "count",
    "facets",
    "functions",
    "metadata",
    "nextLink",
    "outputs",
    "parameters",
    "resultTruncated",
    "skip_token",
    "skipToken",
    "totalRecords",
    "total_records",
    "variables",
    "mode",
];

/// Whether a name is in a list, in any letter case.
pub(super) fn is_in(list: &[&str], name: &str) -> bool {
    list.iter().any(|one| one.eq_ignore_ascii_case(name))
}
