//! Filtering: a rule list splits a set of packets into what it lets through, what it drops, and what
//! hangs on a fact that is missing. Allow and deny are decided only here (and in `admit`, for services).
//!
//! In: a part, its header, a list, the tag VirtualNetwork of the place. Out: a [`Sieve`]. Deliberately
//! absent: which lists apply where.

use super::{
    flight::Doubts,
    header::{Field, Header, Point, Port, ephemeral, everything},
    uniform,
};
use crate::{
    model::{Access, FactId, Known},
    network::{Match, Observed, PlatformTag, Rule, RuleList},
    space::{Addresses, Cube, Dimension, Ports, Set, Space, Table},
};
use std::{borrow::Cow, rc::Rc, sync::Arc};

/// Which rule decided which packets: index in the list, `NO_RULE` where none matched.
#[derive(Debug, Clone)]
pub(super) enum Fragments {
    /// Rules with their packets.
    Sets(Rc<Vec<(u32, Set)>>),
    /// By services: the numbers of the table count the rules from 1.
    Table(Table, Arc<[u32]>),
}

impl Fragments {
    /// Rules with the packets that they decide; those of a table are not cut down to what was filtered.
    pub(super) fn sets(&self, space: &mut Space) -> Vec<(u32, Set)> {
        match self {
            Fragments::Sets(sets) => sets.to_vec(),
            Fragments::Table(table, rules) => {
                let numbered = rules.iter().zip(1..);
                numbered.map(|(rule, number)| (*rule, space.having(*table, number))).collect()
            }
        }
    }

    /// The rules that decided packets of a part of what was filtered, in order.
    pub(super) fn rules(&self, space: &mut Space, part: Set) -> Vec<u32> {
        match self {
            Fragments::Sets(sets) => {
                sets.iter().filter(|(_, set)| space.meets(*set, part)).map(|(rule, _)| *rule).collect()
            }
            Fragments::Table(table, rules) => {
                let table = space.keep(*table, part);
                space.numbers_of(table).into_iter().map(|number| rules[number as usize - 1]).collect()
            }
        }
    }
}

/// No rule of the list matched.
pub(super) const NO_RULE: u32 = u32::MAX;

/// What a list made of a part.
#[derive(Debug)]
pub(super) struct Sieve {
    /// Let through, and by which rules.
    pub(super) allowed: (Set, Fragments),
    /// Dropped, and by which rules.
    pub(super) denied: (Set, Fragments),
    /// Left by an open-ended list to whoever is asked next: no rule matches.
    pub(super) unmatched: Set,
    /// One or the other, depending on facts.
    pub(super) doubtful: Vec<Doubtful>,
}

impl Sieve {
    /// Whether a rule of this kind decided about some of the packets.
    pub(super) fn decided_by(&self, space: &mut Space, list: &RuleList, kind: &dyn Fn(&Rule) -> bool) -> bool {
        let mut rules = self.allowed.1.rules(space, self.allowed.0);
        rules.extend(self.denied.1.rules(space, self.denied.0));
        rules.into_iter().any(|rule| list.rules.get(rule as usize).is_some_and(kind))
    }
}

/// Packets whose fate hangs on facts.
#[derive(Debug)]
pub(super) struct Doubtful {
    pub(super) set: Set,
    pub(super) fragments: Fragments,
    pub(super) doubts: Doubts,
    /// The rules of which one decides; `NO_RULE` where it may be none.
    pub(super) rules: Vec<u32>,
}

impl Doubtful {
    /// Whether a rule that does this may decide.
    pub(super) fn may(&self, access: Access, list: &RuleList) -> bool {
        let rules = self.rules.iter().filter_map(|rule| list.rules.get(*rule as usize));
        rules.into_iter().any(|rule| matches!(rule.access, Known::Unknown(_)) || rule.access == Known::Known(access))
    }

    /// Whether it may be that no rule matches.
    pub(super) fn may_be_unmatched(&self) -> bool {
        self.rules.contains(&NO_RULE)
    }
}

/// A part of the set that no rule has decided yet.
struct Open {
    set: Set,
    /// Rules that may have matched it.
    candidates: Vec<u32>,
    doubts: Doubts,
}

/// Splits `part` by the first rule that matches. What no rule matches is dropped.
pub(super) fn filter(space: &mut Space, part: Set, header: &Header, list: &RuleList, tags: Observed<'_>) -> Sieve {
    if let Some(sieve) = uniform::sieve(space, part, header, list, tags) {
        return sieve;
    }
    gather(space, part, header, list, tags, &|_| View::AsWritten, Collector::default())
}

