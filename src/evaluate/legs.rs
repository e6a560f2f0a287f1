//! What a question asks for besides its own packets: names that must be found, tokens that must be fetched, the second
//! connection that a service sends its clients to.
//!
//! In: a question between a starting place and a party. Out: a [`Journey`]: the fates of its packets, and of every leg
//! that they hang on. A leg that fails for a source makes the flow of that source fail.

use super::{
    Question,
    ends::{Ends, Entry, Goal, Start},
    flight::{Doubts, Fate, Fates, Mark, Place, Trail},
    header::Point,
    lookup::Led,
    opened::Opened,
    services::part_name,
    travel, travel_open,
    walk::Aim,
};
use crate::{
    flow::{End, Flow, Protocol},
    model::{Cluster, ConnectionPolicy, ExternalId, Identity, Known, Party, ServiceId, ServiceKind},
    network::Network,
    space::{self, Addresses, Ports, Set, Space},
    trace::{Step, Verdict},
};
use std::rc::Rc;

/// A further flow that the asked one hangs on.
pub(super) struct Leg {
    pub(super) flow: Flow,
    pub(super) ends: (String, String),
    pub(super) fates: Fates,
    /// Said beside what the walk says: the answer of a name server.
    pub(super) steps: Vec<Step>,
    pub(super) sender: Sender,
}

/// Who sends a leg: that says how far the asked flow hangs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// The source itself: where it fails, so does the flow.
    Source,
    /// A server that stands where the source does: it fails sources of which nothing gets through, for a server asks again
    /// from another port.
    ServerBeside,
    /// A server somewhere else, which was asked already whether it gets through.
    Server,
}

/// What became of a question between two ends.
#[derive(Default)]
pub(super) struct Journey {
    /// One entry per goal.
    pub(super) arrivals: Vec<((String, String), Fates)>,
    pub(super) legs: Vec<Leg>,
}

/// Plans journeys through one network.
pub(super) struct Planner<'n, 's> {
    pub(super) network: &'n Network,
    pub(super) space: &'s mut Space,
    pub(super) legs: Vec<Leg>,
    pub(super) notes: Vec<String>,
    /// Only packets that were open before a change.
    pub(super) opened: Option<&'s Opened>,
    /// Addresses of the far end that are not asked about.
    pub(super) left_out: Addresses,
}

impl<'n, 's> Planner<'n, 's> {
    /// One that knows nothing yet.
    pub(super) fn new(network: &'n Network, space: &'s mut Space, opened: Option<&'s Opened>) -> Self {
        Planner { network, space, legs: Vec::new(), notes: Vec::new(), opened, left_out: Addresses::empty() }
    }
}

impl Planner<'_, '_> {
    /// Everything between a starting place and a party.
    pub(super) fn journey(&mut self, question: &Question, source: &Party, start: &Start, party: &Party) -> Journey {
        let identity = question.identity.or_else(|| own_identity(self.network, source));
        let mut journey = Journey::default();
        match party {
            Party::Service(id, part) => {
                let parts = self.parts_asked(*id, *part);
                for start in self.by_server(start) {
                    for part in &parts {
                        self.service_journey(question, &start, *id, *part, identity, &mut journey);
                    }
                }
            }
            Party::Host(name) => {
                for start in self.by_server(start) {
                    let led = self.lead(&question.flow, &start, name, name);
                    self.follow(question, &start, led, name, &[], identity, &mut journey);
                }
            }
            Party::External(id) if self.host_of(question, *id).is_some() => {
                let host = self.host_of(question, *id).unwrap_or_default();
                let label = self.network.model.external(*id).label.name.clone();
                let led = self.lead(&question.flow, start, &host, &label);
                self.follow(question, start, led, &label, &[], identity, &mut journey);
            }
            _ => {
                let goals = self.goals(party, start);
                let legs = self.advertised(question, start, party);
                for goal in goals {
                    self.walk(question, start, &goal, &legs, identity, &mut journey);
                }
                journey.legs.extend(legs);
            }
        }
        journey.legs.append(&mut self.legs);
        if self.opened.is_some() {
            // An open connection asks for no name and no token again.
            journey.legs.clear();
        }
        journey
    }

    /// The name by which a party outside is looked up: the one that the flow asks for, or the only way to one without
    /// addresses.
    fn host_of(&self, question: &Question, id: ExternalId) -> Option<String> {
        let external = self.network.model.external(id);
        let asked = match &question.flow.destination {
            End::Name(parts) if parts.len() == 1 => parts.first().map(|name| name.to_lowercase()),
            End::Host(name) => Some(name.to_lowercase()),
            _ => None,
        };
        let by_name = asked.filter(|name| external.host_names.contains(name));
        by_name.or_else(|| external.host_names.first().filter(|_| external.addresses.is_empty()).cloned())
    }

