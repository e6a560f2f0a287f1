//! Running the expectations of one scenario.
//!
//! In: a scenario, its tag data. Out: results, diagnostics. Flows are evaluated in parallel, results keep the
//! order of the file.

use super::{By, ExpectationResult, Outcome, ScenarioResult, facts, only, way};
use crate::{
    compile::compile,
    diagnostic::{Diagnostic, Diagnostics, Severity, Sources, Span},
    evaluate::{Question, evaluate_all, evaluate_established},
    flow::Flow,
    model::{Identity, Model},
    network::Network,
    resolve::{EndError, Names, Place, Resolved, resolve},
    scenario::{Claim, Expectation, Scenario, WhatIf, overlay, tree::Node},
    space,
    tags::ServiceTags,
    trace::{Trace, Verdict},
};
use ipnet::IpNet;
use std::{net::IpAddr, sync::Arc};

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only expectations whose flow, scenario or what-if contains this text.
    pub filter: Option<String>,
    /// Only this what-if.
    pub what_if: Option<String>,
}

/// A scenario that can be asked: its network and its names.
#[derive(Debug)]
pub struct Asked {
    /// What Azure would apply.
    pub network: Network,
    /// Its names.
    pub names: Names,
}

/// Resolves and compiles a scenario; what compilation found is added to the diagnostics.
pub fn prepare(scenario: &Scenario, tags: &Arc<ServiceTags>, diagnostics: &mut Diagnostics) -> Option<Asked> {
    prepare_or_names(scenario, tags, diagnostics).ok()
}

/// The same; of a scenario that cannot be used, its names, so that its flows can be looked at all the same.
fn prepare_or_names(
    scenario: &Scenario,
    tags: &Arc<ServiceTags>,
    diagnostics: &mut Diagnostics,
) -> Result<Asked, Box<Resolved>> {
    let resolved = resolve(scenario, tags.clone(), diagnostics);
    if diagnostics.has_errors() {
        return Err(Box::new(resolved));
    }
    let Resolved { model, names } = resolved;
    let network = compile(model);
    for warning in network.warnings() {
        let origin = Some(warning.origin.clone());
        let found = Diagnostic::new(warning.code, Severity::Warning, origin, warning.message.clone());
        diagnostics.push(found.help(format!("modelled as Azure behaves ({})", warning.law)));
    }
    Ok(Asked { network, names })
}

/// The scenario with a what-if laid over it.
pub fn with_what_if(scenario: &Scenario, name: &str, diagnostics: &mut Diagnostics) -> Option<Scenario> {
    let found = scenario.what_if.iter().find(|one| one.name.eq_ignore_ascii_case(name));
    match found {
        Some(what_if) => Some(overlay(scenario, what_if, diagnostics)),
        None => {
            let known: Vec<String> = scenario.what_if.iter().map(|one| format!("`{}`", one.name)).collect();
            let problem = Diagnostic::without_place("unknown-what-if", format!("there is no what-if `{name}`"));
            diagnostics.push(if known.is_empty() {
                problem
            } else {
                problem.help(format!("there are {}", known.join(", ")))
            });
            None
        }
    }
}

/// The networks of a scenario's what-ifs, as far as they can be used.
pub fn networks_of_what_ifs(scenario: &Scenario, tags: &Arc<ServiceTags>) -> Vec<Network> {
    let changed = scenario.what_if.iter().filter_map(|what_if| {
        let mut problems = Diagnostics::default();
        let changed = overlay(scenario, what_if, &mut problems);
        prepare(&changed, tags, &mut problems)
    });
    changed.map(|asked| asked.network).collect()
}

/// Runs a scenario that was read. `scenario` is `None` when it could not be.
pub fn run(
    file: &str,
    sources: Sources,
    scenario: Option<&Scenario>,
    tags: &Arc<ServiceTags>,
    selection: &Selection,
    mut diagnostics: Diagnostics,
) -> ScenarioResult {
    let name = scenario.and_then(|scenario| scenario.name.clone()).unwrap_or_else(|| file.to_owned());
    let mut results = Vec::new();
    if let Some(scenario) = scenario {
        let base = run_base(scenario, tags, selection, &sources, &mut diagnostics, &mut results);
        for what_if in &scenario.what_if {
            if selection.what_if.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(&what_if.name)) {
                run_what_if((scenario, base.as_ref()), what_if, tags, &sources, &mut diagnostics, &mut results);
            }
        }
        if let Some(wanted) = &selection.what_if
            && !scenario.what_if.iter().any(|one| one.name.eq_ignore_ascii_case(wanted))
        {
            with_what_if(scenario, wanted, &mut diagnostics);
        }
    }
    if let Some(filter) = &selection.filter {
        results.retain(|result| mentions(result, &name, filter));
    }
    let mut usable = !diagnostics.has_errors();
    if let Some(expected) = scenario.and_then(|scenario| scenario.refused.clone()) {
        results = vec![refusal(expected, &diagnostics, scenario)];
        usable = true;
    }
    ScenarioResult { file: file.to_owned(), name, diagnostics, sources, usable, results }
}

