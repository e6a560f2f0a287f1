//! Shapes of Azure Firewall, its policies, and groups of addresses.

use super::{Field, Kind, Shape, field, ignored, network::IP_CONFIGURATION};

const LOCATION: Field = field("location", Kind::Scalar, "region");
const THREAT_MODE: Field =
    field("threatIntelMode", Kind::OneOf(&["Off", "Alert", "Deny"]), "Alert (default): only Deny drops");
const THREATS: Field =
    field("threatIntelligence", Kind::Object(&THREAT_LIST), "what threat intelligence knows, for simulation");

pub(super) static AZURE_FIREWALL: Shape = Shape {
    fields: &[
        LOCATION,
        field("sku", Kind::Any, "AZFW_VNet or AZFW_Hub"),
        field("ipConfigurations", Kind::Children(&IP_CONFIGURATION), "its subnet, private and public addresses"),
        field("managementIpConfiguration", Kind::Object(&IP_CONFIGURATION), "forced tunnelling (R199)"),
        field("virtualNetwork", Kind::Reference, "short form: the VNET with AzureFirewallSubnet"),
        field("address", Kind::Scalar, "short form: its private address"),
        field("publicIPAddresses", Kind::References, "short form: its public addresses"),
        field("firewallPolicy", Kind::Reference, "its policy"),
        field("networkRuleCollections", Kind::Children(&CLASSIC_NETWORK), "classic rules"),
        field("applicationRuleCollections", Kind::Children(&CLASSIC_APPLICATION), "classic rules"),
        field("natRuleCollections", Kind::Children(&CLASSIC_NAT), "classic rules"),
        field("additionalProperties", Kind::Object(&ADDITIONAL), "settings of a firewall without a policy"),
        field("virtualHub", Kind::Reference, "the virtual hub that it secures"),
        field("hubIPAddresses", Kind::Object(&HUB_ADDRESSES), "in a hub: its addresses"),
        THREAT_MODE,
        THREATS,
        ignored("ipGroups"),
        ignored("autoscaleConfiguration"),
    ],
};

/// What a policy has keys of its own for.
static ADDITIONAL: Shape = Shape {
    fields: &[
        field("Network.DNS.EnableProxy", Kind::Boolean, "answers DNS; host names in network rules need it"),
        field("Network.DNS.Servers", Kind::Scalars, "whom it asks, apart by commas; Azure where absent"),
        field("Network.SNAT.PrivateRanges", Kind::Scalars, "destinations without translation, apart by commas"),
        field("Network.SNAT.AutoLearnPrivateRanges", Kind::Scalar, "not modelled yet"),
        field("ThreatIntel.Whitelist.IpAddresses", Kind::Scalars, "left alone by threat intelligence"),
        field("ThreatIntel.Whitelist.FQDNs", Kind::Scalars, "left alone by threat intelligence"),
        ignored("Network.DNS.RequireProxyForNetworkRules"),
        ignored("Network.RouteServerInfo.RouteServerID"),
        ignored("Network.FTP.AllowActiveFTP"),
        ignored("Network.AdditionalLogs.EnableFatFlowLogging"),
        ignored("Network.AdditionalLogs.EnableUdpLogOptimization"),
        ignored("Network.AdditionalLogs.EnableDnstapLogging"),
    ],
};

static HUB_ADDRESSES: Shape = Shape {
    fields: &[
        field("privateIPAddress", Kind::Scalar, "its private address"),
        field("publicIPs", Kind::Object(&HUB_PUBLIC), "its public addresses"),
    ],
};

static HUB_PUBLIC: Shape = Shape {
    fields: &[
        field("addresses", Kind::NamedList("address"), "those that are known"),
        field("count", Kind::Scalar, "how many Azure gives it"),
    ],
};

static THREAT_LIST: Shape = Shape {
    fields: &[field("ipAddresses", Kind::Scalars, "addresses and CIDRs"), field("fqdns", Kind::Scalars, "host names")],
};

const CLASSIC_ACTION: Field = field("action", Kind::Named("type"), "Allow or Deny");
const PRIORITY: Field = field("priority", Kind::Scalar, "100 to 65000, lower first");

static CLASSIC_NETWORK: Shape =
    Shape { fields: &[PRIORITY, CLASSIC_ACTION, field("rules", Kind::Children(&RULE), "top down")] };