    pub(super) fn goals(&mut self, party: &Party, start: &Start) -> Vec<Goal> {
        let mut ends = Ends { network: self.network, notes: Vec::new() };
        let goals = ends.goals(party, start);
        self.notes.extend(ends.notes);
        if self.left_out.is_empty() {
            return goals;
        }
        let rest = |goal: Goal| Goal { addresses: goal.addresses.minus(&self.left_out), ..goal };
        goals.into_iter().map(rest).filter(|goal| goal.named.is_some() || !goal.addresses.is_empty()).collect()
    }

    /// The bare name of an account asks one question for all its parts that callers use: blob and dfs, and any with an
    /// endpoint of its own. Parts that fare alike are asked once.
    fn parts_asked(&self, id: ServiceId, part: Option<usize>) -> Vec<usize> {
        let service = self.network.model.service(id);
        let usual: &[usize] = match (part, service.kind) {
            (Some(part), _) => return vec![part],
            (None, ServiceKind::StorageAccount) => &[0, 1],
            (None, _) => &[0],
        };
        let linked = |at: &usize| self.network.is_linked(id, &service.sub_resources[*at].group_id);
        let several = matches!(service.kind, ServiceKind::StorageAccount | ServiceKind::CosmosDb);
        let mut parts: Vec<usize> = (0..service.sub_resources.len()).filter(|at| several && linked(at)).collect();
        parts.extend(usual.iter().find(|at| **at < service.sub_resources.len() && !parts.contains(at)));
        parts
    }

    fn service_journey(
        &mut self,
        question: &Question,
        start: &Start,
        id: ServiceId,
        part: usize,
        identity: Option<Identity>,
        journey: &mut Journey,
    ) {
        let network = self.network;
        let host = network.model.service(id).sub_resources[part].host.clone();
        let name = part_name(network, id, part);
        let mut led = self.lead(&question.flow, start, &host, &name);
        if let Led::To { goals, .. } = &mut led {
            // Databases share the host of their server: the name does not tell which was asked for.
            let same = goals.iter_mut().filter(|goal| matches!(goal.aim, Aim::Service(other, _) if other == id));
            same.for_each(|goal| goal.aim = Aim::Service(id, part));
        }
        let mut legs = Vec::new();
        if let Led::To { goals, private } = &led {
            legs.extend(self.token(question, start, id, identity));
            if *private {
                legs.extend(self.callback(question, start, id, part, identity));
            }
            legs.extend(self.redirect(question, start, id, goals, *private));
        }
        self.follow(question, start, led, &name, &legs, identity, journey);
        journey.legs.extend(legs);
    }

    #[allow(clippy::too_many_arguments)] // the question, where it leads, what it hangs on
    fn follow(
        &mut self,
        question: &Question,
        start: &Start,
        led: Led,
        name: &str,
        legs: &[Leg],
        identity: Option<Identity>,
        journey: &mut Journey,
    ) {
        match led {
            Led::To { goals, .. } => {
                for goal in goals {
                    self.walk(question, start, &goal, legs, identity, journey);
                }
            }
            Led::Nowhere { steps, doubts } => {
                let fates = self.nowhere(&question.flow, start, name, steps, doubts);
                journey.arrivals.push(((start.label.clone(), name.to_owned()), fates));
            }
        }
    }

    fn walk(
        &mut self,
        question: &Question,
        start: &Start,
        goal: &Goal,
        legs: &[Leg],
        identity: Option<Identity>,
        journey: &mut Journey,
    ) {
        let ends = (start.label.clone(), goal.label.clone());
        let (network, flow) = (self.network, &question.flow);
        let fates = match self.opened {
            Some(opened) => {
                let lots = opened.between(&ends).into_iter();
                lots.flat_map(|lot| travel_open(self.space, network, flow, start, goal, identity, lot)).collect()
            }
            None => {
                let fates = travel(self.space, network, flow, start, goal, identity);
                let legs = self.legs.iter().chain(legs);
                legs.fold(fates, |fates, leg| hang_on(network, self.space, fates, leg))
            }
        };
        journey.arrivals.push((ends, fates));
    }

