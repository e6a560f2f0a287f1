//! Headers as the walk sees them: each part of a set keeps the initiator's original header, and a
//! translation is a substitution carried beside it.
//!
//! In: original dimensions of a packet set. Out: what a rule must hold of them. Deliberately absent: rules.

use crate::space::{Addresses, Dimension};
use std::rc::Rc;

/// An address of a header.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Field {
    /// The initiator's own value of this dimension (Source or Destination).
    Original(Dimension),
    /// Translated to one address.
    Fixed(u128),
    /// Known by name only.
    Named(Rc<Point>),
}

/// A party whose address is not known: names are points.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Point {
    /// For people: `pypi.org`, `default outbound IP of worker`.
    pub(super) label: String,
    /// Service tags that it is in, lower case.
    pub(super) tags: Vec<String>,
    /// It may be any address of its tags, so that a rule naming some of them may match (F174); a host name
    /// outside all tags is in no particular prefix instead.
    pub(super) anywhere: bool,
    /// The fact that is missing when that matters.
    pub(super) fact: String,
}

/// A port of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Port {
    /// The initiator's own value of this dimension (SourcePort or DestinationPort).
    Original(Dimension),
    /// Translated to one port.
    Fixed(u16),
    /// Chosen by a translator: any ephemeral port.
    Free,
}

/// Both ends of a packet on its way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Header {
    pub(super) source: Field,
    pub(super) source_port: Port,
    pub(super) destination: Field,
    pub(super) destination_port: Port,
}

impl Header {
    /// The header as the initiator sends it.
    pub(super) fn original() -> Self {
        Header {
            source: Field::Original(Dimension::Source),
            source_port: Port::Original(Dimension::SourcePort),
            destination: Field::Original(Dimension::Destination),
            destination_port: Port::Original(Dimension::DestinationPort),
        }
    }

    /// The header of the answer.
    pub(super) fn reversed(&self) -> Self {
        Header {
            source: self.destination.clone(),
            source_port: self.destination_port,
            destination: self.source.clone(),
            destination_port: self.source_port,
        }
    }
}

impl Point {
    /// A host name that the scenario does not declare.
    pub(super) fn host(name: &str) -> Self {
        let service = crate::tags::host_tag(name);
        Point {
            label: name.to_owned(),
            tags: service
                .map(|service| service.tags.iter().map(|tag| tag.to_lowercase()).collect())
                .unwrap_or_default(),
            anywhere: service.is_some(),
            fact: format!("the address of `{name}`"),
        }
    }

    /// True for hosts of services that customers can close with a firewall of their own; Entra ID, Azure
    /// Resource Manager and their like have none.
    pub(super) fn has_firewall(&self) -> bool {
        let open = [
            "azureactivedirectory",
            "azureresourcemanager",
            "azuremonitor",
            "azureplatformlkm",
            "microsoftcontainerregistry",
        ];
        !self.tags.is_empty() && !self.tags.iter().any(|tag| open.contains(&tag.as_str()))
    }

    /// A public address of Azure's own choice in a region.
    pub(super) fn azure(label: String, region: Option<&str>) -> Self {
        let mut tags = vec!["azurecloud".to_owned()];
        tags.extend(region.map(|region| format!("azurecloud.{region}")));
        Point {
            fact: format!("the {label}"),
            label,
            tags,
            anywhere: true,
        }
    }
}

/// The ports that a translator chooses from.
pub(super) fn ephemeral() -> crate::space::Ports {
    crate::space::Ports::range(1024, u16::MAX)
}

/// Whether a set of addresses holds all, none or some of a point's possible addresses.
pub(super) fn everything(addresses: &Addresses) -> bool {
    crate::space::ipv4().is_subset(addresses)
}
