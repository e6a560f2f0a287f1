//! Effective rules in the shape of Network Watcher's answer.
//!
//! In: a network and a place. Out: `{"value": [security group with its rules]}`. Deliberately absent: ids in full;
//! a scenario has names, so a name stands where Azure has an id.

use crate::{
    model::{Direction, RuleProtocol},
    network::Network,
    report::effective::{EffectiveRule, Field, Level, NetworkPlace, effective_rules},
    space::{Ports, to_prefixes},
};
use ipnet::IpNet;
use serde_json::{Map, Value, json};

/// The effective rules at a subnet, or at a NIC in it.
pub fn rules(network: &Network, place: NetworkPlace) -> Value {
    let levels = effective_rules(network, place);
    json!({"value": levels.iter().map(level).collect::<Value>()})
}

fn level(level: &Level) -> Value {
    let kind = match level.at_network_interface {
        true => "networkInterface",
        false => "subnet",
    };
    let tags: Map<String, Value> = level
        .tags()
        .into_iter()
        .map(|(name, addresses)| (name.to_owned(), texts(&to_prefixes(addresses)).into()))
        .collect();
    json!({
        "networkSecurityGroup": {"id": level.group.as_ref().ok()},
        "association": {kind: {"id": level.on}},
        "effectiveSecurityRules": level.rules().map(rule).collect::<Value>(),
        "tagMap": tags,
    })
}

fn rule(rule: &EffectiveRule) -> Value {
    let list = match rule.default {
        true => "defaultSecurityRules",
        false => "securityRules",
    };
    let mut value = Map::new();
    let mut put = |key: &str, item: Value| value.insert(key.to_owned(), item);
    let (source_ports, ports) = (ports(rule.source_ports.as_ref()), ports(rule.destination_ports.as_ref()));
    let (source, destination) = (prefixes(&rule.source), prefixes(&rule.destination));
    put("name", format!("{list}/{}", rule.name).into());
    put("protocol", rule.protocol.map(protocol).into());
    put("sourcePortRange", only(&source_ports));
    put("destinationPortRange", only(&ports));
    put("sourcePortRanges", source_ports.into());
    put("destinationPortRanges", ports.into());
    put("sourceAddressPrefix", only(&source));
    put("destinationAddressPrefix", only(&destination));
    put("sourceAddressPrefixes", source.into());
    put("destinationAddressPrefixes", destination.into());
    for (key, field) in
        [("expandedSourceAddressPrefix", &rule.source), ("expandedDestinationAddressPrefix", &rule.destination)]
    {
        if !field.expanded.is_empty() {
            put(key, texts(&field.expanded).into());
        }
    }
    put("access", rule.access.map(|access| access.as_str()).into());
    put("priority", rule.priority.into());
    put("direction", direction(rule.direction).into());
    value.into()
}

/// Azure fills the singular field only when there is one.
fn only(items: &[String]) -> Value {
    match items {
        [one] => one.as_str().into(),
        _ => Value::Null,
    }
}

fn ports(ports: Option<&Ports>) -> Vec<String> {
    let ranges = ports.into_iter().flat_map(|ports| ports.iter());
    ranges.map(|(first, last)| format!("{first}-{last}")).collect()
}

fn prefixes(field: &Field) -> Vec<String> {
    if field.any {
        return vec!["0.0.0.0/0".to_owned()];
    }
    let tags = field.tags.iter().map(|(name, _)| name.clone());
    let groups = field.application_security_groups.iter().cloned();
    tags.chain(groups).chain(texts(&field.prefixes)).collect()
}

fn texts(prefixes: &[IpNet]) -> Vec<String> {
    prefixes.iter().map(ToString::to_string).collect()
}

fn protocol(protocol: RuleProtocol) -> &'static str {
    match protocol {
        RuleProtocol::Any => "All",
        RuleProtocol::Tcp => "Tcp",
        RuleProtocol::Udp => "Udp",
        RuleProtocol::Icmp => "Icmp",
        RuleProtocol::Esp => "Esp",
        RuleProtocol::Ah => "Ah",
    }
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "Inbound",
        Direction::Outbound => "Outbound",
    }
}

#[cfg(test)]
mod tests {
    use crate::report::samples;

    #[test]
    fn the_shape_of_network_watcher() {
        let value = super::rules(&samples::network(), samples::web());
        let level = &value["value"][1];
        assert_eq!(level["association"].to_string(), r#"{"networkInterface":{"id":"web"}}"#);
        assert_eq!(
            level["effectiveSecurityRules"][0].to_string(),
            concat!(
                r#"{"name":"securityRules/allow-ssh","protocol":"Tcp","sourcePortRange":"0-65535","destinationPortRange":"22-22","#,
                r#""sourcePortRanges":["0-65535"],"destinationPortRanges":["22-22"],"sourceAddressPrefix":null,"destinationAddressPrefix":"0.0.0.0/0","#,
                r#""sourceAddressPrefixes":["VirtualNetwork","203.0.113.7/32"],"destinationAddressPrefixes":["0.0.0.0/0"],"#,
                r#""expandedSourceAddressPrefix":["10.0.0.0/16","10.9.0.0/16","168.63.129.16/32","203.0.113.7/32"],"access":"Allow","priority":100,"direction":"Inbound"}"#
            )
        );
        assert_eq!(level["effectiveSecurityRules"][1]["name"], "defaultSecurityRules/AllowVnetInBound");
        assert!(level["tagMap"]["AzureLoadBalancer"].is_array());
    }
}
