//! Azure resources as checked: every name found, every prefix and port parsed, Azure's own rules of
//! validity hold.
//!
//! In: what `resolve` builds. Out: plain data with typed ids for `compile`. Deliberately absent: text,
//! spans of anything but the resource itself, decisions about traffic.

mod balancing;
mod bastion;
mod filtering;
mod firewall;
mod gateways;
mod hybrid;
mod identity;
mod ids;
mod managers;
mod network;
mod parties;
mod party;
mod private_link;
mod resolver;
mod route_server;
mod services;
mod virtual_wan;
mod web_apps;

pub use balancing::*;
pub use bastion::*;
pub use filtering::*;
pub use firewall::*;
pub use gateways::*;
pub use hybrid::*;
pub use identity::*;
pub use ids::*;
pub use managers::*;
pub use network::*;
pub use parties::*;
pub use party::Party;
pub use private_link::*;
pub use resolver::*;
pub use route_server::*;
pub use services::*;
pub use virtual_wan::*;
pub use web_apps::*;

use crate::{diagnostic::Origin, scenario::settings::Settings, tags::ServiceTags};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// The name of a resource and where it was written.
#[derive(Debug, Clone)]
pub struct Label {
    /// As the user spelt it, without the parents: `public-subnet`, not `databricks-vnet/public-subnet`.
    pub name: String,
    /// Where; for resources made by the reader (an implicit NIC), where their owner stands.
    pub origin: Origin,
}

/// Where something is written is no part of what it is: networks from two files compare by what they say.
impl PartialEq for Label {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// A value that the input may leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Known<T> {
    /// The value.
    Known(T),
    /// Not known; the fact that is missing.
    Unknown(FactId),
}

impl<T> Known<T> {
    /// The value, if known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Known::Known(value) => Some(value),
            Known::Unknown(_) => None,
        }
    }
}

/// A fact that the model lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// In the user's words: `parameter adminIp has no value`, `storageAccounts lake is not modelled yet`.
    pub text: String,
    /// Where it is missing, when it has a place.
    pub origin: Option<Origin>,
}

/// A resource of the scenario format that azreach reads but does not model yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Unmodelled {
    /// Its map under `network`: `storageAccounts`.
    pub kind: String,
    /// Name and place.
    pub label: Label,
    /// The fact that verdicts depending on it lack.
    pub fact: FactId,
    /// Every IPv4 or IPv6 address written anywhere inside it: a next hop that names one leads here.
    pub addresses: Vec<std::net::IpAddr>,
    /// Subnets that it names: its own addresses lie there.
    pub subnets: Vec<SubnetId>,
    /// VNETs that it names.
    pub virtual_networks: Vec<VirtualNetworkId>,
    /// Public names that lead to it, lower case.
    pub host_names: Vec<String>,
}

/// The whole checked scenario.
#[derive(Debug, Clone)]
pub struct Model {
    /// The service tag data in use.
    pub tags: Arc<ServiceTags>,
    /// How disputed behaviour is taken.
    pub settings: Settings,
    /// VNETs.
    pub virtual_networks: Vec<VirtualNetwork>,
    /// Subnets of all VNETs.
    pub subnets: Vec<Subnet>,
    /// Every network interface: written as such, or made for a workload, a virtual machine, an appliance.
    pub network_interfaces: Vec<NetworkInterface>,
    /// Network security groups.
    pub network_security_groups: Vec<NetworkSecurityGroup>,
    /// Application security groups.
    pub application_security_groups: Vec<ApplicationSecurityGroup>,
    /// Route tables.
    pub route_tables: Vec<RouteTable>,
    /// Peering links, each owned by one VNET.
    pub peerings: Vec<Peering>,
    /// Public IP addresses.
    pub public_ip_addresses: Vec<PublicIpAddress>,
    /// NAT gateways.
    pub nat_gateways: Vec<NatGateway>,
    /// VPN and ExpressRoute gateways.
    pub virtual_network_gateways: Vec<VirtualNetworkGateway>,
    /// Local network gateways.
    pub local_network_gateways: Vec<LocalNetworkGateway>,
    /// Connections of gateways.
    pub connections: Vec<Connection>,
    /// ExpressRoute circuits.
    pub express_route_circuits: Vec<ExpressRouteCircuit>,
    /// Workloads and virtual machines.
    pub workloads: Vec<Workload>,
    /// Parties outside.
    pub externals: Vec<External>,
    /// On-premises networks.
    pub sites: Vec<Site>,
    /// Network virtual appliances.
    pub appliances: Vec<Appliance>,
    /// Platform services.
    pub services: Vec<Service>,
    /// Private endpoints.
    pub private_endpoints: Vec<PrivateEndpoint>,
    /// Private link services.
    pub private_link_services: Vec<PrivateLinkService>,
    /// Private DNS zones.
    pub private_dns_zones: Vec<PrivateDnsZone>,
    /// Inbound endpoints of DNS Private Resolvers.
    pub inbound_endpoints: Vec<InboundEndpoint>,
    /// Rulesets of DNS Private Resolvers.
    pub forwarding_rulesets: Vec<ForwardingRuleset>,
    /// Service endpoint policies.
    pub service_endpoint_policies: Vec<ServiceEndpointPolicy>,
    /// Network security perimeters.
    pub network_security_perimeters: Vec<NetworkSecurityPerimeter>,
    /// Conditional Access policies.
    pub conditional_access_policies: Vec<ConditionalAccessPolicy>,
    /// HDInsight clusters.
    pub clusters: Vec<Cluster>,
    /// Azure Firewalls.
    pub azure_firewalls: Vec<AzureFirewall>,
    /// Route Servers.
    pub route_servers: Vec<RouteServer>,
    /// Hubs of virtual WANs.
    pub virtual_hubs: Vec<VirtualHub>,
    /// Branch sites of virtual WANs.
    pub vpn_sites: Vec<VpnSite>,
    /// Load balancers.
    pub load_balancers: Vec<LoadBalancer>,
    /// NICs that are members of a pool, or that an inbound NAT rule leads to.
    pub balanced: HashSet<NetworkInterfaceId>,
    /// Application gateways.
    pub application_gateways: Vec<ApplicationGateway>,
    /// Azure Bastions.
    pub bastion_hosts: Vec<BastionHost>,
    /// Network managers, the widest scope first.
    pub network_managers: Vec<NetworkManager>,
    /// VNETs joined by meshes.
    pub connected_groups: Vec<ConnectedGroup>,
    /// What is read but not modelled yet.
    pub unmodelled: Vec<Unmodelled>,
    /// Named things with properties that are not modelled, by their place: the facts that are missing.
    pub unread: HashMap<Origin, Vec<FactId>>,
    /// Facts that are missing, by [`FactId`].
    pub facts: Vec<Fact>,
}

