//! Platform services: their firewalls, service endpoints, the names that lead to private endpoints.
//!
//! In: packets that a service does not admit, or whose name leads astray. Out: edits of the firewall, of the subnet, of
//! zones. Deliberately absent: opening a service to everybody.

use super::{blocked::Blocked, edit::Edit, ways::subnets_of};
use crate::{
    model::{Known, Model, Party, SubnetId},
    network::Network,
    scenario::tree::{Node, Value},
    space::{self, Addresses, NAMED},
};
use serde_json::{Value as Json, json};

/// Services with a firewall: where its lists are, in which form, and the service endpoint that its subnet rules want.
struct Family {
    name: &'static str,
    endpoint: &'static str,
    shape: Shape,
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    /// `networkAcls` with lists.
    Lists,
    /// Child resources.
    Children,
}

const FAMILIES: [Family; 3] = [
    Family { name: "storageAccounts", endpoint: "Microsoft.Storage", shape: Shape::Lists },
    Family { name: "vaults", endpoint: "Microsoft.KeyVault", shape: Shape::Lists },
    Family { name: "servers", endpoint: "Microsoft.Sql", shape: Shape::Children },
];

/// Longer lists of addresses are no rule that people would write.
const MOST_ADDRESSES: usize = 8;

/// Edits for callers that a service refuses.
pub(super) fn admissions(network: &Network, tree: &Node, blocked: &Blocked, sources: &[Party]) -> Vec<Vec<Edit>> {
    let service = &blocked.step.resource;
    let found = FAMILIES.iter().find_map(|family| {
        let entries = tree.get(family.name).map(Node::entries).unwrap_or_default();
        entries.iter().find(|entry| entry.key.eq_ignore_ascii_case(service)).map(|entry| (family, entry))
    });
    let Some((family, entry)) = found else {
        return Vec::new();
    };
    let name = &*entry.key;
    let mut edits = Vec::new();
    if blocked.step.name.eq_ignore_ascii_case("publicNetworkAccess") {
        edits.push(vec![Edit::new(&[family.name, name, "publicNetworkAccess"], json!("Enabled"))]);
    }
    for subnet in subnets_of(&network.model, sources) {
        let mut both = vec![subnet_rule(network, family, name, &entry.value, subnet)];
        both.extend(endpoint(network, family.endpoint, subnet));
        edits.push(both);
    }
    for address in public_addresses(network, blocked, sources) {
        edits.push(vec![address_rule(family, name, &entry.value, &address)]);
    }
    edits
}

fn subnet_rule(network: &Network, family: &Family, name: &str, node: &Node, subnet: SubnetId) -> Edit {
    let path = network.subnet_path(subnet);
    match family.shape {
        Shape::Lists => {
            let mut all = existing(node, "virtualNetworkRules");
            all.push(json!(path));
            Edit::new(&[family.name, name, "networkAcls", "virtualNetworkRules"], all.into())
        }
        Shape::Children => {
            let rule = path.replace('/', "-");
            let value = json!({"virtualNetworkSubnetId": path});
            Edit::new(&[family.name, name, "virtualNetworkRules", &rule], value)
        }
    }
}

/// The service endpoint that a subnet rule needs, where the subnet has none.
fn endpoint(network: &Network, endpoint: &str, subnet: SubnetId) -> Option<Edit> {
    let own = &network.model.subnet(subnet).service_endpoints;
    if own.iter().any(|one| one.eq_ignore_ascii_case(endpoint)) {
        return None;
    }
    let path = network.subnet_path(subnet);
    let (vnet, name) = path.split_once('/')?;
    let all: Vec<&str> = own.iter().map(String::as_str).chain([endpoint]).collect();
    Some(Edit::new(&["virtualNetworks", vnet, "subnets", name, "serviceEndpoints"], json!(all)))
}

fn address_rule(family: &Family, name: &str, node: &Node, address: &ipnet::IpNet) -> Edit {
    let single = address.prefix_len() == address.max_prefix_len();
    match family.shape {
        Shape::Lists => {
            let mut all = existing(node, "ipRules");
            all.push(json!({"value": if single { address.addr().to_string() } else { address.to_string() }}));
            Edit::new(&[family.name, name, "networkAcls", "ipRules"], all.into())
        }
        Shape::Children => {
            let rule = format!("allow-{}", address.to_string().replace(['.', ':', '/'], "-"));
            let (first, last) = (address.network().to_string(), address.broadcast().to_string());
            let value = json!({"startIpAddress": first, "endIpAddress": last});
            Edit::new(&[family.name, name, "firewallRules", &rule], value)
        }
    }
}

