//! What a template and its deployment know: parameters, variables, loops, the place of deployment, ids.
//!
//! In: a call with its values and the place where it stands. Out: a value. Deliberately absent: the state of resources
//! (that is `runtime`).

use super::{
    evaluate::{Found, lambda_local, shown},
    functions::Arguments,
    value::{Pair, Runtime, Term, Value},
    world::{Kind, Level, LocalKind, Place, Scope, World, entry},
};
use crate::{
    diagnostic::{Source, Span},
    scenario,
};
use std::rc::Rc;

/// The public cloud's own hosts, as `environment()` has them.
const SUFFIXES: [(&str, &str); 8] = [
    ("acrLoginServer", ".azurecr.io"),
    ("azureDatalakeAnalyticsCatalogAndJob", "azuredatalakeanalytics.net"),
    ("azureDatalakeStoreFileSystem", "azuredatalakestore.net"),
    ("azureFrontDoorEndpointSuffix", "azurefd.net"),
    ("keyvaultDns", ".vault.azure.net"),
    ("sqlServerHostname", ".database.windows.net"),
    ("storage", "core.windows.net"),
    ("batchEndpointSuffix", "batch.azure.com"),
];

impl World<'_> {
    /// A function that needs to know where it is called; none where it is another.
    pub(super) fn known_here(&mut self, name: &str, values: &[Term], span: Span, place: &Place) -> Option<Found> {
        let arguments = Arguments { span, all: values };
        Some(match name {
            "parameters" => self.asked(Kind::Parameter, arguments, place),
            "variables" => self.asked(Kind::Variable, arguments, place),
            "lambdavariables" => lambda_local(place, values),
            "copyindex" => copy_index(arguments, place),
            "json" | "base64tojson" | "datauritojson" => self.json(name, values, span),
            "resourcegroup" => Ok(resource_group(&self.frames[place.frame].scope, span)),
            "subscription" => Ok(subscription(&self.frames[place.frame].scope, span)),
            "managementgroup" => Ok(management_group(&self.frames[place.frame].scope, span)),
            "tenant" => Ok(told(span, "the tenant", &["tenantId", "displayName", "countryCode"])),
            "deployer" => Ok(told(span, "who deploys", &["objectId", "tenantId", "userPrincipalName"])),
            "deployment" => Ok(self.this_deployment(span, place)),
            "environment" => Ok(environment(span)),
            "resourceid" => self.resource_id(values, span, place),
            "subscriptionresourceid" => self.id_at(Level::Subscription, values, span, place),
            "managementgroupresourceid" => self.id_at(Level::ManagementGroup, values, span, place),
            "tenantresourceid" => self.id_at(Level::Tenant, values, span, place),
            "extensionresourceid" => self.extension_id(values, span),
            "reference" => self.reference(arguments, place),
            "resourceinfo" => self.resource_info(arguments, place),
            "utcnow" => Ok(Term::unknown(span, "the time of deployment is not known", "utcNow()")),
            "newguid" => Ok(Term::unknown(span, "a new GUID is known once it is deployed", "newGuid()")),
            "datetimeadd" | "datetimefromepoch" | "datetimetoepoch" => {
                let doubt = values.iter().find_map(Term::first_unknown).map(|unknown| unknown.reason.clone());
                let reason = doubt.unwrap_or_else(|| "azreach does not work out times".into());
                Ok(Term::unknown(span, reason, &shown(name, values)))
            }
            "references" | "pickzones" | "providers" | "tologicalzone" | "tologicalzones" | "tophysicalzone"
            | "tophysicalzones" => {
                Ok(Term::unknown(span, format!("`{name}` is known once it is deployed"), &shown(name, values)))
            }
            _ if name.starts_with("list") => {
                Ok(Term::unknown(span, format!("`{name}` is known once it is deployed"), &shown(name, values)))
            }
            _ => return None,
        })
    }

    fn asked(&mut self, kind: Kind, arguments: Arguments<'_>, place: &Place) -> Found {
        let name = arguments.at(0)?.name().ok_or("it takes a name")?;
        if kind == Kind::Parameter
            && let Some(local) = place.local(LocalKind::Parameter, &name)
        {
            return Ok(local.clone());
        }
        self.value_of(kind, &name, place.frame)
    }

    /// A parameter or a variable of a frame, worked out once.
    pub(super) fn value_of(&mut self, kind: Kind, name: &str, frame: usize) -> Found {
        let key = (kind, name.to_lowercase());
        match self.frames[frame].known.get(&key) {
            Some(Some(term)) => return Ok(term.clone()),
            Some(None) => return Err(format!("`{name}` needs itself")),
            None => {}
        }
        self.frames[frame].known.insert(key.clone(), None);
        let found = match kind {
            Kind::Parameter => self.parameter(name, frame),
            Kind::Variable => self.variable(name, frame),
        };
        match &found {
            Ok(term) => self.frames[frame].known.insert(key, Some(term.clone())),
            Err(_) => self.frames[frame].known.remove(&key),
        };
        found
    }

    fn variable(&mut self, name: &str, frame: usize) -> Found {
        let section = self.frames[frame].section("variables").cloned();
        let pair = section.as_ref().and_then(|section| section.pair(name));
        if let Some(pair) = pair {
            return Ok(self.evaluate(&pair.value, &Place::of(frame)));
        }
        let copies = section.as_ref().and_then(|section| section.get("copy")).map(Term::items).unwrap_or_default();
        let named =
            |copy: &&Term| copy.get("name").and_then(Term::as_str).is_some_and(|one| one.eq_ignore_ascii_case(name));
        let copied = copies.iter().find(named).and_then(|copy| self.copied(copy, &Place::of(frame)));
        copied.map(|pair| pair.value).ok_or_else(|| format!("there is no variable `{name}`"))
    }

    fn parameter(&mut self, name: &str, frame: usize) -> Found {
        let section = self.frames[frame].section("parameters").cloned();
        let declared = section.as_ref().and_then(|section| section.pair(name));
        let Some(declared) = declared else {
            return Err(format!("there is no parameter `{name}`"));
        };
        let (at, shape) = (declared.key_span, &declared.value);
        let kind = shape.get("type").and_then(Term::as_str).unwrap_or_default().to_lowercase();
        let stand_in = format!("{name}()");
        if kind.starts_with("secure") {
            return Ok(Term::unknown(at, format!("parameter {name} is a secret"), &stand_in));
        }
        let given = self.frames[frame].given.get(&name.to_lowercase()).cloned();
        if let Some(given) = given {
            return Ok(match given.place {
                Some(place) => self.evaluate(&given.term, &place),
                None => given.term,
            });
        }
        if let Some(default) = shape.pair("defaultValue") {
            return Ok(self.evaluate(&default.value, &Place::of(frame)));
        }
        let optional = shape.get("nullable").is_some_and(|flag| flag.value == Value::Bool(true));
        Ok(match optional {
            true => Term::new(at, Value::Null),
            false => Term::unknown(at, format!("parameter {name} has no value"), &stand_in),
        })
    }

    /// A text that holds JSON.
    fn json(&mut self, name: &str, values: &[Term], span: Span) -> Found {
        let [value] = values else {
            return Err("it takes one argument".to_owned());
        };
        let text = match &value.value {
            Value::Unknown(unknown) => {
                return Ok(Term::unknown(unknown.span, unknown.reason.clone(), &shown(name, values)));
            }
            Value::Text(text) => text.clone(),
            other => return Ok(Term::new(span, other.clone())),
        };
        let text = match name {
            "json" => text,
            _ => self.apply("datauritostring", values, span)?.name().unwrap_or_default(),
        };
        let mut problems = crate::diagnostic::Diagnostics::default();
        let mut texts = crate::diagnostic::Sources::default();
        let id = texts.add(Source::new("", &*text));
        let node = scenario::parse_json(&texts, id, &mut problems);
        node.map(|node| placed(Term::of(node), span)).ok_or_else(|| format!("`{text}` is not JSON"))
    }

    fn this_deployment(&self, span: Span, place: &Place) -> Term {
        let frame = &self.frames[place.frame];
        let link = Term::unknown(span, "where the template lies is not known", "templateLink()");
        let uri = Pair { key: "uri".into(), key_span: span, value: link.clone() };
        let id = Pair { key: "id".into(), key_span: span, value: link };
        let properties = Value::map(vec![
            entry(span, "templateLink", Value::map(vec![uri, id])),
            entry(span, "template", frame.template.value.clone()),
            entry(span, "parameters", Value::map(Vec::new())),
        ]);
        let location = Term::unknown(span, "the location of the deployment is not known", "location()");
        Term::new(
            span,
            Value::map(vec![
                Pair { key: "name".into(), key_span: span, value: frame.name.clone() },
                Pair { key: "location".into(), key_span: span, value: location },
                entry(span, "properties", properties),
            ]),
        )
    }

    /// `[subscription] [group] type name…`: what the first are is said by where the type stands.
    fn resource_id(&mut self, values: &[Term], span: Span, place: &Place) -> Found {
        let at = type_among(values)?;
        let mut scope = self.frames[place.frame].scope.clone();
        match &values[..at] {
            [] => {}
            [group] => (scope.group, scope.level) = (group.clone(), Level::Group),
            [subscription, group] => {
                (scope.subscription, scope.group, scope.level) = (subscription.clone(), group.clone(), Level::Group);
            }
            _ => return Err("too many arguments stand before the type".to_owned()),
        }
        self.id(&scope, &values[at..], span)
    }

    /// The same for ids at a level above resource groups.
    fn id_at(&mut self, level: Level, values: &[Term], span: Span, place: &Place) -> Found {
        let at = type_among(values)?;
        let mut scope = Scope { level, ..self.frames[place.frame].scope.clone() };
        match (&values[..at], level) {
            ([], _) => {}
            ([subscription], Level::Subscription) => scope.subscription = subscription.clone(),
            ([group], Level::ManagementGroup) => scope.management_group = group.clone(),
            _ => return Err("too many arguments stand before the type".to_owned()),
        }
        self.id(&scope, &values[at..], span)
    }

    fn extension_id(&mut self, values: &[Term], span: Span) -> Found {
        let (base, rest) = values.split_first().ok_or("it takes an id, a type and names")?;
        self.id_below(base.clone(), rest, span)
    }

    /// The id of a resource in a scope: a type, then a name for each of its parts.
    pub(super) fn id(&mut self, scope: &Scope, values: &[Term], span: Span) -> Found {
        let base = scope_id(scope, span);
        self.id_below(base, values, span)
    }

    fn id_below(&mut self, base: Term, values: &[Term], span: Span) -> Found {
        let (kind, names) = values.split_first().ok_or("the type is missing")?;
        let kind = kind.name().ok_or("the type is no string")?;
        let (provider, types) = kind.trim_end_matches('/').split_once('/').ok_or("the type has no provider")?;
        let types: Vec<&str> = types.split('/').collect();
        let names: Vec<Term> = names.iter().flat_map(|name| parts_of_name(name, span)).collect();
        if types.len() != names.len() {
            return Err(format!("`{kind}` takes {} names, and there are {}", types.len(), names.len()));
        }
        let text = |text: String| Term::new(span, Value::text(text));
        let mut parts = vec![placeholder(base), text(format!("/providers/{provider}"))];
        for (kind, name) in types.iter().zip(names) {
            parts.extend([text(format!("/{kind}/")), name]);
        }
        self.apply("concat", &parts, span)
    }

    /// `resourceInfo('symbolicName')`: what is known of a resource before it is deployed.
    fn resource_info(&mut self, arguments: Arguments<'_>, place: &Place) -> Found {
        let name = arguments.at(0)?.name().ok_or("it takes a symbolic name")?;
        let id = self.frames[place.frame].symbols.get(&name.to_lowercase()).cloned();
        let id = id.ok_or_else(|| format!("there is no resource with the symbolic name `{name}`"))?;
        Ok(Term::new(arguments.span, Value::Runtime(Rc::new(Runtime { id, full: true, path: Vec::new() }))))
    }
}

