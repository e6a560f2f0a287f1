//! Who owns which address, inside VNETs and outside.
//!
//! In: the model. Out: owners of private and public addresses. Deliberately absent: routes and rules.

use super::topology::Topology;
use crate::{
    model::{
        Appliance, ApplicationGatewayId, Attachment, AzureFirewallId, ExternalId, FactId, FrontendAddress,
        InternetEgress, Known, LoadBalancerId, Model, NatGatewayId, NetworkInterfaceId, PrivateEndpointId,
        PublicIpAddressId, RouteServerId, RuleSubnet, SiteId, Subnet, SubnetId, VirtualNetworkGatewayId,
        VirtualNetworkId,
    },
    network::{
        EffectiveRoutes, LocalOwner, PublicOwner, PublicOwners, SubnetFacts, VirtualNetworkFacts, VirtualNetworkTag,
    },
    space::{self, Addresses},
};
use ipnet::IpNet;
use std::{collections::HashMap, net::IpAddr, sync::Arc};

/// The address space of a VNET and the gateways that it uses; owners are added by [`assign_owners`].
pub(super) fn virtual_network(model: &Model, topology: &Topology, id: VirtualNetworkId) -> VirtualNetworkFacts {
    let own = model.virtual_network(id);
    let transit = topology.transit(id).filter(|_| own.gateways.is_empty());
    VirtualNetworkFacts {
        space: space::prefixes(&own.address_prefixes),
        owners: Vec::new(),
        gateways: transit.map_or(own.gateways.clone(), |(hub, _)| model.virtual_network(hub).gateways.clone()),
        transit,
    }
}

/// Addresses of a subnet: assignable, taken, and by whom.
pub(super) fn subnet(model: &Model, id: SubnetId, members: Vec<(NetworkInterfaceId, usize)>) -> SubnetFacts {
    let assignable = assignable(model.subnet(id));
    let taken =
        members.iter().filter(|(nic, _)| !model.fares_like_its_subnet(*nic)).filter_map(|(nic, configuration)| {
            let address = model.network_interface(*nic).ip_configurations[*configuration].address;
            address.known().map(|address| (space::point(*address), space::point(*address)))
        });
    let taken = taken.chain(endpoint_addresses(model, id)).chain(device_addresses(model, id));
    let anonymous = assignable.minus(&Addresses::from_ranges(taken));
    SubnetFacts {
        routes: Arc::new(EffectiveRoutes::default()),
        virtual_network_tag: Arc::new(VirtualNetworkTag {
            addresses: Addresses::empty(),
            internet: Addresses::empty(),
            widened_by: None,
            unknown: Vec::new(),
        }),
        assignable,
        anonymous,
        members,
    }
}

/// Addresses of private endpoints in a subnet.
fn endpoint_addresses(model: &Model, id: SubnetId) -> impl Iterator<Item = (u128, u128)> + '_ {
    let endpoints = model.private_endpoints.iter().filter(move |one| one.subnet == RuleSubnet::Here(id));
    let known = endpoints.filter_map(|one| one.addresses.known()).flatten();
    known.map(|address| (space::point(*address), space::point(*address)))
}

/// Addresses of firewalls and frontends in a subnet.
fn device_addresses(model: &Model, id: SubnetId) -> impl Iterator<Item = (u128, u128)> + '_ {
    let firewalls = model.azure_firewalls.iter().filter(move |one| one.subnet == id).map(|one| one.private_address);
    let balancers = model.load_balancers.iter().flat_map(|one| &one.frontends);
    let frontends = balancers.chain(model.application_gateways.iter().flat_map(|one| &one.frontends));
    let frontends = frontends.filter_map(move |one| match one.address {
        FrontendAddress::Private(subnet, address) if subnet == id => Some(address),
        _ => None,
    });
    let known = firewalls.chain(frontends).filter_map(|address| address.known().copied());
    known.map(|address| (space::point(address), space::point(address)))
}

/// NIC configurations by subnet, found in one pass.
pub(super) fn members(model: &Model) -> Vec<Vec<(NetworkInterfaceId, usize)>> {
    let mut members = vec![Vec::new(); model.subnets.len()];
    for (index, nic) in model.network_interfaces.iter().enumerate() {
        for (place, configuration) in nic.ip_configurations.iter().enumerate() {
            members[configuration.subnet.index()].push((NetworkInterfaceId::at(index), place));
        }
    }
    members
}

/// A subnet's addresses without the first four and the last of each IPv4 prefix (R168), and without the
/// first four of each IPv6 prefix.
fn assignable(subnet: &Subnet) -> Addresses {
    Addresses::from_ranges(subnet.address_prefixes.iter().filter_map(|net| {
        let (first, last) = (space::point(net.network()), space::point(net.broadcast()));
        let (first, last) = match net {
            IpNet::V4(_) => (first + 4, last.checked_sub(1)?),
            IpNet::V6(_) => (first + 4, last),
        };
        (first <= last).then_some((first, last))
    }))
}

