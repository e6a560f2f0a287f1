//! The ends of flows and the places of claims: text to parties.
//!
//! In: [`End`]s of the flow grammar, names. Out: [`Party`] lists, [`Place`]s, or an error with help.

use super::index::{ArmId, Index, Kind};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, nearest},
    flow::End,
    model::*,
    scenario::tree::{Entry, Node},
    space,
};
use std::collections::HashMap;

/// The names of a scenario, kept for flows.
#[derive(Debug)]
pub struct Names {
    /// Lower-case name to what it may mean, each with its kind's word.
    parties: HashMap<String, Vec<(&'static str, Party)>>,
    /// Subnets by their bare name; `None` where several have it.
    bare_subnets: HashMap<String, Option<SubnetId>>,
    /// Host names of externals.
    hosts: HashMap<String, ExternalId>,
    groups: HashMap<String, Group>,
    /// All names as written, for suggestions.
    written: Vec<String>,
    index: Index,
}

/// A name for a list of ends.
#[derive(Debug, Clone, Default)]
struct Group {
    of: Vec<String>,
    except: Vec<String>,
}

/// An end that means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndError {
    /// Kebab-case code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Where rows, rules and tags are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A subnet.
    Subnet(SubnetId),
    /// A NIC.
    NetworkInterface(NetworkInterfaceId),
}

impl Place {
    /// The subnet whose table and tags apply.
    pub fn subnet(self, model: &Model) -> Option<SubnetId> {
        match self {
            Place::Subnet(subnet) => Some(subnet),
            Place::NetworkInterface(nic) => {
                model.network_interface(nic).ip_configurations.first().map(|one| one.subnet)
            }
        }
    }
}

impl Names {
    /// Collects every name that an end may use.
    pub(super) fn of(
        model: &Model,
        index: Index,
        aliases: &[(String, NetworkInterfaceId)],
        groups: &[Entry],
        diagnostics: &mut Diagnostics,
    ) -> Names {
        let mut names = Names {
            parties: HashMap::new(),
            bare_subnets: HashMap::new(),
            hosts: HashMap::new(),
            groups: HashMap::new(),
            written: Vec::new(),
            index,
        };
        names.add_parties(model);
        for (alias, nic) in aliases {
            names.add(alias, "network interface", Party::NetworkInterface(*nic));
        }
        for entry in groups {
            names.add_group(entry, diagnostics);
        }
        names.check_groups(model, groups, diagnostics);
        names
    }

    fn add(&mut self, name: &str, kind: &'static str, party: Party) {
        self.written.push(name.to_owned());
        self.parties.entry(name.to_lowercase()).or_default().push((kind, party));
    }

    fn add_parties(&mut self, model: &Model) {
        for (index, workload) in model.workloads.iter().enumerate() {
            self.add(&workload.label.name, "workload", Party::Workload(WorkloadId::at(index)));
        }
        for (index, appliance) in model.appliances.iter().enumerate() {
            self.add(&appliance.label.name, "appliance", Party::Appliance(ApplianceId::at(index)));
        }
        for (index, nic) in model.network_interfaces.iter().enumerate() {
            // An implicit NIC of the machine's own name is the machine.
            if !nic.implicit || nic.label.name.contains('/') {
                self.add(&nic.label.name, "network interface", Party::NetworkInterface(NetworkInterfaceId::at(index)));
            }
        }
        for (index, network) in model.virtual_networks.iter().enumerate() {
            self.add(&network.label.name, "virtual network", Party::VirtualNetwork(VirtualNetworkId::at(index)));
        }
        for (index, subnet) in model.subnets.iter().enumerate() {
            let id = SubnetId::at(index);
            let network = &model.virtual_network(subnet.virtual_network).label.name;
            self.add(&format!("{network}/{}", subnet.label.name), "subnet", Party::Subnet(id));
            let bare = self.bare_subnets.entry(subnet.label.name.to_lowercase());
            bare.and_modify(|one| *one = None).or_insert(Some(id));
        }
        for (index, site) in model.sites.iter().enumerate() {
            self.add(&site.label.name, "site", Party::Site(SiteId::at(index)));
            for (host, (name, _)) in site.hosts.iter().enumerate() {
                self.add(&format!("{}/{name}", site.label.name), "host", Party::SiteHost(SiteId::at(index), host));
            }
        }
        for (index, external) in model.externals.iter().enumerate() {
            let id = ExternalId::at(index);
            self.add(&external.label.name, "external", Party::External(id));
            for host in &external.host_names {
                self.hosts.entry(host.clone()).or_insert(id);
            }
        }
        for (index, public) in model.public_ip_addresses.iter().enumerate() {
            self.add(&public.label.name, "public IP address", Party::PublicIpAddress(PublicIpAddressId::at(index)));
        }
        for (index, resource) in model.unmodelled.iter().enumerate() {
            self.add(&resource.label.name, "resource that is not modelled yet", Party::Unmodelled(index));
        }
    }

