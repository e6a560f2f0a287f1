//! Azure Bastions, and what Azure asks of their subnet.
//!
//! In: bastionHosts, and the subnets called AzureBastionSubnet. Out: [`BastionHost`]s. Deliberately absent: whom they
//! reach (that is `evaluate/bastion`).

use super::{
    Work, family,
    index::Kind,
    label,
    required_rules::{Wanted, allows},
};
use crate::{
    model::*,
    scenario::tree::{Entry, Node},
    space::Ports,
};

/// A rule that the security group of AzureBastionSubnet must have.
struct Needed {
    direction: Direction,
    source: &'static str,
    destination: &'static str,
    ports: [u16; 2],
    words: &'static str,
}

/// Without one of them Azure refuses the group (NetworkSecurityGroupNotCompliantForAzureBastionSubnet); what default
/// rules allow does not count (F214).
const REQUIRED: [Needed; 6] = [
    inbound("Internet", [443, 443], "Internet -> * tcp/443"),
    inbound("GatewayManager", [443, 443], "GatewayManager -> * tcp/443"),
    inbound("AzureLoadBalancer", [443, 443], "AzureLoadBalancer -> * tcp/443"),
    inbound("VirtualNetwork", [5701, 8080], "VirtualNetwork -> VirtualNetwork 5701,8080"),
    outbound("VirtualNetwork", [22, 3389], "* -> VirtualNetwork 22,3389"),
    outbound("AzureCloud", [443, 443], "* -> AzureCloud tcp/443"),
];

/// Asked for by the same page, and Azure has taken groups without them.
const ASKED: [Needed; 2] = [
    outbound("VirtualNetwork", [5701, 8080], "VirtualNetwork -> VirtualNetwork 5701,8080"),
    outbound("Internet", [80, 80], "* -> Internet 80"),
];

const fn inbound(source: &'static str, ports: [u16; 2], words: &'static str) -> Needed {
    Needed { direction: Direction::Inbound, source, destination: "*", ports, words }
}

const fn outbound(destination: &'static str, ports: [u16; 2], words: &'static str) -> Needed {
    Needed { direction: Direction::Outbound, source: "*", destination, ports, words }
}

impl Work {
    /// Reads them all, and looks at their subnets.
    pub(super) fn bastion_hosts(&mut self, network: &Node) {
        for entry in family(network, "bastionHosts") {
            if let Some(bastion) = self.bastion_host(entry) {
                self.model.bastion_hosts.push(bastion);
            }
        }
        self.check_bastion_addresses();
        self.check_bastion_subnets();
    }

    fn bastion_host(&mut self, entry: &Entry) -> Option<BastionHost> {
        let node = &entry.value;
        let sku = self.bastion_sku(node);
        let place = if sku == Known::Known(BastionSku::Developer) {
            BastionPlace::Shared(VirtualNetworkId::at(self.bastion_place(entry, &["virtualNetwork"])?))
        } else {
            let subnet = SubnetId::at(self.bastion_place(entry, &["subnet"])?);
            self.check_bastion_subnet_name(entry, subnet);
            BastionPlace::Subnet(subnet)
        };
        let public_ip_addresses = self.bastion_addresses(entry, sku, place);
        let ip_connect = self.flag(node, "enableIpConnect", false);
        Some(BastionHost { label: label(entry), place, sku, ip_connect, public_ip_addresses })
    }

    /// Basic where nothing is written; one that names a network and has no configuration is Bastion Developer.
    fn bastion_sku(&mut self, node: &Node) -> Known<BastionSku> {
        let Some(sku) = node.get("sku").filter(|sku| !sku.is_hollow()).cloned() else {
            let shared = node.get("virtualNetwork").is_some() && place_written(node, &["subnet"]).is_none();
            return Known::Known(if shared { BastionSku::Developer } else { BastionSku::Basic });
        };
        if let Some(fact) = self.unknown(&sku) {
            return Known::Unknown(fact);
        }
        let name = sku.as_str().unwrap_or_default();
        Known::Known(match name.to_lowercase().as_str() {
            "developer" => BastionSku::Developer,
            "basic" => BastionSku::Basic,
            "standard" => BastionSku::Standard,
            "premium" => BastionSku::Premium,
            _ => {
                let message = format!("`{name}` is no SKU of Azure Bastion");
                self.error("bad-value", sku.span, message, "write Developer, Basic, Standard or Premium");
                BastionSku::Basic
            }
        })
    }

