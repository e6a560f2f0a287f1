//! Templates, from their text to the network that they make.

use super::{
    Parameters, Template, arm,
    value::Trees,
    world::{Frame, Place, World},
};
use crate::{
    diagnostic::{Diagnostics, Source, Sources},
    import::{Imported, report::Report},
    report,
    scenario::tree::{Node, Value as Tree},
};
use serde_json::{Value, json as made};
use std::collections::HashMap;

/// A tree as JSON; what is unknown as `{"$unknown": reason}`.
fn tree(node: &Node) -> Value {
    match &node.value {
        Tree::Null => Value::Null,
        Tree::Scalar { text, plain: true } => serde_json::from_str(text).expect("a number or a word"),
        Tree::Scalar { text, .. } => (&**text).into(),
        Tree::Unknown { reason, .. } => made!({ "$unknown": reason }),
        Tree::List(items) => items.iter().map(tree).collect(),
        Tree::Map(map) => {
            Value::Object(map.entries.iter().map(|one| (one.key.to_string(), tree(&one.value))).collect())
        }
    }
}

pub(super) fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// The value of an expression in an empty template.
pub(super) fn evaluated(expression: &str) -> Value {
    let text = serde_json::to_string(&format!("[{expression}]")).expect("a string");
    let (mut sources, mut diagnostics, mut report) = (Sources::default(), Diagnostics::default(), Report::default());
    let id = sources.add(Source::new("t.json", text));
    let mut none = |_: &str, _: &str| None;
    let mut world = World::new(&mut sources, &mut none, &mut report, &mut diagnostics);
    let term = world.parsed(id).expect("JSON");
    let frame = world.frame(Frame {
        template: term.clone(),
        source: id,
        given: HashMap::new(),
        known: HashMap::new(),
        scope: super::deployments::nowhere(term.span),
        name: term.clone(),
        depth: 0,
        symbols: HashMap::new(),
    });
    let value = world.evaluate(&term, &Place::of(frame));
    tree(&Trees { left: 10_000 }.node(&value))
}

fn import(template: &Value, parameters: &[(&str, &str)]) -> (Imported, Value, Diagnostics) {
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let text = sources.add(Source::new("t.json", template.to_string()));
    let given: Vec<Parameters> = parameters
        .iter()
        .map(|(name, value)| Parameters::Value((*name).to_owned(), sources.add(Source::new(*name, *value))))
        .collect();
    let mut none = |_: &str, _: &str| None;
    let imported = arm(&mut sources, &[Template { text, beside: None }], &given, &mut none, &mut diagnostics);
    let network = json(&report::scenario_json(&imported.network, &sources))["network"].take();
    (imported, network, diagnostics)
}

fn names(network: &Value, family: &str) -> Vec<String> {
    network[family].as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default()
}

