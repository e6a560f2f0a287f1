//! Application gateways: a listener takes the client's connection, and the gateway opens one of its own to a back end
//! (F186, R229).
//!
//! In: a flight at a frontend. Out: fates. The second connection is walked as a question of its own, from the gateway's
//! subnet, so that its rules and routes never see the client. Deliberately absent: what a request says; a flow has no path.

use super::{
    ends::{Ends, Goal, Start},
    evidence::{Sketch, sketch},
    firewall::fits_host,
    flight::{Device, Doubts, Fate, Fates, Flight, Leg, Mark, Place, Waypoint},
    header::{Field, Point, Port},
    legs::Planner,
    steps, travel,
    walk::Walk,
};
use crate::{
    flow::{End, Flow, Protocol},
    model::{
        ApplicationGatewayId, Direction, FactId, FrontendAddress, GatewayBackEnd, GatewayTarget, GatewayWay, Known,
        Listener, Party, PublicIpAddressId,
    },
    space::{self, Addresses, Cube, Ports, Ranges, Set},
    trace::{DeciderKind, Outcome, Step, Verdict},
};
use std::rc::Rc;

/// Gateways behind gateways that are followed.
const MOST_RELAYS: u8 = 4;

/// What became of a connection to a member of a pool.
struct Reached {
    verdict: Verdict,
    /// The fate that tells it.
    told: Option<(Fate, Sketch)>,
}

