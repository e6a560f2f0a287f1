//! The walk: one part of the asked set moves from place to place until every packet has a fate.
//!
//! In: a [`Flight`] at a place. Out: [`Fates`] that cover its part. Total and bounded: every hop costs
//! budget, and passing a place twice in the same guise is a loop.
//!
//! This file owns the branches. What filters decide is in `filter`, the ways on are in `forward`,
//! `appliance`, `hybrid` and `public`.

use super::{
    ends::place_label,
    filter::{Sieve, filter},
    flight::{Device, Doubts, Fate, Fates, Flight, HOP_BUDGET, HubSide, Leg, ListRef, Mark, Place, Trail, Waypoint},
    header::Field,
    opened::{self, Lot},
    steps,
};
use crate::{
    model::{Direction, FactId, Known, NetworkInterfaceId, NetworkSecurityGroupId, SubnetId, VirtualNetworkId},
    network::{Network, Observed, Rule},
    space::{self, Addresses, Cube, Dimension, Ranges, Set, Space},
    trace::{DeciderKind, Outcome, Step, Verdict},
};
use std::{rc::Rc, sync::LazyLock};

/// A question on its way: from one place to what one end of the flow names.
pub(super) struct Walk<'n> {
    pub(super) network: &'n Network,
    pub(super) space: &'n mut Space,
    /// Where the initiator is.
    pub(super) start: Place,
    /// Where its packets should end.
    pub(super) aim: Aim,
    /// The same in the user's words.
    pub(super) goal: String,
    /// How the initiator proves who it is.
    pub(super) identity: Option<crate::model::Identity>,
    /// The names by which it asked for its destination, lower case: firewalls look at them.
    pub(super) hosts: Vec<Rc<str>>,
    /// The connection was open before a change.
    pub(super) lot: Option<Lot<'n>>,
    /// How many application gateways stand between the first client and this initiator.
    pub(super) relays: u8,
    /// Where several ends are that are asked for together.
    pub(super) homes: Option<Rc<super::several::Homes>>,
}

/// What is said where a rule about Internet decides a health probe (F177).
const CONTESTED_PROBE: &str = "the tag Internet, as Azure printed it, holds 168.63.129.16: that a rule about Internet \
                               judges health probes is uncertain";

/// A rule that matches a health probe by its tag Internet alone.
fn probe_is_internet(rule: &Rule, tags: Observed<'_>) -> bool {
    let (source, host) = (&rule.source, space::point(crate::tags::HOST_ADDRESS.into()));
    let by_network = source.virtual_network && tags.virtual_network.contains(host);
    source.internet && !source.any && !by_network && !source.addresses.contains(host)
}

/// Where the packets of a flow should end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Aim {
    /// Wherever the address leads: literal addresses.
    Anywhere,
    /// In this VNET.
    VirtualNetwork(VirtualNetworkId),
    /// At this configuration of a NIC, whose address is not known.
    NetworkInterface(NetworkInterfaceId, usize),
    /// At this site.
    Site(crate::model::SiteId),
    /// At point-to-site clients of this gateway.
    Clients(crate::model::VirtualNetworkGatewayId),
    /// At this party.
    External(crate::model::ExternalId),
    /// At the NIC with this public address, which is not known.
    PublicIpAddress(crate::model::PublicIpAddressId),
    /// At a part of a platform service: index in `Service::sub_resources`.
    Service(crate::model::ServiceId, usize),
    /// At Entra ID, signing in to a service.
    SignIn(crate::model::ServiceId),
    /// At a private endpoint whose address is not known.
    PrivateEndpoint(crate::model::PrivateEndpointId),
    /// At a private-only Azure Bastion, or at the shared pool of Bastion Developer.
    Bastion(crate::model::BastionHostId),
    /// At a resource that is not modelled yet: index in the model.
    Unmodelled(usize),
    /// Each in the VNET of the end that it is for: [`Walk::homes`].
    Several,
}

/// The tags as a device sees them that is no NIC of Azure's: VirtualNetwork means nothing to it.
pub(super) fn outside_tags(network: &Network) -> Observed<'_> {
    static NOTHING: LazyLock<Addresses> = LazyLock::new(Addresses::empty);
    Observed { virtual_network: &NOTHING, internet: network.internet(), unknown: &[], ends: [None; 2] }
}

