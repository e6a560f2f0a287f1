//! What an end of a flow names, once its name is found.

use super::*;
use ipnet::IpNet;
use std::net::IpAddr;

/// One end of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Party {
    /// `internet`: the Internet tag less what this file gives to others.
    Internet,
    /// `tag:NAME` with the tag's addresses taken from the tag data (never VirtualNetwork).
    ServiceTag(String),
    /// A literal address.
    Address(IpAddr),
    /// A literal prefix.
    Prefix(IpNet),
    /// A machine, by the NIC that Azure would send from.
    Workload(WorkloadId),
    /// One NIC.
    NetworkInterface(NetworkInterfaceId),
    /// A subnet: its assignable addresses.
    Subnet(SubnetId),
    /// A VNET: its subnets except platform subnets.
    VirtualNetwork(VirtualNetworkId),
    /// A whole site.
    Site(SiteId),
    /// One host of a site: index in `Site::hosts`.
    SiteHost(SiteId, usize),
    /// A party outside.
    External(ExternalId),
    /// An appliance itself, by its first NIC.
    Appliance(ApplianceId),
    /// A public IP address.
    PublicIpAddress(PublicIpAddressId),
    /// A host name that no resource declares, lower case.
    Host(String),
    /// A platform service, or one of its parts: index in `Service::sub_resources`.
    Service(ServiceId, Option<usize>),
    /// A private endpoint, by its address.
    PrivateEndpoint(PrivateEndpointId),
    /// An Azure Firewall, by its private address; from outside by its public ones.
    AzureFirewall(AzureFirewallId),
    /// A load balancer, by its frontends.
    LoadBalancer(LoadBalancerId),
    /// An application gateway, by its frontends; as a source, by its instances.
    ApplicationGateway(ApplicationGatewayId),
    /// An Azure Bastion: as a source, by its instances; as a destination, where its users come in.
    BastionHost(BastionHostId),
    /// The point-to-site clients of a virtual network gateway, by its pool.
    Clients(VirtualNetworkGatewayId),
    /// The nodes of an HDInsight cluster.
    Cluster(ClusterId),
    /// A resource that is not modelled yet: index in `Model::unmodelled`.
    Unmodelled(usize),
}
