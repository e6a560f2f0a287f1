//! Load balancers: frontends, pools with their members, rules.
//!
//! In: loadBalancers, and what network interfaces say of pools. Out: [`LoadBalancer`]s. Deliberately absent: which back
//! end answers (that is `evaluate/balancing`).

use super::{Work, family, index::Kind, label, services::bare};
use crate::{
    model::*,
    scenario::tree::{Entry, Node},
    space::Ports,
};

impl Work {
    /// Reads them all. Machines are there already.
    pub(super) fn load_balancers(&mut self, network: &Node) {
        for entry in family(network, "loadBalancers") {
            let balancer = self.load_balancer(entry);
            self.model.balanced.extend(balancer.pools.iter().flat_map(|pool| &pool.members).map(|(nic, _)| *nic));
            self.model.balanced.extend(balancer.rules.iter().filter_map(|rule| match rule.back_end {
                BackEnd::One(nic, _) => Some(nic),
                BackEnd::Pool(_) => None,
            }));
            self.model.load_balancers.push(balancer);
        }
    }

    /// A Standard balancer has no Basic public IP address, and a Basic one no back ends beside a NAT gateway (R191).
    pub(super) fn check_balancers(&mut self) {
        let model = &self.model;
        let mut found = Vec::new();
        for balancer in &model.load_balancers {
            let name = &balancer.label.name;
            let basic = |one: &&Frontend| match one.address {
                FrontendAddress::Public(id) => model.public_ip_address(id).sku == Known::Known(PublicIpSku::Basic),
                FrontendAddress::Private(..) => false,
            };
            if balancer.standard == Known::Known(true)
                && let Some(frontend) = balancer.frontends.iter().find(basic)
            {
                let message = format!(
                    "frontend `{}` of Standard load balancer `{name}` has a Basic public IP address",
                    frontend.name
                );
                let help = "give the public IP address `sku: Standard` (R191)";
                found.push(("load-balancer-with-basic-public-ip", balancer.label.origin.span(), message, help));
            }
            let natted = |(nic, at): &&(NetworkInterfaceId, usize)| {
                let subnet = model.network_interface(*nic).ip_configurations[*at].subnet;
                model.subnet(subnet).nat_gateway.is_some()
            };
            if balancer.standard == Known::Known(false)
                && let Some((nic, _)) = balancer.pools.iter().flat_map(|pool| &pool.members).find(natted)
            {
                let nic = &model.network_interface(*nic).label.name;
                let message =
                    format!("back end `{nic}` of Basic load balancer `{name}` is on a subnet with a NAT gateway");
                let help = "give the load balancer `sku: Standard` (R191)";
                found.push(("nat-gateway-with-basic-load-balancer", balancer.label.origin.span(), message, help));
            }
        }
        for (code, span, message, help) in found {
            self.error(code, span, message, help);
        }
    }

    fn load_balancer(&mut self, entry: &Entry) -> LoadBalancer {
        let node = &entry.value;
        let standard = match node.get("sku").cloned() {
            Some(sku) => match self.unknown(&sku) {
                Some(fact) => Known::Unknown(fact),
                None => Known::Known(sku.as_str().is_some_and(|text| !text.eq_ignore_ascii_case("basic"))),
            },
            None => Known::Known(false),
        };
        let mut frontends = Vec::new();
        for frontend in family(node, "frontendIPConfigurations") {
            frontends.extend(self.frontend(entry, frontend));
        }
        let mut pools: Vec<Pool> = Vec::new();
        for pool in family(node, "backendAddressPools") {
            let found = self.pool(entry, pool);
            pools.push(found);
        }
        let mut rules = Vec::new();
        for rule in family(node, "loadBalancingRules") {
            rules.extend(self.balancing_rule(entry, rule, &frontends, &pools));
        }
        for rule in family(node, "inboundNatRules") {
            rules.extend(self.inbound_nat_rule(entry, rule, &frontends, &pools));
        }
        for pool in family(node, "inboundNatPools") {
            rules.extend(self.inbound_nat_pool(entry, pool, &frontends, &mut pools));
        }
        let mut outbound_rules = Vec::new();
        for rule in family(node, "outboundRules") {
            let found = self.outbound_rule(entry, rule, &frontends, &pools);
            outbound_rules.extend(found);
        }
        LoadBalancer { label: label(entry), standard, frontends, rules, pools, outbound_rules }
    }

