//! A part of the asked set on its way: where it is, what it looks like, what has been decided so far.
//!
//! In: nothing but the vocabulary. Out: [`Flight`], its trail, and the [`Fate`] it ends in. Deliberately
//! absent: moving it (that is `forward`, `hybrid`, `public`, `appliance`).

use super::{filter::Fragments, header::Header};
use crate::{
    model::{
        ApplianceId, ApplicationGatewayId, AzureFirewallId, BastionHostId, ConnectionId, ExternalId, FactId,
        LoadBalancerId, NetworkInterfaceId, PrivateEndpointId, PublicIpAddressId, ServiceId, SiteId, SubnetId,
        VirtualHubId, VirtualNetworkGatewayId, VirtualNetworkId,
    },
    space::Set,
    trace::{Step, Verdict},
};
use smallvec::SmallVec;
use std::rc::Rc;

/// Hops that one packet may take: far more than any sane network has.
pub(super) const HOP_BUDGET: u8 = 48;

/// A place in the network. Position is not an address: two VNETs may use the same ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Place {
    /// A NIC, by one of its configurations.
    NetworkInterface(NetworkInterfaceId, usize),
    /// NICs of a subnet without anything of their own: no NSG, no public address, no appliance.
    Subnet(SubnetId),
    /// A site.
    Site(SiteId),
    /// Behind a connection whose far end is no site of the file.
    Behind(ConnectionId),
    /// Behind an appliance that announces what it has there; the NIC by which it is reached.
    BehindAppliance(ApplianceId, NetworkInterfaceId),
    /// Behind a branch of a virtual hub of which the file has no site.
    BehindHub(VirtualHubId, u32),
    /// With a point-to-site client of a gateway.
    Clients(VirtualNetworkGatewayId),
    /// A party outside.
    External(ExternalId),
    /// A platform service, at its public endpoint.
    Service(ServiceId),
    /// A private endpoint.
    PrivateEndpoint(PrivateEndpointId),
    /// An Azure Firewall, sending on or for itself.
    AzureFirewall(AzureFirewallId),
    /// Somewhere in the Internet.
    Internet,
    /// The host's own address, source of probes.
    Host,
    /// An Azure Bastion, as a sender.
    Bastion(BastionHostId),
    /// An app of App Service with an integration, as a sender.
    WebApp(ServiceId),
    /// A private address that nobody in the file owns.
    Outsider,
}

/// Which way a flight goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Leg {
    /// From the initiator.
    Forward,
    /// Back to it.
    Reply,
}

/// Facts that are missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Doubts {
    /// Facts of the model.
    pub(super) facts: SmallVec<[FactId; 2]>,
    /// Facts that only the walk knows of.
    pub(super) texts: SmallVec<[Rc<str>; 1]>,
}

impl Doubts {
    pub(super) fn from_facts(facts: &[FactId]) -> Self {
        let mut doubts = Doubts::default();
        doubts.add_facts(facts);
        doubts
    }

    pub(super) fn of_text(text: &str) -> Self {
        Doubts { texts: SmallVec::from_iter([Rc::from(text)]), ..Doubts::default() }
    }

    pub(super) fn add_facts(&mut self, facts: &[FactId]) {
        for fact in facts {
            if !self.facts.contains(fact) {
                self.facts.push(*fact);
            }
        }
    }

    pub(super) fn extend(&mut self, others: &Doubts) {
        self.add_facts(&others.facts);
        for text in &others.texts {
            if !self.texts.contains(text) {
                self.texts.push(text.clone());
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.texts.is_empty()
    }
}

/// One entry of a trail.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    /// A place was entered.
    At(Rc<str>),
    /// The reply begins.
    Turn,
    /// Something was decided.
    Step(Rc<Step>),
    /// A rule list decided; which rule is worked out for the final part.
    Filtered {
        list: ListRef,
        outcome: crate::trace::Outcome,
        fragments: Fragments,
        /// At which level: `subnet`, `NIC`, and whether VirtualNetwork was widened by a default route.
        level: &'static str,
        widened_by: Option<Rc<str>>,
    },
}

/// Which rule list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ListRef {
    SecurityGroup(crate::model::NetworkSecurityGroupId, crate::model::Direction),
    Appliance(ApplianceId),
    Site(SiteId),
    FirewallNetwork(AzureFirewallId),
    FirewallApplication(AzureFirewallId),
    /// Admin rules of a VNET: direction, manager.
    Admin(VirtualNetworkId, crate::model::Direction, u32),
}

