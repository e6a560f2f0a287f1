//! Platform services: each kind's ARM properties become one form of firewall.
//!
//! In: storage accounts, Data Lake Storage Gen1, SQL servers, key vaults, namespaces, Cosmos DB, data factories,
//! workspaces, apps. Out: [`Service`]s. Deliberately absent: who is admitted (that is `evaluate/admit`).

use super::{
    Work, family,
    index::{ArmId, Found, Kind},
    label,
};
use crate::{
    model::*,
    scenario::tree::{Entry, Node, Value},
    space::{self, Addresses},
    tags::canonical_region,
};
use ipnet::IpNet;
use std::net::IpAddr;

/// What a service makes of private addresses in its firewall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Private {
    Refused,
    /// Recorded: Event Hubs answers with such a rule in place.
    WithoutEffect,
}

impl Work {
    /// Reads them all, in the order of [`Kind::SERVICES`].
    pub(super) fn services(&mut self, network: &Node) {
        for kind in Kind::SERVICES {
            for entry in family(network, kind.map()) {
                let service = match kind {
                    Kind::StorageAccount => self.storage_account(entry),
                    Kind::DataLakeStoreAccount => self.data_lake_store_account(entry),
                    Kind::Server => self.sql_server(entry),
                    Kind::Vault => self.key_vault(entry),
                    Kind::Namespace => self.namespace(entry),
                    Kind::DatabaseAccount => self.database_account(entry),
                    Kind::Factory => self.factory(entry),
                    Kind::WebApp => self.web_app(entry),
                    _ => self.workspace(entry),
                };
                self.model.services.push(service);
            }
        }
    }

    /// The id of the service of a kind at a place in the file.
    fn service_at(&self, kind: Kind, place: usize) -> ServiceId {
        let before = Kind::SERVICES.iter().take_while(|other| **other != kind);
        ServiceId::at(before.map(|kind| self.index.count(*kind)).sum::<usize>() + place)
    }

