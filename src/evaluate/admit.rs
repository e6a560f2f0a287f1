//! Admission: the firewall of a service splits what arrives at its public endpoint into what it lets in, what it turns
//! away, and what hangs on a fact that is missing.
//!
//! In: a flight at a service, by the public path or over a service endpoint. Out: flights that are in, fates of those
//! that are not. A firewall becomes a list of [`Gate`]s, the first that a packet fits decides; the kinds of services
//! differ in the list alone. Deliberately absent: private endpoints, which no firewall judges (F110).

mod gates;
mod restrictions;

use super::{
    flight::{Device, Doubts, Fates, Flight, Place},
    header::{Field, Point},
    steps,
    walk::Walk,
};
use crate::{
    model::{Access, Identity, Known, Label, Service, ServiceId, ServiceKind, SubnetId},
    space::{Addresses, Set},
    trace::{DeciderKind, Outcome, Step, Verdict},
};

/// What comes first in the list and fits a packet decides about it.
struct Gate {
    kind: DeciderKind,
    /// How deciders name it, after the service.
    name: String,
    fits: Fits,
    access: Known<Access>,
    detail: &'static str,
    law: &'static str,
}

/// Which packets a gate is about.
enum Fits {
    /// All of them.
    All,
    /// Those from these addresses.
    From(Addresses),
    /// Those from anywhere in Azure.
    FromAzure,
    /// Perhaps all of them: it hangs on facts.
    Perhaps(Doubts),
    /// Perhaps those from these addresses.
    PerhapsFrom(Addresses, Doubts),
}

/// What a service knows of who comes, besides the address.
struct Caller<'n> {
    /// The subnet over whose service endpoint it comes.
    endpoint: Option<SubnetId>,
    /// The subnet of the initiator itself.
    home: Option<SubnetId>,
    region: Region,
    /// It is in Azure for certain.
    in_azure: bool,
    /// The trusted service that it is.
    trusted: Option<&'n str>,
    identity: Option<Identity>,
    /// Ids of subnets outside the file that it comes from.
    networks: &'n [String],
    /// It is a service of the file.
    service: Option<ServiceId>,
    /// Its name, for rules about single resources.
    name: &'n str,
}

/// Where in Azure a caller's public address is.
enum Region {
    /// In this region.
    Known(String),
    /// In Azure, nobody says where.
    Unknown(String),
    /// It is told by the address.
    ByAddress,
}

/// Packets that no gate has decided yet, with the gates that perhaps have.
struct Open {
    set: Set,
    candidates: Vec<(usize, Doubts)>,
}

