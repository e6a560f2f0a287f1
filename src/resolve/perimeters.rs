//! What stands around services: service endpoint policies, network security perimeters, Conditional Access.
//!
//! In: serviceEndpointPolicies, networkSecurityPerimeters, conditionalAccessPolicies. Out: the same with their services
//! found. Deliberately absent: judging anybody by them (that is `evaluate/admit`).

use super::{Work, family, index::ArmId, label};
use crate::{
    model::*,
    scenario::tree::{Entry, Node},
    space::{self, Addresses},
};
use ipnet::IpNet;

impl Work {
    /// Reads them all. Services are there already.
    pub(super) fn perimeters(&mut self, network: &Node) {
        for entry in family(network, "serviceEndpointPolicies") {
            let policy = self.service_endpoint_policy(entry);
            self.model.service_endpoint_policies.push(policy);
        }
        for entry in family(network, "networkSecurityPerimeters") {
            let perimeter = self.network_security_perimeter(entry);
            self.model.network_security_perimeters.push(perimeter);
        }
        for entry in family(network, "conditionalAccessPolicies") {
            if let Some(policy) = self.conditional_access_policy(entry) {
                self.model.conditional_access_policies.push(policy);
            }
        }
    }

    fn service_endpoint_policy(&mut self, entry: &Entry) -> ServiceEndpointPolicy {
        let (mut accounts, mut scopes) = (Vec::new(), Vec::new());
        for definition in family(&entry.value, "serviceEndpointPolicyDefinitions") {
            let resources = definition.value.get("serviceResources").map(Node::items).unwrap_or_default();
            for resource in resources {
                let Some(text) = resource.as_str() else {
                    self.refuse_unknown(resource);
                    continue;
                };
                // Aliases like /services/Azure/Batch open nothing by themselves (F201).
                if text.to_lowercase().starts_with("/services/") {
                    continue;
                }
                match self.find_service(text) {
                    Some(id) => accounts.push(id),
                    None if ArmId::parse(text).is_some() => scopes.push(text.trim_end_matches('/').to_lowercase()),
                    None => {
                        let help = "write the name of a storage account, or an ARM id";
                        self.error("unknown-reference", resource.span, format!("no account is called `{text}`"), help);
                    }
                }
            }
        }
        ServiceEndpointPolicy { label: label(entry), accounts, scopes }
    }

    fn network_security_perimeter(&mut self, entry: &Entry) -> NetworkSecurityPerimeter {
        let mut associations = Vec::new();
        for association in family(&entry.value, "resourceAssociations") {
            let Some(target) = association.value.get("privateLinkResource").cloned() else {
                let message = format!("association `{}` names no resource", association.key);
                self.error("missing-key", association.key_span, message, "add privateLinkResource");
                continue;
            };
            let Some(Known::Known(service)) = self.service_reference(&target) else {
                continue;
            };
            let enforced = association.value.get("accessMode").and_then(Node::as_str) == Some("Enforced");
            let (inbound, subscriptions) = self.perimeter_rules(&entry.value, &association.value);
            associations.push(PerimeterAssociation { service, enforced, inbound, subscriptions });
        }
        NetworkSecurityPerimeter { label: label(entry), associations }
    }

