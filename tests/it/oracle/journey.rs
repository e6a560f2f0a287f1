//! A whole question about a service, a host, an endpoint: the name, the token, the packet itself, the second connection.
//!
//! In: a model in which all is known, a [`World`] for the rest, a [`Request`]. Out: an [`Outcome`]. Every further flow is
//! another packet walked there and back; of many ports a few are tried, at the edges of what rules name.

use super::{
    Header, Host, Start, Stop, Walk,
    names::{Asker, Meaning},
    services::Aim,
    worlds::World,
};
use azreach::model::*;
use std::net::IpAddr;

/// Who asks for what.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub start: Start,
    pub source: IpAddr,
    pub identity: Option<Identity>,
    pub protocol: u8,
    pub source_port: u16,
    pub port: u16,
    pub target: Target,
}

/// What it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Service(ServiceId, Option<usize>),
    Host(String),
    PrivateEndpoint(PrivateEndpointId),
    Address(IpAddr),
}

/// How packets fare together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Allowed,
    Denied(String),
    Mixed,
    /// No law decides.
    Open(String),
}

impl Outcome {
    /// Both are needed.
    pub(crate) fn and(self, other: Outcome) -> Outcome {
        use Outcome::*;
        match (self, other) {
            (Denied(why), _) | (_, Denied(why)) => Denied(why),
            (Open(why), _) | (_, Open(why)) => Open(why),
            (Mixed, _) | (_, Mixed) => Mixed,
            (Allowed, Allowed) => Allowed,
        }
    }

    /// Both are asked about.
    fn beside(self, other: Outcome) -> Outcome {
        use Outcome::*;
        match (self, other) {
            (Open(why), _) | (_, Open(why)) => Open(why),
            (Allowed, Allowed) => Allowed,
            (Denied(why), Denied(_)) => Denied(why),
            _ => Mixed,
        }
    }
}

/// Packets of one flow: some ports, from some ports.
#[derive(Debug, Clone)]
pub(crate) struct Probe<'a> {
    pub asker: Asker,
    pub to: IpAddr,
    pub protocol: u8,
    pub ports: &'a [u16],
    pub source_ports: &'a [u16],
    pub aim: Aim,
    pub identity: Option<Identity>,
}

/// Ports that clients choose, on both sides of the one edge that rules have.
const CLIENT_PORTS: [u16; 3] = [1024, 40000, 40001];

impl Probe<'_> {
    pub(crate) fn new(asker: Asker, to: IpAddr) -> Self {
        let (ports, source_ports) = (&[443], &CLIENT_PORTS);
        Probe { asker, to, protocol: 6, ports, source_ports, aim: Aim::Anything, identity: None }
    }
}

/// One question in one world.
pub(crate) struct Journey<'a> {
    pub(super) model: &'a Model,
    pub(super) world: &'a World,
}

/// How a request fares in a world.
pub(crate) fn judge(model: &Model, world: &World, request: &Request) -> Outcome {
    Journey { model, world }.judge(request)
}

