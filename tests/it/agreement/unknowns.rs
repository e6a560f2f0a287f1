//! A fact that is missing against all that it may be.
//!
//! In: random networks, of which a part of one rule is taken away. Out: a failure where the answer is certain and yet
//! differs from what the whole network would give. Deliberately absent: who is right about whole networks (the oracle).

use super::{question, seeds};
use crate::generate::{self, Random};
use azreach::{compile::compile, evaluate::evaluate, model::*, trace::Verdict};

/// A model with a fact missing, and the models that it may stand for.
struct Opened {
    what: String,
    open: Model,
    settled: Vec<Model>,
}

/// A change of a model's rule; the number says which of its meanings, none that it is not known.
type Change = Box<dyn Fn(&mut Model, Option<usize>, FactId)>;

#[test]
fn a_certain_answer_holds_whatever_the_missing_part_of_a_rule_is() {
    let (mut certain, mut open, mut failures) = (0usize, 0usize, Vec::new());
    for seed in seeds(25) {
        let mut random = Random::new(seed);
        let model = generate::network(&mut random);
        let asks = generate::asks(&model, &mut random, 10);
        for one in opened(&model, &mut random, 6) {
            let network = compile(one.open);
            let settled: Vec<_> = one.settled.into_iter().map(compile).collect();
            for ask in &asks {
                let question = question(ask);
                let answer = evaluate(&network, &question).verdict();
                if !matches!(answer, Verdict::Allowed | Verdict::Denied) {
                    open += usize::from(answer == Verdict::Undetermined);
                    continue;
                }
                certain += 1;
                let others: Vec<_> = settled.iter().map(|one| evaluate(one, &question).verdict()).collect();
                if others.iter().any(|other| *other != answer) {
                    let (what, flow) = (&one.what, &ask.flow);
                    failures.push(format!("AZREACH_SEED={seed}: {what}: {flow} {answer}, but {others:?}"));
                }
            }
        }
    }
    let first = failures.iter().take(super::shown()).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{first}\n{} of {certain} certain answers; {open} open", failures.len());
    assert!(open > 5 || std::env::var("AZREACH_SEED").is_ok(), "too few open answers: {open}, {certain} certain");
}

/// So many of a model's rules, each without a part of it.
fn opened(model: &Model, random: &mut Random, count: usize) -> Vec<Opened> {
    let all = changes(model);
    let meanings = |change: &Change, fact: FactId, which: Option<usize>| {
        let mut changed = model.clone();
        changed.facts.push(Fact { text: "a part of a rule".to_owned(), origin: None });
        change(&mut changed, which, fact);
        changed
    };
    let fact = FactId::at(model.facts.len());
    let picked = (0..count.min(all.len())).map(|_| random.below(all.len())).collect::<Vec<_>>();
    let one = |at: usize| {
        let (what, count, change) = &all[at];
        let settled = (0..*count).map(|which| meanings(change, fact, Some(which))).collect();
        Opened { what: what.clone(), open: meanings(change, fact, None), settled }
    };
    picked.into_iter().map(one).collect()
}

/// Every part of a rule that may be missing, with the number of its meanings.
fn changes(model: &Model) -> Vec<(String, usize, Change)> {
    let mut all: Vec<(String, usize, Change)> = Vec::new();
    for (at, group) in model.network_security_groups.iter().enumerate() {
        for index in 0..group.security_rules.len() {
            let name =
                |part: &str| format!("{part} of {}/{}", group.label.name, group.security_rules[index].label.name);
            all.push(access_of(name("access"), move |model| {
                &mut model.network_security_groups[at].security_rules[index].access
            }));
            all.push(field_of(name("source"), move |model| {
                &mut model.network_security_groups[at].security_rules[index].source
            }));
            all.push(field_of(name("destination"), move |model| {
                &mut model.network_security_groups[at].security_rules[index].destination
            }));
        }
    }
    for (at, firewall) in model.azure_firewalls.iter().enumerate() {
        for index in 0..firewall.network_rules.len() {
            let name = |part: &str| format!("{part} of network rule {index} of {}", firewall.label.name);
            all.push(access_of(name("access"), move |model| {
                &mut model.azure_firewalls[at].network_rules[index].access
            }));
            all.push(field_of(name("source"), move |model| &mut model.azure_firewalls[at].network_rules[index].source));
            all.push((
                name("match"),
                2,
                Box::new(move |model, which, fact| match which {
                    None => model.azure_firewalls[at].network_rules[index].doubts.push(fact),
                    Some(0) => {}
                    Some(_) => drop(model.azure_firewalls[at].network_rules.remove(index)),
                }),
            ));
        }
        for index in 0..firewall.application_rules.len() {
            let name = |part: &str| format!("{part} of application rule {index} of {}", firewall.label.name);
            all.push(access_of(name("access"), move |model| {
                &mut model.azure_firewalls[at].application_rules[index].access
            }));
            all.push((
                name("hosts"),
                2,
                Box::new(move |model, which, fact| {
                    let rule = &mut model.azure_firewalls[at].application_rules[index];
                    match which {
                        None => rule.unknown = Some(fact),
                        Some(0) => {}
                        Some(_) => rule.hosts.push("*".to_owned()),
                    }
                }),
            ));
        }
        for index in 0..firewall.nat_rules.len() {
            let name = format!("source of translation {index} of {}", firewall.label.name);
            all.push(field_of(name, move |model| &mut model.azure_firewalls[at].nat_rules[index].source));
        }
    }
    for (at, manager) in model.network_managers.iter().enumerate() {
        for index in 0..manager.rules.len() {
            let name = |part: &str| format!("{part} of {}", manager.rules[index].label.name);
            all.push((
                name("access"),
                3,
                Box::new(move |model, which, fact| {
                    let kinds = [AdminAccess::Allow, AdminAccess::AlwaysAllow, AdminAccess::Deny];
                    let known = which.map_or(Known::Unknown(fact), |which| Known::Known(kinds[which]));
                    model.network_managers[at].rules[index].access = known;
                }),
            ));
            all.push(field_of(name("source"), move |model| &mut model.network_managers[at].rules[index].source));
        }
    }
    all
}

/// Whether a rule allows may be missing: it does, or it does not.
fn access_of(name: String, of: impl Fn(&mut Model) -> &mut Known<Access> + 'static) -> (String, usize, Change) {
    (name, 2, Box::new(move |model, which, fact| *of(model) = access(which, fact)))
}

/// One more member of a field may be missing.
fn field_of(name: String, of: impl Fn(&mut Model) -> &mut AddressMatch + 'static) -> (String, usize, Change) {
    (name, 2, Box::new(move |model, which, fact| widen(of(model), which, fact)))
}

fn access(which: Option<usize>, fact: FactId) -> Known<Access> {
    which.map_or(Known::Unknown(fact), |which| Known::Known([Access::Allow, Access::Deny][which]))
}

/// One more member of a field: not known, none, everybody.
fn widen(field: &mut AddressMatch, which: Option<usize>, fact: FactId) {
    match which {
        None => field.unknown.push(fact),
        Some(0) => {}
        Some(_) => field.any = true,
    }
}
