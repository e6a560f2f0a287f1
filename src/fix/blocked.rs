//! Packets that do not fare as wanted, with what decided so and where they were.
//!
//! In: a trace. Out: [`Blocked`]: one for each decision that stands in the way. Deliberately absent: what to do about it.

use crate::{
    flow::{End, Flow},
    space::{self, Addresses, Cube, NAMED, Ports, Protocols},
    trace::{DeciderKind, Hop, Outcome, Part, Step, Trace, Verdict},
};

/// Packets at a decision.
#[derive(Debug, Clone)]
pub(super) struct Blocked {
    pub(super) step: Step,
    /// As the initiator sent them.
    pub(super) source: Addresses,
    /// [`NAMED`] where they are for a party that is known by name.
    pub(super) destination: Addresses,
    /// The addresses of their own that machines have whom they are for by a public one: what their NSGs see.
    pub(super) inner: Addresses,
    /// What that is called.
    pub(super) name: String,
    /// The host name by which it is asked for.
    pub(super) host: Option<String>,
    pub(super) protocols: Protocols,
    pub(super) ports: Ports,
    pub(super) source_ports: Ports,
    /// Where they came by, `vnet/subnet` and others.
    pub(super) places: Vec<String>,
    /// The packets never set out: this stops the question for their name, which is a flow of its own.
    pub(super) by_query: bool,
}

impl Blocked {
    /// The same decision about more packets; parties that are known by name stay by themselves.
    fn takes(&mut self, other: &Blocked) -> bool {
        let is_named = |one: &Blocked| one.destination == Addresses::single(NAMED);
        let alike = self.step == other.step && self.host == other.host && self.by_query == other.by_query;
        let apart = is_named(self) != is_named(other) || (is_named(self) && self.name != other.name);
        if !alike || apart {
            return false;
        }
        self.source = self.source.union(&other.source);
        self.destination = self.destination.union(&other.destination);
        self.protocols = self.protocols.union(&other.protocols);
        self.ports = self.ports.union(&other.ports);
        self.source_ports = self.source_ports.union(&other.source_ports);
        self.places
            .extend(other.places.iter().filter(|place| !self.places.contains(place)).cloned().collect::<Vec<_>>());
        if !self.name.eq_ignore_ascii_case(&other.name) {
            // Their common part, `kafka` of `kafka/wn0` and `kafka/wn1`.
            self.name = common(&self.name, &other.name);
        }
        true
    }
}

fn common(one: &str, other: &str) -> String {
    let parts = one.split('/').zip(other.split('/')).take_while(|(one, other)| one.eq_ignore_ascii_case(other));
    parts.map(|(part, _)| part).collect::<Vec<_>>().join("/")
}

/// All decisions against what is wanted.
pub(super) fn blocked(trace: &Trace, want: Verdict) -> Vec<Blocked> {
    let unwanted = |verdict: Verdict| verdict != want;
    let mut found: Vec<Blocked> = Vec::new();
    for part in trace.parts.iter().filter(|part| unwanted(part.verdict)) {
        let steps = part.decided_by.iter().filter(|step| decides(step, want));
        let named = |step| of_boxes(step, &part.boxes, &part.ends.1, places(part));
        let by_query = part.decided_by.iter().any(asks_in_vain);
        let told = steps.map(named).map(|one| Blocked { host: host(&trace.flow), by_query, ..one });
        told.for_each(|one| join(&mut found, one));
    }
    let sources = trace.parts.iter().flat_map(|part| &part.boxes);
    let sources = sources.fold(Addresses::empty(), |all, cube| all.union(&cube.source));
    if want == Verdict::Allowed {
        for leg in trace.legs.iter().filter(|leg| leg.verdict == Verdict::Denied) {
            let (destination, name) = aim(&leg.flow);
            let cubes: Vec<Cube> = leg
                .flow
                .headers()
                .into_iter()
                .map(|cube| Cube { source: sources.clone(), destination: destination.clone(), ..cube })
                .collect();
            let places = named(leg.forward.iter().chain(&leg.reply));
            let steps = leg.decided_by.iter().filter(|step| step.outcome == Outcome::Deny);
            let named = |step| of_boxes(step, &cubes, &name, places.clone());
            steps.map(named).for_each(|one| join(&mut found, Blocked { host: host(&leg.flow), ..one }));
        }
    }
    found
}

fn join(found: &mut Vec<Blocked>, one: Blocked) {
    if !found.iter_mut().any(|known| known.takes(&one)) {
        found.push(one);
    }
}

/// No DNS server could be asked (F192): what else decided is about the question.
fn asks_in_vain(step: &Step) -> bool {
    step.kind == DeciderKind::Dns && step.outcome == Outcome::Deny && step.law == "F192"
}

/// What stops packets, where they should pass; what lets them through, where they should not.
fn decides(step: &Step, want: Verdict) -> bool {
    match want {
        Verdict::Allowed => step.outcome == Outcome::Deny,
        _ => step.outcome == Outcome::Allow,
    }
}

fn of_boxes(step: &Step, boxes: &[Cube], name: &str, places: Vec<String>) -> Blocked {
    let mut all = Blocked {
        step: step.clone(),
        source: Addresses::empty(),
        destination: Addresses::empty(),
        inner: Addresses::empty(),
        name: name.to_owned(),
        host: None,
        protocols: Protocols::empty(),
        ports: Ports::empty(),
        source_ports: Ports::empty(),
        places,
        by_query: false,
    };
    for cube in boxes {
        all.source = all.source.union(&cube.source);
        all.destination = all.destination.union(&cube.destination);
        all.protocols = all.protocols.union(&cube.protocols);
        // What has no ports stands at every port.
        if cube.protocols.iter().any(|(first, last)| (first..=last).any(space::has_ports)) {
            all.ports = all.ports.union(&cube.destination_ports);
            all.source_ports = all.source_ports.union(&cube.source_ports);
        }
    }
    all
}

fn host(flow: &Flow) -> Option<String> {
    match &flow.destination {
        End::Host(host) => Some(host.clone()),
        // What parties outside are called looks like a name.
        End::Name(parts) => parts.first().filter(|name| parts.len() == 1 && name.contains('.')).cloned(),
        _ => None,
    }
}

/// Where a further flow is for.
fn aim(flow: &Flow) -> (Addresses, String) {
    match &flow.destination {
        End::Address(address) => (Addresses::single(space::point(*address)), address.to_string()),
        End::Host(host) => (Addresses::single(NAMED), host.clone()),
        End::Name(parts) => (Addresses::single(NAMED), parts.join("/")),
        _ => (Addresses::empty(), String::new()),
    }
}

fn places(part: &Part) -> Vec<String> {
    named(part.forward.iter().chain(&part.reply))
}

fn named<'h>(hops: impl Iterator<Item = &'h Hop>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for hop in hops {
        if !all.contains(&hop.at) {
            all.push(hop.at.clone());
        }
    }
    all
}