    /// Inbound rules of the association's profile; of all profiles where it names none.
    fn perimeter_rules(&mut self, node: &Node, association: &Node) -> (Vec<AddressRule>, Vec<(String, String)>) {
        let profile =
            association.get("profile").and_then(Node::as_str).map(|text| super::services::bare(text).to_owned());
        let (mut inbound, mut subscriptions) = (Vec::new(), Vec::new());
        let profiles = family(node, "profiles");
        if let (Some(name), Some(value)) = (&profile, association.get("profile"))
            && !profiles.iter().any(|entry| name.eq_ignore_ascii_case(&entry.key))
        {
            let message = format!("the perimeter has no profile `{name}`");
            self.error("unknown-reference", value.span, message, "name one of its profiles");
        }
        let wanted = |entry: &&Entry| profile.as_ref().is_none_or(|name| name.eq_ignore_ascii_case(&entry.key));
        for rule in profiles.iter().filter(wanted).flat_map(|profile| family(&profile.value, "accessRules")) {
            if rule.value.get("direction").and_then(Node::as_str) == Some("Outbound") {
                continue;
            }
            let addresses: Vec<IpNet> = self.prefixes(&rule.value, "addressPrefixes");
            if !addresses.is_empty() {
                inbound.push(AddressRule {
                    name: format!("accessRules/{}", rule.key),
                    who: Callers::Addresses(space::prefixes(&addresses)),
                });
            }
            let items = rule.value.get("subscriptions").map(Node::items).unwrap_or_default();
            let ids = items.iter().filter_map(Node::as_str).map(str::to_lowercase);
            subscriptions.extend(ids.map(|id| (format!("accessRules/{}", rule.key), id)));
        }
        (inbound, subscriptions)
    }

    /// Only a policy that blocks decides about the network; others ask for more than azreach knows.
    fn conditional_access_policy(&mut self, entry: &Entry) -> Option<ConditionalAccessPolicy> {
        let node = &entry.value;
        if node.get("state").and_then(Node::as_str).is_some_and(|state| state != "enabled") {
            return None;
        }
        let controls = node.get("grantControls").and_then(|controls| controls.get("builtInControls"));
        let blocks = controls.map(Node::items).unwrap_or_default().iter().filter_map(Node::as_str);
        if !blocks.into_iter().any(|control| control.eq_ignore_ascii_case("block")) {
            let message = format!("policy `{}` blocks nothing", entry.key);
            self.warn(
                "not-modelled-yet",
                entry.key_span,
                message,
                "only grantControls: {builtInControls: [block]} decides",
            );
            return None;
        }
        let conditions = node.get("conditions");
        let part = |outer: &str, inner: &str| -> Vec<Node> {
            let found = conditions.and_then(|node| node.get(outer)).and_then(|node| node.get(inner));
            found.map(Node::items).unwrap_or_default().to_vec()
        };
        let included = part("locations", "includeLocations");
        let from = if included.is_empty() { Addresses::all() } else { self.locations(&included) };
        let blocked = from.minus(&self.locations(&part("locations", "excludeLocations")));
        let applications = self.applications(&part("applications", "includeApplications"));
        let except = match self.applications(&part("applications", "excludeApplications")) {
            Applications::These(services) => services,
            Applications::All => Vec::new(),
        };
        Some(ConditionalAccessPolicy { label: label(entry), applications, except, blocked })
    }

    fn locations(&mut self, nodes: &[Node]) -> Addresses {
        let all = nodes.iter().any(|node| node.as_str().is_some_and(|text| text.eq_ignore_ascii_case("all")));
        if all {
            return Addresses::all();
        }
        let nets: Vec<IpNet> = nodes.iter().filter_map(|node| self.prefix(node)).collect();
        space::prefixes(&nets)
    }

    fn applications(&mut self, nodes: &[Node]) -> Applications {
        let mut services = Vec::new();
        for node in nodes {
            let text = node.as_str().unwrap_or_default();
            // The application id of Azure Databricks is the same in every tenant.
            let databricks = ["azuredatabricks", "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"];
            if text.eq_ignore_ascii_case("all") {
                return Applications::All;
            } else if databricks.contains(&text.to_lowercase().as_str()) {
                let all = self.model.services.iter().enumerate();
                let workspaces = all.filter(|(_, service)| service.kind == ServiceKind::Databricks);
                services.extend(workspaces.map(|(at, _)| ServiceId::at(at)));
            } else if let Some(Known::Known(service)) = self.service_reference(node) {
                services.push(service);
            }
        }
        Applications::These(services)
    }
}
