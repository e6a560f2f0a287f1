//! JSON to a tree: comments, trailing commas, raw line breaks and a byte-order mark are let pass.
//!
//! In: a source text. Out: its tree, or one diagnostic. Bounded in size, depth and number of values; no
//! recursion, so that no nesting can exhaust the stack. Deliberately absent: what keys and values mean.

use super::tree::{Entry, Map, Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceId, Span};
use jsonc_parser::{Scanner, ScannerOptions, errors::ParseError, tokens::Token};

/// Largest JSON text.
const MAX_BYTES: usize = 512 << 20;
/// Most memory that text and tree may take together.
const MEMORY: usize = 950 << 20;
/// What one value costs in the tree at most: its entry, its key, its text.
const VALUE_BYTES: usize = 160;

/// Reads a JSON text.
pub(super) fn read(source: SourceId, text: &str, diagnostics: &mut Diagnostics) -> Option<Node> {
    if text.len() > MAX_BYTES {
        let message = "a JSON text may have 512 MiB at most";
        diagnostics.push(Diagnostic::error("file-too-large", Span::new(source, 0..0), message));
        return None;
    }
    match Reader::new(source, text, diagnostics).document() {
        Ok(node) => Some(node),
        Err(problem) => {
            diagnostics.push(*problem);
            None
        }
    }
}

/// A collection that is not finished.
enum Open {
    List { start: usize, items: Vec<Node> },
    Map { start: usize, entries: Vec<Entry>, key: (Box<str>, Span) },
}

struct Reader<'a> {
    scanner: Scanner<'a>,
    source: SourceId,
    /// Bytes of the byte-order mark.
    offset: usize,
    stack: Vec<Open>,
    memory_left: usize,
    diagnostics: &'a mut Diagnostics,
}

type Step<T> = Result<T, Box<Diagnostic>>;

