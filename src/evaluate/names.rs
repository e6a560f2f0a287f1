//! The name system: what a host name means to whoever asks.
//!
//! In: a name, and the VNET whose resolver is asked, or nobody's (the public name system). Out: an [`Answer`] with the
//! steps that led to it. Deliberately absent: getting the question there (that is `legs`).

use super::{flight::Doubts, services::dns_step};
use crate::{
    model::{
        DnsRecord, ExternalId, FactId, Known, LinkState, PrivateDnsZone, PrivateEndpoint, PrivateEndpointId,
        RecordData, RuleSubnet, ServiceId, VirtualNetworkId, ZoneLink,
    },
    network::Network,
    space::{self, Addresses},
    trace::{Outcome, Step},
};

/// Names that lead to names that lead to names: more than any sane set of zones has.
const LONGEST_CHAIN: usize = 8;

/// What a name means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// These addresses.
    Addresses(Addresses),
    /// A private endpoint whose address is not known.
    Endpoint(PrivateEndpointId),
    /// A part of a service, at its public address.
    Service(ServiceId, usize),
    /// A party outside.
    External(ExternalId),
    /// A host that no resource declares, at its public address.
    Host,
    /// Nothing: the name does not exist for the asker.
    Nothing,
    /// It is not known.
    Unknown(Doubts),
}

/// An answer and how it came about.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) answer: Answer,
    pub(super) steps: Vec<Step>,
}

impl Told {
    /// What is told where it hangs on a fact whether this or the other is: this where both come to the same.
    pub(super) fn or_unknown(self, other: &Told, fact: FactId, step: Step) -> Told {
        match self.answer == other.answer {
            true => self,
            false => Told { answer: Answer::Unknown(Doubts::from_facts(&[fact])), steps: vec![step] },
        }
    }

    fn plain(answer: Answer) -> Told {
        Told { answer, steps: Vec::new() }
    }
}

/// Every zone of the file, and the public name system behind them.
#[derive(Clone, Copy)]
pub(super) struct NameSystem<'n> {
    pub(super) network: &'n Network,
}

impl<'n> NameSystem<'n> {
    /// What Azure's resolver tells a VNET: the zones linked to it come first (F131 to F134, F193).
    pub(super) fn as_seen_from(self, home: VirtualNetworkId, name: &str) -> Told {
        self.look_up(Some(home), name, 0)
    }

    /// Whether a zone that is linked to a VNET holds the name's domain.
    pub(super) fn has_zone(self, home: VirtualNetworkId, name: &str) -> bool {
        self.zone_of(home, name).is_some()
    }

    /// What everybody else is told.
    pub(super) fn in_public(self, name: &str) -> Told {
        self.look_up(None, name, 0)
    }

    /// A network outside the file leads its own parties to the private endpoints that stand in it, once they are approved:
    /// before that a service's name has no alias to lead anywhere else (F193).
    pub(super) fn in_foreign_network(self, asker: ExternalId, name: &str) -> Option<Told> {
        let model = &self.network.model;
        let networks = &model.external(asker).networks;
        let (service, part) = self.network.public_host(name)?;
        let group = &model.service(service).sub_resources[part].group_id;
        let serves = |endpoint: &PrivateEndpoint| {
            endpoint.service() == Some(service)
                && matches!(endpoint.state, Known::Known(LinkState::Approved) | Known::Unknown(_))
                && endpoint.group_ids.iter().any(|one| one.eq_ignore_ascii_case(group))
                && matches!(&endpoint.subnet, RuleSubnet::Outside(network) if networks.contains(network))
        };
        let id = PrivateEndpointId::at(model.private_endpoints.iter().position(serves)?);
        let step = dns_step(name, "", Outcome::Pass, "a private endpoint in the asker's own network", "F131");
        Some(Told { answer: Answer::Endpoint(id), steps: vec![step] })
    }

    fn look_up(self, home: Option<VirtualNetworkId>, name: &str, depth: usize) -> Told {
        if depth > LONGEST_CHAIN {
            let step = dns_step(name, "", Outcome::Deny, "aliases lead round in a circle", "F134");
            return Told { answer: Answer::Nothing, steps: vec![step] };
        }
        match home.and_then(|home| self.zone_of(home, name).map(|found| (home, found))) {
            Some((home, (zone, link))) => self.in_zone(home, zone, link, name, depth),
            None => self.beyond_zones(home, name, depth),
        }
    }

