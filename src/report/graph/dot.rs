//! For Graphviz: `azreach graph FILE --format dot | dot -Tsvg`.
//!
//! In: a picture. Out: one digraph, frames as clusters. Deliberately absent: positions, which are Graphviz's.

use super::picture::{Edge, EdgeKind, FrameId, FrameKind, Inside, NodeId, NodeKind, Picture, Spot, Stop, Tone};
use crate::report::page::harmless;
use std::fmt::Write as _;

/// The picture as a digraph.
pub fn dot(picture: &Picture) -> String {
    let mut text = String::new();
    let caption = match &picture.flow {
        Some(flow) => {
            format!("{}\n{}\n{}: {}", picture.title, flow.flow, flow.told(), flow.why)
        }
        None => picture.title.clone(),
    };
    let caption = left_out(picture).into_iter().fold(caption, |text, line| format!("{text}\n{line}"));
    let _ = writeln!(text, "digraph azreach {{");
    let _ = writeln!(
        text,
        "  graph [label={}, labelloc=t, fontname=\"Helvetica\", compound=true, rankdir=LR];",
        quoted(&caption)
    );
    let _ = writeln!(
        text,
        "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"Helvetica\", fontsize=11];"
    );
    let _ = writeln!(text, "  edge [fontname=\"Helvetica\", fontsize=9];");
    let inside = picture.inside();
    for frame in &inside.top {
        cluster(&mut text, picture, &inside, *frame, 1);
    }
    for edge in &picture.edges {
        line(&mut text, picture, edge);
    }
    if let Some(flow) = &picture.flow {
        let colour = colour(flow.tone());
        way(&mut text, picture, &flow.there, &format!("color=\"{colour}\", fontcolor=\"{colour}\", penwidth=3"));
        let back = format!("color=\"{colour}\", fontcolor=\"{colour}\", penwidth=2, style=dashed");
        let turn = flow.there.last().into_iter().chain(&flow.back).cloned().collect::<Vec<_>>();
        way(&mut text, picture, &turn, &back);
        if let Some((from, to)) = flow.missed {
            let attributes =
                format!("color=\"{colour}\", fontcolor=\"{colour}\", style=dotted, label=\"✕ not reached\"");
            connect(&mut text, picture, from, to, &attributes);
        }
    }
    text.push_str("}\n");
    text
}

/// What there was no room for.
pub(super) fn left_out(picture: &Picture) -> Option<String> {
    (!picture.left_out.is_empty()).then(|| format!("Left out: {}", picture.left_out.join("; ")))
}

fn cluster(text: &mut String, picture: &Picture, inside: &Inside, id: FrameId, depth: usize) {
    let frame = picture.frame(id);
    let indent = "  ".repeat(depth);
    let mut label = frame.name.clone();
    for line in [&frame.detail].into_iter().filter(|detail| !detail.is_empty()).chain(&frame.labels) {
        label = format!("{label}\n{line}");
    }
    for mark in &frame.marks {
        label = format!("{label}\n{}", mark.told());
    }
    let fill = match frame.kind {
        FrameKind::Outside | FrameKind::Services => "#f6f6f6",
        FrameKind::Site => "#fbf3e6",
        FrameKind::Region => "#fafcff",
        FrameKind::VirtualNetwork => "#e8f1fb",
        FrameKind::Subnet => "#f8fbff",
    };
    let _ = writeln!(text, "{indent}subgraph cluster_{} {{", frame.id);
    let _ =
        writeln!(text, "{indent}  graph [label={}, style=\"rounded,filled\", fillcolor=\"{fill}\"];", quoted(&label));
    // Lines end at nodes: a frame is met at this one.
    let _ = writeln!(text, "{indent}  {} [shape=point, style=invis, label=\"\"];", frame.id);
    for child in &inside.frames[id.0] {
        cluster(text, picture, inside, *child, depth + 1);
    }
    for node in &inside.nodes[id.0] {
        one(text, picture, *node, depth + 1);
    }
    let _ = writeln!(text, "{indent}}}");
}

fn one(text: &mut String, picture: &Picture, id: NodeId, depth: usize) {
    let node = picture.node(id);
    let mut label = format!("{}\n{}", node.words, node.name);
    for line in &node.details {
        label = format!("{label}\n{line}");
    }
    for mark in &node.marks {
        label = format!("{label}\n{}", mark.told());
    }
    let shape = match node.kind {
        NodeKind::Internet => ", shape=ellipse",
        NodeKind::Appliance | NodeKind::Gateway | NodeKind::NatGateway => ", fillcolor=\"#fff4d6\"",
        NodeKind::Unmodelled | NodeKind::More => ", style=\"rounded,dashed\"",
        _ => "",
    };
    let _ = writeln!(text, "{}{} [label={}{shape}];", "  ".repeat(depth), node.id, quoted(&label));
}

fn line(text: &mut String, picture: &Picture, edge: &Edge) {
    let look = match edge.kind {
        EdgeKind::Peering => "dir=none, color=\"#3b6fb6\"",
        EdgeKind::GlobalPeering => "dir=none, color=\"#3b6fb6\", style=bold",
        EdgeKind::Connection => "dir=none, color=\"#8a5a00\", style=bold",
        EdgeKind::Route => "color=\"#7a4fb0\", style=dashed",
        EdgeKind::NatGateway | EdgeKind::BackEnd => "color=\"#557755\"",
        EdgeKind::ServiceEndpoint | EdgeKind::PrivateEndpoint => "color=\"#007a6c\"",
    };
    connect(text, picture, edge.from, edge.to, &format!("{look}, label={}", quoted(&edge.label.join("\n"))));
}

/// A line that ends at the border of frames.
fn connect(text: &mut String, picture: &Picture, from: Spot, to: Spot, attributes: &str) {
    let cluster = |end: &str, spot: Spot| match spot {
        Spot::Frame(_) => format!(", {end}=cluster_{}", picture.id(spot)),
        Spot::Node(_) => String::new(),
    };
    let (tail, head) = (cluster("ltail", from), cluster("lhead", to));
    let _ = writeln!(text, "  {} -> {} [{attributes}{tail}{head}];", picture.id(from), picture.id(to));
}

fn way(text: &mut String, picture: &Picture, stops: &[Stop], attributes: &str) {
    for pair in stops.windows(2) {
        let sign = if pair[1].stopped { " ✕" } else { "" };
        let label = format!("label=\"{} to {}{sign}\"", pair[0].number, pair[1].number);
        connect(text, picture, pair[0].at, pair[1].at, &format!("{attributes}, {label}"));
    }
}

fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Lets => "#1a7f37",
        Tone::Stops => "#c62828",
        Tone::Unsure | Tone::Leads => "#b26a00",
    }
}

/// A quoted string. Line breaks become Graphviz's; a backslash of a name stays one.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '\n' => quoted.push_str("\\n"),
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            other => quoted.push_str(&harmless(other.encode_utf8(&mut [0; 4]))),
        }
    }
    quoted.push('"');
    quoted
}
