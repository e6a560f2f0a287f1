//! The lists of gates: how the kinds of services differ in admitting callers (filtering.md section 6).
//!
//! In: a service and a caller. Out: [`Gate`]s, the first that fits decides, the last fits everybody. Deliberately absent:
//! packets (that is `admit`).

use super::{Caller, Fits, Gate, Region};
use crate::{
    catalog::{self, Trust, TrustList},
    evaluate::{flight::Doubts, walk::Walk},
    model::{
        Access, AddressRule, Callers, FactId, Identity, Instance, InstanceRule, Known, PublicNetworkAccess, RuleSubnet,
        Service, ServiceId, ServiceKind, SubnetId, SubnetRule,
    },
    space::Addresses,
    trace::DeciderKind,
};

impl Walk<'_> {
    /// The list of a service for a caller (filtering.md section 6).
    pub(super) fn gates(&self, id: ServiceId, part: usize, caller: &Caller<'_>) -> Vec<Gate> {
        let service = self.network.model.service(id);
        let mut gates = self.perimeter_gates(id, caller);
        if gates.last().is_some_and(|gate| matches!(gate.fits, Fits::All)) {
            return gates;
        }
        let exceptions = self.exceptions(service, caller);
        let survive_closing = matches!(service.kind, ServiceKind::StorageAccount | ServiceKind::KeyVault);
        if survive_closing && service.public_network_access != Known::Known(PublicNetworkAccess::Enabled) {
            // Exceptions stay in force when public access is off (F106, F118).
            gates.extend(self.exceptions(service, caller));
        }
        gates.extend(public_access_gate(service));
        gates.extend(match service.kind {
            ServiceKind::Databricks => access_lists(service),
            ServiceKind::DataFactory => vec![open_to_all("publicNetworkAccess", "F128")],
            _ => self.firewall_gates(service, part, caller, exceptions),
        });
        gates
    }

    fn firewall_gates(&self, service: &Service, part: usize, caller: &Caller<'_>, exceptions: Vec<Gate>) -> Vec<Gate> {
        let firewall = &service.firewall;
        let words = FirewallWords::of(service.kind);
        if firewall.default_action == Known::Known(Access::Allow) {
            return vec![open_to_all(words.default, words.open_law)];
        }
        let mut gates = exceptions;
        gates.extend(firewall.subnet_rules.iter().filter_map(|rule| self.subnet_gate(service, rule, caller)));
        let database = service.sub_resources.get(part).map(|part| part.rules.as_slice()).unwrap_or_default();
        for rule in database.iter().chain(&firewall.address_rules) {
            gates.extend(self.address_gate(service, rule, caller, words.rule_law));
        }
        gates.push(Gate {
            kind: DeciderKind::PaasFirewall,
            name: words.default.to_owned(),
            fits: Fits::All,
            access: firewall.default_action,
            detail: self.why_not(service, caller),
            law: words.closed_law,
        });
        gates
    }

    /// What people stumble over, said beside the denial.
    fn why_not(&self, service: &Service, caller: &Caller<'_>) -> &'static str {
        let listed = |rule: &SubnetRule| caller.home.is_some_and(|home| rule.subnet == RuleSubnet::Here(home));
        let named = service.firewall.subnet_rules.iter().any(listed);
        match (service.kind, caller.identity) {
            (ServiceKind::DataLakeStoreAccount, Some(Identity::Passthrough)) => {
                "the token was made by the control plane and names no subnet"
            }
            (ServiceKind::DataLakeStoreAccount, Some(Identity::ManagedIdentity)) => {
                "tokens of managed identities name no subnet"
            }
            _ if named && caller.endpoint.is_none() => {
                "a rule names the subnet, but the packets do not come over a service endpoint of it"
            }
            _ if caller.endpoint.is_some() => "no rule names the subnet of the service endpoint",
            _ => "no rule admits the caller",
        }
    }

    /// Trusted services and single resources, ahead of other rules (F106 to F108, F117, F198).
    fn exceptions(&self, service: &Service, caller: &Caller<'_>) -> Vec<Gate> {
        let mut gates = Vec::new();
        let list = match service.kind {
            ServiceKind::StorageAccount => Some(TrustList::Storage),
            ServiceKind::KeyVault => Some(TrustList::KeyVault),
            ServiceKind::EventHubs | ServiceKind::ServiceBus => Some(TrustList::EventHubs),
            _ => None,
        };
        if let (Some(list), Some(name)) = (list, caller.trusted) {
            let with_identity = caller.identity.is_none_or(|identity| identity == Identity::ManagedIdentity);
            let own_identity = caller.service.is_some() && with_identity;
            let passes = match catalog::trusted(list, name) {
                Trust::Trusted => true,
                Trust::WithManagedIdentity => own_identity || caller.identity == Some(Identity::ManagedIdentity),
                Trust::NotTrusted | Trust::Unknown => false,
            };
            let gate = |fits| Gate {
                kind: DeciderKind::PaasFirewall,
                name: FirewallWords::of(service.kind).bypass.to_owned(),
                fits,
                access: Known::Known(Access::Allow),
                detail: "a trusted service",
                law: "F106",
            };
            match service.firewall.trusted_services {
                Known::Known(true) if passes => gates.push(gate(Fits::All)),
                Known::Unknown(fact) if passes => gates.push(gate(perhaps(fact))),
                _ => {}
            }
        }
        let by_identity = caller.identity.is_none_or(|identity| identity == Identity::ManagedIdentity);
        let instances = service.firewall.instance_rules.iter().filter(|_| by_identity);
        gates.extend(instances.filter(|rule| self.names(rule, caller)).map(|rule| Gate {
            kind: DeciderKind::PaasFirewall,
            name: rule.name.clone(),
            fits: Fits::All,
            access: Known::Known(Access::Allow),
            detail: "a resource that the account admits",
            law: "F108",
        }));
        gates
    }

    /// Whether a rule about one resource is about the caller.
    fn names(&self, rule: &InstanceRule, caller: &Caller<'_>) -> bool {
        match (&rule.who, caller.service) {
            (Instance::Service(id), Some(own)) => *id == own,
            (Instance::Service(_), None) => false,
            (Instance::Pattern(pattern), Some(own)) => {
                let service = self.network.model.service(own);
                service.resource_id.as_ref().is_some_and(|id| fits_pattern(pattern, id))
                    || of_type(pattern, service.kind)
            }
            (Instance::Pattern(pattern), None) => !caller.name.is_empty() && pattern.eq_ignore_ascii_case(caller.name),
        }
    }

    /// A rule about a subnet: it wants the subnet's service endpoint, of Gen1 the claim in the caller's token.
    fn subnet_gate(&self, service: &Service, rule: &SubnetRule, caller: &Caller<'_>) -> Option<Gate> {
        let gate = |fits| Gate {
            kind: DeciderKind::PaasFirewall,
            name: rule.name.clone(),
            fits,
            access: Known::Known(Access::Allow),
            detail: "over a service endpoint of the subnet",
            law: "F84",
        };
        match &rule.subnet {
            RuleSubnet::Here(subnet) if service.kind == ServiceKind::DataLakeStoreAccount => {
                let claimed = caller.home == Some(*subnet) && self.claims_subnet(*subnet, caller);
                let detail = "the caller's token names the subnet";
                let fits = self.in_region_of(service, *subnet).filter(|_| claimed)?;
                Some(Gate { detail, law: "F126", ..gate(fits) })
            }
            RuleSubnet::Here(subnet) => (caller.endpoint == Some(*subnet)).then(|| gate(Fits::All)),
            RuleSubnet::Outside(id) => caller
                .networks
                .contains(id)
                .then(|| Gate { detail: "from a subnet that the service lists", ..gate(Fits::All) }),
            RuleSubnet::Unknown(fact) => caller.endpoint.map(|_| gate(perhaps(*fact))),
        }
    }

    /// A token fetched in the subnet itself names it; others do not (F126).
    fn claims_subnet(&self, subnet: SubnetId, caller: &Caller<'_>) -> bool {
        let endpoint = |name: &String| name.eq_ignore_ascii_case("Microsoft.AzureActiveDirectory");
        let without_claim = matches!(
            caller.identity,
            Some(Identity::Passthrough | Identity::ManagedIdentity | Identity::AccountKey | Identity::PersonalToken)
        );
        self.network.model.subnet(subnet).service_endpoints.iter().any(endpoint) && !without_claim
    }

    /// Whether a subnet is in the region of an account, where tokens name subnets (F126).
    fn in_region_of(&self, service: &Service, subnet: SubnetId) -> Option<Fits> {
        let model = &self.network.model;
        let home = model.virtual_network(model.subnet(subnet).virtual_network);
        let unknown = |name: &str| Some(Fits::Perhaps(Doubts::of_text(&format!("the region of `{name}`"))));
        match (&service.location, &home.location) {
            (Some(account), Some(network)) => (account == network).then_some(Fits::All),
            (None, _) => unknown(&service.label.name),
            (_, None) => unknown(&home.label.name),
        }
    }

    /// A rule about public addresses: nothing that comes over a service endpoint has one (F85, F100).
    fn address_gate(&self, service: &Service, rule: &AddressRule, caller: &Caller<'_>, law: &'static str) -> Vec<Gate> {
        let gate = |fits, law| Gate {
            kind: DeciderKind::PaasFirewall,
            name: rule.name.clone(),
            fits,
            access: Known::Known(Access::Allow),
            detail: "a rule about its public address",
            law,
        };
        let sql = service.kind == ServiceKind::SqlServer;
        let azure_law = if sql { "F111" } else { "F124" };
        if caller.endpoint.is_some() {
            let admits = sql && self.network.model.settings.sql_azure_rule_admits_service_endpoint;
            let admitted = (admits && rule.who == Callers::Azure).then(|| Gate {
                detail: "the setting sqlAzureRuleAdmitsServiceEndpoint lets it in",
                ..gate(Fits::All, azure_law)
            });
            return admitted.into_iter().collect();
        }
        let perhaps_from = |addresses: Addresses, text: &str| Fits::PerhapsFrom(addresses, Doubts::of_text(text));
        let fits = match &rule.who {
            Callers::Unknown(fact) => match self.same_region(service, caller) {
                Nearness::Same => Vec::new(),
                Nearness::But(near) => {
                    vec![Fits::PerhapsFrom(Addresses::all().minus(&near), Doubts::from_facts(&[*fact]))]
                }
                _ => vec![perhaps(*fact)],
            },
            Callers::Azure if caller.in_azure => return vec![gate(Fits::All, azure_law)],
            Callers::Azure => return vec![gate(Fits::FromAzure, azure_law)],
            Callers::Addresses(addresses) => match self.same_region(service, caller) {
                Nearness::Same => Vec::new(),
                Nearness::Unknown(text) => vec![perhaps_from(addresses.clone(), &text)],
                Nearness::Other => vec![Fits::From(addresses.clone())],
                Nearness::But(near) => vec![Fits::From(addresses.minus(&near))],
                Nearness::Perhaps(near, text) => {
                    vec![Fits::From(addresses.minus(&near)), perhaps_from(addresses.intersect(&near), &text)]
                }
            },
        };
        fits.into_iter().map(|fits| gate(fits, law)).collect()
    }

    /// Whether a caller is in the region of a storage account, whose rules about addresses it then never meets
    /// (F103, F104).
    fn same_region(&self, service: &Service, caller: &Caller<'_>) -> Nearness {
        let model = &self.network.model;
        if service.kind != ServiceKind::StorageAccount || !model.settings.storage_ip_rule_same_region_ineffective {
            return Nearness::Other;
        }
        let account = service.location.as_deref();
        match (&caller.region, account) {
            (Region::Known(there), Some(here)) if there == here => Nearness::Same,
            (Region::Known(_), Some(_)) => Nearness::Other,
            (Region::Unknown(text), _) => Nearness::Unknown(text.clone()),
            (Region::Known(_), None) => Nearness::Unknown(format!("the region of `{}`", service.label.name)),
            (Region::ByAddress, None) => match model.tags.get("AzureCloud") {
                Some(tag) => {
                    Nearness::Perhaps(tag.addresses.clone(), format!("the region of `{}`", service.label.name))
                }
                None => Nearness::Other,
            },
            (Region::ByAddress, Some(region)) => match model.tags.get(&format!("AzureCloud.{region}")) {
                Some(tag) => Nearness::But(tag.addresses.clone()),
                None => Nearness::Other,
            },
        }
    }

    /// A perimeter that is enforced decides alone (F119, F130).
    fn perimeter_gates(&self, id: ServiceId, caller: &Caller<'_>) -> Vec<Gate> {
        let model = &self.network.model;
        let service = model.service(id);
        let mut associations = model
            .network_security_perimeters
            .iter()
            .flat_map(|perimeter| perimeter.associations.iter().map(move |one| (perimeter, one)))
            .filter(|(_, one)| one.service == id);
        let closed = service.public_network_access == Known::Known(PublicNetworkAccess::SecuredByPerimeter);
        let found = associations.find(|(_, one)| one.enforced || closed);
        if found.is_none() && !closed {
            return Vec::new();
        }
        let gate = |name: String, fits, access, detail| Gate {
            kind: DeciderKind::NetworkSecurityPerimeter,
            name,
            fits,
            access: Known::Known(access),
            detail,
            law: "F130",
        };
        let mut gates = Vec::new();
        if let Some((perimeter, association)) = found {
            let inside = caller.service.is_some_and(|own| perimeter.associations.iter().any(|one| one.service == own));
            if inside {
                gates.push(gate(perimeter.label.name.clone(), Fits::All, Access::Allow, "inside the same perimeter"));
            }
            for rule in association.inbound.iter().filter(|_| caller.endpoint.is_none()) {
                if let Callers::Addresses(addresses) = &rule.who {
                    let fits = Fits::From(addresses.clone());
                    gates.push(gate(rule.name.clone(), fits, Access::Allow, "a rule of the perimeter"));
                }
            }
            let own = caller.service.and_then(|own| model.service(own).resource_id.as_ref());
            for (name, subscription) in &association.subscriptions {
                if own.is_some_and(|id| id.starts_with(subscription.as_str())) {
                    gates.push(gate(name.clone(), Fits::All, Access::Allow, "a rule of the perimeter"));
                }
            }
        }
        let name = found.map_or_else(|| "publicNetworkAccess".to_owned(), |(one, _)| one.label.name.clone());
        let detail = "no rule of the perimeter admits the caller";
        gates.push(Gate { law: if closed { "F119" } else { "F130" }, ..gate(name, Fits::All, Access::Deny, detail) });
        gates
    }
}

