//! How fast networks compile and flows are evaluated.

mod common;

use azreach::{
    compile::compile,
    diagnostic::{Diagnostics, Source, Sources},
    evaluate::{Batch, BatchFlow, Question, evaluate_all, evaluate_in},
    model::{Direction, Known, Model, NetworkInterface, Party, ServiceId, WorkloadId},
    network::Network,
    scenario,
    space::{Packet, Space},
    suite,
    tags::ServiceTags,
    trace::Verdict,
};
use common::{Random, add_services, linear, network};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn question(from: usize, to: usize, flow: &str) -> Question {
    Question {
        flow: flow.parse().expect("a flow"),
        sources: vec![Party::Workload(WorkloadId::at(from))],
        destinations: vec![Party::Workload(WorkloadId::at(to))],
        identity: None,
    }
}

fn compile_networks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compile");
    group.sample_size(10);
    for subnets in [10, 1_000, 10_000] {
        let model = network(subnets, 20, 50);
        group.throughput(Throughput::Elements(subnets as u64));
        group.bench_with_input(BenchmarkId::from_parameter(subnets), &model, |bencher, model| {
            bencher.iter(|| compile(model.clone()));
        });
    }
    group.finish();
}

fn paths(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("evaluate");
    for rules in [20, 200, 1_000] {
        let network = compile(network(1_000, rules, 20));
        let mut space = Space::new();
        // Same VNET; spoke to hub; spoke to spoke through the hub's appliance.
        for (path, from, to) in [("local", 61, 62), ("peering", 61, 11), ("appliance", 61, 121)] {
            let asked = question(from, to, "a -> b tcp/443");
            group.throughput(Throughput::Elements(1));
            group.bench_function(BenchmarkId::new(path, rules), |bencher| {
                bencher.iter(|| evaluate_in(&mut space, &network, &asked));
            });
        }
        // To a service over a service endpoint, and through a private endpoint in a peered hub: names included.
        for (path, service) in services_of(rules) {
            let (network, party) = service;
            let asked = Question { destinations: vec![party], ..question(61, 0, "a -> b tcp/443") };
            group.bench_function(BenchmarkId::new(path, rules), |bencher| {
                bencher.iter(|| evaluate_in(&mut space, &network, &asked));
            });
        }
    }
    group.finish();
}

/// Ways past other resources, in the networks of scenarios.
const KINDS: [(&str, &str, &str); 3] = [
    ("firewall", include_str!("../scenarios/laws/filtering/F146-azure-firewall.yaml"), "app -> db tcp/443"),
    ("balancer", include_str!("../scenarios/laws/routing/R124-appliances-behind-balancers.yaml"), "one -> two tcp/443"),
    ("virtual hub", include_str!("../scenarios/laws/routing/R142-virtual-wan.yaml"), "a-1 -> shop/till tcp/443"),
];

fn kinds_of_paths(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("evaluate");
    group.throughput(Throughput::Elements(1));
    let mut space = Space::new();
    for (kind, text, flow) in KINDS {
        let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
        let id = sources.add(Source::new("network.yaml", text));
        let mut nothing = |_: &str, _: &str| Err("no imports".to_owned());
        let scenario = scenario::read(&mut sources, id, &mut nothing, &mut diagnostics).expect("a scenario");
        let asked = suite::prepare(&scenario, ServiceTags::builtin(), &mut diagnostics).expect("a network");
        let question = suite::question(&asked, flow, None, None, &mut diagnostics).expect("a flow");
        group.bench_function(kind, |bencher| bencher.iter(|| evaluate_in(&mut space, &asked.network, &question)));
    }
    group.finish();
}

/// The network of the paths with services in it, and whom to ask for.
fn services_of(rules: usize) -> [(&'static str, (Network, Party)); 2] {
    let made = || {
        let mut model = network(1_000, rules, 20);
        let ids = add_services(&mut model);
        (compile(model), ids)
    };
    let ((over_endpoint, (lake, _)), (through_private, (_, vault))) = (made(), made());
    [
        ("service endpoint", (over_endpoint, Party::Service(lake, None))),
        ("private endpoint", (through_private, Party::Service(vault, None))),
    ]
}

/// Questions with all their evidence, one by one in parallel.
fn batches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("batch");
    group.sample_size(10);
    let network = compile(network(1_000, 200, 20));
    let mut random = Random(42);
    let questions: Vec<Question> = (0..1_000)
        .map(|_| question(random.below(1_000) as usize, random.below(1_000) as usize, "a -> b tcp/443"))
        .collect();
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("questions/1k", |bencher| bencher.iter(|| evaluate_all(&network, &questions)));
    group.finish();
}

const FLOWS: usize = 1_000_000;

