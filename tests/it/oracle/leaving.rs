//! Leaving a NIC or a gateway: rows, peerings, next hops, tunnels (routing.md 0, 2.6, 3, 4).
//!
//! In: a packet at a place of ours. Out: the next place, or what stops it there.

use super::{
    Carrier, Header, Host, Member, Place, Step, Stop, Walk, by_hand, denied, hybrid, is_public_host, route_address,
    route_server,
    routes::{self, Hop, Row},
    rules,
};
use azreach::model::*;
use std::net::IpAddr;

impl Walk<'_> {
    pub(super) fn leave_member(&mut self, member: Member, header: Header) -> Step<(Place, Header)> {
        if let Some(behind) = self.behind(member, &header) {
            return Ok((behind, header));
        }
        self.filter(member, Direction::Outbound, header)?;
        let header = self.undo_internal_frontend(member, header);
        let own = self.model.subnet(member.subnet).virtual_network;
        match routes::select(self.model, member.subnet, route_address(self.model, header.destination))? {
            Some(row) => self.follow(own, row, Some(member), header),
            None => denied("noRoute"),
        }
    }

    /// 2.6: the next hop of a row; without a member the packet is the answer of a private endpoint.
    pub(super) fn follow(
        &mut self,
        own: VirtualNetworkId,
        row: Row,
        member: Option<Member>,
        header: Header,
    ) -> Step<(Place, Header)> {
        let mut header = header;
        let carrier = Carrier::Nic(self.origin);
        match (row.hop, member) {
            (Hop::Drop, _) => denied(format!("route {} None", row.prefix)),
            (Hop::VnetLocal, _) => Ok((self.deliver(own, &mut header)?, header)),
            (Hop::Peering(link), _) => {
                let remote = self.cross(link, carrier)?;
                Ok((self.deliver(remote, &mut header)?, header))
            }
            (Hop::Appliance(address), _) => Ok((self.next_hop(own, address, carrier, &header)?, header)),
            (Hop::PrivateEndpoint(id), _) => Ok((self.reach_private_endpoint(own, id, carrier)?, header)),
            (Hop::Internet, Some(member)) => self.leave_to_internet(member, header),
            (Hop::Service { storage }, Some(member)) => self.leave_over_endpoint(member, header, storage),
            (Hop::Internet | Hop::Service { .. }, None) => denied("reply lost to the internet"),
            (Hop::Tunnel(tunnel), _) => {
                self.reach_gateway(own, tunnel.gateway)?;
                let gateway = tunnel.gateway;
                match self.model.virtual_network_gateway(gateway).gateway_type {
                    // Section 0, select 6: the gateway's own view decides.
                    GatewayType::Vpn => Ok((Place::Gateway { gateway, from: None }, header)),
                    // R212: an ExpressRoute gateway sends nothing back into the VNETs.
                    GatewayType::ExpressRoute => self.enter_site(tunnel, header),
                }
            }
            (Hop::Clients(gateway), _) => {
                self.reach_gateway(own, gateway)?;
                self.to_clients(gateway, None, header)
            }
            (Hop::Told { next_hop, by }, _) => {
                let next_hop = self.by_told(row, next_hop, by, member)?;
                Ok((self.next_hop(own, next_hop, carrier, &header)?, header))
            }
            (Hop::Hub(hub), _) => self.enter_hub(own, hub, carrier, header),
            (Hop::UserGateway, _) => {
                let gateway = self.user_gateway(own)?;
                self.reach_gateway(own, gateway)?;
                Ok((Place::Gateway { gateway, from: None }, header))
            }
        }
    }

    /// R42, R43, R212, R216: a user row needs a VNET whose only gateway is VPN.
    pub(super) fn user_gateway(&self, own: VirtualNetworkId) -> Step<VirtualNetworkGatewayId> {
        let gateways = hybrid::gateways_for(self.model, own);
        match gateways.as_slice() {
            [only] if self.model.virtual_network_gateway(*only).gateway_type == GatewayType::Vpn => Ok(*only),
            _ => denied("route VirtualNetworkGateway without a usable VPN gateway"),
        }
    }

    /// A gateway of this VNET, or of the hub across a peering; broken ones carry nothing (R113, R114, F38).
    pub(super) fn reach_gateway(&self, own: VirtualNetworkId, gateway: VirtualNetworkGatewayId) -> Step<()> {
        let there = self.model.virtual_network_gateway(gateway).virtual_network;
        if there != own {
            let link = self.link(own, there)?;
            self.access(link)?;
        }
        self.functioning(gateway)
    }

    pub(super) fn functioning(&self, gateway: VirtualNetworkGatewayId) -> Step<()> {
        match hybrid::works(self.model, gateway)? {
            true => Ok(()),
            false => denied("gateway not functioning"),
        }
    }

    /// 2.6, R45, R176, R215: the next hop's NIC, in this VNET or directly peered.
    pub(super) fn next_hop(
        &mut self,
        own: VirtualNetworkId,
        address: IpAddr,
        carrier: Carrier,
        header: &Header,
    ) -> Step<Place> {
        if self.has_range(own, address) {
            return self.nic_at(own, address, header);
        }
        for (id, link) in routes::connected(self.model, own) {
            // R44: what lies across a virtual WAN is no next hop.
            if link.remote.known().is_some_and(|remote| self.hub_at(*remote).is_some()) {
                continue;
            }
            if routes::remote_ranges(self.model, link).iter().any(|net| net.contains(&address)) {
                let remote = self.cross(id, carrier)?;
                return self.nic_at(remote, address, header);
            }
        }
        denied("route to an appliance that cannot be reached")
    }

    pub(super) fn nic_at(&mut self, own: VirtualNetworkId, address: IpAddr, header: &Header) -> Step<Place> {
        if let Some(id) = self.firewall_at(own, address) {
            return Ok(Place::Firewall { id, outside: false });
        }
        if let Some(frontend) = self.internal_frontend(own, Host::Ip(address)) {
            return self.send_on_by_member(frontend, header);
        }
        match self.owner(own, address) {
            Some(member) => Ok(Place::Member(member)),
            None => denied("route to an appliance that nobody has"),
        }
    }

    /// The two flags of a peering (R87, R89, R96, R178, R182, R183, R210).
    pub(super) fn cross(&self, link_id: PeeringId, carrier: Carrier) -> Step<VirtualNetworkId> {
        self.access(link_id)?;
        self.is_joined(link_id)?;
        let link = self.model.peering(link_id);
        let remote = *link.remote.known().ok_or_else(|| "unknown remote".to_owned())?;
        let forwarded = match carrier {
            Carrier::Gateway => false,
            Carrier::Nic(origin) => origin != Some(link.local),
        };
        if !forwarded || self.reply || format!("{:?}", self.model.settings.peering_forwarded_flag) == "TagOnly" {
            return Ok(remote);
        }
        let receiving = self.model.peering(link.reverse.ok_or_else(|| "no reverse".to_owned())?);
        let flag = *receiving.allow_forwarded_traffic.known().ok_or_else(|| "unknown flag".to_owned())?;
        // R182: with useRemoteGateways and a gateway over there, forwarded packets are accepted.
        let by_gateway = receiving.use_remote_gateways.known() == Some(&true)
            && !self.model.virtual_network(link.local).gateways.is_empty();
        match flag || by_gateway {
            true => Ok(remote),
            false => denied(format!("peering {} allowForwardedTraffic", receiving.label.name)),
        }
    }

    /// R89, R178, R210: either link closed closes both ways.
    pub(super) fn access(&self, link: PeeringId) -> Step<()> {
        let link = self.model.peering(link);
        let reverse = link.reverse.map(|id| self.model.peering(id));
        for side in std::iter::once(link).chain(reverse) {
            match side.allow_virtual_network_access {
                Known::Known(true) => {}
                Known::Known(false) => {
                    return denied(format!("peering {} access", side.label.name));
                }
                Known::Unknown(_) => return Err(Stop::Undetermined("access flag".into())),
            }
        }
        Ok(())
    }

    pub(super) fn link(&self, local: VirtualNetworkId, remote: VirtualNetworkId) -> Step<PeeringId> {
        let links = routes::connected(self.model, local);
        match links.iter().find(|(_, link)| link.remote == Known::Known(remote)) {
            Some((id, _)) => Ok(*id),
            None => denied("peering missing"),
        }
    }

    /// Section 4: what leaves a gateway for Azure follows GatewaySubnet's table (R115). What came from Azure goes first by
    /// what the gateway learned; it carries nothing to ranges that it neither learned nor speaks for (R99, R212).
    pub(super) fn leave_gateway(
        &mut self,
        gateway: VirtualNetworkGatewayId,
        from: Option<ConnectionId>,
        header: Header,
    ) -> Step<(Place, Header)> {
        let mut header = header;
        self.functioning(gateway)?;
        let Some(subnet) = hybrid::gateway_subnet(self.model, gateway) else {
            return Err(Stop::Undetermined("no GatewaySubnet".into()));
        };
        let own = self.model.subnet(subnet).virtual_network;
        let address = route_address(self.model, header.destination);
        let row = routes::select(self.model, subnet, address)?;
        if from.is_none() {
            let told = matches!(row.map(|row| row.hop), Some(Hop::Told { .. }));
            let pool = &self.model.virtual_network_gateway(gateway).client_address_pool;
            match hybrid::gateway_route(self.model, gateway, address)? {
                Some(Some(tunnel)) => return self.enter_site(tunnel, header),
                Some(None) => {}
                // Its clients, and what a Route Server tells it of.
                None if told || pool.iter().any(|prefix| prefix.contains(&address)) => {}
                None => return denied("gateway without a route"),
            }
        }
        match row.map(|row| row.hop) {
            Some(Hop::VnetLocal) => Ok((self.deliver(own, &mut header)?, header)),
            Some(Hop::Peering(link)) => {
                // R92, R96: only spokes that use this gateway; the forwarded flag does not matter.
                let remote = self.cross(link, Carrier::Gateway)?;
                let spoke = self.model.peering(self.model.peering(link).reverse.unwrap_or(link));
                if !hybrid::uses_transit(self.model, spoke) {
                    return denied("peering without gateway transit");
                }
                Ok((self.deliver(remote, &mut header)?, header))
            }
            Some(Hop::Told { .. }) if !route_server::hears(self.model, gateway, row) => {
                by_hand("whether GatewaySubnet has what its gateway does not learn of appliances")
            }
            Some(Hop::Appliance(address) | Hop::Told { next_hop: address, .. }) => {
                Ok((self.next_hop(own, address, Carrier::Gateway, &header)?, header))
            }
            Some(Hop::Clients(of)) if of == gateway => self.to_clients(gateway, from, header),
            Some(Hop::PrivateEndpoint(id)) => Ok((self.reach_private_endpoint(own, id, Carrier::Gateway)?, header)),
            Some(Hop::Tunnel(tunnel)) => {
                self.between_tunnels(gateway, from, tunnel)?;
                self.enter_site(tunnel, header)
            }
            _ => denied("gateway without a route"),
        }
    }

    /// R104 to R106, R109, R111: from one connection into another.
    pub(super) fn between_tunnels(
        &self,
        gateway: VirtualNetworkGatewayId,
        from: Option<ConnectionId>,
        to: hybrid::Tunnel,
    ) -> Step<()> {
        let vpn = self.model.virtual_network_gateway(gateway).gateway_type == GatewayType::Vpn;
        let allowed = match from {
            None => to.gateway == gateway,
            Some(from) => {
                to.gateway == gateway
                    && vpn
                    && from != to.connection
                    && hybrid::may_transit(self.model, from)
                    && hybrid::may_transit(self.model, to.connection)
            }
        };
        match allowed {
            true => Ok(()),
            false => denied("gateway is no transit"),
        }
    }

    pub(super) fn enter_site(&self, tunnel: hybrid::Tunnel, header: Header) -> Step<(Place, Header)> {
        let sites = hybrid::sites_behind(self.model, tunnel.connection);
        match sites.as_slice() {
            [site] => Ok((Place::Site(*site), header)),
            [] => Err(Stop::Undetermined("no site behind the connection".into())),
            _ => Err(Stop::Undetermined("several sites behind one connection".into())),
        }
    }

    pub(super) fn leave_site(&mut self, site: SiteId, header: Header) -> Step<(Place, Header)> {
        self.site_firewall(site, &header)?;
        let to = route_address(self.model, header.destination);
        let route = hybrid::site_route(self.model, site, to)?;
        match (route, self.hub_of_site(site, to)?) {
            (Some(_), Some(_)) => return by_hand("a site with two equal ways"),
            (None, Some(hub)) => return Ok((hub, header)),
            _ => {}
        }
        match route {
            Some(tunnel) => {
                let place = Place::Gateway { gateway: tunnel.gateway, from: Some(tunnel.connection) };
                Ok((place, header))
            }
            None if !self.reply && is_public_host(header.destination) && self.world.is_some() => {
                self.leave_site_to_internet(site, header)
            }
            None => denied("noRoute at the site"),
        }
    }

    /// A site's firewall judges new connections both ways, and replies of what did not pass it.
    pub(super) fn site_firewall(&mut self, site: SiteId, header: &Header) -> Step<()> {
        let Some(rules) = &self.model.site(site).firewall else { return Ok(()) };
        let back = header.reversed();
        let recorded = |(at, seen): &(SiteId, Header)| *at == site && super::same_flow(seen, &back);
        if self.reply && self.site_records.iter().any(recorded) {
            return Ok(());
        }
        match rules::judge_list(self.model, rules, header)? {
            Some(rule) => denied(format!("site firewall {rule}")),
            None => {
                self.site_records.push((site, *header));
                Ok(())
            }
        }
    }
}
