//! Which pairs of ends need not be asked, because nothing that their packets can meet has changed.
//!
//! In: two networks. Out: [`Spared`]: whether a pair fares the same in both for sure. The proof: both networks are equal in
//! everything but what some subnets say (their security groups, the routes and tags at their NICs), the walk reads those
//! of a subnet only while a packet is at a NIC in it, and these subnets are bystanders: nothing but an end of the flow
//! ever leads a packet there. So only pairs with an end in one of them can differ. Where one of the three is in doubt, all
//! pairs are asked. Deliberately absent: any guess about what a change does.

use super::pairs::Couple;
use crate::{
    model::{
        Direction, Known, Model, NetworkInterface, NetworkSecurityGroupId, Party, Subnet, SubnetId, SubnetPurpose,
    },
    network::{LocalOwner, Network, RuleList, SubnetFacts},
    reach::bystanders::{holds_a_waypoint, keeps_to_itself, mentioned, nics_in},
    space::{self, Addresses},
};
use std::{collections::HashSet, sync::Arc};

/// What is the same for sure.
pub(super) enum Spared<'n> {
    /// Nothing: anything may differ.
    None,
    /// Every pair without an end in one of these subnets.
    Outside(&'n Model, HashSet<SubnetId>),
}

impl<'n> Spared<'n> {
    pub(super) fn of(before: &'n Network, after: &'n Network) -> Self {
        if !same_but_for_subnets(before, after) {
            return Spared::None;
        }
        let model = &before.model;
        let all = (0..model.subnets.len()).map(SubnetId::at);
        let changed: HashSet<SubnetId> = all.filter(|id| !same_subnet(before, after, *id)).collect();
        if changed.is_empty() {
            return Spared::Outside(model, changed);
        }
        let mentioned = mentioned(before).union(&mentioned(after));
        let bystanders = changed.iter().all(|id| is_bystander(before, *id, &mentioned));
        if bystanders { Spared::Outside(model, changed) } else { Spared::None }
    }

    /// Whether the packets of a pair fare the same for sure.
    pub(super) fn holds(&self, couples: [&Couple; 2]) -> bool {
        let Spared::Outside(model, changed) = self else {
            return false;
        };
        couples.iter().all(|couple| {
            let ends = couple.before.as_ref().zip(couple.after.as_ref());
            !couple.moved && ends.is_some_and(|(old, new)| old == new && is_outside(model, &old.party, changed))
        })
    }
}

/// Whether an end stands in none of the subnets.
fn is_outside(model: &Model, party: &Party, subnets: &HashSet<SubnetId>) -> bool {
    match party {
        Party::Subnet(id) => !subnets.contains(id),
        Party::NetworkInterface(id) => {
            let mut all = model.network_interface(*id).ip_configurations.iter();
            all.all(|one| !subnets.contains(&one.subnet))
        }
        // What stands elsewhere, or makes its subnet no bystander.
        Party::Internet
        | Party::External(_)
        | Party::Site(_)
        | Party::Clients(_)
        | Party::Service(..)
        | Party::PrivateEndpoint(_)
        | Party::AzureFirewall(_)
        | Party::LoadBalancer(_)
        | Party::Unmodelled(_) => true,
        // No ends of a comparison.
        _ => false,
    }
}

