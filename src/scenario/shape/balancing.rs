//! Shapes of load balancers.

use super::{Field, Kind, Shape, field, ignored, network::IP_CONFIGURATION};

const LOCATION: Field = field("location", Kind::Scalar, "region");

pub(super) static LOAD_BALANCER: Shape = Shape {
    fields: &[
        LOCATION,
        field("sku", Kind::Named("name"), "Basic (default), Standard, Gateway"),
        field("frontendIPConfigurations", Kind::Children(&IP_CONFIGURATION), "its addresses"),
        field("backendAddressPools", Kind::Children(&POOL), "its back ends"),
        field("loadBalancingRules", Kind::Children(&BALANCING_RULE), "what it answers"),
        field("probes", Kind::Children(&PROBE), "health probes"),
        field("inboundNatRules", Kind::Children(&NAT_RULE), "ports of single machines"),
        field("inboundNatPools", Kind::Children(&NAT_POOL), "ports of a scale set's instances"),
        field("outboundRules", Kind::Children(&OUTBOUND_RULE), "how its back ends reach the Internet"),
    ],
};

static POOL: Shape = Shape {
    fields: &[
        field("backendIPConfigurations", Kind::References, "network interfaces' configurations"),
        field("networkInterfaces", Kind::References, "short form: network interfaces or workloads"),
        field("loadBalancerBackendAddresses", Kind::Children(&POOL_ADDRESS), "members by address"),
        field("virtualNetwork", Kind::Reference, "of members by address"),
        ignored("loadBalancingRules"),
        ignored("outboundRule"),
        ignored("outboundRules"),
        ignored("inboundNatRules"),
        ignored("drainPeriodInSeconds"),
        ignored("tunnelInterfaces"),
        ignored("syncMode"),
    ],
};

static POOL_ADDRESS: Shape = Shape {
    fields: &[
        field("ipAddress", Kind::Scalar, "the member's address"),
        field("virtualNetwork", Kind::Reference, "its VNET"),
        field("subnet", Kind::Reference, "its subnet"),
        ignored("networkInterfaceIPConfiguration"),
        ignored("loadBalancerFrontendIPConfiguration"),
        ignored("inboundNatRulesPortMapping"),
        ignored("adminState"),
    ],
};

static BALANCING_RULE: Shape = Shape {
    fields: &[
        field("frontendIPConfiguration", Kind::Reference, "which address; the only one where absent"),
        field("backendAddressPool", Kind::Reference, "which pool; the only one where absent"),
        field("backendAddressPools", Kind::References, "which pools"),
        field("probe", Kind::Reference, "its probe"),
        field("protocol", Kind::OneOf(&["Tcp", "Udp", "All"]), "All with port 0 = HA ports"),
        field("frontendPort", Kind::Scalar, "as sent"),
        field("backendPort", Kind::Scalar, "at the back end; the same where absent"),
        field("enableFloatingIP", Kind::Boolean, "the back end sees the frontend's address (F176)"),
        field("disableOutboundSnat", Kind::Boolean, "no way out by this rule (R194)"),
        field("idleTimeoutInMinutes", Kind::Scalar, "left alone"),
        ignored("loadDistribution"),
        ignored("enableTcpReset"),
        ignored("enableConnectionTracking"),
    ],
};

static PROBE: Shape = Shape {
    fields: &[
        field("protocol", Kind::OneOf(&["Tcp", "Http", "Https"]), "default Tcp"),
        field("port", Kind::Scalar, "where it asks"),
        field("requestPath", Kind::Scalar, "left alone"),
        field("intervalInSeconds", Kind::Scalar, "left alone"),
        field("numberOfProbes", Kind::Scalar, "left alone"),
        ignored("probeThreshold"),
        ignored("noHealthyBackendsBehavior"),
        ignored("loadBalancingRules"),
    ],
};

static NAT_RULE: Shape = Shape {
    fields: &[
        field("frontendIPConfiguration", Kind::Reference, "which address; the only one where absent"),
        field("backendIPConfiguration", Kind::Reference, "whose port it is"),
        field("networkInterface", Kind::Reference, "short form: whose port it is"),
        field("protocol", Kind::OneOf(&["Tcp", "Udp", "All"]), "default Tcp"),
        field("frontendPort", Kind::Scalar, "as sent"),
        field("backendPort", Kind::Scalar, "at the machine"),
        field("frontendPortRangeStart", Kind::Scalar, "with a pool: the first port"),
        field("frontendPortRangeEnd", Kind::Scalar, "with a pool: the last port"),
        field("backendAddressPool", Kind::Reference, "each port of the range leads to one of its members"),
        ignored("enableFloatingIP"),
        field("idleTimeoutInMinutes", Kind::Scalar, "left alone"),
        ignored("enableTcpReset"),
    ],
};

static NAT_POOL: Shape = Shape {
    fields: &[
        field("frontendIPConfiguration", Kind::Reference, "which address; the only one where absent"),
        field("protocol", Kind::OneOf(&["Tcp", "Udp", "All"]), "default Tcp"),
        field("frontendPortRangeStart", Kind::Scalar, "the first port"),
        field("frontendPortRangeEnd", Kind::Scalar, "the last port"),
        field("backendPort", Kind::Scalar, "at the instance"),
        ignored("enableFloatingIP"),
        ignored("idleTimeoutInMinutes"),
        ignored("enableTcpReset"),
    ],
};

static OUTBOUND_RULE: Shape = Shape {
    fields: &[
        field("frontendIPConfigurations", Kind::References, "by which addresses"),
        field("backendAddressPool", Kind::Reference, "for which pool"),
        field("protocol", Kind::OneOf(&["Tcp", "Udp", "All"]), "default All"),
        ignored("allocatedOutboundPorts"),
        ignored("idleTimeoutInMinutes"),
        ignored("enableTcpReset"),
    ],
};
