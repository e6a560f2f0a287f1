//! Where a rule list is applied, and to which packets.
//!
//! In: a network. Out: [`Applied`] lists, each with its [`Place`]s. A place sees its own VirtualNetwork, and of all packets
//! only those to or from its own addresses; where somebody forwards what is not his own, all of them. Deliberately absent:
//! what the rules say.

use crate::{
    model::{
        BackEnd, Direction, Known, LoadBalancer, NetworkInterface, NetworkInterfaceId, NetworkSecurityGroupId,
        SubnetId, SubnetPurpose,
    },
    network::{Network, RuleList, VirtualNetworkTag},
    space::{self, Addresses},
};
use std::{collections::HashSet, sync::Arc};

/// More different views of VirtualNetwork than these are not looked at one by one.
const MOST_VIEWS: usize = 16;

/// What a list sees and filters at some of the places that it is applied to.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// What VirtualNetwork and Internet hold there; absent where it is left open.
    pub(super) tag: Option<Arc<VirtualNetworkTag>>,
    /// Addresses of those that it protects; absent where it sees packets of everybody.
    pub(super) local: Option<Addresses>,
}

/// A rule list and where it is applied.
#[derive(Debug)]
pub(super) struct Applied<'n> {
    pub(super) list: &'n RuleList,
    /// `networkSecurityGroups`, `appliances`, `sites`: the map that a patch of it goes into.
    pub(super) kind: &'static str,
    pub(super) places: Vec<Place>,
}

/// Security groups that something uses, appliances' rules, sites' firewalls.
pub(super) fn lists(network: &Network) -> Vec<Applied<'_>> {
    let mut found = Vec::new();
    for index in 0..network.model.network_security_groups.len() {
        let group = NetworkSecurityGroupId::at(index);
        let places = places_of(network, group);
        for direction in [Direction::Inbound, Direction::Outbound] {
            let list = network.rules(group, direction);
            found.push(Applied { list, kind: "networkSecurityGroups", places: places.clone() });
        }
    }
    let anywhere = || vec![Place { tag: None, local: None }];
    let appliances = network.appliance_rules.iter().flatten().map(|list| ("appliances", &**list));
    let sites = network.site_rules.iter().flatten().map(|list| ("sites", &**list));
    found.extend(appliances.chain(sites).map(|(kind, list)| Applied { list, kind, places: anywhere() }));
    found
}

/// Whether something in the file uses a group, or may.
pub(super) fn is_attached(network: &Network, group: NetworkSecurityGroupId) -> bool {
    let model = &network.model;
    let names = |attached: Option<Known<NetworkSecurityGroupId>>| match attached {
        Some(Known::Known(id)) => id == group,
        Some(Known::Unknown(_)) => true,
        None => false,
    };
    model.subnets.iter().any(|subnet| names(subnet.network_security_group))
        || model.network_interfaces.iter().any(|nic| names(nic.network_security_group))
}

/// The subnets at which a group stands, or at whose interfaces.
pub(super) fn subnets_of(network: &Network, group: NetworkSecurityGroupId) -> Vec<SubnetId> {
    let model = &network.model;
    let has = |attached: Option<Known<NetworkSecurityGroupId>>| attached == Some(Known::Known(group));
    let here = |id: &SubnetId| {
        let subnet = model.subnet(*id);
        let mut members = network.subnet(*id).members.iter();
        let filters = subnet.purpose != SubnetPurpose::Gateway;
        (filters && has(subnet.network_security_group))
            || members.any(|(nic, _)| has(model.network_interface(*nic).network_security_group))
    };
    (0..model.subnets.len()).map(SubnetId::at).filter(here).collect()
}

/// A subnet with its own view of the tags.
pub(super) fn whole_subnet(network: &Network, id: SubnetId) -> Place {
    Place { tag: Some(network.subnet(id).virtual_network_tag.clone()), local: own_prefixes(network, id) }
}

