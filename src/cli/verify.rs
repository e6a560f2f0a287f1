//! `azreach verify FILE --answers PATH`

use super::{
    Ended,
    args::{Common, Format, Reading},
    files::{self, Loaded},
    look,
    output::{Streams, pretty},
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, Sources},
    report,
    verify::{self, Agreement, Checked, Observation},
};

/// Compares predictions with recorded answers.
pub(crate) fn run(streams: &Streams, common: &Common, file: &str, answers: &[String], reading: &Reading) -> Ended {
    let Some(look::Opened { asked, sources, .. }) =
        look::asked(streams, common, load(file, common), reading.what_if.as_deref())
    else {
        return Ended::Failed;
    };
    let (observations, sources, problems) = observe(answers, sources);
    files::print(streams, &problems, &sources);
    if problems.has_errors() {
        return Ended::Failed;
    }
    let checked = verify::verify(&asked, &observations);
    streams.out(&match reading.format {
        Format::Text => report::text::verify(&checked, &sources, common.verbose),
        Format::Json => pretty(&report::json::verify(&checked, &sources)),
    });
    ended(&checked)
}

/// A scenario, or an export itself.
fn load(file: &str, common: &Common) -> Loaded {
    match files::is_export(file) {
        true => files::load_export(file, common),
        false => files::load(file, common),
    }
}

fn observe(paths: &[String], mut sources: Sources) -> (Vec<Observation>, Sources, Diagnostics) {
    let (mut observations, mut problems) = (Vec::new(), Diagnostics::default());
    for path in paths {
        match files::exported(path) {
            Ok(texts) => {
                for text in texts {
                    let id = sources.add(text);
                    observations.extend(verify::read(&sources, id, &mut problems));
                }
            }
            Err(why) => {
                problems.push(Diagnostic::without_place("cannot-read-file", format!("cannot read `{path}`: {why}")));
            }
        }
    }
    (observations, sources, problems)
}

/// Nothing compared proves nothing.
fn ended(checked: &[Checked]) -> Ended {
    let differs = checked.iter().any(|one| matches!(one.agreement, Agreement::Differs(_)));
    let agrees = checked.iter().any(|one| one.agreement == Agreement::Agrees);
    match (differs, agrees) {
        (true, _) => Ended::No,
        (false, true) => Ended::Yes,
        (false, false) => Ended::Failed,
    }
}
