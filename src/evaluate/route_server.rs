//! Rows of a Route Server, and what lies behind the appliances that speak BGP with it.
//!
//! In: a flight whose row came from a Route Server, or that an appliance sends to what it has behind itself. Out: fates.
//! The Route Server itself is never on the way.

use super::{
    flight::{Doubts, Fates, Flight, Leg, Place},
    steps,
    walk::Walk,
};
use crate::{
    model::{ApplianceId, NetworkInterfaceId, RouteServerId, VirtualNetworkGatewayId, VirtualNetworkId},
    network::{Network, RouteOrigin, RouteRow},
    space::{self, Addresses, Cube, Ranges, Set},
    trace::{DeciderKind, Outcome, Verdict},
};

impl Walk<'_> {
    /// To the next hop that an appliance told (R186).
    pub(super) fn by_route_server(
        &mut self,
        flight: Flight,
        place: Place,
        home: VirtualNetworkId,
        row: &RouteRow,
    ) -> Fates {
        match (row.next_hop_addresses.first(), self.leads_to_itself(place, row)) {
            (_, true) => self.back_to_the_appliance(flight, row),
            (Some(next_hop), false) => self.reach_appliance(flight, home, *next_hop, row),
            (None, false) => self.stop(flight, steps::route(self.network, row, Outcome::Deny, "no next hop address")),
        }
    }

    /// Whether a row came from the appliance that is about to follow it.
    pub(super) fn leads_to_itself(&self, place: Place, row: &RouteRow) -> bool {
        let RouteOrigin::RouteServer(id, session) = row.origin else {
            return false;
        };
        let peer = &self.network.model.route_server(id).peers[session as usize];
        peer.appliance.is_some_and(|(appliance, _)| self.appliance_at(place) == Some(appliance))
    }

    /// A default route that an appliance told brings its own packets back to it; what else it announces it must have
    /// behind itself, and the file does not say that it has this.
    fn back_to_the_appliance(&mut self, flight: Flight, row: &RouteRow) -> Fates {
        if row.prefixes.iter().any(|prefix| prefix.prefix_len() == 0) {
            let detail = "leads back to the appliance that announced it";
            let step = steps::route(self.network, row, Outcome::Deny, detail);
            return self.stop(flight, crate::trace::Step { kind: DeciderKind::Loop, law: "R218", ..step });
        }
        let doubts = Doubts::of_text("whether the appliance has a way to what it announces as a summary");
        let step = steps::route(self.network, row, Outcome::Unknown, "leads back to the appliance that announced it");
        self.end(flight.doubt(&doubts).step(step), Verdict::Undetermined)
    }

    /// Takes out of what a NIC sends what its appliance has behind itself: that never meets Azure's routes.
    pub(super) fn leave_for_behind(&mut self, flight: Flight, place: Place) -> (Flight, Fates) {
        let (Some(id), Place::NetworkInterface(nic, _)) = (self.appliance_at(place), place) else {
            return (flight, Fates::new());
        };
        let behind = self.network.behind_appliance(id);
        if behind.is_empty() {
            return (flight, Fates::new());
        }
        let part = self.towards(&flight, behind);
        let rest = self.space.minus(flight.part, part);
        if part == Set::EMPTY {
            return (flight, Fates::new());
        }
        let name = self.network.model.appliance(id).label.name.clone();
        let detail = "has the destination behind itself";
        let step = steps::step(DeciderKind::Appliance, name.clone(), "", Outcome::Pass, detail, "R186");
        let fates = self.arrive(flight.with(part).step(step).at(&name), Place::BehindAppliance(id, nic));
        (flight.with(rest), fates)
    }

    /// From behind an appliance into Azure: through any appliance that has the sender behind itself (R127), except
    /// towards an address of its own.
    pub(super) fn leave_from_behind(&mut self, flight: Flight, id: ApplianceId, nic: NetworkInterfaceId) -> Fates {
        let own = self.own_addresses(Place::NetworkInterface(nic, 0));
        let addressed = self.towards(&flight, &own);
        let transit = self.space.minus(flight.part, addressed);
        let mut fates = Fates::new();
        if addressed != Set::EMPTY {
            fates.extend(self.appliance_addressed(flight.with(addressed), Place::NetworkInterface(nic, 0), id));
        }
        if transit != Set::EMPTY {
            let flight = flight.with(transit);
            let sources = self.sources(&flight);
            let mut ways = vec![(id, nic)];
            for peer in self.network.model.route_servers.iter().flat_map(|server| &server.peers) {
                let Some(way) = peer.appliance.filter(|way| !ways.contains(way)) else { continue };
                if self.network.behind_appliance(way.0).meets(&sources) {
                    ways.push(way);
                }
            }
            let choices = ways.into_iter().map(|(id, nic)| self.come_from_behind(flight.clone(), id, nic)).collect();
            fates.extend(self.combine_choices(choices));
        }
        fates
    }

    fn come_from_behind(&mut self, flight: Flight, id: ApplianceId, nic: NetworkInterfaceId) -> Fates {
        let name = self.network.model.appliance(id).label.name.clone();
        match self.spend(flight) {
            Ok(flight) => self.guest(flight.at(&name), Place::NetworkInterface(nic, 0), id),
            Err(fates) => fates,
        }
    }

    /// Whether packets come from a gateway's point-to-site clients, of whom a Route Server tells nobody (R110).
    pub(super) fn is_from_clients(&mut self, flight: &Flight, gateway: VirtualNetworkGatewayId) -> bool {
        let pool = space::prefixes(&self.network.model.virtual_network_gateway(gateway).client_address_pool);
        !pool.is_empty() && self.sources(flight).meets(&pool)
    }

    /// The Route Server's own address: it takes BGP, and carries nothing.
    pub(super) fn enter_route_server(&mut self, flight: Flight, id: RouteServerId) -> Fates {
        let server = self.network.model.route_server(id);
        let bgp =
            Cube { protocols: Ranges::single(space::TCP), destination_ports: space::Ports::single(179), ..Cube::all() };
        let part = match flight.leg {
            Leg::Forward => self.space.and_cube(flight.part, &bgp),
            Leg::Reply => flight.part,
        };
        let rest = self.space.minus(flight.part, part);
        let mut fates = Fates::new();
        if part != Set::EMPTY {
            fates.extend(self.arrive(flight.with(part), Place::Subnet(server.subnet)));
        }
        if rest != Set::EMPTY {
            let detail = "an address of the Route Server itself, which takes BGP alone";
            let name = server.label.name.clone();
            let step = steps::step(DeciderKind::Gateway, name, "", Outcome::Deny, detail, "R186");
            fates.extend(self.stop(flight.with(rest), step));
        }
        fates
    }
}

/// What appliances have behind themselves.
pub(super) fn behind_appliances(network: &Network) -> impl Iterator<Item = (Place, Addresses)> + '_ {
    let appliances = network.model.appliances.iter().enumerate();
    appliances.filter_map(|(index, appliance)| {
        let id = ApplianceId::at(index);
        let nic = *appliance.network_interfaces.first()?;
        Some((Place::BehindAppliance(id, nic), network.behind_appliance(id).clone()))
    })
}
