//! The views of the page, a file each.

mod fixtures;
mod mix_editor;
mod what_if;

pub use fixtures::Fixtures;
pub use what_if::WhatIf;
