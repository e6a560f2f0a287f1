//! Platform services: their firewalls, access lists, service endpoints and the policies of these.
//!
//! In: packets that a service does not admit. Out: edits of the firewall, of the subnet, of the policy. Deliberately
//! absent: opening a service to everybody where a rule will do; what names mean (that is `names`).

use super::{blocked::Blocked, edit::Edit, rules::host_of, ways::subnets_of};
use crate::{
    model::{Access, Known, Model, Party, Service, ServiceKind, SubnetId},
    network::Network,
    scenario::tree::{Entry, Node, Value},
    space::{self, Addresses, NAMED},
    tags::host_tag,
};
use serde_json::{Value as Json, json};

/// The form of a service's firewall.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    /// Lists below a path; items about addresses have this key.
    Lists(&'static [&'static str], &'static str),
    /// Child resources; those about subnets have this key.
    Children(&'static str),
    /// IP access lists.
    AccessLists,
    /// A switch and nothing else.
    Switch,
}

/// A service in the file.
pub(super) struct Target<'t> {
    family: &'static str,
    shape: Shape,
    entry: &'t Entry,
    service: &'t Service,
}

/// Longer lists of addresses are no rule that people would write.
const MOST_ADDRESSES: usize = 8;

/// Where each kind has its firewall.
fn form(kind: ServiceKind) -> (&'static str, Shape) {
    match kind {
        ServiceKind::StorageAccount => ("storageAccounts", Shape::Lists(&["networkAcls"], "value")),
        ServiceKind::KeyVault => ("vaults", Shape::Lists(&["networkAcls"], "value")),
        ServiceKind::EventHubs | ServiceKind::ServiceBus => {
            ("namespaces", Shape::Lists(&["networkRuleSets", "default"], "ipMask"))
        }
        ServiceKind::CosmosDb => ("databaseAccounts", Shape::Lists(&[], "ipAddressOrRange")),
        ServiceKind::SqlServer => ("servers", Shape::Children("virtualNetworkSubnetId")),
        ServiceKind::DataLakeStoreAccount => ("dataLakeStoreAccounts", Shape::Children("subnetId")),
        ServiceKind::Databricks => ("workspaces", Shape::AccessLists),
        ServiceKind::DataFactory => ("factories", Shape::Switch),
        ServiceKind::WebApp => ("webApps", Shape::Switch),
    }
}

