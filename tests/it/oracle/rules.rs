//! Security rules, tags and default rules, from filtering.md sections 1 and 2.
//!
//! In: the model, a NIC's subnet, a header. Out: what the lists say. Deliberately absent: sets of packets.

use super::{
    Header, Host, clients, firewall, hybrid, route_server,
    routes::{self, Maybe, net},
    virtual_wan,
};
use azreach::{model::*, space};
use std::net::IpAddr;

/// What is not in the tag Internet (F165).
const NOT_INTERNET: [&str; 10] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/3",
];

/// The tag Internet, for VNETs without public ranges (2.1, F165).
pub(crate) fn is_public(address: IpAddr) -> bool {
    address.is_ipv4() && !NOT_INTERNET.iter().any(|text| net(text).contains(&address))
}

/// Yes, no, or it depends on an address that nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    No,
    Depends,
}

/// One rule, written or default, as the scan sees it.
pub(crate) struct Line<'a> {
    pub name: String,
    pub priority: u16,
    pub access: Access,
    pub protocol: RuleProtocol,
    pub source: &'a AddressMatch,
    pub source_ports: space::Ports,
    pub destination: &'a AddressMatch,
    pub destination_ports: space::Ports,
}

/// Whether both NSGs of a NIC let a new connection through (1.3): `Ok(None)` yes, `Ok(Some(rule))` stopped by it.
pub(crate) fn filter(
    model: &Model,
    subnet: SubnetId,
    nic: Option<NetworkInterfaceId>,
    direction: Direction,
    header: &Header,
) -> Maybe<Option<String>> {
    let mut levels = vec![
        model.subnet(subnet).network_security_group,
        nic.and_then(|nic| model.network_interface(nic).network_security_group),
    ];
    if direction == Direction::Outbound {
        levels.reverse();
    }
    for group in levels.into_iter().flatten() {
        let Known::Known(group) = group else {
            return Err("unknown group".into());
        };
        if let Some(rule) = judge(model, group, subnet, direction, header, false)? {
            let name = &model.network_security_group(group).label.name;
            return Ok(Some(format!("{name}/{rule}")));
        }
    }
    Ok(None)
}

/// The NSG of a private endpoint's subnet, inbound; source ports count as any there (F137, F145).
pub(crate) fn at_private_endpoint(model: &Model, subnet: SubnetId, header: &Header) -> Maybe<Option<String>> {
    let Some(group) = model.subnet(subnet).network_security_group else {
        return Ok(None);
    };
    let Known::Known(group) = group else {
        return Err("unknown group".into());
    };
    let name = &model.network_security_group(group).label.name;
    Ok(judge(model, group, subnet, Direction::Inbound, header, true)?.map(|rule| format!("{name}/{rule}")))
}

/// Whether any NSG protects a NIC (R162, F44).
pub(crate) fn is_protected(model: &Model, subnet: SubnetId, nic: Option<NetworkInterfaceId>) -> bool {
    model.subnet(subnet).network_security_group.is_some()
        || nic.is_some_and(|nic| model.network_interface(nic).network_security_group.is_some())
}

/// One NSG: the first match by priority decides (1.2), the default rules at the end (1.4).
fn judge(
    model: &Model,
    group: NetworkSecurityGroupId,
    subnet: SubnetId,
    direction: Direction,
    header: &Header,
    any_source_port: bool,
) -> Maybe<Option<String>> {
    let written = &model.network_security_group(group).security_rules;
    let written = written.iter().filter(|rule| rule.direction == direction);
    let defaults = default_rules(direction);
    let mut lines = written.map(line).collect::<Maybe<Vec<_>>>()?;
    lines.extend(defaults.iter().map(|(name, priority, access, source, destination)| Line {
        name: (*name).into(),
        priority: *priority,
        access: *access,
        protocol: RuleProtocol::Any,
        source,
        source_ports: space::Ports::all(),
        destination,
        destination_ports: space::Ports::all(),
    }));
    if any_source_port {
        lines.iter_mut().for_each(|line| line.source_ports = space::Ports::all());
    }
    first_match(model, Some(subnet), lines, header)
}

