//! Security groups and their rules.

use super::*;
use crate::space::{Addresses, Ports};

/// Which way a rule looks, seen from the NIC that it protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Towards the NIC.
    Inbound,
    /// From the NIC.
    Outbound,
}

impl Direction {
    /// ARM's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Inbound => "Inbound",
            Direction::Outbound => "Outbound",
        }
    }
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Lets through.
    Allow,
    /// Drops.
    Deny,
}

impl Access {
    /// Azure's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Access::Allow => "Allow",
            Access::Deny => "Deny",
        }
    }
}

/// Protocols of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RuleProtocol {
    /// `*`.
    Any,
    /// `Tcp`.
    Tcp,
    /// `Udp`.
    Udp,
    /// `Icmp`.
    Icmp,
    /// `Esp`.
    Esp,
    /// `Ah`.
    Ah,
}

/// A service tag in a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagMatch {
    /// `VirtualNetwork`: differs per NIC.
    VirtualNetwork,
    /// `Internet`.
    Internet,
    /// `AzureLoadBalancer`.
    AzureLoadBalancer,
    /// `AzurePlatformDNS`.
    AzurePlatformDns,
    /// `AzurePlatformIMDS`.
    AzurePlatformImds,
    /// `AzurePlatformLKM`.
    AzurePlatformLkm,
    /// A tag of Microsoft's file, in the file's spelling, with its addresses.
    Service(String, Addresses),
    /// A tag that the tag data in use does not hold (F203).
    Missing(String, FactId),
}

/// What the source or the destination of a rule may be: the union of everything in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddressMatch {
    /// `*`: every address of both families (F206).
    pub any: bool,
    /// CIDRs and addresses.
    pub prefixes: Addresses,
    /// Service tags.
    pub tags: Vec<TagMatch>,
    /// Application security groups.
    pub application_security_groups: Vec<ApplicationSecurityGroupId>,
    /// Members that are not known.
    pub unknown: Vec<FactId>,
}

/// A security rule, written or default.
#[derive(Debug, Clone, PartialEq)]
pub struct SecurityRule {
    /// Name and place.
    pub label: Label,
    /// Lower numbers first.
    pub priority: Known<u16>,
    /// Which way it looks.
    pub direction: Direction,
    /// What it does.
    pub access: Known<Access>,
    /// Its protocol.
    pub protocol: Known<RuleProtocol>,
    /// Who sends.
    pub source: AddressMatch,
    /// From which ports.
    pub source_ports: Known<Ports>,
    /// Who receives.
    pub destination: AddressMatch,
    /// On which ports.
    pub destination_ports: Known<Ports>,
}

/// A network security group, its rules as written; the default rules are made in `compile`.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkSecurityGroup {
    /// Name and place.
    pub label: Label,
    /// The custom rules, in any order.
    pub security_rules: Vec<SecurityRule>,
    /// Whether flows are re-evaluated when rules change (F24).
    pub flush_connection: bool,
}

/// An application security group; its members are the IP configurations that name it.
#[derive(Debug, Clone, PartialEq)]
pub struct ApplicationSecurityGroup {
    /// Name and place.
    pub label: Label,
}
