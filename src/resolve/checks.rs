//! Azure's rules of validity that concern several resources at once: names, address spaces, addresses.
//!
//! In: the model so far. Out: diagnostics. Deliberately absent: rules about one resource (they stand with its family),
//! peerings and application security groups (in files of their own).

use super::{Work, family, index::Kind};
use crate::{
    diagnostic::Diagnostic,
    model::*,
    scenario::tree::{Entry, Node},
    space,
};
use ipnet::IpNet;
use std::{collections::HashMap, net::IpAddr};

/// Ranges that no VNET may use (routing.md section 7).
const DISALLOWED: [&str; 5] =
    ["224.0.0.0/4", "255.255.255.255/32", "127.0.0.0/8", "169.254.0.0/16", "168.63.129.16/32"];

impl Work {
    /// Everything that needs the whole model.
    pub(super) fn check(&mut self) {
        self.check_subnets();
        self.check_peerings();
        self.check_addresses_used_once();
        self.check_public_addresses_bound_once();
        self.check_basic_addresses_beside_nat();
        self.check_balancers();
        self.check_asgs();
        self.warn_of_remote_asgs();
        self.check_firewalls();
    }

    /// A VNET's own ranges: allowed and disjoint.
    pub(super) fn check_address_space(&mut self, entry: &Entry, prefixes: &[IpNet]) {
        for net in prefixes {
            let own = space::prefix(*net);
            let disallowed =
                DISALLOWED.iter().find(|range| range.parse().is_ok_and(|range| space::prefix(range).meets(&own)));
            if let Some(range) = disallowed {
                let message = format!("`{net}` meets `{range}`, which no virtual network may use");
                self.error("disallowed-address-space", entry.key_span, message, "use another range, as 10.0.0.0/8");
            }
        }
        for (one, other) in overlaps(prefixes.iter().map(range).collect()) {
            let (one, other) = (prefixes[one], prefixes[other]);
            let message = format!("`{one}` and `{other}` of virtual network `{}` overlap", entry.key);
            self.error("overlapping-address-space", entry.key_span, message, "keep the larger of the two");
        }
    }

    /// Names that Azure takes and that a flow can say: letters, digits and `_.()-`, after the group's `rg/`.
    pub(super) fn check_names(&mut self, network: &Node) {
        for (_, map) in Kind::ALL {
            for entry in family(network, map) {
                self.check_name(entry);
                for child in ["subnets", "hosts"] {
                    family(&entry.value, child).iter().for_each(|entry| self.check_name(entry));
                }
            }
        }
    }

    fn check_name(&mut self, entry: &Entry) {
        let word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let fine =
            |name: &str| name.starts_with(word) && name.chars().all(|letter| word(letter) || ".()-".contains(letter));
        let mut parts = entry.key.split('/');
        if !parts.all(fine) || entry.key.split('/').count() > 3 {
            let help = "letters, digits, `_`, `.`, `-`, `(` and `)`, the first a letter, a digit or `_`";
            self.error("bad-name", entry.key_span, format!("`{}` is no name for a resource", entry.key), help);
        }
    }

    /// Subnets lie in their VNET's space and do not overlap.
    fn check_subnets(&mut self) {
        for index in 0..self.model.virtual_networks.len() {
            let mut found = self.misplaced_subnets(VirtualNetworkId::at(index));
            found.extend(self.overlapping_subnets(&self.model.virtual_networks[index].subnets));
            for problem in found {
                self.report(problem);
            }
        }
    }

    fn misplaced_subnets(&self, id: VirtualNetworkId) -> Vec<Diagnostic> {
        let network = self.model.virtual_network(id);
        let mut space: Vec<(u128, u128)> = network.address_prefixes.iter().map(range).collect();
        space.sort_unstable();
        let holds = |(first, last): (u128, u128)| {
            let after = space.partition_point(|own| own.0 <= first);
            after > 0 && last <= space[after - 1].1
        };
        let mut found = Vec::new();
        for subnet in network.subnets.iter().map(|id| self.model.subnet(*id)) {
            let span = subnet.label.origin.span();
            for net in &subnet.address_prefixes {
                if !space.is_empty() && !holds(range(net)) {
                    let message = format!("`{net}` is not in the address space of `{}`", network.label.name);
                    let problem = Diagnostic::error("subnet-outside-virtual-network", span, message);
                    let space: Vec<String> =
                        network.address_prefixes.iter().take(5).map(|net| format!("`{net}`")).collect();
                    found.push(problem.help(format!("the address space is {}", space.join(", "))));
                }
                if net.addr().is_ipv4() && net.prefix_len() > 29 {
                    let message = format!("`{net}` is smaller than a /29");
                    let problem = Diagnostic::error("subnet-too-small", span, message);
                    found.push(problem.help("Azure keeps five addresses of each subnet (R168)"));
                }
            }
        }
        found
    }

