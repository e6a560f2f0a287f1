//! The lists of gates: how the kinds of services differ in admitting callers (filtering.md section 6).
//!
//! In: a service and a caller. Out: [`Gate`]s, the first that fits decides, the last fits everybody. Deliberately absent:
//! packets (that is `admit`).

use super::{Caller, Fits, Gate, Region, restrictions};
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
        gates.extend(self.closed_by_link(id, service));
        gates.extend(match service.kind {
            ServiceKind::Databricks => access_lists(service),
            ServiceKind::DataFactory => vec![open_to_all("publicNetworkAccess", "F128")],
            ServiceKind::WebApp => restrictions::gates(service, part, caller),
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
            gates.extend(self.address_gates(service, rule, caller, words.rule_law));
        }
        let (detail, law) = self.why_not(service, caller);
        gates.push(Gate {
            kind: DeciderKind::PaasFirewall,
            name: words.default.to_owned(),
            fits: Fits::All,
            access: firewall.default_action,
            detail,
            law: law.unwrap_or(words.closed_law),
        });
        gates
    }

    /// What people stumble over, said beside the denial, and its law where that is a narrower one.
    fn why_not(&self, service: &Service, caller: &Caller<'_>) -> (&'static str, Option<&'static str>) {
        let listed = |rule: &SubnetRule| caller.home.is_some_and(|home| rule.subnet == RuleSubnet::Here(home));
        let named = service.firewall.subnet_rules.iter().any(listed);
        match (service.kind, caller.identity) {
            (ServiceKind::DataLakeStoreAccount, Some(Identity::Passthrough)) => {
                ("the token was made by the control plane and names no subnet", None)
            }
            (ServiceKind::DataLakeStoreAccount, Some(Identity::ManagedIdentity)) => {
                ("tokens of managed identities name no subnet", None)
            }
            (ServiceKind::DataLakeStoreAccount, _) => ("no rule admits the caller", None),
            (kind, _) if named && caller.endpoint.is_none() && self.beyond_endpoint(service, caller) => {
                let law = if kind == ServiceKind::SqlServer { "F94" } else { "F96" };
                ("a rule names the subnet, but its service endpoint does not reach the service's region", Some(law))
            }
            _ if named && caller.endpoint.is_none() => {
                ("a rule names the subnet, but the packets do not come over a service endpoint of it", Some("F86"))
            }
            (ServiceKind::CosmosDb, _) if caller.endpoint.is_some() && !service.firewall.address_rules.is_empty() => {
                ("no rule names the subnet, and over a service endpoint no rule about addresses matches", Some("F100"))
            }
            _ if caller.endpoint.is_some() => ("no rule names the subnet of the service endpoint", Some("F85")),
            (ServiceKind::StorageAccount, _)
                if !service.firewall.address_rules.is_empty()
                    && matches!(self.same_region(service, caller), Nearness::Same) =>
            {
                ("rules about addresses do nothing for callers in the account's own region", Some("F103"))
            }
            _ => ("no rule admits the caller", None),
        }
    }

    /// Whether the caller's own subnet has the endpoint of a service that is in another region than it.
    fn beyond_endpoint(&self, service: &Service, caller: &Caller<'_>) -> bool {
        let Some(home) = caller.home.map(|home| self.network.model.subnet(home)) else {
            return false;
        };
        let here = &self.network.model.virtual_network(home.virtual_network).location;
        let known = service.kind.endpoints();
        let has = home.service_endpoints.iter().any(|name| known.iter().any(|one| name.eq_ignore_ascii_case(one)));
        has && matches!((here, &service.location), (Some(here), Some(there)) if here != there)
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
            // Event Hubs asks nearly all on its list for one, so whoever does not say otherwise has it (F198).
            let own_identity = with_identity && (caller.service.is_some() || list == TrustList::EventHubs);
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
                law: match list {
                    TrustList::Storage => "F106",
                    TrustList::KeyVault => "F117",
                    TrustList::EventHubs => "F198",
                },
            };
            match service.firewall.trusted_services {
                Known::Known(true) if passes => gates.push(gate(Fits::All)),
                Known::Unknown(fact) if passes => gates.push(gate(perhaps(fact))),
                _ => {}
            }
        }
        let by_identity = caller.identity.is_none_or(|identity| identity == Identity::ManagedIdentity);
        let instances = service.firewall.instance_rules.iter().filter(|_| by_identity);
        gates.extend(instances.filter_map(|rule| {
            Some(Gate {
                kind: DeciderKind::PaasFirewall,
                name: rule.name.clone(),
                fits: self.names(rule, caller)?,
                access: Known::Known(Access::Allow),
                detail: "a resource that the account admits",
                law: "F108",
            })
        }));
        gates
    }

    /// Whether a rule about one resource, or about all of a type, is about the caller.
    fn names(&self, rule: &InstanceRule, caller: &Caller<'_>) -> Option<Fits> {
        let named = match (&rule.who, caller.service) {
            (Instance::Service(id), Some(own)) => *id == own,
            (Instance::Service(_), None) => false,
            (Instance::Pattern(pattern), Some(own)) => {
                let service = self.network.model.service(own);
                match &service.resource_id {
                    Some(id) => fits_pattern(pattern, id),
                    None => return of_type(pattern, service.kind).then(|| Fits::Perhaps(unknown_id(service))),
                }
            }
            (Instance::Pattern(pattern), None) => !caller.name.is_empty() && pattern.eq_ignore_ascii_case(caller.name),
        };
        named.then_some(Fits::All)
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
                let claim = self.claim_of(service, *subnet, caller).filter(|_| caller.home == Some(*subnet))?;
                let fits = if claim.is_empty() { Fits::All } else { Fits::Perhaps(claim) };
                Some(Gate { detail: "the caller's token names the subnet", law: "F126", ..gate(fits) })
            }
            RuleSubnet::Unknown(fact) if service.kind == ServiceKind::DataLakeStoreAccount => {
                // It may be the caller's own subnet, whose token then names it; no endpoint of the account's is needed.
                let mut doubts = self.claim_of(service, caller.home?, caller)?;
                doubts.add_facts(&[*fact]);
                Some(Gate { law: "F126", ..gate(Fits::Perhaps(doubts)) })
            }
            RuleSubnet::Here(subnet) => (caller.endpoint == Some(*subnet)).then(|| gate(Fits::All)),
            RuleSubnet::Outside(id) => caller
                .networks
                .contains(id)
                .then(|| Gate { detail: "from a subnet that the service lists", ..gate(Fits::All) }),
            RuleSubnet::Unknown(fact) => caller.endpoint.map(|_| gate(perhaps(*fact))),
        }
    }

    /// A token fetched in the subnet itself, in the account's region, names it; others do not (F126). What that hangs on,
    /// where a token may.
    fn claim_of(&self, service: &Service, subnet: SubnetId, caller: &Caller<'_>) -> Option<Doubts> {
        let model = &self.network.model;
        let here = model.subnet(subnet);
        let endpoint = |name: &String| name.eq_ignore_ascii_case("Microsoft.AzureActiveDirectory");
        let home = model.virtual_network(here.virtual_network);
        let doubts = match (&service.location, &home.location) {
            (Some(account), Some(network)) if account != network => return None,
            (Some(_), Some(_)) => Doubts::default(),
            (Some(_), None) => Doubts::of_text(&format!("the region of `{}`", home.label.name)),
            (None, _) => Doubts::of_text(&format!("the region of `{}`", service.label.name)),
        };
        let without_claim = matches!(
            caller.identity,
            Some(Identity::Passthrough | Identity::ManagedIdentity | Identity::AccountKey | Identity::PersonalToken)
        );
        (here.service_endpoints.iter().any(endpoint) && !without_claim).then_some(doubts)
    }

    /// A rule about public addresses: nothing that comes over a service endpoint has one (F85, F100).
    fn address_gates(
        &self,
        service: &Service,
        rule: &AddressRule,
        caller: &Caller<'_>,
        law: &'static str,
    ) -> Vec<Gate> {
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
            if !admits || rule.who != Callers::Azure {
                return Vec::new();
            }
            let detail = "the setting sqlAzureRuleAdmitsServiceEndpoint lets it in";
            return vec![Gate { detail, ..gate(Fits::All, azure_law) }];
        }
        match &rule.who {
            Callers::Unknown(fact) => match self.same_region(service, caller) {
                Nearness::Same => Vec::new(),
                Nearness::But(near) => {
                    vec![gate(Fits::PerhapsFrom(Addresses::all().minus(&near), Doubts::from_facts(&[*fact])), law)]
                }
                _ => vec![gate(perhaps(*fact), law)],
            },
            Callers::Azure if caller.in_azure => vec![gate(Fits::All, azure_law)],
            Callers::Azure => vec![gate(Fits::FromAzure, azure_law)],
            Callers::Addresses(addresses) => match self.same_region(service, caller) {
                Nearness::Same => Vec::new(),
                Nearness::Other => vec![gate(Fits::From(addresses.clone()), law)],
                Nearness::But(near) => vec![gate(Fits::From(addresses.minus(&near)), law)],
                Nearness::Unknown(within, text) => {
                    let doubtful = Fits::PerhapsFrom(addresses.intersect(&within), Doubts::of_text(&text));
                    vec![gate(Fits::From(addresses.minus(&within)), law), gate(doubtful, law)]
                }
            },
        }
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
            (Region::Unknown(text), _) => Nearness::Unknown(Addresses::all(), text.clone()),
            (Region::Known(_), None) => Nearness::Unknown(Addresses::all(), unknown_region(service)),
            (Region::ByAddress, None) => match model.tags.get("AzureCloud") {
                Some(tag) => Nearness::Unknown(tag.addresses.clone(), unknown_region(service)),
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
            for (name, subscription) in &association.subscriptions {
                let Some(own) = caller.service.map(|own| model.service(own)) else { continue };
                let fits = match &own.resource_id {
                    Some(id) if is_below(id, subscription) => Fits::All,
                    Some(_) => continue,
                    None => Fits::Perhaps(unknown_id(own)),
                };
                gates.push(gate(name.clone(), fits, Access::Allow, "a rule of the perimeter"));
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
    /// Not known for callers from these addresses.
    Unknown(Addresses, String),
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
            ServiceKind::CosmosDb => words("ipRules", "networkAclBypass", "F125", "F125", "F196"),
            ServiceKind::DataLakeStoreAccount => words("firewallState", "", "F126", "F126", "F126"),
            ServiceKind::WebApp => words("ipSecurityRestrictions", "", "F217", "F217", "F217"),
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
            ServiceKind::SqlServer => "F116",
            ServiceKind::KeyVault => "F118",
            ServiceKind::EventHubs | ServiceKind::ServiceBus => "F123",
            ServiceKind::DataFactory | ServiceKind::Databricks => "F128",
            ServiceKind::WebApp => "F218",
            _ => "F105",
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

fn unknown_id(service: &Service) -> Doubts {
    Doubts::of_text(&format!("the ARM id of `{}`", service.label.name))
}

fn unknown_region(service: &Service) -> String {
    format!("the region of `{}`", service.label.name)
}

/// Whether an id lies in a subscription or resource group.
fn is_below(id: &str, scope: &str) -> bool {
    id.strip_prefix(scope.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
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
        ServiceKind::WebApp => "microsoft.web/sites/*",
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
