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
    model::{Direction, NetworkSecurityGroupId},
    network::{Network, RuleList},
    scenario::settings::VirtualNetworkTagDefaultRoute,
    space::Packet,
};

/// Groups that a default route opens.
pub(super) fn findings(subject: Subject<'_>) -> Vec<Finding> {
    let network = subject.network;
    if network.subnets.iter().all(|subnet| subnet.virtual_network_tag.widened_by.is_none()) {
        return Vec::new();
    }
    let mut model = network.model.clone();
    model.settings.virtual_network_tag_default_route = VirtualNetworkTagDefaultRoute::Never;
    let narrow = compile(model);
    let groups = (0..network.model.network_security_groups.len()).map(NetworkSecurityGroupId::at);
    groups.filter_map(|group| opened(network, &narrow, group)).collect()
}

/// The first place at which a group lets more through.
fn opened(network: &Network, narrow: &Network, group: NetworkSecurityGroupId) -> Option<Finding> {
    let label = &network.model.network_security_group(group).label;
    places::subnets_of(network, group).into_iter().find_map(|subnet| {
        let route = network.subnet(subnet).virtual_network_tag.widened_by.as_ref()?;
        let (here, there) = (places::whole_subnet(network, subnet), places::whole_subnet(narrow, subnet));
        let lists = [Direction::Inbound, Direction::Outbound].map(|direction| network.rules(group, direction));
        let witness = lists.into_iter().find_map(|list| more(network, list, &here, &there))?;
        let message =
            format!("`{route}` puts every address into VirtualNetwork, and `{}` lets more through for it", label.name);
        let help = "write prefixes instead of VirtualNetwork, or deny the rest before the default rules (F60)";
        let finding = Finding::new("virtual-network-widened", Some(label.origin.clone()), message);
        Some(finding.help(help).proof(Proof::Witness(witness)))
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
