//! Application gateways, from filtering.md F186 and routing.md R229; semantics.md for their pools and requests.
//!
//! In: a packet at a frontend. Out: whether the client's connection ends there, for which a second one to a back end must
//! work. It starts at some address of the gateway's subnet: a few are tried, and where they differ nobody knows.

use super::{Header, Host, Member, Place, Start, Step, Stop, Verdict, Walk, denied, verdict};
use azreach::{model::*, space};
use std::net::IpAddr;

/// Ports that the gateway may choose, on both sides of the one edge that rules have.
const SOURCE_PORTS: [u16; 3] = [1024, 40000, 40001];

/// Addresses of a gateway's subnet that its instances may have: Azure's own and those that somebody has are out. Rules
/// name subnets as a whole, or addresses that somebody has: some at both ends speak for all.
fn instances(model: &Model, id: ApplicationGatewayId) -> Vec<IpAddr> {
    let gateway = model.application_gateway(id);
    let frontends = model.application_gateways.iter().flat_map(|one| &one.frontends);
    let of_frontends = frontends.filter_map(|one| match one.address {
        FrontendAddress::Private(_, Known::Known(address)) => Some(address),
        _ => None,
    });
    let taken: Vec<IpAddr> = of_frontends.collect();
    let prefix = model.subnet(gateway.subnet).address_prefixes[0];
    let hosts: Vec<IpAddr> = prefix.hosts().skip(3).filter(|address| !taken.contains(address)).collect();
    [0, 1, hosts.len() / 2, hosts.len() - 1].map(|at| hosts[at]).to_vec()
}

/// Outcomes of what nobody knows the choice of.
fn alike(outcomes: Vec<Step<()>>) -> Step<()> {
    let word = |one: &Step<()>| match one {
        Ok(()) => 0,
        Err(Stop::Denied(_)) => 1,
        Err(Stop::Undetermined(_)) => 2,
    };
    match outcomes.windows(2).all(|pair| word(&pair[0]) == word(&pair[1])) {
        true => outcomes.into_iter().next().unwrap_or(Ok(())),
        false => Err(Stop::Undetermined("law: which address an instance of the gateway has".into())),
    }
}

