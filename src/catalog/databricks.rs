//! Azure Databricks' own parties of a region: web application, relay, control plane NAT, hosts.
//!
//! In: a region and an era. Out: addresses and hosts as of that era's date. Deliberately absent: which of a region's
//! instances serves a workspace (bound when it is created, and not published), and who opens which connection.

use crate::tags::canonical_region;
use ipnet::IpNet;
use serde::Deserialize;
use std::{collections::HashMap, sync::LazyLock};

/// The two snapshots; `data/README.md` says where they come from.
const DATA: &str = include_str!("../../data/databricks.json");

/// The form of a workspace, and with it the snapshot that describes its region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Era {
    /// 2019-06: subnets without delegation, nodes with public addresses, a control plane that connects to them.
    Year2019,
    /// 2025-12: delegated subnets, mostly without public addresses, a relay that the nodes connect to.
    Current,
}

impl Era {
    /// The era of a workspace by its `apiVersion` (`2018-04-01`): a year before 2020 is [`Year2019`](Era::Year2019),
    /// anything else [`Current`](Era::Current).
    pub fn of_api_version(api_version: &str) -> Era {
        let year = api_version.get(..4).and_then(|year| year.parse::<u16>().ok());
        if year.is_some_and(|year| year < 2020) { Era::Year2019 } else { Era::Current }
    }

    /// The date of its snapshot, year and month: `2019-06`.
    pub fn date(self) -> &'static str {
        match self {
            Era::Year2019 => "2019-06",
            Era::Current => "2025-12",
        }
    }
}

/// A host of a service and the addresses that are listed for it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "HostText")]
pub struct Host {
    /// The full name, lower case.
    pub name: String,
    /// What the source lists; empty: it lists none, and only the tag of the host's suffix is known.
    pub addresses: Vec<IpNet>,
}

/// A host as the data writes it.
#[derive(Deserialize)]
#[serde(untagged)]
enum HostText {
    Name(String),
    Listed { host: String, addresses: Vec<IpNet> },
}

impl From<HostText> for Host {
    fn from(text: HostText) -> Host {
        match text {
            HostText::Name(name) => Host { name, addresses: Vec::new() },
            HostText::Listed { host, addresses } => Host { name: host, addresses },
        }
    }
}

/// What a workspace of one region talks to. A list that is empty is not known for that date, or did not exist.
///
/// An address need not stand in the region: most of UK South's are in UK West, and North Europe shares some of West
/// Europe's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DatabricksRegion {
    /// The region's programmatic name.
    pub region: String,
    /// The date of the snapshot, year and month: `2019-06`.
    #[serde(skip)]
    pub date: String,
    /// The web application and its API: nodes and users connect to it, TCP 443 (443, 3306, 8443-8451 today).
    pub webapp: Vec<IpNet>,
    /// Where the control plane connects from, to TCP 22 and 5557 of nodes with public addresses.
    pub control_plane_nat: Vec<IpNet>,
    /// The relay that nodes without public addresses connect to, TCP 443. None in 2019.
    #[serde(default)]
    pub relay: Vec<Host>,
    /// The metastore's MySQL servers, TCP 3306.
    #[serde(default)]
    pub metastore: Vec<Host>,
    /// Storage accounts of the runtime's artifacts, TCP 443: the primary, numbered ones, the secondary.
    #[serde(default)]
    pub artifact_storage: Vec<Host>,
    /// Storage accounts of the logs, TCP 443.
    #[serde(default)]
    pub log_storage: Vec<Host>,
    /// Event Hubs namespaces of the telemetry, TCP 9093.
    #[serde(default)]
    pub event_hubs: Vec<Host>,
    /// The host of the sign-in over Private Link, TCP 443. None in 2019.
    #[serde(default)]
    pub web_auth: Option<String>,
    /// Obsolete: once part of the control plane, no longer in the tag AzureDatabricks. A rule for it can go.
    #[serde(default)]
    pub extended_infrastructure: Vec<IpNet>,
    /// Where sources disagree.
    #[serde(default)]
    pub note: Option<String>,
}

#[derive(Deserialize)]
struct Data {
    snapshots: Vec<Snapshot>,
}

