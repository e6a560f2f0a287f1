//! Through the hubs of a virtual WAN: by their route tables, their firewalls, and from hub to hub.
//!
//! In: a flight whose row leads to a hub, that comes from a branch, or that a hub's firewall sends on. Out: fates.
//! Deliberately absent: what the tables hold (that is `compile/virtual_hubs`). A hub has no security groups.

use super::{
    flight::{Doubts, Fates, Flight, HubSide, Place, Stop},
    header::{Field, Point},
    steps,
    walk::Walk,
};
use crate::{
    model::{BranchKind, HubNextHop, PeeringId, SiteId, VirtualHub, VirtualHubId, VirtualNetworkId},
    network::{HubHop, HubRow, Network},
    space::{self, Addresses, Set},
    trace::{DeciderKind, Outcome, Step, Verdict},
};
use ipnet::IpNet;

impl Walk<'_> {
    /// From a connected VNET over the peering that its connection is made of.
    pub(super) fn reach_hub(&mut self, flight: Flight, home: VirtualNetworkId, id: VirtualHubId) -> Fates {
        let connected = self.network.model.hub_of(home);
        let (Some((_, at)), Some(link)) =
            (connected, self.link_between(home, self.network.model.virtual_hub(id).network))
        else {
            return self.no_way_in_hub(flight, id);
        };
        match self.cross_peering(flight, home, link) {
            Ok((flight, _)) => self.at_hub(flight, id, HubSide::Connection(at)),
            Err(fates) => fates,
        }
    }

    fn link_between(&self, from: VirtualNetworkId, to: VirtualNetworkId) -> Option<PeeringId> {
        let links = self.network.model.virtual_network(from).peerings.iter().copied();
        links.into_iter().find(|link| self.network.model.peering(*link).remote.known() == Some(&to))
    }

    fn hub_step(&self, id: VirtualHubId, outcome: Outcome, detail: impl Into<String>, law: &'static str) -> Step {
        let label = &self.network.model.virtual_hub(id).label;
        Step {
            origin: Some(label.origin.clone()),
            ..steps::step(DeciderKind::Gateway, label.name.clone(), "", outcome, detail, law)
        }
    }

    fn no_way_in_hub(&self, flight: Flight, id: VirtualHubId) -> Fates {
        let name = self.network.model.virtual_hub(id).label.name.clone();
        let detail = "the hub's route table has no route to the destination";
        let step = steps::step(DeciderKind::NoRoute, name, "", Outcome::Deny, detail, "R143");
        match self.network.model.unknown_of_hub(id).as_slice() {
            [] => self.stop(flight, step),
            facts => self.lack(flight, facts, step),
        }
    }

    /// In a hub: what its policies send through its firewall, the rest by the route table of where it came from.
    pub(super) fn at_hub(&mut self, flight: Flight, id: VirtualHubId, from: HubSide) -> Fates {
        let hub = self.network.model.virtual_hub(id);
        let name = hub.label.name.clone();
        let entered = self.spend(flight).and_then(|flight| self.pass(flight, Stop::VirtualHub(id, from), &name));
        let flight = match entered {
            Ok(flight) => flight.at(&name),
            Err(fates) => return fates,
        };
        let mut fates = Fates::new();
        let mut rest = flight.part;
        if from != HubSide::Firewall {
            let private = self.private_part(&flight);
            let public = self.space.minus(flight.part, private);
            for (policy, part) in [(hub.private_policy, private), (hub.internet_policy, public)] {
                if let (Some(policy), true) = (policy, part != Set::EMPTY) {
                    rest = self.space.minus(rest, part);
                    let step = self.hub_step(id, Outcome::Pass, "routing intent", "R148");
                    fates.extend(self.by_policy(flight.with(part).step(step), id, policy));
                }
            }
        }
        if rest != Set::EMPTY {
            fates.extend(self.by_hub_table(flight.with(rest), id, from));
        }
        fates
    }

    /// Destinations that count as private traffic: all that is not on the Internet.
    fn private_part(&mut self, flight: &Flight) -> Set {
        match &flight.header.destination {
            Field::Named(point) if point.is_private() => flight.part,
            Field::Named(_) => Set::EMPTY,
            _ => {
                let internet = self.network.internet().union(self.network.public().all());
                let public = self.towards(flight, &internet);
                self.space.minus(flight.part, public)
            }
        }
    }

    fn by_policy(&mut self, flight: Flight, id: VirtualHubId, policy: HubNextHop) -> Fates {
        match policy {
            HubNextHop::Firewall => self.through_firewall_of_hub(flight, id),
            HubNextHop::Connection(at) => self.enter_connected(flight, id, id, at),
            HubNextHop::Unknown(fact) => {
                let step = self.hub_step(id, Outcome::Unknown, "the next hop is not known", "R148");
                self.lack(flight, &[fact], step)
            }
        }
    }

    fn through_firewall_of_hub(&mut self, flight: Flight, id: VirtualHubId) -> Fates {
        match self.network.model.virtual_hub(id).firewall {
            Some(firewall) => self.enter_firewall(flight, firewall),
            None => {
                let doubts = Doubts::of_text("the firewall of the virtual hub");
                let step = self.hub_step(id, Outcome::Unknown, "its firewall is not in the file", "R148");
                self.end(flight.doubt(&doubts).step(step), Verdict::Undetermined)
            }
        }
    }

    /// By the longest prefix of the table that counts for where it came from: a VNET's associated one, else the default.
    fn by_hub_table(&mut self, flight: Flight, id: VirtualHubId, from: HubSide) -> Fates {
        let network = self.network;
        let hub = network.model.virtual_hub(id);
        if let Some(owner) = self.hub_with_range_of(&flight, id) {
            return match owner == id {
                true => self.deliver(flight, hub.network),
                false => self.at_hub(flight, owner, HubSide::Hub(id)),
            };
        }
        let facts = network.hub(id);
        let rows = match from {
            HubSide::Connection(at) => &facts.tables[hub.connections[at as usize].routing.associated],
            HubSide::Branch(_) | HubSide::Hub(_) => &facts.tables[0],
            HubSide::Firewall => &facts.firewall,
        };
        if let Field::Named(point) = flight.header.destination.clone() {
            return self.by_name_in_hub(flight, id, from, rows, &point);
        }
        let mut fates = Fates::new();
        let mut rest = flight.part;
        for row in rows {
            let hops = self.usable(id, row, from);
            if hops.is_empty() {
                continue;
            }
            let part = self.towards(&flight, &space::prefix(row.prefix));
            let part = self.space.and(part, rest);
            if part != Set::EMPTY {
                rest = self.space.minus(rest, part);
                fates.extend(self.by_hub_row(flight.with(part), id, row.prefix, &hops));
            }
        }
        if rest != Set::EMPTY {
            fates.extend(self.out_of_hub_or_lost(flight.with(rest), id, from));
        }
        fates
    }

    /// The hubs of a WAN know each other's ranges: from there their firewalls send what they translate (R142, R148).
    fn hub_with_range_of(&mut self, flight: &Flight, id: VirtualHubId) -> Option<VirtualHubId> {
        let destinations = match &flight.header.destination {
            Field::Named(point) => point.possible.clone(),
            _ => self.destinations(flight),
        };
        let model = &self.network.model;
        let here = model.virtual_hub(id);
        let joined =
            |hub: &VirtualHub| (hub.network == here.network) || (hub.wan == here.wan && hub.standard && here.standard);
        let holds = |hub: &VirtualHub| destinations.is_subset(&self.network.virtual_network(hub.network).space);
        let at = model.virtual_hubs.iter().position(|hub| joined(hub) && holds(hub));
        at.filter(|_| !destinations.is_empty()).map(VirtualHubId::at)
    }

    /// A destination known by name only takes every way that its possible addresses take; one outside all tags the
    /// default route.
    fn by_name_in_hub(
        &mut self,
        flight: Flight,
        id: VirtualHubId,
        from: HubSide,
        rows: &[HubRow],
        point: &Point,
    ) -> Fates {
        // Names are asked for IPv4 addresses.
        let mut left = point.possible.intersect(&space::ipv4());
        let mut taken = Vec::new();
        for row in rows {
            let addresses = space::prefix(row.prefix);
            let wanted = match point.possible.is_empty() {
                true => taken.is_empty() && row.prefix.prefix_len() == 0,
                false => left.meets(&addresses),
            };
            let hops = if wanted { self.usable(id, row, from) } else { Vec::new() };
            if !hops.is_empty() {
                left = left.minus(&addresses);
                taken.push(self.by_hub_row(flight.clone(), id, row.prefix, &hops));
            }
        }
        if taken.is_empty() || !left.is_empty() {
            taken.push(self.out_of_hub_or_lost(flight, id, from));
        }
        self.combine_unknown(taken, &Doubts::of_text(&point.fact))
    }

    /// The ways that are open to who came from a side: a Basic hub joins no VNETs, branches do not always meet.
    fn usable(&self, id: VirtualHubId, row: &HubRow, from: HubSide) -> Vec<HubHop> {
        let hub = self.network.model.virtual_hub(id);
        let is_usable = |hop: &HubHop| match (hop, from) {
            (HubHop::Connection(..), HubSide::Connection(_)) => hub.standard,
            (HubHop::Branch(owner, at), HubSide::Branch(own)) => self.branches_meet(id, own, *owner, *at),
            _ => true,
        };
        row.hops.iter().copied().filter(is_usable).collect()
    }

    /// Branches reach each other where the WAN allows it (R144), two circuits never through a hub.
    fn branches_meet(&self, id: VirtualHubId, own: u32, owner: VirtualHubId, at: u32) -> bool {
        let hub = self.network.model.virtual_hub(id);
        let (here, there) = (&hub.branches[own as usize], &self.network.model.virtual_hub(owner).branches[at as usize]);
        let circuits = [here, there].iter().all(|one| one.kind == BranchKind::ExpressRoute);
        hub.branch_to_branch && !circuits
    }

    /// A firewall's packets for the Internet leave by its public addresses; nothing else leaves a hub.
    fn out_of_hub_or_lost(&mut self, flight: Flight, id: VirtualHubId, from: HubSide) -> Fates {
        let firewall = self.network.model.virtual_hub(id).firewall.filter(|_| from == HubSide::Firewall);
        let Some(firewall) = firewall else {
            return self.no_way_in_hub(flight, id);
        };
        let private = self.private_part(&flight);
        let public = self.space.minus(flight.part, private);
        let mut fates = Fates::new();
        if private != Set::EMPTY {
            fates.extend(self.no_way_in_hub(flight.with(private), id));
        }
        if public != Set::EMPTY {
            let subnet = self.network.model.azure_firewall(firewall).subnet;
            fates.extend(self.route(flight.with(public), Place::AzureFirewall(firewall), subnet));
        }
        fates
    }

    fn by_hub_row(&mut self, flight: Flight, id: VirtualHubId, prefix: IpNet, hops: &[HubHop]) -> Fates {
        let flight = flight.step(self.hub_step(id, Outcome::Pass, format!("knows {prefix}"), "R142"));
        let choices = hops.iter().map(|hop| match *hop {
            HubHop::Firewall => self.through_firewall_of_hub(flight.clone(), id),
            HubHop::Unknown(fact) => {
                let step = self.hub_step(id, Outcome::Unknown, "the next hop is not known", "R146");
                self.lack(flight.clone(), &[fact], step)
            }
            HubHop::Connection(owner, at) => self.enter_connected(flight.clone(), id, owner, at),
            HubHop::Branch(owner, _) if owner != id => self.at_hub(flight.clone(), owner, HubSide::Hub(id)),
            HubHop::Branch(_, at) => self.enter_branch(flight.clone(), id, at),
        });
        let choices = choices.collect();
        self.combine_choices(choices)
    }

    /// Into a VNET, by way of the hub that it is connected to; a static route of the connection names an appliance there.
    fn enter_connected(&mut self, flight: Flight, id: VirtualHubId, owner: VirtualHubId, at: u32) -> Fates {
        if owner != id {
            return self.at_hub(flight, owner, HubSide::Hub(id));
        }
        let network = self.network;
        let hub = network.model.virtual_hub(id);
        let connection = &hub.connections[at as usize];
        let Some(link) = self.link_between(hub.network, connection.network) else {
            return self.no_way_in_hub(flight, id);
        };
        let (flight, remote) = match self.cross_peering(flight, hub.network, link) {
            Ok(crossed) => crossed,
            Err(fates) => return fates,
        };
        let own = &network.virtual_network(remote).space;
        let mut rest = flight.part;
        let mut fates = Fates::new();
        let inside = self.towards(&flight, own);
        if inside != Set::EMPTY {
            rest = self.space.minus(rest, inside);
            fates.extend(self.deliver(flight.with(inside), remote));
        }
        let mut routes = connection.static_routes.clone();
        routes.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.prefix_len()));
        for (prefix, next_hop) in routes {
            let part = self.towards(&flight, &space::prefix(prefix));
            let part = self.space.and(part, rest);
            if part != Set::EMPTY {
                rest = self.space.minus(rest, part);
                fates.extend(self.enter_appliance_of(flight.with(part), id, remote, space::point(next_hop)));
            }
        }
        if rest != Set::EMPTY {
            let detail = "the connection has no static route for the destination";
            fates.extend(self.stop(flight.with(rest), self.hub_step(id, Outcome::Deny, detail, "R146")));
        }
        fates
    }

    fn enter_appliance_of(
        &mut self,
        flight: Flight,
        id: VirtualHubId,
        remote: VirtualNetworkId,
        next_hop: u128,
    ) -> Fates {
        match self.hand_over_at(flight.clone(), remote, next_hop) {
            Some(fates) => fates,
            None => {
                let detail = "no network interface owns the next hop of the connection's static route";
                self.stop(flight, self.hub_step(id, Outcome::Deny, detail, "R146"))
            }
        }
    }

    /// To the sites of a branch, each with its own addresses; what none has lies behind the branch all the same.
    fn enter_branch(&mut self, flight: Flight, id: VirtualHubId, at: u32) -> Fates {
        let network = self.network;
        let branch = &network.model.virtual_hub(id).branches[at as usize];
        let flight = flight.step(self.hub_step(id, Outcome::Pass, format!("to `{}`", branch.label.name), "R142"));
        let sites: Vec<SiteId> = (0..network.model.sites.len())
            .map(SiteId::at)
            .filter(|site| network.model.site(*site).attachments.contains(&branch.attachment))
            .collect();
        let mut rest = flight.part;
        let mut fates = Fates::new();
        for site in &sites {
            let part = self.towards(&flight, &network.site(*site).addresses);
            let part = self.space.and(part, rest);
            if part != Set::EMPTY {
                rest = self.space.minus(rest, part);
                fates.extend(self.enter_site(flight.with(part), *site));
            }
        }
        if rest != Set::EMPTY {
            fates.extend(match sites.first() {
                Some(site) => self.enter_site(flight.with(rest), *site),
                None => self.arrive(flight.with(rest), Place::BehindHub(id, at)),
            });
        }
        fates
    }
}

/// Prefixes behind branches, for those that no site of the file has.
pub(super) fn behind_branches(network: &Network) -> impl Iterator<Item = (Place, Addresses)> + '_ {
    let hubs = network.model.virtual_hubs.iter().enumerate();
    hubs.flat_map(|(index, hub)| {
        let branches = hub.branches.iter().enumerate();
        branches.map(move |(at, branch)| {
            let place = Place::BehindHub(VirtualHubId::at(index), at as u32);
            (place, space::prefixes(&branch.static_prefixes))
        })
    })
}
