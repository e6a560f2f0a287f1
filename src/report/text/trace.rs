//! One answer: verdict and reason first, then the way there and back, then what else there is to know.
//!
//! In: a trace. Out: text. Deliberately absent: lists without end; what is left out is counted.

use super::steps::{both_ways, legs_way, rest, verdict_style};
use crate::{
    diagnostic::Sources,
    model::Fact,
    report::{
        boxes::{self, BoxText},
        page::{Cell, FAINT, Page, STRONG, Table, UNSURE, capped},
        places::Places,
        words,
    },
    space::{Cube, NAMED},
    trace::{Part, Trace, Verdict},
};

/// Most boxes of a set that are told.
const MOST_BOXES: usize = 12;
/// Most prefixes in a field of a box.
const MOST_PREFIXES: usize = 3;
/// Most further parts that are told.
const MOST_PARTS: usize = 8;
/// Most missing facts and notes.
const MOST_FACTS: usize = 12;

/// The whole answer, for people.
pub fn trace(trace: &Trace, sources: &Sources) -> String {
    let places = Places::new(sources);
    let mut page = Page::default();
    head(&mut page, trace, &places);
    match trace.verdict() {
        Verdict::Mixed => sides(&mut page, trace, &places),
        _ => lead(&mut page, trace, &places),
    }
    legs(&mut page, trace, &places);
    missing(&mut page, trace, &places);
    notes(&mut page, trace);
    page.finish()
}

/// The flow, the verdict, why.
fn head(page: &mut Page, trace: &Trace, places: &Places<'_>) {
    let verdict = trace.verdict();
    page.say(STRONG, &trace.flow.to_string()).end();
    page.say(verdict_style(verdict), verdict.as_str()).plain(": ").plain(&words::why(trace)).end();
    let decider = match verdict {
        Verdict::Allowed => None,
        _ => words::decided_by(trace).into_iter().next(),
    };
    if let Some(step) = decider {
        let place = step.origin.as_ref().map(|origin| places.told(origin));
        let words = [Some(words::by(step)), Some(step.law.to_owned()), place];
        let words: Vec<String> = words.into_iter().flatten().filter(|one| !one.is_empty()).collect();
        page.say(FAINT, &format!("  by {}", words.join(", "))).end();
    }
}

/// One verdict: the way of the first part, the others in a line each.
fn lead(page: &mut Page, trace: &Trace, places: &Places<'_>) {
    let Some(leading) = trace.leading_part() else {
        return;
    };
    page.gap();
    both_ways(page, leading, places, 0);
    let others: Vec<&Part> = trace.parts.iter().filter(|part| !std::ptr::eq(*part, leading)).collect();
    if !others.is_empty() {
        page.gap().say(STRONG, &heading_of_others(others.len())).end();
        brief(page, &others);
    }
}

fn heading_of_others(number: usize) -> String {
    match number {
        1 => "1 other part".to_owned(),
        _ => format!("{number} other parts"),
    }
}

/// Mixed: what is allowed, what is not, and the way of one packet of each.
fn sides(page: &mut Page, trace: &Trace, places: &Places<'_>) {
    let with = |verdict| -> Vec<&Part> {
        let of_it = |part: &&Part| part.verdict == verdict;
        trace.parts.iter().filter(of_it).collect()
    };
    let (allowed, denied) = (with(Verdict::Allowed), with(Verdict::Denied));
    let (chosen, unknown) = (with(Verdict::Mixed), with(Verdict::Undetermined));
    if !allowed.is_empty() {
        title(page, Verdict::Allowed, "exactly this");
        box_table(page, 2, &trace.allowed, &ends_of(&allowed));
        example(page, allowed[0]);
    }
    for (parts, verdict, words) in [
        (&denied, Verdict::Denied, "the rest"),
        (&chosen, Verdict::Mixed, "as Azure chooses"),
        (&unknown, Verdict::Undetermined, "a fact is missing"),
    ] {
        if let Some(first) = parts.first() {
            title(page, verdict, words);
            brief(page, parts);
            example(page, first);
        }
    }
    for part in [&allowed, &denied, &chosen].into_iter().filter_map(|parts| parts.first()) {
        let what = format!("one that is {}", part.verdict);
        page.gap()
            .say(verdict_style(part.verdict), &what)
            .plain(": ")
            .plain(&boxes::witness(&part.witness, &part.ends))
            .end();
        both_ways(page, part, places, 2);
    }
}

