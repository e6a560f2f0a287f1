//! Azure's regions: one spelling for each, and which are paired.
//!
//! In: a region in any spelling. Out: its programmatic name, its pair. Deliberately absent: a list of all
//! regions (new ones open every year; an unlisted region has no pair), and the sovereign clouds of the United
//! States, whose pairs Microsoft has changed.

/// A region, the region it is paired with, and whether that one is paired back with it.
struct Pair(&'static str, &'static str, Direction);

/// Whether a pair counts from both sides.
#[derive(PartialEq)]
enum Direction {
    /// Each is the other's pair.
    Both,
    /// The second has another pair, or none.
    FirstOnly,
}
use Direction::{Both, FirstOnly};

/// Region pairs as Microsoft lists them ("Azure regions list", the column "Paired region"; checked against the table
/// in the Azure CLI's backup module).
const PAIRS: &[Pair] = &[
    Pair("australiacentral", "australiacentral2", Both),
    Pair("australiaeast", "australiasoutheast", Both),
    Pair("brazilsouth", "southcentralus", FirstOnly),
    Pair("brazilsoutheast", "brazilsouth", FirstOnly),
    Pair("canadacentral", "canadaeast", Both),
    Pair("centralindia", "southindia", Both),
    Pair("centralus", "eastus2", Both),
    Pair("eastasia", "southeastasia", Both),
    Pair("eastus", "westus", Both),
    Pair("francecentral", "francesouth", Both),
    Pair("germanywestcentral", "germanynorth", Both),
    Pair("japaneast", "japanwest", Both),
    Pair("jioindiacentral", "jioindiawest", Both),
    Pair("koreacentral", "koreasouth", Both),
    Pair("northcentralus", "southcentralus", Both),
    Pair("northeurope", "westeurope", Both),
    Pair("norwayeast", "norwaywest", Both),
    Pair("southafricanorth", "southafricawest", Both),
    Pair("swedencentral", "swedensouth", Both),
    Pair("switzerlandnorth", "switzerlandwest", Both),
    Pair("uaenorth", "uaecentral", Both),
    Pair("uksouth", "ukwest", Both),
    Pair("westcentralus", "westus2", Both),
    Pair("westindia", "southindia", FirstOnly),
    Pair("westus3", "eastus", FirstOnly),
    Pair("chinaeast", "chinanorth", Both),
    Pair("chinaeast2", "chinanorth2", Both),
    Pair("chinaeast3", "chinanorth3", Both),
];

/// Names by which the service tag file calls a region, and the region's own name (filtering 2.2).
const IRREGULAR: &[(&str, &str)] = &[
    ("brazilse", "brazilsoutheast"),
    ("centralfrance", "francecentral"),
    ("southfrance", "francesouth"),
    ("germanyn", "germanynorth"),
    ("germanywc", "germanywestcentral"),
    ("norwaye", "norwayeast"),
    ("norwayw", "norwaywest"),
    ("switzerlandn", "switzerlandnorth"),
    ("switzerlandw", "switzerlandwest"),
    ("usstagee", "eastusstg"),
    ("usstagec", "southcentralusstg"),
];

/// The programmatic name of a region: `West Europe`, `WestEurope` and `(Europe) West Europe` are all
/// `westeurope`, and `centralfrance` is `francecentral`. A region that Azure does not have keeps its letters.
pub fn canonical_region(region: &str) -> String {
    let display = match region.split_once(')') {
        Some((group, name)) if group.trim_start().starts_with('(') => name,
        _ => region,
    };
    let plain: String = display.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    match IRREGULAR.iter().find(|(irregular, _)| *irregular == plain) {
        Some((_, name)) => (*name).to_owned(),
        None => plain,
    }
}

/// The region that Azure pairs with `region`, which may be in any spelling. Not always symmetric: Brazil South
/// is paired with South Central US, whose own pair is North Central US.
pub fn paired_region(region: &str) -> Option<&'static str> {
    let region = canonical_region(region);
    PAIRS.iter().find_map(|Pair(first, second, direction)| match direction {
        _ if *first == region => Some(*second),
        Both if *second == region => Some(*first),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling() {
        for spelling in ["West Europe", "westeurope", "WestEurope", "(Europe) West Europe", "west-europe"] {
            assert_eq!(canonical_region(spelling), "westeurope");
        }
        assert_eq!(canonical_region("centralfrance"), "francecentral");
        assert_eq!(canonical_region("East US 2"), "eastus2");
        assert_eq!(canonical_region(""), "");
    }

    #[test]
    fn pairs() {
        assert_eq!(paired_region("West Europe"), Some("northeurope"));
        assert_eq!(paired_region("northeurope"), Some("westeurope"));
        assert_eq!(paired_region("eastus2"), Some("centralus"));
        assert_eq!(paired_region("germanywc"), Some("germanynorth"));
        assert_eq!(paired_region("polandcentral"), None);
    }

    #[test]
    fn one_way_pairs() {
        assert_eq!(paired_region("westus3"), Some("eastus"));
        assert_eq!(paired_region("eastus"), Some("westus"));
        assert_eq!(paired_region("brazilsouth"), Some("southcentralus"));
        assert_eq!(paired_region("southcentralus"), Some("northcentralus"));
        assert_eq!(paired_region("brazilsoutheast"), Some("brazilsouth"));
        assert_eq!(paired_region("southindia"), Some("centralindia"));
    }

    #[test]
    fn no_region_is_listed_twice_as_the_first_or_in_a_mutual_pair() {
        let mut seen = std::collections::BTreeSet::new();
        for Pair(first, second, direction) in PAIRS {
            assert!(seen.insert(*first), "{first}");
            assert!(*direction == FirstOnly || seen.insert(*second), "{second}");
        }
    }
}
