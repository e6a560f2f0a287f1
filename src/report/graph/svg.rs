//! The picture as SVG: one file, no scripts, nothing fetched, light and dark.
//!
//! In: a picture. Out: markup. Deliberately absent: where things stand (that is `layout`).
//!
//! Drawn from back to front: frames, lines, texts on lines, nodes, the flow, its stops.

mod style;
#[cfg(test)]
mod tests;

use super::{
    layout::{GRID, Label, Layout, Look, Rect, Sample, Words, layout},
    picture::{EdgeKind, FlowPath, FrameKind, NodeKind, Picture, Spot, Stop, Tone},
};
use crate::report::page::harmless;
use std::fmt::Write as _;

/// Radius of the bends of a line, and of a stop.
const BEND: i32 = 6;
const STOP: i32 = 10;

/// The picture as SVG.
pub fn svg(picture: &Picture) -> String {
    let layout = layout(picture);
    let mut svg = Markup::default();
    let label = match &picture.flow {
        Some(flow) => format!("{}. {}: {}, {}", picture.title, flow.flow, flow.verdict, flow.why),
        None => picture.title.clone(),
    };
    let (w, h) = (layout.width, layout.height);
    let _ = writeln!(
        svg.text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" role=\"img\" \
         aria-label=\"{}\">",
        escaped(&label)
    );
    let _ = writeln!(svg.text, "<title>{}</title>", escaped(&label));
    let _ = writeln!(svg.text, "<style>{}</style>", style::STYLE);
    let page = Rect { x: 0, y: 0, w, h };
    svg.rect("page", page, 0);
    frames(&mut svg, picture, &layout);
    for (edge, path) in picture.edges.iter().zip(&layout.lines) {
        svg.line(edge_class(edge.kind), path);
        if edge.kind.is_directed() {
            svg.arrow(edge_class(edge.kind), path);
        }
    }
    for words in layout.frame_words.iter().flatten() {
        svg.words(words);
    }
    for label in &layout.labels {
        svg.label(picture, label);
    }
    nodes(&mut svg, picture, &layout);
    if let Some(flow) = &picture.flow {
        way(&mut svg, flow, &layout);
    }
    for words in &layout.around {
        svg.words(words);
    }
    for (x, y, sample) in &layout.samples {
        legend(&mut svg, picture, (*x, *y), *sample);
    }
    svg.text.push_str("</svg>\n");
    svg.text
}

fn frames(svg: &mut Markup, picture: &Picture, layout: &Layout) {
    for (frame, rect) in picture.frames.iter().zip(&layout.frames) {
        let class = match frame.kind {
            FrameKind::Outside => "outside",
            FrameKind::Site => "site",
            FrameKind::Region => "region",
            FrameKind::VirtualNetwork => "vnet",
            FrameKind::Subnet => "subnet",
            FrameKind::Services => "services",
        };
        svg.titled(&[&frame.name, &frame.detail].map(String::as_str), |svg| svg.rect(class, *rect, 8));
    }
}

fn nodes(svg: &mut Markup, picture: &Picture, layout: &Layout) {
    for (index, node) in picture.nodes.iter().enumerate() {
        let class = match node.kind {
            NodeKind::Workload | NodeKind::NetworkInterface => "node workload",
            NodeKind::Cluster => "node cluster",
            NodeKind::Appliance => "node appliance",
            NodeKind::Gateway | NodeKind::NatGateway => "node gateway",
            NodeKind::PublicIpAddress | NodeKind::External | NodeKind::Host => "node party",
            NodeKind::Internet => "node internet",
            NodeKind::Service => "node service",
            NodeKind::PrivateEndpoint => "node endpoint",
            NodeKind::Unmodelled | NodeKind::More => "node vague",
        };
        let rect = layout.nodes[index];
        let mut told: Vec<&str> = vec![&node.words, &node.name];
        told.extend(node.details.iter().map(String::as_str));
        svg.titled(&told, |svg| {
            svg.rect(class, rect, 5);
            svg.rect(&format!("stripe {class}"), Rect { x: rect.x, y: rect.y + 6, w: 4, h: rect.h - 12 }, 2);
            for words in &layout.node_words[index] {
                svg.words(words);
            }
        });
    }
}

