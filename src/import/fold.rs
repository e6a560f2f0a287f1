//! Resources to one `network`: children into their parents, unique names, references by name.
//!
//! In: found resources. Out: the canonical tree. Resources of one name in several groups are called `group/name`, and
//! so are those beside which another text names one elsewhere.

use super::{
    find::Found,
    identity::{Family, Identity},
    partial,
    prune::{Prune, is_expression},
    report::Report,
};
use crate::{
    diagnostic::{Diagnostics, Span},
    scenario::{
        self,
        shape::{Kind, NETWORK, Shape, UNMODELLED},
        tree::{Entry, Map, Node, Value},
    },
};
use std::collections::{HashMap, HashSet};

/// A resource with all that the texts say about it.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) family: &'static str,
    pub(super) identity: Identity,
    pub(super) name_span: Span,
    /// Only parts of it, which stand by themselves, have been found.
    pub(super) in_parts: bool,
    /// Canonical.
    pub(super) node: Node,
}

/// All resources with a look-up by id.
#[derive(Debug, Default)]
pub(super) struct Resources {
    pub(super) all: Vec<Resource>,
    /// Children for which the format has no place.
    lost: Vec<(Identity, Span)>,
    /// By map and lower-case name.
    places: HashMap<(&'static str, String), Vec<usize>>,
}

/// The shape of a map's resources; none where they are read only.
pub(super) fn shape_of(family: &str) -> Option<&'static Shape> {
    NETWORK.iter().find(|known| known.name == family).map(|known| known.shape)
}

/// One network of all resources.
pub(super) fn network(mut found: Vec<Found>, report: &mut Report, diagnostics: &mut Diagnostics) -> Node {
    // What a text says of a child alone counts more than its parent's picture of it, wherever it stands.
    found.sort_by_key(|one| one.identity.types.len());
    let mut resources = Resources::default();
    for one in found {
        resources.take_in(one, report, diagnostics);
    }
    resources.tell_parents();
    partial::complete(&mut resources, report);
    resources.named(report)
}

impl Resources {
    fn take_in(&mut self, found: Found, report: &mut Report, diagnostics: &mut Diagnostics) {
        let Found { identity, name_span, in_passing, node } = found;
        let mut words = identity.words();
        let family = match identity.family() {
            Family::Map(family) if !identity.names.iter().any(|name| is_expression(name)) => family,
            Family::Harmless => return report.harmless(name_span, words, None),
            _ => return report.not_modelled(name_span, words, None),
        };
        words.replace_range(..identity.types[0].len(), family);
        let Some(shape) = shape_of(family) else {
            let node = within(&identity, name_span, node);
            return self.add(family, identity, name_span, node, in_passing);
        };
        match place_of_children(shape, &identity.types[1..]) {
            Children::Here => {}
            Children::Harmless => return report.harmless(name_span, words, None),
            Children::Nowhere => {
                self.lost.push((identity, name_span));
                return report.not_modelled(name_span, words, None);
            }
        }
        let node = within(&identity, name_span, node);
        let resource = format!("{family}/{}", identity.names[0]);
        let node = Prune::new(report, resource).thing(node, shape, "");
        let node = canonical(family, &identity.names[0], name_span, node, diagnostics);
        // A gateway of an edge zone stands in no virtual network.
        if node.get("gatewayType").and_then(Node::as_str) == Some("LocalGateway") {
            return report.not_modelled(name_span, words, None);
        }
        self.add(family, identity, name_span, node, in_passing);
    }

