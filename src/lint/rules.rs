//! Rules that decide nothing, rules that say more than there is, defaults that decide where nobody expects them.
//!
//! In: the lists of a network. Out: findings. A rule is called dead only when it is dead at every place of its list.
//! Deliberately absent: rules about host names, which no set of addresses can judge.

use super::{
    Covering, Finding, Proof, Subject,
    layers::{Layers, local_field},
    places::{self, Applied, Place},
};
use crate::{
    catalog::REQUIRED_RULE_PREFIX,
    model::{Access, Direction, Known, NetworkSecurityGroupId},
    network::{Match, Network, Rule, RuleList},
    space::{self, Addresses},
};
use serde_json::{Value, json};

/// Everything found in rule lists.
pub(super) fn findings(subject: Subject<'_>) -> Vec<Finding> {
    let network = subject.network;
    let mut found: Vec<Finding> = unattached(subject);
    for applied in places::lists(network) {
        if applied.list.rules.iter().all(|rule| rule.default) {
            continue;
        }
        List::of(network, &applied).find(&mut found);
    }
    found
}

/// Groups that no subnet and no interface names, not in any what-if either.
fn unattached(subject: Subject<'_>) -> Vec<Finding> {
    let model = &subject.network.model;
    let attached_by_a_what_if = |name: &str| {
        subject.what_ifs.iter().any(|network| {
            let mut groups = network.model.network_security_groups.iter();
            let here = groups.position(|group| group.label.name.eq_ignore_ascii_case(name));
            here.is_some_and(|index| places::is_attached(network, NetworkSecurityGroupId::at(index)))
        })
    };
    let groups = model.network_security_groups.iter().enumerate();
    let idle = groups.filter(|(index, group)| {
        let attached = places::is_attached(subject.network, NetworkSecurityGroupId::at(*index));
        !attached && !attached_by_a_what_if(&group.label.name)
    });
    idle.map(|(_, group)| {
        let name = &group.label.name;
        Finding::new(
            "group-not-attached",
            Some(group.label.origin.clone()),
            format!("no subnet and no network interface has the network security group `{name}`"),
        )
        .help("attach it where it should filter, or delete it")
        .patch_if(Some(json!({"networkSecurityGroups": {name: null}})))
    })
    .collect()
}

/// What became of a rule at one place.
#[derive(Debug, Clone, PartialEq)]
enum Fate {
    /// Nothing there can match it.
    Nothing,
    /// These earlier rules decide all of it: all of them the same as it would, or not.
    Dead { covered_by: Vec<usize>, same: bool },
    /// It decides, and so would these later rules.
    Repeated(Vec<usize>),
    /// It decides.
    Decides,
}

/// A list with its layers at each place.
struct List<'a, 'n> {
    applied: &'a Applied<'n>,
    layers: Vec<(Place, Layers<'n>)>,
}

impl<'a, 'n> List<'a, 'n> {
    fn of(network: &'n Network, applied: &'a Applied<'n>) -> Self {
        // What nobody uses is looked at all the same, as if it stood before everybody.
        let anywhere = [Place { tag: None, local: None }];
        let places = if applied.places.is_empty() { anywhere.as_slice() } else { &applied.places };
        let layers = places.iter().map(|place| (place.clone(), Layers::of(network, applied.list, place)));
        List { applied, layers: layers.collect() }
    }

    fn rules(&self) -> &'n [Rule] {
        &self.applied.list.rules
    }

    fn find(mut self, found: &mut Vec<Finding>) {
        let rules = self.rules();
        let mut findings = Vec::new();
        for rule in (0..rules.len()).filter(|rule| !rules[*rule].default) {
            let fates: Vec<Fate> = (0..self.layers.len()).map(|at| self.fate(at, rule)).collect();
            findings.extend(self.judge(rule, &fates));
            findings.extend(self.wider(rule));
        }
        findings.extend(self.catch_all_with_a_hole());
        if self.layers.iter().any(|(_, layers)| layers.space.overflowed()) {
            findings = vec![self.too_complex()];
        }
        found.extend(findings);
    }

