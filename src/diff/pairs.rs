//! Which end of one network is which end of the other.
//!
//! In: two networks. Out: [`Couple`]s: ends of the same kind and name, or an end that only one of them has. Machines whose
//! addresses differ are ends of their own, and those addresses are left out of the subnets of both.

use crate::{
    model::{NetworkInterfaceId, Party},
    network::Network,
    reach::{End, Side, ends, machine_name},
    space::Addresses,
};
use std::{
    collections::{HashMap, HashSet},
    mem::{Discriminant, discriminant},
};

/// The same end before and after.
#[derive(Debug, Clone)]
pub(super) struct Couple {
    pub(super) before: Option<End>,
    pub(super) after: Option<End>,
    /// A machine whose address is another now: it is known by its name.
    pub(super) moved: bool,
}

impl Couple {
    /// What it is.
    pub(super) fn party(&self) -> Option<&Party> {
        self.before.as_ref().or(self.after.as_ref()).map(|end| &end.party)
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        self.before.as_ref().or(self.after.as_ref()).map_or("", |end| &end.name)
    }

    /// Addresses that are ends of their own in either network.
    pub(super) fn without(&self) -> Addresses {
        let of = |end: &Option<End>| end.as_ref().map(|end| end.without.clone()).unwrap_or_default();
        of(&self.before).union(&of(&self.after))
    }
}

/// Two networks.
pub(super) struct Scene<'n> {
    before: &'n Network,
    after: &'n Network,
    /// Names of machines that have moved, lower case.
    moved: HashSet<String>,
    /// Names of machines that are ends of their own, lower case.
    apart: HashSet<String>,
    /// Addresses that are the Internet's in both.
    pub(super) internet: Addresses,
}

impl<'n> Scene<'n> {
    pub(super) fn of(before: &'n Network, after: &'n Network) -> Self {
        let (old, new) = (places(before), places(after));
        let is_elsewhere = |(name, place): (&String, &Vec<String>)| {
            new.get(name).filter(|other| *other != place).map(|_| name.clone())
        };
        let moved: HashSet<String> = old.iter().filter_map(is_elsewhere).collect();
        let mut apart = moved.clone();
        for network in [before, after] {
            for side in [Side::Source, Side::Destination] {
                let machines = ends(network, side, &HashSet::new());
                let machines = machines.iter().filter(|end| matches!(end.party, Party::NetworkInterface(_)));
                apart.extend(machines.map(|end| end.name.to_lowercase()));
            }
        }
        let free = |network: &Network| network.internet().minus(network.public().all());
        Scene { before, after, moved, apart, internet: free(before).intersect(&free(after)) }
    }

    /// All ends of one side: those of the first network in its order, then what only the second has.
    pub(super) fn couples(&self, side: Side) -> Vec<Couple> {
        let mut new = keyed(ends(self.after, side, &self.apart));
        let old = keyed(ends(self.before, side, &self.apart));
        let mut places: HashMap<Key, usize> = new.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect();
        let moved = |end: &End| {
            matches!(end.party, Party::NetworkInterface(_)) && self.moved.contains(&end.name.to_lowercase())
        };
        let mut couples: Vec<Couple> = old
            .into_iter()
            .map(|(key, end)| {
                let after = places.remove(&key).map(|at| new[at].1.clone());
                Couple { moved: moved(&end), before: Some(end), after }
            })
            .collect();
        new.retain(|(key, _)| places.contains_key(key));
        couples.extend(new.into_iter().map(|(_, end)| Couple { before: None, moved: moved(&end), after: Some(end) }));
        couples
    }
}

/// Kind, name, and which of those with the same kind and name.
type Key = (Discriminant<Party>, String, usize);

fn keyed(ends: Vec<End>) -> Vec<(Key, End)> {
    let mut seen: HashMap<(Discriminant<Party>, String), usize> = HashMap::new();
    let key = |end: End| {
        let (kind, name) = (discriminant(&end.party), end.name.to_lowercase());
        let count = seen.entry((kind, name.clone())).or_default();
        *count += 1;
        ((kind, name, *count), end)
    };
    ends.into_iter().map(key).collect()
}

/// Where the machines are, by name: subnets and addresses.
fn places(network: &Network) -> HashMap<String, Vec<String>> {
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    for (index, nic) in network.model.network_interfaces.iter().enumerate() {
        let name = machine_name(network, NetworkInterfaceId::at(index)).to_lowercase();
        let place = found.entry(name).or_default();
        for one in &nic.ip_configurations {
            let address = one.address.known().map(ToString::to_string).unwrap_or_default();
            place.push(format!("{} {address}", network.subnet_path(one.subnet).to_lowercase()));
        }
    }
    found
}
