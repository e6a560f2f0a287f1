//! Flows that a stateful device sees in one direction only, and names that lead past their private endpoint.
//!
//! In: a network. Out: findings. Machines and sites are asked about, each with each, by the walk itself. Deliberately
//! absent: an opinion on which of the two ways is the right one.

use super::{Finding, Proof, Subject};
use crate::{
    diagnostic::Origin,
    evaluate::{Question, evaluate_all, resolves_publicly},
    flow::{End, Flow},
    model::{
        Known, LinkState, Model, Party, PeeringState, PrivateEndpoint, RuleSubnet, SiteId, VirtualNetworkId, WorkloadId,
    },
    network::Network,
    trace::{DeciderKind, Verdict},
};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// More machines and sites than these are not asked about each with each.
const MOST_ENDS: usize = 48;

/// Everything about paths and names.
pub(super) fn findings(subject: Subject<'_>) -> Vec<Finding> {
    let mut found = asymmetric(subject.network);
    found.extend(unresolved(subject.network));
    found
}

fn ends(model: &Model) -> Vec<(String, Party)> {
    let machines = model.workloads.iter().enumerate();
    let machines = machines.map(|(index, one)| (one.label.name.clone(), Party::Workload(WorkloadId::at(index))));
    let sites = model.sites.iter().enumerate();
    let sites = sites.map(|(index, one)| (one.label.name.clone(), Party::Site(SiteId::at(index))));
    machines.chain(sites).take(MOST_ENDS).collect()
}

/// One finding for each device that sees some flow in one direction only.
fn asymmetric(network: &Network) -> Vec<Finding> {
    let ends = ends(&network.model);
    let mut questions = Vec::new();
    for (from, source) in &ends {
        for (to, destination) in ends.iter().filter(|(to, _)| to != from) {
            let Ok(flow) = format!("{from} -> {to}").parse::<Flow>() else { continue };
            questions.push(Question::new(flow, vec![source.clone()], vec![destination.clone()]));
        }
    }
    let (mut told, mut found) = (HashSet::new(), Vec::new());
    for (question, trace) in questions.iter().zip(evaluate_all(network, &questions)) {
        let lost = trace.parts.iter().filter(|part| part.verdict == Verdict::Denied);
        let decided = lost.filter_map(|part| part.decided_by.first());
        for step in decided.filter(|step| step.kind == DeciderKind::Asymmetric) {
            let Some(origin) = device(&network.model, &step.resource).filter(|_| told.insert(step.resource.clone()))
            else {
                continue;
            };
            let (from, to) = (end(&question.flow.source), end(&question.flow.destination));
            let message = format!(
                "`{}` sees flows from `{from}` to `{to}` in one direction only: it {}",
                step.resource, step.detail
            );
            let finding = Finding::new("asymmetric-path", Some(origin), message);
            found.push(
                finding
                    .help("lead both directions through it, or neither")
                    .proof(Proof::Flow(question.flow.to_string())),
            );
        }
    }
    found
}

fn end(end: &End) -> String {
    end.to_string()
}

/// Where an appliance or a firewall is written.
fn device(model: &Model, name: &str) -> Option<Origin> {
    let appliances = model.appliances.iter().map(|one| &one.label);
    let mut labels = appliances.chain(model.azure_firewalls.iter().map(|one| &one.label));
    labels.find(|label| label.name == name).map(|label| label.origin.clone())
}

/// Private endpoints whose service's name means its public address in networks that could reach them.
fn unresolved(network: &Network) -> Vec<Finding> {
    let model = &network.model;
    let mut found = Vec::new();
    for endpoint in &model.private_endpoints {
        let RuleSubnet::Here(subnet) = endpoint.subnet else { continue };
        if endpoint.state != Known::Known(LinkState::Approved) {
            continue;
        }
        let home = model.subnet(subnet).virtual_network;
        for (host, zone) in hosts(model, endpoint) {
            let past = |id: &VirtualNetworkId| has_machines(network, *id) && resolves_publicly(network, *id, host);
            // Without any zone the file may leave names to somebody else.
            let zoned = model.private_dns_zones.iter().any(|one| one.domain.eq_ignore_ascii_case(zone));
            let code = if zoned { "private-endpoint-not-resolved" } else { "private-endpoint-without-zone" };
            if past(&home) {
                found.push(passed_by(network, endpoint, (code, zone), host, &[home]));
            }
            let peers: Vec<VirtualNetworkId> = peers(model, home).into_iter().filter(past).collect();
            if zoned && !peers.is_empty() {
                let code = "private-endpoint-not-resolved-by-peers";
                found.push(passed_by(network, endpoint, (code, zone), host, &peers));
            }
        }
    }
    found
}

/// The public names of the parts that an endpoint stands for, each with its private zone.
fn hosts<'m>(model: &'m Model, endpoint: &PrivateEndpoint) -> Vec<(&'m str, &'static str)> {
    let Some(service) = endpoint.service() else { return Vec::new() };
    let parts = model.service(service).sub_resources.iter();
    let meant = parts.filter(|part| endpoint.group_ids.iter().any(|one| one.eq_ignore_ascii_case(&part.group_id)));
    let mut hosts: Vec<_> = meant.map(|part| (part.host.as_str(), part.private_zone)).collect();
    hosts.dedup();
    hosts
}

/// Whether somebody there asks Azure's own resolver.
fn has_machines(network: &Network, id: VirtualNetworkId) -> bool {
    let here = network.model.virtual_network(id);
    let asks = here.dns_servers.is_empty();
    asks && here.subnets.iter().any(|subnet| {
        let members = &network.subnet(*subnet).members;
        members.iter().any(|(nic, _)| network.model.network_interface(*nic).workload.is_some())
    })
}

fn peers(model: &Model, home: VirtualNetworkId) -> Vec<VirtualNetworkId> {
    let links = model.virtual_network(home).peerings.iter().map(|link| model.peering(*link));
    let connected = links.filter(|link| link.state == PeeringState::Connected);
    connected.filter_map(|link| link.remote.known().copied()).collect()
}

fn passed_by(
    network: &Network,
    endpoint: &PrivateEndpoint,
    (code, zone): (&'static str, &str),
    host: &str,
    from: &[VirtualNetworkId],
) -> Finding {
    let names: Vec<String> =
        from.iter().map(|id| format!("`{}`", network.model.virtual_network(*id).label.name)).collect();
    let message = format!(
        "`{host}` means its public address in {}, past the private endpoint `{}`",
        names.join(", "),
        endpoint.label.name
    );
    Finding::new(code, Some(endpoint.label.origin.clone()), message)
        .help("link the private DNS zone of the endpoint to the network")
        .patch_if(links(&network.model, zone, from))
}

/// Links of the file's zone to the networks that have none.
fn links(model: &Model, domain: &str, to: &[VirtualNetworkId]) -> Option<Value> {
    let zone = model.private_dns_zones.iter().find(|one| one.domain.eq_ignore_ascii_case(domain))?;
    let bare = to.iter().filter(|id| !zone.links.iter().any(|link| link.virtual_network == Known::Known(**id)));
    let names: Vec<&str> = bare.map(|id| model.virtual_network(*id).label.name.as_str()).collect();
    let links: Map<String, Value> =
        names.into_iter().map(|name| (format!("to-{name}"), json!({"virtualNetwork": name}))).collect();
    (!links.is_empty()).then(|| json!({"privateDnsZones": {&*zone.label.name: {"virtualNetworkLinks": links}}}))
}
