//! `azreach tags ADDRESS|TAG`: the tag data in use.

use super::{
    Ended,
    args::{Common, Format},
    files,
    output::{Streams, pretty},
};
use crate::{
    space,
    tags::{self, ServiceTags},
};
use serde_json::json;
use std::net::IpAddr;

/// Says which tags hold an address, or what a tag holds.
pub(crate) fn run(streams: &Streams, common: &Common, subject: &str, format: Format) -> Ended {
    let data = match &common.tags {
        Some(path) => files::load_tags(path),
        None => Ok(ServiceTags::builtin().clone()),
    };
    let data = match data {
        Ok(data) => data,
        Err(why) => {
            streams.err(&format!("error: {why}\n"));
            return Ended::Failed;
        }
    };
    match subject.parse::<IpAddr>() {
        Ok(address) => of_address(streams, &data, address, format),
        Err(_) => of_tag(streams, &data, subject, format),
    }
}

fn of_address(streams: &Streams, data: &ServiceTags, address: IpAddr, format: Format) -> Ended {
    let point = space::point(address);
    let computed =
        tags::COMPUTED_TAG_NAMES.iter().filter(|name| tags::computed(name).is_some_and(|held| held.contains(point)));
    let names: Vec<String> = computed
        .map(|name| (*name).to_owned())
        .chain(data.tags_of(address).iter().map(|tag| tag.name.clone()))
        .collect();
    streams.out(&match format {
        Format::Json => {
            pretty(&json!({"version": 1, "address": address.to_string(), "tags": names, "source": data.source()}))
        }
        Format::Text if names.is_empty() => format!("{address} is in no tag of {}\n", data.source()),
        Format::Text => format!("{}\n# {}\n", names.join("\n"), data.source()),
    });
    if names.is_empty() { Ended::No } else { Ended::Yes }
}

fn of_tag(streams: &Streams, data: &ServiceTags, name: &str, format: Format) -> Ended {
    let held = tags::computed(name).map(|held| space::to_prefixes(&held));
    let prefixes = held.or_else(|| data.get(name).map(|tag| tag.prefixes.clone()));
    let Some(prefixes) = prefixes else {
        streams.err(&format!("error: {}\n", data.absence(name)));
        return Ended::Failed;
    };
    let prefixes: Vec<String> = prefixes.iter().map(ToString::to_string).collect();
    streams.out(&match format {
        Format::Json => {
            pretty(&json!({"version": 1, "tag": name, "addressPrefixes": prefixes, "source": data.source()}))
        }
        Format::Text => format!("{}\n# {} prefixes, {}\n", prefixes.join("\n"), prefixes.len(), data.source()),
    });
    Ended::Yes
}