    fn add_group(&mut self, entry: &Entry, diagnostics: &mut Diagnostics) {
        let texts = |node: Option<&Node>| {
            let items = node.map(Node::items).unwrap_or_default();
            items.iter().filter_map(|item| item.as_str().map(str::to_lowercase)).collect::<Vec<String>>()
        };
        let group = match entry.value.as_map() {
            Some(_) => Group { of: texts(entry.value.get("of")), except: texts(entry.value.get("except")) },
            None => Group { of: texts(Some(&entry.value)), except: Vec::new() },
        };
        if group.of.is_empty() {
            diagnostics.push(Diagnostic::error(
                "empty-group",
                entry.key_span,
                format!("group `{}` has no members", entry.key),
            ));
        }
        self.written.push(entry.key.to_string());
        self.groups.insert(entry.key.to_lowercase(), group);
    }

    /// Every member of every group must mean something.
    fn check_groups(&self, model: &Model, groups: &[Entry], diagnostics: &mut Diagnostics) {
        for entry in groups {
            let end = End::Name(vec![entry.key.to_lowercase()]);
            if let Err(problem) = self.end(model, &end, false) {
                let message = format!("group `{}`: {}", entry.key, problem.message);
                let diagnostic = Diagnostic::error(problem.code, entry.key_span, message);
                diagnostics.push(match problem.help {
                    Some(help) => diagnostic.help(help),
                    None => diagnostic,
                });
            }
        }
    }

    /// What an end names. `source` is true for the left end.
    pub fn end(&self, model: &Model, end: &End, source: bool) -> Result<Vec<Party>, EndError> {
        self.end_within(model, end, source, 0)
    }

    fn end_within(&self, model: &Model, end: &End, source: bool, depth: usize) -> Result<Vec<Party>, EndError> {
        match end {
            End::Internet => Ok(vec![Party::Internet]),
            End::Tag(tag) => self.tag(model, tag),
            End::Address(address) => {
                let owners = owners(model, *address);
                if owners.len() > 1 {
                    return Err(EndError {
                        code: "ambiguous-address",
                        message: format!("`{address}` belongs to {}", owners.join(" and to ")),
                        help: Some("name the workload or the subnet instead".to_owned()),
                    });
                }
                Ok(vec![Party::Address(*address)])
            }
            End::Prefix(net) => Ok(vec![Party::Prefix(*net)]),
            End::Id(id) => self.id(model, id),
            End::Name(parts) => self.name(model, &parts.join("/"), source, depth),
            End::Host(host) => self.host(host, source),
        }
    }