impl Walk<'_> {
    fn gateway_frontends(&self) -> impl Iterator<Item = (Place, FrontendAddress)> + '_ {
        let gateways = self.model.application_gateways.iter().enumerate();
        gateways.flat_map(|(index, gateway)| {
            let id = ApplicationGatewayId::at(index);
            let each = gateway.frontends.iter().enumerate();
            each.map(move |(frontend, one)| (Place::ApplicationGateway { id, frontend }, one.address))
        })
    }

    pub(super) fn internal_gateway(&self, network: VirtualNetworkId, host: Host) -> Option<Place> {
        let is = |address: &FrontendAddress| match *address {
            FrontendAddress::Private(subnet, Known::Known(address)) => {
                Host::Ip(address) == host && self.model.subnet(subnet).virtual_network == network
            }
            _ => false,
        };
        self.gateway_frontends().find(|(_, address)| is(address)).map(|(place, _)| place)
    }

    /// The gateway behind a public address, and the packet as one of its instances gets it.
    pub(super) fn public_gateway(&mut self, header: Header) -> Option<(Place, Header)> {
        let is = |address: &FrontendAddress| match *address {
            FrontendAddress::Public(id) => {
                self.model.public_ip_address(id).address.known().is_some_and(|one| Host::Ip(*one) == header.destination)
            }
            FrontendAddress::Private(..) => false,
        };
        let (place, _) = self.gateway_frontends().find(|(_, address)| is(address))?;
        let Place::ApplicationGateway { id, .. } = place else { return None };
        let address = instances(self.model, id)[0];
        let member = Member { subnet: self.model.application_gateway(id).subnet, nic: None, address };
        self.came_in.push((member, header));
        self.origin = None;
        Some((place, Header { destination: Host::Ip(address), ..header }))
    }

    /// The client's connection: past the group of the gateway's subnet, to a listener, and the second one (F186).
    pub(super) fn arrive_gateway(
        &mut self,
        id: ApplicationGatewayId,
        frontend: usize,
        header: Header,
    ) -> Step<(bool, Header)> {
        let gateway = self.model.application_gateway(id);
        let mut addresses = instances(self.model, id);
        if let FrontendAddress::Private(_, Known::Known(own)) = gateway.frontends[frontend].address {
            addresses.push(own);
        }
        let judged = addresses.into_iter().map(|address| {
            let member = Member { subnet: gateway.subnet, nic: None, address };
            self.filter(member, Direction::Inbound, Header { destination: Host::Ip(address), ..header })
        });
        let judged = judged.collect();
        alike(judged)?;
        let port = header.destination_port.filter(|_| header.protocol == 6);
        let here = gateway.listeners.iter().filter(|one| one.frontend == frontend);
        let ways: Vec<Option<&GatewayWay>> = here
            .filter(|one| port.is_some() && one.port.known().copied() == port)
            .flat_map(|one| match one.ways.is_empty() {
                true => vec![None],
                false => one.ways.iter().map(Some).collect(),
            })
            .collect();
        if ways.is_empty() {
            return denied("applicationGateway: no listener");
        }
        // What the request says chooses, and is not known.
        match ways[self.choose(ways.len())] {
            None => denied("applicationGateway: no rule"),
            Some(GatewayWay { to: GatewayTarget::Redirect, .. }) => Ok((true, header)),
            Some(GatewayWay { to: GatewayTarget::Pool { pool, port: Known::Known(port), probe }, .. }) => {
                self.by_rotation(id, *pool, *port, *probe)?;
                Ok((true, header))
            }
            Some(_) => Err(Stop::Undetermined("a port that is not known".into())),
        }
    }

    /// Probes on the same port: whom the gateway reaches is in rotation. On another: whom it reaches there.
    fn by_rotation(&self, id: ApplicationGatewayId, pool: usize, port: u16, probe: Option<u16>) -> Step<()> {
        let members = &self.model.application_gateway(id).pools[pool].members;
        let mut found: Vec<Verdict> = Vec::new();
        for member in members {
            match (probe.map(|port| self.second(id, member, port)), self.second(id, member, port)) {
                (Some(Verdict::Denied(_)), _) => {}
                (Some(Verdict::Undetermined(why)), Verdict::Denied(_)) => found.push(Verdict::Undetermined(why)),
                (_, verdict) => found.push(verdict),
            }
        }
        if probe.is_none() && found.iter().any(|one| !matches!(one, Verdict::Denied(_))) {
            found.retain(|one| !matches!(one, Verdict::Denied(_)));
            if found.contains(&Verdict::Allowed) {
                found.retain(|one| !matches!(one, Verdict::Undetermined(_)));
            }
        }
        if found.is_empty() {
            return denied("applicationGateway: no back end");
        }
        match &found[self.choose(found.len())] {
            Verdict::Allowed => Ok(()),
            Verdict::Denied(why) => denied(why.clone()),
            Verdict::Undetermined(why) => Err(Stop::Undetermined(why.clone())),
            Verdict::Mixed => match self.choose(2) {
                0 => Ok(()),
                _ => denied("the second connection sometimes"),
            },
        }
    }

    /// A connection of the gateway's own, from one of its instances (R229).
    fn second(&self, id: ApplicationGatewayId, member: &GatewayBackEnd, port: u16) -> Verdict {
        let subnet = self.model.application_gateway(id).subnet;
        let to = match member {
            GatewayBackEnd::Address(address) => *address,
            GatewayBackEnd::NetworkInterface(nic) => {
                match self.model.network_interface(*nic).ip_configurations[0].address {
                    Known::Known(address) => address,
                    Known::Unknown(_) => return Verdict::Undetermined("a back end's address".into()),
                }
            }
            GatewayBackEnd::Host(_) => return Verdict::Undetermined("a back end by name".into()),
        };
        let from_one = |from: IpAddr| {
            let each = SOURCE_PORTS.map(|source_port| {
                let packet = space::Packet {
                    source: space::point(from),
                    destination: space::point(to),
                    protocol: 6,
                    source_port,
                    destination_port: port,
                };
                verdict(self.model, Start::Subnet(subnet), &packet)
            });
            beside(each.to_vec())
        };
        let found: Vec<Verdict> = instances(self.model, id).into_iter().map(from_one).collect();
        match found.windows(2).all(|pair| std::mem::discriminant(&pair[0]) == std::mem::discriminant(&pair[1])) {
            true => found.into_iter().next().unwrap_or(Verdict::Allowed),
            false => Verdict::Undetermined("law: which address an instance of the gateway has".into()),
        }
    }
}

/// Packets of one flow. Where the gateway's choice of a port decides as well as its choice of an instance, this is no judge.
fn beside(mut found: Vec<Verdict>) -> Verdict {
    if let Some(open) = found.iter().find(|one| matches!(one, Verdict::Undetermined(_))) {
        return open.clone();
    }
    match found.windows(2).all(|pair| std::mem::discriminant(&pair[0]) == std::mem::discriminant(&pair[1])) {
        true => found.swap_remove(0),
        false => Verdict::Undetermined("the port of an instance that nobody knows".into()),
    }
}
