//! Ways: routes, peerings, public addresses.
//!
//! In: packets at a decision about their way. Out: edits that may lead them on. Deliberately absent: a way round a firewall
//! that denies; that is no repair.

use super::{blocked::Blocked, edit::Edit, rules::tags_of};
use crate::{
    model::{
        FrontendAddress, Known, Model, NetworkInterfaceId, Party, PublicIpAddressId, RouteTableId, RuleSubnet,
        SubnetId, SubnetPurpose, VirtualNetworkId,
    },
    network::Network,
    space::{self, Addresses, NAMED},
};
use serde_json::json;

/// Longer lists of prefixes are no routes that people would write.
const MOST_PREFIXES: usize = 4;
/// Next hops that are tried.
const MOST_HOPS: usize = 6;

/// The subnets in which the ends of a flow stand.
pub(super) fn subnets_of(model: &Model, parties: &[Party]) -> Vec<SubnetId> {
    let of = |party: &Party| match party {
        Party::Subnet(id) => vec![*id],
        Party::VirtualNetwork(id) => model.virtual_network(*id).subnets.clone(),
        Party::Cluster(id) => vec![model.cluster(*id).subnet],
        Party::PrivateEndpoint(id) => match model.private_endpoint(*id).subnet {
            RuleSubnet::Here(subnet) => vec![subnet],
            _ => Vec::new(),
        },
        Party::Address(address) if !owners(model, *address).is_empty() => owners(model, *address),
        _ => {
            let nics = interfaces_of(model, party).into_iter();
            nics.flat_map(|nic| model.network_interface(nic).ip_configurations.iter().map(|one| one.subnet)).collect()
        }
    };
    let mut all: Vec<SubnetId> = parties.iter().flat_map(of).collect();
    all.sort();
    all.dedup();
    all
}

/// The NICs of machines, by whichever of their names or public addresses; those in the pools of balancers included.
fn interfaces_of(model: &Model, party: &Party) -> Vec<NetworkInterfaceId> {
    let behind = |is_it: &dyn Fn(PublicIpAddressId) -> bool| {
        let has = |id: &NetworkInterfaceId| {
            let configurations = &model.network_interface(*id).ip_configurations;
            configurations.iter().any(|one| one.public_ip_address.is_some_and(is_it))
        };
        (0..model.network_interfaces.len()).map(NetworkInterfaceId::at).filter(has).collect()
    };
    match party {
        Party::Workload(id) => model.workload(*id).network_interfaces.clone(),
        Party::NetworkInterface(id) => vec![*id],
        Party::Appliance(id) => model.appliance(*id).network_interfaces.clone(),
        Party::Cluster(id) => model.cluster(*id).nodes.iter().map(|(_, nic)| *nic).collect(),
        Party::LoadBalancer(id) => {
            let pools = &model.load_balancer(*id).pools;
            pools.iter().flat_map(|pool| pool.members.iter().map(|(nic, _)| *nic)).collect()
        }
        Party::PublicIpAddress(id) => behind(&|one| one == *id),
        Party::Address(address) => behind(&|one| model.public_ip_address(one).address == Known::Known(*address)),
        _ => Vec::new(),
    }
}

/// The addresses of their own of machines.
pub(super) fn inner_addresses(model: &Model, parties: &[Party]) -> Addresses {
    let nics = parties.iter().flat_map(|party| interfaces_of(model, party));
    let own = nics.flat_map(|nic| &model.network_interface(nic).ip_configurations);
    let known = own.filter_map(|one| one.address.known());
    known.fold(Addresses::empty(), |all, address| all.union(&Addresses::single(space::point(*address))))
}

/// Subnets that hold an address.
fn owners(model: &Model, address: std::net::IpAddr) -> Vec<SubnetId> {
    let holds = |id: &SubnetId| model.subnet(*id).address_prefixes.iter().any(|prefix| prefix.contains(&address));
    (0..model.subnets.len()).map(SubnetId::at).filter(holds).collect()
}

