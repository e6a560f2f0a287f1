//! How the house speaks about a file: codes, severity, places.
//!
//! In: findings of every later room. Out: [`Diagnostic`] values, collected in [`Diagnostics`]; several in
//! one run. Deliberately absent: how they are printed (that is `report`), and reading files (that is `cli`).

use std::{
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
};

/// A source text and the name under which the user knows it.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The path as the user wrote it, `-` for standard input, or `FLOW` for a command-line flow.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// First byte of each line, worked out when first asked for.
    lines: OnceLock<Vec<u32>>,
}

impl Source {
    /// A text under its name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Source { name: name.into(), text: text.into(), lines: OnceLock::new() }
    }

    /// First byte of each line.
    fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(breaks.map(|(at, _)| at as u32 + 1)).collect()
        })
    }
}

/// Index of a [`Source`] in [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// Every text that was read for one scenario: the file itself first, then its imports.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    texts: Vec<Arc<Source>>,
}

impl Sources {
    /// Adds a text and returns its id.
    pub fn add(&mut self, source: Source) -> SourceId {
        let id = SourceId(u32::try_from(self.texts.len()).expect("fewer than 2^32 sources"));
        self.texts.push(Arc::new(source));
        id
    }

    /// The text behind `id`.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.texts[id.0 as usize]
    }

    /// All texts in the order in which they were read.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.texts.iter().enumerate().map(|(index, source)| (SourceId(index as u32), &**source))
    }

    /// `file:line:column` of the start of `span`.
    pub fn place(&self, span: &Span) -> String {
        let (line, column) = self.position(span);
        format!("{}:{line}:{column}", self.get(span.source).name)
    }

    /// One-based line and column (in characters) of the start of `span`.
    pub fn position(&self, span: &Span) -> (usize, usize) {
        let source = self.get(span.source);
        let mut start = (span.start as usize).min(source.text.len());
        while !source.text.is_char_boundary(start) {
            start -= 1;
        }
        let lines = source.lines();
        let line = lines.partition_point(|first| *first as usize <= start);
        let column = source.text[lines[line - 1] as usize..start].chars().count() + 1;
        (line, column)
    }
}

/// A stretch of one source text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// Which text.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span of `range` in `source`.
    pub fn new(source: SourceId, range: Range<usize>) -> Self {
        Span { source, start: range.start as u32, end: range.end as u32 }
    }

    /// The byte range within the source.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Where a thing was written: in a text that was read, or in a foreign file that an importer named.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Written in one of the texts that were read.
    Text(Span),
    /// `file:line:column` given by `$origin`, with the span at which that was written.
    Foreign(String, Span),
}

impl Origin {
    /// The span in a text of ours.
    pub fn span(&self) -> Span {
        match self {
            Origin::Text(span) | Origin::Foreign(_, span) => *span,
        }
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The scenario cannot be used.
    Error,
    /// Azure accepts it, but it does nothing or breaks traffic; it is modelled as Azure behaves.
    Warning,
    /// Worth knowing.
    Note,
}

/// One finding about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable kebab-case code, listed in `docs/diagnostics.md` and printed by `azreach explain CODE`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Lower case, no full stop, the user's words in backticks.
    pub message: String,
    /// Where; absent only when there is no text (a missing file).
    pub origin: Option<Origin>,
    /// Further places with a word on each: the other rule of a pair, the first definition.
    pub related: Vec<(Span, String)>,
    /// What to do next.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, Some(Origin::Text(span)), message)
    }

    /// A warning at `span`.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, Some(Origin::Text(span)), message)
    }

    /// An error that belongs to no text.
    pub fn without_place(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, None, message)
    }

    /// Any diagnostic.
    pub fn new(code: &'static str, severity: Severity, origin: Option<Origin>, message: impl Into<String>) -> Self {
        Diagnostic { code, severity, message: message.into(), origin, related: Vec::new(), help: None }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }
}

/// All findings about one scenario, in the order in which they were found.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    all: Vec<Diagnostic>,
    /// An error was found, even when there were too many findings to keep it.
    failed: bool,
}

impl Diagnostics {
    /// Most problems of one file that are kept; a hostile file cannot flood the report.
    pub const LIMIT: usize = 1000;

    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.failed |= diagnostic.severity == Severity::Error;
        if self.all.len() < Self::LIMIT {
            self.all.push(diagnostic);
        }
    }

    /// Adds all of `others`.
    pub fn extend(&mut self, others: Diagnostics) {
        self.failed |= others.failed;
        for diagnostic in others.all {
            self.push(diagnostic);
        }
    }

    /// True when no more findings are kept.
    pub fn is_full(&self) -> bool {
        self.all.len() >= Self::LIMIT
    }

    /// True when at least one finding is an error.
    pub fn has_errors(&self) -> bool {
        self.failed
    }

    /// The findings.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.all.iter()
    }

    /// True when nothing was found.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        })
    }
}

/// The candidate nearest to `word` within edit distance `limit`, ignoring case; ties go to the first.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, limit: usize) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (edit_distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance in characters.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(l != *r);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
