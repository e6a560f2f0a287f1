//! Everything that is known while templates are read: their texts, their frames, the resources that they make.
//!
//! In: texts. Out: the state that evaluation works on. Bounded: fuel for all work together, a depth for each answer.

use super::{
    expression::{self, Expression},
    value::{Pair, Term, Value},
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, Source, SourceId, Sources, Span},
    import::{identity::Identity, report::Report},
    scenario,
};
use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

/// Finds the texts that templates link to.
pub trait Linked {
    /// The text of a file by its path, next to the file that names it; none where there is no such file.
    fn linked(&mut self, path: &str, from: &str) -> Option<Source>;
}

impl<F: FnMut(&str, &str) -> Option<Source>> Linked for F {
    fn linked(&mut self, path: &str, from: &str) -> Option<Source> {
        self(path, from)
    }
}

/// Work for all templates of an import together.
const FUEL: usize = 8_000_000;
/// Deepest chain of values that need each other.
pub(super) const DEEPEST: usize = 250;
/// Most resources of an import.
const MOST_RESOURCES: usize = 200_000;

/// A template with the values that it was given.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) template: Term,
    /// The text that it is in.
    pub(super) source: SourceId,
    pub(super) given: HashMap<String, Given>,
    /// Parameters and variables that have been worked out; none while one is being worked out.
    pub(super) known: HashMap<(Kind, String), Option<Term>>,
    pub(super) scope: Scope,
    /// What deploys it: for `deployment()`.
    pub(super) name: Term,
    /// Deployments around it.
    pub(super) depth: usize,
    /// Resources by symbolic name, as ids in lower case.
    pub(super) symbols: HashMap<String, Rc<str>>,
}

/// What a name in a frame stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Parameter,
    Variable,
}

/// A value from outside.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) term: Term,
    /// Where its expressions are worked out; none where it has none.
    pub(super) place: Option<Place>,
}

/// Where an expression stands.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) frame: usize,
    pub(super) loops: Option<Rc<Loop>>,
    pub(super) locals: Option<Rc<Local>>,
}

/// A copy loop around an expression.
#[derive(Debug)]
pub(super) struct Loop {
    pub(super) name: Rc<str>,
    pub(super) index: i64,
    /// Of a resource: what `copyIndex()` without a name means.
    pub(super) of_resource: bool,
    pub(super) outer: Option<Rc<Loop>>,
}

/// A variable of a lambda, or a parameter of a function of the template's own.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) kind: LocalKind,
    pub(super) name: Rc<str>,
    pub(super) value: Term,
    pub(super) outer: Option<Rc<Local>>,
}

/// How a local is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LocalKind {
    Lambda,
    Parameter,
}

/// Where resources are deployed. Names may be unknown.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub(super) level: Level,
    pub(super) subscription: Term,
    pub(super) group: Term,
    pub(super) management_group: Term,
}

/// What a template is deployed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Group,
    Subscription,
    ManagementGroup,
    Tenant,
}

/// A resource that a template makes, or one that it only names.
#[derive(Debug, Clone)]
pub(super) struct Instance {
    pub(super) id: Rc<str>,
    pub(super) identity: Identity,
    pub(super) name_span: Span,
    pub(super) raw: Term,
    pub(super) place: Place,
    /// Made by the template, not only named as existing.
    pub(super) made: bool,
    /// Keys that say why it may be missing, or more than one: `unknownCondition`, `copy`.
    pub(super) doubts: Vec<Pair>,
    /// The template given to `import`, of several.
    pub(super) root: usize,
    /// The deployment that makes it; none where that is the template given to `import`.
    pub(super) around: Option<usize>,
}

/// A deployment within a template.
#[derive(Debug, Clone)]
pub(super) struct Deployment {
    pub(super) raw: Term,
    pub(super) place: Place,
    pub(super) scope: Scope,
    pub(super) name: Term,
    pub(super) words: String,
    /// Why it may not be carried out.
    pub(super) doubts: Vec<Pair>,
    /// The deployment that it stands in.
    pub(super) around: Option<usize>,
    /// Once it has been looked at; none where its template is not there.
    pub(super) opened: Option<Option<Opened>>,
}

/// A template that a deployment deploys, and where its expressions stand.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    pub(super) template: Term,
    pub(super) place: Place,
}

/// A deployment whose template was not found: what it does to the resources that it is told of, nobody knows.
#[derive(Debug)]
pub(super) struct Missing {
    /// Every text in its parameters, in lower case.
    pub(super) told: HashSet<String>,
    pub(super) span: Span,
    pub(super) words: String,
}

