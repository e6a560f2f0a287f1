//! Headers as the walk sees them: each part of a set keeps the initiator's original header, and a
//! translation is a substitution carried beside it.
//!
//! In: original dimensions of a packet set. Out: what a rule must hold of them. Deliberately absent: rules.

use crate::{
    model::{FactId, Service, ServiceKind},
    space::{self, Addresses, Dimension},
    tags::ServiceTags,
};
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

impl Field {
    /// For people: an address, or whose it is.
    pub(super) fn words(&self) -> String {
        match self {
            Field::Fixed(address) => space::address(*address).to_string(),
            Field::Named(point) => format!("that of {}", point.label),
            Field::Original(_) => String::new(),
        }
    }
}

/// A party whose address is not known: names are points.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Point {
    /// For people: `pypi.org`, `default outbound IP of worker`.
    pub(super) label: String,
    /// Service tags that it is certainly in, lower case.
    pub(super) tags: Vec<String>,
    /// Addresses that it may have; empty for a host outside all tags, which is in no particular prefix.
    pub(super) possible: Addresses,
    /// A service whose customers can close it with a firewall of their own.
    pub(super) guarded: bool,
    /// The fact that is missing when its address matters.
    pub(super) fact: String,
    /// The network interface that it is, by the fact of its missing address.
    pub(super) is: Option<FactId>,
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
    /// It does not count: rules at private endpoints match any (F145).
    Ignored,
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

/// What is not known of the instances of what Azure runs in a subnet.
pub(super) fn which_instance(name: &str) -> String {
    format!("which address of its subnet an instance of `{name}` has")
}

impl Point {
    /// A host name that the scenario does not declare.
    pub(super) fn host(name: &str, data: &ServiceTags) -> Self {
        let fact = format!("the address of `{name}`");
        let Some(service) = crate::tags::host_tag(name) else {
            return Point::one_of(name.to_owned(), Addresses::empty(), fact);
        };
        // Several candidates: it may be in any of them, it is certainly in none.
        let certain: Vec<String> = service.only_tag().iter().map(|tag| tag.to_lowercase()).collect();
        // Entra ID, Azure Resource Manager and their like have no firewall of a customer's.
        let open = [
            "AzureActiveDirectory",
            "AzureResourceManager",
            "AzureMonitor",
            "AzurePlatformLKM",
            "MicrosoftContainerRegistry",
        ];
        Point {
            label: name.to_owned(),
            tags: certain,
            possible: possible(service.tags.iter().copied(), data),
            guarded: !service.tags.iter().any(|tag| open.contains(tag)),
            fact,
            is: None,
        }
    }

    /// A resource known to be in some tags.
    pub(super) fn in_tags(label: String, tags: Vec<String>, fact: String, data: &ServiceTags) -> Self {
        let possible = if tags.is_empty() { anyones() } else { possible(tags.iter().map(String::as_str), data) };
        Point { label, possible, tags, guarded: true, fact, is: None }
    }

    /// A party whose public address may be any.
    pub(super) fn anywhere(label: String, fact: String) -> Self {
        Point::one_of(label, anyones(), fact)
    }

    /// A party that has one of these addresses, and nobody knows which.
    pub(super) fn one_of(label: String, possible: Addresses, fact: String) -> Self {
        Point { label, tags: Vec::new(), possible, guarded: false, fact, is: None }
    }

    /// An instance of what Azure runs in a subnet.
    pub(super) fn instance(name: &str, possible: Addresses) -> Self {
        Point::one_of(format!("address of an instance of {name}"), possible, which_instance(name))
    }

    /// A part of a platform service, by name.
    pub(super) fn service(service: &Service, host: &str, data: &ServiceTags) -> Self {
        let fact = format!("the address of `{host}`");
        let tag = service.kind.tag().to_lowercase();
        let regional = service.location.as_deref().map(|region| format!("{tag}.{region}"));
        let regional = regional.filter(|_| !matches!(service.kind, ServiceKind::Databricks));
        let mut tags = vec![tag.clone()];
        tags.extend(regional.clone());
        let narrowest = tags.last().filter(|tag| data.get(tag).is_some()).or(tags.first()).cloned();
        // Where the data does not hold its region, it is at least in none of the regions that the data holds (F65).
        let elsewhere = match regional.as_deref() {
            Some(regional) if data.get(regional).is_none() => regions_of(&tag, data),
            _ => Addresses::empty(),
        };
        let web = service.workspace.as_ref().map(|workspace| space::prefixes(&workspace.webapp));
        let possible = match web.filter(|web| !web.is_empty()) {
            Some(web) => web,
            None => possible(narrowest.iter().map(String::as_str), data).minus(&elsewhere),
        };
        Point { label: host.to_owned(), possible, tags, guarded: false, fact, is: None }
    }

    /// All addresses that it may have are private: an instance of a firewall in its subnet.
    pub(super) fn is_private(&self) -> bool {
        !self.possible.is_empty() && !self.possible.meets(&crate::tags::internet())
    }

    /// A public address of Azure's own choice in a region.
    pub(super) fn azure(label: String, region: Option<&str>, data: &ServiceTags) -> Self {
        let mut tags = vec!["azurecloud".to_owned()];
        tags.extend(region.map(|region| format!("azurecloud.{region}")));
        let narrowest = tags.last().map(String::as_str);
        Point {
            fact: format!("the {label}"),
            label,
            possible: possible(narrowest.into_iter(), data),
            tags,
            guarded: false,
            is: None,
        }
    }
}

/// The addresses of a service in the regions that the data holds.
fn regions_of(service: &str, data: &ServiceTags) -> Addresses {
    let regional =
        data.iter().filter(|tag| tag.name.to_lowercase() != service && tag.service().to_lowercase() == service);
    regional.fold(Addresses::empty(), |all, tag| all.union(&tag.addresses))
}

/// Where a public address may be. The host's own is in the Internet tag as recorded (F177), but nobody else has it.
fn anyones() -> Addresses {
    let host = Addresses::single(space::point(crate::tags::HOST_ADDRESS.into()));
    crate::tags::internet().minus(&host)
}

/// The addresses of tags that somebody may have; the whole Internet where the data does not hold one.
fn possible<'a>(tags: impl Iterator<Item = &'a str>, data: &ServiceTags) -> Addresses {
    let mut all = Addresses::empty();
    for tag in tags {
        match crate::tags::computed(tag).or_else(|| data.get(tag).map(|tag| tag.addresses.clone())) {
            Some(addresses) => all = all.union(&addresses),
            None => return anyones(),
        }
    }
    all.intersect(&anyones())
}

/// The ports that a translator chooses from.
pub(super) fn ephemeral() -> space::Ports {
    space::Ports::range(1024, u16::MAX)
}

/// Whether a set of addresses holds all of IPv4.
pub(super) fn everything(addresses: &Addresses) -> bool {
    space::ipv4().is_subset(addresses)
}
