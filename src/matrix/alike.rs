//! Which ends fare alike for sure, before anything is walked.
//!
//! In: a network and its ends. Out: a class for each end. Two ends are in one class when they may change places and
//! nothing that the walk reads is another. The proof: each only sends and receives for itself, so the walk meets it at
//! its own NICs alone, and reads there its *position* (VNET, what its subnet and NIC say, the rule lists, routes and tags
//! by content); anything else that the walk compares its addresses with (every rule, route, tag and address of the file)
//! holds all of both or nothing of both. Whoever does not fit stays apart. Deliberately absent: any guess, and verdicts.

use super::sets;
use crate::{
    model::{
        Direction, Dns, FactId, Known, NetworkInterface, NetworkInterfaceId, NetworkSecurityGroupId, Party, RuleSubnet,
        Subnet, SubnetId, SubnetPurpose, VirtualNetworkId,
    },
    network::{EffectiveRoutes, LocalOwner, Network, RuleList, VirtualNetworkTag},
    reach::{
        End,
        bystanders::{holds_a_waypoint, keeps_to_itself, mentioned},
    },
    space::{self, Addresses},
};
use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::Arc,
};

/// A class for each end, numbered in the order of their first members. An end has its two sides as asked; one that is not
/// asked on both sides, or not about the same addresses, stays apart.
pub(super) fn classes(network: &Network, ends: &[[Option<&End>; 2]]) -> Vec<usize> {
    let mut positions = Positions::of(network);
    let mut classes: Vec<usize> = Vec::with_capacity(ends.len());
    let mut spans: Vec<Span> = Vec::new();
    let mut first: HashMap<usize, usize> = HashMap::new();
    for (at, end) in ends.iter().enumerate() {
        // What has no position is alone.
        let class = both_alike(end).and_then(|end| positions.find(end)).map_or(at, |Found { position, home, own }| {
            spans.extend(own.iter().map(|(first, last)| Span { first, last, end: at, home }));
            *first.entry(position).or_insert(at)
        });
        classes.push(class);
    }
    let mut refinement = Refinement::of(classes, spans);
    for set in sets::all(network) {
        refinement.by(&set);
    }
    numbered(&refinement.classes)
}

fn both_alike<'e>(end: &[Option<&'e End>; 2]) -> Option<&'e End> {
    let [Some(sender), Some(receiver)] = end else {
        return None;
    };
    (sender.party == receiver.party && sender.without == receiver.without).then_some(*sender)
}

/// The same classes, counted from nought.
fn numbered(classes: &[usize]) -> Vec<usize> {
    let mut numbers: HashMap<usize, usize> = HashMap::new();
    let number = |class: &usize| {
        let next = numbers.len();
        *numbers.entry(*class).or_insert(next)
    };
    classes.iter().map(number).collect()
}

/// A range of addresses of an end that has a position.
struct Span {
    first: u128,
    last: u128,
    end: usize,
    home: VirtualNetworkId,
}

/// Classes that are split until no set tells two members of one apart.
struct Refinement {
    classes: Vec<usize>,
    /// Sorted, disjoint.
    spans: Vec<Span>,
    /// How many spans each end has.
    counts: Vec<u32>,
    /// By span: where the next one is that can be told apart from it. Where the spans of a VNET are all in one run, its
    /// first leads past its last: what holds the run tells nobody in it apart, for classes are of one VNET.
    next: Vec<usize>,
    /// The last number that was given.
    last: usize,
}

impl Refinement {
    fn of(classes: Vec<usize>, mut spans: Vec<Span>) -> Self {
        spans.sort_by_key(|span| span.first);
        let mut counts = vec![0; classes.len()];
        spans.iter().for_each(|span| counts[span.end] += 1);
        Refinement { last: classes.len(), next: runs(&spans), classes, spans, counts }
    }

    /// Ends inside the set are of another class than ends outside; one that it cuts is alone.
    fn by(&mut self, set: &Addresses) {
        // How many spans of an end are inside; none where one is cut.
        let mut met: HashMap<usize, Option<u32>> = HashMap::new();
        for (first, last) in set.iter() {
            let from = self.spans.partition_point(|span| span.last < first);
            let mut at = from;
            while let Some(span) = self.spans.get(at).filter(|span| span.first <= last) {
                let next = self.next[at];
                if first <= span.first && next > at + 1 && self.spans[next - 1].last <= last {
                    at = next;
                    continue;
                }
                at += 1;
                let is_inside = first <= span.first && span.last <= last;
                let count = met.entry(span.end).or_insert(Some(0));
                *count = count.filter(|_| is_inside).map(|count| count + 1);
            }
        }
        let mut inner: HashMap<usize, usize> = HashMap::new();
        for (end, count) in met {
            let class = match count {
                Some(count) if count == self.counts[end] => inner.entry(self.classes[end]).or_default(),
                _ => &mut 0,
            };
            if *class == 0 {
                self.last += 1;
                *class = self.last;
            }
            self.classes[end] = *class;
        }
    }
}