/// Marks from the start to here: a list shared by all flights that came the same way.
#[derive(Debug, Clone, Default)]
pub(super) struct Trail(Option<Rc<(Mark, Trail)>>);

impl Trail {
    pub(super) fn and(&self, mark: Mark) -> Trail {
        Trail(Some(Rc::new((mark, self.clone()))))
    }

    /// The marks, first to last.
    pub(super) fn marks(&self) -> Vec<Mark> {
        let mut marks = Vec::new();
        let mut at = self;
        while let Some(entry) = &at.0 {
            marks.push(entry.0.clone());
            at = &entry.1;
        }
        marks.reverse();
        marks
    }
}

/// Something on the way that the reply must pass again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waypoint {
    pub(super) device: Device,
    /// The header as it arrived there.
    pub(super) before: Header,
    /// It drops what it has no record of.
    pub(super) stateful: bool,
    /// It changed the header, so that the reply means nothing to the initiator without it.
    pub(super) translated: bool,
}

/// What a waypoint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Device {
    /// An appliance, entered through this NIC.
    Appliance(ApplianceId, NetworkInterfaceId, usize),
    /// Azure's translation of a NIC's private source into a public one.
    Egress(Place),
    /// Azure's translation of a public destination into a NIC's private one.
    Inbound(PublicIpAddressId, NetworkInterfaceId),
    /// A site's own way to the Internet.
    SiteEgress(SiteId),
    /// An Azure Firewall.
    AzureFirewall(AzureFirewallId),
    /// A load balancer's translation of a frontend into a back end; the public address, where it has one.
    Balancer(LoadBalancerId, NetworkInterfaceId, Option<PublicIpAddressId>),
    /// A private link service: the endpoint that a connection came in by, and the subnet of the NAT address it goes on from.
    PrivateLink(PrivateEndpointId, SubnetId),
    /// A public frontend of an application gateway: its instances answer by it.
    ApplicationGateway(ApplicationGatewayId),
    /// The public address of an Azure Bastion.
    Bastion(BastionHostId),
}

/// A part of the asked set on its way.
#[derive(Debug, Clone)]
pub(super) struct Flight {
    pub(super) part: Set,
    pub(super) header: Header,
    pub(super) leg: Leg,
    pub(super) trail: Trail,
    pub(super) doubts: Doubts,
    /// Translators and stateful devices passed, not yet passed again by the reply.
    pub(super) waypoints: Vec<Waypoint>,
    /// NICs with a flow record of this connection: their NSGs let its packets through.
    pub(super) records: Vec<Place>,
    /// How many of them the way there left. A reply that came in at a NIC without any is new there on its way out, too.
    pub(super) recorded_there: usize,
    /// NICs and gateways passed on this leg: passing one twice in the same guise is a loop.
    pub(super) passed: Vec<(Stop, Header)>,
    /// The VNET in which the packet as it is now originated; forwarded packets keep their first one (R86).
    pub(super) origin: Option<VirtualNetworkId>,
    /// The gateway that it came in through; no peering calls that forwarded (R96).
    pub(super) through_gateway: Option<VirtualNetworkGatewayId>,
    /// The subnet whose table sent it last: subnet peering joins some of them only (R97).
    pub(super) sender: Option<SubnetId>,
    /// The subnet over whose service endpoint it came: services know it by that.
    pub(super) endpoint: Option<SubnetId>,
    /// Which member of its pool a balancer chose for this connection, as the next hop of a route.
    pub(super) chosen: SmallVec<[(LoadBalancerId, NetworkInterfaceId); 1]>,
    /// Hops left.
    pub(super) budget: u8,
    pub(super) notes: SmallVec<[Rc<str>; 1]>,
}

