//! Platform services: their firewalls in a word, who is let in, private endpoints, zones, clusters.

use super::{
    super::picture::{EdgeKind, FrameId, FrameKind, NodeKind, Spot},
    Drawing,
};
use crate::{
    model::{
        Access, Known, LinkState, PrivateEndpoint, PublicNetworkAccess, RuleSubnet, Service, ServiceId, Workspace,
    },
    report::page::{capped, count},
};

/// Most zones told of one VNET, most groups of one endpoint.
const MOST_NAMES: usize = 4;

impl Drawing<'_> {
    /// Azure's services, and what is read and not modelled and stands in no VNET.
    pub(super) fn services(&mut self) {
        let model = &self.network.model;
        let loose: Vec<usize> = (0..model.unmodelled.len())
            .filter(|index| !self.spots.contains_key(&model.unmodelled[*index].label.name.to_lowercase()))
            .collect();
        if loose.is_empty() && model.services.is_empty() {
            return;
        }
        let frame = self.frame("services".to_owned(), FrameKind::Services, None, "Azure services", String::new());
        let names = model.services.iter().map(|service| service.label.name.as_str());
        let mut drawn = self.chosen(names, self.bounds.outside);
        let spoken_of = |service: &Service| {
            let name = service.label.name.as_str();
            self.asked.iter().any(|one| one.split('/').next() == Some(name))
        };
        drawn.extend((0..model.services.len()).filter(|index| spoken_of(&model.services[*index])));
        for (index, service) in model.services.iter().enumerate() {
            let spot = match drawn.contains(&index) {
                true => {
                    let details = self.service_details(ServiceId::at(index), service);
                    let words = service.kind.words();
                    Spot::Node(self.node(NodeKind::Service, words, frame, &service.label.name, details))
                }
                false => Spot::Frame(frame),
            };
            self.services[index] = Some(spot);
            self.known_as(service.label.name.clone(), spot);
            for part in &service.sub_resources {
                self.known_as(format!("{}/{}", service.label.name, part.name), spot);
                self.known_as(part.host.clone(), spot);
            }
            self.workspace_labels(service);
        }
        self.more(frame, model.services.len() - drawn.len(), "service", "services");
        for index in loose.iter().take(self.bounds.outside) {
            self.unmodelled(frame, &model.unmodelled[*index]);
        }
        let rest = loose.len().saturating_sub(self.bounds.outside);
        self.more(frame, rest, "resource", "resources");
    }

    fn service_details(&self, id: ServiceId, service: &Service) -> Vec<String> {
        let mut details: Vec<String> = service.location.iter().cloned().collect();
        details.extend(firewall_words(service));
        for perimeter in &self.network.model.network_security_perimeters {
            let inside = perimeter.associations.iter().find(|one| one.service == id);
            if let Some(association) = inside {
                let learning = if association.enforced { "" } else { ", learning" };
                details.push(format!("perimeter {}{learning}", perimeter.label.name));
            }
        }
        details.extend(service.workspace.iter().flat_map(workspace_words));
        details
    }

    /// The subnets of a workspace's nodes say so.
    fn workspace_labels(&mut self, service: &Service) {
        let Some(workspace) = &service.workspace else { return };
        for (subnet, words) in [(workspace.host_subnet, "hosts of"), (workspace.container_subnet, "containers of")] {
            if let Some(Spot::Frame(frame)) = subnet.and_then(|id| self.subnet_spot(id)) {
                self.picture.frames[frame.0].labels.push(format!("{words} {}", service.label.name));
            }
        }
    }

    /// Private endpoints in their subnets, with a line to what they stand for.
    pub(super) fn private_endpoints(&mut self) {
        let model = &self.network.model;
        for (index, endpoint) in model.private_endpoints.iter().enumerate() {
            let home = match endpoint.subnet {
                RuleSubnet::Here(subnet) => self.subnet_spot(subnet),
                RuleSubnet::Outside(_) | RuleSubnet::Unknown(_) => None,
            };
            let Some(Spot::Frame(home)) = home else { continue };
            let spot = self.private_endpoint(endpoint, home);
            self.endpoints[index] = Some(spot);
            self.known_as(endpoint.label.name.clone(), spot);
            if let (RuleSubnet::Here(subnet), Known::Known(addresses)) = (&endpoint.subnet, &endpoint.addresses) {
                let network = self.network_of(*subnet);
                for address in addresses {
                    self.answers(network, *address, spot);
                }
            }
            let service = endpoint.service().and_then(|id| self.services[id.index()]);
            if let Some(service) = service {
                let label = capped(&endpoint.group_ids, MOST_NAMES, ", ");
                let label = if label.is_empty() { Vec::new() } else { vec![label] };
                self.line(spot, service, EdgeKind::PrivateEndpoint, label);
            }
        }
    }

    fn private_endpoint(&mut self, endpoint: &PrivateEndpoint, home: FrameId) -> Spot {
        if !self.bounds.subnets {
            return Spot::Frame(home);
        }
        let mut details: Vec<String> = match &endpoint.addresses {
            Known::Known(addresses) => addresses.iter().take(MOST_NAMES).map(ToString::to_string).collect(),
            Known::Unknown(_) => vec!["address not known".to_owned()],
        };
        match endpoint.state {
            Known::Known(LinkState::Approved) => {}
            Known::Known(state) => details.push(state.as_str().to_owned()),
            Known::Unknown(_) => details.push("state not known".to_owned()),
        }
        Spot::Node(self.node(NodeKind::PrivateEndpoint, "private endpoint", home, &endpoint.label.name, details))
    }

    /// Clusters whose nodes the file does not name are a node themselves; the others a label of their subnet.
    pub(super) fn clusters(&mut self) {
        for cluster in &self.network.model.clusters {
            let Some(Spot::Frame(home)) = self.subnet_spot(cluster.subnet) else { continue };
            let words = if cluster.kafka { "HDInsight Kafka" } else { "HDInsight" };
            let name = &cluster.label.name;
            let spot = if cluster.nodes.is_empty() && self.bounds.subnets {
                Spot::Node(self.node(NodeKind::Cluster, words, home, name, Vec::new()))
            } else {
                self.picture.frames[home.0].labels.push(format!("{words} {name}"));
                Spot::Frame(home)
            };
            self.known_as(name.clone(), spot);
        }
    }

    /// Private DNS zones at the VNETs that they answer.
    pub(super) fn zones(&mut self) {
        let model = &self.network.model;
        let mut zones: Vec<Vec<String>> = vec![Vec::new(); model.virtual_networks.len()];
        for zone in &model.private_dns_zones {
            for network in zone.links.iter().filter_map(|link| link.virtual_network.known()) {
                if !zones[network.index()].contains(&zone.domain) {
                    zones[network.index()].push(zone.domain.clone());
                }
            }
        }
        for (index, names) in zones.iter().enumerate() {
            let Some(frame) = self.networks[index] else { continue };
            let labels = &mut self.picture.frames[frame.0].labels;
            labels.extend(names.iter().take(MOST_NAMES).map(|name| format!("zone {name}")));
            if names.len() > MOST_NAMES {
                labels.push(format!("and {} more", count(names.len() - MOST_NAMES, "zone")));
            }
        }
    }

    /// Subnets whose service endpoint a service has a rule for, and those by which apps send.
    pub(super) fn service_endpoints(&mut self) {
        let model = &self.network.model;
        for (index, service) in model.services.iter().enumerate() {
            let Some(to) = self.services[index] else { continue };
            if let Some(from) = service.integration_subnet().and_then(|id| self.subnet_spot(id)) {
                self.line(to, from, EdgeKind::Connection, vec!["integration".to_owned()]);
            }
            for rule in &service.firewall.subnet_rules {
                let RuleSubnet::Here(id) = rule.subnet else { continue };
                let Some(from) = self.subnet_spot(id) else { continue };
                let own = &model.subnet(id).service_endpoints;
                let has = |name: &&&str| own.iter().any(|one| one.eq_ignore_ascii_case(name));
                if let Some(name) = service.kind.endpoints().iter().find(has) {
                    self.line(from, to, EdgeKind::ServiceEndpoint, vec![(*name).to_owned()]);
                }
            }
        }
    }
}

