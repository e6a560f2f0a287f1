//! One random network.

use super::Random;
use azreach::{
    diagnostic::{Origin, SourceId, Span},
    model::*,
    scenario::settings::*,
    space,
    tags::ServiceTags,
};
use ipnet::IpNet;
use std::net::IpAddr;

pub(crate) fn net(text: &str) -> IpNet {
    text.parse().expect("a prefix")
}

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

pub(crate) fn label(name: impl Into<String>) -> Label {
    Label { name: name.into(), origin: Origin::Text(Span::new(SourceId(0), 0..0)) }
}

/// A network in the making.
pub(super) struct Draft<'r> {
    pub(super) model: Model,
    pub(super) random: &'r mut Random,
    /// Prefixes that rules and routes name.
    pub(super) pool: Vec<IpNet>,
    /// Addresses of appliances, firewalls, balancers, and of nobody.
    pub(super) next_hops: Vec<IpAddr>,
}

/// A network from the seed's numbers.
pub(crate) fn network(random: &mut Random) -> Model {
    build(random, true)
}

/// One without firewalls and balancers, whose part in questions about names is not judged.
pub(super) fn without_devices(random: &mut Random) -> Model {
    build(random, false)
}

fn build(random: &mut Random, devices: bool) -> Model {
    let mut draft = Draft::new(random);
    draft.settings();
    draft.externals();
    draft.virtual_networks();
    draft.peerings();
    draft.gateways();
    draft.security_groups();
    draft.appliance();
    draft.workloads();
    if devices {
        draft.firewall();
        draft.load_balancers();
    }
    draft.nat_gateways();
    draft.route_tables();
    draft.attach();
    draft.network_managers();
    draft.model
}

impl<'r> Draft<'r> {
    /// Nothing yet but prefixes to name.
    pub(super) fn new(random: &'r mut Random) -> Self {
        let pool = ["0.0.0.0/0", "10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/12", "8.8.8.0/24", "198.51.100.0/24"];
        Draft {
            model: Model::empty(ServiceTags::builtin().clone(), Settings::default()),
            random,
            pool: pool.map(net).to_vec(),
            next_hops: vec![ip("10.0.1.77")],
        }
    }
}

