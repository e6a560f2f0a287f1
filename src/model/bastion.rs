//! Azure Bastion.

use super::*;

/// An Azure Bastion.
#[derive(Debug, Clone, PartialEq)]
pub struct BastionHost {
    /// Name and place.
    pub label: Label,
    /// From where it reaches machines.
    pub place: BastionPlace,
    /// What it can do.
    pub sku: Known<BastionSku>,
    /// It reaches machines by address, wherever routes lead (F216).
    pub ip_connect: Known<bool>,
    /// Where users reach it; none for a private-only one.
    pub public_ip_addresses: Vec<PublicIpAddressId>,
}

/// From where an Azure Bastion reaches machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BastionPlace {
    /// From instances in AzureBastionSubnet.
    Subnet(SubnetId),
    /// Bastion Developer: from Azure's shared pool into one VNET (F215).
    Shared(VirtualNetworkId),
}

/// The tier of an Azure Bastion, the lesser first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BastionSku {
    /// Shared, for one VNET.
    Developer,
    /// RDP and SSH at their own ports.
    Basic,
    /// Ports of the user's choice, machines by address.
    Standard,
    /// Private-only deployments, too.
    Premium,
}

impl BastionHost {
    /// The subnet of its instances, where it has some.
    pub fn subnet(&self) -> Option<SubnetId> {
        match self.place {
            BastionPlace::Subnet(subnet) => Some(subnet),
            BastionPlace::Shared(_) => None,
        }
    }
}

impl Model {
    /// The VNET that an Azure Bastion belongs to.
    pub fn network_of_bastion(&self, id: BastionHostId) -> VirtualNetworkId {
        match self.bastion_host(id).place {
            BastionPlace::Subnet(subnet) => self.subnet(subnet).virtual_network,
            BastionPlace::Shared(network) => network,
        }
    }
}
