//! The shape of Azure Bastion.

use super::{Kind, Shape, field, ignored, network::IP_CONFIGURATION};

pub(super) static BASTION_HOST: Shape = Shape {
    fields: &[
        field("location", Kind::Scalar, "region"),
        field("sku", Kind::Named("name"), "Developer, Basic (default), Standard, Premium"),
        field("ipConfigurations", Kind::Children(&IP_CONFIGURATION), "AzureBastionSubnet, and the public address"),
        field("subnet", Kind::Reference, "short form: AzureBastionSubnet"),
        field("publicIPAddress", Kind::Reference, "short form: where users reach it"),
        field("virtualNetwork", Kind::Reference, "the one network that a Bastion Developer reaches (F215)"),
        field("enableIpConnect", Kind::Boolean, "reaches machines by address, wherever routes lead (F216)"),
        field("enablePrivateOnlyBastion", Kind::Boolean, "has no public address (F213)"),
        field("networkAcls", Kind::Any, "not modelled yet"),
        ignored("disableCopyPaste"),
        ignored("dnsName"),
        ignored("enableFileCopy"),
        ignored("enableKerberos"),
        ignored("enableSessionRecording"),
        ignored("enableShareableLink"),
        ignored("enableTunneling"),
        ignored("publicUri"),
        ignored("scaleUnits"),
    ],
};
