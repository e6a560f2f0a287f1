//! Which Azure Firewalls work at all.
//!
//! In: the rows of AzureFirewallSubnet. Out: why a firewall does not work, with a warning. Deliberately absent: its rules.

use crate::{
    model::{Known, Model, NextHopType},
    network::{CompileWarning, RouteRow, RouteSource, SubnetFacts},
};
use ipnet::IpNet;

/// A firewall without a management address must keep a default route of its own to the Internet (R198, R199).
pub(super) fn broken(
    model: &Model,
    subnets: &[SubnetFacts],
    warnings: &mut Vec<CompileWarning>,
) -> Vec<Option<(String, &'static str)>> {
    let check = |firewall: &crate::model::AzureFirewall| {
        let default = |row: &&RouteRow| row.active && row.prefixes.contains(&IpNet::default());
        let row = subnets[firewall.subnet.index()].routes.rows.iter().find(default)?;
        if firewall.management || row.next_hop_type == Known::Known(NextHopType::Internet) {
            return None;
        }
        let (why, law) = match row.source {
            RouteSource::VirtualNetworkGateway => ("its subnet has learned 0.0.0.0/0 from a gateway", "R198"),
            _ => ("its subnet has a default route that does not lead to the Internet", "R199"),
        };
        warnings.push(CompileWarning {
            code: "firewall-without-internet",
            message: format!("azure firewall `{}` does not work: {why}", firewall.label.name),
            origin: firewall.label.origin.clone(),
            law,
        });
        Some((why.to_owned(), law))
    };
    model.azure_firewalls.iter().map(check).collect()
}
