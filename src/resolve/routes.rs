//! Route tables and their routes.
//!
//! In: `routeTables`. Out: [`RouteTable`]s. Deliberately absent: what a subnet's effective routes are (that is
//! `compile`).

use super::{Work, family, label};
use crate::{
    diagnostic::{Diagnostic, Span},
    model::*,
    scenario::tree::{Entry, Node},
};
use ipnet::IpNet;
use std::{collections::HashMap, net::IpAddr};

impl Work {
    pub(super) fn route_table(&mut self, entry: &Entry) -> RouteTable {
        let routes: Vec<Entry> = family(&entry.value, "routes").to_vec();
        let routes: Vec<Route> = routes.iter().filter_map(|route| self.route(route)).collect();
        let tagged = |route: &&Route| matches!(route.address_prefix, Known::Known(RoutePrefix::ServiceTag(_)));
        if routes.iter().filter(tagged).count() > 25 {
            let message = format!("route table `{}` has more than 25 routes with service tags", entry.key);
            self.error("too-many-tag-routes", entry.key_span, message, "Azure takes 25 (R39)");
        }
        self.check_route_prefixes(&routes);
        let disable_bgp_route_propagation = self.flag(&entry.value, "disableBgpRoutePropagation", false);
        RouteTable { label: label(entry), routes, disable_bgp_route_propagation }
    }

    /// Two routes of one table may not have the same prefix.
    fn check_route_prefixes(&mut self, routes: &[Route]) {
        let mut seen: HashMap<String, &Route> = HashMap::new();
        for route in routes {
            let prefix = match route.address_prefix.known() {
                Some(RoutePrefix::Prefix(net)) => net.to_string(),
                Some(RoutePrefix::ServiceTag(tag)) => tag.to_lowercase(),
                None => continue,
            };
            let Some(first) = seen.insert(prefix, route) else {
                continue;
            };
            let message = format!("routes `{}` and `{}` have the same prefix", first.label.name, route.label.name);
            let problem = Diagnostic::error("duplicate-route-prefix", route.label.origin.span(), message);
            self.report(
                problem.related(first.label.origin.span(), "the first").help("a route table takes each prefix once"),
            );
        }
    }

    fn route(&mut self, entry: &Entry) -> Option<Route> {
        let node = &entry.value;
        for key in ["addressPrefix", "nextHopType"].iter().filter(|key| node.get(key).is_none()) {
            self.error(
                "missing-key",
                entry.key_span,
                format!("route `{}` has no {key}", entry.key),
                "Azure requires it",
            );
        }
        let address_prefix = node.get("addressPrefix").and_then(|value| self.route_prefix(value));
        let next_hop_type = node.get("nextHopType").and_then(|value| self.next_hop_type(value));
        let next_hop_ip_address = match node.get("nextHopIpAddress").filter(|value| !value.is_hollow()) {
            Some(value) => Some(self.address(value)?),
            None => None,
        };
        let route = Route {
            label: label(entry),
            address_prefix: address_prefix?,
            next_hop_type: next_hop_type?,
            next_hop_ip_address,
            has_bgp_override: self.plain_flag(node, "hasBgpOverride", false),
        };
        self.check_next_hop(&route, node.get("nextHopIpAddress").map_or(entry.key_span, |value| value.span));
        Some(route)
    }

    /// An address with VirtualAppliance and with nothing else (R40, R215), of the prefix's family.
    fn check_next_hop(&mut self, route: &Route, span: Span) {
        let Some(hop_type) = route.next_hop_type.known() else {
            return;
        };
        let name = &route.label.name;
        match (&route.next_hop_ip_address, hop_type) {
            (None, NextHopType::VirtualAppliance) => {
                let message = format!("route `{name}` leads to an appliance without an address");
                self.error(
                    "appliance-without-address",
                    route.label.origin.span(),
                    message,
                    "add nextHopIpAddress (R215)",
                );
            }
            (Some(Known::Known(hop)), NextHopType::VirtualAppliance) => {
                self.check_families(&route.address_prefix, hop, span);
            }
            (Some(_), other) if *other != NextHopType::VirtualAppliance => {
                let message = format!("nextHopIpAddress does not go with {}", other.as_str());
                let help = "only VirtualAppliance takes one (R40)";
                self.error("next-hop-address-without-appliance", span, message, help);
            }
            _ => {}
        }
    }

    fn check_families(&mut self, prefix: &Known<RoutePrefix>, hop: &IpAddr, span: Span) {
        if let Known::Known(RoutePrefix::Prefix(net)) = prefix
            && net.addr().is_ipv4() != hop.is_ipv4()
        {
            let message = "prefix and next hop are of different families";
            self.error("mixed-address-families", span, message, "give the appliance's address of the prefix's family");
        }
    }

    /// A CIDR or a service tag.
    fn route_prefix(&mut self, node: &Node) -> Option<Known<RoutePrefix>> {
        if let Some(fact) = self.unknown(node) {
            return Some(Known::Unknown(fact));
        }
        let text = node.as_str()?;
        if text.starts_with(|letter: char| letter.is_ascii_digit()) || text.contains(':') {
            let net = self.cidr(node)?;
            let restricted: IpNet = IpNet::from(IpAddr::from(crate::tags::HOST_ADDRESS));
            if net == restricted {
                self.error(
                    "restricted-prefix",
                    node.span,
                    "the host's address cannot be routed",
                    "Azure reserves 168.63.129.16",
                );
                return None;
            }
            return Some(Known::Known(RoutePrefix::Prefix(net)));
        }
        let computed = crate::tags::COMPUTED_TAG_NAMES.iter().any(|name| name.eq_ignore_ascii_case(text));
        if computed {
            let message = format!("a route cannot be for the tag `{text}`");
            self.error("tag-not-routable", node.span, message, "Azure computes it; name prefixes instead (F71)");
            return None;
        }
        match self.model.tags.get(text) {
            Some(_) => Some(Known::Known(RoutePrefix::ServiceTag(text.to_owned()))),
            None => self.missing_tag(node, text).map(Known::Unknown),
        }
    }

    fn next_hop_type(&mut self, node: &Node) -> Option<Known<NextHopType>> {
        if let Some(fact) = self.unknown(node) {
            return Some(Known::Unknown(fact));
        }
        let text = node.as_str()?;
        let hop = match text.to_lowercase().as_str() {
            "vnetlocal" | "virtualnetwork" => NextHopType::VnetLocal,
            "virtualappliance" => NextHopType::VirtualAppliance,
            "virtualnetworkgateway" => NextHopType::VirtualNetworkGateway,
            "internet" => NextHopType::Internet,
            "none" => NextHopType::None,
            _ => {
                let help = "a route takes VnetLocal, VirtualAppliance, VirtualNetworkGateway, Internet or None (R41)";
                self.error("bad-next-hop-type", node.span, format!("a route cannot lead to `{text}`"), help);
                return None;
            }
        };
        Some(Known::Known(hop))
    }
}
