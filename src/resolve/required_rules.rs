//! Security rules that a service needs on its subnets: those of Databricks workspaces, and how a group is asked for one.
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
                .filter(|rule| !allows(group, &wanted(rule)))
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

/// A flow that a group must allow.
pub(super) struct Wanted<'t> {
    pub(super) direction: Direction,
    /// Rules about TCP alone do.
    pub(super) tcp: bool,
    /// A service tag, or `*`: whatever the rules say.
    pub(super) source: &'t str,
    /// The same of the other end.
    pub(super) destination: &'t str,
    pub(super) ports: Ports,
    /// Addresses do as well as the tag.
    pub(super) by_address: bool,
}

fn wanted(rule: &RequiredRule) -> Wanted<'_> {
    let direction = match rule.direction {
        RuleDirection::Inbound => Direction::Inbound,
        RuleDirection::Outbound => Direction::Outbound,
    };
    let ports = crate::flow::parse_ports(&rule.ports).unwrap_or_else(|_| Ports::all());
    let (tcp, source, destination) = (rule.protocol == "Tcp", &*rule.source, &*rule.destination);
    Wanted { direction, tcp, source, destination, ports, by_address: false }
}

/// Whether the allow rules of a group hold together what is wanted.
pub(super) fn allows(group: &NetworkSecurityGroup, wanted: &Wanted<'_>) -> bool {
    let fits = |one: &&SecurityRule| {
        let protocol = match one.protocol {
            Known::Known(RuleProtocol::Any) | Known::Unknown(_) => true,
            Known::Known(RuleProtocol::Tcp) => wanted.tcp,
            Known::Known(_) => false,
        };
        one.direction == wanted.direction
            && one.access != Known::Known(Access::Deny)
            && protocol
            && holds(&one.source, wanted.source, wanted.by_address)
            && holds(&one.destination, wanted.destination, wanted.by_address)
    };
    let mut ports = Ports::empty();
    for one in group.security_rules.iter().filter(fits) {
        match &one.destination_ports {
            Known::Known(more) => ports = ports.union(more),
            Known::Unknown(_) => return true,
        }
    }
    wanted.ports.is_subset(&ports)
}

/// Whether a field holds a service tag, or addresses where they do.
fn holds(field: &AddressMatch, tag: &str, by_address: bool) -> bool {
    let same = |one: &TagMatch| match one {
        TagMatch::VirtualNetwork => tag.eq_ignore_ascii_case("VirtualNetwork"),
        TagMatch::Internet => tag == "Internet",
        TagMatch::AzureLoadBalancer => tag == "AzureLoadBalancer",
        TagMatch::Service(name, _) | TagMatch::Missing(name, _) => name.eq_ignore_ascii_case(tag),
        TagMatch::AzurePlatformDns | TagMatch::AzurePlatformImds | TagMatch::AzurePlatformLkm => false,
    };
    let told = tag == "*" || field.any || !field.unknown.is_empty() || field.tags.iter().any(same);
    told || by_address && !field.prefixes.is_empty()
}
