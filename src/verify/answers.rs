//! Recorded answers: which question, which answer, of which kind.
//!
//! In: JSON texts, as Azure answers or with the question beside the answer. Out: [`Observation`]s. An answer that says
//! neither of which kind it is nor whom it is about is left to its file's name.

use crate::{
    diagnostic::{Diagnostic, Diagnostics, SourceId, Sources},
    scenario::{
        self,
        tree::{Node, Value},
    },
};

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The effective routes of a network interface.
    EffectiveRoutes,
    /// Its effective security groups.
    EffectiveRules,
    /// The rules at a machine, as configured.
    SecurityGroupView,
    /// Whether the security groups let a packet through.
    IpFlow,
    /// The same with what each rule says.
    NsgDiagnostic,
    /// Where a packet goes next.
    NextHop,
    /// Whether a connection comes about.
    Connectivity,
    /// What a gateway knows.
    LearnedRoutes,
    /// What a gateway tells.
    AdvertisedRoutes,
}

impl Kind {
    /// Every kind with the name of Azure's operation.
    pub const ALL: [(Kind, &'static str); 9] = [
        (Kind::EffectiveRoutes, "effectiveRouteTable"),
        (Kind::EffectiveRules, "effectiveNetworkSecurityGroups"),
        (Kind::SecurityGroupView, "securityGroupView"),
        (Kind::IpFlow, "ipFlowVerify"),
        (Kind::NsgDiagnostic, "networkConfigurationDiagnostic"),
        (Kind::NextHop, "nextHop"),
        (Kind::Connectivity, "connectivityCheck"),
        (Kind::LearnedRoutes, "getLearnedRoutes"),
        (Kind::AdvertisedRoutes, "getAdvertisedRoutes"),
    ];

    /// The name of Azure's operation.
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The kind of which a text speaks: an operation, its address, a file name.
    fn named(text: &str) -> Option<Kind> {
        let text: String = text.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        let speaks = |(_, name): &&(Kind, &str)| text.contains(&name.to_lowercase());
        let also = [
            (Kind::EffectiveRoutes, "effectiveroute"),
            (Kind::EffectiveRules, "effectivensg"),
            (Kind::IpFlow, "ipflow"),
            (Kind::NsgDiagnostic, "nsgdiagnostic"),
            (Kind::Connectivity, "connectivity"),
            (Kind::LearnedRoutes, "learnedroutes"),
            (Kind::AdvertisedRoutes, "advertisedroutes"),
        ];
        let exact = Self::ALL.iter().find(speaks).map(|(kind, _)| *kind);
        exact.or_else(|| also.iter().find(|(_, word)| text.contains(word)).map(|(kind, _)| *kind))
    }
}

/// A question with Azure's answer.
#[derive(Debug, Clone)]
pub struct Observation {
    /// What was asked.
    pub kind: Kind,
    /// The question, where it is beside the answer.
    pub question: Option<Node>,
    /// The answer.
    pub answer: Node,
    /// The file's name without folder and ending: whom an answer without question is about.
    pub stem: String,
}

impl Observation {
    /// Whom the question is about: an ARM id or a name; empty when nothing says.
    pub fn target(&self) -> String {
        let keys = [
            "targetResourceId",
            "networkInterface",
            "nic",
            "virtualMachine",
            "vm",
            "gateway",
            "resource",
            "at",
            "target",
        ];
        let question = self.question.as_ref();
        let asked = question.and_then(|node| {
            let found = keys.iter().find_map(|key| node.get(key))?;
            found.as_str().or_else(|| found.get("id").and_then(Node::as_str))
        });
        match asked {
            Some(text) => without_operation(text).to_owned(),
            None if question.is_some() => String::new(),
            None => self.stem.rsplit('.').next().unwrap_or_default().to_owned(),
        }
    }
}

/// The id of a resource without the operation behind it, as in the address of a request.
fn without_operation(id: &str) -> &str {
    let id = id.split('?').next().unwrap_or(id);
    match id.rsplit_once('/') {
        Some((resource, last)) if id.starts_with('/') && Kind::named(last).is_some() => resource,
        _ => id,
    }
}

/// Keys beside which a question stands, and those of its answer.
const QUESTIONS: [&str; 5] = ["question", "request", "query", "parameters", "asked"];
const ANSWERS: [&str; 6] = ["answer", "azure_answer", "azureAnswer", "response", "result", "answered"];

/// Every answer of a text. What is no answer of a known kind is an error.
pub fn read(sources: &Sources, id: SourceId, diagnostics: &mut Diagnostics) -> Vec<Observation> {
    let Some(root) = scenario::parse_json(sources, id, diagnostics) else {
        return Vec::new();
    };
    let name = sources.get(id).name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = name.strip_suffix(".json").unwrap_or(name).to_owned();
    let mut found = Vec::new();
    let mut reader = Reader { stem, diagnostics, found: &mut found };
    reader.visit(root);
    found
}

struct Reader<'a> {
    stem: String,
    diagnostics: &'a mut Diagnostics,
    found: &'a mut Vec<Observation>,
}

