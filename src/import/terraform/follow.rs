//! Values that are known only after apply, followed through the configuration to what they come from.
//!
//! In: an attribute without a value. Out: the id or the value of the resource that its expression refers to, or why it
//! stays unknown. A configuration tells what an expression refers to, and not what it does with it: an answer is given
//! where exactly one thing fits. Deliberately absent: guesses.

use super::{
    azapi,
    identity::stand_in,
    names,
    plan::{Instance, Place, Plan},
    reference::{Call, Step, calls, steps},
    table, types,
};
use crate::diagnostic::Span;
use crate::{
    import::identity::Identity,
    scenario::tree::{Node, Value},
};
use ipnet::IpNet;
use std::{cell::RefCell, collections::HashMap};

/// Most references that are followed for one value.
const STEPS: usize = 512;
/// Most modules and variables between a value and where it comes from.
const DEPTH: usize = 48;
const TOO_LONG: &str = "the way to its value is too long to follow";

/// What an attribute's value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The id of a resource whose ARM type ends like this, or of any.
    Id(Option<&'static str>),
    /// The name of a resource whose ARM type ends like this.
    Name(&'static str),
    /// Some other value.
    Text,
}

/// What following led to.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    Values(Vec<Node>),
    Unknown(String),
}

/// One thing that an expression refers to.
enum Candidate<'a> {
    /// A resource and what is asked of it.
    Of(usize, Vec<Step>),
    Value(&'a Node),
    Own(String),
    Unknown(String),
}

/// Where an expression stands.
#[derive(Clone, Copy)]
struct Here<'h, 'a> {
    module: &'h [Call],
    /// Which of several the resource or module is.
    key: Option<&'h str>,
    /// How many there are.
    several: usize,
    /// The configuration that has `for_each`.
    owner: Option<&'a Node>,
}

/// One side of a plan with everything that has been worked out about it.
pub(super) struct Follow<'a> {
    pub(super) plan: &'a Plan<'a>,
    identities: RefCell<HashMap<usize, Option<Identity>>>,
    /// Of resources that are there already.
    subscription: String,
    steps: RefCell<usize>,
}

impl<'a> Follow<'a> {
    pub(super) fn new(plan: &'a Plan<'a>) -> Self {
        let ids = plan.instances.iter().filter_map(|one| one.values.get("id").and_then(Node::as_str));
        let subscription =
            ids.filter_map(Identity::parse).map(|id| id.subscription).find(|text| !text.is_empty()).unwrap_or_default();
        Follow { plan, identities: RefCell::default(), subscription, steps: RefCell::default() }
    }

    /// What an attribute without a value comes from: `path` leads to it through blocks. None where nothing says so.
    pub(super) fn attribute(&self, at: usize, path: &[(&str, usize)], wanted: Wanted, many: bool) -> Option<Answer> {
        let one = &self.plan.instances[at];
        let configuration = self.plan.configuration_of(&one.place)?;
        let expression = self.expression_of(at, path)?;
        if let Some(constant) = expression.get("constant_value") {
            return (!constant.is_hollow()).then(|| Answer::Values(constant.items().to_vec()));
        }
        let several = self.plan.instances_at(&one.place).len();
        let here = Here { module: &one.place.module, key: one.key.as_deref(), several, owner: Some(configuration) };
        *self.steps.borrow_mut() = STEPS;
        let mut found = Vec::new();
        self.expression(expression, &here, &[], DEPTH, &mut found);
        Some(self.settle(found, expression, wanted, many))
    }

    /// Where the expression of an attribute is written.
    pub(super) fn place_of(&self, at: usize, path: &[(&str, usize)]) -> Option<Span> {
        let expression = self.expression_of(at, path)?;
        let first = expression.get("references").and_then(|list| list.items().first());
        Some(first.map_or(expression.span, |one| one.span))
    }

