//! The ends of flows and the places of claims: text to parties.
//!
//! In: [`End`]s of the flow grammar, names. Out: [`Party`] lists, [`Place`]s, or an error with help.

use super::{
    findings::Findings,
    groups::Groups,
    index::{ArmId, Index, Kind},
    nearby::Nearby,
};
use crate::{flow::End, model::*, scenario::tree::Entry};
use ipnet::IpNet;
use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

/// The names of a scenario, kept for flows.
#[derive(Debug)]
pub struct Names {
    /// Lower-case name to what it may mean.
    parties: HashMap<String, Vec<Named>>,
    /// Subnets without their VNET, resources without their group.
    endings: HashMap<String, Vec<Named>>,
    /// Host names of externals.
    hosts: HashMap<String, Vec<Named>>,
    pub(super) groups: Groups,
    /// All names as written, for suggestions.
    pub(super) written: Nearby,
    index: Index,
}

/// One meaning of a name.
#[derive(Debug, Clone)]
struct Named {
    /// Its kind, in words.
    kind: &'static str,
    /// The whole name, as written.
    name: String,
    party: Party,
    /// The NIC that it sends from, when it is a machine or a NIC.
    nic: Option<NetworkInterfaceId>,
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
        findings: &mut Findings,
    ) -> Names {
        let mut names = Names {
            parties: HashMap::new(),
            endings: HashMap::new(),
            hosts: HashMap::new(),
            groups: Groups::default(),
            written: Nearby::default(),
            index,
        };
        names.add_machines(model, aliases);
        names.add_networks(model);
        names.add_services(model);
        names.add_outsiders(model);
        names.add_groups(model, groups, findings);
        names
    }

    fn add(&mut self, name: &str, kind: &'static str, party: Party, nic: Option<NetworkInterfaceId>) {
        self.written.add(name);
        let named = Named { kind, name: name.to_owned(), party, nic };
        self.parties.entry(name.to_lowercase()).or_default().push(named);
    }

    /// A name that may be said without what stands before its last `/`.
    fn add_with_ending(&mut self, name: &str, kind: &'static str, party: Party, nic: Option<NetworkInterfaceId>) {
        for (slash, _) in name.match_indices('/') {
            let ending = &name[slash + 1..];
            let named = Named { kind, name: name.to_owned(), party: party.clone(), nic };
            self.endings.entry(ending.to_lowercase()).or_default().push(named);
            self.written.add(ending);
        }
        self.add(name, kind, party, nic);
    }

    /// Machines, appliances, NICs. Those whose place is outside the model are in the list of what is not modelled.
    fn add_machines(&mut self, model: &Model, aliases: &[(String, NetworkInterfaceId)]) {
        let lost: HashSet<String> = model.unmodelled.iter().map(|one| one.label.name.to_lowercase()).collect();
        let is_lost = |label: &Label| lost.contains(&label.name.to_lowercase());
        for (index, workload) in model.workloads.iter().enumerate() {
            let nic = workload.network_interfaces.first().copied();
            if nic.is_some() || !is_lost(&workload.label) {
                let party = Party::Workload(WorkloadId::at(index));
                self.add_with_ending(&workload.label.name, "workload", party, nic);
            }
        }
        for (index, appliance) in model.appliances.iter().enumerate() {
            let nic = appliance.network_interfaces.first().copied();
            if nic.is_some() || !is_lost(&appliance.label) {
                self.add(&appliance.label.name, "appliance", Party::Appliance(ApplianceId::at(index)), nic);
            }
        }
        for (index, nic) in model.network_interfaces.iter().enumerate() {
            let id = NetworkInterfaceId::at(index);
            let party = Party::NetworkInterface(id);
            match nic.implicit {
                // An implicit NIC of the machine's own name is the machine.
                true if !nic.label.name.contains('/') => {}
                true => self.add(&nic.label.name, "network interface", party, Some(id)),
                false if nic.ip_configurations.is_empty() && is_lost(&nic.label) => {}
                false => self.add_with_ending(&nic.label.name, "network interface", party, Some(id)),
            }
        }
        for (alias, nic) in aliases {
            self.add(alias, "network interface", Party::NetworkInterface(*nic), Some(*nic));
        }
    }

    fn add_networks(&mut self, model: &Model) {
        for (index, network) in model.virtual_networks.iter().enumerate() {
            let party = Party::VirtualNetwork(VirtualNetworkId::at(index));
            self.add_with_ending(&network.label.name, "virtual network", party, None);
        }
        for (index, subnet) in model.subnets.iter().enumerate() {
            let network = &model.virtual_network(subnet.virtual_network).label.name;
            let name = format!("{network}/{}", subnet.label.name);
            self.add_with_ending(&name, "subnet", Party::Subnet(SubnetId::at(index)), None);
        }
        for (index, public) in model.public_ip_addresses.iter().enumerate() {
            let party = Party::PublicIpAddress(PublicIpAddressId::at(index));
            // One that stands in for an id outside the model has no name here.
            if self.index.by_name(Kind::PublicIpAddress, &public.label.name) == Some(index) {
                self.add_with_ending(&public.label.name, "public IP address", party, None);
            }
        }
        for (index, resource) in model.unmodelled.iter().enumerate() {
            let kind = "resource that is not modelled yet";
            self.add(&resource.label.name, kind, Party::Unmodelled(index), None);
            for host in &resource.host_names {
                let (name, party) = (resource.label.name.clone(), Party::Unmodelled(index));
                self.hosts.entry(host.clone()).or_insert_with(|| vec![Named { kind, name, party, nic: None }]);
            }
        }
    }

    /// Services, their parts, their private endpoints, and the names that they are known by.
    fn add_services(&mut self, model: &Model) {
        for (index, service) in model.services.iter().enumerate() {
            let id = ServiceId::at(index);
            let name = &service.label.name;
            self.add_with_ending(name, service.kind.words(), Party::Service(id, None), None);
            for (at, part) in service.sub_resources.iter().enumerate() {
                let party = Party::Service(id, Some(at));
                self.add(&format!("{name}/{}", part.name), "service", party.clone(), None);
                for host in [part.host.clone(), part.private_host()] {
                    let named =
                        Named { kind: service.kind.words(), name: name.clone(), party: party.clone(), nic: None };
                    // Databases share their server's name, workspaces of a region their sign-in.
                    self.hosts.entry(host).or_insert_with(|| vec![named]);
                }
            }
        }
        for (index, endpoint) in model.private_endpoints.iter().enumerate() {
            let party = Party::PrivateEndpoint(PrivateEndpointId::at(index));
            self.add_with_ending(&endpoint.label.name, "private endpoint", party, None);
        }
        for (index, firewall) in model.azure_firewalls.iter().enumerate() {
            let party = Party::AzureFirewall(AzureFirewallId::at(index));
            self.add_with_ending(&firewall.label.name, "Azure Firewall", party, None);
        }
        for (index, balancer) in model.load_balancers.iter().enumerate() {
            let party = Party::LoadBalancer(LoadBalancerId::at(index));
            self.add_with_ending(&balancer.label.name, "load balancer", party, None);
        }
        for (index, gateway) in model.application_gateways.iter().enumerate() {
            let party = Party::ApplicationGateway(ApplicationGatewayId::at(index));
            self.add_with_ending(&gateway.label.name, "application gateway", party, None);
        }
        for (index, bastion) in model.bastion_hosts.iter().enumerate() {
            let party = Party::BastionHost(BastionHostId::at(index));
            self.add_with_ending(&bastion.label.name, "Azure Bastion", party, None);
        }
        for (index, cluster) in model.clusters.iter().enumerate() {
            self.add_with_ending(&cluster.label.name, "cluster", Party::Cluster(ClusterId::at(index)), None);
        }
    }

    fn add_outsiders(&mut self, model: &Model) {
        for (index, gateway) in model.virtual_network_gateways.iter().enumerate() {
            let id = VirtualNetworkGatewayId::at(index);
            if !gateway.client_address_pool.is_empty() {
                self.add_with_ending(&model.clients_name(id), "point-to-site clients", Party::Clients(id), None);
            }
        }
        for (index, site) in model.sites.iter().enumerate() {
            let id = SiteId::at(index);
            self.add(&site.label.name, "site", Party::Site(id), None);
            for (host, (name, _)) in site.hosts.iter().enumerate() {
                self.add(&format!("{}/{name}", site.label.name), "host", Party::SiteHost(id, host), None);
            }
        }
        for (index, external) in model.externals.iter().enumerate() {
            let party = Party::External(ExternalId::at(index));
            // What the file itself calls so comes before a party of the reader's making.
            if external.implicit && self.is_party(&external.label.name) {
                continue;
            }
            self.add(&external.label.name, "external", party.clone(), None);
            for host in &external.host_names {
                let name = external.label.name.clone();
                let named = Named { kind: "external", name, party: party.clone(), nic: None };
                let known = self.hosts.entry(host.clone()).or_default();
                if known.is_empty() || !external.implicit {
                    known.push(named);
                }
            }
        }
    }

    /// Whether a name is that of a resource.
    pub(super) fn is_party(&self, name: &str) -> bool {
        self.parties.contains_key(&name.to_lowercase())
    }

    /// The party behind an ARM id.
    fn party_at(&self, model: &Model, kind: Kind, place: usize) -> Option<Party> {
        let lost = |label: &Label| {
            let same = |one: &Unmodelled| one.label.name.eq_ignore_ascii_case(&label.name);
            model.unmodelled.iter().position(same).map(Party::Unmodelled)
        };
        match kind {
            Kind::VirtualNetwork => Some(Party::VirtualNetwork(VirtualNetworkId::at(place))),
            Kind::Subnet => Some(Party::Subnet(SubnetId::at(place))),
            Kind::PublicIpAddress => Some(Party::PublicIpAddress(PublicIpAddressId::at(place))),
            Kind::NetworkInterface => {
                let nic = model.network_interfaces.get(place)?;
                let lost = nic.ip_configurations.is_empty().then(|| lost(&nic.label)).flatten();
                lost.or(Some(Party::NetworkInterface(NetworkInterfaceId::at(place))))
            }
            Kind::PrivateEndpoint => Some(Party::PrivateEndpoint(PrivateEndpointId::at(place))),
            Kind::Cluster => Some(Party::Cluster(ClusterId::at(place))),
            Kind::LoadBalancer => Some(Party::LoadBalancer(LoadBalancerId::at(place))),
            Kind::ApplicationGateway => {
                let written = self.index.names_of(kind).nth(place)?;
                let here = |one: &ApplicationGateway| one.label.name.eq_ignore_ascii_case(written);
                let found = model.application_gateways.iter().position(here);
                found.map(|at| Party::ApplicationGateway(ApplicationGatewayId::at(at)))
            }
            Kind::BastionHost => {
                let written = self.index.names_of(kind).nth(place)?;
                let found = model.bastion_hosts.iter().position(|one| one.label.name.eq_ignore_ascii_case(written));
                found.map(|at| Party::BastionHost(BastionHostId::at(at)))
            }
            kind if Kind::SERVICES.contains(&kind) => {
                let before = Kind::SERVICES.iter().take_while(|other| **other != kind);
                let before: usize = before.map(|kind| self.index.count(*kind)).sum();
                Some(Party::Service(ServiceId::at(before + place), None))
            }
            // Virtual machines come first among the workloads, then scale sets, in the order of the file.
            Kind::VirtualMachine | Kind::VirtualMachineScaleSet => {
                let before = if kind == Kind::VirtualMachine { 0 } else { self.index.count(Kind::VirtualMachine) };
                let machine = model.workloads.get(before + place)?;
                let lost = machine.network_interfaces.is_empty().then(|| lost(&machine.label)).flatten();
                lost.or(Some(Party::Workload(WorkloadId::at(before + place))))
            }
            _ => None,
        }
    }

    /// What an end names. `source` is true for the left end.
    pub fn end(&self, model: &Model, end: &End, source: bool) -> Result<Vec<Party>, EndError> {
        let parties = match end {
            End::Name(parts) if self.groups.holds(&parts.join("/")) => self.group(model, &parts.join("/"))?,
            other => vec![self.party(model, other)?],
        };
        match parties.iter().find_map(|party| if let Party::Host(host) = party { Some(host) } else { None }) {
            Some(host) if source => Err(EndError {
                code: "host-as-source",
                message: format!("`{host}` is a host name and cannot send"),
                help: Some("name a workload, an address, or an external with this host name".to_owned()),
            }),
            _ => Ok(parties),
        }
    }

    /// What an end names that is not a group.
    pub(super) fn party(&self, model: &Model, end: &End) -> Result<Party, EndError> {
        match end {
            End::Internet => Ok(Party::Internet),
            End::Tag(tag) => self.tag(model, tag),
            End::Address(address) => owned_once(model, IpNet::from(*address)).map(|()| Party::Address(*address)),
            End::Prefix(net) => owned_once(model, *net).map(|()| Party::Prefix(*net)),
            End::Id(id) => self.id(model, id),
            End::Name(parts) => self.name(&parts.join("/")),
            End::Host(host) => self.host(host),
        }
    }

    fn tag(&self, model: &Model, tag: &str) -> Result<Party, EndError> {
        if crate::tags::computed(tag).is_some() || model.tags.get(tag).is_some() {
            return Ok(Party::ServiceTag(tag.to_owned()));
        }
        let absence = model.tags.absence(tag);
        let help = absence.suggestion().map(|near| format!("did you mean `tag:{near}`?"));
        Err(EndError { code: "unknown-service-tag", message: absence.to_string(), help })
    }

    /// A resource by its ARM id; one that is not modelled yet, by its own id or one below it.
    fn id(&self, model: &Model, text: &str) -> Result<Party, EndError> {
        let id = ArmId::parse(text);
        let modelled = || {
            let id = id.as_ref()?;
            let kind = id.kind()?;
            self.party_at(model, kind, self.index.by_id(kind, id)?)
        };
        let unmodelled = || {
            let (kind, name) = id.as_ref()?.family()?;
            let same = |one: &Unmodelled| {
                let (_, bare) = one.label.name.rsplit_once('/').unwrap_or(("", &one.label.name));
                one.kind.eq_ignore_ascii_case(kind) && bare.eq_ignore_ascii_case(name)
            };
            model.unmodelled.iter().position(same).map(Party::Unmodelled)
        };
        modelled().or_else(unmodelled).ok_or_else(|| EndError {
            code: "unknown-end",
            message: format!("`{text}` is not in the model"),
            help: Some("a flow begins and ends at what the file holds, or at an address".to_owned()),
        })
    }

    fn name(&self, name: &str) -> Result<Party, EndError> {
        let lower = name.to_lowercase();
        if let Some(candidates) = self.parties.get(&lower).or_else(|| self.endings.get(&lower)) {
            return one_of(name, candidates);
        }
        // One of a PaaS resource's services: `lake/dfs`.
        if let Some((resource, _)) = lower.split_once('/')
            && let Some([Named { party: Party::Unmodelled(index), .. }]) = self.parties.get(resource).map(Vec::as_slice)
        {
            return Ok(Party::Unmodelled(*index));
        }
        self.not_a_name(name)
    }

    /// A host, or a mistake.
    fn not_a_name(&self, name: &str) -> Result<Party, EndError> {
        let lower = name.to_lowercase();
        if self.hosts.contains_key(&lower) {
            return self.host(&lower);
        }
        if self.index.by_name(Kind::PrivateLinkService, name).is_some() {
            let help = "ask for one of its private endpoints: nothing else leads to it";
            return Err(EndError {
                code: "unknown-end",
                message: format!("`{name}` is a private link service, and no end of flows"),
                help: Some(help.to_owned()),
            });
        }
        if let Some(near) = self.written.nearest(name) {
            return Err(unknown(name, Some(format!("did you mean `{near}`?"))));
        }
        if lower.contains('.') && !lower.contains('/') {
            return self.host(&lower);
        }
        let some: Vec<String> = self.written.iter().take(5).map(|name| format!("`{name}`")).collect();
        let more = if self.written.len() > 5 { ", …" } else { "" };
        Err(unknown(name, (!some.is_empty()).then(|| format!("there are {}{more}", some.join(", ")))))
    }

    fn host(&self, host: &str) -> Result<Party, EndError> {
        let host = host.to_lowercase();
        match self.hosts.get(&host) {
            Some(candidates) => one_of(&host, candidates),
            None => Ok(Party::Host(host)),
        }
    }

    /// A subnet or a NIC by name: `vnet/subnet`, a NIC, a workload.
    pub fn place(&self, model: &Model, text: &str) -> Result<Place, EndError> {
        let end: End = text.parse().map_err(|error: crate::flow::FlowError| EndError {
            code: "bad-flow",
            message: error.message,
            help: error.help,
        })?;
        let first = |nics: &[NetworkInterfaceId]| nics.first().map(|nic| Place::NetworkInterface(*nic));
        let found = match self.end(model, &end, false)?.as_slice() {
            [Party::Subnet(subnet)] => Some(Place::Subnet(*subnet)),
            [Party::NetworkInterface(nic)] => Some(Place::NetworkInterface(*nic)),
            [Party::Workload(id)] => first(&model.workload(*id).network_interfaces),
            [Party::Appliance(id)] => first(&model.appliance(*id).network_interfaces),
            [Party::Address(address)] => nic_at(model, *address)
                .map(Place::NetworkInterface)
                .or_else(|| subnet_at(model, *address).map(Place::Subnet)),
            _ => None,
        };
        found.ok_or_else(|| EndError {
            code: "not-a-place",
            message: format!("`{text}` is neither a subnet nor a network interface"),
            help: Some("name `vnet/subnet`, a network interface or a workload".to_owned()),
        })
    }
}

