//! Pictures of whole networks: shipped ones, generated ones, very large ones.
//!
//! In: scenarios, seeds. Out: a failure that names the scenario or the seed. Deliberately absent: how pictures look,
//! which is for the golden files and for people.

use crate::{
    generate::{self, Random},
    scenarios::{files_below, read, root},
};
use azreach::{
    compile::compile,
    diagnostic::{Diagnostics, Source, Sources},
    evaluate::{Question, evaluate},
    network::Network,
    report::graph,
    scenario,
    suite::{self, Asked},
    tags::ServiceTags,
    trace::Trace,
};
use std::fmt::Write as _;

/// Draws in every format, twice, and looks for what never may be.
fn drawn(what: &str, network: &Network, trace: Option<&Trace>) -> graph::Picture {
    let picture = graph::draw(what, network, trace);
    assert_eq!(picture, graph::draw(what, network, trace), "{what}: another picture of the same network");
    let svg = graph::svg(&picture);
    assert_eq!(svg, graph::svg(&picture), "{what}: another text of the same picture");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{what}");
    assert!(graph::html(&picture).contains(&svg), "{what}");
    let ids: std::collections::BTreeSet<&str> = picture
        .frames
        .iter()
        .map(|frame| frame.id.as_str())
        .chain(picture.nodes.iter().map(|node| node.id.as_str()))
        .collect();
    assert_eq!(ids.len(), picture.frames.len() + picture.nodes.len(), "{what}: an id is there twice");
    for (format, text) in [("dot", graph::dot(&picture)), ("mermaid", graph::mermaid(&picture))] {
        let all = ids.iter().filter(|id| !text.contains(*id)).collect::<Vec<_>>();
        assert!(all.is_empty(), "{what}: {format} leaves out {all:?}");
    }
    if let Some(flow) = &picture.flow {
        assert_eq!(Some(flow.verdict), trace.map(Trace::verdict), "{what}");
        let numbers: Vec<usize> = flow.there.iter().chain(&flow.back).map(|stop| stop.number).collect();
        assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>(), "{what}: stops are counted");
    }
    picture
}

/// A network from the text of its file.
pub(crate) fn asked(text: &str) -> Asked {
    let mut sources = Sources::default();
    let mut diagnostics = Diagnostics::default();
    let id = sources.add(Source::new("net.yaml", text));
    let mut nothing = |_: &str, _: &str| Err("no imports".to_owned());
    let scenario = scenario::read(&mut sources, id, &mut nothing, &mut diagnostics).expect("a scenario");
    suite::prepare(&scenario, ServiceTags::builtin(), &mut diagnostics).expect("a network")
}

fn traced(asked: &Asked, flow: &str) -> Trace {
    let question = suite::question(asked, flow, None, None, &mut Diagnostics::default()).expect("a question");
    evaluate(&asked.network, &question)
}

#[test]
fn every_shipped_scenario_can_be_drawn() {
    let mut count = 0;
    for path in files_below(&root("scenarios"), &["yaml", "yml"]) {
        let (_, scenario, mut diagnostics) = read(&path);
        let Some(scenario) = scenario.filter(|_| !diagnostics.has_errors()) else { continue };
        if let Some(asked) = suite::prepare(&scenario, ServiceTags::builtin(), &mut diagnostics) {
            let picture = drawn(&path.to_string_lossy(), &asked.network, None);
            assert!(picture.left_out.is_empty(), "{}: {:?}", path.display(), picture.left_out);
            count += 1;
        }
    }
    assert!(count >= 14, "only {count} pictures");
}

#[test]
fn generated_networks_and_flows_can_be_drawn() {
    for seed in 1..=25 {
        let mut random = Random::new(seed);
        let model = generate::network(&mut random);
        let asks = generate::asks(&model, &mut random, 2);
        let network = compile(model);
        drawn(&format!("seed {seed}"), &network, None);
        for ask in asks {
            let (sources, destinations) = (vec![ask.source], vec![ask.destination]);
            let trace = evaluate(&network, &Question { flow: ask.flow, sources, destinations, identity: None });
            drawn(&format!("seed {seed}"), &network, Some(&trace));
        }
    }
}

/// A hub with many spokes, each with many machines.
fn large(spokes: usize, machines: usize) -> String {
    let mut text = String::from("network:\n  virtualNetworks:\n");
    let mut workloads = String::from("  workloads:\n");
    let mut links = String::new();
    for spoke in 1..=spokes {
        let space = format!("10.{}.{}", spoke / 256, spoke % 256);
        let _ = writeln!(
            text,
            "    spoke-{spoke}: {{location: westeurope, addressPrefixes: [{space}.0/24], subnets: {{app: {{addressPrefix: \
             {space}.0/24}}}}, virtualNetworkPeerings: {{to-hub: {{remoteVirtualNetwork: hub}}}}}}"
        );
        let _ = write!(links, "to-{spoke}: {{remoteVirtualNetwork: spoke-{spoke}}}, ");
        for machine in 0..machines {
            let _ = writeln!(
                workloads,
                "    m-{spoke}-{machine}: {{subnet: spoke-{spoke}/app, address: {space}.{}}}",
                machine + 4
            );
        }
    }
    let _ = writeln!(
        text,
        "    hub: {{location: westeurope, addressPrefixes: [172.16.0.0/16], subnets: {{app: {{addressPrefix: \
         172.16.0.0/24}}}}, virtualNetworkPeerings: {{{links}}}}}"
    );
    text + &workloads
}