/// A name of several parts, taken apart.
fn parts_of_name(name: &Term, span: Span) -> Vec<Term> {
    match &name.value {
        Value::Text(text) if text.contains('/') => {
            text.split('/').map(|part| Term::new(span, Value::text(part))).collect()
        }
        Value::Unknown(unknown) if unknown.stand_in.contains('/') => {
            let part = |part: &str| Term::unknown(unknown.span, unknown.reason.clone(), part);
            unknown.stand_in.split('/').map(part).collect()
        }
        _ => vec![name.clone()],
    }
}

/// In an id, a subscription or a group that is not known is a word like another.
fn placeholder(term: Term) -> Term {
    let known = |text: &str| text.starts_with("/subscriptions/subscription()") || text.starts_with("/providers/");
    match &term.value {
        Value::Unknown(unknown) if known(&unknown.stand_in) => {
            Term::new(term.span, Value::Text(unknown.stand_in.clone()))
        }
        _ => term,
    }
}

/// Where the type stands: it is the first with a provider.
fn type_among(values: &[Term]) -> Result<usize, String> {
    let is_type = |term: &Term| {
        term.name()
            .is_some_and(|name| name.contains('/') && name.split('/').next().is_some_and(|first| first.contains('.')))
    };
    let at = values.iter().position(is_type);
    let at = at.or_else(|| values.iter().position(|term| term.name().is_some_and(|name| name.contains('/'))));
    at.ok_or_else(|| "no argument is a resource type".to_owned())
}

