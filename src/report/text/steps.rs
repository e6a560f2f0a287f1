//! The way of packets: places, and under each the decisions taken there, in columns.
//!
//! In: hops. Out: lines. Deliberately absent: why; that is said above them.

use crate::{
    report::{
        page::{BAD, Cell, FAINT, GOOD, PLACE, PLAIN, Page, STRONG, Table, UNSURE, and_more},
        places::Places,
        words,
    },
    trace::{Hop, Leg, Outcome, Part, Step, Verdict},
};
use anstyle::Style;

/// Most hops of one way that are told.
const MOST_HOPS: usize = 32;
/// Most decisions at one place that are told.
const MOST_STEPS: usize = 24;

/// There and back.
pub(super) fn both_ways(page: &mut Page, part: &Part, places: &Places<'_>, indent: usize) {
    ways(page, [&part.forward, &part.reply], places, indent);
}

/// The same of a further flow.
pub(super) fn legs_way(page: &mut Page, leg: &Leg, places: &Places<'_>, indent: usize) {
    ways(page, [&leg.forward, &leg.reply], places, indent);
}

fn ways(page: &mut Page, [forward, reply]: [&[Hop]; 2], places: &Places<'_>, indent: usize) {
    let widths = table(forward.iter().chain(reply).flat_map(shown), places).widths();
    for (title, hops) in [("there", forward), ("back", reply)] {
        if !hops.is_empty() {
            page.plain(&" ".repeat(indent)).say(STRONG, title).end();
            way(page, hops, places, indent + 2, &widths);
        }
    }
}

fn way(page: &mut Page, hops: &[Hop], places: &Places<'_>, indent: usize, widths: &[usize]) {
    let blanks = " ".repeat(indent);
    for hop in hops.iter().take(MOST_HOPS) {
        page.plain(&blanks).say(PLACE, &hop.at).end();
        page.rows(indent + 2, widths, &table(shown(hop), places));
        rest(page, indent + 2, hop.steps.len(), MOST_STEPS);
    }
    rest(page, indent, hops.len(), MOST_HOPS);
}

fn shown(hop: &Hop) -> impl Iterator<Item = &Step> {
    hop.steps.iter().take(MOST_STEPS)
}

/// Says how many of `all` were left out.
pub(super) fn rest(page: &mut Page, indent: usize, all: usize, limit: usize) {
    if all > limit {
        let words = and_more(all - limit);
        page.plain(&" ".repeat(indent)).say(FAINT, &words).end();
    }
}

fn table<'a>(steps: impl Iterator<Item = &'a Step>, places: &Places<'_>) -> Table {
    let mut table = Table::default();
    for step in steps {
        table.add(row(step, places));
    }
    table
}

fn row(step: &Step, places: &Places<'_>) -> [Cell; 6] {
    let style = outcome_style(step.outcome);
    let place = step.origin.as_ref().map(|origin| places.told(origin));
    let name_style = if step.outcome == Outcome::Deny { style } else { PLAIN };
    [
        Cell::styled(style, step.outcome.as_str()),
        Cell::styled(FAINT, step.kind.as_str()),
        Cell::styled(name_style, words::name(step)),
        Cell::new(step.detail.as_str()),
        Cell::styled(FAINT, step.law),
        Cell::styled(FAINT, place.unwrap_or_default()),
    ]
}

fn outcome_style(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Allow => GOOD,
        Outcome::Deny => BAD.bold(),
        Outcome::Pass => FAINT,
        Outcome::Unknown => UNSURE,
    }
}

/// The colour of an answer.
pub(super) fn verdict_style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Allowed => GOOD.bold(),
        Verdict::Denied => BAD.bold(),
        Verdict::Mixed | Verdict::Undetermined => UNSURE.bold(),
    }
}
