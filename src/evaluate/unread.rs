//! Properties that azreach does not model: every fate that had to do with their resource is undetermined.
//!
//! In: the fates of one journey. Out: the same, in doubt where a step, or the place where they began or were to end, is
//! of such a resource. What the property does is not known: it may forbid what is allowed and allow what is denied.

use super::{
    ends::{Goal, Start},
    flight::{Doubts, Fate, Fates, ListRef, Mark, Place},
    steps,
    walk::Aim,
};
use crate::{
    diagnostic::Origin,
    model::{FactId, SubnetId},
    network::{LocalOwner, Network},
    space::Space,
    trace::{DeciderKind, Outcome, Step, Verdict},
};
use std::rc::Rc;

/// Puts into doubt what depends on such a property.
pub(super) fn doubt(space: &mut Space, network: &Network, mut fates: Fates, start: &Start, goal: &Goal) -> Fates {
    if network.model.unread.is_empty() {
        return fates;
    }
    let ends = [place_origins(network, start.place), goal_origins(network, goal)].concat();
    for fate in &mut fates {
        doubt_fate(space, network, fate, &ends);
    }
    fates
}

fn doubt_fate(space: &mut Space, network: &Network, fate: &mut Fate, ends: &[Origin]) {
    let mut told = Vec::new();
    let mut doubts = Doubts::default();
    for origin in ends {
        doubts.add_facts(facts(network, origin));
    }
    for mark in fate.trail.marks() {
        let (origins, step) = match mark {
            Mark::At(_) | Mark::Turn => continue,
            Mark::Step(step) => (step.origin.iter().cloned().collect(), (*step).clone()),
            Mark::Filtered { list, fragments, .. } => {
                let rules = fragments.rules(space, fate.part).into_iter();
                let rules: Vec<Step> =
                    rules.map(|rule| steps::rule(network, list, rule, "", Outcome::Unknown)).collect();
                let Some(first) = rules.first().cloned() else { continue };
                let rules = rules.into_iter().filter_map(|step| step.origin);
                (rules.chain(list_origin(network, list)).collect::<Vec<_>>(), first)
            }
        };
        let found: Vec<FactId> = origins.iter().flat_map(|origin| facts(network, origin)).copied().collect();
        if !found.is_empty() {
            doubts.add_facts(&found);
            told.push(Rc::new(Step { outcome: Outcome::Unknown, ..step }));
        }
    }
    if doubts.is_empty() {
        return;
    }
    if told.is_empty() {
        let detail = "one of the ends has a property that is not modelled";
        told.push(Rc::new(steps::step(DeciderKind::Platform, "", "", Outcome::Unknown, detail, "F203")));
    }
    fate.verdict = Verdict::Undetermined;
    fate.doubts.extend(&doubts);
    fate.hung_on = told;
}

fn facts<'n>(network: &'n Network, origin: &Origin) -> &'n [FactId] {
    network.model.unread.get(origin).map_or(&[], Vec::as_slice)
}

/// The list's own resource: default rules are written nowhere.
fn list_origin(network: &Network, list: ListRef) -> Option<Origin> {
    let model = &network.model;
    Some(match list {
        ListRef::SecurityGroup(id, _) => model.network_security_group(id).label.origin.clone(),
        ListRef::Appliance(id) => model.appliance(id).label.origin.clone(),
        ListRef::Site(id) => model.site(id).label.origin.clone(),
        ListRef::FirewallNetwork(id) | ListRef::FirewallApplication(id) => {
            model.azure_firewall(id).label.origin.clone()
        }
        ListRef::Admin(..) => return None,
    })
}

