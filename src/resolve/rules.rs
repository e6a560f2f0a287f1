//! Security groups, their rules, ASGs; the rules of appliances and sites have the same shape.

use super::{Work, family, index::Kind, label};
use crate::{
    diagnostic::{Origin, Span},
    model::*,
    scenario::tree::{Entry, Node},
    space::{self, Ports},
    tags::Absence,
};
use ipnet::IpNet;
use std::net::IpAddr;

impl Work<'_> {
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
        let rules: Vec<Entry> = family(node, "securityRules").to_vec();
        let mut security_rules = Vec::new();
        for rule in &rules {
            self.check_rule_name(rule);
            if let Some(checked) = self.security_rule(rule, true) {
                self.check_priority(&checked, &security_rules, rule);
                security_rules.push(checked);
            }
        }
        if security_rules.len() > 1000 {
            let message = format!("`{}` has {} rules; Azure's limit is 1000", entry.key, security_rules.len());
            self.warn("too-many-rules", entry.key_span, message, "");
        }
        NetworkSecurityGroup {
            label: label(entry),
            security_rules,
            flush_connection: self.plain_flag(node, "flushConnection", false),
        }
    }

    /// Default rules may be printed, never taken away (F35).
    fn check_defaults(&mut self, node: &Node) {
        let names = [
            "AllowVnetInBound",
            "AllowAzureLoadBalancerInBound",
            "DenyAllInBound",
            "AllowVnetOutBound",
            "AllowInternetOutBound",
            "DenyAllOutBound",
        ];
        let listed: Vec<&str> = match &node.value {
            crate::scenario::tree::Value::Map(map) => map
                .entries
                .iter()
                .filter(|entry| entry.value.value != crate::scenario::tree::Value::Null)
                .map(|entry| &*entry.key)
                .collect(),
            _ => node.items().iter().filter_map(|item| item.get("name").and_then(Node::as_str)).collect(),
        };
        let missing = names.iter().find(|name| !listed.iter().any(|listed| listed.eq_ignore_ascii_case(name)));
        if let Some(name) = missing {
            let message = format!("the default rule `{name}` cannot be removed");
            self.error(
                "default-rule-removed",
                node.span,
                message,
                "leave defaultSecurityRules out: every group has all six (F35)",
            );
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
    fn check_priority(&mut self, rule: &SecurityRule, earlier: &[SecurityRule], entry: &Entry) {
        let same = |other: &&SecurityRule| {
            other.direction == rule.direction && other.priority.known().is_some() && other.priority == rule.priority
        };
        if let Some(first) = earlier.iter().find(same) {
            let span = entry.value.get("priority").map_or(entry.key_span, |value| value.span);
            let message =
                format!("rules `{}` and `{}` have the same priority and direction", first.label.name, entry.key);
            let problem = crate::diagnostic::Diagnostic::error("duplicate-priority", span, message);
            self.diagnostics.push(
                problem
                    .related(first.label.origin.span(), "the first")
                    .help("each number is used once per direction (F19)"),
            );
        }
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
            let filled = |node: &&Node| !node.items().is_empty() && node.as_str() != Some("");
            if let (Some(one), Some(many)) = (one.filter(filled), many.filter(filled)) {
                let message = format!("`{}` gives both {single} and {plural}", entry.key);
                let problem = crate::diagnostic::Diagnostic::error("single-and-plural", many.span, message);
                self.diagnostics.push(problem.related(one.span, "the single one").help("give one of them"));
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
        let filled = |node: &&Node| !node.items().is_empty() && node.as_str() != Some("");
        let value = node.get(plural).filter(filled).or_else(|| node.get(single).filter(filled)).cloned();
        match value {
            Some(value) => self.ports(value.items()),
            None => Some(Known::Known(Ports::all())),
        }
    }

    /// Who sends, or who receives.
    fn side(&mut self, entry: &Entry, side: &str, azure: bool) -> Option<AddressMatch> {
        let node = &entry.value;
        let filled = |node: &&Node| !node.items().is_empty() && node.as_str() != Some("");
        let (single, plural) = (format!("{side}AddressPrefix"), format!("{side}AddressPrefixes"));
        let prefixes = node.get(&plural).filter(filled).or_else(|| node.get(&single).filter(filled)).cloned();
        let groups_key = format!("{side}ApplicationSecurityGroups");
        let groups = node.get(&groups_key).filter(filled).cloned();
        let mut result = AddressMatch::default();
        if let Some(groups) = &groups {
            for group in groups.items().to_vec() {
                match self.reference_at(&group, Kind::ApplicationSecurityGroup) {
                    Some(Known::Known(place)) => {
                        result.application_security_groups.push(ApplicationSecurityGroupId::at(place))
                    }
                    Some(Known::Unknown(fact)) => result.unknown.push(fact),
                    None => {}
                }
            }
        }
        match prefixes {
            Some(prefixes) => self.fill_side(&prefixes, &mut result)?,
            None if groups.is_none() && azure => {
                self.missing(entry, &single);
                return None;
            }
            None if groups.is_none() => result.any = true,
            None => {}
        }
        Some(result)
    }

    fn fill_side(&mut self, prefixes: &Node, result: &mut AddressMatch) -> Option<()> {
        let mut ranges = Vec::new();
        for item in prefixes.items().to_vec() {
            if let Some(fact) = self.unknown(&item) {
                result.unknown.push(fact);
                continue;
            }
            let text = item.as_str()?.trim().to_owned();
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

    fn address_or_tag(&mut self, text: &str, span: Span, result: &mut AddressMatch, ranges: &mut Vec<(u128, u128)>) {
        if text == "*" || text.eq_ignore_ascii_case("any") {
            result.any = true;
            return;
        }
        if let Ok(net) = text.parse::<IpNet>() {
            // Azure keeps the network of a prefix with host bits.
            ranges.extend(space::prefix(net.trunc()).iter());
            return;
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            ranges.push((space::point(address), space::point(address)));
            return;
        }
        if let Some((first, last)) = text.split_once('-')
            && let (Ok(first), Ok(last)) = (first.trim().parse::<IpAddr>(), last.trim().parse::<IpAddr>())
        {
            ranges.push((space::point(first), space::point(last)));
            return;
        }
        if text.starts_with(|letter: char| letter.is_ascii_digit()) {
            self.error("not-a-prefix", span, format!("`{text}` is neither an address, a prefix nor a service tag"), "");
            return;
        }
        if let Some(tag) = self.tag(text, span) {
            result.tags.push(tag);
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
        let node = Node::new(span, crate::scenario::tree::Value::Scalar { text: text.into(), plain: true });
        self.missing_tag(&node, text).map(|fact| TagMatch::Missing(text.to_owned(), fact))
    }

    /// A tag that the data in use does not hold: a misspelt one is an error, another a fact that is missing
    /// (F203).
    pub(super) fn missing_tag(&mut self, node: &Node, text: &str) -> Option<FactId> {
        let absence = self.model.tags.absence(text);
        let message = absence.to_string();
        match &absence {
            Absence::Unknown { suggestion: Some(near), .. } => {
                let help = format!("did you mean `{near}`?");
                self.error("unknown-service-tag", node.span, message, help);
                None
            }
            Absence::NoSuchRegion { .. } if absence.suggestion().is_some() => {
                let help = format!("did you mean `{}`?", absence.suggestion().unwrap_or_default());
                self.error("unknown-service-tag", node.span, message, help);
                None
            }
            _ => {
                let help = "verdicts that depend on it are undetermined; `--tags FILE` takes Microsoft's full file";
                self.warn("service-tag-not-held", node.span, message.clone(), help);
                Some(self.fact(message, Some(Origin::Text(node.span))))
            }
        }
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
