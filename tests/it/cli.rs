//! The built binary from outside: what it prints and how it ends, against golden files; the names of the JSON keys.
//!
//! In: `tests/golden/*.txt`, one command each; `AZREACH_BLESS=1` rewrites them. Out: a failure with both texts.
//! Deliberately absent: whether the answers are right (that is for `scenarios` and `agreement`).

use crate::scenarios::{files_below, root};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    process::{Command, Stdio},
};

const LINT: &str = "scenarios/lint/rules.yaml";
const RULES: &str = "scenarios/learn/03-rules-and-priorities.yaml";
const PROBES: &str = "scenarios/laws/filtering/F178-probes.yaml";
const HUB: &str = "scenarios/learn/10-hub-and-spoke-with-a-gateway.yaml";
/// A private endpoint whose zone lacks a link.
const LINK: &str = "scenarios/stories/private-endpoint-without-a-link.yaml";
const NVA: &str = "scenarios/learn/09-hub-with-an-appliance.yaml";
const FAILING: &str = "tests/golden/failing.yaml";
const INVALID: &str = "tests/golden/invalid.yaml";
const UNKNOWN: &str = "tests/golden/undetermined.yaml";
const MIXED: &str = "203.0.113.0/29 -> web-1 tcp/22,8443";
const COMMANDS: [&str; 15] = [
    "check",
    "trace",
    "reach",
    "matrix",
    "diff",
    "fix",
    "routes",
    "rules",
    "graph",
    "import",
    "verify",
    "tags",
    "explain",
    "schema",
    "completions",
];

const EXPORT: &str = "tests/data/az/export";
const SHOP: &str = "tests/data/az/shop.yaml";

