//! Connections that were open before a change: NSGs let their packets through, routes do not know them.
//!
//! In: a network before and after a change, one question in both. Out: the fates of the packets that were allowed before.
//! A NIC that has a flow record of a connection does not ask its NSGs again (F23, R173), unless one of them has
//! `flushConnection` (F24). Routes, peerings and appliances are asked as ever: they keep no such record of their own here.

use super::{
    Question,
    flight::{Doubts, Fate, Fates, ListRef, Mark, Place},
    steps,
};
use crate::{
    model::{Known, NetworkSecurityGroupId},
    network::Network,
    space::{Set, Space},
    trace::{DeciderKind, Outcome, Verdict},
};
use std::rc::Rc;

/// Where a NIC is that has a flow record: by names, since ids change with the network.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Recorder {
    /// Lower case, as `vnet/subnet`.
    subnet: String,
    /// Lower case; none for NICs of a subnet with nothing of their own.
    interface: Option<String>,
}

/// Packets of one pair of ends that were allowed.
#[derive(Debug)]
struct Open {
    ends: (String, String),
    part: Set,
    /// The question whether it was open has no certain answer.
    doubtful: bool,
    recorders: Vec<Recorder>,
}

/// All that was open before the change.
#[derive(Debug, Default)]
pub(super) struct Opened(Vec<Open>);

impl Opened {
    /// What a network let through.
    pub(super) fn of(space: &mut Space, network: &Network, question: &Question) -> Opened {
        let mut opened = Opened::default();
        let mut take = |ends: &(String, String), fate: Fate| {
            let doubtful = fate.verdict == Verdict::Undetermined;
            if !doubtful && fate.verdict != Verdict::Allowed {
                return;
            }
            let recorders = fate.records.iter().filter_map(|place| recorder(network, *place)).collect();
            opened.0.push(Open { ends: ends.clone(), part: fate.part, doubtful, recorders });
        };
        let journeys = super::journeys(space, network, question, None);
        for (ends, fates) in journeys.arrivals {
            fates.into_iter().for_each(|fate| take(&ends, fate));
        }
        opened
    }

    /// The packets between two ends that were open, each lot with the places that recorded it.
    pub(super) fn between(&self, ends: &(String, String)) -> Vec<Lot<'_>> {
        let same = self.0.iter().filter(|open| open.ends == *ends);
        same.map(|open| Lot { part: open.part, doubtful: open.doubtful, recorders: &open.recorders }).collect()
    }
}

/// Packets that were open and are recorded at the same places.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lot<'a> {
    pub(super) part: Set,
    pub(super) doubtful: bool,
    recorders: &'a [Recorder],
}

impl Lot<'_> {
    /// Whether a place of the changed network has a flow record of it. A NIC that came to a group of its own by the
    /// change is the same NIC as before.
    pub(super) fn recorded_at(&self, network: &Network, place: Place) -> bool {
        let Some(here) = recorder(network, place) else {
            return false;
        };
        self.recorders.iter().any(|one| {
            let same = match (&one.interface, &here.interface) {
                (Some(one), Some(here)) => one == here,
                _ => true,
            };
            one.subnet == here.subnet && same
        })
    }
}

fn recorder(network: &Network, place: Place) -> Option<Recorder> {
    match place {
        Place::NetworkInterface(id, at) => {
            let subnet = network.model.network_interface(id).ip_configurations.get(at)?.subnet;
            let name = network.model.network_interface(id).label.name.to_lowercase();
            Some(Recorder { subnet: network.subnet_path(subnet).to_lowercase(), interface: Some(name) })
        }
        Place::Subnet(id) => Some(Recorder { subnet: network.subnet_path(id).to_lowercase(), interface: None }),
        Place::AzureFirewall(id) => {
            let firewall = network.model.azure_firewall(id);
            let name = firewall.label.name.to_lowercase();
            Some(Recorder { subnet: network.subnet_path(firewall.subnet).to_lowercase(), interface: Some(name) })
        }
        _ => None,
    }
}

/// Whether one of the NSGs judges recorded connections anew (F24).
pub(super) fn flushes(network: &Network, groups: [Option<Known<NetworkSecurityGroupId>>; 2]) -> bool {
    let known = groups.into_iter().flatten().filter_map(|group| group.known().copied());
    known.into_iter().any(|id| network.model.network_security_group(id).flush_connection)
}

/// What is left open of the fates of packets that were open before: whether a stateful device takes over a connection
/// whose beginning it did not see, and whether one whose rules changed cuts it.
pub(super) fn settle(network: &Network, lot: Lot<'_>, fates: Fates) -> Fates {
    fates.into_iter().map(|fate| settle_one(network, lot, fate)).collect()
}

fn settle_one(network: &Network, lot: Lot<'_>, mut fate: Fate) -> Fate {
    let doubt = match fate.verdict {
        Verdict::Denied => cut_by(&fate).map(|what| format!("whether {what} cuts connections that are open")),
        _ => fate.records.iter().find_map(|place| {
            let device = stateful_device(network, *place).filter(|_| !lot.recorded_at(network, *place))?;
            Some(format!("whether {device} takes over a connection that it did not see being opened"))
        }),
    };
    if let Some(text) = doubt {
        let step = steps::step(DeciderKind::Appliance, "", "", Outcome::Unknown, text.as_str(), "R173");
        fate.doubts.extend(&Doubts::of_text(&text));
        fate.hung_on = vec![Rc::new(step)];
        fate.verdict = Verdict::Undetermined;
    }
    fate
}

/// The device or manager whose rule stopped it, if one of them did.
fn cut_by(fate: &Fate) -> Option<&'static str> {
    match fate.trail.marks().pop()? {
        Mark::Filtered { list: ListRef::Admin(..), .. } => Some("a security admin rule"),
        Mark::Filtered { list: ListRef::Appliance(_) | ListRef::Site(_), .. } => Some("an appliance"),
        Mark::Filtered { list: ListRef::FirewallNetwork(_) | ListRef::FirewallApplication(_), .. } => {
            Some("an Azure Firewall")
        }
        Mark::Step(step) if step.kind == DeciderKind::AzureFirewall => Some("an Azure Firewall"),
        _ => None,
    }
}

/// The name of what keeps state at a place, besides NSGs.
fn stateful_device(network: &Network, place: Place) -> Option<String> {
    match place {
        Place::AzureFirewall(id) => Some(network.model.azure_firewall(id).label.name.clone()),
        Place::NetworkInterface(id, _) => {
            let appliance = network.model.appliance(network.model.network_interface(id).appliance?);
            appliance.stateful.then(|| appliance.label.name.clone())
        }
        _ => None,
    }
}