    /// Adds a resource, or what a text says about one that is here. Of two texts about one resource the first counts,
    /// but a child by itself counts more than its parent's picture of it.
    pub(super) fn add(
        &mut self,
        family: &'static str,
        mut identity: Identity,
        name_span: Span,
        node: Node,
        in_passing: bool,
    ) {
        let is_child = in_passing || identity.types.len() > 1;
        let path: Vec<(String, String)> =
            identity.types.iter().cloned().zip(identity.names.iter().cloned()).skip(1).collect();
        identity.types.truncate(1);
        identity.names.truncate(1);
        let Some(at) = self.place(family, &identity) else {
            let key = (family, identity.names[0].to_lowercase());
            self.places.entry(key).or_default().push(self.all.len());
            self.all.push(Resource { family, identity, name_span, in_parts: is_child, node });
            return;
        };
        let here = &mut self.all[at];
        if here.identity.group.is_empty() || (here.in_parts && !is_child) {
            here.identity = identity;
        }
        if here.in_parts && !is_child {
            (here.in_parts, here.name_span) = (false, name_span);
        }
        let nothing = Node::new(node.span, Value::Null);
        let mut known = std::mem::replace(&mut here.node, nothing);
        here.node = match is_child {
            true => {
                if !in_passing {
                    forget(&mut known, &path, name_span);
                }
                scenario::lay_over(known, &node)
            }
            false => scenario::lay_over(node, &known),
        };
    }

    /// What a child does that the format has no place for, nobody knows: its parent carries its name.
    fn tell_parents(&mut self) {
        for (identity, span) in std::mem::take(&mut self.lost) {
            let Family::Map(family) = identity.family() else { continue };
            let Some(at) = self.place(family, &identity) else { continue };
            let text = format!("{}/{}", identity.types[1..].join("/"), identity.names[1..].join("/"));
            let said = Node::new(span, Value::Scalar { text: text.into(), plain: false });
            let Value::Map(map) = &mut self.all[at].node.value else { continue };
            match map.position(scenario::NOT_MODELLED_KEY).map(|at| &mut map.entries[at].value.value) {
                Some(Value::List(items)) => items.push(said),
                _ => map.entries.push(Entry {
                    key: scenario::NOT_MODELLED_KEY.into(),
                    key_span: span,
                    value: Node::new(span, Value::List(vec![said])),
                }),
            }
        }
    }

    /// Takes resources out.
    pub(super) fn forget(&mut self, mut gone: impl FnMut(&Resource) -> bool) {
        self.all.retain(|resource| !gone(resource));
        self.places.clear();
        for (at, resource) in self.all.iter().enumerate() {
            let key = (resource.family, resource.identity.names[0].to_lowercase());
            self.places.entry(key).or_default().push(at);
        }
    }

    /// Where a resource is; subscription and group count where both sides have them.
    pub(super) fn place(&self, family: &'static str, identity: &Identity) -> Option<usize> {
        let places = self.places.get(&(family, identity.names[0].to_lowercase()))?;
        let same = |left: &str, right: &str| left.is_empty() || right.is_empty() || left.eq_ignore_ascii_case(right);
        let fits = |at: &&usize| {
            let other = &self.all[**at].identity;
            same(&other.group, &identity.group) && same(&other.subscription, &identity.subscription)
        };
        places.iter().find(fits).copied()
    }

    /// The resource that an id names or lies below.
    pub(super) fn target(&self, id: &str) -> Option<(Identity, usize)> {
        let identity = Identity::parse(id)?;
        let Family::Map(family) = identity.family() else {
            return None;
        };
        let at = self.place(family, &identity)?;
        Some((identity, at))
    }

    /// The tree, every resource under its name.
    fn named(mut self, report: &mut Report) -> Node {
        let names = self.names();
        for at in 0..self.all.len() {
            self.each_reference(at, |all, reference| all.by_name(reference, &names));
        }
        for (resource, name) in self.all.iter().zip(&names).filter(|(one, _)| shape_of(one.family).is_none()) {
            report.not_modelled(resource.name_span, format!("{}/{name}", resource.family), None);
        }
        let span = self.all.first().map_or(Span::new(crate::diagnostic::SourceId(0), 0..0), |one| one.node.span);
        let mut families: Vec<Entry> = Vec::new();
        let order = NETWORK.iter().map(|family| family.name).chain(UNMODELLED);
        for family in order {
            let own = self.all.iter_mut().zip(&names).filter(|(one, _)| one.family == family);
            let entry = |(one, name): (&mut Resource, &String)| Entry {
                key: name.as_str().into(),
                key_span: one.name_span,
                value: std::mem::replace(&mut one.node, Node::new(span, Value::Null)),
            };
            let entries: Vec<Entry> = own.map(entry).collect();
            if !entries.is_empty() {
                report.resources.insert(family.to_owned(), entries.len());
                let value = Node::new(entries[0].value.span, Value::Map(Map { entries }));
                families.push(Entry { key: family.into(), key_span: value.span, value });
            }
        }
        self.all.clear();
        Node::new(span, Value::Map(Map { entries: families }))
    }

