//! Styled text and aligned columns.
//!
//! In: words and styles. Out: text with ANSI colours. Deliberately absent: any knowledge of what is told.
//!
//! Names come from files that strangers wrote: control characters, which could move a terminal's cursor, and marks
//! that turn the direction of writing are replaced by visible signs.

use anstyle::{AnsiColor, Effects, Style};
use std::fmt::Write as _;

/// Text as it is.
pub(super) const PLAIN: Style = Style::new();
/// What to look at first.
pub(super) const STRONG: Style = Style::new().effects(Effects::BOLD);
/// What may be skipped.
pub(super) const FAINT: Style = Style::new().effects(Effects::DIMMED);
/// Let through; holds.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
/// Stopped; fails.
pub(super) const BAD: Style = AnsiColor::Red.on_default();
/// A fact is missing.
pub(super) const UNSURE: Style = AnsiColor::Yellow.on_default();
/// Names of places.
pub(super) const PLACE: Style = AnsiColor::Cyan.on_default();

/// A text that grows.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
}

impl Page {
    /// Adds words.
    pub(super) fn say(&mut self, style: Style, words: &str) -> &mut Self {
        let words = harmless(words);
        if style == PLAIN || words.is_empty() {
            self.text.push_str(&words);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(self.text, "{style}{words}{style:#}");
        }
        self
    }

    /// Adds plain words.
    pub(super) fn plain(&mut self, words: &str) -> &mut Self {
        self.say(PLAIN, words)
    }

    /// Ends the line.
    pub(super) fn end(&mut self) -> &mut Self {
        self.text.push('\n');
        self
    }

    /// Leaves a line empty, unless the page begins here.
    pub(super) fn gap(&mut self) -> &mut Self {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
        self
    }

    /// Adds a table, each row indented.
    pub(super) fn table(&mut self, indent: usize, table: &Table) -> &mut Self {
        self.rows(indent, &table.widths(), table)
    }

    /// The same with given widths, so that several tables align.
    pub(super) fn rows(&mut self, indent: usize, widths: &[usize], table: &Table) -> &mut Self {
        for row in &table.rows {
            self.row(indent, widths, row);
        }
        self
    }

    fn row(&mut self, indent: usize, widths: &[usize], row: &[Cell]) {
        let filled = row.iter().rposition(|cell| !cell.text.is_empty());
        let Some(last) = filled else {
            self.end();
            return;
        };
        self.plain(&" ".repeat(indent));
        for (place, cell) in row[..=last].iter().enumerate() {
            self.say(cell.style, &cell.text);
            if place < last {
                let width = widths.get(place).copied().unwrap_or(0);
                self.plain(&" ".repeat(width.saturating_sub(cell.width()) + 2));
            }
        }
        self.end();
    }

    /// What was written.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// One field of a table.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// A field with a style.
    pub(super) fn styled(style: Style, text: impl Into<String>) -> Self {
        Cell { text: text.into(), style }
    }

    /// A plain field.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Cell::styled(PLAIN, text)
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

/// Rows whose columns stand under each other.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Adds a row.
    pub(super) fn add(&mut self, row: impl Into<Vec<Cell>>) {
        self.rows.push(row.into());
    }

    /// A first row of column names.
    pub(super) fn headed(names: &[&str]) -> Self {
        let mut table = Table::default();
        table.add(names.iter().map(|name| Cell::styled(FAINT, *name)).collect::<Vec<_>>());
        table
    }

    /// How wide each column must be.
    pub(super) fn widths(&self) -> Vec<usize> {
        let mut widths = Vec::new();
        for row in &self.rows {
            widths.resize(widths.len().max(row.len()), 0);
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.width().max(*width);
            }
        }
        widths
    }
}

/// At most `limit` of `items`, joined; what is left out is counted.
pub(super) fn capped(items: &[String], limit: usize, separator: &str) -> String {
    if items.len() <= limit {
        return items.join(separator);
    }
    let shown = items[..limit].join(separator);
    format!("{shown}{separator}{}", and_more(items.len() - limit))
}

/// What stands for the rest of a list.
pub(super) fn and_more(count: usize) -> String {
    format!("… and {count} more")
}

/// `1 file`, `2 files`, `2 prefixes`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let ending = match number {
        1 => "",
        _ if noun.ends_with('x') => "es",
        _ => "s",
    };
    format!("{number} {noun}{ending}")
}

/// The text with control characters made visible; character by character, so that widths stay.
pub(super) fn harmless(text: &str) -> String {
    text.chars().map(visible).collect()
}

fn visible(character: char) -> char {
    match character {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + character as u32).unwrap_or('\u{fffd}'),
        '\u{7f}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other_and_no_line_ends_in_blanks() {
        let mut table = Table::headed(&["Name", "Next hop", "Note"]);
        table.add([Cell::new("a"), Cell::new("Ziel-Straße"), Cell::new("")]);
        table.add([Cell::new("longer"), Cell::new("b"), Cell::new("c")]);
        let mut page = Page::default();
        page.table(2, &table);
        let text = anstream::adapter::strip_str(&page.finish()).to_string();
        assert_eq!(text, "  Name    Next hop     Note\n  a       Ziel-Straße\n  longer  b            c\n");
    }

    #[test]
    fn a_name_cannot_move_the_cursor() {
        let mut page = Page::default();
        page.plain("a\u{1b}[2Jb\nc\u{202e}d");
        assert_eq!(page.finish(), "a␛[2Jb␊c\u{fffd}d");
    }

    #[test]
    fn long_lists_are_counted() {
        let items: Vec<String> = (1..=5).map(|number| number.to_string()).collect();
        assert_eq!(capped(&items, 5, ", "), "1, 2, 3, 4, 5");
        assert_eq!(capped(&items, 2, ", "), "1, 2, … and 3 more");
    }
}