/// The first span of a VNET whose spans are all in one run leads past them, any other to the next.
fn runs(spans: &[Span]) -> Vec<usize> {
    let mut next: Vec<usize> = (1..=spans.len()).collect();
    let mut run_of: HashMap<VirtualNetworkId, Vec<(usize, usize)>> = HashMap::new();
    let mut start = 0;
    for run in spans.chunk_by(|one, other| one.home == other.home) {
        run_of.entry(run[0].home).or_default().push((start, start + run.len()));
        start += run.len();
    }
    for run in run_of.into_values() {
        if let [(first, past)] = run.as_slice() {
            next[*first] = *past;
        }
    }
    next
}

/// What a packet meets at an end by where it stands.
#[derive(PartialEq)]
struct Position {
    /// The subnet without its name, prefixes and lists.
    subnet: Subnet,
    /// The NIC without its name, configurations and security group, if it is told by itself, and what it tells as a name server.
    nic: Option<(NetworkInterface, Option<Dns>)>,
    /// Services whose firewall lists the subnet.
    listed_by: Vec<usize>,
}

/// The contents of lists, routes and tags, by number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Facts {
    virtual_network: VirtualNetworkId,
    groups: [Option<Result<usize, FactId>>; 2],
    routes: usize,
    tag: usize,
    is_single: bool,
}

/// Where an end stands.
struct Found {
    /// Its position, by number.
    position: usize,
    home: VirtualNetworkId,
    own: Addresses,
}

struct Positions<'n> {
    network: &'n Network,
    /// Addresses that the file leads packets to, of several VNETs, of the Internet.
    avoided: Addresses,
    listed_by: HashMap<SubnetId, Vec<usize>>,
    /// Subnets that a workspace names.
    workspaces: HashSet<SubnetId>,
    groups: Contents<NetworkSecurityGroupId, NetworkSecurityGroupId>,
    routes: Contents<*const EffectiveRoutes, &'n EffectiveRoutes>,
    tags: Contents<*const VirtualNetworkTag, &'n VirtualNetworkTag>,
    known: HashMap<Facts, Vec<(Position, usize)>>,
    count: usize,
}

impl<'n> Positions<'n> {
    fn of(network: &'n Network) -> Self {
        let mut listed_by: HashMap<SubnetId, Vec<usize>> = HashMap::new();
        let mut workspaces = HashSet::new();
        for (at, service) in network.model.services.iter().enumerate() {
            for rule in &service.firewall.subnet_rules {
                if let RuleSubnet::Here(subnet) = rule.subnet {
                    listed_by.entry(subnet).or_default().push(at);
                }
            }
            let workspace = service.workspace.iter();
            workspaces.extend(workspace.flat_map(|one| one.host_subnet.into_iter().chain(one.container_subnet)));
        }
        Positions {
            network,
            avoided: mentioned(network).union(network.internet()).union(&sets::of_several_networks(network)),
            listed_by,
            workspaces,
            groups: Contents::default(),
            routes: Contents::default(),
            tags: Contents::default(),
            known: HashMap::new(),
            count: 0,
        }
    }

    /// The position of an end; nothing where it must stay apart.
    fn find(&mut self, end: &End) -> Option<Found> {
        // Properties that are not modelled doubt things by the place where they are written.
        if !self.network.model.unread.is_empty() {
            return None;
        }
        let (id, nic, own) = match end.party {
            Party::Subnet(id) => (id, None, self.addresses_of_subnet(id, end)?),
            Party::NetworkInterface(nic) => {
                let (id, own) = self.address_of_nic(nic)?;
                (id, Some(nic), own)
            }
            _ => return None,
        };
        let (facts, position) = (self.facts(id, nic, &own), self.position(id, nic)?);
        let home = facts.virtual_network;
        let known = self.known.entry(facts).or_default();
        if let Some((_, number)) = known.iter().find(|(one, _)| *one == position) {
            return Some(Found { position: *number, home, own });
        }
        let number = self.count;
        self.count += 1;
        known.push((position, number));
        Some(Found { position: number, home, own })
    }

    /// The addresses that a subnet speaks for, if they are nobody's but its machines'.
    fn addresses_of_subnet(&self, id: SubnetId, end: &End) -> Option<Addresses> {
        let facts = self.network.subnet(id);
        let own = facts.anonymous.minus(&end.without);
        let told = |(nic, at): &(NetworkInterfaceId, usize)| {
            let address = self.network.model.network_interface(*nic).ip_configurations[*at].address.known();
            address.is_some_and(|address| {
                let point = space::point(*address);
                facts.anonymous.contains(point) || end.without.contains(point)
            })
        };
        let is_own = facts.members.iter().all(told) && self.is_of_one(id, None, &own);
        is_own.then_some(own)
    }

