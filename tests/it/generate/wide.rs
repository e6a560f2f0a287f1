//! Networks wider than one hub with its spokes: virtual hubs, and what else joins networks.
//!
//! In: a seed. Out: a model that Azure would accept. Everything of the older networks may be there too.

use super::{Random, network::Draft};
use azreach::model::Model;

/// A wide network from the seed's numbers.
pub(crate) fn wide(random: &mut Random) -> Model {
    let mut draft = Draft::new(random);
    draft.settings();
    draft.externals();
    draft.virtual_networks();
    if draft.random.percent(50) {
        draft.peerings();
    }
    if draft.random.percent(40) {
        draft.gateways();
    }
    draft.names_of_virtual_wans();
    draft.security_groups();
    draft.appliance();
    draft.workloads();
    draft.firewall();
    draft.load_balancers();
    draft.nat_gateways();
    draft.application_gateways();
    draft.route_tables();
    draft.attach();
    draft.network_managers();
    if draft.random.percent(75) {
        draft.virtual_wan();
    }
    draft.model
}
