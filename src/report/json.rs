//! The stable JSON of `check`, `trace`, `routes`, `rules`. Additions are allowed, renames are not.

use super::{boxes, diagnostics};
use crate::{
    diagnostic::Sources,
    model::{Access, Direction, Known, Model},
    network::{EffectiveRoutes, Network, Rule, RuleList},
    resolve::Place,
    space::{self, Cube},
    suite::{ExpectationResult, Outcome, ScenarioResult, facts},
    trace::{self, Hop, Part, Step, Trace},
};
use serde_json::{Map, Value, json};

/// The answer of `check`.
pub fn check(results: &[ScenarioResult]) -> Value {
    let count = |passed: bool| results.iter().flat_map(|one| &one.results).filter(|one| one.passed == passed).count();
    let found: Vec<Value> = results
        .iter()
        .flat_map(|one| match diagnostics::json(&one.diagnostics, &one.sources) {
            Value::Array(all) => all,
            _ => Vec::new(),
        })
        .collect();
    let scenarios: Vec<Value> = results
        .iter()
        .map(|one| {
            let results: Vec<Value> = one.results.iter().map(|result| expectation(result, &one.sources)).collect();
            json!({"file": one.file, "name": one.name, "results": results})
        })
        .collect();
    json!({"version": 1, "passed": count(true), "failed": count(false), "diagnostics": found, "scenarios": scenarios})
}

fn expectation(result: &ExpectationResult, sources: &Sources) -> Value {
    let mut object = Map::new();
    let mut set = |key: &str, value: Value| object.insert(key.to_owned(), value);
    match &result.outcome {
        Outcome::Verdict { flow, expected, actual, traces, by } => {
            set("flow", json!(flow));
            set("whatIf", json!(result.what_if));
            set("expected", json!(expected.as_str()));
            set("verdict", json!(actual.as_str()));
            set("passed", json!(result.passed));
            set("line", json!(result.line));
            let steps = traces.iter().flat_map(deciding);
            set("decidedBy", Value::Array(distinct(steps).into_iter().map(|step| decider(step, sources)).collect()));
            if let Some((by, matched)) = by {
                set("by", json!({"expected": by, "matched": matched}));
            }
        }
        Outcome::Fact { kind, subject, expected, actual } => {
            set("kind", json!(kind));
            set("subject", json!(subject));
            set("whatIf", json!(result.what_if));
            set("expected", json!(expected));
            set("actual", json!(actual));
            set("passed", json!(result.passed));
            set("line", json!(result.line));
        }
        Outcome::Refused { expected, actual } => {
            set("kind", json!("refused"));
            set("whatIf", Value::Null);
            set("expected", json!(expected));
            set("actual", json!(actual));
            set("passed", json!(result.passed));
            set("line", json!(result.line));
        }
    }
    if let Some(reason) = &result.reason {
        object.insert("reason".to_owned(), json!(reason));
    }
    Value::Object(object)
}

/// The steps that decided the trace's verdict, over all parts with it.
pub(super) fn deciding(trace: &Trace) -> impl Iterator<Item = &Step> {
    let verdict = trace.verdict();
    let mixed = verdict == trace::Verdict::Mixed;
    let tells = move |part: &&Part| part.verdict == verdict || (mixed && part.verdict != trace::Verdict::Allowed);
    let same = trace.parts.iter().filter(tells);
    same.flat_map(|part| &part.decided_by)
}

/// Each step once.
pub(super) fn distinct<'a>(steps: impl Iterator<Item = &'a Step>) -> Vec<&'a Step> {
    let mut seen: Vec<&Step> = Vec::new();
    for step in steps {
        if !seen.contains(&step) {
            seen.push(step);
        }
    }
    seen
}

fn decider(step: &Step, sources: &Sources) -> Value {
    let access = match step.outcome {
        trace::Outcome::Allow => json!("Allow"),
        trace::Outcome::Deny => json!("Deny"),
        _ => Value::Null,
    };
    let origin = step.origin.as_ref().map(|origin| {
        let (file, line, column) = diagnostics::at(origin, sources);
        format!("{file}:{line}:{column}")
    });
    json!({
        "kind": step.kind.as_str(),
        "resource": step.resource,
        "name": step.name,
        "access": access,
        "detail": step.detail,
        "law": step.law,
        "origin": origin,
    })
}

