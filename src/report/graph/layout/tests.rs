//! What must hold of every layout, whatever the names are.

use super::{super::picture::*, *};
use proptest::prelude::*;

fn frame(id: usize, kind: FrameKind, parent: Option<usize>, name: &str, labels: usize) -> Frame {
    Frame {
        id: format!("f{id}"),
        kind,
        parent: parent.map(FrameId),
        name: name.to_owned(),
        detail: "10.0.0.0/16, 10.1.0.0/16".to_owned(),
        labels: (0..labels).map(|index| format!("NSG {name} {index}")).collect(),
        marks: (labels > 2).then(|| Mark { tone: Tone::Stops, text: format!("{name}/deny") }).into_iter().collect(),
        hub: id.is_multiple_of(3),
    }
}

/// A picture from a list of numbers: each says what comes next.
fn picture(name: &str, choices: &[(u8, u8, u8)]) -> Picture {
    let mut picture = Picture { title: name.repeat(3), ..Picture::default() };
    for kind in [FrameKind::Outside, FrameKind::Services, FrameKind::Site, FrameKind::Region] {
        picture.frames.push(frame(picture.frames.len(), kind, None, name, 0));
    }
    for (what, whom, size) in choices {
        let nth = |kind: FrameKind| {
            let all: Vec<usize> =
                (0..picture.frames.len()).filter(|index| picture.frames[*index].kind == kind).collect();
            (!all.is_empty()).then(|| all[usize::from(*whom) % all.len()])
        };
        let index = picture.frames.len();
        let labels = usize::from(size % 5);
        let inner = match what % 6 {
            0 => {
                nth(FrameKind::Region).map(|parent| frame(index, FrameKind::VirtualNetwork, Some(parent), name, labels))
            }
            1 => {
                nth(FrameKind::VirtualNetwork).map(|parent| frame(index, FrameKind::Subnet, Some(parent), name, labels))
            }
            2 => {
                Some(frame(index, if size % 2 == 0 { FrameKind::Site } else { FrameKind::Region }, None, name, labels))
            }
            _ => None,
        };
        match inner {
            Some(inner) => picture.frames.push(inner),
            None => picture.nodes.push(Node {
                id: format!("n{}", picture.nodes.len()),
                kind: NodeKind::Workload,
                words: "workload".to_owned(),
                parent: FrameId(usize::from(*whom) % picture.frames.len()),
                name: name.chars().take(usize::from(*size)).collect(),
                details: vec!["10.0.0.4".to_owned(); labels],
                marks: Vec::new(),
            }),
        }
    }
    let spot = |number: usize| match picture.nodes.len() {
        nodes if nodes > 0 && number.is_multiple_of(2) => Spot::Node(NodeId(number / 2 % nodes)),
        _ => Spot::Frame(FrameId(number / 2 % picture.frames.len())),
    };
    let kinds = [EdgeKind::Peering, EdgeKind::Route, EdgeKind::Connection, EdgeKind::ServiceEndpoint];
    let edge = |(index, (what, whom, size)): (usize, &(u8, u8, u8))| Edge {
        from: spot(usize::from(*what)),
        to: spot(usize::from(*whom) + 1),
        kind: kinds[index % kinds.len()],
        label: vec![name.to_owned(); usize::from(size % 3)],
    };
    picture.edges = choices.iter().enumerate().map(edge).collect();
    picture
}

/// Rectangles that stand in the same frame.
fn siblings(picture: &Picture, layout: &Layout) -> Vec<Vec<(String, Rect)>> {
    let mut groups = vec![Vec::new(); picture.frames.len() + 1];
    for (index, frame) in picture.frames.iter().enumerate() {
        let group = frame.parent.map_or(picture.frames.len(), |parent| parent.0);
        groups[group].push((frame.id.clone(), layout.frames[index]));
    }
    for (index, node) in picture.nodes.iter().enumerate() {
        groups[node.parent.0].push((node.id.clone(), layout.nodes[index]));
    }
    groups
}

fn holds_everything(picture: &Picture) {
    let layout = layout(picture);
    let page = Rect { x: 0, y: 0, w: layout.width, h: layout.height };
    for group in siblings(picture, &layout) {
        for (index, (one, first)) in group.iter().enumerate() {
            for (other, second) in &group[index + 1..] {
                assert!(!first.meets(*second), "{one} and {other} overlap: {first:?} {second:?}");
            }
        }
    }
    for (index, frame) in picture.frames.iter().enumerate() {
        let rect = layout.frames[index];
        let around = frame.parent.map_or(page, |parent| layout.frames[parent.0]);
        assert!(around.holds(rect), "{} leaves its frame", frame.id);
        // Texts are in the box, and nothing else is where they are.
        texts_fit(&frame.id, &layout.frame_words[index], rect);
        for (id, inner) in &siblings(picture, &layout)[index] {
            assert!(!layout.headers[index].meets(*inner), "{id} covers the texts of {}", frame.id);
        }
    }
    for (index, node) in picture.nodes.iter().enumerate() {
        let rect = layout.nodes[index];
        assert!(layout.frames[node.parent.0].holds(rect), "{} leaves its frame", node.id);
        texts_fit(&node.id, &layout.node_words[index], rect);
    }
    for words in &layout.around {
        assert!(words.x + words.look.font().width(&words.text) <= layout.width, "{} is cut", words.text);
    }
    for (edge, path) in picture.edges.iter().zip(&layout.lines) {
        line_holds(picture, &layout, edge, path);
    }
    assert_eq!(layout, super::layout(picture), "not the same twice");
}

