//! Looking a name up from a place: which DNS servers it asks, whether it reaches them, and what they say.
//!
//! In: a starting place and a host name. Out: where the name leads; each question sent is a leg. Deliberately absent: what
//! zones hold (that is `names`).

use super::{
    ends::{Ends, Goal, Start, start_home},
    flight::{Doubts, Fates, Place},
    legs::{Leg, Planner, Sender},
    names::{Answer, NameSystem, Told, is_under},
    services::dns_step,
    travel,
};
use crate::{
    flow::{End, Flow, Protocol},
    model::{Dns, FactId, Known, NetworkInterfaceId, Party, Resolver, SiteId, VirtualNetworkId},
    network::LocalOwner,
    space::{self, Addresses, Ports},
    trace::{Outcome, Step, Verdict},
};
use std::{net::IpAddr, rc::Rc};

/// Servers that ask servers that ask servers.
pub(super) const LONGEST_CHAIN: usize = 4;

/// Where a name leads from a place.
pub(super) enum Led {
    /// To these goals; `private` when by a private endpoint.
    To { goals: Vec<Goal>, private: bool },
    /// Nowhere: the steps say why.
    Nowhere { steps: Vec<Step>, doubts: Option<Doubts> },
}

impl Planner<'_, '_> {
    /// Where a name leads from a place, by whichever name servers that place asks.
    pub(super) fn lead(&mut self, flow: &Flow, start: &Start, host: &str, label: &str) -> Led {
        let told = self.ask(flow, start, host);
        let (goals, private) = match told.answer {
            Answer::Addresses(addresses) => {
                let private = !addresses.meets(self.network.internet());
                let ends = Ends { network: self.network, notes: Vec::new() };
                let goals = ends.literal_goals(&addresses, start);
                let hosts = vec![Rc::from(host)];
                let named = |goal| Goal { label: label.to_owned(), hosts: hosts.clone(), ..goal };
                (goals.into_iter().map(named).collect(), private)
            }
            Answer::Endpoint(id) => {
                let goals = self.goals(&Party::PrivateEndpoint(id), start).into_iter();
                (goals.map(|goal| Goal { hosts: vec![Rc::from(host)], ..goal }).collect(), true)
            }
            Answer::Service(id, part) => {
                let goal = Ends { network: self.network, notes: Vec::new() }.service_goal(id, part);
                (vec![Goal { label: label.to_owned(), ..goal }], false)
            }
            Answer::External(id) => {
                let mut goals = self.goals(&Party::External(id), start);
                // Asked for by one of its names, it has no others.
                let by_name =
                    matches!(&flow.destination, End::Name(parts) if parts.concat().eq_ignore_ascii_case(host));
                if by_name {
                    goals.iter_mut().for_each(|goal| goal.hosts = vec![Rc::from(host)]);
                }
                (goals, false)
            }
            Answer::Host => (self.goals(&Party::Host(host.to_owned()), start), false),
            Answer::Nothing => return Led::Nowhere { steps: told.steps, doubts: None },
            Answer::Unknown(doubts) => return Led::Nowhere { steps: told.steps, doubts: Some(doubts) },
        };
        Led::To { goals, private }
    }

    /// Asks for a name. The question itself is a leg where the asker is one of the file's machines.
    fn ask(&mut self, flow: &Flow, start: &Start, host: &str) -> Told {
        let names = NameSystem { network: self.network };
        let model = &self.network.model;
        let home = start_home(self.network, start.place);
        match (start.place, home) {
            (_, Some(home)) => {
                let servers = self.servers_of(start.place, home);
                if servers.is_empty() {
                    let told = self.by_azure(flow, home, host, 0);
                    self.query(flow, start, IpAddr::from(crate::tags::HOST_ADDRESS), &told);
                    return told;
                }
                self.ask_servers(flow, start, &servers, host)
            }
            (Place::Site(site), None) => {
                let site = model.site(site);
                let name = site.label.name.clone();
                let server = Server { start: start.clone(), dns: site.dns.clone(), home: None, name };
                self.as_server(flow, &server, host, 0)
            }
            (Place::External(id), None) => names.in_foreign_network(id, host).unwrap_or_else(|| names.in_public(host)),
            _ => names.in_public(host),
        }
    }