impl Reader<'_> {
    /// One answer, a list of them, or a map that has them under `answers`.
    fn visit(&mut self, node: Node) {
        let of = |keys: &[&str]| keys.iter().find_map(|key| node.get(key)).cloned();
        if let Some(answer) = of(&ANSWERS) {
            let written = ["kind", "operation"].iter().find_map(|key| node.get(key)).and_then(Node::as_str);
            let question = of(&QUESTIONS);
            let kind = written.and_then(Kind::named);
            return self.observe(kind, question, answer);
        }
        if let Some(all) = node.get("answers").or(node.get("observations")) {
            return all.items().iter().for_each(|one| self.visit(one.clone()));
        }
        let is_bare_list = |items: &[Node]| by_shape(&items[0]).is_none() && row_kind(&items[0]).is_none();
        match &node.value {
            Value::List(items) if !items.is_empty() && is_bare_list(items) => {
                items.iter().for_each(|one| self.visit(one.clone()));
            }
            _ => self.observe(None, None, node),
        }
    }

    fn observe(&mut self, kind: Option<Kind>, question: Option<Node>, answer: Node) {
        let asked = || {
            let question = question.as_ref()?;
            let resource = question.get("resource").and_then(Node::as_str);
            resource.and_then(Kind::named)
        };
        let named = || Kind::named(&self.stem);
        let found = kind.or_else(asked).or_else(|| by_shape(&answer)).or_else(named);
        let found = found.or_else(|| rows(&answer).first().and_then(row_kind));
        match found {
            Some(kind) => self.found.push(Observation { kind, question, answer, stem: self.stem.clone() }),
            None => {
                let message = "this is no answer of Network Watcher or of a gateway that azreach knows";
                let help = "docs/verify.md lists the answers, and how to keep the question beside them";
                self.diagnostics.push(Diagnostic::error("unknown-answer", answer.span, message).help(help));
            }
        }
    }
}

/// Rows of an answer: under `value`, or the answer itself.
pub(super) fn rows(answer: &Node) -> &[Node] {
    match answer.get("value").or(answer.get("routes")) {
        Some(rows) => rows.items(),
        None => match &answer.value {
            Value::List(items) => items,
            _ => &[],
        },
    }
}

/// The kind of an answer by the keys that only it has.
fn by_shape(answer: &Node) -> Option<Kind> {
    let has = |key: &str| answer.get(key).is_some();
    let first = |key: &str| answer.get(key).map(Node::items).and_then(<[Node]>::first);
    if has("access") && (has("ruleName") || has("direction")) {
        return Some(Kind::IpFlow);
    }
    if has("nextHopType") && !has("addressPrefix") {
        return Some(Kind::NextHop);
    }
    if has("connectionStatus") {
        return Some(Kind::Connectivity);
    }
    if first("results").is_some_and(|one| one.get("networkSecurityGroupResult").is_some()) {
        return Some(Kind::NsgDiagnostic);
    }
    if first("networkInterfaces").is_some_and(|one| one.get("securityRuleAssociations").is_some()) {
        return Some(Kind::SecurityGroupView);
    }
    answer.get("value").and_then(|rows| rows.items().first()).and_then(row_kind)
}

/// The kind of an answer that is a list, by one of its rows.
fn row_kind(row: &Node) -> Option<Kind> {
    if row.get("effectiveSecurityRules").is_some() {
        return Some(Kind::EffectiveRules);
    }
    if row.get("addressPrefix").is_some() && row.get("nextHopType").is_some() {
        return Some(Kind::EffectiveRoutes);
    }
    (row.get("network").is_some() && row.get("origin").is_some()).then_some(Kind::LearnedRoutes)
}
