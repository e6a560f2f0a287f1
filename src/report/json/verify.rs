//! Predictions against recorded answers, for programs.
//!
//! In: what was compared. Out: `{version, agree, differ, notComparable, kinds, results}`. Deliberately absent:
//! shortening.

use super::VERSION;
use crate::{
    diagnostic::Sources,
    verify::{Agreement, Checked, Difference, Kind},
};
use serde_json::{Map, Value, json};

/// What was compared.
pub fn verify(checked: &[Checked], sources: &Sources) -> Value {
    let mut value = json!({"version": VERSION});
    let kinds = Kind::ALL.iter().filter_map(|(kind, name)| {
        let of: Vec<&Checked> = checked.iter().filter(|one| one.kind == *kind).collect();
        (!of.is_empty()).then(|| ((*name).to_owned(), counts(&of)))
    });
    let kinds: Map<String, Value> = kinds.collect();
    let all: Vec<&Checked> = checked.iter().collect();
    if let (Some(value), Value::Object(counts)) = (value.as_object_mut(), counts(&all)) {
        value.extend(counts);
        value.insert("kinds".to_owned(), kinds.into());
        value.insert("results".to_owned(), checked.iter().map(|one| result(one, sources)).collect());
    }
    value
}

fn counts(checked: &[&Checked]) -> Value {
    let number = |is: fn(&Agreement) -> bool| checked.iter().filter(|one| is(&one.agreement)).count();
    json!({
        "agree": number(|one| *one == Agreement::Agrees),
        "differ": number(|one| matches!(one, Agreement::Differs(_))),
        "notComparable": number(|one| matches!(one, Agreement::NotComparable(_))),
    })
}

fn result(one: &Checked, sources: &Sources) -> Value {
    let (line, column) = sources.position(&one.span);
    let (agrees, differences, why): (Option<bool>, &[Difference], Option<&str>) = match &one.agreement {
        Agreement::Agrees => (Some(true), &[], None),
        Agreement::Differs(differences) => (Some(false), differences, None),
        Agreement::NotComparable(why) => (None, &[], Some(why)),
    };
    let difference = |one: &Difference| json!({"what": one.what, "predicted": one.predicted, "recorded": one.recorded});
    json!({
        "kind": one.kind.as_str(),
        "subject": one.subject,
        "agrees": agrees,
        "differences": differences.iter().map(difference).collect::<Value>(),
        "why": why,
        "file": sources.get(one.span.source).name,
        "line": line,
        "column": column,
    })
}
