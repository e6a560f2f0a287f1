//! Virtual WANs: hubs with their route tables, connections, gateways, and routing intent.
//!
//! In: `virtualWans`, `virtualHubs`, `vpnGateways`, `vpnSites`, `expressRouteGateways`. Out: [`VirtualHub`]s. Deliberately
//! absent: what a hub learns (that is `compile`).

use super::{
    Work, family,
    index::{ArmId, Kind},
    label,
};
use crate::{
    model::*,
    scenario::tree::{Entry, Node},
};
use ipnet::IpNet;
use std::net::IpAddr;

const DEFAULT_TABLE: &str = "defaultRouteTable";
const NONE_TABLE: &str = "noneRouteTable";

impl Work {
    /// Branch sites, before parties are attached to them.
    pub(super) fn vpn_sites(&mut self, network: &Node) {
        for entry in family(network, "vpnSites") {
            let address_prefixes = self.cidrs(&entry.value, "addressPrefixes");
            self.model.vpn_sites.push(VpnSite { label: label(entry), address_prefixes });
        }
    }

    /// Hubs first, since connections may name tables of any of them.
    pub(super) fn virtual_wans(&mut self, network: &Node) {
        let entries: Vec<&Entry> = self.hubs_of_wans(network);
        for entry in &entries {
            let hub = self.hub(network, entry);
            self.model.virtual_hubs.push(hub);
        }
        for (index, entry) in entries.iter().enumerate() {
            self.hub_connections(VirtualHubId::at(index), entry);
        }
        for (map, children) in [
            ("vpnGateways", ["connections", "vpnConnections"].as_slice()),
            ("expressRouteGateways", &["expressRouteConnections"]),
        ] {
            for entry in family(network, map) {
                self.hub_gateway(entry, children);
            }
        }
        for (index, entry) in entries.iter().enumerate() {
            self.static_routes_and_policies(VirtualHubId::at(index), entry);
        }
        for (index, entry) in entries.iter().enumerate() {
            let facts = self.unread_routes(network, VirtualHubId::at(index), entry);
            self.doubt_hub(VirtualHubId::at(index), &facts);
        }
    }

