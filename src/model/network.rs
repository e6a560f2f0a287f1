//! VNETs, subnets, NICs, peerings, route tables, public addresses.

use super::*;
use ipnet::IpNet;
use std::net::IpAddr;

/// A virtual network.
#[derive(Debug, Clone, PartialEq)]
pub struct VirtualNetwork {
    /// Name and place.
    pub label: Label,
    /// Region, lower case without spaces; absent when the file has none.
    pub location: Option<String>,
    /// Its address space, both families.
    pub address_prefixes: Vec<IpNet>,
    /// The fact that is missing when the space is not known; `address_prefixes` then has what is.
    pub unknown_space: Option<FactId>,
    /// What its gateways advertise instead of its ranges and of spokes' ranges within (R98); nothing else where empty.
    pub summarized_gateway_prefixes: Vec<IpNet>,
    /// DNS servers of its own; Azure's where empty.
    pub dns_servers: Vec<Known<IpAddr>>,
    /// Its subnets.
    pub subnets: Vec<SubnetId>,
    /// The peering links that it owns.
    pub peerings: Vec<PeeringId>,
    /// Its VPN gateway and its ExpressRoute gateway, at most one of each.
    pub gateways: Vec<VirtualNetworkGatewayId>,
}

/// What only some subnets are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubnetPurpose {
    /// Workloads.
    Ordinary,
    /// `GatewaySubnet`.
    Gateway,
    /// `AzureFirewallSubnet`, `AzureFirewallManagementSubnet`.
    Firewall,
    /// `AzureBastionSubnet`.
    Bastion,
    /// `RouteServerSubnet`.
    RouteServer,
}

/// A subnet.
#[derive(Debug, Clone, PartialEq)]
pub struct Subnet {
    /// Name and place.
    pub label: Label,
    /// The VNET that it belongs to.
    pub virtual_network: VirtualNetworkId,
    /// Its prefixes, both families.
    pub address_prefixes: Vec<IpNet>,
    /// What it is for, from its name.
    pub purpose: SubnetPurpose,
    /// The NSG on it.
    pub network_security_group: Option<Known<NetworkSecurityGroupId>>,
    /// The route table on it.
    pub route_table: Option<Known<RouteTableId>>,
    /// The NAT gateway on it.
    pub nat_gateway: Option<NatGatewayId>,
    /// Service endpoints by name: `Microsoft.Storage`.
    pub service_endpoints: Vec<String>,
    /// Which storage accounts its endpoint reaches; all of them where empty.
    pub service_endpoint_policies: Vec<Known<ServiceEndpointPolicyId>>,
    /// What of its security applies to private endpoints in it.
    pub private_endpoint_policies: Known<PrivateEndpointPolicies>,
    /// Services that it is delegated to.
    pub delegations: Vec<String>,
    /// Whether VMs without an explicit method reach the Internet (R157, R161, R223), after ARM's default.
    pub default_outbound_access: Known<bool>,
}

/// A network interface.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkInterface {
    /// Name and place; for NICs made by the reader the name of their workload (`worker`, `worker/host`).
    pub label: Label,
    /// True when the file has no resource of this name: the reader made it for a workload or an appliance.
    pub implicit: bool,
    /// Its addresses; all in one VNET.
    pub ip_configurations: Vec<IpConfiguration>,
    /// The NSG on it.
    pub network_security_group: Option<Known<NetworkSecurityGroupId>>,
    /// Whether it sends and receives packets that are not its own (R121).
    pub ip_forwarding: Known<bool>,
    /// DNS servers of its own, before the VNET's.
    pub dns_servers: Vec<Known<IpAddr>>,
    /// The tag disableSnatOnPL: answers of private endpoints come back to it (R207).
    pub private_link_answers: bool,
    /// The appliance that forwards with it.
    pub appliance: Option<ApplianceId>,
    /// The machine that it belongs to: NICs of one machine share its outbound method (R225).
    pub workload: Option<WorkloadId>,
}

