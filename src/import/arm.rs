//! ARM templates to resources: the template language, worked out as far as the files tell.
//!
//! In: templates, parameters, a way to linked templates. Out: an [`Imported`] network with its report. What no file tells
//! stays unknown, with its reason and place; a name of which a part is unknown gets a word that stands in for it, so that
//! nothing is lost and references meet. Deliberately absent: files; what the resources mean.
//!
//! ```text
//! expression.rs   the grammar of `[…]`
//! value.rs        JSON with places and unknowns
//! world.rs        the state of an import
//! evaluate.rs     values with expressions to values without
//! functions.rs    functions of their arguments alone; scopes.rs: those that know the deployment; lambdas.rs
//! runtime.rs      `reference()`
//! expand.rs       copies, conditions, children; deployments.rs: templates within templates
//! order.rs        what is deployed more than once
//! parameters.rs   values from outside
//! ```

mod deployments;
mod evaluate;
mod expand;
mod expression;
mod functions;
mod lambdas;
mod order;
mod parameters;
mod runtime;
mod scopes;
#[cfg(test)]
mod tests;
mod value;
mod world;

pub use world::Linked;

use super::{Imported, find::Found, identity::Family, report::Report};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, SourceId, Sources, nearest},
    scenario::{
        self,
        tree::{Entry, Map, Node, Value as Tree},
    },
};
use std::collections::{HashMap, HashSet};
use value::{Term, Trees, Value};
use world::{Frame, Given, Instance, Place, World};

/// A template to import.
#[derive(Debug, Clone)]
pub struct Template {
    /// Its text.
    pub text: SourceId,
    /// A file of parameters that lies beside it; for this template alone.
    pub beside: Option<SourceId>,
}

/// Values for the parameters of all templates that declare them.
#[derive(Debug, Clone)]
pub enum Parameters {
    /// A file of parameters.
    File(SourceId),
    /// One value, as text: JSON where the template declares no string.
    Value(String, SourceId),
    /// A map of values, written in a scenario.
    Map(Node),
}

/// Most values of all resources together.
const MOST_VALUES: usize = 4_000_000;
/// Keys of a resource that are no part of what Azure keeps of it.
const INSTRUCTIONS: [&str; 11] = [
    "comments",
    "condition",
    "copy",
    "dependsOn",
    "existing",
    "import",
    "metadata",
    "name",
    "resources",
    "scope",
    "type",
];

/// Reads templates: one network from all of them.
pub fn arm(
    sources: &mut Sources,
    templates: &[Template],
    parameters: &[Parameters],
    linked: &mut dyn Linked,
    diagnostics: &mut Diagnostics,
) -> Imported {
    let mut report = Report::default();
    let mut world = World::new(sources, linked, &mut report, diagnostics);
    let found = world.import(templates, parameters);
    report.texts = templates.len();
    // What is left out so far are resources, too: those whose condition is false, deployments that are not there.
    report.found = found.len() + report.unused.len();
    Imported::of(found, report, diagnostics)
}

