//! Public IP prefixes: ranges from which public addresses are drawn.
//!
//! In: publicIPPrefixes. Out: their ranges, and what a reference to one stands for. Deliberately absent: which address of a
//! range a packet gets; Azure chooses.

use super::{Work, family, index::Kind, label};
use crate::{
    model::*,
    scenario::tree::{Entry, Node},
};
use ipnet::IpNet;

/// What a reference to a prefix stands for.
pub(super) enum PublicPrefix {
    /// A range.
    Range(IpNet),
    /// Addresses that are not known.
    Unknown(PublicIpAddressId),
}

impl Work {
    /// Reads them all. Azure tells the range once it has made the prefix.
    pub(super) fn public_prefixes(&mut self, network: &Node) {
        for entry in family(network, "publicIPPrefixes") {
            let range = self.range_of(entry);
            self.public_prefixes.push((label(entry), range));
        }
    }

    fn range_of(&mut self, entry: &Entry) -> Known<IpNet> {
        if let Some(fact) = self.model.unread.get(&label(entry).origin).and_then(|facts| facts.first()) {
            return Known::Unknown(*fact);
        }
        let written = entry.value.get("ipPrefix").filter(|value| !value.is_hollow()).cloned();
        if let Some(value) = written {
            if let Some(fact) = self.unknown(&value) {
                return Known::Unknown(fact);
            }
            if let Some(range) = self.cidr(&value) {
                return Known::Known(range);
            }
        }
        let label = label(entry);
        Known::Unknown(self.fact(format!("the range of public IP prefix `{}`", label.name), Some(label.origin)))
    }

    /// A range as written, or a prefix by name or id.
    pub(super) fn public_prefix(&mut self, node: &Node) -> Option<PublicPrefix> {
        if node.as_str().is_some_and(|text| text.parse::<IpNet>().is_ok()) {
            return self.cidr(node).map(PublicPrefix::Range);
        }
        match self.reference_at(node, Kind::PublicIpPrefix)? {
            Known::Known(place) => Some(match self.public_prefixes.get(place).cloned()? {
                (_, Known::Known(range)) => PublicPrefix::Range(range),
                (label, Known::Unknown(fact)) => {
                    PublicPrefix::Unknown(PublicIpAddressId::at(self.unknown_public_ip(label, fact)))
                }
            }),
            found => {
                let place = self.or_stand_in(node, found, Kind::PublicIpPrefix, Self::unknown_public_ip);
                Some(PublicPrefix::Unknown(PublicIpAddressId::at(place)))
            }
        }
    }

    /// One address of a prefix, whichever.
    pub(super) fn address_of_prefix(&mut self, node: &Node) -> Option<PublicIpAddressId> {
        match self.public_prefix(node)? {
            PublicPrefix::Unknown(id) => Some(id),
            PublicPrefix::Range(range) => {
                let text = format!("which address of `{range}` Azure has taken");
                let fact = self.fact(text, Some(crate::diagnostic::Origin::Text(node.span)));
                let name = node.as_str().unwrap_or_default().to_owned();
                let label = Label { name, origin: crate::diagnostic::Origin::Text(node.span) };
                Some(PublicIpAddressId::at(self.unknown_public_ip(label, fact)))
            }
        }
    }
}