static CLASSIC_APPLICATION: Shape =
    Shape { fields: &[PRIORITY, CLASSIC_ACTION, field("rules", Kind::Children(&RULE), "top down")] };

static CLASSIC_NAT: Shape =
    Shape { fields: &[PRIORITY, CLASSIC_ACTION, field("rules", Kind::Children(&RULE), "top down")] };

/// Rules of all three types: which keys count depends on the type.
static RULE: Shape = Shape {
    fields: &[
        field(
            "ruleType",
            Kind::OneOf(&["NetworkRule", "ApplicationRule", "NatRule"]),
            "told by its collection where absent",
        ),
        field("sourceAddresses", Kind::Scalars, "`*`, addresses, CIDRs, ranges"),
        field("sourceIpGroups", Kind::References, "groups"),
        field("destinationAddresses", Kind::Scalars, "`*`, addresses, CIDRs, service tags"),
        field("destinationIpGroups", Kind::References, "groups"),
        field("destinationFqdns", Kind::Scalars, "host names; need the DNS proxy"),
        field("destinationPorts", Kind::Scalars, "`*`, ports, ranges"),
        field("ipProtocols", Kind::Scalars, "TCP, UDP, ICMP, Any"),
        field("protocols", Kind::Any, "classic: TCP …; application rules: [{protocolType: Https, port: 443}]"),
        field("targetFqdns", Kind::Scalars, "application rules: host names, `*.contoso.com`"),
        field("fqdnTags", Kind::Scalars, "application rules: tags of host names"),
        field("targetUrls", Kind::Scalars, "not modelled yet"),
        field("webCategories", Kind::Scalars, "not modelled yet"),
        field("translatedAddress", Kind::Scalar, "DNAT: where it goes"),
        field("translatedFqdn", Kind::Scalar, "not modelled yet"),
        field("translatedPort", Kind::Scalar, "DNAT: on which port"),
        ignored("description"),
        ignored("terminateTLS"),
        ignored("httpHeadersToInsert"),
    ],
};

pub(super) static FIREWALL_POLICY: Shape = Shape {
    fields: &[
        LOCATION,
        field("basePolicy", Kind::Reference, "parent: its rules of a type come first"),
        field("ruleCollectionGroups", Kind::Children(&RULE_COLLECTION_GROUP), "rules"),
        field("snat", Kind::Object(&SNAT), "when the source is translated"),
        field("dnsSettings", Kind::Object(&DNS_SETTINGS), "DNS proxy"),
        THREAT_MODE,
        field("threatIntelWhitelist", Kind::Object(&THREAT_LIST), "left alone by threat intelligence"),
        THREATS,
        ignored("sku"),
        ignored("childPolicies"),
        ignored("firewalls"),
        ignored("insights"),
        ignored("intrusionDetection"),
        ignored("transportSecurity"),
        ignored("explicitProxy"),
        ignored("sql"),
        ignored("identity"),
        ignored("size"),
    ],
};

static RULE_COLLECTION_GROUP: Shape = Shape {
    fields: &[PRIORITY, field("ruleCollections", Kind::Children(&RULE_COLLECTION), "collections"), ignored("size")],
};

static RULE_COLLECTION: Shape = Shape {
    fields: &[
        PRIORITY,
        CLASSIC_ACTION,
        field(
            "ruleCollectionType",
            Kind::OneOf(&["FirewallPolicyFilterRuleCollection", "FirewallPolicyNatRuleCollection"]),
            "default filter",
        ),
        field("rules", Kind::Children(&RULE), "top down"),
    ],
};

static SNAT: Shape = Shape {
    fields: &[
        field("privateRanges", Kind::Scalars, "CIDRs, IANAPrivateRanges: destinations without translation"),
        field("autoLearnPrivateRanges", Kind::Scalar, "not modelled yet"),
    ],
};

static DNS_SETTINGS: Shape = Shape {
    fields: &[
        field("enableProxy", Kind::Boolean, "answers DNS; host names in network rules need it"),
        field("servers", Kind::Scalars, "whom it asks; Azure where absent"),
        ignored("requireProxyForNetworkRules"),
    ],
};

pub(super) static IP_GROUP: Shape = Shape {
    fields: &[
        LOCATION,
        field("ipAddresses", Kind::Scalars, "addresses, CIDRs, ranges"),
        ignored("firewalls"),
        ignored("firewallPolicies"),
    ],
};