impl Walk<'_> {
    /// At the public endpoint of a service's part: in, or not.
    pub(super) fn at_service(&mut self, flight: Flight, id: ServiceId, part: usize) -> Fates {
        let network = self.network;
        let service = network.model.service(id);
        let flight = flight.at(&service.label.name);
        let caller = self.caller(&flight);
        let gates = self.gates(id, part, &caller);
        let (passing, mut fates) = self.pass_gates(flight, service, &gates);
        for flight in passing {
            fates.extend(self.arrive(flight, Place::Service(id)));
        }
        fates
    }

    fn caller(&self, flight: &Flight) -> Caller<'_> {
        let model = &self.network.model;
        // The last translation is what the service sees the caller behind.
        let behind = flight.waypoints.iter().rev().find_map(|one| match one.device {
            Device::Egress(place) => Some(place),
            _ => None,
        });
        let direct = flight.waypoints.is_empty();
        let nothing = Caller {
            endpoint: flight.endpoint,
            home: self.subnet_of(self.start),
            region: Region::ByAddress,
            in_azure: false,
            trusted: None,
            identity: self.identity,
            networks: &[],
            service: None,
            name: "",
        };
        if let Some(place) = behind {
            return Caller { region: self.region_of(place), in_azure: true, ..nothing };
        }
        match self.start {
            Place::External(id) if direct => {
                let external = model.external(id);
                Caller {
                    region: external.location.clone().map_or(Region::ByAddress, Region::Known),
                    in_azure: external.location.is_some() || external.trusted_service.is_some(),
                    trusted: external.trusted_service.as_deref(),
                    networks: &external.networks,
                    name: &external.label.name,
                    ..nothing
                }
            }
            Place::Service(id) if direct => {
                let service = model.service(id);
                let unknown = || Region::Unknown(format!("the region of `{}`", service.label.name));
                Caller {
                    region: service.location.clone().map_or_else(unknown, Region::Known),
                    in_azure: true,
                    trusted: Some(service_name(service.kind)),
                    service: Some(id),
                    name: &service.label.name,
                    ..nothing
                }
            }
            _ => nothing,
        }
    }

    /// The region of the VNET by which a packet left.
    fn region_of(&self, place: Place) -> Region {
        let Some(home) = self.home(place) else {
            return Region::ByAddress;
        };
        let network = self.network.model.virtual_network(home);
        match &network.location {
            Some(region) => Region::Known(region.clone()),
            None => Region::Unknown(format!("the region of `{}`", network.label.name)),
        }
    }

    /// The first gate that fits decides.
    fn pass_gates(&mut self, flight: Flight, service: &Service, gates: &[Gate]) -> (Vec<Flight>, Fates) {
        let mut open = vec![Open { set: flight.part, candidates: Vec::new() }];
        let (mut passing, mut fates) = (Vec::new(), Fates::new());
        for (index, gate) in gates.iter().enumerate() {
            let mut left = Vec::new();
            for piece in open {
                let (sure, perhaps) = self.fitting(&flight, piece.set, gate);
                let rest = self.space.minus(piece.set, sure);
                if sure != Set::EMPTY {
                    let candidates = piece.candidates.clone();
                    self.decide(
                        &flight,
                        service,
                        gates,
                        index,
                        Open { set: sure, candidates },
                        &mut passing,
                        &mut fates,
                    );
                }
                let (maybe, doubts) = perhaps.map_or((Set::EMPTY, None), |(set, doubts)| (set, Some(doubts)));
                let (doubtful, clear) = (self.space.and(rest, maybe), self.space.minus(rest, maybe));
                for (set, doubts) in [(doubtful, doubts), (clear, None)] {
                    if set != Set::EMPTY {
                        let mut candidates = piece.candidates.clone();
                        candidates.extend(doubts.map(|doubts| (index, doubts)));
                        left.push(Open { set, candidates });
                    }
                }
            }
            open = left;
        }
        // Every list ends with a gate for all; were one without, nothing would be let in.
        for piece in open {
            fates.extend(self.end(flight.with(piece.set), Verdict::Denied));
        }
        (passing, fates)
    }

    #[allow(clippy::too_many_arguments)] // one decision: who, by which list, at which place of it
    fn decide(
        &mut self,
        flight: &Flight,
        service: &Service,
        gates: &[Gate],
        index: usize,
        piece: Open,
        passing: &mut Vec<Flight>,
        fates: &mut Fates,
    ) {
        let gate = &gates[index];
        let agree = piece.candidates.iter().all(|(at, _)| gates[*at].access == gate.access);
        let flight = flight.with(piece.set);
        match gate.access {
            Known::Known(Access::Allow) if agree => passing.push(flight.step(step(service, gate, Outcome::Allow))),
            Known::Known(Access::Deny) if agree => fates.extend(self.stop(flight, step(service, gate, Outcome::Deny))),
            access => {
                let mut doubts = Doubts::default();
                let first = piece.candidates.first().map_or(index, |(at, _)| *at);
                piece.candidates.iter().for_each(|(_, more)| doubts.extend(more));
                if let Known::Unknown(fact) = access {
                    doubts.add_facts(&[fact]);
                }
                passing.push(flight.doubt(&doubts).step(step(service, &gates[first], Outcome::Unknown)));
            }
        }
    }

    /// The packets that a gate is about for certain, and those that it is perhaps about, with the facts on which they hang.
    fn fitting(&mut self, flight: &Flight, set: Set, gate: &Gate) -> (Set, Option<(Set, Doubts)>) {
        let source = &flight.header.source;
        match (&gate.fits, source) {
            (Fits::All, _) => (set, None),
            (Fits::Perhaps(doubts), _) => (Set::EMPTY, Some((set, doubts.clone()))),
            (Fits::From(addresses), Field::Named(point)) => among(set, point, addresses),
            (Fits::From(addresses), _) => (self.within(set, source, addresses), None),
            (Fits::PerhapsFrom(addresses, doubts), _) => {
                let (hit, unsure) = match source {
                    Field::Named(point) => among(set, point, addresses),
                    _ => (self.within(set, source, addresses), None),
                };
                let mut doubts = doubts.clone();
                match unsure {
                    Some((maybe, more)) => {
                        doubts.extend(&more);
                        (Set::EMPTY, Some((maybe, doubts)))
                    }
                    None => (Set::EMPTY, Some((hit, doubts))),
                }
            }
            (Fits::FromAzure, Field::Named(point)) if point.tags.iter().any(|tag| tag.starts_with("azurecloud")) => {
                (set, None)
            }
            (Fits::FromAzure, _) => match self.network.model.tags.get("AzureCloud") {
                Some(tag) => {
                    let addresses = tag.addresses.clone();
                    match source {
                        Field::Named(point) => among(set, point, &addresses),
                        _ => (self.within(set, source, &addresses), None),
                    }
                }
                None => (Set::EMPTY, Some((set, Doubts::of_text("service tag AzureCloud is not in the tag data")))),
            },
        }
    }

    /// Signing in at Entra ID: the policies that block it, by the public address that it comes from.
    pub(super) fn at_sign_in(&mut self, flight: Flight, id: ServiceId) -> Fates {
        let network = self.network;
        let policies = network.model.conditional_access_policies.iter();
        let about = policies.filter(|policy| {
            let named = match &policy.applications {
                crate::model::Applications::All => true,
                crate::model::Applications::These(services) => services.contains(&id),
            };
            named && !policy.except.contains(&id)
        });
        let mut gates: Vec<(Label, Gate)> = about
            .map(|policy| {
                let gate = Gate {
                    kind: DeciderKind::Identity,
                    name: String::new(),
                    fits: Fits::From(policy.blocked.clone()),
                    access: Known::Known(Access::Deny),
                    detail: "Conditional Access blocks the sign-in",
                    law: "F128",
                };
                (policy.label.clone(), gate)
            })
            .collect();
        let mut rest = flight.part;
        let mut fates = Fates::new();
        for (label, gate) in gates.drain(..) {
            let (hit, perhaps) = self.fitting(&flight, rest, &gate);
            rest = self.space.minus(rest, hit);
            let told = Step {
                origin: Some(label.origin),
                ..steps::step(gate.kind, label.name, "", Outcome::Deny, gate.detail, gate.law)
            };
            if hit != Set::EMPTY {
                fates.extend(self.stop(flight.with(hit), told.clone()));
            }
            if let Some((_, doubts)) = perhaps {
                let doubtful = flight.with(rest).doubt(&doubts).step(Step { outcome: Outcome::Unknown, ..told });
                rest = Set::EMPTY;
                fates.extend(self.arrive(doubtful, Place::Internet));
            }
        }
        if rest != Set::EMPTY {
            fates.extend(self.arrive(flight.with(rest), Place::Internet));
        }
        fates
    }
}