impl Model {
    /// A model without resources.
    pub fn empty(tags: Arc<ServiceTags>, settings: Settings) -> Model {
        Model {
            tags,
            settings,
            virtual_networks: Vec::new(),
            subnets: Vec::new(),
            network_interfaces: Vec::new(),
            network_security_groups: Vec::new(),
            application_security_groups: Vec::new(),
            route_tables: Vec::new(),
            peerings: Vec::new(),
            public_ip_addresses: Vec::new(),
            nat_gateways: Vec::new(),
            virtual_network_gateways: Vec::new(),
            local_network_gateways: Vec::new(),
            connections: Vec::new(),
            express_route_circuits: Vec::new(),
            workloads: Vec::new(),
            externals: Vec::new(),
            sites: Vec::new(),
            appliances: Vec::new(),
            services: Vec::new(),
            private_endpoints: Vec::new(),
            private_link_services: Vec::new(),
            private_dns_zones: Vec::new(),
            inbound_endpoints: Vec::new(),
            forwarding_rulesets: Vec::new(),
            service_endpoint_policies: Vec::new(),
            network_security_perimeters: Vec::new(),
            conditional_access_policies: Vec::new(),
            clusters: Vec::new(),
            azure_firewalls: Vec::new(),
            route_servers: Vec::new(),
            virtual_hubs: Vec::new(),
            vpn_sites: Vec::new(),
            load_balancers: Vec::new(),
            balanced: HashSet::new(),
            application_gateways: Vec::new(),
            bastion_hosts: Vec::new(),
            network_managers: Vec::new(),
            connected_groups: Vec::new(),
            unmodelled: Vec::new(),
            unread: HashMap::new(),
            facts: Vec::new(),
        }
    }
}

macro_rules! lookups {
    ($($method:ident: $id:ident => $field:ident: $resource:ident;)*) => {
        impl Model {
            $(#[doc = concat!("The ", stringify!($resource), " behind an id.")]
            pub fn $method(&self, id: $id) -> &$resource { &self.$field[id.index()] })*
        }
    };
}
lookups! {
    virtual_network: VirtualNetworkId => virtual_networks: VirtualNetwork;
    subnet: SubnetId => subnets: Subnet;
    network_interface: NetworkInterfaceId => network_interfaces: NetworkInterface;
    network_security_group: NetworkSecurityGroupId => network_security_groups: NetworkSecurityGroup;
    application_security_group: ApplicationSecurityGroupId => application_security_groups: ApplicationSecurityGroup;
    route_table: RouteTableId => route_tables: RouteTable;
    peering: PeeringId => peerings: Peering;
    public_ip_address: PublicIpAddressId => public_ip_addresses: PublicIpAddress;
    nat_gateway: NatGatewayId => nat_gateways: NatGateway;
    virtual_network_gateway: VirtualNetworkGatewayId => virtual_network_gateways: VirtualNetworkGateway;
    local_network_gateway: LocalNetworkGatewayId => local_network_gateways: LocalNetworkGateway;
    connection: ConnectionId => connections: Connection;
    express_route_circuit: ExpressRouteCircuitId => express_route_circuits: ExpressRouteCircuit;
    workload: WorkloadId => workloads: Workload;
    external: ExternalId => externals: External;
    site: SiteId => sites: Site;
    appliance: ApplianceId => appliances: Appliance;
    service: ServiceId => services: Service;
    private_endpoint: PrivateEndpointId => private_endpoints: PrivateEndpoint;
    private_link_service: PrivateLinkServiceId => private_link_services: PrivateLinkService;
    private_dns_zone: PrivateDnsZoneId => private_dns_zones: PrivateDnsZone;
    service_endpoint_policy: ServiceEndpointPolicyId => service_endpoint_policies: ServiceEndpointPolicy;
    cluster: ClusterId => clusters: Cluster;
    azure_firewall: AzureFirewallId => azure_firewalls: AzureFirewall;
    load_balancer: LoadBalancerId => load_balancers: LoadBalancer;
    application_gateway: ApplicationGatewayId => application_gateways: ApplicationGateway;
    bastion_host: BastionHostId => bastion_hosts: BastionHost;
    route_server: RouteServerId => route_servers: RouteServer;
    virtual_hub: VirtualHubId => virtual_hubs: VirtualHub;
    vpn_site: VpnSiteId => vpn_sites: VpnSite;
    fact: FactId => facts: Fact;
}
