//! What Microsoft publishes about some services beside their tags: addresses and hosts of Azure Databricks and
//! HDInsight, the security rules that Databricks holds, and which services the firewalls of others trust.
//!
//! In: a region, or a service's name. Out: dated facts. Deliberately absent: verdicts, and anything that a scenario
//! states itself.
//!
//! Each fact is as old as its date says; `data/README.md` has the sources. What is not in the data is not known,
//! which is something else than empty (F203).

mod communities;
mod databricks;
mod hdinsight;
mod rules;
mod trusted;

pub use communities::region_of_community;
pub use databricks::{DatabricksRegion, Era, Host, databricks, databricks_regions};
pub use hdinsight::{HdinsightManagement, hdinsight_management};
pub use rules::{REQUIRED_RULE_PREFIX, RequiredNsgRules, RequiredRule, RuleDirection, required_rules};
pub use trusted::{Trust, TrustList, canonical_service, known_service, plain_service, service_names, trusted};
