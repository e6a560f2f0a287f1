//! Shapes of platform services, their private endpoints, names and perimeters.

use super::{Field, Kind, Shape, field, ignored};

const ACCESS: &[&str] = &["Enabled", "Disabled", "SecuredByPerimeter"];
const ACTIONS: &[&str] = &["Allow", "Deny"];

const ID: Field = field("id", Kind::Scalar, "its ARM id, for policies and rules that name a resource group");
const LOCATION: Field = field("location", Kind::Scalar, "region");
const PUBLIC_ACCESS: Field =
    field("publicNetworkAccess", Kind::OneOf(ACCESS), "Enabled (default), Disabled, SecuredByPerimeter");
/// Read-only list of an export; the endpoints themselves stand under privateEndpoints.
const CONNECTIONS: Field = ignored("privateEndpointConnections");

pub(super) static STORAGE_ACCOUNT: Shape = Shape {
    fields: &[
        ID,
        LOCATION,
        PUBLIC_ACCESS,
        field("networkAcls", Kind::Object(&STORAGE_RULES), "its firewall"),
        field("primaryEndpoints", Kind::Any, "its host names, where they are not the usual ones"),
        CONNECTIONS,
        ignored("sku"),
        ignored("kind"),
        ignored("identity"),
        ignored("isHnsEnabled"),
        ignored("accessTier"),
        ignored("supportsHttpsTrafficOnly"),
        ignored("allowBlobPublicAccess"),
        ignored("allowSharedKeyAccess"),
        ignored("allowCrossTenantReplication"),
        ignored("minimumTlsVersion"),
        ignored("encryption"),
        ignored("keyCreationTime"),
        ignored("primaryLocation"),
        ignored("secondaryLocation"),
        ignored("secondaryEndpoints"),
        ignored("statusOfPrimary"),
        ignored("statusOfSecondary"),
        ignored("largeFileSharesState"),
        ignored("azureFilesIdentityBasedAuthentication"),
        ignored("routingPreference"),
        ignored("dnsEndpointType"),
        ignored("blobServices"),
        ignored("fileServices"),
        ignored("isNfsV3Enabled"),
        ignored("isSftpEnabled"),
        ignored("isLocalUserEnabled"),
        ignored("defaultToOAuthAuthentication"),
        ignored("customDomain"),
    ],
};

static STORAGE_RULES: Shape = Shape {
    fields: &[
        field("defaultAction", Kind::OneOf(ACTIONS), "default Allow"),
        field("bypass", Kind::Scalar, "None or any of Logging, Metrics, AzureServices (default)"),
        field("ipRules", Kind::NamedList("value"), "public addresses and CIDRs"),
        field("virtualNetworkRules", Kind::References, "subnets"),
        field("resourceAccessRules", Kind::List(&RESOURCE_ACCESS_RULE), "resource instances"),
        ignored("ipv6Rules"),
    ],
};

static RESOURCE_ACCESS_RULE: Shape = Shape {
    fields: &[
        field("resourceId", Kind::Reference, "the resource, or a pattern with `*`"),
        field("tenantId", Kind::Scalar, "its tenant"),
    ],
};

pub(super) static KEY_VAULT: Shape = Shape {
    fields: &[
        ID,
        LOCATION,
        PUBLIC_ACCESS,
        field("networkAcls", Kind::Object(&STORAGE_RULES), "its firewall"),
        field("vaultUri", Kind::Scalar, "its address, where it is not the usual one"),
        CONNECTIONS,
        ignored("sku"),
        ignored("accessPolicies"),
        ignored("enabledForDeployment"),
        ignored("enabledForDiskEncryption"),
        ignored("enabledForTemplateDeployment"),
        ignored("enableSoftDelete"),
        ignored("softDeleteRetentionInDays"),
        ignored("enableRbacAuthorization"),
        ignored("enablePurgeProtection"),
        ignored("createMode"),
        ignored("hsmPoolResourceId"),
        ignored("secrets"),
        ignored("keys"),
    ],
};

