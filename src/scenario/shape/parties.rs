//! Shapes of the parties that ARM does not know: workloads, externals, sites, appliances.

use super::{
    Field, Kind, Shape, field,
    network::{IP_CONFIGURATION, SECURITY_RULE},
};

pub(super) static WORKLOAD: Shape = Shape {
    fields: &[
        field("subnet", Kind::Reference, "where it stands"),
        field("address", Kind::Scalar, "its private address"),
        field("networkInterfaces", Kind::ReferencesOrChildren(&WORKLOAD_NIC), "its NICs, the one that sends first"),
        field("networkSecurityGroup", Kind::Reference, "the NSG on its NIC"),
        field("applicationSecurityGroups", Kind::References, "ASGs that it is a member of"),
        field("publicIPAddress", Kind::Reference, "the public address bound to it"),
        field("enableIPForwarding", Kind::Boolean, "IP forwarding on its NIC"),
        field("identity", Kind::OneOf(IDENTITIES), "which credentials it uses"),
        field(
            "dns",
            Kind::Any,
            "what it answers as a DNS server: azure (default), public, a server's address, or more",
        ),
    ],
};

/// How a caller proves who it is.
const IDENTITIES: &[&str] =
    &["passthrough", "servicePrincipal", "accountKey", "managedIdentity", "interactive", "personalToken"];

static WORKLOAD_NIC: Shape = Shape {
    fields: &[
        field("subnet", Kind::Reference, "where it stands"),
        field("address", Kind::Scalar, "its private address"),
        field("privateIPAddress", Kind::Scalar, "its private address"),
        field("networkSecurityGroup", Kind::Reference, "the NSG on it"),
        field("applicationSecurityGroups", Kind::References, "ASGs"),
        field("publicIPAddress", Kind::Reference, "the public address bound to it"),
        field("enableIPForwarding", Kind::Boolean, "IP forwarding"),
        field("ipConfigurations", Kind::Children(&IP_CONFIGURATION), "its addresses as ARM has them"),
    ],
};

pub(super) static EXTERNAL: Shape = Shape {
    fields: &[
        field("addresses", Kind::Scalars, "public addresses and CIDRs"),
        field("hostNames", Kind::Scalars, "names that it answers to"),
        field("location", Kind::Scalar, "region, for a service in Azure"),
        field("trustedService", Kind::Scalar, "the trusted service that it is"),
        field("identity", Kind::OneOf(IDENTITIES), "which credentials it uses"),
        field("network", Kind::Scalars, "ids of the subnets that it sends from, outside the customer's subscriptions"),
    ],
};

pub(super) static SITE: Shape = Shape {
    fields: &[
        field("addressPrefixes", Kind::Scalars, "its own prefixes"),
        field("hosts", Kind::ScalarMap, "named hosts: name to address"),
        field("localNetworkGateway", Kind::References, "attached through these"),
        field("expressRouteCircuit", Kind::References, "attached through these"),
        field("vpnSite", Kind::References, "attached through these"),
        field("advertises", Kind::Scalars, "prefixes told to Azure; its own where absent"),
        field("learns", Kind::Scalars, "prefixes accepted from Azure; all where absent"),
        field("internetEgress", Kind::Scalars, "true, false, or the public addresses behind which it appears"),
        field("dns", Kind::Any, "how its names are resolved: public (default), a server's address, or more"),
        field("firewall", Kind::Children(&SECURITY_RULE), "rules at its edge"),
    ],
};

pub(super) static APPLIANCE: Shape = Shape {
    fields: &[
        field("networkInterfaces", Kind::ReferencesOrChildren(&WORKLOAD_NIC), "its NICs"),
        field("subnet", Kind::Reference, "short form: where its one NIC stands"),
        field("address", Kind::Scalar, "short form: the address of its one NIC"),
        field("publicIPAddress", Kind::Reference, "short form: the public address of its one NIC"),
        field("networkSecurityGroup", Kind::Reference, "short form: the NSG on its one NIC"),
        field("enableIPForwarding", Kind::Boolean, "short form: IP forwarding on its NICs (default true)"),
        field("forwarding", Kind::Boolean, "the guest forwards (default true)"),
        field("stateful", Kind::Boolean, "drops what it has no record of (default true)"),
        field("snat", Kind::OneOf(&["never", "internet", "always"]), "when it translates the source (default never)"),
        field("dnat", Kind::List(&DNAT), "destination translations, first match"),
        field("rules", Kind::Children(&SECURITY_RULE), "what it forwards, first match by priority"),
        field("opaque", Kind::Boolean, "its rules are not known"),
        field("dns", Kind::Any, "what it answers as a DNS server, as for workloads"),
        field("peerAsn", Kind::Scalar, "its autonomous system number"),
        field("advertises", Kind::ScalarsOrObjects(&ADVERTISEMENT), "prefixes told to a Route Server or virtual hub"),
    ],
};

static ADVERTISEMENT: Shape = Shape {
    fields: &[
        field("addressPrefix", Kind::Scalar, "the prefix"),
        field("asPath", Kind::Scalars, "autonomous systems on the way, the appliance's own included"),
        field("nextHopIpAddress", Kind::Scalar, "another next hop than the appliance itself"),
        field("noAdvertise", Kind::Boolean, "for the network alone: with the community no-advertise"),
    ],
};

static DNAT: Shape = Shape { fields: DNAT_FIELDS };

const DNAT_FIELDS: &[Field] = &[
    field("address", Kind::Scalar, "as sent; any of its own where absent"),
    field("destinationAddress", Kind::Scalar, "as sent"),
    field("protocol", Kind::OneOf(&["*", "Tcp", "Udp", "Icmp", "Any"]), "protocol"),
    field("port", Kind::Scalars, "ports as sent"),
    field("ports", Kind::Scalars, "ports as sent"),
    field("destinationPort", Kind::Scalars, "ports as sent"),
    field("translatedAddress", Kind::Scalar, "where it goes"),
    field("to", Kind::Scalar, "where it goes, short"),
    field("translatedPort", Kind::Scalar, "on which port"),
    field("toPort", Kind::Scalar, "on which port, short"),
];
