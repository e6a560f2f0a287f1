//! Functions over the items of a list, and functions of a template's own.
//!
//! In: a call with a lambda, or with a namespace. Out: a value.

use super::{
    evaluate::Found,
    expression::Expression,
    functions::MOST_ITEMS,
    value::{Pair, Term, Value},
    world::{LocalKind, Place, World},
};
use crate::diagnostic::Span;
use std::{cmp::Ordering, rc::Rc};

/// `lambda('x', body)`, taken apart.
struct Lambda<'e> {
    names: Vec<Rc<str>>,
    body: &'e Expression,
}

impl World<'_> {
    /// `filter`, `map`, `mapValues`, `reduce`, `sort`, `groupBy`, `toObject`.
    pub(super) fn over_items(&mut self, name: &str, arguments: &[Expression], span: Span, place: &Place) -> Found {
        let (first, rest) = arguments.split_first().ok_or("it takes a list")?;
        let over = self.expressed(first, span, place)?;
        let over = self.settled(over);
        if let Value::Unknown(unknown) = &over.value {
            return Ok(Term::unknown(unknown.span, unknown.reason.clone(), &format!("{name}({})", unknown.stand_in)));
        }
        let lambda = rest.iter().find_map(lambda).ok_or("it takes a lambda")?;
        let made = match name {
            "map" => self.mapped(over.items(), &lambda, span, place)?,
            "filter" => self.filtered(over.items(), &lambda, span, place)?,
            "sort" => self.sorted(over.items(), &lambda, span, place)?,
            "mapvalues" => {
                let mut pairs = Vec::new();
                for pair in over.pairs() {
                    pairs.push(Pair { value: self.applied(&lambda, &[&pair.value], span, place)?, ..pair.clone() });
                }
                Value::map(pairs)
            }
            "reduce" => {
                let [_, start, ..] = arguments else { return Err("it takes a first value".to_owned()) };
                let mut sum = self.expressed(start, span, place)?;
                for (at, item) in over.items().iter().enumerate() {
                    sum = self.applied(&lambda, &[&sum, item, &index(at, span)], span, place)?;
                }
                return Ok(sum);
            }
            "toobject" | "groupby" => {
                let value = rest.iter().filter_map(self::lambda).nth(1);
                self.keyed(over.items(), &lambda, value.as_ref(), name == "groupby", span, place)?
            }
            _ => return Err(format!("there is no function `{name}` with a lambda")),
        };
        Ok(Term::new(span, made))
    }

    /// A lambda's value for its arguments; a further name is the index of the item.
    fn applied(&mut self, lambda: &Lambda<'_>, values: &[&Term], span: Span, place: &Place) -> Found {
        let mut inside = place.clone();
        for (name, value) in lambda.names.iter().zip(values) {
            inside = inside.with(LocalKind::Lambda, name.clone(), (*value).clone());
        }
        let value = self.expressed(lambda.body, span, &inside)?;
        Ok(self.settled(value))
    }

    fn mapped(&mut self, items: &[Term], lambda: &Lambda<'_>, span: Span, place: &Place) -> Result<Value, String> {
        let mut made = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let index = index(at, span);
            made.push(self.applied(lambda, &[item, &index], span, place)?);
        }
        Ok(Value::list(made))
    }

    /// The items that a condition holds for; with one that is unknown the list is.
    fn filtered(&mut self, items: &[Term], lambda: &Lambda<'_>, span: Span, place: &Place) -> Result<Value, String> {
        let mut kept = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let index = index(at, span);
            let keeps = self.applied(lambda, &[item, &index], span, place)?;
            match keeps.value {
                Value::Bool(true) => kept.push(item.clone()),
                Value::Bool(false) => {}
                Value::Unknown(_) => return Ok(keeps.value),
                other => return Err(format!("a condition must be a boolean, not {}", other.kind())),
            }
        }
        Ok(Value::list(kept))
    }

    /// Sorted by insertion: the lambda says whether one item stands before another.
    fn sorted(&mut self, items: &[Term], lambda: &Lambda<'_>, span: Span, place: &Place) -> Result<Value, String> {
        let mut sorted: Vec<Term> = Vec::with_capacity(items.len());
        for item in items.iter().take(MOST_ITEMS) {
            let (mut low, mut high) = (0, sorted.len());
            while low < high {
                let middle = low.midpoint(high);
                let before = self.applied(lambda, &[item, &sorted[middle].clone()], span, place)?;
                match before.value {
                    Value::Bool(true) => high = middle,
                    Value::Bool(false) => low = middle + 1,
                    Value::Unknown(_) => return Ok(before.value),
                    other => return Err(format!("an order must be a boolean, not {}", other.kind())),
                }
            }
            sorted.insert(low, item.clone());
        }
        Ok(Value::list(sorted))
    }

    /// Items by the key that a lambda gives them: one for each key, or all of them. With a key that is unknown the object
    /// is.
    fn keyed(
        &mut self,
        items: &[Term],
        key: &Lambda<'_>,
        value: Option<&Lambda<'_>>,
        groups: bool,
        span: Span,
        place: &Place,
    ) -> Result<Value, String> {
        let mut pairs: Vec<Pair> = Vec::new();
        for item in items {
            let name = self.applied(key, &[item], span, place)?;
            if let Value::Unknown(_) = name.value {
                return Ok(name.value);
            }
            let name = name.name().ok_or("a key must be a string")?;
            let made = match value {
                Some(value) => self.applied(value, &[item], span, place)?,
                None => item.clone(),
            };
            let here = pairs.iter_mut().find(|pair| pair.key.cmp(&name) == Ordering::Equal);
            match (here, groups) {
                (Some(pair), true) => pair.value.value = Value::list([pair.value.items(), &[made]].concat()),
                (Some(pair), false) => pair.value = made,
                (None, true) => {
                    let group = Term::new(made.span, Value::list(vec![made]));
                    pairs.push(Pair { key: name, key_span: span, value: group });
                }
                (None, false) => pairs.push(Pair { key: name, key_span: span, value: made }),
            }
        }
        Ok(Value::map(pairs))
    }

    /// A function that the template itself defines: it sees nothing but its parameters.
    pub(super) fn own_function(
        &mut self,
        namespace: &str,
        name: &str,
        values: &[Term],
        span: Span,
        place: &Place,
    ) -> Found {
        let no_function = || format!("there is no function `{namespace}.{name}`");
        let section = self.frames[place.frame].section("functions").cloned().ok_or_else(no_function)?;
        let is_named = |one: &&Term| {
            one.get("namespace").and_then(Term::as_str).is_some_and(|text| text.eq_ignore_ascii_case(namespace))
        };
        let spaces = section.items().iter().filter(is_named);
        let function = spaces.filter_map(|one| one.get("members")?.get(name)).next().ok_or_else(no_function)?;
        let parameters = function.get("parameters").map(Term::items).unwrap_or_default();
        if parameters.len() != values.len() {
            return Err(format!("`{namespace}.{name}` takes {} arguments, not {}", parameters.len(), values.len()));
        }
        let mut inside = Place::of(place.frame);
        for (parameter, value) in parameters.iter().zip(values) {
            let name = parameter.get("name").and_then(Term::name).unwrap_or_default();
            inside = inside.with(LocalKind::Parameter, name, value.clone());
        }
        let output = function.get("output").and_then(|output| output.get("value")).ok_or_else(no_function)?;
        Ok(Term::new(span, self.evaluate(output, &inside).value))
    }
}

fn lambda(expression: &Expression) -> Option<Lambda<'_>> {
    let Expression::Call(name, arguments) = expression else { return None };
    let (body, names) = arguments.split_last().filter(|_| &**name == "lambda")?;
    let name = |one: &Expression| match one {
        Expression::Text(text) => Some(text.clone()),
        _ => None,
    };
    Some(Lambda { names: names.iter().map(name).collect::<Option<Vec<Rc<str>>>>()?, body })
}

fn index(at: usize, span: Span) -> Term {
    Term::new(span, Value::Int(i64::try_from(at).unwrap_or(i64::MAX)))
}
