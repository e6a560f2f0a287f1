//! Databricks workspaces and HDInsight clusters: where their nodes stand, and what Azure asks of those subnets.
//!
//! In: workspaces, clusters. Out: [`Workspace`]s, [`Cluster`]s with NICs for their nodes, and their own parties outside
//! (control plane, web application, relay …) as externals. Deliberately absent: addresses (they are in `catalog`).

use super::{Work, family, index::Kind, label, services::bare};
use crate::{
    catalog::{self, Era, Host},
    diagnostic::Diagnostic,
    model::*,
    scenario::tree::{Entry, Node},
    space::Ports,
};
use ipnet::IpNet;
use std::net::IpAddr;

impl Work {
    /// A workspace's own part; its subnets are found in its VNET.
    pub(super) fn workspace_of(&mut self, entry: &Entry, web_auth: String) -> Workspace {
        let node = &entry.value;
        let parameters = node.get("parameters");
        let parameter = |key: &str| parameters.and_then(|node| node.get(key)).cloned();
        let network = parameter("customVirtualNetworkId").and_then(|id| self.reference_at(&id, Kind::VirtualNetwork));
        let network = network.and_then(|found| found.known().copied()).map(VirtualNetworkId::at);
        let mut subnet = |key: &str| parameter(key).and_then(|name| self.subnet_of(entry, network, &name));
        let (host_subnet, container_subnet) = (subnet("customPublicSubnetName"), subnet("customPrivateSubnetName"));
        let no_public_ip = match parameter("enableNoPublicIp") {
            Some(value) => match self.unknown(&value) {
                Some(fact) => Known::Unknown(fact),
                None => Known::Known(value.as_str() == Some("true")),
            },
            None => Known::Known(era(node) == Era::Current),
        };
        let lists_on = node.get("enableIpAccessLists").and_then(Node::as_str) != Some("false");
        let mut ip_access_lists = Vec::new();
        for list in family(node, "ipAccessLists").iter().filter(|_| lists_on) {
            if list.value.get("enabled").and_then(Node::as_str) == Some("false") {
                continue;
            }
            let block = list.value.get("listType").and_then(Node::as_str) == Some("BLOCK");
            let addresses = self.prefixes(&list.value, "ipAddresses");
            ip_access_lists.push(IpAccessList {
                label_name: list.key.to_string(),
                access: if block { Access::Deny } else { Access::Allow },
                addresses: crate::space::prefixes(&addresses),
            });
        }
        let region = node.get("location").and_then(Node::as_str).unwrap_or_default();
        let webapp = catalog::databricks(region, era(node)).map(|known| known.webapp.clone()).unwrap_or_default();
        Workspace { webapp, host_subnet, container_subnet, no_public_ip, ip_access_lists, web_auth }
    }

    fn subnet_of(&mut self, workspace: &Entry, network: Option<VirtualNetworkId>, name: &Node) -> Option<SubnetId> {
        let text = name.as_str()?;
        let Some(network) = network else {
            let message = format!("workspace `{}` names a subnet of no virtual network", workspace.key);
            self.error("missing-key", name.span, message, "add customVirtualNetworkId");
            return None;
        };
        let vnet = self.model.virtual_network(network);
        let found = vnet
            .subnets
            .iter()
            .copied()
            .find(|subnet| self.model.subnet(*subnet).label.name.eq_ignore_ascii_case(bare(text)));
        if found.is_none() {
            let (message, help) =
                (format!("`{}` has no subnet `{text}`", vnet.label.name), self.advice(Kind::Subnet, text));
            self.error("unknown-reference", name.span, message, help);
        }
        found
    }

    /// Reads clusters, after the machines.
    pub(super) fn clusters(&mut self, network: &Node) {
        for entry in family(network, "clusters") {
            if let Some(cluster) = self.cluster(entry) {
                self.model.clusters.push(cluster);
            }
        }
    }

