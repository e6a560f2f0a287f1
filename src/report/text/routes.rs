//! Effective routes as `az network nic show-effective-route-table` lays them out.
//!
//! In: a network and a subnet. Out: a table. Deliberately absent: the many prefixes of a service tag; they are
//! counted, JSON has them all.

use crate::{
    model::{Known, SubnetId},
    network::{Network, RouteOrigin, RouteRow},
    report::page::{BAD, Cell, FAINT, PLACE, PLAIN, Page, STRONG, Table, UNSURE, capped, count},
};

/// Most prefixes or next hops in one field.
const MOST: usize = 3;

/// The effective routes of a subnet.
pub fn routes(network: &Network, subnet: SubnetId) -> String {
    let facts = network.subnet(subnet);
    let mut page = Page::default();
    page.say(STRONG, "effective routes of ").say(PLACE, &network.subnet_path(subnet)).end();
    table_line(&mut page, network, subnet);
    let mut table =
        Table::headed(&["Source", "State", "Address prefix", "Next hop type", "Next hop IP", "Name", "Note"]);
    for row in &facts.routes.rows {
        table.add(fields(network, row));
    }
    page.gap().table(0, &table);
    page.finish()
}

fn table_line(page: &mut Page, network: &Network, subnet: SubnetId) {
    let routes = &network.subnet(subnet).routes;
    let table = match routes.table {
        Some(table) => format!("route table {}", network.model.route_table(table).label.name),
        None => "no route table".to_owned(),
    };
    let propagation = match routes.propagation_disabled {
        true => ", gateway route propagation is off",
        false => "",
    };
    page.say(FAINT, &format!("{table}{propagation}")).end();
}

fn fields(network: &Network, row: &RouteRow) -> [Cell; 7] {
    let (state, style) = match row.active {
        true => ("Active", PLAIN),
        false => ("Invalid", FAINT),
    };
    let hop = match row.next_hop_type {
        Known::Known(hop) => Cell::styled(style, hop.as_str()),
        Known::Unknown(_) => Cell::styled(UNSURE, "?"),
    };
    let addresses: Vec<String> = row.next_hop_addresses.iter().map(ToString::to_string).collect();
    [
        Cell::styled(style, row.source.as_str()),
        Cell::styled(style, state),
        Cell::styled(style, prefix(row)),
        hop,
        Cell::styled(style, capped(&addresses, MOST, ", ")),
        Cell::styled(style, row.name.as_str()),
        note(network, row),
    ]
}

fn prefix(row: &RouteRow) -> String {
    let name = match (&row.tag, &row.origin) {
        (Some((tag, _)), _) => Some(tag),
        (None, RouteOrigin::ServiceEndpoint(service)) => Some(service),
        _ => None,
    };
    match name {
        Some(name) => format!("{name} ({})", count(row.prefixes.len(), "prefix")),
        None if row.prefixes.is_empty() => "?".to_owned(),
        None => {
            let prefixes: Vec<String> = row.prefixes.iter().map(ToString::to_string).collect();
            capped(&prefixes, MOST, ", ")
        }
    }
}

/// Why the row is not what it seems.
fn note(network: &Network, row: &RouteRow) -> Cell {
    match (row.ineffective, row.unknown) {
        (Some(why), _) => Cell::styled(BAD, format!("drops everything: {why}")),
        (None, Some(fact)) => Cell::styled(UNSURE, network.model.fact(fact).text.as_str()),
        (None, None) => Cell::styled(FAINT, origin(network, row)),
    }
}

fn origin(network: &Network, row: &RouteRow) -> String {
    let model = &network.model;
    match &row.origin {
        RouteOrigin::Peering(id) => format!("peering {}", model.peering(*id).label.name),
        RouteOrigin::Gateway(id) => {
            format!("gateway {}", model.virtual_network_gateway(*id).label.name)
        }
        RouteOrigin::VirtualHub(id) => format!("virtual hub {}", model.virtual_hub(*id).label.name),
        RouteOrigin::RouteServer(id, _) => format!("Route Server {}", model.route_server(*id).label.name),
        RouteOrigin::ConnectedGroup(group, _) => {
            format!("connected group {}", model.connected_groups[*group as usize].label.name)
        }
        RouteOrigin::PrivateEndpoint(id) => format!("private endpoint {}", model.private_endpoint(*id).label.name),
        RouteOrigin::System | RouteOrigin::User(..) | RouteOrigin::ServiceEndpoint(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::{model::SubnetId, report::samples};

    #[test]
    fn the_table_of_a_subnet() {
        let text = super::routes(&samples::network(), SubnetId(0));
        let told = anstream::adapter::strip_str(&text).to_string();
        assert!(told.starts_with(
            "effective routes of spoke/app\nroute table rt-app, gateway route propagation is off\n\nSource   State   Address prefix"
        ), "{told}");
        for row in [
            ["Default", "Active", "10.0.0.0/16", "VnetLocal"].as_slice(),
            &["User", "Active", "10.9.0.0/16", "None", "to-nowhere"],
        ] {
            let same = |line: &str| line.split_whitespace().eq(row.iter().copied());
            assert!(told.lines().any(same), "{row:?}\n{told}");
        }
    }
}