/// The answer of `trace`.
pub fn trace(trace: &Trace, sources: &Sources) -> Value {
    let verdict = trace.verdict();
    let leading = trace.leading_part();
    let hops = |pick: fn(&Part) -> &Vec<Hop>| {
        leading.map(|part| pick(part).iter().map(hop).collect::<Vec<Value>>()).unwrap_or_default()
    };
    let deciders = distinct(deciding(trace)).into_iter().map(|step| decider(step, sources));
    let missing = trace.parts.iter().flat_map(|part| &part.missing).map(|fact| {
        let at = fact.origin.as_ref().map(|origin| diagnostics::at(origin, sources));
        json!({"fact": fact.text, "file": at.as_ref().map(|(file, _, _)| file), "line": at.as_ref().map(|(_, line, _)| line)})
    });
    let mut missing: Vec<Value> = missing.collect();
    missing.dedup();
    let mut answer = json!({
        "version": 1,
        "flow": trace.flow.to_string(),
        "verdict": verdict.as_str(),
        "decidedBy": deciders.collect::<Vec<Value>>(),
        "forward": hops(|part| &part.forward),
        "reply": hops(|part| &part.reply),
        "parts": trace.parts.iter().map(|one| part(one, sources)).collect::<Vec<Value>>(),
        "missing": missing,
        "legs": [],
    });
    let notes: Vec<&String> = trace.notes.iter().chain(trace.parts.iter().flat_map(|part| &part.notes)).collect();
    if let Value::Object(object) = &mut answer {
        if !trace.allowed.is_empty() {
            object.insert(
                "allowed".to_owned(),
                Value::Array(trace.allowed.iter().map(|cube| cube_json(cube, "")).collect()),
            );
        }
        object.insert("notes".to_owned(), json!(notes));
    }
    answer
}

fn hop(hop: &Hop) -> Value {
    let steps = hop.steps.iter().map(|step| {
        json!({
            "kind": step.kind.as_str(),
            "resource": step.resource,
            "name": step.name,
            "outcome": step.outcome.as_str(),
            "law": step.law,
            "detail": step.detail,
        })
    });
    json!({"at": hop.at, "steps": steps.collect::<Vec<Value>>()})
}

fn part(part: &Part, sources: &Sources) -> Value {
    json!({
        "verdict": part.verdict.as_str(),
        "boxes": part.boxes.iter().map(|cube| cube_json(cube, &part.ends.1)).collect::<Vec<Value>>(),
        "witness": boxes::packet(&part.witness, &part.ends),
        "decidedBy": distinct(part.decided_by.iter()).into_iter().map(|step| decider(step, sources)).collect::<Vec<Value>>(),
    })
}

fn cube_json(cube: &Cube, named: &str) -> Value {
    let words = boxes::words(cube, named);
    let mut object = json!({
        "source": words.source,
        "destination": words.destination,
        "protocol": words.protocol,
        "ports": words.ports,
    });
    if let (Some(ports), Value::Object(object)) = (words.source_ports, &mut object) {
        object.insert("sourcePorts".to_owned(), json!(ports));
    }
    object
}

/// Effective routes in the shape of Network Watcher's answer.
pub fn routes(routes: &EffectiveRoutes) -> Value {
    let rows = routes.rows.iter().map(|row| {
        json!({
            "name": row.name,
            "disableBgpRoutePropagation": routes.propagation_disabled,
            "source": row.source.as_str(),
            "state": if row.active { "Active" } else { "Invalid" },
            "addressPrefix": row.prefixes.iter().map(ToString::to_string).collect::<Vec<String>>(),
            "nextHopIpAddress": row.next_hop_addresses.iter().map(ToString::to_string).collect::<Vec<String>>(),
            "nextHopType": facts::hop_of(row),
        })
    });
    json!({"value": rows.collect::<Vec<Value>>()})
}

