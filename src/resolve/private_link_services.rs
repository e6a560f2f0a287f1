//! Private link services: what the packets of their endpoints come from, and which frontend answers.
//!
//! In: privateLinkServices. Out: [`PrivateLinkService`]s in the order of the file, and what they say of a connection.
//! Deliberately absent: the endpoints (that is `private_link`) and the walk (that is `evaluate/private_link_service`).

use super::{
    Work,
    balancing::names_child,
    family,
    index::{ArmId, Kind},
    label,
    services::bare,
};
use crate::{
    model::*,
    scenario::tree::{Entry, Node},
};

impl Work {
    /// Reads them all. Load balancers are there already.
    pub(super) fn private_link_services(&mut self, network: &Node) {
        for entry in family(network, "privateLinkServices") {
            let mut service = PrivateLinkService {
                label: label(entry),
                nat_addresses: Vec::new(),
                unknown_nat: None,
                frontends: Vec::new(),
                unknown_frontend: None,
            };
            for configuration in family(&entry.value, "ipConfigurations") {
                self.nat_address(configuration, &mut service);
            }
            let policies = |id: &SubnetId| self.is_closed_to_nat(network, *id);
            let closed = service.nat_addresses.iter().map(|(subnet, _)| *subnet).find(policies);
            if let Some(subnet) = closed {
                self.refuse_subnet(entry, subnet);
            }
            for frontend in entry.value.get("loadBalancerFrontendIpConfigurations").map(Node::items).unwrap_or_default()
            {
                self.answering_frontend(entry, frontend, &mut service);
            }
            self.model.private_link_services.push(service);
        }
    }

    /// A subnet without address space is known in part only: what it allows is not known.
    fn is_closed_to_nat(&self, network: &Node, id: SubnetId) -> bool {
        let subnet = self.model.subnet(id);
        let (home, name) = (self.model.virtual_network(subnet.virtual_network), bare(&subnet.label.name));
        let written = family(network, "virtualNetworks").iter().find(|one| *one.key == *home.label.name);
        let subnets = written.map(|one| family(&one.value, "subnets")).unwrap_or_default();
        let policies = subnets
            .iter()
            .find(|one| *one.key == *name)
            .map(|one| one.value.get("privateLinkServiceNetworkPolicies").cloned());
        match policies {
            None => false,
            Some(None) => !subnet.address_prefixes.is_empty(),
            Some(Some(value)) => value.as_str() == Some("Enabled"),
        }
    }

    /// Azure refuses a NAT address where privateLinkServiceNetworkPolicies is not Disabled (F221).
    fn refuse_subnet(&mut self, entry: &Entry, subnet: SubnetId) {
        let name = self.model.subnet(subnet).label.name.clone();
        let message =
            format!("private link service `{}` takes addresses of `{name}`, which does not allow it", entry.key);
        let help = "give the subnet `privateLinkServiceNetworkPolicies: Disabled` (F221)";
        self.error("private-link-service-network-policies", entry.key_span, message, help);
    }

    fn nat_address(&mut self, entry: &Entry, service: &mut PrivateLinkService) {
        let subnet = match self.reference(&entry.value, "subnet", Kind::Subnet) {
            Some(Known::Known(place)) => SubnetId::at(place),
            Some(Known::Unknown(fact)) => {
                service.unknown_nat = Some(fact);
                return;
            }
            None => return,
        };
        let written = entry.value.get("privateIPAddress").filter(|value| !value.is_hollow()).cloned();
        let address = match written {
            Some(value) => {
                let Some(address) = self.address(&value) else { return };
                self.check_address(&address, subnet.index(), &value);
                address
            }
            None => {
                let text = format!("which NAT address private link service `{}` has", service.label.name);
                Known::Unknown(self.fact(text, Some(service.label.origin.clone())))
            }
        };
        service.nat_addresses.push((subnet, address));
    }