/// The id of what is deployed to.
pub(super) fn scope_id(scope: &Scope, span: Span) -> Term {
    let name = |term: &Term| term.name().unwrap_or_default();
    let (subscription, group) = (name(&scope.subscription), name(&scope.group));
    let text = match scope.level {
        Level::Group => format!("/subscriptions/{subscription}/resourceGroups/{group}"),
        Level::Subscription => format!("/subscriptions/{subscription}"),
        Level::ManagementGroup => {
            format!("/providers/Microsoft.Management/managementGroups/{}", name(&scope.management_group))
        }
        Level::Tenant => String::new(),
    };
    let parts = [&scope.subscription, &scope.group, &scope.management_group];
    let of_level = match scope.level {
        Level::Group => &parts[..2],
        Level::Subscription => &parts[..1],
        Level::ManagementGroup => &parts[2..],
        Level::Tenant => &[],
    };
    match of_level.iter().find_map(|part| part.first_unknown()) {
        Some(unknown) => Term::unknown(unknown.span, unknown.reason.clone(), &text),
        None => Term::new(span, Value::text(text)),
    }
}

fn resource_group(scope: &Scope, span: Span) -> Term {
    let id = scope_id(&Scope { level: Level::Group, ..scope.clone() }, span);
    let location = Term::unknown(span, "the location of the resource group is not known", "location()");
    let pair = |key: &str, value: Term| Pair { key: key.into(), key_span: span, value };
    Term::new(
        span,
        Value::map(vec![
            pair("id", id),
            pair("name", scope.group.clone()),
            pair("location", location),
            entry(span, "type", Value::text("Microsoft.Resources/resourceGroups")),
            entry(span, "tags", Value::map(Vec::new())),
        ]),
    )
}

