//! Load balancers: a frontend answers what a rule names, by one of its pool's members.
//!
//! In: a flight at a frontend, as its destination or as the next hop of a route. Out: fates; several members are choices of
//! Azure's. Deliberately absent: who is a member (that is `resolve/balancing`).

use super::{
    flight::{Device, Doubts, Fates, Flight, Leg, Place, Waypoint},
    header::{Header, Port},
    steps,
    walk::Walk,
};
use crate::{
    model::{
        BackEnd, BalancingRule, FrontendAddress, Known, LoadBalancerId, NetworkInterfaceId, PublicIpAddressId,
        RuleProtocol, VirtualNetworkId,
    },
    space::{self, Addresses, Cube, Packet, Ranges, Set},
    trace::{DeciderKind, Outcome, Step, Verdict},
};
use std::rc::Rc;

/// A back end as a rule finds it.
struct Member {
    nic: NetworkInterfaceId,
    configuration: usize,
}

/// What a probe found.
enum Health {
    Up,
    /// What denied the probe.
    Down(Option<Step>),
    Unknown(Doubts),
}

impl Walk<'_> {
    /// A packet for a frontend: to a member, both addresses as Azure has them (F175, F179, R195).
    pub(super) fn enter_balancer(
        &mut self,
        flight: Flight,
        id: LoadBalancerId,
        frontend: usize,
        public: Option<PublicIpAddressId>,
    ) -> Fates {
        let name = self.network.model.load_balancer(id).label.name.clone();
        let flight = flight.at(&name);
        self.by_rules(flight, id, frontend, |walk, flight, rule, members| {
            walk.member_answers(flight, id, rule, members, public)
        })
    }

    /// A route's next hop is a frontend: what its rules name is handed to a member to send on (R197).
    pub(super) fn forward_by_balancer(&mut self, flight: Flight, id: LoadBalancerId, frontend: usize) -> Fates {
        let name = self.network.model.load_balancer(id).label.name.clone();
        let flight = flight.at(&name);
        self.by_rules(flight, id, frontend, |walk, flight, _, members| walk.through_members(flight, id, members))
    }

    /// Frontends of Basic balancers are not reached over a global peering (R85, R217). The rest of the flight goes on.
    pub(super) fn stop_at_basic(
        &mut self,
        flight: Flight,
        home: VirtualNetworkId,
        remote: VirtualNetworkId,
        next_hop: Option<u128>,
    ) -> (Flight, Fates) {
        let model = &self.network.model;
        let region = |id| model.virtual_network(id).location.as_ref();
        if !matches!((region(home), region(remote)), (Some(here), Some(there)) if here != there) {
            return (flight, Fates::new());
        }
        let mut flight = flight;
        let mut fates = Fates::new();
        for (index, balancer) in model.load_balancers.iter().enumerate() {
            let inside = balancer.frontends.iter().filter_map(|one| match one.address {
                FrontendAddress::Private(subnet, Known::Known(address))
                    if model.subnet(subnet).virtual_network == remote =>
                {
                    Some(space::point(address))
                }
                _ => None,
            });
            let own = Addresses::from_ranges(inside.map(|point| (point, point)));
            let part = match next_hop {
                Some(at) if own.contains(at) => flight.part,
                Some(_) => Set::EMPTY,
                None => self.towards(&flight, &own),
            };
            if part == Set::EMPTY || balancer.standard == Known::Known(true) {
                continue;
            }
            let rest = self.space.minus(flight.part, part);
            let id = LoadBalancerId::at(index);
            let step = |outcome| {
                self.balancer_step(id, "", outcome, "a Basic frontend, and the peering is a global one", "R85")
            };
            let (deny, unknown) = (step(Outcome::Deny), step(Outcome::Unknown));
            fates.extend(match balancer.standard {
                Known::Unknown(fact) => self.lack(flight.with(part), &[fact], unknown),
                Known::Known(_) => self.stop(flight.with(part), deny),
            });
            flight = flight.with(rest);
        }
        (flight, fates)
    }

    /// Splits by the rules of a frontend; the rest is answered by nobody.
    fn by_rules(
        &mut self,
        flight: Flight,
        id: LoadBalancerId,
        frontend: usize,
        mut then: impl FnMut(&mut Self, Flight, &BalancingRule, Vec<Member>) -> Fates,
    ) -> Fates {
        let network = self.network;
        let balancer = network.model.load_balancer(id);
        let mut rest = flight.part;
        let mut fates = Fates::new();
        for rule in balancer.rules.iter().filter(|rule| rule.frontend == frontend) {
            let part = self.answered_by(&flight, rule);
            let part = self.space.and(part, rest);
            if part == Set::EMPTY {
                continue;
            }
            rest = self.space.minus(rest, part);
            let mut flight = flight.clone();
            let healthy = self.healthy(id, rule, &mut flight);
            match healthy {
                Ok((members, doubts)) if members.is_empty() => {
                    let step =
                        self.balancer_step(id, &rule.name, Outcome::Unknown, "its back ends are not known", "R195");
                    fates.extend(self.end(flight.with(part).doubt(&doubts).step(step), Verdict::Undetermined));
                }
                Ok((members, doubts)) => {
                    let step = self.balancer_step(id, &rule.name, Outcome::Pass, "to a back end", "R195");
                    let flight = flight.with(part).doubt(&doubts).step(step);
                    fates.extend(then(self, flight, rule, members));
                }
                Err(down) => fates.extend(self.nobody_up(flight.with(part), id, rule, down)),
            }
        }
        if rest != Set::EMPTY {
            let step = self.balancer_step(id, "", Outcome::Deny, "no rule of the frontend names it", "R195");
            fates.extend(self.stop(flight.with(rest), step));
        }
        fates
    }

    fn balancer_step(&self, id: LoadBalancerId, rule: &str, outcome: Outcome, detail: &str, law: &'static str) -> Step {
        let label = &self.network.model.load_balancer(id).label;
        Step {
            origin: Some(label.origin.clone()),
            ..steps::step(DeciderKind::LoadBalancer, label.name.clone(), rule, outcome, detail, law)
        }
    }

    fn answered_by(&mut self, flight: &Flight, rule: &BalancingRule) -> Set {
        let numbers: &[u8] = match rule.protocol {
            RuleProtocol::Tcp => &[space::TCP],
            RuleProtocol::Udp => &[space::UDP],
            _ => &[space::TCP, space::UDP],
        };
        let protocols = Ranges::from_ranges(numbers.iter().map(|number| (*number, *number)));
        let mut cube = Cube { protocols, ..Cube::all() };
        match flight.header.destination_port {
            Port::Original(space::Dimension::SourcePort) => cube.source_ports = rule.ports.clone(),
            Port::Original(_) => cube.destination_ports = rule.ports.clone(),
            Port::Fixed(port) if !rule.ports.contains(port) => return Set::EMPTY,
            Port::Fixed(_) | Port::Free | Port::Ignored => {}
        }
        self.space.and_cube(flight.part, &cube)
    }

    /// Members that answer their probe; `Err` with what stopped the probes where none does (F178). What is to be said about
    /// the probes is said of the flight.
    fn healthy(
        &mut self,
        id: LoadBalancerId,
        rule: &BalancingRule,
        flight: &mut Flight,
    ) -> Result<(Vec<Member>, Doubts), Vec<Step>> {
        let balancer = self.network.model.load_balancer(id);
        let (all, mut doubts) = match rule.back_end {
            BackEnd::One(nic, configuration) => (vec![(nic, configuration)], Doubts::default()),
            BackEnd::Pool(pool) => {
                let pool = &balancer.pools[pool];
                (pool.members.clone(), Doubts::from_facts(pool.unknown.as_slice()))
            }
        };
        let mut up = Vec::new();
        let mut down = Vec::new();
        for (nic, configuration) in all {
            let member = Member { nic, configuration };
            match rule.probe.map_or(Health::Up, |port| self.probe(&member, port, flight)) {
                Health::Up => up.push(member),
                Health::Down(step) => down.extend(step),
                Health::Unknown(more) => {
                    doubts.extend(&more);
                    up.push(member);
                }
            }
        }
        if up.is_empty() && doubts.is_empty() { Err(down) } else { Ok((up, doubts)) }
    }

    /// The probe of 168.63.129.16 is judged by the member's security groups like any packet (F51, F52, F177).
    fn probe(&mut self, member: &Member, port: u16, asked: &mut Flight) -> Health {
        let place = Place::NetworkInterface(member.nic, member.configuration);
        let Some(address) = self.address_at(place) else {
            return Health::Up;
        };
        let source = space::point(crate::tags::HOST_ADDRESS.into());
        let packet =
            Packet { source, destination: address, protocol: space::TCP, source_port: 50000, destination_port: port };
        let part = self.space.cube(&Cube::single(&packet));
        let flight = Flight::new(part, Header::original());
        let subnet = self.subnet_of(place).map(|subnet| self.network.subnet_path(subnet)).unwrap_or_default();
        // The host asks, whoever sends the flow.
        let start = std::mem::replace(&mut self.start, Place::Host);
        let (passing, fates) = self.filter_at(flight.at(&subnet), place, crate::model::Direction::Inbound);
        self.start = start;
        let notes = passing.iter().flat_map(|open| &open.notes).chain(fates.iter().flat_map(|fate| &fate.notes));
        for note in notes {
            *asked = asked.clone().note(note);
        }
        let ends = (String::new(), String::new());
        if let Some(open) = passing.first() {
            return if open.doubts.is_empty() { Health::Up } else { Health::Unknown(open.doubts.clone()) };
        }
        let told = fates.first().and_then(|fate| super::evidence::sketch(self.network, self.space, fate, &ends));
        Health::Down(told.and_then(|sketch| sketch.part.decided_by.into_iter().next()))
    }

    fn nobody_up(&mut self, flight: Flight, id: LoadBalancerId, rule: &BalancingRule, down: Vec<Step>) -> Fates {
        let detail = if down.is_empty() { "its pool has no members" } else { "all probes down" };
        let step = self.balancer_step(id, &rule.name, Outcome::Deny, detail, "F178");
        let mut fates = self.stop(flight, step);
        for fate in &mut fates {
            fate.beside.extend(down.iter().take(1).cloned().map(Rc::new));
        }
        fates
    }

    /// One of the members answers: allowed needs all of them to work.
    fn member_answers(
        &mut self,
        flight: Flight,
        id: LoadBalancerId,
        rule: &BalancingRule,
        members: Vec<Member>,
        public: Option<PublicIpAddressId>,
    ) -> Fates {
        let choices =
            members.into_iter().map(|member| self.one_member(flight.clone(), id, rule, &member, public)).collect();
        self.combine_choices(choices)
    }

    fn one_member(
        &mut self,
        flight: Flight,
        id: LoadBalancerId,
        rule: &BalancingRule,
        member: &Member,
        public: Option<PublicIpAddressId>,
    ) -> Fates {
        let place = Place::NetworkInterface(member.nic, member.configuration);
        let as_itself = !flight.waypoints.iter().any(|one| matches!(one.device, Device::PrivateLink(..)));
        if self.start == place && as_itself {
            // A back end that calls its own frontend, internal or public, and is chosen itself never gets an answer (R134);
            // through a private link service it comes from a NAT address.
            let step = self.balancer_step(id, &rule.name, Outcome::Deny, "it is led back to itself", "R134");
            return self.stop(flight, step);
        }
        let Some(own) = self.private_field(place) else {
            let facts: Vec<_> = self.unknown_addresses(member.nic);
            let step =
                self.balancer_step(id, &rule.name, Outcome::Unknown, "the member's address is not known", "R195");
            return self.lack(flight, &facts, step);
        };
        let mut flight = flight;
        flight.waypoints.push(Waypoint {
            device: Device::Balancer(id, member.nic, public),
            before: flight.header.clone(),
            stateful: false,
            translated: true,
        });
        flight.origin = if public.is_some() { None } else { flight.origin };
        let translated = |mut flight: Flight| {
            flight.header.destination = own.clone();
            if let Some(port) = rule.back_end_port {
                flight.header.destination_port = Port::Fixed(port);
            }
            flight
        };
        let detail = format!("destination becomes {}", own.words());
        let step = self.balancer_step(id, &rule.name, Outcome::Pass, &detail, "F175");
        if !rule.floating {
            return self.enter_nic(translated(flight.step(step)), place);
        }
        // Documents ask for rules about both addresses (F176).
        let by_member = self.enter_nic(translated(flight.clone().step(step)), place);
        let by_frontend = self.enter_nic(flight, place);
        self.combine_unknown(
            vec![by_member, by_frontend],
            &Doubts::of_text("whether rules see the frontend's address with a floating IP"),
        )
    }

    fn unknown_addresses(&self, nic: NetworkInterfaceId) -> Vec<crate::model::FactId> {
        let configurations = &self.network.model.network_interface(nic).ip_configurations;
        configurations
            .iter()
            .filter_map(|one| match one.address {
                Known::Unknown(fact) => Some(fact),
                Known::Known(_) => None,
            })
            .collect()
    }

    /// One of the members sends it on. The same balancer chooses the same one for both directions (R124).
    fn through_members(&mut self, flight: Flight, id: LoadBalancerId, members: Vec<Member>) -> Fates {
        let earlier = flight.chosen.iter().find(|(balancer, _)| *balancer == id).map(|(_, nic)| *nic);
        let kept: Vec<Member> = match earlier.filter(|_| flight.leg == Leg::Reply) {
            Some(nic) => members.into_iter().filter(|member| member.nic == nic).collect(),
            None => members,
        };
        let mut choices = Vec::new();
        for member in kept {
            let mut flight = flight.clone();
            flight.chosen.push((id, member.nic));
            choices.push(self.pass_through(flight, Place::NetworkInterface(member.nic, member.configuration)));
        }
        self.combine_choices(choices)
    }

    /// A back end's answer gets the frontend's address at its host, before it is routed (R192).
    pub(super) fn undo_balancer(&self, flight: Flight, place: Place) -> Flight {
        let Place::NetworkInterface(nic, _) = place else {
            return flight;
        };
        if flight.leg != Leg::Reply {
            return flight;
        }
        let internal = |one: &Waypoint| matches!(one.device, Device::Balancer(_, to, None) if to == nic);
        let Some(at) = flight.waypoints.iter().rposition(internal) else {
            return flight;
        };
        let mut flight = flight;
        let waypoint = flight.waypoints.remove(at);
        flight.header = waypoint.before.reversed();
        flight
    }

    /// The frontend that a public IP address belongs to.
    pub(super) fn frontend_of(&self, id: PublicIpAddressId) -> Option<(LoadBalancerId, usize)> {
        let balancers = self.network.model.load_balancers.iter().enumerate();
        balancers.into_iter().find_map(|(index, balancer)| {
            let at = balancer.frontends.iter().position(|one| one.address == FrontendAddress::Public(id))?;
            Some((LoadBalancerId::at(index), at))
        })
    }

    /// How a NIC that is a member of a pool gets out by its balancer: by an outbound rule, by a frontend of a rule that
    /// does not forbid it, or not at all (R155, R193, R194).
    pub(super) fn way_out_by_balancer(&self, nic: NetworkInterfaceId, ipv6: bool) -> WayOut {
        let model = &self.network.model;
        let carries = |id: &PublicIpAddressId| match model.public_ip_address(*id).address {
            Known::Known(address) => address.is_ipv6() == ipv6,
            Known::Unknown(_) => !ipv6,
        };
        let mut internal_standard = false;
        let mut forbidden = false;
        for balancer in &model.load_balancers {
            let pools: Vec<usize> = (0..balancer.pools.len())
                .filter(|pool| balancer.pools[*pool].members.iter().any(|(member, _)| *member == nic))
                .collect();
            if pools.is_empty() {
                continue;
            }
            let public = |frontend: &usize| match balancer.frontends.get(*frontend).map(|one| one.address) {
                Some(FrontendAddress::Public(id)) => Some(id),
                _ => None,
            };
            for (_, frontends) in balancer.outbound_rules.iter().filter(|(pool, _)| pools.contains(pool)) {
                let addresses: Vec<PublicIpAddressId> = frontends.iter().filter_map(public).filter(carries).collect();
                if !addresses.is_empty() {
                    return WayOut::By { resource: balancer.label.name.clone(), addresses };
                }
            }
            let of_pools = balancer
                .rules
                .iter()
                .filter(|rule| matches!(rule.back_end, BackEnd::Pool(pool) if pools.contains(&pool)));
            let mut addresses = Vec::new();
            for rule in of_pools {
                match public(&rule.frontend) {
                    Some(id) if !carries(&id) => {}
                    Some(_) if rule.no_outbound => forbidden = true,
                    Some(id) => addresses.push(id),
                    None => internal_standard |= balancer.standard == Known::Known(true),
                }
            }
            if !addresses.is_empty() {
                addresses.dedup();
                return WayOut::By { resource: balancer.label.name.clone(), addresses };
            }
        }
        match (forbidden, internal_standard) {
            (true, _) => WayOut::No("every rule of its load balancer has disableOutboundSnat", "R194"),
            (false, true) => WayOut::No("it is behind an internal Standard load balancer only", "R193"),
            (false, false) => WayOut::Other,
        }
    }
}

/// How a machine behind a balancer reaches the Internet.
pub(super) enum WayOut {
    /// By one of these addresses of the balancer.
    By { resource: String, addresses: Vec<PublicIpAddressId> },
    /// Not at all.
    No(&'static str, &'static str),
    /// By something else.
    Other,
}
