//! Networks and traces as text for people.

use azreach::{model::*, space, trace::Trace};
use std::fmt::Write;

/// Everything that may matter, a line each.
pub(crate) fn model(model: &Model) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "settings {:?}", model.settings);
    for vnet in &model.virtual_networks {
        let _ = writeln!(text, "vnet {} {:?}", vnet.label.name, vnet.address_prefixes);
        for id in &vnet.subnets {
            let subnet = model.subnet(*id);
            let group = subnet.network_security_group.and_then(|one| one.known().copied());
            let table = subnet.route_table.and_then(|one| one.known().copied());
            let _ = writeln!(
                text,
                "  subnet #{} {} {:?} nsg {:?} table {:?} nat {:?} defaultOutbound {:?}",
                id.0,
                subnet.label.name,
                subnet.address_prefixes,
                group.map(|id| &model.network_security_group(id).label.name),
                table.map(|id| &model.route_table(id).label.name),
                subnet.nat_gateway.map(|id| &model.nat_gateway(id).public_ip_addresses),
                subnet.default_outbound_access.known(),
            );
        }
    }
    for link in model.peerings.iter().filter(|link| link.state != PeeringState::Disconnected) {
        let flag = |flag: Known<bool>| flag.known().map_or('?', |flag| if *flag { '1' } else { '0' });
        let _ = writeln!(
            text,
            "peering {} {:?} reverse {} access {} forwarded {} offers {} uses {}",
            link.label.name,
            link.state,
            link.reverse.is_some(),
            flag(link.allow_virtual_network_access),
            flag(link.allow_forwarded_traffic),
            flag(link.allow_gateway_transit),
            flag(link.use_remote_gateways),
        );
    }
    devices(model, &mut text);
    super::wider::show(model, &mut text);
    for (index, table) in model.route_tables.iter().enumerate() {
        let id = Some(Known::Known(RouteTableId::at(index)));
        if !model.subnets.iter().any(|subnet| subnet.route_table == id) {
            continue;
        }
        let _ = writeln!(
            text,
            "table {} disablePropagation {:?}",
            table.label.name,
            table.disable_bgp_route_propagation.known()
        );
        for route in &table.routes {
            let prefix = match route.address_prefix.known() {
                Some(RoutePrefix::Prefix(prefix)) => prefix.to_string(),
                other => format!("{other:?}"),
            };
            let hop = route.next_hop_type.known();
            let address = route.next_hop_ip_address.and_then(|one| one.known().copied());
            let _ = writeln!(text, "  {} {prefix} -> {hop:?} {address:?}", route.label.name);
        }
    }
    for (index, group) in model.network_security_groups.iter().enumerate() {
        let id = Some(Known::Known(NetworkSecurityGroupId::at(index)));
        let used = model.subnets.iter().any(|subnet| subnet.network_security_group == id)
            || model.network_interfaces.iter().any(|nic| nic.network_security_group == id);
        if !used {
            continue;
        }
        let _ = writeln!(text, "nsg {}", group.label.name);
        rules(&mut text, &group.security_rules);
    }
    for (index, nic) in model.network_interfaces.iter().enumerate() {
        let one = &nic.ip_configurations[0];
        let public = one.public_ip_address.map(|id| {
            let public = model.public_ip_address(id);
            (public.address.known().copied(), public.sku.known().copied())
        });
        let _ = writeln!(
            text,
            "nic #{index} {} {:?} subnet #{} nsg {:?} public {public:?} asg {:?} forwarding {:?}",
            nic.label.name,
            one.address.known(),
            one.subnet.0,
            nic.network_security_group,
            one.application_security_groups,
            nic.ip_forwarding.known(),
        );
    }
    for appliance in &model.appliances {
        let _ = writeln!(
            text,
            "appliance {} forwards {:?} stateful {} snat {:?}",
            appliance.label.name,
            appliance.forwarding.known(),
            appliance.stateful,
            appliance.snat
        );
        rules(&mut text, appliance.rules.as_deref().unwrap_or_default());
    }
    for gateway in &model.virtual_network_gateways {
        let _ = writeln!(text, "gateway {} bgp {}", gateway.label.name, gateway.enable_bgp);
    }
    for local in &model.local_network_gateways {
        let _ = writeln!(text, "local {} {:?} bgp {}", local.label.name, local.address_prefixes, local.bgp);
    }
    for connection in &model.connections {
        let _ = writeln!(
            text,
            "connection {} {:?} bgp {} selectors {}",
            connection.label.name, connection.target, connection.enable_bgp, connection.policy_based_selectors
        );
    }
    for site in &model.sites {
        let _ = writeln!(
            text,
            "site {} {:?} {:?} advertises {:?} egress {:?}",
            site.label.name, site.address_prefixes, site.attachments, site.advertises, site.internet_egress
        );
        let _ = writeln!(text, "  dns {:?}", site.dns);
        rules(&mut text, site.firewall.as_deref().unwrap_or_default());
    }
    platform(&mut text, model);
    text
}

