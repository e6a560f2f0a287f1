//! Which host names the file's resources answer to.
//!
//! In: services, parties outside, clusters, private endpoints. Out: [`Hosts`]. Deliberately absent: zones, which are
//! asked for each VNET (that is `evaluate/names`).

use crate::{
    model::{ExternalId, Known, LinkState, Model, ServiceId},
    network::Hosts,
};

/// Collects every name.
pub(super) fn of(model: &Model) -> Hosts {
    let mut hosts = Hosts::default();
    for (index, service) in model.services.iter().enumerate() {
        for (part, named) in service.sub_resources.iter().enumerate() {
            // Databases share their server's name: the first part stands for all.
            let place = (ServiceId::at(index), part);
            hosts.public.entry(named.host.clone()).or_insert(place);
            let private = named.private_host();
            if private != named.host {
                hosts.private.entry(private).or_insert(place);
            }
        }
    }
    for (index, external) in model.externals.iter().enumerate() {
        for host in &external.host_names {
            hosts.externals.entry(host.clone()).or_insert(ExternalId::at(index));
        }
    }
    for (index, cluster) in model.clusters.iter().enumerate() {
        for (host, nic) in &cluster.nodes {
            let address = model.network_interface(*nic).ip_configurations[0].address;
            hosts.nodes.insert(host.clone(), (index, address));
        }
    }
    for endpoint in &model.private_endpoints {
        let Some(service) = endpoint.service() else { continue };
        let parts = endpoint.group_ids.iter().map(|group| (service, group.to_lowercase()));
        match endpoint.state {
            Known::Known(LinkState::Approved) => hosts.linked.extend(parts),
            Known::Known(_) => {}
            Known::Unknown(fact) => hosts.perhaps_linked.extend(parts.map(|part| (part, fact))),
        }
    }
    let linked = &hosts.linked;
    hosts.perhaps_linked.retain(|part, _| !linked.contains(part));
    hosts.linked.extend(hosts.perhaps_linked.keys().cloned());
    // The sign-in host of a region always is an alias into the private domain.
    for (index, service) in model.services.iter().enumerate() {
        if service.workspace.is_some() {
            hosts.linked.insert((ServiceId::at(index), "browser_authentication".to_owned()));
        }
    }
    hosts
}