/// One address of a NIC.
#[derive(Debug, Clone, PartialEq)]
pub struct IpConfiguration {
    /// The subnet that the address lies in.
    pub subnet: SubnetId,
    /// The private address; unknown when it is allocated dynamically and the file has none.
    pub address: Known<IpAddr>,
    /// The public address bound to it.
    pub public_ip_address: Option<PublicIpAddressId>,
    /// The ASGs that it is a member of.
    pub application_security_groups: Vec<ApplicationSecurityGroupId>,
}

/// State of a peering link (R78, R79).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PeeringState {
    /// Only this side has a link.
    Initiated,
    /// Both sides have one.
    Connected,
    /// The other side's link was deleted.
    Disconnected,
}

/// One link of a peering, owned by one VNET.
#[derive(Debug, Clone, PartialEq)]
pub struct Peering {
    /// Name and place.
    pub label: Label,
    /// The VNET that owns the link.
    pub local: VirtualNetworkId,
    /// The VNET at the other end; unknown when it is a full id outside the model.
    pub remote: Known<VirtualNetworkId>,
    /// The link that the remote VNET owns towards this one.
    pub reverse: Option<PeeringId>,
    /// As written, or worked out from whether the reverse link exists.
    pub state: PeeringState,
    /// Prefixes of the remote VNET as this link knows them (R211), or of one outside the model; absent = synced.
    pub remote_address_space: Option<Vec<IpNet>>,
    /// The subnets that it joins, where it does not join the whole VNETs (R97).
    pub subnets: Option<PeeredSubnets>,
    /// Flag of this name, ARM default true.
    pub allow_virtual_network_access: Known<bool>,
    /// Flag of this name, ARM default false.
    pub allow_forwarded_traffic: Known<bool>,
    /// Flag of this name, ARM default false.
    pub allow_gateway_transit: Known<bool>,
    /// Flag of this name, ARM default false.
    pub use_remote_gateways: Known<bool>,
}

impl Peering {
    /// A link that is connected and lets everything through, as Azure makes them for hubs; it shares no gateway.
    pub fn open(label: Label, local: VirtualNetworkId, remote: VirtualNetworkId) -> Peering {
        Peering {
            label,
            local,
            remote: Known::Known(remote),
            reverse: None,
            state: PeeringState::Connected,
            remote_address_space: None,
            subnets: None,
            allow_virtual_network_access: Known::Known(true),
            allow_forwarded_traffic: Known::Known(true),
            allow_gateway_transit: Known::Known(false),
            use_remote_gateways: Known::Known(false),
        }
    }
}

/// The subnets that a link joins (R97).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeeredSubnets {
    /// Those of the VNET that owns the link.
    pub local: Vec<SubnetId>,
    /// Those of the VNET at the other end; none where it is outside the model.
    pub remote: Vec<SubnetId>,
    /// Only their IPv6 prefixes.
    pub only_ipv6: bool,
}

/// Kinds of next hop that a route can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NextHopType {
    /// Inside the VNET.
    VnetLocal,
    /// A peered VNET of the same region.
    VNetPeering,
    /// A peered VNET of another region.
    VNetGlobalPeering,
    /// An appliance or a load balancer in front of several.
    VirtualAppliance,
    /// The VPN or ExpressRoute gateway.
    VirtualNetworkGateway,
    /// The Internet and Azure's public services.
    Internet,
    /// Dropped.
    None,
    /// A service endpoint.
    VirtualNetworkServiceEndpoint,
    /// A private endpoint.
    InterfaceEndpoint,
    /// A VNET of the same connected group (R213).
    ConnectedGroup,
}

impl NextHopType {
    /// The spelling of Azure's API.
    pub fn as_str(self) -> &'static str {
        match self {
            NextHopType::VnetLocal => "VnetLocal",
            NextHopType::VNetPeering => "VNetPeering",
            NextHopType::VNetGlobalPeering => "VNetGlobalPeering",
            NextHopType::VirtualAppliance => "VirtualAppliance",
            NextHopType::VirtualNetworkGateway => "VirtualNetworkGateway",
            NextHopType::Internet => "Internet",
            NextHopType::None => "None",
            NextHopType::VirtualNetworkServiceEndpoint => "VirtualNetworkServiceEndpoint",
            NextHopType::InterfaceEndpoint => "InterfaceEndpoint",
            NextHopType::ConnectedGroup => "ConnectedGroup",
        }
    }
}