    fn tag(&self, model: &Model, tag: &str) -> Result<Vec<Party>, EndError> {
        if crate::tags::computed(tag).is_some() || model.tags.get(tag).is_some() {
            return Ok(vec![Party::ServiceTag(tag.to_owned())]);
        }
        let absence = model.tags.absence(tag);
        let help = absence.suggestion().map(|near| format!("did you mean `tag:{near}`?"));
        Err(EndError { code: "unknown-service-tag", message: absence.to_string(), help })
    }

    fn id(&self, model: &Model, text: &str) -> Result<Vec<Party>, EndError> {
        let id = ArmId::parse(text);
        let found = id.as_ref().and_then(|id| id.kind().map(|kind| (kind, id))).and_then(|(kind, id)| {
            let place = self.index.by_id(kind, id)?;
            party_of(model, kind, place)
        });
        found.map(|party| vec![party]).ok_or_else(|| EndError {
            code: "unknown-end",
            message: format!("`{text}` is not in the model"),
            help: None,
        })
    }

    fn name(&self, model: &Model, name: &str, source: bool, depth: usize) -> Result<Vec<Party>, EndError> {
        let lower = name.to_lowercase();
        if let Some(group) = self.groups.get(&lower) {
            return self.group(model, name, group, source, depth);
        }
        match self.parties.get(&lower).map(Vec::as_slice) {
            Some([(_, party)]) => return Ok(vec![party.clone()]),
            Some(several) => return Err(ambiguous(name, several)),
            None => {}
        }
        if let Some(Some(subnet)) = self.bare_subnets.get(&lower) {
            return Ok(vec![Party::Subnet(*subnet)]);
        }
        if let Some(None) = self.bare_subnets.get(&lower) {
            return Err(EndError {
                code: "ambiguous-end",
                message: format!("several virtual networks have a subnet `{name}`"),
                help: Some("write `vnet/subnet`".to_owned()),
            });
        }
        // One of a PaaS resource's services: `lake/dfs`.
        if let Some((resource, _)) = lower.split_once('/')
            && let Some([(_, Party::Unmodelled(index))]) = self.parties.get(resource).map(Vec::as_slice)
        {
            return Ok(vec![Party::Unmodelled(*index)]);
        }
        self.not_a_name(name, source)
    }

    /// A host, or a mistake.
    fn not_a_name(&self, name: &str, source: bool) -> Result<Vec<Party>, EndError> {
        let lower = name.to_lowercase();
        if let Some(external) = self.hosts.get(&lower) {
            return Ok(vec![Party::External(*external)]);
        }
        let near = nearest(name, self.written.iter().map(String::as_str), 2);
        if let Some(near) = near {
            return Err(unknown(name, Some(format!("did you mean `{near}`?"))));
        }
        if lower.contains('.') && !lower.contains('/') {
            return self.host(&lower, source);
        }
        let some: Vec<&str> = self.written.iter().take(5).map(String::as_str).collect();
        let help = (!some.is_empty())
            .then(|| format!("there are {}{}", some.join(", "), if self.written.len() > 5 { ", …" } else { "" }));
        Err(unknown(name, help))
    }

    fn host(&self, host: &str, source: bool) -> Result<Vec<Party>, EndError> {
        let host = host.to_lowercase();
        if let Some(external) = self.hosts.get(&host) {
            return Ok(vec![Party::External(*external)]);
        }
        if source {
            return Err(EndError {
                code: "host-as-source",
                message: format!("`{host}` is a host name and cannot send"),
                help: Some("name a workload, an address, or an external with this host name".to_owned()),
            });
        }
        Ok(vec![Party::Host(host)])
    }

    fn group(
        &self,
        model: &Model,
        name: &str,
        group: &Group,
        source: bool,
        depth: usize,
    ) -> Result<Vec<Party>, EndError> {
        if depth > 16 {
            return Err(EndError {
                code: "group-cycle",
                message: format!("group `{name}` contains itself"),
                help: None,
            });
        }
        let mut parties: Vec<Party> = Vec::new();
        for party in self.members(model, &group.of, source, depth)? {
            if !parties.contains(&party) {
                parties.push(party);
            }
        }
        let except = self.members(model, &group.except, source, depth)?;
        parties.retain(|party| !except.contains(party));
        Ok(parties)
    }