    /// Names as short as they can be.
    fn names(&mut self) -> Vec<String> {
        // Who else has this name: resources that are here, and those that references name elsewhere.
        let mut homes: HashMap<(&'static str, String), HashSet<(String, String)>> = HashMap::new();
        let home = |identity: &Identity| (identity.subscription.to_lowercase(), identity.group.to_lowercase());
        let mut note = |family, identity: &Identity| {
            let key = (family, identity.names[0].to_lowercase());
            homes.entry(key).or_default().insert(home(identity));
        };
        for at in 0..self.all.len() {
            note(self.all[at].family, &self.all[at].identity);
            self.each_reference(at, |all, reference| {
                let Some(identity) = reference.as_str().and_then(Identity::parse) else { return };
                if let Family::Map(family) = identity.family()
                    && all.place(family, &identity).is_none()
                {
                    note(family, &identity);
                }
            });
        }
        let name = |resource: &Resource| {
            let Identity { subscription, group, names, .. } = &resource.identity;
            let others = &homes[&(resource.family, names[0].to_lowercase())];
            let same_group = others.iter().filter(|(_, other)| *other == group.to_lowercase()).count();
            match (others.len(), same_group, group.is_empty()) {
                (1, _, _) | (_, _, true) => names[0].clone(),
                (_, 1, _) => format!("{group}/{}", names[0]),
                _ => format!("{subscription}/{group}/{}", names[0]),
            }
        };
        self.all.iter().map(name).collect()
    }

    /// Every reference of one resource, with all resources beside it. Meanwhile it is itself without its node, to which
    /// no reference of its own leads.
    pub(super) fn each_reference(&mut self, at: usize, mut each: impl FnMut(&Resources, &mut Node)) {
        let Some(shape) = shape_of(self.all[at].family) else { return };
        let nothing = Node::new(self.all[at].node.span, Value::Null);
        let mut node = std::mem::replace(&mut self.all[at].node, nothing);
        references(&mut node, shape, &mut |reference| each(self, reference));
        self.all[at].node = node;
    }

    /// Whether a service outside Microsoft.Network has the name of another one, of another type.
    fn is_shared(&self, at: usize) -> bool {
        let is_network = |one: &Resource| one.identity.provider.eq_ignore_ascii_case("Microsoft.Network");
        let own = &self.all[at];
        let others = || NETWORK.iter().map(|family| family.name).chain(UNMODELLED).filter(|name| *name != own.family);
        let name = own.identity.names[0].to_lowercase();
        let named = |family: &'static str| self.places.get(&(family, name.clone())).into_iter().flatten();
        !is_network(own) && others().any(|family| named(family).any(|other| !is_network(&self.all[*other])))
    }

    /// An id of a resource that is here becomes its name.
    fn by_name(&self, reference: &mut Node, names: &[String]) {
        let Some((identity, at)) = reference.as_str().and_then(|id| self.target(id)) else {
            return;
        };
        let name = match identity.types.get(1) {
            // A service of one name with another one keeps its id.
            None if self.is_shared(at) => return,
            None => names[at].clone(),
            Some(kind) if kind.eq_ignore_ascii_case("subnets") && identity.types.len() == 2 => {
                let subnets = self.all[at].node.get("subnets").and_then(Node::as_map);
                let Some(subnet) = subnets.and_then(|map| map.entry(&identity.names[1])) else {
                    return;
                };
                format!("{}/{}", names[at], subnet.key)
            }
            Some(_) => return,
        };
        reference.value = Value::Scalar { text: name.into(), plain: false };
    }
}

/// Every reference of a canonical tree.
fn references(node: &mut Node, shape: &'static Shape, each: &mut dyn FnMut(&mut Node)) {
    let Value::Map(map) = &mut node.value else { return };
    for entry in &mut map.entries {
        let Some(field) = shape.field(&entry.key) else { continue };
        match field.kind {
            Kind::Reference => each(&mut entry.value),
            Kind::References => match &mut entry.value.value {
                Value::List(items) => items.iter_mut().for_each(&mut *each),
                _ => each(&mut entry.value),
            },
            Kind::Object(inner) => references(&mut entry.value, inner, each),
            Kind::Children(inner) | Kind::List(inner) | Kind::ReferencesOrChildren(inner) => {
                match &mut entry.value.value {
                    Value::Map(map) => map.entries.iter_mut().for_each(|one| reference_or(&mut one.value, inner, each)),
                    Value::List(items) => items.iter_mut().for_each(|one| reference_or(one, inner, each)),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// A bare reference, or the references of a thing.
fn reference_or(node: &mut Node, shape: &'static Shape, each: &mut dyn FnMut(&mut Node)) {
    match node.as_str() {
        Some(_) => each(node),
        None => references(node, shape, each),
    }
}

/// What the format has for children of some types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Children {
    /// A map, or anything.
    Here,
    /// They say nothing about traffic.
    Harmless,
    Nowhere,
}

fn place_of_children(mut shape: &'static Shape, types: &[String]) -> Children {
    for kind in types {
        match shape.field(kind).map(|field| &field.kind) {
            Some(Kind::Children(inner) | Kind::ReferencesOrChildren(inner)) => shape = inner,
            Some(Kind::Any) => return Children::Here,
            Some(Kind::Ignored) => return Children::Harmless,
            _ => return Children::Nowhere,
        }
    }
    Children::Here
}

/// A child as its parent would hold it.
pub(super) fn within(identity: &Identity, name_span: Span, node: Node) -> Node {
    let mut node = node;
    for (kind, name) in identity.types.iter().zip(&identity.names).skip(1).rev() {
        let one = |key: &str, value: Node| {
            let span = value.span;
            let entry = Entry { key: key.into(), key_span: name_span, value };
            Node::new(span, Value::Map(Map { entries: vec![entry] }))
        };
        node = one(kind, one(name, node));
    }
    node
}

/// Takes out what a resource says of one of its children, but for that child's own children: a text about the child
/// alone says all of it, and it stands where that text has its name.
fn forget(node: &mut Node, path: &[(String, String)], name_span: Span) {
    let mut here = Some(node);
    for (kind, name) in path {
        here = here.and_then(|node| inner(node, kind)).and_then(|node| inner(node, name));
    }
    if let Some(node) = here.filter(|_| !path.is_empty())
        && let Value::Map(map) = &mut node.value
    {
        map.entries.retain(|entry| matches!(entry.value.value, Value::Map(_)));
        node.span = name_span;
    }
}

fn inner<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    let Value::Map(map) = &mut node.value else { return None };
    let at = map.entries.iter().position(|entry| entry.key.eq_ignore_ascii_case(key))?;
    Some(&mut map.entries[at].value)
}

/// One resource in the format's one form.
fn canonical(family: &str, name: &str, name_span: Span, node: Node, diagnostics: &mut Diagnostics) -> Node {
    let one = |key: &str, value: Node| {
        let span = value.span;
        let entry = Entry { key: key.into(), key_span: name_span, value };
        Node::new(span, Value::Map(Map { entries: vec![entry] }))
    };
    let empty = Node::new(node.span, Value::Map(Map::default()));
    let network = scenario::canonical(one(family, one(name, node)), diagnostics);
    let resource = network.get(family).and_then(|map| map.get(name)).cloned();
    resource.unwrap_or(empty)
}