    /// A token for the service: from Entra ID, or from the instance metadata service.
    fn token(&mut self, question: &Question, start: &Start, id: ServiceId, identity: Option<Identity>) -> Vec<Leg> {
        if [Place::Service(id), Place::WebApp(id)].contains(&start.place) {
            return Vec::new();
        }
        let inside = !super::ends::is_outside(start.place);
        match identity {
            Some(Identity::ServicePrincipal) if inside => self.sign_in(question, start, None),
            Some(Identity::Interactive) => self.sign_in(question, start, Some(id)),
            Some(Identity::ManagedIdentity) if inside => self.metadata_token(question, start),
            _ => Vec::new(),
        }
    }

    fn sign_in(&mut self, question: &Question, start: &Start, service: Option<ServiceId>) -> Vec<Leg> {
        const ENTRA: &str = "login.microsoftonline.com";
        let aim = service.map_or(Aim::Anywhere, Aim::SignIn);
        // A private zone may lead the name somewhere else; only Entra ID itself asks the policies.
        let turned = |goal: Goal| if goal.named.is_some() { Goal { aim, ..goal } } else { goal };
        self.leg_to_host(&question.flow, start, ENTRA, Ports::single(443), turned)
    }

    fn metadata_token(&mut self, question: &Question, start: &Start) -> Vec<Leg> {
        let address = crate::tags::azure_platform_imds().first().map(space::address);
        let (Some(address), Some(_)) = (address, super::ends::start_home(self.network, start.place)) else {
            return Vec::new();
        };
        let flow = further_flow(&question.flow, End::Address(address), Protocol::Tcp, Ports::single(80));
        let ends = Ends { network: self.network, notes: Vec::new() };
        let mut fates = Fates::new();
        for goal in ends.literal_goals(&Addresses::single(space::point(address)), start) {
            fates.extend(travel(self.space, self.network, &flow, start, &goal, None));
        }
        vec![Leg {
            flow,
            ends: (start.label.clone(), address.to_string()),
            fates,
            steps: Vec::new(),
            sender: Sender::Source,
        }]
    }

    /// Signing in to a workspace through its private endpoint ends at its region's own callback host.
    fn callback(
        &mut self,
        question: &Question,
        start: &Start,
        id: ServiceId,
        part: usize,
        identity: Option<Identity>,
    ) -> Vec<Leg> {
        let workspace = self.network.model.service(id).workspace.as_ref();
        let Some(host) = workspace.map(|workspace| workspace.web_auth.clone()) else {
            return Vec::new();
        };
        if identity != Some(Identity::Interactive) || part != 0 {
            return Vec::new();
        }
        self.named_leg(&question.flow, start, &host, Ports::single(443))
    }

    /// A connection to a further host that no firewall of one service guards: the callback host belongs to all workspaces
    /// of a region.
    fn named_leg(&mut self, asked: &Flow, start: &Start, host: &str, ports: Ports) -> Vec<Leg> {
        let unguarded = |goal: Goal| match goal.aim {
            Aim::Service(..) => Goal { aim: Aim::Anywhere, ..goal },
            _ => goal,
        };
        self.leg_to_host(asked, start, host, ports, unguarded)
    }

    /// A connection to a further host, names included; `turned` says at whom each place that the name leads to is aimed.
    pub(super) fn leg_to_host(
        &mut self,
        asked: &Flow,
        start: &Start,
        host: &str,
        ports: Ports,
        turned: impl Fn(Goal) -> Goal,
    ) -> Vec<Leg> {
        let flow = further_flow(asked, End::Name(vec![host.to_owned()]), Protocol::Tcp, ports);
        let known = std::mem::take(&mut self.legs);
        let led = self.lead(&flow, start, host, host);
        let queries = std::mem::replace(&mut self.legs, known);
        let mut fates = match led {
            Led::To { goals, .. } => {
                let mut all = Fates::new();
                for goal in goals {
                    all.extend(travel(self.space, self.network, &flow, start, &turned(goal), None));
                }
                all
            }
            Led::Nowhere { steps, doubts } => self.nowhere(&flow, start, host, steps, doubts),
        };
        for leg in &queries {
            fates = hang_on(self.network, self.space, fates, leg);
        }
        vec![Leg {
            flow,
            ends: (start.label.clone(), host.to_owned()),
            fates,
            steps: Vec::new(),
            sender: Sender::Source,
        }]
    }

    /// What becomes of packets whose name leads nowhere.
    fn nowhere(&mut self, flow: &Flow, start: &Start, name: &str, steps: Vec<Step>, doubts: Option<Doubts>) -> Fates {
        let part = super::packets(self.space, flow, start, &lost_goal(name));
        lost(part, &start.label, steps, doubts)
    }

