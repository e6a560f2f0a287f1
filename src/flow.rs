//! Flows: one line that names a set of packets, `worker -> kafka tcp/9092`.
//!
//! In: text from a scenario, the command line or a test. Out: a [`Flow`] whose `Display` is the canonical
//! form: lower case, ports sorted and merged, `any` and all ports left out, `/32` as an address; parsing
//! that form gives the same flow. Deliberately absent: what the names mean (`resolve` looks them up).
//!
//! ```text
//! flow  = end SP "->" SP end [SP proto ["/" ports]] [SP "from" SP ports]   ports and from only with tcp or udp
//! end   = "internet" | "tag:"NAME | IP | CIDR | "/subscriptions/"… | NAME{"/"NAME} | HOST    tried in this order
//! NAME  = [A-Za-z0-9_][A-Za-z0-9_.()-]*
//! proto = tcp | udp | icmp | esp | ah | any     ports = n[-m]{,n[-m]}
//! ```

mod ends;
mod parse;
mod ports;
#[cfg(test)]
mod tests;

pub use ports::{parse_ports, show_ports};

use crate::space::{Cube, Ports, Protocols, Ranges, every_protocol};
use ipnet::IpNet;
use std::{fmt, net::IpAddr, ops::Range};

/// A set of packets from an initiator to a responder, as someone wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Flow {
    /// Who begins.
    pub source: End,
    /// Who is asked.
    pub destination: End,
    /// Which protocols.
    pub protocol: Protocol,
    /// Destination ports; all unless written, and always all without tcp or udp.
    pub ports: Ports,
    /// Source ports, when written and other than [`default_source_ports`]; only with tcp or udp.
    pub source_ports: Option<Ports>,
}

/// One end of a flow. Letters are lower case: names in Azure are case-insensitive.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum End {
    /// `internet`: public addresses that the scenario gives to nobody.
    Internet,
    /// `tag:storage.westeurope`: the addresses of a service tag.
    Tag(String),
    /// One address; IPv4-mapped IPv6 addresses have become IPv4.
    Address(IpAddr),
    /// A prefix of more than one address, without host bits.
    Prefix(IpNet),
    /// `/subscriptions/…`: a resource by its Azure id.
    Id(String),
    /// `spoke/app`: a resource by name. `lake.dfs.core.windows.net` is also read as a name of one part,
    /// since Azure allows dots in names; see [`End::could_be_host`].
    Name(Vec<String>),
    /// A host name that cannot be the name of a resource, as `bücher.example`.
    Host(String),
}

/// The protocol of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// All of the following.
    Any,
    /// tcp, 6.
    Tcp,
    /// udp, 17.
    Udp,
    /// icmp, 1.
    Icmp,
    /// esp, 50.
    Esp,
    /// ah, 51.
    Ah,
}

/// What is wrong with a flow, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The bytes of the text it is about.
    pub range: Range<usize>,
}

/// The ports that clients send from: 1024 to 65535 without 65330, which Azure reserves (R171).
pub fn default_source_ports() -> Ports {
    Ranges::from_ranges([(1024, 65329), (65331, 65535)])
}

impl Flow {
    /// The source ports of the packets: as written or the usual ones; all of them where ports carry no meaning.
    pub fn effective_source_ports(&self) -> Ports {
        match &self.source_ports {
            Some(ports) => ports.clone(),
            None if self.protocol.may_have_ports() => default_source_ports(),
            None => Ranges::all(),
        }
    }

    /// The headers of its packets, addresses left open: one cube for tcp and udp, one for the protocols
    /// without ports, those of them that are not empty.
    pub fn headers(&self) -> Vec<Cube> {
        let cube = Cube {
            protocols: self.protocol.numbers(),
            destination_ports: self.ports.clone(),
            source_ports: self.effective_source_ports(),
            ..Cube::all()
        };
        [cube.ported(), cube.portless()].into_iter().filter(|cube| !cube.is_empty()).collect()
    }
}

impl End {
    /// The host name it may stand for when no resource has that name.
    ///
    /// `lake.dfs.core.windows.net` can be a resource or a host: no grammar can tell. So it is a
    /// [`End::Name`], and whoever finds no such resource takes it for this host.
    pub fn could_be_host(&self) -> Option<&str> {
        match self {
            End::Host(host) => Some(host),
            End::Name(parts) => match parts.as_slice() {
                [only] => ends::host_in(only),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Protocol {
    /// All of them, `any` first.
    pub const ALL: [Protocol; 6] =
        [Protocol::Any, Protocol::Tcp, Protocol::Udp, Protocol::Icmp, Protocol::Esp, Protocol::Ah];

    /// Its name in a flow.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Any => "any",
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
            Protocol::Icmp => "icmp",
            Protocol::Esp => "esp",
            Protocol::Ah => "ah",
        }
    }

    /// The protocol numbers it stands for.
    pub fn numbers(self) -> Protocols {
        match self {
            Protocol::Any => every_protocol(),
            Protocol::Tcp => Ranges::single(6),
            Protocol::Udp => Ranges::single(17),
            Protocol::Icmp => Ranges::single(1),
            Protocol::Esp => Ranges::single(50),
            Protocol::Ah => Ranges::single(51),
        }
    }

    /// Whether ports can be written after it.
    pub fn takes_ports(self) -> bool {
        matches!(self, Protocol::Tcp | Protocol::Udp)
    }

    /// Whether some of its packets have ports.
    pub fn may_have_ports(self) -> bool {
        self == Protocol::Any || self.takes_ports()
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}", self.source, self.destination)?;
        if self.protocol != Protocol::Any {
            write!(f, " {}", self.protocol)?;
        }
        if !self.ports.is_all() {
            write!(f, "/{}", show_ports(&self.ports))?;
        }
        match &self.source_ports {
            Some(ports) => write!(f, " from {}", show_ports(ports)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Internet => f.write_str("internet"),
            End::Tag(tag) => write!(f, "tag:{tag}"),
            End::Address(address) => write!(f, "{address}"),
            End::Prefix(prefix) => write!(f, "{prefix}"),
            End::Id(id) => f.write_str(id),
            End::Name(parts) => f.write_str(&parts.join("/")),
            End::Host(host) => f.write_str(host),
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for FlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for FlowError {}
