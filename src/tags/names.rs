//! Tag names that Microsoft has published, and what to say about a name that the data in use lacks.
//!
//! In: a name as the user wrote it. Out: why it may be missing, and the name that was probably meant.
//! Deliberately absent: addresses, and the verdict on a rule with such a name (F203: undetermined).

use super::{COMPUTED_TAG_NAMES, canonical_region};
use std::fmt;

/// All 2647 tag names of Microsoft's file of 2025-01-27, regional ones included, one a line.
pub const KNOWN_TAG_NAMES: &str = include_str!("../../data/known-tags.txt");

/// The names in [`KNOWN_TAG_NAMES`], ascending without regard to case.
pub fn known_tag_names() -> impl Iterator<Item = &'static str> {
    KNOWN_TAG_NAMES.lines()
}

/// Why a tag is not in the data in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// Microsoft publishes it, but the data in use does not hold it.
    NotHeld {
        /// The name as Microsoft spells it.
        name: String,
        /// The data in use.
        data: String,
    },
    /// Azure computes it, so no file holds it: see [`computed`](super::computed()).
    Computed {
        /// The name as Azure spells it.
        name: String,
    },
    /// The service has a tag, but Microsoft publishes none for this region of it.
    NoSuchRegion {
        /// The name as the user wrote it.
        name: String,
        /// The tag of the whole service.
        service: String,
    },
    /// Microsoft publishes no such tag.
    Unknown {
        /// The name as the user wrote it.
        name: String,
        /// What was probably meant.
        suggestion: Option<String>,
    },
}

impl Absence {
    /// The name that was probably meant.
    pub fn suggestion(&self) -> Option<&str> {
        match self {
            Absence::NotHeld { .. } | Absence::Computed { .. } => None,
            Absence::NoSuchRegion { service, .. } => Some(service),
            Absence::Unknown { suggestion, .. } => suggestion.as_deref(),
        }
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Absence::NotHeld { name, data } => {
                write!(f, "service tag `{name}` is not in the data in use ({data})")
            }
            Absence::Computed { name } => write!(f, "service tag `{name}` is computed by Azure and in no file"),
            Absence::NoSuchRegion { name, service } => {
                write!(f, "service tag `{service}` has no regional tag `{name}`")
            }
            Absence::Unknown { name, .. } => write!(f, "no service tag is called `{name}`"),
        }
    }
}

/// Why `name` is absent from `data`, whose own tag names are `held`.
pub(super) fn absence<'a>(name: &str, data: &str, held: impl Iterator<Item = &'a str>) -> Absence {
    if let Some(computed) = COMPUTED_TAG_NAMES.iter().find(|computed| computed.eq_ignore_ascii_case(name)) {
        return Absence::Computed { name: (*computed).to_owned() };
    }
    let mut candidates: Vec<&str> = known_tag_names().collect();
    candidates.extend(held);
    candidates.extend(COMPUTED_TAG_NAMES);
    let exact = |wanted: &str| candidates.iter().find(|known| known.eq_ignore_ascii_case(wanted)).copied();
    if let Some(known) = exact(name) {
        return Absence::NotHeld { name: known.to_owned(), data: data.to_owned() };
    }
    let meant = other_spelling(name, &candidates).or_else(|| closest(name, &candidates));
    let service = name.split_once('.').and_then(|(service, _)| exact(service));
    match (meant, service) {
        (None, Some(service)) => Absence::NoSuchRegion { name: name.to_owned(), service: service.to_owned() },
        (meant, _) => Absence::Unknown { name: name.to_owned(), suggestion: meant.map(str::to_owned) },
    }
}

/// The tag of the same service and region under another name of the region, such as
/// `AzureCloud.centralfrance` for `AzureCloud.FranceCentral`.
fn other_spelling<'a>(name: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let (service, region) = name.split_once('.')?;
    let region = canonical_region(region);
    candidates.iter().copied().find(|candidate| {
        candidate
            .split_once('.')
            .is_some_and(|(other, its)| other.eq_ignore_ascii_case(service) && canonical_region(its) == region)
    })
}

/// The candidate at the smallest edit distance, at most 2 and at most a third of the name.
fn closest<'a>(name: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let limit = 2.min(lower.len() / 3);
    candidates
        .iter()
        .filter(|candidate| candidate.len().abs_diff(lower.len()) <= limit)
        .map(|candidate| (edit_distance(&lower, &candidate.to_lowercase()), *candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions and replacements that turn `a` into `b`.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(name: &str) -> Absence {
        absence(name, "the data", [].into_iter())
    }

    #[test]
    fn a_published_tag_is_not_held() {
        let expected = Absence::NotHeld { name: "PowerBI".into(), data: "the data".into() };
        assert_eq!(why("powerbi"), expected);
        assert_eq!(expected.to_string(), "service tag `PowerBI` is not in the data in use (the data)");
    }

    #[test]
    fn a_computed_tag_is_in_no_file() {
        assert_eq!(why("virtualnetwork"), Absence::Computed { name: "VirtualNetwork".into() });
    }

    #[test]
    fn a_misspelt_tag_gets_a_suggestion() {
        assert_eq!(why("AzureDatabrick").suggestion(), Some("AzureDatabricks"));
        assert_eq!(why("storge.WestEurope").suggestion(), Some("Storage.WestEurope"));
        assert_eq!(why("VirtualNetworks").suggestion(), Some("VirtualNetwork"));
        assert_eq!(why("Kafka").suggestion(), None);
    }

    #[test]
    fn a_region_under_its_other_name_gets_a_suggestion() {
        assert_eq!(why("AzureCloud.FranceCentral").suggestion(), Some("AzureCloud.centralfrance"));
        assert_eq!(why("Storage.West Europe").suggestion(), Some("Storage.WestEurope"));
    }

    #[test]
    fn a_service_without_regional_tags_says_so() {
        let why = why("AzureDatabricks.WestEurope");
        assert_eq!(why.to_string(), "service tag `AzureDatabricks` has no regional tag `AzureDatabricks.WestEurope`");
        assert_eq!(why.suggestion(), Some("AzureDatabricks"));
    }

    #[test]
    fn distances() {
        assert_eq!(edit_distance("sql", "sql"), 0);
        assert_eq!(edit_distance("sqll", "sql"), 1);
        assert_eq!(edit_distance("", "sql"), 3);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }
}
