//! x
use super::picture::Picture;
/// x
pub fn svg(picture: &Picture) -> String { picture.title.clone() }
pub(super) fn escaped(t:&str)->String{t.to_owned()}
