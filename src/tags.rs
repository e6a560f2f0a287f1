//! Service tags: Microsoft's published prefixes by name, the tags that Azure computes, and what public host names
//! and regions say about them.
//!
//! In: Microsoft's JSON, or nothing for the built-in subset of it. Out: a name's addresses, an address's names.
//! Deliberately absent: VirtualNetwork, which differs per network interface; which tags a route or a firewall may
//! use; reading files.
//!
//! Tags overlap, and AzureCloud does not hold all of the others (F202). A tag that the data in use lacks is unknown,
//! never empty and never any (F203): [`ServiceTags::get`] says `None`, [`ServiceTags::absence`] says why.

mod computed;
mod file;
mod hosts;
mod index;
mod names;
mod regions;

pub use computed::{
    COMPUTED_TAG_NAMES, azure_load_balancer, azure_platform_dns, azure_platform_imds, azure_platform_lkm, computed,
    internet,
};
pub use file::TagsError;
pub use hosts::{HOST_SERVICES, HostService, host_tag};
pub use names::{Absence, KNOWN_TAG_NAMES, known_tag_names};
pub use regions::{canonical_region, paired_region};

use crate::space::{self, Addresses};
use index::Index;
use ipnet::IpNet;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, LazyLock, OnceLock},
};

/// The host's virtual address: DHCP, DNS, health probes (filtering.md 2.1, F163, F177).
pub const HOST_ADDRESS: std::net::Ipv4Addr = std::net::Ipv4Addr::new(168, 63, 129, 16);

/// The built-in data; `data/README.md` says how it was made.
const BUILTIN: &str = include_str!("../data/service-tags.json");

/// One service tag: a service's addresses, everywhere or in one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// As Microsoft spells it: `Storage`, `Storage.WestUS`, `AzureCloud.centralfrance`.
    pub name: String,
    /// The region's programmatic name (`francecentral`), if the tag has one.
    pub region: Option<String>,
    /// Microsoft's name of the service, empty for AzureCloud: `AzureStorage`.
    pub system_service: String,
    /// As published, in Microsoft's order.
    pub prefixes: Vec<IpNet>,
    /// The same as a set.
    pub addresses: Addresses,
}

impl Tag {
    /// The name without the region: `Storage` of `Storage.WestUS`, but `AzureFrontDoor.Backend` whole.
    pub fn service(&self) -> &str {
        match (&self.region, self.name.split_once('.')) {
            (Some(_), Some((service, _))) => service,
            _ => &self.name,
        }
    }
}

/// The tags of one file.
#[derive(Debug, Clone)]
pub struct ServiceTags {
    tags: Vec<Tag>,
    /// Position by lower-case name.
    by_name: HashMap<String, usize>,
    source: String,
    is_subset: bool,
    /// Made when the first address is looked up.
    index: OnceLock<Index>,
}

impl ServiceTags {
    /// The built-in data: a subset of Microsoft's file of 2025-01-27.
    pub fn builtin() -> &'static Arc<ServiceTags> {
        static TAGS: LazyLock<Arc<ServiceTags>> =
            LazyLock::new(|| Arc::new(ServiceTags::parse(BUILTIN).expect("the built-in service tags parse")));
        &TAGS
    }

    /// Reads the text of Microsoft's file.
    pub fn parse(text: &str) -> Result<ServiceTags, TagsError> {
        let content = file::read(text)?;
        let source = describe(&content);
        let by_name = content.tags.iter().enumerate().map(|(i, tag)| (tag.name.to_ascii_lowercase(), i)).collect();
        Ok(ServiceTags { tags: content.tags, by_name, source, is_subset: content.is_subset, index: OnceLock::new() })
    }

    /// The same tags, their source described by a file name too.
    #[must_use]
    pub fn named(mut self, file: &str) -> Self {
        self.source = format!("{file}: {}", self.source);
        self
    }

    /// A tag by name, without regard to case. `None`: this data does not hold it (F203).
    pub fn get(&self, name: &str) -> Option<&Tag> {
        self.by_name.get(&name.to_ascii_lowercase()).map(|position| &self.tags[*position])
    }

    /// Why [`get`](Self::get) finds no `name`, and what was probably meant.
    pub fn absence(&self, name: &str) -> Absence {
        names::absence(name, &self.source, self.tags.iter().map(|tag| tag.name.as_str()))
    }

    /// Every tag that holds `address`, in the order of the file. Computed tags are not among them.
    pub fn tags_of(&self, address: IpAddr) -> Vec<&Tag> {
        let index = self.index.get_or_init(|| Index::new(self.tags.iter().map(|tag| &tag.addresses)));
        index.holders(space::point(address)).iter().map(|position| &self.tags[*position as usize]).collect()
    }

    /// Every tag, in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, Tag> {
        self.tags.iter()
    }

    /// Where the data comes from, for people: `Microsoft ServiceTags_Public 2025-01-27, change number 343, subset`.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether Microsoft publishes tags that this data leaves out.
    pub fn is_subset(&self) -> bool {
        self.is_subset
    }
}

