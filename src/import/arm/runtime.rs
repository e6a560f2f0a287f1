//! `reference()`: the state of a resource as far as its template tells it.
//!
//! In: a resource and a path into its state. Out: the value that the template gives it, what Azure always makes of its
//! name, or the reason why nobody knows. Outputs of deployments are worked out from their templates.

use super::{
    evaluate::{Found, member, shown},
    functions::Arguments,
    value::{Runtime, Step, Term, Value},
    world::{Instance, Place, World},
};
use crate::diagnostic::Span;
use ipnet::Ipv4Net;
use std::{net::Ipv4Addr, rc::Rc};

/// What Azure makes of a resource's name: type, path, the text before and behind the name.
const MADE_OF_NAMES: [(&str, &str, &str, &str); 13] = [
    ("vaults", "vaultUri", "https://", ".vault.azure.net/"),
    ("storageAccounts", "primaryEndpoints.blob", "https://", ".blob.core.windows.net/"),
    ("storageAccounts", "primaryEndpoints.dfs", "https://", ".dfs.core.windows.net/"),
    ("storageAccounts", "primaryEndpoints.file", "https://", ".file.core.windows.net/"),
    ("storageAccounts", "primaryEndpoints.queue", "https://", ".queue.core.windows.net/"),
    ("storageAccounts", "primaryEndpoints.table", "https://", ".table.core.windows.net/"),
    ("servers", "fullyQualifiedDomainName", "", ".database.windows.net"),
    ("namespaces", "serviceBusEndpoint", "https://", ".servicebus.windows.net:443/"),
    ("databaseAccounts", "documentEndpoint", "https://", ".documents.azure.com:443/"),
    ("registries", "loginServer", "", ".azurecr.io"),
    ("sites", "defaultHostName", "", ".azurewebsites.net"),
    ("searchServices", "endpoint", "https://", ".search.windows.net"),
    ("accounts", "endpoint", "https://", ".cognitiveservices.azure.com/"),
];

/// Azure keeps the first addresses of a subnet for itself.
const FIRST_ADDRESS: u32 = 4;

