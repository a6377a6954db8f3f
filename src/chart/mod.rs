//! Geometry of charts, without colours or elements: scales, ticks and their labels, paths, and
//! the table of the same numbers.
//!
//! The page and the HTML report draw with the same numbers, and tests read them natively.

mod label;
mod path;
mod scale;
mod spans;
mod table;

pub use label::{Tick, label_width, labelled_ticks, nearest, rows_apart, thinned};
pub use path::{Path, step_area};
pub use scale::Scale;
pub use spans::{Span, tornado, waterfall};
pub use table::Table;
