//! Predictions against recorded answers: does Azure itself say what azreach says?
//!
//! In: a compiled scenario, answers of Network Watcher and of gateways. Out: one [`Checked`] per answer, with every
//! difference and both values. Deliberately absent: reading files (that is `cli`), printing (that is `report`).
//!
//! ```text
//! answers.rs    texts to observations: which question, which answer
//! names.rs      names that changed over the years
//! routes.rs     effective routes, next hop
//! rules.rs      effective security groups, the view of security groups
//! flows.rs      IP flow verify, NSG diagnostics
//! reach.rs      connectivity check
//! gateways.rs   learned and advertised routes
//! ```

mod answers;
mod flows;
mod gateways;
mod names;
mod reach;
mod routes;
mod rules;

pub use answers::{Kind, Observation, read};

use crate::{
    diagnostic::Span,
    model::{Model, NetworkInterfaceId, SubnetId},
    resolve::Place,
    scenario::tree::Node,
    suite::Asked,
};

/// What came of one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What was asked.
    pub kind: Kind,
    /// Of whom: a network interface, a gateway, a flow.
    pub subject: String,
    /// Where the answer stands.
    pub span: Span,
    /// How it compares.
    pub agreement: Agreement,
}

/// How a prediction compares with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreement {
    /// They say the same.
    Agrees,
    /// They do not.
    Differs(Vec<Difference>),
    /// There is nothing to compare, and why.
    NotComparable(String),
}

/// One thing on which a prediction and an answer differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What: `access`, `route 10.0.0.0/8`.
    pub what: String,
    /// As azreach has it.
    pub predicted: String,
    /// As Azure has it.
    pub recorded: String,
}

/// What a comparison of one answer gives: what it is about, and how it went.
type Outcome = Result<(String, Vec<Difference>), Unasked>;

/// Why an answer cannot be compared.
#[derive(Debug)]
struct Unasked {
    subject: String,
    why: String,
}

impl Unasked {
    fn new(subject: impl Into<String>, why: impl Into<String>) -> Self {
        Unasked { subject: subject.into(), why: why.into() }
    }
}

/// Compares every observation.
pub fn verify(asked: &Asked, observations: &[Observation]) -> Vec<Checked> {
    observations.iter().flat_map(|one| check(asked, one)).collect()
}

fn check(asked: &Asked, observation: &Observation) -> Vec<Checked> {
    let scene = Scene { asked, observation };
    let outcomes: Vec<Outcome> = match observation.kind {
        _ if observation.answer.get("error").is_some() => vec![scene.error()],
        Kind::EffectiveRoutes => vec![scene.effective_routes()],
        Kind::EffectiveRules => scene.effective_rules(),
        Kind::SecurityGroupView => scene.security_group_view(),
        Kind::IpFlow => vec![scene.ip_flow()],
        Kind::NsgDiagnostic => scene.nsg_diagnostic(),
        Kind::NextHop => vec![scene.next_hop()],
        Kind::Connectivity => vec![scene.connectivity()],
        Kind::LearnedRoutes => vec![scene.learned_routes()],
        Kind::AdvertisedRoutes => vec![scene.advertised_routes()],
    };
    outcomes.into_iter().map(|outcome| checked(observation, outcome)).collect()
}

fn checked(observation: &Observation, outcome: Outcome) -> Checked {
    let (subject, agreement) = match outcome {
        Ok((subject, differences)) if differences.is_empty() => (subject, Agreement::Agrees),
        Ok((subject, differences)) => (subject, Agreement::Differs(differences)),
        Err(Unasked { subject, why }) => (subject, Agreement::NotComparable(why)),
    };
    Checked { kind: observation.kind, subject, span: observation.answer.span, agreement }
}

/// One observation before the network.
struct Scene<'a> {
    asked: &'a Asked,
    observation: &'a Observation,
}

impl Scene<'_> {
    /// A text of the question.
    fn asks(&self, key: &str) -> Option<&str> {
        self.observation.question.as_ref()?.get(key).and_then(Node::as_str)
    }

    /// A text of the answer.
    fn says(&self, key: &str) -> Option<&str> {
        self.observation.answer.get(key).and_then(Node::as_str)
    }

    /// An answer that is an error: IP flow verify gives one where there is no security group (F166).
    fn error(&self) -> Outcome {
        let error = self.observation.answer.get("error");
        let code = error.and_then(|error| error.get("code")).and_then(Node::as_str).unwrap_or("error");
        if self.observation.kind == Kind::IpFlow {
            return self.ip_flow_error(code);
        }
        Err(Unasked::new(self.observation.target(), format!("Azure answered an error: {code}")))
    }

    /// The network interface that a question is about: by its own id or its machine's, by one of its addresses.
    fn interface(&self, address: Option<&str>) -> Result<(NetworkInterfaceId, SubnetId), Unasked> {
        let target = self.observation.target();
        let model = &self.asked.network.model;
        let named = match target.as_str() {
            "" => None,
            text => self.asked.names.place(model, text).ok(),
        };
        let has = |nic: NetworkInterfaceId, text: &str| {
            let own = &model.network_interface(nic).ip_configurations;
            own.iter().any(|one| one.address.known().is_some_and(|own| own.to_string() == text))
        };
        let all = (0..model.network_interfaces.len()).map(NetworkInterfaceId::at);
        // A machine with several interfaces is asked about the one that has the address.
        let of_machine: Vec<NetworkInterfaceId> = match named {
            Some(Place::NetworkInterface(nic)) => match model.network_interface(nic).workload {
                Some(machine) => model.workload(machine).network_interfaces.clone(),
                None => vec![nic],
            },
            Some(Place::Subnet(_)) => Vec::new(),
            None if target.is_empty() => guarded_first(model, all.collect()),
            // A machine that the scenario does not hold, and the one interface with the address.
            None => {
                let owners: Vec<NetworkInterfaceId> =
                    all.filter(|nic| address.is_some_and(|text| has(*nic, text))).collect();
                if owners.len() == 1 { owners } else { Vec::new() }
            }
        };
        let by_address = address.and_then(|text| of_machine.iter().copied().find(|nic| has(*nic, text)));
        let by_name = match named {
            Some(Place::NetworkInterface(nic)) => Some(nic),
            _ => None,
        };
        let nic = by_address.or(by_name);
        let subnet = nic.and_then(|nic| Place::NetworkInterface(nic).subnet(model));
        nic.zip(subnet).ok_or_else(|| {
            let subject = if target.is_empty() { address.unwrap_or("?").to_owned() } else { target.clone() };
            Unasked::new(subject, "the scenario does not hold this network interface")
        })
    }

    fn name_of(&self, nic: NetworkInterfaceId) -> String {
        self.asked.network.model.network_interface(nic).label.name.clone()
    }
}

/// Of machines with one address, a question that names none is about one that has a security group: about another, Azure
/// would answer an error (F166).
fn guarded_first(model: &Model, mut nics: Vec<NetworkInterfaceId>) -> Vec<NetworkInterfaceId> {
    nics.sort_by_key(|nic| {
        let nic = model.network_interface(*nic);
        let subnet = nic.ip_configurations.first().map(|one| model.subnet(one.subnet));
        nic.network_security_group.is_none() && subnet.is_none_or(|subnet| subnet.network_security_group.is_none())
    });
    nics
}

/// A difference, if there is one.
fn compare(what: &str, predicted: impl Into<String>, recorded: impl Into<String>) -> Option<Difference> {
    let (predicted, recorded) = (predicted.into(), recorded.into());
    (predicted != recorded).then(|| Difference { what: what.to_owned(), predicted, recorded })
}
