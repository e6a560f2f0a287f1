//! Service endpoints and private endpoints: their rows, their policies, what happens at them (filtering.md 5 and 7,
//! routing.md 2.4 and 2.5).
//!
//! In: the model, a packet. Out: rows, the next place, or what stops it.

use super::{
    Carrier, Header, Host, Member, Place, Step, Walk, by_hand, denied, route_address,
    routes::{self, Hop, Rank, Row},
    rules,
};
use azreach::{model::*, tags::paired_region};
use ipnet::IpNet;
use std::net::IpAddr;

/// R49, R50, F94 to F97, F99, F126: rows for the services whose endpoints a subnet has.
pub(crate) fn service_rows(model: &Model, id: SubnetId, to: IpAddr) -> Vec<Row> {
    let mut rows = Vec::new();
    for name in &model.subnet(id).service_endpoints {
        let hop = Hop::Service { storage: name.starts_with("Microsoft.Storage") };
        for tag in tags_in_scope(model, id, name) {
            let prefixes = model.tags.get(&tag).map(|tag| tag.prefixes.as_slice()).unwrap_or_default();
            let covering = prefixes.iter().filter(|prefix| prefix.contains(&to));
            rows.extend(covering.map(|prefix| Row { prefix: *prefix, rank: Rank::Service, hop }));
        }
    }
    // The same prefix may be there for two endpoints; it leads to the same place.
    rows.dedup();
    rows
}

/// The tags whose prefixes an endpoint covers, seen from a subnet's region.
fn tags_in_scope(model: &Model, id: SubnetId, name: &str) -> Vec<String> {
    let here = model.virtual_network(model.subnet(id).virtual_network).location.as_deref();
    let regional = |tag: &str, region: Option<&str>| region.map(|region| format!("{tag}.{region}"));
    match name {
        "Microsoft.Storage" if policies(model, id).is_empty() => {
            let pair = here.and_then(paired_region);
            [regional("Storage", here), regional("Storage", pair)].into_iter().flatten().collect()
        }
        // F99, F200: a policy makes it global.
        "Microsoft.Storage" | "Microsoft.Storage.Global" => vec!["Storage".into()],
        "Microsoft.Sql" => regional("Sql", here).into_iter().collect(),
        "Microsoft.KeyVault" => vec!["AzureKeyVault".into()],
        "Microsoft.EventHub" => vec!["EventHub".into()],
        "Microsoft.ServiceBus" => vec!["ServiceBus".into()],
        "Microsoft.AzureCosmosDB" => vec!["AzureCosmosDB".into()],
        // F126: Gen1's changes tokens, not routes.
        _ => Vec::new(),
    }
}

/// The policies of a subnet that have an effect (F201).
fn policies(model: &Model, id: SubnetId) -> Vec<&ServiceEndpointPolicy> {
    let known = model.subnet(id).service_endpoint_policies.iter().filter_map(|policy| policy.known());
    known
        .map(|policy| model.service_endpoint_policy(*policy))
        .filter(|policy| !policy.accounts.is_empty() || !policy.scopes.is_empty())
        .collect()
}

/// R54, R55: a /32 for each private endpoint of the VNET and of those directly peered with it.
pub(crate) fn private_rows(model: &Model, id: VirtualNetworkId) -> Vec<Row> {
    let mut rows = Vec::new();
    for endpoint in all(model) {
        let Some((home, address)) = place_of(model, endpoint) else { continue };
        let peered = || routes::connected(model, id).iter().any(|(_, link)| link.remote == Known::Known(home));
        if home == id || peered() {
            let (rank, hop) = (Rank::Preferred, Hop::PrivateEndpoint(endpoint));
            rows.push(Row { prefix: IpNet::from(address), rank, hop });
        }
    }
    rows
}

fn all(model: &Model) -> impl Iterator<Item = PrivateEndpointId> {
    (0..model.private_endpoints.len()).map(PrivateEndpointId::at)
}

/// The VNET of an endpoint and its address there.
fn place_of(model: &Model, id: PrivateEndpointId) -> Option<(VirtualNetworkId, IpAddr)> {
    let endpoint = model.private_endpoint(id);
    match (&endpoint.subnet, endpoint.addresses.known()?.as_slice()) {
        (RuleSubnet::Here(subnet), [address]) => Some((model.subnet(*subnet).virtual_network, *address)),
        _ => None,
    }
}

