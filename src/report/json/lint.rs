//! `lint --format json`.
//!
//! In: what was found in each file. Out: their value.

use super::VERSION;
use crate::{
    diagnostic::Severity,
    lint::{Finding, Linted, Proof},
    report::{boxes::witness, diagnostics::diagnostic_json, diagnostics_json, places::Places},
};
use serde_json::{Value, json};

/// What was found in all files.
pub fn lint(results: &[Linted]) -> Value {
    let at = |level| {
        let findings = results.iter().flat_map(|result| &result.findings);
        findings.filter(|one| one.diagnostic.severity == level).count()
    };
    let diagnostics = |result: &Linted| match diagnostics_json(&result.diagnostics, &result.sources) {
        Value::Array(list) => list,
        _ => Vec::new(),
    };
    json!({
        "version": VERSION,
        "errors": at(Severity::Error),
        "warnings": at(Severity::Warning),
        "notes": at(Severity::Note),
        "diagnostics": results.iter().flat_map(diagnostics).collect::<Value>(),
        "scenarios": results.iter().map(scenario).collect::<Value>(),
    })
}

fn scenario(result: &Linted) -> Value {
    let places = Places::new(&result.sources);
    json!({
        "file": result.file,
        "name": result.name,
        "findings": result.findings.iter().map(|one| finding(one, &places)).collect::<Value>(),
        "usable": result.usable,
    })
}

fn finding(one: &Finding, places: &Places<'_>) -> Value {
    let mut value = diagnostic_json(&one.diagnostic, places);
    value["proof"] = proof(&one.proof, places);
    value["patch"] = one.patch.clone().unwrap_or_default();
    value
}

fn proof(proof: &Proof, places: &Places<'_>) -> Value {
    match proof {
        Proof::Plain => Value::Null,
        Proof::Witness(packet) => json!({ "witness": witness(packet, &Default::default()) }),
        Proof::Flow(flow) => json!({ "flow": flow }),
        Proof::Rules(rules) => {
            let rule = |rule: &crate::lint::Covering| {
                let spot = rule.origin.as_ref().map(|origin| places.spot(origin));
                json!({
                    "name": rule.name,
                    "file": spot.as_ref().map(|spot| &spot.file),
                    "line": spot.as_ref().and_then(|spot| spot.line),
                    "column": spot.as_ref().and_then(|spot| spot.column),
                })
            };
            json!({ "rules": rules.iter().map(rule).collect::<Value>() })
        }
    }
}