#[derive(Deserialize)]
struct Snapshot {
    date: String,
    regions: Vec<DatabricksRegion>,
}

/// Regions in the order of the data.
static REGIONS: LazyLock<Vec<DatabricksRegion>> = LazyLock::new(|| {
    let data: Data = serde_json::from_str(DATA).expect("the built-in Databricks data parses");
    let dated = |snapshot: Snapshot| {
        let date = snapshot.date;
        snapshot.regions.into_iter().map(move |region| DatabricksRegion { date: date.clone(), ..region })
    };
    data.snapshots.into_iter().flat_map(dated).collect()
});

/// Regions by date and name.
static BY_NAME: LazyLock<HashMap<(&str, &str), &DatabricksRegion>> =
    LazyLock::new(|| REGIONS.iter().map(|region| ((region.date.as_str(), region.region.as_str()), region)).collect());

/// The parties of a region, which may be in any spelling. `None`: that snapshot does not have the region.
pub fn databricks(region: &str, era: Era) -> Option<&'static DatabricksRegion> {
    BY_NAME.get(&(era.date(), canonical_region(region).as_str())).copied()
}

/// Every region of a snapshot, in the order of the data.
pub fn databricks_regions(era: Era) -> impl Iterator<Item = &'static DatabricksRegion> {
    REGIONS.iter().filter(move |region| region.date == era.date())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        space::{Addresses, prefix, prefixes},
        tags::{ServiceTags, host_tag},
    };
    use std::collections::BTreeSet;

    fn tag(name: &str) -> &'static Addresses {
        &ServiceTags::builtin().get(name).unwrap().addresses
    }

    fn hosts(region: &DatabricksRegion) -> impl Iterator<Item = &Host> {
        let lists = [&region.relay, &region.metastore, &region.artifact_storage, &region.log_storage];
        lists.into_iter().chain([&region.event_hubs]).flatten()
    }

    fn addresses(region: &DatabricksRegion) -> Vec<&IpNet> {
        let relay = region.relay.iter().flat_map(|host| &host.addresses);
        region.webapp.iter().chain(&region.control_plane_nat).chain(relay).collect()
    }

    #[test]
    fn the_regions_are_canonical_unique_and_counted() {
        for (era, count) in [(Era::Year2019, 25), (Era::Current, 6)] {
            let names: Vec<&str> = databricks_regions(era).map(|region| region.region.as_str()).collect();
            assert_eq!(names.len(), count);
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), count);
            assert!(names.iter().all(|name| canonical_region(name) == *name));
        }
        assert_eq!(REGIONS.len(), 31);
    }

    #[test]
    fn a_region_is_found_in_any_spelling_and_only_in_its_snapshot() {
        assert_eq!(databricks("West Europe", Era::Current).unwrap().date, "2025-12");
        assert_eq!(databricks("japaneast", Era::Year2019).unwrap().date, "2019-06");
        assert_eq!(databricks("japaneast", Era::Current), None);
        assert_eq!(databricks("", Era::Year2019), None);
    }

    #[test]
    fn the_era_follows_from_the_api_version() {
        assert_eq!(Era::of_api_version("2018-04-01"), Era::Year2019);
        assert_eq!(Era::of_api_version("2023-02-01"), Era::Current);
        assert_eq!(Era::of_api_version("latest"), Era::Current);
        assert_eq!(Era::of_api_version("äöü"), Era::Current);
    }

    #[test]
    fn west_europe_in_2019() {
        let region = databricks("westeurope", Era::Year2019).unwrap();
        assert_eq!(region.control_plane_nat, ["23.100.0.135/32".parse().unwrap()]);
        assert_eq!(region.webapp, ["52.232.19.246/32".parse().unwrap()]);
        assert_eq!((region.relay.len(), &region.web_auth), (0, &None));
    }

    #[test]
    fn west_europe_today() {
        let region = databricks("westeurope", Era::Current).unwrap();
        assert_eq!((region.webapp.len(), region.control_plane_nat.len(), region.metastore.len()), (4, 11, 8));
        assert_eq!(region.artifact_storage.len(), 26);
        assert_eq!(region.artifact_storage[24].name, "arprodwesteua24.blob.core.windows.net");
        assert_eq!(region.relay[1].name, "tunnel.westeuropec2.azuredatabricks.net");
        assert_eq!(region.relay[1].addresses, ["51.138.96.158/32".parse().unwrap()]);
    }

    #[test]
    fn every_address_lies_in_the_tag() {
        for region in &*REGIONS {
            let outside: Vec<_> =
                addresses(region).into_iter().filter(|net| !prefix(**net).is_subset(tag("AzureDatabricks"))).collect();
            assert!(outside.is_empty(), "{} {}: {outside:?}", region.date, region.region);
        }
    }

    #[test]
    fn north_europe_shares_addresses_with_west_europe_and_only_one_instance_has_none() {
        let [west, north] = ["westeurope", "northeurope"].map(|name| databricks(name, Era::Current).unwrap());
        assert_eq!((west.webapp[0], &west.relay[0]), (north.webapp[0], &north.relay[0]));
        let bare = databricks_regions(Era::Current).flat_map(|region| &region.relay).filter(|r| r.addresses.is_empty());
        let bare: Vec<&str> = bare.map(|host| host.name.as_str()).collect();
        assert_eq!(bare, ["tunnel.eastus2c3.azuredatabricks.net"]);
    }

    #[test]
    fn uk_south_stands_in_uk_west_and_one_new_range_at_home() {
        let outside = |era| {
            let all = addresses(databricks("uksouth", era).unwrap()).into_iter();
            let west = tag("AzureCloud.ukwest");
            all.filter(|net| !prefix(**net).is_subset(west)).map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(outside(Era::Year2019), [""; 0]);
        assert_eq!(outside(Era::Current), ["4.158.9.160/28", "4.150.168.160/28"]);
        assert!(prefix("4.158.9.160/28".parse().unwrap()).is_subset(tag("AzureCloud.uksouth")));
    }

    #[test]
    fn every_region_lists_one_range_of_central_us() {
        let shared = "4.150.168.160/28".parse().unwrap();
        assert!(databricks_regions(Era::Current).all(|region| region.webapp.contains(&shared)));
        assert!(prefix(shared).is_subset(tag("AzureCloud.centralus")));
    }

    #[test]
    fn the_extended_infrastructure_left_the_tag() {
        for region in databricks_regions(Era::Current) {
            assert_eq!(region.extended_infrastructure.len(), 1);
            assert!(prefixes(&region.extended_infrastructure).intersect(tag("AzureDatabricks")).is_empty());
        }
    }

    #[test]
    fn hosts_are_lower_case_unique_under_their_suffix_and_have_a_tag() {
        for region in databricks_regions(Era::Current) {
            let ends = |hosts: &[Host], suffix: &str| {
                !hosts.is_empty() && hosts.iter().all(|host| host.name.ends_with(suffix))
            };
            assert!(ends(&region.relay, ".azuredatabricks.net"));
            assert!(ends(&region.metastore, ".mysql.database.azure.com"));
            assert!(ends(&region.artifact_storage, ".blob.core.windows.net"));
            assert!(ends(&region.log_storage, ".blob.core.windows.net"));
            assert!(ends(&region.event_hubs, ".servicebus.windows.net"));
            let auth = format!("{}.pl-auth.azuredatabricks.net", region.region);
            assert_eq!(region.web_auth.as_ref(), Some(&auth));
            let names: Vec<&str> = hosts(region).map(|host| host.name.as_str()).chain([auth.as_str()]).collect();
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{}", region.region);
            for name in names {
                assert!(host_tag(name).is_some() && name == name.to_ascii_lowercase(), "{name}");
            }
        }
    }

    #[test]
    fn prefixes_are_not_repeated_and_have_no_host_bits() {
        for region in &*REGIONS {
            let all = addresses(region);
            assert!(all.iter().all(|net| **net == net.trunc()), "{}", region.region);
            assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{}", region.region);
        }
    }

    #[test]
    fn where_sources_disagree_there_is_a_note() {
        let noted = REGIONS.iter().filter(|region| region.note.is_some()).map(|region| region.region.as_str());
        assert_eq!(noted.collect::<Vec<_>>(), ["centralindia", "southindia", "westindia"]);
    }
}
