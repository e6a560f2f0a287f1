//! The public side: how a NIC's packets get a public source, and how public packets reach a NIC.
//!
//! In: a flight whose row leads to the Internet, or that starts there. Out: fates. Deliberately absent: load
//! balancers and the firewalls of services.

use super::{
    balancing::WayOut,
    flight::{Device, Doubts, Fates, Flight, Leg, Place, Waypoint},
    header::{Field, Point, Port},
    steps,
    walk::{Aim, Walk},
};
use crate::{
    model::{AzureFirewallId, Known, NetworkInterfaceId, PublicIpAddressId, PublicIpSku, ServiceKind, SubnetId},
    network::{PublicOwner, RouteRow},
    space::{self, Addresses, Cube, Ranges, Set},
    tags::ServiceTags,
    trace::{DeciderKind, Outcome, Step},
};
use std::rc::Rc;

/// So many addresses are tried one by one.
const MOST_CHOICES: usize = 16;

/// How a NIC's packets get a public source address.
enum Egress {
    /// By this resource, as any one of these addresses.
    Through { resource: String, sources: Vec<Field>, all_protocols: bool, ipv6: bool, law: &'static str },
    /// Not at all.
    None { detail: &'static str, law: &'static str },
    /// That is not known.
    Unknown(crate::model::FactId),
}

impl Walk<'_> {
    /// The row says Internet: reply packets of an inbound connection go back as they came (R190), others get
    /// a public source first.
    pub(super) fn reach_internet(&mut self, flight: Flight, place: Place, subnet: SubnetId, row: &RouteRow) -> Fates {
        if let Some(flight) = self.undo_inbound(&flight, place) {
            return self.at_public_destination(flight);
        }
        let public = match flight.header.destination {
            Field::Named(ref point) if !point.is_private() => flight.part,
            _ => {
                let internet = self.network.internet().union(self.network.public().all());
                self.towards(&flight, &internet)
            }
        };
        let private = self.space.minus(flight.part, public);
        let mut fates = Fates::new();
        if private != Set::EMPTY {
            let detail = "the Internet has no such address";
            fates.extend(self.stop(flight.with(private), steps::route(self.network, row, Outcome::Deny, detail)));
        }
        if public != Set::EMPTY {
            fates.extend(self.get_public_source(flight.with(public), place, subnet));
        }
        fates
    }

    /// The translation of the connection that came in through a NIC's public address.
    fn undo_inbound(&self, flight: &Flight, place: Place) -> Option<Flight> {
        if flight.leg != Leg::Reply {
            return None;
        }
        let model = &self.network.model;
        let came_in = |one: &Waypoint| match (one.device, place) {
            (Device::Inbound(_, to) | Device::Balancer(_, to, Some(_)), Place::NetworkInterface(nic, _)) => to == nic,
            (Device::ApplicationGateway(id), Place::Subnet(subnet)) => model.application_gateway(id).subnet == subnet,
            (Device::Bastion(id), Place::Subnet(subnet)) => model.bastion_host(id).subnet() == Some(subnet),
            _ => false,
        };
        let at = flight.waypoints.iter().rposition(came_in)?;
        let mut flight = flight.clone();
        let waypoint = flight.waypoints.remove(at);
        flight.header = waypoint.before.reversed();
        Some(flight)
    }

