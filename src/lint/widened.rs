//! Security groups that let more through because a default route puts every address into VirtualNetwork (F60, F61).
//!
//! In: a network. Out: a finding for each group, with a packet that it would not let through otherwise. The network is
//! compiled once more with the setting that leaves the route out, and the two are laid over each other. Deliberately absent:
//! whether such a packet gets there.

use super::{
    Finding, Proof, Subject,
    layers::Layers,
    places::{self, Place},
};
use crate::{
    compile::compile,
    network::{Network, RuleList},
    scenario::settings::VirtualNetworkTagDefaultRoute,
    space::Packet,
};
use std::sync::Arc;

/// Groups that a default route opens.
pub(super) fn findings(subject: Subject<'_>) -> Vec<Finding> {
    let network = subject.network;
    if network.subnets.iter().all(|subnet| subnet.virtual_network_tag.widened_by.is_none()) {
        return Vec::new();
    }
    let mut model = network.model.clone();
    model.settings.virtual_network_tag_default_route = VirtualNetworkTagDefaultRoute::Never;
    let narrow = compile(model);
    let mut found = Vec::new();
    for (applied, other) in places::lists(network).iter().zip(places::lists(&narrow)) {
        let Some(group) = applied.list.group else { continue };
        let opened = widened(&applied.places).find_map(|(place, route)| {
            let rest = other.places.iter().find(|one| one.local == place.local)?;
            Some((route, more(network, applied.list, place, rest)?))
        });
        if let Some((route, witness)) = opened {
            let label = &network.model.network_security_group(group).label;
            let message = format!(
                "`{route}` puts every address into VirtualNetwork, and `{}` lets more through for it",
                label.name
            );
            found.push(
                Finding::new("virtual-network-widened", Some(label.origin.clone()), message)
                    .help("write prefixes instead of VirtualNetwork, or deny the rest before AllowVnetInBound and AllowVnetOutBound (F60)")
                    .proof(Proof::Witness(witness)),
            );
        }
    }
    found.dedup_by(|one, other| one.diagnostic == other.diagnostic);
    found
}

/// The places whose tag a route has widened.
fn widened(places: &[Place]) -> impl Iterator<Item = (&Place, String)> {
    places.iter().filter_map(|place| {
        let tag: &Arc<_> = place.tag.as_ref()?;
        Some((place, tag.widened_by.clone()?))
    })
}

/// A packet that a list lets through at one place and not at the other.
fn more(network: &Network, list: &RuleList, here: &Place, there: &Place) -> Option<Packet> {
    let mut wide = Layers::of(network, list, here);
    let mut narrow = Layers::of(network, list, there);
    let (through, before) = (wide.allowed(), narrow.allowed());
    let before = wide.space.import(&narrow.space, before);
    let gained = wide.space.minus(through, before);
    if wide.space.overflowed() || narrow.space.overflowed() { None } else { wide.space.witness(gained) }
}
