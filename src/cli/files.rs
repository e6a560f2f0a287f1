//! Files: finding scenarios, reading texts, loading imports and tag data.

use super::{args::Common, output::Streams, templates};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, Source, SourceId, Sources},
    import::{self, terraform::Side},
    report,
    scenario::{self, Foreign, Loader, Scenario, tree::Node},
    tags::ServiceTags,
};
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Largest file that is opened at all.
const MAX_BYTES: u64 = 512 << 20;

/// One scenario, read.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(crate) file: String,
    pub(crate) sources: Sources,
    pub(crate) scenario: Option<Scenario>,
    pub(crate) diagnostics: Diagnostics,
    pub(crate) tags: Option<Arc<ServiceTags>>,
}

/// The scenario files that paths name: files as they are, folders by what looks like a scenario in them.
pub(crate) fn find(paths: &[String]) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for path in paths {
        if path == "-" || Path::new(path).is_file() {
            found.push(path.clone());
        } else if Path::new(path).is_dir() {
            let mut below = Vec::new();
            walk(Path::new(path), &["yaml", "yml"], &mut below, 0)?;
            below.sort();
            found.extend(
                below
                    .into_iter()
                    .filter(|file| looks_like_scenario(file))
                    .map(|file| file.to_string_lossy().into_owned()),
            );
        } else {
            // Reading it says what is wrong, and the other files still run.
            found.push(path.clone());
        }
    }
    if found.is_empty() {
        return Err(format!("no scenario in {}", paths.join(", ")));
    }
    Ok(found)
}

fn walk(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>, depth: usize) -> Result<(), String> {
    if depth > 32 {
        return Ok(());
    }
    let entries = fs::read_dir(folder).map_err(|error| format!("cannot read `{}`: {error}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if hidden {
            continue;
        }
        if path.is_dir() {
            walk(&path, endings, found, depth + 1)?;
        } else if path.extension().is_some_and(|ext| endings.iter().any(|one| ext == *one)) {
            found.push(path);
        }
    }
    Ok(())
}

/// A top-level `network`, `import` or `refused`.
fn looks_like_scenario(path: &Path) -> bool {
    // What cannot be read is named as a scenario, so that someone hears of it.
    let Ok(text) = text(&path.to_string_lossy()) else {
        return true;
    };
    text.trim_start().starts_with('{') || begins_with_key(&text, &["network", "import", "refused"])
}

/// Whether a line begins with one of the keys.
fn begins_with_key(text: &str, keys: &[&str]) -> bool {
    let begins = |line: &str, key: &str| {
        let line = line.trim_start_matches('\u{feff}').trim_start_matches(['"', '\'']);
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
    };
    text.lines().any(|line| keys.iter().any(|key| begins(line, key)))
}

/// Whether a JSON text is a map with one of the keys.
fn has_key(text: &str, keys: &[&str]) -> bool {
    let (mut sources, mut problems) = (Sources::default(), Diagnostics::default());
    let id = sources.add(Source::new("", text));
    let root = scenario::parse_json(&sources, id, &mut problems);
    root.is_none_or(|root| keys.iter().any(|key| root.get(key).is_some()))
}

/// The text of a file or of standard input.
pub(crate) fn text(path: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    if path == "-" {
        std::io::stdin().take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    } else {
        regular(path)?;
        let file = fs::File::open(path).map_err(|error| reason(&error))?;
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| reason(&error))?;
    }
    String::from_utf8(bytes).map_err(|error| format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to()))
}

/// Writes a file.
pub(crate) fn save(path: &str, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| reason(&error))
}

/// A device has no end, and a pipe may never begin.
fn regular(path: &str) -> Result<(), String> {
    let found = fs::metadata(path).map_err(|error| reason(&error))?;
    if found.is_dir() {
        return Err("it is a folder".to_owned());
    }
    if !found.is_file() {
        return Err("it is not a regular file; `-` reads standard input".to_owned());
    }
    Ok(())
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}

