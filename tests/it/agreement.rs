//! The fast walk against the slow oracle, packet by packet and set by set.
//!
//! In: seeds. `AZREACH_SEED` replays one network, `AZREACH_NETWORKS` says how many. Out: a failure that prints the
//! seed, the network, the flow, both answers. Deliberately absent: knowledge of Azure.

mod batch;
mod long;
mod services;
mod show;
mod shrink;
mod unknowns;
mod wider;

use crate::{
    generate::{self, Ask, Random, SetAsk},
    oracle,
};
use azreach::{
    compile::compile,
    evaluate::{Question, evaluate},
    model::{Model, Party},
    space::Packet,
    trace,
};
use std::collections::BTreeMap;

pub(crate) const QUESTIONS: usize = 40;

fn seeds(default: u64) -> Vec<u64> {
    let variable = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    match variable("AZREACH_SEED") {
        Some(seed) => vec![seed],
        None => (1..=variable("AZREACH_NETWORKS").unwrap_or(default)).collect(),
    }
}

/// Whether two answers say the same; an oracle that does not know is no judge.
fn agree(slow: &oracle::Verdict, fast: trace::Verdict) -> bool {
    match slow {
        oracle::Verdict::Allowed => fast == trace::Verdict::Allowed,
        oracle::Verdict::Denied(_) => fast == trace::Verdict::Denied,
        oracle::Verdict::Mixed => fast == trace::Verdict::Mixed,
        oracle::Verdict::Undetermined(why) if why.starts_with("law:") => fast == trace::Verdict::Undetermined,
        oracle::Verdict::Undetermined(_) => true,
    }
}

fn question(ask: &Ask) -> Question {
    Question {
        flow: ask.flow.clone(),
        sources: vec![ask.source.clone()],
        destinations: vec![ask.destination.clone()],
        identity: None,
    }
}

/// A kind of random networks.
pub(crate) type Family = fn(&mut Random) -> Model;

/// All kinds of which single packets and sets are asked about.
pub(crate) const FAMILIES: [Family; 2] = [generate::network, generate::wide];

#[test]
fn the_fast_walk_agrees_with_the_slow_oracle() {
    let [allowed, denied, ..] = packets(generate::network, 300);
    if std::env::var("AZREACH_NETWORKS").is_err() && std::env::var("AZREACH_SEED").is_err() {
        assert!(allowed > 1000 && allowed + denied > 9000, "too few definite answers: {allowed} and {denied}");
    }
}

#[test]
fn the_parts_of_a_set_question_hold_exactly_the_packets_with_their_fate() {
    sets(generate::network, 150);
}

/// Single packets in networks of a family: how many are allowed, denied, open, different, mixed.
fn packets(family: Family, networks: u64) -> [usize; 5] {
    let mut tally = [0usize; 5];
    let mut failures = Vec::new();
    let mut classes = BTreeMap::new();
    for seed in seeds(networks) {
        let mut random = Random::new(seed);
        let model = family(&mut random);
        let network = compile(model.clone());
        for ask in generate::asks(&model, &mut random, QUESTIONS) {
            let slow = oracle::verdict(&model, ask.start, &ask.packet);
            let fast = evaluate(&network, &question(&ask));
            tally[match slow {
                oracle::Verdict::Allowed => 0,
                oracle::Verdict::Denied(_) => 1,
                oracle::Verdict::Undetermined(_) => 2,
                oracle::Verdict::Mixed => 4,
            }] += 1;
            if !agree(&slow, fast.verdict()) {
                tally[3] += 1;
                let class = class(&slow, &fast);
                classes.entry(class.clone()).or_insert((0usize, seed)).0 += 1;
                failures.push((class, seed, model.clone(), ask));
            }
        }
    }
    let [allowed, denied, open, differ, mixed] = tally;
    let summary = format!("{allowed} allowed, {denied} denied, {mixed} mixed, {open} undetermined; {differ} differ");
    if !failures.is_empty() {
        let only = std::env::var("AZREACH_CLASS").unwrap_or_default();
        let examples = failures.iter().filter(|(class, ..)| class.contains(&only)).take(shown());
        let mut text: Vec<_> = examples.map(|(class, seed, model, ask)| smallest(class, *seed, model, ask)).collect();
        text.sort_by_key(String::len);
        panic!("{}\nhow many and the first seed: {classes:#?}\n{summary}", text.join("\n"));
    }
    tally
}

