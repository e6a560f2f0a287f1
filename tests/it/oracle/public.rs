//! The public side: egress methods, public IPs, what comes back (routing.md 6, filtering.md 1.6).
//!
//! In: a packet whose row says Internet, or that comes from there. Out: who has it next.

use super::{
    Aim, Header, Host, Member, Place, Step, Stop, Walk, by_hand, denied, is_public_host, routes::Maybe, rules,
    translation,
};
use azreach::model::*;

impl Walk<'_> {
    /// Hop Internet: replies leave by the way the client came (R190), new packets by the egress method (6.1).
    pub(super) fn leave_to_internet(&mut self, member: Member, header: Header) -> Step<(Place, Header)> {
        if self.reply {
            let entry = self.came_in.iter().rev().find(|(at, _)| *at == member);
            return match entry {
                Some((_, before)) if is_public_host(header.destination) => {
                    let carried = Header { source: before.destination, source_port: before.destination_port, ..header };
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
        let one_to_one = self.public_ip(member).is_some_and(|(_, address)| address == public);
        let source_port = if one_to_one { header.source_port } else { self.translated_port(&header) };
        if let Some((_, owner)) = self.bound_to(header.destination)
            && owner == member
        {
            // F172, R189.
            self.egress.push(translation(member, &header, public));
            let (_, carried) = self.enter_public(Header { source: public, source_port, ..header })?;
            self.filter(member, Direction::Inbound, carried)?;
            return Err(Stop::Undetermined("law: hairpin to the own public IP".into()));
        }
        self.egress.push(translation(member, &header, public));
        self.left_from = Some(member);
        self.enter_public(Header { source: public, source_port, ..header })
    }

    /// Whether the packet is for a storage account of a VNET's region.
    fn is_storage_of(&self, home: VirtualNetworkId) -> bool {
        let Aim::Service { id, .. } = self.aim else { return false };
        let service = self.model.service(id);
        service.kind == ServiceKind::StorageAccount && service.location == self.model.virtual_network(home).location
    }

    /// 6.1, R152 to R161, R225: NAT gateway, else the own public IP, else default outbound access.
    pub(super) fn egress_address(&self, member: Member, protocol: u8) -> Step<Host> {
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
        if let Some(way) = self.out_by_balancer(member)? {
            return match transport {
                true => Ok(way),
                false => denied("outbound: a load balancer carries tcp and udp only"),
            };
        }
        let private = match self.model.subnet(member.subnet).default_outbound_access {
            Known::Known(access) => !access,
            Known::Unknown(_) => return Err(Stop::Undetermined("default outbound access".into())),
        };
        // R160: storage of the same region.
        let nearby = private && self.is_storage_of(self.model.subnet(member.subnet).virtual_network);
        if (private && !nearby) || self.machine_has_standard_ip(member) {
            return denied("outbound: no method");
        }
        match transport {
            true => Ok(self.default_outbound(member)),
            false => denied("outbound: default outbound access carries tcp and udp only"),
        }
    }

    /// R161: Microsoft's choice; one that the world has made, or nobody knows.
    fn default_outbound(&self, member: Member) -> Host {
        let home = self.model.virtual_network(self.model.subnet(member.subnet).virtual_network);
        match self.world {
            Some(world) => Host::Ip(world.azure_address(self.model, "default outbound", home.location.as_deref())),
            None => Host::DefaultOutbound,
        }
    }

    /// 4.3: out by the site's own Internet access, behind its address.
    pub(super) fn leave_site_to_internet(&mut self, site: SiteId, header: Header) -> Step<(Place, Header)> {
        if self.is_our_public(header.destination) {
            return by_hand("a site's public address");
        }
        self.left_by_site = Some((site, header));
        let source = self.site_address(site)?;
        Ok((Place::Internet, Header { source, source_port: self.translated_port(&header), ..header }))
    }

    /// The public address behind which a site appears.
    pub(super) fn site_address(&self, site: SiteId) -> Step<Host> {
        match (&self.model.site(site).internet_egress, self.world) {
            (InternetEgress::No, _) => denied("noRoute: the site has no way to the internet"),
            (InternetEgress::Yes(nets), Some(world)) => match nets.as_slice() {
                [] => Ok(Host::Ip(world.public_address("site"))),
                [net, ..] => Ok(Host::Ip(net.addr())),
            },
            _ => Err(Stop::Undetermined("the site's internet egress".into())),
        }
    }

    pub(super) fn nat_address(&self, nat: NatGatewayId) -> Maybe<Host> {
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
    pub(super) fn machine_has_standard_ip(&self, member: Member) -> bool {
        let Some(nic) = member.nic else { return false };
        let workload = self.model.network_interface(nic).workload;
        let same = |other: &NetworkInterface| workload.is_some() && other.workload == workload;
        let nics = self.model.network_interfaces.iter().filter(|other| same(other));
        let mut addresses =
            nics.flat_map(|nic| &nic.ip_configurations).filter_map(|configuration| configuration.public_ip_address);
        addresses.any(|id| self.model.public_ip_address(id).sku == Known::Known(PublicIpSku::Standard))
    }

    /// The public IP of a member's own address.
    pub(super) fn public_ip(&self, member: Member) -> Option<(PublicIpAddressId, Host)> {
        let configurations = &self.model.network_interface(member.nic?).ip_configurations;
        let own = configurations.iter().find(|configuration| configuration.address == Known::Known(member.address))?;
        let id = own.public_ip_address?;
        let address = *self.model.public_ip_address(id).address.known()?;
        Some((id, Host::Ip(address)))
    }

    /// Who has a public IP.
    pub(super) fn bound_to(&self, host: Host) -> Option<(PublicIpAddressId, Member)> {
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
    pub(super) fn enter_public(&mut self, header: Header) -> Step<(Place, Header)> {
        if self.reply {
            if let Some((site, before)) = self.left_by_site
                && header.destination == self.site_address(site)?
            {
                let header = Header { destination: before.source, destination_port: before.source_port, ..header };
                return Ok((Place::Site(site), header));
            }
            return match self.egress.iter().rev().find(|step| step.after == header.destination).copied() {
                Some(step) => {
                    let header = Header { destination: step.before, destination_port: step.before_port, ..header };
                    Ok((step.at, header))
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
            self.came_in.push((member, header));
            self.origin = None;
            let carried = Header { destination: Host::Ip(member.address), ..header };
            return Ok((Place::Member(member), carried));
        }
        if let Some(id) = self.firewall_with(header.destination) {
            return Ok((Place::Firewall { id, outside: true }, header));
        }
        if let Some((frontend, id)) = self.public_frontend(header.destination) {
            let mut header = header;
            let place = self.answer_by_member(frontend, Some(id), &mut header)?;
            return Ok((place, header));
        }
        if let Some(arrived) = self.public_gateway(header) {
            return Ok(arrived);
        }
        if self.is_our_public(header.destination) {
            // R165.
            return denied("outbound: a NAT gateway's address takes nothing in");
        }
        Ok((Place::Internet, header))
    }

    pub(super) fn is_our_public(&self, host: Host) -> bool {
        let ours = self.model.public_ip_addresses.iter();
        ours.filter_map(|ip| ip.address.known()).any(|address| Host::Ip(*address) == host)
    }
}
