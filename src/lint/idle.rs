//! Routes, tables, endpoints and sites that nothing uses or that nothing leads to.
//!
//! In: a network and those of its what-ifs. Out: findings. What only a what-if uses is not idle. Deliberately absent: what
//! `resolve` and `compile` warn of already.

use super::{Finding, Subject};
use crate::{
    model::{Known, RouteTableId, ServiceKind},
    network::{GatewayPeer, Network, RouteOrigin},
};
use ipnet::IpNet;
use serde_json::json;
use std::collections::HashSet;

/// Everything idle.
pub(super) fn findings(subject: Subject<'_>) -> Vec<Finding> {
    let mut found = tables(subject);
    found.extend(service_endpoints(subject.network));
    found.extend(sites(subject));
    found
}

/// What of the route tables is used: tables by name, routes by table and name.
#[derive(Default)]
struct Used {
    tables: HashSet<String>,
    routes: HashSet<(String, String)>,
}

impl Used {
    fn note(&mut self, network: &Network) {
        let model = &network.model;
        for (subnet, facts) in model.subnets.iter().zip(&network.subnets) {
            match subnet.route_table {
                Some(Known::Known(table)) => self.tables.insert(model.route_table(table).label.name.to_lowercase()),
                // It may be any of them.
                Some(Known::Unknown(_)) => {
                    self.tables.extend(model.route_tables.iter().map(|table| table.label.name.to_lowercase()));
                    false
                }
                None => false,
            };
            let selected = facts.routes.intervals.iter().flat_map(|(_, _, choice)| &choice.rows);
            for row in selected.chain(&facts.routes.uncertain) {
                if let RouteOrigin::User(table, route) = facts.routes.rows[*row as usize].origin {
                    let table = model.route_table(table);
                    self.routes
                        .insert((table.label.name.to_lowercase(), table.routes[route].label.name.to_lowercase()));
                }
            }
        }
    }
}

/// Tables that no subnet has, and routes that are selected for no destination of any subnet.
fn tables(subject: Subject<'_>) -> Vec<Finding> {
    let model = &subject.network.model;
    let mut used = Used::default();
    for network in std::iter::once(subject.network).chain(subject.what_ifs) {
        used.note(network);
    }
    let mut found = Vec::new();
    for (index, table) in model.route_tables.iter().enumerate() {
        let name = &table.label.name;
        if !used.tables.contains(&name.to_lowercase()) {
            let message = format!("no subnet has the route table `{name}`");
            let finding = Finding::new("route-table-not-attached", Some(table.label.origin.clone()), message);
            let finding = finding.help("attach it to the subnets whose traffic it should lead, or delete it");
            found.push(finding.patch_if(Some(json!({"routeTables": {name: null}}))));
            continue;
        }
        let attached =
            model.subnets.iter().any(|subnet| subnet.route_table == Some(Known::Known(RouteTableId::at(index))));
        for route in table.routes.iter().filter(|_| attached) {
            let known = route.address_prefix.known().is_some() && route.next_hop_type.known().is_some();
            if known && !used.routes.contains(&(name.to_lowercase(), route.label.name.to_lowercase())) {
                let message = format!(
                    "the route `{name}/{}` is selected for no destination: others take all of its prefix",
                    route.label.name
                );
                let finding = Finding::new("route-never-selected", Some(route.label.origin.clone()), message);
                let finding = finding.help("`azreach routes` shows the rows of a subnet and which are active; delete it, or give it a longer prefix");
                let patch = json!({"routeTables": {name: {"routes": {&*route.label.name: null}}}});
                found.push(finding.patch_if(Some(patch)));
            }
        }
    }
    found
}

/// Service endpoints for services of which the file has none.
fn service_endpoints(network: &Network) -> Vec<Finding> {
    const KINDS: [ServiceKind; 7] = [
        ServiceKind::StorageAccount,
        ServiceKind::DataLakeStoreAccount,
        ServiceKind::SqlServer,
        ServiceKind::KeyVault,
        ServiceKind::EventHubs,
        ServiceKind::ServiceBus,
        ServiceKind::CosmosDb,
    ];
    let model = &network.model;
    let of = |kind: ServiceKind, name: &str| kind.endpoints().iter().any(|one| one.eq_ignore_ascii_case(name));
    let mut found = Vec::new();
    for subnet in &model.subnets {
        for endpoint in &subnet.service_endpoints {
            let known = KINDS.iter().any(|kind| of(*kind, endpoint));
            let served = model.services.iter().any(|service| of(service.kind, endpoint));
            if known && !served {
                let message =
                    format!("the file has no service that the endpoint {endpoint} of `{}` leads to", subnet.label.name);
                let finding =
                    Finding::new("service-endpoint-without-service", Some(subnet.label.origin.clone()), message);
                found.push(
                    finding.help("declare the service if it is there; without one the endpoint only changes routes"),
                );
            }
        }
    }
    found
}

/// Prefixes of a site of which no gateway has learned anything, not in any what-if either.
fn sites(subject: Subject<'_>) -> Vec<Finding> {
    let network = subject.network;
    let mut found = Vec::new();
    for site in &network.model.sites {
        let attached = !rows_to(network, &site.label.name).is_empty();
        if !attached || site.unmodelled_attachment.is_some() || !network.everywhere_in_doubt.is_empty() {
            continue;
        }
        let known = |prefix: &IpNet| {
            let mut networks = std::iter::once(network).chain(subject.what_ifs);
            networks.any(|network| rows_to(network, &site.label.name).iter().any(|row| meet(row, prefix)))
        };
        for prefix in site.address_prefixes.iter().filter(|prefix| !known(prefix)) {
            let message = format!("no gateway has a route to {prefix} of the site `{}`", site.label.name);
            let finding = Finding::new("site-prefix-without-route", Some(site.label.origin.clone()), message);
            found.push(finding.help("let the site advertise it, or add it to the local network gateway"));
        }
    }
    found
}

/// What gateways know of a site.
fn rows_to(network: &Network, site: &str) -> Vec<IpNet> {
    let rows = network.gateways.iter().flat_map(|gateway| &gateway.learned);
    let to_it = rows.filter(|row| match row.to {
        GatewayPeer::Site(id) => network.model.site(id).label.name.eq_ignore_ascii_case(site),
        _ => false,
    });
    to_it.map(|row| row.prefix).collect()
}

fn meet(one: &IpNet, other: &IpNet) -> bool {
    one.contains(other) || other.contains(one)
}
