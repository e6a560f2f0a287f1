//! Effective routes of a subnet, row by row, and the choice among them, from routing.md sections 0 to 3.
//!
//! In: the model, a subnet, a destination. Out: the one row that decides. Deliberately absent: anything
//! prepared beforehand; the rows that cover the destination are found anew for every packet.

use super::{clients, endpoints, hybrid, route_server, subnet_peering, virtual_wan};
use azreach::{model::*, scenario::settings::ServiceEndpointVersusRoute};
use ipnet::IpNet;
use std::net::IpAddr;

/// Where a row leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hop {
    VnetLocal,
    Peering(PeeringId),
    Tunnel(hybrid::Tunnel),
    /// A service endpoint: of storage, or of something else.
    Service {
        storage: bool,
    },
    PrivateEndpoint(PrivateEndpointId),
    Appliance(IpAddr),
    UserGateway,
    /// Point-to-site clients.
    Clients(VirtualNetworkGatewayId),
    /// What an appliance told a Route Server.
    Told {
        next_hop: IpAddr,
        by: Option<ApplianceId>,
    },
    /// A virtual hub.
    Hub(VirtualHubId),
    Internet,
    Drop,
}

/// Who made a row, best first for one prefix (routing.md 0 step 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// The number ranks rows by tag behind explicit ones (2.6).
    User(u8),
    Preferred,
    /// Service endpoints: compared by the setting, not by rank (2.4).
    Service,
    Gateway,
    System,
}

impl Rank {
    fn is_user(self) -> bool {
        matches!(self, Rank::User(_))
    }
}

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub prefix: IpNet,
    pub rank: Rank,
    pub hop: Hop,
}

/// Something in the way of an answer.
pub(crate) type Maybe<T> = Result<T, String>;

pub(crate) fn net(text: &str) -> IpNet {
    text.parse().expect("a prefix")
}

fn known<T: Copy>(value: &Known<T>) -> Maybe<T> {
    value.known().copied().ok_or_else(|| "unknown value".into())
}

/// The row that decides for a destination (routing.md 0, select 1 to 4).
pub(crate) fn select(model: &Model, subnet: SubnetId, to: IpAddr) -> Maybe<Option<Row>> {
    choose(model, matching_rows(model, subnet, to, true)?)
}

/// The same for what leaves a private endpoint: its subnet's table does not count (2.5).
pub(crate) fn select_without_table(model: &Model, subnet: SubnetId, to: IpAddr) -> Maybe<Option<Row>> {
    choose(model, matching_rows(model, subnet, to, false)?)
}

/// The default route of a subnet.
pub(crate) fn default_row(model: &Model, subnet: SubnetId) -> Maybe<Option<Row>> {
    let mut rows = matching_rows(model, subnet, IpAddr::from([0, 0, 0, 0]), true)?;
    rows.retain(|row| row.prefix.prefix_len() == 0);
    Ok(rows.into_iter().min_by_key(|row| row.rank))
}

fn choose(model: &Model, mut matching: Vec<Row>) -> Maybe<Option<Row>> {
    // 2.2, R18, R19: rows of the VNET, of peerings and of endpoints beat gateway rows of any length.
    if matching.iter().any(|row| matches!(row.rank, Rank::Preferred | Rank::Service)) {
        matching.retain(|row| row.rank != Rank::Gateway);
    }
    weigh_service_endpoint(model, &mut matching);
    let longest = matching.iter().map(|row| row.prefix.prefix_len()).max();
    matching.retain(|row| Some(row.prefix.prefix_len()) == longest);
    let first = matching.iter().map(|row| row.rank).min();
    matching.retain(|row| Some(row.rank) == first);
    match matching.as_slice() {
        [] => Ok(None),
        [row] => Ok(Some(*row)),
        _ => Err(format!("ecmp between {matching:?}")),
    }
}

/// 2.4, R49, R52: the row of a service endpoint against the user's.
fn weigh_service_endpoint(model: &Model, matching: &mut Vec<Row>) {
    let endpoint = matching.iter().filter(|row| row.rank == Rank::Service).map(|row| row.prefix.prefix_len()).max();
    let Some(length) = endpoint else { return };
    match model.settings.service_endpoint_versus_route {
        ServiceEndpointVersusRoute::LongestPrefix => {
            matching.retain(|row| !row.rank.is_user() || row.prefix.prefix_len() > length);
        }
        ServiceEndpointVersusRoute::Documented => matching.retain(|row| !row.rank.is_user()),
        ServiceEndpointVersusRoute::UserWins => {}
    }
}