/// Packets by the million between 150 workloads in three peered VNETs, spoke to spoke through the hub's appliance:
/// four security group decisions there and the routes both ways.
fn packets(criterion: &mut Criterion) {
    for rules in [200, 1_000] {
        let model = network(200, rules, 20);
        let lists = Lists::of(&model);
        let network = compile(model);
        let mut random = Random(7);
        let asked: Vec<(usize, usize, u16, u16)> = (0..FLOWS)
            .map(|_| {
                let (from, to) = (50 + random.below(150) as usize, 50 + random.below(150) as usize);
                (from, to, 1024 + random.below(60_000) as u16, PORTS[random.below(10) as usize])
            })
            .collect();
        let mut grouped = asked.clone();
        grouped.sort_unstable();
        let mut batch = Batch::new(&network);
        let mut resolve = |asked: &[(usize, usize, u16, u16)]| -> Vec<BatchFlow> {
            let flow = |(from, to, source_port, port): &(usize, usize, u16, u16)| {
                let party = |index: usize| Party::Workload(WorkloadId::at(index));
                batch.flow(&party(*from), &party(*to), 6, *source_port, *port)
            };
            asked.iter().filter_map(flow).collect()
        };
        let (random_order, by_path) = (resolve(&asked), resolve(&grouped));
        batch.prepare();
        let mut group = criterion.benchmark_group("packets");
        group.sample_size(10);
        group.throughput(Throughput::Elements(random_order.len() as u64));
        let one =
            |flows: &[BatchFlow]| flows.iter().filter(|flow| batch.verdict(flow) == Some(Verdict::Allowed)).count();
        group.bench_function(BenchmarkId::new("random order, one core", rules), |bencher| {
            bencher.iter(|| one(&random_order))
        });
        group.bench_function(BenchmarkId::new("by path, one core", rules), |bencher| bencher.iter(|| one(&by_path)));
        group.bench_function(BenchmarkId::new("with evidence, one core", rules), |bencher| {
            bencher.iter(|| {
                by_path.iter().filter_map(|flow| batch.part(flow)).map(|part| part.decided_by.len()).sum::<usize>()
            });
        });
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            group.bench_function(BenchmarkId::new(format!("random order sorted, {threads} cores"), rules), |bencher| {
                bencher.iter(|| pool.install(|| batch.verdicts(&random_order)));
            });
        }
        group.bench_function(BenchmarkId::new("linear scan, one core", rules), |bencher| {
            bencher.iter(|| asked.iter().filter(|asked| lists.scan(asked)).count());
        });
        group.bench_function(BenchmarkId::new("walk every path", rules), |bencher| {
            bencher.iter(|| {
                let mut batch = Batch::new(&network);
                for (from, to, source_port, port) in &asked[..10_000] {
                    let party = |index: usize| Party::Workload(WorkloadId::at(index));
                    batch.flow(&party(*from), &party(*to), 6, *source_port, *port);
                }
                batch.prepare();
                batch.paths()
            });
        });
        group.finish();
    }
}

/// Packets by the million from 150 workloads to two services.
fn packets_to_services(criterion: &mut Criterion) {
    let mut model = network(200, 200, 20);
    let (lake, vault) = add_services(&mut model);
    let network = compile(model);
    let mut random = Random(7);
    let mut asked: Vec<(usize, ServiceId, u16, u16)> = (0..FLOWS)
        .map(|_| {
            let service = [lake, vault][random.below(2) as usize];
            let from = 50 + random.below(150) as usize;
            (from, service, 1024 + random.below(60_000) as u16, PORTS[random.below(10) as usize])
        })
        .collect();
    asked.sort_unstable_by_key(|(from, service, ..)| (*from, *service));
    let mut batch = Batch::new(&network);
    let flows: Vec<BatchFlow> = asked
        .iter()
        .filter_map(|(from, service, source_port, port)| {
            let source = Party::Workload(WorkloadId::at(*from));
            batch.flow(&source, &Party::Service(*service, None), 6, *source_port, *port)
        })
        .collect();
    batch.prepare();
    let mut group = criterion.benchmark_group("packets");
    group.sample_size(10);
    group.throughput(Throughput::Elements(flows.len() as u64));
    group.bench_function(BenchmarkId::new("to services by path, one core", 200), |bencher| {
        bencher.iter(|| flows.iter().filter(|flow| batch.verdict(flow) == Some(Verdict::Allowed)).count())
    });
    group.finish();
}

const PORTS: [u16; 10] = [22, 80, 443, 1433, 3306, 3389, 5432, 8080, 8443, 9092];

/// The lists on the way, for the linear scan.
struct Lists {
    by_workload: Vec<(u128, Vec<linear::Line>, Vec<linear::Line>)>,
}

impl Lists {
    fn of(model: &Model) -> Self {
        let inside = azreach::space::prefix("10.0.0.0/8".parse().expect("a prefix"));
        let of = |nic: &NetworkInterface| {
            let configuration = &nic.ip_configurations[0];
            let address = azreach::space::point(*configuration.address.known().expect("an address"));
            let group = model.subnet(configuration.subnet).network_security_group;
            let list = |direction| match group {
                Some(Known::Known(group)) => linear::list(model.network_security_group(group), direction, &inside),
                _ => Vec::new(),
            };
            (address, list(Direction::Outbound), list(Direction::Inbound))
        };
        Lists { by_workload: model.network_interfaces.iter().map(of).collect() }
    }

    fn scan(&self, asked: &(usize, usize, u16, u16)) -> bool {
        let (from, to) = (&self.by_workload[asked.0], &self.by_workload[asked.1]);
        let packet =
            Packet { source: from.0, destination: to.0, protocol: 6, source_port: asked.2, destination_port: asked.3 };
        linear::scan(&from.1, &packet) && linear::scan(&to.2, &packet)
    }
}

criterion_group!(benches, compile_networks, paths, kinds_of_paths, batches, packets, packets_to_services);
criterion_main!(benches);
