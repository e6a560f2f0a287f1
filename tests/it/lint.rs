//! What `lint` finds: in the files built to show it, exactly what they say; in all others, nothing that is not their point.
//!
//! In: `scenarios/`. Out: a failure that names file, line and code. `# finds: CODE` in a file of `scenarios/lint` stands on
//! the line of the finding.

use crate::{
    fix::read_text,
    generate::{self, Random},
    scenarios::{files_below, read, root},
};
use azreach::{
    compile::compile,
    diagnostic::Diagnostics,
    diagnostic::Severity,
    evaluate::{Question, evaluate, rule_on},
    lint::{self, Finding, Linted, Proof},
    model::{Direction, Known, Model, SubnetId},
    network::Network,
    report::{self, manual},
    scenario::Scenario,
    space::{Cube, PROTOCOLS, Packet, point},
    suite,
    tags::ServiceTags,
};
use std::{collections::BTreeSet, fs, path::Path};

fn lint_file(path: &Path) -> (Linted, Option<Scenario>) {
    let (sources, scenario, diagnostics) = read(path);
    let name = path.strip_prefix(root("")).expect("below the root").to_string_lossy().into_owned();
    (lint::run(&name, sources, scenario.as_ref(), ServiceTags::builtin(), diagnostics), scenario)
}

/// Line and code of a finding.
fn place(result: &Linted, finding: &Finding) -> (usize, String) {
    let span = finding.diagnostic.origin.as_ref().expect("every finding has a place").span();
    (result.sources.position(&span).0, finding.diagnostic.code.to_owned())
}

/// What a file says must be found in it.
fn announced(text: &str) -> Vec<(usize, String)> {
    let lines = text.lines().zip(1..).filter_map(|(line, number)| Some((number, line.split_once("# finds: ")?.1)));
    lines.flat_map(|(number, codes)| codes.split(", ").map(move |code| (number, code.trim().to_owned()))).collect()
}

#[test]
fn the_files_built_to_show_a_finding_show_exactly_that() {
    let mut shown = BTreeSet::new();
    for path in files_below(&root("scenarios/lint"), &["yaml"]) {
        let (result, _) = lint_file(&path);
        let mut expected = announced(&fs::read_to_string(&path).expect("a readable file"));
        let mut found: Vec<_> = result.findings.iter().map(|one| place(&result, one)).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{}: found (left) and announced (right)", result.file);
        shown.extend(found.into_iter().map(|(_, code)| code));
    }
    let own = lint::CODES.iter().map(|(code, _)| *code).filter(|code| !told_by_every_command(code));
    let unshown: Vec<&str> = own.filter(|code| !shown.contains(*code) && *code != "rules-too-complex").collect();
    assert!(unshown.is_empty(), "codes that no file shows: {unshown:?}");
}

#[test]
fn a_suggested_edit_mends_what_was_found_when_it_is_pasted() {
    let mut mended = BTreeSet::new();
    for path in files_below(&root("scenarios/lint"), &["yaml"]) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let (result, _) = lint_file(&path);
        for finding in &result.findings {
            let Some(patch) = &finding.patch else { continue };
            let text = format!("import:\n  - scenario: {name}\n{}", report::what_if_yaml("mended", patch));
            let pasted = read_text(&path.with_file_name("pasted.yaml"), text).expect("a scenario");
            let mut diagnostics = Diagnostics::default();
            let changed = suite::with_what_if(&pasted, "mended", &mut diagnostics).expect("the what-if");
            let asked = suite::prepare(&changed, ServiceTags::builtin(), &mut diagnostics);
            let asked = asked.unwrap_or_else(|| panic!("{name}: {patch} is refused"));
            let subject = lint::Subject { network: &asked.network, what_ifs: &[] };
            let same = |one: &Finding| one.diagnostic.message == finding.diagnostic.message;
            let left = lint::lint(subject, &Diagnostics::default()).iter().any(same);
            assert!(!left, "{name}: {}: {patch}", finding.diagnostic.message);
            mended.insert(finding.diagnostic.code);
        }
    }
    assert!(mended.len() >= 7, "{mended:?}");
}

/// Warnings of `resolve` and `compile`, which their own tests judge.
fn told_by_every_command(code: &str) -> bool {
    let page = fs::read_to_string(root("docs/diagnostics.md")).expect("a readable page");
    page.contains(&format!("- **{code}**"))
}

/// A file may hold a finding when it is the file's point: an expectation names what the finding is about.
fn is_the_point(scenario: &Scenario, finding: &Finding) -> bool {
    let named = |begin: &str, word: &str| {
        let mut all = scenario.expect.iter().chain(scenario.what_if.iter().flat_map(|what_if| &what_if.expect));
        all.any(|one| one.by.as_ref().is_some_and(|(by, _)| by.starts_with(begin) && by.ends_with(word)))
    };
    match &finding.proof {
        // Shadowed: a claim says that the earlier rule decides.
        Proof::Rules(rules) => rules.iter().any(|rule| named("", &format!("/{}", rule.name))),
        // One direction only: a claim says that flows are lost so.
        Proof::Flow(_) => finding.diagnostic.code == "asymmetric-path" && named("asymmetric", ""),
        _ => false,
    }
}

