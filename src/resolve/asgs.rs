//! Application security groups: whose members are where.
//!
//! In: NICs and rules. Out: diagnostics. Deliberately absent: what a group matches (that is `compile`).

use super::Work;
use crate::{diagnostic::Diagnostic, model::*};
use std::collections::{BTreeSet, HashMap};

impl Work {
    /// An ASG's NICs are in one VNET, and so are those of both sides of a rule (F42, F43).
    pub(super) fn check_asgs(&mut self) {
        let mut found = self.asgs_in_two_networks();
        let homes = self.homes_of_asgs();
        for rule in self.model.network_security_groups.iter().flat_map(|group| &group.security_rules) {
            let home = |side: &AddressMatch| side.application_security_groups.iter().find_map(|group| homes.get(group));
            if let (Some(source), Some(destination)) = (home(&rule.source), home(&rule.destination))
                && source != destination
            {
                let message =
                    format!("rule `{}` names application security groups of two virtual networks", rule.label.name);
                let span = rule.label.origin.span();
                let problem = Diagnostic::error("asgs-of-two-virtual-networks", span, message);
                found.push(problem.help("Azure refuses it (F43)"));
            }
        }
        for problem in found {
            self.report(problem);
        }
    }

    fn members_of_asgs(&self) -> impl Iterator<Item = (ApplicationSecurityGroupId, VirtualNetworkId, &Label)> {
        self.model.network_interfaces.iter().flat_map(move |nic| {
            nic.ip_configurations.iter().flat_map(move |one| {
                let home = self.model.subnet(one.subnet).virtual_network;
                one.application_security_groups.iter().map(move |group| (*group, home, &nic.label))
            })
        })
    }

    /// The VNET of each group that has members.
    fn homes_of_asgs(&self) -> HashMap<ApplicationSecurityGroupId, VirtualNetworkId> {
        let mut homes = HashMap::new();
        for (group, home, _) in self.members_of_asgs() {
            homes.entry(group).or_insert(home);
        }
        homes
    }

    fn asgs_in_two_networks(&self) -> Vec<Diagnostic> {
        let homes = self.homes_of_asgs();
        let stray = self.members_of_asgs().filter(|(group, home, _)| homes.get(group) != Some(home));
        stray
            .map(|(group, _, member)| {
                let name = &self.model.application_security_group(group).label.name;
                let message = format!("application security group `{name}` has members in two virtual networks");
                let problem = Diagnostic::error("asg-in-two-virtual-networks", member.origin.span(), message);
                problem.help("use one group per virtual network (F42)")
            })
            .collect()
    }

    /// A group of another VNET than the rule guards: matched by its members' addresses, which no source confirms
    /// (F189).
    pub(super) fn warn_of_remote_asgs(&mut self) {
        let homes = self.homes_of_asgs();
        let guarded = self.guarded_networks();
        let mut found = Vec::new();
        for (index, group) in self.model.network_security_groups.iter().enumerate() {
            let Some(guarded) = guarded.get(&NetworkSecurityGroupId::at(index)) else {
                continue;
            };
            for rule in &group.security_rules {
                let both = [&rule.source, &rule.destination];
                let named = both.iter().flat_map(|side| &side.application_security_groups);
                let Some(remote) =
                    named.into_iter().find(|one| homes.get(one).is_some_and(|home| !guarded.contains(home)))
                else {
                    continue;
                };
                let name = &self.model.application_security_group(*remote).label.name;
                let message = format!(
                    "rule `{}` names application security group `{name}` of a virtual network that it does not guard",
                    rule.label.name
                );
                found.push((rule.label.origin.span(), message));
            }
        }
        for (span, message) in found {
            let help = "it is matched by its members' addresses; no source says that Azure accepts it (F189)";
            self.warn("remote-asg", span, message, help);
        }
    }

    /// The VNETs in which each security group stands on a subnet or a NIC.
    fn guarded_networks(&self) -> HashMap<NetworkSecurityGroupId, BTreeSet<VirtualNetworkId>> {
        let mut guarded: HashMap<_, BTreeSet<VirtualNetworkId>> = HashMap::new();
        for subnet in &self.model.subnets {
            if let Some(Known::Known(group)) = subnet.network_security_group {
                guarded.entry(group).or_default().insert(subnet.virtual_network);
            }
        }
        for nic in &self.model.network_interfaces {
            if let Some(Known::Known(group)) = nic.network_security_group {
                let homes = nic.ip_configurations.iter().map(|one| self.model.subnet(one.subnet).virtual_network);
                guarded.entry(group).or_default().extend(homes);
            }
        }
        guarded
    }
}
