//! Application gateways of a random network.

use super::network::{Draft, ip, label, net};
use azreach::model::*;

impl Draft<'_> {
    /// One or two in subnets of their own, with a private frontend, a public one, or both.
    pub(super) fn application_gateways(&mut self) {
        for index in 0..self.random.below(3) {
            let network = VirtualNetworkId::at(self.random.below(self.model.virtual_networks.len()));
            let prefix = format!("10.{}.{}.0/24", network.index(), 240 + index);
            let subnet = self.subnet(network, format!("agw{index}"), &prefix, SubnetPurpose::Ordinary);
            self.pool.push(net(&prefix));
            let private = ip(&prefix.replace(".0/24", ".10"));
            let mut frontends = Vec::new();
            if self.random.percent(75) {
                let address = FrontendAddress::Private(subnet, Known::Known(private));
                frontends.push(Frontend { name: "private".into(), address });
            }
            if frontends.is_empty() || self.random.percent(50) {
                let id = self.public_ip();
                self.model.public_ip_addresses[id.index()].sku = Known::Known(PublicIpSku::Standard);
                frontends.push(Frontend { name: "public".into(), address: FrontendAddress::Public(id) });
            }
            let pools = (0..1 + self.random.below(2)).map(|at| self.gateway_pool(at)).collect::<Vec<_>>();
            let listeners = (0..1 + self.random.below(3)).map(|at| self.listener(at, frontends.len(), pools.len()));
            let listeners = listeners.collect();
            let label = label(format!("agw{index}"));
            let v2 = Known::Known(true);
            let isolated = self.random.percent(20);
            self.model.application_gateways.push(ApplicationGateway {
                label,
                subnet,
                v2,
                isolated,
                frontends,
                listeners,
                pools,
            });
        }
    }

    /// Machines by NIC or by address, an address that nobody has, or nobody.
    fn gateway_pool(&mut self, at: usize) -> GatewayPool {
        let nics = self.model.network_interfaces.len();
        let member = |draft: &mut Self| {
            let id = NetworkInterfaceId::at(draft.random.below(nics));
            let address = draft.model.network_interface(id).ip_configurations[0].address;
            match (draft.random.below(5), address) {
                (0, _) => GatewayBackEnd::Address(ip("10.0.1.77")),
                (1 | 2, Known::Known(address)) => GatewayBackEnd::Address(address),
                _ => GatewayBackEnd::NetworkInterface(id),
            }
        };
        let members = (0..self.random.below(4)).map(|_| member(self)).collect();
        GatewayPool { name: format!("pool{at}"), members, unknown: None }
    }

    fn listener(&mut self, at: usize, frontends: usize, pools: usize) -> Listener {
        let way = |draft: &mut Self, number: usize| {
            let to = match draft.random.below(6) {
                0 => GatewayTarget::Redirect,
                _ => GatewayTarget::Pool {
                    pool: draft.random.below(pools),
                    port: Known::Known(*draft.random.pick(&[443, 8080, 22])),
                    probe: draft.random.percent(20).then_some(445),
                },
            };
            GatewayWay { name: format!("rule{at}-{number}"), to }
        };
        let ways = match self.random.below(8) {
            0 => 0,
            1 => 2,
            _ => 1,
        };
        Listener {
            label: label(format!("listener{at}")),
            frontend: self.random.below(frontends),
            port: Known::Known(*self.random.pick(&[443, 443, 8080, 22])),
            hosts: Vec::new(),
            ways: (0..ways).map(|number| way(self, number)).collect(),
        }
    }
}
