//! Deciders and reasons in words.
//!
//! In: traces. Out: phrases and one sentence that says why. Deliberately absent: colours and layout.

use super::{
    boxes::witness,
    page::{capped, count},
};
use crate::diff::Diff;
use crate::lint::Proof;
use crate::trace::{DeciderKind, Outcome, Part, Step, Trace, Verdict};

/// Most deciders that a sentence names.
const NAMED_IN_A_SENTENCE: usize = 3;

/// `databricks-nsg/deny-outbound`, as `by:` takes it; a default route is its prefix.
pub(super) fn name(step: &Step) -> String {
    match step.name.as_str() {
        "" => step.resource.clone(),
        _ if step.kind == DeciderKind::DefaultRoute => step.resource.clone(),
        part => format!("{}/{part}", step.resource),
    }
}

/// `networkSecurityGroup databricks-nsg/deny-outbound`, as `by:` takes it when it names the kind.
pub(super) fn by(step: &Step) -> String {
    format!("{} {}", step.kind.as_str(), name(step)).trim_end().to_owned()
}

/// Why the verdict is what it is.
pub(super) fn why(trace: &Trace) -> String {
    match (trace.verdict(), trace.leading_part()) {
        (_, None) => "no packet is in the flow".to_owned(),
        (Verdict::Allowed, Some(part)) => why_allowed(part),
        (Verdict::Denied, Some(part)) => why_denied(part),
        (Verdict::Mixed, Some(part)) => why_mixed(trace, part),
        (Verdict::Undetermined, Some(part)) => why_undetermined(part),
    }
}

/// Why a finding of `lint` holds, beyond its message.
pub(super) fn proof(proof: &Proof) -> Option<String> {
    match proof {
        // The message names the rules, and the picture shows them.
        Proof::Plain | Proof::Rules(_) => None,
        Proof::Witness(packet) => Some(format!("for example {}", witness(packet, &Default::default()))),
        Proof::Flow(flow) => Some(format!("`azreach trace FILE '{flow}'` shows it")),
    }
}

/// A diff in one sentence.
pub(super) fn of_diff(diff: &Diff) -> String {
    let pairs = format!("{} and {}", count(diff.sources, "source"), count(diff.destinations, "destination"));
    if diff.is_empty() {
        return format!("no difference: between {pairs}, every packet has the verdict that it had");
    }
    let lists = [("gained", &diff.gained), ("lost", &diff.lost), ("undetermined now", &diff.undetermined)];
    let some = lists.iter().filter(|(_, changes)| !changes.is_empty());
    let told: Vec<String> = some.map(|(word, changes)| format!("{} {word}", count(changes.len(), "change"))).collect();
    format!("{}; between {pairs}, every other packet has the verdict that it had", told.join(", "))
}

/// Why a part fares as it does.
pub(super) fn why_part(part: &Part) -> String {
    match part.verdict {
        Verdict::Allowed => why_allowed(part),
        Verdict::Denied => why_denied(part),
        Verdict::Mixed => why_azure_chooses(part),
        Verdict::Undetermined => why_undetermined(part),
    }
}

/// Whether a decision was taken on the way back.
pub(super) fn on_the_way_back(part: &Part, step: &Step) -> bool {
    let within = |hops: &[crate::trace::Hop]| hops.iter().any(|hop| hop.steps.contains(step));
    !within(&part.forward) && within(&part.reply)
}

/// Whether a decision was taken on the way of the packets themselves, there or back.
fn on_its_way(part: &Part, step: &Step) -> bool {
    part.forward.iter().chain(&part.reply).any(|hop| hop.steps.contains(step))
}

/// All deciders of all legs, each once, in order.
pub(super) fn deciders(traces: &[Trace]) -> Vec<&Step> {
    let mut found: Vec<&Step> = Vec::new();
    for trace in traces {
        for step in decided_by(trace) {
            if !found.contains(&step) {
                found.push(step);
            }
        }
    }
    found
}

