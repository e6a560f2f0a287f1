//! Who reaches whom, on a page: groups of ends, their boxes, the rules that let them through, what stops the rest.
//!
//! In: an answer. Out: text. Deliberately absent: lists without end; what is left out is counted, and JSON has it.

use super::{
    steps::{rest, verdict_style},
    trace::box_table,
};
use crate::{
    diagnostic::Sources,
    reach::{Group, Reach, Side},
    report::{
        boxes,
        page::{FAINT, PLACE, Page, STRONG, capped, count},
        places::Places,
        words,
    },
    trace::{Outcome, Part, Verdict},
};

/// Most ends of a group that are named.
const MOST_ENDS: usize = 6;
/// Most groups of one verdict.
const MOST_GROUPS: usize = 24;
/// Most deciders of a group.
const MOST_DECIDERS: usize = 8;

/// The whole answer, for people.
pub fn reach(title: &str, reach: &Reach, sources: &Sources) -> String {
    let places = Places::new(sources);
    let mut page = Page::default();
    page.say(STRONG, title).end();
    if reach.allowed.is_empty() {
        page.plain("nothing surely gets through").end();
    }
    for (verdict, groups, words) in [
        (Verdict::Allowed, &reach.allowed, "exactly this"),
        (Verdict::Mixed, &reach.chosen, "as Azure chooses"),
        (Verdict::Undetermined, &reach.undetermined, "a fact is missing"),
    ] {
        if groups.is_empty() {
            continue;
        }
        page.gap().say(verdict_style(verdict), verdict.as_str()).plain(", ").plain(words).end();
        for group in groups.iter().take(MOST_GROUPS) {
            told(&mut page, group, reach.side, &places);
        }
        rest(&mut page, 2, groups.len(), MOST_GROUPS);
    }
    if !reach.denied.is_empty() {
        page.gap().say(verdict_style(Verdict::Denied), "denied").plain(", the rest").end();
        for group in reach.denied.iter().take(MOST_GROUPS) {
            page.plain("  ").say(PLACE, &ends(group)).plain(": ").plain(&words::why_part(&group.part)).end();
        }
        rest(&mut page, 2, reach.denied.len(), MOST_GROUPS);
    }
    if !reach.notes.is_empty() {
        page.gap();
    }
    for note in &reach.notes {
        page.say(STRONG, "note").plain(": ").plain(note).end();
    }
    page.finish()
}

fn told(page: &mut Page, group: &Group, side: Side, places: &Places<'_>) {
    let part = &group.part;
    page.plain("  ").say(PLACE, &ends(group));
    if group.members.len() > 1 {
        page.plain(&format!(" ({})", count(group.members.len(), "end")));
    }
    page.end();
    let names = capped(&names(group), MOST_ENDS, ", ");
    let of_box = match side {
        Side::Source => (names, part.ends.1.clone()),
        Side::Destination => (part.ends.0.clone(), names),
    };
    box_table(page, 4, &part.boxes, &of_box);
    evidence(page, part, places);
    page.say(FAINT, "    for example ").plain(&boxes::witness(&part.witness, &part.ends)).end();
}

/// The way and the rules of a part, for one packet of it.
pub(super) fn evidence(page: &mut Page, part: &Part, places: &Places<'_>) {
    let way: Vec<String> = part.forward.iter().map(|hop| hop.at.clone()).collect();
    if part.verdict == Verdict::Undetermined {
        page.say(FAINT, "    missing ").plain(&words::why_part(part)).end();
    }
    page.say(FAINT, "    way ").plain(&capped(&way, MOST_DECIDERS, " > ")).end();
    let mut rules: Vec<String> = Vec::new();
    for step in part.decided_by.iter().filter(|step| step.outcome != Outcome::Pass) {
        let place = step.origin.as_ref().map(|origin| format!(" ({})", places.told(origin)));
        let rule = format!("{}{}", words::by(step), place.unwrap_or_default());
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    if !rules.is_empty() {
        page.say(FAINT, "    by ").plain(&capped(&rules, MOST_DECIDERS, ", ")).end();
    }
}

fn names(group: &Group) -> Vec<String> {
    group.members.iter().map(|member| member.name.clone()).collect()
}

fn ends(group: &Group) -> String {
    capped(&names(group), MOST_ENDS, ", ")
}
