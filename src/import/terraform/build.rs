//! An instance's attributes as ARM's properties.
//!
//! In: an instance and the rules of its type. Out: a tree in ARM's names, with the places of the plan; attributes that
//! no rule reads are in the report.

use super::{
    azapi::says_true,
    follow::{Answer, Follow, Wanted, wanted_id},
    names::{self, List},
    plan::empty,
    table::{How, Rule, Type},
    types,
};
use crate::{
    diagnostic::Span,
    import::{fold::shape_of, identity::Family, report::Report},
    scenario::tree::{Entry, Map, Node, Value},
};

/// One instance at a time.
pub(super) struct Build<'b, 'a> {
    pub(super) follow: &'b Follow<'a>,
    pub(super) report: &'b mut Report,
    pub(super) at: usize,
    pub(super) known: &'static Type,
    /// Attributes that may matter and that no rule reads.
    pub(super) unread: Vec<(String, Span)>,
}

/// What Azure, or the provider, fills in where it is left out, and a plan has no value for.
const FILLED_IN_BY_AZURE: [&str; 16] = [
    "bgp_settings",
    "custom_dns_configs",
    "custom_parameters",
    "network_acls",
    "network_interface",
    "network_rule_set",
    "network_rules",
    "network_rulesets",
    "private_dns_zone_configs",
    "private_ip_address",
    "private_ip_address_allocation",
    "private_ip_address_version",
    "route",
    "routing",
    "security_rule",
    "subnet",
];

/// The way to a block.
type Path<'p> = Vec<(&'p str, usize)>;

/// An attribute's value.
enum Found {
    Value(Node),
    Unknown(Node),
    Absent,
}

