//! `by:` in an expectation: does a deciding step match it?
//!
//! In: `[kind ]resource[/name]` and steps. Out: yes or no. Letter case does not matter, and Azure's prefixes
//! `securityRules/` and `defaultSecurityRules/` may be left out or written.

use crate::trace::{DeciderKind, Step, Trace};

/// A parsed `by:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    kind: Option<DeciderKind>,
    what: String,
}

impl By {
    /// Parses; `None` for an empty text.
    pub fn parse(text: &str) -> Option<By> {
        let text = text.trim();
        let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let kind = DeciderKind::ALL.iter().find(|(_, word)| word.eq_ignore_ascii_case(first)).map(|(kind, _)| *kind);
        let what = if kind.is_some() { rest.trim() } else { text };
        (!text.is_empty()).then(|| By { kind, what: plain(what) })
    }

    /// Whether a step is what it names.
    pub fn matches(&self, step: &Step) -> bool {
        let (resource, name) = (plain(&step.resource), plain(&step.name));
        let whole = if name.is_empty() { resource.clone() } else { format!("{resource}/{name}") };
        // A link's owner is its VNET; people know it by its own name too.
        let by_link = step.kind == DeciderKind::Peering && self.what == name;
        // Rules of services stand under their list's name: `lake/ipRules/203.0.113.7`, `lake/virtualNetworkRules`.
        let listed = whole.strip_prefix(&self.what).is_some_and(|rest| rest.starts_with('/'));
        let shortened = name.split_once('/').is_some_and(|(_, rule)| self.what == format!("{resource}/{rule}"));
        let named =
            self.what.is_empty() || self.what == whole || self.what == resource || by_link || listed || shortened;
        named && self.kind.is_none_or(|kind| kind == step.kind)
    }

    /// Whether a flow was decided so: on its way there, back, or on a further flow that it hangs on.
    pub fn decides(&self, trace: &Trace) -> bool {
        let verdict = trace.verdict();
        let of_parts = trace.parts.iter().flat_map(|part| &part.decided_by);
        let legs = trace.legs.iter().filter(|leg| leg.verdict == verdict);
        of_parts.chain(legs.flat_map(|leg| &leg.decided_by)).any(|step| self.matches(step))
    }
}

/// Lower case, without Azure's prefixes of rule names.
fn plain(text: &str) -> String {
    text.to_lowercase().replace("defaultsecurityrules/", "").replace("securityrules/", "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Outcome;

    fn step(kind: DeciderKind, resource: &str, name: &str) -> Step {
        let (resource, name) = (resource.to_owned(), name.to_owned());
        Step { kind, resource, name, outcome: Outcome::Deny, detail: String::new(), law: "F16", origin: None }
    }

    fn matches(by: &str, step: &Step) -> bool {
        By::parse(by).expect("not empty").matches(step)
    }

    #[test]
    fn a_rule_is_named_with_or_without_its_kind_its_group_and_azures_prefix() {
        let rule = step(DeciderKind::NetworkSecurityGroup, "databricks-nsg", "deny-outbound");
        for by in [
            "databricks-nsg/deny-outbound",
            "Databricks-NSG/Deny-Outbound",
            "databricks-nsg/securityRules/deny-outbound",
            "networkSecurityGroup databricks-nsg/deny-outbound",
            "NETWORKSECURITYGROUP databricks-nsg",
            "  databricks-nsg  ",
            "networkSecurityGroup",
        ] {
            assert!(matches(by, &rule), "{by}");
        }
        for by in ["databricks-nsg/deny", "route databricks-nsg/deny-outbound", "nsg", "networkSecurityGroup other"] {
            assert!(!matches(by, &rule), "{by}");
        }
    }

    #[test]
    fn default_rules_and_rows_are_named_as_azure_names_them() {
        let default = step(DeciderKind::NetworkSecurityGroup, "nsg", "DenyAllInBound");
        assert!(matches("nsg/defaultSecurityRules/DenyAllInBound", &default));
        assert!(matches("nsg/denyallinbound", &default));
        let row = step(DeciderKind::DefaultRoute, "10.0.0.0/8", "None");
        assert!(matches("defaultRoute 10.0.0.0/8", &row));
        assert!(!matches("defaultRoute 10.0.0.0/16", &row));
        assert!(matches("asymmetric hub-fw", &step(DeciderKind::Asymmetric, "hub-fw", "")));
    }

    #[test]
    fn nothing_is_no_claim() {
        assert_eq!(By::parse("  "), None);
    }
}
