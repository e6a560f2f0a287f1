//! How behaviour that Microsoft's own documents dispute is taken: the complete list.
//!
//! In: names and values of a file. Out: [`Settings`]. Each name is stable; its first value is the default.

use super::tree::Node;
use crate::diagnostic::{Diagnostic, Diagnostics, Span, nearest};

/// serviceEndpointVersusRoute (R20, R49, R52, F89).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ServiceEndpointVersusRoute {
    /// The endpoint's row beats gateway rows of any length and user rows of the same length.
    #[default]
    LongestPrefix,
    /// It beats every row.
    Documented,
    /// Longest prefix, then User before gateway before Default.
    UserWins,
}

/// virtualNetworkTagDefaultRoute (F60, F61).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VirtualNetworkTagDefaultRoute {
    /// A user route 0.0.0.0/0 widens the tag to everything.
    #[default]
    User,
    /// One learned over BGP does too.
    UserAndBgp,
    /// Neither does.
    Never,
}

/// peeringForwardedFlag (R87, R182, R183).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PeeringForwardedFlag {
    /// allowForwardedTraffic false drops.
    #[default]
    Strict,
    /// It only affects tags.
    TagOnly,
}

/// Every setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Endpoint rows against user rows.
    pub service_endpoint_versus_route: ServiceEndpointVersusRoute,
    /// What a default route does to VirtualNetwork.
    pub virtual_network_tag_default_route: VirtualNetworkTagDefaultRoute,
    /// What allowForwardedTraffic does.
    pub peering_forwarded_flag: PeeringForwardedFlag,
    /// VNETs of one circuit reach each other (R120) where the gateways do not say.
    pub express_route_vnet_to_vnet: bool,
    /// A rule for `*` that names ports matches ICMP, ESP and AH.
    pub portless_protocols_match_specific_ports: bool,
    /// Protocol `*` holds ESP and AH.
    pub any_includes_esp_ah: bool,
    /// A private endpoint answers through the appliance that its client came through (R61).
    pub private_endpoint_reply_via_appliance: bool,
    /// SQL's rule for all of Azure admits what comes over a service endpoint.
    pub sql_azure_rule_admits_service_endpoint: bool,
    /// SQL's policy Redirect holds through a private endpoint (F199).
    pub sql_private_endpoint_redirect: bool,
    /// Subnets that do not say apply their network policies to private endpoints (F136).
    pub private_endpoint_policies_enabled: bool,
    /// Storage's rules about addresses do nothing for callers of its own region (F103).
    pub storage_ip_rule_same_region_ineffective: bool,
    /// A network rule of Azure Firewall may deny what a destination translation lets in (F153).
    pub firewall_dnat_implicit_allow_overridable: bool,
    /// Azure Firewall's infrastructure collection holds Entra ID (F162).
    pub firewall_infrastructure_includes_entra: bool,
    /// VirtualNetwork holds the VNETs of a connected group.
    pub virtual_network_tag_connected_group: bool,
    /// Rules of a narrower scope are asked about what a wider one's leave open (F83).
    pub admin_rules_lower_scope_also_applies: bool,
    /// AllowRulesOnly lets AlwaysAllow rules through as well (F81).
    pub allow_rules_only_includes_always_allow: bool,
    /// Databricks nodes are seen by services in their container subnet (else host).
    pub databricks_egress_container: bool,
    /// Settings of resources that are not modelled yet: checked and kept.
    pub others: Vec<(&'static str, &'static str)>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            service_endpoint_versus_route: ServiceEndpointVersusRoute::default(),
            virtual_network_tag_default_route: VirtualNetworkTagDefaultRoute::default(),
            peering_forwarded_flag: PeeringForwardedFlag::default(),
            express_route_vnet_to_vnet: false,
            portless_protocols_match_specific_ports: false,
            any_includes_esp_ah: true,
            private_endpoint_reply_via_appliance: false,
            sql_azure_rule_admits_service_endpoint: false,
            sql_private_endpoint_redirect: true,
            private_endpoint_policies_enabled: false,
            storage_ip_rule_same_region_ineffective: true,
            firewall_dnat_implicit_allow_overridable: false,
            firewall_infrastructure_includes_entra: false,
            virtual_network_tag_connected_group: true,
            admin_rules_lower_scope_also_applies: true,
            allow_rules_only_includes_always_allow: true,
            databricks_egress_container: false,
            others: Vec::new(),
        }
    }
}

