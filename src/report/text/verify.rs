//! Predictions against recorded answers: agreement per kind, and every difference with both values.
//!
//! In: what was compared. Out: text. Deliberately absent: what agrees, unless asked for.

use crate::{
    diagnostic::{Origin, Sources},
    report::{
        page::{BAD, Cell, FAINT, GOOD, PLAIN, Page, STRONG, Table, UNSURE},
        places::Places,
    },
    verify::{Agreement, Checked, Kind},
};
use std::collections::BTreeMap;

/// What was compared; verbose names what agrees, too.
pub fn verify(checked: &[Checked], sources: &Sources, verbose: bool) -> String {
    let mut page = Page::default();
    let places = Places::new(sources);
    for one in checked {
        let place = places.told(&Origin::Text(one.span));
        match &one.agreement {
            Agreement::Agrees if verbose => headline(&mut page, GOOD, "agrees", one, &place),
            Agreement::Agrees => {}
            Agreement::Differs(differences) => {
                headline(&mut page, BAD, "DIFFERS", one, &place);
                let mut table = Table::headed(&["", "azreach", "Azure"]);
                for difference in differences {
                    table.add([
                        Cell::styled(PLAIN, difference.what.as_str()),
                        Cell::styled(PLAIN, difference.predicted.as_str()),
                        Cell::styled(PLAIN, difference.recorded.as_str()),
                    ]);
                }
                page.table(4, &table);
            }
            Agreement::NotComparable(why) => {
                headline(&mut page, UNSURE, "not comparable", one, &place);
                page.plain("    ").say(FAINT, why).end();
            }
        }
    }
    page.gap();
    summary(&mut page, checked);
    page.finish()
}

fn headline(page: &mut Page, style: anstyle::Style, word: &str, one: &Checked, place: &str) {
    page.say(style, word).plain(&format!("  {} {}", one.kind.as_str(), one.subject));
    page.say(FAINT, &format!("  {place}")).end();
}

fn summary(page: &mut Page, checked: &[Checked]) {
    let mut kinds: BTreeMap<Kind, [usize; 3]> = BTreeMap::new();
    for one in checked {
        let column = match one.agreement {
            Agreement::Agrees => 0,
            Agreement::Differs(_) => 1,
            Agreement::NotComparable(_) => 2,
        };
        kinds.entry(one.kind).or_default()[column] += 1;
    }
    let mut table = Table::headed(&["", "agree", "differ", "not comparable"]);
    for (kind, numbers) in kinds {
        let [agree, differ, not] = numbers.map(|number| number.to_string());
        let style = if numbers[1] == 0 { GOOD } else { BAD };
        table.add([Cell::styled(STRONG, kind.as_str()), Cell::styled(style, agree), Cell::new(differ), Cell::new(not)]);
    }
    page.table(0, &table);
}
