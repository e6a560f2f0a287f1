//! The grammar of flows, read from left to right.
//!
//! In: text. Out: a flow, or the first thing wrong with it: what, where, and what to write instead.
//! Deliberately absent: the ends (`ends.rs`) and lists of ports (`ports.rs`).

use super::{End, Flow, FlowError, Protocol, default_source_ports, ends::end, ports};
use crate::space::{Ports, Ranges};
use std::{ops::Range, str::FromStr};

pub(super) const EXAMPLE: &str = "a flow looks like `worker -> kafka tcp/9092`";

/// A piece of the text and where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl<'a> Token<'a> {
    fn range(self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }

    pub(super) fn error(self, message: impl Into<String>) -> FlowError {
        FlowError { message: message.into(), help: None, range: self.range() }
    }

    pub(super) fn split_once(self, separator: char) -> Option<(Token<'a>, Token<'a>)> {
        let (front, back) = self.text.split_once(separator)?;
        let back_at = self.at + front.len() + separator.len_utf8();
        Some((Token { text: front, at: self.at }, Token { text: back, at: back_at }))
    }

    pub(super) fn split(self, separator: char) -> impl Iterator<Item = Token<'a>> {
        let mut at = self.at;
        self.text.split(separator).map(move |text| {
            let token = Token { text, at };
            at += text.len() + separator.len_utf8();
            token
        })
    }

    pub(super) fn is(self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }
}

impl FlowError {
    pub(super) fn help(self, help: impl Into<String>) -> Self {
        FlowError { help: Some(help.into()), ..self }
    }
}

impl FromStr for Flow {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Flow, FlowError> {
        let tokens = tokens_of(text);
        let whole = Token { text, at: 0 };
        let arrow = arrow_in(whole, &tokens)?;
        let (before, after) = (&tokens[..arrow], &tokens[arrow + 1..]);
        let source = source_in(before, tokens[arrow])?;
        let Some((destination, rest)) = after.split_first() else {
            return Err(tokens[arrow].error("there is no destination after `->`").help(EXAMPLE));
        };
        let destination = end(*destination)?;
        let (protocol, ports, rest) = protocol_in(rest)?;
        let source_ports = source_ports_in(rest, protocol)?;
        Ok(Flow { source, destination, protocol, ports, source_ports })
    }
}

fn tokens_of(text: &str) -> Vec<Token<'_>> {
    let mut at = 0;
    let mut tokens = Vec::new();
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        if !word.is_empty() {
            tokens.push(Token { text: word, at });
        }
        at += piece.len();
    }
    tokens
}

// ---- the arrow and what stands before it

fn arrow_in(whole: Token<'_>, tokens: &[Token<'_>]) -> Result<usize, FlowError> {
    let mut arrows = tokens.iter().enumerate().filter(|(_, token)| token.text == "->").map(|(at, _)| at);
    match (arrows.next(), arrows.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(second)) => Err(tokens[second].error("a flow has one `->`").help(EXAMPLE)),
        (None, _) => Err(no_arrow(whole, tokens)),
    }
}

fn no_arrow(whole: Token<'_>, tokens: &[Token<'_>]) -> FlowError {
    if tokens.is_empty() {
        return whole.error("the flow is empty").help(EXAMPLE);
    }
    if let Some(other) = tokens.iter().find(|token| ["→", "=>", "-->", "--", ">", "–>"].contains(&token.text)) {
        return other.error(format!("`{}` is not an arrow", other.text)).help("write `->`");
    }
    match tokens.iter().find(|token| token.text.contains("->")) {
        Some(glued) => glued.error("`->` needs a space on both sides").help(format!("write `{}`", spaced(whole.text))),
        None => whole.error("there is no `->` in this flow").help(EXAMPLE),
    }
}

