//! Settings.
/// How disputed behaviour is taken.
#[derive(Debug, Clone, Default)]
pub struct Settings {}
