//! Exports to trees.

use super::*;
use crate::{
    diagnostic::Source,
    scenario::tree::{Node, Value},
};

const NETWORK: &str = "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network";

/// An import of texts without problems.
fn imported(texts: &[&str]) -> Imported {
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let ids: Vec<SourceId> = texts.iter().map(|text| sources.add(Source::new("export.json", *text))).collect();
    let imported = az(&sources, &ids, &mut diagnostics);
    assert_eq!(diagnostics.iter().count(), 0, "{diagnostics:?}");
    imported
}

/// Names in a map under `network`.
fn names(imported: &Imported, family: &str) -> Vec<String> {
    let entries = imported.network.get(family).map(Node::entries).unwrap_or_default();
    entries.iter().map(|entry| entry.key.to_string()).collect()
}

/// A value by its path below `network`.
fn at<'n>(imported: &'n Imported, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(&imported.network, |node, key| node.get(key))
}

fn text<'n>(imported: &'n Imported, path: &[&str]) -> &'n str {
    at(imported, path).and_then(Node::as_str).unwrap_or_default()
}

#[test]
fn one_many_pages_and_rows_are_resources() {
    let group = format!(r#"{{"id": "{NETWORK}/networkSecurityGroups/web", "name": "web"}}"#);
    let row = group.replace("networkSecurityGroups", "networksecuritygroups");
    let texts = [
        group.clone(),
        format!("[{group}]"),
        format!(r#"{{"value": [{group}], "nextLink": null}}"#),
        format!(r#"{{"count": 1, "data": [{row}], "skip_token": null}}"#),
        format!(r#"{{"resources": [{group}]}}"#),
        format!(
            r#"{{"networkSecurityGroups": [{{"name": "web", "location": "x"}}], "nested": {{"value": [{group}]}}}}"#
        ),
        r#"[{"type": "Microsoft.Network/networkSecurityGroups", "name": "web", "resourceGroup": "rg"}]"#.to_owned(),
    ];
    for text in &texts {
        assert_eq!(names(&imported(&[text]), "networkSecurityGroups"), ["web"], "{text}");
    }
}

#[test]
fn children_that_stand_by_themselves_find_their_parent() {
    let subnet = format!(
        r#"{{"id": "{NETWORK}/virtualNetworks/hub/subnets/app", "name": "app", "addressPrefix": "10.0.1.0/24",
            "routeTable": {{"id": "{NETWORK}/routeTables/rt"}}}}"#
    );
    let network = format!(
        r#"{{"id": "{NETWORK}/virtualNetworks/HUB", "name": "HUB", "properties": {{"addressSpace": {{"addressPrefixes":
            ["10.0.0.0/16"]}}, "subnets": [{{"name": "app", "properties": {{"addressPrefix": "10.0.9.0/24"}}}}]}}}}"#
    );
    let route =
        format!(r#"{{"id": "{NETWORK}/routeTables/rt/routes/out", "name": "out", "addressPrefix": "0.0.0.0/0"}}"#);
    for texts in [[&subnet, &network, &route], [&route, &network, &subnet]] {
        let imported = imported(&texts.map(String::as_str));
        let app = ["virtualNetworks", "hub", "subnets", "app"];
        assert_eq!(text(&imported, &[&app[..], &["addressPrefix"]].concat()), "10.0.1.0/24");
        assert_eq!(text(&imported, &[&app[..], &["routeTable"]].concat()), "rt");
        assert_eq!(text(&imported, &["routeTables", "rt", "routes", "out", "addressPrefix"]), "0.0.0.0/0");
    }
}

#[test]
fn names_are_as_long_as_they_must_be() {
    let table = |subscription: &str, group: &str, name: &str| {
        let id = format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/routeTables/{name}"
        );
        format!(r#"{{"id": "{id}", "name": "{name}"}}"#)
    };
    let of = |tables: &[String]| names(&imported(&[&format!("[{}]", tables.join(","))]), "routeTables");
    assert_eq!(of(&[table("s1", "a", "rt"), table("s1", "b", "other")]), ["rt", "other"]);
    assert_eq!(of(&[table("s1", "a", "rt"), table("s1", "b", "RT")]), ["a/rt", "b/RT"]);
    assert_eq!(of(&[table("s1", "a", "rt"), table("s2", "a", "rt")]), ["s1/a/rt", "s2/a/rt"]);
    assert_eq!(of(&[table("s1", "a", "rt"), table("S1", "A", "rt")]), ["rt"]);
}

