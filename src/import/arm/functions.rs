//! The functions of the template language that need nothing but their arguments.
//!
//! In: a name in lower case and values. Out: a value, or what is wrong with the arguments. Deliberately absent: what a
//! template or a deployment knows (that is `evaluate` and `scopes`).
//!
//! Names and meanings: <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions>.

mod addresses;
mod collections;
mod objects;
mod strings;
#[cfg(test)]
mod tests;

use super::value::{Pair, Term, Value};
use crate::diagnostic::Span;

/// What a function gives.
pub(super) type Outcome = Result<Value, String>;

/// Most letters of one string.
pub(super) const MOST_LETTERS: usize = 1 << 20;
/// Most items of one list.
pub(super) const MOST_ITEMS: usize = 10_000;

/// The arguments of a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arguments<'a> {
    pub(super) span: Span,
    pub(super) all: &'a [Term],
}

/// Applies a function; none where there is no such function.
pub(super) fn apply(name: &str, arguments: Arguments<'_>) -> Option<Outcome> {
    strings::apply(name, arguments)
        .or_else(|| collections::apply(name, arguments))
        .or_else(|| objects::apply(name, arguments))
        .or_else(|| addresses::apply(name, arguments))
        .or_else(|| plain(name, arguments))
        .map(|outcome| outcome.and_then(within_bounds))
}

/// Thirteen letters for a text, the same in every run: what Azure makes of it is another such name.
pub(super) fn digest(text: &str) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    // FNV-1a, whose sums do not change between versions of anything.
    let mut sum = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut name = String::with_capacity(13);
    for _ in 0..13 {
        name.push(char::from(LETTERS[(sum % 32) as usize]));
        sum /= 32;
    }
    name
}

/// Numbers, conditions, choices.
fn plain(name: &str, arguments: Arguments<'_>) -> Option<Outcome> {
    Some(match name {
        "true" => Ok(Value::Bool(true)),
        "false" => Ok(Value::Bool(false)),
        "null" => Ok(Value::Null),
        "not" => arguments.boolean(0).map(|value| Value::Bool(!value)),
        "and" | "or" => arguments.booleans().map(|all| {
            Value::Bool(if name == "and" { all.iter().all(|one| *one) } else { all.iter().any(|one| *one) })
        }),
        "bool" => arguments.at(0).and_then(|term| boolean_of(&term.value)),
        "int" => arguments.at(0).and_then(|term| integer_of(&term.value)),
        "float" => arguments.at(0).and_then(|term| decimal_of(&term.value)),
        "add" => arguments.integers(|left, right| left.checked_add(right)),
        "sub" => arguments.integers(|left, right| left.checked_sub(right)),
        "mul" => arguments.integers(|left, right| left.checked_mul(right)),
        "div" => arguments.integers(|left, right| left.checked_div(right)),
        "mod" => arguments.integers(|left, right| left.checked_rem(right)),
        "equals" => arguments.two().map(|(left, right)| Value::Bool(same(&left.value, &right.value))),
        "less" => arguments.ordered(std::cmp::Ordering::is_lt),
        "lessorequals" => arguments.ordered(std::cmp::Ordering::is_le),
        "greater" => arguments.ordered(std::cmp::Ordering::is_gt),
        "greaterorequals" => arguments.ordered(std::cmp::Ordering::is_ge),
        "coalesce" => Ok(arguments
            .all
            .iter()
            .map(|term| &term.value)
            .find(|value| **value != Value::Null)
            .cloned()
            .unwrap_or(Value::Null)),
        _ => return None,
    })
}

fn boolean_of(value: &Value) -> Outcome {
    match value {
        Value::Bool(value) => Ok(Value::Bool(*value)),
        Value::Int(number) => Ok(Value::Bool(*number != 0)),
        Value::Text(text) if text.eq_ignore_ascii_case("true") || &**text == "1" => Ok(Value::Bool(true)),
        Value::Text(text) if text.eq_ignore_ascii_case("false") || &**text == "0" => Ok(Value::Bool(false)),
        other => Err(format!("{} is neither true nor false", other.kind())),
    }
}

fn integer_of(value: &Value) -> Outcome {
    match value {
        Value::Int(number) => Ok(Value::Int(*number)),
        Value::Text(text) => text.trim().parse().map(Value::Int).map_err(|_| format!("`{text}` is no integer")),
        other => Err(format!("{} is no integer", other.kind())),
    }
}

