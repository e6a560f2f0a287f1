//! Shapes of private link services.

use super::{Kind, Shape, field, ignored};

pub(super) static PRIVATE_LINK_SERVICE: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("loadBalancerFrontendIpConfigurations", Kind::References, "the frontend that answers: `lb/frontend`"),
        field("ipConfigurations", Kind::Children(&NAT_ADDRESS), "what the back ends see as the source (F220)"),
        field("destinationIPAddress", Kind::Scalar, "not modelled yet"),
        field("visibility", Kind::Object(&SUBSCRIPTIONS), "who may ask for a connection; left alone"),
        field("autoApproval", Kind::Object(&SUBSCRIPTIONS), "whose connections need no approval by hand (F223)"),
        field("privateEndpointConnections", Kind::Children(&CONNECTION), "which connections it has approved"),
        ignored("enableProxyProtocol"),
        ignored("fqdns"),
        ignored("alias"),
        ignored("networkInterfaces"),
        ignored("accessMode"),
    ],
};

static NAT_ADDRESS: Shape = Shape {
    fields: &[
        field("subnet", Kind::Reference, "the subnet that the address is from"),
        field("privateIPAddress", Kind::Scalar, "the address, where it is static"),
        ignored("privateIPAllocationMethod"),
        ignored("privateIPAddressVersion"),
        ignored("primary"),
    ],
};

static SUBSCRIPTIONS: Shape =
    Shape { fields: &[field("subscriptions", Kind::Scalars, "ids of subscriptions; `*` for all")] };

static CONNECTION: Shape = Shape {
    fields: &[
        field("privateEndpoint", Kind::Reference, "the endpoint at its other end"),
        field("privateLinkServiceConnectionState", Kind::Object(&STATE), "approved or not"),
        ignored("linkIdentifier"),
        ignored("privateEndpointLocation"),
    ],
};

static STATE: Shape = Shape {
    fields: &[
        field("status", Kind::OneOf(&["Approved", "Pending", "Rejected", "Disconnected"]), "Azure's word"),
        ignored("description"),
        ignored("actionsRequired"),
    ],
};
