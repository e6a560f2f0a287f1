//! Packets that Azure does not carry whatever the rules say: UDP from port 65330, and DHCP between machines (R171).
//!
//! In: a set, a packet. Out: whether it is of these. Deliberately absent: what becomes of them (that is `forward`).

use crate::space::{Cube, Packet, Ports, Ranges, UDP};

/// The port that Azure keeps for itself.
const KEPT: u16 = 65330;
/// From which port DHCP clients ask, and at which port servers answer.
const DHCP: (u16, u16) = (68, 67);

/// The packets, each with the source port beside its own.
pub(super) fn cubes() -> [(Cube, u16); 2] {
    let udp = Cube { protocols: Ranges::single(UDP), ..Cube::all() };
    let kept = Cube { source_ports: Ports::single(KEPT), ..udp.clone() };
    let (source_ports, destination_ports) = (Ports::single(DHCP.0), Ports::single(DHCP.1));
    [(kept, KEPT + 1), (Cube { source_ports, destination_ports, ..udp }, DHCP.0 + 1)]
}

/// Whether a packet is one of them.
#[inline]
pub(super) fn holds(packet: &Packet) -> bool {
    let ports = (packet.source_port, packet.destination_port);
    packet.protocol == UDP && (packet.source_port == KEPT || ports == DHCP)
}

#[cfg(test)]
mod tests {
    use super::{cubes, holds};
    use crate::space::{Packet, TCP, UDP};

    #[test]
    fn cubes_and_packets_say_the_same() {
        for protocol in [TCP, UDP] {
            for source_port in [67, 68, 69, 65329, 65330, 65331] {
                for destination_port in [53, 66, 67, 68] {
                    let packet = Packet { source: 1, destination: 2, protocol, source_port, destination_port };
                    let held = cubes().iter().any(|(cube, _)| cube.contains(&packet));
                    assert_eq!(held, holds(&packet), "{packet:?}");
                    let beside = |port| Packet { source_port: port, ..packet };
                    assert!(cubes().iter().all(|(_, port)| !holds(&beside(*port))), "{packet:?}");
                }
            }
        }
    }
}
