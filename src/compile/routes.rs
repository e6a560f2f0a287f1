//! Effective routes: system rows, gateway rows, user rows, and which of them is selected.
//!
//! In: the model, its topology and what gateways know. Out: [`EffectiveRoutes`] per subnet, as Network
//! Watcher would print them. Deliberately absent: what happens at the next hop (that is `evaluate`).

use super::{hybrid, topology::Topology};
use crate::{
    model::{
        FactId, Known, Model, NextHopType, PeeringId, PrivateEndpointId, Route, RoutePrefix, RouteTableId, RuleSubnet,
        SubnetId, VirtualNetworkId,
    },
    network::{
        CompileWarning, EffectiveRoutes, GatewayFacts, HubFacts, RouteChoice, RouteOrigin, RouteRow, RouteSource,
        VirtualNetworkFacts,
    },
    scenario::settings::ServiceEndpointVersusRoute,
    space,
};
use ipnet::{IpNet, Ipv6Net};
use std::{collections::HashMap, net::IpAddr, sync::Arc};

/// Everything that a row may come from.
pub(super) struct Scene<'a> {
    pub(super) model: &'a Model,
    pub(super) topology: &'a Topology,
    pub(super) virtual_networks: &'a [VirtualNetworkFacts],
    pub(super) gateways: &'a [GatewayFacts],
    pub(super) hubs: &'a [HubFacts],
}

/// The four blocks that Azure drops unless somebody routes them (R5 to R8).
const RESERVED: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