/// Scans lines by priority; `None` when the packet passes.
fn first_match(
    model: &Model,
    subnet: Option<SubnetId>,
    mut lines: Vec<Line<'_>>,
    header: &Header,
) -> Maybe<Option<String>> {
    lines.sort_by_key(|line| line.priority);
    for line in lines {
        let default = line.priority >= 65000;
        if default && matches!(header.protocol, 50 | 51) && !model.settings.any_includes_esp_ah {
            return Err("no law says what default rules do when Any leaves out esp and ah".into());
        }
        match matches(model, subnet, &line, header)? {
            Answer::No => {}
            Answer::Yes if line.access == Access::Allow => return Ok(None),
            Answer::Yes => return Ok(Some(line.name)),
            Answer::Depends => {
                return Err(format!("{} depends on an unknown address or port", line.name));
            }
        }
    }
    Ok(Some("no rule".into()))
}

/// The rules of an appliance or of a site's firewall: first match, else dropped.
pub(crate) fn judge_list(model: &Model, rules: &[SecurityRule], header: &Header) -> Maybe<Option<String>> {
    let lines = rules.iter().map(line).collect::<Maybe<Vec<_>>>()?;
    first_match(model, None, lines, header)
}

/// Platform addresses pass unless a rule on their own tag denies them (1.7, F46 to F49, F210).
pub(crate) fn platform(
    model: &Model,
    subnet: SubnetId,
    nic: Option<NetworkInterfaceId>,
    header: &Header,
) -> Maybe<Option<String>> {
    let Host::Ip(destination) = header.destination else {
        return Ok(None);
    };
    let tag = match destination.to_string().as_str() {
        "168.63.129.16" if header.destination_port == Some(53) => TagMatch::AzurePlatformDns,
        "169.254.169.254" => TagMatch::AzurePlatformImds,
        _ => return Ok(None),
    };
    let groups = [
        nic.and_then(|nic| model.network_interface(nic).network_security_group),
        model.subnet(subnet).network_security_group,
    ];
    for group in groups.iter().flatten().filter_map(Known::known) {
        let written = &model.network_security_group(*group).security_rules;
        let lines = written
            .iter()
            .filter(|rule| rule.direction == Direction::Outbound && rule.destination.tags.contains(&tag))
            .map(line)
            .collect::<Maybe<Vec<_>>>()?;
        let found = first_match(model, Some(subnet), lines, header)?;
        if let Some(rule) = found.filter(|rule| rule != "no rule") {
            return Ok(Some(rule));
        }
    }
    Ok(None)
}

fn line(rule: &SecurityRule) -> Maybe<Line<'_>> {
    let unknown = || format!("{} has an unknown field", rule.label.name);
    Ok(Line {
        name: rule.label.name.clone(),
        priority: *rule.priority.known().ok_or_else(unknown)?,
        access: *rule.access.known().ok_or_else(unknown)?,
        protocol: *rule.protocol.known().ok_or_else(unknown)?,
        source: &rule.source,
        source_ports: rule.source_ports_known().ok_or_else(unknown)?,
        destination: &rule.destination,
        destination_ports: rule.destination_ports.known().cloned().ok_or_else(unknown)?,
    })
}

trait SourcePorts {
    fn source_ports_known(&self) -> Option<space::Ports>;
}
impl SourcePorts for SecurityRule {
    fn source_ports_known(&self) -> Option<space::Ports> {
        self.source_ports.known().cloned()
    }
}

/// 1.4: the exact default rules.
fn default_rules(direction: Direction) -> Vec<(&'static str, u16, Access, AddressMatch, AddressMatch)> {
    let any = || AddressMatch { any: true, ..AddressMatch::default() };
    let tag = |tag| AddressMatch { tags: vec![tag], ..AddressMatch::default() };
    let vnet = || tag(TagMatch::VirtualNetwork);
    match direction {
        Direction::Inbound => vec![
            ("AllowVnetInBound", 65000, Access::Allow, vnet(), vnet()),
            ("AllowAzureLoadBalancerInBound", 65001, Access::Allow, tag(TagMatch::AzureLoadBalancer), any()),
            ("DenyAllInBound", 65500, Access::Deny, any(), any()),
        ],
        Direction::Outbound => vec![
            ("AllowVnetOutBound", 65000, Access::Allow, vnet(), vnet()),
            ("AllowInternetOutBound", 65001, Access::Allow, any(), tag(TagMatch::Internet)),
            ("DenyAllOutBound", 65500, Access::Deny, any(), any()),
        ],
    }
}