    fn get_public_source(&mut self, flight: Flight, place: Place, subnet: SubnetId) -> Fates {
        if let Some(step) = self.untranslated_at_firewall(&flight, place) {
            return self.stop(flight, step);
        }
        if !self.sends_its_own(&flight, place) {
            let detail = "the source is not the sender's own address and nobody translates it";
            let step = steps::step(DeciderKind::Outbound, self.place_name(place), "", Outcome::Deny, detail, "R140");
            return self.stop(flight, step);
        }
        // A reply that leaves by another translation than the connection came in by means nothing to the initiator.
        if flight.leg == Leg::Reply {
            // A firewall answers by its own public address what came in through it (R203), also to a client that had to
            // be translated on its way out.
            return match self.unseen(&flight).filter(|_| !self.answers_as_itself(&flight, place)) {
                Some(waypoint) => {
                    let step = self.asymmetric(&waypoint, "never sees the reply, which takes another way");
                    self.stop(flight, step)
                }
                None => self.at_public_destination(flight),
            };
        }
        match (self.egress(place, subnet), self.storage_nearby(subnet)) {
            (Egress::None { law: "R157", .. }, Some(doubts)) => {
                let home = self.network.model.subnet(subnet).virtual_network;
                let region = self.network.model.virtual_network(home).location.as_deref();
                let source = named("internal address of Azure".to_owned(), region, &self.network.model.tags);
                self.leave_with(flight.doubt(&doubts), place, source, "storage of the same region", false, "R160")
            }
            (Egress::None { detail, law }, _) => {
                let step = steps::step(
                    DeciderKind::Outbound,
                    self.network.subnet_path(subnet),
                    "",
                    Outcome::Deny,
                    detail,
                    law,
                );
                self.stop(flight, step)
            }
            (Egress::Unknown(fact), _) => {
                let step = steps::step(
                    DeciderKind::Outbound,
                    self.network.subnet_path(subnet),
                    "",
                    Outcome::Unknown,
                    "not known",
                    "R161",
                );
                self.lack(flight, &[fact], step)
            }
            (Egress::Through { resource, sources, all_protocols, ipv6, law }, _) => {
                let mut fates = Fates::new();
                let carried = self.carried(&flight, all_protocols, ipv6);
                let lost = self.space.minus(flight.part, carried);
                if lost != Set::EMPTY {
                    let (detail, law) = if all_protocols {
                        ("it carries TCP, UDP, ICMP and ESP", "R154")
                    } else {
                        ("it carries TCP and UDP over IPv4 only", "R156")
                    };
                    let step = steps::step(DeciderKind::Outbound, resource.clone(), "", Outcome::Deny, detail, law);
                    fates.extend(self.stop(flight.with(lost), step));
                }
                if carried != Set::EMPTY {
                    // Azure chooses among several addresses: allowed needs each of them to work (F181).
                    let leave =
                        |source| self.leave_with(flight.with(carried), place, source, &resource, all_protocols, law);
                    let choices = sources.into_iter().map(leave).collect();
                    fates.extend(self.combine_choices(choices));
                }
                fates
            }
        }
    }

    /// A firewall's answer from the public address that was asked.
    fn answers_as_itself(&mut self, flight: &Flight, place: Place) -> bool {
        let Place::AzureFirewall(id) = place else { return false };
        let model = &self.network.model;
        let own = model.azure_firewall(id).public_ip_addresses.iter();
        let own = own.filter_map(|one| model.public_ip_address(*one).address.known()).map(|one| space::point(*one));
        let own = Addresses::from_ranges(own.map(|point| (point, point)));
        let sources = self.sources(flight);
        !sources.is_empty() && sources.is_subset(&own)
    }

    /// A storage account of the subnet's own region is reached from private subnets, too (R160); with what that hangs on.
    fn storage_nearby(&self, subnet: SubnetId) -> Option<Doubts> {
        let model = &self.network.model;
        let Aim::Service(id, _) = self.aim else {
            return None;
        };
        let (service, home) = (model.service(id), model.virtual_network(model.subnet(subnet).virtual_network));
        if service.kind != ServiceKind::StorageAccount {
            return None;
        }
        match (&service.location, &home.location) {
            (Some(account), Some(network)) => (account == network).then(Doubts::default),
            (Some(_), None) => Some(Doubts::of_text(&format!("the region of `{}`", home.label.name))),
            (None, _) => Some(Doubts::of_text(&format!("the region of `{}`", service.label.name))),
        }
    }

    /// On with a public source address.
    fn leave_with(
        &mut self,
        mut flight: Flight,
        place: Place,
        source: Field,
        resource: &str,
        all_protocols: bool,
        law: &'static str,
    ) -> Fates {
        flight.waypoints.push(Waypoint {
            device: Device::Egress(place),
            before: flight.header.clone(),
            stateful: false,
            translated: true,
        });
        let detail = match &source {
            Field::Fixed(address) => {
                format!("source becomes {}", space::address(*address))
            }
            Field::Named(point) => format!("source becomes the {}", point.label),
            Field::Original(_) => String::new(),
        };
        flight.header.source = source;
        // A NIC's own public address is translated one to one and keeps the port.
        if !all_protocols {
            flight.header.source_port = Port::Free;
        }
        flight.origin = None;
        let step = steps::step(DeciderKind::Outbound, resource, "", Outcome::Pass, detail, law);
        self.at_public_destination(flight.step(step))
    }

