//! A small set of service tags: three regions, two or three prefixes each, so that what is drawn from them collides.
//!
//! In: nothing. Out: [`ServiceTags`] in which tags overlap as Microsoft's do (F202).

use azreach::tags::ServiceTags;
use std::sync::{Arc, LazyLock};

/// Regions that the data hold; the first two are a pair.
pub(crate) const REGIONS: [&str; 3] = ["westeurope", "northeurope", "eastus"];

/// Services, and whether they have regional tags.
const SERVICES: [(&str, bool); 10] = [
    ("Storage", true),
    ("Sql", true),
    ("AzureKeyVault", true),
    ("EventHub", true),
    ("ServiceBus", true),
    ("AzureCosmosDB", true),
    ("DataFactory", true),
    ("AzureDatabricks", false),
    ("AzureDataLake", false),
    ("AzureActiveDirectory", false),
];

/// The tags, made once.
pub(crate) fn tags() -> Arc<ServiceTags> {
    static TAGS: LazyLock<Arc<ServiceTags>> =
        LazyLock::new(|| Arc::new(ServiceTags::parse(&text()).expect("service tags")));
    TAGS.clone()
}

fn text() -> String {
    let mut values = Vec::new();
    let mut cloud = vec!["20.0.0.0/24".to_owned()];
    let mut regional_clouds = vec![Vec::new(); REGIONS.len()];
    for (at, (service, regional)) in SERVICES.iter().enumerate() {
        // A region that the data do not name.
        let mut all = vec![format!("20.{}.200.0/25", 100 + at)];
        cloud.push(format!("20.{}.200.0/24", 100 + at));
        for (region, name) in REGIONS.iter().enumerate() {
            let third = 16 * region;
            let mut own = vec![format!("20.{}.{third}.0/24", 100 + at), format!("20.{}.{}.64/26", 100 + at, third + 2)];
            if *service == "Storage" {
                own.push(format!("52.239.{region}.0/26"));
            }
            if *regional {
                values.push(value(&format!("{service}.{name}"), name, &own));
            }
            all.extend(own);
            regional_clouds[region].push(format!("20.{}.{third}.0/20", 100 + at));
        }
        values.push(value(service, "", &all));
    }
    for (region, mut own) in regional_clouds.into_iter().enumerate() {
        own.push(format!("20.200.{region}.0/24"));
        values.push(value(&format!("AzureCloud.{}", REGIONS[region]), REGIONS[region], &own));
        cloud.extend(own);
    }
    values.push(value("AzureCloud", "", &cloud));
    format!(r#"{{"changeNumber":1,"cloud":"Public","values":[{}]}}"#, values.join(","))
}

fn value(name: &str, region: &str, prefixes: &[String]) -> String {
    let prefixes: Vec<String> = prefixes.iter().map(|prefix| format!("\"{prefix}\"")).collect();
    let prefixes = prefixes.join(",");
    format!(
        r#"{{"name":"{name}","properties":{{"region":"{region}","systemService":"","addressPrefixes":[{prefixes}]}}}}"#
    )
}