/// Name of the golden file, arguments, exit code.
const CASES: [(&str, &[&str], i32); 102] = [
    ("trace-allowed", &["trace", RULES, "internet -> web-1 tcp/443"], 0),
    ("trace-allowed-json", &["trace", RULES, "203.0.113.99 -> web-1 tcp/10003", "--format", "json"], 0),
    ("trace-allowed-through-gateway", &["trace", HUB, "app-1 -> datacentre/sql tcp/1433"], 0),
    ("trace-allowed-quiet", &["trace", "-q", HUB, "app-1 -> dns udp/53"], 0),
    ("trace-denied", &["trace", RULES, "admin -> web-1 tcp/22"], 1),
    ("trace-denied-json", &["trace", RULES, "admin -> web-1 tcp/22", "--format", "json"], 1),
    ("trace-mixed", &["trace", RULES, MIXED], 1),
    ("trace-mixed-json", &["trace", RULES, MIXED, "--format", "json"], 1),
    ("trace-mixed-internet", &["trace", RULES, "internet -> web-1 tcp/80,443"], 1),
    ("trace-undetermined", &["trace", UNKNOWN, "web-1 -> web-2 tcp/22"], 1),
    ("trace-undetermined-json", &["trace", UNKNOWN, "web-1 -> web-2 tcp/22", "--format", "json"], 1),
    ("trace-definite-beside-unknown", &["trace", UNKNOWN, "web-1 -> web-2 tcp/23"], 1),
    (
        "trace-what-if",
        &["trace", RULES, "admin -> web-1 tcp/22", "--what-if", "put the administrator before the denial"],
        0,
    ),
    ("trace-note-on-probes", &["trace", PROBES, "internet -> lb tcp/80", "--what-if", "the Internet is denied"], 1),
    ("trace-unknown-what-if", &["trace", RULES, "admin -> web-1 tcp/22", "--what-if", "nothing such"], 2),
    ("trace-bad-flow", &["trace", RULES, "admin->web-1 tcp/22"], 2),
    ("trace-misspelt-end", &["trace", RULES, "admin -> web-11 tcp/22"], 2),
    ("trace-matches-nothing", &["trace", RULES, "web-1 -> web-1 tcp/22"], 2),
    ("trace-unknown-file", &["trace", "nosuch.yaml", "a -> b"], 2),
    ("trace-invalid-file", &["trace", INVALID, "web-1 -> internet tcp/443"], 2),
    ("reach-to", &["reach", NVA, "--to", "two"], 0),
    ("reach-from", &["reach", HUB, "--from", "app-1"], 0),
    ("reach-flow-json", &["reach", RULES, MIXED, "--format", "json"], 0),
    ("reach-undetermined", &["reach", UNKNOWN, "web-1 -> web-2 tcp/22-23"], 1),
    ("reach-misspelt-end", &["reach", RULES, "--to", "web-11"], 2),
    ("matrix", &["matrix", HUB], 0),
    ("matrix-json", &["matrix", RULES, "--flow", "tcp/443", "--format", "json"], 0),
    ("matrix-csv", &["matrix", NVA, "--format", "csv"], 0),
    ("matrix-bad-flow", &["matrix", RULES, "--flow", "tcp/x"], 2),
    ("reach-nothing-asked", &["reach", RULES], 2),
    ("diff-what-if", &["diff", NVA, "--what-if", "forget the route back"], 1),
    ("diff-json", &["diff", RULES, "--what-if", "put the administrator before the denial", "--format", "json"], 1),
    ("diff-markdown", &["diff", NVA, "--what-if", "forget the route back", "--format", "markdown"], 1),
    ("diff-none", &["diff", RULES, RULES], 0),
    ("diff-nothing-asked", &["diff", RULES], 2),
    ("fix", &["fix", LINK, "app-1 -> lake/dfs tcp/443"], 0),
    ("fix-json", &["fix", LINK, "app-1 -> lake/dfs tcp/443", "--format", "json"], 0),
    ("fix-denied", &["fix", LINK, "app-1 -> 10.0.1.4 tcp/443", "--want", "denied"], 0),
    ("fix-nothing-needed", &["fix", LINK, "app-1 -> 10.0.1.4 tcp/443"], 0),
    ("fix-nothing-helps", &["fix", NVA, "one -> two tcp/22"], 1),
    ("routes", &["routes", HUB, "spoke-vnet/app"], 0),
    ("routes-json", &["routes", HUB, "app-1", "--format", "json"], 0),
    ("routes-what-if", &["routes", HUB, "web-1", "--what-if", "advertise a default route, exempt the web subnet"], 0),
    ("routes-unknown-place", &["routes", HUB, "spoke-vnet/ap"], 2),
    ("rules", &["rules", RULES, "web-1"], 0),
    ("rules-json", &["rules", RULES, "shop-vnet/web", "--format", "json"], 0),
    ("rules-not-a-place", &["rules", RULES, "admin"], 2),
    ("check", &["check", RULES, HUB], 0),
    ("check-verbose", &["check", "-v", RULES], 0),
    ("check-quiet", &["check", "-q", RULES], 0),
    ("check-failing", &["check", FAILING], 1),
    ("check-failing-json", &["check", FAILING, "--format", "json"], 1),
    ("check-failing-junit", &["check", FAILING, "--format", "junit"], 1),
    ("check-failing-github", &["check", FAILING, "--format", "github"], 1),
    ("check-failing-sarif", &["check", FAILING, "--format", "sarif"], 1),
    ("check-filter", &["check", FAILING, "--filter", "TCP/1433"], 0),
    ("check-what-if", &["check", FAILING, "--what-if", "Open SSH"], 1),
    ("check-unknown-what-if", &["check", FAILING, "--what-if", "nothing such"], 2),
    ("check-invalid", &["check", INVALID], 2),
    ("check-invalid-json", &["check", INVALID, "--format", "json"], 2),
    ("check-invalid-junit", &["check", INVALID, "--format", "junit"], 2),
    ("check-invalid-github", &["check", INVALID, "--format", "github"], 2),
    ("check-two-outranks-one", &["check", INVALID, FAILING, RULES], 2),
    ("check-refused-as-it-says", &["check", "scenarios/invalid/unknown-key.yaml"], 0),
    ("check-unknown-file", &["check", "nosuch.yaml"], 2),
    ("check-nothing-found", &["check", "src"], 2),
    ("graph-dot", &["graph", NVA, "--format", "dot", "--flow", "one -> two tcp/443"], 0),
    ("graph-mermaid", &["graph", NVA, "--format", "mermaid", "--flow", "one -> two tcp/22"], 0),
    ("graph-svg", &["graph", NVA, "--flow", "one -> two tcp/443", "--what-if", "forget the route back"], 0),
    ("graph-html", &["graph", RULES, "--format", "html"], 0),
    ("graph-bad-flow", &["graph", NVA, "--flow", "one -> tow"], 2),
    ("graph-unknown-what-if", &["graph", NVA, "--what-if", "nothing such"], 2),
    ("import-az", &["import", "az", EXPORT], 0),
    ("import-az-quiet", &["import", "az", "tests/data/az/export/vms.json", "-q"], 0),
    ("import-az-report-json", &["import", "az", "tests/data/az/export/graph.json", "--format", "json"], 0),
    ("import-az-strict", &["import", "az", "tests/data/az/export/graph.json", "--strict"], 2),
    ("import-az-strict-all-used", &["import", "az", "tests/data/az/export/vnets.json", "--strict"], 0),
    ("import-arm", &["import", "arm", "scenarios/templates/hub-and-spoke.json"], 0),
    (
        "import-arm-parameters-json",
        &[
            "import",
            "arm",
            "scenarios/templates/databricks.json",
            "--parameters",
            "location=westeurope",
            "--format",
            "json",
        ],
        0,
    ),
    (
        "import-arm-unknown-parameter",
        &["import", "arm", "scenarios/templates/databricks.json", "--parameters", "a=b"],
        2,
    ),
    ("import-arm-nothing", &["import", "arm", "tests/data/az/export/rest.json"], 2),
    ("import-terraform", &["import", "terraform", "scenarios/terraform/shop.plan.json"], 0),
    (
        "import-terraform-before",
        &["import", "terraform", "scenarios/terraform/shop.plan.json", "--side", "before", "-q"],
        0,
    ),
    ("import-terraform-nothing", &["import", "terraform", "tests/data/az/export/rest.json"], 2),
    ("import-az-nothing", &["import", "az", "tests/data/az/answers/next-hop.json"], 2),
    ("verify", &["verify", SHOP, "--answers", "tests/data/az/answers"], 0),
    (
        "verify-gateways",
        &["verify", "tests/data/az/gateways/export.json", "--answers", "tests/data/az/gateways/answers", "-v"],
        0,
    ),
    ("verify-differs", &["verify", EXPORT, "--answers", "tests/data/az/other-answers", "-q"], 1),
    ("verify-differs-json", &["verify", SHOP, "--answers", "tests/data/az/other-answers", "--format", "json"], 1),
    ("verify-no-answer", &["verify", SHOP, "--answers", "tests/data/az/export/vnets.json"], 2),
    ("lint", &["lint", LINT], 1),
    ("lint-quiet", &["lint", LINT, "-q", "--allow", "rule-without-match"], 1),
    ("lint-json", &["lint", LINT, "--format", "json"], 1),
    ("lint-sarif", &["lint", LINT, "--format", "sarif", "--allow", "all", "--deny", "rule-shadowed"], 1),
    ("lint-nothing", &["lint", LINT, "--allow", "all"], 0),
    ("lint-unknown-code", &["lint", LINT, "--deny", "rule-shadow"], 2),
    ("lint-invalid", &["lint", INVALID], 2),
    ("tags-address", &["tags", "52.239.185.64"], 0),
    ("tags-address-json", &["tags", "52.239.185.64", "--format", "json"], 0),
    ("tags-address-in-none", &["tags", "192.0.2.1"], 1),
    ("tags-misspelt", &["tags", "AzureDatabrick"], 2),
    ("no-command", &[], 2),
];

