//! Plans to resources.

use crate::{
    diagnostic::{Diagnostics, Source, Sources},
    import::{Imported, Use, terraform, terraform::Side},
    scenario::tree::{Node, Value},
};
use serde_json::{Value as Json, json};

fn imported(plan: &Json, side: Side) -> Imported {
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let id = sources.add(Source::new("plan.json", plan.to_string()));
    let imported = terraform(&sources, &[id], side, &mut diagnostics);
    assert_eq!(diagnostics.iter().count(), 0, "{diagnostics:?}");
    imported
}

/// A plan of resources `(address, values)` and the root module's configuration.
fn plan(resources: &[(&str, Json)], module: &Json) -> Json {
    let one = |(address, values): &(&str, Json)| {
        let own = address.rsplit("azurerm_").next().unwrap_or_default();
        let (kind, rest) = own.split_once('.').expect("an address");
        let name = rest.split('[').next().unwrap_or_default();
        let data = if address.contains("data.") { "data" } else { "managed" };
        json!({"address": address, "mode": data, "type": format!("azurerm_{kind}"), "name": name, "values": values})
    };
    let resources: Vec<Json> = resources.iter().map(one).collect();
    json!({
        "format_version": "1.2", "terraform_version": "1.9.5",
        "planned_values": {"root_module": {"resources": resources}},
        "configuration": {"root_module": module},
    })
}

fn configuration(kind: &str, name: &str, expressions: &Json) -> Json {
    json!({"mode": "managed", "type": kind, "name": name, "expressions": expressions, "count_expression": {}})
}

fn group(name: &str) -> Json {
    json!({"name": name, "resource_group_name": "rg", "location": "westeurope"})
}

fn subnet(name: &str, prefix: &str) -> Json {
    json!({"name": name, "resource_group_name": "rg", "virtual_network_name": "net", "address_prefixes": [prefix]})
}

fn network() -> (&'static str, Json) {
    let values =
        json!({"name": "net", "resource_group_name": "rg", "location": "westeurope", "address_space": ["10.0.0.0/16"]});
    ("azurerm_virtual_network.net", values)
}

fn at<'n>(imported: &'n Imported, path: &[&str]) -> &'n Node {
    path.iter().try_fold(&imported.network, |node, key| node.get(key)).unwrap_or_else(|| panic!("{path:?}"))
}

fn text<'n>(imported: &'n Imported, path: &[&str]) -> &'n str {
    at(imported, path).as_str().unwrap_or_else(|| panic!("{path:?} is {:?}", at(imported, path).value))
}

fn reason<'n>(imported: &'n Imported, path: &[&str]) -> &'n str {
    match &at(imported, path).value {
        Value::Unknown { reason, .. } => reason,
        other => panic!("{path:?} is {other:?}"),
    }
}

const SUBNETS: [&str; 3] = ["virtualNetworks", "net", "subnets"];

fn of_subnet<'n>(name: &'n str, key: &'n str) -> Vec<&'n str> {
    SUBNETS.into_iter().chain([name, key]).collect()
}

