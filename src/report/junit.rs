//! JUnit for CI servers: a suite per file, a case per expectation.

use super::text;
use crate::suite::{ExpectationResult, ScenarioResult};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// The report.
pub fn check(results: &[ScenarioResult]) -> String {
    let mut report = Report::new("azreach");
    for scenario in results {
        let mut suite = TestSuite::new(scenario.file.clone());
        if !scenario.usable {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message("the scenario could not be used");
            status.set_description(text::plain(&super::diagnostics::text(&scenario.diagnostics, &scenario.sources)));
            suite.add_test_case(TestCase::new("the scenario can be used", status));
        }
        for result in &scenario.results {
            suite.add_test_case(case(result, scenario));
        }
        report.add_test_suite(suite);
    }
    report.to_string().unwrap_or_default()
}

fn case(result: &ExpectationResult, scenario: &ScenarioResult) -> TestCase {
    let status = if result.passed {
        TestCaseStatus::success()
    } else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(text::headline(result));
        status.set_description(text::plain(&text::failure(result, scenario)));
        status
    };
    let name = match &result.what_if {
        Some(what_if) => format!("{what_if}: {}", text::claim(result)),
        None => text::claim(result),
    };
    let mut case = TestCase::new(name, status);
    case.set_classname(scenario.name.clone());
    case
}
