//! Any text as an ARM template; what comes of it as a network.

#![no_main]

use azreach::{
    diagnostic::{Diagnostics, Source, Sources},
    import::{self, Template},
    scenario::Scenario,
    suite,
    tags::ServiceTags,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let text = sources.add(Source::new("template.json", text));
    let imported = import::arm(&mut sources, &[Template { text, beside: None }], &[], &mut |_: &str, _: &str| None, &mut diagnostics);
    suite::prepare(&Scenario::of_network(imported.network), ServiceTags::builtin(), &mut diagnostics);
});