impl Walk<'_> {
    /// A packet for a frontend: the security group of the gateway's subnet, then the listeners.
    pub(super) fn enter_application_gateway(
        &mut self,
        flight: Flight,
        id: ApplicationGatewayId,
        frontend: usize,
    ) -> Fates {
        let gateway = self.network.model.application_gateway(id);
        let name = gateway.label.name.clone();
        let place = Place::Subnet(gateway.subnet);
        let flight = flight.at(&self.network.subnet_path(gateway.subnet));
        if flight.leg == Leg::Reply {
            return self.arrive(flight, place);
        }
        let instance = self.network.subnet(gateway.subnet).anonymous.first();
        let flight = match (&flight.header.destination, instance) {
            (Field::Named(_), Some(instance)) => self.of_family(flight, instance),
            _ => flight,
        };
        let sent = flight.header.clone();
        let flight = self.towards_instance(flight, id, frontend);
        let as_instance = flight.header.destination.clone();
        let (passing, mut fates) = self.filter_at(flight, place, Direction::Inbound);
        for mut flight in passing {
            if let FrontendAddress::Public(_) = gateway.frontends[frontend].address {
                let device = Device::ApplicationGateway(id);
                flight.waypoints.push(Waypoint { device, before: sent.clone(), stateful: false, translated: true });
                flight.header.destination = as_instance.clone();
                flight.origin = None;
            } else {
                flight.header.destination = sent.destination.clone();
            }
            fates.extend(self.listen(flight.at(&name), id, frontend));
        }
        fates
    }

    /// Security groups see an address of the gateway's subnet as the destination; behind an internal frontend it may be
    /// the frontend's own (F186).
    fn towards_instance(&mut self, flight: Flight, id: ApplicationGatewayId, frontend: usize) -> Flight {
        let gateway = self.network.model.application_gateway(id);
        let instances = self.network.subnet(gateway.subnet).anonymous.clone();
        let possible = match gateway.frontends[frontend].address {
            FrontendAddress::Private(_, Known::Known(address)) => {
                instances.union(&Addresses::single(space::point(address)))
            }
            _ => instances,
        };
        let point = Point::instance(&gateway.label.name, possible);
        if point.possible.is_empty() {
            return flight.doubt(&Doubts::of_text(&point.fact));
        }
        let mut flight = flight;
        flight.header.destination = Field::Named(Rc::new(point));
        flight
    }

    /// What has a listener goes on; the rest is answered by nobody.
    fn listen(&mut self, flight: Flight, id: ApplicationGatewayId, frontend: usize) -> Fates {
        let gateway = self.network.model.application_gateway(id);
        let here: Vec<&Listener> = gateway.listeners.iter().filter(|one| one.frontend == frontend).collect();
        let mut ports: Vec<u16> = here.iter().filter_map(|one| one.port.known().copied()).collect();
        ports.sort_unstable();
        ports.dedup();
        let doubts = self.unread_of_gateway(id);
        let mut rest = flight.part;
        let mut fates = Fates::new();
        for port in ports {
            let part = self.tcp_at(&flight, &Ports::single(port));
            let part = self.space.and(part, rest);
            if part != Set::EMPTY {
                rest = self.space.minus(rest, part);
                let listeners = here.iter().copied().filter(|one| one.port == Known::Known(port)).collect();
                fates.extend(self.answer(flight.with(part).doubt(&doubts), id, listeners));
            }
        }
        let open: Vec<FactId> = here.iter().filter_map(|one| unknown(one.port)).collect();
        let tcp = Cube { protocols: Ranges::single(space::TCP), ..Cube::all() };
        let perhaps = if open.is_empty() { Set::EMPTY } else { self.space.and_cube(rest, &tcp) };
        if perhaps != Set::EMPTY {
            rest = self.space.minus(rest, perhaps);
            let step = self.gateway_step(id, "", Outcome::Unknown, "the port of a listener is not known");
            fates.extend(self.lack(flight.with(perhaps), &open, step));
        }
        if rest != Set::EMPTY {
            let step = self.gateway_step(id, "", Outcome::Deny, "no listener of the frontend has this port");
            fates.extend(self.stop(flight.with(rest), step));
        }
        fates
    }

    fn gateway_step(&self, id: ApplicationGatewayId, rule: &str, outcome: Outcome, detail: &str) -> Step {
        let label = &self.network.model.application_gateway(id).label;
        Step {
            origin: Some(label.origin.clone()),
            ..steps::step(DeciderKind::ApplicationGateway, label.name.clone(), rule, outcome, detail, "F186")
        }
    }

    /// A policy of the web application firewall, and what else is not modelled of it.
    fn unread_of_gateway(&self, id: ApplicationGatewayId) -> Doubts {
        let model = &self.network.model;
        let gateway = model.application_gateway(id);
        let labels = gateway.listeners.iter().map(|one| &one.label).chain([&gateway.label]);
        let facts = labels.filter_map(|label| model.unread.get(&label.origin)).flatten();
        Doubts::from_facts(&facts.copied().collect::<Vec<FactId>>())
    }

    /// The TCP packets of a flight to some ports.
    pub(super) fn tcp_at(&mut self, flight: &Flight, ports: &Ports) -> Set {
        let mut cube = Cube { protocols: Ranges::single(space::TCP), ..Cube::all() };
        match flight.header.destination_port {
            Port::Original(space::Dimension::SourcePort) => cube.source_ports = ports.clone(),
            Port::Original(_) => cube.destination_ports = ports.clone(),
            Port::Fixed(own) if !ports.contains(own) => return Set::EMPTY,
            Port::Fixed(_) | Port::Free | Port::Ignored => {}
        }
        self.space.and_cube(flight.part, &cube)
    }

    /// The listener for the host name that is asked for; without a name, and where the path chooses, each way is possible
    /// and all must work.
    fn answer(&mut self, flight: Flight, id: ApplicationGatewayId, listeners: Vec<&Listener>) -> Fates {
        let fits =
            |one: &&&Listener| self.hosts.iter().any(|host| one.hosts.iter().any(|pattern| fits_host(pattern, host)));
        let by_name: Vec<&Listener> = listeners.iter().filter(fits).copied().collect();
        let for_all: Vec<&Listener> = listeners.iter().filter(|one| one.hosts.is_empty()).copied().collect();
        let chosen = match (by_name.is_empty(), self.hosts.is_empty() || for_all.is_empty()) {
            (false, _) => by_name,
            (true, true) => listeners,
            (true, false) => for_all,
        };
        let mut choices = Vec::new();
        for listener in chosen {
            if listener.ways.is_empty() {
                let step = self.gateway_step(id, &listener.label.name, Outcome::Deny, "no rule leads on from it");
                choices.push(self.stop(flight.clone(), step));
            }
            for way in &listener.ways {
                choices.push(self.lead_on(flight.clone(), id, way));
            }
        }
        self.combine_choices(choices)
    }

    fn lead_on(&mut self, flight: Flight, id: ApplicationGatewayId, way: &GatewayWay) -> Fates {
        let gateway = self.network.model.application_gateway(id);
        let (pool, port, probe) = match way.to {
            GatewayTarget::Redirect => {
                let step = self.gateway_step(id, &way.name, Outcome::Allow, "answers with a redirect");
                return self.arrive(flight.step(step), Place::Subnet(gateway.subnet));
            }
            GatewayTarget::Pool { port: Known::Unknown(fact), .. } => {
                let step = self.gateway_step(id, &way.name, Outcome::Unknown, "the back end's port is not known");
                return self.lack(flight, &[fact], step);
            }
            GatewayTarget::Pool { pool, port: Known::Known(port), probe } => (&gateway.pools[pool], port, probe),
        };
        if self.network.subnet(gateway.subnet).anonymous.is_empty() {
            let step = self.gateway_step(id, &way.name, Outcome::Unknown, "its instances' addresses are not known");
            let doubts = Doubts::of_text(&format!("the addresses of the subnet of `{}`", gateway.label.name));
            return self.end(flight.doubt(&doubts).step(step), Verdict::Undetermined);
        }
        if self.relays >= MOST_RELAYS {
            let step = self.gateway_step(id, &way.name, Outcome::Deny, "gateways lead to gateways without end");
            return self.stop(flight, Step { kind: DeciderKind::Loop, law: "R218", ..step });
        }
        let detail = format!("to port {port} of pool {}, by a connection of its own", pool.name);
        let flight = flight.step(self.gateway_step(id, &way.name, Outcome::Pass, &detail));
        let mut reached = Vec::new();
        for member in &pool.members {
            let found = self.reach_back_end(id, member, port);
            let up = probe.map(|port| self.reach_back_end(id, member, port).verdict);
            match up {
                Some(Verdict::Denied) => {}
                Some(Verdict::Undetermined) if found.verdict == Verdict::Denied => {
                    reached.push(Reached { verdict: Verdict::Undetermined, ..found });
                }
                _ => reached.push(found),
            }
        }
        self.by_rotation(flight, id, way, reached, probe.is_some(), pool.unknown)
    }

    /// Probes ask the port that traffic goes to: a member that the gateway does not reach is out of rotation, and one
    /// that it reaches is enough. With a port of their own they say nothing about the other: then all must work.
    fn by_rotation(
        &mut self,
        flight: Flight,
        id: ApplicationGatewayId,
        way: &GatewayWay,
        reached: Vec<Reached>,
        probed_elsewhere: bool,
        unknown: Option<FactId>,
    ) -> Fates {
        let any = |verdict: Verdict| reached.iter().any(|one| one.verdict == verdict);
        let kept = |verdict: Verdict| match verdict {
            _ if probed_elsewhere => true,
            Verdict::Denied => !any(Verdict::Allowed) && !any(Verdict::Mixed) && !any(Verdict::Undetermined),
            Verdict::Undetermined => !any(Verdict::Allowed),
            Verdict::Allowed | Verdict::Mixed => true,
        };
        let works = any(Verdict::Allowed);
        if let Some(fact) = unknown.filter(|_| !works) {
            let step = self.gateway_step(id, &way.name, Outcome::Unknown, "its back ends are not known");
            return self.lack(flight, &[fact], step);
        }
        if reached.is_empty() {
            let detail = if probed_elsewhere { "all probes down" } else { "its pool has no members" };
            let step = self.gateway_step(id, &way.name, Outcome::Deny, detail);
            return self.stop(flight, step);
        }
        let mut choices = Vec::new();
        for one in reached.iter().filter(|one| kept(one.verdict)) {
            let mut fates = self.by_member(flight.clone(), id, one);
            if reached.len() > 1 && works && any(Verdict::Denied) && !probed_elsewhere {
                let note = "members of the pool that the gateway does not reach are out of rotation";
                fates.iter_mut().for_each(|fate| fate.notes.push(Rc::from(note)));
            }
            choices.push(fates);
        }
        self.combine_choices(choices)
    }

    /// The client's connection hangs on the second one.
    fn by_member(&mut self, flight: Flight, id: ApplicationGatewayId, reached: &Reached) -> Fates {
        let Some((fate, sketch)) = &reached.told else {
            let step = self.gateway_step(id, "", Outcome::Deny, "the back end has no address of the gateway's family");
            return self.stop(flight, step);
        };
        let mut flight = flight.doubt(&fate.doubts);
        for hop in sketch.part.forward.iter().chain(&sketch.part.reply) {
            flight = flight.at(&hop.at);
            for step in &hop.steps {
                flight = flight.mark(Mark::Step(Rc::new(step.clone())));
            }
        }
        for note in &fate.notes {
            flight = flight.note(note);
        }
        let hung: Vec<Rc<Step>> = sketch.part.decided_by.iter().cloned().map(Rc::new).collect();
        let hang = |fate: Fate| Fate { hung_on: hung.clone(), ..fate };
        if reached.verdict == Verdict::Denied {
            return self.end(flight, Verdict::Denied).into_iter().map(hang).collect();
        }
        // The answer to the client must find its way as well: where it does not, that is all that counts.
        let subnet = self.network.model.application_gateway(id).subnet;
        let fates = self.arrive(flight, Place::Subnet(subnet)).into_iter();
        let told = fates.map(|fate| match (fate.verdict, reached.verdict) {
            (Verdict::Allowed, Verdict::Mixed | Verdict::Undetermined) => {
                hang(Fate { verdict: reached.verdict, ..fate })
            }
            _ => fate,
        });
        told.collect()
    }

    /// The second connection: from an address of the gateway's subnet to a member (F186), there and back by the rows of
    /// that subnet (R229).
    fn reach_back_end(&mut self, id: ApplicationGatewayId, member: &GatewayBackEnd, port: u16) -> Reached {
        let mut ends = Ends { network: self.network, notes: Vec::new() };
        let mut start = ends.gateway_start(id);
        start.relays = self.relays + 1;
        let destination = match member {
            GatewayBackEnd::Address(address) => End::Address(*address),
            GatewayBackEnd::NetworkInterface(nic) => {
                End::Name(vec![self.network.model.network_interface(*nic).label.name.clone()])
            }
            GatewayBackEnd::Host(host) => End::Host(host.clone()),
        };
        let source = End::Name(vec![start.label.clone()]);
        let ports = Ports::single(port);
        let flow = Flow { source, destination, protocol: Protocol::Tcp, ports: ports.clone(), source_ports: None };
        let fates = match member {
            GatewayBackEnd::Address(address) => {
                let goals = ends.literal_goals(&Addresses::single(space::point(*address)), &start);
                self.travel_all(&flow, &start, &goals)
            }
            GatewayBackEnd::NetworkInterface(nic) => {
                let goals = ends.goals(&Party::NetworkInterface(*nic), &start);
                self.travel_all(&flow, &start, &goals)
            }
            GatewayBackEnd::Host(host) => {
                let mut planner = Planner::new(self.network, self.space, None);
                planner
                    .leg_to_host(&flow, &start, host, ports, |goal| goal)
                    .into_iter()
                    .flat_map(|leg| leg.fates)
                    .collect()
            }
        };
        let to = match member {
            GatewayBackEnd::Host(host) => host.clone(),
            GatewayBackEnd::Address(address) => address.to_string(),
            GatewayBackEnd::NetworkInterface(nic) => self.network.model.network_interface(*nic).label.name.clone(),
        };
        self.told(fates, (start.label, to))
    }

    fn travel_all(&mut self, flow: &Flow, start: &Start, goals: &[Goal]) -> Fates {
        let mut fates = Fates::new();
        for goal in goals {
            fates.extend(travel(self.space, self.network, flow, start, goal, None));
        }
        fates
    }

    /// Which instance connects is Azure's choice: where they fare differently, `travel` has said that it is not known.
    fn told(&mut self, fates: Fates, ends: (String, String)) -> Reached {
        let any = |verdict: Verdict| fates.iter().any(|fate| fate.verdict == verdict);
        let all = |verdict: Verdict| fates.iter().all(|fate| fate.verdict == verdict);
        let verdict = match () {
            () if fates.is_empty() || all(Verdict::Denied) => Verdict::Denied,
            () if all(Verdict::Allowed) => Verdict::Allowed,
            () if any(Verdict::Undetermined) => Verdict::Undetermined,
            () => Verdict::Mixed,
        };
        let wanted = if verdict == Verdict::Mixed && !any(Verdict::Mixed) { Verdict::Denied } else { verdict };
        let leading = fates.into_iter().find(|fate| fate.verdict == wanted);
        let told = leading.and_then(|fate| {
            let sketch = sketch(self.network, self.space, &fate, &ends)?;
            Some((fate, sketch))
        });
        Reached { verdict, told }
    }

    /// The gateway and the frontend that a public IP address belongs to.
    pub(super) fn gateway_of(&self, id: PublicIpAddressId) -> Option<(ApplicationGatewayId, usize)> {
        let gateways = self.network.model.application_gateways.iter().enumerate();
        gateways.into_iter().find_map(|(index, gateway)| {
            let at = gateway.frontends.iter().position(|one| one.address == FrontendAddress::Public(id))?;
            Some((ApplicationGatewayId::at(index), at))
        })
    }
}

impl Ends<'_> {
    /// A gateway sends from an address of its subnet, and nobody knows from which.
    pub(super) fn gateway_start(&self, id: ApplicationGatewayId) -> Start {
        let gateway = self.network.model.application_gateway(id);
        let label = gateway.label.name.clone();
        let fact = format!("which address of its subnet an instance of `{label}` has");
        Start {
            place: Place::Subnet(gateway.subnet),
            addresses: self.network.subnet(gateway.subnet).anonymous.clone(),
            named: None,
            doubts: Doubts::of_text(&fact),
            label,
            relays: 0,
        }
    }
}

fn unknown<T>(value: Known<T>) -> Option<FactId> {
    match value {
        Known::Unknown(fact) => Some(fact),
        Known::Known(_) => None,
    }
}