#[test]
fn a_reference_elsewhere_does_not_lead_to_a_namesake() {
    let other = NETWORK.replace("/rg/", "/other/");
    let nic = format!(
        r#"[{{"id": "{NETWORK}/networkSecurityGroups/web", "name": "web"}},
            {{"id": "{NETWORK}/networkInterfaces/nic", "name": "nic", "networkSecurityGroup": {{"id": "{other}/networkSecurityGroups/web"}}}}]"#
    );
    let imported = imported(&[&nic]);
    assert_eq!(names(&imported, "networkSecurityGroups"), ["rg/web"]);
    let reference = text(&imported, &["networkInterfaces", "nic", "networkSecurityGroup"]);
    assert_eq!(reference, format!("{other}/networkSecurityGroups/web"));
}

#[test]
fn a_network_that_is_only_named_has_an_unknown_space() {
    let nic = format!(
        r#"{{"id": "{NETWORK}/networkInterfaces/nic", "name": "nic", "ipConfigurations": [{{"name": "a",
            "privateIPAddress": "10.0.0.4", "subnet": {{"id": "{NETWORK}/virtualNetworks/far/subnets/app"}}}}]}}"#
    );
    let imported = imported(&[&nic]);
    let space = at(&imported, &["virtualNetworks", "far", "addressPrefixes"]).map(|node| &node.value);
    assert!(matches!(space, Some(Value::Unknown { .. })), "{space:?}");
    assert_eq!(text(&imported, &["networkInterfaces", "nic", "ipConfigurations", "a", "subnet"]), "far/app");
}

#[test]
fn a_machine_sends_from_its_primary_interface() {
    let nic = |name: &str, primary: bool| {
        format!(r#"{{"id": "{NETWORK}/networkInterfaces/{name}", "properties": {{"primary": {primary}}}}}"#)
    };
    let compute = NETWORK.replace("Microsoft.Network", "Microsoft.Compute");
    let machine = format!(
        r#"{{"id": "{compute}/virtualMachines/vm", "name": "vm", "properties": {{"networkProfile": {{"networkInterfaces":
            [{}, {}]}}}}}}"#,
        nic("second", false),
        nic("first", true)
    );
    let imported = imported(&[&machine]);
    let interfaces =
        at(&imported, &["virtualMachines", "vm", "networkInterfaces"]).map(Node::items).unwrap_or_default();
    let names: Vec<&str> =
        interfaces.iter().filter_map(Node::as_str).map(|id| id.rsplit('/').next().unwrap()).collect();
    assert_eq!(names, ["first", "second"]);
}

#[test]
fn an_expression_of_a_template_is_not_known() {
    let template = r#"{"template": {"resources": [{"type": "Microsoft.Network/routeTables", "name": "rt", "properties":
        {"routes": [{"name": "r", "properties": {"addressPrefix": "[parameters('p')]", "nextHopType": "None"}}]}},
        {"type": "Microsoft.Network/routeTables", "name": "[parameters('n')]"}]}}"#;
    let imported = imported(&[template]);
    let prefix = at(&imported, &["routeTables", "rt", "routes", "r", "addressPrefix"]).map(|node| &node.value);
    assert!(matches!(prefix, Some(Value::Unknown { .. })), "{prefix:?}");
    assert_eq!(imported.report.of(Use::NotModelled).count(), 1);
}

#[test]
fn groups_are_read_off_the_view_of_security_groups() {
    let view = format!(
        r#"{{"networkInterfaces": [{{"id": "{NETWORK}/networkInterfaces/nic", "securityRuleAssociations":
            {{"networkInterfaceAssociation": {{"id": "{NETWORK}/networkInterfaces/nic", "securityRules":
            [{{"name": "ssh", "id": "{NETWORK}/networkSecurityGroups/web/securityRules/ssh", "properties": {{"priority": 100}}}}]}}}}}}]}}"#
    );
    assert_eq!(names(&imported(&[&view]), "networkInterfaces"), Vec::<String>::new(), "a group is no interface");
    let nic =
        format!(r#"{{"id": "{NETWORK}/networkInterfaces/nic", "name": "nic", "ipConfigurations": [{{"name": "a"}}]}}"#);
    let imported = imported(&[&view, &nic]);
    assert_eq!(text(&imported, &["networkSecurityGroups", "web", "securityRules", "ssh", "priority"]), "100");
    assert_eq!(text(&imported, &["networkInterfaces", "nic", "networkSecurityGroup"]), "web");
}

