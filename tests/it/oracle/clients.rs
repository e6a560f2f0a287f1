//! Point-to-site clients, from routing.md section 4.2 (R117 to R119, R219).
//!
//! In: a gateway with a pool of client addresses. Out: what its clients reach, and by whom they are reached.

use super::{
    Header, Host, Place, Step, Walk, by_hand, denied, hybrid, is_public_host, route_address,
    routes::{self, Hop, Rank, Row},
};
use azreach::model::*;
use ipnet::IpNet;
use std::net::IpAddr;

/// The pools of a VNET's gateways, or through transit of its hub's: rows of the gateway like others (R219).
pub(crate) fn rows(model: &Model, id: VirtualNetworkId) -> Vec<Row> {
    let pools = hybrid::gateways_for(model, id).into_iter().flat_map(|gateway| {
        let pool = model.virtual_network_gateway(gateway).client_address_pool.clone();
        pool.into_iter().map(move |prefix| (gateway, prefix))
    });
    pools.map(|(gateway, prefix)| Row { prefix, rank: Rank::Gateway, hop: Hop::Clients(gateway) }).collect()
}

/// What a site hears of a gateway's clients: over VPN with BGP only (R110, R118).
pub(crate) fn told(model: &Model, connection: &Connection) -> Vec<IpNet> {
    let gateway = model.virtual_network_gateway(connection.gateway);
    match gateway.gateway_type == GatewayType::Vpn && hybrid::speaks_bgp(model, connection) {
        true => gateway.client_address_pool.clone(),
        false => Vec::new(),
    }
}

fn holds(nets: &[IpNet], address: IpAddr) -> bool {
    nets.iter().any(|net| net.contains(&address))
}

impl Walk<'_> {
    /// A client sends by the routes of its profile: its gateway's VNET, the spokes that use the gateway, and what it learned
    /// over BGP.
    pub(super) fn leave_clients(&self, gateway: VirtualNetworkGatewayId, header: Header) -> Step<(Place, Header)> {
        let to = route_address(self.model, header.destination);
        if is_public_host(header.destination) {
            return by_hand("a client's own way to the internet");
        }
        if holds(&self.model.virtual_network_gateway(gateway).client_address_pool, to) {
            return by_hand("clients among each other");
        }
        let inside = hybrid::served(self.model, gateway);
        let inside = inside.into_iter().any(|id| holds(&self.model.virtual_network(id).address_prefixes, to));
        let by_bgp = |(prefix, tunnel): &(IpNet, hybrid::Tunnel)| {
            prefix.prefix_len() > 0
                && prefix.contains(&to)
                && hybrid::speaks_bgp(self.model, self.model.connection(tunnel.connection))
        };
        match inside || hybrid::learned(self.model, gateway).iter().any(by_bgp) {
            true => Ok((Place::FromClients(gateway), header)),
            false => denied("a client without a route"),
        }
    }

    /// Past the gateway, by the rows of its subnet; into a tunnel only where BGP runs over it (R119).
    pub(super) fn leave_from_clients(
        &mut self,
        gateway: VirtualNetworkGatewayId,
        header: Header,
    ) -> Step<(Place, Header)> {
        self.functioning(gateway)?;
        let Some(subnet) = hybrid::gateway_subnet(self.model, gateway) else {
            return by_hand("no GatewaySubnet");
        };
        let row = routes::select(self.model, subnet, route_address(self.model, header.destination))?;
        match row.map(|row| row.hop) {
            Some(Hop::Tunnel(tunnel)) => {
                let speaks = hybrid::speaks_bgp(self.model, self.model.connection(tunnel.connection));
                match speaks && tunnel.gateway == gateway {
                    true => self.enter_site(tunnel, header),
                    false => denied("clients reach what lies behind a tunnel only with BGP"),
                }
            }
            Some(Hop::Clients(_)) => by_hand("clients among each other"),
            // What does not lead to a tunnel is the same whatever came in.
            _ => self.leave_gateway(gateway, Some(ConnectionId(0)), header),
        }
    }

    /// From a gateway to its clients: whatever came from Azure, or from a site over BGP.
    pub(super) fn to_clients(
        &self,
        gateway: VirtualNetworkGatewayId,
        from: Option<ConnectionId>,
        header: Header,
    ) -> Step<(Place, Header)> {
        let heard = |id: ConnectionId| {
            let connection = self.model.connection(id);
            connection.gateway == gateway && hybrid::speaks_bgp(self.model, connection)
        };
        match from.is_none_or(heard) {
            true => Ok((Place::Clients(gateway), header)),
            false => denied("a site that does not know of the clients"),
        }
    }

    /// Nobody but a client has an address of the pool.
    pub(super) fn arrive_clients(&self, initiator: Place, place: Place, header: Header) -> Step<(bool, Header)> {
        match (self.reply && initiator != place, header.destination) {
            (false, Host::Ip(_)) => Ok((true, header)),
            _ => denied("reply delivered to somebody else"),
        }
    }
}
