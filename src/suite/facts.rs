//! Claims about rows, hops and tags: `nextHop`, `routes`, `tag`.
//!
//! In: a network, a subnet, what the file says. Out: what is, in the words of the file. Deliberately absent:
//! flows.

use crate::{
    model::{Known, SubnetId},
    network::{Network, RouteOrigin, RouteRow},
    space::{self, Addresses},
};
use ipnet::IpNet;
use std::net::IpAddr;

/// The row that a subnet's table selects for an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextHop {
    /// Azure's name of the type; `None` (the type) where no row covers the address.
    pub hop: String,
    /// The address of the next hop, if it has one.
    pub address: Option<IpAddr>,
    /// The decider, as `by:` would name it: `route rt/to-firewall`, `defaultRoute 10.0.0.0/8`.
    pub by: String,
}

/// Selects for one address, as Network Watcher's next hop would.
pub fn next_hop(network: &Network, subnet: SubnetId, to: IpAddr) -> NextHop {
    let routes = &network.subnet(subnet).routes;
    let selected = routes.select(space::point(to)).and_then(|choice| choice.rows.first());
    match selected.map(|row| &routes.rows[*row as usize]) {
        Some(row) => {
            NextHop { hop: hop_of(row), address: row.next_hop_addresses.first().copied(), by: decider(network, row) }
        }
        None => NextHop { hop: "None".to_owned(), address: None, by: "noRoute".to_owned() },
    }
}

/// The next hop type as Azure reports it: a row that cannot lead anywhere reads None (R176).
pub fn hop_of(row: &RouteRow) -> String {
    match row.next_hop_type {
        _ if row.ineffective.is_some() => "None".to_owned(),
        Known::Known(hop) => hop.as_str().to_owned(),
        Known::Unknown(_) => "Unknown".to_owned(),
    }
}

fn decider(network: &Network, row: &RouteRow) -> String {
    let prefix = row.prefixes.first().map(IpNet::to_string).unwrap_or_default();
    match &row.origin {
        RouteOrigin::User(table, _) => format!("route {}/{}", network.model.route_table(*table).label.name, row.name),
        RouteOrigin::Gateway(id) => format!("route {}/{prefix}", network.model.virtual_network_gateway(*id).label.name),
        RouteOrigin::VirtualHub(id) => format!("route {}/{prefix}", network.model.virtual_hub(*id).label.name),
        RouteOrigin::RouteServer(id, _) => format!("route {}/{prefix}", network.model.route_server(*id).label.name),
        RouteOrigin::ServiceEndpoint(service) => format!("serviceEndpoint {service}"),
        RouteOrigin::ConnectedGroup(..)
        | RouteOrigin::PrivateEndpoint(_)
        | RouteOrigin::Peering(_)
        | RouteOrigin::System => {
            format!("defaultRoute {prefix}")
        }
    }
}

/// A row as a claim describes it: absent fields match anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowClaim {
    /// `addressPrefix`: a CIDR or a service tag.
    pub address_prefix: Option<String>,
    /// `nextHopType`.
    pub next_hop_type: Option<String>,
    /// `nextHopIpAddress`.
    pub next_hop_ip_address: Option<String>,
    /// `state`.
    pub state: Option<String>,
    /// `source`.
    pub source: Option<String>,
    /// `name`.
    pub name: Option<String>,
}

impl RowClaim {
    /// Whether a row is what the claim describes.
    pub fn matches(&self, row: &RouteRow) -> bool {
        let same =
            |claimed: &Option<String>, is: &str| claimed.as_ref().is_none_or(|text| text.eq_ignore_ascii_case(is));
        let state = if row.active { "Active" } else { "Invalid" };
        same(&self.source, row.source.as_str())
            && same(&self.state, state)
            && same(&self.name, &row.name)
            && self.next_hop_type.as_ref().is_none_or(|claimed| same_hop(claimed, &hop_of(row)))
            && self
                .next_hop_ip_address
                .as_ref()
                .is_none_or(|claimed| row.next_hop_addresses.iter().any(|address| address.to_string() == *claimed))
            && self.address_prefix.as_ref().is_none_or(|claimed| has_prefix(row, claimed))
    }
}

/// Names of next hop types changed over the years; these mean the same.
pub fn same_hop(left: &str, right: &str) -> bool {
    let canonical = |name: &str| match name.to_lowercase().replace([' ', '-'], "").as_str() {
        "virtualnetwork" | "vnetlocal" => "vnetlocal".to_owned(),
        "vnetpeering" | "virtualnetworkpeering" => "vnetpeering".to_owned(),
        "vnetglobalpeering" | "globalvnetpeering" => "vnetglobalpeering".to_owned(),
        other => other.to_owned(),
    };
    canonical(left) == canonical(right)
}

fn has_prefix(row: &RouteRow, claimed: &str) -> bool {
    let by_tag = row.tag.as_ref().is_some_and(|(tag, _)| tag.eq_ignore_ascii_case(claimed));
    by_tag || claimed.parse::<IpNet>().is_ok_and(|net| row.prefixes.contains(&net))
}

/// A row in one line.
pub fn show_row(row: &RouteRow) -> String {
    let prefix = match (&row.tag, row.prefixes.as_slice()) {
        (Some((tag, _)), _) => tag.clone(),
        (None, [one]) => one.to_string(),
        (None, many) => format!("{} prefixes", many.len()),
    };
    let state = if row.active { "Active" } else { "Invalid" };
    let address = row.next_hop_addresses.first().map(|address| format!(" {address}")).unwrap_or_default();
    format!("{} {state} {prefix} -> {}{address}", row.source.as_str(), hop_of(row))
}

/// The addresses of a tag at a subnet: two of Azure's own tags depend on who looks.
pub fn tag_at(network: &Network, subnet: Option<SubnetId>, tag: &str) -> Option<Addresses> {
    let seen = subnet.map(|subnet| &network.subnet(subnet).virtual_network_tag);
    match tag.to_lowercase().as_str() {
        "virtualnetwork" => return seen.map(|tag| tag.addresses.clone()),
        "internet" if seen.is_some() => return seen.map(|tag| tag.internet.clone()),
        _ => {}
    }
    let held = || network.model.tags.get(tag).map(|tag| tag.addresses.clone());
    crate::tags::computed(tag).or_else(held)
}
