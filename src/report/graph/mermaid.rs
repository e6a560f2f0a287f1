//! For Markdown: a Mermaid flowchart.
//!
//! In: a picture. Out: one flowchart, frames as subgraphs. Deliberately absent: positions, which are Mermaid's.

use super::{
    dot::left_out,
    picture::{Edge, EdgeKind, FrameId, FrameKind, Inside, NodeId, NodeKind, Picture, Stop, Tone},
};
use crate::report::page::harmless;
use std::fmt::Write as _;

/// The picture as a flowchart.
pub fn mermaid(picture: &Picture) -> String {
    let mut text = String::new();
    // A front matter's title is YAML: a JSON string is one.
    let title = serde_json::Value::from(harmless(&picture.title));
    let _ = writeln!(text, "---\ntitle: {title}\n---\nflowchart LR");
    let inside = picture.inside();
    for frame in &inside.top {
        subgraph(&mut text, picture, &inside, *frame, 1);
    }
    let mut drawn = 0;
    for edge in &picture.edges {
        line(&mut text, picture, edge);
        drawn += 1;
    }
    if let Some(flow) = &picture.flow {
        let first = drawn;
        drawn += way(&mut text, picture, &flow.there, "==>");
        let turn: Vec<Stop> = flow.there.last().into_iter().chain(&flow.back).cloned().collect();
        drawn += way(&mut text, picture, &turn, "-.->");
        if let Some((from, to)) = flow.missed {
            let _ = writeln!(text, "  {} -. \"✕ not reached\" .-x {}", picture.id(from), picture.id(to));
            drawn += 1;
        }
        let colour = match flow.tone() {
            Tone::Lets => "#1a7f37",
            Tone::Stops => "#c62828",
            Tone::Unsure | Tone::Leads => "#b26a00",
        };
        let lines: Vec<String> = (first..drawn).map(|index| index.to_string()).collect();
        if !lines.is_empty() {
            let _ = writeln!(text, "  linkStyle {} stroke:{colour},stroke-width:3px", lines.join(","));
        }
        let verdict = format!("{}\n{}: {}", flow.flow, flow.told(), flow.why);
        let _ =
            writeln!(text, "  verdict{{{{{}}}}}\n  style verdict stroke:{colour},stroke-width:3px", quoted(&verdict));
    }
    if let Some(words) = left_out(picture) {
        let _ = writeln!(text, "  leftOut[{}]", quoted(&words));
    }
    text
}

fn subgraph(text: &mut String, picture: &Picture, inside: &Inside, id: FrameId, depth: usize) {
    let frame = picture.frame(id);
    let indent = "  ".repeat(depth);
    let mut label = frame.name.clone();
    if !frame.detail.is_empty() {
        label = format!("{label} {}", frame.detail);
    }
    for line in frame.labels.iter().cloned().chain(frame.marks.iter().map(|mark| mark.told())) {
        label = format!("{label}\n{line}");
    }
    let _ = writeln!(text, "{indent}subgraph {}[{}]", frame.id, quoted(&label));
    for child in &inside.frames[id.0] {
        subgraph(text, picture, inside, *child, depth + 1);
    }
    for node in &inside.nodes[id.0] {
        one(text, picture, *node, depth + 1);
    }
    let empty = inside.frames[id.0].is_empty() && inside.nodes[id.0].is_empty();
    if empty && frame.kind != FrameKind::Region {
        // A subgraph without nodes is drawn without its label.
        let _ = writeln!(text, "{indent}  {}_[\" \"]\n{indent}  style {}_ fill:none,stroke:none", frame.id, frame.id);
    }
    let _ = writeln!(text, "{indent}end");
}

fn one(text: &mut String, picture: &Picture, id: NodeId, depth: usize) {
    let node = picture.node(id);
    let mut label = format!("{}\n{}", node.words, node.name);
    for line in node.details.iter().cloned().chain(node.marks.iter().map(|mark| mark.told())) {
        label = format!("{label}\n{line}");
    }
    let (open, close) = match node.kind {
        NodeKind::Internet => ("([", "])"),
        NodeKind::Appliance | NodeKind::Gateway | NodeKind::NatGateway => ("[[", "]]"),
        NodeKind::Service => ("[(", ")]"),
        _ => ("[", "]"),
    };
    let _ = writeln!(text, "{}{}{open}{}{close}", "  ".repeat(depth), node.id, quoted(&label));
}

fn line(text: &mut String, picture: &Picture, edge: &Edge) {
    let arrow = match edge.kind {
        EdgeKind::Peering => "---",
        EdgeKind::GlobalPeering | EdgeKind::Connection => "===",
        EdgeKind::Route => "-.->",
        EdgeKind::NatGateway | EdgeKind::BackEnd | EdgeKind::ServiceEndpoint | EdgeKind::PrivateEndpoint => "-->",
    };
    let label = match edge.label.is_empty() {
        true => String::new(),
        false => format!("|{}|", quoted(&edge.label.join("\n"))),
    };
    let _ = writeln!(text, "  {} {arrow}{label} {}", picture.id(edge.from), picture.id(edge.to));
}

fn way(text: &mut String, picture: &Picture, stops: &[Stop], arrow: &str) -> usize {
    for pair in stops.windows(2) {
        let sign = if pair[1].stopped { " ✕" } else { "" };
        let label = format!("\"{} to {}{sign}\"", pair[0].number, pair[1].number);
        let _ = writeln!(text, "  {} {arrow}|{label}| {}", picture.id(pair[0].at), picture.id(pair[1].at));
    }
    stops.len().saturating_sub(1)
}

/// A quoted string: whatever could end it or be taken for markup becomes an entity.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '\n' => quoted.push_str("<br>"),
            '"' | '#' | '<' | '>' | '&' | '`' | '\\' | ';' => {
                let _ = write!(quoted, "#{};", character as u32);
            }
            other => quoted.push_str(&harmless(other.encode_utf8(&mut [0; 4]))),
        }
    }
    quoted.push('"');
    quoted
}
