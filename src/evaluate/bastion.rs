//! Azure Bastion: users come to it by HTTPS, and it opens sessions to machines from its own subnet.
//!
//! In: a flight at its public address, or one that starts at it. Out: fates. Deliberately absent: which machine a user
//! then asks for; a flow has no such wish, so that way is asked from the Bastion.

use super::{
    ends::{Ends, Entry, Goal, Start},
    flight::{Device, Doubts, Fates, Flight, Leg, Place, Waypoint},
    header::{Field, Point, which_instance},
    steps,
    walk::{Aim, Walk},
};
use crate::{
    model::{
        BastionHost, BastionHostId, BastionPlace, BastionSku, Direction, Known, PublicIpAddressId, SubnetId,
        VirtualNetworkId,
    },
    space::{self, Addresses, Ports, Set},
    trace::{DeciderKind, Outcome, Step, Verdict},
};
use std::rc::Rc;

/// Where users knock.
const HTTPS: u16 = 443;
/// SSH and RDP: all that lesser SKUs open.
const SESSIONS: [u16; 2] = [22, 3389];
/// What it asks of Azure and of certificate authorities (F214).
const MANAGEMENT: [u16; 2] = [443, 80];

impl Ends<'_> {
    /// Its instances send from addresses of its subnet, and nobody knows from which; the shared pool of Bastion Developer
    /// from Azure's host address (F211, F215). It speaks IPv4 only.
    pub(super) fn bastion_start(&self, id: BastionHostId) -> Start {
        let bastion = self.network.model.bastion_host(id);
        let label = bastion.label.name.clone();
        let (addresses, doubts) = match bastion.place {
            BastionPlace::Subnet(subnet) => (self.instances(subnet), Doubts::of_text(&which_instance(&label))),
            BastionPlace::Shared(_) => {
                (Addresses::single(space::point(crate::tags::HOST_ADDRESS.into())), Doubts::default())
            }
        };
        Start { place: Place::Bastion(id), addresses, named: None, doubts, label, relays: 0 }
    }

    fn instances(&self, subnet: SubnetId) -> Addresses {
        self.network.subnet(subnet).anonymous.intersect(&space::ipv4())
    }

    /// Its public address; a private-only one is reached inside its subnet (F213).
    pub(super) fn bastion_goals(&self, id: BastionHostId, start: &Start) -> Vec<Goal> {
        let bastion = self.network.model.bastion_host(id);
        let label = bastion.label.name.clone();
        let goals = match bastion.place {
            BastionPlace::Shared(_) => {
                let fact = format!("where the shared pool of Bastion Developer `{label}` is reached, and by whom");
                let point = Point::azure(label.clone(), None, &self.network.model.tags);
                vec![self.named_goal(Aim::Bastion(id), Point { fact, ..point })]
            }
            BastionPlace::Subnet(subnet) if bastion.public_ip_addresses.is_empty() => {
                let doubts = Doubts::of_text(&which_instance(&label));
                let outside = super::ends::is_outside(start.place);
                let entry = if outside { Entry::Edge(Place::Subnet(subnet)) } else { Entry::Walk };
                vec![Goal { entry, doubts, ..self.goal(Aim::Bastion(id), self.instances(subnet)) }]
            }
            BastionPlace::Subnet(_) => {
                bastion.public_ip_addresses.iter().map(|public| self.public_ip_goal(*public)).collect()
            }
        };
        goals.into_iter().map(|goal| Goal { label: label.clone(), ..goal }).collect()
    }
}

