//! Parts of the page that know nothing of its state: props in, callbacks out.

mod bar;
mod choice;
mod delta;
mod dialog;
mod draft;
mod field;
mod icon;
mod late;
mod menu;
mod notices;
mod optional_field;
mod order;
mod problems;
mod progress;
mod said;
mod tabs;
mod tile;
mod why;

pub use bar::bar;
pub use choice::{Choice, Props as ChoiceProps, choice};
pub use delta::{Against, Measure, delta};
pub use dialog::Dialog;
pub use field::{Field, Slider};
pub use icon::icon;
pub use late::late;
pub use menu::Menu;
pub use notices::notice;
pub use optional_field::OptionalField;
pub use order::Order;
pub use problems::problem_list;
pub use progress::{Working, progress, working};
pub use said::{cached_tokens, models_of, prompt_tokens};
pub use tabs::Tabs;
pub use tile::{Props as TileProps, Tile, tile};
pub use why::why;
