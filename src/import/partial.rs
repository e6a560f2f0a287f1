//! What an export names and does not hold: the networks in which its machines stand.
//!
//! In: the resources of an export. Out: for each subnet that only references name, a network whose address space is not
//! known. Deliberately absent: guesses.

use super::{
    fold::{Resource, Resources, within},
    identity::{Family, Identity},
    report::Report,
};
use crate::{
    diagnostic::Span,
    scenario::{
        NOT_MODELLED_KEY,
        tree::{Entry, Map, Node, Value},
    },
};

/// Adds the networks and subnets that references name, and says what is not known of them.
pub(super) fn complete(resources: &mut Resources, report: &mut Report) {
    resources.forget(|one| {
        let gone = is_nowhere(one);
        if gone {
            report.not_modelled(one.name_span, format!("{}/{}", one.family, one.identity.names[0]), None);
        }
        gone
    });
    for resource in resources.all.iter_mut().filter(|one| one.family == "workspaces") {
        forget_own_subnets(&mut resource.node);
    }
    for resource in resources.all.iter_mut().filter(|one| one.family == "networkInterfaces") {
        place_beside(resource, report);
    }
    for (identity, span) in subnets_named(resources) {
        let nothing = Node::new(span, Value::Map(Map::default()));
        let node = within(&identity, span, nothing);
        resources.add("virtualNetworks", identity, span, node, true);
    }
    for resource in resources.all.iter_mut().filter(|one| one.family == "virtualNetworks") {
        say_what_is_unknown(resource);
    }
}

/// A machine without an interface of its own, or an interface of which only its group is known.
fn is_nowhere(resource: &Resource) -> bool {
    match resource.family {
        "virtualMachines" => resource.node.get("networkInterfaces").is_none(),
        "networkInterfaces" => {
            let unread = resource.node.get(NOT_MODELLED_KEY).is_some();
            (resource.in_parts || unread) && resource.node.get("ipConfigurations").is_none()
        }
        // One in a virtual hub, or not set up yet.
        "applicationGateways" => {
            let keys = ["gatewayIPConfigurations", "subnet"];
            let unread = resource.node.get(NOT_MODELLED_KEY).is_some();
            unread && keys.iter().all(|key| resource.node.get(key).is_none())
        }
        "bastionHosts" => {
            let keys = ["ipConfigurations", "subnet", "virtualNetwork"];
            resource.in_parts && keys.iter().all(|key| resource.node.get(key).is_none())
        }
        "azureFirewalls" => ["ipConfigurations", "virtualHub"].iter().all(|key| resource.node.get(key).is_none()),
        // One that the service keeps in a network of its own.
        "clusters" => !stands_in_a_subnet(&resource.node),
        _ => false,
    }
}

fn stands_in_a_subnet(cluster: &Node) -> bool {
    let roles = cluster.get("computeProfile").and_then(|profile| profile.get("roles")).map(Node::items);
    let in_role =
        |role: &Node| role.get("virtualNetworkProfile").is_some_and(|profile| profile.get("subnet").is_some());
    cluster.get("subnet").is_some() || roles.unwrap_or_default().iter().any(in_role)
}

/// Ids of subnets whose network the export does not hold, each with a place that names it.
fn subnets_named(resources: &mut Resources) -> Vec<(Identity, Span)> {
    let mut found: Vec<(Identity, Span)> = Vec::new();
    for at in 0..resources.all.len() {
        found.extend(subnets_of_workspace(resources, &resources.all[at].node));
        resources.each_reference(at, |resources, reference| {
            let identity = reference.as_str().and_then(Identity::parse);
            let subnet = identity.filter(|id| id.types.len() == 2 && id.types[1].eq_ignore_ascii_case("subnets"));
            let Some(identity) = subnet.filter(|id| id.family() == Family::Map("virtualNetworks")) else {
                return;
            };
            let known = resources.place("virtualNetworks", &identity);
            if known.is_none_or(|at| resources.all[at].node.get("addressPrefixes").is_none()) {
                found.push((identity, reference.span));
            }
        });
    }
    found
}

/// A workspace names its network by id and its subnets by name.
fn subnets_of_workspace(resources: &Resources, node: &Node) -> Vec<(Identity, Span)> {
    let Some(parameters) = node.get("parameters") else {
        return Vec::new();
    };
    let id = parameters.get("customVirtualNetworkId").and_then(Node::as_str).and_then(Identity::parse);
    let outside = |id: &Identity| {
        let known = resources.place("virtualNetworks", id);
        known.is_none_or(|at| resources.all[at].node.get("addressPrefixes").is_none())
    };
    let Some(network) = id.filter(|id| id.family() == Family::Map("virtualNetworks") && outside(id)) else {
        return Vec::new();
    };
    let names = ["customPublicSubnetName", "customPrivateSubnetName"].iter().filter_map(|key| parameters.get(key));
    names.filter_map(|name| Some((network.child("subnets", name.as_str()?), name.span))).collect()
}

