//! Azure's rules of validity that concern several resources at once.

use super::Work;
use crate::{
    diagnostic::Span,
    model::*,
    scenario::tree::Entry,
    space::{self, Addresses},
};
use ipnet::IpNet;
use std::collections::HashMap;

/// Ranges that no VNET may use (routing.md section 7).
const DISALLOWED: [&str; 5] =
    ["224.0.0.0/4", "255.255.255.255/32", "127.0.0.0/8", "169.254.0.0/16", "168.63.129.16/32"];

impl Work<'_> {
    /// Everything that needs the whole model.
    pub(super) fn check(&mut self) {
        self.check_subnets();
        self.check_peerings();
        self.check_addresses_used_once();
        self.check_public_addresses_bound_once();
        self.check_asgs();
    }

    /// A VNET's own ranges: allowed and disjoint.
    pub(super) fn check_address_space(&mut self, entry: &Entry, prefixes: &[IpNet]) {
        for (index, net) in prefixes.iter().enumerate() {
            let own = space::prefix(*net);
            let disallowed =
                DISALLOWED.iter().find(|range| range.parse().is_ok_and(|range| space::prefix(range).meets(&own)));
            if let Some(range) = disallowed {
                let message = format!("`{net}` meets `{range}`, which no virtual network may use");
                self.error("disallowed-address-space", entry.key_span, message, "");
            }
            if let Some(other) = prefixes[..index].iter().find(|other| space::prefix(**other).meets(&own)) {
                let message = format!("`{other}` and `{net}` of virtual network `{}` overlap", entry.key);
                self.error("overlapping-address-space", entry.key_span, message, "");
            }
        }
    }

    /// Subnets lie in their VNET's space and do not overlap.
    fn check_subnets(&mut self) {
        for index in 0..self.model.virtual_networks.len() {
            let network = &self.model.virtual_networks[index];
            let space = space::prefixes(&network.address_prefixes);
            let (name, subnets) = (network.label.name.clone(), network.subnets.clone());
            let mut taken: Vec<(IpNet, String)> = Vec::new();
            let mut found: Vec<(&'static str, Span, String)> = Vec::new();
            for subnet in subnets.iter().map(|id| self.model.subnet(*id)) {
                let span = subnet.label.origin.span();
                for net in &subnet.address_prefixes {
                    if !space.is_empty() && !space::prefix(*net).is_subset(&space) {
                        found.push((
                            "subnet-outside-virtual-network",
                            span,
                            format!("`{net}` is not in the address space of `{name}`"),
                        ));
                    }
                    taken.push((*net, subnet.label.name.clone()));
                    if net.addr().is_ipv4() && net.prefix_len() > 29 {
                        found.push(("subnet-too-small", span, format!("`{net}` is smaller than a /29")));
                    }
                }
            }
            found.extend(self.overlapping_subnets(&subnets));
            for (code, span, message) in found {
                self.error(code, span, message, "");
            }
        }
    }

    fn overlapping_subnets(&self, subnets: &[SubnetId]) -> Vec<(&'static str, Span, String)> {
        let mut nets: Vec<(u128, u128, IpNet, &Subnet)> = Vec::new();
        for subnet in subnets.iter().map(|id| self.model.subnet(*id)) {
            nets.extend(
                subnet
                    .address_prefixes
                    .iter()
                    .map(|net| (space::point(net.network()), space::point(net.broadcast()), *net, subnet)),
            );
        }
        nets.sort_by_key(|(first, last, _, _)| (*first, *last));
        let overlaps = nets.windows(2).filter(|pair| pair[1].0 <= pair[0].1);
        overlaps
            .map(|pair| {
                let ((_, _, a, one), (_, _, b, two)) = (&pair[0], &pair[1]);
                let message = format!("subnets `{}` ({a}) and `{}` ({b}) overlap", one.label.name, two.label.name);
                ("overlapping-subnets", two.label.origin.span(), message)
            })
            .collect()
    }

    /// One NIC per address in a VNET.
    fn check_addresses_used_once(&mut self) {
        let mut seen: HashMap<(VirtualNetworkId, std::net::IpAddr), usize> = HashMap::new();
        let mut found = Vec::new();
        for (index, nic) in self.model.network_interfaces.iter().enumerate() {
            for configuration in &nic.ip_configurations {
                let Known::Known(address) = configuration.address else {
                    continue;
                };
                let Some(subnet) = self.model.subnets.get(configuration.subnet.index()) else {
                    continue;
                };
                if let Some(first) = seen.insert((subnet.virtual_network, address), index) {
                    let first = &self.model.network_interfaces[first].label.name;
                    found.push((
                        nic.label.origin.span(),
                        format!("`{address}` belongs to `{first}` and to `{}`", nic.label.name),
                    ));
                }
            }
        }
        for (span, message) in found {
            self.error("address-used-twice", span, message, "");
        }
    }

    fn check_public_addresses_bound_once(&mut self) {
        let mut seen: HashMap<PublicIpAddressId, usize> = HashMap::new();
        let mut found = Vec::new();
        for (index, nic) in self.model.network_interfaces.iter().enumerate() {
            for public in nic.ip_configurations.iter().filter_map(|one| one.public_ip_address) {
                if seen.insert(public, index).is_some() {
                    let name = &self.model.public_ip_address(public).label.name;
                    found.push((nic.label.origin.span(), format!("public IP address `{name}` is bound twice")));
                }
                let subnets = nic.ip_configurations.iter().map(|one| self.model.subnet(one.subnet));
                let natted = subnets.into_iter().any(|subnet| subnet.nat_gateway.is_some());
                if natted && self.model.public_ip_address(public).sku == Known::Known(PublicIpSku::Basic) {
                    let name = &self.model.public_ip_address(public).label.name;
                    found.push((
                        nic.label.origin.span(),
                        format!("Basic public IP address `{name}` is on a subnet with a NAT gateway (R191)"),
                    ));
                }
            }
        }
        for (span, message) in found {
            let code = if message.contains("NAT gateway") {
                "nat-gateway-with-basic-public-ip"
            } else {
                "public-ip-bound-twice"
            };
            self.error(code, span, message, "");
        }
    }

    /// An ASG's NICs are in one VNET, and so are those of both sides of a rule (F42, F43).
    fn check_asgs(&mut self) {
        let mut homes: Vec<Option<VirtualNetworkId>> = vec![None; self.model.application_security_groups.len()];
        let mut found: Vec<(&'static str, Span, String, &'static str)> = Vec::new();
        for nic in &self.model.network_interfaces {
            for configuration in &nic.ip_configurations {
                let home = self.model.subnet(configuration.subnet).virtual_network;
                for group in &configuration.application_security_groups {
                    match homes[group.index()] {
                        Some(other) if other != home => {
                            let name = &self.model.application_security_group(*group).label.name;
                            let message =
                                format!("application security group `{name}` has members in two virtual networks");
                            found.push((
                                "asg-in-two-virtual-networks",
                                nic.label.origin.span(),
                                message,
                                "use one group per virtual network (F42)",
                            ));
                        }
                        _ => homes[group.index()] = Some(home),
                    }
                }
            }
        }
        for rule in self.model.network_security_groups.iter().flat_map(|group| &group.security_rules) {
            let home =
                |side: &AddressMatch| side.application_security_groups.iter().find_map(|group| homes[group.index()]);
            if let (Some(source), Some(destination)) = (home(&rule.source), home(&rule.destination))
                && source != destination
            {
                let message =
                    format!("rule `{}` names application security groups of two virtual networks", rule.label.name);
                found.push((
                    "asgs-of-two-virtual-networks",
                    rule.label.origin.span(),
                    message,
                    "Azure refuses it (F43)",
                ));
            }
        }
        for (code, span, message, help) in found {
            self.error(code, span, message, help);
        }
    }
}