/// How near a caller is to a storage account.
enum Nearness {
    Same,
    Other,
    /// In its region where the address is one of these.
    But(Addresses),
    /// In its region perhaps where the address is one of these.
    Perhaps(Addresses, String),
    Unknown(String),
}

/// The words and laws in which the kinds of firewalls differ.
struct FirewallWords {
    /// What decides where no rule does.
    default: &'static str,
    /// The switch for trusted services.
    bypass: &'static str,
    open_law: &'static str,
    closed_law: &'static str,
    rule_law: &'static str,
}

impl FirewallWords {
    fn of(kind: ServiceKind) -> Self {
        let words = |default, bypass, open_law, closed_law, rule_law| FirewallWords {
            default,
            bypass,
            open_law,
            closed_law,
            rule_law,
        };
        match kind {
            ServiceKind::StorageAccount => words("defaultAction", "bypass", "F101", "F102", "F102"),
            ServiceKind::KeyVault => words("defaultAction", "bypass", "F120", "F117", "F196"),
            ServiceKind::EventHubs | ServiceKind::ServiceBus => {
                words("defaultAction", "trustedServiceAccessEnabled", "F121", "F122", "F196")
            }
            ServiceKind::SqlServer => words("firewallRules", "", "F111", "F197", "F112"),
            ServiceKind::CosmosDb => words("ipRules", "networkAclBypass", "F125", "F100", "F196"),
            ServiceKind::DataLakeStoreAccount => words("firewallState", "", "F126", "F126", "F126"),
            ServiceKind::DataFactory | ServiceKind::Databricks => {
                words("publicNetworkAccess", "", "F128", "F128", "F127")
            }
        }
    }
}

