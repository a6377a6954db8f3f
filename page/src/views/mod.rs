//! The views of the page, a file each.

mod gallery;
mod mix_editor;
mod traffic_editor;
mod what_if;
mod work_bar;

pub use gallery::Gallery;
pub use what_if::what_if;
pub use work_bar::WorkBar;