impl<'t> Target<'t> {
    /// The service whose firewall decides.
    pub(super) fn of(model: &'t Model, tree: &'t Node, name: &str) -> Option<Target<'t>> {
        let service = model.services.iter().find(|one| one.label.name.eq_ignore_ascii_case(name))?;
        let (family, shape) = form(service.kind);
        let entries = tree.get(family).map(Node::entries).unwrap_or_default();
        let entry = entries.iter().find(|entry| entry.key.eq_ignore_ascii_case(name))?;
        Some(Target { family, shape, entry, service })
    }

    pub(super) fn edit(&self, path: &[&str], value: Json) -> Edit {
        let path: Vec<&str> = [self.family, &self.entry.key].into_iter().chain(path.iter().copied()).collect();
        let edit = Edit::new(&path, value);
        if self.service.kind == ServiceKind::ServiceBus { edit.of_provider("Microsoft.ServiceBus") } else { edit }
    }

    /// The switch of the public endpoint, where it is written.
    pub(super) fn switch(&self, value: &str) -> Edit {
        let of_rules = self.rules().filter(|rules| rules.get("publicNetworkAccess").is_some());
        match (self.service.kind, of_rules, self.shape) {
            (ServiceKind::EventHubs | ServiceKind::ServiceBus, Some(_), Shape::Lists(at, _)) => {
                self.edit(&[at, &["publicNetworkAccess"]].concat(), json!(value))
            }
            _ => self.edit(&["publicNetworkAccess"], json!(value)),
        }
    }

    /// The node that holds the lists.
    fn rules(&self) -> Option<&'t Node> {
        let Shape::Lists(at, _) = self.shape else { return None };
        at.iter().try_fold(&self.entry.value, |node, key| node.get(key))
    }

    /// What a list of the firewall holds: a merge patch replaces lists whole.
    pub(super) fn existing(&self, list: &str) -> Vec<Json> {
        let items = self.rules().and_then(|rules| rules.get(list)).map(Node::items).unwrap_or_default();
        let key = match self.shape {
            Shape::Lists(_, key) if list == "ipRules" => Some(key),
            _ => None,
        };
        let told = |item: &Node| match (key, item.as_str()) {
            (Some(key), Some(text)) => json!({key: text}),
            _ => written(item),
        };
        items.iter().map(told).collect()
    }

    /// A list with other items.
    pub(super) fn list(&self, name: &str, items: Vec<Json>) -> Option<Edit> {
        let Shape::Lists(at, _) = self.shape else { return None };
        Some(self.edit(&[at, &[name]].concat(), items.into()))
    }

    /// `defaultAction`, of kinds that have one.
    pub(super) fn default_action(&self, access: Access) -> Option<Edit> {
        let Shape::Lists(at, _) = self.shape else { return None };
        let path = [at, &["defaultAction"]].concat();
        (!at.is_empty()).then(|| self.edit(&path, json!(access.as_str())))
    }

    /// A rule that admits a subnet, with the service endpoint by which the service knows it.
    fn subnet_rule(&self, network: &Network, subnet: SubnetId) -> Vec<Edit> {
        let path = network.subnet_path(subnet);
        let mut edits = Vec::new();
        match self.shape {
            Shape::Lists(..) => {
                let mut all = self.existing("virtualNetworkRules");
                all.push(json!(path));
                edits.extend(self.list("virtualNetworkRules", all));
                let filter = self.entry.value.get("isVirtualNetworkFilterEnabled").and_then(Node::as_str);
                if self.service.kind == ServiceKind::CosmosDb && filter != Some("true") {
                    edits.push(self.edit(&["isVirtualNetworkFilterEnabled"], json!(true)));
                }
            }
            Shape::Children(key) => {
                let rule = path.replace('/', "-");
                edits.push(self.edit(&["virtualNetworkRules", &rule], json!({key: path})));
            }
            Shape::AccessLists | Shape::Switch => return Vec::new(),
        }
        let name = self.service.kind.endpoints().first();
        edits.extend(name.and_then(|name| endpoint(network, name, subnet)));
        edits
    }

    /// A rule that admits a public address.
    fn address_rule(&self, address: &ipnet::IpNet) -> Option<Edit> {
        let rule = format!("allow-{}", address.to_string().replace(['.', ':', '/'], "-"));
        match self.shape {
            Shape::Lists(_, key) => {
                let mut all = self.existing("ipRules");
                all.push(json!({key: short(address)}));
                self.list("ipRules", all)
            }
            Shape::Children(_) => {
                let (first, last) = (address.network().to_string(), address.broadcast().to_string());
                let value = json!({"startIpAddress": first, "endIpAddress": last});
                Some(self.edit(&["firewallRules", &rule], value))
            }
            Shape::AccessLists => {
                let value = json!({"listType": "ALLOW", "ipAddresses": [short(address)]});
                Some(self.edit(&["ipAccessLists", &rule], value))
            }
            Shape::Switch => None,
        }
    }

    /// The exceptions for trusted services and for single resources (F106 to F108, F117, F198).
    fn exceptions(&self, network: &Network, sources: &[Party]) -> Vec<Edit> {
        let model = &network.model;
        let service = |party: &Party| match party {
            Party::Service(id, _) => Some(model.service(*id)),
            _ => None,
        };
        let external = |party: &Party| match party {
            Party::External(id) => model.external(*id).trusted_service.is_some(),
            _ => false,
        };
        let mut edits = Vec::new();
        if sources.iter().any(|party| external(party) || service(party).is_some()) {
            edits.extend(self.trust());
        }
        if self.service.kind == ServiceKind::StorageAccount {
            for one in sources.iter().filter_map(service) {
                let id = one.resource_id.clone().unwrap_or_else(|| one.label.name.clone());
                let mut all = self.existing("resourceAccessRules");
                all.push(json!({"resourceId": id}));
                let note = "Azure wants the resource's ARM id and its tenantId, and the caller must use the resource's managed identity";
                edits.extend(self.list("resourceAccessRules", all).map(|edit| edit.with_note(note.to_owned())));
            }
        }
        edits
    }

    /// The switch for trusted services.
    fn trust(&self) -> Option<Edit> {
        let Shape::Lists(at, _) = self.shape else { return None };
        let (key, value) = match self.service.kind {
            ServiceKind::StorageAccount | ServiceKind::KeyVault => {
                let now = self.rules().and_then(|rules| rules.get("bypass")).and_then(Node::as_str).unwrap_or("None");
                let all = if now.eq_ignore_ascii_case("none") { String::new() } else { format!("{now}, ") };
                ("bypass", json!(format!("{all}AzureServices")))
            }
            ServiceKind::EventHubs | ServiceKind::ServiceBus => ("trustedServiceAccessEnabled", json!(true)),
            _ => return None,
        };
        let note = "every service that Microsoft lists as trusted passes then, as far as its identity has rights";
        Some(self.edit(&[at, &[key]].concat(), value).with_note(note.to_owned()))
    }

    /// BLOCK lists without the address that they name.
    fn unblocked(&self, list: &str, address: &ipnet::IpNet) -> Option<Edit> {
        let node = self.entry.value.get("ipAccessLists")?.get(list)?.get("ipAddresses")?;
        let parsed = |item: &Node| {
            let text = item.as_str()?.trim();
            text.parse().ok().or_else(|| text.parse().ok().map(|one: std::net::IpAddr| ipnet::IpNet::from(one)))
        };
        let kept: Vec<Json> =
            node.items().iter().filter(|item| parsed(item).as_ref() != Some(address)).map(written).collect();
        let path = ["ipAccessLists", list, "ipAddresses"];
        (kept.len() < node.items().len()).then(|| match kept.is_empty() {
            true => self.edit(&path[..2], Json::Null),
            false => self.edit(&path, kept.into()),
        })
    }

    /// What takes away the rule by which packets come in.
    pub(super) fn without_rule(&self, name: &str) -> Option<Edit> {
        let (list, _) = name.split_once('/')?;
        let firewall = &self.service.firewall;
        let at = match list {
            "virtualNetworkRules" => firewall.subnet_rules.iter().position(|rule| rule.name == name),
            "resourceAccessRules" => firewall.instance_rules.iter().position(|rule| rule.name == name),
            _ => firewall.address_rules.iter().position(|rule| rule.name == name),
        }?;
        if let Shape::Children(_) = self.shape {
            let entry = self.entry.value.get(list)?.entries().get(at)?;
            return Some(self.edit(&[list, &entry.key], Json::Null));
        }
        let mut items = self.existing(list);
        (at < items.len()).then(|| items.remove(at))?;
        self.list(list, items)
    }
}

