//! What stands in a flow's way, and the smallest edits that change its verdict, each tried before it is told.
//!
//! In: a scenario, a flow, the verdict that is wanted. Out: a [`Fix`]: blockers in packet order, and [`Proposal`]s, each
//! with all that it opens and closes. A proposal is a merge patch that went through the same corridor as a what-if of the
//! file, and whose flow the walk then judged as wanted. Smallest means: among the kinds of edits that are tried here, with
//! the fewest of them. Deliberately absent: edits of appliances, perimeters and identities that deny, and ways
//! round firewalls.

mod blocked;
mod closing;
mod edit;
mod names;
mod policies;
mod rules;
mod services;
mod ways;

pub use edit::Edit;

use crate::{
    diagnostic::{Diagnostics, Source, Sources},
    diff::{Change, Diff, diff},
    evaluate::{Question, evaluate},
    model::{Access, Direction, Identity, Party, SubnetId},
    network::Network,
    scenario::{self, Loader, Scenario, WhatIf, overlay},
    space::{Addresses, Cube, NAMED, Space},
    suite::{self, Asked, ExpectationResult},
    tags::ServiceTags,
    trace::{DeciderKind, Step, Trace, Verdict},
};
use blocked::{Blocked, blocked};
use serde_json::Value as Json;
use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

/// Changes of the network that are tried at most.
const MOST_TRIALS: usize = 400;
/// Edits in one proposal at most, a new route table with its route counted as one.
const MOST_MOVES: usize = 4;
/// Proposals that are told.
const MOST_PROPOSALS: usize = 5;
/// Proposals whose effects are compared.
const MOST_COMPARED: usize = 24;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The flow as written.
    pub flow: &'a str,
    /// How the source proves who it is.
    pub identity: Option<Identity>,
    /// Allowed or denied.
    pub want: Verdict,
}

/// The answer.
#[derive(Debug)]
pub struct Fix {
    /// The flow as it is judged now.
    pub trace: Trace,
    /// What was wanted.
    pub want: Verdict,
    /// What stands in the way, in packet order, as far as the search came.
    pub blockers: Vec<Step>,
    /// What helps, the best first.
    pub proposals: Vec<Proposal>,
    /// How many changes of the network were tried.
    pub tried: usize,
    /// The search ended before everything was tried.
    pub cut_short: bool,
}

impl Fix {
    /// Nothing needs to be done, or something helps.
    pub fn is_possible(&self) -> bool {
        self.trace.verdict() == self.want || !self.proposals.is_empty()
    }
}

/// Edits that change the verdict to the one that is wanted.
#[derive(Debug)]
pub struct Proposal {
    /// Each at its place.
    pub edits: Vec<Edit>,
    /// The same as one merge patch on `network`.
    pub patch: Json,
    /// All that it opens and closes, the asked flow included.
    pub changes: Diff,
    /// Whether it does so to anything but the asked flow.
    pub spills: bool,
    /// Expectations of the file that held and then do not: the flow or fact, with what it is then.
    pub breaks: Vec<String>,
    /// Those about the asked flow itself, which are meant to be otherwise.
    pub flips: Vec<String>,
}

/// The network after some moves.
struct State {
    edits: Vec<Edit>,
    moves: usize,
    asked: Asked,
    scenario: Scenario,
    trace: Trace,
    blockers: Vec<Step>,
}

/// Looks for edits. `None` where the scenario or the flow cannot be used; the diagnostics say why.
pub fn fix(
    scenario: &Scenario,
    sources: &mut Sources,
    tags: &Arc<ServiceTags>,
    request: &Request<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Fix> {
    let asked = suite::prepare(scenario, tags, diagnostics)?;
    let question = suite::question(&asked, request.flow, request.identity, None, diagnostics)?;
    let trace = evaluate(&asked.network, &question);
    let mut search = Search { base: scenario, sources, tags, request, tried: 0, cut_short: false };
    let root = State { edits: Vec::new(), moves: 0, asked, scenario: scenario.clone(), trace, blockers: Vec::new() };
    if root.trace.verdict() == request.want || root.trace.parts.is_empty() {
        let Search { tried, cut_short, .. } = search;
        let State { trace, .. } = root;
        return Some(Fix { trace, want: request.want, blockers: Vec::new(), proposals: Vec::new(), tried, cut_short });
    }
    let (solved, deepest) = search.solve(&root);
    let blockers = solved.first().map_or(deepest, |first| first.blockers.clone());
    let proposals = search.judged(&root, solved);
    let (tried, cut_short) = (search.tried, search.cut_short);
    Some(Fix { trace: root.trace, want: request.want, blockers, proposals, tried, cut_short })
}

struct Search<'a> {
    base: &'a Scenario,
    sources: &'a mut Sources,
    tags: &'a Arc<ServiceTags>,
    request: &'a Request<'a>,
    tried: usize,
    cut_short: bool,
}

