//! The views of the page, a file each.

mod announced;
mod cost_panel;
mod gallery;
mod headline;
mod latency_panel;
mod mix_editor;
mod sentence;
mod strip;
mod what_if;
mod work_bar;

pub use announced::{Announcer, announced};
pub use gallery::{Gallery, puzzle};
pub use headline::headline;
pub use sentence::sentence;
pub use strip::Strip;
pub use what_if::results;
pub use work_bar::WorkBar;
