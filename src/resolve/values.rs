//! Single values: addresses, prefixes, ports, flags, references.
//!
//! In: scalar nodes. Out: typed values, or a diagnostic. A value that the file calls unknown becomes a fact.

use super::{
    Work,
    index::{ArmId, Found, Kind, reference},
};
use crate::{
    diagnostic::{Origin, Span},
    model::*,
    scenario::tree::{Node, Value},
    space::Ports,
};
use ipnet::IpNet;
use std::net::IpAddr;

impl Work {
    /// The fact that an unknown node stands for.
    pub(super) fn unknown(&mut self, node: &Node) -> Option<FactId> {
        let Value::Unknown { reason, at } = &node.value else {
            return None;
        };
        let origin = match at {
            Some(at) => Origin::Foreign(at.to_string(), node.span),
            None => Origin::Text(node.span),
        };
        Some(self.fact(reason.to_string(), Some(origin)))
    }

    /// A flag with ARM's default.
    pub(super) fn flag(&mut self, node: &Node, key: &str, default: bool) -> Known<bool> {
        let Some(value) = node.get(key) else {
            return Known::Known(default);
        };
        match self.unknown(value) {
            Some(fact) => Known::Unknown(fact),
            None => Known::Known(value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"))),
        }
    }

    /// A flag that must be known: unknown counts as the default, with a warning.
    pub(super) fn plain_flag(&mut self, node: &Node, key: &str, default: bool) -> bool {
        match self.flag(node, key, default) {
            Known::Known(value) => value,
            Known::Unknown(_) => {
                let span = node.get(key).map_or(node.span, |value| value.span);
                let message = format!("`{key}` is not known and is taken to be {default}");
                self.warn("unknown-taken-as-default", span, message, "write it where that is wrong");
                default
            }
        }
    }

    /// An address.
    pub(super) fn address(&mut self, node: &Node) -> Option<Known<IpAddr>> {
        if let Some(fact) = self.unknown(node) {
            return Some(Known::Unknown(fact));
        }
        let text = node.as_str()?;
        let bare = text.strip_suffix("/32").or(text.strip_suffix("/128")).unwrap_or(text);
        match bare.parse() {
            Ok(address) => Some(Known::Known(address)),
            Err(_) => {
                self.error(
                    "not-an-address",
                    node.span,
                    format!("`{text}` is not an address"),
                    "write it like `10.0.0.4`",
                );
                None
            }
        }
    }

    /// A value that azreach cannot do without, and that the file calls unknown.
    pub(super) fn refuse_unknown(&mut self, node: &Node) -> bool {
        let Value::Unknown { reason, .. } = &node.value else {
            return false;
        };
        let help = "azreach cannot do without this value: write it, or import with the parameters that give it";
        self.error("value-not-known", node.span, reason.to_string(), help);
        true
    }

    /// A prefix without host bits; a bare address counts as one of full length.
    pub(super) fn prefix(&mut self, node: &Node) -> Option<IpNet> {
        if self.refuse_unknown(node) {
            return None;
        }
        let text = node.as_str()?;
        let net = match (text.parse::<IpNet>(), text.parse::<IpAddr>()) {
            (Ok(net), _) => net,
            (_, Ok(address)) => IpNet::from(address),
            _ => {
                self.not_a_prefix(node, text, "write it like `10.0.0.0/24`");
                return None;
            }
        };
        if net.trunc() != net {
            let help = format!("the network is `{}`", net.trunc());
            self.error("host-bits", node.span, format!("`{text}` has bits set behind its prefix"), help);
            return None;
        }
        Some(net)
    }

    /// A prefix of a resource of Azure's, which takes no bare address there (InvalidAddressPrefixFormat).
    pub(super) fn cidr(&mut self, node: &Node) -> Option<IpNet> {
        let net = self.prefix(node)?;
        if let Some(text) = node.as_str().filter(|text| !text.contains('/')) {
            self.not_a_prefix(node, text, &format!("Azure wants a length here: `{net}`"));
            return None;
        }
        Some(net)
    }

    fn not_a_prefix(&mut self, node: &Node, text: &str, help: &str) {
        self.error("not-a-prefix", node.span, format!("`{text}` is not a prefix"), help);
    }

    /// The prefixes under a key.
    pub(super) fn prefixes(&mut self, node: &Node, key: &str) -> Vec<IpNet> {
        node.get(key).map(Node::items).unwrap_or_default().iter().filter_map(|item| self.prefix(item)).collect()
    }

    /// The prefixes under a key of a resource of Azure's.
    pub(super) fn cidrs(&mut self, node: &Node, key: &str) -> Vec<IpNet> {
        node.get(key).map(Node::items).unwrap_or_default().iter().filter_map(|item| self.cidr(item)).collect()
    }

    /// A number under a key.
    pub(super) fn number<N: std::str::FromStr>(&mut self, node: &Node, key: &str, help: &str) -> Option<N> {
        let value = node.get(key)?;
        let number = value.as_str().and_then(|text| text.trim().parse().ok());
        if number.is_none() && !self.refuse_unknown(value) {
            let text = value.as_str().unwrap_or_default();
            self.error("bad-value", value.span, format!("`{text}` is not a number for {key}"), help);
        }
        number
    }

    /// A reference under a key, of one kind.
    pub(super) fn reference(&mut self, node: &Node, key: &str, kind: Kind) -> Option<Known<usize>> {
        self.reference_at(node.get(key)?, kind)
    }

    /// A reference at a node.
    pub(super) fn reference_at(&mut self, node: &Node, kind: Kind) -> Option<Known<usize>> {
        if let Some(fact) = self.unknown(node) {
            return Some(Known::Unknown(fact));
        }
        let (text, span) = reference(node).filter(|(text, _)| !text.is_empty())?;
        match self.index.find(kind, text) {
            Found::Here(place) => return Some(Known::Known(place)),
            Found::Outside => return Some(Known::Unknown(self.outside(text, span))),
            Found::OtherType(other) => {
                let message = format!("this is the id of one of the {other}, not of the {}", kind.map());
                self.error("wrong-resource-type", span, message, "Azure refuses it");
            }
            Found::Several(names) => {
                let message = format!("several {} are called `{text}`", kind.map());
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                self.error("ambiguous-reference", span, message, format!("write {}", names.join(" or ")));
            }
            Found::Nowhere => {
                let help = self.advice(kind, text);
                self.error("unknown-reference", span, format!("there is no `{text}` in {}", kind.map()), help);
            }
        }
        None
    }

    pub(super) fn outside(&mut self, text: &str, span: Span) -> FactId {
        let message = format!("`{text}` is outside the model");
        let help = "verdicts that depend on it are undetermined";
        self.warn("outside-the-model", span, message.clone(), help);
        self.fact(message, Some(Origin::Text(span)))
    }

    /// A reference that must lead to a resource of the file.
    pub(super) fn reference_here(&mut self, node: &Node, key: &str, kind: Kind) -> Option<usize> {
        match self.reference(node, key, kind)? {
            Known::Known(place) => Some(place),
            Known::Unknown(_) => None,
        }
    }

    /// References under a key that lead to resources of the file.
    pub(super) fn references_here(&mut self, node: &Node, key: &str, kind: Kind) -> Vec<usize> {
        let items = node.get(key).map(Node::items).unwrap_or_default();
        items
            .iter()
            .filter_map(|item| self.reference_at(item, kind))
            .filter_map(|found| found.known().copied())
            .collect()
    }

    /// A public IP address; one outside the model is there too, with nothing known about it.
    pub(super) fn public_ip(&mut self, node: &Node) -> Option<PublicIpAddressId> {
        let found = self.reference_at(node, Kind::PublicIpAddress)?;
        let place = self.or_stand_in(node, found, Kind::PublicIpAddress, Self::unknown_public_ip);
        Some(PublicIpAddressId::at(place))
    }

    /// A public IP address of which nothing is known.
    pub(super) fn unknown_public_ip(&mut self, label: Label, fact: FactId) -> usize {
        let (sku, address) = (Known::Unknown(fact), Known::Unknown(fact));
        self.model.public_ip_addresses.push(PublicIpAddress { label, sku, address, location: None, ports: None });
        self.model.public_ip_addresses.len() - 1
    }

    /// A NAT gateway; one outside the model carries traffic out all the same, from addresses that are not known.
    pub(super) fn nat(&mut self, node: &Node) -> Option<NatGatewayId> {
        let found = self.reference_at(node, Kind::NatGateway)?;
        let place = self.or_stand_in(node, found, Kind::NatGateway, |work, label, fact| {
            let public = PublicIpAddressId::at(work.unknown_public_ip(label.clone(), fact));
            let (public_ip_addresses, public_ip_prefixes) = (vec![public], Vec::new());
            let nat = NatGateway { label, public_ip_addresses, public_ip_prefixes, standard_v2: false };
            work.model.nat_gateways.push(nat);
            work.model.nat_gateways.len() - 1
        });
        Some(NatGatewayId::at(place))
    }

    /// The place of a resource, or of the one that stands in for an id outside the model.
    pub(super) fn or_stand_in(
        &mut self,
        node: &Node,
        found: Known<usize>,
        kind: Kind,
        make: impl FnOnce(&mut Self, Label, FactId) -> usize,
    ) -> usize {
        let fact = match found {
            Known::Known(place) => return place,
            Known::Unknown(fact) => fact,
        };
        let id = node.as_str().map(str::to_lowercase);
        if let Some(place) = id.as_ref().and_then(|id| self.stand_ins.get(&(kind, id.clone()))) {
            return *place;
        }
        let name = node.as_str().and_then(ArmId::parse).map_or("unknown", |id| id.name()).to_owned();
        let place = make(self, Label { name, origin: Origin::Text(node.span) }, fact);
        if let Some(id) = id {
            self.stand_ins.insert((kind, id), place);
        }
        place
    }

    /// `*`, a port, a range; or several.
    pub(super) fn ports(&mut self, nodes: &[Node]) -> Option<Known<Ports>> {
        let mut ranges = Vec::new();
        for node in nodes {
            if let Some(fact) = self.unknown(node) {
                return Some(Known::Unknown(fact));
            }
            let text = node.as_str()?;
            for part in text.split(',').map(str::trim) {
                match port_range(part) {
                    Some(range) => ranges.push(range),
                    None => {
                        let help = "a port is `*`, a number from 0 to 65535, or a range like `8443-8451`";
                        self.error("bad-port", node.span, format!("`{part}` is not a port"), help);
                        return None;
                    }
                }
            }
        }
        Some(Known::Known(Ports::from_ranges(ranges)))
    }
}

/// One port or range.
fn port_range(text: &str) -> Option<(u16, u16)> {
    if text == "*" {
        return Some((0, u16::MAX));
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::port_range;

    #[test]
    fn ports_are_numbers_ranges_or_all() {
        assert_eq!(port_range("*"), Some((0, 65535)));
        assert_eq!(port_range("443"), Some((443, 443)));
        assert_eq!(port_range("8443-8451"), Some((8443, 8451)));
        assert_eq!(port_range("8443 - 8451"), Some((8443, 8451)));
        assert_eq!(port_range("0-65535"), Some((0, 65535)));
        for wrong in ["", "-", "80-", "-80", "80-22", "65536", "http", "80,443", "1-2-3", "**", "-1"] {
            assert_eq!(port_range(wrong), None, "{wrong}");
        }
    }
}