/// Reads one scenario with everything that it imports, and the tag data that it uses.
pub(crate) fn load(path: &str, common: &Common) -> Loaded {
    let mut sources = Sources::default();
    let mut diagnostics = Diagnostics::default();
    let mut scenario = None;
    match text(path) {
        Ok(text) => {
            let id = sources.add(Source::new(path, text));
            scenario = scenario::read(&mut sources, id, &mut Beside, &mut diagnostics);
        }
        Err(why) => unreadable(path, &why, &mut sources, &mut diagnostics),
    }
    let tags = tags_for(scenario.as_ref(), common, &sources, &mut diagnostics);
    Loaded { file: path.to_owned(), sources, scenario, diagnostics, tags }
}

/// A file that is not read is in the report all the same.
fn unreadable(path: &str, why: &str, sources: &mut Sources, diagnostics: &mut Diagnostics) {
    sources.add(Source::new(path, ""));
    diagnostics.push(Diagnostic::without_place("cannot-read-file", format!("cannot read `{path}`: {why}")));
}

/// Whether a path is an export of `az` rather than a scenario: a folder, or JSON without the keys of a scenario.
pub(crate) fn is_export(path: &str) -> bool {
    if Path::new(path).is_dir() {
        return true;
    }
    let json = path.to_ascii_lowercase().ends_with(".json");
    json && text(path).is_ok_and(|text| !has_key(&text, &["network", "import", "refused"]))
}

/// An export, read as a scenario.
pub(crate) fn load_export(path: &str, common: &Common) -> Loaded {
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let mut scenario = None;
    match exported(path) {
        Ok(texts) => {
            let texts: Vec<SourceId> = texts.into_iter().map(|text| sources.add(text)).collect();
            let imported = import::az(&sources, &texts, &mut diagnostics);
            scenario = Some(Scenario::of_network(imported.network));
        }
        Err(why) => unreadable(path, &why, &mut sources, &mut diagnostics),
    }
    let tags = tags_for(scenario.as_ref(), common, &sources, &mut diagnostics);
    Loaded { file: path.to_owned(), sources, scenario, diagnostics, tags }
}

/// Both sides of a Terraform plan, read as scenarios; none where the text is no plan.
pub(crate) fn load_plan(path: &str, common: &Common) -> Option<[Loaded; 2]> {
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let id = sources.add(Source::new(path, text(path).ok()?));
    let root = scenario::parse_json(&sources, id, &mut Diagnostics::default())?;
    if !import::terraform::is_plan(&root) {
        return None;
    }
    let tags = tags_for(None, common, &sources, &mut diagnostics);
    let side = |side| {
        let mut diagnostics = diagnostics.clone();
        let imported = import::terraform(&sources, &[id], side, &mut diagnostics);
        let scenario = Some(Scenario::of_network(imported.network));
        Loaded { file: path.to_owned(), sources: sources.clone(), scenario, diagnostics, tags: tags.clone() }
    };
    Some([side(Side::Before), side(Side::After)])
}

/// An imported file lies beside the one that imports it.
struct Beside;

impl Loader for Beside {
    fn text(&mut self, path: &str, importer: &str) -> Result<Source, String> {
        beside(path, importer)
    }

    fn texts(&mut self, kind: &str, path: &str, importer: &str) -> Result<Vec<Source>, String> {
        let path = next_to(path, importer);
        match kind {
            "arm" => templates::texts(&path),
            "terraform" => plans(&path),
            _ => exported(&path),
        }
    }

    fn reads(&self, kind: &str) -> bool {
        ["arm", "az", "terraform"].contains(&kind)
    }

    fn foreign(&mut self, foreign: &Foreign<'_>, sources: &mut Sources, diagnostics: &mut Diagnostics) -> Option<Node> {
        let imported = match foreign.kind {
            "terraform" => {
                let side = side_of(foreign.import, diagnostics);
                import::terraform(sources, foreign.texts, side, diagnostics)
            }
            "arm" => {
                let parameters = foreign.import.get("parameters");
                let found = templates::with_beside(foreign.texts, sources, parameters.is_none());
                let given = parameters.map(|node| templates::in_scenario(node, sources, diagnostics));
                import::arm(sources, &found, &given.unwrap_or_default(), &mut templates::Below, diagnostics)
            }
            _ => import::az(sources, foreign.texts, diagnostics),
        };
        Some(imported.network)
    }
}