/// A route table.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteTable {
    /// Name and place.
    pub label: Label,
    /// Its routes.
    pub routes: Vec<Route>,
    /// "Propagate gateway routes: no" (R26 to R28).
    pub disable_bgp_route_propagation: Known<bool>,
}

/// What a user route's prefix says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoutePrefix {
    /// A CIDR.
    Prefix(IpNet),
    /// A service tag (R36 to R39), as written.
    ServiceTag(String),
}

/// A user-defined route.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Name and place.
    pub label: Label,
    /// What it covers.
    pub address_prefix: Known<RoutePrefix>,
    /// Where it leads.
    pub next_hop_type: Known<NextHopType>,
    /// The appliance's address; present exactly with [`NextHopType::VirtualAppliance`].
    pub next_hop_ip_address: Option<Known<IpAddr>>,
    /// Read-only flag of the export: overrides overlapping BGP rows of any length.
    pub has_bgp_override: bool,
}

/// SKU of a public address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublicIpSku {
    /// Open unless an NSG blocks (F45).
    Basic,
    /// Closed unless an NSG allows (F44). StandardV2 too.
    Standard,
}

/// A public IP address.
#[derive(Debug, Clone, PartialEq)]
pub struct PublicIpAddress {
    /// Name and place.
    pub label: Label,
    /// SKU after ARM's default (Basic).
    pub sku: Known<PublicIpSku>,
    /// The address; unknown before deployment.
    pub address: Known<IpAddr>,
    /// The region.
    pub location: Option<String>,
    /// Destination ports that are published behind it; absent = all of them.
    pub ports: Option<crate::space::Ports>,
}

/// A NAT gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct NatGateway {
    /// Name and place.
    pub label: Label,
    /// Its public addresses.
    pub public_ip_addresses: Vec<PublicIpAddressId>,
    /// Its public prefixes.
    pub public_ip_prefixes: Vec<IpNet>,
    /// True for SKU StandardV2, which also carries IPv6 (R227).
    pub standard_v2: bool,
}

impl Model {
    /// Who has which public IP address: NICs, NAT gateways, gateways, load balancers, application gateways, firewalls,
    /// Bastions.
    pub fn public_ip_address_owners(&self) -> impl Iterator<Item = (PublicIpAddressId, &Label)> {
        let on_nics = self.network_interfaces.iter().flat_map(|nic| {
            nic.ip_configurations.iter().filter_map(|one| one.public_ip_address).map(move |public| (public, &nic.label))
        });
        let on_nats = self
            .nat_gateways
            .iter()
            .flat_map(|nat| nat.public_ip_addresses.iter().map(move |public| (*public, &nat.label)));
        let on_gateways = self
            .virtual_network_gateways
            .iter()
            .flat_map(|gateway| gateway.public_ip_addresses.iter().map(move |public| (*public, &gateway.label)));
        let balancers = self.load_balancers.iter().map(|one| (&one.label, &one.frontends));
        let gateways = self.application_gateways.iter().map(|one| (&one.label, &one.frontends));
        let on_frontends = balancers.chain(gateways).flat_map(|(label, frontends)| {
            frontends.iter().filter_map(move |frontend| match frontend.address {
                FrontendAddress::Public(public) => Some((public, label)),
                FrontendAddress::Private(..) => None,
            })
        });
        let on_firewalls = self
            .azure_firewalls
            .iter()
            .flat_map(|firewall| firewall.public_ip_addresses.iter().map(move |public| (*public, &firewall.label)));
        let on_bastions = self
            .bastion_hosts
            .iter()
            .flat_map(|bastion| bastion.public_ip_addresses.iter().map(move |public| (*public, &bastion.label)));
        on_nics.chain(on_nats).chain(on_gateways).chain(on_frontends).chain(on_firewalls).chain(on_bastions)
    }

    /// The fact that is missing about the address of a NIC's configuration.
    pub fn missing_address(&self, id: NetworkInterfaceId, index: usize) -> Option<FactId> {
        match self.network_interface(id).ip_configurations.get(index)?.address {
            Known::Unknown(fact) => Some(fact),
            Known::Known(_) => None,
        }
    }

