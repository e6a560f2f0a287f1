//! The security rules that Azure Databricks puts and holds on a workspace's delegated subnets.
//!
//! In: whether nodes have public addresses, and `requiredNsgRules`. Out: rules as Azure writes them. Deliberately
//! absent: workspaces of 2019, whose subnets are not delegated and whose rules nobody holds; parsing the values.

use serde::Deserialize;
use std::sync::LazyLock;

/// The rules of both forms; `data/README.md` says where they come from.
const DATA: &str = include_str!("../../data/databricks-rules.json");

/// What stands before the suffix in the full name of a rule.
pub const REQUIRED_RULE_PREFIX: &str = "Microsoft.Databricks-workspaces_UseOnly_";

/// The property `requiredNsgRules` of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum RequiredNsgRules {
    /// Azure's default.
    AllRules,
    /// Nodes reach the control plane over Private Link, so no rule names AzureDatabricks. Azure accepts it without
    /// public addresses only.
    NoAzureDatabricksRules,
    /// No rule names a service. For Microsoft's own use; which rules are missing is inferred from the name.
    NoAzureServiceRules,
}

/// The direction of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum RuleDirection {
    /// To the nodes.
    Inbound,
    /// From the nodes.
    Outbound,
}

/// A rule that Azure Databricks requires. It allows; its source ports are `*`.
///
/// What counts is what it allows: name, priority and shape differ between templates.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequiredRule {
    /// Its name after [`REQUIRED_RULE_PREFIX`].
    pub suffix: String,
    /// Its direction.
    pub direction: RuleDirection,
    /// Its usual priority.
    pub priority: u16,
    /// A service tag.
    pub source: String,
    /// A service tag.
    pub destination: String,
    /// `Tcp`, or `*`.
    pub protocol: String,
    /// Destination ports with commas between, or `*`: `443,3306,8443-8451`.
    pub ports: String,
    /// The values of `requiredNsgRules` with which it is not required.
    pub absent_with: Vec<RequiredNsgRules>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    public_ip: Form,
    no_public_ip: Form,
}

#[derive(Deserialize)]
struct Form {
    rules: Vec<RequiredRule>,
}

static FORMS: LazyLock<Data> =
    LazyLock::new(|| serde_json::from_str(DATA).expect("the built-in Databricks rules parse"));

/// The rules of a delegated workspace, inbound first: as of 2025 without public addresses, as of 2020 with them
/// (the control plane connects to the nodes, and the web application's rule has port 443 only).
pub fn required_rules(no_public_ip: bool, required: RequiredNsgRules) -> impl Iterator<Item = &'static RequiredRule> {
    let data: &'static Data = &FORMS;
    let form = if no_public_ip { &data.no_public_ip } else { &data.public_ip };
    form.rules.iter().filter(move |rule| !rule.absent_with.contains(&required))
}

#[cfg(test)]
mod tests {
    use super::RequiredNsgRules::{AllRules, NoAzureDatabricksRules, NoAzureServiceRules};
    use super::*;
    use crate::tags::{COMPUTED_TAG_NAMES, known_tag_names};

    fn suffixes(no_public_ip: bool, required: RequiredNsgRules) -> Vec<&'static str> {
        let short = |rule: &'static RequiredRule| rule.suffix.strip_prefix("databricks-").unwrap();
        required_rules(no_public_ip, required).map(short).collect()
    }

    #[test]
    fn without_public_addresses_nobody_connects_to_the_nodes() {
        let all = [
            "worker-to-worker-inbound",
            "worker-to-databricks-webapp",
            "worker-to-sql",
            "worker-to-storage",
            "worker-to-worker-outbound",
            "worker-to-eventhub",
        ];
        assert_eq!(suffixes(true, AllRules), all);
        let webapp = required_rules(true, AllRules).nth(1).unwrap();
        assert_eq!((webapp.destination.as_str(), webapp.ports.as_str()), ("AzureDatabricks", "443,3306,8443-8451"));
    }

    #[test]
    fn with_public_addresses_the_control_plane_connects() {
        let inbound = required_rules(false, AllRules).filter(|rule| rule.direction == RuleDirection::Inbound);
        let ports: Vec<_> = inbound.map(|rule| (rule.source.as_str(), rule.ports.as_str())).collect();
        assert_eq!(ports, [("VirtualNetwork", "*"), ("AzureDatabricks", "22"), ("AzureDatabricks", "5557")]);
    }

    #[test]
    fn private_link_and_internal_use_need_fewer() {
        let rules = suffixes(true, NoAzureDatabricksRules);
        assert!(rules.len() == 5 && !rules.contains(&"worker-to-databricks-webapp"), "{rules:?}");
        let rules = suffixes(true, NoAzureServiceRules);
        assert_eq!(rules, ["worker-to-worker-inbound", "worker-to-worker-outbound"]);
    }

    #[test]
    fn sources_and_destinations_are_tags_and_priorities_are_taken_once() {
        for no_public_ip in [false, true] {
            let rules: Vec<_> = required_rules(no_public_ip, AllRules).collect();
            for rule in &rules {
                for tag in [&rule.source, &rule.destination] {
                    let mut known = known_tag_names().chain(COMPUTED_TAG_NAMES.iter().copied());
                    assert!(tag == "VirtualNetwork" || known.any(|name| name == tag), "{tag}");
                }
                let same =
                    |other: &&&RequiredRule| (other.direction, other.priority) == (rule.direction, rule.priority);
                assert_eq!(rules.iter().filter(same).count(), 1, "{}", rule.suffix);
            }
        }
        assert!(DATA.contains(REQUIRED_RULE_PREFIX));
    }
}
