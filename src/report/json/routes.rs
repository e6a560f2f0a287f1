//! Effective routes in the shape of Network Watcher's answer.
//!
//! In: a network and a subnet. Out: `{"value": [row]}`. Deliberately absent: shortening.

use crate::{
    model::SubnetId,
    network::{Network, RouteRow},
    suite::facts,
};
use serde_json::{Value, json};

/// The effective routes of a subnet.
pub fn routes(network: &Network, subnet: SubnetId) -> Value {
    let routes = &network.subnet(subnet).routes;
    let row = |one: &RouteRow| row(one, routes.propagation_disabled);
    json!({"value": routes.rows.iter().map(row).collect::<Value>()})
}

fn row(row: &RouteRow, propagation_disabled: bool) -> Value {
    // A row that leads nowhere reads None, its address still there (R176).
    let hop = row.next_hop_type.known().map(|_| facts::hop_of(row));
    let mut value = json!({
        "name": (!row.name.is_empty()).then_some(&row.name),
        "disableBgpRoutePropagation": propagation_disabled,
        "source": row.source.as_str(),
        "state": if row.active { "Active" } else { "Invalid" },
        "hasBgpOverride": row.overrides_bgp,
        "addressPrefix": texts(&row.prefixes),
        "nextHopIpAddress": texts(&row.next_hop_addresses),
        "nextHopType": hop,
    });
    if let Some((tag, _)) = &row.tag {
        value["destinationServiceTags"] = json!([tag]);
        value["tagMap"] = json!({tag: texts(&row.prefixes)});
    }
    value
}

fn texts<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use crate::{model::SubnetId, report::samples};

    #[test]
    fn the_shape_of_network_watcher() {
        let value = super::routes(&samples::network(), SubnetId(0));
        assert_eq!(
            value["value"][0].to_string(),
            r#"{"name":null,"disableBgpRoutePropagation":true,"source":"Default","state":"Active","hasBgpOverride":false,"addressPrefix":["10.0.0.0/16"],"nextHopIpAddress":[],"nextHopType":"VnetLocal"}"#
        );
    }
}
