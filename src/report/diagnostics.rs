//! Findings about a file: the place, the line, the words underlined.
//!
//! In: [`Diagnostics`] and the texts they point into. Out: text as rustc prints it, or JSON. Deliberately absent:
//! judging them, and texts as a whole: only the lines in question are cut out, of long lines only a window.

use super::{page::harmless, places::Places};
use crate::diagnostic::{Diagnostic, Diagnostics, Origin as Place, Severity, Sources, Span};
use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use serde_json::{Value, json};
use std::ops::Range;

/// Longest line that is shown whole, in bytes.
const LONGEST_LINE: usize = 160;
/// How much of a longer line is shown before and after the start of the span, in bytes.
const WINDOW: (usize, usize) = (40, 100);
/// Longest stretch of a text that is shown as one, so that two places stand in one picture.
const LONGEST_STRETCH: usize = 4096;

/// All findings, ready for a terminal.
pub fn diagnostics(all: &Diagnostics, sources: &Sources) -> String {
    let places = Places::new(sources);
    let renderer = Renderer::styled();
    all.iter().map(|one| renderer.render(&[picture(one, None, &places)]) + "\n\n").collect()
}

/// One finding with a word on why it is so.
pub(super) fn told_with(one: &Diagnostic, why: Option<&str>, places: &Places<'_>) -> String {
    Renderer::styled().render(&[picture(one, why, places)]) + "\n\n"
}

/// All findings as a list of `{code, severity, message, file, line, column, help}`.
pub fn diagnostics_json(all: &Diagnostics, sources: &Sources) -> Value {
    let places = Places::new(sources);
    all.iter().map(|one| diagnostic_json(one, &places)).collect()
}

/// One finding, in these fields.
pub(super) fn diagnostic_json(one: &Diagnostic, places: &Places<'_>) -> Value {
    let spot = one.origin.as_ref().map(|origin| places.spot(origin));
    let (file, line, column) = match spot {
        Some(spot) => (Some(spot.file), spot.line, spot.column),
        None => (None, None, None),
    };
    json!({
        "code": one.code,
        "severity": one.severity.to_string(),
        "message": one.message,
        "file": file,
        "line": line,
        "column": column,
        "help": one.help,
    })
}

fn picture<'a>(one: &'a Diagnostic, why: Option<&str>, places: &Places<'a>) -> Group<'a> {
    let title = level(one.severity).primary_title(harmless(&one.message)).id(one.code);
    let mut elements = where_it_is(one, places);
    elements.extend(why.map(|why| Level::NOTE.message(harmless(why)).into()));
    elements.extend(one.help.as_deref().map(|help| Level::HELP.message(harmless(help)).into()));
    Group::with_title(title).elements(elements)
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

/// The finding's own place, then the related ones: in one picture if they stand close together.
fn where_it_is<'a>(one: &'a Diagnostic, places: &Places<'a>) -> Vec<Element<'a>> {
    let mut marks: Vec<Mark> = Vec::new();
    let mut elements = Vec::new();
    match &one.origin {
        Some(Place::Text(span)) => marks.push(Mark::new(span, "", AnnotationKind::Primary, places)),
        Some(Place::Foreign(place, _)) => elements.push(Origin::path(harmless(place)).into()),
        None => {}
    }
    marks.extend(one.related.iter().map(|(span, label)| Mark::new(span, label, AnnotationKind::Context, places)));
    match stretch(&marks, places) {
        Some(stretch) => elements.push(together(&marks, stretch, places)),
        None => elements.extend(marks.iter().flat_map(|mark| alone(mark, places))),
    }
    elements
}

/// One place to underline.
struct Mark {
    span: Span,
    label: Option<String>,
    kind: AnnotationKind,
    /// The line in which the span begins.
    line: Range<usize>,
    /// What is underlined of that line; where the span goes on below, up to the line's end.
    under: Range<usize>,
}

impl Mark {
    fn new(span: &Span, label: &str, kind: AnnotationKind, places: &Places<'_>) -> Self {
        let text = &places.source(span.source).text;
        let start = text.floor_char_boundary(span.start as usize);
        let line = places.line_around(span.source, start);
        let start = start.min(line.end);
        let end = text.ceil_char_boundary((span.end as usize).clamp(start, line.end));
        Mark { span: *span, label: (!label.is_empty()).then(|| harmless(label)), kind, line, under: start..end }
    }

    fn is_long(&self) -> bool {
        self.line.len() > LONGEST_LINE
    }

    /// The underlining, in a text that begins at byte `base`.
    fn annotation(&self, base: usize) -> Annotation<'static> {
        let under = self.under.start - base..self.under.end - base;
        self.kind.span(under).label(self.label.clone())
    }
}

