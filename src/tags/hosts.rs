//! Azure's public host names: which service answers under a suffix, and in which tags its addresses are.
//!
//! In: a host name. Out: candidate tags and the kind of resource. Deliberately absent: addresses (a host is a
//! name until a scenario gives it some), sovereign clouds, and resources that no suffix tells apart: a SQL
//! managed instance's `name.zone.database.windows.net` is not in the tag Sql, an App Service in an environment of
//! its own is not in AppService.

/// What is known of the hosts under one suffix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostService {
    /// The suffix, lower case, without a leading dot.
    pub suffix: &'static str,
    /// The service tags that may hold its addresses. More than one: the suffix does not decide which.
    pub tags: &'static [&'static str],
    /// What kind of resource answers there, in words.
    pub kind: &'static str,
}

impl HostService {
    /// The tag, when the suffix leaves no choice.
    pub fn only_tag(&self) -> Option<&'static str> {
        match self.tags {
            [tag] => Some(tag),
            _ => None,
        }
    }
}

/// Shortens the table below.
const fn service(suffix: &'static str, tags: &'static [&'static str], kind: &'static str) -> HostService {
    HostService { suffix, tags, kind }
}

const STORAGE: &[&str] = &["Storage"];
const SQL: &[&str] = &["Sql"];
const KEY_VAULT: &[&str] = &["AzureKeyVault"];
const COSMOS: &[&str] = &["AzureCosmosDB"];
const ENTRA: &[&str] = &["AzureActiveDirectory"];
const MONITOR: &[&str] = &["AzureMonitor"];
const LICENCE: &[&str] = &["AzurePlatformLKM"];
const REGISTRY_FRONT: &[&str] = &["MicrosoftContainerRegistry", "AzureFrontDoor.FirstParty"];

/// Every suffix; the longest that fits wins.
pub const HOST_SERVICES: &[HostService] = &[
    // Storage. The licence servers live under the same suffix.
    service("core.windows.net", STORAGE, "storage account"),
    service("blob.core.windows.net", STORAGE, "storage account, blob service"),
    service("dfs.core.windows.net", STORAGE, "storage account, Data Lake Storage Gen2"),
    service("file.core.windows.net", STORAGE, "storage account, file service"),
    service("queue.core.windows.net", STORAGE, "storage account, queue service"),
    service("table.core.windows.net", STORAGE, "storage account, table service"),
    service("web.core.windows.net", STORAGE, "storage account, static web site"),
    service("storage.azure.net", STORAGE, "storage account with a DNS zone"),
    service("kms.core.windows.net", LICENCE, "Windows licence server"),
    service("azkms.core.windows.net", LICENCE, "Windows licence server"),
    service("management.core.windows.net", &["AzureResourceManager", "AzureCloud"], "classic management endpoint"),
    service("azuredatalakestore.net", &["AzureDataLake"], "Data Lake Storage Gen1"),
    service("azuredatalakeanalytics.net", &["AzureDataLake"], "Data Lake Analytics"),
    // Databases.
    service("database.windows.net", SQL, "SQL server"),
    service("sql.azuresynapse.net", SQL, "Synapse SQL endpoint"),
    service("mysql.database.azure.com", SQL, "MySQL server"),
    service("postgres.database.azure.com", SQL, "PostgreSQL server"),
    service("mariadb.database.azure.com", SQL, "MariaDB server"),
    service("documents.azure.com", COSMOS, "Cosmos DB account"),
    service("cosmos.azure.com", COSMOS, "Cosmos DB account"),
    service("redis.cache.windows.net", &["AzureCloud"], "Redis cache"),
    // Secrets and identity.
    service("vault.azure.net", KEY_VAULT, "key vault"),
    service("vaultcore.azure.net", KEY_VAULT, "key vault"),
    service("login.microsoftonline.com", ENTRA, "Entra ID"),
    service("login.windows.net", ENTRA, "Entra ID"),
    service("login.microsoft.com", ENTRA, "Entra ID"),
    service("sts.windows.net", ENTRA, "Entra ID"),
    service("attest.azure.net", &["AzureAttestation"], "attestation provider"),
    // Messages.
    service("servicebus.windows.net", &["EventHub", "ServiceBus"], "Event Hubs, Service Bus or Relay namespace"),
    service("eventgrid.azure.net", &["AzureEventGrid"], "Event Grid"),
    service("azure-devices.net", &["AzureIoTHub"], "IoT hub"),
    service("service.signalr.net", &["AzureSignalR"], "SignalR"),
    service("webpubsub.azure.com", &["AzureWebPubSub"], "Web PubSub"),
    // Analytics.
    service("azuredatabricks.net", &["AzureDatabricks"], "Databricks control plane"),
    service("datafactory.azure.net", &["DataFactory", "DataFactoryManagement"], "data factory"),
    service("adf.azure.com", &["DataFactory", "DataFactoryManagement"], "Data Factory portal"),
    service("azurehdinsight.net", &["HDInsight", "AzureCloud"], "HDInsight cluster gateway"),
    service("api.azureml.ms", &["AzureMachineLearning"], "Machine Learning workspace"),
    service("search.windows.net", &["AzureCognitiveSearch"], "search service"),
    service("cognitiveservices.azure.com", &["CognitiveServicesManagement"], "AI services"),
    service("openai.azure.com", &["CognitiveServicesManagement"], "Azure OpenAI"),
    // Applications and containers.
    service("azurewebsites.net", &["AppService"], "App Service site"),
    service("logic.azure.com", &["LogicApps"], "logic app"),
    service("management.azure-api.net", &["ApiManagement"], "API Management, management endpoint"),
    service("azure-api.net", &["ApiManagement", "AzureCloud"], "API Management gateway"),
    service("azconfig.io", &["AppConfiguration"], "app configuration store"),
    service("batch.azure.com", &["BatchNodeManagement", "AzureCloud"], "Batch account"),
    service("azurecr.io", &["AzureContainerRegistry"], "container registry"),
    service("mcr.microsoft.com", REGISTRY_FRONT, "Microsoft's container registry"),
    service("azmk8s.io", &["AzureCloud"], "Kubernetes API server"),
    service("cloudapp.azure.com", &["AzureCloud"], "name of a public IP address"),
    service("azurefd.net", &["AzureFrontDoor.Frontend"], "Front Door endpoint"),
    // Management and monitoring.
    service("management.azure.com", &["AzureResourceManager"], "Azure Resource Manager"),
    service("portal.azure.com", &["AzurePortal", "AzureFrontDoor.FirstParty"], "Azure portal"),
    service("dev.azure.com", &["AzureDevOps"], "Azure DevOps"),
    service("monitor.azure.com", MONITOR, "Azure Monitor"),
    service("monitoring.azure.com", MONITOR, "Azure Monitor"),
    service("ods.opinsights.azure.com", MONITOR, "Log Analytics"),
    service("oms.opinsights.azure.com", MONITOR, "Log Analytics"),
    service("applicationinsights.azure.com", MONITOR, "Application Insights"),
    service("dc.services.visualstudio.com", MONITOR, "Application Insights"),
    service("azure-automation.net", &["GuestAndHybridManagement"], "automation account"),
    service("backup.windowsazure.com", &["AzureBackup"], "backup vault"),
    service("siterecovery.windowsazure.com", &["AzureSiteRecovery"], "recovery services vault"),
    service("hypervrecoverymanager.windowsazure.com", &["AzureSiteRecovery"], "recovery services vault"),
];

/// The Azure service under whose public suffix `host` lies; case and a final dot do not count, and a suffix
/// fits whole labels only.
pub fn host_tag(host: &str) -> Option<&'static HostService> {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    HOST_SERVICES.iter().filter(|service| lies_under(&host, service.suffix)).max_by_key(|service| service.suffix.len())
}

