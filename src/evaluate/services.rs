//! Ways to platform services: over a service endpoint, past its policies, and by name.
//!
//! In: a flight whose row is a service endpoint's, or a destination that is a service's part. Out: fates. Deliberately
//! absent: admission (that is `admit`) and private endpoints (that is `private`).

use super::{
    flight::{Device, Doubts, Fates, Flight, Place, Waypoint},
    header::Point,
    steps,
    walk::{Aim, Walk},
};
use crate::{
    model::{Known, PrivateEndpointId, RuleSubnet, ServiceId, ServiceKind, SubnetId, VirtualNetworkId},
    network::RouteOrigin,
    trace::{DeciderKind, Outcome, Step, Verdict},
};

/// What the policies on a subnet say about a service.
enum Policy {
    /// There is none in force.
    None,
    /// One of them lists the account.
    Lists(String),
    /// None does.
    Refuses(String),
    /// Which account it is, or what a policy says, is not known.
    Unknown(Doubts),
}

impl Walk<'_> {
    /// A service endpoint's row: straight to the service, which sees the private address and the subnet (R51).
    pub(super) fn reach_service(
        &mut self,
        flight: Flight,
        place: Place,
        subnet: SubnetId,
        origin: &RouteOrigin,
    ) -> Fates {
        if let Some(step) = self.untranslated_at_firewall(&flight, place) {
            return self.stop(flight, step);
        }
        let mut flight = flight;
        if let Some((name, doubts)) = self.scope_in_doubt(subnet, origin) {
            let detail = "not known whether the endpoint covers the address";
            let step = steps::step(DeciderKind::ServiceEndpoint, name, "", Outcome::Unknown, detail, "F96");
            return self.end(flight.doubt(&doubts).step(step), Verdict::Undetermined);
        }
        flight.waypoints.push(Waypoint {
            device: Device::Egress(place),
            before: flight.header.clone(),
            stateful: false,
            translated: false,
        });
        flight.endpoint = Some(subnet);
        let storage = matches!(origin, RouteOrigin::ServiceEndpoint(name) if name.to_lowercase().starts_with("microsoft.storage"));
        if storage {
            flight = match self.pass_policies(flight, subnet) {
                Ok(flight) => flight,
                Err(fates) => return fates,
            };
        }
        if !matches!(self.aim, Aim::Service(..)) {
            flight = flight.note("delivered over a service endpoint; no firewall of the service is known");
        }
        self.at_public_destination(flight)
    }

    /// The endpoints of SQL and, without a policy, of storage cover addresses by the region of the network (F94 to F96,
    /// F200): where that is not known, neither is whether the row is there.
    fn scope_in_doubt(&self, subnet: SubnetId, origin: &RouteOrigin) -> Option<(String, Doubts)> {
        let model = &self.network.model;
        let here = model.subnet(subnet);
        let home = model.virtual_network(here.virtual_network);
        let RouteOrigin::ServiceEndpoint(name) = origin else { return None };
        let known = here.service_endpoint_policies.iter().filter_map(Known::known);
        let in_force = known.map(|policy| model.service_endpoint_policy(*policy)).any(|policy| policy.is_in_force());
        let regional = match name.to_lowercase().as_str() {
            "microsoft.sql" => true,
            "microsoft.storage" => !in_force,
            _ => false,
        };
        let doubts = || Doubts::of_text(&format!("the region of `{}`", home.label.name));
        (regional && home.location.is_none()).then(|| (name.clone(), doubts()))
    }

    /// Service endpoint policies: only the accounts that they list (F99, F200, F201).
    fn pass_policies(&mut self, flight: Flight, subnet: SubnetId) -> Result<Flight, Fates> {
        let policies = &self.network.model.service_endpoint_policies;
        let step = |name: String, outcome, detail: &str| {
            let origin = policies.iter().find(|one| one.label.name == name).map(|one| one.label.origin.clone());
            Step { origin, ..steps::step(DeciderKind::ServiceEndpointPolicy, name, "", outcome, detail, "F99") }
        };
        match self.policy(subnet) {
            Policy::None => Ok(flight),
            Policy::Lists(name) => Ok(flight.step(step(name, Outcome::Allow, "lists the account"))),
            Policy::Refuses(name) => Err(self.stop(flight, step(name, Outcome::Deny, "does not list the account"))),
            Policy::Unknown(doubts) => {
                let name = self.network.subnet_path(subnet);
                Ok(flight.doubt(&doubts).step(step(name, Outcome::Unknown, "not known whether it lists the account")))
            }
        }
    }

    fn policy(&self, subnet: SubnetId) -> Policy {
        let model = &self.network.model;
        let mut listed = None;
        let mut refusing = None;
        for policy in &model.subnet(subnet).service_endpoint_policies {
            let policy = match policy {
                Known::Known(policy) => model.service_endpoint_policy(*policy),
                Known::Unknown(fact) => return Policy::Unknown(Doubts::from_facts(&[*fact])),
            };
            if !policy.is_in_force() {
                continue;
            }
            let Aim::Service(id, _) = self.aim else {
                let fact = format!("which storage account has the address (`{}` lists accounts)", policy.label.name);
                return Policy::Unknown(Doubts::of_text(&fact));
            };
            let account = model.service(id);
            let in_scope = account.resource_id.as_ref().is_some_and(|id| {
                policy.scopes.iter().any(|scope| id == scope || id.starts_with(&format!("{scope}/")))
            });
            if policy.accounts.contains(&id) || in_scope {
                listed = Some(policy.label.name.clone());
            } else if account.resource_id.is_none() && !policy.scopes.is_empty() {
                let fact = format!("the ARM id of `{}`", account.label.name);
                return Policy::Unknown(Doubts::of_text(&fact));
            } else {
                refusing = Some(policy.label.name.clone());
            }
        }
        match (listed, refusing) {
            (Some(name), _) => Policy::Lists(name),
            (None, Some(name)) => Policy::Refuses(name),
            (None, None) => Policy::None,
        }
    }

    /// The row of a private endpoint: in this VNET, or over the link to a peer.
    pub(super) fn reach_endpoint(&mut self, flight: Flight, home: VirtualNetworkId, id: PrivateEndpointId) -> Fates {
        let model = &self.network.model;
        let RuleSubnet::Here(subnet) = model.private_endpoint(id).subnet else {
            return Fates::new();
        };
        let there = model.subnet(subnet).virtual_network;
        if there == home {
            return self.deliver(flight, home);
        }
        let links = model.virtual_network(home).peerings.iter().copied();
        let link = links.into_iter().find(|link| model.peering(*link).remote.known() == Some(&there));
        match link.map(|link| self.cross_peering(flight.clone(), home, link)) {
            Some(Ok((flight, remote))) => self.deliver(flight, remote),
            Some(Err(fates)) => fates,
            None => {
                let step = steps::step(
                    DeciderKind::NoRoute,
                    model.virtual_network(home).label.name.clone(),
                    "",
                    Outcome::Deny,
                    "no link leads to the private endpoint",
                    "R206",
                );
                self.stop(flight, step)
            }
        }
    }

    /// A host of Databricks or of another service that is no resource of the file's own: nothing guards it here.
    pub(super) fn at_host(&mut self, flight: Flight, point: &Point) -> Fates {
        let flight = flight.at(&point.label);
        let flight = if point.guarded {
            flight.doubt(&Doubts::of_text(&format!("the firewall of the resource behind `{}`", point.label)))
        } else {
            flight
        };
        self.arrive(flight, Place::Internet)
    }
}

/// A part of a service as flows name it: `lake/dfs`; the bare name where it has one part only.
pub(super) fn part_name(network: &crate::network::Network, id: ServiceId, part: usize) -> String {
    let service = network.model.service(id);
    match service.sub_resources.get(part) {
        Some(named) if service.kind == ServiceKind::StorageAccount || part > 0 => {
            format!("{}/{}", service.label.name, named.name)
        }
        _ => service.label.name.clone(),
    }
}

/// The step that a service's name led to.
pub(super) fn dns_step(resource: &str, name: &str, outcome: Outcome, detail: &str, law: &'static str) -> Step {
    steps::step(DeciderKind::Dns, resource, name, outcome, detail, law)
}
