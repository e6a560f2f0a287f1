//! What stands in the way of a flow, and what would change that, on a page.
//!
//! In: what was found, and the texts. Out: text; each proposal with a what-if to paste. Deliberately absent: lists without
//! end; JSON has everything.

use super::{diff::lists, steps::verdict_style};
use crate::{
    diagnostic::Sources,
    fix::{Fix, Proposal},
    report::{
        page::{FAINT, GOOD, PLACE, Page, STRONG, UNSURE},
        places::Places,
        scenario::what_if_yaml,
        words,
    },
    trace::Verdict,
};

/// The whole answer, for people.
pub fn fix(fix: &Fix, sources: &Sources) -> String {
    let places = Places::new(sources);
    let verdict = fix.trace.verdict();
    let mut page = Page::default();
    page.say(STRONG, &fix.trace.flow.to_string()).plain(" is ").say(verdict_style(verdict), verdict.as_str());
    page.plain(": ").plain(&words::why(&fix.trace)).end();
    if verdict == fix.want {
        page.say(GOOD, "nothing needs to change").end();
        return page.finish();
    }
    blockers(&mut page, fix, &places);
    if fix.proposals.is_empty() {
        page.gap().plain(&nothing(fix)).end();
    }
    for (at, proposal) in fix.proposals.iter().enumerate() {
        told(&mut page, at + 1, proposal, fix.want, sources);
    }
    if fix.cut_short {
        page.gap().say(FAINT, &format!("the search ended after {} trials", fix.tried)).end();
    }
    page.finish()
}

fn blockers(page: &mut Page, fix: &Fix, places: &Places<'_>) {
    if fix.blockers.is_empty() {
        return;
    }
    let title = if fix.want == Verdict::Allowed { "in the way" } else { "lets it through" };
    page.gap().say(STRONG, title).end();
    for step in &fix.blockers {
        page.plain("  ").plain(&words::in_words(step));
        if let Some(origin) = &step.origin {
            page.say(FAINT, &format!(" ({})", places.told(origin)));
        }
        page.end();
    }
}

/// Why there is no proposal.
fn nothing(fix: &Fix) -> String {
    let tried = match fix.tried {
        0 => "there is no edit to try for what decides here".to_owned(),
        tried => format!("none of {tried} changes that were tried makes the whole flow {}", fix.want),
    };
    let missing: Vec<&str> =
        fix.trace.parts.iter().flat_map(|part| &part.missing).map(|fact| fact.text.as_str()).take(3).collect();
    if missing.is_empty() { tried } else { format!("{tried}; a fact is missing: {}", missing.join("; ")) }
}

fn told(page: &mut Page, number: usize, proposal: &Proposal, want: Verdict, sources: &Sources) {
    page.gap().say(STRONG, &format!("proposal {number}")).end();
    for edit in &proposal.edits {
        page.plain("  ").say(PLACE, &edit.resource()).plain(": ").plain(&edit.property()).plain(" = ");
        page.plain(&edit.value.to_string()).end();
    }
    let mut notes: Vec<&str> = Vec::new();
    for note in proposal.edits.iter().filter_map(|edit| edit.note.as_deref()) {
        notes.extend(Some(note).filter(|note| !notes.contains(note)));
    }
    for note in notes {
        page.plain("  ").say(UNSURE, "mind ").plain(note).end();
    }
    for flipped in &proposal.flips {
        page.plain("  ").plain("as asked, ").plain(flipped).end();
    }
    for broken in &proposal.breaks {
        page.plain("  ").say(UNSURE, "breaks ").plain(broken).end();
    }
    if proposal.spills {
        page.plain("  ").say(UNSURE, "it changes more than this flow").end();
    }
    lists(page, &proposal.changes, &[Places::new(sources), Places::new(sources)]);
    page.gap().say(FAINT, "as a what-if").end();
    for line in what_if_yaml(&format!("{want}, proposal {number}"), &proposal.patch).lines() {
        page.plain("  ").plain(line).end();
    }
}