    /// The first thing that the expression of an attribute refers to, as it is written.
    pub(super) fn written(&self, at: usize, path: &[(&str, usize)]) -> Option<&'a str> {
        self.expression_of(at, path)?.get("references")?.items().first()?.as_str()
    }

    /// Whether an attribute is written without references.
    pub(super) fn is_constant(&self, at: usize, attribute: &str) -> bool {
        self.expression_of(at, &[(attribute, 0)]).is_some_and(|one| one.get("references").is_none_or(Node::is_hollow))
    }

    /// The expression of an attribute: `path` leads to it through blocks.
    fn expression_of(&self, at: usize, path: &[(&str, usize)]) -> Option<&'a Node> {
        let configuration = self.plan.configuration_of(&self.plan.instances[at].place)?;
        let mut expression = configuration.get("expressions")?;
        for (name, index) in path {
            let next = expression.get(name)?;
            expression = match &next.value {
                Value::List(items) => items.get(*index)?,
                _ => next,
            };
        }
        Some(expression)
    }

    /// The id of a resource as text.
    pub(super) fn id(&self, at: usize) -> Option<String> {
        Some(written(&self.identity(at)?))
    }

    /// Which resource of Azure's it is.
    pub(super) fn identity(&self, at: usize) -> Option<Identity> {
        if let Some(known) = self.identities.borrow().get(&at) {
            return known.clone();
        }
        // Whatever leads back here leads nowhere.
        self.identities.borrow_mut().insert(at, None);
        let saved = *self.steps.borrow();
        let found = super::identity::of(self, at).map(|mut id| {
            if id.subscription.is_empty() {
                id.subscription.clone_from(&self.subscription);
            }
            id
        });
        *self.steps.borrow_mut() = saved;
        self.identities.borrow_mut().insert(at, found.clone());
        found
    }

    fn expression(
        &self,
        node: &'a Node,
        here: &Here<'_, 'a>,
        rest: &[Step],
        depth: usize,
        found: &mut Vec<Candidate<'a>>,
    ) {
        if let Some(constant) = node.get("constant_value") {
            found.extend(within(constant, rest).map(Candidate::Value));
            return;
        }
        let written: Vec<&str> =
            node.get("references").map(Node::items).unwrap_or_default().iter().filter_map(Node::as_str).collect();
        let all: Vec<Vec<Step>> = written.iter().map(|text| steps(text)).collect();
        // Each reference is followed by its own beginnings.
        let is_whole =
            |at: &usize| !all.iter().any(|other| other.len() > all[*at].len() && other.starts_with(&all[*at]));
        let whole: Vec<&Vec<Step>> = (0..all.len()).filter(is_whole).map(|at| &all[at]).collect();
        let first = |steps: &[Step]| steps.first().and_then(Step::name).unwrap_or_default().to_owned();
        let (keys, others): (Vec<&Vec<Step>>, Vec<&Vec<Step>>) =
            whole.into_iter().partition(|steps| ["each", "count"].contains(&first(steps).as_str()));
        let mut index = None;
        for steps in keys {
            let mut values = Vec::new();
            self.loop_value(steps, here, &[], depth, &mut values);
            let text = values.iter().find_map(|one| match one {
                Candidate::Own(text) => Some(text.clone()),
                Candidate::Value(node) => node.as_str().map(str::to_owned),
                _ => None,
            });
            match (others.is_empty(), text) {
                (false, Some(text)) => index = index.or(Some(text)),
                (false, None) => {}
                (true, _) => self.loop_value(steps, here, rest, depth, found),
            }
        }
        for steps in others {
            self.reference(steps, here, rest, index.as_deref(), depth, found);
        }
    }

    /// `each.key`, `each.value`, `count.index`.
    fn loop_value(
        &self,
        steps: &[Step],
        here: &Here<'_, 'a>,
        rest: &[Step],
        depth: usize,
        found: &mut Vec<Candidate<'a>>,
    ) {
        let is_value = steps.get(1).and_then(Step::name) == Some("value");
        let Some(key) = here.key.filter(|_| is_value) else {
            found.extend(here.key.map(|key| Candidate::Own(key.to_owned())));
            return;
        };
        let Some(looped) = here.owner.and_then(|owner| owner.get("for_each_expression")) else { return };
        let Some(depth) = depth.checked_sub(1) else { return };
        let path: Vec<Step> =
            std::iter::once(Step::Key(key.to_owned())).chain(steps[2..].iter().chain(rest).cloned()).collect();
        // `for_each` is worked out outside the loop.
        let outside = Here { key: None, owner: None, ..*here };
        self.expression(looped, &outside, &path, depth, found);
    }

    fn reference(
        &self,
        steps: &[Step],
        here: &Here<'_, 'a>,
        rest: &[Step],
        index: Option<&str>,
        depth: usize,
        found: &mut Vec<Candidate<'a>>,
    ) {
        let Some(depth) = depth.checked_sub(1).filter(|_| self.may_go_on()) else {
            return found.push(Candidate::Unknown(TOO_LONG.to_owned()));
        };
        let name = |at: usize| steps.get(at).and_then(Step::name).unwrap_or_default();
        match name(0) {
            "module" => self.output(steps, here, rest, index, depth, found),
            "var" => self.variable(name(1), &joined(&steps[2.min(steps.len())..], rest), here, depth, found),
            "local" => found.push(Candidate::Unknown(format!("`local.{}` is known only to Terraform", name(1)))),
            "path" | "terraform" | "self" => {}
            "data" => {
                let place = self.place(here.module, true, name(1), name(2));
                self.resource(&place, &joined(&steps[3.min(steps.len())..], rest), here, index, found);
            }
            kind => {
                let place = self.place(here.module, false, kind, name(1));
                self.resource(&place, &joined(&steps[2.min(steps.len())..], rest), here, index, found);
            }
        }
    }

    /// Takes one of the steps that are left.
    fn may_go_on(&self) -> bool {
        let left = *self.steps.borrow();
        *self.steps.borrow_mut() = left.saturating_sub(1);
        left > 0
    }

    fn place(&self, module: &[Call], data: bool, kind: &str, name: &str) -> Place {
        Place { module: module.to_vec(), data, kind: kind.to_owned(), name: name.to_owned() }
    }

    /// `module.net.subnet_id`: what the module says that it is.
    fn output(
        &self,
        steps: &[Step],
        here: &Here<'_, 'a>,
        rest: &[Step],
        index: Option<&str>,
        depth: usize,
        found: &mut Vec<Candidate<'a>>,
    ) {
        let (inner, behind) = calls(steps);
        let name = behind.first().and_then(Step::name).unwrap_or_default();
        let mut paths = vec![here.module.to_vec()];
        for call in inner {
            paths = paths.iter().flat_map(|path| self.module_instances(path, &call, index)).collect();
        }
        // Some tools write what the module says in place of its name.
        if name.starts_with("azurerm_") || name.starts_with("azapi_") {
            for path in &paths {
                let inside = Here { module: path, ..*here };
                self.reference(behind, &inside, rest, index, depth, found);
            }
            return;
        }
        let path = joined(&behind[1.min(behind.len())..], rest);
        for module in &paths {
            if !self.may_go_on() {
                return found.push(Candidate::Unknown(TOO_LONG.to_owned()));
            }
            let outputs = self.plan.module_of(module).and_then(|module| module.get("outputs"));
            let expression = outputs.and_then(|all| all.get(name)).and_then(|output| output.get("expression"));
            match expression {
                Some(expression) => {
                    let inside = Here { module, key: None, several: 1, owner: None };
                    self.expression(expression, &inside, &path, depth, found);
                }
                None => found.push(Candidate::Unknown(format!("`{}` is not in the plan", text_of(steps)))),
            }
        }
    }

    /// Paths of the instances of a module that a call may mean.
    fn module_instances(&self, above: &[Call], call: &Call, index: Option<&str>) -> Vec<Vec<Call>> {
        let keys = self.plan.module_keys.get(&(above.to_vec(), call.name.clone()));
        let keys: Vec<Option<String>> = keys.cloned().unwrap_or_else(|| vec![None]);
        let asked = call.key.as_deref().or(index).map(str::to_owned);
        let one = keys.iter().find(|key| asked.is_some() && **key == asked).cloned();
        let keys = one.map_or(keys, |one| vec![one]);
        let path = |key: Option<String>| {
            let mut path = above.to_vec();
            path.push(Call { name: call.name.clone(), key });
            path
        };
        keys.into_iter().map(path).collect()
    }

    /// A variable: of the whole plan, or what the call of this module gives it.
    fn variable(&self, name: &str, rest: &[Step], here: &Here<'_, 'a>, depth: usize, found: &mut Vec<Candidate<'a>>) {
        let declared = |module: &[Call]| {
            self.plan.module_of(module).and_then(|module| module.get("variables")).and_then(|all| all.get(name))
        };
        let default = || declared(here.module).and_then(|variable| variable.get("default"));
        let Some((call, above)) = here.module.split_last() else {
            let given = self.plan.root.get("variables").and_then(|all| all.get(name)).and_then(|one| one.get("value"));
            let value = given.or_else(default);
            found.extend(value.and_then(|value| within(value, rest)).map(Candidate::Value));
            return;
        };
        let calls = self.plan.module_of(above).and_then(|module| module.get("module_calls"));
        let configuration = calls.and_then(|all| all.get(&call.name));
        let given = configuration.and_then(|call| call.get("expressions")).and_then(|all| all.get(name));
        match given {
            Some(expression) => {
                let keys = self.plan.module_keys.get(&(above.to_vec(), call.name.clone()));
                let several = keys.map_or(1, Vec::len);
                let outside = Here { module: above, key: call.key.as_deref(), several, owner: configuration };
                self.given(expression, &outside, rest, depth, found);
            }
            None => found.extend(default().and_then(|value| within(value, rest)).map(Candidate::Value)),
        }
    }

    /// What a call gives: an expression, or blocks of them.
    fn given(&self, node: &'a Node, here: &Here<'_, 'a>, rest: &[Step], depth: usize, found: &mut Vec<Candidate<'a>>) {
        if node.get("constant_value").is_some() || node.get("references").is_some() {
            return self.expression(node, here, rest, depth, found);
        }
        if let Some(inner) = within(node, rest) {
            self.expression(inner, here, &[], depth, found);
        }
    }

    /// The instances of a resource that a reference may mean.
    fn resource(
        &self,
        place: &Place,
        path: &[Step],
        here: &Here<'_, 'a>,
        index: Option<&str>,
        found: &mut Vec<Candidate<'a>>,
    ) {
        let instances = self.plan.instances_at(place);
        let mut path = path;
        let mut asked = None;
        if let Some(key) = path.first().and_then(Step::key) {
            (asked, path) = (Some(key), &path[1..]);
        } else if path.first().and_then(Step::name) == Some("*") {
            path = &path[1..];
        } else if let Some(key) = index {
            // `count.index` counts on both sides alike, or it is not that one alone which chooses.
            let counted = key.bytes().all(|byte| byte.is_ascii_digit());
            asked = Some(key).filter(|_| !counted || here.several == instances.len());
        }
        let path: Vec<Step> = path.iter().filter(|step| **step != Step::Key("*".to_owned())).cloned().collect();
        let with_key = |at: &&usize| asked.is_some() && self.plan.instances[**at].key.as_deref() == asked;
        if let Some(one) = instances.iter().find(with_key) {
            return found.push(Candidate::Of(*one, path));
        }
        if instances.is_empty() {
            let loops = |one: &Node| one.get("count_expression").is_some() || one.get("for_each_expression").is_some();
            // Of none there is nothing to refer to.
            if !self.plan.configuration_of(place).is_some_and(loops) {
                let text = format!("{}{}.{}", if place.data { "data." } else { "" }, place.kind, place.name);
                found.push(Candidate::Unknown(format!("`{text}` is known only after apply")));
            }
            return;
        }
        found.extend(instances.iter().map(|at| Candidate::Of(*at, path.clone())));
    }

    /// The one thing among all that fits.
    fn settle(&self, found: Vec<Candidate<'a>>, expression: &Node, wanted: Wanted, many: bool) -> Answer {
        let span =
            expression.get("references").and_then(|list| list.items().first()).map_or(expression.span, |one| one.span);
        let mut values: Vec<Node> = Vec::new();
        let mut unknown: Vec<String> = Vec::new();
        for one in found {
            match self.value(one, wanted) {
                Ok(Some(node)) => {
                    let node = Node { span, ..node };
                    if !values.contains(&node) {
                        values.push(node);
                    }
                }
                Ok(None) => {}
                Err(why) => unknown.push(why),
            }
        }
        let first = expression.get("references").map(Node::items).unwrap_or_default().first().and_then(Node::as_str);
        let text = first.unwrap_or("its value");
        match (values.len(), unknown.first()) {
            (_, Some(why)) => Answer::Unknown(why.clone()),
            (0, None) => Answer::Unknown(format!("`{text}` is known only after apply")),
            (1, None) => Answer::Values(values),
            (_, None) if many && is_list_of(expression, &values) => Answer::Values(values),
            (several, None) => Answer::Unknown(format!("`{text}` may be one of {several}, known only after apply")),
        }
    }

    /// What a candidate comes to. `None` where it is nothing of the wanted kind.
    fn value(&self, candidate: Candidate<'a>, wanted: Wanted) -> Result<Option<Node>, String> {
        match (candidate, wanted) {
            (Candidate::Unknown(why), _) => Err(why),
            (Candidate::Of(at, path), Wanted::Id(kind)) => self.id_at(at, &path, kind),
            (Candidate::Of(at, path), Wanted::Name(kind)) => {
                let one = &self.plan.instances[at];
                let arm = types::arm(&one.place.kind).unwrap_or_default();
                let fits = arm.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(kind));
                let own = path.is_empty() || path.first().and_then(Step::name) == Some("name");
                Ok((fits && own).then(|| self.name(at)))
            }
            (Candidate::Of(at, path), Wanted::Text) => match self.text(at, &path) {
                Some(node) => Ok(Some(node)),
                None => {
                    let one = &self.plan.instances[at];
                    Err(format!("`{}{}` is known only after apply", one.address, dotted(&path)))
                }
            },
            (Candidate::Value(node), Wanted::Id(kind)) => {
                let id = node.as_str().and_then(Identity::parse);
                let fits = id.is_some_and(|id| kind.is_none_or(|kind| ends_with(&id, kind)));
                Ok(fits.then(|| node.clone()))
            }
            // A known part of an expression whose value is not known says nothing about the whole.
            (Candidate::Value(_) | Candidate::Own(_), _) => Ok(None),
        }
    }

    /// The id of a resource, or of a thing in one of its blocks.
    fn id_at(&self, at: usize, path: &[Step], kind: Option<&str>) -> Result<Option<Node>, String> {
        let one = &self.plan.instances[at];
        let lost = || format!("`{}{}` is known only after apply", one.address, dotted(path));
        let name = path.first().and_then(Step::name);
        // Of an object in which ids are asked by their names, the name is no attribute of the resource.
        let known = path.last().and_then(Step::name).filter(|last| last.ends_with("_id"));
        if let Some(node) = known.and_then(|_| within(one.values, path)).filter(|node| node.as_str().is_some()) {
            return Ok(Some(node.clone()));
        }
        let identity = match name.and_then(child_of_block) {
            Some(child) => {
                let block = name.unwrap_or_default();
                let blocks = one.values.get(block).map(Node::items).unwrap_or_default();
                let index = path.get(1).and_then(Step::key).and_then(|key| key.parse::<usize>().ok());
                let block = match index {
                    Some(index) => blocks.get(index),
                    None => blocks.first().filter(|_| blocks.len() == 1),
                };
                let name = block.and_then(|block| block.get("name")).and_then(Node::as_str);
                let identity = self.identity(at).ok_or_else(lost)?;
                identity.child(child, name.ok_or_else(lost)?)
            }
            None if path.is_empty() || name == Some("id") || known.is_some() => match self.identity(at) {
                Some(identity) => identity,
                None => return if is_of_azure(&one.place.kind) { Err(lost()) } else { Ok(None) },
            },
            None => return Ok(None),
        };
        if kind.is_some_and(|kind| !ends_with(&identity, kind)) {
            return Ok(None);
        }
        let value = Value::Scalar { text: written(&identity).into(), plain: false };
        Ok(Some(Node::new(one.span, value)))
    }

    /// A resource's own name, or one that stands for it.
    pub(super) fn name(&self, at: usize) -> Node {
        let one = &self.plan.instances[at];
        match one.values.get("name").filter(|name| name.as_str().is_some_and(|text| !text.is_empty())) {
            Some(name) => name.clone(),
            None => Node::new(one.span, Value::Scalar { text: stand_in(one).into(), plain: false }),
        }
    }

    /// Another value of a resource.
    fn text(&self, at: usize, path: &[Step]) -> Option<Node> {
        let one = &self.plan.instances[at];
        let known = within(one.values, path).filter(|node| node.as_str().is_some());
        let scalar = |text: String| Node::new(one.span, Value::Scalar { text: text.into(), plain: false });
        let known = known.cloned().or_else(|| names::of_block(self, at, path).map(scalar));
        known.or_else(|| {
            let is_address = path.last().and_then(Step::name) == Some("private_ip_address");
            if is_address { self.private_address(at, one) } else { None }
        })
    }

    /// The private address that a resource gets: the one that its configuration asks for, or the first of a firewall's
    /// subnet.
    fn private_address(&self, at: usize, one: &Instance<'_>) -> Option<Node> {
        for block in ["ip_configuration", "frontend_ip_configuration"] {
            let first = one.values.get(block).and_then(|blocks| blocks.items().first());
            let written = first.and_then(|block| block.get("private_ip_address"));
            if let Some(node) = written.filter(|node| node.as_str().is_some_and(|text| !text.is_empty())) {
                return Some(node.clone());
            }
        }
        if one.place.kind != "azurerm_firewall" {
            return None;
        }
        let Answer::Values(ids) =
            self.attribute(at, &[("ip_configuration", 0), ("subnet_id", 0)], Wanted::Id(Some("subnets")), false)?
        else {
            return None;
        };
        let subnet = ids.first()?.as_str()?.to_owned();
        let subnet = (0..self.plan.instances.len()).find(|at| {
            self.plan.instances[*at].place.kind == "azurerm_subnet"
                && self.id(*at).is_some_and(|id| id.eq_ignore_ascii_case(&subnet))
        })?;
        let prefixes = self.plan.instances[subnet].values.get("address_prefixes")?;
        let IpNet::V4(net) = prefixes.items().first()?.as_str()?.parse().ok()? else { return None };
        let first = std::net::Ipv4Addr::from(u32::from(net.network()).checked_add(4)?);
        Some(Node::new(one.span, Value::Scalar { text: first.to_string().into(), plain: false }))
    }
}

