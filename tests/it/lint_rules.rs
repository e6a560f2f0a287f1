//! `lint` of generated rule lists, judged by brute force: a rule is named dead exactly where no packet is left for it, and
//! what is named needless changes nothing when it is taken away.
//!
//! In: seeds. Out: a failure with the list. The lists are read here once more from their own parts: every combination of the
//! corners of all ranges stands for the packets between them, so that what holds for these holds for all. Deliberately
//! absent: tags other than VirtualNetwork, places that forward what is not theirs.

use crate::{fix::read_text, generate::Random};
use azreach::{
    diagnostic::Diagnostics,
    diff::diff_of_all_pairs,
    lint::{self, Finding, Proof, Subject},
    network::Network,
    report,
    scenario::Scenario,
    suite,
    tags::ServiceTags,
};
use std::{collections::BTreeMap, net::Ipv4Addr, path::Path};

type Span = (u32, u32);

/// Words of prefixes and what they hold. VirtualNetwork holds the platform's address too (F59).
const ENDS: [(&str, &[&str]); 9] = [
    ("\"*\"", &["0.0.0.0/0"]),
    ("10.0.0.0/24", &["10.0.0.0/24"]),
    ("10.0.0.0/25", &["10.0.0.0/25"]),
    ("10.0.0.128/25", &["10.0.0.128/25"]),
    ("10.0.1.0/24", &["10.0.1.0/24"]),
    ("10.0.0.0/23", &["10.0.0.0/23"]),
    ("20.0.0.0/24", &["20.0.0.0/24"]),
    ("20.0.0.7", &["20.0.0.7/32"]),
    ("VirtualNetwork", &["10.0.0.0/16", "168.63.129.16/32"]),
];
const PORTS: [(&str, Span); 6] = [
    ("\"*\"", (0, 65535)),
    ("443", (443, 443)),
    ("400-450", (400, 450)),
    ("0-442", (0, 442)),
    ("443-65535", (443, 65535)),
    ("80", (80, 80)),
];
/// Where the group stands.
const SUBNETS: [&str; 2] = ["10.0.0.0/24", "10.0.1.0/24"];
/// tcp, udp, and one without ports.
const PROTOCOLS: [u8; 3] = [6, 17, 1];

struct Rule {
    text: String,
    inbound: bool,
    allow: bool,
    protocol: Option<u8>,
    source: Vec<Span>,
    destination: Vec<Span>,
    ports: Span,
}

#[derive(Clone, Copy)]
struct Packet {
    source: u32,
    destination: u32,
    protocol: u8,
    port: u32,
}

impl Rule {
    fn random(random: &mut Random, number: usize) -> Rule {
        let (inbound, allow) = (random.percent(60), random.percent(50));
        let (word, protocol) = *random.pick(&[("\"*\"", None), ("Tcp", Some(6)), ("Udp", Some(17))]);
        let [(from, source), (to, destination)] = [random.pick(&ENDS), random.pick(&ENDS)];
        let (port, ports) = *random.pick(&PORTS);
        let text = format!(
            "        r{number}: {{priority: {}, direction: {}, access: {}, protocol: {word}, sourceAddressPrefix: {from}, \
             sourcePortRange: \"*\", destinationAddressPrefix: {to}, destinationPortRange: {port}}}\n",
            100 + number,
            if inbound { "Inbound" } else { "Outbound" },
            if allow { "Allow" } else { "Deny" },
        );
        Rule { text, inbound, allow, protocol, source: spans(source), destination: spans(destination), ports }
    }

    /// What has no ports matches rules for every port only (F30).
    fn matches(&self, packet: Packet) -> bool {
        let holds = |spans: &[Span], value: u32| spans.iter().any(|(first, last)| (*first..=*last).contains(&value));
        let ports = match packet.protocol {
            1 => self.ports == (0, 65535),
            _ => holds(&[self.ports], packet.port),
        };
        let protocol = self.protocol.is_none_or(|own| own == packet.protocol);
        protocol && ports && holds(&self.source, packet.source) && holds(&self.destination, packet.destination)
    }
}

fn spans(prefixes: &[&str]) -> Vec<Span> {
    let span = |text: &&str| {
        let net: ipnet::Ipv4Net = text.parse().expect("a prefix");
        (u32::from(net.network()), u32::from(net.broadcast()))
    };
    prefixes.iter().map(span).collect()
}

/// Where ranges begin, and the value behind each: one of these stands for every value between them.
fn corners(spans: impl Iterator<Item = Span>) -> Vec<u32> {
    let mut all: Vec<u32> = spans.flat_map(|(first, last)| [Some(first), last.checked_add(1)]).flatten().collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// One of each kind of packet that the group sees in a direction.
fn packets(inbound: bool) -> Vec<Packet> {
    let prefixes = ENDS.iter().flat_map(|(_, prefixes)| spans(prefixes));
    let (all, home) = (corners(prefixes), spans(&SUBNETS));
    let local: Vec<u32> =
        all.iter().copied().filter(|one| home.iter().any(|(first, last)| (*first..=*last).contains(one))).collect();
    let (sources, destinations) = if inbound { (&all, &local) } else { (&local, &all) };
    let ports: Vec<u32> =
        corners(PORTS.iter().map(|(_, span)| *span)).into_iter().filter(|port| *port <= 65535).collect();
    let mut found = Vec::new();
    for source in sources {
        for destination in destinations {
            for protocol in PROTOCOLS {
                let packet = |port: &u32| Packet { source: *source, destination: *destination, protocol, port: *port };
                found.extend(ports.iter().take(if protocol == 1 { 1 } else { ports.len() }).map(packet));
            }
        }
    }
    found
}

/// What brute force says of a rule: nothing where it decides some packet, else the code.
fn judged(rules: &[Rule], at: usize, packets: &[Packet]) -> Option<&'static str> {
    let own: Vec<Packet> = packets.iter().copied().filter(|packet| rules[at].matches(*packet)).collect();
    let mut same = true;
    for packet in &own {
        let same_list = |rule: &&Rule| rule.inbound == rules[at].inbound;
        let first = rules[..at].iter().filter(same_list).find(|rule| rule.matches(*packet))?;
        same &= first.allow == rules[at].allow;
    }
    Some(match (own.is_empty(), same) {
        (true, _) => "rule-without-match",
        (_, true) => "rule-redundant",
        (_, false) => "rule-shadowed",
    })
}

