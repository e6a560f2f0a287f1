//! Answers seven questions about rule lists, for comparison with a solver: `rule_questions FILE [REPEAT]`.
//!
//! In: a JSON document as `benches/z3/compare.py` writes it: a chain of lists that all must allow, other versions of one of
//! them, two ends. Out: JSON: for each question the verdict, a packet that shows it, and the median of milliseconds. Each time everything
//! is built anew, the sets too. Whether any packet passes is searched box by box; where that is too long a search, and for
//! whole lists, exact sets tell. Deliberately absent: Azure; these are bare lists.

mod search;

use azreach::space::{Addresses, Cube, Packet, Ports, Protocols, Set, Space, address, every_protocol, point};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{error::Error, io::Write, net::Ipv4Addr, time::Instant};

/// One rule; the first that matches decides.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Rule {
    src: (u32, u32),
    dst: (u32, u32),
    proto: Option<u8>,
    sport: (u16, u16),
    dport: (u16, u16),
    allow: bool,
}

/// What is asked about.
#[derive(Debug, Deserialize)]
struct Document {
    /// All of them must allow.
    chain: Vec<Vec<Rule>>,
    /// Which list of the chain the versions are of.
    at: usize,
    /// With a rule that never decides.
    redundant: Vec<Rule>,
    /// With another access in one rule.
    flipped: Vec<Rule>,
    /// In other words.
    rewritten: Vec<Rule>,
    src: (u32, u32),
    dst: (u32, u32),
}