/// Effective rules in the shape of Network Watcher's answer.
pub fn rules(network: &Network, place: Place) -> Value {
    let levels = rule_levels(network, place);
    let value = levels.iter().map(|(association, group, lists)| {
        let rules = lists.iter().flat_map(|list| list.rules.iter().map(move |rule| rule_json(list, rule)));
        let tag = place
            .subnet(&network.model)
            .map(|subnet| space::to_prefixes(&network.subnet(subnet).virtual_network_tag.addresses));
        let tag: Vec<String> = tag.unwrap_or_default().iter().map(ToString::to_string).collect();
        json!({
            "networkSecurityGroup": {"id": group},
            "association": association,
            "effectiveSecurityRules": rules.collect::<Vec<Value>>(),
            "tagMap": {"VirtualNetwork": tag},
        })
    });
    json!({"value": value.collect::<Vec<Value>>()})
}

/// The groups that apply at a place: association, name, both lists.
pub(super) fn rule_levels(network: &Network, place: Place) -> Vec<(Value, String, [&RuleList; 2])> {
    let model: &Model = &network.model;
    let subnet = place.subnet(model);
    let on_subnet = subnet.and_then(|id| {
        model.subnet(id).network_security_group.map(|group| (json!({"subnet": {"id": network.subnet_path(id)}}), group))
    });
    let on_nic = match place {
        Place::NetworkInterface(nic) => {
            let interface = model.network_interface(nic);
            interface
                .network_security_group
                .map(|group| (json!({"networkInterface": {"id": interface.label.name}}), group))
        }
        Place::Subnet(_) => None,
    };
    let levels = on_subnet.into_iter().chain(on_nic);
    levels
        .filter_map(|(association, group)| {
            let group = *group.known()?;
            let lists = [network.rules(group, Direction::Inbound), network.rules(group, Direction::Outbound)];
            Some((association, model.network_security_group(group).label.name.clone(), lists))
        })
        .collect()
}

fn rule_json(list: &RuleList, rule: &Rule) -> Value {
    let kind = if rule.default { "defaultSecurityRules" } else { "securityRules" };
    let words = rule_words(rule);
    json!({
        "name": format!("{kind}/{}", rule.name),
        "protocol": words.protocol,
        "sourcePortRange": words.source_ports,
        "destinationPortRange": words.destination_ports,
        "sourceAddressPrefixes": words.source,
        "destinationAddressPrefixes": words.destination,
        "access": words.access,
        "priority": rule.priority,
        "direction": if list.direction == Direction::Inbound { "Inbound" } else { "Outbound" },
    })
}

/// A rule in words.
pub(super) struct RuleWords {
    pub(super) protocol: String,
    pub(super) source: Vec<String>,
    pub(super) source_ports: String,
    pub(super) destination: Vec<String>,
    pub(super) destination_ports: String,
    pub(super) access: &'static str,
}

/// Says a rule in words.
pub(super) fn rule_words(rule: &Rule) -> RuleWords {
    let side = |field: &crate::network::Match| {
        let mut words: Vec<String> = field.words.clone();
        if !field.unknown.is_empty() {
            words.push("(not known)".to_owned());
        }
        words
    };
    let ports = |ports: &space::Ports| {
        if ports.is_all() { "*".to_owned() } else { crate::flow::show_ports(ports) }
    };
    let all = rule.port_protocols.contains(space::TCP) && rule.port_protocols.contains(space::UDP);
    let protocol = match () {
        () if all => "*",
        () if rule.port_protocols.contains(space::TCP) => "Tcp",
        () if rule.port_protocols.contains(space::UDP) => "Udp",
        () if rule.portless_protocols.contains(space::ICMP) => "Icmp",
        () if rule.portless_protocols.contains(space::ESP) => "Esp",
        () => "Ah",
    };
    let access = match rule.access {
        Known::Known(Access::Allow) => "Allow",
        Known::Known(Access::Deny) => "Deny",
        Known::Unknown(_) => "(not known)",
    };
    RuleWords {
        protocol: protocol.to_owned(),
        source: side(&rule.source),
        source_ports: ports(&rule.source_ports),
        destination: side(&rule.destination),
        destination_ports: ports(&rule.destination_ports),
        access,
    }
}
