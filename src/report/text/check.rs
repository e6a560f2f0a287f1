//! Do all expectations hold? A line per file, failures in full, the sum last.
//!
//! In: results. Out: text. Deliberately absent: findings about the files (they are diagnostics, told elsewhere).

use super::{
    steps::{both_ways, rest, verdict_style},
    trace::box_table,
};
use crate::{
    report::{
        boxes,
        page::{BAD, Cell, FAINT, GOOD, PLAIN, Page, STRONG, Table, and_more, count},
        places::Places,
        words,
    },
    suite::{Breach, ExpectationResult, Outcome, ScenarioResult},
    trace::{Trace, Verdict},
};
use anstyle::Style;

/// Most deciders of a failure that are named.
const MOST_DECIDERS: usize = 6;
/// Most legs of a failure whose way is told.
const MOST_LEGS: usize = 3;
/// Most pieces that break a claim.
const MOST_BREACHES: usize = 6;

/// What came of all files. Quiet leaves out files in which all is well; verbose tells what holds, too.
pub fn check(results: &[ScenarioResult], verbose: bool, quiet: bool) -> String {
    let mut page = Page::default();
    for result in results {
        let well = result.usable && failed(result) == 0;
        if !(quiet && well) {
            file(&mut page, result, verbose);
        }
    }
    summary(&mut page, results);
    page.finish()
}

fn failed(result: &ScenarioResult) -> usize {
    result.results.iter().filter(|one| !one.passed).count()
}

fn file(page: &mut Page, result: &ScenarioResult, verbose: bool) {
    file_line(page, result);
    let places = Places::new(&result.sources);
    for one in &result.results {
        match (one.passed, verbose) {
            (false, _) => failure(page, result, one, &places),
            (true, true) => success(page, one),
            (true, false) => {}
        }
    }
}

fn file_line(page: &mut Page, result: &ScenarioResult) {
    let (all, failed) = (result.results.len(), failed(result));
    let (style, word, tally) = match (result.usable, failed) {
        (false, _) => (BAD, "cannot run", "see the errors".to_owned()),
        (true, 0) => (GOOD, "ok", count(all, "expectation")),
        (true, _) => (BAD, "FAIL", format!("{failed} of {} fail", count(all, "expectation"))),
    };
    page.say(style.bold(), word)
        .plain(&format!("{}{}", " ".repeat(if word == "ok" { 4 } else { 2 }), result.file))
        .say(FAINT, &format!("  ({tally})"))
        .end();
}

fn success(page: &mut Page, one: &ExpectationResult) {
    page.say(GOOD, "      ok ")
        .plain(&subject(one))
        .say(FAINT, &format!("  {}", actual(one)))
        .say(FAINT, &what_if(one))
        .end();
}

fn failure(page: &mut Page, result: &ScenarioResult, one: &ExpectationResult, places: &Places<'_>) {
    page.gap()
        .plain("  ")
        .say(STRONG, &format!("{}:{}", result.file, one.line))
        .plain("  ")
        .plain(&subject(one))
        .say(FAINT, &what_if(one))
        .end();
    page.table(4, &claims(one));
    match &one.outcome {
        Outcome::Verdict { breaches, .. } | Outcome::Only { breaches, .. } if !breaches.is_empty() => {
            broken(page, breaches, places);
        }
        Outcome::Verdict { traces, .. } => ways(page, traces, places),
        _ => {}
    }
    page.gap();
}

/// Claim and truth, one under the other.
fn claims(one: &ExpectationResult) -> Table {
    let mut table = Table::default();
    let mut say = |name: &str, style: Style, words: String| {
        table.add([Cell::styled(FAINT, name), Cell::styled(style, words)]);
    };
    say("expected", PLAIN, expected(one));
    say("actual", actual_style(one), actual(one));
    if let Outcome::Verdict { traces, by, .. } = &one.outcome {
        for trace in traces.iter().take(MOST_LEGS) {
            say("why", PLAIN, words::why(trace));
        }
        if let Some((by, false)) = by {
            let words = format!("{by}, which is no deciding step");
            say("expected by", BAD, words);
        }
        let deciders = words::deciders(traces);
        for step in deciders.iter().take(MOST_DECIDERS) {
            say("decided by", PLAIN, words::by(step));
        }
        if deciders.len() > MOST_DECIDERS {
            say("", FAINT, and_more(deciders.len() - MOST_DECIDERS));
        }
    }
    if let Some(reason) = &one.reason {
        say("reason", PLAIN, reason.clone());
    }
    table
}

/// The way that the leading part of each leg went.
fn ways(page: &mut Page, traces: &[Trace], places: &Places<'_>) {
    for trace in traces.iter().take(MOST_LEGS) {
        if traces.len() > 1 {
            let verdict = trace.verdict();
            page.plain("    ")
                .say(verdict_style(verdict), verdict.as_str())
                .plain(": ")
                .plain(&trace.flow.to_string())
                .end();
        }
        if let Some(part) = part_in_question(trace) {
            both_ways(page, part, places, 4);
        }
    }
}

/// Exactly what breaks a claim, one packet of it, and its way.
fn broken(page: &mut Page, breaches: &[Breach], places: &Places<'_>) {
    for breach in breaches.iter().take(MOST_BREACHES) {
        let part = &breach.part;
        page.say(BAD, "    broken by ").plain(&breach.says).end();
        box_table(page, 4, &part.boxes, &part.ends);
        page.say(FAINT, "    for example ").plain(&boxes::witness(&part.witness, &part.ends)).end();
        both_ways(page, part, places, 4);
    }
    rest(page, 4, breaches.len(), MOST_BREACHES);
}

