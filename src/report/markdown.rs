//! A diff for a pull request: one table for each list.
//!
//! In: a diff. Out: Markdown. Deliberately absent: colours; lists without end.

use super::{
    boxes::{boxes, joined, short, witness},
    page::{and_more, capped, harmless},
    words,
};
use crate::{
    diagnostic::Sources,
    diff::{Change, Diff},
    reach::Member,
    trace::Part,
};

/// Most rows of a table.
const MOST_ROWS: usize = 100;
/// Most names or prefixes in a cell.
const MOST_NAMES: usize = 6;

/// The whole answer.
pub fn diff(diff: &Diff, _sources: [&Sources; 2]) -> String {
    let mut text = format!("**{}**\n", words::of_diff(diff));
    for (title, changes) in [("Gained", &diff.gained), ("Lost", &diff.lost), ("Undetermined now", &diff.undetermined)] {
        if changes.is_empty() {
            continue;
        }
        text.push_str(&format!("\n### {title}\n\n"));
        text.push_str("| From | To | Source | Destination | Protocol | Ports | Before | After | For example |\n");
        text.push_str("|---|---|---|---|---|---|---|---|---|\n");
        let rows: Vec<String> = changes.iter().flat_map(rows).collect();
        rows.iter().take(MOST_ROWS).for_each(|row| text.push_str(row));
        if rows.len() > MOST_ROWS {
            text.push_str(&format!("\n{}\n", and_more(rows.len() - MOST_ROWS)));
        }
    }
    text
}

fn rows(change: &Change) -> Vec<String> {
    let ends = (names(&change.sources), names(&change.destinations));
    let row = |cube: &_| {
        let told = boxes(std::slice::from_ref(cube), &ends).into_iter().next()?;
        let some = |prefixes: &[String]| {
            let prefixes: Vec<String> = prefixes.iter().map(|prefix| short(prefix).to_owned()).collect();
            capped(&prefixes, MOST_NAMES, ", ")
        };
        let cells = [
            ends.0.clone(),
            ends.1.clone(),
            some(&told.source),
            some(&told.destination),
            told.protocol,
            told.ports,
            side(change.before.as_ref()),
            side(change.after.as_ref()),
            witness(&change.witness_in(cube), &change.ends),
        ];
        Some(format!("| {} |\n", cells.iter().map(|cell| cell_text(cell)).collect::<Vec<_>>().join(" | ")))
    };
    joined(&change.boxes).iter().filter_map(row).collect()
}

fn side(part: Option<&Part>) -> String {
    let verdict = Change::verdict(part);
    let why = part.map_or("an end of it is not there".to_owned(), words::why_part);
    format!("{verdict}: {why}")
}

fn names(members: &[Member]) -> String {
    let names: Vec<String> = members.iter().map(|member| member.name.clone()).collect();
    capped(&names, MOST_NAMES, ", ")
}

/// Names come from files that strangers wrote: none may end its cell or begin a tag.
fn cell_text(text: &str) -> String {
    let mut safe = String::new();
    for letter in harmless(text).chars() {
        match letter {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '!' | '@' => safe.extend(['\\', letter]),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            other => safe.push(other),
        }
    }
    safe
}
