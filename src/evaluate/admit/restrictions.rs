//! Access restrictions of apps: an ordered list of allowing and denying rules (F217).
//!
//! In: an app and a caller. Out: [`Gate`]s. Deliberately absent: private endpoints, for which none of it holds.

use super::{Caller, Fits, Gate};
use crate::{
    evaluate::{flight::Doubts, walk::Walk},
    model::{Access, Known, Restricted, Restriction, RuleSubnet, Service, ServiceId},
    space::Addresses,
    trace::DeciderKind,
};

impl Walk<'_> {
    /// The public endpoint of an app about which nobody says whether it is open: closed once it has a private one (F218).
    pub(super) fn closed_by_link(&self, id: ServiceId, service: &Service) -> Option<Gate> {
        service.app.as_ref().filter(|app| app.open_until_linked)?;
        let fits = match (self.network.is_linked(id, "sites"), self.network.link_doubt(id, "sites")) {
            (true, _) => Fits::All,
            (false, Some(fact)) => Fits::Perhaps(Doubts::from_facts(&[fact])),
            (false, None) => return None,
        };
        let detail = "with a private endpoint, the public one is closed unless publicNetworkAccess opens it";
        let (kind, name) = (DeciderKind::PaasFirewall, "publicNetworkAccess".to_owned());
        Some(Gate { kind, name, fits, access: Known::Known(Access::Deny), detail, law: "F218" })
    }
}

/// The list of a part of an app for a caller.
pub(super) fn gates(service: &Service, part: usize, caller: &Caller<'_>) -> Vec<Gate> {
    let Some(list) = service.app.as_ref().and_then(|app| app.restrictions.get(part)) else { return Vec::new() };
    let gate = |name: String, fits, access, detail| Gate {
        kind: DeciderKind::PaasFirewall,
        name,
        fits,
        access,
        detail,
        law: "F217",
    };
    let mut gates = Vec::new();
    for rule in &list.rules {
        if let Some(fits) = fits(rule, caller) {
            gates.push(gate(rule.name.clone(), fits, rule.access, "an access restriction of the app"));
        }
    }
    let key = if part == 0 { "ipSecurityRestrictions" } else { "scmIpSecurityRestrictions" };
    let detail = match list.rules.is_empty() {
        true => "no access restriction",
        false => "no access restriction fits the caller",
    };
    gates.push(gate(format!("{key}DefaultAction"), Fits::All, list.default_action, detail));
    gates
}

/// Whom of the caller's packets a rule is about; over a service endpoint no rule about addresses fits.
fn fits(rule: &Restriction, caller: &Caller<'_>) -> Option<Fits> {
    let all = |fitting: bool| fitting.then_some(Fits::All);
    let fits = match &rule.who {
        Restricted::Everybody => Some(Fits::All),
        Restricted::Addresses(addresses) if caller.endpoint.is_none() => Some(Fits::From(addresses.clone())),
        Restricted::Addresses(_) => None,
        Restricted::AnySubnet => all(caller.endpoint.is_some()),
        Restricted::Subnet(RuleSubnet::Here(subnet)) => all(caller.endpoint == Some(*subnet)),
        Restricted::Subnet(RuleSubnet::Outside(id)) => all(caller.networks.contains(id)),
        Restricted::Subnet(RuleSubnet::Unknown(fact)) => {
            caller.endpoint.map(|_| Fits::Perhaps(Doubts::from_facts(&[*fact])))
        }
        Restricted::Unknown(fact) => Some(Fits::PerhapsFrom(Addresses::all(), Doubts::from_facts(&[*fact]))),
    }?;
    if !rule.headers {
        return Some(fits);
    }
    let doubts = Doubts::of_text(&format!("which headers a request has (`{}`)", rule.name));
    Some(match fits {
        Fits::From(addresses) => Fits::PerhapsFrom(addresses, doubts),
        _ => Fits::Perhaps(doubts),
    })
}
