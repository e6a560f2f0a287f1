//! Which services pass another service's firewall as trusted services.
//!
//! In: whose firewall, and a service's name in any usual spelling. Out: whether it is on Microsoft's list. Deliberately
//! absent: whether the firewall admits trusted services at all, which operations, roles and tenants.

use std::{collections::HashMap, sync::LazyLock};

/// Whose list of trusted services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TrustList {
    /// Storage accounts, as of 2025-06.
    Storage,
    /// Key vaults, as of 2026-08.
    KeyVault,
    /// Event Hubs namespaces, as of 2022-01.
    EventHubs,
}

/// What a list says about a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trust {
    /// It is on the list.
    Trusted,
    /// It is on the list, but only a resource with a managed identity of its own passes.
    WithManagedIdentity,
    /// It is a service, and not on the list.
    NotTrusted,
    /// No service of that name is known; it may be misspelt.
    Unknown,
}
use Trust::{NotTrusted as No, Trusted as Yes, WithManagedIdentity as ById};

/// One service, and what the lists of Storage, Key Vault and Event Hubs say about it.
struct Service {
    name: &'static str,
    /// Other names as [`plain_service`] writes them, resource types among them.
    also: &'static [&'static str],
    storage: Trust,
    key_vault: Trust,
    event_hubs: Trust,
}

