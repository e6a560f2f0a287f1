//! Any text as an expression of a template: a name and a prefix of a network.

#![no_main]

use azreach::{
    diagnostic::{Diagnostics, Source, Sources},
    import::{self, Template},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // As JSON has it.
    let quoted: String = text.chars().flat_map(char::escape_default).filter(|letter| *letter != '\\').collect();
    let template = format!(
        r#"{{"variables": {{"v": "[{quoted}]"}}, "resources": [{{"type": "Microsoft.Network/virtualNetworks",
            "name": "[variables('v')]", "properties": {{"addressSpace": {{"addressPrefixes": ["[{quoted}]"]}}}}}}]}}"#
    );
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let text = sources.add(Source::new("template.json", template));
    import::arm(&mut sources, &[Template { text, beside: None }], &[], &mut |_: &str, _: &str| None, &mut diagnostics);
});