impl Search<'_> {
    /// States whose verdict is the wanted one, with the fewest moves first; and the longest list of blockers met.
    fn solve(&mut self, root: &State) -> (Vec<State>, Vec<Step>) {
        let mut open: VecDeque<(Vec<Edit>, usize, Vec<Step>)> = VecDeque::from([(Vec::new(), 0, Vec::new())]);
        let mut seen: HashSet<Vec<String>> = HashSet::new();
        let mut solved: Vec<State> = Vec::new();
        let mut deepest: Vec<Step> = Vec::new();
        while let Some((edits, moves, met)) = open.pop_front() {
            // Once something helps, longer lists are not looked for: each move is one edit at least.
            let fewest = solved.iter().map(|one| one.edits.len()).min();
            if moves >= MOST_MOVES || fewest.is_some_and(|fewest| edits.len() >= fewest) {
                continue;
            }
            let parent;
            let state = if edits.is_empty() {
                root
            } else {
                let Some(again) = self.state(edits, moves, met.clone()) else { continue };
                parent = again;
                &parent
            };
            let blocked = blocked(&state.trace, self.request.want);
            let mut blockers = met;
            for step in blocked.iter().map(|one| &one.step) {
                if !blockers.iter().any(|known| same_decider(known, step)) {
                    blockers.push(step.clone());
                }
            }
            if blockers.len() > deepest.len() {
                deepest.clone_from(&blockers);
            }
            for edits in self.moves(state, blocked) {
                let mut all = state.edits.clone();
                all.extend(edits.into_iter().filter(|edit| !state.edits.contains(edit)));
                // The same edits in another order are the same.
                if all.len() == state.edits.len() || !seen.insert(edit::in_any_order(&all)) {
                    continue;
                }
                if fewest.is_some_and(|fewest| all.len() > fewest) {
                    continue;
                }
                if self.tried >= MOST_TRIALS {
                    self.cut_short = true;
                    return (solved, deepest);
                }
                self.tried += 1;
                let Some(next) = self.state(all, state.moves + 1, blockers.clone()) else { continue };
                if next.trace.verdict() == self.request.want {
                    solved.push(next);
                } else if is_progress(&state.trace, &next.trace, self.request.want) {
                    open.push_back((next.edits, next.moves, next.blockers));
                }
            }
        }
        (solved, deepest)
    }

    /// The network with some edits, and what becomes of the flow; nothing where Azure would refuse them.
    fn state(&mut self, edits: Vec<Edit>, moves: usize, blockers: Vec<Step>) -> Option<State> {
        let patch = edit::patch(&edits);
        let what_if = what_if(self.sources, &patch)?;
        let mut diagnostics = Diagnostics::default();
        let scenario = overlay(self.base, &what_if, &mut diagnostics);
        if diagnostics.has_errors() {
            return None;
        }
        let asked = suite::prepare(&scenario, self.tags, &mut diagnostics)?;
        let question = suite::question(&asked, self.request.flow, self.request.identity, None, &mut diagnostics)?;
        let trace = evaluate(&asked.network, &question);
        (!diagnostics.has_errors()).then_some(State { edits, moves, asked, scenario, trace, blockers })
    }

    /// What may help at each decision.
    fn moves(&self, state: &State, blocked: Vec<Blocked>) -> Vec<Vec<Edit>> {
        let mut diagnostics = Diagnostics::default();
        let question = suite::question(&state.asked, self.request.flow, self.request.identity, None, &mut diagnostics);
        let Some(question) = question else {
            return Vec::new();
        };
        let want = self.request.want;
        let mut all = Vec::new();
        for mut one in blocked {
            address(&mut one, &state.asked.network, &question);
            if !one.by_query || one.step.kind == DeciderKind::Dns {
                all.extend(moves_at(state, &one, &question, want));
            }
            if one.by_query && one.step.kind == DeciderKind::Dns {
                all.extend(moves_of_queries(state, &question, want));
            }
        }
        all
    }

    /// Proposals with their effects, ranked.
    fn judged(&self, root: &State, mut solved: Vec<State>) -> Vec<Proposal> {
        let held = self.held(root);
        let mut proposals: Vec<(usize, f64, Proposal)> = Vec::new();
        solved.sort_by_key(|state| state.edits.len());
        for state in solved.into_iter().take(MOST_COMPARED) {
            let changes = diff(&root.asked.network, &state.asked.network);
            let spill = spill(&changes, &root.trace, self.request.want);
            let (flips, breaks) = self.broken(&held, &state);
            let patch = edit::patch(&state.edits);
            let proposal = Proposal { patch, changes, spills: spill > 0.0, breaks, flips, edits: state.edits };
            proposals.push((proposal.edits.len(), spill, proposal));
        }
        proposals.sort_by(|(edits, spill, one), (more, other_spill, other)| {
            (edits, one.breaks.len()).cmp(&(more, other.breaks.len())).then(spill.total_cmp(other_spill))
        });
        // Of several values at the same places, the one that changes least else.
        let mut places: HashSet<Vec<Vec<String>>> = HashSet::new();
        let mut told: Vec<Proposal> = proposals.into_iter().map(|(.., proposal)| proposal).collect();
        told.retain(|proposal| places.insert(proposal.edits.iter().map(|edit| edit.path.clone()).collect()));
        told.truncate(MOST_PROPOSALS);
        told
    }

    /// Which of the file's expectations hold now.
    fn held(&self, root: &State) -> Vec<bool> {
        self.checked(root).iter().map(|result| result.passed).collect()
    }

    fn checked(&self, state: &State) -> Vec<ExpectationResult> {
        let mut diagnostics = Diagnostics::default();
        suite::expectations(&state.asked, &self.base.expect, self.sources, &mut diagnostics)
    }

    /// What held and does not any more: about the asked flow, and about others.
    fn broken(&self, held: &[bool], state: &State) -> (Vec<String>, Vec<String>) {
        let now = self.checked(state);
        if now.len() != held.len() {
            return (Vec::new(), vec!["expectations that cannot be asked any more".to_owned()]);
        }
        let asked = state.trace.flow.to_string();
        let about_it = |result: &ExpectationResult| match &result.outcome {
            suite::Outcome::Verdict { flow, actual, .. } => *flow == asked && *actual == self.request.want,
            _ => false,
        };
        let lost = now.iter().zip(held).filter(|(result, held)| **held && !result.passed).map(|(result, _)| result);
        let (flips, breaks): (Vec<_>, Vec<_>) = lost.partition(|result| about_it(result));
        let words = |all: Vec<&ExpectationResult>| all.into_iter().map(told).collect();
        (words(flips), words(breaks))
    }
}