/// Shortens the table below.
const fn service(name: &'static str, also: &'static [&'static str], lists: (Trust, Trust, Trust)) -> Service {
    Service { name, also, storage: lists.0, key_vault: lists.1, event_hubs: lists.2 }
}

const MONITOR: &[&str] = &["insights", "loganalytics", "operationalinsights", "applicationinsights"];
const AI_SERVICES: &[&str] = &["cognitiveservices", "cognitiveservice", "openai"];
const EVENT_GRID: &[&str] =
    &["eventgriddomains", "eventgridtopic", "eventgriddomain", "eventgridpartnertopics", "eventgridsystemtopics"];
const PROTECTION: &[&str] = &["dataprotection", "dataprotectionbackupvaults"];
const DISKS: &[&str] = &["diskencryptionset", "diskencryptionsets", "computediskencryptionsets"];
const DEVICES: &[&str] = &["devices", "devicesiothubs"];
const TEMPLATES: &[&str] = &["resourcemanager", "resourcemanagertemplatedeploymentservice", "templatedeployment"];
const DEPLOYMENT: &[&str] = &["virtualmachinesdeploymentservice", "vmdeployment"];
const MACHINES: &[&str] = &["virtualmachine", "vm", "compute", "virtualmachinescalesets"];

/// Every service. Columns: Storage (the list by tenant is `Yes`, the list by managed identity `ById`; on both is
/// `Yes`), Key Vault (F117), Event Hubs (F198: its list asks all but Monitor for an identity).
///
/// A service with conditions of its own has a row for each of the two cases: App Service is trusted by Key Vault for
/// certificates, not for what an application asks.
const SERVICES: &[Service] = &[
    // On one of the lists.
    service("API Management", &["apimanagementservice"], (ById, Yes, ById)),
    service("App Service certificates", &["appservicecertificate", "webappcertificate"], (No, Yes, No)),
    service("Application Gateway", &["networkapplicationgateways"], (No, Yes, No)),
    service("Autonomous Systems", &[], (ById, No, No)),
    // Its vault is Site Recovery's too, which fewer lists have.
    service("Backup", &["recoveryservices"], (Yes, Yes, No)),
    service("Backup vaults", PROTECTION, (ById, Yes, No)),
    service("Batch", &["batchservice"], (No, Yes, No)),
    service("Bot Service", &["botservices"], (No, Yes, No)),
    service("Cache for Redis", &["cache", "cacheredis", "redis", "rediscache"], (ById, No, No)),
    service("CDN", &["contentdeliverynetwork"], (No, Yes, No)),
    service("Container Registry", &["containerregistryregistries"], (No, Yes, No)),
    service("Cost Management", &["costmanagementexports"], (ById, No, No)),
    service("Data Box", &[], (Yes, No, No)),
    service("Data Catalog", &["projectbabylon"], (ById, No, No)),
    service("Data Explorer", &["kusto"], (Yes, No, No)),
    service("Data Factory", &["datafactoryfactories"], (ById, Yes, No)),
    service("Data Lake Store", &["datalakestorage", "datalakestoragegen1"], (No, Yes, No)),
    service("Data Manager for Agriculture", &[], (No, Yes, No)),
    service("Data Share", &[], (ById, No, No)),
    service("Database for MySQL", &["mysql", "dbformysql"], (No, Yes, No)),
    service("Database for PostgreSQL", &["postgresql", "dbforpostgresql"], (ById, Yes, No)),
    // Storage trusts the identity of an access connector.
    service("Databricks", &["databricksaccessconnectors"], (ById, Yes, No)),
    service("Device Registry", &[], (ById, No, No)),
    service("DevTest Labs", &["devtestlab"], (Yes, No, No)),
    service("Disk Encryption", &["diskencryptionvolumeencryptionservice"], (No, Yes, No)),
    service("Disk Storage", DISKS, (No, Yes, No)),
    service("Event Grid", &[], (Yes, No, ById)),
    service("Event Grid topics", EVENT_GRID, (ById, No, ById)),
    service("Event Hubs", &["eventhub"], (Yes, Yes, No)),
    service("Exchange Online", &[], (No, Yes, No)),
    service("ExpressRoute", &["networkexpressrouteports", "expressroutedirect"], (ById, Yes, No)),
    service("Fabric", &[], (ById, No, No)),
    service("FarmBeats", &["agfoodplatform"], (ById, No, No)),
    service("File Sync", &["storagesync"], (Yes, No, No)),
    service("Firewall Premium", &[], (No, Yes, No)),
    service("Front Door", &["frontdoorclassic", "frontdoorstandardpremium", "cdnprofiles"], (No, Yes, No)),
    service("HDInsight", &[], (Yes, No, No)),
    service("Healthcare APIs", &["healthdataservices"], (ById, No, No)),
    service("Import/Export", &["importexportservice"], (Yes, Yes, No)),
    service("Information Protection", &[], (No, Yes, No)),
    service("IoT Central", &[], (ById, No, ById)),
    service("IoT Hub", DEVICES, (ById, No, ById)),
    service("Key Vault Managed HSM", &["managedhsm", "keyvaultmanagedhsms"], (ById, No, No)),
    service("Logic Apps", &["logic", "logicapp"], (ById, No, No)),
    service("Machine Learning", &["machinelearningservices", "machinelearningstudio"], (ById, Yes, No)),
    service("Media Services", &["media"], (ById, No, No)),
    service("M365DataAtRestEncryption", &["365encryption"], (No, Yes, No)),
    service("Migrate", &[], (ById, No, No)),
    service("Monitor", MONITOR, (Yes, Yes, Yes)),
    service("NetApp Files", &["netapp"], (No, Yes, No)),
    service("Network Watcher", &["networknetworkwatchers"], (Yes, No, No)),
    service("Networking services", &["networking"], (Yes, No, No)),
    service("Policy scan", &["policy"], (No, Yes, No)),
    service("Power Platform", &[], (ById, Yes, No)),
    service("Project Arcadia", &[], (ById, No, No)),
    service("Purview", &[], (ById, Yes, No)),
    service("Resource Manager template deployment", TEMPLATES, (No, Yes, No)),
    service("Search", &["aisearch", "cognitivesearch"], (ById, Yes, No)),
    service("AI services", AI_SERVICES, (ById, No, No)),
    service("Security Center", &["security", "defenderforcloud"], (ById, No, No)),
    service("Service Bus", &[], (No, Yes, No)),
    service("SharePoint Online", &[], (No, Yes, No)),
    service("Singularity", &[], (ById, No, No)),
    service("Site Recovery", &[], (Yes, No, No)),
    service("SQL Database", &["sql", "sqlserver", "sqlservers"], (ById, Yes, No)),
    service("Storage", &["storageaccount", "storageaccounts"], (No, Yes, No)),
    service("Storage Actions", &[], (ById, No, No)),
    service("Stream Analytics", &[], (ById, No, ById)),
    service("Synapse Analytics", &["synapse"], (ById, Yes, No)),
    service("Traffic Manager", &["networktrafficmanagerprofiles"], (Yes, No, No)),
    service("Video Indexer", &[], (ById, No, No)),
    service("Virtual Machines deployment", DEPLOYMENT, (No, Yes, No)),
    // On none of them.
    service("App Service", &["web", "websites", "webapps"], (No, No, No)),
    service("Automation", &[], (No, No, No)),
    service("Bastion", &["networkbastionhosts"], (No, No, No)),
    service("Communication Services", &["communication"], (No, No, No)),
    service("Container Apps", &["app", "appcontainerapps"], (No, No, No)),
    service("Container Instances", &["containerinstance"], (No, No, No)),
    service("Cosmos DB", &["documentdb"], (No, No, No)),
    service("Data Lake Analytics", &[], (No, No, No)),
    service("DevOps", &["devopspipelines", "pipelines", "visualstudio"], (No, No, No)),
    service("Entra ID", &["activedirectory", "aad"], (No, No, No)),
    service("Firewall", &["firewallstandard", "networkazurefirewalls"], (No, No, No)),
    service("Functions", &["functionapp", "functionapps"], (No, No, No)),
    service("GitHub", &["githubactions"], (No, No, No)),
    service("Key Vault", &[], (No, No, No)),
    service("Kubernetes Service", &["aks", "kubernetes", "containerservice"], (No, No, No)),
    service("Load Testing", &["loadtestservice"], (No, No, No)),
    service("Managed Grafana", &["dashboard", "grafana"], (No, No, No)),
    service("Power BI", &[], (No, No, No)),
    service("Sentinel", &["securityinsights"], (No, No, No)),
    service("Service Fabric", &[], (No, No, No)),
    service("SignalR", &["signalrservice"], (No, No, No)),
    service("SQL Managed Instance", &["sqlmanagedinstances"], (No, No, No)),
    service("Static Web Apps", &["webstaticsites"], (No, No, No)),
    service("Virtual Desktop", &["desktopvirtualization"], (No, No, No)),
    service("Virtual Machines", MACHINES, (No, No, No)),
];

/// Services by each of their plain names.
static BY_NAME: LazyLock<HashMap<String, &Service>> = LazyLock::new(|| {
    let names = |service: &'static Service| {
        let also = service.also.iter().map(|name| (*name).to_owned());
        also.chain([plain_service(service.name)]).map(move |name| (name, service))
    };
    SERVICES.iter().flat_map(names).collect()
});

