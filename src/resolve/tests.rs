//! The resolver's own tests: one per code, and what names and defaults become.

mod ends;
mod groups;
mod hybrid;
mod networks;
mod parties;
mod references;
mod routes;
mod rules;
mod unknowns;

use super::{EndError, Place, Resolved, resolve};
use crate::{
    diagnostic::{Diagnostics, Severity, Source, Sources},
    flow::End,
    model::*,
    scenario::read,
    tags::ServiceTags,
};

/// Resolves a scenario; the reader must have no complaint.
fn resolved(text: &str) -> (Option<Resolved>, Diagnostics) {
    let mut sources = Sources::default();
    let id = sources.add(Source::new("test.yaml", text));
    let mut diagnostics = Diagnostics::default();
    let mut loader = |_: &str, _: &str| Err("no files here".to_owned());
    let scenario = read(&mut sources, id, &mut loader, &mut diagnostics).expect("a scenario");
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    let resolved = resolve(&scenario, ServiceTags::builtin().clone(), &mut diagnostics);
    ((!diagnostics.has_errors()).then_some(resolved), diagnostics)
}

/// `network:` over lines indented by two.
fn network(lines: &str) -> String {
    format!("network:\n{lines}")
}

/// Resources that other tests build upon: one VNET with an NSG, a route table and a worker.
const BASE: &str = "
  virtualNetworks:
    hub:
      location: West Europe
      addressPrefixes: [10.0.0.0/16]
      subnets:
        app: {addressPrefix: 10.0.0.0/24, networkSecurityGroup: nsg, routeTable: rt}
        data: {addressPrefix: 10.0.1.0/24}
        GatewaySubnet: {addressPrefix: 10.0.255.0/27}
  networkSecurityGroups: {nsg: {}}
  routeTables: {rt: {}}
  workloads:
    worker: {subnet: hub/app, address: 10.0.0.4}
";

/// The model and names of lines under `network` that resolve, warnings or not.
#[track_caller]
fn good(lines: &str) -> Resolved {
    let (resolved, diagnostics) = resolved(&network(lines));
    resolved.unwrap_or_else(|| panic!("{diagnostics:#?}"))
}

/// Codes of one severity, in the order found.
fn codes(diagnostics: &Diagnostics, severity: Severity) -> Vec<&'static str> {
    diagnostics.iter().filter(|one| one.severity == severity).map(|one| one.code).collect()
}

/// Lines under `network` are refused with exactly these codes, each with help.
#[track_caller]
fn refused(lines: &str, expected: &[&str]) {
    let (resolved, diagnostics) = resolved(&network(lines));
    assert_eq!(codes(&diagnostics, Severity::Error), expected, "{diagnostics:#?}");
    assert!(resolved.is_none());
    for problem in diagnostics.iter() {
        assert!(problem.help.is_some(), "{problem:?} says nothing about what to do");
    }
}

/// Lines under `network` resolve with exactly these warnings.
#[track_caller]
fn warned(lines: &str, expected: &[&str]) -> Resolved {
    let (resolved, diagnostics) = resolved(&network(lines));
    assert_eq!(codes(&diagnostics, Severity::Warning), expected, "{diagnostics:#?}");
    resolved.unwrap_or_else(|| panic!("{diagnostics:#?}"))
}

/// The first message and its help.
#[track_caller]
fn first(lines: &str) -> (String, String) {
    let (_, diagnostics) = resolved(&network(lines));
    let problem = diagnostics.iter().next().expect("a problem");
    (problem.message.clone(), problem.help.clone().unwrap_or_default())
}

/// What an end means as a destination.
fn end(resolved: &Resolved, text: &str) -> Result<Vec<Party>, EndError> {
    let end: End = text.parse().unwrap_or_else(|error| panic!("{text}: {error:?}"));
    resolved.names.end(&resolved.model, &end, false)
}

/// The code with which an end is refused.
#[track_caller]
fn end_code(resolved: &Resolved, text: &str) -> &'static str {
    end(resolved, text).expect_err(text).code
}

/// Where a text looks at rows and rules.
fn place(resolved: &Resolved, text: &str) -> Result<Place, EndError> {
    resolved.names.place(&resolved.model, text)
}
