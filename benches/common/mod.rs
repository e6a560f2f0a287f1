//! A seeded generator of cloud-like networks for the benches: hubs and spokes with NSGs and route tables.
//!
//! Parameters: number of subnets, subnets per VNET (up to 50 unless said), rules per NSG, number of distinct NSGs; the first of
//! every 20 VNETs is a hub with an appliance, the others are spokes peered with it, whose route tables send
//! 10.0.0.0/8 through the appliance.

#![allow(dead_code, clippy::unwrap_used)] // each bench uses a part of it

pub(crate) mod cloud;
pub(crate) mod linear;

use azreach::{
    diagnostic::{Origin, SourceId, Span},
    model::*,
    scenario::settings::Settings,
    space::{self, Ports},
    tags::ServiceTags,
};
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr};

/// A small deterministic generator of numbers (xorshift).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

pub(crate) fn label(name: impl Into<String>) -> Label {
    Label { name: name.into(), origin: Origin::Text(Span { source: SourceId(0), start: 0, end: 0 }) }
}

fn net(address: u32, length: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new(Ipv4Addr::from(address), length).unwrap().trunc())
}

/// An empty model.
pub(crate) fn empty() -> Model {
    Model::empty(ServiceTags::builtin().clone(), Settings::default())
}

/// A random rule over a pool of addresses like that of the network.
pub(crate) fn rule(random: &mut Random, index: usize, direction: Direction) -> SecurityRule {
    let field = |random: &mut Random| match random.below(10) {
        0 => AddressMatch { any: true, ..AddressMatch::default() },
        1 => AddressMatch { tags: vec![TagMatch::VirtualNetwork], ..AddressMatch::default() },
        2 => AddressMatch { tags: vec![TagMatch::Internet], ..AddressMatch::default() },
        _ => {
            let length = [16, 20, 24, 24, 24, 28, 32][random.below(7) as usize];
            let address = 0x0a00_0000 | (random.below(1 << 24) as u32);
            AddressMatch { prefixes: space::prefix(net(address, length)), ..AddressMatch::default() }
        }
    };
    let ports = [22u16, 80, 443, 1433, 3306, 3389, 5432, 8080, 8443, 9092];
    let port = ports[random.below(10) as usize];
    SecurityRule {
        label: label(format!("rule-{index}")),
        priority: Known::Known(100 + index as u16),
        direction,
        access: Known::Known(if random.below(3) == 0 { Access::Deny } else { Access::Allow }),
        protocol: Known::Known([RuleProtocol::Tcp, RuleProtocol::Udp, RuleProtocol::Any][random.below(3) as usize]),
        source: field(random),
        source_ports: Known::Known(Ports::all()),
        destination: field(random),
        destination_ports: Known::Known(Ports::range(port, port + random.below(20) as u16)),
    }
}

/// A network of `subnets` subnets, each with a NIC, under `groups` NSGs of `rules` rules per direction.
pub(crate) fn network(subnets: usize, rules: usize, groups: usize) -> Model {
    network_of(subnets, 50.min(subnets), rules, groups)
}

/// The same with so many subnets in each VNET.
pub(crate) fn network_of(subnets: usize, per_network: usize, rules: usize, groups: usize) -> Model {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut model = empty();
    for group in 0..groups.max(1) {
        let mut all: Vec<SecurityRule> = (0..rules).map(|index| rule(&mut random, index, Direction::Inbound)).collect();
        all.extend((0..rules).map(|index| rule(&mut random, index, Direction::Outbound)));
        model.network_security_groups.push(NetworkSecurityGroup {
            label: label(format!("nsg-{group}")),
            security_rules: all,
            flush_connection: false,
        });
    }
    for index in 0..subnets.div_ceil(per_network) {
        add_virtual_network(&mut model, index, per_network, &mut random);
    }
    let count = model.virtual_networks.len();
    for index in 0..count {
        if index % 20 != 0 {
            peer(&mut model, index, index - index % 20);
        }
    }
    model
}

fn add_virtual_network(model: &mut Model, index: usize, subnets: usize, random: &mut Random) {
    let id = VirtualNetworkId::at(index);
    let base = 0x0a00_0000 + ((index as u32) << 14);
    let hub = index - index % 20;
    let appliance = Ipv4Addr::from(0x0a00_0000 + ((hub as u32) << 14) + 4);
    let table = RouteTableId::at(model.route_tables.len());
    model.route_tables.push(RouteTable {
        label: label(format!("rt-{index}")),
        disable_bgp_route_propagation: Known::Known(false),
        routes: if index == hub {
            vec![]
        } else {
            vec![Route {
                label: label("to-hub"),
                address_prefix: Known::Known(RoutePrefix::Prefix("10.0.0.0/8".parse().unwrap())),
                next_hop_type: Known::Known(NextHopType::VirtualAppliance),
                next_hop_ip_address: Some(Known::Known(IpAddr::V4(appliance))),
                has_bgp_override: false,
            }]
        },
    });
    let mut ids = Vec::new();
    for place in 0..subnets {
        let subnet = SubnetId::at(model.subnets.len());
        let start = base + ((place as u32) << 8);
        let group = random.below(model.network_security_groups.len() as u64) as usize;
        let forwards = index == hub && place == 0;
        model.subnets.push(Subnet {
            service_endpoint_policies: Vec::new(),
            private_endpoint_policies: Known::Known(PrivateEndpointPolicies {
                security_groups: false,
                route_tables: false,
            }),
            label: label(format!("subnet-{place}")),
            virtual_network: id,
            address_prefixes: vec![net(start, 24)],
            purpose: SubnetPurpose::Ordinary,
            network_security_group: (!forwards).then_some(Known::Known(NetworkSecurityGroupId::at(group))),
            route_table: Some(Known::Known(table)),
            nat_gateway: None,
            service_endpoints: vec![],
            delegations: vec![],
            default_outbound_access: Known::Known(true),
        });
        ids.push(subnet);
        add_nic(model, subnet, start + 4, forwards);
    }
    model.virtual_networks.push(VirtualNetwork {
        dns_servers: Vec::new(),
        label: label(format!("vnet-{index}")),
        location: Some("westeurope".into()),
        unknown_space: None,
        summarized_gateway_prefixes: Vec::new(),
        address_prefixes: vec![net(base, 18)],
        subnets: ids,
        peerings: vec![],
        gateways: vec![],
    });
}

