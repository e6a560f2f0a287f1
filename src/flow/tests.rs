//! The grammar: what is read, how it is written back, and what is said about mistakes.

use super::*;
use crate::space::PROTOCOLS;
use proptest::prelude::*;

fn flow(text: &str) -> Flow {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn canonical(text: &str) -> String {
    flow(text).to_string()
}

/// Message, help and the words it points at.
fn refusal(text: &str) -> (String, String, &str) {
    let error = text.parse::<Flow>().expect_err(text);
    (error.message, error.help.unwrap_or_default(), &text[error.range])
}

fn name(text: &str) -> End {
    End::Name(text.split('/').map(str::to_owned).collect())
}

#[test]
fn the_examples_of_the_product_page() {
    let read = flow("spoke-a/app -> onprem/sql tcp/1433,11000-11999");
    assert_eq!(read.source, name("spoke-a/app"));
    assert_eq!(read.destination, name("onprem/sql"));
    assert_eq!(read.protocol, Protocol::Tcp);
    assert_eq!(read.ports, Ports::from_ranges([(1433, 1433), (11000, 11999)]));
    assert_eq!(read.source_ports, None);
    for text in [
        "worker -> kafka tcp/9092",
        "control-plane -> driver tcp/22",
        "internet -> public-subnet",
        "10.179.64.5 -> lake.dfs.core.windows.net tcp/443",
    ] {
        assert_eq!(canonical(text), text);
    }
}

#[test]
fn ends_are_tried_in_order() {
    let end = |text: &str| text.parse::<End>();
    assert_eq!(end("Internet"), Ok(End::Internet));
    assert_eq!(end("tag:Storage.WestEurope"), Ok(End::Tag("storage.westeurope".to_owned())));
    assert_eq!(end("10.0.0.4"), Ok(End::Address([10, 0, 0, 4].into())));
    assert_eq!(end("2001:DB8::1").map(|end| end.to_string()), Ok("2001:db8::1".to_owned()));
    assert_eq!(end("::ffff:10.0.0.4"), Ok(End::Address([10, 0, 0, 4].into())));
    assert_eq!(end("::ffff:10.0.0.0/104").map(|end| end.to_string()), Ok("10.0.0.0/8".to_owned()));
    assert_eq!(end("10.0.0.0/8").map(|end| end.to_string()), Ok("10.0.0.0/8".to_owned()));
    assert_eq!(end("0.0.0.0/0").map(|end| end.to_string()), Ok("0.0.0.0/0".to_owned()));
    assert_eq!(end("::/0").map(|end| end.to_string()), Ok("::/0".to_owned()));
    assert_eq!(end("10.0.0.4/32"), Ok(End::Address([10, 0, 0, 4].into())));
    assert_eq!(end("fd00::1/128").map(|end| end.to_string()), Ok("fd00::1".to_owned()));
    let id = "/Subscriptions/0000/resourceGroups/RG/providers/Microsoft.Network/virtualNetworks/hub/";
    assert_eq!(end(id), Ok(End::Id(id.to_ascii_lowercase().trim_end_matches('/').to_owned())));
    assert_eq!(end("Spoke_A/App(1)"), Ok(name("spoke_a/app(1)")));
    assert_eq!(end("443"), Ok(name("443")));
    assert_eq!(end("1.2"), Ok(name("1.2")));
    assert_eq!(end("bücher.example"), Ok(End::Host("bücher.example".to_owned())));
}

#[test]
fn a_dotted_name_could_be_a_host() {
    let host = |text: &str| text.parse::<End>().ok().and_then(|end| end.could_be_host().map(str::to_owned));
    assert_eq!(host("Lake.dfs.core.windows.net"), Some("lake.dfs.core.windows.net".to_owned()));
    assert_eq!(host("example.com."), Some("example.com".to_owned()));
    assert_eq!(host("bücher.example"), Some("bücher.example".to_owned()));
    assert_eq!(host("lake"), None);
    assert_eq!(host("lake/dfs.core"), None);
    assert_eq!(host("a..b"), None);
    assert_eq!(host("vm.(1)"), None);
    assert_eq!(host("10.0.0.1"), None);
}

#[test]
fn the_canonical_form() {
    assert_eq!(canonical("  Worker   ->  KAFKA  TCP/9092 "), "worker -> kafka tcp/9092");
    assert_eq!(canonical("a -> b ANY"), "a -> b");
    assert_eq!(canonical("a -> b udp/0-65535"), "a -> b udp");
    assert_eq!(canonical("a -> b tcp/443,80,81-90,85,442"), "a -> b tcp/80-90,442-443");
    assert_eq!(canonical("10.0.0.4/32 -> FD00::/8 icmp"), "10.0.0.4 -> fd00::/8 icmp");
    assert_eq!(canonical("a -> b udp/53 FROM 53"), "a -> b udp/53 from 53");
    assert_eq!(canonical("a -> b tcp from 0080"), "a -> b tcp from 80");
    assert_eq!(canonical("from -> from tcp from 1"), "from -> from tcp from 1");
}

#[test]
fn source_ports_default_to_those_of_clients() {
    let default = default_source_ports();
    assert!(default.contains(1024) && default.contains(65535) && !default.contains(65330) && !default.contains(1023));
    assert_eq!(flow("a -> b tcp").effective_source_ports(), default);
    assert_eq!(flow("a -> b tcp from 1024-65329,65331-65535"), flow("a -> b tcp"));
    // All source ports are more than the default, so they are kept.
    assert_eq!(canonical("a -> b tcp from 0-65535"), "a -> b tcp from 0-65535");
    assert!(flow("a -> b icmp").effective_source_ports().is_all());
}

#[test]
fn headers_keep_ports_to_protocols_that_have_them() {
    let [tcp] = &flow("a -> b tcp/443").headers()[..] else { panic!("one cube") };
    assert_eq!((tcp.protocols.only(), tcp.destination_ports.only()), (Some(6), Some(443)));
    let [ported, portless] = &flow("a -> b").headers()[..] else { panic!("two cubes") };
    assert_eq!(ported.source_ports, default_source_ports());
    assert!(portless.source_ports.is_all() && portless.destination_ports.is_all());
    assert!(PROTOCOLS.iter().all(|number| ported.protocols.contains(*number) != portless.protocols.contains(*number)));
    let [icmp] = &flow("a -> b icmp").headers()[..] else { panic!("one cube") };
    assert!(icmp.source_ports.is_all());
}

#[test]
fn mistakes_around_the_arrow() {
    let (message, help, at) = refusal("worker->kafka tcp/9092");
    assert_eq!((message.as_str(), at), ("`->` needs a space on both sides", "worker->kafka"));
    assert_eq!(help, "write `worker -> kafka tcp/9092`");
    assert_eq!(refusal("worker ->kafka").1, "write `worker -> kafka`");
    assert_eq!(refusal("a => b").0, "`=>` is not an arrow");
    assert_eq!(refusal("a → b").2, "→");
    assert_eq!(refusal("a b").0, "there is no `->` in this flow");
    assert_eq!(refusal("").0, "the flow is empty");
    assert_eq!(refusal(" \t ").0, "the flow is empty");
    assert_eq!(refusal("-> b").0, "there is no source before `->`");
    assert_eq!(refusal("a ->").0, "there is no destination after `->`");
    assert_eq!(refusal("->").0, "there is no source before `->`");
    assert_eq!(refusal("a -> b -> c").0, "a flow has one `->`");
    assert_eq!(refusal("a tcp/80 -> b").2, "tcp/80");
    assert_eq!(refusal("a -> b->c").1, "`->` needs a space on both sides");
}

#[test]
fn mistakes_in_the_protocol() {
    assert_eq!(
        refusal("a -> b tpc/80"),
        ("unknown protocol `tpc`".to_owned(), "did you mean `tcp`?".to_owned(), "tpc")
    );
    assert_eq!(refusal("a -> b icpm").1, "did you mean `icmp`?");
    assert_eq!(refusal("a -> b sctp/80").1, "did you mean `tcp`?");
    assert_eq!(refusal("a -> b https").1, "write `tcp/443`");
    assert_eq!(refusal("a -> b *").1, "write `any`");
    assert_eq!(refusal("a -> b 443").1, "write `tcp/443` or `udp/443`");
    assert_eq!(refusal("a -> b tcp:443").1, "write `tcp/443`");
    assert_eq!(refusal("a -> b 443/tcp").1, "write `tcp/443`");
    assert_eq!(refusal("a -> b gopher").1, "protocols are tcp, udp, icmp, esp, ah and any");
    assert_eq!(
        refusal("a -> b icmp/8"),
        ("`icmp` takes no ports".to_owned(), "write just `icmp`; only tcp and udp have ports".to_owned(), "8",)
    );
    assert_eq!(refusal("a -> b any/443").1, "write one flow with `tcp/443` and one with `udp/443`");
}

#[test]
fn mistakes_in_ports() {
    assert_eq!(
        refusal("a -> b tcp/90-80"),
        ("the range `90-80` runs backwards".to_owned(), "write `80-90`".to_owned(), "90-80")
    );
    assert_eq!(
        refusal("a -> b tcp/80,70000"),
        ("there is no port 70000".to_owned(), "ports go from 0 to 65535".to_owned(), "70000")
    );
    assert_eq!(refusal("a -> b tcp/99999999999999999999").0, "there is no port 99999999999999999999");
    assert_eq!(refusal("a -> b tcp/").0, "a port is missing");
    assert_eq!(refusal("a -> b tcp/80,").0, "a port is missing");
    assert_eq!(refusal("a -> b tcp/-80").0, "a port is missing");
    assert_eq!(refusal("a -> b tcp/+80").0, "`+80` is not a port");
    assert_eq!(refusal("a -> b tcp/http").2, "http");
    assert_eq!(refusal("a -> b tcp/*").1, "leave the ports out to mean all of them");
    assert_eq!(refusal("a -> b tcp/80, 443").0, "a port is missing");
    assert_eq!(refusal("a -> b tcp 443").1, "ports follow the protocol without spaces, as in `tcp/80,443`");
    assert_eq!(refusal("a -> b tcp/1-2-3").2, "2-3");
}

#[test]
fn mistakes_after_from() {
    assert_eq!(refusal("a -> b from 53").0, "`from` needs tcp or udp, not `any`");
    assert_eq!(refusal("a -> b icmp from 53").0, "`from` needs tcp or udp, not `icmp`");
    assert_eq!(refusal("a -> b tcp from").0, "there are no source ports after `from`");
    assert_eq!(refusal("a -> b tcp from 1 2").2, "2");
    assert_eq!(refusal("a -> b tcp/80 please").0, "`please` is one word too many");
}

#[test]
fn mistakes_in_ends() {
    assert_eq!(
        refusal("10.1.2.3/16 -> b"),
        (
            "`10.1.2.3/16` has bits set beyond its length".to_owned(),
            "write `10.1.0.0/16` for the network or `10.1.2.3` for the address".to_owned(),
            "10.1.2.3/16",
        )
    );
    assert_eq!(refusal("fd00::1/8 -> b").1, "write `fd00::/8` for the network or `fd00::1` for the address");
    assert_eq!(refusal("10.0.0.300 -> b").0, "`10.0.0.300` is not an address");
    assert_eq!(refusal("10.0.0.0/33 -> b").0, "`10.0.0.0/33` is not a prefix");
    assert_eq!(refusal("10.0/16 -> b").0, "`10.0/16` is not a prefix");
    assert_eq!(refusal("010.0.0.1 -> b").0, "`010.0.0.1` is not an address");
    assert_eq!(refusal("a -> tag:VirtualNetwork").1, "name the virtual network or subnet, or write its prefix");
    assert_eq!(refusal("a -> tag:virtualnetwork").2, "virtualnetwork");
    assert_eq!(refusal("a -> tag:").0, "`tag:` needs the name of a service tag");
    assert_eq!(refusal("a -> tag:a/b").0, "`a/b` cannot be a service tag");
    assert_eq!(refusal("a -> /resourceGroups/x").1, "ids begin with `/subscriptions/`; names have no `/` in front");
    assert_eq!(refusal("a -> /subscriptions/").0, "`/subscriptions/` is not a resource id");
    assert_eq!(refusal("a -> b//c").1, "a name has something on both sides of each `/`");
    assert_eq!(refusal("a -> -b").0, "`-b` is neither a name nor an address");
    assert_eq!(refusal("a -> 10.0.0.4:443").1, "write `10.0.0.4`, and the port after the protocol: `tcp/443`");
    assert_eq!(refusal("a -> [fd00::1]").1, "write `fd00::1` without brackets");
    assert_eq!(
        refusal("a -> https://lake.dfs.core.windows.net/x").1,
        "write the host alone: `lake.dfs.core.windows.net`"
    );
    assert_eq!(refusal("* -> b").2, "*");
    assert!("".parse::<End>().is_err());
}

#[test]
fn ports_alone() {
    assert_eq!(parse_ports("80,81,1-2").map(|ports| show_ports(&ports)), Ok("1-2,80-81".to_owned()));
    assert_eq!(parse_ports("").map_err(|error| error.range), Err(0..0));
    assert_eq!(parse_ports("80,x").map_err(|error| error.range), Err(3..4));
}

fn part() -> impl Strategy<Value = String> {
    "[a-z_][a-z0-9_.()-]{0,8}".prop_filter("an end of its own", |part| part != "internet")
}

fn ends() -> impl Strategy<Value = End> {
    prop_oneof![
        Just(End::Internet),
        "[a-z][a-z.]{0,10}".prop_filter("refused", |tag| tag != "virtualnetwork").prop_map(End::Tag),
        any::<IpAddr>().prop_map(|address| End::Address(address.to_canonical())),
        (any::<[u8; 4]>(), 0u8..32).prop_map(|(address, length)| prefix(address.into(), length)),
        (any::<[u8; 16]>(), 0u8..128).prop_map(|(address, length)| prefix(address.into(), length)),
        "[a-z0-9-]{1,8}(/[a-zA-Z.]{1,8}){0,4}"
            .prop_map(|rest| End::Id(format!("/subscriptions/{}", rest.to_ascii_lowercase()))),
        prop::collection::vec(part(), 1..4).prop_map(End::Name),
        "[a-zäöü]{1,4}ß\\.[a-z]{2,3}".prop_map(End::Host),
    ]
}

fn prefix(address: IpAddr, length: u8) -> End {
    End::Prefix(IpNet::new(address, length).expect("a length in range").trunc())
}

fn port_sets() -> impl Strategy<Value = Ports> {
    prop_oneof![
        Just(Ports::all()),
        prop::collection::vec((any::<u16>(), any::<u16>()), 1..4)
            .prop_map(|pairs| { Ports::from_ranges(pairs.into_iter().map(|(a, b)| (a.min(b), a.max(b)))) }),
        prop::collection::vec(0u16..30, 1..8)
            .prop_map(|ports| Ports::from_ranges(ports.into_iter().map(|port| (port, port)))),
    ]
}

fn flows() -> impl Strategy<Value = Flow> {
    let protocol = prop::sample::select(Protocol::ALL.to_vec());
    (ends(), ends(), protocol, port_sets(), prop::option::of(port_sets())).prop_map(
        |(source, destination, protocol, ports, source_ports)| Flow {
            source,
            destination,
            protocol,
            ports: if protocol.takes_ports() { ports } else { Ranges::all() },
            source_ports: source_ports.filter(|ports| protocol.takes_ports() && *ports != default_source_ports()),
        },
    )
}

/// Text made of the words of the grammar, right and wrong.
fn almost_flows() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => prop::sample::select(vec!["->", "from", "tcp", "UDP/53", "tcp/1-2,9", "icmp", "any", "Internet", "a", "B/c.d", "10.0.0.0/8",
            "10.0.0.1/8", "::1", "::ffff:1.2.3.4/128", "tag:Sql", "/subscriptions/X/", "x.example", "tcp/", "1-", "443", "ü.b", "ü->"])
            .prop_map(str::to_owned),
        1 => "\\PC{0,6}",
    ];
    (prop::collection::vec(word, 0..7), prop::sample::select(vec![" ", "  ", "\t", "\u{a0}", ""]))
        .prop_map(|(words, space)| words.join(space))
}

fn is_sound(text: &str) -> Result<(), TestCaseError> {
    match text.parse::<Flow>() {
        Ok(flow) => {
            let shown = flow.to_string();
            prop_assert_eq!(&shown.parse::<Flow>().map_err(|error| TestCaseError::fail(error.to_string()))?, &flow);
        }
        Err(error) => prop_assert!(text.get(error.range.clone()).is_some(), "{error:?}"),
    }
    Ok(())
}

proptest! {
    #[test]
    fn display_and_parse_are_inverses(flow in flows()) {
        let shown = flow.to_string();
        let read: Flow = shown.parse().map_err(|error: FlowError| TestCaseError::fail(format!("{shown}: {error}")))?;
        prop_assert_eq!(read.to_string(), shown);
        prop_assert_eq!(read, flow);
    }

    #[test]
    fn any_text_is_answered_within_its_bounds(text in any::<String>()) {
        is_sound(&text)?;
    }

    #[test]
    fn text_that_is_almost_a_flow_too(text in almost_flows()) {
        is_sound(&text)?;
    }
}
