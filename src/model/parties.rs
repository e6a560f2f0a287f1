//! Who sends and receives: workloads, parties outside, on-premises sites, appliances.

use super::*;
use ipnet::IpNet;
use std::net::IpAddr;

/// A machine in a VNET: a workload of the scenario format, or a virtual machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// Name and place.
    pub label: Label,
    /// Its NICs; the first is the one that Azure sends from.
    pub network_interfaces: Vec<NetworkInterfaceId>,
    /// Which credentials it uses.
    pub identity: Option<Identity>,
    /// What it answers as a DNS server.
    pub dns: Dns,
}

/// A party outside the customer's networks.
#[derive(Debug, Clone, PartialEq)]
pub struct External {
    /// Name and place.
    pub label: Label,
    /// Its public addresses; empty when only names are known.
    pub addresses: Vec<IpNet>,
    /// Host names that it answers to, lower case.
    pub host_names: Vec<String>,
    /// Region, when it is a service in Azure.
    pub location: Option<String>,
    /// The trusted service that it is.
    pub trusted_service: Option<String>,
    /// Which credentials it uses.
    pub identity: Option<Identity>,
    /// Ids of the subnets that it sends from, lower case: firewalls of services may list them.
    pub networks: Vec<String>,
    /// Made by the reader for a workspace or a cluster: the file does not name it.
    pub implicit: bool,
}

/// What a site is attached through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attachment {
    /// A VPN device that Azure knows as this local network gateway.
    LocalNetworkGateway(LocalNetworkGatewayId),
    /// A circuit.
    ExpressRouteCircuit(ExpressRouteCircuitId),
    /// A branch site of a virtual WAN.
    VpnSite(VpnSiteId),
}

/// How a site reaches the Internet by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InternetEgress {
    /// The file does not say.
    Unknown(FactId),
    /// It does not.
    No,
    /// It does; the public addresses behind which it appears, empty when not given.
    Yes(Vec<IpNet>),
}

/// An on-premises network.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// Name and place.
    pub label: Label,
    /// Its own prefixes.
    pub address_prefixes: Vec<IpNet>,
    /// Named hosts.
    pub hosts: Vec<(String, IpAddr)>,
    /// What it is attached through.
    pub attachments: Vec<Attachment>,
    /// An attachment outside the model.
    pub unmodelled_attachment: Option<FactId>,
    /// What it advertises to Azure over BGP; its own prefixes where absent.
    pub advertises: Vec<IpNet>,
    /// What it accepts from Azure; everything that Azure advertises where absent.
    pub learns: Option<Vec<IpNet>>,
    /// Its own way to the Internet.
    pub internet_egress: InternetEgress,
    /// How its hosts' names are resolved, and what its DNS server answers.
    pub dns: Dns,
    /// Firewall rules at its edge, first match by priority; absent = none. Both directions.
    pub firewall: Option<Vec<SecurityRule>>,
}

/// When an appliance translates the source address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Snat {
    /// Never.
    Never,
    /// When the destination is a public address.
    Internet,
    /// Always.
    Always,
}

/// One translation of the destination by an appliance.
#[derive(Debug, Clone, PartialEq)]
pub struct Dnat {
    /// Address as sent; absent = any of the appliance's own (private or public).
    pub address: Option<IpAddr>,
    /// Protocol; `Any` where absent.
    pub protocol: RuleProtocol,
    /// Ports as sent.
    pub ports: crate::space::Ports,
    /// Where it goes.
    pub translated_address: IpAddr,
    /// On which port; absent = the same.
    pub translated_port: Option<u16>,
}

/// A network virtual appliance.
#[derive(Debug, Clone, PartialEq)]
pub struct Appliance {
    /// Name and place.
    pub label: Label,
    /// Its NICs.
    pub network_interfaces: Vec<NetworkInterfaceId>,
    /// The guest forwards (default true); the NICs need IP forwarding besides.
    pub forwarding: Known<bool>,
    /// It drops packets of connections whose start it did not see (default true).
    pub stateful: bool,
    /// When it translates the source (default never).
    pub snat: Snat,
    /// Destination translations, first match.
    pub dnat: Vec<Dnat>,
    /// Its rules, first match in this order after sorting by priority; absent = everything passes, a
    /// packet that no rule matches is dropped.
    pub rules: Option<Vec<SecurityRule>>,
    /// What it answers as a DNS server.
    pub dns: Dns,
    /// Its rules are not known: what passes it is undetermined.
    pub opaque: Option<FactId>,
    /// Its autonomous system number.
    pub peer_asn: Option<u32>,
    /// What it tells those that it speaks BGP with; absent where the file does not say.
    pub advertises: Option<Known<Vec<Advertisement>>>,
}
