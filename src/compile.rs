//! From checked resources to what Azure would apply. Total: nothing in here can fail.
//!
//! In: a [`Model`]. Out: a [`Network`]. Deliberately absent: packets. Azure's defaults are made here as
//! data: default rules in `rules`, system routes in `routes`.

mod addresses;
mod firewalls;
mod gateway_rows;
mod gateways;
mod hosts;
mod hybrid;
mod routes;
mod rules;
mod topology;
mod virtual_hubs;
mod virtual_network_tag;

use crate::{
    model::{Model, SubnetId, VirtualNetworkId},
    network::{Network, SubnetFacts},
};
use std::{collections::HashMap, sync::Arc};

/// Works out everything that does not depend on a packet.
pub fn compile(model: Model) -> Network {
    let topology = topology::Topology::of(&model);
    let mut warnings = Vec::new();
    let gateways = hybrid::gateways(&model, &topology, &mut warnings);
    let hubs = virtual_hubs::hubs(&model);
    let sites = hybrid::sites(&model, &topology, &hubs);
    let mut virtual_networks: Vec<_> = (0..model.virtual_networks.len())
        .map(|index| addresses::virtual_network(&model, &topology, VirtualNetworkId::at(index)))
        .collect();
    addresses::assign_owners(&model, &mut virtual_networks);
    let mut members = addresses::members(&model);
    let mut tables = HashMap::new();
    let mut tags = HashMap::new();
    let subnets: Vec<SubnetFacts> = (0..model.subnets.len())
        .map(|index| {
            let id = SubnetId::at(index);
            let subnet = model.subnet(id);
            let shared = (
                subnet.virtual_network,
                subnet.route_table,
                subnet.service_endpoints.clone(),
                subnet.service_endpoint_policies.clone(),
            );
            let scene = routes::Scene {
                model: &model,
                topology: &topology,
                virtual_networks: &virtual_networks,
                gateways: &gateways,
                hubs: &hubs,
            };
            let routes = tables.entry(shared.clone()).or_insert_with(|| Arc::new(scene.routes_of(id, &mut warnings)));
            let tag = tags.entry((shared.0, shared.1)).or_insert_with(|| Arc::new(scene.virtual_network_tag(id)));
            SubnetFacts {
                routes: routes.clone(),
                virtual_network_tag: tag.clone(),
                ..addresses::subnet(&model, id, std::mem::take(&mut members[index]))
            }
        })
        .collect();
    let private_endpoint_routes = routes::of_private_endpoints(&routes::Scene {
        model: &model,
        topology: &topology,
        virtual_networks: &virtual_networks,
        gateways: &gateways,
        hubs: &hubs,
    });
    let broken_firewalls = firewalls::broken(&model, &subnets, &mut warnings);
    gateways::warn(&model, &subnets, &mut warnings);
    let internet = crate::tags::internet();
    Network {
        rules: rules::security_groups(&model),
        appliance_rules: rules::appliances(&model),
        site_rules: rules::sites(&model),
        public: addresses::public_owners(&model),
        bound_public_ips: addresses::bound_public_ips(&model),
        everywhere_in_doubt: addresses::everywhere_in_doubt(&model),
        hosts: hosts::of(&model),
        internet,
        subnets,
        private_endpoint_routes,
        admin_rules: rules::admin_rules(&model),
        firewall_rules: rules::azure_firewalls(&model),
        broken_firewalls,
        behind_appliances: addresses::behind_appliances(&model),
        virtual_networks,
        gateways,
        hubs,
        sites,
        warnings,
        model,
    }
}
