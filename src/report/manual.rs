//! What the pages say of a code or a law: the documentation itself, so that the two cannot differ.
//!
//! In: a name. Out: its entry. Deliberately absent: a second copy of any text.

const PAGES: [&str; 3] = [
    include_str!("../../docs/diagnostics.md"),
    include_str!("../../docs/lint.md"),
    include_str!("../../docs/semantics.md"),
];

/// The entry of a code or a law, with its name as the page spells it.
pub fn entry(name: &str) -> Option<(&'static str, &'static str)> {
    entries().find(|(known, _)| known.eq_ignore_ascii_case(name))
}

/// Entries of all pages: lines like "- **name** text".
pub fn entries() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGES.into_iter().flat_map(str::lines).filter_map(|line| line.strip_prefix("- **")?.split_once("** "))
}
