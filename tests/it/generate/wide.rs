//! Networks wider than one hub with its spokes: virtual hubs, and what else joins networks.
//!
//! In: a seed. Out: a model that Azure would accept. Everything of the older networks may be there too.

use super::{
    Random,
    network::{Draft, net},
};
use azreach::model::*;

/// A wide network from the seed's numbers.
pub(crate) fn wide(random: &mut Random) -> Model {
    let mut draft = Draft::new(random);
    draft.settings();
    draft.externals();
    draft.virtual_networks();
    if draft.random.percent(50) {
        draft.peerings();
        draft.peer_subnets();
    }
    if draft.random.percent(40) {
        draft.gateways();
        draft.summarize();
        draft.clients();
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
    draft.route_server();
    if draft.random.percent(75) {
        draft.virtual_wan();
    }
    draft.model
}

impl Draft<'_> {
    /// Some pairs of VNETs are joined by some of their subnets only (R97); not those that share a gateway.
    fn peer_subnets(&mut self) {
        for index in 0..self.model.peerings.len() {
            let link = &self.model.peerings[index];
            let Some(reverse) = link.reverse.filter(|reverse| reverse.index() > index) else { continue };
            let back = self.model.peering(reverse);
            let shares = |link: &Peering| link.use_remote_gateways == Known::Known(true);
            if shares(link) || shares(back) || !self.random.percent(30) {
                continue;
            }
            let (here, there) = (self.model.peerings[index].local, self.model.peering(reverse).local);
            let (local, remote) = (self.some_subnets(here), self.some_subnets(there));
            let only_ipv6 = self.random.percent(5);
            let joined = PeeredSubnets { local: local.clone(), remote: remote.clone(), only_ipv6 };
            let link = &mut self.model.peerings[index];
            (link.subnets, link.remote_address_space) = (Some(joined), None);
            let back = &mut self.model.peerings[reverse.index()];
            (back.subnets, back.remote_address_space) =
                (Some(PeeredSubnets { local: remote, remote: local, only_ipv6 }), None);
        }
    }

    fn some_subnets(&mut self, network: VirtualNetworkId) -> Vec<SubnetId> {
        let subnets = self.model.virtual_network(network).subnets.clone();
        let first = self.random.below(subnets.len());
        subnets.into_iter().skip(first).take(1 + self.random.below(2)).collect()
    }

    /// Point-to-site clients of the VPN gateway.
    fn clients(&mut self) {
        let mut gateways = self.model.virtual_network_gateways.iter_mut();
        let vpn = gateways.find(|gateway| gateway.gateway_type == GatewayType::Vpn);
        if let Some(gateway) = vpn.filter(|_| self.random.percent(50)) {
            gateway.client_address_pool = vec![net("10.250.0.0/24")];
            self.pool.push(net("10.250.0.0/24"));
        }
    }

    /// What the gateways say instead of their VNET's ranges (R98).
    fn summarize(&mut self) {
        if !self.model.virtual_network_gateways.is_empty() && self.random.percent(25) {
            let summaries = [vec!["10.0.0.0/14"], vec!["10.0.0.0/15"], vec!["10.0.0.0/15", "10.2.0.0/16"]];
            let summary = self.random.pick(&summaries).iter().map(|text| net(text)).collect();
            self.model.virtual_networks[0].summarized_gateway_prefixes = summary;
        }
    }
}
