//! What the two ends of a flow mean: from which places packets start, and where each is meant to arrive.
//!
//! In: the parties that the ends name. Out: [`Start`]s, and for each the [`Goal`]s.
//! Deliberately absent: names (that is `resolve`) and walking.

mod goals;

use super::{
    flight::{Doubts, Place},
    header::Point,
    route_server::behind_appliances,
    walk::Aim,
};
use crate::{
    model::{
        AzureFirewallId, ConnectionId, ConnectionTarget, ExternalId, FactId, Frontend, FrontendAddress, Known,
        NetworkInterfaceId, Party, PrivateEndpointId, RuleSubnet, ServiceId, SubnetId, SubnetPurpose,
        VirtualNetworkGatewayId, VirtualNetworkId,
    },
    network::{GatewayPeer, LocalOwner, Network, PublicOwner},
    space::{self, Addresses},
};
use std::rc::Rc;

/// One starting place with its addresses, or its name.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) place: Place,
    pub(super) addresses: Addresses,
    pub(super) named: Option<Rc<Point>>,
    /// The address is not known: it is any of these.
    pub(super) doubts: Doubts,
    pub(super) label: String,
    /// How many application gateways stand between the first client and this one.
    pub(super) relays: u8,
}

/// Where packets are meant to arrive.
#[derive(Debug, Clone)]
pub(super) struct Goal {
    pub(super) aim: Aim,
    /// Destination addresses as sent, when there are addresses.
    pub(super) addresses: Addresses,
    pub(super) named: Option<Rc<Point>>,
    pub(super) entry: Entry,
    pub(super) doubts: Doubts,
    pub(super) label: String,
    /// The names by which it is asked for, lower case.
    pub(super) hosts: Vec<Rc<str>>,
    /// Where several ends are that are asked for together.
    pub(super) homes: Option<Rc<super::several::Homes>>,
}

/// How a journey begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// By the walk from the start.
    Walk,
    /// At a private endpoint in somebody else's network, if the start is in that network.
    Foreign(PrivateEndpointId),
    /// The start has no way in: it is judged at the edge of this place (`publicIp`).
    Edge(Place),
}

/// Expands ends.
pub(super) struct Ends<'n> {
    pub(super) network: &'n Network,
    /// Remarks for the whole question.
    pub(super) notes: Vec<String>,
}