impl Walk<'_> {
    /// A packet for its public address: the security group of its subnet, then the port (F213).
    pub(super) fn enter_bastion(&mut self, flight: Flight, id: BastionHostId) -> Fates {
        let network = self.network;
        let Some(subnet) = network.model.bastion_host(id).subnet() else { return Fates::new() };
        let flight = flight.at(&network.subnet_path(subnet));
        if flight.leg == Leg::Reply {
            return self.arrive(flight, Place::Subnet(subnet));
        }
        let sent = flight.header.clone();
        let mut flight = match network.subnet(subnet).anonymous.first() {
            Some(instance) => self.of_family(flight, instance),
            None => flight,
        };
        let bastion = network.model.bastion_host(id);
        let point = Point::instance(&bastion.label.name, network.subnet(subnet).anonymous.clone());
        flight.header.destination = Field::Named(Rc::new(point));
        let (passing, mut fates) = self.filter_at(flight, Place::Subnet(subnet), Direction::Inbound);
        for mut flight in passing {
            let device = Device::Bastion(id);
            flight.waypoints.push(Waypoint { device, before: sent.clone(), stateful: false, translated: true });
            flight.origin = None;
            fates.extend(self.answer_as_bastion(flight, id, subnet));
        }
        fates
    }

    /// It answers at 443 alone.
    pub(super) fn answer_as_bastion(&mut self, flight: Flight, id: BastionHostId, subnet: SubnetId) -> Fates {
        let asked = self.tcp_at(&flight, &Ports::single(HTTPS));
        let other = self.space.minus(flight.part, asked);
        let detail = "Azure Bastion answers on tcp/443 only";
        let mut fates = self.stop(flight.with(other), self.bastion_step(id, Outcome::Deny, detail, "F213"));
        if asked != Set::EMPTY {
            let flight = flight.with(asked).at(&self.network.model.bastion_host(id).label.name);
            let step = self.bastion_step(id, Outcome::Allow, "a user's session", "F213");
            fates.extend(self.arrive(flight.step(step), Place::Subnet(subnet)));
        }
        fates
    }

    /// It sends: to machines of its network and of peers, with IP connect wherever routes lead, and to Azure.
    pub(super) fn leave_bastion(&mut self, flight: Flight, id: BastionHostId) -> Fates {
        let bastion = self.network.model.bastion_host(id);
        let place = match bastion.place {
            BastionPlace::Subnet(subnet) => Place::Subnet(subnet),
            BastionPlace::Shared(_) => Place::Host,
        };
        if flight.leg == Leg::Reply {
            return self.leave(flight, place);
        }
        let flight = flight.at(&bastion.label.name);
        let home = self.network.model.network_of_bastion(id);
        let mut rest = flight.part;
        let mut take = |walk: &mut Self, addresses: &Addresses| walk.take_towards(&flight, &mut rest, addresses);
        let among = bastion.subnet().map(|subnet| self.network.subnet(subnet).anonymous.clone()).unwrap_or_default();
        let own = take(self, &among);
        let here = take(self, &self.network.virtual_network(home).space.clone());
        let peers = take(self, &self.spaces_of_peers(home));
        let public = take(self, &self.network.internet().clone());
        let named = self.named_outside(&flight, rest);
        let far = flight.with(self.space.minus(rest, named));
        let mut fates = self.leave_with_part(own, place);
        fates.extend(self.open_session(here, id, place));
        fates.extend(self.reach_peers(peers, id, place));
        fates.extend(self.connect_by_address(far, id, place));
        for managed in [public, flight.with(named)] {
            fates.extend(self.manage(managed, id, place));
        }
        fates
    }

    fn leave_with_part(&mut self, flight: Flight, place: Place) -> Fates {
        if flight.part == Set::EMPTY { Fates::new() } else { self.leave(flight, place) }
    }

    /// What is asked of a party that is known by its name and lies outside.
    fn named_outside(&self, flight: &Flight, rest: Set) -> Set {
        match &flight.header.destination {
            Field::Named(point) if !point.is_private() => rest,
            _ => Set::EMPTY,
        }
    }

    /// What the networks that a link joins to this one hold.
    fn spaces_of_peers(&self, home: VirtualNetworkId) -> Addresses {
        let links = self.network.model.virtual_network(home).peerings.iter();
        let remotes = links.filter_map(|link| self.network.model.peering(*link).remote.known().copied());
        remotes.fold(Addresses::empty(), |all, remote| all.union(&self.network.virtual_network(remote).space))
    }

    /// RDP and SSH at their own ports; from Standard on, at any (F216).
    fn open_session(&mut self, flight: Flight, id: BastionHostId, place: Place) -> Fates {
        let usual = self.tcp_at(&flight, &several(SESSIONS));
        let tcp = self.tcp_at(&flight, &Ports::all());
        let chosen = self.space.minus(tcp, usual);
        let none = self.space.minus(flight.part, tcp);
        let mut fates = self.leave_with_part(flight.with(usual), place);
        let detail = "Azure Bastion opens RDP and SSH sessions over TCP";
        fates.extend(self.stop(flight.with(none), self.bastion_step(id, Outcome::Deny, detail, "F216")));
        let detail = "ports other than 22 and 3389 take the Standard SKU";
        match self.has_standard(id) {
            Known::Known(true) => fates.extend(self.leave_with_part(flight.with(chosen), place)),
            Known::Known(false) => {
                fates.extend(self.stop(flight.with(chosen), self.bastion_step(id, Outcome::Deny, detail, "F216")));
            }
            Known::Unknown(fact) => {
                let doubtful = flight.with(chosen).doubt(&Doubts::from_facts(&[fact]));
                fates.extend(self.leave_with_part(doubtful, place));
            }
        }
        fates
    }

    /// Bastion Developer does not leave its network (F215); what a private-only one does, the documents leave open.
    fn reach_peers(&mut self, flight: Flight, id: BastionHostId, place: Place) -> Fates {
        let bastion = self.network.model.bastion_host(id);
        match bastion.place {
            BastionPlace::Shared(_) => {
                let detail = "Bastion Developer reaches machines of its own network only";
                self.stop(flight, self.bastion_step(id, Outcome::Deny, detail, "F215"))
            }
            BastionPlace::Subnet(_) if bastion.public_ip_addresses.is_empty() => {
                let doubts = Doubts::of_text("whether a private-only Bastion reaches machines of peered networks");
                self.open_session(flight.doubt(&doubts), id, place)
            }
            BastionPlace::Subnet(_) => self.open_session(flight, id, place),
        }
    }

    /// Beyond its own and the peered networks by address only, where that is switched on (F216).
    fn connect_by_address(&mut self, flight: Flight, id: BastionHostId, place: Place) -> Fates {
        let bastion = self.network.model.bastion_host(id);
        if let BastionPlace::Shared(_) = bastion.place {
            return self.reach_peers(flight, id, place);
        }
        let connects = match (self.has_standard(id), bastion.ip_connect) {
            (Known::Known(false), _) | (_, Known::Known(false)) => Ok(false),
            (Known::Known(true), Known::Known(true)) => Ok(true),
            (Known::Unknown(fact), _) | (_, Known::Unknown(fact)) => Err(fact),
        };
        match connects {
            Ok(true) => self.open_session(flight, id, place),
            Ok(false) => {
                let detail = "without enableIpConnect, it reaches its own and the peered networks only";
                self.stop(flight, self.bastion_step(id, Outcome::Deny, detail, "F216"))
            }
            Err(fact) => self.open_session(flight.doubt(&Doubts::from_facts(&[fact])), id, place),
        }
    }

    /// Its own connections to Azure; a private-only one has no way out.
    fn manage(&mut self, flight: Flight, id: BastionHostId, place: Place) -> Fates {
        let bastion = self.network.model.bastion_host(id);
        if let BastionPlace::Shared(_) = bastion.place {
            return self.reach_peers(flight, id, place);
        }
        if bastion.public_ip_addresses.is_empty() {
            let detail = "it has no way out of its network";
            return self.stop(flight, self.bastion_step(id, Outcome::Deny, detail, "F213"));
        }
        let asked = self.tcp_at(&flight, &several(MANAGEMENT));
        let other = self.space.minus(flight.part, asked);
        let detail = "on the Internet, it asks on tcp/443 and tcp/80 only";
        let mut fates = self.stop(flight.with(other), self.bastion_step(id, Outcome::Deny, detail, "F214"));
        fates.extend(self.leave_with_part(flight.with(asked), place));
        fates
    }

    /// Bastion Developer is reached through the portal, somewhere in Azure (F215).
    pub(super) fn at_shared_bastion(&mut self, flight: Flight, id: BastionHostId, point: &Point) -> Fates {
        let detail = "nobody tells where the shared pool is reached";
        let step = self.bastion_step(id, Outcome::Unknown, detail, "F215");
        self.end(flight.doubt(&Doubts::of_text(&point.fact)).step(step), Verdict::Undetermined)
    }

    fn has_standard(&self, id: BastionHostId) -> Known<bool> {
        match self.network.model.bastion_host(id).sku {
            Known::Known(sku) => Known::Known(sku >= BastionSku::Standard),
            Known::Unknown(fact) => Known::<bool>::Unknown(fact),
        }
    }

    fn bastion_step(&self, id: BastionHostId, outcome: Outcome, detail: &str, law: &'static str) -> Step {
        let label = &self.network.model.bastion_host(id).label;
        let step = steps::step(DeciderKind::Platform, label.name.clone(), "", outcome, detail, law);
        Step { origin: Some(label.origin.clone()), ..step }
    }

    /// The Bastion that a public IP address belongs to.
    pub(super) fn bastion_of(&self, id: PublicIpAddressId) -> Option<BastionHostId> {
        let has = |one: &BastionHost| one.public_ip_addresses.contains(&id);
        self.network.model.bastion_hosts.iter().position(has).map(BastionHostId::at)
    }

    /// The Bastion in a subnet: its own connections leave by its public address.
    pub(super) fn bastion_in(&self, subnet: SubnetId) -> Option<&BastionHost> {
        self.network.model.bastion_hosts.iter().find(|one| one.subnet() == Some(subnet))
    }

    /// What answers at a subnet's address when a Bastion is asked for.
    pub(super) fn bastion_asked(&self, place: Place) -> Option<(BastionHostId, SubnetId)> {
        let (Aim::Bastion(id), Place::Subnet(subnet)) = (self.aim, place) else { return None };
        (self.network.model.bastion_host(id).subnet() == Some(subnet)).then_some((id, subnet))
    }
}

fn several(ports: [u16; 2]) -> Ports {
    Ports::from_ranges(ports.map(|port| (port, port)))
}
