//! Which box belongs where.
//!
//! In: a picture. Out: all boxes with their places, caption above, legend below. Deliberately absent: lines.

use super::{
    super::{
        dot::left_out,
        picture::{EdgeKind, FrameId, FrameKind, Inside, NodeId, Picture, Spot},
    },
    GRID, Layout, Look, MARGIN, NARROWEST, PADDING, Rect, Sample, Words,
    blocks::{Block, column, flow, frame, grid, node, row},
};

/// Between boxes of one frame.
const NEAR: i32 = 2 * GRID;
/// Between VNETs below each other.
const APART: i32 = 4 * GRID;
/// Between outside, regions and services.
const FAR: i32 = 5 * GRID;
/// What lines need beside their text.
const LEADS: i32 = 6 * GRID;
/// Widest text of a line that boxes make room for.
const MOST_ROOM: i32 = 22 * GRID;
/// Most further flows in the caption.
const MOST_LEGS: usize = 4;
/// More lines than this, and some will go around.
const BUSY: usize = 12;
/// Length of a line in the legend.
const SAMPLE: i32 = 3 * GRID;

/// Gives everything its place: once to see where the lines come from, and again with what they lead to near by.
pub(super) fn place(picture: &Picture) -> Layout {
    let first = place_in_order(picture, &vec![0; picture.nodes.len()]);
    let order = pulls(picture, &first);
    if order.iter().all(|pull| *pull == 0) { first } else { place_in_order(picture, &order) }
}

/// Where the lines of each node come from: the mean of their other ends, from the left; nought without lines.
fn pulls(picture: &Picture, layout: &Layout) -> Vec<i32> {
    let mut sums: Vec<(i32, i32)> = vec![(0, 0); picture.nodes.len()];
    let flow = picture.flow.iter().flat_map(|flow| {
        let stops: Vec<Spot> = flow.there.iter().chain(&flow.back).map(|stop| stop.at).collect();
        stops.windows(2).map(|pair| (pair[0], pair[1])).chain(flow.missed).collect::<Vec<_>>()
    });
    for (from, to) in picture.edges.iter().map(|edge| (edge.from, edge.to)).chain(flow) {
        for (here, there) in [(from, to), (to, from)] {
            if let Spot::Node(id) = here {
                let rect = layout.rect(there);
                sums[id.0].0 += rect.x + rect.w / 2;
                sums[id.0].1 += 1;
            }
        }
    }
    sums.into_iter().map(|(sum, count)| sum / count.max(1)).collect()
}

fn place_in_order(picture: &Picture, order: &[i32]) -> Layout {
    let inside = picture.inside();
    let mut layout = Layout {
        frames: vec![Rect::default(); picture.frames.len()],
        headers: vec![Rect::default(); picture.frames.len()],
        nodes: vec![Rect::default(); picture.nodes.len()],
        frame_words: vec![Vec::new(); picture.frames.len()],
        node_words: vec![Vec::new(); picture.nodes.len()],
        ..Layout::default()
    };
    let body = Body { picture, inside: &inside, order }.whole();
    let width = body.as_ref().map_or(0, |block| block.w).max(NARROWEST);
    let top = caption(picture, &mut layout, width);
    let mut y = top;
    if let Some(body) = body {
        body.put(picture, &mut layout, MARGIN + (width - body.w) / 2 / GRID * GRID, y, body.w, body.h);
        // Lines that go around everything need room.
        y += body.h + if picture.edges.len() > BUSY { 4 * GRID } else { GRID };
    }
    layout.body = (top, y);
    layout.height = legend(picture, &mut layout, width, y) + MARGIN;
    layout.width = width + 2 * MARGIN;
    layout
}

struct Body<'p> {
    picture: &'p Picture,
    inside: &'p Inside,
    /// By node: what draws it to the right, where its frame is as wide as the picture.
    order: &'p [i32],
}