/// What a command printed and how it ended.
struct Ran {
    out: String,
    err: String,
    code: i32,
}

fn azreach(arguments: &[&str], input: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_azreach"));
    command.current_dir(root("")).args(["--color", "never"]).args(arguments).env("COLUMNS", "100");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    // A command that reads no input may be gone already.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("the binary ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ran { out: text(output.stdout), err: text(output.stderr), code: output.status.code().expect("no signal") }
}

/// What a command prints to stdout and stderr, and its exit code.
pub(crate) fn printed(arguments: &[&str]) -> (String, String, i32) {
    let ran = azreach(arguments, "");
    (ran.out, ran.err, ran.code)
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&azreach(arguments, "").out).expect("JSON on stdout")
}

/// Seconds differ from run to run.
fn timeless(text: &str) -> String {
    let mut pieces = text.split(" time=\"");
    let mut all = pieces.next().unwrap_or("").to_owned();
    for piece in pieces {
        all.push_str(" time=\"…\"");
        all.push_str(piece.split_once('"').map_or("", |(_, rest)| rest));
    }
    all
}

fn transcript(arguments: &[&str], ran: &Ran) -> String {
    let quoted = |word: &&str| if word.contains([' ', '>']) { format!("'{word}'") } else { (*word).to_owned() };
    let command = arguments.iter().map(quoted).collect::<Vec<_>>().join(" ");
    let part = |name: &str, text: &str| if text.is_empty() { String::new() } else { format!("--- {name}\n{text}") };
    format!(
        "$ azreach {command}\n{}{}--- exit {}\n",
        part("stdout", &timeless(&ran.out)),
        part("stderr", &ran.err),
        ran.code
    )
}

