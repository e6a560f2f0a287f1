//! Security groups, their rules, ASGs; the rules of appliances and sites have the same shape.

use super::{Work, family, index::Kind, label};
use crate::{
    diagnostic::{Diagnostic, Origin, Span, nearest},
    model::*,
    scenario::tree::{Entry, Node, Value},
    space::{self, Ports},
    tags::{Absence, known_tag_names},
};
use ipnet::IpNet;
use std::{collections::HashMap, net::IpAddr};

/// A service tag that the data in use does not hold.
#[derive(Debug, Clone)]
pub(super) enum AbsentTag {
    /// Nearly one that it holds.
    Misspelt {
        /// What is wrong.
        message: String,
        /// What was meant.
        near: String,
    },
    /// The fact that is missing.
    NotHeld(FactId),
}

impl Work {
    /// Reads all security groups.
    pub(super) fn rules(&mut self, network: &Node) {
        for entry in family(network, "applicationSecurityGroups") {
            self.model.application_security_groups.push(ApplicationSecurityGroup { label: label(entry) });
        }
        for entry in family(network, "networkSecurityGroups") {
            let group = self.security_group(entry);
            self.model.network_security_groups.push(group);
        }
    }

    fn security_group(&mut self, entry: &Entry) -> NetworkSecurityGroup {
        let node = &entry.value;
        if let Some(defaults) = node.get("defaultSecurityRules") {
            self.check_defaults(defaults);
        }
        let written = family(node, "securityRules");
        let mut security_rules = Vec::with_capacity(written.len());
        let mut priorities: HashMap<(Direction, u16), Label> = HashMap::new();
        for rule in written {
            self.check_rule_name(rule);
            let checked = self.security_rule(rule, true);
            if let Some(checked) = &checked {
                self.check_priority(checked, &mut priorities, rule);
            }
            security_rules.extend(checked.into_iter().flat_map(|checked| self.in_doubtful_direction(rule, checked)));
        }
        if written.len() > 1000 {
            let message = format!("`{}` has {} rules; Azure's limit is 1000", entry.key, written.len());
            self.warn("too-many-rules", entry.key_span, message, "it is evaluated as written (F36)");
        }
        NetworkSecurityGroup {
            label: label(entry),
            security_rules,
            flush_connection: self.plain_flag(node, "flushConnection", false),
        }
    }

    /// A rule whose direction is not known may match either way, or not at all.
    fn in_doubtful_direction(&mut self, entry: &Entry, rule: SecurityRule) -> Vec<SecurityRule> {
        let Some(fact) = entry.value.get("direction").and_then(|direction| self.unknown(direction)) else {
            return vec![rule];
        };
        let source = AddressMatch { unknown: vec![fact], ..AddressMatch::default() };
        let inbound = SecurityRule { source, direction: Direction::Inbound, ..rule };
        vec![inbound.clone(), SecurityRule { direction: Direction::Outbound, ..inbound }]
    }

    /// Default rules may be printed, all or some of them, but never taken away (F35).
    fn check_defaults(&mut self, node: &Node) {
        let removed = node.entries().iter().find(|entry| entry.value.value == Value::Null);
        if let Some(entry) = removed {
            let message = format!("the default rule `{}` cannot be removed", entry.key);
            let help = "leave defaultSecurityRules out: every group has all six (F35)";
            self.error("default-rule-removed", entry.key_span, message, help);
        }
    }

    fn check_rule_name(&mut self, entry: &Entry) {
        let word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let name = &*entry.key;
        let fine = name.chars().count() <= 80
            && name.starts_with(word)
            && name.ends_with(word)
            && name.chars().all(|letter| word(letter) || ".- ()".contains(letter));
        if !fine {
            let help = "up to 80 letters, digits, `.`, `-`, `_`; a letter or digit first, a letter, digit or `_` last";
            self.error("bad-rule-name", entry.key_span, format!("`{name}` is no name for a rule"), help);
        }
    }

    /// One number per direction (F19).
    fn check_priority(&mut self, rule: &SecurityRule, seen: &mut HashMap<(Direction, u16), Label>, entry: &Entry) {
        let (Known::Known(priority), Some(_)) = (rule.priority, entry.value.get("direction").and_then(Node::as_str))
        else {
            return;
        };
        let Some(first) = seen.insert((rule.direction, priority), rule.label.clone()) else {
            return;
        };
        let span = entry.value.get("priority").map_or(entry.key_span, |value| value.span);
        let message = format!("rules `{}` and `{}` have the same priority and direction", first.name, entry.key);
        let problem = Diagnostic::error("duplicate-priority", span, message);
        self.report(
            problem.related(first.origin.span(), "the first").help("each number is used once per direction (F19)"),
        );
    }

