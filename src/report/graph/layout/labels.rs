//! Texts on lines, where they hide least.
//!
//! In: a layout with its lines. Out: one text per edge that has one. Deliberately absent: moving boxes for them.

use super::{super::picture::Picture, GRID, Layout, Look, Rect};

/// The text of an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::report::graph) struct Label {
    /// Index of the edge.
    pub(in crate::report::graph) edge: usize,
    /// Where.
    pub(in crate::report::graph) rect: Rect,
    /// Line by line.
    pub(in crate::report::graph) lines: Vec<String>,
}

/// Widest line.
const WIDEST: i32 = 22 * GRID;

/// Places a text on each edge that has one.
pub(super) fn labels(picture: &Picture, layout: &Layout) -> Vec<Label> {
    let mut taken: Vec<Rect> = layout.nodes.clone();
    taken.extend(layout.headers.iter().copied());
    let mut labels: Vec<Label> = Vec::new();
    let font = Look::Line.font();
    for (index, edge) in picture.edges.iter().enumerate() {
        let path = &layout.lines[index];
        if edge.label.is_empty() || path.len() < 2 {
            continue;
        }
        let lines: Vec<String> = edge.label.iter().map(|line| font.fit(line, WIDEST)).collect();
        let w = lines.iter().map(|line| font.width(line)).max().unwrap_or(0) + 8;
        let h = i32::try_from(lines.len()).unwrap_or(1) * font.line() + 4;
        let near = around(path, w, h);
        let taken_here: Vec<Rect> = taken.iter().copied().filter(|rect| rect.meets(near)).collect();
        let best = candidates(path, w, h).into_iter().min_by_key(|(rect, cost)| {
            let hidden = taken_here.iter().filter(|other| other.meets(*rect)).count();
            let crossed = crossings(layout, index, *rect);
            (i64::try_from(hidden).unwrap_or(i64::MAX) * 100_000 + crossed * 60 + i64::from(*cost), rect.x, rect.y)
        });
        if let Some((rect, _)) = best {
            taken.push(rect);
            labels.push(Label { edge: index, rect, lines });
        }
    }
    labels
}

/// Everything that a text on a line could hide.
fn around(path: &[(i32, i32)], w: i32, h: i32) -> Rect {
    let (left, right) = (path.iter().map(|at| at.0).min(), path.iter().map(|at| at.0).max());
    let (top, bottom) = (path.iter().map(|at| at.1).min(), path.iter().map(|at| at.1).max());
    let (left, right) = (left.unwrap_or(0) - w - GRID, right.unwrap_or(0) + w + GRID);
    let (top, bottom) = (top.unwrap_or(0) - h - GRID, bottom.unwrap_or(0) + h + GRID);
    Rect { x: left, y: top, w: right - left, h: bottom - top }
}

/// Places along a line, with what speaks against each.
fn candidates(path: &[(i32, i32)], w: i32, h: i32) -> Vec<(Rect, i32)> {
    let mut found = Vec::new();
    for pair in path.windows(2) {
        let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
        let length = (x2 - x1).abs() + (y2 - y1).abs();
        let flat = y1 == y2;
        let needed = if flat { w } else { h } + 2 * GRID;
        let short = (needed - length).max(0) * 20;
        let steps = (length / GRID).clamp(1, 24);
        for step in 0..=steps {
            let (x, y) = (x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps);
            // On the line; above or below it where that is free.
            let beside = [(0, 0), (0, -h / 2 - 4), (0, h / 2 + 4), (w / 2 + 4, 0), (-w / 2 - 4, 0)];
            for (place, (right, down)) in beside.into_iter().enumerate() {
                if (place == 1 || place == 2) != flat && place > 0 {
                    continue;
                }
                let rect = Rect { x: x - w / 2 + right, y: y - h / 2 + down, w, h };
                let from_the_middle = (2 * step - steps).abs() * length / steps.max(1) / 4;
                // The end of a line, with its arrow, stays in sight.
                let ends = [path[0], path[path.len() - 1]];
                let hides = ends.iter().any(|(ex, ey)| {
                    let end = Rect { x: ex - GRID, y: ey - GRID, w: 2 * GRID, h: 2 * GRID };
                    end.meets(rect)
                });
                let aside = if place == 0 { 0 } else { 50 };
                let short = if place == 0 { short } else { short / 4 };
                found.push((
                    rect,
                    short + from_the_middle + aside + if hides { 2_000 } else { 0 } + if flat { 0 } else { 40 },
                ));
            }
        }
    }
    found
}

/// How many other lines run under a text.
fn crossings(layout: &Layout, own: usize, rect: Rect) -> i64 {
    let others = layout.lines.iter().enumerate().filter(|(index, _)| *index != own).map(|(_, path)| (path, 1));
    let flow = layout.there.iter().chain(&layout.back).chain(&layout.missed).map(|path| (path, 40));
    let under = |path: &[(i32, i32)]| {
        path.windows(2).any(|pair| {
            let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
            let segment = Rect { x: x1.min(x2), y: y1.min(y2), w: (x2 - x1).abs() + 1, h: (y2 - y1).abs() + 1 };
            segment.meets(rect)
        })
    };
    others.chain(flow).filter(|(path, _)| under(path)).map(|(_, weight)| weight).sum()
}
