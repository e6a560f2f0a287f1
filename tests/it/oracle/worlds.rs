//! Worlds: everything that the model leaves open, settled one way.
//!
//! In: a model and a number. Out: a model without unknown facts, and an address for whoever is known by name only. A
//! definite verdict must hold in every world; an undetermined one should differ between two.

use crate::generate::Random;
use azreach::{
    model::*,
    space::{self, Addresses},
};
use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    net::IpAddr,
};

/// Regions that a resource without one may be in.
const REGIONS: [&str; 3] = ["westeurope", "northeurope", "eastus"];

/// One way in which things may be.
#[derive(Debug, Clone)]
pub(crate) struct World {
    number: u64,
    /// First and last addresses that rules about callers name, and all others that somebody names.
    callers: Vec<u128>,
    marks: Vec<u128>,
    /// Public addresses that somebody of the file has.
    owned: Addresses,
}

/// A model in which all is known, and the choices that go with it.
pub(crate) fn settle(model: &Model, number: u64) -> (Model, World) {
    let mut settled = model.clone();
    let mut random = Random::new(number ^ 0x5eed);
    let (callers, marks) = (edges(&caller_sets(model)), edges(&other_sets(model)));
    let draft = World { number: random.next(), callers, marks, owned: Addresses::empty() };
    fill(&mut settled, &mut random, &draft);
    let world = World { number, owned: owned(&settled), ..draft };
    (settled, world)
}

impl World {
    fn random(&self, key: &str) -> Random {
        let mut hasher = DefaultHasher::new();
        (self.number, key).hash(&mut hasher);
        Random::new(hasher.finish())
    }

    /// An address out of those that somebody may have, often at the edge of a prefix that matters.
    fn pick(&self, key: &str, possible: &Addresses) -> IpAddr {
        let mut random = self.random(key);
        let free = possible.intersect(&space::ipv4()).minus(&self.owned);
        let marks = match random.below(10) {
            0..4 => &self.callers,
            4..7 => &self.marks,
            _ => &Vec::new(),
        };
        let marked: Vec<u128> = marks.iter().copied().filter(|mark| free.contains(*mark)).collect();
        if !marked.is_empty() {
            return space::address(*random.pick(&marked));
        }
        let ranges: Vec<(u128, u128)> = free.iter().collect();
        let (first, last) = *random.pick(&ranges);
        space::address(first + u128::from(random.next()) % (last - first + 1))
    }

    /// The public address of a part of a service: somewhere in its region's tag.
    pub(crate) fn service_address(&self, model: &Model, key: &str, service: &Service) -> IpAddr {
        let web = service.workspace.iter().flat_map(|workspace| &workspace.webapp);
        let web = space::prefixes(web);
        if !web.is_empty() {
            return self.pick(&format!("{key} {}", service.label.name), &web);
        }
        let tag = service.kind.tag();
        let regional = service.location.as_ref().and_then(|region| model.tags.get(&format!("{tag}.{region}")));
        let addresses = regional.or(model.tags.get(tag)).map(|tag| tag.addresses.clone());
        self.pick(&format!("{key} {}", service.label.name), &addresses.unwrap_or_else(internet))
    }

    /// An address of Azure's own choice in a region.
    pub(crate) fn azure_address(&self, model: &Model, key: &str, region: Option<&str>) -> IpAddr {
        let name = region.map_or("AzureCloud".into(), |region| format!("AzureCloud.{region}"));
        let addresses = model.tags.get(&name).or(model.tags.get("AzureCloud")).map(|tag| tag.addresses.clone());
        self.pick(key, &addresses.unwrap_or_else(internet))
    }

    /// Any public address that nobody of the file has.
    pub(crate) fn public_address(&self, key: &str) -> IpAddr {
        self.pick(key, &internet())
    }

    /// The address of a host that no resource declares: in its service's tag, or in no prefix that matters.
    pub(crate) fn host_address(&self, model: &Model, host: &str) -> IpAddr {
        let tags = azreach::tags::host_tag(host).map(|service| service.tags).unwrap_or_default();
        let mut possible = Addresses::empty();
        for tag in tags {
            match model.tags.get(tag) {
                Some(tag) => possible = possible.union(&tag.addresses),
                None => possible = internet(),
            }
        }
        match tags {
            [] => IpAddr::from([151, 101, 0, 223]),
            _ => self.pick(host, &possible),
        }
    }

    /// The port that a translator chooses.
    pub(crate) fn port(&self) -> u16 {
        *self.random("port").pick(&[1024, 30000, 40000, 40001, 65535])
    }