fn vnet(name: &str) -> Value {
    made!({"type": "Microsoft.Network/virtualNetworks", "apiVersion": "2023-04-01", "name": name,
        "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}})
}

fn with(mut resource: Value, key: &str, value: Value) -> Value {
    resource[key] = value;
    resource
}

#[test]
fn an_unknown_name_is_the_same_wherever_it_is_written() {
    let template = made!({
    "parameters": {"vnetName": {"type": "string"}},
    "resources": [
        vnet("[toLower(concat(parameters('vnetName'), '-HUB'))]"),
        {"type": "Microsoft.Network/virtualNetworks/subnets", "name": "[concat(toLower(concat(parameters('vnetName'), '-hub')), '/app')]",
            "properties": {"addressPrefix": "10.0.1.0/24"}},
        {"type": "Microsoft.Network/networkInterfaces", "name": "nic", "properties": {"ipConfigurations": [{"name": "one", "properties": {
            "subnet": {"id": "[resourceId('Microsoft.Network/virtualNetworks/subnets', toLower(format('{0}-hub', parameters('vnetName'))), 'app')]"}}}]}}
    ]});
    let (_, network, diagnostics) = import(&template, &[]);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(names(&network, "virtualNetworks"), ["vnetname()-hub"]);
    assert_eq!(network["networkInterfaces"]["nic"]["ipConfigurations"]["one"]["subnet"], "vnetname()-hub/app");
    let (_, network, _) = import(&template, &[("vnetName", "Main")]);
    assert_eq!(names(&network, "virtualNetworks"), ["main-hub"]);
}

#[test]
fn conditions_and_counts() {
    let resources = made!([
        with(vnet("there"), "condition", made!("[parameters('yes')]")),
        with(vnet("absent"), "condition", made!("[not(parameters('yes'))]")),
        with(vnet("perhaps"), "condition", made!("[parameters('whoKnows')]")),
        with(vnet("[concat('many', copyIndex(1))]"), "copy", made!({"name": "c", "count": 3})),
        with(vnet("[concat('some', copyIndex())]"), "copy", made!({"name": "d", "count": "[parameters('howMany')]"})),
    ]);
    let parameters = made!({"yes": {"type": "bool", "defaultValue": true}, "whoKnows": {"type": "bool"}, "howMany": {"type": "int"}});
    let (imported, network, _) = import(&made!({"parameters": parameters, "resources": resources}), &[]);
    assert_eq!(names(&network, "virtualNetworks"), ["there", "perhaps", "many1", "many2", "many3", "some0"]);
    assert_eq!(network["virtualNetworks"]["perhaps"]["$notModelled"], made!(["unknownCondition"]));
    assert_eq!(network["virtualNetworks"]["some0"]["$notModelled"], made!(["copy"]));
    let told: Vec<&str> = imported
        .report
        .unused
        .iter()
        .filter(|one| one.property.as_deref().is_some_and(|key| ["condition", "unknownCondition"].contains(&key)))
        .map(|one| one.resource.as_str())
        .collect();
    assert_eq!(told, ["virtualNetworks/absent", "virtualNetworks/perhaps"]);
}

#[test]
fn nested_deployments_see_their_own_parameters_or_those_around_them() {
    let inner = |scope: &str, name: &str| {
        made!({"type": "Microsoft.Resources/deployments", "name": name, "properties": {
        "expressionEvaluationOptions": {"scope": scope},
        "parameters": {"name": {"value": "[concat('inner-', parameters('name'))]"}},
        "template": {
            "parameters": {"name": {"type": "string"}},
            "resources": [vnet("[parameters('name')]")],
            "outputs": {"id": {"type": "string", "value": "[resourceId('Microsoft.Network/virtualNetworks', parameters('name'))]"}}
        }}})
    };
    let peering = made!({"type": "Microsoft.Network/virtualNetworks/virtualNetworkPeerings", "name": "x/to-it",
        "properties": {"remoteVirtualNetwork": {"id": "[reference('second').outputs.id.value]"}}});
    let template = made!({"parameters": {"name": {"type": "string", "defaultValue": "x"}},
        "resources": [peering, inner("outer", "first"), inner("inner", "second")]});
    let (_, network, diagnostics) = import(&template, &[]);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(names(&network, "virtualNetworks"), ["x", "inner-x"]);
    assert_eq!(network["virtualNetworks"]["x"]["virtualNetworkPeerings"]["to-it"]["remoteVirtualNetwork"], "inner-x");
}

#[test]
fn a_resource_of_another_group_is_not_the_one_of_the_same_name_here() {
    let peering = made!({"type": "Microsoft.Network/virtualNetworks/virtualNetworkPeerings", "name": "x/away", "properties": {
        "remoteVirtualNetwork": {"id": "[resourceId('elsewhere', 'Microsoft.Network/virtualNetworks', 'x')]"}}});
    let (_, network, _) = import(&made!({"resources": [vnet("x"), peering]}), &[]);
    let remote =
        &network["virtualNetworks"]["resourceGroup()/x"]["virtualNetworkPeerings"]["away"]["remoteVirtualNetwork"];
    assert_eq!(
        remote,
        "/subscriptions/subscription()/resourceGroups/elsewhere/providers/Microsoft.Network/virtualNetworks/x"
    );
}

#[test]
fn values_that_nobody_knows_say_why() {
    let rule = made!({"name": "r", "properties": {"priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "*",
        "sourceAddressPrefix": "[parameters('adminIp')]", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "22"}});
    let group = made!({"type": "Microsoft.Network/networkSecurityGroups", "name": "g", "location": "[resourceGroup().location]",
        "properties": {"securityRules": "[concat(createArray(variables('rule')), variables('none'))]"}});
    let template = made!({"parameters": {"adminIp": {"type": "string"}}, "variables": {"rule": rule, "none": []}, "resources": [group]});
    let (_, network, _) = import(&template, &[]);
    let source = &network["networkSecurityGroups"]["g"]["securityRules"]["r"]["sourceAddressPrefix"];
    assert_eq!(source["$unknown"], "parameter adminIp has no value");
    assert!(source["at"].as_str().expect("a place").starts_with("t.json:1:"));
}

#[test]
fn an_unknown_list_of_rules_is_told() {
    let group = made!({"type": "Microsoft.Network/networkSecurityGroups", "name": "g",
        "properties": {"securityRules": "[parameters('rules')]"}});
    let (imported, network, _) =
        import(&made!({"parameters": {"rules": {"type": "array"}}, "resources": [group]}), &[]);
    assert_eq!(network["networkSecurityGroups"]["g"]["$notModelled"], made!(["securityRules"]));
    assert!(imported.report.incomplete());
    let rules = r#"[{"name": "a", "properties": {"priority": 100}}]"#;
    let template = made!({"parameters": {"rules": {"type": "array"}}, "resources": [group]});
    let (_, network, _) = import(&template, &[("rules", rules)]);
    assert_eq!(network["networkSecurityGroups"]["g"]["securityRules"]["a"]["priority"], 100);
}

#[test]
fn a_value_for_no_parameter_is_refused() {
    let template = made!({"parameters": {"location": {"type": "string"}}, "resources": [vnet("x")]});
    let (_, _, diagnostics) = import(&template, &[("loction", "westeurope")]);
    let found: Vec<_> = diagnostics.iter().map(|one| (one.code, one.help.as_deref())).collect();
    assert_eq!(found, [("unknown-parameter", Some("did you mean `location`?"))]);
}

#[test]
fn templates_without_end_end() {
    let doubling: serde_json::Map<String, Value> = (1..200)
        .map(|n| (format!("v{n}"), made!([format!("[variables('v{}')]", n - 1), format!("[variables('v{}')]", n - 1)])))
        .chain([("v0".to_owned(), made!("x"))])
        .collect();
    let growing: serde_json::Map<String, Value> = (1..200)
        .map(|n| (format!("w{n}"), made!(format!("[concat(variables('w{}'), variables('w{}'))]", n - 1, n - 1))))
        .chain([("w0".to_owned(), made!("x"))])
        .collect();
    let variables: serde_json::Map<String, Value> = doubling.into_iter().chain(growing).collect();
    let variables = with(Value::Object(variables), "self", made!("[variables('self')]"));
    let again = made!({"type": "Microsoft.Resources/deployments", "name": "again", "properties": {
        "template": "[deployment().properties.template]", "expressionEvaluationOptions": {"scope": "inner"}}});
    let resources = made!([
        with(vnet("a"), "tags", made!({"t": "[variables('v199')]"})),
        with(vnet("b"), "tags", made!({"t": "[length(variables('v199'))]", "u": "[string(variables('v199'))]"})),
        with(vnet("c"), "location", made!("[variables('w199')]")),
        with(vnet("d"), "location", made!("[variables('self')]")),
        with(
            vnet("e"),
            "location",
            made!(
                "[reduce(range(0, 99), 0, lambda('a', 'b', createArray(lambdaVariables('a'), lambdaVariables('a'))))]"
            )
        ),
        again
    ]);
    let (_, network, _) = import(&made!({"variables": variables, "resources": resources}), &[]);
    assert_eq!(names(&network, "virtualNetworks"), ["a", "b", "c", "d", "e"]);
}

#[test]
fn a_template_that_is_not_here_puts_what_it_is_told_of_in_doubt() {
    let link = made!({"type": "Microsoft.Resources/deployments", "name": "update", "properties": {
        "templateLink": {"relativePath": "away.json"},
        "parameters": {"virtualNetworkName": {"value": "[variables('hub')]"}, "prefix": {"value": "10.0.0.0/16"}}}});
    let template = made!({"variables": {"hub": "Hub"}, "resources": [vnet("hub"), vnet("spoke"), link]});
    let (imported, network, diagnostics) = import(&template, &[]);
    assert!(diagnostics.iter().any(|one| one.code == "linked-template-not-found"), "{diagnostics:?}");
    assert_eq!(network["virtualNetworks"]["hub"]["$notModelled"], made!(["templateLink"]));
    assert!(network["virtualNetworks"]["spoke"].get("$notModelled").is_none());
    assert!(imported.report.incomplete());
}

#[test]
fn a_child_by_itself_is_all_that_is_said_of_it() {
    let route = |hop: Value| with(made!({"name": "out"}), "properties", hop);
    let table = made!({"type": "Microsoft.Network/routeTables", "name": "rt", "properties": {"routes": [route(made!({
        "addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.0.4"}))]}});
    let child = made!({"type": "Microsoft.Network/routeTables/routes", "name": "rt/out",
        "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}});
    let (_, network, _) = import(&made!({"resources": [table, child]}), &[]);
    let route = &network["routeTables"]["rt"]["routes"]["out"];
    assert_eq!(route["nextHopType"], "Internet");
    assert!(route.get("nextHopIpAddress").is_none(), "{route}");
}

#[test]
fn services_of_one_name_keep_their_types() {
    let service = |kind: &str| made!({"type": kind, "name": "x", "properties": {}});
    let endpoint = made!({"type": "Microsoft.Network/privateEndpoints", "name": "pe", "properties": {
        "privateLinkServiceConnections": [{"name": "c", "properties": {"groupIds": ["sqlServer"],
            "privateLinkServiceId": "[resourceId('Microsoft.Sql/servers', 'x')]"}}]}});
    let of = |resources: Value| {
        let (_, network, _) = import(&made!({ "resources": resources }), &[]);
        network["privateEndpoints"]["pe"]["privateLinkServiceConnections"]["c"]["privateLinkServiceId"].clone()
    };
    let (sql, storage) = (service("Microsoft.Sql/servers"), service("Microsoft.Storage/storageAccounts"));
    assert_eq!(of(made!([sql, endpoint])), "x");
    assert!(of(made!([sql, storage, endpoint])).as_str().is_some_and(|id| id.ends_with("Microsoft.Sql/servers/x")));
}

#[test]
fn what_azure_fills_in_is_unknown_but_a_firewalls_address_is_the_first_of_its_subnet() {
    let id = |name: &str| format!("[resourceId('Microsoft.Network/virtualNetworks/subnets', 'v', '{name}')]");
    let at = |name: &str| made!([{"name": "one", "properties": {"subnet": {"id": id(name)}, "privateIPAddress": ""}}]);
    let network = with(
        vnet("v"),
        "properties",
        made!({"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": [
        {"name": "AzureFirewallSubnet", "properties": {"addressPrefix": "10.0.1.0/24"}},
        {"name": "app", "properties": {"addressPrefix": "10.0.2.0/24"}}]}),
    );
    let made_of = |kind: &str, name: &str, subnet: &str| made!({"type": kind, "name": name, "properties": {"ipConfigurations": at(subnet)}});
    let route = |name: &str, kind: &str, to: &str| {
        let hop = format!("[reference(resourceId('{kind}', '{to}')).ipConfigurations[0].properties.privateIPAddress]");
        made!({"name": name, "properties": {
            "addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": hop}})
    };
    let table = made!({"type": "Microsoft.Network/routeTables", "name": "rt", "properties": {"routes": [
        route("firewall", "Microsoft.Network/azureFirewalls", "fw"),
        route("machine", "Microsoft.Network/networkInterfaces", "nic")]}});
    let resources = made!([
        network,
        made_of("Microsoft.Network/azureFirewalls", "fw", "AzureFirewallSubnet"),
        made_of("Microsoft.Network/networkInterfaces", "nic", "app"),
        table
    ]);
    let (_, network, _) = import(&made!({ "resources": resources }), &[]);
    let routes = &network["routeTables"]["rt"]["routes"];
    assert_eq!(routes["firewall"]["nextHopIpAddress"], "10.0.1.4");
    let reason = routes["machine"]["nextHopIpAddress"]["$unknown"].as_str().expect("unknown");
    assert!(reason.contains("it is known once it is deployed"), "{reason}");
}

#[test]
fn a_configuration_without_a_subnet_stands_beside_the_other_one_in_doubt() {
    let subnet = made!({"id": "[resourceId('Microsoft.Network/virtualNetworks/subnets', 'v', 'app')]"});
    let nic = made!({"type": "Microsoft.Network/networkInterfaces", "name": "nic", "properties": {
        "networkSecurityGroup": {"id": null},
        "ipConfigurations": [
            {"name": "four", "properties": {"subnet": subnet, "primary": true}},
            {"name": "six", "properties": {"privateIPAddressVersion": "IPv6"}}]}});
    let network = with(
        vnet("v"),
        "properties",
        made!({"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
        "subnets": [{"name": "app", "properties": {"addressPrefix": "10.0.2.0/24"}}]}),
    );
    let (_, network, _) = import(&made!({"resources": [network, nic]}), &[]);
    let nic = &network["networkInterfaces"]["nic"];
    assert_eq!(nic["ipConfigurations"]["six"]["subnet"], "v/app");
    assert_eq!(nic["ipConfigurations"]["six"]["$notModelled"], made!(["subnet"]));
    assert!(nic.get("networkSecurityGroup").is_none(), "{nic}");
}

/// A nested deployment of one resource, after others.
fn deployment(name: &str, after: &[&str], resources: &Value) -> Value {
    made!({
        "type": "Microsoft.Resources/deployments", "name": name, "apiVersion": "2022-09-01", "dependsOn": after,
        "properties": {"mode": "Incremental", "template": {"resources": resources}},
    })
}

fn with_subnets(names: &[&str]) -> Value {
    let subnet =
        |(at, name): (usize, &&str)| made!({"name": name, "properties": {"addressPrefix": format!("10.0.{at}.0/24")}});
    let subnets: Vec<Value> = names.iter().enumerate().map(subnet).collect();
    let mut network = vnet("net");
    network["properties"]["subnets"] = Value::Array(subnets);
    network
}

/// Names of the subnets of the one network, and its DNS servers.
fn left_of(resources: &Value) -> (Vec<String>, Value) {
    let (_, network, _) = import(&made!({ "resources": resources }), &[]);
    let network = &network["virtualNetworks"]["net"];
    let subnets = network["subnets"].as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default();
    (subnets, network["dhcpOptions"].clone())
}

#[test]
fn a_network_that_is_deployed_again_is_as_the_last_deployment_has_it() {
    let mut first = with_subnets(&["a", "b"]);
    first["properties"]["dhcpOptions"] = made!({"dnsServers": ["10.0.0.4"]});
    // Without a list of subnets they stay; everything else is replaced.
    let again = deployment("again", &["net"], &made!([vnet("net")]));
    assert_eq!(left_of(&made!([first, again])), (vec!["a".to_owned(), "b".to_owned()], Value::Null));
    // A list is all of them, wherever the deployment is written.
    let again = deployment("again", &["net"], &made!([with_subnets(&["b", "c"])]));
    let (subnets, _) = left_of(&made!([again, first]));
    assert_eq!(subnets, ["b", "c"]);
    // A subnet that was deployed by itself in between is gone, too.
    let alone = made!({
        "type": "Microsoft.Network/virtualNetworks/subnets", "name": "net/alone", "dependsOn": ["net"],
        "properties": {"addressPrefix": "10.0.9.0/24"},
    });
    let again = deployment("again", &["net/alone"], &made!([with_subnets(&["b", "c"])]));
    let (subnets, _) = left_of(&made!([first, alone, again]));
    assert_eq!(subnets, ["b", "c"]);
    // Deployed later, it is one more.
    let again = deployment("again", &["net"], &made!([with_subnets(&["b", "c"])]));
    let alone = with(alone, "dependsOn", made!(["again"]));
    let (subnets, _) = left_of(&made!([alone, first, again]));
    assert_eq!(subnets, ["b", "c", "alone"]);
}

#[test]
fn a_child_by_itself_is_all_that_is_said_of_it_wherever_it_stands() {
    let mut network = with_subnets(&["a"]);
    network["properties"]["subnets"][0]["properties"]["privateEndpointNetworkPolicies"] = made!("Enabled");
    let child = made!({
        "type": "Microsoft.Network/virtualNetworks/subnets", "name": "net/a", "dependsOn": ["net"],
        "properties": {"addressPrefix": "10.0.7.0/24"},
    });
    for resources in [made!([child, network]), made!([network, child])] {
        let (_, network, _) = import(&made!({ "resources": resources }), &[]);
        let subnet = &network["virtualNetworks"]["net"]["subnets"]["a"];
        assert_eq!(subnet["addressPrefix"], "10.0.7.0/24");
        assert!(subnet.get("privateEndpointNetworkPolicies").is_none(), "{subnet}");
    }
}
