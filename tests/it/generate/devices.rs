//! Azure Firewalls, load balancers and network managers of a random network.

use super::network::{Draft, ip, label, net};
use azreach::{
    model::*,
    space::{self, Ports},
};
use std::net::IpAddr;

impl Draft<'_> {
    /// A firewall in the first VNET, which routes then name as a next hop.
    pub(super) fn firewall(&mut self) {
        if !self.random.percent(35) {
            return;
        }
        let subnet =
            self.subnet(VirtualNetworkId(0), "AzureFirewallSubnet".into(), "10.0.254.0/26", SubnetPurpose::Firewall);
        self.firewall_in(subnet, ip("10.0.254.4"));
    }

    /// One that stands in a subnet.
    pub(super) fn firewall_in(&mut self, subnet: SubnetId, address: IpAddr) {
        self.next_hops.extend([address; 4]);
        let public: Vec<_> = (0..1 + self.random.below(2)).map(|_| self.standard_ip()).collect();
        let private_ranges = match self.random.below(8) {
            0 => vec![net("0.0.0.0/0")],
            1 => vec![net("10.0.0.0/16")],
            _ => ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(net).to_vec(),
        };
        let threats = match self.random.below(6) {
            0 => vec![net("8.8.8.8/32"), net("198.51.100.0/30")],
            _ => Vec::new(),
        };
        let firewall = AzureFirewall {
            label: label("firewall"),
            subnet,
            private_address: Known::Known(address),
            public_ip_addresses: public.clone(),
            management: self.random.percent(25),
            threat_deny: Known::Known(self.random.percent(60)),
            threats: (space::prefixes(&threats), Vec::new()),
            spared_hosts: Vec::new(),
            private_ranges: space::prefixes(&private_ranges),
            unknown_ranges: None,
            always_translates: self.random.percent(12),
            dns: None,
            nat_rules: self.nat_rules(address, &public),
            network_rules: self.network_rules(),
            application_rules: self.application_rules(),
            unknown: None,
        };
        self.model.azure_firewalls.push(firewall);
    }

    fn standard_ip(&mut self) -> PublicIpAddressId {
        let id = self.public_ip();
        self.model.public_ip_addresses[id.index()].sku = Known::Known(PublicIpSku::Standard);
        id
    }

    /// Addresses and prefixes only: firewalls know no tag VirtualNetwork and no application security groups.
    fn plain_side(&mut self) -> AddressMatch {
        let nets: Vec<_> = (0..1 + self.random.below(2)).map(|_| *self.random.pick(&self.pool)).collect();
        match self.random.percent(45) {
            true => AddressMatch { any: true, ..AddressMatch::default() },
            false => AddressMatch { prefixes: space::prefixes(&nets), ..AddressMatch::default() },
        }
    }

    fn network_rules(&mut self) -> Vec<FirewallNetworkRule> {
        let rule = |draft: &mut Self, index: usize| {
            let (protocols, ports) = match draft.random.below(6) {
                0 => (vec![RuleProtocol::Tcp], Ports::from_ranges([(22, 22), (440, 450)])),
                1 => (vec![RuleProtocol::Tcp, RuleProtocol::Udp], Ports::single(53)),
                2 => (vec![RuleProtocol::Icmp], Ports::all()),
                3 => (vec![RuleProtocol::Any], Ports::single(443)),
                _ => (vec![RuleProtocol::Any], Ports::all()),
            };
            let access = Known::Known(if draft.random.percent(75) { Access::Allow } else { Access::Deny });
            let (source, destination) = (draft.plain_side(), draft.plain_side());
            let label = label(format!("network{index}"));
            FirewallNetworkRule {
                label,
                access,
                protocols,
                source,
                destination,
                hosts: Vec::new(),
                unknown: None,
                ports,
                doubts: Vec::new(),
            }
        };
        (0..self.random.below(4)).map(|index| rule(self, index)).collect()
    }

    fn application_rules(&mut self) -> Vec<FirewallApplicationRule> {
        let rule = |draft: &mut Self, index: usize| FirewallApplicationRule {
            label: label(format!("application{index}")),
            access: Known::Known(if draft.random.percent(75) { Access::Allow } else { Access::Deny }),
            source: draft.plain_side(),
            ports: draft.random.pick(&[Ports::single(443), Ports::from_ranges([(80, 80), (8080, 8080)])]).clone(),
            hosts: vec![(*draft.random.pick(&["*", "*", "*.contoso.com"])).to_owned()],
            unknown: None,
            doubts: Vec::new(),
        };
        (0..self.random.below(3)).map(|index| rule(self, index)).collect()
    }

    fn nat_rules(&mut self, private: IpAddr, public: &[PublicIpAddressId]) -> Vec<FirewallNatRule> {
        let mut own = vec![private];
        own.extend(public.iter().filter_map(|id| self.model.public_ip_address(*id).address.known().copied()));
        let rule = |draft: &mut Self, index: usize| {
            let vnet = draft.random.below(draft.model.virtual_networks.len());
            let address = ip(&format!("10.{vnet}.1.{}", 4 + draft.random.below(3)));
            FirewallNatRule {
                label: label(format!("dnat{index}")),
                protocols: vec![*draft.random.pick(&[RuleProtocol::Tcp, RuleProtocol::Tcp, RuleProtocol::Udp])],
                source: draft.plain_side(),
                destination: space::Addresses::single(space::point(*draft.random.pick(&own))),
                ports: draft.random.pick(&[Ports::single(443), Ports::single(22), Ports::single(53)]).clone(),
                doubts: Vec::new(),
                translated_address: Known::Known(address),
                translated_port: draft.random.percent(40).then_some(8080),
            }
        };
        (0..self.random.below(4)).map(|index| rule(self, index)).collect()
    }

    /// Rows that AzureFirewallSubnet may have: a default route of its own, specific ones (R198 to R201).
    pub(super) fn firewall_table(&mut self) -> RouteTableId {
        let id = RouteTableId::at(self.model.route_tables.len());
        let mut routes = Vec::new();
        if self.random.percent(70) {
            let mut route = self.route(0);
            route.address_prefix = Known::Known(RoutePrefix::Prefix(net("0.0.0.0/0")));
            if self.random.percent(60) {
                (route.next_hop_type, route.next_hop_ip_address) = (Known::Known(NextHopType::Internet), None);
            }
            routes.push(route);
        }
        let specific = self.route(1);
        if specific.address_prefix != Known::Known(RoutePrefix::Prefix(net("0.0.0.0/0"))) {
            routes.push(specific);
        }
        self.model.route_tables.push(RouteTable {
            label: label("rt-firewall"),
            routes,
            disable_bgp_route_propagation: Known::Known(self.random.percent(25)),
        });
        id
    }

    /// An internal balancer in front of appliances or machines, and a public one.
    pub(super) fn load_balancers(&mut self) {
        if self.random.percent(30) {
            let pool = self.appliance_nics();
            let (subnet, pool) = match !pool.is_empty() && self.random.percent(60) {
                true => (self.home_of(pool[0]), pool),
                false => {
                    let some = self.some_machines();
                    (self.home_of(some[0]), some)
                }
            };
            let prefix = self.model.subnet(subnet).address_prefixes[0].to_string();
            let address = ip(&prefix.replace(".0/24", ".50"));
            self.next_hops.extend([address; 3]);
            let standard = self.random.percent(75);
            self.balancer("internal", standard, FrontendAddress::Private(subnet, Known::Known(address)), pool);
        }
        if self.random.percent(30) {
            let pool = self.some_machines();
            let id = self.public_ip();
            let standard = self.model.public_ip_address(id).sku == Known::Known(PublicIpSku::Standard);
            self.balancer("public", standard, FrontendAddress::Public(id), pool);
        }
    }

    fn home_of(&self, nic: NetworkInterfaceId) -> SubnetId {
        self.model.network_interface(nic).ip_configurations[0].subnet
    }

    fn appliance_nics(&self) -> Vec<NetworkInterfaceId> {
        self.model.appliances.iter().flat_map(|one| one.network_interfaces.clone()).collect()
    }

    /// Up to three machines of one VNET, without public addresses of their own of another SKU.
    fn some_machines(&mut self) -> Vec<NetworkInterfaceId> {
        let vnet = VirtualNetworkId::at(self.random.below(self.model.virtual_networks.len()));
        let all = (0..self.model.network_interfaces.len()).map(NetworkInterfaceId::at);
        let machines = all.filter(|id| {
            let nic = self.model.network_interface(*id);
            nic.appliance.is_none() && self.model.subnet(nic.ip_configurations[0].subnet).virtual_network == vnet
        });
        let machines: Vec<_> = machines.collect();
        let first = self.random.below(machines.len());
        machines.into_iter().skip(first).take(1 + self.random.below(3)).collect()
    }

    fn balancer(&mut self, name: &str, standard: bool, address: FrontendAddress, nics: Vec<NetworkInterfaceId>) {
        let public = matches!(address, FrontendAddress::Public(_));
        let probe = |draft: &mut Self| draft.random.percent(50).then_some(*draft.random.pick(&[443, 8080]));
        let mut rules = Vec::new();
        if !public && standard && self.random.percent(55) {
            let (ports, probe) = (Ports::all(), probe(self));
            rules.push(rule("ha-ports", RuleProtocol::Any, ports, None, BackEnd::Pool(0), probe));
        } else {
            for index in 0..1 + self.random.below(2) {
                let port = *self.random.pick(&[443, 53, 8080]);
                let protocol = *self.random.pick(&[RuleProtocol::Tcp, RuleProtocol::Tcp, RuleProtocol::Udp]);
                let to = self.random.percent(35).then_some(445);
                let (name, probe) = (format!("rule{index}"), probe(self));
                rules.push(rule(&name, protocol, Ports::single(port), to, BackEnd::Pool(0), probe));
            }
            if self.random.percent(40) {
                let one = BackEnd::One(*self.random.pick(&nics), 0);
                rules.push(rule("nat", RuleProtocol::Tcp, Ports::range(22, 25), None, one, None));
            }
        }
        let no_outbound = self.random.percent(35);
        rules.iter_mut().for_each(|rule| rule.no_outbound = no_outbound);
        let outbound_rules = match public && standard && no_outbound && self.random.percent(50) {
            true => vec![(0, vec![0])],
            false => Vec::new(),
        };
        self.model.balanced.extend(nics.iter().copied());
        let pool = Pool { name: "pool".into(), members: nics.into_iter().map(|nic| (nic, 0)).collect(), unknown: None };
        self.model.load_balancers.push(LoadBalancer {
            label: label(name),
            standard: Known::Known(standard),
            frontends: vec![Frontend { name: "frontend".into(), address }],
            rules,
            pools: vec![pool],
            outbound_rules,
        });
    }

    /// Up to two managers, of a management group and of a subscription.
    pub(super) fn network_managers(&mut self) {
        self.model.settings.admin_rules_lower_scope_also_applies = self.random.percent(70);
        self.model.settings.allow_rules_only_includes_always_allow = self.random.percent(70);
        let count = if self.random.percent(35) { 1 + self.random.below(2) } else { 0 };
        for scope in 0..count {
            let intent = *self.random.pick(&[
                OnIntentPolicies::None,
                OnIntentPolicies::AllowRulesOnly,
                OnIntentPolicies::AllowRulesOnly,
                OnIntentPolicies::All,
            ]);
            let rules = (0..1 + self.random.below(5)).map(|index| self.admin_rule(scope, index, intent)).collect();
            let manager = NetworkManager { label: label(format!("manager{scope}")), scope: scope as u8, rules };
            self.model.network_managers.push(manager);
        }
        if count > 0 && self.random.percent(20) {
            let subnet = self.random.below(self.model.subnets.len());
            if self.model.subnets[subnet].purpose == SubnetPurpose::Ordinary {
                self.model.subnets[subnet].delegations.push("Microsoft.Sql/managedInstances".into());
            }
        }
    }

    fn admin_rule(&mut self, scope: usize, index: usize, on_intent_policies: OnIntentPolicies) -> SecurityAdminRule {
        let direction = *self.random.pick(&[Direction::Inbound, Direction::Outbound]);
        let plain = self.rule(format!("admin{scope}-{index}"), 10 + index as u16, direction);
        let access =
            *self.random.pick(&[AdminAccess::Allow, AdminAccess::AlwaysAllow, AdminAccess::Deny, AdminAccess::Deny]);
        let (mut source, mut destination) = (plain.source, plain.destination);
        for side in [&mut source, &mut destination] {
            if !side.application_security_groups.is_empty() {
                *side = self.plain_side();
            }
        }
        let known = |ports: Known<Ports>| ports.known().cloned().unwrap_or_else(Ports::all);
        let all = (0..self.model.virtual_networks.len()).map(VirtualNetworkId::at);
        let virtual_networks = all.filter(|_| self.random.percent(70)).collect();
        SecurityAdminRule {
            label: plain.label,
            priority: 10 + index as u16,
            direction,
            access: Known::Known(access),
            protocol: *plain.protocol.known().unwrap_or(&RuleProtocol::Any),
            source,
            source_ports: known(plain.source_ports),
            destination,
            destination_ports: known(plain.destination_ports),
            virtual_networks,
            on_intent_policies,
        }
    }
}

fn rule(
    name: &str,
    protocol: RuleProtocol,
    ports: Ports,
    back_end_port: Option<u16>,
    back_end: BackEnd,
    probe: Option<u16>,
) -> BalancingRule {
    let (name, frontend) = (name.to_owned(), 0);
    let (floating, no_outbound) = (false, false);
    BalancingRule { name, frontend, protocol, ports, back_end_port, back_end, probe, floating, no_outbound }
}
