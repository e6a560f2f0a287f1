//! Platform services with firewalls of their own: storage, SQL, Key Vault, Event Hubs, Cosmos DB, Data Lake
//! Storage Gen1, Data Factory, Databricks workspaces, App Service.
//!
//! One form for all of them: what each kind's ARM properties mean is worked out in `resolve`, how the kinds
//! differ in deciding is in `evaluate/admit`.

use super::*;
use crate::space::Addresses;

/// The kind of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ServiceKind {
    /// Blob, Data Lake Storage Gen2, Files, Queues, Tables.
    StorageAccount,
    /// Data Lake Storage Gen1.
    DataLakeStoreAccount,
    /// The logical server of SQL Database and SQL Data Warehouse.
    SqlServer,
    /// Key Vault.
    KeyVault,
    /// Event Hubs.
    EventHubs,
    /// Service Bus.
    ServiceBus,
    /// Cosmos DB.
    CosmosDb,
    /// Data Factory with the Azure integration runtime.
    DataFactory,
    /// A Databricks workspace: web application and REST API.
    Databricks,
    /// An app of App Service, a function app among them.
    WebApp,
}

impl ServiceKind {
    /// The service tag that holds its public addresses.
    pub fn tag(self) -> &'static str {
        match self {
            ServiceKind::StorageAccount => "Storage",
            ServiceKind::DataLakeStoreAccount => "AzureDataLake",
            ServiceKind::SqlServer => "Sql",
            ServiceKind::KeyVault => "AzureKeyVault",
            ServiceKind::EventHubs => "EventHub",
            ServiceKind::ServiceBus => "ServiceBus",
            ServiceKind::CosmosDb => "AzureCosmosDB",
            ServiceKind::DataFactory => "DataFactory",
            ServiceKind::Databricks => "AzureDatabricks",
            ServiceKind::WebApp => "AppService",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            ServiceKind::StorageAccount => "storage account",
            ServiceKind::DataLakeStoreAccount => "Data Lake Storage Gen1 account",
            ServiceKind::SqlServer => "SQL server",
            ServiceKind::KeyVault => "key vault",
            ServiceKind::EventHubs => "Event Hubs namespace",
            ServiceKind::ServiceBus => "Service Bus namespace",
            ServiceKind::CosmosDb => "Cosmos DB account",
            ServiceKind::DataFactory => "data factory",
            ServiceKind::Databricks => "Databricks workspace",
            ServiceKind::WebApp => "app",
        }
    }

    /// The service endpoints over which it knows subnets.
    pub fn endpoints(self) -> &'static [&'static str] {
        match self {
            ServiceKind::StorageAccount => &["Microsoft.Storage", "Microsoft.Storage.Global"],
            ServiceKind::DataLakeStoreAccount => &["Microsoft.AzureActiveDirectory"],
            ServiceKind::SqlServer => &["Microsoft.Sql"],
            ServiceKind::KeyVault => &["Microsoft.KeyVault"],
            ServiceKind::EventHubs => &["Microsoft.EventHub"],
            ServiceKind::ServiceBus => &["Microsoft.ServiceBus"],
            ServiceKind::CosmosDb => &["Microsoft.AzureCosmosDB"],
            ServiceKind::WebApp => &["Microsoft.Web"],
            ServiceKind::DataFactory | ServiceKind::Databricks => &[],
        }
    }
}

/// A service.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Name and place.
    pub label: Label,
    /// What it is.
    pub kind: ServiceKind,
    /// Region; absent when the file has none.
    pub location: Option<String>,
    /// Its ARM id in lower case, when the file has it.
    pub resource_id: Option<String>,
    /// Its parts that clients name: the first is the one meant by its bare name.
    pub sub_resources: Vec<SubResource>,
    /// The switch of its public endpoint.
    pub public_network_access: Known<PublicNetworkAccess>,
    /// The firewall of its public endpoint.
    pub firewall: Firewall,
    /// SQL: where clients are sent after the gateway.
    pub connection_policy: Known<ConnectionPolicy>,
    /// Databricks: where its nodes are and who may call it.
    pub workspace: Option<Workspace>,
    /// App Service: what it sends by, and who may call it.
    pub app: Option<WebApp>,
}

/// A part of a service with a name of its own: `lake/dfs`, `sqlmeta/sales`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubResource {
    /// How flows name it: `dfs`.
    pub name: String,
    /// The group id of private endpoints to it: `dfs`.
    pub group_id: String,
    /// Its public host name, lower case.
    pub host: String,
    /// The private DNS zone into which its name leads once it has a private endpoint.
    pub private_zone: &'static str,
    /// SQL: rules of this database besides the server's.
    pub rules: Vec<AddressRule>,
}

/// publicNetworkAccess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublicNetworkAccess {
    /// The firewall decides.
    Enabled,
    /// The public endpoint is closed.
    Disabled,
    /// Only perimeter rules open it.
    SecuredByPerimeter,
}