impl Ends<'_> {
    /// The starting places that a party stands for.
    pub(super) fn starts(&mut self, party: &Party) -> Vec<Start> {
        let model = &self.network.model;
        match party {
            Party::Workload(id) => {
                let nics = model.workload(*id).network_interfaces.first().copied();
                nics.into_iter().flat_map(|nic| self.nic_starts(nic)).collect()
            }
            Party::Appliance(id) => {
                let nics = model.appliance(*id).network_interfaces.first().copied();
                nics.into_iter().flat_map(|nic| self.nic_starts(nic)).collect()
            }
            Party::NetworkInterface(nic) => self.nic_starts(*nic),
            Party::Subnet(subnet) => self.subnet_starts(*subnet),
            Party::VirtualNetwork(id) => {
                self.ordinary_subnets(*id).into_iter().flat_map(|subnet| self.subnet_starts(subnet)).collect()
            }
            Party::Site(id) => {
                vec![self.start(Place::Site(*id), self.network.site(*id).addresses.clone())]
            }
            Party::Clients(id) => vec![self.start(Place::Clients(*id), pool(self.network, *id))],
            Party::SiteHost(id, host) => {
                let (name, address) = &model.site(*id).hosts[*host];
                let mut start = self.start(Place::Site(*id), Addresses::single(space::point(*address)));
                start.label = format!("{}/{name}", start.label);
                vec![start]
            }
            Party::External(id) => vec![self.external_start(*id)],
            Party::Internet => {
                let internet = self.internet();
                vec![self.start(Place::Internet, internet)]
            }
            Party::ServiceTag(tag) => self.literal_starts(&tag_addresses(self.network, tag)),
            Party::Address(address) => self.literal_starts(&Addresses::single(space::point(*address))),
            Party::Prefix(net) => self.literal_starts(&space::prefix(*net)),
            Party::PublicIpAddress(id) => match self.network.bound_to(*id) {
                Some((nic, _)) => self.nic_starts(nic),
                None => Vec::new(),
            },
            Party::Service(id, part) => {
                let by_network = self.app_start(*id);
                vec![by_network.unwrap_or_else(|| self.service_start(*id, part.unwrap_or(0)))]
            }
            Party::PrivateEndpoint(id) => vec![self.endpoint_start(*id)],
            Party::AzureFirewall(id) => self.firewall_starts(*id),
            Party::LoadBalancer(_) => Vec::new(),
            Party::ApplicationGateway(id) => vec![self.gateway_start(*id)],
            Party::BastionHost(id) => vec![self.bastion_start(*id)],
            Party::Cluster(id) => {
                let cluster = model.cluster(*id);
                match cluster.nodes.as_slice() {
                    [] => self.subnet_starts(cluster.subnet),
                    nodes => nodes.iter().flat_map(|(_, nic)| self.nic_starts(*nic)).collect(),
                }
            }
            Party::Unmodelled(index) => vec![self.unmodelled_start(*index)],
            Party::Host(_) => Vec::new(),
        }
    }

    fn start(&self, place: Place, addresses: Addresses) -> Start {
        let label = place_label(self.network, place);
        Start { place, addresses, named: None, doubts: Doubts::default(), label, relays: 0 }
    }

    /// A NIC by each of its addresses; one whose address is not known is anywhere in its subnet.
    fn nic_starts(&self, nic: NetworkInterfaceId) -> Vec<Start> {
        let interface = self.network.model.network_interface(nic);
        let configurations = interface.ip_configurations.iter().enumerate();
        configurations
            .map(|(index, configuration)| {
                let place = self.place_of(nic, index);
                match configuration.address {
                    Known::Known(address) => self.start(place, Addresses::single(space::point(address))),
                    Known::Unknown(fact) => Start {
                        doubts: Doubts::from_facts(&[fact]),
                        ..self.start(place, self.network.subnet(configuration.subnet).anonymous.clone())
                    },
                }
            })
            .map(|start| Start { label: interface.label.name.clone(), ..start })
            .collect()
    }

    /// Where a NIC stands for the walk: one with nothing of its own is its subnet.
    fn place_of(&self, nic: NetworkInterfaceId, index: usize) -> Place {
        if self.network.model.fares_like_its_subnet(nic) {
            Place::Subnet(self.network.model.network_interface(nic).ip_configurations[index].subnet)
        } else {
            Place::NetworkInterface(nic, index)
        }
    }

    /// NICs with something of their own, and all other assignable addresses together.
    fn subnet_starts(&self, subnet: SubnetId) -> Vec<Start> {
        let facts = self.network.subnet(subnet);
        let mut starts: Vec<Start> = self
            .special_nics(subnet)
            .map(|(nic, index, address)| self.start(Place::NetworkInterface(nic, index), Addresses::single(address)))
            .collect();
        for (nic, index, fact) in self.dynamic_nics(subnet) {
            let label = self.network.model.network_interface(nic).label.name.clone();
            let start = self.start(Place::NetworkInterface(nic, index), facts.anonymous.clone());
            starts.push(Start { doubts: Doubts::from_facts(&[fact]), label, ..start });
        }
        if !facts.anonymous.is_empty() {
            starts.push(self.start(Place::Subnet(subnet), facts.anonymous.clone()));
        }
        starts
    }

    /// NICs of a subnet that do not fare like the rest of it and whose address is not known.
    fn dynamic_nics(&self, subnet: SubnetId) -> Vec<(NetworkInterfaceId, usize, FactId)> {
        let model = &self.network.model;
        let members = self.network.subnet(subnet).members.iter();
        let unknown =
            members.filter_map(|(nic, index)| match model.network_interface(*nic).ip_configurations[*index].address {
                Known::Unknown(fact) if !model.fares_like_its_subnet(*nic) => Some((*nic, *index, fact)),
                _ => None,
            });
        unknown.collect()
    }

    /// NICs of a subnet that do not fare like the rest of it.
    fn special_nics(&self, subnet: SubnetId) -> impl Iterator<Item = (NetworkInterfaceId, usize, u128)> + '_ {
        let facts = self.network.subnet(subnet);
        facts.members.iter().filter_map(move |(nic, index)| {
            let address = *self.network.model.network_interface(*nic).ip_configurations[*index].address.known()?;
            let point = space::point(address);
            (!facts.anonymous.contains(point)).then_some((*nic, *index, point))
        })
    }

    /// A VNET's subnets except platform subnets.
    fn ordinary_subnets(&self, id: VirtualNetworkId) -> Vec<SubnetId> {
        let subnets = self.network.model.virtual_network(id).subnets.iter().copied();
        subnets.filter(|subnet| self.network.model.subnet(*subnet).purpose == SubnetPurpose::Ordinary).collect()
    }

    /// A service calls from addresses of its own.
    fn service_start(&self, id: ServiceId, part: usize) -> Start {
        let goal = self.service_goal(id, part);
        let label = self.network.model.service(id).label.name.clone();
        Start { named: goal.named, label, ..self.start(Place::Service(id), Addresses::empty()) }
    }

    fn endpoint_start(&self, id: PrivateEndpointId) -> Start {
        self.start(Place::PrivateEndpoint(id), self.endpoint_addresses(id).0)
    }

    /// The addresses of a private endpoint; those of its subnet, with a doubt, where they are not known.
    fn endpoint_addresses(&self, id: PrivateEndpointId) -> (Addresses, Doubts) {
        let endpoint = self.network.model.private_endpoint(id);
        match (&endpoint.addresses, &endpoint.subnet) {
            (Known::Known(addresses), _) => {
                let points = addresses.iter().map(|address| (space::point(*address), space::point(*address)));
                (Addresses::from_ranges(points), Doubts::default())
            }
            (Known::Unknown(fact), RuleSubnet::Here(subnet)) => {
                (self.network.subnet(*subnet).anonymous.clone(), Doubts::from_facts(&[*fact]))
            }
            (Known::Unknown(fact), _) => (Addresses::empty(), Doubts::from_facts(&[*fact])),
        }
    }

    fn external_start(&self, id: ExternalId) -> Start {
        let external = self.network.model.external(id);
        let addresses = space::prefixes(&external.addresses);
        let named = addresses.is_empty().then(|| Rc::new(external_point(self.network, id)));
        Start { named, ..self.start(Place::External(id), addresses) }
    }

    /// A resource that is not modelled yet sends from nobody knows where: what arrives is undetermined.
    fn unmodelled_start(&self, index: usize) -> Start {
        let goal = self.unmodelled_goal(index);
        let doubts = Doubts::from_facts(&[self.network.model.unmodelled[index].fact]);
        Start { named: goal.named, doubts, label: goal.label, ..self.start(Place::Outsider, Addresses::empty()) }
    }

    /// The Internet tag less what this file gives to others.
    pub(super) fn internet(&mut self) -> Addresses {
        let owned = self.network.internet().intersect(self.network.public().all());
        if !owned.is_empty() {
            let note =
                "internet leaves out the addresses that this file gives to externals, public IPs and on-premises NAT";
            if !self.notes.iter().any(|one| one == note) {
                self.notes.push(note.to_owned());
            }
        }
        let host = Addresses::single(space::point(crate::tags::HOST_ADDRESS.into()));
        self.network.internet().minus(self.network.public().all()).minus(&host)
    }

    /// Literal addresses by who owns them; unowned private ones arrive at the destination's edge.
    fn literal_starts(&self, addresses: &Addresses) -> Vec<Start> {
        let mut pile = Pile { rest: addresses.clone(), taken: Vec::new() };
        let host = Addresses::single(space::point(crate::tags::HOST_ADDRESS.into()));
        pile.take(Place::Host, &crate::tags::azure_load_balancer().union(&host));
        for index in 0..self.network.model.virtual_networks.len() {
            for (owner, part) in self.network.virtual_network(VirtualNetworkId::at(index)).owners_of(&pile.rest.clone())
            {
                match owner {
                    LocalOwner::NetworkInterface(nic, at) => {
                        pile.take(Place::NetworkInterface(nic, at as usize), &part)
                    }
                    LocalOwner::Anonymous(subnet) => pile.take(Place::Subnet(subnet), &part),
                    LocalOwner::PrivateEndpoint(id, _) => pile.take(Place::PrivateEndpoint(id), &part),
                    LocalOwner::AzureFirewall(id) => pile.take(Place::AzureFirewall(id), &part),
                    LocalOwner::Gateway(_)
                    | LocalOwner::RouteServer(_)
                    | LocalOwner::LoadBalancer(..)
                    | LocalOwner::ApplicationGateway(..)
                    | LocalOwner::Unmodelled(..)
                    | LocalOwner::Reserved(_) => {}
                }
            }
        }
        for index in 0..self.network.model.sites.len() {
            let site = crate::model::SiteId::at(index);
            pile.take(Place::Site(site), &self.network.site(site).addresses);
        }
        for index in 0..self.network.model.virtual_network_gateways.len() {
            let gateway = VirtualNetworkGatewayId::at(index);
            pile.take(Place::Clients(gateway), &pool(self.network, gateway));
        }
        for (connection, part) in self.behind_connections() {
            pile.take(Place::Behind(connection), &part);
        }
        let network = self.network;
        for (place, part) in super::virtual_hub::behind_branches(network).chain(behind_appliances(network)) {
            pile.take(place, &part);
        }
        let mut translated = Vec::new();
        for (owner, part) in self.network.public().within(&pile.rest.clone()) {
            match (owner, self.private_behind(owner)) {
                (PublicOwner::External(id), _) => pile.take(Place::External(id), &part),
                (_, Some((place, private))) => {
                    pile.rest = pile.rest.minus(&part);
                    translated.push((place, private));
                }
                _ => pile.take(Place::Internet, &part),
            }
        }
        let Pile { rest, taken } = pile;
        let mut starts: Vec<Start> =
            taken.into_iter().chain(translated).map(|(place, part)| self.start(place, part)).collect();
        let public = rest.intersect(self.network.internet());
        let private = rest.minus(&public);
        if !public.is_empty() {
            starts.push(self.start(Place::Internet, public));
        }
        if !private.is_empty() {
            starts.push(self.start(Place::Outsider, private));
        }
        starts
    }

    /// The NIC that sends as a public address, with its private one.
    fn private_behind(&self, owner: PublicOwner) -> Option<(Place, Addresses)> {
        let PublicOwner::PublicIpAddress(id) = owner else {
            return None;
        };
        let (nic, at) = self.network.bound_to(id)?;
        let address = self.network.model.network_interface(nic).ip_configurations[at].address;
        address.known().map(|private| (Place::NetworkInterface(nic, at), Addresses::single(space::point(*private))))
    }

    /// Prefixes that lie behind connections without a site.
    fn behind_connections(&self) -> Vec<(ConnectionId, Addresses)> {
        let gateways = (0..self.network.model.virtual_network_gateways.len()).map(VirtualNetworkGatewayId::at);
        let learned = gateways.flat_map(|gateway| &self.network.gateway(gateway).learned);
        learned
            .filter(|entry| entry.prefix.prefix_len() > 0)
            .filter_map(|entry| match entry.to {
                GatewayPeer::Nowhere(connection) => Some((connection, space::prefix(entry.prefix))),
                _ => None,
            })
            .collect()
    }

    fn firewall_starts(&self, id: AzureFirewallId) -> Vec<Start> {
        let address = self.network.model.azure_firewall(id).private_address;
        let known = address.known().map(|address| Addresses::single(space::point(*address)));
        known.map(|address| self.start(Place::AzureFirewall(id), address)).into_iter().collect()
    }
}

