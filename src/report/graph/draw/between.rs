//! What stands between the ends: Azure firewalls and Route Servers in their subnets, load balancers and application
//! gateways with their back ends.

use super::{
    super::picture::{EdgeKind, FrameId, FrameKind, NodeKind, Spot},
    Drawing,
};
use crate::{
    model::{
        AzureFirewall, BackEnd, BastionPlace, Frontend, FrontendAddress, GatewayBackEnd, GatewayTarget, Known,
        LoadBalancer, NetworkInterface, NetworkInterfaceId,
    },
    report::page::count,
};

/// Most frontends of a load balancer that are told.
const MOST_FRONTENDS: usize = 4;

impl Drawing<'_> {
    /// Azure firewalls, before user routes look for who answers to their address.
    pub(super) fn firewalls(&mut self) {
        let model = &self.network.model;
        for firewall in &model.azure_firewalls {
            let Some(Spot::Frame(home)) = self.subnet_spot(firewall.subnet) else { continue };
            let details = self.firewall_details(firewall);
            let node =
                Spot::Node(self.node(NodeKind::Appliance, "Azure Firewall", home, &firewall.label.name, details));
            self.known_as(firewall.label.name.clone(), node);
            if let Known::Known(address) = firewall.private_address {
                self.answers(self.network_of(firewall.subnet), address, node);
            }
        }
    }

    /// Route Servers, with lines to the appliances that tell them something.
    pub(super) fn route_servers(&mut self) {
        for server in &self.network.model.route_servers {
            let Some(Spot::Frame(home)) = self.subnet_spot(server.subnet) else { continue };
            let mut details: Vec<String> = server.addresses.iter().map(ToString::to_string).collect();
            if server.branch_to_branch {
                details.push("branch to branch".to_owned());
            }
            let node = Spot::Node(self.node(NodeKind::Gateway, "Route Server", home, &server.label.name, details));
            self.known_as(server.label.name.clone(), node);
            let network = self.network_of(server.subnet);
            for address in &server.addresses {
                self.answers(network, *address, node);
            }
            for peer in &server.peers {
                let at = peer.appliance.and_then(|(_, nic)| self.nics[nic.index()]);
                let told = match &peer.routes {
                    Known::Known(told) => told.iter().map(|one| one.prefix.to_string()).collect(),
                    Known::Unknown(_) => vec!["not known what".to_owned()],
                };
                if let Some(at) = at {
                    let label = vec!["BGP".to_owned(), format!("told {}", told.join(", "))];
                    self.line(node, at, EdgeKind::Connection, label);
                }
            }
        }
    }

    fn firewall_details(&self, firewall: &AzureFirewall) -> Vec<String> {
        let mut details = vec![Self::told(&firewall.private_address)];
        details.extend(firewall.public_ip_addresses.iter().map(|id| self.public_address(*id)));
        let rules = [
            (firewall.nat_rules.len(), "DNAT rule"),
            (firewall.network_rules.len(), "network rule"),
            (firewall.application_rules.len(), "application rule"),
        ];
        details.extend(rules.iter().filter(|(many, _)| *many > 0).map(|(many, words)| count(*many, words)));
        if firewall.management {
            details.push("forced tunnelling".to_owned());
        }
        details
    }

    /// Load balancers, with lines to the machines behind their rules.
    pub(super) fn load_balancers(&mut self) {
        let model = &self.network.model;
        for balancer in &model.load_balancers {
            let Some(home) = self.balancer_home(balancer) else { continue };
            let words = match balancer.standard {
                Known::Known(false) => "load balancer, Basic",
                Known::Known(true) | Known::Unknown(_) => "load balancer",
            };
            let node = self.behind_frontends(words, home, &balancer.label.name, &balancer.frontends);
            self.back_ends(balancer, node);
        }
    }

    /// A node that answers at its frontends.
    fn behind_frontends(&mut self, words: &'static str, home: FrameId, name: &str, frontends: &[Frontend]) -> Spot {
        let model = &self.network.model;
        let details = frontends.iter().take(MOST_FRONTENDS).map(|one| match one.address {
            FrontendAddress::Private(_, address) => Self::told(&address),
            FrontendAddress::Public(id) => self.public_address(id),
        });
        let details = details.collect();
        let node = Spot::Node(self.node(NodeKind::Gateway, words, home, name, details));
        self.known_as(name.to_owned(), node);
        for frontend in frontends {
            match frontend.address {
                FrontendAddress::Private(subnet, Known::Known(address)) => {
                    self.answers(self.network_of(subnet), address, node);
                }
                FrontendAddress::Private(..) => {}
                FrontendAddress::Public(id) => {
                    self.known_as(model.public_ip_address(id).label.name.clone(), node);
                }
            }
        }
        node
    }

    /// Application gateways in their subnets, with lines to the machines in the pools of their rules.
    pub(super) fn application_gateways(&mut self) {
        for gateway in &self.network.model.application_gateways {
            let Some(Spot::Frame(home)) = self.subnet_spot(gateway.subnet) else { continue };
            let node = self.behind_frontends("application gateway", home, &gateway.label.name, &gateway.frontends);
            for way in gateway.listeners.iter().flat_map(|listener| &listener.ways) {
                let GatewayTarget::Pool { pool, .. } = way.to else { continue };
                for member in &gateway.pools[pool].members {
                    if let Some(spot) = self.gateway_back_end(member) {
                        self.line(node, spot, EdgeKind::BackEnd, vec![way.name.clone()]);
                    }
                }
            }
        }
    }

    /// Azure Bastions: in their subnet, those of the shared pool in the network that they serve.
    pub(super) fn bastion_hosts(&mut self) {
        for bastion in &self.network.model.bastion_hosts {
            let home = match bastion.place {
                BastionPlace::Subnet(subnet) => match self.subnet_spot(subnet) {
                    Some(Spot::Frame(home)) => Some(home),
                    _ => None,
                },
                BastionPlace::Shared(network) => self.networks[network.index()],
            };
            let Some(home) = home else { continue };
            let details = bastion.public_ip_addresses.iter().map(|id| self.public_address(*id)).collect();
            let node = Spot::Node(self.node(NodeKind::Gateway, "Azure Bastion", home, &bastion.label.name, details));
            self.known_as(bastion.label.name.clone(), node);
            for id in &bastion.public_ip_addresses {
                self.known_as(self.network.model.public_ip_address(*id).label.name.clone(), node);
            }
        }
    }

    /// Where a member of a pool stands, when it is a machine of the file.
    fn gateway_back_end(&self, member: &GatewayBackEnd) -> Option<Spot> {
        let nic = match member {
            GatewayBackEnd::NetworkInterface(nic) => *nic,
            GatewayBackEnd::Address(address) => {
                let has = |nic: &NetworkInterface| {
                    nic.ip_configurations.iter().any(|one| one.address == Known::Known(*address))
                };
                NetworkInterfaceId::at(self.network.model.network_interfaces.iter().position(has)?)
            }
            GatewayBackEnd::Host(_) => return None,
        };
        self.nics[nic.index()]
    }

    /// In the subnet of its first internal frontend, else in the region of its first back end.
    fn balancer_home(&self, balancer: &LoadBalancer) -> Option<FrameId> {
        let internal = balancer.frontends.iter().find_map(|one| match one.address {
            FrontendAddress::Private(subnet, _) => self.subnet_spot(subnet),
            FrontendAddress::Public(_) => None,
        });
        if let Some(Spot::Frame(frame)) = internal {
            return Some(frame);
        }
        let members = balancer.pools.iter().flat_map(|pool| &pool.members).map(|(nic, _)| *nic);
        let single = balancer.rules.iter().filter_map(|rule| match rule.back_end {
            BackEnd::One(nic, _) => Some(nic),
            BackEnd::Pool(_) => None,
        });
        let spot = members.chain(single).find_map(|nic| self.nics[nic.index()])?;
        let around = self.picture.around(spot);
        around.into_iter().find(|id| self.picture.frame(*id).kind == FrameKind::Region)
    }

    /// Members of a pool with what its rules carry; one line where a whole subnet stands for several.
    fn back_ends(&mut self, balancer: &LoadBalancer, node: Spot) {
        for rule in &balancer.rules {
            let members = match rule.back_end {
                BackEnd::Pool(pool) => balancer.pools[pool].members.clone(),
                BackEnd::One(nic, index) => vec![(nic, index)],
            };
            for (nic, _) in members {
                if let Some(spot) = self.nics[nic.index()] {
                    self.line(node, spot, EdgeKind::BackEnd, vec![rule.name.clone()]);
                }
            }
        }
    }
}
