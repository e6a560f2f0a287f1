//! Rules of services about subnets that can match nobody.
//!
//! In: services with their rules, subnets with their endpoints. Out: a warning for each such rule, which Azure takes all
//! the same. Deliberately absent: judging callers (that is `evaluate/admit`).

use super::Work;
use crate::{model::*, tags::paired_region};

impl Work {
    /// Services, subnets and policies have been read.
    pub(super) fn warn_of_idle_subnet_rules(&mut self) {
        let mut found = Vec::new();
        for service in &self.model.services {
            let enforced = service.firewall.default_action != Known::Known(Access::Allow);
            for rule in service.firewall.subnet_rules.iter().filter(|_| enforced) {
                let RuleSubnet::Here(id) = rule.subnet else { continue };
                if let Some((why, help)) = self.why_idle(service, id) {
                    let subnet = self.model.subnet(id);
                    let network = &self.model.virtual_network(subnet.virtual_network).label.name;
                    let path = format!("{network}/{}", subnet.label.name);
                    let message = format!("the rule of `{}` for `{path}` admits nobody: {why}", service.label.name);
                    found.push((service.label.origin.span(), message, help));
                }
            }
        }
        for (span, message, help) in found {
            self.warn("subnet-rule-without-effect", span, message, help);
        }
    }

    /// Why a service never sees that somebody comes from a subnet (F86, F94, F96, F126).
    fn why_idle(&self, service: &Service, id: SubnetId) -> Option<(String, String)> {
        let subnet = self.model.subnet(id);
        let known = service.kind.endpoints();
        let has = |wanted: &str| subnet.service_endpoints.iter().any(|name| name.eq_ignore_ascii_case(wanted));
        if !known.iter().any(|name| has(name)) {
            let name = known.first()?;
            return Some((format!("the subnet has no service endpoint {name}"), format!("add {name} to the subnet")));
        }
        let here = self.model.virtual_network(subnet.virtual_network).location.as_deref()?;
        let there = service.location.as_deref()?;
        let beyond = match service.kind {
            ServiceKind::SqlServer | ServiceKind::DataLakeStoreAccount => here != there,
            ServiceKind::StorageAccount => {
                let global = has("Microsoft.Storage.Global") || self.has_endpoint_policy(subnet);
                !global && here != there && paired_region(here) != Some(there)
            }
            _ => false,
        };
        let help = match service.kind {
            ServiceKind::StorageAccount => "Microsoft.Storage.Global reaches every region",
            _ => "use a private endpoint, or rules about addresses",
        };
        beyond.then(|| (format!("its endpoint in {here} does not reach {there}"), help.to_owned()))
    }

    fn has_endpoint_policy(&self, subnet: &Subnet) -> bool {
        let policies = subnet.service_endpoint_policies.iter();
        policies.map(|policy| policy.known()).any(|policy| {
            // One that is not known may be in force.
            policy.is_none_or(|policy| self.model.service_endpoint_policy(*policy).is_in_force())
        })
    }
}
