//! What Azure would apply: effective routes per subnet, effective rules per security group and
//! direction, who owns which address. Immutable, `Send` and `Sync`.
//!
//! In: what `compile` built. Out: look-ups. Deliberately absent: decisions. Whatever is answered here is
//! a fact of the network, not of a packet.

mod alike;
mod hybrid;
mod rules;

pub use hybrid::*;
pub use rules::*;

use crate::{
    model::{
        Access, ApplianceId, ApplicationGatewayId, AzureFirewallId, ConnectionId, Direction, ExternalId, FactId, Known,
        Label, LoadBalancerId, Model, NetworkInterfaceId, NetworkSecurityGroupId, NextHopType, PeeringId,
        PrivateEndpointId, PublicIpAddressId, RouteServerId, RouteTableId, ServiceId, SiteId, SubnetId, VirtualHubId,
        VirtualNetworkGatewayId, VirtualNetworkId,
    },
    space::{Addresses, Ports, Ranges},
};
use ipnet::IpNet;
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::Arc,
};

/// A compiled scenario.
#[derive(Debug)]
pub struct Network {
    /// The checked resources behind it.
    pub model: Model,

    /// By [`SubnetId`].
    pub(crate) subnets: Vec<SubnetFacts>,
    /// By [`VirtualNetworkId`].
    pub(crate) virtual_networks: Vec<VirtualNetworkFacts>,
    /// By [`NetworkSecurityGroupId`]: inbound, outbound.
    pub(crate) rules: Vec<[Arc<RuleList>; 2]>,
    /// By [`ApplianceId`]: what the guest forwards; `None` = everything.
    pub(crate) appliance_rules: Vec<Option<Arc<RuleList>>>,
    /// By [`SiteId`]: the firewall at its edge.
    pub(crate) site_rules: Vec<Option<Arc<RuleList>>>,
    /// By [`VirtualNetworkGatewayId`].
    pub(crate) gateways: Vec<GatewayFacts>,
    /// By [`VirtualHubId`].
    pub(crate) hubs: Vec<HubFacts>,
    /// By [`SiteId`].
    pub(crate) sites: Vec<SiteFacts>,
    /// By [`VirtualNetworkId`]: inbound, outbound; admin rules of its managers, the widest scope first.
    pub(crate) admin_rules: Vec<[Vec<AdminRules>; 2]>,
    /// By [`AzureFirewallId`].
    pub(crate) firewall_rules: Vec<FirewallRules>,
    /// By [`AzureFirewallId`]: why it does not work (R198, R199), if it does not.
    pub(crate) broken_firewalls: Vec<Option<(String, &'static str)>>,
    /// By [`ApplianceId`]: addresses that it has behind itself, outside Azure.
    pub(crate) behind_appliances: Vec<Addresses>,
    /// By [`PrivateEndpointId`]: the rows of its subnet without the route table, which its answers do not obey.
    pub(crate) private_endpoint_routes: Vec<Arc<EffectiveRoutes>>,
    /// Who owns which public address.
    pub(crate) public: PublicOwners,
    /// Which NIC configuration a public address is bound to.
    pub(crate) bound_public_ips: HashMap<PublicIpAddressId, (NetworkInterfaceId, usize)>,
    /// The Internet tag.
    pub(crate) internet: Addresses,
    /// Host names that the file's resources answer to.
    pub(crate) hosts: Hosts,
    /// Facts that lacking models put in doubt everywhere (network managers).
    pub(crate) everywhere_in_doubt: Vec<FactId>,
    /// Facts added in compilation, after those of the model.
    pub(crate) warnings: Vec<CompileWarning>,
}

/// Host names of the file's resources, lower case.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hosts {
    /// Public names of services' parts.
    pub(crate) public: HashMap<String, (ServiceId, usize)>,
    /// Their names in privatelink domains.
    pub(crate) private: HashMap<String, (ServiceId, usize)>,
    /// Names of parties outside.
    pub(crate) externals: HashMap<String, ExternalId>,
    /// Names of clusters' nodes: index in `Model::clusters`, address.
    pub(crate) nodes: HashMap<String, (usize, Known<IpAddr>)>,
    /// Parts of services that have an approved private endpoint, by lower-case group id.
    pub(crate) linked: HashSet<(ServiceId, String)>,
    /// Parts that perhaps have one: the state of their endpoint is not known.
    pub(crate) perhaps_linked: HashMap<(ServiceId, String), FactId>,
}