/// Literal addresses that are given out to their owners, each once.
struct Pile {
    rest: Addresses,
    taken: Vec<(Place, Addresses)>,
}

impl Pile {
    fn take(&mut self, place: Place, addresses: &Addresses) {
        let part = addresses.intersect(&self.rest);
        if !part.is_empty() {
            self.rest = self.rest.minus(&part);
            self.taken.push((place, part));
        }
    }
}

/// A place from which private addresses mean nothing.
pub(super) fn is_outside(place: Place) -> bool {
    matches!(place, Place::External(_) | Place::Internet | Place::Service(_))
}

/// The VNET of a starting place.
pub(super) fn start_home(network: &Network, place: Place) -> Option<VirtualNetworkId> {
    let subnet = match place {
        Place::NetworkInterface(nic, index) => network.model.network_interface(nic).ip_configurations[index].subnet,
        Place::Subnet(subnet) => subnet,
        Place::Bastion(id) => network.model.bastion_host(id).subnet()?,
        Place::WebApp(id) => network.model.service(id).integration_subnet()?,
        _ => return None,
    };
    Some(network.model.subnet(subnet).virtual_network)
}

/// A place in the user's words.
pub(super) fn place_label(network: &Network, place: Place) -> String {
    let model = &network.model;
    match place {
        Place::NetworkInterface(nic, _) => model.network_interface(nic).label.name.clone(),
        Place::Subnet(subnet) => network.subnet_path(subnet),
        Place::Site(site) => model.site(site).label.name.clone(),
        Place::Behind(connection) => match model.connection(connection).target {
            ConnectionTarget::LocalNetworkGateway(id) => model.local_network_gateway(id).label.name.clone(),
            _ => model.connection(connection).label.name.clone(),
        },
        Place::Clients(gateway) => model.clients_name(gateway),
        Place::BehindHub(hub, at) => model.virtual_hub(hub).branches[at as usize].label.name.clone(),
        Place::BehindAppliance(appliance, _) => model.appliance(appliance).label.name.clone(),
        Place::External(external) => model.external(external).label.name.clone(),
        Place::Service(service) | Place::WebApp(service) => model.service(service).label.name.clone(),
        Place::PrivateEndpoint(endpoint) => model.private_endpoint(endpoint).label.name.clone(),
        Place::AzureFirewall(firewall) => model.azure_firewall(firewall).label.name.clone(),
        Place::Bastion(bastion) => model.bastion_host(bastion).label.name.clone(),
        Place::Internet => "internet".to_owned(),
        Place::Host => crate::tags::HOST_ADDRESS.to_string(),
        Place::Outsider => "outside".to_owned(),
    }
}

