//! Values of templates, worked out.
//!
//! In: a value with expressions and the place where it stands. Out: the value without. What no file tells is unknown,
//! with its reason; what Azure would refuse is told and unknown as well. Total and bounded.

use super::{
    expression::{self, Expression},
    functions::{self, Arguments},
    value::{Pair, Runtime, Step, Term, Unknown, Value},
    world::{DEEPEST, LocalKind, Place, World},
};
use crate::diagnostic::{Diagnostic, Span};
use std::rc::Rc;

/// Copies of a property, of a variable, of a resource, as many as ARM makes.
pub(super) const MOST_COPIES: i64 = 800;

/// Most parts of what a function is given.
const HEAVIEST: usize = 200_000;

/// A value, or why there is none.
pub(super) type Found = Result<Term, String>;

impl World<'_> {
    /// A value with everything in it worked out.
    pub(super) fn evaluate(&mut self, term: &Term, place: &Place) -> Term {
        let value = match &term.value {
            Value::Text(text) => return self.text(text, term.span, place),
            Value::List(items) if self.burn(1) => {
                Value::list(items.iter().map(|item| self.evaluate(item, place)).collect())
            }
            Value::Map(pairs) if self.burn(1) => Value::map(self.object(pairs, place)),
            Value::List(_) | Value::Map(_) => return out_of_fuel(term.span),
            other => other.clone(),
        };
        Term::new(term.span, value)
    }

    /// A string: an expression or a literal.
    pub(super) fn text(&mut self, text: &Rc<str>, span: Span, place: &Place) -> Term {
        let Some(inside) = expression::within(text) else {
            return Term::new(span, Value::Text(expression::literal(text)));
        };
        let found = match self.expression(inside) {
            Ok(parsed) => self.expressed(&parsed, span, place).map(|term| self.settled(term)),
            Err(why) => Err(why.to_string()),
        };
        match found {
            // A list or an object from elsewhere keeps the places of its parts.
            Ok(Term { value: value @ (Value::List(_) | Value::Map(_)), span }) => Term::new(span, value),
            Ok(found) => Term::new(span, found.value),
            Err(why) => {
                let message = format!("Azure would not take this expression: {why}");
                let help = "what depends on it is undetermined; docs/import.md lists the functions";
                self.tell(Diagnostic::warning("template-expression", span, message).help(help), span);
                Term::unknown(span, format!("the expression is not understood: {why}"), &inside.replace('/', "."))
            }
        }
    }

    /// An object with its keys and copy loops worked out.
    fn object(&mut self, pairs: &[Pair], place: &Place) -> Vec<Pair> {
        let mut made = Vec::with_capacity(pairs.len());
        for pair in pairs {
            if is_copies(pair) {
                pair.value.items().iter().for_each(|one| made.extend(self.copied(one, place)));
                continue;
            }
            let key = match expression::within(&pair.key) {
                Some(_) => self.text(&pair.key, pair.key_span, place).name().unwrap_or_else(|| pair.key.clone()),
                None => pair.key.clone(),
            };
            made.push(Pair { key, key_span: pair.key_span, value: self.evaluate(&pair.value, place) });
        }
        made
    }

    /// A property that a loop makes: `{name, count, input}`.
    pub(super) fn copied(&mut self, copy: &Term, place: &Place) -> Option<Pair> {
        let name = copy.get("name")?.name()?;
        let count = self.evaluate(copy.get("count")?, place);
        let value = match self.count(&count) {
            Ok(count) => {
                let nothing = Term::new(copy.span, Value::Null);
                let input = copy.get("input").unwrap_or(&nothing);
                let items = (0..count).map(|index| self.evaluate(input, &place.within(&name, index, false)));
                Term::new(copy.span, Value::list(items.collect()))
            }
            Err(unknown) => unknown,
        };
        Some(Pair { key: name, key_span: copy.span, value })
    }

    /// How many copies there are; what is unknown instead.
    pub(super) fn count(&mut self, count: &Term) -> Result<i64, Term> {
        match &count.value {
            Value::Int(count) if *count <= MOST_COPIES => Ok(*count),
            Value::Unknown(_) => Err(count.clone()),
            other => {
                let text = match other {
                    Value::Int(number) => number.to_string(),
                    other => other.kind().to_owned(),
                };
                let message = format!("a loop makes {text} copies; Azure takes numbers up to {MOST_COPIES}");
                self.tell(Diagnostic::warning("template-expression", count.span, message.clone()), count.span);
                Err(Term::unknown(count.span, message, "copies()"))
            }
        }
    }

    /// An expression.
    pub(super) fn expressed(&mut self, expression: &Expression, span: Span, place: &Place) -> Found {
        if self.depth >= DEEPEST {
            return Err("values need each other in a chain that is too long".to_owned());
        }
        if !self.burn(1) {
            return Ok(out_of_fuel(span));
        }
        self.depth += 1;
        let found = match expression {
            Expression::Text(text) => Ok(Term::new(span, Value::Text(text.clone()))),
            Expression::Int(number) => Ok(Term::new(span, Value::Int(*number))),
            Expression::Call(name, arguments) => self.call(name, arguments, span, place),
            Expression::Member { of, key, safe } => self.member(of, key, *safe, span, place),
        };
        self.depth -= 1;
        found
    }

    fn member(&mut self, of: &Expression, key: &Expression, safe: bool, span: Span, place: &Place) -> Found {
        let of = self.expressed(of, span, place)?;
        let key = self.expressed(key, span, place)?;
        let key = self.settled(key);
        match member(&of, &key, span) {
            Err(_) if safe => Ok(Term::new(span, Value::Null)),
            found => found,
        }
    }

    /// A function. Those that need more than the values of their arguments come first.
    fn call(&mut self, name: &str, arguments: &[Expression], span: Span, place: &Place) -> Found {
        match (name, arguments) {
            ("if", [condition, yes, no]) => return self.choice(condition, yes, no, span, place),
            ("and" | "or", _) => return self.joined(name == "and", arguments, span, place),
            _ if is_lambda_call(arguments) => return self.over_items(name, arguments, span, place),
            _ => {}
        }
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let value = self.expressed(argument, span, place)?;
            values.push(self.settled(value));
        }
        if let Some(found) = self.known_here(name, &values, span, place) {
            return found;
        }
        if let Some((namespace, function)) = name.split_once('.') {
            return self.own_function(namespace, function, &values, span, place);
        }
        self.apply(name, &values, span)
    }

    /// A function of values. With one that is unknown the answer is unknown, and stands in for itself in names.
    pub(super) fn apply(&mut self, name: &str, values: &[Term], span: Span) -> Found {
        let no_function = || format!("there is no function `{name}`");
        self.weigh(values)?;
        if let Some(value) = certain(name, values) {
            return Ok(Term::new(span, value));
        }
        let doubtful = values.iter().find_map(|value| doubt(name, value));
        let Some(unknown) = doubtful else {
            let outcome = functions::apply(name, Arguments { span, all: values }).ok_or_else(no_function)??;
            return Ok(Term::new(span, outcome));
        };
        let stand_ins: Vec<Term> = values.iter().map(Term::standing_in).collect();
        let outcome = functions::apply(name, Arguments { span, all: &stand_ins }).ok_or_else(no_function)?;
        let again = |text: &str| Term::unknown(unknown.span, unknown.reason.clone(), text);
        Ok(match outcome {
            Ok(Value::Text(text)) if name != "json" => again(&text),
            // The parts of an unknown text are unknown, each by itself.
            Ok(Value::List(parts)) if name == "split" => {
                let parts = parts.iter().map(|part| again(part.as_str().unwrap_or_default()));
                Term::new(span, Value::list(parts.collect()))
            }
            _ => again(&shown(name, values)),
        })
    }

    /// Takes fuel for what is in values; shared parts can make small files large.
    fn weigh(&mut self, values: &[Term]) -> Result<(), String> {
        let weight: usize = values.iter().map(|value| weight(value, HEAVIEST)).sum();
        match weight < HEAVIEST && self.burn(weight) {
            true => Ok(()),
            false => Err("a value is larger than azreach takes in".to_owned()),
        }
    }

    fn choice(
        &mut self,
        condition: &Expression,
        yes: &Expression,
        no: &Expression,
        span: Span,
        place: &Place,
    ) -> Found {
        let condition = self.expressed(condition, span, place)?;
        let condition = self.settled(condition);
        match &condition.value {
            Value::Bool(true) => self.expressed(yes, span, place),
            Value::Bool(false) => self.expressed(no, span, place),
            Value::Unknown(unknown) => {
                let mut both = Vec::with_capacity(2);
                for side in [yes, no] {
                    let value = self.expressed(side, span, place)?;
                    both.push(self.settled(value));
                }
                self.weigh(&both)?;
                if functions::same(&both[0].value, &both[1].value) {
                    return Ok(both.swap_remove(0));
                }
                both.insert(0, condition.clone());
                Ok(Term::unknown(unknown.span, unknown.reason.clone(), &shown("if", &both)))
            }
            other => Err(format!("a condition must be a boolean, not {}", other.kind())),
        }
    }

    /// `and`, `or`: one value may decide whatever the others are.
    fn joined(&mut self, all: bool, arguments: &[Expression], span: Span, place: &Place) -> Found {
        let mut unknown = None;
        for argument in arguments {
            let value = self.expressed(argument, span, place)?;
            match self.settled(value) {
                Term { value: Value::Bool(value), .. } if value != all => {
                    return Ok(Term::new(span, Value::Bool(value)));
                }
                Term { value: Value::Bool(_), .. } => {}
                term if term.first_unknown().is_some() => unknown = unknown.or(Some(term)),
                other => return Err(format!("a condition must be a boolean, not {}", other.value.kind())),
            }
        }
        Ok(unknown.unwrap_or(Term::new(span, Value::Bool(all))))
    }
}