/// Something that Azure accepts but that does nothing or breaks traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileWarning {
    /// Kebab-case code.
    pub code: &'static str,
    /// What, in the user's words.
    pub message: String,
    /// Where.
    pub origin: crate::diagnostic::Origin,
    /// The law.
    pub law: &'static str,
}

/// What is worked out once per subnet.
#[derive(Debug, Clone)]
pub struct SubnetFacts {
    /// The table that the fabric applies at every NIC of the subnet.
    pub routes: Arc<EffectiveRoutes>,
    /// What the tag VirtualNetwork holds at its NICs, and whether a default route put everything in it.
    pub virtual_network_tag: Arc<VirtualNetworkTag>,
    /// Addresses that a NIC may have: without the five reserved of each prefix (R168).
    pub assignable: Addresses,
    /// Assignable addresses of no NIC with anything of its own: they all fare alike.
    pub anonymous: Addresses,
    /// NICs with an address in it.
    pub members: Vec<(NetworkInterfaceId, usize)>,
}

/// The expansion of the tag VirtualNetwork at one subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualNetworkTag {
    /// Its addresses.
    pub addresses: Addresses,
    /// The tag Internet here: less the VNET's own public ranges, for it means what is outside of it (F165).
    pub internet: Addresses,
    /// The default route that widened it to everything: table and route, or a gateway.
    pub widened_by: Option<String>,
    /// Facts that are missing about it: it may hold any other address besides.
    pub unknown: Vec<FactId>,
}

/// The two tags that differ from place to place.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// VirtualNetwork.
    pub virtual_network: &'a Addresses,
    /// Internet.
    pub internet: &'a Addresses,
    /// Facts that are missing about VirtualNetwork.
    pub unknown: &'a [FactId],
    /// The network interfaces that are the flow's own source and destination, where their addresses are not known: by the
    /// fact that is missing.
    pub ends: [Option<FactId>; 2],
}

impl VirtualNetworkTag {
    /// The tags as a NIC of the subnet sees them.
    pub fn observed(&self) -> Observed<'_> {
        Observed { virtual_network: &self.addresses, internet: &self.internet, unknown: &self.unknown, ends: [None; 2] }
    }
}

/// What is worked out once per VNET.
#[derive(Debug, Clone, PartialEq)]
pub struct VirtualNetworkFacts {
    /// Its address space.
    pub space: Addresses,
    /// Addresses to owners, sorted by first point; disjoint.
    pub owners: Vec<(u128, u128, LocalOwner)>,
    /// The gateways whose rows its subnets get: its own, or a hub's through transit.
    pub gateways: Vec<VirtualNetworkGatewayId>,
    /// The hub whose gateways those are, with the link that uses them.
    pub transit: Option<(VirtualNetworkId, PeeringId)>,
}

/// Who owns an address of a VNET's space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LocalOwner {
    /// A NIC, by one of its configurations.
    NetworkInterface(NetworkInterfaceId, u32),
    /// An assignable address of a subnet that is nobody's, or a NIC's with nothing of its own.
    Anonymous(SubnetId),
    /// An address of a gateway.
    Gateway(VirtualNetworkGatewayId),
    /// A private endpoint.
    PrivateEndpoint(PrivateEndpointId, SubnetId),
    /// An Azure Firewall.
    AzureFirewall(AzureFirewallId),
    /// A frontend of a load balancer, by its index.
    LoadBalancer(LoadBalancerId, u32),
    /// A frontend of an application gateway, by its index.
    ApplicationGateway(ApplicationGatewayId, u32),
    /// A Route Server.
    RouteServer(RouteServerId),
    /// An address that a resource which is not modelled yet may own: index in `Model::unmodelled`.
    Unmodelled(u32, SubnetId),
    /// Reserved by Azure in each subnet (R168, R170).
    Reserved(SubnetId),
}