    /// True when the packets come from the sender's own private addresses: Azure translates no others.
    fn sends_its_own(&mut self, flight: &Flight, place: Place) -> bool {
        let sources = self.sources(flight);
        match place {
            Place::NetworkInterface(nic, index) => {
                let unknown = self.network.model.missing_address(nic, index).is_some();
                (unknown && place == self.start) || sources.is_subset(&self.own_addresses(place))
            }
            Place::Subnet(subnet) => sources.is_subset(&self.network.subnet(subnet).assignable),
            _ => true,
        }
    }

    /// What of a flight an egress method carries.
    fn carried(&mut self, flight: &Flight, all_protocols: bool, ipv6: bool) -> Set {
        let mut carried = flight.part;
        if all_protocols {
            // An instance's public address carries TCP, UDP, ICMP and ESP (routing.md 6.1).
            let protocols = [space::TCP, space::UDP, space::ICMP, space::ESP].map(|one| (one, one));
            let protocols = Ranges::from_ranges(protocols);
            carried = self.space.and_cube(carried, &Cube { protocols, ..Cube::all() });
        } else {
            let protocols = Ranges::from_ranges([(space::TCP, space::TCP), (space::UDP, space::UDP)]);
            carried = self.space.and_cube(carried, &Cube { protocols, ..Cube::all() });
        }
        if !ipv6 && !matches!(flight.header.destination, Field::Named(_)) {
            carried = self.within(carried, &flight.header.destination, &space::ipv4());
        }
        carried
    }

    /// NAT gateway, else the NIC's own public address, else default outbound access (routing.md 6.1; R153,
    /// R157, R161, R225).
    fn egress(&self, place: Place, subnet: SubnetId) -> Egress {
        let model = &self.network.model;
        let here = model.subnet(subnet);
        let region = model.virtual_network(here.virtual_network).location.as_deref();
        // A Standard NAT gateway does nothing for IPv6: such a packet leaves by what the interface has (R227).
        let six = self.sends_ipv6(place);
        if let Some(nat) = here.nat_gateway.map(|id| model.nat_gateway(id)).filter(|nat| !six || nat.standard_v2) {
            let prefixes = space::prefixes(&nat.public_ip_prefixes);
            let sources = self.each_of_addresses(&nat.public_ip_addresses, &prefixes, &nat.label.name, region);
            return Egress::Through {
                resource: nat.label.name.clone(),
                sources,
                all_protocols: false,
                ipv6: nat.standard_v2,
                law: "R153",
            };
        }
        if let Place::NetworkInterface(nic, index) = place {
            if let Some(id) = model.network_interface(nic).ip_configurations[index].public_ip_address {
                let public = model.public_ip_address(id);
                let source = match public.address {
                    Known::Known(address) => Field::Fixed(space::point(address)),
                    Known::Unknown(_) => named(format!("public address {}", public.label.name), region, &model.tags),
                };
                return Egress::Through {
                    resource: public.label.name.clone(),
                    sources: vec![source],
                    all_protocols: true,
                    ipv6: true,
                    law: "R154",
                };
            }
            match self.way_out_by_balancer(nic, six) {
                WayOut::By { resource, addresses } => {
                    let sources = self.each_of_addresses(&addresses, &Addresses::empty(), &resource, region);
                    return Egress::Through { resource, sources, all_protocols: false, ipv6: six, law: "R155" };
                }
                WayOut::No(detail, law) => return Egress::None { detail, law },
                WayOut::Other => {}
            }
            if self.machine_has_standard_public_ip(nic) {
                let detail =
                    "another network interface has a Standard public IP address, which ends default outbound access";
                return Egress::None { detail, law: "R225" };
            }
        }
        if let Place::AzureFirewall(id) = place {
            let firewall = model.azure_firewall(id);
            if firewall.public_ip_addresses.is_empty() {
                return Egress::None { detail: "the firewall has no public IP address", law: "R157" };
            }
            let resource = firewall.label.name.clone();
            let sources = self.each_of_addresses(&firewall.public_ip_addresses, &Addresses::empty(), &resource, region);
            return Egress::Through { resource, sources, all_protocols: true, ipv6: false, law: "F181" };
        }
        if let Some(id) = self.app_at(subnet).filter(|_| matches!(place, Place::Subnet(_))) {
            let resource = model.service(id).label.name.clone();
            let sources = vec![self.outbound_addresses_of(id)];
            return Egress::Through { resource, sources, all_protocols: false, ipv6: false, law: "F209" };
        }
        let bastion = self.bastion_in(subnet).filter(|_| matches!(place, Place::Subnet(_)));
        if let Some(bastion) = bastion.filter(|one| !one.public_ip_addresses.is_empty()) {
            let resource = bastion.label.name.clone();
            let sources = self.each_of_addresses(&bastion.public_ip_addresses, &Addresses::empty(), &resource, region);
            return Egress::Through { resource, sources, all_protocols: false, ipv6: false, law: "F214" };
        }
        match here.default_outbound_access {
            Known::Known(true) => Egress::Through {
                resource: "default outbound access".to_owned(),
                sources: vec![named(format!("default outbound IP of {}", self.place_name(place)), region, &model.tags)],
                all_protocols: false,
                ipv6: false,
                law: "R161",
            },
            Known::Known(false) => {
                Egress::None { detail: "a private subnet without a NAT gateway or public address", law: "R157" }
            }
            Known::Unknown(fact) => Egress::Unknown(fact),
        }
    }

