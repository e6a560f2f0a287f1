//! The independent judge: one packet at a time, by scanning, straight from the laws.
//!
//! In: a [`Model`], where a packet starts, the packet. Out: allowed, denied or undetermined, and what decided.
//! Deliberately absent: sets, diagrams, compiled tables, and every line of `azreach::evaluate`. Slow on purpose.

mod admin;
mod balancing;
mod choices;
mod clients;
mod endpoints;
pub(crate) mod firewall;
mod gateways;
pub(crate) mod hybrid;
pub(crate) mod journey;
mod leaving;
mod names;
mod public;
mod route_server;
pub(crate) mod routes;
pub(crate) mod rules;
mod services;
mod subnet_peering;
mod virtual_wan;
pub(crate) mod worlds;

use azreach::{model::*, space};
use services::Aim;
use std::net::IpAddr;
use worlds::World;

/// The answer about one packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// What stopped it.
    Denied(String),
    /// Azure chooses, and not every choice works.
    Mixed,
    /// What is not known; with `law:` in front the laws themselves ask for this verdict, else the oracle is no judge.
    Undetermined(String),
}

/// Where a packet starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    Nic(NetworkInterfaceId),
    /// An address of a subnet that no NIC of the model has.
    Subnet(SubnetId),
    Site(SiteId),
    /// A point-to-site client.
    Clients(VirtualNetworkGatewayId),
    Internet,
    External(ExternalId),
    /// A service that calls another.
    Service(ServiceId),
}

/// An address as someone sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    Ip(IpAddr),
    /// Microsoft's address of default outbound access: public, not known (F174).
    DefaultOutbound,
    /// An address of AzureFirewallSubnet that Azure gave to one of its instances.
    Instance(AzureFirewallId),
}

/// A packet on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub source: Host,
    pub destination: Host,
    pub protocol: u8,
    /// Free after a source translation.
    pub source_port: Option<u16>,
    pub destination_port: Option<u16>,
}

impl Header {
    fn reversed(self) -> Header {
        Header {
            source: self.destination,
            destination: self.source,
            source_port: self.destination_port,
            destination_port: self.source_port,
            ..self
        }
    }
}

/// A place in a VNET: an address with or without a NIC of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Member {
    subnet: SubnetId,
    nic: Option<NetworkInterfaceId>,
    address: IpAddr,
}

/// Where a packet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Member(Member),
    Gateway {
        gateway: VirtualNetworkGatewayId,
        from: Option<ConnectionId>,
    },
    Site(SiteId),
    PrivateEndpoint(PrivateEndpointId),
    /// An Azure Firewall; from outside through one of its public addresses.
    Firewall {
        id: AzureFirewallId,
        outside: bool,
    },
    /// Point-to-site clients of a gateway, and the gateway with what they sent.
    Clients(VirtualNetworkGatewayId),
    FromClients(VirtualNetworkGatewayId),
    /// What lies behind an appliance that announces it.
    Behind {
        id: ApplianceId,
        member: Member,
    },
    /// A frontend of an application gateway.
    ApplicationGateway {
        id: ApplicationGatewayId,
        frontend: usize,
    },
    /// A virtual hub, and where it was entered.
    Hub {
        hub: VirtualHubId,
        side: virtual_wan::Side,
    },
    Internet,
}

/// Who hands a packet over a peering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carrier {
    /// A NIC; where the packet's present source address originated.
    Nic(Option<VirtualNetworkId>),
    Gateway,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stop {
    Denied(String),
    Undetermined(String),
}

type Step<T> = Result<T, Stop>;

impl From<String> for Stop {
    fn from(why: String) -> Stop {
        Stop::Undetermined(why)
    }
}

fn denied<T>(why: impl Into<String>) -> Step<T> {
    Err(Stop::Denied(why.into()))
}

/// No law decides: the oracle is no judge.
fn by_hand<T>(why: &str) -> Step<T> {
    Err(Stop::Undetermined(why.to_owned()))
}

/// What the packet was before an address of it was translated.
#[derive(Debug, Clone, Copy)]
struct Translation {
    at: Place,
    before: Host,
    before_port: Option<u16>,
    after: Host,
}