fn add_nic(model: &mut Model, subnet: SubnetId, address: u32, forwards: bool) {
    let nic = NetworkInterfaceId::at(model.network_interfaces.len());
    let workload = WorkloadId::at(model.workloads.len());
    let appliance = forwards.then(|| ApplianceId::at(model.appliances.len()));
    model.network_interfaces.push(NetworkInterface {
        dns_servers: Vec::new(),
        private_link_answers: false,
        label: label(format!("vm-{}", nic.0)),
        implicit: true,
        ip_configurations: vec![IpConfiguration {
            subnet,
            address: Known::Known(IpAddr::V4(address.into())),
            public_ip_address: None,
            application_security_groups: vec![],
        }],
        network_security_group: None,
        ip_forwarding: Known::Known(forwards),
        appliance,
        workload: Some(workload),
    });
    model.workloads.push(Workload {
        dns: Dns::usual(Resolver::Azure),
        label: label(format!("vm-{}", nic.0)),
        network_interfaces: vec![nic],
        identity: None,
    });
    if forwards {
        model.appliances.push(Appliance {
            peer_asn: None,
            advertises: None,
            dns: Dns::usual(Resolver::Azure),
            label: label(format!("nva-{}", nic.0)),
            network_interfaces: vec![nic],
            forwarding: Known::Known(true),
            stateful: true,
            snat: Snat::Never,
            dnat: vec![],
            rules: None,
            opaque: None,
        });
    }
}

fn peer(model: &mut Model, spoke: usize, hub: usize) {
    let (there, back) = (PeeringId::at(model.peerings.len()), PeeringId::at(model.peerings.len() + 1));
    for (local, remote, own, other) in [(spoke, hub, there, back), (hub, spoke, back, there)] {
        let link =
            Peering::open(label(format!("to-{remote}")), VirtualNetworkId::at(local), VirtualNetworkId::at(remote));
        model.peerings.push(Peering { reverse: Some(other), ..link });
        model.virtual_networks[local].peerings.push(own);
    }
}

/// Adds a storage account behind a firewall, reached over service endpoints, and another behind a private endpoint in
/// the first hub, whose zone is linked to every VNET. Their ids.
pub(crate) fn add_services(model: &mut Model) -> (ServiceId, ServiceId) {
    for subnet in &mut model.subnets {
        subnet.service_endpoints.push("Microsoft.Storage".to_owned());
    }
    let rules = (0..model.subnets.len().min(200)).map(|index| SubnetRule {
        name: format!("virtualNetworkRules/{index}"),
        subnet: RuleSubnet::Here(SubnetId::at(index)),
    });
    let firewall =
        Firewall { default_action: Known::Known(Access::Deny), subnet_rules: rules.collect(), ..Firewall::open() };
    let behind_rules = ServiceId::at(model.services.len());
    model.services.push(account("lake", firewall));
    let behind_endpoint = ServiceId::at(model.services.len());
    let closed = Known::Known(PublicNetworkAccess::Disabled);
    model.services.push(Service { public_network_access: closed, ..account("vault", Firewall::open()) });
    let subnet = model.virtual_networks[0].subnets[1];
    let IpNet::V4(prefix) = model.subnet(subnet).address_prefixes[0] else {
        return (behind_rules, behind_endpoint);
    };
    let address = IpAddr::V4(Ipv4Addr::from(u32::from(prefix.network()) + 200));
    model.private_endpoints.push(PrivateEndpoint {
        label: label("pe-vault"),
        subnet: RuleSubnet::Here(subnet),
        addresses: Known::Known(vec![address]),
        target: LinkTarget::Service(behind_endpoint),
        group_ids: vec!["blob".to_owned()],
        state: Known::Known(LinkState::Approved),
        application_security_groups: vec![],
    });
    let link = |index: usize| ZoneLink {
        label: label(format!("link-{index}")),
        virtual_network: Known::Known(VirtualNetworkId::at(index)),
        fallback: Known::Known(false),
        registration: false,
    };
    model.private_dns_zones.push(PrivateDnsZone {
        label: label("privatelink.blob.core.windows.net"),
        domain: "privatelink.blob.core.windows.net".to_owned(),
        records: vec![DnsRecord { name: "vault".to_owned(), data: RecordData::Addresses(vec![Known::Known(address)]) }],
        links: (0..model.virtual_networks.len()).map(link).collect(),
    });
    (behind_rules, behind_endpoint)
}

fn account(name: &str, firewall: Firewall) -> Service {
    Service {
        label: label(name),
        kind: ServiceKind::StorageAccount,
        location: Some("westeurope".to_owned()),
        resource_id: None,
        sub_resources: vec![SubResource {
            name: "blob".to_owned(),
            group_id: "blob".to_owned(),
            host: format!("{name}.blob.core.windows.net"),
            private_zone: "privatelink.blob.core.windows.net",
            rules: vec![],
        }],
        public_network_access: Known::Known(PublicNetworkAccess::Enabled),
        firewall,
        connection_policy: Known::Known(ConnectionPolicy::Default),
        workspace: None,
        app: None,
    }
}
