//! Names of ends, no two the same.
//!
//! In: ends. Out: a name for each: its own where nobody else has it, else with where it stands or what it is.

use crate::{
    model::{NetworkInterfaceId, Party},
    network::Network,
    reach::End,
};
use std::collections::HashMap;

/// A name for each end, in the user's words.
pub(super) fn told_apart(network: &Network, ends: &[&End]) -> Vec<String> {
    let plain: Vec<String> = ends.iter().map(|end| end.name.clone()).collect();
    let longer = lengthened(&plain, |at| qualified(network, ends[at]));
    // Of one name, of one kind, at one place: by their order in the file.
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut counted = |name: &String| {
        let count = seen.entry(name.to_lowercase()).or_default();
        *count += 1;
        if *count == 1 { name.clone() } else { format!("{name} #{count}") }
    };
    longer.iter().map(&mut counted).collect()
}

/// Names that several have are made longer.
fn lengthened(names: &[String], longer: impl Fn(usize) -> String) -> Vec<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    names.iter().for_each(|name| *counts.entry(name.to_lowercase()).or_default() += 1);
    let is_shared = |name: &String| counts.get(&name.to_lowercase()).is_some_and(|count| *count > 1);
    let told = names.iter().enumerate().map(|(at, name)| if is_shared(name) { longer(at) } else { name.clone() });
    told.collect()
}

fn qualified(network: &Network, end: &End) -> String {
    match end.party {
        Party::NetworkInterface(id) => format!("{}/{}", place(network, id), end.name),
        _ => format!("{} ({})", end.name, kind(&end.party)),
    }
}

fn place(network: &Network, id: NetworkInterfaceId) -> String {
    let first = network.model.network_interface(id).ip_configurations.first();
    first.map(|one| network.subnet_path(one.subnet)).unwrap_or_default()
}

fn kind(party: &Party) -> &'static str {
    match party {
        Party::Subnet(_) => "subnet",
        Party::Site(_) => "site",
        Party::External(_) => "external",
        Party::Internet => "the Internet",
        Party::Service(..) => "service",
        Party::PrivateEndpoint(_) => "private endpoint",
        Party::AzureFirewall(_) => "firewall",
        Party::LoadBalancer(_) => "load balancer",
        Party::ApplicationGateway(_) => "application gateway",
        Party::BastionHost(_) => "Bastion",
        Party::Unmodelled(_) => "not modelled",
        _ => "machine",
    }
}
