//! Any text as a Terraform plan or state, from both sides; what comes of it as a network.

#![no_main]

use azreach::{
    diagnostic::{Diagnostics, Source, Sources},
    import::{self, terraform::Side},
    scenario::Scenario,
    suite,
    tags::ServiceTags,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for side in [Side::Before, Side::After] {
        let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
        let id = sources.add(Source::new("plan.json", text));
        let imported = import::terraform(&sources, &[id], side, &mut diagnostics);
        suite::prepare(&Scenario::of_network(imported.network), ServiceTags::builtin(), &mut diagnostics);
    }
});