/// The switch of the public endpoint.
fn public_access_gate(service: &Service) -> Option<Gate> {
    let gate = |fits| Gate {
        kind: DeciderKind::PaasFirewall,
        name: "publicNetworkAccess".to_owned(),
        fits,
        access: Known::Known(Access::Deny),
        detail: "public network access is disabled",
        law: match service.kind {
            ServiceKind::StorageAccount => "F105",
            ServiceKind::SqlServer => "F116",
            ServiceKind::KeyVault => "F118",
            ServiceKind::EventHubs | ServiceKind::ServiceBus => "F123",
            _ => "F128",
        },
    };
    match service.public_network_access {
        Known::Known(PublicNetworkAccess::Disabled) => Some(gate(Fits::All)),
        Known::Known(_) => None,
        Known::Unknown(fact) => Some(gate(perhaps(fact))),
    }
}

/// IP access lists of a workspace: BLOCK beats ALLOW, one ALLOW list shuts out everybody else (F127).
fn access_lists(service: &Service) -> Vec<Gate> {
    let lists = service.workspace.as_ref().map(|workspace| workspace.ip_access_lists.as_slice()).unwrap_or_default();
    let gate = |name: &str, fits, access, detail| Gate {
        kind: DeciderKind::IpAccessList,
        name: name.to_owned(),
        fits,
        access: Known::Known(access),
        detail,
        law: "F127",
    };
    let mut gates = Vec::new();
    for wanted in [Access::Deny, Access::Allow] {
        let of_it = lists.iter().filter(|list| list.access == wanted);
        gates.extend(of_it.map(|list| {
            let fits = Fits::From(list.addresses.clone());
            gate(&list.label_name, fits, wanted, "an IP access list of the workspace")
        }));
    }
    if lists.iter().any(|list| list.access == Access::Allow) {
        gates.push(gate("ipAccessLists", Fits::All, Access::Deny, "no ALLOW list holds the caller's address"));
    } else {
        gates.push(open_to_all("publicNetworkAccess", "F128"));
    }
    gates
}

