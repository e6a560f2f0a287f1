//! A seeded generator of cloud-like networks: hubs and spokes, security groups at subnets and NICs, route tables, tags
//! that differ from NIC to NIC.
//!
//! | parameter | what |
//! |---|---|
//! | `seed` | same seed, same network |
//! | `hubs` | VNETs with an appliance in their first subnet |
//! | `spokes` | VNETs peered with each hub; their tables send 10.0.0.0/8 through its appliance |
//! | `subnets` | /26 subnets in each VNET, at most 64 |
//! | `machines` | NICs in each subnet, at most 50 |
//! | `subnet_groups`, `subnet_rules` | how many NSGs for subnets, drawn per VNET, and how many rules each has, half of them inbound |
//! | `drawn_per_subnet` | those for subnets are drawn per subnet |
//! | `nic_groups`, `nic_rules` | the same for NICs, drawn per NIC; without groups NICs have none |
//! | `named` | of ten rules, how many name a subnet or an address of the network; the others name tags and far prefixes |
//! | `widened` | of ten spokes, how many have a default route to the appliance: there VirtualNetwork holds everything |

use super::{Random, add_nic, empty, label, net, peer};
use azreach::{
    model::*,
    space::{self, Ports},
};
use std::net::{IpAddr, Ipv4Addr};

/// What a network is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cloud {
    pub(crate) seed: u64,
    pub(crate) hubs: usize,
    pub(crate) spokes: usize,
    pub(crate) subnets: usize,
    pub(crate) machines: usize,
    pub(crate) subnet_groups: usize,
    pub(crate) subnet_rules: usize,
    pub(crate) drawn_per_subnet: bool,
    pub(crate) nic_groups: usize,
    pub(crate) nic_rules: usize,
    pub(crate) named: u64,
    pub(crate) widened: u64,
}

impl Cloud {
    /// 200 workloads in one VNET, each in a subnet under an NSG of 160 rules and with a NIC under an NSG of 120.
    pub(crate) fn one_network() -> Self {
        Cloud {
            seed: 7,
            hubs: 1,
            spokes: 0,
            subnets: 20,
            machines: 10,
            subnet_groups: 1,
            subnet_rules: 160,
            drawn_per_subnet: false,
            nic_groups: 1,
            nic_rules: 120,
            named: 1,
            widened: 0,
        }
    }

    /// So many subnets in VNETs of 50: a hub and 19 spokes, again and again, with few NSGs and route tables.
    pub(crate) fn of_subnets(count: usize) -> Self {
        Cloud {
            seed: 11,
            hubs: (count / 1_000).max(1),
            spokes: 19,
            subnets: 50,
            machines: 0,
            subnet_groups: 20,
            subnet_rules: 20,
            drawn_per_subnet: false,
            nic_groups: 0,
            nic_rules: 0,
            named: 0,
            widened: 3,
        }
    }

