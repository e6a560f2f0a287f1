//! What the two ends of a flow mean: from which places packets start, and where each is meant to arrive.
//!
//! In: the parties that the ends name. Out: [`Start`]s, and for each the [`Goal`]s.
//! Deliberately absent: names (that is `resolve`) and walking.

use super::{
    flight::{Doubts, Place},
    header::Point,
    route_server::behind_appliances,
    walk::Aim,
};
use crate::{
    model::{
        AzureFirewallId, ConnectionId, ConnectionTarget, ExternalId, Frontend, FrontendAddress, Known,
        NetworkInterfaceId, Party, PrivateEndpointId, RuleSubnet, ServiceId, SubnetId, SubnetPurpose, VirtualNetworkId,
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
            Party::Service(id, part) => vec![self.service_start(*id, part.unwrap_or(0))],
            Party::PrivateEndpoint(id) => vec![self.endpoint_start(*id)],
            Party::AzureFirewall(id) => self.firewall_starts(*id),
            Party::LoadBalancer(_) => Vec::new(),
            Party::ApplicationGateway(id) => vec![self.gateway_start(*id)],
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
        if !facts.anonymous.is_empty() {
            starts.push(self.start(Place::Subnet(subnet), facts.anonymous.clone()));
        }
        starts
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
        let gateways =
            (0..self.network.model.virtual_network_gateways.len()).map(crate::model::VirtualNetworkGatewayId::at);
        let learned = gateways.flat_map(|gateway| &self.network.gateway(gateway).learned);
        learned
            .filter(|entry| entry.prefix.prefix_len() > 0)
            .filter_map(|entry| match entry.to {
                GatewayPeer::Nowhere(connection) => Some((connection, space::prefix(entry.prefix))),
                _ => None,
            })
            .collect()
    }

    /// What a party means as a destination, seen from a starting place.
    pub(super) fn goals(&mut self, party: &Party, start: &Start) -> Vec<Goal> {
        let model = &self.network.model;
        match party {
            Party::Workload(id) => {
                let nics = model.workload(*id).network_interfaces.first().copied();
                nics.into_iter().flat_map(|nic| self.nic_goals(nic, start)).collect()
            }
            Party::Appliance(id) => self.appliance_goals(&model.appliance(*id).network_interfaces, start),
            Party::NetworkInterface(nic) => self.nic_goals(*nic, start),
            Party::Subnet(subnet) => self.subnet_goals(*subnet, start),
            Party::VirtualNetwork(id) => {
                self.ordinary_subnets(*id).into_iter().flat_map(|subnet| self.subnet_goals(subnet, start)).collect()
            }
            Party::Site(id) => {
                vec![self.goal(Aim::Site(*id), self.network.site(*id).addresses.clone())]
            }
            Party::SiteHost(id, host) => {
                let (name, address) = &model.site(*id).hosts[*host];
                let mut goal = self.goal(Aim::Site(*id), Addresses::single(space::point(*address)));
                goal.label = format!("{}/{name}", goal.label);
                vec![goal]
            }
            Party::External(id) => vec![self.external_goal(*id)],
            Party::Internet => {
                let internet = self.internet();
                vec![Goal { label: "internet".to_owned(), ..self.goal(Aim::Anywhere, internet) }]
            }
            Party::ServiceTag(tag) => {
                vec![self.goal(Aim::Anywhere, tag_addresses(self.network, tag))]
            }
            Party::Address(address) => self.literal_goals(&Addresses::single(space::point(*address)), start),
            Party::Prefix(net) => self.literal_goals(&space::prefix(*net), start),
            Party::PublicIpAddress(id) => vec![self.public_ip_goal(*id)],
            Party::Service(id, part) => vec![self.service_goal(*id, part.unwrap_or(0))],
            Party::PrivateEndpoint(id) => self.endpoint_goals(*id, start),
            Party::AzureFirewall(id) => self.firewall_goals(*id, start),
            Party::LoadBalancer(id) => {
                let balancer = model.load_balancer(*id);
                self.frontend_goals(&balancer.label.name, &balancer.frontends, start)
            }
            Party::ApplicationGateway(id) => {
                let gateway = model.application_gateway(*id);
                self.frontend_goals(&gateway.label.name, &gateway.frontends, start)
            }
            Party::Cluster(id) => {
                let cluster = model.cluster(*id);
                match cluster.nodes.as_slice() {
                    [] => self.subnet_goals(cluster.subnet, start),
                    nodes => nodes.iter().flat_map(|(_, nic)| self.nic_goals(*nic, start)).collect(),
                }
            }
            Party::Host(name) => vec![self.named_goal(Aim::Anywhere, Point::host(name, &self.network.model.tags))],
            Party::Unmodelled(index) => vec![self.unmodelled_goal(*index)],
        }
    }

    fn goal(&self, aim: Aim, addresses: Addresses) -> Goal {
        let label = match aim {
            Aim::Site(id) => self.network.model.site(id).label.name.clone(),
            Aim::External(id) => self.network.model.external(id).label.name.clone(),
            _ => String::new(),
        };
        Goal { aim, addresses, named: None, entry: Entry::Walk, doubts: Doubts::default(), label, hosts: Vec::new() }
    }

    fn named_goal(&self, aim: Aim, point: Point) -> Goal {
        let label = point.label.clone();
        let hosts = vec![Rc::from(label.as_str())];
        Goal { named: Some(Rc::new(point)), label, hosts, ..self.goal(aim, Addresses::empty()) }
    }

    /// A part of a service, at its public address.
    pub(super) fn service_goal(&self, id: ServiceId, part: usize) -> Goal {
        let service = self.network.model.service(id);
        let host = service.sub_resources.get(part).map_or(service.label.name.as_str(), |part| part.host.as_str());
        let point = Point::service(service, host, &self.network.model.tags);
        let label = super::services::part_name(self.network, id, part);
        Goal { label, ..self.named_goal(Aim::Service(id, part), point) }
    }

    fn firewall_starts(&self, id: AzureFirewallId) -> Vec<Start> {
        let address = self.network.model.azure_firewall(id).private_address;
        let known = address.known().map(|address| Addresses::single(space::point(*address)));
        known.map(|address| self.start(Place::AzureFirewall(id), address)).into_iter().collect()
    }

    /// A firewall: its private address from inside, its public ones from outside.
    fn firewall_goals(&self, id: AzureFirewallId, start: &Start) -> Vec<Goal> {
        let firewall = self.network.model.azure_firewall(id);
        let label = firewall.label.name.clone();
        let goals: Vec<Goal> = match firewall.private_address {
            Known::Known(address) if !is_outside(start.place) => {
                vec![self.goal(Aim::Anywhere, Addresses::single(space::point(address)))]
            }
            _ => firewall.public_ip_addresses.iter().map(|public| self.public_ip_goal(*public)).collect(),
        };
        goals.into_iter().map(|goal| Goal { label: label.clone(), ..goal }).collect()
    }

    /// A load balancer or an application gateway: its internal frontends from inside, else its public ones.
    fn frontend_goals(&self, name: &str, frontends: &[Frontend], start: &Start) -> Vec<Goal> {
        let private = frontends.iter().filter_map(|one| match one.address {
            FrontendAddress::Private(_, Known::Known(address)) => Some(Addresses::single(space::point(address))),
            _ => None,
        });
        let mut goals: Vec<Goal> = private.map(|address| self.goal(Aim::Anywhere, address)).collect();
        if is_outside(start.place) {
            goals.clear();
        }
        if goals.is_empty() {
            goals.extend(frontends.iter().filter_map(|one| match one.address {
                FrontendAddress::Public(public) => Some(self.public_ip_goal(public)),
                FrontendAddress::Private(..) => None,
            }));
        }
        goals.into_iter().map(|goal| Goal { label: name.to_owned(), ..goal }).collect()
    }

    fn endpoint_goals(&self, id: PrivateEndpointId, start: &Start) -> Vec<Goal> {
        let endpoint = self.network.model.private_endpoint(id);
        let label = endpoint.label.name.clone();
        let (addresses, doubts) = self.endpoint_addresses(id);
        let aim = Aim::PrivateEndpoint(id);
        match &endpoint.subnet {
            RuleSubnet::Here(_) if is_outside(start.place) => {
                vec![Goal {
                    label,
                    doubts,
                    entry: Entry::Edge(Place::PrivateEndpoint(id)),
                    ..self.goal(aim, addresses)
                }]
            }
            RuleSubnet::Here(_) => vec![Goal { label, doubts, ..self.goal(aim, addresses) }],
            _ => {
                vec![Goal { entry: Entry::Foreign(id), ..self.named_goal(aim, Point::anywhere(label.clone(), label)) }]
            }
        }
    }

    fn nic_goals(&self, nic: NetworkInterfaceId, start: &Start) -> Vec<Goal> {
        let configurations = self.network.model.network_interface(nic).ip_configurations.iter().enumerate();
        configurations
            .flat_map(|(index, configuration)| {
                let (addresses, doubts) = match configuration.address {
                    Known::Known(address) => (Addresses::single(space::point(address)), Doubts::default()),
                    Known::Unknown(fact) => {
                        (self.network.subnet(configuration.subnet).anonymous.clone(), Doubts::from_facts(&[fact]))
                    }
                };
                let label = &self.network.model.network_interface(nic).label.name;
                let goals = self.local_goal(self.place_of(nic, index), configuration.subnet, addresses, doubts, start);
                goals.into_iter().map(|goal| Goal { label: label.clone(), ..goal }).collect::<Vec<Goal>>()
            })
            .collect()
    }

    /// An appliance is reached at whichever NIC is the start's way in.
    fn appliance_goals(&self, nics: &[NetworkInterfaceId], start: &Start) -> Vec<Goal> {
        let public = |nic: &&NetworkInterfaceId| {
            self.network
                .model
                .network_interface(**nic)
                .ip_configurations
                .iter()
                .any(|one| one.public_ip_address.is_some())
        };
        let outer = nics.iter().find(public).filter(|_| is_outside(start.place));
        outer.or(nics.first()).map(|nic| self.nic_goals(*nic, start)).unwrap_or_default()
    }

    fn subnet_goals(&self, subnet: SubnetId, start: &Start) -> Vec<Goal> {
        let mut goals: Vec<Goal> = self
            .special_nics(subnet)
            .flat_map(|(nic, index, address)| {
                let place = Place::NetworkInterface(nic, index);
                self.local_goal(place, subnet, Addresses::single(address), Doubts::default(), start)
            })
            .collect();
        let anonymous = self.network.subnet(subnet).anonymous.clone();
        if !anonymous.is_empty() {
            goals.extend(self.local_goal(Place::Subnet(subnet), subnet, anonymous, Doubts::default(), start));
        }
        let endpoints = self.network.model.private_endpoints.iter().enumerate();
        let here =
            endpoints.filter(|(_, one)| one.subnet == RuleSubnet::Here(subnet) && one.addresses.known().is_some());
        goals.extend(here.flat_map(|(at, _)| self.endpoint_goals(PrivateEndpointId::at(at), start)));
        goals
    }

    /// An address inside a VNET: its own from inside and from connected networks, its public one from outside.
    fn local_goal(
        &self,
        place: Place,
        subnet: SubnetId,
        addresses: Addresses,
        doubts: Doubts,
        start: &Start,
    ) -> Vec<Goal> {
        let home = self.network.model.subnet(subnet).virtual_network;
        let label = place_label(self.network, place);
        let inside = Goal { doubts, label: label.clone(), ..self.goal(Aim::VirtualNetwork(home), addresses) };
        if !is_outside(start.place) {
            // To oneself is left out (R224).
            let own = start.addresses.only().filter(|_| start_home(self.network, start.place) == Some(home));
            let addresses = own.map_or(inside.addresses.clone(), |own| inside.addresses.minus(&Addresses::single(own)));
            return if addresses.is_empty() { Vec::new() } else { vec![Goal { addresses, ..inside }] };
        }
        match self.public_address(place) {
            Some((_, Some(public))) => {
                vec![Goal { addresses: Addresses::single(public), doubts: Doubts::default(), ..inside }]
            }
            Some((id, None)) => vec![Goal { label, ..self.public_ip_goal(id) }],
            None => vec![Goal { entry: Entry::Edge(place), ..inside }],
        }
    }

    /// The public address of a place, and whether it is known.
    fn public_address(&self, place: Place) -> Option<(crate::model::PublicIpAddressId, Option<u128>)> {
        let Place::NetworkInterface(nic, index) = place else {
            return None;
        };
        let id = self.network.model.network_interface(nic).ip_configurations[index].public_ip_address?;
        let address = self.network.model.public_ip_address(id).address;
        Some((id, address.known().map(|address| space::point(*address))))
    }

    fn public_ip_goal(&self, id: crate::model::PublicIpAddressId) -> Goal {
        let public = self.network.model.public_ip_address(id);
        let label = public.label.name.clone();
        match public.address {
            Known::Known(address) => {
                Goal { label, ..self.goal(Aim::Anywhere, Addresses::single(space::point(address))) }
            }
            Known::Unknown(_) => self.named_goal(
                Aim::PublicIpAddress(id),
                Point::azure(format!("public address {label}"), public.location.as_deref(), &self.network.model.tags),
            ),
        }
    }

    fn external_goal(&self, id: ExternalId) -> Goal {
        let external = self.network.model.external(id);
        let addresses = space::prefixes(&external.addresses);
        let hosts = external.host_names.iter().map(|host| Rc::from(host.as_str())).collect();
        if addresses.is_empty() {
            Goal { hosts, ..self.named_goal(Aim::External(id), external_point(self.network, id)) }
        } else {
            Goal { hosts, ..self.goal(Aim::External(id), addresses) }
        }
    }

    /// A resource that is not modelled yet: its name may stand for addresses of its service's tag.
    fn unmodelled_goal(&self, index: usize) -> Goal {
        let resource = &self.network.model.unmodelled[index];
        let tag = match resource.kind.as_str() {
            "storageAccounts" => "storage",
            "servers" => "sql",
            "vaults" => "azurekeyvault",
            "namespaces" => "eventhub",
            "databaseAccounts" => "azurecosmosdb",
            "dataLakeStoreAccounts" => "azuredatalake",
            "factories" => "datafactory",
            "workspaces" => "azuredatabricks",
            _ => "",
        };
        let label = resource.label.name.clone();
        let fact = self.network.model.fact(resource.fact).text.clone();
        let tags = if tag.is_empty() { Vec::new() } else { vec![tag.to_owned()] };
        self.named_goal(Aim::Unmodelled(index), Point::in_tags(label, tags, fact, &self.network.model.tags))
    }

    /// Literal addresses: from outside, an address inside a VNET is judged at its edge.
    pub(super) fn literal_goals(&self, addresses: &Addresses, start: &Start) -> Vec<Goal> {
        let mut rest = addresses.clone();
        let mut goals = Vec::new();
        if is_outside(start.place) || matches!(start.place, Place::Host | Place::Outsider) {
            for index in 0..self.network.model.virtual_networks.len() {
                let id = VirtualNetworkId::at(index);
                for (owner, part) in self.network.virtual_network(id).owners_of(&rest.clone()) {
                    let edge = match owner {
                        LocalOwner::NetworkInterface(nic, at) => Some(Place::NetworkInterface(nic, at as usize)),
                        LocalOwner::Anonymous(subnet) => Some(Place::Subnet(subnet)),
                        LocalOwner::PrivateEndpoint(id, _) => Some(Place::PrivateEndpoint(id)),
                        _ => None,
                    };
                    let entry = match edge {
                        Some(place) if is_outside(start.place) => Entry::Edge(place),
                        None if is_outside(start.place) => continue,
                        _ => Entry::Walk,
                    };
                    rest = rest.minus(&part);
                    goals.push(Goal { entry, ..self.goal(Aim::VirtualNetwork(id), part) });
                }
            }
        } else if let Some(own) = start.addresses.only() {
            rest = rest.minus(&Addresses::single(own));
        }
        if !rest.is_empty() {
            goals.push(self.goal(Aim::Anywhere, rest));
        }
        goals
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
        Place::BehindHub(hub, at) => model.virtual_hub(hub).branches[at as usize].label.name.clone(),
        Place::BehindAppliance(appliance, _) => model.appliance(appliance).label.name.clone(),
        Place::External(external) => model.external(external).label.name.clone(),
        Place::Service(service) => model.service(service).label.name.clone(),
        Place::PrivateEndpoint(endpoint) => model.private_endpoint(endpoint).label.name.clone(),
        Place::AzureFirewall(firewall) => model.azure_firewall(firewall).label.name.clone(),
        Place::Internet => "internet".to_owned(),
        Place::Host => crate::tags::HOST_ADDRESS.to_string(),
        Place::Outsider => "outside".to_owned(),
    }
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
