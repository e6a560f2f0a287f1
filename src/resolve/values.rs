//! Single values: addresses, prefixes, ports, flags, references.
//!
//! In: scalar nodes. Out: typed values, or a diagnostic. A value that the file calls unknown becomes a fact.

use super::{
    Work,
    index::{Found, Kind, reference},
};
use crate::{
    diagnostic::Origin,
    model::{FactId, Known},
    scenario::tree::{Node, Value},
    space::Ports,
};
use ipnet::IpNet;
use std::net::IpAddr;

impl Work<'_> {
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
                self.warn("unknown-taken-as-default", span, message, "");
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

    /// A prefix without host bits; a bare address counts as one of full length.
    pub(super) fn prefix(&mut self, node: &Node) -> Option<IpNet> {
        let text = node.as_str()?;
        let net = match (text.parse::<IpNet>(), text.parse::<IpAddr>()) {
            (Ok(net), _) => net,
            (_, Ok(address)) => IpNet::from(address),
            _ => {
                self.error(
                    "not-a-prefix",
                    node.span,
                    format!("`{text}` is not a prefix"),
                    "write it like `10.0.0.0/24`",
                );
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

    /// The prefixes under a key.
    pub(super) fn prefixes(&mut self, node: &Node, key: &str) -> Vec<IpNet> {
        let items = node.get(key).map(|value| value.items().to_vec()).unwrap_or_default();
        items.iter().filter_map(|item| self.prefix(item)).collect()
    }

    /// A reference under a key, of one kind.
    pub(super) fn reference(&mut self, node: &Node, key: &str, kind: Kind) -> Option<Known<usize>> {
        let value = node.get(key)?.clone();
        self.reference_at(&value, kind)
    }

    /// A reference at a node.
    pub(super) fn reference_at(&mut self, node: &Node, kind: Kind) -> Option<Known<usize>> {
        if let Some(fact) = self.unknown(node) {
            return Some(Known::Unknown(fact));
        }
        let (text, span) = reference(node)?;
        match self.index.find(kind, text) {
            Found::Here(place) => Some(Known::Known(place)),
            Found::Outside => {
                let text = text.to_owned();
                self.warn(
                    "outside-the-model",
                    span,
                    format!("`{text}` is outside the model"),
                    "verdicts that depend on it are undetermined",
                );
                Some(Known::Unknown(self.fact(format!("`{text}` is outside the model"), Some(Origin::Text(span)))))
            }
            Found::Nowhere(near) => {
                let message = format!("there is no `{text}` in {}", kind.map());
                let help = near.map(|near| format!("did you mean `{near}`?")).unwrap_or_default();
                self.error("unknown-reference", span, message, help);
                None
            }
        }
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
        let items = node.get(key).map(|value| value.items().to_vec()).unwrap_or_default();
        items
            .iter()
            .filter_map(|item| self.reference_at(item, kind))
            .filter_map(|found| found.known().copied())
            .collect()
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
