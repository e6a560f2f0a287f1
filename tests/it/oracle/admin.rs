//! Security admin rules of network managers, from filtering.md section 3 (F72 to F83).
//!
//! In: the model, where a NIC is, a header. Out: whether security groups are still asked.

use super::{
    Header,
    routes::Maybe,
    rules::{self, Answer, Line},
};
use azreach::model::*;

/// What the managers say.
pub(crate) enum Said {
    /// Security groups are asked next (F74, F75), whether or not there are any.
    Ask,
    /// Delivered without them (F73).
    Through,
    Denied(String),
}

/// The managers of a NIC's VNET, the widest scope first (F83); the first match of one of them decides.
pub(crate) fn judge(model: &Model, subnet: SubnetId, direction: Direction, header: &Header) -> Maybe<Said> {
    let here = model.subnet(subnet);
    let managed = |one: &ApplicationGateway| one.subnet == subnet && !one.isolated;
    if here.purpose != SubnetPurpose::Ordinary || model.application_gateways.iter().any(managed) {
        // F82.
        return Ok(Said::Ask);
    }
    let mut managers: Vec<&NetworkManager> = model.network_managers.iter().collect();
    managers.sort_by_key(|manager| manager.scope);
    for manager in managers {
        let mut rules: Vec<&SecurityAdminRule> = manager.rules.iter().collect();
        rules.retain(|rule| rule.direction == direction && rule.virtual_networks.contains(&here.virtual_network));
        rules.retain(|rule| applies(model, here.virtual_network, rule));
        rules.sort_by_key(|rule| rule.priority);
        for rule in &rules {
            let line = Line {
                name: rule.label.name.clone(),
                priority: rule.priority,
                access: Access::Allow,
                protocol: rule.protocol,
                source: &rule.source,
                source_ports: rule.source_ports.clone(),
                destination: &rule.destination,
                destination_ports: rule.destination_ports.clone(),
            };
            match (rules::matches(model, Some(subnet), &line, header)?, rule.access.known()) {
                (Answer::No, _) => {}
                (Answer::Yes, Some(AdminAccess::Allow)) => return Ok(Said::Ask),
                (Answer::Yes, Some(AdminAccess::AlwaysAllow)) => return Ok(Said::Through),
                (Answer::Yes, Some(AdminAccess::Deny)) => return Ok(Said::Denied(line.name)),
                _ => return Err(format!("{} depends on something unknown", line.name)),
            }
        }
        if !rules.is_empty() && !model.settings.admin_rules_lower_scope_also_applies {
            break;
        }
    }
    Ok(Said::Ask)
}

/// F80, F81: VNETs with managed instances or workspaces keep their own rules.
fn applies(model: &Model, id: VirtualNetworkId, rule: &SecurityAdminRule) -> bool {
    let guarded = model.virtual_network(id).subnets.iter().any(|subnet| {
        let delegations = &model.subnet(*subnet).delegations;
        delegations.iter().any(|name| name == "Microsoft.Sql/managedInstances")
    });
    if !guarded {
        return true;
    }
    match (rule.on_intent_policies, rule.access.known()) {
        (OnIntentPolicies::All, _) => true,
        (OnIntentPolicies::None, _) | (_, Some(AdminAccess::Deny)) => false,
        (_, Some(AdminAccess::AlwaysAllow)) => model.settings.allow_rules_only_includes_always_allow,
        _ => true,
    }
}
