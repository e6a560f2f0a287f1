//! Effective rules of a place, level by level, in the order in which Azure asks them.
//!
//! In: a network and a place. Out: tables. Deliberately absent: the prefixes of large tags; they are counted, JSON
//! has them all.

use crate::{
    model::{Access, RuleProtocol},
    network::Network,
    report::{
        boxes,
        effective::{EffectiveRule, Field, Level, NetworkPlace, effective_rules},
        page::{BAD, Cell, FAINT, GOOD, PLACE, PLAIN, Page, STRONG, Table, UNSURE, capped, count},
    },
    space::{Addresses, Ports, to_prefixes},
};

/// Most words in one field.
const MOST: usize = 4;
/// Most prefixes of a tag that are written out.
const MOST_PREFIXES: usize = 12;
/// What stands for what is not known.
const UNKNOWN: &str = "?";

/// The effective rules at a subnet, or at a NIC in it.
pub fn rules(network: &Network, place: NetworkPlace) -> String {
    let mut page = Page::default();
    let levels = effective_rules(network, place);
    if levels.is_empty() {
        page.plain("no network security group at ")
            .say(PLACE, &name(network, place))
            .plain(": everything is let through that routing brings, Standard public IP addresses excepted")
            .end();
    }
    for level in &levels {
        tell(&mut page, network, level);
    }
    let virtual_network = &network.subnet(place.subnet).virtual_network_tag;
    if let Some(route) = virtual_network.widened_by.as_ref().filter(|_| !levels.is_empty()) {
        page.say(BAD.bold(), "note").plain(&format!(": VirtualNetwork holds everything here because of {route}")).end();
    }
    page.finish()
}

fn name(network: &Network, place: NetworkPlace) -> String {
    match place.network_interface {
        Some(id) => network.model.network_interface(id).label.name.clone(),
        None => network.subnet_path(place.subnet),
    }
}

fn tell(page: &mut Page, network: &Network, level: &Level) {
    let kind = match level.at_network_interface {
        true => "network interface",
        false => "subnet",
    };
    match &level.group {
        Ok(group) => {
            let tables = [("inbound", &level.inbound), ("outbound", &level.outbound)];
            for (direction, rules) in tables {
                page.gap().say(STRONG, group).plain(&format!(", {direction}, on {kind} ")).say(PLACE, &level.on).end();
                page.table(2, &table(rules));
            }
            tags(page, level);
        }
        Err(fact) => {
            page.gap()
                .say(UNSURE, "unknown network security group")
                .plain(&format!(" on {kind} "))
                .say(PLACE, &level.on)
                .plain(&format!(": {}", network.model.fact(*fact).text))
                .end();
        }
    }
}

fn table(rules: &[EffectiveRule]) -> Table {
    let mut table =
        Table::headed(&["Priority", "Name", "Access", "Protocol", "Source", "Source ports", "Destination", "Ports"]);
    for rule in rules {
        table.add(fields(rule));
    }
    table
}

fn fields(rule: &EffectiveRule) -> [Cell; 8] {
    let style = if rule.default { FAINT } else { PLAIN };
    let access = match rule.access {
        Some(Access::Allow) => Cell::styled(GOOD, "Allow"),
        Some(Access::Deny) => Cell::styled(BAD, "Deny"),
        None => Cell::styled(UNSURE, UNKNOWN),
    };
    let number = rule.priority.map(|priority| priority.to_string());
    [
        Cell::styled(style, number.unwrap_or(UNKNOWN.to_owned())),
        Cell::styled(style, rule.name.as_str()),
        access,
        Cell::styled(style, rule.protocol.map_or(UNKNOWN, protocol)),
        Cell::styled(style, field(&rule.source)),
        Cell::styled(style, ports(rule.source_ports.as_ref())),
        Cell::styled(style, field(&rule.destination)),
        Cell::styled(style, ports(rule.destination_ports.as_ref())),
    ]
}

fn protocol(protocol: RuleProtocol) -> &'static str {
    match protocol {
        RuleProtocol::Any => boxes::ANY,
        RuleProtocol::Tcp => "tcp",
        RuleProtocol::Udp => "udp",
        RuleProtocol::Icmp => "icmp",
        RuleProtocol::Esp => "esp",
        RuleProtocol::Ah => "ah",
    }
}

fn ports(ports: Option<&Ports>) -> String {
    ports.map_or(UNKNOWN.to_owned(), boxes::ports)
}

fn field(field: &Field) -> String {
    if field.any {
        return boxes::ANY.to_owned();
    }
    let tags = field.tags.iter().map(|(name, addresses)| match addresses {
        Some(_) => name.clone(),
        None => format!("{name}{UNKNOWN}"),
    });
    let groups = field.application_security_groups.iter().cloned();
    let prefixes = field.prefixes.iter().map(|prefix| boxes::short(&prefix.to_string()).to_owned());
    let unknown = (0..field.unknown).map(|_| UNKNOWN.to_owned());
    let words: Vec<String> = tags.chain(groups).chain(prefixes).chain(unknown).collect();
    match words.is_empty() {
        true => "nothing".to_owned(),
        false => capped(&words, MOST, ", "),
    }
}

/// What the tags of the level hold at this place.
fn tags(page: &mut Page, level: &Level) {
    let tags = level.tags();
    if tags.is_empty() {
        return;
    }
    let mut table = Table::default();
    for (name, addresses) in tags {
        table.add([Cell::styled(FAINT, name), Cell::styled(FAINT, holds(addresses))]);
    }
    page.say(FAINT, "  tags here").end().table(4, &table);
}

fn holds(addresses: &Addresses) -> String {
    let prefixes = to_prefixes(addresses);
    if prefixes.len() > MOST_PREFIXES {
        return count(prefixes.len(), "prefix");
    }
    let prefixes: Vec<String> = prefixes.iter().map(|prefix| boxes::short(&prefix.to_string()).to_owned()).collect();
    prefixes.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    fn told(place: NetworkPlace) -> String {
        let text = rules(&samples::network(), place);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn both_levels_with_defaults_and_tags() {
        let told = told(samples::web());
        assert!(told.starts_with("app-nsg, inbound, on subnet spoke/app\n  Priority  Name"), "{told}");
        for row in [
            "100 allow-ssh Allow tcp VirtualNetwork, 203.0.113.7 any any 22",
            "65000 AllowVnetInBound Allow any VirtualNetwork any VirtualNetwork any",
            "65001 AllowInternetOutBound Allow any any any Internet any",
            "65500 DenyAllOutBound Deny any any any any any",
            "app-nsg, outbound, on network interface web",
            "VirtualNetwork 10.0.0.0/16, 10.9.0.0/16, 168.63.129.16",
        ] {
            let same = |line: &str| line.split_whitespace().eq(row.split(' '));
            assert!(told.lines().any(same), "{row}\n{told}");
        }
    }
}