    fn cluster(&mut self, entry: &Entry) -> Option<Cluster> {
        let node = &entry.value;
        let roles = node.get("computeProfile").and_then(|profile| profile.get("roles")).map(Node::items);
        let of_roles =
            roles.unwrap_or_default().iter().filter_map(|role| role.get("virtualNetworkProfile")?.get("subnet"));
        let Some(written) = node.get("subnet").or(of_roles.into_iter().next()).cloned() else {
            let message = format!("cluster `{}` is nowhere", entry.key);
            self.error("missing-key", entry.key_span, message, "add `subnet`, or computeProfile.roles with one");
            return None;
        };
        let subnet = SubnetId::at(*self.reference_at(&written, Kind::Subnet)?.known()?);
        let name = bare(&entry.key).to_lowercase();
        let domain = node.get("domain").and_then(Node::as_str).map(str::to_lowercase);
        let domain = domain.unwrap_or_else(|| format!("{name}.internal.cloudapp.net"));
        let mut nodes = Vec::new();
        for written in family(node, "nodes") {
            let Some(address) = self.address(&written.value) else {
                continue;
            };
            self.check_address(&address, subnet.index(), &written.value);
            let host = if written.key.contains('.') {
                written.key.to_lowercase()
            } else {
                format!("{}.{domain}", written.key.to_lowercase())
            };
            let nic = self.node(entry, written, subnet, address);
            self.give_public_address(nic, Some(CLUSTER_PORTS));
            nodes.push((host, nic));
        }
        let kind = node.get("clusterDefinition").and_then(|definition| definition.get("kind")).and_then(Node::as_str);
        let location = node.get("location").and_then(Node::as_str).map(crate::tags::canonical_region);
        Some(Cluster {
            label: label(entry),
            location,
            kafka: kind.is_none_or(|kind| kind.eq_ignore_ascii_case("kafka")),
            subnet,
            nodes,
            advertises_names: node.get("advertises").and_then(Node::as_str) != Some("addresses"),
        })
    }

    /// A node's NIC, which no file has as a resource.
    fn node(&mut self, cluster: &Entry, node: &Entry, subnet: SubnetId, address: Known<IpAddr>) -> NetworkInterfaceId {
        let own = Label { name: format!("{}/{}", cluster.key, node.key), ..label(node) };
        self.model.network_interfaces.push(NetworkInterface {
            label: own,
            implicit: true,
            ip_configurations: vec![IpConfiguration {
                subnet,
                address,
                public_ip_address: None,
                application_security_groups: Vec::new(),
            }],
            network_security_group: None,
            ip_forwarding: Known::Known(false),
            dns_servers: Vec::new(),
            private_link_answers: false,
            appliance: None,
            workload: None,
        });
        NetworkInterfaceId::at(self.model.network_interfaces.len() - 1)
    }

    /// What Azure asks of a workspace's subnets, and what it gives its nodes. Everything else has been read.
    pub(super) fn settle_workspaces(&mut self, network: &Node) {
        let entries: Vec<&Entry> = family(network, "workspaces").iter().collect();
        let first = self.model.services.len() - entries.len();
        let mut taken: Vec<(SubnetId, String)> = Vec::new();
        for (at, entry) in entries.into_iter().enumerate() {
            let service = self.model.services[first + at].clone();
            let Some(workspace) = service.workspace.clone() else { continue };
            self.check_workspace(entry, &service, &workspace, &mut taken);
            self.settle_nodes(&workspace);
            self.workspace_parties(entry, &service);
        }
        for cluster in &self.model.clusters.clone() {
            self.cluster_parties(cluster);
        }
    }

    fn check_workspace(
        &mut self,
        entry: &Entry,
        service: &Service,
        workspace: &Workspace,
        taken: &mut Vec<(SubnetId, String)>,
    ) {
        let subnets: Vec<SubnetId> =
            [workspace.host_subnet, workspace.container_subnet].into_iter().flatten().collect();
        if let Some(first) = subnets.first() {
            self.check_workspace_region(entry, service, *first);
        }
        for subnet in &subnets {
            self.check_workspace_subnet(entry, *subnet);
            let earlier = taken.iter().find(|(other, _)| other == subnet).map(|(_, name)| name.clone());
            if let Some(other) = earlier {
                let name = &self.model.subnet(*subnet).label.name;
                let message = format!("subnet `{name}` belongs to `{other}` and to `{}`", entry.key);
                let help = "each workspace has a host and a container subnet of its own";
                self.error("databricks-subnet-shared", entry.key_span, message, help);
            }
            taken.push((*subnet, entry.key.to_string()));
        }
        self.check_required_rules(entry, workspace);
    }