fn told(result: &ExpectationResult) -> String {
    match &result.outcome {
        suite::Outcome::Verdict { flow, expected, actual, .. } if expected == actual => {
            format!("line {}: {flow} is {actual} still, but something else decides", result.line)
        }
        suite::Outcome::Verdict { flow, expected, actual, .. } => {
            format!("line {}: {flow} is {actual}, expected {expected}", result.line)
        }
        suite::Outcome::Fact { kind, subject, actual, .. } => {
            format!("line {}: {kind} of {subject}: {actual}", result.line)
        }
        suite::Outcome::Only { subject, .. } => format!("line {}: {subject} is not all that is allowed", result.line),
        suite::Outcome::Refused { .. } => format!("line {}", result.line),
    }
}

/// What may help at one decision.
fn moves_at(state: &State, blocked: &Blocked, question: &Question, want: Verdict) -> Vec<Vec<Edit>> {
    let network = &state.asked.network;
    let model = &network.model;
    let single = |edits: Vec<Edit>| edits.into_iter().map(|edit| vec![edit]).collect::<Vec<_>>();
    if want == Verdict::Denied {
        return refused_at(state, blocked, question);
    }
    let ends = [&question.sources, &question.destinations].map(|parties| ways::subnets_of(model, parties));
    let both = ends.concat();
    let public = || ways::public(network, [&question.sources, &question.destinations]);
    match blocked.step.kind {
        DeciderKind::NetworkSecurityGroup => single(rules::rules(network, blocked, Access::Allow)),
        DeciderKind::AzureFirewall => policies::firewall_rules(network, &state.scenario.network, blocked),
        DeciderKind::SecurityAdminRule => policies::admin_rules(network, blocked),
        DeciderKind::PaasFirewall | DeciderKind::IpAccessList => {
            let mut all = names::zone_links(model, &ends[0]);
            all.extend(services::admissions(network, &state.scenario.network, blocked, &question.sources));
            all
        }
        DeciderKind::Dns | DeciderKind::PrivateEndpoint => names::edits(model, blocked, question, [&ends[0], &ends[1]]),
        DeciderKind::ServiceEndpointPolicy => services::listed_accounts(network, &state.scenario.network, blocked),
        DeciderKind::PublicIp => {
            let mut all = public();
            all.extend(groups_for_closed_addresses(network, blocked, &ends[1]));
            all
        }
        DeciderKind::Outbound | DeciderKind::NoNetworkSecurityGroup => public(),
        DeciderKind::Route
        | DeciderKind::DefaultRoute
        | DeciderKind::NoRoute
        | DeciderKind::Peering
        | DeciderKind::Gateway
        | DeciderKind::Asymmetric
        | DeciderKind::Loop
        | DeciderKind::ServiceEndpoint => {
            let mut all = ways::peerings(network, blocked, [&ends[0], &ends[1]]);
            all.extend(services::endpoints(network, blocked, &question.sources));
            all.extend(names::zone_links(model, &ends[0]));
            all.extend(ways::routes(network, blocked, &both));
            all
        }
        // Appliances, perimeters, identities: somebody means what they say.
        _ => Vec::new(),
    }
}