/// The same for a list that leaves what none of its rules matches to whoever is asked next: where one of them may deny,
/// not matching is no denial. With a view on each rule by its index.
pub(super) fn filter_open_ended(
    space: &mut Space,
    part: Set,
    header: &Header,
    list: &RuleList,
    tags: Observed<'_>,
    view: &dyn Fn(usize) -> View,
) -> Sieve {
    let sieve = Collector { open_ended: true, ..Collector::default() };
    gather(space, part, header, list, tags, view, sieve)
}

/// How a rule is looked at: rules about host names say nothing about addresses.
pub(super) enum View {
    /// By its fields.
    AsWritten,
    /// Its destination is met, whatever the address.
    AnyDestination,
    /// It does not match.
    Never,
    /// It may match any destination.
    Perhaps(Doubts),
    /// By its fields, and it may match any other destination.
    AsWrittenOrPerhaps(Doubts),
}

fn gather(
    space: &mut Space,
    part: Set,
    header: &Header,
    list: &RuleList,
    tags: Observed<'_>,
    view: &dyn Fn(usize) -> View,
    mut sieve: Collector,
) -> Sieve {
    let bounds = Bounds::of(space, part, header);
    let mut open = vec![Open { set: part, candidates: Vec::new(), doubts: Doubts::default() }];
    for (index, rule) in list.rules.iter().enumerate() {
        let region = match view(index) {
            View::Never => continue,
            View::AsWritten if bounds.miss(rule, tags) => continue,
            View::AsWritten => Region::of(rule, header, tags),
            View::AnyDestination => Region::towards_any(rule, header, tags, None),
            View::Perhaps(doubts) => Region::towards_any(rule, header, tags, Some(doubts)),
            View::AsWrittenOrPerhaps(doubts) => {
                let sure = Region::of(rule, header, tags);
                let perhaps = Region::towards_any(rule, header, tags, Some(doubts));
                Region { sure: sure.sure, ..perhaps }
            }
        };
        let mut left = Vec::with_capacity(open.len());
        for piece in open {
            region.divide(space, piece, index as u32, list, &mut sieve, &mut left);
        }
        open = left;
        if open.is_empty() {
            break;
        }
    }
    for piece in open {
        sieve.decide(space, piece.set, piece, NO_RULE, list);
    }
    sieve.finish()
}

/// What the rules that name a platform service drop of a part; nothing else judges such traffic (F46 to F49).
/// What hangs on a fact comes with its doubts.
pub(super) fn platform_denials(
    space: &mut Space,
    part: Set,
    header: &Header,
    list: &RuleList,
    tags: Observed<'_>,
    service: PlatformTag,
) -> Platform {
    let (mut rest, mut denied, mut fragments, mut doubts) = (part, Set::EMPTY, Vec::new(), Doubts::default());
    for (index, rule) in list.rules.iter().enumerate().filter(|(_, rule)| rule.platform == Some(service)) {
        let region = Region::of(rule, header, tags);
        if region.perhaps.iter().any(|cube| space.and_cube(rest, cube) != Set::EMPTY) {
            doubts.extend(&region.doubts);
        }
        for cube in region.sure {
            let hit = space.and_cube(rest, &cube);
            if hit == Set::EMPTY {
                continue;
            }
            match rule.access {
                Known::Known(Access::Deny) => {
                    denied = space.or(denied, hit);
                    fragments.push((index as u32, hit));
                }
                Known::Known(Access::Allow) => {}
                Known::Unknown(fact) => doubts.add_facts(&[fact]),
            }
            rest = space.minus(rest, hit);
        }
    }
    Platform { denied, fragments: Fragments::Sets(Rc::new(fragments)), doubts }
}

/// What rules on a platform service make of a part.
pub(super) struct Platform {
    pub(super) denied: Set,
    pub(super) fragments: Fragments,
    /// Facts on which the rest hangs.
    pub(super) doubts: Doubts,
}

/// Quick test: the addresses of the part against those of a rule.
struct Bounds {
    source: Option<Addresses>,
    destination: Option<Addresses>,
}

impl Bounds {
    fn of(space: &Space, part: Set, header: &Header) -> Self {
        let bound = |field: &Field| match field {
            Field::Original(Dimension::Source) => Some(space.sources_of(part)),
            Field::Original(_) => Some(space.destinations_of(part)),
            Field::Fixed(address) => Some(Addresses::single(*address)),
            Field::Named(_) => None,
        };
        Bounds { source: bound(&header.source), destination: bound(&header.destination) }
    }