impl World<'_> {
    /// `reference(resource, [version], ['Full'])`.
    pub(super) fn reference(&mut self, arguments: Arguments<'_>, place: &Place) -> Found {
        let name = arguments.at(0)?.name().ok_or("it takes a resource")?;
        let full = arguments.all.get(2).and_then(Term::as_str).is_some_and(|word| word.eq_ignore_ascii_case("full"));
        let runtime = Runtime { id: self.meant(&name, place), full, path: Vec::new() };
        Ok(Term::new(arguments.span, Value::Runtime(Rc::new(runtime))))
    }

    /// The id of the resource that a text means: an id, a symbolic name, a type with names, a name alone.
    pub(super) fn meant(&self, text: &str, place: &Place) -> Rc<str> {
        let key = text.to_lowercase();
        if key.starts_with('/') {
            return key.into();
        }
        if let Some(id) = self.frames[place.frame].symbols.get(&key) {
            return id.clone();
        }
        if let Some(id) = self.names.get(&(place.frame, key.clone())) {
            return id.clone();
        }
        let scope = super::scopes::scope_id(&self.frames[place.frame].scope, self.frames[place.frame].template.span);
        format!("{}/providers/{key}", scope.name().unwrap_or_default().to_lowercase()).into()
    }

    /// A value that may be the state of a resource: that state.
    pub(super) fn settled(&mut self, term: Term) -> Term {
        match &term.value {
            Value::Runtime(runtime) => self.state(&runtime.clone(), term.span),
            _ => term,
        }
    }

    fn state(&mut self, runtime: &Runtime, span: Span) -> Term {
        if self.depth >= super::world::DEEPEST {
            return unknown(runtime, "values need each other in a chain that is too long", span);
        }
        self.depth += 1;
        let found = match self.deployments_by_id.get(&runtime.id).copied() {
            Some(deployment) => self.outputs(deployment, runtime, span),
            None => self.resource_state(runtime, span),
        };
        self.depth -= 1;
        found.unwrap_or_else(|| unknown(runtime, "it is known once it is deployed", span))
    }

    /// What a deployment puts out.
    fn outputs(&mut self, deployment: usize, runtime: &Runtime, span: Span) -> Option<Term> {
        let path = match runtime.path.split_first() {
            Some((Step::Key(key), rest)) if runtime.full && key.eq_ignore_ascii_case("properties") => rest,
            _ => &runtime.path,
        };
        let [Step::Key(outputs), Step::Key(name), Step::Key(value), rest @ ..] = path else { return None };
        if !outputs.eq_ignore_ascii_case("outputs") || !value.eq_ignore_ascii_case("value") {
            return None;
        }
        let opened = self.deploy(deployment)?;
        let output = opened.template.get("outputs")?.get(name)?.clone();
        let made = match (output.get("value"), output.get("copy")) {
            (Some(value), _) => self.evaluate(value, &opened.place),
            (None, Some(copy)) => {
                let pairs = vec![super::world::entry(span, "name", Value::Text(name.clone()))];
                let copy = Term::new(copy.span, Value::map([pairs.as_slice(), copy.pairs()].concat()));
                self.copied(&copy, &opened.place)?.value
            }
            (None, None) => return None,
        };
        self.walked(made, rest, None, span)
    }

    fn resource_state(&mut self, runtime: &Runtime, span: Span) -> Option<Term> {
        // A child that changes what its parent makes may ask for the state before it.
        if let Some(found) = self.state_within_parent(runtime, span) {
            return Some(found);
        }
        let at = self.by_id.get(&runtime.id).copied()?;
        let instance = self.instances[at].clone();
        let mut path = runtime.path.as_slice();
        if runtime.full {
            match path.split_first()? {
                (Step::Key(key), rest) if key.eq_ignore_ascii_case("properties") => path = rest,
                (Step::Key(key), _) if key.eq_ignore_ascii_case("id") => {
                    return Some(Term::new(span, Value::Text(instance.id)));
                }
                (Step::Key(key), rest) => {
                    let raw = instance.raw.get(key)?.clone();
                    let value = self.evaluate(&raw, &instance.place);
                    return self.walked(value, rest, None, span);
                }
                _ => return None,
            }
        }
        self.property(&instance, path, span)
    }

    /// A property that the template gives, or that Azure makes of the name.
    fn property(&mut self, instance: &Instance, path: &[Step], span: Span) -> Option<Term> {
        let Some((Step::Key(key), rest)) = path.split_first() else {
            let properties = instance.raw.get("properties")?.clone();
            return Some(self.evaluate(&properties, &instance.place)).filter(|_| path.is_empty());
        };
        let properties = instance.raw.get("properties").cloned();
        let given = properties.and_then(|properties| self.one_of(&properties, key, &instance.place));
        let id = format!("{}/{key}", instance.id);
        let given = given.and_then(|value| self.walked(value, rest, Some(id), span));
        // What a template leaves empty Azure fills in.
        let given = given.filter(|value| value.value != Value::Null && value.as_str() != Some(""));
        let made = given.or_else(|| made_of_name(instance, path, span));
        made.or_else(|| self.firewall_address(instance, path, span))
    }

    /// The private address of an Azure Firewall is the first of its subnet that Azure gives out.
    fn firewall_address(&mut self, instance: &Instance, path: &[Step], span: Span) -> Option<Term> {
        let is = |step: &Step, word: &str| matches!(step, Step::Key(key) if key.eq_ignore_ascii_case(word));
        let (last, above) = path.split_last()?;
        let kind = instance.identity.types.last()?;
        if !kind.eq_ignore_ascii_case("azureFirewalls") || !is(last, "privateIPAddress") || above.is_empty() {
            return None;
        }
        let to_subnet = ["subnet", "id"].map(|key| Step::Key(key.into()));
        let subnet = self.property(instance, &[above, &to_subnet].concat(), span)?.name()?;
        let prefix =
            Runtime { id: subnet.to_lowercase().into(), full: false, path: vec![Step::Key("addressPrefix".into())] };
        let net: Ipv4Net = self.resource_state(&prefix, span)?.as_str()?.parse().ok()?;
        let first = u32::from(net.network()).checked_add(FIRST_ADDRESS)?;
        Some(Term::new(span, Value::text(Ipv4Addr::from(first).to_string())))
    }

    /// One property, without the work of all others.
    fn one_of(&mut self, properties: &Term, key: &str, place: &Place) -> Option<Term> {
        if let Some(pair) = properties.pair(key) {
            return Some(self.evaluate(&pair.value.clone(), place));
        }
        let whole = self.evaluate(properties, place);
        whole.get(key).cloned()
    }

    /// A child that its parent's properties hold.
    fn state_within_parent(&mut self, runtime: &Runtime, span: Span) -> Option<Term> {
        let (rest, name) = runtime.id.rsplit_once('/')?;
        let (parent, kind) = rest.rsplit_once('/')?;
        let instance = self.by_id.get(parent).map(|at| self.instances[*at].clone())?;
        let properties = instance.raw.get("properties")?.clone();
        let children = self.one_of(&properties, kind, &instance.place)?;
        let is_it =
            |child: &&Term| child.get("name").and_then(Term::name).is_some_and(|one| one.eq_ignore_ascii_case(name));
        let child = children.items().iter().find(is_it)?.clone();
        let path = match (runtime.full, runtime.path.first()) {
            (true, Some(Step::Key(key))) if key.eq_ignore_ascii_case("properties") => &runtime.path[1..],
            _ => &runtime.path,
        };
        self.walked(child, path, Some(format!("{parent}/{kind}/{name}")), span)
    }

    /// Along a path. The parts of a resource have ids, and may have `properties` of their own.
    fn walked(&mut self, start: Term, path: &[Step], id: Option<String>, span: Span) -> Option<Term> {
        let (mut here, mut id) = (self.settled(start), id);
        for step in path {
            let key = match step {
                Step::Key(key) => Term::new(span, Value::Text(key.clone())),
                Step::At(at) => Term::new(span, Value::Int(*at)),
            };
            let next = member(&here, &key, span).ok();
            let nested = here.get("properties").and_then(|inner| member(inner, &key, span).ok());
            match (next.or(nested), step, &id) {
                (Some(next), Step::At(_), Some(above)) => {
                    id = next.get("name").and_then(Term::name).map(|name| format!("{above}/{name}"));
                    here = next;
                }
                (Some(next), Step::Key(key), _) => {
                    id = id.map(|id| if key.eq_ignore_ascii_case("properties") { id } else { format!("{id}/{key}") });
                    here = next;
                }
                (Some(next), ..) => here = next,
                (None, Step::Key(key), Some(id)) if key.eq_ignore_ascii_case("id") => {
                    here = Term::new(span, Value::text(id.as_str()));
                }
                // Written flat, asked for nested.
                (None, Step::Key(key), _) if key.eq_ignore_ascii_case("properties") => {}
                _ => return None,
            }
            here = self.settled(here);
        }
        Some(here)
    }
}