pub(super) static DATA_LAKE_STORE_ACCOUNT: Shape = Shape {
    fields: &[
        ID,
        LOCATION,
        field("firewallState", Kind::OneOf(&["Enabled", "Disabled"]), "default Disabled: open to all"),
        field("firewallAllowAzureIps", Kind::OneOf(&["Enabled", "Disabled"]), "allow all Azure services"),
        field("firewallRules", Kind::Children(&ADDRESS_SPAN), "public addresses"),
        field("virtualNetworkRules", Kind::ReferencesOrChildren(&SUBNET_RULE), "subnets"),
        field("endpoint", Kind::Scalar, "its host name, where it is not the usual one"),
        ignored("encryptionState"),
        ignored("encryptionConfig"),
        ignored("encryptionProvisioningState"),
        ignored("trustedIdProviders"),
        ignored("trustedIdProviderState"),
        ignored("newTier"),
        ignored("currentTier"),
        ignored("defaultGroup"),
        ignored("identity"),
        ignored("accountId"),
        ignored("state"),
        ignored("lastModifiedTime"),
    ],
};

static ADDRESS_SPAN: Shape = Shape {
    fields: &[
        field("startIpAddress", Kind::Scalar, "first address"),
        field("endIpAddress", Kind::Scalar, "last address"),
    ],
};

static SUBNET_RULE: Shape = Shape {
    fields: &[
        field("subnetId", Kind::Reference, "the subnet"),
        field("virtualNetworkSubnetId", Kind::Reference, "the subnet"),
        field("ignoreMissingVnetServiceEndpoint", Kind::Boolean, "kept although the subnet has no endpoint"),
        ignored("state"),
    ],
};

pub(super) static SQL_SERVER: Shape = Shape {
    fields: &[
        ID,
        LOCATION,
        PUBLIC_ACCESS,
        field("firewallRules", Kind::Children(&ADDRESS_SPAN), "public addresses; 0.0.0.0 to 0.0.0.0 = all of Azure"),
        field("virtualNetworkRules", Kind::ReferencesOrChildren(&SUBNET_RULE), "subnets"),
        field("connectionPolicies", Kind::Children(&CONNECTION_POLICY), "Default, Redirect or Proxy"),
        field("databases", Kind::Children(&DATABASE), "databases with rules of their own"),
        field("fullyQualifiedDomainName", Kind::Scalar, "its host name, where it is not the usual one"),
        CONNECTIONS,
        ignored("administratorLogin"),
        ignored("administratorLoginPassword"),
        ignored("administrators"),
        ignored("version"),
        ignored("state"),
        ignored("kind"),
        ignored("identity"),
        ignored("minimalTlsVersion"),
        ignored("restrictOutboundNetworkAccess"),
        ignored("externalGovernanceStatus"),
        ignored("elasticPools"),
        ignored("sku"),
    ],
};

static CONNECTION_POLICY: Shape =
    Shape { fields: &[field("connectionType", Kind::OneOf(&["Default", "Redirect", "Proxy"]), "default Default")] };

static DATABASE: Shape = Shape {
    fields: &[
        field("firewallRules", Kind::Children(&ADDRESS_SPAN), "database-level rules"),
        LOCATION,
        ignored("sku"),
        ignored("collation"),
        ignored("maxSizeBytes"),
        ignored("edition"),
        ignored("requestedServiceObjectiveName"),
        ignored("createMode"),
        ignored("zoneRedundant"),
        ignored("licenseType"),
    ],
};

pub(super) static NAMESPACE: Shape = Shape {
    fields: &[
        ID,
        LOCATION,
        PUBLIC_ACCESS,
        field("type", Kind::Scalar, "Microsoft.EventHub/namespaces (default) or Microsoft.ServiceBus/namespaces"),
        field("networkRuleSets", Kind::Children(&NETWORK_RULE_SET), "its firewall, under `default`"),
        field("serviceBusEndpoint", Kind::Scalar, "its address, where it is not the usual one"),
        CONNECTIONS,
        ignored("sku"),
        ignored("identity"),
        ignored("isAutoInflateEnabled"),
        ignored("maximumThroughputUnits"),
        ignored("kafkaEnabled"),
        ignored("zoneRedundant"),
        ignored("disableLocalAuth"),
        ignored("minimumTlsVersion"),
        ignored("encryption"),
        ignored("status"),
        ignored("createdAt"),
        ignored("updatedAt"),
        ignored("metricId"),
        ignored("eventhubs"),
    ],
};