    /// DNS servers of a NIC, else of its VNET; none = Azure's own.
    fn servers_of(&self, place: Place, home: VirtualNetworkId) -> Vec<Known<IpAddr>> {
        let model = &self.network.model;
        let own = match place {
            Place::NetworkInterface(nic, _) => model.network_interface(nic).dns_servers.clone(),
            _ => Vec::new(),
        };
        if own.is_empty() { model.virtual_network(home).dns_servers.clone() } else { own }
    }

    /// The first server that answers; where none does, the name is not found.
    fn ask_servers(&mut self, flow: &Flow, start: &Start, servers: &[Known<IpAddr>], host: &str) -> Told {
        let mut steps = Vec::new();
        for server in servers {
            let address = match server {
                Known::Known(address) => *address,
                Known::Unknown(fact) => {
                    let step = dns_step(host, "", Outcome::Unknown, "the DNS server is not known", "F192");
                    return Told { answer: Answer::Unknown(Doubts::from_facts(&[*fact])), steps: vec![step] };
                }
            };
            let fates = self.send_query(start, address);
            // A machine that asks itself sends nothing (R224).
            let itself = start.addresses.only() == Some(space::point(address));
            let answers = fates.iter().any(|fate| fate.verdict != Verdict::Denied);
            if !answers && !itself {
                steps.extend(self.unreachable(start, address, host, &fates));
                continue;
            }
            let told = self.server_answers(flow, start, address, host, 0);
            self.note_query(flow, start, address, fates, &told);
            return told;
        }
        Told { answer: Answer::Nothing, steps }
    }

    /// The machines of a starting place by the first DNS server that they reach: not all of them need ask the same one.
    pub(super) fn by_server(&mut self, start: &Start) -> Vec<Start> {
        let home = start_home(self.network, start.place);
        let servers = home.map(|home| self.servers_of(start.place, home)).unwrap_or_default();
        let mut rest = start.addresses.clone();
        let mut groups = Vec::new();
        if rest.only().is_none() && start.doubts.is_empty() && servers.len() > 1 {
            for server in servers.iter().filter_map(|server| server.known().copied()) {
                let group = Start { addresses: rest.clone(), ..start.clone() };
                let fates = self.send_query(&group, server);
                let answered = fates.iter().filter(|fate| fate.verdict != Verdict::Denied);
                let reached =
                    answered.fold(Addresses::empty(), |all, fate| all.union(&self.space.sources_of(fate.part)));
                let reached = reached.intersect(&rest);
                rest = rest.minus(&reached);
                groups.extend((!reached.is_empty()).then(|| Start { addresses: reached, ..start.clone() }));
            }
        }
        if groups.is_empty() || !rest.is_empty() {
            groups.push(Start { addresses: rest, ..start.clone() });
        }
        groups
    }

    pub(super) fn unreachable(&mut self, start: &Start, address: IpAddr, host: &str, fates: &Fates) -> Vec<Step> {
        let ends = (start.label.clone(), address.to_string());
        let mut steps: Vec<Step> = Vec::new();
        for fate in fates {
            if let Some(sketch) = super::evidence::sketch(self.network, self.space, fate, &ends) {
                steps.extend(sketch.part.decided_by);
            }
        }
        steps.truncate(4);
        let detail = format!("the DNS server {address} cannot be reached");
        steps.push(dns_step(host, "", Outcome::Deny, &detail, "F192"));
        steps
    }

