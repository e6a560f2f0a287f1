//! `via:` and `notVia:`: does every packet that gets through pass a device on its way there, or none?
//!
//! In: what a file demands, traces. Out: [`Breach`]es: the packets whose way is another. Where Azure chooses among several
//! ways, all of them count. Deliberately absent: the way back; a stateful device that does not see it denies the flow
//! already.

use super::{Breach, run::report};
use crate::{
    diagnostic::Diagnostics,
    model::Model,
    resolve::{Device, device},
    scenario::Expectation,
    trace::{DeciderKind, Part, Trace, Verdict, passed},
};
use std::fmt;

/// One device that must, or must not, be passed.
#[derive(Debug, Clone)]
pub(super) struct Demand {
    kind: DeciderKind,
    name: String,
    wanted: bool,
}

impl fmt::Display for Demand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", if self.wanted { "via" } else { "not via" }, self.name)
    }
}

/// What an expectation demands; nothing when one of its names means nothing.
pub(super) fn demands(model: &Model, expectation: &Expectation, diagnostics: &mut Diagnostics) -> Option<Vec<Demand>> {
    let via = expectation.via.iter().map(|name| (name, true));
    let all = via.chain(expectation.not_via.iter().map(|name| (name, false)));
    let mut found = Vec::new();
    let mut fine = true;
    for ((name, span), wanted) in all {
        match device(model, name) {
            Ok(device) => {
                found.push(Demand { kind: kind(device), name: device.label(model).name.clone(), wanted });
            }
            Err(error) => {
                report(diagnostics, error.code, Some(*span), error.message, error.help);
                fine = false;
            }
        }
    }
    fine.then_some(found)
}

/// What deciders of a device are.
fn kind(device: Device) -> DeciderKind {
    match device {
        Device::Appliance(_) => DeciderKind::Appliance,
        Device::AzureFirewall(_) => DeciderKind::AzureFirewall,
        Device::LoadBalancer(_) => DeciderKind::LoadBalancer,
        Device::PrivateEndpoint(_) => DeciderKind::PrivateEndpoint,
        Device::Gateway(_) | Device::VirtualHub(_) => DeciderKind::Gateway,
        Device::NatGateway(_) => DeciderKind::Outbound,
    }
}

/// The parts that get through otherwise than demanded.
pub(super) fn breaches(demands: &[Demand], traces: &[Trace]) -> Vec<Breach> {
    let through = || traces.iter().flat_map(|trace| &trace.parts).filter(|part| part.verdict == Verdict::Allowed);
    let mut found = Vec::new();
    for demand in demands {
        let breaking = through().filter(|part| !demand.holds(part));
        found.extend(breaking.map(|part| Breach { says: demand.broken(), part: part.clone() }));
    }
    found
}

impl Demand {
    /// Whether all ways of a part are as demanded.
    fn holds(&self, part: &Part) -> bool {
        let told = passed(part.forward.iter().flat_map(|hop| &hop.steps));
        let device = (self.kind, self.name.to_lowercase());
        std::iter::once(&told).chain(&part.other_ways).all(|way| way.contains(&device) == self.wanted)
    }

    fn broken(&self) -> String {
        match self.wanted {
            true => format!("these get through without passing {}", self.name),
            false => format!("these pass {}", self.name),
        }
    }
}
