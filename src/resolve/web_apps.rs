//! Apps of App Service: their integration into a VNET, and who may call them.
//!
//! In: webApps. Out: [`Service`]s with a [`WebApp`]. Deliberately absent: what they send (that is `evaluate/web_apps`) and
//! who is admitted (`evaluate/admit`).

use super::{
    Work,
    services::{bare, host_of, sub_resource},
};
use crate::{
    model::*,
    scenario::tree::{Entry, Node, Value},
    space::{self, Addresses},
    tags::canonical_region,
};
use ipnet::IpNet;
use std::net::IpAddr;

/// To whom an integration subnet is delegated.
const DELEGATION: &str = "Microsoft.Web/serverFarms";

impl Work {
    pub(super) fn web_app(&mut self, entry: &Entry) -> Service {
        let node = &entry.value;
        let name = bare(&entry.key).to_lowercase();
        let written = node.get("defaultHostName").and_then(Node::as_str).map(host_of);
        let host = written.unwrap_or_else(|| format!("{name}.azurewebsites.net"));
        let tools = format!("{name}.scm.azurewebsites.net");
        let zone = "privatelink.azurewebsites.net";
        let scm = SubResource { group_id: "sites".to_owned(), ..sub_resource("scm", "sites", tools, zone) };
        let parts = vec![sub_resource("sites", "sites", host, zone), scm];
        let mut service = self.service(entry, ServiceKind::WebApp, parts);
        let said = self.settings_of(node, "publicNetworkAccess").first().cloned();
        if let Some(said) = &said {
            service.public_network_access = match (self.unknown(said), said.as_str()) {
                (Some(fact), _) => Known::Unknown(fact),
                (None, Some("Disabled")) => Known::Known(PublicNetworkAccess::Disabled),
                _ => Known::Known(PublicNetworkAccess::Enabled),
            };
        }
        let integration = self.integration(entry);
        let main = self.restrictions(node, "ipSecurityRestrictions");
        let use_main = self.settings_of(node, "scmIpSecurityRestrictionsUseMain").first().cloned();
        let tools = match use_main.and_then(|flag| flag.as_str().map(str::to_lowercase)).as_deref() {
            Some("true") => main.clone(),
            _ => self.restrictions(node, "scmIpSecurityRestrictions"),
        };
        let route_all = self.route_all(node);
        service.app =
            Some(WebApp { integration, route_all, restrictions: [main, tools], open_until_linked: said.is_none() });
        service
    }

    /// A setting wherever versions and children of ARM's put it: at the app, in siteConfig, in `config/web`.
    fn settings_of(&self, node: &Node, key: &str) -> Vec<Node> {
        let web = node.get("config").and_then(|config| config.get("web"));
        let web = web.map(|web| web.get("properties").unwrap_or(web));
        let places = [Some(node), node.get("siteConfig"), web];
        let found = places.into_iter().flatten().filter_map(|place| place.get(key));
        found.filter(|value| !value.is_hollow()).cloned().collect()
    }

    /// vnetRouteAllEnabled, its successors, and the setting that came before it.
    fn route_all(&mut self, node: &Node) -> Known<bool> {
        let mut said = self.settings_of(node, "vnetRouteAllEnabled");
        let outbound = node.get("outboundVnetRouting");
        said.extend(["allTraffic", "applicationTraffic"].iter().filter_map(|key| outbound?.get(key)).cloned());
        let mut unknown = None;
        for value in &said {
            match (self.unknown(value), value.as_str()) {
                (Some(fact), _) => unknown = Some(fact),
                (None, Some(text)) if text.eq_ignore_ascii_case("true") => return Known::Known(true),
                _ => {}
            }
        }
        for value in self.settings_of(node, "appSettings").iter().filter_map(routes_all) {
            match (self.unknown(&value), value.as_str()) {
                (Some(fact), _) => unknown = Some(fact),
                (None, Some("1")) => return Known::Known(true),
                _ => {}
            }
        }
        unknown.map_or(Known::Known(false), Known::Unknown)
    }

    /// The integration subnet, and what Azure asks of it.
    fn integration(&mut self, entry: &Entry) -> Option<RuleSubnet> {
        let node = &entry.value;
        let nested = node.get("networkConfig").map(Node::entries).unwrap_or_default();
        let nested = nested.iter().find_map(|one| one.value.get("subnetResourceId"));
        let written = node.get("virtualNetworkSubnetId").or(nested).filter(|value| !value.is_hollow()).cloned()?;
        let subnet = self.rule_subnet(&written)?;
        if let RuleSubnet::Here(id) = subnet {
            self.check_integration(entry, id);
        }
        Some(subnet)
    }

    fn check_integration(&mut self, entry: &Entry, id: SubnetId) {
        let subnet = self.model.subnet(id);
        let home = self.model.virtual_network(subnet.virtual_network);
        let path = format!("{}/{}", home.label.name, subnet.label.name);
        let here = entry.value.get("location").and_then(Node::as_str).map(canonical_region);
        let delegated = subnet.delegations.iter().any(|one| one.eq_ignore_ascii_case(DELEGATION));
        let small = subnet.address_prefixes.iter().any(|net| net.addr().is_ipv4() && net.prefix_len() > 28);
        let elsewhere = matches!((&here, &home.location), (Some(here), Some(there)) if here != there);
        let problems = [
            (
                !delegated,
                "web-app-subnet-not-delegated",
                format!("it is not delegated to {DELEGATION}"),
                "add the delegation",
            ),
            (small, "web-app-subnet-small", "it is smaller than /28".to_owned(), "make it /28 or larger"),
            (
                elsewhere,
                "web-app-other-region",
                "its network is in another region".to_owned(),
                "app and network share a region",
            ),
        ];
        for (_, code, why, help) in problems.into_iter().filter(|(wrong, ..)| *wrong) {
            let message = format!("`{}` cannot be integrated into `{path}`: {why}", entry.key);
            self.error(code, entry.key_span, message, format!("{help} (F209)"));
        }
    }

