//! Through gateways to networks that are not peered: sites, other VNETs, and back.
//!
//! In: a flight whose row leads to a gateway, or that starts at a site. Out: fates. Deliberately absent: what
//! gateways know (that is `compile/hybrid`).

use super::{
    filter::filter,
    flight::{Device, Doubts, Fates, Flight, HubSide, Leaving, Leg, ListRef, Place, Stop, Waypoint},
    header::{Field, Point, Port},
    steps,
    walk::{Aim, Walk, outside_tags},
};
use crate::{
    model::{
        Attachment, Connection, ConnectionId, ConnectionTarget, GatewayType, InternetEgress, Known, SiteId,
        SubnetPurpose, VirtualHub, VirtualHubId, VirtualNetworkGatewayId, VirtualNetworkId,
    },
    network::{GatewayPeer, LocalOwner, SitePeer},
    space::{self, Set},
    trace::{DeciderKind, Outcome},
};
use ipnet::IpNet;
use std::rc::Rc;

impl Walk<'_> {
    /// A gateway row: over the transit link first where the gateway is the hub's (R91).
    pub(super) fn reach_gateway(
        &mut self,
        flight: Flight,
        home: VirtualNetworkId,
        gateway: VirtualNetworkGatewayId,
    ) -> Fates {
        let flight = match self.network.virtual_network(home).transit {
            Some((_, link)) => match self.cross_peering(flight, home, link) {
                Ok((flight, _)) => self.doubt_unjoined_gateway(flight, link),
                Err(fates) => return fates,
            },
            None => flight,
        };
        self.out_of_gateway(flight, gateway)
    }

    /// A user row to "the" gateway, which is the VPN gateway (R42).
    pub(super) fn reach_vpn_gateway(&mut self, flight: Flight, home: VirtualNetworkId) -> Fates {
        let network = self.network;
        let vpn = |id: &&VirtualNetworkGatewayId| {
            network.model.virtual_network_gateway(**id).gateway_type == GatewayType::Vpn
        };
        match network.virtual_network(home).gateways.iter().find(vpn) {
            Some(gateway) => self.reach_gateway(flight, home, *gateway),
            None => Fates::new(),
        }
    }

    /// At a gateway: working, and not for the second time.
    fn at_gateway(&mut self, flight: Flight, id: VirtualNetworkGatewayId, from: Leaving) -> Result<Flight, Fates> {
        let name = self.network.model.virtual_network_gateway(id).label.name.clone();
        let mut flight = self.pass(self.spend(flight)?, Stop::Gateway(id, from), &name)?.at(&name);
        if let Some((why, law)) = &self.network.gateway(id).broken {
            return Err(self.stop(flight, steps::gateway(self.network, id, Outcome::Deny, why.clone(), law)));
        }
        flight.origin = None;
        flight.through_gateway = Some(id);
        Ok(flight)
    }

    /// From the VNET's side: to whatever the gateway has learned for the destination, or back into the hub and
    /// its spokes (R212).
    fn out_of_gateway(&mut self, flight: Flight, id: VirtualNetworkGatewayId) -> Fates {
        let flight = match self.at_gateway(flight, id, Leaving::Inside) {
            Ok(flight) => flight,
            Err(fates) => return fates,
        };
        let (flight, mut fates) = self.stop_ipv6(flight, id);
        let network = self.network;
        let mut ways: Vec<(IpNet, Option<GatewayPeer>)> =
            network.gateway(id).learned.iter().map(|entry| (entry.prefix, Some(entry.to))).collect();
        ways.extend(self.ranges_inside(id).into_iter().map(|prefix| (prefix, None)));
        ways.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.prefix_len()));
        if let Field::Named(point) = flight.header.destination.clone() {
            return self.out_of_gateway_by_name(flight, id, &ways, &point);
        }
        let mut rest = flight.part;
        for (prefix, peer) in ways {
            let part = self.towards(&flight, &space::prefix(prefix));
            let part = self.space.and(part, rest);
            if part == Set::EMPTY {
                continue;
            }
            rest = self.space.minus(rest, part);
            fates.extend(self.by_way(flight.with(part), id, prefix, peer));
        }
        if rest != Set::EMPTY {
            fates.extend(self.no_way_at_gateway(flight.with(rest), id));
        }
        fates
    }

    /// A VPN gateway carries no IPv6 (R228).
    fn stop_ipv6(&mut self, flight: Flight, id: VirtualNetworkGatewayId) -> (Flight, Fates) {
        let gateway = self.network.model.virtual_network_gateway(id);
        if gateway.gateway_type != GatewayType::Vpn {
            return (flight, Fates::new());
        }
        let part = self.towards(&flight, &space::ipv6());
        if part == Set::EMPTY {
            return (flight, Fates::new());
        }
        let rest = self.space.minus(flight.part, part);
        let detail = "a VPN gateway carries no IPv6, by Microsoft's text of 2023";
        let step = steps::gateway(self.network, id, Outcome::Deny, detail, "R228");
        (flight.with(rest), self.stop(flight.with(part), step))
    }

    /// A destination known by name only takes every way that its possible addresses take; one outside all tags the
    /// default route.
    fn out_of_gateway_by_name(
        &mut self,
        flight: Flight,
        id: VirtualNetworkGatewayId,
        ways: &[(IpNet, Option<GatewayPeer>)],
        point: &Point,
    ) -> Fates {
        // Names are asked for IPv4 addresses.
        let mut left = point.possible.intersect(&space::ipv4());
        let mut taken = Vec::new();
        for (prefix, peer) in ways {
            let addresses = space::prefix(*prefix);
            let wanted = match point.possible.is_empty() {
                true => taken.is_empty() && *prefix == IpNet::default(),
                false => left.meets(&addresses),
            };
            if wanted {
                left = left.minus(&addresses);
                taken.push(self.by_way(flight.clone(), id, *prefix, *peer));
            }
        }
        if taken.is_empty() || !left.is_empty() {
            taken.push(self.no_way_at_gateway(flight, id));
        }
        self.combine_unknown(taken, &Doubts::of_text(&point.fact))
    }

    /// By one way that a gateway knows: to a peer of its, or back to its own side.
    fn by_way(
        &mut self,
        flight: Flight,
        id: VirtualNetworkGatewayId,
        prefix: IpNet,
        peer: Option<GatewayPeer>,
    ) -> Fates {
        let network = self.network;
        let flight = flight.step(steps::gateway(network, id, Outcome::Pass, format!("knows {prefix}"), "R99"));
        let vpn = network.model.virtual_network_gateway(id).gateway_type == GatewayType::Vpn;
        match peer {
            Some(peer) => self.reach_gateway_peer(flight, id, peer),
            None if vpn => self.enter_hub(flight, id),
            None => {
                let detail = "an ExpressRoute gateway does not carry traffic between spokes";
                self.stop(flight, steps::gateway(network, id, Outcome::Deny, detail, "R212"))
            }
        }
    }

    fn no_way_at_gateway(&self, flight: Flight, id: VirtualNetworkGatewayId) -> Fates {
        let detail = "the gateway knows no way to the destination";
        self.stop(flight, steps::gateway(self.network, id, Outcome::Deny, detail, "R99"))
    }

    /// The ranges on the gateway's own side: its VNET's and those of the spokes that use it.
    pub(super) fn ranges_inside(&self, id: VirtualNetworkGatewayId) -> Vec<IpNet> {
        let model = &self.network.model;
        let hub = model.virtual_network_gateway(id).virtual_network;
        let mut ranges = model.virtual_network(hub).address_prefixes.clone();
        for (index, spoke) in model.virtual_networks.iter().enumerate() {
            let uses = self.network.virtual_network(VirtualNetworkId::at(index)).transit;
            if uses.is_some_and(|(of, _)| of == hub) {
                ranges.extend(&spoke.address_prefixes);
            }
        }
        ranges
    }

    fn reach_gateway_peer(&mut self, flight: Flight, id: VirtualNetworkGatewayId, peer: GatewayPeer) -> Fates {
        match peer {
            GatewayPeer::Site(site) => self.enter_site(flight, site),
            GatewayPeer::Gateway(other) => self.enter_gateway(flight, other),
            GatewayPeer::Nowhere(connection) => self.behind(flight, connection),
            GatewayPeer::Clients => {
                let name = self.network.model.clients_name(id);
                self.arrive(flight.at(&name), Place::Clients(id))
            }
        }
    }

    /// Behind a connection whose far end is no site of the file: its prefixes are all that is known of it.
    fn behind(&mut self, flight: Flight, connection: ConnectionId) -> Fates {
        let name = self.network.model.connection(connection).label.name.clone();
        self.arrive(flight.at(&name), Place::Behind(connection))
    }

    /// From a site into a gateway, or by FastPath past it. Which of several lines carries a packet is not known.
    fn come_by_line(&mut self, flight: Flight, site: SiteId, id: VirtualNetworkGatewayId) -> Fates {
        let lines = self.lines(site, id);
        let skips = |one: bool| lines.iter().all(|line| *line == Known::Known(one));
        let unknown = lines.iter().find_map(|line| if let Known::Unknown(fact) = line { Some(*fact) } else { None });
        let doubts = match unknown {
            None if skips(false) => return self.enter_gateway(flight, id),
            None if skips(true) => return self.come_in_by(flight, id, true),
            None => Doubts::of_text("which of several lines, with FastPath and without, carries the packet"),
            Some(fact) => Doubts::from_facts(&[fact]),
        };
        let ways = [false, true].map(|fast| self.come_in_by(flight.clone(), id, fast));
        self.combine_unknown(ways.into(), &doubts)
    }

    /// For each connection by which a site's circuits lead to a gateway: whether what it carries skips the gateway (R233).
    fn lines(&self, site: SiteId, id: VirtualNetworkGatewayId) -> Vec<Known<bool>> {
        let model = &self.network.model;
        let at_site = |connection: &&Connection| match connection.target {
            ConnectionTarget::ExpressRouteCircuit(circuit) => {
                model.site(site).attachments.contains(&Attachment::ExpressRouteCircuit(circuit))
            }
            _ => false,
        };
        let here = model.connections.iter().filter(|connection| connection.gateway == id);
        here.filter(at_site).map(|connection| connection.skips_gateway).collect()
    }

    /// From outside into a gateway.
    pub(super) fn enter_gateway(&mut self, flight: Flight, id: VirtualNetworkGatewayId) -> Fates {
        self.come_in_by(flight, id, false)
    }

    fn come_in_by(&mut self, flight: Flight, id: VirtualNetworkGatewayId, fast: bool) -> Fates {
        match self.at_gateway(flight, id, Leaving::Outside) {
            Ok(flight) => {
                let (flight, mut fates) = self.stop_ipv6(flight, id);
                let (flight, delivered) = if fast { self.past_gateway(flight, id) } else { (flight, Fates::new()) };
                fates.extend(delivered);
                let step = steps::gateway(self.network, id, Outcome::Pass, "into the virtual network", "R219");
                if flight.part != Set::EMPTY {
                    fates.extend(self.enter_hub(flight.step(step), id));
                }
                fates
            }
            Err(fates) => fates,
        }
    }

    /// FastPath hands what is for the gateway's own network to machines there, whatever the routes of GatewaySubnet say.
    /// What it does not carry goes on to the gateway: IPv6, private endpoints, Basic balancers (R233).
    fn past_gateway(&mut self, flight: Flight, id: VirtualNetworkGatewayId) -> (Flight, Fates) {
        let hub = self.network.model.virtual_network_gateway(id).virtual_network;
        let destinations = self.destinations(&flight);
        let mut carried = self.network.virtual_network(hub).space.intersect(&space::ipv4());
        for (owner, addresses) in self.network.virtual_network(hub).owners_of(&destinations) {
            if self.needs_the_gateway(owner) {
                carried = carried.minus(&addresses);
            }
        }
        let part = match self.aim {
            Aim::PrivateEndpoint(_) => Set::EMPTY,
            _ => self.towards(&flight, &carried),
        };
        if part == Set::EMPTY {
            return (flight, Fates::new());
        }
        let rest = self.space.minus(flight.part, part);
        let detail = "FastPath skips the gateway and the routes of its subnet";
        let step = steps::gateway(self.network, id, Outcome::Pass, detail, "R233");
        let delivered = self.deliver(flight.with(part).step(step), hub);
        (flight.with(rest), delivered)
    }

    fn needs_the_gateway(&self, owner: LocalOwner) -> bool {
        match owner {
            LocalOwner::PrivateEndpoint(..) | LocalOwner::Unmodelled(..) => true,
            LocalOwner::LoadBalancer(id, _) => self.network.model.load_balancer(id).standard == Known::Known(false),
            _ => false,
        }
    }

    /// On by GatewaySubnet's own table (R115, R116, R204).
    fn enter_hub(&mut self, flight: Flight, id: VirtualNetworkGatewayId) -> Fates {
        let hub = self.network.model.virtual_network_gateway(id).virtual_network;
        let subnets = self.network.model.virtual_network(hub).subnets.iter().copied();
        let gateway_subnet =
            subnets.into_iter().find(|subnet| self.network.model.subnet(*subnet).purpose == SubnetPurpose::Gateway);
        match gateway_subnet {
            Some(subnet) => self.route(flight, Place::Subnet(subnet), subnet),
            None => self.deliver(flight, hub),
        }
    }

    /// A site sends: its firewall, then its own network, Azure, or its own way to the Internet.
    pub(super) fn leave_site(&mut self, flight: Flight, site: SiteId) -> Fates {
        let name = self.network.model.site(site).label.name.clone();
        self.filter_site(flight.at(&name), site, Walk::out_of_site)
    }

    /// A packet reaches a site.
    pub(super) fn enter_site(&mut self, flight: Flight, site: SiteId) -> Fates {
        let name = self.network.model.site(site).label.name.clone();
        let entered = self.spend(flight).and_then(|flight| self.pass(flight, Stop::Site(site), &name));
        match entered {
            Ok(flight) => self.filter_site(flight.at(&name), site, Walk::inside_site),
            Err(fates) => fates,
        }
    }

    /// The firewall at a site's edge lets replies of recorded connections through.
    fn filter_site(&mut self, flight: Flight, site: SiteId, then: fn(&mut Self, Flight, SiteId) -> Fates) -> Fates {
        let place = Place::Site(site);
        let recorded = flight.leg == Leg::Reply && flight.records.contains(&place);
        let network = self.network;
        let Some(rules) = network.site_rules(site).filter(|_| !recorded) else {
            let mut flight = flight;
            flight.records.push(place);
            return then(self, flight, site);
        };
        let mut flight = flight;
        flight.records.push(place);
        let sieve = filter(self.space, flight.part, &flight.header, rules, outside_tags(network));
        let mut passing = Vec::new();
        let mut fates = Fates::new();
        for denied in self.sort_out(flight, sieve, ListRef::Site(site), "site firewall", None, &mut passing) {
            fates.extend(self.end(denied, crate::trace::Verdict::Denied));
        }
        for flight in passing {
            fates.extend(then(self, flight, site));
        }
        fates
    }

    /// Inside a site: its own addresses are reached, others sent on.
    fn inside_site(&mut self, flight: Flight, site: SiteId) -> Fates {
        let own = self.towards(&flight, &self.network.site(site).addresses.clone());
        let rest = self.space.minus(flight.part, own);
        let mut fates = Fates::new();
        if own != Set::EMPTY {
            fates.extend(self.arrive(flight.with(own), Place::Site(site)));
        }
        if rest != Set::EMPTY {
            fates.extend(self.out_of_site(flight.with(rest), site));
        }
        fates
    }

    /// From a site by its routes: its own prefixes, what it learned of Azure, its own way to the Internet.
    fn out_of_site(&mut self, flight: Flight, site: SiteId) -> Fates {
        let network = self.network;
        let own = self.towards(&flight, &network.site(site).addresses);
        let mut rest = self.space.minus(flight.part, own);
        let mut fates = Fates::new();
        if own != Set::EMPTY {
            fates.extend(self.arrive(flight.with(own), Place::Site(site)));
        }
        let mut ways: Vec<_> = network.site(site).routes.iter().collect();
        ways.sort_by_key(|route| (std::cmp::Reverse(route.prefix.prefix_len()), route.rank));
        for route in ways {
            let part = self.towards(&flight, &space::prefix(route.prefix));
            let part = self.space.and(part, rest);
            if part != Set::EMPTY {
                rest = self.space.minus(rest, part);
                let flight = flight.with(part);
                fates.extend(match route.to {
                    SitePeer::Gateway(gateway) => self.come_by_line(flight, site, gateway),
                    SitePeer::Hub(hub, branch) => self.at_hub(flight, hub, HubSide::Branch(branch)),
                    SitePeer::Site(other) => self.enter_site(flight, other),
                });
            }
        }
        if rest != Set::EMPTY {
            fates.extend(self.out_of_site_to_internet(flight.with(rest), site));
        }
        fates
    }

    fn out_of_site_to_internet(&mut self, flight: Flight, site: SiteId) -> Fates {
        let network = self.network;
        let public = match flight.header.destination {
            Field::Named(ref point) if !point.is_private() => flight.part,
            _ => self.towards(&flight, &network.internet().union(network.public().all())),
        };
        let private = self.space.minus(flight.part, public);
        let mut fates = self.no_way_at_site(flight.with(private), site);
        let (flight, announced) = self.out_by_microsoft(flight.with(public), site);
        fates.extend(announced);
        if flight.part != Set::EMPTY {
            fates.extend(self.out_by_own_access(flight, site));
        }
        fates
    }

    /// By the site's own Internet access, as far as it has any.
    pub(super) fn out_by_own_access(&mut self, flight: Flight, site: SiteId) -> Fates {
        let network = self.network;
        match &network.model.site(site).internet_egress {
            InternetEgress::Yes(addresses) => self.leave_by_site(flight, site, addresses),
            InternetEgress::No => {
                self.stop(flight, steps::no_route_at_site(network, site, "it has no way to the Internet", "R219"))
            }
            InternetEgress::Unknown(fact) => {
                let step = steps::no_route_at_site(network, site, "its way to the Internet is not known", "R219");
                self.lack(flight, &[*fact], step)
            }
        }
    }

    fn no_way_at_site(&mut self, flight: Flight, site: SiteId) -> Fates {
        let step = steps::no_route_at_site(self.network, site, "it has no route to the destination", "R92");
        let model = &self.network.model;
        let here = model.site(site);
        let at_hub = |hub: &VirtualHub| hub.branches.iter().any(|one| here.attachments.contains(&one.attachment));
        let hubs = (0..model.virtual_hubs.len()).map(VirtualHubId::at).filter(|id| at_hub(model.virtual_hub(*id)));
        let facts = hubs.flat_map(|hub| model.unknown_of_hub(hub)).chain(here.unmodelled_attachment);
        match facts.collect::<Vec<_>>().as_slice() {
            [] => self.stop(flight, step),
            facts => self.lack(flight, facts, step),
        }
    }

    /// Out by the site's own Internet access, behind its public addresses.
    fn leave_by_site(&mut self, flight: Flight, site: SiteId, addresses: &[IpNet]) -> Fates {
        let mut flight = flight;
        let name = self.network.model.site(site).label.name.clone();
        if flight.leg == Leg::Forward {
            flight.waypoints.push(Waypoint {
                device: Device::SiteEgress(site),
                before: flight.header.clone(),
                stateful: false,
                translated: true,
            });
        } else if self.unseen(&flight).is_none_or(|one| matches!(one.device, Device::Egress(_))) {
            // The client, or Azure's translation of its source, asked another address than the one that this answer would
            // have (R102).
            let detail = "sends the reply out behind its own address, which nobody asked";
            let step = steps::step(DeciderKind::Asymmetric, name, "", Outcome::Deny, detail, "R102");
            return self.stop(flight, step);
        }
        let single = space::prefixes(addresses).only();
        let fact = format!("the public address of site `{name}`");
        let mut point = Point::anywhere(format!("public address of {name}"), fact);
        if !addresses.is_empty() {
            point.possible = space::prefixes(addresses);
        }
        flight.header.source = single.map_or_else(|| Field::Named(Rc::new(point)), Field::Fixed);
        flight.header.source_port = Port::Free;
        let step = steps::step(
            DeciderKind::Outbound,
            name,
            "",
            Outcome::Pass,
            "out by the site's own Internet access",
            "R219",
        );
        self.at_public_destination(flight.step(step))
    }
}