/// The state of an import.
pub(super) struct World<'a> {
    pub(super) sources: &'a mut Sources,
    pub(super) linked: &'a mut dyn Linked,
    pub(super) diagnostics: &'a mut Diagnostics,
    pub(super) report: &'a mut Report,
    pub(super) frames: Vec<Frame>,
    pub(super) instances: Vec<Instance>,
    pub(super) deployments: Vec<Deployment>,
    /// Resources by id in lower case.
    pub(super) by_id: HashMap<Rc<str>, usize>,
    pub(super) deployments_by_id: HashMap<Rc<str>, usize>,
    /// Resources and deployments by frame and name in lower case.
    pub(super) names: HashMap<(usize, String), Rc<str>>,
    /// Texts that templates linked to, parsed; none where they are no JSON.
    pub(super) texts: HashMap<String, Option<(SourceId, Term)>>,
    /// Texts that another one deploys.
    pub(super) deployed: HashSet<SourceId>,
    /// Deployments whose templates were not found.
    pub(super) missing: Vec<Missing>,
    /// The template, of those given to `import`, that is being read.
    pub(super) root: usize,
    /// The deployment that is being carried out.
    pub(super) around: Option<usize>,
    pub(super) depth: usize,
    fuel: usize,
    expressions: HashMap<Rc<str>, Result<Rc<Expression>, Rc<str>>>,
    told: HashSet<Span>,
}

impl<'a> World<'a> {
    pub(super) fn new(
        sources: &'a mut Sources,
        linked: &'a mut dyn Linked,
        report: &'a mut Report,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        World {
            sources,
            linked,
            diagnostics,
            report,
            frames: Vec::new(),
            instances: Vec::new(),
            deployments: Vec::new(),
            by_id: HashMap::new(),
            deployments_by_id: HashMap::new(),
            names: HashMap::new(),
            texts: HashMap::new(),
            missing: Vec::new(),
            deployed: HashSet::new(),
            root: 0,
            around: None,
            depth: 0,
            fuel: FUEL,
            expressions: HashMap::new(),
            told: HashSet::new(),
        }
    }

    /// Takes fuel; false where none is left.
    pub(super) fn burn(&mut self, amount: usize) -> bool {
        self.fuel = self.fuel.saturating_sub(amount);
        self.fuel > 0
    }

    /// Whether another resource may be added; the first that may not is told.
    pub(super) fn has_room(&mut self, span: Span) -> bool {
        let room = self.instances.len() < MOST_RESOURCES && self.burn(1);
        if !room {
            let message = "the templates make more than azreach takes in";
            self.tell(Diagnostic::error("file-too-large", span, message).help("import parts of them"), span);
        }
        room
    }

    /// Says something once for each place.
    pub(super) fn tell(&mut self, problem: Diagnostic, span: Span) {
        if self.told.insert(span) {
            self.diagnostics.push(problem);
        }
    }

    /// A parsed expression; what is wrong with it is said once.
    pub(super) fn expression(&mut self, text: &str) -> Result<Rc<Expression>, Rc<str>> {
        if let Some(known) = self.expressions.get(text) {
            return known.clone();
        }
        let parsed = expression::parse(text).map(Rc::new).map_err(Rc::from);
        self.expressions.insert(text.into(), parsed.clone());
        parsed
    }

    /// A text as values.
    pub(super) fn parsed(&mut self, id: SourceId) -> Option<Term> {
        scenario::parse_json(self.sources, id, self.diagnostics).map(Term::of)
    }

    /// A frame for a template.
    pub(super) fn frame(&mut self, frame: Frame) -> usize {
        self.frames.push(frame);
        self.frames.len() - 1
    }
}

impl Place {
    /// In a frame, in no loop.
    pub(super) fn of(frame: usize) -> Place {
        Place { frame, loops: None, locals: None }
    }

    /// The same within a loop.
    pub(super) fn within(&self, name: &Rc<str>, index: i64, of_resource: bool) -> Place {
        let one = Loop { name: name.clone(), index, of_resource, outer: self.loops.clone() };
        Place { loops: Some(Rc::new(one)), ..self.clone() }
    }

    /// The same with a local.
    pub(super) fn with(&self, kind: LocalKind, name: Rc<str>, value: Term) -> Place {
        let one = Local { kind, name, value, outer: self.locals.clone() };
        Place { locals: Some(Rc::new(one)), ..self.clone() }
    }

    /// The value of a local.
    pub(super) fn local(&self, kind: LocalKind, name: &str) -> Option<&Term> {
        let mut here = self.locals.as_deref();
        while let Some(local) = here {
            if local.kind == kind && local.name.eq_ignore_ascii_case(name) {
                return Some(&local.value);
            }
            here = local.outer.as_deref();
        }
        None
    }

    /// The index of a loop: of the named one, else of the resource's.
    pub(super) fn index(&self, name: Option<&str>) -> Option<i64> {
        let loops = || std::iter::successors(self.loops.as_deref(), |one| one.outer.as_deref());
        match name {
            Some(name) => loops().find(|one| one.name.eq_ignore_ascii_case(name)).map(|one| one.index),
            None => loops().find(|one| one.of_resource).or(loops().next()).map(|one| one.index),
        }
    }
}

impl Frame {
    /// A section of the template.
    pub(super) fn section(&self, name: &str) -> Option<&Term> {
        self.template.get(name)
    }
}

/// A value made by azreach at a place.
pub(super) fn entry(span: Span, key: &str, value: Value) -> Pair {
    Pair { key: key.into(), key_span: span, value: Term::new(span, value) }
}
