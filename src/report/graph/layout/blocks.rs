//! Boxes before they have a place: how large they are, how they stand to each other.
//!
//! In: the parts of a picture. Out: blocks with sizes, then rectangles and texts. Deliberately absent: which block
//! belongs where.

use super::{
    super::picture::{Frame, FrameId, Mark, Node, NodeId, Picture},
    GRID, Layout, Look, PADDING, Rect, Words, up,
};

/// Widest text in a box.
const WIDEST: i32 = 30 * GRID;
/// Widest text in a node.
const WIDEST_IN_A_NODE: i32 = 22 * GRID;
/// Widest name of a frame that still has its prefixes beside it.
const BESIDE: i32 = 27 * GRID;
/// Height of a pill, and from one row of them to the next.
const PILL: i32 = 18;
const PILL_ROW: i32 = 23;
/// Space inside of a pill, and between two.
const PILL_SIDE: i32 = 7;
const PILL_GAP: i32 = 6;

/// Something with a size.
pub(super) struct Block {
    pub(super) w: i32,
    pub(super) h: i32,
    what: What,
}

enum What {
    Frame {
        id: FrameId,
        header: i32,
        inner: Option<Box<Block>>,
    },
    Node(NodeId),
    /// Beside each other, in the middle of the room that there is or at its left end.
    Row {
        blocks: Vec<Block>,
        gap: i32,
        centred: bool,
    },
    /// Below each other, all as wide as the widest.
    Column(Vec<Block>, i32),
}

/// A node.
pub(super) fn node(picture: &Picture, id: NodeId) -> Block {
    let words = node_words(picture.node(id));
    let (w, h) = extent(&words);
    Block { w: up(w + GRID), h: up(h + 8), what: What::Node(id) }
}

/// A frame around a block.
pub(super) fn frame(picture: &Picture, id: FrameId, inner: Option<Block>) -> Block {
    let frame = picture.frame(id);
    let inside = inner.as_ref().map_or(0, |block| block.w);
    let w = up((inside + 2 * PADDING).max(narrowest(frame) + 2 * GRID)).max(10 * GRID);
    let (_, text) = extent(&frame_words(frame, w));
    let header = up(text + 6);
    let h = header + inner.as_ref().map_or(GRID, |block| block.h + PADDING + GRID);
    Block { w, h: up(h), what: What::Frame { id, header, inner: inner.map(Box::new) } }
}

/// Blocks beside each other.
pub(super) fn row(blocks: Vec<Block>, gap: i32) -> Option<Block> {
    let gaps = gap * (i32::try_from(blocks.len()).unwrap_or(i32::MAX) - 1);
    let h = blocks.iter().map(|block| block.h).max()?;
    Some(Block {
        w: blocks.iter().map(|block| block.w).sum::<i32>() + gaps,
        h,
        what: What::Row { blocks, gap, centred: false },
    })
}

/// Blocks below each other.
pub(super) fn column(blocks: Vec<Block>, gap: i32) -> Option<Block> {
    let gaps = gap * (i32::try_from(blocks.len()).unwrap_or(i32::MAX) - 1);
    let w = blocks.iter().map(|block| block.w).max()?;
    Some(Block { w, h: blocks.iter().map(|block| block.h).sum::<i32>() + gaps, what: What::Column(blocks, gap) })
}

/// Blocks in rows of at most this width.
pub(super) fn flow(blocks: Vec<Block>, gap: i32, most: i32, centred: bool) -> Option<Block> {
    let mut rows: Vec<Vec<Block>> = Vec::new();
    let mut width = 0;
    for block in blocks {
        width += gap + block.w;
        match rows.last_mut() {
            Some(last) if width <= most => last.push(block),
            _ => {
                width = block.w;
                rows.push(vec![block]);
            }
        }
    }
    let mut rows: Vec<Block> = rows.into_iter().filter_map(|blocks| row(blocks, gap)).collect();
    for one in &mut rows {
        if let What::Row { centred: middle, .. } = &mut one.what {
            *middle = centred;
        }
    }
    column(rows, gap)
}

