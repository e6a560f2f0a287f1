//! `trace --format json`.
//!
//! In: a trace. Out: its value. Deliberately absent: anything the trace does not say.

use super::{VERSION, boxes, deciders, origin};
use crate::{
    diagnostic::Sources,
    model::Fact,
    report::{boxes::witness, places::Places, words},
    trace::{Hop, Leg, Part, Step, Trace},
};
use serde_json::{Value, json};

/// The whole answer.
pub fn trace(trace: &Trace, sources: &Sources) -> Value {
    let places = Places::new(sources);
    let leading = trace.leading_part();
    let way = |hops: fn(&Part) -> &[Hop]| leading.map_or(json!([]), |part| way(hops(part), &places));
    json!({
        "version": VERSION,
        "flow": trace.flow.to_string(),
        "verdict": trace.verdict().as_str(),
        "decidedBy": deciders(words::decided_by(trace), &places),
        "forward": way(|part| &part.forward),
        "reply": way(|part| &part.reply),
        "parts": trace.parts.iter().map(|one| part(one, &places)).collect::<Value>(),
        "missing": missing(trace.parts.iter().flat_map(|part| &part.missing), &places),
        "legs": trace.legs.iter().map(|one| leg(one, &places)).collect::<Value>(),
        "notes": trace.notes,
    })
}

fn leg(leg: &Leg, places: &Places<'_>) -> Value {
    json!({
        "flow": leg.flow.to_string(),
        "verdict": leg.verdict.as_str(),
        "decidedBy": deciders(leg.decided_by.iter(), places),
        "forward": way(&leg.forward, places),
        "reply": way(&leg.reply, places),
    })
}

fn part(part: &Part, places: &Places<'_>) -> Value {
    json!({
        "verdict": part.verdict.as_str(),
        "boxes": boxes(&part.boxes, &part.ends),
        "witness": witness(&part.witness, &part.ends),
        "decidedBy": deciders(&part.decided_by, places),
        "ends": [part.ends.0, part.ends.1],
        "forward": way(&part.forward, places),
        "reply": way(&part.reply, places),
        "missing": missing(&part.missing, places),
        "notes": part.notes,
    })
}

fn way(hops: &[Hop], places: &Places<'_>) -> Value {
    let hop = |hop: &Hop| {
        let steps: Value = hop.steps.iter().map(|one| step(one, places)).collect();
        json!({"at": hop.at, "steps": steps})
    };
    hops.iter().map(hop).collect()
}

fn step(step: &Step, places: &Places<'_>) -> Value {
    json!({
        "kind": step.kind.as_str(),
        "resource": step.resource,
        "name": step.name,
        "outcome": step.outcome.as_str(),
        "law": step.law,
        "detail": step.detail,
        "origin": origin(step, places),
    })
}

/// Each missing fact once, with its place.
pub(super) fn missing<'a>(facts: impl IntoIterator<Item = &'a Fact>, places: &Places<'_>) -> Value {
    let mut once: Vec<&Fact> = Vec::new();
    for fact in facts {
        if !once.contains(&fact) {
            once.push(fact);
        }
    }
    once.into_iter().map(|one| fact(one, places)).collect()
}

fn fact(fact: &Fact, places: &Places<'_>) -> Value {
    let spot = fact.origin.as_ref().map(|origin| places.spot(origin));
    json!({
        "fact": fact.text,
        "file": spot.as_ref().map(|spot| spot.file.clone()),
        "line": spot.and_then(|spot| spot.line),
    })
}

#[cfg(test)]
mod tests {
    use crate::report::samples;

    #[test]
    fn keys_stand_in_the_order_of_the_contract() {
        let value = super::trace(&samples::denied(), &samples::sources());
        let expected = concat!(
            r#"{"version":1,"flow":"worker -> kafka tcp/9092-9093","verdict":"denied","#,
            r#""decidedBy":[{"kind":"networkSecurityGroup","resource":"databricks-nsg","name":"deny-outbound","access":"Deny","detail":"subnet, outbound","law":"F16","origin":"net.yaml:3:5"}],"#,
            r#""forward":[{"at":"databricks-vnet/public-subnet","steps":[{"kind":"networkSecurityGroup","resource":"databricks-nsg","name":"deny-outbound","outcome":"deny","law":"F16","detail":"subnet, outbound","origin":"net.yaml:3:5"}]}],"#,
            r#""reply":[],"parts":[{"verdict":"denied","boxes":[{"source":["10.0.0.4/32"],"destination":["10.0.1.0/24"],"protocol":"tcp","ports":"9092-9093"}],"witness":"10.0.0.4 -> 10.0.1.4 tcp/9092 from 49152","decidedBy":["#
        );
        assert!(value.to_string().starts_with(expected), "{value}");
        let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
        assert_eq!(keys[6..], ["parts", "missing", "legs", "notes"]);
    }

    #[test]
    fn missing_facts_have_their_place() {
        let value = super::trace(&samples::undetermined(), &samples::sources());
        assert_eq!(
            value["missing"].to_string(),
            r#"[{"fact":"parameter adminIp has no value","file":"net.yaml","line":4}]"#
        );
        assert!(value["decidedBy"][0]["access"].is_null());
    }
}