    /// A workspace is in its network's region.
    fn check_workspace_region(&mut self, entry: &Entry, service: &Service, subnet: SubnetId) {
        let vnet = self.model.virtual_network(self.model.subnet(subnet).virtual_network);
        if let (Some(here), Some(there)) = (&service.location, &vnet.location)
            && here != there
        {
            let message = format!("workspace `{}` is in {here}, its virtual network in {there}", entry.key);
            self.error("databricks-other-region", entry.key_span, message, "both must be in one region");
        }
    }

    /// At least a /26, for the workspace alone.
    fn check_workspace_subnet(&mut self, entry: &Entry, id: SubnetId) {
        let subnet = self.model.subnet(id).clone();
        let (name, span) = (subnet.label.name.clone(), subnet.label.origin.span());
        if subnet.address_prefixes.iter().any(|net| net.addr().is_ipv4() && net.prefix_len() > 26) {
            let message = format!("subnet `{name}` of workspace `{}` is smaller than a /26", entry.key);
            self.error("databricks-subnet-too-small", span, message, "Databricks takes subnets of at least a /26");
        }
        let clusters = self.model.clusters.iter().filter(|cluster| cluster.subnet == id);
        let clusters = clusters.map(|cluster| (cluster.label.origin.span(), cluster.label.name.clone()));
        let endpoints = self.model.private_endpoints.iter().filter(|one| one.subnet == RuleSubnet::Here(id));
        let endpoints = endpoints.map(|one| (one.label.origin.span(), one.label.name.clone()));
        let others: Vec<_> = clusters.chain(endpoints).collect();
        for (span, other) in others {
            let message =
                format!("`{other}` stands in subnet `{name}`, which is reserved for workspace `{}`", entry.key);
            let problem = Diagnostic::error("databricks-subnet-shared", span, message);
            self.report(problem.help("give it a subnet of its own"));
        }
        if subnet.delegations.is_empty() && era(&entry.value) == Era::Current {
            let message = format!("subnet `{name}` is not delegated to Microsoft.Databricks/workspaces");
            let help = "Azure creates no workspace in it without `delegations: [Microsoft.Databricks/workspaces]`";
            self.warn("databricks-not-delegated", span, message, help);
        }
    }

    /// Which of a node's NICs services see, and its public address where it has one.
    fn settle_nodes(&mut self, workspace: &Workspace) {
        let by_container = self.model.settings.databricks_egress_container;
        let egress = if by_container { workspace.container_subnet } else { workspace.host_subnet };
        let subnet_of = |model: &Model, nic: NetworkInterfaceId| {
            model.network_interface(nic).ip_configurations.first().map(|one| one.subnet)
        };
        for index in 0..self.model.workloads.len() {
            let mut nics = self.model.workloads[index].network_interfaces.clone();
            nics.sort_by_key(|nic| egress.is_none() || subnet_of(&self.model, *nic) != egress);
            self.model.workloads[index].network_interfaces = nics;
        }
        if workspace.no_public_ip != Known::Known(false) {
            return;
        }
        let hosts: Vec<NetworkInterfaceId> = self
            .model
            .workloads
            .iter()
            .flat_map(|node| node.network_interfaces.iter().copied())
            .filter(|nic| workspace.host_subnet.is_some() && subnet_of(&self.model, *nic) == workspace.host_subnet)
            .collect();
        for nic in hosts {
            self.give_public_address(nic, None);
        }
    }

    /// A public address of Azure's choice: every Databricks node has one without secure cluster connectivity, every
    /// HDInsight node a share of its cluster's, which publishes some ports only.
    fn give_public_address(&mut self, nic: NetworkInterfaceId, ports: Option<&[(u16, u16)]>) {
        let interface = self.model.network_interface(nic);
        if interface.ip_configurations.iter().any(|one| one.public_ip_address.is_some()) {
            return;
        }
        let label =
            Label { name: format!("{}-public-ip", interface.label.name), origin: interface.label.origin.clone() };
        let subnet = interface.ip_configurations[0].subnet;
        let location = self.model.virtual_network(self.model.subnet(subnet).virtual_network).location.clone();
        let fact = self.fact(format!("the address of public IP `{}`", label.name), Some(label.origin.clone()));
        let id = PublicIpAddressId::at(self.model.public_ip_addresses.len());
        self.model.public_ip_addresses.push(PublicIpAddress {
            label,
            sku: Known::Known(PublicIpSku::Basic),
            address: Known::Unknown(fact),
            location,
            ports: ports.map(|ports| Ports::from_ranges(ports.iter().copied())),
        });
        self.model.network_interfaces[nic.index()].ip_configurations[0].public_ip_address = Some(id);
    }