    /// Its subnet or its network; one outside the file is nowhere, and what depends on it undetermined.
    fn bastion_place(&mut self, entry: &Entry, keys: &[&str]) -> Option<usize> {
        let Some(value) = place_written(&entry.value, keys).cloned() else {
            let message = format!("Azure Bastion `{}` is nowhere", entry.key);
            let help = match keys {
                ["virtualNetwork"] => "a Bastion Developer names its virtualNetwork",
                _ => "add ipConfigurations with a subnet, or subnet",
            };
            self.error("missing-key", entry.key_span, message, help);
            return None;
        };
        let kind = if keys == ["virtualNetwork"] { Kind::VirtualNetwork } else { Kind::Subnet };
        match self.reference_at(&value, kind)? {
            Known::Known(place) => Some(place),
            Known::Unknown(fact) => {
                self.lose("bastionHosts", label(entry), fact);
                None
            }
        }
    }

    fn check_bastion_subnet_name(&mut self, entry: &Entry, subnet: SubnetId) {
        let subnet = self.model.subnet(subnet);
        if subnet.purpose == SubnetPurpose::Bastion {
            return;
        }
        let message = format!("Azure Bastion `{}` is in subnet `{}`", entry.key, subnet.label.name);
        self.error("bastion-subnet", entry.key_span, message, "its subnet is called AzureBastionSubnet (F213)");
    }

    /// A dedicated Bastion has a public address, unless it is private-only, which takes Premium.
    fn bastion_addresses(
        &mut self,
        entry: &Entry,
        sku: Known<BastionSku>,
        place: BastionPlace,
    ) -> Vec<PublicIpAddressId> {
        let node = &entry.value;
        let configured = family(node, "ipConfigurations").iter().map(|one| &one.value).chain([node]);
        let written: Vec<Node> = configured.filter_map(|one| one.get("publicIPAddress").cloned()).collect();
        let shared = matches!(place, BastionPlace::Shared(_));
        let private_only = self.flag(node, "enablePrivateOnlyBastion", false);
        if private_only == Known::Known(true) && sku.known().is_some_and(|sku| *sku != BastionSku::Premium) {
            let message = format!("Azure Bastion `{}` is private-only", entry.key);
            self.error("bastion-private-only", entry.key_span, message, "that takes `sku: Premium` (F213)");
        }
        if written.is_empty() && !shared && private_only == Known::Known(false) {
            let message = format!("Azure Bastion `{}` has no public IP address", entry.key);
            self.error(
                "missing-key",
                entry.key_span,
                message,
                "add publicIPAddress, or enablePrivateOnlyBastion: true",
            );
        }
        if shared || private_only == Known::Known(true) {
            return Vec::new();
        }
        written.iter().filter_map(|one| self.public_ip(one)).collect()
    }

    fn check_bastion_addresses(&mut self) {
        let mut found = Vec::new();
        for bastion in &self.model.bastion_hosts {
            let addresses = bastion.public_ip_addresses.iter().map(|id| self.model.public_ip_address(*id));
            for public in addresses.filter(|one| one.sku == Known::Known(PublicIpSku::Basic)) {
                let (name, own) = (&bastion.label.name, &public.label.name);
                let message = format!("Azure Bastion `{name}` has the Basic public IP address `{own}`");
                found.push((bastion.label.origin.span(), message));
            }
        }
        for (span, message) in found {
            let help = "give the public IP address `sku: Standard` (F213)";
            self.error("bastion-with-basic-public-ip", span, message, help);
        }
    }

