//! Apps of App Service: web apps and functions.

use super::*;
use crate::space::Addresses;

/// What a service has that is an app.
#[derive(Debug, Clone, PartialEq)]
pub struct WebApp {
    /// The subnet by which it sends into a VNET (F209).
    pub integration: Option<RuleSubnet>,
    /// What goes to public addresses goes that way, too.
    pub route_all: Known<bool>,
    /// Who may call it, and who its advanced tools (`scm`): by its parts.
    pub restrictions: [Restrictions; 2],
    /// Nobody says whether its public endpoint is open: it is, until it has a private endpoint (F218).
    pub open_until_linked: bool,
}

/// Access restrictions, in the order of their priority.
#[derive(Debug, Clone, PartialEq)]
pub struct Restrictions {
    /// The first that fits decides.
    pub rules: Vec<Restriction>,
    /// What holds where none does.
    pub default_action: Known<Access>,
}

/// One access restriction.
#[derive(Debug, Clone, PartialEq)]
pub struct Restriction {
    /// Its name.
    pub name: String,
    /// Whom it is about.
    pub who: Restricted,
    /// What it does.
    pub access: Known<Access>,
    /// It is about requests with certain headers only.
    pub headers: bool,
}

/// Whom an access restriction is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Restricted {
    /// Everybody (`Any`).
    Everybody,
    /// Public addresses, those of service tags among them.
    Addresses(Addresses),
    /// A subnet, over its service endpoint Microsoft.Web.
    Subnet(RuleSubnet),
    /// Any subnet with that endpoint (`AnyVnets`).
    AnySubnet,
    /// Not known.
    Unknown(FactId),
}

impl Service {
    /// The subnet of the file by which an app sends.
    pub fn integration_subnet(&self) -> Option<SubnetId> {
        match self.app.as_ref()?.integration {
            Some(RuleSubnet::Here(subnet)) => Some(subnet),
            _ => None,
        }
    }
}