    /// SQL sends clients on from its gateway to a node (F113 to F115, F199).
    fn redirect(
        &mut self,
        question: &Question,
        start: &Start,
        id: ServiceId,
        goals: &[Goal],
        private: bool,
    ) -> Vec<Leg> {
        let model = &self.network.model;
        let service = model.service(id);
        let asked = &question.flow;
        let tcp = asked.protocol == Protocol::Tcp || asked.protocol == Protocol::Any;
        if service.kind != ServiceKind::SqlServer || !tcp || !asked.ports.contains(1433) {
            return Vec::new();
        }
        let in_azure = match start.place {
            Place::External(id) => model.external(id).location.is_some(),
            Place::Service(_) | Place::WebApp(_) => true,
            place => super::ends::start_home(self.network, place).is_some(),
        };
        let (policy, doubt) = match service.connection_policy {
            Known::Known(policy) => (policy, None),
            Known::Unknown(fact) => (ConnectionPolicy::Redirect, Some(fact)),
        };
        let redirected = match (policy, private) {
            (ConnectionPolicy::Redirect, true) => model.settings.sql_private_endpoint_redirect,
            (ConnectionPolicy::Redirect, false) => true,
            (ConnectionPolicy::Default, false) => in_azure,
            (ConnectionPolicy::Default, true) | (ConnectionPolicy::Proxy, _) => false,
        };
        if private && policy == ConnectionPolicy::Redirect && !redirected {
            self.notes.push(
                "the setting sqlPrivateEndpointRedirect: false keeps policy Redirect out of private endpoints".into(),
            );
        }
        // Through an endpoint a node may have any port from 1433 on; the first connection has asked for that one.
        let ports = if private { Ports::range(1434, u16::MAX) } else { Ports::range(11000, 11999) };
        if !redirected || ports.is_subset(&asked.ports) {
            return Vec::new();
        }
        let flow = further_flow(asked, asked.destination.clone(), Protocol::Tcp, ports);
        let mut fates = Fates::new();
        for goal in goals {
            fates.extend(travel(self.space, self.network, &flow, start, goal, None));
        }
        if let Some(fact) = doubt {
            for fate in fates.iter_mut().filter(|fate| fate.verdict == Verdict::Denied) {
                fate.verdict = Verdict::Undetermined;
                fate.doubts.add_facts(&[fact]);
            }
        }
        let label = service.label.name.clone();
        vec![Leg { flow, ends: (start.label.clone(), label), fates, steps: Vec::new(), sender: Sender::Source }]
    }

    /// Kafka brokers tell their clients where to go on: by name, those names must be found.
    fn advertised(&mut self, question: &Question, start: &Start, party: &Party) -> Vec<Leg> {
        let model = &self.network.model;
        let listeners = Ports::range(9092, 9093);
        let asked = &question.flow;
        if !asked.ports.meets(&listeners) || asked.ports.is_all() || !asked.protocol.may_have_ports() {
            return Vec::new();
        }
        let cluster: Option<&Cluster> = match party {
            Party::Cluster(id) => Some(model.cluster(*id)),
            Party::NetworkInterface(nic) => model.cluster_of_node(*nic),
            _ => None,
        };
        let Some(cluster) = cluster.filter(|cluster| cluster.kafka && cluster.advertises_names) else {
            return Vec::new();
        };
        let names: Vec<String> = cluster.nodes.iter().map(|(name, _)| name.clone()).collect();
        let ports = asked.ports.intersect(&listeners);
        names.iter().flat_map(|name| self.named_leg(asked, start, name, ports.clone())).collect()
    }
}

/// The credentials of the party that asks.
pub(super) fn own_identity(network: &Network, source: &Party) -> Option<Identity> {
    let model = &network.model;
    match source {
        Party::Workload(id) => model.workload(*id).identity,
        Party::NetworkInterface(nic) => {
            model.network_interface(*nic).workload.and_then(|id| model.workload(id).identity)
        }
        Party::External(id) => model.external(*id).identity,
        _ => None,
    }
}

fn further_flow(asked: &Flow, destination: End, protocol: Protocol, ports: Ports) -> Flow {
    Flow { source: asked.source.clone(), destination, protocol, ports, source_ports: None }
}

/// A destination that has no address because its name is not found.
fn lost_goal(name: &str) -> Goal {
    let point = Point::anywhere(name.to_owned(), format!("the address of `{name}`"));
    Goal {
        aim: Aim::Anywhere,
        addresses: Addresses::empty(),
        named: Some(Rc::new(point)),
        entry: Entry::Walk,
        doubts: Doubts::default(),
        label: name.to_owned(),
        hosts: Vec::new(),
        homes: None,
    }
}

