//! Effective routes and next hops.
//!
//! In: rows as Network Watcher prints them. Out: differences. Not compared: the order of rows; the many prefixes of a
//! service endpoint or a service tag, which follow Microsoft's data of the day; `None` rows of Azure's own besides the
//! four of R5 to R8, for the ranges that Microsoft keeps for itself changed with every recording (F165, R177).

use super::{Difference, Outcome, Scene, Unasked, answers::rows, compare, names};
use crate::{
    model::{Known, SubnetId},
    network::{Network, RouteOrigin, RouteRow},
    scenario::tree::Node,
    suite::facts,
};
use ipnet::IpNet;
use std::{collections::BTreeSet, net::IpAddr};

/// The blocks for which Azure has `None` rows everywhere (R5 to R8).
const RESERVED: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];
/// The one of them that was absent in some recordings of 2019 to 2022 (R177).
const SOMETIMES_ABSENT: &str = "172.16.0.0/12";

/// A row with one prefix, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    prefix: String,
    source: String,
    active: bool,
    hop: String,
    address: String,
}

impl Row {
    fn words(&self) -> String {
        let state = if self.active { "Active" } else { "Invalid" };
        let address = if self.address.is_empty() { String::new() } else { format!(" {}", self.address) };
        format!("{} {state} -> {}{address}", self.source, self.hop)
    }
}

impl Scene<'_> {
    pub(super) fn effective_routes(&self) -> Outcome {
        let (nic, subnet) = self.interface(None)?;
        let network = &self.asked.network;
        let name = self.name_of(nic);
        if let Some(why) = not_known(network, subnet) {
            return Err(Unasked::new(name, why));
        }
        let six = network.model.virtual_network(network.model.subnet(subnet).virtual_network).address_prefixes.iter();
        let six = six.into_iter().any(|net| matches!(net, IpNet::V6(_)));
        let recorded: BTreeSet<Row> =
            rows(&self.observation.answer).iter().flat_map(recorded_rows).filter(|row| is_compared(row, six)).collect();
        let predicted: BTreeSet<Row> = network.subnet(subnet).routes.rows.iter().flat_map(predicted_rows).collect();
        Ok((name, differences(&predicted, &recorded)))
    }

    pub(super) fn next_hop(&self) -> Outcome {
        let (_, subnet) = self.interface(self.asks("sourceIPAddress"))?;
        let text = self.asks("destinationIPAddress").unwrap_or_default();
        let from = self.asks("sourceIPAddress").map_or_else(|| self.observation.target(), str::to_owned);
        let subject = format!("{from} -> {text}");
        let Ok(to) = text.parse::<IpAddr>() else {
            return Err(Unasked::new(subject, "the question names no destination address"));
        };
        let network = &self.asked.network;
        if let Some(why) = not_known(network, subnet) {
            return Err(Unasked::new(subject, why));
        }
        let predicted = facts::next_hop(network, subnet, to);
        let recorded = self.says("nextHopType").unwrap_or_default();
        let mut found = Vec::new();
        if names::hop(&predicted.hop) != names::hop(recorded) {
            found.extend(compare("nextHopType", predicted.hop.clone(), recorded));
        }
        let of_appliance = matches!(predicted.hop.as_str(), "VirtualAppliance" | "None");
        if let Some(recorded) = self.says("nextHopIpAddress").filter(|text| of_appliance && !text.is_empty()) {
            let address = predicted.address.map(|address| address.to_string()).unwrap_or_default();
            found.extend(compare("nextHopIpAddress", address, recorded));
        }
        if let Some(recorded) = self.says("routeTableId") {
            found.extend(route_table(&predicted.by, recorded));
        }
        Ok((subject, found))
    }
}

/// Whose row was taken: a route table's, named by its id, or Azure's own.
fn route_table(by: &str, recorded: &str) -> Option<Difference> {
    let of_id = |id: &str| {
        let mut parts = id.split('/').skip_while(|part| !part.eq_ignore_ascii_case("routeTables"));
        parts.nth(1).map(str::to_lowercase)
    };
    let predicted = match by.strip_prefix("route ").and_then(|rest| rest.rsplit_once('/')) {
        Some((table, _)) => table.rsplit('/').next().unwrap_or(table).to_lowercase(),
        None => "system route".to_owned(),
    };
    let recorded = of_id(recorded).unwrap_or_else(|| "system route".to_owned());
    compare("routeTableId", predicted, recorded)
}