/// Where a row of effective routes comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RouteSource {
    /// Made by Azure.
    Default,
    /// From the route table.
    User,
    /// Learned by a gateway, or static behind one.
    VirtualNetworkGateway,
}

impl RouteSource {
    /// Azure's word.
    pub fn as_str(self) -> &'static str {
        match self {
            RouteSource::Default => "Default",
            RouteSource::User => "User",
            RouteSource::VirtualNetworkGateway => "VirtualNetworkGateway",
        }
    }
}

/// Which resource a row comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteOrigin {
    /// Azure's own.
    System,
    /// A peering link.
    Peering(PeeringId),
    /// A gateway.
    Gateway(VirtualNetworkGatewayId),
    /// A hub of a virtual WAN.
    VirtualHub(VirtualHubId),
    /// A Route Server: index of the session over which it came.
    RouteServer(RouteServerId, u32),
    /// A route of a table: index in its routes.
    User(RouteTableId, usize),
    /// A service endpoint.
    ServiceEndpoint(String),
    /// A private endpoint.
    PrivateEndpoint(PrivateEndpointId),
    /// A connected group: index in `Model::connected_groups`, and the member that it leads to.
    ConnectedGroup(u32, VirtualNetworkId),
}

impl RouteOrigin {
    /// The gateway or Route Server behind a row of one.
    pub fn gateway_label<'m>(&self, model: &'m Model) -> Option<&'m Label> {
        match self {
            RouteOrigin::Gateway(id) => Some(&model.virtual_network_gateway(*id).label),
            RouteOrigin::RouteServer(id, _) => Some(&model.route_server(*id).label),
            RouteOrigin::VirtualHub(id) => Some(&model.virtual_hub(*id).label),
            _ => None,
        }
    }
}

/// One row of effective routes, as Network Watcher prints it.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteRow {
    /// What it covers; several for service endpoints and tag routes.
    pub prefixes: Vec<IpNet>,
    /// The service tag of a tag route, with its rank (R36 to R38): smaller is stronger.
    pub tag: Option<(String, u8)>,
    /// Where it leads.
    pub next_hop_type: Known<NextHopType>,
    /// Addresses of the next hop.
    pub next_hop_addresses: Vec<IpAddr>,
    /// Default, User, VirtualNetworkGateway.
    pub source: RouteSource,
    /// Whether it is used; a row that lost to another of the same prefix is kept as Invalid.
    pub active: bool,
    /// Which resource it comes from.
    pub origin: RouteOrigin,
    /// The route's name in its table, else empty.
    pub name: String,
    /// `hasBgpOverride` of an export.
    pub overrides_bgp: bool,
    /// Why it drops everything although it names a next hop (R42 to R44, R176, R216).
    pub ineffective: Option<&'static str>,
    /// The fact that is missing about it.
    pub unknown: Option<FactId>,
}

/// The effective routes of a subnet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EffectiveRoutes {
    /// All rows, in Network Watcher's order: Default, gateway, User.
    pub rows: Vec<RouteRow>,
    /// Destination intervals with the selected rows, sorted, disjoint, covering all that has a route.
    pub intervals: Vec<(u128, u128, RouteChoice)>,
    /// Rows whose prefix is not known: each may take any destination.
    pub uncertain: Vec<u32>,
    /// The name of the route table, if any, and whether gateway rows are kept out.
    pub table: Option<RouteTableId>,
    /// Gateway route propagation is off.
    pub propagation_disabled: bool,
    /// The same without service endpoints, where there are any: they are for what the subnet opens to a service, and
    /// an answer to a client whose address happens to be a service's leaves as any other (R190).
    pub answers: Option<Arc<EffectiveRoutes>>,
}

/// The rows selected for one destination interval.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RouteChoice {
    /// One row, or several equal ones among which Azure chooses per flow (R46).
    pub rows: Vec<u32>,
    /// The setting serviceEndpointVersusRoute decided here.
    pub contested: bool,
}

