//! Azure Firewall: its rules in the order in which it asks them.

use super::*;
use crate::space::{Addresses, Ports};
use std::net::IpAddr;

/// An Azure Firewall with the rules of its policy and of its policy's parents, or its classic ones.
#[derive(Debug, Clone, PartialEq)]
pub struct AzureFirewall {
    /// Name and place.
    pub label: Label,
    /// AzureFirewallSubnet of its VNET.
    pub subnet: SubnetId,
    /// Its private address: the next hop of user routes.
    pub private_address: Known<IpAddr>,
    /// Its public addresses.
    pub public_ip_addresses: Vec<PublicIpAddressId>,
    /// It has a management address of its own: forced tunnelling (R199).
    pub management: bool,
    /// Threat intelligence drops (F160).
    pub threat_deny: Known<bool>,
    /// What threat intelligence knows: addresses and host names.
    pub threats: (Addresses, Vec<String>),
    /// Host names that threat intelligence leaves alone; `*.contoso.com` for many.
    pub spared_hosts: Vec<String>,
    /// Destinations whose network rules leave the source as it is (F154 to F157).
    pub private_ranges: Addresses,
    /// Whether there are more of them is not known.
    pub unknown_ranges: Option<FactId>,
    /// Network rules translate whatever the destination (F156).
    pub always_translates: bool,
    /// It answers DNS.
    pub dns: Option<Dns>,
    /// Destination translations, in the order in which they are tried.
    pub nat_rules: Vec<FirewallNatRule>,
    /// Network rules, in the order in which they are tried.
    pub network_rules: Vec<FirewallNetworkRule>,
    /// Application rules, in the order in which they are tried.
    pub application_rules: Vec<FirewallApplicationRule>,
    /// Rules that are not known: what no known rule decides is undetermined.
    pub unknown: Option<FactId>,
}

/// Who sends or receives in a firewall's rule.
pub type FirewallMatch = AddressMatch;

/// A network rule.
#[derive(Debug, Clone, PartialEq)]
pub struct FirewallNetworkRule {
    /// `group/collection/rule`, and its place.
    pub label: Label,
    /// What it does.
    pub access: Known<Access>,
    /// TCP, UDP, ICMP; everything with `Any`.
    pub protocols: Vec<RuleProtocol>,
    /// Who sends.
    pub source: FirewallMatch,
    /// Who receives.
    pub destination: FirewallMatch,
    /// Host names of receivers, lower case.
    pub hosts: Vec<String>,
    /// It names hosts besides that are not known.
    pub unknown: Option<FactId>,
    /// On which ports.
    pub ports: Ports,
    /// Facts that are missing about the rest: it may or may not match.
    pub doubts: Vec<FactId>,
}

/// An application rule: HTTP, HTTPS and MSSQL by host name.
#[derive(Debug, Clone, PartialEq)]
pub struct FirewallApplicationRule {
    /// `group/collection/rule`, and its place.
    pub label: Label,
    /// What it does.
    pub access: Known<Access>,
    /// Who sends.
    pub source: FirewallMatch,
    /// Ports of its protocols.
    pub ports: Ports,
    /// Host names, lower case; `*` and `*.contoso.com` for many.
    pub hosts: Vec<String>,
    /// What it names besides and azreach does not know: categories, tags of host names, URLs.
    pub unknown: Option<FactId>,
    /// Facts that are missing about the rest: it may or may not match.
    pub doubts: Vec<FactId>,
}

/// A destination translation.
#[derive(Debug, Clone, PartialEq)]
pub struct FirewallNatRule {
    /// `group/collection/rule`, and its place.
    pub label: Label,
    /// Protocols.
    pub protocols: Vec<RuleProtocol>,
    /// Who sends.
    pub source: FirewallMatch,
    /// Addresses as sent: the firewall's own.
    pub destination: Addresses,
    /// Ports as sent.
    pub ports: Ports,
    /// Facts that are missing about whom it is for: it may or may not match.
    pub doubts: Vec<FactId>,
    /// Where it goes.
    pub translated_address: Known<IpAddr>,
    /// On which port.
    pub translated_port: Option<u16>,
}