#[test]
fn no_other_shipped_file_has_a_warning_that_is_not_its_point() {
    let mut stray = Vec::new();
    for path in files_below(&root("scenarios"), &["yaml"]) {
        // Templates are read by the command line alone; their own test looks at them with it.
        let elsewhere = ["scenarios/lint", "scenarios/invalid", "scenarios/templates"];
        if elsewhere.iter().any(|folder| path.starts_with(root(folder))) {
            continue;
        }
        let (result, scenario) = lint_file(&path);
        assert!(result.usable, "{} cannot be looked at", result.file);
        let scenario = scenario.expect("a usable file");
        let warnings = result.findings.iter().filter(|one| one.diagnostic.severity <= Severity::Warning);
        let own = warnings.filter(|one| !told_by_every_command(one.diagnostic.code));
        for one in own.filter(|one| !is_the_point(&scenario, one)) {
            let (line, code) = place(&result, one);
            stray.push(format!("{}:{line}: {code}: {}", result.file, one.diagnostic.message));
        }
    }
    assert!(stray.is_empty(), "{}", stray.join("\n"));
}

#[test]
fn every_code_is_explained_and_says_its_level() {
    for (code, level) in lint::CODES {
        let (_, text) = manual::entry(code).unwrap_or_else(|| panic!("{code} is not explained"));
        if !told_by_every_command(code) {
            assert!(text.starts_with(&format!("({level})")), "{code}: {text}");
        }
    }
}

/// What is said of the rules of a network: code, group, rule.
fn rule_findings(network: &Network) -> Vec<(String, String, String)> {
    let subject = lint::Subject { network, what_ifs: &[] };
    let findings = lint::lint(subject, &Diagnostics::default());
    let of_rule = |one: &Finding| {
        let groups = one.patch.as_ref()?.get("networkSecurityGroups")?.as_object()?;
        let (group, rest) = groups.iter().next()?;
        let (rule, _) = rest.get("securityRules")?.as_object()?.iter().next()?;
        Some((one.diagnostic.code.to_owned(), group.clone(), rule.clone()))
    };
    findings.iter().filter_map(of_rule).collect()
}

fn without_rule(model: &Model, group: &str, rule: &str) -> Model {
    let mut changed = model.clone();
    for one in changed.network_security_groups.iter_mut().filter(|one| one.label.name == group) {
        one.security_rules.retain(|known| known.label.name != rule);
    }
    changed
}

/// Random packets to or from a subnet's addresses.
fn packet(random: &mut Random, model: &Model, subnet: SubnetId, direction: Direction) -> Packet {
    let own = model.subnet(subnet).address_prefixes.first().expect("a prefix");
    let local = point(own.network()) + 4 + random.below(8) as u128;
    let remotes =
        ["10.0.0.4", "10.1.0.5", "10.2.0.4", "10.10.1.4", "192.168.1.4", "8.8.8.8", "52.239.185.64", "20.50.1.10"];
    let remote = point(random.pick(&remotes).parse().expect("an address"));
    let (source, destination) = if direction == Direction::Inbound { (remote, local) } else { (local, remote) };
    let ports = [22, 80, 443, 1433, 8080, 9092, 53];
    Packet {
        source,
        destination,
        protocol: *random.pick(&PROTOCOLS),
        source_port: 49152,
        destination_port: *random.pick(&ports),
    }
}

#[test]
fn a_rule_that_is_named_dead_decides_no_packet_and_its_deletion_changes_no_verdict() {
    let (mut named, mut compared, mut decided) = (0, 0, 0);
    for seed in 1..=60 {
        let mut random = Random::new(seed);
        let model = generate::network(&mut random);
        let network = compile(model.clone());
        let findings = rule_findings(&network);
        named += findings.len();
        for (code, group, rule) in &findings {
            let other = compile(without_rule(&model, group, rule));
            for ask in generate::asks(&model, &mut random, 12) {
                let question = Question::new(ask.flow.clone(), vec![ask.source.clone()], vec![ask.destination.clone()]);
                let (before, after) = (evaluate(&network, &question), evaluate(&other, &question));
                assert_eq!(before.verdict(), after.verdict(), "seed {seed}: {code} {group}/{rule}: {}", before.flow);
                compared += 1;
            }
        }
        decided += check_deciders(&network, &findings, &mut random, seed);
    }
    assert!(named > 20 && compared > 200 && decided > 200, "{named} rules, {compared} verdicts, {decided} packets");
}

/// Single packets at subnets: none may be decided by a rule that is named dead.
fn check_deciders(network: &Network, findings: &[(String, String, String)], random: &mut Random, seed: u64) -> usize {
    let model = &network.model;
    let mut decided = 0;
    for (index, subnet) in model.subnets.iter().enumerate() {
        let Some(Known::Known(group)) = subnet.network_security_group else { continue };
        let name = &model.network_security_group(group).label.name;
        for direction in [Direction::Inbound, Direction::Outbound, Direction::Inbound, Direction::Outbound] {
            let packet = packet(random, model, SubnetId::at(index), direction);
            for ruling in rule_on(network, group, SubnetId::at(index), direction, &Cube::single(&packet)) {
                decided += 1;
                let dead = findings.iter().find(|(code, of, rule)| {
                    code != "rule-repeats-later-rules" && of == name && ruling.rules == [rule.clone()]
                });
                assert!(dead.is_none(), "seed {seed}: {dead:?} decides {packet:?}");
            }
        }
    }
    decided
}