    pub(super) fn frontend(&mut self, balancer: &Entry, entry: &Entry) -> Option<Frontend> {
        let node = &entry.value;
        let address = if let Some(public) = node.get("publicIPAddress") {
            FrontendAddress::Public(self.public_ip(public)?)
        } else if let Some(prefix) = node.get("publicIPPrefix").filter(|value| !value.is_hollow()) {
            FrontendAddress::Public(self.address_of_prefix(&prefix.clone())?)
        } else {
            let subnet = SubnetId::at(*self.reference(node, "subnet", Kind::Subnet)?.known()?);
            let written = ["privateIPAddress", "address"].iter().find_map(|key| node.get(key)).cloned();
            let address = match written {
                Some(value) => {
                    let address = self.address(&value)?;
                    self.check_address(&address, subnet.index(), &value);
                    address
                }
                None => {
                    let text = format!("the address of frontend `{}` of `{}`", entry.key, balancer.key);
                    Known::Unknown(self.fact(text, Some(label(entry).origin)))
                }
            };
            FrontendAddress::Private(subnet, address)
        };
        Some(Frontend { name: entry.key.to_string(), address })
    }

    /// Members by what the pool names, by what NICs say, and by address.
    fn pool(&mut self, balancer: &Entry, entry: &Entry) -> Pool {
        let node = &entry.value;
        let mut members: Vec<(NetworkInterfaceId, usize)> = Vec::new();
        let mut unknown = None;
        for key in ["backendIPConfigurations", "networkInterfaces"] {
            for item in node.get(key).map(Node::items).unwrap_or_default() {
                match self.member(item) {
                    Some(member) => members.push(member),
                    None => unknown = unknown.or_else(|| self.absent_member(item, key)),
                }
            }
        }
        for (index, memberships) in self.pool_members.clone() {
            let own = |text: &String| is_pool(text, &balancer.key, &entry.key);
            if !memberships.1.iter().any(own) {
                continue;
            }
            // A configuration whose subnet nobody knows is none that packets can be sent to.
            match self.model.network_interface(index).ip_configurations.get(memberships.0) {
                Some(_) => members.push((index, memberships.0)),
                None => unknown = unknown.or_else(|| Some(self.lost_member(index))),
            }
        }
        for address in family(node, "loadBalancerBackendAddresses") {
            if let Some(Known::Known(address)) =
                address.value.get("ipAddress").cloned().and_then(|value| self.address(&value))
            {
                let nics = self.model.network_interfaces.iter().enumerate();
                let found = nics.into_iter().find_map(|(index, nic)| {
                    let at = nic.ip_configurations.iter().position(|one| one.address == Known::Known(address))?;
                    Some((NetworkInterfaceId::at(index), at))
                });
                members.extend(found);
            }
        }
        members.sort_unstable();
        members.dedup();
        Pool { name: entry.key.to_string(), members, unknown }
    }

    /// A member that stands in a subnet which is not known.
    fn lost_member(&mut self, nic: NetworkInterfaceId) -> FactId {
        let label = &self.model.network_interface(nic).label;
        let (text, origin) = (format!("the subnet of `{}`", label.name), label.origin.clone());
        self.fact(text, Some(origin))
    }

    /// A NIC, one of its configurations, or a workload.
    pub(super) fn member(&mut self, node: &Node) -> Option<(NetworkInterfaceId, usize)> {
        let text = node.as_str()?;
        if let Some(instance) = self.member_of_scale_set(text) {
            return Some(instance);
        }
        if let Some(place) = self.place_of_nic(text) {
            return Some((place, 0));
        }
        if let Some((nic, configuration)) = text.rsplit_once('/') {
            let nic = nic.len().checked_sub(CONFIGURATIONS.len()).map_or(nic, |at| match nic.get(at..) {
                Some(end) if end.eq_ignore_ascii_case(CONFIGURATIONS) => &nic[..at],
                _ => nic,
            });
            let place = self.place_of_nic(nic)?;
            return Some((place, self.configuration(place, configuration)?));
        }
        let workloads = self.model.workloads.iter();
        let workload = workloads.into_iter().find(|one| one.label.name.eq_ignore_ascii_case(text))?;
        workload.network_interfaces.first().map(|nic| (*nic, 0))
    }