    fn members(&self, model: &Model, texts: &[String], source: bool, depth: usize) -> Result<Vec<Party>, EndError> {
        let mut parties = Vec::new();
        for text in texts {
            let end: End = text.parse().map_err(|error: crate::flow::FlowError| EndError {
                code: "bad-flow",
                message: error.message,
                help: error.help,
            })?;
            parties.extend(self.end_within(model, &end, source, depth + 1)?);
        }
        Ok(parties)
    }

    /// A subnet or a NIC by name: `vnet/subnet`, a NIC, a workload.
    pub fn place(&self, model: &Model, text: &str) -> Result<Place, EndError> {
        let end: End = text.parse().map_err(|error: crate::flow::FlowError| EndError {
            code: "bad-flow",
            message: error.message,
            help: error.help,
        })?;
        let parties = self.end(model, &end, false)?;
        let found = match parties.as_slice() {
            [Party::Subnet(subnet)] => Some(Place::Subnet(*subnet)),
            [Party::NetworkInterface(nic)] => Some(Place::NetworkInterface(*nic)),
            [Party::Workload(id)] => {
                model.workload(*id).network_interfaces.first().map(|nic| Place::NetworkInterface(*nic))
            }
            [Party::Appliance(id)] => {
                model.appliance(*id).network_interfaces.first().map(|nic| Place::NetworkInterface(*nic))
            }
            [Party::Address(address)] => nic_at(model, *address).map(Place::NetworkInterface),
            _ => None,
        };
        found.ok_or_else(|| EndError {
            code: "not-a-place",
            message: format!("`{text}` is neither a subnet nor a network interface"),
            help: Some("name `vnet/subnet`, a network interface or a workload".to_owned()),
        })
    }
}

fn party_of(model: &Model, kind: Kind, place: usize) -> Option<Party> {
    Some(match kind {
        Kind::VirtualNetwork => Party::VirtualNetwork(VirtualNetworkId::at(place)),
        Kind::Subnet => Party::Subnet(SubnetId::at(place)),
        Kind::NetworkInterface => Party::NetworkInterface(NetworkInterfaceId::at(place)),
        // Virtual machines come first among the workloads, in the order of the file.
        Kind::VirtualMachine => Party::Workload(WorkloadId::at(place)),
        Kind::PublicIpAddress => Party::PublicIpAddress(PublicIpAddressId::at(place)),
        _ => {
            let _ = model;
            return None;
        }
    })
}

fn nic_at(model: &Model, address: std::net::IpAddr) -> Option<NetworkInterfaceId> {
    let has = |nic: &NetworkInterface| nic.ip_configurations.iter().any(|one| one.address == Known::Known(address));
    model.network_interfaces.iter().position(has).map(NetworkInterfaceId::at)
}

/// The VNETs whose space holds an address, in words.
fn owners(model: &Model, address: std::net::IpAddr) -> Vec<String> {
    let point = space::point(address);
    let holds =
        |network: &&VirtualNetwork| network.address_prefixes.iter().any(|net| space::prefix(*net).contains(point));
    model.virtual_networks.iter().filter(holds).map(|network| format!("`{}`", network.label.name)).collect()
}

fn ambiguous(name: &str, several: &[(&'static str, Party)]) -> EndError {
    let kinds: Vec<&str> = several.iter().map(|(kind, _)| *kind).collect();
    EndError {
        code: "ambiguous-end",
        message: format!("`{name}` is the name of {}", kinds.join(" and of ")),
        help: Some("give one of them another name".to_owned()),
    }
}

fn unknown(name: &str, help: Option<String>) -> EndError {
    EndError { code: "unknown-end", message: format!("nothing is called `{name}`"), help }
}
