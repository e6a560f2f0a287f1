//! Virtual hubs of a random network, with branches, route tables and routing intent.

use super::network::{Draft, ip, label, net};
use azreach::model::*;
use ipnet::IpNet;

impl Draft<'_> {
    /// What rules and routes may name of hubs and branches.
    pub(super) fn names_of_virtual_wans(&mut self) {
        self.pool.extend(["10.102.0.0/16", "10.103.0.0/16", "10.220.0.0/23"].map(net));
        self.next_hops.push(ip("10.220.0.132"));
    }

    /// One or two hubs, VNETs and branches connected to them.
    pub(super) fn virtual_wan(&mut self) {
        let spokes: Vec<VirtualNetworkId> = (0..self.model.virtual_networks.len())
            .map(VirtualNetworkId::at)
            .filter(|id| self.may_be_connected(*id))
            .collect();
        let standard = self.random.percent(92);
        let branch_to_branch = self.random.percent(75);
        let count = 1 + self.random.below(2);
        for index in 0..count {
            self.virtual_hub(index, standard, branch_to_branch);
        }
        for network in spokes {
            if self.random.percent(85) {
                let hub = VirtualHubId::at(self.random.below(count));
                self.hub_connection(hub, network);
            }
        }
        for index in 0..self.random.below(4) {
            self.branch(index, count, standard);
        }
        for index in 0..count {
            self.static_routes_or_intent(VirtualHubId::at(index));
        }
    }

    /// A VNET with a gateway of its own, or that uses another's, cannot be connected.
    fn may_be_connected(&self, id: VirtualNetworkId) -> bool {
        let network = self.model.virtual_network(id);
        let uses = |link: &PeeringId| self.model.peering(*link).use_remote_gateways == Known::Known(true);
        network.gateways.is_empty() && self.model.route_server_of(id).is_none() && !network.peerings.iter().any(uses)
    }

    fn virtual_hub(&mut self, index: usize, standard: bool, branch_to_branch: bool) {
        let network = VirtualNetworkId::at(self.model.virtual_networks.len());
        let range = format!("10.{}.0.0/23", 220 + index);
        self.model.virtual_networks.push(VirtualNetwork {
            dns_servers: Vec::new(),
            label: label(format!("hub{index}")),
            location: Some("westeurope".into()),
            unknown_space: None,
            summarized_gateway_prefixes: Vec::new(),
            address_prefixes: vec![net(&range)],
            subnets: vec![],
            peerings: vec![],
            gateways: vec![],
        });
        let subnet = self.subnet(network, "hub".into(), &range, SubnetPurpose::Firewall);
        self.model.subnets[subnet.index()].default_outbound_access = Known::Known(true);
        let firewall = (standard && self.random.percent(55)).then(|| {
            self.firewall_in(subnet, ip(&format!("10.{}.0.132", 220 + index)));
            let id = AzureFirewallId::at(self.model.azure_firewalls.len() - 1);
            self.model.azure_firewalls[id.index()].label = label(format!("hub-firewall{index}"));
            id
        });
        let preferences =
            [HubRoutingPreference::ExpressRoute, HubRoutingPreference::VpnGateway, HubRoutingPreference::AsPath];
        let table = |name: &str, labels: &[&str]| HubRouteTable {
            name: name.into(),
            labels: labels.iter().map(|one| (*one).to_owned()).collect(),
            routes: Vec::new(),
        };
        let mut tables = vec![table("defaultRouteTable", &["default"])];
        if standard && self.random.percent(40) {
            tables.push(table("isolated", &["isolated"]));
        }
        self.model.virtual_hubs.push(VirtualHub {
            label: label(format!("hub{index}")),
            network,
            wan: "wan".into(),
            standard,
            branch_to_branch,
            preference: *self.random.pick(&preferences),
            tables,
            connections: Vec::new(),
            branches: Vec::new(),
            internet_policy: None,
            private_policy: None,
            firewall,
            unknown: Vec::new(),
        });
    }

    /// A peering with the hub's range, its table, and perhaps an appliance that knows more.
    fn hub_connection(&mut self, hub: VirtualHubId, network: VirtualNetworkId) {
        let name = format!("to-{}", self.model.virtual_network(network).label.name);
        let range = self.model.virtual_hub(hub).network;
        let first = PeeringId::at(self.model.peerings.len());
        let second = PeeringId::at(first.index() + 1);
        for (local, remote, own, reverse) in [(network, range, first, second), (range, network, second, first)] {
            let link = Peering::open(label(&name), local, remote);
            self.model.peerings.push(Peering { reverse: Some(reverse), ..link });
            self.model.virtual_networks[local.index()].peerings.push(own);
        }
        let associated = self.random.below(self.model.virtual_hub(hub).tables.len());
        let routing = HubRouting { associated, propagated: self.propagated(hub) };
        let static_routes = match self.random.percent(30) {
            true => self.static_routes_of(network),
            false => Vec::new(),
        };
        let internet_security = self.random.percent(75);
        let label = label(name);
        let connection = HubConnection { label, network, routing, static_routes, internet_security };
        self.model.virtual_hubs[hub.index()].connections.push(connection);
    }

    /// Prefixes behind an address of the VNET, which an appliance has or nobody.
    fn static_routes_of(&mut self, network: VirtualNetworkId) -> Vec<(IpNet, std::net::IpAddr)> {
        let number = network.index();
        let candidates = [format!("10.{number}.1.100"), format!("10.{number}.1.50"), format!("10.{number}.1.4")];
        let address = ip(self.random.pick(&candidates).as_str());
        let prefixes = ["10.0.0.0/16", "10.3.0.0/16", "10.102.0.0/16", "8.8.8.0/24", "10.220.0.0/16"].map(net);
        (0..1 + self.random.below(2)).map(|_| (*self.random.pick(&prefixes), address)).collect()
    }

    /// Mostly the default tables of all hubs; some of them, or none.
    fn propagated(&mut self, hub: VirtualHubId) -> Vec<(VirtualHubId, usize)> {
        let hubs = self.model.virtual_hubs.iter().enumerate();
        let all: Vec<(VirtualHubId, usize)> = hubs
            .flat_map(|(index, hub)| (0..hub.tables.len()).map(move |table| (VirtualHubId::at(index), table)))
            .collect();
        match self.random.below(10) {
            0 => Vec::new(),
            1 => vec![(hub, 0)],
            2 | 3 => all,
            4 => all.into_iter().filter(|(_, table)| *table > 0).collect(),
            _ => all.into_iter().filter(|(_, table)| *table == 0).collect(),
        }
    }

    /// A site by VPN, by ExpressRoute, or by both; the last may be connected to two hubs.
    fn branch(&mut self, index: usize, hubs: usize, standard: bool) {
        let mut attachments = Vec::new();
        let (vpn, express) = match self.random.below(6) {
            _ if !standard => (true, false),
            0..3 => (true, false),
            3 | 4 => (false, true),
            _ => (true, true),
        };
        for express in [false, true].into_iter().filter(|one| if *one { express } else { vpn }) {
            let attachment = if express { self.hub_circuit() } else { self.hub_site(index) };
            attachments.push(attachment);
            let hub = VirtualHubId::at(self.random.below(hubs));
            let static_prefixes = match attachment {
                Attachment::VpnSite(id) => self.model.vpn_site(id).address_prefixes.clone(),
                _ => Vec::new(),
            };
            let branch = HubBranch {
                label: label(format!("branch{index}{}", if express { "-express" } else { "" })),
                kind: if express { BranchKind::ExpressRoute } else { BranchKind::Vpn },
                attachment,
                static_prefixes,
                propagated: self.propagated(hub),
                internet_security: self.random.percent(40),
            };
            self.model.virtual_hubs[hub.index()].branches.push(branch);
        }
        self.site(2 + index, attachments);
        self.announce_more(index);
    }

    fn hub_circuit(&mut self) -> Attachment {
        let circuit = ExpressRouteCircuitId::at(self.model.express_route_circuits.len());
        let label = label(format!("circuit{}", circuit.index()));
        self.model.express_route_circuits.push(ExpressRouteCircuit {
            label,
            global_reach: vec![],
            direct: Known::Known(false),
            microsoft_peering: None,
        });
        Attachment::ExpressRouteCircuit(circuit)
    }

    fn hub_site(&mut self, index: usize) -> Attachment {
        let id = VpnSiteId::at(self.model.vpn_sites.len());
        let address_prefixes = match self.random.percent(30) {
            true => vec![net(&format!("10.{}.0.0/16", 102 + index))],
            false => Vec::new(),
        };
        self.model.vpn_sites.push(VpnSite { label: label(format!("vpn-site{index}")), address_prefixes });
        Attachment::VpnSite(id)
    }

    /// Prefixes that others have as well: longer ones, wider ones, equal ones.
    fn announce_more(&mut self, index: usize) {
        for (chance, text) in [(15, "0.0.0.0/0"), (8, "10.0.0.0/8"), (8, "10.1.1.0/24"), (12, "10.102.0.0/16")] {
            let prefix = net(text);
            let site = self.model.sites.len() - 1;
            if self.random.percent(chance) && (prefix.prefix_len() > 0 || index == 0) {
                let advertises = &mut self.model.sites[site].advertises;
                if !advertises.contains(&prefix) {
                    advertises.push(prefix);
                }
            }
        }
    }

    /// Routing intent leaves no room for tables of one's own, nor for static routes to connections.
    fn static_routes_or_intent(&mut self, id: VirtualHubId) {
        let hub = self.model.virtual_hub(id);
        let secured = hub.firewall.is_some();
        let connections = hub.connections.len();
        if secured && hub.tables.len() == 1 && self.random.percent(60) {
            let (private, internet) = (self.random.percent(75), self.random.percent(60));
            let hub = &mut self.model.virtual_hubs[id.index()];
            hub.private_policy = private.then_some(HubNextHop::Firewall);
            hub.internet_policy = internet.then_some(HubNextHop::Firewall);
            return;
        }
        let prefixes =
            ["0.0.0.0/0", "10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16", "10.1.1.0/24", "10.102.0.0/16", "10.0.0.0/8"];
        for table in 0..self.model.virtual_hub(id).tables.len() {
            for _ in 0..self.random.below(3) {
                let prefix = *self.random.pick(&prefixes.map(net));
                let hop = match (secured && self.random.percent(60), connections) {
                    (true, _) => HubNextHop::Firewall,
                    (false, 0) => continue,
                    (false, _) => HubNextHop::Connection(self.random.below(connections) as u32),
                };
                let routes = &mut self.model.virtual_hubs[id.index()].tables[table].routes;
                if self.random.percent(50) && !routes.iter().any(|(other, _)| *other == prefix) {
                    routes.push((prefix, hop));
                }
            }
        }
    }
}
