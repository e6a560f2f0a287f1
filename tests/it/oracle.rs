//! The independent judge: one packet at a time, by scanning, straight from the laws.
//!
//! In: a [`Model`], where a packet starts, the packet. Out: allowed, denied or undetermined, and what decided.
//! Deliberately absent: sets, diagrams, compiled tables, and every line of `azreach::evaluate`. Slow on purpose.

pub(crate) mod hybrid;
pub(crate) mod routes;
pub(crate) mod rules;

use azreach::{model::*, space};
use routes::{Hop, Maybe};
use std::net::IpAddr;

/// The answer about one packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// What stopped it.
    Denied(String),
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
    Internet,
}

/// An address as someone sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    Ip(IpAddr),
    /// Microsoft's address of default outbound access: public, not known (F174).
    DefaultOutbound,
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
    Gateway { gateway: VirtualNetworkGatewayId, from: Option<ConnectionId> },
    Site(SiteId),
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

/// What the packet was before an address of it was translated.
#[derive(Debug, Clone, Copy)]
struct Translation {
    at: Member,
    before: Host,
    before_port: Option<u16>,
    after: Host,
}

/// One packet's journey there and back.
struct Walk<'a> {
    model: &'a Model,
    reply: bool,
    /// The VNET that the present source address belongs to.
    origin: Option<VirtualNetworkId>,
    /// Flow records: a NIC and the header that it let through (1.5).
    records: Vec<(Member, Header)>,
    /// Source translations by appliances.
    snats: Vec<Translation>,
    /// Source translations on leaving to the Internet.
    egress: Vec<Translation>,
    /// A public address through which the packet came in: who has it, and the address (R190).
    came_in: Vec<(Member, Host)>,
    /// Sites through which it left to the Internet.
    left_by_site: Option<SiteId>,
    /// Appliances that saw it on the way there, and on the way back.
    seen: Vec<ApplianceId>,
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
    let mut walk = Walk {
        model,
        reply: false,
        origin: None,
        records: Vec::new(),
        snats: Vec::new(),
        egress: Vec::new(),
        came_in: Vec::new(),
        left_by_site: None,
        seen: Vec::new(),
        seen_back: Vec::new(),
    };
    match walk.there_and_back(start, header) {
        Ok(()) => Verdict::Allowed,
        Err(Stop::Denied(why)) => Verdict::Denied(why),
        Err(Stop::Undetermined(why)) => Verdict::Undetermined(why),
    }
}