    /// The subnet and address of a machine that has one address and is told by itself.
    fn address_of_nic(&self, id: NetworkInterfaceId) -> Option<(SubnetId, Addresses)> {
        let model = &self.network.model;
        let nic = model.network_interface(id);
        let [one] = nic.ip_configurations.as_slice() else {
            return None;
        };
        let own = Addresses::single(space::point(*one.address.known()?));
        let has_identity = nic.workload.is_some_and(|machine| model.workload(machine).identity.is_some());
        let alone = one.public_ip_address.is_none() && !has_identity && keeps_to_itself(model, id, &self.avoided);
        (alone && self.is_of_one(one.subnet, Some(id), &own)).then_some((one.subnet, own))
    }

    /// Whether addresses belong to this NIC, or to the nameless machines of this subnet, and nothing leads elsewhere there.
    fn is_of_one(&self, id: SubnetId, nic: Option<NetworkInterfaceId>, own: &Addresses) -> bool {
        let subnet = self.network.model.subnet(id);
        let owners = self.network.virtual_network(subnet.virtual_network).owners_of(own);
        let owned = owners.iter().fold(Addresses::empty(), |all, (_, some)| all.union(some));
        let rightly = owners.iter().all(|(owner, _)| match (owner, nic) {
            (LocalOwner::NetworkInterface(at, _), Some(nic)) => *at == nic,
            (LocalOwner::Anonymous(at), None) => *at == id,
            _ => false,
        });
        subnet.purpose == SubnetPurpose::Ordinary
            && !own.is_empty()
            && owned == *own
            && rightly
            && !own.meets(&self.avoided)
            && !self.workspaces.contains(&id)
            && !holds_a_waypoint(&self.network.model, id)
    }

    fn facts(&mut self, id: SubnetId, nic: Option<NetworkInterfaceId>, own: &Addresses) -> Facts {
        let network = self.network;
        let subnet = network.model.subnet(id);
        let of_nic = nic.and_then(|nic| network.model.network_interface(nic).network_security_group);
        let groups = [subnet.network_security_group, of_nic].map(|group| self.group(group));
        let facts = network.subnet(id);
        let routes =
            self.routes.number(Arc::as_ptr(&facts.routes), facts.routes.as_ref(), |one, other| one.leads_like(other));
        let tag = self.tags.number(
            Arc::as_ptr(&facts.virtual_network_tag),
            facts.virtual_network_tag.as_ref(),
            |one, other| one == other,
        );
        Facts { virtual_network: subnet.virtual_network, groups, routes, tag, is_single: own.only().is_some() }
    }

    fn group(&mut self, group: Option<Known<NetworkSecurityGroupId>>) -> Option<Result<usize, FactId>> {
        let network = self.network;
        let lists = |id: NetworkSecurityGroupId| -> [&RuleList; 2] {
            [Direction::Inbound, Direction::Outbound].map(|direction| network.rules(id, direction))
        };
        Some(match group? {
            Known::Known(id) => Ok(self.groups.number(id, id, |one, other| {
                lists(*one).iter().zip(lists(*other)).all(|(one, other)| one.decides_like(other))
            })),
            Known::Unknown(fact) => Err(fact),
        })
    }

    fn position(&self, id: SubnetId, nic: Option<NetworkInterfaceId>) -> Option<Position> {
        let model = &self.network.model;
        let subnet = model.subnet(id);
        let nameless = &model.subnets.first()?.label;
        let nic = nic.map(|id| {
            let nic = model.network_interface(id);
            let dns = nic.workload.map(|machine| model.workload(machine).dns.clone());
            let bare = NetworkInterface {
                label: nameless.clone(),
                // Where it has its address, and which rules name it by its groups, is compared by content.
                ip_configurations: Vec::new(),
                network_security_group: None,
                workload: None,
                ..nic.clone()
            };
            (bare, dns)
        });
        let bare = Subnet {
            label: nameless.clone(),
            address_prefixes: Vec::new(),
            network_security_group: None,
            route_table: None,
            ..subnet.clone()
        };
        Some(Position { subnet: bare, nic, listed_by: self.listed_by.get(&id).cloned().unwrap_or_default() })
    }
}

/// Things by content: the same number for those that say the same.
struct Contents<K, T> {
    numbers: HashMap<K, usize>,
    distinct: Vec<T>,
}

impl<K, T> Default for Contents<K, T> {
    fn default() -> Self {
        Contents { numbers: HashMap::new(), distinct: Vec::new() }
    }
}

impl<K: Hash + Eq, T> Contents<K, T> {
    fn number(&mut self, key: K, thing: T, same: impl Fn(&T, &T) -> bool) -> usize {
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = self.distinct.iter().position(|one| same(one, &thing)).unwrap_or_else(|| {
            self.distinct.push(thing);
            self.distinct.len() - 1
        });
        self.numbers.insert(key, number);
        number
    }
}
