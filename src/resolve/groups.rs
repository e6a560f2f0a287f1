//! Groups: names for lists of ends, with exceptions.
//!
//! In: `groups` of a scenario. Out: the parties of each, found when asked. Deliberately absent: flows.

use super::{
    ends::{EndError, Names},
    findings::Findings,
};
use crate::{
    diagnostic::{Diagnostic, Span},
    flow::End,
    model::*,
    scenario::tree::{Entry, Node},
};
use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

/// Groups whose parties were worked out while one question is answered.
type Worked<'n> = HashMap<&'n str, Rc<[Party]>>;

/// Deepest nesting of groups in groups.
const MAX_DEPTH: usize = 32;

/// Groups by their lower-case name.
#[derive(Debug, Default)]
pub(super) struct Groups {
    by_name: HashMap<String, Group>,
}

#[derive(Debug, Default)]
struct Group {
    name: String,
    of: Vec<Member>,
    except: Vec<Member>,
}

/// A member that is an end, or another group.
#[derive(Debug)]
struct Member {
    end: End,
    span: Span,
}

impl Member {
    fn group<'g>(&self, groups: &'g Groups) -> Option<&'g Group> {
        match &self.end {
            End::Name(parts) => groups.by_name.get(&parts.join("/").to_lowercase()),
            _ => None,
        }
    }
}

impl Group {
    fn members(&self) -> impl Iterator<Item = &Member> {
        self.of.iter().chain(&self.except)
    }
}

impl Groups {
    /// Whether a name is that of a group.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.by_name.contains_key(&name.to_lowercase())
    }

    /// How deep groups nest below each group; `None` for one that contains itself or nests too deep.
    fn depth(&self, group: &Group, open: usize, known: &mut HashMap<String, Option<usize>>) -> Option<usize> {
        let key = group.name.to_lowercase();
        if let Some(depth) = known.get(&key) {
            return *depth;
        }
        if open > MAX_DEPTH {
            return None;
        }
        // While it is open, meeting it again is a circle.
        known.insert(key.clone(), None);
        let mut depth = Some(1);
        for inner in group.members().filter_map(|member| member.group(self)) {
            let below = self.depth(inner, open + 1, known);
            depth = depth.zip(below).map(|(own, below)| own.max(below + 1)).filter(|depth| *depth <= MAX_DEPTH);
        }
        known.insert(key, depth);
        depth
    }
}

impl Names {
    /// Reads the groups; every member of each must mean something.
    pub(super) fn add_groups(&mut self, model: &Model, groups: &[Entry], findings: &mut Findings) {
        for entry in groups {
            let group = read_group(entry, findings);
            self.written.add(&entry.key);
            self.groups.by_name.insert(entry.key.to_lowercase(), group);
        }
        let mut depths = HashMap::new();
        let mut endless = Vec::new();
        for entry in groups {
            let Some(group) = self.groups.by_name.get(&entry.key.to_lowercase()) else {
                continue;
            };
            if self.is_party(&entry.key) {
                let message = format!("`{}` is the name of a group and of a resource", entry.key);
                let problem = Diagnostic::error("ambiguous-end", entry.key_span, message);
                findings.push(problem.help("give the group another name"));
            }
            if self.groups.depth(group, 0, &mut depths).is_none() {
                let message = format!("group `{}` contains itself, or nests more than {MAX_DEPTH} deep", entry.key);
                let problem = Diagnostic::error("group-cycle", entry.key_span, message);
                findings.push(problem.help("list its members themselves"));
                endless.push(entry.key.to_lowercase());
                continue;
            }
            self.check_group(model, group, findings);
        }
        // The file cannot be used, but its flows are still looked at: nothing may go round in circles.
        for key in endless {
            if let Some(group) = self.groups.by_name.get_mut(&key) {
                group.of.clear();
                group.except.clear();
            }
        }
    }

    fn check_group(&self, model: &Model, group: &Group, findings: &mut Findings) {
        let before = findings.len();
        for member in group.members().filter(|member| member.group(&self.groups).is_none()) {
            if let Err(problem) = self.party(model, &member.end) {
                let message = format!("group `{}`: {}", group.name, problem.message);
                let diagnostic = Diagnostic::error(problem.code, member.span, message);
                findings.push(match problem.help {
                    Some(help) => diagnostic.help(help),
                    None => diagnostic,
                });
            }
        }
        if findings.len() == before {
            self.check_exceptions(model, group, findings);
        }
    }