impl Scene<'_> {
    /// The table of a subnet.
    pub(super) fn routes_of(&self, id: SubnetId, warnings: &mut Vec<CompileWarning>) -> EffectiveRoutes {
        self.routes_with(id, self.model.subnet(id).route_table, warnings)
    }

    /// The rows by which private endpoints of a subnet answer: its route table does not count (R61).
    pub(super) fn routes_without_table(&self, id: SubnetId) -> EffectiveRoutes {
        self.routes_with(id, None, &mut Vec::new())
    }

    fn routes_with(
        &self,
        id: SubnetId,
        written: Option<Known<RouteTableId>>,
        warnings: &mut Vec<CompileWarning>,
    ) -> EffectiveRoutes {
        let subnet = self.model.subnet(id);
        let table = written.and_then(|table| table.known().copied());
        let propagation_disabled = table
            .is_some_and(|table| self.model.route_table(table).disable_bgp_route_propagation == Known::Known(true));
        let mut rows = self.virtual_network_rows(subnet.virtual_network);
        rows.extend(self.peering_rows(subnet.virtual_network));
        rows.extend(self.outside_rows(subnet.virtual_network));
        rows.extend(self.connected_rows(subnet.virtual_network));
        rows.extend(internet_rows(self.model, subnet.virtual_network));
        rows.extend(self.service_endpoint_rows(id));
        rows.extend(self.private_endpoint_rows(subnet.virtual_network));
        if !propagation_disabled {
            let doubt = self.doubt_about_gateway_rows(subnet.virtual_network, table);
            let rows_in_doubt = |row| RouteRow { unknown: doubt, ..row };
            rows.extend(self.gateway_rows(subnet.virtual_network).into_iter().map(rows_in_doubt));
            let servers = self.topology.unknown_route_servers(self.model, subnet.virtual_network).into_iter();
            rows.extend(servers.map(learned_elsewhere));
        }
        if let Some(table) = table {
            let routes = self.model.route_table(table).routes.iter().enumerate();
            rows.extend(
                routes.map(|(index, route)| self.user_row(subnet.virtual_network, table, index, route, warnings)),
            );
        }
        if let Some(Known::Unknown(fact)) = written {
            rows.push(unknown_table_row(fact));
        }
        rows.extend(reserved_rows(&rows));
        // Network Watcher lists Azure's own rows first, then the gateway's, then the user's.
        rows.sort_by_key(|row| match row.source {
            RouteSource::Default => 0,
            RouteSource::VirtualNetworkGateway => 1,
            RouteSource::User => 2,
        });
        deactivate_losers(&mut rows);
        self.yield_to_user_rows(&mut rows);
        let others = |row: &&RouteRow| !matches!(row.origin, RouteOrigin::ServiceEndpoint(_));
        let setting = self.model.settings.service_endpoint_versus_route;
        let whole = |rows: Vec<RouteRow>, answers| {
            let uncertain = (0..rows.len() as u32).filter(|row| rows[*row as usize].prefixes.is_empty()).collect();
            let intervals = select_everywhere(&rows, setting);
            EffectiveRoutes { rows, intervals, uncertain, table, propagation_disabled, answers }
        };
        let has_endpoints = !rows.iter().all(|row| others(&row));
        let answers = has_endpoints.then(|| Arc::new(whole(rows.iter().filter(others).cloned().collect(), None)));
        whole(rows, answers)
    }

    /// The fact on which it hangs whether a subnet has gateway rows at all.
    fn doubt_about_gateway_rows(&self, home: VirtualNetworkId, table: Option<RouteTableId>) -> Option<FactId> {
        let of_table = table.and_then(|table| match self.model.route_table(table).disable_bgp_route_propagation {
            Known::Unknown(fact) => Some(fact),
            Known::Known(_) => None,
        });
        let transit = self.virtual_networks[home.index()].transit;
        of_table.or_else(|| transit.and_then(|(_, link)| self.model.transit_doubt(link)))
    }

    /// One row per range of the VNET's own space, never per subnet (R1 to R3).
    fn virtual_network_rows(&self, id: VirtualNetworkId) -> Vec<RouteRow> {
        let ranges = self.model.virtual_network(id).address_prefixes.iter();
        ranges.map(|range| system_row(*range, NextHopType::VnetLocal, RouteOrigin::System)).collect()
    }

    /// One row per range of each connected peer (R83); the flags do not take the row away (R178).
    fn peering_rows(&self, id: VirtualNetworkId) -> Vec<RouteRow> {
        let links = self.topology.peers(id).iter();
        links
            .flat_map(|(link, remote)| {
                let hop = self.peering_hop(id, *remote);
                let ranges = self.model.ranges_behind(*link, *remote).into_iter();
                ranges.map(move |range| system_row(range, hop, RouteOrigin::Peering(*link)))
            })
            .collect()
    }

    /// What is not known of the VNET and of peers outside the model: their rows where the link has their space, else
    /// one that may take any destination.
    fn outside_rows(&self, id: VirtualNetworkId) -> Vec<RouteRow> {
        let mut rows = Vec::new();
        rows.extend(self.model.virtual_network(id).unknown_space.map(|fact| unknown_row(NextHopType::VnetLocal, fact)));
        for (_, peer) in self.topology.peers(id) {
            let fact = self.model.virtual_network(*peer).unknown_space;
            rows.extend(fact.map(|fact| unknown_row(NextHopType::VNetPeering, fact)));
        }
        for (link, fact) in self.topology.outside_peers(self.model, id) {
            let origin = RouteOrigin::Peering(link);
            match &self.model.peering(link).remote_address_space {
                Some(ranges) => {
                    rows.extend(ranges.iter().map(|range| system_row(*range, NextHopType::VNetPeering, origin.clone())))
                }
                None => rows.push(unknown_row(NextHopType::VNetPeering, fact)),
            }
            if self.model.peering(link).use_remote_gateways != Known::Known(false) {
                rows.push(learned_elsewhere(fact));
            }
        }
        rows
    }

    /// Ranges of the other members of a connected group, in the same region unless the mesh is global; ranges that
    /// overlap do not communicate (R213).
    pub(super) fn connected_rows(&self, id: VirtualNetworkId) -> Vec<RouteRow> {
        let mut rows: Vec<RouteRow> = Vec::new();
        let here = self.model.virtual_network(id);
        for (index, group) in self.model.connected_groups.iter().enumerate() {
            for member in group.members.iter().filter(|member| **member != id && group.members.contains(&id)) {
                let there = self.model.virtual_network(*member);
                let apart = matches!((&here.location, &there.location), (Some(a), Some(b)) if a != b);
                // Subnet peering between two members stands before the group (R97).
                let mut links = self.topology.peers(id).iter().filter(|(_, peer)| peer == member);
                if apart && !group.global || links.any(|(link, _)| self.model.peered_subnets(*link).is_some()) {
                    continue;
                }
                let own = &self.virtual_networks[id.index()].space;
                for range in there.address_prefixes.iter().filter(|range| !space::prefix(**range).meets(own)) {
                    let origin = RouteOrigin::ConnectedGroup(index as u32, *member);
                    if !rows.iter().any(|row| row.prefixes.contains(range)) {
                        rows.push(system_row(*range, NextHopType::ConnectedGroup, origin));
                    }
                }
            }
        }
        rows
    }

    fn peering_hop(&self, local: VirtualNetworkId, remote: VirtualNetworkId) -> NextHopType {
        let region = |id| self.model.virtual_network(id).location.as_ref();
        match (region(local), region(remote)) {
            (Some(here), Some(there)) if here != there => NextHopType::VNetGlobalPeering,
            _ => NextHopType::VNetPeering,
        }
    }

    /// The service's public prefixes, on subnets with the endpoint only (R49, R50).
    fn service_endpoint_rows(&self, id: SubnetId) -> Vec<RouteRow> {
        let subnet = self.model.subnet(id);
        let region = self.model.virtual_network(subnet.virtual_network).location.as_deref();
        let services = subnet.service_endpoints.iter();
        services
            .filter_map(|service| {
                // A policy makes the endpoint of storage reach every region (F99, F200).
                let global = service.eq_ignore_ascii_case("Microsoft.Storage") && self.has_endpoint_policy(id);
                let prefixes = endpoint_prefixes(self.model, service, region.filter(|_| !global));
                let row = RouteRow {
                    prefixes,
                    ..system_row(
                        IpNet::default(),
                        NextHopType::VirtualNetworkServiceEndpoint,
                        RouteOrigin::ServiceEndpoint(service.clone()),
                    )
                };
                (!row.prefixes.is_empty()).then_some(row)
            })
            .collect()
    }

    fn has_endpoint_policy(&self, id: SubnetId) -> bool {
        let policies = self.model.subnet(id).service_endpoint_policies.iter().filter_map(|policy| policy.known());
        policies.into_iter().any(|policy| self.model.service_endpoint_policy(*policy).is_in_force())
    }

    /// A row for each private endpoint of the VNET and of its direct peers (R54, R55).
    fn private_endpoint_rows(&self, id: VirtualNetworkId) -> Vec<RouteRow> {
        let mut rows = Vec::new();
        for (at, endpoint) in self.model.private_endpoints.iter().enumerate() {
            let (RuleSubnet::Here(subnet), Known::Known(addresses)) = (&endpoint.subnet, &endpoint.addresses) else {
                continue;
            };
            let home = self.model.subnet(*subnet).virtual_network;
            let leads_there =
                |link: &PeeringId| self.model.peered_subnets(*link).is_none_or(|joined| joined.remote.contains(subnet));
            let mut links = self.topology.peers(id).iter().filter(|(_, peer)| *peer == home);
            if home != id && !links.any(|(link, _)| leads_there(link)) {
                continue;
            }
            let origin = RouteOrigin::PrivateEndpoint(PrivateEndpointId::at(at));
            let row =
                |address: &IpAddr| system_row(IpNet::from(*address), NextHopType::InterfaceEndpoint, origin.clone());
            rows.extend(addresses.iter().map(row));
        }
        rows
    }

    /// With route table policies on an endpoint's subnet, a user row at least as long as the VNET's range beats the
    /// endpoint's own (R57 to R59, F140); the default route never does.
    fn yield_to_user_rows(&self, rows: &mut [RouteRow]) {
        let user: Vec<IpNet> =
            rows.iter().filter(|row| row.source == RouteSource::User).flat_map(|row| row.prefixes.clone()).collect();
        for row in rows.iter_mut() {
            let RouteOrigin::PrivateEndpoint(endpoint) = row.origin else {
                continue;
            };
            let RuleSubnet::Here(subnet) = self.model.private_endpoint(endpoint).subnet else {
                continue;
            };
            let subnet = self.model.subnet(subnet);
            let ranges = &self.model.virtual_network(subnet.virtual_network).address_prefixes;
            let own = row.prefixes[0];
            let Some(range) = ranges.iter().find(|range| range.contains(&own)) else {
                continue;
            };
            let steers = |net: &IpNet| net.contains(&own) && net.prefix_len() >= range.prefix_len() && *net != own;
            if user.iter().any(steers) {
                match subnet.private_endpoint_policies {
                    Known::Known(policies) if policies.route_tables => row.active = false,
                    Known::Known(_) => {}
                    Known::Unknown(fact) => row.unknown = Some(fact),
                }
            }
        }
    }

    fn user_row(
        &self,
        home: VirtualNetworkId,
        table: RouteTableId,
        index: usize,
        route: &Route,
        warnings: &mut Vec<CompileWarning>,
    ) -> RouteRow {
        let mut row = RouteRow {
            source: RouteSource::User,
            name: route.label.name.clone(),
            overrides_bgp: route.has_bgp_override,
            next_hop_type: route.next_hop_type,
            next_hop_addresses: route.next_hop_ip_address.iter().filter_map(|ip| ip.known().copied()).collect(),
            ..system_row(IpNet::default(), NextHopType::None, RouteOrigin::User(table, index))
        };
        match &route.address_prefix {
            Known::Known(RoutePrefix::Prefix(net)) => row.prefixes = vec![*net],
            Known::Known(RoutePrefix::ServiceTag(tag)) => self.fill_in_tag(&mut row, tag),
            Known::Unknown(fact) => (row.prefixes, row.unknown) = (Vec::new(), Some(*fact)),
        }
        if let Some(Known::Unknown(fact)) = route.next_hop_ip_address {
            row.unknown = Some(fact);
        }
        if let Known::Unknown(fact) = route.next_hop_type {
            row.unknown = Some(fact);
        }
        if let Some(fact) = self.doubt_about_next_hop(home, &row) {
            row.unknown = Some(fact);
        } else if let Some((why, law)) = self.why_ineffective(home, &row) {
            row.ineffective = Some(why);
            warnings.push(CompileWarning {
                code: "route-without-effect",
                message: format!(
                    "route `{}/{}` drops what it matches: {why}",
                    self.model.route_table(table).label.name,
                    route.label.name
                ),
                origin: route.label.origin.clone(),
                law,
            });
        }
        row
    }

    /// A tag route covers the tag's prefixes; among tags the more specific is stronger (R36 to R38).
    fn fill_in_tag(&self, row: &mut RouteRow, tag: &str) {
        let lower = tag.to_lowercase();
        let rank = match (lower.starts_with("azurecloud"), lower.contains('.')) {
            (false, true) => 1,
            (false, false) => 2,
            (true, true) => 3,
            (true, false) => 4,
        };
        row.tag = Some((tag.to_owned(), rank));
        row.prefixes = self.model.tags.get(tag).map(|tag| tag.prefixes.clone()).unwrap_or_default();
    }

    /// The fact that is missing about whether an appliance can be reached: it may stand in a space that is not known.
    fn doubt_about_next_hop(&self, home: VirtualNetworkId, row: &RouteRow) -> Option<FactId> {
        if row.next_hop_type != Known::Known(NextHopType::VirtualAppliance) {
            return None;
        }
        let at = space::point(*row.next_hop_addresses.first()?);
        let peers = self.topology.peers(home).iter().map(|(_, peer)| *peer);
        let near: Vec<VirtualNetworkId> = std::iter::once(home).chain(peers).collect();
        if near.iter().any(|id| self.virtual_networks[id.index()].space.contains(at)) {
            return None;
        }
        let outside = self.topology.outside_peers(self.model, home).find_map(|(link, fact)| {
            let ranges = self.model.peering(link).remote_address_space.as_ref();
            ranges.is_none_or(|ranges| space::prefixes(ranges).contains(at)).then_some(fact)
        });
        near.iter().find_map(|id| self.model.virtual_network(*id).unknown_space).or(outside)
    }

    /// Why a user row drops everything although it names a next hop.
    fn why_ineffective(&self, home: VirtualNetworkId, row: &RouteRow) -> Option<(&'static str, &'static str)> {
        match row.next_hop_type {
            Known::Known(NextHopType::VirtualAppliance) => {
                let next_hop = row.next_hop_addresses.first()?;
                let at = space::point(*next_hop);
                let near = self.virtual_networks[home.index()].space.contains(at)
                    || self
                        .topology
                        .peers(home)
                        .iter()
                        .filter(|(_, peer)| self.model.hub_at(*peer).is_none())
                        .any(|(_, peer)| self.virtual_networks[peer.index()].space.contains(at));
                (!near).then_some(("the next hop is in neither this VNET nor a peered one", "R176"))
            }
            Known::Known(NextHopType::VirtualNetworkGateway) => {
                let gateways = &self.virtual_networks[home.index()].gateways;
                if gateways.is_empty() {
                    Some(("there is no virtual network gateway to lead to", "R216"))
                } else if !hybrid::usable_as_next_hop(self.model, gateways) {
                    Some(("a route cannot lead to an ExpressRoute gateway, nor to coexisting gateways", "R42"))
                } else {
                    None
                }
            }
            _ => None,
        }
    }
}

