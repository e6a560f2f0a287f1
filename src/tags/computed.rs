//! The tags that no file lists because Azure computes them.
//!
//! In: nothing. Out: addresses, the same for every observer. Deliberately absent: VirtualNetwork, which differs
//! per network interface (`compile` makes it); the VNet's own public ranges, which `compile` takes out of
//! Internet; ports of the platform services; and the ranges that Microsoft uses inside its network, which changed
//! with every recording (F165).

use crate::space::{self, Addresses};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Every tag that Azure computes, as Azure spells it.
pub const COMPUTED_TAG_NAMES: &[&str] =
    &["AzureLoadBalancer", "AzurePlatformDNS", "AzurePlatformIMDS", "AzurePlatformLKM", "Internet", "VirtualNetwork"];

/// The virtual address of the host: DNS, DHCP, health probes. The same in every region.
const HOST: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);
/// Whence health probes reach IPv6 back ends (F164).
const PROBE_V6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0x1234, 0x5678, 0x9abc);
/// The instance metadata service.
const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
/// The licence servers: two of azkms.core.windows.net, then kms.core.windows.net.
const LICENCE: [Ipv4Addr; 3] =
    [Ipv4Addr::new(20, 118, 99, 224), Ipv4Addr::new(40, 83, 235, 53), Ipv4Addr::new(23, 102, 135, 246)];

/// What every recording of 2016 to 2023 leaves out of Internet (F165): network and length.
/// 198.51.100.0/24 and 203.0.113.0/24 are in it.
const SPECIAL_V4: [(Ipv4Addr, u8); 10] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// Internet, for a network without public ranges of its own.
///
/// F165 (recorded): IPv4 without the special-purpose ranges; the host's 168.63.129.16 is in it (F177).
/// F207 (inferred): "the public IPv6 space", taken to be the global unicast block 2000::/3 without the
/// documentation prefix 2001:db8::/32.
pub fn internet() -> Addresses {
    let special = Addresses::from_ranges(SPECIAL_V4.iter().flat_map(|(network, length)| block(*network, *length)));
    let public_v6 = block(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
    let documentation_v6 = Addresses::from_ranges(block(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32));
    let public_v6 = Addresses::from_ranges(public_v6).minus(&documentation_v6);
    space::ipv4().minus(&special).union(&public_v6)
}

/// AzureLoadBalancer (F164): the sources of health probes, never of balanced traffic.
pub fn azure_load_balancer() -> Addresses {
    these([IpAddr::V4(HOST), IpAddr::V6(PROBE_V6)])
}

/// AzurePlatformDNS: the host's resolver. The tag means udp and tcp 53 there, nothing else.
pub fn azure_platform_dns() -> Addresses {
    these([HOST])
}

/// AzurePlatformIMDS: the instance metadata service (tcp 80).
pub fn azure_platform_imds() -> Addresses {
    these([METADATA])
}

/// AzurePlatformLKM: the licence servers (tcp 1688).
pub fn azure_platform_lkm() -> Addresses {
    these(LICENCE)
}

/// The addresses of a computed tag, by name and without regard to case. `None` for VirtualNetwork, which
/// depends on the observer, and for every tag that is not computed.
pub fn computed(name: &str) -> Option<Addresses> {
    match name.to_ascii_lowercase().as_str() {
        "internet" => Some(internet()),
        "azureloadbalancer" => Some(azure_load_balancer()),
        "azureplatformdns" => Some(azure_platform_dns()),
        "azureplatformimds" => Some(azure_platform_imds()),
        "azureplatformlkm" => Some(azure_platform_lkm()),
        _ => None,
    }
}

/// Single addresses as a set.
fn these(addresses: impl IntoIterator<Item = impl Into<IpAddr>>) -> Addresses {
    let points = addresses.into_iter().map(|address| space::point(address.into()));
    Addresses::from_ranges(points.map(|point| (point, point)))
}

/// The ranges of one prefix.
fn block(network: impl Into<IpAddr>, length: u8) -> Vec<(u128, u128)> {
    IpNet::new(network.into(), length).map(|net| space::prefix(net).iter().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(set: &Addresses, address: &str) -> bool {
        set.contains(space::point(address.parse().unwrap()))
    }

    #[test]
    fn internet_is_what_was_recorded() {
        let internet = internet();
        let starts: Vec<String> = space::to_prefixes(&internet).iter().take(6).map(ToString::to_string).collect();
        assert_eq!(starts, ["1.0.0.0/8", "2.0.0.0/7", "4.0.0.0/6", "8.0.0.0/7", "11.0.0.0/8", "12.0.0.0/6"]);
        for inside in ["8.8.8.8", "168.63.129.16", "203.0.113.7", "198.51.100.7", "172.32.0.1", "100.128.0.1"] {
            assert!(holds(&internet, inside), "{inside}");
        }
        for outside in ["0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.31.0.100"] {
            assert!(!holds(&internet, outside), "{outside}");
        }
        for outside in ["192.0.2.1", "192.168.1.1", "198.19.0.1", "224.0.0.1", "255.255.255.255"] {
            assert!(!holds(&internet, outside), "{outside}");
        }
    }

    #[test]
    fn internet_is_public_ipv6_too() {
        let internet = internet();
        assert!(holds(&internet, "2001:4860:4860::8888") && holds(&internet, "2603:1000::1"));
        for outside in ["2001:db8::1", "fe80::1", "fd00::1", "::1", "ff02::1"] {
            assert!(!holds(&internet, outside), "{outside}");
        }
    }

    #[test]
    fn the_platform() {
        assert_eq!(space::to_prefixes(&azure_load_balancer()).len(), 2);
        assert!(holds(&azure_load_balancer(), "168.63.129.16"));
        assert!(holds(&azure_load_balancer(), "fe80::1234:5678:9abc"));
        assert!(holds(&azure_platform_dns(), "168.63.129.16"));
        assert!(holds(&azure_platform_imds(), "169.254.169.254"));
        assert_eq!(azure_platform_lkm().iter().len(), 3);
    }

    #[test]
    fn every_computed_tag_but_virtual_network_has_addresses() {
        for name in COMPUTED_TAG_NAMES {
            assert_eq!(computed(name).is_some(), *name != "VirtualNetwork", "{name}");
        }
        assert_eq!(computed("INTERNET"), Some(internet()));
        assert_eq!(computed("Storage"), None);
    }
}