/// Edits for callers that a service refuses.
pub(super) fn admissions(network: &Network, tree: &Node, blocked: &Blocked, sources: &[Party]) -> Vec<Vec<Edit>> {
    let Some(target) = Target::of(&network.model, tree, &blocked.step.resource) else {
        return Vec::new();
    };
    let addresses = public_addresses(network, blocked, sources);
    let mut rules: Vec<Vec<Edit>> = Vec::new();
    rules.extend(subnets_of(&network.model, sources).into_iter().map(|subnet| target.subnet_rule(network, subnet)));
    rules.extend(addresses.iter().filter_map(|address| target.address_rule(address)).map(|edit| vec![edit]));
    rules.extend(target.exceptions(network, sources).into_iter().map(|edit| vec![edit]));
    rules.retain(|edits| !edits.is_empty());
    let mut all = Vec::new();
    if blocked.step.name.eq_ignore_ascii_case("publicNetworkAccess") {
        let open = target.switch("Enabled");
        all.push(vec![open.clone()]);
        // Behind the switch stands a firewall that is open: opened, closed and with one rule.
        if let (Known::Known(Access::Allow), Some(deny)) =
            (target.service.firewall.default_action, target.default_action(Access::Deny))
        {
            let closed = |rule: &Vec<Edit>| [vec![open.clone(), deny.clone()], rule.clone()].concat();
            all.extend(rules.iter().map(closed));
        }
    }
    all.extend(addresses.iter().filter_map(|one| target.unblocked(&blocked.step.name, one)).map(|edit| vec![edit]));
    all.extend(rules);
    all
}

/// Edits after which a service does not admit packets that it admits now.
pub(super) fn refusals(network: &Network, tree: &Node, blocked: &Blocked) -> Vec<Vec<Edit>> {
    let Some(target) = Target::of(&network.model, tree, &blocked.step.resource) else {
        return Vec::new();
    };
    let name = &blocked.step.name;
    let mut edits: Vec<Edit> = target.without_rule(name).into_iter().collect();
    if name.eq_ignore_ascii_case("defaultAction") {
        edits.extend(target.default_action(Access::Deny));
    }
    edits.push(target.switch("Disabled"));
    edits.into_iter().map(|edit| vec![edit]).collect()
}

/// The service endpoint that a subnet rule needs, where the subnet has none.
fn endpoint(network: &Network, endpoint: &str, subnet: SubnetId) -> Option<Edit> {
    let own = &network.model.subnet(subnet).service_endpoints;
    if own.iter().any(|one| one.eq_ignore_ascii_case(endpoint)) {
        return None;
    }
    let path = network.subnet_path(subnet);
    let (vnet, name) = path.split_once('/')?;
    let all: Vec<&str> = own.iter().map(String::as_str).chain([endpoint]).collect();
    Some(Edit::new(&["virtualNetworks", vnet, "subnets", name, "serviceEndpoints"], json!(all)))
}

fn short(address: &ipnet::IpNet) -> String {
    let single = address.prefix_len() == address.max_prefix_len();
    if single { address.addr().to_string() } else { address.to_string() }
}