    pub(super) fn send_query(&mut self, start: &Start, server: IpAddr) -> Fates {
        let flow = query_flow(End::Internet, server);
        let ends = Ends { network: self.network, notes: Vec::new() };
        let goals = ends.literal_goals(&Addresses::single(space::point(server)), start);
        let mut fates = Fates::new();
        for goal in goals {
            fates.extend(travel(self.space, self.network, &flow, start, &goal, None));
        }
        fates
    }

    fn query(&mut self, flow: &Flow, start: &Start, server: IpAddr, told: &Told) {
        let fates = self.send_query(start, server);
        self.note_query(flow, start, server, fates, told);
    }

    fn note_query(&mut self, flow: &Flow, start: &Start, server: IpAddr, fates: Fates, told: &Told) {
        let ends = (start.label.clone(), server.to_string());
        let flow = query_flow(flow.source.clone(), server);
        self.legs.push(Leg { flow, ends, fates, steps: told.steps.clone(), sender: Sender::Source });
    }

    /// A query that a server sends on: where it may be stopped, so may be the answer.
    pub(super) fn note_forwarded(&mut self, flow: &Flow, server: &Start, to: IpAddr, fates: Fates, told: &mut Told) {
        let mut doubts = Doubts::default();
        for fate in fates.iter().filter(|fate| fate.verdict == Verdict::Undetermined) {
            doubts.extend(&fate.doubts);
        }
        if !doubts.is_empty() {
            told.answer = Answer::Unknown(doubts);
        }
        // The file does not say where in a site its server is: it stands where the asking hosts are.
        let own = server.addresses.only().filter(|_| !matches!(server.place, Place::Site(_)));
        let (source, sender) = match own {
            Some(point) => (End::Address(space::address(point)), Sender::Server),
            None => (flow.source.clone(), Sender::ServerBeside),
        };
        let ends = (server.label.clone(), to.to_string());
        let steps = told.steps.clone();
        self.legs.push(Leg { flow: query_flow(source, to), ends, fates, steps, sender });
    }

    /// What the server at an address says: a machine or an appliance of the file, a site's server, or a public one.
    pub(super) fn server_answers(
        &mut self,
        flow: &Flow,
        start: &Start,
        address: IpAddr,
        host: &str,
        depth: usize,
    ) -> Told {
        let network = self.network;
        let model = &network.model;
        let names = NameSystem { network };
        let point = space::point(address);
        let start_home = start_home(network, start.place);
        let holds = |id: &VirtualNetworkId| network.virtual_network(*id).space.contains(point);
        let homes = start_home.into_iter().chain((0..model.virtual_networks.len()).map(VirtualNetworkId::at));
        if let Some(home) = homes.into_iter().find(holds) {
            let (dns, name, nic) = self.machine_at(home, address);
            let place = nic.map(|(nic, at)| Place::NetworkInterface(nic, at));
            let place = place.or_else(|| self.subnet_with(home, point)).unwrap_or(Place::Outsider);
            let server = Server { start: server_at(place, point, &name), dns, home: Some(home), name };
            return self.as_server(flow, &server, host, depth);
        }
        let site = model.sites.iter().position(|site| site.address_prefixes.iter().any(|net| net.contains(&address)));
        if let Some(at) = site {
            let site = &model.sites[at];
            let name = site.label.name.clone();
            let start = server_at(Place::Site(SiteId::at(at)), point, &name);
            let server = Server { start, dns: site.dns.clone(), home: None, name };
            return self.as_server(flow, &server, host, depth);
        }
        names.in_public(host)
    }

