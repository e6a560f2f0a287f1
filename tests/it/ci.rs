//! The files for CI: YAML that every reader takes, and commands that run as they stand there.
//!
//! In: `examples/ci`, `.pre-commit-hooks.yaml`, the code of `docs/ci.md`. Out: a failure with the file and the command. Each runs in a
//! folder that is laid out as the files suppose. Deliberately absent: what GitHub, Azure DevOps and pre-commit do with them.

use crate::scenarios::root;
use saphyr_parser::{Event, Parser};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const FILES: [&str; 4] = [
    ".pre-commit-hooks.yaml",
    "examples/ci/azure-pipelines.yml",
    "examples/ci/github-actions.yml",
    "examples/ci/pre-commit-config.yaml",
];

/// Every scalar of a YAML text, keys too.
fn scalars(file: &str, text: &str) -> Vec<String> {
    let events = Parser::new_from_str(text).map(|event| event.unwrap_or_else(|error| panic!("{file}: {error}")));
    let scalar = |event: Event<'_>| match event {
        Event::Scalar(value, ..) => Some(value.into_owned()),
        _ => None,
    };
    events.filter_map(|(event, _)| scalar(event)).collect()
}

/// The code blocks of a page, with their language.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, Some((_, text))) => text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    found
}

/// Lines that call the program, those in comments too.
fn commands(text: &str) -> impl Iterator<Item = String> {
    let plain = |line: &str| line.trim().trim_start_matches('#').trim_start().to_owned();
    text.lines()
        .map(plain)
        .filter(|line| line.starts_with("azreach ") && !line.contains('…'))
        .collect::<Vec<_>>()
        .into_iter()
}

/// Commands between backticks in running text; a verb alone is a name.
fn quoted(page: &str) -> Vec<String> {
    page.split('`').skip(1).step_by(2).flat_map(commands).filter(|command| words(command).len() > 1).collect()
}

/// What the shell would give the program: up to a redirection or the next command.
fn words(command: &str) -> Vec<&str> {
    let end = |word: &&str| [">", "|", "||"].contains(word);
    command.split_whitespace().skip(1).take_while(|word| !end(word)).collect()
}

/// A folder as the files suppose it: scenarios with a template, the target branch beside them, a plan.
fn workspace() -> PathBuf {
    let place = std::env::temp_dir().join(format!("azreach-ci-{}", std::process::id()));
    let copy = |from: &str, to: &str| {
        let to = place.join(to);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(root(from), &to).unwrap_or_else(|error| panic!("{from}: {error}"));
    };
    for side in ["", "base/"] {
        copy("scenarios/templates/databricks.json", &format!("{side}infra/azuredeploy.json"));
        let text =
            "import:\n  - arm: ../infra/azuredeploy.json\nexpect:\n  - denied: 203.0.113.9 -> 10.179.0.9 tcp/22\n";
        fs::create_dir_all(place.join(side).join("network")).expect("a folder");
        fs::write(place.join(side).join("network/main.yaml"), text).expect("a scenario");
    }
    copy("scenarios/terraform/shop.plan.json", "plan.json");
    place
}