    /// Whether a place sends from an IPv6 address: each configuration of an interface has one family.
    fn sends_ipv6(&self, place: Place) -> bool {
        let Place::NetworkInterface(nic, index) = place else { return false };
        let configuration = self.network.model.network_interface(nic).ip_configurations.get(index);
        configuration.and_then(|one| one.address.known()).is_some_and(std::net::IpAddr::is_ipv6)
    }

    /// Each of a resource's addresses; very many are one party whose address is not known.
    fn each_of_addresses(
        &self,
        ids: &[PublicIpAddressId],
        prefixes: &Addresses,
        resource: &str,
        region: Option<&str>,
    ) -> Vec<Field> {
        let model = &self.network.model;
        let known: Option<Vec<u128>> =
            ids.iter().map(|id| model.public_ip_address(*id).address.known().map(|one| space::point(*one))).collect();
        let known =
            known.map(|points| prefixes.union(&Addresses::from_ranges(points.into_iter().map(|point| (point, point)))));
        let Some(possible) = known.filter(|all| !all.is_empty()) else {
            return vec![named(format!("public address of {resource}"), region, &model.tags)];
        };
        let each = possible.iter().flat_map(|(first, last)| first..=last);
        let few: Vec<Field> = each.take(MOST_CHOICES + 1).map(Field::Fixed).collect();
        if few.len() <= MOST_CHOICES {
            return few;
        }
        let label = format!("one of the public addresses of {resource}");
        vec![Field::Named(Rc::new(Point { possible, ..Point::azure(label, region, &model.tags) }))]
    }

    fn machine_has_standard_public_ip(&self, nic: NetworkInterfaceId) -> bool {
        let model = &self.network.model;
        let interface = model.network_interface(nic);
        let of_workload = interface.workload.map(|id| &model.workload(id).network_interfaces);
        let of_appliance = interface.appliance.map(|id| &model.appliance(id).network_interfaces);
        let others = of_workload.into_iter().chain(of_appliance).flatten();
        others.flat_map(|nic| &model.network_interface(*nic).ip_configurations).any(|configuration| {
            let sku = configuration.public_ip_address.map(|id| model.public_ip_address(id).sku);
            sku == Some(Known::Known(PublicIpSku::Standard))
        })
    }

    /// On the public side: the reply returns through what translated, a new connection reaches whoever owns
    /// the address.
    pub(super) fn at_public_destination(&mut self, flight: Flight) -> Fates {
        if flight.leg == Leg::Reply {
            return self.reply_from_public(flight);
        }
        if let Field::Named(point) = flight.header.destination.clone() {
            return self.at_named(flight, &point);
        }
        let network = self.network;
        let destinations = self.destinations(&flight);
        let mut rest = flight.part;
        let mut fates = Fates::new();
        for (owner, addresses) in network.public().within(&destinations) {
            let part = self.towards(&flight, &addresses);
            let part = self.space.and(part, rest);
            rest = self.space.minus(rest, part);
            if part != Set::EMPTY {
                fates.extend(self.at_public_owner(flight.with(part), owner));
            }
        }
        // Private addresses mean nothing out there (R164, R195).
        let internet = network.internet().clone();
        let public = self.towards(&flight, &internet);
        let public = self.space.and(rest, public);
        let private = self.space.minus(rest, public);
        if private != Set::EMPTY {
            let detail = "no public IP address leads to it";
            let step = steps::step(DeciderKind::PublicIp, self.goal.clone(), "", Outcome::Deny, detail, "R164");
            fates.extend(self.stop(flight.with(private), step));
        }
        rest = public;
        if rest != Set::EMPTY {
            let flight = self.note_service(flight.with(rest));
            fates.extend(self.arrive(flight.at("internet"), Place::Internet));
        }
        fates
    }

