//! Steps in Azure's names: how each decision is said.
//!
//! In: ids and outcomes. Out: [`Step`]s. Deliberately absent: taking decisions.

use super::flight::ListRef;
use crate::{
    model::{Known, PeeringId, SiteId, SubnetId, VirtualNetworkGatewayId},
    network::{Network, RouteOrigin, RouteRow, RouteSource, RuleList},
    trace::{DeciderKind, Outcome, Step},
};

/// A step with the parts that most need.
pub(super) fn step(
    kind: DeciderKind,
    resource: impl Into<String>,
    name: impl Into<String>,
    outcome: Outcome,
    detail: impl Into<String>,
    law: &'static str,
) -> Step {
    Step { kind, resource: resource.into(), name: name.into(), outcome, detail: detail.into(), law, origin: None }
}

/// The row that was selected.
pub(super) fn route(network: &Network, row: &RouteRow, outcome: Outcome, detail: &str) -> Step {
    let prefix = match (&row.tag, row.prefixes.as_slice()) {
        (Some((tag, _)), _) => tag.clone(),
        (None, [one]) => one.to_string(),
        (None, _) => String::new(),
    };
    let hop = match row.next_hop_type {
        Known::Known(hop) => hop.as_str(),
        Known::Unknown(_) => "unknown next hop",
    };
    let next_hop = match row.next_hop_addresses.first() {
        Some(address) => format!("{hop} {address}"),
        None => hop.to_owned(),
    };
    let words = |extra: &str| {
        if extra.is_empty() { next_hop.clone() } else { format!("{next_hop}, {extra}") }
    };
    let (kind, resource, name, law) = match &row.origin {
        RouteOrigin::User(table, _) => {
            (DeciderKind::Route, network.model.route_table(*table).label.name.clone(), row.name.clone(), "R15")
        }
        RouteOrigin::Gateway(gateway) => (
            DeciderKind::Route,
            network.model.virtual_network_gateway(*gateway).label.name.clone(),
            prefix.clone(),
            "R99",
        ),
        RouteOrigin::VirtualHub(hub) => {
            (DeciderKind::Route, network.model.virtual_hub(*hub).label.name.clone(), prefix.clone(), "R142")
        }
        RouteOrigin::RouteServer(server, _) => {
            (DeciderKind::Route, network.model.route_server(*server).label.name.clone(), prefix.clone(), "R186")
        }
        RouteOrigin::ServiceEndpoint(service) => (DeciderKind::ServiceEndpoint, service.clone(), String::new(), "R49"),
        RouteOrigin::ConnectedGroup(..) => (DeciderKind::DefaultRoute, prefix.clone(), String::new(), "R213"),
        RouteOrigin::PrivateEndpoint(_) => (DeciderKind::DefaultRoute, prefix.clone(), String::new(), "R54"),
        RouteOrigin::Peering(_) => (DeciderKind::DefaultRoute, prefix.clone(), String::new(), "R83"),
        RouteOrigin::System => (DeciderKind::DefaultRoute, prefix.clone(), String::new(), default_law(row)),
    };
    let detail = match row.source {
        RouteSource::User | RouteSource::VirtualNetworkGateway => {
            format!("{prefix} -> {}", words(detail))
        }
        RouteSource::Default => words(detail),
    };
    let origin = match &row.origin {
        RouteOrigin::User(table, index) => {
            let routes = &network.model.route_table(*table).routes;
            routes.get(*index).map(|route| route.label.origin.clone())
        }
        RouteOrigin::Gateway(gateway) => Some(network.model.virtual_network_gateway(*gateway).label.origin.clone()),
        RouteOrigin::Peering(link) => Some(network.model.peering(*link).label.origin.clone()),
        RouteOrigin::VirtualHub(hub) => Some(network.model.virtual_hub(*hub).label.origin.clone()),
        RouteOrigin::RouteServer(server, _) => Some(network.model.route_server(*server).label.origin.clone()),
        _ => None,
    };
    Step { origin, ..step(kind, resource, name, outcome, detail, law) }
}

fn default_law(row: &RouteRow) -> &'static str {
    match row.next_hop_type {
        Known::Known(crate::model::NextHopType::Internet) => "R4",
        Known::Known(crate::model::NextHopType::None) => "R5",
        _ => "R1",
    }
}

/// What a rule of a list did.
pub(super) fn rule(network: &Network, list: ListRef, index: u32, level: &str, outcome: Outcome) -> Step {
    let (kind, rules, law): (_, &RuleList, _) = match list {
        ListRef::SecurityGroup(id, direction) => {
            (DeciderKind::NetworkSecurityGroup, network.rules(id, direction), "F16")
        }
        ListRef::Admin(id, direction, level) => {
            (DeciderKind::SecurityAdminRule, &network.admin_rules(id, direction)[level as usize].rules, "F72")
        }
        ListRef::FirewallNetwork(id) => (DeciderKind::AzureFirewall, &network.firewall_rules(id).network, "F148"),
        ListRef::FirewallApplication(id) => {
            (DeciderKind::AzureFirewall, &network.firewall_rules(id).application, "F149")
        }
        ListRef::Appliance(id) => match network.appliance_rules(id) {
            Some(rules) => (DeciderKind::Appliance, rules, "F16"),
            None => {
                return step(
                    DeciderKind::Appliance,
                    network.model.appliance(id).label.name.clone(),
                    "",
                    outcome,
                    "",
                    "R121",
                );
            }
        },
        ListRef::Site(id) => match network.site_rules(id) {
            Some(rules) => (DeciderKind::Appliance, rules, "F16"),
            None => {
                return step(DeciderKind::Appliance, network.model.site(id).label.name.clone(), "", outcome, "", "F16");
            }
        },
    };
    match rules.rules.get(index as usize) {
        Some(rule) => Step {
            origin: rule.origin.clone(),
            ..step(
                kind,
                rules.resource.clone(),
                rule.name.clone(),
                outcome,
                level,
                if rule.default { "F2" } else { law },
            )
        },
        None => step(kind, rules.resource.clone(), "", outcome, "no rule matches", "F16"),
    }
}

/// No NSG at either level of a NIC.
pub(super) fn no_security_group(network: &Network, subnet: SubnetId) -> Step {
    let detail = "no network security group on the subnet or the network interface";
    step(DeciderKind::NoNetworkSecurityGroup, network.subnet_path(subnet), "", Outcome::Allow, detail, "F1")
}

/// A link was crossed, or not.
pub(super) fn peering(network: &Network, link: PeeringId, outcome: Outcome, detail: &str, law: &'static str) -> Step {
    let peering = network.model.peering(link);
    let owner = network.model.virtual_network(peering.local).label.name.clone();
    Step {
        origin: Some(peering.label.origin.clone()),
        ..step(DeciderKind::Peering, owner, peering.label.name.clone(), outcome, detail, law)
    }
}

/// A gateway was crossed, or not.
pub(super) fn gateway(
    network: &Network,
    id: VirtualNetworkGatewayId,
    outcome: Outcome,
    detail: impl Into<String>,
    law: &'static str,
) -> Step {
    let label = &network.model.virtual_network_gateway(id).label;
    Step {
        origin: Some(label.origin.clone()),
        ..step(DeciderKind::Gateway, label.name.clone(), "", outcome, detail, law)
    }
}

/// A site has no way on.
pub(super) fn no_route_at_site(network: &Network, id: SiteId, detail: &str, law: &'static str) -> Step {
    step(DeciderKind::NoRoute, network.model.site(id).label.name.clone(), "", Outcome::Deny, detail, law)
}
