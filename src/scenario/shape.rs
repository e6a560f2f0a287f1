//! The scenario format as data: which keys a resource has and what kind of value each takes.
//!
//! In: nothing. Out: [`NETWORK`], the shape of `network`. The reader checks files against it and the JSON Schema is
//! made from it, so the two cannot differ.

mod balancing;
mod bastion;
mod firewall;
mod gateways;
mod hubs;
mod managers;
mod network;
mod others;
mod parties;
mod private_link;
mod resolvers;
mod scale_sets;
mod services;
mod web_apps;

pub use hubs::is_type_of_wan;
pub use others::{CLI_NAMES, IGNORED, OUTSIDE_NETWORKS, UNMODELLED, UNNAMED, WITHOUT_PART};

/// The keys of a map.
#[derive(Debug)]
pub struct Shape {
    /// Its fields.
    pub fields: &'static [Field],
}

/// One key.
#[derive(Debug)]
pub struct Field {
    /// As ARM spells it.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// A few words for the schema.
    pub about: &'static str,
}

/// What a key takes.
#[derive(Debug)]
pub enum Kind {
    /// One value: a name, a number, an address, a prefix.
    Scalar,
    /// true or false.
    Boolean,
    /// One of these words, in any letter case.
    OneOf(&'static [&'static str]),
    /// One value or a list of them.
    Scalars,
    /// A name, an ARM id or `{id}`.
    Reference,
    /// A list of those, or one.
    References,
    /// A word, or an object that has it under this key (`sku: {name: Standard}`).
    Named(&'static str),
    /// A list of words, or of objects that have it under this key (`serviceEndpoints: [{service}]`).
    NamedList(&'static str),
    /// An object whose keys count as the parent's own (`addressSpace: {addressPrefixes}`).
    Lift(&'static Shape),
    /// An object.
    Object(&'static Shape),
    /// Named things: a map, or a list of `{name, …}`.
    Children(&'static Shape),
    /// A map from names to single values.
    ScalarMap,
    /// A list of objects without names.
    List(&'static Shape),
    /// A list of single values, each of which may also be an object that says more.
    ScalarsOrObjects(&'static Shape),
    /// Children of which each may also be a bare reference (an appliance's network interfaces).
    ReferencesOrChildren(&'static Shape),
    /// Anything; kept as it is.
    Any,
    /// Read and left alone: it says nothing about who reaches whom.
    Ignored,
}

/// One resource map under `network`.
#[derive(Debug)]
pub struct Family {
    /// Its key: ARM's resource type in the plural.
    pub name: &'static str,
    /// The shape of each resource.
    pub shape: &'static Shape,
}

/// Every modelled resource map under `network`.
pub const NETWORK: [Family; 49] = [
    Family { name: "virtualNetworks", shape: &network::VIRTUAL_NETWORK },
    Family { name: "networkSecurityGroups", shape: &network::NETWORK_SECURITY_GROUP },
    Family { name: "applicationSecurityGroups", shape: &network::APPLICATION_SECURITY_GROUP },
    Family { name: "routeTables", shape: &network::ROUTE_TABLE },
    Family { name: "networkInterfaces", shape: &network::NETWORK_INTERFACE },
    Family { name: "virtualMachines", shape: &network::VIRTUAL_MACHINE },
    Family { name: "virtualMachineScaleSets", shape: &scale_sets::SCALE_SET },
    Family { name: "publicIPAddresses", shape: &network::PUBLIC_IP_ADDRESS },
    Family { name: "publicIPPrefixes", shape: &network::PUBLIC_IP_PREFIX },
    Family { name: "natGateways", shape: &network::NAT_GATEWAY },
    Family { name: "virtualNetworkGateways", shape: &network::VIRTUAL_NETWORK_GATEWAY },
    Family { name: "localNetworkGateways", shape: &network::LOCAL_NETWORK_GATEWAY },
    Family { name: "connections", shape: &network::CONNECTION },
    Family { name: "expressRouteCircuits", shape: &network::EXPRESS_ROUTE_CIRCUIT },
    Family { name: "routeFilters", shape: &network::ROUTE_FILTER },
    Family { name: "storageAccounts", shape: &services::STORAGE_ACCOUNT },
    Family { name: "dataLakeStoreAccounts", shape: &services::DATA_LAKE_STORE_ACCOUNT },
    Family { name: "servers", shape: &services::SQL_SERVER },
    Family { name: "vaults", shape: &services::KEY_VAULT },
    Family { name: "namespaces", shape: &services::NAMESPACE },
    Family { name: "databaseAccounts", shape: &services::DATABASE_ACCOUNT },
    Family { name: "factories", shape: &services::FACTORY },
    Family { name: "workspaces", shape: &services::WORKSPACE },
    Family { name: "webApps", shape: &web_apps::WEB_APP },
    Family { name: "clusters", shape: &services::CLUSTER },
    Family { name: "privateEndpoints", shape: &services::PRIVATE_ENDPOINT },
    Family { name: "privateLinkServices", shape: &private_link::PRIVATE_LINK_SERVICE },
    Family { name: "privateDnsZones", shape: &services::PRIVATE_DNS_ZONE },
    Family { name: "dnsResolvers", shape: &resolvers::DNS_RESOLVER },
    Family { name: "dnsForwardingRulesets", shape: &resolvers::FORWARDING_RULESET },
    Family { name: "serviceEndpointPolicies", shape: &services::SERVICE_ENDPOINT_POLICY },
    Family { name: "networkSecurityPerimeters", shape: &services::NETWORK_SECURITY_PERIMETER },
    Family { name: "conditionalAccessPolicies", shape: &services::CONDITIONAL_ACCESS_POLICY },
    Family { name: "azureFirewalls", shape: &firewall::AZURE_FIREWALL },
    Family { name: "firewallPolicies", shape: &firewall::FIREWALL_POLICY },
    Family { name: "ipGroups", shape: &firewall::IP_GROUP },
    Family { name: "loadBalancers", shape: &balancing::LOAD_BALANCER },
    Family { name: "applicationGateways", shape: &gateways::APPLICATION_GATEWAY },
    Family { name: "bastionHosts", shape: &bastion::BASTION_HOST },
    Family { name: "networkManagers", shape: &managers::NETWORK_MANAGER },
    Family { name: "virtualHubs", shape: &hubs::VIRTUAL_HUB },
    Family { name: "virtualWans", shape: &hubs::VIRTUAL_WAN },
    Family { name: "vpnGateways", shape: &hubs::VPN_GATEWAY },
    Family { name: "vpnSites", shape: &hubs::VPN_SITE },
    Family { name: "expressRouteGateways", shape: &hubs::EXPRESS_ROUTE_GATEWAY },
    Family { name: "workloads", shape: &parties::WORKLOAD },
    Family { name: "externals", shape: &parties::EXTERNAL },
    Family { name: "sites", shape: &parties::SITE },
    Family { name: "appliances", shape: &parties::APPLIANCE },
];

impl Shape {
    /// The field of a key, whatever its letter case, by ARM's name or by that of `az`.
    pub fn field(&self, key: &str) -> Option<&'static Field> {
        let named = |key: &str| self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(key));
        named(key)
            .or_else(|| CLI_NAMES.iter().find(|(cli, _)| cli.eq_ignore_ascii_case(key)).and_then(|(_, arm)| named(arm)))
    }
}

impl Field {
    /// It says something about traffic, and azreach reads it without knowing what it does.
    pub fn is_not_modelled(&self) -> bool {
        self.about == "not modelled yet"
    }
}

/// A field.
const fn field(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, about }
}

/// A field that says nothing about reachability.
const fn ignored(name: &'static str) -> Field {
    Field { name, kind: Kind::Ignored, about: "read and left alone" }
}
