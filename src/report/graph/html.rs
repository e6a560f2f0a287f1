//! The picture in a page of its own.
//!
//! In: a picture. Out: one HTML file that fetches nothing. Deliberately absent: scripts.

use super::{
    picture::Picture,
    svg::{escaped, svg},
};

/// The picture as a page.
pub fn html(picture: &Picture) -> String {
    let title = escaped(&picture.title);
    let svg = svg(picture);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n  :root {{ color-scheme: light dark; }}\n  body {{ margin: 0; background: Canvas; }}\n  \
         main {{ padding: 1rem; }}\n  svg {{ display: block; max-width: 100%; height: auto; margin: 0 auto; }}\n\
         </style>\n</head>\n<body>\n<main>\n{svg}</main>\n</body>\n</html>\n"
    )
}