/// Blocks in columns, filled one after the other, as many as come nearest to a shape: hundredths of width by height.
pub(super) fn grid(blocks: Vec<Block>, gaps: (i32, i32), shape: i32) -> Option<Block> {
    let most = blocks.len().min(40);
    let heights: Vec<i32> = blocks.iter().map(|block| block.h).collect();
    let widest = blocks.iter().map(|block| block.w).max()?;
    let off = |columns: usize| {
        let tallest = split(&heights, columns)
            .into_iter()
            .map(|(from, to)| heights[from..to].iter().map(|height| height + gaps.1).sum::<i32>())
            .max()
            .unwrap_or(1);
        let columns = i32::try_from(columns).unwrap_or(i32::MAX);
        let is = columns.saturating_mul(widest + gaps.0).saturating_mul(100) / tallest.max(1);
        (is - shape).abs()
    };
    let columns = (1..=most).min_by_key(|columns| off(*columns))?;
    let ranges = split(&heights, columns);
    let mut blocks = blocks.into_iter();
    let columns = ranges.into_iter().filter_map(|(from, to)| column(blocks.by_ref().take(to - from).collect(), gaps.1));
    row(columns.collect(), gaps.0)
}

/// Cuts a list into so many runs of about the same height.
fn split(heights: &[i32], columns: usize) -> Vec<(usize, usize)> {
    let each = heights.len().div_ceil(columns.max(1)).max(1);
    (0..heights.len()).step_by(each).map(|from| (from, (from + each).min(heights.len()))).collect()
}

impl Block {
    /// Gives the block its place.
    pub(super) fn put(&self, picture: &Picture, layout: &mut Layout, x: i32, y: i32, width: i32, height: i32) {
        match &self.what {
            What::Node(id) => {
                layout.nodes[id.0] = Rect { x, y, w: self.w, h: height.max(self.h) };
                layout.node_words[id.0] = moved(node_words(picture.node(*id)), x, y);
            }
            What::Frame { id, header, inner } => {
                layout.frames[id.0] = Rect { x, y, w: width, h: self.h };
                let words = frame_words(picture.frame(*id), self.w);
                let (w, h) = extent(&words);
                layout.headers[id.0] = Rect { x, y, w: w.min(width), h };
                layout.frame_words[id.0] = moved(words, x, y);
                if let Some(block) = inner {
                    let room = width - 2 * PADDING;
                    block.put(picture, layout, x + PADDING, y + header + GRID, room, block.h);
                }
            }
            What::Row { blocks, gap, centred } => {
                let spare = (width - self.w).max(0);
                let mut at = if *centred { x + spare / 2 / GRID * GRID } else { x };
                // A row of columns shares what is left of the width.
                let share = spare / i32::try_from(blocks.len().max(1)).unwrap_or(1) / GRID * GRID;
                for block in blocks {
                    let is_node = matches!(block.what, What::Node(_));
                    let w = block.w + if is_node { 0 } else { share };
                    let down = if is_node { 0 } else { (self.h - block.h) / 2 / GRID * GRID };
                    block.put(picture, layout, at, y + down, w, if is_node { self.h } else { block.h });
                    at += w + gap;
                }
            }
            What::Column(blocks, gap) => {
                let mut at = y;
                for block in blocks {
                    block.put(picture, layout, x, at, width.max(self.w), block.h);
                    at += block.h + gap;
                }
            }
        }
    }
}

fn moved(words: Vec<Words>, x: i32, y: i32) -> Vec<Words> {
    let pill = |pill: Rect| Rect { x: pill.x + x, y: pill.y + y, ..pill };
    words.into_iter().map(|one| Words { x: one.x + x, y: one.y + y, pill: one.pill.map(pill), ..one }).collect()
}

