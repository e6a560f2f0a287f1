//! `--format sarif`: the Static Analysis Results Interchange Format 2.1.0, for code scanning.
//!
//! In: results of `check`, findings of `lint`, the version of the program. Out: one run, each code a rule with the text of its page. Deliberately absent:
//! what holds; SARIF's edits, which are of text where ours are of resources (a finding's patch is among its properties).

use super::{
    boxes::witness,
    junit::{message, story},
    manual,
    places::{Places, Spot},
    text::subject,
};
use crate::{
    diagnostic::{Diagnostic, Origin, Severity},
    lint::{Finding, Linted, Proof},
    suite::{ExpectationResult, Outcome, ScenarioResult},
};
use indexmap::IndexSet;
use serde::Serialize;
use serde_json::{Value, json};

/// The code of an expectation that does not hold.
const FAILS: &str = "expectation-fails";

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<Found>,
}

#[derive(Debug, Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Debug, Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Message,
    full_description: Message,
    help: Message,
}

#[derive(Debug, Serialize)]
struct Message {
    text: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    rule_id: &'static str,
    rule_index: usize,
    level: String,
    message: Message,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "Value::is_null")]
    properties: Value,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Debug, Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
}

/// Findings about all files, and every expectation that fails. A file that is refused as it says has none.
pub fn check(results: &[ScenarioResult], version: &'static str) -> Value {
    let mut scribe = Scribe::default();
    for result in results {
        let as_it_says =
            matches!(result.results.as_slice(), [one] if one.passed && matches!(one.outcome, Outcome::Refused { .. }));
        if as_it_says {
            continue;
        }
        let places = Places::new(&result.sources);
        for one in result.diagnostics.iter() {
            scribe.diagnostic(one, &result.file, &places, Value::Null);
        }
        for one in result.results.iter().filter(|one| !one.passed) {
            scribe.failure(one, &places);
        }
    }
    scribe.log(version)
}

/// What `lint` found in all files.
pub fn lint(results: &[Linted], version: &'static str) -> Value {
    let mut scribe = Scribe::default();
    for result in results {
        let places = Places::new(&result.sources);
        for one in result.diagnostics.iter() {
            scribe.diagnostic(one, &result.file, &places, Value::Null);
        }
        for one in &result.findings {
            scribe.diagnostic(&one.diagnostic, &result.file, &places, properties(one));
        }
    }
    scribe.log(version)
}

/// What SARIF has no field for.
fn properties(finding: &Finding) -> Value {
    let mut bag = serde_json::Map::new();
    match &finding.proof {
        Proof::Witness(packet) => bag.extend([("witness".to_owned(), json!(witness(packet, &Default::default())))]),
        Proof::Flow(flow) => bag.extend([("flow".to_owned(), json!(flow))]),
        Proof::Rules(rules) => {
            let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
            bag.extend([("rules".to_owned(), json!(names))]);
        }
        Proof::Plain => {}
    }
    bag.extend(finding.patch.clone().map(|patch| ("patch".to_owned(), patch)));
    if bag.is_empty() { Value::Null } else { Value::Object(bag) }
}

/// Gathers results, and each code once.
#[derive(Default)]
struct Scribe {
    codes: IndexSet<&'static str>,
    found: Vec<Found>,
}

impl Scribe {
    fn diagnostic(&mut self, one: &Diagnostic, file: &str, places: &Places<'_>, properties: Value) {
        let message = match &one.help {
            Some(help) => format!("{}\nhelp: {help}", one.message),
            None => one.message.clone(),
        };
        let location = match &one.origin {
            Some(origin) => located(origin, places),
            None => location(Spot { file: file.to_owned(), line: None, column: None }, None),
        };
        let related = one.related.iter().enumerate().map(|(at, (span, label))| Location {
            id: Some(at + 1),
            message: Some(Message { text: label.clone() }),
            ..located(&Origin::Text(*span), places)
        });
        let related = related.collect();
        self.add(one.code, one.severity, message, location, related, properties);
    }

