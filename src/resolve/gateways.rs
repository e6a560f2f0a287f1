//! Application gateways: frontends, listeners, the rules that lead from them to pools, and the pools' members.
//!
//! In: applicationGateways, and what network interfaces say of pools. Out: [`ApplicationGateway`]s. Deliberately absent:
//! whether a back end is reached (that is `evaluate/gateways`), and what its subnet must let through (`gateway_rules`).

use super::{
    Work,
    balancing::{is_pool, place_of},
    family,
    index::Kind,
    label,
    services::bare,
};
use crate::{
    model::*,
    scenario::tree::{Entry, Node},
};
use std::collections::HashMap;

/// What is read of a gateway before its listeners are put together.
struct Parts<'e> {
    gateway: &'e Entry,
    frontends: &'e [Frontend],
    pools: &'e [GatewayPool],
}

/// Keys of a rule, of a path rule and of a path map's own way, each by their part of the job.
struct WayKeys {
    pool: &'static str,
    settings: [&'static str; 2],
    redirect: &'static str,
}

const RULE: WayKeys = WayKeys {
    pool: "backendAddressPool",
    settings: ["backendHttpSettings", "backendSettings"],
    redirect: "redirectConfiguration",
};

const DEFAULT: WayKeys = WayKeys {
    pool: "defaultBackendAddressPool",
    settings: ["defaultBackendHttpSettings", "defaultBackendHttpSettings"],
    redirect: "defaultRedirectConfiguration",
};

impl Work {
    /// Reads them all. Machines and public addresses are there already.
    pub(super) fn application_gateways(&mut self, network: &Node) {
        for entry in family(network, "applicationGateways") {
            if let Some(gateway) = self.application_gateway(entry) {
                self.model.application_gateways.push(gateway);
            }
        }
        self.check_application_gateways();
    }

    fn application_gateway(&mut self, entry: &Entry) -> Option<ApplicationGateway> {
        let subnet = self.instance_subnet(entry)?;
        let mut frontends = Vec::new();
        for frontend in family(&entry.value, "frontendIPConfigurations") {
            frontends.extend(self.frontend(entry, frontend));
        }
        let mut pools = Vec::new();
        for pool in family(&entry.value, "backendAddressPools") {
            let found = self.gateway_pool(entry, pool);
            pools.push(found);
        }
        let parts = Parts { gateway: entry, frontends: &frontends, pools: &pools };
        let mut listeners = Vec::new();
        for key in ["httpListeners", "listeners"] {
            for listener in family(&entry.value, key) {
                listeners.extend(self.listener(&parts, listener));
            }
        }
        for key in ["requestRoutingRules", "routingRules"] {
            for rule in family(&entry.value, key) {
                self.routing_rule(&parts, rule, &mut listeners);
            }
        }
        let v2 = self.is_v2(&entry.value);
        let isolated = entry.value.get("tags").and_then(|tags| tags.get("EnhancedNetworkControl")).is_some();
        Some(ApplicationGateway { label: label(entry), subnet, v2, isolated, frontends, listeners, pools })
    }

    /// Where its instances are; a gateway in a subnet outside the file is nowhere, and what depends on it undetermined.
    fn instance_subnet(&mut self, entry: &Entry) -> Option<SubnetId> {
        let configurations = family(&entry.value, "gatewayIPConfigurations");
        let written = configurations.iter().find_map(|one| one.value.get("subnet")).or(entry.value.get("subnet"));
        let Some(value) = written.cloned() else {
            let message = format!("application gateway `{}` is nowhere", entry.key);
            self.error("missing-key", entry.key_span, message, "add gatewayIPConfigurations with a subnet, or subnet");
            return None;
        };
        match self.reference_at(&value, Kind::Subnet)? {
            Known::Known(place) => Some(SubnetId::at(place)),
            Known::Unknown(fact) => {
                self.lose("applicationGateways", label(entry), fact);
                None
            }
        }
    }

    /// Standard_v2, WAF_v2 and Basic are of the second generation.
    fn is_v2(&mut self, node: &Node) -> Known<bool> {
        let Some(sku) = node.get("sku").cloned() else { return Known::Known(true) };
        match self.unknown(&sku) {
            Some(fact) => Known::Unknown(fact),
            None => {
                let name = sku.as_str().unwrap_or_default().to_lowercase();
                Known::Known(name.is_empty() || name.ends_with("_v2") || name == "basic")
            }
        }
    }

