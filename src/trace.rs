//! The answer and its evidence: hops, steps, parts, deciders. The verdict is derived from them.
//!
//! In: what `evaluate` recorded. Out: plain data for `suite` and `report`. Deliberately absent: sets in
//! diagram form (parts are lists of boxes here), and anything about printing.

use crate::{
    diagnostic::Origin,
    flow::Flow,
    model::Fact,
    space::{Cube, Packet},
};
use std::fmt;

/// The four answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Every packet arrives, is admitted, and its reply gets back.
    Allowed,
    /// None does.
    Denied,
    /// Some do.
    Mixed,
    /// A fact is missing.
    Undetermined,
}

impl Verdict {
    /// The word of the file format.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Allowed => "allowed",
            Verdict::Denied => "denied",
            Verdict::Mixed => "mixed",
            Verdict::Undetermined => "undetermined",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What can decide about a flow (the closed list of the JSON contract).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // the names are the contract's own words
pub enum DeciderKind {
    NetworkSecurityGroup,
    NoNetworkSecurityGroup,
    SecurityAdminRule,
    Platform,
    Route,
    DefaultRoute,
    NoRoute,
    ServiceEndpoint,
    ServiceEndpointPolicy,
    PrivateEndpoint,
    Peering,
    Gateway,
    Appliance,
    AzureFirewall,
    LoadBalancer,
    ApplicationGateway,
    Outbound,
    PublicIp,
    PaasFirewall,
    NetworkSecurityPerimeter,
    IpAccessList,
    Identity,
    Dns,
    Asymmetric,
    Loop,
}

impl DeciderKind {
    /// Every kind with its word in files and JSON.
    pub const ALL: [(DeciderKind, &'static str); 25] = [
        (DeciderKind::NetworkSecurityGroup, "networkSecurityGroup"),
        (DeciderKind::NoNetworkSecurityGroup, "noNetworkSecurityGroup"),
        (DeciderKind::SecurityAdminRule, "securityAdminRule"),
        (DeciderKind::Platform, "platform"),
        (DeciderKind::Route, "route"),
        (DeciderKind::DefaultRoute, "defaultRoute"),
        (DeciderKind::NoRoute, "noRoute"),
        (DeciderKind::ServiceEndpoint, "serviceEndpoint"),
        (DeciderKind::ServiceEndpointPolicy, "serviceEndpointPolicy"),
        (DeciderKind::PrivateEndpoint, "privateEndpoint"),
        (DeciderKind::Peering, "peering"),
        (DeciderKind::Gateway, "gateway"),
        (DeciderKind::Appliance, "appliance"),
        (DeciderKind::AzureFirewall, "azureFirewall"),
        (DeciderKind::LoadBalancer, "loadBalancer"),
        (DeciderKind::ApplicationGateway, "applicationGateway"),
        (DeciderKind::Outbound, "outbound"),
        (DeciderKind::PublicIp, "publicIp"),
        (DeciderKind::PaasFirewall, "paasFirewall"),
        (DeciderKind::NetworkSecurityPerimeter, "networkSecurityPerimeter"),
        (DeciderKind::IpAccessList, "ipAccessList"),
        (DeciderKind::Identity, "identity"),
        (DeciderKind::Dns, "dns"),
        (DeciderKind::Asymmetric, "asymmetric"),
        (DeciderKind::Loop, "loop"),
    ];

    /// The word in files and JSON.
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// What a step did to the packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A filter let them through.
    Allow,
    /// Something stopped them.
    Deny,
    /// A choice of the way: a route row was selected, an address translated, a gateway crossed.
    Pass,
    /// A fact is missing here; the walk went on as if it let them through.
    Unknown,
}

impl Outcome {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Allow => "allow",
            Outcome::Deny => "deny",
            Outcome::Pass => "pass",
            Outcome::Unknown => "unknown",
        }
    }
}