/// What a list of the firewall holds: a merge patch replaces lists whole.
fn existing(node: &Node, list: &str) -> Vec<Json> {
    let lists = node.get("networkAcls").and_then(|acls| acls.get(list));
    lists.map(Node::items).unwrap_or_default().iter().map(written).collect()
}

fn written(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Scalar { text, plain } => match (plain, &**text) {
            (true, "true") => true.into(),
            (true, "false") => false.into(),
            _ => Json::String(text.to_string()),
        },
        Value::Unknown { reason, at } => json!({"$unknown": reason, "at": at}),
        Value::List(items) => items.iter().map(written).collect(),
        Value::Map(map) => {
            Json::Object(map.entries.iter().map(|entry| (entry.key.to_string(), written(&entry.value))).collect())
        }
    }
}

/// Public addresses by which the sources may appear: their own, their NAT gateway's, a firewall's.
fn public_addresses(network: &Network, blocked: &Blocked, sources: &[Party]) -> Vec<ipnet::IpNet> {
    let model = &network.model;
    let mut all: Vec<ipnet::IpNet> = Vec::new();
    let own = blocked.source.intersect(network.internet());
    if own == blocked.source && own != Addresses::single(NAMED) {
        let prefixes = space::to_prefixes(&own);
        if prefixes.len() <= MOST_ADDRESSES {
            all.extend(prefixes);
        }
    }
    let mut ids = Vec::new();
    for subnet in subnets_of(model, sources) {
        let nat = model.subnet(subnet).nat_gateway.map(|id| model.nat_gateway(id));
        ids.extend(nat.iter().flat_map(|nat| nat.public_ip_addresses.clone()));
        all.extend(nat.iter().flat_map(|nat| nat.public_ip_prefixes.clone()));
        for (nic, at) in &network.subnet(subnet).members {
            ids.extend(model.network_interface(*nic).ip_configurations.get(*at).and_then(|one| one.public_ip_address));
        }
    }
    ids.extend(model.azure_firewalls.iter().flat_map(|one| one.public_ip_addresses.clone()));
    let known = ids.iter().filter_map(|id| match model.public_ip_address(*id).address {
        Known::Known(address) => Some(ipnet::IpNet::from(address)),
        Known::Unknown(_) => None,
    });
    all.extend(known);
    all.sort();
    all.dedup();
    all.truncate(MOST_ADDRESSES);
    all
}

/// A service endpoint where traffic takes another way than the service expects.
pub(super) fn endpoints(network: &Network, blocked: &Blocked, sources: &[Party]) -> Vec<Vec<Edit>> {
    let known = |name: &str| {
        let name = name.split('/').next().unwrap_or(name);
        network.model.services.iter().any(|one| one.label.name.eq_ignore_ascii_case(name))
    };
    if !known(&blocked.name) {
        return Vec::new();
    }
    let subnets = subnets_of(&network.model, sources);
    let wanted = FAMILIES.iter().flat_map(|family| subnets.iter().map(move |subnet| (family.endpoint, *subnet)));
    wanted.filter_map(|(name, subnet)| endpoint(network, name, subnet).map(|edit| vec![edit])).collect()
}

/// Links of private zones to the VNETs that ask, where they have none.
pub(super) fn zone_links(model: &Model, ends: &[SubnetId]) -> Vec<Vec<Edit>> {
    let mut found = Vec::new();
    let mut homes: Vec<_> = ends.iter().map(|id| model.subnet(*id).virtual_network).collect();
    homes.sort();
    homes.dedup();
    for zone in &model.private_dns_zones {
        for home in &homes {
            if zone.links.iter().any(|link| link.virtual_network == Known::Known(*home)) {
                continue;
            }
            let vnet = &model.virtual_network(*home).label.name;
            let path = ["privateDnsZones", &zone.label.name, "virtualNetworkLinks", &format!("to-{vnet}")];
            found.push(vec![Edit::new(&path, json!({"virtualNetwork": vnet}))]);
        }
    }
    found
}
