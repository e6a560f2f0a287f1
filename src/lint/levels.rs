//! What the caller asks to deny or to allow.
//!
//! In: codes, or `all`. Out: the level of each finding, or none where it is allowed. Deliberately absent: exit codes.

use super::{CODES, Finding, is_code};
use crate::diagnostic::{Severity, nearest};

/// The word for every code.
const ALL: &str = "all";

/// Which codes are errors, which are not told.
#[derive(Debug, Clone, Default)]
pub struct Levels {
    deny: Vec<String>,
    allow: Vec<String>,
}

impl Levels {
    /// From the codes that are asked for; a code that does not exist is an error, in words.
    pub fn new(deny: &[String], allow: &[String]) -> Result<Levels, String> {
        for code in deny.iter().chain(allow) {
            if code != ALL && !is_code(code) {
                let near = nearest(code, CODES.iter().map(|(known, _)| *known), 4);
                let help = near.map(|near| format!("\nhelp: did you mean `{near}`?")).unwrap_or_default();
                return Err(format!("`{code}` is no code of `lint`{help}"));
            }
        }
        Ok(Levels { deny: deny.to_vec(), allow: allow.to_vec() })
    }

    /// The level of a finding; none where it is not to be told. A code counts before `all`, and denying before allowing.
    pub fn of(&self, finding: &Finding) -> Option<Severity> {
        let names = |list: &[String], word: &str| list.iter().any(|one| one == word);
        let code = finding.diagnostic.code;
        if names(&self.deny, code) {
            Some(Severity::Error)
        } else if names(&self.allow, code) {
            None
        } else if names(&self.deny, ALL) {
            Some(Severity::Error)
        } else if names(&self.allow, ALL) {
            None
        } else {
            Some(finding.diagnostic.severity)
        }
    }

    /// The findings that are to be told, each at its level.
    pub fn applied(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let at_level = |mut finding: Finding| {
            finding.diagnostic.severity = self.of(&finding)?;
            Some(finding)
        };
        findings.into_iter().filter_map(at_level).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(deny: &[&str], allow: &[&str], code: &'static str) -> Option<Severity> {
        let owned = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let levels = Levels::new(&owned(deny), &owned(allow)).unwrap();
        levels.of(&Finding::new(code, None, "m"))
    }

    #[test]
    fn a_code_counts_before_all_and_denying_before_allowing() {
        assert_eq!(told(&[], &[], "rule-shadowed"), Some(Severity::Warning));
        assert_eq!(told(&["rule-shadowed"], &["rule-shadowed"], "rule-shadowed"), Some(Severity::Error));
        assert_eq!(told(&["all"], &["rule-shadowed"], "rule-shadowed"), None);
        assert_eq!(told(&["rule-shadowed"], &["all"], "rule-shadowed"), Some(Severity::Error));
        assert_eq!(told(&["rule-shadowed"], &["all"], "rule-redundant"), None);
        assert_eq!(told(&["all"], &[], "rule-wider-than-needed"), Some(Severity::Error));
    }

    #[test]
    fn a_code_that_does_not_exist_is_refused() {
        let refused = Levels::new(&["rule-shadow".to_owned()], &[]).unwrap_err();
        assert!(refused.contains("did you mean `rule-shadowed`?"), "{refused}");
    }
}
