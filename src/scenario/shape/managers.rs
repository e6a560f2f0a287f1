//! Shapes of network managers.

use super::{Kind, Shape, field, ignored};

pub(super) static NETWORK_MANAGER: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("networkManagerScopes", Kind::Object(&SCOPES), "management groups come before subscriptions (F83)"),
        field("networkGroups", Kind::Children(&NETWORK_GROUP), "groups of VNETs"),
        field("securityAdminConfigurations", Kind::Children(&SECURITY_ADMIN), "admin rules"),
        field("connectivityConfigurations", Kind::Children(&CONNECTIVITY), "meshes, hubs and spokes"),
        field("routingConfigurations", Kind::Any, "not modelled yet"),
        field("securityUserConfigurations", Kind::Any, "not modelled yet"),
        ignored("networkManagerScopeAccesses"),
        ignored("description"),
        ignored("scopeConnections"),
    ],
};

static SCOPES: Shape = Shape {
    fields: &[
        field("managementGroups", Kind::Scalars, "ids"),
        field("subscriptions", Kind::Scalars, "ids"),
        ignored("crossTenantScopes"),
    ],
};

static NETWORK_GROUP: Shape = Shape {
    fields: &[
        field("staticMembers", Kind::ReferencesOrChildren(&STATIC_MEMBER), "VNETs"),
        ignored("memberType"),
        ignored("description"),
    ],
};

static STATIC_MEMBER: Shape = Shape { fields: &[field("resourceId", Kind::Reference, "a VNET"), ignored("region")] };

static SECURITY_ADMIN: Shape = Shape {
    fields: &[
        field(
            "applyOnNetworkIntentPolicyBasedServices",
            Kind::Scalars,
            "None (default), All, AllowRulesOnly: VNETs with Databricks (F80, F81)",
        ),
        field("ruleCollections", Kind::Children(&RULE_COLLECTION), "rules for groups"),
        ignored("description"),
        ignored("networkGroupAddressSpaceAggregationOption"),
    ],
};

static RULE_COLLECTION: Shape = Shape {
    fields: &[
        field("appliesToGroups", Kind::NamedList("networkGroupId"), "groups"),
        field("rules", Kind::Children(&ADMIN_RULE), "rules"),
        ignored("description"),
    ],
};

static ADMIN_RULE: Shape = Shape {
    fields: &[
        field("priority", Kind::Scalar, "1 to 4096"),
        field("direction", Kind::OneOf(&["Inbound", "Outbound"]), "which way it looks"),
        field("access", Kind::OneOf(&["Allow", "AlwaysAllow", "Deny"]), "what it does"),
        field("protocol", Kind::OneOf(&["Tcp", "Udp", "Icmp", "Esp", "Ah", "Any", "*"]), "protocol"),
        field("sources", Kind::NamedList("addressPrefix"), "CIDRs or service tags; all where absent"),
        field("destinations", Kind::NamedList("addressPrefix"), "CIDRs or service tags; all where absent"),
        field("sourcePortRanges", Kind::Scalars, "ports"),
        field("destinationPortRanges", Kind::Scalars, "ports"),
        ignored("description"),
    ],
};

static CONNECTIVITY: Shape = Shape {
    fields: &[
        field("connectivityTopology", Kind::OneOf(&["Mesh", "HubAndSpoke"]), "which"),
        field("hubs", Kind::NamedList("resourceId"), "the hub of hub and spoke"),
        field("appliesToGroups", Kind::List(&CONNECTED_GROUP), "groups"),
        field("isGlobal", Kind::Scalar, "across regions"),
        ignored("deleteExistingPeering"),
        ignored("description"),
        ignored("connectivityCapabilities"),
    ],
};

static CONNECTED_GROUP: Shape = Shape {
    fields: &[
        field("networkGroupId", Kind::Reference, "the group"),
        field("groupConnectivity", Kind::OneOf(&["None", "DirectlyConnected"]), "spokes reach each other"),
        field("useHubGateway", Kind::Scalar, "transit through the hub's gateway"),
        field("isGlobal", Kind::Scalar, "across regions"),
    ],
};