/// The rows of each private endpoint; one outside the file's VNETs has none.
pub(super) fn of_private_endpoints(scene: &Scene<'_>) -> Vec<Arc<EffectiveRoutes>> {
    let mut known: HashMap<SubnetId, Arc<EffectiveRoutes>> = HashMap::new();
    let endpoints = scene.model.private_endpoints.iter();
    let rows = endpoints.map(|endpoint| match endpoint.subnet {
        RuleSubnet::Here(id) => known.entry(id).or_insert_with(|| Arc::new(scene.routes_without_table(id))).clone(),
        _ => Arc::default(),
    });
    rows.collect()
}

/// A row of Azure's own.
pub(super) fn system_row(prefix: IpNet, hop: NextHopType, origin: RouteOrigin) -> RouteRow {
    RouteRow {
        prefixes: vec![prefix],
        tag: None,
        next_hop_type: Known::Known(hop),
        next_hop_addresses: Vec::new(),
        source: RouteSource::Default,
        active: true,
        origin,
        name: String::new(),
        overrides_bgp: false,
        ineffective: None,
        unknown: None,
    }
}

/// A row of Azure's own whose prefix is not known.
fn unknown_row(hop: NextHopType, fact: FactId) -> RouteRow {
    RouteRow { prefixes: Vec::new(), unknown: Some(fact), ..system_row(IpNet::default(), hop, RouteOrigin::System) }
}