    /// An address of a service of Azure's: its firewall is not in the file.
    fn note_service(&mut self, flight: Flight) -> Flight {
        let Some(address) = self.destinations(&flight).only() else {
            return flight;
        };
        let tags = self.network.model.tags.tags_of(space::address(address));
        match tags.first() {
            Some(tag) => {
                let note = format!(
                    "{} is in service tag {}; no firewall of a service is known",
                    space::address(address),
                    tag.name
                );
                flight.note(&note)
            }
            None => flight,
        }
    }

    fn at_public_owner(&mut self, flight: Flight, owner: PublicOwner) -> Fates {
        match owner {
            PublicOwner::PublicIpAddress(id) => self.come_in(flight, id),
            PublicOwner::External(id) => {
                let name = self.network.model.external(id).label.name.clone();
                self.arrive(flight.at(&name), Place::External(id))
            }
            PublicOwner::Site(id) => {
                let step =
                    steps::no_route_at_site(self.network, id, "nothing is published behind this address", "R219");
                self.stop(flight, step)
            }
            PublicOwner::NatGateway(id) => self.at_nat_gateway(flight, &self.network.model.nat_gateway(id).label.name),
        }
    }

    /// In through a public address: the destination becomes the NIC's private one before any NSG sees it (F25,
    /// F26, R164).
    pub(super) fn come_in(&mut self, flight: Flight, id: PublicIpAddressId) -> Fates {
        let network = self.network;
        let public = network.model.public_ip_address(id);
        let Some((nic, index)) = network.bound_to(id) else {
            return self.at_device(flight, id);
        };
        let place = Place::NetworkInterface(nic, index);
        if let Some(ports) = &public.ports {
            let (published, mut fates) = self.published(flight, place, ports);
            if published.part != Set::EMPTY {
                fates.extend(self.come_in_to(published, id, nic, index));
            }
            return fates;
        }
        self.come_in_to(flight, id, nic, index)
    }

    /// A balancer in front publishes some ports; what it does not is judged at the edge, as for anybody without a way in.
    fn published(&mut self, flight: Flight, place: Place, ports: &space::Ports) -> (Flight, Fates) {
        let cube = Cube { protocols: Ranges::single(space::TCP), destination_ports: ports.clone(), ..Cube::all() };
        let part = match flight.header.destination_port {
            Port::Original(_) => self.space.and_cube(flight.part, &cube),
            _ => Set::EMPTY,
        };
        let rest = self.space.minus(flight.part, part);
        let fates = if rest == Set::EMPTY { Fates::new() } else { self.judge_at_edge(flight.with(rest), place) };
        (flight.with(part), fates)
    }

    /// Where a public address is not known, nor is its family: packets of another than the address behind it are none at
    /// all.
    pub(super) fn of_family(&mut self, flight: Flight, behind: u128) -> Flight {
        let family = if space::address(behind).is_ipv4() { space::ipv4() } else { space::ipv6() };
        match flight.header.source.clone() {
            Field::Named(_) => flight,
            source => flight.with(self.within(flight.part, &source, &family)),
        }
    }

    fn come_in_to(&mut self, flight: Flight, id: PublicIpAddressId, nic: NetworkInterfaceId, index: usize) -> Fates {
        let network = self.network;
        let public = network.model.public_ip_address(id);
        let place = Place::NetworkInterface(nic, index);
        let subnet = network.model.network_interface(nic).ip_configurations[index].subnet;
        let example = self.address_at(place).or(network.subnet(subnet).anonymous.first());
        let (Some(private), Some(example)) = (self.private_field(place), example) else {
            return self.at_unbound(flight, id);
        };
        let mut flight = self.of_family(flight, example);
        if self.start == place {
            // No source says whether a VM reaches itself through its own public address (F172, R189).
            flight = flight.doubt(&Doubts::of_text("hairpin to the own public IP"));
        }
        flight.waypoints.push(Waypoint {
            device: Device::Inbound(id, nic),
            before: flight.header.clone(),
            stateful: false,
            translated: true,
        });
        let detail = format!("destination becomes {}", private.words());
        flight.header.destination = private;
        flight.origin = None;
        let step = Step {
            origin: Some(public.label.origin.clone()),
            ..steps::step(DeciderKind::PublicIp, public.label.name.clone(), "", Outcome::Pass, detail, "R164")
        };
        self.enter_nic(flight.step(step), place)
    }