/// For whom the packets are, in the question's terms: the machines' own addresses, and one name for all of a cluster.
fn address(blocked: &mut Blocked, network: &Network, question: &Question) {
    blocked.inner = ways::inner_addresses(&network.model, &question.destinations);
    if let [Party::Cluster(id)] = question.destinations.as_slice() {
        blocked.name.clone_from(&network.model.cluster(*id).label.name);
    }
}

/// NSGs for subnets without one, whose Standard public addresses are closed for want of it (F44).
fn groups_for_closed_addresses(network: &Network, blocked: &Blocked, subnets: &[SubnetId]) -> Vec<Vec<Edit>> {
    let bare = subnets.iter().filter(|id| network.model.subnet(**id).network_security_group.is_none());
    let open = |id: &SubnetId| {
        rules::new_group(network, blocked, &network.subnet_path(*id), (Direction::Inbound, Access::Allow))
    };
    bare.map(open).filter(|edits| !edits.is_empty()).collect()
}

/// What may help the questions for names to reach a DNS server.
fn moves_of_queries(state: &State, question: &Question, want: Verdict) -> Vec<Vec<Edit>> {
    let network = &state.asked.network;
    let mut all = Vec::new();
    for query in names::queries(&network.model, question) {
        let trace = evaluate(network, &query);
        all.extend(blocked(&trace, want).iter().flat_map(|one| moves_at(state, one, &query, want)));
    }
    all
}

