//! Resources that templates deploy more than once: what the last deployment leaves.
//!
//! In: the resources of templates, worked out. Out: each of them once where `dependsOn` tells which comes last, as Azure
//! has it after that: a resource is replaced as a whole, but a virtual network keeps its subnets where the list of them
//! is left out (<https://learn.microsoft.com/azure/azure-resource-manager/bicep/scenarios-virtual-networks>).
//! Deliberately absent: deployments of which nobody knows the order, or whether they take place; `fold` joins those.

use super::{
    value::Term,
    world::{Instance, World},
};
use crate::{
    import::find::Found,
    scenario::tree::{Entry, Node, Value},
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    rc::Rc,
};

/// What a template deploys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Step {
    Resource(usize),
    Deployment(usize),
}

/// What `dependsOn` may mean, in lower case: ids, and loops by their frames and names.
type Places = HashMap<Rc<str>, Vec<Step>>;

impl World<'_> {
    /// Takes out what a later deployment replaces. `kept` are the places of what was found.
    pub(super) fn replaced(&mut self, kept: &[usize], found: Vec<Found>) -> Vec<Found> {
        let mut same: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
        for (at, one) in kept.iter().enumerate() {
            let instance = &self.instances[*one];
            same.entry((instance.root, instance.id.to_lowercase())).or_default().push(at);
        }
        let is_sure = |at: &usize| self.instances[kept[*at]].doubts.is_empty();
        same.retain(|_, all| all.len() > 1 && all.iter().all(is_sure));
        if same.is_empty() {
            return found;
        }
        let places = self.places();
        let mut found: Vec<Option<Found>> = found.into_iter().map(Some).collect();
        for all in same.into_values() {
            if let Some(chain) = self.in_order(&all, kept, &places) {
                self.replace(&chain, kept, &places, &mut found);
            }
        }
        found.into_iter().flatten().collect()
    }

    /// The same resource several times, in order: none where the order is not known.
    fn in_order(&mut self, all: &[usize], kept: &[usize], places: &Places) -> Option<Vec<usize>> {
        let mut ranked = Vec::with_capacity(all.len());
        for one in all {
            let mut before = 0;
            for other in all.iter().filter(|other| *other != one) {
                before += usize::from(self.is_after(kept[*one], kept[*other], places));
            }
            ranked.push((before, *one));
        }
        ranked.sort_unstable();
        let known = ranked.iter().enumerate().all(|(at, (before, _))| at == *before);
        known.then(|| ranked.into_iter().map(|(_, one)| one).collect())
    }

    /// Each of a chain takes the place of the one before it.
    fn replace(&mut self, chain: &[usize], kept: &[usize], places: &Places, found: &mut [Option<Found>]) {
        for pair in chain.windows(2) {
            let (before, after) = (pair[0], pair[1]);
            let is_network = self.instances[kept[after]].is_network();
            let Some(gone) = found[before].take() else { continue };
            let Some(stays) = &mut found[after] else { continue };
            match subnets(&stays.node).is_some() {
                true if is_network => self.forget_subnets(kept[after], kept, places, found),
                false if is_network => keep_subnets(&mut stays.node, &gone.node),
                _ => {}
            }
        }
    }

    /// A list of subnets is all of them: others that were there are deleted, and those in it are as the list has them.
    fn forget_subnets(&mut self, network: usize, kept: &[usize], places: &Places, found: &mut [Option<Found>]) {
        let id = format!("{}/subnets/", self.instances[network].id.to_lowercase());
        for (at, one) in kept.iter().enumerate() {
            let is_subnet = self.instances[*one].id.to_lowercase().starts_with(&id);
            if is_subnet && self.is_after(network, *one, places) {
                found[at] = None;
            }
        }
    }

    /// Where everything is that something may depend on.
    fn places(&self) -> Places {
        let mut places = Places::new();
        for (at, one) in self.instances.iter().enumerate() {
            let key: Rc<str> = one.id.to_lowercase().into();
            places.entry(key).or_default().push(Step::Resource(at));
            if let Some(name) = loop_name(&one.raw) {
                places.entry(loop_key(one.place.frame, &name)).or_default().push(Step::Resource(at));
            }
        }
        for (id, at) in &self.deployments_by_id {
            places.entry(id.clone()).or_default().push(Step::Deployment(*at));
        }
        for (at, one) in self.deployments.iter().enumerate() {
            if let Some(name) = loop_name(&one.raw) {
                places.entry(loop_key(one.place.frame, &name)).or_default().push(Step::Deployment(at));
            }
        }
        places
    }

    /// Whether a resource is deployed after another one: it, or a deployment around it, needs the other one or a
    /// deployment around that.
    fn is_after(&mut self, later: usize, earlier: usize, places: &Places) -> bool {
        let (later, earlier) = (self.and_around(later), self.and_around(earlier));
        let beside = later.iter().find_map(|one| {
            let other = earlier.iter().find(|other| self.around(**other) == self.around(*one))?;
            Some((*one, *other))
        });
        beside.is_some_and(|(one, other)| one != other && self.needs(one, other, places))
    }

    /// A resource and the deployments around it, from within.
    fn and_around(&self, resource: usize) -> Vec<Step> {
        let outer = |step: &Step| self.around(*step).map(Step::Deployment);
        std::iter::successors(Some(Step::Resource(resource)), outer).collect()
    }

    fn around(&self, step: Step) -> Option<usize> {
        match step {
            Step::Resource(at) => self.instances[at].around,
            Step::Deployment(at) => self.deployments[at].around,
        }
    }

    /// Along `dependsOn`, whatever stands between them.
    fn needs(&mut self, one: Step, other: Step, places: &Places) -> bool {
        let (mut open, mut seen) = (vec![one], HashSet::from([one]));
        while let Some(step) = open.pop() {
            if step == other {
                return true;
            }
            let next = self.depends_on(step, places);
            open.extend(next.into_iter().filter(|next| seen.insert(*next)));
        }
        false
    }

    fn depends_on(&mut self, step: Step, places: &Places) -> Vec<Step> {
        let (raw, place) = match step {
            Step::Resource(at) => (&self.instances[at].raw, &self.instances[at].place),
            Step::Deployment(at) => (&self.deployments[at].raw, &self.deployments[at].place),
        };
        let Some(written) = raw.get("dependsOn").cloned() else { return Vec::new() };
        let place = place.clone();
        let mut all = Vec::new();
        for name in self.evaluate(&written, &place).items().iter().filter_map(Term::name) {
            let meant = places.get(&self.meant(&name, &place));
            let meant = meant.or_else(|| places.get(&loop_key(place.frame, &name)));
            all.extend(meant.into_iter().flatten().copied());
        }
        all
    }
}

impl Instance {
    fn is_network(&self) -> bool {
        matches!(&*self.identity.types, [kind] if kind.eq_ignore_ascii_case("virtualNetworks"))
    }
}

/// The name of the loop that makes it, where one does.
fn loop_name(raw: &Term) -> Option<Rc<str>> {
    raw.get("copy")?.get("name")?.name()
}

fn loop_key(frame: usize, name: &str) -> Rc<str> {
    format!("{frame} {}", name.to_lowercase()).into()
}

/// The list of subnets in a network's properties; an empty one is one, too.
fn subnets(network: &Node) -> Option<&Entry> {
    let properties = network.get("properties")?.as_map()?;
    properties.entry("subnets").filter(|entry| entry.value.value != Value::Null)
}

/// The subnets that were there before.
fn keep_subnets(network: &mut Node, before: &Node) {
    let Some(subnets) = subnets(before).cloned() else { return };
    let Value::Map(map) = &mut network.value else { return };
    let Some(at) = map.position("properties") else { return };
    if let Value::Map(properties) = &mut map.entries[at].value.value {
        properties.entries.retain(|entry| !entry.key.eq_ignore_ascii_case("subnets"));
        properties.entries.push(subnets);
    }
}
