//! Names that changed over the years: two of them may mean the same (the table is in docs/verify.md).
//!
//! In: names as some version of Azure's interface prints them. Out: the newest form.

/// A rule without the list that it stands in: `DenyAllInBound` for `defaultSecurityRules/DenyAllInBound`,
/// `DefaultRule_DenyAllInBound` and `DefaultInboundDenyAll`; `allow-ssh` for `UserRule_allow-ssh`.
pub(super) fn rule(name: &str) -> &str {
    let bare = name.rsplit('/').next().unwrap_or(name);
    match bare {
        "DefaultInboundDenyAll" => "DenyAllInBound",
        "DefaultOutboundDenyAll" => "DenyAllOutBound",
        _ => bare.strip_prefix("DefaultRule_").or(bare.strip_prefix("UserRule_")).unwrap_or(bare),
    }
}

/// The type of a next hop, in lower case: VnetLocal for VirtualNetwork, VNetPeering for VirtualNetworkPeering,
/// VirtualNetworkGateway for HyperNetGateway.
pub(super) fn hop(name: &str) -> String {
    match name.to_lowercase().replace([' ', '-'], "").as_str() {
        "virtualnetwork" | "vnetlocal" => "vnetlocal".to_owned(),
        // A peering of another region is one word to some answers and another to others.
        "vnetpeering" | "virtualnetworkpeering" | "vnetglobalpeering" | "globalvnetpeering" => "vnetpeering".to_owned(),
        "hypernetgateway" | "virtualnetworkgateway" => "virtualnetworkgateway".to_owned(),
        other => other.to_owned(),
    }
}

/// The source of a route, in lower case: Default for System, VirtualNetworkGateway for VPN, ExpressRoute and BGP.
pub(super) fn source(name: &str) -> String {
    match name.to_lowercase().as_str() {
        "system" => "default".to_owned(),
        "vpn" | "expressroute" | "bgp" => "virtualnetworkgateway".to_owned(),
        other => other.to_owned(),
    }
}

/// A protocol, in lower case: `any` for `*`, `All` and `Any`; the numbers by their names.
pub(super) fn protocol(name: &str) -> String {
    match name.to_lowercase().as_str() {
        "*" | "all" | "any" => "any".to_owned(),
        "6" => "tcp".to_owned(),
        "17" => "udp".to_owned(),
        "1" => "icmp".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn old_and_new_names_mean_the_same() {
        for name in ["defaultSecurityRules/DenyAllInBound", "DefaultRule_DenyAllInBound", "DefaultInboundDenyAll"] {
            assert_eq!(super::rule(name), "DenyAllInBound");
        }
        assert_eq!(super::rule("UserRule_allow-ssh"), super::rule("securityRules/allow-ssh"));
        assert_eq!(super::hop("VirtualNetwork"), super::hop("VnetLocal"));
        assert_eq!(super::hop("VirtualNetworkPeering"), super::hop("VNetGlobalPeering"));
        assert_ne!(super::hop("Internet"), super::hop("None"));
        assert_eq!(super::protocol("*"), super::protocol("All"));
    }
}
