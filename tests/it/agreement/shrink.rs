//! Makes a failing network smaller: takes away one thing after another while both answers still differ.
//!
//! In: a model and a test. Out: a model with less in it. Ids stay as they are; things are emptied, not removed.

use azreach::model::*;

pub(super) type Change = Box<dyn Fn(&mut Model)>;

/// The smallest network found for which `fails` still holds.
pub(crate) fn shrink(model: &Model, fails: impl Fn(&Model) -> bool) -> Model {
    let mut best = model.clone();
    loop {
        let mut progress = false;
        for change in changes(&best) {
            let mut smaller = best.clone();
            change(&mut smaller);
            if show(&smaller) != show(&best) && fails(&smaller) {
                best = smaller;
                progress = true;
            }
        }
        if !progress {
            return best;
        }
    }
}

fn show(model: &Model) -> String {
    super::show::model(model)
}

fn changes(model: &Model) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for index in 0..model.subnets.len() {
        changes.push(Box::new(move |model| model.subnets[index].network_security_group = None));
        changes.push(Box::new(move |model| model.subnets[index].route_table = None));
        changes.push(Box::new(move |model| model.subnets[index].nat_gateway = None));
    }
    for index in 0..model.network_interfaces.len() {
        changes.push(Box::new(move |model| {
            let nic = &mut model.network_interfaces[index];
            nic.network_security_group = None;
            nic.ip_configurations[0].application_security_groups.clear();
        }));
        changes.push(Box::new(move |model| {
            model.network_interfaces[index].ip_configurations[0].public_ip_address = None;
        }));
    }
    for index in 0..model.network_security_groups.len() {
        for rule in (0..model.network_security_groups[index].security_rules.len()).rev() {
            changes.push(Box::new(move |model| {
                let rules = &mut model.network_security_groups[index].security_rules;
                if rule < rules.len() {
                    rules.remove(rule);
                }
            }));
        }
    }
    for index in 0..model.route_tables.len() {
        changes.push(Box::new(move |model| {
            model.route_tables[index].disable_bgp_route_propagation = Known::Known(false);
        }));
        for route in (0..model.route_tables[index].routes.len()).rev() {
            changes.push(Box::new(move |model| {
                let routes = &mut model.route_tables[index].routes;
                if route < routes.len() {
                    routes.remove(route);
                }
            }));
        }
    }
    // Links of hubs are Azure's: they are always there.
    let of_hub =
        |link: &Peering| link.remote.known().into_iter().chain([&link.local]).any(|id| model.hub_at(*id).is_some());
    for index in (0..model.peerings.len()).filter(|index| !of_hub(&model.peerings[*index])) {
        changes.push(Box::new(move |model| model.peerings[index].state = PeeringState::Disconnected));
        changes.push(Box::new(move |model| {
            model.peerings[index].allow_forwarded_traffic = Known::Known(true);
            model.peerings[index].allow_virtual_network_access = Known::Known(true);
        }));
    }
    for index in 0..model.appliances.len() {
        changes.push(Box::new(move |model| model.appliances[index].rules = None));
        changes.push(Box::new(move |model| model.appliances[index].snat = Snat::Never));
        changes.push(Box::new(move |model| model.appliances[index].stateful = false));
    }
    changes.extend(of_devices(model));
    for index in 0..model.sites.len() {
        changes.push(Box::new(move |model| model.sites[index].firewall = None));
        changes.push(Box::new(move |model| model.sites[index].advertises.truncate(1)));
    }
    changes.extend(super::wider::changes(model));
    changes.extend(of_services(model));
    changes.push(Box::new(|model| {
        model.settings = azreach::scenario::settings::Settings::default();
        model.settings.any_includes_esp_ah = true;
    }));
    changes
}

/// Less of firewalls, balancers and managers.
fn of_devices(model: &Model) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for index in 0..model.network_managers.len() {
        for rule in (0..model.network_managers[index].rules.len()).rev() {
            changes.push(Box::new(move |model| {
                let rules = &mut model.network_managers[index].rules;
                if rule < rules.len() {
                    rules.remove(rule);
                }
            }));
        }
    }
    for index in 0..model.azure_firewalls.len() {
        changes.push(Box::new(move |model| model.azure_firewalls[index].nat_rules.clear()));
        changes.push(Box::new(move |model| model.azure_firewalls[index].network_rules.clear()));
        changes.push(Box::new(move |model| model.azure_firewalls[index].application_rules.clear()));
        changes.push(Box::new(move |model| model.azure_firewalls[index].threats.0 = azreach::space::prefixes(&[])));
        changes.push(Box::new(move |model| model.azure_firewalls[index].always_translates = false));
        changes.push(Box::new(move |model| model.azure_firewalls[index].public_ip_addresses.truncate(1)));
    }
    for index in 0..model.load_balancers.len() {
        changes.push(Box::new(move |model| model.load_balancers[index].rules.clear()));
        changes.push(Box::new(move |model| model.load_balancers[index].rules.truncate(1)));
        changes.push(Box::new(move |model| model.load_balancers[index].outbound_rules.clear()));
        changes.push(Box::new(move |model| model.load_balancers[index].pools[0].members.truncate(1)));
        changes.push(Box::new(move |model| {
            model.load_balancers[index].rules.iter_mut().for_each(|rule| rule.probe = None);
        }));
    }
    changes
}

/// Less of services, endpoints and names.
fn of_services(model: &Model) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for index in 0..model.virtual_networks.len() {
        changes.push(Box::new(move |model| model.virtual_networks[index].dns_servers.clear()));
    }
    for index in 0..model.network_interfaces.len() {
        changes.push(Box::new(move |model| model.network_interfaces[index].dns_servers.clear()));
    }
    for index in 0..model.workloads.len() {
        changes.push(Box::new(move |model| model.workloads[index].dns = Dns::usual(Resolver::Azure)));
        changes.push(Box::new(move |model| model.workloads[index].identity = None));
    }
    for index in 0..model.subnets.len() {
        changes.push(Box::new(move |model| model.subnets[index].service_endpoints.clear()));
        changes.push(Box::new(move |model| model.subnets[index].service_endpoint_policies.clear()));
    }
    for index in 0..model.services.len() {
        changes.push(Box::new(move |model| model.services[index].firewall.address_rules.clear()));
        changes.push(Box::new(move |model| model.services[index].firewall.subnet_rules.clear()));
        changes.push(Box::new(move |model| model.services[index].firewall.instance_rules.clear()));
    }
    for index in 0..model.private_dns_zones.len() {
        changes.push(Box::new(move |model| model.private_dns_zones[index].links.clear()));
        changes.push(Box::new(move |model| model.private_dns_zones[index].records.clear()));
    }
    for index in 0..model.private_endpoints.len() {
        changes.push(Box::new(move |model| model.private_endpoints[index].application_security_groups.clear()));
    }
    changes.push(Box::new(|model| model.network_security_perimeters.clear()));
    changes.push(Box::new(|model| model.conditional_access_policies.clear()));
    changes.push(Box::new(|model| model.clusters.clear()));
    changes
}
