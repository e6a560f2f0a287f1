//! The long run: many networks on every core, both evaluators, packets and sets and services.
//!
//! In: `AZREACH_NETWORKS` (default 100,000), `AZREACH_FROM`, `AZREACH_JOBS`. Out: progress on stderr; the first
//! disagreement made small, and the seed and the class of every one.

use super::{FAMILIES, Family, QUESTIONS, agree, class, misplaced, question, services, set_question, smallest};
use crate::{
    generate::{self, Random},
    oracle,
};
use azreach::{compile::compile, evaluate::evaluate};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// What was found in one network: how many questions, and the class of each that differs.
struct Found {
    questions: usize,
    differ: Vec<(String, String)>,
}

#[test]
#[ignore = "hours; see CONTRIBUTING.md"]
#[allow(clippy::print_stderr)] // somebody waits for it and wants to see how far it is
fn a_hundred_thousand_networks() {
    let variable = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let count = variable("AZREACH_NETWORKS").unwrap_or(100_000);
    let first = variable("AZREACH_FROM").unwrap_or(1);
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let jobs = variable("AZREACH_JOBS").unwrap_or(cores).max(1);
    let next = AtomicU64::new(first);
    let asked = AtomicU64::new(0);
    let classes: Mutex<BTreeMap<String, Vec<u64>>> = Mutex::default();
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < first + count) {
                    let found = one_network(seed);
                    asked.fetch_add(found.questions as u64, Ordering::Relaxed);
                    let mut classes = classes.lock().expect("no thread has panicked");
                    for (class, text) in found.differ {
                        if classes.is_empty() {
                            eprintln!("the first disagreement:\n{text}");
                        }
                        if !classes.contains_key(&class) {
                            eprintln!("AZREACH_SEED={seed}: {class}");
                        }
                        classes.entry(class).or_default().push(seed);
                    }
                    let done = seed + 1 - first;
                    if done % 1000 == 0 {
                        let (questions, seconds) = (asked.load(Ordering::Relaxed), began.elapsed().as_secs());
                        eprintln!(
                            "{done} networks, {questions} questions, {} kinds differ, {seconds} s",
                            classes.len()
                        );
                    }
                }
            });
        }
    });
    let classes = classes.into_inner().expect("no thread has panicked");
    assert!(classes.is_empty(), "kinds that differ, and their seeds: {classes:#?}");
}

/// Packets, sets and requests to services in the networks of one seed.
fn one_network(seed: u64) -> Found {
    let mut found = Found { questions: 0, differ: Vec::new() };
    for family in FAMILIES {
        one_of_a_family(seed, family, &mut found);
    }
    // Questions about names are judged in many worlds, which takes as long as eight networks without.
    if seed.is_multiple_of(8) {
        let (questions, differ) = services::of_one_network(seed);
        found.questions += questions;
        found.differ.extend(differ);
    }
    found
}

/// Packets and sets in one network.
fn one_of_a_family(seed: u64, family: Family, found: &mut Found) {
    let mut random = Random::new(seed);
    let model = family(&mut random);
    let network = compile(model.clone());
    for ask in generate::asks(&model, &mut random, QUESTIONS) {
        found.questions += 1;
        let slow = oracle::verdict(&model, ask.start, &ask.packet);
        let fast = evaluate(&network, &question(&ask));
        if !agree(&slow, fast.verdict()) {
            let class = class(&slow, &fast);
            let text = if found.differ.is_empty() { smallest(&class, seed, &model, &ask) } else { String::new() };
            found.differ.push((class, text));
        }
    }
    let ask = generate::set_ask(&model, &mut random, 20);
    let trace = evaluate(&network, &set_question(&ask));
    for (start, packet) in &ask.samples {
        found.questions += 1;
        let slow = oracle::verdict(&model, *start, packet);
        if let Some(why) = misplaced(&trace, packet, &slow) {
            found
                .differ
                .push((format!("a part of a set: {slow:?}"), format!("seed {seed}: {} {packet:?} {why}", ask.flow)));
        }
    }
}
