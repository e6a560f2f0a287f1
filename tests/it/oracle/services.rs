//! The firewalls of platform services, kind by kind (filtering.md 6).
//!
//! In: a packet at the public endpoint of a service, and who sent it. Out: nothing, or what turns it away. Every fact is
//! known here: `worlds` has filled in what the model leaves open.

use super::{Header, Host, Start, Step, Walk, by_hand, denied};
use azreach::{
    catalog::{Trust, TrustList, trusted},
    model::*,
    space,
};
use std::net::IpAddr;

/// What a packet is for, besides its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    /// Nothing that has a firewall.
    Anything,
    /// A part of a service, at this public address.
    Service { id: ServiceId, part: usize, address: IpAddr },
    /// Somebody's resource outside the file: whether it would let us in.
    Stranger { admits: bool },
    /// Entra ID, to sign in to a service.
    SignIn(ServiceId),
}

/// Who asks, as a service sees it.
struct Caller<'a> {
    /// Its public address; none over a service endpoint.
    address: Option<IpAddr>,
    /// The subnet over whose service endpoint it comes.
    over: Option<SubnetId>,
    /// The subnet of the machine that began.
    home: Option<SubnetId>,
    region: Option<&'a str>,
    in_azure: bool,
    trusted: Option<String>,
    service: Option<ServiceId>,
    networks: &'a [String],
    identity: Option<Identity>,
}

impl Caller<'_> {
    fn is_in(&self, addresses: &space::Addresses) -> bool {
        self.address.is_some_and(|address| addresses.contains(space::point(address)))
    }

    /// F106, F108: a managed identity, or a service of the file that may use its own.
    fn uses_managed_identity(&self) -> bool {
        match self.identity {
            Some(identity) => identity == Identity::ManagedIdentity,
            None => self.service.is_some(),
        }
    }
}

impl<'a> Walk<'a> {
    /// The service whose public address this is.
    pub(super) fn service_at(&self, host: Host) -> Option<ServiceId> {
        match self.aim {
            Aim::Service { id, address, .. } if host == Host::Ip(address) => Some(id),
            _ => None,
        }
    }

    /// At the end of the public side: whoever is there may have a firewall.
    pub(super) fn admit(&self, header: &Header) -> Step<()> {
        match self.aim {
            Aim::Service { id, part, address } if header.destination == Host::Ip(address) => {
                self.admit_to_service(id, part, header)
            }
            Aim::Stranger { admits: false } => denied("the firewall of somebody's resource"),
            Aim::SignIn(id) => self.admit_to_sign_in(id, header),
            _ => Ok(()),
        }
    }