/// A caller known by name only, against addresses.
fn among(set: Set, point: &Point, addresses: &Addresses) -> (Set, Option<(Set, Doubts)>) {
    let possible = &point.possible;
    if !possible.is_empty() && possible.is_subset(addresses) {
        (set, None)
    } else if possible.meets(addresses) {
        (Set::EMPTY, Some((set, Doubts::of_text(&point.fact))))
    } else {
        (Set::EMPTY, None)
    }
}

fn step(service: &Service, gate: &Gate, outcome: Outcome) -> Step {
    Step {
        origin: Some(service.label.origin.clone()),
        ..steps::step(gate.kind, service.label.name.clone(), gate.name.clone(), outcome, gate.detail, gate.law)
    }
}

/// The trusted service that a service of the file is.
fn service_name(kind: ServiceKind) -> &'static str {
    match kind {
        ServiceKind::StorageAccount => "Storage",
        ServiceKind::DataLakeStoreAccount => "DataLakeStore",
        ServiceKind::SqlServer => "Microsoft.Sql/servers",
        ServiceKind::KeyVault => "KeyVault",
        ServiceKind::EventHubs => "EventHubs",
        ServiceKind::ServiceBus => "ServiceBus",
        ServiceKind::CosmosDb => "CosmosDB",
        ServiceKind::DataFactory => "DataFactory",
        ServiceKind::Databricks => "Databricks",
        ServiceKind::WebApp => "AppService",
    }
}
