//! `by:` in an expectation: does a deciding step match it?
//!
//! In: `[kind ]resource[/name]` and steps. Out: yes or no. Letter case does not matter, and Azure's prefixes
//! `securityRules/` and `defaultSecurityRules/` may be left out or written.

use crate::trace::{DeciderKind, Part, Step};

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
        let named = self.what.is_empty() || self.what == whole || self.what == resource || self.what == name;
        named && self.kind.is_none_or(|kind| kind == step.kind)
    }

    /// Whether a part was decided so.
    pub fn decides(&self, part: &Part) -> bool {
        part.decided_by.iter().any(|step| self.matches(step))
    }
}

/// Lower case, without Azure's prefixes of rule names.
fn plain(text: &str) -> String {
    text.to_lowercase().replace("defaultsecurityrules/", "").replace("securityrules/", "")
}
