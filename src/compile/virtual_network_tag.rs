//! What the tag VirtualNetwork holds at a subnet: it differs per NIC because routes do.
//!
//! In: topology, gateways, routes. Out: [`VirtualNetworkTag`]. Deliberately absent: the other tags (they
//! are the same everywhere, see `tags`).

use super::routes::Scene;
use crate::{
    model::{FactId, Known, RoutePrefix, SubnetId, VirtualNetworkId},
    network::VirtualNetworkTag,
    scenario::settings::VirtualNetworkTagDefaultRoute,
    space::{self, Addresses},
};
use ipnet::IpNet;

impl Scene<'_> {
    /// The VNET's ranges, its peers', what gateways reach, the host address, the prefixes of user routes
    /// (F55 to F62, F163, F184, R90).
    pub(super) fn virtual_network_tag(&self, id: SubnetId) -> VirtualNetworkTag {
        let home = self.model.subnet(id).virtual_network;
        let mut prefixes: Vec<IpNet> = self.model.virtual_network(home).address_prefixes.clone();
        prefixes.push(IpNet::from(std::net::IpAddr::from(crate::tags::HOST_ADDRESS)));
        prefixes.extend(self.peers_in_tag(home));
        if self.model.settings.virtual_network_tag_connected_group {
            prefixes.extend(self.connected_rows(home).into_iter().flat_map(|row| row.prefixes));
        }
        let (behind_gateways, by_gateway) = self.behind_gateways(home);
        prefixes.extend(behind_gateways);
        let (by_routes, by_route) = self.prefixes_of_user_routes(id);
        prefixes.extend(by_routes);
        let addresses: Addresses = space::prefixes(&prefixes);
        let own = &self.virtual_networks[home.index()].space;
        let internet = crate::tags::internet();
        let internet = if own.meets(&internet) { internet.minus(own) } else { internet };
        VirtualNetworkTag {
            addresses,
            internet,
            widened_by: by_route.or(by_gateway),
            unknown: self.unknown_in_tag(home),
        }
    }

    /// Facts that are missing about what it holds: the space of the VNET, those of peers outside the model.
    fn unknown_in_tag(&self, home: VirtualNetworkId) -> Vec<FactId> {
        let own = self.model.virtual_network(home).unknown_space;
        let outside = self.topology.outside_peers(self.model, home).filter(|(link, _)| {
            let link = self.model.peering(*link);
            let may_use_its_gateway = link.use_remote_gateways != Known::Known(false);
            let grants = link.allow_virtual_network_access != Known::Known(false);
            may_use_its_gateway || (grants && link.remote_address_space.is_none())
        });
        let inside =
            self.topology.peers(home).iter().filter_map(|(_, peer)| self.model.virtual_network(*peer).unknown_space);
        let servers = self.topology.unknown_route_servers(self.model, home);
        own.into_iter().chain(outside.map(|(_, fact)| fact)).chain(inside).chain(servers).collect()
    }

    /// Peers' ranges, but only where this VNET's own link grants access (R90).
    fn peers_in_tag(&self, home: VirtualNetworkId) -> Vec<IpNet> {
        let links = self.topology.peers(home).iter();
        let grants = |link| self.model.peering(link).allow_virtual_network_access != Known::Known(false);
        let outside = self.topology.outside_peers(self.model, home).filter(|(link, _)| grants(*link));
        let outside = outside.filter_map(|(link, _)| self.model.peering(link).remote_address_space.clone());
        links
            .filter(|(link, _)| grants(*link))
            .map(|(link, peer)| self.model.ranges_behind(*link, *peer))
            .chain(outside)
            .flatten()
            .collect()
    }

    /// What the VNET's gateways, or the hub's, lead to; their default route only by the setting.
    fn behind_gateways(&self, home: VirtualNetworkId) -> (Vec<IpNet>, Option<String>) {
        let mut widened = None;
        let mut prefixes = Vec::new();
        for row in self.gateway_rows(home) {
            let default = row.prefixes.iter().any(|prefix| prefix.prefix_len() == 0);
            let by_setting = self.model.settings.virtual_network_tag_default_route;
            if default && by_setting != VirtualNetworkTagDefaultRoute::UserAndBgp {
                continue;
            }
            if default {
                widened = row.origin.gateway_label(self.model).map(|label| label.name.clone());
            }
            prefixes.extend(row.prefixes);
        }
        (prefixes, widened)
    }

    /// CIDRs of the subnet's user routes, of any next hop type, service tags not (filtering.md 2.1); the
    /// default route by the setting (F60, F61).
    fn prefixes_of_user_routes(&self, id: SubnetId) -> (Vec<IpNet>, Option<String>) {
        let Some(Known::Known(table)) = self.model.subnet(id).route_table else {
            return (Vec::new(), None);
        };
        let table = self.model.route_table(table);
        let mut widened = None;
        let mut prefixes = Vec::new();
        for route in &table.routes {
            let Known::Known(RoutePrefix::Prefix(net)) = route.address_prefix else {
                continue;
            };
            if net.prefix_len() == 0 {
                if self.model.settings.virtual_network_tag_default_route == VirtualNetworkTagDefaultRoute::Never {
                    continue;
                }
                widened = Some(format!("{}/{}", table.label.name, route.label.name));
            }
            prefixes.push(net);
        }
        (prefixes, widened)
    }
}
