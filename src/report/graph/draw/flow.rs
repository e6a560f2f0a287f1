//! The way of a flow over the picture: stops, marks where something was decided, where it did not come to.

use super::{
    super::picture::{FlowPath, FrameKind, Mark, Spot, Stop, Tone},
    Drawing,
};
use crate::{
    report::words,
    space::point,
    trace::{DeciderKind, Hop, Outcome, Part, Step, Trace, Verdict},
};
use std::net::IpAddr;

impl Drawing<'_> {
    /// Draws the part of a trace that explains its verdict.
    pub(super) fn flow(&mut self, trace: &Trace) {
        let Some(part) = trace.leading_part() else { return };
        let ends = (self.end(&part.ends.0), self.end(&part.ends.1));
        let mut there = self.stops(&part.forward, ends, None);
        let mut back = self.stops(&part.reply, (ends.1, ends.0), there.last());
        let stopped = matches!(part.verdict, Verdict::Denied);
        let mut missed = None;
        if stopped {
            let goal = if part.reply.is_empty() { ends.1 } else { ends.0 };
            let last = back.last_mut().or(there.last_mut());
            if let Some(last) = last {
                last.stopped = true;
                missed =
                    goal.filter(|goal| *goal != last.at && !self.holds(*goal, last.at)).map(|goal| (last.at, goal));
            }
        }
        for hop in part.forward.iter().chain(&part.reply) {
            self.mark_hop(part, hop);
        }
        self.picture.flow = Some(FlowPath {
            flow: trace.flow.to_string(),
            verdict: trace.verdict(),
            why: words::why(trace),
            there,
            back,
            missed,
        });
    }

    /// The places that hops come to; one that stays in the same place is no new stop.
    fn stops(&self, hops: &[Hop], ends: (Option<Spot>, Option<Spot>), turn: Option<&Stop>) -> Vec<Stop> {
        let mut stops: Vec<Stop> = Vec::new();
        let already = turn.map_or(0, |stop| stop.number);
        for (index, hop) in hops.iter().enumerate() {
            let Some(spot) = self.end(&hop.at) else { continue };
            let before = stops.last().or(turn).map(|stop| stop.at);
            let near = [ends.0.filter(|_| index == 0), ends.1.filter(|_| index + 1 == hops.len()), before];
            let spot = near.into_iter().flatten().find(|end| self.holds(spot, *end)).unwrap_or(spot);
            if before != Some(spot) {
                stops.push(Stop { at: spot, number: already + stops.len() + 1, stopped: false });
            }
        }
        stops
    }

    /// Whether one spot is the other or stands around it.
    fn holds(&self, outer: Spot, inner: Spot) -> bool {
        outer == inner || matches!(outer, Spot::Frame(frame) if self.picture.around(inner).contains(&frame))
    }

    /// The spot that a trace names.
    fn end(&self, name: &str) -> Option<Spot> {
        if let Some(spot) = self.spots.get(name) {
            return Some(*spot);
        }
        match name.parse::<IpAddr>() {
            Ok(address) => {
                let owner = self.addresses.get(&address).and_then(|found| found.first()).map(|(_, spot)| *spot);
                owner.or(self.internet.filter(|_| self.network.internet().contains(point(address))))
            }
            // A host name that no resource declares, a service tag's prefix.
            Err(_) => self.internet.filter(|_| name.contains('.')),
        }
    }

    /// Writes what was decided at a hop where it was decided.
    fn mark_hop(&mut self, part: &Part, hop: &Hop) {
        let Some(spot) = self.end(&hop.at) else { return };
        for step in hop.steps.iter().filter(|step| part.decided_by.contains(step)) {
            let Some(tone) = tone(step) else { continue };
            let mark = Mark { tone, text: told(step) };
            let spot = match spot {
                // What the subnet's resources decide is written on the subnet.
                Spot::Node(node) if of_the_subnet(step) => {
                    let parent = self.picture.node(node).parent;
                    match self.picture.frame(parent).kind {
                        FrameKind::Subnet => Spot::Frame(parent),
                        _ => spot,
                    }
                }
                other => other,
            };
            let marks = match spot {
                Spot::Frame(id) => &mut self.picture.frames[id.0].marks,
                Spot::Node(id) => &mut self.picture.nodes[id.0].marks,
            };
            if !marks.contains(&mark) {
                marks.push(mark);
            }
        }
    }
}

/// What is worth writing: what let through, what stopped, what is missing, and whose route led on.
fn tone(step: &Step) -> Option<Tone> {
    match (step.outcome, step.kind) {
        (Outcome::Deny, _) => Some(Tone::Stops),
        (Outcome::Unknown, _) => Some(Tone::Unsure),
        (Outcome::Allow, DeciderKind::NoNetworkSecurityGroup) => None,
        (Outcome::Allow, _) => Some(Tone::Lets),
        (Outcome::Pass, DeciderKind::Route | DeciderKind::ServiceEndpoint | DeciderKind::PrivateEndpoint) => {
            Some(Tone::Leads)
        }
        (Outcome::Pass, _) => None,
    }
}

fn told(step: &Step) -> String {
    let name = words::name(step);
    match step.kind {
        DeciderKind::DefaultRoute => format!("default route {name}"),
        DeciderKind::Peering => format!("peering {name}"),
        DeciderKind::Asymmetric => format!("asymmetric: {name}"),
        DeciderKind::PublicIp => format!("public address: {name}"),
        DeciderKind::Loop => format!("loop at {name}"),
        DeciderKind::NoRoute => format!("no route at {name}"),
        _ => name,
    }
}

fn of_the_subnet(step: &Step) -> bool {
    matches!(
        step.kind,
        DeciderKind::NetworkSecurityGroup
            | DeciderKind::NoNetworkSecurityGroup
            | DeciderKind::Route
            | DeciderKind::DefaultRoute
            | DeciderKind::Peering
    )
}
