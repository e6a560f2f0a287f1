//! `fix`: every proposal is pasted into a scenario, judged again, and its effects are worked out again.
//!
//! In: the shipped stories, generated hubs and spokes. Out: a failure with the flow and the proposal. Deliberately
//! absent: whether a proposal is wise.

use crate::{
    generate::Random,
    scenarios::{files_below, read, root},
};
use azreach::{
    diagnostic::{Diagnostics, Source, Sources},
    diff::diff_of_all_pairs,
    evaluate::evaluate,
    fix::{Fix, Request, fix},
    report,
    scenario::{self, Claim, Scenario, Want},
    suite::{self, Asked},
    tags::ServiceTags,
    trace::Verdict,
};
use std::path::Path;

/// A text with what it imports.
pub(crate) fn read_text(name: &Path, text: String) -> Option<Scenario> {
    let mut sources = Sources::default();
    let mut diagnostics = Diagnostics::default();
    let id = sources.add(Source::new(name.to_string_lossy(), text));
    let mut beside = |wanted: &str, importer: &str| {
        let path = Path::new(importer).parent().expect("a file lies in a folder").join(wanted);
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
        Ok(Source::new(path.to_string_lossy(), text))
    };
    let scenario = scenario::read(&mut sources, id, &mut beside, &mut diagnostics);
    assert!(!diagnostics.has_errors(), "{}", report::diagnostics(&diagnostics, &sources));
    scenario
}

fn prepared(scenario: &Scenario) -> Asked {
    let mut diagnostics = Diagnostics::default();
    suite::prepare(scenario, ServiceTags::builtin(), &mut diagnostics).expect("a usable scenario")
}

/// `base` gives a scenario to which a what-if is pasted.
pub(crate) fn judge(base: &dyn Fn(&str) -> Scenario, flow: &str, found: &Fix) {
    let before = prepared(&base(""));
    for (at, proposal) in found.proposals.iter().enumerate() {
        let pasted = base(&report::what_if_yaml("pasted", &proposal.patch));
        let mut diagnostics = Diagnostics::default();
        let changed = suite::with_what_if(&pasted, "pasted", &mut diagnostics).expect("the what-if");
        assert!(!diagnostics.has_errors(), "{flow}: {:?}", proposal.patch);
        let after = prepared(&changed);
        let question = suite::question(&after, flow, None, None, &mut diagnostics).expect("a question");
        let verdict = evaluate(&after.network, &question).verdict();
        assert_eq!(verdict, found.want, "{flow}, proposal {at}: {}", proposal.patch);
        let told = [&proposal.changes.gained, &proposal.changes.lost, &proposal.changes.undetermined];
        let again = diff_of_all_pairs(&before.network, &after.network);
        let really = [&again.gained, &again.lost, &again.undetermined];
        for (told, really) in told.into_iter().zip(really) {
            let boxes = |list: &Vec<azreach::diff::Change>| -> Vec<_> {
                list.iter().map(|one| (one.sources.clone(), one.destinations.clone(), one.boxes.clone())).collect()
            };
            assert_eq!(boxes(told), boxes(really), "{flow}, proposal {at}: {}", proposal.patch);
        }
    }
}

pub(crate) fn asked_for(scenario: &Scenario, sources: &mut Sources, flow: &str, want: Verdict) -> Fix {
    let mut diagnostics = Diagnostics::default();
    let request = Request { flow, identity: None, want };
    fix(scenario, sources, ServiceTags::builtin(), &request, &mut diagnostics).expect("an answer")
}

/// The first flow of each claim of a kind in a file, asked to be the other way, and every proposal pasted: how many were asked,
/// how many helped.
fn asked_the_other_way(path: &Path, claimed: Want, claims: usize) -> (usize, usize) {
    let (mut sources, scenario, _) = read(path);
    let scenario = scenario.expect("a scenario");
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    let base = |what_if: &str| {
        let text = format!("import:\n  - scenario: {name}\n{what_if}");
        read_text(&path.with_file_name("pasted.yaml"), text).expect("a scenario")
    };
    let wanted = if claimed == Want::Denied { Verdict::Allowed } else { Verdict::Denied };
    let flows = scenario.expect.iter().filter(|one| one.identity.is_none()).filter_map(|one| match &one.claim {
        Claim::Verdict { want, flows, .. } if *want == claimed => flows.first(),
        _ => None,
    });
    let (mut asked, mut helped) = (0, 0);
    for (flow, _) in flows.take(claims) {
        let found = asked_for(&scenario, &mut sources, flow, wanted);
        asked += 1;
        helped += usize::from(!found.proposals.is_empty());
        assert!(found.trace.verdict() == wanted || !found.blockers.is_empty(), "{name}: {flow}");
        judge(&base, flow, &found);
    }
    (asked, helped)
}

#[test]
fn proposals_for_the_stories_work_when_they_are_pasted() {
    let (mut asked, mut helped) = (0, 0);
    for path in files_below(&root("scenarios/stories"), &["yaml"]) {
        let (more, better) = asked_the_other_way(&path, Want::Denied, usize::MAX);
        asked += more;
        helped += better;
    }
    assert!(asked >= 30 && helped >= 22, "{helped} of {asked}");
}