    /// A rule; those of appliances and sites may leave out what Azure requires.
    pub(super) fn security_rule(&mut self, entry: &Entry, azure: bool) -> Option<SecurityRule> {
        let node = &entry.value;
        self.check_single_and_plural(entry);
        let priority = self.priority(entry, azure);
        let direction = self.direction(entry, azure);
        let access = self.access(entry);
        let protocol = self.protocol(entry, azure);
        let source = self.side(entry, "source", azure);
        let destination = self.side(entry, "destination", azure);
        let source_ports = self.rule_ports(node, "sourcePortRange", "sourcePortRanges");
        let destination_ports = self.rule_ports(node, "destinationPortRange", "destinationPortRanges");
        self.check_rule_families(entry, &source, &destination);
        Some(SecurityRule {
            label: label(entry),
            priority: priority?,
            direction: direction?,
            access: access?,
            protocol: protocol?,
            source: source?,
            source_ports: source_ports?,
            destination: destination?,
            destination_ports: destination_ports?,
        })
    }

    /// `sourcePortRange` and `sourcePortRanges` at once say two things.
    fn check_single_and_plural(&mut self, entry: &Entry) {
        let pairs = [
            ("sourceAddressPrefix", "sourceAddressPrefixes"),
            ("destinationAddressPrefix", "destinationAddressPrefixes"),
            ("sourcePortRange", "sourcePortRanges"),
            ("destinationPortRange", "destinationPortRanges"),
        ];
        for (single, plural) in pairs {
            let (one, many) = (entry.value.get(single), entry.value.get(plural));
            let filled = |node: &&Node| !node.is_hollow();
            if let (Some(one), Some(many)) = (one.filter(filled), many.filter(filled)) {
                let message = format!("`{}` gives both {single} and {plural}", entry.key);
                let problem = Diagnostic::error("single-and-plural", many.span, message);
                self.report(problem.related(one.span, "the single one").help("give one of them"));
            }
        }
    }

    fn priority(&mut self, entry: &Entry, azure: bool) -> Option<Known<u16>> {
        let Some(value) = entry.value.get("priority").cloned() else {
            if azure {
                self.missing(entry, "priority");
                return None;
            }
            return Some(Known::Known(entry.key.parse().unwrap_or(4096)));
        };
        if let Some(fact) = self.unknown(&value) {
            return Some(Known::Unknown(fact));
        }
        let number = value.as_str().and_then(|text| text.parse::<u32>().ok());
        match number {
            Some(number @ 100..=4096) => Some(Known::Known(number as u16)),
            Some(number @ 0..=65500) if !azure => Some(Known::Known(number as u16)),
            _ => {
                let text = value.as_str().unwrap_or("");
                let message = format!("priority `{text}` of `{}` is out of range", entry.key);
                self.error("priority-out-of-range", value.span, message, "custom rules have 100 to 4096 (F18)");
                None
            }
        }
    }

    fn missing(&mut self, entry: &Entry, key: &str) {
        self.error("missing-key", entry.key_span, format!("rule `{}` has no {key}", entry.key), "Azure requires it");
    }

    fn direction(&mut self, entry: &Entry, azure: bool) -> Option<Direction> {
        match entry.value.get("direction").and_then(Node::as_str) {
            Some(text) if text.eq_ignore_ascii_case("Inbound") => Some(Direction::Inbound),
            Some(text) if text.eq_ignore_ascii_case("Outbound") => Some(Direction::Outbound),
            Some(_) => None,
            None if entry.value.get("direction").is_some() => Some(Direction::Inbound),
            None if azure => {
                self.missing(entry, "direction");
                None
            }
            None => Some(Direction::Inbound),
        }
    }

    fn access(&mut self, entry: &Entry) -> Option<Known<Access>> {
        let Some(value) = entry.value.get("access").cloned() else {
            self.missing(entry, "access");
            return None;
        };
        if let Some(fact) = self.unknown(&value) {
            return Some(Known::Unknown(fact));
        }
        match value.as_str()?.to_lowercase().as_str() {
            "allow" => Some(Known::Known(Access::Allow)),
            "deny" => Some(Known::Known(Access::Deny)),
            _ => None,
        }
    }