static NETWORK_RULE_SET: Shape = Shape {
    fields: &[
        PUBLIC_ACCESS,
        field("defaultAction", Kind::OneOf(ACTIONS), "default Allow"),
        field("ipRules", Kind::NamedList("ipMask"), "public addresses and CIDRs"),
        field("virtualNetworkRules", Kind::NamedList("subnet"), "subnets"),
        field("trustedServiceAccessEnabled", Kind::Boolean, "trusted services pass"),
    ],
};

pub(super) static DATABASE_ACCOUNT: Shape = Shape {
    fields: &[
        ID,
        LOCATION,
        PUBLIC_ACCESS,
        field("ipRules", Kind::NamedList("ipAddressOrRange"), "public addresses and CIDRs; 0.0.0.0 = all of Azure"),
        field("ipRangeFilter", Kind::Scalar, "the same in older versions, with commas"),
        field("isVirtualNetworkFilterEnabled", Kind::Boolean, "subnet rules are in force"),
        field("virtualNetworkRules", Kind::References, "subnets"),
        field("networkAclBypass", Kind::OneOf(&["None", "AzureServices"]), "trusted services pass"),
        field("documentEndpoint", Kind::Scalar, "its address, where it is not the usual one"),
        ignored("networkAclBypassResourceIds"),
        CONNECTIONS,
        ignored("kind"),
        ignored("identity"),
        ignored("databaseAccountOfferType"),
        ignored("consistencyPolicy"),
        ignored("locations"),
        ignored("writeLocations"),
        ignored("readLocations"),
        ignored("failoverPolicies"),
        ignored("capabilities"),
        ignored("cors"),
        ignored("backupPolicy"),
        ignored("enableAutomaticFailover"),
        ignored("enableMultipleWriteLocations"),
        ignored("enableFreeTier"),
        ignored("disableLocalAuth"),
        ignored("disableKeyBasedMetadataWriteAccess"),
        ignored("enableAnalyticalStorage"),
        ignored("minimalTlsVersion"),
        ignored("apiProperties"),
        ignored("capacity"),
        ignored("defaultIdentity"),
        ignored("keyVaultKeyUri"),
    ],
};

pub(super) static FACTORY: Shape = Shape {
    fields: &[
        ID,
        LOCATION,
        PUBLIC_ACCESS,
        ignored("identity"),
        ignored("repoConfiguration"),
        ignored("globalParameters"),
        ignored("encryption"),
        ignored("purviewConfiguration"),
        ignored("version"),
        ignored("createTime"),
    ],
};

pub(super) static WORKSPACE: Shape = Shape {
    fields: &[
        ID,
        LOCATION,
        PUBLIC_ACCESS,
        field("apiVersion", Kind::Scalar, "before 2020: the addresses of 2019"),
        field("workspaceUrl", Kind::Scalar, "its host name; `NAME.azuredatabricks.net` where absent"),
        field("parameters", Kind::Object(&WORKSPACE_PARAMETERS), "where its nodes stand"),
        field("requiredNsgRules", Kind::OneOf(RULE_SETS), "which rules the workspace needs (default AllRules)"),
        field("enableIpAccessLists", Kind::Boolean, "IP access lists are in force"),
        field("ipAccessLists", Kind::Children(&IP_ACCESS_LIST), "who may call the workspace"),
        CONNECTIONS,
        ignored("sku"),
        ignored("managedResourceGroupId"),
        ignored("uiDefinitionUri"),
        ignored("authorizations"),
        ignored("createdBy"),
        ignored("updatedBy"),
        ignored("createdDateTime"),
        ignored("workspaceId"),
        ignored("storageAccountIdentity"),
        ignored("encryption"),
        ignored("accessConnector"),
        ignored("defaultStorageFirewall"),
        ignored("defaultCatalog"),
        ignored("isUcEnabled"),
        ignored("complianceSecurityProfile"),
        ignored("enhancedSecurityCompliance"),
        ignored("managedDiskIdentity"),
        ignored("diskEncryptionSetId"),
    ],
};

const RULE_SETS: &[&str] = &["AllRules", "NoAzureDatabricksRules", "NoAzureServiceRules"];

