//! The resources that a template makes: copies, conditions, children, deployments within deployments.
//!
//! In: templates in their frames. Out: instances, each with its id; their properties are worked out when all are known.

use super::{
    evaluate::MOST_COPIES,
    scopes::scope_id,
    value::{Pair, Term, Value},
    world::{Deployment, Instance, Level, Place, Scope, World, entry},
};
use crate::{
    diagnostic::{Diagnostic, Span},
    import::identity::Identity,
};
use std::rc::Rc;

/// A resource as it is written, and what is around it.
#[derive(Clone)]
struct Written<'w> {
    raw: &'w Term,
    symbol: Option<Rc<str>>,
    parent: Option<&'w Identity>,
    place: Place,
    scope: &'w Scope,
    /// Why there may be none, or more.
    doubts: Vec<Pair>,
}

impl World<'_> {
    /// Everything that a template makes in a scope.
    pub(super) fn expand(&mut self, template: &Term, place: &Place, scope: &Scope) {
        let mut deployments = Vec::new();
        let Some(resources) = template.get("resources") else { return };
        let written =
            |raw, symbol| Written { raw, symbol, parent: None, place: place.clone(), scope, doubts: Vec::new() };
        match &resources.value {
            Value::List(items) => {
                items.iter().for_each(|raw| self.copies(written(raw, None), &mut deployments));
            }
            Value::Map(pairs) => {
                let each = pairs.iter().map(|pair| written(&pair.value, Some(pair.key.clone())));
                each.for_each(|one| self.copies(one, &mut deployments));
            }
            _ => {
                let all = self.evaluate(resources, place);
                let items = all.items().iter();
                items.for_each(|raw| self.copies(written(raw, None), &mut deployments));
            }
        }
        for deployment in deployments {
            self.deploy(deployment);
        }
    }

    /// One resource, or as many as its loop makes.
    fn copies(&mut self, written: Written<'_>, deployments: &mut Vec<usize>) {
        let copy = written.raw.get("copy").filter(|copy| copy.get("count").is_some());
        let Some(copy) = copy else {
            return self.resource(written, deployments);
        };
        let name: Rc<str> = copy.get("name").and_then(Term::name).unwrap_or_else(|| "copy".into());
        let count = copy.get("count").map(|count| self.evaluate(count, &written.place));
        let count = count.map_or(Ok(0), |count| self.count(&count));
        match count {
            Ok(count) => {
                if count <= 0 {
                    let words = self.words(&written, &written.place.within(&name, 0, true));
                    self.report.harmless(copy.span, words, Some("copy".to_owned()));
                }
                for index in 0..count.min(MOST_COPIES) {
                    let place = written.place.within(&name, index, true);
                    let symbol = written.symbol.as_ref().map(|symbol| format!("{symbol}[{index}]").into());
                    self.resource(Written { place, symbol, ..written.clone() }, deployments);
                }
            }
            // How many there are is not known: the first stands for them all, in doubt.
            Err(unknown) => {
                let place = written.place.within(&name, 0, true);
                let reason = unknown.first_unknown().map_or_else(|| "copies".into(), |unknown| unknown.reason.clone());
                let mut doubts = written.doubts.clone();
                doubts.push(entry(copy.span, "copy", Value::Text(reason)));
                self.resource(Written { place, doubts, ..written }, deployments);
            }
        }
    }

    /// Type and name for the report.
    fn words(&mut self, written: &Written<'_>, place: &Place) -> String {
        let mut word = |key: &str| {
            let term = written.raw.get(key).cloned();
            term.and_then(|term| self.evaluate(&term, place).name()).unwrap_or_default()
        };
        let kind = word("type");
        format!("{}/{}", kind.split_once('/').map_or(&*kind, |(_, types)| types), word("name"))
    }

    fn resource(&mut self, mut written: Written<'_>, deployments: &mut Vec<usize>) {
        if !self.has_room(written.raw.span) {
            return;
        }
        let place = written.place.clone();
        let made = written.raw.get("existing").is_none_or(|flag| flag.value != Value::Bool(true));
        let condition = written.raw.get("condition").cloned().map(|condition| self.evaluate(&condition, &place));
        let there = match condition.as_ref().map(|condition| &condition.value) {
            Some(Value::Bool(false)) => false,
            Some(Value::Text(text)) if text.eq_ignore_ascii_case("false") => false,
            Some(Value::Unknown(unknown)) => {
                let span = written.raw.pair("condition").map_or(written.raw.span, |pair| pair.key_span);
                written.doubts.push(entry(span, "unknownCondition", Value::Text(unknown.reason.clone())));
                true
            }
            _ => true,
        };
        let Some(name) = written.raw.get("name").cloned() else {
            return self.not_a_resource(written.raw, "name");
        };
        let name = self.evaluate(&name, &place);
        let Some(kind) = written.raw.get("type").cloned().and_then(|kind| self.evaluate(&kind, &place).name()) else {
            return self.not_a_resource(written.raw, "type");
        };
        if kind.eq_ignore_ascii_case("Microsoft.Resources/deployments") {
            return self.deployment(written, &name, there, deployments);
        }
        let scope = self.scope_of(&written);
        let Some(identity) = identity(&kind, &name, written.parent, &scope) else {
            let words = format!(
                "{}/{}",
                kind.split_once('/').map_or(&*kind, |(_, types)| types),
                name.name().unwrap_or_default()
            );
            let message = format!("`{words}` has a name for each of its types, or Azure refuses it");
            self.tell(Diagnostic::warning("template-expression", name.span, message), name.span);
            return self.report.not_modelled(name.span, words, None);
        };
        if there {
            self.register(&written, &identity, &scope, name.span, made);
        } else {
            self.report.harmless(name.span, identity.words(), Some("condition".to_owned()));
        }
        self.children(&written, &identity, deployments);
    }

    /// Resources that stand in a resource.
    fn children(&mut self, written: &Written<'_>, identity: &Identity, deployments: &mut Vec<usize>) {
        let Some(children) = written.raw.get("resources") else { return };
        for raw in children.items() {
            let child = Written { raw, symbol: None, parent: Some(identity), doubts: Vec::new(), ..written.clone() };
            self.copies(child, deployments);
        }
    }

    fn register(&mut self, written: &Written<'_>, identity: &Identity, scope: &Scope, name_span: Span, made: bool) {
        let base = scope_id(scope, name_span).name().unwrap_or_default();
        let parts = identity.types.iter().zip(&identity.names).map(|(kind, name)| format!("/{kind}/{name}"));
        let id: Rc<str> = format!("{base}/providers/{}{}", identity.provider, parts.collect::<String>()).into();
        let key: Rc<str> = id.to_lowercase().into();
        let frame = written.place.frame;
        if let Some(symbol) = &written.symbol {
            self.frames[frame].symbols.insert(symbol.to_lowercase(), key.clone());
        }
        for name in [identity.name(), identity.names.last().cloned().unwrap_or_default()] {
            self.names.entry((frame, name.to_lowercase())).or_insert_with(|| key.clone());
        }
        self.by_id.entry(key).or_insert(self.instances.len());
        self.instances.push(Instance {
            id,
            identity: identity.clone(),
            name_span,
            raw: written.raw.clone(),
            place: written.place.clone(),
            made,
            doubts: written.doubts.clone(),
            root: self.root,
            around: self.around,
        });
    }

    fn not_a_resource(&mut self, raw: &Term, missing: &str) {
        let message = format!("a resource has no `{missing}`");
        self.tell(Diagnostic::warning("template-expression", raw.span, message), raw.span);
        self.report.not_modelled(raw.span, "resources".to_owned(), None);
    }

    /// A deployment within a template is noted, and carried out when what stands beside it is known.
    fn deployment(&mut self, written: Written<'_>, name: &Term, there: bool, deployments: &mut Vec<usize>) {
        let words = format!("deployments/{}", name.name().unwrap_or_default());
        if !there {
            return self.report.harmless(name.span, words, Some("condition".to_owned()));
        }
        let scope = self.scope_of(&written);
        let at = self.deployments.len();
        let kind = Term::new(name.span, Value::text("Microsoft.Resources/deployments"));
        for scope in [&scope, written.scope] {
            if let Ok(id) = self.id(scope, &[kind.clone(), name.clone()], name.span) {
                let id: Rc<str> = id.name().unwrap_or_default().to_lowercase().into();
                if let Some(symbol) = &written.symbol {
                    self.frames[written.place.frame].symbols.insert(symbol.to_lowercase(), id.clone());
                }
                let key = (written.place.frame, name.name().unwrap_or_default().to_lowercase());
                self.names.entry(key).or_insert_with(|| id.clone());
                self.deployments_by_id.entry(id).or_insert(at);
            }
        }
        let doubts = written.doubts;
        let (raw, place, name) = (written.raw.clone(), written.place, name.clone());
        self.deployments.push(Deployment { raw, place, scope, name, words, doubts, around: self.around, opened: None });
        deployments.push(at);
    }

    /// Where a resource or a deployment goes that says so itself.
    fn scope_of(&mut self, written: &Written<'_>) -> Scope {
        let mut scope = written.scope.clone();
        let mut word = |key: &str| {
            let term = written.raw.get(key).filter(|term| term.value != Value::text("")).cloned();
            term.map(|term| self.evaluate(&term, &written.place)).filter(|term| term.name().is_some())
        };
        let group = word("resourceGroup");
        if let Some(subscription) = word("subscriptionId") {
            scope.subscription = subscription;
            scope.level = Level::Subscription;
        }
        if let Some(group) = group {
            scope.group = group;
            scope.level = Level::Group;
        }
        match written.raw.get("type").and_then(Term::as_str) {
            Some(kind) if kind.eq_ignore_ascii_case("Microsoft.Resources/deployments") => {
                word("scope").map_or(scope.clone(), |term| scope_in(&term, scope))
            }
            _ => scope,
        }
    }
}

