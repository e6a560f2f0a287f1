//! Which parts of a text are resources: one, a list, a page of an answer, a template, a view of security groups.
//!
//! In: a tree. Out: [`Found`] resources, each with its identity. What is around them and means nothing is left aside;
//! what is not understood is in the report.

use super::{
    harmless::{ENVELOPE, is_in},
    identity::Identity,
    report::Report,
};
use crate::{
    diagnostic::Span,
    scenario::{
        shape::{NETWORK, UNMODELLED},
        tree::{Entry, Map, Node, Value},
    },
};

/// A resource as some text has it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) identity: Identity,
    /// Where its name is written.
    pub(super) name_span: Span,
    /// Only something that is said about it in passing.
    pub(super) in_passing: bool,
    pub(super) node: Node,
}

/// Keys under which answers, templates and collections keep their resources.
const CONTAINERS: [&str; 9] =
    ["value", "data", "resources", "items", "template", "topology", "deployment_templates", "nsg_view", "resource"];

/// Every resource of a text.
pub(super) fn resources(root: Node, found: &mut Vec<Found>, report: &mut Report) {
    Search { found, report }.visit(root, None);
}

struct Search<'a> {
    found: &'a mut Vec<Found>,
    report: &'a mut Report,
}

impl Search<'_> {
    /// A value where resources may stand; `kind` is the type of those that do not say theirs.
    fn visit(&mut self, node: Node, kind: Option<&str>) {
        match node.value {
            Value::List(items) => items.into_iter().for_each(|item| self.visit(item, kind)),
            Value::Map(_) if is_view(&node) => self.view(&node),
            Value::Map(_) => match identity(&node, kind) {
                Some(identity) => self.resource(identity, node),
                None => self.container(node),
            },
            _ => {}
        }
    }

    fn container(&mut self, node: Node) {
        let Value::Map(map) = node.value else { return };
        for entry in map.entries {
            if is_in(&CONTAINERS, &entry.key) {
                self.visit(entry.value, None);
            } else if is_family(&entry.key) {
                let kind = format!("Microsoft.Network/{}", entry.key);
                self.visit(entry.value, Some(&kind));
            } else if !is_in(&ENVELOPE, &entry.key) && entry.value.as_map().is_some_and(holds_resources) {
                self.visit(entry.value, None);
            }
        }
    }

    /// A resource, and those that a template nests in it.
    fn resource(&mut self, identity: Identity, mut node: Node) {
        // A listing of what belongs together says nothing about the resources themselves.
        if node.get("associations").is_some() && node.get("properties").is_none_or(Node::is_hollow) {
            self.report.harmless(node.span, identity.words(), None);
            return;
        }
        if let Some(children) = take(&mut node, "resources") {
            children.items().iter().for_each(|child| self.nested(&identity, child));
        }
        let name_span = ["name", "id"].iter().find_map(|key| node.get(key)).map_or(node.span, |name| name.span);
        self.found.push(Found { identity, name_span, in_passing: false, node });
    }

    /// A child in its parent's `resources`: its type and name may be relative.
    fn nested(&mut self, parent: &Identity, node: &Node) {
        let full = Identity::of(node).filter(|own| own.types.len() > parent.types.len());
        let text = |key: &str| node.get(key).and_then(Node::as_str);
        let relative = || Some(parent.child(text("type")?, text("name")?));
        if let Some(identity) = full.or_else(relative) {
            self.resource(identity, node.clone());
        }
    }

    /// `az network watcher show-security-group-view`: the groups behind its rules, and what they are on.
    fn view(&mut self, node: &Node) {
        for interface in node.get("networkInterfaces").map(Node::items).unwrap_or_default() {
            let Some(associations) = interface.get("securityRuleAssociations") else {
                continue;
            };
            // The second spelling is that of the interface of 2016.
            for key in ["networkInterfaceAssociation", "networkInterfaceAssocation", "subnetAssociation"] {
                if let Some(association) = associations.get(key) {
                    self.association(association);
                }
            }
        }
    }

    fn association(&mut self, node: &Node) {
        let rules = node.get("securityRules").map(Node::items).unwrap_or_default();
        let mut group = None;
        for rule in rules {
            let Some(identity) = Identity::of(rule) else { continue };
            group = group.or(rule.get("id").map(|id| (id.span, group_of(id))));
            self.resource(identity, rule.clone());
        }
        // The rules of one association are of one group: the subnet, or the interface, has that group.
        let Some((identity, (span, Some(group)))) = Identity::of(node).zip(group) else {
            return;
        };
        let reference = Node::new(span, Value::Scalar { text: group.into(), plain: false });
        let entry = Entry { key: "networkSecurityGroup".into(), key_span: span, value: reference };
        let on = Node::new(node.span, Value::Map(Map { entries: vec![entry] }));
        self.found.push(Found { identity, name_span: span, in_passing: true, node: on });
    }
}

/// The id of the group that a rule's id lies below.
fn group_of(id: &Node) -> Option<String> {
    let text = id.as_str()?;
    let at = text.to_ascii_lowercase().find("/securityrules/")?;
    Some(text[..at].to_owned())
}

fn is_view(node: &Node) -> bool {
    let interfaces = node.get("networkInterfaces").map(Node::items).unwrap_or_default();
    interfaces.iter().any(|one| one.get("securityRuleAssociations").is_some())
}

/// The identity of what looks like a resource: an id or a type with a name, and something besides.
fn identity(node: &Node, kind: Option<&str>) -> Option<Identity> {
    let says_more = ["name", "type", "properties", "location"].iter().any(|key| node.get(key).is_some());
    let own = Identity::of(node).filter(|_| says_more);
    own.or_else(|| {
        let (provider, kind) = kind?.split_once('/')?;
        let name = node.get("name").and_then(Node::as_str)?;
        let group = node.get("resourceGroup").and_then(Node::as_str).unwrap_or_default().to_owned();
        let (types, names) = (vec![kind.to_owned()], vec![name.to_owned()]);
        Some(Identity { subscription: String::new(), group, provider: provider.to_owned(), types, names })
    })
}

fn is_family(key: &str) -> bool {
    NETWORK.iter().map(|family| family.name).chain(UNMODELLED).any(|name| name.eq_ignore_ascii_case(key))
}

/// A map around resources, whatever its key is.
fn holds_resources(map: &Map) -> bool {
    map.entries.iter().any(|entry| is_in(&CONTAINERS, &entry.key) && matches!(entry.value.value, Value::List(_)))
}

/// Takes a key out of a map.
fn take(node: &mut Node, key: &str) -> Option<Node> {
    let Value::Map(map) = &mut node.value else {
        return None;
    };
    Some(map.entries.remove(map.position(key)?).value)
}
