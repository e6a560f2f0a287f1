//! azurerm's resource types and attributes against ARM's types and properties, as data.
//!
//! In: nothing. Out: [`Type`]s by name. Deliberately absent: applying them (that is `build`).

mod balancing;
mod compute;
mod firewall;
mod hubs;
mod hybrid;
mod managers;
mod network;
mod private_link;
mod services;
mod web_apps;

use std::{collections::HashMap, sync::LazyLock};

/// One resource type of azurerm's.
#[derive(Debug)]
pub(super) struct Type {
    /// `azurerm_subnet`.
    pub(super) name: &'static str,
    /// `Microsoft.Network/virtualNetworks/subnets`; for a resource that says something about another, that one's type.
    pub(super) arm: &'static str,
    pub(super) home: Home,
    pub(super) rules: &'static [Rule],
    /// Attributes that say nothing about who reaches whom, besides those of every type.
    pub(super) harmless: &'static [&'static str],
}

/// How a resource's ARM id follows from its attributes.
#[derive(Debug)]
pub(super) enum Home {
    /// By resource group and name.
    Group,
    /// A child of the resource that this attribute names, in the resource's own resource group.
    Under(&'static str),
    /// A child of the resource whose id this attribute holds.
    Below(&'static str),
    /// A child with another attribute than `name` for its name: by the name of its parent, or by its id.
    Called { parent: &'static str, by_id: bool, name: &'static str },
    /// It says something about the resource whose id this attribute holds.
    About(&'static str),
    /// It says something about one IP configuration of a network interface.
    Configuration,
    /// It says something about every IP configuration of a network interface.
    Configurations,
}

/// One attribute and the property that it becomes.
#[derive(Debug)]
pub(super) struct Rule {
    /// The attribute or block.
    pub(super) from: &'static str,
    /// The property, with those above it: `dhcpOptions/dnsServers`. Of several rules with one property the first with a value counts.
    pub(super) to: &'static str,
    pub(super) how: How,
}

/// How a value changes on the way.
#[derive(Debug)]
pub(super) enum How {
    /// Not at all.
    Copy,
    /// Not at all, and where it is absent it is not known.
    Needed,
    /// The id of a resource.
    Id,
    /// Ids of resources.
    Ids,
    /// One id: a list of one.
    Listed,
    /// Ids, each in an object of its own under this key.
    Wrapped(&'static str),
    /// true for false.
    Not,
    /// Other words.
    Words(&'static [(&'static str, &'static str)]),
    /// A list as words with commas.
    Joined,
    /// Always this.
    Always(&'static str),
    /// Blocks: a list of objects, behind those that are there already.
    Blocks(&'static [Rule]),
    /// Those of the blocks that have this word in this attribute.
    BlocksWith(&'static str, &'static str, &'static [Rule]),
    /// Blocks with one id each: a list of ids.
    BlockIds(&'static str),
    /// The one block: an object.
    Block(&'static [Rule]),
    /// What the blocks say is said of the thing itself.
    Lift(&'static [Rule]),
}

/// An attribute as it is.
const fn copy(from: &'static str, to: &'static str) -> Rule {
    Rule { from, to, how: How::Copy }
}

/// An attribute that every resource of the type has.
const fn needed(from: &'static str, to: &'static str) -> Rule {
    Rule { from, to, how: How::Needed }
}

/// The id of a resource.
const fn id(from: &'static str, to: &'static str) -> Rule {
    Rule { from, to, how: How::Id }
}

/// Ids of resources.
const fn ids(from: &'static str, to: &'static str) -> Rule {
    Rule { from, to, how: How::Ids }
}

/// One id, of several that other resources say.
const fn listed(from: &'static str, to: &'static str) -> Rule {
    Rule { from, to, how: How::Listed }
}

/// A flag the other way round.
const fn not(from: &'static str, to: &'static str) -> Rule {
    Rule { from, to, how: How::Not }
}

/// Other words.
const fn words(from: &'static str, to: &'static str, words: &'static [(&'static str, &'static str)]) -> Rule {
    Rule { from, to, how: How::Words(words) }
}

/// A word that azurerm has in the type's name.
const fn always(to: &'static str, word: &'static str) -> Rule {
    Rule { from: "", to, how: How::Always(word) }
}

/// A list of objects.
const fn blocks(from: &'static str, to: &'static str, rules: &'static [Rule]) -> Rule {
    Rule { from, to, how: How::Blocks(rules) }
}

/// One object.
const fn block(from: &'static str, to: &'static str, rules: &'static [Rule]) -> Rule {
    Rule { from, to, how: How::Block(rules) }
}

/// Properties of the thing itself.
const fn lift(from: &'static str, rules: &'static [Rule]) -> Rule {
    Rule { from, to: "", how: How::Lift(rules) }
}

const NAME: Rule = copy("name", "name");
const LOCATION: Rule = copy("location", "location");
const ENABLED: &[(&str, &str)] = &[("true", "Enabled"), ("false", "Disabled")];

/// A type by its name.
pub(super) fn of(name: &str) -> Option<&'static Type> {
    static TYPES: LazyLock<HashMap<&'static str, &'static Type>> =
        LazyLock::new(|| all().map(|known| (known.name, known)).collect());
    TYPES.get(name).copied()
}

/// Every type.
pub(super) fn all() -> impl Iterator<Item = &'static Type> {
    let families: [&'static [Type]; 10] = [
        network::TYPES,
        private_link::TYPES,
        compute::TYPES,
        balancing::TYPES,
        firewall::TYPES,
        hybrid::TYPES,
        hubs::TYPES,
        services::TYPES,
        web_apps::TYPES,
        managers::TYPES,
    ];
    families.into_iter().flatten()
}

/// A type whose resources have nothing but rules.
const fn plain(name: &'static str, arm: &'static str, home: Home, rules: &'static [Rule]) -> Type {
    Type { name, arm, home, rules, harmless: &[] }
}

/// The last part of the ARM type of what an attribute holds the id of; none where it may be any resource.
pub(super) fn kind_of_id(attribute: &str) -> Option<&'static str> {
    let fits =
        |suffix: &str| attribute == suffix || attribute.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('_'));
    let singular = attribute.strip_suffix("_ids").map_or_else(|| attribute.to_owned(), |stem| format!("{stem}_id"));
    let fits_either = |suffix: &str| fits(suffix) || singular == suffix || singular.ends_with(&format!("_{suffix}"));
    ID_KINDS.iter().find(|(suffix, _)| fits_either(suffix)).map(|(_, kind)| *kind)
}

/// Attributes by their endings.
const ID_KINDS: [(&str, &str); 37] = [
    ("subnet_id", "subnets"),
    ("security_group", "networkSecurityGroups"),
    ("network_security_group_id", "networkSecurityGroups"),
    ("application_security_group_id", "applicationSecurityGroups"),
    ("route_table_id", "routeTables"),
    ("nat_gateway_id", "natGateways"),
    ("public_ip_address_id", "publicIPAddresses"),
    ("public_ip_id", "publicIPAddresses"),
    ("public_ip_prefix_id", "publicIPPrefixes"),
    ("virtual_network_id", "virtualNetworks"),
    ("network_interface_id", "networkInterfaces"),
    ("application_gateway_backend_address_pool_id", "backendAddressPools"),
    ("backend_address_pool_id", "backendAddressPools"),
    ("loadbalancer_id", "loadBalancers"),
    ("probe_id", "probes"),
    ("nat_rule_id", "inboundNatRules"),
    ("firewall_policy_id", "firewallPolicies"),
    ("base_policy_id", "firewallPolicies"),
    ("ip_group_id", "ipGroups"),
    ("source_ip_groups", "ipGroups"),
    ("destination_ip_groups", "ipGroups"),
    ("peer_virtual_network_gateway_id", "virtualNetworkGateways"),
    ("virtual_network_gateway_id", "virtualNetworkGateways"),
    ("local_network_gateway_id", "localNetworkGateways"),
    ("express_route_circuit_id", "expressRouteCircuits"),
    ("private_dns_zone_id", "privateDnsZones"),
    ("storage_account_id", "storageAccounts"),
    ("service_endpoint_policy_id", "serviceEndpointPolicies"),
    ("virtual_hub_id", "virtualHubs"),
    ("virtual_wan_id", "virtualWans"),
    ("vpn_gateway_id", "vpnGateways"),
    ("vpn_site_id", "vpnSites"),
    ("network_group_id", "networkGroups"),
    ("private_dns_resolver_id", "dnsResolvers"),
    ("outbound_endpoint_id", "outboundEndpoints"),
    ("dns_forwarding_ruleset_id", "dnsForwardingRulesets"),
    ("load_balancer_frontend_ip_configuration_id", "frontendIPConfigurations"),
];
