//! The picture before anybody lays it out: nested frames, nodes in them, edges between them, the way of a flow.
//!
//! In: what `draw` found. Out: plain data in a fixed order, with ids that hold in every format. Deliberately absent:
//! sizes, colours, Azure.

use crate::trace::Verdict;

/// Everything that is to be seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Picture {
    /// What it shows.
    pub title: String,
    /// Boxes around other boxes, parents before children.
    pub frames: Vec<Frame>,
    /// Boxes with nothing inside.
    pub nodes: Vec<Node>,
    /// Lines between boxes.
    pub edges: Vec<Edge>,
    /// The way of a flow.
    pub flow: Option<FlowPath>,
    /// What there was no room for, one sentence each.
    pub left_out: Vec<String>,
}

/// Index of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(pub usize);

/// Index of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub usize);

/// One end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spot {
    /// A frame as a whole.
    Frame(FrameId),
    /// A node.
    Node(NodeId),
}

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FrameKind {
    /// The Internet and the parties on it.
    Outside,
    /// An on-premises network.
    Site,
    /// An Azure region.
    Region,
    /// A virtual network.
    VirtualNetwork,
    /// A subnet.
    Subnet,
    /// Azure's services outside of virtual networks.
    Services,
}

/// A box around others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Unique in the picture, letters, digits and underscores.
    pub id: String,
    /// What it is.
    pub kind: FrameKind,
    /// The frame that it stands in.
    pub parent: Option<FrameId>,
    /// Its name.
    pub name: String,
    /// Its prefixes or the like.
    pub detail: String,
    /// What is attached to it: `NSG databricks-nsg`.
    pub labels: Vec<String>,
    /// What was decided here about the flow.
    pub marks: Vec<Mark>,
    /// The others gather around it.
    pub hub: bool,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeKind {
    /// A machine, or one of its NICs.
    Workload,
    /// A network interface of nobody's.
    NetworkInterface,
    /// A network virtual appliance.
    Appliance,
    /// A VPN or ExpressRoute gateway.
    Gateway,
    /// A NAT gateway.
    NatGateway,
    /// A public address that is bound to nothing.
    PublicIpAddress,
    /// A host of a site.
    Host,
    /// The Internet.
    Internet,
    /// A party on it.
    External,
    /// A platform service.
    Service,
    /// A private endpoint.
    PrivateEndpoint,
    /// A cluster.
    Cluster,
    /// Something that is read and not modelled.
    Unmodelled,
    /// Those for which there was no room.
    More,
}

/// A box with nothing inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Unique in the picture, letters, digits and underscores.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// The same for people: `VPN gateway`.
    pub words: String,
    /// The frame that it stands in.
    pub parent: FrameId,
    /// Its name.
    pub name: String,
    /// Addresses and the like, a line each.
    pub details: Vec<String>,
    /// What was decided here about the flow.
    pub marks: Vec<Mark>,
}

/// What a line means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// A peering within a region.
    Peering,
    /// A peering between regions.
    GlobalPeering,
    /// A gateway's connection.
    Connection,
    /// User routes of a subnet, to their next hop.
    Route,
    /// A subnet's NAT gateway.
    NatGateway,
    /// A service endpoint whose subnet the service lets in.
    ServiceEndpoint,
    /// A private endpoint's service.
    PrivateEndpoint,
    /// A machine behind a load balancer.
    BackEnd,
}

impl EdgeKind {
    /// For the legend.
    pub fn words(self) -> &'static str {
        match self {
            EdgeKind::Peering => "peering",
            EdgeKind::GlobalPeering => "global peering",
            EdgeKind::Connection => "gateway connection",
            EdgeKind::Route => "user routes, to their next hop",
            EdgeKind::NatGateway => "NAT gateway",
            EdgeKind::ServiceEndpoint => "service endpoint with a rule for the subnet",
            EdgeKind::PrivateEndpoint => "private endpoint",
            EdgeKind::BackEnd => "load balancer or application gateway, to its back ends",
        }
    }

    /// Whether it leads from one end to the other, and not back.
    pub fn is_directed(self) -> bool {
        !matches!(self, EdgeKind::Peering | EdgeKind::GlobalPeering | EdgeKind::Connection)
    }
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// From here.
    pub from: Spot,
    /// To there.
    pub to: Spot,
    /// What it means.
    pub kind: EdgeKind,
    /// What is written on it.
    pub label: Vec<String>,
}