/// Of a mixed answer the part that does not get through, else the leading one.
fn part_in_question(trace: &Trace) -> Option<&crate::trace::Part> {
    let lost = |part: &&crate::trace::Part| part.verdict != Verdict::Allowed;
    match trace.verdict() {
        Verdict::Mixed => trace.parts.iter().find(lost),
        _ => trace.leading_part(),
    }
}

fn what_if(one: &ExpectationResult) -> String {
    match &one.what_if {
        Some(name) => format!("  (what if: {name})"),
        None => String::new(),
    }
}

/// What is claimed about.
pub(in crate::report) fn subject(one: &ExpectationResult) -> String {
    match &one.outcome {
        Outcome::Verdict { flow, .. } => flow.clone(),
        Outcome::Only { subject, .. } => format!("only {subject}"),
        Outcome::Fact { kind, subject, .. } => format!("{kind} {subject}"),
        Outcome::Refused { .. } => "refused".to_owned(),
    }
}

/// The claim in words.
pub(in crate::report) fn expected(one: &ExpectationResult) -> String {
    match &one.outcome {
        Outcome::Verdict { expected, by, way, .. } => {
            let by = by.as_ref().map(|(by, _)| format!("by {by}"));
            [expected.to_string()].into_iter().chain(by).chain(way.iter().cloned()).collect::<Vec<_>>().join(" ")
        }
        Outcome::Only { flows, .. } if flows.is_empty() => "nothing".to_owned(),
        Outcome::Only { flows, .. } => flows.join("; "),
        Outcome::Fact { expected, .. } => expected.clone(),
        Outcome::Refused { expected, .. } => codes(expected),
    }
}

/// The truth in words.
pub(in crate::report) fn actual(one: &ExpectationResult) -> String {
    match &one.outcome {
        Outcome::Verdict { actual, breaches, .. } => {
            let broken = breaches.first().map(|breach| format!(", but {}", breach.says));
            format!("{actual}{}", broken.unwrap_or_default())
        }
        Outcome::Only { breaches, .. } => match breaches.as_slice() {
            [] => "these, and nothing else".to_owned(),
            [first, ..] => first.says.clone(),
        },
        Outcome::Fact { actual, .. } => actual.clone(),
        Outcome::Refused { actual, .. } => codes(actual),
    }
}

fn codes(codes: &[String]) -> String {
    match codes {
        [] => "no error".to_owned(),
        _ => codes.join(", "),
    }
}

fn actual_style(one: &ExpectationResult) -> Style {
    match &one.outcome {
        Outcome::Verdict { actual, breaches, .. } if breaches.is_empty() => verdict_style(*actual),
        _ => BAD,
    }
}

fn summary(page: &mut Page, results: &[ScenarioResult]) {
    let all: usize = results.iter().map(|result| result.results.len()).sum();
    let failed: usize = results.iter().map(failed).sum();
    let broken = results.iter().filter(|result| !result.usable).count();
    let (style, words) = match failed {
        0 => (GOOD, format!("{}, {}: all hold", count(results.len(), "file"), count(all, "expectation"))),
        1 => (BAD, format!("1 of {} fails", count(all, "expectation"))),
        _ => (BAD, format!("{failed} of {} fail", count(all, "expectation"))),
    };
    let style = if broken > 0 { BAD } else { style };
    page.say(style.bold(), &words);
    if broken > 0 {
        page.say(BAD.bold(), &format!("; {} cannot run", count(broken, "file")));
    }
    page.end();
}

#[cfg(test)]
mod tests {
    use crate::{report::samples, suite::ScenarioResult};

    fn told(results: &[ScenarioResult], verbose: bool, quiet: bool) -> String {
        let text = super::check(results, verbose, quiet);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn all_hold() {
        let results = [samples::holding()];
        assert_eq!(
            told(&results, false, false),
            "ok    learn/01.yaml  (2 expectations)\n1 file, 2 expectations: all hold\n"
        );
        assert_eq!(told(&results, false, true), "1 file, 2 expectations: all hold\n");
        assert!(told(&results, true, false).contains("      ok worker -> kafka tcp/443  allowed\n"));
    }

    #[test]
    fn failures_are_told_in_full() {
        let told = told(&[samples::holding(), samples::failing()], false, true);
        let expected = "\
FAIL  net.yaml  (2 of 3 expectations fail)

  net.yaml:3  worker -> kafka tcp/9092-9093  (what if: open)
    expected    allowed
    actual      denied
    why         stopped by rule deny-outbound of network security group databricks-nsg at databricks-vnet/public-subnet: subnet, outbound
    decided by  networkSecurityGroup databricks-nsg/deny-outbound
    reason      kafka must be reached
    there
      databricks-vnet/public-subnet
        deny  networkSecurityGroup  databricks-nsg/deny-outbound  subnet, outbound  F16  net.yaml:3:5

  net.yaml:4  nextHop spoke/app to 10.1.0.4
    expected  VirtualAppliance 10.0.0.4
    actual    VNetPeering

2 of 5 expectations fail
";
        assert_eq!(told, expected);
    }

    #[test]
    fn a_file_that_cannot_run_is_counted() {
        assert_eq!(
            told(&[samples::holding(), samples::unusable()], false, true),
            "cannot run  broken.yaml  (see the errors)\n2 files, 2 expectations: all hold; 1 file cannot run\n"
        );
    }
}
