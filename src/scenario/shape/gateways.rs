//! Shapes of application gateways.

use super::{Kind, Shape, field, ignored, network::IP_CONFIGURATION};

pub(super) static APPLICATION_GATEWAY: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("sku", Kind::Named("name"), "Standard_v2 (default), WAF_v2, Basic, Standard_Small …"),
        field("subnet", Kind::Reference, "short form: the subnet of its instances"),
        field("gatewayIPConfigurations", Kind::Children(&GATEWAY_IP_CONFIGURATION), "the subnet of its instances"),
        field("frontendIPConfigurations", Kind::Children(&IP_CONFIGURATION), "its addresses"),
        field("frontendPorts", Kind::Children(&FRONTEND_PORT), "ports that its listeners name"),
        field("backendAddressPools", Kind::Children(&POOL), "its back ends"),
        field("backendHttpSettingsCollection", Kind::Children(&BACKEND_SETTINGS), "how it speaks to back ends"),
        field("backendSettingsCollection", Kind::Children(&BACKEND_SETTINGS), "the same for TCP and TLS"),
        field("httpListeners", Kind::Children(&LISTENER), "what it answers"),
        field("listeners", Kind::Children(&LISTENER), "the same for TCP and TLS"),
        field("requestRoutingRules", Kind::Children(&RULE), "which listener leads to which pool"),
        field("routingRules", Kind::Children(&RULE), "the same for TCP and TLS"),
        field("urlPathMaps", Kind::Children(&PATH_MAP), "which path leads to which pool"),
        field("redirectConfigurations", Kind::Children(&REDIRECT), "where clients are sent instead"),
        field("probes", Kind::Children(&PROBE), "health probes"),
        field("firewallPolicy", Kind::Any, "not modelled yet"),
        field("privateLinkConfigurations", Kind::Any, "not modelled yet"),
        field("loadDistributionPolicies", Kind::Any, "not modelled yet"),
        field("tags", Kind::Any, "`EnhancedNetworkControl` is network isolation (F187)"),
        ignored("privateEndpointConnections"),
        ignored("forceFirewallPolicyAssociation"),
        ignored("webApplicationFirewallConfiguration"),
        ignored("autoscaleConfiguration"),
        ignored("sslCertificates"),
        ignored("sslPolicy"),
        ignored("sslProfiles"),
        ignored("authenticationCertificates"),
        ignored("trustedRootCertificates"),
        ignored("trustedClientCertificates"),
        ignored("rewriteRuleSets"),
        ignored("customErrorConfigurations"),
        ignored("globalConfiguration"),
        ignored("enableHttp2"),
        ignored("enableFips"),
        ignored("identity"),
        ignored("operationalState"),
        ignored("defaultPredefinedSslPolicy"),
        ignored("entraJWTValidationConfigs"),
    ],
};

static GATEWAY_IP_CONFIGURATION: Shape =
    Shape { fields: &[field("subnet", Kind::Reference, "the subnet of its instances")] };

static FRONTEND_PORT: Shape = Shape {
    fields: &[
        field("port", Kind::Scalar, "as sent"),
        ignored("httpListeners"),
        ignored("listeners"),
        ignored("requestRoutingRules"),
    ],
};

static POOL: Shape = Shape {
    fields: &[
        field("backendAddresses", Kind::List(&POOL_ADDRESS), "members by address or host name"),
        field(
            "backendIPConfigurations",
            Kind::References,
            "members by network interface; what interfaces say counts too",
        ),
        field("networkInterfaces", Kind::References, "short form: network interfaces or workloads"),
        ignored("requestRoutingRules"),
        ignored("routingRules"),
        ignored("urlPathMaps"),
        ignored("pathRules"),
    ],
};

static POOL_ADDRESS: Shape =
    Shape { fields: &[field("ipAddress", Kind::Scalar, "its address"), field("fqdn", Kind::Scalar, "its host name")] };

