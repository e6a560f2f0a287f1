//! Names of blocks that are known only after apply, and references to such names.
//!
//! In: a block without a name, or an attribute that names a block. Out: what the configuration writes in place of the
//! name (`local.frontend`), so that nothing is lost and references meet. Where two blocks of one list would get one
//! name, their places tell them apart, and a reference to them is unknown. Deliberately absent: names of resources
//! (that is `identity`).

use super::{follow::Follow, identity::target, reference::Step};
use crate::scenario::tree::Node;

/// Where a list of blocks is.
pub(super) struct List<'p> {
    /// The instance.
    pub(super) at: usize,
    /// The blocks above it.
    pub(super) above: &'p [(&'static str, usize)],
    pub(super) block: &'p str,
}

impl List<'_> {
    /// The blocks, as far as they are known.
    fn blocks<'a>(&self, follow: &Follow<'a>) -> &'a [Node] {
        let mut node = follow.plan.instances[self.at].values;
        for (name, index) in self.above {
            let Some(inner) = node.get(name).and_then(|list| list.items().get(*index)) else { return &[] };
            node = inner;
        }
        node.get(self.block).map(Node::items).unwrap_or_default()
    }

    /// What the configuration has in place of a block's name.
    fn written<'a>(&self, follow: &Follow<'a>, index: usize) -> Option<&'a str> {
        let mut path: Vec<(&str, usize)> = self.above.to_vec();
        path.extend([(self.block, index), ("name", 0)]);
        follow.written(self.at, &path)
    }

    /// Whether what is written in place of a block's name is written in place of another one's, too.
    fn is_shared(&self, follow: &Follow<'_>, text: &str) -> bool {
        let blocks = self.blocks(follow).iter().enumerate();
        let same = blocks.filter(|(at, block)| known(block).is_none() && self.written(follow, *at) == Some(text));
        same.count() > 1
    }

    /// The name of a block, or one that stands for it.
    pub(super) fn name(&self, follow: &Follow<'_>, index: usize) -> String {
        if let Some(name) = self.blocks(follow).get(index).and_then(known) {
            return name.to_owned();
        }
        match self.written(follow, index) {
            Some(text) if self.is_shared(follow, text) => format!("{}.{index}", plain(text)),
            Some(text) => plain(text),
            None => format!("{}.{index}", self.block),
        }
    }

    /// The name of the block that a text in place of its name means; of the only block, whatever the text.
    fn meant(&self, follow: &Follow<'_>, text: Option<&str>) -> Option<String> {
        let count = self.blocks(follow).len();
        let fits = |at: &usize| text.is_some() && self.written(follow, *at) == text;
        let mut fitting = (0..count).filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(one), None) => Some(self.name(follow, one)),
            _ => (count == 1).then(|| self.name(follow, 0)),
        }
    }
}

/// The block that an attribute with a name that is not known yet means: of the instance itself, or of the load
/// balancer that it belongs to. None where it may be one of several.
pub(super) fn meant(follow: &Follow<'_>, at: usize, path: &[(&'static str, usize)], attribute: &str) -> Option<String> {
    let block = block_of(attribute)?;
    let values = follow.plan.instances[at].values;
    let home = match values.get(block) {
        Some(_) => at,
        None => owner(follow, at)?,
    };
    let mut way: Vec<(&str, usize)> = path.to_vec();
    way.push((attribute, 0));
    List { at: home, above: &[], block }.meant(follow, follow.written(at, &way))
}

/// The name that stands for a block of a resource: `azurerm_lb.x.frontend_ip_configuration[0].name`.
pub(super) fn of_block(follow: &Follow<'_>, at: usize, path: &[Step]) -> Option<String> {
    let (block, index) = match path {
        [Step::Name(block), index, Step::Name(name)] if name == "name" => (block, index.key()?.parse().ok()?),
        [Step::Name(block), Step::Name(name)] if name == "name" => (block, 0),
        _ => return None,
    };
    let list = List { at, above: &[], block };
    (index < list.blocks(follow).len()).then(|| list.name(follow, index))
}

/// The load balancer of a rule.
fn owner(follow: &Follow<'_>, at: usize) -> Option<usize> {
    let id = target(follow, at, "loadbalancer_id")?;
    let all = 0..follow.plan.instances.len();
    let mut same = all.filter(|other| follow.identity(*other).is_some_and(|other| other == id));
    same.next()
}

/// The list of blocks whose names an attribute holds.
fn block_of(attribute: &str) -> Option<&'static str> {
    BLOCKS.iter().find(|(name, _)| *name == attribute).map(|(_, block)| *block)
}

/// Attributes with names of blocks.
const BLOCKS: [(&str, &str); 12] = [
    ("backend_address_pool_name", "backend_address_pool"),
    ("backend_http_settings_name", "backend_http_settings"),
    ("default_backend_address_pool_name", "backend_address_pool"),
    ("default_backend_http_settings_name", "backend_http_settings"),
    ("default_redirect_configuration_name", "redirect_configuration"),
    ("frontend_ip_configuration_name", "frontend_ip_configuration"),
    ("frontend_port_name", "frontend_port"),
    ("http_listener_name", "http_listener"),
    ("probe_name", "probe"),
    ("redirect_configuration_name", "redirect_configuration"),
    ("target_listener_name", "http_listener"),
    ("url_path_map_name", "url_path_map"),
];

fn known(block: &Node) -> Option<&str> {
    block.get("name").and_then(Node::as_str).filter(|name| !name.is_empty())
}

/// A reference in the letters of a name: `each.value["a"].x` is `each.value.a.x`.
fn plain(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    let bare = text.replace(['"', ']'], "").replace('[', ".");
    bare.chars().map(|letter| if is_plain(letter) { letter } else { '-' }).collect()
}
