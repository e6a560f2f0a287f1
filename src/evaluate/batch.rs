//! Many questions at once, in parallel. The only file that names rayon.
//!
//! In: questions. Out: answers in the order of the questions, the same as one by one.

use super::{Question, evaluate_in};
use crate::{network::Network, space::Space, trace::Trace};
use rayon::prelude::*;

/// Answers every question; output in input order.
pub fn evaluate_all(network: &Network, questions: &[Question]) -> Vec<Trace> {
    questions.par_iter().map_init(Space::new, |space, question| evaluate_in(space, network, question)).collect()
}

/// Uses so many threads for all that follows; without effect once work has begun.
pub fn use_threads(threads: usize) {
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
}