impl Draft<'_> {
    pub(super) fn settings(&mut self) {
        let settings = &mut self.model.settings;
        settings.any_includes_esp_ah = self.random.percent(80);
        settings.portless_protocols_match_specific_ports = self.random.percent(15);
        settings.virtual_network_tag_default_route = *self.random.pick(&[
            VirtualNetworkTagDefaultRoute::User,
            VirtualNetworkTagDefaultRoute::User,
            VirtualNetworkTagDefaultRoute::UserAndBgp,
            VirtualNetworkTagDefaultRoute::Never,
        ]);
        if self.random.percent(20) {
            settings.peering_forwarded_flag = PeeringForwardedFlag::TagOnly;
        }
    }

    pub(super) fn externals(&mut self) {
        self.model.externals.push(External {
            networks: Vec::new(),
            implicit: false,
            label: label("partner"),
            addresses: vec![net("198.51.100.0/28")],
            host_names: vec![],
            location: None,
            trusted_service: None,
            identity: None,
        });
    }

    /// 1 to 4 VNETs `10.i.0.0/16` with 1 to 3 subnets; the first may have a GatewaySubnet.
    pub(super) fn virtual_networks(&mut self) {
        for index in 0..1 + self.random.below(4) {
            let id = VirtualNetworkId::at(index);
            let mut ranges = vec![net(&format!("10.{index}.0.0/16"))];
            if self.random.percent(15) {
                ranges.push(net(&format!("172.16.{index}.0/24")));
            }
            self.pool.extend(&ranges);
            self.model.virtual_networks.push(VirtualNetwork {
                dns_servers: Vec::new(),
                label: label(format!("vnet{index}")),
                location: Some("westeurope".into()),
                unknown_space: None,
                summarized_gateway_prefixes: Vec::new(),
                address_prefixes: ranges,
                subnets: vec![],
                peerings: vec![],
                gateways: vec![],
            });
            for subnet in 1..=1 + self.random.below(3) {
                let prefix = format!("10.{index}.{subnet}.0/24");
                self.pool.push(net(&prefix));
                self.subnet(id, format!("s{subnet}"), &prefix, SubnetPurpose::Ordinary);
            }
        }
    }

    pub(super) fn subnet(
        &mut self,
        id: VirtualNetworkId,
        name: String,
        prefix: &str,
        purpose: SubnetPurpose,
    ) -> SubnetId {
        let subnet = SubnetId::at(self.model.subnets.len());
        let private = self.random.percent(25);
        self.model.subnets.push(Subnet {
            service_endpoint_policies: Vec::new(),
            private_endpoint_policies: Known::Known(PrivateEndpointPolicies {
                security_groups: false,
                route_tables: false,
            }),
            label: label(name),
            virtual_network: id,
            address_prefixes: vec![net(prefix)],
            purpose,
            network_security_group: None,
            route_table: None,
            nat_gateway: None,
            service_endpoints: vec![],
            delegations: vec![],
            default_outbound_access: Known::Known(!private),
        });
        self.model.virtual_networks[id.index()].subnets.push(subnet);
        subnet
    }

    /// Hub and spokes, or a mesh with holes.
    pub(super) fn peerings(&mut self) {
        let count = self.model.virtual_networks.len();
        let mesh = self.random.percent(30);
        for low in 0..count {
            for high in low + 1..count {
                if (low == 0 || mesh) && self.random.percent(85) {
                    self.peer(low, high);
                }
            }
        }
    }

    pub(super) fn peer(&mut self, hub: usize, spoke: usize) {
        let first = PeeringId::at(self.model.peerings.len());
        let second = PeeringId::at(first.index() + 1);
        let lonely = self.random.percent(4);
        let state = match self.random.below(25) {
            0 => PeeringState::Disconnected,
            _ if lonely => PeeringState::Initiated,
            _ => PeeringState::Connected,
        };
        let transit = hub == 0;
        self.link(hub, spoke, (!lonely).then_some(second), state, transit, false);
        if !lonely {
            self.link(spoke, hub, Some(first), state, false, transit);
        }
    }

    fn link(
        &mut self,
        local: usize,
        remote: usize,
        reverse: Option<PeeringId>,
        state: PeeringState,
        offers: bool,
        uses: bool,
    ) {
        let id = PeeringId::at(self.model.peerings.len());
        let random = &mut *self.random;
        // R211: a link that was not synced since the remote VNET grew.
        let first = self.model.virtual_networks[remote].address_prefixes[..1].to_vec();
        let stale = random.percent(8).then_some(first);
        let link = Peering {
            label: label(format!("vnet{local}-to-vnet{remote}")),
            local: VirtualNetworkId::at(local),
            remote: Known::Known(VirtualNetworkId::at(remote)),
            reverse,
            state,
            remote_address_space: stale,
            subnets: None,
            allow_virtual_network_access: Known::Known(random.percent(93)),
            allow_forwarded_traffic: Known::Known(random.percent(65)),
            allow_gateway_transit: Known::Known(offers && random.percent(85)),
            use_remote_gateways: Known::Known(uses && random.percent(70)),
        };
        self.model.peerings.push(link);
        self.model.virtual_networks[local].peerings.push(id);
    }

    /// A VPN gateway, an ExpressRoute gateway, or both in the first VNET; up to two sites.
    pub(super) fn gateways(&mut self) {
        let (vpn, express) = match self.random.below(10) {
            0..4 => (true, false),
            4..6 => (false, true),
            6 => (true, true),
            _ => return,
        };
        let hub = VirtualNetworkId(0);
        self.subnet(hub, "GatewaySubnet".into(), "10.0.255.0/27", SubnetPurpose::Gateway);
        let mut attachments = vec![Vec::new(), Vec::new()];
        if vpn {
            self.vpn(hub, &mut attachments);
        }
        if express {
            self.express_route(hub, &mut attachments);
        }
        for (index, attachments) in attachments.into_iter().enumerate() {
            if !attachments.is_empty() {
                self.site(index, attachments);
            }
        }
    }

    fn gateway(&mut self, hub: VirtualNetworkId, gateway_type: GatewayType) -> VirtualNetworkGatewayId {
        let id = VirtualNetworkGatewayId::at(self.model.virtual_network_gateways.len());
        self.model.virtual_network_gateways.push(VirtualNetworkGateway {
            label: label(format!("{gateway_type:?}-gateway")),
            virtual_network: hub,
            gateway_type,
            policy_based: false,
            active_active: false,
            private_addresses: vec![],
            public_ip_addresses: vec![],
            enable_bgp: self.random.percent(70),
            asn: 65515,
            default_site: None,
            allow_remote_vnet_traffic: None,
            client_address_pool: vec![],
        });
        self.model.virtual_networks[hub.index()].gateways.push(id);
        id
    }

    fn connect(&mut self, gateway: VirtualNetworkGatewayId, target: ConnectionTarget, enable_bgp: bool) {
        let name = format!("connection{}", self.model.connections.len());
        // Policy-based selectors and BGP exclude each other (4.1).
        let vpn = matches!(target, ConnectionTarget::LocalNetworkGateway(_));
        let selectors = vpn && !enable_bgp && self.random.percent(25);
        self.model.connections.push(Connection {
            label: label(name),
            gateway,
            target,
            enable_bgp,
            policy_based_selectors: selectors,
            skips_gateway: Known::Known(false),
        });
    }

    fn vpn(&mut self, hub: VirtualNetworkId, attachments: &mut [Vec<Attachment>]) {
        let gateway = self.gateway(hub, GatewayType::Vpn);
        let many = self.random.below(2);
        #[allow(clippy::needless_range_loop)] // the index is the site, not only a place
        for index in 0..=many {
            let bgp = self.model.virtual_network_gateway(gateway).enable_bgp && self.random.percent(75);
            let local = LocalNetworkGatewayId::at(self.model.local_network_gateways.len());
            let prefixes = if bgp { vec![] } else { site_prefixes(index) };
            self.model.local_network_gateways.push(LocalNetworkGateway {
                label: label(format!("local{index}")),
                address_prefixes: prefixes,
                gateway_ip_address: None,
                bgp,
            });
            self.connect(gateway, ConnectionTarget::LocalNetworkGateway(local), bgp);
            attachments[index].push(Attachment::LocalNetworkGateway(local));
        }
    }

    fn express_route(&mut self, hub: VirtualNetworkId, attachments: &mut [Vec<Attachment>]) {
        let gateway = self.gateway(hub, GatewayType::ExpressRoute);
        let circuit = ExpressRouteCircuitId(0);
        self.model.express_route_circuits.push(ExpressRouteCircuit {
            label: label("circuit"),
            global_reach: vec![],
            direct: Known::Known(false),
            microsoft_peering: None,
        });
        self.connect(gateway, ConnectionTarget::ExpressRouteCircuit(circuit), false);
        let index = self.random.below(2);
        attachments[index].push(Attachment::ExpressRouteCircuit(circuit));
    }

    pub(super) fn site(&mut self, index: usize, attachments: Vec<Attachment>) {
        let mut advertises = site_prefixes(index);
        self.pool.extend(&advertises);
        if index == 0 {
            // Only one site says such things: equal prefixes from two would be a matter of chance.
            for (chance, text) in [(15, "0.0.0.0/0"), (10, "10.0.0.0/8"), (10, "10.1.1.0/24"), (10, "10.0.1.0/24")] {
                if self.random.percent(chance) {
                    advertises.push(net(text));
                }
            }
        }
        let egress = match self.random.percent(50) {
            true => InternetEgress::Yes(vec![net("198.51.100.128/32")]),
            false => InternetEgress::No,
        };
        let learns = match self.random.below(12) {
            0 => Some(vec![net("10.0.0.0/8")]),
            1 => Some(vec![net("10.0.0.0/16")]),
            _ => None,
        };
        let firewall = self.random.percent(20).then(|| self.closed_list("site-firewall"));
        self.model.sites.push(Site {
            dns: Dns::usual(Resolver::Public),
            label: label(format!("site{index}")),
            address_prefixes: site_prefixes(index),
            hosts: vec![("host".into(), ip(&format!("10.{}.0.5", 100 + index)))],
            attachments,
            unmodelled_attachment: None,
            advertises,
            learns,
            internet_egress: egress,
            firewall,
        });
    }

    /// A rule list without tags, ending in a rule for everything.
    pub(super) fn closed_list(&mut self, name: &str) -> Vec<SecurityRule> {
        let mut rules = Vec::new();
        for index in 0..self.random.below(3) {
            let mut rule = self.rule(format!("{name}{index}"), 100 + index as u16, Direction::Inbound);
            for side in [&mut rule.source, &mut rule.destination] {
                side.tags.clear();
                side.application_security_groups.clear();
                side.any |= side.prefixes.is_empty();
            }
            rules.push(rule);
        }
        let mut last = self.rule("rest".into(), 4000, Direction::Inbound);
        last.access = Known::Known(if self.random.percent(75) { Access::Allow } else { Access::Deny });
        last.protocol = Known::Known(RuleProtocol::Any);
        last.source = any();
        last.destination = any();
        last.destination_ports = Known::Known(space::Ports::all());
        rules.push(last);
        rules
    }

    pub(super) fn security_groups(&mut self) {
        self.model.application_security_groups.push(ApplicationSecurityGroup { label: label("asg0") });
        self.model.application_security_groups.push(ApplicationSecurityGroup { label: label("asg1") });
        for group in 0..1 + self.random.below(4) {
            let mut rules = Vec::new();
            for direction in [Direction::Inbound, Direction::Outbound] {
                for index in 0..self.random.below(4) {
                    let name = format!("{direction:?}{index}").to_lowercase();
                    rules.push(self.rule(name, 100 + 10 * index as u16, direction));
                }
            }
            let at = self.random.below(rules.len().max(1));
            let at = at.min(rules.len());
            rules.rotate_left(at);
            self.model.network_security_groups.push(NetworkSecurityGroup {
                label: label(format!("nsg{group}")),
                security_rules: rules,
                flush_connection: false,
            });
        }
    }

    pub(super) fn rule(&mut self, name: String, priority: u16, direction: Direction) -> SecurityRule {
        let protocol = *self.random.pick(&[
            RuleProtocol::Any,
            RuleProtocol::Any,
            RuleProtocol::Tcp,
            RuleProtocol::Tcp,
            RuleProtocol::Udp,
            RuleProtocol::Icmp,
            RuleProtocol::Esp,
        ]);
        let ported = !matches!(protocol, RuleProtocol::Icmp | RuleProtocol::Esp | RuleProtocol::Ah);
        let ports = match self.random.below(4) {
            0 if ported => space::Ports::single(443),
            1 if ported => space::Ports::from_ranges([(22, 22), (440, 450)]),
            _ => space::Ports::all(),
        };
        let source_ports = match self.random.below(25) {
            0 if ported => space::Ports::range(1024, 40000),
            _ => space::Ports::all(),
        };
        let access = if self.random.percent(65) { Access::Allow } else { Access::Deny };
        SecurityRule {
            label: label(name),
            priority: Known::Known(priority),
            direction,
            access: Known::Known(access),
            protocol: Known::Known(protocol),
            source: self.side(),
            source_ports: Known::Known(source_ports),
            destination: self.side(),
            destination_ports: Known::Known(ports),
        }
    }

    fn side(&mut self) -> AddressMatch {
        let mut side = AddressMatch::default();
        match self.random.below(12) {
            0..4 => side.any = true,
            4 | 5 => side.tags.push(TagMatch::VirtualNetwork),
            6 => side.tags.push(TagMatch::Internet),
            7 => {
                let addresses = space::prefixes(&[net("198.51.100.0/25"), net("8.8.8.8/32")]);
                let tag = TagMatch::Service("Partner".into(), addresses);
                side.tags.push(self.random.pick(&[tag, TagMatch::AzurePlatformDns]).clone());
            }
            8 if !self.model.virtual_networks.is_empty() => {
                let group = ApplicationSecurityGroupId(self.random.below(2) as u32);
                side.application_security_groups.push(group);
            }
            _ => {
                let nets: Vec<_> = (0..1 + self.random.below(2)).map(|_| *self.random.pick(&self.pool)).collect();
                side.prefixes = space::prefixes(&nets);
            }
        }
        side
    }

    pub(super) fn appliance(&mut self) {
        let count = match self.random.below(10) {
            0..5 => 1,
            5 => 2,
            _ => 0,
        };
        for index in 0..count {
            let subnet = *self.random.pick(&self.model.virtual_networks[0].subnets.clone());
            let subnet = match self.model.subnet(subnet).purpose {
                SubnetPurpose::Ordinary => subnet,
                _ => SubnetId(0),
            };
            self.one_appliance(index, subnet);
        }
    }

    fn one_appliance(&mut self, index: usize, subnet: SubnetId) {
        let id = ApplianceId::at(index);
        let third = self.model.subnet(subnet).address_prefixes[0].to_string();
        let address = ip(&third.replace(".0/24", &format!(".{}", 100 + index)));
        self.next_hops.extend([address; 4]);
        let snat = *self.random.pick(&[Snat::Never, Snat::Internet, Snat::Always]);
        // A stateless box with rules or translation would have to be told how it treats replies.
        let stateful = snat != Snat::Never || self.random.percent(75);
        let rules = (stateful && self.random.percent(40)).then(|| self.closed_list("appliance"));
        let public = self.random.percent(30).then(|| self.public_ip());
        let forwards = self.random.percent(94);
        let nic = self.nic(format!("nva{index}"), subnet, address, public);
        let nic = &mut self.model.network_interfaces[nic.index()];
        nic.ip_forwarding = Known::Known(forwards);
        nic.appliance = Some(id);
        nic.network_security_group = nic.network_security_group.filter(|_| index == 1);
        let nic = NetworkInterfaceId::at(self.model.network_interfaces.len() - 1);
        let guest = self.random.percent(97);
        self.model.appliances.push(Appliance {
            peer_asn: None,
            advertises: None,
            dns: Dns::usual(Resolver::Azure),
            label: label(format!("nva{index}")),
            network_interfaces: vec![nic],
            forwarding: Known::Known(guest),
            stateful,
            snat,
            dnat: vec![],
            rules,
            opaque: None,
        });
    }

    pub(super) fn public_ip(&mut self) -> PublicIpAddressId {
        let id = PublicIpAddressId::at(self.model.public_ip_addresses.len());
        let sku = if self.random.percent(70) { PublicIpSku::Standard } else { PublicIpSku::Basic };
        self.model.public_ip_addresses.push(PublicIpAddress {
            ports: None,
            label: label(format!("pip{}", id.index())),
            sku: Known::Known(sku),
            address: Known::Known(ip(&format!("20.0.0.{}", 10 + id.index()))),
            location: None,
        });
        id
    }

    pub(super) fn nic(
        &mut self,
        name: String,
        subnet: SubnetId,
        address: IpAddr,
        public_ip_address: Option<PublicIpAddressId>,
    ) -> NetworkInterfaceId {
        let id = NetworkInterfaceId::at(self.model.network_interfaces.len());
        let group = self.random.percent(35).then(|| self.any_group());
        let member = self.random.percent(40);
        let group_of_nic = ApplicationSecurityGroupId(u32::from(self.model.subnet(subnet).virtual_network.0 > 0));
        self.model.network_interfaces.push(NetworkInterface {
            dns_servers: Vec::new(),
            private_link_answers: false,
            label: label(name),
            implicit: true,
            ip_configurations: vec![IpConfiguration {
                subnet,
                address: Known::Known(address),
                public_ip_address,
                application_security_groups: if member { vec![group_of_nic] } else { vec![] },
            }],
            network_security_group: group.map(Known::Known),
            ip_forwarding: Known::Known(false),
            appliance: None,
            workload: None,
        });
        id
    }

    pub(super) fn any_group(&mut self) -> NetworkSecurityGroupId {
        NetworkSecurityGroupId::at(self.random.below(self.model.network_security_groups.len()))
    }

    /// One or two machines in every ordinary subnet.
    pub(super) fn workloads(&mut self) {
        for index in 0..self.model.subnets.len() {
            let subnet = SubnetId::at(index);
            if self.model.subnet(subnet).purpose != SubnetPurpose::Ordinary {
                continue;
            }
            for machine in 0..1 + self.random.below(2) {
                let prefix = self.model.subnet(subnet).address_prefixes[0].to_string();
                let address = ip(&prefix.replace(".0/24", &format!(".{}", 4 + machine)));
                let public = self.random.percent(25).then(|| self.public_ip());
                let id = WorkloadId::at(self.model.workloads.len());
                let name = format!("vm{}", id.index());
                let nic = self.nic(name.clone(), subnet, address, public);
                self.model.network_interfaces[nic.index()].workload = Some(id);
                self.model.workloads.push(Workload {
                    dns: Dns::usual(Resolver::Azure),
                    label: label(name),
                    network_interfaces: vec![nic],
                    identity: None,
                });
            }
        }
    }

    /// R191: never beside a Basic public IP.
    pub(super) fn nat_gateways(&mut self) {
        for index in 0..self.model.subnets.len() {
            let subnet = SubnetId::at(index);
            let basic = self.model.network_interfaces.iter().flat_map(|nic| &nic.ip_configurations).any(|one| {
                let public = one.public_ip_address.map(|id| self.model.public_ip_address(id).sku);
                one.subnet == subnet && public == Some(Known::Known(PublicIpSku::Basic))
            });
            let purpose = self.model.subnet(subnet).purpose;
            let balanced = self.model.load_balancers.iter().any(|one| one.standard != Known::Known(true));
            let suitable = matches!(purpose, SubnetPurpose::Ordinary | SubnetPurpose::Firewall) && !balanced;
            if suitable && !basic && self.random.percent(15) {
                let public = self.public_ip();
                self.model.public_ip_addresses[public.index()].sku = Known::Known(PublicIpSku::Standard);
                let id = NatGatewayId::at(self.model.nat_gateways.len());
                self.model.nat_gateways.push(NatGateway {
                    label: label(format!("nat{}", id.index())),
                    public_ip_addresses: vec![public],
                    public_ip_prefixes: vec![],
                    standard_v2: false,
                });
                self.model.subnets[index].nat_gateway = Some(id);
            }
        }
    }

    pub(super) fn route_tables(&mut self) {
        for index in 0..self.random.below(4) {
            let mut table = RouteTable {
                label: label(format!("rt{index}")),
                routes: vec![],
                disable_bgp_route_propagation: Known::Known(self.random.percent(30)),
            };
            for number in 0..self.random.below(4) {
                let route = self.route(number);
                let same = |other: &Route| other.address_prefix == route.address_prefix;
                if !table.routes.iter().any(same) {
                    table.routes.push(route);
                }
            }
            self.model.route_tables.push(table);
        }
    }

    pub(super) fn route(&mut self, number: usize) -> Route {
        let prefix = match self.random.percent(35) {
            true => net("0.0.0.0/0"),
            false => *self.random.pick(&self.pool),
        };
        let hop = *self.random.pick(&[
            NextHopType::VirtualAppliance,
            NextHopType::VirtualAppliance,
            NextHopType::VirtualAppliance,
            NextHopType::VirtualAppliance,
            NextHopType::Internet,
            NextHopType::None,
            NextHopType::VirtualNetworkGateway,
            NextHopType::VnetLocal,
        ]);
        let address = *self.random.pick(&self.next_hops);
        Route {
            label: label(format!("route{number}")),
            address_prefix: Known::Known(RoutePrefix::Prefix(prefix)),
            next_hop_type: Known::Known(hop),
            next_hop_ip_address: (hop == NextHopType::VirtualAppliance).then_some(Known::Known(address)),
            has_bgp_override: false,
        }
    }

    /// NSGs and tables onto subnets.
    pub(super) fn attach(&mut self) {
        for index in 0..self.model.subnets.len() {
            let purpose = self.model.subnets[index].purpose;
            let (group, table) = match purpose {
                SubnetPurpose::Gateway => (4, 30),
                SubnetPurpose::Firewall => (0, 30),
                _ => (55, 55),
            };
            if self.random.percent(group) {
                self.model.subnets[index].network_security_group = Some(Known::Known(self.any_group()));
            }
            if !self.model.route_tables.is_empty() && self.random.percent(table) {
                let table = match purpose {
                    SubnetPurpose::Gateway => self.gateway_table(),
                    SubnetPurpose::Firewall => self.firewall_table(),
                    _ => RouteTableId::at(self.random.below(self.model.route_tables.len())),
                };
                self.model.subnets[index].route_table = Some(Known::Known(table));
            }
        }
    }

    /// GatewaySubnet has a table of its own: VNET ranges to an appliance, rarely something that breaks it.
    fn gateway_table(&mut self) -> RouteTableId {
        let id = RouteTableId::at(self.model.route_tables.len());
        let mut routes = Vec::new();
        for index in 1..self.model.virtual_networks.len() {
            if self.random.percent(60) {
                let mut route = self.route(index);
                let prefix = self.model.virtual_networks[index].address_prefixes[0];
                route.address_prefix = Known::Known(RoutePrefix::Prefix(prefix));
                route.next_hop_type = Known::Known(NextHopType::VirtualAppliance);
                route.next_hop_ip_address = Some(Known::Known(*self.random.pick(&self.next_hops)));
                routes.push(route);
            }
        }
        if self.random.percent(6) {
            let mut route = self.route(9);
            route.address_prefix = Known::Known(RoutePrefix::Prefix(net("0.0.0.0/0")));
            routes.push(route);
        }
        self.model.route_tables.push(RouteTable {
            label: label("rt-gateway"),
            routes,
            disable_bgp_route_propagation: Known::Known(self.random.percent(4)),
        });
        id
    }
}

fn any() -> AddressMatch {
    AddressMatch { any: true, ..AddressMatch::default() }
}

/// A site's own prefixes.
fn site_prefixes(index: usize) -> Vec<IpNet> {
    vec![net(&format!("10.{}.0.0/16", 100 + index))]
}