/// The rows that cover a destination and are not Invalid (routing.md 0, steps 7 to 9).
fn matching_rows(model: &Model, subnet: SubnetId, to: IpAddr, with_table: bool) -> Maybe<Vec<Row>> {
    let mut rows = all_rows(model, subnet, to, with_table)?;
    rows.retain(|row| row.prefix.contains(&to));
    let of_service = |row: &Row| row.rank == Rank::Service;
    let beaten = |row: &Row| {
        let better = |other: &Row| other.prefix == row.prefix && other.rank < row.rank && !of_service(other);
        !of_service(row) && rows.iter().any(better)
    };
    let mut active: Vec<Row> = rows.iter().filter(|row| !beaten(row)).copied().collect();
    // R29, R32, R179, R184, R185: which default route removes the reserved None rows.
    let everything = net("0.0.0.0/0");
    let removes = active.iter().any(|row| {
        row.prefix == everything
            && match row.rank {
                Rank::User(_) => row.hop != Hop::Drop,
                Rank::Gateway => true,
                _ => false,
            }
    });
    if removes {
        active.retain(|row| !(row.rank == Rank::System && row.hop == Hop::Drop));
    }
    let user: Vec<IpNet> = active.iter().filter(|row| row.rank.is_user()).map(|row| row.prefix).collect();
    active.retain(|row| match row.hop {
        Hop::PrivateEndpoint(id) => !endpoints::yields(model, id, &user),
        _ => true,
    });
    Ok(active)
}

/// Every row before any comparison.
fn all_rows(model: &Model, subnet: SubnetId, to: IpAddr, with_table: bool) -> Maybe<Vec<Row>> {
    let virtual_network = model.subnet(subnet).virtual_network;
    let mut rows = system_rows(model, virtual_network);
    rows.extend(peering_rows(model, virtual_network));
    rows.extend(endpoints::service_rows(model, subnet, to));
    rows.extend(endpoints::private_rows(model, virtual_network));
    let table = if with_table { route_table(model, subnet)? } else { None };
    let propagate = match table {
        Some(table) => !known(&table.disable_bgp_route_propagation)?,
        None => true,
    };
    if propagate {
        // R26 to R28, R95: otherwise no gateway row at all.
        rows.extend(clients::rows(model, virtual_network));
        rows.extend(route_server::rows(model, virtual_network, gateway_rows(model, virtual_network))?);
        rows.extend(hub_rows(model, virtual_network));
    }
    for route in table.iter().flat_map(|table| &table.routes) {
        rows.extend(user_rows(model, route, to)?);
    }
    Ok(rows)
}

/// The subnet's route table.
pub(crate) fn route_table(model: &Model, subnet: SubnetId) -> Maybe<Option<&RouteTable>> {
    match &model.subnet(subnet).route_table {
        None => Ok(None),
        Some(table) => Ok(Some(model.route_table(known(table)?))),
    }
}

/// 1.1 and 1.2: VNET ranges, the default route, the reserved None rows (R1 to R11).
fn system_rows(model: &Model, id: VirtualNetworkId) -> Vec<Row> {
    let ranges = &model.virtual_network(id).address_prefixes;
    let local = ranges.iter().map(|prefix| Row { prefix: *prefix, rank: Rank::Preferred, hop: Hop::VnetLocal });
    let system = |prefix, hop| Row { prefix, rank: Rank::System, hop };
    let reserved = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]
        .map(net)
        .into_iter()
        // R9, R10: a VNET range equal to it or around it removes it.
        .filter(|reserved| !ranges.iter().any(|range| range.contains(reserved)))
        .map(|prefix| system(prefix, Hop::Drop));
    local.chain([system(net("0.0.0.0/0"), Hop::Internet)]).chain(reserved).collect()
}

