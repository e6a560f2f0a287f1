//! Point-to-site clients of a gateway: which routes they have, and what they send.
//!
//! In: a flight that starts with a client. Out: fates. Deliberately absent: who reaches them (that is `hybrid`: their pool
//! is a row of the gateway's).

use super::{
    flight::{Doubts, Fates, Flight},
    header::Field,
    steps,
    walk::Walk,
};
use crate::{
    model::VirtualNetworkGatewayId,
    network::{GatewayPeer, Learned},
    space::{self, Addresses, Set},
    trace::{DeciderKind, Outcome, Verdict},
};

impl Walk<'_> {
    /// A client sends: by the routes of its profile, else by its own network, where private addresses mean nothing.
    pub(super) fn leave_clients(&mut self, flight: Flight, id: VirtualNetworkGatewayId) -> Fates {
        let network = self.network;
        let name = network.model.clients_name(id);
        let flight = flight.at(&name);
        let own_way = "the client's own way to the Internet";
        if let Field::Named(point) = &flight.header.destination {
            return match point.is_private() {
                true => self.enter_gateway(flight, id),
                false => self.not_known(flight, &name, own_way),
            };
        }
        let within = space::prefixes(&self.ranges_inside(id));
        let pool = space::prefixes(&network.model.virtual_network_gateway(id).client_address_pool);
        let (by_bgp, by_hand) = self.behind_tunnels(id);
        let mut rest = flight.part;
        let mut take = |walk: &mut Self, addresses: &Addresses| walk.take_towards(&flight, &mut rest, addresses);
        // Nobody but the client's own tunnel answers for the pool.
        let (inside, among) = (take(self, &within.union(&by_bgp)), take(self, &pool));
        let (static_only, public) = (take(self, &by_hand), take(self, network.internet()));
        let mut fates = Fates::new();
        if inside.part != Set::EMPTY {
            fates.extend(self.enter_gateway(inside, id));
        }
        let step = |detail: &str, law| steps::step(DeciderKind::NoRoute, name.clone(), "", Outcome::Deny, detail, law);
        fates.extend(self.not_known(among, &name, "whether clients of one gateway reach each other"));
        fates.extend(self.not_known(public, &name, own_way));
        let detail = "clients reach what lies behind a tunnel only where BGP runs over it";
        fates.extend(self.stop(static_only, step(detail, "R119")));
        let detail = "clients have routes to the gateway's network and the spokes that use it, and to no others";
        let rest = flight.with(rest);
        fates.extend(self.stop(rest, step(detail, "R117")));
        fates
    }

    fn not_known(&self, flight: Flight, name: &str, text: &str) -> Fates {
        if flight.part == Set::EMPTY {
            return Fates::new();
        }
        let step = steps::step(DeciderKind::NoRoute, name, "", Outcome::Unknown, text, "R117");
        self.end(flight.doubt(&Doubts::of_text(text)).step(step), Verdict::Undetermined)
    }

    /// What the gateway knows by tunnels with BGP, and by tunnels without (R118, R119). A default route is no client's.
    fn behind_tunnels(&self, id: VirtualNetworkGatewayId) -> (Addresses, Addresses) {
        let model = &self.network.model;
        let speaks = |entry: &&Learned| entry.bgp || entry.via.is_some_and(|via| model.connection(via).enable_bgp);
        let tunnels = |entry: &&Learned| entry.to != GatewayPeer::Clients && entry.prefix.prefix_len() > 0;
        let learned = self.network.gateway(id).learned.iter().filter(tunnels);
        let (with, without): (Vec<&Learned>, Vec<&Learned>) = learned.partition(speaks);
        let addresses = |entries: &[&Learned]| {
            entries.iter().fold(Addresses::empty(), |all, entry| all.union(&space::prefix(entry.prefix)))
        };
        (addresses(&with), addresses(&without))
    }
}