/// A service's name reduced to what tells it from others: letters and digits in lower case, without a leading
/// `Microsoft` or `Azure`. `AzureDatabricks`, `Azure Databricks` and `databricks` are one.
pub fn plain_service(name: &str) -> String {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let mut rest = letters.as_str();
    while let Some(shorter) = ["microsoft", "azure"].iter().find_map(|vendor| rest.strip_prefix(vendor)) {
        rest = shorter;
    }
    rest.to_owned()
}

/// The service of a name; of a resource type (`Microsoft.Databricks/workspaces`) by the whole or its provider.
fn find(name: &str) -> Option<&'static Service> {
    let provider = || BY_NAME.get(&plain_service(name.split_once('/')?.0));
    BY_NAME.get(&plain_service(name)).or_else(provider).copied()
}

/// What a list says about a service, whose name may be in any usual spelling (F106, F108, F117, F198).
pub fn trusted(list: TrustList, service: &str) -> Trust {
    match (find(service), list) {
        (None, _) => Trust::Unknown,
        (Some(service), TrustList::Storage) => service.storage,
        (Some(service), TrustList::KeyVault) => service.key_vault,
        (Some(service), TrustList::EventHubs) => service.event_hubs,
    }
}

/// Whether a service of that name is known, trusted or not.
pub fn known_service(name: &str) -> bool {
    find(name).is_some()
}