fn way(svg: &mut Markup, flow: &FlowPath, layout: &Layout) {
    let tone = tone_class(flow.tone());
    if let Some(path) = &layout.missed {
        svg.line(&format!("missed {tone}"), path);
        if let Some((x, y)) = path.last() {
            svg.cross((*x, *y), 6, &format!("missed {tone}"));
        }
    }
    for (class, paths) in [("back", &layout.back), ("there", &layout.there)] {
        for path in paths {
            svg.line("casing", path);
            svg.line(&format!("{class} {tone}"), path);
            svg.arrow(&format!("{class} {tone}"), path);
        }
    }
    let mut seen: Vec<Spot> = Vec::new();
    for (back, stop) in flow.there.iter().map(|stop| (false, stop)).chain(flow.back.iter().map(|stop| (true, stop))) {
        let already = seen.iter().filter(|spot| **spot == stop.at).count();
        seen.push(stop.at);
        let beside = i32::try_from(already).unwrap_or(0) * (2 * STOP + 2);
        let rect = layout.rect(stop.at);
        let x = (rect.x + rect.w - STOP - beside).max(rect.x);
        // A little above the border: what a box is stands right below it.
        let y = rect.y - 4;
        badge(svg, stop, (x, y), back, tone);
        if stop.stopped {
            // Beside the number, and large: what to see first.
            let at = (x - 2 * STOP - 5, y);
            svg.circle("verdict", tone, at, STOP + 3);
            svg.cross(at, 6, "sign");
        }
    }
}

fn badge(svg: &mut Markup, stop: &Stop, (x, y): (i32, i32), back: bool, tone: &str) {
    svg.circle(if back { "stop back" } else { "stop" }, tone, (x, y), STOP);
    let class = if back { "number back" } else { "number" };
    let _ = writeln!(svg.text, "<text class=\"{class} {tone}\" x=\"{x}\" y=\"{}\">{}</text>", y + 4, stop.number);
}

fn legend(svg: &mut Markup, picture: &Picture, (x, y): (i32, i32), sample: Sample) {
    let path = [(x, y), (x + 3 * GRID, y)];
    let tone = picture.flow.as_ref().map_or("", |flow| tone_class(flow.tone()));
    match sample {
        Sample::Edge(kind) => {
            svg.line(edge_class(kind), &path);
            if kind.is_directed() {
                svg.arrow(edge_class(kind), &path);
            }
        }
        Sample::There | Sample::Back => {
            let class = if sample == Sample::There { "there" } else { "back" };
            svg.line(&format!("{class} {tone}"), &path);
            svg.arrow(&format!("{class} {tone}"), &path);
        }
        Sample::Missed => svg.line(&format!("missed {tone}"), &path),
    }
}

fn edge_class(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Peering => "edge peering",
        EdgeKind::GlobalPeering => "edge peering global",
        EdgeKind::Connection => "edge connection",
        EdgeKind::Route => "edge route",
        EdgeKind::NatGateway | EdgeKind::BackEnd => "edge nat",
        EdgeKind::ServiceEndpoint => "edge endpoint",
        EdgeKind::PrivateEndpoint => "edge link",
    }
}

fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Lets => "lets",
        Tone::Stops => "stops",
        Tone::Unsure => "unsure",
        Tone::Leads => "leads",
    }
}

fn look_class(look: Look) -> String {
    let plain = match look {
        Look::Title => "title",
        Look::Flow => "flow",
        Look::Verdict(tone) => return format!("caption {}", tone_class(tone)),
        Look::Name => "name",
        Look::Kind => "kind",
        Look::Detail => "detail",
        Look::Chip => "chip",
        Look::Mark(tone) => return format!("mark {}", tone_class(tone)),
        Look::Line => "on",
        Look::Small => "small",
    };
    plain.to_owned()
}

/// SVG that grows.
#[derive(Default)]
struct Markup {
    text: String,
}

impl Markup {
    fn rect(&mut self, class: &str, rect: Rect, round: i32) {
        let Rect { x, y, w, h } = rect;
        let _ = writeln!(
            self.text,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{round}\"/>"
        );
    }

