//! Lines that run between boxes, not through them.
//!
//! In: boxes on a grid, pairs of them to connect. Out: for each pair the corners of a line. Deliberately absent: what
//! the lines mean.
//!
//! Each line is the cheapest walk along the grid: length, bends, other lines, borders and strange boxes cost. Boxes
//! around one of the ends may be entered; nothing is forbidden, so that a walk always exists.

use super::{
    layout::{GRID, Layout, Rect},
    picture::{FrameId, Picture, Spot},
};
use std::{cmp::Reverse, collections::BinaryHeap};

/// What a step costs, and what it costs besides.
const STEP: u32 = 10;
const BEND: u32 = 32;
const STRANGE_BOX: u32 = 60;
const TEXT_OR_NODE: u32 = 900;
const ALONG_A_BORDER: u32 = 25;
const ALONG_A_LINE: u32 = 45;
const ACROSS_A_LINE: u32 = 9;
const USED_PORT: u32 = 60;
/// Points at the upper right that lines had better leave free.
const ROOM_OF_STOPS: i32 = 5;
/// Steps that all lines together may try; those of which more were needed are drawn as they come.
const STEPS: usize = 3_000_000;
/// Fewest and most steps of one line.
const STEPS_OF_ONE: (usize, usize) = (4_000, 200_000);

/// Two spots to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wire {
    from: Spot,
    to: Spot,
}

impl Wire {
    /// From one to the other.
    pub(super) fn new(from: Spot, to: Spot) -> Self {
        Wire { from, to }
    }
}

/// The corners of each line; empty where one end stands in the other.
pub(super) fn run(picture: &Picture, layout: &Layout, wires: &[Wire]) -> Vec<Vec<(i32, i32)>> {
    let mut board = Board::new(layout);
    let patience = (STEPS / wires.len().max(1)).clamp(STEPS_OF_ONE.0, STEPS_OF_ONE.1);
    // Short lines first: they have least choice.
    let length = |wire: &Wire| {
        let (a, b) = (layout.rect(wire.from), layout.rect(wire.to));
        (a.x + a.w / 2 - b.x - b.w / 2).abs() + (a.y + a.h / 2 - b.y - b.h / 2).abs()
    };
    let mut order: Vec<usize> = (0..wires.len()).collect();
    order.sort_by_key(|index| (length(&wires[*index]), *index));
    let mut found = vec![Vec::new(); wires.len()];
    for index in order {
        let wire = wires[index];
        let inside =
            |outer: Spot, inner: Spot| matches!(outer, Spot::Frame(frame) if picture.around(inner).contains(&frame));
        if wire.from == wire.to || inside(wire.from, wire.to) || inside(wire.to, wire.from) {
            continue;
        }
        board.open(picture.around(wire.from).into_iter().chain(picture.around(wire.to)));
        let (from, to) = (layout.rect(wire.from), layout.rect(wire.to));
        // First the best line, then a good one, then any.
        let path = board.walk(from, to, 1, patience).or_else(|| board.walk(from, to, 4, patience));
        let path = path.unwrap_or_else(|| plain(from, to));
        board.keep(&path);
        found[index] = corners(&path);
    }
    found
}

/// A point of the grid.
type Point = (i32, i32);

/// The four directions: right, down, left, up.
const DIRECTIONS: [Point; 4] = [(1, 0), (0, 1), (-1, 0), (0, -1)];

/// The grid with what lies on it.
struct Board {
    columns: i32,
    rows: i32,
    /// The innermost frame, from one; nought for none.
    frames: Vec<u32>,
    solid: Vec<bool>,
    /// Bits: a border runs flat, upright; a line runs flat, upright.
    runs: Vec<u8>,
    /// By frame from one: may be entered.
    opened: Vec<bool>,
    best: Vec<u32>,
    came: Vec<u8>,
    touched: Vec<usize>,
}

const BORDER_FLAT: u8 = 1;
const BORDER_UPRIGHT: u8 = 2;
const LINE_FLAT: u8 = 4;
const LINE_UPRIGHT: u8 = 8;

impl Board {
    fn new(layout: &Layout) -> Self {
        let (columns, rows) = (layout.width / GRID + 1, layout.height / GRID + 1);
        let size = usize::try_from(columns * rows).unwrap_or(0);
        let mut board = Board {
            columns,
            rows,
            frames: vec![0; size],
            solid: vec![false; size],
            runs: vec![0; size],
            opened: vec![false; layout.frames.len() + 1],
            best: vec![u32::MAX; size * 4],
            came: vec![0; size * 4],
            touched: Vec::new(),
        };
        for (index, frame) in layout.frames.iter().enumerate() {
            let id = u32::try_from(index + 1).unwrap_or(0);
            board.each(*frame, 1, |board, at| board.frames[at] = id);
            board.border(*frame);
        }
        for header in &layout.headers {
            let texts = Rect { x: header.x + 1, y: header.y + 1, w: header.w, h: header.h };
            board.each(texts, 0, |board, at| board.solid[at] = true);
        }
        let (top, bottom) = layout.body;
        for (y, h) in [(0, top - GRID), (bottom, layout.height - bottom)] {
            let band = Rect { x: 0, y, w: layout.width, h };
            board.each(band, 0, |board, at| board.solid[at] = true);
        }
        for node in &layout.nodes {
            board.each(*node, 0, |board, at| board.solid[at] = true);
        }
        board
    }

