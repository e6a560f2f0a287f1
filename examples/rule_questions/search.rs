//! One packet that passes a chain of lists, or is stopped by one of them, searched box by box.
//!
//! In: lists, a region. Out: a packet, or that there is none, or that the search would be too long. Rules that miss the
//! region are left out first, and so is what stands behind a rule that holds all of it.

use super::Rule;
use azreach::space::{Packet, point};
use std::net::Ipv4Addr;

/// Sources, destinations, protocols (by their place in [`PROTOCOLS`]), source ports, destination ports: first and last.
type Region = [(u32, u32); 5];

/// What rules can tell apart: icmp, tcp, udp, and any other.
const PROTOCOLS: [u8; 4] = [1, 6, 17, 50];

/// The search was given up.
pub(crate) struct TooLong;

/// Boxes that are looked at before it is.
const PATIENCE: u32 = 20_000;

/// A packet that all lists allow.
pub(crate) fn passing(chain: &[Vec<Rule>], region: &Rule) -> Result<Option<Packet>, TooLong> {
    Search::of(chain, region, true).run(region)
}

/// A packet that one of the lists does not allow.
pub(crate) fn stopped(chain: &[Vec<Rule>], region: &Rule) -> Result<Option<Packet>, TooLong> {
    Search::of(chain, region, false).run(region)
}

struct Search {
    lists: Vec<Vec<(Region, bool)>>,
    /// Whether a packet that passes all lists is wanted, or one that is stopped.
    wants_passing: bool,
    patience: u32,
}

impl Search {
    fn of(chain: &[Vec<Rule>], within: &Rule, wants_passing: bool) -> Self {
        let all = bounds(within);
        let lists = chain.iter().map(|rules| slice(rules, within, &all)).collect();
        Search { lists, wants_passing, patience: PATIENCE }
    }

    fn run(mut self, region: &Rule) -> Result<Option<Packet>, TooLong> {
        let found = self.find(0, 0, &bounds(region))?;
        Ok(found.map(packet))
    }

    /// A wanted packet of a box that no rule of a list before `from` holds any of.
    fn find(&mut self, list: usize, from: usize, region: &Region) -> Result<Option<Region>, TooLong> {
        self.patience = self.patience.checked_sub(1).ok_or(TooLong)?;
        let hit = self.lists[list][from..].iter().position(|(rule, _)| meet(rule, region));
        let Some(at) = hit.map(|place| from + place) else {
            return Ok((!self.wants_passing).then_some(*region));
        };
        let (rule, allows) = self.lists[list][at];
        let inside = common(&rule, region);
        let is_last = list + 1 == self.lists.len();
        let found = match (allows, is_last) {
            (true, false) => self.find(list + 1, 0, &inside)?,
            _ => (allows == self.wants_passing).then_some(inside),
        };
        if found.is_some() {
            return Ok(found);
        }
        let mut rest = *region;
        for field in 0..rest.len() {
            let ((first, last), (from_here, to_here)) = (rest[field], inside[field]);
            for piece in
                [(first < from_here).then(|| (first, from_here - 1)), (to_here < last).then(|| (to_here + 1, last))]
            {
                let Some(piece) = piece else { continue };
                rest[field] = piece;
                let found = self.find(list, at + 1, &rest)?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            rest[field] = (from_here, to_here);
        }
        Ok(None)
    }
}

/// The rules that meet a region, up to one that holds all of it.
fn slice(rules: &[Rule], within: &Rule, all: &Region) -> Vec<(Region, bool)> {
    let mut kept = Vec::with_capacity(16);
    for rule in rules {
        let misses = rule.dst.0 > within.dst.1
            || rule.dst.1 < within.dst.0
            || rule.src.0 > within.src.1
            || rule.src.1 < within.src.0
            || rule.dport.0 > within.dport.1
            || rule.dport.1 < within.dport.0;
        if misses {
            continue;
        }
        let bounds = bounds(rule);
        if !meet(&bounds, all) {
            continue;
        }
        kept.push((bounds, rule.allow));
        if common(&bounds, all) == *all {
            break;
        }
    }
    kept
}

fn bounds(rule: &Rule) -> Region {
    let last = PROTOCOLS.len() as u32 - 1;
    let place = |number: u8| PROTOCOLS.iter().position(|one| *one == number).map_or(last, |place| place as u32);
    let protocols = rule.proto.map_or((0, last), |number| (place(number), place(number)));
    let wide = |(first, last): (u16, u16)| (u32::from(first), u32::from(last));
    [rule.src, rule.dst, protocols, wide(rule.sport), wide(rule.dport)]
}

fn meet(one: &Region, other: &Region) -> bool {
    one.iter().zip(other).all(|(one, other)| one.0 <= other.1 && other.0 <= one.1)
}

fn common(one: &Region, other: &Region) -> Region {
    std::array::from_fn(|field| (one[field].0.max(other[field].0), one[field].1.min(other[field].1)))
}

fn packet(region: Region) -> Packet {
    let [source, destination, protocol, source_port, destination_port] = region.map(|(first, _)| first);
    Packet {
        source: point(Ipv4Addr::from(source).into()),
        destination: point(Ipv4Addr::from(destination).into()),
        protocol: PROTOCOLS[protocol as usize],
        source_port: source_port as u16,
        destination_port: destination_port as u16,
    }
}