/// The usual name of a service, without `Azure` before it: `Data Factory` of `Microsoft.DataFactory/factories`.
pub fn canonical_service(name: &str) -> Option<&'static str> {
    find(name).map(|service| service.name)
}

/// The usual name of every known service. To tell what a misspelt name meant, compare as [`plain_service`] writes
/// both.
pub fn service_names() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|service| service.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use TrustList::{EventHubs, KeyVault, Storage};

    #[test]
    fn one_service_in_many_spellings() {
        for name in
            ["AzureDatabricks", "Databricks", "Azure Databricks", "Microsoft.Databricks/workspaces", "databricks"]
        {
            assert_eq!(canonical_service(name), Some("Databricks"), "{name}");
            assert_eq!(trusted(KeyVault, name), Yes, "{name}");
            assert_eq!(trusted(Storage, name), ById, "{name}");
        }
        assert_eq!(plain_service("Microsoft Azure Data-Factory"), "datafactory");
    }

    #[test]
    fn f106_storage_trusts_backup() {
        assert_eq!(trusted(Storage, "AzureBackup"), Yes);
        assert_eq!(trusted(Storage, "Microsoft.RecoveryServices/vaults"), Yes);
    }

    #[test]
    fn f108_storage_trusts_a_factory_by_its_identity() {
        assert_eq!(trusted(Storage, "Azure Data Factory"), ById);
        assert_eq!(trusted(Storage, "Microsoft.DataFactory/factories"), ById);
    }

    #[test]
    fn f117_key_vault_trusts_disk_encryption_and_not_devops() {
        assert_eq!(trusted(KeyVault, "Azure Disk Encryption"), Yes);
        for name in ["AzureDevOps", "Azure DevOps", "App Service", "Microsoft.Web/sites", "VirtualMachines"] {
            assert_eq!(trusted(KeyVault, name), No, "{name}");
        }
    }

    #[test]
    fn f198_event_hubs_trusts_event_grid_by_its_identity() {
        for name in ["Event Grid", "Microsoft.EventGrid/topics", "Microsoft.EventGrid/domains", "IoTHub"] {
            assert_eq!(trusted(EventHubs, name), ById, "{name}");
        }
        assert_eq!(trusted(EventHubs, "AzureMonitor"), Yes);
        assert_eq!(trusted(EventHubs, "AzureDatabricks"), No);
    }

    #[test]
    fn a_name_that_no_list_has_is_unknown() {
        for name in ["AzureDatabrick", "", "Azure", "/", "Microsoft.Nothing/at/all"] {
            assert_eq!(trusted(Storage, name), Trust::Unknown, "{name}");
            assert!(!known_service(name), "{name}");
        }
    }

    #[test]
    fn a_resource_type_that_has_a_row_of_its_own_is_not_its_provider() {
        assert_eq!(canonical_service("Microsoft.Sql/managedInstances"), Some("SQL Managed Instance"));
        assert_eq!(canonical_service("Microsoft.Network/applicationGateways"), Some("Application Gateway"));
        assert_eq!(canonical_service("Microsoft.Network/virtualNetworks"), None);
        assert_eq!(canonical_service("Microsoft.Compute/virtualMachines"), Some("Virtual Machines"));
    }

    #[test]
    fn each_name_is_there_once_and_plain() {
        let count: usize = SERVICES.iter().map(|service| service.also.len() + 1).sum();
        assert_eq!(BY_NAME.len(), count);
        for service in SERVICES {
            assert!(service.also.iter().all(|name| plain_service(name) == *name), "{}", service.name);
        }
        assert!(service_names().all(known_service));
    }

    #[test]
    fn the_lists_are_as_long_as_they_were() {
        let count = |list, trust| service_names().filter(|name| trusted(list, name) == trust).count();
        assert_eq!((count(EventHubs, Yes), count(EventHubs, ById)), (1, 6));
        assert_eq!((count(Storage, Yes), count(Storage, ById)), (14, 35));
        assert_eq!((count(KeyVault, Yes), count(KeyVault, ById)), (39, 0));
    }
}