/// Services, endpoints, zones.
fn platform(text: &mut String, model: &Model) {
    for network in &model.virtual_networks {
        let _ = writeln!(text, "vnet {} in {:?} dns {:?}", network.label.name, network.location, network.dns_servers);
    }
    for (index, subnet) in model.subnets.iter().enumerate() {
        let _ = writeln!(
            text,
            "subnet #{index} endpoints {:?} policies {:?} private {:?}",
            subnet.service_endpoints, subnet.service_endpoint_policies, subnet.private_endpoint_policies
        );
    }
    for nic in model.network_interfaces.iter().filter(|nic| !nic.dns_servers.is_empty()) {
        let _ = writeln!(text, "nic {} dns {:?}", nic.label.name, nic.dns_servers);
    }
    for one in model.workloads.iter().filter(|one| one.dns.written || one.identity.is_some()) {
        let _ = writeln!(text, "workload {} {:?} dns {:?}", one.label.name, one.identity, one.dns);
    }
    for one in model.appliances.iter().filter(|one| one.dns.written) {
        let _ = writeln!(text, "appliance {} dns {:?}", one.label.name, one.dns);
    }
    for service in &model.services {
        let _ = writeln!(
            text,
            "service {} {:?} in {:?} access {:?} policy {:?} id {:?}",
            service.label.name,
            service.kind,
            service.location,
            service.public_network_access,
            service.connection_policy,
            service.resource_id
        );
        let firewall = &service.firewall;
        let _ = writeln!(text, "  default {:?} trusted {:?}", firewall.default_action, firewall.trusted_services);
        let of_parts = service.sub_resources.iter().flat_map(|part| &part.rules);
        for rule in of_parts.chain(&firewall.address_rules) {
            let who = match &rule.who {
                Callers::Addresses(addresses) => format!("{:?}", space::to_prefixes(addresses)),
                who => format!("{who:?}"),
            };
            let _ = writeln!(text, "  {} {who}", rule.name);
        }
        let _ = writeln!(text, "  subnets {:?} instances {:?}", firewall.subnet_rules, firewall.instance_rules);
        for list in service.workspace.iter().flat_map(|workspace| &workspace.ip_access_lists) {
            let _ = writeln!(text, "  list {:?} {:?}", list.access, space::to_prefixes(&list.addresses));
        }
    }
    for one in &model.private_endpoints {
        let _ = writeln!(
            text,
            "endpoint {} {:?} {:?} service {:?} {:?} {:?} asg {:?}",
            one.label.name,
            one.subnet,
            one.addresses,
            one.target,
            one.group_ids,
            one.state,
            one.application_security_groups
        );
    }
    for zone in &model.private_dns_zones {
        let _ = writeln!(text, "zone {} {:?}", zone.domain, zone.records);
        for link in &zone.links {
            let _ = writeln!(
                text,
                "  link {:?} fallback {:?} registers {}",
                link.virtual_network, link.fallback, link.registration
            );
        }
    }
    for external in &model.externals {
        let _ = writeln!(
            text,
            "external {} {:?} in {:?} {:?} {:?} {:?}",
            external.label.name,
            external.addresses,
            external.location,
            external.trusted_service,
            external.identity,
            external.networks
        );
    }
    for one in &model.service_endpoint_policies {
        let _ = writeln!(text, "endpoint policy {:?} {:?}", one.accounts, one.scopes);
    }
    for one in model.network_security_perimeters.iter().flat_map(|one| &one.associations) {
        let _ = writeln!(
            text,
            "perimeter {:?} enforced {} {:?} {:?}",
            one.service, one.enforced, one.inbound, one.subscriptions
        );
    }
    for one in &model.conditional_access_policies {
        let _ = writeln!(
            text,
            "access {:?} except {:?} {:?}",
            one.applications,
            one.except,
            space::to_prefixes(&one.blocked)
        );
    }
    for one in &model.clusters {
        let _ = writeln!(text, "cluster {:?} names {}", one.nodes, one.advertises_names);
    }
}

/// What else the answer hangs on.
pub(crate) fn legs(trace: &Trace) -> String {
    let mut text = String::new();
    for leg in &trace.legs {
        let _ = writeln!(text, "  leg {} {}", leg.flow, leg.verdict);
        for step in &leg.decided_by {
            let _ = writeln!(
                text,
                "    {:?} {}/{} {:?} {}",
                step.kind, step.resource, step.name, step.outcome, step.detail
            );
        }
    }
    text
}

fn rules(text: &mut String, rules: &[SecurityRule]) {
    for rule in rules {
        let _ = writeln!(
            text,
            "  {} {:?} {:?} {:?} {:?} from {} ports {:?} to {} ports {:?}",
            rule.label.name,
            rule.priority.known(),
            rule.direction,
            rule.access.known(),
            rule.protocol.known(),
            side(&rule.source),
            rule.source_ports.known().map(|ports| ports.iter().collect::<Vec<_>>()),
            side(&rule.destination),
            rule.destination_ports.known().map(|ports| ports.iter().collect::<Vec<_>>()),
        );
    }
}

