//! NICs, machines, workloads, externals, sites, appliances.

use super::{
    Work, family,
    index::{Found, Kind},
    label,
};
use crate::{
    catalog,
    diagnostic::{Diagnostic, nearest},
    model::*,
    scenario::tree::{Entry, Node, Value},
    space::Ports,
    tags::canonical_region,
};
use ipnet::IpNet;
use std::net::IpAddr;

impl Work {
    /// Reads them all.
    pub(super) fn parties(&mut self, network: &Node) {
        for entry in family(network, "networkInterfaces") {
            let (nic, outside) = self.network_interface(entry);
            if let Some(fact) = outside.filter(|_| nic.ip_configurations.is_empty()) {
                self.lost_nics.insert(NetworkInterfaceId::at(self.model.network_interfaces.len()), fact);
                self.lose("networkInterfaces", nic.label.clone(), fact);
            }
            self.note_pools(entry, NetworkInterfaceId::at(self.model.network_interfaces.len()));
            self.model.network_interfaces.push(nic);
        }
        for entry in family(network, "virtualMachines") {
            self.virtual_machine(entry);
        }
        self.scale_sets(network);
        self.attach_by_nic(network);
        for entry in family(network, "workloads") {
            self.workload(entry);
        }
        for entry in family(network, "appliances") {
            self.appliance(entry);
        }
        for entry in family(network, "externals") {
            let external = self.external(entry);
            self.model.externals.push(external);
        }
        for entry in family(network, "sites") {
            let site = self.site(entry);
            self.model.sites.push(site);
        }
    }

    /// Subnets outside the file that parties outside send from: firewalls may name them.
    pub(super) fn note_outside_networks(&mut self, network: &Node) {
        for entry in family(network, "externals") {
            self.outside_networks.extend(networks_of(&entry.value).map(str::to_lowercase));
        }
    }