    /// Whom the nodes of a workspace speak with, and who speaks with them: the catalogue's parties of its region, as
    /// `NAME/control-plane`, `NAME/webapp`, `NAME/relay` and so on.
    fn workspace_parties(&mut self, entry: &Entry, service: &Service) {
        let region = service.location.clone().unwrap_or_default();
        if service.workspace.as_ref().is_some_and(|workspace| workspace.host_subnet.is_none()) {
            self.managed_nodes(entry, service);
        }
        let Some(known) = catalog::databricks(&region, era(&entry.value)) else {
            return;
        };
        // No source of 2019 lists hosts; today's are the nearest that is known.
        let hosts = catalog::databricks(&region, Era::Current).unwrap_or(known);
        let own = |name: &str| Label { name: format!("{}/{name}", entry.key), ..service.label.clone() };
        let party = |name: &str, addresses: &[IpNet], hosts: &[&Host]| External {
            label: own(name),
            addresses: addresses.to_vec(),
            host_names: hosts.iter().map(|host| host.name.clone()).collect(),
            location: None,
            trusted_service: None,
            identity: None,
            networks: Vec::new(),
            implicit: true,
        };
        let control_plane = External {
            trusted_service: Some("AzureDatabricks".to_owned()),
            ..party("control-plane", &known.control_plane_nat, &[])
        };
        let mut parties = vec![control_plane, party("webapp", &known.webapp, &[])];
        let relays: Vec<IpNet> = known.relay.iter().flat_map(|host| host.addresses.clone()).collect();
        if !relays.is_empty() {
            let hosts: Vec<&Host> = known.relay.iter().filter(|host| !host.addresses.is_empty()).collect();
            parties.push(party("relay", &relays, &hosts));
        }
        for (name, hosts) in [
            ("metastore", &hosts.metastore),
            ("artifact-storage", &hosts.artifact_storage),
            ("log-storage", &hosts.log_storage),
            ("event-hubs", &hosts.event_hubs),
        ] {
            if !hosts.is_empty() {
                parties.push(party(name, &[], &hosts.iter().collect::<Vec<&Host>>()));
            }
        }
        self.model
            .externals
            .extend(parties.into_iter().filter(|one| !one.addresses.is_empty() || !one.host_names.is_empty()));
    }

    /// Nodes of a workspace that is not injected stand in a network of the service's own, and call from addresses of
    /// their region.
    fn managed_nodes(&mut self, entry: &Entry, service: &Service) {
        self.model.externals.push(External {
            label: Label { name: format!("{}/nodes", entry.key), ..service.label.clone() },
            addresses: Vec::new(),
            host_names: Vec::new(),
            location: service.location.clone(),
            trusted_service: None,
            identity: None,
            networks: Vec::new(),
            implicit: true,
        });
    }

    /// HDInsight's management, which must reach every cluster's nodes.
    fn cluster_parties(&mut self, cluster: &Cluster) {
        let known = catalog::hdinsight_management(cluster.location.as_deref());
        self.model.externals.push(External {
            label: Label { name: format!("{}/management", cluster.label.name), ..cluster.label.clone() },
            addresses: known.addresses().copied().collect(),
            host_names: Vec::new(),
            location: None,
            trusted_service: Some("HDInsight".to_owned()),
            identity: None,
            networks: Vec::new(),
            implicit: true,
        });
    }
}

/// What the public side of an HDInsight cluster publishes: SSH and HTTPS.
const CLUSTER_PORTS: &[(u16, u16)] = &[(22, 23), (443, 443)];

/// Workspaces of before 2020 have the addresses and the form of that time.
fn era(node: &Node) -> Era {
    node.get("apiVersion").and_then(Node::as_str).map_or(Era::Current, Era::of_api_version)
}
