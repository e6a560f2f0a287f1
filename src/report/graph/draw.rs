//! From a network to its picture.
//!
//! In: a compiled network, a trace. Out: a [`Picture`]. Deliberately absent: sizes and colours, deciding anything:
//! which way a packet takes is read from the trace, never guessed.
//!
//! What a file leaves out is not drawn; what is too much is counted instead of drawn, and the picture says so.

mod between;
mod bounds;
mod flow;
mod inside;
mod lines;
mod outside;
mod services;

use super::picture::{Edge, EdgeKind, Frame, FrameId, FrameKind, Node, NodeId, NodeKind, Picture, Spot};
use crate::{
    model::{Known, NetworkInterfaceId, SubnetId, VirtualNetworkId},
    network::Network,
    report::page::and_more,
    trace::Trace,
};
use bounds::Bounds;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
};

/// Most lines of text on one edge.
const MOST_ON_AN_EDGE: usize = 4;
/// Most labels on one frame.
const MOST_ON_A_FRAME: usize = 10;

/// The picture of a network, with the way of a flow over it.
pub fn draw(title: &str, network: &Network, trace: Option<&Trace>) -> Picture {
    let mut drawing = Drawing::new(title, network, trace);
    drawing.outside();
    drawing.sites();
    drawing.regions();
    drawing.firewalls();
    drawing.route_servers();
    drawing.load_balancers();
    drawing.application_gateways();
    drawing.bastion_hosts();
    drawing.services();
    drawing.private_endpoints();
    drawing.clusters();
    drawing.zones();
    drawing.names();
    drawing.peerings();
    drawing.connections();
    drawing.routes();
    drawing.nat_gateways();
    drawing.service_endpoints();
    if let Some(trace) = trace {
        drawing.flow(trace);
    }
    drawing.finish()
}

/// A picture that grows, and where each resource went.
struct Drawing<'n> {
    network: &'n Network,
    picture: Picture,
    bounds: Bounds,
    /// Places that the flow speaks of: drawn whatever the bounds say.
    asked: BTreeSet<&'n str>,
    /// By name as traces say it, lower case.
    spots: BTreeMap<String, Spot>,
    /// Who answers to a private address, in which VNET.
    addresses: HashMap<IpAddr, Vec<(VirtualNetworkId, Spot)>>,
    internet: Option<Spot>,
    /// By id; absent where there was no room.
    networks: Vec<Option<FrameId>>,
    subnets: Vec<Option<Spot>>,
    nics: Vec<Option<Spot>>,
    gateways: Vec<Option<Spot>>,
    sites: Vec<Option<FrameId>>,
    services: Vec<Option<Spot>>,
    endpoints: Vec<Option<Spot>>,
    /// Lines that may grow another label.
    lines: HashMap<(Spot, Spot, EdgeKind), usize>,
}

impl<'n> Drawing<'n> {
    fn new(title: &str, network: &'n Network, trace: Option<&'n Trace>) -> Self {
        let model = &network.model;
        let parts = trace.and_then(Trace::leading_part).into_iter();
        let asked: BTreeSet<&str> = parts
            .flat_map(|part| {
                let hops = part.forward.iter().chain(&part.reply).map(|hop| hop.at.as_str());
                hops.chain([part.ends.0.as_str(), part.ends.1.as_str()])
            })
            .collect();
        Drawing {
            network,
            picture: Picture { title: title.to_owned(), ..Picture::default() },
            bounds: Bounds::of(network),
            asked,
            spots: BTreeMap::new(),
            addresses: HashMap::new(),
            internet: None,
            networks: vec![None; model.virtual_networks.len()],
            subnets: vec![None; model.subnets.len()],
            nics: vec![None; model.network_interfaces.len()],
            gateways: vec![None; model.virtual_network_gateways.len()],
            sites: vec![None; model.sites.len()],
            services: vec![None; model.services.len()],
            endpoints: vec![None; model.private_endpoints.len()],
            lines: HashMap::new(),
        }
    }

    fn frame(&mut self, id: String, kind: FrameKind, parent: Option<FrameId>, name: &str, detail: String) -> FrameId {
        let name = name.to_owned();
        let frame = Frame { id, kind, parent, name, detail, labels: Vec::new(), marks: Vec::new(), hub: false };
        self.picture.frames.push(frame);
        FrameId(self.picture.frames.len() - 1)
    }

    fn node(&mut self, kind: NodeKind, words: &str, parent: FrameId, name: &str, details: Vec<String>) -> NodeId {
        let id = format!("n{}", self.picture.nodes.len());
        let (words, name) = (words.to_owned(), name.to_owned());
        self.picture.nodes.push(Node { id, kind, words, parent, name, details, marks: Vec::new() });
        NodeId(self.picture.nodes.len() - 1)
    }