    /// Which of a NIC's configurations has a name; a NIC in the short form has one, whatever its name.
    fn configuration(&self, nic: NetworkInterfaceId, name: &str) -> Option<usize> {
        let names = self.configuration_names.get(&nic).map(Vec::as_slice).unwrap_or_default();
        let found = names.iter().position(|one| one.eq_ignore_ascii_case(name));
        found.or_else(|| names.is_empty().then_some(0))
    }

    fn place_of_nic(&self, text: &str) -> Option<NetworkInterfaceId> {
        match self.index.find(Kind::NetworkInterface, text) {
            super::index::Found::Here(place) => Some(NetworkInterfaceId::at(place)),
            _ => {
                let nics = self.model.network_interfaces.iter();
                nics.into_iter().position(|nic| nic.label.name.eq_ignore_ascii_case(text)).map(NetworkInterfaceId::at)
            }
        }
    }

    /// A member that the file does not hold: by id it is a fact, by name a mistake.
    pub(super) fn absent_member(&mut self, node: &Node, key: &str) -> Option<FactId> {
        if let Some(fact) = self.unknown(node) {
            return Some(fact);
        }
        let text = node.as_str()?.to_owned();
        if text.starts_with('/') {
            let message = format!("`{text}` is outside the model");
            self.warn("outside-the-model", node.span, message.clone(), "verdicts that depend on it are undetermined");
            return Some(self.fact(message, Some(crate::diagnostic::Origin::Text(node.span))));
        }
        let help = self.advice(Kind::NetworkInterface, &text);
        self.error(
            "unknown-reference",
            node.span,
            format!("`{key}` names `{text}`, which is no network interface"),
            help,
        );
        None
    }

    /// A pool, and the frontends by which it gets out.
    fn outbound_rule(
        &mut self,
        balancer: &Entry,
        entry: &Entry,
        frontends: &[Frontend],
        pools: &[Pool],
    ) -> Option<(usize, Vec<usize>)> {
        let node = &entry.value;
        let given = family(&balancer.value, "frontendIPConfigurations");
        let mut by = Vec::new();
        for one in node.get("frontendIPConfigurations").map(Node::items).unwrap_or_default() {
            match place_of(frontends, one, |frontend| &frontend.name) {
                Some(frontend) => by.push(frontend),
                // One that could not be read has been spoken of.
                None if given.iter().any(|frontend| one.as_str().is_some_and(|text| is_child(text, &frontend.key))) => {
                }
                None => self.lost_child(balancer, entry, one, "frontend"),
            }
        }
        let pool = node.get("backendAddressPool").filter(|one| !one.is_hollow())?;
        let found = place_of(pools, pool, |pool| &pool.name);
        if found.is_none() {
            self.lost_child(balancer, entry, pool, "backend pool");
        }
        found.map(|pool| (pool, by))
    }

    fn balancing_rule(
        &mut self,
        balancer: &Entry,
        entry: &Entry,
        frontends: &[Frontend],
        pools: &[Pool],
    ) -> Vec<BalancingRule> {
        let node = &entry.value;
        let frontend = self.frontend_of(balancer, entry, frontends);
        let found = self.pools_of(balancer, entry, pools);
        let (Some(frontend), false) = (frontend, found.is_empty()) else {
            return Vec::new();
        };
        let probe = node.get("probe").and_then(|one| self.probe_port(balancer, one));
        let (protocol, ports, back_end_port) = balanced(node);
        found
            .into_iter()
            .map(|pool| BalancingRule {
                name: entry.key.to_string(),
                frontend,
                protocol,
                ports: ports.clone(),
                back_end_port,
                back_end: BackEnd::Pool(pool),
                probe,
                floating: is_true(node, "enableFloatingIP"),
                no_outbound: is_true(node, "disableOutboundSnat"),
            })
            .collect()
    }

    /// The pools that a rule names; the only one where it names none.
    fn pools_of(&mut self, balancer: &Entry, entry: &Entry, pools: &[Pool]) -> Vec<usize> {
        let node = &entry.value;
        let several = node.get("backendAddressPools").map(Node::items).unwrap_or_default();
        let named = node.get("backendAddressPool").into_iter().chain(several).filter(|one| !one.is_hollow());
        let named: Vec<Node> = named.cloned().collect();
        if named.is_empty() && pools.len() == 1 {
            return vec![0];
        }
        let mut found = Vec::new();
        for one in &named {
            match place_of(pools, one, |pool| &pool.name) {
                Some(pool) => found.push(pool),
                None => self.lost_child(balancer, entry, one, "backend pool"),
            }
        }
        found.dedup();
        found
    }

