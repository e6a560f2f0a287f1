//! The way of a flow over the picture: stops, marks where something was decided, where it did not come to.

use super::{
    super::picture::{FlowPath, FrameKind, Mark, Spot, Stop, Tone, verdict_tone},
    Drawing,
};
use crate::{
    report::words,
    space::{NAMED, address, point},
    trace::{DeciderKind, Hop, Leg, Outcome, Part, Step, Trace, Verdict},
};
use std::net::IpAddr;

/// Most parts of a mixed answer whose deciders are marked.
const MOST_LOSERS: usize = 5;

impl Drawing<'_> {
    /// Draws the part of a trace that explains its verdict; where a further flow decides, the way of that one.
    pub(super) fn flow(&mut self, trace: &Trace) {
        let Some(part) = trace.leading_part() else { return };
        let way = deciding_way(trace, part);
        // A literal address has no name of its own: the witness has it.
        let end = |name: &str, point: u128| {
            let address = (point != NAMED).then(|| address(point));
            self.end(name).or_else(|| self.at_address(address.filter(|_| !way.is_leg)?))
        };
        let ends = (end(&way.ends.0, part.witness.source), end(&way.ends.1, part.witness.destination));
        let mut there = self.stops(&way, way.forward, ends, None);
        let mut back = self.stops(&way, way.reply, (ends.1, ends.0), there.last());
        let mut missed = None;
        if way.verdict == Verdict::Denied {
            let goal = if way.reply.is_empty() { ends.1 } else { ends.0 };
            let last = back.last_mut().or(there.last_mut());
            if let Some(last) = last {
                last.stopped = true;
                missed =
                    goal.filter(|goal| *goal != last.at && !self.holds(*goal, last.at)).map(|goal| (last.at, goal));
            }
        }
        for hop in way.forward.iter().chain(way.reply) {
            self.mark_hop(way.decided_by, hop);
        }
        if trace.verdict() == Verdict::Mixed {
            let losing = trace.parts.iter().filter(|part| part.verdict != Verdict::Allowed);
            for part in losing.take(MOST_LOSERS) {
                for hop in part.forward.iter().chain(&part.reply) {
                    self.mark_hop(&part.decided_by, hop);
                }
            }
        }
        let leg = |leg: &Leg| Mark { tone: verdict_tone(leg.verdict), text: format!("{}: {}", leg.flow, leg.verdict) };
        self.picture.flow = Some(FlowPath {
            flow: trace.flow.to_string(),
            verdict: trace.verdict(),
            why: words::why(trace),
            legs: trace.legs.iter().map(leg).collect(),
            there,
            back,
            missed,
        });
    }

    /// The places that hops come to; one that stays in the same place is no new stop.
    fn stops(&self, way: &Way<'_>, hops: &[Hop], ends: (Option<Spot>, Option<Spot>), turn: Option<&Stop>) -> Vec<Stop> {
        let mut stops: Vec<Stop> = Vec::new();
        let already = turn.map_or(0, |stop| stop.number);
        let add = |stops: &mut Vec<Stop>, spot: Spot| {
            if stops.last().or(turn).map(|stop| stop.at) != Some(spot) {
                stops.push(Stop { at: spot, number: already + stops.len() + 1, stopped: false });
            }
        };
        let endpoint = self.endpoint_of(way);
        for (index, hop) in hops.iter().enumerate() {
            let Some(spot) = self.end(&hop.at) else { continue };
            let before = stops.last().or(turn).map(|stop| stop.at);
            let near = [
                ends.0.filter(|_| index == 0),
                ends.1.filter(|_| index + 1 == hops.len()),
                before,
                endpoint.map(|(endpoint, _)| endpoint),
            ];
            let spot = near.into_iter().flatten().find(|end| self.holds(spot, *end)).unwrap_or(spot);
            add(&mut stops, spot);
        }
        // What an endpoint lets through is at its service.
        if let (None, Some((_, Some(service)))) = (turn, endpoint) {
            add(&mut stops, service);
        }
        stops
    }

    /// The private endpoint on the way, and the service if it was let through to it.
    fn endpoint_of(&self, way: &Way<'_>) -> Option<(Spot, Option<Spot>)> {
        let model = &self.network.model;
        let mut steps = way.forward.iter().flat_map(|hop| &hop.steps);
        let step = steps.find(|step| {
            step.kind == DeciderKind::PrivateEndpoint && self.spots.contains_key(&step.resource.to_lowercase())
        })?;
        let spot = *self.spots.get(&step.resource.to_lowercase())?;
        let index = self.endpoints.iter().position(|one| *one == Some(spot));
        let service = index.and_then(|index| model.private_endpoints[index].service());
        let service = service.filter(|_| step.outcome == Outcome::Allow).and_then(|id| self.services[id.index()]);
        Some((spot, service))
    }

    /// Whether one spot is the other or stands around it.
    fn holds(&self, outer: Spot, inner: Spot) -> bool {
        outer == inner || matches!(outer, Spot::Frame(frame) if self.picture.around(inner).contains(&frame))
    }

    /// The spot that a trace names.
    fn end(&self, name: &str) -> Option<Spot> {
        if let Some(spot) = self.spots.get(&name.to_lowercase()) {
            return Some(*spot);
        }
        match name.parse::<IpAddr>() {
            Ok(address) => self.at_address(address),
            // A host name that no resource declares, a service tag's prefix.
            Err(_) => self.internet.filter(|_| name.contains('.')),
        }
    }

    /// Who answers to an address: a machine, a subnet, a site, the Internet.
    fn at_address(&self, address: IpAddr) -> Option<Spot> {
        let model = &self.network.model;
        let holds = |prefixes: &[ipnet::IpNet]| prefixes.iter().any(|prefix| prefix.contains(&address));
        let owner = self.addresses.get(&address).and_then(|found| found.first()).map(|(_, spot)| *spot);
        let subnet = || {
            let index = model.subnets.iter().position(|subnet| holds(&subnet.address_prefixes))?;
            self.subnets[index]
        };
        let site = || {
            let index = model.sites.iter().position(|site| holds(&site.address_prefixes))?;
            self.sites[index].map(Spot::Frame)
        };
        let internet = || self.internet.filter(|_| self.network.internet().contains(point(address)));
        owner.or_else(subnet).or_else(site).or_else(internet)
    }

    /// Writes what was decided at a hop where it was decided.
    fn mark_hop(&mut self, decided_by: &[Step], hop: &Hop) {
        let Some(spot) = self.end(&hop.at) else { return };
        for step in hop.steps.iter().filter(|step| decided_by.contains(step)) {
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

/// The hops of a part or of a further flow.
struct Way<'t> {
    ends: (String, String),
    verdict: Verdict,
    forward: &'t [Hop],
    reply: &'t [Hop],
    decided_by: &'t [Step],
    is_leg: bool,
}

/// The way on which the leading decider stands.
fn deciding_way<'t>(trace: &'t Trace, part: &'t Part) -> Way<'t> {
    let on = |step: &Step, hops: &[Hop]| hops.iter().any(|hop| hop.steps.contains(step));
    let first = part.decided_by.first().filter(|step| !on(step, &part.forward) && !on(step, &part.reply));
    let leg = first.and_then(|step| trace.legs.iter().find(|leg| on(step, &leg.forward) || on(step, &leg.reply)));
    match leg.filter(|_| part.verdict != Verdict::Allowed) {
        Some(leg) => {
            let text = leg.flow.to_string();
            let (from, to) = text.split_once(" -> ").unwrap_or((&text, ""));
            let to = to.split(' ').next().unwrap_or("");
            Way {
                ends: (from.to_owned(), to.to_owned()),
                verdict: leg.verdict,
                forward: &leg.forward,
                reply: &leg.reply,
                decided_by: &leg.decided_by,
                is_leg: true,
            }
        }
        None => Way {
            ends: part.ends.clone(),
            verdict: part.verdict,
            forward: &part.forward,
            reply: &part.reply,
            decided_by: &part.decided_by,
            is_leg: false,
        },
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
