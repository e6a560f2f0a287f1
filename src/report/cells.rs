//! Cells of a matrix in words, and the matrix as comma-separated values.
//!
//! In: cells. Out: `all`, `none`, `tcp/443`, `some`, `?`, `-`; lines. Deliberately absent: shortening.

use super::boxes::{ports, protocols};
use crate::matrix::{Cell, Matrix};

/// A cell in a word or two.
pub(super) fn words(cell: &Cell) -> String {
    match cell {
        Cell::Nothing => "-".to_owned(),
        Cell::All => "all".to_owned(),
        Cell::None => "none".to_owned(),
        Cell::Some => "some".to_owned(),
        Cell::Unknown => "?".to_owned(),
        Cell::Services(services) => {
            let told = services.iter().map(|(names, numbers)| match numbers.is_all() {
                true => protocols(names),
                false => format!("{}/{}", protocols(names), ports(numbers)),
            });
            told.collect::<Vec<String>>().join(" ")
        }
    }
}

/// A line for each pair of groups, by their names: `from,to,allowed`.
pub fn csv(matrix: &Matrix) -> String {
    let mut text = "from,to,allowed\n".to_owned();
    for (at, row) in matrix.cells.iter().enumerate() {
        for (to, cell) in row.iter().enumerate() {
            for from in &matrix.groups[at].names {
                for other in &matrix.groups[to].names {
                    let cell = if from == other { &matrix.groups[at].inside } else { cell };
                    let fields = [from.as_str(), other.as_str(), &words(cell)].map(quoted);
                    text.push_str(&format!("{}\n", fields.join(",")));
                }
            }
        }
    }
    text
}

fn quoted(field: &str) -> String {
    // A spreadsheet must not take a name for a formula.
    let risky = field.starts_with(['=', '+', '@']);
    let field = if risky { format!("'{field}") } else { field.to_owned() };
    match field.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field,
    }
}
