//! The diagram against a model: every axis cut into a few atoms, a set as one bit for each combination.

use super::*;
use crate::space::{Addresses, IPV4_BASE, IPV4_LAST, Ports, Ranges};
use proptest::prelude::*;

const ADDRESSES: [(u128, u128); 4] =
    [(0, IPV4_BASE - 1), (IPV4_BASE, IPV4_BASE + 0xff), (IPV4_BASE + 0x100, IPV4_LAST), (IPV4_LAST + 1, u128::MAX)];
const PORTS: [(u16, u16); 3] = [(0, 79), (80, 1023), (1024, 65535)];

type Mask = (u8, u8, u8, u8, u8);

/// One packet of each atom of the universe.
fn universe() -> Vec<Packet> {
    let mut packets = Vec::new();
    for destination in ADDRESSES.map(|atom| atom.1) {
        for source in ADDRESSES.map(|atom| atom.0) {
            for protocol in PROTOCOLS {
                for destination_port in PORTS.map(|atom| atom.0) {
                    for source_port in PORTS.map(|atom| atom.1) {
                        packets.push(Packet { source, destination, protocol, source_port, destination_port });
                    }
                }
            }
        }
    }
    packets
}

fn chosen<T: Copy>(mask: u8, atoms: &[T]) -> Vec<T> {
    atoms.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1).map(|(_, atom)| *atom).collect()
}

fn addresses(mask: u8) -> Addresses {
    Ranges::from_ranges(chosen(mask, &ADDRESSES))
}

fn ports(mask: u8) -> Ports {
    Ranges::from_ranges(chosen(mask, &PORTS))
}

fn protocols(mask: u8) -> Protocols {
    Ranges::from_ranges(chosen(mask, &PROTOCOLS).into_iter().map(|number| (number, number)))
}

fn cube((destination, source, protocol, destination_port, source_port): Mask) -> Cube {
    Cube {
        destination: addresses(destination),
        source: addresses(source),
        protocols: protocols(protocol),
        destination_ports: ports(destination_port),
        source_ports: ports(source_port),
    }
}

/// The cube of the one atom that a packet of the universe stands for.
fn atom(packet: &Packet) -> Cube {
    let of_address = |point: u128| ADDRESSES.iter().find(|atom| atom.0 <= point && point <= atom.1).copied();
    let of_port = |port: u16| PORTS.iter().find(|atom| atom.0 <= port && port <= atom.1).copied();
    Cube {
        destination: Ranges::from_ranges(of_address(packet.destination)),
        source: Ranges::from_ranges(of_address(packet.source)),
        protocols: Ranges::single(packet.protocol),
        destination_ports: Ranges::from_ranges(of_port(packet.destination_port)),
        source_ports: Ranges::from_ranges(of_port(packet.source_port)),
    }
}

/// A part of an axis, often all of it, as in real rules.
fn part(atoms: u32) -> impl Strategy<Value = u8> {
    let all = ((1u16 << atoms) - 1) as u8;
    prop_oneof![2 => Just(all), 3 => 0..=all]
}

fn mask() -> impl Strategy<Value = Mask> {
    (part(4), part(4), part(5), part(3), part(3))
}

/// A set made by adding and taking away cubes in turn.
fn recipe() -> impl Strategy<Value = Vec<(bool, Mask)>> {
    prop::collection::vec((prop::bool::weighted(0.7), mask()), 0..7)
}

fn cooked(space: &mut Space, recipe: &[(bool, Mask)]) -> Set {
    recipe.iter().fold(Set::EMPTY, |set, (adds, mask)| {
        let cube = space.cube(&cube(*mask));
        if *adds { space.or(set, cube) } else { space.minus(set, cube) }
    })
}

fn modelled(recipe: &[(bool, Mask)], packet: &Packet) -> bool {
    recipe.iter().rfind(|(_, mask)| cube(*mask).contains(packet)).is_some_and(|(adds, _)| *adds)
}

