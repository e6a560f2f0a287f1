//! The house keeps its own rules: `ARCHITECTURE.md` and `docs/` against `src/`.
//!
//! In: the texts of the sources and of the pages. Out: a failure that names file, line and rule. Deliberately absent:
//! what rustc and clippy find already.

mod text;

use crate::scenarios::{files_below, root};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};
use text::{Source, crate_paths, words};

/// Longest file of `src/`.
const MOST_LINES: usize = 700;

/// Foreign words and the files that may say them (a prefix of the path below `src/`).
const FOREIGN: [(&[&str], &[&str]); 9] = [
    (&["saphyr_parser"], &["scenario"]),
    (&["jsonc_parser"], &["scenario"]),
    (&["petgraph"], &["compile/topology.rs"]),
    (&["rayon"], &["evaluate/batch.rs"]),
    (&["clap", "clap_complete", "indicatif"], &["cli"]),
    (&["anstream"], &["cli", "report"]),
    (&["annotate_snippets", "quick_junit", "anstyle"], &["report"]),
    (&["fs", "println", "print", "eprintln", "eprint", "stdin", "stdout", "stderr"], &["cli"]),
    (&["env", "Instant", "SystemTime", "thread", "process"], &["cli", "main.rs"]),
];

/// Words with hyphens that are no codes.
const NO_CODES: [&str; 5] = ["point-to-site", "control-plane", "artifact-storage", "log-storage", "event-hubs"];

fn sources() -> Vec<Source> {
    let folder = root("src");
    let read = |path: &std::path::PathBuf| {
        let name = path.strip_prefix(&folder).expect("below src").to_string_lossy().replace('\\', "/");
        Source::new(name, fs::read_to_string(path).expect("a readable file"))
    };
    let found: Vec<Source> = files_below(&folder, &["rs"]).iter().map(read).collect();
    assert!(found.len() > 50, "the sources are not there");
    found
}

fn page(path: &str) -> String {
    fs::read_to_string(root(path)).unwrap_or_default()
}

/// The first cells of each row of the first table whose head has this cell.
fn table(page: &str, head: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let mut lines = page.lines().skip_while(|line| !line.contains(&format!("| {head} |")));
    lines.by_ref().take(2).for_each(drop);
    lines.take_while(|line| line.starts_with('|')).map(cells).collect()
}

/// What a room may import: rooms, and whether only their settings.
fn permissions() -> BTreeMap<String, BTreeSet<String>> {
    let rows = table(&page("ARCHITECTURE.md"), "may import");
    let name = |cell: &str| cell.trim_matches('`').to_owned();
    let rooms: Vec<String> = rows.iter().map(|row| name(&row[0])).collect();
    let allowed = |index: usize, cell: &str| match cell {
        "everything above" => rooms[..index].iter().cloned().collect(),
        "everything" => rooms.iter().cloned().collect(),
        "–" => BTreeSet::new(),
        list => list
            .split(", ")
            .map(|item| match item.strip_suffix(" (settings only)") {
                Some(room) => format!("{}::settings", name(room)),
                None => name(item),
            })
            .collect(),
    };
    let found: BTreeMap<_, _> =
        rows.iter().enumerate().map(|(index, row)| (rooms[index].clone(), allowed(index, &row[2]))).collect();
    assert!(found.len() >= 12, "no table of rooms in ARCHITECTURE.md");
    found
}

fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn every_file_begins_with_its_plate() {
    let bare = sources().into_iter().filter(|source| !source.text.starts_with("//! "));
    none("without a plate", &bare.map(|source| source.name).collect::<Vec<_>>());
}

#[test]
fn no_file_is_long() {
    let long = sources().into_iter().filter(|source| source.text.lines().count() > MOST_LINES);
    none("over 700 lines", &long.map(|source| source.name).collect::<Vec<_>>());
}

