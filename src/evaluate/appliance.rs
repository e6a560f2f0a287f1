//! Appliances: packets that a NIC forwards for others.
//!
//! In: a flight at a NIC whose address is not the destination, or is one that the appliance translates. Out:
//! fates. Deliberately absent: Azure Firewall and load balancers.

use super::{
    filter::filter,
    flight::{Device, Doubts, Fates, Flight, Leg, ListRef, Place, Stop, Waypoint},
    header::{Field, Point, Port},
    steps,
    walk::{Walk, outside_tags},
};
use crate::{
    model::{Appliance, ApplianceId, Direction, Dnat, Known, NetworkInterfaceId, RuleProtocol, Snat},
    space::{self, Addresses, Cube, Ranges, Set},
    trace::{DeciderKind, Outcome},
};
use std::rc::Rc;

impl Walk<'_> {
    /// The appliance that forwards with a NIC.
    pub(super) fn appliance_at(&self, place: Place) -> Option<ApplianceId> {
        match place {
            Place::NetworkInterface(nic, _) => self.network.model.network_interface(nic).appliance,
            _ => None,
        }
    }

    /// In through a NIC that is the next hop: IP forwarding, its NSGs, the guest, and out again (R121, R123).
    pub(super) fn pass_through(&mut self, flight: Flight, place: Place) -> Fates {
        let Place::NetworkInterface(nic, _) = place else {
            return Fates::new();
        };
        let label = self.network.model.network_interface(nic).label.name.clone();
        let flight = match self.spend(flight).and_then(|flight| self.pass(flight, Stop::NetworkInterface(nic), &label))
        {
            // What an appliance sends on is forwarded, also when it came through a gateway (R116).
            Ok(flight) => Flight { through_gateway: None, ..flight.at(&label) },
            Err(fates) => return fates,
        };
        let own = self.own_addresses(place);
        let addressed = self.towards(&flight, &own);
        let transit = self.space.minus(flight.part, addressed);
        let mut fates = self.enter_nic(flight.with(addressed), place);
        if transit != Set::EMPTY {
            fates.extend(self.transit(flight.with(transit), place));
        }
        fates
    }

    fn transit(&mut self, flight: Flight, place: Place) -> Fates {
        let flight = match self.forwards(flight, place) {
            Ok(flight) => flight,
            Err(fates) => return fates,
        };
        let (passing, mut fates) = self.filter_at(flight, place, Direction::Inbound);
        for flight in passing {
            fates.extend(match self.appliance_at(place) {
                Some(appliance) => self.guest(flight, place, appliance),
                None => {
                    let note = "a network interface with IP forwarding and no appliance is taken to forward everything";
                    self.send_on(flight.note(note), place)
                }
            });
        }
        fates
    }

    /// IP forwarding on the NIC (R121).
    fn forwards(&self, flight: Flight, place: Place) -> Result<Flight, Fates> {
        let Place::NetworkInterface(nic, _) = place else {
            return Ok(flight);
        };
        let interface = self.network.model.network_interface(nic);
        let name = self.appliance_at(place).map(|id| self.network.model.appliance(id).label.name.clone());
        let name = name.unwrap_or_else(|| interface.label.name.clone());
        match interface.ip_forwarding {
            Known::Known(true) => Ok(flight),
            Known::Known(false) => {
                let detail = format!("IP forwarding is off on network interface `{}`", interface.label.name);
                Err(self.stop(flight, steps::step(DeciderKind::Appliance, name, "", Outcome::Deny, detail, "R121")))
            }
            Known::Unknown(fact) => Ok(flight.doubt(&Doubts::from_facts(&[fact]))),
        }
    }

    /// The reply of a connection that the appliance has a record of is undone and sent on; anything else is
    /// new to it.
    pub(super) fn guest(&mut self, flight: Flight, place: Place, id: ApplianceId) -> Fates {
        if let Some(flight) = self.undo(&flight, id) {
            return flight;
        }
        let appliance = self.network.model.appliance(id);
        if flight.leg == Leg::Reply && appliance.stateful {
            let step = steps::step(
                DeciderKind::Asymmetric,
                appliance.label.name.clone(),
                "",
                Outcome::Deny,
                "drops the reply: it did not see the connection being opened",
                "R175",
            );
            return self.stop(flight, step);
        }
        self.forward_new(flight, place, id)
    }

    /// Sends a recorded reply on, translations undone.
    pub(super) fn undo(&mut self, flight: &Flight, id: ApplianceId) -> Option<Fates> {
        if flight.leg != Leg::Reply {
            return None;
        }
        let at = flight
            .waypoints
            .iter()
            .rposition(|waypoint| matches!(waypoint.device, Device::Appliance(one, ..) if one == id))?;
        let mut flight = flight.clone();
        let waypoint = flight.waypoints.remove(at);
        if waypoint.translated {
            flight.header = waypoint.before.reversed();
        }
        let Device::Appliance(_, nic, configuration) = waypoint.device else {
            return None;
        };
        let name = self.network.model.appliance(id).label.name.clone();
        let flight =
            flight.step(steps::step(DeciderKind::Appliance, name, "", Outcome::Pass, "a recorded reply", "R175"));
        Some(self.emit(flight, Place::NetworkInterface(nic, configuration)))
    }

    /// A new connection through the appliance: its rules, its translations, and out.
    fn forward_new(&mut self, flight: Flight, place: Place, id: ApplianceId) -> Fates {
        let network = self.network;
        let appliance = network.model.appliance(id);
        let flight = match appliance.forwarding {
            Known::Known(true) => flight,
            Known::Known(false) => {
                let step = steps::step(
                    DeciderKind::Appliance,
                    appliance.label.name.clone(),
                    "",
                    Outcome::Deny,
                    "it does not forward",
                    "R121",
                );
                return self.stop(flight, step);
            }
            Known::Unknown(fact) => flight.doubt(&Doubts::from_facts(&[fact])),
        };
        let mut passing = Vec::new();
        let mut fates = Fates::new();
        match network.appliance_rules(id) {
            Some(rules) => {
                let sieve = filter(self.space, flight.part, &flight.header, rules, outside_tags(network));
                for denied in self.sort_out(flight, sieve, ListRef::Appliance(id), "forwarding", None, &mut passing) {
                    fates.extend(self.end(denied, crate::trace::Verdict::Denied));
                }
            }
            None => {
                let (outcome, detail) = if appliance.opaque.is_some() {
                    (Outcome::Unknown, "its rules are not known")
                } else {
                    (Outcome::Pass, "forwards")
                };
                let step =
                    steps::step(DeciderKind::Appliance, appliance.label.name.clone(), "", outcome, detail, "R121");
                passing.push(flight.step(step));
            }
        }
        for flight in passing {
            let flight = match appliance.opaque {
                Some(fact) => flight.doubt(&Doubts::from_facts(&[fact])),
                None => flight,
            };
            fates.extend(self.translate_and_send(flight, place, id, None));
        }
        fates
    }

    /// Keeps a record, translates the source where the appliance does, and sends the packet on.
    fn translate_and_send(
        &mut self,
        flight: Flight,
        place: Place,
        id: ApplianceId,
        before: Option<super::header::Header>,
    ) -> Fates {
        let network = self.network;
        let appliance = network.model.appliance(id);
        let mut fates = Fates::new();
        let destinations = self.destinations(&flight);
        let named = matches!(&flight.header.destination, Field::Named(point) if !point.is_private());
        let public = if named {
            flight.part
        } else {
            let internet = destinations.intersect(network.internet());
            self.towards(&flight, &internet)
        };
        let private = self.space.minus(flight.part, public);
        for (part, to_public) in [(public, true), (private, false)] {
            if part == Set::EMPTY {
                continue;
            }
            for (flight, exit) in self.by_exit(flight.with(part), place, id, to_public) {
                let translates = match appliance.snat {
                    Snat::Never => false,
                    Snat::Internet => to_public,
                    Snat::Always => true,
                };
                let mut flight = self.record(flight, place, appliance, id, before.clone(), translates);
                if translates {
                    flight = self.translate_source(flight, exit, &appliance.label.name);
                }
                fates.extend(self.emit(flight, exit));
            }
        }
        fates
    }

    fn record(
        &self,
        mut flight: Flight,
        place: Place,
        appliance: &Appliance,
        id: ApplianceId,
        before: Option<super::header::Header>,
        translates: bool,
    ) -> Flight {
        let Place::NetworkInterface(nic, configuration) = place else {
            return flight;
        };
        if flight.leg == Leg::Reply {
            return flight;
        }
        flight.waypoints.push(Waypoint {
            device: Device::Appliance(id, nic, configuration),
            translated: translates || before.is_some(),
            before: before.unwrap_or_else(|| flight.header.clone()),
            stateful: appliance.stateful,
        });
        flight
    }

    /// The source becomes an address of the NIC that the packet leaves by (R128, R175).
    fn translate_source(&self, mut flight: Flight, exit: Place, name: &str) -> Flight {
        if let Some(address) = self.own_addresses(exit).first() {
            flight.header.source = Field::Fixed(address);
            flight.header.source_port = Port::Free;
            flight.origin = self.home(exit);
            let detail = format!("source becomes {}", space::address(address));
            flight = flight.step(steps::step(DeciderKind::Appliance, name, "", Outcome::Pass, detail, "R175"));
        }
        flight
    }

    /// Which NIC of an appliance a packet leaves by, as its guest is usually set up: the one whose subnet holds the
    /// destination; else for public destinations one with a public address, for private ones one without; of
    /// several the one that it came in by.
    fn by_exit(&mut self, flight: Flight, place: Place, id: ApplianceId, to_public: bool) -> Vec<(Flight, Place)> {
        let network = self.network;
        let model = &network.model;
        let nics = &model.appliance(id).network_interfaces;
        if nics.len() < 2 {
            return vec![(flight, place)];
        }
        let mut exits = Vec::new();
        let mut rest = flight.part;
        for nic in nics {
            for (index, configuration) in model.network_interface(*nic).ip_configurations.iter().enumerate() {
                let subnet = space::prefixes(&model.subnet(configuration.subnet).address_prefixes);
                let part = self.towards(&flight, &subnet);
                let part = self.space.and(part, rest);
                if part != Set::EMPTY {
                    rest = self.space.minus(rest, part);
                    exits.push((flight.with(part), Place::NetworkInterface(*nic, index)));
                }
            }
        }
        if rest != Set::EMPTY {
            let has_public = |nic: &NetworkInterfaceId| {
                model.network_interface(*nic).ip_configurations.iter().any(|one| one.public_ip_address.is_some())
            };
            let came_by = |nic: &&NetworkInterfaceId| matches!(place, Place::NetworkInterface(own, _) if own == **nic);
            let side = || nics.iter().filter(|nic| has_public(nic) == to_public);
            let exit = side().find(came_by).or(side().next());
            exits.push((flight.with(rest), exit.map_or(place, |nic| Place::NetworkInterface(*nic, 0))));
        }
        exits
    }

    /// Out of a NIC with a packet that is not its own: IP forwarding there too (R122), NSGs, routes.
    fn emit(&mut self, flight: Flight, exit: Place) -> Fates {
        let own = self.own_addresses(exit);
        let sources = self.sources(&flight);
        let flight = match (&flight.header.source, sources.is_subset(&own)) {
            (Field::Fixed(_), true) => flight,
            _ => match self.forwards(flight, exit) {
                Ok(flight) => flight,
                Err(fates) => return fates,
            },
        };
        self.send_on(flight, exit)
    }

    fn send_on(&mut self, flight: Flight, exit: Place) -> Fates {
        self.leave_nic(flight, exit)
    }

    /// A packet for the appliance's own address: the end of a recorded connection, a translation, or itself.
    pub(super) fn appliance_addressed(&mut self, flight: Flight, place: Place, id: ApplianceId) -> Fates {
        if let Some(fates) = self.undo(&flight, id) {
            return fates;
        }
        let mut rest = flight.part;
        let mut fates = Fates::new();
        for dnat in self.network.model.appliance(id).dnat.clone() {
            let part = self.matched_by(&flight, &dnat);
            let part = self.space.and(part, rest);
            if part != Set::EMPTY {
                rest = self.space.minus(rest, part);
                fates.extend(self.translate_destination(flight.with(part), place, id, &dnat));
            }
        }
        if rest != Set::EMPTY {
            fates.extend(self.arrive(flight.with(rest), place));
        }
        fates
    }

    /// The packets that a destination translation is for.
    fn matched_by(&mut self, flight: &Flight, dnat: &Dnat) -> Set {
        let numbers: &[u8] = match dnat.protocol {
            RuleProtocol::Tcp => &[space::TCP],
            RuleProtocol::Udp => &[space::UDP],
            RuleProtocol::Icmp => &[space::ICMP],
            RuleProtocol::Esp => &[space::ESP],
            RuleProtocol::Ah => &[space::AH],
            RuleProtocol::Any => &[space::TCP, space::UDP, space::ICMP, space::ESP, space::AH],
        };
        let protocols = Ranges::from_ranges(numbers.iter().map(|number| (*number, *number)));
        let mut cube = Cube { protocols, ..Cube::all() };
        match flight.header.destination_port {
            Port::Original(space::Dimension::SourcePort) => cube.source_ports = dnat.ports.clone(),
            Port::Original(_) => cube.destination_ports = dnat.ports.clone(),
            Port::Fixed(port) if !dnat.ports.contains(port) => return Set::EMPTY,
            Port::Fixed(_) | Port::Free | Port::Ignored => {}
        }
        self.space.and_cube(flight.part, &cube)
    }

    fn translate_destination(&mut self, flight: Flight, place: Place, id: ApplianceId, dnat: &Dnat) -> Fates {
        let before = flight.header.clone();
        let name = self.network.model.appliance(id).label.name.clone();
        let mut flight = flight;
        flight.header.destination = Field::Fixed(space::point(dnat.translated_address));
        if let Some(port) = dnat.translated_port {
            flight.header.destination_port = Port::Fixed(port);
        }
        let detail = format!("destination becomes {}", dnat.translated_address);
        let flight = flight.step(steps::step(DeciderKind::Appliance, name, "", Outcome::Pass, detail, "R140"));
        self.translate_and_send(flight, place, id, Some(before))
    }

    /// The one address of a NIC's configuration.
    pub(super) fn address_at(&self, place: Place) -> Option<u128> {
        let Place::NetworkInterface(nic, index) = place else {
            return None;
        };
        let configuration = self.network.model.network_interface(nic).ip_configurations.get(index)?;
        configuration.address.known().map(|address| space::point(*address))
    }

    /// The private address of a NIC as a header has it: by name where it is not known, somewhere in its subnet.
    pub(super) fn private_field(&self, place: Place) -> Option<Field> {
        if let Some(address) = self.address_at(place) {
            return Some(Field::Fixed(address));
        }
        let Place::NetworkInterface(nic, index) = place else {
            return None;
        };
        let interface = self.network.model.network_interface(nic);
        let subnet = interface.ip_configurations.get(index)?.subnet;
        let possible = self.network.subnet(subnet).anonymous.clone();
        let label = interface.label.name.clone();
        let fact = format!("the address of `{label}`");
        let is = self.network.model.missing_address(nic, index);
        let point = Point { is, ..Point::one_of(label, possible, fact) };
        Some(Field::Named(Rc::new(point))).filter(|_| !self.network.subnet(subnet).anonymous.is_empty())
    }

    /// The private addresses of a NIC.
    pub(super) fn own_addresses(&self, place: Place) -> Addresses {
        let Place::NetworkInterface(nic, _) = place else {
            return Addresses::empty();
        };
        let configurations = &self.network.model.network_interface(nic).ip_configurations;
        let known = configurations.iter().filter_map(|one| one.address.known().map(|address| space::point(*address)));
        Addresses::from_ranges(known.map(|point| (point, point)))
    }
}
