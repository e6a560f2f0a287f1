//! `lint` in a terminal: each finding with its line, its proof and what to do, and the sum.
//!
//! In: what was found in each file. Out: text. Deliberately absent: what is merely noted, when asked to be quiet.

use crate::{
    diagnostic::Severity,
    lint::{Finding, Linted},
    report::{
        diagnostics::told_with,
        page::{BAD, GOOD, Page, count},
        places::Places,
        words::proof,
    },
};

/// What was found in all files.
pub fn lint(results: &[Linted], quiet: bool) -> String {
    let mut told = String::new();
    for result in results {
        let places = Places::new(&result.sources);
        let wanted = result.findings.iter().filter(|one| !quiet || one.diagnostic.severity <= Severity::Warning);
        told.extend(wanted.map(|one| finding(one, &places)));
    }
    told + &summary(results)
}

fn finding(one: &Finding, places: &Places<'_>) -> String {
    told_with(&one.diagnostic, proof(&one.proof).as_deref(), places)
}

fn summary(results: &[Linted]) -> String {
    let at = |level| {
        let findings = results.iter().flat_map(|result| &result.findings);
        findings.filter(|one| one.diagnostic.severity == level).count()
    };
    let (errors, warnings, notes) = (at(Severity::Error), at(Severity::Warning), at(Severity::Note));
    let unusable = results.iter().filter(|result| !result.usable).count();
    let mut page = Page::default();
    if errors + warnings + unusable == 0 {
        page.say(GOOD, "nothing found");
    } else {
        let words = [(errors, "error"), (warnings, "warning")];
        let words: Vec<String> =
            words.iter().filter(|(many, _)| *many > 0).map(|(many, word)| count(*many, word)).collect();
        page.say(BAD, &words.join(", "));
        if unusable > 0 {
            page.say(
                BAD,
                &format!("{}{} cannot be looked at", if words.is_empty() { "" } else { ", " }, count(unusable, "file")),
            );
        }
    }
    page.plain(&format!(" in {}", count(results.len(), "file")));
    if notes > 0 {
        page.plain(&format!(", {}", count(notes, "note")));
    }
    page.end();
    page.finish()
}