/// Gives every address of every VNET its owner.
pub(super) fn assign_owners(model: &Model, facts: &mut [VirtualNetworkFacts]) {
    let mut owned: Vec<HashMap<u128, LocalOwner>> = vec![HashMap::new(); facts.len()];
    // An export lists an endpoint's NIC beside it: the endpoint comes first.
    for (index, endpoint) in model.private_endpoints.iter().enumerate() {
        let (RuleSubnet::Here(subnet), Known::Known(addresses)) = (&endpoint.subnet, &endpoint.addresses) else {
            continue;
        };
        let home = model.subnet(*subnet).virtual_network.index();
        for address in addresses {
            let owner = LocalOwner::PrivateEndpoint(PrivateEndpointId::at(index), *subnet);
            owned[home].entry(space::point(*address)).or_insert(owner);
        }
    }
    for (index, firewall) in model.azure_firewalls.iter().enumerate() {
        if let Known::Known(address) = firewall.private_address {
            let home = model.subnet(firewall.subnet).virtual_network.index();
            let owner = LocalOwner::AzureFirewall(AzureFirewallId::at(index));
            owned[home].entry(space::point(address)).or_insert(owner);
        }
    }
    for (subnet, address, owner) in frontends(model) {
        let home = model.subnet(subnet).virtual_network.index();
        owned[home].entry(space::point(address)).or_insert(owner);
    }
    for (index, nic) in model.network_interfaces.iter().enumerate() {
        if model.fares_like_its_subnet(NetworkInterfaceId::at(index)) {
            continue;
        }
        for (place, configuration) in nic.ip_configurations.iter().enumerate() {
            if let Known::Known(address) = configuration.address {
                let home = model.subnet(configuration.subnet).virtual_network.index();
                let owner = LocalOwner::NetworkInterface(NetworkInterfaceId::at(index), place as u32);
                owned[home].entry(space::point(address)).or_insert(owner);
            }
        }
    }
    for (index, gateway) in model.virtual_network_gateways.iter().enumerate() {
        for address in &gateway.private_addresses {
            let owner = LocalOwner::Gateway(VirtualNetworkGatewayId::at(index));
            owned[gateway.virtual_network.index()].entry(space::point(*address)).or_insert(owner);
        }
    }
    for (index, server) in model.route_servers.iter().enumerate() {
        let home = model.subnet(server.subnet).virtual_network.index();
        for address in &server.addresses {
            let owner = LocalOwner::RouteServer(RouteServerId::at(index));
            owned[home].entry(space::point(*address)).or_insert(owner);
        }
    }
    for (index, resource) in model.unmodelled.iter().enumerate() {
        for address in resource.addresses.iter().map(|address| space::point(*address)) {
            for (home, facts) in facts.iter().enumerate().filter(|(_, facts)| facts.space.contains(address)) {
                let Some(subnet) = subnet_at(model, VirtualNetworkId::at(home), address) else {
                    continue;
                };
                let _ = facts;
                owned[home].entry(address).or_insert(LocalOwner::Unmodelled(index as u32, subnet));
            }
        }
    }
    for (index, facts) in facts.iter_mut().enumerate() {
        facts.owners = owners(model, VirtualNetworkId::at(index), &owned[index]);
    }
}

/// Private frontends of load balancers and application gateways.
fn frontends(model: &Model) -> impl Iterator<Item = (SubnetId, IpAddr, LocalOwner)> + '_ {
    let balancers = model.load_balancers.iter().enumerate().flat_map(|(index, one)| {
        let owner = move |at| LocalOwner::LoadBalancer(LoadBalancerId::at(index), at);
        one.frontends.iter().zip(0..).map(move |(frontend, at)| (frontend, owner(at)))
    });
    let gateways = model.application_gateways.iter().enumerate().flat_map(|(index, one)| {
        let owner = move |at| LocalOwner::ApplicationGateway(ApplicationGatewayId::at(index), at);
        one.frontends.iter().zip(0..).map(move |(frontend, at)| (frontend, owner(at)))
    });
    balancers.chain(gateways).filter_map(|(frontend, owner)| match frontend.address {
        FrontendAddress::Private(subnet, Known::Known(address)) => Some((subnet, address, owner)),
        _ => None,
    })
}

/// The subnet of a VNET that holds an address.
fn subnet_at(model: &Model, id: VirtualNetworkId, address: u128) -> Option<SubnetId> {
    let holds = |subnet: &&SubnetId| {
        model.subnet(**subnet).address_prefixes.iter().any(|net| space::prefix(*net).contains(address))
    };
    model.virtual_network(id).subnets.iter().find(holds).copied()
}