    /// A group with a tooltip.
    fn titled(&mut self, told: &[&str], draw: impl FnOnce(&mut Markup)) {
        let told: Vec<&str> = told.iter().copied().filter(|line| !line.is_empty()).collect();
        let _ = writeln!(self.text, "<g><title>{}</title>", escaped(&told.join(", ")));
        draw(self);
        self.text.push_str("</g>\n");
    }

    fn words(&mut self, words: &Words) {
        let class = look_class(words.look);
        if let Some(pill) = words.pill {
            self.rect(&format!("pill {class}"), pill, 9);
        }
        let text = escaped(&words.text);
        let _ = writeln!(self.text, "<text class=\"{class}\" x=\"{}\" y=\"{}\">{text}</text>", words.x, words.y);
    }

    fn label(&mut self, picture: &Picture, label: &Label) {
        let edge = &picture.edges[label.edge];
        self.titled(&edge.label.iter().map(String::as_str).collect::<Vec<_>>(), |svg| {
            svg.rect("halo", label.rect, 4);
            let middle = label.rect.x + label.rect.w / 2;
            for (index, line) in label.lines.iter().enumerate() {
                let down = Look::Line.font().line() * (i32::try_from(index).unwrap_or(0) + 1) - 2;
                let class = format!("on {}", edge_class(edge.kind));
                let (y, text) = (label.rect.y + down, escaped(line));
                let _ = writeln!(svg.text, "<text class=\"{class}\" x=\"{middle}\" y=\"{y}\">{text}</text>");
            }
        });
    }

    /// A line with round bends.
    fn line(&mut self, class: &str, path: &[(i32, i32)]) {
        let Some(((x, y), rest)) = path.split_first() else { return };
        let mut d = format!("M{x} {y}");
        let mut before = (*x, *y);
        for (index, corner) in rest.iter().enumerate() {
            match rest.get(index + 1) {
                None => {
                    let _ = write!(d, "L{} {}", corner.0, corner.1);
                }
                Some(after) => {
                    let (from, to) = (towards(*corner, before), towards(*corner, *after));
                    let _ = write!(d, "L{} {}Q{} {} {} {}", from.0, from.1, corner.0, corner.1, to.0, to.1);
                }
            }
            before = *corner;
        }
        let _ = writeln!(self.text, "<path class=\"{class}\" d=\"{d}\"/>");
    }

    /// The head of an arrow at the end of a line.
    fn arrow(&mut self, class: &str, path: &[(i32, i32)]) {
        let [.., before, end] = path else { return };
        let (dx, dy) = ((end.0 - before.0).signum(), (end.1 - before.1).signum());
        let (x, y) = *end;
        let (bx, by) = (x - dx * 9, y - dy * 9);
        let (left, right) = ((bx - dy * 5, by + dx * 5), (bx + dy * 5, by - dx * 5));
        let _ = writeln!(
            self.text,
            "<path class=\"head {class}\" d=\"M{x} {y}L{} {}L{} {}Z\"/>",
            left.0, left.1, right.0, right.1
        );
    }

    fn circle(&mut self, class: &str, tone: &str, (x, y): (i32, i32), r: i32) {
        let _ = writeln!(self.text, "<circle class=\"{class} {tone}\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>");
    }

    fn cross(&mut self, (x, y): (i32, i32), r: i32, class: &str) {
        let (left, right, top, bottom) = (x - r, x + r, y - r, y + r);
        let d = format!("M{left} {top}L{right} {bottom}M{right} {top}L{left} {bottom}");
        let _ = writeln!(self.text, "<path class=\"cross {class}\" d=\"{d}\"/>");
    }
}

/// A point a little way from one corner to another.
fn towards(from: (i32, i32), to: (i32, i32)) -> (i32, i32) {
    let step = |from: i32, to: i32| from + (to - from).clamp(-BEND, BEND);
    (step(from.0, to.0), step(from.1, to.1))
}

/// A text for markup and for attributes in double quotes.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in harmless(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Not characters of XML.
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}