/// What may stop packets that a decision lets through.
fn refused_at(state: &State, blocked: &Blocked, question: &Question) -> Vec<Vec<Edit>> {
    let network = &state.asked.network;
    let single = |edits: Vec<Edit>| edits.into_iter().map(|edit| vec![edit]).collect::<Vec<_>>();
    let ends = [&question.sources, &question.destinations].map(|parties| ways::subnets_of(&network.model, parties));
    let mut all = match blocked.step.kind {
        DeciderKind::NetworkSecurityGroup => single(rules::rules(network, blocked, Access::Deny)),
        DeciderKind::NoNetworkSecurityGroup => [Direction::Inbound, Direction::Outbound]
            .into_iter()
            .map(|direction| rules::new_group(network, blocked, &blocked.step.resource, (direction, Access::Deny)))
            .filter(|edits| !edits.is_empty())
            .collect(),
        DeciderKind::PaasFirewall | DeciderKind::IpAccessList => {
            services::refusals(network, &state.scenario.network, blocked)
        }
        _ => Vec::new(),
    };
    all.extend(closing::routes(network, blocked, question));
    all.extend(closing::peerings(network, blocked, [&ends[0], &ends[1]]));
    all
}

/// The patch as a what-if of a file: it is read as people would paste it.
fn what_if(sources: &mut Sources, patch: &Json) -> Option<WhatIf> {
    struct Nothing;
    impl Loader for Nothing {
        fn text(&mut self, path: &str, _: &str) -> Result<Source, String> {
            Err(format!("{path} is not read"))
        }
    }
    let text = serde_json::json!({"whatIf": {"fix": {"patch": patch}}}).to_string();
    let id = sources.add(Source::new("the proposal", text));
    let mut diagnostics = Diagnostics::default();
    let read = scenario::read(sources, id, &mut Nothing, &mut diagnostics)?;
    read.what_if.into_iter().next().filter(|_| !diagnostics.has_errors())
}

fn same_decider(one: &Step, other: &Step) -> bool {
    (one.kind, &one.resource, &one.name, &one.detail) == (other.kind, &other.resource, &other.name, &other.detail)
}

/// Whether something else decides now, or about fewer packets.
fn is_progress(before: &Trace, after: &Trace, want: Verdict) -> bool {
    let told = |trace: &Trace| -> Vec<(Step, Vec<Cube>)> {
        let parts = trace.parts.iter().filter(|part| part.verdict != want);
        parts.flat_map(|part| part.decided_by.first().map(|step| (step.clone(), part.boxes.clone()))).collect()
    };
    told(before) != told(after)
}

/// How much fares differently that was not asked for: the number of such packets, or that of boxes at least.
fn spill(changes: &Diff, asked: &Trace, want: Verdict) -> f64 {
    let unwanted: Vec<&Cube> =
        asked.parts.iter().filter(|part| part.verdict != want).flat_map(|part| &part.boxes).collect();
    let meant = if want == Verdict::Allowed { &changes.gained } else { &changes.lost };
    let beside = |change: &Change| {
        let mut space = Space::new();
        let [all, own] = [change.boxes.iter().collect(), unwanted.clone()].map(|cubes: Vec<&Cube>| {
            let sets: Vec<_> = cubes.into_iter().map(|cube| space.cube(cube)).collect();
            space.union(&sets)
        });
        let rest = space.minus(all, own);
        space.cubes(rest).iter().map(volume).sum::<f64>()
    };
    let others = [&changes.gained, &changes.lost, &changes.undetermined];
    let others = others.into_iter().filter(|list| !std::ptr::eq(*list, meant)).flatten();
    let whole = |change: &Change| change.boxes.iter().map(volume).sum::<f64>();
    meant.iter().map(beside).sum::<f64>() + others.map(whole).sum::<f64>()
}

fn volume(cube: &Cube) -> f64 {
    let count = |addresses: &Addresses| addresses.iter().map(|(first, last)| (last - first) as f64 + 1.0).sum::<f64>();
    let ports =
        |ports: &crate::space::Ports| ports.iter().map(|(first, last)| f64::from(last - first) + 1.0).sum::<f64>();
    let protocols: f64 = cube.protocols.iter().map(|(first, last)| f64::from(last - first) + 1.0).sum();
    let ends = [&cube.source, &cube.destination]
        .map(|addresses| if *addresses == Addresses::single(NAMED) { 1.0 } else { count(addresses) });
    ends[0] * ends[1] * protocols * ports(&cube.source_ports) * ports(&cube.destination_ports)
}