    fn failure(&mut self, one: &ExpectationResult, places: &Places<'_>) {
        let text = format!("{}: {}\n{}", subject(one), message(one), story(one));
        let location = located(&Origin::Text(one.span), places);
        self.add(FAILS, Severity::Error, text.trim_end().to_owned(), location, Vec::new(), Value::Null);
    }

    fn add(
        &mut self,
        code: &'static str,
        level: Severity,
        text: String,
        location: Location,
        related_locations: Vec<Location>,
        properties: Value,
    ) {
        let (rule_index, _) = self.codes.insert_full(code);
        self.found.push(Found {
            rule_id: code,
            rule_index,
            level: level.to_string(),
            message: Message { text },
            locations: vec![location],
            related_locations,
            properties,
        });
    }

    fn log(self, version: &'static str) -> Value {
        let rules = self.codes.into_iter().map(rule).collect();
        let driver = Driver { name: "azreach", version, rules };
        let run = Run { tool: Tool { driver }, column_kind: "unicodeCodePoints", results: self.found };
        let log = Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
        serde_json::to_value(log).unwrap_or_default()
    }
}

/// A code with the text that `explain` prints.
fn rule(id: &'static str) -> Rule {
    let text = manual::entry(id).map_or(id, |(_, text)| text);
    let first = text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.');
    Rule {
        id,
        short_description: Message { text: format!("{first}.") },
        full_description: Message { text: text.to_owned() },
        help: Message { text: text.to_owned() },
    }
}

fn located(origin: &Origin, places: &Places<'_>) -> Location {
    let end = match origin {
        Origin::Text(span) => Some(places.position(span.source, span.end as usize)),
        Origin::Foreign(..) => None,
    };
    location(places.spot(origin), end)
}

fn location(spot: Spot, end: Option<(usize, usize)>) -> Location {
    let region = spot.line.map(|start_line| Region {
        start_line,
        start_column: spot.column,
        end_line: end.map(|(line, _)| line),
        end_column: end.map(|(_, column)| column),
    });
    let artifact_location = ArtifactLocation { uri: uri(&spot.file) };
    Location { id: None, physical_location: PhysicalLocation { artifact_location, region }, message: None }
}

/// A path as a URI reference: slashes, and what no URI holds percent-encoded.
fn uri(path: &str) -> String {
    if path == "-" {
        return "stdin".to_owned();
    }
    let path = path.replace('\\', "/");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let encoded = path.bytes().map(|byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    let encoded: String = encoded.collect();
    let drive = path.as_bytes().get(1) == Some(&b':');
    match (path.starts_with('/'), drive) {
        (true, _) => format!("file://{encoded}"),
        (false, true) => format!("file:///{encoded}").replacen("%3A", ":", 1),
        (false, false) => encoded.trim_start_matches("./").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::report::samples;

    #[test]
    fn findings_and_failures_with_their_rules() {
        let log = super::check(&[samples::holding(), samples::failing(), samples::unusable()], "1.2.3");
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        let rules: Vec<&str> =
            run["tool"]["driver"]["rules"].as_array().unwrap().iter().filter_map(|rule| rule["id"].as_str()).collect();
        assert_eq!(rules, ["expectation-fails", "unknown-name"]);
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 3, "{log}");
        assert_eq!(results[0]["ruleId"], "expectation-fails");
        assert_eq!(results[2]["ruleIndex"], 1);
        assert_eq!(
            results[2]["locations"][0].to_string(),
            r#"{"physicalLocation":{"artifactLocation":{"uri":"net.yaml"},"region":{"startLine":2,"startColumn":3,"endLine":2,"endColumn":8}}}"#
        );
    }

    #[test]
    fn paths_become_uris() {
        assert_eq!(super::uri("a b/ü.yaml"), "a%20b/%C3%BC.yaml");
        assert_eq!(super::uri("./x/y.yaml"), "x/y.yaml");
        assert_eq!(super::uri("/abs/x.yaml"), "file:///abs/x.yaml");
        assert_eq!(super::uri("C:\\net\\x.yaml"), "file:///C:/net/x.yaml");
        assert_eq!(super::uri("-"), "stdin");
    }
}