    /// An exception that takes nothing away is a mistake.
    fn check_exceptions(&self, model: &Model, group: &Group, findings: &mut Findings) {
        if group.except.is_empty() {
            return;
        }
        let mut known = HashMap::new();
        let Ok(all) = self.union(model, &group.of, &mut known) else {
            return;
        };
        for member in &group.except {
            let Ok(gone) = self.union(model, std::slice::from_ref(member), &mut known) else {
                continue;
            };
            let touched = all.iter().any(|party| gone.contains(party) || is_split(model, party, &gone));
            if !touched {
                let message = format!("group `{}`: `except: {}` takes nothing away", group.name, member.end);
                let problem = Diagnostic::error("except-without-effect", member.span, message);
                let help = "an exception is a member, or a subnet of a virtual network that is one";
                findings.push(problem.help(help));
            }
        }
    }

    /// The parties of a group, each once.
    pub(super) fn group(&self, model: &Model, name: &str) -> Result<Vec<Party>, EndError> {
        match self.groups.by_name.get(&name.to_lowercase()) {
            Some(group) => self.parties_of(model, group, &mut HashMap::new()).map(|parties| parties.to_vec()),
            None => Ok(Vec::new()),
        }
    }

    fn parties_of<'n>(
        &'n self,
        model: &Model,
        group: &'n Group,
        known: &mut Worked<'n>,
    ) -> Result<Rc<[Party]>, EndError> {
        if let Some(parties) = known.get(group.name.as_str()) {
            return Ok(parties.clone());
        }
        let all = self.union(model, &group.of, known)?;
        let gone = self.union(model, &group.except, known)?;
        let parties: Rc<[Party]> = without(model, all, &gone).into();
        known.insert(&group.name, parties.clone());
        Ok(parties)
    }

    fn union<'n>(
        &'n self,
        model: &Model,
        members: &'n [Member],
        known: &mut Worked<'n>,
    ) -> Result<Vec<Party>, EndError> {
        let mut seen = HashSet::new();
        let mut parties = Vec::new();
        for member in members {
            let found = match member.group(&self.groups) {
                Some(inner) => self.parties_of(model, inner, known)?,
                None => [self.party(model, &member.end)?].into(),
            };
            parties.extend(found.iter().filter(|party| seen.insert((*party).clone())).cloned());
        }
        Ok(parties)
    }
}

fn read_group(entry: &Entry, findings: &mut Findings) -> Group {
    let mut members = |node: Option<&Node>| {
        let items = node.map(Node::items).unwrap_or_default();
        items.iter().filter_map(|item| member(entry, item, findings)).collect::<Vec<Member>>()
    };
    let (of, except) = match entry.value.as_map() {
        Some(_) => (members(entry.value.get("of")), members(entry.value.get("except"))),
        None => (members(Some(&entry.value)), Vec::new()),
    };
    let written = entry.value.get("of").unwrap_or(&entry.value);
    if written.items().is_empty() || (of.is_empty() && written.as_map().is_some()) {
        let problem = Diagnostic::error("empty-group", entry.key_span, format!("group `{}` has no members", entry.key));
        findings.push(problem.help("list the ends that it stands for"));
    }
    Group { name: entry.key.to_string(), of, except }
}

fn member(group: &Entry, node: &Node, findings: &mut Findings) -> Option<Member> {
    match node.as_str()?.to_lowercase().parse() {
        Ok(end) => Some(Member { end, span: node.span }),
        Err(error) => {
            let error: crate::flow::FlowError = error;
            let message = format!("group `{}`: {}", group.key, error.message);
            let problem = Diagnostic::error("bad-flow", node.span, message);
            findings.push(match error.help {
                Some(help) => problem.help(help),
                None => problem,
            });
            None
        }
    }
}

/// All but those that are gone; a VNET of which some subnets are gone is the rest of its subnets.
fn without(model: &Model, all: Vec<Party>, gone: &[Party]) -> Vec<Party> {
    let gone_set: HashSet<&Party> = gone.iter().collect();
    let mut left = Vec::with_capacity(all.len());
    for party in all {
        if gone_set.contains(&party) {
            continue;
        }
        match party {
            Party::VirtualNetwork(id) if is_split(model, &party, gone) => {
                let subnets = model.virtual_network(id).subnets.iter().copied();
                let ordinary = subnets.filter(|subnet| model.subnet(*subnet).purpose == SubnetPurpose::Ordinary);
                left.extend(ordinary.map(Party::Subnet).filter(|subnet| !gone_set.contains(subnet)));
            }
            other => left.push(other),
        }
    }
    left
}

/// A VNET of which a subnet is gone.
fn is_split(model: &Model, party: &Party, gone: &[Party]) -> bool {
    let Party::VirtualNetwork(id) = party else {
        return false;
    };
    gone.iter().any(|one| matches!(one, Party::Subnet(subnet) if model.subnet(*subnet).virtual_network == *id))
}
