//! Links that join some subnets of two VNETs only (R97).
//!
//! In: a flight about to cross a link. Out: the flight, or its end. Deliberately absent: flags of links (that is
//! `forward`), rows (that is `compile/routes`).

use super::{
    flight::{Doubts, Fates, Flight},
    steps,
    walk::Walk,
};
use crate::{
    model::{PeeringId, SubnetId, SubnetPurpose},
    space,
    trace::Outcome,
};

impl Walk<'_> {
    /// The row to the other side stands in every subnet of the VNET; packets of those that the link does not join are
    /// sent, and dropped before they arrive.
    pub(super) fn judge_subnets(&mut self, flight: Flight, link: PeeringId) -> Result<Flight, Fates> {
        let network = self.network;
        let (Some(joined), Some(sender)) = (network.model.peered_subnets(link), flight.sender) else {
            return Ok(flight);
        };
        if joined.local.contains(&sender) {
            return Ok(flight);
        }
        let name = network.subnet_path(sender);
        if network.model.subnet(sender).purpose == SubnetPurpose::Gateway {
            let text = format!("whether a peering that does not join {name} carries what its gateway sends");
            return Ok(flight.doubt(&Doubts::of_text(&text)));
        }
        let detail = format!("the peering does not join subnet {name}");
        Err(self.stop(flight, steps::peering(network, link, Outcome::Deny, &detail, "R97")))
    }

    /// Over a link to the gateway of the VNET at its other end.
    pub(super) fn doubt_unjoined_gateway(&self, flight: Flight, link: PeeringId) -> Flight {
        let model = &self.network.model;
        let is_gateway = |subnet: &SubnetId| model.subnet(*subnet).purpose == SubnetPurpose::Gateway;
        match model.peered_subnets(link) {
            Some(joined) if !joined.remote.iter().any(is_gateway) => {
                let text = "whether a peering that does not join GatewaySubnet leads to the gateway";
                flight.doubt(&Doubts::of_text(text))
            }
            _ => flight,
        }
    }

    /// An address at the other end of a link lies in a subnet that it joins.
    pub(super) fn is_peered_with(&self, link: PeeringId, at: u128) -> bool {
        let model = &self.network.model;
        match (model.peered_subnets(link), model.peering(link).remote.known()) {
            (Some(_), Some(remote)) => space::prefixes(&model.ranges_behind(link, *remote)).contains(at),
            _ => true,
        }
    }
}
