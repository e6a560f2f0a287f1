//! Which resource it is: ARM ids and types.
//!
//! In: the head of a resource. Out: [`Identity`], and the map under `network` that it belongs to. Deliberately absent:
//! what else the resource says.

use super::harmless::{self, is_in};
use crate::scenario::{
    shape::{NETWORK, UNMODELLED},
    tree::Node,
};

/// A resource's id, taken apart. Parts that are not known are empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Identity {
    pub(super) subscription: String,
    pub(super) group: String,
    pub(super) provider: String,
    /// `virtualNetworks`, `subnets`.
    pub(super) types: Vec<String>,
    /// `hub`, `app`: one name for each type.
    pub(super) names: Vec<String>,
}

/// What becomes of resources of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// They are in this map under `network`.
    Map(&'static str),
    /// They say nothing about traffic.
    Harmless,
    /// The format has no map for them.
    Unknown,
}

/// Types outside Microsoft.Network with their maps.
const OTHER_PROVIDERS: [(&str, &str); 18] = [
    ("Microsoft.Cdn/profiles", "profiles"),
    ("Microsoft.Compute/virtualMachines", "virtualMachines"),
    ("Microsoft.Compute/virtualMachineScaleSets", "virtualMachineScaleSets"),
    ("Microsoft.ContainerRegistry/registries", "registries"),
    ("Microsoft.ContainerService/managedClusters", "managedClusters"),
    ("Microsoft.Databricks/workspaces", "workspaces"),
    ("Microsoft.DataFactory/factories", "factories"),
    ("Microsoft.DataLakeStore/accounts", "dataLakeStoreAccounts"),
    ("Microsoft.DocumentDB/databaseAccounts", "databaseAccounts"),
    ("Microsoft.EventHub/namespaces", "namespaces"),
    ("Microsoft.HDInsight/clusters", "clusters"),
    ("Microsoft.KeyVault/vaults", "vaults"),
    ("Microsoft.ServiceBus/namespaces", "namespaces"),
    ("Microsoft.Sql/managedInstances", "managedInstances"),
    ("Microsoft.Sql/servers", "servers"),
    ("Microsoft.Storage/storageAccounts", "storageAccounts"),
    ("Microsoft.Web/serverfarms", "serverfarms"),
    ("Microsoft.Web/sites", "webApps"),
];

/// Maps under `network` that are no types of Microsoft.Network.
const OURS: [&str; 5] = ["workloads", "externals", "sites", "appliances", "conditionalAccessPolicies"];

impl Identity {
    /// By `id`, else by `type` and `name`.
    pub(super) fn of(node: &Node) -> Option<Identity> {
        let text = |key: &str| node.get(key).and_then(Node::as_str);
        if let Some(found) = text("id").and_then(Identity::parse) {
            return Some(found);
        }
        let (provider, types) = text("type")?.split_once('/')?;
        let types: Vec<String> = types.split('/').map(str::to_owned).collect();
        let names: Vec<String> = text("name")?.split('/').map(str::to_owned).collect();
        let found = Identity {
            subscription: text("subscriptionId").unwrap_or_default().to_owned(),
            group: text("resourceGroup").unwrap_or_default().to_owned(),
            provider: provider.to_owned(),
            types,
            names,
        };
        (found.types.len() == found.names.len()).then_some(found)
    }

    /// `/subscriptions/S/resourceGroups/G/providers/P/TYPE/NAME[/TYPE/NAME…]`.
    pub(super) fn parse(id: &str) -> Option<Identity> {
        let segments: Vec<&str> = id.strip_prefix('/')?.split('/').collect();
        let after = |word: &str| segments.iter().rposition(|one| one.eq_ignore_ascii_case(word)).map(|at| at + 1);
        let named = |word: &str| after(word).and_then(|at| segments.get(at)).map(|name| (*name).to_owned());
        let at = after("providers")?;
        let (provider, rest) = segments.get(at..)?.split_first()?;
        if rest.is_empty() || rest.len() % 2 != 0 || rest.iter().any(|part| part.is_empty()) {
            return None;
        }
        Some(Identity {
            subscription: named("subscriptions").unwrap_or_default(),
            group: named("resourceGroups").unwrap_or_default(),
            provider: (*provider).to_owned(),
            types: rest.iter().step_by(2).map(|part| (*part).to_owned()).collect(),
            names: rest.iter().skip(1).step_by(2).map(|part| (*part).to_owned()).collect(),
        })
    }

    /// A child of it.
    pub(super) fn child(&self, kind: &str, name: &str) -> Identity {
        let mut child = self.clone();
        child.types.push(kind.to_owned());
        child.names.push(name.to_owned());
        child
    }

    /// The map that the resource, or the one it belongs to, is in.
    pub(super) fn family(&self) -> Family {
        let full = format!("{}/{}", self.provider, self.types.join("/"));
        if is_in(&harmless::PROVIDERS, &self.provider) || is_in(&harmless::TYPES, &full) {
            return Family::Harmless;
        }
        let first = self.types.first().map_or("", String::as_str);
        let top = format!("{}/{first}", self.provider);
        if is_in(&harmless::TYPES, &top) {
            return Family::Harmless;
        }
        if let Some((_, map)) = OTHER_PROVIDERS.iter().find(|(name, _)| name.eq_ignore_ascii_case(&top)) {
            return map_named(map);
        }
        match self.provider.eq_ignore_ascii_case("Microsoft.Network") && !is_in(&OURS, first) {
            true => map_named(first),
            false => Family::Unknown,
        }
    }

    /// Its own name, with the names above it: `hub/app`.
    pub(super) fn name(&self) -> String {
        self.names.join("/")
    }

    /// Type and name for people.
    pub(super) fn words(&self) -> String {
        format!("{}/{}", self.types.join("/"), self.name())
    }
}

/// A map of the format by its name in any letter case.
fn map_named(name: &str) -> Family {
    let known = NETWORK.iter().map(|family| family.name).chain(UNMODELLED);
    known.into_iter().find(|known| known.eq_ignore_ascii_case(name)).map_or(Family::Unknown, Family::Map)
}