    /// True when the rule certainly matches nothing of the part.
    fn miss(&self, rule: &Rule, tags: Observed<'_>) -> bool {
        let misses = |bound: &Option<Addresses>, field: &Match| {
            let Some(bound) = bound else { return false };
            let may = field.any
                || !field.unknown.is_empty()
                || bound.meets(&field.within)
                || bound.meets(&field.addresses)
                || (field.virtual_network && (bound.meets(tags.virtual_network) || !tags.unknown.is_empty()))
                || (field.internet && bound.meets(tags.internet));
            !may
        };
        misses(&self.destination, &rule.destination) || misses(&self.source, &rule.source)
    }
}

/// What a rule matches, in the coordinates of the part.
struct Region {
    /// Certainly.
    sure: Vec<Cube>,
    /// Perhaps, with the facts that it hangs on.
    perhaps: Vec<Cube>,
    doubts: Doubts,
}

/// Which packets a rule matches as they are sent: certainly, and at most. The two differ by what hangs on a fact.
pub(super) fn reach_of(rule: &Rule, tags: Observed<'_>) -> (Vec<Cube>, Vec<Cube>) {
    let region = Region::of(rule, &Header::original(), tags);
    let most = region.sure.iter().chain(&region.perhaps).cloned().collect();
    (region.sure, most)
}

/// How much of a field's possible values a match holds.
pub(super) enum Hold {
    /// These values of an original dimension.
    Of(Dimension, Addresses),
    All,
    Nothing,
    Perhaps(Doubts),
}

impl Region {
    fn of(rule: &Rule, header: &Header, tags: Observed<'_>) -> Self {
        Region::with_destination(rule, &rule.destination, header, tags)
    }

    fn with_destination(rule: &Rule, destination: &Match, header: &Header, tags: Observed<'_>) -> Self {
        let mut doubts = Doubts::from_facts(&rule.doubts);
        let sure_fields = [hold(&rule.source, &header.source, tags), hold(destination, &header.destination, tags)];
        let mut certain = rule.doubts.is_empty();
        let mut sure = Cube::all();
        let mut perhaps = Cube::all();
        let mut possible = true;
        for (field, rule_field) in sure_fields.into_iter().zip([&rule.source, destination]) {
            let unknown = unknown_members(rule_field, tags);
            let open = !unknown.is_empty();
            let value = if std::ptr::eq(rule_field, destination) { &header.destination } else { &header.source };
            let guests = guests(rule_field, value, tags);
            match field {
                Hold::All => {}
                Hold::Of(dimension, addresses) => {
                    narrow(&mut sure, dimension, &addresses);
                    doubts.add_facts(&unknown);
                    if !open {
                        let or_guests = guests.as_ref().map(|guests| addresses.union(guests.within));
                        narrow(&mut perhaps, dimension, or_guests.as_ref().unwrap_or(&addresses));
                        doubts.add_facts(guests.map_or(&[], |guests| guests.facts));
                    }
                }
                Hold::Nothing if open => {
                    certain = false;
                    doubts.add_facts(&unknown);
                }
                Hold::Nothing => match guests {
                    Some(guests) => {
                        certain = false;
                        doubts.add_facts(guests.facts);
                        if let Field::Original(dimension) = value {
                            narrow(&mut perhaps, *dimension, guests.within);
                        }
                    }
                    None => possible = false,
                },
                Hold::Perhaps(facts) => {
                    certain = false;
                    doubts.extend(&facts);
                    doubts.add_facts(&unknown);
                }
            }
        }
        for (port, ports) in
            [(&header.source_port, &rule.source_ports), (&header.destination_port, &rule.destination_ports)]
        {
            if *port == Port::Free && ephemeral().meets(ports) && !ephemeral().is_subset(ports) {
                certain = false;
                doubts.extend(&Doubts::of_text("the source port that the translator chooses"));
            }
        }
        if !possible {
            return Region { sure: Vec::new(), perhaps: Vec::new(), doubts };
        }
        let sure = if certain { with_ports(sure, rule, header) } else { Vec::new() };
        let perhaps = if doubts.is_empty() { Vec::new() } else { with_ports(perhaps, rule, header) };
        Region { sure, perhaps, doubts }
    }

    /// What a rule matches whose destination is met, or perhaps met.
    fn towards_any(rule: &Rule, header: &Header, tags: Observed<'_>, doubts: Option<Doubts>) -> Self {
        let everything = Match { any: true, addresses: Addresses::all(), ..Match::default() };
        let region = Region::with_destination(rule, &everything, header, tags);
        match doubts {
            None => region,
            Some(more) => {
                let mut doubts = region.doubts;
                doubts.extend(&more);
                let perhaps = if region.perhaps.is_empty() { region.sure } else { region.perhaps };
                Region { sure: Vec::new(), perhaps, doubts }
            }
        }
    }

