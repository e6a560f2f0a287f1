//! What a text of Terraform's holds: resources with their values, and the configuration that they come from.
//!
//! In: a tree of `terraform show -json`, of a plan or a state, or of a state file. Out: [`Plan`]. Deliberately absent:
//! what the resources mean.

use super::{
    Side,
    reference::{Call, Step, calls, steps},
};
use crate::{
    diagnostic::Span,
    scenario::tree::{Map, Node, Value},
};
use std::collections::HashMap;

/// One instance of a resource or data source.
#[derive(Debug)]
pub(super) struct Instance<'a> {
    /// `module.net.azurerm_subnet.app["web"]`.
    pub(super) address: String,
    pub(super) place: Place,
    /// Which of several, by `count` or `for_each`.
    pub(super) key: Option<String>,
    /// Its attributes.
    pub(super) values: &'a Node,
    /// Where its address is written.
    pub(super) span: Span,
}

/// Where a resource is declared: all its instances in one instance of a module.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) module: Vec<Call>,
    pub(super) data: bool,
    /// `azurerm_subnet`.
    pub(super) kind: String,
    pub(super) name: String,
}

/// A text of Terraform's.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) root: &'a Node,
    /// Managed resources first, then data sources.
    pub(super) instances: Vec<Instance<'a>>,
    by_place: HashMap<Place, Vec<usize>>,
    /// What the plan does with a resource, by its address.
    changes: HashMap<&'a str, &'a Node>,
    /// Configurations of resources by the names of their modules and their own.
    resources: HashMap<(Vec<&'a str>, bool, &'a str, &'a str), &'a Node>,
    /// Configurations of modules by their names.
    modules: HashMap<Vec<&'a str>, &'a Node>,
    /// Keys of module instances by the path above them.
    pub(super) module_keys: HashMap<(Vec<Call>, String), Vec<Option<String>>>,
}

/// Whether a text is one of Terraform's.
pub fn is_terraform(root: &Node) -> bool {
    root.get("terraform_version").is_some() && KINDS.iter().any(|key| root.get(key).is_some())
        || root.get("planned_values").is_some()
        || root.get("values").is_some_and(|values| values.get("root_module").is_some())
}

/// What a text may hold, one of which at least.
const KINDS: [&str; 5] = ["planned_values", "values", "resources", "prior_state", "resource_changes"];

/// Whether a text is a plan, which has two sides.
pub fn is_plan(root: &Node) -> bool {
    is_terraform(root) && ["planned_values", "resource_changes"].iter().any(|key| root.get(key).is_some())
}

impl<'a> Plan<'a> {
    /// One side of a plan; of a state there is but one.
    pub(super) fn of(root: &'a Node, side: Side) -> Plan<'a> {
        let mut plan = Plan {
            root,
            instances: Vec::new(),
            by_place: HashMap::new(),
            changes: HashMap::new(),
            resources: HashMap::new(),
            modules: HashMap::new(),
            module_keys: HashMap::new(),
        };
        let prior = root.get("prior_state").and_then(|state| state.get("values"));
        match side {
            _ if !is_plan(root) => plan.state(root),
            Side::Before if prior.is_some() => {
                plan.module(prior.and_then(|values| values.get("root_module")), |_| true)
            }
            Side::Before => plan.side_of_changes("before"),
            Side::After => {
                let planned = root.get("planned_values").and_then(|values| values.get("root_module"));
                match planned {
                    Some(_) => plan.module(planned, |_| true),
                    None => plan.side_of_changes("after"),
                }
                let changes = root.get("resource_changes").map(Node::items).unwrap_or_default();
                plan.changes = changes.iter().filter_map(|one| Some((one.get("address")?.as_str()?, one))).collect();
                // What is there already and only read.
                plan.module(prior.and_then(|values| values.get("root_module")), |place| place.data);
                if let Some(module) = root.get("configuration").and_then(|all| all.get("root_module")) {
                    plan.configuration(Vec::new(), module);
                }
            }
        }
        plan.instances.sort_by_key(|one| one.place.data);
        for (at, one) in plan.instances.iter().enumerate() {
            plan.by_place.entry(one.place.clone()).or_default().push(at);
            for depth in 0..one.place.module.len() {
                let call = &one.place.module[depth];
                let above = (one.place.module[..depth].to_vec(), call.name.clone());
                let keys = plan.module_keys.entry(above).or_default();
                if !keys.contains(&call.key) {
                    keys.push(call.key.clone());
                }
            }
        }
        plan
    }

    /// `terraform show -json` of a state, or a state file.
    fn state(&mut self, root: &'a Node) {
        self.module(root.get("values").and_then(|values| values.get("root_module")), |_| true);
        for resource in root.get("resources").map(Node::items).unwrap_or_default() {
            let text = |key: &str| resource.get(key).and_then(Node::as_str).unwrap_or_default();
            let module = calls(&steps(text("module"))).0;
            let data = text("mode") == "data";
            let place = Place { module, data, kind: text("type").to_owned(), name: text("name").to_owned() };
            for instance in resource.get("instances").map(Node::items).unwrap_or_default() {
                let key = instance.get("index_key").and_then(Node::as_str).map(str::to_owned);
                let values = instance.get("attributes").unwrap_or(instance);
                self.add(place.clone(), key, values, instance.span);
            }
        }
    }

    /// The resources of a module and of those in it.
    fn module(&mut self, module: Option<&'a Node>, wanted: impl Fn(&Place) -> bool + Copy) {
        let Some(module) = module else { return };
        for resource in module.get("resources").map(Node::items).unwrap_or_default() {
            let address = resource.get("address");
            let Some((place, key)) = place_of(resource) else { continue };
            if wanted(&place) {
                let span = address.map_or(resource.span, |node| node.span);
                self.add(place, key, resource.get("values").unwrap_or(resource), span);
            }
        }
        for child in module.get("child_modules").map(Node::items).unwrap_or_default() {
            self.module(Some(child), wanted);
        }
    }

    /// One side of the list of changes, where the values stand nowhere else.
    fn side_of_changes(&mut self, side: &str) {
        for resource in self.root.get("resource_changes").map(Node::items).unwrap_or_default() {
            let values = resource.get("change").and_then(|change| change.get(side));
            if let (Some((place, key)), Some(values)) = (place_of(resource), values) {
                self.add(place, key, values, resource.get("address").map_or(resource.span, |node| node.span));
            }
        }
    }

    fn add(&mut self, place: Place, key: Option<String>, values: &'a Node, span: Span) {
        let address = address(&place, key.as_deref());
        self.instances.push(Instance { address, place, key, values, span });
    }

    fn configuration(&mut self, path: Vec<&'a str>, module: &'a Node) {
        for resource in module.get("resources").map(Node::items).unwrap_or_default() {
            let text = |key: &str| resource.get(key).and_then(Node::as_str).unwrap_or_default();
            let key = (path.clone(), text("mode") == "data", text("type"), text("name"));
            self.resources.insert(key, resource);
        }
        for call in module.get("module_calls").map(Node::entries).unwrap_or_default() {
            if let Some(inner) = call.value.get("module") {
                let path = path.iter().copied().chain([&*call.key]).collect();
                self.configuration(path, inner);
            }
        }
        self.modules.insert(path, module);
    }

    /// The instances of a resource.
    pub(super) fn instances_at(&self, place: &Place) -> &[usize] {
        self.by_place.get(place).map(Vec::as_slice).unwrap_or_default()
    }

    /// The configuration of a resource.
    pub(super) fn configuration_of(&self, place: &Place) -> Option<&'a Node> {
        let path: Vec<&str> = place.module.iter().map(|call| call.name.as_str()).collect();
        self.resources.get(&(path, place.data, place.kind.as_str(), place.name.as_str())).copied()
    }