static WORKSPACE_PARAMETERS: Shape = Shape {
    fields: &[
        field("customVirtualNetworkId", Kind::Named("value"), "its VNET; the service's own where absent"),
        field("customPublicSubnetName", Kind::Named("value"), "the subnet of the host NICs"),
        field("customPrivateSubnetName", Kind::Named("value"), "the subnet of the container NICs"),
        field("enableNoPublicIp", Kind::Named("value"), "secure cluster connectivity: nodes without public addresses"),
        ignored("prepareEncryption"),
        ignored("encryption"),
        ignored("requireInfrastructureEncryption"),
        ignored("storageAccountName"),
        ignored("storageAccountSkuName"),
        ignored("vnetAddressPrefix"),
        ignored("natGatewayName"),
        ignored("publicIpName"),
        ignored("loadBalancerBackendPoolName"),
        ignored("loadBalancerId"),
        ignored("relayNamespaceName"),
        ignored("resourceTags"),
        ignored("amlWorkspaceId"),
    ],
};

static IP_ACCESS_LIST: Shape = Shape {
    fields: &[
        field("listType", Kind::OneOf(&["ALLOW", "BLOCK"]), "what it does"),
        field("ipAddresses", Kind::Scalars, "addresses and CIDRs"),
        field("enabled", Kind::Boolean, "default true"),
    ],
};

pub(super) static CLUSTER: Shape = Shape {
    fields: &[
        LOCATION,
        field("clusterDefinition", Kind::Object(&CLUSTER_DEFINITION), "what it runs"),
        field("computeProfile", Kind::Object(&COMPUTE_PROFILE), "its roles, as ARM nests them"),
        field("subnet", Kind::Reference, "short form: where its nodes stand"),
        field("nodes", Kind::ScalarMap, "named nodes: name to private address"),
        field("domain", Kind::Scalar, "the domain of its nodes' host names"),
        field(
            "advertises",
            Kind::OneOf(&["names", "addresses"]),
            "what Kafka brokers tell their clients (default names)",
        ),
        ignored("identity"),
        ignored("clusterVersion"),
        ignored("osType"),
        ignored("tier"),
        ignored("storageProfile"),
        ignored("networkProperties"),
        ignored("kafkaRestProperties"),
        ignored("connectivityEndpoints"),
        ignored("clusterId"),
        ignored("clusterState"),
        ignored("createdDate"),
        ignored("quotaInfo"),
        ignored("minSupportedTlsVersion"),
        ignored("securityProfile"),
        ignored("encryptionInTransitProperties"),
        ignored("diskEncryptionProperties"),
    ],
};

static CLUSTER_DEFINITION: Shape = Shape {
    fields: &[
        field("kind", Kind::Scalar, "Kafka, Spark, Hadoop, HBase …"),
        ignored("configurations"),
        ignored("componentVersion"),
        ignored("blueprint"),
    ],
};

static COMPUTE_PROFILE: Shape = Shape { fields: &[field("roles", Kind::List(&ROLE), "node types")] };

static ROLE: Shape = Shape {
    fields: &[
        field("virtualNetworkProfile", Kind::Object(&VIRTUAL_NETWORK_PROFILE), "where its nodes stand"),
        ignored("targetInstanceCount"),
        ignored("minInstanceCount"),
        ignored("hardwareProfile"),
        ignored("osProfile"),
        ignored("dataDisksGroups"),
        ignored("scriptActions"),
        ignored("autoscale"),
        ignored("encryptDataDisks"),
    ],
};

static VIRTUAL_NETWORK_PROFILE: Shape =
    Shape { fields: &[field("subnet", Kind::Reference, "the subnet"), field("id", Kind::Scalar, "the VNET")] };

pub(super) static PRIVATE_ENDPOINT: Shape = Shape {
    fields: &[
        LOCATION,
        field("subnet", Kind::Reference, "where it stands"),
        field("address", Kind::Scalar, "short form: its private address"),
        field("privateLinkServiceConnections", Kind::Children(&LINK_CONNECTION), "what it leads to"),
        field("manualPrivateLinkServiceConnections", Kind::Children(&LINK_CONNECTION), "the same, approved by hand"),
        field("ipConfigurations", Kind::Children(&ENDPOINT_ADDRESS), "its private addresses"),
        field("networkInterfaces", Kind::References, "the NIC that holds its addresses"),
        field("customDnsConfigs", Kind::List(&CUSTOM_DNS), "names with their addresses, as an export has them"),
        field("privateDnsZoneGroups", Kind::Children(&ZONE_GROUP), "zones that get its records"),
        field("applicationSecurityGroups", Kind::References, "ASGs that it is a member of"),
        ignored("customNetworkInterfaceName"),
        ignored("ipVersionType"),
    ],
};

