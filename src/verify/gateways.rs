//! What a gateway knows, and what it tells.
//!
//! In: learned and advertised routes. Out: differences. Not compared: weights, paths and the addresses of BGP peers. An
//! empty list of a gateway that has connections says that none of them is up yet.

use super::{Difference, Outcome, Scene, Unasked, answers::rows, compare};
use crate::{
    model::{ConnectionTarget, Known, PublicIpAddressId, VirtualNetworkGatewayId},
    scenario::tree::Node,
};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// Prefixes with the address of their next hop, where that is known.
type NextHops = BTreeMap<IpNet, Option<String>>;

impl Scene<'_> {
    pub(super) fn learned_routes(&self) -> Outcome {
        let (gateway, name) = self.gateway()?;
        let own = self.own_prefixes(gateway);
        let predicted = self.learned(gateway);
        let recorded: Vec<(IpNet, &Node)> = networks(rows(&self.observation.answer));
        if recorded.is_empty() && !predicted.is_empty() {
            return Err(Unasked::new(name, "an empty list: no connection is up yet"));
        }
        let mut found = Vec::new();
        let is_peer = |net: &IpNet| net.prefix_len() == net.max_prefix_len() && !predicted.contains_key(net);
        for (net, row) in recorded.iter().filter(|(net, _)| !own.contains(net) && !is_peer(net)) {
            let hop = row.get("nextHop").and_then(Node::as_str).unwrap_or_default();
            match predicted.get(net) {
                None => found.extend(compare(&format!("network {net}"), "not learned", "learned")),
                Some(Some(address)) if is_address(hop) => {
                    found.extend(compare(&format!("network {net}: nextHop"), address.as_str(), hop));
                }
                Some(_) => {}
            }
        }
        found.extend(absent(predicted.keys(), &recorded, "learned"));
        Ok((name, found))
    }

    pub(super) fn advertised_routes(&self) -> Outcome {
        let (gateway, name) = self.gateway()?;
        let own = self.own_prefixes(gateway);
        let passed_on = self.learned(gateway);
        let recorded = networks(rows(&self.observation.answer));
        if recorded.is_empty() {
            return Err(Unasked::new(name, "an empty list: no connection is up yet"));
        }
        let unknown = recorded.iter().filter(|(net, _)| !own.contains(net) && !passed_on.contains_key(net));
        let mut found: Vec<Difference> =
            unknown.filter_map(|(net, _)| compare(&format!("network {net}"), "not advertised", "advertised")).collect();
        found.extend(absent(own.iter(), &recorded, "advertised"));
        Ok((name, found))
    }

    /// The gateway of the question, by its id or its name.
    fn gateway(&self) -> Result<(VirtualNetworkGatewayId, String), Unasked> {
        let target = self.observation.target();
        let parts: Vec<&str> = target.split('/').collect();
        let name = parts.last().copied().unwrap_or_default().to_lowercase();
        let group = parts.iter().position(|part| part.eq_ignore_ascii_case("resourceGroups"));
        let group = group.and_then(|at| parts.get(at + 1)).map_or_else(String::new, |group| group.to_lowercase());
        let gateways = &self.asked.network.model.virtual_network_gateways;
        let place = |wanted: &str| gateways.iter().position(|one| one.label.name.to_lowercase() == wanted);
        let found = place(&format!("{group}/{name}")).or_else(|| place(&name));
        let why = || Unasked::new(&name, "the scenario does not hold this gateway");
        found.map(|at| (VirtualNetworkGatewayId::at(at), name.clone())).ok_or_else(why)
    }

    /// What a gateway speaks for: its network, and the spokes that use it (R91).
    fn own_prefixes(&self, gateway: VirtualNetworkGatewayId) -> BTreeSet<IpNet> {
        let model = &self.asked.network.model;
        let hub = model.virtual_network_gateway(gateway).virtual_network;
        let mut prefixes: BTreeSet<IpNet> = model.virtual_network(hub).address_prefixes.iter().copied().collect();
        for (index, spoke) in model.virtual_networks.iter().enumerate() {
            let facts = self.asked.network.virtual_network(crate::model::VirtualNetworkId::at(index));
            if facts.transit.is_some_and(|(of, _)| of == hub) {
                prefixes.extend(&spoke.address_prefixes);
            }
        }
        prefixes
    }

    /// What is configured on its connections, whether or not the other side has one, and what it hears over BGP.
    fn learned(&self, gateway: VirtualNetworkGatewayId) -> NextHops {
        let model = &self.asked.network.model;
        let mut known = NextHops::new();
        for connection in model.connections.iter().filter(|one| one.gateway == gateway) {
            let (prefixes, hop) = match connection.target {
                ConnectionTarget::VirtualNetworkGateway(other) => {
                    let far = model.virtual_network_gateway(other);
                    let prefixes = &model.virtual_network(far.virtual_network).address_prefixes;
                    (prefixes, far.public_ip_addresses.first().and_then(|id| self.public_address(*id)))
                }
                ConnectionTarget::LocalNetworkGateway(far) => {
                    let far = model.local_network_gateway(far);
                    (&far.address_prefixes, far.gateway_ip_address.map(|address| address.to_string()))
                }
                ConnectionTarget::ExpressRouteCircuit(_) | ConnectionTarget::Unknown(_) => continue,
            };
            // Over BGP the next hop is a peer's own address.
            let hop = hop.filter(|_| !connection.enable_bgp);
            known.extend(prefixes.iter().map(|net| (*net, hop.clone())));
        }
        for learned in &self.asked.network.gateway(gateway).learned {
            known.entry(learned.prefix).or_insert(None);
        }
        known
    }

    fn public_address(&self, id: PublicIpAddressId) -> Option<String> {
        match self.asked.network.model.public_ip_address(id).address {
            Known::Known(address) => Some(address.to_string()),
            Known::Unknown(_) => None,
        }
    }
}

fn networks(rows: &[Node]) -> Vec<(IpNet, &Node)> {
    let net = |row: &Node| row.get("network").and_then(Node::as_str)?.parse::<IpNet>().ok();
    rows.iter().filter_map(|row| Some((net(row)?, row))).collect()
}

/// What should be in the answer and is not.
fn absent<'n>(
    expected: impl Iterator<Item = &'n IpNet>,
    recorded: &[(IpNet, &Node)],
    word: &'static str,
) -> Vec<Difference> {
    let there = |net: &IpNet| recorded.iter().any(|(other, _)| other == net);
    let missing = expected.filter(|net| !there(net));
    missing.filter_map(|net| compare(&format!("network {net}"), word, format!("not {word}"))).collect()
}

fn is_address(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}