    fn points(&self) -> usize {
        self.solid.len()
    }

    fn at(&self, (x, y): Point) -> Option<usize> {
        (0 <= x && x < self.columns && 0 <= y && y < self.rows)
            .then(|| usize::try_from(y * self.columns + x).unwrap_or(0))
    }

    /// Every point of a rectangle, without so many at its border.
    fn each(&mut self, rect: Rect, without: i32, mut mark: impl FnMut(&mut Board, usize)) {
        let (left, top) =
            ((rect.x + GRID - 1).div_euclid(GRID) + without, (rect.y + GRID - 1).div_euclid(GRID) + without);
        let (right, bottom) =
            ((rect.x + rect.w).div_euclid(GRID) - without, (rect.y + rect.h).div_euclid(GRID) - without);
        for y in top..=bottom {
            for x in left..=right {
                if let Some(at) = self.at((x, y)) {
                    mark(self, at);
                }
            }
        }
    }

    fn border(&mut self, rect: Rect) {
        let Rect { x, y, w, h } = rect;
        for y in [y, y + h] {
            self.each(Rect { x, y, w, h: 0 }, 0, |board, at| board.runs[at] |= BORDER_FLAT);
        }
        for x in [x, x + w] {
            self.each(Rect { x, y, w: 0, h }, 0, |board, at| board.runs[at] |= BORDER_UPRIGHT);
        }
    }

    /// Only these frames may be entered.
    fn open(&mut self, frames: impl Iterator<Item = FrameId>) {
        self.opened.fill(false);
        self.opened[0] = true;
        for frame in frames {
            self.opened[frame.0 + 1] = true;
        }
    }

    /// The points of a rectangle's border that a line may end at, with the direction outwards and what speaks
    /// against the point.
    fn ports(&self, rect: Rect) -> Vec<(Point, usize, u32)> {
        let (left, top) = (rect.x / GRID, rect.y / GRID);
        let (right, bottom) = ((rect.x + rect.w) / GRID, (rect.y + rect.h) / GRID);
        let mut ports = Vec::new();
        let mut port = |point: Point, direction: usize, off: i32| {
            if let Some(at) = self.at(point) {
                let used = if self.runs[at] & (LINE_FLAT | LINE_UPRIGHT) == 0 { 0 } else { USED_PORT };
                ports.push((point, direction, off.unsigned_abs() * 3 + used));
            }
        };
        for x in left + 1..right {
            port((x, bottom), 1, 2 * x - left - right);
            // The numbers of stops stand at the right of the upper side.
            let stops = if x + ROOM_OF_STOPS > right { 3 * GRID } else { 0 };
            port((x, top), 3, (2 * x - left - right).abs() + stops);
        }
        for y in top + 1..bottom {
            port((right, y), 0, 2 * y - top - bottom);
            port((left, y), 2, 2 * y - top - bottom);
        }
        ports
    }

    /// The cheapest walk from one border to the other. The more haste, the more the distance that is left counts
    /// beside what the walk has cost. `None` when patience ends before.
    fn walk(&mut self, from: Rect, to: Rect, haste: u32, patience: usize) -> Option<Vec<Point>> {
        for at in self.touched.drain(..) {
            self.best[at] = u32::MAX;
        }
        let goals: Vec<(Point, usize, u32)> = self.ports(to);
        let (left, top) = (to.x / GRID, to.y / GRID);
        let (right, bottom) = ((to.x + to.w) / GRID, (to.y + to.h) / GRID);
        let hurry = haste * STEP;
        let left_over = move |(x, y): Point| {
            let far = (left - x).max(x - right).max(0) + (top - y).max(y - bottom).max(0);
            far.unsigned_abs() * hurry
        };
        let goal_of = |point: Point, direction: usize| {
            goals.iter().find(|(goal, outwards, _)| *goal == point && (outwards + 2) % 4 == direction)
        };
        let near = |(x, y): Point| left <= x && x <= right && top <= y && y <= bottom;
        let mut queue: BinaryHeap<Reverse<(u32, u32, usize)>> = BinaryHeap::new();
        let starts = self.ports(from);
        for (point, direction, cost) in &starts {
            if let Some(at) = self.at(*point) {
                let state = at * 4 + direction;
                self.best[state] = *cost;
                self.came[state] = 4;
                self.touched.push(state);
                queue.push(Reverse((cost + left_over(*point), *cost, state)));
            }
        }
        let columns = usize::try_from(self.columns).unwrap_or(1);
        let point_of = |state: usize| {
            let at = state / 4;
            (i32::try_from(at % columns).unwrap_or(0), i32::try_from(at / columns).unwrap_or(0))
        };
        // The best end so far: what it costs, and where.
        let mut end: Option<(u32, usize)> = None;
        let mut steps = 0;
        while let Some(Reverse((estimate, cost, state))) = queue.pop() {
            steps += 1;
            if steps > patience {
                break;
            }
            if end.is_some_and(|(done, _)| estimate >= done) {
                break;
            }
            if cost > self.best[state] {
                continue;
            }
            let (point, direction) = (point_of(state), state % 4);
            for (turn, (dx, dy)) in DIRECTIONS.iter().enumerate() {
                if (turn + 2) % 4 == direction || (self.came[state] == 4 && turn != direction) {
                    continue;
                }
                let next = (point.0 + dx, point.1 + dy);
                let Some(at) = self.at(next) else { continue };
                let bend = if turn == direction { 0 } else { BEND };
                if near(next) {
                    if let Some((_, _, port)) = goal_of(next, turn) {
                        let whole = cost + STEP + bend + port;
                        if end.is_none_or(|(done, _)| whole < done) {
                            end = Some((whole, at * 4 + turn));
                            if whole < self.best[at * 4 + turn] {
                                self.best[at * 4 + turn] = whole;
                                self.came[at * 4 + turn] = u8::try_from(direction).unwrap_or(0);
                                self.touched.push(at * 4 + turn);
                            }
                        }
                    }
                    continue;
                }
                let from = state / 4;
                let whole = cost + STEP + bend + self.toll(from, at, turn);
                let state = at * 4 + turn;
                if whole < self.best[state] {
                    self.best[state] = whole;
                    self.came[state] = u8::try_from(direction).unwrap_or(0);
                    self.touched.push(state);
                    queue.push(Reverse((whole + left_over(next), whole, state)));
                }
            }
        }
        end.map(|(_, state)| self.back_from(state, point_of))
    }

