//! Network managers: admin rules and connected groups.

use super::*;
use crate::space::Ports;

/// What a security admin rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AdminAccess {
    /// Security groups are asked next.
    Allow,
    /// Nobody else is asked.
    AlwaysAllow,
    /// Drops.
    Deny,
}

/// A security admin rule.
#[derive(Debug, Clone, PartialEq)]
pub struct SecurityAdminRule {
    /// `configuration/collection/rule`, and its place.
    pub label: Label,
    /// Lower numbers first.
    pub priority: u16,
    /// Which way it looks.
    pub direction: Direction,
    /// What it does.
    pub access: Known<AdminAccess>,
    /// Its protocol.
    pub protocol: RuleProtocol,
    /// Who sends.
    pub source: AddressMatch,
    /// From which ports.
    pub source_ports: Ports,
    /// Who receives.
    pub destination: AddressMatch,
    /// On which ports.
    pub destination_ports: Ports,
    /// The VNETs that it is applied to.
    pub virtual_networks: Vec<VirtualNetworkId>,
    /// What of its configuration applies to VNETs with Databricks or managed instances (F80, F81).
    pub on_intent_policies: OnIntentPolicies,
}

/// applyOnNetworkIntentPolicyBasedServices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnIntentPolicies {
    /// No rule.
    None,
    /// Rules that allow.
    AllowRulesOnly,
    /// Every rule.
    All,
}

/// A network manager's rules; those of a wider scope come first (F83).
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkManager {
    /// Name and place.
    pub label: Label,
    /// Management groups are wider than subscriptions: smaller is wider.
    pub scope: u8,
    /// Its rules.
    pub rules: Vec<SecurityAdminRule>,
}

/// VNETs that a mesh joins without peerings (R213).
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectedGroup {
    /// `manager/configuration`.
    pub label: Label,
    /// Its members.
    pub members: Vec<VirtualNetworkId>,
    /// Across regions.
    pub global: bool,
}
