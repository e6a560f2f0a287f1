//! Service tags.
/// Tags.
#[derive(Debug)]
pub struct ServiceTags {}