/// Routes that lead the packets, or their answers, another way.
pub(super) fn routes(network: &Network, blocked: &Blocked, ends: &[SubnetId]) -> Vec<Vec<Edit>> {
    let model = &network.model;
    let mut found = Vec::new();
    let decides = |table: &&crate::model::RouteTable| table.label.name.eq_ignore_ascii_case(&blocked.step.resource);
    if let Some(table) = model.route_tables.iter().find(decides)
        && let Some(route) = table.routes.iter().find(|route| route.label.name.eq_ignore_ascii_case(&blocked.step.name))
    {
        let path = ["routeTables", &table.label.name, "routes", &route.label.name];
        found.push(vec![Edit::new(&path, json!(null))]);
    }
    let mut subnets: Vec<SubnetId> = ends.to_vec();
    let by_name = |place: &String| {
        let ids = (0..model.subnets.len()).map(SubnetId::at);
        ids.into_iter().find(|id| network.subnet_path(*id).eq_ignore_ascii_case(place))
    };
    subnets.extend(blocked.places.iter().filter_map(by_name));
    let mut seen = Vec::new();
    for subnet in subnets {
        if seen.contains(&subnet) {
            continue;
        }
        seen.push(subnet);
        for addresses in [&blocked.destination, &blocked.source] {
            found.extend(routes_of(network, subnet, addresses));
        }
        found.extend(tag_routes(network, subnet, blocked));
    }
    found
}

fn routes_of(network: &Network, subnet: SubnetId, addresses: &Addresses) -> Vec<Vec<Edit>> {
    let model = &network.model;
    let mut hops: Vec<(&str, Option<std::net::IpAddr>)> =
        appliances(model).into_iter().map(|address| ("VirtualAppliance", Some(address))).collect();
    if model.subnet(subnet).purpose != SubnetPurpose::Gateway {
        let home = network.virtual_network(model.subnet(subnet).virtual_network);
        hops.extend((!home.gateways.is_empty()).then_some(("VirtualNetworkGateway", None)));
    }
    hops.extend(addresses.is_subset(network.internet()).then_some(("Internet", None)));
    let one = |(kind, address): (&str, Option<std::net::IpAddr>)| {
        let row = |prefix: &ipnet::IpNet| {
            let mut value = json!({"addressPrefix": prefix.to_string(), "nextHopType": kind});
            if let Some(address) = address {
                value["nextHopIpAddress"] = json!(address.to_string());
            }
            value
        };
        routed(network, subnet, addresses, &row)
    };
    hops.into_iter().map(one).filter(|edits| !edits.is_empty()).collect()
}

/// Rows for the service tag of a party that is known by name, past the way that everything else takes (R36).
fn tag_routes(network: &Network, subnet: SubnetId, blocked: &Blocked) -> Vec<Vec<Edit>> {
    if blocked.destination != Addresses::single(NAMED) {
        return Vec::new();
    }
    let rows = tags_of(&network.model, &blocked.name).into_iter().filter(|tag| tag != "Internet").map(|tag| {
        let value = json!({"addressPrefix": tag, "nextHopType": "Internet"});
        let note = format!("the route is for everything in the service tag {tag}, of any customer");
        let edits = in_table_of(network, subnet, vec![(format!("to-{}", tag.replace('.', "-")), value)]);
        edits.into_iter().map(|edit| edit.with_note(note.clone())).collect::<Vec<_>>()
    });
    rows.filter(|edits| !edits.is_empty()).collect()
}

/// A row for each prefix in the subnet's route table, or in a new one.
pub(super) fn routed(
    network: &Network,
    subnet: SubnetId,
    addresses: &Addresses,
    row: &dyn Fn(&ipnet::IpNet) -> serde_json::Value,
) -> Vec<Edit> {
    let prefixes = space::to_prefixes(addresses);
    if prefixes.is_empty() || prefixes.len() > MOST_PREFIXES || *addresses == Addresses::single(NAMED) {
        return Vec::new();
    }
    let name = |prefix: &ipnet::IpNet| format!("to-{}", prefix.to_string().replace(['.', ':', '/'], "-"));
    let rows = prefixes.iter().map(|prefix| (name(prefix), row(prefix))).collect();
    in_table_of(network, subnet, rows)
}