    /// Members by address, by host name, by what the pool names and by what interfaces say.
    fn gateway_pool(&mut self, gateway: &Entry, entry: &Entry) -> GatewayPool {
        let mut pool = GatewayPool { name: entry.key.to_string(), members: Vec::new(), unknown: None };
        for one in entry.value.get("backendAddresses").map(Node::items).unwrap_or_default() {
            self.pool_address(one, &mut pool);
        }
        for key in ["backendIPConfigurations", "networkInterfaces"] {
            for item in entry.value.get(key).map(Node::items).unwrap_or_default() {
                match self.member(item) {
                    Some((nic, _)) => pool.members.push(GatewayBackEnd::NetworkInterface(nic)),
                    None => pool.unknown = pool.unknown.or_else(|| self.absent_member(item, key)),
                }
            }
        }
        for (nic, pools) in self.gateway_members.clone() {
            if pools.iter().any(|text| is_pool(text, &gateway.key, &entry.key)) {
                pool.members.push(GatewayBackEnd::NetworkInterface(nic));
            }
        }
        let mut seen: Vec<GatewayBackEnd> = Vec::new();
        pool.members.retain(|one| {
            !seen.contains(one) && {
                seen.push(one.clone());
                true
            }
        });
        pool
    }

    /// `ipAddress` may hold a host name as well: Azure takes either.
    fn pool_address(&mut self, one: &Node, pool: &mut GatewayPool) {
        for key in ["ipAddress", "fqdn"] {
            let Some(value) = one.get(key).filter(|value| !value.is_hollow()).cloned() else { continue };
            if let Some(fact) = self.unknown(&value) {
                pool.unknown = Some(fact);
                continue;
            }
            let text = value.as_str().unwrap_or_default().trim().to_lowercase();
            pool.members.push(match text.parse() {
                Ok(address) => GatewayBackEnd::Address(address),
                Err(_) => GatewayBackEnd::Host(text),
            });
        }
    }

    fn listener(&mut self, parts: &Parts<'_>, entry: &Entry) -> Option<Listener> {
        let node = &entry.value;
        let frontend = match node.get("frontendIPConfiguration").filter(|value| !value.is_hollow()) {
            Some(one) => self.child(parts, entry, one, "frontendIPConfigurations", |parts, one| {
                place_of(parts.frontends, one, |frontend| &frontend.name)
            }),
            None if parts.frontends.len() == 1 => Some(0),
            None => {
                let message = format!("listener `{}` of `{}` names no frontend", entry.key, parts.gateway.key);
                self.error("unknown-reference", entry.key_span, message, "add frontendIPConfiguration");
                None
            }
        }?;
        let port = self.listener_port(parts, entry)?;
        let named = node.get("hostNames").map(Node::items).unwrap_or_default().iter().chain(node.get("hostName"));
        let hosts = named.filter_map(Node::as_str).filter(|text| !text.is_empty()).map(str::to_lowercase).collect();
        Some(Listener { label: label(entry), frontend, port, hosts, ways: Vec::new() })
    }

    fn listener_port(&mut self, parts: &Parts<'_>, entry: &Entry) -> Option<Known<u16>> {
        let Some(reference) = entry.value.get("frontendPort").cloned() else {
            let message = format!("listener `{}` of `{}` has no port", entry.key, parts.gateway.key);
            self.error("missing-key", entry.key_span, message, "add frontendPort");
            return None;
        };
        if let Some(fact) = self.unknown(&reference) {
            return Some(Known::Unknown(fact));
        }
        let ports = family(&parts.gateway.value, "frontendPorts");
        let found = self.child(parts, entry, &reference, "frontendPorts", |_, one| child_at(ports, one))?;
        self.gateway_port(&ports[found])
    }

    /// A port that a child of a gateway must have.
    fn gateway_port(&mut self, entry: &Entry) -> Option<Known<u16>> {
        let port = self.port_of(entry);
        if port.is_none() && entry.value.get("port").is_none_or(Node::is_hollow) {
            let message = format!("`{}` has no port", entry.key);
            self.error("missing-key", entry.key_span, message, "add port");
        }
        port
    }

    /// The port of a child, 1 to 65535.
    fn port_of(&mut self, entry: &Entry) -> Option<Known<u16>> {
        let value = entry.value.get("port").filter(|value| !value.is_hollow()).cloned()?;
        if let Some(fact) = self.unknown(&value) {
            return Some(Known::Unknown(fact));
        }
        let text = value.as_str().unwrap_or_default();
        let port = text.trim().parse::<u16>().ok().filter(|port| *port > 0);
        if port.is_none() {
            self.error("bad-port", value.span, format!("`{text}` is not a port"), "one number from 1 to 65535");
        }
        port.map(Known::Known)
    }