    fn caller(&self, header: &Header) -> Step<Caller<'a>> {
        let Host::Ip(source) = header.source else {
            return by_hand("a source that nobody knows");
        };
        let model = self.model;
        let nobody = Caller {
            address: Some(source).filter(|_| self.over_endpoint.is_none()),
            over: self.over_endpoint,
            home: match self.start {
                Start::Nic(nic) => Some(model.network_interface(nic).ip_configurations[0].subnet),
                Start::Subnet(subnet) => Some(subnet),
                _ => None,
            },
            region: None,
            in_azure: model.tags.get("AzureCloud").is_some_and(|tag| tag.addresses.contains(space::point(source))),
            trusted: None,
            service: None,
            networks: &[],
            identity: self.identity,
        };
        if let Some(member) = self.left_from {
            let home = model.virtual_network(model.subnet(member.subnet).virtual_network);
            return Ok(Caller { region: home.location.as_deref(), in_azure: true, ..nobody });
        }
        // F103: for others their address says whether they are in a region.
        let by_address = || {
            let own = model.tags.tags_of(source).into_iter().filter(|tag| tag.name.starts_with("AzureCloud."));
            own.filter_map(|tag| tag.region.as_deref()).next()
        };
        Ok(match self.start {
            Start::External(id) => {
                let external = model.external(id);
                Caller {
                    region: external.location.as_deref().or_else(by_address),
                    in_azure: nobody.in_azure || external.location.is_some() || external.trusted_service.is_some(),
                    trusted: external.trusted_service.clone(),
                    networks: &external.networks,
                    ..nobody
                }
            }
            Start::Service(id) => {
                let service = model.service(id);
                let trusted = Some(resource_type(service.kind).to_owned());
                Caller { region: service.location.as_deref(), in_azure: true, trusted, service: Some(id), ..nobody }
            }
            _ => Caller { region: by_address(), ..nobody },
        })
    }

    fn admit_to_service(&self, id: ServiceId, part: usize, header: &Header) -> Step<()> {
        let caller = self.caller(header)?;
        let service = self.model.service(id);
        let access = *service.public_network_access.known().ok_or_else(|| "publicNetworkAccess".to_owned())?;
        if let Some(answer) = self.perimeter(id, access, &caller) {
            return answer;
        }
        let disabled = access == PublicNetworkAccess::Disabled;
        match service.kind {
            // 6.1 and 6.3: exceptions outlive the switch (F106, F118).
            ServiceKind::StorageAccount | ServiceKind::KeyVault if disabled => {
                match self.is_exception(service, &caller) {
                    true => Ok(()),
                    false => denied("publicNetworkAccess"),
                }
            }
            // 6.2, 6.5, 6.8: nothing does.
            _ if disabled => denied("publicNetworkAccess"),
            ServiceKind::Databricks => access_lists(service, &caller),
            ServiceKind::DataFactory => Ok(()),
            _ => self.firewall(service, part, &caller),
        }
    }

    /// 6.9: an enforced perimeter decides alone (F119, F130); `None` where there is none.
    fn perimeter(&self, id: ServiceId, access: PublicNetworkAccess, caller: &Caller<'_>) -> Option<Step<()>> {
        let closed = access == PublicNetworkAccess::SecuredByPerimeter;
        let mut all = self.model.network_security_perimeters.iter();
        let found = all.find_map(|one| Some((one, one.associations.iter().find(|at| at.service == id)?)));
        let Some((perimeter, association)) = found.filter(|(_, at)| at.enforced || closed) else {
            return closed.then(|| denied("secured by a perimeter that is not there"));
        };
        let inside = caller.service.is_some_and(|own| perimeter.associations.iter().any(|one| one.service == own));
        let by_address = association.inbound.iter().any(|rule| match &rule.who {
            Callers::Addresses(addresses) => caller.is_in(addresses),
            _ => false,
        });
        let own_id = caller.service.and_then(|own| self.model.service(own).resource_id.clone()).unwrap_or_default();
        let by_subscription = association.subscriptions.iter().any(|(_, one)| own_id.starts_with(&format!("{one}/")));
        Some(match inside || by_address || by_subscription {
            true => Ok(()),
            false => denied("perimeter"),
        })
    }

    /// Trusted services and single resources (F106 to F108, F117, F198).
    fn is_exception(&self, service: &Service, caller: &Caller<'_>) -> bool {
        let list = match service.kind {
            ServiceKind::StorageAccount => Some(TrustList::Storage),
            ServiceKind::KeyVault => Some(TrustList::KeyVault),
            ServiceKind::EventHubs | ServiceKind::ServiceBus => Some(TrustList::EventHubs),
            _ => None,
        };
        let bypass = service.firewall.trusted_services == Known::Known(true);
        let on_list = list.zip(caller.trusted.as_deref()).is_some_and(|(list, name)| match trusted(list, name) {
            Trust::Trusted => true,
            // F198: towards Event Hubs a trusted service that does not say how it signs in does it by its own.
            Trust::WithManagedIdentity => {
                caller.uses_managed_identity() || (list == TrustList::EventHubs && caller.identity.is_none())
            }
            Trust::NotTrusted | Trust::Unknown => false,
        });
        let instance = |rule: &InstanceRule| match (&rule.who, caller.service) {
            (Instance::Service(id), Some(own)) => *id == own,
            (Instance::Pattern(pattern), Some(own)) => {
                self.model.service(own).resource_id.as_ref().is_some_and(|id| wildcard(pattern, id))
            }
            _ => false,
        };
        let named = caller.uses_managed_identity() && service.firewall.instance_rules.iter().any(instance);
        (bypass && on_list) || named
    }

    /// 6.1 to 6.6: default action, exceptions, subnets, addresses.
    fn firewall(&self, service: &Service, part: usize, caller: &Caller<'_>) -> Step<()> {
        let firewall = &service.firewall;
        if *firewall.default_action.known().ok_or_else(|| "default action".to_owned())? == Access::Allow {
            return Ok(());
        }
        let subnet = firewall.subnet_rules.iter().any(|rule| match &rule.subnet {
            RuleSubnet::Here(id) if service.kind == ServiceKind::DataLakeStoreAccount => {
                caller.home == Some(*id) && self.token_names(service, *id)
            }
            RuleSubnet::Here(id) => caller.over == Some(*id),
            RuleSubnet::Outside(id) => caller.networks.contains(id),
            RuleSubnet::Unknown(_) => false,
        });
        let of_part = service.sub_resources[part].rules.iter();
        let address = of_part.chain(&firewall.address_rules).any(|rule| match &rule.who {
            Callers::Azure => self.azure_rule(service, caller),
            Callers::Addresses(addresses) => caller.is_in(addresses) && !self.in_own_region(service, caller),
            Callers::Unknown(_) => false,
        });
        match self.is_exception(service, caller) || subnet || address {
            true => Ok(()),
            false => denied("firewall of the service"),
        }
    }

    /// F111, F124: 0.0.0.0 admits all of Azure, over an endpoint only by the setting.
    fn azure_rule(&self, service: &Service, caller: &Caller<'_>) -> bool {
        match caller.over {
            None => caller.in_azure,
            Some(_) => {
                service.kind == ServiceKind::SqlServer && self.model.settings.sql_azure_rule_admits_service_endpoint
            }
        }
    }

    /// F103, F196: storage alone does not look at addresses of its own region.
    fn in_own_region(&self, service: &Service, caller: &Caller<'_>) -> bool {
        service.kind == ServiceKind::StorageAccount
            && self.model.settings.storage_ip_rule_same_region_ineffective
            && caller.region.is_some()
            && caller.region == service.location.as_deref()
    }

    /// F126: a token that the caller itself fetched in a subnet with the endpoint, in the account's region.
    fn token_names(&self, service: &Service, subnet: SubnetId) -> bool {
        let here = self.model.subnet(subnet);
        let home = self.model.virtual_network(here.virtual_network);
        let own_token = matches!(self.identity, None | Some(Identity::ServicePrincipal | Identity::Interactive));
        own_token
            && here.service_endpoints.iter().any(|name| name == "Microsoft.AzureActiveDirectory")
            && home.location == service.location
    }

    /// F128: Conditional Access looks at the public address of who signs in.
    fn admit_to_sign_in(&self, id: ServiceId, header: &Header) -> Step<()> {
        let Host::Ip(source) = header.source else {
            return by_hand("a source that nobody knows");
        };
        let blocks = |policy: &ConditionalAccessPolicy| {
            let about = match &policy.applications {
                Applications::All => true,
                Applications::These(services) => services.contains(&id),
            };
            about && !policy.except.contains(&id) && policy.blocked.contains(space::point(source))
        };
        match self.model.conditional_access_policies.iter().any(blocks) {
            true => denied("Conditional Access"),
            false => Ok(()),
        }
    }
}