/// Whether two networks are equal in all that the walk may read, the subnets' own say apart.
fn same_but_for_subnets(before: &Network, after: &Network) -> bool {
    // Every field by name, so that a new one is thought about.
    let Network {
        model,
        subnets,
        virtual_networks,
        // By subnet and NIC: `same_subnet`.
        rules: _,
        appliance_rules,
        site_rules,
        gateways,
        hubs,
        sites,
        admin_rules,
        firewall_rules,
        broken_firewalls,
        behind_appliances,
        private_endpoint_routes,
        public,
        bound_public_ips,
        internet,
        hosts,
        everywhere_in_doubt,
        // For people.
        warnings: _,
    } = before;
    same_model(model, &after.model)
        && each(subnets, &after.subnets, same_place)
        && *virtual_networks == after.virtual_networks
        && each(appliance_rules, &after.appliance_rules, same_optional_rules)
        && each(site_rules, &after.site_rules, same_optional_rules)
        && *gateways == after.gateways
        && *hubs == after.hubs
        && *sites == after.sites
        && each(admin_rules, &after.admin_rules, |one, other| {
            one.iter().zip(other).all(|(one, other)| {
                each(one, other, |one, other| one.rules.decides_like(&other.rules) && one.always == other.always)
            })
        })
        && each(firewall_rules, &after.firewall_rules, |one, other| {
            one.network.decides_like(&other.network)
                && one.application.decides_like(&other.application)
                && one.nat_sources == other.nat_sources
        })
        && *broken_firewalls == after.broken_firewalls
        && *behind_appliances == after.behind_appliances
        && each(private_endpoint_routes, &after.private_endpoint_routes, |one, other| one.leads_like(other))
        && *public == after.public
        && *bound_public_ips == after.bound_public_ips
        && *internet == after.internet
        && *hosts == after.hosts
        && *everywhere_in_doubt == after.everywhere_in_doubt
}

fn same_model(before: &Model, after: &Model) -> bool {
    let Model {
        tags,
        settings,
        virtual_networks,
        subnets,
        network_interfaces,
        // Compiled: `Network::rules` and effective routes; here they only have names.
        network_security_groups: _,
        route_tables: _,
        application_security_groups,
        peerings,
        public_ip_addresses,
        nat_gateways,
        virtual_network_gateways,
        local_network_gateways,
        connections,
        express_route_circuits,
        workloads,
        externals,
        sites,
        appliances,
        services,
        private_endpoints,
        private_link_services,
        private_dns_zones,
        inbound_endpoints,
        forwarding_rulesets,
        service_endpoint_policies,
        network_security_perimeters,
        conditional_access_policies,
        clusters,
        azure_firewalls,
        load_balancers,
        application_gateways,
        bastion_hosts,
        route_servers,
        virtual_hubs,
        vpn_sites,
        balanced,
        network_managers,
        connected_groups,
        unmodelled,
        unread,
        facts,
    } = before;
    let without_groups = |nic: &NetworkInterface| NetworkInterface { network_security_group: None, ..nic.clone() };
    let without_lists = |one: &Subnet| Subnet { network_security_group: None, route_table: None, ..one.clone() };
    Arc::ptr_eq(tags, &after.tags)
        && *settings == after.settings
        && *virtual_networks == after.virtual_networks
        && each(subnets, &after.subnets, |one, other| without_lists(one) == without_lists(other))
        && each(network_interfaces, &after.network_interfaces, |one, other| {
            one.network_security_group.is_some() == other.network_security_group.is_some()
                && without_groups(one) == without_groups(other)
        })
        && *application_security_groups == after.application_security_groups
        && *peerings == after.peerings
        && *public_ip_addresses == after.public_ip_addresses
        && *nat_gateways == after.nat_gateways
        && *virtual_network_gateways == after.virtual_network_gateways
        && *local_network_gateways == after.local_network_gateways
        && *connections == after.connections
        && *express_route_circuits == after.express_route_circuits
        && *workloads == after.workloads
        && *externals == after.externals
        && *sites == after.sites
        && *appliances == after.appliances
        && *services == after.services
        && *private_endpoints == after.private_endpoints
        && *private_link_services == after.private_link_services
        && *private_dns_zones == after.private_dns_zones
        && *inbound_endpoints == after.inbound_endpoints
        && *forwarding_rulesets == after.forwarding_rulesets
        && *service_endpoint_policies == after.service_endpoint_policies
        && *network_security_perimeters == after.network_security_perimeters
        && *conditional_access_policies == after.conditional_access_policies
        && *clusters == after.clusters
        && *azure_firewalls == after.azure_firewalls
        && *load_balancers == after.load_balancers
        && *application_gateways == after.application_gateways
        && *bastion_hosts == after.bastion_hosts
        && *route_servers == after.route_servers
        && *virtual_hubs == after.virtual_hubs
        && *vpn_sites == after.vpn_sites
        && *balanced == after.balanced
        && *network_managers == after.network_managers
        && *connected_groups == after.connected_groups
        && *unmodelled == after.unmodelled
        // They doubt things by the place where they are written, which is another in another file.
        && unread.is_empty()
        && after.unread.is_empty()
        && each(facts, &after.facts, |one, other| one.text == other.text)
}

