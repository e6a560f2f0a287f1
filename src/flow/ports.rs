//! Lists of ports: `443`, `80,8000-8080`.
//!
//! In: text, and where it stands in the flow. Out: a set of ports; and back, sorted and merged.

use super::{FlowError, parse::Token};
use crate::space::{Ports, Ranges};

/// Reads a list of ports on its own, as in `80,8000-8080`.
pub fn parse_ports(text: &str) -> Result<Ports, FlowError> {
    read(Token { text, at: 0 })
}

/// The list in canonical form: sorted and merged.
pub fn show_ports(ports: &Ports) -> String {
    let items: Vec<String> = ports
        .iter()
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") })
        .collect();
    items.join(",")
}

/// Reads a list of ports inside a flow.
pub(super) fn read(list: Token<'_>) -> Result<Ports, FlowError> {
    if list.text == "*" {
        return Err(list.error("`*` is not a port").help("leave the ports out to mean all of them"));
    }
    let ranges = list.split(',').map(item).collect::<Result<Vec<_>, _>>()?;
    Ok(Ranges::from_ranges(ranges))
}

fn item(item: Token<'_>) -> Result<(u16, u16), FlowError> {
    let Some((first, last)) = item.split_once('-') else {
        let port = number(item)?;
        return Ok((port, port));
    };
    let (first, last) = (number(first)?, number(last)?);
    if first > last {
        let error = item.error(format!("the range `{}` runs backwards", item.text));
        return Err(error.help(format!("write `{last}-{first}`")));
    }
    Ok((first, last))
}

fn number(token: Token<'_>) -> Result<u16, FlowError> {
    if token.text.is_empty() {
        return Err(token.error("a port is missing").help("ports look like `443`, `80,443` or `8000-8080`"));
    }
    if !token.text.bytes().all(|byte| byte.is_ascii_digit()) {
        let error = token.error(format!("`{}` is not a port", token.text));
        return Err(error.help("ports look like `443`, `80,443` or `8000-8080`"));
    }
    token
        .text
        .parse()
        .map_err(|_| token.error(format!("there is no port {}", token.text)).help("ports go from 0 to 65535"))
}