/// One packet's journey there and back.
struct Walk<'a> {
    model: &'a Model,
    /// What is settled about things that the model does not know; without it they leave the verdict open.
    world: Option<&'a World>,
    start: Start,
    initiator: Place,
    aim: Aim,
    identity: Option<Identity>,
    reply: bool,
    /// The subnet that sent it last.
    sender: Option<SubnetId>,
    /// The VNET that the present source address belongs to.
    origin: Option<VirtualNetworkId>,
    /// Flow records: a NIC and the header that it let through (1.5).
    records: Vec<(Member, Header)>,
    /// What the firewalls of sites let through, by site.
    site_records: Vec<(SiteId, Header)>,
    /// Source translations by appliances.
    snats: Vec<Translation>,
    /// Source translations on leaving to the Internet.
    egress: Vec<Translation>,
    /// What came in through a public address: at whom, and as what (R190).
    came_in: Vec<(Member, Header)>,
    /// What an internal frontend led to a member.
    balanced: Vec<(Member, Header)>,
    /// The members that balancers chose to send a packet on.
    chosen: Vec<(LoadBalancerId, Member)>,
    /// Connections that firewalls let through.
    sessions: Vec<firewall::Session>,
    /// What Azure chose where it may.
    choices: choices::Choices,
    /// The site through which it left to the Internet, and as what.
    left_by_site: Option<(SiteId, Header)>,
    /// The member by whose egress method it left.
    left_from: Option<Member>,
    /// The subnet over whose service endpoint it left (R51).
    over_endpoint: Option<SubnetId>,
    /// Appliances on the way there, and whether they translated the source.
    path: Vec<(Member, bool)>,
    /// The last of them before a private endpoint.
    seen_before_endpoint: Option<(Member, bool)>,
    /// Appliances that saw it on the way there, and between which hosts; and those that saw it on the way back.
    seen: Vec<(ApplianceId, Host, Host)>,
    seen_back: Vec<ApplianceId>,
}

/// The verdict about one packet (filtering.md 0, routing.md 0 and 8).
pub(crate) fn verdict(model: &Model, start: Start, packet: &space::Packet) -> Verdict {
    let has_ports = matches!(packet.protocol, 6 | 17);
    let header = Header {
        source: Host::Ip(space::address(packet.source)),
        destination: Host::Ip(space::address(packet.destination)),
        protocol: packet.protocol,
        source_port: has_ports.then_some(packet.source_port),
        destination_port: has_ports.then_some(packet.destination_port),
    };
    choices::every(|choices| {
        let mut walk = Walk { choices, ..Walk::new(model, start) };
        let verdict = match walk.there_and_back(header) {
            Ok(()) => Verdict::Allowed,
            Err(Stop::Denied(why)) => Verdict::Denied(why),
            Err(Stop::Undetermined(why)) => Verdict::Undetermined(why),
        };
        (verdict, walk.choices)
    })
}

impl<'a> Walk<'a> {
    fn new(model: &'a Model, start: Start) -> Walk<'a> {
        Walk {
            model,
            world: None,
            start,
            initiator: Place::Internet,
            aim: Aim::Anything,
            identity: None,
            reply: false,
            sender: None,
            origin: None,
            records: Vec::new(),
            site_records: Vec::new(),
            snats: Vec::new(),
            egress: Vec::new(),
            came_in: Vec::new(),
            balanced: Vec::new(),
            chosen: Vec::new(),
            sessions: Vec::new(),
            choices: choices::Choices::default(),
            left_by_site: None,
            left_from: None,
            over_endpoint: None,
            path: Vec::new(),
            seen_before_endpoint: None,
            seen: Vec::new(),
            seen_back: Vec::new(),
        }
    }
}

impl Walk<'_> {
    fn there_and_back(&mut self, header: Header) -> Step<()> {
        let Host::Ip(source) = header.source else {
            return denied("no source");
        };
        let place = match self.start {
            Start::Nic(nic) => Place::Member(self.member_of(nic, source)),
            Start::Subnet(subnet) => Place::Member(Member { subnet, nic: None, address: source }),
            Start::Site(site) => Place::Site(site),
            Start::Clients(gateway) => Place::Clients(gateway),
            Start::Internet | Start::External(_) | Start::Service(_) => Place::Internet,
        };
        self.initiator = place;
        if let Place::Member(member) = place {
            self.origin = Some(self.model.subnet(member.subnet).virtual_network);
            if let Some(answer) = self.platform(member, &header)? {
                return answer;
            }
        }
        let (responder, arrived) = self.travel(place, place, header)?;
        self.reply = true;
        let (_, _) = self.travel(responder, place, arrived.reversed())?;
        // Section 8: a stateful appliance must see both directions (R175).
        let both =
            |appliance: &ApplianceId| self.model.appliance(*appliance).stateful && !self.seen_back.contains(appliance);
        match (self.seen.iter().map(|(appliance, ..)| *appliance).find(both), self.unseen_firewall()) {
            (Some(appliance), _) => denied(format!("asymmetric {}", self.model.appliance(appliance).label.name)),
            (_, Some(firewall)) => denied(format!("asymmetric {firewall}")),
            (None, None) => Ok(()),
        }
    }