#[test]
fn for_each_meets_for_each_and_count_meets_count() {
    let associated = "azurerm_subnet_network_security_group_association";
    let resources = [
        network(),
        (r#"azurerm_subnet.s["a"]"#, subnet("a", "10.0.0.0/24")),
        (r#"azurerm_subnet.s["b"]"#, subnet("b", "10.0.1.0/24")),
        ("azurerm_network_security_group.g[0]", group("g0")),
        ("azurerm_network_security_group.g[1]", group("g1")),
        (r#"azurerm_subnet_network_security_group_association.s["a"]"#, json!({})),
        (r#"azurerm_subnet_network_security_group_association.s["b"]"#, json!({})),
    ];
    let expressions = json!({
        "subnet_id": {"references": ["azurerm_subnet.s", "each.key"]},
        "network_security_group_id": {"references": ["azurerm_network_security_group.g", "each.value"]},
    });
    let mut one = configuration(associated, "s", &expressions);
    one["for_each_expression"] = json!({"constant_value": {"a": "1", "b": "0"}});
    let imported = imported(&plan(&resources, &json!({"resources": [one]})), Side::After);
    assert_eq!(text(&imported, &of_subnet("a", "networkSecurityGroup")), "g1");
    assert_eq!(text(&imported, &of_subnet("b", "networkSecurityGroup")), "g0");
}

#[test]
fn outputs_and_variables_of_modules_are_followed() {
    let resources = [
        network(),
        ("module.tables[\"x\"].azurerm_route_table.t", group("x-table")),
        ("module.tables[\"y\"].azurerm_route_table.t", group("y-table")),
        ("azurerm_subnet.a", subnet("a", "10.0.0.0/24")),
        ("module.join.azurerm_subnet_route_table_association.j", json!({})),
    ];
    let table = json!({"module": {
        "outputs": {"id": {"expression": {"references": ["azurerm_route_table.t.id", "azurerm_route_table.t"]}}},
    }});
    let join = json!({
        "expressions": {
            "subnet": {"references": ["azurerm_subnet.a.id", "azurerm_subnet.a"]},
            "table": {"references": [r#"module.tables["y"].id"#, r#"module.tables["y"]"#, "module.tables"]},
        },
        "module": {"variables": {"subnet": {}, "table": {}}, "resources": [configuration(
            "azurerm_subnet_route_table_association",
            "j",
            &json!({"subnet_id": {"references": ["var.subnet"]}, "route_table_id": {"references": ["var.table"]}}),
        )]},
    });
    let mut whole = plan(&resources, &json!({"module_calls": {"tables": table, "join": join}}));
    let all = whole["planned_values"]["root_module"]["resources"].take();
    whole["planned_values"]["root_module"]["child_modules"] = json!([{"resources": all}]);
    let imported = imported(&whole, Side::After);
    assert_eq!(text(&imported, &of_subnet("a", "routeTable")), "y-table");
}

#[test]
fn what_may_be_one_of_several_is_not_guessed() {
    let resources = [
        network(),
        ("azurerm_subnet.a", subnet("a", "10.0.0.0/24")),
        ("azurerm_subnet.b", subnet("b", "10.0.1.0/24")),
        (
            "azurerm_network_interface.n",
            json!({"name": "n", "resource_group_name": "rg", "ip_configuration": [{"name": "c"}]}),
        ),
    ];
    let both = ["var.first", "azurerm_subnet.a.id", "azurerm_subnet.a", "azurerm_subnet.b.id", "azurerm_subnet.b"];
    let expressions =
        json!({"ip_configuration": [{"name": {"constant_value": "c"}, "subnet_id": {"references": both}}]});
    let module = json!({"resources": [configuration("azurerm_network_interface", "n", &expressions)]});
    let imported = imported(&plan(&resources, &module), Side::After);
    let why = reason(&imported, &["networkInterfaces", "n", "ipConfigurations", "c", "subnet"]);
    assert_eq!(why, "`var.first` may be one of 2, known only after apply");
}

#[test]
fn locals_are_known_only_to_terraform() {
    let resources =
        [network(), ("azurerm_subnet.a", subnet("a", "10.0.0.0/24")), ("azurerm_private_endpoint.p", group("p"))];
    let expressions = json!({"subnet_id": {"references": ["local.subnet"]}});
    let module = json!({"resources": [configuration("azurerm_private_endpoint", "p", &expressions)]});
    let imported = imported(&plan(&resources, &module), Side::After);
    assert_eq!(reason(&imported, &["privateEndpoints", "p", "subnet"]), "`local.subnet` is known only to Terraform");
}

#[test]
fn an_association_with_nobody_knows_what_may_be_with_each() {
    let resources = [
        network(),
        ("azurerm_subnet.a", subnet("a", "10.0.0.0/24")),
        ("azurerm_network_security_group.g", group("g")),
        ("azurerm_subnet_network_security_group_association.x", json!({})),
    ];
    let expressions = json!({
        "subnet_id": {"references": ["local.subnet"]},
        "network_security_group_id": {"references": ["azurerm_network_security_group.g.id", "azurerm_network_security_group.g"]},
    });
    let module =
        json!({"resources": [configuration("azurerm_subnet_network_security_group_association", "x", &expressions)]});
    let imported = imported(&plan(&resources, &module), Side::After);
    let why = reason(&imported, &of_subnet("a", "networkSecurityGroup"));
    assert!(why.contains("azurerm_subnet_network_security_group_association.x"), "{why}");
    assert!(imported.report.of(Use::NotModelled).any(|one| one.property.is_none()));
}

#[test]
fn the_address_of_a_firewall_is_the_first_of_its_subnet() {
    let resources = [
        network(),
        ("azurerm_subnet.f", subnet("AzureFirewallSubnet", "10.0.9.0/26")),
        ("azurerm_firewall.f", json!({"name": "f", "resource_group_name": "rg", "ip_configuration": [{"name": "c"}]})),
        ("azurerm_route_table.t", group("t")),
        (
            "azurerm_route.r",
            json!({"name": "r", "resource_group_name": "rg", "route_table_name": "t",
            "address_prefix": "0.0.0.0/0", "next_hop_type": "VirtualAppliance"}),
        ),
    ];
    let address = "azurerm_firewall.f.ip_configuration[0].private_ip_address";
    let module = json!({"resources": [
        configuration("azurerm_route", "r", &json!({"next_hop_in_ip_address": {"references": [address, "azurerm_firewall.f"]}})),
        configuration("azurerm_firewall", "f", &json!({"ip_configuration": [
            {"subnet_id": {"references": ["azurerm_subnet.f.id", "azurerm_subnet.f"]}}]})),
    ]});
    let imported = imported(&plan(&resources, &module), Side::After);
    assert_eq!(text(&imported, &["routeTables", "t", "routes", "r", "nextHopIpAddress"]), "10.0.9.4");
}

#[test]
fn modules_that_call_each_other_come_to_an_end() {
    let resources = [network(), ("azurerm_private_endpoint.p", group("p"))];
    let call = |other: &str| {
        json!({"expressions": {}, "module": {"outputs": {"o": {"expression":
            {"references": [format!("module.{other}.o"), format!("module.{other}.o"), "var.v"]}}}}})
    };
    let module = json!({
        "resources": [configuration("azurerm_private_endpoint", "p", &json!({"subnet_id": {"references": ["module.a.o"]}}))],
        "module_calls": {"a": {"expressions": {"v": {"references": ["module.a.o", "module.a.o"]}}, "module": {
            "outputs": {"o": {"expression": {"references": ["var.v"]}}}, "module_calls": {"b": call("b")}}}},
    });
    let imported = imported(&plan(&resources, &module), Side::After);
    assert!(reason(&imported, &["privateEndpoints", "p", "subnet"]).contains("too long to follow"));
}

#[test]
fn state_files_have_their_ids() {
    let id = |rest: &str| format!("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/{rest}");
    let one = |kind: &str, attributes: Json| json!({"mode": "managed", "type": kind, "name": "x", "instances": [{"attributes": attributes}]});
    let mut inside = subnet("a", "10.0.0.0/24");
    inside["id"] = id("virtualNetworks/net/subnets/a").into();
    let state = json!({"version": 4, "terraform_version": "1.9.5", "resources": [
        one("azurerm_virtual_network", network().1),
        one("azurerm_subnet", inside),
        one("azurerm_network_security_group", group("g")),
        one("azurerm_subnet_network_security_group_association", json!({
            "subnet_id": id("virtualNetworks/net/subnets/a"), "network_security_group_id": id("networkSecurityGroups/g")})),
        one("random_id", json!({"id": "x"})),
    ]});
    let imported = imported(&state, Side::After);
    assert_eq!(text(&imported, &of_subnet("a", "networkSecurityGroup")), "g");
    assert_eq!(imported.report.found, 5);
}

#[test]
fn before_is_what_is_there() {
    let mut values = group("g");
    values["security_rule"] = json!([]);
    let change = |address: &str, before: Json, after: Json| {
        let (kind, name) = address.split_once('.').expect("an address");
        json!({"address": address, "mode": "managed", "type": kind, "name": name,
            "change": {"before": before, "after": after}})
    };
    let plan = json!({"terraform_version": "1.9.5", "resource_changes": [
        change("azurerm_network_security_group.g", values, Json::Null),
        change("azurerm_route_table.t", Json::Null, group("t")),
    ]});
    let families = |side| -> Vec<String> {
        imported(&plan, side).network.entries().iter().map(|entry| entry.key.to_string()).collect()
    };
    assert_eq!(families(Side::Before), ["networkSecurityGroups"]);
    assert_eq!(families(Side::After), ["routeTables"]);
}

#[test]
fn attributes_that_no_rule_reads_are_reported_and_put_it_in_doubt() {
    let mut values = group("t");
    values["wormhole_enabled"] = json!(true);
    values["warp_enabled"] = json!(false);
    let imported = imported(&plan(&[("azurerm_route_table.t", values)], &json!({})), Side::After);
    let reported: Vec<&str> = imported.report.of(Use::NotModelled).filter_map(|one| one.property.as_deref()).collect();
    assert_eq!(reported, ["azurerm wormhole_enabled"]);
    let doubt = at(&imported, &["routeTables", "t", crate::scenario::NOT_MODELLED_KEY]);
    assert_eq!(doubt.items().len(), 1);
}

#[test]
fn bodies_of_azapi_are_arm_already() {
    let parent = json!({"references": ["azurerm_resource_group.rg.id", "azurerm_resource_group.rg"]});
    let subnet = r#"{"properties": {"subnets": [{"name": "a", "properties": {"addressPrefix": "10.0.0.0/24"}}]}}"#;
    let mut whole = plan(
        &[("azurerm_resource_group.rg", json!({"name": "rg"}))],
        &json!({"resources": [
        {"mode": "managed", "type": "azapi_resource", "name": "n", "expressions": {"parent_id": parent}}]}),
    );
    let resources = whole["planned_values"]["root_module"]["resources"].as_array_mut().expect("a list");
    resources.push(json!({"address": "azapi_resource.n", "mode": "managed", "type": "azapi_resource", "name": "n",
        "values": {"type": "Microsoft.Network/virtualNetworks@2023-11-01", "name": "net", "location": "westeurope",
            "body": {"properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}}}}));
    resources.push(json!({"address": "azapi_resource.t", "mode": "managed", "type": "azapi_resource", "name": "t",
        "values": {"type": "Microsoft.Network/virtualNetworks@2023-11-01", "name": "net", "body": subnet,
            "parent_id": "/subscriptions/s/resourceGroups/rg"}}));
    let imported = imported(&whole, Side::After);
    assert_eq!(text(&imported, &of_subnet("a", "addressPrefix")), "10.0.0.0/24");
    assert_eq!(imported.report.of(Use::NotModelled).count(), 0);
}

/// A gateway of which no name but its own is known: names by references in the configuration.
fn gateway(settings: &Json, listener: &Json) -> Imported {
    let mut values = group("gw");
    values["gateway_ip_configuration"] = json!([{"subnet_id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/net/subnets/gw"}]);
    values["frontend_ip_configuration"] = json!([{}]);
    values["backend_http_settings"] = settings.clone();
    values["http_listener"] = json!([{"protocol": "Http"}]);
    values["request_routing_rule"] = json!([{"name": "r", "rule_type": "Basic"}]);
    let local = |name: &str| json!({"references": [format!("local.{name}")]});
    let named = |names: &[&str]| names.iter().map(|name| json!({"name": local(name)})).collect::<Vec<Json>>();
    let expressions = json!({
        "gateway_ip_configuration": named(&["ip"]),
        "frontend_ip_configuration": named(&["front"]),
        "backend_http_settings": named(&["settings", "settings"]),
        "http_listener": [{"name": local("listener"), "frontend_ip_configuration_name": listener}],
        "request_routing_rule": [{
            "http_listener_name": local("listener"), "backend_http_settings_name": local("settings"),
        }],
    });
    let resources =
        [network(), ("azurerm_subnet.gw", subnet("gw", "10.0.0.0/24")), ("azurerm_application_gateway.gw", values)];
    let module = json!({"resources": [configuration("azurerm_application_gateway", "gw", &expressions)]});
    imported(&plan(&resources, &module), Side::After)
}

#[test]
fn blocks_without_known_names_have_names_that_meet() {
    let two = json!([{"port": 80}, {"port": 81}]);
    let all = gateway(&two, &json!({"references": ["local.front"]}));
    let gw = |rest: &[&'static str]| {
        ["applicationGateways", "gw"].into_iter().chain(rest.iter().copied()).collect::<Vec<_>>()
    };
    assert_eq!(text(&all, &gw(&["gatewayIPConfigurations", "local.ip", "subnet"])), "net/gw");
    let listener = gw(&["httpListeners", "local.listener", "frontendIPConfiguration"]);
    assert_eq!(text(&all, &listener), "local.front");
    assert_eq!(text(&all, &gw(&["requestRoutingRules", "r", "httpListener"])), "local.listener");
    // Two that would have one name are told apart, and nobody knows which of them is meant.
    assert_eq!(text(&all, &gw(&["backendHttpSettingsCollection", "local.settings.0", "port"])), "80");
    assert_eq!(text(&all, &gw(&["backendHttpSettingsCollection", "local.settings.1", "port"])), "81");
    assert!(reason(&all, &gw(&["requestRoutingRules", "r", "backendHttpSettings"])).contains("local.settings"));
    // The only one is meant, whatever stands for its name elsewhere.
    let all = gateway(&two, &json!({"references": ["local.other"]}));
    assert_eq!(text(&all, &listener), "local.front");
}

#[test]
fn a_prefix_that_is_not_known_makes_the_space_of_its_network_unknown() {
    let mut values = subnet("a", "");
    values.as_object_mut().expect("an object").remove("address_prefixes");
    let resources = [network(), ("azurerm_subnet.a", values), ("azurerm_subnet.b", subnet("b", "10.0.1.0/24"))];
    let expressions = json!({"address_prefixes": {"references": ["data.external.x.result"]}});
    let module = json!({"resources": [configuration("azurerm_subnet", "a", &expressions)]});
    let all = imported(&plan(&resources, &module), Side::After);
    assert!(reason(&all, &of_subnet("a", "addressPrefixes")).contains("data.external.x"));
    assert!(reason(&all, &["virtualNetworks", "net", "addressPrefixes"]).contains("data.external.x"));
    assert_eq!(at(&all, &of_subnet("b", "addressPrefixes")).items()[0].as_str(), Some("10.0.1.0/24"));
}

/// A plan of one resource that is made, with what is known of it only after apply.
fn made(address: &str, values: Json, unknown: &Json) -> Imported {
    let (kind, name) = address.split_once('.').expect("an address");
    let module = json!({"resources": [configuration(kind, name, &json!({}))]});
    let mut plan = plan(&[network(), (address, values)], &module);
    plan["resource_changes"] =
        json!([{"address": address, "change": {"actions": ["create"], "after_unknown": unknown}}]);
    imported(&plan, Side::After)
}

fn is_in_doubt(imported: &Imported, path: &[&str], about: &str) -> bool {
    let told = at(imported, path).get("$notModelled").map(Node::items).unwrap_or_default();
    let reported =
        imported.report.of(Use::NotModelled).any(|one| one.property.as_deref().is_some_and(|own| own.contains(about)));
    reported && told.iter().any(|one| one.as_str().is_some_and(|text| text.contains(about)))
}

#[test]
fn dynamic_blocks_of_unknown_number_put_it_in_doubt() {
    let policy = json!({"name": "rules", "firewall_policy_id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/firewallPolicies/p",
        "priority": 100, "network_rule_collection": [{"name": "some", "priority": 100, "action": "Allow"}]});
    let address = "azurerm_firewall_policy_rule_collection_group.rules";
    let path = ["firewallPolicies", "p", "ruleCollectionGroups", "rules"];
    // All of a list, and a list in a block.
    for (unknown, about) in [
        (json!({"application_rule_collection": true}), "application_rule_collection"),
        (json!({"network_rule_collection": [{"rule": true}]}), "network_rule_collection[0].rule"),
    ] {
        assert!(is_in_doubt(&made(address, policy.clone(), &unknown), &path, about), "{about}");
        assert!(!is_in_doubt(&made(address, policy.clone(), &json!({})), &path, about), "{about}");
    }
}

#[test]
fn what_azure_fills_in_is_empty_but_a_block_without_anything_stands_for_any_number() {
    let address = "azurerm_network_security_group.web";
    let path = ["networkSecurityGroups", "web"];
    let left_out = made(address, group("web"), &json!({"security_rule": true}));
    assert!(!is_in_doubt(&left_out, &path, "security_rule"));
    for block in [json!({}), json!(null)] {
        let mut values = group("web");
        values["security_rule"] = json!([block]);
        let unknown = json!({"security_rule": [{"access": true, "name": true, "priority": true}]});
        let dynamic = made(address, values, &unknown);
        assert!(is_in_doubt(&dynamic, &path, "security_rule"));
        assert!(at(&dynamic, &path).get("securityRules").is_none());
    }
}

#[test]
fn a_value_in_a_dynamic_block_that_is_known_only_after_apply_is_unknown() {
    let mut values = group("web");
    values["security_rule"] = json!([{"name": "in", "priority": 100, "access": "Allow", "direction": "Inbound",
        "protocol": "Tcp", "destination_port_range": "443", "destination_address_prefix": "*"}]);
    let unknown = json!({"security_rule": [{"source_address_prefix": true}]});
    let imported = made("azurerm_network_security_group.web", values, &unknown);
    let why = reason(&imported, &["networkSecurityGroups", "web", "securityRules", "in", "sourceAddressPrefix"]);
    assert!(why.contains("known only after apply"), "{why}");
}
