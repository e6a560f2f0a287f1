//! BGP communities with which Microsoft marks the routes of a region.
//!
//! In: a community. Out: the region. As of 2018-12 (expressroute-routing); communities of single services are not in it, for
//! nobody publishes their prefixes by community.

const REGIONS: [(&str, &str); 31] = [
    ("12076:51002", "westeurope"),
    ("12076:51003", "northeurope"),
    ("12076:51004", "eastus"),
    ("12076:51005", "eastus2"),
    ("12076:51006", "westus"),
    ("12076:51007", "northcentralus"),
    ("12076:51008", "southcentralus"),
    ("12076:51009", "centralus"),
    ("12076:51010", "eastasia"),
    ("12076:51011", "southeastasia"),
    ("12076:51012", "japaneast"),
    ("12076:51013", "japanwest"),
    ("12076:51014", "brazilsouth"),
    ("12076:51015", "australiaeast"),
    ("12076:51016", "australiasoutheast"),
    ("12076:51017", "centralindia"),
    ("12076:51018", "westindia"),
    ("12076:51019", "southindia"),
    ("12076:51020", "canadacentral"),
    ("12076:51021", "canadaeast"),
    ("12076:51024", "uksouth"),
    ("12076:51025", "ukwest"),
    ("12076:51026", "westus2"),
    ("12076:51027", "westcentralus"),
    ("12076:51028", "koreasouth"),
    ("12076:51029", "koreacentral"),
    ("12076:51030", "francecentral"),
    ("12076:51031", "francesouth"),
    ("12076:51032", "australiacentral"),
    ("12076:51033", "australiacentral2"),
    ("12076:51105", "usgovvirginia"),
];

/// The region whose routes have a community.
pub fn region_of_community(community: &str) -> Option<&'static str> {
    REGIONS.iter().find(|(own, _)| *own == community).map(|(_, region)| *region)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tags::canonical_region;
    use std::collections::HashSet;

    #[test]
    fn each_community_is_one_region_in_its_usual_spelling() {
        let communities: HashSet<&str> = REGIONS.iter().map(|(community, _)| *community).collect();
        let regions: HashSet<&str> = REGIONS.iter().map(|(_, region)| *region).collect();
        assert_eq!((communities.len(), regions.len()), (REGIONS.len(), REGIONS.len()));
        assert!(regions.iter().all(|region| canonical_region(region) == *region));
        assert_eq!(region_of_community("12076:51002"), Some("westeurope"));
        assert_eq!(region_of_community("12076:5010"), None);
    }
}