/// The places of a group, those with the same view of the tags as one.
fn places_of(network: &Network, group: NetworkSecurityGroupId) -> Vec<Place> {
    let model = &network.model;
    let forwarders = Forwarders::of(network);
    let mut found: Vec<Place> = Vec::new();
    for (index, subnet) in model.subnets.iter().enumerate() {
        let id = SubnetId::at(index);
        if subnet.network_security_group == Some(Known::Known(group)) && subnet.purpose != SubnetPurpose::Gateway {
            let local = own_prefixes(network, id).filter(|_| !forwarders.stand_in(network, id));
            add(&mut found, network.subnet(id).virtual_network_tag.clone(), local);
        }
    }
    for (index, nic) in model.network_interfaces.iter().enumerate() {
        let id = NetworkInterfaceId::at(index);
        if nic.network_security_group == Some(Known::Known(group)) {
            let local = addresses_of(network, nic).filter(|_| !forwarders.nics.contains(&id));
            for configuration in &nic.ip_configurations {
                add(&mut found, network.subnet(configuration.subnet).virtual_network_tag.clone(), local.clone());
            }
        }
    }
    if found.len() <= MOST_VIEWS {
        return found;
    }
    let local = found.into_iter().map(|place| place.local).reduce(both).flatten();
    vec![Place { tag: None, local }]
}

fn add(found: &mut Vec<Place>, tag: Arc<VirtualNetworkTag>, local: Option<Addresses>) {
    match found.iter_mut().find(|place| place.tag.as_ref() == Some(&tag)) {
        Some(place) => place.local = both(place.local.take(), local),
        None => found.push(Place { tag: Some(tag), local }),
    }
}

/// Everybody's packets, as soon as one of the two sees everybody's.
fn both(one: Option<Addresses>, other: Option<Addresses>) -> Option<Addresses> {
    Some(one?.union(&other?))
}

/// A NIC's addresses; where one is not known, all that it may be.
fn addresses_of(network: &Network, nic: &NetworkInterface) -> Option<Addresses> {
    let of = nic.ip_configurations.iter().map(|one| match one.address {
        Known::Known(address) => Some(Addresses::single(space::point(address))),
        Known::Unknown(_) => own_prefixes(network, one.subnet),
    });
    of.reduce(both).flatten()
}

/// A subnet's addresses, where they are known.
fn own_prefixes(network: &Network, subnet: SubnetId) -> Option<Addresses> {
    let prefixes = &network.model.subnet(subnet).address_prefixes;
    (!prefixes.is_empty()).then(|| space::prefixes(prefixes))
}

/// Who gets packets that are not for his own address, or may.
struct Forwarders {
    nics: HashSet<NetworkInterfaceId>,
    /// Where something stands that is not modelled.
    subnets: HashSet<SubnetId>,
}

impl Forwarders {
    fn of(network: &Network) -> Self {
        let model = &network.model;
        let forwards = |id: &NetworkInterfaceId| {
            let nic = model.network_interface(*id);
            nic.appliance.is_some() || nic.ip_forwarding != Known::Known(false)
        };
        let all = (0..model.network_interfaces.len()).map(NetworkInterfaceId::at);
        let mut nics: HashSet<NetworkInterfaceId> = all.filter(forwards).collect();
        nics.extend(model.load_balancers.iter().flat_map(behind_floating_addresses));
        let subnets = model.unmodelled.iter().flat_map(|one| one.subnets.iter().copied()).collect();
        Forwarders { nics, subnets }
    }

    fn stand_in(&self, network: &Network, subnet: SubnetId) -> bool {
        self.subnets.contains(&subnet) || network.subnet(subnet).members.iter().any(|(nic, _)| self.nics.contains(nic))
    }
}

/// Back ends that see a frontend's address (R192).
fn behind_floating_addresses(balancer: &LoadBalancer) -> Vec<NetworkInterfaceId> {
    let floating = balancer.rules.iter().filter(|rule| rule.floating);
    let members = floating.flat_map(|rule| match rule.back_end {
        BackEnd::Pool(pool) => balancer.pools.get(pool).map(|pool| pool.members.clone()).unwrap_or_default(),
        BackEnd::One(nic, configuration) => vec![(nic, configuration)],
    });
    members.map(|(nic, _)| nic).collect()
}
