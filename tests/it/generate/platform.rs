//! Platform services on top of a random network: accounts with firewalls, endpoints of both kinds, identities.
//!
//! In: a network, the seed's numbers. Out: the same network with a few of each, known and unknown. Deliberately absent:
//! zones and DNS servers (those are in `zones`).

use super::{
    Random,
    network::{ip, label, net},
    tags::{REGIONS, tags},
};
use azreach::{
    model::*,
    scenario::settings::ServiceEndpointVersusRoute,
    space::{self, Addresses},
};
use std::net::IpAddr;

/// A network that gets services.
pub(super) struct Site<'r> {
    pub(super) model: Model,
    pub(super) random: &'r mut Random,
}

const ENDPOINTS: [&str; 6] = [
    "Microsoft.Sql",
    "Microsoft.KeyVault",
    "Microsoft.EventHub",
    "Microsoft.ServiceBus",
    "Microsoft.AzureCosmosDB",
    "Microsoft.AzureActiveDirectory",
];

/// Public addresses that firewalls name.
const CALLERS: [&str; 8] = [
    "20.0.0.0/28",
    "20.0.0.10/32",
    "20.200.0.0/25",
    "20.200.0.0/22",
    "198.51.100.0/25",
    "198.51.100.128/32",
    "198.51.100.5/32",
    "0.0.0.0/0",
];

/// A random network with platform services.
pub(crate) fn platform(random: &mut Random) -> Model {
    let model = super::network::without_devices(random);
    let mut site = Site { model, random };
    site.model.tags = tags();
    site.settings();
    site.subnets();
    site.regions();
    site.outsiders();
    site.services();
    site.endpoint_policies();
    site.perimeters();
    site.conditional_access();
    site.private_endpoints();
    site.cluster();
    site.routes();
    site.rules();
    site.identities();
    site.zones();
    site.servers();
    site.model
}