    /// A service of any kind, by name or ARM id.
    pub(super) fn service_reference(&mut self, node: &Node) -> Option<Known<ServiceId>> {
        if let Some(fact) = self.unknown(node) {
            return Some(Known::Unknown(fact));
        }
        let text = node.as_str().filter(|text| !text.is_empty())?;
        let found = self.find_service(text);
        if found.is_none() {
            // One that is not modelled yet.
            let same = |one: &&Unmodelled| one.label.name.eq_ignore_ascii_case(text);
            if let Some(resource) = self.model.unmodelled.iter().find(same) {
                return Some(Known::Unknown(resource.fact));
            }
            if ArmId::parse(text).is_some() {
                let message = format!("`{text}` is outside the model");
                let help = "verdicts that depend on it are undetermined";
                self.warn("outside-the-model", node.span, message.clone(), help);
                let origin = crate::diagnostic::Origin::Text(node.span);
                return Some(Known::Unknown(self.fact(message, Some(origin))));
            }
            let names: Vec<String> = Kind::SERVICES
                .iter()
                .flat_map(|kind| self.index.names_of(*kind))
                .take(1000)
                .map(str::to_owned)
                .collect();
            let near = crate::diagnostic::nearest(text, names.iter().map(String::as_str), 3);
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write the name or id of a storage account, server, vault, namespace …".to_owned(),
            };
            self.error("unknown-reference", node.span, format!("no service is called `{text}`"), help);
        }
        found.map(Known::Known)
    }

    /// A service of any kind by name or id, without a word about it.
    pub(super) fn find_service(&self, text: &str) -> Option<ServiceId> {
        Kind::SERVICES.iter().find_map(|kind| match self.index.find(*kind, text) {
            Found::Here(place) => Some(self.service_at(*kind, place)),
            _ => None,
        })
    }

    pub(super) fn service(&mut self, entry: &Entry, kind: ServiceKind, sub_resources: Vec<SubResource>) -> Service {
        let node = &entry.value;
        let text = |key: &str| node.get(key).and_then(Node::as_str);
        Service {
            label: label(entry),
            kind,
            location: text("location").map(canonical_region),
            resource_id: text("id").map(str::to_lowercase),
            sub_resources,
            public_network_access: self.public_network_access(node),
            firewall: Firewall::open(),
            connection_policy: Known::Known(ConnectionPolicy::Default),
            workspace: None,
            app: None,
        }
    }

    fn public_network_access(&mut self, node: &Node) -> Known<PublicNetworkAccess> {
        let Some(value) = node.get("publicNetworkAccess") else {
            return Known::Known(PublicNetworkAccess::Enabled);
        };
        match (self.unknown(value), value.as_str()) {
            (Some(fact), _) => Known::Unknown(fact),
            (None, Some("Disabled")) => Known::Known(PublicNetworkAccess::Disabled),
            (None, Some("SecuredByPerimeter")) => Known::Known(PublicNetworkAccess::SecuredByPerimeter),
            _ => Known::Known(PublicNetworkAccess::Enabled),
        }
    }

    fn storage_account(&mut self, entry: &Entry) -> Service {
        let written = entry.value.get("primaryEndpoints");
        let name = bare(&entry.key).to_lowercase();
        let parts = STORAGE_PARTS.iter().map(|(part, zone)| {
            let host = written.and_then(|map| map.get(part)).and_then(Node::as_str).map(host_of);
            let usual = format!("{name}.{part}.core.windows.net");
            sub_resource(part, part, host.unwrap_or(usual), zone)
        });
        let service = self.service(entry, ServiceKind::StorageAccount, parts.collect());
        let rules = entry.value.get("networkAcls").cloned();
        rules.iter().for_each(|rules| self.check_ranges(rules));
        let firewall = rules.map_or_else(Firewall::open, |rules| self.storage_rules(&rules));
        Service { firewall, ..service }
    }

    /// Storage takes no /31 and /32 (F109); key vaults even write them themselves.
    fn check_ranges(&mut self, rules: &Node) {
        for node in rules.get("ipRules").map(Node::items).unwrap_or_default() {
            let text = node.as_str().unwrap_or_default();
            let small = text.parse::<IpNet>().is_ok_and(|net| net.addr().is_ipv4() && net.prefix_len() > 30);
            if small {
                let help = "write the addresses themselves: Azure Storage takes no /31 and no /32 (F109)";
                self.error("bad-ip-rule", node.span, format!("`{text}` is too small a range"), help);
            }
        }
    }

    fn key_vault(&mut self, entry: &Entry) -> Service {
        let usual = format!("{}.vault.azure.net", bare(&entry.key).to_lowercase());
        let host = entry.value.get("vaultUri").and_then(Node::as_str).map_or(usual, host_of);
        let part = sub_resource("vault", "vault", host, "privatelink.vaultcore.azure.net");
        let service = self.service(entry, ServiceKind::KeyVault, vec![part]);
        let rules = entry.value.get("networkAcls").cloned();
        let firewall = rules.map_or_else(Firewall::open, |rules| self.storage_rules(&rules));
        Service { firewall, ..service }
    }

    /// networkAcls of storage accounts and key vaults.
    fn storage_rules(&mut self, node: &Node) -> Firewall {
        let bypass = match node.get("bypass") {
            Some(value) => match (self.unknown(value), value.as_str()) {
                (Some(fact), _) => Known::Unknown(fact),
                (None, text) => Known::Known(text.is_some_and(|text| text.to_lowercase().contains("azureservices"))),
            },
            None => Known::Known(true),
        };
        let instances = node.get("resourceAccessRules").map(Node::items).unwrap_or_default();
        Firewall {
            default_action: self.default_action(node),
            trusted_services: bypass,
            address_rules: self.ip_rules(node, "ipRules", Private::Refused),
            subnet_rules: self.subnet_rules(node.get("virtualNetworkRules")),
            instance_rules: instances.iter().filter_map(|item| self.instance_rule(item)).collect(),
        }
    }

    fn default_action(&mut self, node: &Node) -> Known<Access> {
        let Some(value) = node.get("defaultAction") else {
            return Known::Known(Access::Allow);
        };
        match self.unknown(value) {
            Some(fact) => Known::Unknown(fact),
            None if value.as_str() == Some("Deny") => Known::Known(Access::Deny),
            None => Known::Known(Access::Allow),
        }
    }

    /// A list of addresses and CIDRs of a service's firewall: public ones (F109).
    fn ip_rules(&mut self, node: &Node, key: &str, private: Private) -> Vec<AddressRule> {
        let items = node.get(key).map(Node::items).unwrap_or_default().to_vec();
        items.iter().filter_map(|item| self.ip_rule(item, private)).collect()
    }

    fn ip_rule(&mut self, node: &Node, private: Private) -> Option<AddressRule> {
        if let Some(fact) = self.unknown(node) {
            return Some(AddressRule { name: "ipRules".to_owned(), who: Callers::Unknown(fact) });
        }
        let text = node.as_str()?.trim();
        let name = format!("ipRules/{text}");
        if let Some((first, last)) = text.split_once('-')
            && let (Ok(first), Ok(last)) = (first.trim().parse(), last.trim().parse())
        {
            return Some(AddressRule { name, who: Callers::Addresses(span(first, last)) });
        }
        let net = self.prefix(node)?;
        self.check_public(node, net, text, private);
        Some(AddressRule { name, who: Callers::Addresses(space::prefix(net)) })
    }

    /// Private addresses are refused in the firewall of a service (F109); namespaces take them, to no effect.
    fn check_public(&mut self, node: &Node, net: IpNet, text: &str, private: Private) {
        let ranges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
        let own = space::prefix(net);
        if ranges.iter().any(|range| range.parse().is_ok_and(|range| own.is_subset(&space::prefix(range)))) {
            let help =
                "a service's firewall sees public addresses only: add a virtual network rule, or a private endpoint";
            let message = format!("`{text}` holds private addresses");
            match private {
                Private::Refused => self.error("private-ip-rule", node.span, message, help),
                Private::WithoutEffect => self.warn("private-ip-rule", node.span, message, help),
            }
        }
    }

    /// References to subnets, or children that hold one.
    fn subnet_rules(&mut self, node: Option<&Node>) -> Vec<SubnetRule> {
        let Some(node) = node else {
            return Vec::new();
        };
        let written: Vec<Node> = match &node.value {
            Value::Map(map) => map.entries.iter().filter_map(|entry| subnet_of_rule(&entry.value)).collect(),
            _ => node.items().to_vec(),
        };
        written.iter().filter_map(|item| self.subnet_rule(item)).collect()
    }

    fn subnet_rule(&mut self, node: &Node) -> Option<SubnetRule> {
        let subnet = self.rule_subnet(node)?;
        let name = match &subnet {
            RuleSubnet::Here(id) => {
                let subnet = &self.model.subnets[id.index()];
                let network = &self.model.virtual_networks[subnet.virtual_network.index()].label.name;
                format!("virtualNetworkRules/{network}/{}", subnet.label.name)
            }
            RuleSubnet::Outside(id) => format!("virtualNetworkRules/{}", short_id(id)),
            RuleSubnet::Unknown(_) => "virtualNetworkRules".to_owned(),
        };
        Some(SubnetRule { name, subnet })
    }

    /// A subnet of the file, or an id outside it that a party may send from.
    pub(super) fn rule_subnet(&mut self, node: &Node) -> Option<RuleSubnet> {
        let known = node.as_str().map(str::to_lowercase).filter(|id| self.outside_networks.contains(id));
        if let Some(id) = known {
            return Some(RuleSubnet::Outside(id));
        }
        match self.reference_at(node, Kind::Subnet)? {
            Known::Known(place) => Some(RuleSubnet::Here(SubnetId::at(place))),
            Known::Unknown(fact) => Some(match node.as_str() {
                Some(id) => RuleSubnet::Outside(id.to_lowercase()),
                None => RuleSubnet::Unknown(fact),
            }),
        }
    }

    fn instance_rule(&mut self, node: &Node) -> Option<InstanceRule> {
        let resource = node.get("resourceId")?;
        let text = resource.as_str()?;
        let who = match self.find_service(text) {
            Some(id) => Instance::Service(id),
            None => {
                if !text.contains(['/', '*']) {
                    let message = format!("`resourceId` names `{text}`, which is no service of the file");
                    self.error("unknown-reference", resource.span, message, "write a service's name, or an ARM id");
                }
                Instance::Pattern(text.to_lowercase())
            }
        };
        Some(InstanceRule { name: format!("resourceAccessRules/{}", short_id(text)), who })
    }

    fn data_lake_store_account(&mut self, entry: &Entry) -> Service {
        let node = &entry.value;
        let usual = format!("{}.azuredatalakestore.net", bare(&entry.key).to_lowercase());
        let host = node.get("endpoint").and_then(Node::as_str).map_or(usual, host_of);
        let part = sub_resource("dataLakeStore", "dataLakeStore", host, "");
        let service = self.service(entry, ServiceKind::DataLakeStoreAccount, vec![part]);
        let word = |key: &str, word: &str| node.get(key).and_then(Node::as_str) == Some(word);
        // Rules without a switch are meant: the portal turns the firewall on with the first.
        let written = ["firewallRules", "virtualNetworkRules"].iter().any(|key| node.get(key).is_some());
        let on = word("firewallState", "Enabled") || (written && node.get("firewallState").is_none());
        let mut address_rules = self.address_spans(node, "firewallRules");
        if word("firewallAllowAzureIps", "Enabled") {
            address_rules.push(AddressRule { name: "firewallAllowAzureIps".to_owned(), who: Callers::Azure });
        }
        let firewall = Firewall {
            default_action: Known::Known(if on { Access::Deny } else { Access::Allow }),
            trusted_services: Known::Known(false),
            address_rules,
            subnet_rules: self.subnet_rules(node.get("virtualNetworkRules")),
            instance_rules: Vec::new(),
        };
        Service { firewall, ..service }
    }

    /// Rules from a first to a last address; 0.0.0.0 to 0.0.0.0 is all of Azure (F111).
    fn address_spans(&mut self, node: &Node, key: &str) -> Vec<AddressRule> {
        let mut rules = Vec::new();
        for entry in family(node, key) {
            let mut end = |name: &str| match entry.value.get(name) {
                Some(value) => self.address(value),
                None => {
                    let message = format!("rule `{}` has no {name}", entry.key);
                    self.error(
                        "missing-key",
                        entry.key_span,
                        message,
                        "a firewall rule has a first and a last address",
                    );
                    None
                }
            };
            let (Some(first), Some(last)) = (end("startIpAddress"), end("endIpAddress")) else {
                continue;
            };
            let name = format!("firewallRules/{}", entry.key);
            let who = match (first, last) {
                (Known::Unknown(fact), _) | (_, Known::Unknown(fact)) => Callers::Unknown(fact),
                (Known::Known(first), Known::Known(last)) if first.is_unspecified() && last.is_unspecified() => {
                    Callers::Azure
                }
                (Known::Known(first), Known::Known(last)) if space::point(first) > space::point(last) => {
                    let message = format!("`{first}` comes after `{last}`");
                    self.error("bad-ip-rule", entry.key_span, message, "write the smaller address first");
                    continue;
                }
                (Known::Known(first), Known::Known(last)) => Callers::Addresses(span(first, last)),
            };
            rules.push(AddressRule { name, who });
        }
        rules
    }

    fn sql_server(&mut self, entry: &Entry) -> Service {
        let node = &entry.value;
        let usual = format!("{}.database.windows.net", bare(&entry.key).to_lowercase());
        let host = node.get("fullyQualifiedDomainName").and_then(Node::as_str).map_or(usual, host_of);
        let part = |name: &str, rules| SubResource {
            rules,
            ..sub_resource(name, "sqlServer", host.clone(), "privatelink.database.windows.net")
        };
        let mut parts = vec![part("sqlServer", Vec::new())];
        for database in family(node, "databases") {
            let rules = self.address_spans(&database.value, "firewallRules");
            parts.push(part(&database.key, rules));
        }
        let service = self.service(entry, ServiceKind::SqlServer, parts);
        let firewall = Firewall {
            default_action: Known::Known(Access::Deny),
            trusted_services: Known::Known(false),
            address_rules: self.address_spans(node, "firewallRules"),
            subnet_rules: self.subnet_rules(node.get("virtualNetworkRules")),
            instance_rules: Vec::new(),
        };
        Service { firewall, connection_policy: self.connection_policy(node), ..service }
    }

    fn connection_policy(&mut self, node: &Node) -> Known<ConnectionPolicy> {
        let policies = family(node, "connectionPolicies");
        let Some(value) = policies.iter().find_map(|entry| entry.value.get("connectionType")) else {
            return Known::Known(ConnectionPolicy::Default);
        };
        match (self.unknown(value), value.as_str()) {
            (Some(fact), _) => Known::Unknown(fact),
            (None, Some("Redirect")) => Known::Known(ConnectionPolicy::Redirect),
            (None, Some("Proxy")) => Known::Known(ConnectionPolicy::Proxy),
            _ => Known::Known(ConnectionPolicy::Default),
        }
    }

    fn namespace(&mut self, entry: &Entry) -> Service {
        let node = &entry.value;
        let of = |text: &str| text.to_lowercase().contains("servicebus/");
        let bus = ["type", "id"].iter().any(|key| node.get(key).and_then(Node::as_str).is_some_and(of));
        let kind = if bus { ServiceKind::ServiceBus } else { ServiceKind::EventHubs };
        let usual = format!("{}.servicebus.windows.net", bare(&entry.key).to_lowercase());
        let host = node.get("serviceBusEndpoint").and_then(Node::as_str).map_or(usual, host_of);
        let part = sub_resource("namespace", "namespace", host, "privatelink.servicebus.windows.net");
        let mut service = self.service(entry, kind, vec![part]);
        if let Some(set) = family(node, "networkRuleSets").first() {
            if set.value.get("publicNetworkAccess").is_some() {
                service.public_network_access = self.public_network_access(&set.value);
            }
            service.firewall = self.rule_set(&set.value);
        }
        service
    }

    /// The rules of a namespace. Deny without a rule is not enforced (F121).
    fn rule_set(&mut self, node: &Node) -> Firewall {
        let address_rules = self.ip_rules(node, "ipRules", Private::WithoutEffect);
        let subnet_rules = self.subnet_rules(node.get("virtualNetworkRules"));
        let default_action = if address_rules.is_empty() && subnet_rules.is_empty() {
            Known::Known(Access::Allow)
        } else {
            self.default_action(node)
        };
        Firewall {
            default_action,
            trusted_services: self.flag(node, "trustedServiceAccessEnabled", false),
            address_rules,
            subnet_rules,
            instance_rules: Vec::new(),
        }
    }

    fn database_account(&mut self, entry: &Entry) -> Service {
        let node = &entry.value;
        let name = bare(&entry.key).to_lowercase();
        let document = node.get("documentEndpoint").and_then(Node::as_str).map(host_of);
        let parts = COSMOS_PARTS.iter().map(|(part, suffix, zone)| {
            let usual = format!("{name}.{suffix}");
            let host = if *part == "Sql" { document.clone().unwrap_or(usual) } else { usual };
            sub_resource(part, part, host, zone)
        });
        let service = self.service(entry, ServiceKind::CosmosDb, parts.collect());
        let mut address_rules = self.ip_rules(node, "ipRules", Private::Refused);
        if let Some(filter) = node.get("ipRangeFilter").and_then(Node::as_str) {
            let span = node.get("ipRangeFilter").map_or(node.span, |value| value.span);
            for part in filter.split(',').map(str::trim).filter(|part| !part.is_empty()) {
                let item = Node::new(span, Value::Scalar { text: part.into(), plain: false });
                address_rules.extend(self.ip_rule(&item, Private::Refused));
            }
        }
        for rule in address_rules.iter_mut().filter(|rule| rule.name == "ipRules/0.0.0.0") {
            rule.who = Callers::Azure;
        }
        let on = node.get("isVirtualNetworkFilterEnabled").and_then(Node::as_str) != Some("false");
        let subnet_rules = if on { self.subnet_rules(node.get("virtualNetworkRules")) } else { Vec::new() };
        let open = address_rules.is_empty() && subnet_rules.is_empty();
        let trusted = node.get("networkAclBypass").and_then(Node::as_str) == Some("AzureServices");
        let firewall = Firewall {
            default_action: Known::Known(if open { Access::Allow } else { Access::Deny }),
            trusted_services: Known::Known(trusted),
            address_rules,
            subnet_rules,
            instance_rules: Vec::new(),
        };
        Service { firewall, ..service }
    }

    fn factory(&mut self, entry: &Entry) -> Service {
        let region = entry.value.get("location").and_then(Node::as_str).map(canonical_region).unwrap_or_default();
        let host = format!("{}.{region}.datafactory.azure.net", bare(&entry.key).to_lowercase());
        let part = sub_resource("dataFactory", "dataFactory", host, "privatelink.datafactory.azure.net");
        self.service(entry, ServiceKind::DataFactory, vec![part])
    }

    fn workspace(&mut self, entry: &Entry) -> Service {
        let usual = format!("{}.azuredatabricks.net", bare(&entry.key).to_lowercase());
        let host = entry.value.get("workspaceUrl").and_then(Node::as_str).map_or(usual, host_of);
        let zone = "privatelink.azuredatabricks.net";
        let ui = sub_resource("databricks_ui_api", "databricks_ui_api", host, zone);
        let service = self.service(entry, ServiceKind::Databricks, vec![ui]);
        let region = service.location.clone().unwrap_or_default();
        let web_auth = format!("{region}.pl-auth.azuredatabricks.net");
        let auth = sub_resource("browser_authentication", "browser_authentication", web_auth.clone(), zone);
        let mut service = service;
        service.sub_resources.push(auth);
        service.workspace = Some(self.workspace_of(entry, web_auth));
        service
    }
}

