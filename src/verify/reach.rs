//! Connectivity check: does a connection come about?
//!
//! In: source, destination, port. Out: differences in the status, and in what Azure says stops it. Not compared: hops,
//! whose types were named differently in every version; latencies; a cause in the guest, which no network file has.

use super::{Difference, Outcome, Scene, Unasked, compare, names};
use crate::{
    diagnostic::Diagnostics,
    evaluate::evaluate,
    scenario::tree::Node,
    suite,
    trace::{DeciderKind, Trace, Verdict},
};
use std::net::IpAddr;

/// Causes that lie in the guest or in the probe itself.
const IN_THE_GUEST: [&str; 9] = [
    "AgentStopped",
    "CPU",
    "DnsResolution",
    "GuestFirewall",
    "Memory",
    "NoListenerOnDestination",
    "Platform",
    "SocketBind",
    "Unknown",
];

impl Scene<'_> {
    pub(super) fn connectivity(&self) -> Outcome {
        let end = |key: &str| {
            let end = self.observation.question.as_ref()?.get(key)?;
            let named = ["resourceId", "address"].iter().find_map(|key| end.get(key)).and_then(Node::as_str)?;
            Some((named, end.get("port").and_then(Node::as_str)))
        };
        let whole = end("source").zip(end("destination"));
        let ((source, _), (destination, port)) =
            whole.ok_or_else(|| Unasked::new(self.observation.target(), "the question names no two ends"))?;
        let short = |id: &str| id.rsplit('/').next().unwrap_or(id).to_owned();
        let protocol = match (self.asks("protocol").map(str::to_lowercase).as_deref(), port) {
            (Some("icmp"), _) => "icmp".to_owned(),
            (_, Some(port)) => format!("tcp/{port}"),
            (_, None) => "tcp/80".to_owned(),
        };
        let subject = format!("{} -> {} {protocol}", short(source), short(destination));
        let recorded = self.says("connectionStatus").unwrap_or_default();
        let issues = self.issues();
        if !issues.is_empty() && issues.iter().all(|issue| names_any(&IN_THE_GUEST, &issue.kind)) {
            let kinds: Vec<&str> = issues.iter().map(|issue| issue.kind.as_str()).collect();
            return Err(Unasked::new(subject, format!("the cause lies in the guest: {}", kinds.join(", "))));
        }
        if !["Reachable", "Unreachable", "Connected", "Degraded", "Disconnected"].contains(&recorded) {
            return Err(Unasked::new(subject, format!("Azure could not tell: `{recorded}`")));
        }
        // A machine reaches itself without leaving.
        if source.eq_ignore_ascii_case(destination) {
            return Ok((subject, status("Reachable", recorded)));
        }
        let (source, destination) = (self.end(source, Hop::First), self.end(destination, Hop::Last));
        let trace = self.trace(&format!("{source} -> {destination} {protocol}"), &subject)?;
        let predicted = match trace.verdict() {
            Verdict::Allowed => "Reachable",
            Verdict::Denied => "Unreachable",
            Verdict::Mixed => "mixed",
            Verdict::Undetermined => return Err(Unasked::new(subject, missing(&trace))),
        };
        let mut found = status(predicted, recorded);
        if found.is_empty() {
            found.extend(issues.iter().filter_map(|issue| issue.difference(&trace)));
        }
        Ok((subject, found))
    }

    /// An end as the scenario knows it: by its id, else by the address that Azure prints for it.
    fn end(&self, named: &str, hop: Hop) -> String {
        let is_id = named.starts_with('/');
        if !is_id || self.asked.names.place(&self.asked.network.model, named).is_ok() {
            return named.to_owned();
        }
        let hops = self.observation.answer.get("hops").map(Node::items).unwrap_or_default();
        let hop = match hop {
            Hop::First => hops.first(),
            Hop::Last => hops.last().filter(|_| hops.len() > 1),
        };
        let address = hop.and_then(|hop| hop.get("address")).and_then(Node::as_str);
        address.filter(|text| text.parse::<IpAddr>().is_ok()).unwrap_or(named).to_owned()
    }

    fn trace(&self, flow: &str, subject: &str) -> Result<Trace, Unasked> {
        let mut problems = Diagnostics::default();
        let question = suite::question(self.asked, flow, None, None, &mut problems);
        let why = || problems.iter().next().map_or_else(String::new, |problem| problem.message.clone());
        let question = question.ok_or_else(|| Unasked::new(subject, why()))?;
        Ok(evaluate(&self.asked.network, &question))
    }

    /// What Azure says stops the connection.
    fn issues(&self) -> Vec<Issue> {
        let hops = self.observation.answer.get("hops").map(Node::items).unwrap_or_default();
        let issues = hops.iter().flat_map(|hop| hop.get("issues").map(Node::items).unwrap_or_default());
        let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
        issues
            .map(|issue| {
                let context = issue.get("context").map(Node::items).unwrap_or_default();
                let rule = context.iter().find_map(|one| {
                    let keyed = text(one, "key").eq_ignore_ascii_case("RuleName").then(|| text(one, "value"));
                    keyed.or_else(|| one.get("RuleName").and_then(Node::as_str).map(str::to_owned))
                });
                Issue { kind: text(issue, "type"), rule }
            })
            .collect()
    }
}

/// Which hop of an answer an end is.
#[derive(Debug, Clone, Copy)]
enum Hop {
    First,
    Last,
}

/// A cause that Azure names.
struct Issue {
    kind: String,
    rule: Option<String>,
}

impl Issue {
    /// The decider that Azure names must be among ours.
    fn difference(&self, trace: &Trace) -> Option<Difference> {
        let kinds: &[DeciderKind] = match self.kind.to_lowercase().as_str() {
            "networksecurityrule" | "networksecurityrules" => &[DeciderKind::NetworkSecurityGroup],
            "userdefinedroute" | "userdefinedroutes" => &[DeciderKind::Route, DeciderKind::Appliance],
            "virtualnetworkpeering" => &[DeciderKind::Peering],
            _ => return None,
        };
        let deciders = trace.parts.iter().flat_map(|part| &part.decided_by);
        let fitting: Vec<&str> =
            deciders.filter(|step| kinds.contains(&step.kind)).map(|step| step.name.as_str()).collect();
        let predicted = if fitting.is_empty() { "something else".to_owned() } else { fitting.join(", ") };
        match self.rule.as_deref().map(names::rule) {
            _ if fitting.is_empty() => compare("issue", predicted, self.kind.as_str()),
            Some(rule) if !fitting.iter().any(|own| own.eq_ignore_ascii_case(rule)) => {
                compare("issue", predicted, rule)
            }
            _ => None,
        }
    }
}

/// Degraded connections come about.
fn status(predicted: &str, recorded: &str) -> Vec<Difference> {
    let recorded = match recorded {
        "Connected" | "Degraded" => "Reachable",
        "Disconnected" => "Unreachable",
        other => other,
    };
    compare("connectionStatus", predicted, recorded).into_iter().collect()
}

fn missing(trace: &Trace) -> String {
    let facts: Vec<&str> =
        trace.parts.iter().flat_map(|part| &part.missing).map(|fact| fact.text.as_str()).take(3).collect();
    format!("undetermined: {}", facts.join(", "))
}

fn names_any(list: &[&str], name: &str) -> bool {
    list.iter().any(|one| one.eq_ignore_ascii_case(name))
}