    /// Whether somebody's firewall that nobody has described lets us in.
    pub(crate) fn admits(&self, host: &str) -> bool {
        self.random(host).percent(50)
    }
}

fn internet() -> Addresses {
    azreach::tags::internet()
}

fn owned(model: &Model) -> Addresses {
    let mut owned = Addresses::single(space::point(IpAddr::from([168, 63, 129, 16])));
    for address in model.public_ip_addresses.iter().filter_map(|one| one.address.known()) {
        owned = owned.union(&Addresses::single(space::point(*address)));
    }
    for external in &model.externals {
        owned = owned.union(&space::prefixes(&external.addresses));
    }
    for site in &model.sites {
        if let InternetEgress::Yes(nets) = &site.internet_egress {
            owned = owned.union(&space::prefixes(nets));
        }
    }
    owned
}

/// What firewalls of services and policies of Entra ID name.
fn caller_sets(model: &Model) -> Vec<Addresses> {
    let mut sets: Vec<Addresses> = Vec::new();
    let parts = model.services.iter().flat_map(|service| &service.sub_resources).flat_map(|part| &part.rules);
    let rules = model.services.iter().flat_map(|service| &service.firewall.address_rules);
    let associations = model.network_security_perimeters.iter().flat_map(|perimeter| &perimeter.associations);
    let inbound = associations.flat_map(|association| &association.inbound);
    sets.extend(parts.chain(rules).chain(inbound).filter_map(|rule| match &rule.who {
        Callers::Addresses(addresses) => Some(addresses.clone()),
        _ => None,
    }));
    let workspaces = model.services.iter().filter_map(|service| service.workspace.as_ref());
    sets.extend(workspaces.flat_map(|workspace| &workspace.ip_access_lists).map(|list| list.addresses.clone()));
    sets.extend(model.conditional_access_policies.iter().map(|policy| policy.blocked.clone()));
    sets
}

/// What rules, routes and tags name.
fn other_sets(model: &Model) -> Vec<Addresses> {
    let mut sets: Vec<Addresses> = model.tags.iter().map(|tag| tag.addresses.clone()).collect();
    for rule in model.network_security_groups.iter().flat_map(|group| &group.security_rules) {
        sets.extend([&rule.source, &rule.destination].map(|side| side.prefixes.clone()));
    }
    for route in model.route_tables.iter().flat_map(|table| &table.routes) {
        if let Some(RoutePrefix::Prefix(prefix)) = route.address_prefix.known() {
            sets.push(space::prefix(*prefix));
        }
    }
    sets
}

/// First and last points of each stretch.
fn edges(sets: &[Addresses]) -> Vec<u128> {
    let stretches = sets.iter().flat_map(|set| set.intersect(&space::ipv4()).iter().collect::<Vec<_>>());
    let mut edges: Vec<u128> = stretches.flat_map(|(first, last)| [first, last]).collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}

fn settle_one<T>(value: &mut Known<T>, choice: impl FnOnce() -> T) {
    if let Known::Unknown(_) = value {
        *value = Known::Known(choice());
    }
}

/// Settles every fact that may be missing.
fn fill(model: &mut Model, random: &mut Random, draft: &World) {
    for network in &mut model.virtual_networks {
        // One more region may be where a VNET is: its tags are not in the data.
        network.location.get_or_insert_with(|| (*random.pick(&[&REGIONS[..], &["francecentral"]].concat())).to_owned());
    }
    for external in &mut model.externals {
        if external.addresses.is_empty() {
            let six = IpAddr::from([0x2603, 0x1000, 0, 0, 0, 0, 0, 1]);
            let four = draft.pick(&external.label.name, &internet());
            external.addresses.push(if random.percent(15) { six } else { four }.into());
        }
    }
    for site in &mut model.sites {
        if let InternetEgress::Unknown(_) = site.internet_egress {
            site.internet_egress =
                if random.percent(50) { InternetEgress::Yes(Vec::new()) } else { InternetEgress::No };
        }
    }
    for policies in model.subnets.iter_mut().map(|subnet| &mut subnet.private_endpoint_policies) {
        let choice = PrivateEndpointPolicies { security_groups: random.percent(50), route_tables: random.percent(50) };
        settle_one(policies, || choice);
    }
    fill_services(model, random);
    fill_endpoints(model, random);
    fill_names(model, random);
}