fn describe(content: &file::Content) -> String {
    let mut source = format!("Microsoft ServiceTags_{}", content.cloud);
    if let Some(date) = &content.published {
        source += &format!(" {date}");
    }
    if let Some(number) = &content.change_number {
        source += &format!(", change number {number}");
    }
    if content.is_subset {
        source += ", subset";
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builtin() -> &'static ServiceTags {
        ServiceTags::builtin()
    }

    fn names_of(address: &str) -> Vec<&'static str> {
        builtin().tags_of(address.parse().unwrap()).iter().map(|tag| tag.name.as_str()).collect()
    }

    #[test]
    fn the_builtin_data_says_what_it_is() {
        assert_eq!(builtin().source(), "Microsoft ServiceTags_Public 2025-01-27, change number 343, subset");
        assert!(builtin().is_subset());
        assert!(BUILTIN.len() < 1_000_000);
    }

    #[test]
    fn the_builtin_data_is_sorted_known_and_not_empty() {
        assert!(builtin().tags.is_sorted_by_key(|tag| tag.name.to_lowercase()));
        assert!(known_tag_names().is_sorted_by_key(str::to_lowercase));
        let known: std::collections::BTreeSet<&str> = known_tag_names().collect();
        assert_eq!(known.len(), 2647);
        for tag in builtin().iter() {
            assert!(known.contains(tag.name.as_str()), "{}", tag.name);
            assert!(!tag.addresses.is_empty(), "{}", tag.name);
            assert!(tag.prefixes.iter().all(|prefix| *prefix == prefix.trunc()), "{}", tag.name);
        }
    }

    #[test]
    fn a_regional_tag_lies_in_the_whole_tag() {
        for tag in builtin().iter().filter(|tag| tag.region.is_some()) {
            let whole = builtin().get(tag.service()).unwrap_or_else(|| panic!("{} has no whole", tag.name));
            assert!(tag.addresses.is_subset(&whole.addresses), "{}", tag.name);
        }
    }

    #[test]
    fn the_shipped_regions_come_with_their_pairs() {
        for region in ["westeurope", "northeurope", "eastus", "eastus2", "westus", "uksouth", "centralus", "ukwest"]
            .into_iter()
            .chain(["westus2", "francecentral", "germanywestcentral", "canadacentral"])
        {
            for region in [region, paired_region(region).unwrap()] {
                for service in ["Storage", "Sql", "EventHub", "AzureCloud", "AzureKeyVault"] {
                    let is_it = |tag: &&Tag| tag.service() == service && tag.region.as_deref() == Some(region);
                    assert_eq!(builtin().iter().filter(is_it).count(), 1, "{service} in {region}");
                }
            }
        }
    }

    #[test]
    fn names_are_looked_up_without_regard_to_case() {
        for name in ["Storage.WestUS", "Storage.westus", "STORAGE.WESTUS"] {
            assert_eq!(builtin().get(name).unwrap().name, "Storage.WestUS");
        }
        assert_eq!(builtin().get("AzureCloud.centralfrance").unwrap().region.as_deref(), Some("francecentral"));
        assert_eq!(builtin().get("AzureFrontDoor.Backend").unwrap().service(), "AzureFrontDoor.Backend");
        assert_eq!(builtin().get("azurecloud.WestEurope").unwrap().service(), "AzureCloud");
    }

    #[test]
    fn f203_a_tag_that_is_not_held_is_none_and_says_why() {
        assert!(builtin().get("PowerBI").is_none() && builtin().get("Storage.QatarCentral").is_none());
        let why = builtin().absence("storage.qatarcentral").to_string();
        assert!(why.starts_with("service tag `Storage.QatarCentral` is not in the data in use (Microsoft "), "{why}");
        assert_eq!(builtin().absence("AzureDatabrick").suggestion(), Some("AzureDatabricks"));
    }

    #[test]
    fn f202_tags_overlap_and_azure_cloud_does_not_hold_all_of_storage() {
        let names = names_of("52.239.185.64");
        assert!(names.contains(&"Storage") && !names.contains(&"AzureCloud"), "{names:?}");
    }

    #[test]
    fn the_databricks_control_plane_is_elsewhere() {
        // The web application of UK South stands in UK West.
        let names = names_of("51.140.204.4");
        assert!(names.contains(&"AzureDatabricks") && names.contains(&"AzureCloud.ukwest"), "{names:?}");
        assert!(!names.contains(&"AzureCloud.uksouth"));
    }

    #[test]
    fn looking_up_an_address_agrees_with_asking_each_tag() {
        for tag in builtin().iter() {
            for address in [tag.prefixes[0].network(), tag.prefixes[tag.prefixes.len() - 1].broadcast()] {
                let point = space::point(address);
                let slow: Vec<&Tag> = builtin().iter().filter(|other| other.addresses.contains(point)).collect();
                assert_eq!(builtin().tags_of(address), slow, "{address}");
            }
        }
        assert!(names_of("8.8.8.8").is_empty() && names_of("10.0.0.1").is_empty() && names_of("::1").is_empty());
    }

    #[test]
    fn a_file_of_the_user_is_named() {
        let tags = ServiceTags::parse(r#"{"changeNumber":82,"cloud":"Public","values":[]}"#).unwrap();
        assert!(!tags.is_subset());
        let tags = tags.named("tags.json");
        assert_eq!(tags.source(), "tags.json: Microsoft ServiceTags_Public, change number 82");
        let why = tags.absence("AzureDatabricks").to_string();
        assert!(why.contains("`AzureDatabricks`") && why.contains("tags.json"), "{why}");
    }
}