fn run_base(
    scenario: &Scenario,
    tags: &Arc<ServiceTags>,
    selection: &Selection,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
    results: &mut Vec<ExpectationResult>,
) -> Option<Asked> {
    match prepare_or_names(scenario, tags, diagnostics) {
        Ok(asked) => {
            if selection.what_if.is_none() {
                results.extend(check(&asked, None, &scenario.expect, None, sources, diagnostics));
            }
            Some(asked)
        }
        Err(resolved) => {
            look_at_flows(&resolved, &scenario.expect, sources, diagnostics);
            None
        }
    }
}

/// Every problem of a file in one run: the flows of a scenario that cannot be used are at least read.
fn look_at_flows(resolved: &Resolved, expectations: &[Expectation], sources: &Sources, diagnostics: &mut Diagnostics) {
    for expectation in expectations.iter().take(Diagnostics::LIMIT) {
        if let Claim::Verdict { flows, .. } | Claim::Only { flows, .. } = &expectation.claim {
            for (text, span) in flows {
                question_of(&resolved.model, &resolved.names, text, Some((*span, sources)), diagnostics);
            }
        }
    }
}

fn run_what_if(
    (scenario, base): (&Scenario, Option<&Asked>),
    what_if: &WhatIf,
    tags: &Arc<ServiceTags>,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
    results: &mut Vec<ExpectationResult>,
) {
    // Problems of the base are reported once; a what-if adds only its own.
    let mut own = Diagnostics::default();
    let changed = overlay(scenario, what_if, &mut own);
    if let Some(asked) = prepare(&changed, tags, &mut own) {
        let name = Some(what_if.name.as_str());
        results.extend(check(&asked, base, &changed.expect, name, sources, &mut own));
    }
    for found in own.iter() {
        let same = |known: &Diagnostic| {
            (known.code, &known.message, &known.origin) == (found.code, &found.message, &found.origin)
        };
        if diagnostics.iter().any(same) {
            continue;
        }
        let mut found = found.clone();
        if found.severity == Severity::Warning {
            found.related.push((what_if.span, "in this what-if".to_owned()));
        }
        diagnostics.push(found);
    }
}

/// The result of a file that says how it must be refused.
fn refusal(mut expected: Vec<String>, diagnostics: &Diagnostics, scenario: Option<&Scenario>) -> ExpectationResult {
    let errors = diagnostics.iter().filter(|one| one.severity == Severity::Error);
    let mut actual: Vec<String> = errors.map(|one| one.code.to_owned()).collect();
    actual.sort();
    actual.dedup();
    expected.sort();
    expected.dedup();
    let span = scenario.map(|scenario| scenario.network.span);
    let span = span.unwrap_or(Span { source: crate::diagnostic::SourceId(0), start: 0, end: 0 });
    ExpectationResult {
        what_if: None,
        span,
        line: 1,
        passed: expected == actual,
        reason: None,
        outcome: Outcome::Refused { expected, actual },
    }
}

fn mentions(result: &ExpectationResult, name: &str, filter: &str) -> bool {
    let filter = filter.to_lowercase();
    let subject = match &result.outcome {
        Outcome::Verdict { flow, .. } => flow.clone(),
        Outcome::Fact { subject, .. } | Outcome::Only { subject, .. } => subject.clone(),
        Outcome::Refused { .. } => String::new(),
    };
    [name, &subject, result.what_if.as_deref().unwrap_or("")].iter().any(|text| text.to_lowercase().contains(&filter))
}

/// A flow's text becomes a question.
pub fn question(
    asked: &Asked,
    text: &str,
    identity: Option<Identity>,
    span: Option<(Span, &Sources)>,
    diagnostics: &mut Diagnostics,
) -> Option<Question> {
    let question = question_of(&asked.network.model, &asked.names, text, span, diagnostics)?;
    Some(Question { identity, ..question })
}