/// R57 to R59: whether user rows take the place of an endpoint's own.
pub(crate) fn yields(model: &Model, id: PrivateEndpointId, user: &[IpNet]) -> bool {
    let (Some((home, address)), RuleSubnet::Here(subnet)) = (place_of(model, id), &model.private_endpoint(id).subnet)
    else {
        return false;
    };
    let steered = model.subnet(*subnet).private_endpoint_policies.known().is_some_and(|one| one.route_tables);
    let ranges = &model.virtual_network(home).address_prefixes;
    let length = ranges.iter().filter(|range| range.contains(&address)).map(IpNet::prefix_len).max().unwrap_or(32);
    steered && user.iter().any(|prefix| prefix.contains(&address) && prefix.prefix_len() >= length)
}

/// The endpoint that has an address in a VNET.
pub(crate) fn at(model: &Model, home: VirtualNetworkId, address: IpAddr) -> Option<PrivateEndpointId> {
    all(model).find(|id| place_of(model, *id) == Some((home, address)))
}

impl Walk<'_> {
    /// R51: straight to the service, which sees the subnet and the private address.
    pub(super) fn leave_over_endpoint(
        &mut self,
        member: Member,
        header: Header,
        storage: bool,
    ) -> Step<(Place, Header)> {
        if self.reply {
            return denied("reply sent to a service");
        }
        if header.source != Host::Ip(member.address) {
            return by_hand("no law says what a service endpoint does with forwarded packets");
        }
        if storage {
            self.pass_policies(member.subnet, header.destination)?;
        }
        self.over_endpoint = Some(member.subnet);
        self.egress.push(super::translation(member, &header, header.source));
        Ok((Place::Internet, header))
    }

    /// F99: only the accounts that a policy lists.
    fn pass_policies(&self, subnet: SubnetId, to: Host) -> Step<()> {
        let policies = policies(self.model, subnet);
        if policies.is_empty() {
            return Ok(());
        }
        let Some(account) = self.service_at(to) else {
            return by_hand("which account has the address");
        };
        let lists = |policy: &&ServiceEndpointPolicy| {
            let id = self.model.service(account).resource_id.as_deref().unwrap_or_default();
            let below = |scope: &String| {
                id == scope || id.strip_prefix(scope.as_str()).is_some_and(|rest| rest.starts_with('/'))
            };
            policy.accounts.contains(&account) || policy.scopes.iter().any(below)
        };
        match policies.iter().any(lists) {
            true => Ok(()),
            false => denied("service endpoint policy"),
        }
    }

    /// The row of a private endpoint: in this VNET, or over the link to a peer.
    pub(super) fn reach_private_endpoint(
        &self,
        own: VirtualNetworkId,
        id: PrivateEndpointId,
        carrier: Carrier,
    ) -> Step<Place> {
        let Some((home, _)) = place_of(self.model, id) else {
            return denied("an endpoint that is nowhere");
        };
        if home != own {
            let link = self.link(own, home)?;
            self.cross(link, carrier)?;
        }
        Ok(Place::PrivateEndpoint(id))
    }

    /// F110, F136, F137, F142, F145: approved, and past its subnet's NSG where policies are on; no firewall.
    pub(super) fn arrive_private_endpoint(&mut self, id: PrivateEndpointId, header: Header) -> Step<(bool, Header)> {
        if self.reply {
            return denied("a private endpoint opens no connection");
        }
        let endpoint = self.model.private_endpoint(id);
        if endpoint.state != Known::Known(LinkState::Approved) {
            return denied("private endpoint is not approved");
        }
        if let RuleSubnet::Here(subnet) = endpoint.subnet
            && self.model.subnet(subnet).private_endpoint_policies.known().is_some_and(|one| one.security_groups)
            && let Some(rule) = rules::at_private_endpoint(self.model, subnet, &header)?
        {
            return denied(format!("networkSecurityGroup {rule} at the endpoint"));
        }
        self.seen_before_endpoint = self.path.last().copied();
        Ok((true, header))
    }

    /// 2.5, R61: the answer follows rows of the endpoint's subnet without its table, or the setting's way.
    pub(super) fn leave_private_endpoint(&mut self, id: PrivateEndpointId, header: Header) -> Step<(Place, Header)> {
        if !self.reply {
            return denied("a private endpoint opens no connection");
        }
        let RuleSubnet::Here(subnet) = self.model.private_endpoint(id).subnet else {
            // In somebody else's network: it answers whoever reached it.
            return Ok((self.initiator, header));
        };
        if self.model.settings.private_endpoint_reply_via_appliance
            && let Some((member, false)) = self.seen_before_endpoint
        {
            return Ok((Place::Member(member), header));
        }
        let own = self.model.subnet(subnet).virtual_network;
        match routes::select_without_table(self.model, subnet, route_address(self.model, header.destination))? {
            Some(row) => self.follow(own, row, None, header),
            None => denied("noRoute"),
        }
    }
}