/// Sorted, disjoint intervals with owners: named addresses first, then the rest of each subnet.
fn owners(model: &Model, id: VirtualNetworkId, named: &HashMap<u128, LocalOwner>) -> Vec<(u128, u128, LocalOwner)> {
    let mut owners: Vec<(u128, u128, LocalOwner)> =
        named.iter().map(|(address, owner)| (*address, *address, *owner)).collect();
    let taken = Addresses::from_ranges(named.keys().map(|address| (*address, *address)));
    for subnet in &model.virtual_network(id).subnets {
        let all = space::prefixes(&model.subnet(*subnet).address_prefixes);
        let free = assignable(model.subnet(*subnet));
        let anonymous = free.minus(&taken);
        owners.extend(anonymous.iter().map(|(first, last)| (first, last, LocalOwner::Anonymous(*subnet))));
        let reserved = all.minus(&free).minus(&taken);
        owners.extend(reserved.iter().map(|(first, last)| (first, last, LocalOwner::Reserved(*subnet))));
    }
    owners.sort_unstable();
    owners
}

/// Which NIC configuration each public address is bound to.
pub(super) fn bound_public_ips(model: &Model) -> HashMap<PublicIpAddressId, (NetworkInterfaceId, usize)> {
    let mut bound = HashMap::new();
    for (index, nic) in model.network_interfaces.iter().enumerate() {
        for (place, configuration) in nic.ip_configurations.iter().enumerate() {
            if let Some(public) = configuration.public_ip_address {
                bound.entry(public).or_insert((NetworkInterfaceId::at(index), place));
            }
        }
    }
    bound
}

/// Public addresses that this file gives to somebody.
pub(super) fn public_owners(model: &Model) -> PublicOwners {
    let mut claims: Vec<(PublicOwner, Addresses)> = Vec::new();
    for (index, public) in model.public_ip_addresses.iter().enumerate() {
        if let Known::Known(address) = public.address {
            let owner = PublicOwner::PublicIpAddress(PublicIpAddressId::at(index));
            claims.push((owner, Addresses::single(space::point(address))));
        }
    }
    for (index, nat) in model.nat_gateways.iter().enumerate() {
        claims.push((PublicOwner::NatGateway(NatGatewayId::at(index)), space::prefixes(&nat.public_ip_prefixes)));
    }
    for (index, external) in model.externals.iter().enumerate() {
        claims.push((PublicOwner::External(ExternalId::at(index)), space::prefixes(&external.addresses)));
    }
    for (index, site) in model.sites.iter().enumerate() {
        if let InternetEgress::Yes(addresses) = &site.internet_egress {
            claims.push((PublicOwner::Site(SiteId::at(index)), space::prefixes(addresses)));
        }
        for attachment in &site.attachments {
            let Attachment::ExpressRouteCircuit(circuit) = attachment else { continue };
            if let Some(peering) = &model.express_route_circuit(*circuit).microsoft_peering {
                claims.push((PublicOwner::Site(SiteId::at(index)), space::prefixes(&peering.advertised)));
            }
        }
    }
    let mut all = Addresses::empty();
    let mut intervals = Vec::new();
    // The first claim keeps an address: two owners of one public address cannot both be right.
    for (owner, addresses) in claims {
        let fresh = addresses.minus(&all);
        intervals.extend(fresh.iter().map(|(first, last)| (first, last, owner)));
        all = all.union(&fresh);
    }
    intervals.sort_unstable();
    PublicOwners { intervals, all }
}

/// What each appliance has behind itself, outside Azure: what it announces as its own, as far as it lies in no VNET and
/// no site of the file. A default route and a summary of VNETs say nothing of that.
pub(super) fn behind_appliances(model: &Model) -> Vec<Addresses> {
    let networks = space::prefixes(model.virtual_networks.iter().flat_map(|network| &network.address_prefixes));
    let sites = space::prefixes(model.sites.iter().flat_map(|site| &site.address_prefixes));
    let told = |appliance: &Appliance| match &appliance.advertises {
        Some(Known::Known(told)) => {
            let itself = |hop: IpAddr| has_address(model, appliance, hop);
            let own = told.iter().filter(|one| one.next_hop.is_none_or(itself) && one.prefix.prefix_len() > 0);
            let beside = own.map(|one| one.prefix).filter(|prefix| !space::prefix(*prefix).meets(&networks));
            space::prefixes(&beside.collect::<Vec<_>>()).minus(&sites)
        }
        _ => Addresses::empty(),
    };
    model.appliances.iter().map(told).collect()
}

fn has_address(model: &Model, appliance: &Appliance, address: IpAddr) -> bool {
    let nics = appliance.network_interfaces.iter().map(|nic| model.network_interface(*nic));
    nics.flat_map(|nic| &nic.ip_configurations).any(|one| one.address == Known::Known(address))
}

/// Resources that are not modelled yet and may filter any flow of the customer's VNETs.
pub(super) fn everywhere_in_doubt(model: &Model) -> Vec<FactId> {
    let filters = ["networkManagerConnections"];
    let unmodelled = model.unmodelled.iter();
    unmodelled.filter(|one| filters.contains(&one.kind.as_str())).map(|one| one.fact).collect()
}
