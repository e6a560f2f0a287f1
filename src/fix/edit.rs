//! Edits: what is written anew, where, and how Azure calls it.
//!
//! In: places of the `network` and values. Out: [`Edit`]s, and the merge patch that several of them are together.
//! Deliberately absent: whether an edit helps.

use serde_json::{Map, Value as Json};

/// One value at one place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Edit {
    /// The way to it under `network`: `networkSecurityGroups`, `nsg`, `securityRules`, `allow-kafka`.
    pub path: Vec<String>,
    /// What stands there then; null takes away what is there.
    pub value: Json,
    /// What it lets in or shuts out besides, that its text does not say.
    pub note: Option<String>,
    /// ARM's provider, where the family alone does not tell.
    provider: Option<&'static str>,
}

impl Edit {
    pub(super) fn new(path: &[&str], value: Json) -> Edit {
        Edit { path: path.iter().map(ToString::to_string).collect(), value, note: None, provider: None }
    }

    pub(super) fn with_note(self, note: impl Into<Option<String>>) -> Edit {
        Edit { note: note.into(), ..self }
    }

    pub(super) fn of_provider(self, provider: &'static str) -> Edit {
        Edit { provider: Some(provider), ..self }
    }

    /// ARM's type and name of the resource: `Microsoft.Network/networkSecurityGroups/nsg`.
    pub fn resource(&self) -> String {
        let family = self.path.first().map_or("", String::as_str);
        let name = self.path.get(1).map_or("", String::as_str);
        let provider = match family {
            _ if self.provider.is_some() => self.provider.unwrap_or_default(),
            "storageAccounts" => "Microsoft.Storage",
            "vaults" => "Microsoft.KeyVault",
            "servers" => "Microsoft.Sql",
            "databaseAccounts" => "Microsoft.DocumentDB",
            "namespaces" => "Microsoft.EventHub",
            "workspaces" => "Microsoft.Databricks",
            "factories" => "Microsoft.DataFactory",
            "webApps" => return format!("Microsoft.Web/sites/{name}"),
            "dataLakeStoreAccounts" => return format!("Microsoft.DataLakeStore/accounts/{name}"),
            // The file's own families have no type in ARM.
            "workloads" => return format!("the network interface of {name}"),
            _ => "Microsoft.Network",
        };
        format!("{provider}/{family}/{name}")
    }

    /// The property to change in it.
    pub fn property(&self) -> String {
        let rest: Vec<&str> = self.path.iter().skip(2).map(String::as_str).collect();
        if rest.is_empty() { "the resource".to_owned() } else { format!("properties.{}", rest.join(".")) }
    }
}

/// All edits as one merge patch (RFC 7396) on `network`.
pub(super) fn patch(edits: &[Edit]) -> Json {
    let mut root = Json::Object(Map::new());
    for edit in edits {
        let mut at = &mut root;
        for key in &edit.path {
            if !at.is_object() {
                *at = Json::Object(Map::new());
            }
            at = &mut at[key.as_str()];
        }
        *at = edit.value.clone();
    }
    root
}

/// What some edits are together, in whichever order they came.
pub(super) fn in_any_order(edits: &[Edit]) -> Vec<String> {
    let mut told: Vec<String> = edits.iter().map(|edit| format!("{}={}", edit.path.join("/"), edit.value)).collect();
    told.sort();
    told
}
