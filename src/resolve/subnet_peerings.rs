//! Subnet peering: links that join some subnets of two VNETs instead of the VNETs (R97).
//!
//! In: `peerCompleteVnets: false` and the names of subnets. Out: [`PeeredSubnets`] of links. Deliberately absent: whole
//! VNETs (that is `peerings`).

use super::{Work, services::bare};
use crate::{
    diagnostic::Span,
    model::*,
    scenario::tree::Node,
    space::{self, Addresses},
};
use ipnet::IpNet;

/// What a link may join at most, both sides together.
const MOST_SUBNETS: usize = 200;

impl Work {
    /// Reads the names, once every VNET has its subnets.
    pub(super) fn peered_subnets(&mut self) {
        for (link, node) in std::mem::take(&mut self.partial_peerings) {
            match self.flag(&node, "peerCompleteVnets", true) {
                Known::Known(false) => self.join_subnets(link, &node),
                Known::Known(true) => self.warn_of_idle_names(&node),
                Known::Unknown(fact) => self.doubt_link(link, fact),
            }
        }
        self.warn_of_differing_links();
    }

    fn join_subnets(&mut self, id: PeeringId, node: &Node) {
        let link = self.model.peering(id);
        let (home, far) = (link.local, link.remote.known().copied());
        let local = self.named_subnets(id, node, "localSubnetNames", Some(home));
        let remote = self.named_subnets(id, node, "remoteSubnetNames", far);
        let only_ipv6 = self.plain_flag(node, "enableOnlyIPv6Peering", false);
        if local.len() + remote.len() > MOST_SUBNETS {
            let message = format!("{} subnets are peered by one link", local.len() + remote.len());
            let help = format!("a link joins at most {MOST_SUBNETS} subnets, both sides together (R97)");
            self.error("too-many-peered-subnets", node.span, message, help);
        }
        self.model.peerings[id.index()].subnets = Some(PeeredSubnets { local, remote, only_ipv6 });
    }

    /// The subnets of one side; those of a VNET outside the model stay names.
    fn named_subnets(
        &mut self,
        id: PeeringId,
        node: &Node,
        key: &str,
        home: Option<VirtualNetworkId>,
    ) -> Vec<SubnetId> {
        let Some(names) = node.get(key).filter(|names| !names.is_hollow()) else {
            let message = format!("a link that does not peer the complete VNETs names no {key}");
            self.error("missing-key", node.span, message, "name the subnets, or remove peerCompleteVnets: false (R97)");
            return Vec::new();
        };
        if let Some(fact) = self.unknown(names) {
            self.doubt_link(id, fact);
        }
        let mut found = Vec::new();
        for name in names.items() {
            if let Some(fact) = self.unknown(name) {
                self.doubt_link(id, fact);
            }
            let (Some(text), Some(home)) = (name.as_str(), home) else { continue };
            let network = self.model.virtual_network(home);
            let is = |subnet: &SubnetId| self.model.subnet(*subnet).label.name.eq_ignore_ascii_case(bare(text));
            match network.subnets.iter().copied().find(is) {
                Some(subnet) if found.contains(&subnet) => {}
                Some(subnet) => found.push(subnet),
                None => {
                    let message = format!("`{}` has no subnet `{text}`", network.label.name);
                    self.error("unknown-reference", name.span, message, format!("{key} holds names of its subnets"));
                }
            }
        }
        found
    }

    /// Which subnets a link joins is not known: it may be the wrong ones.
    fn doubt_link(&mut self, id: PeeringId, fact: FactId) {
        let flag = &mut self.model.peerings[id.index()].allow_virtual_network_access;
        if *flag == Known::Known(true) {
            *flag = Known::Unknown(fact);
        }
    }

    fn warn_of_idle_names(&mut self, node: &Node) {
        for key in ["localSubnetNames", "remoteSubnetNames", "enableOnlyIPv6Peering"] {
            let Some(value) = node.get(key) else { continue };
            let off = value.is_hollow() || value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("false"));
            if !off {
                let message = format!("{key} does nothing: the link peers the complete VNETs");
                let help = "set peerCompleteVnets to false to peer subnets only (R97)";
                self.warn("idle-subnet-names", value.span, message, help);
            }
        }
    }

    /// Each side names the subnets of both; what only one of them names is not joined.
    fn warn_of_differing_links(&mut self) {
        let differs = |link: &&Peering| {
            let Some(back) = link.reverse.map(|reverse| self.model.peering(reverse)) else { return false };
            match (&link.subnets, &back.subnets) {
                (Some(own), Some(back)) => !(same(&own.local, &back.remote) && same(&own.remote, &back.local)),
                (Some(_), None) => true,
                (None, _) => false,
            }
        };
        let found: Vec<Span> =
            self.model.peerings.iter().filter(differs).map(|link| link.label.origin.span()).collect();
        for span in found {
            let message = "the two links of this peering do not name the same subnets";
            let help = "only subnets that both name communicate: write the same names on both sides (R97)";
            self.warn("peered-subnets-differ", span, message, help);
        }
    }

    /// What may not overlap across a link: the whole spaces, or the ranges that the peered subnets belong to.
    pub(super) fn overlap(&self, id: PeeringId, spaces: &[Addresses]) -> bool {
        let link = self.model.peering(id);
        let Known::Known(remote) = link.remote else { return false };
        let (here, there) = (&spaces[link.local.index()], &spaces[remote.index()]);
        let Some(joined) = &link.subnets else { return here.meets(there) };
        self.ranges_of(&joined.local).meets(there) || self.ranges_of(&joined.remote).meets(here)
    }

    /// What a VNET sees of the peer behind a link, as far as overlaps go.
    pub(super) fn seen_space(&self, link: &Peering, spaces: &[Addresses]) -> Addresses {
        match (&link.subnets, link.remote) {
            (Some(joined), _) => self.ranges_of(&joined.remote),
            (None, Known::Known(remote)) => spaces[remote.index()].clone(),
            (None, Known::Unknown(_)) => Addresses::default(),
        }
    }

    /// The ranges of VNETs that subnets lie in.
    fn ranges_of(&self, subnets: &[SubnetId]) -> Addresses {
        let subnets = subnets.iter().map(|subnet| self.model.subnet(*subnet));
        let ranges: Vec<IpNet> = subnets
            .flat_map(|subnet| {
                let ranges = self.model.virtual_network(subnet.virtual_network).address_prefixes.iter();
                ranges.filter(|range| subnet.address_prefixes.iter().any(|prefix| range.contains(prefix)))
            })
            .copied()
            .collect();
        space::prefixes(&ranges)
    }
}

fn same(one: &[SubnetId], other: &[SubnetId]) -> bool {
    one.len() == other.len() && one.iter().all(|subnet| other.contains(subnet))
}