/// The set of the packets of the universe that satisfy a predicate, built atom by atom.
fn rebuilt(space: &mut Space, holds: impl Fn(&Packet) -> bool) -> Set {
    let atoms: Vec<Set> =
        universe().iter().filter(|packet| holds(packet)).map(|packet| space.cube(&atom(packet))).collect();
    space.union(&atoms)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn sets_equal_their_model_and_are_canonical(recipe in recipe()) {
        let mut space = Space::new();
        let set = cooked(&mut space, &recipe);
        for packet in universe() {
            prop_assert_eq!(space.contains(set, &packet), modelled(&recipe, &packet));
        }
        prop_assert_eq!(rebuilt(&mut space, |packet| modelled(&recipe, packet)), set);
    }

    #[test]
    fn operators_follow_the_laws(a in recipe(), b in recipe(), c in recipe()) {
        let mut s = Space::new();
        let (a, b, c) = (cooked(&mut s, &a), cooked(&mut s, &b), cooked(&mut s, &c));
        let (ab, bc, ac) = (s.and(a, b), s.or(b, c), s.and(a, c));
        prop_assert_eq!(s.and(b, a), ab);
        let left = s.and(a, bc);
        prop_assert_eq!(s.or(ab, ac), left);
        let (not_a, not_b) = (s.complement(a), s.complement(b));
        prop_assert_eq!(s.complement(not_a), a);
        let (either, both_not) = (s.or(a, b), s.and(not_a, not_b));
        prop_assert_eq!(s.complement(either), both_not);
        prop_assert_eq!(s.and(a, not_b), s.minus(a, b));
        let (a_only, b_only) = (s.minus(a, b), s.minus(b, a));
        prop_assert_eq!(s.or(a_only, b_only), s.differ(a, b));
        prop_assert_eq!(s.meets(a, b), !ab.is_empty());
        prop_assert_eq!(s.is_subset(a, b), a_only.is_empty());
        prop_assert_eq!(s.union(&[a, b, c]), s.or(either, c));
    }

    #[test]
    fn asking_before_building_gives_the_same(a in recipe(), b in recipe()) {
        let mut s = Space::new();
        let (a, b) = (cooked(&mut s, &a), cooked(&mut s, &b));
        let (meets, inside) = (s.meets(a, b), s.is_subset(a, b));
        prop_assert_eq!(meets, !s.and(a, b).is_empty());
        prop_assert_eq!(inside, s.minus(a, b).is_empty());
    }

    #[test]
    fn clipping_by_a_cube_is_the_operator(recipe in recipe(), mask in mask()) {
        let mut space = Space::new();
        let set = cooked(&mut space, &recipe);
        let other = space.cube(&cube(mask));
        prop_assert_eq!(space.and_cube(set, &cube(mask)), space.and(set, other));
        prop_assert_eq!(space.minus_cube(set, &cube(mask)), space.minus(set, other));
    }

    #[test]
    fn cubes_cover_exactly_and_are_disjoint(recipe in recipe()) {
        let mut space = Space::new();
        let set = cooked(&mut space, &recipe);
        let rows = space.cubes(set);
        for (at, row) in rows.iter().enumerate() {
            prop_assert!(!row.is_empty());
            prop_assert!(rows[..at].iter().all(|other| other.intersect(row).is_empty()));
        }
        let sets: Vec<Set> = rows.iter().map(|row| space.cube(row)).collect();
        prop_assert_eq!(space.union(&sets), set);
        let mut fresh = Space::new();
        let again = cooked(&mut fresh, &recipe);
        prop_assert_eq!(fresh.cubes(again), rows);
    }

    #[test]
    fn projections_and_witness_agree_with_the_model(recipe in recipe()) {
        let mut space = Space::new();
        let set = cooked(&mut space, &recipe);
        let rows = space.cubes(set);
        let all = |field: fn(&Cube) -> &Addresses| rows.iter().fold(Ranges::empty(), |sum, row| field(row).union(&sum));
        prop_assert_eq!(space.sources_of(set), all(|row| &row.source));
        prop_assert_eq!(space.destinations_of(set), all(|row| &row.destination));
        let ports = rows.iter().fold(Ranges::empty(), |sum, row| row.destination_ports.union(&sum));
        prop_assert_eq!(space.destination_ports_of(set), ports);
        let ports = rows.iter().fold(Ranges::empty(), |sum, row| row.source_ports.union(&sum));
        prop_assert_eq!(space.source_ports_of(set), ports);
        let protocols = rows.iter().fold(Ranges::empty(), |sum, row| row.protocols.union(&sum));
        prop_assert_eq!(space.protocols_of(set), protocols);
        let witness = space.witness(set);
        prop_assert_eq!(witness.is_none(), set.is_empty());
        prop_assert!(witness.is_none_or(|packet| space.contains(set, &packet)));
    }

    #[test]
    fn a_table_gives_the_number_of_the_first_part(parts in prop::collection::vec(recipe(), 0..6)) {
        let mut space = Space::new();
        let sets: Vec<(Set, u32)> = parts.iter().zip(7..).map(|(recipe, number)| (cooked(&mut space, recipe), number)).collect();
        let table = space.assign(&sets);
        let classifier = space.freeze(table);
        for packet in universe() {
            let expected = parts.iter().zip(7..).find(|(recipe, _)| modelled(recipe, &packet)).map_or(0, |(_, number)| number);
            prop_assert_eq!(space.look_up(table, &packet), expected);
            prop_assert_eq!(classifier.classify(&packet), expected);
        }
        let numbers = space.numbers_of(table);
        let found: Vec<Set> = numbers.iter().map(|number| space.having(table, *number)).collect();
        prop_assert!(found.iter().all(|set| !set.is_empty()));
        let (all, covered) = (sets.iter().map(|part| part.0).collect::<Vec<_>>(), space.union(&found));
        prop_assert_eq!(space.union(&all), covered);
    }

    #[test]
    fn keeping_and_overlaying_tables(a in recipe(), b in recipe(), c in recipe()) {
        let mut space = Space::new();
        let (x, y, z) = (cooked(&mut space, &a), cooked(&mut space, &b), cooked(&mut space, &c));
        let (front, back) = (space.assign(&[(x, 1)]), space.assign(&[(y, 2)]));
        let both = space.first(front, back);
        prop_assert_eq!(space.assign(&[(x, 1), (y, 2)]), both);
        let kept = space.keep(both, z);
        for packet in universe() {
            let expected = if modelled(&c, &packet) { space.look_up(both, &packet) } else { 0 };
            prop_assert_eq!(space.look_up(kept, &packet), expected);
        }
    }

    #[test]
    fn fixing_and_forgetting_a_field(recipe in recipe(), port in 0usize..3, protocol in 0usize..5) {
        let mut space = Space::new();
        let set = cooked(&mut space, &recipe);
        let (port, protocol) = (PORTS[port].1, PROTOCOLS[protocol]);
        let fixed = space.fixed_at(set, Dimension::DestinationPort, port.into());
        let known = space.fixed_at(set, Dimension::Protocol, protocol.into());
        let any = space.forget(set, Dimension::SourcePort);
        for packet in universe() {
            prop_assert_eq!(space.contains(fixed, &packet), modelled(&recipe, &Packet { destination_port: port, ..packet }));
            prop_assert_eq!(space.contains(known, &packet), modelled(&recipe, &Packet { protocol, ..packet }));
            let exists = PORTS.iter().any(|atom| modelled(&recipe, &Packet { source_port: atom.0, ..packet }));
            prop_assert_eq!(space.contains(any, &packet), exists);
        }
    }

    #[test]
    fn sets_travel_between_spaces(a in recipe(), b in recipe()) {
        let (mut here, mut there) = (Space::new(), Space::new());
        let _ = cooked(&mut there, &b);
        let (set, copy) = (cooked(&mut here, &a), cooked(&mut there, &a));
        prop_assert_eq!(there.import(&here, set), copy);
    }

    #[test]
    fn within_its_budget_a_space_is_exact(recipe in recipe(), budget in 0usize..12) {
        let mut space = Space::with_budget(budget);
        let set = cooked(&mut space, &recipe);
        if !space.overflowed() {
            prop_assert!(universe().iter().all(|packet| space.contains(set, packet) == modelled(&recipe, packet)));
        }
        prop_assert!(space.edges() <= budget);
        space.clear();
        prop_assert!(!space.overflowed());
    }
}

