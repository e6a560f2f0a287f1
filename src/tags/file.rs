//! Microsoft's service tag JSON, as written.
//!
//! In: the text of a published file (or of `az network list-service-tags`, which has the same shape). Out: tags
//! in the order of the file, or the first place that is wrong. Lenient about what it does not need: `id`,
//! `regionId`, `platform` and `networkFeatures` may be missing or odd; a leading byte order mark is skipped.
//! Deliberately absent: looking tags up, and reading the file from disk.

use super::{Tag, canonical_region};
use crate::space;
use ipnet::IpNet;
use serde::Deserialize;
use std::{borrow::Cow, collections::HashSet, fmt, net::IpAddr};

/// What is wrong with a service tag file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagsError {
    /// Byte offset into the text, on a character boundary.
    pub offset: usize,
    /// One-based line.
    pub line: usize,
    /// One-based column, in characters.
    pub column: usize,
    /// What is wrong: lower case, no full stop.
    pub message: String,
}

impl fmt::Display for TagsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {} column {}", self.message, self.line, self.column)
    }
}

impl std::error::Error for TagsError {}

impl TagsError {
    /// An error at a byte of `text`.
    fn at(text: &str, offset: usize, message: String) -> Self {
        let offset = text.floor_char_boundary(offset);
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        TagsError {
            offset,
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message,
        }
    }

    /// What serde_json says, at the byte it means. Its column counts bytes from 1.
    fn from_json(text: &str, json: &str, error: &serde_json::Error) -> Self {
        let line_start = json.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
        let offset = text.len() - json.len() + line_start + error.column().saturating_sub(1);
        let whole = error.to_string();
        let message = whole.rfind(" at line ").map_or(whole.as_str(), |place| &whole[..place]);
        TagsError::at(text, offset, format!("not a service tag file: {message}"))
    }
}

/// The file, reduced to what is used. `published` and `subset` are ours: Microsoft's files lack them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    #[serde(default)]
    change_number: serde_json::Value,
    cloud: Option<String>,
    published: Option<String>,
    #[serde(default)]
    subset: bool,
    #[serde(borrow)]
    values: Vec<WrittenTag<'a>>,
}

#[derive(Deserialize)]
struct WrittenTag<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    properties: WrittenProperties<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenProperties<'a> {
    region: Option<String>,
    system_service: Option<String>,
    #[serde(borrow)]
    address_prefixes: Option<Vec<Text<'a>>>,
}

/// A string that, unless it has escapes, still lies in the text and so knows its place.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Text<'_> {
    /// Its first byte in `text`, which it was read from.
    fn offset(&self, text: &str) -> usize {
        let start = match &self.0 {
            Cow::Borrowed(part) => part.as_ptr().addr().checked_sub(text.as_ptr().addr()),
            Cow::Owned(_) => None,
        };
        start.filter(|start| *start <= text.len()).or_else(|| text.find(&*self.0)).unwrap_or(0)
    }
}

/// The content of a file.
pub(super) struct Content {
    pub(super) change_number: Option<String>,
    pub(super) cloud: String,
    pub(super) published: Option<String>,
    pub(super) is_subset: bool,
    pub(super) tags: Vec<Tag>,
}

/// Reads a whole file.
pub(super) fn read(text: &str) -> Result<Content, TagsError> {
    let json = text.strip_prefix('\u{feff}').unwrap_or(text);
    let written: Written = serde_json::from_str(json).map_err(|error| TagsError::from_json(text, json, &error))?;
    let mut names = HashSet::new();
    let mut tags = Vec::with_capacity(written.values.len());
    for tag in written.values {
        if !names.insert(tag.name.0.to_ascii_lowercase()) {
            return Err(TagsError::at(text, tag.name.offset(text), format!("tag `{}` is there twice", tag.name.0)));
        }
        tags.push(read_tag(text, tag)?);
    }
    Ok(Content {
        change_number: change_number(&written.change_number),
        cloud: written.cloud.unwrap_or_else(|| "unknown cloud".to_owned()),
        published: written.published,
        is_subset: written.subset,
        tags,
    })
}

