//! Where everything stands: boxes in boxes, measured by their texts, on a grid.
//!
//! In: a picture. Out: rectangles, texts with their places, lines around the boxes. Deliberately absent: colours and
//! markup.
//!
//! Outside parties stand above, services below, sites at the left, regions from left to right, each with its hub
//! in the middle. All borders lie on the grid, so that lines run between boxes and not along them.

mod blocks;
mod labels;
mod place;
#[cfg(test)]
mod tests;

use super::{
    picture::{EdgeKind, Picture, Spot, Tone},
    text::Font,
    wires::{self, Wire},
};
pub(super) use labels::Label;

/// Distance of grid lines.
pub(super) const GRID: i32 = 12;
/// Space inside of a frame.
pub(super) const PADDING: i32 = 2 * GRID;
/// Space around the picture.
const MARGIN: i32 = 2 * GRID;
/// Narrowest picture: a caption needs room.
const NARROWEST: i32 = 60 * GRID;

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rect {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) w: i32,
    pub(super) h: i32,
}

impl Rect {
    /// Whether two share a point.
    pub(super) fn meets(self, other: Rect) -> bool {
        self.x < other.x + other.w
            && other.x < self.x + self.w
            && self.y < other.y + other.h
            && other.y < self.y + self.h
    }

    /// Whether one lies in the other.
    #[cfg(test)]
    pub(super) fn holds(self, other: Rect) -> bool {
        self.x <= other.x
            && self.y <= other.y
            && other.x + other.w <= self.x + self.w
            && other.y + other.h <= self.y + self.h
    }
}

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// The title.
    Title,
    /// The flow.
    Flow,
    /// Its verdict.
    Verdict(Tone),
    /// A frame's or node's name.
    Name,
    /// What a node is.
    Kind,
    /// Addresses.
    Detail,
    /// What is attached.
    Chip,
    /// A decision.
    Mark(Tone),
    /// On a line.
    Line,
    /// The legend.
    Small,
}

impl Look {
    /// Its font.
    pub(super) fn font(self) -> Font {
        match self {
            Look::Title => Font::new(170, true),
            Look::Flow => Font::new(150, true),
            Look::Verdict(_) => Font::new(130, false),
            Look::Name => Font::new(130, true),
            Look::Kind => Font::new(95, false),
            Look::Detail | Look::Small => Font::new(110, false),
            Look::Chip | Look::Line => Font::new(105, false),
            Look::Mark(_) => Font::new(110, true),
        }
    }
}

/// A text at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// Left end and baseline.
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) look: Look,
    pub(super) text: String,
    /// The pill around it.
    pub(super) pill: Option<Rect>,
}

/// What a line of the legend shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sample {
    /// A line of the picture.
    Edge(EdgeKind),
    /// The flow's way there.
    There,
    /// Its way back.
    Back,
    /// Where it did not come to.
    Missed,
}

/// The whole picture with its places.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Layout {
    pub(super) width: i32,
    pub(super) height: i32,
    /// Where caption ends and legend begins.
    pub(super) body: (i32, i32),
    /// By frame.
    pub(super) frames: Vec<Rect>,
    /// By frame: the part of it that its texts need.
    pub(super) headers: Vec<Rect>,
    /// By node.
    pub(super) nodes: Vec<Rect>,
    /// Caption and legend.
    pub(super) around: Vec<Words>,
    /// By frame.
    pub(super) frame_words: Vec<Vec<Words>>,
    /// By node.
    pub(super) node_words: Vec<Vec<Words>>,
    /// By edge: its corners.
    pub(super) lines: Vec<Vec<(i32, i32)>>,
    /// What is written on edges.
    pub(super) labels: Vec<Label>,
    /// The flow there, back, and to where it did not come.
    pub(super) there: Vec<Vec<(i32, i32)>>,
    pub(super) back: Vec<Vec<(i32, i32)>>,
    pub(super) missed: Option<Vec<(i32, i32)>>,
    /// Samples of the legend: left end and height of the line.
    pub(super) samples: Vec<(i32, i32, Sample)>,
}

impl Layout {
    /// The rectangle of a spot.
    pub(super) fn rect(&self, spot: Spot) -> Rect {
        match spot {
            Spot::Frame(id) => self.frames[id.0],
            Spot::Node(id) => self.nodes[id.0],
        }
    }
}

/// Lays a picture out.
pub(super) fn layout(picture: &Picture) -> Layout {
    let mut layout = place::place(picture);
    draw_lines(picture, &mut layout);
    layout.labels = labels::labels(picture, &layout);
    layout
}

fn draw_lines(picture: &Picture, layout: &mut Layout) {
    let mut asked: Vec<Wire> = picture.edges.iter().map(|edge| Wire::new(edge.from, edge.to)).collect();
    let edges = asked.len();
    let (mut there, mut back) = (0, 0);
    if let Some(flow) = &picture.flow {
        let pairs = |stops: &[super::picture::Stop]| -> Vec<Wire> {
            stops.windows(2).map(|pair| Wire::new(pair[0].at, pair[1].at)).collect()
        };
        let out = pairs(&flow.there);
        let turn: Vec<_> = flow.there.last().into_iter().chain(&flow.back).cloned().collect();
        let home = pairs(&turn);
        (there, back) = (out.len(), home.len());
        asked.extend(out);
        asked.extend(home);
        asked.extend(flow.missed.map(|(from, to)| Wire::new(from, to)));
    }
    let mut found = wires::run(picture, layout, &asked).into_iter();
    layout.lines = found.by_ref().take(edges).collect();
    layout.there = found.by_ref().take(there).collect();
    layout.back = found.by_ref().take(back).collect();
    layout.missed = found.next();
}

/// The next grid line.
pub(super) fn up(pixels: i32) -> i32 {
    (pixels + GRID - 1).div_euclid(GRID) * GRID
}
