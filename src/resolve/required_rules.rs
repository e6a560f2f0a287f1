//! The security rules that a Databricks workspace needs on its delegated subnets.
//!
//! In: a workspace and the security groups of its subnets. Out: a warning for each group that lacks some. What counts is
//! what a group allows, whatever its rules are called. Deliberately absent: adding the rules: the answers follow the file.

use super::Work;
use crate::{
    catalog::{REQUIRED_RULE_PREFIX, RequiredNsgRules, RequiredRule, RuleDirection, required_rules},
    model::*,
    scenario::tree::{Entry, Node},
    space::Ports,
};

impl Work {
    /// Azure puts the rules there itself when it makes the workspace, and refuses to redeploy a group without them
    /// (ConflictWithNetworkIntentPolicy).
    pub(super) fn check_required_rules(&mut self, entry: &Entry, workspace: &Workspace) {
        let required = match entry.value.get("requiredNsgRules").and_then(Node::as_str) {
            Some("NoAzureDatabricksRules") => RequiredNsgRules::NoAzureDatabricksRules,
            Some("NoAzureServiceRules") => RequiredNsgRules::NoAzureServiceRules,
            _ => RequiredNsgRules::AllRules,
        };
        let no_public_ip = workspace.no_public_ip != Known::Known(false);
        let mut checked = Vec::new();
        for subnet in [workspace.host_subnet, workspace.container_subnet].into_iter().flatten() {
            let subnet = self.model.subnet(subnet);
            let Some(Known::Known(group)) = subnet.network_security_group.filter(|_| !subnet.delegations.is_empty())
            else {
                continue;
            };
            if checked.contains(&group) {
                continue;
            }
            checked.push(group);
            let group = self.model.network_security_group(group);
            let missing: Vec<String> = required_rules(no_public_ip, required)
                .filter(|rule| !allows(group, rule))
                .map(|rule| format!("{} ({} -> {} {})", rule.suffix, rule.source, rule.destination, rule.ports))
                .collect();
            if missing.is_empty() {
                continue;
            }
            let (name, span) = (group.label.name.clone(), group.label.origin.span());
            let message = format!("`{name}` lacks rules that workspace `{}` needs: {}", entry.key, missing.join(", "));
            let help = format!(
                "Azure adds them as {REQUIRED_RULE_PREFIX}… when it makes the workspace, and refuses the group without them"
            );
            self.warn("databricks-required-rules", span, message, help);
        }
    }
}

/// Whether the allow rules of a group hold together what a required rule allows.
fn allows(group: &NetworkSecurityGroup, rule: &RequiredRule) -> bool {
    let direction = match rule.direction {
        RuleDirection::Inbound => Direction::Inbound,
        RuleDirection::Outbound => Direction::Outbound,
    };
    let fits = |one: &&SecurityRule| {
        let protocol = match one.protocol {
            Known::Known(RuleProtocol::Any) | Known::Unknown(_) => true,
            Known::Known(RuleProtocol::Tcp) => rule.protocol == "Tcp",
            Known::Known(_) => false,
        };
        one.direction == direction
            && one.access != Known::Known(Access::Deny)
            && protocol
            && holds(&one.source, &rule.source)
            && holds(&one.destination, &rule.destination)
    };
    let mut ports = Ports::empty();
    for one in group.security_rules.iter().filter(fits) {
        match &one.destination_ports {
            Known::Known(more) => ports = ports.union(more),
            Known::Unknown(_) => return true,
        }
    }
    needed(rule).is_subset(&ports)
}

/// Whether a field holds a service tag.
fn holds(field: &AddressMatch, tag: &str) -> bool {
    let same = |one: &TagMatch| match one {
        TagMatch::VirtualNetwork => tag.eq_ignore_ascii_case("VirtualNetwork"),
        TagMatch::Service(name, _) | TagMatch::Missing(name, _) => name.eq_ignore_ascii_case(tag),
        _ => false,
    };
    field.any || !field.unknown.is_empty() || field.tags.iter().any(same)
}

fn needed(rule: &RequiredRule) -> Ports {
    crate::flow::parse_ports(&rule.ports).unwrap_or_else(|_| Ports::all())
}