/// What happens when values have no end.
fn out_of_fuel(span: Span) -> Term {
    Term::unknown(span, "the templates need more work than azreach puts in", "too-much()")
}

/// `copy: [{name, count, input}]` among properties.
fn is_copies(pair: &Pair) -> bool {
    let is_copy = |item: &Term| item.get("name").is_some() && item.get("count").is_some();
    pair.key.eq_ignore_ascii_case("copy") && !pair.value.items().is_empty() && pair.value.items().iter().all(is_copy)
}

fn is_lambda_call(arguments: &[Expression]) -> bool {
    arguments.iter().any(|argument| matches!(argument, Expression::Call(name, _) if &**name == "lambda"))
}

/// A part of a value by its key or its number.
pub(super) fn member(of: &Term, key: &Term, span: Span) -> Found {
    match (&of.value, &key.value) {
        (Value::Runtime(runtime), Value::Text(key)) => Ok(further(runtime, Step::Key(key.clone()), span)),
        (Value::Runtime(runtime), Value::Int(at)) => Ok(further(runtime, Step::At(*at), span)),
        (Value::Unknown(unknown), _) => {
            let key = key.name().unwrap_or_default();
            let stand_in = format!("{}.{key}", unknown.stand_in.trim_start_matches('/'));
            Ok(Term::unknown(unknown.span, unknown.reason.clone(), &stand_in))
        }
        (_, Value::Unknown(unknown)) => {
            Ok(Term::unknown(unknown.span, unknown.reason.clone(), &format!("item.{}", unknown.stand_in)))
        }
        (Value::Map(_), Value::Text(key)) => {
            of.pair(key).map(|pair| pair.value.clone()).ok_or_else(|| format!("there is no `{key}` here"))
        }
        (Value::List(items), Value::Int(at)) => {
            let item = usize::try_from(*at).ok().and_then(|at| items.get(at));
            item.cloned().ok_or_else(|| format!("an array of {} has no item {at}", items.len()))
        }
        (other, key) => Err(format!("{} has no part by {}", other.kind(), key.kind())),
    }
}