    /// The cluster of which a NIC is a node.
    pub fn cluster_of_node(&self, id: NetworkInterfaceId) -> Option<&Cluster> {
        self.clusters.iter().find(|cluster| cluster.nodes.iter().any(|(_, node)| *node == id))
    }

    /// A NIC with nothing of its own: its packets fare like those of any other address of its subnet, where that is known.
    pub fn fares_like_its_subnet(&self, id: NetworkInterfaceId) -> bool {
        let nic = self.network_interface(id);
        let known = |one: &IpConfiguration| !self.subnet(one.subnet).address_prefixes.is_empty();
        nic.ip_configurations.iter().all(known)
            && nic.network_security_group.is_none()
            && nic.appliance.is_none()
            && nic.dns_servers.is_empty()
            && !self.balanced.contains(&id)
            && nic.ip_forwarding == Known::Known(false)
            && nic.ip_configurations.iter().all(|one| one.public_ip_address.is_none())
            && nic.ip_configurations.iter().all(|one| {
                // Of two machines at unknown addresses it counts which one is in an ASG.
                one.address.known().is_some() || one.application_security_groups.is_empty()
            })
            && nic.workload.is_none_or(|machine| self.workload(machine).network_interfaces.len() < 2)
    }

    /// Point-to-site clients in the user's words.
    pub fn clients_name(&self, gateway: VirtualNetworkGatewayId) -> String {
        format!("{}/clients", self.virtual_network_gateway(gateway).label.name)
    }

    /// The VNET behind a link that carries traffic: both ends are connected (R78, R79).
    pub fn connected_remote(&self, link: PeeringId) -> Option<VirtualNetworkId> {
        let link = self.peering(link);
        let reverse = self.peering(link.reverse?);
        let connected = link.state == PeeringState::Connected && reverse.state == PeeringState::Connected;
        link.remote.known().copied().filter(|_| connected)
    }

    /// The subnets between which a link carries traffic: those that the links of both sides name; absent = all of them.
    pub fn peered_subnets(&self, link: PeeringId) -> Option<PeeredSubnets> {
        let link = self.peering(link);
        let back = link.reverse.and_then(|reverse| self.peering(reverse).subnets.as_ref());
        match (&link.subnets, back) {
            (None, None) => None,
            (Some(own), None) => Some(own.clone()),
            (None, Some(back)) => Some(PeeredSubnets {
                local: back.remote.clone(),
                remote: back.local.clone(),
                only_ipv6: back.only_ipv6,
            }),
            (Some(own), Some(back)) => {
                let both = |a: &[SubnetId], b: &[SubnetId]| {
                    a.iter().copied().filter(|one| b.contains(one)).collect::<Vec<_>>()
                };
                Some(PeeredSubnets {
                    local: both(&own.local, &back.remote),
                    remote: both(&own.remote, &back.local),
                    only_ipv6: own.only_ipv6 || back.only_ipv6,
                })
            }
        }
    }

    /// The ranges of the remote VNET that a link reaches: as it knows them (R211), or of the subnets that it joins (R97).
    pub fn ranges_behind(&self, link: PeeringId, remote: VirtualNetworkId) -> Vec<IpNet> {
        if let Some(joined) = self.peered_subnets(link) {
            let prefixes = joined.remote.iter().flat_map(|subnet| &self.subnet(*subnet).address_prefixes);
            return prefixes.filter(|one| !joined.only_ipv6 || one.addr().is_ipv6()).copied().collect();
        }
        let known = self.peering(link).remote_address_space.clone();
        known.unwrap_or_else(|| self.virtual_network(remote).address_prefixes.clone())
    }

    /// The fact that is missing about whether a link uses the other side's gateways (R91, R92).
    pub fn transit_doubt(&self, link: PeeringId) -> Option<FactId> {
        let link = self.peering(link);
        let offered = link.reverse.map(|reverse| self.peering(reverse).allow_gateway_transit);
        [Some(link.use_remote_gateways), offered].into_iter().flatten().find_map(|flag| match flag {
            Known::Unknown(fact) => Some(fact),
            Known::Known(_) => None,
        })
    }
}