fn title(page: &mut Page, verdict: Verdict, words: &str) {
    page.gap().say(verdict_style(verdict), verdict.as_str()).plain(", ").plain(words).end();
}

fn example(page: &mut Page, part: &Part) {
    page.say(FAINT, "  for example ").plain(&boxes::witness(&part.witness, &part.ends)).end();
}

/// The ends of several parts as one, for boxes that stand for all of them.
fn ends_of(parts: &[&Part]) -> (String, String) {
    let names = |named: fn(&Cube) -> bool, end: fn(&Part) -> &String| {
        let with_names = parts.iter().filter(|part| part.boxes.iter().any(named));
        let mut names: Vec<String> = with_names.map(|part| end(part).clone()).collect();
        names.dedup();
        capped(&names, MOST_PREFIXES, " or ")
    };
    (
        names(|cube| cube.source.contains(NAMED), |part| &part.ends.0),
        names(|cube| cube.destination.contains(NAMED), |part| &part.ends.1),
    )
}

pub(super) fn box_table(page: &mut Page, indent: usize, cubes: &[Cube], ends: &(String, String)) {
    let boxes = boxes::boxes(cubes, ends);
    let shown = &boxes[..boxes.len().min(MOST_BOXES)];
    let mut columns = vec!["Source", "Destination", "Protocol", "Ports"];
    if shown.iter().any(|one| one.source_ports.is_some()) {
        columns.push("Source ports");
    }
    let mut table = Table::headed(&columns);
    for one in shown {
        table.add(box_row(one));
    }
    page.table(indent, &table);
    rest(page, indent, boxes.len(), MOST_BOXES);
}

fn box_row(one: &BoxText) -> [Cell; 5] {
    [
        Cell::new(some_of(&one.source)),
        Cell::new(some_of(&one.destination)),
        Cell::new(one.protocol.as_str()),
        Cell::new(one.ports.as_str()),
        Cell::new(one.source_ports.clone().unwrap_or_default()),
    ]
}

fn some_of(prefixes: &[String]) -> String {
    let short: Vec<String> = prefixes.iter().map(|prefix| boxes::short(prefix).to_owned()).collect();
    capped(&short, MOST_PREFIXES, ", ")
}

/// Parts in two lines each: which packets, and why.
fn brief(page: &mut Page, parts: &[&Part]) {
    for part in parts.iter().take(MOST_PARTS) {
        let (from, to) = &part.ends;
        page.plain(&format!("  {from} -> {to}: {}", words::why_part(part))).end();
        let mut table = Table::default();
        for one in boxes::boxes(&part.boxes, &part.ends).iter().take(MOST_PREFIXES) {
            table.add(box_row(one));
        }
        page.table(4, &table);
        rest(page, 4, part.boxes.len(), MOST_PREFIXES);
    }
    rest(page, 2, parts.len(), MOST_PARTS);
}

/// Further flows that the asked one hangs on: a failing one with its way, another in a line.
fn legs(page: &mut Page, trace: &Trace, places: &Places<'_>) {
    if trace.legs.is_empty() {
        return;
    }
    page.gap().say(STRONG, "it needs").end();
    for leg in trace.legs.iter().take(MOST_PARTS) {
        page.plain("  ").say(verdict_style(leg.verdict), leg.verdict.as_str()).plain("  ");
        page.plain(&leg.flow.to_string());
        if leg.verdict == Verdict::Allowed {
            page.plain(&words::of_names(&leg.decided_by)).end();
        } else {
            page.end();
            legs_way(page, leg, places, 4);
        }
    }
    rest(page, 2, trace.legs.len(), MOST_PARTS);
}

