//! Who reaches whom, as a table of groups with its legend.
//!
//! In: a matrix. Out: text. Deliberately absent: the names of all ends of a large group; JSON and CSV have them.

use crate::{
    matrix::{Group, Matrix},
    report::{
        cells::words,
        page::{Cell, FAINT, PLACE, Page, STRONG, Table, capped, count},
    },
};

/// Most ends of a group that are named.
const MOST_ENDS: usize = 8;

/// The whole answer, for people.
pub fn matrix(matrix: &Matrix) -> String {
    let mut page = Page::default();
    page.say(STRONG, "who reaches whom").plain(": rows send, columns receive").end().gap();
    let numbers: Vec<String> = (1..=matrix.groups.len()).map(|number| format!("[{number}]")).collect();
    let mut heads = vec![""];
    heads.extend(numbers.iter().map(String::as_str));
    let mut table = Table::headed(&heads);
    for (number, row) in numbers.iter().zip(&matrix.cells) {
        let cells = row.iter().map(|cell| Cell::new(words(cell)));
        table.add(std::iter::once(Cell::styled(PLACE, number.as_str())).chain(cells).collect::<Vec<Cell>>());
    }
    page.table(2, &table).gap();
    for (number, group) in numbers.iter().zip(&matrix.groups) {
        legend(&mut page, number, group);
    }
    page.gap().say(FAINT, "some: not the same for all addresses; ?: a fact is missing; -: nothing to ask").end();
    page.finish()
}

fn legend(page: &mut Page, number: &str, group: &Group) {
    page.plain("  ").say(PLACE, number).plain(" ").plain(&capped(&group.names, MOST_ENDS, ", "));
    if group.names.len() > 1 {
        let inside = format!(" ({}; each to itself: {})", count(group.names.len(), "end"), words(&group.inside));
        page.say(FAINT, &inside);
    }
    page.end();
}