/// One decision at one place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Step {
    /// What decided.
    pub kind: DeciderKind,
    /// The resource: `databricks-nsg`, `rt-spoke`; for default routes the prefix.
    pub resource: String,
    /// The part of it: a rule, a route; empty when the resource is the decider.
    pub name: String,
    /// What it did.
    pub outcome: Outcome,
    /// A few words for people.
    pub detail: String,
    /// The law it follows: `F16`, `R33`.
    pub law: &'static str,
    /// Where the decider is written, when it is.
    pub origin: Option<Origin>,
}

/// The devices that let packets pass, each once: what stands between networks, not the lists and rows inside them.
pub(crate) fn passed<'s>(steps: impl IntoIterator<Item = &'s Step>) -> Vec<(DeciderKind, String)> {
    let mut passed: Vec<(DeciderKind, String)> = Vec::new();
    for step in steps {
        let is_device = matches!(
            step.kind,
            DeciderKind::Gateway
                | DeciderKind::Appliance
                | DeciderKind::AzureFirewall
                | DeciderKind::LoadBalancer
                | DeciderKind::ApplicationGateway
                | DeciderKind::PrivateEndpoint
                | DeciderKind::Outbound
        );
        let device = (step.kind, step.resource.to_lowercase());
        if is_device && step.outcome != Outcome::Deny && !passed.contains(&device) {
            passed.push(device);
        }
    }
    passed
}

/// The steps at one place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hop {
    /// The place: `databricks-vnet/public-subnet`, `hub-gw`, `onprem`, `internet`.
    pub at: String,
    /// What was decided there.
    pub steps: Vec<Step>,
}

/// A packet-exact piece of the asked set with one fate.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What became of it: allowed, denied or undetermined; mixed where Azure itself may choose.
    pub verdict: Verdict,
    /// Which end it came from and which it was for, in the user's words.
    pub ends: (String, String),
    /// Which packets, as short, disjoint boxes; a destination known by name stands at `space::NAMED`.
    pub boxes: Vec<Cube>,
    /// One of them.
    pub witness: Packet,
    /// What decided: on denied first what stopped it, on allowed all that had a say, in packet order.
    pub decided_by: Vec<Step>,
    /// The way there.
    pub forward: Vec<Hop>,
    /// The way back, as far as it came.
    pub reply: Vec<Hop>,
    /// What the packets pass on the way there by each of Azure's other choices, where those differ from `forward`.
    pub other_ways: Vec<Vec<(DeciderKind, String)>>,
    /// Facts that are missing.
    pub missing: Vec<Fact>,
    /// Remarks: what was left out, what a setting decided.
    pub notes: Vec<String>,
}

/// A further flow that the asked one hangs on.
#[derive(Debug, Clone, PartialEq)]
pub struct Leg {
    /// What it is.
    pub flow: Flow,
    /// What became of it, of all starting places together.
    pub verdict: Verdict,
    /// What decided.
    pub decided_by: Vec<Step>,
    /// The way there.
    pub forward: Vec<Hop>,
    /// The way back.
    pub reply: Vec<Hop>,
}

/// The whole answer to one flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// What was asked.
    pub flow: Flow,
    /// Exact partition of the asked set, in a fixed order.
    pub parts: Vec<Part>,
    /// All that is allowed, as the shortest list of disjoint boxes; empty unless the verdict is mixed.
    pub allowed: Vec<Cube>,
    /// Further flows that it hangs on: names, tokens, second connections.
    pub legs: Vec<Leg>,
    /// Remarks about the question as a whole.
    pub notes: Vec<String>,
}

impl Trace {
    /// The verdict: what holds of all parts together (product.md section 2).
    pub fn verdict(&self) -> Verdict {
        let has = |verdict| self.parts.iter().any(|part| part.verdict == verdict);
        if has(Verdict::Mixed) || (has(Verdict::Allowed) && has(Verdict::Denied)) {
            Verdict::Mixed
        } else if has(Verdict::Undetermined) {
            Verdict::Undetermined
        } else if has(Verdict::Allowed) {
            Verdict::Allowed
        } else {
            Verdict::Denied
        }
    }

    /// The part that explains the verdict best: the first with the trace's own verdict, else the first.
    pub fn leading_part(&self) -> Option<&Part> {
        let verdict = self.verdict();
        self.parts.iter().find(|part| part.verdict == verdict).or(self.parts.first())
    }
}