fn missing(page: &mut Page, trace: &Trace, places: &Places<'_>) {
    let mut facts: Vec<&Fact> = Vec::new();
    for fact in trace.parts.iter().flat_map(|part| &part.missing) {
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }
    if facts.is_empty() {
        return;
    }
    page.gap().say(UNSURE.bold(), "missing").end();
    let mut table = Table::default();
    for fact in facts.iter().take(MOST_FACTS) {
        let place = fact.origin.as_ref().map(|origin| places.told(origin));
        table.add([Cell::new(fact.text.as_str()), Cell::styled(FAINT, place.unwrap_or_default())]);
    }
    page.table(2, &table);
    rest(page, 2, facts.len(), MOST_FACTS);
}

fn notes(page: &mut Page, trace: &Trace) {
    let mut notes: Vec<&String> = Vec::new();
    let of_parts = trace.parts.iter().flat_map(|part| &part.notes);
    for note in trace.notes.iter().chain(of_parts) {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    if !notes.is_empty() {
        page.gap();
    }
    for note in notes.iter().take(MOST_FACTS) {
        page.say(STRONG, "note").plain(": ").plain(note).end();
    }
    rest(page, 0, notes.len(), MOST_FACTS);
}

#[cfg(test)]
mod tests {
    use crate::report::samples;

    fn told(trace: &crate::trace::Trace) -> String {
        let text = super::trace(trace, &samples::sources());
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn denied() {
        let expected = "\
worker -> kafka tcp/9092-9093
denied: stopped by rule deny-outbound of network security group databricks-nsg at databricks-vnet/public-subnet: subnet, outbound
  by networkSecurityGroup databricks-nsg/deny-outbound, F16, net.yaml:3:5

there
  databricks-vnet/public-subnet
    deny  networkSecurityGroup  databricks-nsg/deny-outbound  subnet, outbound  F16  net.yaml:3:5

note: tags are a subset
";
        assert_eq!(told(&samples::denied()), expected);
    }

    #[test]
    fn allowed_tells_the_way_there_and_back_in_the_same_columns() {
        let expected = "\
worker -> kafka tcp/443
allowed: every packet arrives, is admitted, and its reply gets back; let through by rule AllowVnetOutBound of network security group databricks-nsg

there
  databricks-vnet/public-subnet
    allow  networkSecurityGroup  databricks-nsg/AllowVnetOutBound  subnet, outbound  F16
    pass   defaultRoute          10.0.0.0/16                       VnetLocal         F16
  databricks-vnet/kafka-subnet
back
  databricks-vnet/kafka-subnet
    pass   defaultRoute          10.0.0.0/16                       VnetLocal         F16

note: tags are a subset
";
        assert_eq!(told(&samples::allowed()), expected);
    }

    #[test]
    fn mixed_tells_the_allowed_part_and_a_witness_of_each_side() {
        let told = told(&samples::mixed());
        for line in [
            "mixed: some packets get through, others are stopped by rule deny-outbound of network security group databricks-nsg",
            "allowed, exactly this",
            "  Source    Destination  Protocol  Ports",
            "  10.0.0.4  10.0.1.0/24  tcp       443",
            "  for example 10.0.0.4 -> 10.0.1.4 tcp/443 from 49152",
            "denied, the rest",
            "    10.0.0.4  10.0.1.0/24  tcp  9092-9093",
            "one that is allowed: 10.0.0.4 -> 10.0.1.4 tcp/443 from 49152",
            "one that is denied: 10.0.0.4 -> 10.0.1.4 tcp/9092 from 49152",
        ] {
            assert!(told.lines().any(|told| told == line), "{line}\n---\n{told}");
        }
    }

    #[test]
    fn undetermined_tells_the_missing_facts_with_their_place() {
        let told = told(&samples::undetermined());
        assert!(told.contains("\nmissing\n  parameter adminIp has no value  net.yaml:4:3\n"), "{told}");
        assert!(told.contains("note: went on as if it matched\n"));
    }

    #[test]
    fn long_lists_are_capped() {
        let mut trace = samples::denied();
        let step = trace.parts[0].forward[0].steps[0].clone();
        trace.parts[0].forward[0].steps = vec![step; 100];
        let hop = trace.parts[0].forward[0].clone();
        trace.parts[0].forward = vec![hop; 40];
        let told = told(&trace);
        assert!(told.contains("\n    … and 76 more\n") && told.contains("\n  … and 8 more\n"), "{told}");
    }
}
