//! What packets may pass on their way: names to devices.
//!
//! In: a name. Out: a [`Device`], or an error with help. Deliberately absent: whether a packet passes it.

use super::{ends::EndError, nearby::Nearby};
use crate::model::*;

/// Something that stands on a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// A network virtual appliance.
    Appliance(ApplianceId),
    /// An Azure Firewall.
    AzureFirewall(AzureFirewallId),
    /// A load balancer.
    LoadBalancer(LoadBalancerId),
    /// A private endpoint.
    PrivateEndpoint(PrivateEndpointId),
    /// A VPN or ExpressRoute gateway.
    Gateway(VirtualNetworkGatewayId),
    /// A hub of a virtual WAN.
    VirtualHub(VirtualHubId),
    /// A NAT gateway.
    NatGateway(NatGatewayId),
}

impl Device {
    /// The name that deciders call it by.
    pub fn label(self, model: &Model) -> &Label {
        match self {
            Device::Appliance(id) => &model.appliance(id).label,
            Device::AzureFirewall(id) => &model.azure_firewall(id).label,
            Device::LoadBalancer(id) => &model.load_balancer(id).label,
            Device::PrivateEndpoint(id) => &model.private_endpoint(id).label,
            Device::Gateway(id) => &model.virtual_network_gateway(id).label,
            Device::VirtualHub(id) => &model.virtual_hub(id).label,
            Device::NatGateway(id) => &model.nat_gateway(id).label,
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Device::Appliance(_) => "appliance",
            Device::AzureFirewall(_) => "Azure Firewall",
            Device::LoadBalancer(_) => "load balancer",
            Device::PrivateEndpoint(_) => "private endpoint",
            Device::Gateway(_) => "gateway",
            Device::VirtualHub(_) => "virtual hub",
            Device::NatGateway(_) => "NAT gateway",
        }
    }

    /// Whether a decider of the same kind may be something else of the same name: a site's firewall, a public address.
    fn is_mistakable(self, model: &Model) -> bool {
        let name = &self.label(model).name;
        let same = |label: &Label| label.name.eq_ignore_ascii_case(name);
        let site = || model.sites.iter().any(|site| same(&site.label));
        match self {
            Device::Appliance(_) => site(),
            Device::NatGateway(_) => site() || model.public_ip_addresses.iter().any(|one| same(&one.label)),
            _ => false,
        }
    }

    fn all(model: &Model) -> Vec<Device> {
        let mut all: Vec<Device> = Vec::new();
        all.extend((0..model.appliances.len()).map(|at| Device::Appliance(ApplianceId::at(at))));
        all.extend((0..model.azure_firewalls.len()).map(|at| Device::AzureFirewall(AzureFirewallId::at(at))));
        all.extend((0..model.load_balancers.len()).map(|at| Device::LoadBalancer(LoadBalancerId::at(at))));
        all.extend((0..model.private_endpoints.len()).map(|at| Device::PrivateEndpoint(PrivateEndpointId::at(at))));
        let gateways = 0..model.virtual_network_gateways.len();
        all.extend(gateways.map(|at| Device::Gateway(VirtualNetworkGatewayId::at(at))));
        all.extend((0..model.virtual_hubs.len()).map(|at| Device::VirtualHub(VirtualHubId::at(at))));
        all.extend((0..model.nat_gateways.len()).map(|at| Device::NatGateway(NatGatewayId::at(at))));
        all
    }
}

/// The device of that name, letter case aside.
pub fn device(model: &Model, text: &str) -> Result<Device, EndError> {
    let all = Device::all(model);
    let name = |device: &Device| device.label(model).name.clone();
    let found: Vec<Device> = all.iter().copied().filter(|one| name(one).eq_ignore_ascii_case(text)).collect();
    match found.as_slice() {
        [one] if one.is_mistakable(model) => Err(ambiguous(text, &[one.kind(), "another resource on the way"])),
        [one] => Ok(*one),
        [] => {
            let mut names = Nearby::default();
            all.iter().for_each(|one| names.add(&name(one)));
            let near = names.nearest(text).map(|near| format!("did you mean `{near}`?"));
            let kinds = "it takes appliances, Azure Firewalls, load balancers, private endpoints, gateways, virtual hubs and NAT gateways";
            Err(EndError {
                code: "unknown-device",
                message: format!("no packet can pass `{text}`: nothing on a way is called so"),
                help: Some(near.unwrap_or_else(|| kinds.to_owned())),
            })
        }
        several => Err(ambiguous(text, &several.iter().map(|one| one.kind()).collect::<Vec<&str>>())),
    }
}

fn ambiguous(name: &str, kinds: &[&str]) -> EndError {
    EndError {
        code: "ambiguous-end",
        message: format!("`{name}` is the name of several things: {}", kinds.join(", ")),
        help: Some("give one of them another name".to_owned()),
    }
}