impl Walk<'_> {
    /// The VNET of a place.
    pub(super) fn home(&self, place: Place) -> Option<VirtualNetworkId> {
        self.subnet_of(place).map(|subnet| self.network.model.subnet(subnet).virtual_network)
    }

    /// The subnet of a place.
    pub(super) fn subnet_of(&self, place: Place) -> Option<SubnetId> {
        match place {
            Place::NetworkInterface(nic, configuration) => {
                Some(self.network.model.network_interface(nic).ip_configurations[configuration].subnet)
            }
            Place::Subnet(subnet) => Some(subnet),
            Place::AzureFirewall(id) => Some(self.network.model.azure_firewall(id).subnet),
            Place::Bastion(id) => self.network.model.bastion_host(id).subnet(),
            Place::WebApp(id) => self.network.model.service(id).integration_subnet(),
            Place::PrivateEndpoint(id) => match self.network.model.private_endpoint(id).subnet {
                crate::model::RuleSubnet::Here(subnet) => Some(subnet),
                _ => None,
            },
            _ => None,
        }
    }

    /// The addresses that the packets of a flight are for; none for a party known by name.
    pub(super) fn destinations(&mut self, flight: &Flight) -> Addresses {
        self.values(flight.part, &flight.header.destination)
    }

    /// The addresses that the packets of a flight come from.
    pub(super) fn sources(&mut self, flight: &Flight) -> Addresses {
        self.values(flight.part, &flight.header.source)
    }

    fn values(&mut self, part: Set, field: &Field) -> Addresses {
        match field {
            Field::Original(Dimension::Source) => self.space.sources_of(part),
            Field::Original(_) => self.space.destinations_of(part),
            Field::Fixed(address) => Addresses::single(*address),
            Field::Named(_) => Addresses::empty(),
        }
    }

    /// The packets of a flight whose destination is among `addresses`.
    pub(super) fn towards(&mut self, flight: &Flight, addresses: &Addresses) -> Set {
        self.within(flight.part, &flight.header.destination, addresses)
    }

    /// Takes out of the rest of a flight what goes to `addresses`.
    pub(super) fn take_towards(&mut self, flight: &Flight, rest: &mut Set, addresses: &Addresses) -> Flight {
        let part = self.towards(flight, addresses);
        let part = self.space.and(part, *rest);
        *rest = self.space.minus(*rest, part);
        flight.with(part)
    }

    /// The packets of a part whose field is among `addresses`.
    pub(super) fn within(&mut self, part: Set, field: &Field, addresses: &Addresses) -> Set {
        match field {
            Field::Original(Dimension::Source) => {
                let cube = Cube { source: addresses.clone(), ..Cube::all() };
                self.space.and_cube(part, &cube)
            }
            Field::Original(_) => {
                let cube = Cube { destination: addresses.clone(), ..Cube::all() };
                self.space.and_cube(part, &cube)
            }
            Field::Fixed(address) if addresses.contains(*address) => part,
            Field::Named(point) if point.is_private() && point.possible.is_subset(addresses) => part,
            _ => Set::EMPTY,
        }
    }

    /// Ends a flight.
    pub(super) fn end(&self, flight: Flight, verdict: Verdict) -> Fates {
        if flight.part == Set::EMPTY {
            return Fates::new();
        }
        let verdict = match verdict {
            Verdict::Allowed if !flight.doubts.is_empty() => Verdict::Undetermined,
            other => other,
        };
        vec![Fate {
            part: flight.part,
            verdict,
            trail: flight.trail,
            other_trails: Vec::new(),
            beside: Vec::new(),
            hung_on: Vec::new(),
            doubts: flight.doubts,
            notes: flight.notes,
            records: flight.records,
        }]
    }

    /// Ends a flight with what stopped it.
    pub(super) fn stop(&self, flight: Flight, step: Step) -> Fates {
        self.end(flight.step(Step { outcome: Outcome::Deny, ..step }), Verdict::Denied)
    }

    /// Ends a flight because a fact is missing that nothing later can outweigh.
    pub(super) fn lack(&self, flight: Flight, facts: &[FactId], step: Step) -> Fates {
        let doubts = Doubts::from_facts(facts);
        self.end(flight.doubt(&doubts).step(Step { outcome: Outcome::Unknown, ..step }), Verdict::Undetermined)
    }

    /// Takes a hop off the budget.
    pub(super) fn spend(&self, mut flight: Flight) -> Result<Flight, Fates> {
        match flight.budget.checked_sub(1) {
            Some(left) => {
                flight.budget = left;
                Ok(flight)
            }
            None => {
                let step =
                    steps::step(DeciderKind::Loop, "hop budget", "", Outcome::Deny, "the packet never arrives", "R218");
                Err(self.stop(flight, step))
            }
        }
    }

    /// Asks the NSGs of a NIC: NIC first on the way out, subnet first on the way in (F4, F11). Returns what
    /// passes and the fates of what does not.
    pub(super) fn filter_at(&mut self, flight: Flight, place: Place, direction: Direction) -> (Vec<Flight>, Fates) {
        if flight.is_recorded_reply(place) {
            return (vec![flight], Fates::new());
        }
        let Some(subnet) = self.subnet_of(place) else {
            return (vec![flight], Fates::new());
        };
        let open = self.lot.is_some_and(|lot| lot.recorded_at(self.network, place));
        if open && flight.leg == Leg::Forward && !opened::flushes(self.network, self.groups_of(place, subnet)) {
            let at = self.network.subnet_path(subnet);
            let detail = "the connection was open before the change";
            let step = steps::step(DeciderKind::NetworkSecurityGroup, at, "", Outcome::Allow, detail, "F23");
            let mut flight = flight.step(step);
            flight.records.push(place);
            return (vec![flight], Fates::new());
        }
        let judged = self.judge_by_admin(flight, place, subnet, direction);
        let (mut passing, mut fates) = (judged.through, judged.fates);
        passing.extend(judged.perhaps_through);
        for flight in &mut passing {
            flight.records.push(place);
        }
        for flight in judged.open {
            let (more, denied) = self.ask_groups(flight, place, subnet, direction);
            passing.extend(more);
            fates.extend(denied);
        }
        (passing, fates)
    }

    /// The NSG of a NIC, and that of its subnet.
    fn groups_of(&self, place: Place, subnet: SubnetId) -> [Option<Known<NetworkSecurityGroupId>>; 2] {
        let on_nic = match place {
            Place::NetworkInterface(nic, _) => self.network.model.network_interface(nic).network_security_group,
            _ => None,
        };
        [on_nic, self.network.model.subnet(subnet).network_security_group]
    }

    /// Asks the NSGs at both levels of a NIC.
    fn ask_groups(
        &mut self,
        flight: Flight,
        place: Place,
        subnet: SubnetId,
        direction: Direction,
    ) -> (Vec<Flight>, Fates) {
        let [on_nic, on_subnet] = self.groups_of(place, subnet);
        let mut levels: Vec<(Known<NetworkSecurityGroupId>, &'static str)> = Vec::new();
        levels.extend(on_subnet.filter(|_| self.filters_subnet(subnet)).map(|group| (group, "subnet")));
        levels.extend(on_nic.map(|group| (group, "network interface")));
        if direction == Direction::Outbound {
            levels.reverse();
        }
        let mut flight = flight.doubt(&Doubts::from_facts(&self.network.everywhere_in_doubt));
        flight.records.push(place);
        if levels.is_empty() {
            flight = flight.step(steps::no_security_group(self.network, subnet));
        }
        let mut passing = vec![flight];
        let mut fates = Fates::new();
        if !levels.is_empty() {
            passing = passing.into_iter().flat_map(|flight| self.doubt_icmp_v6(flight)).collect();
        }
        for (group, level) in levels {
            let mut next = Vec::new();
            for flight in passing {
                match group {
                    Known::Known(group) => self.ask(flight, group, subnet, direction, level, &mut next, &mut fates),
                    Known::Unknown(fact) => {
                        next.push(flight.doubt(&Doubts::from_facts(&[fact])));
                    }
                }
            }
            passing = next;
        }
        (passing, fates)
    }

    /// Security groups do not support ICMPv6: what they do with it is not known (F208).
    fn doubt_icmp_v6(&mut self, flight: Flight) -> Vec<Flight> {
        let cube = Cube { protocols: Ranges::single(space::ICMP), ..Cube::all() };
        let icmp = self.space.and_cube(flight.part, &cube);
        let six = space::ipv6();
        let doubtful = match &flight.header.destination {
            _ if icmp == Set::EMPTY => Set::EMPTY,
            Field::Named(_) => Set::EMPTY,
            destination => self.within(icmp, &destination.clone(), &six),
        };
        if doubtful == Set::EMPTY {
            return vec![flight];
        }
        let rest = self.space.minus(flight.part, doubtful);
        let doubts = Doubts::of_text("what security groups do with ICMPv6");
        let mut parts = vec![flight.with(doubtful).doubt(&doubts)];
        if rest != Set::EMPTY {
            parts.push(flight.with(rest));
        }
        parts
    }

    /// NSGs on GatewaySubnet do not filter, they break the gateway (F38).
    fn filters_subnet(&self, subnet: SubnetId) -> bool {
        self.network.model.subnet(subnet).purpose != crate::model::SubnetPurpose::Gateway
    }

    #[allow(clippy::too_many_arguments)] // one level of one NIC: each is a different thing
    fn ask(
        &mut self,
        flight: Flight,
        group: NetworkSecurityGroupId,
        subnet: SubnetId,
        direction: Direction,
        level: &'static str,
        passing: &mut Vec<Flight>,
        fates: &mut Fates,
    ) {
        let network = self.network;
        let tag = &network.subnet(subnet).virtual_network_tag;
        let tags = Observed { ends: self.ends(), ..tag.observed() };
        let rules = network.rules(group, direction);
        let sieve = filter(self.space, flight.part, &flight.header, rules, tags);
        let by_internet =
            self.start == Place::Host && sieve.decided_by(self.space, rules, &|rule| probe_is_internet(rule, tags));
        let flight = if by_internet { flight.note(CONTESTED_PROBE) } else { flight };
        let widened = tag.widened_by.as_deref().map(Rc::from);
        let level = match (direction, level) {
            (Direction::Inbound, "subnet") => "subnet, inbound",
            (Direction::Inbound, _) => "network interface, inbound",
            (Direction::Outbound, "subnet") => "subnet, outbound",
            (Direction::Outbound, _) => "network interface, outbound",
        };
        let list = ListRef::SecurityGroup(group, direction);
        let denied = self.sort_out(flight, sieve, list, level, widened, passing);
        for flight in denied {
            if direction == Direction::Outbound {
                fates.extend(self.name_none_routes(flight, subnet));
            } else {
                fates.extend(self.end(flight, Verdict::Denied));
            }
        }
    }

    /// The facts that are missing about the addresses of the flow's own ends.
    pub(super) fn ends(&self) -> [Option<FactId>; 2] {
        let source = match self.start {
            Place::NetworkInterface(nic, at) => self.network.model.missing_address(nic, at),
            _ => None,
        };
        let destination = match self.aim {
            Aim::NetworkInterface(nic, at) => self.network.model.missing_address(nic, at),
            _ => None,
        };
        [source, destination]
    }

    /// Turns a sieve into flights: those that pass (doubtful ones with their doubts) and those denied.
    pub(super) fn sort_out(
        &mut self,
        flight: Flight,
        sieve: Sieve,
        list: ListRef,
        level: &'static str,
        widened_by: Option<Rc<str>>,
        passing: &mut Vec<Flight>,
    ) -> Vec<Flight> {
        let mark =
            |outcome, fragments| Mark::Filtered { list, outcome, fragments, level, widened_by: widened_by.clone() };
        if sieve.allowed.0 != Set::EMPTY {
            passing.push(flight.with(sieve.allowed.0).mark(mark(Outcome::Allow, sieve.allowed.1)));
        }
        for piece in sieve.doubtful {
            passing.push(flight.with(piece.set).doubt(&piece.doubts).mark(mark(Outcome::Unknown, piece.fragments)));
        }
        if sieve.denied.0 == Set::EMPTY {
            return Vec::new();
        }
        vec![flight.with(sieve.denied.0).mark(mark(Outcome::Deny, sieve.denied.1))]
    }

    /// Where an outbound denial and a None route both apply, both are named (F168).
    fn name_none_routes(&mut self, flight: Flight, subnet: SubnetId) -> Fates {
        let network = self.network;
        let routes = &network.subnet(subnet).routes;
        let destinations = self.destinations(&flight);
        let mut rest = flight.part;
        let mut fates = Fates::new();
        for (choice, addresses) in routes.split(&destinations) {
            let row = &routes.rows[choice.rows[0] as usize];
            if row.next_hop_type != Known::Known(crate::model::NextHopType::None) {
                continue;
            }
            let part = self.towards(&flight, &addresses);
            rest = self.space.minus(rest, part);
            let beside = Rc::new(steps::route(network, row, Outcome::Deny, ""));
            fates.extend(
                self.end(flight.with(part), Verdict::Denied)
                    .into_iter()
                    .map(|fate| Fate { beside: vec![beside.clone()], ..fate }),
            );
        }
        fates.extend(self.end(flight.with(rest), Verdict::Denied));
        fates
    }

    /// Arrival: the initiator's packets turn round here, the reply's end here.
    pub(super) fn arrive(&mut self, flight: Flight, place: Place) -> Fates {
        match flight.leg {
            Leg::Forward if self.aim == Aim::Several && !is_redirected(&flight) => self.arrive_together(flight, place),
            Leg::Forward if !self.accepts(&flight, place) => self.arrive_elsewhere(flight, place),
            Leg::Forward => self.turn(flight, place),
            Leg::Reply if self.is_start(place) => self.settle(flight),
            Leg::Reply => self.arrive_elsewhere(flight, place),
        }
    }

    /// Of packets for several ends: those that are for one in this VNET.
    fn arrive_together(&mut self, flight: Flight, place: Place) -> Fates {
        let meant = self.home(place).and_then(|home| self.meant_for(&flight, home)).unwrap_or(Set::EMPTY);
        let rest = self.space.minus(flight.part, meant);
        let mut fates = self.arrive_elsewhere(flight.with(rest), place);
        if !meant.is_empty() {
            fates.extend(self.turn(flight.with(meant), place));
        }
        fates
    }

    /// The packets that are for ends in a VNET, where several are asked for.
    pub(super) fn meant_for(&mut self, flight: &Flight, home: VirtualNetworkId) -> Option<Set> {
        let homes = self.homes.clone()?;
        let (_, addresses) = homes.iter().find(|(one, _)| *one == home)?;
        Some(self.within(flight.part, &Field::Original(Dimension::Destination), addresses))
    }

    /// Whether the flow meant this place; where an appliance translated the destination, it chose another one.
    fn accepts(&self, flight: &Flight, place: Place) -> bool {
        if is_redirected(flight) {
            return true;
        }
        match self.aim {
            Aim::Anywhere => true,
            Aim::VirtualNetwork(id) => self.home(place) == Some(id),
            Aim::NetworkInterface(nic, index) => place == Place::NetworkInterface(nic, index),
            Aim::Site(id) => place == Place::Site(id),
            Aim::Clients(id) => place == Place::Clients(id),
            Aim::External(id) => place == Place::External(id),
            Aim::Service(id, _) => place == Place::Service(id),
            Aim::Bastion(id) => self.network.model.bastion_host(id).subnet().map(Place::Subnet) == Some(place),
            Aim::PrivateEndpoint(id) => place == Place::PrivateEndpoint(id),
            Aim::PublicIpAddress(_) | Aim::SignIn(_) | Aim::Unmodelled(_) | Aim::Several => true,
        }
    }

    /// Whether the reply is home: same NIC, or same VNET and (by header) same address.
    fn is_start(&self, place: Place) -> bool {
        // Several appliances may lead to one network behind them.
        let behind = |place| matches!(place, Place::BehindAppliance(..));
        place == self.start
            // The shared pool of Bastion Developer is known by the host's address (F215).
            || (place == Place::Host && matches!(self.start, Place::Bastion(_)) && self.home(self.start).is_none())
            || (behind(place) && behind(self.start))
            || (self.home(place).is_some() && self.home(place) == self.home(self.start))
    }

    fn arrive_elsewhere(&mut self, flight: Flight, place: Place) -> Fates {
        let detail = match flight.leg {
            Leg::Forward => "the route leads to another network that uses the same address",
            Leg::Reply => "the reply is led to another network that uses the same address",
        };
        let step = steps::step(DeciderKind::NoRoute, self.place_name(place), "", Outcome::Deny, detail, "R1");
        self.stop(flight, step)
    }

    /// The responder answers.
    fn turn(&mut self, flight: Flight, place: Place) -> Fates {
        let mut reply = flight.mark(Mark::Turn);
        reply.header = reply.header.reversed();
        reply.leg = Leg::Reply;
        reply.recorded_there = reply.records.len();
        reply.passed.clear();
        reply.origin = self.home(place);
        reply.through_gateway = None;
        reply.endpoint = None;
        reply.budget = HOP_BUDGET;
        self.leave(reply, place)
    }

    /// The reply is home. Whoever keeps state or translated must have seen it too.
    fn settle(&mut self, flight: Flight) -> Fates {
        match self.unseen(&flight) {
            Some(waypoint) => {
                let step = self.asymmetric(&waypoint, "never sees the reply, which takes another way");
                self.stop(flight, step)
            }
            None => self.end(flight, Verdict::Allowed),
        }
    }

    /// The device that the reply has not passed: an appliance before Azure's own translations.
    pub(super) fn unseen(&self, flight: &Flight) -> Option<Waypoint> {
        let needed = || flight.waypoints.iter().filter(|waypoint| waypoint.stateful || waypoint.translated);
        let device = |waypoint: &&Waypoint| matches!(waypoint.device, Device::Appliance(..) | Device::AzureFirewall(_));
        let appliance = needed().find(device);
        appliance.or(needed().next()).cloned()
    }

    /// Words for a device that sees one direction only.
    pub(super) fn asymmetric(&self, waypoint: &Waypoint, detail: &str) -> Step {
        let (name, law) = match waypoint.device {
            Device::Appliance(id, ..) => (self.network.model.appliance(id).label.name.clone(), "R175"),
            Device::Inbound(id, _) => (self.network.model.public_ip_address(id).label.name.clone(), "R131"),
            Device::Egress(place) => (self.place_name(place), "R190"),
            Device::SiteEgress(id) => (self.network.model.site(id).label.name.clone(), "R175"),
            Device::AzureFirewall(id) => (self.network.model.azure_firewall(id).label.name.clone(), "R131"),
            Device::ApplicationGateway(id) => (self.network.model.application_gateway(id).label.name.clone(), "R230"),
            Device::Bastion(id) => (self.network.model.bastion_host(id).label.name.clone(), "R232"),
            Device::Balancer(id, ..) => (self.network.model.load_balancer(id).label.name.clone(), "R192"),
            Device::PrivateLink(id, _) => (self.network.model.private_endpoint(id).label.name.clone(), "R240"),
        };
        steps::step(DeciderKind::Asymmetric, name, "", Outcome::Deny, detail, law)
    }

    /// A place in the user's words: what lies behind a connection is called like it.
    pub(super) fn place_name(&self, place: Place) -> String {
        match place {
            Place::Behind(connection) => self.network.model.connection(connection).label.name.clone(),
            other => place_label(self.network, other),
        }
    }

    /// Starts from a place, forward or back.
    pub(super) fn leave(&mut self, flight: Flight, place: Place) -> Fates {
        match place {
            Place::NetworkInterface(..) | Place::Subnet(_) => self.leave_nic(flight, place),
            Place::Site(site) => self.leave_site(flight, site),
            Place::Behind(connection) => {
                let gateway = self.network.model.connection(connection).gateway;
                self.enter_gateway(flight, gateway)
            }
            Place::Clients(gateway) => self.leave_clients(flight, gateway),
            Place::BehindHub(hub, at) => self.at_hub(flight, hub, HubSide::Branch(at)),
            Place::BehindAppliance(appliance, nic) => self.leave_from_behind(flight, appliance, nic),
            Place::External(_) | Place::Internet | Place::Service(_) => self.leave_public(flight, place),
            Place::PrivateEndpoint(endpoint) => self.leave_private_endpoint(flight, endpoint),
            Place::AzureFirewall(firewall) => self.leave_firewall(flight, firewall),
            Place::Bastion(id) => self.leave_bastion(flight, id),
            Place::WebApp(id) => self.leave_web_app(flight, id),
            Place::Host | Place::Outsider => self.leave_edge(flight),
        }
    }

    /// Several ways of which one is taken, and it is not known which: the same fate on all of them is certain.
    pub(super) fn combine_unknown(&mut self, ways: Vec<Fates>, doubts: &Doubts) -> Fates {
        let mut ways = ways.into_iter();
        let mut combined = ways.next().unwrap_or_default();
        for other in ways {
            let mut next = Fates::new();
            for left in &combined {
                for right in &other {
                    let part = self.space.and(left.part, right.part);
                    if part != Set::EMPTY {
                        next.push(either(left, right, part, doubts));
                    }
                }
            }
            combined = next;
        }
        combined
    }

    /// Several fates for one packet are not a partition: allowed needs all choices, denied none (ECMP, R46).
    pub(super) fn combine_choices(&mut self, mut choices: Vec<Fates>) -> Fates {
        let Some(mut combined) = choices.pop() else {
            return Fates::new();
        };
        while let Some(other) = choices.pop() {
            let mut next = Fates::new();
            for left in &combined {
                for right in &other {
                    let part = self.space.and(left.part, right.part);
                    if part != Set::EMPTY {
                        next.push(both(left, right, part));
                    }
                }
            }
            combined = next;
        }
        combined
    }
}