    fn fate(&mut self, at: usize, rule: usize) -> Fate {
        let layers = &mut self.layers[at].1;
        // Rules on the platform's services judge traffic that no other rule does (F46 to F49).
        if layers.list.rules[rule].platform.is_some() {
            return Fate::Decides;
        }
        if layers.most(rule).is_empty() {
            return Fate::Nothing;
        }
        if layers.left(rule).is_empty() {
            let deciders = layers.deciders(rule);
            let access = layers.list.rules[rule].access;
            let same = access.known().is_some() && deciders.iter().all(|by| layers.list.rules[*by].access == access);
            return Fate::Dead { covered_by: layers.cover(rule, &deciders), same };
        }
        match layers.repeated_by(rule) {
            Some(later) => Fate::Repeated(later),
            None => Fate::Decides,
        }
    }

    fn judge(&self, rule: usize, fates: &[Fate]) -> Option<Finding> {
        let finding = self.verdict(rule, fates)?;
        // What Azure puts there and holds there is nobody's to delete.
        let held = self.rules()[rule].name.starts_with(REQUIRED_RULE_PREFIX);
        let deletable = matches!(finding.diagnostic.code, "rule-redundant" | "rule-repeats-later-rules");
        (!(held && deletable)).then_some(finding)
    }

    fn verdict(&self, rule: usize, fates: &[Fate]) -> Option<Finding> {
        if fates.iter().all(|fate| *fate == Fate::Nothing) {
            return Some(self.without_match(rule));
        }
        let somewhere: Vec<&Fate> = fates.iter().filter(|fate| **fate != Fate::Nothing).collect();
        let dead = somewhere.iter().map(|fate| match fate {
            Fate::Dead { covered_by, same } => Some((covered_by, *same)),
            _ => None,
        });
        if let Some(dead) = dead.collect::<Option<Vec<_>>>() {
            // Where the reasons differ, the one that changes a verdict is told.
            let (covered_by, same) = *dead.iter().find(|(_, same)| !same).or(dead.first())?;
            return Some(self.dead(rule, covered_by, same));
        }
        let mut later = Vec::new();
        for fate in somewhere {
            match fate {
                Fate::Repeated(rules) => later.extend(rules),
                Fate::Dead { same: true, .. } => {}
                _ => return None,
            }
        }
        later.sort_unstable();
        later.dedup();
        Some(self.repeats(rule, &later))
    }

    fn finding(&self, code: &'static str, rule: usize, message: String) -> Finding {
        Finding::new(code, self.rules()[rule].origin.clone(), message)
    }

    /// `nsg/rule`.
    fn name(&self, rule: usize) -> String {
        format!("`{}/{}`", self.applied.list.resource, self.rules()[rule].name)
    }

    fn covering(&self, rules: &[usize]) -> Proof {
        let of = |rule: &usize| {
            let rule = &self.rules()[*rule];
            Covering { name: rule.name.clone(), origin: rule.origin.clone() }
        };
        Proof::Rules(rules.iter().map(of).collect())
    }

    /// The patch that deletes a rule.
    fn deletion(&self, rule: usize) -> Option<Value> {
        let key = match self.applied.kind {
            "networkSecurityGroups" => "securityRules",
            "appliances" => "rules",
            _ => "firewall",
        };
        Some(
            json!({ self.applied.kind: { &*self.applied.list.resource: { key: { &*self.rules()[rule].name: null } } } }),
        )
    }

    fn dead(&self, rule: usize, covered_by: &[usize], same: bool) -> Finding {
        let names = listed(covered_by.iter().map(|by| self.rules()[*by].name.as_str()));
        let (name, direction) = (self.name(rule), words(self.applied.list));
        let together = if covered_by.len() > 1 { "together decide" } else { "decides" };
        let finding = if same {
            let message = format!("the {direction}rule {name} decides nothing: {names} {together} the same before it");
            self.finding("rule-redundant", rule, message).help("delete it: nothing changes")
        } else {
            let message =
                format!("the {direction}rule {name} never takes effect: {names} {together} everything before it");
            let first = covered_by.iter().filter_map(|by| self.rules()[*by].priority).min();
            let help = match first {
                Some(first) => {
                    format!("give it a priority below {first} if it should decide, else delete it: nothing changes")
                }
                None => "put it before them if it should decide, else delete it: nothing changes".to_owned(),
            };
            self.finding("rule-shadowed", rule, message).help(help)
        };
        let mut finding = finding.proof(self.covering(covered_by));
        for by in covered_by {
            let by = &self.rules()[*by];
            if let Some(origin) = &by.origin {
                let access = by.access.known().map_or("decides", |access| verb(*access));
                finding = finding.related(origin.span(), format!("{access} first"));
            }
        }
        finding.patch_if(self.deletion(rule))
    }