/// The lines from the first mark to the last, if it is few and of one text.
fn stretch(marks: &[Mark], places: &Places<'_>) -> Option<Range<usize>> {
    let first = marks.first()?;
    let start = marks.iter().map(|mark| mark.line.start).min()?;
    let end = marks.iter().map(|mark| mark.line.end).max()?;
    let one_text = marks.iter().all(|mark| mark.span.source == first.span.source);
    if !one_text || end - start > LONGEST_STRETCH || marks.iter().any(Mark::is_long) {
        return None;
    }
    let text = &places.source(first.span.source).text[start..end];
    let short = text.lines().all(|line| line.len() <= LONGEST_LINE);
    short.then_some(start..end)
}

fn together<'a>(marks: &[Mark], stretch: Range<usize>, places: &Places<'a>) -> Element<'a> {
    let source = marks[0].span.source;
    let (line, _) = places.position(source, stretch.start);
    Snippet::source(&places.source(source).text[stretch.clone()])
        .path(harmless(&places.source(source).name))
        .line_start(line)
        .annotations(marks.iter().map(|mark| mark.annotation(stretch.start)))
        .into()
}

/// One mark with its line, or with a window of it.
fn alone<'a>(mark: &Mark, places: &Places<'a>) -> Vec<Element<'a>> {
    let source = places.source(mark.span.source);
    if !mark.is_long() {
        return vec![together(std::slice::from_ref(mark), mark.line.clone(), places)];
    }
    let (line, column) = places.position(mark.span.source, mark.under.start);
    let (window, under) = window(&source.text, mark);
    // The column is the one in the file, not the one in the window.
    let place = Origin::path(harmless(&source.name)).line(line).char_column(column);
    let snippet = Snippet::source(window).line_start(line).annotation(mark.kind.span(under).label(mark.label.clone()));
    vec![place.into(), snippet.into()]
}