fn is_of_azure(kind: &str) -> bool {
    types::arm(kind).is_some() || kind == azapi::RESOURCE
}

/// An id as ARM writes it; a subscription that nobody knows stays empty.
fn written(id: &Identity) -> String {
    if id.provider == "Microsoft.Resources" && id.types == ["resourceGroups"] {
        return format!("/subscriptions/{}/resourceGroups/{}", id.subscription, id.name());
    }
    let mut text = format!("/subscriptions/{}/resourceGroups/{}/providers/{}", id.subscription, id.group, id.provider);
    for (kind, name) in id.types.iter().zip(&id.names) {
        text.push_str(&format!("/{kind}/{name}"));
    }
    text
}

fn ends_with(id: &Identity, kind: &str) -> bool {
    id.types.last().is_some_and(|last| last.eq_ignore_ascii_case(kind))
}

/// Whether several values are a list that someone wrote, and not a choice among them.
fn is_list_of(expression: &Node, values: &[Node]) -> bool {
    let written = expression.get("references").map(Node::items).unwrap_or_default();
    let texts: Vec<&str> = written.iter().filter_map(Node::as_str).collect();
    let whole =
        texts.iter().filter(|one| !texts.iter().any(|other| other.len() > one.len() && other.starts_with(*one)));
    let whole: Vec<&&str> = whole.collect();
    let chooses = |text: &&&str| ["var.", "each.", "count.", "local."].iter().any(|word| text.starts_with(word));
    whole.len() == 1 || (whole.len() == values.len() && !whole.iter().any(chooses))
}

