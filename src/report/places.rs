//! Lines and columns of spans.
//!
//! In: the texts that were read. Out: one-based lines and columns in characters, the line around a byte.
//! Deliberately absent: what stands there.
//!
//! Each text is walked through once, when it is first asked about; a question then reads a few thousand bytes. So
//! a thousand findings in a minified file of 100 MB cost one pass, not a thousand.

use crate::diagnostic::{Origin, Source, SourceId, Sources, Span};
use std::{cell::OnceCell, ops::Range};

/// Bytes between two notes about where we are.
const STRIDE: usize = 4096;
/// How far the ends of a line are looked for: what is longer is shown in part anyway.
const REACH: usize = 4096;

/// Finds lines and columns.
pub(super) struct Places<'a> {
    sources: &'a Sources,
    notes: Vec<OnceCell<Vec<Position>>>,
}

/// Where a byte stands, both counted from nought.
#[derive(Debug, Clone, Copy, Default)]
struct Position {
    line: usize,
    column: usize,
}

impl Position {
    fn after(mut self, bytes: &[u8]) -> Self {
        for byte in bytes {
            match byte {
                b'\n' => {
                    self.line += 1;
                    self.column = 0;
                }
                // A byte that goes on with a character.
                0x80..=0xbf => {}
                _ => self.column += 1,
            }
        }
        self
    }
}

/// A place for other programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    /// The file as the user knows it.
    pub(super) file: String,
    /// One-based; absent when a foreign place has none.
    pub(super) line: Option<usize>,
    /// One-based, in characters.
    pub(super) column: Option<usize>,
}

impl<'a> Places<'a> {
    /// For these texts.
    pub(super) fn new(sources: &'a Sources) -> Self {
        let notes = sources.iter().map(|_| OnceCell::new()).collect();
        Places { sources, notes }
    }

    /// The text of a span.
    pub(super) fn source(&self, id: SourceId) -> &'a Source {
        self.sources.get(id)
    }

    /// One-based line and column of a byte.
    pub(super) fn position(&self, id: SourceId, byte: usize) -> (usize, usize) {
        let text = self.source(id).text.as_bytes();
        let byte = byte.min(text.len());
        let notes = self.notes[id.0 as usize].get_or_init(|| take_notes(text));
        let note = byte / STRIDE;
        let start = notes.get(note).copied().unwrap_or_default();
        let found = start.after(&text[note * STRIDE..byte]);
        (found.line + 1, found.column + 1)
    }

    /// `file:line:column`.
    pub(super) fn told(&self, origin: &Origin) -> String {
        match origin {
            Origin::Foreign(place, _) => place.clone(),
            Origin::Text(span) => self.told_span(span),
        }
    }

    /// `file:line:column` of the start of a span.
    pub(super) fn told_span(&self, span: &Span) -> String {
        let (line, column) = self.position(span.source, span.start as usize);
        format!("{}:{line}:{column}", self.source(span.source).name)
    }

    /// The same in three fields.
    pub(super) fn spot(&self, origin: &Origin) -> Spot {
        match origin {
            Origin::Foreign(place, _) => foreign_spot(place),
            Origin::Text(span) => {
                let (line, column) = self.position(span.source, span.start as usize);
                Spot { file: self.source(span.source).name.clone(), line: Some(line), column: Some(column) }
            }
        }
    }

    /// The bytes of the line in which a byte stands, without its end; of a very long line the part around the byte.
    pub(super) fn line_around(&self, id: SourceId, byte: usize) -> Range<usize> {
        let text = self.source(id).text.as_bytes();
        let byte = byte.min(text.len());
        let from = byte.saturating_sub(REACH);
        let to = text.len().min(byte + REACH);
        let start = text[from..byte].iter().rposition(|byte| *byte == b'\n');
        let end = text[byte..to].iter().position(|byte| *byte == b'\n');
        let start = start.map_or(from, |at| from + at + 1);
        let end = end.map_or(to, |at| byte + at);
        let carriage = end > start && text[end - 1] == b'\r';
        start..end - usize::from(carriage)
    }
}

fn take_notes(text: &[u8]) -> Vec<Position> {
    let mut notes = vec![Position::default()];
    let mut here = Position::default();
    for stride in text.chunks_exact(STRIDE) {
        here = here.after(stride);
        notes.push(here);
    }
    notes
}

/// `main.tf:3:5`, `main.tf:3` or `main.tf`; a drive letter is no line.
fn foreign_spot(place: &str) -> Spot {
    let number_after = |text: &str| {
        let (before, number) = text.rsplit_once(':')?;
        let number: usize = number.parse().ok()?;
        (!before.is_empty()).then(|| (before.to_owned(), number))
    };
    let (file, line, column) = match number_after(place) {
        None => (place.to_owned(), None, None),
        Some((before, last)) => match number_after(&before) {
            None => (before, Some(last), None),
            Some((file, line)) => (file, Some(line), Some(last)),
        },
    };
    Spot { file, line, column }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_slow_way_everywhere() {
        let mut sources = Sources::default();
        let text = "ä: b\r\n\tcd\n".repeat(2000);
        let id = sources.add(Source::new("a.yaml", text.clone()));
        let places = Places::new(&sources);
        for byte in (0..text.len()).chain([text.len(), text.len() + 9]) {
            if byte < text.len() && !text.is_char_boundary(byte) {
                continue;
            }
            let span = Span::new(id, byte..byte);
            assert_eq!(places.position(id, byte), sources.position(&span), "byte {byte}");
            if byte > 9000 && byte < text.len() - 99 {
                break;
            }
        }
        assert_eq!(places.position(id, text.len() + 9), (4001, 1));
    }

    #[test]
    fn lines_without_their_ends() {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("a", "one\r\ntwo\n"));
        let places = Places::new(&sources);
        assert_eq!(places.line_around(id, 1), 0..3);
        assert_eq!(places.line_around(id, 6), 5..8);
        assert_eq!(places.line_around(id, 99), 9..9);
    }

    #[test]
    fn foreign_places_are_taken_apart() {
        let spot = |file: &str, line, column| Spot { file: file.into(), line, column };
        assert_eq!(foreign_spot("main.tf:3:5"), spot("main.tf", Some(3), Some(5)));
        assert_eq!(foreign_spot(r"C:\main.tf:3"), spot(r"C:\main.tf", Some(3), None));
        assert_eq!(foreign_spot("main.tf"), spot("main.tf", None, None));
    }
}