/// How something stands to the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tone {
    /// It lets the flow through.
    Lets,
    /// It stops the flow.
    Stops,
    /// A fact is missing.
    Unsure,
    /// It chose the way.
    Leads,
}

impl Tone {
    /// A sign that needs no colour.
    pub fn sign(self) -> &'static str {
        match self {
            Tone::Lets => "✓",
            Tone::Stops => "✕",
            Tone::Unsure => "?",
            Tone::Leads => "→",
        }
    }
}

/// A decision about the flow, written where it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What it did.
    pub tone: Tone,
    /// `databricks-nsg/deny-outbound`.
    pub text: String,
}

impl Mark {
    /// Sign and text.
    pub fn told(&self) -> String {
        format!("{} {}", self.tone.sign(), self.text)
    }
}

/// A place that the flow comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// Where.
    pub at: Spot,
    /// Counted from one, there and back.
    pub number: usize,
    /// It ends here, against its wish.
    pub stopped: bool,
}

/// The way of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowPath {
    /// The flow as text.
    pub flow: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Why, in a sentence.
    pub why: String,
    /// Further flows that it hangs on, with what became of them.
    pub legs: Vec<Mark>,
    /// The way there.
    pub there: Vec<Stop>,
    /// The way back.
    pub back: Vec<Stop>,
    /// Where it was going when it was stopped: from the last stop to the place never reached.
    pub missed: Option<(Spot, Spot)>,
}

impl FlowPath {
    /// The verdict with a sign that needs no colour.
    pub fn told(&self) -> String {
        let sign = match self.verdict {
            Verdict::Mixed => "✓✕",
            verdict => verdict_tone(verdict).sign(),
        };
        format!("{sign} {}", self.verdict)
    }

    /// The tone of the verdict.
    pub fn tone(&self) -> Tone {
        verdict_tone(self.verdict)
    }
}

/// The tone of a verdict.
pub fn verdict_tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Allowed => Tone::Lets,
        Verdict::Denied => Tone::Stops,
        Verdict::Mixed | Verdict::Undetermined => Tone::Unsure,
    }
}

impl Picture {
    /// The frame behind an id.
    pub fn frame(&self, id: FrameId) -> &Frame {
        &self.frames[id.0]
    }

    /// The node behind an id.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The id of what a spot names.
    pub fn id(&self, spot: Spot) -> &str {
        match spot {
            Spot::Frame(id) => &self.frame(id).id,
            Spot::Node(id) => &self.node(id).id,
        }
    }

    /// The name of what a spot names.
    pub fn name(&self, spot: Spot) -> &str {
        match spot {
            Spot::Frame(id) => &self.frame(id).name,
            Spot::Node(id) => &self.node(id).name,
        }
    }

    /// The frame around a spot.
    pub fn parent(&self, spot: Spot) -> Option<FrameId> {
        match spot {
            Spot::Frame(id) => self.frame(id).parent,
            Spot::Node(id) => Some(self.node(id).parent),
        }
    }

    /// The frames around a spot, the nearest first.
    pub fn around(&self, spot: Spot) -> Vec<FrameId> {
        let mut found: Vec<FrameId> = self.parent(spot).into_iter().collect();
        while let Some(next) = found.last().and_then(|last| self.frame(*last).parent) {
            found.push(next);
        }
        found
    }

    /// What stands directly in a frame: frames first, then nodes, each in the order of the picture.
    pub fn inside(&self) -> Inside {
        let mut inside = Inside { top: Vec::new(), frames: vec![Vec::new(); self.frames.len()], nodes: Vec::new() };
        inside.nodes.resize(self.frames.len(), Vec::new());
        for (index, frame) in self.frames.iter().enumerate() {
            match frame.parent {
                Some(parent) => inside.frames[parent.0].push(FrameId(index)),
                None => inside.top.push(FrameId(index)),
            }
        }
        for (index, node) in self.nodes.iter().enumerate() {
            inside.nodes[node.parent.0].push(NodeId(index));
        }
        inside
    }
}

/// Who stands in whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside {
    /// Frames in no other.
    pub top: Vec<FrameId>,
    /// By frame: the frames in it.
    pub frames: Vec<Vec<FrameId>>,
    /// By frame: the nodes in it.
    pub nodes: Vec<Vec<NodeId>>,
}