/// Compares with the golden file, or writes it.
fn golden(name: &str, text: &str, failures: &mut Vec<String>) {
    let path = root("tests/golden").join(format!("{name}.txt"));
    if std::env::var_os("AZREACH_BLESS").is_some() {
        fs::write(&path, text).expect("a writable folder");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    if kept != text {
        failures.push(format!("==== {}\n{kept}==== now\n{text}", path.display()));
    }
}

fn passed(failures: &[String]) {
    assert!(failures.is_empty(), "{}\nAZREACH_BLESS=1 cargo test cli rewrites the golden files", failures.join("\n"));
}

#[test]
fn commands_print_what_the_golden_files_say() {
    let mut failures = Vec::new();
    for (name, arguments, code) in CASES {
        let ran = azreach(arguments, "");
        if ran.code != code {
            failures.push(format!("==== {name}: exit code {} instead of {code}\n{}{}", ran.code, ran.out, ran.err));
        }
        golden(name, &transcript(arguments, &ran), &mut failures);
    }
    passed(&failures);
}

#[test]
fn every_command_explains_itself() {
    let mut failures = Vec::new();
    let whole = azreach(&["--help"], "");
    golden("help", &transcript(&["--help"], &whole), &mut failures);
    for command in COMMANDS {
        let ran = azreach(&[command, "--help"], "");
        golden(&format!("help-{command}"), &transcript(&[command, "--help"], &ran), &mut failures);
        if !whole.out.contains(&format!("\n  {command} ")) || ran.code != 0 {
            failures.push(format!("{command} is not in --help, or its own --help ends with {}", ran.code));
        }
    }
    passed(&failures);
}

#[test]
fn every_golden_file_has_its_case() {
    if std::env::var_os("AZREACH_BLESS").is_some() {
        return;
    }
    let cases = CASES.iter().map(|(name, ..)| (*name).to_owned());
    let help = COMMANDS.iter().map(|command| format!("help-{command}")).chain(["help".to_owned()]);
    let known: BTreeSet<String> = cases.chain(help).collect();
    let files = files_below(&root("tests/golden"), &["txt"]);
    let name = |path: &std::path::PathBuf| path.file_stem().expect("a name").to_string_lossy().into_owned();
    let kept: BTreeSet<String> = files.iter().map(name).collect();
    assert_eq!(kept, known, "files (left) and cases (right)");
}

#[test]
fn a_tag_is_listed_with_its_size() {
    let ran = azreach(&["tags", "AzureDatabricks"], "");
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(ran.code, 0);
    assert!(lines[0].parse::<ipnet::IpNet>().is_ok(), "{}", lines[0]);
    let last = format!("# {} prefixes, ", lines.len() - 1);
    assert!(lines.last().expect("a last line").starts_with(&last), "{:?}", lines.last());
}

#[test]
fn codes_and_laws_are_explained_from_the_documentation() {
    for (subject, page) in [("unknown-reference", "docs/diagnostics.md"), ("f16", "docs/semantics.md")] {
        let text = fs::read_to_string(root(page)).expect("a readable page");
        let ran = azreach(&["explain", subject], "");
        assert_eq!(ran.code, 0, "{}", ran.err);
        let (name, explained) = ran.out.trim_end().split_once('\n').expect("a name and a text");
        assert!(name.eq_ignore_ascii_case(subject), "{name}");
        assert!(text.contains(&format!("- **{name}** {explained}")), "{explained}");
    }
    let near = azreach(&["explain", "unknown-referense"], "");
    assert_eq!(near.code, 2);
    assert!(near.err.contains("did you mean `unknown-reference`?"), "{}", near.err);
}

#[test]
fn a_dash_reads_standard_input() {
    let text = fs::read_to_string(root(RULES)).expect("a readable file");
    let flow = "internet -> web-1 tcp/443";
    for format in ["text", "json"] {
        let (file, dash) = (
            azreach(&["trace", RULES, flow, "--format", format], ""),
            azreach(&["trace", "-", flow, "--format", format], &text),
        );
        assert_eq!((dash.code, dash.out), (0, file.out.replace(RULES, "-")));
    }
    let check = azreach(&["check", "-"], &text);
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
    let broken = azreach(&["check", "-"], "network: [");
    assert_eq!(broken.code, 2);
    assert!(broken.err.contains("-:1:"), "{}", broken.err);
    let nothing = azreach(&["check", "-"], "");
    assert_eq!(nothing.code, 2, "{}{}", nothing.out, nothing.err);
}

#[test]
fn two_outranks_one_and_the_other_files_still_run() {
    for paths in [[INVALID, FAILING, RULES], [RULES, FAILING, INVALID]] {
        let ran = azreach(&["check", "--format", "json", paths[0], paths[1], paths[2]], "");
        let answer: Value = serde_json::from_str(&ran.out).expect("JSON");
        assert_eq!(ran.code, 2);
        let files: Vec<&str> = array(&answer["scenarios"]).iter().filter_map(|one| one["file"].as_str()).collect();
        assert_eq!(files, paths);
        assert!(answer["failed"].as_u64() > Some(0) && answer["passed"].as_u64() > Some(0));
    }
}

#[test]
fn a_file_that_is_not_there_does_not_stop_the_others() {
    let ran = azreach(&["check", "nosuch.yaml", RULES], "");
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains(&format!("ok    {RULES}")), "{}", ran.out);
}