/// What a gateway outside the model, or a Route Server, may have learned.
fn learned_elsewhere(fact: FactId) -> RouteRow {
    let row = unknown_row(NextHopType::VirtualNetworkGateway, fact);
    RouteRow { source: RouteSource::VirtualNetworkGateway, ..row }
}

/// Routes of a table that is not in the model: any destination may be taken by it.
fn unknown_table_row(fact: FactId) -> RouteRow {
    RouteRow {
        prefixes: Vec::new(),
        source: RouteSource::User,
        next_hop_type: Known::Unknown(fact),
        unknown: Some(fact),
        ..system_row(IpNet::default(), NextHopType::None, RouteOrigin::System)
    }
}

/// 0.0.0.0/0, and ::/0 where the VNET has IPv6 (R4, R226).
fn internet_rows(model: &Model, id: VirtualNetworkId) -> Vec<RouteRow> {
    let six = model.virtual_network(id).address_prefixes.iter().any(|net| matches!(net, IpNet::V6(_)));
    let mut rows = vec![system_row(IpNet::default(), NextHopType::Internet, RouteOrigin::System)];
    if six {
        rows.push(system_row(IpNet::V6(Ipv6Net::default()), NextHopType::Internet, RouteOrigin::System));
    }
    rows
}

/// The reserved rows that remain: none that a VNET range replaces or swallows (R9, R10), and none at all
/// when a default route of a user (any hop but None) or of a gateway is in force (R29, R32, R184, R185).
fn reserved_rows(rows: &[RouteRow]) -> Vec<RouteRow> {
    let default = |row: &RouteRow, source| row.source == source && row.prefixes.contains(&IpNet::default());
    let by_user = rows.iter().find(|row| default(row, RouteSource::User));
    let removed = match by_user {
        Some(row) => row.next_hop_type != Known::Known(NextHopType::None),
        None => rows.iter().any(|row| default(row, RouteSource::VirtualNetworkGateway)),
    };
    if removed {
        return Vec::new();
    }
    let own: Vec<IpNet> = rows
        .iter()
        .filter(|row| row.next_hop_type == Known::Known(NextHopType::VnetLocal) && row.source == RouteSource::Default)
        .flat_map(|row| row.prefixes.clone())
        .collect();
    RESERVED
        .iter()
        .map(|block| block.parse::<IpNet>().expect("a constant prefix"))
        .filter(|block| !own.iter().any(|range| range.contains(block)))
        .map(|block| system_row(block, NextHopType::None, RouteOrigin::System))
        .collect()
}