/// The deciders of a trace: those of its leading part, for mixed the ones that stop the other parts too.
pub(super) fn decided_by(trace: &Trace) -> Vec<&Step> {
    let verdict = trace.verdict();
    let leading = trace.leading_part();
    let parts = trace.parts.iter().filter(|part| match verdict {
        Verdict::Mixed => part.verdict != Verdict::Allowed,
        verdict => part.verdict == verdict,
    });
    let mut found: Vec<&Step> = Vec::new();
    let leading = leading.filter(|part| part.verdict == verdict);
    for step in leading.into_iter().chain(parts).flat_map(|part| &part.decided_by) {
        if !found.contains(&step) {
            found.push(step);
        }
    }
    found
}

/// What names were found to mean: `; lake.dfs.core.windows.net: a record: 10.0.0.5`.
pub(super) fn of_names(steps: &[Step]) -> String {
    let names = steps.iter().filter(|step| step.kind == DeciderKind::Dns && !step.detail.is_empty());
    names
        .map(|step| format!("; {}: {}", if step.name.is_empty() { &step.resource } else { &step.name }, step.detail))
        .collect()
}

fn why_allowed(part: &Part) -> String {
    let doors = part.decided_by.iter().filter(|step| step.outcome == Outcome::Allow);
    let doors = each_once(doors.map(in_words));
    let arrives = "every packet arrives, is admitted, and its reply gets back";
    match doors.is_empty() {
        true => arrives.to_owned(),
        false => format!("{arrives}; let through by {}", capped(&doors, NAMED_IN_A_SENTENCE, ", then ")),
    }
}

fn why_denied(part: &Part) -> String {
    let Some(step) = part.decided_by.first() else {
        return "nothing lets it through".to_owned();
    };
    let stopped = format!("stopped by {}{}", in_words(step), at(part, step));
    let also = each_once(part.decided_by.iter().skip(1).map(in_words));
    let also: Vec<String> = also.into_iter().filter(|one| *one != in_words(step)).collect();
    let story = match (on_the_way_back(part, step), on_its_way(part, step)) {
        (true, _) => format!("it arrives, but its reply is {stopped}"),
        (false, true) => stopped,
        (false, false) => format!("a further flow that it needs is {stopped}"),
    };
    let story = match step.detail.as_str() {
        "" => story,
        detail => format!("{story}: {detail}"),
    };
    match also.is_empty() {
        true => story,
        false => format!("{story}; also by {}", capped(&also, NAMED_IN_A_SENTENCE, ", ")),
    }
}

fn why_mixed(trace: &Trace, part: &Part) -> String {
    if part.verdict == Verdict::Mixed {
        return why_azure_chooses(part);
    }
    let stoppers =
        trace.parts.iter().filter(|part| part.verdict == Verdict::Denied).filter_map(|part| part.decided_by.first());
    let stoppers = each_once(stoppers.map(in_words));
    let unknown = trace.parts.iter().any(|part| part.verdict == Verdict::Undetermined);
    let open = if unknown { "; of some a fact is missing" } else { "" };
    match stoppers.is_empty() {
        true => format!("some packets get through, others do not{open}"),
        false => format!(
            "some packets get through, others are stopped by {}{open}",
            capped(&stoppers, NAMED_IN_A_SENTENCE, ", ")
        ),
    }
}

fn why_azure_chooses(part: &Part) -> String {
    let losing = "Azure chooses among several ways, and not all of them work";
    match part.decided_by.first() {
        None => losing.to_owned(),
        Some(step) => format!("{losing}: one is stopped by {}{}", in_words(step), at(part, step)),
    }
}

fn why_undetermined(part: &Part) -> String {
    let facts: Vec<String> = part.missing.iter().map(|fact| fact.text.clone()).collect();
    match facts.as_slice() {
        [] => "the model lacks a fact".to_owned(),
        [one] => format!("the model lacks a fact: {one}"),
        _ => format!("the model lacks {}: {}", count(facts.len(), "fact"), capped(&facts, NAMED_IN_A_SENTENCE, "; ")),
    }
}