    /// The zone that answers a VNET for a name: the longest domain of those linked.
    fn zone_of(self, home: VirtualNetworkId, name: &str) -> Option<(&'n PrivateDnsZone, &'n ZoneLink)> {
        let zones = self.network.model.private_dns_zones.iter().filter(|zone| is_under(name, &zone.domain));
        let linked = zones.filter_map(|zone| {
            let link = zone.links.iter().find(|link| link.virtual_network == Known::Known(home))?;
            Some((zone, link))
        });
        linked.max_by_key(|(zone, _)| zone.domain.len())
    }

    fn in_zone(
        self,
        home: VirtualNetworkId,
        zone: &'n PrivateDnsZone,
        link: &ZoneLink,
        name: &str,
        depth: usize,
    ) -> Told {
        let label = &zone.label.name;
        let network = &self.network.model.virtual_network(home).label.name;
        let origin = Some(zone.label.origin.clone());
        let told =
            |outcome, detail: &str, law| Step { origin: origin.clone(), ..dns_step(label, name, outcome, detail, law) };
        if let Some(record) = record_of(zone, name) {
            return match &record.data {
                RecordData::Addresses(addresses) => self.recorded(addresses, told(Outcome::Pass, "a record", "F131")),
                RecordData::PrivateEndpoint(id) => {
                    let detail = "a record of the private endpoint";
                    Told { answer: Answer::Endpoint(*id), steps: vec![told(Outcome::Pass, detail, "F131")] }
                }
                RecordData::Alias(alias) => {
                    let mut next = self.look_up(Some(home), alias, depth + 1);
                    next.steps.insert(0, told(Outcome::Pass, &format!("an alias of {alias}"), "F131"));
                    next
                }
            };
        }
        if let Some(address) = self.registered(zone, name) {
            return self.recorded(&[Known::Known(address)], told(Outcome::Pass, "registered by the machine", "F131"));
        }
        match link.fallback {
            Known::Known(true) => {
                let mut public = self.beyond_zones(None, name, depth);
                public.steps.insert(0, told(Outcome::Pass, "no record; the link falls back to public names", "F134"));
                public
            }
            Known::Known(false) => {
                let detail = format!("no such record, and the zone is linked to `{network}`");
                Told { answer: Answer::Nothing, steps: vec![told(Outcome::Deny, &detail, "F134")] }
            }
            Known::Unknown(fact) => Told {
                answer: Answer::Unknown(Doubts::from_facts(&[fact])),
                steps: vec![told(Outcome::Unknown, "no such record; whether the link falls back is not known", "F134")],
            },
        }
    }

    fn recorded(self, addresses: &[Known<std::net::IpAddr>], step: Step) -> Told {
        let mut known = Vec::new();
        for address in addresses {
            match address {
                Known::Known(address) => known.push((space::point(*address), space::point(*address))),
                Known::Unknown(fact) => {
                    let answer = Answer::Unknown(Doubts::from_facts(&[*fact]));
                    return Told { answer, steps: vec![step] };
                }
            }
        }
        let words: Vec<String> = known.iter().map(|(point, _)| space::address(*point).to_string()).collect();
        let detail = format!("{}: {}", step.detail, words.join(", "));
        let answer = if known.is_empty() { Answer::Nothing } else { Answer::Addresses(Addresses::from_ranges(known)) };
        Told { answer, steps: vec![Step { detail, ..step }] }
    }

    /// A machine of a VNET whose link registers names.
    fn registered(self, zone: &PrivateDnsZone, name: &str) -> Option<std::net::IpAddr> {
        let model = &self.network.model;
        let machine = name.strip_suffix(&zone.domain)?.strip_suffix('.')?;
        let registering: Vec<VirtualNetworkId> = zone
            .links
            .iter()
            .filter(|link| link.registration)
            .filter_map(|link| link.virtual_network.known().copied())
            .collect();
        let mut machines = model.workloads.iter().filter(|one| one.label.name.eq_ignore_ascii_case(machine));
        machines.find_map(|one| {
            let nic = model.network_interface(*one.network_interfaces.first()?);
            let configuration = nic.ip_configurations.first()?;
            let home = model.subnet(configuration.subnet).virtual_network;
            registering.contains(&home).then(|| configuration.address.known().copied()).flatten()
        })
    }

