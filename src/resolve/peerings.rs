//! Peering links: read, paired with the links back, held against Azure's rules.
//!
//! In: `virtualNetworkPeerings`. Out: [`Peering`]s. Deliberately absent: what a link lets through (that is
//! `compile` and `evaluate`).

use super::{Work, checks::overlaps, index::Kind, label};
use crate::{
    diagnostic::Span,
    model::*,
    scenario::tree::{Entry, Node},
    space::{self, Addresses},
};
use ipnet::IpNet;
use std::collections::HashMap;

impl Work {
    pub(super) fn peering(&mut self, entry: &Entry, local: VirtualNetworkId) -> Option<Peering> {
        let node = &entry.value;
        let Some(remote) = self.reference(node, "remoteVirtualNetwork", Kind::VirtualNetwork) else {
            if node.get("remoteVirtualNetwork").is_none() {
                let message = format!("peering `{}` names no remoteVirtualNetwork", entry.key);
                self.error("missing-key", entry.key_span, message, "name the VNET at the other end");
            }
            return None;
        };
        if remote == Known::Known(local.index()) {
            let message = "a virtual network cannot be peered with itself";
            self.error("peering-with-itself", entry.key_span, message, "name another one as remoteVirtualNetwork");
            return None;
        }
        let written = node.get("peeringState").and_then(Node::as_str).map(|text| match text.to_lowercase().as_str() {
            "initiated" => PeeringState::Initiated,
            "disconnected" => PeeringState::Disconnected,
            _ => PeeringState::Connected,
        });
        self.partial_peerings.push((PeeringId::at(self.model.peerings.len()), node.clone()));
        Some(Peering {
            label: label(entry),
            local,
            remote: remote.map(VirtualNetworkId::at),
            reverse: None,
            // Where it is not written, `pair_peerings` looks for the link back.
            state: written.unwrap_or(PeeringState::Connected),
            remote_address_space: self.remote_address_space(node, remote.known().is_none()),
            // `subnet_peerings` looks their names up, once all VNETs are read.
            subnets: None,
            allow_virtual_network_access: self.flag(node, "allowVirtualNetworkAccess", true),
            allow_forwarded_traffic: self.flag(node, "allowForwardedTraffic", false),
            allow_gateway_transit: self.flag(node, "allowGatewayTransit", false),
            use_remote_gateways: self.flag(node, "useRemoteGateways", false),
        })
    }

    /// The link's own picture of the remote space counts while it is not in sync (R211), and where the remote network
    /// is outside the model.
    fn remote_address_space(&mut self, node: &Node, outside: bool) -> Option<Vec<IpNet>> {
        let level = node.get("peeringSyncLevel").and_then(Node::as_str);
        if !outside && level.is_none_or(|level| level.eq_ignore_ascii_case("FullyInSync")) {
            return None;
        }
        let keys = ["remoteAddressSpace", "remoteVirtualNetworkAddressSpace"];
        let known = keys.iter().find_map(|key| node.get(key)).cloned()?;
        Some(self.cidrs(&known, "addressPrefixes"))
    }

    /// Finds the link back of every link, and with it the state of those that do not say theirs (R78).
    pub(super) fn pair_peerings(&mut self) {
        let mut by_ends: HashMap<(VirtualNetworkId, VirtualNetworkId), PeeringId> = HashMap::new();
        for (index, link) in self.model.peerings.iter().enumerate() {
            if let Known::Known(remote) = link.remote {
                by_ends.entry((link.local, remote)).or_insert(PeeringId::at(index));
            }
        }
        let mut alone = Vec::new();
        for link in &mut self.model.peerings {
            let Known::Known(remote) = link.remote else {
                continue;
            };
            link.reverse = by_ends.get(&(remote, link.local)).copied();
            if link.reverse.is_none() {
                let message = format!("peering `{}` carries nothing: the other side has no link back", link.label.name);
                alone.push((link.label.origin.span(), message));
                if link.state == PeeringState::Connected {
                    link.state = PeeringState::Initiated;
                }
            }
        }
        for (span, message) in alone {
            self.warn("peering-not-connected", span, message, "add a peering in the remote virtual network (R78)");
        }
    }