static LINK_CONNECTION: Shape = Shape {
    fields: &[
        field("privateLinkServiceId", Kind::Reference, "the resource"),
        field("groupIds", Kind::Scalars, "which of its services: blob, dfs, sqlServer, vault …"),
        field("privateLinkServiceConnectionState", Kind::Object(&CONNECTION_STATE), "approved or not"),
        ignored("requestMessage"),
    ],
};

static CONNECTION_STATE: Shape = Shape {
    fields: &[
        field("status", Kind::OneOf(&["Approved", "Pending", "Rejected", "Disconnected"]), "default Approved"),
        ignored("description"),
        ignored("actionsRequired"),
        ignored("actionRequired"),
    ],
};

static ENDPOINT_ADDRESS: Shape = Shape {
    fields: &[
        field("privateIPAddress", Kind::Scalar, "the address"),
        field("groupId", Kind::Scalar, "for which service"),
        field("memberName", Kind::Scalar, "for which member of it"),
    ],
};

static CUSTOM_DNS: Shape =
    Shape { fields: &[field("fqdn", Kind::Scalar, "host name"), field("ipAddresses", Kind::Scalars, "addresses")] };

static ZONE_GROUP: Shape =
    Shape { fields: &[field("privateDnsZoneConfigs", Kind::Children(&ZONE_CONFIG), "its zones")] };

static ZONE_CONFIG: Shape =
    Shape { fields: &[field("privateDnsZoneId", Kind::Reference, "the zone"), ignored("recordSets")] };

pub(super) static PRIVATE_DNS_ZONE: Shape = Shape {
    fields: &[
        field("virtualNetworkLinks", Kind::Children(&ZONE_LINK), "VNETs whose names it answers"),
        field("A", Kind::Children(&ADDRESS_RECORD), "records: name to addresses"),
        field("AAAA", Kind::Children(&ADDRESS_RECORD), "records: name to addresses"),
        field("CNAME", Kind::Children(&ALIAS_RECORD), "records: name to another name"),
        ignored("MX"),
        ignored("PTR"),
        ignored("SOA"),
        ignored("SRV"),
        ignored("TXT"),
        ignored("maxNumberOfRecordSets"),
        ignored("numberOfRecordSets"),
        ignored("maxNumberOfVirtualNetworkLinks"),
        ignored("maxNumberOfVirtualNetworkLinksWithRegistration"),
        ignored("numberOfVirtualNetworkLinks"),
        ignored("numberOfVirtualNetworkLinksWithRegistration"),
        ignored("internalId"),
    ],
};

static ZONE_LINK: Shape = Shape {
    fields: &[
        LOCATION,
        field("virtualNetwork", Kind::Reference, "the VNET"),
        field("registrationEnabled", Kind::Boolean, "its machines' names are records"),
        field("resolutionPolicy", Kind::OneOf(&["Default", "NxDomainRedirect"]), "what a missing record means"),
        ignored("virtualNetworkLinkState"),
    ],
};

static ADDRESS_RECORD: Shape = Shape {
    fields: &[
        field("aRecords", Kind::NamedList("ipv4Address"), "addresses"),
        field("aaaaRecords", Kind::NamedList("ipv6Address"), "addresses"),
        field("addresses", Kind::Scalars, "short form: addresses"),
        ignored("ttl"),
        ignored("fqdn"),
        ignored("isAutoRegistered"),
        ignored("metadata"),
    ],
};

static ALIAS_RECORD: Shape = Shape {
    fields: &[
        field("cnameRecord", Kind::Named("cname"), "the other name"),
        ignored("ttl"),
        ignored("fqdn"),
        ignored("isAutoRegistered"),
        ignored("metadata"),
    ],
};

