//! A Route Server of a random network, and what appliances tell it.

use super::network::{Draft, ip, label, net};
use azreach::model::*;

impl Draft<'_> {
    /// In the first VNET, where its appliances stand.
    pub(super) fn route_server(&mut self) {
        if self.model.appliances.is_empty() || !self.random.percent(50) {
            return;
        }
        let home = VirtualNetworkId(0);
        let subnet = self.subnet(home, "RouteServerSubnet".into(), "10.0.253.0/26", SubnetPurpose::RouteServer);
        let preferences = [
            HubRoutingPreference::ExpressRoute,
            HubRoutingPreference::ExpressRoute,
            HubRoutingPreference::VpnGateway,
            HubRoutingPreference::AsPath,
        ];
        let mut peers = Vec::new();
        for index in 0..self.model.appliances.len() {
            let nic = self.model.appliances[index].network_interfaces[0];
            let address = self.model.network_interface(nic).ip_configurations[0].address.known().copied();
            let routes = Known::Known(self.advertisements());
            self.model.appliances[index].peer_asn = Some(65001);
            self.model.appliances[index].advertises = Some(routes.clone());
            let appliance = Some((ApplianceId::at(index), nic));
            peers.push(BgpPeer { label: label(format!("to-nva{index}")), address, appliance, routes });
        }
        self.model.route_servers.push(RouteServer {
            label: label("route-server"),
            subnet,
            addresses: Vec::new(),
            branch_to_branch: self.random.percent(50),
            preference: *self.random.pick(&preferences),
            peers,
        });
    }

    fn advertisements(&mut self) -> Vec<Advertisement> {
        let prefixes = [
            "172.22.0.0/16",
            "172.22.0.0/16",
            "172.23.0.0/16",
            "0.0.0.0/0",
            "10.0.0.0/8",
            "10.2.0.0/16",
            "10.0.1.0/24",
            "10.1.1.0/24",
            "10.100.0.0/16",
        ]
        .map(net);
        let mut told: Vec<Advertisement> = Vec::new();
        for _ in 0..self.random.below(4) {
            let prefix = *self.random.pick(&prefixes);
            let next_hop = match self.random.below(8) {
                0 => Some(*self.random.pick(&self.next_hops.clone())),
                1 => Some(ip("10.0.1.101")),
                _ => None,
            };
            let path_length = 1 + self.random.below(2) as u32;
            let no_advertise = self.random.percent(15);
            if !told.iter().any(|one| one.prefix == prefix) {
                told.push(Advertisement { prefix, path_length, next_hop, no_advertise });
            }
        }
        told
    }
}
