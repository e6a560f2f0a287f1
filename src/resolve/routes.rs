//! Route tables and their routes.
//!
//! In: `routeTables`. Out: [`RouteTable`]s. Deliberately absent: what a subnet's effective routes are (that is
//! `compile`).

use super::{Work, label, family};
use crate::{
    diagnostic::Span,
    model::*,
    scenario::tree::{Entry, Node},
};
use ipnet::IpNet;
use std::{collections::HashMap, net::IpAddr};

impl Work<'_> {
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
        for (index, route) in routes.iter().enumerate() {
            let same =
                |other: &&Route| other.address_prefix.known().is_some() && other.address_prefix == route.address_prefix;
            if let Some(first) = routes[..index].iter().find(same) {
                let message = format!("routes `{}` and `{}` have the same prefix", first.label.name, route.label.name);
                self.error(
                    "duplicate-route-prefix",
                    route.label.origin.span(),
                    message,
                    "a route table takes each prefix once",
                );
            }
        }
    }

    fn route(&mut self, entry: &Entry) -> Option<Route> {
        let node = &entry.value;
        let address_prefix = match node.get("addressPrefix").cloned() {
            Some(value) => self.route_prefix(&value)?,
            None => {
                self.error("missing-key", entry.key_span, format!("route `{}` has no addressPrefix", entry.key), "");
                return None;
            }
        };
        let next_hop_type = match node.get("nextHopType").cloned() {
            Some(value) => self.next_hop_type(&value)?,
            None => {
                self.error("missing-key", entry.key_span, format!("route `{}` has no nextHopType", entry.key), "");
                return None;
            }
        };
        let next_hop_ip_address = match node.get("nextHopIpAddress").cloned().filter(|value| value.as_str() != Some(""))
        {
            Some(value) => Some((self.address(&value)?, value.span)),
            None => None,
        };
        let is_appliance = next_hop_type == Known::Known(NextHopType::VirtualAppliance);
        match &next_hop_ip_address {
            Some((_, span)) if next_hop_type.known().is_some() && !is_appliance => {
                let help = "only VirtualAppliance takes one";
                self.error(
                    "next-hop-address-without-appliance",
                    *span,
                    "nextHopIpAddress does not go with this nextHopType",
                    help,
                );
            }
            None if is_appliance => {
                let message = format!("route `{}` leads to an appliance without an address", entry.key);
                self.error("appliance-without-address", entry.key_span, message, "add nextHopIpAddress");
            }
            Some((Known::Known(hop), span)) => self.check_families(&address_prefix, hop, *span),
            _ => {}
        }
        let has_bgp_override = self.plain_flag(node, "hasBgpOverride", false);
        let next_hop_ip_address = next_hop_ip_address.map(|(address, _)| address);
        Some(Route { label: label(entry), address_prefix, next_hop_type, next_hop_ip_address, has_bgp_override })
    }

    fn check_families(&mut self, prefix: &Known<RoutePrefix>, hop: &IpAddr, span: crate::diagnostic::Span) {
        if let Known::Known(RoutePrefix::Prefix(net)) = prefix
            && net.addr().is_ipv4() != hop.is_ipv4()
        {
            self.error("mixed-address-families", span, "prefix and next hop are of different families", "");
        }
    }

    /// A CIDR or a service tag.
    fn route_prefix(&mut self, node: &Node) -> Option<Known<RoutePrefix>> {
        if let Some(fact) = self.unknown(node) {
            return Some(Known::Unknown(fact));
        }
        let text = node.as_str()?;
        if text.starts_with(|letter: char| letter.is_ascii_digit()) || text.contains(':') {
            let net = self.prefix(node)?;
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