impl Site<'_> {
    pub(super) fn fact(&mut self, text: &str) -> FactId {
        self.model.facts.push(Fact { text: text.to_owned(), origin: None });
        FactId::at(self.model.facts.len() - 1)
    }

    /// A value, or rarely nothing known.
    pub(super) fn known<T>(&mut self, chance: u64, what: &str, value: T) -> Known<T> {
        match self.random.percent(chance) {
            true => Known::Unknown(self.fact(what)),
            false => Known::Known(value),
        }
    }

    fn settings(&mut self) {
        let random = &mut *self.random;
        let settings = &mut self.model.settings;
        settings.service_endpoint_versus_route = *random.pick(&[
            ServiceEndpointVersusRoute::LongestPrefix,
            ServiceEndpointVersusRoute::LongestPrefix,
            ServiceEndpointVersusRoute::Documented,
            ServiceEndpointVersusRoute::UserWins,
        ]);
        settings.private_endpoint_reply_via_appliance = random.percent(30);
        settings.sql_azure_rule_admits_service_endpoint = random.percent(30);
        settings.sql_private_endpoint_redirect = random.percent(70);
        settings.storage_ip_rule_same_region_ineffective = random.percent(80);
    }

    pub(super) fn region(&mut self, unknown: u64) -> Option<String> {
        let near = self.random.percent(60);
        let region = if near { REGIONS[0] } else { *self.random.pick(&REGIONS) };
        (!self.random.percent(unknown)).then(|| region.to_owned())
    }

    fn regions(&mut self) {
        for index in 0..self.model.virtual_networks.len() {
            self.model.virtual_networks[index].location = self.region(8);
        }
    }

    pub(super) fn ordinary(&self) -> Vec<SubnetId> {
        let all = (0..self.model.subnets.len()).map(SubnetId::at);
        all.filter(|id| self.model.subnet(*id).purpose == SubnetPurpose::Ordinary).collect()
    }

    /// Service endpoints, and what of a subnet's security private endpoints have.
    fn subnets(&mut self) {
        for id in self.ordinary() {
            let mut names: Vec<String> = Vec::new();
            match self.random.below(10) {
                0..4 => names.push("Microsoft.Storage".into()),
                4 => names.push("Microsoft.Storage.Global".into()),
                _ => {}
            }
            for name in ENDPOINTS {
                if self.random.percent(if name.ends_with("Directory") { 50 } else { 25 }) {
                    names.push(name.into());
                }
            }
            let policies = PrivateEndpointPolicies {
                security_groups: self.random.percent(40),
                route_tables: self.random.percent(40),
            };
            let policies = self.known(4, "the network policies of a subnet", policies);
            let subnet = &mut self.model.subnets[id.index()];
            subnet.service_endpoints = names;
            subnet.private_endpoint_policies = policies;
        }
    }

    /// Parties outside: a trusted service, a machine of somebody's in Azure, one with subnets, one without addresses.
    fn outsiders(&mut self) {
        let region = self.random.below(REGIONS.len());
        let trusted = *self.random.pick(&["AzureBackup", "Data Factory", "Event Grid", "Azure DevOps", "Databricks"]);
        let identity = *self.random.pick(&[None, Some(Identity::ManagedIdentity), Some(Identity::AccountKey)]);
        let inside = format!("20.200.{region}.7/32");
        let region = self.random.percent(80).then(|| REGIONS[region].to_owned());
        let external = |name: &str, address: Option<&str>| External {
            label: label(name),
            addresses: address.map(net).into_iter().collect(),
            host_names: Vec::new(),
            location: None,
            trusted_service: None,
            identity: None,
            networks: Vec::new(),
            implicit: false,
        };
        let trusted_service = Some(trusted.to_owned());
        let more = [
            External { location: region.clone(), trusted_service, identity, ..external("trusted", Some(&inside)) },
            External { networks: vec![ELSEWHERE.into()], ..external("elsewhere", Some("20.200.1.9/32")) },
            External { location: region, ..external("nearby", Some("20.200.0.9/32")) },
            external("nowhere", None),
        ];
        self.model.externals.extend(more);
        for index in 0..self.model.sites.len() {
            if self.random.percent(15) {
                let fact = self.fact("the site's way to the internet");
                self.model.sites[index].internet_egress = InternetEgress::Unknown(fact);
            }
        }
    }

    fn services(&mut self) {
        let kinds = [
            ServiceKind::StorageAccount,
            ServiceKind::StorageAccount,
            ServiceKind::SqlServer,
            ServiceKind::KeyVault,
            ServiceKind::EventHubs,
            ServiceKind::ServiceBus,
            ServiceKind::CosmosDb,
            ServiceKind::DataLakeStoreAccount,
            ServiceKind::DataFactory,
            ServiceKind::Databricks,
        ];
        for index in 0..2 + self.random.below(3) {
            let kind = *self.random.pick(&kinds);
            let service = self.service(index, kind);
            self.model.services.push(service);
        }
        // Rules about single resources name services that are there.
        for index in 0..self.model.services.len() {
            if self.model.services[index].kind == ServiceKind::StorageAccount && self.random.percent(30) {
                let other = self.random.below(self.model.services.len());
                let pattern = Instance::Pattern("/subscriptions/s1/*/providers/p/s0".into());
                let who = if self.random.percent(70) { Instance::Service(ServiceId::at(other)) } else { pattern };
                let rule = InstanceRule { name: "resourceAccessRules".into(), who };
                self.model.services[index].firewall.instance_rules.push(rule);
            }
        }
    }

    fn service(&mut self, index: usize, kind: ServiceKind) -> Service {
        let name = format!("s{index}");
        let access = match self.random.below(20) {
            0..4 => PublicNetworkAccess::Disabled,
            4 => PublicNetworkAccess::SecuredByPerimeter,
            _ => PublicNetworkAccess::Enabled,
        };
        let policy =
            *self.random.pick(&[ConnectionPolicy::Default, ConnectionPolicy::Redirect, ConnectionPolicy::Proxy]);
        let firewall = self.firewall(kind);
        let location = self.region(10);
        let sub_resources = self.parts(&name, kind, location.as_deref().unwrap_or_default());
        let web_auth = sub_resources.last().map(|part| part.host.clone()).unwrap_or_default();
        let workspace = (kind == ServiceKind::Databricks).then(|| self.workspace(web_auth));
        let subscription = if self.random.percent(50) { "s1" } else { "s2" };
        Service {
            label: label(&name),
            kind,
            location,
            resource_id: Some(format!("/subscriptions/{subscription}/resourcegroups/rg/providers/p/{name}")),
            sub_resources,
            public_network_access: self.known(4, "publicNetworkAccess", access),
            firewall,
            connection_policy: self.known(8, "the connection policy", policy),
            workspace,
            app: None,
        }
    }

    fn parts(&mut self, name: &str, kind: ServiceKind, region: &str) -> Vec<SubResource> {
        let part = |part: &str, host: String, private_zone: &'static str| SubResource {
            name: part.to_owned(),
            group_id: part.to_owned(),
            host,
            private_zone,
            rules: Vec::new(),
        };
        match kind {
            ServiceKind::StorageAccount => vec![
                part("blob", format!("{name}.blob.core.windows.net"), "privatelink.blob.core.windows.net"),
                part("dfs", format!("{name}.dfs.core.windows.net"), "privatelink.dfs.core.windows.net"),
            ],
            ServiceKind::DataLakeStoreAccount => {
                vec![part("dataLakeStore", format!("{name}.azuredatalakestore.net"), "")]
            }
            ServiceKind::SqlServer => {
                let host = format!("{name}.database.windows.net");
                let server = part("sqlServer", host, "privatelink.database.windows.net");
                let rules = self.address_rules(true);
                vec![server.clone(), SubResource { name: "sales".into(), rules, ..server }]
            }
            ServiceKind::KeyVault => {
                vec![part("vault", format!("{name}.vault.azure.net"), "privatelink.vaultcore.azure.net")]
            }
            ServiceKind::EventHubs | ServiceKind::ServiceBus => {
                let host = format!("{name}.servicebus.windows.net");
                vec![part("namespace", host, "privatelink.servicebus.windows.net")]
            }
            ServiceKind::CosmosDb => vec![
                part("Sql", format!("{name}.documents.azure.com"), "privatelink.documents.azure.com"),
                part("MongoDB", format!("{name}.mongo.cosmos.azure.com"), "privatelink.mongo.cosmos.azure.com"),
            ],
            ServiceKind::DataFactory => {
                let host = format!("{name}.a{region}.datafactory.azure.net");
                vec![part("dataFactory", host, "privatelink.datafactory.azure.net")]
            }
            // What apps are told by is no part of the networks made here.
            ServiceKind::WebApp => Vec::new(),
            ServiceKind::Databricks => {
                let zone = "privatelink.azuredatabricks.net";
                vec![
                    part("databricks_ui_api", format!("{name}.azuredatabricks.net"), zone),
                    part("browser_authentication", format!("{region}{name}.pl-auth.azuredatabricks.net"), zone),
                ]
            }
        }
    }

    fn workspace(&mut self, web_auth: String) -> Workspace {
        let mut lists = Vec::new();
        for access in [Access::Allow, Access::Deny] {
            if self.random.percent(40) {
                let addresses = self.callers();
                lists.push(IpAccessList { label_name: format!("{access:?}"), access, addresses });
            }
        }
        Workspace {
            host_subnet: None,
            container_subnet: None,
            no_public_ip: Known::Known(true),
            ip_access_lists: lists,
            webapp: if self.random.percent(50) { vec![net("20.107.0.16/28")] } else { Vec::new() },
            web_auth,
        }
    }

    fn callers(&mut self) -> Addresses {
        let callers = *self.random.pick(&CALLERS);
        space::prefix(net(callers))
    }

    fn address_rules(&mut self, azure: bool) -> Vec<AddressRule> {
        let mut rules = Vec::new();
        for index in 0..self.random.below(3) {
            let who = match self.random.below(20) {
                0 => Callers::Unknown(self.fact("an address rule")),
                1..4 if azure => Callers::Azure,
                _ => Callers::Addresses(self.callers()),
            };
            rules.push(AddressRule { name: format!("rule{index}"), who });
        }
        rules
    }

    fn subnet_rules(&mut self) -> Vec<SubnetRule> {
        let ordinary = self.ordinary();
        let mut rules = Vec::new();
        for _ in 0..self.random.below(3) {
            let subnet = match self.random.below(20) {
                0 => RuleSubnet::Unknown(self.fact("a subnet rule")),
                1 | 2 => RuleSubnet::Outside(ELSEWHERE.into()),
                _ => RuleSubnet::Here(*self.random.pick(&ordinary)),
            };
            rules.push(SubnetRule { name: "virtualNetworkRules".into(), subnet });
        }
        rules
    }

    /// What `resolve` would make of ARM's properties (filtering 6.1 to 6.6).
    fn firewall(&mut self, kind: ServiceKind) -> Firewall {
        let azure = matches!(kind, ServiceKind::SqlServer | ServiceKind::CosmosDb | ServiceKind::DataLakeStoreAccount);
        let address_rules = self.address_rules(azure);
        let subnet_rules = self.subnet_rules();
        let none = address_rules.is_empty() && subnet_rules.is_empty();
        let written = if self.random.percent(80) { Access::Deny } else { Access::Allow };
        let default_action = match kind {
            ServiceKind::SqlServer => Known::Known(Access::Deny),
            ServiceKind::EventHubs | ServiceKind::ServiceBus | ServiceKind::CosmosDb if none => {
                Known::Known(Access::Allow)
            }
            ServiceKind::CosmosDb => Known::Known(Access::Deny),
            ServiceKind::DataLakeStoreAccount => Known::Known(written),
            ServiceKind::DataFactory | ServiceKind::Databricks => return Firewall::open(),
            _ => self.known(5, "the default action", written),
        };
        let trusted = self.random.percent(50);
        let trusted_services = match kind {
            ServiceKind::SqlServer | ServiceKind::DataLakeStoreAccount => Known::Known(false),
            ServiceKind::CosmosDb => Known::Known(trusted),
            _ => self.known(5, "whether trusted services pass", trusted),
        };
        Firewall { default_action, trusted_services, address_rules, subnet_rules, instance_rules: Vec::new() }
    }

    fn endpoint_policies(&mut self) {
        for id in self.ordinary() {
            let storage = self.model.subnet(id).service_endpoints.iter().any(|name| name == "Microsoft.Storage");
            if !storage || !self.random.percent(30) {
                continue;
            }
            let account = ServiceId::at(self.random.below(self.model.services.len()));
            let (accounts, scopes) = match self.random.below(4) {
                0 => (Vec::new(), Vec::new()),
                1 => (Vec::new(), vec!["/subscriptions/s1".to_owned()]),
                _ => (vec![account], Vec::new()),
            };
            let policy = ServiceEndpointPolicyId::at(self.model.service_endpoint_policies.len());
            self.model.service_endpoint_policies.push(ServiceEndpointPolicy {
                label: label("policy"),
                accounts,
                scopes,
            });
            self.model.subnets[id.index()].service_endpoint_policies.push(Known::Known(policy));
        }
    }

    fn perimeters(&mut self) {
        if !self.random.percent(25) {
            return;
        }
        let mut associations = Vec::new();
        for index in 0..self.model.services.len() {
            if self.random.percent(60) {
                let inbound = self.address_rules(false);
                let known = |rule: &AddressRule| !matches!(rule.who, Callers::Unknown(_));
                associations.push(PerimeterAssociation {
                    service: ServiceId::at(index),
                    enforced: self.random.percent(60),
                    inbound: inbound.into_iter().filter(known).collect(),
                    subscriptions: match self.random.percent(40) {
                        true => vec![("subscription".into(), "/subscriptions/s2".into())],
                        false => Vec::new(),
                    },
                });
            }
        }
        self.model
            .network_security_perimeters
            .push(NetworkSecurityPerimeter { label: label("perimeter"), associations });
    }

    fn conditional_access(&mut self) {
        if self.random.percent(30) {
            let all = self.model.services.len();
            let one = ServiceId::at(self.random.below(all));
            let applications = if self.random.percent(50) { Applications::All } else { Applications::These(vec![one]) };
            let except = if self.random.percent(30) { vec![one] } else { Vec::new() };
            let blocked = self.callers();
            let blocked = if self.random.percent(50) { Addresses::all().minus(&blocked) } else { blocked };
            let policy = ConditionalAccessPolicy { label: label("policy"), applications, except, blocked };
            self.model.conditional_access_policies.push(policy);
        }
    }

    fn private_endpoints(&mut self) {
        for index in 0..self.random.below(4) {
            let service = ServiceId::at(self.random.below(self.model.services.len()));
            let parts = self.model.service(service).sub_resources.clone();
            let part = self.random.pick(&parts).clone();
            if part.private_zone.is_empty() {
                continue;
            }
            let ordinary = self.ordinary();
            let subnet = *self.random.pick(&ordinary);
            let text = self.model.subnet(subnet).address_prefixes[0].to_string();
            let address = ip(&text.replace(".0/24", &format!(".{}", 50 + index)));
            let (subnet, address) = match self.random.below(15) {
                0 => (RuleSubnet::Outside(ELSEWHERE.into()), ip("10.250.0.50")),
                _ => (RuleSubnet::Here(subnet), address),
            };
            let addresses = self.known(10, "the address of a private endpoint", vec![address]);
            let state = match self.random.below(10) {
                0 => LinkState::Pending,
                1 => LinkState::Rejected,
                _ => LinkState::Approved,
            };
            let member = self.random.percent(30);
            let state = self.known(5, "the state of a private endpoint", state);
            self.model.private_endpoints.push(PrivateEndpoint {
                label: label(format!("pe{index}")),
                subnet,
                addresses,
                target: LinkTarget::Service(service),
                group_ids: vec![part.group_id.clone()],
                state,
                application_security_groups: if member { vec![ApplicationSecurityGroupId(0)] } else { Vec::new() },
            });
        }
    }

    /// Brokers of Kafka on one or two machines of a subnet.
    fn cluster(&mut self) {
        if !self.random.percent(30) {
            return;
        }
        let machines: Vec<_> = (0..self.model.network_interfaces.len())
            .map(NetworkInterfaceId::at)
            .filter(|nic| self.model.network_interface(*nic).appliance.is_none())
            .collect();
        let first = *self.random.pick(&machines);
        let subnet = self.model.network_interface(first).ip_configurations[0].subnet;
        let beside =
            |nic: &&NetworkInterfaceId| self.model.network_interface(**nic).ip_configurations[0].subnet == subnet;
        let brokers: Vec<NetworkInterfaceId> = machines.iter().filter(beside).copied().collect();
        let nodes =
            brokers.iter().enumerate().map(|(at, nic)| (format!("wn{at}-kafka.abc.ax.internal.cloudapp.net"), *nic));
        let cluster = Cluster {
            label: label("kafka"),
            location: Some(REGIONS[0].into()),
            kafka: true,
            subnet,
            nodes: nodes.collect(),
            advertises_names: self.random.percent(70),
        };
        self.model.clusters.push(cluster);
    }

    /// User rows of several lengths against endpoints of both kinds.
    fn routes(&mut self) {
        let hops: Vec<IpAddr> = self
            .model
            .network_interfaces
            .iter()
            .filter(|nic| nic.appliance.is_some())
            .filter_map(|nic| nic.ip_configurations[0].address.known().copied())
            .collect();
        let endpoints: Vec<IpAddr> = self
            .model
            .private_endpoints
            .iter()
            .filter_map(|one| one.addresses.known())
            .flat_map(|all| all.iter().copied())
            .collect();
        for index in 0..self.model.route_tables.len() {
            let mut wanted: Vec<RoutePrefix> = Vec::new();
            for endpoint in &endpoints {
                let length = *self.random.pick(&[8, 16, 24, 32, 32]);
                if self.random.percent(70) {
                    let prefix = ipnet::IpNet::new(*endpoint, length).expect("a length").trunc();
                    wanted.push(RoutePrefix::Prefix(prefix));
                }
            }
            if self.random.percent(30) {
                let range = *self.random.pick(&["20.100.0.0/16", "20.100.0.0/24", "20.101.0.0/25"]);
                wanted.push(RoutePrefix::Prefix(net(range)));
            }
            if self.random.percent(25) {
                let tag = *self.random.pick(&["Storage", "Storage.westeurope", "Sql", "AzureCloud.westeurope"]);
                wanted.push(RoutePrefix::ServiceTag(tag.into()));
            }
            for prefix in wanted {
                let hop = match self.random.below(10) {
                    0..8 if !hops.is_empty() => NextHopType::VirtualAppliance,
                    8 => NextHopType::None,
                    _ => NextHopType::Internet,
                };
                let hop = match (&prefix, hop) {
                    (RoutePrefix::Prefix(prefix), NextHopType::Internet) if prefix.contains(&ip("10.0.0.1")) => {
                        NextHopType::VnetLocal
                    }
                    (_, hop) => hop,
                };
                let address = (hop == NextHopType::VirtualAppliance).then(|| Known::Known(*self.random.pick(&hops)));
                let table = &mut self.model.route_tables[index];
                let prefix = Known::Known(prefix);
                if table.routes.iter().all(|route| route.address_prefix != prefix) {
                    table.routes.push(Route {
                        label: label(format!("more{}", table.routes.len())),
                        address_prefix: prefix,
                        next_hop_type: Known::Known(hop),
                        next_hop_ip_address: address,
                        has_bgp_override: false,
                    });
                }
            }
        }
    }

    /// Rules that name services, their ports, and endpoints.
    fn rules(&mut self) {
        let names = [
            "Storage",
            "Storage.westeurope",
            "Sql",
            "Sql.westeurope",
            "AzureCloud",
            "AzureActiveDirectory",
            "EventHub",
        ];
        let endpoints: Vec<IpAddr> =
            self.model.private_endpoints.iter().filter_map(|one| one.addresses.known()).flatten().copied().collect();
        for group in &mut self.model.network_security_groups {
            for rule in group.security_rules.iter_mut().filter(|rule| rule.direction == Direction::Outbound) {
                if self.random.percent(30) {
                    let name = *self.random.pick(&names);
                    let addresses = self.model.tags.get(name).expect("a tag").addresses.clone();
                    rule.destination = AddressMatch::default();
                    rule.destination.tags.push(TagMatch::Service(name.into(), addresses));
                    if self.random.percent(40) {
                        rule.access = Known::Known(Access::Allow);
                    }
                } else if self.random.percent(10) {
                    let tag = self.random.pick(&[TagMatch::AzurePlatformDns, TagMatch::AzurePlatformImds]).clone();
                    rule.destination = AddressMatch { tags: vec![tag], ..AddressMatch::default() };
                    rule.access = Known::Known(Access::Deny);
                } else if !endpoints.is_empty() && self.random.percent(10) {
                    rule.destination = AddressMatch::default();
                    rule.destination.prefixes = Addresses::single(space::point(*self.random.pick(&endpoints)));
                }
            }
            for rule in &mut group.security_rules {
                if self.random.percent(10) {
                    // Half of a subnet fares otherwise than the rest.
                    let half = net(self.random.pick(&["10.0.1.128/25", "10.0.2.0/25", "10.1.1.128/25"]) as &str);
                    rule.source = AddressMatch { prefixes: space::prefix(half), ..AddressMatch::default() };
                }
                let ported =
                    matches!(rule.protocol.known(), Some(RuleProtocol::Any | RuleProtocol::Tcp | RuleProtocol::Udp));
                if ported && self.random.percent(20) {
                    let (first, last) =
                        *self.random.pick(&[(1433, 1433), (11000, 11999), (11000, 11499), (1433, 65535), (53, 53)]);
                    rule.destination_ports = Known::Known(space::Ports::range(first, last));
                }
            }
        }
    }

    fn identities(&mut self) {
        for index in 0..self.model.workloads.len() {
            let identity = self.identity();
            self.model.workloads[index].identity = identity;
        }
    }

    /// Mostly none.
    pub(super) fn identity(&mut self) -> Option<Identity> {
        let all = Identity::ALL.map(|(identity, _)| identity);
        self.random.percent(35).then(|| *self.random.pick(&all))
    }
}

/// A subnet of somebody else.
const ELSEWHERE: &str = "/subscriptions/s9/resourcegroups/rg/providers/microsoft.network/virtualnetworks/v/subnets/s";