/// The ARM child type of a block that has ids of its own.
fn child_of_block(block: &str) -> Option<&'static str> {
    const BLOCKS: [(&str, &str); 6] = [
        ("backend_address_pool", "backendAddressPools"),
        ("frontend_ip_configuration", "frontendIPConfigurations"),
        ("http_listener", "httpListeners"),
        ("ip_configuration", "ipConfigurations"),
        ("probe", "probes"),
        ("subnet", "subnets"),
    ];
    BLOCKS.iter().find(|(name, _)| *name == block).map(|(_, child)| *child)
}

/// A part of a value.
fn within<'n>(node: &'n Node, path: &[Step]) -> Option<&'n Node> {
    let mut node = node;
    for step in path {
        node = match (&node.value, step) {
            (Value::List(items), step) => match step.key() {
                Some(key) => items.get(key.parse::<usize>().ok()?)?,
                // Of the only block of its kind.
                None => items.first().filter(|_| items.len() == 1)?.get(step.name()?)?,
            },
            (Value::Map(map), Step::Key(key) | Step::Name(key)) => {
                &map.entries.iter().find(|entry| *entry.key == **key)?.value
            }
            _ => return None,
        };
    }
    Some(node).filter(|node| node.value != Value::Null)
}

fn joined(front: &[Step], behind: &[Step]) -> Vec<Step> {
    front.iter().chain(behind).cloned().collect()
}

/// Steps as a text behind an address.
fn dotted(path: &[Step]) -> String {
    let one = |step: &Step| match step {
        Step::Name(name) => format!(".{name}"),
        Step::Key(key) => format!("[{key}]"),
    };
    path.iter().map(one).collect()
}

fn text_of(steps: &[Step]) -> String {
    dotted(steps).trim_start_matches('.').to_owned()
}

/// What an id attribute is about.
pub(super) fn wanted_id(attribute: &str) -> Wanted {
    Wanted::Id(table::kind_of_id(attribute))
}
