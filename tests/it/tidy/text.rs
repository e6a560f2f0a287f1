//! A source text taken apart: code without comments and strings, the strings, the paths that begin at the crate.
//!
//! In: Rust text. Out: what `tidy` looks at. Unit tests at the end of a file are left out. Deliberately absent: a parser.

/// One file of `src/`.
pub(super) struct Source {
    /// Its path below `src/`.
    pub(super) name: String,
    /// As it is.
    pub(super) text: String,
    /// Comments, strings and unit tests blanked, lines kept.
    pub(super) code: String,
    /// Its strings with their lines, unit tests left out.
    pub(super) strings: Vec<(usize, String)>,
}

impl Source {
    pub(super) fn new(name: String, text: String) -> Source {
        let (mut code, mut strings) = take_apart(&text);
        let end = match (
            name.ends_with("tests.rs") || name.ends_with("samples.rs") || name.contains("/tests/"),
            code.find("#[cfg(test)]\nmod tests {"),
        ) {
            (true, _) => Some(0),
            (false, end) => end,
        };
        if let Some(end) = end {
            let line = code[..end].lines().count();
            strings.retain(|(at, _)| *at <= line);
            code.truncate(end);
        }
        Source { name, text, code, strings }
    }

    /// The room that the file belongs to; none for `lib.rs` and `main.rs`.
    pub(super) fn room(&self) -> Option<&str> {
        let first = self.name.split('/').next().unwrap_or("");
        let room = first.strip_suffix(".rs").unwrap_or(first);
        (room != "lib" && room != "main").then_some(room)
    }

    /// Whether it is this file or lies in this room.
    pub(super) fn lives_in(&self, home: &str) -> bool {
        self.name == home || self.room() == Some(home)
    }
}

/// Code with everything else blanked, and the strings with their lines.
fn take_apart(text: &str) -> (String, Vec<(usize, String)>) {
    let letters: Vec<char> = text.chars().collect();
    let (mut code, mut strings) = (String::with_capacity(text.len()), Vec::new());
    let (mut at, mut line) = (0, 1);
    while at < letters.len() {
        let rest = &letters[at..];
        let length = foreign_length(rest, code.chars().next_back());
        let piece = &rest[..length.max(1)];
        if length == 0 {
            code.push(piece[0]);
        } else {
            code.push(' ');
            code.extend(piece.iter().filter(|letter| **letter == '\n'));
            let text: String = piece.iter().collect();
            if let (Some(first), Some(last)) = (text.find('"'), text.rfind('"'))
                && first < last
                && !text.starts_with("//")
                && !text.starts_with("/*")
            {
                strings.push((line, text[first + 1..last].to_owned()));
            }
        }
        line += piece.iter().filter(|letter| **letter == '\n').count();
        at += piece.len();
    }
    (code, strings)
}

/// How many letters from here are a comment, a string or a character; zero where code goes on.
fn foreign_length(rest: &[char], before: Option<char>) -> usize {
    let starts = |text: &str| rest.iter().zip(text.chars()).filter(|(a, b)| **a == *b).count() == text.chars().count();
    let up_to = |from: usize, stop: &str| {
        let stop: Vec<char> = stop.chars().collect();
        (from..rest.len()).find(|at| rest[*at..].starts_with(&stop)).map_or(rest.len(), |at| at + stop.len())
    };
    let in_word = before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    if starts("//") {
        return up_to(2, "\n") - 1;
    }
    if starts("/*") {
        return up_to(2, "*/");
    }
    if !in_word && starts("r\"") {
        return up_to(2, "\"");
    }
    if !in_word && starts("r#\"") {
        return up_to(3, "\"#");
    }
    if starts("\"") {
        return escaped(rest, 1, '"');
    }
    if starts("'\\") {
        return escaped(rest, 1, '\'');
    }
    if starts("'") && rest.get(2) == Some(&'\'') { 3 } else { 0 }
}

fn escaped(rest: &[char], mut at: usize, stop: char) -> usize {
    while at < rest.len() && rest[at] != stop {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// The words of a text with their lines.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let breaks = |letter: char| !(letter.is_alphanumeric() || letter == '_');
    text.lines().enumerate().flat_map(move |(index, line)| {
        line.split(breaks).filter(|word| !word.is_empty()).map(move |word| (index + 1, word))
    })
}

/// Every path that begins with `crate::`, groups written out, with its line.
pub(super) fn crate_paths(source: &Source) -> Vec<(usize, Vec<String>)> {
    let code = &source.code;
    let mut found = Vec::new();
    let roots = match source.name.contains('/') {
        true => vec!["crate::"],
        // In a room's first file, `super` is the crate.
        false => vec!["crate::", "super::"],
    };
    for root in roots {
        for (at, _) in code.match_indices(root) {
            let line = code[..at].matches('\n').count() + 1;
            let mut paths = Vec::new();
            tree(&code[at + root.len()..], &mut Vec::new(), &mut paths);
            found.extend(paths.into_iter().filter(|path| !path.is_empty()).map(|path| (line, path)));
        }
    }
    found
}

/// Reads one use tree; returns what follows it.
fn tree<'a>(text: &'a str, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'a str {
    let mut text = text.trim_start();
    if let Some(inner) = text.strip_prefix('{') {
        text = inner;
        loop {
            text = tree(text, &mut path.clone(), found).trim_start();
            if let Some(rest) = text.strip_prefix('}') {
                return rest;
            }
            match text.strip_prefix(',') {
                Some(rest) if rest.trim_start().starts_with('}') => return &rest.trim_start()[1..],
                Some(rest) => text = rest,
                None => return text,
            }
        }
    }
    let length =
        text.find(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '*')).unwrap_or(text.len());
    path.push(text[..length].to_owned());
    text = &text[length..];
    if let Some(rest) = text.strip_prefix("::") {
        return tree(rest, path, found);
    }
    found.push(path.clone());
    match text.trim_start().strip_prefix("as ") {
        Some(rest) => {
            rest.trim_start_matches(|letter: char| letter.is_alphanumeric() || letter == '_' || letter == ' ')
        }
        None => text,
    }
}

#[test]
fn a_text_is_taken_apart() {
    let text = "use crate::{a::{b, C as D}, e}; // \"no\"\nlet x = \"R12 \\\" y\"; let c = '\"'; crate::f::g();\n";
    let source = Source::new("room/file.rs".to_owned(), text.to_owned());
    assert_eq!(source.strings, [(2, "R12 \\\" y".to_owned())]);
    let paths: Vec<String> =
        crate_paths(&source).into_iter().map(|(line, path)| format!("{line} {}", path.join("::"))).collect();
    assert_eq!(paths, ["1 a::b", "1 a::C", "1 e", "2 f::g"]);
}
