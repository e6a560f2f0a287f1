//! From a site to Microsoft's public services by a circuit's Microsoft peering.
//!
//! In: a flight at a site whose destination is public. Out: the part that goes there, and what became of it. Deliberately
//! absent: connections that begin at Microsoft's side.

use super::{
    flight::{Device, Doubts, Fates, Flight, Leg, Waypoint},
    header::{Field, Point, Port},
    steps,
    walk::Walk,
};
use crate::{
    model::{Attachment, ExpressRouteCircuitId, MicrosoftPeering, SiteId},
    space::{self, Set},
    trace::{DeciderKind, Outcome},
};
use std::rc::Rc;

impl Walk<'_> {
    /// Microsoft announces longer prefixes than a site's own default route: what the filter lets through goes by the
    /// peering, the rest as ever (R234).
    pub(super) fn out_by_microsoft(&mut self, flight: Flight, site: SiteId) -> (Flight, Fates) {
        let mut flight = flight;
        let mut fates = Fates::new();
        if flight.leg == Leg::Reply {
            return (flight, fates);
        }
        let network = self.network;
        for attachment in &network.model.site(site).attachments {
            let Attachment::ExpressRouteCircuit(circuit) = attachment else { continue };
            let Some(peering) = &network.model.express_route_circuit(*circuit).microsoft_peering else { continue };
            let (sure, perhaps, fact) = self.announced(&flight, peering);
            let rest = self.space.minus(flight.part, sure);
            if sure != Set::EMPTY {
                fates.extend(self.by_microsoft(flight.with(sure), site, *circuit, peering));
            }
            let doubtful = self.space.and(rest, perhaps);
            if doubtful != Set::EMPTY {
                let by_peering = self.by_microsoft(flight.with(doubtful), site, *circuit, peering);
                let otherwise = self.out_by_own_access(flight.with(doubtful), site);
                fates.extend(self.combine_unknown(vec![by_peering, otherwise], &Doubts::of_text(&fact)));
            }
            flight.part = self.space.minus(rest, doubtful);
        }
        (flight, fates)
    }

    /// The packets for which Microsoft announces a way, those for which it perhaps does, and the fact on which that hangs.
    fn announced(&mut self, flight: &Flight, peering: &MicrosoftPeering) -> (Set, Set, String) {
        let fact = peering.unknown.map(|fact| self.network.model.fact(fact).text.clone()).unwrap_or_default();
        let open = if peering.unknown.is_some() { flight.part } else { Set::EMPTY };
        match &flight.header.destination {
            Field::Named(point) if !point.possible.is_empty() && point.possible.is_subset(&peering.covered) => {
                (flight.part, Set::EMPTY, fact)
            }
            Field::Named(point) if point.possible.meets(&peering.covered) => {
                (Set::EMPTY, flight.part, point.fact.clone())
            }
            Field::Named(_) => (Set::EMPTY, open, fact),
            _ => (self.towards(flight, &peering.covered), open, fact),
        }
    }

    /// Behind a public address of the site's that it announces: Microsoft takes no others.
    fn by_microsoft(
        &mut self,
        flight: Flight,
        site: SiteId,
        circuit: ExpressRouteCircuitId,
        peering: &MicrosoftPeering,
    ) -> Fates {
        let own = space::prefixes(&peering.advertised);
        let direct = self.within(flight.part, &flight.header.source.clone(), &own);
        let translated = self.space.minus(flight.part, direct);
        let name = self.network.model.express_route_circuit(circuit).label.name.clone();
        let step = |detail| {
            steps::step(DeciderKind::Outbound, name.clone(), "MicrosoftPeering", Outcome::Pass, detail, "R234")
        };
        let mut fates = Fates::new();
        if direct != Set::EMPTY {
            fates
                .extend(self.at_public_destination(flight.with(direct).step(step("from a public address of its own"))));
        }
        if translated != Set::EMPTY {
            let mut flight = flight.with(translated);
            let (device, before) = (Device::SiteEgress(site), flight.header.clone());
            flight.waypoints.push(Waypoint { device, before, stateful: false, translated: true });
            let fact =
                format!("the public address of `{}` on Microsoft peering", self.network.model.site(site).label.name);
            let mut point = Point::anywhere(format!("address of {name} on Microsoft peering"), fact);
            if !own.is_empty() {
                point.possible = own.clone();
            }
            flight.header.source = own.only().map_or_else(|| Field::Named(Rc::new(point)), Field::Fixed);
            flight.header.source_port = Port::Free;
            fates.extend(self.at_public_destination(flight.step(step("behind a public address that it announces"))));
        }
        fates
    }
}