    /// A service that no list of Microsoft's has is a slip of the pen.
    fn check_trusted_service(&mut self, node: &Node) {
        let Some(value) = node.get("trustedService") else {
            return;
        };
        let text = value.as_str().unwrap_or_default();
        if self.refuse_unknown(value) || catalog::known_service(text) {
            return;
        }
        let plain = catalog::plain_service(text);
        let near = catalog::service_names()
            .find(|name| nearest(&plain, std::iter::once(catalog::plain_service(name).as_str()), 2).is_some());
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write a service of Azure's, as AzureDatabricks or DataFactory".to_owned(),
        };
        self.error("unknown-trusted-service", value.span, format!("no service of Azure's is called `{text}`"), help);
    }

    /// A party or a NIC whose place the file does not hold: what depends on it is undetermined.
    pub(super) fn lose(&mut self, kind: &str, label: Label, fact: FactId) {
        self.model.unmodelled.push(Unmodelled {
            kind: kind.to_owned(),
            label,
            fact,
            addresses: Vec::new(),
            subnets: Vec::new(),
            virtual_networks: Vec::new(),
            host_names: Vec::new(),
        });
    }

    /// Which pools a NIC says that it is a member of.
    pub(super) fn note_pools(&mut self, entry: &Entry, id: NetworkInterfaceId) {
        let texts = |node: &Node, key: &str| -> Vec<String> {
            let items = node.get(key).map(Node::items).unwrap_or_default();
            items.iter().filter_map(Node::as_str).map(str::to_owned).collect()
        };
        let configurations = primary_first(&entry.value, "ipConfigurations");
        self.configuration_names.insert(id, configurations.iter().map(|one| one.key.to_string()).collect());
        for (at, one) in configurations.into_iter().enumerate() {
            let pools = texts(&one.value, "loadBalancerBackendAddressPools");
            let rules =
                [texts(&one.value, "loadBalancerInboundNatRules"), texts(&one.value, "loadBalancerInboundNatPools")]
                    .concat();
            let gateways = texts(&one.value, "applicationGatewayBackendAddressPools");
            if !gateways.is_empty() {
                self.gateway_members.push((id, gateways));
            }
            if !pools.is_empty() {
                self.pool_members.push((id, (at, pools)));
            }
            if !rules.is_empty() {
                self.nat_members.push((id, (at, rules)));
            }
        }
    }

    /// A NIC, by ipConfigurations or in the short form; with a fact when one of its subnets is outside the model.
    fn network_interface(&mut self, entry: &Entry) -> (NetworkInterface, Option<FactId>) {
        let node = &entry.value;
        let mut written = primary_first(node, "ipConfigurations");
        self.check_ip_configurations(entry);
        if written.is_empty() && node.get("subnet").is_some() {
            written.push(entry);
        }
        let owner = label(entry);
        let found: Vec<Known<IpConfiguration>> =
            written.iter().filter_map(|one| self.ip_configuration(one, &owner)).collect();
        let outside = found.iter().find_map(|one| if let Known::Unknown(fact) = one { Some(*fact) } else { None });
        let group = self.reference(node, "networkSecurityGroup", Kind::NetworkSecurityGroup);
        let tagged = node.get("tags").and_then(|tags| tags.get("disableSnatOnPL")).and_then(Node::as_str);
        let nic = NetworkInterface {
            label: owner,
            implicit: false,
            ip_configurations: found.iter().filter_map(|one| one.known().cloned()).collect(),
            network_security_group: group.map(|found| found.map(NetworkSecurityGroupId::at)),
            ip_forwarding: self.flag(node, "enableIPForwarding", false),
            dns_servers: self.dns_servers(node.get("dnsSettings")),
            private_link_answers: tagged.is_some_and(|text| text.eq_ignore_ascii_case("true")),
            appliance: None,
            workload: None,
        };
        (nic, outside)
    }

    /// At least one (InvalidIPConfigCount), one of several primary (NetworkInterfaceMustHaveOneOneIPConfigAsPrimary).
    fn check_ip_configurations(&mut self, entry: &Entry) {
        let node = &entry.value;
        let written = family(node, "ipConfigurations");
        if written.is_empty() && node.get("subnet").is_none() {
            let message = format!("network interface `{}` has no subnet", entry.key);
            self.error("missing-key", entry.key_span, message, "add ipConfigurations, or `subnet` and `address`");
        }
        for one in written.iter().filter(|one| one.value.get("subnet").is_none()) {
            let message = format!("IP configuration `{}` of `{}` has no subnet", one.key, entry.key);
            self.error("missing-key", one.key_span, message, "add `subnet`");
        }
        let primaries = written.iter().filter(|one| is_primary(one)).count();
        // Where none is marked, the IPv4 one of a pair is it; only written addresses tell them apart.
        let fours = written.iter().filter(|one| is_ipv4(one)).count();
        if primaries > 1 || (primaries == 0 && fours > 1) {
            let message = format!("network interface `{}` has {primaries} primary IP configurations", entry.key);
            self.error("not-one-primary", entry.key_span, message, "set `primary: true` on exactly one of several");
        }
    }

    fn ip_configuration(&mut self, entry: &Entry, owner: &Label) -> Option<Known<IpConfiguration>> {
        let node = &entry.value;
        let subnet = self.reference(node, "subnet", Kind::Subnet)?;
        let written = ["privateIPAddress", "address"].iter().filter_map(|key| node.get(key));
        let address = match written.into_iter().find(|value| !value.is_hollow()) {
            Some(value) => {
                let address = self.address(value)?;
                if let Known::Known(subnet) = subnet {
                    self.check_address(&address, subnet, value);
                }
                address
            }
            None => {
                let text = format!("the address of `{}`", owner.name);
                Known::Unknown(self.fact(text, Some(owner.origin.clone())))
            }
        };
        let public_ip_address = node.get("publicIPAddress").and_then(|value| self.public_ip(value));
        let groups = self.references_here(node, "applicationSecurityGroups", Kind::ApplicationSecurityGroup);
        Some(subnet.map(|subnet| IpConfiguration {
            subnet: SubnetId::at(subnet),
            address,
            public_ip_address,
            application_security_groups: groups.into_iter().map(ApplicationSecurityGroupId::at).collect(),
        }))
    }

    /// Inside its subnet, and none of the reserved addresses (R168).
    pub(super) fn check_address(&mut self, address: &Known<IpAddr>, subnet: usize, node: &Node) {
        let (Known::Known(address), Some(subnet)) = (address, self.model.subnets.get(subnet)) else {
            return;
        };
        let name = subnet.label.name.clone();
        let Some(net) = subnet.address_prefixes.iter().find(|net| net.contains(address)).copied() else {
            if !subnet.address_prefixes.is_empty() {
                let message = format!("`{address}` is not in subnet `{name}`");
                let prefixes: Vec<String> = subnet.address_prefixes.iter().map(|net| format!("`{net}`")).collect();
                let help = format!("the subnet is {}", prefixes.join(", "));
                self.error("address-outside-subnet", node.span, message, help);
            }
            return;
        };
        let (point, first, last) =
            (crate::space::point(*address), crate::space::point(net.network()), crate::space::point(net.broadcast()));
        if point < first + 4 || (address.is_ipv4() && point == last) {
            let message = format!("`{address}` is reserved in subnet `{name}`");
            let help = "Azure keeps the first four addresses and the last of each subnet (R168)";
            self.error("reserved-address", node.span, message, help);
        }
    }

    fn virtual_machine(&mut self, entry: &Entry) {
        if entry.value.get("networkInterfaces").is_none_or(Node::is_hollow) {
            self.error(
                "missing-key",
                entry.key_span,
                format!("virtual machine `{}` has no network interface", entry.key),
                "add `networkInterfaces`",
            );
        }
        let network_interfaces = self.own_nics(entry, "virtualMachines", false);
        self.check_one_machine(entry, &network_interfaces);
        let dns = Dns::usual(Resolver::Azure);
        self.add_machine(Workload { label: label(entry), network_interfaces, identity: None, dns });
    }

    /// A NIC belongs to one virtual machine.
    fn check_one_machine(&mut self, entry: &Entry, nics: &[NetworkInterfaceId]) {
        for nic in nics {
            let nic = self.model.network_interface(*nic);
            if let Some(first) = nic.workload.map(|first| self.model.workload(first)) {
                let message = format!(
                    "network interface `{}` belongs to `{}` and to `{}`",
                    nic.label.name, first.label.name, entry.key
                );
                let problem = Diagnostic::error("nic-of-two-machines", entry.key_span, message);
                let problem = problem.related(first.label.origin.span(), "the first");
                self.report(problem.help("a network interface is attached to one virtual machine"));
            }
        }
    }

    /// NICs that name their machine, where the machine does not name them.
    fn attach_by_nic(&mut self, network: &Node) {
        for (index, entry) in family(network, "networkInterfaces").iter().enumerate() {
            let machine = entry.value.get("virtualMachine");
            let Some((text, _)) = machine.and_then(super::index::reference) else {
                continue;
            };
            // An export names machines that it does not hold.
            if self.index.find(Kind::VirtualMachine, text) == Found::Outside {
                continue;
            }
            let found = machine.and_then(|machine| self.reference_at(machine, Kind::VirtualMachine));
            let Some(id) = found.and_then(|found| found.known().copied()).map(WorkloadId::at) else {
                continue;
            };
            let nic = &mut self.model.network_interfaces[index];
            if nic.workload.is_none() {
                nic.workload = Some(id);
                self.model.workloads[id.index()].network_interfaces.push(NetworkInterfaceId::at(index));
            }
        }
    }

    pub(super) fn add_machine(&mut self, workload: Workload) {
        let id = WorkloadId::at(self.model.workloads.len());
        for nic in &workload.network_interfaces {
            if let Some(nic) = self.model.network_interfaces.get_mut(nic.index()) {
                nic.workload = Some(id);
            }
        }
        self.model.workloads.push(workload);
    }

    fn workload(&mut self, entry: &Entry) {
        let node = &entry.value;
        let network_interfaces = self.own_nics(entry, "workloads", false);
        if ["subnet", "networkInterfaces"].iter().all(|key| node.get(key).is_none_or(Node::is_hollow)) {
            let message = format!("workload `{}` is nowhere", entry.key);
            self.error("missing-key", entry.key_span, message, "add `subnet` (and `address`), or `networkInterfaces`");
        }
        let identity = identity(node);
        let dns = self.dns(node, Resolver::Azure);
        self.add_machine(Workload { label: label(entry), network_interfaces, identity, dns });
    }

    /// NICs that a party names, and those made for it. A party of which none is here is lost.
    fn own_nics(&mut self, entry: &Entry, kind: &str, forwards: bool) -> Vec<NetworkInterfaceId> {
        let mut found = Vec::new();
        if entry.value.get("subnet").is_some() {
            found.push(self.implicit_nic(entry, entry.key.to_string(), forwards));
        } else {
            self.check_short_form(entry);
        }
        let inner = entry.value.get("networkInterfaces");
        for (key, node) in inner.map(named_or_listed).unwrap_or_default() {
            match (&node.value, key) {
                (Value::Map(_), Some(inner)) => {
                    found.push(self.implicit_nic(inner, format!("{}/{}", entry.key, inner.key), forwards));
                }
                (_, key) => found.extend(self.named_nic(entry, key, node)),
            }
        }
        let nics: Vec<NetworkInterfaceId> = found.iter().filter_map(|one| one.known().copied()).collect();
        let outside = found.iter().find_map(|one| if let Known::Unknown(fact) = one { Some(*fact) } else { None });
        if let Some(fact) = outside.filter(|_| nics.is_empty()) {
            self.lose(kind, label(entry), fact);
        }
        nics
    }

    /// A NIC by reference; `worker/host` is a further name of it when `worker` calls it `host`.
    fn named_nic(&mut self, party: &Entry, key: Option<&Entry>, node: &Node) -> Option<Known<NetworkInterfaceId>> {
        let place = match self.reference_at(node, Kind::NetworkInterface)? {
            Known::Known(place) => NetworkInterfaceId::at(place),
            Known::Unknown(fact) => return Some(Known::Unknown(fact)),
        };
        if let Some(fact) = self.lost_nics.get(&place) {
            return Some(Known::Unknown(*fact));
        }
        let alias = key.map(|inner| (format!("{}/{}", party.key, inner.key), place));
        self.aliases.extend(alias);
        Some(Known::Known(place))
    }

    /// Keys of the short form say something about the one NIC that `subnet` makes.
    fn check_short_form(&mut self, entry: &Entry) {
        let keys =
            ["address", "networkSecurityGroup", "applicationSecurityGroups", "publicIPAddress", "enableIPForwarding"];
        for key in keys {
            if let Some(value) = entry.value.get(key).filter(|value| !value.is_hollow()) {
                let message = format!("`{key}` of `{}` belongs to a network interface", entry.key);
                let help = "write it there, or place the party with `subnet`";
                self.error("key-without-subnet", value.span, message, help);
            }
        }
    }

    /// A NIC that the file does not have as a resource.
    pub(super) fn implicit_nic(&mut self, entry: &Entry, name: String, forwards: bool) -> Known<NetworkInterfaceId> {
        let (mut nic, outside) = self.network_interface(entry);
        nic.implicit = true;
        nic.label.name = name;
        if let Some(fact) = outside.filter(|_| nic.ip_configurations.is_empty()) {
            if nic.label.name.contains('/') {
                self.lose("networkInterfaces", nic.label, fact);
            }
            return Known::Unknown(fact);
        }
        if forwards && entry.value.get("enableIPForwarding").is_none() {
            nic.ip_forwarding = Known::Known(true);
        }
        self.model.network_interfaces.push(nic);
        Known::Known(NetworkInterfaceId::at(self.model.network_interfaces.len() - 1))
    }

    fn external(&mut self, entry: &Entry) -> External {
        let node = &entry.value;
        let text = |key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
        let hosts = node.get("hostNames").map(Node::items).unwrap_or_default();
        let host_names = hosts.iter().filter_map(Node::as_str).map(str::to_lowercase).collect();
        self.check_trusted_service(node);
        External {
            label: label(entry),
            addresses: self.prefixes(node, "addresses"),
            host_names,
            location: text("location").map(|region| canonical_region(&region)),
            trusted_service: text("trustedService"),
            identity: identity(node),
            networks: networks_of(node).map(str::to_lowercase).collect(),
            implicit: false,
        }
    }

    fn site(&mut self, entry: &Entry) -> Site {
        let node = &entry.value;
        let address_prefixes = self.prefixes(node, "addressPrefixes");
        let mut hosts = Vec::new();
        for host in family(node, "hosts") {
            if self.refuse_unknown(&host.value) {
                continue;
            }
            if let Some(Known::Known(address)) = self.address(&host.value) {
                self.check_site_host(entry, host, address, &address_prefixes);
                hosts.push((host.key.to_string(), address));
            }
        }
        let gateways = self.references_here(node, "localNetworkGateway", Kind::LocalNetworkGateway);
        let circuits = self.references_here(node, "expressRouteCircuit", Kind::ExpressRouteCircuit);
        let attachments = gateways
            .into_iter()
            .map(|place| Attachment::LocalNetworkGateway(LocalNetworkGatewayId::at(place)))
            .chain(circuits.into_iter().map(|place| Attachment::ExpressRouteCircuit(ExpressRouteCircuitId::at(place))));
        let mut attachments: Vec<Attachment> = attachments.collect();
        let mut elsewhere = None;
        for written in node.get("vpnSite").map(Node::items).unwrap_or_default() {
            match self.reference_at(written, Kind::VpnSite) {
                Some(Known::Known(place)) => attachments.push(Attachment::VpnSite(VpnSiteId::at(place))),
                Some(Known::Unknown(fact)) => elsewhere = Some(fact),
                None => {}
            }
        }
        let label = label(entry);
        let advertises =
            if node.get("advertises").is_some() { self.prefixes(node, "advertises") } else { address_prefixes.clone() };
        let learns = node.get("learns").is_some().then(|| self.prefixes(node, "learns"));
        Site {
            internet_egress: self.internet_egress(node, &label),
            firewall: self.rule_list(node, "firewall"),
            dns: self.dns(node, Resolver::Public),
            label,
            address_prefixes,
            hosts,
            attachments,
            unmodelled_attachment: elsewhere,
            advertises,
            learns,
        }
    }

    fn check_site_host(&mut self, site: &Entry, host: &Entry, address: IpAddr, prefixes: &[IpNet]) {
        if !prefixes.is_empty() && !prefixes.iter().any(|net| net.contains(&address)) {
            let message = format!("host `{}` has `{address}`, which is in no prefix of site `{}`", host.key, site.key);
            self.warn("host-outside-site", host.value.span, message, "nothing leads back to it: add its prefix");
        }
    }

    fn internet_egress(&mut self, node: &Node, label: &Label) -> InternetEgress {
        let Some(value) = node.get("internetEgress") else {
            let text = format!("whether site `{}` has its own way to the Internet (internetEgress)", label.name);
            return InternetEgress::Unknown(self.fact(text, Some(label.origin.clone())));
        };
        if let Some(fact) = self.unknown(value) {
            return InternetEgress::Unknown(fact);
        }
        match value.items() {
            [one] if is_word(one, "true") => InternetEgress::Yes(Vec::new()),
            [one] if is_word(one, "false") => InternetEgress::No,
            _ => InternetEgress::Yes(self.prefixes(node, "internetEgress")),
        }
    }

    /// Rules of an appliance or a site; absent = none.
    fn rule_list(&mut self, node: &Node, key: &str) -> Option<Vec<SecurityRule>> {
        node.get(key)?;
        let mut rules: Vec<SecurityRule> = Vec::new();
        for (place, rule) in family(node, key).iter().enumerate() {
            if let Some(mut checked) = self.security_rule(rule, false) {
                if rule.value.get("priority").is_none() {
                    checked.priority = Known::Known(u16::try_from(place).unwrap_or(u16::MAX));
                }
                rules.push(checked);
            }
        }
        Some(rules)
    }

    fn appliance(&mut self, entry: &Entry) {
        let node = &entry.value;
        let id = ApplianceId::at(self.model.appliances.len());
        let network_interfaces = self.own_nics(entry, "appliances", true);
        if network_interfaces.is_empty() && node.get("networkInterfaces").is_none() && node.get("subnet").is_none() {
            let message = format!("appliance `{}` has no network interface", entry.key);
            self.error("missing-key", entry.key_span, message, "add `networkInterfaces`, or `subnet` and `address`");
        }
        for nic in &network_interfaces {
            if let Some(nic) = self.model.network_interfaces.get_mut(nic.index()) {
                nic.appliance = Some(id);
            }
        }
        let label = label(entry);
        let appliance = Appliance {
            network_interfaces,
            forwarding: self.flag(node, "forwarding", true),
            stateful: self.plain_flag(node, "stateful", true),
            snat: snat(node),
            dnat: self.translations(node),
            rules: self.rule_list(node, "rules"),
            opaque: self.opacity(node, &label),
            peer_asn: self.number(node, "peerAsn", "an autonomous system number is between 1 and 4294967295"),
            advertises: self.advertisements(node),
            dns: self.dns(node, Resolver::Azure),
            label,
        };
        self.model.appliances.push(appliance);
    }

    /// The fact that is missing about what an appliance does: said to be opaque, or a part of it not known.
    fn opacity(&mut self, node: &Node, label: &Label) -> Option<FactId> {
        if node.get("opaque").is_some_and(|value| is_word(value, "true")) {
            return Some(self.fact(format!("the rules of appliance `{}`", label.name), Some(label.origin.clone())));
        }
        let parts = ["opaque", "snat", "stateful"].into_iter().filter_map(|key| node.get(key));
        let dnat = node.get("dnat").map(Node::items).unwrap_or_default();
        let translations = dnat.iter().flat_map(Node::entries).map(|entry| &entry.value);
        let unknown = parts.chain(translations).find(|part| matches!(part.value, Value::Unknown { .. }))?;
        self.unknown(unknown)
    }

    /// Destination translations; one with an unknown part is left to [`Self::opacity`].
    fn translations(&mut self, node: &Node) -> Vec<Dnat> {
        let items = node.get("dnat").map(Node::items).unwrap_or_default();
        items.iter().filter_map(|item| self.dnat(item)).collect()
    }

    fn dnat(&mut self, node: &Node) -> Option<Dnat> {
        let first = |keys: &[&'static str]| keys.iter().find(|key| node.get(key).is_some()).copied();
        let node_of = |keys: &[&'static str]| first(keys).and_then(|key| node.get(key));
        let address = node_of(&["address", "destinationAddress"]).map(|value| self.address(value));
        let Some(to) = node_of(&["translatedAddress", "to"]) else {
            self.error("missing-key", node.span, "a destination translation names no translatedAddress", "add it");
            return None;
        };
        let translated_address = self.address(to);
        let ports = match node_of(&["ports", "port", "destinationPort"]) {
            Some(value) => self.ports(value.items()),
            None => Some(Known::Known(Ports::all())),
        };
        let translated_port = match node_of(&["translatedPort", "toPort"]) {
            Some(value) => self.one_port(value).map(Some),
            None => Some(None),
        };
        let protocol = match node.get("protocol").and_then(Node::as_str).map(str::to_lowercase).as_deref() {
            Some("tcp") => RuleProtocol::Tcp,
            Some("udp") => RuleProtocol::Udp,
            Some("icmp") => RuleProtocol::Icmp,
            _ => RuleProtocol::Any,
        };
        let address = match address {
            Some(address) => Some(*address?.known()?),
            None => None,
        };
        Some(Dnat {
            address,
            protocol,
            ports: ports?.known()?.clone(),
            translated_address: *translated_address?.known()?,
            translated_port: translated_port?,
        })
    }

    fn one_port(&mut self, node: &Node) -> Option<u16> {
        let text = node.as_str()?;
        let port = text.trim().parse().ok();
        if port.is_none() {
            let help = "a translated port is one number from 0 to 65535";
            self.error("bad-port", node.span, format!("`{text}` is not a port"), help);
        }
        port
    }
}

/// The credentials that a party uses.
fn identity(node: &Node) -> Option<Identity> {
    node.get("identity").and_then(Node::as_str).and_then(Identity::parse)
}

/// Ids of the subnets that a party outside sends from.
fn networks_of(node: &Node) -> impl Iterator<Item = &str> {
    node.get("network").map(Node::items).unwrap_or_default().iter().filter_map(Node::as_str)
}

/// When an appliance translates the source.
fn snat(node: &Node) -> Snat {
    match node.get("snat").and_then(Node::as_str).map(str::to_lowercase).as_deref() {
        Some("internet") => Snat::Internet,
        Some("always") => Snat::Always,
        _ => Snat::Never,
    }
}

/// Named things in the order of their places in the model: the primary one, which is sent from, and then the others.
pub(super) fn primary_first<'n>(node: &'n Node, key: &str) -> Vec<&'n Entry> {
    let mut written: Vec<&Entry> = family(node, key).iter().collect();
    written.sort_by_key(|one| !is_primary(one));
    written
}

fn is_primary(configuration: &Entry) -> bool {
    configuration.value.get("primary").is_some_and(|value| is_word(value, "true"))
}

fn is_word(node: &Node, word: &str) -> bool {
    node.as_str().is_some_and(|text| text.eq_ignore_ascii_case(word))
}

fn is_ipv4(configuration: &Entry) -> bool {
    let address = ["privateIPAddress", "address"].iter().find_map(|key| configuration.value.get(key));
    address.and_then(Node::as_str).is_some_and(|text| text.parse::<std::net::Ipv4Addr>().is_ok())
}

/// The things of a map with their entries, or those of a list.
fn named_or_listed(node: &Node) -> Vec<(Option<&Entry>, &Node)> {
    match &node.value {
        Value::Map(map) => map.entries.iter().map(|entry| (Some(entry), &entry.value)).collect(),
        _ => node.items().iter().map(|item| (None, item)).collect(),
    }
}
