//! Any text as an export of `az`; what comes of it as a network.

#![no_main]

use azreach::{
    diagnostic::{Diagnostics, Source, Sources},
    import,
    scenario::Scenario,
    suite,
    tags::ServiceTags,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let id = sources.add(Source::new("export.json", text));
    let imported = import::az(&sources, &[id], &mut diagnostics);
    suite::prepare(&Scenario::of_network(imported.network), ServiceTags::builtin(), &mut diagnostics);
});