    /// The configuration of a module.
    pub(super) fn module_of(&self, path: &[Call]) -> Option<&'a Node> {
        let path: Vec<&str> = path.iter().map(|call| call.name.as_str()).collect();
        self.modules.get(&path).copied()
    }

    /// What the plan does with an instance; none before it, and in a state.
    pub(super) fn change_of(&self, at: usize) -> Option<&'a Node> {
        self.changes.get(self.instances[at].address.as_str()).and_then(|one| one.get("change"))
    }

    /// What the plan says to be known only after apply of an attribute, to which `path` leads through blocks: `true`, or
    /// which parts of it.
    pub(super) fn unknown_in(&self, at: usize, path: &[(&str, usize)], attribute: &str) -> Option<&'a Node> {
        let mut here = self.change_of(at)?.get("after_unknown")?;
        for (block, index) in path {
            here = here.get(block)?.items().get(*index)?;
        }
        here.get(attribute)
    }

    /// Whether it says where values come from.
    pub(super) fn has_configuration(&self) -> bool {
        !self.modules.is_empty()
    }
}

/// Where a resource is declared, and which of several it is.
fn place_of(resource: &Node) -> Option<(Place, Option<String>)> {
    let text = |key: &str| resource.get(key).and_then(Node::as_str);
    let all = steps(text("address").unwrap_or_default());
    let (module, rest) = calls(&all);
    let last = rest.last().and_then(|step| if let Step::Key(key) = step { Some(key.clone()) } else { None });
    let key = resource.get("index").and_then(Node::as_str).map(str::to_owned).or(last);
    let place = Place {
        module,
        data: text("mode") == Some("data"),
        kind: text("type")?.to_owned(),
        name: text("name").unwrap_or_default().to_owned(),
    };
    Some((place, key))
}

/// The address as Terraform writes it.
fn address(place: &Place, key: Option<&str>) -> String {
    let bracket = |key: &str| match key.bytes().all(|byte| byte.is_ascii_digit()) {
        true => format!("[{key}]"),
        false => format!("[{key:?}]"),
    };
    let mut text = String::new();
    for call in &place.module {
        text.push_str(&format!("module.{}", call.name));
        text.extend(call.key.as_deref().map(bracket));
        text.push('.');
    }
    text.push_str(if place.data { "data." } else { "" });
    text.push_str(&format!("{}.{}", place.kind, place.name));
    text.extend(key.map(bracket));
    text
}

/// Nothing, at a place.
pub(super) fn empty(span: Span) -> Node {
    Node::new(span, Value::Map(Map::default()))
}