/// The addresses that a gateway gives to its point-to-site clients.
fn pool(network: &Network, gateway: VirtualNetworkGatewayId) -> Addresses {
    space::prefixes(&network.model.virtual_network_gateway(gateway).client_address_pool)
}

/// The addresses of a service tag.
fn tag_addresses(network: &Network, tag: &str) -> Addresses {
    crate::tags::computed(tag)
        .or_else(|| network.model.tags.get(tag).map(|tag| tag.addresses.clone()))
        .unwrap_or_default()
}

/// A party outside that is known by its host names only.
fn external_point(network: &Network, id: ExternalId) -> Point {
    let external = network.model.external(id);
    let tags = &network.model.tags;
    let host = external.host_names.first().map(|name| Point::host(name, tags));
    let label = external.label.name.clone();
    let fact = format!("the addresses of `{label}`");
    match (host, external.location.as_deref()) {
        // The suffix leaves open whether it is Event Hubs or Service Bus; of a workspace's own hosts it is known.
        (Some(host), _) if external.implicit && host.tags.is_empty() => {
            let tag = vec!["eventhub".to_owned()];
            Point { guarded: host.guarded, ..Point::in_tags(label, tag, fact, tags) }
        }
        (Some(host), _) => Point { fact, label, ..host },
        (None, Some(region)) => Point { fact, ..Point::azure(label, Some(region), tags) },
        (None, None) => Point::anywhere(label, fact),
    }
}
