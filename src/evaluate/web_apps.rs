//! What apps of App Service send: by their integration subnet into the VNET, the rest from their own addresses.
//!
//! In: a flight that starts at an app with an integration. Out: fates. Deliberately absent: who calls apps (that is
//! `admit`): nobody comes by the integration (F209).

use super::{
    ends::{Ends, Start},
    flight::{Device, Doubts, Fates, Flight, Leg, Place, Waypoint},
    header::{Field, which_instance},
    steps,
    walk::{Aim, Walk},
};
use crate::{
    model::{Known, NextHopType, RuleSubnet, ServiceId, SubnetId},
    space::{self, Addresses, Set},
    trace::{DeciderKind, Outcome},
};

/// What always goes by the integration subnet (F209).
const PRIVATE: [&str; 3] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

impl Ends<'_> {
    /// An app sends from an address of its integration subnet, and nobody knows from which; one whose subnet is not in
    /// the file from nobody knows where.
    pub(super) fn app_start(&self, id: ServiceId) -> Option<Start> {
        let service = self.network.model.service(id);
        let label = service.label.name.clone();
        let own = self.service_goal(id, 0).named;
        let nowhere = |doubts| (Place::Outsider, Addresses::empty(), own.clone(), doubts);
        let (place, addresses, named, doubts) = match service.app.as_ref()?.integration.as_ref()? {
            RuleSubnet::Here(subnet) => {
                let addresses = self.network.subnet(*subnet).anonymous.intersect(&space::ipv4());
                (Place::WebApp(id), addresses, None, Doubts::of_text(&which_instance(&label)))
            }
            RuleSubnet::Outside(path) => {
                nowhere(Doubts::of_text(&format!("the integration subnet `{path}` of `{label}`")))
            }
            RuleSubnet::Unknown(fact) => nowhere(Doubts::from_facts(&[*fact])),
        };
        Some(Start { place, addresses, named, doubts, label, relays: 0 })
    }
}

impl Walk<'_> {
    /// Private addresses and services with an endpoint there by the integration subnet; the rest only where all is
    /// routed (F209, R231).
    pub(super) fn leave_web_app(&mut self, flight: Flight, id: ServiceId) -> Fates {
        let network = self.network;
        let service = network.model.service(id);
        let (Some(subnet), Some(app)) = (service.integration_subnet(), &service.app) else { return Fates::new() };
        let flight = flight.at(&service.label.name);
        let place = Place::Subnet(subnet);
        if flight.leg == Leg::Reply || app.route_all == Known::Known(true) {
            return self.leave(flight, place);
        }
        let inside = self.goes_inside(&flight, subnet);
        let rest = self.space.minus(flight.part, inside);
        let mut fates = Fates::new();
        if inside != Set::EMPTY {
            fates.extend(self.leave(flight.with(inside), place));
        }
        if rest != Set::EMPTY {
            let flight = flight.with(rest);
            fates.extend(match app.route_all {
                Known::Unknown(fact) => {
                    let ways = vec![self.leave(flight.clone(), place), self.leave_by_itself(flight, id)];
                    self.combine_unknown(ways, &Doubts::from_facts(&[fact]))
                }
                Known::Known(_) => self.leave_by_itself(flight, id),
            });
        }
        fates
    }

    /// What goes by the subnet although not all is routed.
    fn goes_inside(&mut self, flight: &Flight, subnet: SubnetId) -> Set {
        let here = self.network.model.subnet(subnet);
        if let Field::Named(point) = &flight.header.destination {
            let by_endpoint = match self.aim {
                Aim::Service(id, _) => {
                    let known = self.network.model.service(id).kind.endpoints();
                    here.service_endpoints.iter().any(|name| known.iter().any(|one| name.eq_ignore_ascii_case(one)))
                }
                _ => false,
            };
            return if point.is_private() || by_endpoint { flight.part } else { Set::EMPTY };
        }
        let private = PRIVATE.iter().filter_map(|net| net.parse().ok()).map(space::prefix);
        let mut addresses = private.fold(Addresses::empty(), |all, one| all.union(&one));
        let routes = &self.network.subnet(subnet).routes;
        let endpoint = Known::Known(NextHopType::VirtualNetworkServiceEndpoint);
        for (choice, part) in routes.split(&self.destinations(flight)) {
            if choice.rows.iter().any(|row| routes.rows[*row as usize].next_hop_type == endpoint) {
                addresses = addresses.union(&part);
            }
        }
        self.towards(flight, &addresses)
    }

    /// From the app's own outbound addresses: no security group and no route of the customer's.
    fn leave_by_itself(&mut self, flight: Flight, id: ServiceId) -> Fates {
        let service = self.network.model.service(id);
        let mut flight = flight;
        let (device, before) = (Device::Egress(Place::WebApp(id)), flight.header.clone());
        flight.waypoints.push(Waypoint { device, before, stateful: false, translated: true });
        flight.header.source = self.outbound_addresses_of(id);
        let detail = "from the app's own outbound addresses, past the virtual network";
        let step = steps::step(DeciderKind::Outbound, service.label.name.clone(), "", Outcome::Pass, detail, "F209");
        self.at_public_destination(flight.step(step))
    }

    /// The outbound addresses of an app: in the tag of its service.
    pub(super) fn outbound_addresses_of(&self, id: ServiceId) -> Field {
        let service = self.network.model.service(id);
        let name = format!("outbound address of {}", service.label.name);
        let point = super::header::Point::service(service, &name, &self.network.model.tags);
        Field::Named(std::rc::Rc::new(point))
    }

    /// The app that starts the flow by this subnet.
    pub(super) fn app_at(&self, subnet: SubnetId) -> Option<ServiceId> {
        let Place::WebApp(id) = self.start else { return None };
        (self.network.model.service(id).integration_subnet() == Some(subnet)).then_some(id)
    }
}