/// An IPv6 configuration could once be without a subnet: it stands where its interface does, and what else is true of it
/// nobody knows.
fn place_beside(interface: &mut Resource, report: &mut Report) {
    let words = format!("{}/{}", interface.family, interface.identity.names[0]);
    let Value::Map(map) = &mut interface.node.value else { return };
    let Some(at) = map.position("ipConfigurations") else { return };
    let Value::Map(all) = &mut map.entries[at].value.value else { return };
    let beside = all.entries.iter().find_map(|one| one.value.as_map()?.entry("subnet").cloned());
    let Some(beside) = beside else { return };
    for one in &mut all.entries {
        let span = one.key_span;
        if let Value::Map(map) = &mut one.value.value
            && map.position("subnet").is_none()
        {
            let told = Node::new(span, Value::Scalar { text: "subnet".into(), plain: false });
            let doubt = Node::new(span, Value::List(vec![told]));
            map.entries.push(beside.clone());
            map.entries.push(Entry { key: NOT_MODELLED_KEY.into(), key_span: span, value: doubt });
            report.not_modelled(span, words.clone(), Some("ipConfigurations.subnet".to_owned()));
        }
    }
}

/// A workspace without a network of the customer's names subnets of its own one.
fn forget_own_subnets(workspace: &mut Node) {
    let Value::Map(map) = &mut workspace.value else { return };
    let Some(at) = map.position("parameters") else { return };
    let parameters = &mut map.entries[at].value;
    if parameters.get("customVirtualNetworkId").is_none()
        && let Value::Map(map) = &mut parameters.value
    {
        map.entries.retain(|entry| !["customPublicSubnetName", "customPrivateSubnetName"].contains(&&*entry.key));
    }
}

/// A network of which only parts were found has an address space, which is not known.
fn say_what_is_unknown(network: &mut Resource) {
    if network.node.get("addressPrefixes").is_some() {
        forget_strangers(network);
        spread_unknown_prefixes(network);
        return;
    }
    let (name, span) = (network.identity.names[0].clone(), network.name_span);
    let reason = format!("the export does not hold the address space of virtual network {name}");
    let unknown = Value::Unknown { reason: reason.into(), at: None };
    let Value::Map(map) = &mut network.node.value else { return };
    let value = Node::new(span, unknown.clone());
    map.entries.insert(0, Entry { key: "addressPrefixes".into(), key_span: span, value });
    let Some(at) = map.position("subnets") else { return };
    let Value::Map(subnets) = &mut map.entries[at].value.value else { return };
    for subnet in &mut subnets.entries {
        let known = ["addressPrefix", "addressPrefixes"].iter().any(|key| subnet.value.get(key).is_some());
        if let (false, Value::Map(map)) = (known, &mut subnet.value.value) {
            let value = Node::new(subnet.key_span, unknown.clone());
            map.entries.insert(0, Entry { key: "addressPrefix".into(), key_span: subnet.key_span, value });
        }
    }
}

/// A prefix that is not known may be any: of the network's space, or of one of its subnets.
fn spread_unknown_prefixes(network: &mut Resource) {
    const KEYS: [&str; 2] = ["addressPrefix", "addressPrefixes"];
    let unknown = |node: &Node| {
        let values = KEYS.iter().filter_map(|key| node.get(key));
        values.flat_map(Node::items).find(|item| matches!(item.value, Value::Unknown { .. })).cloned()
    };
    let Value::Map(map) = &mut network.node.value else { return };
    let mut found = None;
    if let Some(at) = map.position("subnets")
        && let Value::Map(subnets) = &mut map.entries[at].value.value
    {
        for subnet in &mut subnets.entries {
            let Some(value) = unknown(&subnet.value) else { continue };
            if let Value::Map(map) = &mut subnet.value.value {
                let key = map.entries.iter_mut().find(|entry| KEYS.contains(&&*entry.key));
                key.into_iter().for_each(|entry| entry.value = value.clone());
            }
            found = Some(value);
        }
    }
    if let Some(value) = unknown(&network.node).or(found)
        && let Value::Map(map) = &mut network.node.value
        && let Some(at) = map.position("addressPrefixes")
    {
        map.entries[at].value = value;
    }
}

/// A network that is here has all its subnets; one that only something else names is older or newer than it.
fn forget_strangers(network: &mut Resource) {
    let Value::Map(map) = &mut network.node.value else { return };
    let Some(at) = map.position("subnets") else { return };
    if let Value::Map(subnets) = &mut map.entries[at].value.value {
        let has_prefix =
            |subnet: &Node| ["addressPrefix", "addressPrefixes"].iter().any(|key| subnet.get(key).is_some());
        subnets.entries.retain(|subnet| has_prefix(&subnet.value));
    }
}
