//! Azure Firewall, from filtering.md section 8 and routing.md 5.3 (F146 to F162, R198 to R203).
//!
//! In: a packet at a firewall. Out: what it sends on, or what stops it. Deliberately absent: host names; without one only
//! application rules for every name match.

use super::{
    Header, Host, Place, Step, Translation, Walk, by_hand, denied, is_public_host, route_address,
    routes::{self, Hop},
    rules::{self, Answer, Line},
    virtual_wan::Side,
};
use azreach::{model::*, space};
use std::net::IpAddr;

/// A connection that a firewall let through, as it came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    firewall: AzureFirewallId,
    before: Header,
    /// As the firewall sent it on.
    after: Header,
}

/// The addresses that instances of a firewall may have: what its subnet assigns but its private address.
pub(crate) fn instances(model: &Model, id: AzureFirewallId) -> Vec<IpAddr> {
    let firewall = model.azure_firewall(id);
    let all = model.subnet(firewall.subnet).address_prefixes.iter().flat_map(|prefix| {
        let hosts: Vec<IpAddr> = prefix.hosts().collect();
        hosts.into_iter().skip(3)
    });
    all.filter(|address| firewall.private_address != Known::Known(*address)).collect()
}

impl Walk<'_> {
    pub(super) fn firewall_at(&self, id: VirtualNetworkId, address: IpAddr) -> Option<AzureFirewallId> {
        let all = (0..self.model.azure_firewalls.len()).map(AzureFirewallId::at);
        all.filter(|one| self.home_of_firewall(*one) == id)
            .find(|one| self.model.azure_firewall(*one).private_address == Known::Known(address))
    }

    pub(super) fn home_of_firewall(&self, id: AzureFirewallId) -> VirtualNetworkId {
        self.model.subnet(self.model.azure_firewall(id).subnet).virtual_network
    }

    /// The firewall that has a public address.
    pub(super) fn firewall_with(&self, host: Host) -> Option<AzureFirewallId> {
        let all = (0..self.model.azure_firewalls.len()).map(AzureFirewallId::at);
        let public = |id: &PublicIpAddressId| match self.model.public_ip_address(*id).address {
            Known::Known(address) => Host::Ip(address) == host,
            Known::Unknown(_) => false,
        };
        all.into_iter().find(|one| self.model.azure_firewall(*one).public_ip_addresses.iter().any(public))
    }

    /// What a firewall makes of a packet that reached it, before it sends it on.
    pub(super) fn at_firewall(&mut self, id: AzureFirewallId, outside: bool, header: Header) -> Step<Header> {
        let firewall = self.model.azure_firewall(id);
        if self.reply {
            // F161, R131: only what belongs to a connection that it let through.
            let belongs = |one: &Session| {
                let back = one.after.reversed();
                one.firewall == id && back.source == header.source && back.destination == header.destination
            };
            let Some(at) = self.sessions.iter().rposition(belongs) else {
                return denied(format!("asymmetric {}", firewall.label.name));
            };
            return Ok(self.sessions.remove(at).before.reversed());
        }
        if let Some(why) = self.broken(id)? {
            return denied(why);
        }
        let named = |host: Host| matches!(host, Host::Ip(ip) if firewall.threats.0.contains(space::point(ip)));
        let threat = named(header.source) || named(header.destination);
        if threat && firewall.threat_deny == Known::Known(true) {
            return denied("azureFirewall threat intelligence");
        }
        let nameless = |host: Host| !matches!(host, Host::Ip(_)) && !firewall.threats.0.is_empty();
        if firewall.threat_deny == Known::Known(true) && (nameless(header.source) || nameless(header.destination)) {
            return by_hand("whether an address that nobody knows is on the list (F160)");
        }
        let own = firewall.private_address.known().map(|address| Host::Ip(*address));
        if outside || own == Some(header.destination) {
            return self.translate_destination(id, header);
        }
        match self.network_rule(firewall, &header)? {
            Some((rule, Access::Deny)) => return denied(format!("azureFirewall {rule}")),
            Some((_, Access::Allow)) => return self.send_by_network_rule(id, header),
            None => {}
        }
        match self.application_rule(firewall, &header)? {
            Some((_, Access::Allow)) => Ok(self.translated(id, header)),
            Some((rule, Access::Deny)) => denied(format!("azureFirewall {rule}")),
            // F146.
            None => denied("azureFirewall: no rule allows it"),
        }
    }

    /// R198, R199: without a management subnet its default route leads to the Internet, or it does not work.
    fn broken(&self, id: AzureFirewallId) -> Step<Option<&'static str>> {
        let firewall = self.model.azure_firewall(id);
        let row = routes::default_row(self.model, firewall.subnet)?;
        Ok(match row {
            Some(row) if row.hop != Hop::Internet && !firewall.management => Some("azureFirewall not functional"),
            _ => None,
        })
    }

    /// The first network rule that matches (F147, F148); `Any` without ports is any protocol, with ports TCP and UDP.
    fn network_rule(&self, firewall: &AzureFirewall, header: &Header) -> Step<Option<(String, Access)>> {
        for rule in &firewall.network_rules {
            for protocol in &rule.protocols {
                let line = line(&rule.label, *protocol, &rule.source, &rule.destination, &rule.ports);
                match rules::matches(self.model, None, &line, header)? {
                    Answer::No => {}
                    Answer::Yes => return Ok(Some((line.name, access(rule.access)?))),
                    Answer::Depends => return Err(format!("{} depends", line.name).into()),
                }
            }
        }
        Ok(None)
    }

    /// F149, F150: over TCP, whatever the address.
    fn application_rule(&self, firewall: &AzureFirewall, header: &Header) -> Step<Option<(String, Access)>> {
        let any = AddressMatch { any: true, ..AddressMatch::default() };
        for rule in firewall.application_rules.iter().filter(|rule| rule.hosts.iter().any(|host| host == "*")) {
            let line = line(&rule.label, RuleProtocol::Tcp, &rule.source, &any, &rule.ports);
            match rules::matches(self.model, None, &line, header)? {
                Answer::No => {}
                Answer::Yes => return Ok(Some((line.name, access(rule.access)?))),
                Answer::Depends => return Err(format!("{} depends", line.name).into()),
            }
        }
        Ok(None)
    }

    /// F154 to F157.
    fn send_by_network_rule(&mut self, id: AzureFirewallId, header: Header) -> Step<Header> {
        let firewall = self.model.azure_firewall(id);
        let to = space::point(route_address(self.model, header.destination));
        let keeps = !firewall.always_translates && firewall.private_ranges.contains(to);
        if !keeps {
            return Ok(self.translated(id, header));
        }
        if is_public_host(header.destination) {
            return denied("azureFirewall does not translate towards the Internet");
        }
        self.sessions.push(Session { firewall: id, before: header, after: header });
        Ok(header)
    }

    /// The source becomes an address of AzureFirewallSubnet (F155, R203).
    fn translated(&mut self, id: AzureFirewallId, header: Header) -> Header {
        let after = Header { source: Host::Instance(id), source_port: None, ..header };
        self.sessions.push(Session { firewall: id, before: header, after });
        self.origin = Some(self.home_of_firewall(id));
        after
    }

    /// F153: the first rule for this address and port; it is allowed by that.
    fn translate_destination(&mut self, id: AzureFirewallId, header: Header) -> Step<Header> {
        let firewall = self.model.azure_firewall(id);
        let any = AddressMatch { any: true, ..AddressMatch::default() };
        for rule in &firewall.nat_rules {
            let meant = matches!(header.destination, Host::Ip(ip) if rule.destination.contains(space::point(ip)));
            if !meant || !matches!(header.protocol, 6 | 17) {
                continue;
            }
            for protocol in &rule.protocols {
                let line = line(&rule.label, *protocol, &rule.source, &any, &rule.ports);
                match rules::matches(self.model, None, &line, &header)? {
                    Answer::No => continue,
                    Answer::Yes => {}
                    Answer::Depends => return Err(format!("{} depends", line.name).into()),
                }
                let Known::Known(address) = rule.translated_address else {
                    return Err("unknown translated address".to_owned().into());
                };
                let sent = self.translated(id, header);
                let destination_port = rule.translated_port.or(sent.destination_port);
                let after = Header { destination: Host::Ip(address), destination_port, ..sent };
                if let Some(session) = self.sessions.last_mut() {
                    session.after = after;
                }
                return Ok(after);
            }
        }
        denied("azureFirewall: no destination translation is for this")
    }

    /// On by the rows of AzureFirewallSubnet, which no security group guards (F212).
    pub(super) fn leave_firewall(&mut self, id: AzureFirewallId, header: Header) -> Step<(Place, Header)> {
        if let Some(hub) = self.hub_of_firewall(id) {
            return Ok((Place::Hub { hub, side: Side::Firewall }, header));
        }
        let subnet = self.model.azure_firewall(id).subnet;
        match routes::select(self.model, subnet, route_address(self.model, header.destination))? {
            Some(row) if row.hop == Hop::Internet => self.firewall_to_internet(id, header),
            Some(row) => self.follow(self.home_of_firewall(id), row, None, header),
            None => denied("noRoute"),
        }
    }

    pub(super) fn firewall_to_internet(&mut self, id: AzureFirewallId, header: Header) -> Step<(Place, Header)> {
        if !is_public_host(header.destination) {
            return denied("private destination sent to the internet");
        }
        if self.reply {
            return self.enter_public(header);
        }
        let firewall = self.model.azure_firewall(id);
        let public = match self.model.subnet(firewall.subnet).nat_gateway {
            // R202.
            Some(_) if !matches!(header.protocol, 6 | 17) => {
                return denied("outbound: a NAT gateway carries tcp and udp only");
            }
            Some(nat) => self.nat_address(nat)?,
            None if header.protocol == 51 => return denied("outbound: ah"),
            None if firewall.public_ip_addresses.is_empty() => return denied("outbound: no public address"),
            None => {
                // F181: any of them.
                let at = self.choose(firewall.public_ip_addresses.len());
                match self.model.public_ip_address(firewall.public_ip_addresses[at]).address {
                    Known::Known(address) => Host::Ip(address),
                    Known::Unknown(_) => return Err("unknown public address".to_owned().into()),
                }
            }
        };
        self.egress.push(Translation {
            at: Place::Firewall { id, outside: false },
            before: header.source,
            before_port: header.source_port,
            after: public,
        });
        self.enter_public(Header { source: public, source_port: None, ..header })
    }

    /// Stateful: it must see both directions (R131).
    pub(super) fn unseen_firewall(&self) -> Option<&str> {
        self.sessions.first().map(|session| self.model.azure_firewall(session.firewall).label.name.as_str())
    }

    /// A place in AzureFirewallSubnet or anywhere else that nobody of the model has.
    pub(super) fn place_of(&self, id: VirtualNetworkId, host: Host) -> Option<Place> {
        match host {
            Host::Instance(firewall) if self.home_of_firewall(firewall) == id => {
                Some(Place::Firewall { id: firewall, outside: false })
            }
            Host::Ip(address) => self.firewall_at(id, address).map(|id| Place::Firewall { id, outside: false }),
            _ => None,
        }
    }
}

/// What a rule does, where it is known.
fn access(access: Known<Access>) -> Step<Access> {
    match access {
        Known::Known(access) => Ok(access),
        Known::Unknown(_) => Err("an action that is not known".to_owned().into()),
    }
}

fn line<'a>(
    label: &Label,
    protocol: RuleProtocol,
    source: &'a AddressMatch,
    destination: &'a AddressMatch,
    ports: &space::Ports,
) -> Line<'a> {
    Line {
        name: label.name.clone(),
        priority: 0,
        access: Access::Allow,
        protocol,
        source,
        source_ports: space::Ports::all(),
        destination,
        destination_ports: ports.clone(),
    }
}
