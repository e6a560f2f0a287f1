//! Load balancers.

use super::*;
use crate::space::Ports;
use std::net::IpAddr;

/// A load balancer.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadBalancer {
    /// Name and place.
    pub label: Label,
    /// Standard; else Basic.
    pub standard: Known<bool>,
    /// Its addresses.
    pub frontends: Vec<Frontend>,
    /// What it answers, in the order of the file.
    pub rules: Vec<BalancingRule>,
    /// Its pools' members.
    pub pools: Vec<Pool>,
    /// Outbound rules: pool and frontends.
    pub outbound_rules: Vec<(usize, Vec<usize>)>,
}

/// An address of a load balancer.
#[derive(Debug, Clone, PartialEq)]
pub struct Frontend {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: FrontendAddress,
}

/// Internal or public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrontendAddress {
    /// In a subnet.
    Private(SubnetId, Known<IpAddr>),
    /// A public IP address.
    Public(PublicIpAddressId),
}

/// Back ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// Members: NIC and configuration.
    pub members: Vec<(NetworkInterfaceId, usize)>,
    /// Members that are not known.
    pub unknown: Option<FactId>,
}

/// Whom a rule of a load balancer leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackEnd {
    /// Any member of a pool, by its index.
    Pool(usize),
    /// One machine: an inbound NAT rule.
    One(NetworkInterfaceId, usize),
}

/// A load-balancing rule or an inbound NAT rule.
#[derive(Debug, Clone, PartialEq)]
pub struct BalancingRule {
    /// Its name.
    pub name: String,
    /// Which frontend, by its index.
    pub frontend: usize,
    /// `Any` with all ports: HA ports.
    pub protocol: RuleProtocol,
    /// Ports as sent.
    pub ports: Ports,
    /// The port at the back end; absent = the same.
    pub back_end_port: Option<u16>,
    /// Who answers.
    pub back_end: BackEnd,
    /// The port that its probe asks; absent = nobody asks.
    pub probe: Option<u16>,
    /// The back end sees the frontend's address.
    pub floating: bool,
    /// It is no way out (R194).
    pub no_outbound: bool,
}