/// A verdict, and a packet that shows it.
type Answer = (&'static str, Option<Packet>);
/// A question: its name, and how it is answered.
type Question = (&'static str, fn(&Document) -> Answer);

const QUESTIONS: [Question; 7] = [
    ("reach", |document| some(document, None)),
    ("port22", |document| some(document, Some(22))),
    ("contract", contract),
    ("same", |document| versions(document, &document.redundant)),
    ("flip", |document| versions(document, &document.flipped)),
    ("rewrite", |document| versions(document, &document.rewritten)),
    ("chainsame", chains),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("usage: rule_questions FILE [REPEAT]")?;
    let repeat: usize = arguments.next().map_or(Ok(3), |text| text.parse())?;
    let document: Document = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
    if document.at >= document.chain.len() {
        return Err("`at` is beyond the chain".into());
    }
    let mut told = serde_json::Map::new();
    for (name, ask) in QUESTIONS {
        let mut times = Vec::new();
        let mut answer = ("", None);
        for _ in 0..repeat.max(1) {
            let begun = Instant::now();
            answer = ask(&document);
            times.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        let median = times.get(times.len() / 2);
        told.insert(name.to_owned(), json!({"verdict": answer.0, "ms": median, "witness": answer.1.map(packet)}));
    }
    writeln!(std::io::stdout(), "{}", Value::Object(told))?;
    Ok(())
}

fn packet(one: Packet) -> Value {
    json!({
        "src": address(one.source).to_string(),
        "dst": address(one.destination).to_string(),
        "proto": one.protocol,
        "sport": one.source_port,
        "dport": one.destination_port,
    })
}

fn addresses((first, last): (u32, u32)) -> Addresses {
    let at = |number: u32| point(Ipv4Addr::from(number).into());
    Addresses::from_ranges([(at(first), at(last))])
}

fn cube(rule: &Rule) -> Cube {
    Cube {
        source: addresses(rule.src),
        destination: addresses(rule.dst),
        protocols: rule.proto.map_or_else(every_protocol, Protocols::single),
        source_ports: Ports::from_ranges([rule.sport]),
        destination_ports: Ports::from_ranges([rule.dport]),
    }
}

/// From the one end to the other, perhaps on one TCP port only.
fn between(document: &Document, port: Option<u16>) -> Cube {
    let all = Cube { source: addresses(document.src), destination: addresses(document.dst), ..Cube::all() };
    match port {
        Some(port) => Cube { protocols: Protocols::single(6), destination_ports: Ports::single(port), ..all },
        None => all,
    }
}

/// What of a set a list allows. Rules that meet nothing of what is left cost a comparison.
fn allowed(space: &mut Space, rules: &[Rule], set: Set) -> Set {
    let (mut left, mut found) = (set, Set::EMPTY);
    for rule in rules {
        if left.is_empty() {
            break;
        }
        let cube = cube(rule);
        if rule.allow {
            let hit = space.and_cube(left, &cube);
            found = space.or(found, hit);
        }
        left = space.minus_cube(left, &cube);
    }
    found
}

fn through(space: &mut Space, chain: &[Vec<Rule>], set: Set) -> Set {
    chain.iter().fold(set, |set, rules| if set.is_empty() { set } else { allowed(space, rules, set) })
}

fn some(document: &Document, port: Option<u16>) -> Answer {
    let told = search::passing(&document.chain, &region(document, port));
    let witness = told.unwrap_or_else(|_| {
        let mut space = Space::new();
        let asked = space.cube(&between(document, port));
        let found = through(&mut space, &document.chain, asked);
        space.witness(found)
    });
    (if witness.is_none() { "none" } else { "some" }, witness)
}

fn contract(document: &Document) -> Answer {
    let told = search::stopped(&document.chain, &region(document, Some(443)));
    let witness = told.unwrap_or_else(|_| {
        let mut space = Space::new();
        let asked = space.cube(&between(document, Some(443)));
        let found = through(&mut space, &document.chain, asked);
        let denied = space.minus(asked, found);
        space.witness(denied)
    });
    (if witness.is_none() { "holds" } else { "broken" }, witness)
}

/// The same packets as `between`.
fn region(document: &Document, port: Option<u16>) -> Rule {
    Rule {
        src: document.src,
        dst: document.dst,
        proto: port.map(|_| 6),
        sport: (0, u16::MAX),
        dport: port.map_or((0, u16::MAX), |port| (port, port)),
        allow: true,
    }
}

/// One list against another version of it.
fn versions(document: &Document, other: &[Rule]) -> Answer {
    let mut space = Space::new();
    let found = differing(&mut space, &document.chain[document.at], other);
    (if found.is_empty() { "equal" } else { "differ" }, space.witness(found))
}

/// The chain against itself with the list in other words: only what its versions decide differently can differ, and only
/// where all other lists allow it.
fn chains(document: &Document) -> Answer {
    let mut space = Space::new();
    let mut found = differing(&mut space, &document.chain[document.at], &document.rewritten);
    for (at, rules) in document.chain.iter().enumerate() {
        if at != document.at && !found.is_empty() {
            found = allowed(&mut space, rules, found);
        }
    }
    (if found.is_empty() { "equal" } else { "differ" }, space.witness(found))
}

/// Versions that differ in no more rules than this are compared where those rules apply.
const FEW: usize = 16;

/// The packets that two versions decide differently. What they have in common at their beginning and end is compared as text.
fn differing(space: &mut Space, one: &[Rule], other: &[Rule]) -> Set {
    let head = one.iter().zip(other).take_while(|(left, right)| left == right).count();
    let (one_tail, other_tail) = (&one[head..], &other[head..]);
    let same_end = one_tail.iter().rev().zip(other_tail.iter().rev()).take_while(|(left, right)| left == right).count();
    let middles = [&one_tail[..one_tail.len() - same_end], &other_tail[..other_tail.len() - same_end]];
    let changed: Vec<&Rule> = middles.into_iter().flatten().collect();
    let mut found = if changed.len() <= FEW {
        let cubes: Vec<Set> = changed.iter().map(|rule| space.cube(&cube(rule))).collect();
        let region = space.union(&cubes);
        let region = beyond(space, &one[..head], region);
        let [left, right] = [one_tail, other_tail].map(|rules| allowed(space, rules, region));
        return space.differ(left, right);
    } else {
        let [left, right] = [one_tail, other_tail].map(|rules| whole(space, rules));
        space.differ(left, right)
    };
    if !found.is_empty() {
        found = beyond(space, &one[..head], found);
    }
    found
}

/// What none of the rules decides.
fn beyond(space: &mut Space, rules: &[Rule], set: Set) -> Set {
    let live = |left: Set, rule: &Rule| if left.is_empty() { left } else { space.minus_cube(left, &cube(rule)) };
    rules.iter().fold(set, live)
}

/// Everything that a list allows.
fn whole(space: &mut Space, rules: &[Rule]) -> Set {
    const NUMBERS: [u32; 2] = [1, 2];
    let parts: Vec<(Set, u32)> =
        rules.iter().map(|rule| (space.cube(&cube(rule)), NUMBERS[usize::from(rule.allow)])).collect();
    let table = space.assign(&parts);
    space.having(table, NUMBERS[1])
}
