//! Which pairs of ends have another verdict for some packet: a look at bare verdicts, before anything is explained.
//!
//! In: two networks, a source, destinations. Out: the destinations whose packets may differ. Ends that are addresses are
//! asked all at once, in one space for both networks: equal sets are equal ids. Others, and those that only one network
//! has, may always differ. Deliberately absent: what differs (that is `compare`).

use super::{compare::VERDICTS, everything, pairs::Couple};
use crate::{
    evaluate::{Far, Verdicts, in_halves, verdicts_from},
    model::Party,
    network::Network,
    reach::End,
    space::{Addresses, Space},
};

/// The destinations whose packets from a source may have another verdict.
pub(super) fn differing<'c>(
    space: &mut Space,
    networks: [&Network; 2],
    source: &Couple,
    destinations: Vec<&'c Couple>,
) -> Vec<&'c Couple> {
    let Some(sources) = comparable(source) else {
        return destinations;
    };
    let without = source.without();
    let others: Vec<Option<([&End; 2], Addresses)>> =
        destinations.iter().map(|one| comparable(one).map(|ends| (ends, one.without()))).collect();
    let asked: Vec<([&End; 2], Addresses)> = others.iter().flatten().cloned().collect();
    let flow = everything();
    let mut same = in_halves(space, &asked, &|space: &mut Space, some: &[([&End; 2], Addresses)]| {
        let [old, new] = [0, 1].map(|side| {
            let from = Far { party: &sources[side].party, without: &without };
            let to: Vec<Far<'_>> =
                some.iter().map(|(ends, without)| Far { party: &ends[side].party, without }).collect();
            verdicts_from(space, networks[side], &flow, from, &to)
        });
        let is_known = !space.overflowed();
        old.into_iter().zip(new).map(|(old, new)| is_known && are_same(space, old, new)).collect()
    })
    .into_iter();
    let differs = |other: &Option<_>| other.is_none() || !same.next().unwrap_or(false);
    let differing: Vec<bool> = others.iter().map(differs).collect();
    destinations.into_iter().zip(differing).filter(|(_, differs)| *differs).map(|(one, _)| one).collect()
}

/// Both ends of a couple whose packets are told by their addresses alone.
fn comparable(couple: &Couple) -> Option<[&End; 2]> {
    let ends = couple.before.as_ref().zip(couple.after.as_ref()).filter(|_| !couple.moved)?;
    let by_address = |end: &End| {
        matches!(
            end.party,
            Party::Subnet(_) | Party::NetworkInterface(_) | Party::Site(_) | Party::Clients(_) | Party::Internet
        )
    };
    (by_address(ends.0) && by_address(ends.1)).then_some([ends.0, ends.1])
}

/// Whether each verdict has the same packets, wherever several starts or goals told them.
fn are_same(space: &mut Space, old: Verdicts, new: Verdicts) -> bool {
    VERDICTS.into_iter().all(|wanted| {
        let [old, new] = [&old, &new].map(|told| {
            let sets: Vec<_> = told.iter().filter(|(verdict, _)| *verdict == wanted).map(|(_, set)| *set).collect();
            space.union(&sets)
        });
        old == new
    })
}