    /// Peered VNETs do not overlap, one link per pair; gateways are used from one side only (R80, R93, R94).
    pub(super) fn check_peerings(&mut self) {
        let mut found: Vec<(&'static str, Span, String, &'static str)> = Vec::new();
        let spaces: Vec<Addresses> =
            self.model.virtual_networks.iter().map(|one| space::prefixes(&one.address_prefixes)).collect();
        for (index, network) in self.model.virtual_networks.iter().enumerate() {
            let mut using: Option<&Peering> = None;
            let mut peers: HashMap<VirtualNetworkId, &Peering> = HashMap::new();
            for (id, link) in network.peerings.iter().map(|id| (*id, self.model.peering(*id))) {
                let span = link.label.origin.span();
                let Known::Known(remote) = link.remote else {
                    continue;
                };
                if self.overlap(id, &spaces) {
                    let message = format!(
                        "`{}` and `{}` overlap and cannot be peered",
                        network.label.name,
                        self.model.virtual_network(remote).label.name
                    );
                    found.push(("overlapping-peering", span, message, "renumber one of them (R80)"));
                }
                if peers.insert(remote, link).is_some() {
                    let message = format!("`{}` is peered twice with the same virtual network", network.label.name);
                    found.push(("duplicate-peering", span, message, "keep one of the two links"));
                }
                if link.use_remote_gateways != Known::Known(true) {
                    continue;
                }
                let served = self.model.route_server_of(VirtualNetworkId::at(index)).is_some();
                if !network.gateways.is_empty() || served {
                    let what = if served { "Route Server" } else { "gateway" };
                    let message =
                        format!("`{}` has a {what} of its own and cannot use remote gateways", network.label.name);
                    found.push(("own-and-remote-gateway", span, message, "set useRemoteGateways to false (R93)"));
                }
                if let Some(first) = using {
                    let message =
                        format!("`{}` uses remote gateways over `{}` already", network.label.name, first.label.name);
                    found.push((
                        "several-remote-gateways",
                        span,
                        message,
                        "one peering may set useRemoteGateways (R94)",
                    ));
                }
                using = Some(link);
            }
            found.extend(self.overlapping_peers(&peers, &spaces));
        }
        for (code, span, message, help) in found {
            self.error(code, span, message, help);
        }
        self.warn_of_idle_flags();
    }

    /// Two peers of one VNET do not overlap either.
    fn overlapping_peers(
        &self,
        peers: &HashMap<VirtualNetworkId, &Peering>,
        spaces: &[Addresses],
    ) -> Vec<(&'static str, Span, String, &'static str)> {
        let mut sorted: Vec<_> = peers.iter().map(|(id, link)| (*id, *link)).collect();
        sorted.sort_by_key(|(id, _)| *id);
        let mut ranges: Vec<(u128, u128, usize)> = Vec::new();
        for (place, (_, link)) in sorted.iter().enumerate() {
            ranges.extend(self.seen_space(link, spaces).iter().map(|(first, last)| (first, last, place)));
        }
        ranges.sort_unstable();
        overlaps(ranges.iter().map(|(first, last, _)| (*first, *last)).collect())
            .into_iter()
            .map(|(one, other)| (ranges[one].2.min(ranges[other].2), ranges[one].2.max(ranges[other].2)))
            .filter(|(a, b)| a != b)
            .map(|(a, b)| {
                let name = |place: usize| self.model.virtual_network(sorted[place].0).label.name.clone();
                let message = format!("the peers `{}` and `{}` overlap", name(a), name(b));
                let span = sorted[b].1.label.origin.span();
                ("overlapping-peering", span, message, "a VNET's peers must not overlap (R80)")
            })
            .collect()
    }

    /// useRemoteGateways where nothing is offered does nothing (R220).
    fn warn_of_idle_flags(&mut self) {
        let idle: Vec<(Span, String)> = self
            .model
            .peerings
            .iter()
            .filter(|link| link.use_remote_gateways == Known::Known(true))
            .filter_map(|link| {
                let remote = *link.remote.known()?;
                let here = |subnet: &Subnet| subnet.virtual_network == remote;
                let served = |subnet: &Subnet| here(subnet) && subnet.purpose == SubnetPurpose::RouteServer;
                let none =
                    self.model.virtual_network(remote).gateways.is_empty() && !self.model.subnets.iter().any(served);
                let message = format!(
                    "`{}` uses remote gateways, but `{}` has none",
                    link.label.name,
                    self.model.virtual_network(remote).label.name
                );
                none.then(|| (link.label.origin.span(), message))
            })
            .collect();
        for (span, message) in idle {
            self.warn("no-remote-gateway", span, message, "the flag has no effect (R220)");
        }
    }
}