/// Parts of a storage account with the private zones of their names.
const STORAGE_PARTS: [(&str, &str); 6] = [
    ("blob", "privatelink.blob.core.windows.net"),
    ("dfs", "privatelink.dfs.core.windows.net"),
    ("file", "privatelink.file.core.windows.net"),
    ("queue", "privatelink.queue.core.windows.net"),
    ("table", "privatelink.table.core.windows.net"),
    ("web", "privatelink.web.core.windows.net"),
];

/// Parts of a Cosmos DB account with their suffixes and private zones.
const COSMOS_PARTS: [(&str, &str, &str); 5] = [
    ("Sql", "documents.azure.com", "privatelink.documents.azure.com"),
    ("MongoDB", "mongo.cosmos.azure.com", "privatelink.mongo.cosmos.azure.com"),
    ("Cassandra", "cassandra.cosmos.azure.com", "privatelink.cassandra.cosmos.azure.com"),
    ("Gremlin", "gremlin.cosmos.azure.com", "privatelink.gremlin.cosmos.azure.com"),
    ("Table", "table.cosmos.azure.com", "privatelink.table.cosmos.azure.com"),
];

pub(super) fn sub_resource(name: &str, group_id: &str, host: String, private_zone: &'static str) -> SubResource {
    SubResource { name: name.to_owned(), group_id: group_id.to_owned(), host, private_zone, rules: Vec::new() }
}

/// The subnet that a rule's child names.
fn subnet_of_rule(node: &Node) -> Option<Node> {
    match &node.value {
        Value::Map(_) => node.get("virtualNetworkSubnetId").or_else(|| node.get("subnetId")).cloned(),
        Value::Null => None,
        _ => Some(node.clone()),
    }
}

/// A resource's name without its group.
pub(super) fn bare(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// The host of an address like `https://lake.blob.core.windows.net/`, lower case.
pub(super) fn host_of(text: &str) -> String {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest).to_lowercase()
}

/// The last two names of an id.
fn short_id(id: &str) -> String {
    match ArmId::parse(id) {
        Some(parsed) => parsed.name().to_owned(),
        None => id.to_owned(),
    }
}

fn span(first: IpAddr, last: IpAddr) -> Addresses {
    Addresses::range(space::point(first), space::point(last))
}
