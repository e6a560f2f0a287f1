//! How a caller proves who it is, and the policies that ask.

use super::*;
use crate::space::Addresses;

/// The credentials of a caller (`identity`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Identity {
    /// A user's token, made by the Databricks control plane and passed to the cluster.
    Passthrough,
    /// A service principal's token, fetched by the caller itself.
    ServicePrincipal,
    /// A key of the resource: no token.
    AccountKey,
    /// A token of the machine's own identity, fetched from the instance metadata service.
    ManagedIdentity,
    /// A person who signs in.
    Interactive,
    /// A personal access token of Databricks.
    PersonalToken,
}

impl Identity {
    /// Every identity with its word in files.
    pub const ALL: [(Identity, &'static str); 6] = [
        (Identity::Passthrough, "passthrough"),
        (Identity::ServicePrincipal, "servicePrincipal"),
        (Identity::AccountKey, "accountKey"),
        (Identity::ManagedIdentity, "managedIdentity"),
        (Identity::Interactive, "interactive"),
        (Identity::PersonalToken, "personalToken"),
    ];

    /// The identity of a word, in any letter case.
    pub fn parse(text: &str) -> Option<Identity> {
        Self::ALL.iter().find(|(_, word)| word.eq_ignore_ascii_case(text)).map(|(identity, _)| *identity)
    }

    /// The word in files.
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// A Conditional Access policy that blocks sign-ins.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionalAccessPolicy {
    /// Name and place.
    pub label: Label,
    /// Which applications it is about.
    pub applications: Applications,
    /// Those that it leaves out.
    pub except: Vec<ServiceId>,
    /// Public addresses from which a sign-in is blocked.
    pub blocked: Addresses,
}

/// Applications that a policy names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applications {
    /// `All`.
    All,
    /// These; every Databricks workspace is one application to Entra ID.
    These(Vec<ServiceId>),
}