    fn protocol(&mut self, entry: &Entry, azure: bool) -> Option<Known<RuleProtocol>> {
        let Some(value) = entry.value.get("protocol").cloned() else {
            if azure {
                self.missing(entry, "protocol");
                return None;
            }
            return Some(Known::Known(RuleProtocol::Any));
        };
        if let Some(fact) = self.unknown(&value) {
            return Some(Known::Unknown(fact));
        }
        let protocol = match value.as_str()?.to_lowercase().as_str() {
            "*" | "any" => RuleProtocol::Any,
            "tcp" => RuleProtocol::Tcp,
            "udp" => RuleProtocol::Udp,
            "icmp" => RuleProtocol::Icmp,
            "esp" => RuleProtocol::Esp,
            "ah" => RuleProtocol::Ah,
            _ => return None,
        };
        Some(Known::Known(protocol))
    }

    fn rule_ports(&mut self, node: &Node, single: &str, plural: &str) -> Option<Known<Ports>> {
        let filled = |node: &&Node| !node.is_hollow();
        let value = node.get(plural).filter(filled).or_else(|| node.get(single).filter(filled));
        match value {
            Some(value) => self.ports(value.items()),
            None => Some(Known::Known(Ports::all())),
        }
    }

    /// Who sends, or who receives.
    fn side(&mut self, entry: &Entry, side: &str, azure: bool) -> Option<AddressMatch> {
        let node = &entry.value;
        let given = |key: String| node.get(&key).filter(|value| !value.is_hollow());
        let single = format!("{side}AddressPrefix");
        let prefixes = given(format!("{side}AddressPrefixes")).or_else(|| given(single.clone()));
        let groups = given(format!("{side}ApplicationSecurityGroups"));
        let mut result = AddressMatch::default();
        for group in groups.map(Node::items).unwrap_or_default() {
            match self.reference_at(group, Kind::ApplicationSecurityGroup) {
                Some(Known::Known(place)) => {
                    result.application_security_groups.push(ApplicationSecurityGroupId::at(place))
                }
                Some(Known::Unknown(fact)) => result.unknown.push(fact),
                None => {}
            }
        }
        match (prefixes, groups) {
            (Some(prefixes), groups) => {
                self.fill_side(prefixes, &mut result)?;
                if groups.is_some() && azure {
                    let message = format!("`{}` has prefixes and application security groups as {side}", entry.key);
                    self.error("prefix-and-asg", prefixes.span, message, "Azure takes one or the other on a side");
                }
            }
            (None, Some(_)) => {}
            (None, None) if azure => {
                self.missing(entry, &single);
                return None;
            }
            (None, None) => result.any = true,
        }
        Some(result)
    }

    fn fill_side(&mut self, prefixes: &Node, result: &mut AddressMatch) -> Option<()> {
        let mut ranges = Vec::new();
        for item in prefixes.items() {
            if let Some(fact) = self.unknown(item) {
                result.unknown.push(fact);
                continue;
            }
            let text = item.as_str()?.trim();
            // Azure takes a comma list in one string only for addresses; two tags in one field it refuses (F37).
            for part in text.split(',').map(str::trim) {
                self.address_or_tag(part, item.span, result, &mut ranges);
            }
        }
        if result.tags.len() > 1 {
            let message = "one address field takes one service tag";
            self.error("several-tags-in-one-field", prefixes.span, message, "write a rule for each tag (F37)");
        }
        result.prefixes = space::Addresses::from_ranges(ranges);
        Some(())
    }

    pub(super) fn address_or_tag(
        &mut self,
        text: &str,
        span: Span,
        result: &mut AddressMatch,
        ranges: &mut Vec<(u128, u128)>,
    ) {
        if text == "*" || text.eq_ignore_ascii_case("any") {
            result.any = true;
        } else if let Ok(net) = text.parse::<IpNet>() {
            // Azure keeps the network of a prefix with host bits.
            ranges.extend(space::prefix(net.trunc()).iter());
        } else if let Some(range) = address_range(text) {
            ranges.push(range);
        } else if is_like_a_tag(text) {
            result.tags.extend(self.tag(text, span));
        } else {
            let message = format!("`{text}` is neither an address, a prefix nor a service tag");
            self.error("not-a-prefix", span, message, "write it like `10.0.0.0/24`, `10.0.0.4`, `Storage` or `*`");
        }
    }