fn decimal_of(value: &Value) -> Outcome {
    match value {
        Value::Int(_) | Value::Decimal(_) => Ok(value.clone()),
        Value::Text(text) => match (text.parse(), text.parse::<f64>()) {
            (Ok(number), _) => Ok(Value::Int(number)),
            (_, Ok(_)) => Ok(Value::Decimal(text.clone())),
            _ => Err(format!("`{text}` is no number")),
        },
        other => Err(format!("{} is no number", other.kind())),
    }
}

/// Equal as templates see it: strings with their letter case, keys of objects without.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len()
                && left.iter().zip(right.iter()).all(|(left, right)| same(&left.value, &right.value))
        }
        (Value::Map(left), Value::Map(right)) => {
            let has = |pair: &Pair| {
                right.iter().any(|other| {
                    other.key.eq_ignore_ascii_case(&pair.key) && same(&pair.value.value, &other.value.value)
                })
            };
            left.len() == right.len() && left.iter().all(has)
        }
        _ => left == right,
    }
}

/// Nothing grows without end.
fn within_bounds(value: Value) -> Outcome {
    match &value {
        Value::Text(text) if text.len() > MOST_LETTERS => Err(format!("a string has more than {MOST_LETTERS} letters")),
        Value::List(items) if items.len() > MOST_ITEMS => Err(format!("an array has more than {MOST_ITEMS} items")),
        Value::Map(pairs) if pairs.len() > MOST_ITEMS => Err(format!("an object has more than {MOST_ITEMS} keys")),
        _ => Ok(value),
    }
}

impl<'a> Arguments<'a> {
    pub(super) fn at(self, index: usize) -> Result<&'a Term, String> {
        self.all.get(index).ok_or_else(|| format!("argument {} is missing", index + 1))
    }

    pub(super) fn two(self) -> Result<(&'a Term, &'a Term), String> {
        Ok((self.at(0)?, self.at(1)?))
    }

    pub(super) fn text(self, index: usize) -> Result<&'a str, String> {
        let term = self.at(index)?;
        term.as_str().ok_or_else(|| self.wrong(index, "a string", term))
    }

    pub(super) fn integer(self, index: usize) -> Result<i64, String> {
        match self.at(index)? {
            Term { value: Value::Int(number), .. } => Ok(*number),
            other => Err(self.wrong(index, "an integer", other)),
        }
    }

    /// A length or a place; below nothing is nothing.
    pub(super) fn count(self, index: usize) -> Result<usize, String> {
        Ok(usize::try_from(self.integer(index)?).unwrap_or_default())
    }

    pub(super) fn boolean(self, index: usize) -> Result<bool, String> {
        match self.at(index)? {
            Term { value: Value::Bool(value), .. } => Ok(*value),
            other => Err(self.wrong(index, "a boolean", other)),
        }
    }

    pub(super) fn list(self, index: usize) -> Result<&'a [Term], String> {
        match self.at(index)? {
            Term { value: Value::List(items), .. } => Ok(items),
            other => Err(self.wrong(index, "an array", other)),
        }
    }

    pub(super) fn map(self, index: usize) -> Result<&'a [Pair], String> {
        match self.at(index)? {
            Term { value: Value::Map(pairs), .. } => Ok(pairs),
            other => Err(self.wrong(index, "an object", other)),
        }
    }

    pub(super) fn wrong(self, index: usize, wanted: &str, found: &Term) -> String {
        format!("argument {} must be {wanted}, not {}", index + 1, found.value.kind())
    }

    /// A part of an answer, at the place of the call.
    pub(super) fn term(self, value: Value) -> Term {
        Term::new(self.span, value)
    }

    /// An entry of an answer, at the place of the call.
    pub(super) fn pair(self, key: impl Into<std::rc::Rc<str>>, value: Value) -> Pair {
        Pair { key: key.into(), key_span: self.span, value: self.term(value) }
    }

    fn booleans(self) -> Result<Vec<bool>, String> {
        (0..self.all.len()).map(|index| self.boolean(index)).collect()
    }

    fn integers(self, work: impl Fn(i64, i64) -> Option<i64>) -> Outcome {
        let number = work(self.integer(0)?, self.integer(1)?);
        number.map(Value::Int).ok_or_else(|| "the result is no number of 64 bits".to_owned())
    }

    fn ordered(self, holds: impl Fn(std::cmp::Ordering) -> bool) -> Outcome {
        let order = match self.two()? {
            (Term { value: Value::Int(left), .. }, Term { value: Value::Int(right), .. }) => left.cmp(right),
            (Term { value: Value::Text(left), .. }, Term { value: Value::Text(right), .. }) => left.cmp(right),
            (left, right) => return Err(format!("{} and {} have no order", left.value.kind(), right.value.kind())),
        };
        Ok(Value::Bool(holds(order)))
    }
}