    fn overlapping_subnets(&self, subnets: &[SubnetId]) -> Vec<Diagnostic> {
        let subnets = subnets.iter().map(|id| self.model.subnet(*id));
        let nets: Vec<(IpNet, &Subnet)> =
            subnets.flat_map(|subnet| subnet.address_prefixes.iter().map(move |net| (*net, subnet))).collect();
        overlaps(nets.iter().map(|(net, _)| range(net)).collect())
            .into_iter()
            .map(|(one, other)| {
                let ((a, one), (b, other)) = (nets[one], nets[other]);
                let message = format!("subnets `{}` ({a}) and `{}` ({b}) overlap", one.label.name, other.label.name);
                let problem = Diagnostic::error("overlapping-subnets", other.label.origin.span(), message);
                problem.related(one.label.origin.span(), "the other").help("renumber one of them")
            })
            .collect()
    }

    /// One NIC per address in a VNET; one subnet per NIC (IpConfigurationsOnSameNicCannotUseDifferentSubnets).
    fn check_addresses_used_once(&mut self) {
        let mut seen: HashMap<(VirtualNetworkId, IpAddr), &Label> = HashMap::new();
        let mut found = Vec::new();
        for nic in &self.model.network_interfaces {
            let span = nic.label.origin.span();
            if nic.ip_configurations.windows(2).any(|pair| pair[0].subnet != pair[1].subnet) {
                let message = format!("network interface `{}` has addresses in two subnets", nic.label.name);
                let problem = Diagnostic::error("nic-in-two-subnets", span, message);
                found.push(problem.help("a network interface lies in one subnet; give the machine another one"));
            }
            for configuration in &nic.ip_configurations {
                let Known::Known(address) = configuration.address else {
                    continue;
                };
                let home = self.model.subnet(configuration.subnet).virtual_network;
                if let Some(first) = seen.insert((home, address), &nic.label) {
                    let message = format!("`{address}` belongs to `{}` and to `{}`", first.name, nic.label.name);
                    let problem = Diagnostic::error("address-used-twice", span, message);
                    found.push(
                        problem.related(first.origin.span(), "the first").help("give one of them another address"),
                    );
                }
            }
        }
        for problem in found {
            self.report(problem);
        }
    }

    /// A public IP address is bound to one thing.
    fn check_public_addresses_bound_once(&mut self) {
        let model = &self.model;
        let mut seen: HashMap<PublicIpAddressId, &Label> = HashMap::new();
        let mut found = Vec::new();
        for (public, owner) in model.public_ip_address_owners() {
            if let Some(first) = seen.insert(public, owner) {
                let name = &model.public_ip_address(public).label.name;
                let message =
                    format!("public IP address `{name}` is bound to `{}` and to `{}`", first.name, owner.name);
                let problem = Diagnostic::error("public-ip-bound-twice", owner.origin.span(), message);
                found.push(problem.related(first.origin.span(), "the first").help("give one of them another address"));
            }
        }
        for problem in found {
            self.report(problem);
        }
    }

    /// No Basic public IP address on a subnet with a NAT gateway (R191).
    fn check_basic_addresses_beside_nat(&mut self) {
        let mut found = Vec::new();
        for nic in &self.model.network_interfaces {
            let natted = |one: &&IpConfiguration| self.model.subnet(one.subnet).nat_gateway.is_some();
            for public in nic.ip_configurations.iter().filter(natted).filter_map(|one| one.public_ip_address) {
                let public = self.model.public_ip_address(public);
                if public.sku == Known::Known(PublicIpSku::Basic) {
                    let message = format!(
                        "Basic public IP address `{}` of `{}` is on a subnet with a NAT gateway",
                        public.label.name, nic.label.name
                    );
                    found.push((nic.label.origin.span(), message));
                }
            }
        }
        for (span, message) in found {
            let help = "give the public IP address `sku: Standard` (R191)";
            self.error("nat-gateway-with-basic-public-ip", span, message, help);
        }
    }
}

/// The points of a prefix.
fn range(net: &IpNet) -> (u128, u128) {
    (space::point(net.network()), space::point(net.broadcast()))
}

/// Pairs of places whose ranges overlap: each range with an earlier one that reaches into it.
pub(super) fn overlaps(ranges: Vec<(u128, u128)>) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..ranges.len()).collect();
    order.sort_by_key(|place| (ranges[*place].0, *place));
    let mut found = Vec::new();
    let mut furthest: Option<usize> = None;
    for place in order {
        if let Some(open) = furthest.filter(|open| ranges[place].0 <= ranges[*open].1) {
            found.push((open.min(place), open.max(place)));
        }
        if furthest.is_none_or(|open| ranges[open].1 < ranges[place].1) {
            furthest = Some(place);
        }
    }
    found
}
