//! Every set of addresses with which the walk may compare an end's.
//!
//! In: a network. Out: its sets, each once. Sets of single things that lead packets somewhere (next hops, translations,
//! sites, parties outside) are in `reach/bystanders::mentioned`; an end that meets those stays apart anyway.

use crate::{
    model::{Callers, Model},
    network::{EffectiveRoutes, Match, Network, RuleList},
    space::{self, Addresses},
};
use ipnet::IpNet;
use std::{collections::HashSet, sync::Arc};

/// Sets, each once.
#[derive(Default)]
struct Sets {
    seen: HashSet<Addresses>,
    tables: HashSet<*const EffectiveRoutes>,
}

/// All sets of a network, in no order.
pub(super) fn all(network: &Network) -> Vec<Addresses> {
    let mut sets = Sets::default();
    // Every field by name, so that a new one is thought about.
    let Network {
        model,
        subnets,
        virtual_networks,
        rules,
        appliance_rules,
        site_rules,
        gateways,
        hubs,
        sites,
        admin_rules,
        firewall_rules,
        broken_firewalls: _,
        behind_appliances,
        private_endpoint_routes,
        public,
        bound_public_ips: _,
        internet,
        // Names of things that `mentioned` holds by their addresses.
        hosts: _,
        everywhere_in_doubt: _,
        warnings: _,
    } = network;
    let lists = rules.iter().flatten().chain(appliance_rules.iter().flatten()).chain(site_rules.iter().flatten());
    lists.for_each(|list| sets.add_list(list));
    admin_rules.iter().flatten().flatten().for_each(|admin| sets.add_list(&admin.rules));
    for firewall in firewall_rules {
        sets.add_list(&firewall.network);
        sets.add_list(&firewall.application);
        firewall.nat_sources.iter().for_each(|one| sets.add_match(one));
    }
    for subnet in subnets {
        // Who is assignable, anonymous or a member is known by its owner.
        sets.add_routes(&subnet.routes);
        sets.add(&subnet.virtual_network_tag.addresses);
        sets.add(&subnet.virtual_network_tag.internet);
    }
    private_endpoint_routes.iter().for_each(|routes| sets.add_routes(routes));
    // Owners are not compared: each end owns its own.
    virtual_networks.iter().for_each(|one| sets.add(&one.space));
    gateways.iter().flat_map(|gateway| &gateway.learned).for_each(|one| sets.add_prefix(one.prefix));
    let rows = hubs.iter().flat_map(|hub| hub.tables.iter().flatten().chain(&hub.firewall));
    rows.for_each(|row| sets.add_prefix(row.prefix));
    for site in sites {
        sets.add(&site.addresses);
        site.routes.iter().for_each(|route| sets.add_prefix(route.prefix));
    }
    behind_appliances.iter().for_each(|one| sets.add(one));
    sets.add(public.all());
    sets.add(internet);
    sets.add_model(model);
    sets.seen.into_iter().filter(|set| !set.is_empty() && !set.is_all()).collect()
}

impl Sets {
    fn add(&mut self, set: &Addresses) {
        if !self.seen.contains(set) {
            self.seen.insert(set.clone());
        }
    }

    fn add_prefix(&mut self, prefix: IpNet) {
        self.add(&space::prefix(prefix));
    }

    fn add_match(&mut self, one: &Match) {
        self.add(&one.addresses);
        self.add(&one.within);
    }

    fn add_list(&mut self, list: &RuleList) {
        for rule in &list.rules {
            self.add_match(&rule.source);
            self.add_match(&rule.destination);
        }
    }

    fn add_routes(&mut self, routes: &Arc<EffectiveRoutes>) {
        if !self.tables.insert(Arc::as_ptr(routes)) {
            return;
        }
        for (first, last, _) in &routes.intervals {
            self.add(&Addresses::range(*first, *last));
        }
        for prefix in routes.rows.iter().flat_map(|row| &row.prefixes) {
            self.add_prefix(*prefix);
        }
    }

    /// What the walk reads of the model itself.
    fn add_model(&mut self, model: &Model) {
        for firewall in &model.azure_firewalls {
            self.add(&firewall.threats.0);
            self.add(&firewall.private_ranges);
            firewall.nat_rules.iter().for_each(|rule| self.add(&rule.destination));
        }
        for service in &model.services {
            self.add_callers(service.firewall.address_rules.iter().map(|rule| &rule.who));
            if let Some(workspace) = &service.workspace {
                workspace.ip_access_lists.iter().for_each(|list| self.add(&list.addresses));
                workspace.webapp.iter().for_each(|prefix| self.add_prefix(*prefix));
            }
        }
        for peering in model.express_route_circuits.iter().filter_map(|circuit| circuit.microsoft_peering.as_ref()) {
            self.add(&peering.covered);
            peering.advertised.iter().for_each(|prefix| self.add_prefix(*prefix));
        }
        let associations = model.network_security_perimeters.iter().flat_map(|one| &one.associations);
        self.add_callers(associations.flat_map(|one| &one.inbound).map(|rule| &rule.who));
        model.conditional_access_policies.iter().for_each(|policy| self.add(&policy.blocked));
        let prefixes = model.peerings.iter().flat_map(|link| link.remote_address_space.iter().flatten());
        let prefixes = prefixes.chain(model.local_network_gateways.iter().flat_map(|one| &one.address_prefixes));
        let prefixes = prefixes.chain(model.nat_gateways.iter().flat_map(|one| &one.public_ip_prefixes));
        prefixes.for_each(|prefix| self.add_prefix(*prefix));
    }

    fn add_callers<'c>(&mut self, all: impl Iterator<Item = &'c Callers>) {
        for callers in all {
            match callers {
                Callers::Addresses(addresses) => self.add(addresses),
                Callers::Azure | Callers::Unknown(_) => {}
            }
        }
    }
}

/// Addresses in the space of more than one VNET: what leads there is not known by the address alone.
pub(super) fn of_several_networks(network: &Network) -> Addresses {
    let mut ranges: Vec<(u128, u128)> = network.virtual_networks.iter().flat_map(|one| one.space.iter()).collect();
    ranges.sort_unstable();
    let mut shared = Vec::new();
    let mut reached: Option<u128> = None;
    for (first, last) in ranges {
        if let Some(end) = reached.filter(|end| *end >= first) {
            shared.push((first, last.min(end)));
        }
        reached = Some(reached.map_or(last, |end| end.max(last)));
    }
    Addresses::from_ranges(shared)
}