impl<'a> Build<'_, 'a> {
    /// The properties of the instance.
    pub(super) fn node(&mut self) -> Node {
        let values = self.follow.plan.instances[self.at].values;
        let mut node = empty(values.span);
        self.apply(values, &Vec::new(), self.known.rules, &mut node);
        self.leave(values, "", self.known.rules);
        for (path, span) in std::mem::take(&mut self.unread) {
            match self.is_pruned() {
                // Under a name that the format does not know: the thing then carries the doubt.
                true => put(&mut node, &format!("azurerm {path}"), span, scalar(span, &path)),
                false => self.report.not_modelled(span, self.address(), Some(path)),
            }
        }
        node
    }

    /// Whether what the format does not know of it is found by its shape.
    fn is_pruned(&self) -> bool {
        let family = types::identity(self.known.arm).map(|id| id.family());
        matches!(family, Some(Family::Map(family)) if shape_of(family).is_some())
    }

    fn address(&self) -> String {
        self.follow.plan.instances[self.at].address.clone()
    }

    fn apply(&mut self, values: &'a Node, path: &Path<'static>, rules: &'static [Rule], node: &mut Node) {
        for rule in rules {
            self.rule(values, path, rule, node);
        }
    }

    fn rule(&mut self, values: &'a Node, path: &Path<'static>, rule: &'static Rule, node: &mut Node) {
        let key_span = values.as_map().and_then(|map| map.entry(rule.from)).map_or(values.span, |entry| entry.key_span);
        match &rule.how {
            How::Always(word) => put(node, rule.to, key_span, scalar(values.span, word)),
            How::Copy | How::Needed | How::Not | How::Words(_) | How::Joined => {
                let meant = self.meant(values, path, rule).map(Found::Value);
                let found = meant.unwrap_or_else(|| self.value(values, path, rule, Wanted::Text));
                if let Some(value) = self.plain(found, values, rule, node) {
                    put(node, rule.to, key_span, value);
                }
            }
            How::Id => match self.value(values, path, rule, wanted_id(rule.from)) {
                Found::Value(value) | Found::Unknown(value) => put(node, rule.to, key_span, value),
                Found::Absent => {}
            },
            How::Ids | How::Listed => match self.value(values, path, rule, wanted_id(rule.from)) {
                Found::Value(value) | Found::Unknown(value) => {
                    value.items().iter().for_each(|item| append(node, rule.to, key_span, item.clone()));
                }
                Found::Absent => {}
            },
            How::Wrapped(inner) => match self.value(values, path, rule, wanted_id(rule.from)) {
                Found::Value(value) | Found::Unknown(value) => {
                    for (at, item) in value.items().iter().enumerate() {
                        let mut one = empty(item.span);
                        put(&mut one, "name", key_span, scalar(item.span, &at.to_string()));
                        put(&mut one, inner, key_span, item.clone());
                        append(node, rule.to, key_span, one);
                    }
                }
                Found::Absent => {}
            },
            How::Blocks(rules) => self.blocks(values, path, rule, rules, None, node),
            How::BlocksWith(attribute, word, rules) => {
                self.blocks(values, path, rule, rules, Some((attribute, word)), node);
            }
            How::BlockIds(attribute) => self.block_ids(values, path, rule, attribute, node),
            How::Block(rules) => {
                for (block, path) in inner(values, path, rule.from).take(1) {
                    let mut one = empty(block.span);
                    self.apply(block, &path, rules, &mut one);
                    put(node, rule.to, key_span, one);
                }
                self.say_unknown(values, path, rule);
            }
            How::Lift(rules) => {
                for (block, path) in inner(values, path, rule.from) {
                    self.apply(block, &path, rules, node);
                }
                self.say_unknown(values, path, rule);
            }
        }
    }

    fn blocks(
        &mut self,
        values: &'a Node,
        path: &Path<'static>,
        rule: &'static Rule,
        rules: &'static [Rule],
        with: Option<(&str, &str)>,
        node: &mut Node,
    ) {
        for (block, path) in inner(values, path, rule.from) {
            let fits = |(attribute, word): (&str, &str)| {
                block.get(attribute).and_then(Node::as_str).unwrap_or("false").eq_ignore_ascii_case(word)
            };
            if with.is_none_or(fits) && !self.stands_for_blocks(block, &path) {
                let mut one = empty(block.span);
                self.call(block, &path, rules, &mut one);
                self.apply(block, &path, rules, &mut one);
                append(node, rule.to, block.span, one);
            }
        }
        self.say_unknown(values, path, rule);
    }

    /// A block without a name gets one that stands for it: a list of things has names.
    fn call(&self, block: &Node, path: &Path<'static>, rules: &[Rule], node: &mut Node) {
        let is_named = rules.iter().any(|rule| rule.from == "name" && rule.to == "name");
        let Some(((name, index), above)) = path.split_last().filter(|_| is_named) else { return };
        if block.get("name").is_none_or(Node::is_hollow) {
            let name = List { at: self.at, above, block: name }.name(self.follow, *index);
            put(node, "name", block.span, scalar(block.span, &name));
        }
    }

    /// The name of another block, which is not known yet.
    fn meant(&self, values: &Node, path: &Path<'static>, rule: &Rule) -> Option<Node> {
        let absent = values.as_map().is_some_and(|map| map.entry(rule.from).is_none());
        let asked = absent && (self.is_written(path, rule.from) || self.is_dynamic(path));
        let name = if asked { names::meant(self.follow, self.at, path, rule.from) } else { None };
        name.map(|name| scalar(values.span, &name))
    }

    /// Ids, or names, that stand one in each block.
    fn block_ids(
        &mut self,
        values: &'a Node,
        path: &Path<'static>,
        rule: &'static Rule,
        attribute: &'static str,
        node: &mut Node,
    ) {
        for (block, path) in inner(values, path, rule.from) {
            let rule = Rule { from: attribute, to: rule.to, how: How::Id };
            let wanted = if attribute == "name" { Wanted::Text } else { Wanted::Id(None) };
            if let Found::Value(value) | Found::Unknown(value) = self.value(block, &path, &rule, wanted) {
                append(node, rule.to, block.span, value);
            }
        }
        self.say_unknown(values, path, rule);
    }

    /// Blocks whose number is known only after apply.
    fn say_unknown(&mut self, values: &Node, path: &Path<'static>, rule: &Rule) {
        let span = self.follow.plan.instances[self.at].span;
        let entry = values.as_map().and_then(|map| map.entry(rule.from));
        let is_unknown = match entry {
            None => path.is_empty() && self.is_configured(rule.from) || self.is_told_unknown(path, rule.from),
            Some(entry) => {
                let stands = |(at, block): (usize, &Node)| {
                    let path: Path<'_> = path.iter().copied().chain([(rule.from, at)]).collect();
                    block.value == Value::Null || self.stands_for_blocks(block, &path)
                };
                entry.value.as_map().is_none() && entry.value.items().iter().enumerate().any(stands)
            }
        };
        let text: String =
            path.iter().map(|(name, at)| format!("{name}[{at}].")).chain([rule.from.to_owned()]).collect();
        if is_unknown && !self.unread.iter().any(|(other, _)| *other == text) {
            self.unread.push((text, entry.map_or(span, |entry| entry.key_span)));
        }
    }

    fn is_configured(&self, attribute: &str) -> bool {
        let configuration = self.follow.plan.configuration_of(&self.follow.plan.instances[self.at].place);
        let expression = configuration.and_then(|all| all.get("expressions")).and_then(|all| all.get(attribute));
        expression.is_some_and(|found| !found.is_hollow())
    }

    /// Whether the plan says that all of an attribute is known only after apply. Of blocks that Azure fills in where they
    /// are left out it says so, too: nobody wrote those.
    fn is_told_unknown(&self, path: &Path<'_>, attribute: &str) -> bool {
        let told = self.follow.plan.unknown_in(self.at, path, attribute);
        told.and_then(Node::as_str) == Some("true") && !FILLED_IN_BY_AZURE.contains(&attribute)
    }

    /// Terraform puts one block of which nothing is known where dynamic blocks are known only after apply: it stands for
    /// any number of them.
    fn stands_for_blocks(&self, block: &Node, path: &Path<'_>) -> bool {
        let Some(((name, index), above)) = path.split_last() else { return false };
        let nothing_known = block.entries().iter().all(|entry| entry.value.is_hollow());
        let told = || self.follow.plan.unknown_in(self.at, above, name).and_then(|all| all.items().get(*index));
        nothing_known && self.is_dynamic(path) && told().is_some_and(says_true)
    }

    /// An attribute's value: written, or what it comes from.
    fn value(&mut self, values: &'a Node, path: &Path<'_>, rule: &Rule, wanted: Wanted) -> Found {
        let entry = values.as_map().and_then(|map| map.entry(rule.from));
        if let Some(entry) = entry {
            return match &entry.value.value {
                Value::Null => Found::Absent,
                // An item that is not known yet is null.
                Value::List(items) if items.iter().any(|item| item.value == Value::Null) => {
                    self.followed(path, rule, wanted, entry.value.span).unwrap_or(Found::Absent)
                }
                _ if entry.value.is_hollow() => Found::Absent,
                _ => Found::Value(entry.value.clone()),
            };
        }
        if let Some(found) = self.followed(path, rule, wanted, values.span) {
            return found;
        }
        let is_lost = matches!(rule.how, How::Id) || self.is_told_unknown(path, rule.from);
        match is_lost && self.is_dynamic(path) {
            true => Found::Unknown(unknown(values.span, self.told(path, rule.from))),
            false => Found::Absent,
        }
    }

    /// Whether a block is a dynamic one: what such a block says is not in the configuration of a plan.
    fn is_dynamic(&self, path: &Path<'_>) -> bool {
        let place = &self.follow.plan.instances[self.at].place;
        let Some((block, _)) = path.first().filter(|_| !place.data) else { return false };
        let configuration = self.follow.plan.configuration_of(place);
        configuration.is_some_and(|all| all.get("expressions").is_none_or(|all| all.get(block).is_none()))
    }

    /// Whether the configuration has an expression for an attribute.
    fn is_written(&self, path: &Path<'_>, attribute: &str) -> bool {
        let mut way: Vec<(&str, usize)> = path.clone();
        way.push((attribute, 0));
        self.follow.written(self.at, &way).is_some()
    }

    fn followed(&self, path: &Path<'_>, rule: &Rule, wanted: Wanted, span: Span) -> Option<Found> {
        let mut way: Vec<(&str, usize)> = path.clone();
        way.push((rule.from, 0));
        let many = matches!(rule.how, How::Ids | How::Wrapped(_));
        match self.follow.attribute(self.at, &way, wanted, many)? {
            Answer::Values(values) if values.len() == 1 && !many => values.into_iter().next().map(Found::Value),
            Answer::Values(values) => Some(Found::Value(Node::new(span, Value::List(values)))),
            Answer::Unknown(why) => {
                let place = self.follow.place_of(self.at, &way).unwrap_or(span);
                Some(Found::Unknown(unknown(place, why)))
            }
        }
    }

    fn told(&self, path: &Path<'_>, attribute: &str) -> String {
        let blocks: String = path.iter().map(|(name, at)| format!(".{name}[{at}]")).collect();
        let text = format!("{}{blocks}.{attribute}", self.address());
        match self.follow.plan.has_configuration() {
            true => format!("`{text}` is known only after apply"),
            false => format!("the state does not hold `{text}`"),
        }
    }

    /// A value with the change that its rule asks for.
    fn plain(&self, found: Found, values: &Node, rule: &Rule, node: &Node) -> Option<Node> {
        let value = match found {
            Found::Value(value) => value,
            Found::Unknown(value) => return Some(value),
            // One of two spellings is there.
            Found::Absent if matches!(rule.how, How::Needed) && !has_prefixes(node) => {
                return Some(unknown(values.span, self.told(&Vec::new(), rule.from)));
            }
            Found::Absent => return None,
        };
        let text = value.as_str().unwrap_or_default().to_owned();
        let changed = match &rule.how {
            How::Not => Some(if text == "true" { "false".to_owned() } else { "true".to_owned() }),
            How::Words(words) => match words.iter().find(|(from, _)| from.eq_ignore_ascii_case(&text)) {
                Some((_, to)) => Some((*to).to_owned()),
                None => return Some(value).filter(|_| !["true", "false"].contains(&text.as_str())),
            },
            How::Joined => {
                let items: Vec<&str> = value.items().iter().filter_map(Node::as_str).collect();
                Some(items.join(", "))
            }
            _ => None,
        };
        Some(match changed {
            Some(text) => scalar(value.span, &text),
            None => value,
        })
    }

    /// What no rule reads.
    fn leave(&mut self, values: &Node, above: &str, rules: &'static [Rule]) {
        let address = self.follow.plan.instances[self.at].address.clone();
        for entry in values.entries().iter().filter(|entry| !entry.value.is_hollow()) {
            let path = if above.is_empty() { entry.key.to_string() } else { format!("{above}.{}", entry.key) };
            let named = matches!(self.known.home, super::table::Home::Under(parent) | super::table::Home::Below(parent)
                | super::table::Home::About(parent) | super::table::Home::Called { parent, .. }
                if parent == &*entry.key);
            let read = rules.iter().filter(|rule| rule.from == &*entry.key);
            let inner: Vec<&'static [Rule]> = read
                .clone()
                .filter_map(|rule| match &rule.how {
                    How::Blocks(rules) | How::BlocksWith(_, _, rules) | How::Block(rules) | How::Lift(rules) => {
                        Some(*rules)
                    }
                    _ => None,
                })
                .collect();
            if let Some(first) = inner.first().copied() {
                let items = entry.value.items().iter();
                items.for_each(|block| self.leave_block(block, &path, first, &inner));
            } else if read.count() == 0 && !named {
                self.leave_one(entry, address.clone(), path);
            }
        }
    }

    /// A block, which several rules may read.
    fn leave_block(&mut self, block: &Node, path: &str, first: &'static [Rule], all: &[&'static [Rule]]) {
        let read_elsewhere = |key: &str| all.iter().skip(1).any(|rules| rules.iter().any(|rule| rule.from == key));
        let entries = block.entries().iter().filter(|entry| !read_elsewhere(&entry.key)).cloned().collect();
        let rest = Node::new(block.span, Value::Map(Map { entries }));
        self.leave(&rest, path, first);
    }

    fn leave_one(&mut self, entry: &Entry, address: String, path: String) {
        let own = ["ip_configuration_name", "network_interface_id"].contains(&&*entry.key);
        if own && matches!(self.known.home, super::table::Home::Configuration | super::table::Home::Configurations) {
            return;
        }
        // They say which resource it is.
        if path == *entry.key && ["id", "name", "resource_group_name"].contains(&&*entry.key) {
            return;
        }
        let off = entry.value.as_str() == Some("false");
        let harmless = self.known.harmless.contains(&&*entry.key) || types::is_harmless_attribute(&entry.key);
        match off || harmless || entry.key.starts_with("primary_") || entry.key.starts_with("secondary_") {
            true => self.report.harmless(entry.key_span, address, Some(path)),
            false => self.unread.push((path, entry.key_span)),
        }
    }
}

