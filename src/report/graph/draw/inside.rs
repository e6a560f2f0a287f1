//! Regions, virtual networks, subnets, and what stands in them.

use super::{
    super::picture::{FrameId, FrameKind, NodeKind, Spot},
    Drawing,
    outside::prefixes,
};
use crate::{
    model::{
        GatewayType, Known, NetworkInterface, NetworkInterfaceId, PublicIpAddressId, PublicIpSku, Subnet, SubnetId,
        VirtualNetworkGateway, VirtualNetworkGatewayId, VirtualNetworkId,
    },
    report::page::count,
};
use std::collections::{BTreeMap, BTreeSet};

/// Most addresses of a NIC that are told.
const MOST_ADDRESSES: usize = 4;

impl Drawing<'_> {
    /// Regions in the order in which the file comes to them, with their VNETs.
    pub(super) fn regions(&mut self) {
        let model = &self.network.model;
        let shown = self.shown_networks();
        let hubs = self.hubs();
        let mut regions: BTreeMap<Option<String>, FrameId> = BTreeMap::new();
        for id in (0..model.virtual_networks.len()).map(VirtualNetworkId::at).filter(|id| shown.contains(id)) {
            let network = model.virtual_network(id);
            let region = match regions.get(&network.location) {
                Some(region) => *region,
                None => {
                    let name = network.location.as_deref().unwrap_or("no region given");
                    let region =
                        self.frame(format!("region{}", regions.len()), FrameKind::Region, None, name, String::new());
                    regions.insert(network.location.clone(), region);
                    region
                }
            };
            self.virtual_network(id, region);
            if let Some(frame) = self.networks[id.index()] {
                self.picture.frames[frame.0].hub = hubs.contains(&id);
            }
        }
        let rest = model.virtual_networks.len() - shown.len();
        if rest > 0 {
            self.picture.left_out.push(count(rest, "virtual network"));
        }
        if !self.bounds.subnets {
            self.picture.left_out.push("the subnets and what stands in them".to_owned());
        }
    }

    /// Those with most peerings and gateways first, where not all have room; in the order of the file.
    fn shown_networks(&self) -> BTreeSet<VirtualNetworkId> {
        let all = (0..self.network.model.virtual_networks.len()).map(VirtualNetworkId::at);
        let spoken_of = |id: VirtualNetworkId| {
            let name = &self.network.model.virtual_network(id).label.name;
            self.asked.iter().any(|one| *one == name || one.split('/').next() == Some(name.as_str()))
        };
        let mut ranked: Vec<_> = all.map(|id| (!spoken_of(id), usize::MAX - self.weight(id), id)).collect();
        ranked.sort_unstable();
        ranked.into_iter().take(self.bounds.networks).map(|(_, _, id)| id).collect()
    }

    /// How much hangs on a VNET.
    fn weight(&self, id: VirtualNetworkId) -> usize {
        let model = &self.network.model;
        let network = model.virtual_network(id);
        let forwards = |member: &(NetworkInterfaceId, usize)| model.network_interface(member.0).appliance.is_some();
        let appliances = network.subnets.iter().any(|subnet| self.network.subnet(*subnet).members.iter().any(forwards));
        network.peerings.len() * 4 + network.gateways.len() * 3 + usize::from(appliances) * 2
    }

    /// The heaviest VNET of each region, where it has peers.
    fn hubs(&self) -> BTreeSet<VirtualNetworkId> {
        let model = &self.network.model;
        let mut best: BTreeMap<&Option<String>, (usize, VirtualNetworkId)> = BTreeMap::new();
        for (index, network) in model.virtual_networks.iter().enumerate().filter(|(_, one)| !one.peerings.is_empty()) {
            let id = VirtualNetworkId::at(index);
            let weight = self.weight(id);
            let leader = best.entry(&network.location).or_insert((weight, id));
            if weight > leader.0 {
                *leader = (weight, id);
            }
        }
        best.into_values().map(|(_, id)| id).collect()
    }

    fn virtual_network(&mut self, id: VirtualNetworkId, region: FrameId) {
        let model = &self.network.model;
        let network = model.virtual_network(id);
        let detail = prefixes(&network.address_prefixes);
        let frame = self.frame(
            format!("vnet{}", id.index()),
            FrameKind::VirtualNetwork,
            Some(region),
            &network.label.name,
            detail,
        );
        self.networks[id.index()] = Some(frame);
        self.known_as(network.label.name.clone(), Spot::Frame(frame));
        if self.bounds.subnets {
            for subnet in &network.subnets {
                self.subnet(*subnet, frame);
            }
        } else {
            self.folded(id, frame);
        }
        for gateway in &network.gateways {
            let home = network
                .subnets
                .iter()
                .find(|id| model.subnet(**id).purpose == crate::model::SubnetPurpose::Gateway && self.bounds.subnets);
            let home = match home.and_then(|subnet| self.subnet_spot(*subnet)) {
                Some(Spot::Frame(subnet)) => subnet,
                _ => frame,
            };
            self.gateway(*gateway, home);
        }
        self.unmodelled_of(id, frame);
    }

    /// A VNET whose subnets are only counted.
    fn folded(&mut self, id: VirtualNetworkId, frame: FrameId) {
        let network = self.network.model.virtual_network(id);
        let members: usize = network.subnets.iter().map(|subnet| self.network.subnet(*subnet).members.len()).sum();
        let words = format!("{}, {}", count(network.subnets.len(), "subnet"), count(members, "machine"));
        self.picture.frames[frame.0].labels.push(words);
        for subnet in &network.subnets {
            self.subnets[subnet.index()] = Some(Spot::Frame(frame));
            self.known_as(self.network.subnet_path(*subnet), Spot::Frame(frame));
            for (nic, index) in &self.network.subnet(*subnet).members {
                self.place(*nic, *index, Spot::Frame(frame));
            }
        }
    }

    fn subnet(&mut self, id: SubnetId, network: FrameId) {
        let subnet = self.network.model.subnet(id);
        let detail = prefixes(&subnet.address_prefixes);
        let frame =
            self.frame(format!("subnet{}", id.index()), FrameKind::Subnet, Some(network), &subnet.label.name, detail);
        self.subnets[id.index()] = Some(Spot::Frame(frame));
        self.known_as(self.network.subnet_path(id), Spot::Frame(frame));
        self.picture.frames[frame.0].labels = self.subnet_labels(subnet);
        self.machines(id, frame);
    }

    fn subnet_labels(&self, subnet: &Subnet) -> Vec<String> {
        let model = &self.network.model;
        let mut labels = Vec::new();
        match &subnet.network_security_group {
            Some(Known::Known(id)) => labels.push(format!("NSG {}", model.network_security_group(*id).label.name)),
            Some(Known::Unknown(_)) => labels.push("NSG not known".to_owned()),
            None => {}
        }
        match &subnet.route_table {
            Some(Known::Known(id)) => {
                let table = model.route_table(*id);
                let cut = table.disable_bgp_route_propagation == Known::Known(true);
                let words = if cut { ", no gateway routes" } else { "" };
                labels.push(format!("RT {}{words}", table.label.name));
            }
            Some(Known::Unknown(_)) => labels.push("RT not known".to_owned()),
            None => {}
        }
        if let Some(nat) = subnet.nat_gateway {
            labels.push(format!("NAT {}", model.nat_gateway(nat).label.name));
        }
        if !subnet.service_endpoints.is_empty() {
            let short = |name: &String| name.strip_prefix("Microsoft.").unwrap_or(name).to_owned();
            let names: Vec<String> = subnet.service_endpoints.iter().map(short).collect();
            labels.push(format!("endpoints {}", names.join(", ")));
        }
        labels.extend(subnet.service_endpoint_policies.iter().map(|policy| match policy {
            Known::Known(id) => format!("policy {}", model.service_endpoint_policy(*id).label.name),
            Known::Unknown(_) => "endpoint policy not known".to_owned(),
        }));
        labels.extend(subnet.delegations.iter().map(|service| format!("for {service}")));
        if subnet.default_outbound_access == Known::Known(false) {
            labels.push("private subnet".to_owned());
        }
        labels
    }

    /// The NICs of a subnet, each machine once.
    fn machines(&mut self, id: SubnetId, frame: FrameId) {
        let model = &self.network.model;
        let mut order: Vec<NetworkInterfaceId> = Vec::new();
        for (nic, _) in &self.network.subnet(id).members {
            if !order.contains(nic) {
                order.push(*nic);
            }
        }
        let asked_for = |nic: &NetworkInterfaceId| {
            let nic = model.network_interface(*nic);
            let machine = nic.workload.map(|id| model.workload(id).label.name.as_str());
            let machine = machine.or(nic.appliance.map(|id| model.appliance(id).label.name.as_str()));
            nic.appliance.is_some()
                || self.asked.contains(nic.label.name.as_str())
                || machine.is_some_and(|name| self.asked.contains(name))
        };
        let most = self.bounds.machines;
        let shown: Vec<bool> = order.iter().enumerate().map(|(index, nic)| index < most || asked_for(nic)).collect();
        for (nic, _) in order.iter().zip(&shown).filter(|(_, shown)| **shown) {
            self.machine(*nic, id, frame);
        }
        let rest: Vec<_> = order.iter().zip(&shown).filter(|(_, shown)| !**shown).map(|(nic, _)| *nic).collect();
        if let Some(spot) = self.more(frame, rest.len(), "machine", "machines") {
            for nic in rest {
                self.nics[nic.index()].get_or_insert(spot);
            }
        }
    }

    fn machine(&mut self, id: NetworkInterfaceId, subnet: SubnetId, frame: FrameId) {
        let model = &self.network.model;
        let nic = model.network_interface(id);
        let (kind, words, name) = match (nic.appliance, nic.workload) {
            (Some(appliance), _) => (NodeKind::Appliance, "appliance", model.appliance(appliance).label.name.clone()),
            (None, Some(machine)) => {
                let machine = model.workload(machine);
                let single = machine.network_interfaces.len() < 2;
                let name = if single { &machine.label.name } else { &nic.label.name };
                (NodeKind::Workload, "workload", name.clone())
            }
            (None, None) if model.cluster_of_node(id).is_some() => {
                (NodeKind::Cluster, "cluster node", nic.label.name.clone())
            }
            (None, None) => (NodeKind::NetworkInterface, "network interface", nic.label.name.clone()),
        };
        let details = self.machine_details(nic, subnet);
        let node = self.node(kind, words, frame, &name, details);
        for (index, configuration) in nic.ip_configurations.iter().enumerate() {
            if configuration.subnet == subnet {
                self.place(id, index, Spot::Node(node));
            }
        }
    }

    fn machine_details(&self, nic: &NetworkInterface, subnet: SubnetId) -> Vec<String> {
        let model = &self.network.model;
        let here = || nic.ip_configurations.iter().filter(|one| one.subnet == subnet);
        let mut details: Vec<String> = here()
            .take(MOST_ADDRESSES)
            .map(|one| match &one.address {
                Known::Known(address) => address.to_string(),
                Known::Unknown(_) => "address not known".to_owned(),
            })
            .collect();
        details.extend(here().filter_map(|one| one.public_ip_address).map(|id| self.public_address(id)));
        if let Some(Known::Known(group)) = &nic.network_security_group {
            details.push(format!("NSG {}", model.network_security_group(*group).label.name));
        }
        let groups: BTreeSet<_> = here().flat_map(|one| &one.application_security_groups).collect();
        details
            .extend(groups.into_iter().map(|id| format!("ASG {}", model.application_security_group(*id).label.name)));
        if nic.appliance.is_some() && nic.ip_forwarding != Known::Known(true) {
            details.push("IP forwarding off".to_owned());
        }
        details
    }

    /// `public 52.233.163.10, Basic`.
    pub(super) fn public_address(&self, id: PublicIpAddressId) -> String {
        let address = self.network.model.public_ip_address(id);
        let sku = match address.sku {
            Known::Known(PublicIpSku::Basic) => ", Basic",
            Known::Known(PublicIpSku::Standard) | Known::Unknown(_) => "",
        };
        match &address.address {
            Known::Known(known) => format!("public {known}{sku}"),
            Known::Unknown(_) => format!("public {}{sku}", address.label.name),
        }
    }

    /// Remembers where a NIC's configuration is drawn.
    fn place(&mut self, id: NetworkInterfaceId, index: usize, spot: Spot) {
        let nic = self.network.model.network_interface(id);
        self.nics[id.index()].get_or_insert(spot);
        let Some(configuration) = nic.ip_configurations.get(index) else { return };
        if let Known::Known(address) = configuration.address {
            let network = self.network_of(configuration.subnet);
            self.answers(network, address, spot);
        }
    }

    fn gateway(&mut self, id: VirtualNetworkGatewayId, home: FrameId) {
        let gateway = self.network.model.virtual_network_gateway(id);
        let words = match gateway.gateway_type {
            GatewayType::Vpn => "VPN gateway",
            GatewayType::ExpressRoute => "ExpressRoute gateway",
        };
        let mut details: Vec<String> =
            gateway.public_ip_addresses.iter().map(|address| self.public_address(*address)).collect();
        details.extend(bgp_and_others(gateway));
        let node = self.node(NodeKind::Gateway, words, home, &gateway.label.name, details);
        self.gateways[id.index()] = Some(Spot::Node(node));
        self.known_as(gateway.label.name.clone(), Spot::Node(node));
    }

    /// What is read and not modelled, in the subnet or VNET that it names.
    fn unmodelled_of(&mut self, id: VirtualNetworkId, frame: FrameId) {
        let model = &self.network.model;
        for one in &model.unmodelled {
            let subnet = one.subnets.iter().find(|subnet| self.network_of(**subnet) == id);
            let here = subnet.is_some() || one.virtual_networks.contains(&id);
            if !here || self.spots.contains_key(&one.label.name.to_lowercase()) {
                continue;
            }
            let home = match subnet.and_then(|subnet| self.subnet_spot(*subnet)) {
                Some(Spot::Frame(home)) => home,
                _ => frame,
            };
            let spot = self.unmodelled(home, one);
            for address in &one.addresses {
                self.answers(id, *address, spot);
            }
        }
    }
}

fn bgp_and_others(gateway: &VirtualNetworkGateway) -> Vec<String> {
    let mut words = Vec::new();
    if gateway.enable_bgp && gateway.gateway_type == GatewayType::Vpn {
        words.push(format!("BGP, AS {}", gateway.asn));
    }
    if gateway.active_active {
        words.push("two active instances".to_owned());
    }
    if !gateway.client_address_pool.is_empty() {
        words.push(format!("clients {}", prefixes(&gateway.client_address_pool)));
    }
    words
}
