//! Azure Firewall: threat intelligence, destination translation, network rules, application rules, translation of the
//! source (filtering.md section 8).
//!
//! In: a flight at a firewall: as the next hop of a route, or addressed to it. Out: fates. Deliberately absent: the order of
//! the rules (that is `resolve/firewall`).

use super::{
    filter::{Hold, Sieve, View, filter_open_ended, hold_point},
    flight::{Device, Doubts, Fates, Flight, HubSide, Leg, ListRef, Mark, Place, Stop, Waypoint},
    header::{Field, Point, Port},
    names::is_under,
    steps,
    walk::{Walk, outside_tags},
};
use crate::{
    model::{Access, AzureFirewallId, FirewallNatRule, Known, PublicIpAddressId, RuleProtocol},
    network::{Match, RuleList},
    space::{self, Addresses, Cube, Ranges, Set},
    trace::{DeciderKind, Outcome, Step, Verdict},
};
use std::rc::Rc;

/// Host names that the infrastructure collection lets out over HTTP and HTTPS (F162).
const INFRASTRUCTURE: &[&str] = &[
    "*.blob.storage.azure.net",
    "*.vmimages.azure.com",
    "azureplatform-images.azureedge.net",
    "*.table.core.windows.net",
    "gcs.prod.monitoring.core.windows.net",
];

/// Why a rule about host names may match.
const WHICH_HOST: &str = "which of its host names is meant";

/// What a pass makes of the packets that reach it.
#[derive(Default)]
struct Pass {
    /// A rule allows them, or may.
    allowed: Vec<Flight>,
    /// No rule speaks of them.
    open: Vec<Flight>,
    /// A rule allows them, or none speaks of them: which, is not known.
    either: Vec<(Flight, Doubts)>,
    denied: Fates,
}