impl Walk<'_> {
    fn there_and_back(&mut self, start: Start, header: Header) -> Step<()> {
        let Host::Ip(source) = header.source else {
            return denied("no source");
        };
        let place = match start {
            Start::Nic(nic) => Place::Member(self.member_of(nic, source)),
            Start::Subnet(subnet) => Place::Member(Member { subnet, nic: None, address: source }),
            Start::Site(site) => Place::Site(site),
            Start::Internet => Place::Internet,
        };
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
        let both = |appliance: &&ApplianceId| {
            self.model.appliance(**appliance).stateful && !self.seen_back.contains(appliance)
        };
        match self.seen.iter().find(both) {
            Some(appliance) => denied(format!("asymmetric {}", self.model.appliance(*appliance).label.name)),
            None => Ok(()),
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
        match place {
            Place::Member(member) => self.leave_member(member, header),
            Place::Gateway { gateway, from } => self.leave_gateway(gateway, from, header),
            Place::Site(site) => self.leave_site(site, header),
            Place::Internet => {
                if !first {
                    return denied("stray in the internet");
                }
                self.enter_public(header)
            }
        }
    }

    fn leave_member(&mut self, member: Member, header: Header) -> Step<(Place, Header)> {
        self.filter(member, Direction::Outbound, header)?;
        let own = self.model.subnet(member.subnet).virtual_network;
        let row = routes::select(self.model, member.subnet, route_address(header.destination))?;
        let Some(row) = row else {
            return denied("noRoute");
        };
        let carrier = Carrier::Nic(self.origin);
        match row.hop {
            Hop::Drop => denied(format!("route {} None", row.prefix)),
            Hop::VnetLocal => Ok((self.deliver(own, header.destination)?, header)),
            Hop::Peering(link) => {
                let remote = self.cross(link, carrier)?;
                Ok((self.deliver(remote, header.destination)?, header))
            }
            Hop::Appliance(address) => Ok((self.next_hop(own, address, carrier)?, header)),
            Hop::Internet => self.leave_to_internet(member, header),
            Hop::Tunnel(tunnel) => {
                self.reach_gateway(own, tunnel.gateway)?;
                let gateway = tunnel.gateway;
                match self.model.virtual_network_gateway(gateway).gateway_type {
                    // Section 0, select 6: the gateway's own view decides.
                    GatewayType::Vpn => Ok((Place::Gateway { gateway, from: None }, header)),
                    // R212: an ExpressRoute gateway sends nothing back into the VNETs.
                    GatewayType::ExpressRoute => self.enter_site(tunnel, header),
                }
            }
            Hop::UserGateway => {
                let gateway = self.user_gateway(own)?;
                self.reach_gateway(own, gateway)?;
                Ok((Place::Gateway { gateway, from: None }, header))
            }
        }
    }

    /// R42, R43, R212, R216: a user row needs a VNET whose only gateway is VPN.
    fn user_gateway(&self, own: VirtualNetworkId) -> Step<VirtualNetworkGatewayId> {
        let gateways = hybrid::gateways_for(self.model, own);
        match gateways.as_slice() {
            [only] if self.model.virtual_network_gateway(*only).gateway_type == GatewayType::Vpn => Ok(*only),
            _ => denied("route VirtualNetworkGateway without a usable VPN gateway"),
        }
    }

    /// A gateway of this VNET, or of the hub across a peering; broken ones carry nothing (R113, R114, F38).
    fn reach_gateway(&self, own: VirtualNetworkId, gateway: VirtualNetworkGatewayId) -> Step<()> {
        let there = self.model.virtual_network_gateway(gateway).virtual_network;
        if there != own {
            let link = self.link(own, there)?;
            self.access(link)?;
        }
        self.functioning(gateway)
    }

    fn functioning(&self, gateway: VirtualNetworkGatewayId) -> Step<()> {
        match hybrid::works(self.model, gateway)? {
            true => Ok(()),
            false => denied("gateway not functioning"),
        }
    }

    /// 2.6, R45, R176, R215: the next hop's NIC, in this VNET or directly peered.
    fn next_hop(&self, own: VirtualNetworkId, address: IpAddr, carrier: Carrier) -> Step<Place> {
        if self.has_range(own, address) {
            return self.nic_at(own, address);
        }
        for (id, link) in routes::connected(self.model, own) {
            if routes::remote_ranges(self.model, link).iter().any(|net| net.contains(&address)) {
                let remote = self.cross(id, carrier)?;
                return self.nic_at(remote, address);
            }
        }
        denied("route to an appliance that cannot be reached")
    }

    fn nic_at(&self, own: VirtualNetworkId, address: IpAddr) -> Step<Place> {
        match self.owner(own, address) {
            Some(member) => Ok(Place::Member(member)),
            None => denied("route to an appliance that nobody has"),
        }
    }

    /// The two flags of a peering (R87, R89, R96, R178, R182, R183, R210).
    fn cross(&self, link_id: PeeringId, carrier: Carrier) -> Step<VirtualNetworkId> {
        self.access(link_id)?;
        let link = self.model.peering(link_id);
        let remote = *link.remote.known().ok_or_else(|| "unknown remote".to_owned())?;
        let forwarded = match carrier {
            Carrier::Gateway => false,
            Carrier::Nic(origin) => origin != Some(link.local),
        };
        if !forwarded || self.reply || format!("{:?}", self.model.settings.peering_forwarded_flag) == "TagOnly" {
            return Ok(remote);
        }
        let receiving = self.model.peering(link.reverse.ok_or_else(|| "no reverse".to_owned())?);
        let flag = *receiving.allow_forwarded_traffic.known().ok_or_else(|| "unknown flag".to_owned())?;
        // R182: with useRemoteGateways and a gateway over there, forwarded packets are accepted.
        let by_gateway = receiving.use_remote_gateways.known() == Some(&true)
            && !self.model.virtual_network(link.local).gateways.is_empty();
        match flag || by_gateway {
            true => Ok(remote),
            false => denied(format!("peering {} allowForwardedTraffic", receiving.label.name)),
        }
    }

    /// R89, R178, R210: either link closed closes both ways.
    fn access(&self, link: PeeringId) -> Step<()> {
        let link = self.model.peering(link);
        let reverse = link.reverse.map(|id| self.model.peering(id));
        for side in std::iter::once(link).chain(reverse) {
            match side.allow_virtual_network_access {
                Known::Known(true) => {}
                Known::Known(false) => {
                    return denied(format!("peering {} access", side.label.name));
                }
                Known::Unknown(_) => return Err(Stop::Undetermined("access flag".into())),
            }
        }
        Ok(())
    }

    fn link(&self, local: VirtualNetworkId, remote: VirtualNetworkId) -> Step<PeeringId> {
        let links = routes::connected(self.model, local);
        match links.iter().find(|(_, link)| link.remote == Known::Known(remote)) {
            Some((id, _)) => Ok(*id),
            None => denied("peering missing"),
        }
    }

    /// Section 4: what leaves a gateway follows GatewaySubnet's table.
    fn leave_gateway(
        &mut self,
        gateway: VirtualNetworkGatewayId,
        from: Option<ConnectionId>,
        header: Header,
    ) -> Step<(Place, Header)> {
        self.functioning(gateway)?;
        let Some(subnet) = hybrid::gateway_subnet(self.model, gateway) else {
            return Err(Stop::Undetermined("no GatewaySubnet".into()));
        };
        let own = self.model.subnet(subnet).virtual_network;
        let row = routes::select(self.model, subnet, route_address(header.destination))?;
        match row.map(|row| row.hop) {
            Some(Hop::VnetLocal) => Ok((self.deliver(own, header.destination)?, header)),
            Some(Hop::Peering(link)) => {
                // R92, R96: only spokes that use this gateway; the forwarded flag does not matter.
                let remote = self.cross(link, Carrier::Gateway)?;
                let spoke = self.model.peering(self.model.peering(link).reverse.unwrap_or(link));
                if !hybrid::uses_transit(self.model, spoke) {
                    return denied("peering without gateway transit");
                }
                Ok((self.deliver(remote, header.destination)?, header))
            }
            Some(Hop::Appliance(address)) => Ok((self.next_hop(own, address, Carrier::Gateway)?, header)),
            Some(Hop::Tunnel(tunnel)) => {
                self.between_tunnels(gateway, from, tunnel)?;
                self.enter_site(tunnel, header)
            }
            _ => denied("gateway without a route"),
        }
    }

    /// R104 to R106, R109, R111: from one connection into another.
    fn between_tunnels(
        &self,
        gateway: VirtualNetworkGatewayId,
        from: Option<ConnectionId>,
        to: hybrid::Tunnel,
    ) -> Step<()> {
        let vpn = self.model.virtual_network_gateway(gateway).gateway_type == GatewayType::Vpn;
        let allowed = match from {
            None => to.gateway == gateway,
            Some(from) => {
                to.gateway == gateway
                    && vpn
                    && from != to.connection
                    && hybrid::may_transit(self.model, from)
                    && hybrid::may_transit(self.model, to.connection)
            }
        };
        match allowed {
            true => Ok(()),
            false => denied("gateway is no transit"),
        }
    }

    fn enter_site(&self, tunnel: hybrid::Tunnel, header: Header) -> Step<(Place, Header)> {
        let sites = hybrid::sites_behind(self.model, tunnel.connection);
        match sites.as_slice() {
            [site] => Ok((Place::Site(*site), header)),
            [] => Err(Stop::Undetermined("no site behind the connection".into())),
            _ => Err(Stop::Undetermined("several sites behind one connection".into())),
        }
    }

    fn leave_site(&mut self, site: SiteId, header: Header) -> Step<(Place, Header)> {
        self.site_firewall(site, &header)?;
        match hybrid::site_route(self.model, site, route_address(header.destination))? {
            Some(tunnel) => {
                let place = Place::Gateway { gateway: tunnel.gateway, from: Some(tunnel.connection) };
                Ok((place, header))
            }
            None => denied("noRoute at the site"),
        }
    }

    /// A site's firewall judges new connections both ways.
    fn site_firewall(&self, site: SiteId, header: &Header) -> Step<()> {
        let rules = match &self.model.site(site).firewall {
            Some(rules) if !self.reply => rules,
            _ => return Ok(()),
        };
        match rules::judge_list(self.model, rules, header)? {
            Some(rule) => denied(format!("site firewall {rule}")),
            None => Ok(()),
        }
    }

    // ---- the public side ----

    /// Hop Internet: replies leave by the way the client came (R190), new packets by the egress method (6.1).
    fn leave_to_internet(&mut self, member: Member, header: Header) -> Step<(Place, Header)> {
        if self.reply {
            let entry = self.came_in.iter().rev().find(|(at, _)| *at == member);
            return match entry {
                Some((_, public)) if is_public_host(header.destination) => {
                    let carried = Header { source: *public, ..header };
                    self.enter_public(carried)
                }
                _ => denied("reply lost to the internet"),
            };
        }
        if !is_public_host(header.destination) {
            return denied("private destination sent to the internet");
        }
        if header.source != Host::Ip(member.address) {
            // 5.1: what a NIC sends to the Internet must carry its own address.
            return denied("outbound: not the sender's own address");
        }
        let public = self.egress_address(member, header.protocol)?;
        if let Some((_, owner)) = self.bound_to(header.destination)
            && owner == member
        {
            // F172, R189.
            self.egress.push(translation(member, &header, public));
            let (_, carried) = self.enter_public(Header { source: public, ..header })?;
            self.filter(member, Direction::Inbound, carried)?;
            return Err(Stop::Undetermined("law: hairpin to the own public IP".into()));
        }
        self.egress.push(translation(member, &header, public));
        let one_to_one = self.public_ip(member).is_some_and(|(_, address)| address == public);
        let source_port = header.source_port.filter(|_| one_to_one);
        self.enter_public(Header { source: public, source_port, ..header })
    }

    /// 6.1, R152 to R161, R225: NAT gateway, else the own public IP, else default outbound access.
    fn egress_address(&self, member: Member, protocol: u8) -> Step<Host> {
        let transport = matches!(protocol, 6 | 17);
        let own = self.public_ip(member);
        if let Some(nat) = self.model.subnet(member.subnet).nat_gateway {
            if transport {
                return Ok(self.nat_address(nat)?);
            }
            return match own {
                None => denied("outbound: a NAT gateway carries tcp and udp only"),
                Some(_) => Err(Stop::Undetermined("icmp with NAT gateway and public IP".into())),
            };
        }
        if let Some((_, address)) = own {
            // 6.1: TCP, UDP, ICMP, ESP.
            return match protocol {
                51 => denied("outbound: ah through a public IP"),
                _ => Ok(address),
            };
        }
        let private = match self.model.subnet(member.subnet).default_outbound_access {
            Known::Known(access) => !access,
            Known::Unknown(_) => return Err(Stop::Undetermined("default outbound access".into())),
        };
        if private || self.machine_has_standard_ip(member) {
            return denied("outbound: no method");
        }
        match transport {
            true => Ok(Host::DefaultOutbound),
            false => denied("outbound: default outbound access carries tcp and udp only"),
        }
    }

    fn nat_address(&self, nat: NatGatewayId) -> Maybe<Host> {
        let nat = self.model.nat_gateway(nat);
        match (nat.public_ip_addresses.as_slice(), nat.public_ip_prefixes.as_slice()) {
            ([only], []) => match self.model.public_ip_address(*only).address {
                Known::Known(address) => Ok(Host::Ip(address)),
                Known::Unknown(_) => Err("NAT address".into()),
            },
            _ => Err("NAT gateway with several addresses".into()),
        }
    }

    /// R225: any NIC of the machine with a Standard public IP.
    fn machine_has_standard_ip(&self, member: Member) -> bool {
        let Some(nic) = member.nic else { return false };
        let workload = self.model.network_interface(nic).workload;
        let same = |other: &NetworkInterface| workload.is_some() && other.workload == workload;
        let nics = self.model.network_interfaces.iter().filter(|other| same(other));
        let mut addresses =
            nics.flat_map(|nic| &nic.ip_configurations).filter_map(|configuration| configuration.public_ip_address);
        addresses.any(|id| self.model.public_ip_address(id).sku == Known::Known(PublicIpSku::Standard))
    }

    /// The public IP of a member's own address.
    fn public_ip(&self, member: Member) -> Option<(PublicIpAddressId, Host)> {
        let configurations = &self.model.network_interface(member.nic?).ip_configurations;
        let own = configurations.iter().find(|configuration| configuration.address == Known::Known(member.address))?;
        let id = own.public_ip_address?;
        let address = *self.model.public_ip_address(id).address.known()?;
        Some((id, Host::Ip(address)))
    }

    /// Who has a public IP.
    fn bound_to(&self, host: Host) -> Option<(PublicIpAddressId, Member)> {
        let nics = (0..self.model.network_interfaces.len()).map(NetworkInterfaceId::at);
        let members = nics.flat_map(|nic| {
            let configurations = &self.model.network_interface(nic).ip_configurations;
            configurations.iter().filter_map(move |configuration| {
                Some(Member { subnet: configuration.subnet, nic: Some(nic), address: *configuration.address.known()? })
            })
        });
        members
            .filter_map(|member| Some((self.public_ip(member)?, member)))
            .find(|((_, address), _)| *address == host)
            .map(|((id, _), member)| (id, member))
    }

    /// A packet on the public side: to a public IP of ours, back to whoever left, or out into the world.
    fn enter_public(&mut self, header: Header) -> Step<(Place, Header)> {
        if self.reply {
            return match self.egress.iter().rev().find(|step| step.after == header.destination).copied() {
                Some(step) => {
                    let header = Header { destination: step.before, destination_port: step.before_port, ..header };
                    Ok((Place::Member(step.at), header))
                }
                None => Ok((Place::Internet, header)),
            };
        }
        if let Some((id, member)) = self.bound_to(header.destination) {
            let sku = self.model.public_ip_address(id).sku;
            if sku == Known::Known(PublicIpSku::Standard) && !rules::is_protected(self.model, member.subnet, member.nic)
            {
                // R162, F44.
                return denied("publicIp: Standard without any NSG");
            }
            self.came_in.push((member, header.destination));
            self.origin = None;
            let carried = Header { destination: Host::Ip(member.address), ..header };
            return Ok((Place::Member(member), carried));
        }
        if self.is_our_public(header.destination) {
            // R165.
            return denied("outbound: a NAT gateway's address takes nothing in");
        }
        Ok((Place::Internet, header))
    }

    fn is_our_public(&self, host: Host) -> bool {
        let ours = self.model.public_ip_addresses.iter();
        ours.filter_map(|ip| ip.address.known()).any(|address| Host::Ip(*address) == host)
    }

    // ---- arriving at a place ----

    /// True when it is at its end.
    fn arrive(&mut self, place: Place, initiator: Place, header: Header) -> Step<(bool, Header)> {
        match place {
            Place::Gateway { .. } => Ok((false, header)),
            Place::Member(member) => self.arrive_member(member, initiator, header),
            Place::Site(site) => self.arrive_site(site, place, initiator, header),
            Place::Internet if self.reply && initiator != Place::Internet => denied("reply lost in the internet"),
            Place::Internet => Ok((true, header)),
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
        let back = self.snats.iter().rev().find(|step| step.at == member && header.destination == step.after);
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
            if appliance.stateful && !self.seen.contains(&id) {
                return denied(format!("asymmetric {}", appliance.label.name));
            }
            self.seen_back.push(id);
            return Ok(header);
        }
        self.judge_appliance(appliance, &header)?;
        self.seen.push(id);
        Ok(self.translate(appliance, member, header))
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
        Header { source: Host::Ip(member.address), source_port: None, ..header }
    }

    fn arrive_site(&mut self, id: SiteId, place: Place, initiator: Place, header: Header) -> Step<(bool, Header)> {
        self.site_firewall(id, &header)?;
        let site = self.model.site(id);
        let to = route_address(header.destination);
        if site.address_prefixes.iter().any(|net| net.contains(&to)) {
            return match !self.reply || initiator == place {
                true => Ok((true, header)),
                false => denied("reply delivered to another site"),
            };
        }
        if self.reply || !is_public_host(header.destination) {
            return denied("noRoute: the site has no such address");
        }
        // R102, 4.3: forced tunnelling; the site's own way out.
        match &site.internet_egress {
            InternetEgress::No => denied("noRoute: the site has no way to the internet"),
            InternetEgress::Unknown(_) => Err(Stop::Undetermined("the site's internet egress".into())),
            InternetEgress::Yes(_) if self.bound_to(header.destination).is_some() => {
                Err(Stop::Undetermined("a site's public address".into()))
            }
            InternetEgress::Yes(_) => {
                self.left_by_site = Some(id);
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
    fn deliver(&self, id: VirtualNetworkId, host: Host) -> Step<Place> {
        let Host::Ip(address) = host else {
            return denied("nobody there");
        };
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
    Translation { at, before: header.source, before_port: header.source_port, after }
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
fn route_address(host: Host) -> IpAddr {
    match host {
        Host::Ip(address) => address,
        Host::DefaultOutbound => IpAddr::from([40, 1, 2, 3]),
    }
}

fn is_public_host(host: Host) -> bool {
    match host {
        Host::Ip(address) => rules::is_public(address),
        Host::DefaultOutbound => true,
    }
}
