//! Deployments within templates: inline templates, linked ones, their parameters.
//!
//! In: a deployment. Out: its template in a frame, expanded once. Deliberately absent: files; linked texts are asked for.

use super::{
    expression, parameters,
    value::{Term, Value},
    world::{Deployment, Frame, Given, Instance, Level, Missing, Opened, Place, Scope, World, entry},
};
use crate::diagnostic::{Diagnostic, SourceId, Span};
use std::collections::{HashMap, HashSet};

/// Deepest chain of deployments.
const DEEPEST: usize = 32;

impl World<'_> {
    /// Carries a deployment out, once.
    pub(super) fn deploy(&mut self, at: usize) -> Option<Opened> {
        if let Some(opened) = &self.deployments[at].opened {
            return opened.clone();
        }
        // One that needs its own outputs finds nothing.
        self.deployments[at].opened = Some(None);
        let deployment = self.deployments[at].clone();
        let opened = self.opened(&deployment);
        self.deployments[at].opened = Some(opened.clone());
        let opened = opened?;
        let scope = deeper(&deployment.scope, &opened.template);
        let first = self.instances.len();
        let outer = self.around.replace(at);
        self.expand(&opened.template, &opened.place, &scope);
        self.around = outer;
        for instance in &mut self.instances[first..] {
            instance.doubts.extend(deployment.doubts.iter().cloned());
        }
        Some(opened)
    }

    fn opened(&mut self, deployment: &Deployment) -> Option<Opened> {
        let properties = self.object_of(deployment.raw.get("properties")?, &deployment.place);
        if let Some(template) = properties.get("template") {
            let template = self.object_of(template, &deployment.place);
            let scope = properties.get("expressionEvaluationOptions").and_then(|options| options.get("scope")).cloned();
            let scope = scope.and_then(|scope| self.evaluate(&scope, &deployment.place).name());
            let inner = scope.is_some_and(|scope| scope.eq_ignore_ascii_case("inner"));
            if !inner {
                return Some(Opened { template, place: deployment.place.clone() });
            }
            let source = self.frames[deployment.place.frame].source;
            return self.in_frame(deployment, &properties, template, source);
        }
        let link = properties.pair("templateLink").cloned();
        let found = link.as_ref().and_then(|link| self.link(&link.value, &deployment.place));
        let Some((source, template)) = found else {
            let span = link.map_or(deployment.name.span, |link| link.key_span);
            self.report.not_modelled(span, deployment.words.clone(), Some("templateLink".to_owned()));
            let message = format!("the template of `{}` does not lie beside this one", deployment.words);
            let problem = Diagnostic::warning("linked-template-not-found", span, message);
            self.tell(problem.help("what it makes is missing here; put it where its path says"), span);
            self.miss(deployment, &properties, span);
            return None;
        };
        self.deployed.insert(source);
        self.in_frame(deployment, &properties, template, source)
    }

    /// Notes what a deployment is told, whose template is not here.
    fn miss(&mut self, deployment: &Deployment, properties: &Term, span: Span) {
        let handed = properties.get("parameters").map(|handed| self.evaluate(handed, &deployment.place));
        let mut told = HashSet::new();
        handed.iter().for_each(|handed| texts(handed, &mut told));
        self.missing.push(Missing { told, span, words: deployment.words.clone() });
    }

    /// A deployment whose template is not here may change every resource that it is told of, by name or by id. Of a
    /// machine that is software: its traffic hangs on its interfaces.
    pub(super) fn doubt_what_is_told(&mut self) {
        for missing in &self.missing {
            let reason = format!("{} may change it, and its template is not here", missing.words);
            let doubt = entry(missing.span, "templateLink", Value::text(reason));
            let is_told = |one: &&mut Instance| {
                let is_machine = one.identity.types.iter().any(|kind| kind.eq_ignore_ascii_case("virtualMachines"));
                let own = one.identity.names.first().filter(|_| one.identity.names.len() == 1);
                let by_name = own.is_some_and(|name| missing.told.contains(&name.to_lowercase()));
                !is_machine && (by_name || missing.told.contains(&*one.id))
            };
            self.instances.iter_mut().filter(is_told).for_each(|one| one.doubts.push(doubt.clone()));
        }
    }

    /// A template with parameters of its own.
    fn in_frame(
        &mut self,
        deployment: &Deployment,
        properties: &Term,
        template: Term,
        source: SourceId,
    ) -> Option<Opened> {
        let depth = self.frames[deployment.place.frame].depth + 1;
        if depth > DEEPEST {
            self.report.not_modelled(deployment.name.span, deployment.words.clone(), Some("template".to_owned()));
            return None;
        }
        let given = self.given(properties, &deployment.place);
        let scope = deeper(&deployment.scope, &template);
        let frame = self.frame(Frame {
            template: template.clone(),
            source,
            given,
            known: HashMap::new(),
            scope,
            name: deployment.name.clone(),
            depth,
            symbols: HashMap::new(),
        });
        Some(Opened { template, place: Place::of(frame) })
    }

    /// The parameters that a deployment hands over, to be worked out where it stands.
    fn given(&mut self, properties: &Term, place: &Place) -> HashMap<String, Given> {
        let mut all = HashMap::new();
        if let Some(link) = properties.get("parametersLink").cloned()
            && let Some((_, text)) = self.link(&link, place)
        {
            all.extend(parameters::in_file(&text));
        }
        let Some(handed) = properties.get("parameters") else { return all };
        let handed = self.object_of(handed, place);
        for pair in handed.pairs() {
            let key = pair.key.to_lowercase();
            let given = match pair.value.pair("value") {
                Some(value) => Given { term: value.value.clone(), place: Some(place.clone()) },
                None if pair.value.get("reference").is_some() => parameters::secret(pair),
                None => {
                    let whole = self.evaluate(&pair.value, place);
                    Given { term: whole.get("value").cloned().unwrap_or(whole), place: None }
                }
            };
            all.insert(key, given);
        }
        all
    }

    /// An object, of which only an expression around it is worked out.
    fn object_of(&mut self, term: &Term, place: &Place) -> Term {
        match &term.value {
            Value::Text(text) if expression::within(text).is_some() => self.evaluate(term, place),
            _ => term.clone(),
        }
    }

    /// The text that `{uri}` or `{relativePath}` means, where it lies beside the template.
    fn link(&mut self, link: &Term, place: &Place) -> Option<(SourceId, Term)> {
        let link = self.evaluate(link, place);
        let text = link.get("relativePath").or_else(|| link.get("uri"))?.name()?;
        let path = text.split(['?', '#']).next().unwrap_or_default().replace('\\', "/");
        let end = path.to_ascii_lowercase().find(".json").map(|at| at + ".json".len())?;
        let path = path.get(..end)?.to_owned();
        let here = self.frames[place.frame].source;
        let mut from = vec![here];
        from.extend(self.frames.first().map(|frame| frame.source).filter(|first| *first != here));
        // The whole path first, then shorter ends of it: what is before them is where the templates are published.
        let ends = std::iter::successors(Some(path.as_str()), |path| path.split_once('/').map(|(_, rest)| rest));
        for end in ends.filter(|end| !end.is_empty() && !end.contains(':') && !end.starts_with('/')) {
            for from in &from {
                if let Some(found) = self.beside(end, *from).filter(|(id, _)| *id != here) {
                    return Some(found);
                }
            }
        }
        None
    }

    fn beside(&mut self, path: &str, from: SourceId) -> Option<(SourceId, Term)> {
        let source = self.linked.linked(path, &self.sources.get(from).name)?;
        if let Some(known) = self.texts.get(&source.name) {
            return known.clone();
        }
        let name = source.name.clone();
        let id = self.sources.add(source);
        let found = self.parsed(id).map(|term| (id, term));
        self.texts.insert(name, found.clone());
        found
    }
}