static BACKEND_SETTINGS: Shape = Shape {
    fields: &[
        field("port", Kind::Scalar, "the port at the back end"),
        field("protocol", Kind::OneOf(&["Http", "Https", "Tcp", "Tls"]), "left alone"),
        field("probe", Kind::Reference, "its health probe"),
        ignored("requestTimeout"),
        ignored("timeout"),
        ignored("cookieBasedAffinity"),
        ignored("affinityCookieName"),
        ignored("hostName"),
        ignored("sniName"),
        ignored("pickHostNameFromBackendAddress"),
        ignored("pickHostNameFromBackendHttpSettings"),
        ignored("path"),
        ignored("probeEnabled"),
        ignored("connectionDraining"),
        ignored("authenticationCertificates"),
        ignored("trustedRootCertificates"),
        ignored("dedicatedBackendConnection"),
        ignored("validateCertChainAndExpiry"),
        ignored("validateSNI"),
        ignored("enableL4ClientIpPreservation"),
        ignored("requestRoutingRules"),
        ignored("routingRules"),
        ignored("urlPathMaps"),
        ignored("pathRules"),
    ],
};

static LISTENER: Shape = Shape {
    fields: &[
        field("frontendIPConfiguration", Kind::Reference, "which address; the only one where absent"),
        field("frontendPort", Kind::Reference, "one of its frontendPorts"),
        field("protocol", Kind::OneOf(&["Http", "Https", "Tcp", "Tls"]), "left alone"),
        field("hostName", Kind::Scalar, "the only host name that it answers"),
        field("hostNames", Kind::Scalars, "the only host names that it answers"),
        field("firewallPolicy", Kind::Any, "not modelled yet"),
        ignored("sslCertificate"),
        ignored("sslProfile"),
        ignored("requireServerNameIndication"),
        ignored("customErrorConfigurations"),
        ignored("requestRoutingRules"),
        ignored("routingRules"),
    ],
};

static RULE: Shape = Shape {
    fields: &[
        field("ruleType", Kind::OneOf(&["Basic", "PathBasedRouting"]), "default Basic"),
        field("priority", Kind::Scalar, "left alone: no two rules have one listener"),
        field("httpListener", Kind::Reference, "whose requests it is about"),
        field("listener", Kind::Reference, "whose connections it is about"),
        field("backendAddressPool", Kind::Reference, "where they go"),
        field("backendHttpSettings", Kind::Reference, "how"),
        field("backendSettings", Kind::Reference, "how"),
        field("urlPathMap", Kind::Reference, "where they go, by their path"),
        field("redirectConfiguration", Kind::Reference, "where their senders are sent"),
        field("loadDistributionPolicy", Kind::Any, "not modelled yet"),
        ignored("rewriteRuleSet"),
        ignored("entraJWTValidationConfig"),
    ],
};

static PATH_MAP: Shape = Shape {
    fields: &[
        field("defaultBackendAddressPool", Kind::Reference, "for paths that no rule names"),
        field("defaultBackendHttpSettings", Kind::Reference, "for paths that no rule names"),
        field("defaultRedirectConfiguration", Kind::Reference, "for paths that no rule names"),
        field("pathRules", Kind::Children(&PATH_RULE), "paths"),
        field("defaultLoadDistributionPolicy", Kind::Any, "not modelled yet"),
        ignored("defaultRewriteRuleSet"),
        ignored("requestRoutingRules"),
    ],
};

static PATH_RULE: Shape = Shape {
    fields: &[
        field("paths", Kind::Scalars, "left alone: a flow has no path"),
        field("backendAddressPool", Kind::Reference, "where they go"),
        field("backendHttpSettings", Kind::Reference, "how"),
        field("redirectConfiguration", Kind::Reference, "where their senders are sent"),
        field("firewallPolicy", Kind::Any, "not modelled yet"),
        field("loadDistributionPolicy", Kind::Any, "not modelled yet"),
        ignored("rewriteRuleSet"),
    ],
};

static REDIRECT: Shape = Shape {
    fields: &[
        ignored("redirectType"),
        ignored("targetListener"),
        ignored("targetUrl"),
        ignored("includePath"),
        ignored("includeQueryString"),
        ignored("requestRoutingRules"),
        ignored("urlPathMaps"),
        ignored("pathRules"),
    ],
};

static PROBE: Shape = Shape {
    fields: &[
        field("port", Kind::Scalar, "where it asks; the port of the settings where absent"),
        field("protocol", Kind::OneOf(&["Http", "Https", "Tcp", "Tls"]), "left alone"),
        ignored("host"),
        ignored("path"),
        ignored("interval"),
        ignored("timeout"),
        ignored("unhealthyThreshold"),
        ignored("minServers"),
        ignored("match"),
        ignored("pickHostNameFromBackendHttpSettings"),
        ignored("pickHostNameFromBackendSettings"),
        ignored("enableProbeProxyProtocolHeader"),
        ignored("backendHttpSettings"),
        ignored("backendSettings"),
    ],
};