#[test]
fn proposals_for_a_sample_of_the_laws_work_when_they_are_pasted() {
    let mut counts = [(0, 0); 2];
    for folder in ["scenarios/laws", "scenarios/seed"] {
        for (number, path) in files_below(&root(folder), &["yaml"]).iter().enumerate() {
            // Every kind of decider stands in several files.
            let (claimed, index) = match number % 4 {
                0 | 2 => (Want::Denied, 0),
                1 => (Want::Allowed, 1),
                _ => continue,
            };
            let (asked, helped) = asked_the_other_way(path, claimed, 1);
            let count = &mut counts[index];
            *count = (count.0 + asked, count.1 + helped);
        }
    }
    let [opened, closed] = counts;
    assert!(
        opened.0 >= 25 && opened.1 >= 12 && closed.0 >= 12 && closed.1 >= 6,
        "{opened:?} opened, {closed:?} closed"
    );
}

/// A hub and two spokes with random rules, routes and flags.
fn network(random: &mut Random) -> String {
    let mut text = String::from("network:\n  virtualNetworks:\n");
    for (at, name) in ["hub", "one", "two"].into_iter().enumerate() {
        let table = if at > 0 && random.percent(50) { format!(", routeTable: {name}-rt") } else { String::new() };
        text += &format!("    {name}:\n      location: westeurope\n      addressPrefixes: [10.{at}.0.0/16]\n");
        text += &format!(
            "      subnets: {{app: {{addressPrefix: 10.{at}.1.0/24, networkSecurityGroup: {name}-nsg{table}}}}}\n"
        );
        let flag = |random: &mut Random| random.percent(66);
        let link = |random: &mut Random, to: &str| {
            let (access, forwarded) = (flag(random), flag(random));
            format!(
                "to-{to}: {{remoteVirtualNetwork: {to}, allowVirtualNetworkAccess: {access}, allowForwardedTraffic: {forwarded}}}"
            )
        };
        let links = match at {
            0 => format!("{}, {}", link(random, "one"), link(random, "two")),
            _ => link(random, "hub"),
        };
        text += &format!("      virtualNetworkPeerings: {{{links}}}\n");
    }
    text += "  networkSecurityGroups:\n";
    for name in ["hub", "one", "two"] {
        text += &format!("    {name}-nsg:\n      securityRules:\n");
        for (at, direction) in ["Inbound", "Outbound", "Inbound", "Outbound"].into_iter().enumerate() {
            let access = if random.percent(50) { "Allow" } else { "Deny" };
            let source = *random.pick(&["\"*\"", "VirtualNetwork", "10.1.0.0/16", "10.2.1.4"]);
            let port = *random.pick(&["\"*\"", "\"443\"", "400-500"]);
            text += &format!(
                "        rule-{at}: {{priority: {}, direction: {direction}, access: {access}, protocol: Tcp, sourceAddressPrefix: {source}, \
                 sourcePortRange: \"*\", destinationAddressPrefix: \"*\", destinationPortRange: {port}}}\n",
                100 + at
            );
        }
    }
    text += "  routeTables:\n";
    for name in ["one", "two"] {
        let hop = *random.pick(&[
            "{addressPrefix: 10.0.0.0/8, nextHopType: VirtualAppliance, nextHopIpAddress: 10.0.1.4}",
            "{addressPrefix: 10.0.0.0/8, nextHopType: None}",
        ]);
        text += &format!("    {name}-rt: {{routes: {{out: {hop}}}}}\n");
    }
    text += "  workloads:\n    hub-vm: {subnet: hub/app, address: 10.0.1.5}\n    one-vm: {subnet: one/app, address: 10.1.1.4}\n";
    text += "    two-vm: {subnet: two/app, address: 10.2.1.4}\n";
    text += "  networkInterfaces: {nva-nic: {subnet: hub/app, address: 10.0.1.4, enableIPForwarding: true}}\n";
    text += "  appliances: {nva: {networkInterfaces: [nva-nic]}}\n";
    text
}

#[test]
fn proposals_for_generated_networks_flip_the_verdict_and_tell_all_effects() {
    let (mut allowed, mut denied) = (0, 0);
    for seed in 1..=6 {
        let mut random = Random::new(seed);
        let text = network(&mut random);
        let name = Path::new("generated.yaml");
        let base = |what_if: &str| read_text(name, format!("{text}{what_if}")).expect("a scenario");
        let scenario = base("");
        for flow in ["one-vm -> hub-vm tcp/443", "one-vm -> two-vm tcp/443", "hub-vm -> two-vm udp/53"] {
            let mut sources = Sources::default();
            sources.add(Source::new("generated.yaml", text.clone()));
            for want in [Verdict::Allowed, Verdict::Denied] {
                let found = asked_for(&scenario, &mut sources, flow, want);
                judge(&base, flow, &found);
                let count = usize::from(!found.proposals.is_empty());
                *(if want == Verdict::Allowed { &mut allowed } else { &mut denied }) += count;
            }
        }
    }
    assert!(allowed >= 5 && denied >= 2, "{allowed} opened, {denied} closed");
}
