//! What a change gains and loses, on a page.
//!
//! In: a diff, and the texts of both sides. Out: text. Deliberately absent: lists without end; what is left out is counted, and JSON has it.

use super::{
    steps::{rest, verdict_style},
    trace::box_table,
};
use crate::{
    diagnostic::Sources,
    diff::{Change, Diff},
    reach::Member,
    report::{
        boxes,
        page::{FAINT, PLACE, Page, STRONG, capped},
        places::Places,
        words,
    },
    trace::{Part, Verdict},
};

/// Most ends of a change that are named.
const MOST_ENDS: usize = 4;
/// Most changes of one list.
const MOST_CHANGES: usize = 24;

/// The whole answer, for people.
pub fn diff(diff: &Diff, [before, after]: [&Sources; 2]) -> String {
    let places = [Places::new(before), Places::new(after)];
    let mut page = Page::default();
    page.say(STRONG, &words::of_diff(diff)).end();
    lists(&mut page, diff, &places);
    page.finish()
}

/// What is gained, what is lost, what hangs on something now.
pub(super) fn lists(page: &mut Page, diff: &Diff, places: &[Places<'_>; 2]) {
    for (verdict, title, changes) in [
        (Verdict::Allowed, "gained", &diff.gained),
        (Verdict::Denied, "lost", &diff.lost),
        (Verdict::Undetermined, "undetermined now", &diff.undetermined),
    ] {
        if changes.is_empty() {
            continue;
        }
        page.gap().say(verdict_style(verdict), title).end();
        for change in changes.iter().take(MOST_CHANGES) {
            told(page, change, places);
        }
        rest(page, 2, changes.len(), MOST_CHANGES);
    }
}

fn told(page: &mut Page, change: &Change, places: &[Places<'_>; 2]) {
    let names = (names(&change.sources), names(&change.destinations));
    page.plain("  ").say(PLACE, &names.0).plain(" -> ").say(PLACE, &names.1).end();
    box_table(page, 4, &change.boxes, &names);
    for (title, part, places) in [("before ", &change.before, &places[0]), ("after  ", &change.after, &places[1])] {
        page.say(FAINT, &format!("    {title}"));
        side(page, part.as_ref(), places);
    }
    page.say(FAINT, "    for example ").plain(&boxes::witness(&change.witness, &change.ends)).end();
}

fn side(page: &mut Page, part: Option<&Part>, places: &Places<'_>) {
    let verdict = Change::verdict(part);
    page.say(verdict_style(verdict), verdict.as_str()).plain(": ");
    page.plain(&part.map_or("an end of it is not there".to_owned(), words::why_part));
    let origin = part.and_then(|part| part.decided_by.iter().find_map(|step| step.origin.as_ref()));
    if let (Some(origin), true) = (origin, verdict != Verdict::Allowed) {
        page.say(FAINT, &format!(" ({})", places.told(origin)));
    }
    page.end();
}

fn names(members: &[Member]) -> String {
    let names: Vec<String> = members.iter().map(|member| member.name.clone()).collect();
    capped(&names, MOST_ENDS, ", ")
}
