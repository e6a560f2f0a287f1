//! Private link services: what reaches one of their endpoints comes out of a NAT address in the provider's network, at a
//! frontend of the provider's load balancer (F220).
//!
//! In: a flight at an approved endpoint. Out: fates. Deliberately absent: which back end answers (that is `balancing`),
//! whether the connection is approved (that is `private`).

use super::{
    flight::{Device, Doubts, Fates, Flight, Leg, Place, Waypoint},
    header::{Field, Header, Point, Port},
    steps,
    walk::Walk,
};
use crate::{
    model::{
        FrontendAddress, Known, LoadBalancerId, PrivateEndpointId, PrivateLinkService, PrivateLinkServiceId, SubnetId,
        VirtualNetworkId,
    },
    network::{RouteOrigin, RouteRow},
    space::{self, Addresses},
    trace::{DeciderKind, Outcome, Step},
};
use std::rc::Rc;

impl Walk<'_> {
    /// Through an endpoint to the service's frontend. The two networks are not joined: the back ends see an address of their
    /// own network, whatever the client's is (F220, R240).
    pub(super) fn enter_private_link_service(
        &mut self,
        flight: Flight,
        endpoint: PrivateEndpointId,
        id: PrivateLinkServiceId,
    ) -> Fates {
        let network = self.network;
        let service = network.model.private_link_service(id);
        let unknown: Vec<_> = [service.unknown_nat, service.unknown_frontend].into_iter().flatten().collect();
        let (Some((subnet, source)), false) = (self.nat_field(service), service.frontends.is_empty()) else {
            let detail = "its frontend, or the subnet of its NAT addresses, is not known";
            let step = self.private_link_step(id, Outcome::Unknown, detail, "F220");
            let doubts = Doubts::of_text(&format!("where private link service `{}` leads to", service.label.name));
            return self.lack(flight.doubt(&doubts), &unknown, step);
        };
        let step = self.private_link_step(id, Outcome::Pass, &format!("source becomes {}", source.words()), "F220");
        let mut flight = flight.doubt(&Doubts::from_facts(&unknown)).at(&service.label.name).step(step);
        flight.waypoints.push(Waypoint {
            device: Device::PrivateLink(endpoint, subnet),
            before: flight.header.clone(),
            stateful: false,
            translated: true,
        });
        flight.origin = Some(network.model.subnet(subnet).virtual_network);
        flight.through_gateway = None;
        flight.sender = None;
        flight.endpoint = None;
        let mut ways = Vec::new();
        for (balancer, frontend) in &service.frontends {
            let mut way = flight.clone();
            way.header = self.towards_frontend(&flight.header, &source, *balancer, *frontend);
            let answering = network.model.load_balancer(*balancer).frontends.get(*frontend);
            if answering.is_some_and(|one| matches!(one.address, FrontendAddress::Public(_))) {
                // Azure takes it, and no document says whether back ends without a group are then closed (F44).
                way = way.doubt(&Doubts::of_text("what a public frontend lets through from a private link service"));
            }
            ways.push(self.enter_balancer(way, *balancer, *frontend, None));
        }
        self.combine_unknown(ways, &Doubts::of_text(&format!("which frontend of `{}` answers", service.label.name)))
    }

    fn private_link_step(&self, id: PrivateLinkServiceId, outcome: Outcome, detail: &str, law: &'static str) -> Step {
        let label = &self.network.model.private_link_service(id).label;
        Step {
            origin: Some(label.origin.clone()),
            ..steps::step(DeciderKind::PrivateEndpoint, label.name.clone(), "", outcome, detail, law)
        }
    }

    /// The address that back ends see as the source: one of several is Azure's choice, and one that is not known is any
    /// free one of its subnet.
    fn nat_field(&self, service: &PrivateLinkService) -> Option<(SubnetId, Field)> {
        let (subnet, first) = *service.nat_addresses.first()?;
        if let (Known::Known(address), [_]) = (first, service.nat_addresses.as_slice()) {
            return Some((subnet, Field::Fixed(space::point(address))));
        }
        let each = service.nat_addresses.iter().map(|(subnet, address)| match address {
            Known::Known(address) => Addresses::single(space::point(*address)),
            Known::Unknown(_) => self.network.subnet(*subnet).anonymous.clone(),
        });
        let possible = each.fold(Addresses::empty(), |all, some| all.union(&some));
        if possible.is_empty() {
            return None;
        }
        let label = format!("{}, a NAT address", service.label.name);
        let fact = format!("which NAT address of `{}` its packets come from", service.label.name);
        Some((subnet, Field::Named(Rc::new(Point::one_of(label, possible, fact)))))
    }

    /// The header in the provider's network. Ports of the client's choice are replaced.
    fn towards_frontend(&self, sent: &Header, source: &Field, id: LoadBalancerId, frontend: usize) -> Header {
        let balancer = self.network.model.load_balancer(id);
        let destination = match balancer.frontends.get(frontend).map(|one| one.address) {
            Some(FrontendAddress::Private(_, Known::Known(address))) => Field::Fixed(space::point(address)),
            _ => {
                let label = format!("frontend of {}", balancer.label.name);
                let fact = format!("the address of the frontend of `{}`", balancer.label.name);
                let possible = match balancer.frontends.get(frontend).map(|one| one.address) {
                    Some(FrontendAddress::Private(subnet, _)) => self.network.subnet(subnet).anonymous.clone(),
                    _ => Addresses::empty(),
                };
                Field::Named(Rc::new(Point::one_of(label, possible, fact)))
            }
        };
        Header { source: source.clone(), source_port: Port::Free, destination, destination_port: sent.destination_port }
    }

    /// The endpoint whose connection an answer for a NAT address in this network belongs to.
    pub(super) fn endpoint_behind(&self, flight: &Flight, home: VirtualNetworkId) -> Option<PrivateEndpointId> {
        let last = flight.waypoints.last().filter(|_| flight.leg == Leg::Reply)?;
        match last.device {
            Device::PrivateLink(endpoint, subnet) if self.network.model.subnet(subnet).virtual_network == home => {
                (last.before.source != flight.header.destination).then_some(endpoint)
            }
            _ => None,
        }
    }

    /// An answer at a NAT address: to the client, from the endpoint (R240).
    pub(super) fn answer_by_private_link(&mut self, flight: Flight, endpoint: PrivateEndpointId) -> Fates {
        let mut flight = flight;
        let Some(waypoint) = flight.waypoints.pop() else { return Fates::new() };
        flight.header = waypoint.before.reversed();
        let place = Place::PrivateEndpoint(endpoint);
        flight.origin = self.home(place);
        self.leave_private_endpoint(flight, endpoint)
    }

    /// What a user route or a gateway's makes of an answer for a NAT address, no document says (R240).
    pub(super) fn loses_nat_answer(&self, flight: &Flight, subnet: SubnetId, row: &RouteRow) -> bool {
        let home = self.network.model.subnet(subnet).virtual_network;
        row.origin != RouteOrigin::System && self.endpoint_behind(flight, home).is_some()
    }
}