/// A part of a long line around the start of the span, dots where it is cut, and the span in it.
fn window(text: &str, mark: &Mark) -> (String, Range<usize>) {
    let start = mark.under.start.saturating_sub(WINDOW.0);
    let start = text.floor_char_boundary(start.max(mark.line.start));
    let end = text.ceil_char_boundary((mark.under.start + WINDOW.1).min(mark.line.end));
    let dots = |cut: bool| if cut { "…" } else { "" };
    let before = dots(start > mark.line.start);
    let after = dots(end < mark.line.end);
    let shift = |at: usize| at.min(end) - start + before.len();
    let under = shift(mark.under.start)..shift(mark.under.end);
    (format!("{before}{}{after}", &text[start..end]), under)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;

    fn told(text: &str, diagnostic: impl FnOnce(crate::diagnostic::SourceId) -> Diagnostic) -> String {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("net.yaml", text));
        let mut all = Diagnostics::default();
        all.push(diagnostic(id));
        let text = diagnostics(&all, &sources);
        anstream::adapter::strip_str(&text).to_string()
    }

    fn error(text: &str, range: Range<usize>) -> String {
        told(text, |id| Diagnostic::error("unknown-name", Span::new(id, range), "no subnet `x`"))
    }

    #[test]
    fn the_look_of_rustc() {
        let text = "network:\n  subnets:\n    x: 1\n    y: 2\n";
        let told = told(text, |id| {
            Diagnostic::error("unknown-name", Span::new(id, 24..25), "no subnet `x`")
                .related(Span::new(id, 33..34), "did you mean this")
                .help("write `y`")
        });
        assert_eq!(
            told,
            "error[unknown-name]: no subnet `x`\n --> net.yaml:3:5\n  |\n3 |     x: 1\n  |     ^\n4 |     y: 2\n  |     - did you mean this\n  |\n  = help: write `y`\n\n"
        );
    }

    #[test]
    fn spans_at_the_end_and_beyond() {
        for (text, range, place) in [
            ("", 0..0, "net.yaml:1:1"),
            ("a", 1..1, "net.yaml:1:2"),
            ("a\n", 2..2, "net.yaml:2:1"),
            ("a\n", 9..12, "net.yaml:2:1"),
            ("a\r\nb", 1..4, "net.yaml:1:2"),
            ("\u{feff}ä: ß\n", 6..8, "net.yaml:1:4"),
            ("\tä\t: x", 1..2, "net.yaml:1:2"),
        ] {
            let told = error(text, range);
            assert!(told.contains(&format!("--> {place}\n")), "{text:?}: {told}");
        }
    }

    #[test]
    fn of_a_span_over_many_lines_the_first_is_underlined() {
        let told = error("a:\n  b: 1\n  c: 2\n", 0..17);
        assert!(told.contains("1 | a:\n  | ^^\n"), "{told}");
        assert!(!told.contains("c: 2"), "{told}");
    }

    #[test]
    fn of_a_long_line_a_window_is_shown_with_the_true_column() {
        let text = format!("{}\"bad\"{}", "ä".repeat(5000), "ü".repeat(5000));
        let told = error(&text, 10_000..10_005);
        assert!(told.contains("--> net.yaml:1:5001\n"), "{told}");
        assert!(told.contains("\"bad\"") && told.len() < 700, "{told}");
        let lines: Vec<&str> = told.lines().collect();
        let column = |line: &str, what| line.split(what).next().map(|before| before.chars().count());
        let shown = lines.iter().find(|line| line.contains("\"bad\"")).unwrap();
        let under = lines.iter().find(|line| line.contains('^')).unwrap();
        assert_eq!(column(shown, "\"bad\""), column(under, "^"), "{told}");
        assert!(under.contains("^^^^^"));
    }

    #[test]
    fn related_places_far_away_and_in_other_files_get_pictures_of_their_own() {
        let text = format!("a: 1\n{}a: 2\n", "# filler filler filler\n".repeat(500));
        let at = text.len() - 5;
        let told = told(&text, |id| {
            Diagnostic::warning("twice", Span::new(id, at..at + 1), "`a` is written twice")
                .related(Span::new(id, 0..1), "first here")
        });
        assert!(told.starts_with("warning[twice]: `a` is written twice\n"), "{told}");
        assert!(told.contains("502 | a: 2") && told.contains("first here"), "{told}");
        assert!(told.contains("::: net.yaml:1:1"), "{told}");
        assert!(!told.contains("filler"));
    }

    #[test]
    fn foreign_places_and_none() {
        let foreign = told("a: 1", |id| {
            Diagnostic::new("c", Severity::Note, Some(Place::Foreign("main.tf:3:5".into(), Span::new(id, 0..1))), "m")
        });
        assert_eq!(foreign, "note[c]: m\n--> main.tf:3:5\n\n");
        let nowhere = told("a", |_| Diagnostic::without_place("no-file", "`x.yaml` cannot be read"));
        assert_eq!(nowhere, "error[no-file]: `x.yaml` cannot be read\n\n");
    }

    #[test]
    fn strangers_words_cannot_move_the_cursor() {
        let mut all = Diagnostics::default();
        let mut sources = Sources::default();
        let id = sources.add(Source::new("a\u{1b}[1A", "b\u{1b}[1A: 1"));
        let bad = "`c\u{1b}[1A`";
        all.push(Diagnostic::error("c", Span::new(id, 0..5), bad).related(Span::new(id, 0..1), bad).help(bad));
        let origin = Place::Foreign("d\u{1b}[1A".into(), Span::new(id, 0..1));
        all.push(Diagnostic::new("c", Severity::Error, Some(origin), "m"));
        assert!(!diagnostics(&all, &sources).contains("\u{1b}[1A"));
    }

    #[test]
    fn json_has_the_fields_of_the_contract() {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("net.yaml", "a: 1\nb: 2"));
        let mut all = Diagnostics::default();
        all.push(Diagnostic::error("c", Span::new(id, 5..6), "m").help("h"));
        all.push(Diagnostic::without_place("d", "n"));
        assert_eq!(
            diagnostics_json(&all, &sources).to_string(),
            concat!(
                r#"[{"code":"c","severity":"error","message":"m","file":"net.yaml","line":2,"column":1,"help":"h"},"#,
                r#"{"code":"d","severity":"error","message":"n","file":null,"line":null,"column":null,"help":null}]"#
            )
        );
    }

    #[test]
    fn ten_megabytes_in_one_line_are_quick() {
        let text = "{\"a\":1},".repeat(1_300_000);
        let mut sources = Sources::default();
        let length = text.len();
        let id = sources.add(Source::new("big.json", text));
        let mut all = Diagnostics::default();
        for number in 0..20 {
            let at = length / 20 * number;
            all.push(Diagnostic::error("c", Span::new(id, at..at + 900), "m"));
        }
        assert!(diagnostics(&all, &sources).len() < 20_000);
    }
}
