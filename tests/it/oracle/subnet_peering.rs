//! Peerings that join some subnets only, from routing.md section 3.6 (R97).
//!
//! In: a link, the subnet that a packet was sent from. Out: the ranges at its other end, whether the packet gets there.

use super::{Place, Step, Walk, by_hand, denied};
use azreach::model::*;
use ipnet::IpNet;

/// The subnets that a link joins, as the side that owns it sees them; the other side may be the one that says so.
fn joined(model: &Model, link: &Peering) -> Option<PeeredSubnets> {
    let mirrored = |other: &PeeredSubnets| PeeredSubnets {
        local: other.remote.clone(),
        remote: other.local.clone(),
        only_ipv6: other.only_ipv6,
    };
    let back = || link.reverse.and_then(|reverse| model.peering(reverse).subnets.as_ref()).map(mirrored);
    link.subnets.clone().or_else(back)
}

/// What lies at the other end of such a link.
pub(crate) fn ranges(model: &Model, link: &Peering) -> Option<Vec<IpNet>> {
    let joined = joined(model, link)?;
    let all = joined.remote.iter().flat_map(|subnet| model.subnet(*subnet).address_prefixes.clone());
    Some(all.filter(|prefix| !joined.only_ipv6 || prefix.addr().is_ipv6()).collect())
}

impl Walk<'_> {
    /// The subnet that sends from a place.
    pub(super) fn sender_at(&self, place: Place) -> Option<SubnetId> {
        match place {
            Place::Member(member) => Some(member.subnet),
            Place::Firewall { id, .. } => Some(self.model.azure_firewall(id).subnet),
            Place::ApplicationGateway { id, .. } => Some(self.model.application_gateway(id).subnet),
            Place::Gateway { gateway, .. } | Place::FromClients(gateway) => {
                super::hybrid::gateway_subnet(self.model, gateway)
            }
            _ => None,
        }
    }

    /// The row stands in every subnet; what one that is not joined sends is dropped on the way.
    pub(super) fn is_joined(&self, link: PeeringId) -> Step<()> {
        let (Some(joined), Some(sender)) = (joined(self.model, self.model.peering(link)), self.sender) else {
            return Ok(());
        };
        match (joined.local.contains(&sender), self.model.subnet(sender).purpose) {
            (true, _) => Ok(()),
            (false, SubnetPurpose::Gateway) => by_hand("a peering that does not join GatewaySubnet"),
            (false, _) => denied("peering that does not join the subnet"),
        }
    }
}
