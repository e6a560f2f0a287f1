//! Functions for address prefixes: `cidrSubnet`, `cidrHost`, `parseCidr`.
//!
//! In: arguments. Out: a value, or what is wrong.

use super::{Arguments, Outcome};
use crate::import::arm::value::Value;
use ipnet::IpNet;
use std::net::IpAddr;

/// Applies a function for address prefixes.
pub(super) fn apply(name: &str, arguments: Arguments<'_>) -> Option<Outcome> {
    Some(match name {
        "cidrsubnet" => subnet(arguments),
        "cidrhost" => host(arguments),
        "parsecidr" => parsed(arguments),
        _ => return None,
    })
}

fn prefix(arguments: Arguments<'_>) -> Result<IpNet, String> {
    let text = arguments.text(0)?;
    let net: IpNet = text.trim().parse().map_err(|_| format!("`{text}` is not an address prefix"))?;
    Ok(net.trunc())
}

/// The n-th prefix of a length within a prefix.
fn subnet(arguments: Arguments<'_>) -> Outcome {
    let (net, length, index) = (prefix(arguments)?, arguments.integer(1)?, arguments.integer(2)?);
    let outside = || format!("`{net}` has no prefix {index} of length {length}");
    let length =
        u8::try_from(length).ok().filter(|length| *length >= net.prefix_len() && *length <= net.max_prefix_len());
    let length = length.ok_or_else(outside)?;
    let index = u128::try_from(index).map_err(|_| outside())?;
    let places = u32::from(length - net.prefix_len());
    if places < 128 && index >> places != 0 {
        return Err(outside());
    }
    let shift = u32::from(net.max_prefix_len() - length);
    let first = number(net.network()) | index.checked_shl(shift).unwrap_or_default();
    IpNet::new(address(first, &net), length).map(|net| Value::text(net.to_string())).map_err(|_| outside())
}

/// The n-th usable host of a prefix, counted from nought.
fn host(arguments: Arguments<'_>) -> Outcome {
    let (net, index) = (prefix(arguments)?, arguments.integer(1)?);
    let outside = || format!("`{net}` has no host {index}");
    let index = u128::try_from(index).map_err(|_| outside())?;
    let host = number(net.network()).checked_add(index).and_then(|sum| sum.checked_add(1)).ok_or_else(outside)?;
    let found = address(host, &net);
    let usable = host <= number(net.broadcast()) && net.contains(&found);
    usable.then(|| Value::text(found.to_string())).ok_or_else(outside)
}

fn parsed(arguments: Arguments<'_>) -> Outcome {
    let net = prefix(arguments)?;
    let (first, last) = (number(net.network()), number(net.broadcast()));
    let word = |key: &str, text: String| arguments.pair(key, Value::text(text));
    let mut pairs = vec![word("network", net.network().to_string()), word("netmask", net.netmask().to_string())];
    if let IpNet::V4(_) = net {
        pairs.push(word("broadcast", net.broadcast().to_string()));
    }
    pairs.push(word("firstUsable", address(first.saturating_add(1).min(last), &net).to_string()));
    pairs.push(word("lastUsable", address(last.saturating_sub(1).max(first), &net).to_string()));
    pairs.push(arguments.pair("cidr", Value::Int(i64::from(net.prefix_len()))));
    Ok(Value::map(pairs))
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(four) => u128::from(u32::from(four)),
        IpAddr::V6(six) => u128::from(six),
    }
}

/// An address of the family of a prefix.
fn address(number: u128, net: &IpNet) -> IpAddr {
    match net {
        IpNet::V4(_) => IpAddr::V4(u32::try_from(number).unwrap_or(u32::MAX).into()),
        IpNet::V6(_) => IpAddr::V6(number.into()),
    }
}