    /// A line, or another label on one that is there.
    fn line(&mut self, from: Spot, to: Spot, kind: EdgeKind, label: Vec<String>) {
        if from == to {
            return;
        }
        let edges = &mut self.picture.edges;
        let index = *self.lines.entry((from, to, kind)).or_insert_with(|| {
            edges.push(Edge { from, to, kind, label: Vec::new() });
            edges.len() - 1
        });
        for line in label {
            if !edges[index].label.contains(&line) {
                edges[index].label.push(line);
            }
        }
    }

    /// Remembers under which name traces speak of a spot; the first to take a name keeps it.
    fn known_as(&mut self, name: impl Into<String>, spot: Spot) {
        self.spots.entry(name.into().to_lowercase()).or_insert(spot);
    }

    /// Remembers who answers to a private address of a VNET.
    fn answers(&mut self, network: VirtualNetworkId, address: IpAddr, spot: Spot) {
        self.addresses.entry(address).or_default().push((network, spot));
    }

    /// The names of everything that is not a place of its own.
    fn names(&mut self) {
        let model = &self.network.model;
        for (index, nic) in model.network_interfaces.iter().enumerate() {
            if let Some(spot) = self.nics[index] {
                self.known_as(nic.label.name.clone(), spot);
            }
        }
        let first = |nics: &[NetworkInterfaceId]| nics.first().copied();
        for machine in &model.workloads {
            self.named_by_nic(&machine.label.name, first(&machine.network_interfaces));
        }
        for appliance in &model.appliances {
            self.named_by_nic(&appliance.label.name, first(&appliance.network_interfaces));
        }
        for (index, address) in model.public_ip_addresses.iter().enumerate() {
            let bound = self.network.bound_to(crate::model::PublicIpAddressId::at(index));
            self.named_by_nic(&address.label.name, bound.map(|(nic, _)| nic));
        }
    }

    fn named_by_nic(&mut self, name: &str, nic: Option<NetworkInterfaceId>) {
        if let Some(spot) = nic.and_then(|nic| self.nics[nic.index()]) {
            self.known_as(name, spot);
        }
    }

    /// Where a subnet is drawn: itself, or the VNET that stands for it.
    fn subnet_spot(&self, id: SubnetId) -> Option<Spot> {
        self.subnets[id.index()]
    }

    fn network_of(&self, id: SubnetId) -> VirtualNetworkId {
        self.network.model.subnet(id).virtual_network
    }

    /// A fact in the user's words, for a value that is not known.
    fn told<T: ToString>(value: &Known<T>) -> String {
        match value {
            Known::Known(value) => value.to_string(),
            Known::Unknown(_) => "not known".to_owned(),
        }
    }

    fn finish(mut self) -> Picture {
        self.fewer_lines();
        for edge in &mut self.picture.edges {
            crowd(&mut edge.label, MOST_ON_AN_EDGE);
        }
        for frame in &mut self.picture.frames {
            crowd(&mut frame.labels, MOST_ON_A_FRAME);
        }
        self.picture
    }

    /// Where there are too many lines of a kind, they are written on the boxes that they start from.
    fn fewer_lines(&mut self) {
        let mut counts: BTreeMap<EdgeKind, usize> = BTreeMap::new();
        for edge in &self.picture.edges {
            *counts.entry(edge.kind).or_default() += 1;
        }
        counts.retain(|_, count| *count > bounds::MOST_LINES);
        for kind in counts.keys() {
            self.picture.left_out.push(format!("lines of the kind: {}; they are written on the boxes", kind.words()));
        }
        let (written, kept) =
            std::mem::take(&mut self.picture.edges).into_iter().partition(|edge| counts.contains_key(&edge.kind));
        self.picture.edges = kept;
        let written: Vec<Edge> = written;
        for edge in written {
            let label = match edge.kind.is_directed() {
                true => edge.label.join(", "),
                false => edge.label.first().cloned().unwrap_or_default(),
            };
            let mut ends = vec![(edge.from, edge.to)];
            ends.extend((!edge.kind.is_directed()).then_some((edge.to, edge.from)));
            for (at, other) in ends {
                let name = self.picture.name(other);
                let words = match edge.kind.is_directed() {
                    true => format!("{label} to {name}"),
                    false => format!("{label}: {name}"),
                };
                match at {
                    Spot::Frame(id) => self.picture.frames[id.0].labels.push(words),
                    Spot::Node(id) => self.picture.nodes[id.0].details.push(words),
                }
            }
        }
    }
}

/// At most so many of a list, and how many more.
fn crowd(lines: &mut Vec<String>, most: usize) {
    if lines.len() > most {
        let rest = lines.len() - (most - 1);
        lines.truncate(most - 1);
        lines.push(and_more(rest));
    }
}