#[test]
fn every_room_is_in_the_table_and_every_row_is_a_room() {
    let rooms: BTreeSet<String> = sources().iter().filter_map(|source| source.room().map(str::to_owned)).collect();
    let rows: BTreeSet<String> = permissions().into_keys().collect();
    assert_eq!(rooms, rows, "rooms of src/ (left) and rows of ARCHITECTURE.md (right)");
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    let permissions = permissions();
    let mut stray = Vec::new();
    for source in sources() {
        let Some(room) = source.room() else { continue };
        let allowed = &permissions[room];
        for (line, path) in crate_paths(&source) {
            let target = path[0].as_str();
            let part = format!("{target}::{}", path.get(1).map_or("", String::as_str));
            let known = permissions.contains_key(target);
            if known && target != room && !allowed.contains(target) && !allowed.contains(&part) {
                stray.push(format!("src/{}:{line}: `{room}` may not import `{}`", source.name, path.join("::")));
            }
        }
    }
    none("stray imports", &stray);
}

#[test]
fn foreign_words_stay_in_their_rooms() {
    let mut stray = Vec::new();
    for source in sources() {
        for (line, word) in words(&source.code) {
            let strangers = FOREIGN.iter().filter(|(names, _)| names.contains(&word));
            for (_, homes) in strangers.filter(|(_, homes)| !homes.iter().any(|home| source.lives_in(home))) {
                stray.push(format!("src/{}:{line}: `{word}` belongs in {}", source.name, homes.join(", ")));
            }
        }
    }
    none("far from home", &stray);
}

/// Names of the entries of a page: lines like `- **name** text`.
fn entries(page: &str) -> BTreeSet<&str> {
    page.lines().filter_map(|line| line.strip_prefix("- **")?.split_once("** ")).map(|(name, _)| name).collect()
}

fn pages_of_codes() -> String {
    page("docs/diagnostics.md") + &page("docs/lint.md")
}

/// Every string of the sources that looks like a code: words in lower case with hyphens between.
fn codes() -> BTreeMap<String, String> {
    let word =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let code = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.contains('-')
            && text.split('-').all(word)
            && !NO_CODES.contains(&text)
    };
    let mut found = BTreeMap::new();
    for source in sources() {
        for (line, text) in source.strings.iter().filter(|(_, text)| code(text)) {
            found.entry(text.clone()).or_insert_with(|| format!("src/{}:{line}", source.name));
        }
    }
    assert!(found.len() > 60, "only {} codes", found.len());
    found
}

#[test]
fn every_diagnostic_code_is_explained() {
    let pages = pages_of_codes();
    let listed = entries(&pages);
    let unlisted = codes().into_iter().filter(|(code, _)| !listed.contains(code.as_str()));
    let unlisted: Vec<String> = unlisted.map(|(code, place)| format!("{place}: {code}")).collect();
    none("not in docs/diagnostics.md or docs/lint.md", &unlisted);
}

#[test]
fn every_explained_code_is_used() {
    let (pages, codes) = (pages_of_codes(), codes());
    let unused: Vec<String> =
        entries(&pages).into_iter().filter(|code| !codes.contains_key(*code)).map(str::to_owned).collect();
    none("in docs/diagnostics.md or docs/lint.md and nowhere in src", &unused);
}

#[test]
fn every_law_that_is_cited_is_written_down() {
    let law = |word: &str| {
        word.strip_prefix(['F', 'R']).is_some_and(|digits| {
            !digits.is_empty() && digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let page = page("docs/semantics.md");
    let listed = entries(&page);
    let mut cited = BTreeMap::new();
    for source in sources() {
        for (line, text) in &source.strings {
            for (_, word) in words(text).filter(|(_, word)| law(word)) {
                cited.entry(word.to_owned()).or_insert_with(|| format!("src/{}:{line}", source.name));
            }
        }
    }
    assert!(cited.len() > 30, "only {} laws are cited", cited.len());
    let missing = cited.into_iter().filter(|(law, _)| !listed.contains(law.as_str()));
    let missing: Vec<String> = missing.map(|(law, place)| format!("{place}: {law}")).collect();
    none("not in docs/semantics.md", &missing);
}

#[test]
fn every_file_that_the_map_names_is_there() {
    let page = page("ARCHITECTURE.md");
    let names = page.split('`').filter(|word| word.ends_with(".rs") && !word.contains(' '));
    let there = |name: &str| root("src").join(name).exists() || root(name).exists();
    let missing: Vec<String> = names.filter(|name| !there(name)).map(str::to_owned).collect();
    none("named in ARCHITECTURE.md", &missing);
}