    /// A child of a balancer that a rule of it names and nobody knows: unknown, or a slip of the pen.
    fn lost_child(&mut self, balancer: &Entry, entry: &Entry, named: &Node, what: &str) {
        match self.unknown(named) {
            Some(fact) => self.model.unread.entry(label(balancer).origin).or_default().push(fact),
            None => {
                let text = named.as_str().unwrap_or_default();
                let message = format!("rule `{}` names `{text}`, which is no {what} of `{}`", entry.key, balancer.key);
                self.error("unknown-reference", named.span, message, format!("name a {what} of the balancer"));
            }
        }
    }

    fn frontend_of(&mut self, balancer: &Entry, entry: &Entry, frontends: &[Frontend]) -> Option<usize> {
        let written = entry.value.get("frontendIPConfiguration").filter(|value| !value.is_hollow());
        let found = match written {
            Some(one) => place_of(frontends, one, |frontend| &frontend.name),
            None if frontends.len() == 1 => Some(0),
            None => None,
        };
        if found.is_some() {
            return found;
        }
        // A frontend that could not be read, or that nobody knows: the balancer is not known whole.
        let given = family(&balancer.value, "frontendIPConfigurations").len();
        let fact = written.and_then(|one| self.unknown(&one.clone()));
        if fact.is_some() || given > frontends.len() {
            let origin = label(balancer).origin;
            let text = format!("the frontend of rule `{}` of `{}`", entry.key, balancer.key);
            let fact = fact.unwrap_or_else(|| self.fact(text, Some(label(entry).origin)));
            self.model.unread.entry(origin).or_default().push(fact);
            return None;
        }
        let message = format!("rule `{}` of `{}` names no frontend of it", entry.key, balancer.key);
        let names: Vec<&str> = frontends.iter().map(|frontend| frontend.name.as_str()).collect();
        self.error("unknown-reference", entry.key_span, message, format!("it has {}", names.join(", ")));
        None
    }

    fn probe_port(&mut self, balancer: &Entry, reference: &Node) -> Option<u16> {
        let name = bare(reference.as_str()?).to_lowercase();
        let probes = family(&balancer.value, "probes");
        let found = probes.iter().find(|probe| probe.key.to_lowercase() == name);
        if found.is_none() {
            let message = format!("`{}` has no probe `{name}`", balancer.key);
            self.error("unknown-reference", reference.span, message, "name one of its probes");
        }
        found?.value.get("port")?.as_str()?.trim().parse().ok()
    }

    /// A port of one machine, or a range of ports, each of which Azure gives to one member of a pool.
    fn inbound_nat_rule(
        &mut self,
        balancer: &Entry,
        entry: &Entry,
        frontends: &[Frontend],
        pools: &[Pool],
    ) -> Option<BalancingRule> {
        let node = &entry.value;
        let frontend = self.frontend_of(balancer, entry, frontends)?;
        if let Some(pool) = node.get("backendAddressPool").and_then(|one| place_of(pools, one, |pool| &pool.name)) {
            return self.port_range(entry, frontend, pool);
        }
        let keys = ["backendIPConfiguration", "networkInterface"];
        let named = keys.iter().find_map(|key| node.get(key).map(|one| (one.clone(), *key)));
        let by_nic = || {
            let own = |text: &String| is_nat_rule(text, &balancer.key, &entry.key);
            self.nat_members.iter().find(|(_, (_, rules))| rules.iter().any(own)).map(|(nic, (at, _))| (*nic, *at))
        };
        let member = match &named {
            Some((one, _)) => self.member(one),
            None => by_nic(),
        };
        if let (Some((one, key)), None) = (&named, member) {
            let fact = self.absent_member(one, key)?;
            self.model.unread.entry(label(balancer).origin).or_default().push(fact);
        }
        let (nic, at) = member?;
        let (protocol, ports, back_end_port) = balanced(node);
        Some(BalancingRule {
            name: entry.key.to_string(),
            frontend,
            protocol,
            ports,
            back_end_port,
            back_end: BackEnd::One(nic, at),
            probe: None,
            floating: false,
            no_outbound: true,
        })
    }
}

