//! Names are a stranger's text, in every format.

use super::super::{dot, html, mermaid, picture::*, svg};
use proptest::prelude::*;

fn picture(name: &str) -> Picture {
    let frame = |id: &str, kind: FrameKind, parent: Option<FrameId>| Frame {
        id: id.to_owned(),
        kind,
        parent,
        name: name.to_owned(),
        detail: name.to_owned(),
        labels: vec![name.to_owned()],
        marks: vec![Mark { tone: Tone::Stops, text: name.to_owned() }],
        hub: false,
    };
    let node = |id: &str, parent: usize| Node {
        id: id.to_owned(),
        kind: NodeKind::Workload,
        words: name.to_owned(),
        parent: FrameId(parent),
        name: name.to_owned(),
        details: vec![name.to_owned()],
        marks: vec![Mark { tone: Tone::Lets, text: name.to_owned() }],
    };
    let (one, two) = (Spot::Node(NodeId(0)), Spot::Node(NodeId(1)));
    let stop = |at: Spot, number: usize, stopped: bool| Stop { at, number, stopped };
    Picture {
        title: name.to_owned(),
        frames: vec![frame("outside", FrameKind::Outside, None), frame("region0", FrameKind::Region, None)],
        nodes: vec![node("n0", 0), node("n1", 1)],
        edges: vec![Edge { from: one, to: two, kind: EdgeKind::Route, label: vec![name.to_owned()] }],
        flow: Some(FlowPath {
            flow: name.to_owned(),
            verdict: crate::trace::Verdict::Denied,
            why: name.to_owned(),
            legs: vec![Mark { tone: Tone::Stops, text: name.to_owned() }],
            there: vec![stop(one, 1, false), stop(two, 2, true)],
            back: Vec::new(),
            missed: Some((two, one)),
        }),
        left_out: vec![name.to_owned()],
    }
}

/// Elements are closed in order, and angle brackets and ampersands mean markup only.
fn well_formed(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        references(&rest[..at]);
        let end = rest[at..].find('>').map(|end| at + end).expect("a tag ends");
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        assert!(!tag.contains('<'), "{tag}");
        assert!(tag.matches('"').count().is_multiple_of(2), "{tag}");
        references(tag);
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap_or(""));
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

fn references(text: &str) {
    assert!(!text.contains('>'), "{text}");
    for after in text.split('&').skip(1) {
        assert!(["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|one| after.starts_with(one)), "&{after}");
    }
}

/// Whether each line has its quotes in pairs.
fn quotes_pair(text: &str) {
    for line in text.lines() {
        let bare = line.replace("\\\\", "").replace("\\\"", "");
        assert!(bare.matches('"').count().is_multiple_of(2), "{line}");
    }
}

const NAMES: [&str; 6] = [
    "</text><script>alert(1)</script>",
    "\" onload=\"alert(1)",
    "a\"]; evil [label=\"x\\",
    "`#quot;` & <br> %% ;\nend\n\u{202e}x",
    "]]></style>'",
    "\u{0}\u{1b}[2J\u{fffe}",
];

#[test]
fn hostile_names_stay_text() {
    for name in NAMES {
        let picture = picture(name);
        let drawn = svg(&picture);
        well_formed(&drawn);
        assert!(!drawn.contains("<script") && !drawn.contains('\u{1b}') && !drawn.contains('\u{202e}'));
        let page = html(&picture);
        assert!(page.contains(&drawn) && !page.contains("<script"), "{name}");
        quotes_pair(&dot(&picture));
        let chart = mermaid(&picture);
        quotes_pair(&chart);
        assert!(!chart.lines().any(|line| line.trim() == "end\u{202e}x"), "{chart}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_name_makes_well_formed_text(name in any::<String>()) {
        let picture = picture(&name);
        well_formed(&svg(&picture));
        quotes_pair(&dot(&picture));
        quotes_pair(&mermaid(&picture));
    }
}

#[test]
fn a_picture_needs_nothing_else() {
    let drawn = svg(&picture("app"));
    let urls: Vec<&str> = drawn.match_indices("http").map(|(at, _)| &drawn[at..(at + 26).min(drawn.len())]).collect();
    assert_eq!(urls, ["http://www.w3.org/2000/svg"]);
    assert!(["url(", "@import", "href", "<image", "<foreignObject"].iter().all(|word| !drawn.contains(word)));
    assert!(drawn.contains("role=\"img\"") && drawn.contains("<title>") && drawn.contains("aria-label="));
    assert!(drawn.contains("prefers-color-scheme: dark"));
}
