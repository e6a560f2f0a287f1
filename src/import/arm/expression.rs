//! Expressions of templates: `[concat(parameters('name'), '-nic')]` as a tree.
//!
//! In: the text between the brackets. Out: an [`Expression`], or what is wrong. Bounded in length and depth.
//! Deliberately absent: what functions do.

use std::rc::Rc;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Text(Rc<str>),
    Int(i64),
    /// A function's name in lower case, with its namespace where it has one.
    Call(Rc<str>, Vec<Expression>),
    /// `x.key` or `x[key]`; safe: `x.?key`, `x[?key]`, which is null where there is none.
    Member {
        of: Box<Expression>,
        key: Box<Expression>,
        safe: bool,
    },
}

/// Longest expression that Azure takes.
const LONGEST: usize = 24_576;
/// Deepest nesting.
const DEEPEST: usize = 100;
/// Longest path behind one value.
const LONGEST_PATH: usize = 32;

/// The expression in a string of a template: none where it is a literal.
pub(super) fn within(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    (!inner.starts_with('[')).then_some(inner)
}

/// A literal string as it is meant: `[[` stands for one bracket.
pub(super) fn literal(text: &Rc<str>) -> Rc<str> {
    match text.starts_with("[[") {
        true => text[1..].into(),
        false => text.clone(),
    }
}

/// Reads an expression.
pub(super) fn parse(text: &str) -> Result<Expression, String> {
    if text.len() > LONGEST {
        return Err(format!("an expression may have {LONGEST} characters at most"));
    }
    let mut parser = Parser { text, at: 0, depth: 0 };
    let expression = parser.expression()?;
    parser.space();
    match parser.rest().chars().next() {
        None => Ok(expression),
        Some(letter) => Err(format!("`{letter}` after the end of the expression")),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// Takes a letter if it comes next.
    fn takes(&mut self, letter: char) -> bool {
        self.space();
        let is_next = self.rest().starts_with(letter);
        if is_next {
            self.at += letter.len_utf8();
        }
        is_next
    }

    fn wants(&mut self, letter: char) -> Result<(), String> {
        match self.takes(letter) {
            true => Ok(()),
            false => Err(match self.rest().chars().next() {
                Some(other) => format!("`{letter}` must stand where `{other}` is"),
                None => format!("`{letter}` is missing at the end of the expression"),
            }),
        }
    }

    fn expression(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("an expression is nested more than {DEEPEST} levels deep"));
        }
        let mut found = self.primary()?;
        let mut members = 0;
        loop {
            let key = if self.takes('.') {
                let safe = self.takes('?');
                self.space();
                Some((Expression::Text(self.word()?.into()), safe))
            } else if self.takes('[') {
                let safe = self.takes('?');
                let key = self.expression()?;
                self.wants(']')?;
                Some((key, safe))
            } else {
                None
            };
            let Some((key, safe)) = key else { break };
            members += 1;
            if members > LONGEST_PATH {
                return Err(format!("a path has more than {LONGEST_PATH} members"));
            }
            found = Expression::Member { of: Box::new(found), key: Box::new(key), safe };
        }
        self.depth -= 1;
        Ok(found)
    }

    fn primary(&mut self) -> Result<Expression, String> {
        self.space();
        match self.rest().chars().next() {
            Some('\'') => self.string(),
            Some(digit) if digit.is_ascii_digit() || digit == '-' || digit == '+' => self.number(),
            Some(_) => self.call(),
            None => Err("an expression ends too early".to_owned()),
        }
    }

    /// `'text'`; a quote in it is written twice.
    fn string(&mut self) -> Result<Expression, String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some((part, _)) = self.rest().split_once('\'') else {
                return Err("a string has no closing quote".to_owned());
            };
            text.push_str(part);
            self.at += part.len() + 1;
            if !self.rest().starts_with('\'') {
                return Ok(Expression::Text(text.into()));
            }
            text.push('\'');
            self.at += 1;
        }
    }

    fn number(&mut self) -> Result<Expression, String> {
        let rest = self.rest();
        let length =
            rest.char_indices().skip(1).find(|(_, one)| !one.is_ascii_digit()).map_or(rest.len(), |(at, _)| at);
        self.at += length;
        let number = &rest[..length];
        number.parse().map(Expression::Int).map_err(|_| format!("`{number}` is not an integer"))
    }

    fn word(&mut self) -> Result<&'a str, String> {
        let rest = self.rest();
        let in_word = |letter: char| letter.is_alphanumeric() || "_$-".contains(letter);
        let length = rest.find(|letter| !in_word(letter)).unwrap_or(rest.len());
        if length == 0 {
            return Err(match rest.chars().next() {
                Some(letter) => format!("a name must stand where `{letter}` is"),
                None => "an expression ends too early".to_owned(),
            });
        }
        self.at += length;
        Ok(&rest[..length])
    }

    /// A function, with its namespace where a template has functions of its own.
    fn call(&mut self) -> Result<Expression, String> {
        let mut name = self.word()?.to_ascii_lowercase();
        while self.takes('.') {
            name.push('.');
            name.push_str(&self.word()?.to_ascii_lowercase());
        }
        self.wants('(')?;
        let mut arguments = Vec::new();
        if !self.takes(')') {
            loop {
                arguments.push(self.expression()?);
                if self.takes(')') {
                    break;
                }
                self.wants(',')?;
            }
        }
        Ok(Expression::Call(name.into(), arguments))
    }
}

#[cfg(test)]
mod tests {
    use super::{Expression, parse, within};

    fn text(text: &str) -> Expression {
        Expression::Text(text.into())
    }

    #[test]
    fn strings_calls_and_paths() {
        let call = |name: &str, arguments| Expression::Call(name.into(), arguments);
        assert_eq!(parse("'it''s'"), Ok(text("it's")));
        assert_eq!(parse(" Add( 1 , -2 ) "), Ok(call("add", vec![Expression::Int(1), Expression::Int(-2)])));
        let member = |of, key, safe| Expression::Member { of: Box::new(of), key: Box::new(key), safe };
        let variables = call("variables", vec![text("a")]);
        assert_eq!(parse("variables('a').b"), Ok(member(variables.clone(), text("b"), false)));
        assert_eq!(parse("variables('a')[?0]"), Ok(member(variables, Expression::Int(0), true)));
        assert_eq!(parse("contoso.unique('x')"), Ok(call("contoso.unique", vec![text("x")])));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for wrong in ["", "'a", "a", "a(", "a(1", "a(1,)", "a(1)b", "99999999999999999999", "a(1).", "a.b", "-", "é"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        let deep = format!("{}1{}", "a(".repeat(5000), ")".repeat(5000));
        assert!(parse(&deep).is_err());
        let long = format!("a(){}", ".b".repeat(5000));
        assert!(parse(&long).is_err());
    }

    #[test]
    fn brackets_that_are_escaped_are_literal() {
        assert_eq!(within("[a()]"), Some("a()"));
        assert_eq!(within("[[a()]"), None);
        assert_eq!(within("[a()] b"), None);
    }
}