impl Journey<'_> {
    fn judge(&self, request: &Request) -> Outcome {
        // Services and some parties outside have an address in this world only.
        let address = match request.start {
            Start::Service(id) => self.world.service_address(self.model, "caller", self.model.service(id)),
            Start::External(id) if request.source.is_unspecified() => self.model.external(id).addresses[0].addr(),
            _ => request.source,
        };
        let asker = Asker { start: request.start, address };
        match &request.target {
            Target::Service(id, part) => {
                let parts = self.parts_asked(*id, *part).into_iter();
                let each = parts.map(|part| self.to_service(request, asker, *id, part));
                each.reduce(Outcome::beside).expect("a service with parts")
            }
            Target::Host(host) => {
                let (meaning, asked) = self.look_up(asker, host);
                match meaning {
                    Meaning::Nothing => Outcome::Denied(format!("no name {host}")),
                    meaning => asked.and(self.main(request, asker, &meaning)),
                }
            }
            Target::PrivateEndpoint(id) => self.to_endpoint(request, asker, *id),
            Target::Address(address) => {
                let meaning = Meaning::Address(*address);
                self.advertised(request, asker).and(self.main(request, asker, &meaning))
            }
        }
    }

    /// The bare name of storage and of Cosmos DB means the parts with endpoints, and the first of the usual ones (blob and
    /// dfs of an account) that has none.
    fn parts_asked(&self, id: ServiceId, part: Option<usize>) -> Vec<usize> {
        let service = self.model.service(id);
        let usual = match (part, service.kind) {
            (Some(part), _) => return vec![part],
            (None, ServiceKind::StorageAccount) => 2,
            (None, _) => 1,
        };
        let several = matches!(service.kind, ServiceKind::StorageAccount | ServiceKind::CosmosDb);
        let linked = |at: &usize| several && self.has_endpoint(id, &service.sub_resources[*at]);
        let (mut parts, rest): (Vec<usize>, Vec<usize>) = (0..service.sub_resources.len()).partition(linked);
        parts.extend(rest.into_iter().find(|at| *at < usual));
        parts
    }

    fn to_service(&self, request: &Request, asker: Asker, id: ServiceId, part: usize) -> Outcome {
        let host = &self.model.service(id).sub_resources[part].host;
        let (meaning, asked) = self.look_up(asker, host);
        // Databases share the name of their server.
        let meaning = match meaning {
            Meaning::Nothing => return Outcome::Denied(format!("no name {host}")),
            Meaning::Service(found, _) if found == id => Meaning::Service(id, part),
            meaning => meaning,
        };
        let private = match meaning {
            Meaning::Address(address) => !super::rules::is_public(address),
            Meaning::OwnEndpoint(_) => true,
            _ => false,
        };
        asked
            .and(self.token(request, asker, id))
            .and(self.callback(request, asker, id, part, private))
            .and(self.redirect(request, asker, id, &meaning, private))
            .and(self.main(request, asker, &meaning))
    }

    /// The packet that was asked about.
    fn main(&self, request: &Request, asker: Asker, meaning: &Meaning) -> Outcome {
        if *meaning == Meaning::Address(asker.address) {
            return Outcome::Open("sets of packets leave out those to oneself (R224)".into());
        }
        let (ports, source_ports) = ([request.port], [request.source_port]);
        let probe = Probe {
            protocol: request.protocol,
            ports: &ports,
            source_ports: &source_ports,
            identity: request.identity,
            ..Probe::new(asker, asker.address)
        };
        self.towards(probe, meaning, "")
    }

    /// Packets to what a name means.
    fn towards(&self, probe: Probe<'_>, meaning: &Meaning, key: &str) -> Outcome {
        let (to, aim) = match meaning {
            Meaning::Address(address) => (*address, Aim::Anything),
            Meaning::Service(id, part) => {
                let address = self.world.service_address(self.model, &format!("{key}{part}"), self.model.service(*id));
                (address, Aim::Service { id: *id, part: *part, address })
            }
            Meaning::External(id) => (self.model.external(*id).addresses[0].addr(), Aim::Anything),
            Meaning::Stranger(host) => {
                let aim = match probe.aim {
                    Aim::Anything => Aim::Stranger { admits: is_open(host) || self.world.admits(host) },
                    aim => aim,
                };
                (self.world.host_address(self.model, host), aim)
            }
            // What an approved endpoint takes in, its service admits (F110).
            Meaning::OwnEndpoint(_) => return Outcome::Allowed,
            Meaning::Nothing => return Outcome::Denied("no name".into()),
        };
        self.probe(&Probe { to, aim, ..probe })
    }

    fn to_endpoint(&self, request: &Request, asker: Asker, id: PrivateEndpointId) -> Outcome {
        let endpoint = self.model.private_endpoint(id);
        let address = endpoint.addresses.known().and_then(|all| all.first().copied());
        match (&endpoint.subnet, request.start) {
            (RuleSubnet::Here(_), Start::Internet | Start::External(_) | Start::Service(_)) => {
                Outcome::Denied("a private address from outside".into())
            }
            (RuleSubnet::Here(_), _) => {
                self.main(request, asker, &Meaning::Address(address.expect("an endpoint with an address")))
            }
            (RuleSubnet::Outside(network), Start::External(external)) => {
                let own = self.model.external(external).networks.contains(network);
                match own && endpoint.state == Known::Known(LinkState::Approved) {
                    true => Outcome::Allowed,
                    false => Outcome::Denied("an endpoint of somebody else".into()),
                }
            }
            _ => Outcome::Denied("an endpoint of somebody else".into()),
        }
    }

    /// The token that a request carries (identity.rs, F126, F128).
    fn token(&self, request: &Request, asker: Asker, id: ServiceId) -> Outcome {
        const ENTRA: &str = "login.microsoftonline.com";
        let inside = matches!(asker.start, Start::Nic(_) | Start::Subnet(_) | Start::Site(_));
        let aim = match request.identity {
            Some(Identity::ServicePrincipal) if inside => Aim::Anything,
            Some(Identity::Interactive) => Aim::SignIn(id),
            Some(Identity::ManagedIdentity) if self.home_of(asker.start).is_some() => {
                let metadata = IpAddr::from([169, 254, 169, 254]);
                return self.probe(&Probe { ports: &[80], ..Probe::new(asker, metadata) });
            }
            _ => return Outcome::Allowed,
        };
        let (meaning, asked) = self.look_up(asker, ENTRA);
        asked.and(self.towards(Probe { aim, ..Probe::new(asker, asker.address) }, &meaning, "token"))
    }

    /// Signing in to a workspace through its private endpoint ends at the callback host of its region.
    fn callback(&self, request: &Request, asker: Asker, id: ServiceId, part: usize, private: bool) -> Outcome {
        let workspace = self.model.service(id).workspace.as_ref();
        match (workspace, request.identity) {
            (Some(workspace), Some(Identity::Interactive)) if private && part == 0 => {
                self.unguarded(asker, &workspace.web_auth, &[443])
            }
            _ => Outcome::Allowed,
        }
    }

    /// A further connection to a host that no firewall of ours guards.
    fn unguarded(&self, asker: Asker, host: &str, ports: &[u16]) -> Outcome {
        let (meaning, asked) = self.look_up(asker, host);
        let probe = Probe { ports, ..Probe::new(asker, asker.address) };
        let reached = match meaning {
            Meaning::Service(id, part) => {
                let address =
                    self.world.service_address(self.model, &format!("callback {part}"), self.model.service(id));
                self.probe(&Probe { to: address, ..probe })
            }
            meaning => self.towards(probe, &meaning, "further"),
        };
        asked.and(reached)
    }

    /// F113 to F115, F199: SQL sends its clients on to a node.
    fn redirect(&self, request: &Request, asker: Asker, id: ServiceId, meaning: &Meaning, private: bool) -> Outcome {
        let service = self.model.service(id);
        if service.kind != ServiceKind::SqlServer || request.protocol != 6 || request.port != 1433 {
            return Outcome::Allowed;
        }
        let in_azure = match asker.start {
            Start::External(id) => self.model.external(id).location.is_some(),
            Start::Service(_) => true,
            start => self.home_of(start).is_some(),
        };
        let redirected = match (service.connection_policy, private) {
            (Known::Known(ConnectionPolicy::Redirect), true) => self.model.settings.sql_private_endpoint_redirect,
            (Known::Known(ConnectionPolicy::Redirect), false) => true,
            (Known::Known(ConnectionPolicy::Default), false) => in_azure,
            _ => false,
        };
        if !redirected {
            return Outcome::Allowed;
        }
        let ports: &[u16] = match private {
            true => &[1433, 1434, 8080, 10999, 11000, 11499, 11500, 11999, 12000, 65535],
            false => &[11000, 11499, 11500, 11999],
        };
        let probe = Probe { ports, identity: request.identity, ..Probe::new(asker, asker.address) };
        self.towards(probe, meaning, "redirect")
    }

    /// Kafka brokers tell their clients names or addresses to go on to.
    fn advertised(&self, request: &Request, asker: Asker) -> Outcome {
        let Target::Address(address) = request.target else { return Outcome::Allowed };
        let node_at = |nic: &NetworkInterfaceId| {
            self.model.network_interface(*nic).ip_configurations[0].address == Known::Known(address)
        };
        let cluster = self.model.clusters.iter().find(|one| one.nodes.iter().any(|(_, nic)| node_at(nic)));
        match cluster {
            Some(cluster) if cluster.kafka && cluster.advertises_names && matches!(request.port, 9092 | 9093) => {
                let each = cluster.nodes.iter().map(|(name, _)| self.unguarded(asker, name, &[request.port]));
                each.fold(Outcome::Allowed, Outcome::and)
            }
            _ => Outcome::Allowed,
        }
    }

    /// The VNET of a starting place.
    pub(super) fn home_of(&self, start: Start) -> Option<VirtualNetworkId> {
        let subnet = match start {
            Start::Nic(nic) => self.model.network_interface(nic).ip_configurations[0].subnet,
            Start::Subnet(subnet) => subnet,
            _ => return None,
        };
        Some(self.model.subnet(subnet).virtual_network)
    }

    /// Packets of one flow, each walked by itself.
    pub(super) fn probe(&self, probe: &Probe<'_>) -> Outcome {
        // R224: what a machine sends to itself never leaves it.
        if probe.to == probe.asker.address && self.home_of(probe.asker.start).is_some() {
            return Outcome::Allowed;
        }
        let each = probe.ports.iter().flat_map(|port| probe.source_ports.iter().map(move |from| (*port, *from)));
        each.map(|(port, from)| self.one(probe, port, from)).reduce(Outcome::beside).expect("a port")
    }

    fn one(&self, probe: &Probe<'_>, port: u16, from: u16) -> Outcome {
        let has_ports = matches!(probe.protocol, 6 | 17);
        let header = Header {
            source: Host::Ip(probe.asker.address),
            destination: Host::Ip(probe.to),
            protocol: probe.protocol,
            source_port: has_ports.then_some(from),
            destination_port: has_ports.then_some(port),
        };
        let mut walk = Walk {
            world: Some(self.world),
            aim: probe.aim,
            identity: probe.identity,
            ..Walk::new(self.model, probe.asker.start)
        };
        match walk.there_and_back(header) {
            Ok(()) => Outcome::Allowed,
            Err(Stop::Denied(why)) => Outcome::Denied(why),
            Err(Stop::Undetermined(why)) => Outcome::Open(why),
        }
    }
}

/// Entra ID and its like have no firewall of a customer's; a host outside Azure has none that we ask about.
fn is_open(host: &str) -> bool {
    let open = ["AzureActiveDirectory", "AzureResourceManager", "AzureMonitor", "AzurePlatformLKM"];
    azreach::tags::host_tag(host).is_none_or(|service| service.tags.iter().any(|tag| open.contains(tag)))
}
