//! Rule lists as they apply: of security groups, managers, firewalls, appliances and sites.
//!
//! In: what `compile` made. Out: plain data for the walk. Deliberately absent: which rule matches (that is `evaluate/filter`).

use super::*;

/// Admin rules of one manager for a VNET and direction.
#[derive(Debug)]
pub struct AdminRules {
    /// In the order of priority; Allow and AlwaysAllow both allow here.
    pub rules: RuleList,
    /// Those that end the question.
    pub always: Vec<u32>,
}

/// The rules of an Azure Firewall, in the order in which they are tried.
#[derive(Debug)]
pub struct FirewallRules {
    /// Network rules.
    pub network: Arc<RuleList>,
    /// Application rules; their host names are in the model.
    pub application: Arc<RuleList>,
    /// Senders of its destination translations.
    pub nat_sources: Vec<Match>,
}

/// A rule list ready for filtering: custom rules and defaults of one direction in the order of priority.
#[derive(Debug)]
pub struct RuleList {
    /// The resource: an NSG, an appliance, a site.
    pub resource: String,
    /// NSG that it belongs to, if it is one.
    pub group: Option<NetworkSecurityGroupId>,
    /// Which way it looks.
    pub direction: Direction,
    /// First match decides.
    pub rules: Vec<Rule>,
}

/// A rule ready for filtering.
#[derive(Debug)]
pub struct Rule {
    /// Its name as Azure prints it.
    pub name: String,
    /// Its number; absent when it is not known.
    pub priority: Option<u16>,
    /// What it does.
    pub access: Known<Access>,
    /// Protocols, of those that carry ports.
    pub port_protocols: Ranges<u8>,
    /// Protocols without ports that it matches (F30, F31, portlessProtocolsMatchSpecificPorts).
    pub portless_protocols: Ranges<u8>,
    /// Who sends.
    pub source: Match,
    /// From which ports.
    pub source_ports: Ports,
    /// Who receives.
    pub destination: Match,
    /// On which ports.
    pub destination_ports: Ports,
    /// Facts that are missing besides the addresses': the rule may or may not match its region.
    pub doubts: Vec<FactId>,
    /// True for the six rules that every NSG has.
    pub default: bool,
    /// Names an AzurePlatform tag: the only rules that judge platform traffic (F46 to F49).
    pub platform: Option<PlatformTag>,
    /// `file:line:column`, for written rules.
    pub origin: Option<crate::diagnostic::Origin>,
}

/// Which platform service a rule names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlatformTag {
    /// AzurePlatformDNS.
    Dns,
    /// AzurePlatformIMDS.
    Imds,
    /// AzurePlatformLKM.
    Lkm,
}

/// An address field ready for filtering.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Match {
    /// `*`.
    pub any: bool,
    /// Addresses that it holds everywhere.
    pub addresses: Addresses,
    /// It names VirtualNetwork, which differs per subnet.
    pub virtual_network: bool,
    /// It names Internet.
    pub internet: bool,
    /// Service tags that it names, lower case: for destinations that are known by name only.
    pub tags: Vec<String>,
    /// What is not known of it: it may match anything else besides.
    pub unknown: Vec<FactId>,
    /// Network interfaces in its ASGs whose address is not known, by the fact that is missing.
    pub members: Vec<FactId>,
    /// Where the addresses of those may be.
    pub within: Addresses,
    /// As written: `*`, prefixes, tags, ASGs.
    pub words: Vec<String>,
}

impl Match {
    /// Its addresses at a place.
    pub fn held(&self, tags: Observed<'_>) -> Cow<'_, Addresses> {
        let mut addresses = Cow::Borrowed(&self.addresses);
        if self.virtual_network {
            addresses = Cow::Owned(addresses.union(tags.virtual_network));
        }
        if self.internet {
            addresses = Cow::Owned(addresses.union(tags.internet));
        }
        addresses
    }
}