fn written(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Scalar { text, plain } => match (plain, &**text) {
            (true, "true") => true.into(),
            (true, "false") => false.into(),
            _ => Json::String(text.to_string()),
        },
        Value::Unknown { reason, at } => json!({"$unknown": reason, "at": at}),
        Value::List(items) => items.iter().map(written).collect(),
        Value::Map(map) => {
            Json::Object(map.entries.iter().map(|entry| (entry.key.to_string(), written(&entry.value))).collect())
        }
    }
}

/// Public addresses by which the sources may appear: their own, their NAT gateway's, a firewall's.
fn public_addresses(network: &Network, blocked: &Blocked, sources: &[Party]) -> Vec<ipnet::IpNet> {
    let model = &network.model;
    let mut all: Vec<ipnet::IpNet> = Vec::new();
    let own = blocked.source.intersect(network.internet());
    if own == blocked.source && own != Addresses::single(NAMED) {
        let prefixes = space::to_prefixes(&own);
        if prefixes.len() <= MOST_ADDRESSES {
            all.extend(prefixes);
        }
    }
    let mut ids = Vec::new();
    for subnet in subnets_of(model, sources) {
        let nat = model.subnet(subnet).nat_gateway.map(|id| model.nat_gateway(id));
        ids.extend(nat.iter().flat_map(|nat| nat.public_ip_addresses.clone()));
        all.extend(nat.iter().flat_map(|nat| nat.public_ip_prefixes.clone()));
        for (nic, at) in &network.subnet(subnet).members {
            ids.extend(model.network_interface(*nic).ip_configurations.get(*at).and_then(|one| one.public_ip_address));
        }
    }
    ids.extend(model.azure_firewalls.iter().flat_map(|one| one.public_ip_addresses.clone()));
    let known = ids.iter().filter_map(|id| match model.public_ip_address(*id).address {
        Known::Known(address) => Some(ipnet::IpNet::from(address)),
        Known::Unknown(_) => None,
    });
    all.extend(known);
    all.sort();
    all.dedup();
    all.truncate(MOST_ADDRESSES);
    all
}

/// A service endpoint where traffic takes another way than the service expects.
pub(super) fn endpoints(network: &Network, blocked: &Blocked, sources: &[Party]) -> Vec<Vec<Edit>> {
    let of_file = service_of(&network.model, blocked).and_then(|one| one.kind.endpoints().first().copied());
    let Some(endpoint_name) = of_file.or_else(|| endpoint_of_host(&host_of(&network.model, &blocked.name))) else {
        return Vec::new();
    };
    let subnets = subnets_of(&network.model, sources);
    let wanted = subnets.iter().filter_map(|subnet| endpoint(network, endpoint_name, *subnet));
    wanted.map(|edit| vec![edit]).collect()
}

/// The service of the file that packets are for.
fn service_of<'m>(model: &'m Model, blocked: &Blocked) -> Option<&'m Service> {
    let name = blocked.name.split('/').next().unwrap_or_default();
    model.services.iter().find(|one| one.label.name.eq_ignore_ascii_case(name))
}

/// The service endpoint for services that the file does not hold, which their names tell.
fn endpoint_of_host(host: &str) -> Option<&'static str> {
    match host_tag(host)?.only_tag()? {
        "Storage" => Some("Microsoft.Storage"),
        "Sql" => Some("Microsoft.Sql"),
        "AzureKeyVault" => Some("Microsoft.KeyVault"),
        _ => None,
    }
}

/// A service endpoint policy that lists the account too (F99).
pub(super) fn listed_accounts(network: &Network, tree: &Node, blocked: &Blocked) -> Vec<Vec<Edit>> {
    let entries = |node: Option<&'_ Node>| node.map(Node::entries).unwrap_or_default().to_vec();
    let policies = entries(tree.get("serviceEndpointPolicies"));
    let policy = policies.iter().find(|entry| entry.key.eq_ignore_ascii_case(&blocked.step.resource));
    let (Some(policy), Some(service)) = (policy, service_of(&network.model, blocked)) else {
        return Vec::new();
    };
    let account = service.resource_id.clone().unwrap_or_else(|| service.label.name.clone());
    let definitions = entries(policy.value.get("serviceEndpointPolicyDefinitions"));
    let of_accounts = |entry: &&Entry| {
        let name = entry.value.get("service").and_then(Node::as_str).unwrap_or_default();
        name.eq_ignore_ascii_case("Microsoft.Storage")
    };
    let listed = |entry: &Entry| {
        let now = entry.value.get("serviceResources").map(Node::items).unwrap_or_default();
        let all: Vec<Json> = now.iter().map(written).chain([json!(account)]).collect();
        let at = ["serviceEndpointPolicies", &policy.key, "serviceEndpointPolicyDefinitions", &entry.key];
        vec![Edit::new(&[&at[..], &["serviceResources"]].concat(), all.into())]
    };
    definitions.iter().find(of_accounts).map(listed).into_iter().collect()
}