/// The firewall in a word or two.
fn firewall_words(service: &Service) -> Vec<String> {
    let firewall = &service.firewall;
    let of_firewall = firewall.address_rules.len() + firewall.subnet_rules.len() + firewall.instance_rules.len();
    let (rules, default) = match service.app.as_ref().map(|app| &app.restrictions[0]) {
        Some(list) => (list.rules.len(), list.default_action),
        None => (of_firewall, firewall.default_action),
    };
    let state = match (service.public_network_access, default) {
        (Known::Known(PublicNetworkAccess::Disabled), _) => "public access off".to_owned(),
        (Known::Known(PublicNetworkAccess::SecuredByPerimeter), _) => "by its perimeter only".to_owned(),
        (Known::Unknown(_), _) | (_, Known::Unknown(_)) => "firewall not known".to_owned(),
        (_, Known::Known(Access::Allow)) => "firewall open".to_owned(),
        (_, Known::Known(Access::Deny)) if rules == 0 => "firewall closed".to_owned(),
        (_, Known::Known(Access::Deny)) => format!("firewall: {}", count(rules, "rule")),
    };
    let judged = state.starts_with("firewall closed") || state.starts_with("firewall:");
    let trusted = judged && firewall.trusted_services == Known::Known(true);
    [Some(state), trusted.then(|| "trusted services pass".to_owned())].into_iter().flatten().collect()
}

fn workspace_words(workspace: &Workspace) -> Vec<String> {
    let mut words = Vec::new();
    if workspace.no_public_ip == Known::Known(true) {
        words.push("nodes without public addresses".to_owned());
    }
    if !workspace.ip_access_lists.is_empty() {
        words.push(count(workspace.ip_access_lists.len(), "IP access list"));
    }
    words
}