    /// The size of each AzureBastionSubnet, who else is in it, and its security group.
    fn check_bastion_subnets(&mut self) {
        let all = (0..self.model.subnets.len()).map(SubnetId::at);
        for id in all.filter(|id| self.model.subnet(*id).purpose == SubnetPurpose::Bastion).collect::<Vec<_>>() {
            if self.model.bastion_hosts.iter().any(|one| one.subnet() == Some(id)) {
                self.check_bastion_subnet_size(id);
            }
            self.check_bastion_guests(id);
            self.check_bastion_rules(id);
        }
    }

    /// Since 2021-11 a new Bastion takes /26; older ones in /27 go on (F213).
    fn check_bastion_subnet_size(&mut self, id: SubnetId) {
        let subnet = self.model.subnet(id);
        let longest = subnet.address_prefixes.iter().filter(|net| net.addr().is_ipv4()).map(|net| net.prefix_len());
        let (span, name) = (subnet.label.origin.span(), subnet.label.name.clone());
        let Some(length) = longest.max().filter(|length| *length > 26) else { return };
        let message = format!("`{name}` is a /{length}: too small for Azure Bastion");
        match length {
            27 => self.warn("bastion-subnet-small", span, message, "Azure takes /26 or larger since November 2021"),
            _ => self.error("bastion-subnet-small", span, message, "make it /26 or larger (F213)"),
        }
    }

    fn check_bastion_guests(&mut self, id: SubnetId) {
        let here = |nic: &&NetworkInterface| nic.ip_configurations.iter().any(|one| one.subnet == id);
        let Some(nic) = self.model.network_interfaces.iter().find(here) else { return };
        let message = format!("`{}` is in AzureBastionSubnet", nic.label.name);
        let span = nic.label.origin.span();
        self.error("bastion-subnet-shared", span, message, "that subnet holds Azure Bastion only (F213)");
    }

    fn check_bastion_rules(&mut self, id: SubnetId) {
        let Some(Known::Known(group)) = self.model.subnet(id).network_security_group else { return };
        let group = self.model.network_security_group(group);
        // Nobody comes to a private-only Bastion from the Internet.
        let here = |one: &&BastionHost| one.subnet() == Some(id);
        let private = self.model.bastion_hosts.iter().find(here).is_some_and(|one| one.public_ip_addresses.is_empty());
        let missing = |needed: &[Needed]| {
            let spared = |one: &&Needed| private && one.source == "Internet";
            let lacking = needed.iter().filter(|one| !spared(one) && !has(group, one));
            lacking.map(|one| format!("{} ({:?})", one.words, one.direction)).collect::<Vec<_>>().join(", ")
        };
        let (required, asked) = (missing(&REQUIRED), missing(&ASKED));
        let (name, span) = (group.label.name.clone(), group.label.origin.span());
        if !required.is_empty() {
            let message = format!("`{name}` lacks rules that AzureBastionSubnet must have: {required}");
            let help = "Azure refuses the group there without them (F214); default rules do not count";
            self.error("bastion-required-rules", span, message, help);
        } else if !asked.is_empty() {
            let message = format!("`{name}` lacks rules that Azure Bastion asks for: {asked}");
            self.warn("bastion-required-rules", span, message, "Microsoft asks for all of them (F214)");
        }
    }
}

/// Whether the allow rules of a group hold a rule that is needed. Addresses may stand for the Internet and for machines.
fn has(group: &NetworkSecurityGroup, needed: &Needed) -> bool {
    let ports = Ports::from_ranges(needed.ports.map(|port| (port, port)));
    let Needed { direction, source, destination, .. } = *needed;
    let by_address = [source, destination].iter().any(|tag| ["Internet", "VirtualNetwork"].contains(tag));
    allows(group, &Wanted { direction, tcp: true, source, destination, ports, by_address })
}

/// What an Azure Bastion says of its place: itself, or its configuration.
fn place_written<'n>(node: &'n Node, keys: &[&str]) -> Option<&'n Node> {
    let configurations = family(node, "ipConfigurations").iter().map(|one| &one.value);
    let mut told = configurations.chain([node]).flat_map(|one| keys.iter().filter_map(|key| one.get(key)));
    told.find(|value| !value.is_hollow())
}
