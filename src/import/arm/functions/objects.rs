//! Functions for objects.
//!
//! In: arguments. Out: a value, or what is wrong.

use super::{Arguments, Outcome, same};
use crate::import::arm::value::{Pair, Term, Value};

/// Deepest union of objects.
const DEEPEST: usize = 64;

/// Applies a function for objects.
pub(super) fn apply(name: &str, arguments: Arguments<'_>) -> Option<Outcome> {
    Some(match name {
        "createobject" => create(arguments),
        "union" => union(arguments),
        "shallowmerge" => shallow_merge(arguments),
        "intersection" => intersection(arguments),
        "items" => items(arguments),
        "objectkeys" => arguments
            .map(0)
            .map(|pairs| Value::list(pairs.iter().map(|pair| arguments.term(Value::Text(pair.key.clone()))).collect())),
        "tryget" => try_get(arguments),
        _ => return None,
    })
}

/// Keys and values in turn.
fn create(arguments: Arguments<'_>) -> Outcome {
    let mut pairs: Vec<Pair> = Vec::new();
    for (index, pair) in arguments.all.chunks(2).enumerate() {
        let [key, value] = pair else {
            return Err("the last key has no value".to_owned());
        };
        let name = key.name().ok_or_else(|| arguments.wrong(index * 2, "a string", key))?;
        pairs.push(Pair { key: name, key_span: key.span, value: value.clone() });
    }
    Ok(Value::map(pairs))
}

/// Lists without repetitions, or objects laid over each other.
fn union(arguments: Arguments<'_>) -> Outcome {
    if let Value::List(_) = arguments.at(0)?.value {
        let mut all: Vec<Term> = Vec::new();
        for index in 0..arguments.all.len() {
            for item in arguments.list(index)? {
                if !all.iter().any(|other| same(&other.value, &item.value)) {
                    all.push(item.clone());
                }
            }
        }
        return Ok(Value::list(all));
    }
    let mut all = arguments.map(0)?.to_vec();
    for index in 1..arguments.all.len() {
        all = over(&all, arguments.map(index)?, 0);
    }
    Ok(Value::map(all))
}

/// One object over another; objects in both are united, too.
fn over(below: &[Pair], top: &[Pair], depth: usize) -> Vec<Pair> {
    let mut all = below.to_vec();
    for pair in top {
        let Some(here) = all.iter_mut().find(|other| other.key.eq_ignore_ascii_case(&pair.key)) else {
            all.push(pair.clone());
            continue;
        };
        here.value = match (&here.value.value, &pair.value.value) {
            (Value::Map(below), Value::Map(top)) if depth < DEEPEST => {
                Term::new(pair.value.span, Value::map(over(below, top, depth + 1)))
            }
            _ => pair.value.clone(),
        };
    }
    all
}

fn shallow_merge(arguments: Arguments<'_>) -> Outcome {
    let mut all: Vec<Pair> = Vec::new();
    for item in arguments.list(0)? {
        all = over(&all, item.pairs(), DEEPEST);
    }
    Ok(Value::map(all))
}

fn intersection(arguments: Arguments<'_>) -> Outcome {
    let rest = || 1..arguments.all.len();
    if let Value::List(items) = &arguments.at(0)?.value {
        let others: Result<Vec<&[Term]>, String> = rest().map(|index| arguments.list(index)).collect();
        let others = others?;
        let in_all = |item: &&Term| others.iter().all(|list| list.iter().any(|other| same(&other.value, &item.value)));
        return Ok(Value::list(items.iter().filter(in_all).cloned().collect()));
    }
    let others: Result<Vec<&Term>, String> =
        rest().map(|index| arguments.map(index).and_then(|_| arguments.at(index))).collect();
    let others = others?;
    let in_all = |pair: &&Pair| {
        others.iter().all(|map| map.pair(&pair.key).is_some_and(|other| same(&other.value.value, &pair.value.value)))
    };
    Ok(Value::map(arguments.map(0)?.iter().filter(in_all).cloned().collect()))
}

/// `{key, value}` of each entry, in the order of the keys.
fn items(arguments: Arguments<'_>) -> Outcome {
    let mut pairs: Vec<&Pair> = arguments.map(0)?.iter().collect();
    pairs.sort_by_key(|pair| pair.key.to_lowercase());
    let item = |pair: &Pair| {
        let key = Pair { key_span: pair.key_span, ..arguments.pair("key", Value::Text(pair.key.clone())) };
        let value = Pair { key_span: pair.key_span, value: pair.value.clone(), ..key.clone() };
        Term::new(pair.key_span, Value::map(vec![key, Pair { key: "value".into(), ..value }]))
    };
    Ok(Value::list(pairs.into_iter().map(item).collect()))
}

/// A value by its path, or null where there is none.
fn try_get(arguments: Arguments<'_>) -> Outcome {
    let mut here = arguments.at(0)?.clone();
    for key in &arguments.all[1..] {
        let next = match (&here.value, &key.value) {
            (Value::Map(_), Value::Text(key)) => here.get(key).cloned(),
            (Value::List(items), Value::Int(at)) => usize::try_from(*at).ok().and_then(|at| items.get(at).cloned()),
            (Value::Unknown(_), _) => return Ok(here.value),
            _ => None,
        };
        match next {
            Some(next) => here = next,
            None => return Ok(Value::Null),
        }
    }
    Ok(here.value)
}
