//! What an import left out, for people: what says something about traffic in full, the rest in sums.
//!
//! In: an import's report. Out: text. Deliberately absent: the scenario itself.

use crate::{
    diagnostic::{Origin, Sources},
    import::{Report, Unused, Use},
    report::{
        page::{Cell, FAINT, PLAIN, Page, STRONG, Table, UNSURE, count},
        places::Places,
    },
};
use std::collections::BTreeMap;

/// The report; verbose names every harmless property, too.
pub fn import(report: &Report, sources: &Sources, verbose: bool) -> String {
    let mut page = Page::default();
    let places = Places::new(sources);
    let resources: usize = report.resources.values().sum();
    let maps: Vec<String> = report.resources.iter().map(|(family, number)| format!("{number} {family}")).collect();
    page.say(STRONG, &format!("{} from {}", count(resources, "resource"), count(report.texts, "file")));
    page.say(FAINT, &format!("  {}", maps.join(", "))).end();
    let missing: Vec<&Unused> = report.of(Use::NotModelled).collect();
    if !missing.is_empty() {
        page.gap().say(UNSURE, "not modelled: verdicts that depend on it are undetermined").end();
        page.table(2, &lines(&missing, &places));
    }
    let harmless: Vec<&Unused> = report.of(Use::Harmless).collect();
    if !harmless.is_empty() {
        page.gap().say(FAINT, "harmless for reachability").end();
        let table = if verbose { lines(&harmless, &places) } else { sums(&harmless) };
        page.table(2, &table);
    }
    page.finish()
}

fn lines(items: &[&Unused], places: &Places<'_>) -> Table {
    let mut table = Table::default();
    for one in items {
        let place = places.told(&Origin::Text(one.span));
        table.add([
            Cell::styled(PLAIN, one.resource.as_str()),
            Cell::styled(PLAIN, one.property.as_deref().unwrap_or("")),
            Cell::styled(FAINT, place),
        ]);
    }
    table
}

/// One line for each property and type of resource.
fn sums(items: &[&Unused]) -> Table {
    let mut numbers: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for one in items {
        let kind = one.resource.split('/').next().unwrap_or_default();
        *numbers.entry((kind, one.property.as_deref().unwrap_or("the resource"))).or_default() += 1;
    }
    let mut table = Table::default();
    let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for ((kind, property), number) in numbers {
        kinds.entry(kind).or_default().push(format!("{property} ({number})"));
    }
    for (kind, properties) in kinds {
        table.add([Cell::styled(PLAIN, kind), Cell::styled(FAINT, properties.join(", "))]);
    }
    table
}