    /// R166, F46 to F49: the platform's addresses.
    fn platform(&self, member: Member, header: &Header) -> Step<Option<Step<()>>> {
        let platform = ["168.63.129.16", "169.254.169.254"];
        let Host::Ip(to) = header.destination else {
            return Ok(None);
        };
        if !platform.contains(&to.to_string().as_str()) {
            return Ok(None);
        }
        Ok(Some(match rules::platform(self.model, member.subnet, member.nic, header)? {
            Some(rule) => denied(format!("networkSecurityGroup {rule}")),
            None => Ok(()),
        }))
    }

    /// Moves one packet until it has arrived: place by place, with a bound (R218).
    fn travel(&mut self, from: Place, initiator: Place, header: Header) -> Step<(Place, Header)> {
        let (mut place, mut header) = (from, header);
        for hop in 0..40 {
            let (next, carried) = self.leave(place, header, hop == 0)?;
            match self.arrive(next, initiator, carried)? {
                (true, header) => return Ok((next, header)),
                (false, onward) => (place, header) = (next, onward),
            }
        }
        denied("loop")
    }

    // ---- leaving a place ----

    fn leave(&mut self, place: Place, header: Header, first: bool) -> Step<(Place, Header)> {
        self.sender = self.sender_at(place);
        match place {
            Place::Member(member) => self.leave_member(member, header),
            Place::Gateway { gateway, from } => self.leave_gateway(gateway, from, header),
            Place::Site(site) => self.leave_site(site, header),
            Place::PrivateEndpoint(id) => self.leave_private_endpoint(id, header),
            Place::Firewall { id, .. } => self.leave_firewall(id, header),
            Place::ApplicationGateway { id, .. } => {
                let Host::Ip(address) = header.source else { return denied("nobody there") };
                let subnet = self.model.application_gateway(id).subnet;
                self.leave_member(Member { subnet, nic: None, address }, header)
            }
            Place::Clients(gateway) => self.leave_clients(gateway, header),
            Place::FromClients(gateway) => self.leave_from_clients(gateway, header),
            Place::Behind { member, .. } => self.leave_behind(member, header),
            Place::Hub { hub, side } => self.leave_hub(hub, side, header),
            Place::Internet => {
                if !first {
                    return denied("stray in the internet");
                }
                self.enter_public(header)
            }
        }
    }

    // ---- arriving at a place ----

    /// True when it is at its end.
    fn arrive(&mut self, place: Place, initiator: Place, header: Header) -> Step<(bool, Header)> {
        match place {
            Place::Behind { .. } if self.reply => denied("reply delivered to somebody else"),
            Place::Behind { .. } => Ok((true, header)),
            Place::Clients(_) => self.arrive_clients(initiator, place, header),
            Place::FromClients(_) | Place::Gateway { .. } | Place::Hub { .. } => Ok((false, header)),
            Place::Firewall { id, outside } => Ok((false, self.at_firewall(id, outside, header)?)),
            Place::ApplicationGateway { .. } if self.reply => denied("reply delivered to somebody else"),
            Place::ApplicationGateway { id, frontend } => self.arrive_gateway(id, frontend, header),
            Place::Member(member) => self.arrive_member(member, initiator, header),
            Place::Site(site) => self.arrive_site(site, place, initiator, header),
            Place::Internet if self.reply && initiator != Place::Internet => denied("reply lost in the internet"),
            Place::Internet if !self.reply => {
                self.admit(&header)?;
                Ok((true, header))
            }
            Place::Internet => Ok((true, header)),
            Place::PrivateEndpoint(id) => self.arrive_private_endpoint(id, header),
        }
    }

    fn arrive_member(&mut self, member: Member, initiator: Place, header: Header) -> Step<(bool, Header)> {
        self.filter(member, Direction::Inbound, header)?;
        if header.destination != Host::Ip(member.address) {
            return Ok((false, self.forward(member, header)?));
        }
        if !self.reply {
            return Ok((true, header));
        }
        let back =
            self.snats.iter().rev().find(|step| step.at == Place::Member(member) && header.destination == step.after);
        if let Some(step) = back.copied() {
            // The reply to a translated source: give the client its address back (R175).
            let appliance = member.nic.and_then(|nic| self.model.network_interface(nic).appliance);
            self.seen_back.extend(appliance);
            let header = Header { destination: step.before, destination_port: step.before_port, ..header };
            return Ok((false, header));
        }
        match initiator == Place::Member(member) {
            true => Ok((true, header)),
            false => denied("reply delivered to somebody else"),
        }
    }

