//! Private endpoints: an address in a subnet that stands for a service.
//!
//! In: a flight whose destination is an endpoint's address. Out: fates. Deliberately absent: rows that lead there (they
//! are in `compile/routes`), names that lead there (in `names`), the service's firewall, which does not judge what
//! comes through an endpoint (F110).

use super::{
    filter::filter,
    flight::{Device, Doubts, Fates, Flight, Leg, ListRef, Place, Waypoint},
    header::Port,
    steps,
    walk::Walk,
};
use crate::{
    model::{Direction, Known, LinkState, LinkTarget, PeeringId, PrivateEndpointId, RuleSubnet, SubnetId},
    network::{LocalOwner, RouteOrigin},
    trace::{DeciderKind, Outcome, Step},
};

impl Walk<'_> {
    /// At an endpoint: approved or not, the NSG of its subnet where policies are on, and there.
    pub(super) fn enter_private_endpoint(&mut self, flight: Flight, id: PrivateEndpointId) -> Fates {
        let endpoint = self.network.model.private_endpoint(id);
        let place = Place::PrivateEndpoint(id);
        let mut flight = match self.subnet_of(place) {
            Some(subnet) => flight.at(&self.network.subnet_path(subnet)),
            None => flight.at(&endpoint.label.name),
        };
        if flight.leg == Leg::Reply {
            // Nothing is ever sent to an endpoint but by whoever opens a connection.
            let step = self.endpoint_step(id, Outcome::Deny, "a private endpoint opens no connection", "F131");
            return self.stop(flight, step);
        }
        match endpoint.state {
            Known::Known(LinkState::Approved) => {}
            Known::Known(state) => {
                let detail = format!("its connection is {}", state.as_str());
                let step = self.endpoint_step(id, Outcome::Deny, &detail, "F142");
                return self.stop(flight, step);
            }
            Known::Unknown(fact) => flight = flight.doubt(&Doubts::from_facts(&[fact])),
        }
        if let LinkTarget::Unknown(fact) = endpoint.target {
            flight = flight.doubt(&Doubts::from_facts(&[fact]));
        }
        let (passing, mut fates) = self.filter_endpoint(flight, id);
        for flight in passing {
            fates.extend(match endpoint.private_link_service() {
                Some(service) => {
                    let name = &self.network.model.private_link_service(service).label.name;
                    let step = self.endpoint_step(id, Outcome::Pass, &format!("to `{name}`"), "F220");
                    self.enter_private_link_service(flight.step(step), id, service)
                }
                None => self.arrive_at_service(flight, id),
            });
        }
        fates
    }

    fn arrive_at_service(&mut self, flight: Flight, id: PrivateEndpointId) -> Fates {
        let service = self.network.model.private_endpoint(id).service();
        let detail = match service {
            Some(service) => format!("to `{}`", self.network.model.service(service).label.name),
            None => "to its service".to_owned(),
        };
        let step = self.endpoint_step(id, Outcome::Allow, &detail, "F131");
        self.arrive(flight.step(step), Place::PrivateEndpoint(id))
    }

    fn endpoint_step(&self, id: PrivateEndpointId, outcome: Outcome, detail: &str, law: &'static str) -> Step {
        let label = &self.network.model.private_endpoint(id).label;
        Step {
            origin: Some(label.origin.clone()),
            ..steps::step(DeciderKind::PrivateEndpoint, label.name.clone(), "", outcome, detail, law)
        }
    }

    /// The NSG of the endpoint's subnet, where privateEndpointNetworkPolicies has it; source ports do not count there
    /// (F136, F137, F145).
    fn filter_endpoint(&mut self, flight: Flight, id: PrivateEndpointId) -> (Vec<Flight>, Fates) {
        let network = self.network;
        let RuleSubnet::Here(subnet) = network.model.private_endpoint(id).subnet else {
            return (vec![flight], Fates::new());
        };
        let here = network.model.subnet(subnet);
        let mut doubts = Doubts::default();
        match here.private_endpoint_policies {
            Known::Known(policies) if policies.security_groups => {}
            Known::Known(_) => return (vec![flight], Fates::new()),
            Known::Unknown(fact) => doubts.add_facts(&[fact]),
        }
        let group = match here.network_security_group {
            Some(Known::Known(group)) => group,
            Some(Known::Unknown(fact)) => return (vec![flight.doubt(&Doubts::from_facts(&[fact]))], Fates::new()),
            None => return (vec![flight], Fates::new()),
        };
        let tag = &network.subnet(subnet).virtual_network_tag;
        let header = super::header::Header { source_port: Port::Ignored, ..flight.header.clone() };
        let rules = network.rules(group, Direction::Inbound);
        let sieve = filter(self.space, flight.part, &header, rules, tag.observed());
        let list = ListRef::SecurityGroup(group, Direction::Inbound);
        let mut passing = Vec::new();
        let denied = self.sort_out(flight, sieve, list, "subnet, inbound", None, &mut passing);
        let mut fates = Fates::new();
        for flight in denied {
            // Where it is not known whether the group counts, its denial is no more than possible.
            let step = self.endpoint_step(id, Outcome::Unknown, "whether the group applies is not known", "F136");
            fates.extend(match doubts.facts.as_slice() {
                [] => self.end(flight, crate::trace::Verdict::Denied),
                facts => self.lack(flight, facts, step),
            });
        }
        (passing, fates)
    }

    /// An endpoint answers by Azure's own rows: no route table of its subnet counts. A stateful appliance that did not
    /// translate the source does not see the answer, unless the setting says so (R61) or its NIC is tagged (R207).
    pub(super) fn leave_private_endpoint(&mut self, flight: Flight, id: PrivateEndpointId) -> Fates {
        if flight.leg == Leg::Forward {
            let step = self.endpoint_step(id, Outcome::Deny, "a private endpoint opens no connection", "F131");
            return self.stop(flight.at(&self.network.model.private_endpoint(id).label.name), step);
        }
        let network = self.network;
        let flight = match self.back_through_appliance(flight, id) {
            Ok(fates) => return fates,
            Err(flight) => *flight,
        };
        let routes = network.private_endpoint_routes(id);
        let Some(subnet) = self.subnet_of(Place::PrivateEndpoint(id)) else {
            // An endpoint in somebody else's network answers whoever may reach it.
            return self.arrive(flight, self.start);
        };
        let path = network.subnet_path(subnet);
        self.route_by(flight.at(&path), Place::PrivateEndpoint(id), subnet, routes)
    }

    /// The answer where an appliance or firewall brought the request and did not translate the source: back through it by
    /// the setting or the tag disableSnatOnPL of its NIC (R207), else past it, whatever rows the endpoint's subnet has
    /// learned (R61). Without such a device, the flight as it was.
    fn back_through_appliance(&mut self, flight: Flight, id: PrivateEndpointId) -> Result<Fates, Box<Flight>> {
        let network = self.network;
        let by_setting = network.model.settings.private_endpoint_reply_via_appliance;
        let last = flight.waypoints.last().filter(|one| !one.translated).cloned();
        let note = "the setting privateEndpointReply: viaAppliance led the answer back through the appliance";
        match last {
            Some(Waypoint { device: Device::AzureFirewall(firewall), .. }) if by_setting => {
                Ok(self.enter_firewall(flight.note(note), firewall))
            }
            Some(waypoint @ Waypoint { device: Device::AzureFirewall(_), .. }) => {
                Ok(self.answer_past(flight, id, &waypoint))
            }
            Some(waypoint @ Waypoint { device: Device::Appliance(appliance, nic, configuration), .. }) => {
                let by_tag = network.model.network_interface(nic).private_link_answers;
                let note = match (by_tag, by_setting) {
                    (true, _) => "the tag disableSnatOnPL led the answer back through the appliance",
                    (false, true) => note,
                    (false, false) if waypoint.stateful => return Ok(self.answer_past(flight, id, &waypoint)),
                    (false, false) => return Err(Box::new(flight)),
                };
                let flight = flight.at(&network.model.appliance(appliance).label.name).note(note);
                Ok(match self.undo(&flight, appliance) {
                    Some(fates) => fates,
                    None => self.arrive(flight, Place::NetworkInterface(nic, configuration)),
                })
            }
            _ => Err(Box::new(flight)),
        }
    }

    /// The answer that a stateful device does not see, which says that the setting decided (R61).
    fn answer_past(&mut self, flight: Flight, id: PrivateEndpointId, device: &Waypoint) -> Fates {
        let step = self.asymmetric(device, "never sees the answer, which the private endpoint sends past it");
        let path = self.subnet_of(Place::PrivateEndpoint(id)).map(|subnet| self.network.subnet_path(subnet));
        let place = path.unwrap_or_else(|| self.network.model.private_endpoint(id).label.name.clone());
        let flight =
            flight.at(&place).note("the setting privateEndpointReply: direct led the answer past the appliance");
        self.stop(flight, Step { law: "R61", ..step })
    }

    /// An endpoint whose address is not known is reached as one in its subnet would be. Its own row is there too, and
    /// no user row beats it unless policies let it (R56 to R59).
    pub(super) fn reach_endpoint_directly(&mut self, flight: &Flight, place: Place, subnet: SubnetId) -> Option<Fates> {
        let super::walk::Aim::PrivateEndpoint(id) = self.aim else {
            return None;
        };
        let network = self.network;
        let endpoint = network.model.private_endpoint(id);
        // Where the address is known, so are its rows, and a route to it alone beats them (R60).
        let (RuleSubnet::Here(there), Known::Unknown(_)) = (&endpoint.subnet, &endpoint.addresses) else {
            return None;
        };
        let there = *there;
        let goal = network.model.subnet(there);
        let home = network.model.subnet(subnet).virtual_network;
        let steered = goal.private_endpoint_policies.known().is_some_and(|policies| policies.route_tables);
        let routes = &network.subnet(subnet).routes;
        let selected = routes.split(&self.destinations(flight));
        let user = |row: &u32| matches!(routes.rows[*row as usize].origin, RouteOrigin::User(..));
        let by_user = selected.iter().any(|(choice, _)| choice.rows.iter().any(user));
        if flight.leg == Leg::Reply || steered || !by_user {
            return None;
        }
        let direct = if home == goal.virtual_network {
            self.deliver(flight.clone(), home)
        } else {
            // The row is there in VNETs directly peered with the endpoint's, and in no other (R54, R55).
            let has_row = |link: &&PeeringId| {
                let joined = network.model.peered_subnets(**link);
                network.model.connected_remote(**link) == Some(goal.virtual_network)
                    && joined.is_none_or(|joined| joined.remote.contains(&there))
            };
            let link = *network.model.virtual_network(home).peerings.iter().find(has_row)?;
            match self.cross_peering(flight.clone(), home, link) {
                Ok((flight, remote)) => self.deliver(flight, remote),
                Err(fates) => fates,
            }
        };
        let Known::Unknown(fact) = goal.private_endpoint_policies else {
            return Some(direct);
        };
        // Whether user rows count is not known: both ways.
        let steered = self.route_by(flight.clone(), place, subnet, routes);
        Some(self.combine_unknown(vec![direct, steered], &Doubts::from_facts(&[fact])))
    }

    /// An endpoint in a network outside the file serves the parties that send from that network.
    pub(super) fn enter_foreign(&mut self, flight: Flight, id: PrivateEndpointId) -> Fates {
        let model = &self.network.model;
        let own = match (&model.private_endpoint(id).subnet, self.start) {
            (RuleSubnet::Outside(network), Place::External(external)) => {
                model.external(external).networks.contains(network)
            }
            _ => false,
        };
        if own {
            return self.enter_private_endpoint(flight, id);
        }
        let detail = "it stands in a network that the source does not send from";
        let step = self.endpoint_step(id, Outcome::Deny, detail, "F131");
        self.stop(flight, step)
    }

    /// Where an address of a subnet stands for an endpoint whose own is not known. Answers go to whoever asked, be it a
    /// neighbour of the endpoint.
    pub(super) fn stands_for_endpoint(&self, owner: LocalOwner, leg: Leg) -> Option<PrivateEndpointId> {
        match (owner, self.aim) {
            (LocalOwner::PrivateEndpoint(id, _), _) => Some(id),
            (LocalOwner::Anonymous(subnet), super::walk::Aim::PrivateEndpoint(id)) if leg == Leg::Forward => {
                let endpoint = self.network.model.private_endpoint(id);
                let stands = endpoint.subnet == RuleSubnet::Here(subnet) && endpoint.addresses.known().is_none();
                stands.then_some(id)
            }
            _ => None,
        }
    }
}

impl Walk<'_> {
    /// The NIC for which any free address of a subnet stands, because its own is not known: the one that is asked for, or
    /// on the way back the one that asked.
    pub(super) fn stands_for_interface(&self, subnet: SubnetId, leg: Leg) -> Option<Place> {
        let place = match (leg, self.aim, self.start) {
            (Leg::Forward, super::walk::Aim::NetworkInterface(nic, index), _) => Place::NetworkInterface(nic, index),
            (Leg::Reply, _, start @ Place::NetworkInterface(..)) => start,
            _ => return None,
        };
        let Place::NetworkInterface(nic, index) = place else { return None };
        let configuration = self.network.model.network_interface(nic).ip_configurations.get(index)?;
        (configuration.subnet == subnet && configuration.address.known().is_none()).then_some(place)
    }
}