/// Published files write a number, the discovery API writes it as a string.
fn change_number(written: &serde_json::Value) -> Option<String> {
    match written {
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

fn read_tag(text: &str, tag: WrittenTag<'_>) -> Result<Tag, TagsError> {
    let written = tag.properties.address_prefixes.unwrap_or_default();
    let prefixes: Vec<IpNet> = written.iter().map(|prefix| read_prefix(text, prefix)).collect::<Result<_, _>>()?;
    Ok(Tag {
        name: tag.name.0.into_owned(),
        region: tag.properties.region.filter(|region| !region.is_empty()).map(|region| canonical_region(&region)),
        system_service: tag.properties.system_service.unwrap_or_default(),
        addresses: space::prefixes(&prefixes),
        prefixes,
    })
}

/// A prefix, or a single address. Host bits, which no published file has, do not count.
fn read_prefix(text: &str, written: &Text<'_>) -> Result<IpNet, TagsError> {
    let net = written.0.parse::<IpNet>().map(|net| net.trunc());
    net.or_else(|_| written.0.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| TagsError::at(text, written.offset(text), format!("`{}` is not an address prefix", written.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> TagsError {
        read(text).err().unwrap()
    }

    #[test]
    fn the_least_that_is_needed() {
        let content =
            read(r#"{"values":[{"name":"Sql","properties":{"addressPrefixes":["1.2.3.0/24","::1"]}}]}"#).unwrap();
        let tag = &content.tags[0];
        assert_eq!((tag.name.as_str(), &tag.region, tag.system_service.as_str()), ("Sql", &None, ""));
        assert_eq!(tag.prefixes, ["1.2.3.0/24".parse().unwrap(), "::1/128".parse::<IpNet>().unwrap()]);
        assert_eq!(content.change_number, None);
    }

    #[test]
    fn a_byte_order_mark_and_the_discovery_api() {
        let text = "\u{feff}{\"changeNumber\":\"63\",\"cloud\":\"Public\",\"nextLink\":\"\",\"values\":[]}";
        let content = read(text).unwrap();
        assert_eq!(content.change_number.as_deref(), Some("63"));
        assert!(content.tags.is_empty() && !content.is_subset);
    }

    #[test]
    fn a_bad_prefix_is_shown_where_it_stands() {
        let text =
            "\u{feff}{\"values\": [\n  {\"name\": \"é\", \"properties\": {\"addressPrefixes\": [\"10.0.0.0/33\"]}}]}";
        let error = error(text);
        assert_eq!(error.message, "`10.0.0.0/33` is not an address prefix");
        assert!(text[error.offset..].starts_with("10.0.0.0/33"));
        assert_eq!((error.line, error.column), (2, 53));
    }

    #[test]
    fn a_bad_prefix_with_escapes_too() {
        let text = r#"{"values":[{"name":"A","properties":{"addressPrefixes":["10.0.0.0\/8","x\/y"]}}]}"#;
        assert_eq!(error(text).message, "`x/y` is not an address prefix");
    }

    #[test]
    fn a_tag_that_is_there_twice() {
        let text = r#"{"values":[{"name":"Sql","properties":{}},{"name":"SQL","properties":{}}]}"#;
        let error = error(text);
        assert_eq!(error.message, "tag `SQL` is there twice");
        assert!(text[error.offset..].starts_with("SQL"));
    }

    #[test]
    fn a_file_cut_anywhere_is_an_error_on_a_character_boundary() {
        let text = "\u{feff}{\"cloud\": \"é\",\n\"values\": [{\"name\": \"ü\", \"properties\": {\"addressPrefixes\": [\"::/0\"]}}]}";
        read(text).ok().unwrap();
        for (cut, _) in text.char_indices() {
            let error = error(&text[..cut]);
            assert!(error.offset <= cut && text.is_char_boundary(error.offset), "{cut}");
        }
    }

    #[test]
    fn what_is_not_a_service_tag_file() {
        assert_eq!(error("").message, "not a service tag file: EOF while parsing a value");
        assert_eq!(error("{}").message, "not a service tag file: missing field `values`");
        let cut = error("{\"values\": [\n{\"name\":");
        assert_eq!((cut.line, cut.message.contains("EOF")), (2, true));
        for odd in
            ["[1,2", "null", "{\"values\": 3}", "\u{feff}", "\u{feff}é", "{\"values\":[{\"name\":\"é\"}]}", "\n\n"]
        {
            let error = error(odd);
            assert!(odd.is_char_boundary(error.offset), "{odd:?}");
        }
        error(&"[".repeat(100_000));
    }
}