impl<'a> Reader<'a> {
    fn new(source: SourceId, text: &'a str, diagnostics: &'a mut Diagnostics) -> Self {
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        let options = ScannerOptions {
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        Reader {
            scanner: Scanner::new(body, &options),
            source,
            offset: text.len() - body.len(),
            stack: Vec::new(),
            memory_left: MEMORY.saturating_sub(text.len()),
            diagnostics,
        }
    }

    fn document(mut self) -> Step<Node> {
        let first = self.token()?;
        let root = self.value(first)?;
        match self.token()? {
            None => Ok(root),
            Some(_) => Err(self.syntax("text after the end of the value")),
        }
    }

    /// One value, its collections on a stack of our own.
    fn value(&mut self, first: Option<Token<'a>>) -> Step<Node> {
        let mut token = first;
        loop {
            let mut done = match token {
                Some(Token::OpenBracket) => self.open_list()?,
                Some(Token::OpenBrace) => self.open_map()?,
                Some(Token::CloseBracket) if matches!(self.stack.last(), Some(Open::List { .. })) => Some(self.close()),
                other => Some(self.scalar(other)?),
            };
            while let Some(node) = done {
                if self.stack.is_empty() {
                    return Ok(node);
                }
                done = self.put(node)?;
            }
            token = self.token()?;
        }
    }

    /// Puts a finished value into its collection; gives that collection back when it ends here.
    fn put(&mut self, node: Node) -> Step<Option<Node>> {
        let closing = match self.stack.last_mut() {
            Some(Open::List { items, .. }) => {
                items.push(node);
                Token::CloseBracket
            }
            Some(Open::Map { entries, key, .. }) => {
                let (key, key_span) = std::mem::replace(key, (Box::default(), node.span));
                entries.push(Entry { key, key_span, value: node });
                Token::CloseBrace
            }
            None => return Ok(Some(node)),
        };
        match self.token()? {
            Some(Token::Comma) if closing == Token::CloseBrace => {
                let next = self.token()?;
                self.key(next)
            }
            Some(Token::Comma) => Ok(None),
            Some(token) if token == closing => Ok(Some(self.close())),
            Some(_) => Err(self.syntax("a comma is missing")),
            None => Err(self.syntax("the text ends too early")),
        }
    }

    fn open_list(&mut self) -> Step<Option<Node>> {
        let start = self.scanner.token_start();
        self.open(Open::List { start, items: Vec::new() })?;
        Ok(None)
    }

    fn open_map(&mut self) -> Step<Option<Node>> {
        let start = self.scanner.token_start();
        let key = (Box::default(), self.span());
        self.open(Open::Map { start, entries: Vec::new(), key })?;
        let next = self.token()?;
        self.key(next)
    }

    fn open(&mut self, open: Open) -> Step<()> {
        if self.stack.len() >= super::MAX_DEPTH {
            return Err(Box::new(super::too_deep(self.span())));
        }
        self.count()?;
        self.stack.push(open);
        Ok(())
    }

    /// A key and its colon, or the end of the map.
    fn key(&mut self, token: Option<Token<'a>>) -> Step<Option<Node>> {
        let text: Box<str> = match token {
            Some(Token::CloseBrace) => return Ok(Some(self.close())),
            Some(Token::String(text)) => text.into(),
            Some(_) => return Err(self.syntax("a key in double quotes must stand here")),
            None => return Err(self.syntax("the text ends too early")),
        };
        let span = self.span();
        if let Some(Open::Map { key, .. }) = self.stack.last_mut() {
            *key = (text, span);
        }
        match self.token()? {
            Some(Token::Colon) => Ok(None),
            _ => Err(self.syntax("a colon is missing after the key")),
        }
    }

    fn close(&mut self) -> Node {
        let end = self.scanner.token_end();
        let (start, value) = match self.stack.pop() {
            Some(Open::List { start, mut items }) => {
                items.shrink_to_fit();
                (start, Value::List(items))
            }
            Some(Open::Map { start, mut entries, .. }) => {
                entries.shrink_to_fit();
                super::report_duplicates(&entries, self.diagnostics);
                (start, Value::Map(Map { entries }))
            }
            None => (end, Value::Null),
        };
        Node::new(Span::new(self.source, start + self.offset..end + self.offset), value)
    }

    fn scalar(&mut self, token: Option<Token<'a>>) -> Step<Node> {
        let plain = |text: &str| Value::Scalar { text: text.into(), plain: true };
        let value = match token {
            Some(Token::String(text)) => Value::Scalar { text: text.into(), plain: false },
            Some(Token::Number(number)) => plain(number),
            Some(Token::Boolean(boolean)) => plain(if boolean { "true" } else { "false" }),
            Some(Token::Null) => Value::Null,
            Some(_) => return Err(self.syntax("a value must stand here")),
            None => return Err(self.syntax("the text ends too early")),
        };
        self.count()?;
        Ok(Node::new(self.span(), value))
    }

    /// Takes the memory of the token at hand.
    fn count(&mut self) -> Step<()> {
        let needed = VALUE_BYTES + self.scanner.token_end() - self.scanner.token_start();
        match self.memory_left.checked_sub(needed) {
            Some(left) => self.memory_left = left,
            None => {
                return Err(Box::new(Diagnostic::error("file-too-large", self.span(), "too many values in one file")));
            }
        }
        Ok(())
    }

    /// The next token that is no comment.
    fn token(&mut self) -> Step<Option<Token<'a>>> {
        loop {
            match self.scanner.scan() {
                Ok(Some(Token::CommentLine(_) | Token::CommentBlock(_))) => {}
                Ok(token) => return Ok(token),
                Err(error) => return Err(self.scan_error(&error)),
            }
        }
    }

    fn scan_error(&self, error: &ParseError) -> Box<Diagnostic> {
        let range = error.range();
        let span = Span::new(self.source, range.start + self.offset..range.end.max(range.start) + self.offset);
        Box::new(Diagnostic::error("json-syntax", span, lower_first(&error.kind().to_string())))
    }

    fn syntax(&self, message: &str) -> Box<Diagnostic> {
        Box::new(Diagnostic::error("json-syntax", self.span(), message))
    }

    fn span(&self) -> Span {
        Span::new(self.source, self.scanner.token_start() + self.offset..self.scanner.token_end() + self.offset)
    }
}

/// Messages are lower case.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