impl World<'_> {
    fn import(&mut self, templates: &[Template], parameters: &[Parameters]) -> Vec<Found> {
        for template in templates {
            let name = self.sources.get(template.text).name.clone();
            let found = self.parsed(template.text).map(|term| (template.text, term));
            self.texts.insert(name, found);
        }
        let mut declared = HashSet::new();
        for (root, template) in templates.iter().enumerate() {
            self.root = root;
            let name = self.sources.get(template.text).name.clone();
            if let Some(Some((_, term))) = self.texts.get(&name).cloned() {
                self.begin(template, &term, parameters, &mut declared);
            }
        }
        self.strangers(parameters, &declared);
        self.doubt_what_is_told();
        // A template that another one deploys is read there, with the values that it gets there.
        let stays = |one: &Instance| one.made && !self.is_deployed(templates, one.root);
        let kept: Vec<usize> = (0..self.instances.len()).filter(|at| stays(&self.instances[*at])).collect();
        let mut trees = Trees { left: MOST_VALUES };
        let mut found = Vec::with_capacity(kept.len());
        for at in &kept {
            let instance = self.instances[*at].clone();
            found.push(self.found(instance, &mut trees));
        }
        self.replaced(&kept, found)
    }

    fn is_deployed(&self, templates: &[Template], root: usize) -> bool {
        templates.get(root).is_some_and(|template| self.deployed.contains(&template.text))
    }

    /// One of the templates that were asked for.
    fn begin(&mut self, template: &Template, term: &Term, parameters: &[Parameters], declared: &mut HashSet<String>) {
        if self.deployed.contains(&template.text) {
            return;
        }
        if term.get("resources").is_none() {
            let name = &self.sources.get(template.text).name;
            let message = format!("`{name}` is no ARM template: it has no `resources`");
            let problem = Diagnostic::error("not-a-template", term.span, message);
            return self.diagnostics.push(problem.help("a file of parameters goes behind `--parameters`"));
        }
        let section = term.get("parameters").map(Term::pairs).unwrap_or_default();
        declared.extend(section.iter().map(|pair| pair.key.to_lowercase()));
        let given = self.values(template, term, parameters);
        let frame = self.frame(Frame {
            template: term.clone(),
            source: template.text,
            given,
            known: HashMap::new(),
            scope: deployments::deeper(&deployments::nowhere(term.span), term),
            name: Term::unknown(term.span, "the name of the deployment is not known", "deployment()"),
            depth: 0,
            symbols: HashMap::new(),
        });
        let scope = self.frames[frame].scope.clone();
        self.expand(term, &Place::of(frame), &scope);
    }

    /// The values that a template's parameters get, later ones over earlier ones.
    fn values(&mut self, template: &Template, term: &Term, parameters: &[Parameters]) -> HashMap<String, Given> {
        let mut all = HashMap::new();
        if let Some(id) = template.beside {
            let file = self.parsed(id);
            all.extend(file.as_ref().map(parameters::in_file).unwrap_or_default());
        }
        for one in parameters {
            match one {
                Parameters::File(id) => {
                    let file = self.parsed(*id);
                    all.extend(file.as_ref().map(parameters::in_file).unwrap_or_default());
                }
                Parameters::Map(node) => all.extend(parameters::in_file(&Term::of(node.clone()))),
                Parameters::Value(name, id) => {
                    let declared = term.get("parameters").and_then(|section| section.get(name));
                    let kind = declared.and_then(|one| one.get("type")).and_then(Term::as_str);
                    let json = scenario::parse_json(self.sources, *id, &mut Diagnostics::default()).map(Term::of);
                    let source = self.sources.get(*id);
                    let span = crate::diagnostic::Span::new(*id, 0..source.text.len());
                    let text = Term::new(span, Value::text(source.text.as_str()));
                    let term = parameters::typed(&text, json, kind);
                    all.insert(name.to_lowercase(), Given { term, place: None });
                }
            }
        }
        all
    }

    /// Values for parameters that no template has.
    fn strangers(&mut self, parameters: &[Parameters], declared: &HashSet<String>) {
        let mut named = Vec::new();
        for one in parameters {
            match one {
                Parameters::Value(name, id) => {
                    let end = self.sources.get(*id).text.len();
                    named.push((name.clone(), crate::diagnostic::Span::new(*id, 0..end)));
                }
                Parameters::Map(node) => {
                    named.extend(node.entries().iter().map(|one| (one.key.to_string(), one.key_span)))
                }
                Parameters::File(_) => {}
            }
        }
        for (name, span) in named.into_iter().filter(|(name, _)| !declared.contains(&name.to_lowercase())) {
            let problem = Diagnostic::error("unknown-parameter", span, format!("no template has a parameter `{name}`"));
            let near =
                nearest(&name, declared.iter().map(String::as_str), 3).map(|near| format!("did you mean `{near}`?"));
            let help = near.unwrap_or_else(|| "look at `parameters` of the template".to_owned());
            self.diagnostics.push(problem.help(help));
        }
    }

    /// An instance as a resource with everything worked out.
    fn found(&mut self, instance: Instance, trees: &mut Trees) -> Found {
        let Instance { identity, name_span, raw, place, doubts, .. } = instance;
        let text = |text: &str| Node::new(name_span, Tree::Scalar { text: text.into(), plain: false });
        let entry = |key: &str, value: Node| Entry { key: key.into(), key_span: name_span, value };
        let kind = format!("{}/{}", identity.provider, identity.types.join("/"));
        let mut entries = vec![entry("name", text(&identity.name())), entry("type", text(&kind))];
        if let Family::Map(_) = identity.family() {
            for pair in
                raw.pairs().iter().filter(|pair| !INSTRUCTIONS.iter().any(|key| key.eq_ignore_ascii_case(&pair.key)))
            {
                let value = self.evaluate(&pair.value, &place);
                entries.push(Entry { key: (&*pair.key).into(), key_span: pair.key_span, value: trees.node(&value) });
            }
            for doubt in doubts {
                let value = trees.node(&doubt.value);
                if !entries.iter().any(|one| *one.key == *doubt.key) {
                    entries.push(Entry { key: (&*doubt.key).into(), key_span: doubt.key_span, value });
                }
            }
        }
        let node = Node::new(raw.span, Tree::Map(Map { entries }));
        Found { identity, name_span, in_passing: false, node }
    }
}