/// A scope written as an id.
fn scope_in(term: &Term, mut scope: Scope) -> Scope {
    let text = term.name().unwrap_or_default();
    let parts: Vec<&str> = text.split('/').collect();
    let behind = |word: &str| {
        let at = parts.iter().position(|part| part.eq_ignore_ascii_case(word))?;
        parts.get(at + 1).map(|name| Term::new(term.span, Value::text(*name)))
    };
    if let Some(group) = behind("managementGroups") {
        (scope.management_group, scope.level) = (group, Level::ManagementGroup);
    } else if let Some(subscription) = behind("subscriptions") {
        (scope.subscription, scope.level) = (subscription, Level::Subscription);
        if let Some(group) = behind("resourceGroups") {
            (scope.group, scope.level) = (group, Level::Group);
        }
    } else if &*text == "/" {
        scope.level = Level::Tenant;
    }
    scope
}

/// The identity of a resource; a child's type and name may be relative to its parent's.
fn identity(kind: &str, name: &Term, parent: Option<&Identity>, scope: &Scope) -> Option<Identity> {
    let names: Vec<String> = name.name()?.split('/').map(str::to_owned).collect();
    let text = |term: &Term| term.name().unwrap_or_default().to_string();
    let parts: Vec<String> = kind.split('/').map(str::to_owned).collect();
    let full = parts.first().is_some_and(|first| first.contains('.')) && parts.len() > 1;
    let mut found = match parent {
        Some(parent) if !full => {
            let mut child = parent.clone();
            child.types.extend(parts);
            child.names.extend(names);
            child
        }
        _ => Identity {
            subscription: if matches!(scope.level, Level::Group | Level::Subscription) {
                text(&scope.subscription)
            } else {
                String::new()
            },
            group: if scope.level == Level::Group { text(&scope.group) } else { String::new() },
            provider: parts.first()?.clone(),
            types: parts[1..].to_vec(),
            names,
        },
    };
    // What extends another resource has a provider of its own behind `providers`.
    if let Some(at) = found.types.iter().position(|kind| kind.eq_ignore_ascii_case("providers")) {
        found.provider = found.types.get(at + 1).cloned().unwrap_or_default();
        if !found.provider.contains('.') {
            found.provider = found.names.iter().find(|name| name.contains('.')).cloned()?;
        }
        found.types = found.types.split_off(at + 1);
        found.names = vec![found.names.last().cloned()?; found.types.len()];
    }
    (found.types.len() == found.names.len() && !found.types.is_empty()).then_some(found)
}
