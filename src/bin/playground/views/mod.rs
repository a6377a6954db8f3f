//! The views of the page, a file each.

mod hours;
mod load;
mod mix_editor;
mod traffic_editor;
mod what_if;

pub use what_if::WhatIf;