    /// A public address of a load balancer or a firewall, or of nothing that is known.
    fn at_device(&mut self, flight: Flight, id: PublicIpAddressId) -> Fates {
        if let Some((balancer, frontend)) = self.frontend_of(id) {
            return self.enter_balancer(flight, balancer, frontend, Some(id));
        }
        if let Some((gateway, frontend)) = self.gateway_of(id) {
            return self.enter_application_gateway(flight, gateway, frontend);
        }
        if let Some(bastion) = self.bastion_of(id) {
            return self.enter_bastion(flight, bastion);
        }
        let firewalls = self.network.model.azure_firewalls.iter();
        let firewall = firewalls.into_iter().position(|one| one.public_ip_addresses.contains(&id));
        match firewall.map(AzureFirewallId::at) {
            Some(firewall) => {
                let name = self.network.model.azure_firewall(firewall).label.name.clone();
                self.firewall_addressed(flight.at(&name), firewall, Some(id))
            }
            None => self.at_unbound(flight, id),
        }
    }

    fn at_nat_gateway(&mut self, flight: Flight, name: &str) -> Fates {
        let detail = "a NAT gateway lets no connection in";
        self.stop(flight, steps::step(DeciderKind::Outbound, name.to_owned(), "", Outcome::Deny, detail, "R165"))
    }

    /// A public address that no NIC has: of a gateway, of something not modelled yet, of nothing.
    fn at_unbound(&mut self, flight: Flight, id: PublicIpAddressId) -> Fates {
        let model = &self.network.model;
        let name = model.public_ip_address(id).label.name.clone();
        let kinds = ["applicationGateways", "azureFirewalls", "bastionHosts"];
        let facts: Vec<_> =
            model.unmodelled.iter().filter(|one| kinds.contains(&one.kind.as_str())).map(|one| one.fact).collect();
        if let Some(nat) = model.nat_gateways.iter().find(|nat| nat.public_ip_addresses.contains(&id)) {
            return self.at_nat_gateway(flight, &nat.label.name);
        }
        let step = steps::step(
            DeciderKind::PublicIp,
            name,
            "",
            Outcome::Deny,
            "no network interface has this address",
            "R164",
        );
        if facts.is_empty() { self.stop(flight, step) } else { self.lack(flight, &facts, step) }
    }

    /// A Standard public address is closed where no NSG opens it (F44, F45, R162, R163).
    pub(super) fn open_by_sku(&self, flight: Flight, place: Place) -> Result<Flight, Fates> {
        let Place::NetworkInterface(nic, index) = place else { return Ok(flight) };
        let came_through = match flight.waypoints.last().map(|waypoint| waypoint.device) {
            Some(Device::Inbound(id, to) | Device::Balancer(_, to, Some(id)))
                if to == nic && flight.leg == Leg::Forward =>
            {
                id
            }
            _ => return Ok(flight),
        };
        let model = &self.network.model;
        let interface = model.network_interface(nic);
        let subnet = model.subnet(interface.ip_configurations[index].subnet);
        if interface.network_security_group.is_some() || subnet.network_security_group.is_some() {
            return Ok(flight);
        }
        let public = model.public_ip_address(came_through);
        match public.sku {
            Known::Known(PublicIpSku::Basic) => Ok(flight),
            Known::Unknown(fact) => Ok(flight.doubt(&Doubts::from_facts(&[fact]))),
            Known::Known(PublicIpSku::Standard) => {
                let detail = "a Standard public IP address is closed where no network security group opens it";
                let name = public.label.name.clone();
                Err(self.stop(flight, steps::step(DeciderKind::PublicIp, name, "", Outcome::Deny, detail, "F44")))
            }
        }
    }

    /// A party known by name.
    fn at_named(&mut self, flight: Flight, point: &Point) -> Fates {
        match self.aim {
            Aim::External(id) => self.arrive(flight.at(&point.label), Place::External(id)),
            Aim::PublicIpAddress(id) => self.come_in(flight, id),
            Aim::Service(id, part) => self.at_service(flight, id, part),
            Aim::SignIn(id) => self.at_sign_in(flight.at(&point.label), id),
            Aim::Unmodelled(index) => self.at_unmodelled(flight, index),
            Aim::Bastion(id) => self.at_shared_bastion(flight, id, point),
            _ => self.at_host(flight, point),
        }
    }

