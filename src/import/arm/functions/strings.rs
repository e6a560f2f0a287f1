//! Functions for strings.
//!
//! In: arguments. Out: a value, or what is wrong.

use super::{Arguments, MOST_LETTERS, Outcome, digest};
use crate::import::arm::value::{Pair, Term, Value};
use std::fmt::Write as _;

/// Applies a function for strings; `first`, `length` and others that also take lists are among `collections`.
pub(super) fn apply(name: &str, arguments: Arguments<'_>) -> Option<Outcome> {
    Some(match name {
        "tolower" => arguments.text(0).map(|text| Value::text(text.to_lowercase())),
        "toupper" => arguments.text(0).map(|text| Value::text(text.to_uppercase())),
        "trim" => arguments.text(0).map(|text| Value::text(text.trim())),
        "string" => arguments.at(0).map(|term| Value::text(string(term))),
        "format" => format(arguments),
        "replace" => replace(arguments),
        "split" => split(arguments),
        "join" => join(arguments),
        "substring" => substring(arguments),
        "padleft" => pad_left(arguments),
        "startswith" => two(arguments).map(|(text, part)| Value::Bool(text.starts_with(&part))),
        "endswith" => two(arguments).map(|(text, part)| Value::Bool(text.ends_with(&part))),
        "uniquestring" => Ok(Value::text(digest(&all(arguments)))),
        "guid" => Ok(Value::text(guid(&all(arguments)))),
        "uri" => arguments.text(0).and_then(|base| Ok(Value::text(uri(base, arguments.text(1)?)))),
        "uricomponent" => arguments.text(0).map(|text| Value::text(escaped(text))),
        "uricomponenttostring" => arguments.text(0).map(|text| Value::text(unescaped(text))),
        "base64" => arguments.text(0).map(|text| Value::text(base64(text.as_bytes()))),
        "base64tostring" => arguments.text(0).and_then(from_base64).map(Value::text),
        "datauri" => arguments
            .text(0)
            .map(|text| Value::text(format!("data:text/plain;charset=utf8;base64,{}", base64(text.as_bytes())))),
        "datauritostring" => {
            arguments.text(0).and_then(|text| from_base64(text.rsplit(',').next().unwrap_or(text))).map(Value::text)
        }
        _ => return None,
    })
}

/// A value as text: a string as it is, everything else as JSON.
pub(super) fn string(term: &Term) -> String {
    match &term.value {
        Value::Text(text) => text.to_string(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Null => String::new(),
        _ => {
            let mut text = String::new();
            json(term, &mut text);
            text
        }
    }
}

fn json(term: &Term, text: &mut String) {
    if text.len() > MOST_LETTERS {
        return;
    }
    let quoted = |word: &str| serde_json::to_string(word).unwrap_or_default();
    match &term.value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => _ = write!(text, "{number}"),
        Value::Decimal(number) => text.push_str(number),
        Value::Text(word) => text.push_str(&quoted(word)),
        Value::Unknown(unknown) => text.push_str(&quoted(&unknown.stand_in)),
        Value::Runtime(runtime) => text.push_str(&quoted(&runtime.id)),
        Value::List(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                json(item, text);
            }
            text.push(']');
        }
        Value::Map(pairs) => {
            text.push('{');
            for (at, Pair { key, value, .. }) in pairs.iter().enumerate() {
                let _ = write!(text, "{}{}:", if at == 0 { "" } else { "," }, quoted(key));
                json(value, text);
            }
            text.push('}');
        }
    }
}

/// All arguments as one text, for a sum.
fn all(arguments: Arguments<'_>) -> String {
    arguments.all.iter().map(string).collect::<Vec<String>>().join("-")
}

/// A text in the shape of a GUID.
fn guid(text: &str) -> String {
    let hex: String =
        [text, "second half"].iter().map(|salt| format!("{:016x}", sum(&format!("{text}/{salt}")))).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn sum(text: &str) -> u64 {
    digest(text).bytes().fold(5381, |sum: u64, byte| sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte))
}

/// `{0}`, `{1:D2}`, `{{`: the composite formats that templates use.
fn format(arguments: Arguments<'_>) -> Outcome {
    let mut rest = arguments.text(0)?;
    let mut made = String::new();
    while let Some(at) = rest.find(['{', '}']) {
        made.push_str(&rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        if let Some(behind) = after.strip_prefix(brace) {
            made.push_str(brace);
            rest = behind;
            continue;
        }
        let (item, behind) =
            after.split_once('}').filter(|_| brace == "{").ok_or("a brace of the format has no partner")?;
        made.push_str(&formatted(item, arguments)?);
        if made.len() > MOST_LETTERS {
            break;
        }
        rest = behind;
    }
    made.push_str(rest);
    Ok(Value::text(made))
}

fn formatted(item: &str, arguments: Arguments<'_>) -> Result<String, String> {
    let (place, picture) = item.split_once(':').map_or((item, None), |(place, picture)| (place, Some(picture)));
    let (index, width) = place.split_once(',').map_or((place, None), |(index, width)| (index, Some(width)));
    let index: usize = index.trim().parse().map_err(|_| format!("`{{{item}}}` is no place of a format"))?;
    let term = arguments.all.get(index + 1).ok_or_else(|| format!("the format has no argument for `{{{item}}}`"))?;
    let text = match (picture, &term.value) {
        (Some(picture), Value::Int(number)) => pictured(picture, *number)?,
        _ => string(term),
    };
    let width: i64 = width.and_then(|width| width.trim().parse().ok()).unwrap_or(0);
    let fill = usize::try_from(width.unsigned_abs().min(1000)).unwrap_or_default();
    Ok(if width < 0 { format!("{text:<fill$}") } else { format!("{text:>fill$}") })
}

/// An integer by a picture of .NET's: `D3`, `000`, `N0`, `F2`, `X`.
fn pictured(picture: &str, number: i64) -> Result<String, String> {
    let wrong = || format!("the format `{picture}` is not read");
    if !picture.is_empty() && picture.bytes().all(|letter| letter == b'0') {
        return Ok(signed(number, picture.len()));
    }
    let mut letters = picture.chars();
    let kind = letters.next().map(|letter| letter.to_ascii_uppercase());
    let said = letters.as_str();
    let digits: usize = if said.is_empty() { 0 } else { said.parse().map_err(|_| wrong())? };
    // Of these there are two where nothing else is said.
    let places = if said.is_empty() { 2 } else { digits };
    match kind {
        None | Some('G') => Ok(number.to_string()),
        Some('D') if digits <= 100 => Ok(signed(number, digits)),
        Some('N') if places <= 100 => Ok(grouped(number) + &fraction(places)),
        Some('F') if places <= 100 => Ok(number.to_string() + &fraction(places)),
        Some('X') if digits <= 100 => Ok(format!("{number:0digits$X}")),
        _ => Err(wrong()),
    }
}

/// `8,175,133`.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.char_indices() {
        text.push_str(if at > 0 && (digits.len() - at).is_multiple_of(3) { "," } else { "" });
        text.push(digit);
    }
    text
}