/// `side: before` of an import of a plan; after where it says nothing.
fn side_of(import: &Node, diagnostics: &mut Diagnostics) -> Side {
    let Some(node) = import.get("side") else { return Side::default() };
    match node.as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("before") => Side::Before,
        Some("after") => Side::After,
        _ => {
            let message = format!("`{}` is no side of a plan", node.as_str().unwrap_or_default());
            diagnostics.push(Diagnostic::error("bad-value", node.span, message).help("write `before` or `after`"));
            Side::default()
        }
    }
}

/// A path that is written in another file.
pub(crate) fn next_to(path: &str, importer: &str) -> String {
    let full = match Path::new(importer).parent() {
        Some(folder) if importer != "-" => folder.join(path),
        _ => PathBuf::from(path),
    };
    normal(&full)
}

fn beside(path: &str, importer: &str) -> Result<Source, String> {
    let name = next_to(path, importer);
    text(&name).map(|text| Source::new(name, text))
}

/// Every file below a folder whose name ends in one of the ways, in order.
pub(crate) fn below(path: &str, endings: &[&str]) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    walk(Path::new(path), endings, &mut found, 0)?;
    found.sort();
    Ok(found.into_iter().map(|file| file.to_string_lossy().into_owned()).collect())
}

/// A JSON file, or every JSON file below a folder.
pub(crate) fn exported(path: &str) -> Result<Vec<Source>, String> {
    gathered(path, &["json"], "no JSON file is in this folder")
}

/// A plan or state of Terraform's, or every one below a folder.
pub(crate) fn plans(path: &str) -> Result<Vec<Source>, String> {
    gathered(path, &["json", "tfstate"], "no plan or state is in this folder")
}

/// A file, or every file of some endings below a folder.
fn gathered(path: &str, endings: &[&str], none: &str) -> Result<Vec<Source>, String> {
    let mut names = vec![path.to_owned()];
    if Path::new(path).is_dir() {
        names = below(path, endings)?;
        if names.is_empty() {
            return Err(none.to_owned());
        }
    }
    let source = |name: String| match text(&name) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(why) => Err(if name == path { why } else { format!("`{name}`: {why}") }),
    };
    names.into_iter().map(source).collect()
}

/// A path without `.` and, where it can be, without `..`.
fn normal(path: &Path) -> String {
    let mut parts: Vec<std::path::Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (std::path::Component::CurDir, _) => {}
            (std::path::Component::ParentDir, Some(std::path::Component::Normal(_))) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.iter().collect::<PathBuf>().to_string_lossy().into_owned()
}

/// `--tags`, else `serviceTags:` of the file, else the built-in subset.
fn tags_for(
    scenario: Option<&Scenario>,
    common: &Common,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> Option<Arc<ServiceTags>> {
    if let Some(path) = &common.tags {
        return match load_tags(path) {
            Ok(tags) => Some(tags),
            Err(why) => {
                diagnostics.push(Diagnostic::without_place("bad-service-tags", why));
                None
            }
        };
    }
    match scenario.and_then(|scenario| scenario.service_tags.clone()) {
        Some((path, span)) if !path.eq_ignore_ascii_case("builtin") => {
            let importer = sources.get(span.source).name.clone();
            let found = beside(&path, &importer).and_then(|source| parse_tags(&source.name, &source.text));
            match found {
                Ok(tags) => Some(tags),
                Err(why) => {
                    diagnostics.push(Diagnostic::error("bad-service-tags", span, why));
                    None
                }
            }
        }
        _ => Some(ServiceTags::builtin().clone()),
    }
}

/// Tag data from a file.
pub(crate) fn load_tags(path: &str) -> Result<Arc<ServiceTags>, String> {
    text(path).map_err(|why| format!("cannot read `{path}`: {why}")).and_then(|text| parse_tags(path, &text))
}

fn parse_tags(path: &str, text: &str) -> Result<Arc<ServiceTags>, String> {
    let tags = ServiceTags::parse(text).map_err(|error| format!("`{path}` is no service tag file: {error}"))?;
    Ok(Arc::new(tags.named(path)))
}

/// Prints what was found about a file.
pub(crate) fn print(streams: &Streams, diagnostics: &Diagnostics, sources: &Sources) {
    streams.err(&report::diagnostics(diagnostics, sources));
}