/// Whether a device on the way chose another destination.
fn is_redirected(flight: &Flight) -> bool {
    let redirected = |waypoint: &Waypoint| {
        let chooses = |device| {
            matches!(
                device,
                Device::Appliance(..) | Device::AzureFirewall(_) | Device::Balancer(..) | Device::PrivateLink(..)
            )
        };
        chooses(waypoint.device) && waypoint.before.destination != flight.header.destination
    };
    flight.waypoints.iter().any(redirected)
}

/// Two possible fates of the same packets.
fn either(left: &Fate, right: &Fate, part: Set, which: &Doubts) -> Fate {
    let other_trails = other_trails(left, right);
    if left.verdict == right.verdict {
        return Fate { part, other_trails, ..left.clone() };
    }
    let mut doubts = left.doubts.clone();
    doubts.extend(&right.doubts);
    doubts.extend(which);
    Fate { part, verdict: Verdict::Undetermined, doubts, other_trails, ..left.clone() }
}

/// The ways that a combined fate leaves untold when it tells the first one's.
fn other_trails(told: &Fate, other: &Fate) -> Vec<Trail> {
    let others = told.other_trails.iter().chain(&other.other_trails).chain([&other.trail]);
    others.cloned().collect()
}

/// Two choices of Azure for the same packets.
fn both(left: &Fate, right: &Fate, part: Set) -> Fate {
    let verdict = match (left.verdict, right.verdict) {
        (a, b) if a == b => a,
        (Verdict::Undetermined, other) | (other, Verdict::Undetermined) if other != Verdict::Mixed => {
            Verdict::Undetermined
        }
        _ => Verdict::Mixed,
    };
    // The losing choice explains a mixed verdict.
    let (told, other) = if left.verdict == Verdict::Denied { (left, right) } else { (right, left) };
    let mut doubts = told.doubts.clone();
    doubts.extend(&other.doubts);
    // A connection keeps to its choice: wherever that is, it is recorded there.
    let records = left.records.iter().chain(&right.records).copied().collect();
    Fate { part, verdict, doubts, records, other_trails: other_trails(told, other), ..told.clone() }
}