#[test]
fn folders_are_searched_for_scenarios() {
    let ran = azreach(&["check", "scenarios", "--format", "json"], "");
    let answer: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!((ran.code, answer["failed"].as_u64()), (0, Some(0)), "{}", ran.err);
    assert_eq!(array(&answer["scenarios"]).len(), files_below(&root("scenarios"), &["yaml", "yml"]).len());
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let one = azreach(&["check", "scenarios", "--format", "json", "--jobs", "1"], "");
    let eight = azreach(&["check", "scenarios", "--format", "json", "--jobs", "8"], "");
    assert!(one.out == eight.out && one.err == eight.err && one.code == eight.code);
}

fn array(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("a list, not {value}"))
}

/// The keys of an object must hold these: additions allowed, renames not.
fn has_keys(value: &Value, keys: &[&str]) {
    for key in keys {
        assert!(value.get(key).is_some(), "no `{key}` in {value:#}");
    }
}

const DECIDER: [&str; 6] = ["kind", "resource", "name", "access", "detail", "law"];
const STEP: [&str; 5] = ["kind", "resource", "name", "outcome", "law"];
const BOX: [&str; 4] = ["source", "destination", "protocol", "ports"];

#[test]
fn the_keys_of_check_do_not_change() {
    let answer = json(&["check", FAILING, INVALID, "--format", "json"]);
    has_keys(&answer, &["version", "passed", "failed", "diagnostics", "scenarios"]);
    assert_eq!(answer["version"], 1);
    assert!(!array(&answer["diagnostics"]).is_empty());
    let scenario = &answer["scenarios"][0];
    has_keys(scenario, &["file", "name", "results"]);
    let results = array(&scenario["results"]);
    assert_eq!(results.len(), 8);
    for result in results {
        has_keys(result, &["whatIf", "passed", "line", "expected"]);
        if result.get("flow").is_some() {
            has_keys(result, &["verdict", "decidedBy"]);
            array(&result["decidedBy"]).iter().for_each(|one| has_keys(one, &DECIDER));
        } else {
            has_keys(result, &["kind", "actual"]);
        }
    }
    let kinds: Vec<&str> = results.iter().filter_map(|one| one["kind"].as_str()).collect();
    assert_eq!(kinds, ["nextHop", "routes", "tag"]);
    let what_ifs: Vec<&Value> = results.iter().map(|one| &one["whatIf"]).collect();
    assert!(what_ifs[0].is_null() && what_ifs[7] == "open ssh");
    assert_eq!(results[0]["line"], 20);
    let passed: Vec<bool> = results.iter().filter_map(|one| one["passed"].as_bool()).collect();
    assert_eq!(passed, [true, false, false, false, false, false, true, false]);
}