#[test]
fn types_of_one_name_are_told_apart_by_their_provider() {
    let texts = r#"[
        {"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/secrets", "name": "secrets"},
        {"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/backups", "name": "backups"},
        {"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/connections/mail", "name": "mail"},
        {"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataLakeStore/accounts/lake", "name": "lake"}]"#;
    let imported = imported(&[texts]);
    assert_eq!(names(&imported, "vaults"), ["secrets"]);
    assert_eq!(names(&imported, "dataLakeStoreAccounts"), ["lake"]);
    assert_eq!(names(&imported, "connections"), Vec::<String>::new());
    let harmless: Vec<&str> = imported.report.of(Use::Harmless).map(|one| one.resource.as_str()).collect();
    assert!(harmless.contains(&"vaults/backups"), "{harmless:?}");
}

#[test]
fn rules_of_services_and_records_of_zones_find_their_parent() {
    let sql = NETWORK.replace("Microsoft.Network", "Microsoft.Sql");
    let texts = format!(
        r#"[{{"id": "{sql}/servers/sales", "name": "sales", "location": "westeurope", "publicNetworkAccess": "Enabled"}},
            {{"id": "{sql}/servers/sales/firewallRules/office", "name": "office", "startIpAddress": "203.0.113.4", "endIpAddress": "203.0.113.9"}},
            {{"id": "{sql}/servers/sales/virtualNetworkRules/app", "name": "app", "properties": {{"state": "Ready",
                "virtualNetworkSubnetId": "{NETWORK}/virtualNetworks/hub/subnets/app"}}}},
            {{"id": "{NETWORK}/virtualNetworks/hub", "name": "hub", "addressSpace": {{"addressPrefixes": ["10.0.0.0/16"]}},
                "subnets": [{{"name": "app", "addressPrefix": "10.0.1.0/24"}}]}},
            {{"id": "{NETWORK}/privateDnsZones/shop.internal", "name": "shop.internal"}},
            {{"id": "{NETWORK}/privateDnsZones/shop.internal/A/db", "name": "db", "aRecords": [{{"ipv4Address": "10.0.1.9"}}], "ttl": 60}},
            {{"id": "{NETWORK}/privateDnsZones/shop.internal/SOA/@", "name": "@", "soaRecord": {{"host": "x"}}}},
            {{"id": "{NETWORK}/privateDnsZones/shop.internal/virtualNetworkLinks/hub", "name": "hub",
                "virtualNetwork": {{"id": "{NETWORK}/virtualNetworks/hub"}}, "registrationEnabled": true}}]"#
    );
    let imported = imported(&[&texts]);
    let server = ["servers", "sales"];
    assert_eq!(text(&imported, &[&server[..], &["firewallRules", "office", "endIpAddress"]].concat()), "203.0.113.9");
    let rule = [&server[..], &["virtualNetworkRules", "app", "virtualNetworkSubnetId"]].concat();
    assert_eq!(text(&imported, &rule), "hub/app");
    let zone = ["privateDnsZones", "shop.internal"];
    assert_eq!(text(&imported, &[&zone[..], &["virtualNetworkLinks", "hub", "virtualNetwork"]].concat()), "hub");
    let record = at(&imported, &[&zone[..], &["A", "db", "aRecords"]].concat()).map(Node::items).unwrap_or_default();
    assert_eq!(record.iter().filter_map(Node::as_str).collect::<Vec<_>>(), ["10.0.1.9"]);
    assert_eq!(imported.report.of(Use::NotModelled).count(), 0);
}

#[test]
fn what_a_service_keeps_for_itself_is_not_of_the_network() {
    let of = |provider: &str| NETWORK.replace("Microsoft.Network", provider);
    let texts = format!(
        r#"[{{"id": "{}/clusters/spark", "name": "spark", "properties": {{"computeProfile": {{"roles": [{{"name": "head"}}]}}}}}},
            {{"id": "{}/workspaces/notebooks", "name": "notebooks", "properties": {{"parameters": {{
                "customPublicSubnetName": {{"type": "String", "value": "public-subnet"}}}}}}}}]"#,
        of("Microsoft.HDInsight"),
        of("Microsoft.Databricks")
    );
    let imported = imported(&[&texts]);
    assert_eq!(names(&imported, "clusters"), Vec::<String>::new());
    assert_eq!(at(&imported, &["workspaces", "notebooks", "parameters", "customPublicSubnetName"]), None);
}