/// How strong a row is among rows of the same prefix: User, VNET and peering, gateway, other Default (R15 to
/// R19). Service endpoint rows are not compared here but in [`select`].
fn strength(row: &RouteRow) -> u8 {
    match (row.source, row.next_hop_type) {
        (RouteSource::User, _) => 0,
        (RouteSource::Default, Known::Known(hop)) if is_preferred(hop) => 1,
        (RouteSource::VirtualNetworkGateway, _) => 2,
        (RouteSource::Default, _) => 3,
    }
}

/// Azure's own rows that gateway rows never beat, however long (R18 to R20).
fn is_preferred(hop: NextHopType) -> bool {
    matches!(
        hop,
        NextHopType::VnetLocal
            | NextHopType::VNetPeering
            | NextHopType::VNetGlobalPeering
            | NextHopType::InterfaceEndpoint
            | NextHopType::ConnectedGroup
    )
}

fn is_endpoint(row: &RouteRow) -> bool {
    matches!(row.origin, RouteOrigin::ServiceEndpoint(_))
}

/// Marks rows of one prefix that lost to a stronger one as Invalid. Only whole rows: a tag route is never
/// Invalid, its prefixes are compared one by one in [`select`].
fn deactivate_losers(rows: &mut [RouteRow]) {
    let mut strongest: HashMap<IpNet, u8> = HashMap::new();
    let compared = |row: &RouteRow| row.prefixes.len() == 1 && row.tag.is_none() && !is_endpoint(row);
    for row in rows.iter().filter(|row| compared(row)) {
        let best = strongest.entry(row.prefixes[0]).or_insert(u8::MAX);
        *best = (*best).min(strength(row));
    }
    for row in rows.iter_mut().filter(|row| compared(row)) {
        row.active = strength(row) == strongest[&row.prefixes[0]];
    }
}

