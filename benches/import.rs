//! How fast templates and plans are read: generated ones with 1,000 and 10,000 resources, and their JSON alone.
//!
//! A tenth of the resources are networks with a subnet, the rest security groups with a rule, interfaces and public
//! addresses: what a large template consists of.

use azreach::{
    diagnostic::{Diagnostics, Source, Sources},
    import::{self, Template, terraform::Side},
    scenario,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};

/// The second and third part of the address of the network that a resource belongs to.
fn network_of(at: usize) -> (usize, usize) {
    let network = at / 10;
    (network / 200, network % 200)
}

fn template(resources: usize) -> String {
    let one = |at: usize| -> Value {
        let (high, low) = network_of(at);
        let network = at / 10;
        match at % 10 {
            0 => json!({
                "type": "Microsoft.Network/virtualNetworks", "apiVersion": "2023-09-01",
                "name": format!("[concat(variables('prefix'), '-vnet-{network}')]"), "location": "[parameters('location')]",
                "properties": {
                    "addressSpace": {"addressPrefixes": [format!("10.{}.{low}.0/24", high + 1)]},
                    "subnets": [{"name": "app", "properties": {"addressPrefix": format!("10.{}.{low}.0/25", high + 1)}}],
                },
            }),
            1 | 4 | 7 => json!({
                "type": "Microsoft.Network/networkSecurityGroups", "apiVersion": "2023-09-01",
                "name": format!("[format('{{0}}-nsg-{at}', variables('prefix'))]"), "location": "[parameters('location')]",
                "properties": {"securityRules": [{"name": "web", "properties": {
                    "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
                    "sourceAddressPrefix": "*", "sourcePortRange": "*",
                    "destinationAddressPrefix": "*", "destinationPortRange": "443",
                }}]},
            }),
            2 | 5 | 8 => json!({
                "type": "Microsoft.Network/publicIPAddresses", "apiVersion": "2023-09-01",
                "name": format!("pip-{at}"), "location": "[parameters('location')]", "sku": {"name": "Standard"},
                "properties": {"publicIPAllocationMethod": "Static"},
            }),
            _ => json!({
                "type": "Microsoft.Network/networkInterfaces", "apiVersion": "2023-09-01",
                "name": format!("nic-{at}"), "location": "[parameters('location')]",
                "properties": {"ipConfigurations": [{"name": "one", "properties": {
                    "subnet": {"id": format!("[resourceId('Microsoft.Network/virtualNetworks/subnets', concat(variables('prefix'), '-vnet-{network}'), 'app')]")},
                    "privateIPAllocationMethod": "Dynamic",
                }}]},
            }),
        }
    };
    let all: Vec<Value> = (0..resources).map(one).collect();
    json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"location": {"type": "string", "defaultValue": "westeurope"}},
        "variables": {"prefix": "bench"},
        "resources": all,
    })
    .to_string()
}

fn plan(resources: usize) -> String {
    let group = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network";
    let one = |at: usize| -> Value {
        let (high, low) = network_of(at);
        let network = at / 10;
        let (kind, values) = match at % 10 {
            0 => (
                "azurerm_virtual_network",
                json!({
                    "name": format!("vnet-{network}"), "resource_group_name": "rg", "location": "westeurope",
                    "address_space": [format!("10.{}.{low}.0/24", high + 1)],
                }),
            ),
            1 => (
                "azurerm_subnet",
                json!({
                    "name": "app", "resource_group_name": "rg", "virtual_network_name": format!("vnet-{network}"),
                    "address_prefixes": [format!("10.{}.{low}.0/25", high + 1)],
                }),
            ),
            2 | 5 | 8 => (
                "azurerm_network_security_group",
                json!({
                    "name": format!("nsg-{at}"), "resource_group_name": "rg", "location": "westeurope",
                    "security_rule": [{
                        "name": "web", "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
                        "source_address_prefix": "*", "source_port_range": "*",
                        "destination_address_prefix": "*", "destination_port_range": "443",
                    }],
                }),
            ),
            3 | 6 => (
                "azurerm_public_ip",
                json!({
                    "name": format!("pip-{at}"), "resource_group_name": "rg", "location": "westeurope", "sku": "Standard",
                }),
            ),
            _ => (
                "azurerm_network_interface",
                json!({
                    "name": format!("nic-{at}"), "resource_group_name": "rg", "location": "westeurope",
                    "ip_configuration": [{
                        "name": "one", "subnet_id": format!("{group}/virtualNetworks/vnet-{network}/subnets/app"),
                        "private_ip_address_allocation": "Dynamic",
                    }],
                }),
            ),
        };
        let address = format!("{kind}.r{at}");
        json!({"address": address, "mode": "managed", "type": kind, "name": format!("r{at}"), "values": values})
    };
    let all: Vec<Value> = (0..resources).map(one).collect();
    json!({
        "format_version": "1.2", "terraform_version": "1.9.5",
        "planned_values": {"root_module": {"resources": all}},
        "configuration": {"root_module": {}},
    })
    .to_string()
}

fn imports(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("import");
    group.sample_size(10);
    for resources in [1_000, 10_000] {
        group.throughput(Throughput::Elements(resources as u64));
        let text = template(resources);
        group.bench_function(BenchmarkId::new("template", resources), |bencher| {
            bencher.iter(|| {
                let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
                let text = sources.add(Source::new("template.json", text.as_str()));
                import::arm(
                    &mut sources,
                    &[Template { text, beside: None }],
                    &[],
                    &mut |_: &str, _: &str| None,
                    &mut diagnostics,
                )
            });
        });
        let text = plan(resources);
        group.bench_function(BenchmarkId::new("plan", resources), |bencher| {
            bencher.iter(|| {
                let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
                let id = sources.add(Source::new("plan.json", text.as_str()));
                import::terraform(&sources, &[id], Side::After, &mut diagnostics)
            });
        });
    }
    group.finish();
}

fn json_alone(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("json");
    group.sample_size(10);
    let mut sources = Sources::default();
    let text = template(10_000);
    group.throughput(Throughput::Bytes(text.len() as u64));
    let id = sources.add(Source::new("template.json", text));
    group.bench_function("read", |bencher| {
        // Reading alone: giving the tree's memory back is no part of it.
        bencher.iter_with_large_drop(|| scenario::parse_json(&sources, id, &mut Diagnostics::default()));
    });
    group.finish();
}

criterion_group!(benches, imports, json_alone);
criterion_main!(benches);