fn nic_at(model: &Model, address: IpAddr) -> Option<NetworkInterfaceId> {
    let has = |nic: &NetworkInterface| nic.ip_configurations.iter().any(|one| one.address == Known::Known(address));
    model.network_interfaces.iter().position(has).map(NetworkInterfaceId::at)
}

fn subnet_at(model: &Model, address: IpAddr) -> Option<SubnetId> {
    let holds = |subnet: &Subnet| subnet.address_prefixes.iter().any(|net| net.contains(&address));
    model.subnets.iter().position(holds).map(SubnetId::at)
}

/// An address or a prefix that lies in the spaces of two VNETs says nothing about which is meant.
fn owned_once(model: &Model, net: IpNet) -> Result<(), EndError> {
    let holds = |network: &&VirtualNetwork| network.address_prefixes.iter().any(|own| own.contains(&net));
    let owners = model.virtual_networks.iter().filter(holds).map(|network| format!("`{}`", network.label.name));
    let owners: Vec<String> = owners.take(5).collect();
    if owners.len() < 2 {
        return Ok(());
    }
    let text = if net.prefix_len() == net.max_prefix_len() { net.addr().to_string() } else { net.to_string() };
    Err(EndError {
        code: "ambiguous-address",
        message: format!("`{text}` belongs to {}", owners.join(" and to ")),
        help: Some("name the workload or the subnet instead".to_owned()),
    })
}

/// The one meaning of a name. A machine and its one NIC may share theirs.
fn one_of(name: &str, candidates: &[Named]) -> Result<Party, EndError> {
    let [first, others @ ..] = candidates else {
        return Err(unknown(name, None));
    };
    let same = |other: &Named| other.party == first.party || (first.nic.is_some() && other.nic == first.nic);
    if others.iter().all(same) {
        return Ok(first.party.clone());
    }
    let meanings: Vec<String> = candidates.iter().take(5).map(|one| format!("{} `{}`", one.kind, one.name)).collect();
    let alike = candidates.iter().all(|one| one.name.eq_ignore_ascii_case(name));
    let help = if alike { "give one of them another name" } else { "write the whole name" };
    Err(EndError {
        code: "ambiguous-end",
        message: format!("`{name}` is the name of {}", meanings.join(" and of ")),
        help: Some(help.to_owned()),
    })
}

fn unknown(name: &str, help: Option<String>) -> EndError {
    EndError { code: "unknown-end", message: format!("nothing is called `{name}`"), help }
}
