//! Differences that are alike are told together.
//!
//! In: pieces, each of one pair of ends. Out: [`Change`]s: every source with every destination, the same other fields,
//! evidence that is alike before and after (the same rules, by name). Nothing is lost and nothing is added.

use super::{Kind, compare::Piece};
use crate::{
    reach::{Member, is_of_the_way, step_alike},
    space::{Addresses, Cube, Packet, Space, example},
    trace::{DeciderKind, Outcome, Part, Verdict},
};
use indexmap::IndexMap;

/// A box of packets whose verdict is another.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Who begins.
    pub sources: Vec<Member>,
    /// Who is asked.
    pub destinations: Vec<Member>,
    /// The packets, as disjoint boxes.
    pub boxes: Vec<Cube>,
    /// One of them.
    pub witness: Packet,
    /// What the witness's ends are called where they are known by name.
    pub ends: (String, String),
    /// The first pair's part before; nothing where an end was not there.
    pub before: Option<Part>,
    /// The first pair's part after; nothing where an end is gone.
    pub after: Option<Part>,
}

impl Change {
    /// One of the packets in a box of it; the change's own witness if that is in it.
    pub fn witness_in(&self, cube: &Cube) -> Packet {
        if cube.contains(&self.witness) {
            return self.witness;
        }
        example(&mut Space::new(), cube).unwrap_or(self.witness)
    }

    /// The verdict of one side: an end that is not there lets nothing through.
    pub fn verdict(part: Option<&Part>) -> Verdict {
        part.map_or(Verdict::Denied, |part| part.verdict)
    }
}

/// What pieces of one change have in common.
type Common = (Kind, String, (bool, bool));

/// Ends and one piece, by what they have in common.
type Gathered<K> = IndexMap<K, (Vec<Member>, Piece)>;
/// Boxes and one piece, by the pairs of ends.
type Paired = IndexMap<(Common, Vec<Member>, Vec<Member>), (Vec<Cube>, Piece)>;

/// All changes, in the order of their first pieces.
pub(super) fn changes(pieces: Vec<Piece>) -> Vec<(Kind, Change)> {
    // The same box to the same destination: all sources.
    let mut by_destination: Gathered<(Common, Member, Cube)> = IndexMap::new();
    for piece in pieces {
        let rest = Cube { source: Addresses::all(), ..piece.cube.clone() };
        let key = (common(&piece), piece.destination.clone(), rest);
        let (sources, _) = by_destination.entry(key).or_insert_with(|| (Vec::new(), piece.clone()));
        add(sources, piece.source);
    }
    // The same box from the same sources: all destinations.
    let mut by_sources: Gathered<(Common, Vec<Member>, Cube)> = IndexMap::new();
    for ((common, destination, cube), (sources, piece)) in by_destination {
        let rest = Cube { destination: Addresses::all(), ..cube };
        let (destinations, _) = by_sources.entry((common, sources, rest)).or_insert_with(|| (Vec::new(), piece));
        add(destinations, destination);
    }
    // The same pairs: all boxes.
    let mut by_pairs: Paired = IndexMap::new();
    for ((common, sources, rest), (destinations, piece)) in by_sources {
        let cube = Cube { source: all(&sources), destination: all(&destinations), ..rest };
        let (cubes, _) = by_pairs.entry((common, sources, destinations)).or_insert_with(|| (Vec::new(), piece));
        cubes.push(cube);
    }
    let mut space = Space::new();
    by_pairs
        .into_iter()
        .filter_map(|(((kind, ..), sources, destinations), (cubes, piece))| {
            space.clear();
            let sets: Vec<_> = cubes.iter().map(|cube| space.cube(cube)).collect();
            let set = space.union(&sets);
            // The witness is of the first pair, whose evidence is told.
            let witness = example(&mut space, &piece.cube)?;
            let Piece { ends, before, after, .. } = piece;
            Some((kind, Change { sources, destinations, boxes: space.cubes(set), witness, ends, before, after }))
        })
        .collect()
}

fn common(piece: &Piece) -> Common {
    let told = |part: &Option<Part>| part.as_ref().map_or("not there".to_owned(), evidence);
    let named = (!piece.ends.0.is_empty(), !piece.ends.1.is_empty());
    (piece.kind, format!("{}\u{1d}{}", told(&piece.before), told(&piece.after)), named)
}

/// The verdict and what decided it, without the names of things that each end has of its own.
fn evidence(part: &Part) -> String {
    let mut words = vec![part.verdict.as_str().to_owned()];
    for step in part.decided_by.iter().filter(|step| step.outcome != Outcome::Pass) {
        let word = step_alike(step, step.kind == DeciderKind::NetworkSecurityGroup || is_of_the_way(step.kind));
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.extend(part.missing.iter().map(|fact| fact.text.clone()));
    words.join("\u{1f}")
}

fn all(members: &[Member]) -> Addresses {
    members.iter().fold(Addresses::empty(), |all, member| all.union(&member.addresses))
}

fn add(members: &mut Vec<Member>, member: Member) {
    match members.iter_mut().find(|one| one.name == member.name) {
        Some(one) => one.addresses = one.addresses.union(&member.addresses),
        None => members.push(member),
    }
}