/// By its resource type a service is on the lists of trusted services.
fn resource_type(kind: ServiceKind) -> &'static str {
    match kind {
        ServiceKind::StorageAccount => "Microsoft.Storage/storageAccounts",
        ServiceKind::DataLakeStoreAccount => "Microsoft.DataLakeStore/accounts",
        ServiceKind::SqlServer => "Microsoft.Sql/servers",
        ServiceKind::KeyVault => "Microsoft.KeyVault/vaults",
        ServiceKind::EventHubs => "Microsoft.EventHub/namespaces",
        ServiceKind::ServiceBus => "Microsoft.ServiceBus/namespaces",
        ServiceKind::CosmosDb => "Microsoft.DocumentDB/databaseAccounts",
        ServiceKind::DataFactory => "Microsoft.DataFactory/factories",
        ServiceKind::Databricks => "Microsoft.Databricks/workspaces",
        ServiceKind::WebApp => "Microsoft.Web/sites",
    }
}

/// F127: BLOCK beats ALLOW, and one ALLOW list shuts out everybody else.
fn access_lists(service: &Service, caller: &Caller<'_>) -> Step<()> {
    let lists = service.workspace.iter().flat_map(|workspace| &workspace.ip_access_lists);
    let (mut allows, mut allowed) = (false, false);
    for list in lists {
        let hit = caller.is_in(&list.addresses);
        match list.access {
            Access::Deny if hit => return denied("ipAccessList BLOCK"),
            Access::Deny => {}
            Access::Allow => (allows, allowed) = (true, allowed || hit),
        }
    }
    match allows && !allowed {
        true => denied("ipAccessList"),
        false => Ok(()),
    }
}

/// `*` stands for anything.
fn wildcard(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| wildcard(after, &rest[at..]))
        }),
    }
}