fn open_to_all(name: &'static str, law: &'static str) -> Gate {
    Gate {
        kind: DeciderKind::PaasFirewall,
        name: name.to_owned(),
        fits: Fits::All,
        access: Known::Known(Access::Allow),
        detail: "open to all networks",
        law,
    }
}

fn perhaps(fact: FactId) -> Fits {
    Fits::Perhaps(Doubts::from_facts(&[fact]))
}

/// Whether an id fits a pattern with `*` for any part of it.
fn fits_pattern(pattern: &str, id: &str) -> bool {
    if !pattern.contains('*') {
        return pattern == id;
    }
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = id.strip_prefix(first) else {
        return false;
    };
    let mut last = first;
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
        last = part;
    }
    rest.is_empty() || last.is_empty()
}

/// A pattern that admits every resource of a type: `…/providers/Microsoft.DataFactory/factories/*`.
fn of_type(pattern: &str, kind: ServiceKind) -> bool {
    let of = match kind {
        ServiceKind::DataFactory => "microsoft.datafactory/factories/*",
        ServiceKind::SqlServer => "microsoft.sql/servers/*",
        ServiceKind::Databricks => "microsoft.databricks/workspaces/*",
        ServiceKind::StorageAccount => "microsoft.storage/storageaccounts/*",
        ServiceKind::EventHubs => "microsoft.eventhub/namespaces/*",
        _ => return false,
    };
    pattern.ends_with(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_any_part_of_an_id() {
        let id = "/subscriptions/s/resourcegroups/rg/providers/microsoft.datafactory/factories/adf";
        for pattern in [
            id,
            "/subscriptions/s/resourcegroups/*/providers/microsoft.datafactory/factories/*",
            "/subscriptions/*",
            "*",
        ] {
            assert!(fits_pattern(pattern, id), "{pattern}");
        }
        for pattern in ["/subscriptions/t/*", "/subscriptions/s", "", "/subscriptions/s/*/factories/other"] {
            assert!(!fits_pattern(pattern, id), "{pattern}");
        }
        assert!(of_type("/subscriptions/s/providers/microsoft.datafactory/factories/*", ServiceKind::DataFactory));
    }
}