    /// A public party sends: its answers go back through what translated the connection, its own connections
    /// go to whoever owns the address.
    pub(super) fn leave_public(&mut self, flight: Flight, place: Place) -> Fates {
        let name = self.place_name(place);
        let flight = if flight.leg == Leg::Reply { flight } else { self.begin_outside(flight, &name) };
        self.at_public_destination(flight)
    }

    /// Nothing of the customer's is on the way until an address of the customer's is reached.
    fn begin_outside(&self, flight: Flight, name: &str) -> Flight {
        let step = steps::step(DeciderKind::Outbound, name, "", Outcome::Pass, "sends over the Internet", "R4");
        flight.at(name).step(step)
    }

    /// A reply on the public side: the nearest translator on the way undoes it, else it is home.
    fn reply_from_public(&mut self, flight: Flight) -> Fates {
        let egress = |one: &Waypoint| matches!(one.device, Device::Egress(_) | Device::SiteEgress(_));
        let Some(at) = flight.waypoints.iter().rposition(egress) else {
            let start = self.start;
            return self.arrive(flight, start);
        };
        let mut flight = flight;
        let waypoint = flight.waypoints.remove(at);
        flight.header = waypoint.before.reversed();
        match waypoint.device {
            Device::Egress(place @ Place::NetworkInterface(..)) if self.appliance_at(place).is_some() => {
                self.enter_nic(flight, place)
            }
            Device::Egress(Place::AzureFirewall(id)) => self.enter_firewall(flight, id),
            Device::Egress(place) => self.arrive(flight, place),
            Device::SiteEgress(site) => self.enter_site(flight, site),
            Device::Appliance(..)
            | Device::Inbound(..)
            | Device::AzureFirewall(_)
            | Device::Balancer(..)
            | Device::PrivateLink(..)
            | Device::ApplicationGateway(_)
            | Device::Bastion(_) => Fates::new(),
        }
    }

    /// A party without a way in is still judged at the edge of the NIC: an NSG's denial is named first, then
    /// that no public address leads there.
    pub(super) fn judge_at_edge(&mut self, flight: Flight, place: Place) -> Fates {
        let detail = "no public IP address leads to it";
        let step = steps::step(DeciderKind::PublicIp, self.goal.clone(), "", Outcome::Deny, detail, "R164");
        let Some(subnet) = self.subnet_of(place) else {
            return self.stop(flight, step);
        };
        let flight = flight.at(&self.network.subnet_path(subnet));
        let (passing, mut fates) = self.filter_at(flight, place, crate::model::Direction::Inbound);
        for fate in &mut fates {
            fate.beside.push(Rc::new(step.clone()));
        }
        for flight in passing {
            fates.extend(self.stop(flight, step.clone()));
        }
        fates
    }

    /// A source that is nowhere in the model arrives at the destination's edge: the host's probes (F51), a
    /// private address that nobody declares (F10).
    pub(super) fn leave_edge(&mut self, flight: Flight) -> Fates {
        match self.aim {
            Aim::VirtualNetwork(id) => self.deliver(flight, id),
            Aim::NetworkInterface(nic, index) => match self.home(Place::NetworkInterface(nic, index)) {
                Some(home) => self.deliver(flight, home),
                None => self.at_public_destination(flight),
            },
            Aim::Site(id) => self.enter_site(flight, id),
            Aim::Clients(id) => self.enter_gateway(flight, id),
            Aim::Several => self.enter_each(flight),
            _ => self.at_public_destination(flight),
        }
    }

    /// At the edge of each VNET that packets for several ends are meant for.
    fn enter_each(&mut self, flight: Flight) -> Fates {
        let homes: Vec<_> = self.homes.iter().flat_map(|homes| homes.iter()).map(|(home, _)| *home).collect();
        let mut fates = Fates::new();
        for home in homes {
            let meant = self.meant_for(&flight, home).filter(|set| !set.is_empty());
            fates.extend(meant.map(|set| self.deliver(flight.with(set), home)).into_iter().flatten());
        }
        fates
    }
}

/// A public address of Azure's choice.
fn named(label: String, region: Option<&str>, tags: &ServiceTags) -> Field {
    Field::Named(Rc::new(Point::azure(label, region, tags)))
}