#[test]
fn the_keys_of_trace_do_not_change() {
    let keys = ["version", "flow", "verdict", "decidedBy", "forward", "reply", "parts", "missing", "legs"];
    let cases = [
        (RULES, "Internet -> WEB-1 TCP/443", "allowed"),
        (RULES, "admin -> web-1 tcp/22", "denied"),
        (RULES, MIXED, "mixed"),
        (UNKNOWN, "web-1 -> web-2 tcp/22", "undetermined"),
    ];
    for (file, flow, verdict) in cases {
        let answer = json(&["trace", file, flow, "--format", "json"]);
        has_keys(&answer, &keys);
        assert_eq!((&answer["version"], &answer["verdict"]), (&Value::from(1), &Value::from(verdict)));
        assert_eq!(answer["flow"], flow.to_lowercase());
        array(&answer["decidedBy"]).iter().for_each(|one| has_keys(one, &DECIDER));
        for hop in array(&answer["forward"]).iter().chain(array(&answer["reply"])) {
            has_keys(hop, &["at", "steps"]);
            array(&hop["steps"]).iter().for_each(|step| has_keys(step, &STEP));
        }
        assert!(!array(&answer["parts"]).is_empty());
        for part in array(&answer["parts"]) {
            has_keys(part, &["verdict", "boxes", "witness", "decidedBy"]);
            array(&part["boxes"]).iter().for_each(|one| has_keys(one, &BOX));
        }
        let missing = array(&answer["missing"]);
        assert_eq!(missing.is_empty(), verdict != "undetermined");
        missing.iter().for_each(|fact| has_keys(fact, &["fact", "file", "line"]));
        array(&answer["legs"])
            .iter()
            .for_each(|leg| has_keys(leg, &["flow", "verdict", "decidedBy", "forward", "reply"]));
    }
}

#[test]
fn routes_and_rules_have_the_shape_of_network_watcher() {
    let routes = json(&["routes", HUB, "app-1", "--format", "json"]);
    for row in array(&routes["value"]) {
        has_keys(row, &["source", "state", "addressPrefix", "nextHopIpAddress", "nextHopType"]);
        array(&row["addressPrefix"]);
    }
    let rules = json(&["rules", RULES, "web-1", "--format", "json"]);
    let group = &rules["value"][0];
    has_keys(group, &["networkSecurityGroup", "association", "effectiveSecurityRules"]);
    let keys = ["name", "protocol", "access", "priority", "direction", "sourcePortRange", "destinationPortRange"];
    array(&group["effectiveSecurityRules"]).iter().for_each(|rule| has_keys(rule, &keys));
}

#[test]
fn colour_is_an_option() {
    let arguments = ["trace", RULES, "internet -> web-1 tcp/443", "--color"];
    let with =
        |choice| Command::new(env!("CARGO_BIN_EXE_azreach")).current_dir(root("")).args(arguments).arg(choice).output();
    let coloured = |choice| with(choice).expect("the binary runs").stdout.contains(&0x1b);
    assert!(coloured("always") && !coloured("never") && !coloured("auto"));
}

#[test]
fn completions_are_made_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = azreach(&["completions", shell], "");
        assert!(ran.code == 0 && ran.out.contains("azreach"), "{shell}");
    }
}

/// Words of a command line; single quotes hold words together.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, piece) in line.split('\'').enumerate() {
        match index % 2 {
            0 => words.extend(piece.split_whitespace().map(str::to_owned)),
            _ => words.push(piece.to_owned()),
        }
    }
    words
}

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = fs::read_to_string(root("README.md")).expect("README.md");
    let blocks: Vec<&str> = readme.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let mut shown = 0;
    for block in blocks {
        for example in format!("\n{block}").split("\n$ azreach ").skip(1) {
            let (line, expected) = example.split_once('\n').unwrap_or((example, ""));
            let words = split(line);
            let ran = azreach(&words.iter().map(String::as_str).collect::<Vec<_>>(), "");
            let printed = format!("{}{}", ran.out, ran.err);
            assert_eq!(printed.trim_end(), expected.trim_end(), "azreach {line}");
            shown += 1;
        }
    }
    assert!(shown > 0, "README.md has no ```console block with `$ azreach …`");
}
