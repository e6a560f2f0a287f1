//! Where packets are meant to arrive: what a destination's name or address stands for.
//!
//! In: a party, and where its caller starts. Out: [`Goal`]s. Deliberately absent: where callers start (that is `ends`).

use super::*;

impl Ends<'_> {
    /// What a party means as a destination, seen from a starting place.
    pub(in crate::evaluate) fn goals(&mut self, party: &Party, start: &Start) -> Vec<Goal> {
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
            Party::Clients(id) => vec![self.goal(Aim::Clients(*id), pool(self.network, *id))],
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
            Party::BastionHost(id) => self.bastion_goals(*id, start),
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

    pub(in crate::evaluate) fn goal(&self, aim: Aim, addresses: Addresses) -> Goal {
        let label = match aim {
            Aim::Site(id) => self.network.model.site(id).label.name.clone(),
            Aim::Clients(id) => self.network.model.clients_name(id),
            Aim::External(id) => self.network.model.external(id).label.name.clone(),
            _ => String::new(),
        };
        Goal {
            aim,
            addresses,
            named: None,
            entry: Entry::Walk,
            doubts: Doubts::default(),
            label,
            hosts: Vec::new(),
            homes: None,
        }
    }

    pub(in crate::evaluate) fn named_goal(&self, aim: Aim, point: Point) -> Goal {
        let label = point.label.clone();
        let hosts = vec![Rc::from(label.as_str())];
        Goal { named: Some(Rc::new(point)), label, hosts, ..self.goal(aim, Addresses::empty()) }
    }

    /// A part of a service, at its public address.
    pub(in crate::evaluate) fn service_goal(&self, id: ServiceId, part: usize) -> Goal {
        let service = self.network.model.service(id);
        let host = service.sub_resources.get(part).map_or(service.label.name.as_str(), |part| part.host.as_str());
        let point = Point::service(service, host, &self.network.model.tags);
        let label = super::super::services::part_name(self.network, id, part);
        Goal { label, ..self.named_goal(Aim::Service(id, part), point) }
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
        for (nic, index, fact) in self.dynamic_nics(subnet) {
            let addresses = self.network.subnet(subnet).anonymous.clone();
            let label = self.network.model.network_interface(nic).label.name.clone();
            let place = Place::NetworkInterface(nic, index);
            let found = self.local_goal(place, subnet, addresses, Doubts::from_facts(&[fact]), start);
            goals.extend(found.into_iter().map(|goal| Goal { label: label.clone(), ..goal }));
        }
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
        let aim = match place {
            Place::NetworkInterface(nic, index) if self.network.model.missing_address(nic, index).is_some() => {
                Aim::NetworkInterface(nic, index)
            }
            _ => Aim::VirtualNetwork(home),
        };
        let inside = Goal { doubts, label: label.clone(), ..self.goal(aim, addresses) };
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

    pub(in crate::evaluate) fn public_ip_goal(&self, id: crate::model::PublicIpAddressId) -> Goal {
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
    pub(super) fn unmodelled_goal(&self, index: usize) -> Goal {
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
    pub(in crate::evaluate) fn literal_goals(&self, addresses: &Addresses, start: &Start) -> Vec<Goal> {
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
