//! Which resource of Azure's an instance is: by its id, or by its names where the id is known only after apply.
//!
//! In: an instance. Out: its [`Identity`]. Deliberately absent: ids that it refers to (that is `follow`).

use super::{
    azapi,
    follow::{Answer, Follow, Wanted, wanted_id},
    plan::Instance,
    table::{self, Home},
    types,
};
use crate::{import::identity::Identity, scenario::tree::Node};

/// The identity of an instance; none where its type, or what it belongs to, is not known.
pub(super) fn of(follow: &Follow<'_>, at: usize) -> Option<Identity> {
    let one = &follow.plan.instances[at];
    if one.place.kind == azapi::RESOURCE {
        return azapi::identity(follow, at);
    }
    let known = one.values.get("id").and_then(Node::as_str).and_then(Identity::parse);
    let home = table::of(&one.place.kind).map_or(&Home::Group, |known| &known.home);
    let arm = types::arm(&one.place.kind)?;
    let (provider, kinds) = arm.split_once('/')?;
    let kinds: Vec<String> = kinds.split('/').map(str::to_owned).collect();
    if let Some(known) = known.filter(|known| known.types.len() == kinds.len()) {
        return Some(known);
    }
    let name = |node: Node| node.as_str().map(str::to_owned);
    let own = || name(follow.name(at));
    let named = |attribute: &str, last: &'static str| text(follow, at, attribute, Wanted::Name(last));
    let group = || named("resource_group_name", "resourceGroups").unwrap_or_default();
    let (names, above) = match home {
        Home::Group => (vec![own()?], None),
        Home::Under(parent) => (vec![named(parent, last_above(arm)?)?, own()?], None),
        Home::Called { parent, by_id: false, name } => {
            (vec![named(parent, last_above(arm)?)?, one.values.get(name)?.as_str()?.to_owned()], None)
        }
        Home::Called { parent, name, .. } => (vec![one.values.get(name)?.as_str()?.to_owned()], Some(*parent)),
        Home::Below(parent) => (vec![own()?], Some(*parent)),
        Home::About(_) | Home::Configuration | Home::Configurations => return None,
    };
    let provider = provider.to_owned();
    let Some(parent) = above else {
        return Some(Identity { subscription: String::new(), group: group(), provider, types: kinds, names });
    };
    let mut parent = target(follow, at, parent)?;
    // A rule of a profile's id may belong to what the profile is in.
    parent.types.truncate(kinds.len() - 1);
    parent.names.truncate(kinds.len() - 1);
    let last = kinds.last()?;
    Some(parent.child(last, names.first()?))
}

/// The resource whose id an attribute holds.
pub(super) fn target(follow: &Follow<'_>, at: usize, attribute: &str) -> Option<Identity> {
    text(follow, at, attribute, wanted_id(attribute)).as_deref().and_then(Identity::parse)
}

/// A value, or what it comes from.
pub(super) fn text(follow: &Follow<'_>, at: usize, attribute: &str, wanted: Wanted) -> Option<String> {
    let written = follow.plan.instances[at].values.get(attribute).and_then(Node::as_str);
    if let Some(text) = written.filter(|text| !text.is_empty()) {
        return Some(text.to_owned());
    }
    match follow.attribute(at, &[(attribute, 0)], wanted, false)? {
        Answer::Values(values) => values.first().and_then(Node::as_str).map(str::to_owned),
        Answer::Unknown(_) => None,
    }
}

/// The type above the last one.
fn last_above(arm: &'static str) -> Option<&'static str> {
    arm.rsplit('/').nth(1)
}

/// A name for what gets its own only when it is made: `net.app.0` for `module.net.azurerm_subnet.app[0]`.
pub(super) fn stand_in(one: &Instance<'_>) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for call in &one.place.module {
        parts.push(&call.name);
        parts.extend(call.key.as_deref());
    }
    parts.push(&one.place.name);
    parts.extend(one.key.as_deref());
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || "_-.".contains(letter) { letter } else { '-' };
    parts.join(".").chars().map(plain).collect()
}