fn question_of(
    model: &Model,
    names: &Names,
    text: &str,
    span: Option<(Span, &Sources)>,
    diagnostics: &mut Diagnostics,
) -> Option<Question> {
    let place = |range: std::ops::Range<usize>| span.map(|(span, sources)| within(span, range, text, sources));
    let flow: Flow = match text.parse() {
        Ok(flow) => flow,
        Err(error) => {
            let error: crate::flow::FlowError = error;
            report(diagnostics, "bad-flow", place(error.range), error.message, error.help);
            return None;
        }
    };
    let source = names.end(model, &flow.source, true);
    let destination = names.end(model, &flow.destination, false);
    let (left, right) = text.split_once("->").unwrap_or((text, ""));
    let left_range = 0..left.trim_end().len();
    let right_start = text.len() - right.trim_start().len();
    let right_range = right_start..right_start + right.split_whitespace().next().map_or(0, str::len);
    let mut tell = |error: EndError, range| report(diagnostics, error.code, place(range), error.message, error.help);
    match (source, destination) {
        (Ok(sources), Ok(destinations)) => Some(Question::new(flow, sources, destinations)),
        (source, destination) => {
            if let Err(error) = source {
                tell(error, left_range);
            }
            if let Err(error) = destination {
                tell(error, right_range);
            }
            None
        }
    }
}

pub(super) fn report(
    diagnostics: &mut Diagnostics,
    code: &'static str,
    span: Option<Span>,
    message: String,
    help: Option<String>,
) {
    let problem = match span {
        Some(span) => Diagnostic::error(code, span, message),
        None => Diagnostic::without_place(code, message),
    };
    diagnostics.push(match help {
        Some(help) => problem.help(help),
        None => problem,
    });
}

/// A range of a scalar's text within its span; the whole span where the text was escaped or folded.
fn within(span: Span, range: std::ops::Range<usize>, text: &str, sources: &Sources) -> Span {
    let written = sources.get(span.source).text.get(span.range()).unwrap_or("");
    match written.find(text) {
        Some(at) => {
            let start = span.start + (at + range.start) as u32;
            Span { source: span.source, start, end: start + range.len() as u32 }
        }
        None => span,
    }
}

/// `with: {identity: …}`.
fn identity_of(expectation: &Expectation, diagnostics: &mut Diagnostics) -> Option<Identity> {
    let (text, span) = expectation.identity.as_ref()?;
    let found = Identity::parse(text);
    if found.is_none() {
        let words: Vec<&str> = Identity::ALL.iter().map(|(_, word)| *word).collect();
        let problem = Diagnostic::error("bad-value", *span, format!("`{text}` is no identity"));
        diagnostics.push(problem.help(format!("it takes {}", words.join(", "))));
    }
    found
}

