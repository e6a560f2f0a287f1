//! How much a picture can hold and still be looked at.
//!
//! In: a network. Out: what is drawn and what is only counted. Deliberately absent: drawing.

use crate::network::Network;

/// Most VNETs.
const MOST_NETWORKS: usize = 200;
/// Most subnets; beyond, VNETs are drawn without them.
const MOST_SUBNETS: usize = 240;
/// Most machines in one subnet, and fewer where there are many subnets.
const MOST_IN_A_SUBNET: [usize; 5] = [40, 20, 10, 4, 1];
/// Most machines in all.
const MOST_MACHINES: usize = 400;
/// Most lines of one kind.
pub(super) const MOST_LINES: usize = 40;
/// Most parties outside, hosts of a site, services.
const MOST_OUTSIDE: usize = 40;

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    /// This many VNETs.
    pub(super) networks: usize,
    /// Their subnets too.
    pub(super) subnets: bool,
    /// This many machines of a subnet.
    pub(super) machines: usize,
    /// This many of anything outside.
    pub(super) outside: usize,
}

impl Bounds {
    /// The bounds for a network.
    pub(super) fn of(network: &Network) -> Self {
        let members: Vec<usize> = (0..network.model.subnets.len())
            .map(|index| network.subnet(crate::model::SubnetId::at(index)).members.len())
            .collect();
        let all = |most: usize| members.iter().map(|count| (*count).min(most)).sum::<usize>();
        let machines = MOST_IN_A_SUBNET.into_iter().find(|most| all(*most) <= MOST_MACHINES).unwrap_or(0);
        let subnets = members.len() <= MOST_SUBNETS;
        Bounds { networks: MOST_NETWORKS, subnets, machines, outside: MOST_OUTSIDE }
    }
}