    /// Section 5: an appliance passes on what is not its own (R121, R123, R218).
    fn forward(&mut self, member: Member, header: Header) -> Step<Header> {
        let Some(nic) = member.nic else {
            return denied("appliance: nobody there");
        };
        let nic = self.model.network_interface(nic);
        match nic.ip_forwarding {
            Known::Known(true) => {}
            Known::Known(false) => return denied("appliance: IP forwarding is off"),
            Known::Unknown(_) => return Err(Stop::Undetermined("IP forwarding".into())),
        }
        let Some(id) = nic.appliance else {
            return denied("appliance: a machine that does not forward");
        };
        let appliance = self.model.appliance(id);
        if appliance.forwarding != Known::Known(true) {
            return denied("appliance: the guest does not forward");
        }
        if self.reply {
            // R175: it knows the connection between these two, not any that it saw.
            if appliance.stateful && !self.seen.contains(&(id, header.destination, header.source)) {
                return denied(format!("asymmetric {}", appliance.label.name));
            }
            self.seen_back.push(id);
            return Ok(header);
        }
        self.judge_appliance(appliance, &header)?;
        self.seen.push((id, header.source, header.destination));
        let sent = self.translate(appliance, member, header);
        self.path.push((member, sent.source != header.source));
        Ok(sent)
    }

    fn judge_appliance(&self, appliance: &Appliance, header: &Header) -> Step<()> {
        if appliance.opaque.is_some() {
            return Err(Stop::Undetermined("opaque appliance".into()));
        }
        let Some(rules) = &appliance.rules else {
            return Ok(());
        };
        match rules::judge_list(self.model, rules, header)? {
            Some(rule) => denied(format!("appliance {}/{rule}", appliance.label.name)),
            None => Ok(()),
        }
    }

    fn translate(&mut self, appliance: &Appliance, member: Member, header: Header) -> Header {
        let applies = match appliance.snat {
            Snat::Never => false,
            Snat::Always => true,
            Snat::Internet => is_public_host(header.destination),
        };
        if !applies {
            return header;
        }
        self.snats.push(translation(member, &header, Host::Ip(member.address)));
        self.origin = Some(self.model.subnet(member.subnet).virtual_network);
        Header { source: Host::Ip(member.address), source_port: self.translated_port(&header), ..header }
    }

    /// A translation that shares an address chooses the port.
    fn translated_port(&self, header: &Header) -> Option<u16> {
        header.source_port.and(self.world).map(World::port)
    }

    fn arrive_site(&mut self, id: SiteId, place: Place, initiator: Place, header: Header) -> Step<(bool, Header)> {
        self.site_firewall(id, &header)?;
        let site = self.model.site(id);
        let to = route_address(self.model, header.destination);
        if site.address_prefixes.iter().any(|net| net.contains(&to)) {
            return match !self.reply || initiator == place {
                true => Ok((true, header)),
                false => denied("reply delivered to another site"),
            };
        }
        // A site is a network: what is not its own it sends on to where it learned of it.
        if self.hub_of_site(id, to)?.is_some() {
            return Ok((false, header));
        }
        if self.reply || !is_public_host(header.destination) {
            return denied("noRoute: the site has no such address");
        }
        if hybrid::site_route(self.model, id, to)?.is_some() {
            return by_hand("a site that was told a way to the Internet");
        }
        // R102, 4.3: forced tunnelling; the site's own way out.
        match &site.internet_egress {
            InternetEgress::No => denied("noRoute: the site has no way to the internet"),
            InternetEgress::Unknown(_) => Err(Stop::Undetermined("the site's internet egress".into())),
            InternetEgress::Yes(_) if self.is_our_public(header.destination) => {
                Err(Stop::Undetermined("a site's public address".into()))
            }
            InternetEgress::Yes(_) => {
                if self.world.is_some() {
                    self.admit(&Header { source: self.site_address(id)?, ..header })?;
                }
                Ok((true, header))
            }
        }
    }

    // ---- common ----