/// Who owns a public address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PublicOwner {
    /// A public IP address resource.
    PublicIpAddress(PublicIpAddressId),
    /// A party outside.
    External(ExternalId),
    /// A site's own way out.
    Site(SiteId),
    /// A NAT gateway's prefix.
    NatGateway(crate::model::NatGatewayId),
}

/// Public addresses with owners: sorted, disjoint.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PublicOwners {
    pub(crate) intervals: Vec<(u128, u128, PublicOwner)>,
    pub(crate) all: Addresses,
}

impl PublicOwners {
    /// Everything that somebody in this file owns.
    pub fn all(&self) -> &Addresses {
        &self.all
    }

    /// The owners of `addresses` with what each owns of them.
    pub fn within<'a>(&'a self, addresses: &'a Addresses) -> impl Iterator<Item = (PublicOwner, Addresses)> + 'a {
        self.intervals.iter().filter_map(|(first, last, owner)| {
            let common = Addresses::range(*first, *last).intersect(addresses);
            (!common.is_empty()).then_some((*owner, common))
        })
    }
}

impl Network {
    /// What is worked out about a subnet.
    pub fn subnet(&self, id: SubnetId) -> &SubnetFacts {
        &self.subnets[id.index()]
    }

    /// What is worked out about a VNET.
    pub fn virtual_network(&self, id: VirtualNetworkId) -> &VirtualNetworkFacts {
        &self.virtual_networks[id.index()]
    }

    /// The rules of an NSG in one direction.
    pub fn rules(&self, id: NetworkSecurityGroupId, direction: Direction) -> &RuleList {
        &self.rules[id.index()][direction as usize]
    }

    /// What an appliance forwards; `None` = everything.
    pub fn appliance_rules(&self, id: ApplianceId) -> Option<&RuleList> {
        self.appliance_rules[id.index()].as_deref()
    }

    /// The firewall at a site's edge.
    pub fn site_rules(&self, id: SiteId) -> Option<&RuleList> {
        self.site_rules[id.index()].as_deref()
    }

    /// What is worked out about a gateway.
    pub fn gateway(&self, id: VirtualNetworkGatewayId) -> &GatewayFacts {
        &self.gateways[id.index()]
    }

    /// What is worked out about a hub of a virtual WAN.
    pub fn hub(&self, id: VirtualHubId) -> &HubFacts {
        &self.hubs[id.index()]
    }

    /// What is worked out about a site.
    pub fn site(&self, id: SiteId) -> &SiteFacts {
        &self.sites[id.index()]
    }

    /// Admin rules of a VNET in one direction, by manager.
    pub fn admin_rules(&self, id: VirtualNetworkId, direction: Direction) -> &[AdminRules] {
        &self.admin_rules[id.index()][direction as usize]
    }

    /// The rules of an Azure Firewall.
    pub fn firewall_rules(&self, id: AzureFirewallId) -> &FirewallRules {
        &self.firewall_rules[id.index()]
    }

    /// Why an Azure Firewall does not work, and the law.
    pub fn broken_firewall(&self, id: AzureFirewallId) -> Option<&(String, &'static str)> {
        self.broken_firewalls[id.index()].as_ref()
    }

    /// Addresses that an appliance has behind itself, outside Azure.
    pub fn behind_appliance(&self, id: ApplianceId) -> &Addresses {
        &self.behind_appliances[id.index()]
    }

    /// The rows by which a private endpoint answers.
    pub fn private_endpoint_routes(&self, id: PrivateEndpointId) -> &EffectiveRoutes {
        &self.private_endpoint_routes[id.index()]
    }

    /// The part of a service with a public host name.
    pub fn public_host(&self, host: &str) -> Option<(ServiceId, usize)> {
        self.hosts.public.get(host).copied()
    }

    /// The part of a service with a name in a privatelink domain.
    pub fn private_host(&self, host: &str) -> Option<(ServiceId, usize)> {
        self.hosts.private.get(host).copied()
    }