    /// A reference to a child of the same gateway; one that leads nowhere is refused (InvalidResourceReference).
    fn child(
        &mut self,
        parts: &Parts<'_>,
        entry: &Entry,
        reference: &Node,
        kind: &str,
        find: impl Fn(&Parts<'_>, &Node) -> Option<usize>,
    ) -> Option<usize> {
        let found = find(parts, reference);
        // One that is written and could not be read has been reported already.
        let node = &parts.gateway.value;
        let sides = [kind, if kind == "httpListeners" { "listeners" } else { kind }];
        let written = sides.iter().any(|kind| child_at(family(node, kind), reference).is_some());
        if found.is_none() && !written {
            let wanted = reference.as_str().map(bare).unwrap_or_default();
            let message =
                format!("`{}` of `{}` names `{wanted}`, which is none of its {kind}", entry.key, parts.gateway.key);
            let names: Vec<&str> = family(node, kind).iter().map(|one| &*one.key).collect();
            let help =
                if names.is_empty() { format!("it has no {kind}") } else { format!("it has {}", names.join(", ")) };
            self.error("unknown-reference", reference.span, message, help);
        }
        found
    }

    /// One rule leads on from one listener (ApplicationGatewayRequestRoutingRulesUsingSameHttpListener).
    fn routing_rule(&mut self, parts: &Parts<'_>, rule: &Entry, listeners: &mut [Listener]) {
        let node = &rule.value;
        let written = ["httpListener", "listener"].iter().find_map(|key| node.get(key)).cloned();
        let found = match &written {
            Some(one) => {
                let at = place_of(listeners, one, |listener| &listener.label.name);
                self.child(parts, rule, one, "httpListeners", |_, _| at)
            }
            None if listeners.len() == 1 => Some(0),
            None => {
                let message = format!("rule `{}` of `{}` names no listener", rule.key, parts.gateway.key);
                self.error("unknown-reference", rule.key_span, message, "add httpListener");
                None
            }
        };
        let ways = self.ways(parts, rule);
        let Some(listener) = found.and_then(|at| listeners.get_mut(at)) else { return };
        if listener.ways.is_empty() {
            listener.ways = ways;
            return;
        }
        let name = listener.label.name.clone();
        let message = format!("rule `{}` of `{}` is the second one of listener `{name}`", rule.key, parts.gateway.key);
        self.error("listener-with-two-rules", rule.key_span, message, "a listener has one rule; use a path map");
    }

    /// Where a rule leads: by its own pool, or by the paths of its map.
    fn ways(&mut self, parts: &Parts<'_>, rule: &Entry) -> Vec<GatewayWay> {
        let Some(reference) = rule.value.get("urlPathMap").filter(|value| !value.is_hollow()).cloned() else {
            return self.way(parts, rule, rule.key.to_string(), &RULE).into_iter().collect();
        };
        let maps = family(&parts.gateway.value, "urlPathMaps");
        let found = self.child(parts, rule, &reference, "urlPathMaps", |_, one| child_at(maps, one));
        let Some(map) = found.map(|at| &maps[at]) else { return Vec::new() };
        let mut ways: Vec<GatewayWay> = self.way(parts, map, rule.key.to_string(), &DEFAULT).into_iter().collect();
        for path in family(&map.value, "pathRules") {
            ways.extend(self.way(parts, path, format!("{}/{}", rule.key, path.key), &RULE));
        }
        ways
    }

    fn way(&mut self, parts: &Parts<'_>, entry: &Entry, name: String, keys: &WayKeys) -> Option<GatewayWay> {
        let node = &entry.value;
        if let Some(reference) = node.get(keys.redirect).filter(|value| !value.is_hollow()).cloned() {
            let redirects = family(&parts.gateway.value, "redirectConfigurations");
            self.child(parts, entry, &reference, "redirectConfigurations", |_, one| child_at(redirects, one))?;
            return Some(GatewayWay { name, to: GatewayTarget::Redirect });
        }
        let pool = match node.get(keys.pool).filter(|value| !value.is_hollow()).cloned() {
            Some(one) => self.child(parts, entry, &one, "backendAddressPools", |parts, one| {
                place_of(parts.pools, one, |pool| &pool.name)
            })?,
            None if parts.pools.len() == 1 => 0,
            None => {
                let message = format!("`{}` of `{}` leads nowhere", entry.key, parts.gateway.key);
                let help = format!("add {} or {}", keys.pool, keys.redirect);
                self.error("missing-key", entry.key_span, message, help);
                return None;
            }
        };
        let (port, probe) = self.settings(parts, entry, keys)?;
        Some(GatewayWay { name, to: GatewayTarget::Pool { pool, port, probe } })
    }

    /// The port at the back end, and that of its probe.
    fn settings(&mut self, parts: &Parts<'_>, entry: &Entry, keys: &WayKeys) -> Option<(Known<u16>, Option<u16>)> {
        let node = &parts.gateway.value;
        let kinds = ["backendHttpSettingsCollection", "backendSettingsCollection"];
        let all: Vec<&Entry> = kinds.iter().flat_map(|kind| family(node, kind)).collect();
        let written = keys.settings.iter().find_map(|key| entry.value.get(key)).filter(|value| !value.is_hollow());
        let at = match written.cloned() {
            Some(one) => self.child(parts, entry, &one, kinds[0], |_, one| {
                let wanted = bare(one.as_str()?);
                all.iter().position(|entry| entry.key.eq_ignore_ascii_case(wanted))
            })?,
            None if all.len() == 1 => 0,
            None => {
                let message = format!("`{}` of `{}` has no back-end settings", entry.key, parts.gateway.key);
                self.error("missing-key", entry.key_span, message, format!("add {}", keys.settings[0]));
                return None;
            }
        };
        let settings = *all.get(at)?;
        let port = self.gateway_port(settings)?;
        let probe = settings.value.get("probe").filter(|value| !value.is_hollow()).cloned();
        let probes = family(node, "probes");
        let probe = probe.and_then(|one| self.child(parts, settings, &one, "probes", |_, one| child_at(probes, one)));
        Some(match probe.and_then(|at| self.port_of(&probes[at])) {
            // Which members are in rotation hangs on it.
            Some(Known::Unknown(fact)) => (Known::Unknown(fact), None),
            Some(Known::Known(asked)) if port != Known::Known(asked) => (port, Some(asked)),
            _ => (port, None),
        })
    }

    /// Azure's rules of validity: who may be in its subnet, which public addresses, no two listeners alike.
    fn check_application_gateways(&mut self) {
        let mut found = Vec::new();
        for gateway in &self.model.application_gateways {
            let (name, span) = (&gateway.label.name, gateway.label.origin.span());
            let guests = self.model.network_interfaces.iter();
            let guest =
                guests.into_iter().find(|nic| nic.ip_configurations.iter().any(|one| one.subnet == gateway.subnet));
            if let Some(nic) = guest {
                let message = format!("`{}` is in the subnet of application gateway `{name}`", nic.label.name);
                let help = "the subnet of an application gateway holds application gateways only (F186)";
                found.push(("application-gateway-subnet-shared", nic.label.origin.span(), message, help.to_owned()));
            }
            for frontend in &gateway.frontends {
                let FrontendAddress::Public(public) = frontend.address else { continue };
                let basic = self.model.public_ip_address(public).sku == Known::Known(PublicIpSku::Basic);
                if basic && gateway.v2 == Known::Known(true) {
                    let message = format!("frontend `{}` of `{name}` has a Basic public IP address", frontend.name);
                    let help = "give the public IP address `sku: Standard`".to_owned();
                    found.push(("application-gateway-with-basic-public-ip", span, message, help));
                }
            }
            let mut seen: HashMap<(usize, u16, String), &str> = HashMap::new();
            for listener in &gateway.listeners {
                let Known::Known(port) = listener.port else { continue };
                let hosts = if listener.hosts.is_empty() { vec![String::new()] } else { listener.hosts.clone() };
                for host in hosts {
                    let other = seen.insert((listener.frontend, port, host), &listener.label.name);
                    if let Some(other) = other {
                        let own = &listener.label.name;
                        let message = format!("listeners `{other}` and `{own}` of `{name}` answer the same requests");
                        let help = "give them other frontends, ports or host names".to_owned();
                        found.push(("listeners-alike", listener.label.origin.span(), message, help));
                    }
                }
            }
        }
        for (code, span, message, help) in found {
            self.error(code, span, message, help);
        }
    }
}

fn child_at(all: &[Entry], reference: &Node) -> Option<usize> {
    let wanted = bare(reference.as_str()?);
    all.iter().position(|entry| entry.key.eq_ignore_ascii_case(wanted))
}