#[test]
fn what_is_too_much_is_counted_and_the_flow_is_drawn_all_the_same() {
    let asked = asked(&large(3, 60));
    let trace = traced(&asked, "m-2-59 -> m-2-1 tcp/443");
    let picture = drawn("three spokes", &asked.network, Some(&trace));
    assert!(picture.nodes.iter().any(|node| node.name == "m-2-59"), "the flow's own machine");
    assert_eq!(picture.left_out, ["20 machines of app", "19 machines of app", "20 machines of app"]);
    let flow = picture.flow.as_ref().expect("a flow");
    assert_eq!(flow.there.iter().map(|stop| picture.name(stop.at)).collect::<Vec<_>>(), ["m-2-59", "m-2-1"]);
}

#[test]
fn hundreds_of_networks_are_drawn_in_part() {
    let asked = asked(&large(260, 3));
    let trace = traced(&asked, "m-255-1 -> m-260-1 tcp/443");
    let picture = drawn("260 spokes", &asked.network, Some(&trace));
    assert!(picture.left_out.iter().any(|line| line == "61 virtual networks"), "{:?}", picture.left_out);
    assert!(picture.frames.iter().any(|frame| frame.name == "hub" && frame.hub));
    assert!(picture.frames.iter().any(|frame| frame.name == "spoke-255"), "the flow's own network");
    assert!(graph::svg(&picture).contains("Left out: 61 virtual networks"));
}

const SERVICES: &str = "
network:
  virtualNetworks:
    vnet:
      location: westeurope
      addressPrefixes: [10.0.0.0/16]
      subnets:
        app: {addressPrefix: 10.0.1.0/24, networkSecurityGroup: nsg, serviceEndpoints: [Microsoft.Storage], natGateway: nat}
        links: {addressPrefix: 10.0.2.0/24}
        kafka: {addressPrefix: 10.0.3.0/24}
  networkSecurityGroups:
    nsg:
      securityRules:
        no-web: {priority: 100, direction: Outbound, access: Deny, protocol: Tcp, sourceAddressPrefix: '*', sourcePortRange: '*', destinationAddressPrefix: Internet, destinationPortRange: '80'}
  publicIPAddresses: {out: {sku: Standard, ipAddress: 20.50.1.60}}
  natGateways: {nat: {publicIpAddresses: [out]}}
  storageAccounts:
    lake: {location: westeurope, networkAcls: {defaultAction: Deny, bypass: None, virtualNetworkRules: [vnet/app]}}
    archive: {location: westeurope, publicNetworkAccess: Disabled}
  clusters: {streams: {location: westeurope, kind: kafka, subnet: vnet/kafka}}
  privateEndpoints:
    archive-pe: {subnet: vnet/links, ipConfigurations: [{name: a, privateIPAddress: 10.0.2.5, groupId: dfs, memberName: dfs}], privateLinkServiceConnections: [{name: c, privateLinkServiceId: archive, groupIds: [dfs]}]}
  privateDnsZones:
    privatelink.dfs.core.windows.net: {virtualNetworkLinks: {l: {virtualNetwork: vnet}}, A: {archive: {aRecords: [{ipv4Address: 10.0.2.5}]}}}
  workloads: {worker: {subnet: vnet/app, address: 10.0.1.4}}
";

/// `from - kind - to` of every line.
fn lines(picture: &graph::Picture) -> Vec<String> {
    let edge = |edge: &graph::picture::Edge| {
        format!("{} - {} - {}", picture.name(edge.from), edge.kind.words(), picture.name(edge.to))
    };
    picture.edges.iter().map(edge).collect()
}

/// Names of the stops of a way.
fn stops<'p>(picture: &'p graph::Picture, stops: &[graph::picture::Stop]) -> Vec<&'p str> {
    stops.iter().map(|stop| picture.name(stop.at)).collect()
}

