//! Ends that fare alike are told together.
//!
//! In: boxes, each of one end and with its evidence. Out: [`Group`]s. Two ends fare alike when the other fields of their
//! boxes are the same, and their packets take the same way past the same deciders; names of the end's own things (its
//! subnet, its routes, its peerings) may differ. The boxes of a group are made anew of their union: disjoint, few.
//! Deliberately absent: any loss; a group holds exactly its members' packets.

use super::ends::Side;
use crate::{
    space::{Addresses, Cube, NAMED, Space, example},
    trace::{DeciderKind, Hop, Outcome, Part, Step, Verdict},
};
use indexmap::IndexMap;

/// An end in a group.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Member {
    /// In the user's words.
    pub name: String,
    /// Those of its addresses that fare so; [`NAMED`] where it is known by name.
    pub addresses: Addresses,
}

/// Ends that fare alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The ends of the open side.
    pub members: Vec<Member>,
    /// The boxes of all of them, and the evidence of the first: what decided, the way, what is missing.
    pub part: Part,
}

/// One box of one end.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) member: Member,
    pub(super) cube: Cube,
    pub(super) part: Part,
}

/// What lines of one group have in common, besides the box.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Alike {
    verdict: Verdict,
    evidence: String,
    /// Whether the open end is known by name, and the name of the given one where that is.
    named: (bool, String),
}

/// The field of the side that is listed.
pub(super) fn field(cube: &Cube, side: Side) -> &Addresses {
    match side {
        Side::Source => &cube.source,
        Side::Destination => &cube.destination,
    }
}

/// The box with other addresses in that field.
fn with(cube: &Cube, side: Side, addresses: Addresses) -> Cube {
    match side {
        Side::Source => Cube { source: addresses, ..cube.clone() },
        Side::Destination => Cube { destination: addresses, ..cube.clone() },
    }
}

/// All groups, in the order of their first ends.
pub(super) fn groups(lines: Vec<Line>, side: Side) -> Vec<Group> {
    let (denied, others): (Vec<Line>, Vec<Line>) =
        lines.into_iter().partition(|line| line.part.verdict == Verdict::Denied);
    let mut groups = assembled(others, side, |part| alike(part, side));
    let mut stopped: IndexMap<String, Group> = IndexMap::new();
    for line in denied {
        let part = Part { boxes: Vec::new(), ..line.part };
        let group = stopped.entry(alike(&part, side)).or_insert_with(|| Group { members: Vec::new(), part });
        add(&mut group.members, line.member);
    }
    groups.extend(stopped.into_values());
    groups
}

/// Groups of lines whose evidence is alike: first ends with the same box, then boxes with the same ends.
fn assembled(lines: Vec<Line>, side: Side, evidence: impl Fn(&Part) -> String) -> Vec<Group> {
    let mut boxes: IndexMap<(Alike, Cube), (Vec<Member>, Part)> = IndexMap::new();
    for line in lines {
        let other = if side == Side::Source { &line.cube.destination } else { &line.cube.source };
        let label = if side == Side::Source { &line.part.ends.1 } else { &line.part.ends.0 };
        let is_name = |addresses: &Addresses| *addresses == Addresses::single(NAMED);
        let given = if is_name(other) { label.clone() } else { String::new() };
        let named = (is_name(&line.member.addresses), given);
        let key = Alike { verdict: line.part.verdict, evidence: evidence(&line.part), named };
        let rest = with(&line.cube, side, Addresses::all());
        let (members, _) = boxes.entry((key, rest)).or_insert_with(|| (Vec::new(), line.part));
        add(members, line.member);
    }
    let mut groups: IndexMap<(Alike, Vec<Member>), (Vec<Cube>, Part)> = IndexMap::new();
    for ((key, rest), (members, part)) in boxes {
        let all = members.iter().fold(Addresses::empty(), |all, member| all.union(&member.addresses));
        let (cubes, _) = groups.entry((key, members)).or_insert_with(|| (Vec::new(), part));
        cubes.push(with(&rest, side, all));
    }
    let mut space = Space::new();
    let group = |((_, members), (cubes, part)): ((Alike, Vec<Member>), (Vec<Cube>, Part))| {
        space.clear();
        let sets: Vec<_> = cubes.iter().map(|cube| space.cube(cube)).collect();
        let set = space.union(&sets);
        let boxes = if space.overflowed() { cubes } else { space.cubes(set) };
        let witness = boxes.iter().find_map(|cube| example(&mut space, cube)).unwrap_or(part.witness);
        Group { members, part: Part { boxes, witness, ..part } }
    };
    groups.into_iter().map(group).collect()
}

fn add(members: &mut Vec<Member>, member: Member) {
    match members.iter_mut().find(|one| one.name == member.name) {
        Some(one) => one.addresses = one.addresses.union(&member.addresses),
        None => members.push(member),
    }
}

/// The evidence of a part, without the names of what belongs to the listed end alone.
fn alike(part: &Part, side: Side) -> String {
    let label = if side == Side::Source { &part.ends.0 } else { &part.ends.1 };
    let is_own = |at: &str| at == label || network_of(at).is_some_and(|one| Some(one) == network_of(label));
    let mut words = vec![part.verdict.as_str().to_owned()];
    match part.verdict {
        Verdict::Denied => {
            for step in &part.decided_by {
                let own = part.forward.iter().chain(&part.reply).any(|hop| is_own(&hop.at) && hop.steps.contains(step));
                words.push(step_alike(step, own));
            }
        }
        _ => {
            for hop in part.forward.iter().chain(&part.reply) {
                hop_alike(hop, is_own(&hop.at), &mut words);
            }
            words.extend(part.missing.iter().map(|fact| fact.text.clone()));
            words.extend(
                part.decided_by.iter().filter(|step| step.outcome == Outcome::Deny).map(|step| step_alike(step, false)),
            );
        }
    }
    words.join("\u{1f}")
}

fn hop_alike(hop: &Hop, own: bool, words: &mut Vec<String>) {
    words.push(if own { String::new() } else { hop.at.clone() });
    words.extend(hop.steps.iter().map(|step| step_alike(step, own)));
}

/// Choices of the way differ by prefix and link from end to end; deciders count by name, the end's own by the rule's.
pub(crate) fn step_alike(step: &Step, own: bool) -> String {
    let by_kind = is_of_the_way(step.kind);
    let name = match (by_kind, own) {
        (true, _) if step.outcome != Outcome::Deny => String::new(),
        (true, true) => String::new(),
        (false, true) => step.name.clone(),
        _ => format!("{}/{}", step.resource, step.name),
    };
    format!("{} {} {name}", step.kind.as_str(), step.outcome.as_str())
}

/// Whether a kind of decider has another name from end to end: routes by their prefix, peerings by their remote end.
pub(crate) fn is_of_the_way(kind: DeciderKind) -> bool {
    matches!(
        kind,
        DeciderKind::Route
            | DeciderKind::DefaultRoute
            | DeciderKind::NoRoute
            | DeciderKind::Peering
            | DeciderKind::PublicIp
            | DeciderKind::NoNetworkSecurityGroup
            | DeciderKind::Outbound
            | DeciderKind::Dns
    )
}

/// The VNET of `vnet/subnet`.
fn network_of(place: &str) -> Option<&str> {
    place.split_once('/').map(|(network, _)| network)
}