fn spaced(text: &str) -> String {
    text.replacen("->", " -> ", 1).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn source_in(before: &[Token<'_>], arrow: Token<'_>) -> Result<End, FlowError> {
    match before {
        [] => Err(arrow.error("there is no source before `->`").help(EXAMPLE)),
        [only] => end(*only),
        [_, stray, ..] => {
            let error = stray.error(format!("`{}` is one word too many before `->`", stray.text));
            Err(error.help("protocol and ports come after the destination; names have no spaces"))
        }
    }
}

// ---- protocol and ports

type Rest<'t, 'a> = &'t [Token<'a>];

fn protocol_in<'t, 'a>(rest: Rest<'t, 'a>) -> Result<(Protocol, Ports, Rest<'t, 'a>), FlowError> {
    match rest.split_first() {
        Some((token, rest)) if !token.is("from") => {
            let (protocol, ports) = protocol_and_ports(*token)?;
            Ok((protocol, ports, rest))
        }
        _ => Ok((Protocol::Any, Ranges::all(), rest)),
    }
}

fn protocol_and_ports(token: Token<'_>) -> Result<(Protocol, Ports), FlowError> {
    let Some((name, list)) = token.split_once('/') else {
        return Ok((protocol(token)?, Ranges::all()));
    };
    if protocol_named(name).is_none() && protocol_named(list).is_some() && ports::read(name).is_ok() {
        let help = format!("write `{}/{}`", list.text.to_ascii_lowercase(), name.text);
        return Err(token.error("the protocol comes before the ports").help(help));
    }
    let protocol = protocol(name)?;
    if !protocol.takes_ports() {
        return Err(ports_refused(list, protocol));
    }
    Ok((protocol, ports::read(list)?))
}

fn ports_refused(list: Token<'_>, protocol: Protocol) -> FlowError {
    let error = list.error(format!("`{protocol}` takes no ports"));
    match protocol {
        Protocol::Any => error.help(format!("write one flow with `tcp/{0}` and one with `udp/{0}`", list.text)),
        _ => error.help(format!("write just `{protocol}`; only tcp and udp have ports")),
    }
}

fn protocol_named(token: Token<'_>) -> Option<Protocol> {
    Protocol::ALL.into_iter().find(|protocol| token.is(protocol.name()))
}

fn protocol(token: Token<'_>) -> Result<Protocol, FlowError> {
    protocol_named(token).ok_or_else(|| {
        let error = token.error(format!("unknown protocol `{}`", token.text));
        error.help(what_was_meant(token))
    })
}

fn what_was_meant(token: Token<'_>) -> String {
    let word = token.text.to_ascii_lowercase();
    if let Some((_, flow)) = SERVICES.iter().find(|(service, _)| *service == word) {
        return format!("write `{flow}`");
    }
    if ports::read(token).is_ok() {
        return format!("write `tcp/{word}` or `udp/{word}`");
    }
    if let Some(tail) = word.strip_prefix("tcp").or(word.strip_prefix("udp"))
        && let Some(list) = tail.strip_prefix([':', '-', '\\', '.'])
    {
        return format!("write `{}/{list}`", &word[..3]);
    }
    match Protocol::ALL.into_iter().map(|known| (distance(&word, known.name()), known)).min() {
        Some((1..=2, known)) if word.len() > 2 => format!("did you mean `{known}`?"),
        _ => "protocols are tcp, udp, icmp, esp, ah and any".to_owned(),
    }
}

/// What people write in place of a protocol.
const SERVICES: [(&str, &str); 9] = [
    ("*", "any"),
    ("all", "any"),
    ("ping", "icmp"),
    ("http", "tcp/80"),
    ("https", "tcp/443"),
    ("ssh", "tcp/22"),
    ("rdp", "tcp/3389"),
    ("dns", "udp/53"),
    ("ipsec", "esp"),
];

/// How many letters to change, add or drop to make one word the other; letters out of order count once.
fn distance(left: &str, right: &str) -> usize {
    if left != right && sorted(left) == sorted(right) {
        return 1;
    }
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in right.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

fn sorted(word: &str) -> Vec<char> {
    let mut letters: Vec<char> = word.chars().collect();
    letters.sort_unstable();
    letters
}

fn source_ports_in(rest: &[Token<'_>], protocol: Protocol) -> Result<Option<Ports>, FlowError> {
    let [from, rest @ ..] = rest else {
        return Ok(None);
    };
    if !from.is("from") {
        return Err(stray(*from));
    }
    if !protocol.takes_ports() {
        let error = from.error(format!("`from` needs tcp or udp, not `{protocol}`"));
        return Err(error.help("write the protocol before it, as in `udp from 53`"));
    }
    match rest {
        [] => Err(from.error("there are no source ports after `from`").help("write for example `from 1024-65535`")),
        [list] => Ok(Some(ports::read(*list)?).filter(|ports| *ports != default_source_ports())),
        [_, extra, ..] => Err(stray(*extra)),
    }
}

fn stray(token: Token<'_>) -> FlowError {
    let error = token.error(format!("`{}` is one word too many", token.text));
    if token.text.starts_with(|first: char| first.is_ascii_digit() || first == ',' || first == '/') {
        return error.help("ports follow the protocol without spaces, as in `tcp/80,443`");
    }
    error.help("a flow ends with the protocol and its ports, or with `from` and the source ports")
}
