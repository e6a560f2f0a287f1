//! From a NIC to the next place: routes are selected, next hops followed, NICs entered.
//!
//! In: a flight at a NIC. Out: fates. The next hop is decided in `route` and `next_hop`, the next place in
//! `deliver`, `cross_peering` and `reach_appliance`.

use super::{
    filter::platform_denials,
    flight::{Doubts, Fates, Flight, Leg, Mark, Place, Stop},
    header::{Field, Point, Port},
    reserved, steps,
    walk::Walk,
};
use crate::{
    model::{
        Direction, FactId, GatewayType, Known, NextHopType, PeeringId, SubnetId, SubnetPurpose,
        VirtualNetworkGatewayId, VirtualNetworkId,
    },
    network::{EffectiveRoutes, LocalOwner, PlatformTag, RouteChoice, RouteOrigin, RouteRow, RouteSource},
    scenario::settings::PeeringForwardedFlag,
    space::{self, Addresses, Set},
    trace::{DeciderKind, Outcome, Step, Verdict},
};
use std::net::IpAddr;

impl Walk<'_> {
    /// A packet leaves a NIC: platform services aside, its NSGs, then the routes of its subnet.
    pub(super) fn leave_nic(&mut self, flight: Flight, place: Place) -> Fates {
        let Some(subnet) = self.subnet_of(place) else {
            return Fates::new();
        };
        let (flight, mut fates) = self.leave_for_behind(flight, place);
        if flight.part == Set::EMPTY {
            return fates;
        }
        let flight = self.undo_balancer(flight.at(&self.network.subnet_path(subnet)), place);
        let (rest, served) = self.platform_services(flight, place, subnet);
        fates.extend(served);
        let (rest, lost) = self.reserved_ports(rest, subnet);
        fates.extend(lost);
        let (passing, denied) = self.filter_at(rest, place, Direction::Outbound);
        fates.extend(denied);
        for flight in passing {
            fates.extend(self.route(flight, place, subnet));
        }
        fates
    }

    /// UDP from port 65330, and DHCP from machine to machine, are not carried (R171).
    fn reserved_ports(&mut self, flight: Flight, subnet: SubnetId) -> (Flight, Fates) {
        if flight.leg == Leg::Reply || flight.header.source_port != Port::Original(space::Dimension::SourcePort) {
            return (flight, Fates::new());
        }
        let lost = reserved::cubes().iter().fold(Set::EMPTY, |all, (cube, _)| {
            let part = self.space.and_cube(flight.part, cube);
            self.space.or(all, part)
        });
        if lost == Set::EMPTY {
            return (flight, Fates::new());
        }
        let rest = self.space.minus(flight.part, lost);
        let detail = "Azure does not carry UDP from port 65330, nor DHCP between machines";
        let name = self.network.subnet_path(subnet);
        let step = steps::step(DeciderKind::Platform, name, "", Outcome::Deny, detail, "R171");
        (flight.with(rest), self.stop(flight.with(lost), step))
    }

    /// The host's own services: no route, and no rule but those that name an AzurePlatform tag (F46 to F50,
    /// F210, R166, R167).
    fn platform_services(&mut self, flight: Flight, place: Place, subnet: SubnetId) -> (Flight, Fates) {
        let mut rest = flight.part;
        let mut fates = Fates::new();
        if matches!(flight.header.destination, Field::Named(_)) {
            return (flight, fates);
        }
        for (service, addresses, port) in self.services_at(subnet) {
            let mut part = self.towards(&flight, &addresses);
            if let Some(port) = port {
                // Connections that the machine opens, not answers to clients that happen to use this port.
                if flight.leg == Leg::Reply {
                    continue;
                }
                let protocols = space::Ranges::single(space::TCP);
                let destination_ports = space::Ports::single(port);
                let cube = space::Cube { protocols, destination_ports, ..space::Cube::all() };
                part = self.space.and_cube(part, &cube);
            }
            part = self.space.and(part, rest);
            if part != Set::EMPTY {
                rest = self.space.minus(rest, part);
                fates.extend(self.reach_platform(flight.with(part), place, subnet, service));
            }
        }
        (flight.with(rest), fates)
    }

    /// The services, their addresses, and the port for those that are one (KMS only where no custom default
    /// route is in force, F53, F54).
    fn services_at(&self, subnet: SubnetId) -> Vec<(PlatformTag, Addresses, Option<u16>)> {
        let mut services = vec![
            (PlatformTag::Dns, crate::tags::azure_platform_dns(), None),
            (PlatformTag::Imds, crate::tags::azure_platform_imds(), None),
        ];
        let routes = &self.network.subnet(subnet).routes;
        let default = ipnet::IpNet::default();
        let custom =
            |row: &RouteRow| row.active && row.origin != RouteOrigin::System && row.prefixes.contains(&default);
        if !routes.rows.iter().any(custom) {
            services.push((PlatformTag::Lkm, crate::tags::azure_platform_lkm(), Some(1688)));
        }
        services
    }

    fn reach_platform(&mut self, flight: Flight, place: Place, subnet: SubnetId, service: PlatformTag) -> Fates {
        // AzurePlatformDNS names port 53 of the host; its other ports cannot be closed (F210).
        if service == PlatformTag::Dns {
            let with_ports = space::Ranges::from_ranges([(space::TCP, space::TCP), (space::UDP, space::UDP)]);
            let dns = space::Cube {
                protocols: with_ports,
                destination_ports: space::Ports::single(53),
                ..space::Cube::all()
            };
            let part = self.space.and_cube(flight.part, &dns);
            let rest = self.space.minus(flight.part, part);
            let mut fates = self.judge_platform(flight.with(part), place, subnet, Some(service));
            fates.extend(self.judge_platform(flight.with(rest), place, subnet, None));
            return fates;
        }
        self.judge_platform(flight, place, subnet, Some(service))
    }

    fn judge_platform(
        &mut self,
        flight: Flight,
        place: Place,
        subnet: SubnetId,
        service: Option<PlatformTag>,
    ) -> Fates {
        if flight.part == Set::EMPTY {
            return Fates::new();
        }
        if flight.leg == Leg::Reply {
            return self.arrive(flight, Place::Host);
        }
        let network = self.network;
        let on_nic = match place {
            Place::NetworkInterface(nic, _) => network.model.network_interface(nic).network_security_group,
            _ => None,
        };
        let mut flight = flight;
        let mut fates = Fates::new();
        let groups = [on_nic, network.model.subnet(subnet).network_security_group];
        for group in groups.into_iter().flatten() {
            let Some(service) = service else { continue };
            let group = match group {
                Known::Known(group) => group,
                Known::Unknown(fact) => {
                    flight = flight.doubt(&Doubts::from_facts(&[fact]));
                    continue;
                }
            };
            let list = super::flight::ListRef::SecurityGroup(group, Direction::Outbound);
            let tags = network.subnet(subnet).virtual_network_tag.observed();
            let rules = network.rules(group, Direction::Outbound);
            let found = platform_denials(self.space, flight.part, &flight.header, rules, tags, service);
            if found.denied != Set::EMPTY {
                let (level, fragments) = ("names the platform service", found.fragments);
                let mark = Mark::Filtered { list, outcome: Outcome::Deny, fragments, level, widened_by: None };
                fates.extend(self.end(flight.with(found.denied).mark(mark), Verdict::Denied));
                flight.part = self.space.minus(flight.part, found.denied);
            }
            flight = flight.doubt(&found.doubts);
        }
        let detail = "platform traffic is not subject to security groups or routes";
        let address = self.destinations(&flight).first().map(|point| space::address(point).to_string());
        let address = address.unwrap_or_default();
        let law = if service == Some(PlatformTag::Lkm) { "F53" } else { "F46" };
        let step = steps::step(DeciderKind::Platform, address, "", Outcome::Allow, detail, law);
        fates.extend(self.end(flight.step(step), Verdict::Allowed));
        fates
    }

    /// Splits by the rows that the subnet's table selects.
    pub(super) fn route(&mut self, flight: Flight, place: Place, subnet: SubnetId) -> Fates {
        match self.reach_endpoint_directly(&flight, place, subnet) {
            Some(fates) => fates,
            None => self.route_by(flight, place, subnet, &self.network.subnet(subnet).routes),
        }
    }

    /// The same by a table: private endpoints have one of their own.
    pub(super) fn route_by(
        &mut self,
        flight: Flight,
        place: Place,
        subnet: SubnetId,
        routes: &EffectiveRoutes,
    ) -> Fates {
        let flight = match self.spend(flight) {
            Ok(flight) => flight,
            Err(fates) => return fates,
        };
        let network = self.network;
        let routes = match (flight.leg, &routes.answers) {
            (Leg::Reply, Some(answers)) => answers,
            _ => routes,
        };
        let destinations = self.destinations(&flight);
        let mut fates = match flight.header.destination.clone() {
            Field::Named(point) => self.route_named(flight, place, subnet, routes, &point),
            _ => self.route_addresses(flight, place, subnet, routes),
        };
        // A route whose prefix is not known may take any of them; only a user's takes what is inside the VNET, and no
        // gateway's what is inside a peer's (R19).
        let home = self.network.virtual_network(network.model.subnet(subnet).virtual_network);
        let within = |space: &Addresses| !destinations.is_empty() && destinations.is_subset(space);
        let inside = within(&home.space);
        let beside = || within(&home.space.union(&peers_space(routes)));
        let may_take = |row: &&RouteRow| match row.source {
            RouteSource::User => true,
            RouteSource::VirtualNetworkGateway => !inside && !beside(),
            RouteSource::Default => !inside,
        };
        let rows = routes.uncertain.iter().map(|row| &routes.rows[*row as usize]);
        let facts: Vec<_> = rows.filter(may_take).filter_map(|row| row.unknown).collect();
        if !facts.is_empty() {
            for fate in &mut fates {
                fate.doubts.add_facts(&facts);
                fate.verdict = Verdict::Undetermined;
            }
        }
        fates
    }

    fn route_addresses(&mut self, flight: Flight, place: Place, subnet: SubnetId, routes: &EffectiveRoutes) -> Fates {
        let destinations = self.destinations(&flight);
        let mut rest = flight.part;
        let mut fates = Fates::new();
        for (choice, addresses) in routes.split(&destinations) {
            let part = self.towards(&flight, &addresses);
            rest = self.space.minus(rest, part);
            fates.extend(self.choose(flight.with(part), place, subnet, routes, choice));
        }
        let none = steps::step(
            DeciderKind::NoRoute,
            network_name(self, subnet),
            "",
            Outcome::Deny,
            "no row covers the destination",
            "R226",
        );
        fates.extend(self.stop(flight.with(rest), none));
        fates
    }

    /// A destination known by name only: the rows that any of its possible addresses selects. Where they lead to
    /// different fates, the address is a fact that is missing. A host outside all tags takes the default route.
    fn route_named(
        &mut self,
        flight: Flight,
        place: Place,
        subnet: SubnetId,
        routes: &EffectiveRoutes,
        point: &Point,
    ) -> Fates {
        let mut choices: Vec<RouteChoice> =
            routes.split(&point.possible).into_iter().map(|(choice, _)| choice.clone()).collect();
        if choices.is_empty() {
            let default = |row: &RouteRow| row.active && row.prefixes.contains(&ipnet::IpNet::default());
            let rows = routes.rows.iter().enumerate().filter(|(_, row)| default(row));
            let rows: Vec<u32> = rows.map(|(index, _)| index as u32).collect();
            choices.extend((!rows.is_empty()).then_some(RouteChoice { rows, contested: false }));
        }
        if choices.is_empty() {
            let name = network_name(self, subnet);
            return self
                .stop(flight, steps::step(DeciderKind::NoRoute, name, "", Outcome::Deny, "no default route", "R4"));
        }
        let ways = choices.iter().map(|choice| self.choose(flight.clone(), place, subnet, routes, choice)).collect();
        self.combine_unknown(ways, &Doubts::of_text(&point.fact))
    }

    /// One row, or several equal ones of which Azure takes one per flow (R46).
    fn choose(
        &mut self,
        flight: Flight,
        place: Place,
        subnet: SubnetId,
        routes: &EffectiveRoutes,
        choice: &RouteChoice,
    ) -> Fates {
        let flight = if choice.contested {
            flight.note("the setting serviceEndpointVersusRoute decided the route here")
        } else {
            flight
        };
        let same_gateway = |row: &u32| matches!(routes.rows[*row as usize].origin, RouteOrigin::Gateway(_));
        if choice.rows.len() == 1 || choice.rows.iter().all(same_gateway) {
            // Several rows to one gateway are its instances, which share what they know.
            return self.next_hop(flight, place, subnet, &routes.rows[choice.rows[0] as usize]);
        }
        // An appliance uses its own way to what it announces, whoever else announces it.
        if let Some(own) = choice.rows.iter().find(|row| self.leads_to_itself(place, &routes.rows[**row as usize])) {
            return self.next_hop(flight, place, subnet, &routes.rows[*own as usize]);
        }
        let choices =
            choice.rows.iter().map(|row| self.next_hop(flight.clone(), place, subnet, &routes.rows[*row as usize]));
        let choices = choices.collect();
        self.combine_choices(choices)
    }

    /// Follows the selected row.
    fn next_hop(&mut self, flight: Flight, place: Place, subnet: SubnetId, row: &RouteRow) -> Fates {
        if let Some(fact) = row.unknown {
            return self.lack(flight, &[fact], steps::route(self.network, row, Outcome::Unknown, "not known"));
        }
        if self.loses_nat_answer(&flight, subnet, row) {
            let step = steps::route(self.network, row, Outcome::Unknown, "an answer for a NAT address of private link");
            let doubts = Doubts::of_text("what routes do to answers for NAT addresses of private link services");
            return self.end(flight.doubt(&doubts).step(step), Verdict::Undetermined);
        }
        if let Some(why) = row.ineffective {
            return self.stop(flight, steps::route(self.network, row, Outcome::Deny, why));
        }
        let home = self.network.model.subnet(subnet).virtual_network;
        let flight = Flight { sender: Some(subnet), ..flight };
        let hop = row.next_hop_type.known().copied().unwrap_or(NextHopType::None);
        if hop == NextHopType::None {
            return self.stop(flight, steps::route(self.network, row, Outcome::Deny, "dropped"));
        }
        let flight = flight.step(steps::route(self.network, row, Outcome::Pass, ""));
        match (hop, &row.origin) {
            (NextHopType::VNetPeering | NextHopType::VNetGlobalPeering, RouteOrigin::Peering(link)) => {
                self.reach_peer(flight, home, subnet, *link)
            }
            (NextHopType::VirtualNetworkGateway, RouteOrigin::Gateway(gateway)) => {
                match self.refuses_transit(&flight, subnet, *gateway) {
                    Some(step) => self.stop(flight, step),
                    None => self.reach_gateway(flight, home, *gateway),
                }
            }
            (NextHopType::VirtualNetworkGateway, RouteOrigin::VirtualHub(hub)) => self.reach_hub(flight, home, *hub),
            (NextHopType::VirtualNetworkGateway, RouteOrigin::RouteServer(..)) => {
                self.by_route_server(flight, place, home, row)
            }
            (NextHopType::VirtualNetworkGateway, _) => self.reach_vpn_gateway(flight, home),
            (NextHopType::VirtualAppliance, _) => match row.next_hop_addresses.first() {
                Some(address) => self.reach_appliance(flight, home, *address, row),
                None => self.stop(flight, steps::route(self.network, row, Outcome::Deny, "no next hop address")),
            },
            (NextHopType::Internet, _) => self.reach_internet(flight, place, subnet, row),
            (NextHopType::VirtualNetworkServiceEndpoint, origin) => self.reach_service(flight, place, subnet, origin),
            (NextHopType::ConnectedGroup, RouteOrigin::ConnectedGroup(_, remote)) => self.deliver(flight, *remote),
            (NextHopType::InterfaceEndpoint, RouteOrigin::PrivateEndpoint(id)) => {
                self.reach_endpoint(flight, home, *id)
            }
            _ => self.deliver(flight, home),
        }
    }

    /// What came in through a gateway leaves by the same one only, and only by a VPN gateway (R105, R109, R111).
    fn refuses_transit(&mut self, flight: &Flight, subnet: SubnetId, gateway: VirtualNetworkGatewayId) -> Option<Step> {
        let entered = flight.through_gateway?;
        let network = self.network;
        let model = &network.model;
        let vpn = model.virtual_network_gateway(gateway).gateway_type == GatewayType::Vpn;
        let at_gateway = model.subnet(subnet).purpose == SubnetPurpose::Gateway;
        let exchange = [entered, gateway].iter().all(|one| self.network.gateway(*one).exchanges)
            && !self.is_from_clients(flight, entered);
        if !at_gateway || (entered == gateway && vpn) || (entered != gateway && exchange) {
            return None;
        }
        let detail = "no transit between the networks behind its gateways";
        Some(steps::gateway(network, gateway, Outcome::Deny, detail, if vpn { "R109" } else { "R111" }))
    }

    /// Over a peering link into the peer, where the address is looked up.
    fn reach_peer(&mut self, flight: Flight, home: VirtualNetworkId, subnet: SubnetId, link: PeeringId) -> Fates {
        // A gateway carries traffic of the spokes that use it, and of no other peer (R92).
        let from_gateway = self.network.model.subnet(subnet).purpose == SubnetPurpose::Gateway;
        let remote = self.network.model.peering(link).remote.known();
        let uses_it = remote
            .is_some_and(|remote| self.network.virtual_network(*remote).transit.is_some_and(|(hub, _)| hub == home));
        if from_gateway && !uses_it {
            let detail = "the peer does not use this gateway (allowGatewayTransit here, useRemoteGateways there)";
            return self.stop(flight, steps::peering(self.network, link, Outcome::Deny, detail, "R92"));
        }
        let doubt = remote.filter(|_| from_gateway).and_then(|remote| {
            let (_, link) = self.network.virtual_network(*remote).transit?;
            self.network.model.transit_doubt(link)
        });
        let flight = flight.doubt(&Doubts::from_facts(doubt.as_slice()));
        match self.cross_peering(flight, home, link) {
            Ok((flight, remote)) => {
                let (flight, mut fates) = self.stop_at_basic(flight, home, remote, None);
                if flight.part != Set::EMPTY {
                    fates.extend(self.deliver(flight, remote));
                }
                fates
            }
            Err(fates) => fates,
        }
    }

    /// Crosses a link, if its flags let the packet.
    pub(super) fn cross_peering(
        &mut self,
        flight: Flight,
        home: VirtualNetworkId,
        link: PeeringId,
    ) -> Result<(Flight, VirtualNetworkId), Fates> {
        let network = self.network;
        let model = &network.model;
        let here = model.peering(link);
        if let Known::Unknown(fact) = here.remote {
            return Err(self.leave_the_model(flight, link, fact));
        }
        let (Known::Known(remote), Some(reverse)) = (here.remote, here.reverse) else {
            let step = steps::peering(network, link, Outcome::Deny, "the other side has no link", "R78");
            return Err(self.stop(flight, step));
        };
        let there = model.peering(reverse);
        let mut flight = flight;
        for (flag, owner) in [(here.allow_virtual_network_access, link), (there.allow_virtual_network_access, reverse)]
        {
            match flag {
                Known::Known(true) => {}
                Known::Known(false) => {
                    let detail = "allowVirtualNetworkAccess is false";
                    return Err(self.stop(flight, steps::peering(network, owner, Outcome::Deny, detail, "R89")));
                }
                Known::Unknown(fact) => flight = flight.doubt(&Doubts::from_facts(&[fact])),
            }
        }
        flight = self.judge_subnets(flight, link)?;
        if self.is_forwarded(&flight, home) {
            match self.judge_forwarded(flight, home, reverse) {
                Ok(judged) => flight = judged,
                Err(fates) => return Err(fates),
            }
        }
        flight = flight.step(steps::peering(network, link, Outcome::Pass, "", "R83"));
        Ok((flight, remote))
    }

    /// Into a VNET outside the model: its own link may forbid it, the rest is not known.
    fn leave_the_model(&self, flight: Flight, link: PeeringId, fact: FactId) -> Fates {
        if self.network.model.peering(link).allow_virtual_network_access == Known::Known(false) {
            let detail = "allowVirtualNetworkAccess is false";
            return self.stop(flight, steps::peering(self.network, link, Outcome::Deny, detail, "R89"));
        }
        let detail = "the peer is outside the model";
        self.lack(flight, &[fact], steps::peering(self.network, link, Outcome::Unknown, detail, "R83"))
    }

    /// A packet that opens a connection and did not originate in the VNET that it is about to leave (R86,
    /// R183); what comes through a gateway does not count (R96).
    fn is_forwarded(&self, flight: &Flight, home: VirtualNetworkId) -> bool {
        flight.leg == Leg::Forward && flight.through_gateway.is_none() && flight.origin != Some(home)
    }

    /// allowForwardedTraffic of the receiving link (R87), which a link that uses the hub's gateway does not
    /// need (R182).
    fn judge_forwarded(
        &mut self,
        flight: Flight,
        home: VirtualNetworkId,
        receiving: PeeringId,
    ) -> Result<Flight, Fates> {
        let network = self.network;
        let link = network.model.peering(receiving);
        let has_gateway = !network.model.virtual_network(home).gateways.is_empty();
        if link.use_remote_gateways == Known::Known(true) && has_gateway {
            return Ok(flight);
        }
        match (link.allow_forwarded_traffic, network.model.settings.peering_forwarded_flag) {
            (Known::Known(true), _) => Ok(flight),
            (_, PeeringForwardedFlag::TagOnly) => {
                Ok(flight.note("the setting peeringForwardedFlag: tagOnly let a forwarded packet cross a peering"))
            }
            (Known::Known(false), PeeringForwardedFlag::Strict) => {
                let detail = "allowForwardedTraffic is false and the packet did not originate in the peer";
                Err(self.stop(flight, steps::peering(network, receiving, Outcome::Deny, detail, "R87")))
            }
            (Known::Unknown(fact), _) => Ok(flight.doubt(&Doubts::from_facts(&[fact]))),
        }
    }

    /// Inside a VNET: who owns the destination address.
    pub(super) fn deliver(&mut self, flight: Flight, home: VirtualNetworkId) -> Fates {
        let network = self.network;
        if let Some(firewall) = self.firewall_behind(&flight)
            && self.home(Place::AzureFirewall(firewall)) == Some(home)
        {
            return self.enter_firewall(flight, firewall);
        }
        if let Some(endpoint) = self.endpoint_behind(&flight, home) {
            return self.answer_by_private_link(flight, endpoint);
        }
        let destinations = self.destinations(&flight);
        let mut rest = flight.part;
        let mut fates = Fates::new();
        for (owner, addresses) in network.virtual_network(home).owners_of(&destinations) {
            let part = self.towards(&flight, &addresses);
            rest = self.space.minus(rest, part);
            if part != Set::EMPTY {
                fates.extend(self.enter(flight.with(part), owner));
            }
        }
        let name = network.model.virtual_network(home).label.name.clone();
        let step = steps::step(DeciderKind::NoRoute, name, "", Outcome::Deny, "no subnet has this address", "R1");
        fates.extend(self.stop(flight.with(rest), step));
        fates
    }

    /// At the owner of an address.
    fn enter(&mut self, flight: Flight, owner: LocalOwner) -> Fates {
        if let Some(endpoint) = self.stands_for_endpoint(owner, flight.leg) {
            return self.enter_private_endpoint(flight, endpoint);
        }
        match owner {
            LocalOwner::PrivateEndpoint(id, _) => self.enter_private_endpoint(flight, id),
            LocalOwner::AzureFirewall(id) => self.enter_firewall(flight, id),
            LocalOwner::RouteServer(id) => self.enter_route_server(flight, id),
            LocalOwner::LoadBalancer(id, frontend) => self.enter_balancer(flight, id, frontend as usize, None),
            LocalOwner::ApplicationGateway(id, frontend) => {
                self.enter_application_gateway(flight, id, frontend as usize)
            }
            LocalOwner::NetworkInterface(nic, place) => {
                self.enter_nic(flight, Place::NetworkInterface(nic, place as usize))
            }
            LocalOwner::Anonymous(subnet) => {
                let place = self.stands_for_interface(subnet, flight.leg).unwrap_or(Place::Subnet(subnet));
                self.enter_nic(flight, place)
            }
            LocalOwner::Gateway(gateway) => {
                let step =
                    steps::gateway(self.network, gateway, Outcome::Deny, "an address of the gateway itself", "R170");
                self.stop(flight, step)
            }
            LocalOwner::Unmodelled(index, subnet) => {
                let (passing, mut fates) = self.filter_at(flight, Place::Subnet(subnet), Direction::Inbound);
                for flight in passing {
                    fates.extend(self.at_unmodelled(flight, index as usize));
                }
                fates
            }
            LocalOwner::Reserved(subnet) => {
                let detail = "Azure reserves the first four addresses and the last of each subnet";
                let step = steps::step(
                    DeciderKind::Platform,
                    self.network.subnet_path(subnet),
                    "",
                    Outcome::Deny,
                    detail,
                    "R168",
                );
                self.stop(flight, step)
            }
        }
    }

    /// A resource that azreach does not model yet decides: its fact is missing.
    pub(super) fn at_unmodelled(&mut self, flight: Flight, index: usize) -> Fates {
        let resource = &self.network.model.unmodelled[index];
        let kind = match resource.kind.as_str() {
            "azureFirewalls" => DeciderKind::AzureFirewall,
            "applicationGateways" => DeciderKind::ApplicationGateway,
            _ => DeciderKind::PaasFirewall,
        };
        let step = steps::step(kind, resource.label.name.clone(), "", Outcome::Unknown, "not modelled yet", "F203");
        self.lack(flight, &[resource.fact], step)
    }

    /// Into a NIC whose own address is the destination: its NSGs, then the party itself.
    pub(super) fn enter_nic(&mut self, flight: Flight, place: Place) -> Fates {
        let Some(subnet) = self.subnet_of(place) else {
            return Fates::new();
        };
        let flight = flight.at(&self.network.subnet_path(subnet));
        let flight = match self.open_by_sku(flight, place) {
            Ok(flight) => flight,
            Err(fates) => return fates,
        };
        let (passing, mut fates) = self.filter_at(flight, place, Direction::Inbound);
        for flight in passing {
            fates.extend(self.inside_nic(flight, place));
        }
        fates
    }

    /// The guest: an appliance may translate or hold the record of the connection, anybody else is the party.
    fn inside_nic(&mut self, flight: Flight, place: Place) -> Fates {
        if let Some((bastion, subnet)) = self.bastion_asked(place).filter(|_| flight.leg == Leg::Forward) {
            return self.answer_as_bastion(flight, bastion, subnet);
        }
        match self.appliance_at(place) {
            Some(appliance) => self.appliance_addressed(flight, place, appliance),
            None => self.arrive(flight, place),
        }
    }

    /// The appliance whose address a user route names: in this VNET or in a peer (R45).
    pub(super) fn reach_appliance(
        &mut self,
        flight: Flight,
        home: VirtualNetworkId,
        next_hop: IpAddr,
        row: &RouteRow,
    ) -> Fates {
        let at = space::point(next_hop);
        if self.network.virtual_network(home).space.contains(at) {
            return self.hand_over(flight, home, at, row);
        }
        let links = self.network.model.virtual_network(home).peerings.iter();
        let link = links.copied().find(|link| {
            let remote = self.network.model.peering(*link).remote.known().copied();
            remote.is_some_and(|remote| self.network.virtual_network(remote).space.contains(at))
                && self.is_peered_with(*link, at)
        });
        match link.map(|link| self.cross_peering(flight.clone(), home, link)) {
            Some(Ok((flight, remote))) => {
                let (flight, mut fates) = self.stop_at_basic(flight, home, remote, Some(at));
                if flight.part != Set::EMPTY {
                    fates.extend(self.hand_over(flight, remote, at, row));
                }
                fates
            }
            Some(Err(fates)) => fates,
            None => self.stop(flight, steps::route(self.network, row, Outcome::Deny, "the next hop is out of reach")),
        }
    }

    fn hand_over(&mut self, flight: Flight, home: VirtualNetworkId, at: u128, row: &RouteRow) -> Fates {
        match self.hand_over_at(flight.clone(), home, at) {
            Some(fates) => fates,
            None => {
                let detail = "no network interface owns the next hop";
                self.stop(flight, steps::route(self.network, row, Outcome::Deny, detail))
            }
        }
    }

    /// To whoever owns an address as a next hop; absent where nobody does.
    pub(super) fn hand_over_at(&mut self, flight: Flight, home: VirtualNetworkId, at: u128) -> Option<Fates> {
        let owners = self.network.virtual_network(home).owners_of(&Addresses::single(at));
        Some(match owners.first().map(|(owner, _)| *owner)? {
            LocalOwner::NetworkInterface(nic, place) => {
                self.pass_through(flight, Place::NetworkInterface(nic, place as usize))
            }
            LocalOwner::AzureFirewall(id) => self.enter_firewall(flight, id),
            LocalOwner::LoadBalancer(id, frontend) => self.forward_by_balancer(flight, id, frontend as usize),
            LocalOwner::Unmodelled(index, _) => self.at_unmodelled(flight, index as usize),
            LocalOwner::Anonymous(subnet) | LocalOwner::Reserved(subnet) => {
                let index = self.unmodelled_in(subnet)?;
                self.at_unmodelled(flight, index)
            }
            _ => return None,
        })
    }

    /// A resource that is not modelled yet and stands in a subnet: its address may be the next hop.
    fn unmodelled_in(&self, subnet: SubnetId) -> Option<usize> {
        let may_forward = ["azureFirewalls"];
        let resources = self.network.model.unmodelled.iter();
        resources.into_iter().position(|one| may_forward.contains(&one.kind.as_str()) && one.subnets.contains(&subnet))
    }

    /// Marks a stop; a second pass in the same guise on the same leg is a loop (R218).
    pub(super) fn pass(&self, mut flight: Flight, stop: Stop, name: &str) -> Result<Flight, Fates> {
        let guise = (stop, flight.header.clone());
        if flight.passed.contains(&guise) {
            let step = steps::step(
                DeciderKind::Loop,
                name,
                "",
                Outcome::Deny,
                "the packet comes back to where it was",
                "R218",
            );
            return Err(self.stop(flight, step));
        }
        flight.passed.push(guise);
        Ok(flight)
    }
}

/// What the peerings' routes in force lead to.
fn peers_space(routes: &EffectiveRoutes) -> Addresses {
    let rows = routes.rows.iter().filter(|row| row.active && matches!(row.origin, RouteOrigin::Peering(_)));
    space::prefixes(rows.flat_map(|row| &row.prefixes))
}

fn network_name(walk: &Walk<'_>, subnet: SubnetId) -> String {
    walk.network.subnet_path(subnet)
}