    /// NSGs judge new connections; a flow record lets the reply through (1.5, R172).
    fn filter(&mut self, member: Member, direction: Direction, header: Header) -> Step<()> {
        if self.reply {
            let back = header.reversed();
            let recorded = |(at, seen): &(Member, Header)| *at == member && same_flow(seen, &back);
            if self.records.iter().any(recorded) {
                return Ok(());
            }
        }
        match admin::judge(self.model, member.subnet, direction, &header)? {
            admin::Said::Ask => {}
            admin::Said::Denied(rule) => return denied(format!("securityAdminRule {rule} {direction:?}")),
            admin::Said::Through => {
                self.records.push((member, header));
                return Ok(());
            }
        }
        match rules::filter(self.model, member.subnet, member.nic, direction, &header)? {
            Some(rule) => denied(format!("networkSecurityGroup {rule} {direction:?}")),
            None => {
                self.records.push((member, header));
                Ok(())
            }
        }
    }

    fn member_of(&self, nic: NetworkInterfaceId, address: IpAddr) -> Member {
        let configurations = &self.model.network_interface(nic).ip_configurations;
        let own = configurations
            .iter()
            .find(|configuration| configuration.address == Known::Known(address))
            .unwrap_or(&configurations[0]);
        Member { subnet: own.subnet, nic: Some(nic), address }
    }

    fn has_range(&self, id: VirtualNetworkId, address: IpAddr) -> bool {
        let ranges = &self.model.virtual_network(id).address_prefixes;
        ranges.iter().any(|net| net.contains(&address))
    }

    /// The NIC of a VNET that has an address.
    fn owner(&self, id: VirtualNetworkId, address: IpAddr) -> Option<Member> {
        let nics = (0..self.model.network_interfaces.len()).map(NetworkInterfaceId::at);
        nics.flat_map(|nic| {
            let configurations = &self.model.network_interface(nic).ip_configurations;
            configurations.iter().map(move |configuration| (nic, configuration))
        })
        .filter(|(_, configuration)| self.model.subnet(configuration.subnet).virtual_network == id)
        .find(|(_, configuration)| configuration.address == Known::Known(address))
        .map(|(nic, configuration)| Member { subnet: configuration.subnet, nic: Some(nic), address })
    }

    /// Into a VNET: to the NIC that has the address, or to the subnet that it lies in.
    fn deliver(&mut self, id: VirtualNetworkId, header: &mut Header) -> Step<Place> {
        let host = header.destination;
        if let Some(place) = self.place_of(id, host) {
            return Ok(place);
        }
        if let Some(frontend) = self.internal_frontend(id, host) {
            return self.answer_by_member(frontend, None, header);
        }
        if let Some(gateway) = self.internal_gateway(id, host) {
            return Ok(gateway);
        }
        let Host::Ip(address) = host else {
            return denied("nobody there");
        };
        if let Some(endpoint) = endpoints::at(self.model, id, address) {
            return Ok(Place::PrivateEndpoint(endpoint));
        }
        if let Some(member) = self.owner(id, address) {
            return Ok(Place::Member(member));
        }
        let holds = |subnet: &&SubnetId| {
            let subnet = self.model.subnet(**subnet);
            subnet.address_prefixes.iter().any(|net| net.contains(&address))
        };
        match self.model.virtual_network(id).subnets.iter().find(holds) {
            Some(subnet) => Ok(Place::Member(Member { subnet: *subnet, nic: None, address })),
            None => denied("nobody there"),
        }
    }
}

fn translation(at: Member, header: &Header, after: Host) -> Translation {
    Translation { at: Place::Member(at), before: header.source, before_port: header.source_port, after }
}

/// Ports that a translation left open match any.
fn same_flow(seen: &Header, other: &Header) -> bool {
    let same = |a: Option<u16>, b: Option<u16>| a.is_none() || b.is_none() || a == b;
    seen.source == other.source
        && seen.destination == other.destination
        && seen.protocol == other.protocol
        && same(seen.source_port, other.source_port)
        && same(seen.destination_port, other.destination_port)
}

/// The address by which a route is chosen; default outbound addresses are somewhere in Microsoft's space.
fn route_address(model: &Model, host: Host) -> IpAddr {
    match host {
        Host::Ip(address) => address,
        Host::DefaultOutbound => IpAddr::from([40, 1, 2, 3]),
        // Tables name AzureFirewallSubnet as a whole or not at all.
        Host::Instance(id) => {
            let prefix = model.subnet(model.azure_firewall(id).subnet).address_prefixes[0];
            prefix.hosts().nth(9).expect("a subnet with room")
        }
    }
}

fn is_public_host(host: Host) -> bool {
    match host {
        Host::Ip(address) => rules::is_public(address),
        Host::DefaultOutbound => true,
        Host::Instance(_) => false,
    }
}