/// ` at databricks-vnet/public-subnet`.
fn at(part: &Part, step: &Step) -> String {
    let mut hops = part.forward.iter().chain(&part.reply);
    match hops.find(|hop| hop.steps.contains(step)) {
        // These say themselves where.
        Some(_) if matches!(step.kind, DeciderKind::Asymmetric | DeciderKind::Loop) => String::new(),
        Some(hop) if !hop.at.is_empty() && hop.at != step.resource => format!(" at {}", hop.at),
        _ => String::new(),
    }
}

/// `rule deny-outbound of network security group databricks-nsg`.
pub(super) fn in_words(step: &Step) -> String {
    let kind = kind_in_words(step.kind);
    match step.kind {
        DeciderKind::NetworkSecurityGroup
        | DeciderKind::SecurityAdminRule
        | DeciderKind::AzureFirewall
        | DeciderKind::Appliance
            if !step.name.is_empty() =>
        {
            format!("rule {} of {kind} {}", step.name, step.resource)
        }
        DeciderKind::NoNetworkSecurityGroup => format!("{kind} on {}", step.resource),
        _ => format!("{kind} {}", name(step)).trim_end().to_owned(),
    }
}

fn kind_in_words(kind: DeciderKind) -> &'static str {
    match kind {
        DeciderKind::NetworkSecurityGroup => "network security group",
        DeciderKind::NoNetworkSecurityGroup => "no network security group",
        DeciderKind::SecurityAdminRule => "security admin configuration",
        DeciderKind::Platform => "the Azure platform",
        DeciderKind::Route => "route",
        DeciderKind::DefaultRoute => "default route",
        DeciderKind::NoRoute => "no route at",
        DeciderKind::ServiceEndpoint => "service endpoint",
        DeciderKind::ServiceEndpointPolicy => "service endpoint policy",
        DeciderKind::PrivateEndpoint => "private endpoint",
        DeciderKind::Peering => "peering",
        DeciderKind::Gateway => "gateway",
        DeciderKind::Appliance => "appliance",
        DeciderKind::AzureFirewall => "Azure Firewall",
        DeciderKind::LoadBalancer => "load balancer",
        DeciderKind::ApplicationGateway => "application gateway",
        DeciderKind::Outbound => "outbound access",
        DeciderKind::PublicIp => "public IP address",
        DeciderKind::PaasFirewall => "service firewall",
        DeciderKind::NetworkSecurityPerimeter => "network security perimeter",
        DeciderKind::IpAccessList => "IP access list",
        DeciderKind::Identity => "identity",
        DeciderKind::Dns => "DNS",
        DeciderKind::Asymmetric => "an asymmetric path at",
        DeciderKind::Loop => "a loop at",
    }
}

fn each_once(phrases: impl Iterator<Item = String>) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for phrase in phrases {
        if !once.contains(&phrase) {
            once.push(phrase);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn denied_says_what_where_and_why() {
        assert_eq!(
            why(&samples::denied()),
            "stopped by rule deny-outbound of network security group databricks-nsg at databricks-vnet/public-subnet: subnet, outbound"
        );
    }

    #[test]
    fn a_lost_reply_says_so() {
        assert_eq!(
            why(&samples::reply_lost()),
            "it arrives, but its reply is stopped by an asymmetric path at hub-fw: never saw the request"
        );
    }

    #[test]
    fn allowed_names_the_doors() {
        assert_eq!(
            why(&samples::allowed()),
            "every packet arrives, is admitted, and its reply gets back; let through by rule AllowVnetOutBound of network security group databricks-nsg"
        );
    }

    #[test]
    fn mixed_and_undetermined() {
        assert_eq!(
            why(&samples::mixed()),
            "some packets get through, others are stopped by rule deny-outbound of network security group databricks-nsg"
        );
        assert_eq!(why(&samples::undetermined()), "the model lacks a fact: parameter adminIp has no value");
        let empty = Trace { parts: Vec::new(), ..samples::denied() };
        assert_eq!(why(&empty), "no packet is in the flow");
    }

    #[test]
    fn of_a_mixed_trace_the_losing_side_decides() {
        let trace = samples::mixed();
        let steps = decided_by(&trace);
        assert_eq!(steps.len(), 1);
        assert_eq!(by(steps[0]), "networkSecurityGroup databricks-nsg/deny-outbound");
    }
}