fn run(place: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_azreach")).args(arguments).current_dir(place).output();
    let output = output.expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

#[test]
fn files_for_ci_are_yaml_and_their_commands_run() {
    let read = |file: &str| fs::read_to_string(root(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut all: Vec<(&str, String)> = Vec::new();
    for file in FILES {
        let text = read(file);
        let from_scalars = scalars(file, &text).iter().flat_map(|scalar| commands(scalar)).collect::<Vec<_>>();
        let from_comments = text.lines().filter(|line| line.trim_start().starts_with('#')).flat_map(commands);
        all.extend(from_scalars.into_iter().chain(from_comments).map(|command| (file, command)));
    }
    let page = read("docs/ci.md");
    for (language, text) in blocks(&page) {
        if language == "yaml" {
            scalars("docs/ci.md", &text);
        }
        all.extend(commands(&text).map(|command| ("docs/ci.md", command)));
    }
    all.extend(quoted(&page).into_iter().map(|command| ("docs/ci.md", command)));
    for file in ["examples/ci/github-actions.yml", "examples/ci/azure-pipelines.yml", "docs/ci.md"] {
        let told: BTreeSet<&str> = all
            .iter()
            .filter(|(from, _)| *from == file)
            .filter_map(|(_, command)| words(command).first().copied())
            .collect();
        assert!(["check", "diff", "lint"].iter().all(|verb| told.contains(verb)), "{file} has only {told:?}");
    }
    let place = workspace();
    for (file, command) in &all {
        let mut arguments = words(command);
        // The hooks' paths are in `args`.
        if file.contains("pre-commit") {
            arguments.push("network");
        }
        let (code, _, told) = run(&place, &arguments);
        assert!([0, 1].contains(&code), "{file}: {command} ends with {code}\n{told}");
    }
    fs::remove_dir_all(&place).expect("the folder goes");
}

#[test]
fn hooks_that_are_used_are_defined() {
    let read = |file: &str| fs::read_to_string(root(file)).expect("a file");
    let ids = |file: &str| -> BTreeSet<String> {
        let all = scalars(file, &read(file));
        all.windows(2).filter(|pair| pair[0] == "id").map(|pair| pair[1].clone()).collect()
    };
    let (defined, used) = (ids(FILES[0]), ids(FILES[3]));
    assert!(!used.is_empty() && used.is_subset(&defined), "{used:?} of {defined:?}");
}

/// What SARIF 2.1.0 requires of a log, and what code scanning wants beyond that.
#[test]
fn sarif_has_what_its_readers_require() {
    let cases: [&[&str]; 4] = [
        &["check", "--format", "sarif", "tests/golden/failing.yaml", "tests/golden/invalid.yaml"],
        &["check", "--format", "sarif", "scenarios/learn"],
        &["lint", "--format", "sarif", "scenarios/lint"],
        &["lint", "--format", "sarif", "scenarios/templates"],
    ];
    let mut found = 0;
    for arguments in cases {
        let (_, log, _) = run(&root("."), arguments);
        let log: Value = serde_json::from_str(&log).unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
        assert_eq!(log["version"], "2.1.0");
        for run in log["runs"].as_array().expect("runs") {
            let driver = &run["tool"]["driver"];
            assert!(driver["name"].is_string(), "{driver}");
            let rules = driver["rules"].as_array().expect("rules");
            let ids: BTreeSet<&str> = rules.iter().filter_map(|rule| rule["id"].as_str()).collect();
            assert_eq!(ids.len(), rules.len(), "every rule has an id of its own");
            for result in run["results"].as_array().expect("results") {
                found += 1;
                result_is_whole(result, rules);
            }
        }
    }
    assert!(found > 20, "{found} results");
}

fn result_is_whole(result: &Value, rules: &[Value]) {
    let at = result["ruleIndex"].as_u64().and_then(|index| rules.get(index as usize));
    assert_eq!(at.map(|rule| &rule["id"]), Some(&result["ruleId"]), "{result}");
    assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap_or("")), "{result}");
    assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{result}");
    // Code scanning shows nothing without a place.
    let places = result["locations"].as_array().expect("locations");
    assert!(!places.is_empty(), "{result}");
    for place in places.iter().chain(result["relatedLocations"].as_array().into_iter().flatten()) {
        let physical = &place["physicalLocation"];
        let uri = physical["artifactLocation"]["uri"].as_str().expect("a file");
        assert!(!uri.contains([' ', '\\']) && !uri.is_empty(), "{uri}");
        if let Some(region) = physical.get("region") {
            let number = |key: &str| region.get(key).map(|value| value.as_u64().expect("a number"));
            assert!(number("startLine") >= Some(1), "{region}");
            let start = (number("startLine"), number("startColumn"));
            let end = (number("endLine").or(start.0), number("endColumn").or(start.1));
            assert!(end >= start && number("startColumn") != Some(0) && number("endColumn") != Some(0), "{region}");
        }
    }
}
