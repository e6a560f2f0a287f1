//! Diagnostics: the text underlined, help below, all of them.

use crate::diagnostic::{Diagnostic, Diagnostics, Origin, Severity, Sources, Span};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

/// Longest stretch of one line that is shown around a place.
const WINDOW: usize = 160;

/// All findings as text.
pub fn text(diagnostics: &Diagnostics, sources: &Sources) -> String {
    diagnostics.iter().map(|one| render(one, sources) + "\n").collect()
}

/// All findings as data.
pub fn json(diagnostics: &Diagnostics, sources: &Sources) -> Value {
    let all = diagnostics.iter().map(|one| {
        let (file, line, column) = place(one, sources);
        json!({
            "code": one.code,
            "severity": one.severity.to_string(),
            "message": one.message,
            "file": file,
            "line": line,
            "column": column,
            "help": one.help,
        })
    });
    Value::Array(all.collect())
}

/// File, line and column of a finding.
pub(super) fn place(diagnostic: &Diagnostic, sources: &Sources) -> (Option<String>, Option<usize>, Option<usize>) {
    match &diagnostic.origin {
        None => (None, None, None),
        Some(origin) => {
            let (file, line, column) = at(origin, sources);
            (Some(file), Some(line), Some(column))
        }
    }
}

/// File, line and column of an origin; a foreign one is `file:line:column` in itself.
pub(super) fn at(origin: &Origin, sources: &Sources) -> (String, usize, usize) {
    match origin {
        Origin::Text(span) => {
            let (line, column) = sources.position(span);
            (sources.get(span.source).name.clone(), line, column)
        }
        Origin::Foreign(place, _) => {
            let mut parts = place.rsplitn(3, ':');
            let column = parts.next().and_then(|part| part.parse().ok());
            let line = parts.next().and_then(|part| part.parse().ok());
            match (parts.next(), line, column) {
                (Some(file), Some(line), Some(column)) => (file.to_owned(), line, column),
                _ => (place.clone(), 1, 1),
            }
        }
    }
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

fn render(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let title = level(diagnostic.severity).primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let mut group = match &diagnostic.origin {
        None => Group::with_title(title),
        Some(origin) => title.element(snippet(origin.span(), None, sources)),
    };
    if let Some(Origin::Foreign(place, _)) = &diagnostic.origin {
        group = group.element(Level::NOTE.message(format!("written at {place}")));
    }
    for (span, label) in &diagnostic.related {
        group = group.element(snippet(*span, Some(label), sources));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    Renderer::styled().render(&[group])
}

/// The lines of a place; a very long line is cut to a window around it.
fn snippet<'a>(
    span: Span,
    label: Option<&'a String>,
    sources: &'a Sources,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let source = sources.get(span.source);
    let (line, _) = sources.position(&span);
    let text = &source.text;
    let start = boundary(text, (span.start as usize).min(text.len()));
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let from = if start - line_start > WINDOW { boundary(text, start - WINDOW / 2) } else { line_start };
    let to = if line_end - start > WINDOW { boundary(text, start + WINDOW) } else { line_end };
    let end = boundary(text, (span.end as usize).clamp(start, to.max(start)));
    let shown = &text[from..to];
    let kind = if label.is_some() { AnnotationKind::Context } else { AnnotationKind::Primary };
    let mut annotation = kind.span(start - from..(end - from).max(start - from));
    if let Some(label) = label {
        annotation = annotation.label(label.as_str());
    }
    Snippet::source(shown).line_start(line).path(source.name.as_str()).annotation(annotation)
}

/// The nearest character boundary at or before a byte.
fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