    fn repeats(&self, rule: usize, later: &[usize]) -> Finding {
        let access = self.rules()[rule].access.known().map_or("decide", |access| verb_of_many(*access));
        let names = listed(later.iter().map(|one| self.rules()[*one].name.as_str()));
        let (name, direction) = (self.name(rule), words(self.applied.list));
        let message = match (later, self.open_default(rule, later)) {
            ([], _) => format!("the {direction}rule {name} denies what no rule matches, which is dropped anyway"),
            (_, Some(default)) => format!(
                "the {direction}rule {name} allows what `{default}` allows anyway, with much else: no rule denies the rest"
            ),
            _ => format!("without the {direction}rule {name} nothing changes: {names} would {access} the same"),
        };
        self.finding("rule-repeats-later-rules", rule, message)
            .help("leave it where it documents an intention; to close the rest, add a rule that denies it")
            .proof(self.covering(later))
            .patch_if(self.deletion(rule))
    }

    /// The default rule that alone allows the same.
    fn open_default(&self, rule: usize, later: &[usize]) -> Option<&str> {
        let allows = self.rules()[rule].access == Known::Known(Access::Allow);
        match later {
            [one] if allows && self.rules()[*one].default => Some(&self.rules()[*one].name),
            _ => None,
        }
    }

    fn without_match(&self, rule: usize) -> Finding {
        let (name, direction) = (self.name(rule), words(self.applied.list));
        let field = &self.rules()[rule];
        let empty = [("source", &field.source), ("destination", &field.destination)]
            .into_iter()
            .find(|(_, field)| !field.any && !field.virtual_network && !field.internet && field.addresses.is_empty());
        let (message, help) = match empty {
            Some((side, field)) => (
                format!(
                    "the {direction}rule {name} can match nothing: its {side} {} has no member",
                    listed_words(&field.words)
                ),
                "give the group members, or delete the rule",
            ),
            None => {
                let side = if self.applied.list.direction == Direction::Inbound { "to" } else { "from" };
                let own = local_field(field, self.applied.list.direction);
                (
                    format!(
                        "the {direction}rule {name} can match nothing here: it is for packets {side} {}, and the group protects {}",
                        listed_words(&own.words),
                        self.protected()
                    ),
                    "correct its addresses, or delete it",
                )
            }
        };
        self.finding("rule-without-match", rule, message).help(help).patch_if(self.deletion(rule))
    }

    /// The addresses behind the list.
    fn local(&self) -> Option<Addresses> {
        let all = self.layers.iter().map(|(place, _)| place.local.clone());
        all.reduce(|one, other| Some(one?.union(&other?))).flatten()
    }

    fn protected(&self) -> String {
        let local = self.local().unwrap_or_else(Addresses::all);
        let mut prefixes: Vec<String> = space::to_prefixes(&local).iter().map(ToString::to_string).collect();
        let more = prefixes.len().saturating_sub(4);
        prefixes.truncate(4);
        let told = prefixes.join(", ");
        if more == 0 { told } else { format!("{told} and {more} more") }
    }

