//! Random questions about services: who asks, for what, with which identity.
//!
//! In: a network with services. Out: the request for the slow judge, and the same as a question to the fast walk.

use super::{Random, network::ip, questions::insiders};
use crate::oracle::{
    Start,
    journey::{Request, Target},
};
use azreach::{
    evaluate::Question,
    flow::{End, Flow, Protocol},
    model::*,
    space::Ports,
};
use std::net::IpAddr;

/// One request, twice.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub request: Request,
    pub question: Question,
}

/// So many requests to a network with services.
pub(crate) fn calls(model: &Model, random: &mut Random, count: usize) -> Vec<Call> {
    let sources = sources(model);
    (0..count).filter_map(|_| call(model, random, &sources)).collect()
}

fn sources(model: &Model) -> Vec<(Start, IpAddr, Party)> {
    let mut sources = insiders(model);
    sources.extend(sources.clone());
    for address in ["198.51.100.5", "8.8.8.8", "20.200.0.77"].map(ip) {
        let start = if address == ip("198.51.100.5") { Start::External(ExternalId(0)) } else { Start::Internet };
        sources.push((start, address, Party::Address(address)));
    }
    for index in 1..model.externals.len() {
        let id = ExternalId::at(index);
        let address = model.external(id).addresses.first().map_or(ip("0.0.0.0"), |net| net.addr());
        sources.push((Start::External(id), address, Party::External(id)));
    }
    for index in 0..model.services.len() {
        let id = ServiceId::at(index);
        sources.push((Start::Service(id), ip("0.0.0.0"), Party::Service(id, None)));
    }
    sources
}

fn call(model: &Model, random: &mut Random, sources: &[(Start, IpAddr, Party)]) -> Option<Call> {
    let (start, source, party) = random.pick(sources).clone();
    let inside = matches!(start, Start::Nic(_) | Start::Subnet(_) | Start::Site(_));
    let (target, goal, mut port) = target(model, random, inside)?;
    match target {
        Target::Address(address) if address == source => return None,
        Target::Service(id, _) if start == Start::Service(id) => return None,
        _ => {}
    }
    if random.percent(4) {
        port = *random.pick(&[22, 443, 1433, 9093]);
    }
    let asked = match start {
        Start::Service(_) => random.percent(30).then_some(Identity::ManagedIdentity),
        _ => random.percent(30).then(|| random.pick(&Identity::ALL).0),
    };
    let own = match start {
        Start::Nic(nic) => model.network_interface(nic).workload.and_then(|id| model.workload(id).identity),
        Start::External(id) if party == Party::External(id) => model.external(id).identity,
        _ => None,
    };
    let from = *random.pick(&[30000, 50000]);
    let protocol = if random.percent(95) { Protocol::Tcp } else { Protocol::Udp };
    let request = Request {
        start,
        source,
        identity: asked.or(own),
        protocol: protocol.numbers().first().unwrap_or(6),
        source_port: from,
        port,
        target,
    };
    let flow = Flow {
        source: End::Name(vec!["source".into()]),
        destination: End::Name(vec!["target".into()]),
        protocol,
        ports: Ports::single(port),
        source_ports: Some(Ports::single(from)),
    };
    let question = Question { flow, sources: vec![party], destinations: vec![goal], identity: asked };
    Some(Call { request, question })
}

/// Services, their parts, endpoints by name and by address, hosts, brokers of Kafka.
fn target(model: &Model, random: &mut Random, inside: bool) -> Option<(Target, Party, u16)> {
    match random.below(20) {
        0..13 => {
            let linked: Vec<ServiceId> = model.private_endpoints.iter().filter_map(|one| one.service()).collect();
            let id = match !linked.is_empty() && random.percent(40) {
                true => *random.pick(&linked),
                false => ServiceId::at(random.below(model.services.len())),
            };
            let service = model.service(id);
            let port = match service.kind {
                ServiceKind::SqlServer => 1433,
                ServiceKind::EventHubs => 9093,
                _ => 443,
            };
            // What a bare name means would hang on the state of endpoints.
            let settled = model.private_endpoints.iter().all(|one| one.state.known().is_some());
            let part = match settled && random.percent(30) {
                true => None,
                false => Some(random.below(service.sub_resources.len())),
            };
            Some((Target::Service(id, part), Party::Service(id, part), port))
        }
        13 | 14 if !model.private_endpoints.is_empty() => {
            let id = PrivateEndpointId::at(random.below(model.private_endpoints.len()));
            Some((Target::PrivateEndpoint(id), Party::PrivateEndpoint(id), 443))
        }
        15 if inside && !model.private_endpoints.is_empty() => {
            let endpoint = random.pick(&model.private_endpoints);
            let address = *endpoint.addresses.known()?.first()?;
            let port = *random.pick(&[443, 1433]);
            Some((Target::Address(address), Party::Address(address), port))
        }
        16 | 17 if inside && !model.clusters.is_empty() => {
            let (_, nic) = random.pick(&model.clusters[0].nodes);
            let address = *model.network_interface(*nic).ip_configurations[0].address.known()?;
            Some((Target::Address(address), Party::NetworkInterface(*nic), 9092))
        }
        _ => {
            let host = (*random.pick(&[
                "pypi.org",
                "login.microsoftonline.com",
                "other.blob.core.windows.net",
                "db.corp.example",
                "alias.corp.example",
                "missing.corp.example",
                "vm1.corp.example",
            ]))
            .to_owned();
            Some((Target::Host(host.clone()), Party::Host(host), 443))
        }
    }
}
