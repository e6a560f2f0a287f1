//! `check --format json`.
//!
//! In: results. Out: their value. Deliberately absent: traces; ask `trace` for them.

use super::{VERSION, boxes, deciders};
use crate::{
    report::{
        boxes::witness,
        diagnostics_json,
        places::Places,
        text::{actual, expected},
        words,
    },
    suite::{Breach, ExpectationResult, Outcome, ScenarioResult},
};
use serde_json::{Value, json};

/// What came of all files.
pub fn check(results: &[ScenarioResult]) -> Value {
    let all = || results.iter().flat_map(|result| &result.results);
    let findings = |result: &ScenarioResult| match diagnostics_json(&result.diagnostics, &result.sources) {
        Value::Array(list) => list,
        _ => Vec::new(),
    };
    json!({
        "version": VERSION,
        "passed": all().filter(|one| one.passed).count(),
        "failed": all().filter(|one| !one.passed).count(),
        "diagnostics": results.iter().flat_map(findings).collect::<Value>(),
        "scenarios": results.iter().map(scenario).collect::<Value>(),
    })
}

fn scenario(result: &ScenarioResult) -> Value {
    let places = Places::new(&result.sources);
    json!({
        "file": result.file,
        "name": result.name,
        "results": result.results.iter().map(|one| expectation(one, &places)).collect::<Value>(),
        "usable": result.usable,
    })
}

fn expectation(one: &ExpectationResult, places: &Places<'_>) -> Value {
    match &one.outcome {
        Outcome::Verdict { flow, expected, actual, traces, by, way, breaches } => json!({
            "flow": flow,
            "whatIf": one.what_if,
            "expected": expected.as_str(),
            "verdict": actual.as_str(),
            "passed": one.passed,
            "line": one.line,
            "decidedBy": deciders(words::deciders(traces), places),
            "by": by.as_ref().map(|(by, _)| by),
            "way": way,
            "breaches": breaches.iter().map(|breach| broken(breach, places)).collect::<Value>(),
            "reason": one.reason,
        }),
        Outcome::Only { subject, breaches, .. } => {
            let mut value = fact(one, "only", Some(subject));
            value["breaches"] = breaches.iter().map(|breach| broken(breach, places)).collect();
            value
        }
        Outcome::Fact { kind, subject, .. } => fact(one, kind, Some(subject)),
        Outcome::Refused { .. } => fact(one, "refused", None),
    }
}

/// Exactly what breaks a claim.
fn broken(breach: &Breach, places: &Places<'_>) -> Value {
    let part = &breach.part;
    json!({
        "says": breach.says,
        "verdict": part.verdict.as_str(),
        "boxes": boxes(&part.boxes, &part.ends),
        "witness": witness(&part.witness, &part.ends),
        "decidedBy": deciders(&part.decided_by, places),
        "path": part.forward.iter().map(|hop| hop.at.as_str()).collect::<Value>(),
    })
}

fn fact(one: &ExpectationResult, kind: &str, subject: Option<&str>) -> Value {
    json!({
        "kind": kind,
        "whatIf": one.what_if,
        "expected": expected(one),
        "actual": actual(one),
        "passed": one.passed,
        "line": one.line,
        "subject": subject,
        "reason": one.reason,
    })
}

#[cfg(test)]
mod tests {
    use crate::report::samples;

    #[test]
    fn the_contract() {
        let value = super::check(&[samples::failing(), samples::unusable()]);
        let expected = concat!(
            r#"{"version":1,"passed":1,"failed":2,"diagnostics":[{"code":"unknown-name","severity":"error","message":"no `rules`, 100% sure","file":"net.yaml","line":2,"column":3,"help":null}],"#,
            r#""scenarios":[{"file":"net.yaml","name":"Learn","results":[{"flow":"worker -> kafka tcp/9092-9093","whatIf":"open","expected":"allowed","verdict":"denied","passed":false,"line":3,"decidedBy":[{"kind":"#
        );
        assert!(value.to_string().starts_with(expected), "{value}");
        assert_eq!(
            value["scenarios"][0]["results"][1].to_string(),
            r#"{"kind":"nextHop","whatIf":null,"expected":"VirtualAppliance 10.0.0.4","actual":"VNetPeering","passed":false,"line":4,"subject":"spoke/app to 10.1.0.4","reason":null}"#
        );
        assert_eq!(value["scenarios"][1]["usable"], false);
    }
}
