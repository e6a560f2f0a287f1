//! Private endpoints, private link services, and the names that lead to them.

use super::*;
use std::net::IpAddr;

/// A private endpoint: an address in a subnet that stands for a service.
#[derive(Debug, Clone, PartialEq)]
pub struct PrivateEndpoint {
    /// Name and place.
    pub label: Label,
    /// Where it stands.
    pub subnet: RuleSubnet,
    /// Its addresses; unknown when they are given out at deployment.
    pub addresses: Known<Vec<IpAddr>>,
    /// What it leads to.
    pub target: LinkTarget,
    /// Which of its parts: `dfs`, `sqlServer`.
    pub group_ids: Vec<String>,
    /// Azure's word for its connection: only `Approved` carries traffic.
    pub state: Known<LinkState>,
    /// ASGs that it is a member of.
    pub application_security_groups: Vec<ApplicationSecurityGroupId>,
}

impl PrivateEndpoint {
    /// The platform service of the file that it leads to.
    pub fn service(&self) -> Option<ServiceId> {
        match self.target {
            LinkTarget::Service(id) => Some(id),
            _ => None,
        }
    }

    /// The private link service of the file that it leads to.
    pub fn private_link_service(&self) -> Option<PrivateLinkServiceId> {
        match self.target {
            LinkTarget::PrivateLinkService(id) => Some(id),
            _ => None,
        }
    }
}

/// What a private endpoint leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkTarget {
    /// A platform service.
    Service(ServiceId),
    /// Somebody's own service behind a load balancer.
    PrivateLinkService(PrivateLinkServiceId),
    /// A platform service outside the file: it admits what comes over its endpoints (F110).
    Elsewhere(FactId),
    /// What stands behind decides more, and nobody knows what.
    Unknown(FactId),
}

/// A service of one's own that private endpoints of others lead to (F220).
#[derive(Debug, Clone, PartialEq)]
pub struct PrivateLinkService {
    /// Name and place.
    pub label: Label,
    /// What its packets come from: subnets with the addresses in them that are known.
    pub nat_addresses: Vec<(SubnetId, Known<IpAddr>)>,
    /// The fact that is missing where a subnet of those is not known.
    pub unknown_nat: Option<FactId>,
    /// Frontends that its packets go to: the balancer, and the frontend by its index.
    pub frontends: Vec<(LoadBalancerId, usize)>,
    /// The fact that is missing where a frontend is not known.
    pub unknown_frontend: Option<FactId>,
}

/// State of a private link connection (F142).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkState {
    /// Carries traffic.
    Approved,
    /// Waits for the service's owner.
    Pending,
    /// Was refused.
    Rejected,
    /// Was removed by the service's owner.
    Disconnected,
}

impl LinkState {
    /// Azure's word.
    pub fn as_str(self) -> &'static str {
        match self {
            LinkState::Approved => "Approved",
            LinkState::Pending => "Pending",
            LinkState::Rejected => "Rejected",
            LinkState::Disconnected => "Disconnected",
        }
    }
}

/// What of a subnet's security applies to private endpoints in it (privateEndpointNetworkPolicies).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PrivateEndpointPolicies {
    /// Its NSG filters what comes to them (F136, F137).
    pub security_groups: bool,
    /// User routes at least as long as the VNET's range beat their /32 rows (R56 to R60).
    pub route_tables: bool,
}

/// A private DNS zone.
#[derive(Debug, Clone, PartialEq)]
pub struct PrivateDnsZone {
    /// Its resource name; without a group before it, the zone's domain.
    pub label: Label,
    /// Its domain, lower case.
    pub domain: String,
    /// Its records, those that endpoints registered included.
    pub records: Vec<DnsRecord>,
    /// VNETs that it answers.
    pub links: Vec<ZoneLink>,
}

/// A record of a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsRecord {
    /// Relative to the zone, lower case; `@` for the zone itself, `*` for any name.
    pub name: String,
    /// What it says.
    pub data: RecordData,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordData {
    /// Addresses.
    Addresses(Vec<Known<IpAddr>>),
    /// The address of a private endpoint that is given out at deployment.
    PrivateEndpoint(PrivateEndpointId),
    /// Another name.
    Alias(String),
}

/// A zone's link to a VNET.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneLink {
    /// Name and place.
    pub label: Label,
    /// The VNET.
    pub virtual_network: Known<VirtualNetworkId>,
    /// A missing record is looked up in public (`NxDomainRedirect`).
    pub fallback: Known<bool>,
    /// The VNET's machines are records of the zone.
    pub registration: bool,
}

/// Whom somebody asks for an address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Resolver {
    /// Azure's own at 168.63.129.16, as the VNET of the asker sees it.
    Azure,
    /// The public name system.
    Public,
    /// The server at an address.
    Server(IpAddr),
    /// Not known.
    Unknown(FactId),
}

/// How a DNS server answers, or whom a site asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dns {
    /// Names that it knows itself, lower case.
    pub records: Vec<(String, IpAddr)>,
    /// Domains that it asks others about; the longest that fits counts.
    pub conditional: Vec<(String, Resolver)>,
    /// Whom it asks about everything else.
    pub forwarder: Resolver,
    /// The file says so; else it is taken to be as usual.
    pub written: bool,
}

impl Dns {
    /// A server that asks one other about everything.
    pub fn usual(forwarder: Resolver) -> Dns {
        Dns { records: Vec::new(), conditional: Vec::new(), forwarder, written: false }
    }
}
