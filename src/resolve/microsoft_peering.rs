//! The Microsoft peering of a circuit: by which addresses a site appears there, and what Microsoft announces to it.
//!
//! In: the peerings of circuits, route filters. Out: [`MicrosoftPeering`]s. Deliberately absent: private peering, which a
//! circuit of the format has anyway.

use super::{Work, family, index::Kind};
use crate::{
    catalog::region_of_community,
    diagnostic::Origin,
    model::*,
    scenario::tree::{Entry, Node},
    space::{self, Addresses},
};
use ipnet::IpNet;

impl Work {
    /// The Microsoft peering among a circuit's peerings.
    pub(super) fn microsoft_peering(&mut self, network: &Node, circuit: &Entry) -> Option<MicrosoftPeering> {
        let peerings = circuit.value.get("peerings").map(named).unwrap_or_default();
        let own = |(name, peering): &(Option<String>, Node)| {
            let kind = inner(peering, "peeringType").and_then(|kind| kind.as_str().map(str::to_owned));
            kind.or_else(|| name.clone()).is_some_and(|kind| kind.eq_ignore_ascii_case("MicrosoftPeering"))
        };
        let (_, peering) = peerings.into_iter().find(own)?;
        let off = inner(&peering, "state").is_some_and(|state| state.as_str() == Some("Disabled"));
        if off {
            return None;
        }
        let settings = inner(&peering, "microsoftPeeringConfig");
        let prefixes = settings.and_then(|settings| settings.get("advertisedPublicPrefixes").cloned());
        let prefixes = prefixes.iter().flat_map(|list| list.items().to_vec()).collect::<Vec<_>>();
        let advertised = prefixes.iter().filter_map(|item| self.advertised_prefix(item)).collect();
        let mut found = MicrosoftPeering { advertised, covered: Addresses::empty(), unknown: None };
        if let Some(filter) = inner(&peering, "routeFilter").filter(|filter| !filter.is_hollow()) {
            self.read_filter(network, &filter, &mut found);
        }
        Some(found)
    }

    /// Public prefixes only, and no default route (R112).
    fn advertised_prefix(&mut self, item: &Node) -> Option<IpNet> {
        if self.unknown(item).is_some() {
            return None;
        }
        let text = item.as_str().unwrap_or_default();
        let Ok(net) = text.parse::<IpNet>() else {
            let message = format!("`{text}` is not a prefix");
            self.error("not-a-prefix", item.span, message, "write it like `203.0.113.0/29`");
            return None;
        };
        let net = net.trunc();
        if net.prefix_len() == 0 || !space::prefix(net).is_subset(&crate::tags::internet()) {
            let message = format!("`{text}` cannot be advertised over Microsoft peering");
            let help = "it takes the customer's public prefixes, and no default route (R112)";
            self.error("microsoft-peering-prefix", item.span, message, help);
            return None;
        }
        Some(net)
    }

    /// What a route filter lets Microsoft announce; without one it announces nothing (R234).
    fn read_filter(&mut self, network: &Node, filter: &Node, found: &mut MicrosoftPeering) {
        let reference = filter.get("id").unwrap_or(filter).clone();
        let place = match self.reference_at(&reference, Kind::RouteFilter) {
            Some(Known::Known(place)) => place,
            Some(Known::Unknown(fact)) => {
                found.unknown = Some(fact);
                return;
            }
            None => return,
        };
        let Some(entry) = family(network, "routeFilters").get(place) else { return };
        let rules = ["rules", "routeFilterRules"].into_iter().flat_map(|key| family(&entry.value, key));
        for rule in rules {
            let denies = rule.value.get("access").and_then(Node::as_str).is_some_and(|access| access == "Deny");
            let communities = rule.value.get("communities").map(|list| list.items().to_vec()).unwrap_or_default();
            for community in communities.iter().filter(|_| !denies) {
                self.read_community(community, found);
            }
        }
    }

    fn read_community(&mut self, community: &Node, found: &mut MicrosoftPeering) {
        if let Some(fact) = self.unknown(community) {
            found.unknown = Some(fact);
            return;
        }
        let text = community.as_str().unwrap_or_default().to_owned();
        let region = region_of_community(&text);
        let tag = region.and_then(|region| self.model.tags.get(&format!("AzureCloud.{region}")));
        match tag.map(|tag| tag.addresses.clone()) {
            Some(addresses) => found.covered = found.covered.union(&addresses),
            None => {
                let text = format!("which prefixes Microsoft announces with community {text}");
                found.unknown = Some(self.fact(text, Some(Origin::Text(community.span))));
            }
        }
    }
}

/// The things of a list or a map, as written, with their names.
fn named(node: &Node) -> Vec<(Option<String>, Node)> {
    let listed =
        node.items().iter().map(|one| (one.get("name").and_then(Node::as_str).map(str::to_owned), one.clone()));
    let mapped = node.entries().iter().map(|one| (Some(one.key.to_string()), one.value.clone()));
    if node.entries().is_empty() { listed.collect() } else { mapped.collect() }
}

/// A property of a tree that is kept as it is: of its own, or under `properties`.
fn inner(node: &Node, key: &str) -> Option<Node> {
    node.get(key).or_else(|| node.get("properties")?.get(key)).cloned()
}