    /// The network.
    pub(crate) fn model(&self) -> Model {
        let mut random = Random(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut model = empty();
        for (kind, groups, rules) in
            [("subnet", self.subnet_groups, self.subnet_rules), ("nic", self.nic_groups, self.nic_rules)]
        {
            for at in 0..groups {
                let security_rules = (0..rules).map(|index| self.rule(&mut random, index)).collect();
                let label = label(format!("{kind}-nsg-{at}"));
                model.network_security_groups.push(NetworkSecurityGroup {
                    label,
                    security_rules,
                    flush_connection: false,
                });
            }
        }
        for hub in 0..self.hubs {
            let first = model.virtual_networks.len();
            for spoke in 0..=self.spokes {
                self.add_network(&mut model, first, &mut random);
                if spoke > 0 {
                    peer(&mut model, first + spoke, first);
                }
            }
            debug_assert_eq!(first, hub * (self.spokes + 1));
        }
        model
    }

    fn base(index: usize) -> u32 {
        0x0a00_0000 + ((index as u32) << 12)
    }

    fn rule(&self, random: &mut Random, index: usize) -> SecurityRule {
        let networks = (self.hubs * (self.spokes + 1)) as u64;
        let mut field = || {
            let tag = |tag| AddressMatch { tags: vec![tag], ..AddressMatch::default() };
            let prefix =
                |start, length| AddressMatch { prefixes: space::prefix(net(start, length)), ..AddressMatch::default() };
            if random.below(10) < self.named {
                let at =
                    Self::base(random.below(networks) as usize) + ((random.below(self.subnets as u64) as u32) << 6);
                return prefix(at, [26, 26, 32][random.below(3) as usize]);
            }
            match random.below(6) {
                0 => AddressMatch { any: true, ..AddressMatch::default() },
                1 => tag(TagMatch::VirtualNetwork),
                2 => tag(TagMatch::Internet),
                3 => prefix(0x0a00_0000, 8),
                4 => prefix(0xc0a8_0000 + ((random.below(250) as u32) << 8), 24),
                _ => tag(TagMatch::AzureLoadBalancer),
            }
        };
        let (source, destination) = (field(), field());
        let port = 1 + random.below(60_000) as u16;
        SecurityRule {
            label: label(format!("rule-{index}")),
            priority: Known::Known(100 + index as u16),
            direction: if index.is_multiple_of(2) { Direction::Inbound } else { Direction::Outbound },
            access: Known::Known(if random.below(3) == 0 { Access::Deny } else { Access::Allow }),
            protocol: Known::Known([RuleProtocol::Tcp, RuleProtocol::Udp][random.below(2) as usize]),
            source,
            source_ports: Known::Known(Ports::all()),
            destination,
            destination_ports: Known::Known(Ports::range(port, port + random.below(20) as u16)),
        }
    }

    fn add_network(&self, model: &mut Model, hub: usize, random: &mut Random) {
        let index = model.virtual_networks.len();
        let (is_hub, base) = (index == hub, Self::base(index));
        let table = RouteTableId::at(model.route_tables.len());
        let appliance = Known::Known(IpAddr::V4(Ipv4Addr::from(Self::base(hub) + 4)));
        let to_hub = |prefix: &str| Route {
            label: label(prefix),
            address_prefix: Known::Known(RoutePrefix::Prefix(prefix.parse().unwrap())),
            next_hop_type: Known::Known(NextHopType::VirtualAppliance),
            next_hop_ip_address: Some(appliance),
            has_bgp_override: false,
        };
        let mut routes = if is_hub { Vec::new() } else { vec![to_hub("10.0.0.0/8")] };
        routes.extend((!is_hub && random.below(10) < self.widened).then(|| to_hub("0.0.0.0/0")));
        model.route_tables.push(RouteTable {
            label: label(format!("rt-{index}")),
            disable_bgp_route_propagation: Known::Known(false),
            routes,
        });
        let group = |random: &mut Random, from: usize, count: usize| {
            (count > 0).then(|| Known::Known(NetworkSecurityGroupId::at(from + random.below(count as u64) as usize)))
        };
        let of_network = group(random, 0, self.subnet_groups);
        let mut subnets = Vec::new();
        for place in 0..self.subnets {
            let subnet = SubnetId::at(model.subnets.len());
            let start = base + ((place as u32) << 6);
            let forwards = is_hub && place == 0 && self.spokes > 0;
            let own = if self.drawn_per_subnet { group(random, 0, self.subnet_groups) } else { None };
            let of_subnet = own.or(of_network);
            model.subnets.push(Subnet {
                service_endpoint_policies: Vec::new(),
                private_endpoint_policies: Known::Known(PrivateEndpointPolicies {
                    security_groups: false,
                    route_tables: false,
                }),
                label: label(format!("subnet-{place}")),
                virtual_network: VirtualNetworkId::at(index),
                address_prefixes: vec![net(start, 26)],
                purpose: SubnetPurpose::Ordinary,
                network_security_group: of_subnet.filter(|_| !forwards),
                route_table: Some(Known::Known(table)),
                nat_gateway: None,
                service_endpoints: vec![],
                delegations: vec![],
                default_outbound_access: Known::Known(true),
            });
            subnets.push(subnet);
            for machine in 0..self.machines.max(usize::from(forwards)) {
                add_nic(model, subnet, start + 4 + machine as u32, forwards && machine == 0);
                if let Some(nic) = model.network_interfaces.last_mut() {
                    nic.network_security_group = group(random, self.subnet_groups, self.nic_groups);
                }
            }
        }
        model.virtual_networks.push(VirtualNetwork {
            summarized_gateway_prefixes: Vec::new(),
            dns_servers: Vec::new(),
            label: label(format!("vnet-{index}")),
            location: Some("westeurope".into()),
            unknown_space: None,
            address_prefixes: vec![net(base, 20)],
            subnets,
            peerings: vec![],
            gateways: vec![],
        });
    }
}