fn side(side: &AddressMatch) -> String {
    let prefixes = space::to_prefixes(&side.prefixes);
    let tags: Vec<_> = side
        .tags
        .iter()
        .map(|tag| match tag {
            TagMatch::Service(name, _) => name.clone(),
            other => format!("{other:?}"),
        })
        .collect();
    format!(
        "[{}{prefixes:?} {tags:?} asg{:?}]",
        if side.any { "*" } else { "" },
        side.application_security_groups.iter().map(|id| id.0).collect::<Vec<_>>()
    )
}

/// What the fast walk saw.
pub(crate) fn trace(trace: &Trace) -> String {
    let mut text = String::new();
    for part in &trace.parts {
        let _ = writeln!(text, "  part {} {:?}", part.verdict, part.ends);
        for (leg, hops) in [("there", &part.forward), ("back", &part.reply)] {
            for hop in hops {
                let _ = writeln!(text, "    {leg} {}", hop.at);
                for step in &hop.steps {
                    let _ = writeln!(
                        text,
                        "      {:?} {}/{} {:?} {} {}",
                        step.kind, step.resource, step.name, step.outcome, step.detail, step.law
                    );
                }
            }
        }
        for note in part.missing.iter().map(|fact| &fact.text).chain(&part.notes) {
            let _ = writeln!(text, "    note {note}");
        }
    }
    text
}

/// Firewalls, balancers, managers.
fn devices(model: &Model, text: &mut String) {
    for firewall in &model.azure_firewalls {
        let addresses = firewall.public_ip_addresses.iter().map(|id| model.public_ip_address(*id).address.known());
        let _ = writeln!(
            text,
            "firewall {:?} public {:?} management {} threats {:?} drops {:?} keeps {} always {}",
            firewall.private_address.known(),
            addresses.collect::<Vec<_>>(),
            firewall.management,
            ranges(&firewall.threats.0),
            firewall.threat_deny.known(),
            ranges(&firewall.private_ranges),
            firewall.always_translates,
        );
        for rule in &firewall.nat_rules {
            let _ = writeln!(
                text,
                "  {} {:?} {} -> {}:{:?} becomes {:?}:{:?}",
                rule.label.name,
                rule.protocols,
                side(&rule.source),
                ranges(&rule.destination),
                rule.ports,
                rule.translated_address.known(),
                rule.translated_port,
            );
        }
        for rule in &firewall.network_rules {
            let (source, destination) = (side(&rule.source), side(&rule.destination));
            let (name, access, protocols, ports) = (&rule.label.name, rule.access, &rule.protocols, &rule.ports);
            let _ = writeln!(text, "  {name} {access:?} {protocols:?} {source} -> {destination} {ports:?}");
        }
        for rule in &firewall.application_rules {
            let (name, access, source) = (&rule.label.name, rule.access, side(&rule.source));
            let _ = writeln!(text, "  {name} {access:?} {source} -> {:?} {:?}", rule.hosts, rule.ports);
        }
    }
    for balancer in &model.load_balancers {
        let address = |one: &Frontend| match one.address {
            FrontendAddress::Public(id) => format!("{:?}", model.public_ip_address(id).address.known()),
            FrontendAddress::Private(_, address) => format!("{:?}", address.known()),
        };
        let frontends: Vec<_> = balancer.frontends.iter().map(address).collect();
        let members: Vec<_> = balancer.pools.iter().map(|pool| &pool.members).collect();
        let _ = writeln!(
            text,
            "balancer {} standard {:?} frontends {frontends:?} pools {members:?} outbound {:?}",
            balancer.label.name,
            balancer.standard.known(),
            balancer.outbound_rules
        );
        for rule in &balancer.rules {
            let _ = writeln!(
                text,
                "  {} {:?} {:?} to {:?} port {:?} probe {:?} noOutbound {}",
                rule.name, rule.protocol, rule.ports, rule.back_end, rule.back_end_port, rule.probe, rule.no_outbound
            );
        }
    }
    for manager in &model.network_managers {
        for rule in &manager.rules {
            let _ = writeln!(
                text,
                "{} {} {:?} {:?} {:?} {} {:?} -> {} {:?} in {:?} intent {:?}",
                manager.label.name,
                rule.label.name,
                rule.direction,
                rule.access.known(),
                rule.protocol,
                side(&rule.source),
                rule.source_ports,
                side(&rule.destination),
                rule.destination_ports,
                rule.virtual_networks,
                rule.on_intent_policies,
            );
        }
    }
}

fn ranges(addresses: &space::Addresses) -> String {
    format!("{:?}", space::to_prefixes(addresses))
}