/// Right and lower end of texts that begin at nought.
pub(super) fn extent(words: &[Words]) -> (i32, i32) {
    let right = |one: &Words| one.pill.map_or(one.x + one.look.font().width(&one.text), |pill| pill.x + pill.w);
    let lower = |one: &Words| one.pill.map_or(one.y + 4, |pill| pill.y + pill.h + 4);
    (words.iter().map(right).max().unwrap_or(0), words.iter().map(lower).max().unwrap_or(0))
}

/// Texts that grow downwards from the upper left corner of a box.
struct Writer {
    words: Vec<Words>,
    y: i32,
    widest: i32,
}

impl Writer {
    fn line(&mut self, look: Look, text: &str) {
        if !text.is_empty() {
            let font = look.font();
            self.y += font.line();
            self.words.push(Words { x: GRID, y: self.y, look, text: font.fit(text, self.widest), pill: None });
        }
    }

    /// Pills in rows.
    fn pills(&mut self, pills: impl Iterator<Item = (Look, String)>, most: i32) {
        let (mut x, mut y) = (GRID, self.y + 8);
        let mut any = false;
        for (look, text) in pills {
            let font = look.font();
            let text = font.fit(&text, self.widest);
            let w = font.width(&text) + 2 * PILL_SIDE;
            if any && x + w > most {
                (x, y) = (GRID, y + PILL_ROW);
            }
            let pill = Some(Rect { x, y, w, h: PILL });
            self.words.push(Words { x: x + PILL_SIDE, y: y + 13, look, text, pill });
            x += w + PILL_GAP;
            any = true;
        }
        if any {
            self.y = y + PILL;
        }
    }
}

fn marks(marks: &[Mark]) -> impl Iterator<Item = (Look, String)> + '_ {
    marks.iter().map(|mark| (Look::Mark(mark.tone), mark.told()))
}

fn node_words(node: &Node) -> Vec<Words> {
    let mut writer = Writer { words: Vec::new(), y: 4, widest: WIDEST_IN_A_NODE };
    writer.line(Look::Kind, &node.words);
    writer.line(Look::Name, &node.name);
    for line in &node.details {
        writer.line(Look::Detail, line);
    }
    for mark in marks(&node.marks) {
        // One below the other: a node is narrow.
        writer.pills(std::iter::once(mark), 0);
    }
    writer.words
}

/// Prefixes stand beside the name where both are short.
fn is_beside(frame: &Frame) -> bool {
    let width = Look::Name.font().width(&frame.name) + GRID + Look::Detail.font().width(&frame.detail);
    !frame.name.is_empty() && width <= BESIDE
}

fn frame_words(frame: &Frame, width: i32) -> Vec<Words> {
    let mut writer = Writer { words: Vec::new(), y: 6, widest: WIDEST };
    writer.line(Look::Name, &frame.name);
    if is_beside(frame) {
        let x = 2 * GRID + Look::Name.font().width(&frame.name);
        let text = frame.detail.clone();
        if !text.is_empty() {
            writer.words.push(Words { x, y: writer.y, look: Look::Detail, text, pill: None });
        }
    } else {
        writer.line(Look::Detail, &frame.detail);
    }
    let chips = frame.labels.iter().map(|label| (Look::Chip, label.clone()));
    writer.pills(chips, width - GRID);
    writer.pills(marks(&frame.marks), width - GRID);
    writer.words
}

/// The width that a frame's texts need by themselves.
fn narrowest(frame: &Frame) -> i32 {
    let name = Look::Name.font().width(&frame.name).min(WIDEST);
    let detail = Look::Detail.font().width(&frame.detail).min(WIDEST);
    let head = if is_beside(frame) { name + GRID + detail } else { name.max(detail) };
    let chips = frame.labels.iter().map(|label| (Look::Chip, label.clone()));
    let pill = |(look, text): (Look, String)| look.font().width(&text).min(WIDEST) + 2 * PILL_SIDE;
    chips.chain(marks(&frame.marks)).map(pill).max().unwrap_or(0).max(head)
}
