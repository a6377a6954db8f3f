//! Geometry of charts, without colours, words or elements: scales, ticks and paths.
//!
//! The page and the HTML report draw with the same numbers, and tests read them natively.

mod path;
mod scale;
mod spans;

pub use path::{Path, step_area};
pub use scale::Scale;
pub use spans::{Span, tornado, waterfall};