fn place_origins(network: &Network, place: Place) -> Vec<Origin> {
    let model = &network.model;
    match place {
        Place::NetworkInterface(id, at) => {
            let nic = model.network_interface(id);
            let subnet = nic.ip_configurations.get(at).map(|one| one.subnet);
            let above = subnet.map(|subnet| subnet_origins(network, subnet)).unwrap_or_default();
            [vec![nic.label.origin.clone()], above].concat()
        }
        Place::Subnet(id) => subnet_origins(network, id),
        Place::WebApp(id) => {
            let own = model.service(id);
            let above = own.integration_subnet().map(|subnet| subnet_origins(network, subnet)).unwrap_or_default();
            [vec![own.label.origin.clone()], above].concat()
        }
        Place::Service(id) => vec![model.service(id).label.origin.clone()],
        Place::PrivateEndpoint(id) => vec![model.private_endpoint(id).label.origin.clone()],
        Place::AzureFirewall(id) => vec![model.azure_firewall(id).label.origin.clone()],
        Place::Bastion(id) => {
            let own = model.bastion_host(id);
            let above = own.subnet().map(|subnet| subnet_origins(network, subnet)).unwrap_or_default();
            [vec![own.label.origin.clone()], above].concat()
        }
        Place::Clients(id) => vec![model.virtual_network_gateway(id).label.origin.clone()],
        Place::BehindHub(id, _) => vec![model.virtual_hub(id).label.origin.clone()],
        Place::BehindAppliance(id, _) => vec![model.appliance(id).label.origin.clone()],
        Place::Site(_) | Place::Behind(_) | Place::External(_) | Place::Internet | Place::Host | Place::Outsider => {
            Vec::new()
        }
    }
}

fn owner_origins(network: &Network, owner: LocalOwner) -> Vec<Origin> {
    match owner {
        LocalOwner::NetworkInterface(id, at) => place_origins(network, Place::NetworkInterface(id, at as usize)),
        LocalOwner::Anonymous(subnet) => subnet_origins(network, subnet),
        LocalOwner::PrivateEndpoint(id, _) => place_origins(network, Place::PrivateEndpoint(id)),
        LocalOwner::AzureFirewall(id) => place_origins(network, Place::AzureFirewall(id)),
        LocalOwner::LoadBalancer(id, _) => vec![network.model.load_balancer(id).label.origin.clone()],
        LocalOwner::ApplicationGateway(id, _) => vec![network.model.application_gateway(id).label.origin.clone()],
        LocalOwner::RouteServer(id) => vec![network.model.route_server(id).label.origin.clone()],
        LocalOwner::Gateway(id) => vec![network.model.virtual_network_gateway(id).label.origin.clone()],
        LocalOwner::Unmodelled(..) | LocalOwner::Reserved(_) => Vec::new(),
    }
}

fn subnet_origins(network: &Network, id: SubnetId) -> Vec<Origin> {
    let subnet = network.model.subnet(id);
    let model = &network.model;
    let home = model.virtual_network(subnet.virtual_network);
    let table = subnet.route_table.and_then(|table| table.known().copied());
    let tables = table.map(|id| model.route_table(id).label.origin.clone());
    let translators = subnet.nat_gateway.map(|id| model.nat_gateway(id).label.origin.clone());
    [subnet.label.origin.clone(), home.label.origin.clone()].into_iter().chain(tables).chain(translators).collect()
}

fn goal_origins(network: &Network, goal: &Goal) -> Vec<Origin> {
    match goal.aim {
        Aim::VirtualNetwork(id) => {
            let owners = network.virtual_network(id).owners_of(&goal.addresses);
            let owners = owners.into_iter().flat_map(|(owner, _)| owner_origins(network, owner));
            owners.chain([network.model.virtual_network(id).label.origin.clone()]).collect()
        }
        Aim::NetworkInterface(id, at) => place_origins(network, Place::NetworkInterface(id, at)),
        Aim::PublicIpAddress(id) => vec![network.model.public_ip_address(id).label.origin.clone()],
        Aim::Service(id, _) | Aim::SignIn(id) => vec![network.model.service(id).label.origin.clone()],
        Aim::Clients(id) => vec![network.model.virtual_network_gateway(id).label.origin.clone()],
        Aim::Bastion(id) => place_origins(network, Place::Bastion(id)),
        Aim::PrivateEndpoint(id) => vec![network.model.private_endpoint(id).label.origin.clone()],
        // Several ends are asked for together only where nothing is unread.
        Aim::Anywhere | Aim::Site(_) | Aim::External(_) | Aim::Unmodelled(_) | Aim::Several => Vec::new(),
    }
}
