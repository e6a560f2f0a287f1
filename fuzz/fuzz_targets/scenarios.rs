//! Any text as a scenario file in YAML.

#![no_main]

use azreach::{
    diagnostic::{Diagnostics, Source, Sources},
    scenario, suite,
    tags::ServiceTags,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let id = sources.add(Source::new("scenario.yaml", text));
    let mut nothing_beside = |_: &str, _: &str| Err("nothing lies beside it".to_owned());
    if let Some(scenario) = scenario::read(&mut sources, id, &mut nothing_beside, &mut diagnostics) {
        suite::prepare(&scenario, ServiceTags::builtin(), &mut diagnostics);
    }
});
