//! Private DNS zones, and the servers that machines and sites ask.
//!
//! In: a network with services. Out: the same with zones linked to some VNETs, and DNS servers here and there.

use super::{
    network::{ip, label},
    platform::Site,
};
use azreach::model::*;
use std::net::IpAddr;

impl Site<'_> {
    /// A zone for the domain of each private endpoint, one of the customer's own, rarely one over a public domain.
    pub(super) fn zones(&mut self) {
        for index in 0..self.model.private_endpoints.len() {
            let endpoint = self.model.private_endpoints[index].clone();
            let Some(service) = endpoint.service() else { continue };
            let parts = self.model.service(service).sub_resources.clone();
            for part in parts.iter().filter(|part| endpoint.group_ids.contains(&part.group_id)) {
                if self.random.percent(80) {
                    let zone = self.zone(part.private_zone);
                    let data = self.record_of(index, &endpoint);
                    let host = part.private_host();
                    let name = host.strip_suffix(part.private_zone).unwrap_or_default().trim_end_matches('.');
                    let records = &mut self.model.private_dns_zones[zone].records;
                    match data {
                        Some(data) if records.iter().all(|record| record.name != name) => {
                            records.push(DnsRecord { name: name.to_owned(), data });
                        }
                        _ => {}
                    }
                }
            }
        }
        if self.random.percent(40) {
            let zone = self.zone("corp.example");
            let machine = self.a_machine();
            let host = self.model.services[0].sub_resources[0].host.clone();
            let record = |name: &str, data| DnsRecord { name: name.to_owned(), data };
            let records = &mut self.model.private_dns_zones[zone].records;
            records.push(record("db", RecordData::Addresses(vec![Known::Known(machine)])));
            records.push(record("alias", RecordData::Alias(host)));
        }
        if self.random.percent(6) {
            self.zone("blob.core.windows.net");
        }
    }

    fn record_of(&mut self, index: usize, endpoint: &PrivateEndpoint) -> Option<RecordData> {
        let written = match &endpoint.addresses {
            Known::Known(addresses) => RecordData::Addresses(addresses.iter().map(|one| Known::Known(*one)).collect()),
            Known::Unknown(_) => RecordData::PrivateEndpoint(PrivateEndpointId::at(index)),
        };
        match self.random.below(20) {
            0 | 1 => None,
            2 => Some(RecordData::Addresses(vec![Known::Unknown(self.fact("the address of a record"))])),
            3 => Some(RecordData::Addresses(vec![Known::Known(self.a_machine())])),
            _ => Some(written),
        }
    }

    /// The zone of a domain, made when it is not there.
    fn zone(&mut self, domain: &str) -> usize {
        let found = self.model.private_dns_zones.iter().position(|zone| zone.domain == domain);
        if let Some(found) = found {
            return found;
        }
        let private = domain.starts_with("privatelink.");
        let mut links = Vec::new();
        for index in 0..self.model.virtual_networks.len() {
            if self.random.percent(60) {
                let fallback = private && self.random.percent(25);
                links.push(ZoneLink {
                    label: label(format!("link{index}")),
                    virtual_network: Known::Known(VirtualNetworkId::at(index)),
                    fallback: if private { self.known(5, "resolutionPolicy", fallback) } else { Known::Known(false) },
                    registration: !private && self.random.percent(50),
                });
            }
        }
        let mut records = Vec::new();
        if self.random.percent(10) {
            let data = RecordData::Addresses(vec![Known::Known(self.a_machine())]);
            records.push(DnsRecord { name: "*".into(), data });
        }
        let zone = PrivateDnsZone { label: label(domain), domain: domain.to_owned(), records, links };
        self.model.private_dns_zones.push(zone);
        self.model.private_dns_zones.len() - 1
    }

    /// The address of a machine or an appliance.
    fn a_machine(&mut self) -> IpAddr {
        let index = self.random.below(self.model.network_interfaces.len());
        *self.model.network_interfaces[index].ip_configurations[0].address.known().expect("all are known")
    }

    /// DNS servers of VNETs, NICs and sites, and how those servers answer.
    pub(super) fn servers(&mut self) {
        for index in 0..self.model.virtual_networks.len() {
            if self.random.percent(25) {
                let mut servers = vec![self.server()];
                if self.random.percent(25) {
                    servers.push(self.server());
                }
                self.model.virtual_networks[index].dns_servers = servers;
            }
        }
        for index in 0..self.model.network_interfaces.len() {
            if self.random.percent(5) {
                self.model.network_interfaces[index].dns_servers = vec![self.server()];
            }
        }
        for index in 0..self.model.workloads.len() {
            if self.random.percent(25) {
                self.model.workloads[index].dns = self.dns();
            }
        }
        for index in 0..self.model.appliances.len() {
            if self.random.percent(40) {
                self.model.appliances[index].dns = self.dns();
            }
        }
        for index in 0..self.model.sites.len() {
            if self.random.percent(60) {
                self.model.sites[index].dns = self.dns();
            }
        }
    }

    fn server(&mut self) -> Known<IpAddr> {
        let sites: Vec<IpAddr> = self.model.sites.iter().map(|site| site.hosts[0].1).collect();
        let address = match self.random.below(10) {
            0 if !sites.is_empty() => *self.random.pick(&sites),
            1 => ip("8.8.8.8"),
            2 => ip("10.0.1.77"),
            _ => self.a_machine(),
        };
        self.known(5, "the DNS server", address)
    }

    fn resolver(&mut self) -> Resolver {
        match self.random.below(20) {
            0..10 => Resolver::Azure,
            10..14 => Resolver::Public,
            14 => Resolver::Unknown(self.fact("whom a DNS server asks")),
            15 => Resolver::Server(ip("8.8.8.8")),
            _ => Resolver::Server(self.a_machine()),
        }
    }

    fn dns(&mut self) -> Dns {
        let mut dns = Dns { written: true, ..Dns::usual(self.resolver()) };
        let domains = ["privatelink.blob.core.windows.net", "core.windows.net", "database.windows.net", "corp.example"];
        for domain in domains {
            if self.random.percent(20) {
                let resolver = self.resolver();
                dns.conditional.push((domain.to_owned(), resolver));
            }
        }
        dns.conditional.sort_by_key(|(domain, _)| std::cmp::Reverse(domain.len()));
        if self.random.percent(20) {
            let machine = self.a_machine();
            let part = self.model.services[0].sub_resources[0].host.clone();
            let name = if self.random.percent(50) { "db.corp.example".to_owned() } else { part };
            dns.records.push((name, machine));
        }
        dns
    }
}
