//! Application gateways.

use super::*;
use std::net::IpAddr;

/// An application gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct ApplicationGateway {
    /// Name and place.
    pub label: Label,
    /// The subnet of its instances.
    pub subnet: SubnetId,
    /// Of the second generation.
    pub v2: Known<bool>,
    /// Network isolation: Azure manages it without addresses of the customer's (F187).
    pub isolated: bool,
    /// Its addresses.
    pub frontends: Vec<Frontend>,
    /// What it answers, in the order of the file.
    pub listeners: Vec<Listener>,
    /// Its back ends.
    pub pools: Vec<GatewayPool>,
}

/// A port of a frontend, for all host names or for some.
#[derive(Debug, Clone, PartialEq)]
pub struct Listener {
    /// Name and place.
    pub label: Label,
    /// Which frontend, by its index.
    pub frontend: usize,
    /// As sent.
    pub port: Known<u16>,
    /// Host names, lower case; `*.contoso.com` for many; none = all.
    pub hosts: Vec<String>,
    /// Where its rules lead: one for a basic rule, several where the path of the URL chooses.
    pub ways: Vec<GatewayWay>,
}

/// Where a rule of an application gateway leads.
#[derive(Debug, Clone, PartialEq)]
pub struct GatewayWay {
    /// The rule, or `rule/path`.
    pub name: String,
    /// To whom.
    pub to: GatewayTarget,
}

/// To whom a rule of an application gateway leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatewayTarget {
    /// The gateway answers itself: the client is sent elsewhere.
    Redirect,
    /// To a member of a pool, by its index.
    Pool {
        /// By its index.
        pool: usize,
        /// The port at the back end.
        port: Known<u16>,
        /// The port that the health probe asks, where it is another one.
        probe: Option<u16>,
    },
}

/// Back ends of an application gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct GatewayPool {
    /// Its name.
    pub name: String,
    /// Its members.
    pub members: Vec<GatewayBackEnd>,
    /// Members that are not known.
    pub unknown: Option<FactId>,
}

/// A member of an application gateway's pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayBackEnd {
    /// By address.
    Address(IpAddr),
    /// By network interface.
    NetworkInterface(NetworkInterfaceId),
    /// By host name, lower case.
    Host(String),
}