fn in_table_of(network: &Network, subnet: SubnetId, rows: Vec<(String, serde_json::Value)>) -> Vec<Edit> {
    match network.model.subnet(subnet).route_table {
        Some(Known::Known(table)) => in_table(&network.model, table, rows),
        Some(Known::Unknown(_)) => Vec::new(),
        None => with_new_table(network, subnet, rows),
    }
}

fn in_table(model: &Model, table: RouteTableId, routes: Vec<(String, serde_json::Value)>) -> Vec<Edit> {
    let name = &model.route_table(table).label.name;
    routes.into_iter().map(|(route, value)| Edit::new(&["routeTables", name, "routes", &route], value)).collect()
}

fn with_new_table(network: &Network, subnet: SubnetId, routes: Vec<(String, serde_json::Value)>) -> Vec<Edit> {
    let path = network.subnet_path(subnet);
    let Some((vnet, name)) = path.split_once('/') else {
        return Vec::new();
    };
    let table = format!("{name}-rt");
    if network.model.route_tables.iter().any(|one| one.label.name.eq_ignore_ascii_case(&table)) {
        return Vec::new();
    }
    let mut edits: Vec<Edit> =
        routes.into_iter().map(|(route, value)| Edit::new(&["routeTables", &table, "routes", &route], value)).collect();
    edits.push(Edit::new(&["virtualNetworks", vnet, "subnets", name, "routeTable"], json!(table)));
    edits
}

/// Addresses to which routes send what is not for them.
fn appliances(model: &Model) -> Vec<std::net::IpAddr> {
    let firewalls = model.azure_firewalls.iter().filter_map(|one| one.private_address.known().copied());
    let nics = model.network_interfaces.iter().filter(|nic| nic.appliance.is_some());
    let nics = nics.flat_map(|nic| nic.ip_configurations.iter().filter_map(|one| one.address.known().copied()));
    let balancers = model.load_balancers.iter().flat_map(|one| &one.frontends);
    let balancers = balancers.filter_map(|frontend| match frontend.address {
        FrontendAddress::Private(_, Known::Known(address)) => Some(address),
        _ => None,
    });
    firewalls.chain(nics).chain(balancers).take(MOST_HOPS).collect()
}

/// Flags and missing halves of peerings that touch the way, and a new peering between the ends.
pub(super) fn peerings(network: &Network, blocked: &Blocked, ends: [&[SubnetId]; 2]) -> Vec<Vec<Edit>> {
    let model = &network.model;
    let home = |id: &SubnetId| model.subnet(*id).virtual_network;
    let mut found = Vec::new();
    let link_path = |local: VirtualNetworkId, link: &str, flag: &str| {
        let vnet = &model.virtual_network(local).label.name;
        Edit::new(&["virtualNetworks", vnet, "virtualNetworkPeerings", link, flag], json!(true))
    };
    for peering in &model.peerings {
        let Known::Known(remote) = peering.remote else { continue };
        if ![peering.local, remote].into_iter().any(|id| is_there(network, blocked, ends, id)) {
            continue;
        }
        let no = Known::Known(false);
        let link = &peering.label.name;
        for (flag, value) in [
            ("allowVirtualNetworkAccess", peering.allow_virtual_network_access),
            ("allowForwardedTraffic", peering.allow_forwarded_traffic),
        ] {
            found.extend((value == no).then(|| vec![link_path(peering.local, link, flag)]));
        }
        if peering.use_remote_gateways == no && !model.virtual_network(remote).gateways.is_empty() {
            let mut edits = vec![link_path(peering.local, link, "useRemoteGateways")];
            if let Some(reverse) =
                peering.reverse.map(|id| model.peering(id)).filter(|one| one.allow_gateway_transit == no)
            {
                edits.push(link_path(remote, &reverse.label.name, "allowGatewayTransit"));
            }
            found.push(edits);
        }
        if peering.reverse.is_none() {
            found.push(vec![new_link(model, remote, peering.local)]);
        }
        // The link knows the remote network as it was (R211).
        if peering.remote_address_space.is_some() {
            let vnet = &model.virtual_network(peering.local).label.name;
            let path = ["virtualNetworks", vnet, "virtualNetworkPeerings", link, "peeringSyncLevel"];
            let note = "Azure sets it when the peering is synchronised: az network vnet peering sync".to_owned();
            found.push(vec![Edit::new(&path, json!("FullyInSync")).with_note(note)]);
        }
    }
    let homes = ends.map(|ends| ends.first().map(home));
    if let [Some(one), Some(other)] = homes
        && one != other
        && !model.peerings.iter().any(|link| link.local == one && link.remote == Known::Known(other))
    {
        found.push(vec![new_link(model, one, other), new_link(model, other, one)]);
    }
    found
}

