//! What is not in a virtual network: the Internet, parties on it, sites, services.

use super::{
    super::picture::{FrameId, FrameKind, NodeKind, Spot},
    Drawing,
};
use crate::{
    model::{Attachment, External, InternetEgress, PublicIpAddressId, Site},
    report::page::{and_more, capped, count},
};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// Names on one line of a node that stands for several.
const IN_A_LINE: usize = 2;
/// Most prefixes on one line.
const MOST_PREFIXES: usize = 2;

/// `10.0.0.0/16, 10.1.0.0/16`.
pub(super) fn prefixes(prefixes: &[IpNet]) -> String {
    let texts: Vec<String> = prefixes
        .iter()
        .map(|net| match net.prefix_len() == net.max_prefix_len() {
            true => net.addr().to_string(),
            false => net.to_string(),
        })
        .collect();
    capped(&texts, MOST_PREFIXES, ", ")
}

impl Drawing<'_> {
    /// The Internet and the parties on it.
    pub(super) fn outside(&mut self) {
        let model = &self.network.model;
        let frame = self.frame("outside".to_owned(), FrameKind::Outside, None, "Outside", String::new());
        let words = "public addresses";
        let internet = Spot::Node(self.node(NodeKind::Internet, words, frame, "Internet", Vec::new()));
        self.internet = Some(internet);
        self.known_as("internet", internet);
        let names = model.externals.iter().map(|external| external.label.name.as_str());
        let drawn = self.chosen(names, self.bounds.outside);
        let mut companions: BTreeMap<&str, Spot> = BTreeMap::new();
        let mut left_out = 0;
        for (index, external) in model.externals.iter().enumerate() {
            let name = external.label.name.as_str();
            let owner = name.split_once('/').map(|(owner, _)| owner).filter(|owner| self.owns_parties(owner));
            let spot = match owner.filter(|_| !self.asked.contains(name)) {
                Some(owner) => *companions.entry(owner).or_insert_with(|| self.companions(frame, owner)),
                None if drawn.contains(&index) => self.external(frame, external),
                None => {
                    left_out += 1;
                    internet
                }
            };
            self.known_as(name, spot);
        }
        self.more(frame, left_out, "outside party", "outside parties");
        self.loose_addresses(frame);
    }

    fn external(&mut self, frame: FrameId, external: &External) -> Spot {
        let mut details = vec![prefixes(&external.addresses)];
        details.extend(match external.host_names.as_slice() {
            [one] => Some(one.clone()),
            names => (!names.is_empty()).then(|| count(names.len(), "host name")),
        });
        details.extend(external.location.clone());
        details.retain(|line| !line.is_empty());
        let words = external.trusted_service.as_deref().unwrap_or("outside party");
        Spot::Node(self.node(NodeKind::External, words, frame, &external.label.name, details))
    }

    /// Whether parties called `owner/…` are those that this workspace or cluster talks to.
    fn owns_parties(&self, owner: &str) -> bool {
        let model = &self.network.model;
        model.services.iter().any(|service| service.label.name == owner)
            || model.clusters.iter().any(|cluster| cluster.label.name == owner)
    }

    /// All the parties that a workspace or a cluster talks to, in one node: there are many, and always the same.
    fn companions(&mut self, frame: FrameId, owner: &str) -> Spot {
        let externals = self.network.model.externals.iter().map(|external| external.label.name.as_str());
        let own = externals.filter_map(|name| name.split_once('/').filter(|(first, _)| *first == owner));
        let names: Vec<&str> = own.map(|(_, name)| name).collect();
        let lines = names.chunks(IN_A_LINE).map(|names| names.join(", ")).collect();
        Spot::Node(self.node(NodeKind::External, "what Azure runs for", frame, owner, lines))
    }

    /// Public addresses that nothing uses.
    fn loose_addresses(&mut self, frame: FrameId) {
        let model = &self.network.model;
        let used: BTreeSet<PublicIpAddressId> = model.public_ip_address_owners().map(|(id, _)| id).collect();
        let loose: Vec<_> =
            (0..model.public_ip_addresses.len()).map(PublicIpAddressId::at).filter(|id| !used.contains(id)).collect();
        for id in loose.iter().take(self.bounds.outside) {
            let address = model.public_ip_address(*id);
            let details = vec![Self::told(&address.address)];
            let words = "public IP address";
            let node = self.node(NodeKind::PublicIpAddress, words, frame, &address.label.name, details);
            self.known_as(address.label.name.clone(), Spot::Node(node));
        }
        let rest = loose.len().saturating_sub(self.bounds.outside);
        self.more(frame, rest, "public IP address", "public IP addresses");
    }

    /// On-premises networks, and devices and circuits behind which none is drawn.
    pub(super) fn sites(&mut self) {
        let model = &self.network.model;
        for (index, site) in model.sites.iter().enumerate() {
            let id = format!("site{index}");
            let frame = self.frame(id, FrameKind::Site, None, &site.label.name, prefixes(&site.address_prefixes));
            self.sites[index] = Some(frame);
            self.picture.frames[frame.0].labels = site_labels(site);
            self.known_as(site.label.name.clone(), Spot::Frame(frame));
            self.hosts(site, frame);
        }
        let attached: Vec<Attachment> = model.sites.iter().flat_map(|site| site.attachments.clone()).collect();
        for (index, device) in model.local_network_gateways.iter().enumerate() {
            let id = crate::model::LocalNetworkGatewayId::at(index);
            if !attached.contains(&Attachment::LocalNetworkGateway(id)) {
                let detail = prefixes(&device.address_prefixes);
                self.bare_site(format!("device{index}"), &device.label.name, detail, "local network gateway");
            }
        }
        for (index, circuit) in model.express_route_circuits.iter().enumerate() {
            let id = crate::model::ExpressRouteCircuitId::at(index);
            if !attached.contains(&Attachment::ExpressRouteCircuit(id)) {
                self.bare_site(format!("circuit{index}"), &circuit.label.name, String::new(), "ExpressRoute circuit");
            }
        }
    }

    fn bare_site(&mut self, id: String, name: &str, detail: String, label: &str) {
        let frame = self.frame(id, FrameKind::Site, None, name, detail);
        self.picture.frames[frame.0].labels.push(label.to_owned());
        self.known_as(name, Spot::Frame(frame));
    }

    fn hosts(&mut self, site: &Site, frame: FrameId) {
        let paths: Vec<String> = site.hosts.iter().map(|(name, _)| format!("{}/{name}", site.label.name)).collect();
        let drawn = self.chosen(paths.iter().map(String::as_str), self.bounds.outside);
        for (index, ((name, address), path)) in site.hosts.iter().zip(&paths).enumerate() {
            let spot = match drawn.contains(&index) {
                true => Spot::Node(self.node(NodeKind::Host, "host", frame, name, vec![address.to_string()])),
                false => Spot::Frame(frame),
            };
            self.known_as(path.clone(), spot);
            self.known_as(address.to_string(), spot);
        }
        self.more(frame, site.hosts.len() - drawn.len(), "host", "hosts");
    }

    /// Something that is read and not modelled.
    pub(super) fn unmodelled(&mut self, frame: FrameId, one: &crate::model::Unmodelled) -> Spot {
        let details = vec!["not modelled".to_owned()];
        let node = self.node(NodeKind::Unmodelled, &one.kind, frame, &one.label.name, details);
        self.known_as(one.label.name.clone(), Spot::Node(node));
        Spot::Node(node)
    }

    /// Which of these are drawn, by index: the first, and those that the flow speaks of.
    pub(super) fn chosen<'a>(&self, names: impl Iterator<Item = &'a str>, most: usize) -> BTreeSet<usize> {
        let asked = |name: &str| self.asked.contains(name);
        names.enumerate().filter(|(index, name)| *index < most || asked(name)).map(|(index, _)| index).collect()
    }

    /// A node that stands for those left out.
    pub(super) fn more(&mut self, frame: FrameId, rest: usize, one: &str, many: &str) -> Option<Spot> {
        (rest > 0).then(|| {
            let name = self.picture.frame(frame).name.clone();
            let what = if rest == 1 { format!("1 {one}") } else { format!("{rest} {many}") };
            self.picture.left_out.push(format!("{what} of {name}"));
            Spot::Node(self.node(
                NodeKind::More,
                if rest == 1 { one } else { many },
                frame,
                &and_more(rest),
                Vec::new(),
            ))
        })
    }
}

fn site_labels(site: &Site) -> Vec<String> {
    let mut labels = Vec::new();
    if let Some(rules) = &site.firewall {
        labels.push(format!("firewall, {}", count(rules.len(), "rule")));
    }
    if site.advertises != site.address_prefixes {
        labels.push(format!("advertises {}", prefixes(&site.advertises)));
    }
    match &site.internet_egress {
        InternetEgress::Yes(behind) if behind.is_empty() => labels.push("own way to the Internet".to_owned()),
        InternetEgress::Yes(behind) => labels.push(format!("to the Internet as {}", prefixes(behind))),
        InternetEgress::No | InternetEgress::Unknown(_) => {}
    }
    labels
}