#[test]
fn services_are_drawn_with_their_firewalls_and_whom_they_let_in() {
    let asked = asked(SERVICES);
    let picture = drawn("services", &asked.network, None);
    let mut found = lines(&picture);
    found.sort();
    assert_eq!(
        found,
        [
            "app - NAT gateway - nat",
            "app - service endpoint with a rule for the subnet - lake",
            "archive-pe - private endpoint - archive",
        ]
    );
    let details = |name: &str| picture.nodes.iter().find(|node| node.name == name).expect("a node").details.join("; ");
    assert_eq!(details("lake"), "westeurope; firewall: 1 rule");
    assert_eq!(details("archive"), "westeurope; public access off");
    assert_eq!(details("archive-pe"), "10.0.2.5");
    assert!(picture.nodes.iter().any(|node| node.name == "streams" && node.words == "HDInsight Kafka"));
    let labels = |name: &str| &picture.frames.iter().find(|frame| frame.name == name).expect("a frame").labels;
    assert_eq!(*labels("vnet"), ["zone privatelink.dfs.core.windows.net"]);
    assert_eq!(*labels("app"), ["NSG nsg", "NAT nat", "endpoints Storage"]);
}

#[test]
fn a_flow_comes_by_the_endpoint_or_is_stopped_where_it_is_stopped() {
    let asked = asked(SERVICES);
    let picture = drawn("private", &asked.network, Some(&traced(&asked, "worker -> archive/dfs tcp/443")));
    let flow = picture.flow.as_ref().expect("a flow");
    assert_eq!(stops(&picture, &flow.there), ["worker", "archive-pe", "archive"]);
    assert_eq!(
        flow.legs.iter().map(graph::picture::Mark::told).collect::<Vec<_>>(),
        ["✓ worker -> 168.63.129.16 udp/53: allowed"]
    );

    let picture = drawn("denied", &asked.network, Some(&traced(&asked, "worker -> 203.0.113.7 tcp/80")));
    let flow = picture.flow.as_ref().expect("a flow");
    assert_eq!(stops(&picture, &flow.there), ["worker"]);
    assert!(flow.there[0].stopped);
    assert_eq!(flow.missed.map(|(_, goal)| picture.name(goal)), Some("Internet"));
    let app = picture.frames.iter().find(|frame| frame.name == "app").expect("a frame");
    assert_eq!(app.marks.iter().map(graph::picture::Mark::told).collect::<Vec<_>>(), ["✕ nsg/no-web"]);
}

const BETWEEN: &str = "
network:
  routeTables:
    through: {routes: {all: {addressPrefix: 0.0.0.0/0, nextHopType: VirtualAppliance, nextHopIpAddress: 10.0.1.4}}}
  virtualNetworks:
    vnet:
      location: westeurope
      addressPrefixes: [10.0.0.0/16]
      subnets:
        AzureFirewallSubnet: {addressPrefix: 10.0.1.0/26}
        app: {addressPrefix: 10.0.2.0/24, routeTable: through}
        web: {addressPrefix: 10.0.3.0/24}
  publicIPAddresses: {fw-pip: {sku: Standard}, lb-pip: {sku: Standard}}
  workloads: {web-1: {subnet: vnet/web, address: 10.0.3.4}, web-2: {subnet: vnet/web, address: 10.0.3.5}}
  azureFirewalls:
    fw: {ipConfigurations: {front: {subnet: vnet/AzureFirewallSubnet, privateIPAddress: 10.0.1.4, publicIPAddress: fw-pip}}}
  loadBalancers:
    inside:
      sku: Standard
      frontendIPConfigurations: {front: {subnet: vnet/web, privateIPAddress: 10.0.3.100}}
      backendAddressPools: {pool: {networkInterfaces: [web-1, web-2]}}
      loadBalancingRules: {http: {protocol: Tcp, frontendPort: 80, backendPort: 80}}
    outside:
      sku: Standard
      frontendIPConfigurations: {front: {publicIPAddress: lb-pip}}
      backendAddressPools: {pool: {networkInterfaces: [web-1]}}
      loadBalancingRules: {https: {protocol: Tcp, frontendPort: 443, backendPort: 443}}
";

#[test]
fn firewalls_and_load_balancers_stand_where_they_are() {
    let asked = asked(BETWEEN);
    let picture = drawn("a firewall and two load balancers", &asked.network, None);
    let home = |name: &str| {
        let node = picture.nodes.iter().find(|node| node.name == name).unwrap_or_else(|| panic!("no {name}"));
        picture.frame(node.parent).name.as_str()
    };
    assert_eq!([home("fw"), home("inside"), home("outside")], ["AzureFirewallSubnet", "web", "westeurope"]);
    let mut lines: Vec<String> = picture
        .edges
        .iter()
        .map(|edge| format!("{} {} {}", picture.name(edge.from), edge.label.join(" "), picture.name(edge.to)))
        .collect();
    lines.sort();
    assert_eq!(lines, ["app 0.0.0.0/0 fw", "inside http web-1", "inside http web-2", "outside https web-1"]);
    let loose = picture.nodes.iter().filter(|node| node.words == "public IP address").count();
    assert_eq!(loose, 0, "addresses that are bound are told where they are");
}
