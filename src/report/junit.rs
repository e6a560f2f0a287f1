//! `check --format junit`: a test suite per file, a test case per expectation.
//!
//! In: results. Out: XML. Deliberately absent: times and ids that would differ from run to run.

use super::text::{actual, expected, subject};
use super::words;
use crate::suite::{ExpectationResult, Outcome, ScenarioResult};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// What came of all files.
pub fn check(results: &[ScenarioResult]) -> String {
    let mut report = Report::new("azreach");
    report.add_test_suites(results.iter().map(suite));
    // Only a failing writer makes this fail, and a string never does.
    report.to_string().unwrap_or_default()
}

fn suite(result: &ScenarioResult) -> TestSuite {
    let mut suite = TestSuite::new(result.file.as_str());
    if !result.usable {
        suite.add_test_case(unusable(result));
    }
    suite.add_test_cases(result.results.iter().map(|one| case(result, one)));
    suite
}

/// The file itself as a test case that could not run.
fn unusable(result: &ScenarioResult) -> TestCase {
    let text = super::diagnostics(&result.diagnostics, &result.sources);
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status
        .set_message("the file cannot be run")
        .set_type("unusable")
        .set_description(anstream::adapter::strip_str(&text).to_string().trim_end());
    let mut case = TestCase::new("readable", status);
    case.set_classname(result.file.as_str());
    case
}

fn case(result: &ScenarioResult, one: &ExpectationResult) -> TestCase {
    let status = match one.passed {
        true => TestCaseStatus::success(),
        false => failure(result, one),
    };
    let mut case = TestCase::new(title(one), status);
    case.set_classname(result.file.as_str());
    case
}

fn failure(result: &ScenarioResult, one: &ExpectationResult) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status
        .set_message(message(one))
        .set_type("expectation")
        .set_description(format!("{}:{}\n{}", result.file, one.line, story(one)).trim_end());
    status
}

/// `line 12: worker -> kafka tcp/443 (what if: open)`; the line keeps equal flows apart.
fn title(one: &ExpectationResult) -> String {
    let what_if = one.what_if.as_ref().map(|name| format!(" (what if: {name})"));
    format!("line {}: {}{}", one.line, subject(one), what_if.unwrap_or_default())
}

/// Claim and truth in one line.
pub(super) fn message(one: &ExpectationResult) -> String {
    let claim = format!("expected {}, is {}", expected(one), actual(one));
    match &one.outcome {
        Outcome::Verdict { by: Some((_, false)), .. } => format!("{claim}; that is no deciding step"),
        _ => claim,
    }
}

/// Why, leg by leg, and what the file says about it.
pub(super) fn story(one: &ExpectationResult) -> String {
    let mut lines = Vec::new();
    if let Outcome::Verdict { traces, .. } = &one.outcome {
        lines.extend(traces.iter().map(|trace| format!("{}: {}: {}", trace.flow, trace.verdict(), words::why(trace))));
        let deciders = words::deciders(traces);
        lines.extend(deciders.iter().map(|step| format!("decided by {}", words::by(step))));
    }
    lines.extend(one.reason.as_ref().map(|reason| format!("reason: {reason}")));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use crate::report::samples;

    #[test]
    fn a_suite_per_file_and_a_case_per_expectation() {
        let xml = super::check(&[samples::holding(), samples::failing(), samples::unusable()]);
        for part in [
            r#"<testsuites name="azreach" tests="6" skipped="0" failures="2" errors="1">"#,
            r#"<testsuite name="learn/01.yaml" tests="2" "#,
            r#"<testcase name="line 2: worker -&gt; kafka tcp/443" classname="learn/01.yaml"/>"#,
            r#"<failure message="expected allowed, is denied" type="expectation">net.yaml:3"#,
            "reason: kafka must be reached</failure>",
            r#"<error message="the file cannot be run" type="unusable">error[unknown-name]"#,
        ] {
            assert!(xml.contains(part), "{part}\n---\n{xml}");
        }
        assert_eq!(xml, super::check(&[samples::holding(), samples::failing(), samples::unusable()]));
    }
}