pub(super) static SERVICE_ENDPOINT_POLICY: Shape = Shape {
    fields: &[
        LOCATION,
        field("serviceEndpointPolicyDefinitions", Kind::Children(&POLICY_DEFINITION), "which resources may be reached"),
        ignored("serviceAlias"),
        ignored("contextualServiceEndpointPolicies"),
        ignored("subnets"),
    ],
};

static POLICY_DEFINITION: Shape = Shape {
    fields: &[
        field("service", Kind::Scalar, "Microsoft.Storage, or Global for aliases"),
        field("serviceResources", Kind::Scalars, "accounts, resource groups, subscriptions, aliases"),
        ignored("description"),
    ],
};

pub(super) static NETWORK_SECURITY_PERIMETER: Shape = Shape {
    fields: &[
        LOCATION,
        field("profiles", Kind::Children(&PERIMETER_PROFILE), "rules"),
        field("resourceAssociations", Kind::Children(&PERIMETER_ASSOCIATION), "resources in it"),
        ignored("links"),
        ignored("linkReferences"),
        ignored("loggingConfigurations"),
        ignored("perimeterGuid"),
    ],
};

static PERIMETER_PROFILE: Shape = Shape {
    fields: &[
        field("accessRules", Kind::Children(&PERIMETER_RULE), "who may come in"),
        ignored("accessRulesVersion"),
        ignored("diagnosticSettingsVersion"),
    ],
};

static PERIMETER_RULE: Shape = Shape {
    fields: &[
        field("direction", Kind::OneOf(&["Inbound", "Outbound"]), "default Inbound"),
        field("addressPrefixes", Kind::Scalars, "public addresses"),
        field("subscriptions", Kind::References, "subscriptions whose resources may come in"),
        field("fullyQualifiedDomainNames", Kind::Scalars, "names that may be reached"),
        ignored("networkSecurityPerimeters"),
        ignored("emailAddresses"),
        ignored("phoneNumbers"),
        ignored("serviceTags"),
    ],
};

static PERIMETER_ASSOCIATION: Shape = Shape {
    fields: &[
        field("accessMode", Kind::OneOf(&["Enforced", "Learning", "Transition", "Audit"]), "default Learning"),
        field("privateLinkResource", Kind::Reference, "the resource"),
        field("profile", Kind::Reference, "the profile whose rules apply"),
        ignored("hasProvisioningIssues"),
    ],
};

pub(super) static CONDITIONAL_ACCESS_POLICY: Shape = Shape {
    fields: &[
        field("state", Kind::OneOf(&["enabled", "disabled", "enabledForReportingButNotEnforced"]), "default enabled"),
        field("conditions", Kind::Object(&CONDITIONS), "which sign-ins it is about"),
        field("grantControls", Kind::Object(&GRANT_CONTROLS), "what it asks; only `block` decides here"),
        ignored("sessionControls"),
        ignored("displayName"),
        ignored("createdDateTime"),
        ignored("modifiedDateTime"),
        ignored("description"),
    ],
};

static CONDITIONS: Shape = Shape {
    fields: &[
        field(
            "applications",
            Kind::Object(&APPLICATIONS),
            "`includeApplications: [All]`, AzureDatabricks, or resources",
        ),
        field("locations", Kind::Object(&LOCATIONS), "from where"),
        ignored("users"),
        ignored("clientAppTypes"),
        ignored("platforms"),
        ignored("devices"),
        ignored("signInRiskLevels"),
        ignored("userRiskLevels"),
        ignored("clientApplications"),
    ],
};

static APPLICATIONS: Shape = Shape {
    fields: &[
        field("includeApplications", Kind::Scalars, "All, AzureDatabricks, or names of resources"),
        field("excludeApplications", Kind::Scalars, "the same"),
        ignored("includeUserActions"),
    ],
};

static LOCATIONS: Shape = Shape {
    fields: &[
        field("includeLocations", Kind::Scalars, "All, or CIDRs"),
        field("excludeLocations", Kind::Scalars, "CIDRs"),
    ],
};

static GRANT_CONTROLS: Shape = Shape {
    fields: &[field("builtInControls", Kind::Scalars, "block, mfa …"), ignored("operator"), ignored("termsOfUse")],
};
