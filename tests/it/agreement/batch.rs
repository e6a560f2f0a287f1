//! Packets by the million against single questions.
//!
//! In: random networks and packets, among them those that Azure never carries (R171). Out: a failure that names the seed.
//! Deliberately absent: who is right (that is the oracle's).

use super::seeds;
use crate::generate::{self, Ask, Random};
use azreach::{
    compile::compile,
    evaluate::{Batch, Question, evaluate},
    flow::{Flow, Protocol},
    space::Ports,
};

/// UDP packets beside the reserved ones and among them.
const NEAR_RESERVED: [(u16, u16); 6] = [(65329, 53), (65330, 53), (65331, 53), (68, 67), (68, 68), (69, 67)];

#[test]
fn a_batch_says_of_each_packet_what_a_question_says() {
    let (mut compared, mut failures) = (0usize, Vec::new());
    for seed in seeds(40) {
        let mut random = Random::new(seed);
        let model = generate::network(&mut random);
        let network = compile(model.clone());
        let mut batch = Batch::new(&network);
        let mut flows = Vec::new();
        for ask in generate::asks(&model, &mut random, 10).iter().flat_map(variants) {
            let (packet, flow) = (&ask.packet, &ask.flow);
            let (from, port) = (packet.source_port, packet.destination_port);
            if let Some(of_batch) = batch.flow(&ask.source, &ask.destination, packet.protocol, from, port) {
                let (sources, destinations) = (vec![ask.source.clone()], vec![ask.destination.clone()]);
                flows.push((of_batch, Question { flow: flow.clone(), sources, destinations, identity: None }));
            }
        }
        batch.prepare();
        for (of_batch, question) in flows {
            compared += 1;
            let (many, one) = (batch.verdict(&of_batch), evaluate(&network, &question).verdict());
            if many != Some(one) {
                failures.push(format!("AZREACH_SEED={seed}: {}: batch {many:?}, question {one}", question.flow));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{}\n{} of {compared} differ",
        failures[..failures.len().min(9)].join("\n"),
        failures.len()
    );
    assert!(compared > 60 || std::env::var("AZREACH_SEED").is_ok(), "too few packets: {compared}");
}

/// The packet that was asked about, and UDP packets between the same ends.
fn variants(ask: &Ask) -> Vec<Ask> {
    let udp = |(source_port, destination_port): (u16, u16)| {
        let mut near = ask.clone();
        near.packet.protocol = azreach::space::UDP;
        (near.packet.source_port, near.packet.destination_port) = (source_port, destination_port);
        let (ports, source_ports) = (Ports::single(destination_port), Some(Ports::single(source_port)));
        near.flow = Flow { protocol: Protocol::Udp, ports, source_ports, ..ask.flow.clone() };
        near
    };
    NEAR_RESERVED.into_iter().map(udp).chain([ask.clone()]).collect()
}