    fn back_from(&self, mut state: usize, point_of: impl Fn(usize) -> Point) -> Vec<Point> {
        let mut path = vec![point_of(state)];
        while self.came[state] < 4 {
            let (dx, dy) = DIRECTIONS[state % 4];
            let (x, y) = point_of(state);
            let Some(at) = self.at((x - dx, y - dy)) else { break };
            state = at * 4 + usize::from(self.came[state]);
            path.push(point_of(state));
            if path.len() > self.points() {
                break;
            }
        }
        path.reverse();
        path
    }

    /// What a step costs besides its length.
    fn toll(&self, from: usize, at: usize, direction: usize) -> u32 {
        let flat = direction.is_multiple_of(2);
        let (border, along, across) = match flat {
            true => (BORDER_FLAT, LINE_FLAT, LINE_UPRIGHT),
            false => (BORDER_UPRIGHT, LINE_UPRIGHT, LINE_FLAT),
        };
        let mut toll = 0;
        if self.solid[at] {
            toll += TEXT_OR_NODE;
        }
        if !self.opened[self.frames[at] as usize] {
            toll += STRANGE_BOX;
        }
        if self.runs[from] & self.runs[at] & border != 0 {
            toll += ALONG_A_BORDER;
        }
        if self.runs[at] & along != 0 {
            toll += ALONG_A_LINE;
        }
        if self.runs[at] & across != 0 {
            toll += ACROSS_A_LINE;
        }
        toll
    }

    /// Later lines keep clear of this one.
    fn keep(&mut self, path: &[Point]) {
        for pair in path.windows(2) {
            let run = if pair[0].1 == pair[1].1 { LINE_FLAT } else { LINE_UPRIGHT };
            for at in [self.at(pair[0]), self.at(pair[1])].into_iter().flatten() {
                self.runs[at] |= run;
            }
        }
    }
}

/// A line that minds nothing: out of the middle of one side, over, into the middle of the other's.
fn plain(from: Rect, to: Rect) -> Vec<Point> {
    let middle = |rect: Rect| ((rect.x + rect.w / 2) / GRID, (rect.y + rect.h / 2) / GRID);
    let ((x1, y1), (x2, y2)) = (middle(from), middle(to));
    let side = |rect: Rect, right: bool| (if right { rect.x + rect.w } else { rect.x }) / GRID;
    let (start, end) = (side(from, x1 < x2), side(to, x2 <= x1));
    let half = (start + end) / 2;
    let corners = [(start, y1), (half, y1), (half, y2), (end, y2)];
    let mut path: Vec<Point> = vec![corners[0]];
    for (x, y) in corners {
        while let Some(last) = path.last().copied().filter(|last| *last != (x, y)) {
            path.push((last.0 + (x - last.0).signum(), last.1 + (y - last.1).signum()));
        }
    }
    path
}

/// First and last point and the bends, in pixels.
fn corners(path: &[Point]) -> Vec<(i32, i32)> {
    let mut corners: Vec<Point> = Vec::new();
    for (index, point) in path.iter().enumerate() {
        let straight = index > 0 && index + 1 < path.len() && {
            let (before, after) = (path[index - 1], path[index + 1]);
            before.0 == after.0 || before.1 == after.1
        };
        if !straight {
            corners.push((point.0 * GRID, point.1 * GRID));
        }
    }
    corners
}