    /// The public name system; a service with a private endpoint is an alias there (F193).
    fn beyond_zones(self, home: Option<VirtualNetworkId>, name: &str, depth: usize) -> Told {
        if let Some((service, part)) = self.network.public_host(name) {
            let named = &self.network.model.service(service).sub_resources[part];
            if self.network.is_linked(service, &named.group_id) {
                let alias = named.private_host();
                let mut next = self.look_up(home, &alias, depth + 1);
                next.steps.insert(0, dns_step(name, "", Outcome::Pass, &format!("an alias of {alias}"), "F131"));
                // Without an endpoint in force the name is no alias (F193).
                if let Some(fact) = self.network.link_doubt(service, &named.group_id)
                    && next.answer != Answer::Service(service, part)
                {
                    next.answer = Answer::Unknown(Doubts::from_facts(&[fact]));
                }
                return next;
            }
            return self.public_answer(name, Answer::Service(service, part));
        }
        if let Some((service, part)) = self.network.private_host(name) {
            return self.public_answer(name, Answer::Service(service, part));
        }
        if let Some(external) = self.network.external_host(name) {
            return self.public_answer(name, Answer::External(external));
        }
        let node = self.network.node_host(name);
        let own =
            |cluster: usize| self.network.model.subnet(self.network.model.clusters[cluster].subnet).virtual_network;
        if let Some((cluster, address)) = node.filter(|(cluster, _)| home == Some(own(*cluster))) {
            return self.of_node(home, cluster, address, name);
        }
        match self.only_zone(name) {
            Some(zone) if crate::tags::host_tag(name).is_none() => {
                let who = home.map_or_else(
                    || "the asker".to_owned(),
                    |home| format!("`{}`", self.network.model.virtual_network(home).label.name),
                );
                let detail = format!("only this private zone has the name, and it does not answer {who}");
                let step = dns_step(&zone.label.name, name, Outcome::Deny, &detail, "F132");
                Told { answer: Answer::Nothing, steps: vec![step] }
            }
            _ => match node {
                Some((cluster, address)) => self.of_node(home, cluster, address, name),
                None => self.public_answer(name, Answer::Host),
            },
        }
    }

    fn public_answer(self, name: &str, answer: Answer) -> Told {
        let step = dns_step(name, "", Outcome::Pass, "its public address", "F132");
        Told { answer, steps: vec![step] }
    }

    /// Azure's own names of machines are known in their VNET only.
    fn of_node(
        self,
        home: Option<VirtualNetworkId>,
        cluster: usize,
        address: Known<std::net::IpAddr>,
        name: &str,
    ) -> Told {
        let model = &self.network.model;
        let cluster = &model.clusters[cluster];
        let own = model.subnet(cluster.subnet).virtual_network;
        if home == Some(own) {
            return self.recorded(&[address], dns_step(name, "", Outcome::Pass, "a name of its own network", "F131"));
        }
        let detail = format!(
            "Azure knows this name in `{}` only; let the brokers advertise addresses, or link a private zone",
            model.virtual_network(own).label.name
        );
        Told { answer: Answer::Nothing, steps: vec![dns_step(name, "", Outcome::Deny, &detail, "F132")] }
    }

    /// A private zone of the file that has the name, whoever it answers.
    fn only_zone(self, name: &str) -> Option<&'n PrivateDnsZone> {
        let zones = self.network.model.private_dns_zones.iter();
        zones.filter(|zone| is_under(name, &zone.domain)).find(|zone| record_of(zone, name).is_some())
    }

    /// A name that a DNS server of the file's own knows.
    pub(super) fn own_record(records: &[(String, std::net::IpAddr)], server: &str, name: &str) -> Option<Told> {
        let (_, address) = records.iter().find(|(own, _)| own == name)?;
        let step = dns_step(server, name, Outcome::Pass, &format!("its own record: {address}"), "F192");
        let mut told = Told::plain(Answer::Addresses(Addresses::single(space::point(*address))));
        told.steps.push(step);
        Some(told)
    }
}

/// Whether Azure's resolver tells a VNET the public address of a service's name.
pub fn resolves_publicly(network: &Network, home: VirtualNetworkId, host: &str) -> bool {
    matches!(NameSystem { network }.as_seen_from(home, host).answer, Answer::Service(..))
}

/// The record of a name in a zone: its own, else the wildcard.
fn record_of<'z>(zone: &'z PrivateDnsZone, name: &str) -> Option<&'z DnsRecord> {
    let relative = match name.strip_suffix(&zone.domain)? {
        "" => "@",
        rest => rest.strip_suffix('.')?,
    };
    let own = zone.records.iter().find(|record| record.name == relative);
    own.or_else(|| zone.records.iter().find(|record| record.name == "*" && relative != "@"))
}

/// Whether a name is a domain or lies in it.
pub(super) fn is_under(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