    /// Takes out of a piece what the rule decides; pushes what remains.
    fn divide(
        &self,
        space: &mut Space,
        piece: Open,
        index: u32,
        list: &RuleList,
        sieve: &mut Collector,
        left: &mut Vec<Open>,
    ) {
        let mut rest = piece.set;
        for cube in &self.sure {
            let hit = space.and_cube(rest, cube);
            if hit != Set::EMPTY {
                sieve.decide(space, hit, piece.again(), index, list);
                rest = space.minus(rest, hit);
            }
        }
        for cube in &self.perhaps {
            let hit = space.and_cube(rest, cube);
            if hit != Set::EMPTY {
                rest = space.minus(rest, hit);
                let mut maybe = piece.again();
                maybe.set = hit;
                maybe.candidates.push(index);
                maybe.doubts.extend(&self.doubts);
                left.push(maybe);
            }
        }
        if rest != Set::EMPTY {
            left.push(Open { set: rest, ..piece });
        }
    }
}

impl Open {
    fn again(&self) -> Self {
        Open { set: self.set, candidates: self.candidates.clone(), doubts: self.doubts.clone() }
    }
}

/// Facts that are missing about what a field holds at a place.
fn unknown_members<'f>(field: &'f Match, tags: Observed<'f>) -> Cow<'f, [FactId]> {
    match field.virtual_network && !field.any && !tags.unknown.is_empty() {
        true => Cow::Owned([field.unknown.as_slice(), tags.unknown].concat()),
        false => Cow::Borrowed(&field.unknown),
    }
}

/// Adds protocols and ports: one cube for those that carry ports, one for those that do not.
pub(super) fn with_ports(addresses: Cube, rule: &Rule, header: &Header) -> Vec<Cube> {
    let mut cubes = Vec::with_capacity(2);
    if !rule.port_protocols.is_empty() {
        let mut cube = addresses.clone();
        cube.protocols = rule.port_protocols.clone();
        let matched = narrow_ports(&mut cube, &header.source_port, &rule.source_ports)
            && narrow_ports(&mut cube, &header.destination_port, &rule.destination_ports);
        if matched {
            cubes.push(cube);
        }
    }
    if !rule.portless_protocols.is_empty() {
        cubes.push(Cube { protocols: rule.portless_protocols.clone(), ..addresses });
    }
    cubes
}

/// Narrows a cube to a rule's ports; false when the translated port is not among them.
fn narrow_ports(cube: &mut Cube, port: &Port, ports: &Ports) -> bool {
    match port {
        Port::Original(Dimension::SourcePort) => cube.source_ports = cube.source_ports.intersect(ports),
        Port::Original(_) => cube.destination_ports = cube.destination_ports.intersect(ports),
        Port::Fixed(port) => return ports.contains(*port),
        // A translator picks any ephemeral port; a rule that holds some of them matches perhaps.
        Port::Free => return ephemeral().meets(ports),
        Port::Ignored => {}
    }
    true
}

fn narrow(cube: &mut Cube, dimension: Dimension, addresses: &Addresses) {
    let side = if dimension == Dimension::Source { &mut cube.source } else { &mut cube.destination };
    *side = side.intersect(addresses);
}

/// Members of a field's ASGs that a packet may belong to, since their addresses are not known.
struct Guests<'f> {
    within: &'f Addresses,
    facts: &'f [FactId],
}

/// They do not matter where it is known which network interface the packet belongs to, or where it can have none of their
/// addresses.
fn guests<'f>(field: &'f Match, value: &Field, tags: Observed<'_>) -> Option<Guests<'f>> {
    let meets = match value {
        _ if field.any || field.members.is_empty() || whose(value, tags).is_some() => false,
        Field::Original(_) => true,
        Field::Fixed(address) => field.within.contains(*address),
        Field::Named(point) => point.possible.meets(&field.within),
    };
    meets.then_some(Guests { within: &field.within, facts: &field.members })
}

/// The network interface that an address belongs to, where that is known and its address is not.
fn whose(value: &Field, tags: Observed<'_>) -> Option<FactId> {
    match value {
        Field::Original(Dimension::Source) => tags.ends[0],
        Field::Original(Dimension::Destination) => tags.ends[1],
        Field::Named(point) => point.is,
        Field::Original(_) | Field::Fixed(_) => None,
    }
}