/// A resource without rules: everything that it says, with the ids that it comes to refer to.
pub(super) fn whole(follow: &Follow<'_>, at: usize) -> Node {
    let one = &follow.plan.instances[at];
    let mut node = one.values.clone();
    let configuration = follow.plan.configuration_of(&one.place);
    let Some(expressions) = configuration.and_then(|all| all.get("expressions")) else {
        return node;
    };
    let mut found: Vec<(String, Span, Node)> = Vec::new();
    for entry in expressions.entries() {
        for (index, block) in entry.value.items().iter().enumerate() {
            let inner = match block.get("references").is_some() {
                true => vec![(&*entry.key, None)],
                false => block.entries().iter().map(|one| (&*one.key, Some(&*entry.key))).collect(),
            };
            for (attribute, above) in
                inner.into_iter().filter(|(name, _)| name.ends_with("_id") || name.ends_with("_ids"))
            {
                let mut path: Vec<(&str, usize)> = above.map(|above| (above, index)).into_iter().collect();
                path.push((attribute, 0));
                let Some(Answer::Values(ids)) = follow.attribute(at, &path, wanted_id(attribute), true) else {
                    continue;
                };
                let name = path.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(".");
                found.push((format!("{name}[{index}]"), entry.key_span, Node::new(entry.value.span, Value::List(ids))));
            }
        }
    }
    if let Value::Map(map) = &mut node.value {
        map.entries.extend(found.into_iter().map(|(key, key_span, value)| Entry { key: key.into(), key_span, value }));
    }
    node
}

