//! Text that an architect reads in a terminal: the verdict and its decider first, then the way.

use super::{
    boxes,
    json::{deciding, distinct, rule_levels, rule_words},
    style::{BOLD, CYAN, DIM, GREEN, RED, YELLOW, of_outcome, of_verdict, paint},
};
use crate::{
    diagnostic::Sources,
    model::Direction,
    network::{EffectiveRoutes, Network},
    resolve::Place,
    suite::{ExpectationResult, Outcome, ScenarioResult, facts},
    trace::{self, Hop, Step, Trace, Verdict},
};
use std::fmt::Write;

/// Most boxes, steps and parts that are written out.
const MOST: usize = 12;

/// One flow, with everything.
pub fn trace(trace: &Trace, sources: &Sources) -> String {
    let mut out = String::new();
    let verdict = trace.verdict();
    let _ = writeln!(out, "{}  {}", paint(of_verdict(verdict), verdict), paint(BOLD, &trace.flow));
    for line in because(trace, sources) {
        let _ = writeln!(out, "  {line}");
    }
    if verdict == Verdict::Mixed {
        mixed(&mut out, trace);
    }
    missing(&mut out, trace, sources);
    if let Some(part) = trace.leading_part() {
        way(&mut out, "there", &part.forward);
        way(&mut out, "back", &part.reply);
    }
    let mut notes: Vec<&String> = Vec::new();
    for note in trace.notes.iter().chain(trace.parts.iter().flat_map(|part| &part.notes)) {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    for note in notes.iter().take(MOST) {
        let _ = writeln!(out, "{} {note}", paint(DIM, "note:"));
    }
    out
}

/// Why, decider first.
fn because(trace: &Trace, sources: &Sources) -> Vec<String> {
    let verdict = trace.verdict();
    let steps = distinct(deciding(trace));
    let telling: Vec<&Step> = match verdict {
        Verdict::Allowed => steps.into_iter().filter(|step| step.outcome == trace::Outcome::Allow).collect(),
        _ => steps,
    };
    let word = match verdict {
        Verdict::Allowed => "by",
        Verdict::Denied => "by",
        Verdict::Mixed => "denied in part by",
        Verdict::Undetermined => "depends on",
    };
    telling.iter().take(MOST).map(|step| format!("{word} {}", decider(step, sources))).collect()
}

/// A decider in a few words.
fn decider(step: &Step, sources: &Sources) -> String {
    let name = if step.name.is_empty() { step.resource.clone() } else { format!("{}/{}", step.resource, step.name) };
    let mut words = format!("{} {}", step.kind.as_str(), paint(BOLD, name));
    if !step.detail.is_empty() {
        let _ = write!(words, ": {}", step.detail);
    }
    if let Some(origin) = &step.origin {
        let (file, line, column) = super::diagnostics::at(origin, sources);
        let _ = write!(words, " {}", paint(DIM, format!("({file}:{line}:{column})")));
    }
    words
}

/// The exact allowed part, and a witness of each side.
fn mixed(out: &mut String, trace: &Trace) {
    let _ = writeln!(out, "  allowed are exactly");
    let named = trace.parts.first().map(|part| part.ends.1.clone()).unwrap_or_default();
    for cube in trace.allowed.iter().take(MOST) {
        let words = boxes::words(cube, &named);
        let ports = if words.ports.is_empty() { String::new() } else { format!("/{}", words.ports) };
        let from = words.source_ports.map(|ports| format!(" from {ports}")).unwrap_or_default();
        let (source, destination) = (boxes::short(&words.source, 4), boxes::short(&words.destination, 4));
        let _ = writeln!(
            out,
            "    {} -> {} {}{ports}{from}",
            paint(GREEN, source),
            paint(GREEN, destination),
            words.protocol
        );
    }
    if trace.allowed.len() > MOST {
        let _ = writeln!(out, "    … and {} more", trace.allowed.len() - MOST);
    }
    for verdict in [Verdict::Allowed, Verdict::Denied] {
        if let Some(part) = trace.parts.iter().find(|part| part.verdict == verdict) {
            let _ = writeln!(
                out,
                "  {} for example {}",
                paint(of_verdict(verdict), verdict),
                boxes::packet(&part.witness, &part.ends)
            );
        }
    }
}

fn missing(out: &mut String, trace: &Trace, sources: &Sources) {
    let mut told = Vec::new();
    for fact in trace.parts.iter().flat_map(|part| &part.missing) {
        if told.contains(&fact) {
            continue;
        }
        told.push(fact);
        let at = fact.origin.as_ref().map(|origin| super::diagnostics::at(origin, sources));
        let at = at
            .map(|(file, line, column)| format!(" {}", paint(DIM, format!("({file}:{line}:{column})"))))
            .unwrap_or_default();
        let _ = writeln!(out, "  {} {}{at}", paint(YELLOW, "missing:"), fact.text);
    }
}

/// Hops with their steps, aligned.
fn way(out: &mut String, title: &str, hops: &[Hop]) {
    if hops.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}", paint(CYAN, title));
    let steps = || hops.iter().flat_map(|hop| &hop.steps);
    let name = |step: &Step| {
        if step.name.is_empty() { step.resource.clone() } else { format!("{}/{}", step.resource, step.name) }
    };
    let kinds = steps().map(|step| step.kind.as_str().len()).max().unwrap_or(0);
    let names = steps().map(|step| name(step).chars().count()).max().unwrap_or(0).min(48);
    for hop in hops {
        if !hop.at.is_empty() {
            let _ = writeln!(out, "  {}", paint(BOLD, &hop.at));
        }
        for step in hop.steps.iter().take(4 * MOST) {
            let outcome = format!("{:<7}", step.outcome.as_str());
            let line = format!(
                "    {} {:<kinds$}  {:<names$}  {} {}",
                paint(of_outcome(step.outcome), outcome),
                step.kind.as_str(),
                name(step),
                paint(DIM, format!("{:<4}", step.law)),
                step.detail,
            );
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
}

/// All files: a line each, failures in full, the sum last.
pub fn check(results: &[ScenarioResult], quiet: bool, verbose: bool) -> String {
    let mut out = String::new();
    for scenario in results {
        file(&mut out, scenario, quiet, verbose);
    }
    let all = results.iter().flat_map(|one| &one.results).count();
    let failed = results.iter().flat_map(|one| &one.results).filter(|one| !one.passed).count();
    let broken = results.iter().filter(|one| !one.usable).count();
    let files = count(results.len(), "file");
    let sum = match (failed, broken) {
        (0, 0) => paint(GREEN.bold(), format!("{files}, {}: all hold", count(all, "expectation"))),
        (0, _) => paint(RED.bold(), format!("{files}, {} cannot be used", count(broken, "of them"))),
        (_, 0) => paint(RED.bold(), format!("{files}, {failed} of {} fail", count(all, "expectation"))),
        _ => paint(
            RED.bold(),
            format!("{files}: {failed} of {} fail, {broken} cannot be used", count(all, "expectation")),
        ),
    };
    if !quiet || failed > 0 || broken > 0 {
        let _ = writeln!(out, "{sum}");
    }
    out
}

fn count(number: usize, thing: &str) -> String {
    match (number, thing) {
        (number, "of them") => format!("{number} of them"),
        (1, thing) => format!("1 {thing}"),
        (number, thing) => format!("{number} {thing}s"),
    }
}

fn file(out: &mut String, scenario: &ScenarioResult, quiet: bool, verbose: bool) {
    let failed = scenario.results.iter().filter(|result| !result.passed).count();
    let word = match (scenario.usable, failed) {
        (false, _) => paint(RED.bold(), "error"),
        (true, 0) => paint(GREEN, "ok   "),
        (true, _) => paint(RED.bold(), "FAIL "),
    };
    if !quiet || failed > 0 || !scenario.usable {
        let sum = paint(DIM, format!("({})", count(scenario.results.len(), "expectation")));
        let _ = writeln!(out, "{word} {} {sum}", scenario.file);
    }
    for result in &scenario.results {
        if !result.passed {
            out.push_str(&indent(&failure(result, scenario)));
        } else if verbose {
            let what_if = result
                .what_if
                .as_ref()
                .map(|name| format!("{} ", paint(CYAN, format!("[{name}]"))))
                .unwrap_or_default();
            let _ = writeln!(out, "      {} {what_if}{}", paint(GREEN, "✓"), claim(result));
        }
    }
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// What an expectation claims.
pub(super) fn claim(result: &ExpectationResult) -> String {
    match &result.outcome {
        Outcome::Verdict { flow, expected, .. } => format!("{expected}: {flow}"),
        Outcome::Fact { kind, subject, expected, .. } => format!("{kind}: {subject} {expected}"),
        Outcome::Refused { expected, .. } => format!("refused: {}", expected.join(", ")),
    }
}

/// The failure in one line.
pub(super) fn headline(result: &ExpectationResult) -> String {
    match &result.outcome {
        Outcome::Verdict { flow, expected, actual, by, .. } if expected == actual => {
            let by = by.as_ref().map(|(by, _)| by.as_str()).unwrap_or("");
            format!("{flow} is {actual}, but not by {by}")
        }
        Outcome::Verdict { flow, expected, actual, .. } => format!("{flow} is {actual}, expected {expected}"),
        Outcome::Fact { kind, subject, expected, actual } => {
            format!("{kind} of {subject}: {actual}, expected {expected}")
        }
        Outcome::Refused { expected, actual } if actual.is_empty() => {
            format!("not refused, expected {}", expected.join(", "))
        }
        Outcome::Refused { expected, actual } => {
            format!("refused with {}, expected {}", actual.join(", "), expected.join(", "))
        }
    }
}

/// The failure in full.
pub(super) fn failure(result: &ExpectationResult, scenario: &ScenarioResult) -> String {
    let mut out = String::new();
    let at = scenario.sources.place(&result.span);
    let what_if =
        result.what_if.as_ref().map(|name| format!(" {}", paint(CYAN, format!("[{name}]")))).unwrap_or_default();
    let _ = writeln!(out, "{} {}{what_if}", paint(DIM, at), paint(RED.bold(), headline(result)));
    if let Some(reason) = &result.reason {
        let _ = writeln!(out, "  reason: {reason}");
    }
    if let Outcome::Verdict { traces, .. } = &result.outcome {
        for one in traces {
            out.push_str(&indent(&trace(one, &scenario.sources)));
        }
    }
    out
}

/// Effective routes as a table.
pub fn routes(network: &Network, routes: &EffectiveRoutes) -> String {
    let mut rows =
        vec![["Source", "State", "Address prefix", "Next hop type", "Next hop IP", "Name"].map(str::to_owned)];
    for row in &routes.rows {
        let prefix = match (&row.tag, row.prefixes.as_slice()) {
            (Some((tag, _)), many) => format!("{tag} ({} prefixes)", many.len()),
            (None, [one]) => one.to_string(),
            (None, []) => "(not known)".to_owned(),
            (None, many) => format!("{} prefixes", many.len()),
        };
        let addresses: Vec<String> = row.next_hop_addresses.iter().map(ToString::to_string).collect();
        let name = match &row.origin {
            crate::network::RouteOrigin::User(table, _) => {
                format!("{}/{}", network.model.route_table(*table).label.name, row.name)
            }
            crate::network::RouteOrigin::Gateway(id) => network.model.virtual_network_gateway(*id).label.name.clone(),
            crate::network::RouteOrigin::ServiceEndpoint(service) => service.clone(),
            _ => row.name.clone(),
        };
        let state = if row.active { "Active" } else { "Invalid" };
        rows.push([
            row.source.as_str().to_owned(),
            state.to_owned(),
            prefix,
            facts::hop_of(row),
            addresses.join(" "),
            name,
        ]);
    }
    table(&rows)
}

/// Effective rules of a place, level by level.
pub fn rules(network: &Network, place: Place) -> String {
    let mut out = String::new();
    let levels = rule_levels(network, place);
    if levels.is_empty() {
        let _ = writeln!(out, "no network security group applies here: everything passes");
    }
    for (association, group, lists) in levels {
        let level = if association.get("subnet").is_some() { "subnet" } else { "network interface" };
        for list in lists {
            let way = if list.direction == Direction::Inbound { "inbound" } else { "outbound" };
            let _ = writeln!(out, "{} {}", paint(BOLD, &group), paint(DIM, format!("({level}, {way})")));
            let mut rows = vec![
                ["Priority", "Name", "Source", "Ports", "Destination", "Ports", "Protocol", "Access"]
                    .map(str::to_owned),
            ];
            for rule in &list.rules {
                let words = rule_words(rule);
                rows.push([
                    rule.priority.map_or_else(|| "?".to_owned(), |priority| priority.to_string()),
                    rule.name.clone(),
                    boxes::short(&words.source, 3),
                    words.source_ports,
                    boxes::short(&words.destination, 3),
                    words.destination_ports,
                    words.protocol,
                    words.access.to_owned(),
                ]);
            }
            out.push_str(&table(&rows));
        }
    }
    if let Some(subnet) = place.subnet(&network.model) {
        let tag = &network.subnet(subnet).virtual_network_tag;
        let prefixes: Vec<String> = crate::space::to_prefixes(&tag.addresses).iter().map(ToString::to_string).collect();
        let _ = writeln!(out, "VirtualNetwork here is {}", boxes::short(&prefixes, 16));
        if let Some(route) = &tag.widened_by {
            let _ = writeln!(out, "{} the default route {route} puts every address into it", paint(YELLOW, "note:"));
        }
    }
    out
}

/// Columns under a bold heading.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    for (index, row) in rows.iter().enumerate() {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<String>>().join("  ");
        let line = line.trim_end();
        let _ = writeln!(out, "{}", if index == 0 { paint(BOLD, line) } else { line.to_owned() });
    }
    out
}

/// A text without its styles.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            for letter in letters.by_ref() {
                if letter.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            out.push(letter);
        }
    }
    out
}