fn further(runtime: &Runtime, step: Step, span: Span) -> Term {
    let mut path = runtime.path.clone();
    path.push(step);
    Term::new(span, Value::Runtime(Rc::new(Runtime { path, ..runtime.clone() })))
}

/// Counts what is in a value, parts that are shared as often as they are there, up to a limit.
fn weight(term: &Term, limit: usize) -> usize {
    let mut sum = 1;
    let mut add = |part: &Term| {
        sum += if sum < limit { weight(part, limit - sum) } else { 0 };
    };
    match &term.value {
        Value::Text(text) => sum += text.len() / 32,
        Value::List(items) => items.iter().for_each(&mut add),
        Value::Map(pairs) => pairs.iter().for_each(|pair| add(&pair.value)),
        _ => {}
    }
    sum
}

/// An answer that stands although something is unknown.
fn certain(name: &str, values: &[Term]) -> Option<Value> {
    let unknown = |term: &Term| matches!(term.value, Value::Unknown(_));
    match (name, values) {
        ("createarray", _) => Some(Value::list(values.to_vec())),
        ("coalesce", [first, ..]) if !unknown(first) && first.value != Value::Null => Some(first.value.clone()),
        ("equals", [left, right]) if left.value == right.value => Some(Value::Bool(true)),
        ("contains", [Term { value: Value::List(items), .. }, part]) if !unknown(part) => {
            items.iter().any(|item| functions::same(&item.value, &part.value)).then_some(Value::Bool(true))
        }
        _ => None,
    }
}

/// Functions that look into the lists and objects that they are given.
const LOOKING_INSIDE: [&str; 14] = [
    "contains",
    "equals",
    "flatten",
    "format",
    "guid",
    "indexof",
    "intersection",
    "join",
    "lastindexof",
    "max",
    "min",
    "string",
    "union",
    "uniquestring",
];

/// What makes an answer doubtful in a value.
fn doubt(name: &str, value: &Term) -> Option<Rc<Unknown>> {
    match (&value.value, name) {
        // An object has its parts, known or not.
        (Value::Unknown(_), "createobject") | (Value::Map(_), "contains" | "union" | "max" | "min") => None,
        (Value::Unknown(unknown), _) => Some(unknown.clone()),
        (Value::List(_) | Value::Map(_), _) if LOOKING_INSIDE.contains(&name) => value.first_unknown().cloned(),
        _ => None,
    }
}

/// A call as a name: the same for the same values.
pub(super) fn shown(name: &str, values: &[Term]) -> String {
    let words = values.iter().map(|value| match &value.value {
        Value::List(_) | Value::Map(_) | Value::Runtime(_) => functions::digest(&format!("{:?}", value.value)),
        Value::Bool(value) => value.to_string(),
        _ => value.name().map_or_else(|| "null".to_owned(), |name| name.replace('/', ".")),
    });
    format!("{name}({})", words.collect::<Vec<String>>().join("_"))
}

/// A local of a lambda.
pub(super) fn lambda_local(place: &Place, values: &[Term]) -> Found {
    let name = values.first().and_then(Term::as_str).ok_or("a lambda's variable has no name")?;
    place.local(LocalKind::Lambda, name).cloned().ok_or_else(|| format!("there is no variable `{name}` here"))
}
