//! Parts of the page that know nothing of its state: props in, callbacks out.

mod bar;
mod choice;
mod delta;
mod dialog;
mod icon;
mod notices;
mod number_field;
mod optional_field;
mod problems;
mod progress;
mod tabs;
mod tile;
mod why;

pub use bar::Bar;
pub use choice::Choice;
pub use delta::{Delta, Measure};
pub use dialog::Dialog;
pub use icon::Icon;
pub use notices::Notice;
pub use number_field::{NumberField, Slider};
pub use optional_field::OptionalField;
pub use problems::ProblemList;
pub use progress::Progress;
pub use tabs::Tabs;
pub use tile::Tile;
pub use why::Why;