/// Links of a VNET that carry traffic: both sides Connected (R78, R79).
pub(crate) fn connected(model: &Model, local: VirtualNetworkId) -> Vec<(PeeringId, &Peering)> {
    let up = |link: &Peering| link.state == PeeringState::Connected;
    (0..model.peerings.len())
        .map(PeeringId::at)
        .map(|id| (id, model.peering(id)))
        .filter(|(_, link)| link.local == local && link.remote.known().is_some() && up(link))
        .filter(|(_, link)| link.reverse.is_some_and(|reverse| up(model.peering(reverse))))
        .collect()
}

/// The ranges of the VNET behind a link as this side knows them (R83, R211).
pub(crate) fn remote_ranges(model: &Model, link: &Peering) -> Vec<IpNet> {
    if let Some(ranges) = subnet_peering::ranges(model, link) {
        return ranges;
    }
    match (&link.remote_address_space, &link.remote) {
        (Some(ranges), _) => ranges.clone(),
        (None, Known::Known(remote)) => model.virtual_network(*remote).address_prefixes.clone(),
        _ => Vec::new(),
    }
}

/// Section 3: one row for every range of every peer.
fn peering_rows(model: &Model, id: VirtualNetworkId) -> Vec<Row> {
    let mut rows = Vec::new();
    for (link_id, link) in connected(model, id) {
        for prefix in remote_ranges(model, link) {
            rows.push(Row { prefix, rank: Rank::Preferred, hop: Hop::Peering(link_id) });
        }
    }
    rows
}

/// Section 4: what the own gateways learned, or the hub's through transit (R91 to R95, R99, R107).
fn gateway_rows(model: &Model, id: VirtualNetworkId) -> Vec<Row> {
    let rows: Vec<_> =
        hybrid::gateways_for(model, id).into_iter().flat_map(|gateway| hybrid::learned(model, gateway)).collect();
    let express = |tunnel: &hybrid::Tunnel| {
        model.virtual_network_gateway(tunnel.gateway).gateway_type == GatewayType::ExpressRoute
    };
    // R107: for the same prefix ExpressRoute is used.
    let shadowed = |prefix: &IpNet, tunnel: &hybrid::Tunnel| {
        !express(tunnel) && rows.iter().any(|(other, by)| other == prefix && express(by))
    };
    rows.iter()
        .filter(|(prefix, tunnel)| !shadowed(prefix, tunnel))
        .map(|(prefix, tunnel)| Row { prefix: *prefix, rank: Rank::Gateway, hop: Hop::Tunnel(*tunnel) })
        .collect()
}

/// 5.6: what a virtual hub programs into a VNET that is connected to it.
fn hub_rows(model: &Model, id: VirtualNetworkId) -> Vec<Row> {
    let Some((hub, prefixes)) = virtual_wan::programmed(model, id) else {
        return Vec::new();
    };
    prefixes.into_iter().map(|prefix| Row { prefix, rank: Rank::Gateway, hop: Hop::Hub(hub) }).collect()
}

/// 2.6, R36 to R38: a user route; by service tag it is one row for each prefix of the tag.
fn user_rows(model: &Model, route: &Route, to: IpAddr) -> Maybe<Vec<Row>> {
    let hop = match known(&route.next_hop_type)? {
        NextHopType::VnetLocal => Hop::VnetLocal,
        NextHopType::VirtualAppliance => match &route.next_hop_ip_address {
            Some(address) => Hop::Appliance(known(address)?),
            None => return Err("appliance without address".into()),
        },
        NextHopType::VirtualNetworkGateway => Hop::UserGateway,
        NextHopType::Internet => Hop::Internet,
        _ => Hop::Drop,
    };
    match route.address_prefix.known() {
        Some(RoutePrefix::Prefix(prefix)) => Ok(vec![Row { prefix: *prefix, rank: Rank::User(0), hop }]),
        Some(RoutePrefix::ServiceTag(tag)) => {
            let rank = match (tag.starts_with("AzureCloud"), tag.contains('.')) {
                (false, true) => 1,
                (false, false) => 2,
                (true, true) => 3,
                (true, false) => 4,
            };
            let data = model.tags.get(tag).ok_or_else(|| format!("tag {tag} is not known"))?;
            let covering = data.prefixes.iter().filter(|prefix| prefix.contains(&to));
            Ok(covering.map(|prefix| Row { prefix: *prefix, rank: Rank::User(rank), hop }).collect())
        }
        None => Err("unknown route prefix".into()),
    }
}
