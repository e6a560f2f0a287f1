//! How fast whole-network questions are answered: who reaches whom, what a change does.

mod common;

use azreach::{
    compile::compile,
    diff::{diff, diff_of_all_pairs},
    matrix::{ends_and_classes, matrix},
    model::{Access, Known, Model, Party, SubnetId},
    reach::{Inquiry, reach},
};
use common::{cloud::Cloud, network_of};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// A hub and 19 spokes with a hundred workloads in a hundred subnets, each with its own NSG of 25 rules per direction.
fn hundred_workloads() -> Model {
    network_of(100, 5, 25, 100)
}

/// The same with another access in one rule of one NSG.
fn with_one_rule_changed(model: &Model) -> Model {
    let mut model = model.clone();
    if let Some(Known::Known(group)) = model.subnets[42].network_security_group {
        let rule = &mut model.network_security_groups[group.index()].security_rules[0];
        rule.access = match rule.access {
            Known::Known(Access::Allow) => Known::Known(Access::Deny),
            _ => Known::Known(Access::Allow),
        };
    }
    model
}

fn differences(criterion: &mut Criterion) {
    let model = hundred_workloads();
    let (before, after) = (compile(model.clone()), compile(with_one_rule_changed(&model)));
    let mut group = criterion.benchmark_group("diff");
    group.sample_size(10);
    group.throughput(Throughput::Elements(model.subnets.len() as u64 * model.subnets.len() as u64));
    group.bench_function("100 workloads, all pairs", |bencher| bencher.iter(|| diff_of_all_pairs(&before, &after)));
    group.bench_function("100 workloads, one rule", |bencher| bencher.iter(|| diff(&before, &after)));
    let same = compile(model);
    group.bench_function("100 workloads, nothing", |bencher| bencher.iter(|| diff(&before, &same)));
    group.finish();
}

fn exposure(criterion: &mut Criterion) {
    let network = compile(hundred_workloads());
    let mut group = criterion.benchmark_group("reach");
    group.sample_size(20);
    group.throughput(Throughput::Elements(network.model.subnets.len() as u64));
    let flow = "a -> b any".parse().expect("a flow");
    let inquiry = Inquiry { flow, from: None, to: Some(vec![Party::Subnet(SubnetId::at(42))]), identity: None };
    group.bench_function("to one of 100 workloads", |bencher| bencher.iter(|| reach(&network, &inquiry)));
    group.finish();
}

/// All pairs, all packets.
#[allow(clippy::print_stderr)] // how many ends are walked belongs beside the time
fn all_pairs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("matrix");
    group.sample_size(10);
    let clouds = [
        ("200 workloads in one VNET, 160 and 120 rules", Cloud::one_network()),
        ("the same, half of the rules name its own", Cloud { named: 5, ..Cloud::one_network() }),
        (
            "the same, an NSG for each subnet and NIC",
            Cloud { named: 5, subnet_groups: 20, drawn_per_subnet: true, nic_groups: 200, ..Cloud::one_network() },
        ),
        ("1,000 subnets", Cloud::of_subnets(1_000)),
        ("10,000 subnets", Cloud::of_subnets(10_000)),
        ("100,000 subnets", Cloud::of_subnets(100_000)),
    ];
    for (name, cloud) in clouds {
        let network = compile(cloud.model());
        let (ends, classes) = ends_and_classes(&network);
        eprintln!("{name}: {ends} ends, {classes} walked");
        group.throughput(Throughput::Elements((ends * ends) as u64));
        let flow = "a -> b any".parse().expect("a flow");
        group.bench_function(name, |bencher| bencher.iter(|| matrix(&network, &flow)));
    }
    group.finish();
}

/// The generated hub and spokes: who reaches a machine, what one rule changes.
fn cloud(criterion: &mut Criterion) {
    let model = Cloud { spokes: 9, subnets: 10, named: 3, ..Cloud::of_subnets(1_000) }.model();
    let ends = model.subnets.len() as u64;
    let network = compile(model.clone());
    let mut group = criterion.benchmark_group("cloud");
    group.sample_size(10);
    group.throughput(Throughput::Elements(ends));
    let flow = "a -> b any".parse().expect("a flow");
    let inquiry = Inquiry { flow, from: None, to: Some(vec![Party::Subnet(SubnetId::at(42))]), identity: None };
    group.bench_function("reach one of 100 subnets", |bencher| bencher.iter(|| reach(&network, &inquiry)));
    let after = compile(with_one_rule_changed(&model));
    group.throughput(Throughput::Elements(ends * ends));
    group.bench_function("diff of one rule, 100 subnets", |bencher| bencher.iter(|| diff(&network, &after)));
    group.finish();
}

criterion_group!(benches, differences, exposure, all_pairs, cloud);
criterion_main!(benches);