#[test]
fn every_protocol_number_but_five_is_ignored() {
    let mut space = Space::new();
    let wide = Cube { protocols: Ranges::all(), ..Cube::all() };
    assert_eq!(space.cube(&wide), Set::FULL);
    let unknown = Cube { protocols: Ranges::single(47), ..Cube::all() };
    assert!(unknown.is_empty());
    assert_eq!(space.cube(&unknown), Set::EMPTY);
    assert_eq!(space.minus_cube(Set::FULL, &unknown), Set::FULL);
    assert!(!space.contains(Set::FULL, &Packet { protocol: 47, ..universe()[0] }));
    assert_eq!(space.cubes(Set::FULL), [Cube::all()]);
}

#[test]
fn the_witness_is_the_nicest_packet() {
    let mut space = Space::new();
    let nicest =
        Packet { source: IPV4_BASE, destination: IPV4_BASE, protocol: 6, source_port: 1024, destination_port: 1 };
    assert_eq!(space.witness(Set::FULL), Some(nicest));
    let six =
        Cube { destination: Ranges::range(1 << 120, u128::MAX), source_ports: Ranges::range(0, 53), ..Cube::all() };
    let six = space.cube(&six);
    let expected = Packet { source: 0, destination: 1 << 120, source_port: 1, ..nicest };
    assert_eq!(space.witness(six), Some(expected));
    let icmp_or_udp = space.protocols(&Ranges::from_ranges([(1, 1), (17, 17)]));
    assert_eq!(space.witness(icmp_or_udp).map(|packet| packet.protocol), Some(17));
    assert_eq!(space.witness(Set::EMPTY), None);
}

#[test]
fn a_cube_splits_by_whether_its_packets_have_ports() {
    let cube = Cube { destination_ports: Ranges::single(443), ..Cube::all() };
    assert_eq!(cube.ported().protocols, Ranges::from_ranges([(6, 6), (17, 17)]));
    assert_eq!(cube.ported().destination_ports, Ranges::single(443));
    assert_eq!(cube.portless().protocols, Ranges::from_ranges([(1, 1), (50, 51)]));
    assert!(cube.portless().destination_ports.is_all());
    assert!(cube.volume() < Cube::all().volume());
}

#[test]
fn the_shorter_way_to_write_a_set_is_taken() {
    let mut space = Space::new();
    let host = |n: u128| Ranges::single(IPV4_BASE + 10 * n);
    // Three kinds of host, but only two services.
    let web = Cube { destination: host(1).union(&host(2)), destination_ports: Ranges::single(80), ..Cube::all() };
    let sql = Cube { destination: host(2).union(&host(3)), destination_ports: Ranges::single(1433), ..Cube::all() };
    let (a, b) = (space.cube(&web), space.cube(&sql));
    let both = space.or(a, b);
    assert_eq!(space.cubes(both), [web, sql]);
    assert_eq!(space.cubes_up_to(both, 1), None);
}

#[test]
fn classifiers_cross_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Classifier>();
    is_shared::<Space>();
}
