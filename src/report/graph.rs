//! A picture of a network: what stands where, how it hangs together, and the way of one flow over it.
//!
//! In: a network, a trace if there is one. Out: one [`Picture`], and its text in four formats. Deliberately absent:
//! outside tools, scripts, anything that is fetched.
//!
//! ```text
//!  Network ─┐
//!           ├─draw──▶ Picture ──┬─▶ dot, mermaid
//!  Trace  ──┘                   └──layout──▶ boxes ──wires──▶ lines ──▶ svg ──▶ html
//! ```

mod dot;
mod draw;
mod html;
mod layout;
mod mermaid;
pub mod picture;
mod svg;
mod text;
mod wires;

pub use dot::dot;
pub use draw::draw;
pub use html::html;
pub use mermaid::mermaid;
pub use picture::Picture;
pub use svg::svg;