/// Every text in a value, in lower case.
fn texts(term: &Term, found: &mut HashSet<String>) {
    match &term.value {
        Value::Text(text) => {
            found.insert(text.to_lowercase());
        }
        Value::List(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Map(pairs) => pairs.iter().for_each(|pair| texts(&pair.value, found)),
        _ => {}
    }
}

/// The scope of a template by its schema.
pub(super) fn deeper(scope: &Scope, template: &Term) -> Scope {
    let schema = template.get("$schema").and_then(Term::as_str).unwrap_or_default().to_ascii_lowercase();
    let level = match schema {
        _ if schema.contains("subscriptiondeploymenttemplate") => Level::Subscription,
        _ if schema.contains("managementgroupdeploymenttemplate") => Level::ManagementGroup,
        _ if schema.contains("tenantdeploymenttemplate") => Level::Tenant,
        _ => return scope.clone(),
    };
    Scope { level, ..scope.clone() }
}

/// A scope of which nothing is known.
pub(super) fn nowhere(span: Span) -> Scope {
    Scope {
        level: Level::Group,
        subscription: Term::unknown(span, "the subscription is not known", "subscription()"),
        group: Term::unknown(span, "the resource group is not known", "resourceGroup()"),
        management_group: Term::unknown(span, "the management group is not known", "managementGroup()"),
    }
}