/// The five-tuple against one rule (1.2).
pub(crate) fn matches(model: &Model, subnet: Option<SubnetId>, line: &Line<'_>, header: &Header) -> Maybe<Answer> {
    let has_ports = matches!(header.protocol, 6 | 17);
    let answers = [
        of(protocol_matches(model, line.protocol, header.protocol)),
        ports_match(model, &line.source_ports, header.source_port, has_ports),
        ports_match(model, &line.destination_ports, header.destination_port, has_ports),
        address_matches(model, subnet, line.source, header.source)?,
        address_matches(model, subnet, line.destination, header.destination)?,
    ];
    Ok(if answers.contains(&Answer::No) {
        Answer::No
    } else if answers.contains(&Answer::Depends) {
        Answer::Depends
    } else {
        Answer::Yes
    })
}

fn of(yes: bool) -> Answer {
    if yes { Answer::Yes } else { Answer::No }
}

fn protocol_matches(model: &Model, rule: RuleProtocol, protocol: u8) -> bool {
    match rule {
        RuleProtocol::Any => model.settings.any_includes_esp_ah || !matches!(protocol, 50 | 51),
        RuleProtocol::Tcp => protocol == 6,
        RuleProtocol::Udp => protocol == 17,
        RuleProtocol::Icmp => protocol == 1,
        RuleProtocol::Esp => protocol == 50,
        RuleProtocol::Ah => protocol == 51,
    }
}

/// Ports count for tcp and udp; other protocols need a rule that names every port (1.2).
fn ports_match(model: &Model, ports: &space::Ports, port: Option<u16>, has_ports: bool) -> Answer {
    if !has_ports {
        return of(ports.is_all() || model.settings.portless_protocols_match_specific_ports);
    }
    match port {
        Some(port) => of(ports.contains(port)),
        None if ports.is_all() => Answer::Yes,
        None => Answer::Depends,
    }
}

fn address_matches(model: &Model, subnet: Option<SubnetId>, wanted: &AddressMatch, host: Host) -> Maybe<Answer> {
    if !wanted.unknown.is_empty() {
        return Err("unknown member".into());
    }
    if wanted.any {
        return Ok(Answer::Yes);
    }
    match host {
        Host::Ip(address) => Ok(of(has_address(model, subnet, wanted, address)?)),
        Host::DefaultOutbound => somewhere_public(model, subnet, wanted),
        Host::Instance(id) => one_of(model, subnet, wanted, &firewall::instances(model, id)),
    }
}

/// F174: the address is one of Microsoft's; a rule matches it surely only when it has all of Internet, and
/// surely not only when it has none of it.
fn somewhere_public(model: &Model, subnet: Option<SubnetId>, wanted: &AddressMatch) -> Maybe<Answer> {
    let sample = |text: &str| text.parse().expect("an address");
    let wide = has_address(model, subnet, wanted, sample("40.1.2.3"))?;
    let wider = has_address(model, subnet, wanted, sample("9.9.9.9"))?;
    let public = NOT_INTERNET.iter().fold(space::ipv4(), |left, text| left.minus(&space::prefix(net(text))));
    Ok(match (wide, wider) {
        (true, true) => Answer::Yes,
        (false, false) if !wanted.prefixes.meets(&public) && !names_service(wanted) => Answer::No,
        _ => Answer::Depends,
    })
}

/// An address that may be any of these.
fn one_of(model: &Model, subnet: Option<SubnetId>, wanted: &AddressMatch, all: &[IpAddr]) -> Maybe<Answer> {
    let each = all.iter().map(|address| has_address(model, subnet, wanted, *address));
    let each = each.collect::<Maybe<Vec<bool>>>()?;
    Ok(match (each.contains(&true), each.contains(&false)) {
        (true, false) => Answer::Yes,
        (true, true) => Answer::Depends,
        (false, _) => Answer::No,
    })
}

fn names_service(wanted: &AddressMatch) -> bool {
    wanted.tags.iter().any(|tag| matches!(tag, TagMatch::Service(..)))
}