    /// An allow rule whose own side names more addresses than there are behind the list.
    fn wider(&self, rule: usize) -> Option<Finding> {
        let (local, list) = (self.local()?, self.applied.list);
        let field = local_field(&self.rules()[rule], list.direction);
        let open = !field.unknown.is_empty() || !field.members.is_empty();
        let named = !field.any && !field.virtual_network && !field.internet && !open;
        let allows = self.rules()[rule].access == Known::Known(Access::Allow);
        let beyond = field.addresses.minus(&local);
        if !(named && allows) || beyond.is_empty() || !field.addresses.meets(&local) {
            return None;
        }
        let (name, direction) = (self.name(rule), words(list));
        let words = listed_words(&field.words);
        let message = format!("the {direction}rule {name} is for {words}, and behind it is only {}", self.protected());
        let narrow = space::to_prefixes(&field.addresses.intersect(&local));
        let narrow: Vec<String> = narrow.iter().map(ToString::to_string).collect();
        let finding = self.finding("rule-wider-than-needed", rule, message);
        Some(finding.help(format!("write {}", narrow.join(", "))))
    }

    /// A rule that denies everything but for its protocol or its family, and a default rule that allows the rest.
    fn catch_all_with_a_hole(&mut self) -> Vec<Finding> {
        let denials: Vec<usize> = (0..self.rules().len()).filter(|rule| is_catch_all(&self.rules()[*rule])).collect();
        let mut found = Vec::new();
        for rule in denials {
            let holes = (0..self.layers.len()).find_map(|at| self.hole(at, rule));
            found.extend(holes.map(|(default, witness)| {
                let (name, direction) = (self.name(rule), words(self.applied.list));
                let default = &self.rules()[default].name;
                let message = format!("the {direction}rule {name} looks as if it denied the rest, but `{default}` still allows some of it");
                self.finding("default-rule-decides", rule, message)
                    .help("write protocol `*`, ports `*` and address `*`, or say why the rest may pass in a rule of its own")
                    .proof(Proof::Witness(witness))
            }));
        }
        found
    }

    fn hole(&mut self, at: usize, rule: usize) -> Option<(usize, space::Packet)> {
        let list = self.applied.list;
        let (place, layers) = &mut self.layers[at];
        let defaults = (0..list.rules.len()).filter(|one| is_open_default(&list.rules[*one]));
        for default in defaults.collect::<Vec<_>>() {
            let left = layers.left(default);
            let hole = layers.beside(left, rule, place);
            if let Some(witness) = layers.space.witness(hole) {
                return Some((default, witness));
            }
        }
        None
    }

    fn too_complex(&self) -> Finding {
        let list = self.applied.list;
        let origin = list.rules.iter().find_map(|rule| rule.origin.clone());
        let message = format!("the rules of `{}` cut each other too often to be laid over each other", list.resource);
        Finding::new("rules-too-complex", origin, message).help("nothing is said about this list")
    }
}

/// A default rule that lets traffic of others through; probes of the load balancer are nobody's concern.
fn is_open_default(rule: &Rule) -> bool {
    rule.default
        && rule.access == Known::Known(Access::Allow)
        && (rule.source.virtual_network || rule.destination.internet)
}

/// A rule that denies every port, both ways, of whole ranges of the address line, and not every protocol or family.
fn is_catch_all(rule: &Rule) -> bool {
    let whole = |ports: &space::Ports| space::Ports::range(1, u16::MAX).is_subset(ports);
    let wide = |field: &Match| field.any || field.internet || space::ipv4().is_subset(&field.addresses);
    !rule.default
        && rule.doubts.is_empty()
        && rule.access == Known::Known(Access::Deny)
        && whole(&rule.source_ports)
        && whole(&rule.destination_ports)
        && wide(&rule.source)
        && wide(&rule.destination)
}

fn verb(access: Access) -> &'static str {
    match access {
        Access::Allow => "allows",
        Access::Deny => "denies",
    }
}

fn verb_of_many(access: Access) -> &'static str {
    match access {
        Access::Allow => "allow",
        Access::Deny => "deny",
    }
}

/// `inbound `, with its space; nothing for lists that filter both ways.
fn words(list: &RuleList) -> &'static str {
    match (list.group, list.direction) {
        (None, _) => "",
        (Some(_), Direction::Inbound) => "inbound ",
        (Some(_), Direction::Outbound) => "outbound ",
    }
}

/// Names in backticks: `a`, `b` and `c`.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}

fn listed_words(words: &[String]) -> String {
    listed(words.iter().map(String::as_str))
}
