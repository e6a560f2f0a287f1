//! NICs, machines, workloads, externals, sites, appliances.

use super::{Work, family, index::Kind, label};
use crate::{
    model::*,
    scenario::tree::{Entry, Node, Value},
    space::Ports,
    tags::canonical_region,
};
use std::net::IpAddr;

impl Work<'_> {
    /// Reads them all.
    pub(super) fn parties(&mut self, network: &Node) {
        for entry in family(network, "networkInterfaces") {
            let nic = self.network_interface(entry);
            self.model.network_interfaces.push(nic);
        }
        for entry in family(network, "virtualMachines") {
            self.virtual_machine(entry);
        }
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

    /// A NIC, by ipConfigurations or in the short form.
    fn network_interface(&mut self, entry: &Entry) -> NetworkInterface {
        let node = &entry.value;
        let configurations: Vec<Entry> = family(node, "ipConfigurations").to_vec();
        let ip_configurations: Vec<IpConfiguration> = if configurations.is_empty() {
            self.ip_configuration(entry, &label(entry)).into_iter().collect()
        } else {
            let mut sorted = configurations;
            // The primary configuration is the one that is sent from.
            sorted.sort_by_key(|one| one.value.get("primary").and_then(Node::as_str) != Some("true"));
            sorted.iter().filter_map(|one| self.ip_configuration(one, &label(entry))).collect()
        };
        if ip_configurations.is_empty() && node.get("subnet").is_none() && node.get("ipConfigurations").is_none() {
            let message = format!("network interface `{}` has no subnet", entry.key);
            self.error("missing-key", entry.key_span, message, "add ipConfigurations, or `subnet` and `address`");
        }
        let group = self.reference(node, "networkSecurityGroup", Kind::NetworkSecurityGroup);
        NetworkInterface {
            label: label(entry),
            implicit: false,
            ip_configurations,
            network_security_group: group.map(|found| found.map(NetworkSecurityGroupId::at)),
            ip_forwarding: self.flag(node, "enableIPForwarding", false),
            appliance: None,
            workload: None,
        }
    }

    fn ip_configuration(&mut self, entry: &Entry, owner: &Label) -> Option<IpConfiguration> {
        let node = &entry.value;
        let subnet = self.reference_here(node, "subnet", Kind::Subnet)?;
        let written =
            node.get("privateIPAddress").or(node.get("address")).filter(|value| value.as_str() != Some("")).cloned();
        let address = match written {
            Some(value) => {
                let address = self.address(&value)?;
                self.check_address(&address, subnet, &value);
                address
            }
            None => Known::Unknown(self.fact(format!("the address of `{}`", owner.name), Some(owner.origin.clone()))),
        };
        let public = self.reference_here(node, "publicIPAddress", Kind::PublicIpAddress);
        let groups = self.references_here(node, "applicationSecurityGroups", Kind::ApplicationSecurityGroup);
        Some(IpConfiguration {
            subnet: SubnetId::at(subnet),
            address,
            public_ip_address: public.map(PublicIpAddressId::at),
            application_security_groups: groups.into_iter().map(ApplicationSecurityGroupId::at).collect(),
        })
    }

    /// Inside its subnet, and none of the reserved addresses (R168).
    fn check_address(&mut self, address: &Known<IpAddr>, subnet: usize, node: &Node) {
        let (Known::Known(address), Some(subnet)) = (address, self.model.subnets.get(subnet)) else {
            return;
        };
        let name = subnet.label.name.clone();
        let Some(net) = subnet.address_prefixes.iter().find(|net| net.contains(address)).copied() else {
            if !subnet.address_prefixes.is_empty() {
                let message = format!("`{address}` is not in subnet `{name}`");
                self.error("address-outside-subnet", node.span, message, "");
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
        let nics = self.references_here(&entry.value, "networkInterfaces", Kind::NetworkInterface);
        let nics = nics.into_iter().map(NetworkInterfaceId::at).collect();
        self.add_machine(Workload { label: label(entry), network_interfaces: nics, identity: None });
    }

    fn add_machine(&mut self, workload: Workload) {
        let id = WorkloadId::at(self.model.workloads.len());
        for nic in &workload.network_interfaces {
            if let Some(nic) = self.model.network_interfaces.get_mut(nic.index()) {
                nic.workload = Some(id);
            }
        }
        self.model.workloads.push(workload);
    }

    fn workload(&mut self, entry: &Entry) {
        let network_interfaces = self.own_nics(entry, false);
        if network_interfaces.is_empty()
            && entry.value.get("subnet").is_none()
            && entry.value.get("networkInterfaces").is_none()
        {
            let message = format!("workload `{}` is nowhere", entry.key);
            self.error("missing-key", entry.key_span, message, "add `subnet` (and `address`), or `networkInterfaces`");
        }
        let identity = entry.value.get("identity").and_then(Node::as_str).map(str::to_owned);
        self.add_machine(Workload { label: label(entry), network_interfaces, identity });
    }

    /// NICs that a party names, and those made for it.
    fn own_nics(&mut self, entry: &Entry, forwards: bool) -> Vec<NetworkInterfaceId> {
        let mut nics = Vec::new();
        if entry.value.get("subnet").is_some() {
            nics.extend(self.implicit_nic(entry, entry.key.to_string(), forwards));
        }
        for inner in family(&entry.value, "networkInterfaces").to_vec() {
            match &inner.value.value {
                Value::Map(_) => {
                    nics.extend(self.implicit_nic(&inner, format!("{}/{}", entry.key, inner.key), forwards))
                }
                _ => {
                    let found = self.reference_at(&inner.value, Kind::NetworkInterface);
                    nics.extend(found.and_then(|found| found.known().copied()).map(NetworkInterfaceId::at));
                }
            }
        }
        nics
    }

    /// A NIC that the file does not have as a resource.
    fn implicit_nic(&mut self, entry: &Entry, name: String, forwards: bool) -> Option<NetworkInterfaceId> {
        let mut nic = self.network_interface(entry);
        if nic.ip_configurations.is_empty() {
            return None;
        }
        nic.implicit = true;
        nic.label.name = name;
        if forwards && entry.value.get("enableIPForwarding").is_none() {
            nic.ip_forwarding = Known::Known(true);
        }
        self.model.network_interfaces.push(nic);
        Some(NetworkInterfaceId::at(self.model.network_interfaces.len() - 1))
    }

    fn external(&mut self, entry: &Entry) -> External {
        let node = &entry.value;
        let text = |key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
        let hosts = node.get("hostNames").map(Node::items).unwrap_or_default();
        let host_names = hosts.iter().filter_map(Node::as_str).map(str::to_lowercase).collect();
        if let Some(span) = node.get("network").map(|value| value.span) {
            self.warn("not-modelled-yet", span, "`network` of an external is not modelled yet", "");
        }
        External {
            label: label(entry),
            addresses: self.prefixes(node, "addresses"),
            host_names,
            location: text("location").map(|region| canonical_region(&region)),
            trusted_service: text("trustedService"),
            identity: text("identity"),
        }
    }

    fn site(&mut self, entry: &Entry) -> Site {
        let node = &entry.value;
        let address_prefixes = self.prefixes(node, "addressPrefixes");
        let mut hosts = Vec::new();
        for host in family(node, "hosts").to_vec() {
            if let Some(Known::Known(address)) = self.address(&host.value) {
                hosts.push((host.key.to_string(), address));
            }
        }
        let gateways = self.references_here(node, "localNetworkGateway", Kind::LocalNetworkGateway);
        let circuits = self.references_here(node, "expressRouteCircuit", Kind::ExpressRouteCircuit);
        let attachments = gateways
            .into_iter()
            .map(|place| Attachment::LocalNetworkGateway(LocalNetworkGatewayId::at(place)))
            .chain(circuits.into_iter().map(|place| Attachment::ExpressRouteCircuit(ExpressRouteCircuitId::at(place))))
            .collect();
        let label = label(entry);
        let vpn_site = node.get("vpnSite").is_some();
        let unmodelled = vpn_site.then(|| {
            self.fact(format!("vpnSites are not modelled yet (site `{}`)", label.name), Some(label.origin.clone()))
        });
        let advertises =
            if node.get("advertises").is_some() { self.prefixes(node, "advertises") } else { address_prefixes.clone() };
        let learns = node.get("learns").is_some().then(|| self.prefixes(node, "learns"));
        Site {
            internet_egress: self.internet_egress(node, &label),
            firewall: self.rule_list(node, "firewall"),
            label,
            address_prefixes,
            hosts,
            attachments,
            unmodelled_attachment: unmodelled,
            advertises,
            learns,
        }
    }

    fn internet_egress(&mut self, node: &Node, label: &Label) -> InternetEgress {
        let Some(value) = node.get("internetEgress").cloned() else {
            let text = format!("whether site `{}` has its own way to the Internet (internetEgress)", label.name);
            return InternetEgress::Unknown(self.fact(text, Some(label.origin.clone())));
        };
        if let Some(fact) = self.unknown(&value) {
            return InternetEgress::Unknown(fact);
        }
        match value.items() {
            [one] if one.as_str() == Some("true") => InternetEgress::Yes(Vec::new()),
            [one] if one.as_str() == Some("false") => InternetEgress::No,
            _ => InternetEgress::Yes(self.prefixes(node, "internetEgress")),
        }
    }

    /// Rules of an appliance or a site; absent = none.
    fn rule_list(&mut self, node: &Node, key: &str) -> Option<Vec<SecurityRule>> {
        node.get(key)?;
        let mut rules: Vec<SecurityRule> = Vec::new();
        for (place, rule) in family(node, key).to_vec().iter().enumerate() {
            if let Some(mut checked) = self.security_rule(rule, false) {
                if rule.value.get("priority").is_none() {
                    checked.priority = Known::Known(place as u16);
                }
                rules.push(checked);
            }
        }
        Some(rules)
    }

    fn appliance(&mut self, entry: &Entry) {
        let node = &entry.value;
        let id = ApplianceId::at(self.model.appliances.len());
        let network_interfaces = self.own_nics(entry, true);
        if network_interfaces.is_empty() && node.get("networkInterfaces").is_none() && node.get("subnet").is_none() {
            let message = format!("appliance `{}` has no network interface", entry.key);
            self.error("missing-key", entry.key_span, message, "add `networkInterfaces`, or `subnet` and `address`");
        }
        for nic in &network_interfaces {
            if let Some(nic) = self.model.network_interfaces.get_mut(nic.index()) {
                nic.appliance = Some(id);
            }
        }
        for key in ["peerAsn", "advertises"] {
            if let Some(span) = node.get(key).map(|value| value.span) {
                self.warn(
                    "not-modelled-yet",
                    span,
                    format!("`{key}` of an appliance is not modelled yet"),
                    "Route Server is not modelled yet",
                );
            }
        }
        let label = label(entry);
        let opaque = self.plain_flag(node, "opaque", false);
        let opaque =
            opaque.then(|| self.fact(format!("the rules of appliance `{}`", label.name), Some(label.origin.clone())));
        let snat = match node.get("snat").and_then(Node::as_str).unwrap_or("never") {
            "internet" => Snat::Internet,
            "always" => Snat::Always,
            _ => Snat::Never,
        };
        let dnat = node.get("dnat").map(|value| value.items().to_vec()).unwrap_or_default();
        let appliance = Appliance {
            network_interfaces,
            forwarding: self.flag(node, "forwarding", true),
            stateful: self.plain_flag(node, "stateful", true),
            snat,
            dnat: dnat.iter().filter_map(|item| self.dnat(item)).collect(),
            rules: self.rule_list(node, "rules"),
            opaque,
            label,
        };
        self.model.appliances.push(appliance);
    }

    fn dnat(&mut self, node: &Node) -> Option<Dnat> {
        let first = |keys: &[&str]| keys.iter().find_map(|key| node.get(key)).cloned();
        let address = first(&["address", "destinationAddress"]).and_then(|value| self.address(&value));
        let Some(to) = first(&["translatedAddress", "to"]) else {
            self.error("missing-key", node.span, "a destination translation names no translatedAddress", "");
            return None;
        };
        let translated_address = *self.address(&to)?.known()?;
        let ports = match first(&["ports", "port", "destinationPort"]) {
            Some(value) => self.ports(value.items())?.known()?.clone(),
            None => Ports::all(),
        };
        let translated_port =
            first(&["translatedPort", "toPort"]).and_then(|value| value.as_str().and_then(|text| text.parse().ok()));
        let protocol = match node.get("protocol").and_then(Node::as_str).map(str::to_lowercase).as_deref() {
            Some("tcp") => RuleProtocol::Tcp,
            Some("udp") => RuleProtocol::Udp,
            Some("icmp") => RuleProtocol::Icmp,
            _ => RuleProtocol::Any,
        };
        Some(Dnat {
            address: address.and_then(|address| address.known().copied()),
            protocol,
            ports,
            translated_address,
            translated_port,
        })
    }
}