fn subscription(scope: &Scope, span: Span) -> Term {
    let id = scope_id(&Scope { level: Level::Subscription, ..scope.clone() }, span);
    let pair = |key: &str, value: Term| Pair { key: key.into(), key_span: span, value };
    let not_known = |what: &str| Term::unknown(span, "the subscription is not known", what);
    Term::new(
        span,
        Value::map(vec![
            pair("id", id),
            pair("subscriptionId", scope.subscription.clone()),
            pair("tenantId", not_known("tenant()")),
            pair("displayName", not_known("subscription().name")),
        ]),
    )
}

fn management_group(scope: &Scope, span: Span) -> Term {
    let id = scope_id(&Scope { level: Level::ManagementGroup, ..scope.clone() }, span);
    let pair = |key: &str, value: Term| Pair { key: key.into(), key_span: span, value };
    Term::new(span, Value::map(vec![pair("id", id), pair("name", scope.management_group.clone())]))
}

/// An object that only a deployment fills.
fn told(span: Span, what: &str, keys: &[&str]) -> Term {
    let pair = |key: &&str| {
        let value = Term::unknown(span, format!("{what} is not known"), &format!("{key}()"));
        Pair { key: (*key).into(), key_span: span, value }
    };
    Term::new(span, Value::map(keys.iter().map(pair).collect()))
}

fn environment(span: Span) -> Term {
    let suffixes = SUFFIXES.iter().map(|(key, host)| entry(span, key, Value::text(*host)));
    let text = |key, value: &str| entry(span, key, Value::text(value));
    let login = Value::map(vec![text("loginEndpoint", "https://login.microsoftonline.com/"), text("tenant", "common")]);
    Term::new(
        span,
        Value::map(vec![
            text("name", "AzureCloud"),
            text("portal", "https://portal.azure.com"),
            text("resourceManager", "https://management.azure.com/"),
            text("gallery", "https://gallery.azure.com/"),
            text("graph", "https://graph.windows.net/"),
            entry(span, "authentication", login),
            entry(span, "suffixes", Value::map(suffixes.collect())),
        ]),
    )
}

/// `copyIndex([name], [offset])`.
fn copy_index(arguments: Arguments<'_>, place: &Place) -> Found {
    let (name, offset) = match arguments.all {
        [] => (None, 0),
        [Term { value: Value::Int(offset), .. }] => (None, *offset),
        [_] => (Some(arguments.text(0)?), 0),
        _ => (Some(arguments.text(0)?), arguments.integer(1)?),
    };
    let index = place.index(name).ok_or("there is no such loop around it")?;
    Ok(Term::new(arguments.span, Value::Int(index.saturating_add(offset))))
}

/// Every part of a value at one place.
fn placed(term: Term, span: Span) -> Term {
    let value = match &term.value {
        Value::List(items) => Value::list(items.iter().map(|item| placed(item.clone(), span)).collect()),
        Value::Map(pairs) => {
            let pair =
                |pair: &Pair| Pair { key: pair.key.clone(), key_span: span, value: placed(pair.value.clone(), span) };
            Value::map(pairs.iter().map(pair).collect())
        }
        _ => term.value,
    };
    Term::new(span, value)
}
