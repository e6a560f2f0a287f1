//! How fast networks compile and flows are evaluated.

mod common;

use azreach::{
    compile::compile,
    evaluate::{Question, evaluate_all, evaluate_in},
    model::{Party, WorkloadId},
    space::Space,
};
use common::{Random, network};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn question(from: usize, to: usize, flow: &str) -> Question {
    Question {
        flow: flow.parse().expect("a flow"),
        sources: vec![Party::Workload(WorkloadId::at(from))],
        destinations: vec![Party::Workload(WorkloadId::at(to))],
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
    }
    group.finish();
}

fn batches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("batch");
    group.sample_size(10);
    let network = compile(network(1_000, 200, 20));
    let mut random = Random(42);
    let questions: Vec<Question> = (0..1_000)
        .map(|_| question(random.below(1_000) as usize, random.below(1_000) as usize, "a -> b tcp/443"))
        .collect();
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("1k", |bencher| bencher.iter(|| evaluate_all(&network, &questions)));
    group.finish();
}

criterion_group!(benches, compile_networks, paths, batches);
criterion_main!(benches);
