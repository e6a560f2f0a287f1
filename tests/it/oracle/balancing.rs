//! Load balancers, from routing.md 5.2, 6.1 and filtering.md 1.6 (F175 to F179, R124, R134, R155, R192 to R197).
//!
//! In: a packet for a frontend, or for a next hop that is one. Out: the member that has it next.

use super::{Header, Host, Member, Place, Step, Walk, admin, by_hand, denied, routes::Maybe, rules};
use azreach::model::*;
use std::net::IpAddr;

/// A frontend by its place in its balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At {
    balancer: LoadBalancerId,
    frontend: usize,
}

impl Walk<'_> {
    fn frontends(&self) -> impl Iterator<Item = (At, FrontendAddress)> + '_ {
        self.model.load_balancers.iter().enumerate().flat_map(|(index, balancer)| {
            let balancer_id = LoadBalancerId::at(index);
            let each = balancer.frontends.iter().enumerate();
            each.map(move |(frontend, one)| (At { balancer: balancer_id, frontend }, one.address))
        })
    }

    pub(super) fn internal_frontend(&self, id: VirtualNetworkId, host: Host) -> Option<At> {
        let is = |address: &FrontendAddress| match *address {
            FrontendAddress::Private(subnet, Known::Known(address)) => {
                Host::Ip(address) == host && self.model.subnet(subnet).virtual_network == id
            }
            _ => false,
        };
        self.frontends().find(|(_, address)| is(address)).map(|(at, _)| at)
    }

    pub(super) fn public_frontend(&self, host: Host) -> Option<(At, PublicIpAddressId)> {
        self.frontends().find_map(|(at, address)| match address {
            FrontendAddress::Public(id) => {
                let address = *self.model.public_ip_address(id).address.known()?;
                (Host::Ip(address) == host).then_some((at, id))
            }
            FrontendAddress::Private(..) => None,
        })
    }

    /// R195: the rule that names this packet.
    fn rule_for(&self, at: At, header: &Header) -> Option<&BalancingRule> {
        let named = |rule: &&BalancingRule| {
            let protocol = match rule.protocol {
                RuleProtocol::Tcp => header.protocol == 6,
                RuleProtocol::Udp => header.protocol == 17,
                _ => matches!(header.protocol, 6 | 17),
            };
            // A port that a translation left open is that of a reply: only HA ports surely have it.
            let port = header.destination_port.is_none_or(|port| rule.ports.contains(port));
            rule.frontend == at.frontend && protocol && port
        };
        self.model.load_balancer(at.balancer).rules.iter().find(named)
    }

    fn member(&self, nic: NetworkInterfaceId, configuration: usize) -> Maybe<Member> {
        let own = &self.model.network_interface(nic).ip_configurations[configuration];
        let address = own.address.known().copied().ok_or_else(|| "a member without address".to_owned())?;
        Ok(Member { subnet: own.subnet, nic: Some(nic), address })
    }

    /// The members that answer their probe (R196, F51, F177, F178).
    fn healthy(&self, at: At, rule: &BalancingRule) -> Step<Vec<Member>> {
        let all = match rule.back_end {
            BackEnd::One(nic, configuration) => vec![(nic, configuration)],
            BackEnd::Pool(pool) => self.model.load_balancer(at.balancer).pools[pool].members.clone(),
        };
        let mut up = Vec::new();
        for (nic, configuration) in all {
            let member = self.member(nic, configuration)?;
            let answers = match rule.probe {
                None => true,
                Some(port) => self.probe_passes(member, port)?,
            };
            if answers {
                up.push(member);
            }
        }
        if up.is_empty() {
            return denied("loadBalancer: all probes down");
        }
        Ok(up)
    }

    fn probe_passes(&self, member: Member, port: u16) -> Maybe<bool> {
        let header = Header {
            source: Host::Ip(IpAddr::from([168, 63, 129, 16])),
            destination: Host::Ip(member.address),
            protocol: 6,
            source_port: Some(50000),
            destination_port: Some(port),
        };
        match admin::judge(self.model, member.subnet, Direction::Inbound, &header)? {
            admin::Said::Through => return Ok(true),
            admin::Said::Denied(_) => return Ok(false),
            admin::Said::Ask => {}
        }
        Ok(rules::filter(self.model, member.subnet, member.nic, Direction::Inbound, &header)?.is_none())
    }

    /// F175, F179: to one of the members, with its own address and port.
    pub(super) fn answer_by_member(
        &mut self,
        at: At,
        public: Option<PublicIpAddressId>,
        header: &mut Header,
    ) -> Step<Place> {
        let Some(rule) = self.rule_for(at, header).cloned() else {
            return denied("loadBalancer: no rule of the frontend names it");
        };
        let up = self.healthy(at, &rule)?;
        let member = up[self.choose(up.len())];
        if self.reply {
            return by_hand("a reply to a frontend");
        }
        if self.initiator == Place::Member(member) {
            // By a frontend of either kind (R134).
            return denied("loadBalancer: led back to itself");
        }
        if rule.floating {
            return by_hand("floating IP (F176)");
        }
        match public {
            None => self.balanced.push((member, *header)),
            Some(id) => {
                let standard = self.model.public_ip_address(id).sku == Known::Known(PublicIpSku::Standard);
                if standard && !rules::is_protected(self.model, member.subnet, member.nic) {
                    // R162.
                    return denied("publicIp: Standard without any NSG");
                }
                self.came_in.push((member, *header));
                self.origin = None;
            }
        }
        header.destination = Host::Ip(member.address);
        header.destination_port = rule.back_end_port.or(header.destination_port);
        Ok(Place::Member(member))
    }

    /// R197: a member sends it on; the same one for both directions (R124).
    pub(super) fn send_on_by_member(&mut self, at: At, header: &Header) -> Step<Place> {
        let Some(rule) = self.rule_for(at, header).cloned() else {
            return denied("loadBalancer: no rule of the frontend names it");
        };
        if header.destination_port.is_none() && !rule.ports.is_all() {
            return by_hand("which rule has a translated port");
        }
        let up = self.healthy(at, &rule)?;
        let earlier = self.chosen.iter().find(|(balancer, _)| *balancer == at.balancer).map(|(_, member)| *member);
        let member = match earlier.filter(|_| self.reply) {
            Some(earlier) if up.contains(&earlier) => earlier,
            Some(_) => return by_hand("the member of the way there is not healthy on the way back"),
            None => up[self.choose(up.len())],
        };
        self.chosen.push((at.balancer, member));
        Ok(Place::Member(member))
    }

    /// R192: the answer gets the frontend's address at its host.
    pub(super) fn undo_internal_frontend(&mut self, member: Member, header: Header) -> Header {
        if !self.reply {
            return header;
        }
        match self.balanced.iter().rposition(|(at, _)| *at == member) {
            Some(at) => self.balanced.remove(at).1.reversed(),
            None => header,
        }
    }

    /// 6.1: by outbound rules, else by frontends of rules without them (R155); R193, R194.
    pub(super) fn out_by_balancer(&self, member: Member) -> Step<Option<Host>> {
        let Some(nic) = member.nic else { return Ok(None) };
        let in_pool = |balancer: &LoadBalancer, pool: usize| {
            balancer.pools[pool].members.iter().any(|(member, _)| *member == nic)
        };
        let (mut by_rules, mut by_frontends) = (Vec::new(), Vec::new());
        let (mut forbidden, mut internal_standard) = (false, false);
        for balancer in &self.model.load_balancers {
            let public = |frontend: usize| match balancer.frontends[frontend].address {
                FrontendAddress::Public(id) => Some(id),
                FrontendAddress::Private(..) => None,
            };
            for (pool, frontends) in &balancer.outbound_rules {
                if in_pool(balancer, *pool) {
                    by_rules.extend(frontends.iter().filter_map(|one| public(*one)));
                }
            }
            for rule in &balancer.rules {
                let BackEnd::Pool(pool) = rule.back_end else { continue };
                if !in_pool(balancer, pool) {
                    continue;
                }
                match public(rule.frontend) {
                    Some(_) if rule.no_outbound => forbidden = true,
                    Some(id) => by_frontends.push(id),
                    None => internal_standard |= balancer.standard == Known::Known(true),
                }
            }
        }
        let mut addresses = if by_rules.is_empty() { by_frontends } else { by_rules };
        addresses.dedup();
        if addresses.is_empty() {
            return match (forbidden, internal_standard) {
                (true, _) => denied("outbound: every rule has disableOutboundSnat (R194)"),
                (_, true) => denied("outbound: behind an internal Standard balancer only (R193)"),
                _ => Ok(None),
            };
        }
        match self.model.public_ip_address(addresses[self.choose(addresses.len())]).address {
            Known::Known(address) => Ok(Some(Host::Ip(address))),
            Known::Unknown(_) => by_hand("the address of a frontend"),
        }
    }
}
