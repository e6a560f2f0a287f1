//! Shapes of DNS Private Resolvers.

use super::{Kind, Shape, field, ignored};

pub(super) static DNS_RESOLVER: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("virtualNetwork", Kind::Reference, "the VNET that it stands in"),
        field("inboundEndpoints", Kind::Children(&INBOUND), "where it answers (F225)"),
        field("outboundEndpoints", Kind::Children(&OUTBOUND), "where its rulesets ask from (F224)"),
        ignored("dnsResolverState"),
    ],
};

static INBOUND: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("ipConfigurations", Kind::List(&INBOUND_ADDRESS), "its address"),
    ],
};

static INBOUND_ADDRESS: Shape = Shape {
    fields: &[
        field("subnet", Kind::Reference, "the subnet that it stands in"),
        field("privateIpAddress", Kind::Scalar, "its address"),
        ignored("privateIpAllocationMethod"),
    ],
};

static OUTBOUND: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("subnet", Kind::Reference, "the subnet that it asks from"),
    ],
};

pub(super) static FORWARDING_RULESET: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("dnsResolverOutboundEndpoints", Kind::References, "where it asks from: `resolver/endpoint`"),
        field("forwardingRules", Kind::Children(&RULE), "whom it asks about which domain"),
        field("virtualNetworkLinks", Kind::Children(&LINK), "VNETs whose questions it is asked about"),
    ],
};

static RULE: Shape = Shape {
    fields: &[
        field("domainName", Kind::Scalar, "`contoso.com.`, or `.` for all"),
        field("targetDnsServers", Kind::List(&TARGET), "whom it asks, the first that answers"),
        field("forwardingRuleState", Kind::OneOf(&["Enabled", "Disabled"]), "default Enabled"),
        ignored("metadata"),
    ],
};

static TARGET: Shape = Shape { fields: &[field("ipAddress", Kind::Scalar, "a DNS server"), ignored("port")] };

static LINK: Shape = Shape { fields: &[field("virtualNetwork", Kind::Reference, "the VNET"), ignored("metadata")] };