    fn hubs_of_wans<'n>(&self, network: &'n Node) -> Vec<&'n Entry> {
        let hubs = family(network, "virtualHubs").iter();
        hubs.filter(|entry| !super::route_servers::is_route_server(&entry.value)).collect()
    }

    /// The hub of the file's range, with tables that have no routes yet.
    fn hub(&mut self, network: &Node, entry: &Entry) -> VirtualHub {
        let node = &entry.value;
        let wan = node.get("virtualWan").and_then(Node::as_str).unwrap_or_default().to_owned();
        let place = self.reference(node, "virtualWan", Kind::VirtualWan).and_then(|place| place.known().copied());
        let wan_entry = place.and_then(|place| family(network, "virtualWans").get(place));
        let basic = |node: &Node, key: &str| {
            node.get(key).and_then(Node::as_str).is_some_and(|word| word.eq_ignore_ascii_case("Basic"))
        };
        let standard = !basic(node, "sku") && !wan_entry.is_some_and(|wan| basic(&wan.value, "type"));
        let branch_to_branch = match wan_entry {
            Some(wan) => self.plain_flag(&wan.value, "allowBranchToBranchTraffic", true),
            None => true,
        };
        let wan = wan_entry.map_or_else(|| wan.to_lowercase(), |entry| entry.key.to_lowercase());
        if node.get("addressPrefix").is_none() {
            let message = format!("virtual hub `{}` has no addressPrefix", entry.key);
            self.error("missing-key", entry.key_span, message, "give it a range of its own, as 10.100.0.0/23");
        }
        let range: Vec<IpNet> = node.get("addressPrefix").and_then(|prefix| self.cidr(prefix)).into_iter().collect();
        VirtualHub {
            label: label(entry),
            network: self.network_of_hub(entry, range),
            wan,
            standard,
            branch_to_branch,
            preference: super::route_servers::preference(node),
            tables: tables(node),
            connections: Vec::new(),
            branches: Vec::new(),
            internet_policy: None,
            private_policy: None,
            firewall: None,
            unknown: Vec::new(),
        }
    }

    /// A VNET for the hub's range, with one subnet for what stands in it.
    fn network_of_hub(&mut self, entry: &Entry, range: Vec<IpNet>) -> VirtualNetworkId {
        let id = VirtualNetworkId::at(self.model.virtual_networks.len());
        let subnet = SubnetId::at(self.model.subnets.len());
        let location = entry.value.get("location").and_then(Node::as_str);
        self.model.virtual_networks.push(VirtualNetwork {
            label: label(entry),
            location: location.map(crate::tags::canonical_region),
            address_prefixes: range.clone(),
            unknown_space: None,
            summarized_gateway_prefixes: Vec::new(),
            dns_servers: Vec::new(),
            subnets: vec![subnet],
            peerings: Vec::new(),
            gateways: Vec::new(),
        });
        self.model.subnets.push(Subnet {
            label: Label { name: "hub".to_owned(), ..label(entry) },
            virtual_network: id,
            address_prefixes: range,
            purpose: SubnetPurpose::Firewall,
            network_security_group: None,
            route_table: None,
            nat_gateway: None,
            service_endpoints: Vec::new(),
            service_endpoint_policies: Vec::new(),
            private_endpoint_policies: Known::Known(PrivateEndpointPolicies {
                security_groups: false,
                route_tables: false,
            }),
            delegations: Vec::new(),
            default_outbound_access: Known::Known(true),
        });
        id
    }

    fn hub_connections(&mut self, id: VirtualHubId, entry: &Entry) {
        for one in family(&entry.value, "hubVirtualNetworkConnections") {
            let node = &one.value;
            if node.get("remoteVirtualNetwork").is_none() {
                let message = format!("connection `{}` names no remoteVirtualNetwork", one.key);
                self.error("missing-key", one.key_span, message, "name the virtual network");
                continue;
            }
            let network = match self.reference(node, "remoteVirtualNetwork", Kind::VirtualNetwork) {
                Some(Known::Known(place)) => VirtualNetworkId::at(place),
                Some(Known::Unknown(fact)) => {
                    self.model.virtual_hubs[id.index()].unknown.push(fact);
                    continue;
                }
                None => continue,
            };
            self.check_connected(one, network);
            let routing = self.hub_routing(id, one);
            let static_routes = self.connection_routes(node);
            let internet_security = self.plain_flag(node, "enableInternetSecurity", true);
            self.join_to_hub(id, one, network);
            let connection = HubConnection { label: label(one), network, routing, static_routes, internet_security };
            self.model.virtual_hubs[id.index()].connections.push(connection);
        }
    }

    /// A VNET is connected to one hub, and has no gateway or Route Server of its own.
    fn check_connected(&mut self, entry: &Entry, network: VirtualNetworkId) {
        let name = self.model.virtual_network(network).label.name.clone();
        if self.model.hub_of(network).is_some() {
            let message = format!("virtual network `{name}` is connected to a virtual hub already");
            self.error("several-virtual-hubs", entry.key_span, message, "a virtual network is connected to one hub");
        }
        let gateway = !self.model.virtual_network(network).gateways.is_empty();
        if gateway || self.model.route_server_of(network).is_some() {
            let message = format!("`{name}` has a gateway or Route Server of its own and cannot be connected to a hub");
            self.error("own-and-remote-gateway", entry.key_span, message, "take the gateway away, or connect by VPN");
        }
    }

    /// The peering that a connection is made of, both links.
    fn join_to_hub(&mut self, id: VirtualHubId, entry: &Entry, network: VirtualNetworkId) {
        let hub = self.model.virtual_hub(id).network;
        // An export has the peering that Azure made, to a network of Azure's own: it is this one.
        let peerings = &self.model.peerings;
        let by_azure = |link: &PeeringId| {
            let link = &peerings[link.index()];
            link.remote.known().is_none() && link.label.name.starts_with("RemoteVnetToHubPeering")
        };
        self.model.virtual_networks[network.index()].peerings.retain(|link| !by_azure(link));
        let (first, second) = (self.model.peerings.len(), self.model.peerings.len() + 1);
        for (local, remote, own, reverse) in [(network, hub, first, second), (hub, network, second, first)] {
            let link = Peering::open(label(entry), local, remote);
            self.model.peerings.push(Peering { reverse: Some(PeeringId::at(reverse)), ..link });
            self.model.virtual_networks[local.index()].peerings.push(PeeringId::at(own));
        }
    }

    fn connection_routes(&mut self, node: &Node) -> Vec<(IpNet, IpAddr)> {
        let routing = node.get("routingConfiguration").and_then(|one| one.get("vnetRoutes"));
        let written = routing.and_then(|one| one.get("staticRoutes")).map(Node::items).unwrap_or_default();
        let mut routes = Vec::new();
        for route in written {
            let Some(value) = route.get("nextHopIpAddress") else {
                self.error("missing-key", route.span, "a static route has no nextHopIpAddress", "write the address");
                continue;
            };
            if self.refuse_unknown(value) {
                continue;
            }
            let Some(Known::Known(next_hop)) = self.address(value) else { continue };
            routes.extend(self.prefixes(route, "addressPrefixes").into_iter().map(|prefix| (prefix, next_hop)));
        }
        routes
    }

    /// Association and propagation; where nothing is said, the default table and the label `default`.
    fn hub_routing(&mut self, id: VirtualHubId, entry: &Entry) -> HubRouting {
        let configuration = entry.value.get("routingConfiguration");
        let associated = configuration.and_then(|one| one.get("associatedRouteTable"));
        let associated = associated.and_then(|node| self.hub_table(id, node)).map_or(0, |(_, table)| table);
        let written = configuration.and_then(|one| one.get("propagatedRouteTables"));
        let mut propagated = Vec::new();
        for node in written.and_then(|one| one.get("ids")).map(Node::items).unwrap_or_default() {
            if !bare(node).eq_ignore_ascii_case(NONE_TABLE) {
                propagated.extend(self.hub_table(id, node));
            }
        }
        let labels = written.and_then(|one| one.get("labels")).map(Node::items).unwrap_or_default();
        let mut labels: Vec<String> = labels.iter().filter_map(Node::as_str).map(str::to_lowercase).collect();
        if written.is_none() {
            labels.push("default".to_owned());
        }
        propagated.extend(self.labelled_tables(id, &labels));
        propagated.sort_unstable();
        propagated.dedup();
        HubRouting { associated, propagated }
    }

    /// Tables with one of some labels, of all hubs of the virtual WAN.
    fn labelled_tables(&self, id: VirtualHubId, labels: &[String]) -> Vec<(VirtualHubId, usize)> {
        let wan = &self.model.virtual_hub(id).wan;
        let hubs = self.model.virtual_hubs.iter().enumerate().filter(|(_, hub)| hub.wan == *wan);
        let tables = hubs.flat_map(|(index, hub)| {
            let named = hub.tables.iter().enumerate();
            let named = named.filter(|(_, table)| table.labels.iter().any(|label| labels.contains(label)));
            named.map(move |(at, _)| (VirtualHubId::at(index), at))
        });
        tables.collect()
    }

    /// A table by its id, as `hub/table`, or by its name in the same hub.
    fn hub_table(&mut self, id: VirtualHubId, node: &Node) -> Option<(VirtualHubId, usize)> {
        let text = node.as_str()?;
        let hub = match ArmId::parse(text) {
            Some(parsed) => parsed.name_of(Kind::VirtualHub).map(str::to_owned),
            None => text.rsplit_once('/').map(|(hub, _)| hub.rsplit('/').next().unwrap_or(hub).to_owned()),
        };
        let hubs = self.model.virtual_hubs.iter();
        let named = |hub: &VirtualHub, name: &str| bare_text(&hub.label.name).eq_ignore_ascii_case(name);
        let owner = match &hub {
            Some(name) => hubs.into_iter().position(|one| named(one, name)).map(VirtualHubId::at),
            None => Some(id),
        };
        let of = |owner: VirtualHubId| {
            let tables = &self.model.virtual_hub(owner).tables;
            tables.iter().position(|table| table.name.eq_ignore_ascii_case(bare(node))).map(|at| (owner, at))
        };
        let found = owner.and_then(of);
        if found.is_none() {
            let message = format!("there is no route table `{text}` in virtualHubs");
            self.error("unknown-reference", node.span, message, "name a table of hubRouteTables, or defaultRouteTable");
        }
        found
    }

    fn hub_gateway(&mut self, entry: &Entry, children: &[&str]) {
        let node = &entry.value;
        let Some(hub) = self.hub_named_by(entry) else { return };
        let express = children.contains(&"expressRouteConnections");
        if express && !self.model.virtual_hub(hub).standard {
            let message = format!("`{}` is an ExpressRoute gateway in a Basic virtual WAN", entry.key);
            self.error("basic-virtual-wan", entry.key_span, message, "a Basic one has VPN sites only");
        }
        let mut seen: Vec<&str> = Vec::new();
        for one in children.iter().flat_map(|key| family(node, key)) {
            // An export has a connection in its gateway and by itself.
            if seen.iter().any(|name| name.eq_ignore_ascii_case(&one.key)) {
                continue;
            }
            seen.push(&one.key);
            let (attachment, static_prefixes) = match self.branch_end(one, express) {
                Some(Known::Known(attachment)) => (attachment, self.static_prefixes(attachment)),
                Some(Known::Unknown(fact)) => {
                    self.model.virtual_hubs[hub.index()].unknown.push(fact);
                    continue;
                }
                None => continue,
            };
            let propagated = self.hub_routing(hub, one).propagated;
            let internet_security = self.plain_flag(&one.value, "enableInternetSecurity", false);
            let kind = if express { BranchKind::ExpressRoute } else { BranchKind::Vpn };
            let label = label(one);
            let branch = HubBranch { label, kind, attachment, static_prefixes, propagated, internet_security };
            self.model.virtual_hubs[hub.index()].branches.push(branch);
        }
    }

    /// The hub that a gateway or a firewall names.
    pub(super) fn hub_named_by(&mut self, entry: &Entry) -> Option<VirtualHubId> {
        let Some(node) = entry.value.get("virtualHub") else {
            let message = format!("`{}` is in no virtual hub", entry.key);
            self.error("missing-key", entry.key_span, message, "add `virtualHub: NAME`");
            return None;
        };
        self.reference_at(node, Kind::VirtualHub)?.known()?;
        let name = bare(node);
        let named = |hub: &VirtualHub| bare_text(&hub.label.name).eq_ignore_ascii_case(name);
        self.model.virtual_hubs.iter().position(named).map(VirtualHubId::at)
    }

    /// What a branch's connection leads to.
    fn branch_end(&mut self, entry: &Entry, express: bool) -> Option<Known<Attachment>> {
        let key = if express { "expressRouteCircuitPeering" } else { "remoteVpnSite" };
        let Some(written) = entry.value.get(key) else {
            let message = format!("connection `{}` has no {key}", entry.key);
            self.error("missing-key", entry.key_span, message, "name what it leads to");
            return None;
        };
        // A circuit is named by its private peering, in ARM.
        let circuit = written.as_str().and_then(ArmId::parse).and_then(|id| id.name_of(Kind::ExpressRouteCircuit));
        let named = circuit.and_then(|name| self.index.by_name(Kind::ExpressRouteCircuit, name));
        let at = |place| match express {
            true => Attachment::ExpressRouteCircuit(ExpressRouteCircuitId::at(place)),
            false => Attachment::VpnSite(VpnSiteId::at(place)),
        };
        if let Some(place) = named {
            return Some(Known::Known(at(place)));
        }
        if let Some(name) = circuit {
            let text = format!("what circuit `{name}` leads to");
            return Some(Known::Unknown(self.fact(text, Some(label(entry).origin))));
        }
        let kind = if express { Kind::ExpressRouteCircuit } else { Kind::VpnSite };
        Some(match self.reference_at(written, kind)? {
            Known::Known(place) => Known::Known(at(place)),
            Known::Unknown(fact) => Known::Unknown(fact),
        })
    }

    /// What a hub learns from appliances, and what route maps make of its routes, is not modelled.
    fn unread_routes(&mut self, network: &Node, id: VirtualHubId, entry: &Entry) -> Vec<FactId> {
        let owner = format!("virtualHubs `{}`", entry.key);
        let mut facts = Vec::new();
        for field in entry.value.entries() {
            let acts = match &*field.key {
                "bgpConnections" => !field.value.is_hollow(),
                "routeMaps" => is_applied(&field.value),
                _ => false,
            };
            if acts {
                facts.push(self.note_unread("not-modelled-yet", &field.key, &owner, field.key_span));
            }
        }
        let gateways = ["vpnGateways", "expressRouteGateways"].into_iter().flat_map(|map| family(network, map));
        let gateways: Vec<&Entry> =
            gateways.filter(|gateway| self.stands_in(&gateway.value, self.model.virtual_hub(id))).collect();
        let connections = ["connections", "vpnConnections", "expressRouteConnections"];
        let branches =
            gateways.iter().flat_map(|gateway| connections.iter().flat_map(|key| family(&gateway.value, key)));
        let mapped =
            family(&entry.value, "hubVirtualNetworkConnections").iter().chain(branches).filter(|one| has_map(one));
        // They are told of where they stand, by whoever notes what the shapes do not model.
        facts.extend(mapped.filter_map(|one| self.model.unread.get(&label(one).origin)).flatten());
        facts
    }

    fn stands_in(&self, gateway: &Node, hub: &VirtualHub) -> bool {
        gateway.get("virtualHub").is_some_and(|node| bare(node).eq_ignore_ascii_case(bare_text(&hub.label.name)))
    }

    /// Any prefix of a hub, and of those that it is joined to, hangs on facts: a longer one may be known, or none.
    fn doubt_hub(&mut self, id: VirtualHubId, facts: &[FactId]) {
        if facts.is_empty() {
            return;
        }
        self.model.virtual_hubs[id.index()].unknown.extend(facts);
        let wan = self.model.virtual_hub(id).wan.clone();
        let joined = self.model.virtual_hubs.iter().filter(|hub| hub.wan == wan).map(|hub| hub.label.origin.clone());
        for origin in joined.collect::<Vec<_>>() {
            self.model.unread.entry(origin).or_default().extend(facts);
        }
    }

    fn static_prefixes(&self, attachment: Attachment) -> Vec<IpNet> {
        match attachment {
            Attachment::VpnSite(id) => self.model.vpn_site(id).address_prefixes.clone(),
            _ => Vec::new(),
        }
    }

    fn static_routes_and_policies(&mut self, id: VirtualHubId, entry: &Entry) {
        for table in family(&entry.value, "hubRouteTables") {
            let at = self.model.virtual_hub(id).tables.iter().position(|one| one.name.eq_ignore_ascii_case(&table.key));
            let mut routes = Vec::new();
            for route in table.value.get("routes").map(Node::items).unwrap_or_default() {
                let hop = self.hub_next_hop(id, route);
                routes.extend(self.prefixes(route, "destinations").into_iter().map(|prefix| (prefix, hop)));
            }
            if let Some(at) = at {
                self.model.virtual_hubs[id.index()].tables[at].routes = routes;
            }
        }
        for policy in family(&entry.value, "routingIntent")
            .iter()
            .flat_map(|intent| intent.value.get("routingPolicies").map(Node::items).unwrap_or_default())
        {
            let hop = self.hub_next_hop(id, policy);
            let destinations = policy.get("destinations").map(Node::items).unwrap_or_default();
            for destination in destinations {
                let hub = &mut self.model.virtual_hubs[id.index()];
                match destination.as_str().unwrap_or_default().to_lowercase().as_str() {
                    "internet" => hub.internet_policy = Some(hop),
                    "privatetraffic" => hub.private_policy = Some(hop),
                    other => {
                        let message = format!("`{other}` is no destination of a routing policy");
                        self.error("bad-value", destination.span, message, "write Internet or PrivateTraffic");
                    }
                }
            }
        }
        self.check_routing_intent(id, entry);
    }

    /// Routing intent leaves no room for tables of one's own, nor for static routes to connections.
    fn check_routing_intent(&mut self, id: VirtualHubId, entry: &Entry) {
        let hub = self.model.virtual_hub(id);
        if hub.internet_policy.is_none() && hub.private_policy.is_none() {
            return;
        }
        let own = hub.tables.iter().any(|table| table.name != DEFAULT_TABLE);
        let to_connection = |(_, hop): &(IpNet, HubNextHop)| matches!(hop, HubNextHop::Connection(_));
        if own || hub.tables.iter().flat_map(|table| &table.routes).any(to_connection) {
            let message = format!("virtual hub `{}` has routing intent and route tables of its own", entry.key);
            let help = "with routing intent there is defaultRouteTable alone, without static routes to connections";
            self.error("routing-intent-and-tables", entry.key_span, message, help);
        }
    }

    /// A connection of the hub, or its firewall.
    fn hub_next_hop(&mut self, id: VirtualHubId, node: &Node) -> HubNextHop {
        let Some(written) = node.get("nextHop") else {
            self.error("missing-key", node.span, "this has no nextHop", "name a connection or the hub's firewall");
            return HubNextHop::Firewall;
        };
        if let Some(fact) = self.unknown(written) {
            return HubNextHop::Unknown(fact);
        }
        let name = bare(written).to_owned();
        let connections = &self.model.virtual_hub(id).connections;
        if let Some(at) = connections.iter().position(|one| one.label.name.eq_ignore_ascii_case(&name)) {
            return HubNextHop::Connection(at as u32);
        }
        let text = written.as_str().unwrap_or_default();
        let is_id = text.starts_with('/');
        if self.index.by_name(Kind::AzureFirewall, &name).is_some() {
            return HubNextHop::Firewall;
        }
        if is_id {
            let text = format!("what next hop `{name}` of the hub does");
            return HubNextHop::Unknown(self.fact(text, Some(crate::diagnostic::Origin::Text(written.span))));
        }
        let message = format!("`{name}` is neither a connection of the hub nor a firewall");
        self.error(
            "unknown-reference",
            written.span,
            message,
            "name one of hubVirtualNetworkConnections or azureFirewalls",
        );
        HubNextHop::Firewall
    }
}