/// Whether a flow begins, ends or passes in a VNET.
pub(super) fn is_there(network: &Network, blocked: &Blocked, ends: [&[SubnetId]; 2], id: VirtualNetworkId) -> bool {
    let model = &network.model;
    let name = &model.virtual_network(id).label.name;
    let passes = |place: &String| place.split('/').next().is_some_and(|one| one.eq_ignore_ascii_case(name));
    ends.iter().any(|ends| ends.iter().any(|end| model.subnet(*end).virtual_network == id))
        || blocked.places.iter().any(passes)
}

fn new_link(model: &Model, local: VirtualNetworkId, remote: VirtualNetworkId) -> Edit {
    let (local, remote) = (&model.virtual_network(local).label.name, &model.virtual_network(remote).label.name);
    let link = format!("to-{remote}");
    let value = json!({"remoteVirtualNetwork": remote, "allowVirtualNetworkAccess": true});
    Edit::new(&["virtualNetworks", local, "virtualNetworkPeerings", &link], value)
}

/// Ways into the Internet and from it: a NAT gateway on the subnet, a public address on the machine.
pub(super) fn public(network: &Network, sources: [&[Party]; 2]) -> Vec<Vec<Edit>> {
    let model = &network.model;
    let mut found = Vec::new();
    for party in sources.into_iter().flatten() {
        let Party::Workload(id) = party else { continue };
        let name = &model.workload(*id).label.name;
        let address = format!("{name}-pip");
        let has_one = model.public_ip_addresses.iter().any(|one| one.label.name.eq_ignore_ascii_case(&address));
        if !has_one {
            found.push(vec![
                Edit::new(&["publicIPAddresses", &address], json!({"sku": "Standard"})),
                Edit::new(&["workloads", name, "publicIPAddress"], json!(address)),
            ]);
        }
    }
    for subnet in subnets_of(model, sources[0]) {
        let path = network.subnet_path(subnet);
        let Some((vnet, name)) = path.split_once('/') else { continue };
        let (gateway, address) = (format!("{name}-nat"), format!("{name}-nat-pip"));
        let is_taken = model.nat_gateways.iter().any(|one| one.label.name.eq_ignore_ascii_case(&gateway));
        if model.subnet(subnet).nat_gateway.is_none() && !is_taken {
            let region = model.virtual_network(model.subnet(subnet).virtual_network).location.clone();
            let mut public = json!({"sku": "Standard"});
            if let Some(region) = region {
                public["location"] = json!(region);
            }
            found.push(vec![
                Edit::new(&["publicIPAddresses", &address], public),
                Edit::new(&["natGateways", &gateway], json!({"sku": "Standard", "publicIpAddresses": [address]})),
                Edit::new(&["virtualNetworks", vnet, "subnets", name, "natGateway"], json!(gateway)),
            ]);
        }
    }
    found
}
