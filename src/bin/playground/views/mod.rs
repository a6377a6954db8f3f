//! The views of the page, a file each.

mod mix_editor;
mod what_if;

pub use what_if::WhatIf;