/// Names with their values, the default first.
pub const TABLE: [(&str, &[&str]); 17] = [
    ("serviceEndpointVersusRoute", &["longestPrefix", "documented", "userWins"]),
    ("virtualNetworkTagDefaultRoute", &["user", "userAndBgp", "never"]),
    ("virtualNetworkTagConnectedGroup", &["true", "false"]),
    ("peeringForwardedFlag", &["strict", "tagOnly"]),
    ("privateEndpointReply", &["direct", "viaAppliance"]),
    ("expressRouteVnetToVnet", &["off", "on"]),
    ("portlessProtocolsMatchSpecificPorts", &["false", "true"]),
    ("anyIncludesEspAh", &["true", "false"]),
    ("adminRulesLowerScopeAlsoApplies", &["true", "false"]),
    ("allowRulesOnlyIncludesAlwaysAllow", &["true", "false"]),
    ("sqlAzureRuleAdmitsServiceEndpoint", &["false", "true"]),
    ("sqlPrivateEndpointRedirect", &["true", "false"]),
    ("firewallDnatImplicitAllowOverridable", &["false", "true"]),
    ("firewallInfrastructureIncludesEntra", &["false", "true"]),
    ("privateEndpointNetworkPoliciesDefault", &["Disabled", "Enabled"]),
    ("storageIpRuleSameRegionIneffective", &["true", "false"]),
    ("databricksEgressSubnet", &["host", "container"]),
];

impl Settings {
    /// Settings of a file: later ones win.
    pub fn of(written: &[(Box<str>, Span, Node)], diagnostics: &mut Diagnostics) -> Settings {
        let mut settings = Settings::default();
        for (name, span, value) in written {
            settings.set(name, *span, value, diagnostics);
        }
        settings
    }

    fn set(&mut self, name: &str, span: Span, value: &Node, diagnostics: &mut Diagnostics) {
        let Some((name, values)) = TABLE.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
            let problem = Diagnostic::error("unknown-setting", span, format!("there is no setting `{name}`"));
            let near = nearest(name, TABLE.iter().map(|(known, _)| *known), 4);
            diagnostics.push(match near {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help("docs/scenario.md lists the settings"),
            });
            return;
        };
        let text = value.as_str().unwrap_or("");
        // YAML 1.1 readers turn `on` and `off` into booleans; take them as well.
        let text = match (*name, text) {
            ("expressRouteVnetToVnet", "true") => "on",
            ("expressRouteVnetToVnet", "false") => "off",
            (_, text) => text,
        };
        match values.iter().find(|known| known.eq_ignore_ascii_case(text)) {
            Some(known) => self.apply(name, known),
            None => diagnostics.push(
                Diagnostic::error("bad-setting-value", value.span, format!("`{text}` is no value of `{name}`"))
                    .help(format!("it takes {}", values.join(", "))),
            ),
        }
    }

    fn apply(&mut self, name: &'static str, value: &'static str) {
        match (name, value) {
            ("serviceEndpointVersusRoute", value) => {
                self.service_endpoint_versus_route = match value {
                    "documented" => ServiceEndpointVersusRoute::Documented,
                    "userWins" => ServiceEndpointVersusRoute::UserWins,
                    _ => ServiceEndpointVersusRoute::LongestPrefix,
                }
            }
            ("virtualNetworkTagDefaultRoute", value) => {
                self.virtual_network_tag_default_route = match value {
                    "userAndBgp" => VirtualNetworkTagDefaultRoute::UserAndBgp,
                    "never" => VirtualNetworkTagDefaultRoute::Never,
                    _ => VirtualNetworkTagDefaultRoute::User,
                }
            }
            ("peeringForwardedFlag", value) => {
                let tag_only = value == "tagOnly";
                self.peering_forwarded_flag =
                    if tag_only { PeeringForwardedFlag::TagOnly } else { PeeringForwardedFlag::Strict };
            }
            ("expressRouteVnetToVnet", value) => self.express_route_vnet_to_vnet = value == "on",
            ("portlessProtocolsMatchSpecificPorts", value) => {
                self.portless_protocols_match_specific_ports = value == "true"
            }
            ("anyIncludesEspAh", value) => self.any_includes_esp_ah = value == "true",
            ("privateEndpointReply", value) => self.private_endpoint_reply_via_appliance = value == "viaAppliance",
            ("sqlAzureRuleAdmitsServiceEndpoint", value) => {
                self.sql_azure_rule_admits_service_endpoint = value == "true"
            }
            ("sqlPrivateEndpointRedirect", value) => self.sql_private_endpoint_redirect = value == "true",
            ("privateEndpointNetworkPoliciesDefault", value) => {
                self.private_endpoint_policies_enabled = value == "Enabled"
            }
            ("storageIpRuleSameRegionIneffective", value) => {
                self.storage_ip_rule_same_region_ineffective = value == "true"
            }
            ("firewallDnatImplicitAllowOverridable", value) => {
                self.firewall_dnat_implicit_allow_overridable = value == "true"
            }
            ("firewallInfrastructureIncludesEntra", value) => {
                self.firewall_infrastructure_includes_entra = value == "true"
            }
            ("virtualNetworkTagConnectedGroup", value) => self.virtual_network_tag_connected_group = value == "true",
            ("adminRulesLowerScopeAlsoApplies", value) => self.admin_rules_lower_scope_also_applies = value == "true",
            ("allowRulesOnlyIncludesAlwaysAllow", value) => {
                self.allow_rules_only_includes_always_allow = value == "true"
            }
            ("databricksEgressSubnet", value) => self.databricks_egress_container = value == "container",
            other => self.others.push(other),
        }
    }
}