/// Splits the line of addresses at every prefix of an active row and selects in each interval.
fn select_everywhere(rows: &[RouteRow], setting: ServiceEndpointVersusRoute) -> Vec<(u128, u128, RouteChoice)> {
    let mut entries: Vec<(u128, u128, u32, u8)> = Vec::new();
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| row.active) {
        for net in &row.prefixes {
            for (first, last) in space::prefix(*net).iter() {
                entries.push((first, last, index as u32, net.prefix_len()));
            }
        }
    }
    // Prefixes nest or are disjoint: with the enclosing one first, a stack holds all that cover a point.
    entries.sort_unstable_by_key(|(first, last, row, _)| (*first, std::cmp::Reverse(*last), *row));
    let mut sweep = Sweep { rows, setting, stack: Vec::new(), intervals: Vec::new(), at: 0 };
    for entry in entries {
        sweep.close_before(entry.0);
        sweep.emit_up_to(entry.0.checked_sub(1), entry.0);
        sweep.stack.push(entry);
    }
    sweep.close_before(u128::MAX);
    while let Some((_, last, _, _)) = sweep.stack.last().copied() {
        sweep.emit_up_to(Some(last), last);
        sweep.stack.pop();
    }
    sweep.intervals
}

/// A walk along the line of addresses with the prefixes that cover the current point on a stack.
struct Sweep<'a> {
    rows: &'a [RouteRow],
    setting: ServiceEndpointVersusRoute,
    stack: Vec<(u128, u128, u32, u8)>,
    intervals: Vec<(u128, u128, RouteChoice)>,
    /// First point not yet given out.
    at: u128,
}

impl Sweep<'_> {
    /// Leaves the prefixes that end before `point`.
    fn close_before(&mut self, point: u128) {
        while let Some((_, last, _, _)) = self.stack.last().copied() {
            if last >= point {
                break;
            }
            self.emit_up_to(Some(last), last.saturating_add(1));
            self.stack.pop();
        }
    }

    /// Gives out the stretch from `at` to `last` under the current stack and moves on to `next`.
    fn emit_up_to(&mut self, last: Option<u128>, next: u128) {
        if let (Some(last), false) = (last, self.stack.is_empty())
            && self.at <= last
        {
            let choice = select(self.rows, &self.stack, self.setting);
            match self.intervals.last_mut() {
                Some(open) if open.2 == choice && open.1.checked_add(1) == Some(self.at) => open.1 = last,
                _ => self.intervals.push((self.at, last, choice)),
            }
            self.at = last.saturating_add(1);
        }
        self.at = self.at.max(next);
    }
}