/// Expectations of a base against a network.
pub fn expectations(
    asked: &Asked,
    expectations: &[Expectation],
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> Vec<ExpectationResult> {
    check(asked, None, expectations, None, sources, diagnostics)
}

/// Checks expectations against one network; `before` is the network before the change.
fn check(
    asked: &Asked,
    before: Option<&Asked>,
    expectations: &[Expectation],
    what_if: Option<&str>,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> Vec<ExpectationResult> {
    let mut questions = Vec::new();
    let mut legs: Vec<Option<std::ops::Range<usize>>> = Vec::new();
    for expectation in expectations {
        let Claim::Verdict { flows, .. } = &expectation.claim else {
            legs.push(None);
            continue;
        };
        if diagnostics.is_full() {
            // Nothing more would be told; suggesting names for every mistake of a hostile file takes its time.
            legs.push(None);
            continue;
        }
        let identity = identity_of(expectation, diagnostics);
        let from = questions.len();
        questions.extend(
            flows
                .iter()
                .filter_map(|(text, span)| question(asked, text, identity, Some((*span, sources)), diagnostics)),
        );
        legs.push((questions.len() - from == flows.len()).then_some(from..questions.len()));
    }
    let mut traces: Vec<Option<Trace>> = evaluate_all(&asked.network, &questions).into_iter().map(Some).collect();
    for (expectation, legs) in expectations.iter().zip(&legs) {
        let (Some(span), Some(legs), Claim::Verdict { flows, .. }) =
            (expectation.established, legs, &expectation.claim)
        else {
            continue;
        };
        // Of a base that cannot be used everything has been said.
        if what_if.is_none() {
            let problem = Diagnostic::error("established-without-change", span, "nothing changes here");
            diagnostics.push(problem.help("`established: true` belongs to an expectation of a what-if"));
        }
        for (leg, (text, _)) in legs.clone().zip(flows) {
            traces[leg] =
                before.and_then(|before| established(before, (asked, &questions[leg]), text, span, diagnostics));
        }
    }
    let mut results = Vec::new();
    for (expectation, legs) in expectations.iter().zip(legs) {
        let outcome = match &expectation.claim {
            Claim::Verdict { want, .. } => legs.and_then(|legs| {
                let answers: Option<Vec<Trace>> = legs.map(|leg| traces[leg].take()).collect();
                verdict(asked, *want, answers?, expectation, diagnostics)
            }),
            Claim::Only { from, to, flows } => {
                let identity = identity_of(expectation, diagnostics);
                only::only(asked, [from, to], flows, (expectation.span, identity, sources), diagnostics)
            }
            Claim::NextHop { at, to, is, by } => next_hop(asked, at, to, is.as_ref(), by.as_ref(), diagnostics),
            Claim::Routes { at, has, lacks } => rows(asked, at, has, lacks, diagnostics),
            Claim::Tag { name, at, has, lacks } => tag(asked, name, at.as_ref(), has, lacks, diagnostics),
        };
        let Some((passed, outcome)) = outcome else {
            continue;
        };
        results.push(ExpectationResult {
            what_if: what_if.map(str::to_owned),
            span: expectation.span,
            line: sources.position(&expectation.span).0,
            passed,
            reason: expectation.reason.clone(),
            outcome,
        });
    }
    results
}

/// What becomes of the connections that were open before a change.
fn established(
    before: &Asked,
    after: (&Asked, &Question),
    text: &str,
    span: Span,
    diagnostics: &mut Diagnostics,
) -> Option<Trace> {
    let asked = question(before, text, after.1.identity, None, &mut Diagnostics::default());
    let trace = asked.map(|asked| evaluate_established((&before.network, &asked), (&after.0.network, after.1)));
    let trace = trace.filter(|trace| !trace.parts.is_empty());
    if trace.is_none() {
        let message = format!("`{text}` was not open before the change");
        let problem = Diagnostic::error("never-established", span, message);
        diagnostics.push(problem.help("an expectation that nothing can break is no test"));
    }
    trace
}

fn verdict(
    asked: &Asked,
    want: crate::scenario::Want,
    traces: Vec<Trace>,
    expectation: &Expectation,
    diagnostics: &mut Diagnostics,
) -> Option<(bool, Outcome)> {
    if let Some(empty) = traces.iter().find(|trace| trace.parts.is_empty()) {
        let message = format!("`{}` can match no packet", empty.flow);
        let problem = Diagnostic::error("matches-nothing", expectation.span, message);
        diagnostics.push(problem.help("an expectation that nothing can break is no test"));
        return None;
    }
    let expected = match want {
        crate::scenario::Want::Allowed => Verdict::Allowed,
        crate::scenario::Want::Denied => Verdict::Denied,
        crate::scenario::Want::Mixed => Verdict::Mixed,
        crate::scenario::Want::Undetermined => Verdict::Undetermined,
    };
    let actual = of_legs(&traces);
    let by = match &expectation.by {
        None => None,
        Some((text, span)) => match By::parse(text) {
            Some(by) => Some((text, by)),
            None => {
                let help = "write `by: [kind ]resource[/name]`";
                diagnostics.push(Diagnostic::error("bad-value", *span, "`by` names no decider").help(help));
                return None;
            }
        },
    };
    let by = by.map(|(text, by)| (text.clone(), traces.iter().any(|trace| by.decides(trace))));
    let demands = way::demands(&asked.network.model, expectation, diagnostics)?;
    let breaches = way::breaches(&demands, &traces);
    let passed = expected == actual && by.as_ref().is_none_or(|(_, matched)| *matched) && breaches.is_empty();
    let flow = traces.iter().map(|trace| trace.flow.to_string()).collect::<Vec<_>>().join("; ");
    let way = demands.iter().map(ToString::to_string).collect();
    Some((passed, Outcome::Verdict { flow, expected, actual, traces, by, way, breaches }))
}

/// All legs together: every leg must be allowed.
fn of_legs(traces: &[Trace]) -> Verdict {
    let verdicts: Vec<Verdict> = traces.iter().map(Trace::verdict).collect();
    match verdicts.as_slice() {
        [one] => *one,
        several if several.iter().all(|one| *one == Verdict::Allowed) => Verdict::Allowed,
        several if several.contains(&Verdict::Denied) => Verdict::Denied,
        several if several.contains(&Verdict::Undetermined) => Verdict::Undetermined,
        _ => Verdict::Mixed,
    }
}

fn place(asked: &Asked, at: &(String, Span), diagnostics: &mut Diagnostics) -> Option<crate::model::SubnetId> {
    match asked.names.place(&asked.network.model, &at.0) {
        Ok(place) => Place::subnet(place, &asked.network.model),
        Err(error) => {
            report(diagnostics, error.code, Some(at.1), error.message, error.help);
            None
        }
    }
}

fn next_hop(
    asked: &Asked,
    at: &(String, Span),
    to: &(String, Span),
    is: Option<&(String, Span)>,
    by: Option<&(String, Span)>,
    diagnostics: &mut Diagnostics,
) -> Option<(bool, Outcome)> {
    let subnet = place(asked, at, diagnostics)?;
    let Ok(address) = to.0.parse::<IpAddr>() else {
        report(diagnostics, "not-an-address", Some(to.1), format!("`{}` is not an address", to.0), None);
        return None;
    };
    let found = facts::next_hop(&asked.network, subnet, address);
    let same_hop = is.is_none_or(|(is, _)| facts::same_hop(is, &found.hop));
    let same_by = by.is_none_or(|(by, _)| by_matches(by, &found.by));
    let expected = [is.map(|(is, _)| is.clone()), by.map(|(by, _)| format!("by {by}"))];
    let expected = expected.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let actual = match found.address {
        Some(address) => format!("{} {address} by {}", found.hop, found.by),
        None => format!("{} by {}", found.hop, found.by),
    };
    let subject = format!("{} to {address}", at.0);
    Some((same_hop && same_by, Outcome::Fact { kind: "nextHop", subject, expected, actual }))
}

/// A row's decider against `by:`: with or without its kind, with or without the route's name.
fn by_matches(claimed: &str, is: &str) -> bool {
    let (claimed, is) = (claimed.trim().to_lowercase(), is.to_lowercase());
    let bare = is.split_once(' ').map_or(is.as_str(), |(_, rest)| rest);
    let resource = bare.split('/').next().unwrap_or(bare);
    let kind = is.split(' ').next().unwrap_or("");
    [is.clone(), bare.to_owned(), resource.to_owned(), format!("{kind} {resource}"), kind.to_owned()].contains(&claimed)
}

fn rows(
    asked: &Asked,
    at: &(String, Span),
    has: &[Node],
    lacks: &[Node],
    diagnostics: &mut Diagnostics,
) -> Option<(bool, Outcome)> {
    let subnet = place(asked, at, diagnostics)?;
    let impossible = has.iter().chain(lacks).filter(|claim| !can_be(asked, claim, diagnostics)).count();
    if impossible > 0 {
        return None;
    }
    let rows = &asked.network.subnet(subnet).routes.rows;
    let missing: Vec<String> = has
        .iter()
        .filter(|claim| !rows.iter().any(|row| row_claim(claim).matches(row)))
        .map(|claim| format!("has no row {}", show_claim(claim)))
        .collect();
    let unwanted: Vec<String> = lacks
        .iter()
        .filter_map(|claim| rows.iter().find(|row| row_claim(claim).matches(row)))
        .map(|row| format!("has {}", facts::show_row(row)))
        .collect();
    let passed = missing.is_empty() && unwanted.is_empty();
    let claims = |word: &str, claims: &[Node]| {
        claims.iter().map(|claim| format!("{word} {}", show_claim(claim))).collect::<Vec<String>>()
    };
    let expected = [claims("has", has), claims("lacks", lacks)].concat().join(", ");
    let actual = if passed { "as expected".to_owned() } else { [missing, unwanted].concat().join(", ") };
    Some((passed, Outcome::Fact { kind: "routes", subject: at.0.clone(), expected, actual }))
}

/// A row that no table can have is a slip of the pen, and `lacks` of it would always hold.
fn can_be(asked: &Asked, claim: &Node, diagnostics: &mut Diagnostics) -> bool {
    const HOPS: [&str; 11] = [
        "VnetLocal",
        "VirtualNetwork",
        "VNetPeering",
        "VNetGlobalPeering",
        "VirtualAppliance",
        "VirtualNetworkGateway",
        "Internet",
        "None",
        "VirtualNetworkServiceEndpoint",
        "InterfaceEndpoint",
        "ConnectedGroup",
    ];
    let tags = &asked.network.model.tags;
    let mut fine = true;
    for entry in claim.entries() {
        for value in entry.value.items() {
            let text = value.as_str().unwrap_or("");
            let one_of = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
            let possible = match entry.key.to_lowercase().as_str() {
                "nexthoptype" => HOPS.iter().any(|hop| facts::same_hop(hop, text)),
                "state" => one_of(&["Active", "Invalid"]),
                "source" => one_of(&["Default", "User", "VirtualNetworkGateway", "Unknown"]),
                "addressprefix" => text.parse::<IpNet>().is_ok() || tags.get(text).is_some(),
                "nexthopipaddress" => text.parse::<IpAddr>().is_ok(),
                _ => true,
            };
            if !possible {
                let message = format!("no row has `{text}` as its {}", entry.key);
                report(diagnostics, "bad-value", Some(value.span), message, None);
                fine = false;
            }
        }
    }
    fine
}

fn row_claim(node: &Node) -> facts::RowClaim {
    let text =
        |key: &str| node.get(key).and_then(|value| value.items().first().and_then(Node::as_str).map(str::to_owned));
    facts::RowClaim {
        address_prefix: text("addressPrefix"),
        next_hop_type: text("nextHopType"),
        next_hop_ip_address: text("nextHopIpAddress"),
        state: text("state"),
        source: text("source"),
        name: text("name"),
    }
}

fn show_claim(node: &Node) -> String {
    let fields = node.entries().iter().map(|entry| {
        let value = entry.value.items().iter().filter_map(Node::as_str).collect::<Vec<_>>().join(" ");
        format!("{}: {value}", entry.key)
    });
    format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
}

fn tag(
    asked: &Asked,
    name: &(String, Span),
    at: Option<&(String, Span)>,
    has: &[(String, Span)],
    lacks: &[(String, Span)],
    diagnostics: &mut Diagnostics,
) -> Option<(bool, Outcome)> {
    let subnet = match at {
        Some(at) => Some(place(asked, at, diagnostics)?),
        None if name.0.eq_ignore_ascii_case("VirtualNetwork") => {
            report(
                diagnostics,
                "missing-key",
                Some(name.1),
                "VirtualNetwork differs per network interface: say `at`".to_owned(),
                None,
            );
            return None;
        }
        None => None,
    };
    let Some(addresses) = facts::tag_at(&asked.network, subnet, &name.0) else {
        let absence = asked.network.model.tags.absence(&name.0);
        report(
            diagnostics,
            "unknown-service-tag",
            Some(name.1),
            absence.to_string(),
            absence.suggestion().map(str::to_owned),
        );
        return None;
    };
    let mut wrong = Vec::new();
    for (text, span) in has {
        if !prefix(text, *span, diagnostics)?.is_subset(&addresses) {
            wrong.push(format!("does not hold {text}"));
        }
    }
    for (text, span) in lacks {
        if prefix(text, *span, diagnostics)?.meets(&addresses) {
            wrong.push(format!("holds {text}"));
        }
    }
    let list = |word: &str, items: &[(String, Span)]| {
        items.iter().map(|(text, _)| format!("{word} {text}")).collect::<Vec<String>>()
    };
    let expected = [list("has", has), list("lacks", lacks)].concat().join(", ");
    let actual = if wrong.is_empty() { "as expected".to_owned() } else { wrong.join(", ") };
    let subject = at.map_or(name.0.clone(), |(at, _)| format!("{} at {at}", name.0));
    Some((wrong.is_empty(), Outcome::Fact { kind: "tag", subject, expected, actual }))
}

fn prefix(text: &str, span: Span, diagnostics: &mut Diagnostics) -> Option<space::Addresses> {
    let net = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    if net.is_none() {
        report(diagnostics, "not-a-prefix", Some(span), format!("`{text}` is not a prefix"), None);
    }
    net.map(space::prefix)
}