/// The tables of a hub, the default one first.
fn tables(node: &Node) -> Vec<HubRouteTable> {
    let of = |name: &str, labels: Vec<String>| HubRouteTable { name: name.to_owned(), labels, routes: Vec::new() };
    let mut tables = vec![of(DEFAULT_TABLE, vec!["default".to_owned()])];
    for table in family(node, "hubRouteTables") {
        let labels = table.value.get("labels").map(Node::items).unwrap_or_default();
        let labels: Vec<String> = labels.iter().filter_map(Node::as_str).map(str::to_lowercase).collect();
        if table.key.eq_ignore_ascii_case(DEFAULT_TABLE) {
            tables[0].labels.extend(labels);
        } else if !table.key.eq_ignore_ascii_case(NONE_TABLE) {
            tables.push(of(&table.key, labels));
        }
    }
    tables
}

/// Whether a connection's routes are changed by a route map.
fn has_map(connection: &Entry) -> bool {
    let routing = connection.value.get("routingConfiguration");
    let maps = ["inboundRouteMap", "outboundRouteMap"].into_iter().filter_map(|key| routing?.get(key));
    maps.into_iter().any(|map| !map.is_hollow())
}

/// Whether one of a hub's route maps says for which connections it is; a map of none does nothing.
fn is_applied(maps: &Node) -> bool {
    let lists = ["associatedInboundConnections", "associatedOutboundConnections"];
    let says = |map: &Entry| lists.iter().any(|key| map.value.get(key).is_some_and(|list| !list.is_hollow()));
    maps.entries().iter().any(says)
}

/// The last part of a reference.
fn bare(node: &Node) -> &str {
    bare_text(node.as_str().unwrap_or_default())
}

fn bare_text(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}