    /// The party outside with a host name.
    pub fn external_host(&self, host: &str) -> Option<ExternalId> {
        self.hosts.externals.get(host).copied()
    }

    /// The node of a cluster with a host name: index of the cluster, address.
    pub fn node_host(&self, host: &str) -> Option<(usize, Known<IpAddr>)> {
        self.hosts.nodes.get(host).copied()
    }

    /// Whether a part of a service has an approved private endpoint: then its public name is an alias (F193).
    pub fn is_linked(&self, service: ServiceId, group_id: &str) -> bool {
        self.hosts.linked.contains(&(service, group_id.to_lowercase()))
    }

    /// The fact on which it hangs whether a part has an approved private endpoint.
    pub fn link_doubt(&self, service: ServiceId, group_id: &str) -> Option<FactId> {
        self.hosts.perhaps_linked.get(&(service, group_id.to_lowercase())).copied()
    }

    /// Public addresses with owners.
    pub fn public(&self) -> &PublicOwners {
        &self.public
    }

    /// The NIC configuration that a public address is bound to.
    pub fn bound_to(&self, id: PublicIpAddressId) -> Option<(NetworkInterfaceId, usize)> {
        self.bound_public_ips.get(&id).copied()
    }

    /// The addresses of the tag Internet.
    pub fn internet(&self) -> &Addresses {
        &self.internet
    }

    /// What Azure accepts but that does nothing or breaks traffic.
    pub fn warnings(&self) -> &[CompileWarning] {
        &self.warnings
    }

    /// `vnet/subnet`.
    pub fn subnet_path(&self, id: SubnetId) -> String {
        let subnet = self.model.subnet(id);
        format!("{}/{}", self.model.virtual_network(subnet.virtual_network).label.name, subnet.label.name)
    }
}

impl VirtualNetworkFacts {
    /// The owners of `addresses`, each with what it owns of them; the rest belongs to nobody.
    pub fn owners_of<'a>(&'a self, addresses: &'a Addresses) -> Vec<(LocalOwner, Addresses)> {
        let mut found: Vec<(LocalOwner, Vec<(u128, u128)>)> = Vec::new();
        let mut places: HashMap<LocalOwner, usize> = HashMap::new();
        for (first, last) in addresses.iter() {
            let from = self.owners.partition_point(|(_, end, _)| *end < first);
            for (start, end, owner) in self.owners[from..].iter().take_while(|(start, _, _)| *start <= last) {
                let place = *places.entry(*owner).or_insert_with(|| {
                    found.push((*owner, Vec::new()));
                    found.len() - 1
                });
                found[place].1.push((first.max(*start), last.min(*end)));
            }
        }
        found.into_iter().map(|(owner, ranges)| (owner, Addresses::from_ranges(ranges))).collect()
    }
}

impl EffectiveRoutes {
    /// The choice for one destination.
    pub fn select(&self, destination: u128) -> Option<&RouteChoice> {
        let at = self.intervals.partition_point(|(_, last, _)| *last < destination);
        self.intervals.get(at).filter(|(first, _, _)| *first <= destination).map(|(_, _, choice)| choice)
    }

    /// `destinations` split by the rows selected for them; what has no row at all is left out.
    pub fn split<'a>(&'a self, destinations: &Addresses) -> Vec<(&'a RouteChoice, Addresses)> {
        let mut found: Vec<(&RouteChoice, Vec<(u128, u128)>)> = Vec::new();
        let mut places: HashMap<&RouteChoice, usize> = HashMap::new();
        for (first, last) in destinations.iter() {
            let from = self.intervals.partition_point(|(_, end, _)| *end < first);
            for (start, end, choice) in self.intervals[from..].iter().take_while(|(start, _, _)| *start <= last) {
                let place = *places.entry(choice).or_insert_with(|| {
                    found.push((choice, Vec::new()));
                    found.len() - 1
                });
                found[place].1.push((first.max(*start), last.min(*end)));
            }
        }
        found.into_iter().map(|(choice, ranges)| (choice, Addresses::from_ranges(ranges))).collect()
    }
}
