//! The ends of a flow: `internet`, tags, addresses, prefixes, ids, names, hosts.
//!
//! In: one word of the flow. Out: an [`End`], by the first form of the grammar that fits, or what to write
//! instead. Deliberately absent: whether anything has that name.

use super::{
    End, FlowError,
    parse::{EXAMPLE, Token},
};
use ipnet::{IpNet, Ipv4Net};
use std::{net::IpAddr, str::FromStr};

impl FromStr for End {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<End, FlowError> {
        end(Token { text, at: 0 })
    }
}

/// Reads one end; the order is that of the grammar.
pub(super) fn end(token: Token<'_>) -> Result<End, FlowError> {
    if token.text.is_empty() {
        return Err(token.error("a name or an address is missing").help(EXAMPLE));
    }
    if token.is("internet") {
        return Ok(End::Internet);
    }
    if let Some((scheme, name)) = token.split_once(':').filter(|(scheme, _)| scheme.is("tag")) {
        return tag(scheme, name);
    }
    if let Ok(address) = token.text.parse::<IpAddr>() {
        return Ok(End::Address(address.to_canonical()));
    }
    if let Ok(prefix) = token.text.parse::<IpNet>() {
        return end_of_prefix(token, prefix);
    }
    if token.text.starts_with('/') {
        return id(token);
    }
    if looks_like_ipv4(token.text) {
        return Err(no_such_address(token));
    }
    if token.split('/').all(|part| is_name(part.text)) {
        return Ok(End::Name(token.split('/').map(|part| part.text.to_ascii_lowercase()).collect()));
    }
    if is_foreign_host(token.text) {
        return Ok(End::Host(token.text.to_ascii_lowercase()));
    }
    Err(no_end(token))
}

fn tag(scheme: Token<'_>, name: Token<'_>) -> Result<End, FlowError> {
    if name.text.is_empty() {
        return Err(scheme.error("`tag:` needs the name of a service tag").help("write for example `tag:Storage`"));
    }
    if name.is("VirtualNetwork") {
        let error = name.error("`tag:VirtualNetwork` means something else at each network interface");
        return Err(error.help("name the virtual network or subnet, or write its prefix"));
    }
    if !is_name(name.text) {
        return Err(name
            .error(format!("`{}` cannot be a service tag", name.text))
            .help("write for example `tag:Storage`"));
    }
    Ok(End::Tag(name.text.to_ascii_lowercase()))
}

fn end_of_prefix(token: Token<'_>, prefix: IpNet) -> Result<End, FlowError> {
    let prefix = without_mapping(prefix);
    if prefix.addr() != prefix.network() {
        let error = token.error(format!("`{}` has bits set beyond its length", token.text));
        let help = format!("write `{}` for the network or `{}` for the address", prefix.trunc(), prefix.addr());
        return Err(error.help(help));
    }
    Ok(if prefix.prefix_len() == prefix.max_prefix_len() { End::Address(prefix.addr()) } else { End::Prefix(prefix) })
}

/// IPv4-mapped IPv6 prefixes as the IPv4 prefixes they are.
fn without_mapping(prefix: IpNet) -> IpNet {
    let mapped = match (prefix.addr().to_canonical(), prefix) {
        (IpAddr::V4(address), IpNet::V6(six)) => {
            six.prefix_len().checked_sub(96).and_then(|length| Ipv4Net::new(address, length).ok())
        }
        _ => None,
    };
    mapped.map_or(prefix, IpNet::V4)
}

fn id(token: Token<'_>) -> Result<End, FlowError> {
    let id = token.text.to_ascii_lowercase();
    match id.strip_prefix("/subscriptions/") {
        Some(rest) if !rest.trim_matches('/').is_empty() => Ok(End::Id(id.trim_end_matches('/').to_owned())),
        _ => {
            let error = token.error(format!("`{}` is not a resource id", token.text));
            Err(error.help("ids begin with `/subscriptions/`; names have no `/` in front"))
        }
    }
}

/// Digits and dots where only an address can be meant: four numbers, or anything with a length after it.
fn looks_like_ipv4(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let numbers = address.split('.').count();
    address.split('.').all(is_number) && (numbers == 4 || numbers > 1 && length.is_some_and(is_number))
}

fn no_such_address(token: Token<'_>) -> FlowError {
    if token.text.contains('/') {
        let error = token.error(format!("`{}` is not a prefix", token.text));
        return error.help("prefixes look like `10.1.0.0/16`, with a length from 0 to 32");
    }
    let error = token.error(format!("`{}` is not an address", token.text));
    error.help("addresses look like `10.1.2.3`: four numbers from 0 to 255, without leading zeros")
}

fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphanumeric() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || "_.()-".contains(letter))
}

/// The host name that a resource name could be, without the final dot of an absolute one.
pub(super) fn host_in(name: &str) -> Option<&str> {
    let host = name.strip_suffix('.').unwrap_or(name);
    let is_label = |label: &str| !label.is_empty() && !label.contains(['(', ')']);
    (host.contains('.') && host.split('.').all(is_label)).then_some(host)
}

/// A host name with letters beyond ASCII, which no resource name has.
fn is_foreign_host(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-' || letter == '_')
    };
    text.contains('.') && text.split('.').all(is_label)
}

fn no_end(token: Token<'_>) -> FlowError {
    let error = token.error(format!("`{}` is neither a name nor an address", token.text));
    match help_for_end(token) {
        Some(help) => error.help(help),
        None => error.help("names have letters, digits and `_.()-`, with `/` between their parts"),
    }
}

fn help_for_end(token: Token<'_>) -> Option<String> {
    let text = token.text;
    if let Some((_, rest)) = text.split_once("://") {
        let host = rest.split(['/', ':']).next().filter(|host| !host.is_empty())?;
        return Some(format!("write the host alone: `{host}`"));
    }
    if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return Some(format!("write `{inner}` without brackets"));
    }
    if text.contains("->") {
        return Some("`->` needs a space on both sides".to_owned());
    }
    if let Some((front, port)) = text.rsplit_once(':')
        && port.parse::<u16>().is_ok()
        && !front.contains(':')
    {
        return Some(format!("write `{front}`, and the port after the protocol: `tcp/{port}`"));
    }
    if text == "*" || text.eq_ignore_ascii_case("any") {
        return Some("write `internet`, a prefix such as `10.0.0.0/8`, or the name of a network".to_owned());
    }
    text.contains("//").then(|| "a name has something on both sides of each `/`".to_owned())
}