/// What happens after SQL's gateway (F113 to F115, F199).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionPolicy {
    /// Redirect for clients in Azure, proxy for others and through private endpoints.
    Default,
    /// On to the node, ports 11000 to 11999.
    Redirect,
    /// Through the gateway.
    Proxy,
}

/// The firewall of a public endpoint: what it lists, and what holds for everybody else.
#[derive(Debug, Clone, PartialEq)]
pub struct Firewall {
    /// What holds where no rule matches.
    pub default_action: Known<Access>,
    /// Trusted services pass (`bypass`, `trustedServiceAccessEnabled`).
    pub trusted_services: Known<bool>,
    /// Rules about public addresses.
    pub address_rules: Vec<AddressRule>,
    /// Rules about subnets.
    pub subnet_rules: Vec<SubnetRule>,
    /// Rules about single resources.
    pub instance_rules: Vec<InstanceRule>,
}

impl Firewall {
    /// A firewall that is off.
    pub fn open() -> Firewall {
        Firewall {
            default_action: Known::Known(Access::Allow),
            trusted_services: Known::Known(true),
            address_rules: Vec::new(),
            subnet_rules: Vec::new(),
            instance_rules: Vec::new(),
        }
    }
}

/// A rule about public addresses; all of them allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressRule {
    /// How deciders name it: `ipRules/203.0.113.7`, `firewallRules/office`.
    pub name: String,
    /// Whom it admits.
    pub who: Callers,
}

/// Whom a rule about addresses admits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Callers {
    /// These addresses.
    Addresses(Addresses),
    /// Everything in Azure, of any customer (0.0.0.0).
    Azure,
    /// Not known.
    Unknown(FactId),
}

/// A rule about a subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubnetRule {
    /// How deciders name it: `virtualNetworkRules/databricks-vnet/public-subnet`.
    pub name: String,
    /// The subnet.
    pub subnet: RuleSubnet,
}

/// The subnet of a rule or of a private endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleSubnet {
    /// One of the file.
    Here(SubnetId),
    /// One outside the file, by its id in lower case.
    Outside(String),
    /// Not known.
    Unknown(FactId),
}

/// A rule about one resource of the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceRule {
    /// How deciders name it: `resourceAccessRules/adf`.
    pub name: String,
    /// The resource, or a pattern with `*` for a resource's id.
    pub who: Instance,
}

/// Which resource a rule names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instance {
    /// One of the file.
    Service(ServiceId),
    /// An id in lower case, `*` for any part.
    Pattern(String),
}

/// What only a Databricks workspace has.
#[derive(Debug, Clone, PartialEq)]
pub struct Workspace {
    /// The subnet of the host NICs, when it is injected.
    pub host_subnet: Option<SubnetId>,
    /// The subnet of the container NICs, when it is injected.
    pub container_subnet: Option<SubnetId>,
    /// Secure cluster connectivity: nodes have no public addresses.
    pub no_public_ip: Known<bool>,
    /// IP access lists; none in force when empty.
    pub ip_access_lists: Vec<IpAccessList>,
    /// Public prefixes of its web application, as the catalogue has them for its region and time.
    pub webapp: Vec<ipnet::IpNet>,
    /// The host name of the sign-in callback of its region.
    pub web_auth: String,
}

/// An IP access list of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpAccessList {
    /// Name and place.
    pub label_name: String,
    /// ALLOW, or BLOCK.
    pub access: Access,
    /// Its addresses.
    pub addresses: Addresses,
}

/// A service endpoint policy: which storage accounts a subnet's endpoint reaches.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceEndpointPolicy {
    /// Name and place.
    pub label: Label,
    /// Accounts of the file that it lists.
    pub accounts: Vec<ServiceId>,
    /// Ids in lower case: accounts, resource groups, subscriptions.
    pub scopes: Vec<String>,
}

impl ServiceEndpointPolicy {
    /// One that lists aliases only has no effect (F201).
    pub fn is_in_force(&self) -> bool {
        !self.accounts.is_empty() || !self.scopes.is_empty()
    }
}

/// A network security perimeter around services.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkSecurityPerimeter {
    /// Name and place.
    pub label: Label,
    /// Services in it.
    pub associations: Vec<PerimeterAssociation>,
}

/// A service in a perimeter.
#[derive(Debug, Clone, PartialEq)]
pub struct PerimeterAssociation {
    /// The service.
    pub service: ServiceId,
    /// Enforced; else the service's own settings decide.
    pub enforced: bool,
    /// Who may come in from outside, by rule.
    pub inbound: Vec<AddressRule>,
    /// Subscriptions whose resources may come in: rule name and lower-case id.
    pub subscriptions: Vec<(String, String)>,
}

/// An HDInsight cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Name and place.
    pub label: Label,
    /// Region.
    pub location: Option<String>,
    /// It runs Kafka.
    pub kafka: bool,
    /// Where its nodes stand.
    pub subnet: SubnetId,
    /// Its nodes that the file names: host name and NIC.
    pub nodes: Vec<(String, NetworkInterfaceId)>,
    /// Kafka brokers tell their clients host names (else addresses).
    pub advertises_names: bool,
}