/// Whether `host` is `suffix` or a name below it.
fn lies_under(host: &str, suffix: &str) -> bool {
    host.strip_suffix(suffix).is_some_and(|labels| labels.is_empty() || (labels.len() > 1 && labels.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tags::{COMPUTED_TAG_NAMES, known_tag_names};
    use std::collections::BTreeSet;

    fn tags(host: &str) -> Option<&'static [&'static str]> {
        host_tag(host).map(|service| service.tags)
    }

    #[test]
    fn the_suffix_tells_the_tag() {
        assert_eq!(tags("lake.dfs.core.windows.net"), Some(STORAGE));
        assert_eq!(host_tag("lake.dfs.core.windows.net").unwrap().kind, "storage account, Data Lake Storage Gen2");
        assert_eq!(tags("consolidated-westeurope-prod-metastore.mysql.database.azure.com"), Some(SQL));
        assert_eq!(tags("tunnel.westeurope.azuredatabricks.net"), Some(&["AzureDatabricks"][..]));
        assert_eq!(tags("lake.privatelink.blob.core.windows.net"), Some(STORAGE));
        assert_eq!(tags("account.mongo.cosmos.azure.com"), Some(COSMOS));
    }

    #[test]
    fn the_longest_suffix_wins() {
        assert_eq!(host_tag("kms.core.windows.net").unwrap().only_tag(), Some("AzurePlatformLKM"));
        assert_eq!(host_tag("azkms.core.windows.net").unwrap().only_tag(), Some("AzurePlatformLKM"));
        assert_eq!(host_tag("x.management.azure-api.net").unwrap().only_tag(), Some("ApiManagement"));
    }

    #[test]
    fn an_uncertain_suffix_names_every_candidate() {
        let namespace = host_tag("prod.servicebus.windows.net").unwrap();
        assert_eq!(namespace.tags, ["EventHub", "ServiceBus"]);
        assert_eq!(namespace.only_tag(), None);
    }

    #[test]
    fn case_final_dot_and_label_boundaries() {
        assert_eq!(tags("Login.MicrosoftOnline.COM."), Some(ENTRA));
        for host in ["notcore.windows.net", "xlogin.microsoftonline.com", ".core.windows.net", "", "example.com"] {
            assert_eq!(tags(host), None, "{host}");
        }
    }

    #[test]
    fn every_tag_of_the_table_is_published_or_computed_and_no_suffix_is_there_twice() {
        let known: BTreeSet<&str> = known_tag_names().chain(COMPUTED_TAG_NAMES.iter().copied()).collect();
        let mut seen = BTreeSet::new();
        for service in HOST_SERVICES {
            assert!(seen.insert(service.suffix), "{}", service.suffix);
            assert!(!service.tags.is_empty(), "{}", service.suffix);
            assert!(service.tags.iter().all(|tag| known.contains(tag)), "{:?}", service.tags);
        }
    }
}