/// A table of which a part is not known has no rows to compare.
fn not_known(network: &Network, subnet: SubnetId) -> Option<String> {
    let routes = &network.subnet(subnet).routes;
    let fact = routes.uncertain.iter().find_map(|row| routes.rows[*row as usize].unknown)?;
    Some(network.model.fact(fact).text.clone())
}

fn recorded_rows(row: &Node) -> Vec<Row> {
    let text = |key: &str| row.get(key).and_then(Node::as_str).unwrap_or_default();
    let list = |key: &str| row.get(key).map(Node::items).unwrap_or_default();
    let (hop, tags) = (names::hop(text("nextHopType")), list("destinationServiceTags"));
    let address = list("nextHopIpAddress").first().and_then(Node::as_str).unwrap_or_default();
    let prefixes: Vec<String> = match (hop.as_str(), tags.first().and_then(Node::as_str)) {
        ("virtualnetworkserviceendpoint", _) => vec!["service endpoint".to_owned()],
        (_, Some(tag)) => vec![tag.to_lowercase()],
        _ => list("addressPrefix").iter().filter_map(Node::as_str).map(canonical).collect(),
    };
    let source = names::source(text("source"));
    let hop = as_written(hop, &source, address);
    let one = |prefix| Row {
        prefix,
        source: source.clone(),
        active: !text("state").eq_ignore_ascii_case("Invalid"),
        address: shown_address(&hop, address),
        hop: hop.clone(),
    };
    prefixes.into_iter().map(one).collect()
}

fn predicted_rows(row: &RouteRow) -> Vec<Row> {
    let hop = match row.next_hop_type {
        Known::Unknown(_) => "unknown".to_owned(),
        Known::Known(_) => names::hop(&facts::hop_of(row)),
    };
    let prefixes: Vec<String> = match (&row.origin, &row.tag) {
        (RouteOrigin::ServiceEndpoint(_), _) => vec!["service endpoint".to_owned()],
        (_, Some((tag, _))) => vec![tag.to_lowercase()],
        _ => row.prefixes.iter().map(ToString::to_string).collect(),
    };
    let address = row.next_hop_addresses.first().map(ToString::to_string).unwrap_or_default();
    let source = names::source(row.source.as_str());
    let hop = as_written(hop, &source, &address);
    let one = |prefix| Row {
        prefix,
        source: source.clone(),
        active: row.active,
        address: shown_address(&hop, &address),
        hop: hop.clone(),
    };
    prefixes.into_iter().map(one).collect()
}

/// The row of an appliance that cannot be reached reads None in one answer and VirtualAppliance in another; its address
/// tells (R176).
fn as_written(hop: String, source: &str, address: &str) -> String {
    match (hop.as_str(), source) {
        ("none", "user") if !address.is_empty() => names::hop("VirtualAppliance"),
        _ => hop,
    }
}

/// Addresses count where a user names them: an appliance's, reachable or not (R176).
fn shown_address(hop: &str, address: &str) -> String {
    if matches!(hop, "virtualappliance" | "none") { address.to_owned() } else { String::new() }
}

fn canonical(prefix: &str) -> String {
    prefix.parse::<IpNet>().map_or_else(|_| prefix.to_owned(), |net| net.to_string())
}

/// Azure's own rows of a family that the network does not have, and for ranges of Microsoft's own, say nothing of it.
fn is_compared(row: &Row, six: bool) -> bool {
    let own = row.source == "default";
    let of_other_family = own && !six && matches!(row.prefix.parse(), Ok(IpNet::V6(_)));
    let of_microsoft = own && row.hop == "none" && !RESERVED.contains(&row.prefix.as_str());
    !of_other_family && !of_microsoft
}

/// Rows of the same prefix beside each other.
fn differences(predicted: &BTreeSet<Row>, recorded: &BTreeSet<Row>) -> Vec<Difference> {
    let prefixes: BTreeSet<&String> = predicted.symmetric_difference(recorded).map(|row| &row.prefix).collect();
    let words = |rows: &BTreeSet<Row>, prefix: &String| {
        let of: Vec<String> = rows.iter().filter(|row| row.prefix == *prefix).map(Row::words).collect();
        if of.is_empty() { "no such row".to_owned() } else { of.join(", ") }
    };
    let differ = prefixes.into_iter().filter(|prefix| {
        let absent = !recorded.iter().any(|row| row.prefix == **prefix);
        !(absent && *prefix == SOMETIMES_ABSENT)
    });
    differ
        .filter_map(|prefix| compare(&format!("route {prefix}"), words(predicted, prefix), words(recorded, prefix)))
        .collect()
}