/// Where a loop would close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Stop {
    NetworkInterface(NetworkInterfaceId),
    /// A gateway, from outside or from its VNET.
    Gateway(VirtualNetworkGatewayId, Leaving),
    Site(SiteId),
    AzureFirewall(AzureFirewallId),
    /// A virtual hub, and whence.
    VirtualHub(VirtualHubId, HubSide),
}

/// Where a virtual hub was entered from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum HubSide {
    /// A connected VNET, by its place.
    Connection(u32),
    /// A branch, by its place.
    Branch(u32),
    /// Another hub.
    Hub(VirtualHubId),
    /// Its own firewall.
    Firewall,
}

/// Which side a gateway was entered from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Leaving {
    /// From outside, into the VNET.
    Outside,
    /// From the VNET, out.
    Inside,
}

impl Flight {
    /// One that has been nowhere yet.
    pub(super) fn new(part: Set, header: Header) -> Flight {
        Flight {
            part,
            header,
            leg: Leg::Forward,
            trail: Trail::default(),
            doubts: Doubts::default(),
            waypoints: Vec::new(),
            records: Vec::new(),
            recorded_there: 0,
            passed: Vec::new(),
            origin: None,
            through_gateway: None,
            sender: None,
            endpoint: None,
            chosen: Default::default(),
            budget: HOP_BUDGET,
            notes: Default::default(),
        }
    }

    /// Whether the reply of a connection whose way there left a flow record at a place is here.
    pub(super) fn is_recorded_reply(&self, place: Place) -> bool {
        let there = self.records.get(..self.recorded_there).unwrap_or_default();
        self.leg == Leg::Reply && there.contains(&place)
    }

    /// The same flight with other packets.
    pub(super) fn with(&self, part: Set) -> Flight {
        Flight { part, ..self.clone() }
    }

    /// Leaves a mark.
    pub(super) fn mark(mut self, mark: Mark) -> Flight {
        self.trail = self.trail.and(mark);
        self
    }

    /// Notes a decision.
    pub(super) fn step(self, step: Step) -> Flight {
        self.mark(Mark::Step(Rc::new(step)))
    }

    /// Enters a place.
    pub(super) fn at(self, name: &str) -> Flight {
        self.mark(Mark::At(Rc::from(name)))
    }

    /// Carries a doubt along.
    pub(super) fn doubt(mut self, doubts: &Doubts) -> Flight {
        self.doubts.extend(doubts);
        self
    }

    /// A remark for people.
    pub(super) fn note(mut self, note: &str) -> Flight {
        if !self.notes.iter().any(|one| &**one == note) {
            self.notes.push(Rc::from(note));
        }
        self
    }
}

/// What became of a part.
#[derive(Debug, Clone)]
pub(super) struct Fate {
    pub(super) part: Set,
    pub(super) verdict: Verdict,
    pub(super) trail: Trail,
    /// The ways that the packets may take as well, where Azure chooses or the model does not know.
    pub(super) other_trails: Vec<Trail>,
    /// Further deciders that the trail does not hold: the None route beside an NSG's denial (F168), the other
    /// choices of a fork.
    pub(super) beside: Vec<Rc<Step>>,
    /// What stopped a further flow that these packets hang on; it then decides about them.
    pub(super) hung_on: Vec<Rc<Step>>,
    pub(super) doubts: Doubts,
    pub(super) notes: SmallVec<[Rc<str>; 1]>,
    /// NICs that then have a flow record of the connection.
    pub(super) records: Vec<Place>,
}

/// Fates that together cover the part that was asked about.
pub(super) type Fates = Vec<Fate>;
