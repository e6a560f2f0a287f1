//! Functions for lists, and those that take a list, an object or a string alike.
//!
//! In: arguments. Out: a value, or what is wrong.

use super::{Arguments, MOST_ITEMS, Outcome, same};
use crate::import::arm::value::{Term, Value};

/// Applies a function for collections.
pub(super) fn apply(name: &str, arguments: Arguments<'_>) -> Option<Outcome> {
    Some(match name {
        "concat" => concat(arguments),
        "createarray" => Ok(Value::list(arguments.all.to_vec())),
        "array" => arguments.at(0).map(|term| match &term.value {
            Value::List(_) => term.value.clone(),
            _ => Value::list(vec![term.clone()]),
        }),
        "length" => length(arguments),
        "empty" => empty(arguments),
        "contains" => contains(arguments),
        "first" => end(arguments, |letters| letters.next(), <[Term]>::first),
        "last" => end(arguments, |letters| letters.next_back(), <[Term]>::last),
        "take" => part(arguments, true),
        "skip" => part(arguments, false),
        "indexof" => place(arguments, false),
        "lastindexof" => place(arguments, true),
        "indexfromend" => from_end(arguments),
        "tryindexfromend" => from_end(arguments).or(Ok(Value::Null)),
        "range" => range(arguments),
        "flatten" => flatten(arguments),
        "min" => numbers(arguments).map(|all| all.into_iter().min().map_or(Value::Null, Value::Int)),
        "max" => numbers(arguments).map(|all| all.into_iter().max().map_or(Value::Null, Value::Int)),
        _ => return None,
    })
}

/// Strings to one string, lists to one list.
fn concat(arguments: Arguments<'_>) -> Outcome {
    if arguments.all.iter().any(|term| matches!(term.value, Value::List(_))) {
        let lists: Result<Vec<&[Term]>, String> = (0..arguments.all.len()).map(|index| arguments.list(index)).collect();
        return Ok(Value::list(lists?.concat()));
    }
    let mut text = String::new();
    for (index, term) in arguments.all.iter().enumerate() {
        match &term.value {
            Value::Map(_) => return Err(arguments.wrong(index, "a string or an array", term)),
            _ => text.push_str(&super::strings::string(term)),
        }
    }
    Ok(Value::text(text))
}

fn length(arguments: Arguments<'_>) -> Outcome {
    let length = match &arguments.at(0)?.value {
        Value::List(items) => items.len(),
        Value::Map(pairs) => pairs.len(),
        Value::Text(text) => text.chars().count(),
        other => return Err(format!("{} has no length", other.kind())),
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

fn empty(arguments: Arguments<'_>) -> Outcome {
    match &arguments.at(0)?.value {
        Value::Null => Ok(Value::Bool(true)),
        _ => length(arguments).map(|length| Value::Bool(length == Value::Int(0))),
    }
}

/// A list has a value, an object a key without letter case, a string a part.
fn contains(arguments: Arguments<'_>) -> Outcome {
    let (whole, part) = arguments.two()?;
    match &whole.value {
        Value::List(items) => Ok(Value::Bool(items.iter().any(|item| same(&item.value, &part.value)))),
        Value::Map(_) => Ok(Value::Bool(whole.pair(arguments.text(1)?).is_some())),
        Value::Text(text) => Ok(Value::Bool(text.contains(&super::strings::string(part)))),
        Value::Null => Ok(Value::Bool(false)),
        other => Err(format!("{} contains nothing", other.kind())),
    }
}

fn end(
    arguments: Arguments<'_>,
    letter: impl Fn(&mut std::str::Chars<'_>) -> Option<char>,
    item: impl Fn(&[Term]) -> Option<&Term>,
) -> Outcome {
    match &arguments.at(0)?.value {
        Value::List(items) => Ok(item(items).map_or(Value::Null, |term| term.value.clone())),
        Value::Text(text) => Ok(Value::text(letter(&mut text.chars()).map(String::from).unwrap_or_default())),
        other => Err(format!("{} has no ends", other.kind())),
    }
}

/// The first so many, or what is behind them.
fn part(arguments: Arguments<'_>, first: bool) -> Outcome {
    let count = arguments.count(1)?;
    match &arguments.at(0)?.value {
        Value::List(items) => {
            let (before, behind) = items.split_at(count.min(items.len()));
            Ok(Value::list(if first { before } else { behind }.to_vec()))
        }
        Value::Text(text) if first => Ok(Value::text(text.chars().take(count).collect::<String>())),
        Value::Text(text) => Ok(Value::text(text.chars().skip(count).collect::<String>())),
        other => Err(format!("{} has no parts", other.kind())),
    }
}

/// Where something is, from nought; -1 where it is not.
fn place(arguments: Arguments<'_>, last: bool) -> Outcome {
    let (whole, part) = arguments.two()?;
    let found = match &whole.value {
        Value::List(items) => {
            let fits = |item: &Term| same(&item.value, &part.value);
            if last { items.iter().rposition(fits) } else { items.iter().position(fits) }
        }
        _ => {
            let (text, part) = (arguments.text(0)?.to_lowercase(), arguments.text(1)?.to_lowercase());
            let at = if last { text.rfind(&part) } else { text.find(&part) };
            at.map(|at| text[..at].chars().count())
        }
    };
    Ok(Value::Int(found.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)))
}

fn from_end(arguments: Arguments<'_>) -> Outcome {
    let (items, back) = (arguments.list(0)?, arguments.count(1)?);
    let at = items.len().checked_sub(back).and_then(|at| items.get(at));
    at.map(|term| term.value.clone())
        .ok_or_else(|| format!("an array of {} has no item {back} from its end", items.len()))
}

fn range(arguments: Arguments<'_>) -> Outcome {
    let (start, count) = (arguments.integer(0)?, arguments.count(1)?);
    if count > MOST_ITEMS {
        return Err(format!("an array has more than {MOST_ITEMS} items"));
    }
    let numbers = (start..).take(count).map(|number| arguments.term(Value::Int(number)));
    Ok(Value::list(numbers.collect()))
}

fn flatten(arguments: Arguments<'_>) -> Outcome {
    let mut all = Vec::new();
    for item in arguments.list(0)? {
        match &item.value {
            Value::List(inner) if all.len() <= MOST_ITEMS => all.extend(inner.iter().cloned()),
            _ => all.push(item.clone()),
        }
    }
    Ok(Value::list(all))
}

/// Integers, as arguments or in a list.
fn numbers(arguments: Arguments<'_>) -> Result<Vec<i64>, String> {
    let all = match arguments.all {
        [Term { value: Value::List(items), .. }] => Arguments { all: items, ..arguments },
        _ => arguments,
    };
    (0..all.all.len()).map(|index| all.integer(index)).collect()
}