    fn tag(&mut self, text: &str, span: Span) -> Option<TagMatch> {
        let computed = match text.to_lowercase().as_str() {
            "virtualnetwork" => Some(TagMatch::VirtualNetwork),
            "internet" => Some(TagMatch::Internet),
            "azureloadbalancer" => Some(TagMatch::AzureLoadBalancer),
            "azureplatformdns" => Some(TagMatch::AzurePlatformDns),
            "azureplatformimds" => Some(TagMatch::AzurePlatformImds),
            "azureplatformlkm" => Some(TagMatch::AzurePlatformLkm),
            _ => None,
        };
        if computed.is_some() {
            return computed;
        }
        if let Some(tag) = self.model.tags.get(text) {
            return Some(TagMatch::Service(tag.name.clone(), tag.addresses.clone()));
        }
        let node = Node::new(span, Value::Scalar { text: text.into(), plain: true });
        self.missing_tag(&node, text).map(|fact| TagMatch::Missing(text.to_owned(), fact))
    }

    /// A tag that the data in use does not hold: a misspelt one is an error, another a fact that is missing
    /// (F203), spoken of once.
    pub(super) fn missing_tag(&mut self, node: &Node, text: &str) -> Option<FactId> {
        let absent = match self.absent_tags.get(&text.to_lowercase()) {
            Some(absent) => absent.clone(),
            None => self.absent_tag(node, text),
        };
        match absent {
            AbsentTag::Misspelt { message, near } => {
                self.error("unknown-service-tag", node.span, message, format!("did you mean `{near}`?"));
                None
            }
            AbsentTag::NotHeld(fact) => Some(fact),
        }
    }

    fn absent_tag(&mut self, node: &Node, text: &str) -> AbsentTag {
        let absence = self.model.tags.absence(text);
        let message = absence.to_string();
        let near = match &absence {
            Absence::Unknown { suggestion, .. } => suggestion.clone(),
            // A region that is newer than the data, unless it is nearly one of them.
            Absence::NoSuchRegion { service, .. } => {
                let near = nearest(text, self.model.tags.iter().map(|tag| tag.name.as_str()), 2).map(str::to_owned);
                near.or_else(|| self.is_without_regions(service).then(|| service.clone()))
            }
            _ => None,
        };
        let absent = match near {
            Some(near) => AbsentTag::Misspelt { message, near },
            None => {
                let help = "verdicts that depend on it are undetermined; `--tags FILE` takes Microsoft's full file";
                self.warn("service-tag-not-held", node.span, message.clone(), help);
                AbsentTag::NotHeld(self.fact(message, Some(Origin::Text(node.span))))
            }
        };
        self.absent_tags.insert(text.to_lowercase(), absent.clone());
        absent
    }

    /// Some tags are there for the whole cloud only, such as AzureDatabricks.
    fn is_without_regions(&self, service: &str) -> bool {
        let regional = format!("{}.", service.to_lowercase());
        let is_regional = |name: &str| name.to_lowercase().starts_with(&regional);
        !known_tag_names().any(is_regional) && !self.model.tags.iter().any(|tag| is_regional(&tag.name))
    }

    /// IPv4 and IPv6 in one rule are refused (F205).
    fn check_rule_families(
        &mut self,
        entry: &Entry,
        source: &Option<AddressMatch>,
        destination: &Option<AddressMatch>,
    ) {
        let sides = [source, destination];
        let prefixes = || sides.iter().filter_map(|side| side.as_ref()).map(|side| &side.prefixes);
        let four = prefixes().any(|prefixes| prefixes.meets(&space::ipv4()));
        let six = prefixes().any(|prefixes| prefixes.meets(&space::ipv6()));
        if four && six {
            let message = format!("rule `{}` mixes IPv4 and IPv6 prefixes", entry.key);
            self.error("mixed-address-families", entry.key_span, message, "write a rule for each family (F205)");
        }
    }
}

/// One address, or `first-last` of one family.
fn address_range(text: &str) -> Option<(u128, u128)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last): (IpAddr, IpAddr) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let ordered = first.is_ipv4() == last.is_ipv4() && first <= last;
    ordered.then(|| (space::point(first), space::point(last)))
}

/// A word that begins with a letter.
fn is_like_a_tag(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter))
}