fn fill_services(model: &mut Model, random: &mut Random) {
    let subnets = model.subnets.len();
    for service in &mut model.services {
        service.location.get_or_insert_with(|| (*random.pick(&REGIONS)).to_owned());
        let access = [PublicNetworkAccess::Enabled, PublicNetworkAccess::Disabled];
        settle_one(&mut service.public_network_access, || *random.pick(&access));
        let policies = [ConnectionPolicy::Default, ConnectionPolicy::Redirect, ConnectionPolicy::Proxy];
        settle_one(&mut service.connection_policy, || *random.pick(&policies));
        let firewall = &mut service.firewall;
        settle_one(&mut firewall.default_action, || *random.pick(&[Access::Allow, Access::Deny]));
        settle_one(&mut firewall.trusted_services, || random.percent(50));
        let of_parts = service.sub_resources.iter_mut().flat_map(|part| &mut part.rules);
        for rule in of_parts.chain(&mut firewall.address_rules) {
            if let Callers::Unknown(_) = rule.who {
                let all = if random.percent(50) { Addresses::all() } else { Addresses::empty() };
                rule.who = Callers::Addresses(all);
            }
        }
        for rule in &mut firewall.subnet_rules {
            if let RuleSubnet::Unknown(_) = rule.subnet {
                let somewhere = RuleSubnet::Here(SubnetId::at(random.below(subnets)));
                rule.subnet = if random.percent(70) { somewhere } else { RuleSubnet::Outside("another".into()) };
            }
        }
    }
}

fn fill_endpoints(model: &mut Model, random: &mut Random) {
    let states = [LinkState::Approved, LinkState::Approved, LinkState::Pending, LinkState::Rejected];
    for index in 0..model.private_endpoints.len() {
        settle_one(&mut model.private_endpoints[index].state, || *random.pick(&states));
        let (Known::Unknown(_), RuleSubnet::Here(subnet)) =
            (&model.private_endpoints[index].addresses, &model.private_endpoints[index].subnet)
        else {
            continue;
        };
        let text = model.subnet(*subnet).address_prefixes[0].to_string();
        let last = random.pick(&["60", "61", "250"]);
        let address = text.replace(".0/24", &format!(".{last}")).parse().expect("an address");
        model.private_endpoints[index].addresses = Known::Known(vec![address]);
    }
}

fn fill_names(model: &mut Model, random: &mut Random) {
    let networks = model.virtual_networks.len();
    let addresses: Vec<Option<IpAddr>> = model
        .private_endpoints
        .iter()
        .map(|endpoint| endpoint.addresses.known().and_then(|all| all.first().copied()))
        .collect();
    let machine = model.network_interfaces[0].ip_configurations[0].address;
    for zone in &mut model.private_dns_zones {
        for record in &mut zone.records {
            match &mut record.data {
                RecordData::PrivateEndpoint(id) => {
                    let known = addresses[id.index()].map(Known::Known);
                    record.data = RecordData::Addresses(known.into_iter().collect());
                }
                RecordData::Addresses(found) => {
                    for address in found.iter_mut().filter(|one| one.known().is_none()) {
                        let known = addresses.iter().flatten().next().copied().filter(|_| random.percent(50));
                        *address = known.map_or(machine, Known::Known);
                    }
                }
                RecordData::Alias(_) => {}
            }
        }
        for link in &mut zone.links {
            settle_one(&mut link.fallback, || random.percent(50));
            settle_one(&mut link.virtual_network, || VirtualNetworkId::at(random.below(networks)));
        }
    }
    let of_networks = model.virtual_networks.iter_mut().flat_map(|network| &mut network.dns_servers);
    let of_nics = model.network_interfaces.iter_mut().flat_map(|nic| &mut nic.dns_servers);
    for server in of_networks.chain(of_nics).filter(|server| server.known().is_none()) {
        *server = if random.percent(50) { machine } else { Known::Known(IpAddr::from([8, 8, 8, 8])) };
    }
    let servers = model.workloads.iter_mut().map(|one| &mut one.dns);
    let servers = servers.chain(model.sites.iter_mut().map(|one| &mut one.dns));
    for dns in servers.chain(model.appliances.iter_mut().map(|one| &mut one.dns)) {
        let conditional = dns.conditional.iter_mut().map(|(_, resolver)| resolver);
        for resolver in conditional.chain([&mut dns.forwarder]) {
            if let Resolver::Unknown(_) = resolver {
                *resolver = if random.percent(50) { Resolver::Azure } else { Resolver::Public };
            }
        }
    }
}