fn each<T>(before: &[T], after: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    before.len() == after.len() && before.iter().zip(after).all(|(one, other)| same(one, other))
}

/// Whose addresses are in a subnet; what it says to packets is `same_subnet`.
fn same_place(before: &SubnetFacts, after: &SubnetFacts) -> bool {
    let SubnetFacts { routes: _, virtual_network_tag: _, assignable, anonymous, members } = before;
    *assignable == after.assignable && *anonymous == after.anonymous && *members == after.members
}

/// Whether a packet at a NIC of a subnet meets the same security groups, tags and routes.
fn same_subnet(before: &Network, after: &Network, id: SubnetId) -> bool {
    let (old, new) = (before.subnet(id), after.subnet(id));
    let groups = |network: &Network| {
        let own = network.model.subnet(id).network_security_group;
        std::iter::once(own)
            .chain(nics_in(&network.model, id).map(|(_, nic)| nic.network_security_group))
            .collect::<Vec<_>>()
    };
    old.routes.leads_like(&new.routes)
        && old.virtual_network_tag == new.virtual_network_tag
        && each(&groups(before), &groups(after), |one, other| same_group([before, after], [*one, *other]))
}

fn same_group(networks: [&Network; 2], groups: [Option<Known<NetworkSecurityGroupId>>; 2]) -> bool {
    match groups {
        [Some(Known::Known(one)), Some(Known::Known(other))] => [Direction::Inbound, Direction::Outbound]
            .into_iter()
            .all(|direction| networks[0].rules(one, direction).decides_like(networks[1].rules(other, direction))),
        [one, other] => one == other,
    }
}

fn same_optional_rules(before: &Option<Arc<RuleList>>, after: &Option<Arc<RuleList>>) -> bool {
    match (before, after) {
        (Some(one), Some(other)) => one.decides_like(other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// Whether packets are at NICs of a subnet only when one of their ends is there: nobody in it forwards or shares a load,
/// and no address that it has leads there from elsewhere.
fn is_bystander(network: &Network, id: SubnetId, mentioned: &Addresses) -> bool {
    let model = &network.model;
    let subnet = model.subnet(id);
    let prefixes = |subnet: &Subnet| {
        subnet.address_prefixes.iter().fold(Addresses::empty(), |all, prefix| all.union(&space::prefix(*prefix)))
    };
    let own = prefixes(subnet);
    let mut others = (0..model.subnets.len()).map(SubnetId::at).filter(|other| *other != id);
    let owners = network.virtual_network(subnet.virtual_network).owners_of(&own);
    subnet.purpose == SubnetPurpose::Ordinary
        && !own.is_empty()
        && !own.meets(mentioned)
        && !own.meets(network.internet())
        && !others.any(|other| prefixes(model.subnet(other)).meets(&own))
        && owners.iter().all(|(owner, _)| match owner {
            LocalOwner::NetworkInterface(..) => true,
            LocalOwner::Anonymous(at) | LocalOwner::Reserved(at) => *at == id,
            _ => false,
        })
        && nics_in(model, id).all(|(nic, _)| keeps_to_itself(model, nic, mentioned))
        && !holds_a_waypoint(model, id)
}