    /// Who answers at an address of a VNET. A machine that the file says nothing about asks Azure's resolver.
    fn machine_at(
        &mut self,
        home: VirtualNetworkId,
        address: IpAddr,
    ) -> (Dns, String, Option<(NetworkInterfaceId, usize)>) {
        let model = &self.network.model;
        let found = model.network_interfaces.iter().enumerate().find_map(|(index, nic)| {
            let at = nic.ip_configurations.iter().position(|one| {
                one.address == Known::Known(address) && model.subnet(one.subnet).virtual_network == home
            })?;
            Some((index, at, nic))
        });
        let nic = found.map(|(index, at, _)| (NetworkInterfaceId::at(index), at));
        let firewall = model.azure_firewalls.iter().find(|one| {
            one.private_address == Known::Known(address) && model.subnet(one.subnet).virtual_network == home
        });
        if let Some(firewall) = firewall {
            let dns = firewall.dns.clone().unwrap_or_else(|| Dns { written: true, ..Dns::usual(Resolver::Azure) });
            return (dns, firewall.label.name.clone(), None);
        }
        let here = |subnet| model.subnet(subnet).virtual_network == home;
        let inbound = model.inbound_endpoints.iter();
        if let Some(endpoint) = inbound.into_iter().find(|one| one.address == Known::Known(address) && here(one.subnet))
        {
            let dns = Dns { written: true, ..Dns::usual(Resolver::Azure) };
            return (dns, endpoint.label.name.clone(), None);
        }
        let owner = found.and_then(|(_, _, nic)| {
            let machine = nic.workload.map(|id| (&model.workload(id).dns, &model.workload(id).label.name));
            machine.or(nic.appliance.map(|id| (&model.appliance(id).dns, &model.appliance(id).label.name)))
        });
        let (dns, name) = match owner {
            Some((dns, name)) => (dns.clone(), name.clone()),
            None => (Dns::usual(Resolver::Azure), address.to_string()),
        };
        if !dns.written {
            let note = format!("the DNS server `{name}` is taken to ask Azure's resolver; `dns` on it says otherwise");
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        (dns, name, nic)
    }

    /// A server: its own records, whom it asks about a domain, whom about everything else (F135, F192).
    fn as_server(&mut self, flow: &Flow, server: &Server, host: &str, depth: usize) -> Told {
        if let Some(told) = NameSystem::own_record(&server.dns.records, &server.name, host) {
            return told;
        }
        let (alias, doubt) = self.public_alias(host);
        let resolver = server.resolver(host, alias.as_deref());
        let without = server.resolver(host, None);
        let told = self.resolve_by(flow, server, resolver, host, depth);
        let Some(fact) = doubt.filter(|_| resolver != without) else {
            return told;
        };
        // Without an endpoint in force the name is no alias (F193), and the server asks somebody else.
        let other = self.resolve_by(flow, server, without, host, depth);
        let detail = "whom it asks hangs on whether the endpoint is approved";
        told.or_unknown(&other, fact, dns_step(&server.name, host, Outcome::Unknown, detail, "F193"))
    }

    /// What a server is told by whom it asks.
    fn resolve_by(&mut self, flow: &Flow, server: &Server, resolver: &Resolver, host: &str, depth: usize) -> Told {
        let Server { start, home, name, .. } = server;
        let names = NameSystem { network: self.network };
        match resolver {
            Resolver::Azure => match home {
                // The server's own question is a flow too; a machine of nobody's has no subnet to send it from.
                Some(home) if start.place == Place::Outsider => self.by_azure(flow, *home, host, depth),
                Some(home) => match self.ask_on(start, IpAddr::from(crate::tags::HOST_ADDRESS), name, host) {
                    Ok(_) => self.by_azure(flow, *home, host, depth + 1),
                    Err(told) => told,
                },
                None => {
                    let detail = "168.63.129.16 answers machines in Azure only";
                    let step = dns_step(name, host, Outcome::Deny, detail, "F135");
                    Told { answer: Answer::Nothing, steps: vec![step] }
                }
            },
            Resolver::Public => names.in_public(host),
            Resolver::Unknown(fact) => {
                let step = dns_step(name, host, Outcome::Unknown, "whom it asks is not known", "F192");
                Told { answer: Answer::Unknown(Doubts::from_facts(&[*fact])), steps: vec![step] }
            }
            Resolver::Server(_) if depth >= LONGEST_CHAIN => {
                let step = dns_step(name, host, Outcome::Deny, "DNS servers ask each other in a circle", "F192");
                Told { answer: Answer::Nothing, steps: vec![step] }
            }
            Resolver::Server(address) => {
                let fates = match self.ask_on(start, *address, name, host) {
                    Ok(fates) => fates,
                    Err(told) => return told,
                };
                let mut told = self.server_answers(flow, start, *address, host, depth + 1);
                self.note_forwarded(flow, start, *address, fates, &mut told);
                let detail = format!("asks {address}");
                told.steps.insert(0, dns_step(name, host, Outcome::Pass, &detail, "F135"));
                told
            }
        }
    }

    /// Whether a server reaches the one that it asks; where that is not known, neither is the answer.
    fn ask_on(&mut self, server: &Start, address: IpAddr, name: &str, host: &str) -> Result<Fates, Told> {
        let fates = self.send_query(server, address);
        if !fates.is_empty() && fates.iter().all(|fate| fate.verdict == Verdict::Denied) {
            let steps = self.unreachable(server, address, host, &fates);
            return Err(Told { answer: Answer::Nothing, steps });
        }
        let mut doubts = Doubts::default();
        let open = fates.iter().filter(|fate| fate.verdict == Verdict::Undetermined);
        open.for_each(|fate| doubts.extend(&fate.doubts));
        if doubts.is_empty() {
            return Ok(fates);
        }
        let detail = format!("not known whether it reaches {address}");
        let steps = vec![dns_step(name, host, Outcome::Unknown, &detail, "F192")];
        Err(Told { answer: Answer::Unknown(doubts), steps })
    }

    /// The subnet of an address that no network interface of the file has.
    fn subnet_with(&self, home: VirtualNetworkId, point: u128) -> Option<Place> {
        let address = Addresses::single(point);
        let owners = self.network.virtual_network(home).owners_of(&address);
        owners.into_iter().find_map(|(owner, _)| match owner {
            LocalOwner::Anonymous(subnet) => Some(Place::Subnet(subnet)),
            _ => None,
        })
    }

    /// The privatelink name behind a public one, and the fact on which it hangs whether there is one.
    pub(super) fn public_alias(&self, host: &str) -> (Option<String>, Option<FactId>) {
        let Some((service, part)) = self.network.public_host(host) else {
            return (None, None);
        };
        let part = &self.network.model.service(service).sub_resources[part];
        let alias = self.network.is_linked(service, &part.group_id).then(|| part.private_host());
        (alias, self.network.link_doubt(service, &part.group_id))
    }
}

/// A DNS server: where it stands, how it answers, the VNET whose names Azure tells it.
struct Server {
    start: Start,
    dns: Dns,
    home: Option<VirtualNetworkId>,
    name: String,
}

impl Server {
    /// Whom it asks for a name. Conditional forwarders are written for the public domain, or for the one into which a
    /// name with an endpoint is an alias.
    fn resolver(&self, host: &str, alias: Option<&str>) -> &Resolver {
        let asks = |domain: &str| is_under(host, domain) || alias.is_some_and(|alias| is_under(alias, domain));
        let conditional = self.dns.conditional.iter().find(|(domain, _)| asks(domain));
        conditional.map_or(&self.dns.forwarder, |(_, resolver)| resolver)
    }
}

/// A server at an address.
fn server_at(place: Place, point: u128, name: &str) -> Start {
    let (addresses, doubts) = (Addresses::single(point), Doubts::default());
    Start { place, addresses, named: None, doubts, label: name.to_owned(), relays: 0 }
}

fn query_flow(source: End, server: IpAddr) -> Flow {
    Flow {
        source,
        destination: End::Address(server),
        protocol: Protocol::Udp,
        ports: Ports::single(53),
        source_ports: None,
    }
}