/// Sets of packets in networks of a family, by samples.
fn sets(family: Family, networks: u64) {
    let mut failures = Vec::new();
    let mut checked = 0usize;
    for seed in seeds(networks) {
        let mut random = Random::new(seed);
        let model = family(&mut random);
        let network = compile(model.clone());
        for _ in 0..4 {
            let ask = generate::set_ask(&model, &mut random, 20);
            let trace = evaluate(&network, &set_question(&ask));
            for (start, packet) in &ask.samples {
                checked += 1;
                let slow = oracle::verdict(&model, *start, packet);
                if let Some(why) = misplaced(&trace, packet, &slow) {
                    let trace = show::trace(&trace);
                    let text = show::model(&model);
                    failures.push(format!(
                        "==== AZREACH_SEED={seed}\n{text}\n---- {}\n{packet:?}\n{why}\n{trace}",
                        ask.flow
                    ));
                }
            }
        }
    }
    failures.sort_by_key(String::len);
    let texts: Vec<_> = failures.iter().take(shown()).map(String::as_str).collect();
    assert!(failures.is_empty(), "{}\n{} of {checked} packets differ", texts.join("\n"), failures.len());
}

fn set_question(ask: &SetAsk) -> Question {
    Question {
        flow: ask.flow.clone(),
        sources: vec![Party::Subnet(ask.source)],
        destinations: vec![Party::Subnet(ask.destination)],
        identity: None,
    }
}

/// A packet must be in exactly one part, and that part must have its verdict.
fn misplaced(trace: &trace::Trace, packet: &Packet, slow: &oracle::Verdict) -> Option<String> {
    let holders: Vec<_> =
        trace.parts.iter().filter(|part| part.boxes.iter().any(|cube| cube.contains(packet))).collect();
    match holders.as_slice() {
        [part] if agree(slow, part.verdict) => None,
        [part] => Some(format!("slow {slow:?}, fast {} by {:?}", part.verdict, part.decided_by.first())),
        parts => Some(format!("slow {slow:?}, in {} parts", parts.len())),
    }
}

/// The same failure in a network with nothing to spare.
fn smallest(kind: &str, seed: u64, model: &Model, ask: &Ask) -> String {
    let both = |model: &Model| {
        let slow = oracle::verdict(model, ask.start, &ask.packet);
        (slow, evaluate(&compile(model.clone()), &question(ask)))
    };
    let model = shrink::shrink(model, |model| {
        let (slow, fast) = both(model);
        !agree(&slow, fast.verdict()) && class(&slow, &fast) == kind
    });
    let (slow, fast) = both(&model);
    report(seed, &model, ask, &slow, &fast)
}

/// Failures of one kind have the same words.
fn class(slow: &oracle::Verdict, fast: &trace::Trace) -> String {
    let slow = format!("{slow:?}")
        .split(|letter: char| letter.is_ascii_digit() || letter == '/')
        .next()
        .unwrap_or("")
        .to_owned();
    let step = fast.leading_part().and_then(|part| part.decided_by.first());
    let by = step.map(|step| format!("{:?} {} {}", step.kind, step.outcome.as_str(), step.law));
    format!("slow {slow} | fast {} {}", fast.verdict(), by.unwrap_or_default())
}

fn shown() -> usize {
    std::env::var("AZREACH_SHOW").ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}

fn report(seed: u64, model: &Model, ask: &Ask, slow: &oracle::Verdict, fast: &trace::Trace) -> String {
    format!(
        "==== AZREACH_SEED={seed}\n{}\n---- {} ({:?} to {:?})\nslow: {slow:?}\nfast: {}\n{}",
        show::model(model),
        ask.flow,
        ask.start,
        ask.destination,
        fast.verdict(),
        show::trace(fast),
    )
}
