//! Shapes of virtual machine scale sets.

use super::{Field, Kind, Shape, field, ignored, network::NIC_DNS};

const CONFIGURATIONS: Field = field(
    "networkInterfaceConfigurations",
    Kind::Children(&INTERFACE_CONFIGURATION),
    "the network interfaces of each instance",
);

pub(super) static SCALE_SET: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("virtualMachineProfile", Kind::Lift(&PROFILE), "as ARM nests it"),
        field("networkProfile", Kind::Lift(&NETWORK_PROFILE), "as ARM nests it"),
        CONFIGURATIONS,
        ignored("sku"),
        ignored("upgradePolicy"),
        ignored("overprovision"),
        ignored("singlePlacementGroup"),
        ignored("platformFaultDomainCount"),
        ignored("orchestrationMode"),
        ignored("automaticRepairsPolicy"),
        ignored("doNotRunExtensionsOnOverprovisionedVMs"),
        ignored("proximityPlacementGroup"),
        ignored("hostGroup"),
        ignored("additionalCapabilities"),
        ignored("scaleInPolicy"),
        ignored("spotRestorePolicy"),
        ignored("priorityMixPolicy"),
        ignored("constrainedMaximumCapacity"),
        ignored("resiliencyPolicy"),
        ignored("zoneBalance"),
        ignored("identity"),
        ignored("uniqueId"),
        ignored("timeCreated"),
    ],
};

static PROFILE: Shape = Shape {
    fields: &[
        field("networkProfile", Kind::Lift(&NETWORK_PROFILE), "as ARM nests it"),
        ignored("osProfile"),
        ignored("storageProfile"),
        ignored("extensionProfile"),
        ignored("diagnosticsProfile"),
        ignored("licenseType"),
        ignored("priority"),
        ignored("evictionPolicy"),
        ignored("billingProfile"),
        ignored("scheduledEventsProfile"),
        ignored("securityProfile"),
        ignored("userData"),
        ignored("applicationProfile"),
        ignored("hardwareProfile"),
        ignored("capacityReservation"),
        ignored("serviceArtifactReference"),
        ignored("securityPostureReference"),
        ignored("timeCreated"),
    ],
};

static NETWORK_PROFILE: Shape =
    Shape { fields: &[CONFIGURATIONS, ignored("healthProbe"), ignored("networkApiVersion")] };

static INTERFACE_CONFIGURATION: Shape = Shape {
    fields: &[
        field("ipConfigurations", Kind::Children(&INSTANCE_CONFIGURATION), "its addresses"),
        field("primary", Kind::Boolean, "the one that is sent from"),
        field("networkSecurityGroup", Kind::Reference, "the NSG on it"),
        field("enableIPForwarding", Kind::Boolean, "sends and receives what is not its own (R121)"),
        field("dnsSettings", Kind::Object(&NIC_DNS), "DNS servers of its own"),
        ignored("enableAcceleratedNetworking"),
        ignored("enableFpga"),
        ignored("deleteOption"),
        ignored("disableTcpStateTracking"),
        ignored("auxiliaryMode"),
        ignored("auxiliarySku"),
    ],
};

static INSTANCE_CONFIGURATION: Shape = Shape {
    fields: &[
        field("subnet", Kind::Reference, "the subnet it lies in"),
        field("applicationSecurityGroups", Kind::References, "ASGs that it is a member of"),
        field("primary", Kind::Boolean, "the one that is sent from"),
        field("publicIPAddressConfiguration", Kind::Object(&INSTANCE_PUBLIC_IP), "a public address for each instance"),
        field("loadBalancerBackendAddressPools", Kind::References, "pools that it is a member of"),
        field("loadBalancerInboundNatPools", Kind::References, "inbound NAT pools that lead to it"),
        field(
            "applicationGatewayBackendAddressPools",
            Kind::References,
            "pools of application gateways that it is a member of",
        ),
        ignored("privateIPAddressVersion"),
    ],
};

static INSTANCE_PUBLIC_IP: Shape = Shape {
    fields: &[
        field("name", Kind::Scalar, "its name"),
        field("sku", Kind::Named("name"), "Basic (default), Standard"),
        ignored("idleTimeoutInMinutes"),
        ignored("dnsSettings"),
        ignored("ipTags"),
        ignored("publicIPPrefix"),
        ignored("publicIPAddressVersion"),
        ignored("deleteOption"),
    ],
};