fn file(rules: &[Rule]) -> String {
    let subnets: Vec<String> = SUBNETS
        .iter()
        .zip(["a", "b"])
        .map(|(prefix, name)| format!("{name}: {{addressPrefix: {prefix}, networkSecurityGroup: nsg}}"))
        .collect();
    let rules: String = rules.iter().map(|rule| rule.text.as_str()).collect();
    format!(
        "network:\n  virtualNetworks:\n    v: {{addressPrefixes: [10.0.0.0/16], subnets: {{{}}}}}\n  networkSecurityGroups:\n    \
         nsg:\n      securityRules:\n{rules}",
        subnets.join(", ")
    )
}

fn network(scenario: &Scenario) -> Network {
    let mut diagnostics = Diagnostics::default();
    suite::prepare(scenario, ServiceTags::builtin(), &mut diagnostics).expect("a usable scenario").network
}

/// Each rule with what is found about it.
fn found(network: &Network) -> BTreeMap<String, Finding> {
    let findings = lint::lint(Subject { network, what_ifs: &[] }, &Diagnostics::default());
    let named = |one: Finding| {
        let rules = one.patch.as_ref()?.pointer("/networkSecurityGroups/nsg/securityRules")?.as_object()?;
        Some((rules.keys().next()?.clone(), one))
    };
    findings.into_iter().filter_map(named).collect()
}

#[test]
fn a_rule_is_named_dead_exactly_where_no_packet_is_left_for_it() {
    let both = [packets(false), packets(true)];
    let (mut dead, mut alive) = (0, 0);
    for seed in 1..=120 {
        let mut random = Random::new(seed);
        let rules: Vec<Rule> = (0..5 + random.below(10)).map(|number| Rule::random(&mut random, number)).collect();
        let text = file(&rules);
        let network = network(&read_text(Path::new("generated.yaml"), text.clone()).expect("a scenario"));
        let found = found(&network);
        for (at, rule) in rules.iter().enumerate() {
            let expected = judged(&rules, at, &both[usize::from(rule.inbound)]);
            let finding = found.get(&format!("r{at}"));
            let told = finding.map(|one| one.diagnostic.code).filter(|code| *code != "rule-repeats-later-rules");
            assert_eq!(told, expected, "seed {seed}: r{at} of\n{text}");
            *(if expected.is_some() { &mut dead } else { &mut alive }) += 1;
            if let Some(Proof::Rules(covering)) = finding.filter(|_| expected.is_some()).map(|one| &one.proof) {
                let named = |other: &&Rule| covering.iter().any(|one| other.text.contains(&format!(" {}:", one.name)));
                let covers: Vec<&Rule> = rules[..at].iter().filter(named).collect();
                let left = |packet: &&Packet| rule.matches(**packet) && !covers.iter().any(|one| one.matches(**packet));
                let left = both[usize::from(rule.inbound)].iter().find(left);
                let at_by = |packet: &Packet| format!("{}", Ipv4Addr::from(packet.source));
                assert!(left.is_none(), "seed {seed}: r{at} is not covered: {:?}", left.map(at_by));
            }
        }
    }
    assert!(dead > 100 && alive > 300, "{dead} dead, {alive} alive");
}

#[test]
fn what_is_named_needless_changes_no_exact_set_when_it_is_taken_away() {
    let mut compared = BTreeMap::new();
    for seed in 1..=16 {
        let mut random = Random::new(seed);
        let rules: Vec<Rule> = (0..5 + random.below(8)).map(|number| Rule::random(&mut random, number)).collect();
        let text = file(&rules);
        let before = network(&read_text(Path::new("generated.yaml"), text.clone()).expect("a scenario"));
        for (rule, finding) in found(&before) {
            let patch = finding.patch.as_ref().expect("a suggested edit");
            let pasted = format!("{text}{}", report::what_if_yaml("without it", patch));
            let pasted = read_text(Path::new("generated.yaml"), pasted).expect("a scenario");
            let mut diagnostics = Diagnostics::default();
            let changed = suite::with_what_if(&pasted, "without it", &mut diagnostics).expect("the what-if");
            let changes = diff_of_all_pairs(&before, &network(&changed));
            let none = changes.gained.is_empty() && changes.lost.is_empty() && changes.undetermined.is_empty();
            assert!(none, "seed {seed}: {} {rule} of\n{text}", finding.diagnostic.code);
            *compared.entry(finding.diagnostic.code).or_insert(0) += 1;
        }
    }
    assert!(compared.len() == 4 && compared.values().all(|count| *count >= 2), "{compared:?}");
}