/// What a rule's field holds of a header's field.
fn hold(field: &Match, value: &Field, tags: Observed<'_>) -> Hold {
    if field.any || whose(value, tags).is_some_and(|is| field.members.contains(&is)) {
        return Hold::All;
    }
    match value {
        Field::Original(dimension) => {
            let addresses = field.held(tags);
            if addresses.is_empty() { Hold::Nothing } else { Hold::Of(*dimension, addresses.into_owned()) }
        }
        Field::Fixed(address) if held_by(field, *address, tags) => Hold::All,
        Field::Fixed(_) => Hold::Nothing,
        Field::Named(point) => hold_point(field, point, tags),
    }
}

/// Whether a field holds one address at a place.
fn held_by(field: &Match, address: u128, tags: Observed<'_>) -> bool {
    field.addresses.contains(address)
        || (field.virtual_network && tags.virtual_network.contains(address))
        || (field.internet && tags.internet.contains(address))
}

/// A party known by name: in everything that holds all of IPv4, in the Internet unless it is private (F180), in its own
/// tags; in other addresses certainly not when it can have none of them, and perhaps when it can have some.
pub(super) fn hold_point(field: &Match, point: &Point, tags: Observed<'_>) -> Hold {
    let named = field.tags.iter().any(|tag| point.tags.contains(tag));
    let wide = everything(&field.addresses) || (field.virtual_network && everything(tags.virtual_network));
    if (field.internet && !point.is_private()) || named || wide {
        return Hold::All;
    }
    let possible = &point.possible;
    let addresses = field.held(tags);
    match (possible.meets(&addresses), !possible.is_empty() && possible.is_subset(&addresses)) {
        (_, true) => Hold::All,
        (true, false) => Hold::Perhaps(Doubts::of_text(&point.fact)),
        (false, false) => Hold::Nothing,
    }
}

/// Gathers decided pieces.
#[derive(Default)]
struct Collector {
    allowed: Vec<(u32, Set)>,
    denied: Vec<(u32, Set)>,
    doubtful: Vec<Doubtful>,
    allowed_set: Option<Set>,
    denied_set: Option<Set>,
    /// What no rule matches is not denied, but left to others.
    open_ended: bool,
    unmatched: Option<Set>,
}

impl Collector {
    /// A rule (or none) certainly matches `hit`; earlier candidates may have matched before it.
    fn decide(&mut self, space: &mut Space, hit: Set, piece: Open, rule: u32, list: &RuleList) {
        let access = |index: u32| match list.rules.get(index as usize) {
            Some(rule) => rule.access,
            None => Known::Known(Access::Deny),
        };
        let last = access(rule);
        let goes_on = self.open_ended && rule == NO_RULE;
        if goes_on && piece.candidates.is_empty() {
            self.unmatched = Some(self.unmatched.map_or(hit, |whole| space.or(whole, hit)));
            return;
        }
        let agree = !goes_on && piece.candidates.iter().all(|candidate| access(*candidate) == last);
        match last {
            Known::Known(access) if agree => self.settle(space, hit, rule, access),
            last => {
                let mut doubts = piece.doubts;
                if let Known::Unknown(fact) = last {
                    doubts.add_facts(&[fact]);
                }
                for candidate in &piece.candidates {
                    if let Known::Unknown(fact) = access(*candidate) {
                        doubts.add_facts(&[fact]);
                    }
                }
                let first = piece.candidates.first().copied().unwrap_or(rule);
                let rules = piece.candidates.iter().copied().chain([rule]).collect();
                self.doubtful.push(Doubtful {
                    set: hit,
                    fragments: Fragments::Sets(Rc::new(vec![(first, hit)])),
                    doubts,
                    rules,
                });
            }
        }
    }

    fn settle(&mut self, space: &mut Space, hit: Set, rule: u32, access: Access) {
        let (fragments, whole) = match access {
            Access::Allow => (&mut self.allowed, &mut self.allowed_set),
            Access::Deny => (&mut self.denied, &mut self.denied_set),
        };
        match fragments.last_mut() {
            Some((last, set)) if *last == rule => *set = space.or(*set, hit),
            _ => fragments.push((rule, hit)),
        }
        *whole = Some(whole.map_or(hit, |whole| space.or(whole, hit)));
    }

    fn finish(self) -> Sieve {
        Sieve {
            allowed: (self.allowed_set.unwrap_or(Set::EMPTY), Fragments::Sets(Rc::new(self.allowed))),
            denied: (self.denied_set.unwrap_or(Set::EMPTY), Fragments::Sets(Rc::new(self.denied))),
            unmatched: self.unmatched.unwrap_or(Set::EMPTY),
            doubtful: self.doubtful,
        }
    }
}
