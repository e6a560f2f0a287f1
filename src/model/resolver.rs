//! DNS Private Resolver: what it answers, and what networks have it ask elsewhere.

use super::*;
use std::net::IpAddr;

/// An inbound endpoint: it answers as Azure's own resolver does in its network (F225).
#[derive(Debug, Clone, PartialEq)]
pub struct InboundEndpoint {
    /// Name, with its resolver's, and place.
    pub label: Label,
    /// Where it stands.
    pub subnet: SubnetId,
    /// Its address.
    pub address: Known<IpAddr>,
}

/// A ruleset: for networks that it is linked to, questions about some domains go to other servers (F224).
#[derive(Debug, Clone, PartialEq)]
pub struct ForwardingRuleset {
    /// Name and place.
    pub label: Label,
    /// The subnets of the outbound endpoints that it asks from.
    pub outbound: Vec<Known<SubnetId>>,
    /// Its rules that are enabled.
    pub rules: Vec<ForwardingRule>,
    /// The networks that it is linked to.
    pub virtual_networks: Vec<Known<VirtualNetworkId>>,
}

/// A rule of a ruleset.
#[derive(Debug, Clone, PartialEq)]
pub struct ForwardingRule {
    /// Name and place.
    pub label: Label,
    /// The domain that it is about, lower case, without the dot at its end; empty for all names.
    pub domain: Known<String>,
    /// Whom it asks, the first that answers.
    pub servers: Vec<Known<IpAddr>>,
    /// The fact that is missing where it is not known whether it is enabled.
    pub doubt: Option<FactId>,
}
