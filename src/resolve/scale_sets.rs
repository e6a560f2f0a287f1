//! Virtual machine scale sets: one machine that stands for all instances.
//!
//! In: virtualMachineScaleSets. Out: a [`Workload`] each, with a network interface for every configuration, whose address
//! Azure will choose (F203). A set without configurations has machines of its own, which are in the file or are not.

use super::{Work, family, index::Kind, label, parties::primary_first};
use crate::{
    model::*,
    scenario::tree::{Entry, Node},
};

impl Work {
    /// Reads them all. They come after the virtual machines among the workloads.
    pub(super) fn scale_sets(&mut self, network: &Node) {
        for entry in family(network, "virtualMachineScaleSets") {
            let network_interfaces = self.instance_interfaces(entry);
            let dns = Dns::usual(Resolver::Azure);
            self.add_machine(Workload { label: label(entry), network_interfaces, identity: None, dns });
        }
    }

    fn instance_interfaces(&mut self, entry: &Entry) -> Vec<NetworkInterfaceId> {
        let mut found = Vec::new();
        let mut outside = None;
        for one in primary_first(&entry.value, "networkInterfaceConfigurations") {
            match self.implicit_nic(one, format!("{}/{}", entry.key, one.key), false) {
                Known::Known(id) => {
                    self.note_pools(one, id);
                    self.instance_public_addresses(one, id);
                    found.push(id);
                }
                Known::Unknown(fact) => outside = outside.or(Some(fact)),
            }
        }
        if found.is_empty() {
            let text = format!("the instances of scale set `{}` are machines of their own", entry.key);
            let fact = outside.unwrap_or_else(|| self.fact(text, Some(label(entry).origin)));
            self.lose("virtualMachineScaleSets", label(entry), fact);
        }
        found
    }

    /// Every instance gets an address of its own; which, nobody knows before.
    fn instance_public_addresses(&mut self, entry: &Entry, id: NetworkInterfaceId) {
        for (at, one) in primary_first(&entry.value, "ipConfigurations").into_iter().enumerate() {
            let Some(node) = one.value.get("publicIPAddressConfiguration") else { continue };
            let owner = self.model.network_interface(id).label.clone();
            let name = node.get("name").and_then(Node::as_str).unwrap_or("address");
            let own = Label { name: format!("{}/{name}", owner.name), origin: owner.origin.clone() };
            let fact = self.fact(format!("the public address of an instance of `{}`", owner.name), Some(owner.origin));
            let standard = node.get("sku").and_then(Node::as_str).is_some_and(|sku| !sku.eq_ignore_ascii_case("basic"));
            let sku = if standard { PublicIpSku::Standard } else { PublicIpSku::Basic };
            let place = self.unknown_public_ip(own, fact);
            self.model.public_ip_addresses[place].sku = Known::Known(sku);
            if let Some(configuration) = self.model.network_interfaces[id.index()].ip_configurations.get_mut(at) {
                configuration.public_ip_address = Some(PublicIpAddressId::at(place));
            }
        }
    }

    /// An instance's configuration by its id, as a balancer's pool names it: all instances of a set fare alike.
    pub(super) fn member_of_scale_set(&self, id: &str) -> Option<(NetworkInterfaceId, usize)> {
        let segments: Vec<&str> = id.split('/').collect();
        let after = |word: &str| {
            let at = segments.iter().position(|one| one.eq_ignore_ascii_case(word))?;
            segments.get(at + 1).copied()
        };
        let (set, interface) = (after("virtualMachineScaleSets")?, after("networkInterfaces")?);
        let super::index::Found::Here(place) = self.index.find(Kind::VirtualMachineScaleSet, set) else {
            return None;
        };
        let machine = self.model.workloads.get(self.index.count(Kind::VirtualMachine) + place)?;
        let named = |nic: &&NetworkInterfaceId| {
            let name = &self.model.network_interface(**nic).label.name;
            name.rsplit('/').next().is_some_and(|own| own.eq_ignore_ascii_case(interface))
        };
        machine.network_interfaces.iter().find(named).map(|nic| (*nic, 0))
    }
}