impl Body<'_> {
    fn whole(&self) -> Option<Block> {
        let of = |kind: FrameKind| -> Vec<FrameId> {
            self.inside.top.iter().copied().filter(|id| self.picture.frame(*id).kind == kind).collect()
        };
        let (sites, regions) = (of(FrameKind::Site), of(FrameKind::Region));
        let mut middle: Vec<Block> = Vec::new();
        let mut gap = LEADS;
        if !sites.is_empty() {
            let blocks: Vec<Block> = sites.iter().map(|id| self.simple(*id, 2)).collect();
            middle.extend(grid(blocks, (NEAR, APART), 40));
            gap += self.room(|kind| kind == EdgeKind::Connection);
        }
        if regions.len() > 1 {
            gap = gap.max(LEADS + self.room(|kind| kind == EdgeKind::GlobalPeering));
        }
        let crowd = regions.len() > 2;
        let blocks: Vec<Block> =
            regions.iter().enumerate().map(|(index, id)| self.region(*id, index == 0 && !sites.is_empty())).collect();
        match crowd {
            true => middle.extend(grid(blocks, (gap, 2 * APART), 160)),
            false => middle.extend(blocks),
        }
        let middle = row(middle, gap);
        let width = middle.as_ref().map_or(NARROWEST, |block| block.w).max(NARROWEST);
        let wide = |id: FrameId| {
            let mut nodes = self.inside.nodes[id.0].clone();
            nodes.sort_by_key(|id| (self.order[id.0], *id));
            let blocks = nodes.into_iter().map(|id| node(self.picture, id)).collect();
            let inner = flow(blocks, NEAR, width - 2 * PADDING, true);
            frame(self.picture, id, inner)
        };
        let mut all: Vec<Block> = of(FrameKind::Outside).into_iter().map(wide).collect();
        all.extend(middle);
        all.extend(of(FrameKind::Services).into_iter().map(wide));
        column(all, FAR)
    }

    fn nodes(&self, id: FrameId) -> Vec<Block> {
        self.inside.nodes[id.0].iter().map(|id: &NodeId| node(self.picture, *id)).collect()
    }

    /// A frame with nodes only, in so many columns, or about a square of them.
    fn simple(&self, id: FrameId, fewest: usize) -> Block {
        let blocks = self.nodes(id);
        let widest = blocks.iter().map(|block| block.w).max().unwrap_or(0);
        let columns = (1..).find(|columns| columns * columns * 2 >= blocks.len() * 3).unwrap_or(1);
        let columns = i32::try_from(columns.max(fewest)).unwrap_or(1);
        let inner = flow(blocks, NEAR, columns * (widest + NEAR) - NEAR, false);
        frame(self.picture, id, inner)
    }

    fn virtual_network(&self, id: FrameId) -> Block {
        let subnets: Vec<Block> = self.inside.frames[id.0].iter().map(|id| self.simple(*id, 2)).collect();
        let few = subnets.len() < 4;
        let subnets = if few { column(subnets, NEAR) } else { grid(subnets, (NEAR, NEAR), 120) };
        let own = flow(self.nodes(id), NEAR, subnets.as_ref().map_or(NARROWEST / 2, |block| block.w), false);
        frame(self.picture, id, column(own.into_iter().chain(subnets).collect(), NEAR))
    }

    /// The hub in the middle: between the sites and its spokes, or between its spokes.
    fn region(&self, id: FrameId, beside_sites: bool) -> Block {
        let networks = &self.inside.frames[id.0];
        let block = |id: &FrameId| self.virtual_network(*id);
        let hub = networks.iter().find(|id| self.picture.frame(**id).hub);
        let between = |kind: EdgeKind| matches!(kind, EdgeKind::Peering | EdgeKind::Route);
        let gap = LEADS + self.room(between);
        let inner = match hub {
            None => grid(networks.iter().map(block).collect(), (APART, APART), 130),
            Some(hub) => {
                let spokes: Vec<&FrameId> = networks.iter().filter(|id| *id != hub).collect();
                let left = if beside_sites || spokes.len() < 2 { 0 } else { spokes.len() / 2 };
                let side = |ids: &[&FrameId]| grid(ids.iter().map(|id| block(id)).collect(), (2 * APART, APART), 60);
                let columns = [side(&spokes[..left]), Some(block(hub)), side(&spokes[left..])];
                row(columns.into_iter().flatten().collect(), gap)
            }
        };
        let own = flow(self.nodes(id), NEAR, inner.as_ref().map_or(NARROWEST, |block| block.w), true);
        frame(self.picture, id, column(own.into_iter().chain(inner).collect(), APART))
    }

    /// Room for the texts on lines of some kinds.
    fn room(&self, kind: impl Fn(EdgeKind) -> bool) -> i32 {
        let edges = self.picture.edges.iter().filter(|edge| kind(edge.kind));
        let widest = edges.flat_map(|edge| &edge.label).map(|line| Look::Line.font().width(line)).max();
        super::up(widest.unwrap_or(0).min(MOST_ROOM))
    }
}

/// Title, flow and verdict; the height below them.
fn caption(picture: &Picture, layout: &mut Layout, width: i32) -> i32 {
    let mut y = MARGIN;
    let mut write = |look: Look, text: &str| {
        for line in look.font().wrap(text, width) {
            y += look.font().line();
            layout.around.push(Words { x: MARGIN, y, look, text: line, pill: None });
        }
        y += 4;
    };
    write(Look::Title, &picture.title);
    if let Some(flow) = &picture.flow {
        write(Look::Flow, &flow.flow);
        write(Look::Verdict(flow.tone()), &format!("{}: {}", flow.told(), flow.why));
        for leg in flow.legs.iter().take(MOST_LEGS) {
            write(Look::Mark(leg.tone), &format!("{} needs {}", leg.tone.sign(), leg.text));
        }
    }
    super::up(y + GRID)
}

/// What the lines mean, and what was left out; the height below them.
fn legend(picture: &Picture, layout: &mut Layout, width: i32, y: i32) -> i32 {
    let mut entries: Vec<(Sample, &str)> = Vec::new();
    let mut kinds: Vec<EdgeKind> = picture.edges.iter().map(|edge| edge.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    entries.extend(kinds.into_iter().map(|kind| (Sample::Edge(kind), kind.words())));
    if let Some(flow) = &picture.flow {
        if flow.there.len() > 1 {
            entries.push((Sample::There, "the flow"));
        }
        if !flow.back.is_empty() {
            entries.push((Sample::Back, "its reply"));
        }
        if flow.missed.is_some() {
            entries.push((Sample::Missed, "not reached"));
        }
    }
    let font = Look::Small.font();
    let (mut x, mut y) = (MARGIN, y + GRID);
    for (sample, words) in entries {
        let w = SAMPLE + 6 + font.width(words) + 2 * GRID;
        if x > MARGIN && x + w > MARGIN + width {
            (x, y) = (MARGIN, y + font.line() + 4);
        }
        layout.samples.push((x, y, sample));
        let at = x + SAMPLE + 6;
        layout.around.push(Words { x: at, y: y + 4, look: Look::Small, text: words.to_owned(), pill: None });
        x += w;
    }
    if let Some(words) = left_out(picture) {
        y += 4;
        for line in font.wrap(&words, width) {
            y += font.line();
            layout.around.push(Words { x: MARGIN, y: y + 4, look: Look::Small, text: line, pill: None });
        }
    }
    y
}