/// The blocks under a key, each with its path.
fn inner<'n, 'p>(
    values: &'n Node,
    path: &'p Path<'static>,
    key: &'static str,
) -> impl Iterator<Item = (&'n Node, Path<'static>)> + use<'n, 'p> {
    let blocks = values.get(key).map(Node::items).unwrap_or_default();
    blocks.iter().enumerate().filter(|(_, block)| block.as_map().is_some()).map(move |(at, block)| {
        let mut path = path.clone();
        path.push((key, at));
        (block, path)
    })
}

/// Whether one spelling of an address space is there.
fn has_prefixes(node: &Node) -> bool {
    ["addressPrefix", "addressPrefixes"].iter().any(|key| node.get(key).is_some())
}

/// A text at a place.
pub(super) fn scalar(span: Span, text: &str) -> Node {
    Node::new(span, Value::Scalar { text: text.into(), plain: false })
}

/// What is not known.
pub(super) fn unknown(span: Span, reason: String) -> Node {
    Node::new(span, Value::Unknown { reason: reason.into(), at: None })
}

/// Changes what is at a path, made where it is missing.
fn change(node: &mut Node, path: &str, key_span: Span, with: Box<dyn FnOnce(&mut Node) + '_>) {
    let Some((key, rest)) = path.split_once('/').or((!path.is_empty()).then_some((path, ""))) else {
        return with(node);
    };
    let span = node.span;
    if node.as_map().is_none() {
        node.value = Value::Map(Map::default());
    }
    let Value::Map(map) = &mut node.value else { return };
    let at = map.position(key).unwrap_or_else(|| {
        map.entries.push(Entry { key: key.into(), key_span, value: empty(span) });
        map.entries.len() - 1
    });
    change(&mut map.entries[at].value, rest, key_span, with);
}

/// Sets a property that is not set yet.
pub(super) fn put(node: &mut Node, path: &str, key_span: Span, value: Node) {
    change(
        node,
        path,
        key_span,
        Box::new(|place| {
            if place.is_hollow() {
                *place = value;
            }
        }),
    );
}

/// Adds to a list.
pub(super) fn append(node: &mut Node, path: &str, key_span: Span, value: Node) {
    change(
        node,
        path,
        key_span,
        Box::new(|place| match &mut place.value {
            Value::List(items) => items.push(value),
            _ => *place = Node::new(value.span, Value::List(vec![value])),
        }),
    );
}