/// What stands behind an integer.
fn fraction(places: usize) -> String {
    if places == 0 { String::new() } else { format!(".{:0places$}", 0) }
}

fn signed(number: i64, digits: usize) -> String {
    format!("{}{:0digits$}", if number < 0 { "-" } else { "" }, number.unsigned_abs())
}

fn replace(arguments: Arguments<'_>) -> Outcome {
    let (text, old, new) = (arguments.text(0)?, arguments.text(1)?, arguments.text(2)?);
    if old.is_empty() {
        return Err("the text to replace is empty".to_owned());
    }
    if text.matches(old).count().saturating_mul(new.len()) > MOST_LETTERS {
        return Err(format!("a string has more than {MOST_LETTERS} letters"));
    }
    Ok(Value::text(text.replace(old, new)))
}

fn split(arguments: Arguments<'_>) -> Outcome {
    let text = arguments.text(0)?;
    let delimiters: Vec<&str> = match &arguments.at(1)?.value {
        Value::List(items) => items.iter().filter_map(Term::as_str).collect(),
        _ => vec![arguments.text(1)?],
    };
    let mut parts = vec![text];
    for delimiter in delimiters.into_iter().filter(|one| !one.is_empty()) {
        parts = parts.into_iter().flat_map(|part| part.split(delimiter)).collect();
    }
    Ok(Value::list(parts.into_iter().map(|part| arguments.term(Value::text(part))).collect()))
}

fn join(arguments: Arguments<'_>) -> Outcome {
    let (items, delimiter) = (arguments.list(0)?, arguments.text(1)?);
    Ok(Value::text(items.iter().map(string).collect::<Vec<String>>().join(delimiter)))
}

fn substring(arguments: Arguments<'_>) -> Outcome {
    let (text, start) = (arguments.text(0)?, arguments.count(1)?);
    let letters = text.chars().count();
    let length = if arguments.all.len() > 2 { arguments.count(2)? } else { letters.saturating_sub(start) };
    if start.saturating_add(length) > letters {
        return Err(format!("the part from {start} of length {length} lies outside `{text}`"));
    }
    Ok(Value::text(text.chars().skip(start).take(length).collect::<String>()))
}

fn pad_left(arguments: Arguments<'_>) -> Outcome {
    let text = string(arguments.at(0)?);
    let width = arguments.count(1)?.min(MOST_LETTERS);
    let letter = if arguments.all.len() > 2 { arguments.text(2)?.chars().next().unwrap_or(' ') } else { ' ' };
    let missing = width.saturating_sub(text.chars().count());
    Ok(Value::text(std::iter::repeat_n(letter, missing).chain(text.chars()).collect::<String>()))
}

/// Two strings, compared without letter case.
fn two(arguments: Arguments<'_>) -> Result<(String, String), String> {
    Ok((arguments.text(0)?.to_lowercase(), arguments.text(1)?.to_lowercase()))
}

/// A path laid over a base: what follows the base's last slash gives way.
fn uri(base: &str, path: &str) -> String {
    if path.contains("://") {
        return path.to_owned();
    }
    let stem = match base.rfind('/') {
        Some(at) if !base[..at].ends_with('/') && !base[..at].ends_with(':') => &base[..at],
        _ => base.trim_end_matches('/'),
    };
    format!("{stem}/{}", path.trim_start_matches('/'))
}

fn escaped(text: &str) -> String {
    let mut made = String::new();
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            true => made.push(char::from(byte)),
            false => _ = write!(made, "%{byte:02X}"),
        }
    }
    made
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'%').and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let mut made = String::with_capacity(bytes.len() * 4 / 3 + 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().chain([0, 0].iter()).take(3).fold(0_u32, |group, byte| group << 8 | u32::from(*byte));
        for place in 0..4 {
            let letter = BASE64[(group >> (18 - 6 * place) & 63) as usize];
            made.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    made
}

fn from_base64(text: &str) -> Result<String, String> {
    let (mut bytes, mut group, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes().filter(|letter| *letter != b'=') {
        let value = BASE64.iter().position(|one| *one == letter).ok_or("this is not base64")?;
        group = group << 6 & 0xff_ffff | u32::try_from(value).unwrap_or_default();
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((group >> bits & 255) as u8);
        }
    }
    String::from_utf8(bytes).map_err(|_| "what base64 holds is no text".to_owned())
}