/// Selects among the active rows that cover one point (routing.md section 0):
/// gateway rows give way to VNET, peering and endpoint rows of any length; an endpoint row is weighed by the
/// setting; then the longest prefix wins, then origin, then the tag's rank.
fn select(rows: &[RouteRow], covering: &[(u128, u128, u32, u8)], setting: ServiceEndpointVersusRoute) -> RouteChoice {
    let mut candidates: Vec<(u32, u8)> = covering.iter().map(|(_, _, row, length)| (*row, *length)).collect();
    let row = |index: u32| &rows[index as usize];
    let preferred = |index: u32| {
        row(index).source == RouteSource::Default
            && (is_endpoint(row(index)) || row(index).next_hop_type.known().is_some_and(|hop| is_preferred(*hop)))
    };
    let overriding = candidates.iter().filter(|(index, _)| row(*index).overrides_bgp).map(|(_, length)| *length).max();
    if candidates.iter().any(|(index, _)| preferred(*index)) || overriding.is_some() {
        candidates.retain(|(index, _)| row(*index).source != RouteSource::VirtualNetworkGateway);
    }
    let contested = weigh_endpoint(rows, &mut candidates, setting);
    let longest = candidates.iter().map(|(_, length)| *length).max().unwrap_or(0);
    candidates.retain(|(_, length)| *length == longest);
    let rank = |index: u32| (strength(row(index)), row(index).tag.as_ref().map_or(0, |(_, rank)| *rank));
    let best = candidates.iter().map(|(index, _)| rank(*index)).min().unwrap_or((0, 0));
    let selected = candidates.iter().map(|(index, _)| *index).filter(|index| rank(*index) == best);
    RouteChoice { rows: selected.collect(), contested }
}

/// Applies serviceEndpointVersusRoute (R20, R49, R52): drops the endpoint's row or the user rows that it
/// beats. True when a user row of equal or longer prefix was there, so that the setting decided.
fn weigh_endpoint(rows: &[RouteRow], candidates: &mut Vec<(u32, u8)>, setting: ServiceEndpointVersusRoute) -> bool {
    let row = |index: u32| &rows[index as usize];
    let Some(endpoint) =
        candidates.iter().filter(|(index, _)| is_endpoint(row(*index))).map(|(_, length)| *length).max()
    else {
        return false;
    };
    let user = |index: u32| row(index).source == RouteSource::User;
    let contested = candidates.iter().any(|(index, length)| user(*index) && *length >= endpoint);
    let loses = |index: u32, length: u8| match setting {
        ServiceEndpointVersusRoute::LongestPrefix => user(index) && length <= endpoint,
        ServiceEndpointVersusRoute::Documented => user(index),
        ServiceEndpointVersusRoute::UserWins => {
            is_endpoint(row(index)) && candidates.iter().any(|(other, same)| user(*other) && *same == length)
        }
    };
    let kept = candidates.iter().copied().filter(|(index, length)| !loses(*index, *length)).collect();
    *candidates = kept;
    contested
}

/// The public prefixes that a service endpoint routes: Sql in its own region, Storage in its own and the
/// paired one, other services everywhere; Gen1's endpoint routes nothing (F126).
pub(super) fn endpoint_prefixes(model: &Model, service: &str, region: Option<&str>) -> Vec<IpNet> {
    let of = |tag: &str| model.tags.get(tag).map(|tag| tag.prefixes.clone()).unwrap_or_default();
    let regional = |tag: &str, region: &str| of(&format!("{tag}.{region}"));
    match (service.to_lowercase().as_str(), region) {
        ("microsoft.storage", Some(region)) => {
            let paired = crate::tags::paired_region(region).map(|pair| regional("Storage", pair)).unwrap_or_default();
            [regional("Storage", region), paired].concat()
        }
        ("microsoft.storage" | "microsoft.storage.global", _) => of("Storage"),
        ("microsoft.sql", Some(region)) => regional("Sql", region),
        ("microsoft.sql", None) => of("Sql"),
        ("microsoft.keyvault", _) => of("AzureKeyVault"),
        ("microsoft.eventhub", _) => of("EventHub"),
        ("microsoft.servicebus", _) => of("ServiceBus"),
        ("microsoft.azurecosmosdb", _) => of("AzureCosmosDB"),
        ("microsoft.web", _) => of("AppService"),
        ("microsoft.cognitiveservices", _) => of("CognitiveServicesManagement"),
        ("microsoft.containerregistry", _) => of("AzureContainerRegistry"),
        _ => Vec::new(),
    }
}