/// Packets that are never sent: their destination's name is not found.
fn lost(part: Set, at: &str, steps: Vec<Step>, doubts: Option<Doubts>) -> Fates {
    if part == Set::EMPTY {
        return Fates::new();
    }
    let begin = Trail::default().and(Mark::At(Rc::from(at)));
    let trail = steps.into_iter().fold(begin, |trail, step| trail.and(Mark::Step(Rc::new(step))));
    vec![Fate {
        part,
        verdict: if doubts.is_some() { Verdict::Undetermined } else { Verdict::Denied },
        trail,
        other_trails: Vec::new(),
        beside: Vec::new(),
        hung_on: Vec::new(),
        doubts: doubts.unwrap_or_default(),
        notes: Default::default(),
        records: Vec::new(),
    }]
}

/// A flow hangs on a leg: sources whose leg fails fail too, decided by what stopped the leg.
pub(super) fn hang_on(network: &Network, space: &mut Space, fates: Fates, leg: &Leg) -> Fates {
    let sources_with = |space: &Space, wanted: &dyn Fn(Verdict) -> bool| {
        let of_it = leg.fates.iter().filter(|fate| wanted(fate.verdict));
        of_it.fold(Addresses::empty(), |all, fate| all.union(&space.sources_of(fate.part)))
    };
    let good = sources_with(space, &|verdict| verdict == Verdict::Allowed);
    if leg.sender == Sender::Server || leg.fates.iter().all(|fate| fate.verdict == Verdict::Allowed) {
        return fates;
    }
    let failed: Vec<(&Fate, Vec<Rc<Step>>)> = leg
        .fates
        .iter()
        .filter(|fate| fate.verdict != Verdict::Allowed)
        .map(|fate| (fate, deciding(network, space, fate, leg)))
        .collect();
    // For sources of which nothing surely gets through, what perhaps does keeps the answer open; for others a denial
    // makes it mixed.
    let denied = |one: &&(&Fate, Vec<Rc<Step>>)| one.0.verdict == Verdict::Denied;
    let mut cautious: Vec<_> = failed.iter().collect();
    cautious.sort_by_key(denied);
    let mut plain = cautious.clone();
    plain.sort_by_key(|one| !denied(one));
    plain.retain(|_| leg.sender == Sender::Source);
    let ways: Vec<_> =
        cautious.into_iter().map(|one| (one, false)).chain(plain.into_iter().map(|one| (one, true))).collect();
    let mut hung = Fates::new();
    for fate in fates {
        if fate.verdict == Verdict::Denied {
            hung.push(fate);
            continue;
        }
        let mut rest = fate.part;
        for ((failed, steps), partly) in &ways {
            let sources = space.sources_of(failed.part);
            let addresses = if *partly { sources.intersect(&good) } else { sources.minus(&good) };
            let of_sources = space.sources(&addresses);
            let part = space.and(rest, of_sources);
            if part == Set::EMPTY {
                continue;
            }
            rest = space.minus(rest, part);
            hung.push(hung_fate(&fate, (failed, steps), part, *partly, leg));
        }
        if rest != Set::EMPTY {
            hung.push(Fate { part: rest, ..fate });
        }
    }
    hung
}

/// What stopped a part of a leg, or left it open.
fn deciding(network: &Network, space: &mut Space, fate: &Fate, leg: &Leg) -> Vec<Rc<Step>> {
    let told = super::evidence::sketch(network, space, fate, &leg.ends);
    told.map(|sketch| sketch.part.decided_by.into_iter().map(Rc::new).collect()).unwrap_or_default()
}

fn hung_fate(fate: &Fate, failed: (&Fate, &[Rc<Step>]), part: Set, partly: bool, leg: &Leg) -> Fate {
    let (failed, steps) = failed;
    let of_leg = match (failed.verdict, partly) {
        (Verdict::Denied, true) => Verdict::Mixed,
        (verdict, _) => verdict,
    };
    // What may be denied altogether is not surely mixed.
    let verdict = if of_leg == Verdict::Mixed && fate.verdict == Verdict::Undetermined { fate.verdict } else { of_leg };
    let mut doubts = fate.doubts.clone();
    doubts.extend(&failed.doubts);
    let mut notes = fate.notes.clone();
    notes.push(Rc::from(format!("it needs {}, which is {}", leg.flow, of_leg.as_str())));
    Fate { part, verdict, doubts, notes, hung_on: steps.to_vec(), ..fate.clone() }
}