impl Work {
    /// A range of ports for the instances of a scale set; which instance has which port is Azure's choice.
    fn inbound_nat_pool(
        &mut self,
        balancer: &Entry,
        entry: &Entry,
        frontends: &[Frontend],
        pools: &mut Vec<Pool>,
    ) -> Option<BalancingRule> {
        let frontend = self.frontend_of(balancer, entry, frontends)?;
        let own = |text: &String| names_child(text, &balancer.key, &entry.key, "inboundnatpools");
        let named = self.nat_members.iter().filter(|(_, (_, pools))| pools.iter().any(own));
        let members: Vec<(NetworkInterfaceId, usize)> = named.map(|(nic, (at, _))| (*nic, *at)).collect();
        let text = format!("the instances behind inbound NAT pool `{}` of `{}`", entry.key, balancer.key);
        let unknown = members.is_empty().then(|| self.fact(text, Some(label(entry).origin)));
        pools.push(Pool { name: entry.key.to_string(), members, unknown });
        self.port_range(entry, frontend, pools.len() - 1)
    }

    /// From the first to the last port of the range, to one port of any member.
    fn port_range(&mut self, entry: &Entry, frontend: usize, pool: usize) -> Option<BalancingRule> {
        let node = &entry.value;
        let number = |key: &str| node.get(key).and_then(Node::as_str).and_then(|text| text.trim().parse::<u16>().ok());
        let range = number("frontendPortRangeStart").zip(number("frontendPortRangeEnd"));
        let (Some((first, last)), Some(back)) = (range.filter(|(first, last)| first <= last), number("backendPort"))
        else {
            let message = format!("`{}` has no range of ports", entry.key);
            let help = "give it `frontendPortRangeStart`, `frontendPortRangeEnd` and `backendPort`";
            self.error("missing-port-range", entry.key_span, message, help);
            return None;
        };
        let (protocol, _, _) = balanced(node);
        Some(BalancingRule {
            name: entry.key.to_string(),
            frontend,
            protocol,
            ports: Ports::from_ranges([(first, last)]),
            back_end_port: Some(back),
            back_end: BackEnd::Pool(pool),
            probe: None,
            floating: false,
            no_outbound: true,
        })
    }
}

fn is_true(node: &Node, key: &str) -> bool {
    node.get(key).and_then(Node::as_str) == Some("true")
}

/// Protocol, ports as sent, port at the back end. Protocol All with port 0 is every port.
fn balanced(node: &Node) -> (RuleProtocol, Ports, Option<u16>) {
    let number = |key: &str| node.get(key).and_then(Node::as_str).and_then(|text| text.trim().parse::<u16>().ok());
    let protocol = match node.get("protocol").and_then(Node::as_str) {
        Some("Udp") => RuleProtocol::Udp,
        Some("All") => RuleProtocol::Any,
        _ => RuleProtocol::Tcp,
    };
    let front = number("frontendPort").unwrap_or(0);
    if front == 0 {
        return (protocol, Ports::all(), None);
    }
    let back = number("backendPort").filter(|back| *back != front && *back != 0);
    (protocol, Ports::single(front), back)
}

/// What stands before a configuration's name in its id.
const CONFIGURATIONS: &str = "/ipConfigurations";

/// The place of a named child: by name, or by the last part of its id.
pub(super) fn place_of<T>(all: &[T], reference: &Node, name: impl Fn(&T) -> &String) -> Option<usize> {
    let wanted = reference.as_str()?;
    all.iter().position(|one| is_child(wanted, name(one)))
}

/// Whether a reference is to a child of a name: it is the name, or the last part of an id.
fn is_child(reference: &str, name: &str) -> bool {
    bare(reference).eq_ignore_ascii_case(name)
}

/// Whether a NIC's reference is to this pool of this balancer: `lb/pool`, or an id.
pub(super) fn is_pool(text: &str, balancer: &str, pool: &str) -> bool {
    names_child(text, balancer, pool, "backendaddresspools")
}

fn is_nat_rule(text: &str, balancer: &str, rule: &str) -> bool {
    names_child(text, balancer, rule, "inboundnatrules")
}

pub(super) fn names_child(text: &str, balancer: &str, child: &str, kind: &str) -> bool {
    let parts: Vec<String> = text.split('/').map(str::to_lowercase).collect();
    let (balancer, child) = (bare(balancer).to_lowercase(), child.to_lowercase());
    match parts.as_slice() {
        [one] => *one == child,
        [.., owner, last] if *owner != kind => *owner == balancer && *last == child,
        [.., owner, _, last] => *owner == balancer && *last == child,
        _ => false,
    }
}