impl Walk<'_> {
    /// A packet reaches a firewall, to be sent on or as its destination.
    pub(super) fn enter_firewall(&mut self, flight: Flight, id: AzureFirewallId) -> Fates {
        let network = self.network;
        let firewall = network.model.azure_firewall(id);
        let name = firewall.label.name.clone();
        let entered = self.spend(flight).and_then(|flight| self.pass(flight, Stop::AzureFirewall(id), &name));
        let flight = match entered {
            Ok(flight) => Flight { through_gateway: None, ..flight.at(&name) },
            Err(fates) => return fates,
        };
        if flight.leg == Leg::Reply {
            return self.firewall_reply(flight, id);
        }
        let mut flight = flight;
        flight.records.push(Place::AzureFirewall(id));
        if let Some((why, law)) = network.broken_firewall(id) {
            let step = self.firewall_step(id, "", Outcome::Deny, why, law);
            return self.stop(flight, step);
        }
        let own =
            firewall.private_address.known().map_or_else(Addresses::empty, |one| Addresses::single(space::point(*one)));
        let addressed = self.towards(&flight, &own);
        let transit = self.space.minus(flight.part, addressed);
        let mut fates = Fates::new();
        if addressed != Set::EMPTY {
            fates.extend(self.firewall_addressed(flight.with(addressed), id, None));
        }
        if transit != Set::EMPTY {
            fates.extend(self.firewall_transit(flight.with(transit), id));
        }
        fates
    }

    fn firewall_step(
        &self,
        id: AzureFirewallId,
        rule: &str,
        outcome: Outcome,
        detail: &str,
        law: &'static str,
    ) -> Step {
        let label = &self.network.model.azure_firewall(id).label;
        Step {
            origin: Some(label.origin.clone()),
            ..steps::step(DeciderKind::AzureFirewall, label.name.clone(), rule, outcome, detail, law)
        }
    }

    /// Replies of recorded connections pass, whatever the rules say (F161); others are dropped.
    fn firewall_reply(&mut self, flight: Flight, id: AzureFirewallId) -> Fates {
        let at = flight.waypoints.iter().rposition(|one| matches!(one.device, Device::AzureFirewall(own) if own == id));
        let Some(at) = at else {
            let name = self.network.model.azure_firewall(id).label.name.clone();
            let detail = "drops the reply: it did not see the connection being opened";
            let step = steps::step(DeciderKind::Asymmetric, name, "", Outcome::Deny, detail, "R131");
            return self.stop(flight, step);
        };
        let mut flight = flight;
        let waypoint = flight.waypoints.remove(at);
        if waypoint.translated {
            flight.header = waypoint.before.reversed();
        }
        let step = self.firewall_step(id, "", Outcome::Pass, "a recorded reply", "F161");
        self.leave_firewall(flight.step(step), id)
    }

    /// On by the rows of AzureFirewallSubnet, which has no security group (F212).
    pub(super) fn leave_firewall(&mut self, flight: Flight, id: AzureFirewallId) -> Fates {
        let subnet = self.network.model.azure_firewall(id).subnet;
        // One of a virtual hub goes by the hub's tables.
        if let Some(hub) = self.network.model.hub_at(self.network.model.subnet(subnet).virtual_network) {
            return self.at_hub(flight, hub, HubSide::Firewall);
        }
        self.route(flight, Place::AzureFirewall(id), subnet)
    }

    /// A packet for somebody else: the three passes.
    fn firewall_transit(&mut self, flight: Flight, id: AzureFirewallId) -> Fates {
        let (flight, mut fates) = self.threatened(flight, id);
        if flight.part == Set::EMPTY {
            return fates;
        }
        let pass = self.network_pass(&flight, id);
        fates.extend(self.after(pass, id, Walk::send_by_network_rule, Walk::ask_application_rules));
        fates
    }

    /// What no network rule speaks of (F147).
    fn ask_application_rules(&mut self, flight: Flight, id: AzureFirewallId) -> Fates {
        let pass = self.application_pass(&flight, id);
        self.after(pass, id, Walk::send_translated, Walk::unmatched)
    }

    /// Sends on what a pass allows, and puts what it leaves to the next. Where it is not known which of the two it does,
    /// both must fare alike.
    fn after(
        &mut self,
        pass: Pass,
        id: AzureFirewallId,
        send: fn(&mut Self, Flight, AzureFirewallId) -> Fates,
        next: fn(&mut Self, Flight, AzureFirewallId) -> Fates,
    ) -> Fates {
        let mut fates = pass.denied;
        for flight in pass.allowed {
            fates.extend(send(self, flight, id));
        }
        for flight in pass.open {
            fates.extend(next(self, flight, id));
        }
        for (flight, doubts) in pass.either {
            let ways = vec![send(self, flight.clone(), id), next(self, flight, id)];
            fates.extend(self.combine_unknown(ways, &doubts));
        }
        fates
    }

    /// On with an address of the firewall, as all that application rules let through (F155).
    fn send_translated(&mut self, flight: Flight, id: AzureFirewallId) -> Fates {
        let flight = self.translate_at_firewall(flight, id);
        self.leave_firewall(flight, id)
    }

    /// Threat intelligence comes before every rule (F160). What may be on its list, for an end whose address is not known,
    /// goes on in doubt.
    fn threatened(&mut self, flight: Flight, id: AzureFirewallId) -> (Flight, Fates) {
        let firewall = self.network.model.azure_firewall(id);
        let unknown_mode = match firewall.threat_deny {
            Known::Known(true) => None,
            Known::Known(false) => return (flight, Fates::new()),
            Known::Unknown(fact) => Some(fact),
        };
        // Host names on its allowlist are left alone, whatever address they have.
        let spared = match fit_all(&firewall.spared_hosts, &self.hosts) {
            Fit::All => return (flight, Fates::new()),
            Fit::Some => Doubts::of_text(WHICH_HOST),
            Fit::None => Doubts::default(),
        };
        let (part, mut doubts) = self.on_threat_list(&flight, &firewall.threats);
        let rest = self.space.minus(flight.part, part);
        let step = |outcome| self.firewall_step(id, "threatIntelMode", outcome, "threat intelligence", "F160");
        let fates = match unknown_mode {
            _ if part == Set::EMPTY => Fates::new(),
            None if spared.is_empty() => self.stop(flight.with(part), step(Outcome::Deny)),
            mode => self.lack(flight.with(part).doubt(&spared), mode.as_slice(), step(Outcome::Deny)),
        };
        if doubts.is_empty() {
            return (flight.with(rest), fates);
        }
        doubts.add_facts(unknown_mode.as_slice());
        (flight.with(rest).doubt(&doubts).step(step(Outcome::Unknown)), fates)
    }

    /// The packets with an end that is on a list, and why any other may be.
    fn on_threat_list(&mut self, flight: &Flight, (addresses, hosts): &(Addresses, Vec<String>)) -> (Set, Doubts) {
        let mut doubts = Doubts::default();
        match fit_all(hosts, &self.hosts) {
            Fit::All => return (flight.part, doubts),
            Fit::Some => doubts.extend(&Doubts::of_text(WHICH_HOST)),
            Fit::None => {}
        }
        let listed = Match { addresses: addresses.clone(), ..Match::default() };
        let mut part = Set::EMPTY;
        for end in [&flight.header.destination, &flight.header.source] {
            let of_end = match end {
                Field::Named(point) => match hold_point(&listed, point, outside_tags(self.network)) {
                    Hold::All => flight.part,
                    Hold::Perhaps(why) => {
                        doubts.extend(&why);
                        Set::EMPTY
                    }
                    Hold::Nothing | Hold::Of(..) => Set::EMPTY,
                },
                _ => self.within(flight.part, end, addresses),
            };
            part = self.space.or(part, of_end);
        }
        (part, doubts)
    }

    /// Network rules: what they let through, what none of them matches, what they drop.
    fn network_pass(&mut self, flight: &Flight, id: AzureFirewallId) -> Pass {
        let network = self.network;
        let rules = &network.model.azure_firewall(id).network_rules;
        let hosts = self.hosts.clone();
        let public = self.is_public(flight);
        let view = |index: usize| match (rules[index].hosts.as_slice(), rules[index].unknown) {
            ([], None) => View::AsWritten,
            (named, unknown) => match (hosts.is_empty(), fit_all(named, &hosts), unknown) {
                (false, Fit::All, _) => View::AnyDestination,
                (false, _, Some(fact)) => View::AsWrittenOrPerhaps(Doubts::from_facts(&[fact])),
                (false, Fit::Some, None) => View::AsWrittenOrPerhaps(Doubts::of_text(WHICH_HOST)),
                // Whether a name has this address is not known; a public one may.
                (true, ..) if public => {
                    View::AsWrittenOrPerhaps(Doubts::of_text("the addresses of the host names in a rule"))
                }
                _ => View::AsWritten,
            },
        };
        let list = &network.firewall_rules(id).network;
        let sieve = filter_open_ended(self.space, flight.part, &flight.header, list, outside_tags(network), &view);
        self.divide_pass(flight, sieve, list, ListRef::FirewallNetwork(id))
    }

    /// Application rules: TCP, by host name (F149, F150). Without a name only rules for all names match.
    fn application_pass(&mut self, flight: &Flight, id: AzureFirewallId) -> Pass {
        let network = self.network;
        let rules = &network.model.azure_firewall(id).application_rules;
        let hosts = self.hosts.clone();
        let view = |index: usize| {
            let rule = &rules[index];
            let all = rule.hosts.iter().any(|host| host == "*");
            match fit_all(&rule.hosts, &hosts) {
                _ if all => View::AnyDestination,
                Fit::All if !hosts.is_empty() => View::AnyDestination,
                Fit::Some => View::Perhaps(Doubts::of_text(WHICH_HOST)),
                _ => rule.unknown.map_or(View::Never, |fact| View::Perhaps(Doubts::from_facts(&[fact]))),
            }
        };
        let list = &network.firewall_rules(id).application;
        let sieve = filter_open_ended(self.space, flight.part, &flight.header, list, outside_tags(network), &view);
        self.divide_pass(flight, sieve, list, ListRef::FirewallApplication(id))
    }

    /// A pass: packets that no rule matched go on to the next, in doubt where one may have dropped them.
    fn divide_pass(&mut self, flight: &Flight, sieve: Sieve, rules: &RuleList, list: ListRef) -> Pass {
        let level = "in order of its collections";
        let mark = |outcome, fragments| Mark::Filtered { list, outcome, fragments, level, widened_by: None };
        let mut pass = Pass::default();
        if sieve.allowed.0 != Set::EMPTY {
            pass.allowed.push(flight.with(sieve.allowed.0).mark(mark(Outcome::Allow, sieve.allowed.1)));
        }
        if sieve.unmatched != Set::EMPTY {
            pass.open.push(flight.with(sieve.unmatched));
        }
        if sieve.denied.0 != Set::EMPTY {
            let denied = flight.with(sieve.denied.0).mark(mark(Outcome::Deny, sieve.denied.1));
            pass.denied.extend(self.end(denied, Verdict::Denied));
        }
        for piece in sieve.doubtful {
            let told = flight.with(piece.set).mark(mark(Outcome::Unknown, piece.fragments.clone()));
            let told = if piece.may(Access::Deny, rules) { told.doubt(&piece.doubts) } else { told };
            match (piece.may_be_unmatched(), piece.may(Access::Allow, rules)) {
                (true, true) => pass.either.push((told, piece.doubts)),
                (true, false) => pass.open.push(told),
                (false, _) => pass.allowed.push(told.doubt(&piece.doubts)),
            }
        }
        pass
    }

    /// No rule matched: the infrastructure collection, else the firewall's own denial (F146, F162).
    fn unmatched(&mut self, flight: Flight, id: AzureFirewallId) -> Fates {
        let firewall = self.network.model.azure_firewall(id);
        let entra = self.network.model.settings.firewall_infrastructure_includes_entra;
        let infrastructure = |host: &Rc<str>| {
            INFRASTRUCTURE.iter().any(|pattern| fits_host(pattern, host))
                || (entra && is_under(host, "login.microsoftonline.com"))
        };
        let mut fates = Fates::new();
        let mut rest = flight.part;
        if !self.hosts.is_empty() && self.hosts.iter().all(infrastructure) {
            let web = Cube {
                protocols: Ranges::single(space::TCP),
                destination_ports: space::Ports::from_ranges([(80, 80), (443, 443)]),
                ..Cube::all()
            };
            let part = self.space.and_cube(rest, &web);
            if part != Set::EMPTY {
                rest = self.space.minus(rest, part);
                let step = self.firewall_step(id, "infrastructure", Outcome::Allow, "Azure's own hosts", "F162");
                fates.extend(self.send_translated(flight.with(part).step(step), id));
            }
        }
        if rest != Set::EMPTY {
            let step = self.firewall_step(id, "", Outcome::Deny, "no rule allows it", "F146");
            fates.extend(match firewall.unknown {
                Some(fact) => self.lack(flight.with(rest), &[fact], step),
                None => self.stop(flight.with(rest), step),
            });
        }
        fates
    }

    /// Network rules keep the source towards private ranges and translate it towards others (F154 to F157).
    fn send_by_network_rule(&mut self, flight: Flight, id: AzureFirewallId) -> Fates {
        let firewall = self.network.model.azure_firewall(id);
        let kept =
            if firewall.always_translates { Set::EMPTY } else { self.towards(&flight, &firewall.private_ranges) };
        // A destination known by name only is public, and only all of IPv4 as private range keeps its source.
        let all = firewall.private_ranges.contains(space::NAMED) || space::ipv4().is_subset(&firewall.private_ranges);
        let kept = match &flight.header.destination {
            Field::Named(_) if all && !firewall.always_translates => flight.part,
            _ => kept,
        };
        let rest = self.space.minus(flight.part, kept);
        let mut fates = self.send_untranslated(flight.with(kept), id);
        if rest != Set::EMPTY {
            let flight = flight.with(rest);
            let translated = self.send_translated(flight.clone(), id);
            fates.extend(match firewall.unknown_ranges {
                None => translated,
                Some(fact) => {
                    let ways = vec![translated, self.send_untranslated(flight, id)];
                    self.combine_unknown(ways, &Doubts::from_facts(&[fact]))
                }
            });
        }
        fates
    }

    /// With its own source.
    fn send_untranslated(&mut self, flight: Flight, id: AzureFirewallId) -> Fates {
        if flight.part == Set::EMPTY {
            return Fates::new();
        }
        let flight = self.record_at_firewall(flight, id, false);
        self.leave_firewall(flight, id)
    }

    fn is_public(&mut self, flight: &Flight) -> bool {
        match &flight.header.destination {
            Field::Named(point) => !point.is_private(),
            _ => self.destinations(flight).meets(self.network.internet()),
        }
    }

    /// What a firewall did not translate, on its way to the Internet or a service: nothing can return from there (F157).
    /// To a site or an appliance it goes as it is, by public ranges that are private to the customer, too (R200).
    pub(super) fn untranslated_at_firewall(&self, flight: &Flight, place: Place) -> Option<Step> {
        let Place::AzureFirewall(id) = place else { return None };
        let last = flight.waypoints.last()?;
        let kept = flight.leg == Leg::Forward && last.device == Device::AzureFirewall(id) && !last.translated;
        let detail = "it does not translate the source, so that nothing can return from the Internet";
        kept.then(|| self.firewall_step(id, "privateRanges", Outcome::Deny, detail, "F157"))
    }

    fn record_at_firewall(&self, mut flight: Flight, id: AzureFirewallId, translated: bool) -> Flight {
        flight.waypoints.push(Waypoint {
            device: Device::AzureFirewall(id),
            before: flight.header.clone(),
            stateful: true,
            translated,
        });
        flight
    }

    /// The source becomes an address of one of its instances in AzureFirewallSubnet; Azure makes that a public one on
    /// the way to the Internet (F155, F181, R203).
    fn translate_at_firewall(&self, flight: Flight, id: AzureFirewallId) -> Flight {
        let mut flight = self.record_at_firewall(flight, id, true);
        let firewall = self.network.model.azure_firewall(id);
        let subnet = self.network.subnet(firewall.subnet);
        let own =
            firewall.private_address.known().map_or_else(Addresses::empty, |one| Addresses::single(space::point(*one)));
        let point = Point::instance(&firewall.label.name, subnet.assignable.minus(&own));
        flight.header.source = Field::Named(Rc::new(point));
        flight.header.source_port = Port::Free;
        flight.origin = self.home(Place::AzureFirewall(id));
        let step =
            self.firewall_step(id, "", Outcome::Pass, "source becomes an address of AzureFirewallSubnet", "F155");
        flight.step(step)
    }

    /// Destination translations on its own addresses: translated and allowed (F153), both ends translated (R203).
    pub(super) fn firewall_addressed(
        &mut self,
        flight: Flight,
        id: AzureFirewallId,
        public: Option<PublicIpAddressId>,
    ) -> Fates {
        let network = self.network;
        let firewall = network.model.azure_firewall(id);
        if let Some((why, law)) = network.broken_firewall(id).filter(|_| public.is_some()) {
            let step = self.firewall_step(id, "", Outcome::Deny, why, law);
            return self.stop(flight, step);
        }
        let (flight, mut fates) = self.threatened(flight, id);
        let mut rest = flight.part;
        for (index, rule) in firewall.nat_rules.iter().enumerate() {
            for (part, doubts) in self.nat_matches(&flight.with(rest), id, index, public) {
                if part == Set::EMPTY {
                    continue;
                }
                rest = self.space.minus(rest, part);
                let hit = flight.with(part);
                fates.extend(match doubts {
                    None => self.translate_to(hit, id, rule),
                    Some(doubts) => {
                        let detail = "whether it is for this is not known";
                        let step = self.firewall_step(id, &rule.label.name, Outcome::Unknown, detail, "F153");
                        self.end(hit.doubt(&doubts).step(step), Verdict::Undetermined)
                    }
                });
            }
        }
        if rest == Set::EMPTY {
            return fates;
        }
        if public.is_none() && firewall.dns.is_some() {
            let dns = Cube {
                protocols: Ranges::from_ranges([(space::TCP, space::TCP), (space::UDP, space::UDP)]),
                destination_ports: space::Ports::single(53),
                ..Cube::all()
            };
            let part = self.space.and_cube(rest, &dns);
            if part != Set::EMPTY {
                rest = self.space.minus(rest, part);
                let step = self.firewall_step(id, "dnsSettings", Outcome::Allow, "the DNS proxy answers", "F158");
                fates.extend(self.arrive(flight.with(part).step(step), Place::AzureFirewall(id)));
            }
        }
        if rest != Set::EMPTY {
            let detail = "no destination translation of it is for this";
            let step = self.firewall_step(id, "", Outcome::Deny, detail, "F146");
            fates.extend(self.stop(flight.with(rest), step));
        }
        fates
    }

    /// The packets that a destination translation is for, and those that it may be for.
    fn nat_matches(
        &mut self,
        flight: &Flight,
        id: AzureFirewallId,
        index: usize,
        public: Option<PublicIpAddressId>,
    ) -> Vec<(Set, Option<Doubts>)> {
        let model = &self.network.model;
        let firewall = model.azure_firewall(id);
        let rule = &firewall.nat_rules[index];
        let address = match public {
            Some(id) => model.public_ip_address(id).address,
            None => firewall.private_address,
        };
        // An address that is not known can only be the rule's where the firewall has no other.
        let meant = match address {
            Known::Known(address) => rule.destination.contains(space::point(address)),
            Known::Unknown(_) => firewall.public_ip_addresses.len() == 1,
        };
        if !meant {
            return Vec::new();
        }
        let numbers = rule.protocols.iter().flat_map(|protocol| match protocol {
            RuleProtocol::Tcp => vec![space::TCP],
            RuleProtocol::Udp => vec![space::UDP],
            _ => vec![space::TCP, space::UDP],
        });
        let protocols = Ranges::from_ranges(numbers.map(|number| (number, number)));
        let cube = Cube { protocols, destination_ports: rule.ports.clone(), ..Cube::all() };
        let part = self.space.and_cube(flight.part, &cube);
        let sources = &self.network.firewall_rules(id).nat_sources[index];
        let unknown = Doubts::from_facts(&[rule.doubts.as_slice(), &sources.unknown].concat());
        let (sure, more) = match &flight.header.source {
            _ if sources.any => (part, Doubts::default()),
            Field::Named(point) => match hold_point(sources, point, outside_tags(self.network)) {
                Hold::All => (part, Doubts::default()),
                Hold::Perhaps(doubts) => (Set::EMPTY, doubts),
                Hold::Nothing | Hold::Of(..) => (Set::EMPTY, Doubts::default()),
            },
            source => (self.within(part, &source.clone(), &sources.addresses.clone()), Doubts::default()),
        };
        let rest = self.space.minus(part, sure);
        let mut perhaps = more;
        perhaps.add_facts(&sources.unknown);
        let of_rest = (!perhaps.is_empty()).then(|| {
            perhaps.extend(&unknown);
            (rest, Some(perhaps))
        });
        let of_sure = (sure, (!rule.doubts.is_empty()).then_some(unknown));
        std::iter::once(of_sure).chain(of_rest).collect()
    }

    fn translate_to(&mut self, flight: Flight, id: AzureFirewallId, rule: &FirewallNatRule) -> Fates {
        let step = |this: &Self, outcome, detail: &str| Step {
            origin: Some(rule.label.origin.clone()),
            ..this.firewall_step(id, &rule.label.name, outcome, detail, "F153")
        };
        let address = match rule.translated_address {
            Known::Known(address) => address,
            Known::Unknown(fact) => {
                let unknown = step(self, Outcome::Unknown, "where it leads is not known");
                return self.lack(flight, &[fact], unknown);
            }
        };
        let told = step(self, Outcome::Allow, &format!("destination becomes {address}"));
        let mut flight = self.translate_at_firewall(flight.step(told), id);
        flight.header.destination = Field::Fixed(space::point(address));
        if let Some(port) = rule.translated_port {
            flight.header.destination_port = Port::Fixed(port);
        }
        if !self.network.model.settings.firewall_dnat_implicit_allow_overridable {
            return self.leave_firewall(flight, id);
        }
        let flight = flight.note("the setting firewallDnatImplicitAllowOverridable let a network rule decide");
        let pass = self.network_pass(&flight, id);
        let mut fates = pass.denied;
        let kept = pass.allowed.into_iter().chain(pass.open).chain(pass.either.into_iter().map(|(flight, _)| flight));
        for flight in kept {
            fates.extend(self.leave_firewall(flight, id));
        }
        fates
    }

    /// A packet for an instance's translated address: the firewall whose record it belongs to.
    pub(super) fn firewall_behind(&self, flight: &Flight) -> Option<AzureFirewallId> {
        if flight.leg != Leg::Reply || !matches!(&flight.header.destination, Field::Named(_)) {
            return None;
        }
        flight.waypoints.iter().rev().find_map(|one| match one.device {
            Device::AzureFirewall(id) if one.translated => Some(id),
            _ => None,
        })
    }
}

/// How many of a destination's names a rule holds.
enum Fit {
    All,
    Some,
    None,
}

fn fit_all(patterns: &[String], hosts: &[Rc<str>]) -> Fit {
    let held = hosts.iter().filter(|host| patterns.iter().any(|pattern| fits_host(pattern, host))).count();
    match held {
        0 => Fit::None,
        all if all == hosts.len() => Fit::All,
        _ => Fit::Some,
    }
}

/// `*`, `*.contoso.com`, or a whole name.
pub(super) fn fits_host(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some("") => true,
        Some(rest) => host.ends_with(rest) && host.len() > rest.len(),
        None => pattern == host,
    }
}

#[cfg(test)]
mod tests {
    use super::fits_host;

    #[test]
    fn patterns_of_host_names() {
        assert!(fits_host("*", "pypi.org"));
        assert!(fits_host("*.contoso.com", "www.contoso.com"));
        assert!(fits_host("pypi.org", "pypi.org"));
        for (pattern, host) in [("*.contoso.com", "contoso.com"), ("pypi.org", "x.pypi.org"), ("*.org", ".org")] {
            assert!(!fits_host(pattern, host), "{pattern} {host}");
        }
    }
}
