//! What a name means to who asks, and whom they ask (filtering.md 7.4, F131 to F135, F192 to F194).
//!
//! In: a place and a host name. Out: a [`Meaning`] and how the questions on the way fared. Deliberately absent: how
//! packets go (that is `journey`, which is asked for every query).

use super::{
    Start,
    journey::{Journey, Outcome, Probe},
};
use azreach::{model::*, tags::host_tag};
use std::net::IpAddr;

/// Where a name leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// To an address that somebody wrote down.
    Address(IpAddr),
    /// To the public address of a part of a service.
    Service(ServiceId, usize),
    External(ExternalId),
    /// To a private endpoint in the asker's own network, which is outside the file.
    OwnEndpoint(PrivateEndpointId),
    /// To a host that no resource declares.
    Stranger(String),
    Nothing,
}

/// A place that asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker {
    pub start: Start,
    pub address: IpAddr,
}

const AZURE: [u8; 4] = [168, 63, 129, 16];

impl Journey<'_> {
    /// What a name means at a place; and whether the place gets an answer at all.
    pub(super) fn look_up(&self, asker: Asker, host: &str) -> (Meaning, Outcome) {
        let Some(home) = self.home_of(asker.start) else {
            return match asker.start {
                Start::Site(site) => self.ask_own_server(asker, &self.model.site(site).dns, None, host, 0),
                Start::External(asker) if let Some(own) = self.own_endpoint(asker, host) => {
                    (Meaning::OwnEndpoint(own), Outcome::Allowed)
                }
                // F135: everybody else knows the public names only.
                _ => (self.public_name(None, host, 0), Outcome::Allowed),
            };
        };
        let of_nic = match asker.start {
            Start::Nic(nic) => self.model.network_interface(nic).dns_servers.as_slice(),
            _ => &[],
        };
        let servers = match of_nic {
            [] => &self.model.virtual_network(home).dns_servers,
            own => own,
        };
        if servers.is_empty() {
            let query = self.query(asker, IpAddr::from(AZURE));
            return (self.azure_name(home, host, 0), query);
        }
        // The first that can be reached answers.
        for server in servers.iter().filter_map(|server| server.known().copied()) {
            match self.query(asker, server) {
                Outcome::Denied(_) => {}
                query => {
                    let (meaning, further) = self.ask_server(home, server, host, 0);
                    return (meaning, query.and(further));
                }
            }
        }
        (Meaning::Nothing, Outcome::Allowed)
    }

    /// F131: where an approved endpoint stands in the network that a party outside sends from, names lead there.
    fn own_endpoint(&self, asker: ExternalId, host: &str) -> Option<PrivateEndpointId> {
        let stands_there = |endpoint: &PrivateEndpoint| match &endpoint.subnet {
            RuleSubnet::Outside(network) => self.model.external(asker).networks.contains(network),
            _ => false,
        };
        let serves = |endpoint: &PrivateEndpoint| {
            let service = endpoint.service().map(|id| self.model.service(id));
            let parts = service.map(|service| service.sub_resources.as_slice()).unwrap_or_default();
            parts.iter().any(|part| part.host == host && endpoint.group_ids.contains(&part.group_id))
        };
        let approved = |endpoint: &PrivateEndpoint| endpoint.state == Known::Known(LinkState::Approved);
        let endpoints = &self.model.private_endpoints;
        endpoints.iter().position(|one| stands_there(one) && serves(one) && approved(one)).map(PrivateEndpointId::at)
    }

    /// F192: a question is a flow like any other.
    fn query(&self, asker: Asker, server: IpAddr) -> Outcome {
        self.probe(&Probe { protocol: 17, ports: &[53], ..Probe::new(asker, server) })
    }

    /// A server that gets through from some of its ports gets its answer.
    fn further_query(&self, server: Asker, next: IpAddr) -> Outcome {
        match self.query(server, next) {
            Outcome::Mixed => Outcome::Allowed,
            query => query,
        }
    }

    /// What the server at an address says.
    fn ask_server(&self, home: VirtualNetworkId, server: IpAddr, host: &str, depth: usize) -> (Meaning, Outcome) {
        let holds = |id: &VirtualNetworkId| {
            self.model.virtual_network(*id).address_prefixes.iter().any(|net| net.contains(&server))
        };
        let all = std::iter::once(home).chain((0..self.model.virtual_networks.len()).map(VirtualNetworkId::at));
        if let Some(own) = all.into_iter().find(holds) {
            let (dns, start) = self.machine_at(own, server);
            let asker = Asker { start, address: server };
            return self.ask_own_server(asker, &dns, Some(own), host, depth);
        }
        let mut sites = (0..self.model.sites.len()).map(SiteId::at);
        let site = sites.find(|id| self.model.site(*id).address_prefixes.iter().any(|net| net.contains(&server)));
        match site {
            Some(id) => {
                let asker = Asker { start: Start::Site(id), address: server };
                self.ask_own_server(asker, &self.model.site(id).dns, None, host, depth)
            }
            None => (self.public_name(None, host, 0), Outcome::Allowed),
        }
    }

    /// The DNS server that a machine is. One that nobody describes asks Azure.
    fn machine_at(&self, home: VirtualNetworkId, address: IpAddr) -> (Dns, Start) {
        for (index, nic) in self.model.network_interfaces.iter().enumerate() {
            let one = &nic.ip_configurations[0];
            if one.address == Known::Known(address) && self.model.subnet(one.subnet).virtual_network == home {
                let workload = nic.workload.map(|id| &self.model.workload(id).dns);
                let appliance = nic.appliance.map(|id| &self.model.appliance(id).dns);
                let dns = workload.or(appliance).cloned().unwrap_or_else(|| Dns::usual(Resolver::Azure));
                return (dns, Start::Nic(NetworkInterfaceId::at(index)));
            }
        }
        let subnets = &self.model.virtual_network(home).subnets;
        let holds = |id: &&SubnetId| self.model.subnet(**id).address_prefixes.iter().any(|net| net.contains(&address));
        let subnet = subnets.iter().find(holds).or(subnets.first()).expect("a VNET with a subnet");
        (Dns::usual(Resolver::Azure), Start::Subnet(*subnet))
    }

    /// A server: its own records, whom it asks about a domain, whom about everything else.
    fn ask_own_server(
        &self,
        server: Asker,
        dns: &Dns,
        home: Option<VirtualNetworkId>,
        host: &str,
        depth: usize,
    ) -> (Meaning, Outcome) {
        if let Some((_, address)) = dns.records.iter().find(|(name, _)| name == host) {
            return (Meaning::Address(*address), Outcome::Allowed);
        }
        // Forwarders are written for the public domain or for the one that its aliases lead into.
        let alias = self.alias_of(host);
        let about =
            |domain: &str| lies_in(host, domain) || alias.as_deref().is_some_and(|alias| lies_in(alias, domain));
        let fitting = dns.conditional.iter().filter(|(domain, _)| about(domain));
        let resolver = fitting.max_by_key(|(domain, _)| domain.len()).map_or(&dns.forwarder, |(_, resolver)| resolver);
        match (resolver, home) {
            (Resolver::Azure, Some(home)) => {
                (self.azure_name(home, host, 0), self.further_query(server, IpAddr::from(AZURE)))
            }
            // F135: Azure answers nobody outside.
            (Resolver::Azure, None) | (Resolver::Unknown(_), _) => (Meaning::Nothing, Outcome::Allowed),
            (Resolver::Public, _) => (self.public_name(None, host, 0), Outcome::Allowed),
            (Resolver::Server(_), _) if depth > 3 => (Meaning::Nothing, Outcome::Allowed),
            (Resolver::Server(next), home) => {
                let query = self.further_query(server, *next);
                if let Outcome::Denied(_) = query {
                    return (Meaning::Nothing, Outcome::Allowed);
                }
                let near = home.unwrap_or(VirtualNetworkId(0));
                let (meaning, further) = self.ask_server(near, *next, host, depth + 1);
                (meaning, query.and(further))
            }
        }
    }

    /// What Azure's resolver tells a VNET: the zones linked to it, then the public names.
    fn azure_name(&self, home: VirtualNetworkId, host: &str, depth: usize) -> Meaning {
        let mut best: Option<(&PrivateDnsZone, &ZoneLink)> = None;
        for zone in self.model.private_dns_zones.iter().filter(|zone| lies_in(host, &zone.domain)) {
            let link = zone.links.iter().find(|link| link.virtual_network == Known::Known(home));
            let longer = best.is_none_or(|(other, _)| zone.domain.len() > other.domain.len());
            if let Some(link) = link.filter(|_| longer) {
                best = Some((zone, link));
            }
        }
        let Some((zone, link)) = best else {
            return self.public_name(Some(home), host, depth);
        };
        let name = host.strip_suffix(&zone.domain).unwrap_or_default().trim_end_matches('.');
        let name = if name.is_empty() { "@" } else { name };
        let exact = zone.records.iter().find(|record| record.name == name);
        let wild = || zone.records.iter().find(|record| record.name == "*" && name != "@");
        match exact.or_else(wild).map(|record| &record.data) {
            Some(RecordData::Addresses(addresses)) => match addresses.as_slice() {
                [Known::Known(address), ..] => Meaning::Address(*address),
                _ => Meaning::Nothing,
            },
            Some(RecordData::Alias(alias)) if depth < 8 => self.azure_name(home, alias, depth + 1),
            Some(_) => Meaning::Nothing,
            None => match (self.registered(zone, name), link.fallback) {
                (Some(address), _) => Meaning::Address(address),
                // F134.
                (None, Known::Known(true)) => self.public_name(None, host, depth),
                (None, _) => Meaning::Nothing,
            },
        }
    }

    /// Machines of VNETs whose link registers names.
    fn registered(&self, zone: &PrivateDnsZone, name: &str) -> Option<IpAddr> {
        let machine = self.model.workloads.iter().find(|one| one.label.name == name)?;
        let one = &self.model.network_interface(machine.network_interfaces[0]).ip_configurations[0];
        let home = Known::Known(self.model.subnet(one.subnet).virtual_network);
        let registers = zone.links.iter().any(|link| link.registration && link.virtual_network == home);
        one.address.known().copied().filter(|_| registers)
    }

    /// The name that a part of a service is an alias of, once it has a private endpoint (F193).
    fn alias_of(&self, host: &str) -> Option<String> {
        let (id, part) = self.part_called(host)?;
        let part = &self.model.service(id).sub_resources[part];
        self.has_endpoint(id, part).then(|| part.private_host())
    }

    /// Whether a part has an approved private endpoint; the sign-in of Databricks counts as having one.
    pub(super) fn has_endpoint(&self, id: ServiceId, part: &SubResource) -> bool {
        part.group_id == "browser_authentication"
            || self.model.private_endpoints.iter().any(|endpoint| {
                endpoint.service() == Some(id)
                    && endpoint.state == Known::Known(LinkState::Approved)
                    && endpoint.group_ids.contains(&part.group_id)
            })
    }

    fn part_called(&self, host: &str) -> Option<(ServiceId, usize)> {
        self.parts().find(|(id, part)| self.model.service(*id).sub_resources[*part].host == host)
    }

    fn parts(&self) -> impl Iterator<Item = (ServiceId, usize)> + '_ {
        let ids = (0..self.model.services.len()).map(ServiceId::at);
        ids.flat_map(|id| (0..self.model.service(id).sub_resources.len()).map(move |part| (id, part)))
    }

    /// The public name system, asked by Azure for a VNET, or by anybody.
    fn public_name(&self, home: Option<VirtualNetworkId>, host: &str, depth: usize) -> Meaning {
        if depth > 8 {
            return Meaning::Nothing;
        }
        if let Some((id, part)) = self.part_called(host) {
            return match (self.alias_of(host), home) {
                (Some(alias), Some(home)) => self.azure_name(home, &alias, depth + 1),
                _ => Meaning::Service(id, part),
            };
        }
        let by_alias =
            |(id, part): &(ServiceId, usize)| self.model.service(*id).sub_resources[*part].private_host() == host;
        if let Some((id, part)) = self.parts().find(by_alias) {
            return Meaning::Service(id, part);
        }
        let mut externals = (0..self.model.externals.len()).map(ExternalId::at);
        if let Some(id) = externals.find(|id| self.model.external(*id).host_names.iter().any(|name| name == host)) {
            return Meaning::External(id);
        }
        for cluster in &self.model.clusters {
            if let Some((_, nic)) = cluster.nodes.iter().find(|(name, _)| name == host) {
                // Azure's own names of machines are known in their VNET only.
                let own = self.model.subnet(cluster.subnet).virtual_network;
                let address = self.model.network_interface(*nic).ip_configurations[0].address;
                return match (home == Some(own), address) {
                    (true, Known::Known(address)) => Meaning::Address(address),
                    _ => Meaning::Nothing,
                };
            }
        }
        // A name that private zones alone have does not exist in public.
        let has = |zone: &PrivateDnsZone| {
            let name = host.strip_suffix(&zone.domain).unwrap_or_default().trim_end_matches('.');
            lies_in(host, &zone.domain) && zone.records.iter().any(|record| record.name == name || record.name == "*")
        };
        match host_tag(host).is_none() && self.model.private_dns_zones.iter().any(has) {
            true => Meaning::Nothing,
            false => Meaning::Stranger(host.to_owned()),
        }
    }
}

fn lies_in(host: &str, domain: &str) -> bool {
    host == domain || host.ends_with(&format!(".{domain}"))
}