fn has_address(model: &Model, subnet: Option<SubnetId>, wanted: &AddressMatch, address: IpAddr) -> Maybe<bool> {
    if wanted.prefixes.contains(space::point(address)) {
        return Ok(true);
    }
    // 1.9, F39 to F41, F188: an ASG stands for its members' private addresses.
    let member = |configuration: &IpConfiguration| {
        configuration.address.known() == Some(&address)
            && wanted
                .application_security_groups
                .iter()
                .any(|group| configuration.application_security_groups.contains(group))
    };
    let configurations = model.network_interfaces.iter().flat_map(|nic| &nic.ip_configurations);
    if configurations.into_iter().any(member) {
        return Ok(true);
    }
    // 7.3: private endpoints can be members too.
    let endpoint = |endpoint: &PrivateEndpoint| {
        endpoint.addresses.known().is_some_and(|all| all.contains(&address))
            && wanted
                .application_security_groups
                .iter()
                .any(|group| endpoint.application_security_groups.contains(group))
    };
    if model.private_endpoints.iter().any(endpoint) {
        return Ok(true);
    }
    for tag in &wanted.tags {
        if tag_has(model, subnet, tag, address)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn tag_has(model: &Model, subnet: Option<SubnetId>, tag: &TagMatch, address: IpAddr) -> Maybe<bool> {
    let is = |text: &str| address.to_string() == text;
    Ok(match tag {
        TagMatch::VirtualNetwork => match subnet {
            Some(subnet) => in_virtual_network(model, subnet, address)?,
            None => return Err("VirtualNetwork in an appliance".into()),
        },
        TagMatch::Internet => is_public(address),
        TagMatch::AzureLoadBalancer | TagMatch::AzurePlatformDns => is("168.63.129.16"),
        TagMatch::AzurePlatformImds => is("169.254.169.254"),
        TagMatch::AzurePlatformLkm => ["20.118.99.224", "40.83.235.53", "23.102.135.246"].iter().any(|one| is(one)),
        TagMatch::Service(_, addresses) => addresses.contains(space::point(address)),
        TagMatch::Missing(name, _) => return Err(format!("tag {name} is not known")),
    })
}

/// VirtualNetwork as seen from one subnet (2.1, F55 to F62, F163, F184, R90).
pub(crate) fn in_virtual_network(model: &Model, subnet: SubnetId, address: IpAddr) -> Maybe<bool> {
    let id = model.subnet(subnet).virtual_network;
    let within = |nets: &[ipnet::IpNet]| nets.iter().any(|net| net.contains(&address));
    // (a) the VNET's own ranges, (e) the host.
    if within(&model.virtual_network(id).address_prefixes) || address.to_string() == "168.63.129.16" {
        return Ok(true);
    }
    // (c) peers whose own link grants access (R90).
    for (_, link) in routes::connected(model, id) {
        let access = link.allow_virtual_network_access.known() == Some(&true);
        if access && within(&routes::remote_ranges(model, link)) {
            return Ok(true);
        }
    }
    // (b), (d) what the own gateways learned, or through transit the hub's; 0/0 only on request.
    let setting = format!("{:?}", model.settings.virtual_network_tag_default_route);
    for gateway in hybrid::gateways_for(model, id) {
        for (prefix, _) in hybrid::learned(model, gateway) {
            let counts = prefix.prefix_len() > 0 || setting == "UserAndBgp";
            if counts && prefix.contains(&address) {
                return Ok(true);
            }
        }
    }
    if clients::rows(model, id).iter().any(|row| row.prefix.contains(&address)) {
        return Ok(true);
    }
    // (d) and what a Route Server or a virtual hub injected.
    if route_server::knows(model, id, address, setting == "UserAndBgp") {
        return Ok(true);
    }
    for prefix in virtual_wan::programmed(model, id).map(|(_, prefixes)| prefixes).unwrap_or_default() {
        let counts = prefix.prefix_len() > 0 || setting == "UserAndBgp";
        if counts && prefix.contains(&address) {
            return Ok(true);
        }
    }
    // (f) prefixes of user routes of the subnet's table, whatever the next hop.
    if let Some(table) = routes::route_table(model, subnet)? {
        for route in &table.routes {
            if let Some(RoutePrefix::Prefix(prefix)) = route.address_prefix.known() {
                let counts = prefix.prefix_len() > 0 || setting != "Never";
                if counts && prefix.contains(&address) {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}