fn made_of_name(instance: &Instance, path: &[Step], span: Span) -> Option<Term> {
    let keys: Option<Vec<&str>> =
        path.iter().map(|step| if let Step::Key(key) = step { Some(&**key) } else { None }).collect();
    let path = keys?.join(".");
    let kind = instance.identity.types.last().filter(|_| instance.identity.types.len() == 1)?;
    let fits = |row: &&(&str, &str, &str, &str)| row.0.eq_ignore_ascii_case(kind) && row.1.eq_ignore_ascii_case(&path);
    let (_, _, before, behind) = MADE_OF_NAMES.iter().find(fits)?;
    let name = instance.identity.names.first()?;
    Some(Term::new(span, Value::text(format!("{before}{name}{behind}"))))
}

/// The state of which nothing is known.
fn unknown(runtime: &Runtime, why: &str, span: Span) -> Term {
    let steps: Vec<String> = runtime
        .path
        .iter()
        .map(|step| match step {
            Step::Key(key) => key.to_string(),
            Step::At(at) => at.to_string(),
        })
        .collect();
    let name = runtime.id.rsplit('/').next().unwrap_or_default();
    let path = if steps.is_empty() { "the state".to_owned() } else { steps.join(".") };
    let id = Term::new(span, Value::Text(runtime.id.clone()));
    let stand_in = format!("{}.{}", shown("reference", &[id]), steps.join("."));
    Term::unknown(span, format!("{path} of {name}: {why}"), &stand_in)
}