    fn answering_frontend(&mut self, entry: &Entry, node: &Node, service: &mut PrivateLinkService) {
        if let Some(fact) = self.unknown(node) {
            service.unknown_frontend = Some(fact);
            return;
        }
        let Some(text) = node.as_str() else { return };
        let Some((balancer, at)) = self.frontend_named(text) else {
            let lost = ArmId::parse(text).is_some() || self.loses_frontends(text);
            service.unknown_frontend = lost.then(|| self.fact(format!("the frontend `{text}`"), None));
            if !lost {
                let message = format!("`{text}` is no frontend of a load balancer");
                self.error("unknown-reference", node.span, message, "write it like `lb/frontend`");
            }
            return;
        };
        if self.model.load_balancer(balancer).standard == Known::Known(false) {
            let name = &self.model.load_balancer(balancer).label.name;
            let message = format!("private link service `{}` leads to Basic load balancer `{name}`", entry.key);
            let help = "give the load balancer `sku: Standard` (F222)";
            self.error("private-link-service-on-basic-load-balancer", node.span, message, help);
        }
        service.frontends.push((balancer, at));
    }

    fn frontend_named(&self, text: &str) -> Option<(LoadBalancerId, usize)> {
        let balancers = self.model.load_balancers.iter().enumerate();
        balancers.into_iter().find_map(|(index, balancer)| {
            let named = |one: &Frontend| names_child(text, &balancer.label.name, &one.name, "frontendipconfigurations");
            Some((LoadBalancerId::at(index), balancer.frontends.iter().position(named)?))
        })
    }

    /// Whether a name is that of a balancer of whose frontends some could not be read.
    fn loses_frontends(&self, text: &str) -> bool {
        let owner = text.rsplit_once('/').map_or("", |(owner, _)| bare(owner));
        let named = |one: &&LoadBalancer| bare(&one.label.name).eq_ignore_ascii_case(owner);
        let balancer = self.model.load_balancers.iter().find(named);
        balancer.is_some_and(|one| self.model.unread.contains_key(&one.label.origin) || one.frontends.is_empty())
    }

    /// What a service of the file says of a connection that nobody has approved by hand (F223): the connection as it lists
    /// it, else whether it approves the endpoint's subscription by itself.
    pub(super) fn state_at_service(
        &mut self,
        service: &Entry,
        endpoint: &Entry,
        manual: bool,
    ) -> Option<Known<LinkState>> {
        let connections = family(&service.value, "privateEndpointConnections");
        let own = |one: &&Entry| {
            let other = one.value.get("privateEndpoint").and_then(Node::as_str).map(bare);
            other.is_some_and(|name| name.eq_ignore_ascii_case(bare(&endpoint.key)))
        };
        if let Some(connection) = connections.iter().find(own) {
            let state = connection.value.get("privateLinkServiceConnectionState");
            return state.and_then(|state| state.get("status")).cloned().and_then(|status| self.state_named(&status));
        }
        if !manual {
            return None;
        }
        let approved = service.value.get("autoApproval").and_then(|list| list.get("subscriptions")).cloned();
        let approved = approved.as_ref().map(Node::items).unwrap_or_default().to_vec();
        let text = |item: &Node| item.as_str().unwrap_or_default().to_lowercase();
        if approved.iter().any(|item| text(item) == "*") {
            return Some(Known::Known(LinkState::Approved));
        }
        if approved.is_empty() {
            return Some(Known::Known(LinkState::Pending));
        }
        let words = format!("whether `{}` approves the subscription of `{}` by itself", service.key, endpoint.key);
        let id = endpoint.value.get("id").and_then(Node::as_str).map(str::to_lowercase);
        let Some(id) = id.filter(|_| approved.iter().all(|item| item.as_str().is_some())) else {
            return Some(Known::Unknown(self.fact(words, Some(label(endpoint).origin))));
        };
        let listed = approved.iter().any(|item| id.starts_with(&format!("/subscriptions/{}/", text(item))));
        Some(Known::Known(if listed { LinkState::Approved } else { LinkState::Pending }))
    }
}