    /// Access restrictions by priority; a list with rules ends with a denial, unless it says otherwise (F217).
    fn restrictions(&mut self, node: &Node, key: &str) -> Restrictions {
        let lists = self.settings_of(node, key);
        let items: Vec<Node> = lists.iter().flat_map(|list| list.items().to_vec()).collect();
        let mut rules: Vec<(u32, Restriction)> = Vec::new();
        for item in &items {
            let help = "a priority is a number";
            let priority = self.number(item, "priority", help).unwrap_or(u32::MAX);
            rules.push((priority, self.restriction(item, key)));
        }
        rules.sort_by_key(|(priority, _)| *priority);
        let default = self.settings_of(node, &format!("{key}DefaultAction")).first().cloned();
        let default_action = match default {
            Some(value) => self.restriction_action(&value),
            None => Known::Known(if rules.is_empty() { Access::Allow } else { Access::Deny }),
        };
        Restrictions { rules: rules.into_iter().map(|(_, rule)| rule).collect(), default_action }
    }

    fn restriction_action(&mut self, value: &Node) -> Known<Access> {
        match self.unknown(value) {
            Some(fact) => Known::Unknown(fact),
            None if value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("deny")) => Known::Known(Access::Deny),
            None => Known::Known(Access::Allow),
        }
    }

    fn restriction(&mut self, node: &Node, key: &str) -> Restriction {
        let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default();
        let (own, priority) = (text("name"), text("priority"));
        let name = format!("{key}/{}", if own.is_empty() { priority } else { own });
        let access =
            node.get("action").cloned().map_or(Known::Known(Access::Allow), |value| self.restriction_action(&value));
        let headers = node.get("headers").is_some_and(|headers| !headers.is_hollow() && !headers.entries().is_empty());
        Restriction { name, who: self.restricted(node), access, headers }
    }

    fn restricted(&mut self, node: &Node) -> Restricted {
        if let Some(subnet) = node.get("vnetSubnetResourceId").filter(|value| !value.is_hollow()).cloned() {
            return match self.rule_subnet(&subnet) {
                Some(subnet) => Restricted::Subnet(subnet),
                None => Restricted::Addresses(Addresses::empty()),
            };
        }
        let written = |key: &str| node.get(key).filter(|value| !value.is_hollow()).cloned();
        let tag = written("serviceTag");
        let is_tag = tag.is_some() || node.get("tag").and_then(Node::as_str).is_some_and(|tag| tag == "ServiceTag");
        let Some(value) = written("ipAddress").or(tag) else { return Restricted::Everybody };
        if let Some(fact) = self.unknown(&value) {
            return Restricted::Unknown(fact);
        }
        let text = value.as_str().unwrap_or_default().to_owned();
        match text.to_lowercase().as_str() {
            "any" => Restricted::Everybody,
            "anyvnets" => Restricted::AnySubnet,
            _ if is_tag => self.restricted_tags(&value, &text),
            _ => self.restricted_addresses(node, &value, &text),
        }
    }

    fn restricted_tags(&mut self, value: &Node, text: &str) -> Restricted {
        let mut all = Addresses::empty();
        for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            let known = self.model.tags.get(tag).map(|found| found.addresses.clone());
            match crate::tags::computed(tag).or(known) {
                Some(addresses) => all = all.union(&addresses),
                None => {
                    if let Some(fact) = self.missing_tag(value, tag) {
                        return Restricted::Unknown(fact);
                    }
                }
            }
        }
        Restricted::Addresses(all)
    }

    fn restricted_addresses(&mut self, node: &Node, value: &Node, text: &str) -> Restricted {
        let mask = node.get("subnetMask").and_then(Node::as_str).and_then(|mask| mask.parse::<IpAddr>().ok());
        let mut all = Addresses::empty();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let net = match (part.parse::<IpAddr>(), mask) {
                (Ok(address), Some(mask)) => IpNet::with_netmask(address, mask).ok(),
                (Ok(address), None) => Some(IpNet::from(address)),
                (Err(_), _) => part.parse::<IpNet>().ok(),
            };
            match net {
                Some(net) => all = all.union(&space::prefix(net.trunc())),
                None => {
                    let message = format!("`{part}` is neither an address nor a prefix");
                    self.error("not-a-prefix", value.span, message, "write it like `203.0.113.0/24`, or `Any`");
                }
            }
        }
        Restricted::Addresses(all)
    }
}

/// The value of WEBSITE_VNET_ROUTE_ALL in a list of names and values or in a map; all of them where they are not known.
fn routes_all(settings: &Node) -> Option<Node> {
    const NAME: &str = "WEBSITE_VNET_ROUTE_ALL";
    if matches!(settings.value, Value::Unknown { .. }) {
        return Some(settings.clone());
    }
    let named = |one: &&Node| one.get("name").and_then(Node::as_str) == Some(NAME);
    let listed = settings.items().iter().find(named).and_then(|one| one.get("value"));
    listed.or(settings.get(NAME)).cloned()
}