fn texts_fit(id: &str, words: &[Words], rect: Rect) {
    for one in words {
        let font = one.look.font();
        let text = Rect { x: one.x, y: one.y - font.size / 10, w: font.width(&one.text), h: font.size / 10 + 3 };
        let whole = one.pill.unwrap_or(text);
        assert!(rect.holds(whole), "{id}: `{}` {whole:?} is not in {rect:?}", one.text);
        assert!(one.pill.is_none_or(|pill| pill.holds(Rect { y: pill.y, h: pill.h, ..text })), "{id}: `{}`", one.text);
    }
}

fn line_holds(picture: &Picture, layout: &Layout, edge: &Edge, path: &[(i32, i32)]) {
    let around = |outer: Spot, inner: Spot| matches!(outer, Spot::Frame(frame) if outer == inner || picture.around(inner).contains(&frame));
    if around(edge.from, edge.to) || around(edge.to, edge.from) || edge.from == edge.to {
        assert!(path.is_empty());
        return;
    }
    assert!(path.len() > 1, "no line from {:?} to {:?}", edge.from, edge.to);
    assert!(path.windows(2).all(|pair| pair[0].0 == pair[1].0 || pair[0].1 == pair[1].1), "a slanting line");
    for (spot, (x, y)) in [(edge.from, path[0]), (edge.to, path[path.len() - 1])] {
        let Rect { x: left, y: top, w, h } = layout.rect(spot);
        let on_a_side = (x == left || x == left + w) && (top..=top + h).contains(&y);
        let on_a_level = (y == top || y == top + h) && (left..=left + w).contains(&x);
        assert!(on_a_side || on_a_level, "{spot:?} is missed: {x}, {y}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn boxes_stand_apart_and_texts_fit(
        name in "[a-zA-Z0-9._/ -]{0,60}|\\PC{0,40}",
        choices in proptest::collection::vec(any::<(u8, u8, u8)>(), 0..40),
    ) {
        holds_everything(&picture(&name, &choices));
    }
}

#[test]
fn nothing_is_a_picture_too() {
    holds_everything(&Picture::default());
}

#[test]
fn lines_keep_out_of_boxes_where_they_can() {
    // Three subnets below each other: the line from the first to the third goes around the second.
    let mut picture = picture("app", &[(0, 0, 0), (1, 0, 0), (1, 0, 0), (1, 0, 0)]);
    let subnets: Vec<FrameId> = (0..picture.frames.len())
        .filter(|index| picture.frames[*index].kind == FrameKind::Subnet)
        .map(FrameId)
        .collect();
    let (from, to) = (Spot::Frame(subnets[0]), Spot::Frame(subnets[2]));
    picture.edges = vec![Edge { from, to, kind: EdgeKind::Route, label: Vec::new() }];
    let layout = layout(&picture);
    let between = layout.frames[subnets[1].0];
    let inside = Rect { x: between.x + 1, y: between.y + 1, w: between.w - 2, h: between.h - 2 };
    for pair in layout.lines[0].windows(2) {
        let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
        let piece = Rect { x: x1.min(x2), y: y1.min(y2), w: (x2 - x1).abs() + 1, h: (y2 - y1).abs() + 1 };
        assert!(!inside.meets(piece), "{:?} runs through {between:?}", layout.lines[0]);
    }
}

#[test]
fn texts_are_cut_in_the_middle_and_wrapped() {
    let font = Look::Name.font();
    let long = "databricks-nsg/databricks-worker-to-worker-outbound";
    let cut = font.fit(long, 200);
    assert!(font.width(&cut) <= 200 && cut.starts_with("databricks-nsg/") && cut.ends_with("bound"), "{cut}");
    assert_eq!(font.fit("short", 200), "short");
    let endless = "x".repeat(1_000_000);
    assert!(font.width(&font.fit(&endless, 200)) <= 200, "and in no time");
    let lines = font.wrap(&format!("{long} {long}{long}"), 150);
    assert!(lines.iter().all(|line| font.width(line) <= 150), "{lines:?}");
}
