//! HDInsight's health and management addresses.
//!
//! In: a region. Out: who connects to a cluster's subnet, TCP 443. Deliberately absent: other clouds, and regions
//! that Microsoft added to the service tag only.

use crate::tags::canonical_region;
use ipnet::IpNet;
use serde::Deserialize;
use std::sync::LazyLock;

/// Microsoft's list of 2019-10; `data/README.md` says more.
const DATA: &str = include_str!("../../data/hdinsight.json");

/// Sources of HDInsight's management traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HdinsightManagement {
    /// Those of all regions. They lie in the tags HDInsight.EastUS and HDInsight.WestUS, so that the tag of another
    /// region alone is not enough.
    pub global: &'static [IpNet],
    /// Those of the region asked for; `None`: not known, or no region asked for.
    pub regional: Option<&'static [IpNet]>,
}

impl HdinsightManagement {
    /// All that are known, the global ones first.
    pub fn addresses(&self) -> impl Iterator<Item = &'static IpNet> {
        self.global.iter().chain(self.regional.unwrap_or_default())
    }
}

#[derive(Deserialize)]
struct Data {
    global: Vec<IpNet>,
    regions: Vec<Region>,
}

#[derive(Deserialize)]
struct Region {
    region: String,
    addresses: Vec<IpNet>,
}

static MANAGEMENT: LazyLock<Data> =
    LazyLock::new(|| serde_json::from_str(DATA).expect("the built-in HDInsight data parses"));

/// Who manages the clusters of a region (in any spelling), as of 2019-10.
pub fn hdinsight_management(region: Option<&str>) -> HdinsightManagement {
    let data: &'static Data = &MANAGEMENT;
    let wanted = region.map(canonical_region);
    let found = data.regions.iter().find(|known| Some(&known.region) == wanted.as_ref());
    HdinsightManagement { global: &data.global, regional: found.map(|known| known.addresses.as_slice()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        space::{Addresses, prefixes},
        tags::ServiceTags,
    };
    use std::collections::BTreeSet;

    fn tag(name: &str) -> &'static Addresses {
        &ServiceTags::builtin().get(name).unwrap().addresses
    }

    #[test]
    fn the_four_of_all_regions_stand_in_two_american_ones() {
        let management = hdinsight_management(None);
        assert_eq!((management.global.len(), management.regional), (4, None));
        let tags = tag("HDInsight.EastUS").union(tag("HDInsight.WestUS"));
        assert!(prefixes(management.global).is_subset(&tags));
        assert!(prefixes(management.global).intersect(tag("HDInsight.WestEurope")).is_empty());
    }

    #[test]
    fn a_region_adds_its_own() {
        let management = hdinsight_management(Some("West Europe"));
        let expected: [IpNet; 2] = ["52.166.243.90/32", "52.174.36.244/32"].map(|net| net.parse().unwrap());
        assert_eq!(management.regional, Some(&expected[..]));
        assert_eq!(management.addresses().count(), 6);
        let unknown = hdinsight_management(Some("qatarcentral"));
        assert_eq!((unknown.regional, unknown.addresses().count()), (None, 4));
    }

    #[test]
    fn every_region_is_canonical_unique_and_in_its_tag() {
        let mut seen = BTreeSet::new();
        for known in &MANAGEMENT.regions {
            assert!(seen.insert(&known.region) && canonical_region(&known.region) == known.region, "{}", known.region);
            assert_eq!(known.addresses.len(), 2, "{}", known.region);
            let addresses = prefixes(&known.addresses);
            assert!(addresses.is_subset(tag("HDInsight")), "{}", known.region);
            if let Some(regional) = ServiceTags::builtin().get(&format!("HDInsight.{}", known.region)) {
                assert!(addresses.is_subset(&regional.addresses), "{}", known.region);
            }
        }
        assert_eq!(seen.len(), 24);
    }
}
