//! `azreach import az PATH…`, `azreach import arm TEMPLATE…`

use super::{
    Ended,
    args::{Common, Format, Writing},
    files,
    output::{Streams, pretty},
    templates,
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, Severity, Source, SourceId, Sources},
    import::{self, Imported},
    report,
    scenario::Scenario,
    suite,
    tags::ServiceTags,
};

/// Reads exports, writes a scenario, reports what was left out.
pub(crate) fn az(streams: &Streams, common: &Common, paths: &[String], writing: &Writing) -> Ended {
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let texts = load(paths, files::exported, &mut sources, &mut diagnostics);
    let imported = import::az(&sources, &texts, &mut diagnostics);
    let help = "it takes what `az network vnet list -o json` and the like print (docs/import.md)";
    told_of_nothing(&imported, paths, help, &mut diagnostics);
    end(streams, common, &imported, &sources, &diagnostics, writing)
}

/// Reads templates, writes a scenario, reports what was left out.
pub(crate) fn arm(
    streams: &Streams,
    common: &Common,
    paths: &[String],
    parameters: &[String],
    writing: &Writing,
) -> Ended {
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let texts = load(paths, templates::texts, &mut sources, &mut diagnostics);
    let found = templates::with_beside(&texts, &mut sources, parameters.is_empty());
    let given = templates::given(parameters, &mut sources, &mut diagnostics);
    let imported = import::arm(&mut sources, &found, &given, &mut templates::Below, &mut diagnostics);
    told_of_nothing(&imported, paths, "it takes ARM templates (docs/import.md)", &mut diagnostics);
    end(streams, common, &imported, &sources, &diagnostics, writing)
}

/// A text without any resource is a mistake.
fn told_of_nothing(imported: &Imported, paths: &[String], help: &str, diagnostics: &mut Diagnostics) {
    if imported.report.found == 0 && !diagnostics.has_errors() {
        let message = format!("no resource is in {}", paths.join(", "));
        diagnostics.push(Diagnostic::without_place("nothing-to-import", message).help(help));
    }
}

/// Prints, writes, reports.
fn end(
    streams: &Streams,
    common: &Common,
    imported: &Imported,
    sources: &Sources,
    diagnostics: &Diagnostics,
    writing: &Writing,
) -> Ended {
    files::print(streams, diagnostics, sources);
    if imported.report.found == 0 {
        return Ended::Failed;
    }
    let refused = refused(imported);
    files::print(streams, &refused, sources);
    let written = write(streams, imported, sources, writing);
    tell(streams, common, imported, sources, writing);
    match diagnostics.has_errors()
        || refused.has_errors()
        || !written
        || (writing.strict && imported.report.incomplete())
    {
        true => Ended::Failed,
        false => Ended::Yes,
    }
}

/// What Azure would refuse in it; warnings are for those who use the scenario.
fn refused(imported: &Imported) -> Diagnostics {
    let (mut all, mut errors) = (Diagnostics::default(), Diagnostics::default());
    let scenario = Scenario::of_network(imported.network.clone());
    suite::prepare(&scenario, ServiceTags::builtin(), &mut all);
    let found = all.iter().filter(|one| one.severity == Severity::Error);
    found.for_each(|one| errors.push(one.clone()));
    errors
}

/// The texts of all paths.
fn load(
    paths: &[String],
    read: impl Fn(&str) -> Result<Vec<Source>, String>,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Vec<SourceId> {
    let mut texts = Vec::new();
    for path in paths {
        match read(path) {
            Ok(found) => texts.extend(found.into_iter().map(|source| sources.add(source))),
            Err(why) => {
                diagnostics.push(Diagnostic::without_place("cannot-read-file", format!("cannot read `{path}`: {why}")));
            }
        }
    }
    texts
}

fn write(streams: &Streams, imported: &Imported, sources: &Sources, writing: &Writing) -> bool {
    let Some(path) = &writing.output else {
        streams.out(&report::scenario_yaml(&imported.network, sources));
        return true;
    };
    let text = match path.to_ascii_lowercase().ends_with(".json") {
        true => report::scenario_json(&imported.network, sources),
        false => report::scenario_yaml(&imported.network, sources),
    };
    match files::save(path, &text) {
        Ok(()) => true,
        Err(why) => {
            streams.err(&format!("error: cannot write `{path}`: {why}\n"));
            false
        }
    }
}

/// The report: to stderr, as the scenario is the data; as JSON to stdout where the scenario goes to a file.
fn tell(streams: &Streams, common: &Common, imported: &Imported, sources: &Sources, writing: &Writing) {
    match (writing.format, &writing.output) {
        (Format::Json, Some(_)) => streams.out(&pretty(&report::json::import(&imported.report, sources))),
        (Format::Json, None) => streams.err(&pretty(&report::json::import(&imported.report, sources))),
        (Format::Text, _) if common.quiet => {}
        (Format::Text, _) => streams.err(&report::text::import(&imported.report, sources, common.verbose)),
    }
}
